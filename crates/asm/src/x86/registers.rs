//! Register names of the assembler: one map, from the target's table.

use crate::assembler::Assembler;
use crate::cursor::Cursor;
use lathe_isa::{Reg, RegClass};
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

/// Name without `%`, lower case, to register.
pub(crate) type RegisterNames = FxHashMap<&'static [u8], Reg>;

/// The map. x86-64's table has every name; what does not exist in a mode is the encoder's to refuse.
pub(crate) fn names() -> &'static RegisterNames {
    static NAMES: OnceLock<RegisterNames> = OnceLock::new();
    NAMES.get_or_init(|| {
        let mut map = RegisterNames::default();
        for (index, info) in lathe_isa_x86::TABLE_64.registers.iter().enumerate() {
            if info.class == RegClass::Flags {
                continue;
            }
            for (view, name) in info.names.iter().enumerate() {
                let several = matches!(info.class, RegClass::Int | RegClass::Vector | RegClass::Pc);
                let view = if several { view as u8 } else { 0 };
                if !name.is_empty() {
                    map.insert(name.as_bytes(), Reg::new(lathe_isa::PhysReg(index as u8), view));
                }
            }
        }
        map
    })
}

impl Assembler<'_> {
    /// The register whose name (without `%`) stands at the cursor, which moves behind it if there is one.
    pub(crate) fn register_name(&mut self, cursor: &mut Cursor<'_>) -> Option<Reg> {
        let start = cursor.at;
        let mut end = start;
        let mut lower = [0u8; 8];
        while let Some(byte) = cursor.text.get(end).filter(|b| b.is_ascii_alphanumeric()) {
            *lower.get_mut(end - start)? = byte.to_ascii_lowercase();
            end += 1;
        }
        let reg = *names().get(&lower[..end - start])?;
        if cursor.text.get(end).is_some_and(|b| crate::cursor::continues_name(*b)) {
            return None;
        }
        cursor.at = end;
        if reg.phys == lathe_isa_x86::registers::ST0 && &lower[..end - start] == b"st" {
            return Some(self.stack_register(cursor, reg));
        }
        Some(reg)
    }

    /// `(3)` after `st`.
    fn stack_register(&mut self, cursor: &mut Cursor<'_>, top: Reg) -> Reg {
        let mut ahead = *cursor;
        if !ahead.eat(b'(') {
            return top;
        }
        ahead.skip_space();
        let Some(digit @ b'0'..=b'7') = ahead.peek() else { return top };
        ahead.at += 1;
        if !ahead.eat(b')') {
            return top;
        }
        *cursor = ahead;
        Reg::new(lathe_isa::PhysReg(top.phys.0 + (digit - b'0')), 0)
    }

    /// `%name`.
    pub(crate) fn percent_register(&mut self, cursor: &mut Cursor<'_>) -> Option<Reg> {
        let start = cursor.at;
        cursor.at += 1;
        cursor.skip_space();
        let reg = self.register_name(cursor);
        if reg.is_none() {
            let name = cursor.name();
            let shown = String::from_utf8_lossy(name).into_owned();
            self.error(cursor.span_from(start), format!("bad register name `%{shown}'"));
        }
        reg
    }
}

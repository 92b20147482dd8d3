//! One operand: what a token can mean depends on the instruction only for conditions, system names and floats.

use super::instruction::Meaning;
use crate::assembler::Assembler;
use crate::cursor::Cursor;
use lathe_isa::{Imm, Mem, MemMode, Operand, Reg, SymbolRef};
use lathe_isa_aarch64::{conditions as c, fixups, float_immediate, registers as r, system};
use lathe_mc::Expression;

impl Assembler<'_> {
    /// One operand. `None` after an error.
    pub(super) fn a64_operand(&mut self, cursor: &mut Cursor<'_>, meaning: Meaning) -> Option<Operand> {
        cursor.skip_space();
        match cursor.peek() {
            Some(b'[') => self.a64_memory(cursor).map(Operand::Mem),
            Some(b'{') => self.a64_list(cursor),
            Some(b'#') => {
                cursor.at += 1;
                self.a64_number(cursor, meaning).map(Operand::Imm)
            }
            Some(b':') => self.a64_number(cursor, meaning).map(Operand::Imm),
            Some(byte) if crate::cursor::starts_name(byte) => self.a64_named(cursor, meaning),
            Some(_) if meaning == Meaning::Float => self.a64_number(cursor, meaning).map(Operand::Imm),
            Some(_) => {
                let value = self.expression(cursor)?;
                Some(self.a64_place(value))
            }
            None => {
                self.error(cursor.loc(), "missing operand");
                None
            }
        }
    }

    /// A number, or a symbol as branch target.
    fn a64_place(&mut self, value: Expression) -> Operand {
        match self.immediate_of(value) {
            Imm::Symbol(target) => Operand::Label(target),
            number @ Imm::Int(_) => Operand::Imm(number),
        }
    }

    /// What stands after `#`: a number, `:lo12:symbol`, an expression, a float.
    fn a64_number(&mut self, cursor: &mut Cursor<'_>, meaning: Meaning) -> Option<Imm> {
        cursor.skip_space();
        if cursor.peek() == Some(b':') {
            return self.a64_modified(cursor).map(Imm::Symbol);
        }
        if meaning == Meaning::Float
            && let Some(value) = self.a64_float(cursor)
        {
            return value;
        }
        let value = self.expression(cursor)?;
        Some(self.immediate_of(value))
    }

    /// `:lo12:symbol+4`
    fn a64_modified(&mut self, cursor: &mut Cursor<'_>) -> Option<SymbolRef> {
        let start = cursor.at;
        cursor.at += 1;
        let name = cursor.name();
        let Some(modifier) = fixups::modifier_named(name).filter(|_| cursor.eat(b':')) else {
            self.error(cursor.span_from(start), "unknown relocation modifier");
            return None;
        };
        let value = self.expression(cursor)?;
        match self.immediate_of(value) {
            Imm::Symbol(target) => Some(SymbolRef { modifier, ..target }),
            Imm::Int(_) => {
                self.error(cursor.span_from(start), "a relocation modifier needs a symbol");
                None
            }
        }
    }

    /// A float constant as the eight bits of `fmov`, zero as zero; `Some(None)` after an error, `None` when there is no
    /// float here.
    fn a64_float(&mut self, cursor: &mut Cursor<'_>) -> Option<Option<Imm>> {
        let start = cursor.at;
        let text = &cursor.text[start..];
        if text.starts_with(b"0x") || text.starts_with(b"0X") {
            return None;
        }
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-');
        let length = text.iter().position(|b| !part(b)).unwrap_or(text.len());
        let value: f64 = std::str::from_utf8(&text[..length]).ok()?.parse().ok()?;
        cursor.at += length;
        if value == 0.0 {
            return Some(Some(Imm::ZERO));
        }
        match float_immediate(value.to_bits()) {
            Some(bits) => Some(Some(Imm::Int(i64::from(bits)))),
            None => {
                self.error(cursor.span_from(start), "invalid floating-point constant");
                Some(None)
            }
        }
    }

    /// Something that starts with a letter.
    fn a64_named(&mut self, cursor: &mut Cursor<'_>, meaning: Meaning) -> Option<Operand> {
        let mut ahead = *cursor;
        let name = ahead.name();
        let mut lower = [0u8; 24];
        let lower = match lower.get_mut(..name.len()) {
            Some(lower) => {
                lower.copy_from_slice(name);
                lower.make_ascii_lowercase();
                &*lower
            }
            None => &[],
        };
        if let Some(found) = named_by_meaning(meaning, lower) {
            *cursor = ahead;
            return Some(found);
        }
        if let Some(reg) = self.a64_register(cursor) {
            return Some(Operand::Reg(reg));
        }
        if let Some(kind) = c::shift_code_of(lower) {
            let mut amount = ahead;
            if let Some(shift) = self.a64_shift(kind, &mut amount) {
                *cursor = amount;
                return Some(shift);
            }
        }
        let value = self.expression(cursor)?;
        Some(self.a64_place(value))
    }

    /// The amount after `lsl`, `uxtw`, ...: optional for extensions.
    fn a64_shift(&mut self, kind: u8, cursor: &mut Cursor<'_>) -> Option<Operand> {
        cursor.skip_space();
        if matches!(cursor.peek(), None | Some(b',' | b']')) {
            return (kind >= c::UXTB).then_some(Operand::Shift { kind, amount: 0 });
        }
        let _ = cursor.eat(b'#');
        let start = cursor.at;
        let amount = self.absolute(cursor)?;
        match u8::try_from(amount) {
            Ok(amount) if amount < 64 => Some(Operand::Shift { kind, amount }),
            _ => {
                self.error(cursor.span_from(start), "shift amount out of range 0 to 63");
                None
            }
        }
    }

    /// `[base]`, `[base, #n]!`, `[base], #n`, `[base, index, lsl #n]`.
    fn a64_memory(&mut self, cursor: &mut Cursor<'_>) -> Option<Mem> {
        cursor.at += 1;
        cursor.skip_space();
        let start = cursor.at;
        let Some(base) = self.a64_register(cursor) else {
            self.error(cursor.span_from(start), "expected a base register");
            return None;
        };
        let mut mem = Mem::base(base, 0);
        let mut bare = true;
        if cursor.eat_comma() {
            bare = false;
            cursor.skip_space();
            match self.a64_register(cursor) {
                Some(index) => self.a64_index(cursor, index, &mut mem)?,
                None => {
                    let _ = cursor.eat(b'#');
                    mem.displacement = self.a64_number(cursor, Meaning::Plain)?;
                }
            }
        }
        if !cursor.eat(b']') {
            self.error(cursor.loc(), "']' expected");
            return None;
        }
        if cursor.peek() == Some(b'!') {
            cursor.at += 1;
            mem.mode = MemMode::PreIndex;
            return Some(mem);
        }
        if bare && cursor.eat_comma() {
            mem.mode = MemMode::PostIndex;
            cursor.skip_space();
            match self.a64_register(cursor) {
                Some(index) => mem.index = index,
                None => {
                    let _ = cursor.eat(b'#');
                    mem.displacement = self.a64_number(cursor, Meaning::Plain)?;
                }
            }
        }
        Some(mem)
    }

    fn a64_index(&mut self, cursor: &mut Cursor<'_>, index: Reg, mem: &mut Mem) -> Option<()> {
        mem.index = index;
        let wide = index.view == r::VIEW_X;
        if !cursor.eat_comma() {
            if wide {
                return Some(());
            }
            self.error(cursor.loc(), "a 32-bit index register needs an extension");
            return None;
        }
        cursor.skip_space();
        let start = cursor.at;
        let name = cursor.name().to_ascii_lowercase();
        let kind = c::shift_code_of(&name);
        let good = match kind {
            Some(c::LSL | c::SXTX) => wide,
            Some(c::UXTW | c::SXTW) => !wide,
            _ => false,
        };
        let Some(kind) = kind.filter(|_| good) else {
            self.error(cursor.span_from(start), "invalid extend/shift operator of an index register");
            return None;
        };
        if matches!(kind, c::SXTW | c::SXTX) {
            mem.mode = MemMode::SignExtendedIndex;
        }
        let Operand::Shift { amount, .. } = self.a64_shift(kind, cursor)? else { return None };
        mem.scale_log2 = amount;
        Some(())
    }
}

/// Names that mean something to some instructions only.
fn named_by_meaning(meaning: Meaning, name: &[u8]) -> Option<Operand> {
    let text = std::str::from_utf8(name).ok()?;
    let indexed =
        |names: &[&str]| names.iter().position(|known| *known == text).map(|at| Operand::int(at as i64));
    match meaning {
        Meaning::Plain | Meaning::Float => None,
        Meaning::Condition => c::code_of(name).map(Operand::Cond),
        Meaning::Barrier => indexed(&system::BARRIERS),
        Meaning::Prefetch => indexed(&system::PREFETCHES),
        Meaning::SystemRegister => system::register_named(text).map(|number| Operand::int(number.into())),
        Meaning::ProcessorState => {
            let field = system::PROCESSOR_STATE.iter().find(|(known, _)| *known == text);
            field.map(|(_, number)| Operand::int(i64::from(*number)))
        }
        Meaning::Operation(of) => {
            let known = system::OPERATIONS.iter().find(|(which, known, ..)| *which == of && *known == text);
            known.map(|(_, _, number, _)| Operand::int(i64::from(*number)))
        }
        Meaning::ControlRegister => {
            let number = text.strip_prefix('c').and_then(|number| number.parse::<i64>().ok());
            number.map(Operand::int)
        }
    }
}

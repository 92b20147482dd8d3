//! AT&T operands: `%reg`, `$imm`, `seg:disp(base, index, scale)`, `*target`, and AVX-512's braces.

use super::instruction::Parsed;
use crate::assembler::Assembler;
use crate::cursor::Cursor;
use lathe_isa::{Mem, MemMode, Operand, PhysReg, Reg, RegClass};

impl Assembler<'_> {
    /// One operand. `None` after an error.
    pub(super) fn att_operand(&mut self, cursor: &mut Cursor<'_>, parsed: &mut Parsed) -> Option<Operand> {
        cursor.skip_space();
        if cursor.peek() == Some(b'*') {
            cursor.at += 1;
            parsed.indirect = true;
            cursor.skip_space();
        }
        let operand = match cursor.peek()? {
            b'$' => {
                cursor.at += 1;
                let value = self.expression(cursor)?;
                Operand::Imm(self.immediate_of(value))
            }
            b'%' => {
                let reg = self.percent_register(cursor)?;
                cursor.skip_space();
                if self.is_segment(reg) && cursor.peek() == Some(b':') {
                    cursor.at += 1;
                    let mut mem = self.att_memory(cursor)?;
                    mem.segment = reg.phys;
                    Operand::Mem(mem)
                } else {
                    Operand::Reg(reg)
                }
            }
            b'{' => return self.rounding(cursor),
            _ => Operand::Mem(self.att_memory(cursor)?),
        };
        self.decorations(cursor, operand, parsed)
    }

    pub(super) fn is_segment(&self, reg: Reg) -> bool {
        self.isa.registers().info(reg.phys).class == RegClass::Segment
    }

    fn att_memory(&mut self, cursor: &mut Cursor<'_>) -> Option<Mem> {
        cursor.skip_space();
        let mut mem = Mem::NONE;
        let registers_next = cursor.peek() == Some(b'(') && self.opens_registers(*cursor);
        if !registers_next {
            let value = self.expression(cursor)?;
            mem.displacement = self.immediate_of(value);
            cursor.skip_space();
        }
        if cursor.peek() != Some(b'(') {
            return Some(mem);
        }
        cursor.at += 1;
        cursor.skip_space();
        if self.register_next(cursor) {
            mem.base = self.base_register(cursor)?;
        }
        if cursor.eat_comma() {
            cursor.skip_space();
            if self.register_next(cursor) {
                mem.index = self.base_register(cursor)?;
                if cursor.eat_comma() {
                    cursor.skip_space();
                    if cursor.peek() != Some(b')') {
                        mem.scale_log2 = self.scale(cursor)?;
                    }
                }
            } else if cursor.peek() != Some(b')') {
                // `(base,1)`: a scale without an index.
                let _ = cursor.eat_comma();
                self.scale(cursor)?;
            }
        }
        if !cursor.eat(b')') {
            self.error(cursor.loc(), "expecting `)' after scale factor or register");
            return None;
        }
        Some(mem)
    }

    fn register_next(&self, cursor: &mut Cursor<'_>) -> bool {
        match cursor.peek() {
            Some(b'%') => true,
            Some(byte) if self.naked_registers => byte.is_ascii_alphabetic(),
            _ => false,
        }
    }

    /// Whether this `(` opens base and index, not an expression.
    fn opens_registers(&self, mut cursor: Cursor<'_>) -> bool {
        cursor.at += 1;
        cursor.skip_space();
        match cursor.peek() {
            Some(b'%' | b',') => true,
            Some(byte) if self.naked_registers && byte.is_ascii_alphabetic() => {
                let name = cursor.name().to_ascii_lowercase();
                super::registers::names().contains_key(&*name)
            }
            _ => false,
        }
    }

    fn base_register(&mut self, cursor: &mut Cursor<'_>) -> Option<Reg> {
        if cursor.peek() == Some(b'%') {
            return self.percent_register(cursor);
        }
        let reg = self.register_name(cursor);
        if reg.is_none() {
            self.error(cursor.loc(), "bad register name");
        }
        reg
    }

    fn scale(&mut self, cursor: &mut Cursor<'_>) -> Option<u8> {
        let start = cursor.at;
        match self.absolute(cursor)? {
            scale @ (1 | 2 | 4 | 8) => Some(scale.trailing_zeros() as u8),
            other => {
                self.error(
                    cursor.span_from(start),
                    format!("expecting scale factor of 1, 2, 4, or 8: got `{other}'"),
                );
                None
            }
        }
    }

    /// `{%k1}`, `{z}`, `{1to8}` after an operand.
    pub(super) fn decorations(
        &mut self,
        cursor: &mut Cursor<'_>,
        mut operand: Operand,
        parsed: &mut Parsed,
    ) -> Option<Operand> {
        cursor.skip_space();
        while cursor.peek() == Some(b'{') {
            let start = cursor.at;
            cursor.at += 1;
            cursor.skip_space();
            let naked = self.syntax == lathe_isa::Syntax::Intel || self.naked_registers;
            if cursor.peek() == Some(b'%') || naked && cursor.peek() == Some(b'k') {
                let reg = self.base_register(cursor)?;
                let zeroing = matches!(parsed.mask, Some(Operand::Mask(_, true)));
                parsed.mask = Some(Operand::Mask(reg, zeroing));
            } else if cursor.peek() == Some(b'z') {
                cursor.at += 1;
                let reg = match parsed.mask {
                    Some(Operand::Mask(reg, _)) => reg,
                    _ => Reg::new(PhysReg(lathe_isa_x86::registers::K0.0), 0),
                };
                parsed.mask = Some(Operand::Mask(reg, true));
            } else if cursor.text[cursor.at..].starts_with(b"1to") {
                while cursor.peek().is_some_and(|b| b.is_ascii_alphanumeric()) {
                    cursor.at += 1;
                }
                match &mut operand {
                    Operand::Mem(mem) => mem.mode = MemMode::Broadcast,
                    _ => self.error(cursor.span_from(start), "broadcast needs a memory operand"),
                }
            } else {
                self.error(cursor.span_from(start), "unknown vector operation");
                return None;
            }
            if !cursor.eat(b'}') {
                self.error(cursor.loc(), "missing `}'");
                return None;
            }
            cursor.skip_space();
        }
        Some(operand)
    }

    /// `{rn-sae}`
    pub(super) fn rounding(&mut self, cursor: &mut Cursor<'_>) -> Option<Operand> {
        const NAMES: [&[u8]; 5] = [b"rn-sae", b"rd-sae", b"ru-sae", b"rz-sae", b"sae"];
        let start = cursor.at;
        cursor.at += 1;
        let word = cursor.word();
        let code = NAMES.iter().position(|name| *name == word);
        match code {
            Some(code) if cursor.eat(b'}') => Some(Operand::Rounding(code as u8)),
            _ => {
                self.error(cursor.span_from(start), "unsupported rounding");
                None
            }
        }
    }
}

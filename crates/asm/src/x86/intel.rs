//! Intel operands: `eax`, `5`, `dword ptr fs:[rax+rcx*4+sym]`, `sym[rip]`, `offset sym`.

use super::instruction::Parsed;
use crate::assembler::Assembler;
use crate::cursor::Cursor;
use lathe_isa::{Mem, MemMode, Operand, PhysReg, Reg, RegClass};
use lathe_isa_x86::registers as r;
use lathe_mc::{BinaryOperator, Expression};

/// `dword ptr` and its kin.
fn size_word(word: &[u8]) -> Option<u8> {
    Some(match word {
        b"byte" => 1,
        b"word" => 2,
        b"dword" => 4,
        b"fword" => 6,
        b"qword" | b"mmword" => 8,
        b"tbyte" => 10,
        b"oword" | b"xmmword" => 16,
        b"ymmword" => 32,
        b"zmmword" => 64,
        _ => return None,
    })
}

/// What was gathered of an operand.
#[derive(Default)]
struct Address {
    bracketed: bool,
    offset: bool,
    registers: Vec<(Reg, u8)>,
    value: Option<Expression>,
    segment: Option<PhysReg>,
    size: u8,
    nested: bool,
}

impl Assembler<'_> {
    /// One operand. `None` after an error.
    pub(super) fn intel_operand(&mut self, cursor: &mut Cursor<'_>, parsed: &mut Parsed) -> Option<Operand> {
        cursor.skip_space();
        if cursor.peek() == Some(b'{') {
            return self.rounding(cursor);
        }
        let mut address = Address::default();
        self.intel_prefixes(cursor, &mut address);
        if address.size == 0 && address.segment.is_none() && !address.offset {
            let mut ahead = *cursor;
            if let Some(reg) = self.intel_register(&mut ahead) {
                ahead.skip_space();
                if !matches!(ahead.peek(), Some(b':' | b'+' | b'-' | b'*' | b'[')) {
                    *cursor = ahead;
                    return self.decorations(cursor, Operand::Reg(reg), parsed);
                }
            }
        }
        if !self.intel_terms(cursor, &mut address) {
            return None;
        }
        let operand = self.intel_result(address, cursor)?;
        self.decorations(cursor, operand, parsed)
    }

    fn intel_register(&mut self, cursor: &mut Cursor<'_>) -> Option<Reg> {
        cursor.skip_space();
        if cursor.peek() == Some(b'%') {
            cursor.at += 1;
        }
        self.register_name(cursor)
    }

    /// Sizes, `offset`, `flat:` and segment overrides.
    fn intel_prefixes(&mut self, cursor: &mut Cursor<'_>, address: &mut Address) {
        loop {
            let mut ahead = *cursor;
            let word = ahead.name().to_ascii_lowercase();
            if let Some(size) = size_word(&word) {
                let mut behind = ahead;
                let pointer = behind.name().eq_ignore_ascii_case(b"ptr");
                ahead.skip_space();
                if pointer {
                    ahead = behind;
                } else if !matches!(ahead.peek(), Some(b'[')) {
                    return;
                }
                address.size = size;
                *cursor = ahead;
                continue;
            }
            match &*word {
                b"offset" => {
                    address.offset = true;
                    *cursor = ahead;
                    let mut flat = *cursor;
                    if flat.name().eq_ignore_ascii_case(b"flat") && flat.eat(b':') {
                        *cursor = flat;
                    }
                    continue;
                }
                b"short" | b"near" => {
                    *cursor = ahead;
                    continue;
                }
                _ => {}
            }
            let mut ahead = *cursor;
            if let Some(reg) = self.intel_register(&mut ahead)
                && self.isa.registers().info(reg.phys).class == RegClass::Segment
                && ahead.eat(b':')
            {
                address.segment = Some(reg.phys);
                *cursor = ahead;
                continue;
            }
            return;
        }
    }

    /// Terms outside and inside brackets, in any order: `sym[rip]`, `[rax+4][rcx*2]`, `8[rsp]`.
    fn intel_terms(&mut self, cursor: &mut Cursor<'_>, address: &mut Address) -> bool {
        let mut any = false;
        loop {
            cursor.skip_space();
            match cursor.peek() {
                Some(b'[') => {
                    cursor.at += 1;
                    address.bracketed = true;
                    // `[qword ptr 8[rbx]]`: a whole operand in brackets, as gcc prints indirect calls.
                    let size = address.size;
                    self.intel_prefixes(cursor, address);
                    let whole = address.size != size && !address.nested;
                    address.nested |= whole;
                    let good = if whole {
                        self.intel_terms(cursor, address)
                    } else {
                        self.intel_sum(cursor, address)
                    };
                    if !good {
                        return false;
                    }
                    if !cursor.eat(b']') {
                        self.error(cursor.loc(), "missing `]'");
                        return false;
                    }
                    any = true;
                }
                None | Some(b',' | b'{') if any => return true,
                Some(b'+' | b'-') if any => {
                    let negative = cursor.peek() == Some(b'-');
                    cursor.at += 1;
                    let Some(value) = self.expression(cursor) else { return false };
                    add(address, value, negative);
                }
                _ if any => return true,
                _ => {
                    let Some(value) = self.intel_value(cursor) else { return false };
                    add(address, value, false);
                    any = true;
                }
            }
        }
    }

    /// An expression that stops before `[`.
    fn intel_value(&mut self, cursor: &mut Cursor<'_>) -> Option<Expression> {
        let end = cursor.text[cursor.at..].iter().position(|b| *b == b'[');
        match end {
            None => self.expression(cursor),
            Some(0) => None,
            Some(length) => {
                let mut part = cursor.part(cursor.at, cursor.at + length);
                let comma = part.text.iter().position(|b| *b == b',');
                if comma.is_some() {
                    return self.expression(cursor);
                }
                let trimmed = part.text.trim_ascii_end().len();
                part.text = &part.text[..trimmed];
                let value = self.expression(&mut part)?;
                cursor.at += part.at;
                Some(value)
            }
        }
    }

    /// `rax + rcx*4 - 8 + sym` inside brackets.
    fn intel_sum(&mut self, cursor: &mut Cursor<'_>, address: &mut Address) -> bool {
        let mut negative = false;
        loop {
            cursor.skip_space();
            let mut ahead = *cursor;
            if let Some(reg) = self.intel_register(&mut ahead) {
                let mut scale = 0;
                if ahead.eat(b'*') {
                    match self.product_factor(&mut ahead) {
                        Some(factor) => scale = factor,
                        None => return false,
                    }
                }
                if negative {
                    self.error(cursor.loc(), "a register cannot be subtracted");
                    return false;
                }
                *cursor = ahead;
                address.registers.push((reg, scale));
            } else if let Some((factor, reg)) = self.factor_times_register(*cursor) {
                cursor.at = reg.1;
                address.registers.push((reg.0, factor));
            } else {
                let Some(value) = self.intel_term(cursor) else { return false };
                add(address, value, negative);
            }
            cursor.skip_space();
            match cursor.peek() {
                Some(b'+') => negative = false,
                Some(b'-') => negative = true,
                _ => return true,
            }
            cursor.at += 1;
        }
    }

    fn product_factor(&mut self, cursor: &mut Cursor<'_>) -> Option<u8> {
        cursor.skip_space();
        let digit = cursor.peek();
        cursor.at += 1;
        match digit {
            Some(b'1') => Some(0x80),
            Some(b'2') => Some(1),
            Some(b'4') => Some(2),
            Some(b'8') => Some(3),
            _ => {
                self.error(cursor.loc(), "scale factor must be 1, 2, 4 or 8");
                None
            }
        }
    }

    /// `4*rcx`
    fn factor_times_register(&mut self, mut cursor: Cursor<'_>) -> Option<(u8, (Reg, usize))> {
        cursor.skip_space();
        let factor = match cursor.peek()? {
            b'1' => 0x80,
            b'2' => 1,
            b'4' => 2,
            b'8' => 3,
            _ => return None,
        };
        cursor.at += 1;
        if !cursor.eat(b'*') {
            return None;
        }
        let reg = self.intel_register(&mut cursor)?;
        Some((factor, (reg, cursor.at)))
    }

    /// A term up to `+`, `-` or `]` outside parentheses.
    fn intel_term(&mut self, cursor: &mut Cursor<'_>) -> Option<Expression> {
        let mut depth = 0;
        let start = cursor.at;
        let mut end = start;
        while let Some(byte) = cursor.text.get(end) {
            match byte {
                b'(' => depth += 1,
                b')' => depth -= 1,
                b'+' | b'-' if depth == 0 && end > start => break,
                b']' | b',' => break,
                _ => {}
            }
            end += 1;
        }
        let mut part = cursor.part(start, end);
        part.text = &part.text[..part.text.trim_ascii_end().len()];
        let value = self.expression(&mut part)?;
        self.expect_end(&mut part);
        cursor.at = end;
        Some(value)
    }

    fn intel_result(&mut self, address: Address, cursor: &Cursor<'_>) -> Option<Operand> {
        let value = address.value.map(Expression::fold);
        if address.offset && !address.bracketed {
            let value = value.unwrap_or(Expression::Constant(0));
            return Some(Operand::Imm(self.immediate_of(value)));
        }
        let number = matches!(value, Some(Expression::Constant(_)));
        if !address.bracketed
            && address.registers.is_empty()
            && number
            && address.segment.is_none()
            && address.size == 0
        {
            let value = value.unwrap_or(Expression::Constant(0));
            return Some(Operand::Imm(self.immediate_of(value)));
        }
        let mut mem = Mem { size: address.size, mode: MemMode::Offset, ..Mem::NONE };
        if let Some(segment) = address.segment {
            mem.segment = segment;
        }
        if let Some(value) = value {
            mem.displacement = self.immediate_of(value);
        }
        // `ds:` is only there to mark a bare number as an address.
        if address.segment == Some(r::DS) && address.registers.is_empty() {
            mem.segment = PhysReg::NONE;
        }
        for (reg, scale) in address.registers {
            let vector = self.isa.registers().info(reg.phys).class == RegClass::Vector;
            if scale == 0 && !mem.base.is_some() && !vector {
                mem.base = reg;
            } else if !mem.index.is_some() {
                mem.index = reg;
                mem.scale_log2 = scale & 3;
            } else {
                self.error(cursor.loc(), "more than two registers in an address");
                return None;
            }
        }
        // `[rax + rsp]`: rsp cannot be an index.
        if mem.index.phys == r::RSP && mem.scale_log2 == 0 {
            std::mem::swap(&mut mem.base, &mut mem.index);
        }
        Some(Operand::Mem(mem))
    }
}

fn add(address: &mut Address, value: Expression, negative: bool) {
    address.value = Some(match (address.value.take(), negative) {
        (None, false) => value,
        (None, true) => Expression::Constant(0).minus(value).fold(),
        (Some(old), true) => old.minus(value).fold(),
        (Some(old), false) => Expression::Binary(BinaryOperator::Add, Box::new(old), Box::new(value)).fold(),
    });
}

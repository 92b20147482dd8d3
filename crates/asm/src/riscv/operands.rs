//! One operand: registers, numbers, `%lo(symbol)(base)`, places, rounding modes, fence sets, control registers.

use crate::assembler::Assembler;
use crate::cursor::{Cursor, continues_name};
use lathe_isa::PhysReg;
use lathe_isa::{Imm, Mem, Operand, Reg, SymbolRef};
use lathe_isa_riscv::fixups::{self, MODIFIERS};
use lathe_isa_riscv::registers::{FT0, GP, RA, S0, SP, TP, VIEW_D, VIEW_X, ZERO};
use lathe_mc::{BinaryOperator, Expression};

/// What an operand may be beyond registers, numbers and addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    /// Nothing special.
    Plain,
    /// A place, whatever its name: symbols may be called like registers.
    Place,
    /// A rounding mode.
    Rounding,
    /// `rw`
    Fence,
    /// `fcsr`
    Control,
}

/// The register whose name stands at the cursor, which moves behind it.
pub(super) fn register(cursor: &mut Cursor<'_>) -> Option<Reg> {
    let mut ahead = *cursor;
    let name = ahead.name();
    let found = register_named(name)?;
    *cursor = ahead;
    Some(found)
}

/// ABI names by their letters and number (RISC-V ELF psABI, "Register Convention"); the numeric names.
fn register_named(name: &[u8]) -> Option<Reg> {
    let letters = name.iter().position(u8::is_ascii_digit).unwrap_or(name.len());
    let number = match &name[letters..] {
        [a @ b'0'..=b'9'] => a - b'0',
        [a @ b'1'..=b'3', b @ b'0'..=b'9'] => (a - b'0') * 10 + (b - b'0'),
        [] => return special_register(name),
        _ => return None,
    };
    let integer = |number: u8| Some(Reg::new(PhysReg(number), VIEW_X));
    let float = |number: u8| Some(Reg::new(PhysReg(FT0.0 + number), VIEW_D));
    match (&name[..letters], number) {
        (b"a", 0..=7) => integer(10 + number),
        (b"s", 0..=1) => integer(8 + number),
        (b"s", 2..=11) => integer(16 + number),
        (b"t", 0..=2) => integer(5 + number),
        (b"t", 3..=6) => integer(25 + number),
        (b"x", 0..=31) => integer(number),
        (b"fa", 0..=7) => float(10 + number),
        (b"fs", 0..=1) => float(8 + number),
        (b"fs", 2..=11) => float(16 + number),
        (b"ft", 0..=7) => float(number),
        (b"ft", 8..=11) => float(20 + number),
        (b"f", 0..=31) => float(number),
        _ => None,
    }
}

fn special_register(name: &[u8]) -> Option<Reg> {
    let register = match name {
        b"zero" => ZERO,
        b"ra" => RA,
        b"sp" => SP,
        b"gp" => GP,
        b"tp" => TP,
        b"fp" => S0,
        _ => return None,
    };
    Some(Reg::new(register, VIEW_X))
}

/// The bits of a fence set.
fn fence_set(name: &[u8]) -> Option<i64> {
    let mut set = 0;
    for byte in name {
        let bit = match byte {
            b'i' => 8,
            b'o' => 4,
            b'r' => 2,
            b'w' => 1,
            _ => return None,
        };
        if set & bit != 0 {
            return None;
        }
        set |= bit;
    }
    (set != 0).then_some(set)
}

impl Assembler<'_> {
    /// One operand. `None` after an error.
    pub(super) fn rv_operand(&mut self, cursor: &mut Cursor<'_>, meaning: Meaning) -> Option<Operand> {
        cursor.skip_space();
        if let Some(found) = self.rv_special(cursor, meaning) {
            return Some(found);
        }
        if meaning != Meaning::Place
            && let Some(reg) = register(cursor)
        {
            return Some(Operand::Reg(reg));
        }
        if cursor.peek() == Some(b'(')
            && let Some(base) = base_register(cursor)
        {
            return Some(Operand::Mem(Mem::base(base, 0)));
        }
        let value = match cursor.peek() {
            Some(b'%') => self.rv_modified(cursor)?,
            _ => self.rv_value(cursor)?,
        };
        cursor.skip_space();
        if let Some(base) = base_register(cursor) {
            return Some(Operand::Mem(Mem { base, displacement: value, ..Mem::NONE }));
        }
        Some(match value {
            Imm::Symbol(target) if matches!(target.modifier, fixups::PLAIN | fixups::PLT) => {
                Operand::Label(target)
            }
            other => Operand::Imm(other),
        })
    }

    fn rv_special(&mut self, cursor: &mut Cursor<'_>, meaning: Meaning) -> Option<Operand> {
        let mut ahead = *cursor;
        let name = ahead.name();
        let found = match meaning {
            Meaning::Plain | Meaning::Place => None,
            Meaning::Rounding => {
                const NAMES: [(&[u8], u8); 6] =
                    [(b"rne", 0), (b"rtz", 1), (b"rdn", 2), (b"rup", 3), (b"rmm", 4), (b"dyn", 7)];
                NAMES.iter().find(|(known, _)| *known == name).map(|(_, code)| Operand::Rounding(*code))
            }
            Meaning::Fence => fence_set(name).map(Operand::int),
            Meaning::Control => {
                let name = std::str::from_utf8(name).ok()?;
                lathe_isa_riscv::csr::number(name).map(|number| Operand::int(i64::from(number)))
            }
        }?;
        *cursor = ahead;
        Some(found)
    }

    /// An expression, `.` and a distance from it included.
    fn rv_value(&mut self, cursor: &mut Cursor<'_>) -> Option<Imm> {
        let value = self.expression(cursor)?;
        let from_here = match &value {
            Expression::Binary(operator, left, right) => match (operator, &**left, &**right) {
                (BinaryOperator::Add, Expression::Here, Expression::Constant(distance)) => Some(*distance),
                (BinaryOperator::Subtract, Expression::Here, Expression::Constant(distance)) => {
                    Some(distance.wrapping_neg())
                }
                _ => None,
            },
            _ => None,
        };
        if let Some(distance) = from_here {
            let here = self.streamer.anonymous_here();
            return Some(Imm::Symbol(SymbolRef::plain(here).plus(distance)));
        }
        if value == Expression::Here {
            return Some(Imm::Symbol(SymbolRef::plain(self.streamer.anonymous_here())));
        }
        Some(self.immediate_of(value))
    }

    /// `%lo(symbol+4)`
    fn rv_modified(&mut self, cursor: &mut Cursor<'_>) -> Option<Imm> {
        let start = cursor.at;
        cursor.at += 1;
        let name = cursor.name();
        let index = MODIFIERS.iter().position(|info| {
            !info.name.is_empty() && !matches!(info.name, "plt" | "dtprel") && info.name.as_bytes() == name
        });
        let Some(index) = index.filter(|_| cursor.eat(b'(')) else {
            let shown = String::from_utf8_lossy(name).into_owned();
            self.error(cursor.span_from(start), format!("unknown relocation operator `%{shown}'"));
            return None;
        };
        let modifier = lathe_isa::Modifier(index as u8);
        let value = self.rv_value(cursor)?;
        if !cursor.eat(b')') {
            self.error(cursor.loc(), "missing ')'");
            return None;
        }
        match (value, modifier) {
            (Imm::Symbol(target), _) => Some(Imm::Symbol(SymbolRef { modifier, ..target })),
            // As a symbol, because no compressed form takes an operator.
            (Imm::Int(number), fixups::HI | fixups::LO) => {
                let symbol = self.streamer.expression(Expression::Constant(number));
                Some(Imm::Symbol(SymbolRef::through(symbol, modifier)))
            }
            (Imm::Int(_), _) => {
                self.error(cursor.span_from(start), "a relocation operator needs a symbol");
                None
            }
        }
    }
}

/// `(base)`, if it stands at the cursor.
fn base_register(cursor: &mut Cursor<'_>) -> Option<Reg> {
    let mut ahead = *cursor;
    if !ahead.eat(b'(') {
        return None;
    }
    ahead.skip_space();
    let base = register(&mut ahead)?;
    if ahead.peek().is_some_and(continues_name) || !ahead.eat(b')') {
        return None;
    }
    *cursor = ahead;
    Some(base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lathe_isa_riscv::registers::TABLE;

    #[test]
    fn every_name_of_the_table_is_read() {
        for number in 0..64u8 {
            let view = if number < 32 { VIEW_X } else { VIEW_D };
            let reg = Reg::new(PhysReg(number), view);
            assert_eq!(register_named(TABLE.name(reg).as_bytes()), Some(reg));
        }
        for name in ["a8", "s12", "t7", "ft12", "x32", "f32", "s01", "", "a", "x", "fa8"] {
            assert_eq!(register_named(name.as_bytes()), None, "{name}");
        }
    }
}

//! One operand: registers, numbers, `%lo(symbol)(base)`, places, rounding modes, fence sets, control registers.

use crate::assembler::Assembler;
use crate::cursor::{Cursor, continues_name};
use lathe_isa::PhysReg;
use lathe_isa::{Imm, Mem, Operand, Reg, SymbolRef};
use lathe_isa_riscv::fixups::{self, MODIFIERS};
use lathe_isa_riscv::registers::{FT0, S0, TABLE, VIEW_D, VIEW_X};
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

fn register_named(name: &[u8]) -> Option<Reg> {
    let (first, rest) = name.split_first()?;
    let number = match rest {
        [a @ b'0'..=b'9'] => Some(a - b'0'),
        [a @ b'1'..=b'3', b @ b'0'..=b'9'] => Some((a - b'0') * 10 + (b - b'0')).filter(|n| *n < 32),
        _ => None,
    };
    match (first, number) {
        (b'x', Some(number)) => return Some(Reg::new(PhysReg(number), VIEW_X)),
        (b'f', Some(number)) => return Some(Reg::new(PhysReg(FT0.0 + number), VIEW_D)),
        _ if name == b"fp" => return Some(Reg::new(S0, VIEW_X)),
        _ => {}
    }
    // Names of the ABI are at most four bytes.
    let text = std::str::from_utf8(name).ok().filter(|text| text.len() <= 4)?;
    TABLE.find(text).filter(|reg| reg.phys.0 < 64)
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

//! Reducing expressions and symbols to places, under a layout.

use crate::expression::{BinaryOperator, Expression};
use crate::layout::Layout;
use crate::object::{ObjectStreamer, Symbols};
use crate::recorder::{Definition, Position};
use crate::symbol::{SymbolBinding, SymbolKind, label_number};
use lathe_isa::{Modifier, SymbolId};
use std::cell::Cell;

/// What a value counts from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Base {
    /// Zero.
    Absolute,
    /// The start of a body's section.
    Body(u32),
    /// A symbol that is not defined here.
    External(SymbolId),
}

/// `base - minus + offset`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub base: Base,
    pub minus: Option<Base>,
    pub offset: i64,
    pub modifier: Modifier,
}

/// Why an expression has no value that an object can express.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum EvaluationError {
    /// A symbol is defined in terms of itself.
    Loop(SymbolId),
    /// Not a sum of at most one symbol minus at most one symbol.
    Complex,
    /// Division by zero.
    DivisionByZero,
    /// Too many operators or symbols.
    TooDeep,
}

/// Symbols defined by symbols, and operators inside operators, to this depth.
const MAX_DEPTH: u32 = 1000;
/// Symbols looked up for one value: without a limit, a chain of `.set a, b+b` takes exponential time.
const MAX_LOOKUPS: u32 = 100_000;

/// What one evaluation may still do.
#[derive(Clone, Copy)]
struct Limits<'a> {
    depth: u32,
    lookups: &'a Cell<u32>,
}

impl<'a> Limits<'a> {
    fn new(lookups: &'a Cell<u32>) -> Limits<'a> {
        Limits { depth: MAX_DEPTH, lookups }
    }

    fn deeper(self) -> Option<Limits<'a>> {
        self.lookups.set(self.lookups.get().checked_sub(1)?);
        Some(Limits { depth: self.depth.checked_sub(1)?, ..self })
    }
}

impl Place {
    pub fn number_of(value: i64) -> Place {
        Place { base: Base::Absolute, minus: None, offset: value, modifier: Modifier::NONE }
    }

    /// The number, if it is one.
    pub fn number(&self) -> Option<i64> {
        (self.base == Base::Absolute && self.minus.is_none()).then_some(self.offset)
    }

    /// Whether it is a place of this body, or a number (an offset into it).
    pub fn in_body(&self, body: u32) -> bool {
        self.minus.is_none()
            && matches!(self.base, Base::Absolute | Base::Body(_))
            && (self.base == Base::Absolute || self.base == Base::Body(body))
    }

    fn minus_place(self, other: Place) -> Result<Place, EvaluationError> {
        let offset = self.offset.wrapping_sub(other.offset);
        if other.minus.is_some() {
            return Err(EvaluationError::Complex);
        }
        if other.base == Base::Absolute {
            return Ok(Place { offset, ..self });
        }
        if self.base == other.base {
            let base = Base::Absolute;
            return match self.minus {
                None => Ok(Place { base, minus: None, offset, modifier: Modifier::NONE }),
                Some(_) => Ok(Place { base, offset, ..self }),
            };
        }
        match self.minus {
            None => Ok(Place { minus: Some(other.base), offset, ..self }),
            Some(_) => Err(EvaluationError::Complex),
        }
    }

    fn plus_place(self, other: Place) -> Result<Place, EvaluationError> {
        let offset = self.offset.wrapping_add(other.offset);
        if other.number().is_some() {
            return Ok(Place { offset, ..self });
        }
        if self.number().is_some() {
            return Ok(Place { offset, ..other });
        }
        // (a - b) + b, and the like.
        let (first, second) = (self, other);
        if first.minus == Some(second.base) && second.minus.is_none() {
            return Ok(Place { minus: None, offset, ..first });
        }
        if second.minus == Some(first.base) && first.minus.is_none() {
            return Ok(Place { minus: None, offset, ..second });
        }
        if first.base == Base::Absolute && second.minus.is_none() {
            return Ok(Place { offset, minus: first.minus, ..second });
        }
        Err(EvaluationError::Complex)
    }
}

impl ObjectStreamer {
    /// The definition of a symbol or label.
    pub(crate) fn definition(&self, symbol: SymbolId) -> Definition {
        match label_number(symbol) {
            Some(label) => self.labels.get(label as usize).copied().unwrap_or_default(),
            None => match &self.symbols {
                Symbols::Module(symbols) => {
                    symbols.get(symbol).map(|data| data.definition).unwrap_or_default()
                }
                Symbols::Buffer { .. } => Definition::None,
            },
        }
    }

    /// The place at which a label or symbol was defined, if it was by a label.
    pub(crate) fn direct_position(&self, symbol: SymbolId) -> Option<Position> {
        match self.definition(symbol) {
            Definition::Place(position) => Some(position),
            _ => None,
        }
    }

    /// Whether references must stay with the symbol, although it is defined here: another definition may
    /// win at link or run time.
    pub(crate) fn is_preemptible(&self, symbol: SymbolId) -> bool {
        let Symbols::Module(symbols) = &self.symbols else { return false };
        if label_number(symbol).is_some() {
            return false;
        }
        symbols.get(symbol).is_some_and(|data| {
            matches!(data.binding, Some(SymbolBinding::Global | SymbolBinding::Weak | SymbolBinding::Unique))
                || data.kind == SymbolKind::IndirectFunction
        })
    }

    /// Whether a symbol is weak or an indirect function.
    pub(crate) fn is_weak_or_indirect(&self, symbol: SymbolId) -> bool {
        let Symbols::Module(symbols) = &self.symbols else { return false };
        label_number(symbol).is_none()
            && symbols.get(symbol).is_some_and(|data| {
                data.binding == Some(SymbolBinding::Weak) || data.kind == SymbolKind::IndirectFunction
            })
    }

    /// Whether a symbol is seen outside of the object: it is undefined, common or bound so.
    pub(crate) fn is_global(&self, symbol: SymbolId) -> bool {
        if matches!(self.definition(symbol), Definition::None | Definition::Common(_)) {
            return true;
        }
        let Symbols::Module(symbols) = &self.symbols else { return false };
        label_number(symbol).is_none()
            && symbols
                .get(symbol)
                .is_some_and(|data| !matches!(data.binding, None | Some(SymbolBinding::Local)))
    }

    /// The place of a symbol.
    pub(crate) fn locate(&self, layout: &Layout, symbol: SymbolId) -> Result<Place, EvaluationError> {
        self.locate_within(layout, symbol, Limits::new(&Cell::new(MAX_LOOKUPS)))
    }

    fn locate_within(
        &self,
        layout: &Layout,
        symbol: SymbolId,
        limits: Limits<'_>,
    ) -> Result<Place, EvaluationError> {
        let Some(limits) = limits.deeper() else { return Err(EvaluationError::Loop(symbol)) };
        if let (None, Symbols::Module(symbols)) = (label_number(symbol), &self.symbols)
            && let Some(target) = symbols.get(symbol).and_then(|data| data.weak_reference)
        {
            return self.locate_within(layout, target, limits);
        }
        match self.definition(symbol) {
            Definition::Place(position) => Ok(Place {
                base: Base::Body(position.body),
                offset: layout.address(position) as i64,
                ..Place::number_of(0)
            }),
            Definition::Value(index) => self
                .evaluate_within(layout, &self.values[index as usize], limits)
                .map_err(|error| match error {
                    EvaluationError::Loop(_) | EvaluationError::TooDeep => EvaluationError::Loop(symbol),
                    other => other,
                }),
            Definition::None | Definition::Common(_) => {
                Ok(Place { base: Base::External(symbol), ..Place::number_of(0) })
            }
        }
    }

    /// The value of an expression.
    pub(crate) fn evaluate(&self, layout: &Layout, value: &Expression) -> Result<Place, EvaluationError> {
        let lookups = Cell::new(MAX_LOOKUPS);
        let value = self.evaluate_within(layout, value, Limits::new(&lookups));
        layout.lookups.set(layout.lookups.get() + u64::from(MAX_LOOKUPS - lookups.get()));
        value
    }

    fn evaluate_within(
        &self,
        layout: &Layout,
        value: &Expression,
        limits: Limits<'_>,
    ) -> Result<Place, EvaluationError> {
        let Some(limits) = limits.deeper() else { return Err(EvaluationError::TooDeep) };
        match value {
            Expression::Constant(number) => Ok(Place::number_of(*number)),
            Expression::Here => Err(EvaluationError::Complex),
            Expression::Symbol(symbol) => {
                let place = self.locate_within(layout, symbol.symbol, limits)?;
                let offset = place.offset.wrapping_add(symbol.addend);
                let modifier =
                    if symbol.modifier == Modifier::NONE { place.modifier } else { symbol.modifier };
                Ok(Place { offset, modifier, ..place })
            }
            Expression::Unary(operator, value) => {
                let value = self.evaluate_within(layout, value, limits)?;
                match value.number() {
                    Some(number) => Ok(Place::number_of(operator.apply(number))),
                    None if *operator == crate::UnaryOperator::Negate => {
                        Place::number_of(0).minus_place(value)
                    }
                    None => Err(EvaluationError::Complex),
                }
            }
            Expression::Binary(operator, left, right) => {
                let left = self.evaluate_within(layout, left, limits)?;
                let right = self.evaluate_within(layout, right, limits)?;
                combine(*operator, left, right)
            }
        }
    }
}

fn combine(operator: BinaryOperator, left: Place, right: Place) -> Result<Place, EvaluationError> {
    match operator {
        BinaryOperator::Add => return left.plus_place(right),
        BinaryOperator::Subtract => return left.minus_place(right),
        _ => {}
    }
    let (a, b) = match (left.number(), right.number()) {
        (Some(a), Some(b)) => (a, b),
        // Places of one section compare by address.
        _ if left.base == right.base && left.minus.is_none() && right.minus.is_none() => match operator {
            BinaryOperator::Equal
            | BinaryOperator::NotEqual
            | BinaryOperator::Less
            | BinaryOperator::LessOrEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterOrEqual => (left.offset, right.offset),
            _ => return Err(EvaluationError::Complex),
        },
        _ => return Err(EvaluationError::Complex),
    };
    operator.apply(a, b).map(Place::number_of).ok_or(EvaluationError::DivisionByZero)
}

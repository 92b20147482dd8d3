//! Expressions over symbols and places, as directives take them.
//!
//! A streamer keeps an expression unevaluated when it depends on the layout; the layout reduces it to a number or to
//! `symbol - symbol + number`, which is what a relocation can say.

use lathe_isa::{Modifier, SymbolId, SymbolRef};

/// `-x`, `~x`, `!x`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UnaryOperator {
    /// `-`
    Negate,
    /// `~`
    Complement,
    /// `!`
    Not,
}

/// Operators with two operands, in GNU as's meaning (comparisons give -1 or 0, logical ones 1 or 0).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum BinaryOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    ShiftLeft,
    ShiftRight,
    And,
    Or,
    OrNot,
    ExclusiveOr,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    LogicalAnd,
    LogicalOr,
}

/// An expression.
#[derive(Clone, PartialEq, Debug)]
pub enum Expression {
    /// A number.
    Constant(i64),
    /// `symbol@modifier + addend`
    Symbol(SymbolRef),
    /// `.`: where the directive stands.
    Here,
    /// One operand.
    Unary(UnaryOperator, Box<Expression>),
    /// Two operands.
    Binary(BinaryOperator, Box<Expression>, Box<Expression>),
}

impl Expression {
    /// The address of a symbol.
    pub fn symbol(symbol: SymbolId) -> Expression {
        Expression::Symbol(SymbolRef::plain(symbol))
    }

    /// `symbol + addend`
    pub fn offset(symbol: SymbolId, addend: i64) -> Expression {
        Expression::Symbol(SymbolRef::plain(symbol).plus(addend))
    }

    /// `symbol@modifier + addend`
    pub fn through(symbol: SymbolId, modifier: Modifier, addend: i64) -> Expression {
        Expression::Symbol(SymbolRef::through(symbol, modifier).plus(addend))
    }

    /// `left - right`
    pub fn difference(left: SymbolId, right: SymbolId) -> Expression {
        Expression::symbol(left).minus(Expression::symbol(right))
    }

    /// `. - symbol`, as in `.size f, .-f`.
    pub fn here_minus(symbol: SymbolId) -> Expression {
        Expression::Here.minus(Expression::symbol(symbol))
    }

    /// `self + other`
    #[must_use]
    pub fn plus(self, other: Expression) -> Expression {
        Expression::Binary(BinaryOperator::Add, Box::new(self), Box::new(other))
    }

    /// `self - other`
    #[must_use]
    pub fn minus(self, other: Expression) -> Expression {
        Expression::Binary(BinaryOperator::Subtract, Box::new(self), Box::new(other))
    }

    /// The number, if the expression is one.
    pub fn constant(&self) -> Option<i64> {
        match self {
            Expression::Constant(value) => Some(*value),
            _ => None,
        }
    }
}

impl From<i64> for Expression {
    fn from(value: i64) -> Expression {
        Expression::Constant(value)
    }
}

impl From<SymbolRef> for Expression {
    fn from(symbol: SymbolRef) -> Expression {
        Expression::Symbol(symbol)
    }
}

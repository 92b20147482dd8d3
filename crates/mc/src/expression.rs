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

impl Expression {
    /// The same with other symbols.
    pub(crate) fn map_symbols(self, map: &dyn Fn(SymbolId) -> SymbolId) -> Expression {
        match self {
            Expression::Constant(_) | Expression::Here => self,
            Expression::Symbol(symbol) => {
                Expression::Symbol(SymbolRef { symbol: map(symbol.symbol), ..symbol })
            }
            Expression::Unary(operator, value) => {
                Expression::Unary(operator, Box::new(value.map_symbols(map)))
            }
            Expression::Binary(operator, left, right) => Expression::Binary(
                operator,
                Box::new(left.map_symbols(map)),
                Box::new(right.map_symbols(map)),
            ),
        }
    }

    /// Whether `.` occurs.
    pub(crate) fn mentions_here(&self) -> bool {
        match self {
            Expression::Constant(_) | Expression::Symbol(_) => false,
            Expression::Here => true,
            Expression::Unary(_, value) => value.mentions_here(),
            Expression::Binary(_, left, right) => left.mentions_here() || right.mentions_here(),
        }
    }

    /// The same with `.` replaced by a label.
    pub(crate) fn replace_here(self, label: SymbolId) -> Expression {
        match self {
            Expression::Here => Expression::symbol(label),
            Expression::Unary(operator, value) => {
                Expression::Unary(operator, Box::new(value.replace_here(label)))
            }
            Expression::Binary(operator, left, right) => Expression::Binary(
                operator,
                Box::new(left.replace_here(label)),
                Box::new(right.replace_here(label)),
            ),
            other => other,
        }
    }

    /// Reduces what needs no layout: numbers, and `symbol + number`.
    #[must_use]
    pub fn fold(self) -> Expression {
        match self {
            Expression::Unary(operator, value) => match value.fold() {
                Expression::Constant(value) => Expression::Constant(operator.apply(value)),
                value => Expression::Unary(operator, Box::new(value)),
            },
            Expression::Binary(operator, left, right) => fold_binary(operator, left.fold(), right.fold()),
            other => other,
        }
    }
}

fn fold_binary(operator: BinaryOperator, left: Expression, right: Expression) -> Expression {
    match (operator, &left, &right) {
        (_, Expression::Constant(a), Expression::Constant(b)) => {
            if let Some(value) = operator.apply(*a, *b) {
                return Expression::Constant(value);
            }
        }
        (BinaryOperator::Add, Expression::Symbol(symbol), Expression::Constant(value))
        | (BinaryOperator::Add, Expression::Constant(value), Expression::Symbol(symbol)) => {
            return Expression::Symbol(symbol.plus(*value));
        }
        (BinaryOperator::Subtract, Expression::Symbol(symbol), Expression::Constant(value)) => {
            return Expression::Symbol(symbol.plus(value.wrapping_neg()));
        }
        _ => {}
    }
    Expression::Binary(operator, Box::new(left), Box::new(right))
}

impl UnaryOperator {
    /// The result for a number.
    pub fn apply(self, value: i64) -> i64 {
        match self {
            UnaryOperator::Negate => value.wrapping_neg(),
            UnaryOperator::Complement => !value,
            UnaryOperator::Not => i64::from(value == 0),
        }
    }

    /// As written.
    pub fn text(self) -> &'static str {
        match self {
            UnaryOperator::Negate => "-",
            UnaryOperator::Complement => "~",
            UnaryOperator::Not => "!",
        }
    }
}

impl BinaryOperator {
    /// The result for numbers; `None` for a division by zero.
    pub fn apply(self, left: i64, right: i64) -> Option<i64> {
        let truth = |yes: bool| if yes { -1 } else { 0 };
        Some(match self {
            BinaryOperator::Add => left.wrapping_add(right),
            BinaryOperator::Subtract => left.wrapping_sub(right),
            BinaryOperator::Multiply => left.wrapping_mul(right),
            BinaryOperator::Divide if right == 0 => return None,
            BinaryOperator::Divide => left.wrapping_div(right),
            BinaryOperator::Remainder if right == 0 => return None,
            BinaryOperator::Remainder => left.wrapping_rem(right),
            BinaryOperator::ShiftLeft => {
                if (0..64).contains(&right) {
                    left << right
                } else {
                    0
                }
            }
            BinaryOperator::ShiftRight => {
                if (0..64).contains(&right) {
                    ((left as u64) >> right) as i64
                } else {
                    0
                }
            }
            BinaryOperator::And => left & right,
            BinaryOperator::Or => left | right,
            BinaryOperator::OrNot => left | !right,
            BinaryOperator::ExclusiveOr => left ^ right,
            BinaryOperator::Equal => truth(left == right),
            BinaryOperator::NotEqual => truth(left != right),
            BinaryOperator::Less => truth(left < right),
            BinaryOperator::LessOrEqual => truth(left <= right),
            BinaryOperator::Greater => truth(left > right),
            BinaryOperator::GreaterOrEqual => truth(left >= right),
            BinaryOperator::LogicalAnd => i64::from(left != 0 && right != 0),
            BinaryOperator::LogicalOr => i64::from(left != 0 || right != 0),
        })
    }

    /// As written.
    pub fn text(self) -> &'static str {
        match self {
            BinaryOperator::Add => "+",
            BinaryOperator::Subtract => "-",
            BinaryOperator::Multiply => "*",
            BinaryOperator::Divide => "/",
            BinaryOperator::Remainder => "%",
            BinaryOperator::ShiftLeft => "<<",
            BinaryOperator::ShiftRight => ">>",
            BinaryOperator::And => "&",
            BinaryOperator::Or => "|",
            BinaryOperator::OrNot => "!",
            BinaryOperator::ExclusiveOr => "^",
            BinaryOperator::Equal => "==",
            BinaryOperator::NotEqual => "!=",
            BinaryOperator::Less => "<",
            BinaryOperator::LessOrEqual => "<=",
            BinaryOperator::Greater => ">",
            BinaryOperator::GreaterOrEqual => ">=",
            BinaryOperator::LogicalAnd => "&&",
            BinaryOperator::LogicalOr => "||",
        }
    }
}

//! Expressions, with GNU as's precedence (gas/expr.c: multiplicative, bitwise, additive, comparison, `&&`, `||`).
//!
//! Symbols that `.set` made a number are replaced here; the rest is `mc`'s to resolve.

use crate::assembler::Assembler;
use crate::cursor::Cursor;
use lathe_isa::{Imm, Modifier, SymbolId, SymbolRef};
use lathe_mc::{BinaryOperator as Op, Expression, UnaryOperator};

/// Deepest nesting of parentheses and unary operators.
const MAX_DEPTH: u32 = 200;

impl Assembler<'_> {
    /// An expression, folded. `None` after an error was reported.
    pub(crate) fn expression(&mut self, cursor: &mut Cursor<'_>) -> Option<Expression> {
        let value = self.binary(cursor, 0, 0)?;
        Some(match value {
            Expression::Constant(_) | Expression::Symbol(_) | Expression::Here => value,
            other => other.fold(),
        })
    }

    /// An expression that must be a number now.
    pub(crate) fn absolute(&mut self, cursor: &mut Cursor<'_>) -> Option<i64> {
        cursor.skip_space();
        let start = cursor.at;
        match self.expression(cursor)? {
            Expression::Constant(value) => Some(value),
            _ => {
                self.error(cursor.span_from(start), "expected an absolute expression that is known here");
                None
            }
        }
    }

    fn binary(&mut self, cursor: &mut Cursor<'_>, least: u8, depth: u32) -> Option<Expression> {
        let mut left = self.primary(cursor, depth)?;
        while let Some((operator, rank, length)) = operator(cursor) {
            if rank < least {
                break;
            }
            cursor.at += length;
            let right = self.binary(cursor, rank + 1, depth + 1)?;
            left = match (operator, &left, &right) {
                (Op::Divide | Op::Remainder, _, Expression::Constant(0)) => {
                    self.error(cursor.loc(), "division by zero");
                    return None;
                }
                (Op::Add, Expression::Constant(a), Expression::Constant(b)) => {
                    Expression::Constant(a.wrapping_add(*b))
                }
                (Op::Add, Expression::Symbol(a), Expression::Constant(b)) => Expression::Symbol(a.plus(*b)),
                (Op::Subtract, Expression::Symbol(a), Expression::Constant(b)) => {
                    Expression::Symbol(a.plus(b.wrapping_neg()))
                }
                // Fold what is a number as we go: conditions and repeat counts need it.
                (_, Expression::Constant(a), Expression::Constant(b)) => {
                    Expression::Constant(operator.apply(*a, *b).unwrap_or(0))
                }
                (Op::Subtract, Expression::Symbol(a), Expression::Symbol(b))
                    if a.symbol == b.symbol && a.modifier == b.modifier =>
                {
                    Expression::Constant(a.addend.wrapping_sub(b.addend))
                }
                _ => Expression::Binary(operator, Box::new(left), Box::new(right)),
            };
        }
        Some(left)
    }

    fn primary(&mut self, cursor: &mut Cursor<'_>, depth: u32) -> Option<Expression> {
        if depth > MAX_DEPTH {
            self.error(cursor.loc(), "expression nested too deeply");
            return None;
        }
        cursor.skip_space();
        let Some(byte) = cursor.peek() else {
            self.error(cursor.loc(), "missing expression");
            return None;
        };
        match byte {
            b'0'..=b'9' => self.number(cursor),
            b'-' | b'+' | b'~' | b'!' => {
                cursor.at += 1;
                let value = self.primary(cursor, depth + 1)?;
                Some(match (byte, value) {
                    (b'-', Expression::Constant(v)) => Expression::Constant(v.wrapping_neg()),
                    (b'~', Expression::Constant(v)) => Expression::Constant(!v),
                    (b'!', Expression::Constant(v)) => Expression::Constant(i64::from(v == 0)),
                    (b'+', value) => value,
                    (b'-', value) => Expression::Unary(UnaryOperator::Negate, Box::new(value)),
                    (b'~', value) => Expression::Unary(UnaryOperator::Complement, Box::new(value)),
                    (_, value) => Expression::Unary(UnaryOperator::Not, Box::new(value)),
                })
            }
            b'(' | b'[' => {
                cursor.at += 1;
                let value = self.binary(cursor, 0, depth + 1)?;
                let close = if byte == b'(' { b')' } else { b']' };
                if !cursor.eat(close) {
                    self.error(cursor.loc(), format!("missing '{}'", close as char));
                    return None;
                }
                // `(foo)@PLT`, `(a-b)@…`
                Some(match value {
                    Expression::Symbol(symbol) => Expression::Symbol(self.modifier(cursor, symbol)?),
                    other => other,
                })
            }
            b'\'' => self.character(cursor),
            b'"' => {
                let mut name = Vec::new();
                if !cursor.string(&mut name) {
                    self.error(cursor.loc(), "unterminated string");
                    return None;
                }
                let name = String::from_utf8_lossy(&name).into_owned();
                let symbol = self.streamer.symbol(&name);
                Some(Expression::Symbol(self.modifier(cursor, SymbolRef::plain(symbol))?))
            }
            b'.' if !cursor.peek_at(1).is_some_and(crate::cursor::continues_name) => {
                cursor.at += 1;
                Some(Expression::Here)
            }
            b'$' if !cursor.peek_at(1).is_some_and(crate::cursor::starts_name) => {
                cursor.at += 1;
                Some(Expression::Here)
            }
            byte if crate::cursor::starts_name(byte) => {
                let name = cursor.name();
                self.named(cursor, name)
            }
            other => {
                let shown = if other.is_ascii_graphic() { other as char } else { '?' };
                self.error(cursor.loc(), format!("junk '{shown}' in expression"));
                None
            }
        }
    }

    fn named(&mut self, cursor: &mut Cursor<'_>, name: &[u8]) -> Option<Expression> {
        let Ok(name) = std::str::from_utf8(name) else {
            self.error(cursor.loc(), "symbol name is not UTF-8");
            return None;
        };
        let symbol = self.streamer.symbol(name);
        if let Some(value) = self.constants.get(&symbol) {
            return Some(Expression::Constant(*value));
        }
        if let (Some(base), "_GLOBAL_OFFSET_TABLE_") = (self.language.got_base, name) {
            return Some(Expression::Symbol(SymbolRef::through(symbol, base)));
        }
        Some(Expression::Symbol(self.modifier(cursor, SymbolRef::plain(symbol))?))
    }

    /// `@PLT` after a symbol.
    fn modifier(&mut self, cursor: &mut Cursor<'_>, symbol: SymbolRef) -> Option<SymbolRef> {
        if cursor.peek() != Some(b'@') || !cursor.peek_at(1).is_some_and(|b| b.is_ascii_alphabetic()) {
            return Some(symbol);
        }
        let start = cursor.at;
        cursor.at += 1;
        let name = cursor.name();
        let modifiers = self.isa.modifiers();
        let index =
            modifiers.iter().position(|m| !m.name.is_empty() && m.name.as_bytes().eq_ignore_ascii_case(name));
        match index {
            Some(index) => Some(SymbolRef { modifier: Modifier(index as u8), ..symbol }),
            None => {
                let name = String::from_utf8_lossy(name).into_owned();
                self.error(cursor.span_from(start), format!("unknown relocation operator '@{name}'"));
                None
            }
        }
    }

    /// An expression as an operand: what no relocation can say becomes an expression symbol.
    pub(crate) fn immediate_of(&mut self, value: Expression) -> Imm {
        match value {
            Expression::Constant(number) => Imm::Int(number),
            Expression::Symbol(symbol) => Imm::Symbol(symbol),
            Expression::Here => Imm::Symbol(SymbolRef::plain(self.streamer.here())),
            other => self.compound(other),
        }
    }

    /// `.` inside is this place; a difference with a modified symbol keeps the modifier.
    fn compound(&mut self, value: Expression) -> Imm {
        let value = if mentions_here(&value) {
            let here = self.streamer.here();
            replace_here(value, here)
        } else {
            value
        };
        // `_GLOBAL_OFFSET_TABLE_ + (. - label)` (i386 PIC): the distance is the addend's, at the field.
        let modifier = got_base(&value);
        let symbol = self.streamer.expression(value);
        Imm::Symbol(SymbolRef { addend: 0, symbol, modifier: modifier.unwrap_or(Modifier::NONE) })
    }

    fn number(&mut self, cursor: &mut Cursor<'_>) -> Option<Expression> {
        let start = cursor.at;
        match number_128(cursor) {
            Number::Value(value) => {
                if value > u128::from(u64::MAX) {
                    self.warning(cursor.span_from(start), "number is truncated to 64 bits");
                }
                Some(Expression::Constant(value as u64 as i64))
            }
            Number::Label(number, forward) => {
                let symbol = self.numeric_label(number, forward);
                match symbol {
                    Some(symbol) => Some(Expression::symbol(symbol)),
                    None => {
                        let text = format!("backward ref to unknown label \"{number}:\"");
                        self.error(cursor.span_from(start), text);
                        None
                    }
                }
            }
            Number::Bad => {
                self.error(cursor.span_from(start), "bad number");
                None
            }
        }
    }

    fn character(&mut self, cursor: &mut Cursor<'_>) -> Option<Expression> {
        cursor.at += 1;
        let Some(byte) = cursor.peek() else {
            self.error(cursor.loc(), "missing character after '");
            return None;
        };
        let mut value = Vec::new();
        if byte == b'\\' {
            let quoted = [b'"', b'\\', cursor.peek_at(1).unwrap_or(b'\\'), b'"'];
            let mut escape = Cursor::new(&quoted, cursor.loc(), true);
            let _ = escape.string(&mut value);
            cursor.at += 2;
        } else {
            value.push(byte);
            cursor.at += 1;
        }
        if cursor.peek() == Some(b'\'') {
            cursor.at += 1;
        }
        Some(Expression::Constant(i64::from(value.first().copied().unwrap_or(0))))
    }

    /// The label that `1b` or `1f` means.
    pub(crate) fn numeric_label(&mut self, number: u64, forward: bool) -> Option<SymbolId> {
        let (last, next) = self.numeric_labels.entry(number).or_default();
        if !forward {
            return *last;
        }
        if next.is_none() {
            let label = self.new_numeric_label(number);
            self.numeric_labels.entry(number).or_default().1 = Some(label);
            return Some(label);
        }
        *next
    }

    /// What the next definition of a numeric label defines.
    pub(crate) fn new_numeric_label(&mut self, number: u64) -> SymbolId {
        match &self.numeric_counts {
            Some(counts) => {
                let instance = counts.get(&number).map_or(1, |count| count + 1);
                self.streamer.symbol(&format!(".L{number}\u{2}{instance}"))
            }
            None => self.streamer.new_label(),
        }
    }
}

/// What a token that starts with a digit is.
pub(crate) enum Number {
    /// A number.
    Value(u128),
    /// `1f` (true) or `1b`.
    Label(u64, bool),
    /// Neither.
    Bad,
}

/// Reads a number: `0x`, `0b`, leading-zero octal, decimal, and `1b 1f` label references.
pub(crate) fn number_128(cursor: &mut Cursor<'_>) -> Number {
    let text = &cursor.text[cursor.at..];
    let (radix, skip) = match text {
        [b'0', b'x' | b'X', ..] => (16, 2),
        [b'0', b'b' | b'B', b'0' | b'1', ..] => (2, 2),
        [b'0', b'0'..=b'7', ..] => (8, 1),
        _ => (10, 0),
    };
    let mut value: u128 = 0;
    let mut i = skip;
    while let Some(digit) = text.get(i).and_then(|b| (*b as char).to_digit(radix)) {
        value = value.wrapping_mul(u128::from(radix)).wrapping_add(u128::from(digit));
        i += 1;
    }
    if i == skip && radix != 8 {
        cursor.at += i.max(1);
        return Number::Bad;
    }
    let next_continues = text.get(i + 1).is_some_and(|b| crate::cursor::continues_name(*b));
    match text.get(i) {
        Some(b'f' | b'b') if radix != 16 && !next_continues => {
            cursor.at += i + 1;
            Number::Label(value as u64, text[i] == b'f')
        }
        Some(byte) if crate::cursor::continues_name(*byte) => {
            // `1ULL`-like suffixes of C.
            let mut end = i;
            while text.get(end).is_some_and(|b| matches!(b, b'u' | b'U' | b'l' | b'L')) {
                end += 1;
            }
            cursor.at += end.max(i);
            if text.get(end).is_some_and(|b| crate::cursor::continues_name(*b)) {
                cursor.at += 1;
                return Number::Bad;
            }
            Number::Value(value)
        }
        _ => {
            cursor.at += i;
            Number::Value(value)
        }
    }
}

/// The operator at the cursor, its rank and its length.
fn operator(cursor: &mut Cursor<'_>) -> Option<(Op, u8, usize)> {
    cursor.skip_space();
    let second = cursor.peek_at(1);
    Some(match (cursor.peek()?, second) {
        (b'*', _) => (Op::Multiply, 7, 1),
        (b'/', _) => (Op::Divide, 7, 1),
        (b'%', _) => (Op::Remainder, 7, 1),
        (b'<', Some(b'<')) => (Op::ShiftLeft, 7, 2),
        (b'>', Some(b'>')) => (Op::ShiftRight, 7, 2),
        (b'|', Some(b'|')) => (Op::LogicalOr, 1, 2),
        (b'&', Some(b'&')) => (Op::LogicalAnd, 2, 2),
        (b'|', _) => (Op::Or, 6, 1),
        (b'&', _) => (Op::And, 6, 1),
        (b'^', _) => (Op::ExclusiveOr, 6, 1),
        (b'!', Some(b'=')) => (Op::NotEqual, 4, 2),
        (b'!', _) => (Op::OrNot, 6, 1),
        (b'+', _) => (Op::Add, 5, 1),
        (b'-', _) => (Op::Subtract, 5, 1),
        (b'=', Some(b'=')) => (Op::Equal, 4, 2),
        (b'<', Some(b'>')) => (Op::NotEqual, 4, 2),
        (b'<', Some(b'=')) => (Op::LessOrEqual, 4, 2),
        (b'>', Some(b'=')) => (Op::GreaterOrEqual, 4, 2),
        (b'<', _) => (Op::Less, 4, 1),
        (b'>', _) => (Op::Greater, 4, 1),
        _ => return None,
    })
}

fn mentions_here(value: &Expression) -> bool {
    match value {
        Expression::Here => true,
        Expression::Unary(_, inner) => mentions_here(inner),
        Expression::Binary(_, left, right) => mentions_here(left) || mentions_here(right),
        _ => false,
    }
}

fn replace_here(value: Expression, here: lathe_isa::SymbolId) -> Expression {
    match value {
        Expression::Here => Expression::symbol(here),
        Expression::Unary(operator, inner) => {
            Expression::Unary(operator, Box::new(replace_here(*inner, here)))
        }
        Expression::Binary(operator, left, right) => Expression::Binary(
            operator,
            Box::new(replace_here(*left, here)),
            Box::new(replace_here(*right, here)),
        ),
        other => other,
    }
}

/// The modifier of `_GLOBAL_OFFSET_TABLE_` if the expression has it.
fn got_base(value: &Expression) -> Option<Modifier> {
    match value {
        Expression::Symbol(symbol) => (symbol.modifier != Modifier::NONE).then_some(symbol.modifier),
        Expression::Unary(_, inner) => got_base(inner),
        // Each side is looked at once: chains of operators are long. A difference to a place is relative to it already.
        Expression::Binary(operator, left, right) => match (operator, got_base(left)) {
            (Op::Subtract, Some(_)) => None,
            (_, Some(modifier)) => Some(modifier),
            (_, None) => got_base(right),
        },
        _ => None,
    }
}

//! `#if` expressions (C11 6.10.1): precedence climbing over expanded tokens, values of `intmax_t` or
//! `uintmax_t`, short-circuit parts parsed but not reported on.

use super::Preprocessor;
use crate::intern::well_known as word;
use crate::literal::{IntegerLiteral, LiteralContext, Number, parse_char, parse_number};
use crate::token::{Token, TokenFlags, TokenKind};
use lathe_diag::{Diagnostics, Span};

/// The deepest nesting of parentheses and unary operators.
const MAX_DEPTH: u32 = 256;

/// A value: 64 bits and whether it is `uintmax_t`.
#[derive(Clone, Copy, Debug)]
struct Value {
    bits: u64,
    unsigned: bool,
}

const ZERO: Value = Value { bits: 0, unsigned: false };

fn truth(value: bool) -> Value {
    Value { bits: value as u64, unsigned: false }
}

/// An error was reported: the directive is over.
struct Failed;

/// The state of one expression.
struct Evaluator<'p, 'a> {
    pp: &'p mut Preprocessor<'a>,
    token: Token,
    directive: &'static str,
    /// In an unevaluated operand.
    skip: u32,
    depth: u32,
}

/// Binary operators: precedence, higher binds tighter.
fn precedence(kind: TokenKind) -> Option<u8> {
    use TokenKind::*;
    Some(match kind {
        Comma => 1,
        Question => 2,
        PipePipe => 3,
        AmpAmp => 4,
        Pipe => 5,
        Caret => 6,
        Amp => 7,
        EqualEqual | BangEqual => 8,
        Less | Greater | LessEqual | GreaterEqual => 9,
        LessLess | GreaterGreater => 10,
        Plus | Minus => 11,
        Star | Slash | Percent => 12,
        _ => return None,
    })
}

impl Preprocessor<'_> {
    /// Evaluates the rest of an `#if` or `#elif` line; false after an error.
    pub(super) fn condition(&mut self, directive: &'static str, span: Span) -> bool {
        let was = std::mem::replace(&mut self.in_condition, true);
        let token = self.expand_token();
        let result = if token.kind == TokenKind::EndOfLine {
            self.error(span, format!("#{directive} with no expression"));
            false
        } else {
            let mut evaluator = Evaluator { pp: self, token, directive, skip: 0, depth: 0 };
            match evaluator.expression(0) {
                Ok(value) => evaluator.finish() && value.bits != 0,
                Err(Failed) => false,
            }
        };
        self.in_condition = was;
        // After an error, contexts of half-read expansions are still there.
        while !self.contexts.is_empty() {
            self.leave_context();
        }
        self.pending_leading = TokenFlags::NONE;
        result
    }
}

impl Preprocessor<'_> {
    /// The value of a constant expression in parentheses: `(` is next.
    pub(super) fn parenthesized_value(&mut self, span: Span) -> Option<i64> {
        let token = self.expand_token();
        let mut evaluator = Evaluator { pp: self, token, directive: "embed", skip: 0, depth: 0 };
        evaluator.advance();
        let value = evaluator.expression(0).ok()?;
        if evaluator.token.kind != TokenKind::RightParen {
            self.error(span, "missing ')' in expression");
            return None;
        }
        Some(value.bits as i64)
    }
}

impl Evaluator<'_, '_> {
    fn advance(&mut self) {
        if self.token.kind != TokenKind::EndOfLine {
            self.token = self.pp.expand_token();
        }
    }

    fn fail<T>(&mut self, span: Span, message: impl Into<String>) -> Result<T, Failed> {
        self.pp.error(span, message);
        Err(Failed)
    }

    /// The whole line must be used up.
    fn finish(&mut self) -> bool {
        let token = self.token;
        match token.kind {
            TokenKind::EndOfLine => true,
            TokenKind::RightParen => {
                self.pp.error(token.span(), "missing '(' in expression");
                false
            }
            TokenKind::Colon => {
                self.pp.error(token.span(), " ':' without preceding '?'");
                false
            }
            _ => {
                use TokenKind::*;
                let shown = self.pp.spelling(token);
                let message = match token.kind {
                    Number | Identifier | Char | LeftParen | Bang | Tilde => {
                        format!("missing binary operator before token \"{shown}\"")
                    }
                    _ => format!("token \"{shown}\" is not valid in preprocessor expressions"),
                };
                self.pp.error(token.span(), message);
                false
            }
        }
    }

    fn expression(&mut self, min: u8) -> Result<Value, Failed> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let span = self.token.span();
            return self.fail(span, format!("#{} expression is nested too deeply", self.directive));
        }
        let mut left = self.unary()?;
        while let Some(level) = precedence(self.token.kind) {
            if level < min.max(1) {
                break;
            }
            let operator = self.token;
            match operator.kind {
                TokenKind::Question => left = self.conditional(left)?,
                TokenKind::PipePipe | TokenKind::AmpAmp => {
                    let and = operator.kind == TokenKind::AmpAmp;
                    let known = if and { left.bits == 0 } else { left.bits != 0 };
                    self.advance();
                    self.skip += known as u32;
                    let right = self.right_operand(operator, level + 1)?;
                    self.skip -= known as u32;
                    left = truth(if and {
                        left.bits != 0 && right.bits != 0
                    } else {
                        left.bits != 0 || right.bits != 0
                    });
                }
                _ => {
                    self.advance();
                    let right = self.right_operand(operator, level + 1)?;
                    left = self.binary(operator, left, right)?;
                }
            }
        }
        self.depth -= 1;
        Ok(left)
    }

    fn right_operand(&mut self, operator: Token, min: u8) -> Result<Value, Failed> {
        if self.token.kind == TokenKind::EndOfLine || self.token.kind == TokenKind::RightParen {
            let shown = self.pp.spelling(operator);
            return self.fail(operator.span(), format!("operator '{shown}' has no right operand"));
        }
        self.expression(min)
    }

    fn conditional(&mut self, condition: Value) -> Result<Value, Failed> {
        let question = self.token;
        self.advance();
        let taken = condition.bits != 0;
        self.skip += !taken as u32;
        let first = self.right_operand(question, 1)?;
        self.skip -= !taken as u32;
        if self.token.kind != TokenKind::Colon {
            return self.fail(question.span(), "'?' without following ':'");
        }
        let colon = self.token;
        self.advance();
        self.skip += taken as u32;
        let second = self.right_operand(colon, 2)?;
        self.skip -= taken as u32;
        let chosen = if taken { first } else { second };
        Ok(Value { bits: chosen.bits, unsigned: first.unsigned || second.unsigned })
    }

    fn binary(&mut self, operator: Token, a: Value, b: Value) -> Result<Value, Failed> {
        use TokenKind::*;
        let unsigned = a.unsigned || b.unsigned;
        let (x, y) = (a.bits as i64, b.bits as i64);
        let mut overflow = false;
        let mut wrapped = |result: (i64, bool)| {
            overflow |= result.1;
            result.0 as u64
        };
        let compare = |less: bool, signed: bool| if unsigned { less } else { signed };
        let bits = match operator.kind {
            Comma => return Ok(b),
            Pipe => a.bits | b.bits,
            Caret => a.bits ^ b.bits,
            Amp => a.bits & b.bits,
            EqualEqual => return Ok(truth(a.bits == b.bits)),
            BangEqual => return Ok(truth(a.bits != b.bits)),
            Less => return Ok(truth(compare(a.bits < b.bits, x < y))),
            Greater => return Ok(truth(compare(a.bits > b.bits, x > y))),
            LessEqual => return Ok(truth(compare(a.bits <= b.bits, x <= y))),
            GreaterEqual => return Ok(truth(compare(a.bits >= b.bits, x >= y))),
            LessLess | GreaterGreater => return Ok(shift(operator.kind == LessLess, a, b)),
            Plus => wrapped(x.overflowing_add(y)),
            Minus => wrapped(x.overflowing_sub(y)),
            Star => wrapped(x.overflowing_mul(y)),
            _ if b.bits == 0 => {
                if self.skip > 0 {
                    return Ok(Value { bits: 0, unsigned });
                }
                return self.fail(operator.span(), format!("division by zero in #{}", self.directive));
            }
            Slash if unsigned => a.bits / b.bits,
            Slash => wrapped(x.overflowing_div(y)),
            _ if unsigned => a.bits % b.bits,
            _ => x.wrapping_rem(y) as u64,
        };
        if overflow && !unsigned && self.skip == 0 && self.pp.options.pedantic {
            self.pp.warn(operator.span(), "integer overflow in preprocessor expression");
        }
        Ok(Value { bits, unsigned })
    }

    fn unary(&mut self) -> Result<Value, Failed> {
        let token = self.token;
        match token.kind {
            TokenKind::Plus | TokenKind::Minus | TokenKind::Tilde | TokenKind::Bang => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return self
                        .fail(token.span(), format!("#{} expression is nested too deeply", self.directive));
                }
                self.advance();
                if self.token.kind == TokenKind::EndOfLine {
                    let shown = self.pp.spelling(token);
                    return self.fail(token.span(), format!("operator '{shown}' has no right operand"));
                }
                let value = self.unary()?;
                self.depth -= 1;
                Ok(match token.kind {
                    TokenKind::Plus => value,
                    TokenKind::Minus => Value { bits: value.bits.wrapping_neg(), ..value },
                    TokenKind::Tilde => Value { bits: !value.bits, ..value },
                    _ => truth(value.bits == 0),
                })
            }
            TokenKind::LeftParen => {
                self.advance();
                if self.token.kind == TokenKind::RightParen {
                    return self.fail(token.span(), "missing expression between '(' and ')'");
                }
                let value = self.expression(1)?;
                if self.token.kind != TokenKind::RightParen {
                    return self.unclosed(token);
                }
                self.advance();
                Ok(value)
            }
            TokenKind::Number => {
                let value = self.number(token)?;
                self.advance();
                Ok(value)
            }
            TokenKind::Char => {
                let value = self.character(token)?;
                self.advance();
                Ok(value)
            }
            TokenKind::Identifier => self.identifier(token),
            _ => self.no_operand(token),
        }
    }

    fn unclosed<T>(&mut self, open: Token) -> Result<T, Failed> {
        let token = self.token;
        match token.kind {
            TokenKind::EndOfLine => self.fail(open.span(), "missing ')' in expression"),
            _ => {
                let shown = self.pp.spelling(token);
                self.fail(token.span(), format!("missing binary operator before token \"{shown}\""))
            }
        }
    }

    fn no_operand<T>(&mut self, token: Token) -> Result<T, Failed> {
        let shown = self.pp.spelling(token);
        let directive = self.directive;
        match token.kind {
            TokenKind::EndOfLine => self.fail(token.span(), format!("#{directive} with no expression")),
            TokenKind::String => {
                let message = format!("token \"{}\" is not valid in preprocessor expressions", shown);
                self.fail(token.span(), message)
            }
            TokenKind::RightParen => self.fail(token.span(), "missing expression between '(' and ')'"),
            kind if precedence(kind).is_some() => {
                self.fail(token.span(), format!("operator '{shown}' has no left operand"))
            }
            _ => {
                self.fail(token.span(), format!("token \"{shown}\" is not valid in preprocessor expressions"))
            }
        }
    }

    fn number(&mut self, token: Token) -> Result<Value, Failed> {
        let pp = &mut *self.pp;
        let mut found = Diagnostics::new();
        let spelling = pp.literals.bytes(crate::intern::Name(token.payload));
        let mut cx = LiteralContext {
            dialect: pp.options.dialect,
            target: pp.target,
            span: token.span(),
            diagnostics: &mut found,
        };
        let number = parse_number(spelling, &mut cx);
        let failed = found.has_errors();
        if failed || (pp.warns_here() && self.skip == 0) {
            pp.diagnostics.append(found);
        }
        match number {
            Some(Number::Integer(IntegerLiteral { imaginary: true, .. })) => {
                self.fail(token.span(), "imaginary number in preprocessor expression")
            }
            Some(Number::Integer(integer)) => {
                let mut unsigned = integer.unsigned;
                let bits = integer.value as u64;
                if !unsigned && bits as i64 >= 0 {
                    return Ok(Value { bits, unsigned });
                }
                unsigned = true;
                Ok(Value { bits, unsigned })
            }
            Some(Number::Float(_)) => self.fail(token.span(), "floating constant in preprocessor expression"),
            None => {
                if !failed {
                    pp.error(token.span(), "invalid number in preprocessor expression");
                }
                Err(Failed)
            }
        }
    }

    fn character(&mut self, token: Token) -> Result<Value, Failed> {
        let pp = &mut *self.pp;
        let spelling = pp.literals.bytes(crate::intern::Name(token.payload));
        let mut cx = LiteralContext {
            dialect: pp.options.dialect,
            target: pp.target,
            span: token.span(),
            diagnostics: &mut pp.diagnostics,
        };
        match parse_char(spelling, &mut cx) {
            Some(c) => {
                use crate::literal::Encoding;
                let unsigned = matches!(c.encoding, Encoding::Utf16 | Encoding::Utf32 | Encoding::Utf8);
                Ok(Value { bits: c.value as u64, unsigned })
            }
            None => Err(Failed),
        }
    }

    fn identifier(&mut self, token: Token) -> Result<Value, Failed> {
        let name = token.name();
        if name == word::DEFINED {
            return self.defined(token);
        }
        let c23 = self.pp.options.dialect.at_least(crate::dialect::Standard::C23);
        if c23 && self.pp.interner.bytes(name) == b"true" {
            self.advance();
            return Ok(truth(true));
        }
        if self.skip == 0 && self.pp.options.warn_undef && !(c23 && self.pp.interner.bytes(name) == b"false")
        {
            let message = format!("\"{}\" is not defined, evaluates to 0", self.pp.interner.text(name));
            self.pp.warn_flag(token.span(), "undef", message);
        }
        self.advance();
        Ok(ZERO)
    }

    /// `defined X` and `defined(X)`: the name is not expanded.
    fn defined(&mut self, token: Token) -> Result<Value, Failed> {
        self.pp.prevent_expansion += 1;
        let mut name = self.pp.expand_token();
        let paren = name.kind == TokenKind::LeftParen;
        if paren {
            name = self.pp.expand_token();
        }
        let mut close = name;
        if paren && name.kind == TokenKind::Identifier {
            close = self.pp.expand_token();
        }
        self.pp.prevent_expansion -= 1;
        if name.kind != TokenKind::Identifier {
            if name.kind == TokenKind::EndOfLine {
                self.token = name;
            }
            return self.fail(token.span(), "operator \"defined\" requires an identifier");
        }
        if paren && close.kind != TokenKind::RightParen {
            self.token = close;
            return self.fail(token.span(), "missing ')' after \"defined\"");
        }
        if token.flags.has(TokenFlags::FROM_MACRO) && self.pp.options.pedantic {
            let message = "this use of \"defined\" may not be portable";
            self.pp.warn_flag(token.span(), "expansion-to-defined", message);
        }
        if let Some(id) = self.pp.macro_of(name.name())
            && self.pp.macro_data(id).kind == super::define::MacroKind::Poisoned
        {
            let message = format!("attempt to use poisoned \"{}\"", self.pp.interner.text(name.name()));
            self.pp.error(name.span(), message);
        }
        let value = truth(self.pp.is_defined(name.name()));
        self.advance();
        Ok(value)
    }
}

/// Shifts of the preprocessor: a negative count shifts the other way, as in gcc.
fn shift(left: bool, a: Value, b: Value) -> Value {
    let mut left = left;
    let mut count = b.bits;
    if !b.unsigned && (b.bits as i64) < 0 {
        left = !left;
        count = b.bits.wrapping_neg();
    }
    let bits = if left {
        if count >= 64 { 0 } else { a.bits << count }
    } else if a.unsigned {
        if count >= 64 { 0 } else { a.bits >> count }
    } else {
        ((a.bits as i64) >> count.min(63)) as u64
    };
    Value { bits, unsigned: a.unsigned }
}

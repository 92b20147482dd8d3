//! Expressions from comma down to casts and prefix operators.
//!
//! Binary operators use an explicit operator stack, so that long chains neither recurse nor nest.
//! Functions ending in `_raw` give lvalues and designators as they are, the others give values.
//! C11 6.5.3-6.5.17.

use super::Parser;
use super::tokens::TooDeep;
use crate::ast::{BinaryOp, ExprId, ExprKind, IncDec, UnaryOp};
use crate::sema::options::Warning;
use crate::token::{Keyword, Token, TokenKind};
use crate::types::QualType;

/// An operator waiting for its right operand.
struct Pending {
    left: ExprId,
    left_parenthesized: bool,
    operator: Token,
    precedence: u8,
}

/// Binary operators by token: precedence (higher binds tighter).
fn precedence(kind: TokenKind) -> u8 {
    match kind {
        TokenKind::PipePipe => 1,
        TokenKind::AmpAmp => 2,
        TokenKind::Pipe => 3,
        TokenKind::Caret => 4,
        TokenKind::Amp => 5,
        TokenKind::EqualEqual | TokenKind::BangEqual => 6,
        TokenKind::Less | TokenKind::LessEqual | TokenKind::Greater | TokenKind::GreaterEqual => 7,
        TokenKind::LessLess | TokenKind::GreaterGreater => 8,
        TokenKind::Plus | TokenKind::Minus => 9,
        TokenKind::Star | TokenKind::Slash | TokenKind::Percent => 10,
        _ => 0,
    }
}

fn binary_op(kind: TokenKind) -> Option<BinaryOp> {
    Some(match kind {
        TokenKind::Pipe | TokenKind::PipeEqual => BinaryOp::Or,
        TokenKind::Caret | TokenKind::CaretEqual => BinaryOp::Xor,
        TokenKind::Amp | TokenKind::AmpEqual => BinaryOp::And,
        TokenKind::EqualEqual => BinaryOp::Eq,
        TokenKind::BangEqual => BinaryOp::Ne,
        TokenKind::Less => BinaryOp::Lt,
        TokenKind::LessEqual => BinaryOp::Le,
        TokenKind::Greater => BinaryOp::Gt,
        TokenKind::GreaterEqual => BinaryOp::Ge,
        TokenKind::LessLess | TokenKind::LessLessEqual => BinaryOp::Shl,
        TokenKind::GreaterGreater | TokenKind::GreaterGreaterEqual => BinaryOp::Shr,
        TokenKind::Plus | TokenKind::PlusEqual => BinaryOp::Add,
        TokenKind::Minus | TokenKind::MinusEqual => BinaryOp::Sub,
        TokenKind::Star | TokenKind::StarEqual => BinaryOp::Mul,
        TokenKind::Slash | TokenKind::SlashEqual => BinaryOp::Div,
        TokenKind::Percent | TokenKind::PercentEqual => BinaryOp::Rem,
        _ => return None,
    })
}

fn is_comparison(kind: TokenKind) -> bool {
    matches!(precedence(kind), 6 | 7)
}

impl Parser<'_, '_> {
    /// A full expression's value.
    pub(crate) fn expression(&mut self) -> Result<ExprId, TooDeep> {
        let expr = self.expression_raw()?;
        Ok(self.rvalue(expr))
    }

    /// An expression whose type is wanted (`typeof`, `sizeof`).
    pub(crate) fn expression_no_decay(&mut self) -> Result<ExprId, TooDeep> {
        self.expression_raw()
    }

    pub(crate) fn expression_raw(&mut self) -> Result<ExprId, TooDeep> {
        let mut expr = self.assignment_raw()?;
        while self.at(TokenKind::Comma) {
            let comma = self.advance();
            self.unused_value(expr, true);
            let left = self.rvalue_or_void(expr);
            let right = self.assignment_raw()?;
            let right = self.rvalue(right);
            let ty = self.ty(right);
            expr = self.add(ExprKind::Comma(left, right), ty, comma.loc);
            self.parenthesized = ExprId::NONE;
        }
        Ok(expr)
    }

    /// The value of an expression without top-level commas.
    pub(crate) fn assignment_rvalue(&mut self) -> Result<ExprId, TooDeep> {
        let expr = self.assignment_raw()?;
        Ok(self.rvalue(expr))
    }

    pub(crate) fn assignment_raw(&mut self) -> Result<ExprId, TooDeep> {
        self.enter()?;
        let result = self.assignment_inner();
        self.leave();
        result
    }

    fn assignment_inner(&mut self) -> Result<ExprId, TooDeep> {
        let left = self.conditional_raw()?;
        match self.token.kind {
            TokenKind::Equal => {
                let operator = self.advance();
                let right = self.assignment_raw()?;
                Ok(self.assign(left, right, operator.loc))
            }
            TokenKind::PlusEqual
            | TokenKind::MinusEqual
            | TokenKind::StarEqual
            | TokenKind::SlashEqual
            | TokenKind::PercentEqual
            | TokenKind::AmpEqual
            | TokenKind::PipeEqual
            | TokenKind::CaretEqual
            | TokenKind::LessLessEqual
            | TokenKind::GreaterGreaterEqual => {
                let operator = self.advance();
                let right = self.assignment_rvalue()?;
                let op = binary_op(operator.kind).unwrap_or(BinaryOp::Add);
                Ok(self.compound_assign(op, left, right, operator.loc))
            }
            _ => Ok(left),
        }
    }

    /// A constant expression's value; whether it is constant is for the caller to see.
    pub(crate) fn constant_expression(&mut self) -> Result<ExprId, TooDeep> {
        self.enter()?;
        let result = self.conditional_raw();
        self.leave();
        let expr = result?;
        Ok(self.rvalue(expr))
    }

    fn conditional_raw(&mut self) -> Result<ExprId, TooDeep> {
        let condition = self.binary_raw()?;
        if !self.at(TokenKind::Question) {
            return Ok(condition);
        }
        let question = self.advance();
        if self.at(TokenKind::Colon) {
            self.advance();
            self.enter()?;
            let otherwise = self.conditional_raw();
            self.leave();
            let otherwise = otherwise?;
            return Ok(self.elvis(condition, otherwise, question.loc));
        }
        let condition = self.condition(condition);
        let value = self.int_value(condition);
        self.fold_only += u32::from(value == Some(0));
        let then = self.expression_raw();
        self.fold_only -= u32::from(value == Some(0));
        let then = then?;
        self.expect(TokenKind::Colon);
        self.fold_only += u32::from(value.is_some_and(|v| v != 0));
        let otherwise = self.enter().and_then(|()| {
            let otherwise = self.conditional_raw();
            self.leave();
            otherwise
        });
        self.fold_only -= u32::from(value.is_some_and(|v| v != 0));
        let otherwise = otherwise?;
        let expr = self.conditional(condition, then, otherwise, question.loc);
        self.parenthesized = ExprId::NONE;
        Ok(expr)
    }

    fn binary_raw(&mut self) -> Result<ExprId, TooDeep> {
        let mut expr = self.cast_raw()?;
        if precedence(self.token.kind) == 0 {
            return Ok(expr);
        }
        let mut pending: Vec<Pending> = Vec::new();
        loop {
            let next = precedence(self.token.kind);
            while let Some(top) = pending.pop_if(|top| top.precedence >= next) {
                expr = self.finish_binary(top, expr);
            }
            if next == 0 {
                return Ok(expr);
            }
            let operator = self.advance();
            let left_parenthesized = self.parenthesized == expr;
            if matches!(operator.kind, TokenKind::AmpAmp | TokenKind::PipePipe) {
                expr = self.condition(expr);
                let skips = match self.int_value(expr) {
                    Some(value) => (value == 0) == (operator.kind == TokenKind::AmpAmp),
                    None => false,
                };
                self.fold_only += u32::from(skips);
                pending.push(Pending { left: expr, left_parenthesized, operator, precedence: next });
                let right = self.cast_raw();
                self.fold_only -= u32::from(skips);
                expr = right?;
                continue;
            }
            pending.push(Pending { left: expr, left_parenthesized, operator, precedence: next });
            expr = self.cast_raw()?;
        }
    }

    fn finish_binary(&mut self, pending: Pending, right: ExprId) -> ExprId {
        let Pending { left, left_parenthesized, operator, .. } = pending;
        if self.warns(Warning::Parentheses) {
            let right_parenthesized = self.parenthesized == right;
            self.check_parentheses(operator, left, left_parenthesized, right, right_parenthesized);
        }
        let expr = match operator.kind {
            TokenKind::AmpAmp | TokenKind::PipePipe => {
                let right = self.condition(right);
                self.logical(operator.kind == TokenKind::AmpAmp, left, right, operator.loc)
            }
            kind => {
                let left = self.rvalue(left);
                let right = self.rvalue(right);
                self.binary(binary_op(kind).unwrap_or(BinaryOp::Add), left, right, operator.loc)
            }
        };
        self.parenthesized = ExprId::NONE;
        expr
    }

    fn check_parentheses(&mut self, operator: Token, left: ExprId, lp: bool, right: ExprId, rp: bool) {
        let binary = |parser: &Self, id: ExprId| match parser.body.expr(id).kind {
            ExprKind::Binary(op, ..) => Some(op),
            _ => None,
        };
        let (l, r) = (binary(self, left).filter(|_| !lp), binary(self, right).filter(|_| !rp));
        let any = |test: fn(BinaryOp) -> bool| l.is_some_and(test) || r.is_some_and(test);
        let additive = |op| matches!(op, BinaryOp::Add | BinaryOp::Sub);
        let comparison = |op| {
            matches!(
                op,
                BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge
            )
        };
        let message = match operator.kind {
            TokenKind::PipePipe => {
                let is_and =
                    |parser: &Self, id: ExprId| matches!(parser.body.expr(id).kind, ExprKind::LogicalAnd(..));
                let inner = if is_and(self, left) && !lp {
                    left
                } else if is_and(self, right) && !rp {
                    right
                } else {
                    return;
                };
                let at = self.body.expr(inner).loc;
                self.warn(Warning::Parentheses, at, "suggest parentheses around '&&' within '||'");
                return;
            }
            TokenKind::LessLess if any(additive) => {
                if l.is_some_and(|op| op == BinaryOp::Sub) || r.is_some_and(|op| op == BinaryOp::Sub) {
                    "suggest parentheses around '-' inside '<<'"
                } else {
                    "suggest parentheses around '+' inside '<<'"
                }
            }
            TokenKind::GreaterGreater if any(additive) => {
                if l.is_some_and(|op| op == BinaryOp::Sub) || r.is_some_and(|op| op == BinaryOp::Sub) {
                    "suggest parentheses around '-' inside '>>'"
                } else {
                    "suggest parentheses around '+' inside '>>'"
                }
            }
            TokenKind::Amp if any(comparison) => "suggest parentheses around comparison in operand of '&'",
            TokenKind::Pipe if any(comparison) => "suggest parentheses around comparison in operand of '|'",
            TokenKind::Caret if any(comparison) => "suggest parentheses around comparison in operand of '^'",
            TokenKind::Amp if any(additive) => "suggest parentheses around arithmetic in operand of '&'",
            TokenKind::Pipe if any(additive) || any(|op| op == BinaryOp::And) => {
                "suggest parentheses around arithmetic in operand of '|'"
            }
            TokenKind::Caret if any(additive) || any(|op| op == BinaryOp::And) => {
                "suggest parentheses around arithmetic in operand of '^'"
            }
            kind if is_comparison(kind) && precedence(kind) == 7 && any(comparison) => {
                "comparisons like 'X<=Y<=Z' do not have their mathematical meaning"
            }
            _ => return,
        };
        self.warn(Warning::Parentheses, operator.loc, message);
    }

    /// A cast expression: `(type) x`, or a unary expression.
    pub(crate) fn cast_raw(&mut self) -> Result<ExprId, TooDeep> {
        if self.token.kind == TokenKind::LeftParen {
            let next = self.peek();
            if self.starts_type(next) || next.is_keyword(Keyword::Extension) && self.cast_behind_extension() {
                return self.cast_or_literal();
            }
        }
        self.unary_raw()
    }

    /// `(__extension__ type)` does not occur in practice as a cast; statements and expressions do.
    fn cast_behind_extension(&mut self) -> bool {
        false
    }

    fn cast_or_literal(&mut self) -> Result<ExprId, TooDeep> {
        self.enter()?;
        let result = self.cast_or_literal_inner();
        self.leave();
        result
    }

    fn cast_or_literal_inner(&mut self) -> Result<ExprId, TooDeep> {
        let open = self.advance();
        let vlas = std::mem::take(&mut self.pending_vla);
        let ty = self.type_name()?;
        let own = std::mem::replace(&mut self.pending_vla, vlas);
        self.expect_closing(TokenKind::RightParen);
        if self.at(TokenKind::LeftBrace) {
            let literal = self.compound_literal(ty, open.loc)?;
            return self.postfix_operators(literal);
        }
        let operand = self.cast_raw()?;
        let cast = self.written_cast(ty, operand, open.loc);
        Ok(self.with_bounds(cast, own))
    }

    /// Wraps an expression that needs variable bounds evaluated first.
    pub(crate) fn with_bounds(&mut self, expr: ExprId, vlas: Vec<crate::types::VlaId>) -> ExprId {
        if vlas.is_empty() || self.unevaluated > 0 {
            return expr;
        }
        let start = self.body.vla_lists.len() as u32;
        self.body.vla_lists.extend(vlas.into_iter().map(Some));
        self.body.vla_lists.push(None);
        let (ty, loc) = (self.ty(expr), self.body.expr(expr).loc);
        self.add(ExprKind::VlaBounds(expr, start), ty, loc)
    }

    /// Prefix operators, or a postfix expression.
    pub(super) fn unary_raw(&mut self) -> Result<ExprId, TooDeep> {
        let token = self.token;
        match token.kind {
            TokenKind::Identifier | TokenKind::Number | TokenKind::LeftParen => return self.postfix_raw(),
            TokenKind::Keyword => return self.keyword_operator(),
            TokenKind::Plus
            | TokenKind::Minus
            | TokenKind::Tilde
            | TokenKind::Bang
            | TokenKind::Star
            | TokenKind::Amp
            | TokenKind::PlusPlus
            | TokenKind::MinusMinus => {}
            TokenKind::AmpAmp => {
                self.advance();
                return self.label_address(token);
            }
            _ => return self.postfix_raw(),
        }
        self.enter()?;
        self.advance();
        let operand = self.cast_raw();
        self.leave();
        let operand = operand?;
        let expr = match token.kind {
            TokenKind::Star => {
                let pointer = self.rvalue(operand);
                self.dereference(pointer, token.loc)
            }
            TokenKind::Amp => self.address_of(operand, token.loc),
            TokenKind::PlusPlus => self.increment(IncDec::PreInc, operand, token.loc),
            TokenKind::MinusMinus => self.increment(IncDec::PreDec, operand, token.loc),
            TokenKind::Bang => {
                if self.parenthesized != operand {
                    self.check_condition_parentheses(operand);
                }
                let operand = self.rvalue(operand);
                self.unary(UnaryOp::LogicalNot, operand, token.loc)
            }
            TokenKind::Tilde => {
                let operand = self.rvalue(operand);
                self.unary(UnaryOp::BitNot, operand, token.loc)
            }
            TokenKind::Minus => {
                let operand = self.rvalue(operand);
                self.unary(UnaryOp::Neg, operand, token.loc)
            }
            _ => {
                let operand = self.rvalue(operand);
                self.unary_plus(operand, token.loc)
            }
        };
        self.parenthesized = ExprId::NONE;
        Ok(expr)
    }

    fn check_condition_parentheses(&mut self, _operand: ExprId) {}

    /// `&&label`; the current token is the name.
    fn label_address(&mut self, at: Token) -> Result<ExprId, TooDeep> {
        if self.token.kind != TokenKind::Identifier {
            self.syntax_error("expected identifier");
            return Ok(self.error_expr(at.loc));
        }
        let token = self.advance();
        if self.function.name.is_none() {
            let text = self.text(token.name());
            self.error(token.span(), format!("label '{text}' referenced outside of any function"));
            return Ok(self.error_expr(at.loc));
        }
        let label = self.find_label(token.name(), token.loc);
        let data = &mut self.body.labels[label.0 as usize];
        data.address_taken = true;
        data.used = true;
        Ok(self.add(ExprKind::LabelAddress(label), QualType::VOID_POINTER, at.loc))
    }
}

//! Postfix operators: subscripts, calls, members, `++`, `--`, and compound literals. C11 6.5.2.

use super::declarator::new_local;
use super::tokens::TooDeep;
use super::{Parser, Symbol};
use crate::ast::{ExprId, ExprKind, IncDec};
use crate::token::TokenKind;
use crate::types::{ArrayLength, QualType, TypeKind};
use lathe_diag::Loc;

impl Parser<'_, '_> {
    pub(crate) fn postfix_raw(&mut self) -> Result<ExprId, TooDeep> {
        let expr = self.primary_raw()?;
        self.postfix_operators(expr)
    }

    pub(crate) fn postfix_operators(&mut self, expr: ExprId) -> Result<ExprId, TooDeep> {
        let mut expr = expr;
        loop {
            let token = self.token;
            expr = match token.kind {
                TokenKind::LeftBracket => {
                    self.advance();
                    let index = self.expression()?;
                    self.expect_closing(TokenKind::RightBracket);
                    self.subscript(expr, index, token.loc)
                }
                TokenKind::LeftParen => {
                    self.advance();
                    self.call_expression(expr)?
                }
                TokenKind::Dot => {
                    self.advance();
                    self.member_name(expr, false, token.loc)
                }
                TokenKind::Arrow => {
                    self.advance();
                    self.member_name(expr, true, token.loc)
                }
                TokenKind::PlusPlus => {
                    self.advance();
                    self.increment(IncDec::PostInc, expr, token.loc)
                }
                TokenKind::MinusMinus => {
                    self.advance();
                    self.increment(IncDec::PostDec, expr, token.loc)
                }
                _ => return Ok(expr),
            };
            self.parenthesized = ExprId::NONE;
        }
    }

    fn member_name(&mut self, base: ExprId, arrow: bool, at: Loc) -> ExprId {
        if self.token.kind != TokenKind::Identifier {
            self.syntax_error("expected identifier");
            return self.error_expr(at);
        }
        let name = self.advance();
        self.member(base, arrow, name.name(), at)
    }

    /// Behind `callee (`.
    fn call_expression(&mut self, callee: ExprId) -> Result<ExprId, TooDeep> {
        let base = self.expression_stack.len();
        let result = self.arguments();
        let arguments = self.expression_stack.split_off(base);
        result?;
        let close = self.token.loc;
        self.expect_closing(TokenKind::RightParen);
        Ok(self.call(callee, arguments, close))
    }

    /// Arguments (as values) onto the expression stack, up to the `)`.
    fn arguments(&mut self) -> Result<(), TooDeep> {
        if self.at(TokenKind::RightParen) {
            return Ok(());
        }
        loop {
            let argument = self.assignment_rvalue()?;
            self.expression_stack.push(argument);
            if !self.eat(TokenKind::Comma) {
                return Ok(());
            }
        }
    }

    /// Arguments of a generic builtin, as written (lvalues stay lvalues), and the `)`.
    pub(crate) fn builtin_arguments(&mut self) -> Result<Vec<ExprId>, TooDeep> {
        let mut arguments = Vec::new();
        if !self.at(TokenKind::RightParen) {
            loop {
                arguments.push(self.assignment_raw()?);
                if !self.eat(TokenKind::Comma) {
                    break;
                }
            }
        }
        self.expect_closing(TokenKind::RightParen);
        Ok(arguments)
    }

    /// `(type) { … }`; the current token is the brace.
    pub(crate) fn compound_literal(&mut self, ty: QualType, loc: Loc) -> Result<ExprId, TooDeep> {
        let types = &self.unit.types;
        let unknown_length = matches!(types.kind(ty), TypeKind::Array(_, ArrayLength::Unknown));
        if types.is_function(ty) {
            self.error(loc, "compound literal has function type");
            self.advance();
            self.skip_braces();
            return Ok(self.error_expr(loc));
        }
        if !unknown_length && !types.is_complete(ty) {
            self.error(loc, "compound literal has incomplete type");
            self.advance();
            self.skip_braces();
            return Ok(self.error_expr(loc));
        }
        if types.is_variable_length(ty) {
            self.error(loc, "compound literal has variable size");
            self.advance();
            self.skip_braces();
            return Ok(self.error_expr(loc));
        }
        if self.function.name.is_none() {
            let (decl, ty) = self.static_compound_literal(ty, loc)?;
            return Ok(self.add(ExprKind::Global(decl), ty, loc));
        }
        let (init, ty) = self.automatic_initializer(ty)?;
        let align = self.unit.types.align_of(ty);
        let local = self.add_local(new_local(None, ty, loc, align));
        self.body.locals[local.0 as usize].used = true;
        Ok(self.add(ExprKind::CompoundLiteral(local, init), ty, loc))
    }

    /// The type of a bound name, for messages.
    pub(crate) fn symbol_type(&self, symbol: Symbol) -> QualType {
        match symbol {
            Symbol::Local(local) => self.body.local(local).ty,
            Symbol::Global(decl) => self.unit.decl(decl).ty,
            Symbol::Typedef(ty) | Symbol::Enumerator(_, ty) => ty,
        }
    }
}

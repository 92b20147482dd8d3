//! `asm` statements, file-scope `asm`, and `asm("name")` labels. GCC 12 manual, "Extended Asm".

use super::Parser;
use super::tokens::TooDeep;
use crate::ast::{AsmOperand, AsmStmt, ExprKind, StmtId, StmtKind, StringId};
use crate::token::{Keyword, TokenKind};

impl Parser<'_, '_> {
    /// An asm statement; the keyword is current.
    pub(crate) fn asm_statement(&mut self) -> Result<StmtId, TooDeep> {
        let at = self.advance();
        let (mut volatile, mut inline, mut goto) = (false, false, false);
        while self.token.kind == TokenKind::Keyword {
            match self.token.keyword() {
                Keyword::Volatile => volatile = true,
                Keyword::Inline => inline = true,
                Keyword::Goto => goto = true,
                _ => break,
            }
            self.advance();
        }
        self.expect(TokenKind::LeftParen);
        let template = self.asm_string();
        let mut asm = AsmStmt {
            template,
            volatile,
            inline,
            basic: true,
            outputs: Vec::new(),
            inputs: Vec::new(),
            clobbers: Vec::new(),
            labels: Vec::new(),
            loc: at.loc,
        };
        // `::` is two colons here.
        let mut section = 0;
        while matches!(self.token.kind, TokenKind::Colon | TokenKind::ColonColon) {
            asm.basic = false;
            section += if self.token.kind == TokenKind::ColonColon { 2 } else { 1 };
            self.advance();
            match section {
                1 => asm.outputs = self.asm_operands(true)?,
                2 => asm.inputs = self.asm_operands(false)?,
                3 => self.asm_clobbers(&mut asm),
                4 => self.asm_labels(&mut asm),
                _ => break,
            }
        }
        self.expect_closing(TokenKind::RightParen);
        self.expect(TokenKind::Semicolon);
        asm.volatile |= asm.outputs.is_empty() || goto;
        self.function.reachable |= goto && !asm.labels.is_empty();
        self.body.asms.push(asm);
        let index = self.body.asms.len() as u32 - 1;
        Ok(self.add_stmt(StmtKind::Asm(index), at.loc))
    }

    fn asm_string(&mut self) -> StringId {
        match self.string_argument() {
            Some(id) => id,
            None => self.unit.add_string(crate::ast::StringData { bytes: vec![0], width: 1 }),
        }
    }

    fn asm_operands(&mut self, output: bool) -> Result<Vec<AsmOperand>, TooDeep> {
        let mut operands = Vec::new();
        if !matches!(self.token.kind, TokenKind::String | TokenKind::LeftBracket) {
            return Ok(operands);
        }
        loop {
            let mut name = None;
            if self.eat(TokenKind::LeftBracket) {
                if matches!(self.token.kind, TokenKind::Identifier | TokenKind::Keyword) {
                    name = Some(self.advance().name());
                } else {
                    self.syntax_error("expected identifier");
                }
                self.expect(TokenKind::RightBracket);
            }
            let at = self.token;
            let constraint = self.asm_string();
            self.expect(TokenKind::LeftParen);
            let expr = self.expression_raw()?;
            self.expect_closing(TokenKind::RightParen);
            let text = self.unit.text(constraint).to_vec();
            let expr = if output {
                if !self.body.is_lvalue(expr) && !self.unit.types.is_error(self.ty(expr)) {
                    self.error(at.span(), "lvalue required in 'asm' statement");
                } else if !matches!(text.first(), Some(b'=' | b'+')) {
                    self.error(at.span(), "output operand constraint lacks '='");
                } else {
                    self.check_writable(expr, "asm", at.loc);
                }
                self.mark_address_taken_if_memory(expr, &text);
                expr
            } else {
                self.asm_input(expr, &text)
            };
            operands.push(AsmOperand { name, constraint, expr });
            if !self.eat(TokenKind::Comma) {
                return Ok(operands);
            }
        }
    }

    /// Inputs that can only be in memory stay lvalues.
    fn asm_input(&mut self, expr: crate::ast::ExprId, constraint: &[u8]) -> crate::ast::ExprId {
        let memory = constraint.iter().any(|c| b"moV".contains(c));
        let other = constraint.iter().any(|c| !b"moV,*&%".contains(c));
        if memory && !other && self.body.is_lvalue(expr) {
            self.mark_address_taken(expr);
            return expr;
        }
        if matches!(self.body.expr(expr).kind, ExprKind::Error) {
            return expr;
        }
        self.rvalue(expr)
    }

    fn mark_address_taken_if_memory(&mut self, expr: crate::ast::ExprId, constraint: &[u8]) {
        if constraint.iter().any(|c| b"moV".contains(c)) {
            self.mark_address_taken(expr);
        }
    }

    fn asm_clobbers(&mut self, asm: &mut AsmStmt) {
        while self.token.kind == TokenKind::String {
            let clobber = self.asm_string();
            asm.clobbers.push(clobber);
            if !self.eat(TokenKind::Comma) {
                break;
            }
        }
    }

    fn asm_labels(&mut self, asm: &mut AsmStmt) {
        while self.token.kind == TokenKind::Identifier {
            let token = self.advance();
            let label = self.find_label(token.name(), token.loc);
            self.body.labels[label.0 as usize].used = true;
            asm.labels.push(label);
            if !self.eat(TokenKind::Comma) {
                break;
            }
        }
    }

    /// `asm("name")` behind a declarator.
    pub(crate) fn asm_label(&mut self) -> Option<StringId> {
        if !self.at_keyword(Keyword::Asm) {
            return None;
        }
        self.advance();
        self.expect(TokenKind::LeftParen);
        let name = self.string_argument();
        self.expect_closing(TokenKind::RightParen);
        name
    }

    /// File-scope `asm("…");`; the keyword is current.
    pub(crate) fn file_asm(&mut self) -> Option<StringId> {
        self.advance();
        while self.token.kind == TokenKind::Keyword
            && matches!(self.token.keyword(), Keyword::Volatile | Keyword::Inline)
        {
            self.advance();
        }
        let mut text = None;
        if self.expect(TokenKind::LeftParen) {
            text = self.string_argument();
            self.expect_closing(TokenKind::RightParen);
        }
        if !self.expect(TokenKind::Semicolon) {
            self.skip_statement();
        }
        text
    }
}

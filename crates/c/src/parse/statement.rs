//! Statements. C11 6.8; GNU: statement expressions, case ranges, computed goto, local labels.
//!
//! Besides the tree, the parser follows whether control can reach each point
//! (`function.reachable`), for `-Wreturn-type` and `-Wimplicit-fallthrough`.

use super::tokens::TooDeep;
use super::{AttributeSet, Breakable, Parser};
use crate::ast::body::{Scope, SwitchCases};
use crate::ast::{CaseLabel, ExprId, ExprKind, ForStmt, Label, LabelId, Stmt, StmtId, StmtKind, StmtRange};
use crate::dialect::Standard;
use crate::intern::Name;
use crate::sema::options::Warning;
use crate::token::{Keyword, Token, TokenKind};
use crate::types::QualType;
use lathe_diag::Loc;

impl Parser<'_, '_> {
    pub(crate) fn add_stmt(&mut self, kind: StmtKind, loc: Loc) -> StmtId {
        self.body.stmts.push(Stmt { kind, loc });
        StmtId(self.body.stmts.len() as u32 - 1)
    }

    /// Moves the statements above `base` from the stack into a list.
    pub(crate) fn statement_list(&mut self, base: usize) -> StmtRange {
        let start = self.body.stmt_lists.len() as u32;
        self.body.stmt_lists.extend(self.statement_stack.drain(base..));
        StmtRange { start, len: self.body.stmt_lists.len() as u32 - start }
    }

    /// Opens a scope of names; returns its number for the tree.
    pub(crate) fn open_scope(&mut self, loc: Loc) -> u32 {
        self.scopes.push();
        let number = self.body.scopes.len() as u32;
        let parent = if number == 0 { 0 } else { self.function.scope };
        self.body.scopes.push(Scope { parent, loc, end: Loc::NONE });
        self.function.scope = number;
        number
    }

    pub(crate) fn close_scope(&mut self) {
        let scope = self.function.scope;
        self.warn_unused_in_scope();
        self.scopes.pop();
        self.function.local_labels.retain(|(of, ..)| *of != scope);
        let closed = &mut self.body.scopes[scope as usize];
        closed.end = self.token.loc;
        self.function.scope = closed.parent;
    }

    /// `{ … }` with a scope of its own; the brace is current.
    pub(crate) fn compound_statement(&mut self) -> Result<StmtId, TooDeep> {
        let at = self.token.loc;
        let scope = self.open_scope(at);
        let result = self.block_items(scope);
        self.close_scope();
        result
    }

    /// The block of a statement expression, and its last expression statement.
    pub(crate) fn compound_statement_with_value(&mut self) -> Result<(StmtId, Option<ExprId>), TooDeep> {
        let saved = std::mem::take(&mut self.function.fallthrough);
        let block = self.compound_statement();
        self.function.fallthrough = saved;
        let block = block?;
        let StmtKind::Compound { children, scope, end } = self.body.stmt(block).kind else {
            return Ok((block, None));
        };
        let Some(last) = children.len.checked_sub(1) else { return Ok((block, None)) };
        let last = self.body.stmt_lists[(children.start + last) as usize];
        // A label in front of the last expression keeps the value: split it off.
        let mut holder = last;
        loop {
            match self.body.stmt(holder).kind {
                StmtKind::Labeled(_, inner) => holder = inner,
                StmtKind::Expr(expr) => {
                    let children = if holder == last {
                        StmtRange { start: children.start, len: children.len - 1 }
                    } else {
                        self.body.stmts[holder.0 as usize].kind = StmtKind::Empty;
                        children
                    };
                    self.body.stmts[block.0 as usize].kind = StmtKind::Compound { children, scope, end };
                    return Ok((block, Some(expr)));
                }
                _ => return Ok((block, None)),
            }
        }
    }

    /// The inside of a block and its `}`.
    pub(crate) fn block_items(&mut self, scope: u32) -> Result<StmtId, TooDeep> {
        let open = self.advance();
        let base = self.statement_stack.len();
        self.local_label_declarations()?;
        let mut last_was_label = false;
        while !matches!(self.token.kind, TokenKind::RightBrace | TokenKind::Eof) {
            let result = self.block_item(&mut last_was_label);
            if let Err(error) = result {
                self.statement_stack.truncate(base);
                return Err(error);
            }
            if self.recovering {
                self.skip_statement();
            }
        }
        let end = self.token.loc;
        if self.at(TokenKind::Eof) {
            self.expected_here("expected declaration or statement", None);
        } else {
            self.advance();
        }
        let children = self.statement_list(base);
        Ok(self.add_stmt(StmtKind::Compound { children, scope, end }, open.loc))
    }

    fn local_label_declarations(&mut self) -> Result<(), TooDeep> {
        while self.at_keyword(Keyword::Label) {
            self.advance();
            loop {
                if self.token.kind != TokenKind::Identifier {
                    self.syntax_error("expected identifier");
                    break;
                }
                let token = self.advance();
                let label = self.new_label(token.name(), token.loc);
                let scope = self.function.scope;
                self.function.local_labels.push((scope, token.name(), label));
                if !self.eat(TokenKind::Comma) {
                    break;
                }
            }
            self.expect(TokenKind::Semicolon);
        }
        Ok(())
    }

    fn block_item(&mut self, last_was_label: &mut bool) -> Result<(), TooDeep> {
        let mut extension = 0;
        while self.at_keyword(Keyword::Extension) && {
            let next = self.peek();
            self.starts_type(next) || next.kind == TokenKind::Keyword && declaration_word(next.keyword())
        } {
            self.advance();
            extension = 1;
        }
        let mut attributes = AttributeSet::default();
        while self.at_standard_attribute() {
            self.standard_attributes(&mut attributes)?;
        }
        if self.at_keyword(Keyword::Attribute) {
            self.gnu_attributes(&mut attributes)?;
        }
        if self.starts_declaration() {
            let after_label = std::mem::take(last_was_label);
            let c23 = self.pp.options.dialect.at_least(Standard::C23);
            if after_label && !c23 && !self.at_keyword(Keyword::StaticAssert) {
                self.pedantic_warn(
                    Warning::Pedantic,
                    self.token.span(),
                    "a label can only be part of a statement and a declaration is not a statement",
                );
            }
            self.extension += extension;
            let result = self.local_declaration(attributes);
            self.extension -= extension;
            return result;
        }
        if attributes.declaration().fallthrough && self.at(TokenKind::Semicolon) {
            self.advance();
            self.function.fallthrough = true;
            return Ok(());
        }
        if self.unknown_type_name() {
            return self.unknown_type_declaration();
        }
        let statement = self.statement()?;
        *last_was_label = false;
        self.statement_stack.push(statement);
        Ok(())
    }

    /// A statement.
    pub(crate) fn statement(&mut self) -> Result<StmtId, TooDeep> {
        self.enter()?;
        let result = self.statement_inner();
        self.leave();
        result
    }

    fn statement_inner(&mut self) -> Result<StmtId, TooDeep> {
        let token = self.token;
        match token.kind {
            TokenKind::LeftBrace => self.compound_statement(),
            TokenKind::Semicolon => {
                self.advance();
                Ok(self.add_stmt(StmtKind::Empty, token.loc))
            }
            TokenKind::Identifier if self.peek().kind == TokenKind::Colon => {
                self.advance();
                self.advance();
                self.labeled_statement(token)
            }
            TokenKind::Keyword => self.keyword_statement(token),
            _ if self.at_standard_attribute() => {
                let mut attributes = AttributeSet::default();
                self.standard_attributes(&mut attributes)?;
                if attributes.declaration().fallthrough && self.at(TokenKind::Semicolon) {
                    self.advance();
                    self.function.fallthrough = true;
                    return Ok(self.add_stmt(StmtKind::Empty, token.loc));
                }
                self.statement()
            }
            _ => self.expression_statement(),
        }
    }

    fn keyword_statement(&mut self, token: Token) -> Result<StmtId, TooDeep> {
        match token.keyword() {
            Keyword::If => self.if_statement(),
            Keyword::While => self.while_statement(),
            Keyword::Do => self.do_statement(),
            Keyword::For => self.for_statement(),
            Keyword::Switch => self.switch_statement(),
            Keyword::Case | Keyword::Default => self.case_labels(),
            Keyword::Return => self.return_statement(),
            Keyword::Break | Keyword::Continue => self.jump_statement(token),
            Keyword::Goto => self.goto_statement(),
            Keyword::Asm => self.asm_statement(),
            Keyword::Attribute => {
                let mut attributes = AttributeSet::default();
                self.gnu_attributes(&mut attributes)?;
                if self.eat(TokenKind::Semicolon) {
                    self.function.fallthrough |= attributes.declaration().fallthrough;
                    return Ok(self.add_stmt(StmtKind::Empty, token.loc));
                }
                if self.starts_declaration() {
                    let base = self.statement_stack.len();
                    self.local_declaration(attributes)?;
                    let children = self.statement_list(base);
                    let scope = self.function.scope;
                    return Ok(
                        self.add_stmt(StmtKind::Compound { children, scope, end: token.loc }, token.loc)
                    );
                }
                self.statement()
            }
            Keyword::Else => {
                self.error(token.span(), "'else' without a previous 'if'");
                self.advance();
                self.statement()
            }
            _ if self.starts_declaration() => {
                self.syntax_error("expected expression");
                Ok(self.add_stmt(StmtKind::Empty, token.loc))
            }
            _ => self.expression_statement(),
        }
    }

    fn expression_statement(&mut self) -> Result<StmtId, TooDeep> {
        let at = self.token.loc;
        let expr = self.expression_raw()?;
        let is_error = self.unit.types.is_error(self.ty(expr));
        if self.recovering {
            return Ok(self.add_stmt(StmtKind::Empty, at));
        }
        let value = self.rvalue_or_void(expr);
        if !is_error && !self.statement_is_value(expr) {
            self.unused_value(expr, false);
        }
        self.check_unused_result(value);
        if self.never_returns(value) {
            self.function.reachable = false;
        }
        self.expect(TokenKind::Semicolon);
        Ok(self.add_stmt(StmtKind::Expr(value), at))
    }

    /// The last expression of `({ … })` is used: `;` and `}` follow, then `)`.
    fn statement_is_value(&mut self, _expr: ExprId) -> bool {
        self.at(TokenKind::Semicolon) && self.peek().kind == TokenKind::RightBrace
    }

    /// `( expression )` as a condition.
    fn parenthesized_condition(&mut self) -> Result<ExprId, TooDeep> {
        self.expect(TokenKind::LeftParen);
        let expr = self.expression_raw()?;
        if let ExprKind::Assign(left, _) = self.body.expr(expr).kind
            && self.parenthesized != expr
        {
            let at = self.body.expr(left).loc;
            self.warn(Warning::Parentheses, at, "suggest parentheses around assignment used as truth value");
        }
        self.expect_closing(TokenKind::RightParen);
        Ok(self.condition(expr))
    }

    fn if_statement(&mut self) -> Result<StmtId, TooDeep> {
        // `else if` chains are collected, so that they do not recurse.
        let mut chain: Vec<(Token, ExprId, StmtId)> = Vec::new();
        let mut any_reachable = false;
        let otherwise = loop {
            let at = self.advance();
            let condition = self.parenthesized_condition()?;
            let value = self.int_value(condition);
            let before = self.function.reachable;
            self.function.reachable = before && value != Some(0);
            self.empty_body_warning("suggest braces around empty body in an 'if' statement");
            let then = self.statement()?;
            any_reachable |= self.function.reachable;
            self.function.reachable = before && value.is_none_or(|v| v == 0);
            chain.push((at, condition, then));
            if !self.at_keyword(Keyword::Else) {
                break None;
            }
            if self.peek().is_keyword(Keyword::If) {
                self.advance();
                continue;
            }
            self.advance();
            self.empty_body_warning("suggest braces around empty body in an 'else' statement");
            break Some(self.statement()?);
        };
        self.function.reachable |= any_reachable;
        let mut otherwise = otherwise.unwrap_or(StmtId::NONE);
        for (at, condition, then) in chain.into_iter().rev() {
            otherwise = self.add_stmt(StmtKind::If { condition, then, otherwise }, at.loc);
        }
        Ok(otherwise)
    }

    fn empty_body_warning(&mut self, message: &str) {
        if self.at(TokenKind::Semicolon) {
            self.warn(Warning::EmptyBody, self.token.span(), message);
        }
    }

    fn loop_body(&mut self) -> Result<(StmtId, bool), TooDeep> {
        self.function.breakables.push(Breakable { is_loop: true, ..Breakable::default() });
        let body = self.statement();
        let breakable = self.function.breakables.pop().unwrap_or_default();
        Ok((body?, breakable.has_break))
    }

    fn while_statement(&mut self) -> Result<StmtId, TooDeep> {
        let at = self.advance();
        let condition = self.parenthesized_condition()?;
        let value = self.int_value(condition);
        let (body, has_break) = self.loop_body()?;
        self.function.reachable = has_break || value.is_none_or(|v| v == 0);
        Ok(self.add_stmt(StmtKind::While(condition, body), at.loc))
    }

    fn do_statement(&mut self) -> Result<StmtId, TooDeep> {
        let at = self.advance();
        let (body, has_break) = self.loop_body()?;
        if !self.at_keyword(Keyword::While) {
            self.syntax_error("expected 'while'");
            return Ok(self.add_stmt(StmtKind::Empty, at.loc));
        }
        self.advance();
        let condition = self.parenthesized_condition()?;
        self.expect(TokenKind::Semicolon);
        let value = self.int_value(condition);
        self.function.reachable = has_break || value.is_none_or(|v| v == 0);
        Ok(self.add_stmt(StmtKind::DoWhile(body, condition), at.loc))
    }

    fn for_statement(&mut self) -> Result<StmtId, TooDeep> {
        let at = self.advance();
        let scope = self.open_scope(at.loc);
        let result = self.for_inner(at, scope);
        self.close_scope();
        result
    }

    fn for_inner(&mut self, at: Token, scope: u32) -> Result<StmtId, TooDeep> {
        self.expect(TokenKind::LeftParen);
        let mut statement = ForStmt {
            init: StmtId::NONE,
            condition: ExprId::NONE,
            step: ExprId::NONE,
            body: StmtId::NONE,
            scope,
        };
        while self.at_keyword(Keyword::Extension) && {
            let next = self.peek();
            self.starts_type(next)
        } {
            self.advance();
        }
        if self.at(TokenKind::Semicolon) {
            self.advance();
        } else if self.starts_declaration() {
            let base = self.statement_stack.len();
            self.local_declaration(AttributeSet::default())?;
            let children = self.statement_list(base);
            let loc = self.token.loc;
            statement.init = self.add_stmt(StmtKind::Compound { children, scope, end: loc }, at.loc);
        } else {
            let loc = self.token.loc;
            let init = self.expression_raw()?;
            self.unused_value(init, false);
            let init = self.rvalue_or_void(init);
            self.expect(TokenKind::Semicolon);
            statement.init = self.add_stmt(StmtKind::Expr(init), loc);
        }
        let mut value = Some(1);
        if !self.at(TokenKind::Semicolon) {
            let condition = self.expression_raw()?;
            statement.condition = self.condition(condition);
            value = self.int_value(statement.condition);
        }
        self.expect(TokenKind::Semicolon);
        if !self.at(TokenKind::RightParen) {
            let step = self.expression_raw()?;
            self.unused_value(step, false);
            statement.step = self.rvalue_or_void(step);
        }
        self.expect_closing(TokenKind::RightParen);
        let (body, has_break) = self.loop_body()?;
        statement.body = body;
        self.function.reachable = has_break || value.is_none_or(|v| v == 0);
        self.body.fors.push(statement);
        let index = self.body.fors.len() as u32 - 1;
        Ok(self.add_stmt(StmtKind::For(index), at.loc))
    }

    fn switch_statement(&mut self) -> Result<StmtId, TooDeep> {
        let at = self.advance();
        self.expect(TokenKind::LeftParen);
        let value = self.expression()?;
        self.expect_closing(TokenKind::RightParen);
        let mut value = value;
        if !self.unit.types.is_integer(self.ty(value)) {
            if !self.unit.types.is_error(self.ty(value)) {
                self.error(self.loc_of(value), "switch quantity not an integer");
            }
            value = self.int(0, QualType::INT, at.loc);
        }
        let value = self.promote(value);
        let ty = self.ty(value);
        let index = self.body.switches.len() as u32;
        self.body.switches.push(SwitchCases { cases: Vec::new(), default: StmtId::NONE });
        self.function.breakables.push(Breakable {
            is_loop: false,
            has_break: false,
            switch: Some((index, ty)),
        });
        self.function.reachable = false;
        let body = self.statement();
        let breakable = self.function.breakables.pop().unwrap_or_default();
        let body = body?;
        let has_default = self.body.switches[index as usize].default != StmtId::NONE;
        self.function.reachable |= breakable.has_break || !has_default;
        self.check_duplicate_cases(index);
        if !has_default {
            self.warn(Warning::SwitchDefault, at.loc, "switch missing default case");
        }
        Ok(self.add_stmt(StmtKind::Switch { value, body, index }, at.loc))
    }

    fn check_duplicate_cases(&mut self, index: u32) {
        let cases = &self.body.switches[index as usize].cases;
        let mut order: Vec<(i128, i128, u32)> =
            cases.iter().enumerate().map(|(i, case)| (case.low, case.high, i as u32)).collect();
        order.sort_unstable();
        let mut clashes: Vec<(u32, u32)> = Vec::new();
        let mut widest: Option<(i128, u32)> = None;
        for (low, high, case) in order {
            if let Some((reach, other)) = widest
                && low <= reach
            {
                clashes.push((case.max(other), case.min(other)));
            }
            if widest.is_none_or(|(reach, _)| high > reach) {
                widest = Some((high, case));
            }
        }
        clashes.sort_unstable();
        for (later, earlier) in clashes {
            let cases = &self.body.switches[index as usize].cases;
            let loc = |case: u32| self.body.stmt(cases[case as usize].target).loc;
            let (later, earlier) = (loc(later), loc(earlier));
            self.error_note(later, "duplicate case value", earlier, "previously used here");
        }
    }

    /// One or more `case`/`default` labels and the statement behind them.
    fn case_labels(&mut self) -> Result<StmtId, TooDeep> {
        let mut labels: Vec<StmtId> = Vec::new();
        let falls = self.falls_through();
        while self.at_keyword(Keyword::Case) || self.at_keyword(Keyword::Default) {
            let at = self.token;
            let label = if self.eat_keyword(Keyword::Default) {
                self.default_label(at)
            } else {
                self.case_label(at)?
            };
            labels.extend(label);
            self.expect(TokenKind::Colon);
        }
        if let Some((before, label)) = falls
            && !self.at_keyword(Keyword::Break)
        {
            let note = Some((label, "here".to_string()));
            self.warn_note(Warning::ImplicitFallthrough, before, "this statement may fall through", note);
        }
        self.function.reachable = true;
        let mut inner = self.labeled_operand()?;
        for label in labels.into_iter().rev() {
            match &mut self.body.stmts[label.0 as usize].kind {
                StmtKind::Case(_, target) | StmtKind::Default(target) => *target = inner,
                _ => {}
            }
            inner = label;
        }
        Ok(inner)
    }

    /// The statement behind a label; nothing or a declaration is accepted there too.
    fn labeled_operand(&mut self) -> Result<StmtId, TooDeep> {
        let loc = self.token.loc;
        if self.at(TokenKind::RightBrace) {
            if !self.pp.options.dialect.at_least(Standard::C23) {
                self.pedantic_warn(Warning::Pedantic, loc, "label at end of compound statement");
            }
            return Ok(self.add_stmt(StmtKind::Empty, loc));
        }
        if !self.at_keyword(Keyword::Attribute) && self.starts_declaration() {
            let c23 = self.pp.options.dialect.at_least(Standard::C23);
            if !c23 && !self.at_keyword(Keyword::StaticAssert) {
                let message = "a label can only be part of a statement and a declaration is not a statement";
                self.pedantic_warn(Warning::Pedantic, loc, message);
            }
            return Ok(self.add_stmt(StmtKind::Empty, loc));
        }
        self.statement()
    }

    fn innermost_switch(&self) -> Option<(u32, QualType)> {
        self.function.breakables.iter().rev().find_map(|b| b.switch)
    }

    fn default_label(&mut self, at: Token) -> Option<StmtId> {
        let Some((index, _)) = self.innermost_switch() else {
            self.error(at.span(), "'default' label not within a switch statement");
            return None;
        };
        let label = self.add_stmt(StmtKind::Default(StmtId::NONE), at.loc);
        let old = self.body.switches[index as usize].default;
        if old != StmtId::NONE {
            let old = self.body.stmt(old).loc;
            self.error_note(
                at.span(),
                "multiple default labels in one switch",
                old,
                "this is the first default label",
            );
        } else {
            self.body.switches[index as usize].default = label;
        }
        Some(label)
    }

    fn case_label(&mut self, at: Token) -> Result<Option<StmtId>, TooDeep> {
        self.advance();
        let low = self.constant_expression()?;
        let high = if self.eat(TokenKind::Ellipsis) { Some(self.constant_expression()?) } else { None };
        let Some((index, ty)) = self.innermost_switch() else {
            self.error(at.span(), "case label not within a switch statement");
            return Ok(None);
        };
        let (Some(low), Some(high)) = (self.case_value(low, ty), self.case_value(high.unwrap_or(low), ty))
        else {
            return Ok(None);
        };
        if high < low {
            self.warn_always(at.span(), "empty range specified");
            return Ok(None);
        }
        let number = self.body.switches[index as usize].cases.len() as u32;
        let label = self.add_stmt(StmtKind::Case(number, StmtId::NONE), at.loc);
        self.body.switches[index as usize].cases.push(CaseLabel { low, high, target: label });
        Ok(Some(label))
    }

    fn case_value(&mut self, expr: ExprId, ty: QualType) -> Option<i128> {
        let own = self.ty(expr);
        if self.unit.types.is_error(own) {
            return None;
        }
        if !self.unit.types.is_integer(own) {
            self.error(self.loc_of(expr), "case label does not reduce to an integer constant");
            return None;
        }
        let value = self.integer_constant(expr).or_else(|| self.fold_integer(expr));
        if value.is_none() {
            self.error(self.loc_of(expr), "case label does not reduce to an integer constant");
        }
        value.map(|value| self.wrap(value, ty))
    }

    /// Whether control falls into the case label here unasked: the statement before, and the label.
    fn falls_through(&mut self) -> Option<(Loc, Loc)> {
        let marked = std::mem::take(&mut self.function.fallthrough);
        if !self.function.reachable || marked || !self.warns(Warning::ImplicitFallthrough) {
            return None;
        }
        if self.previous_is_label() || self.fallthrough_comment() {
            return None;
        }
        let label = self.token.loc;
        let before = self.statement_stack.last().map_or(label, |statement| self.body.stmt(*statement).loc);
        Some((before, label))
    }

    fn previous_is_label(&self) -> bool {
        matches!(self.previous.kind, TokenKind::Colon | TokenKind::LeftBrace)
    }

    /// A comment with "fall" in front of the current token (gcc's `-Wimplicit-fallthrough=3`).
    fn fallthrough_comment(&self) -> bool {
        let (from, to) = (self.previous.loc, self.token.loc);
        let Some(place) = self.pp.sources.place(to) else { return true };
        let start = place.file.start;
        let (from, to) = (from.0.saturating_sub(start.0) as usize, to.0.saturating_sub(start.0) as usize);
        let Some(text) = place.file.text.get(from..to) else { return false };
        text.windows(4).any(|w| w.eq_ignore_ascii_case(b"fall"))
    }

    fn labeled_statement(&mut self, token: Token) -> Result<StmtId, TooDeep> {
        let mut attributes = AttributeSet::default();
        if self.at_keyword(Keyword::Attribute) {
            self.gnu_attributes(&mut attributes)?;
        }
        let label = self.find_label(token.name(), token.loc);
        let scope = self.function.scope;
        let data = &mut self.body.labels[label.0 as usize];
        if data.defined {
            let old = data.loc;
            let text = self.text(token.name());
            let note = format!("previous definition of '{text}' was here");
            self.error_note(token.span(), format!("duplicate label '{text}'"), old, note);
        } else {
            data.defined = true;
            data.loc = token.loc;
            data.scope = scope;
            data.used |= attributes.declaration().unused;
        }
        self.function.reachable = true;
        let inner = self.labeled_operand()?;
        Ok(self.add_stmt(StmtKind::Labeled(label, inner), token.loc))
    }

    pub(crate) fn new_label(&mut self, name: Name, loc: Loc) -> LabelId {
        let scope = self.function.scope;
        self.body.labels.push(Label { name, loc, address_taken: false, scope, defined: false, used: false });
        LabelId(self.body.labels.len() as u32 - 1)
    }

    /// The label of this name, a new one if it was not mentioned before.
    pub(crate) fn find_label(&mut self, name: Name, loc: Loc) -> LabelId {
        let local = self.function.local_labels.iter().rev().find(|(_, n, _)| *n == name);
        if let Some((_, _, label)) = local {
            return *label;
        }
        if let Some(label) = self.function.labels.get(&name) {
            return *label;
        }
        let label = self.new_label(name, loc);
        self.function.labels.insert(name, label);
        label
    }

    fn jump_statement(&mut self, token: Token) -> Result<StmtId, TooDeep> {
        self.advance();
        let is_break = token.is_keyword(Keyword::Break);
        let found = self.function.breakables.iter_mut().rev().find(|b| is_break || b.is_loop);
        let kind = match found {
            Some(breakable) if is_break => {
                breakable.has_break |= self.function.reachable;
                StmtKind::Break
            }
            Some(_) => StmtKind::Continue,
            None if is_break => {
                self.error(token.span(), "break statement not within loop or switch");
                StmtKind::Empty
            }
            None => {
                self.error(token.span(), "continue statement not within a loop");
                StmtKind::Empty
            }
        };
        self.function.reachable = false;
        self.expect(TokenKind::Semicolon);
        Ok(self.add_stmt(kind, token.loc))
    }

    fn goto_statement(&mut self) -> Result<StmtId, TooDeep> {
        let at = self.advance();
        let kind = if self.eat(TokenKind::Star) {
            let target = self.expression()?;
            let target = self.convert_for_goto(target);
            StmtKind::GotoIndirect(target)
        } else if self.token.kind == TokenKind::Identifier {
            let token = self.advance();
            let label = self.find_label(token.name(), token.loc);
            self.body.labels[label.0 as usize].used = true;
            StmtKind::Goto(label)
        } else {
            self.syntax_error("expected identifier or '*'");
            StmtKind::Empty
        };
        self.function.reachable = false;
        self.expect(TokenKind::Semicolon);
        Ok(self.add_stmt(kind, at.loc))
    }

    fn return_statement(&mut self) -> Result<StmtId, TooDeep> {
        let at = self.advance();
        let result = self.function.result.unwrap_or(QualType::INT);
        let value = if self.at(TokenKind::Semicolon) {
            if !self.unit.types.is_void(result) && !self.unit.types.is_error(result) {
                let c99 = self.pp.options.dialect.at_least(Standard::C99);
                if c99 {
                    let message = "'return' with no value, in function returning non-void";
                    self.pedantic_warn(Warning::ReturnMismatch, at.span(), message);
                }
            }
            ExprId::NONE
        } else {
            let expr = self.expression()?;
            self.return_value(expr, result)
        };
        if self.function.noreturn {
            let message = "function declared 'noreturn' has a 'return' statement";
            self.warn_always(at.span(), message);
        }
        self.function.reachable = false;
        self.function.returns_value |= value != ExprId::NONE;
        self.expect(TokenKind::Semicolon);
        Ok(self.add_stmt(StmtKind::Return(value), at.loc))
    }

    fn return_value(&mut self, expr: ExprId, result: QualType) -> ExprId {
        let ty = self.ty(expr);
        if self.unit.types.is_void(result) {
            if self.unit.types.is_void(ty) {
                let message = "ISO C forbids 'return' with expression, in function returning void";
                self.pedantic_warn(Warning::Pedantic, self.loc_of(expr), message);
            } else if !self.unit.types.is_error(ty) {
                let message = "'return' with a value, in function returning void";
                self.pedantic_warn(Warning::ReturnMismatch, self.loc_of(expr), message);
            }
            return self.discard(expr);
        }
        self.warn_local_address(expr);
        self.assign_convert(expr, result, crate::sema::convert::Context::Return)
    }
}

fn declaration_word(keyword: Keyword) -> bool {
    matches!(
        keyword,
        Keyword::Typedef
            | Keyword::Extern
            | Keyword::Static
            | Keyword::Auto
            | Keyword::Register
            | Keyword::Inline
            | Keyword::ThreadLocal
            | Keyword::Noreturn
            | Keyword::Alignas
    )
}

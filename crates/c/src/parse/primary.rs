//! Primary expressions: names, constants, strings, parentheses, statement expressions, `_Generic`.

use super::tokens::TooDeep;
use super::{Parser, Symbol};
use crate::ast::{DeclId, ExprId, ExprKind, StmtKind, StringData, StringId};
use crate::dialect::Standard;
use crate::intern::well_known;
use crate::literal::{self, Encoding, LiteralContext, StringPart};
use crate::sema::options::Warning;
use crate::token::{Keyword, Token, TokenKind};
use crate::types::{ArrayLength, FloatKind, IntKind, QualType, Quals, TypeId};

/// A converted number, by literal id.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CachedNumber {
    Integer { value: u128, ty: TypeId, imaginary: bool },
    Float { bits: u128, ty: TypeId, imaginary: bool },
    Invalid,
}

impl Parser<'_, '_> {
    pub(crate) fn primary_raw(&mut self) -> Result<ExprId, TooDeep> {
        let token = self.token;
        match token.kind {
            TokenKind::Identifier => self.identifier(),
            TokenKind::Number => {
                self.advance();
                Ok(self.number(token))
            }
            TokenKind::Char => {
                self.advance();
                Ok(self.character(token))
            }
            TokenKind::String => Ok(self.string_literal()),
            TokenKind::LeftParen => self.parentheses(),
            TokenKind::Keyword => self.primary_keyword(),
            TokenKind::Embed => {
                self.advance();
                self.error(token.span(), "#embed data outside of an initializer is not supported");
                Ok(self.error_expr(token.loc))
            }
            _ => {
                self.syntax_error("expected expression");
                Ok(self.error_expr(token.loc))
            }
        }
    }

    fn parentheses(&mut self) -> Result<ExprId, TooDeep> {
        self.enter()?;
        let result = self.parentheses_inner();
        self.leave();
        result
    }

    fn parentheses_inner(&mut self) -> Result<ExprId, TooDeep> {
        let open = self.advance();
        if self.at(TokenKind::LeftBrace) {
            return self.statement_expression(open);
        }
        let extension = u32::from(self.at_keyword(Keyword::Extension));
        self.extension += extension;
        let result = self.expression_raw();
        self.extension -= extension;
        let expr = result?;
        self.expect_closing(TokenKind::RightParen);
        self.parenthesized = expr;
        Ok(expr)
    }

    fn statement_expression(&mut self, open: Token) -> Result<ExprId, TooDeep> {
        if self.function.name.is_none() {
            self.error(open.span(), "braced-group within expression allowed only inside a function");
            self.advance();
            self.skip_braces();
            self.expect_closing(TokenKind::RightParen);
            return Ok(self.error_expr(open.loc));
        }
        if self.warns(Warning::Pedantic) {
            self.pedantic_warn(
                Warning::Pedantic,
                open.span(),
                "ISO C forbids braced-groups within expressions",
            );
        }
        let (block, last) = self.compound_statement_with_value()?;
        self.expect_closing(TokenKind::RightParen);
        let (result, ty) = match last {
            Some(expr) => (expr, self.ty(expr)),
            None => (ExprId::NONE, QualType::VOID),
        };
        let result = if self.unit.types.is_void(ty) && result != ExprId::NONE {
            // A void expression stays a statement of the block in effect: evaluate it as the result.
            result
        } else {
            result
        };
        debug_assert!(matches!(self.body.stmt(block).kind, StmtKind::Compound { .. }));
        Ok(self.add(ExprKind::StmtExpr { block, result }, ty, open.loc))
    }

    fn identifier(&mut self) -> Result<ExprId, TooDeep> {
        let token = self.advance();
        let name = token.name();
        let Some(binding) = self.scopes.lookup_mut(name) else {
            return self.unbound_identifier(token);
        };
        binding.used = true;
        let symbol = binding.symbol;
        Ok(match symbol {
            Symbol::Local(local) => {
                let data = &mut self.body.locals[local.0 as usize];
                data.used = true;
                data.reads = data.reads.saturating_add(1);
                let ty = data.ty;
                self.add(ExprKind::Local(local), ty, token.loc)
            }
            Symbol::Global(decl) => self.global_reference(decl, token),
            Symbol::Enumerator(value, ty) => self.int(value, ty, token.loc),
            Symbol::Typedef(_) => {
                let text = self.text(name);
                if !self.recovering {
                    self.recovering = true;
                    self.error(token.span(), format!("expected expression before '{text}'"));
                }
                self.error_expr(token.loc)
            }
        })
    }

    pub(crate) fn global_reference(&mut self, decl: DeclId, token: Token) -> ExprId {
        let data = &mut self.unit.decls[decl.0 as usize];
        if self.unevaluated == 0 {
            data.used = true;
        }
        let ty = data.ty;
        if data.attributes.is_some() {
            self.check_deprecated(decl, token);
        }
        self.add(ExprKind::Global(decl), ty, token.loc)
    }

    fn check_deprecated(&mut self, decl: DeclId, token: Token) {
        let data = self.unit.decl(decl);
        let loc = data.loc;
        let text = |id: Option<StringId>| {
            id.map(|id| format!(": {}", String::from_utf8_lossy(self.unit.text(id)))).unwrap_or_default()
        };
        let attributes = data.attributes();
        let name = self.text(data.name);
        if let Some(message) = attributes.unavailable {
            let message = format!("'{name}' is unavailable{}", text(message));
            self.error_note(token.span(), message, loc, "declared here");
        } else if let Some(message) = attributes.deprecated {
            let message = format!("'{name}' is deprecated{}", text(message));
            let note = Some((loc, "declared here".to_string()));
            self.warn_note(Warning::DeprecatedDeclarations, token.span(), message, note);
        }
    }

    fn unbound_identifier(&mut self, token: Token) -> Result<ExprId, TooDeep> {
        let name = token.name();
        if matches!(name, well_known::FUNC | well_known::FUNCTION | well_known::PRETTY_FUNCTION) {
            return Ok(self.function_name(token));
        }
        if let Some(index) = self.builtin_index(name) {
            return self.builtin_reference(index, token);
        }
        let text = self.text(name);
        if self.at(TokenKind::LeftParen) {
            return Ok(self.implicit_function(token));
        }
        if self.function.name.is_none() {
            self.error(token.span(), format!("'{text}' undeclared here (not in a function)"));
        } else if !self.function.undeclared.contains(&name) {
            self.function.undeclared.push(name);
            let message = format!("'{text}' undeclared (first use in this function)");
            if self.function.reported_undeclared {
                self.error(token.span(), message);
            } else {
                self.function.reported_undeclared = true;
                let note = "each undeclared identifier is reported only once for each function it appears in";
                self.error_note(token.span(), message, token.loc, note);
            }
        } else {
            self.function.errors_at_start = usize::MAX;
        }
        Ok(self.error_expr(token.loc))
    }

    /// `__func__` and its kin: a static array of the function.
    fn function_name(&mut self, token: Token) -> ExprId {
        let text = match self.function.name {
            Some(_) => self.function.name_text.clone(),
            None => {
                let shown = self.text(token.name());
                self.warn_always(token.span(), format!("'{shown}' is not defined outside of function scope"));
                String::new()
            }
        };
        let mut bytes = text.into_bytes();
        bytes.push(0);
        let length = bytes.len() as u64;
        let id = self.unit.add_string(StringData { bytes, width: 1 });
        let element = QualType::new(QualType::CHAR.id(), Quals::CONST);
        let ty = self.unit.types.array(element, ArrayLength::Fixed(length));
        self.add(ExprKind::String(id), ty, token.loc)
    }

    pub(crate) fn number(&mut self, token: Token) -> ExprId {
        let cached = match self.number_cache.get(&token.payload) {
            Some(cached) => *cached,
            None => {
                let converted = self.convert_number(token);
                self.number_cache.insert(token.payload, converted);
                converted
            }
        };
        let plain = |ty: TypeId| QualType::new(ty, Quals::NONE);
        match cached {
            CachedNumber::Integer { value, ty, imaginary: false } => {
                if ty == TypeId::INT128 || ty == TypeId::UINT128 {
                    self.warn_always(token.span(), "integer constant is too large for its type");
                }
                self.int(value as i128, plain(ty), token.loc)
            }
            CachedNumber::Float { bits, ty, imaginary: false } => self.float(bits, plain(ty), token.loc),
            CachedNumber::Integer { value, ty, .. } => {
                let zero = self.int(0, plain(ty), token.loc);
                let part = self.int(value as i128, plain(ty), token.loc);
                let complex = self.unit.types.complex_of(plain(ty));
                self.add(ExprKind::ComplexMake(zero, part), complex, token.loc)
            }
            CachedNumber::Float { bits, ty, .. } => {
                let zero = self.float(0, plain(ty), token.loc);
                let part = self.float(bits, plain(ty), token.loc);
                let complex = self.unit.types.complex_of(plain(ty));
                self.add(ExprKind::ComplexMake(zero, part), complex, token.loc)
            }
            CachedNumber::Invalid => self.error_expr(token.loc),
        }
    }

    fn convert_number(&mut self, token: Token) -> CachedNumber {
        let mut cx = LiteralContext {
            dialect: self.pp.options.dialect,
            target: self.pp.target,
            span: token.span(),
            diagnostics: &mut self.pp.diagnostics,
        };
        let spelling = self.pp.literals.bytes(crate::intern::Name(token.payload));
        match literal::parse_number(spelling, &mut cx) {
            None => CachedNumber::Invalid,
            Some(literal::Number::Integer(integer)) => {
                use literal::IntegerType as I;
                let (kind, unsigned) = match integer.c_type {
                    I::Int { unsigned } => (IntKind::Int, unsigned),
                    I::Long { unsigned } => (IntKind::Long, unsigned),
                    I::LongLong { unsigned } => (IntKind::LongLong, unsigned),
                    I::Int128 { unsigned } => (IntKind::Int128, unsigned),
                    I::BitInt { .. } => {
                        self.error(token.span(), "'_BitInt' is not supported");
                        return CachedNumber::Invalid;
                    }
                };
                let kind = if unsigned { kind.to_unsigned() } else { kind };
                CachedNumber::Integer { value: integer.value, ty: kind.id(), imaginary: integer.imaginary }
            }
            Some(literal::Number::Float(float)) => {
                use literal::FloatKind as F;
                let kind = match float.kind {
                    F::Float => FloatKind::Float,
                    F::Double => FloatKind::Double,
                    F::LongDouble => FloatKind::LongDouble,
                    F::Float32 => FloatKind::Float32,
                    F::Float64 => FloatKind::Float64,
                    F::Float128 => FloatKind::Float128,
                    F::Float32x => FloatKind::Float32x,
                    F::Float64x => FloatKind::Float64x,
                    F::Float16 => {
                        self.error(token.span(), "'_Float16' is not supported");
                        return CachedNumber::Invalid;
                    }
                };
                CachedNumber::Float { bits: float.bits, ty: kind.id(), imaginary: float.imaginary }
            }
        }
    }

    fn encoding_kind(&self, encoding: Encoding, is_char: bool) -> IntKind {
        let c23 = self.pp.options.dialect.at_least(Standard::C23);
        match encoding {
            Encoding::Plain if is_char => IntKind::Int,
            Encoding::Plain => IntKind::Char,
            Encoding::Utf8 if is_char || c23 => IntKind::UChar,
            Encoding::Utf8 => IntKind::Char,
            Encoding::Utf16 => IntKind::UShort,
            Encoding::Utf32 => IntKind::UInt,
            Encoding::Wide => crate::types::wide_char_kind(self.unit.types.arch()),
        }
    }

    fn character(&mut self, token: Token) -> ExprId {
        let mut cx = LiteralContext {
            dialect: self.pp.options.dialect,
            target: self.pp.target,
            span: token.span(),
            diagnostics: &mut self.pp.diagnostics,
        };
        let spelling = self.pp.literals.bytes(crate::intern::Name(token.payload));
        match literal::parse_char(spelling, &mut cx) {
            None => self.error_expr(token.loc),
            Some(value) => {
                let kind = self.encoding_kind(value.encoding, true);
                self.int(value.value as i128, QualType::new(kind.id(), Quals::NONE), token.loc)
            }
        }
    }

    /// One or more adjacent string tokens, converted.
    pub(crate) fn string_tokens(&mut self) -> Option<(literal::StringLiteral, Token)> {
        let first = self.token;
        let mut tokens: Vec<Token> = Vec::new();
        self.advance();
        while self.token.kind == TokenKind::String {
            if tokens.is_empty() {
                tokens.push(first);
            }
            tokens.push(self.token);
            self.advance();
        }
        let single = [first];
        let tokens: &[Token] = if tokens.is_empty() { &single } else { &tokens };
        let literals = &self.pp.literals;
        let parts: Vec<StringPart<'_>> = tokens
            .iter()
            .map(|t| StringPart { spelling: literals.bytes(crate::intern::Name(t.payload)), span: t.span() })
            .collect();
        let mut cx = LiteralContext {
            dialect: self.pp.options.dialect,
            target: self.pp.target,
            span: first.span(),
            diagnostics: &mut self.pp.diagnostics,
        };
        literal::concat_strings(&parts, &mut cx).map(|string| (string, first))
    }

    /// A string for an attribute, `asm` or `_Static_assert`.
    pub(crate) fn string_argument(&mut self) -> Option<StringId> {
        if self.token.kind != TokenKind::String {
            self.syntax_error("expected string literal");
            return None;
        }
        let (string, _) = self.string_tokens()?;
        let width = string.encoding.element_bytes() as u8;
        let mut bytes = string.bytes;
        bytes.resize(bytes.len() + width as usize, 0);
        Some(self.unit.add_string(StringData { bytes, width }))
    }

    fn string_literal(&mut self) -> ExprId {
        let at = self.token.loc;
        let Some((string, first)) = self.string_tokens() else { return self.error_expr(at) };
        let width = string.encoding.element_bytes() as u8;
        let kind = self.encoding_kind(string.encoding, false);
        let mut bytes = string.bytes;
        bytes.resize(bytes.len() + width as usize, 0);
        let length = bytes.len() as u64 / width as u64;
        let id = self.unit.add_string(StringData { bytes, width });
        let quals = if self.warns(Warning::WriteStrings) { Quals::CONST } else { Quals::NONE };
        let element = QualType::new(kind.id(), quals);
        let ty = self.unit.types.array(element, ArrayLength::Fixed(length));
        self.add(ExprKind::String(id), ty, first.loc)
    }

    /// `_Generic (x, T: a, default: b)`; the keyword is current.
    pub(super) fn generic_selection(&mut self) -> Result<ExprId, TooDeep> {
        let at = self.advance();
        self.expect(TokenKind::LeftParen);
        self.unevaluated += 1;
        let control = self.assignment_rvalue();
        self.unevaluated -= 1;
        let control = self.ty(control?).unqualified();
        self.expect(TokenKind::Comma);
        let mut chosen: Option<ExprId> = None;
        let mut default: Option<ExprId> = None;
        let mut seen: Vec<QualType> = Vec::new();
        loop {
            let here = self.token;
            let ty = if self.eat_keyword(Keyword::Default) { None } else { Some(self.type_name()?) };
            if !self.expect(TokenKind::Colon) {
                self.skip_until(TokenKind::RightParen);
                return Ok(self.error_expr(at.loc));
            }
            let matches = ty.is_some_and(|ty| self.unit.types.compatible(ty, control));
            if let Some(ty) = ty {
                if !self.unit.types.is_complete(ty) {
                    self.error(here.span(), "'_Generic' association has incomplete type");
                }
                if seen.iter().any(|other| self.unit.types.compatible(*other, ty)) {
                    self.error(here.span(), "'_Generic' specifies two compatible types");
                }
                seen.push(ty);
            }
            let skip = u32::from(!matches && ty.is_some());
            self.unevaluated += skip;
            let value = self.assignment_raw();
            self.unevaluated -= skip;
            let value = value?;
            match ty {
                None if default.is_some() => {
                    self.error(here.span(), "duplicate 'default' case in '_Generic'")
                }
                None => default = Some(value),
                Some(_) if matches && chosen.is_none() => chosen = Some(value),
                Some(_) => {}
            }
            if !self.eat(TokenKind::Comma) {
                break;
            }
        }
        self.expect_closing(TokenKind::RightParen);
        match chosen.or(default) {
            Some(expr) => Ok(expr),
            None => {
                let text = self.quoted(control);
                let message =
                    format!("'_Generic' selector of type {text} is not compatible with any association");
                self.error(at.span(), message);
                Ok(self.error_expr(at.loc))
            }
        }
    }
}

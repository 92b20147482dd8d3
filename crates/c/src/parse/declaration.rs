//! Declarations at file and block scope, and the end of the unit. C11 6.7, 6.9.

use super::declarator::Form;
use super::tokens::TooDeep;
use super::{AttributeSet, Declarator, Parser, Specifiers, StorageClass};
use crate::ast::{Consumer, StmtKind};
use crate::dialect::Standard;
use crate::sema::declare::Entity;
use crate::sema::options::Warning;
use crate::token::{Keyword, TokenKind};
use crate::types::QualType;

impl Parser<'_, '_> {
    /// One external declaration.
    pub(super) fn external_declaration(&mut self, consumer: &mut dyn Consumer) {
        let result = self.external_declaration_inner(consumer);
        if result.is_err() || self.recovering {
            self.skip_statement();
            self.eat(TokenKind::RightBrace);
        }
        while self.scopes.depth() > 0 {
            self.scopes.pop();
        }
        self.function.name = None;
        self.statement_stack.clear();
        self.expression_stack.clear();
        self.pending_vla.clear();
        self.depth = 0;
        self.unevaluated = 0;
        self.fold_only = 0;
        self.extension = 0;
    }

    fn external_declaration_inner(&mut self, consumer: &mut dyn Consumer) -> Result<(), TooDeep> {
        if self.at(TokenKind::Semicolon) {
            self.pedantic_warn(
                Warning::Pedantic,
                self.token.span(),
                "ISO C does not allow extra ';' outside of a function",
            );
            self.advance();
            return Ok(());
        }
        if self.at_keyword(Keyword::Asm) {
            if let Some(text) = self.file_asm()
                && self.pp.diagnostics.error_count() == 0
            {
                consumer.file_asm(&self.unit, text);
            }
            return Ok(());
        }
        while self.at_keyword(Keyword::Extension) {
            self.advance();
            self.extension = 1;
        }
        if self.at_keyword(Keyword::StaticAssert) {
            return self.static_assert();
        }
        let unknown = self.unknown_type_name();
        let mut attributes = AttributeSet::default();
        while self.at_standard_attribute() {
            self.standard_attributes(&mut attributes)?;
        }
        let start = self.token;
        let mut specifiers = self.specifiers()?;
        specifiers.attributes.merge(attributes);
        if unknown && specifiers.implicit_int {
            specifiers.ty = Some(QualType::ERROR);
            specifiers.implicit_int = false;
        }
        if self.at(TokenKind::Semicolon) {
            self.empty_declaration(&specifiers);
            self.advance();
            return Ok(());
        }
        if specifiers.defines_tag && self.starts_declaration() && self.token.kind == TokenKind::Keyword {
            self.syntax_error("expected ';', identifier or '('");
            self.recovering = false;
            return Ok(());
        }
        if specifiers.implicit_int
            && !matches!(self.token.kind, TokenKind::Identifier | TokenKind::Star | TokenKind::LeftParen)
        {
            if self.at(TokenKind::RightBrace) && start.loc == self.token.loc {
                self.syntax_error("expected identifier or '('");
                self.advance();
                self.recovering = false;
                return Ok(());
            }
            self.syntax_error("expected identifier or '('");
            return Ok(());
        }
        let base = specifiers.ty.unwrap_or(QualType::ERROR);
        let base = self.apply_type_attributes(base, &specifiers.attributes);
        let declarator = self.declarator(base, Form::Named)?;
        if self.recovering {
            return Ok(());
        }
        if self.is_function_definition(&declarator) {
            return self.function_definition(specifiers, declarator, consumer);
        }
        if specifiers.implicit_int {
            self.warn_always(declarator.loc, "data definition has no type or storage class");
            self.implicit_int(declarator.loc, declarator.name);
        }
        self.init_declarators(&specifiers, base, declarator)
    }

    fn is_function_definition(&mut self, declarator: &Declarator) -> bool {
        let Some(parameters) = &declarator.parameters else { return false };
        if self.at(TokenKind::LeftBrace) {
            return true;
        }
        !parameters.identifiers.is_empty() && self.starts_declaration()
    }

    /// `foo bar;` with an unknown `foo`: reports and consumes it.
    pub(super) fn unknown_type_name(&mut self) -> bool {
        if self.token.kind != TokenKind::Identifier || self.scopes.is_typedef(self.token.name()) {
            return false;
        }
        let in_function = self.function.name.is_some();
        if in_function && self.scopes.lookup(self.token.name()).is_some() {
            return false;
        }
        let next = self.peek();
        let looks_like_type = match next.kind {
            TokenKind::Identifier => true,
            TokenKind::Star => !in_function,
            TokenKind::Keyword => !in_function && self.starts_type(next),
            _ => false,
        };
        if looks_like_type {
            let text = self.text(self.token.name());
            self.error(self.token.span(), format!("unknown type name '{text}'"));
            self.advance();
        }
        looks_like_type
    }

    /// `foo bar;` in a block: the declared names are known from here on, without a type.
    pub(super) fn unknown_type_declaration(&mut self) -> Result<(), TooDeep> {
        let specifiers =
            Specifiers { ty: Some(QualType::ERROR), loc: self.token.loc, ..Specifiers::default() };
        let declarator = self.declarator(QualType::ERROR, Form::Named)?;
        if self.recovering {
            return Ok(());
        }
        self.init_declarators(&specifiers, QualType::ERROR, declarator)
    }

    fn empty_declaration(&mut self, specifiers: &Specifiers) {
        if specifiers.declares_tag {
            if let Some(ty) = specifiers.ty
                && specifiers.storage == Some(StorageClass::Typedef)
            {
                let _ = ty;
                self.warn_always(specifiers.loc, "useless storage class specifier in empty declaration");
            }
            return;
        }
        if specifiers.attributes.declaration().fallthrough {
            return;
        }
        if specifiers.ty.is_some() && !specifiers.implicit_int {
            self.warn_always(specifiers.loc, "useless type name in empty declaration");
        } else {
            self.warn_always(specifiers.loc, "empty declaration");
        }
    }

    /// The rest of a declaration, from behind its first declarator.
    fn init_declarators(
        &mut self,
        specifiers: &Specifiers,
        base: QualType,
        first: Declarator,
    ) -> Result<(), TooDeep> {
        let mut declarator = first;
        loop {
            self.init_declarator(specifiers, declarator)?;
            if self.recovering {
                return Ok(());
            }
            if !self.eat(TokenKind::Comma) {
                break;
            }
            let mut attributes = AttributeSet::default();
            self.gnu_attributes(&mut attributes)?;
            declarator = self.declarator(base, Form::Named)?;
            declarator.attributes.merge(attributes);
            if self.recovering {
                return Ok(());
            }
        }
        if self.at(TokenKind::Semicolon) {
            self.advance();
            return Ok(());
        }
        let behind_declarator = matches!(
            self.previous.kind,
            TokenKind::RightParen | TokenKind::RightBracket | TokenKind::Identifier
        );
        if behind_declarator {
            self.syntax_error("expected '=', ',', ';', 'asm' or '__attribute__'");
        } else {
            self.expected_here("expected ',' or ';'", None);
        }
        Ok(())
    }

    fn init_declarator(&mut self, specifiers: &Specifiers, declarator: Declarator) -> Result<(), TooDeep> {
        let mut declarator = declarator;
        let asm_name = self.asm_label();
        while self.at_keyword(Keyword::Attribute) || self.at_standard_attribute() {
            if self.at_keyword(Keyword::Attribute) {
                self.gnu_attributes(&mut declarator.attributes)?;
            } else {
                self.standard_attributes(&mut declarator.attributes)?;
            }
        }
        self.declare_bounds(specifiers.storage);
        let has_initializer = self.at(TokenKind::Equal);
        if specifiers.auto_type {
            return self.auto_declaration(specifiers, declarator);
        }
        let ty = self.apply_type_attributes(declarator.ty, &declarator.attributes);
        declarator.ty = self.apply_convention(ty, &specifiers.attributes);
        let entity = self.declare(specifiers, &declarator, asm_name, has_initializer);
        if has_initializer {
            self.advance();
            self.entity_initializer(entity, &declarator, specifiers)?;
        } else {
            self.finish_entity(entity, &declarator);
        }
        Ok(())
    }

    /// Emits the evaluation of variable bounds in front of a declaration.
    fn declare_bounds(&mut self, _storage: Option<StorageClass>) {
        if self.pending_vla.is_empty() {
            return;
        }
        if self.function.name.is_some() {
            for id in std::mem::take(&mut self.pending_vla) {
                let statement = self.add_stmt(StmtKind::VlaBound(id), self.token.loc);
                self.statement_stack.push(statement);
                self.body.has_dynamic_stack = true;
            }
        }
        self.pending_vla.clear();
    }

    /// `__auto_type x = value;`
    fn auto_declaration(&mut self, specifiers: &Specifiers, declarator: Declarator) -> Result<(), TooDeep> {
        let mut declarator = declarator;
        if !self.eat(TokenKind::Equal) {
            self.error(declarator.loc, "'__auto_type' requires an initialized data declaration");
            return Ok(());
        }
        let value = self.assignment_rvalue()?;
        let mut ty = self.ty(value).unqualified();
        if self.unit.types.is_void(ty) {
            let text = declarator.name.map(|n| self.text(n)).unwrap_or_default();
            self.error(declarator.loc, format!("variable '{text}' declared void"));
            ty = QualType::ERROR;
        }
        let quals = specifiers.ty.map_or(crate::types::Quals::NONE, |ty| ty.quals());
        declarator.ty = self.unit.types.qualify(ty, quals);
        let entity = self.declare(specifiers, &declarator, None, true);
        self.initialize_with(entity, &declarator, value);
        Ok(())
    }

    /// A declaration in a block; its statements go to the statement stack.
    pub(crate) fn local_declaration(&mut self, attributes: AttributeSet) -> Result<(), TooDeep> {
        if self.at_keyword(Keyword::StaticAssert) {
            return self.static_assert();
        }
        let mut specifiers = self.specifiers()?;
        specifiers.attributes.merge(attributes);
        if self.at(TokenKind::Semicolon) {
            self.declare_bounds(None);
            self.empty_declaration(&specifiers);
            self.advance();
            return Ok(());
        }
        if specifiers.defines_tag && self.starts_declaration() && self.token.kind == TokenKind::Keyword {
            self.syntax_error("expected ';', identifier or '('");
            self.recovering = false;
            return Ok(());
        }
        let base = specifiers.ty.unwrap_or(QualType::ERROR);
        let base = self.apply_type_attributes(base, &specifiers.attributes);
        let declarator = self.declarator(base, Form::Named)?;
        if self.recovering {
            return Ok(());
        }
        if declarator.parameters.is_some() && self.at(TokenKind::LeftBrace) {
            let text = declarator.name.map(|n| self.text(n)).unwrap_or_default();
            self.error(declarator.loc, format!("nested function '{text}' is not supported"));
            self.advance();
            self.skip_braces();
            return Ok(());
        }
        if specifiers.implicit_int {
            if self.pp.options.dialect.at_least(Standard::C99) && specifiers.storage.is_none() {
                self.warn_always(declarator.loc, "data definition has no type or storage class");
            }
            self.implicit_int(declarator.loc, declarator.name);
        }
        self.init_declarators(&specifiers, base, declarator)
    }

    fn entity_initializer(
        &mut self,
        entity: Entity,
        declarator: &Declarator,
        specifiers: &Specifiers,
    ) -> Result<(), TooDeep> {
        let name = declarator.name;
        match entity {
            Entity::None => {
                if specifiers.storage == Some(StorageClass::Typedef) {
                    let text = name.map(|n| self.text(n)).unwrap_or_default();
                    let message = format!("typedef '{text}' is initialized (use '__typeof__' instead)");
                    self.error(declarator.loc, message);
                }
                self.skip_initializer()
            }
            Entity::Function => {
                let text = name.map(|n| self.text(n)).unwrap_or_default();
                self.error(declarator.loc, format!("function '{text}' is initialized like a variable"));
                self.skip_initializer()
            }
            Entity::Static(decl) => {
                let ty = self.unit.decl(decl).ty;
                let (init, ty) = self.static_initializer(ty)?;
                self.set_static_init(decl, init, ty);
                self.finish_entity(entity, declarator);
                Ok(())
            }
            Entity::Local(local) => {
                let ty = self.body.local(local).ty;
                if self.unit.types.is_variable_length(ty) {
                    self.error(declarator.loc, "variable-sized object may not be initialized");
                    self.skip_initializer()?;
                    self.finish_entity(entity, declarator);
                    return Ok(());
                }
                let (init, ty) = self.automatic_initializer(ty)?;
                let align = self.unit.types.align_of(ty);
                let data = &mut self.body.locals[local.0 as usize];
                data.ty = ty;
                data.align = data.align.max(align);
                let statement = self.add_stmt(StmtKind::Declare(local, Some(init)), declarator.loc);
                self.statement_stack.push(statement);
                self.check_complete_local(local);
                Ok(())
            }
        }
    }

    /// Parses an initializer for its syntax only.
    fn skip_initializer(&mut self) -> Result<(), TooDeep> {
        if self.eat(TokenKind::LeftBrace) {
            self.skip_braces();
            return Ok(());
        }
        self.assignment_raw().map(drop)
    }
}

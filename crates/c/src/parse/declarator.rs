//! Declarators: pointers, arrays, functions around a name, and parameter lists.
//!
//! A declarator is read into a list of chunks, innermost first, and the type is then built from the
//! specifiers' type outwards. C11 6.7.6, 6.7.7.

use super::tokens::TooDeep;
use super::{AttributeSet, Parser, StorageClass, Symbol};
use crate::ast::{ExprId, Local, LocalId};
use crate::intern::Name;
use crate::sema::options::Warning;
use crate::token::{Keyword, TokenFlags, TokenKind};
use crate::types::{ArrayLength, FunctionType, QualType, Quals, TypeKind};
use lathe_diag::Loc;

/// Whether a name must, may or must not occur.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// Declarations.
    Named,
    /// Type names.
    Abstract,
    /// Parameters.
    Either,
}

/// One parameter of a function declarator.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub name: Option<Name>,
    /// Adjusted, with its own qualifiers.
    pub ty: QualType,
    pub loc: Loc,
    pub local: Option<LocalId>,
}

/// The parameters of the declarator that declares a function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters {
    pub list: Vec<Parameter>,
    /// K&R identifier list.
    pub identifiers: Vec<(Name, Loc)>,
    pub prototype: bool,
    /// Variable bounds in the parameters' types, to evaluate on entry.
    pub vlas: Vec<crate::types::VlaId>,
}

/// A finished declarator.
#[derive(Debug, Default)]
pub(crate) struct Declarator {
    pub name: Option<Name>,
    pub loc: Loc,
    pub ty: QualType,
    /// If the chunk next to the name is a function.
    pub parameters: Option<Box<Parameters>>,
    pub attributes: AttributeSet,
}

impl Default for QualType {
    fn default() -> QualType {
        QualType::ERROR
    }
}

#[derive(Debug)]
enum Chunk {
    Pointer(Quals),
    Array { length: ParsedLength, quals: Quals, is_static: bool, loc: Loc },
    Function { parameters: Box<Parameters>, variadic: bool },
}

#[derive(Clone, Copy, Debug)]
enum ParsedLength {
    Unknown,
    Star,
    Expr(ExprId),
}

struct Parsed {
    chunks: Vec<Chunk>,
    name: Option<Name>,
    loc: Loc,
    attributes: AttributeSet,
}

impl Parser<'_, '_> {
    /// Parses a declarator over `base`.
    pub(crate) fn declarator(&mut self, base: QualType, form: Form) -> Result<Declarator, TooDeep> {
        // The common case: a plain name.
        if self.token.kind == TokenKind::Identifier && form != Form::Abstract {
            let next = self.peek().kind;
            if !matches!(next, TokenKind::LeftParen | TokenKind::LeftBracket) {
                let token = self.advance();
                return Ok(Declarator {
                    name: Some(token.name()),
                    loc: token.loc,
                    ty: base,
                    ..Declarator::default()
                });
            }
        }
        let mut parsed = Parsed {
            chunks: Vec::new(),
            name: None,
            loc: self.token.loc,
            attributes: AttributeSet::default(),
        };
        self.declarator_chunks(form, &mut parsed)?;
        let (ty, parameters) = self.apply_chunks(base, parsed.chunks, parsed.name, parsed.loc, form);
        Ok(Declarator { name: parsed.name, loc: parsed.loc, ty, parameters, attributes: parsed.attributes })
    }

    fn declarator_chunks(&mut self, form: Form, parsed: &mut Parsed) -> Result<(), TooDeep> {
        self.enter()?;
        let result = self.declarator_chunks_inner(form, parsed);
        self.leave();
        result
    }

    fn declarator_chunks_inner(&mut self, form: Form, parsed: &mut Parsed) -> Result<(), TooDeep> {
        let mut pointers: Vec<Quals> = Vec::new();
        loop {
            match self.token.kind {
                TokenKind::Star => {
                    self.advance();
                    let quals = self.qualifier_list(&mut parsed.attributes)?;
                    pointers.push(quals);
                }
                TokenKind::Keyword if self.at_keyword(Keyword::Attribute) => {
                    self.gnu_attributes(&mut parsed.attributes)?;
                }
                _ => break,
            }
        }
        let kind = self.token.kind;
        match kind {
            TokenKind::Identifier if form != Form::Abstract => {
                let token = self.advance();
                parsed.name = Some(token.name());
                parsed.loc = token.loc;
                while self.at_standard_attribute() {
                    self.standard_attributes(&mut parsed.attributes)?;
                }
            }
            TokenKind::LeftParen if self.is_nested_declarator(form) => {
                self.advance();
                self.declarator_chunks(form, parsed)?;
                self.expect_closing(TokenKind::RightParen);
            }
            _ if form == Form::Named => {
                self.syntax_error("expected identifier or '('");
                return Ok(());
            }
            _ => {}
        }
        loop {
            let kind = self.token.kind;
            match kind {
                TokenKind::LeftBracket if !self.at_standard_attribute() => {
                    let chunk = self.array_suffix()?;
                    parsed.chunks.push(chunk);
                }
                TokenKind::LeftBracket => self.standard_attributes(&mut parsed.attributes)?,
                TokenKind::LeftParen => {
                    let chunk = self.function_suffix()?;
                    parsed.chunks.push(chunk);
                }
                _ => break,
            }
        }
        parsed.chunks.extend(pointers.into_iter().rev().map(Chunk::Pointer));
        Ok(())
    }

    /// At `(`: does it open a nested declarator (else a parameter list)?
    fn is_nested_declarator(&mut self, form: Form) -> bool {
        if form == Form::Named {
            return true;
        }
        let next = self.peek();
        match next.kind {
            TokenKind::Star | TokenKind::LeftParen | TokenKind::LeftBracket => true,
            TokenKind::Identifier => form == Form::Either && !self.scopes.is_typedef(next.name()),
            TokenKind::Keyword => next.is_keyword(Keyword::Attribute),
            _ => false,
        }
    }

    fn qualifier_list(&mut self, attributes: &mut AttributeSet) -> Result<Quals, TooDeep> {
        let mut quals = Quals::NONE;
        loop {
            if self.token.kind != TokenKind::Keyword {
                if self.at_standard_attribute() {
                    self.standard_attributes(attributes)?;
                    continue;
                }
                return Ok(quals);
            }
            quals = quals.with(match self.token.keyword() {
                Keyword::Const => Quals::CONST,
                Keyword::Volatile => Quals::VOLATILE,
                Keyword::Restrict => Quals::RESTRICT,
                Keyword::Atomic => Quals::ATOMIC,
                Keyword::Attribute => {
                    self.gnu_attributes(attributes)?;
                    continue;
                }
                _ => return Ok(quals),
            });
            self.advance();
        }
    }

    fn array_suffix(&mut self) -> Result<Chunk, TooDeep> {
        let loc = self.advance().loc;
        let mut attributes = AttributeSet::default();
        let mut is_static = self.eat_keyword(Keyword::Static);
        let quals = self.qualifier_list(&mut attributes)?;
        is_static |= self.eat_keyword(Keyword::Static);
        let kind = self.token.kind;
        let length = match kind {
            TokenKind::RightBracket => ParsedLength::Unknown,
            TokenKind::Star if self.peek().kind == TokenKind::RightBracket => {
                self.advance();
                ParsedLength::Star
            }
            _ => ParsedLength::Expr(self.assignment_rvalue()?),
        };
        self.expect_closing(TokenKind::RightBracket);
        Ok(Chunk::Array { length, quals, is_static, loc })
    }

    /// `(` parameters `)`.
    fn function_suffix(&mut self) -> Result<Chunk, TooDeep> {
        self.advance();
        let mut parameters = Box::new(Parameters::default());
        let mut variadic = false;
        if self.eat(TokenKind::RightParen) {
            parameters.prototype = self.pp.options.dialect.at_least(crate::dialect::Standard::C23);
            return Ok(Chunk::Function { parameters, variadic });
        }
        if self.token.kind == TokenKind::Identifier && !self.scopes.is_typedef(self.token.name()) {
            let next = self.peek().kind;
            if matches!(next, TokenKind::Comma | TokenKind::RightParen) {
                self.identifier_list(&mut parameters);
                return Ok(Chunk::Function { parameters, variadic });
            }
        }
        parameters.prototype = true;
        let pending = std::mem::take(&mut self.pending_vla);
        self.scopes.push();
        let result = self.parameter_list(&mut parameters.list, &mut variadic);
        self.scopes.pop();
        parameters.vlas = std::mem::replace(&mut self.pending_vla, pending);
        result?;
        if !self.at(TokenKind::RightParen) && !variadic {
            self.syntax_error("expected ';', ',' or ')'");
        }
        self.expect_closing(TokenKind::RightParen);
        Ok(Chunk::Function { parameters, variadic })
    }

    fn identifier_list(&mut self, parameters: &mut Parameters) {
        loop {
            if self.token.kind != TokenKind::Identifier {
                self.syntax_error("expected identifier");
                break;
            }
            let token = self.advance();
            parameters.identifiers.push((token.name(), token.loc));
            if !self.eat(TokenKind::Comma) {
                break;
            }
        }
        self.expect_closing(TokenKind::RightParen);
    }

    fn parameter_list(&mut self, list: &mut Vec<Parameter>, variadic: &mut bool) -> Result<(), TooDeep> {
        loop {
            if self.eat(TokenKind::Ellipsis) {
                *variadic = true;
                return Ok(());
            }
            let mut attributes = AttributeSet::default();
            while self.at_standard_attribute() {
                self.standard_attributes(&mut attributes)?;
            }
            if !self.starts_declaration() {
                if self.token.kind == TokenKind::Identifier {
                    let name = self.text(self.token.name());
                    if !self.recovering {
                        self.recovering = true;
                        self.error(self.token.span(), format!("unknown type name '{name}'"));
                    }
                } else {
                    let message = "expected declaration specifiers or '...'";
                    self.syntax_error(message);
                }
                return Ok(());
            }
            let parameter = self.parameter()?;
            let is_void = self.is_void_parameter(parameter.ty) && parameter.name.is_none();
            if is_void && list.is_empty() && self.at(TokenKind::RightParen) {
                return Ok(());
            }
            if self.unit.types.is_void(parameter.ty) {
                let message = match parameter.name {
                    Some(name) => {
                        format!("parameter {} ('{}') has incomplete type", list.len() + 1, self.text(name))
                    }
                    None => "'void' must be the only parameter".to_string(),
                };
                self.error(parameter.loc, message);
            }
            list.push(parameter);
            if !self.eat(TokenKind::Comma) {
                return Ok(());
            }
        }
    }

    fn parameter(&mut self) -> Result<Parameter, TooDeep> {
        let specifiers = self.specifiers()?;
        let base = specifiers.ty.unwrap_or(QualType::ERROR);
        let base = self.apply_type_attributes(base, &specifiers.attributes);
        let mut declarator = self.declarator(base, Form::Either)?;
        while self.at_keyword(Keyword::Attribute) {
            self.gnu_attributes(&mut declarator.attributes)?;
        }
        if specifiers.implicit_int {
            self.implicit_int(specifiers.loc, declarator.name);
        }
        if !matches!(specifiers.storage, None | Some(StorageClass::Register)) {
            let message = match declarator.name {
                Some(name) => format!("storage class specified for parameter '{}'", self.text(name)),
                None => "storage class specified for unnamed parameter".into(),
            };
            self.error(declarator.loc, message);
        }
        let written = declarator.ty;
        let ty = self.apply_type_attributes(written, &declarator.attributes);
        let ty = self.apply_convention(ty, &specifiers.attributes);
        let ty = self.adjust_parameter(ty);
        let unused = specifiers.attributes.declaration().unused || declarator.attributes.declaration().unused;
        let register = specifiers.storage == Some(StorageClass::Register);
        let local = declarator.name.map(|name| self.declare_parameter(name, ty, declarator.loc, register));
        if let (Some(local), true) = (local, unused) {
            let data = &mut self.body.locals[local.0 as usize];
            (data.used, data.reads) = (true, 1);
        }
        Ok(Parameter { name: declarator.name, ty, loc: declarator.loc, local })
    }

    /// Enters a parameter in the prototype's scope.
    pub(crate) fn declare_parameter(
        &mut self,
        name: Name,
        ty: QualType,
        loc: Loc,
        register: bool,
    ) -> LocalId {
        if self.scopes.lookup_here(name).is_some() {
            let text = self.text(name);
            self.error(loc, format!("redefinition of parameter '{text}'"));
        }
        let align = self.unit.types.align_of(ty);
        let local = self.add_local(Local { register, ..new_local(Some(name), ty, loc, align) });
        self.scopes.declare(name, Symbol::Local(local), loc);
        local
    }

    pub(crate) fn add_local(&mut self, local: Local) -> LocalId {
        self.body.locals.push(local);
        LocalId(self.body.locals.len() as u32 - 1)
    }

    /// Arrays and functions become pointers (C11 6.7.6.3p7-8).
    pub(crate) fn adjust_parameter(&mut self, ty: QualType) -> QualType {
        match self.unit.types.kind(ty) {
            TypeKind::Array(element, _) => self.unit.types.pointer(element),
            TypeKind::Function(_) => self.unit.types.pointer(ty.unqualified()),
            _ => ty,
        }
    }

    fn apply_chunks(
        &mut self,
        base: QualType,
        chunks: Vec<Chunk>,
        name: Option<Name>,
        loc: Loc,
        form: Form,
    ) -> (QualType, Option<Box<Parameters>>) {
        let mut ty = base;
        let mut last = None;
        for (index, chunk) in chunks.into_iter().enumerate().rev() {
            last = None;
            match chunk {
                Chunk::Pointer(quals) => {
                    let pointer = self.unit.types.pointer(ty);
                    ty = QualType::new(pointer.id(), quals);
                    if quals.has(Quals::RESTRICT) {
                        self.check_restrict(ty, loc);
                    }
                }
                Chunk::Array { length, quals, is_static, loc: at } => {
                    let outermost = index == 0 && form == Form::Either;
                    if (is_static || !quals.is_empty()) && !outermost {
                        self.error(at, "static or type qualifiers in non-parameter array declarator");
                    }
                    ty = self.array_of(ty, length, name, loc, form, outermost);
                    if outermost && !quals.is_empty() {
                        // `a[const]`: the adjusted pointer is qualified; done here since the
                        // information has no place in an array type.
                        if let Some(element) = self.unit.types.element(ty) {
                            let pointer = self.unit.types.pointer(element);
                            ty = QualType::new(pointer.id(), quals);
                        }
                    }
                }
                Chunk::Function { parameters, variadic } => {
                    ty = self.function_of(ty, &parameters, variadic, name, loc);
                    last = Some(parameters);
                }
            }
        }
        (ty, last)
    }

    fn check_restrict(&mut self, ty: QualType, loc: Loc) {
        if self.unit.types.pointee(ty).is_some_and(|to| self.unit.types.is_function(to)) {
            self.error(loc, "invalid use of 'restrict'");
        }
    }

    fn declarator_name(&self, name: Option<Name>) -> String {
        match name {
            Some(name) => format!("'{}'", self.pp.interner.text(name)),
            None => "type name".into(),
        }
    }

    fn function_of(
        &mut self,
        result: QualType,
        parameters: &Parameters,
        variadic: bool,
        name: Option<Name>,
        loc: Loc,
    ) -> QualType {
        let mut result = result;
        if self.unit.types.is_array(result) {
            let name = self.declarator_name(name);
            self.error(loc, format!("{name} declared as function returning an array"));
            result = QualType::INT;
        } else if self.unit.types.is_function(result) {
            let name = self.declarator_name(name);
            self.error(loc, format!("{name} declared as function returning a function"));
            result = QualType::INT;
        }
        let params = parameters.list.iter().map(|p| p.ty.unqualified()).collect();
        self.unit.types.function(FunctionType {
            result: QualType::new(result.id(), Quals(result.quals().0 & Quals::ATOMIC.0)).unqualified(),
            params,
            variadic,
            prototype: parameters.prototype,
            noreturn: false,
            convention: Default::default(),
        })
    }

    fn array_of(
        &mut self,
        element: QualType,
        length: ParsedLength,
        name: Option<Name>,
        loc: Loc,
        form: Form,
        outermost_parameter: bool,
    ) -> QualType {
        let mut element = element;
        if self.unit.types.is_void(element) {
            let name = self.declarator_name(name);
            self.error(loc, format!("declaration of {name} as array of voids"));
            element = QualType::ERROR;
        } else if self.unit.types.is_function(element) {
            let name = self.declarator_name(name);
            self.error(loc, format!("declaration of {name} as array of functions"));
            element = QualType::ERROR;
        } else if !self.unit.types.is_complete(element) {
            let text = self.quoted(element);
            self.error(loc, format!("array type has incomplete element type {text}"));
            element = QualType::ERROR;
        }
        if let Some(size) = self.unit.types.size_of(element)
            && self.unit.types.typedef_align(element.id()) as u64 > size
        {
            self.error(loc, "alignment of array elements is greater than element size");
        }
        let length = match length {
            ParsedLength::Unknown => ArrayLength::Unknown,
            ParsedLength::Star => {
                if form != Form::Either && self.function.name.is_some() {
                    self.error(loc, "'[*]' not allowed in other than function prototype scope");
                    return QualType::ERROR;
                }
                let id = self.unit.types.add_vla();
                self.body.vla_bounds.push(ExprId::NONE);
                ArrayLength::Variable(id)
            }
            ParsedLength::Expr(expr) => {
                self.array_length(expr, element, name, loc, form, outermost_parameter)
            }
        };
        self.unit.types.array(element, length)
    }

    fn array_length(
        &mut self,
        expr: ExprId,
        element: QualType,
        name: Option<Name>,
        loc: Loc,
        form: Form,
        outermost_parameter: bool,
    ) -> ArrayLength {
        let ty = self.body.expr(expr).ty;
        if self.unit.types.is_error(ty) {
            return ArrayLength::Fixed(1);
        }
        if !self.unit.types.is_integer(ty) {
            let name = self.declarator_name(name);
            let subject = if name == "type name" {
                "size of unnamed array".into()
            } else {
                format!("size of array {name}")
            };
            self.error(loc, format!("{subject} has non-integer type"));
            return ArrayLength::Fixed(1);
        }
        let at_file_scope = self.scopes.depth() == 0;
        let constant = match self.integer_constant(expr) {
            Some(value) => Some(value),
            None if at_file_scope || self.function.name.is_none() && form != Form::Either => {
                self.fold_integer(expr)
            }
            None => None,
        };
        let name_text = |parser: &Self| match name {
            Some(name) => format!("size of array '{}'", parser.text(name)),
            None => "size of unnamed array".into(),
        };
        if let Some(value) = constant {
            if value < 0 {
                let subject = name_text(self);
                self.error(loc, format!("{subject} is negative"));
                return ArrayLength::Fixed(1);
            }
            let stride = self.unit.types.size_of(element).unwrap_or(1).max(1) as i128;
            if value.saturating_mul(stride) > crate::types::layout::MAX_OBJECT_SIZE as i128 {
                let subject = name_text(self);
                self.error(loc, format!("{subject} is too large"));
                return ArrayLength::Fixed(1);
            }
            return ArrayLength::Fixed(value as u64);
        }
        if self.function.name.is_none() && self.scopes.depth() == 0 {
            let name = self.declarator_name(name);
            self.error(loc, format!("variably modified {name} at file scope"));
            return ArrayLength::Fixed(1);
        }
        if self.warns(Warning::Vla) {
            let name = self.declarator_name(name);
            self.warn(Warning::Vla, loc, format!("ISO C90 forbids variable length array {name}"));
        }
        let size = self.unit.types.size_type();
        let bound = self.convert(expr, size);
        let id = self.unit.types.add_vla();
        self.body.vla_bounds.push(bound);
        if !outermost_parameter {
            self.pending_vla.push(id);
        }
        ArrayLength::Variable(id)
    }

    /// Whether `[` opens a C23 attribute.
    #[inline]
    pub(crate) fn at_standard_attribute(&mut self) -> bool {
        self.token.kind == TokenKind::LeftBracket && {
            let next = self.peek();
            next.kind == TokenKind::LeftBracket && !next.flags.has(TokenFlags::LEADING_SPACE)
        }
    }
}

/// A local with nothing special.
pub(crate) fn new_local(name: Option<Name>, ty: QualType, loc: Loc, align: u32) -> Local {
    Local {
        name,
        ty,
        loc,
        align,
        address_taken: false,
        register: false,
        register_name: None,
        cleanup: None,
        param: None,
        used: false,
        reads: 0,
    }
}

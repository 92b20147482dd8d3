//! `struct`, `union` and `enum` specifiers.
//!
//! In: tokens after the keyword. Out: a type; definitions fill in [`Record`]s and [`Enumeration`]s and
//! have them laid out. C11 6.7.2.1-3; GNU: anonymous members, flexible arrays anywhere at the end,
//! empty records, enums of any width.

use super::declarator::Form;
use super::tokens::TooDeep;
use super::{AttributeSet, Parser, Specifiers, Symbol};
use crate::intern::Name;
use crate::sema::options::Warning;
use crate::token::{Keyword, Token, TokenKind};
use crate::types::{
    ArrayLength, EnumId, Enumeration, Enumerator, Field, IntKind, QualType, Quals, Record, RecordId,
    RecordKind, TypeKind,
};
use lathe_diag::Loc;

impl Parser<'_, '_> {
    /// `struct …` or `union …`; the current token is the keyword.
    pub(crate) fn record_specifier(&mut self, specifiers: &mut Specifiers) -> Result<QualType, TooDeep> {
        self.enter()?;
        let result = self.record_specifier_inner(specifiers);
        self.leave();
        result
    }

    fn record_specifier_inner(&mut self, specifiers: &mut Specifiers) -> Result<QualType, TooDeep> {
        let keyword = self.advance();
        let kind = if keyword.is_keyword(Keyword::Union) { RecordKind::Union } else { RecordKind::Struct };
        let mut attributes = AttributeSet::default();
        self.tag_attributes(&mut attributes)?;
        let tag = (self.token.kind == TokenKind::Identifier).then(|| self.advance());
        self.tag_attributes(&mut attributes)?;
        let defines = self.at(TokenKind::LeftBrace);
        if tag.is_none() && !defines {
            self.syntax_error("expected '{'");
            return Ok(QualType::ERROR);
        }
        specifiers.declares_tag |= tag.is_some() || defines;
        specifiers.defines_tag |= defines;
        let loc = tag.map_or(keyword.loc, |tag| tag.loc);
        let declares = defines || self.at(TokenKind::Semicolon);
        let (id, ty) = self.find_record(kind, tag, loc, declares);
        let Some(id) = id else {
            if defines {
                self.advance();
                self.skip_braces();
            }
            return Ok(ty);
        };
        if defines {
            self.record_definition(id, ty, loc, attributes)?;
        }
        Ok(ty)
    }

    fn tag_attributes(&mut self, attributes: &mut AttributeSet) -> Result<(), TooDeep> {
        loop {
            if self.at_keyword(Keyword::Attribute) {
                self.gnu_attributes(attributes)?;
            } else if self.at_standard_attribute() {
                self.standard_attributes(attributes)?;
            } else {
                return Ok(());
            }
        }
    }

    /// Behind a `{`: skips to behind its `}`.
    pub(crate) fn skip_braces(&mut self) {
        let mut depth = 1u32;
        while depth > 0 && self.token.kind != TokenKind::Eof {
            match self.token.kind {
                TokenKind::LeftBrace => depth += 1,
                TokenKind::RightBrace => depth -= 1,
                _ => {}
            }
            self.advance();
        }
    }

    fn find_record(
        &mut self,
        kind: RecordKind,
        tag: Option<Token>,
        loc: Loc,
        declares: bool,
    ) -> (Option<RecordId>, QualType) {
        if let Some(tag) = tag {
            let depth = self.scopes.depth();
            let found = self.scopes.lookup_tag(tag.name()).filter(|b| !declares || b.depth == depth).copied();
            if let Some(binding) = found
                && let Symbol::Typedef(ty) = binding.symbol
            {
                match self.unit.types.record_id(ty) {
                    Some(id) if self.unit.types.record(id).kind == kind => {
                        let record = self.unit.types.record(id);
                        if self.at(TokenKind::LeftBrace) && (record.complete || record.being_defined) {
                            let word = if kind == RecordKind::Union { "union" } else { "struct" };
                            let text = self.text(tag.name());
                            if record.being_defined {
                                self.error(loc, format!("nested redefinition of '{word} {text}'"));
                            } else {
                                let note = "originally defined here";
                                self.error_note(
                                    loc,
                                    format!("redefinition of '{word} {text}'"),
                                    binding.loc,
                                    note,
                                );
                            }
                            let fresh = self.new_record(kind, Some(tag.name()), loc);
                            return (Some(fresh.0), fresh.1);
                        }
                        return (Some(id), ty);
                    }
                    _ => {
                        let text = self.text(tag.name());
                        let message = format!("'{text}' defined as wrong kind of tag");
                        self.error_note(loc, message, binding.loc, "originally defined here");
                        return (None, QualType::ERROR);
                    }
                }
            }
        }
        let name = tag.map(|tag| tag.name());
        let (id, ty) = self.new_record(kind, name, loc);
        if let Some(name) = name {
            self.scopes.declare_tag(name, ty, loc);
        }
        (Some(id), ty)
    }

    fn new_record(&mut self, kind: RecordKind, tag: Option<Name>, loc: Loc) -> (RecordId, QualType) {
        self.unit.types.add_record(Record {
            kind,
            tag,
            loc,
            fields: Vec::new(),
            complete: false,
            being_defined: false,
            size: 0,
            align: 1,
            packed: false,
            requested_align: 0,
            pragma_pack: 0,
            transparent_union: false,
            may_alias: false,
            flexible: false,
            has_const_member: false,
            variable_size: false,
        })
    }

    fn record_definition(
        &mut self,
        id: RecordId,
        ty: QualType,
        loc: Loc,
        mut attributes: AttributeSet,
    ) -> Result<(), TooDeep> {
        self.advance();
        self.unit.types.record_mut(id).being_defined = true;
        let mut fields = Vec::new();
        while !matches!(self.token.kind, TokenKind::RightBrace | TokenKind::Eof) {
            if self.eat(TokenKind::Semicolon) {
                self.pedantic_warn(
                    Warning::Pedantic,
                    self.previous.span(),
                    "extra semicolon in struct or union specified",
                );
                continue;
            }
            if self.at_keyword(Keyword::StaticAssert) {
                self.static_assert()?;
                continue;
            }
            self.member_declaration(id, &mut fields)?;
            if self.recovering {
                self.skip_member();
            }
        }
        self.expect(TokenKind::RightBrace);
        self.tag_attributes(&mut attributes)?;
        self.finish_record(id, ty, loc, fields, &attributes);
        Ok(())
    }

    fn skip_member(&mut self) {
        let mut depth = 0u32;
        loop {
            match self.token.kind {
                TokenKind::Eof => break,
                TokenKind::Semicolon if depth == 0 => {
                    self.advance();
                    break;
                }
                TokenKind::RightBrace if depth == 0 => break,
                TokenKind::LeftBrace => depth += 1,
                TokenKind::RightBrace => depth -= 1,
                _ => {}
            }
            self.advance();
        }
        self.recovering = false;
    }

    fn member_declaration(&mut self, id: RecordId, fields: &mut Vec<Field>) -> Result<(), TooDeep> {
        let mut extension = 0;
        while self.eat_keyword(Keyword::Extension) {
            extension = 1;
        }
        self.extension += extension;
        let result = self.member_declaration_inner(id, fields);
        self.extension -= extension;
        result
    }

    fn member_declaration_inner(&mut self, id: RecordId, fields: &mut Vec<Field>) -> Result<(), TooDeep> {
        let start = self.token;
        if !self.starts_declaration() && !self.at_standard_attribute() {
            if start.kind == TokenKind::Identifier {
                let text = self.text(start.name());
                self.recovering = true;
                self.error(start.span(), format!("unknown type name '{text}'"));
            } else {
                self.syntax_error("expected specifier-qualifier-list");
            }
            return Ok(());
        }
        let specifiers = self.specifiers()?;
        if specifiers.implicit_int {
            self.syntax_error("expected specifier-qualifier-list");
            return Ok(());
        }
        if specifiers.storage.is_some() {
            self.syntax_error("expected specifier-qualifier-list");
            return Ok(());
        }
        let base = specifiers.ty.unwrap_or(QualType::ERROR);
        let base = self.apply_type_attributes(base, &specifiers.attributes);
        if self.at(TokenKind::Semicolon) {
            self.anonymous_member(base, &specifiers, start.loc, fields);
            self.advance();
            return Ok(());
        }
        loop {
            self.member_declarator(id, base, &specifiers, fields)?;
            if !self.eat(TokenKind::Comma) {
                break;
            }
        }
        if !self.at(TokenKind::Semicolon) {
            if self.at(TokenKind::RightBrace) {
                self.pedantic_warn(
                    Warning::Pedantic,
                    self.token.span(),
                    "no semicolon at end of struct or union",
                );
                return Ok(());
            }
            self.expected_here("expected ',', ';' or '}'", None);
            return Ok(());
        }
        self.advance();
        Ok(())
    }

    fn anonymous_member(&mut self, ty: QualType, specifiers: &Specifiers, loc: Loc, fields: &mut Vec<Field>) {
        let record = self.unit.types.record_id(ty);
        let untagged = record.is_some_and(|id| self.unit.types.record(id).tag.is_none());
        if untagged || (record.is_some() && self.options.ms_extensions) {
            let align = specifiers.align.max(specifiers.attributes.align());
            fields.push(Field {
                name: None,
                ty,
                loc,
                offset_bits: 0,
                bit_width: None,
                align,
                packed: specifiers.attributes.packed(),
            });
        } else {
            self.warn_always(loc, "declaration does not declare anything");
        }
    }

    fn member_declarator(
        &mut self,
        id: RecordId,
        base: QualType,
        specifiers: &Specifiers,
        fields: &mut Vec<Field>,
    ) -> Result<(), TooDeep> {
        let mut declarator = if self.at(TokenKind::Colon) {
            super::Declarator { ty: base, loc: self.token.loc, ..Default::default() }
        } else {
            self.declarator(base, Form::Named)?
        };
        self.pending_vla.clear();
        let mut width = None;
        if self.eat(TokenKind::Colon) {
            let expr = self.constant_expression()?;
            let name = declarator.name;
            width = Some(self.bit_field_width(expr, &mut declarator.ty, name, declarator.loc));
        }
        self.tag_attributes(&mut declarator.attributes)?;
        if self.recovering && declarator.name.is_none() {
            return Ok(());
        }
        let ty = self.apply_type_attributes(declarator.ty, &declarator.attributes);
        let ty = self.apply_convention(ty, &specifiers.attributes);
        let align = specifiers.align.max(specifiers.attributes.align()).max(declarator.attributes.align());
        let packed = specifiers.attributes.packed() || declarator.attributes.packed();
        let ty = self.check_member(id, ty, declarator.name, declarator.loc);
        fields.push(Field {
            name: declarator.name,
            ty,
            loc: declarator.loc,
            offset_bits: 0,
            bit_width: width,
            align,
            packed,
        });
        Ok(())
    }

    fn check_member(&mut self, id: RecordId, ty: QualType, name: Option<Name>, loc: Loc) -> QualType {
        let text = name.map(|name| self.text(name)).unwrap_or_default();
        if self.unit.types.is_function(ty) {
            self.error(loc, format!("field '{text}' declared as a function"));
            return QualType::ERROR;
        }
        if self.unit.types.is_variably_modified(ty) {
            self.error(loc, "a member of a structure or union cannot have a variably modified type");
            return QualType::ERROR;
        }
        let flexible = matches!(self.unit.types.kind(ty), TypeKind::Array(_, ArrayLength::Unknown));
        if !flexible && !self.unit.types.is_complete(ty) {
            if self.unit.types.is_void(ty) {
                self.error(loc, format!("variable or field '{text}' declared void"));
            } else {
                let _ = id;
                self.error(loc, format!("field '{text}' has incomplete type"));
            }
            return QualType::ERROR;
        }
        ty
    }

    fn bit_field_width(
        &mut self,
        expr: crate::ast::ExprId,
        ty: &mut QualType,
        name: Option<Name>,
        loc: Loc,
    ) -> u32 {
        let shown = match name {
            Some(name) => format!("'{}'", self.text(name)),
            None => "'<anonymous>'".into(),
        };
        let types = &self.unit.types;
        if types.is_error(*ty) {
            return 1;
        }
        if !types.is_integer(*ty) {
            self.error(loc, format!("bit-field {shown} has invalid type"));
            *ty = QualType::INT;
            return 1;
        }
        let bits = types.int_bits(*ty).unwrap_or(32);
        let width = match self.integer_constant(expr).or_else(|| self.fold_integer(expr)) {
            Some(width) => width,
            None => {
                self.error(loc, format!("bit-field {shown} width not an integer constant"));
                return 1;
            }
        };
        if width < 0 {
            self.error(loc, format!("negative width in bit-field {shown}"));
            return 1;
        }
        if width == 0 && name.is_some() {
            self.error(loc, format!("zero width for bit-field {shown}"));
            return 1;
        }
        if width > bits as i128 {
            self.error(loc, format!("width of {shown} exceeds its type"));
            return bits;
        }
        width as u32
    }

    fn finish_record(
        &mut self,
        id: RecordId,
        _ty: QualType,
        loc: Loc,
        fields: Vec<Field>,
        attributes: &AttributeSet,
    ) {
        let mut fields = fields;
        self.check_duplicate_members(&fields);
        let count = fields.len();
        let kind = self.unit.types.record(id).kind;
        let named = fields.iter().filter(|f| f.name.is_some() || f.bit_width.is_none()).count();
        let mut flexible = false;
        let mut has_const = false;
        for (index, field) in fields.iter().enumerate() {
            let is_flexible =
                matches!(self.unit.types.kind(field.ty), TypeKind::Array(_, ArrayLength::Unknown));
            if is_flexible && index + 1 != count && kind == RecordKind::Struct {
                self.error(field.loc, "flexible array member not at end of struct");
            } else if is_flexible && kind == RecordKind::Union {
                self.error(field.loc, "flexible array member in union");
            } else if is_flexible && named == 1 {
                self.error(field.loc, "flexible array member in a struct with no named members");
            }
            flexible |= is_flexible;
            let mut element = field.ty;
            while let TypeKind::Array(inner, _) = self.unit.types.kind(element) {
                element = inner;
            }
            has_const |= element.is_const();
            if let Some(inner) = self.unit.types.record_id(element) {
                let inner = self.unit.types.record(inner);
                has_const |= inner.has_const_member;
                flexible |= inner.flexible && (index + 1 == count || kind == RecordKind::Union);
            }
        }
        let packed = attributes.packed();
        for field in &mut fields {
            field.packed |= packed;
        }
        let pack = self.pack;
        let record = self.unit.types.record_mut(id);
        record.fields = fields;
        record.packed = packed;
        record.requested_align = attributes.align();
        record.pragma_pack = pack;
        record.flexible = flexible;
        record.has_const_member = has_const;
        if let Some(inner) = attributes.get() {
            record.transparent_union |= inner.transparent_union;
            record.may_alias |= inner.may_alias;
        }
        record.being_defined = false;
        record.complete = true;
        if self.unit.types.lay_out_record(id).is_err() {
            let record = self.unit.types.record(id);
            let word = if record.kind == RecordKind::Union { "union" } else { "struct" };
            let tag = record.tag.map_or("<anonymous>".into(), |tag| self.text(tag));
            self.error(loc, format!("type '{word} {tag}' is too large"));
        }
    }

    fn check_duplicate_members(&mut self, fields: &[Field]) {
        let mut names: Vec<(Name, Loc)> = Vec::new();
        self.collect_member_names(fields, &mut names, 0);
        names.sort_by_key(|(name, loc)| (*name, loc.0));
        for pair in names.windows(2) {
            if pair[0].0 == pair[1].0 {
                let text = self.text(pair[0].0);
                self.error(pair[1].1, format!("duplicate member '{text}'"));
            }
        }
    }

    fn collect_member_names(&self, fields: &[Field], names: &mut Vec<(Name, Loc)>, depth: u32) {
        for field in fields {
            match field.name {
                Some(name) => names.push((name, field.loc)),
                None if field.bit_width.is_none() && depth < 100 => {
                    if let Some(inner) = self.unit.types.record_id(field.ty) {
                        self.collect_member_names(&self.unit.types.record(inner).fields, names, depth + 1);
                    }
                }
                None => {}
            }
        }
    }

    /// `enum …`; the current token is the keyword.
    pub(crate) fn enum_specifier(&mut self, specifiers: &mut Specifiers) -> Result<QualType, TooDeep> {
        let keyword = self.advance();
        let mut attributes = AttributeSet::default();
        self.tag_attributes(&mut attributes)?;
        let tag = (self.token.kind == TokenKind::Identifier).then(|| self.advance());
        self.tag_attributes(&mut attributes)?;
        let mut fixed = None;
        let is_c23 = self.pp.options.dialect.at_least(crate::dialect::Standard::C23);
        if self.at(TokenKind::Colon) && is_c23 {
            self.advance();
            let ty = self.type_name()?;
            fixed = self.unit.types.int_kind(ty);
            if fixed.is_none() {
                self.error(keyword.loc, "invalid 'enum' underlying type");
            }
        }
        let defines = self.at(TokenKind::LeftBrace);
        if tag.is_none() && !defines {
            self.syntax_error("expected '{'");
            return Ok(QualType::ERROR);
        }
        specifiers.declares_tag |= tag.is_some() || defines;
        specifiers.defines_tag |= defines;
        let loc = tag.map_or(keyword.loc, |tag| tag.loc);
        let Some((id, ty)) = self.find_enum(tag, loc, defines) else {
            if defines {
                self.advance();
                self.skip_braces();
            }
            return Ok(QualType::ERROR);
        };
        if let Some(kind) = fixed {
            let enumeration = self.unit.types.enumeration_mut(id);
            enumeration.underlying = kind;
            enumeration.complete = true;
        }
        if defines {
            self.enum_definition(id, ty, fixed, &mut attributes)?;
        }
        Ok(ty)
    }

    fn find_enum(&mut self, tag: Option<Token>, loc: Loc, defines: bool) -> Option<(EnumId, QualType)> {
        if let Some(tag) = tag {
            let depth = self.scopes.depth();
            let found = self.scopes.lookup_tag(tag.name()).filter(|b| !defines || b.depth == depth).copied();
            if let Some(binding) = found
                && let Symbol::Typedef(ty) = binding.symbol
            {
                let text = self.text(tag.name());
                match self.unit.types.kind(ty) {
                    TypeKind::Enum(id) => {
                        if defines && !self.unit.types.enumeration(id).enumerators.is_empty() {
                            let message = format!("redeclaration of 'enum {text}'");
                            self.error_note(loc, message, binding.loc, "originally defined here");
                            return None;
                        }
                        return Some((id, ty));
                    }
                    _ => {
                        let message = format!("'{text}' defined as wrong kind of tag");
                        self.error_note(loc, message, binding.loc, "originally defined here");
                        return None;
                    }
                }
            }
        }
        let name = tag.map(|tag| tag.name());
        let (id, ty) = self.unit.types.add_enum(Enumeration {
            tag: name,
            loc,
            underlying: IntKind::UInt,
            complete: false,
            packed: false,
            enumerators: Vec::new(),
        });
        if let Some(name) = name {
            self.scopes.declare_tag(name, ty, loc);
        }
        Some((id, ty))
    }

    fn enum_definition(
        &mut self,
        id: EnumId,
        ty: QualType,
        fixed: Option<IntKind>,
        attributes: &mut AttributeSet,
    ) -> Result<(), TooDeep> {
        self.advance();
        let mut enumerators: Vec<Enumerator> = Vec::new();
        let mut next: i128 = 0;
        if self.at(TokenKind::RightBrace) {
            self.error(self.token.span(), "empty enum is invalid");
        }
        while !matches!(self.token.kind, TokenKind::RightBrace | TokenKind::Eof) {
            if self.token.kind != TokenKind::Identifier {
                self.syntax_error("expected identifier");
                self.skip_until(TokenKind::RightBrace);
                self.finish_enum(id, fixed, enumerators, attributes.packed());
                return Ok(());
            }
            let token = self.advance();
            let mut ignored = AttributeSet::default();
            self.tag_attributes(&mut ignored)?;
            if self.eat(TokenKind::Equal) {
                let expr = self.constant_expression()?;
                match self.integer_constant(expr).or_else(|| self.fold_integer(expr)) {
                    Some(value) => next = value,
                    None if self.unit.types.is_error(self.body.expr(expr).ty) => {}
                    None => {
                        let text = self.text(token.name());
                        let message = format!("enumerator value for '{text}' is not an integer constant");
                        self.error(token.span(), message);
                    }
                }
            }
            self.declare_enumerator(token, next, ty, fixed);
            enumerators.push(Enumerator { name: token.name(), value: next, loc: token.loc });
            next += 1;
            if !self.eat(TokenKind::Comma) {
                break;
            }
        }
        if !self.at(TokenKind::RightBrace) {
            self.expected_here("expected ',' or '}'", None);
            self.skip_until(TokenKind::RightBrace);
        } else {
            self.advance();
        }
        self.tag_attributes(attributes)?;
        self.finish_enum(id, fixed, enumerators, attributes.packed());
        Ok(())
    }

    fn declare_enumerator(&mut self, token: Token, value: i128, ty: QualType, fixed: Option<IntKind>) {
        let name = token.name();
        if let Some(old) = self.scopes.lookup_here(name).copied() {
            let text = self.text(name);
            let message = match old.symbol {
                Symbol::Enumerator(..) => format!("redeclaration of enumerator '{text}'"),
                _ => format!("'{text}' redeclared as different kind of symbol"),
            };
            let ty = self.symbol_type(old.symbol);
            let ty = self.quoted(ty);
            let note = format!("previous definition of '{text}' with type {ty}");
            self.error_note(token.span(), message, old.loc, note);
            return;
        }
        let constant_type = match fixed {
            Some(_) => ty,
            None if i32::try_from(value).is_ok() => QualType::INT,
            None => QualType::new(self.wide_enumerator_kind(value).id(), Quals::NONE),
        };
        if constant_type != QualType::INT && fixed.is_none() {
            let message = "ISO C restricts enumerator values to range of 'int'";
            self.pedantic_warn(Warning::Pedantic, token.span(), message);
        }
        self.scopes.declare(name, Symbol::Enumerator(value, constant_type), token.loc);
    }

    fn wide_enumerator_kind(&self, value: i128) -> IntKind {
        let wide_long = self.unit.types.data_layout().pointer.size == 8;
        if u32::try_from(value).is_ok() {
            IntKind::UInt
        } else if i64::try_from(value).is_ok() {
            if wide_long { IntKind::Long } else { IntKind::LongLong }
        } else if wide_long {
            IntKind::ULong
        } else {
            IntKind::ULongLong
        }
    }

    fn finish_enum(
        &mut self,
        id: EnumId,
        fixed: Option<IntKind>,
        enumerators: Vec<Enumerator>,
        packed: bool,
    ) {
        let low = enumerators.iter().map(|e| e.value).min().unwrap_or(0);
        let high = enumerators.iter().map(|e| e.value).max().unwrap_or(0);
        let packed = packed || self.options.short_enums;
        let fits = |bits: u32| low >= -(1i128 << (bits - 1)) && high < (1i128 << (bits - 1));
        let fits_unsigned = |bits: u32| low >= 0 && high < (1i128 << bits);
        let long =
            if self.unit.types.data_layout().pointer.size == 8 { IntKind::Long } else { IntKind::LongLong };
        let order: &[(u32, IntKind)] = if packed {
            &[(8, IntKind::SChar), (16, IntKind::Short), (32, IntKind::Int), (64, IntKind::LongLong)]
        } else {
            &[(32, IntKind::Int), (64, IntKind::LongLong)]
        };
        let chosen = order.iter().find_map(|(bits, kind)| {
            let kind = if *bits == 64 { long } else { *kind };
            if low >= 0 && fits_unsigned(*bits) {
                Some(kind.to_unsigned())
            } else if low < 0 && fits(*bits) {
                Some(kind)
            } else {
                None
            }
        });
        let enumeration = self.unit.types.enumeration_mut(id);
        enumeration.underlying = fixed.or(chosen).unwrap_or(long);
        enumeration.complete = true;
        enumeration.packed = packed;
        enumeration.enumerators = enumerators;
        // Constants that do not fit `int` have the enumeration's integer type (gcc 12).
        let underlying = enumeration.underlying;
        if fixed.is_none() && underlying.size(self.unit.types.data_layout()) > 4 {
            let ty = QualType::new(underlying.id(), Quals::NONE);
            let list: Vec<Name> =
                self.unit.types.enumeration(id).enumerators.iter().map(|e| e.name).collect();
            for name in list {
                if let Some(binding) = self.scopes.lookup_mut(name)
                    && let Symbol::Enumerator(value, _) = binding.symbol
                    && i32::try_from(value).is_err()
                {
                    binding.symbol = Symbol::Enumerator(value, ty);
                }
            }
        }
    }
}

//! Entering declarations: storage, linkage, merging with earlier ones, completeness.
//!
//! In: specifiers and a finished declarator. Out: bindings in scope, [`Decl`]s of the unit, locals of
//! the body. C11 6.2.2, 6.2.4, 6.7, 6.9.2; inline semantics 6.7.4 and GNU's (`gnu_inline`).

use super::options::Warning;
use crate::ast::{
    Builtin, Decl, DeclId, DeclKind, InlineKind, Linkage, LocalId, StaticInitId, StmtKind, StorageDuration,
    StringId,
};
use crate::dialect::Standard;
use crate::intern::Name;
use crate::parse::{Declarator, Parser, Specifiers, StorageClass, Symbol, new_local};
use crate::types::{ArrayLength, QualType, TypeKind};
use lathe_diag::Loc;

/// What a declarator declared.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entity {
    /// A typedef, or nothing because of an error.
    None,
    Function,
    /// An object with static storage.
    Static(DeclId),
    Local(LocalId),
}

impl Parser<'_, '_> {
    /// Enters a declarator with its specifiers.
    pub(crate) fn declare(
        &mut self,
        specifiers: &Specifiers,
        declarator: &Declarator,
        asm_name: Option<StringId>,
        has_initializer: bool,
    ) -> Entity {
        let Some(name) = declarator.name else { return Entity::None };
        if specifiers.storage == Some(StorageClass::Typedef) {
            self.declare_typedef(name, specifiers, declarator);
            return Entity::None;
        }
        if self.unit.types.is_function(declarator.ty) {
            self.declare_function(specifiers, declarator, asm_name);
            return Entity::Function;
        }
        if specifiers.inline {
            let text = self.text(name);
            self.warn_always(declarator.loc, format!("variable '{text}' declared 'inline'"));
        }
        let at_file_scope = self.function.name.is_none();
        let is_static = at_file_scope
            || matches!(specifiers.storage, Some(StorageClass::Static | StorageClass::Extern))
            || specifiers.thread_local;
        if is_static {
            self.declare_static(name, specifiers, declarator, asm_name, has_initializer)
        } else {
            self.declare_local(name, specifiers, declarator, asm_name, has_initializer)
        }
    }

    /// The type and alignment that the attributes make of a declared object.
    fn object_alignment(&mut self, specifiers: &Specifiers, declarator: &Declarator) -> u32 {
        let asked = specifiers.align.max(specifiers.attributes.align()).max(declarator.attributes.align());
        if specifiers.align != 0 && specifiers.align < self.unit.types.align_of(declarator.ty) {
            let text = declarator.name.map(|n| self.text(n)).unwrap_or_default();
            self.error(declarator.loc, format!("'_Alignas' specifiers cannot reduce alignment of '{text}'"));
        }
        asked
    }

    fn declare_typedef(&mut self, name: Name, specifiers: &Specifiers, declarator: &Declarator) {
        let mut ty = declarator.ty;
        let align = specifiers.attributes.align().max(declarator.attributes.align());
        if align != 0 {
            ty = self.unit.types.attributed(ty, align, false);
        }
        if self.unit.types.is_variably_modified(ty) && self.function.name.is_none() {
            let text = self.text(name);
            self.error(declarator.loc, format!("variably modified '{text}' at file scope"));
        }
        if let Some(old) = self.scopes.lookup_here(name).copied() {
            let text = self.text(name);
            match old.symbol {
                Symbol::Typedef(old_type) => {
                    let same = self.unit.types.same(old_type, ty)
                        || (old_type.quals() == ty.quals() && self.unit.types.compatible(old_type, ty));
                    if !same {
                        let (new, was) = (self.quoted(ty), self.quoted_structure(old_type));
                        let message = format!("conflicting types for '{text}'; have {new}");
                        let note = format!("previous declaration of '{text}' with type {was}");
                        self.error_note(declarator.loc, message, old.loc, note);
                    } else if !self.pp.options.dialect.at_least(Standard::C11) {
                        self.pedantic_warn(
                            Warning::Pedantic,
                            declarator.loc,
                            format!("redefinition of typedef '{text}'"),
                        );
                    }
                    if self.unit.types.is_complete(old_type) || !self.unit.types.is_complete(ty) {
                        return;
                    }
                }
                _ => {
                    self.different_kind(name, declarator.loc, old.loc, old.symbol);
                    return;
                }
            }
        }
        let named = self.unit.types.typedef(name, ty);
        self.scopes.declare(name, Symbol::Typedef(named), declarator.loc);
    }

    /// The type behind a typedef's own name.
    fn quoted_structure(&self, ty: QualType) -> String {
        match self.unit.types.typedef_name(ty.id()) {
            Some((_, of)) => {
                let shown = self.quoted(QualType::new(of.id(), ty.quals()));
                let name = self.unit.types.name(ty, &self.pp.interner, true);
                let inner = self.unit.types.name(of, &self.pp.interner, false);
                if name == inner { shown } else { format!("'{name}' {{aka '{inner}'}}") }
            }
            None => self.quoted(ty),
        }
    }

    fn different_kind(&mut self, name: Name, at: Loc, old_at: Loc, old: Symbol) {
        let text = self.text(name);
        let message = format!("'{text}' redeclared as different kind of symbol");
        let ty = self.symbol_type(old);
        let ty = self.quoted(ty);
        let word = match old {
            Symbol::Enumerator(..) => "definition",
            _ => "declaration",
        };
        self.error_note(at, message, old_at, format!("previous {word} of '{text}' with type {ty}"));
    }

    pub(super) fn new_decl(&mut self, kind: DeclKind, name: Name, ty: QualType, loc: Loc) -> Decl {
        Decl {
            kind,
            name,
            ty,
            loc,
            linkage: Linkage::External,
            storage: StorageDuration::Static,
            defined: false,
            tentative: false,
            local: self.function.name.is_some(),
            init: None,
            align: 0,
            inline: InlineKind::No,
            asm_name: None,
            attributes: None,
            used: false,
            system: self.in_system_header(),
            function: self.function.decl,
            library: None,
            implicit: false,
        }
    }

    pub(super) fn push_decl(&mut self, decl: Decl) -> DeclId {
        self.unit.decls.push(decl);
        DeclId(self.unit.decls.len() as u32 - 1)
    }

    pub(super) fn merge_attributes(
        &mut self,
        decl: DeclId,
        specifiers: &Specifiers,
        declarator: &Declarator,
    ) {
        let data = &mut self.unit.decls[decl.0 as usize];
        for set in [&specifiers.attributes, &declarator.attributes] {
            if let Some(inner) = set.get() {
                data.attributes_mut().merge(&inner.declaration);
            }
        }
        if specifiers.noreturn {
            data.attributes_mut().noreturn = true;
        }
        data.used |= data.attributes().used;
        if data.linkage == Linkage::External
            && data.attributes().visibility.is_none()
            && let Some(visibility) = self.visibility_stack.last()
        {
            data.attributes_mut().visibility = Some(*visibility);
        }
    }

    pub(super) fn set_asm_name(&mut self, decl: DeclId, name: Name, asm_name: Option<StringId>) {
        let extname = self.extnames.get(&name).copied();
        let asm_name = asm_name.or_else(|| {
            let new = extname?;
            let mut bytes = self.pp.interner.bytes(new).to_vec();
            bytes.push(0);
            Some(self.unit.add_string(crate::ast::StringData { bytes, width: 1 }))
        });
        let data = &mut self.unit.decls[decl.0 as usize];
        data.asm_name = asm_name.or(data.asm_name);
    }

    /// The earlier declaration that a declaration with linkage redeclares. Reports clashes in the
    /// same scope.
    pub(super) fn previous_declaration(&mut self, name: Name, at: Loc, kind: DeclKind) -> Option<DeclId> {
        if let Some(old) = self.scopes.lookup_here(name).copied() {
            match old.symbol {
                Symbol::Global(decl) if self.unit.decl(decl).kind == kind => {
                    if self.unit.decl(decl).linkage != Linkage::None {
                        return Some(decl);
                    }
                    let text = self.text(name);
                    let message =
                        format!("extern declaration of '{text}' follows declaration with no linkage");
                    self.error_note(at, message, old.loc, format!("previous declaration of '{text}'"));
                    return None;
                }
                Symbol::Local(_) => {
                    let text = self.text(name);
                    let message =
                        format!("extern declaration of '{text}' follows declaration with no linkage");
                    self.error_note(at, message, old.loc, format!("previous declaration of '{text}'"));
                    return None;
                }
                _ => {
                    self.different_kind(name, at, old.loc, old.symbol);
                    return None;
                }
            }
        }
        let linked = self.linked.get(&name).copied()?;
        (self.unit.decl(linked).kind == kind).then_some(linked)
    }

    pub(super) fn conflicting_types(&mut self, decl: DeclId, new: QualType, at: Loc) {
        let data = self.unit.decl(decl);
        let (name, old_at, old_type, defined) = (data.name, data.loc, data.ty, data.defined);
        let text = self.text(name);
        let (n, o) = (self.quoted(new), self.quoted(old_type));
        let word = if defined { "definition" } else { "declaration" };
        if self.unit.decl(decl).implicit
            && self.unit.types.is_function(old_type)
            && self.unit.decl(decl).library.is_none()
        {
            let message = format!("conflicting types for '{text}'; have {n}");
            let both_int = self.unit.types.callee(new).is_some_and(|f| self.unit.types.is_void(f.result));
            let note = format!("previous implicit declaration of '{text}' with type {o}");
            if both_int {
                self.warn_always(at, message);
            } else {
                self.error_note(at, message, old_at, note);
            }
            return;
        }
        let message = format!("conflicting types for '{text}'; have {n}");
        self.error_note(at, message, old_at, format!("previous {word} of '{text}' with type {o}"));
    }

    fn declare_static(
        &mut self,
        name: Name,
        specifiers: &Specifiers,
        declarator: &Declarator,
        asm_name: Option<StringId>,
        has_initializer: bool,
    ) -> Entity {
        let loc = declarator.loc;
        let mut ty = declarator.ty;
        let at_file_scope = self.function.name.is_none();
        let is_extern = specifiers.storage == Some(StorageClass::Extern);
        let text = self.text(name);
        if self.unit.types.is_void(ty) && !is_extern {
            self.error(loc, format!("variable or field '{text}' declared void"));
            ty = QualType::ERROR;
        }
        if self.unit.types.is_variably_modified(ty) {
            if at_file_scope {
                self.error(loc, format!("variably modified '{text}' at file scope"));
                ty = QualType::ERROR;
            } else if is_extern {
                self.error(loc, "object with variably modified type must have no linkage");
                ty = QualType::ERROR;
            } else if self.unit.types.is_variable_length(ty) {
                self.error(loc, format!("storage size of '{text}' isn't constant"));
                ty = QualType::ERROR;
            }
        }
        if at_file_scope && matches!(specifiers.storage, Some(StorageClass::Auto)) {
            self.error(loc, format!("file-scope declaration of '{text}' specifies 'auto'"));
        } else if at_file_scope
            && matches!(specifiers.storage, Some(StorageClass::Register))
            && asm_name.is_none()
        {
            self.error(loc, format!("register name not specified for '{text}'"));
        }
        if specifiers.thread_local && !at_file_scope && specifiers.storage.is_none() {
            self.error(loc, format!("function-scope '{text}' implicitly auto and declared '_Thread_local'"));
        }
        if is_extern && has_initializer {
            if at_file_scope {
                self.warn_always(loc, format!("'{text}' initialized and declared 'extern'"));
            } else {
                self.error(loc, format!("'{text}' has both 'extern' and initializer"));
            }
        }
        let align = self.object_alignment(specifiers, declarator);
        let storage = if specifiers.thread_local { StorageDuration::Thread } else { StorageDuration::Static };
        if !at_file_scope && !is_extern {
            return self.static_local(name, ty, loc, align, storage, specifiers, declarator, asm_name);
        }
        let is_static = specifiers.storage == Some(StorageClass::Static);
        let previous = self.previous_declaration(name, loc, DeclKind::Object);
        let decl = match previous {
            Some(decl) => {
                self.merge_object(decl, ty, loc, is_static, is_extern, storage, has_initializer);
                decl
            }
            None => {
                let mut data = self.new_decl(DeclKind::Object, name, ty, loc);
                data.function = None;
                data.storage = storage;
                data.linkage = if is_static { Linkage::Internal } else { Linkage::External };
                let id = self.push_decl(data);
                self.linked.insert(name, id);
                id
            }
        };
        if self.scopes.lookup_here(name).is_none() {
            self.scopes.declare(name, Symbol::Global(decl), loc);
        }
        let data = &mut self.unit.decls[decl.0 as usize];
        data.align = data.align.max(align);
        if !is_extern || has_initializer {
            data.tentative = true;
        }
        if has_initializer {
            if data.defined {
                let (old_at, old_type) = (data.loc, data.ty);
                let shown = self.quoted(old_type);
                let note = format!("previous definition of '{text}' with type {shown}");
                self.error_note(loc, format!("redefinition of '{text}'"), old_at, note);
            }
            let data = &mut self.unit.decls[decl.0 as usize];
            data.defined = true;
            data.loc = loc;
        }
        self.merge_attributes(decl, specifiers, declarator);
        self.set_asm_name(decl, name, asm_name);
        Entity::Static(decl)
    }

    fn merge_object(
        &mut self,
        decl: DeclId,
        ty: QualType,
        loc: Loc,
        is_static: bool,
        is_extern: bool,
        storage: StorageDuration,
        _has_initializer: bool,
    ) {
        let data = self.unit.decl(decl);
        let (old, old_at, linkage, old_storage, name) =
            (data.ty, data.loc, data.linkage, data.storage, data.name);
        let text = self.text(name);
        if !self.unit.types.compatible(old, ty) {
            self.conflicting_types(decl, ty, loc);
            return;
        }
        let shown = self.quoted(old);
        let note = format!("previous declaration of '{text}' with type {shown}");
        if is_static && linkage == Linkage::External {
            let message = format!("static declaration of '{text}' follows non-static declaration");
            self.error_note(loc, message, old_at, note);
        } else if !is_static && !is_extern && linkage == Linkage::Internal {
            let message = format!("non-static declaration of '{text}' follows static declaration");
            self.error_note(loc, message, old_at, note);
        } else if old_storage != storage {
            let message = if storage == StorageDuration::Thread {
                format!("thread-local declaration of '{text}' follows non-thread-local declaration")
            } else {
                format!("non-thread-local declaration of '{text}' follows thread-local declaration")
            };
            self.error_note(loc, message, old_at, note);
        } else if self.warns(Warning::RedundantDecls) && is_extern {
            self.warn_note(
                Warning::RedundantDecls,
                loc,
                format!("redundant redeclaration of '{text}'"),
                Some((old_at, note)),
            );
        }
        let composite = self.unit.types.composite(old, ty);
        self.unit.decls[decl.0 as usize].ty = composite;
    }

    fn static_local(
        &mut self,
        name: Name,
        ty: QualType,
        loc: Loc,
        align: u32,
        storage: StorageDuration,
        specifiers: &Specifiers,
        declarator: &Declarator,
        asm_name: Option<StringId>,
    ) -> Entity {
        self.check_redeclaration(name, loc, ty);
        let mut data = self.new_decl(DeclKind::Object, name, ty, loc);
        data.linkage = Linkage::None;
        data.storage = storage;
        data.tentative = true;
        data.defined = true;
        data.align = align;
        data.asm_name = asm_name;
        let decl = self.push_decl(data);
        self.merge_attributes(decl, specifiers, declarator);
        self.scopes.declare(name, Symbol::Global(decl), loc);
        Entity::Static(decl)
    }

    /// The object of a file-scope compound literal.
    pub(crate) fn anonymous_object(&mut self, name: Name, ty: QualType, loc: Loc) -> DeclId {
        let mut data = self.new_decl(DeclKind::Object, name, ty, loc);
        data.linkage = Linkage::None;
        data.tentative = true;
        data.defined = true;
        data.implicit = true;
        data.used = true;
        self.push_decl(data)
    }

    fn check_redeclaration(&mut self, name: Name, loc: Loc, ty: QualType) {
        let Some(old) = self.scopes.lookup_here(name).copied() else {
            self.check_shadow(name, loc);
            return;
        };
        let text = self.text(name);
        let old_type = self.symbol_type(old.symbol);
        let shown = self.quoted(old_type);
        match old.symbol {
            Symbol::Local(local) if self.body.local(local).param.is_some() => {
                let message = format!("'{text}' redeclared as different kind of symbol");
                self.error_note(
                    loc,
                    message,
                    old.loc,
                    format!("previous definition of '{text}' with type {shown}"),
                );
            }
            Symbol::Local(_) | Symbol::Global(_) => {
                let same = self.unit.types.compatible(old_type, ty);
                let message = if same {
                    format!("redeclaration of '{text}' with no linkage")
                } else {
                    let new = self.quoted(ty);
                    format!("conflicting types for '{text}'; have {new}")
                };
                self.error_note(
                    loc,
                    message,
                    old.loc,
                    format!("previous declaration of '{text}' with type {shown}"),
                );
            }
            symbol => self.different_kind(name, loc, old.loc, symbol),
        }
    }

    fn check_shadow(&mut self, name: Name, loc: Loc) {
        if !self.warns(Warning::Shadow) {
            return;
        }
        let Some(old) = self.scopes.lookup(name).copied() else { return };
        let text = self.text(name);
        let message = match old.symbol {
            Symbol::Local(local) if self.body.local(local).param.is_some() => {
                format!("declaration of '{text}' shadows a parameter")
            }
            Symbol::Local(_) => format!("declaration of '{text}' shadows a previous local"),
            Symbol::Global(decl) if !self.unit.types.is_function(self.unit.decl(decl).ty) => {
                format!("declaration of '{text}' shadows a global declaration")
            }
            _ => return,
        };
        self.warn_note(Warning::Shadow, loc, message, Some((old.loc, "shadowed declaration is here".into())));
    }

    fn declare_local(
        &mut self,
        name: Name,
        specifiers: &Specifiers,
        declarator: &Declarator,
        asm_name: Option<StringId>,
        has_initializer: bool,
    ) -> Entity {
        let loc = declarator.loc;
        let mut ty = declarator.ty;
        let text = self.text(name);
        if self.unit.types.is_void(ty) {
            self.error(loc, format!("variable or field '{text}' declared void"));
            ty = QualType::ERROR;
        }
        self.check_redeclaration(name, loc, ty);
        let unknown_length = matches!(self.unit.types.kind(ty), TypeKind::Array(_, ArrayLength::Unknown));
        let deferred = unknown_length && has_initializer;
        if !deferred && !self.unit.types.is_complete(ty) {
            let message = if unknown_length {
                format!("array size missing in '{text}'")
            } else if has_initializer {
                format!("variable '{text}' has initializer but incomplete type")
            } else {
                format!("storage size of '{text}' isn't known")
            };
            self.error(loc, message);
            ty = QualType::ERROR;
        }
        let asked = self.object_alignment(specifiers, declarator);
        let align = asked.max(self.unit.types.align_of(ty));
        if self.unit.types.is_variable_length(ty) {
            self.body.has_dynamic_stack = true;
        }
        let cleanup = specifiers.attributes.get().and_then(|i| i.cleanup);
        let cleanup = declarator.attributes.get().and_then(|i| i.cleanup).or(cleanup);
        let used = specifiers.attributes.declaration().unused || declarator.attributes.declaration().unused;
        let local = self.add_local(crate::ast::Local {
            register: specifiers.storage == Some(StorageClass::Register),
            register_name: asm_name,
            cleanup,
            used: used || cleanup.is_some(),
            reads: i32::from(used || cleanup.is_some()),
            address_taken: cleanup.is_some(),
            ..new_local(Some(name), ty, loc, align)
        });
        self.scopes.declare(name, Symbol::Local(local), loc);
        Entity::Local(local)
    }

    /// A declaration without initializer comes to its end.
    pub(crate) fn finish_entity(&mut self, entity: Entity, declarator: &Declarator) {
        match entity {
            Entity::Local(local) => {
                let statement = self.add_stmt(StmtKind::Declare(local, None), declarator.loc);
                self.statement_stack.push(statement);
            }
            Entity::Static(decl) if self.unit.decl(decl).linkage == Linkage::None => {
                let ty = self.unit.decl(decl).ty;
                if !self.unit.types.is_complete(ty) && !self.unit.types.is_error(ty) {
                    let text = self.text(self.unit.decl(decl).name);
                    let message = match self.unit.types.kind(ty) {
                        TypeKind::Array(..) => format!("array size missing in '{text}'"),
                        _ => format!("storage size of '{text}' isn't known"),
                    };
                    self.error(declarator.loc, message);
                    self.unit.decls[decl.0 as usize].ty = QualType::ERROR;
                }
            }
            _ => {}
        }
    }

    /// The value of `__auto_type`.
    pub(crate) fn initialize_with(
        &mut self,
        entity: Entity,
        declarator: &Declarator,
        value: crate::ast::ExprId,
    ) {
        match entity {
            Entity::Local(local) => {
                let ty = self.body.local(local).ty;
                let init = self.initialize_value(ty, value);
                let statement = self.add_stmt(StmtKind::Declare(local, Some(init)), declarator.loc);
                self.statement_stack.push(statement);
            }
            Entity::Static(decl) => {
                let ty = self.unit.decl(decl).ty;
                let init = self.static_value(ty, value);
                self.unit.decls[decl.0 as usize].init = Some(init);
            }
            _ => {}
        }
    }

    pub(crate) fn set_static_init(&mut self, decl: DeclId, init: StaticInitId, ty: QualType) {
        let quals = self.unit.decl(decl).ty;
        if !self.unit.types.is_complete(ty) && !self.unit.types.is_error(ty) {
            let data = self.unit.decl(decl);
            let (name, loc) = (data.name, data.loc);
            let text = self.text(name);
            self.error(loc, format!("variable '{text}' has initializer but incomplete type"));
        }
        let _ = quals;
        let data = &mut self.unit.decls[decl.0 as usize];
        data.init = Some(init);
        data.ty = ty;
    }

    pub(crate) fn check_complete_local(&mut self, local: LocalId) {
        let data = self.body.local(local);
        if self.unit.types.is_error(data.ty) {
            return;
        }
        if !self.unit.types.is_complete(data.ty) {
            let (name, loc) = (data.name, data.loc);
            let text = name.map(|n| self.text(n)).unwrap_or_default();
            self.error(loc, format!("storage size of '{text}' isn't known"));
        }
    }

    /// A function that the source never declared.
    pub(crate) fn implicit_declaration(
        &mut self,
        name: Name,
        ty: QualType,
        loc: Loc,
        library: Option<Builtin>,
    ) -> DeclId {
        if let Some(old) = self.linked.get(&name).copied()
            && self.unit.decl(old).kind == DeclKind::Function
        {
            self.scopes.declare(name, Symbol::Global(old), loc);
            return old;
        }
        let mut data = self.new_decl(DeclKind::Function, name, ty, loc);
        data.function = None;
        data.implicit = true;
        data.library = library;
        let decl = self.push_decl(data);
        self.linked.insert(name, decl);
        self.scopes.declare(name, Symbol::Global(decl), loc);
        decl
    }

    /// The declaration behind `__builtin_NAME`; it does not make `NAME` visible.
    pub(crate) fn implicit_builtin(
        &mut self,
        name: Name,
        ty: QualType,
        loc: Loc,
        builtin: Builtin,
    ) -> DeclId {
        if let Some(old) = self.linked.get(&name).copied()
            && self.unit.decl(old).kind == DeclKind::Function
            && self.unit.types.compatible(self.unit.decl(old).ty, ty)
        {
            return old;
        }
        let hidden = self.linked.contains_key(&name);
        let mut data = self.new_decl(DeclKind::Function, name, ty, loc);
        data.function = None;
        data.implicit = true;
        data.library = Some(builtin);
        let decl = self.push_decl(data);
        if !hidden {
            self.linked.insert(name, decl);
        }
        decl
    }
}

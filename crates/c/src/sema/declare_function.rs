//! Function declarations and definitions: merging, inline semantics, library functions.
//!
//! C11 6.7.4, 6.9.1; GNU `gnu_inline`.

use super::options::Warning;
use crate::ast::{DeclId, DeclKind, InlineKind, Linkage, StringId};
use crate::dialect::Standard;
use crate::intern::Name;
use crate::parse::{Declarator, Parser, Specifiers, StorageClass, Symbol};
use crate::types::{QualType, TypeKind};
use lathe_diag::Loc;

impl Parser<'_, '_> {
    /// A function declarator that is not followed by a body.
    pub(super) fn declare_function(
        &mut self,
        specifiers: &Specifiers,
        declarator: &Declarator,
        asm_name: Option<StringId>,
    ) {
        let name = declarator.name.unwrap_or(crate::intern::well_known::MAIN);
        if self.warns(Warning::StrictPrototypes)
            && let Some(function) = self.unit.types.callee(declarator.ty)
            && !function.prototype
        {
            self.warn(Warning::StrictPrototypes, declarator.loc, "function declaration isn't a prototype");
        }
        let local_static = self.function.name.is_some() && specifiers.storage == Some(StorageClass::Static);
        let automatic = matches!(specifiers.storage, Some(StorageClass::Auto | StorageClass::Register));
        if local_static || automatic || specifiers.thread_local {
            let text = self.text(name);
            self.error(declarator.loc, format!("invalid storage class for function '{text}'"));
        }
        let decl = self.merge_function(specifiers, declarator, false);
        self.set_asm_name(decl, name, asm_name);
    }

    /// Enters or merges a function; `defines` if a body follows.
    fn merge_function(&mut self, specifiers: &Specifiers, declarator: &Declarator, defines: bool) -> DeclId {
        let name = declarator.name.unwrap_or(crate::intern::well_known::MAIN);
        let loc = declarator.loc;
        let mut ty = declarator.ty.unqualified();
        if specifiers.noreturn
            && let TypeKind::Function(id) = self.unit.types.kind(ty)
        {
            let mut function = self.unit.types.function_type(id).clone();
            function.noreturn = true;
            ty = self.unit.types.function(function);
        }
        let is_static = specifiers.storage == Some(StorageClass::Static);
        let previous = self.previous_declaration(name, loc, DeclKind::Function);
        let decl = match previous {
            Some(decl) if self.unit.types.compatible(self.unit.decl(decl).ty, ty) => {
                let old = self.unit.decl(decl).ty;
                let composite = self.unit.types.composite(old, ty);
                if is_static
                    && self.unit.decl(decl).linkage == Linkage::External
                    && !self.unit.decl(decl).implicit
                {
                    let text = self.text(name);
                    let old_at = self.unit.decl(decl).loc;
                    let message = format!("static declaration of '{text}' follows non-static declaration");
                    let (shown, old_type) = (self.quoted(old), old);
                    let _ = old_type;
                    let note = format!("previous declaration of '{text}' with type {shown}");
                    self.error_note(loc, message, old_at, note);
                } else if is_static && self.unit.decl(decl).implicit {
                    self.unit.decls[decl.0 as usize].linkage = Linkage::Internal;
                }
                self.unit.decls[decl.0 as usize].ty = composite;
                decl
            }
            Some(decl) if self.unit.decl(decl).implicit && self.unit.decl(decl).library.is_some() => {
                self.unit.decls[decl.0 as usize].ty = ty;
                self.unit.decls[decl.0 as usize].library = None;
                decl
            }
            Some(decl) => {
                self.conflicting_types(decl, ty, loc);
                self.unit.decls[decl.0 as usize].ty = ty;
                decl
            }
            None => self.first_function(name, ty, loc, is_static),
        };
        let binding_here = self.scopes.lookup_here(name).is_some();
        if !binding_here {
            self.scopes.declare(name, Symbol::Global(decl), loc);
        }
        let data = &mut self.unit.decls[decl.0 as usize];
        if data.implicit {
            data.implicit = false;
            data.loc = loc;
        }
        self.merge_attributes(decl, specifiers, declarator);
        self.merge_inline(decl, specifiers, defines);
        decl
    }

    fn first_function(&mut self, name: Name, ty: QualType, loc: Loc, is_static: bool) -> DeclId {
        let mut data = self.new_decl(DeclKind::Function, name, ty, loc);
        data.function = None;
        if is_static {
            data.linkage = Linkage::Internal;
        } else if let Some((builtin, expected)) = self.library_signature(name) {
            if self.fits_library(expected, ty) {
                data.library = Some(builtin);
            } else if !self.in_system_header() {
                let text = self.text(name);
                let want = self.quoted(expected);
                let message = format!("conflicting types for built-in function '{text}'; expected {want}");
                self.warn(Warning::BuiltinDeclarationMismatch, loc, message);
            }
        }
        let id = self.push_decl(data);
        self.linked.insert(name, id);
        id
    }

    /// Whether a declared type can be the library function's: same shape, `FILE *` and the like for
    /// any pointer.
    fn fits_library(&self, expected: QualType, declared: QualType) -> bool {
        let (Some(want), Some(have)) = (self.unit.types.callee(expected), self.unit.types.callee(declared))
        else {
            return false;
        };
        let fits = |w: QualType, h: QualType| {
            self.unit.types.compatible_unqualified(w, h)
                || (self.unit.types.is_pointer(w) && self.unit.types.is_pointer(h))
                || (self.unit.types.is_integer(w)
                    && self.unit.types.is_integer(h)
                    && self.unit.types.size_of(w) == self.unit.types.size_of(h))
                || (self.unit.types.is_void(w) && self.unit.types.is_integer(h))
        };
        if !have.prototype {
            return fits(want.result, have.result);
        }
        fits(want.result, have.result)
            && want.variadic == have.variadic
            && want.params.len() == have.params.len()
            && want.params.iter().zip(&have.params).all(|(w, h)| fits(*w, *h))
    }

    /// What `inline` on one more declaration makes of the function.
    fn merge_inline(&mut self, decl: DeclId, specifiers: &Specifiers, defines: bool) {
        let gnu_mode = self.options.gnu89_inline
            || self.pp.options.gnu89_inline
            || !self.pp.options.dialect.at_least(Standard::C99);
        let data = &mut self.unit.decls[decl.0 as usize];
        let gnu = gnu_mode || data.attributes().gnu_inline;
        let is_extern = specifiers.storage == Some(StorageClass::Extern);
        if data.linkage == Linkage::Internal {
            if specifiers.inline {
                data.inline = InlineKind::Yes;
            }
            return;
        }
        let first = !data.defined && data.inline == InlineKind::No && !data.tentative;
        data.inline = if gnu {
            match (specifiers.inline, is_extern) {
                (true, true) if data.inline != InlineKind::Yes || defines => InlineKind::OnlyInline,
                (true, false) if defines => InlineKind::Yes,
                (true, _) => data.inline,
                (false, _) if defines => InlineKind::No,
                _ => data.inline,
            }
        } else {
            match (specifiers.inline && !is_extern, first) {
                // Only if every declaration is `inline` without `extern` (C11 6.7.4p7).
                (true, true) => InlineKind::OnlyInline,
                (true, false) => data.inline,
                (false, _) if data.inline == InlineKind::OnlyInline => InlineKind::Yes,
                (false, _) if specifiers.inline => InlineKind::Yes,
                (false, _) => data.inline,
            }
        };
        // `tentative` remembers, for functions, that a declaration without `inline` was seen.
        data.tentative |= !specifiers.inline || is_extern;
    }

    /// The declarator of a function definition.
    pub(crate) fn declare_function_definition(
        &mut self,
        specifiers: &Specifiers,
        declarator: &Declarator,
    ) -> DeclId {
        let name = declarator.name.unwrap_or(crate::intern::well_known::MAIN);
        let loc = declarator.loc;
        if matches!(specifiers.storage, Some(StorageClass::Auto | StorageClass::Register)) {
            let word = if specifiers.storage == Some(StorageClass::Auto) { "auto" } else { "register" };
            self.error(loc, format!("function definition declared '{word}'"));
        }
        let had_prototype = self.linked.get(&name).is_some_and(|d| !self.unit.decl(*d).implicit);
        let decl = self.merge_function(specifiers, declarator, true);
        let data = self.unit.decl(decl);
        if data.defined {
            let (old_at, old_type) = (data.loc, data.ty);
            let replaces = data.inline == InlineKind::OnlyInline || data.attributes().gnu_inline;
            if !replaces {
                let text = self.text(name);
                let shown = self.quoted(old_type);
                let note = format!("previous definition of '{text}' with type {shown}");
                self.error_note(loc, format!("redefinition of '{text}'"), old_at, note);
            }
        }
        let data = self.unit.decl(decl);
        if data.linkage == Linkage::External
            && !had_prototype
            && name != crate::intern::well_known::MAIN
            && !specifiers.inline
        {
            let text = self.text(name);
            self.warn(Warning::MissingPrototypes, loc, format!("no previous prototype for '{text}'"));
        }
        if let Some(function) = self.unit.types.callee(self.unit.decl(decl).ty).cloned() {
            let result = function.result;
            if !self.unit.types.is_void(result) && !self.unit.types.is_complete(result) {
                self.error(loc, "return type is an incomplete type");
            }
            if name == crate::intern::well_known::MAIN && !self.unit.types.same(result, QualType::INT) {
                self.warn(Warning::Main, loc, "return type of 'main' is not 'int'");
            }
        }
        let data = &mut self.unit.decls[decl.0 as usize];
        data.loc = loc;
        data.defined = true;
        data.system = false;
        decl
    }
}

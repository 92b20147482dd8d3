//! Function calls: arguments against parameters, implicit declarations, warnings about callees.
//! C11 6.5.2.2.

use super::convert::Context;
use super::options::Warning;
use crate::ast::{DeclId, ExprId, ExprKind};
use crate::dialect::Standard;
use crate::intern::Name;
use crate::parse::Parser;
use crate::token::Token;
use crate::types::{FunctionType, QualType, TypeKind};
use lathe_diag::Loc;

impl Parser<'_, '_> {
    /// `callee(arguments)`; the arguments are values.
    pub(crate) fn call(&mut self, callee: ExprId, arguments: Vec<ExprId>, _close: Loc) -> ExprId {
        let at = self.loc_of(callee);
        let direct = match self.body.expr(callee).kind {
            ExprKind::Global(decl) => Some(decl),
            _ => None,
        };
        let function = self.rvalue(callee);
        let ty = self.ty(function);
        if self.unit.types.is_error(ty) {
            return self.error_expr(at);
        }
        let Some(signature) = self.unit.types.callee(ty).cloned().filter(|_| self.unit.types.is_pointer(ty))
        else {
            let name = self.callee_name(callee);
            match name {
                Some(name) => {
                    let text = self.text(name);
                    let loc = direct.map(|decl| self.unit.decl(decl).loc);
                    let message = format!("called object '{text}' is not a function or function pointer");
                    match loc {
                        Some(loc) => self.error_note(at, message, loc, "declared here"),
                        None => self.error(at, message),
                    }
                }
                None => self.error(at, "called object is not a function or function pointer"),
            }
            return self.error_expr(at);
        };
        let name = self.callee_name(callee);
        let declared_at = direct.map_or(Loc::NONE, |decl| self.unit.decl(decl).loc);
        let Some(converted) = self.convert_arguments(&signature, &arguments, name, declared_at, at) else {
            return self.error_expr(at);
        };
        if !self.unit.types.is_void(signature.result) && !self.unit.types.is_complete(signature.result) {
            let text = self.quoted(signature.result);
            self.error(at, format!("invalid use of undefined type {text}"));
            return self.error_expr(at);
        }
        if let Some(decl) = direct {
            self.check_callee(decl, &signature, &converted, at);
        }
        let start = self.body.expr_lists.len() as u32;
        self.body.expr_lists.push(function);
        self.body.expr_lists.extend_from_slice(&converted);
        let range = crate::ast::ExprRange { start, len: converted.len() as u32 + 1 };
        self.add(ExprKind::Call(range), signature.result.unqualified(), at)
    }

    pub(crate) fn callee_name(&self, callee: ExprId) -> Option<Name> {
        match self.body.expr(callee).kind {
            ExprKind::Global(decl) => Some(self.unit.decl(decl).name),
            ExprKind::Local(local) => self.body.local(local).name,
            ExprKind::Member { base, field } => {
                let id = self.unit.types.record_id(self.ty(base))?;
                self.unit.types.record(id).fields[field as usize].name
            }
            ExprKind::Load(inner) | ExprKind::FunctionDecay(inner) => self.callee_name(inner),
            _ => None,
        }
    }

    pub(crate) fn convert_arguments(
        &mut self,
        signature: &FunctionType,
        arguments: &[ExprId],
        name: Option<Name>,
        declared_at: Loc,
        at: Loc,
    ) -> Option<Vec<ExprId>> {
        let count = signature.params.len();
        if signature.prototype {
            let wrong = if arguments.len() < count {
                Some("few")
            } else if arguments.len() > count && !signature.variadic {
                Some("many")
            } else {
                None
            };
            if let Some(wrong) = wrong {
                let callee = self.callee_text(name);
                let callee =
                    if name.is_none() { "function".to_string() } else { format!("function {callee}") };
                let message = format!("too {wrong} arguments to {callee}");
                if declared_at.is_some() {
                    self.error_note(at, message, declared_at, "declared here");
                } else {
                    self.error(at, message);
                }
                return None;
            }
        }
        let mut converted = Vec::with_capacity(arguments.len());
        let mut failed = false;
        for (index, argument) in arguments.iter().enumerate() {
            let ty = self.ty(*argument);
            if self.unit.types.is_error(ty) {
                failed = true;
                continue;
            }
            let value = match signature.params.get(index).filter(|_| signature.prototype) {
                Some(param) => {
                    let context = Context::Argument(index as u32 + 1, name, declared_at);
                    if self.unit.types.is_void(ty) {
                        let loc = self.loc_of(*argument);
                        self.error(loc, "invalid use of void expression");
                        failed = true;
                        continue;
                    }
                    self.assign_convert(*argument, *param, context)
                }
                None if self.unit.types.is_void(ty) => {
                    let loc = self.loc_of(*argument);
                    self.error(loc, "invalid use of void expression");
                    failed = true;
                    continue;
                }
                None => self.default_promote(*argument),
            };
            failed |= self.is_error(value);
            converted.push(value);
        }
        (!failed).then_some(converted)
    }

    fn check_callee(&mut self, decl: DeclId, signature: &FunctionType, arguments: &[ExprId], at: Loc) {
        let data = self.unit.decl(decl);
        let library = data.library;
        if let Some(attributes) = &data.attributes {
            let attributes = attributes.clone();
            if attributes.returns_twice {
                self.body.calls_returns_twice = true;
            }
            if let Some((kind, format, first)) = attributes.format {
                self.check_format(kind, format, first, arguments, at);
            }
            if attributes.nonnull != 0 && self.warns(Warning::Nonnull) {
                for (index, argument) in arguments.iter().enumerate().take(64) {
                    let is_pointer = self.unit.types.is_pointer(self.ty(*argument));
                    let listed = attributes.nonnull >> index & 1 != 0;
                    if listed && is_pointer && self.int_value(*argument) == Some(0) {
                        let loc = self.loc_of(*argument);
                        let message = format!("argument {} null where non-null expected", index + 1);
                        self.warn(Warning::Nonnull, loc, message);
                    }
                }
            }
            if let Some(position) = attributes.sentinel {
                self.check_sentinel(position, signature, arguments, at);
            }
            if let Some((is_error, text)) = attributes.error_when_called
                && self.unevaluated == 0
            {
                // gcc reports these only for calls that survive optimization; without it that is
                // every call in reachable code, which cannot be known here: left to the lowering.
                let _ = (is_error, text);
            }
            return;
        }
        if let Some(builtin) = library
            && self.warns(Warning::Format)
            && let Some((kind, format, first)) = super::format::library_format(builtin)
        {
            self.check_format(kind, format, first, arguments, at);
        }
        if library == Some(crate::ast::Builtin::Setjmp) {
            self.body.calls_returns_twice = true;
        }
        if library == Some(crate::ast::Builtin::AllocaLibrary) {
            self.body.has_dynamic_stack = true;
        }
    }

    fn check_sentinel(&mut self, position: u32, signature: &FunctionType, arguments: &[ExprId], at: Loc) {
        let variable = arguments.get(signature.params.len()..).unwrap_or(&[]);
        let index = variable.len().checked_sub(1 + position as usize);
        let is_null = index.is_some_and(|index| {
            let argument = variable[index];
            self.unit.types.is_pointer(self.ty(argument)) && self.int_value(argument) == Some(0)
        });
        if !is_null {
            let message = if variable.is_empty() {
                "not enough variable arguments to fit a sentinel"
            } else {
                "missing sentinel in function call"
            };
            self.warn(Warning::Format, at, message);
        }
    }

    /// An undeclared name called: a library function of known type, or `int name()`.
    pub(crate) fn implicit_function(&mut self, token: Token) -> ExprId {
        let name = token.name();
        let text = self.text(name);
        let builtin = self.library_signature(name);
        let c99 = self.pp.options.dialect.at_least(Standard::C99);
        if c99 {
            let message = format!("implicit declaration of function '{text}'");
            if self.options.warnings.pedantic_errors {
                let mut diagnostic = lathe_diag::Diagnostic::error(token.span(), message);
                diagnostic.flag = Some(Warning::ImplicitFunctionDeclaration.name());
                self.report(diagnostic);
            } else {
                self.warn(Warning::ImplicitFunctionDeclaration, token.span(), message);
            }
        }
        let ty = match builtin {
            Some((_, ty)) => {
                let message = format!("incompatible implicit declaration of built-in function '{text}'");
                self.warn(Warning::BuiltinDeclarationMismatch, token.span(), message);
                ty
            }
            None => self.unit.types.function(FunctionType {
                result: QualType::INT,
                params: Vec::new(),
                variadic: false,
                prototype: false,
                noreturn: false,
                convention: Default::default(),
            }),
        };
        let decl = self.implicit_declaration(name, ty, token.loc, builtin.map(|(b, _)| b));
        self.global_reference(decl, token)
    }

    /// Whether a value's evaluation certainly does not return.
    pub(crate) fn never_returns(&self, expr: ExprId) -> bool {
        match self.body.expr(expr).kind {
            ExprKind::Call(range) => {
                let callee = self.body.list(range)[0];
                let by_type = self.unit.types.callee(self.ty(callee)).is_some_and(|f| f.noreturn);
                let by_declaration = match self.body.expr(callee).kind {
                    ExprKind::FunctionDecay(inner) => match self.body.expr(inner).kind {
                        ExprKind::Global(decl) => self.unit.decl(decl).attributes().noreturn,
                        _ => false,
                    },
                    _ => false,
                };
                by_type || by_declaration
            }
            ExprKind::Builtin(builtin, _) => {
                use crate::ast::Builtin::*;
                matches!(builtin, Unreachable | Trap | LongjmpBuiltin | EhReturn)
            }
            ExprKind::Cast(_, inner) => self.never_returns(inner),
            ExprKind::Comma(a, b) => self.never_returns(a) || self.never_returns(b),
            ExprKind::StmtExpr { .. } => !self.function.reachable,
            _ => false,
        }
    }

    /// `-Wunused-result` on an expression statement.
    pub(crate) fn check_unused_result(&mut self, expr: ExprId) {
        let ExprKind::Call(range) = self.body.expr(expr).kind else { return };
        let callee = self.body.list(range)[0];
        let ExprKind::FunctionDecay(inner) = self.body.expr(callee).kind else { return };
        let ExprKind::Global(decl) = self.body.expr(inner).kind else { return };
        let data = self.unit.decl(decl);
        if data.attributes().warn_unused_result && !self.unit.types.is_void(self.ty(expr)) {
            let text = self.text(data.name);
            let loc = data.loc;
            let at = self.loc_of(expr);
            let message =
                format!("ignoring return value of '{text}' declared with attribute 'warn_unused_result'");
            self.warn_note(Warning::UnusedResult, at, message, Some((loc, "declared here".into())));
        }
    }

    /// Returning the address of a local.
    pub(crate) fn warn_local_address(&mut self, expr: ExprId) {
        let place = match self.body.expr(expr).kind {
            ExprKind::AddressOf(place) | ExprKind::ArrayDecay(place) => place,
            ExprKind::Cast(crate::ast::CastKind::NoOp, inner) => return self.warn_local_address(inner),
            _ => return,
        };
        let mut base = place;
        while let ExprKind::Member { base: inner, .. } = self.body.expr(base).kind {
            base = inner;
        }
        if let ExprKind::Local(_) = self.body.expr(base).kind {
            let at = self.loc_of(expr);
            self.warn(Warning::ReturnLocalAddr, at, "function returns address of local variable");
        }
    }

    /// The `va_list` object of a builtin's first argument, as a pointer to it.
    pub(crate) fn va_list_pointer(&mut self, expr: ExprId) -> Option<ExprId> {
        let list = self.va_list_type();
        let ty = self.ty(expr);
        if self.unit.types.is_error(ty) {
            return None;
        }
        let loc = self.loc_of(expr);
        match self.unit.types.kind(list) {
            TypeKind::Array(element, _) => {
                // The array itself, or a parameter, which is a pointer to its element.
                let value = self.rvalue(expr);
                let to = self.unit.types.pointee(self.ty(value))?;
                self.unit.types.compatible_unqualified(to, element).then_some(value)
            }
            _ => {
                if !self.unit.types.compatible_unqualified(ty, list) || !self.body.is_lvalue(expr) {
                    return None;
                }
                self.mark_address_taken(expr);
                let pointer = self.unit.types.pointer(ty);
                Some(self.add(ExprKind::AddressOf(expr), pointer, loc))
            }
        }
    }
}

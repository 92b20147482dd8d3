//! What was declared and never used, values that go nowhere, and the end of the unit.

use super::options::Warning;
use crate::ast::{BinaryOp, DeclKind, ExprId, ExprKind, IfuncOrAlias, InlineKind, Linkage, StringData};
use crate::parse::{Parser, Symbol};
use crate::types::{ArrayLength, TypeKind};
use lathe_diag::Loc;

impl Parser<'_, '_> {
    /// `-Wunused-variable`, `-Wunused-parameter` for the innermost scope, which is about to close.
    pub(crate) fn warn_unused_in_scope(&mut self) {
        let interested = self.warns(Warning::UnusedVariable)
            || self.warns(Warning::UnusedParameter)
            || self.warns(Warning::UnusedButSetVariable)
            || self.warns(Warning::UnusedButSetParameter)
            || self.warns(Warning::UnusedLocalTypedefs);
        if !interested {
            return;
        }
        let bindings = self.scopes.innermost().to_vec();
        for binding in bindings {
            let text = self.text(binding.name);
            match binding.symbol {
                Symbol::Local(local) => {
                    let data = self.body.local(local);
                    let (is_param, loc) = (data.param.is_some(), data.loc);
                    if data.used {
                        let is_set = data.reads == 0 && data.cleanup.is_none();
                        if is_set && is_param {
                            let message = format!("parameter '{text}' set but not used");
                            self.warn(Warning::UnusedButSetParameter, loc, message);
                        } else if is_set {
                            let message = format!("variable '{text}' set but not used");
                            self.warn(Warning::UnusedButSetVariable, loc, message);
                        }
                        continue;
                    }
                    if is_param {
                        self.warn(Warning::UnusedParameter, loc, format!("unused parameter '{text}'"));
                    } else {
                        self.warn(Warning::UnusedVariable, loc, format!("unused variable '{text}'"));
                    }
                }
                Symbol::Global(decl) => {
                    let data = self.unit.decl(decl);
                    let unused = data.linkage == Linkage::None && !binding.used && !data.attributes().unused;
                    if unused && data.kind == DeclKind::Object {
                        self.warn(Warning::UnusedVariable, binding.loc, format!("unused variable '{text}'"));
                    }
                }
                Symbol::Typedef(_) if !binding.used && self.scopes.is_typedef(binding.name) => {
                    let message = format!("typedef '{text}' locally defined but not used");
                    self.warn(Warning::UnusedLocalTypedefs, binding.loc, message);
                }
                _ => {}
            }
        }
    }

    /// A mention of a local that only writes it, or a part of it.
    pub(crate) fn note_write(&mut self, left: ExprId) {
        let mut at = left;
        loop {
            at = match self.body.expr(at).kind {
                ExprKind::Local(local) => {
                    let data = &mut self.body.locals[local.0 as usize];
                    data.reads -= 1;
                    return;
                }
                ExprKind::Member { base, .. } | ExprKind::ComplexPart(_, base) => base,
                // An element of an array, not what a pointer points to.
                ExprKind::Deref(pointer) => match self.body.expr(pointer).kind {
                    ExprKind::Binary(BinaryOp::PtrAdd, base, _) => base,
                    _ => return,
                },
                ExprKind::ArrayDecay(array) => array,
                _ => return,
            };
        }
    }

    /// `-Wunused-value` for an expression whose value is dropped.
    pub(crate) fn unused_value(&mut self, expr: ExprId, left_of_comma: bool) {
        if let ExprKind::Assign(left, _) = self.body.expr(expr).kind {
            self.note_write(left);
        }
        if !self.warns(Warning::UnusedValue) {
            return;
        }
        let node = *self.body.expr(expr);
        if self.unit.types.is_void(node.ty) || self.unit.types.is_error(node.ty) || node.ty.is_volatile() {
            return;
        }
        if self.has_side_effects(expr) {
            let wasted = match node.kind {
                ExprKind::Binary(..) | ExprKind::Unary(..) | ExprKind::Deref(_) => true,
                ExprKind::Load(place) => matches!(self.body.expr(place).kind, ExprKind::Deref(_)),
                _ => false,
            };
            if wasted {
                self.warn(Warning::UnusedValue, node.loc, "value computed is not used");
            }
        } else if left_of_comma {
            self.warn(Warning::UnusedValue, node.loc, "left-hand operand of comma expression has no effect");
        } else {
            self.warn(Warning::UnusedValue, node.loc, "statement with no effect");
        }
    }

    /// Completes tentative definitions, applies `#pragma weak`, warns about unused and undefined
    /// static functions.
    pub(crate) fn finish_unit(&mut self) {
        self.apply_weak_pragmas();
        for index in 0..self.unit.decls.len() {
            match self.unit.decls[index].kind {
                DeclKind::Object => self.finish_object(index),
                DeclKind::Function => self.finish_function_declaration(index),
                DeclKind::Typedef => {}
            }
        }
    }

    fn apply_weak_pragmas(&mut self) {
        for (name, target) in std::mem::take(&mut self.weak_pragmas) {
            let Some(decl) = self.linked.get(&name).copied() else {
                self.unit.weak_names.push((name, target));
                continue;
            };
            let alias = target.map(|target| {
                let mut bytes = self.pp.interner.bytes(target).to_vec();
                bytes.push(0);
                IfuncOrAlias::Alias(self.unit.add_string(StringData { bytes, width: 1 }))
            });
            let attributes = self.unit.decls[decl.0 as usize].attributes_mut();
            attributes.weak = true;
            attributes.alias = alias.or(attributes.alias);
        }
    }

    fn finish_object(&mut self, index: usize) {
        let data = &self.unit.decls[index];
        let (ty, loc, name) = (data.ty, data.loc, data.name);
        let is_definition = data.tentative && data.attributes().alias.is_none();
        if is_definition && data.linkage != Linkage::None && !self.unit.types.is_error(ty) {
            if let TypeKind::Array(element, ArrayLength::Unknown) = self.unit.types.kind(ty) {
                if data.init.is_none() {
                    let text = self.text(name);
                    self.warn_always(loc, format!("array '{text}' assumed to have one element"));
                    let one = self.unit.types.array(element, ArrayLength::Fixed(1));
                    self.unit.decls[index].ty = one;
                }
            } else if !self.unit.types.is_complete(ty) {
                let text = self.text(name);
                self.error(loc, format!("storage size of '{text}' isn't known"));
            }
        }
        let data = &self.unit.decls[index];
        let unused = data.linkage == Linkage::Internal
            && !data.used
            && !data.attributes().unused
            && !data.system
            && is_definition
            && !data.ty.is_const();
        if unused && self.warns_at_end(Warning::UnusedVariable) {
            let text = self.text(name);
            self.report_at_end(Warning::UnusedVariable, loc, format!("'{text}' defined but not used"));
        }
    }

    fn finish_function_declaration(&mut self, index: usize) {
        let data = &self.unit.decls[index];
        if data.linkage != Linkage::Internal || data.attributes().alias.is_some() {
            return;
        }
        let (name, loc) = (data.name, data.loc);
        if !data.defined {
            if data.used && !data.system {
                let text = self.text(name);
                self.warn_always(loc, format!("'{text}' used but never defined"));
            } else if !data.used
                && !data.attributes().unused
                && self.warns_at_end(Warning::UnusedFunction)
                && !data.system
            {
                let text = self.text(name);
                let message = format!("'{text}' declared 'static' but never defined");
                self.report_at_end(Warning::UnusedFunction, loc, message);
            }
            return;
        }
        let attributes = data.attributes();
        let kept = attributes.unused || attributes.constructor.is_some() || attributes.destructor.is_some();
        let unused = !data.used && !kept && data.inline == InlineKind::No && !data.system;
        if unused && self.warns_at_end(Warning::UnusedFunction) {
            let text = self.text(name);
            self.report_at_end(Warning::UnusedFunction, loc, format!("'{text}' defined but not used"));
        }
    }

    fn warns_at_end(&self, warning: Warning) -> bool {
        self.options.warnings.is_on(warning)
    }

    fn report_at_end(&mut self, warning: Warning, loc: Loc, message: String) {
        let mut diagnostic = lathe_diag::Diagnostic::warning(loc, warning.name(), message);
        if self.options.warnings.is_error(warning) {
            diagnostic.severity = lathe_diag::Severity::Error;
        }
        self.report(diagnostic);
    }
}

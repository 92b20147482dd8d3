//! Operators that write: `=`, compound assignment, `++`, `--`; what may be written. C11 6.5.2.4,
//! 6.5.3.1, 6.5.16.

use super::convert::Context;
use crate::ast::{BinaryOp, ExprId, ExprKind, IncDec};
use crate::parse::Parser;
use crate::types::TypeKind;
use lathe_diag::Loc;

impl Parser<'_, '_> {
    /// Reports if an lvalue cannot be written.
    pub(crate) fn check_writable(&mut self, expr: ExprId, what: &str, at: Loc) -> bool {
        let node = *self.body.expr(expr);
        if self.unit.types.is_error(node.ty) {
            return false;
        }
        if !self.body.is_lvalue(expr) {
            let message = match what {
                "increment" => "lvalue required as increment operand",
                "decrement" => "lvalue required as decrement operand",
                _ => "lvalue required as left operand of assignment",
            };
            self.error(at, message);
            return false;
        }
        if self.unit.types.is_array(node.ty) {
            self.error(at, "assignment to expression with array type");
            return false;
        }
        if self.unit.types.is_function(node.ty) {
            self.error(at, "lvalue required as left operand of assignment");
            return false;
        }
        let const_member = matches!(self.unit.types.kind(node.ty), TypeKind::Record(id)
            if self.unit.types.record(id).has_const_member);
        if !node.ty.is_const() && !const_member {
            return true;
        }
        let what = match what {
            "increment" => "increment of",
            "decrement" => "decrement of",
            "asm" => "read-only",
            _ => "assignment of",
        };
        let text = match node.kind {
            ExprKind::Local(local) => {
                let name = self.body.local(local).name.map(|n| self.text(n)).unwrap_or_default();
                let kind = if self.body.local(local).param.is_some() { "parameter" } else { "variable" };
                format!("{kind} '{name}'")
            }
            ExprKind::Global(decl) => format!("variable '{}'", self.text(self.unit.decl(decl).name)),
            ExprKind::Member { base, field } => {
                let name = self
                    .unit
                    .types
                    .record_id(self.ty(base))
                    .and_then(|id| self.unit.types.record(id).fields[field as usize].name);
                format!("member '{}'", name.map(|n| self.text(n)).unwrap_or_default())
            }
            ExprKind::Deref(pointer) => match self.pointer_variable(pointer) {
                Some(name) => format!("location '*{name}'"),
                None => "location".to_string(),
            },
            _ => "location".to_string(),
        };
        let message = match (what, text.as_str()) {
            ("read-only", _) => format!("read-only {text} used as 'asm' output"),
            (_, "location") => format!("{what} read-only location"),
            _ => format!("{what} read-only {text}"),
        };
        self.error(at, message);
        false
    }

    /// The name of the variable whose value a pointer expression is.
    fn pointer_variable(&self, pointer: ExprId) -> Option<String> {
        let ExprKind::Load(place) = self.body.expr(pointer).kind else { return None };
        match self.body.expr(place).kind {
            ExprKind::Local(local) => self.body.local(local).name.map(|n| self.text(n)),
            ExprKind::Global(decl) => Some(self.text(self.unit.decl(decl).name)),
            _ => None,
        }
    }

    /// `left = right`
    pub(crate) fn assign(&mut self, left: ExprId, right: ExprId, at: Loc) -> ExprId {
        let right = self.rvalue(right);
        if self.is_error(left) || self.is_error(right) {
            return self.error_expr(at);
        }
        if !self.check_writable(left, "assignment", at) {
            return self.error_expr(at);
        }
        let to = self.ty(left);
        if !self.unit.types.is_complete(to) {
            let text = self.quoted(to);
            self.error(at, format!("invalid use of incomplete type {text}"));
            return self.error_expr(at);
        }
        // The text names the operand's place, gcc's the operator's.
        let place = self.body.expr(right).loc;
        let is_scalar_error = !self.unit.types.is_arithmetic(to);
        if is_scalar_error {
            self.body.exprs[right.0 as usize].loc = at;
        }
        let value = self.assign_convert(right, to.unqualified(), Context::Assignment);
        self.body.exprs[right.0 as usize].loc = place;
        if self.is_error(value) {
            return value;
        }
        let value = match self.bit_field(left) {
            Some((ty, width)) => self.check_bit_field_constant(value, ty, width),
            None => value,
        };
        self.add(ExprKind::Assign(left, value), to.unqualified(), at)
    }

    /// `left op= right`
    pub(crate) fn compound_assign(&mut self, op: BinaryOp, left: ExprId, right: ExprId, at: Loc) -> ExprId {
        if self.is_error(left) || self.is_error(right) {
            return self.error_expr(at);
        }
        if !self.check_writable(left, "assignment", at) {
            return self.error_expr(at);
        }
        let to = self.ty(left).unqualified();
        // Check and convert as for `left op right`, on a stand-in for the loaded value.
        let value = self.add(ExprKind::Load(left), to, at);
        let result = self.binary(op, value, right, at);
        if self.is_error(result) {
            return result;
        }
        let result_type = self.ty(result);
        let ExprKind::Binary(op, computed, operand) = self.body.expr(result).kind else {
            return self.error_expr(at);
        };
        let valid = self.unit.types.is_arithmetic(to) && self.unit.types.is_arithmetic(result_type)
            || self.unit.types.same(to, result_type.unqualified());
        let swapped = !matches!(self.body.expr(computed).kind, ExprKind::Load(_) | ExprKind::Cast(..));
        if !valid || (swapped && self.unit.types.is_pointer(result_type)) {
            let (l, r) = (to, self.ty(right));
            return self.invalid_operands(op, l, r, at);
        }
        let computation = self.ty(computed).unqualified();
        let id = self.add(ExprKind::CompoundAssign(op, left, operand), to, at);
        self.body.computation_types.push((id, computation));
        id
    }

    /// `++` and `--`
    pub(crate) fn increment(&mut self, kind: IncDec, operand: ExprId, at: Loc) -> ExprId {
        if self.is_error(operand) {
            return operand;
        }
        let word = if matches!(kind, IncDec::PreInc | IncDec::PostInc) { "increment" } else { "decrement" };
        let ty = self.ty(operand);
        let types = &self.unit.types;
        if types.is_array(ty) || types.is_function(ty) {
            self.error(at, format!("lvalue required as {word} operand"));
            return self.error_expr(at);
        }
        if self.body.is_lvalue(operand) && !types.is_scalar(ty) && !types.is_vector(ty) {
            self.error(at, format!("wrong type argument to {word}"));
            return self.error_expr(at);
        }
        if !self.check_writable(operand, word, at) {
            return self.error_expr(at);
        }
        if let Some(to) = self.unit.types.pointee(ty)
            && !self.stride_known(to, at)
        {
            return self.error_expr(at);
        }
        let id = self.add(ExprKind::IncDec(kind, operand), ty.unqualified(), at);
        let computation = if self.unit.types.is_arithmetic(ty) {
            match self.bit_field(operand) {
                Some((declared, width)) => self.unit.types.promoted_bit_field(declared, width),
                None => self.unit.types.promoted(ty),
            }
        } else {
            ty.unqualified()
        };
        self.body.computation_types.push((id, computation));
        id
    }
}

//! Node constructors, value categories, and integer constants.

use crate::ast::{Expr, ExprId, ExprKind, ExprRange};
use crate::parse::Parser;
use crate::types::{QualType, TypeKind};
use lathe_diag::Loc;

/// Cuts a value to a width and extends it again.
pub(crate) fn wrap_bits(value: i128, bits: u32, signed: bool) -> i128 {
    if bits >= 128 {
        return value;
    }
    let shift = 128 - bits;
    if signed { (value << shift) >> shift } else { (((value as u128) << shift) >> shift) as i128 }
}

impl Parser<'_, '_> {
    #[inline]
    pub(crate) fn add(&mut self, kind: ExprKind, ty: QualType, loc: Loc) -> ExprId {
        let id = ExprId(self.body.exprs.len() as u32);
        self.body.exprs.push(Expr { kind, ty, loc });
        id
    }

    pub(crate) fn error_expr(&mut self, loc: Loc) -> ExprId {
        self.add(ExprKind::Error, QualType::ERROR, loc)
    }

    #[inline]
    pub(crate) fn ty(&self, expr: ExprId) -> QualType {
        self.body.expr(expr).ty
    }

    pub(crate) fn quoted(&self, ty: QualType) -> String {
        self.unit.types.quoted(ty, &self.pp.interner)
    }

    pub(crate) fn is_error(&self, expr: ExprId) -> bool {
        self.unit.types.is_error(self.ty(expr))
    }

    pub(crate) fn list(&mut self, items: &[ExprId]) -> ExprRange {
        let start = self.body.expr_lists.len() as u32;
        self.body.expr_lists.extend_from_slice(items);
        ExprRange { start, len: items.len() as u32 }
    }

    /// A value cut to an integer type's range.
    pub(crate) fn wrap(&self, value: i128, ty: QualType) -> i128 {
        match self.unit.types.kind(ty) {
            TypeKind::Pointer(_) => wrap_bits(value, self.unit.types.data_layout().pointer.size * 8, false),
            _ => match self.unit.types.int_bits(ty) {
                Some(bits) => wrap_bits(value, bits, self.unit.types.is_signed(ty)),
                None => value,
            },
        }
    }

    /// An integer (or pointer) constant of a type, cut to it.
    pub(crate) fn int(&mut self, value: i128, ty: QualType, loc: Loc) -> ExprId {
        let value = self.wrap(value, ty);
        let wide = self.unit.types.int_bits(ty) == Some(128);
        if wide {
            self.body.wide.push(value as u128);
            let index = self.body.wide.len() as u32 - 1;
            return self.add(ExprKind::WideInt(index), ty, loc);
        }
        self.add(ExprKind::Int(value as u64), ty, loc)
    }

    /// A floating constant from its bits.
    pub(crate) fn float(&mut self, bits: u128, ty: QualType, loc: Loc) -> ExprId {
        self.body.wide.push(bits);
        let index = self.body.wide.len() as u32 - 1;
        self.add(ExprKind::Float(index), ty, loc)
    }

    /// The value of a constant node of integer or pointer type.
    pub(crate) fn int_value(&self, expr: ExprId) -> Option<i128> {
        let node = self.body.expr(expr);
        self.body.int_constant(expr, self.unit.types.is_signed(node.ty))
    }

    /// The value of an integer constant expression (C11 6.6p6): constants fold as they are built, so
    /// that is a constant node of integer type.
    pub(crate) fn integer_constant(&mut self, expr: ExprId) -> Option<i128> {
        if !self.unit.types.is_integer(self.ty(expr)) {
            return None;
        }
        self.int_value(expr)
    }

    /// The value of an expression that gcc folds although it is no constant expression.
    pub(crate) fn fold_integer(&mut self, expr: ExprId) -> Option<i128> {
        if !self.unit.types.is_integer(self.ty(expr)) {
            return None;
        }
        match self.evaluate(expr) {
            Some(super::constant::Value::Int(value)) => Some(value),
            _ => None,
        }
    }

    /// `0` or `(void *)0` (C11 6.3.2.3p3).
    pub(crate) fn is_null_pointer_constant(&self, expr: ExprId) -> bool {
        if self.int_value(expr) != Some(0) {
            return false;
        }
        let ty = self.ty(expr);
        self.unit.types.is_integer(ty)
            || matches!(self.unit.types.kind(ty), TypeKind::Pointer(to)
                if self.unit.types.is_void(to) && to.quals().is_empty())
    }

    /// The bit-field that an lvalue (or a load of it) designates: declared type and width.
    pub(crate) fn bit_field(&self, expr: ExprId) -> Option<(QualType, u32)> {
        let mut expr = expr;
        loop {
            match self.body.expr(expr).kind {
                ExprKind::Load(inner) => expr = inner,
                ExprKind::Member { base, field } => {
                    let id = self.unit.types.record_id(self.ty(base))?;
                    let field = &self.unit.types.record(id).fields[field as usize];
                    return field.bit_width.map(|width| (field.ty, width));
                }
                _ => return None,
            }
        }
    }

    pub(crate) fn is_bit_field(&self, expr: ExprId) -> bool {
        matches!(self.body.expr(expr).kind, ExprKind::Member { .. }) && self.bit_field(expr).is_some()
    }

    /// The value of an expression: loads lvalues, decays arrays and functions.
    pub(crate) fn rvalue(&mut self, expr: ExprId) -> ExprId {
        let node = *self.body.expr(expr);
        match node.kind {
            // The common values first.
            ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Load(_)
            | ExprKind::Binary(..)
            | ExprKind::Call(_)
                if !self.unit.types.is_array(node.ty) =>
            {
                return expr;
            }
            _ => {}
        }
        match self.unit.types.kind(node.ty) {
            TypeKind::Array(element, _) => {
                self.mark_address_taken(expr);
                let pointer = self.unit.types.pointer(element);
                self.add(ExprKind::ArrayDecay(expr), pointer, node.loc)
            }
            TypeKind::Function(_) => {
                let pointer = self.unit.types.pointer(node.ty.unqualified());
                self.add(ExprKind::FunctionDecay(expr), pointer, node.loc)
            }
            TypeKind::Void | TypeKind::Error => expr,
            _ if self.body.is_lvalue(expr) => {
                if !self.unit.types.is_complete(node.ty) {
                    if !self.recovering {
                        let text = self.quoted(node.ty);
                        let what = match self.unit.types.typedef_name(node.ty.id()) {
                            Some(_) => "incomplete typedef",
                            None => "undefined type",
                        };
                        self.error(node.loc, format!("invalid use of {what} {text}"));
                    }
                    return self.error_expr(node.loc);
                }
                self.add(ExprKind::Load(expr), node.ty.unqualified(), node.loc)
            }
            _ => expr,
        }
    }

    /// For expression statements: arrays and functions are not touched, other lvalues are loaded
    /// (a volatile one is read).
    pub(crate) fn rvalue_or_void(&mut self, expr: ExprId) -> ExprId {
        let ty = self.ty(expr);
        match self.unit.types.kind(ty) {
            TypeKind::Record(_) | TypeKind::Vector(..) if !ty.is_volatile() => expr,
            TypeKind::Void => expr,
            _ if !self.unit.types.is_complete(ty) => expr,
            _ => self.rvalue(expr),
        }
    }

    /// The variable behind an lvalue is needed in memory.
    pub(crate) fn mark_address_taken(&mut self, expr: ExprId) {
        let mut expr = expr;
        loop {
            match self.body.expr(expr).kind {
                ExprKind::Member { base, .. }
                | ExprKind::VectorElement { base, .. }
                | ExprKind::ComplexPart(_, base) => expr = base,
                ExprKind::Local(local) | ExprKind::CompoundLiteral(local, _) => {
                    self.body.locals[local.0 as usize].address_taken = true;
                    return;
                }
                _ => return,
            }
        }
    }

    /// Whether evaluating has effects (calls, stores, volatile reads).
    pub(crate) fn has_side_effects(&self, expr: ExprId) -> bool {
        self.side_effects_at(expr, 0)
    }

    fn side_effects_at(&self, expr: ExprId, depth: u32) -> bool {
        if depth > 200 {
            return true;
        }
        let node = self.body.expr(expr);
        let inner = |e: ExprId| self.side_effects_at(e, depth + 1);
        match node.kind {
            ExprKind::Error
            | ExprKind::Int(_)
            | ExprKind::WideInt(_)
            | ExprKind::Float(_)
            | ExprKind::String(_)
            | ExprKind::Local(_)
            | ExprKind::Global(_)
            | ExprKind::LabelAddress(_)
            | ExprKind::Opaque(_)
            | ExprKind::SizeofVla(_) => false,
            ExprKind::Load(e) => self.ty(e).is_volatile() || inner(e),
            ExprKind::ArrayDecay(e)
            | ExprKind::FunctionDecay(e)
            | ExprKind::Cast(_, e)
            | ExprKind::Unary(_, e)
            | ExprKind::Deref(e)
            | ExprKind::AddressOf(e)
            | ExprKind::ComplexPart(_, e)
            | ExprKind::ConvertVector(e)
            | ExprKind::Member { base: e, .. } => inner(e),
            ExprKind::Binary(_, a, b)
            | ExprKind::LogicalAnd(a, b)
            | ExprKind::LogicalOr(a, b)
            | ExprKind::Comma(a, b)
            | ExprKind::ComplexMake(a, b)
            | ExprKind::VectorElement { base: a, index: b } => inner(a) || inner(b),
            ExprKind::Conditional(list) | ExprKind::Elvis(list) | ExprKind::ShuffleConst(list) => {
                self.body.list(list).iter().any(|e| inner(*e))
            }
            _ => true,
        }
    }
}

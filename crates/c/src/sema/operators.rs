//! Operators: types, conversions and constraints of unary, binary, conditional and assignment
//! expressions, members and subscripts; folding of integer constants. C11 6.5.2-6.5.16, and GNU C's
//! vectors, complex integers, `void` arithmetic and omitted middle operand.

use super::build::wrap_bits;
use super::options::Warning;
use crate::ast::{BinaryOp, ExprId, ExprKind, UnaryOp};
use crate::intern::Name;
use crate::parse::Parser;
use crate::types::{IntKind, QualType, Quals, TypeKind};
use lathe_diag::Loc;

fn spelling(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add | BinaryOp::PtrAdd => "+",
        BinaryOp::Sub | BinaryOp::PtrSub | BinaryOp::PtrDiff => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Rem => "%",
        BinaryOp::And => "&",
        BinaryOp::Or => "|",
        BinaryOp::Xor => "^",
        BinaryOp::Shl => "<<",
        BinaryOp::Shr => ">>",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
    }
}

pub(crate) fn is_comparison(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge)
}

impl Parser<'_, '_> {
    /// A binary operator on two values.
    pub(crate) fn binary(&mut self, op: BinaryOp, left: ExprId, right: ExprId, at: Loc) -> ExprId {
        let (l, r) = (self.ty(left), self.ty(right));
        if self.unit.types.is_error(l) || self.unit.types.is_error(r) {
            return self.error_expr(at);
        }
        for (ty, side) in [(l, left), (r, right)] {
            if self.unit.types.is_void(ty) {
                let loc = self.loc_of(side);
                self.error(loc, "void value not ignored as it ought to be");
                return self.error_expr(at);
            }
        }
        let types = &self.unit.types;
        if types.is_vector(l) || types.is_vector(r) {
            return self.vector_binary(op, left, right, at);
        }
        let pointers = (types.is_pointer(l), types.is_pointer(r));
        match op {
            BinaryOp::Add if pointers.0 && types.is_integer(r) => {
                return self.pointer_add(op, left, right, at);
            }
            BinaryOp::Add if pointers.1 && types.is_integer(l) => {
                return self.pointer_add(op, right, left, at);
            }
            BinaryOp::Sub if pointers.0 && types.is_integer(r) => {
                return self.pointer_add(op, left, right, at);
            }
            BinaryOp::Sub if pointers.0 && pointers.1 => return self.pointer_difference(left, right, at),
            _ if is_comparison(op) && (pointers.0 || pointers.1) => {
                return self.pointer_comparison(op, left, right, at);
            }
            _ => {}
        }
        let needs_integer = matches!(
            op,
            BinaryOp::Rem | BinaryOp::And | BinaryOp::Or | BinaryOp::Xor | BinaryOp::Shl | BinaryOp::Shr
        );
        let types = &self.unit.types;
        let ordering = matches!(op, BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge);
        let fits = |ty: QualType| {
            if needs_integer {
                types.is_integer(ty)
                    || (!matches!(op, BinaryOp::Shl | BinaryOp::Shr)
                        && matches!(types.kind(ty), TypeKind::ComplexInt(_))
                        && op != BinaryOp::Rem)
            } else if ordering {
                types.is_integer(ty) || types.is_float(ty)
            } else {
                types.is_arithmetic(ty)
            }
        };
        if !fits(l) || !fits(r) {
            return self.invalid_operands(op, l, r, at);
        }
        if matches!(op, BinaryOp::Shl | BinaryOp::Shr) {
            return self.shift(op, left, right, at);
        }
        self.arithmetic(op, left, right, at)
    }

    pub(super) fn invalid_operands(&mut self, op: BinaryOp, l: QualType, r: QualType, at: Loc) -> ExprId {
        let (lt, rt) = (self.quoted(l), self.quoted(r));
        let text = spelling(op);
        self.error(at, format!("invalid operands to binary {text} (have {lt} and {rt})"));
        self.error_expr(at)
    }

    fn arithmetic(&mut self, op: BinaryOp, left: ExprId, right: ExprId, at: Loc) -> ExprId {
        let (written_left, written_right) = (left, right);
        let left = self.promote(left);
        let right = self.promote(right);
        let (l, r) = (self.ty(left), self.ty(right));
        let common = self.unit.types.common_arithmetic(l, r);
        if self.unit.types.is_complex(common) {
            return self.complex_arithmetic(op, left, right, common, at);
        }
        if is_comparison(op) && l != r && self.warns(Warning::SignCompare) {
            self.warn_sign_compare(op, written_left, written_right, left, right, common, at);
        }
        if is_comparison(op) && self.warns(Warning::TypeLimits) && self.unit.types.is_integer(common) {
            self.warn_type_limits(op, [written_left, written_right], common, at);
        }
        let left = self.cast(left, common);
        let right = self.cast(right, common);
        if matches!(op, BinaryOp::Div | BinaryOp::Rem)
            && self.unit.types.is_integer(common)
            && self.int_value(right) == Some(0)
            && self.fold_only == 0
            && self.unevaluated == 0
        {
            self.warn(Warning::DivByZero, at, "division by zero");
        }
        let result = if is_comparison(op) { QualType::INT } else { common };
        if let Some(folded) = self.fold_binary(op, left, right, common, result, at) {
            return folded;
        }
        self.add(ExprKind::Binary(op, left, right), result, at)
    }

    /// A real operand of a complex operation stays real for `+ - *` and as dividend's divisor.
    fn complex_arithmetic(
        &mut self,
        op: BinaryOp,
        left: ExprId,
        right: ExprId,
        common: QualType,
        at: Loc,
    ) -> ExprId {
        let part = self.unit.types.complex_part(common).unwrap_or(common);
        let keeps_real = matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div);
        let to = |parser: &mut Self, e: ExprId, may_be_real: bool| {
            let real = !parser.unit.types.is_complex(parser.ty(e));
            parser.cast(e, if real && keeps_real && may_be_real { part } else { common })
        };
        let left = to(self, left, op != BinaryOp::Div);
        let right = to(self, right, true);
        let result = if is_comparison(op) { QualType::INT } else { common };
        self.add(ExprKind::Binary(op, left, right), result, at)
    }

    /// Comparisons with a constant that are always true or always false (`-Wtype-limits`).
    fn warn_type_limits(&mut self, op: BinaryOp, written: [ExprId; 2], common: QualType, at: Loc) {
        let (value, op, operand) = match written.map(|side| self.int_value(side)) {
            [None, Some(value)] => (value, op, written[0]),
            [Some(value), None] => {
                let turned = match op {
                    BinaryOp::Lt => BinaryOp::Gt,
                    BinaryOp::Gt => BinaryOp::Lt,
                    BinaryOp::Le => BinaryOp::Ge,
                    BinaryOp::Ge => BinaryOp::Le,
                    op => op,
                };
                (value, turned, written[1])
            }
            _ => return,
        };
        let types = &self.unit.types;
        let ty = self.ty(operand);
        let (Some(bits), signed) = (types.int_bits(ty), types.is_signed(ty)) else { return };
        if bits > 64 || types.kind(ty) == TypeKind::Int(IntKind::Bool) {
            return;
        }
        let (low, high) = match signed {
            true => (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1),
            false => (0, (1i128 << bits) - 1),
        };
        let always = match op {
            BinaryOp::Lt if value <= low => false,
            BinaryOp::Ge if value <= low => true,
            BinaryOp::Gt if value >= high => false,
            BinaryOp::Le if value >= high => true,
            BinaryOp::Lt | BinaryOp::Le if value > high => true,
            BinaryOp::Gt | BinaryOp::Ge if value > high => false,
            BinaryOp::Le | BinaryOp::Eq if value < low || value > high => false,
            BinaryOp::Gt | BinaryOp::Ne if value < low || value > high => true,
            _ => return,
        };
        // A constant of the operand's own limits is only remarkable for zero.
        let narrow = types.int_bits(ty) < types.int_bits(common);
        let word = if always { "true" } else { "false" };
        let message = if !signed && value == 0 && !types.is_signed(common) {
            let shown = if always { ">= 0" } else { "< 0" };
            format!("comparison of unsigned expression in '{shown}' is always {word}")
        } else if narrow {
            format!("comparison is always {word} due to limited range of data type")
        } else {
            return;
        };
        self.warn(Warning::TypeLimits, at, message);
    }

    fn warn_sign_compare(
        &mut self,
        op: BinaryOp,
        written_left: ExprId,
        written_right: ExprId,
        left: ExprId,
        right: ExprId,
        common: QualType,
        at: Loc,
    ) {
        if !self.unit.types.is_integer(common) || self.unit.types.is_signed(common) {
            return;
        }
        let signed = |parser: &Self, written: ExprId, promoted: ExprId| {
            parser.unit.types.is_signed(parser.ty(promoted))
                && parser.unit.types.is_signed(parser.ty(written))
                && parser.int_value(promoted).is_none_or(|v| v < 0)
                && !matches!(
                    parser.body.expr(promoted).kind,
                    ExprKind::Binary(
                        BinaryOp::Eq
                            | BinaryOp::Ne
                            | BinaryOp::Lt
                            | BinaryOp::Le
                            | BinaryOp::Gt
                            | BinaryOp::Ge,
                        ..
                    ) | ExprKind::LogicalAnd(..)
                        | ExprKind::LogicalOr(..)
                        | ExprKind::Unary(UnaryOp::LogicalNot, _)
                )
        };
        let (sl, sr) = (signed(self, written_left, left), signed(self, written_right, right));
        if sl == sr {
            return;
        }
        // An unsigned constant that fits the signed type is harmless for == and !=.
        let other = if sl { right } else { left };
        if matches!(op, BinaryOp::Eq | BinaryOp::Ne)
            && self.int_value(other).is_some_and(|v| v <= i32::MAX as i128)
        {
            return;
        }
        let (lt, rt) = (self.quoted(self.ty(written_left)), self.quoted(self.ty(written_right)));
        let message = format!("comparison of integer expressions of different signedness: {lt} and {rt}");
        self.warn(Warning::SignCompare, at, message);
    }

    fn shift(&mut self, op: BinaryOp, left: ExprId, right: ExprId, at: Loc) -> ExprId {
        let left = self.promote(left);
        let right = self.promote(right);
        let ty = self.ty(left);
        let bits = self.unit.types.int_bits(ty).unwrap_or(32);
        let word = if op == BinaryOp::Shl { "left" } else { "right" };
        if let Some(count) = self.int_value(right) {
            if count < 0 {
                if self.fold_only == 0 {
                    self.warn(Warning::ShiftCountNegative, at, format!("{word} shift count is negative"));
                }
            } else if count >= bits as i128 {
                if self.fold_only == 0 {
                    self.warn(
                        Warning::ShiftCountOverflow,
                        at,
                        format!("{word} shift count >= width of type"),
                    );
                }
            } else if let Some(value) = self.int_value(left) {
                let result = match op {
                    BinaryOp::Shl => value.wrapping_shl(count as u32),
                    _ if self.unit.types.is_signed(ty) || bits < 128 => value >> count,
                    _ => ((value as u128) >> count) as i128,
                };
                return self.int(result, ty, at);
            }
        }
        self.add(ExprKind::Binary(op, left, right), ty, at)
    }

    /// Folds an operation on two integer constants; division by zero and overflow in unevaluated
    /// arms are left alone.
    fn fold_binary(
        &mut self,
        op: BinaryOp,
        left: ExprId,
        right: ExprId,
        common: QualType,
        result: QualType,
        at: Loc,
    ) -> Option<ExprId> {
        let (a, b) = (self.int_value(left)?, self.int_value(right)?);
        if !self.unit.types.is_integer(common) {
            return None;
        }
        let signed = self.unit.types.is_signed(common);
        let value = fold_integers(op, a, b, signed)?;
        if signed && !is_comparison(op) && self.fold_only == 0 {
            let bits = self.unit.types.int_bits(common).unwrap_or(32);
            let wrapped = wrap_bits(value, bits, true);
            if wrapped != value && bits < 128 {
                let text = self.quoted(common);
                let message = format!("integer overflow in expression of type {text} results in '{wrapped}'");
                self.warn(Warning::Overflow, at, message);
            }
        }
        Some(self.int(value, result, at))
    }

    pub(super) fn stride_known(&mut self, pointee: QualType, at: Loc) -> bool {
        match self.unit.types.kind(pointee) {
            TypeKind::Void => {
                self.pedantic_warn(Warning::PointerArith, at, "pointer of type 'void *' used in arithmetic");
                true
            }
            TypeKind::Function(_) => {
                self.pedantic_warn(Warning::PointerArith, at, "pointer to a function used in arithmetic");
                true
            }
            _ if !self.unit.types.is_complete(pointee) => {
                let text = self.quoted(pointee);
                let text = if self.unit.types.is_record(pointee) {
                    format!("invalid use of undefined type {text}")
                } else {
                    "arithmetic on a pointer to an incomplete type".to_string()
                };
                self.error(at, text);
                false
            }
            _ => true,
        }
    }

    fn pointer_add(&mut self, op: BinaryOp, pointer: ExprId, index: ExprId, at: Loc) -> ExprId {
        let ty = self.ty(pointer);
        let pointee = self.unit.types.pointee(ty).unwrap_or(QualType::ERROR);
        if !self.stride_known(pointee, at) {
            return self.error_expr(at);
        }
        let index = self.promote(index);
        let difference = self.unit.types.difference_type();
        let index = self.cast(index, difference);
        let op = if op == BinaryOp::Add { BinaryOp::PtrAdd } else { BinaryOp::PtrSub };
        self.add(ExprKind::Binary(op, pointer, index), ty.unqualified(), at)
    }

    fn pointer_difference(&mut self, left: ExprId, right: ExprId, at: Loc) -> ExprId {
        let (l, r) = (self.ty(left), self.ty(right));
        let pointee = |ty| self.unit.types.pointee(ty).unwrap_or(QualType::ERROR);
        let (pl, pr) = (pointee(l), pointee(r));
        if !self.unit.types.compatible_unqualified(pl, pr) {
            return self.invalid_operands(BinaryOp::Sub, l, r, at);
        }
        if !self.stride_known(pl, at) {
            return self.error_expr(at);
        }
        let difference = self.unit.types.difference_type();
        self.add(ExprKind::Binary(BinaryOp::PtrDiff, left, right), difference, at)
    }

    fn pointer_comparison(&mut self, op: BinaryOp, left: ExprId, right: ExprId, at: Loc) -> ExprId {
        let (l, r) = (self.ty(left), self.ty(right));
        let (pl, pr) = (self.unit.types.pointee(l), self.unit.types.pointee(r));
        let equality = matches!(op, BinaryOp::Eq | BinaryOp::Ne);
        let (left, right) = match (pl, pr) {
            (Some(a), Some(b)) => {
                let types = &self.unit.types;
                let fits = types.compatible_unqualified(a, b)
                    || ((types.is_void(a) || types.is_void(b)) && equality)
                    || self.is_null_pointer_constant(left)
                    || self.is_null_pointer_constant(right)
                    || types.is_void(a)
                    || types.is_void(b);
                if !fits {
                    let message = "comparison of distinct pointer types lacks a cast";
                    self.pedantic_warn_always(at, message);
                }
                (left, self.cast(right, l.unqualified()))
            }
            (Some(_), None) if self.unit.types.is_integer(r) => {
                if !(self.is_null_pointer_constant(right)) {
                    self.pedantic_warn_always(at, "comparison between pointer and integer");
                } else if !equality && self.warns(Warning::Pedantic) {
                    self.pedantic_warn(
                        Warning::Pedantic,
                        at,
                        "ordered comparison of pointer with integer zero",
                    );
                }
                (left, self.cast(right, l.unqualified()))
            }
            (None, Some(_)) if self.unit.types.is_integer(l) => {
                if !self.is_null_pointer_constant(left) {
                    self.pedantic_warn_always(at, "comparison between pointer and integer");
                }
                (self.cast(left, r.unqualified()), right)
            }
            _ => return self.invalid_operands(op, l, r, at),
        };
        self.add(ExprKind::Binary(op, left, right), QualType::INT, at)
    }

    fn pedantic_warn_always(&mut self, at: Loc, message: &str) {
        if self.options.warnings.pedantic_errors {
            self.error(at, message);
        } else {
            self.warn_always(at, message);
        }
    }

    fn vector_binary(&mut self, op: BinaryOp, left: ExprId, right: ExprId, at: Loc) -> ExprId {
        let (l, r) = (self.ty(left), self.ty(right));
        // A scalar operand is spread over the lanes.
        let (left, right, ty) = match (self.unit.types.kind(l), self.unit.types.kind(r)) {
            (TypeKind::Vector(a, m), TypeKind::Vector(b, n)) => {
                let sizes = self.unit.types.size_of(l) == self.unit.types.size_of(r);
                let same = self.unit.types.canonical(a) == self.unit.types.canonical(b);
                let elements = (QualType::new(a, Quals::NONE), QualType::new(b, Quals::NONE));
                let integers =
                    self.unit.types.is_integer(elements.0) && self.unit.types.is_integer(elements.1);
                let is_shift = matches!(op, BinaryOp::Shl | BinaryOp::Shr);
                if m != n || !sizes || !(same || integers) {
                    return self.invalid_operands(op, l, r, at);
                }
                let right = if is_shift { right } else { self.cast(right, l.unqualified()) };
                (left, right, l.unqualified())
            }
            (TypeKind::Vector(element, _), _) if self.unit.types.is_arithmetic(r) => {
                (left, self.splat(right, element, l), l.unqualified())
            }
            (_, TypeKind::Vector(element, _)) if self.unit.types.is_arithmetic(l) => {
                (self.splat(left, element, r), right, r.unqualified())
            }
            _ => return self.invalid_operands(op, l, r, at),
        };
        let TypeKind::Vector(element, lanes) = self.unit.types.kind(ty) else { return self.error_expr(at) };
        let element = QualType::new(element, Quals::NONE);
        let integer_only = matches!(
            op,
            BinaryOp::Rem | BinaryOp::And | BinaryOp::Or | BinaryOp::Xor | BinaryOp::Shl | BinaryOp::Shr
        );
        if integer_only && !self.unit.types.is_integer(element) {
            return self.invalid_operands(op, l, r, at);
        }
        let result = if is_comparison(op) { self.mask_vector(element, lanes) } else { ty };
        self.add(ExprKind::Binary(op, left, right), result, at)
    }

    /// The vector of signed integers as wide as the elements that comparisons give.
    pub(crate) fn mask_vector(&mut self, element: QualType, lanes: u32) -> QualType {
        let kind = match self.unit.types.size_of(element) {
            Some(1) => IntKind::SChar,
            Some(2) => IntKind::Short,
            Some(8) if self.unit.types.data_layout().pointer.size == 8 => IntKind::Long,
            Some(8) => IntKind::LongLong,
            Some(16) => IntKind::Int128,
            _ => IntKind::Int,
        };
        self.unit.types.vector(kind.id(), lanes)
    }

    fn splat(&mut self, value: ExprId, element: crate::types::TypeId, vector: QualType) -> ExprId {
        let value = self.cast(value, QualType::new(element, Quals::NONE));
        let loc = self.loc_of(value);
        self.add(ExprKind::Cast(crate::ast::CastKind::Splat, value), vector.unqualified(), loc)
    }

    /// `&&` and `||` on two conditions.
    pub(crate) fn logical(&mut self, is_and: bool, left: ExprId, right: ExprId, at: Loc) -> ExprId {
        if self.is_error(left) || self.is_error(right) {
            return self.error_expr(at);
        }
        if let (Some(a), Some(b)) = (self.int_value(left), self.int_value(right)) {
            let value = if is_and { a != 0 && b != 0 } else { a != 0 || b != 0 };
            return self.int(i128::from(value), QualType::INT, at);
        }
        let kind = if is_and { ExprKind::LogicalAnd(left, right) } else { ExprKind::LogicalOr(left, right) };
        self.add(kind, QualType::INT, at)
    }

    /// `- ~ !` on a value.
    pub(crate) fn unary(&mut self, op: UnaryOp, operand: ExprId, at: Loc) -> ExprId {
        let ty = self.ty(operand);
        if self.unit.types.is_error(ty) {
            return self.error_expr(at);
        }
        let types = &self.unit.types;
        if let (TypeKind::Vector(element, lanes), true) = (types.kind(ty), op == UnaryOp::LogicalNot) {
            let result = self.mask_vector(QualType::new(element, Quals::NONE), lanes);
            return self.add(ExprKind::Unary(op, operand), result, at);
        }
        let fits = match op {
            UnaryOp::Neg => types.is_arithmetic(ty) || types.is_vector(ty),
            UnaryOp::BitNot => types.is_integer(ty) || types.is_complex(ty) || types.is_vector(ty),
            UnaryOp::LogicalNot => types.is_scalar(ty),
        };
        if !fits {
            let message = match op {
                _ if types.is_void(ty) => "void value not ignored as it ought to be",
                UnaryOp::Neg => "wrong type argument to unary minus",
                UnaryOp::BitNot => "wrong type argument to bit-complement",
                UnaryOp::LogicalNot => "wrong type argument to unary exclamation mark",
            };
            self.error(at, message);
            return self.error_expr(at);
        }
        if op == UnaryOp::LogicalNot {
            if let Some(value) = self.int_value(operand) {
                return self.int(i128::from(value == 0), QualType::INT, at);
            }
            return self.add(ExprKind::Unary(op, operand), QualType::INT, at);
        }
        let operand = self.promote(operand);
        let ty = self.ty(operand).unqualified();
        if let (Some(value), true) = (self.int_value(operand), self.unit.types.is_integer(ty)) {
            let value = if op == UnaryOp::Neg { value.wrapping_neg() } else { !value };
            return self.int(value, ty, at);
        }
        if let (ExprKind::Float(index), UnaryOp::Neg) = (self.body.expr(operand).kind, op) {
            let bits = self.body.wide[index as usize];
            let bits = self.negate_float(bits, ty);
            return self.float(bits, ty, at);
        }
        self.add(ExprKind::Unary(op, operand), ty, at)
    }

    pub(crate) fn unary_plus(&mut self, operand: ExprId, at: Loc) -> ExprId {
        let ty = self.ty(operand);
        if self.unit.types.is_error(ty) {
            return operand;
        }
        if !self.unit.types.is_arithmetic(ty) && !self.unit.types.is_vector(ty) {
            self.error(at, "wrong type argument to unary plus");
            return self.error_expr(at);
        }
        let promoted = self.promote(operand);
        // Not an lvalue and not the operand itself, so that `+x = 1` is an error.
        promoted
    }

    /// `*pointer`
    pub(crate) fn dereference(&mut self, pointer: ExprId, at: Loc) -> ExprId {
        let ty = self.ty(pointer);
        if self.unit.types.is_error(ty) {
            return self.error_expr(at);
        }
        let Some(to) = self.unit.types.pointee(ty) else {
            let text = self.quoted(ty);
            self.error(at, format!("invalid type argument of unary '*' (have {text})"));
            return self.error_expr(at);
        };
        if self.unit.types.is_void(to) {
            self.warn_always(at, "dereferencing 'void *' pointer");
        }
        // `*&x` and `*f` for a function stay simple.
        if let ExprKind::FunctionDecay(function) = self.body.expr(pointer).kind {
            return function;
        }
        self.add(ExprKind::Deref(pointer), to, at)
    }

    /// `&operand`
    pub(crate) fn address_of(&mut self, operand: ExprId, at: Loc) -> ExprId {
        let node = *self.body.expr(operand);
        if self.unit.types.is_error(node.ty) {
            return operand;
        }
        if self.unit.types.is_function(node.ty) {
            let pointer = self.unit.types.pointer(node.ty);
            return self.add(ExprKind::FunctionDecay(operand), pointer, at);
        }
        if !self.body.is_lvalue(operand) {
            self.error(at, "lvalue required as unary '&' operand");
            return self.error_expr(at);
        }
        if self.is_bit_field(operand) {
            let name = match node.kind {
                ExprKind::Member { base, field } => {
                    let id = self.unit.types.record_id(self.ty(base));
                    id.and_then(|id| self.unit.types.record(id).fields[field as usize].name)
                }
                _ => None,
            };
            let text = name.map(|n| self.text(n)).unwrap_or_default();
            self.error(at, format!("cannot take address of bit-field '{text}'"));
            return self.error_expr(at);
        }
        if let ExprKind::VectorElement { .. } = node.kind {
            // GNU C allows it: vectors live in memory then.
        }
        let mut base = operand;
        while let ExprKind::Member { base: inner, .. } = self.body.expr(base).kind {
            base = inner;
        }
        if let ExprKind::Local(local) = self.body.expr(base).kind
            && self.body.local(local).register
        {
            let text = self.body.local(local).name.map(|n| self.text(n)).unwrap_or_default();
            self.error(at, format!("address of register variable '{text}' requested"));
            return self.error_expr(at);
        }
        self.mark_address_taken(operand);
        let pointer = self.unit.types.pointer(node.ty);
        if let ExprKind::Deref(inner) = node.kind {
            // `&*p` is `p` (C11 6.5.3.2p3), with the type of the expression.
            if self.unit.types.same(self.ty(inner).unqualified(), pointer) {
                return self.add(ExprKind::Cast(crate::ast::CastKind::NoOp, inner), pointer, at);
            }
        }
        self.add(ExprKind::AddressOf(operand), pointer, at)
    }

    /// `a[b]`
    pub(crate) fn subscript(&mut self, array: ExprId, index: ExprId, at: Loc) -> ExprId {
        if self.is_error(array) || self.is_error(index) {
            return self.error_expr(at);
        }
        if self.unit.types.is_vector(self.ty(array)) {
            let index = self.rvalue(index);
            let Some(element) = self.unit.types.element(self.ty(array)) else { return self.error_expr(at) };
            if !self.unit.types.is_integer(self.ty(index)) {
                self.error(at, "array subscript is not an integer");
                return self.error_expr(at);
            }
            let element = QualType::new(element.id(), self.ty(array).quals());
            self.mark_address_taken(array);
            return self.add(ExprKind::VectorElement { base: array, index }, element, at);
        }
        let array = self.rvalue(array);
        let index = self.rvalue(index);
        let (a, i) = (self.ty(array), self.ty(index));
        let (pointer, index) = if self.unit.types.is_pointer(a) {
            (array, index)
        } else if self.unit.types.is_pointer(i) {
            (index, array)
        } else {
            if !self.unit.types.is_error(a) && !self.unit.types.is_error(i) {
                self.error(at, "subscripted value is neither array nor pointer nor vector");
            }
            return self.error_expr(at);
        };
        let index_type = self.ty(index);
        if !self.unit.types.is_integer(index_type) {
            self.error(at, "array subscript is not an integer");
            return self.error_expr(at);
        }
        if matches!(self.unit.types.kind(index_type), TypeKind::Int(IntKind::Char)) {
            self.warn(Warning::CharSubscripts, at, "array subscript has type 'char'");
        }
        if self.unit.types.pointee(self.ty(pointer)).is_some_and(|to| self.unit.types.is_function(to)) {
            self.error(at, "subscripted value is pointer to function");
            return self.error_expr(at);
        }
        let sum = self.pointer_add(BinaryOp::Add, pointer, index, at);
        if self.is_error(sum) {
            return sum;
        }
        let to = self.unit.types.pointee(self.ty(sum)).unwrap_or(QualType::ERROR);
        self.add(ExprKind::Deref(sum), to, at)
    }

    /// `base.name` or `base->name`
    pub(crate) fn member(&mut self, base: ExprId, arrow: bool, name: Name, at: Loc) -> ExprId {
        if self.is_error(base) {
            return self.error_expr(at);
        }
        let mut base = base;
        if arrow {
            let pointer = self.rvalue(base);
            let ty = self.ty(pointer);
            let Some(to) = self.unit.types.pointee(ty) else {
                let text = self.quoted(ty);
                self.error(at, format!("invalid type argument of '->' (have {text})"));
                return self.error_expr(at);
            };
            base = self.add(ExprKind::Deref(pointer), to, at);
        }
        let ty = self.ty(base);
        let Some(id) = self.unit.types.record_id(ty) else {
            let text = self.text(name);
            if arrow {
                let text = self.quoted(ty);
                let _ = text;
                let name = self.text(name);
                self.error(at, format!("request for member '{name}' in something not a structure or union"));
            } else if self.unit.types.is_pointer(ty)
                && self.unit.types.pointee(ty).is_some_and(|to| self.unit.types.is_record(to))
            {
                let shown = match self.body.expr(base).kind {
                    ExprKind::Local(local) => self.body.local(local).name.map(|n| self.text(n)),
                    ExprKind::Global(decl) => Some(self.text(self.unit.decl(decl).name)),
                    _ => None,
                };
                let shown = shown.map_or_else(|| self.quoted(ty), |name| format!("'{name}'"));
                let message = format!("{shown} is a pointer; did you mean to use '->'?");
                let diagnostic =
                    lathe_diag::Diagnostic::error(at, message).fix(lathe_diag::Span::new(at, 1), "->");
                self.report(diagnostic);
            } else {
                self.error(at, format!("request for member '{text}' in something not a structure or union"));
            }
            return self.error_expr(at);
        };
        if !self.unit.types.record(id).complete {
            let text = self.quoted(ty.unqualified());
            self.error(at, format!("invalid use of undefined type {text}"));
            return self.error_expr(at);
        }
        let fields = &self.unit.types.record(id).fields;
        // The common case: a direct member.
        if let Some(index) = fields.iter().position(|f| f.name == Some(name)) {
            return self.member_at(base, index as u32, at);
        }
        let mut path = Vec::new();
        if !self.find_member_path(id, name, &mut path, 0) {
            let (shown, text) = (self.quoted(ty.unqualified()), self.text(name));
            self.error(at, format!("{shown} has no member named '{text}'"));
            return self.error_expr(at);
        }
        for index in path {
            base = self.member_at(base, index, at);
        }
        base
    }

    fn member_at(&mut self, base: ExprId, index: u32, at: Loc) -> ExprId {
        let outer = self.ty(base);
        let Some(id) = self.unit.types.record_id(outer) else { return self.error_expr(at) };
        let ty = self.unit.types.record(id).fields[index as usize].ty;
        // Qualifiers of the record apply to its members.
        let quals = outer.quals().without(Quals(Quals::RESTRICT.0 | Quals::ATOMIC.0));
        let ty = self.unit.types.qualify(ty, quals);
        self.add(ExprKind::Member { base, field: index }, ty, at)
    }

    /// `__real__` and `__imag__`
    pub(crate) fn complex_part(&mut self, imaginary: bool, operand: ExprId, at: Loc) -> ExprId {
        let ty = self.ty(operand);
        if self.unit.types.is_error(ty) {
            return operand;
        }
        if let Some(part) = self.unit.types.complex_part(ty) {
            let quals = if self.body.is_lvalue(operand) { ty.quals() } else { Quals::NONE };
            return self.add(ExprKind::ComplexPart(imaginary, operand), QualType::new(part.id(), quals), at);
        }
        if !self.unit.types.is_arithmetic(ty) {
            let word = if imaginary { "__imag" } else { "__real" };
            self.error(at, format!("wrong type argument to {word}"));
            return self.error_expr(at);
        }
        let value = self.rvalue(operand);
        if !imaginary {
            return value;
        }
        let ty = self.ty(value);
        let zero = if self.unit.types.is_float(ty) { self.float(0, ty, at) } else { self.int(0, ty, at) };
        if !self.has_side_effects(value) {
            return zero;
        }
        let value = self.discard(value);
        self.add(ExprKind::Comma(value, zero), ty, at)
    }

    /// `a ?: b`
    pub(crate) fn elvis(&mut self, value: ExprId, otherwise: ExprId, at: Loc) -> ExprId {
        let value = self.condition(value);
        if self.is_error(value) {
            return value;
        }
        let ty = self.ty(value);
        if let Some(constant) = self.int_value(value) {
            let copy = value;
            let condition = self.int(i128::from(constant != 0), QualType::INT, at);
            return self.conditional(condition, copy, otherwise, at);
        }
        let first = self.add(ExprKind::Opaque(value), ty, at);
        let second = self.add(ExprKind::Opaque(value), ty, at);
        let whole = self.conditional(first, second, otherwise, at);
        match self.body.expr(whole).kind {
            ExprKind::Conditional(range) => {
                let parts: Vec<ExprId> = self.body.list(range).to_vec();
                let ty = self.ty(whole);
                let list = self.list(&[value, parts[0], parts[1], parts[2]]);
                self.add(ExprKind::Elvis(list), ty, at)
            }
            _ => whole,
        }
    }

    /// `condition ? then : otherwise`; the condition is a value already.
    pub(crate) fn conditional(
        &mut self,
        condition: ExprId,
        then: ExprId,
        otherwise: ExprId,
        at: Loc,
    ) -> ExprId {
        let then = self.rvalue(then);
        let otherwise = self.rvalue(otherwise);
        if self.is_error(condition) || self.is_error(then) || self.is_error(otherwise) {
            return self.error_expr(at);
        }
        let Some((then, otherwise, ty)) = self.conditional_type(then, otherwise, at) else {
            return self.error_expr(at);
        };
        if let Some(value) = self.int_value(condition) {
            let (chosen, other) = if value != 0 { (then, otherwise) } else { (otherwise, then) };
            // Only constants fold away, so that `1 ? x : y` is no constant expression when x is not.
            if self.int_value(chosen).is_some() && self.int_value(other).is_some() {
                return chosen;
            }
        }
        let list = self.list(&[condition, then, otherwise]);
        self.add(ExprKind::Conditional(list), ty, at)
    }

    fn conditional_type(&mut self, a: ExprId, b: ExprId, at: Loc) -> Option<(ExprId, ExprId, QualType)> {
        let (x, y) = (self.ty(a), self.ty(b));
        let types = &self.unit.types;
        if types.is_arithmetic(x) && types.is_arithmetic(y) {
            let (a, b) = (self.promote(a), self.promote(b));
            let (px, py) = (self.ty(a), self.ty(b));
            let common = self.unit.types.common_arithmetic(px, py);
            return Some((self.cast(a, common), self.cast(b, common), common));
        }
        if types.is_void(x) || types.is_void(y) {
            if !(types.is_void(x) && types.is_void(y)) {
                let message = "ISO C forbids conditional expr with only one void side";
                self.pedantic_warn(Warning::Pedantic, at, message);
            }
            return Some((self.discard(a), self.discard(b), QualType::VOID));
        }
        match (types.pointee(x), types.pointee(y)) {
            (Some(p), Some(q)) => {
                let ty = self.conditional_pointer(a, b, p, q, at);
                return Some((self.cast(a, ty), self.cast(b, ty), ty));
            }
            (Some(_), None) if types.is_integer(y) => {
                if !self.is_null_pointer_constant(b) {
                    self.pedantic_warn_always(at, "pointer/integer type mismatch in conditional expression");
                }
                let ty = x.unqualified();
                return Some((a, self.cast(b, ty), ty));
            }
            (None, Some(_)) if types.is_integer(x) => {
                if !self.is_null_pointer_constant(a) {
                    self.pedantic_warn_always(at, "pointer/integer type mismatch in conditional expression");
                }
                let ty = y.unqualified();
                return Some((self.cast(a, ty), b, ty));
            }
            _ => {}
        }
        if self.unit.types.compatible_unqualified(x, y) {
            return Some((a, b, x.unqualified()));
        }
        if let (TypeKind::Vector(element, _), true) =
            (self.unit.types.kind(x), self.unit.types.is_arithmetic(y))
        {
            let b = self.splat(b, element, x);
            return Some((a, b, x.unqualified()));
        }
        self.error(at, "type mismatch in conditional expression");
        None
    }

    fn conditional_pointer(&mut self, a: ExprId, b: ExprId, p: QualType, q: QualType, at: Loc) -> QualType {
        let quals = p.quals().with(q.quals());
        let types = &self.unit.types;
        let to = if self.is_null_pointer_constant(a) && types.is_void(p) {
            q
        } else if self.is_null_pointer_constant(b) && types.is_void(q) {
            p
        } else if types.compatible_unqualified(p, q) {
            let composite = self.unit.types.composite(p.unqualified(), q.unqualified());
            self.unit.types.qualify(composite, quals)
        } else if types.is_void(p) || types.is_void(q) {
            QualType::new(QualType::VOID.id(), quals)
        } else {
            self.pedantic_warn_always(at, "pointer type mismatch in conditional expression");
            QualType::new(QualType::VOID.id(), quals)
        };
        self.unit.types.pointer(to)
    }

    /// The target of a computed goto.
    pub(crate) fn convert_for_goto(&mut self, target: ExprId) -> ExprId {
        let ty = self.ty(target);
        if self.unit.types.is_pointer(ty) || self.unit.types.is_integer(ty) {
            return self.cast(target, QualType::VOID_POINTER);
        }
        if !self.unit.types.is_error(ty) {
            let at = self.loc_of(target);
            self.error(at, "computed goto must be pointer type");
        }
        self.error_expr(Loc::NONE)
    }
}

/// An operation in the infinite integers (128 bits here), or in `u128` for unsigned operands.
pub(crate) fn fold_integers(op: BinaryOp, a: i128, b: i128, signed: bool) -> Option<i128> {
    let truth = |value: bool| Some(i128::from(value));
    let (ua, ub) = (a as u128, b as u128);
    match op {
        BinaryOp::Add => Some(a.wrapping_add(b)),
        BinaryOp::Sub => Some(a.wrapping_sub(b)),
        BinaryOp::Mul => Some(a.wrapping_mul(b)),
        BinaryOp::Div if b == 0 => None,
        BinaryOp::Rem if b == 0 => None,
        BinaryOp::Div if signed => a.checked_div(b),
        BinaryOp::Div => Some((ua / ub) as i128),
        BinaryOp::Rem if signed => a.checked_rem(b),
        BinaryOp::Rem => Some((ua % ub) as i128),
        BinaryOp::And => Some(a & b),
        BinaryOp::Or => Some(a | b),
        BinaryOp::Xor => Some(a ^ b),
        BinaryOp::Eq => truth(a == b),
        BinaryOp::Ne => truth(a != b),
        BinaryOp::Lt => truth(if signed { a < b } else { ua < ub }),
        BinaryOp::Le => truth(if signed { a <= b } else { ua <= ub }),
        BinaryOp::Gt => truth(if signed { a > b } else { ua > ub }),
        BinaryOp::Ge => truth(if signed { a >= b } else { ua >= ub }),
        _ => None,
    }
}

//! Unary and binary operators.

use super::Val;
use super::function::{FunctionLowering, size_of};
use crate::ast::{BinaryOp, Expr, ExprId, ExprKind, UnaryOp};
use crate::types::{QualType, TypeKind};
use lathe_ir::instruction::{EXACT, NSW};
use lathe_ir::{FloatCond, InstData, IntCond, LibCall, Opcode, Signature, SignatureParam, Type, Value};

/// Signed or unsigned integer condition of a comparison operator.
pub(super) fn int_cond(op: BinaryOp, signed: bool) -> Option<IntCond> {
    Some(match (op, signed) {
        (BinaryOp::Eq, _) => IntCond::Eq,
        (BinaryOp::Ne, _) => IntCond::Ne,
        (BinaryOp::Lt, true) => IntCond::Slt,
        (BinaryOp::Le, true) => IntCond::Sle,
        (BinaryOp::Gt, true) => IntCond::Sgt,
        (BinaryOp::Ge, true) => IntCond::Sge,
        (BinaryOp::Lt, false) => IntCond::Ult,
        (BinaryOp::Le, false) => IntCond::Ule,
        (BinaryOp::Gt, false) => IntCond::Ugt,
        (BinaryOp::Ge, false) => IntCond::Uge,
        _ => return None,
    })
}

fn float_cond(op: BinaryOp) -> Option<FloatCond> {
    Some(match op {
        BinaryOp::Eq => FloatCond::Oeq,
        BinaryOp::Ne => FloatCond::Une,
        BinaryOp::Lt => FloatCond::Olt,
        BinaryOp::Le => FloatCond::Ole,
        BinaryOp::Gt => FloatCond::Ogt,
        BinaryOp::Ge => FloatCond::Oge,
        _ => return None,
    })
}

impl FunctionLowering<'_> {
    /// A unary operator.
    pub(super) fn unary(&mut self, node: Expr, op: UnaryOp, operand: ExprId) -> Val {
        let ty = self.body.expr(operand).ty;
        if op == UnaryOp::LogicalNot && !self.unit.types.is_vector(ty) {
            let truth = self.condition(operand);
            let flag = self.b().icmp_imm(IntCond::Eq, truth, 0);
            let result = self.scalar_type(node.ty).unwrap_or(Type::I32);
            return Val::One(self.resize(flag, result, false));
        }
        let value = self.value(operand);
        self.loc = node.loc;
        match (op, value) {
            (UnaryOp::Neg, Val::Pair(re, im)) => {
                let re = self.negate(re, ty);
                let im = self.negate(im, ty);
                Val::Pair(re, im)
            }
            (UnaryOp::BitNot, Val::Pair(re, im)) => {
                let im = self.negate(im, ty);
                Val::Pair(re, im)
            }
            (UnaryOp::Neg, Val::One(value)) => Val::One(self.negate(value, ty)),
            (UnaryOp::BitNot, Val::One(value)) => Val::One(self.b().inot(value)),
            (UnaryOp::LogicalNot, Val::One(value)) => {
                let zero = self.zero_of(self.func.ty(value));
                let same = self.compare(BinaryOp::Eq, value, zero, ty);
                let result = self.scalar_type(node.ty).expect("vector comparison");
                Val::One(self.bits_as(same, result))
            }
            (_, other) => other,
        }
    }

    fn negate(&mut self, value: Value, ty: QualType) -> Value {
        let ir = self.func.ty(value);
        if ir.lane().is_float() {
            return self.b().fneg(value);
        }
        let promises = self.wrap_promises(ty);
        let mut data = InstData::unary(Opcode::Ineg, ir, value);
        data.set_aux(promises);
        self.b().value(data)
    }

    /// `nsw` where signed overflow is undefined.
    fn wrap_promises(&self, ty: QualType) -> u8 {
        let types = &self.unit.types;
        if types.is_signed(ty) && types.is_integer(ty) && !self.state.options.wrap_signed { NSW } else { 0 }
    }

    /// A binary operator node.
    pub(super) fn binary(&mut self, node: Expr, op: BinaryOp, left: ExprId, right: ExprId) -> Val {
        let (left_ty, right_ty) = (self.body.expr(left).ty, self.body.expr(right).ty);
        if let Some(value) = self.binary_with_constant(node, op, left, right) {
            return Val::One(value);
        }
        let a = self.value(left);
        let b = self.value(right);
        self.loc = node.loc;
        self.binary_values(op, a, left_ty, b, right_ty, node.ty)
    }

    /// `x op constant` as one instruction with an immediate.
    fn binary_with_constant(
        &mut self,
        node: Expr,
        op: BinaryOp,
        left: ExprId,
        right: ExprId,
    ) -> Option<Value> {
        let ExprKind::Int(bits) = self.body.expr(right).kind else { return None };
        let ty = self.body.expr(left).ty;
        let ir = self.scalar_type(ty)?;
        if !ir.is_int() || ir == Type::I128 {
            return None;
        }
        let imm = bits as i64;
        let opcode = match op {
            BinaryOp::Add | BinaryOp::Sub => Opcode::IaddImm,
            BinaryOp::Mul => Opcode::ImulImm,
            BinaryOp::And => Opcode::IandImm,
            BinaryOp::Or => Opcode::IorImm,
            BinaryOp::Xor => Opcode::IxorImm,
            BinaryOp::Shl => Opcode::ShlImm,
            BinaryOp::Shr if self.unit.types.is_signed(ty) => Opcode::AshrImm,
            BinaryOp::Shr => Opcode::LshrImm,
            _ => {
                let cond = int_cond(op, self.unit.types.is_signed(ty))?;
                let value = self.scalar(left);
                self.loc = node.loc;
                let flag = self.b().icmp_imm(cond, value, sign_extended(imm, ir));
                let result = self.scalar_type(node.ty)?;
                return Some(self.resize(flag, result, false));
            }
        };
        let value = self.scalar(left);
        self.loc = node.loc;
        let wraps = matches!(op, BinaryOp::Add | BinaryOp::Mul)
            || (op == BinaryOp::Sub && imm != i64::MIN && sign_extended(imm, ir) != min_of(ir));
        let promises = if wraps { self.wrap_promises(ty) } else { 0 };
        let imm = if op == BinaryOp::Sub { imm.wrapping_neg() } else { imm };
        let imm = if matches!(op, BinaryOp::Shl | BinaryOp::Shr) {
            imm & i64::from(ir.lane_bits(64) - 1)
        } else {
            sign_extended(imm, ir)
        };
        Some(self.b().value(InstData::binary_imm(opcode, ir, promises, value, imm)))
    }

    /// A binary operator on values; comparisons give the node's type.
    pub(super) fn binary_values(
        &mut self,
        op: BinaryOp,
        a: Val,
        a_ty: QualType,
        b: Val,
        b_ty: QualType,
        result: QualType,
    ) -> Val {
        match (a, b) {
            (Val::One(a), Val::One(b)) => Val::One(self.binary_scalars(op, a, a_ty, b, b_ty, result)),
            (Val::Pair(..), _) | (_, Val::Pair(..)) => self.complex_binary(op, a, b, result),
            (other, _) => other,
        }
    }

    fn binary_scalars(
        &mut self,
        op: BinaryOp,
        a: Value,
        a_ty: QualType,
        b: Value,
        b_ty: QualType,
        result: QualType,
    ) -> Value {
        match op {
            BinaryOp::PtrAdd | BinaryOp::PtrSub => return self.pointer_offset(op, a, a_ty, b, b_ty),
            BinaryOp::PtrDiff => return self.pointer_difference(a, b, a_ty),
            _ => {}
        }
        let signed = self.unit.types.is_signed(a_ty);
        let ty = self.func.ty(a);
        if int_cond(op, signed).is_some() {
            let flag = self.compare(op, a, b, a_ty);
            let want = self.scalar_type(result).unwrap_or(Type::I32);
            return if want.is_vector() { self.bits_as(flag, want) } else { self.resize(flag, want, false) };
        }
        let b = if matches!(op, BinaryOp::Shl | BinaryOp::Shr) { self.shift_count(b, ty) } else { b };
        if ty.lane().is_float() {
            return self.float_binary(op, a, b);
        }
        let opcode = match (op, signed) {
            (BinaryOp::Add, _) => Opcode::Iadd,
            (BinaryOp::Sub, _) => Opcode::Isub,
            (BinaryOp::Mul, _) => Opcode::Imul,
            (BinaryOp::Div, true) => Opcode::Sdiv,
            (BinaryOp::Div, false) => Opcode::Udiv,
            (BinaryOp::Rem, true) => Opcode::Srem,
            (BinaryOp::Rem, false) => Opcode::Urem,
            (BinaryOp::And, _) => Opcode::Iand,
            (BinaryOp::Or, _) => Opcode::Ior,
            (BinaryOp::Xor, _) => Opcode::Ixor,
            (BinaryOp::Shl, _) => Opcode::Shl,
            (BinaryOp::Shr, true) => Opcode::Ashr,
            (BinaryOp::Shr, false) => Opcode::Lshr,
            _ => unreachable!("{op:?} is handled above"),
        };
        let wraps = matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul);
        let promises = if wraps { self.wrap_promises(a_ty) } else { 0 };
        self.b().binary(opcode, promises, a, b)
    }

    /// A shift count in the type of the shifted value; only its low bits matter.
    fn shift_count(&mut self, count: Value, ty: Type) -> Value {
        let have = self.func.ty(count);
        if have == ty || ty.is_vector() && have.is_vector() {
            return count;
        }
        if ty.is_vector() {
            let count = self.resize(count, ty.lane(), false);
            return self.b().splat(ty, count);
        }
        self.resize(count, ty, false)
    }

    fn float_binary(&mut self, op: BinaryOp, a: Value, b: Value) -> Value {
        match op {
            BinaryOp::Add => self.b().fadd(a, b),
            BinaryOp::Sub => self.b().fsub(a, b),
            BinaryOp::Mul => self.b().fmul(a, b),
            BinaryOp::Div => self.b().fdiv(a, b),
            _ => unreachable!("{op:?} on floats is rejected by the checker"),
        }
    }

    /// A comparison as a truth value (`i8`, or a vector of integer lanes).
    pub(super) fn compare(&mut self, op: BinaryOp, a: Value, b: Value, ty: QualType) -> Value {
        if self.func.ty(a).lane().is_float() {
            let cond = float_cond(op).expect("comparison operator");
            return self.b().fcmp(cond, a, b);
        }
        let cond = int_cond(op, self.unit.types.is_signed(ty)).expect("comparison operator");
        match self.func.int_constant(b) {
            Some(imm) if !self.func.ty(a).is_vector() => {
                let imm = sign_extended(imm, self.func.ty(b));
                self.b().icmp_imm(cond, a, imm)
            }
            _ => self.b().icmp(cond, a, b),
        }
    }

    /// Pointer plus or minus an index.
    pub(super) fn pointer_offset(
        &mut self,
        op: BinaryOp,
        pointer: Value,
        ty: QualType,
        index: Value,
        index_ty: QualType,
    ) -> Value {
        let pointee = self.unit.types.pointee(ty).unwrap_or(QualType::VOID);
        let negative = op == BinaryOp::PtrSub;
        let variable = self.unit.types.is_variable_length(pointee);
        let step = size_of(self.unit, pointee) as i64;
        if let (false, Some(count)) = (variable, self.func.int_constant(index)) {
            let bytes = step.wrapping_mul(count);
            return self.b().ptr_add_imm(pointer, if negative { bytes.wrapping_neg() } else { bytes });
        }
        let index = self.as_word(index, index_ty);
        let bytes = if variable {
            let size = self.vla_size(pointee);
            self.b().imul(index, size)
        } else {
            self.scale(index, step)
        };
        let bytes = if negative { self.b().ineg(bytes) } else { bytes };
        self.b().ptr_add(pointer, bytes)
    }

    fn scale(&mut self, index: Value, step: i64) -> Value {
        match step {
            1 => index,
            step if step > 0 && step.count_ones() == 1 => {
                self.b().shl_imm(index, i64::from(step.trailing_zeros()))
            }
            step => self.b().imul_imm(index, step),
        }
    }

    fn pointer_difference(&mut self, a: Value, b: Value, ty: QualType) -> Value {
        let word = self.word();
        let a = self.b().ptr_to_int(word, a);
        let b = self.b().ptr_to_int(word, b);
        let bytes = self.b().isub(a, b);
        let pointee = self.unit.types.pointee(ty).unwrap_or(QualType::VOID);
        if self.unit.types.is_variable_length(pointee) {
            let size = self.vla_size(pointee);
            return self.b().sdiv(bytes, size);
        }
        let size = size_of(self.unit, pointee) as i64;
        if size <= 1 {
            return bytes;
        }
        if size.count_ones() == 1 {
            let shift = i64::from(size.trailing_zeros());
            let ty = self.func.ty(bytes);
            return self.b().value(InstData::binary_imm(Opcode::AshrImm, ty, EXACT, bytes, shift));
        }
        let size = self.b().iconst(word, size);
        self.b().binary(Opcode::Sdiv, EXACT, bytes, size)
    }

    /// Complex arithmetic. A real operand is a [`Val::One`]: no imaginary part is invented for it.
    fn complex_binary(&mut self, op: BinaryOp, a: Val, b: Val, result: QualType) -> Val {
        match op {
            BinaryOp::Add | BinaryOp::Sub => self.complex_add(op, a, b),
            BinaryOp::Mul => self.complex_multiply(a, b),
            BinaryOp::Div => self.complex_divide(a, b),
            _ => {
                let flag = self.complex_equal(op, a, b);
                let want = self.scalar_type(result).unwrap_or(Type::I32);
                Val::One(self.resize(flag, want, false))
            }
        }
    }

    fn plain(&mut self, op: BinaryOp, a: Value, b: Value) -> Value {
        if self.func.ty(a).is_float() {
            return self.float_binary(op, a, b);
        }
        match op {
            BinaryOp::Add => self.b().iadd(a, b),
            BinaryOp::Sub => self.b().isub(a, b),
            BinaryOp::Mul => self.b().imul(a, b),
            _ => self.b().sdiv(a, b),
        }
    }

    fn complex_add(&mut self, op: BinaryOp, a: Val, b: Val) -> Val {
        match (a, b) {
            (Val::Pair(ar, ai), Val::Pair(br, bi)) => {
                let re = self.plain(op, ar, br);
                let im = self.plain(op, ai, bi);
                Val::Pair(re, im)
            }
            (Val::Pair(ar, ai), Val::One(b)) => Val::Pair(self.plain(op, ar, b), ai),
            (Val::One(a), Val::Pair(br, bi)) => {
                let re = self.plain(op, a, br);
                let im = if op == BinaryOp::Sub { self.negate(bi, QualType::DOUBLE) } else { bi };
                Val::Pair(re, im)
            }
            (other, _) => other,
        }
    }

    fn complex_multiply(&mut self, a: Val, b: Val) -> Val {
        match (a, b) {
            (Val::Pair(ar, ai), Val::Pair(br, bi)) if self.func.ty(ar).is_float() => {
                self.complex_libcall(true, [ar, ai, br, bi])
            }
            (Val::Pair(ar, ai), Val::Pair(br, bi)) => {
                let rr = self.plain(BinaryOp::Mul, ar, br);
                let ii = self.plain(BinaryOp::Mul, ai, bi);
                let ri = self.plain(BinaryOp::Mul, ar, bi);
                let ir = self.plain(BinaryOp::Mul, ai, br);
                let re = self.plain(BinaryOp::Sub, rr, ii);
                let im = self.plain(BinaryOp::Add, ri, ir);
                Val::Pair(re, im)
            }
            (Val::Pair(re, im), Val::One(x)) | (Val::One(x), Val::Pair(re, im)) => {
                let re = self.plain(BinaryOp::Mul, re, x);
                let im = self.plain(BinaryOp::Mul, im, x);
                Val::Pair(re, im)
            }
            (other, _) => other,
        }
    }

    fn complex_divide(&mut self, a: Val, b: Val) -> Val {
        match (a, b) {
            (Val::Pair(re, im), Val::One(x)) => {
                let re = self.plain(BinaryOp::Div, re, x);
                let im = self.plain(BinaryOp::Div, im, x);
                Val::Pair(re, im)
            }
            (Val::Pair(ar, ai), Val::Pair(br, bi)) if self.func.ty(ar).is_float() => {
                self.complex_libcall(false, [ar, ai, br, bi])
            }
            (Val::One(ar), Val::Pair(br, bi)) => {
                let ai = self.zero_of(self.func.ty(ar));
                self.complex_divide(Val::Pair(ar, ai), Val::Pair(br, bi))
            }
            (Val::Pair(ar, ai), Val::Pair(br, bi)) => self.complex_divide_int(ar, ai, br, bi),
            (other, _) => other,
        }
    }

    /// GNU integer complex division: (a * conj b) / |b|².
    fn complex_divide_int(&mut self, ar: Value, ai: Value, br: Value, bi: Value) -> Val {
        let rr = self.plain(BinaryOp::Mul, ar, br);
        let ii = self.plain(BinaryOp::Mul, ai, bi);
        let ir = self.plain(BinaryOp::Mul, ai, br);
        let ri = self.plain(BinaryOp::Mul, ar, bi);
        let re = self.plain(BinaryOp::Add, rr, ii);
        let im = self.plain(BinaryOp::Sub, ir, ri);
        let b2 = self.plain(BinaryOp::Mul, br, br);
        let c2 = self.plain(BinaryOp::Mul, bi, bi);
        let norm = self.plain(BinaryOp::Add, b2, c2);
        let re = self.plain(BinaryOp::Div, re, norm);
        let im = self.plain(BinaryOp::Div, im, norm);
        Val::Pair(re, im)
    }

    /// Multiplication and division with the infinities right (C11 Annex G): libgcc's routines.
    fn complex_libcall(&mut self, multiply: bool, args: [Value; 4]) -> Val {
        use crate::types::FloatKind;
        let part = self.func.ty(args[0]);
        let (callee, kind) = match (part, multiply) {
            (Type::F32, true) => (LibCall::Mulsc3, FloatKind::Float),
            (Type::F32, false) => (LibCall::Divsc3, FloatKind::Float),
            (Type::F64, true) => (LibCall::Muldc3, FloatKind::Double),
            (Type::F64, false) => (LibCall::Divdc3, FloatKind::Double),
            (Type::F80, true) => (LibCall::Mulxc3, FloatKind::LongDouble),
            (Type::F80, false) => (LibCall::Divxc3, FloatKind::LongDouble),
            (_, true) => (LibCall::Multc3, FloatKind::Float128),
            (_, false) => (LibCall::Divtc3, FloatKind::Float128),
        };
        let aggregate = self.state.complex_of(self.unit, part);
        let mut signature = Signature::new(&[part; 4], &[]);
        signature.results.push(SignatureParam::aggregate(aggregate));
        let layout = part.layout(self.unit.types.data_layout());
        let slot = self.temporary(u64::from(layout.size) * 2, layout.align);
        let address = self.b().slot_addr(slot, 0);
        let all = [address, args[0], args[1], args[2], args[3]];
        self.b().call_lib(callee, signature, &all);
        let part_ty = QualType::new(kind.id(), crate::types::Quals::NONE);
        let whole = super::place::Place::slot(slot, part_ty, layout.align);
        let re = self.load_scalar(&whole);
        let im = self.load_scalar(&whole.part(u64::from(layout.size), part_ty));
        Val::Pair(re, im)
    }

    fn complex_equal(&mut self, op: BinaryOp, a: Val, b: Val) -> Value {
        let parts = |val: Val, lowering: &mut Self| match val {
            Val::Pair(re, im) => (re, im),
            Val::One(re) => (re, lowering.zero_of(lowering.func.ty(re))),
            _ => unreachable!("complex comparison of a value without parts"),
        };
        let (ar, ai) = parts(a, self);
        let (br, bi) = parts(b, self);
        let re = self.compare(op, ar, br, QualType::INT);
        let im = self.compare(op, ai, bi, QualType::INT);
        if op == BinaryOp::Eq { self.b().iand(re, im) } else { self.b().ior(re, im) }
    }

    /// Whether a type is an integer one (used by compound assignment of atomics).
    pub(super) fn is_integer_type(&self, ty: QualType) -> bool {
        matches!(self.unit.types.kind(ty), TypeKind::Int(_) | TypeKind::Enum(_))
    }
}

/// The low bits of a type, sign-extended.
pub(super) fn sign_extended(imm: i64, ty: Type) -> i64 {
    let bits = ty.lane_bits(64);
    if bits >= 64 { imm } else { imm << (64 - bits) >> (64 - bits) }
}

fn min_of(ty: Type) -> i64 {
    sign_extended(1i64.wrapping_shl(ty.lane_bits(64).min(64) - 1), ty)
}

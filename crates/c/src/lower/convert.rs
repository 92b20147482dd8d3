//! Conversions between arithmetic, pointer, complex and vector types, and truth values.

use super::Val;
use super::function::FunctionLowering;
use super::place::Place;
use crate::ast::{CastKind, Expr, ExprId};
use crate::types::{QualType, TypeKind};
use lathe_ir::{FloatCond, IntCond, Opcode, Type, Value};

impl FunctionLowering<'_> {
    /// A cast node.
    pub(super) fn cast(&mut self, node: Expr, kind: CastKind, operand: ExprId) -> Val {
        let from = self.body.expr(operand).ty;
        match kind {
            CastKind::NoOp => self.value(operand),
            CastKind::ToVoid => {
                self.effect(operand);
                Val::None
            }
            CastKind::ToBool => {
                let flag = self.condition_value(operand);
                Val::One(flag)
            }
            CastKind::ToUnion => {
                let value = self.value(operand);
                let slot = self.temporary_for(node.ty);
                let align = super::function::align_of(self.unit, node.ty);
                let whole = Place::slot(slot, node.ty.unqualified(), align);
                self.zero(&whole);
                let member = Place { ty: from.unqualified(), ..whole };
                self.store(&member, value);
                Val::Memory(self.address(&whole))
            }
            CastKind::Splat => {
                let scalar = self.scalar(operand);
                let ty = self.scalar_type(node.ty).expect("vector type");
                Val::One(if ty.is_vector() { self.b().splat(ty, scalar) } else { scalar })
            }
            CastKind::BitCast => self.bit_cast(node.ty, operand),
            _ => {
                let value = self.value(operand);
                self.loc = node.loc;
                self.convert(value, from, node.ty)
            }
        }
    }

    fn bit_cast(&mut self, to: QualType, operand: ExprId) -> Val {
        let value = self.value(operand);
        let (Some(ty), Val::One(scalar)) = (self.scalar_type(to), value) else { return value };
        Val::One(self.bits_as(scalar, ty))
    }

    /// The same bits as another type of the same width.
    pub(super) fn bits_as(&mut self, value: Value, ty: Type) -> Value {
        if self.func.ty(value) == ty { value } else { self.b().bitcast(ty, value) }
    }

    /// A value of type `from` as type `to` (arithmetic, pointer, complex).
    pub(super) fn convert(&mut self, value: Val, from: QualType, to: QualType) -> Val {
        let types = &self.unit.types;
        if types.same(from.unqualified(), to.unqualified()) {
            return value;
        }
        let from_part = types.complex_part(from);
        let to_part = types.complex_part(to);
        match (value, from_part, to_part) {
            (Val::Pair(re, im), Some(from), Some(to)) => {
                let re = self.convert_scalar(re, from, to);
                let im = self.convert_scalar(im, from, to);
                Val::Pair(re, im)
            }
            (Val::Pair(re, im), Some(part), None) => {
                if matches!(types.kind(to), TypeKind::Int(crate::types::IntKind::Bool)) {
                    let truth = self.truth(Val::Pair(re, im), from);
                    return Val::One(self.flag(truth));
                }
                Val::One(self.convert_scalar(re, part, to))
            }
            (Val::One(value), None, Some(part)) => {
                let re = self.convert_scalar(value, from, part);
                let im = self.zero_of(self.func.ty(re));
                Val::Pair(re, im)
            }
            (Val::One(value), ..) => Val::One(self.convert_scalar(value, from, to)),
            (other, ..) => other,
        }
    }

    /// Zero of a scalar type.
    pub(super) fn zero_of(&mut self, ty: Type) -> Value {
        match ty {
            Type::F32 => self.b().f32const(0.0),
            Type::F64 => self.b().f64const(0.0),
            Type::F80 => self.b().constant(ty, &[0; 10]),
            ty if ty.is_int_or_ptr() => self.b().iconst(ty, 0),
            ty => {
                let bytes = vec![0; ty.bytes(self.unit.types.data_layout()) as usize];
                self.b().constant(ty, &bytes)
            }
        }
    }

    /// A scalar of type `from` as scalar type `to`.
    pub(super) fn convert_scalar(&mut self, value: Value, from: QualType, to: QualType) -> Value {
        let types = &self.unit.types;
        if matches!(types.kind(to), TypeKind::Int(crate::types::IntKind::Bool)) {
            if matches!(types.kind(from), TypeKind::Int(crate::types::IntKind::Bool)) {
                return value;
            }
            let truth = self.truth(Val::One(value), from);
            return self.flag(truth);
        }
        let (from_signed, to_signed) = (types.is_signed(from), types.is_signed(to));
        let Some(ty) = self.scalar_type(to) else { return value };
        let have = self.func.ty(value);
        if have == ty {
            return value;
        }
        match (have, ty) {
            (a, b) if a.is_int() && b.is_int() => self.resize(value, ty, from_signed),
            (a, b) if a.is_int() && b.is_ptr() => {
                let word = self.word();
                let value = self.resize(value, word, from_signed);
                self.b().int_to_ptr(value)
            }
            (a, b) if a.is_ptr() && b.is_int() => {
                let word = self.word();
                let value = self.b().ptr_to_int(word, value);
                self.resize(value, ty, false)
            }
            (a, b) if a.is_int() && b.is_float() && from_signed => self.b().sitofp(ty, value),
            (a, b) if a.is_int() && b.is_float() => self.b().uitofp(ty, value),
            (a, b) if a.is_float() && b.is_int() && to_signed => self.b().fptosi(ty, value),
            (a, b) if a.is_float() && b.is_int() => self.b().fptoui(ty, value),
            (a, b) if a.is_float() && b.is_float() => self.convert_float(value, ty),
            _ => self.bits_as(value, ty),
        }
    }

    fn convert_float(&mut self, value: Value, ty: Type) -> Value {
        let order = |t: Type| match t {
            Type::F32 => 0,
            Type::F64 => 1,
            Type::F80 => 2,
            _ => 3,
        };
        let have = self.func.ty(value);
        if order(ty) > order(have) { self.b().fpext(ty, value) } else { self.b().fptrunc(ty, value) }
    }

    /// A truth value (as [`Self::truth`] gives it) as an `i8` of 0 or 1.
    pub(super) fn flag(&mut self, truth: Value) -> Value {
        if self.func.def_inst(truth).is_some_and(|inst| {
            matches!(self.func.inst(inst).opcode(), Opcode::Icmp | Opcode::IcmpImm | Opcode::Fcmp)
        }) {
            return truth;
        }
        self.b().icmp_imm(IntCond::Ne, truth, 0)
    }

    /// A value that is zero exactly if the operand compares equal to zero; its type is any integer
    /// or address type, as `br` takes it.
    pub(super) fn truth(&mut self, value: Val, ty: QualType) -> Value {
        let _ = ty;
        match value {
            Val::One(value) if self.func.ty(value).is_float() => {
                let zero = self.zero_of(self.func.ty(value));
                self.b().fcmp(FloatCond::Une, value, zero)
            }
            Val::One(value) => value,
            Val::Pair(re, im) => {
                let re = self.truth(Val::One(re), ty);
                let im = self.truth(Val::One(im), ty);
                let re = self.flag(re);
                let im = self.flag(im);
                self.b().ior(re, im)
            }
            Val::Memory(address) => address,
            Val::None => self.b().iconst(Type::I8, 0),
        }
    }

    /// A truth value of an expression as an `i8` of 0 or 1.
    pub(super) fn condition_value(&mut self, id: ExprId) -> Value {
        let truth = self.condition(id);
        self.flag(truth)
    }

    /// An integer of type `from` sign- or zero-extended (or truncated) to the address width.
    pub(super) fn as_word(&mut self, value: Value, from: QualType) -> Value {
        let signed = self.unit.types.is_signed(from);
        let word = self.word();
        if self.func.ty(value).is_ptr() {
            return self.b().ptr_to_int(word, value);
        }
        self.resize(value, word, signed)
    }
}

//! Constant evaluation: integers, floats, complex values and addresses, for static initializers and
//! wherever gcc folds.
//!
//! In: a checked tree. Out: a [`Value`], or `None` if it is not constant. Integer constant
//! expressions proper never come here: they fold while they are built.

use super::build::wrap_bits;
use super::operators::{fold_integers, is_comparison};
use crate::ast::{BinaryOp, CastKind, DataTarget, ExprId, ExprKind, LabelId, StorageDuration, UnaryOp};
use crate::parse::Parser;
use crate::types::{QualType, TypeKind};

/// A constant of the type of its expression.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Value {
    /// Integers, and pointers without symbol.
    Int(i128),
    /// Bits in the type's format.
    Float(u128),
    /// Two parts: integers as two's complement, floats as bits.
    Complex(u128, u128),
    /// A symbol plus an offset, minus a label.
    Address { target: DataTarget, minus: Option<LabelId>, offset: i128 },
}

/// How deep trees are followed; deeper ones are not constant.
const MAX_DEPTH: u32 = 1500;

impl Parser<'_, '_> {
    pub(crate) fn evaluate(&self, expr: ExprId) -> Option<Value> {
        self.evaluate_at(expr, 0)
    }

    fn evaluate_at(&self, expr: ExprId, depth: u32) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        let node = *self.body.expr(expr);
        let inner = |e: ExprId| self.evaluate_at(e, depth + 1);
        match node.kind {
            ExprKind::Int(_) | ExprKind::WideInt(_) => self.int_value(expr).map(Value::Int),
            ExprKind::Float(index) => Some(Value::Float(self.body.wide[index as usize])),
            ExprKind::Load(place) => self.load_constant(place, depth),
            ExprKind::ArrayDecay(place) | ExprKind::AddressOf(place) | ExprKind::FunctionDecay(place) => {
                self.place_address(place, depth + 1)
            }
            ExprKind::LabelAddress(label) => {
                Some(Value::Address { target: DataTarget::Label(label), minus: None, offset: 0 })
            }
            ExprKind::Cast(kind, operand) => {
                let value = inner(operand)?;
                self.cast_constant(kind, value, self.ty(operand), node.ty)
            }
            ExprKind::Unary(op, operand) => {
                let value = inner(operand)?;
                self.unary_constant(op, value, self.ty(operand), node.ty)
            }
            ExprKind::Binary(op, left, right) => {
                let (a, b) = (inner(left)?, inner(right)?);
                self.binary_constant(op, a, b, left, right, node.ty)
            }
            ExprKind::LogicalAnd(left, right) | ExprKind::LogicalOr(left, right) => {
                let is_and = matches!(node.kind, ExprKind::LogicalAnd(..));
                let first = self.truth(inner(left)?, self.ty(left))?;
                if first != is_and {
                    return Some(Value::Int(i128::from(first)));
                }
                let second = self.truth(inner(right)?, self.ty(right))?;
                Some(Value::Int(i128::from(second)))
            }
            ExprKind::Conditional(list) => {
                let parts = self.body.list(list);
                let condition = self.truth(inner(parts[0])?, self.ty(parts[0]))?;
                inner(if condition { parts[1] } else { parts[2] })
            }
            ExprKind::ComplexMake(real, imaginary) => {
                let part = |value| match value {
                    Value::Int(v) => Some(v as u128),
                    Value::Float(bits) => Some(bits),
                    _ => None,
                };
                Some(Value::Complex(part(inner(real)?)?, part(inner(imaginary)?)?))
            }
            ExprKind::ComplexPart(imaginary, operand) => match inner(operand)? {
                Value::Complex(re, im) => {
                    let bits = if imaginary { im } else { re };
                    Some(if self.unit.types.is_float(node.ty) {
                        Value::Float(bits)
                    } else {
                        Value::Int(self.wrap(bits as i128, node.ty))
                    })
                }
                _ => None,
            },
            ExprKind::Builtin(crate::ast::Builtin::ConstantP, list) => {
                let argument = *self.body.list(list).first()?;
                Some(Value::Int(i128::from(
                    inner(argument).is_some_and(|v| !matches!(v, Value::Address { .. })),
                )))
            }
            ExprKind::Builtin(crate::ast::Builtin::Expect, list) => inner(*self.body.list(list).first()?),
            _ => None,
        }
    }

    /// Whether a constant counts as true.
    fn truth(&self, value: Value, ty: QualType) -> Option<bool> {
        Some(match value {
            Value::Int(value) => value != 0,
            Value::Float(bits) => !self.float_is_zero(bits, ty),
            Value::Complex(re, im) => {
                let part = self.unit.types.complex_part(ty)?;
                if self.unit.types.is_float(part) {
                    !self.float_is_zero(re, part) || !self.float_is_zero(im, part)
                } else {
                    re != 0 || im != 0
                }
            }
            Value::Address { minus: None, target, .. } => match target {
                DataTarget::Decl(decl) if self.unit.decl(decl).attributes().weak => return None,
                _ => true,
            },
            Value::Address { .. } => return None,
        })
    }

    /// Values that gcc reads at compile time: elements of string literals, and `const` scalars with
    /// a known initializer.
    fn load_constant(&self, place: ExprId, depth: u32) -> Option<Value> {
        let node = *self.body.expr(place);
        if node.ty.is_volatile() {
            return None;
        }
        let Value::Address { target, minus: None, offset } = self.place_address(place, depth + 1)? else {
            return None;
        };
        let bytes: &[u8] = match target {
            DataTarget::String(id) => &self.unit.string(id).bytes,
            DataTarget::Decl(id) => {
                let decl = self.unit.decl(id);
                let is_literal = decl.implicit && decl.linkage == crate::ast::Linkage::None;
                if !(decl.ty.is_const() || is_literal) || decl.attributes().weak {
                    return None;
                }
                let data = self.unit.static_init(decl.init?);
                if !data.relocations.is_empty() {
                    return None;
                }
                &data.bytes
            }
            DataTarget::Label(_) => return None,
        };
        let size = self.unit.types.size_of(node.ty)? as usize;
        let start = usize::try_from(offset).ok()?;
        if self.bit_field(place).is_some() || size > 16 {
            return None;
        }
        let mut raw = [0u8; 16];
        let is_string = matches!(target, DataTarget::String(_));
        for (i, byte) in raw.iter_mut().enumerate().take(size) {
            *byte = match bytes.get(start.checked_add(i)?) {
                Some(byte) => *byte,
                None if is_string => return None,
                None => 0,
            };
        }
        let bits = u128::from_le_bytes(raw);
        match self.unit.types.kind(node.ty) {
            TypeKind::Int(_) | TypeKind::Enum(_) => Some(Value::Int(self.wrap(bits as i128, node.ty))),
            TypeKind::Float(_) => Some(Value::Float(bits)),
            _ => None,
        }
    }

    /// The address of an lvalue with static storage (or of a place relative to a constant).
    fn place_address(&self, place: ExprId, depth: u32) -> Option<Value> {
        let mut place = place;
        let mut added: i128 = 0;
        loop {
            match self.body.expr(place).kind {
                ExprKind::Global(decl) => {
                    if self.unit.decl(decl).storage == StorageDuration::Thread {
                        return None;
                    }
                    return Some(Value::Address {
                        target: DataTarget::Decl(decl),
                        minus: None,
                        offset: added,
                    });
                }
                ExprKind::String(id) => {
                    return Some(Value::Address {
                        target: DataTarget::String(id),
                        minus: None,
                        offset: added,
                    });
                }
                ExprKind::Deref(pointer) => {
                    return match self.evaluate_at(pointer, depth + 1)? {
                        Value::Int(value) => Some(Value::Int(value + added)),
                        Value::Address { target, minus, offset } => {
                            Some(Value::Address { target, minus, offset: offset + added })
                        }
                        _ => None,
                    };
                }
                ExprKind::Member { base, field } => {
                    let id = self.unit.types.record_id(self.ty(base))?;
                    added += self.unit.types.record(id).fields[field as usize].offset() as i128;
                    place = base;
                }
                ExprKind::VectorElement { base, index } => {
                    let size = self.unit.types.size_of(self.ty(place))? as i128;
                    added += self.int_value(index)? * size;
                    place = base;
                }
                ExprKind::ComplexPart(imaginary, base) => {
                    if imaginary {
                        added += self.unit.types.size_of(self.ty(place))? as i128;
                    }
                    place = base;
                }
                _ => return None,
            }
        }
    }

    /// The byte offset of a place inside an object at address zero (`offsetof`).
    pub(crate) fn constant_offset(&self, place: ExprId) -> Option<i128> {
        match self.place_address(place, 0)? {
            Value::Int(value) => Some(value),
            _ => None,
        }
    }

    fn cast_constant(&self, kind: CastKind, value: Value, from: QualType, to: QualType) -> Option<Value> {
        let types = &self.unit.types;
        Some(match (kind, value) {
            (CastKind::NoOp, value) => value,
            (CastKind::IntToInt | CastKind::IntToPtr | CastKind::PtrToInt, Value::Int(v)) => {
                Value::Int(self.wrap(v, to))
            }
            (CastKind::PtrToInt | CastKind::IntToPtr | CastKind::IntToInt, Value::Address { minus, .. }) => {
                // An address survives only in full width; label differences also in less.
                let pointer = types.data_layout().pointer.size as u64;
                let size = types.size_of(to)?;
                if size >= pointer || minus.is_some() { value } else { return None }
            }
            (CastKind::ToBool, value) => Value::Int(i128::from(self.truth(value, from)?)),
            (CastKind::IntToFloat, Value::Int(v)) => {
                Value::Float(self.float_from_int(v, !types.is_signed(from), to)?)
            }
            (CastKind::FloatToInt, Value::Float(bits)) => {
                Value::Int(self.float_to_int_saturated(bits, from, to)?.0)
            }
            (CastKind::FloatToFloat, Value::Float(bits)) => {
                Value::Float(self.float_to_float(bits, from, to)?)
            }
            (CastKind::RealToComplex, value) => {
                let part = types.complex_part(to)?;
                let kind = super::convert::cast_kind(types, from, part)?;
                match self.cast_constant(kind, value, from, part)? {
                    Value::Int(v) => Value::Complex(v as u128, 0),
                    Value::Float(bits) => Value::Complex(bits, 0),
                    _ => return None,
                }
            }
            (CastKind::ComplexToComplex, Value::Complex(re, im)) => {
                let (f, t) = (types.complex_part(from)?, types.complex_part(to)?);
                let convert = |bits: u128| {
                    let value = if types.is_float(f) { Value::Float(bits) } else { Value::Int(bits as i128) };
                    let kind = super::convert::cast_kind(types, f, t)?;
                    match self.cast_constant(kind, value, f, t)? {
                        Value::Int(v) => Some(v as u128),
                        Value::Float(bits) => Some(bits),
                        _ => None,
                    }
                };
                Value::Complex(convert(re)?, convert(im)?)
            }
            (CastKind::ComplexToReal, Value::Complex(re, _)) => {
                let part = types.complex_part(from)?;
                let value = if types.is_float(part) { Value::Float(re) } else { Value::Int(re as i128) };
                let kind = super::convert::cast_kind(types, part, to)?;
                self.cast_constant(kind, value, part, to)?
            }
            _ => return None,
        })
    }

    fn unary_constant(&self, op: UnaryOp, value: Value, operand: QualType, ty: QualType) -> Option<Value> {
        Some(match (op, value) {
            (UnaryOp::LogicalNot, value) => Value::Int(i128::from(!self.truth(value, operand)?)),
            (UnaryOp::Neg, Value::Int(v)) => Value::Int(self.wrap(v.wrapping_neg(), ty)),
            (UnaryOp::BitNot, Value::Int(v)) => Value::Int(self.wrap(!v, ty)),
            (UnaryOp::Neg, Value::Float(bits)) => Value::Float(self.negate_float(bits, ty)),
            (UnaryOp::Neg, Value::Complex(re, im)) => {
                let part = self.unit.types.complex_part(ty)?;
                if self.unit.types.is_float(part) {
                    Value::Complex(self.negate_float(re, part), self.negate_float(im, part))
                } else {
                    Value::Complex(re.wrapping_neg(), im.wrapping_neg())
                }
            }
            (UnaryOp::BitNot, Value::Complex(re, im)) => {
                let part = self.unit.types.complex_part(ty)?;
                let im = if self.unit.types.is_float(part) {
                    self.negate_float(im, part)
                } else {
                    im.wrapping_neg()
                };
                Value::Complex(re, im)
            }
            _ => return None,
        })
    }

    fn binary_constant(
        &self,
        op: BinaryOp,
        a: Value,
        b: Value,
        left: ExprId,
        right: ExprId,
        ty: QualType,
    ) -> Option<Value> {
        let operand = self.ty(left);
        match (a, b) {
            (Value::Float(x), Value::Float(y)) => {
                if is_comparison(op) {
                    return Some(Value::Int(i128::from(self.float_comparison(op, x, y, operand)?)));
                }
                self.float_arithmetic(op, x, y, operand).map(Value::Float)
            }
            (Value::Int(x), Value::Int(y)) => self.integer_operation(op, x, y, operand, ty),
            (Value::Complex(..), _) | (_, Value::Complex(..)) => {
                self.complex_operation(op, a, b, operand, self.ty(right), ty)
            }
            _ => self.address_operation(op, a, b, operand, self.ty(right)),
        }
    }

    fn integer_operation(
        &self,
        op: BinaryOp,
        x: i128,
        y: i128,
        operand: QualType,
        ty: QualType,
    ) -> Option<Value> {
        let stride = || {
            let to = self.unit.types.pointee(operand)?;
            self.unit.types.stride_of(to).map(|s| s as i128)
        };
        let signed = self.unit.types.is_signed(operand);
        let bits = self.unit.types.int_bits(operand).unwrap_or(64);
        let value = match op {
            BinaryOp::PtrAdd => x.checked_add(y.checked_mul(stride()?)?)?,
            BinaryOp::PtrSub => x.checked_sub(y.checked_mul(stride()?)?)?,
            BinaryOp::PtrDiff => x.checked_sub(y)?.checked_div(stride()?)?,
            BinaryOp::Shl if y >= 0 && y < bits as i128 => x.wrapping_shl(y as u32),
            BinaryOp::Shr if y >= 0 && y < bits as i128 => {
                if signed || bits < 128 {
                    x >> y
                } else {
                    ((x as u128) >> y) as i128
                }
            }
            BinaryOp::Shl | BinaryOp::Shr => return None,
            _ => fold_integers(op, x, y, signed)?,
        };
        Some(Value::Int(self.wrap(value, ty)))
    }

    fn address_operation(&self, op: BinaryOp, a: Value, b: Value, l: QualType, r: QualType) -> Option<Value> {
        let stride = |ty: QualType| {
            let to = self.unit.types.pointee(ty)?;
            self.unit.types.stride_of(to).map(|s| s as i128)
        };
        match (op, a, b) {
            (
                BinaryOp::PtrAdd | BinaryOp::PtrSub,
                Value::Address { target, minus, offset },
                Value::Int(index),
            ) => {
                let distance = index.checked_mul(stride(l)?)?;
                let offset = if op == BinaryOp::PtrAdd { offset + distance } else { offset - distance };
                Some(Value::Address { target, minus, offset })
            }
            (BinaryOp::Add, Value::Address { target, minus, offset }, Value::Int(v))
            | (BinaryOp::Add, Value::Int(v), Value::Address { target, minus, offset }) => {
                Some(Value::Address { target, minus, offset: offset + v })
            }
            (BinaryOp::Sub, Value::Address { target, minus, offset }, Value::Int(v)) => {
                Some(Value::Address { target, minus, offset: offset - v })
            }
            (
                BinaryOp::Sub | BinaryOp::PtrDiff,
                Value::Address { target: t, minus: None, offset: x },
                Value::Address { target: u, minus: None, offset: y },
            ) => {
                let stride = if op == BinaryOp::PtrDiff { stride(l)? } else { 1 };
                if t == u {
                    return Some(Value::Int((x - y).checked_div(stride)?));
                }
                match (t, u) {
                    (DataTarget::Label(_), DataTarget::Label(other)) if stride == 1 => {
                        Some(Value::Address { target: t, minus: Some(other), offset: x - y })
                    }
                    _ => None,
                }
            }
            (
                _,
                Value::Address { target: t, minus: None, offset: x },
                Value::Address { target: u, minus: None, offset: y },
            ) if is_comparison(op) && t == u => fold_integers(op, x, y, true).map(Value::Int),
            (BinaryOp::Eq | BinaryOp::Ne, Value::Address { .. }, Value::Int(0))
            | (BinaryOp::Eq | BinaryOp::Ne, Value::Int(0), Value::Address { .. }) => {
                let address = if matches!(a, Value::Address { .. }) { a } else { b };
                let truth = self.truth(address, r)?;
                Some(Value::Int(i128::from(truth == (op == BinaryOp::Ne))))
            }
            _ => None,
        }
    }

    fn complex_operation(
        &self,
        op: BinaryOp,
        a: Value,
        b: Value,
        l: QualType,
        r: QualType,
        ty: QualType,
    ) -> Option<Value> {
        let part = self.unit.types.complex_part(l).or_else(|| self.unit.types.complex_part(r))?;
        let is_float = self.unit.types.is_float(part);
        let parts = |value: Value| match value {
            Value::Complex(re, im) => Some((re, im)),
            Value::Float(bits) => Some((bits, 0)),
            Value::Int(v) => Some((v as u128, 0)),
            Value::Address { .. } => None,
        };
        let ((a, b), (c, d)) = (parts(a)?, parts(b)?);
        let calculate = |op: BinaryOp, x: u128, y: u128| -> Option<u128> {
            if is_float {
                return self.float_arithmetic(op, x, y, part);
            }
            let bits = self.unit.types.int_bits(part)?;
            let signed = self.unit.types.is_signed(part);
            let value = fold_integers(op, x as i128, y as i128, signed)?;
            Some(wrap_bits(value, bits, signed) as u128)
        };
        use BinaryOp::{Add, Div, Mul, Sub};
        let _ = ty;
        Some(match op {
            Add | Sub => Value::Complex(calculate(op, a, c)?, calculate(op, b, d)?),
            Mul => {
                let real = calculate(Sub, calculate(Mul, a, c)?, calculate(Mul, b, d)?)?;
                let imaginary = calculate(Add, calculate(Mul, a, d)?, calculate(Mul, b, c)?)?;
                Value::Complex(real, imaginary)
            }
            Div if !self.unit.types.is_complex(r) => {
                Value::Complex(calculate(Div, a, c)?, calculate(Div, b, c)?)
            }
            Div => {
                let norm = calculate(Add, calculate(Mul, c, c)?, calculate(Mul, d, d)?)?;
                let real = calculate(Add, calculate(Mul, a, c)?, calculate(Mul, b, d)?)?;
                let imaginary = calculate(Sub, calculate(Mul, b, c)?, calculate(Mul, a, d)?)?;
                Value::Complex(calculate(Div, real, norm)?, calculate(Div, imaginary, norm)?)
            }
            BinaryOp::Eq | BinaryOp::Ne => {
                let equal = |x, y| {
                    if is_float { self.float_comparison(BinaryOp::Eq, x, y, part) } else { Some(x == y) }
                };
                let same = equal(a, c)? && equal(b, d)?;
                Value::Int(i128::from(same == (op == BinaryOp::Eq)))
            }
            _ => return None,
        })
    }
}

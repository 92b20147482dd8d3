//! Simplification of one instruction: constants, identities, canonical forms.
//!
//! A rule sees one instruction whose operands are resolved, and says that its result is another
//! value, or that the instruction may be replaced by a cheaper one of the same result type.

use crate::fold;
use lathe_ir::instruction::{EXACT, NSW, NUW};
use lathe_ir::{Format, Function, InstData, IntCond, Opcode, Type, Value};

/// What an instruction can become.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Simpler {
    /// This value.
    Value(Value),
    /// This instruction.
    Inst(InstData),
}

fn constant(ty: Type, value: i64) -> Option<Simpler> {
    Some(Simpler::Inst(InstData::iconst(ty, value)))
}

/// Width of a scalar integer that can be folded.
fn int_bits(ty: Type, pointer_bits: u32) -> Option<u32> {
    if !ty.is_int_or_ptr() || ty == Type::I128 {
        return None;
    }
    Some(ty.lane_bits(pointer_bits))
}

fn float_constant(func: &Function, value: Value) -> Option<u64> {
    let data = func.inst(func.def_inst(value)?);
    (data.opcode() == Opcode::Fconst).then(|| data.imm() as u64)
}

/// The integer constant behind a value, sign-extended from its type.
fn int_constant(func: &Function, value: Value, pointer_bits: u32) -> Option<i64> {
    let bits = int_bits(func.ty(value), pointer_bits)?;
    Some(fold::sign_extend(func.int_constant(value)?, bits))
}

/// A simpler form of an instruction, if one is known.
pub(crate) fn simplify(func: &Function, data: &InstData, pointer_bits: u32) -> Option<Simpler> {
    let opcode = data.opcode();
    match opcode.format() {
        Format::Binary => binary(func, data, pointer_bits),
        Format::BinaryImm => immediate(func, data, pointer_bits),
        Format::Unary => unary(func, data, pointer_bits),
        Format::Convert => convert(func, data, pointer_bits),
        Format::IntCompare | Format::IntCompareImm => compare(func, data, pointer_bits),
        Format::FloatCompare => float_compare(func, data),
        Format::Select => select(func, data),
        Format::PtrAdd => {
            let args = data.inline_args();
            let bytes = int_constant(func, args[1], pointer_bits)?;
            if bytes == 0 {
                return Some(Simpler::Value(args[0]));
            }
            Some(Simpler::Inst(InstData::binary_imm(
                Opcode::PtrAddImm,
                Type::NONE,
                data.aux(),
                args[0],
                bytes,
            )))
        }
        Format::PtrAddImm => pointer_immediate(func, data),
        _ => None,
    }
}

fn pointer_immediate(func: &Function, data: &InstData) -> Option<Simpler> {
    let base = data.inline_args()[0];
    if data.imm() == 0 {
        return Some(Simpler::Value(base));
    }
    let inner = func.inst(func.def_inst(base)?);
    let sum = inner.imm().checked_add(data.imm());
    match inner.opcode() {
        Opcode::PtrAddImm => Some(Simpler::Inst(InstData::binary_imm(
            Opcode::PtrAddImm,
            Type::NONE,
            inner.aux() & data.aux(),
            inner.inline_args()[0],
            sum?,
        ))),
        Opcode::SlotAddr => Some(Simpler::Inst(InstData::slot_addr(inner.stack_slot(), sum?))),
        Opcode::Addr => Some(Simpler::Inst(InstData::addr(inner.symbol(), sum?))),
        _ => None,
    }
}

fn binary(func: &Function, data: &InstData, pointer_bits: u32) -> Option<Simpler> {
    let (opcode, ty) = (data.opcode(), data.ty());
    let args = data.inline_args();
    let (a, b) = (args[0], args[1]);
    if ty.is_float() {
        let (x, y) = (float_constant(func, a)?, float_constant(func, b)?);
        let bits = fold::float_binary(opcode, ty, x, y)?;
        return Some(Simpler::Inst(InstData::fconst(ty, bits)));
    }
    let bits = int_bits(ty, pointer_bits)?;
    if opcode.info().result != lathe_ir::opcode::ResultRule::Same {
        return None;
    }
    match (int_constant(func, a, pointer_bits), int_constant(func, b, pointer_bits)) {
        (Some(x), Some(y)) => constant(ty, fold::binary(opcode, bits, x, y)?),
        (Some(_), None) if opcode.is_commutative() => {
            Some(Simpler::Inst(InstData::binary(opcode, ty, data.aux(), b, a)))
        }
        (None, Some(y)) => with_constant(data, a, y, bits),
        (Some(0), None)
            if matches!(opcode, Opcode::Shl | Opcode::Lshr | Opcode::Ashr | Opcode::Rotl | Opcode::Rotr) =>
        {
            constant(ty, 0)
        }
        (Some(0), None) if opcode == Opcode::Isub => {
            Some(Simpler::Inst(InstData::unary(Opcode::Ineg, ty, b)))
        }
        _ if a == b => equal_operands(opcode, ty, a),
        _ => None,
    }
}

fn equal_operands(opcode: Opcode, ty: Type, a: Value) -> Option<Simpler> {
    match opcode {
        Opcode::Isub | Opcode::Ixor => constant(ty, 0),
        Opcode::Iand | Opcode::Ior | Opcode::Smin | Opcode::Smax | Opcode::Umin | Opcode::Umax => {
            Some(Simpler::Value(a))
        }
        _ => None,
    }
}

/// `a op constant`
fn with_constant(data: &InstData, a: Value, y: i64, bits: u32) -> Option<Simpler> {
    let (opcode, ty) = (data.opcode(), data.ty());
    let power = |n: i64| {
        let n = fold::zero_extend(n, bits);
        n.is_power_of_two().then(|| i64::from(n.trailing_zeros()))
    };
    match (opcode, y) {
        (Opcode::Isub, y) => {
            // Adding the negated constant wraps differently only for the least number.
            let promises =
                if y == fold::sign_extend(1i64.wrapping_shl(bits - 1), bits) { 0 } else { data.aux() & NSW };
            let negated = fold::sign_extend(y.wrapping_neg(), bits);
            Some(Simpler::Inst(InstData::binary_imm(Opcode::IaddImm, ty, promises, a, negated)))
        }
        (Opcode::Udiv | Opcode::Sdiv, 1) => Some(Simpler::Value(a)),
        (Opcode::Urem, 1) | (Opcode::Srem, 1 | -1) => constant(ty, 0),
        (Opcode::Udiv, y) => {
            let shift = power(y)?;
            Some(Simpler::Inst(InstData::binary_imm(Opcode::LshrImm, ty, data.aux() & EXACT, a, shift)))
        }
        (Opcode::Urem, y) => {
            power(y)?;
            Some(Simpler::Inst(InstData::binary_imm(Opcode::IandImm, ty, 0, a, y.wrapping_sub(1))))
        }
        (Opcode::Sdiv, y) if data.aux() & EXACT != 0 && y > 0 => {
            let shift = power(y)?;
            Some(Simpler::Inst(InstData::binary_imm(Opcode::AshrImm, ty, EXACT, a, shift)))
        }
        _ => {
            let immediate = fold::with_immediate(opcode)?;
            let promises =
                if matches!(opcode, Opcode::Iand | Opcode::Ior | Opcode::Ixor) { 0 } else { data.aux() };
            let y = match opcode {
                Opcode::Shl | Opcode::Lshr | Opcode::Ashr => y & i64::from(bits - 1),
                _ => y,
            };
            Some(Simpler::Inst(InstData::binary_imm(immediate, ty, promises, a, y)))
        }
    }
}

/// An instruction with an immediate operand.
fn immediate(func: &Function, data: &InstData, pointer_bits: u32) -> Option<Simpler> {
    let (opcode, ty) = (data.opcode(), data.ty());
    let bits = int_bits(ty, pointer_bits)?;
    let a = data.inline_args()[0];
    let y = fold::sign_extend(data.imm(), bits);
    let plain = fold::without_immediate(opcode)?;
    if let Some(x) = int_constant(func, a, pointer_bits) {
        return constant(ty, fold::binary(plain, bits, x, y)?);
    }
    match (opcode, y) {
        (
            Opcode::IaddImm
            | Opcode::IorImm
            | Opcode::IxorImm
            | Opcode::ShlImm
            | Opcode::LshrImm
            | Opcode::AshrImm,
            0,
        )
        | (Opcode::ImulImm, 1)
        | (Opcode::IandImm, -1) => return Some(Simpler::Value(a)),
        (Opcode::ImulImm | Opcode::IandImm, 0) => return constant(ty, 0),
        (Opcode::IorImm, -1) => return constant(ty, -1),
        (Opcode::ImulImm, y) if y > 0 && y.count_ones() == 1 => {
            let shift = i64::from(y.trailing_zeros());
            let promises = if shift == i64::from(bits - 1) { 0 } else { data.aux() & (NSW | NUW) };
            return Some(Simpler::Inst(InstData::binary_imm(Opcode::ShlImm, ty, promises, a, shift)));
        }
        _ => {}
    }
    nested_immediate(func, data, a, y, bits)
}

/// `(x op c1) op c2`
fn nested_immediate(func: &Function, data: &InstData, a: Value, y: i64, bits: u32) -> Option<Simpler> {
    let (opcode, ty) = (data.opcode(), data.ty());
    let inner = func.inst(func.def_inst(a)?);
    if inner.opcode() != opcode || inner.ty() != ty {
        return None;
    }
    let x = inner.inline_args()[0];
    let first = fold::sign_extend(inner.imm(), bits);
    let joined = match opcode {
        Opcode::IaddImm => first.checked_add(y).filter(|sum| fold::sign_extend(*sum, bits) == *sum)?,
        Opcode::ImulImm => first.checked_mul(y).filter(|n| fold::sign_extend(*n, bits) == *n)?,
        Opcode::IandImm => first & y,
        Opcode::IorImm => first | y,
        Opcode::IxorImm => first ^ y,
        Opcode::ShlImm | Opcode::LshrImm | Opcode::AshrImm => {
            let sum = first + y;
            if sum >= i64::from(bits) {
                return match opcode {
                    Opcode::AshrImm => {
                        Some(Simpler::Inst(InstData::binary_imm(opcode, ty, 0, x, i64::from(bits - 1))))
                    }
                    _ => constant(ty, 0),
                };
            }
            sum
        }
        _ => return None,
    };
    // The sum of two steps that do not wrap may itself wrap on the way: no promise is kept.
    Some(Simpler::Inst(InstData::binary_imm(opcode, ty, 0, x, joined)))
}

fn unary(func: &Function, data: &InstData, pointer_bits: u32) -> Option<Simpler> {
    let (opcode, ty) = (data.opcode(), data.ty());
    let a = data.inline_args()[0];
    if let Some(bits) = int_bits(ty, pointer_bits)
        && let Some(x) = int_constant(func, a, pointer_bits)
    {
        return constant(ty, fold::unary(opcode, bits, x)?);
    }
    if let Some(x) = float_constant(func, a) {
        let top = 1u64 << (ty.lane_bits(64) - 1);
        return match opcode {
            Opcode::Fneg => Some(Simpler::Inst(InstData::fconst(ty, x ^ top))),
            Opcode::Fabs => Some(Simpler::Inst(InstData::fconst(ty, x & !top))),
            _ => None,
        };
    }
    let inner = func.inst(func.def_inst(a)?);
    let undone =
        matches!(opcode, Opcode::Inot | Opcode::Ineg | Opcode::Fneg | Opcode::Bswap | Opcode::Bitrev);
    if undone && inner.opcode() == opcode && inner.ty() == ty {
        return Some(Simpler::Value(func.resolve(inner.inline_args()[0])));
    }
    None
}

fn convert(func: &Function, data: &InstData, pointer_bits: u32) -> Option<Simpler> {
    let (opcode, ty) = (data.opcode(), data.ty());
    let a = data.inline_args()[0];
    let from = func.ty(a);
    if let Some(simpler) = convert_constant(func, data, a, from, pointer_bits) {
        return Some(simpler);
    }
    let inner = func.inst(func.def_inst(a)?);
    if opcode == Opcode::Sext && is_never_negative(inner) {
        return Some(Simpler::Inst(InstData::unary(Opcode::Zext, ty, a)));
    }
    if inner.opcode().format() != Format::Convert || ty.is_vector() {
        return None;
    }
    let x = func.resolve(inner.inline_args()[0]);
    let origin = func.ty(x);
    match (opcode, inner.opcode()) {
        (Opcode::Bitcast, Opcode::Bitcast) if origin == ty => Some(Simpler::Value(x)),
        (Opcode::PtrToInt, Opcode::IntToPtr) | (Opcode::IntToPtr, Opcode::PtrToInt)
            if origin == ty && from.lane_bits(pointer_bits) == ty.lane_bits(pointer_bits) =>
        {
            Some(Simpler::Value(x))
        }
        (Opcode::Trunc, Opcode::Zext | Opcode::Sext) => {
            let (have, want) = (origin.lane_bits(64), ty.lane_bits(64));
            Some(match have.cmp(&want) {
                std::cmp::Ordering::Equal => Simpler::Value(x),
                std::cmp::Ordering::Greater => Simpler::Inst(InstData::unary(Opcode::Trunc, ty, x)),
                std::cmp::Ordering::Less => Simpler::Inst(InstData::unary(inner.opcode(), ty, x)),
            })
        }
        (Opcode::Trunc, Opcode::Trunc) | (Opcode::Zext, Opcode::Zext) | (Opcode::Sext, Opcode::Sext) => {
            Some(Simpler::Inst(InstData::unary(opcode, ty, x)))
        }
        (Opcode::Sext, Opcode::Zext) => Some(Simpler::Inst(InstData::unary(Opcode::Zext, ty, x))),
        _ => None,
    }
}

/// Whether the top bit of a result is always clear.
fn is_never_negative(data: &InstData) -> bool {
    let ty = data.ty();
    if !ty.is_int() || ty.is_vector() || ty == Type::I128 {
        return false;
    }
    match data.opcode() {
        Opcode::IandImm => fold::sign_extend(data.imm(), ty.lane_bits(64)) >= 0,
        Opcode::LshrImm => data.imm() & i64::from(ty.lane_bits(64) - 1) != 0,
        _ => false,
    }
}

fn convert_constant(
    func: &Function,
    data: &InstData,
    a: Value,
    from: Type,
    pointer_bits: u32,
) -> Option<Simpler> {
    let (opcode, ty) = (data.opcode(), data.ty());
    if let Some(x) = int_constant(func, a, pointer_bits) {
        let have = int_bits(from, pointer_bits)?;
        return match opcode {
            Opcode::Sext if ty == Type::I128 => constant(ty, x),
            Opcode::Zext if ty == Type::I128 => {
                i64::try_from(fold::zero_extend(x, have)).ok().and_then(|n| constant(ty, n))
            }
            Opcode::Sext | Opcode::Trunc => constant(ty, fold::sign_extend(x, int_bits(ty, pointer_bits)?)),
            Opcode::Zext | Opcode::PtrToInt | Opcode::IntToPtr => {
                let bits = int_bits(ty, pointer_bits)?;
                constant(ty, fold::sign_extend(fold::zero_extend(x, have) as i64, bits))
            }
            Opcode::Sitofp | Opcode::Uitofp => {
                let bits = fold::int_to_float(ty, opcode == Opcode::Sitofp, have, x)?;
                Some(Simpler::Inst(InstData::fconst(ty, bits)))
            }
            _ => None,
        };
    }
    let x = float_constant(func, a)?;
    match opcode {
        Opcode::Fpext | Opcode::Fptrunc if matches!(ty, Type::F32 | Type::F64) => {
            Some(Simpler::Inst(InstData::fconst(ty, fold::float_to_float(from, ty, x)?)))
        }
        Opcode::Fptosi | Opcode::Fptoui => {
            let bits = int_bits(ty, pointer_bits)?;
            constant(ty, fold::float_to_int(opcode == Opcode::Fptosi, bits, fold::float_of(from, x))?)
        }
        Opcode::Bitcast if ty == Type::I32 || ty == Type::I64 => {
            constant(ty, fold::sign_extend(x as i64, ty.lane_bits(64)))
        }
        _ => None,
    }
}

fn compare(func: &Function, data: &InstData, pointer_bits: u32) -> Option<Simpler> {
    let ty = data.ty();
    let bits = int_bits(ty, pointer_bits)?;
    let cond = data.int_cond();
    let a = data.inline_args()[0];
    let b = match data.opcode() {
        Opcode::IcmpImm => fold::sign_extend(data.imm(), bits),
        _ => {
            let right = data.inline_args()[1];
            if a == right {
                return constant(Type::I8, i64::from(fold::compare(cond, bits, 0, 0)));
            }
            match (int_constant(func, a, pointer_bits), int_constant(func, right, pointer_bits)) {
                (_, Some(y)) => return Some(Simpler::Inst(InstData::icmp_imm(ty, cond, a, y))),
                (Some(x), None) => {
                    return Some(Simpler::Inst(InstData::icmp_imm(ty, cond.swapped(), right, x)));
                }
                _ => return None,
            }
        }
    };
    if let Some(x) = int_constant(func, a, pointer_bits) {
        return constant(Type::I8, i64::from(fold::compare(cond, bits, x, b)));
    }
    compare_with_zero(func, a, cond, b).or_else(|| compare_range(cond, b))
}

/// Unsigned comparisons that hold for all numbers or none.
fn compare_range(cond: IntCond, b: i64) -> Option<Simpler> {
    match (cond, b) {
        (IntCond::Ult, 0) | (IntCond::Ugt, -1) => constant(Type::I8, 0),
        (IntCond::Uge, 0) | (IntCond::Ule, -1) => constant(Type::I8, 1),
        _ => None,
    }
}

/// `(a cmp b) != 0`, `zext(x) == 0` and the like.
fn compare_with_zero(func: &Function, a: Value, cond: IntCond, b: i64) -> Option<Simpler> {
    if !matches!(cond, IntCond::Eq | IntCond::Ne) || b != 0 {
        return None;
    }
    let inner = func.inst(func.def_inst(a)?);
    match (inner.opcode(), cond) {
        (Opcode::Zext | Opcode::Sext, _) => {
            let x = func.resolve(inner.inline_args()[0]);
            let ty = func.ty(x);
            (!ty.is_vector()).then(|| Simpler::Inst(InstData::icmp_imm(ty, cond, x, 0)))
        }
        (Opcode::Icmp | Opcode::IcmpImm | Opcode::Fcmp, IntCond::Ne) => Some(Simpler::Value(a)),
        (Opcode::Icmp, IntCond::Eq) => {
            let args = inner.inline_args();
            let inverse = inner.int_cond().inverse();
            Some(Simpler::Inst(InstData::icmp(inner.ty(), inverse, args[0], args[1])))
        }
        (Opcode::IcmpImm, IntCond::Eq) => {
            let inverse = inner.int_cond().inverse();
            Some(Simpler::Inst(InstData::icmp_imm(inner.ty(), inverse, inner.inline_args()[0], inner.imm())))
        }
        (Opcode::Fcmp, IntCond::Eq) => {
            let args = inner.inline_args();
            Some(Simpler::Inst(InstData::fcmp(inner.ty(), inner.float_cond().inverse(), args[0], args[1])))
        }
        _ => None,
    }
}

fn float_compare(func: &Function, data: &InstData) -> Option<Simpler> {
    let ty = data.ty();
    let args = data.inline_args();
    let (a, b) = (float_constant(func, args[0])?, float_constant(func, args[1])?);
    let answer = fold::float_compare(data.float_cond(), fold::float_of(ty, a), fold::float_of(ty, b));
    constant(Type::I8, i64::from(answer))
}

fn select(func: &Function, data: &InstData) -> Option<Simpler> {
    let args = data.inline_args();
    if args[1] == args[2] {
        return Some(Simpler::Value(args[1]));
    }
    if func.ty(args[0]).is_vector() {
        return None;
    }
    let condition = func.int_constant(args[0])?;
    Some(Simpler::Value(if condition != 0 { args[1] } else { args[2] }))
}

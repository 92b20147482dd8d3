//! Constant folding: the semantics of `docs/ir.md` on numbers.
//!
//! Integers of up to 64 bits travel as `i64`, sign-extended from their type; wider ones are not
//! folded. What is undefined is not folded either.

use lathe_ir::{FloatCond, IntCond, Opcode, Type};

/// The low bits of a number, sign-extended.
pub(crate) fn sign_extend(value: i64, bits: u32) -> i64 {
    if bits >= 64 { value } else { value << (64 - bits) >> (64 - bits) }
}

/// The low bits of a number, zero-extended.
pub(crate) fn zero_extend(value: i64, bits: u32) -> u64 {
    if bits >= 64 { value as u64 } else { value as u64 & ((1 << bits) - 1) }
}

/// The binary operation behind an opcode with an immediate.
pub(crate) fn without_immediate(opcode: Opcode) -> Option<Opcode> {
    Some(match opcode {
        Opcode::IaddImm => Opcode::Iadd,
        Opcode::ImulImm => Opcode::Imul,
        Opcode::IandImm => Opcode::Iand,
        Opcode::IorImm => Opcode::Ior,
        Opcode::IxorImm => Opcode::Ixor,
        Opcode::ShlImm => Opcode::Shl,
        Opcode::LshrImm => Opcode::Lshr,
        Opcode::AshrImm => Opcode::Ashr,
        _ => return None,
    })
}

/// The opcode that takes the second operand as an immediate.
pub(crate) fn with_immediate(opcode: Opcode) -> Option<Opcode> {
    Some(match opcode {
        Opcode::Iadd => Opcode::IaddImm,
        Opcode::Imul => Opcode::ImulImm,
        Opcode::Iand => Opcode::IandImm,
        Opcode::Ior => Opcode::IorImm,
        Opcode::Ixor => Opcode::IxorImm,
        Opcode::Shl => Opcode::ShlImm,
        Opcode::Lshr => Opcode::LshrImm,
        Opcode::Ashr => Opcode::AshrImm,
        _ => return None,
    })
}

/// A binary integer operation.
pub(crate) fn binary(opcode: Opcode, bits: u32, a: i64, b: i64) -> Option<i64> {
    let (ua, ub) = (zero_extend(a, bits), zero_extend(b, bits));
    let count = (ub % u64::from(bits)) as u32;
    let least = sign_extend(1i64.wrapping_shl(bits - 1), bits);
    let result = match opcode {
        Opcode::Iadd => a.wrapping_add(b),
        Opcode::Isub => a.wrapping_sub(b),
        Opcode::Imul => a.wrapping_mul(b),
        Opcode::Umulhi => ((u128::from(ua) * u128::from(ub)) >> bits) as i64,
        Opcode::Smulhi => ((i128::from(a) * i128::from(b)) >> bits) as i64,
        Opcode::Udiv if ub != 0 => (ua / ub) as i64,
        Opcode::Urem if ub != 0 => (ua % ub) as i64,
        Opcode::Sdiv if b != 0 && !(a == least && b == -1) => a / b,
        Opcode::Srem if b != 0 && !(a == least && b == -1) => a % b,
        Opcode::Iand => a & b,
        Opcode::Ior => a | b,
        Opcode::Ixor => a ^ b,
        Opcode::Shl => a.wrapping_shl(count),
        Opcode::Lshr => (ua >> count) as i64,
        Opcode::Ashr => a >> count,
        Opcode::Rotl if count == 0 => a,
        Opcode::Rotr if count == 0 => a,
        Opcode::Rotl => (ua << count | ua >> (bits - count)) as i64,
        Opcode::Rotr => (ua >> count | ua << (bits - count)) as i64,
        Opcode::Smin => a.min(b),
        Opcode::Smax => a.max(b),
        Opcode::Umin => ua.min(ub) as i64,
        Opcode::Umax => ua.max(ub) as i64,
        _ => return None,
    };
    Some(sign_extend(result, bits))
}

/// A unary integer operation.
pub(crate) fn unary(opcode: Opcode, bits: u32, a: i64) -> Option<i64> {
    let ua = zero_extend(a, bits);
    let result = match opcode {
        Opcode::Ineg => a.wrapping_neg(),
        Opcode::Iabs => a.wrapping_abs(),
        Opcode::Inot => !a,
        Opcode::Clz => i64::from(ua.leading_zeros()) - i64::from(64 - bits),
        Opcode::Ctz => i64::from(ua.trailing_zeros().min(bits)),
        Opcode::Popcnt => i64::from(ua.count_ones()),
        Opcode::Bswap => (ua.swap_bytes() >> (64 - bits)) as i64,
        Opcode::Bitrev => (ua.reverse_bits() >> (64 - bits)) as i64,
        _ => return None,
    };
    Some(sign_extend(result, bits))
}

/// An integer comparison.
pub(crate) fn compare(cond: IntCond, bits: u32, a: i64, b: i64) -> bool {
    let (ua, ub) = (zero_extend(a, bits), zero_extend(b, bits));
    match cond {
        IntCond::Eq => a == b,
        IntCond::Ne => a != b,
        IntCond::Slt => a < b,
        IntCond::Sge => a >= b,
        IntCond::Sgt => a > b,
        IntCond::Sle => a <= b,
        IntCond::Ult => ua < ub,
        IntCond::Uge => ua >= ub,
        IntCond::Ugt => ua > ub,
        IntCond::Ule => ua <= ub,
    }
}

/// The number that a bit pattern of type f32 or f64 stands for.
pub(crate) fn float_of(ty: Type, bits: u64) -> f64 {
    if ty == Type::F32 { f64::from(f32::from_bits(bits as u32)) } else { f64::from_bits(bits) }
}

/// The bit pattern of a number; `None` for NaN, whose bits are the machine's choice.
fn bits_of(ty: Type, value: f64) -> Option<u64> {
    if value.is_nan() {
        return None;
    }
    Some(if ty == Type::F32 { u64::from((value as f32).to_bits()) } else { value.to_bits() })
}

/// A binary float operation on bit patterns of type f32 or f64.
pub(crate) fn float_binary(opcode: Opcode, ty: Type, a: u64, b: u64) -> Option<u64> {
    if ty == Type::F32 {
        let (x, y) = (f32::from_bits(a as u32), f32::from_bits(b as u32));
        let result = match opcode {
            Opcode::Fadd => x + y,
            Opcode::Fsub => x - y,
            Opcode::Fmul => x * y,
            Opcode::Fdiv => x / y,
            _ => return None,
        };
        return (!result.is_nan()).then(|| u64::from(result.to_bits()));
    }
    let (x, y) = (f64::from_bits(a), f64::from_bits(b));
    let result = match opcode {
        Opcode::Fadd => x + y,
        Opcode::Fsub => x - y,
        Opcode::Fmul => x * y,
        Opcode::Fdiv => x / y,
        _ => return None,
    };
    bits_of(ty, result)
}

/// A float comparison.
pub(crate) fn float_compare(cond: FloatCond, a: f64, b: f64) -> bool {
    let unordered = a.is_nan() || b.is_nan();
    match cond {
        FloatCond::Oeq => a == b,
        FloatCond::Une => a != b,
        FloatCond::Olt => a < b,
        FloatCond::Ole => a <= b,
        FloatCond::Ogt => a > b,
        FloatCond::Oge => a >= b,
        FloatCond::One => !unordered && a != b,
        FloatCond::Ueq => unordered || a == b,
        FloatCond::Ult => unordered || a < b,
        FloatCond::Ule => unordered || a <= b,
        FloatCond::Ugt => unordered || a > b,
        FloatCond::Uge => unordered || a >= b,
        FloatCond::Ord => !unordered,
        FloatCond::Uno => unordered,
    }
}

/// An integer of type `from` converted to a float type.
pub(crate) fn int_to_float(ty: Type, signed: bool, bits: u32, value: i64) -> Option<u64> {
    let (s, u) = (value, zero_extend(value, bits));
    // Converted once, to the final type: going through f64 would round twice.
    Some(match (ty, signed) {
        (Type::F32, true) => u64::from((s as f32).to_bits()),
        (Type::F32, false) => u64::from((u as f32).to_bits()),
        (Type::F64, true) => (s as f64).to_bits(),
        (Type::F64, false) => (u as f64).to_bits(),
        _ => return None,
    })
}

/// A float truncated to an integer type, if it fits.
pub(crate) fn float_to_int(signed: bool, bits: u32, value: f64) -> Option<i64> {
    let value = value.trunc();
    let (low, high) = if signed {
        (-(2f64.powi(bits as i32 - 1)), 2f64.powi(bits as i32 - 1))
    } else {
        (0.0, 2f64.powi(bits as i32))
    };
    if !(value >= low && value < high) {
        return None;
    }
    Some(if signed { value as i64 } else { sign_extend(value as u64 as i64, bits) })
}

/// A float of another type.
pub(crate) fn float_to_float(from: Type, to: Type, bits: u64) -> Option<u64> {
    bits_of(to, float_of(from, bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every 8-bit pair against plain 64-bit arithmetic.
    #[test]
    fn eight_bit_operations_are_exact() {
        for a in -128i64..128 {
            for b in -128i64..128 {
                assert_eq!(binary(Opcode::Iadd, 8, a, b), Some(i64::from((a + b) as i8)));
                assert_eq!(binary(Opcode::Imul, 8, a, b), Some(i64::from((a * b) as i8)));
                assert_eq!(binary(Opcode::Umulhi, 8, a, b), {
                    let wide = u16::from(a as u8) * u16::from(b as u8);
                    Some(i64::from((wide >> 8) as i8))
                });
                assert_eq!(binary(Opcode::Rotl, 8, a, b), {
                    Some(i64::from((a as u8).rotate_left(b as u8 as u32 % 8) as i8))
                });
                assert_eq!(binary(Opcode::Lshr, 8, a, b), Some(i64::from((a as u8 >> (b as u8 % 8)) as i8)));
                let quotient = (b != 0 && !(a == -128 && b == -1)).then(|| a / if b == 0 { 1 } else { b });
                assert_eq!(binary(Opcode::Sdiv, 8, a, b), quotient);
                assert_eq!(compare(IntCond::Ult, 8, a, b), (a as u8) < (b as u8));
            }
            assert_eq!(unary(Opcode::Clz, 8, a), Some(i64::from((a as u8).leading_zeros())));
            assert_eq!(unary(Opcode::Ctz, 8, a), Some(i64::from((a as u8).trailing_zeros())));
            assert_eq!(unary(Opcode::Bitrev, 8, a), Some(i64::from((a as u8).reverse_bits() as i8)));
        }
    }
}

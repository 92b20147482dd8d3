//! Float operations on one lane: bits in, bits out.
//!
//! f32 and f64 use the machine's arithmetic, f80 and f128 rustc_apfloat's; both round to nearest
//! even. Results that are NaN are some NaN.

use crate::value::{mask, signed};
use lathe_ir::{FloatCond, Opcode, Type};
use rustc_apfloat::ieee::{Double, Quad, Single, X87DoubleExtended};
use rustc_apfloat::{Float, FloatConvert, Round};
use std::cmp::Ordering;

/// Runs `$body` with `$T` as the software format of a type.
macro_rules! with_format {
    ($ty:expr, $T:ident => $body:expr) => {
        match $ty {
            Type::F32 => {
                type $T = Single;
                $body
            }
            Type::F64 => {
                type $T = Double;
                $body
            }
            Type::F80 => {
                type $T = X87DoubleExtended;
                $body
            }
            _ => {
                type $T = Quad;
                $body
            }
        }
    };
}

/// Width of a format in bits.
fn width(ty: Type) -> u32 {
    ty.lane_bits(64)
}

/// Whether the bits are a NaN.
pub fn is_nan(ty: Type, a: u128) -> bool {
    with_format!(ty, T => T::from_bits(a).is_nan())
}

/// Whether the bits are an infinity.
pub fn is_infinite(ty: Type, a: u128) -> bool {
    with_format!(ty, T => T::from_bits(a).is_infinite())
}

/// A two-operand operation.
pub fn binary(op: Opcode, ty: Type, a: u128, b: u128) -> u128 {
    let sign = 1u128 << (width(ty) - 1);
    if op == Opcode::Fcopysign {
        return a & !sign | b & sign;
    }
    match ty {
        Type::F32 => {
            let (x, y) = (f32::from_bits(a as u32), f32::from_bits(b as u32));
            u128::from(native_f32(op, x, y).to_bits())
        }
        Type::F64 => {
            let (x, y) = (f64::from_bits(a as u64), f64::from_bits(b as u64));
            u128::from(native_f64(op, x, y).to_bits())
        }
        _ => with_format!(ty, T => soft_binary::<T>(op, T::from_bits(a), T::from_bits(b)).to_bits()),
    }
}

macro_rules! native_binary {
    ($name:ident $float:ty) => {
        fn $name(op: Opcode, x: $float, y: $float) -> $float {
            match op {
                Opcode::Fadd => x + y,
                Opcode::Fsub => x - y,
                Opcode::Fmul => x * y,
                Opcode::Fdiv => x / y,
                Opcode::Frem => x % y,
                // The other one if one is NaN; -0 is below +0.
                Opcode::Fmin if x.is_nan() => y,
                Opcode::Fmin if y.is_nan() => x,
                Opcode::Fmin if x == y => {
                    if x.is_sign_negative() {
                        x
                    } else {
                        y
                    }
                }
                Opcode::Fmin => {
                    if x < y {
                        x
                    } else {
                        y
                    }
                }
                _ if x.is_nan() => y,
                _ if y.is_nan() => x,
                _ if x == y => {
                    if x.is_sign_negative() {
                        y
                    } else {
                        x
                    }
                }
                _ => {
                    if x > y {
                        x
                    } else {
                        y
                    }
                }
            }
        }
    };
}
native_binary!(native_f32 f32);
native_binary!(native_f64 f64);

fn soft_binary<T: Float>(op: Opcode, x: T, y: T) -> T {
    let below = |a: T, b: T| match a.partial_cmp(&b) {
        Some(Ordering::Less) => true,
        Some(Ordering::Equal) => a.is_negative(),
        _ => false,
    };
    match op {
        Opcode::Fadd => (x + y).value,
        Opcode::Fsub => (x - y).value,
        Opcode::Fmul => (x * y).value,
        Opcode::Fdiv => (x / y).value,
        Opcode::Frem => x.c_fmod(y).value,
        _ if x.is_nan() => y,
        _ if y.is_nan() => x,
        Opcode::Fmin => {
            if below(x, y) {
                x
            } else {
                y
            }
        }
        _ => {
            if below(x, y) {
                y
            } else {
                x
            }
        }
    }
}

/// A one-operand operation.
pub fn unary(op: Opcode, ty: Type, a: u128) -> u128 {
    let sign = 1u128 << (width(ty) - 1);
    match op {
        Opcode::Fneg => a ^ sign,
        Opcode::Fabs => a & !sign,
        Opcode::Fsqrt => match ty {
            Type::F32 => u128::from(f32::from_bits(a as u32).sqrt().to_bits()),
            Type::F64 => u128::from(f64::from_bits(a as u64).sqrt().to_bits()),
            Type::F80 => soft_sqrt::<X87DoubleExtended>(X87DoubleExtended::from_bits(a)).to_bits(),
            _ => soft_sqrt::<Quad>(Quad::from_bits(a)).to_bits(),
        },
        _ => {
            let round = match op {
                Opcode::Fceil => Round::TowardPositive,
                Opcode::Ffloor => Round::TowardNegative,
                Opcode::Ftrunc => Round::TowardZero,
                _ => Round::NearestTiesToEven,
            };
            with_format!(ty, T => T::from_bits(a).round_to_integral(round).value.to_bits())
        }
    }
}

/// The correctly rounded square root: Newton's method from the f64 estimate, then the last place
/// from the exact residual.
fn soft_sqrt<T>(x: T) -> T
where
    T: Float + FloatConvert<Double>,
    Double: FloatConvert<T>,
{
    if x.is_nan() || x.is_zero() || x.is_pos_infinity() {
        return x;
    }
    if x.is_negative() {
        return T::NAN;
    }
    // Scale to [1, 4) so that nothing overflows or gets subnormal.
    let half = x.ilogb().div_euclid(2);
    let scaled = x.scalbn(-2 * half);
    let mut loses = false;
    let narrow: Double = scaled.convert(&mut loses).value;
    let estimate = f64::from_bits(narrow.to_bits() as u64).sqrt();
    let mut y: T = Double::from_bits(u128::from(estimate.to_bits())).convert(&mut loses).value;
    for _ in 0..3 {
        y = ((y + (scaled / y).value).value).scalbn(-1);
    }
    // The largest y whose square is not above x.
    let residual = |y: T| (-y).mul_add(y, scaled).value;
    while residual(y).is_negative() {
        y = y.next_down().value;
    }
    while !residual(y.next_up().value).is_negative() {
        y = y.next_up().value;
    }
    let ulp = (y.next_up().value - y).value;
    if residual(y) > (y * ulp).value {
        y = y.next_up().value;
    }
    y.scalbn(half)
}

/// `a * b + c`, rounded once.
pub fn fma(ty: Type, a: u128, b: u128, c: u128) -> u128 {
    with_format!(ty, T => T::from_bits(a).mul_add(T::from_bits(b), T::from_bits(c)).value.to_bits())
}

/// A comparison.
pub fn compare(cond: FloatCond, ty: Type, a: u128, b: u128) -> bool {
    let order = match ty {
        Type::F32 => f32::from_bits(a as u32).partial_cmp(&f32::from_bits(b as u32)),
        Type::F64 => f64::from_bits(a as u64).partial_cmp(&f64::from_bits(b as u64)),
        _ => with_format!(ty, T => T::from_bits(a).partial_cmp(&T::from_bits(b))),
    };
    let (less, equal, greater, unordered) = match order {
        Some(Ordering::Less) => (true, false, false, false),
        Some(Ordering::Equal) => (false, true, false, false),
        Some(Ordering::Greater) => (false, false, true, false),
        None => (false, false, false, true),
    };
    match cond {
        FloatCond::Oeq => equal,
        FloatCond::Une => !equal,
        FloatCond::Olt => less,
        FloatCond::Ole => less || equal,
        FloatCond::Ogt => greater,
        FloatCond::Oge => greater || equal,
        FloatCond::One => less || greater,
        FloatCond::Ueq => equal || unordered,
        FloatCond::Ult => less || unordered,
        FloatCond::Ule => less || equal || unordered,
        FloatCond::Ugt => greater || unordered,
        FloatCond::Uge => greater || equal || unordered,
        FloatCond::Ord => !unordered,
        FloatCond::Uno => unordered,
    }
}

/// A float as another format, rounded if need be.
pub fn convert(from: Type, to: Type, a: u128) -> u128 {
    let mut loses = false;
    with_format!(from, F => with_format!(to, T => {
        let value: T = F::from_bits(a).convert(&mut loses).value;
        value.to_bits()
    }))
}

/// An integer as a float.
pub fn from_int(ty: Type, bits: u128, int_width: u32, is_signed: bool) -> u128 {
    let round = Round::NearestTiesToEven;
    if is_signed {
        let value = signed(bits, int_width);
        return with_format!(ty, T => T::from_i128_r(value, round).value.to_bits());
    }
    with_format!(ty, T => T::from_u128_r(bits, round).value.to_bits())
}

/// A float as an integer, towards zero, saturating; NaN gives 0.
pub fn to_int(ty: Type, a: u128, int_width: u32, is_signed: bool) -> u128 {
    let width = int_width as usize;
    let mut exact = false;
    let bits = with_format!(ty, T => {
        let value = T::from_bits(a);
        if value.is_nan() {
            0
        } else if is_signed {
            value.to_i128_r(width, Round::TowardZero, &mut exact).value as u128
        } else {
            value.to_u128_r(width, Round::TowardZero, &mut exact).value
        }
    });
    bits & mask(int_width)
}

/// An f64 as any format.
pub fn from_f64(ty: Type, value: f64) -> u128 {
    convert(Type::F64, ty, u128::from(value.to_bits()))
}

/// Any format as an f64.
pub fn to_f64(ty: Type, bits: u128) -> f64 {
    f64::from_bits(convert(ty, Type::F64, bits) as u64)
}

/// The float that decimal or hexadecimal text stands for, rounded to nearest.
pub fn parse(ty: Type, text: &str) -> Option<u128> {
    let round = Round::NearestTiesToEven;
    with_format!(ty, T => T::from_str_r(text, round).ok().map(|v| v.value.to_bits()))
}

/// Sign, whole-number mantissa and power of two: `mantissa * 2^exponent`; `None` for NaN and
/// infinities.
pub fn decompose(ty: Type, bits: u128) -> Option<(bool, u128, i32)> {
    let (fraction_bits, exponent_bits, has_lead) = match ty {
        Type::F32 => (23, 8, false),
        Type::F64 => (52, 11, false),
        Type::F80 => (64, 15, true),
        _ => (112, 15, false),
    };
    let negative = bits >> (width(ty) - 1) & 1 != 0;
    let field = (bits >> fraction_bits) as i32 & ((1 << exponent_bits) - 1);
    let fraction = bits & mask(fraction_bits);
    if field == (1 << exponent_bits) - 1 {
        return None;
    }
    let bias = (1 << (exponent_bits - 1)) - 1;
    let point = if has_lead { fraction_bits as i32 - 1 } else { fraction_bits as i32 };
    let mantissa = if has_lead || field == 0 { fraction } else { fraction | 1 << fraction_bits };
    Some((negative, mantissa, field.max(1) - bias - point))
}

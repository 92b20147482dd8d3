//! `<math.h>`: exact functions in every format, transcendental ones through f64.

use super::{HostCall, Table};
use crate::error::Stop;
use crate::float_ops;
use crate::machine::Interpreter;
use lathe_ir::{Opcode, Type};

type R = Result<u128, Stop>;

/// `name`, `namef`, `namel`.
macro_rules! functions {
    ($($kind:ident { $($name:literal $single:literal $long:literal $op:expr;)* })*) => {
        pub(super) const TABLE: Table = &[
            $($(
                ($name, |_, c| $kind(c, Type::F64, $op)),
                ($single, |_, c| $kind(c, Type::F32, $op)),
                ($long, |m, c| { let ty = long_double(m); $kind(c, ty, $op) }),
            )*)*
            ("frexp", |m, c| frexp(m, c, Type::F64)),
            ("frexpf", |m, c| frexp(m, c, Type::F32)),
            ("frexpl", |m, c| { let ty = long_double(m); frexp(m, c, ty) }),
            ("modf", |m, c| modf(m, c, Type::F64)),
            ("modff", |m, c| modf(m, c, Type::F32)),
            ("modfl", |m, c| { let ty = long_double(m); modf(m, c, ty) }),
            ("cabs", |m, c| complex_polar(m, c, Type::F64, f64::hypot)),
            ("cabsf", |m, c| complex_polar(m, c, Type::F32, f64::hypot)),
            ("cabsl", |m, c| { let ty = long_double(m); complex_polar(m, c, ty, f64::hypot) }),
            ("carg", |m, c| complex_polar(m, c, Type::F64, |x, y| y.atan2(x))),
            ("cargf", |m, c| complex_polar(m, c, Type::F32, |x, y| y.atan2(x))),
            ("cargl", |m, c| { let ty = long_double(m); complex_polar(m, c, ty, |x, y| y.atan2(x)) }),
            ("__isnan", |_, c| Ok(float_ops::is_nan(c.ty(0), c.bits(0)).into())),
            ("__isinf", |_, c| Ok(float_ops::is_infinite(c.ty(0), c.bits(0)).into())),
            ("__finite", |_, c| Ok(c.float(0).is_finite().into())),
            ("__signbit", |_, c| Ok(sign_bit(c))),
            ("__signbitf", |_, c| Ok(sign_bit(c))),
            ("__signbitl", |_, c| Ok(sign_bit(c))),
        ];
    };
}

functions! {
    exact {
        "sqrt" "sqrtf" "sqrtl" Opcode::Fsqrt;
        "fabs" "fabsf" "fabsl" Opcode::Fabs;
        "ceil" "ceilf" "ceill" Opcode::Fceil;
        "floor" "floorf" "floorl" Opcode::Ffloor;
        "trunc" "truncf" "truncl" Opcode::Ftrunc;
        "rint" "rintf" "rintl" Opcode::Fnearest;
        "nearbyint" "nearbyintf" "nearbyintl" Opcode::Fnearest;
        "roundeven" "roundevenf" "roundevenl" Opcode::Fnearest;
    }
    exact_two {
        "fmod" "fmodf" "fmodl" Opcode::Frem;
        "fmin" "fminf" "fminl" Opcode::Fmin;
        "fmax" "fmaxf" "fmaxl" Opcode::Fmax;
        "copysign" "copysignf" "copysignl" Opcode::Fcopysign;
        "fdim" "fdimf" "fdiml" Opcode::Fsub;
    }
    fused {
        "fma" "fmaf" "fmal" ();
    }
    one {
        "sin" "sinf" "sinl" f64::sin;
        "cos" "cosf" "cosl" f64::cos;
        "tan" "tanf" "tanl" f64::tan;
        "asin" "asinf" "asinl" f64::asin;
        "acos" "acosf" "acosl" f64::acos;
        "atan" "atanf" "atanl" f64::atan;
        "sinh" "sinhf" "sinhl" f64::sinh;
        "cosh" "coshf" "coshl" f64::cosh;
        "tanh" "tanhf" "tanhl" f64::tanh;
        "asinh" "asinhf" "asinhl" f64::asinh;
        "acosh" "acoshf" "acoshl" f64::acosh;
        "atanh" "atanhf" "atanhl" f64::atanh;
        "exp" "expf" "expl" f64::exp;
        "exp2" "exp2f" "exp2l" f64::exp2;
        "expm1" "expm1f" "expm1l" f64::exp_m1;
        "log" "logf" "logl" f64::ln;
        "log2" "log2f" "log2l" f64::log2;
        "log10" "log10f" "log10l" f64::log10;
        "log1p" "log1pf" "log1pl" f64::ln_1p;
        "cbrt" "cbrtf" "cbrtl" f64::cbrt;
        "round" "roundf" "roundl" f64::round;
    }
    two {
        "pow" "powf" "powl" f64::powf;
        "atan2" "atan2f" "atan2l" f64::atan2;
        "hypot" "hypotf" "hypotl" f64::hypot;
    }
    whole {
        "lround" "lroundf" "lroundl" f64::round;
        "llround" "llroundf" "llroundl" f64::round;
        "lrint" "lrintf" "lrintl" f64::round_ties_even;
        "llrint" "llrintf" "llrintl" f64::round_ties_even;
    }
    scale {
        "ldexp" "ldexpf" "ldexpl" ();
        "scalbn" "scalbnf" "scalbnl" ();
    }
}

fn long_double(m: &Interpreter<'_>) -> Type {
    match m.module.target.layout.long_double {
        lathe_target::LongDouble::X87 => Type::F80,
        lathe_target::LongDouble::Binary128 => Type::F128,
    }
}

fn exact(c: &HostCall<'_>, ty: Type, op: Opcode) -> R {
    Ok(float_ops::unary(op, ty, c.bits(0)))
}

fn exact_two(c: &HostCall<'_>, ty: Type, op: Opcode) -> R {
    let result = float_ops::binary(op, ty, c.bits(0), c.bits(1));
    if op == Opcode::Fsub && float_ops::to_f64(ty, result) < 0.0 {
        return Ok(0);
    }
    Ok(result)
}

fn fused(c: &HostCall<'_>, ty: Type, _: ()) -> R {
    Ok(float_ops::fma(ty, c.bits(0), c.bits(1), c.bits(2)))
}

fn one(c: &HostCall<'_>, ty: Type, function: fn(f64) -> f64) -> R {
    Ok(float_ops::from_f64(ty, function(float_ops::to_f64(ty, c.bits(0)))))
}

fn two(c: &HostCall<'_>, ty: Type, function: fn(f64, f64) -> f64) -> R {
    let (x, y) = (float_ops::to_f64(ty, c.bits(0)), float_ops::to_f64(ty, c.bits(1)));
    Ok(float_ops::from_f64(ty, function(x, y)))
}

/// A function of both parts of a complex number, which is passed by its address.
fn complex_polar(m: &Interpreter<'_>, c: &HostCall<'_>, ty: Type, function: fn(f64, f64) -> f64) -> R {
    let (size, stride) = (ty.lane_bits(64) / 8, ty.bytes(&m.module.target.layout));
    let part = |offset: u32| -> Result<f64, Stop> {
        Ok(float_ops::to_f64(ty, m.memory.load(c.ptr(0) + u64::from(offset), size)?))
    };
    Ok(float_ops::from_f64(ty, function(part(0)?, part(stride)?)))
}

fn whole(c: &HostCall<'_>, ty: Type, function: fn(f64) -> f64) -> R {
    Ok(function(float_ops::to_f64(ty, c.bits(0))) as i64 as u128)
}

/// Multiplies by a power of two, in steps that do not round twice.
fn scale(c: &HostCall<'_>, ty: Type, _: ()) -> R {
    let mut bits = c.bits(0);
    let mut power = c.int(1).clamp(-40_000, 40_000);
    while power != 0 {
        let step = power.clamp(-1000, 1000);
        let factor = float_ops::convert(Type::F64, Type::F128, u128::from(2f64.powi(step as i32).to_bits()));
        // One rounding: in binary128 until the last step.
        let wide =
            float_ops::binary(Opcode::Fmul, Type::F128, float_ops::convert(ty, Type::F128, bits), factor);
        power -= step;
        bits = float_ops::convert(Type::F128, ty, wide);
    }
    Ok(bits)
}

fn frexp(m: &mut Interpreter<'_>, c: &HostCall<'_>, ty: Type) -> R {
    let bits = c.bits(0);
    let (exponent, result) = match float_ops::decompose(ty, bits) {
        Some((_, mantissa, exponent)) if mantissa != 0 => {
            let width = 128 - mantissa.leading_zeros() as i32;
            let half = float_ops::from_int(ty, mantissa, 128, false);
            let power = float_ops::from_f64(ty, 2f64.powi(-width));
            let scaled = float_ops::binary(Opcode::Fmul, ty, half, power);
            (exponent + width, float_ops::binary(Opcode::Fcopysign, ty, scaled, bits))
        }
        _ => (0, bits),
    };
    m.memory.store(c.ptr(1), 4, u128::from(exponent as u32))?;
    Ok(result)
}

fn modf(m: &mut Interpreter<'_>, c: &HostCall<'_>, ty: Type) -> R {
    let bits = c.bits(0);
    let whole = float_ops::unary(Opcode::Ftrunc, ty, bits);
    let size = ty.lane_bits(64) / 8;
    m.memory.store(c.ptr(1), size, whole)?;
    if float_ops::is_infinite(ty, bits) {
        return Ok(float_ops::binary(Opcode::Fcopysign, ty, 0, bits));
    }
    let fraction = float_ops::binary(Opcode::Fsub, ty, bits, whole);
    Ok(float_ops::binary(Opcode::Fcopysign, ty, fraction, bits))
}

fn sign_bit(c: &HostCall<'_>) -> u128 {
    c.bits(0) >> (c.ty(0).lane_bits(64) - 1) & 1
}

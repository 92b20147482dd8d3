//! Division and remainder. By constants: shifts and multiplications by reciprocals.
//!
//! Reciprocals after Granlund and Montgomery, "Division by Invariant Integers using Multiplication"
//! (PLDI 1994), figures 4.2 and 5.2.

use crate::operands::*;
use crate::rules_convert::extend_to_32;
use lathe_ir::{Inst, Opcode, Type};
use lathe_isa_x86::registers as r;
use lathe_isa_x86::rows as x;
use lathe_mach::VReg;
use lathe_mach::inst::pseudo;
use lathe_mach::select::Selector;

pub(crate) fn divide(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let signed = matches!(data.opcode(), Opcode::Sdiv | Opcode::Srem);
    let remainder = matches!(data.opcode(), Opcode::Urem | Opcode::Srem);
    let args = [data.inline_args()[0], data.inline_args()[1]];
    let mut a = cx.reg(args[0]);
    let wide_ty = if bytes(cx, ty) < 4 { Type::I32 } else { ty };
    if bytes(cx, ty) < 4 {
        let wide = cx.temp(Type::I32);
        extend_to_32(cx, ty, signed, wide, a);
        a = wide;
    }
    let to = cx.result(inst);
    if let Some(divisor) = cx.func.int_constant(args[1])
        && !cx.options.optimize_size
    {
        let divisor = sign_extended(cx, ty, divisor);
        let mask = if bytes(cx, ty) == 8 { u64::MAX } else { (1 << (8 * bytes(cx, ty))) - 1 };
        let magnitude = if signed { divisor.unsigned_abs() } else { divisor as u64 & mask };
        if magnitude > 0 {
            let quotient = by_constant(cx, wide_ty, a, magnitude, signed, signed && divisor < 0);
            if remainder {
                subtract_product(cx, wide_ty, to, a, quotient, divisor, signed, mask);
            } else {
                cx.op(pseudo::COPY, &[tied(to, quotient, wide_view(cx, wide_ty))]);
            }
            return;
        }
    }
    let mut b = cx.reg(args[1]);
    if bytes(cx, ty) < 4 {
        let wide = cx.temp(Type::I32);
        extend_to_32(cx, ty, signed, wide, b);
        b = wide;
    }
    let high = cx.temp(wide_ty);
    let is_64 = bytes(cx, ty) == 8;
    let b = source(cx, b, wide_view(cx, ty));
    let row = match (signed, is_64) {
        (true, true) => x::IDIVQ,
        (true, false) => x::IDIVL,
        (false, true) => x::DIVQ,
        (false, false) => x::DIVL,
    };
    if signed {
        let extend = if is_64 { x::CQTO } else { x::CLTD };
        cx.op(extend, &[fixed_use(a, r::RAX), fixed_def(high, r::RDX)]);
    } else {
        crate::rules_symbol::integer(cx, wide_ty, 0, high);
    }
    let (result, lost) = if remainder { (r::RDX, r::RAX) } else { (r::RAX, r::RDX) };
    let operands = [b, fixed_use(a, r::RAX), fixed_use(high, r::RDX), fixed_def(to, result)];
    clobbering(cx, row, &operands, lost);
}

fn shift(cx: &mut Selector<'_>, ty: Type, from: VReg, signed: bool, count: u32) -> VReg {
    if count == 0 {
        return from;
    }
    let to = cx.temp(ty);
    let row = match (bytes(cx, ty) == 8, signed) {
        (true, true) => x::SARQ,
        (true, false) => x::SHRQ,
        (false, true) => x::SARL,
        (false, false) => x::SHRL,
    };
    cx.op(row, &[tied(to, from, wide_view(cx, ty)), imm(i64::from(count))]);
    to
}

fn sum(cx: &mut Selector<'_>, ty: Type, a: VReg, b: VReg) -> VReg {
    let to = cx.temp(ty);
    cx.op(wide(cx, ADD, ty), &[tied(to, a, wide_view(cx, ty)), reg_use(b, wide_view(cx, ty))]);
    to
}

fn difference(cx: &mut Selector<'_>, ty: Type, a: VReg, b: VReg) -> VReg {
    let to = cx.temp(ty);
    cx.op(wide(cx, SUB, ty), &[tied(to, a, wide_view(cx, ty)), reg_use(b, wide_view(cx, ty))]);
    to
}

/// The quotient by a constant magnitude, negated if asked. `ty` is `i32` or `i64`.
fn by_constant(cx: &mut Selector<'_>, ty: Type, a: VReg, magnitude: u64, signed: bool, negate: bool) -> VReg {
    let quotient = match (magnitude, signed) {
        (1, _) => a,
        (n, false) if n.is_power_of_two() => shift(cx, ty, a, false, n.trailing_zeros()),
        (n, true) if n.is_power_of_two() => signed_power(cx, ty, a, n.trailing_zeros()),
        (n, false) => unsigned_reciprocal(cx, ty, a, n),
        (n, true) => signed_reciprocal(cx, ty, a, n),
    };
    if !negate {
        return quotient;
    }
    let negative = cx.temp(ty);
    let row = if bytes(cx, ty) == 8 { x::NEGQ } else { x::NEGL };
    cx.op(row, &[tied(negative, quotient, wide_view(cx, ty))]);
    negative
}

/// Rounds towards zero: adds 2^n - 1 to negative numbers first.
fn signed_power(cx: &mut Selector<'_>, ty: Type, a: VReg, n: u32) -> VReg {
    let bits = bytes(cx, ty) * 8;
    let sign = if n == 1 { a } else { shift(cx, ty, a, true, bits - 1) };
    let bias = shift(cx, ty, sign, false, bits - n);
    let biased = sum(cx, ty, a, bias);
    shift(cx, ty, biased, true, n)
}

/// The upper word of the product with a factor.
fn high_product(cx: &mut Selector<'_>, a: VReg, factor: u64, signed: bool) -> VReg {
    let constant = cx.temp(Type::PTR);
    let factor = sign_extended(cx, Type::PTR, factor as i64);
    crate::rules_symbol::integer(cx, Type::PTR, factor, constant);
    let high = cx.temp(Type::PTR);
    let row = match (is_64(cx), signed) {
        (true, true) => x::IMULQ_1,
        (true, false) => x::MULQ,
        (false, true) => x::IMULL_1,
        (false, false) => x::MULL,
    };
    let operands = [reg_use(constant, word_view(cx)), fixed_use(a, r::RAX), fixed_def(high, r::RDX)];
    clobbering(cx, row, &operands, r::RAX);
    high
}

fn unsigned_reciprocal(cx: &mut Selector<'_>, ty: Type, a: VReg, divisor: u64) -> VReg {
    let bits = bytes(cx, ty) * 8;
    if bits == 32 && is_64(cx) {
        // 2^64 / d, rounded up, is exact enough for 32-bit dividends.
        let wide = cx.temp(Type::I64);
        cx.op(x::MOVL, &[def(wide, VIEW_32), reg_use(a, VIEW_32)]);
        let factor = ((1u128 << 64) / u128::from(divisor) + 1) as u64;
        return high_product(cx, wide, factor, false);
    }
    let log = 64 - (divisor - 1).leading_zeros();
    let factor = ((1u128 << bits) * ((1u128 << log) - u128::from(divisor)) / u128::from(divisor) + 1) as u64;
    let high = high_product(cx, a, factor, false);
    let rest = difference(cx, ty, a, high);
    let half = shift(cx, ty, rest, false, 1);
    let total = sum(cx, ty, half, high);
    shift(cx, ty, total, false, log - 1)
}

fn signed_reciprocal(cx: &mut Selector<'_>, ty: Type, a: VReg, divisor: u64) -> VReg {
    let bits = bytes(cx, ty) * 8;
    let log = 63 - (divisor - 1).leading_zeros();
    let truncated = if bits == 32 && is_64(cx) {
        let factor = (1u128 << (32 + log)) / u128::from(divisor) + 1;
        let (wide, product) = (cx.temp(Type::I64), cx.temp(Type::I64));
        cx.op(x::MOVSLQ, &[def(wide, VIEW_64), reg_use(a, VIEW_32)]);
        let constant = cx.temp(Type::I64);
        crate::rules_symbol::integer(cx, Type::I64, factor as i64, constant);
        cx.op(x::IMULQ_2, &[tied(product, constant, VIEW_64), reg_use(wide, VIEW_64)]);
        shift(cx, Type::I64, product, true, 32 + log)
    } else {
        let factor = ((1u128 << (bits + log)) / u128::from(divisor) + 1) as u64;
        let high = high_product(cx, a, factor, true);
        let total = sum(cx, ty, high, a);
        shift(cx, ty, total, true, log)
    };
    let sign = shift(cx, ty, a, true, bits - 1);
    difference(cx, ty, truncated, sign)
}

/// `to = a - quotient * divisor`.
fn subtract_product(
    cx: &mut Selector<'_>,
    ty: Type,
    to: VReg,
    a: VReg,
    quotient: VReg,
    divisor: i64,
    signed: bool,
    mask: u64,
) {
    let factor = if signed { divisor } else { (divisor as u64 & mask) as i64 };
    let view = wide_view(cx, ty);
    let product = cx.temp(ty);
    let is_64 = bytes(cx, ty) == 8;
    if factor > 0 && (factor as u64).is_power_of_two() {
        let row = if is_64 { x::SHLQ } else { x::SHLL };
        cx.op(row, &[tied(product, quotient, view), imm(i64::from(factor.trailing_zeros()))]);
    } else if fits_i32(factor) || !is_64 {
        let row = if is_64 { x::IMULQ_3 } else { x::IMULL_3 };
        cx.op(row, &[def(product, view), reg_use(quotient, view), imm(i64::from(factor as i32))]);
    } else {
        let constant = cx.temp(ty);
        crate::rules_symbol::integer(cx, ty, factor, constant);
        cx.op(x::IMULQ_2, &[tied(product, constant, view), reg_use(quotient, view)]);
    }
    cx.op(wide(cx, SUB, ty), &[tied(to, a, view), reg_use(product, view)]);
}

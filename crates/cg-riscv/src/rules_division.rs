//! Division and remainder. By constants: shifts and multiplications by reciprocals.
//!
//! Reciprocals after Granlund and Montgomery, "Division by Invariant Integers using Multiplication"
//! (PLDI 1994), figures 4.2 and 5.2. Narrow types divide as `int`s.

use crate::operands::*;
use crate::rules_convert::{extend, extended, low_word};
use crate::rules_integer::{multiply_constant, negate};
use crate::rules_symbol::constant;
use lathe_ir::{Inst, Opcode, Type};
use lathe_isa_riscv::rows as x;
use lathe_mach::VReg;
use lathe_mach::select::Selector;

pub(crate) fn divide(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let signed = matches!(data.opcode(), Opcode::Sdiv | Opcode::Srem);
    let remainder = matches!(data.opcode(), Opcode::Urem | Opcode::Srem);
    let args = [data.inline_args()[0], data.inline_args()[1]];
    let wide = if is_narrow(ty) { Type::I32 } else { ty };
    let divisor = cx
        .func
        .int_constant(args[1])
        .map(|divisor| if signed { sign_extended(ty, divisor) } else { zero_extended(ty, divisor) });
    let is_power = divisor.is_some_and(|d| d.unsigned_abs().is_power_of_two());
    let reciprocal = cx.options.level != lathe_mach::options::OptLevel::None && !cx.options.optimize_size;
    if let Some(divisor) = divisor.filter(|d| *d != 0 && (is_power || reciprocal)) {
        let a = if is_word(ty) && signed { cx.reg(args[0]) } else { extended_dividend(cx, args[0], signed) };
        let to = cx.result(inst);
        by_constant(cx, wide, to, a, divisor, signed, remainder);
        return;
    }
    let read = |cx: &mut Selector<'_>, value| {
        if is_narrow(ty) { extended(cx, value, signed) } else { low_word(cx, ty, value) }
    };
    let (a, b) = (read(cx, args[0]), read(cx, args[1]));
    let to = cx.result(inst);
    let rows = match (signed, remainder) {
        (true, false) => (x::DIV, x::DIVW),
        (true, true) => (x::REM, x::REMW),
        (false, false) => (x::DIVU, x::DIVUW),
        (false, true) => (x::REMU, x::REMUW),
    };
    op3(cx, sized(wide, rows.0, rows.1), to, a, b);
}

/// An unsigned `i32` keeps its sign-extended register: whoever multiplies extends.
fn extended_dividend(cx: &mut Selector<'_>, value: lathe_ir::Value, signed: bool) -> VReg {
    if is_word(cx.func.ty(value)) { cx.reg(value) } else { extended(cx, value, signed) }
}

/// Quotient or remainder by a constant that is not zero; `ty` is `i32` or `i64`.
fn by_constant(
    cx: &mut Selector<'_>,
    ty: Type,
    to: VReg,
    a: VReg,
    divisor: i64,
    signed: bool,
    remainder: bool,
) {
    let magnitude = if signed { divisor.unsigned_abs() } else { divisor as u64 };
    if remainder && !signed && magnitude.is_power_of_two() {
        low_bits(cx, to, a, magnitude.trailing_zeros());
        return;
    }
    let quotient = if remainder { cx.temp(Type::I64) } else { to };
    let negate_it = signed && divisor < 0 && !remainder;
    let target = if negate_it { cx.temp(Type::I64) } else { quotient };
    match (magnitude, signed) {
        (1, _) => copy(cx, target, a),
        (n, false) if n.is_power_of_two() => {
            op_imm(cx, sized(ty, x::SRLI, x::SRLIW), target, a, i64::from(n.trailing_zeros()));
        }
        (n, true) if n.is_power_of_two() => signed_power(cx, ty, target, a, n.trailing_zeros()),
        (n, false) => unsigned_reciprocal(cx, ty, target, a, n),
        (n, true) => signed_reciprocal(cx, ty, target, a, n),
    }
    if negate_it {
        negate(cx, ty, quotient, target);
    }
    if remainder {
        let product = cx.temp(Type::I64);
        // The sign of the divisor does not matter to the remainder.
        multiply_constant(cx, ty, product, quotient, magnitude as i64);
        op3(cx, sized(ty, x::SUB, x::SUBW), to, a, product);
    }
}

fn low_bits(cx: &mut Selector<'_>, to: VReg, from: VReg, count: u32) {
    if count <= 11 {
        op_imm(cx, x::ANDI, to, from, (1 << count) - 1);
        return;
    }
    let top = new_imm(cx, x::SLLI, from, i64::from(64 - count));
    op_imm(cx, x::SRLI, to, top, i64::from(64 - count));
}

/// Rounds towards zero: adds 2^n - 1 to negative numbers first.
fn signed_power(cx: &mut Selector<'_>, ty: Type, to: VReg, a: VReg, n: u32) {
    let (left, right) = (sized(ty, x::SRLI, x::SRLIW), sized(ty, x::SRAI, x::SRAIW));
    let width = i64::from(bits(ty));
    let sign = if n == 1 { a } else { new_imm(cx, right, a, width - 1) };
    let bias = new_imm(cx, left, sign, width - i64::from(n));
    let biased = new3(cx, sized(ty, x::ADD, x::ADDW), a, bias);
    op_imm(cx, right, to, biased, i64::from(n));
}

fn unsigned_reciprocal(cx: &mut Selector<'_>, ty: Type, to: VReg, a: VReg, divisor: u64) {
    if is_word(ty) {
        let wide = cx.temp(Type::I64);
        extend(cx, Type::I32, false, wide, a);
        let log = 64 - (divisor - 1).leading_zeros();
        let factor = (1u128 << (32 + log)).div_ceil(u128::from(divisor));
        let exact = u64::try_from(factor).ok().filter(|factor| *factor >> 32 == 0);
        if let Some(factor) = exact {
            let factor = constant(cx, factor as i64);
            let product = new3(cx, x::MUL, wide, factor);
            op_imm(cx, x::SRLI, to, product, i64::from(32 + log));
            return;
        }
        // 2^64 / d, rounded up, is exact enough for 32-bit dividends.
        let factor = constant(cx, ((1u128 << 64) / u128::from(divisor) + 1) as u64 as i64);
        op3(cx, x::MULHU, to, wide, factor);
        return;
    }
    let log = 64 - (divisor - 1).leading_zeros();
    let factor = ((1u128 << 64) * ((1u128 << log) - u128::from(divisor)) / u128::from(divisor) + 1) as u64;
    let factor = constant(cx, factor as i64);
    let high = new3(cx, x::MULHU, a, factor);
    let rest = new3(cx, x::SUB, a, high);
    let half = new_imm(cx, x::SRLI, rest, 1);
    let total = new3(cx, x::ADD, half, high);
    op_imm(cx, x::SRLI, to, total, i64::from(log - 1));
}

fn signed_reciprocal(cx: &mut Selector<'_>, ty: Type, to: VReg, a: VReg, divisor: u64) {
    let log = 63 - (divisor - 1).leading_zeros();
    if is_word(ty) {
        let factor = constant(cx, ((1u128 << (32 + log)) / u128::from(divisor) + 1) as i64);
        let product = new3(cx, x::MUL, a, factor);
        let truncated = new_imm(cx, x::SRAI, product, i64::from(32 + log));
        let sign = new_imm(cx, x::SRAIW, a, 31);
        op3(cx, x::SUBW, to, truncated, sign);
        return;
    }
    let factor = constant(cx, ((1u128 << (64 + log)) / u128::from(divisor) + 1) as u64 as i64);
    let high = new3(cx, x::MULH, a, factor);
    let total = new3(cx, x::ADD, high, a);
    let truncated = new_imm(cx, x::SRAI, total, i64::from(log));
    let sign = new_imm(cx, x::SRAI, a, 63);
    op3(cx, x::SUB, to, truncated, sign);
}

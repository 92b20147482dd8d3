//! Shifts, rotations, bit counts, byte order; sums with flags.

use crate::operands::*;
use crate::rules_convert::{extend, extended, low_word};
use crate::rules_integer::{Right, operands_of};
use crate::rules_symbol::constant;
use lathe_ir::{Inst, LibCall, Opcode, Type, Value};
use lathe_isa::RowId;
use lathe_isa_riscv::rows as x;
use lathe_mach::VReg;
use lathe_mach::error::CodegenError;
use lathe_mach::select::Selector;
use lathe_target::features::Feature;

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    match data.opcode() {
        Opcode::Shl | Opcode::ShlImm => shift_left(cx, inst),
        Opcode::Lshr | Opcode::LshrImm => shift_right(cx, inst, false),
        Opcode::Ashr | Opcode::AshrImm => shift_right(cx, inst, true),
        Opcode::Rotl => rotate(cx, inst, true),
        Opcode::Rotr => rotate(cx, inst, false),
        Opcode::Clz => leading_zeros(cx, inst),
        Opcode::Ctz => trailing_zeros(cx, inst),
        Opcode::Popcnt => {
            let from = extended(cx, data.inline_args()[0], false);
            let to = cx.result(inst);
            population(cx, to, from);
        }
        Opcode::Bswap => byte_swap(cx, inst),
        Opcode::Bitrev => bit_reverse(cx, inst),
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

fn has_zbb(cx: &Selector<'_>) -> bool {
    cx.target.features.has(Feature::Zbb)
}

/// A shift count in a register, taken modulo the width: by the processor for 32 and 64 bits.
fn count_of(cx: &mut Selector<'_>, ty: Type, count: Value) -> VReg {
    if let Some(inst) = cx.foldable(count) {
        // The processor masks by itself.
        let data = *cx.func.inst(inst);
        let mask = i64::from(bits(ty) - 1);
        if data.opcode() == Opcode::IandImm && !is_narrow(ty) && data.imm() & mask == mask {
            return cx.reg(data.inline_args()[0]);
        }
    }
    let count = cx.reg(count);
    if is_narrow(ty) { new_imm(cx, x::ANDI, count, i64::from(bits(ty) - 1)) } else { count }
}

fn shift_left(cx: &mut Selector<'_>, inst: Inst) {
    let ty = cx.func.inst(inst).ty();
    let (a, right) = operands_of(cx, inst, false);
    match right {
        Right::Imm(count) => {
            let count = count & i64::from(bits(ty) - 1);
            if ty == Type::I64
                && let Some(zext) = cx.foldable(a)
                && cx.func.inst(zext).opcode() == Opcode::Zext
            {
                let narrow = cx.func.inst(zext).inline_args()[0];
                let width = i64::from(bits(cx.func.ty(narrow)));
                if width >= 16
                    && count > 0
                    && count + width <= 64
                    && !cx.extent(narrow).is_unsigned(width as u32)
                {
                    // Up to the top and down to the place.
                    let from = cx.reg(narrow);
                    let to = cx.result(inst);
                    if width == 32 && cx.target.features.has(Feature::Zba) {
                        op_imm(cx, x::SLLI_UW, to, from, count);
                        return;
                    }
                    let top = new_imm(cx, x::SLLI, from, 64 - width);
                    op_imm(cx, x::SRLI, to, top, 64 - width - count);
                    return;
                }
            }
            let from = low_word(cx, ty, a);
            let to = cx.result(inst);
            op_imm(cx, sized(ty, x::SLLI, x::SLLIW), to, from, count);
        }
        Right::Value(b) => {
            let from = low_word(cx, ty, a);
            let count = count_of(cx, ty, b);
            let to = cx.result(inst);
            op3(cx, sized(ty, x::SLL, x::SLLW), to, from, count);
        }
    }
}

fn shift_right(cx: &mut Selector<'_>, inst: Inst, signed: bool) {
    let ty = cx.func.inst(inst).ty();
    let (a, right) = operands_of(cx, inst, false);
    if let Right::Imm(count) = right {
        let count = count & i64::from(bits(ty) - 1);
        if is_narrow(ty) && count > 0 {
            // Up to the top and down again: the extension and the shift at once.
            let extent = cx.extent(a);
            let known = if signed { extent.is_signed(bits(ty)) } else { extent.is_unsigned(bits(ty)) };
            let from = cx.reg(a);
            let to = cx.result(inst);
            let row = if signed { x::SRAI } else { x::SRLI };
            if known {
                op_imm(cx, row, to, from, count);
            } else {
                let top = new_imm(cx, x::SLLI, from, i64::from(64 - bits(ty)));
                op_imm(cx, row, to, top, count + i64::from(64 - bits(ty)));
            }
            return;
        }
        let from = if is_word(ty) { low_word(cx, ty, a) } else { cx.reg(a) };
        let to = cx.result(inst);
        if count == 0 && !is_word(ty) {
            copy(cx, to, from);
            return;
        }
        let rows = if signed { (x::SRAI, x::SRAIW) } else { (x::SRLI, x::SRLIW) };
        op_imm(cx, sized(ty, rows.0, rows.1), to, from, count);
        return;
    }
    let Right::Value(b) = right else { return };
    let from = if is_word(ty) { low_word(cx, ty, a) } else { extended(cx, a, signed) };
    let count = count_of(cx, ty, b);
    let to = cx.result(inst);
    let rows = if signed { (x::SRA, x::SRAW) } else { (x::SRL, x::SRLW) };
    op3(cx, sized(ty, rows.0, rows.1), to, from, count);
}

fn rotate(cx: &mut Selector<'_>, inst: Inst, left: bool) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let [value, count] = [data.inline_args()[0], data.inline_args()[1]];
    let width = i64::from(bits(ty));
    let constant = cx.func.int_constant(count).map(|n| if left { n } else { -n } & (width - 1));
    let from = if is_narrow(ty) { extended(cx, value, false) } else { cx.reg(value) };
    let zbb = has_zbb(cx) && !is_narrow(ty);
    if let Some(count) = constant {
        let to = cx.result(inst);
        if zbb {
            op_imm(cx, sized(ty, x::RORI, x::RORIW), to, from, -count & (width - 1));
            return;
        }
        let high = new_imm(cx, sized(ty, x::SLLI, x::SLLIW), from, count);
        let low =
            if count == 0 { from } else { new_imm(cx, sized(ty, x::SRLI, x::SRLIW), from, width - count) };
        op3(cx, x::OR, to, high, low);
        return;
    }
    let count = count_of(cx, ty, count);
    let to = cx.result(inst);
    if zbb {
        let rows = if left { (x::ROL, x::ROLW) } else { (x::ROR, x::RORW) };
        op3(cx, sized(ty, rows.0, rows.1), to, from, count);
        return;
    }
    let mut other = cx.temp(Type::I64);
    cx.op(x::SUB, &[def_x(other), zero(), use_x(count)]);
    if is_narrow(ty) {
        other = new_imm(cx, x::ANDI, other, width - 1);
    }
    let (up, down) = if left { (count, other) } else { (other, count) };
    let high = new3(cx, sized(ty, x::SLL, x::SLLW), from, up);
    let low = new3(cx, sized(ty, x::SRL, x::SRLW), from, down);
    op3(cx, x::OR, to, high, low);
}

/// The number of ones of a zero-extended register.
fn population(cx: &mut Selector<'_>, to: VReg, from: VReg) {
    if has_zbb(cx) {
        cx.op(x::CPOP, &[def_x(to), use_x(from)]);
    } else {
        cx.call_float_runtime(LibCall::Popcountdi2, &[from], to);
    }
}

fn leading_zeros(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let width = i64::from(bits(ty));
    if has_zbb(cx) && is_word(ty) {
        let from = cx.reg(data.inline_args()[0]);
        let to = cx.result(inst);
        cx.op(x::CLZW, &[def_x(to), use_x(from)]);
        return;
    }
    let from = extended(cx, data.inline_args()[0], false);
    let to = cx.result(inst);
    if has_zbb(cx) {
        if width == 64 {
            cx.op(x::CLZ, &[def_x(to), use_x(from)]);
            return;
        }
        let all = cx.temp(Type::I64);
        cx.op(x::CLZ, &[def_x(all), use_x(from)]);
        op_imm(cx, x::ADDI, to, all, width - 64);
        return;
    }
    // All ones below the highest one; what is left are the zeros.
    let mut smeared = from;
    let mut step = 1;
    while step < width {
        let shifted = new_imm(cx, x::SRLI, smeared, step);
        smeared = new3(cx, x::OR, smeared, shifted);
        step *= 2;
    }
    let ones = cx.temp(Type::I64);
    population(cx, ones, smeared);
    let all = constant(cx, width);
    op3(cx, x::SUB, to, all, ones);
}

fn trailing_zeros(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let from = cx.reg(data.inline_args()[0]);
    let to = cx.result(inst);
    if has_zbb(cx) && !is_narrow(ty) {
        cx.op(sized(ty, x::CTZ, x::CTZW), &[def_x(to), use_x(from)]);
        return;
    }
    // The zeros below the lowest one, as ones; those of a narrow zero end at the type's width.
    let bounded = if bits(ty) == 64 {
        from
    } else if bits(ty) == 8 {
        new_imm(cx, x::ORI, from, 1 << 8)
    } else {
        let bit = constant(cx, 1 << bits(ty));
        new3(cx, x::OR, from, bit)
    };
    let less = new_imm(cx, x::ADDI, bounded, -1);
    let inverse = new_imm(cx, x::XORI, bounded, -1);
    let below = new3(cx, x::AND, less, inverse);
    population(cx, to, below);
}

fn byte_swap(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    if bits(ty) == 8 {
        let from = cx.reg(data.inline_args()[0]);
        let to = cx.result(inst);
        op_imm(cx, x::ADDI, to, from, 0);
        return;
    }
    if has_zbb(cx) {
        let from = cx.reg(data.inline_args()[0]);
        let to = cx.result(inst);
        if bits(ty) == 64 {
            cx.op(x::REV8, &[def_x(to), use_x(from)]);
            return;
        }
        let all = cx.temp(Type::I64);
        cx.op(x::REV8, &[def_x(all), use_x(from)]);
        op_imm(cx, x::SRAI, to, all, i64::from(64 - bits(ty)));
        return;
    }
    if bits(ty) == 16 {
        let from = extended(cx, data.inline_args()[0], false);
        let to = cx.result(inst);
        let high = new_imm(cx, x::SLLI, from, 8);
        let low = new_imm(cx, x::SRLI, from, 8);
        op3(cx, x::OR, to, high, low);
        return;
    }
    let from = cx.reg(data.inline_args()[0]);
    let to = cx.result(inst);
    let masks: &[(i64, i64)] = if bits(ty) == 32 {
        &[(8, 0x00ff_00ff), (16, 0xffff)]
    } else {
        &[(8, 0x00ff_00ff_00ff_00ff), (16, 0x0000_ffff_0000_ffff), (32, 0xffff_ffff)]
    };
    swap_parts(cx, ty, to, from, masks);
}

/// Exchanges neighbouring groups of bits, step by step; the last step may be plain shifts.
fn swap_parts(cx: &mut Selector<'_>, ty: Type, to: VReg, from: VReg, masks: &[(i64, i64)]) {
    let width = i64::from(bits(ty));
    let mut value = from;
    for (index, (step, mask)) in masks.iter().enumerate() {
        let is_last = index + 1 == masks.len();
        let target = if is_last { to } else { cx.temp(Type::I64) };
        if step * 2 == width {
            let up = new_imm(cx, sized(ty, x::SLLI, x::SLLIW), value, *step);
            let down = new_imm(cx, sized(ty, x::SRLI, x::SRLIW), value, *step);
            op3(cx, x::OR, target, up, down);
        } else {
            let mask = constant(cx, *mask);
            let shifted = new_imm(cx, x::SRLI, value, *step);
            let low = new3(cx, x::AND, shifted, mask);
            let kept = new3(cx, x::AND, value, mask);
            let high = new_imm(cx, x::SLLI, kept, *step);
            op3(cx, x::OR, target, high, low);
        }
        value = target;
    }
}

fn bit_reverse(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let from = extended(cx, data.inline_args()[0], false);
    let to = cx.result(inst);
    let all: &[(i64, i64)] = &[
        (1, 0x5555_5555_5555_5555),
        (2, 0x3333_3333_3333_3333),
        (4, 0x0f0f_0f0f_0f0f_0f0f),
        (8, 0x00ff_00ff_00ff_00ff),
        (16, 0x0000_ffff_0000_ffff),
        (32, 0xffff_ffff),
    ];
    let steps = bits(ty).trailing_zeros() as usize;
    if !is_narrow(ty) {
        swap_parts(cx, ty, to, from, &all[..steps]);
        return;
    }
    // Within the zero-extended register: the last exchange is by masks, too.
    let masks: Vec<(i64, i64)> =
        all[..steps].iter().map(|(n, mask)| (*n, zero_extended(ty, *mask))).collect();
    let wide = Type::I64;
    swap_parts(cx, wide, to, from, &masks);
}

// ----- sums with flags -----

/// `uadd_overflow` and its like. Operands are extended so that registers hold the numbers themselves.
pub(crate) fn with_flag(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let (ty, opcode) = (data.ty(), data.opcode());
    let signed = matches!(opcode, Opcode::SaddOverflow | Opcode::SsubOverflow | Opcode::SmulOverflow);
    let args = [data.inline_args()[0], data.inline_args()[1]];
    let is_product = matches!(opcode, Opcode::UmulOverflow | Opcode::SmulOverflow);
    // An `i32` compares without sign just as well sign-extended, but does not multiply so.
    let extends = |ty: Type| is_narrow(ty) || is_product;
    let read = |cx: &mut Selector<'_>, value| {
        if extends(ty) { extended(cx, value, signed) } else { cx.reg(value) }
    };
    let (a, b) = (read(cx, args[0]), read(cx, args[1]));
    let result = cx.needed_result(inst, 0);
    let flag = cx.needed_result(inst, 1);
    let (sum, overflow) = match opcode {
        Opcode::SaddOverflow | Opcode::SsubOverflow => {
            signed_sum(cx, ty, opcode == Opcode::SaddOverflow, a, b)
        }
        Opcode::UaddOverflow => {
            let sum = new3(cx, sized(ty, x::ADD, x::ADDW), a, b);
            let carry = if is_narrow(ty) {
                new_imm(cx, x::SRLI, sum, i64::from(bits(ty)))
            } else {
                new3(cx, x::SLTU, sum, a)
            };
            (sum, carry)
        }
        Opcode::UsubOverflow => {
            let difference = new3(cx, sized(ty, x::SUB, x::SUBW), a, b);
            (difference, new3(cx, x::SLTU, a, b))
        }
        _ => product_with_flag(cx, ty, signed, a, b),
    };
    if let Some(result) = result {
        copy(cx, result, sum);
    }
    if let Some(flag) = flag {
        copy(cx, flag, overflow);
    }
}

/// Sum or difference of sign-extended numbers, and whether it wrapped.
pub(crate) fn signed_sum(cx: &mut Selector<'_>, ty: Type, is_add: bool, a: VReg, b: VReg) -> (VReg, VReg) {
    let whole = new3(cx, if is_add { x::ADD } else { x::SUB }, a, b);
    let overflow = cx.temp(Type::I64);
    if bits(ty) == 64 {
        let less = new3(cx, x::SLT, whole, a);
        let expected = cx.temp(Type::I64);
        if is_add {
            cx.op(x::SLT, &[def_x(expected), use_x(b), zero()]);
        } else {
            cx.op(x::SLT, &[def_x(expected), zero(), use_x(b)]);
        }
        op3(cx, x::XOR, overflow, less, expected);
        return (whole, overflow);
    }
    let cut = cx.temp(Type::I64);
    extend(cx, ty, true, cut, whole);
    let differs = new3(cx, x::XOR, cut, whole);
    is_not_zero(cx, overflow, differs);
    (cut, overflow)
}

fn product_with_flag(cx: &mut Selector<'_>, ty: Type, signed: bool, a: VReg, b: VReg) -> (VReg, VReg) {
    let product = new3(cx, x::MUL, a, b);
    let overflow = cx.temp(Type::I64);
    let rest = match (bits(ty), signed) {
        (64, false) => new3(cx, x::MULHU, a, b),
        (64, true) => {
            let high = new3(cx, x::MULH, a, b);
            let sign = new_imm(cx, x::SRAI, product, 63);
            new3(cx, x::XOR, high, sign)
        }
        (width, false) => new_imm(cx, x::SRLI, product, i64::from(width)),
        (_, true) => {
            let cut = cx.temp(Type::I64);
            extend(cx, ty, true, cut, product);
            new3(cx, x::XOR, cut, product)
        }
    };
    is_not_zero(cx, overflow, rest);
    let result = if is_word(ty) { new_imm(cx, x::ADDIW, product, 0) } else { product };
    (result, overflow)
}

/// `uadd_carry`, `usub_borrow`.
pub(crate) fn with_carry(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let is_add = data.opcode() == Opcode::UaddCarry;
    let args = data.inline_args();
    let (a, b) = (
        crate::rules_integer::comparable(cx, args[0], false),
        crate::rules_integer::comparable(cx, args[1], false),
    );
    let carry = extended(cx, args[2], false);
    let result = cx.needed_result(inst, 0);
    let flag = cx.needed_result(inst, 1);
    let row: RowId = if is_add { sized(ty, x::ADD, x::ADDW) } else { sized(ty, x::SUB, x::SUBW) };
    let first = new3(cx, row, a, b);
    let to = result.unwrap_or_else(|| cx.temp(ty));
    op3(cx, row, to, first, carry);
    let Some(flag) = flag else { return };
    if is_narrow(ty) {
        let high = new_imm(cx, x::SRLI, to, i64::from(bits(ty)));
        op_imm(cx, x::ANDI, flag, high, 1);
        return;
    }
    let (one, two) = if is_add {
        (new3(cx, x::SLTU, first, a), new3(cx, x::SLTU, to, first))
    } else {
        (new3(cx, x::SLTU, a, b), new3(cx, x::SLTU, first, carry))
    };
    op3(cx, x::OR, flag, one, two);
}

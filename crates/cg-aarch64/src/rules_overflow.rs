//! Sums, differences and products that say whether they fit, or saturate.
//!
//! 32 and 64 bits use the flags; narrow types are computed exactly in 32 bits and compared with their own low part.

use crate::operands::*;
use crate::rules_convert::extended;
use crate::rules_integer::{Right, operands_of};
use crate::rules_symbol::integer;
use lathe_ir::{Inst, Opcode, Type};
use lathe_isa::RowId;
use lathe_isa_aarch64::rows as a;
use lathe_mach::error::CodegenError;
use lathe_mach::select::Selector;
use lathe_mach::{MachOperand, VReg};

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    match cx.func.inst(inst).opcode() {
        Opcode::UaddSat | Opcode::UsubSat => unsigned_saturating(cx, inst),
        Opcode::SaddSat | Opcode::SsubSat => signed_saturating(cx, inst),
        Opcode::UaddOverflow => with_flag(cx, inst, a::ADDS, Cond::CS),
        Opcode::SaddOverflow => with_flag(cx, inst, a::ADDS, Cond::VS),
        Opcode::UsubOverflow => with_flag(cx, inst, a::SUBS, Cond::CC),
        Opcode::SsubOverflow => with_flag(cx, inst, a::SUBS, Cond::VS),
        Opcode::UmulOverflow | Opcode::SmulOverflow => multiply_with_flag(cx, inst),
        Opcode::UaddCarry => with_carry(cx, inst, true),
        Opcode::UsubBorrow => with_carry(cx, inst, false),
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

pub(crate) fn set(cx: &mut Selector<'_>, to: VReg, cond: Cond) {
    cx.op(a::CSET, &[def(to, VIEW_W), MachOperand::Cond(cond as u8)]);
}

/// Sum or difference with a flag.
fn with_flag(cx: &mut Selector<'_>, inst: Inst, row: RowId, cond: Cond) {
    let ty = cx.func.inst(inst).ty();
    if bytes(ty) < 4 {
        return narrow_with_flag(cx, inst, row);
    }
    let (first, right) = operands_of(cx, inst, false);
    let from = cx.reg(first);
    let view = view(ty);
    let right = match right {
        Right::Imm(value) if is_add_immediate(value) => imm(value),
        Right::Imm(value) => {
            let reg = cx.temp(ty);
            integer(cx, ty, value, reg);
            reg_use(reg, view)
        }
        Right::Value(value) => reg_use(cx.reg(value), view),
    };
    let to = cx.needed_result(inst, 0).unwrap_or_else(|| cx.temp(ty));
    let flag = cx.needed_result(inst, 1);
    cx.op(row, &[def(to, view), reg_use(from, view), right]);
    if let Some(flag) = flag {
        set(cx, flag, cond);
    }
}

fn is_signed(opcode: Opcode) -> bool {
    matches!(
        opcode,
        Opcode::SaddOverflow
            | Opcode::SsubOverflow
            | Opcode::SmulOverflow
            | Opcode::SaddSat
            | Opcode::SsubSat
    )
}

/// In 32 bits the result is exact: it fits if its own low part, widened, is the same.
fn narrow_with_flag(cx: &mut Selector<'_>, inst: Inst, row: RowId) {
    let data = *cx.func.inst(inst);
    let (ty, signed) = (data.ty(), is_signed(data.opcode()));
    let [x, y] = [data.inline_args()[0], data.inline_args()[1]];
    let (x, y) = (extended(cx, x, signed), extended(cx, y, signed));
    let to = cx.needed_result(inst, 0).unwrap_or_else(|| cx.temp(Type::I32));
    let flag = cx.needed_result(inst, 1);
    let row = match row {
        a::ADDS => a::ADD,
        a::SUBS => a::SUB,
        row => row,
    };
    cx.op(row, &[def(to, VIEW_W), reg_use(x, VIEW_W), reg_use(y, VIEW_W)]);
    if let Some(flag) = flag {
        let kind = match (bytes(ty), signed) {
            (1, true) => SXTB,
            (1, false) => UXTB,
            (_, true) => SXTH,
            (_, false) => UXTH,
        };
        cx.op(a::CMP, &[reg_use(to, VIEW_W), reg_use(to, VIEW_W), shifted(kind, 0)]);
        set(cx, flag, Cond::NE);
    }
}

fn multiply_with_flag(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let (ty, signed) = (data.ty(), is_signed(data.opcode()));
    if bytes(ty) < 4 {
        return narrow_with_flag(cx, inst, a::MUL);
    }
    let (x, y) = (cx.reg(data.inline_args()[0]), cx.reg(data.inline_args()[1]));
    let to = cx.needed_result(inst, 0).unwrap_or_else(|| cx.temp(ty));
    let flag = cx.needed_result(inst, 1);
    if bytes(ty) == 4 {
        let product = cx.temp(Type::I64);
        let row = if signed { a::SMULL } else { a::UMULL };
        cx.op(row, &[def(product, VIEW_X), reg_use(x, VIEW_W), reg_use(y, VIEW_W)]);
        cx.op(a::MOV, &[def(to, VIEW_W), reg_use(product, VIEW_W)]);
        if signed {
            cx.op(a::CMP, &[reg_use(product, VIEW_X), reg_use(to, VIEW_W), shifted(SXTW, 0)]);
        } else {
            cx.op(a::CMP, &[zero(VIEW_X), reg_use(product, VIEW_X), shifted(LSR, 32)]);
        }
    } else {
        let high = cx.temp(Type::I64);
        let row = if signed { a::SMULH } else { a::UMULH };
        cx.op(row, &[def(high, VIEW_X), reg_use(x, VIEW_X), reg_use(y, VIEW_X)]);
        cx.op(a::MUL, &[def(to, VIEW_X), reg_use(x, VIEW_X), reg_use(y, VIEW_X)]);
        if signed {
            cx.op(a::CMP, &[reg_use(high, VIEW_X), reg_use(to, VIEW_X), shifted(ASR, 63)]);
        } else {
            cx.op(a::CMP, &[reg_use(high, VIEW_X), imm(0)]);
        }
    }
    if let Some(flag) = flag {
        set(cx, flag, Cond::NE);
    }
}

/// `adcs`, `sbcs`. A carry that is not in the flags is compared with 1; a borrow is subtracted from 0, which leaves the
/// carry flag clear exactly when there is one.
fn with_carry(cx: &mut Selector<'_>, inst: Inst, is_add: bool) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let args = data.inline_args();
    if bytes(ty) < 4 {
        return narrow_with_carry(cx, inst, is_add);
    }
    let view = view(ty);
    let x = value_or_zero(cx, args[0], view);
    let y = value_or_zero(cx, args[1], view);
    let (first, row) = if is_add { (Opcode::UaddOverflow, a::ADCS) } else { (Opcode::UsubOverflow, a::SBCS) };
    let before = cx.func.def_inst(args[2]).filter(|before| {
        let before_data = cx.func.inst(*before);
        before_data.opcode() == first && bytes(before_data.ty()) >= 4 && cx.is_previous(*before)
    });
    match before {
        // The instruction that makes the carry comes directly before: it is in the flags.
        Some(before) => {
            let (row, cond) = if is_add { (a::ADDS, Cond::CS) } else { (a::SUBS, Cond::CC) };
            with_flag(cx, before, row, cond);
            cx.absorb(before);
        }
        None => {
            let carry = crate::rules_compare::bit_register(cx, args[2]);
            if is_add {
                cx.op(a::CMP, &[reg_use(carry, VIEW_W), imm(1)]);
            } else {
                cx.op(a::CMP, &[zero(VIEW_W), reg_use(carry, VIEW_W)]);
            }
        }
    }
    let to = cx.needed_result(inst, 0).unwrap_or_else(|| cx.temp(ty));
    let flag = cx.needed_result(inst, 1);
    cx.op(row, &[def(to, view), x, y]);
    if let Some(flag) = flag {
        set(cx, flag, if is_add { Cond::CS } else { Cond::CC });
    }
}

fn narrow_with_carry(cx: &mut Selector<'_>, inst: Inst, is_add: bool) {
    let data = *cx.func.inst(inst);
    let bits = i64::from(bytes(data.ty()) * 8);
    let args = data.inline_args();
    let (x, y) = (extended(cx, args[0], false), extended(cx, args[1], false));
    let carry = crate::rules_compare::bit_register(cx, args[2]);
    let to = cx.needed_result(inst, 0).unwrap_or_else(|| cx.temp(Type::I32));
    let flag = cx.needed_result(inst, 1);
    let row = if is_add { a::ADD } else { a::SUB };
    let sum = cx.temp(Type::I32);
    cx.op(row, &[def(sum, VIEW_W), reg_use(x, VIEW_W), reg_use(y, VIEW_W)]);
    cx.op(row, &[def(to, VIEW_W), reg_use(sum, VIEW_W), reg_use(carry, VIEW_W)]);
    if let Some(flag) = flag {
        cx.op(a::UBFX, &[def(flag, VIEW_W), reg_use(to, VIEW_W), imm(bits), imm(1)]);
    }
}

/// Unsigned: all ones or zero when the flag says so. Narrow: the exact result is clamped.
fn unsigned_saturating(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let is_add = data.opcode() == Opcode::UaddSat;
    let args = data.inline_args();
    let (x, y) = (extended(cx, args[0], false), extended(cx, args[1], false));
    let to = cx.result(inst);
    let view = view(ty);
    let sum = cx.temp(if bytes(ty) < 4 { Type::I32 } else { ty });
    if !is_add {
        cx.op(a::SUBS, &[def(sum, view), reg_use(x, view), reg_use(y, view)]);
        let keep = MachOperand::Cond(Cond::CS as u8);
        cx.op(a::CSEL, &[def(to, view), reg_use(sum, view), zero(view), keep]);
        return;
    }
    if bytes(ty) >= 4 {
        cx.op(a::ADDS, &[def(sum, view), reg_use(x, view), reg_use(y, view)]);
        let keep = MachOperand::Cond(Cond::CC as u8);
        cx.op(a::CSINV, &[def(to, view), reg_use(sum, view), zero(view), keep]);
        return;
    }
    let limit = cx.temp(Type::I32);
    cx.op(a::ADD, &[def(sum, view), reg_use(x, view), reg_use(y, view)]);
    integer(cx, Type::I32, (1 << (8 * bytes(ty))) - 1, limit);
    cx.op(a::CMP, &[reg_use(sum, view), reg_use(limit, view)]);
    choose(cx, Type::I32, to, sum, limit, Cond::LS);
}

fn choose(cx: &mut Selector<'_>, ty: Type, to: VReg, yes: VReg, no: VReg, cond: Cond) {
    let view = view(ty);
    cx.op(a::CSEL, &[def(to, view), reg_use(yes, view), reg_use(no, view), MachOperand::Cond(cond as u8)]);
}

fn signed_saturating(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let is_add = data.opcode() == Opcode::SaddSat;
    let args = data.inline_args();
    let (x, y) = (extended(cx, args[0], true), extended(cx, args[1], true));
    let to = cx.result(inst);
    let view = view(ty);
    let bits = bytes(ty) * 8;
    let sum_ty = if bits < 32 { Type::I32 } else { ty };
    let sum = cx.temp(sum_ty);
    if bits < 32 {
        let row = if is_add { a::ADD } else { a::SUB };
        cx.op(row, &[def(sum, view), reg_use(x, view), reg_use(y, view)]);
        clamp(cx, Type::I32, to, sum, -(1 << (bits - 1)), (1 << (bits - 1)) - 1);
        return;
    }
    // The limit on the side of the first operand: its sign, then the largest number, exclusive-ored.
    let (sign, limit) = (cx.temp(ty), cx.temp(ty));
    cx.op(a::ASR, &[def(sign, view), reg_use(x, view), imm(i64::from(bits - 1))]);
    let most = if bits == 64 { i64::MAX } else { i64::from(i32::MAX) };
    cx.op(a::EOR, &[def(limit, view), reg_use(sign, view), imm(most)]);
    let row = if is_add { a::ADDS } else { a::SUBS };
    cx.op(row, &[def(sum, view), reg_use(x, view), reg_use(y, view)]);
    choose(cx, ty, to, limit, sum, Cond::VS);
}

/// `to = from`, moved to the nearer limit.
pub(crate) fn clamp(cx: &mut Selector<'_>, ty: Type, to: VReg, from: VReg, least: i64, most: i64) {
    let view = view(ty);
    let (low, high, upper) = (cx.temp(ty), cx.temp(ty), cx.temp(ty));
    integer(cx, ty, least, low);
    integer(cx, ty, most, high);
    cx.op(a::CMP, &[reg_use(from, view), reg_use(high, view)]);
    choose(cx, ty, upper, from, high, Cond::LT);
    cx.op(a::CMP, &[reg_use(upper, view), reg_use(low, view)]);
    choose(cx, ty, to, upper, low, Cond::GT);
}

//! Conversions between types.
//!
//! RISC-V Unprivileged ISA, "F" 11.7 and "D" 12.4: float to integer conversions saturate, NaN to the largest number;
//! `fcvt.w`, `fcvt.wu` leave sign-extended results.

use crate::operands::*;
use lathe_ir::{Inst, Opcode, Type, Value};
use lathe_isa::RowId;
use lathe_isa_riscv::rows as x;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::pseudo;
use lathe_mach::select::Selector;
use lathe_mach::{MachOperand, VReg};
use lathe_target::features::Feature;

/// Rounding towards zero, as instructions encode it.
pub(crate) const TOWARDS_ZERO: MachOperand = MachOperand::Rounding(1);

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let (ty, from) = (data.ty(), data.inline_args()[0]);
    let from_ty = cx.func.ty(from);
    match data.opcode() {
        Opcode::Zext | Opcode::Sext => widen(cx, inst, data.opcode() == Opcode::Sext),
        Opcode::Trunc => truncate(cx, inst),
        Opcode::PtrToInt if bits(ty) < 64 => truncate(cx, inst),
        Opcode::IntToPtr if bits(from_ty) < 64 => {
            let reg = cx.reg(from);
            let to = cx.result(inst);
            extend_known(cx, from, false, to, reg);
        }
        Opcode::PtrToInt | Opcode::IntToPtr => plain_copy(cx, inst),
        Opcode::Bitcast => return bit_cast(cx, inst),
        Opcode::Fpext | Opcode::Fptrunc => {
            let row = match (from_ty, ty) {
                (Type::F32, Type::F64) => x::FCVT_D_S,
                (Type::F64, Type::F32) => x::FCVT_S_D,
                _ => return Err(cx.unsupported_inst(inst)),
            };
            let reg = cx.reg(from);
            let to = cx.result(inst);
            cx.op(row, &[def_f(to, ty), use_f(reg, from_ty)]);
        }
        Opcode::Sitofp | Opcode::Uitofp => return from_integer(cx, inst),
        Opcode::Fptosi | Opcode::Fptoui => {
            let to = cx.result(inst);
            let signed = data.opcode() == Opcode::Fptosi;
            let reg = cx.reg(from);
            // Narrow results are low bits of an `int`.
            let wide = if is_narrow(ty) { Type::I32 } else { ty };
            let signed = signed || is_narrow(ty);
            cx.op(to_integer_row(from_ty, wide, signed), &[def_x(to), use_f(reg, from_ty), TOWARDS_ZERO]);
        }
        Opcode::FptosiSat | Opcode::FptouiSat => saturating(cx, inst),
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

fn plain_copy(cx: &mut Selector<'_>, inst: Inst) {
    let from = cx.func.inst(inst).inline_args()[0];
    let from = cx.reg(from);
    let to = cx.result(inst);
    copy(cx, to, from);
}

/// The extension of the low bits of a register.
pub(crate) fn extend(cx: &mut Selector<'_>, ty: Type, signed: bool, to: VReg, from: VReg) {
    let features = cx.target.features;
    match (bits(ty), signed) {
        (8, false) => op_imm(cx, x::ANDI, to, from, 255),
        (32, true) => op_imm(cx, x::ADDIW, to, from, 0),
        (8, true) if features.has(Feature::Zbb) => cx.op(x::SEXT_B, &[def_x(to), use_x(from)]),
        (16, true) if features.has(Feature::Zbb) => cx.op(x::SEXT_H, &[def_x(to), use_x(from)]),
        (16, false) if features.has(Feature::Zbb) => cx.op(x::ZEXT_H, &[def_x(to), use_x(from)]),
        (32, false) if features.has(Feature::Zba) => cx.op(x::ADD_UW, &[def_x(to), use_x(from), zero()]),
        (64, _) => copy(cx, to, from),
        (width, signed) => {
            let top = new_imm(cx, x::SLLI, from, i64::from(64 - width));
            op_imm(cx, if signed { x::SRAI } else { x::SRLI }, to, top, i64::from(64 - width));
        }
    }
}

fn is_extended(cx: &Selector<'_>, value: Value, signed: bool) -> bool {
    let width = bits(cx.func.ty(value));
    let extent = cx.extent(value);
    if signed { extent.is_signed(width) } else { extent.is_unsigned(width) }
}

fn extend_known(cx: &mut Selector<'_>, value: Value, signed: bool, to: VReg, from: VReg) {
    if is_extended(cx, value, signed) {
        copy(cx, to, from);
    } else {
        let ty = cx.func.ty(value);
        extend(cx, ty, signed, to, from);
    }
}

/// A register that holds the number that an integer of up to 64 bits stands for.
pub(crate) fn extended(cx: &mut Selector<'_>, value: Value, signed: bool) -> VReg {
    if let Some(constant) = cx.func.int_constant(value) {
        let ty = cx.func.ty(value);
        let constant = if signed { sign_extended(ty, constant) } else { zero_extended(ty, constant) };
        return crate::rules_symbol::constant(cx, constant);
    }
    if signed
        && is_narrow(cx.func.ty(value))
        && let Some(load) = cx.foldable_load(value)
    {
        let to = cx.temp(Type::I64);
        crate::rules_memory::load_inst(cx, load, to, true);
        return to;
    }
    let reg = cx.reg(value);
    if is_extended(cx, value, signed) {
        return reg;
    }
    let to = cx.temp(Type::I64);
    let ty = cx.func.ty(value);
    extend(cx, ty, signed, to, reg);
    to
}

/// A register whose low 32 bits (for an `i32`; else all that the type has) are a value's: looks through a `trunc` that
/// would only extend.
pub(crate) fn low_word(cx: &mut Selector<'_>, ty: Type, value: Value) -> VReg {
    if is_word(ty)
        && let Some(inst) = cx.foldable(value)
        && cx.func.inst(inst).opcode() == Opcode::Trunc
    {
        let from = cx.func.inst(inst).inline_args()[0];
        return cx.reg(from);
    }
    cx.reg(value)
}

fn widen(cx: &mut Selector<'_>, inst: Inst, signed: bool) {
    let from = cx.func.inst(inst).inline_args()[0];
    let from_ty = cx.func.ty(from);
    if let Some(load) = cx.foldable_load(from)
        && (is_narrow(from_ty) && signed || is_word(from_ty) && !signed)
    {
        let to = cx.result(inst);
        crate::rules_memory::load_inst(cx, load, to, is_narrow(from_ty));
        return;
    }
    let reg = if is_word(from_ty) && !signed && !is_extended(cx, from, false) {
        low_word(cx, from_ty, from)
    } else {
        cx.reg(from)
    };
    let to = cx.result(inst);
    extend_known(cx, from, signed, to, reg);
}

fn truncate(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let (ty, from) = (data.ty(), data.inline_args()[0]);
    let reg = cx.reg(from);
    let to = cx.result(inst);
    if is_word(ty) && !cx.extent(from).is_signed(32) {
        op_imm(cx, x::ADDIW, to, reg, 0);
    } else {
        copy(cx, to, reg);
    }
}

/// Moves the bits of a float between the register files.
pub(crate) fn move_bits(cx: &mut Selector<'_>, ty: Type, to: VReg, from: VReg) {
    let to_integer = cx.out.func.vregs[to.index()].bank == lathe_mach::inst::Bank::Int;
    let row = match (ty == Type::F32, to_integer) {
        (true, true) => x::FMV_X_W,
        (true, false) => x::FMV_W_X,
        (false, true) => x::FMV_X_D,
        (false, false) => x::FMV_D_X,
    };
    if to_integer {
        cx.op(row, &[def_x(to), use_f(from, ty)]);
    } else {
        cx.op(row, &[def_f(to, ty), use_x(from)]);
    }
}

fn bit_cast(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let (ty, from) = (data.ty(), data.inline_args()[0]);
    let from_ty = cx.func.ty(from);
    let reg = cx.reg(from);
    let to = cx.result(inst);
    match (ty.is_float(), from_ty.is_float()) {
        (false, false) => copy(cx, to, reg),
        (true, true) => cx.op(pseudo::COPY, &[tied(to, reg, float_view(ty))]),
        (true, false) => move_bits(cx, ty, to, reg),
        (false, true) => move_bits(cx, from_ty, to, reg),
    }
    Ok(())
}

fn from_integer(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let (ty, from) = (data.ty(), data.inline_args()[0]);
    let from_ty = cx.func.ty(from);
    let signed = data.opcode() == Opcode::Sitofp;
    let reg = if is_narrow(from_ty) { extended(cx, from, signed) } else { low_word(cx, from_ty, from) };
    let to = cx.result(inst);
    let is_single = ty == Type::F32;
    let row = match (is_word(from_ty) || is_narrow(from_ty), signed || is_narrow(from_ty), is_single) {
        (true, true, true) => x::FCVT_S_W,
        (true, false, true) => x::FCVT_S_WU,
        (true, true, false) => x::FCVT_D_W,
        (true, false, false) => x::FCVT_D_WU,
        (false, true, true) => x::FCVT_S_L,
        (false, false, true) => x::FCVT_S_LU,
        (false, true, false) => x::FCVT_D_L,
        (false, false, false) => x::FCVT_D_LU,
    };
    cx.op(row, &[def_f(to, ty), use_x(reg)]);
    Ok(())
}

fn to_integer_row(from: Type, to: Type, signed: bool) -> RowId {
    match (from == Type::F32, is_word(to), signed) {
        (true, true, true) => x::FCVT_W_S,
        (true, true, false) => x::FCVT_WU_S,
        (true, false, true) => x::FCVT_L_S,
        (true, false, false) => x::FCVT_LU_S,
        (false, true, true) => x::FCVT_W_D,
        (false, true, false) => x::FCVT_WU_D,
        (false, false, true) => x::FCVT_L_D,
        (false, false, false) => x::FCVT_LU_D,
    }
}

/// The instructions saturate already, but for NaN, which must give 0, and narrow types, whose limits come after.
fn saturating(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let (ty, from) = (data.ty(), data.inline_args()[0]);
    let from_ty = cx.func.ty(from);
    let signed = data.opcode() == Opcode::FptosiSat;
    let reg = cx.reg(from);
    let to = cx.result(inst);
    let wide = if is_narrow(ty) { Type::I32 } else { ty };
    let plain = cx.temp(Type::I64);
    cx.op(to_integer_row(from_ty, wide, signed), &[def_x(plain), use_f(reg, from_ty), TOWARDS_ZERO]);
    let ordered = cx.temp(Type::I64);
    let equal = if from_ty == Type::F32 { x::FEQ_S } else { x::FEQ_D };
    cx.op(equal, &[def_x(ordered), use_f(reg, from_ty), use_f(reg, from_ty)]);
    let mask = cx.temp(Type::I64);
    cx.op(x::SUB, &[def_x(mask), zero(), use_x(ordered)]);
    if !is_narrow(ty) {
        op3(cx, x::AND, to, plain, mask);
        return;
    }
    let number = new3(cx, x::AND, plain, mask);
    let width = bits(ty);
    let most = if signed { (1 << (width - 1)) - 1 } else { (1i64 << width) - 1 };
    let most = crate::rules_symbol::constant(cx, most);
    // An unsigned number that is too large for 32 bits came as all ones, sign-extended.
    let code = if signed { 2 } else { 4 };
    let bounded = cx.temp(Type::I64);
    crate::rules_compare::choose(cx, bounded, number, use_x(most), code, use_x(number), use_x(most));
    if !signed {
        copy(cx, to, bounded);
        return;
    }
    let least = crate::rules_symbol::constant(cx, -(1i64 << (width - 1)));
    crate::rules_compare::choose(cx, to, bounded, use_x(least), 2, use_x(least), use_x(bounded));
}

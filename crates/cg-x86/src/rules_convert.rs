//! Conversions between scalar types.

use crate::operands::*;
use crate::rules_memory::load_operand;
use lathe_ir::{Inst, LibCall, Opcode, Type, Value};
use lathe_isa_x86::Cond;
use lathe_isa_x86::rows as x;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::{Bank, pseudo};
use lathe_mach::select::Selector;
use lathe_mach::{MachOperand, VReg};

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let from_ty = cx.func.ty(data.inline_args()[0]);
    if (data.ty() == Type::F128 || from_ty == Type::F128) && data.opcode() != Opcode::Bitcast {
        return convert_f128(cx, inst, from_ty);
    }
    match data.opcode() {
        Opcode::Zext => widen(cx, inst, from_ty, false),
        Opcode::Sext => widen(cx, inst, from_ty, true),
        Opcode::Trunc | Opcode::PtrToInt | Opcode::IntToPtr => {
            let from = cx.reg(data.inline_args()[0]);
            let to = cx.result(inst);
            if bytes(cx, data.ty()) > bytes(cx, from_ty) {
                zero_extend(cx, from_ty, to, from);
            } else {
                cx.op(pseudo::COPY, &[tied(to, from, wide_view(cx, data.ty()))]);
            }
        }
        Opcode::Bitcast => bitcast(cx, inst, from_ty)?,
        Opcode::Fpext => float_to_float(cx, inst, x::CVTSS2SD),
        Opcode::Fptrunc => float_to_float(cx, inst, x::CVTSD2SS),
        Opcode::Sitofp => int_to_float(cx, inst, from_ty, true),
        Opcode::Uitofp => int_to_float(cx, inst, from_ty, false),
        Opcode::Fptosi => float_to_int(cx, inst, from_ty),
        Opcode::Fptoui => float_to_unsigned(cx, inst, from_ty),
        Opcode::FptosiSat | Opcode::FptouiSat => return saturating(cx, inst, from_ty),
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

/// Widens 8 or 16 bits to 32.
pub(crate) fn extend_to_32(cx: &mut Selector<'_>, ty: Type, signed: bool, to: VReg, from: VReg) {
    let row = match (bytes(cx, ty), signed) {
        (1, false) => x::MOVZBL,
        (1, true) => x::MOVSBL,
        (2, false) => x::MOVZWL,
        (2, true) => x::MOVSWL,
        _ => x::MOVL,
    };
    cx.op(row, &[def(to, VIEW_32), reg_use(from, view(cx, ty))]);
}

fn zero_extend(cx: &mut Selector<'_>, from_ty: Type, to: VReg, from: VReg) {
    let row = match bytes(cx, from_ty) {
        1 => x::MOVZBL,
        2 => x::MOVZWL,
        _ => x::MOVL,
    };
    cx.op(row, &[def(to, VIEW_32), reg_use(from, view(cx, from_ty))]);
}

/// Whether a 32-bit value comes from an instruction of 32 bits, which clears the upper half of its register (Intel SDM
/// volume 1, 3.4.1.1).
fn clears_upper_half(cx: &Selector<'_>, value: Value) -> bool {
    let Some(inst) = cx.func.def_inst(value) else { return false };
    let data = cx.func.inst(inst);
    match data.opcode() {
        Opcode::Iadd | Opcode::IaddImm | Opcode::Isub | Opcode::Load => true,
        // Such that no instruction is left out, and no count is zero.
        Opcode::IandImm => data.imm() as i32 != -1,
        Opcode::LshrImm => data.imm() & 31 != 0,
        _ => false,
    }
}

fn widen(cx: &mut Selector<'_>, inst: Inst, from_ty: Type, signed: bool) {
    let data = *cx.func.inst(inst);
    let value = data.inline_args()[0];
    let from = match cx.foldable_load(value) {
        Some(load) => load_operand(cx, load),
        None if !signed && bytes(cx, from_ty) == 4 && clears_upper_half(cx, value) => {
            let from = cx.reg(value);
            let to = cx.result(inst);
            cx.op(pseudo::COPY, &[tied(to, from, VIEW_64)]);
            return;
        }
        None => {
            let reg = cx.reg(value);
            reg_use(reg, view(cx, from_ty))
        }
    };
    let to = cx.result(inst);
    let (row, view) = if signed {
        match (bytes(cx, from_ty), bytes(cx, data.ty())) {
            (1, 8) => (x::MOVSBQ, VIEW_64),
            (1, _) => (x::MOVSBL, VIEW_32),
            (2, 8) => (x::MOVSWQ, VIEW_64),
            (2, _) => (x::MOVSWL, VIEW_32),
            _ => (x::MOVSLQ, VIEW_64),
        }
    } else {
        match bytes(cx, from_ty) {
            1 => (x::MOVZBL, VIEW_32),
            2 => (x::MOVZWL, VIEW_32),
            _ => (x::MOVL, VIEW_32),
        }
    };
    cx.op(row, &[def(to, view), from]);
}

fn bitcast(cx: &mut Selector<'_>, inst: Inst, from_ty: Type) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let from = cx.reg(data.inline_args()[0]);
    let to = cx.result(inst);
    move_between(cx, inst, ty, to, from_ty, from)
}

/// The same bits in another register.
pub(crate) fn move_between(
    cx: &mut Selector<'_>,
    inst: Inst,
    ty: Type,
    to: VReg,
    from_ty: Type,
    from: VReg,
) -> Result<(), CodegenError> {
    let (Some((to_bank, size)), Some((from_bank, _))) =
        (cx.rules.register_class(ty), cx.rules.register_class(from_ty))
    else {
        return Err(cx.unsupported_inst(inst));
    };
    match (to_bank, from_bank, size) {
        (Bank::Int, Bank::Int, _) => cx.op(pseudo::COPY, &[tied(to, from, wide_view(cx, ty))]),
        (Bank::Vector, Bank::Vector, _) => cx.op(pseudo::COPY, &[tied(to, from, VIEW_XMM)]),
        (Bank::Vector, Bank::Int, 8) => cx.op(x::MOVQ_X, &[def(to, VIEW_XMM), reg_use(from, VIEW_64)]),
        (Bank::Vector, Bank::Int, _) => cx.op(x::MOVD, &[def(to, VIEW_XMM), reg_use(from, VIEW_32)]),
        (Bank::Int, Bank::Vector, 8) => cx.op(x::MOVQ_X, &[def(to, VIEW_64), reg_use(from, VIEW_XMM)]),
        (Bank::Int, Bank::Vector, _) => cx.op(x::MOVD, &[def(to, VIEW_32), reg_use(from, VIEW_XMM)]),
    }
    Ok(())
}

/// Scalar conversions write only the low lane: starting from zero breaks the dependency.
fn merge_base(cx: &mut Selector<'_>) -> VReg {
    let zero = cx.temp(Type::F64);
    cx.op(ZERO_VECTOR, &[def(zero, VIEW_XMM)]);
    zero
}

fn float_to_float(cx: &mut Selector<'_>, inst: Inst, row: lathe_isa::RowId) {
    let from = cx.func.inst(inst).inline_args()[0];
    let from = crate::rules_float::right(cx, from);
    let zero = merge_base(cx);
    let to = cx.result(inst);
    cx.op(row, &[tied(to, zero, VIEW_XMM), from]);
}

fn from_int_row(ty: Type, wide: bool) -> lathe_isa::RowId {
    match (ty == Type::F32, wide) {
        (true, false) => x::CVTSI2SSL,
        (true, true) => x::CVTSI2SSQ,
        (false, false) => x::CVTSI2SDL,
        (false, true) => x::CVTSI2SDQ,
    }
}

fn int_to_float(cx: &mut Selector<'_>, inst: Inst, from_ty: Type, signed: bool) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let value = data.inline_args()[0];
    let to = cx.result(inst);
    let size = bytes(cx, from_ty);
    if signed
        && size >= 4
        && let Some(load) = cx.foldable_load(value)
    {
        let mem = load_operand(cx, load);
        let zero = merge_base(cx);
        cx.op(from_int_row(ty, size == 8), &[tied(to, zero, VIEW_XMM), mem]);
        return;
    }
    let mut from = cx.reg(value);
    if size == 8 && !signed {
        unsigned_64_to_float(cx, ty, to, from);
        return;
    }
    let mut wide = size == 8;
    if size == 4 && !signed && !is_64(cx) {
        unsigned_32_to_float(cx, ty, to, from);
        return;
    }
    if size < 4 {
        let extended = cx.temp(Type::I32);
        extend_to_32(cx, from_ty, signed, extended, from);
        from = extended;
    } else if size == 4 && !signed {
        let extended = cx.temp(Type::PTR);
        cx.op(x::MOVL, &[def(extended, VIEW_32), reg_use(from, VIEW_32)]);
        from = extended;
        wide = true;
    }
    let zero = merge_base(cx);
    let view = if wide { VIEW_64 } else { VIEW_32 };
    cx.op(from_int_row(ty, wide), &[tied(to, zero, VIEW_XMM), reg_use(from, view)]);
}

/// i386: the number less 2^31 is signed; adding that back to a double is exact, and rounding to single precision
/// comes last.
fn unsigned_32_to_float(cx: &mut Selector<'_>, ty: Type, to: VReg, from: VReg) {
    let (moved, converted) = (cx.temp(Type::I32), cx.temp(Type::F64));
    cx.op(x::XORL, &[tied(moved, from, VIEW_32), imm(i64::from(i32::MIN))]);
    let zero = merge_base(cx);
    cx.op(x::CVTSI2SDL, &[tied(converted, zero, VIEW_XMM), reg_use(moved, VIEW_32)]);
    let offset = float_of(cx, Type::F64, 2f64.powi(31));
    if ty == Type::F64 {
        cx.op(x::ADDSD, &[tied(to, converted, VIEW_XMM), offset]);
        return;
    }
    let whole = cx.temp(Type::F64);
    cx.op(x::ADDSD, &[tied(whole, converted, VIEW_XMM), offset]);
    let zero = merge_base(cx);
    cx.op(x::CVTSD2SS, &[tied(to, zero, VIEW_XMM), reg_use(whole, VIEW_XMM)]);
}

/// Numbers with the top bit set are halved (keeping the lost bit sticky, so that rounding is
/// right), converted and doubled; without a branch.
fn unsigned_64_to_float(cx: &mut Selector<'_>, ty: Type, to: VReg, from: VReg) {
    let (shifted, low, half, chosen, sign) =
        (cx.temp(Type::PTR), cx.temp(Type::PTR), cx.temp(Type::PTR), cx.temp(Type::PTR), cx.temp(Type::PTR));
    cx.op(word(cx, SHR), &[tied(shifted, from, word_view(cx)), imm(1)]);
    cx.op(x::ANDL, &[tied(low, from, VIEW_32), imm(1)]);
    cx.op(word(cx, OR), &[tied(half, shifted, word_view(cx)), reg_use(low, word_view(cx))]);
    cx.op(word(cx, SAR), &[tied(sign, from, word_view(cx)), imm(63)]);
    cx.op(word(cx, TEST), &[reg_use(from, word_view(cx)), reg_use(from, word_view(cx))]);
    cx.op(
        x::cmovcc(Cond::S, word_size(cx)),
        &[tied(chosen, from, word_view(cx)), reg_use(half, word_view(cx))],
    );
    let (converted, mask, extra) = (cx.temp(ty), cx.temp(Type::F64), cx.temp(ty));
    let zero = merge_base(cx);
    cx.op(from_int_row(ty, true), &[tied(converted, zero, VIEW_XMM), reg_use(chosen, word_view(cx))]);
    cx.op(x::MOVQ_X, &[def(mask, VIEW_XMM), reg_use(sign, word_view(cx))]);
    cx.op(x::ANDPS, &[tied(extra, mask, VIEW_XMM), reg_use(converted, VIEW_XMM)]);
    let add = if ty == Type::F32 { x::ADDSS } else { x::ADDSD };
    cx.op(add, &[tied(to, converted, VIEW_XMM), reg_use(extra, VIEW_XMM)]);
}

fn to_int_row(from_ty: Type, wide: bool) -> lathe_isa::RowId {
    match (from_ty == Type::F32, wide) {
        (true, false) => x::CVTTSS2SIL,
        (true, true) => x::CVTTSS2SIQ,
        (false, false) => x::CVTTSD2SIL,
        (false, true) => x::CVTTSD2SIQ,
    }
}

fn float_to_int(cx: &mut Selector<'_>, inst: Inst, from_ty: Type) {
    let data = *cx.func.inst(inst);
    let wide = bytes(cx, data.ty()) == 8;
    let from = crate::rules_float::right(cx, data.inline_args()[0]);
    let to = cx.result(inst);
    cx.op(to_int_row(from_ty, wide), &[def(to, wide_view(cx, data.ty())), from]);
}

/// Less than a word through a signed conversion to a word. A word: a value with its top bit set is converted
/// less that bit (2^63 or 2^31); the plain conversion gives the sign bit then, which selects and completes it.
fn float_to_unsigned(cx: &mut Selector<'_>, inst: Inst, from_ty: Type) {
    let data = *cx.func.inst(inst);
    let from = cx.reg(data.inline_args()[0]);
    let to = cx.result(inst);
    let row = to_int_row(from_ty, is_64(cx));
    if bytes(cx, data.ty()) < word_bytes(cx) {
        let wide = cx.temp(Type::PTR);
        cx.op(row, &[def(wide, word_view(cx)), reg_use(from, VIEW_XMM)]);
        cx.op(x::MOVL, &[def(to, VIEW_32), reg_use(wide, VIEW_32)]);
        return;
    }
    let (plain, less, rest, sign, extra) =
        (cx.temp(Type::PTR), cx.temp(from_ty), cx.temp(Type::PTR), cx.temp(Type::PTR), cx.temp(Type::PTR));
    cx.op(row, &[def(plain, word_view(cx)), reg_use(from, VIEW_XMM)]);
    let top = 8 * word_bytes(cx) as i32 - 1;
    let sub = if from_ty == Type::F32 { x::SUBSS } else { x::SUBSD };
    let limit = float_of(cx, from_ty, 2f64.powi(top));
    cx.op(sub, &[tied(less, from, VIEW_XMM), limit]);
    cx.op(row, &[def(rest, word_view(cx)), reg_use(less, VIEW_XMM)]);
    cx.op(word(cx, SAR), &[tied(sign, plain, word_view(cx)), imm(i64::from(top))]);
    cx.op(word(cx, AND), &[tied(extra, sign, word_view(cx)), reg_use(rest, word_view(cx))]);
    cx.op(word(cx, OR), &[tied(to, extra, word_view(cx)), reg_use(plain, word_view(cx))]);
}

/// Saturating conversions: clamp by comparisons after the plain conversion.
fn saturating(cx: &mut Selector<'_>, inst: Inst, from_ty: Type) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let signed = data.opcode() == Opcode::FptosiSat;
    let bits = bytes(cx, ty) * 8;
    let from = cx.reg(data.inline_args()[0]);
    let to = cx.result(inst);
    let wide_ty = Type::PTR;
    let top = 8 * word_bytes(cx) - 1;
    let plain = cx.temp(wide_ty);
    let row = to_int_row(from_ty, is_64(cx));
    if signed || bits <= top {
        cx.op(row, &[def(plain, word_view(cx)), reg_use(from, VIEW_XMM)]);
    } else {
        let (first, less, rest, sign, extra) =
            (cx.temp(wide_ty), cx.temp(from_ty), cx.temp(wide_ty), cx.temp(wide_ty), cx.temp(wide_ty));
        cx.op(row, &[def(first, word_view(cx)), reg_use(from, VIEW_XMM)]);
        let limit = float_of(cx, from_ty, 2f64.powi(top as i32));
        let sub = if from_ty == Type::F32 { x::SUBSS } else { x::SUBSD };
        cx.op(sub, &[tied(less, from, VIEW_XMM), limit]);
        cx.op(row, &[def(rest, word_view(cx)), reg_use(less, VIEW_XMM)]);
        cx.op(word(cx, SAR), &[tied(sign, first, word_view(cx)), imm(i64::from(top))]);
        cx.op(word(cx, AND), &[tied(extra, sign, word_view(cx)), reg_use(rest, word_view(cx))]);
        cx.op(word(cx, OR), &[tied(plain, extra, word_view(cx)), reg_use(first, word_view(cx))]);
    }
    let (least, most) =
        if signed { (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1) } else { (0, (1i128 << bits) - 1) };
    let (least_reg, most_reg, zero) = (cx.temp(wide_ty), cx.temp(wide_ty), cx.temp(wide_ty));
    crate::rules_symbol::integer(cx, wide_ty, least as i64, least_reg);
    crate::rules_symbol::integer(cx, wide_ty, most as i64, most_reg);
    crate::rules_symbol::integer(cx, wide_ty, 0, zero);
    let compare = if from_ty == Type::F32 { x::UCOMISS } else { x::UCOMISD };
    let (upper, lower) = (cx.temp(wide_ty), cx.temp(wide_ty));
    // The first number that is too large, exactly representable.
    let limit = float_of(cx, from_ty, (most + 1) as f64);
    cx.op(compare, &[reg_use(from, VIEW_XMM), limit]);
    cx.op(
        x::cmovcc(Cond::Ae, word_size(cx)),
        &[tied(upper, plain, word_view(cx)), reg_use(most_reg, word_view(cx))],
    );
    let limit = float_of(cx, from_ty, least as f64);
    cx.op(compare, &[reg_use(from, VIEW_XMM), limit]);
    cx.op(
        x::cmovcc(Cond::B, word_size(cx)),
        &[tied(lower, upper, word_view(cx)), reg_use(least_reg, word_view(cx))],
    );
    cx.op(compare, &[reg_use(from, VIEW_XMM), reg_use(from, VIEW_XMM)]);
    cx.op(x::cmovcc(Cond::P, word_size(cx)), &[tied(to, lower, word_view(cx)), reg_use(zero, word_view(cx))]);
    Ok(())
}

fn float_of(cx: &mut Selector<'_>, ty: Type, value: f64) -> MachOperand {
    let bits = if ty == Type::F32 { u64::from((value as f32).to_bits()) } else { value.to_bits() };
    let mem = crate::rules_symbol::float_pool(cx, ty, bits);
    cx.mem_operand(mem)
}

/// binary128 is software: libgcc's routines.
fn convert_f128(cx: &mut Selector<'_>, inst: Inst, from_ty: Type) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let mut from_ty = from_ty;
    let value = data.inline_args()[0];
    let mut to_ty = ty;
    let signed = matches!(data.opcode(), Opcode::Sitofp | Opcode::Fptosi);
    if data.opcode() == Opcode::Sitofp || data.opcode() == Opcode::Uitofp {
        from_ty = if bytes(cx, from_ty) < 4 { Type::I32 } else { from_ty };
    }
    if data.opcode() == Opcode::Fptosi || data.opcode() == Opcode::Fptoui {
        to_ty = if bytes(cx, ty) < 4 { Type::I32 } else { ty };
    }
    let routine = match (data.opcode(), from_ty, to_ty) {
        (Opcode::Fpext, Type::F32, _) => LibCall::Extendsftf2,
        (Opcode::Fpext, Type::F64, _) => LibCall::Extenddftf2,
        (Opcode::Fptrunc, _, Type::F32) => LibCall::Trunctfsf2,
        (Opcode::Fptrunc, _, Type::F64) => LibCall::Trunctfdf2,
        (Opcode::Sitofp, Type::I32, _) => LibCall::Floatsitf,
        (Opcode::Sitofp, Type::I64, _) => LibCall::Floatditf,
        (Opcode::Uitofp, Type::I32, _) => LibCall::Floatunsitf,
        (Opcode::Uitofp, Type::I64, _) => LibCall::Floatunditf,
        (Opcode::Fptosi, _, Type::I32) => LibCall::Fixtfsi,
        (Opcode::Fptosi, _, Type::I64) => LibCall::Fixtfdi,
        (Opcode::Fptoui, _, Type::I32) => LibCall::Fixunstfsi,
        (Opcode::Fptoui, _, Type::I64) => LibCall::Fixunstfdi,
        _ => return Err(cx.unsupported_inst(inst)),
    };
    let mut from = cx.reg(value);
    if cx.func.ty(value) != from_ty {
        let wide = cx.temp(Type::I32);
        extend_to_32(cx, cx.func.ty(value), signed, wide, from);
        from = wide;
    }
    let to = cx.result(inst);
    if to_ty == ty {
        cx.call_float_runtime(routine, &[from], to);
    } else {
        let wide = cx.temp(to_ty);
        cx.call_float_runtime(routine, &[from], wide);
        cx.op(x::MOVL, &[def(to, VIEW_32), reg_use(wide, VIEW_32)]);
    }
    Ok(())
}

//! Conversions between scalar types.

use crate::operands::*;
use crate::rules_memory::load_signed;
use lathe_ir::{Inst, Opcode, Type, Value};
use lathe_isa_aarch64::rows as a;
use lathe_mach::VReg;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::{Bank, pseudo};
use lathe_mach::select::Selector;

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let value = data.inline_args()[0];
    let from_ty = cx.func.ty(value);
    if (data.ty() == Type::F128 || from_ty == Type::F128) && data.opcode() != Opcode::Bitcast {
        return Err(cx.unsupported_inst(inst));
    }
    match data.opcode() {
        Opcode::Zext => zero_extend(cx, inst, value),
        Opcode::Sext => sign_extend(cx, inst, value),
        Opcode::Trunc | Opcode::PtrToInt | Opcode::IntToPtr => {
            if bytes(data.ty()) > bytes(from_ty) {
                zero_extend(cx, inst, value);
            } else {
                let from = cx.reg(value);
                let to = cx.result(inst);
                cx.op(pseudo::COPY, &[tied(to, from, view(data.ty()))]);
            }
        }
        Opcode::Bitcast => {
            let from = cx.reg(value);
            let to = cx.result(inst);
            move_between(cx, inst, data.ty(), to, from_ty, from)?;
        }
        Opcode::Fpext | Opcode::Fptrunc => {
            let from = cx.reg(value);
            let to = cx.result(inst);
            cx.op(a::FCVT, &[def(to, view_of(data.ty())), reg_use(from, view_of(from_ty))]);
        }
        Opcode::Sitofp | Opcode::Uitofp => {
            let signed = data.opcode() == Opcode::Sitofp;
            let from = extended(cx, value, signed);
            let to = cx.result(inst);
            let row = if signed { a::SCVTF } else { a::UCVTF };
            cx.op(row, &[def(to, view_of(data.ty())), reg_use(from, view(from_ty))]);
        }
        Opcode::Fptosi | Opcode::Fptoui | Opcode::FptosiSat | Opcode::FptouiSat => {
            float_to_int(cx, inst, value, from_ty);
        }
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

/// The conversions saturate and give 0 for NaN by themselves, at 32 and 64 bits.
fn float_to_int(cx: &mut Selector<'_>, inst: Inst, value: Value, from_ty: Type) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let signed = matches!(data.opcode(), Opcode::Fptosi | Opcode::FptosiSat);
    let saturates = matches!(data.opcode(), Opcode::FptosiSat | Opcode::FptouiSat);
    let from = cx.reg(value);
    let to = cx.result(inst);
    let row = if signed { a::FCVTZS } else { a::FCVTZU };
    if bytes(ty) >= 4 || !saturates {
        // A negative number as a narrow unsigned one wraps, as everywhere else.
        let row = if bytes(ty) < 4 { a::FCVTZS } else { row };
        cx.op(row, &[def(to, view(ty)), reg_use(from, view_of(from_ty))]);
        return;
    }
    let wide = cx.temp(Type::I32);
    cx.op(row, &[def(wide, VIEW_W), reg_use(from, view_of(from_ty))]);
    let bits = bytes(ty) * 8;
    if signed {
        crate::rules_overflow::clamp(cx, Type::I32, to, wide, -(1 << (bits - 1)), (1 << (bits - 1)) - 1);
        return;
    }
    let limit = cx.temp(Type::I32);
    crate::rules_symbol::integer(cx, Type::I32, (1 << bits) - 1, limit);
    cx.op(a::CMP, &[reg_use(wide, VIEW_W), reg_use(limit, VIEW_W)]);
    let keep = lathe_mach::MachOperand::Cond(Cond::CC as u8);
    cx.op(a::CSEL, &[def(to, VIEW_W), reg_use(wide, VIEW_W), reg_use(limit, VIEW_W), keep]);
}

/// Widens 8 or 16 bits to 32.
pub(crate) fn extend_to_32(cx: &mut Selector<'_>, ty: Type, signed: bool, to: VReg, from: VReg) {
    let bits = bytes(ty) * 8;
    if bits >= 32 {
        cx.op(pseudo::COPY, &[tied(to, from, VIEW_W)]);
    } else if signed {
        let row = if bits == 8 { a::SXTB } else { a::SXTH };
        cx.op(row, &[def(to, VIEW_W), reg_use(from, VIEW_W)]);
    } else {
        cx.op(a::AND, &[def(to, VIEW_W), reg_use(from, VIEW_W), imm((1 << bits) - 1)]);
    }
}

/// A value in a register whose bits up to 32 are right: narrow ones are widened. Constants come out widened.
pub(crate) fn extended(cx: &mut Selector<'_>, value: Value, signed: bool) -> VReg {
    let ty = cx.func.ty(value);
    if bytes(ty) >= 4 {
        return cx.reg(value);
    }
    let wide = cx.temp(Type::I32);
    if let Some(constant) = cx.func.int_constant(value) {
        let constant = sign_extended(ty, constant);
        let constant = if signed { constant } else { constant & ((1 << (8 * bytes(ty))) - 1) };
        crate::rules_symbol::integer(cx, Type::I32, constant, wide);
        return wide;
    }
    if !signed && is_zero_extended(cx, value) {
        return cx.reg(value);
    }
    if signed && let Some(load) = cx.foldable_load(value) {
        load_signed(cx, load, Type::I32, wide);
        return wide;
    }
    let from = cx.reg(value);
    extend_to_32(cx, ty, signed, wide, from);
    wide
}

/// Whether the register of a value narrower than 64 bits is known to be zero above it: what defines it is one of our
/// instructions that writes zeros there. Moves, spills and reloads keep that.
pub(crate) fn is_zero_extended(cx: &Selector<'_>, value: Value) -> bool {
    let Some(inst) = cx.func.def_inst(value) else { return false };
    if cx.func.ty(value).is_vector() {
        return false;
    }
    let data = cx.func.inst(inst);
    let is_word = bytes(data.ty()) == 4;
    // With a constant operand an operation may become a plain copy.
    let is_copy = data.inline_args().len() == 2
        && data.value_list().is_none()
        && data.inline_args().iter().any(|arg| cx.func.int_constant(*arg).is_some());
    match data.opcode() {
        Opcode::Icmp | Opcode::IcmpImm | Opcode::Fcmp => true,
        Opcode::Load => data.ty().is_int(),
        Opcode::IaddImm => is_word && sign_extended(data.ty(), data.imm()) != 0,
        Opcode::Iadd
        | Opcode::Isub
        | Opcode::Imul
        | Opcode::Iand
        | Opcode::Ior
        | Opcode::Ixor
        | Opcode::IorImm
        | Opcode::IxorImm
        | Opcode::Inot
        | Opcode::Ineg
        | Opcode::Shl
        | Opcode::Lshr
        | Opcode::Ashr
        | Opcode::Udiv
        | Opcode::Sdiv
        | Opcode::Urem
        | Opcode::Srem
        | Opcode::Clz
        | Opcode::Ctz
        | Opcode::Popcnt
        | Opcode::Select => is_word && !is_copy && cx.func.ty(value) == data.ty(),
        Opcode::ShlImm | Opcode::AshrImm => is_word && data.imm() & 31 != 0,
        Opcode::LshrImm => data.imm() & (i64::from(bytes(data.ty())) * 8 - 1) != 0,
        Opcode::IandImm => {
            let mask = sign_extended(data.ty(), data.imm());
            is_word || mask >= 0
        }
        _ => false,
    }
}

fn zero_extend(cx: &mut Selector<'_>, inst: Inst, value: Value) {
    let from_ty = cx.func.ty(value);
    let from = cx.reg(value);
    let to = cx.result(inst);
    if is_zero_extended(cx, value) {
        cx.op(pseudo::COPY, &[tied(to, from, VIEW_X)]);
        return;
    }
    match bytes(from_ty) {
        4 => cx.op(a::MOV, &[def(to, VIEW_W), reg_use(from, VIEW_W)]),
        n => cx.op(a::AND, &[def(to, VIEW_W), reg_use(from, VIEW_W), imm((1 << (8 * n)) - 1)]),
    }
}

fn sign_extend(cx: &mut Selector<'_>, inst: Inst, value: Value) {
    let data = *cx.func.inst(inst);
    let from_ty = cx.func.ty(value);
    if let Some(load) = cx.foldable_load(value) {
        let to = cx.result(inst);
        load_signed(cx, load, data.ty(), to);
        return;
    }
    let from = cx.reg(value);
    let to = cx.result(inst);
    let row = match bytes(from_ty) {
        1 => a::SXTB,
        2 => a::SXTH,
        _ => a::SXTW,
    };
    cx.op(row, &[def(to, view(data.ty())), reg_use(from, VIEW_W)]);
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
    use crate::rules::register_class;
    let (Some((to_bank, bytes)), Some((from_bank, _))) = (register_class(ty), register_class(from_ty)) else {
        return Err(cx.unsupported_inst(inst));
    };
    let (int, vector) = if bytes == 8 { (VIEW_X, VIEW_D) } else { (VIEW_W, VIEW_S) };
    match (to_bank, from_bank) {
        (Bank::Int, Bank::Int) => cx.op(pseudo::COPY, &[tied(to, from, view(ty))]),
        (Bank::Vector, Bank::Vector) => cx.op(pseudo::COPY, &[tied(to, from, view_of(ty))]),
        (Bank::Vector, Bank::Int) => cx.op(a::FMOV, &[def(to, vector), reg_use(from, int)]),
        (Bank::Int, Bank::Vector) => cx.op(a::FMOV, &[def(to, int), reg_use(from, vector)]),
    }
    Ok(())
}

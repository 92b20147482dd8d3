//! `f32` and `f64`; signs of `f128`, whose arithmetic legalization has turned into calls.

use crate::operands::*;
use lathe_ir::instruction::CONTRACT;
use lathe_ir::{Inst, LibCall, Opcode, Type, Value};
use lathe_isa::RowId;
use lathe_isa_aarch64::registers as r;
use lathe_isa_aarch64::rows as a;
use lathe_mach::VReg;
use lathe_mach::error::CodegenError;
use lathe_mach::select::Selector;
use smallvec::SmallVec;

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    if data.ty() == Type::F128 {
        return sign_f128(cx, inst);
    }
    match data.opcode() {
        Opcode::Fadd => {
            if !fused(cx, inst) {
                plain(cx, inst, a::FADD);
            }
        }
        Opcode::Fsub => {
            if !fused(cx, inst) {
                plain(cx, inst, a::FSUB);
            }
        }
        Opcode::Fmul => plain(cx, inst, a::FMUL),
        Opcode::Fdiv => plain(cx, inst, a::FDIV),
        Opcode::Fneg => negate(cx, inst),
        Opcode::Fabs => plain(cx, inst, a::FABS),
        Opcode::Fsqrt => plain(cx, inst, a::FSQRT),
        // IEEE 754-2008 minNum and maxNum: the number where the other one is a quiet NaN.
        Opcode::Fmin => plain(cx, inst, a::FMINNM),
        Opcode::Fmax => plain(cx, inst, a::FMAXNM),
        Opcode::Fceil => plain(cx, inst, a::FRINTP),
        Opcode::Ffloor => plain(cx, inst, a::FRINTM),
        Opcode::Ftrunc => plain(cx, inst, a::FRINTZ),
        Opcode::Fnearest => plain(cx, inst, a::FRINTN),
        Opcode::Fma => plain(cx, inst, a::FMADD),
        Opcode::Fcopysign => copy_sign(cx, inst),
        Opcode::Frem => {
            let routine = if data.ty() == Type::F32 { LibCall::Fmodf } else { LibCall::Fmod };
            call(cx, inst, routine);
        }
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

/// One instruction on the operands.
fn plain(cx: &mut Selector<'_>, inst: Inst, row: RowId) {
    let data = *cx.func.inst(inst);
    let view = view_of(data.ty());
    let args: SmallVec<[Value; 3]> = SmallVec::from_slice(data.inline_args());
    let regs: SmallVec<[VReg; 3]> = args.iter().map(|value| cx.reg(*value)).collect();
    let to = cx.result(inst);
    let mut operands: SmallVec<[lathe_mach::MachOperand; 4]> = SmallVec::from_slice(&[def(to, view)]);
    operands.extend(regs.iter().map(|reg| reg_use(*reg, view)));
    cx.op(row, &operands);
}

/// Sums with products in one instruction, where both may be contracted (`-ffp-contract`).
fn fused(cx: &mut Selector<'_>, inst: Inst) -> bool {
    let data = *cx.func.inst(inst);
    if data.aux() & CONTRACT == 0 {
        return false;
    }
    let args = [data.inline_args()[0], data.inline_args()[1]];
    let is_product = |cx: &Selector<'_>, value: Value| {
        cx.foldable(value).filter(|inst| {
            let data = cx.func.inst(*inst);
            data.opcode() == Opcode::Fmul && data.aux() & CONTRACT != 0
        })
    };
    // a + b*c, a - b*c, b*c - a.
    let is_sub = data.opcode() == Opcode::Fsub;
    let (product, addend, row) = if let Some(product) = is_product(cx, args[1]) {
        (product, args[0], if is_sub { a::FMSUB } else { a::FMADD })
    } else if let Some(product) = is_product(cx, args[0]) {
        (product, args[1], if is_sub { a::FNMSUB } else { a::FMADD })
    } else {
        return false;
    };
    let factors = *cx.func.inst(product);
    let (x, y) = (cx.reg(factors.inline_args()[0]), cx.reg(factors.inline_args()[1]));
    let z = cx.reg(addend);
    let to = cx.result(inst);
    let view = view_of(data.ty());
    cx.op(row, &[def(to, view), reg_use(x, view), reg_use(y, view), reg_use(z, view)]);
    true
}

/// `fneg`, or `fnmul` for a product.
fn negate(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let view = view_of(data.ty());
    if let Some(inner) = cx.foldable(data.inline_args()[0])
        && cx.func.inst(inner).opcode() == Opcode::Fmul
    {
        let args = *cx.func.inst(inner);
        let (x, y) = (cx.reg(args.inline_args()[0]), cx.reg(args.inline_args()[1]));
        let to = cx.result(inst);
        cx.op(a::FNMUL, &[def(to, view), reg_use(x, view), reg_use(y, view)]);
        return;
    }
    plain(cx, inst, a::FNEG);
}

/// The sign bit of a type in a vector register.
fn sign_mask(cx: &mut Selector<'_>, ty: Type) -> VReg {
    let mask = cx.temp(ty);
    let double = ty != Type::F32;
    let (int_ty, bits) = if double { (Type::I64, i64::MIN) } else { (Type::I32, i64::from(i32::MIN)) };
    let int = cx.temp(int_ty);
    crate::rules_symbol::integer(cx, int_ty, bits, int);
    match ty {
        // The sign is in the upper half only.
        Type::F128 => {
            let low = cx.temp(Type::F128);
            cx.op(a::MOVI, &[def(low, VIEW_16B), imm(0)]);
            let high = r::lane_view(r::Lane::D, 1);
            cx.op(a::INS, &[tied(mask, low, high), reg_use(int, VIEW_X)]);
        }
        _ => {
            let int = reg_use(int, view(int_ty));
            cx.op(a::FMOV, &[def(mask, view_of(ty)), int]);
        }
    }
    mask
}

/// `bit`: the bits of the second where the mask is set.
fn copy_sign(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let (x, y) = (cx.reg(data.inline_args()[0]), cx.reg(data.inline_args()[1]));
    let mask = sign_mask(cx, data.ty());
    let to = cx.result(inst);
    let view = if data.ty() == Type::F128 { VIEW_16B } else { VIEW_8B };
    cx.op(a::BIT, &[tied(to, x, view), reg_use(y, view), reg_use(mask, view)]);
}

fn sign_f128(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let row = match data.opcode() {
        Opcode::Fcopysign => {
            copy_sign(cx, inst);
            return Ok(());
        }
        Opcode::Fneg => a::EOR_V,
        Opcode::Fabs => a::BIC_V,
        _ => return Err(cx.unsupported_inst(inst)),
    };
    let from = cx.reg(data.inline_args()[0]);
    let mask = sign_mask(cx, Type::F128);
    let to = cx.result(inst);
    cx.op(row, &[def(to, VIEW_16B), reg_use(from, VIEW_16B), reg_use(mask, VIEW_16B)]);
    Ok(())
}

/// A runtime routine on the instruction's operands.
pub(crate) fn call(cx: &mut Selector<'_>, inst: Inst, routine: LibCall) {
    let args: Vec<Value> = cx.func.args(inst).to_vec();
    let args: Vec<VReg> = args.into_iter().map(|value| cx.reg(value)).collect();
    let to = cx.result(inst);
    cx.call_float_runtime(routine, &args, to);
}

//! Float arithmetic. What the instruction set lacks is the C library's: remainders, rounding to integers.
//!
//! RISC-V Unprivileged ISA, chapters "F" and "D". A product and a sum are fused only where both allow it (`contract`).

use crate::operands::*;
use lathe_ir::{Inst, LibCall, Opcode, Type, Value};
use lathe_isa::RowId;
use lathe_isa_riscv::rows as x;
use lathe_mach::VReg;
use lathe_mach::error::CodegenError;
use lathe_mach::select::Selector;

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let single = data.ty() == Type::F32;
    let pick = |s: RowId, d: RowId| if single { s } else { d };
    let library = |s: LibCall, d: LibCall| if single { s } else { d };
    match data.opcode() {
        Opcode::Fadd => binary(cx, inst, pick(x::FADD_S, x::FADD_D)),
        Opcode::Fsub => binary(cx, inst, pick(x::FSUB_S, x::FSUB_D)),
        Opcode::Fmul => binary(cx, inst, pick(x::FMUL_S, x::FMUL_D)),
        Opcode::Fdiv => binary(cx, inst, pick(x::FDIV_S, x::FDIV_D)),
        Opcode::Fmin => binary(cx, inst, pick(x::FMIN_S, x::FMIN_D)),
        Opcode::Fmax => binary(cx, inst, pick(x::FMAX_S, x::FMAX_D)),
        Opcode::Fcopysign => binary(cx, inst, pick(x::FSGNJ_S, x::FSGNJ_D)),
        Opcode::Fneg => sign(cx, inst, pick(x::FSGNJN_S, x::FSGNJN_D)),
        Opcode::Fabs => sign(cx, inst, pick(x::FSGNJX_S, x::FSGNJX_D)),
        Opcode::Fsqrt => {
            let ty = data.ty();
            let from = cx.reg(data.inline_args()[0]);
            let to = cx.result(inst);
            cx.op(pick(x::FSQRT_S, x::FSQRT_D), &[def_f(to, ty), use_f(from, ty)]);
        }
        Opcode::Fma => fused(cx, inst),
        Opcode::Frem => call(cx, inst, library(LibCall::Fmodf, LibCall::Fmod)),
        Opcode::Fceil => call(cx, inst, library(LibCall::Ceilf, LibCall::Ceil)),
        Opcode::Ffloor => call(cx, inst, library(LibCall::Floorf, LibCall::Floor)),
        Opcode::Ftrunc => call(cx, inst, library(LibCall::Truncf, LibCall::Trunc)),
        Opcode::Fnearest => call(cx, inst, library(LibCall::Rintf, LibCall::Rint)),
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

fn binary(cx: &mut Selector<'_>, inst: Inst, row: RowId) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let (a, b) = (cx.reg(data.inline_args()[0]), cx.reg(data.inline_args()[1]));
    let to = cx.result(inst);
    cx.op(row, &[def_f(to, ty), use_f(a, ty), use_f(b, ty)]);
}

fn sign(cx: &mut Selector<'_>, inst: Inst, row: RowId) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let from = cx.reg(data.inline_args()[0]);
    let to = cx.result(inst);
    cx.op(row, &[def_f(to, ty), use_f(from, ty), use_f(from, ty)]);
}

/// The operand of a negation that can be folded.
fn negated(cx: &Selector<'_>, value: Value) -> Option<Value> {
    let inst = cx.foldable(value)?;
    let data = cx.func.inst(inst);
    (data.opcode() == Opcode::Fneg).then(|| data.inline_args()[0])
}

/// `fmadd` and the forms that negate the product or the addend.
fn fused(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let [mut a, mut b, mut c] = [data.inline_args()[0], data.inline_args()[1], data.inline_args()[2]];
    let (mut product, mut addend) = (false, false);
    if let Some(value) = negated(cx, a) {
        (a, product) = (value, !product);
    }
    if let Some(value) = negated(cx, b) {
        (b, product) = (value, !product);
    }
    if let Some(value) = negated(cx, c) {
        (c, addend) = (value, true);
    }
    let rows = match (product, addend) {
        (false, false) => (x::FMADD_S, x::FMADD_D),
        (false, true) => (x::FMSUB_S, x::FMSUB_D),
        (true, false) => (x::FNMSUB_S, x::FNMSUB_D),
        (true, true) => (x::FNMADD_S, x::FNMADD_D),
    };
    let (a, b, c) = (cx.reg(a), cx.reg(b), cx.reg(c));
    let to = cx.result(inst);
    let row = if ty == Type::F32 { rows.0 } else { rows.1 };
    cx.op(row, &[def_f(to, ty), use_f(a, ty), use_f(b, ty), use_f(c, ty)]);
}

fn call(cx: &mut Selector<'_>, inst: Inst, routine: LibCall) {
    let args: smallvec::SmallVec<[Value; 2]> =
        smallvec::SmallVec::from_slice(cx.func.inst(inst).inline_args());
    let args: smallvec::SmallVec<[VReg; 2]> = args.into_iter().map(|value| cx.reg(value)).collect();
    let to = cx.result(inst);
    cx.call_float_runtime(routine, &args, to);
}

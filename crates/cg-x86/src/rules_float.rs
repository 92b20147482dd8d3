//! `f32` and `f64` in SSE registers; `f128` through libgcc.

use crate::operands::*;
use crate::rules_compare::Condition;
use lathe_ir::{FloatCond, Inst, LibCall, Opcode, Type, Value};
use lathe_isa::RowId;
use lathe_isa_x86::Cond;
use lathe_isa_x86::rows as x;
use lathe_mach::error::CodegenError;
use lathe_mach::select::Selector;
use lathe_mach::{MachOperand, VReg};
use lathe_target::features::Feature;

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    if ty == Type::F128 {
        return select_f128(cx, inst);
    }
    let pick = |single: RowId, double: RowId| if ty == Type::F32 { single } else { double };
    match data.opcode() {
        Opcode::Fadd => binary(cx, inst, pick(x::ADDSS, x::ADDSD), true),
        Opcode::Fsub => binary(cx, inst, pick(x::SUBSS, x::SUBSD), false),
        Opcode::Fmul => binary(cx, inst, pick(x::MULSS, x::MULSD), true),
        Opcode::Fdiv => binary(cx, inst, pick(x::DIVSS, x::DIVSD), false),
        Opcode::Fneg => sign_bits(cx, inst, x::XORPS, false),
        Opcode::Fabs => sign_bits(cx, inst, x::ANDPS, true),
        Opcode::Fcopysign => copy_sign(cx, inst),
        Opcode::Fsqrt => {
            let from = cx.reg(data.inline_args()[0]);
            let to = cx.result(inst);
            cx.op(pick(x::SQRTSS, x::SQRTSD), &[tied(to, from, VIEW_XMM), reg_use(from, VIEW_XMM)]);
        }
        Opcode::Fmin => min_max(cx, inst, true),
        Opcode::Fmax => min_max(cx, inst, false),
        Opcode::Fceil => round(cx, inst, 10, pick_call(ty, LibCall::Ceilf, LibCall::Ceil)),
        Opcode::Ffloor => round(cx, inst, 9, pick_call(ty, LibCall::Floorf, LibCall::Floor)),
        Opcode::Ftrunc => round(cx, inst, 11, pick_call(ty, LibCall::Truncf, LibCall::Trunc)),
        Opcode::Fnearest => round(cx, inst, 8, pick_call(ty, LibCall::Rintf, LibCall::Rint)),
        Opcode::Frem => call(cx, inst, pick_call(ty, LibCall::Fmodf, LibCall::Fmod)),
        Opcode::Fma => call(cx, inst, pick_call(ty, LibCall::Fmaf, LibCall::Fma)),
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

fn pick_call(ty: Type, single: LibCall, double: LibCall) -> LibCall {
    if ty == Type::F32 { single } else { double }
}

/// A float as the right operand: pool constant, folded load or register.
pub(crate) fn right(cx: &mut Selector<'_>, value: Value) -> MachOperand {
    let ty = cx.func.ty(value);
    if let Some(inst) = cx.func.def_inst(value) {
        let data = *cx.func.inst(inst);
        if data.opcode() == Opcode::Fconst && data.imm() != 0 {
            let mem = crate::rules_symbol::float_pool(cx, ty, data.imm() as u64);
            return cx.mem_operand(mem);
        }
    }
    if let Some(mem) = crate::rules_memory::folded_load(cx, value) {
        return mem;
    }
    let reg = cx.reg(value);
    reg_use(reg, VIEW_XMM)
}

fn binary(cx: &mut Selector<'_>, inst: Inst, row: RowId, commutes: bool) {
    let data = *cx.func.inst(inst);
    let [mut a, mut b] = [data.inline_args()[0], data.inline_args()[1]];
    let folds = |cx: &Selector<'_>, value: Value| {
        cx.foldable_load(value).is_some()
            || cx.func.def_inst(value).is_some_and(|i| cx.func.inst(i).opcode() == Opcode::Fconst)
    };
    if commutes && folds(cx, a) && !folds(cx, b) {
        std::mem::swap(&mut a, &mut b);
    }
    let a = cx.reg(a);
    let b = right(cx, b);
    let to = cx.result(inst);
    cx.op(row, &[tied(to, a, VIEW_XMM), b]);
}

/// A 16-byte pattern of one lane's bits, repeated.
fn lane_pattern(ty: Type, bits: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    if ty == Type::F32 {
        for chunk in bytes.chunks_mut(4) {
            chunk.copy_from_slice(&(bits as u32).to_le_bytes());
        }
    } else {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&bits.to_le_bytes());
        }
    }
    bytes
}

/// The sign bit of a type, or all the others.
fn sign_mask(cx: &mut Selector<'_>, ty: Type, complement: bool) -> MachOperand {
    let sign = if ty == Type::F32 { 1 << 31 } else { 1 << 63 };
    let bits = if complement { !sign } else { sign };
    let mem = crate::rules_symbol::pool_mem(cx, &lane_pattern(ty, bits), 16);
    cx.mem_operand(mem)
}

fn sign_bits(cx: &mut Selector<'_>, inst: Inst, row: RowId, complement: bool) {
    let data = *cx.func.inst(inst);
    let from = cx.reg(data.inline_args()[0]);
    let mask = sign_mask(cx, data.ty(), complement);
    let to = cx.result(inst);
    cx.op(row, &[tied(to, from, VIEW_XMM), mask]);
}

fn copy_sign(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let (a, b) = (cx.reg(data.inline_args()[0]), cx.reg(data.inline_args()[1]));
    let (size, sign) = (cx.temp(ty), cx.temp(ty));
    let mask = sign_mask(cx, ty, true);
    cx.op(x::ANDPS, &[tied(size, a, VIEW_XMM), mask]);
    let mask = sign_mask(cx, ty, false);
    cx.op(x::ANDPS, &[tied(sign, b, VIEW_XMM), mask]);
    let to = cx.result(inst);
    cx.op(x::ORPS, &[tied(to, size, VIEW_XMM), reg_use(sign, VIEW_XMM)]);
}

/// C's `fmin` and `fmax`: `minsd a, b` gives `b` when one is NaN; so where `a` is NaN that is right,
/// and where `b` is NaN `a` is taken by a mask.
fn min_max(cx: &mut Selector<'_>, inst: Inst, is_min: bool) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let (a, b) = (cx.reg(data.inline_args()[0]), cx.reg(data.inline_args()[1]));
    let to = cx.result(inst);
    let (row, compare) = match (ty == Type::F32, is_min) {
        (true, true) => (x::MINSS, x::CMPSS),
        (true, false) => (x::MAXSS, x::CMPSS),
        (false, true) => (x::MINSD, x::CMPSD_3),
        (false, false) => (x::MAXSD, x::CMPSD_3),
    };
    let (chosen, unordered) = (cx.temp(ty), cx.temp(ty));
    cx.op(row, &[tied(chosen, a, VIEW_XMM), reg_use(b, VIEW_XMM)]);
    cx.op(compare, &[tied(unordered, b, VIEW_XMM), reg_use(b, VIEW_XMM), imm(3)]);
    blend(cx, ty, to, unordered, a, chosen);
}

/// `mask ? a : b`, bit by bit.
pub(crate) fn blend(cx: &mut Selector<'_>, ty: Type, to: VReg, mask: VReg, a: VReg, b: VReg) {
    let (yes, no) = (cx.temp(ty), cx.temp(ty));
    cx.op(x::ANDPS, &[tied(yes, mask, VIEW_XMM), reg_use(a, VIEW_XMM)]);
    cx.op(x::ANDNPS, &[tied(no, mask, VIEW_XMM), reg_use(b, VIEW_XMM)]);
    cx.op(x::ORPS, &[tied(to, yes, VIEW_XMM), reg_use(no, VIEW_XMM)]);
}

/// `select` of floats and vectors: a mask from the condition.
pub(crate) fn select_by_mask(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let [test, a, b] = [data.inline_args()[0], data.inline_args()[1], data.inline_args()[2]];
    let (a, b) = (cx.reg(a), cx.reg(b));
    let to = cx.result(inst);
    let (zero, ones, chosen) = (cx.temp(Type::PTR), cx.temp(Type::PTR), cx.temp(Type::PTR));
    crate::rules_symbol::integer(cx, Type::PTR, 0, zero);
    crate::rules_symbol::integer(cx, Type::PTR, -1, ones);
    match crate::rules_compare::condition(cx, test) {
        Condition::Simple(cond) => {
            let row = x::cmovcc(cond, word_size(cx));
            cx.op(row, &[tied(chosen, zero, word_view(cx)), reg_use(ones, word_view(cx))]);
        }
        condition => {
            let (from, other) = if condition == Condition::NotEqual { (zero, ones) } else { (ones, zero) };
            let half = cx.temp(Type::PTR);
            let (view, size) = (word_view(cx), word_size(cx));
            cx.op(x::cmovcc(Cond::P, size), &[tied(half, from, view), reg_use(other, view)]);
            cx.op(x::cmovcc(Cond::Ne, size), &[tied(chosen, half, view), reg_use(other, view)]);
        }
    }
    let mask = word_mask(cx, chosen, ty.bytes(&cx.target.layout));
    blend(cx, ty, to, mask, a, b);
    Ok(())
}

/// A word of equal bits as a vector of so many bytes.
fn word_mask(cx: &mut Selector<'_>, word: VReg, bytes: u32) -> VReg {
    let low = cx.temp(Type::F64);
    if is_64(cx) {
        cx.op(x::MOVQ_X, &[def(low, VIEW_XMM), reg_use(word, VIEW_64)]);
    } else {
        cx.op(x::MOVD, &[def(low, VIEW_XMM), reg_use(word, VIEW_32)]);
    }
    if bytes <= word_bytes(cx) {
        return low;
    }
    let wide = cx.temp(Type::F128);
    if is_64(cx) {
        cx.op(x::PUNPCKLQDQ, &[tied(wide, low, VIEW_XMM), reg_use(low, VIEW_XMM)]);
    } else {
        cx.op(x::PSHUFD, &[def(wide, VIEW_XMM), reg_use(low, VIEW_XMM), imm(0)]);
    }
    wide
}

fn round(cx: &mut Selector<'_>, inst: Inst, mode: i64, routine: LibCall) {
    if !cx.target.features.has(Feature::Sse41) {
        call(cx, inst, routine);
        return;
    }
    let data = *cx.func.inst(inst);
    let from = cx.reg(data.inline_args()[0]);
    let to = cx.result(inst);
    let row = if data.ty() == Type::F32 { x::ROUNDSS } else { x::ROUNDSD };
    cx.op(row, &[tied(to, from, VIEW_XMM), reg_use(from, VIEW_XMM), imm(mode)]);
}

/// A runtime routine on the instruction's operands.
pub(crate) fn call(cx: &mut Selector<'_>, inst: Inst, routine: LibCall) {
    let args: Vec<Value> = cx.func.args(inst).to_vec();
    let args: Vec<VReg> = args.into_iter().map(|value| cx.reg(value)).collect();
    let to = cx.result(inst);
    cx.call_float_runtime(routine, &args, to);
}

fn select_f128(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let routine = match cx.func.inst(inst).opcode() {
        Opcode::Fadd => LibCall::Addtf3,
        Opcode::Fsub => LibCall::Subtf3,
        Opcode::Fmul => LibCall::Multf3,
        Opcode::Fdiv => LibCall::Divtf3,
        Opcode::Fneg | Opcode::Fabs | Opcode::Fcopysign => {
            sign_f128(cx, inst);
            return Ok(());
        }
        _ => return Err(cx.unsupported_inst(inst)),
    };
    call(cx, inst, routine);
    Ok(())
}

fn sign_f128(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let mut sign = [0u8; 16];
    sign[15] = 0x80;
    let rest = sign.map(|b| !b);
    let from = cx.reg(data.inline_args()[0]);
    let to = cx.result(inst);
    let pattern = |cx: &mut Selector<'_>, bytes: &[u8; 16]| {
        let mem = crate::rules_symbol::pool_mem(cx, bytes, 16);
        cx.mem_operand(mem)
    };
    match data.opcode() {
        Opcode::Fneg => {
            let mask = pattern(cx, &sign);
            cx.op(x::XORPS, &[tied(to, from, VIEW_XMM), mask]);
        }
        Opcode::Fabs => {
            let mask = pattern(cx, &rest);
            cx.op(x::ANDPS, &[tied(to, from, VIEW_XMM), mask]);
        }
        _ => {
            let other = cx.reg(data.inline_args()[1]);
            let (size, bit) = (cx.temp(Type::F128), cx.temp(Type::F128));
            let mask = pattern(cx, &rest);
            cx.op(x::ANDPS, &[tied(size, from, VIEW_XMM), mask]);
            let mask = pattern(cx, &sign);
            cx.op(x::ANDPS, &[tied(bit, other, VIEW_XMM), mask]);
            cx.op(x::ORPS, &[tied(to, size, VIEW_XMM), reg_use(bit, VIEW_XMM)]);
        }
    }
}

/// Compares by libgcc's routines, whose results compare with zero like the operands do.
pub(crate) fn compare_f128(cx: &mut Selector<'_>, inst: Inst) -> Condition {
    let data = *cx.func.inst(inst);
    // Routine, and the condition on its result; each routine's answer for NaN makes ordered
    // conditions false, and the inverse ones true.
    let (routine, cond) = match data.float_cond() {
        FloatCond::Oeq => (LibCall::Eqtf2, Cond::E),
        FloatCond::Une => (LibCall::Netf2, Cond::Ne),
        FloatCond::Olt => (LibCall::Lttf2, Cond::S),
        FloatCond::Uge => (LibCall::Lttf2, Cond::Ns),
        FloatCond::Ole => (LibCall::Letf2, Cond::Le),
        FloatCond::Ugt => (LibCall::Letf2, Cond::G),
        FloatCond::Ogt => (LibCall::Gttf2, Cond::G),
        FloatCond::Ule => (LibCall::Gttf2, Cond::Le),
        FloatCond::Oge => (LibCall::Getf2, Cond::Ns),
        FloatCond::Ult => (LibCall::Getf2, Cond::S),
        FloatCond::Ord => (LibCall::Unordtf2, Cond::E),
        FloatCond::Uno => (LibCall::Unordtf2, Cond::Ne),
        FloatCond::One | FloatCond::Ueq => {
            let (a, b) = (cx.reg(data.inline_args()[0]), cx.reg(data.inline_args()[1]));
            let (unordered, differs) = (cx.temp(Type::I32), cx.temp(Type::I32));
            cx.call_float_runtime(LibCall::Unordtf2, &[a, b], unordered);
            cx.call_float_runtime(LibCall::Netf2, &[a, b], differs);
            // One: differs and not unordered. `unordered` is 0 or not; make both 0 or 1.
            let (yes, no, both) = (cx.temp(Type::I8), cx.temp(Type::I8), cx.temp(Type::I8));
            cx.op(x::TESTL, &[reg_use(differs, VIEW_32), reg_use(differs, VIEW_32)]);
            cx.op(x::setcc(Cond::Ne), &[def(yes, VIEW_8)]);
            cx.op(x::TESTL, &[reg_use(unordered, VIEW_32), reg_use(unordered, VIEW_32)]);
            cx.op(x::setcc(Cond::E), &[def(no, VIEW_8)]);
            cx.op(x::ANDB, &[tied(both, yes, VIEW_8), reg_use(no, VIEW_8)]);
            let cond = if data.float_cond() == FloatCond::One { Cond::Ne } else { Cond::E };
            return Condition::Simple(cond);
        }
    };
    let (a, b) = (cx.reg(data.inline_args()[0]), cx.reg(data.inline_args()[1]));
    let answer = cx.temp(Type::I32);
    cx.call_float_runtime(routine, &[a, b], answer);
    cx.op(x::TESTL, &[reg_use(answer, VIEW_32), reg_use(answer, VIEW_32)]);
    Condition::Simple(cond)
}

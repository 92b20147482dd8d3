//! Integer arithmetic and logic.
//!
//! Narrow types (8 and 16 bits) are computed in 32-bit registers whose upper bits mean nothing;
//! operations that look at upper bits (division, right shifts, comparisons) use the exact size or
//! widen first.

use crate::operands::*;
use crate::rules_compare::Condition;
use crate::rules_convert::extend_to_32;
use crate::rules_memory::folded_load;
use lathe_ir::{Inst, Opcode, Type, Value};
use lathe_isa::RowId;
use lathe_isa_x86::Cond;
use lathe_isa_x86::registers as r;
use lathe_isa_x86::rows as x;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::pseudo;
use lathe_mach::select::Selector;
use lathe_mach::{MachMem, MachOperand, VReg};

const ADC: Sized4 = [x::ADCB, x::ADCW, x::ADCL, x::ADCQ];
const SBB: Sized4 = [x::SBBB, x::SBBW, x::SBBL, x::SBBQ];
const NOT: Sized4 = [x::NOTB, x::NOTW, x::NOTL, x::NOTQ];
const IMUL: Sized4 = [x::IMULL_2, x::IMULW_2, x::IMULL_2, x::IMULQ_2];
const IMUL_IMM: Sized4 = [x::IMULL_3, x::IMULW_3, x::IMULL_3, x::IMULQ_3];

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    match data.opcode() {
        Opcode::Iadd | Opcode::IaddImm => add(cx, inst),
        Opcode::PtrAdd | Opcode::PtrAddImm => ptr_add(cx, inst),
        Opcode::Isub => match cx.func.int_constant(data.inline_args()[0]) {
            Some(0) => unary(cx, inst, NEG, data.inline_args()[1]),
            _ => alu(cx, inst, SUB, false),
        },
        Opcode::Iand | Opcode::IandImm => and(cx, inst),
        Opcode::Ior if crate::rules_bits::funnel(cx, inst) => {}
        Opcode::Ior | Opcode::IorImm => alu(cx, inst, OR, true),
        Opcode::Ixor | Opcode::IxorImm => alu(cx, inst, XOR, true),
        Opcode::Inot => unary(cx, inst, NOT, data.inline_args()[0]),
        Opcode::Ineg => unary(cx, inst, NEG, data.inline_args()[0]),
        Opcode::Imul | Opcode::ImulImm => multiply(cx, inst),
        Opcode::Umulhi | Opcode::Smulhi => multiply_high(cx, inst),
        Opcode::Udiv | Opcode::Sdiv | Opcode::Urem | Opcode::Srem => crate::rules_division::divide(cx, inst),
        Opcode::Iabs => absolute(cx, inst),
        Opcode::Smin => min_max(cx, inst, Cond::L),
        Opcode::Smax => min_max(cx, inst, Cond::G),
        Opcode::Umin => min_max(cx, inst, Cond::B),
        Opcode::Umax => min_max(cx, inst, Cond::A),
        Opcode::UaddSat | Opcode::UsubSat => unsigned_saturating(cx, inst),
        Opcode::SaddSat | Opcode::SsubSat => signed_saturating(cx, inst),
        Opcode::UaddOverflow => with_flag(cx, inst, ADD, Cond::B),
        Opcode::SaddOverflow => with_flag(cx, inst, ADD, Cond::O),
        Opcode::UsubOverflow => with_flag(cx, inst, SUB, Cond::B),
        Opcode::SsubOverflow => with_flag(cx, inst, SUB, Cond::O),
        Opcode::UmulOverflow | Opcode::SmulOverflow => multiply_with_flag(cx, inst),
        Opcode::UaddCarry => with_carry(cx, inst, ADC),
        Opcode::UsubBorrow => with_carry(cx, inst, SBB),
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

/// The two operands of a binary instruction: a value, and a value or an immediate.
#[derive(Clone, Copy)]
pub(crate) enum Right {
    Value(Value),
    Imm(i64),
}

/// The operands of a binary or immediate instruction, constants on the right if it commutes.
pub(crate) fn operands_of(cx: &Selector<'_>, inst: Inst, commutes: bool) -> (Value, Right) {
    let data = cx.func.inst(inst);
    let ty = data.ty();
    let args = data.inline_args();
    if args.len() == 1 {
        return (args[0], Right::Imm(sign_extended(cx, ty, data.imm())));
    }
    let (mut a, mut b) = (args[0], args[1]);
    if commutes {
        let fold = |v: Value| cx.foldable_load(v).is_some();
        if cx.func.int_constant(a).is_some() || (fold(a) && !fold(b) && cx.func.int_constant(b).is_none()) {
            std::mem::swap(&mut a, &mut b);
        }
    }
    match cx.func.int_constant(b) {
        Some(constant) => (a, Right::Imm(sign_extended(cx, ty, constant))),
        None => (a, Right::Value(b)),
    }
}

/// A right operand: immediate, folded load (for 32 and 64 bits), or register.
pub(crate) fn right_operand(cx: &mut Selector<'_>, ty: Type, right: Right) -> MachOperand {
    match right {
        Right::Imm(value) if fits_i32(value) => imm(value),
        Right::Imm(value) => {
            let reg = cx.temp(ty);
            crate::rules_symbol::integer(cx, ty, value, reg);
            reg_use(reg, wide_view(cx, ty))
        }
        Right::Value(value) => {
            if bytes(cx, ty) >= 4
                && let Some(mem) = folded_load(cx, value)
            {
                return mem;
            }
            let reg = cx.reg(value);
            source(cx, reg, wide_view(cx, ty))
        }
    }
}

fn alu(cx: &mut Selector<'_>, inst: Inst, rows: Sized4, commutes: bool) {
    let ty = cx.func.inst(inst).ty();
    let (a, right) = operands_of(cx, inst, commutes);
    let from = cx.reg(a);
    let right = right_operand(cx, ty, right);
    let to = cx.result(inst);
    cx.op(wide(cx, rows, ty), &[tied(to, from, wide_view(cx, ty)), right]);
}

fn unary(cx: &mut Selector<'_>, inst: Inst, rows: Sized4, value: Value) {
    let ty = cx.func.inst(inst).ty();
    let from = cx.reg(value);
    let to = cx.result(inst);
    cx.op(wide(cx, rows, ty), &[tied(to, from, wide_view(cx, ty))]);
}

fn lea(cx: &mut Selector<'_>, ty: Type, to: VReg, mem: MachMem) {
    let mem = cx.mem_operand(mem);
    let row = if bytes(cx, ty) == 8 { x::LEAQ } else { x::LEAL };
    cx.op(row, &[def(to, wide_view(cx, ty)), mem]);
}

fn add(cx: &mut Selector<'_>, inst: Inst) {
    let ty = cx.func.inst(inst).ty();
    let (a, right) = operands_of(cx, inst, true);
    // `lea` where the first operand lives on: it saves the move.
    let lives_on = cx.use_count(a) > 1;
    match right {
        Right::Imm(value) if lives_on && fits_i32(value) => {
            let from = cx.reg(a);
            let to = cx.result(inst);
            lea(cx, ty, to, MachMem::base(from, value as i32));
        }
        Right::Value(b) if lives_on && cx.use_count(b) > 1 => {
            let from = cx.reg(a);
            let index = cx.reg(b);
            let to = cx.result(inst);
            lea(cx, ty, to, MachMem { index: index.into(), ..MachMem::base(from, 0) });
        }
        _ => alu(cx, inst, ADD, true),
    }
}

fn ptr_add(cx: &mut Selector<'_>, inst: Inst) {
    let result = cx.func.result(inst).expect("an address results");
    let data = *cx.func.inst(inst);
    if let (Opcode::PtrAddImm, offset) = (data.opcode(), data.imm())
        && !fits_i32(sign_extended(cx, Type::PTR, offset))
    {
        let base = cx.reg(data.inline_args()[0]);
        let far = cx.temp(Type::PTR);
        crate::rules_symbol::integer(cx, Type::PTR, offset, far);
        let to = cx.reg(result);
        lea(cx, Type::PTR, to, MachMem { index: far.into(), ..MachMem::base(base, 0) });
        return;
    }
    let to = cx.reg(result);
    let args = data.inline_args();
    // `p + n` where p dies and n is a plain value is one addition; everything else is one `lea`.
    if data.opcode() == Opcode::PtrAddImm && cx.use_count(args[0]) == 1 && cx.foldable(args[0]).is_none() {
        let is_plain = cx.func.def_inst(args[0]).is_none_or(|i| !cx.is_rematerialized(i));
        if is_plain && cx.frame_address_of(args[0]).is_none() {
            let from = cx.reg(args[0]);
            let offset = sign_extended(cx, Type::PTR, data.imm());
            cx.op(word(cx, ADD), &[tied(to, from, word_view(cx)), imm(offset)]);
            return;
        }
    }
    let mem = match data.opcode() {
        Opcode::PtrAddImm => cx.mem_at(args[0], data.imm()),
        _ => {
            // Gather through this very sum, whatever its number of users.
            let address = cx.address_sum(args[0], args[1]);
            crate::rules_symbol::mem(cx, &address)
        }
    };
    lea(cx, Type::PTR, to, mem);
}

fn and(cx: &mut Selector<'_>, inst: Inst) {
    let ty = cx.func.inst(inst).ty();
    let (a, right) = operands_of(cx, inst, true);
    let row = match (right, bytes(cx, ty)) {
        (Right::Imm(0xff), 4 | 8) => Some((x::MOVZBL, VIEW_8)),
        (Right::Imm(0xffff), 4 | 8) => Some((x::MOVZWL, VIEW_16)),
        (Right::Imm(0xffff_ffff), 8) => Some((x::MOVL, VIEW_32)),
        _ => None,
    };
    match row {
        Some((row, view)) => {
            let from = cx.reg(a);
            let to = cx.result(inst);
            cx.op(row, &[def(to, VIEW_32), reg_use(from, view)]);
        }
        None => alu(cx, inst, AND, true),
    }
}

fn multiply(cx: &mut Selector<'_>, inst: Inst) {
    let ty = cx.func.inst(inst).ty();
    let (a, right) = operands_of(cx, inst, true);
    let view = wide_view(cx, ty);
    let Right::Imm(factor) = right else {
        let from = cx.reg(a);
        let right = right_operand(cx, ty, right);
        let to = cx.result(inst);
        cx.op(wide(cx, IMUL, ty), &[tied(to, from, view), right]);
        return;
    };
    let to = cx.result(inst);
    let mask = if bytes(cx, ty) == 8 { u64::MAX } else { u64::from(u32::MAX) >> (32 - 8 * bytes(cx, ty)) };
    let unsigned = factor as u64 & mask;
    if unsigned == 0 {
        crate::rules_symbol::integer(cx, ty, 0, to);
        return;
    }
    let from = cx.reg(a);
    if unsigned == 1 {
        cx.op(pseudo::COPY, &[tied(to, from, view)]);
    } else if unsigned.is_power_of_two() {
        let row = if bytes(cx, ty) == 8 { x::SHLQ } else { x::SHLL };
        cx.op(row, &[tied(to, from, view), imm(i64::from(unsigned.trailing_zeros()))]);
    } else if matches!(unsigned, 3 | 5 | 9) {
        let scale_log2 = (unsigned - 1).trailing_zeros() as u8;
        lea(cx, ty, to, MachMem { index: from.into(), scale_log2, ..MachMem::base(from, 0) });
    } else if fits_i32(factor) {
        cx.op(wide(cx, IMUL_IMM, ty), &[def(to, view), source(cx, from, view), imm(factor)]);
    } else {
        let large = cx.temp(ty);
        crate::rules_symbol::integer(cx, ty, factor, large);
        cx.op(wide(cx, IMUL, ty), &[tied(to, large, view), source(cx, from, view)]);
    }
}

fn multiply_high(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let (ty, signed) = (data.ty(), data.opcode() == Opcode::Smulhi);
    let [a, b] = [data.inline_args()[0], data.inline_args()[1]];
    let (a, b) = (cx.reg(a), cx.reg(b));
    let to = cx.result(inst);
    if bytes(cx, ty) < 4 {
        let (wide_a, wide_b) = (cx.temp(Type::I32), cx.temp(Type::I32));
        extend_to_32(cx, ty, signed, wide_a, a);
        extend_to_32(cx, ty, signed, wide_b, b);
        let product = cx.temp(Type::I32);
        cx.op(x::IMULL_2, &[tied(product, wide_a, VIEW_32), reg_use(wide_b, VIEW_32)]);
        let row = if signed { x::SARL } else { x::SHRL };
        cx.op(row, &[tied(to, product, VIEW_32), imm(i64::from(bytes(cx, ty) * 8))]);
        return;
    }
    let row = match (bytes(cx, ty), signed) {
        (8, false) => x::MULQ,
        (8, true) => x::IMULQ_1,
        (_, false) => x::MULL,
        (_, true) => x::IMULL_1,
    };
    let b = source(cx, b, wide_view(cx, ty));
    // The product of the same operands directly before is the other half.
    let before = cx.previous().filter(|before| {
        let before = cx.func.inst(*before);
        let args = before.inline_args();
        before.opcode() == Opcode::Imul && before.ty() == ty && *args == *data.inline_args()
    });
    if let Some(before) = before {
        let low = cx.result(before);
        cx.op(row, &[b, fixed_use(a, r::RAX), fixed_def(low, r::RAX), fixed_def(to, r::RDX)]);
        cx.absorb(before);
        return;
    }
    clobbering(cx, row, &[b, fixed_use(a, r::RAX), fixed_def(to, r::RDX)], r::RAX);
}

fn absolute(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let mut from = cx.reg(data.inline_args()[0]);
    if bytes(cx, ty) < 4 {
        let wide = cx.temp(Type::I32);
        extend_to_32(cx, ty, true, wide, from);
        from = wide;
    }
    let to = cx.result(inst);
    let negative = cx.temp(if bytes(cx, ty) < 4 { Type::I32 } else { ty });
    cx.op(wide(cx, NEG, ty), &[tied(negative, from, wide_view(cx, ty))]);
    let row = x::cmovcc(Cond::S, size_of(cx, ty));
    cx.op(row, &[tied(to, negative, wide_view(cx, ty)), reg_use(from, wide_view(cx, ty))]);
}

fn min_max(cx: &mut Selector<'_>, inst: Inst, keep_if: Cond) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let (a, b) = (cx.reg(data.inline_args()[0]), cx.reg(data.inline_args()[1]));
    let to = cx.result(inst);
    let rows = CMP;
    cx.op(exact(cx, rows, ty), &[reg_use(a, view(cx, ty)), reg_use(b, view(cx, ty))]);
    let row = x::cmovcc(keep_if, size_of(cx, ty));
    cx.op(row, &[tied(to, b, wide_view(cx, ty)), reg_use(a, wide_view(cx, ty))]);
}

fn unsigned_saturating(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let is_add = data.opcode() == Opcode::UaddSat;
    let (a, b) = (cx.reg(data.inline_args()[0]), cx.reg(data.inline_args()[1]));
    let limit = cx.temp(if bytes(cx, ty) < 4 { Type::I32 } else { ty });
    crate::rules_symbol::integer(cx, ty, if is_add { -1 } else { 0 }, limit);
    let sum = cx.temp(ty);
    let to = cx.result(inst);
    let row = exact(cx, if is_add { ADD } else { SUB }, ty);
    cx.op(row, &[tied(sum, a, view(cx, ty)), reg_use(b, view(cx, ty))]);
    let row = x::cmovcc(Cond::B, size_of(cx, ty));
    cx.op(row, &[tied(to, sum, wide_view(cx, ty)), reg_use(limit, wide_view(cx, ty))]);
}

fn signed_saturating(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let (a, b) = (cx.reg(data.inline_args()[0]), cx.reg(data.inline_args()[1]));
    let bits = bytes(cx, ty) * 8;
    let mut signed = a;
    if bytes(cx, ty) < 4 {
        signed = cx.temp(Type::I32);
        extend_to_32(cx, ty, true, signed, a);
    }
    // The limit on the side of the first operand: its sign, then the largest number, exclusive-ored.
    let wide_ty = if bytes(cx, ty) < 4 { Type::I32 } else { ty };
    let (sign, limit) = (cx.temp(wide_ty), cx.temp(wide_ty));
    let shift = if bytes(cx, ty) == 8 { x::SARQ } else { x::SARL };
    cx.op(shift, &[tied(sign, signed, wide_view(cx, ty)), imm(if bytes(cx, ty) == 8 { 63 } else { 31 })]);
    let most = (1i128 << (bits - 1)) - 1;
    let most = right_operand(cx, wide_ty, Right::Imm(most as i64));
    cx.op(wide(cx, XOR, wide_ty), &[tied(limit, sign, wide_view(cx, ty)), most]);
    let sum = cx.temp(ty);
    let to = cx.result(inst);
    let row = exact(cx, if data.opcode() == Opcode::SaddSat { ADD } else { SUB }, ty);
    cx.op(row, &[tied(sum, a, view(cx, ty)), reg_use(b, view(cx, ty))]);
    let row = x::cmovcc(Cond::O, size_of(cx, ty));
    cx.op(row, &[tied(to, sum, wide_view(cx, ty)), reg_use(limit, wide_view(cx, ty))]);
}

/// Sum or difference with a flag.
fn with_flag(cx: &mut Selector<'_>, inst: Inst, rows: Sized4, cond: Cond) {
    let ty = cx.func.inst(inst).ty();
    let (a, right) = operands_of(cx, inst, false);
    let from = cx.reg(a);
    let right = match right {
        Right::Value(value) if bytes(cx, ty) < 4 => reg_use(cx.reg(value), view(cx, ty)),
        right => right_operand(cx, ty, right),
    };
    let sum = cx.needed_result(inst, 0);
    let flag = cx.needed_result(inst, 1);
    if sum.is_none() && rows == SUB {
        cx.op(exact(cx, CMP, ty), &[reg_use(from, view(cx, ty)), right]);
    } else {
        let to = sum.unwrap_or_else(|| cx.temp(ty));
        cx.op(exact(cx, rows, ty), &[tied(to, from, view(cx, ty)), right]);
    }
    if let Some(flag) = flag {
        cx.op(x::setcc(cond), &[def(flag, VIEW_8)]);
    }
}

fn multiply_with_flag(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let (ty, signed) = (data.ty(), data.opcode() == Opcode::SmulOverflow);
    let (a, b) = (cx.reg(data.inline_args()[0]), cx.reg(data.inline_args()[1]));
    let to = cx.needed_result(inst, 0).unwrap_or_else(|| cx.temp(ty));
    let flag = cx.needed_result(inst, 1);
    let view = view(cx, ty);
    match (signed, bytes(cx, ty)) {
        (true, 2 | 4 | 8) => cx.op(exact(cx, IMUL, ty), &[tied(to, a, view), reg_use(b, view)]),
        _ => {
            let row = match (signed, bytes(cx, ty)) {
                (true, _) => x::IMULB,
                (_, 1) => x::MULB,
                (_, 2) => x::MULW,
                (_, 4) => x::MULL,
                _ => x::MULQ,
            };
            clobbering(cx, row, &[reg_use(b, view), fixed_use(a, r::RAX), fixed_def(to, r::RAX)], r::RDX);
        }
    }
    if let Some(flag) = flag {
        cx.op(x::setcc(Cond::O), &[def(flag, VIEW_8)]);
    }
}

/// `adc`, `sbb`: a carry that is not in the flags comes from adding 255 to it.
fn with_carry(cx: &mut Selector<'_>, inst: Inst, rows: Sized4) {
    let data = *cx.func.inst(inst);
    if !is_64(cx)
        && rows == SBB
        && let Some(flag) = cx.func.results(inst).nth(1)
        && let Some(condition) = borrow(cx, inst, flag)
    {
        let to = cx.reg(flag);
        crate::rules_compare::set(cx, condition, to);
        return;
    }
    let ty = data.ty();
    let args = data.inline_args();
    let a = cx.reg(args[0]);
    let right = match cx.func.int_constant(args[1]) {
        Some(value) if fits_i32(value) => imm(sign_extended(cx, ty, value)),
        _ => {
            let b = cx.reg(args[1]);
            reg_use(b, view(cx, ty))
        }
    };
    let first = if rows == ADC { (Opcode::UaddOverflow, ADD) } else { (Opcode::UsubOverflow, SUB) };
    let before = cx
        .func
        .def_inst(args[2])
        .filter(|before| cx.func.inst(*before).opcode() == first.0 && cx.is_previous(*before));
    match before {
        // The instruction that makes the carry comes directly before: it is in the flags.
        Some(before) => {
            with_flag(cx, before, first.1, Cond::B);
            cx.absorb(before);
        }
        None => {
            let carry = cx.reg(args[2]);
            let spent = cx.temp(Type::I8);
            cx.op(x::ADDB, &[tied(spent, carry, VIEW_8), imm(-1)]);
        }
    }
    let to = cx.needed_result(inst, 0).unwrap_or_else(|| cx.temp(ty));
    let flag = cx.needed_result(inst, 1);
    cx.op(exact(cx, rows, ty), &[tied(to, a, view(cx, ty)), right]);
    if let Some(flag) = flag {
        cx.op(x::setcc(Cond::B), &[def(flag, VIEW_8)]);
    }
}

/// A difference of words with a borrow, of which only the borrow is wanted: sets the flags and says what holds then.
/// `None` when more of it is wanted, or when the borrow that comes in is not in the flags.
pub(crate) fn borrow(cx: &mut Selector<'_>, inst: Inst, flag: Value) -> Option<Condition> {
    let data = *cx.func.inst(inst);
    let args = data.inline_args();
    let results: [Option<Value>; 2] = [cx.func.results(inst).next(), cx.func.results(inst).nth(1)];
    let before = cx.func.def_inst(args[2])?;
    let low = *cx.func.inst(before);
    let is_pair = low.opcode() == Opcode::UsubOverflow
        && cx.func.results(before).nth(1) == Some(args[2])
        && cx.use_count(args[2]) == 1
        && cx.func.results(before).next().is_some_and(|value| cx.use_count(value) == 0);
    if results[1] != Some(flag)
        || cx.use_count(results[0]?) != 0
        || !is_pair
        || cx.foldable(args[2]).is_none()
    {
        return None;
    }
    // Flipped signs on both sides, a constant's being flipped already.
    let unflipped = |cx: &Selector<'_>, value: Value| -> Option<Result<Value, i64>> {
        if let Some(constant) = cx.func.int_constant(value) {
            return Some(Err(i64::from(constant as i32 ^ i32::MIN)));
        }
        let inner = cx.func.inst(cx.foldable(value)?);
        let flips = match inner.opcode() {
            Opcode::IxorImm => inner.imm() as i32 == i32::MIN,
            Opcode::Ixor => cx.func.int_constant(inner.inline_args()[1]).map(|c| c as i32) == Some(i32::MIN),
            _ => false,
        };
        flips.then(|| Ok(inner.inline_args()[0]))
    };
    let signed = match (unflipped(cx, args[0]), unflipped(cx, args[1])) {
        (Some(a), Some(b)) if a.is_ok() || b.is_ok() => Some((a, b)),
        _ => None,
    };
    let plain = |cx: &Selector<'_>, value: Value| match cx.func.int_constant(value) {
        Some(constant) => Err(i64::from(constant as i32)),
        None => Ok(value),
    };
    let (high_a, high_b) = signed.unwrap_or_else(|| (plain(cx, args[0]), plain(cx, args[1])));
    let (low_a, low_b) = (low.inline_args()[0], plain(cx, low.inline_args()[1]));
    let low_a = cx.reg(low_a);
    let high_a = match high_a {
        Ok(value) => cx.reg(value),
        Err(constant) => {
            let reg = cx.temp(Type::I32);
            crate::rules_symbol::integer(cx, Type::I32, constant, reg);
            reg
        }
    };
    let right = |cx: &mut Selector<'_>, value: Result<Value, i64>| match value {
        Ok(value) => {
            let reg = cx.reg(value);
            source(cx, reg, VIEW_32)
        }
        Err(constant) => imm(constant),
    };
    let (low_b, high_b) = (right(cx, low_b), right(cx, high_b));
    let difference = cx.temp(Type::I32);
    cx.op(x::CMPL, &[reg_use(low_a, VIEW_32), low_b]);
    cx.op(x::SBBL, &[tied(difference, high_a, VIEW_32), high_b]);
    Some(Condition::Simple(if signed.is_some() { Cond::L } else { Cond::B }))
}

/// `store (op (load p), x), p` as one instruction on memory.
pub(crate) fn read_modify_write(cx: &mut Selector<'_>, store: Inst) -> bool {
    let data = *cx.func.inst(store);
    let ty = data.ty();
    if !ty.is_int_or_ptr() || !data.mem_flags().is_plain() {
        return false;
    }
    let [value, address] = [data.inline_args()[0], data.inline_args()[1]];
    let Some(op) = cx.foldable(value) else { return false };
    let op_data = *cx.func.inst(op);
    let Some(rows) = memory_rows(op_data.opcode()) else { return false };
    let is_shift = matches!(op_data.opcode(), Opcode::ShlImm | Opcode::LshrImm | Opcode::AshrImm);
    let immediate = |value: i64| {
        if is_shift { value & i64::from(bytes(cx, ty) * 8 - 1) } else { sign_extended(cx, ty, value) }
    };
    let commutes = op_data.opcode().is_commutative();
    let args = op_data.inline_args();
    let is_same_place = |cx: &Selector<'_>, value: Value| {
        cx.foldable_load(value).is_some_and(|load| {
            let load = cx.func.inst(load);
            load.inline_args()[0] == address && load.offset() == data.offset()
        })
    };
    let right = match args.len() {
        1 if is_same_place(cx, args[0]) => match op_data.opcode() {
            Opcode::Ineg | Opcode::Inot => None,
            _ => Some(Right::Imm(immediate(op_data.imm()))),
        },
        2 if is_same_place(cx, args[0]) => Some(match cx.func.int_constant(args[1]) {
            Some(value) => Right::Imm(sign_extended(cx, ty, value)),
            None => Right::Value(args[1]),
        }),
        2 if commutes && is_same_place(cx, args[1]) => Some(Right::Value(args[0])),
        _ => return false,
    };
    let right = match right {
        None => None,
        Some(Right::Imm(value)) if fits_i32(value) => Some(imm(value)),
        Some(Right::Imm(_)) => return false,
        Some(Right::Value(value)) => {
            let reg = cx.reg(value);
            Some(reg_use(reg, view(cx, ty)))
        }
    };
    let mem = cx.mem_at(address, i64::from(data.offset()));
    let mem = cx.mem_operand(mem);
    let row = exact(cx, rows, ty);
    match right {
        Some(right) => cx.op(row, &[mem, right]),
        None => cx.op(row, &[mem]),
    }
    true
}

fn memory_rows(opcode: Opcode) -> Option<[RowId; 4]> {
    Some(match opcode {
        Opcode::Iadd | Opcode::IaddImm => ADD,
        Opcode::Isub => SUB,
        Opcode::Iand | Opcode::IandImm => AND,
        Opcode::Ior | Opcode::IorImm => OR,
        Opcode::Ixor | Opcode::IxorImm => XOR,
        Opcode::Ineg => NEG,
        Opcode::Inot => NOT,
        Opcode::ShlImm => SHL,
        Opcode::LshrImm => SHR,
        Opcode::AshrImm => SAR,
        _ => return None,
    })
}

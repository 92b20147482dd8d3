//! Shifts, rotations, counting and reversing bits.

use crate::operands::*;
use crate::rules_convert::extended;
use lathe_ir::{Inst, Opcode, Type};
use lathe_isa::RowId;
use lathe_isa_aarch64::rows as a;
use lathe_mach::VReg;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::pseudo;
use lathe_mach::select::Selector;

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    match cx.func.inst(inst).opcode() {
        Opcode::Shl | Opcode::ShlImm => shift(cx, inst, a::LSL),
        Opcode::Lshr | Opcode::LshrImm => shift(cx, inst, a::LSR),
        Opcode::Ashr | Opcode::AshrImm => shift(cx, inst, a::ASR),
        Opcode::Rotl => rotate(cx, inst, true),
        Opcode::Rotr => rotate(cx, inst, false),
        Opcode::Clz => count_leading(cx, inst),
        Opcode::Ctz => count_trailing(cx, inst),
        Opcode::Popcnt => count_ones(cx, inst),
        Opcode::Bswap => swap_bytes(cx, inst),
        Opcode::Bitrev => reverse_bits(cx, inst),
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

/// The count of a shift, if it is a constant, modulo the width.
fn constant_count(cx: &Selector<'_>, inst: Inst) -> Option<i64> {
    let data = cx.func.inst(inst);
    let bits = i64::from(bytes(data.ty()) * 8);
    let count = match data.inline_args().get(1) {
        None => Some(data.imm()),
        Some(count) => cx.func.int_constant(*count),
    };
    count.map(|count| count & (bits - 1))
}

/// The processor takes counts modulo 32 or 64; narrow types need their own modulus, and right bits above for right shifts.
fn shift(cx: &mut Selector<'_>, inst: Inst, row: RowId) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let bits = i64::from(bytes(ty) * 8);
    let view = view(ty);
    let is_narrow = bits < 32;
    let value = data.inline_args()[0];
    if let Some(count) = constant_count(cx, inst) {
        if extension_of_shift(cx, inst, row, count) {
            return;
        }
        let from = cx.reg(value);
        let to = cx.result(inst);
        if count == 0 {
            cx.op(pseudo::COPY, &[tied(to, from, view)]);
        } else if is_narrow && row != a::LSL {
            let row = if row == a::ASR { a::SBFX } else { a::UBFX };
            cx.op(row, &[def(to, view), reg_use(from, view), imm(count), imm(bits - count)]);
        } else {
            cx.op(row, &[def(to, view), reg_use(from, view), imm(count)]);
        }
        return;
    }
    let from = if row == a::LSL { cx.reg(value) } else { extended(cx, value, row == a::ASR) };
    let mut count = cx.reg(data.inline_args()[1]);
    let to = cx.result(inst);
    if is_narrow {
        let masked = cx.temp(Type::I32);
        cx.op(a::AND, &[def(masked, VIEW_W), reg_use(count, VIEW_W), imm(bits - 1)]);
        count = masked;
    }
    cx.op(row, &[def(to, view), reg_use(from, view), reg_use(count, view)]);
}

/// `(x << m) >> n` is a bit-field move; `widen(x) << n` is one too.
fn extension_of_shift(cx: &mut Selector<'_>, inst: Inst, row: RowId, count: i64) -> bool {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let bits = i64::from(bytes(ty) * 8);
    if bits < 32 || count == 0 {
        return false;
    }
    let Some(inner) = cx.foldable(data.inline_args()[0]) else { return false };
    let inner_data = *cx.func.inst(inner);
    let view = view(ty);
    match inner_data.opcode() {
        Opcode::ShlImm if row != a::LSL => {
            let left = inner_data.imm() & (bits - 1);
            let from = cx.reg(inner_data.inline_args()[0]);
            let to = cx.result(inst);
            let signed = row == a::ASR;
            let (row, position, width) = if count >= left {
                (if signed { a::SBFX } else { a::UBFX }, count - left, bits - count)
            } else {
                (if signed { a::SBFIZ } else { a::UBFIZ }, left - count, bits - left)
            };
            cx.op(row, &[def(to, view), reg_use(from, view), imm(position), imm(width)]);
            true
        }
        Opcode::Zext | Opcode::Sext if row == a::LSL => {
            let source = inner_data.inline_args()[0];
            let signed = inner_data.opcode() == Opcode::Sext;
            if signed && cx.foldable_load(source).is_some() {
                return false;
            }
            let width = i64::from(bytes(cx.func.ty(source)) * 8).min(bits - count);
            let from = cx.reg(source);
            let to = cx.result(inst);
            let row = if signed { a::SBFIZ } else { a::UBFIZ };
            cx.op(row, &[def(to, view), reg_use(from, view), imm(count), imm(width)]);
            true
        }
        _ => false,
    }
}

/// `ror`; to the left by the negated count. Narrow types: two shifts.
fn rotate(cx: &mut Selector<'_>, inst: Inst, left: bool) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let view = view(ty);
    let bits = i64::from(bytes(ty) * 8);
    let value = data.inline_args()[0];
    let constant = constant_count(cx, inst).map(|n| if left { (bits - n) & (bits - 1) } else { n });
    if bits >= 32 {
        let from = cx.reg(value);
        let to = cx.result(inst);
        match constant {
            Some(0) => cx.op(pseudo::COPY, &[tied(to, from, view)]),
            Some(count) => cx.op(a::ROR, &[def(to, view), reg_use(from, view), imm(count)]),
            None => {
                let count = right_count(cx, inst, left);
                cx.op(a::ROR, &[def(to, view), reg_use(from, view), reg_use(count, view)]);
            }
        }
        return;
    }
    let from = extended(cx, value, false);
    let count = right_count(cx, inst, left);
    let to = cx.result(inst);
    // Twice the value side by side: the low part of a right shift is the rotation.
    let (double, low) = (cx.temp(Type::I32), cx.temp(Type::I32));
    let by = shifted(LSL, bits as u32);
    cx.op(a::ORR, &[def(double, VIEW_W), reg_use(from, VIEW_W), reg_use(from, VIEW_W), by]);
    cx.op(a::AND, &[def(low, VIEW_W), reg_use(count, VIEW_W), imm(bits - 1)]);
    cx.op(a::LSR, &[def(to, VIEW_W), reg_use(double, VIEW_W), reg_use(low, VIEW_W)]);
}

/// The count of a rotation to the right.
fn right_count(cx: &mut Selector<'_>, inst: Inst, left: bool) -> VReg {
    let data = *cx.func.inst(inst);
    let count = cx.reg(data.inline_args()[1]);
    if !left {
        return count;
    }
    let negative = cx.temp(Type::I64);
    let view = view(data.ty());
    cx.op(a::NEG, &[def(negative, view), reg_use(count, view)]);
    negative
}

fn count_leading(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let from = extended(cx, data.inline_args()[0], false);
    let to = cx.result(inst);
    let view = view(ty);
    if bytes(ty) >= 4 {
        cx.op(a::CLZ, &[def(to, view), reg_use(from, view)]);
        return;
    }
    let count = cx.temp(Type::I32);
    cx.op(a::CLZ, &[def(count, view), reg_use(from, view)]);
    cx.op(a::SUB, &[def(to, view), reg_use(count, view), imm(i64::from(32 - 8 * bytes(ty)))]);
}

fn count_trailing(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let mut from = cx.reg(data.inline_args()[0]);
    let to = cx.result(inst);
    let view = view(ty);
    if bytes(ty) < 4 {
        // A one above the value bounds the count.
        let bounded = cx.temp(Type::I32);
        cx.op(a::ORR, &[def(bounded, VIEW_W), reg_use(from, VIEW_W), imm(1 << (8 * bytes(ty)))]);
        from = bounded;
    }
    let reversed = cx.temp(if bytes(ty) < 4 { Type::I32 } else { ty });
    cx.op(a::RBIT, &[def(reversed, view), reg_use(from, view)]);
    cx.op(a::CLZ, &[def(to, view), reg_use(reversed, view)]);
}

/// Counted by bytes in a vector register, then summed.
fn count_ones(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let from = extended(cx, data.inline_args()[0], false);
    let to = cx.result(inst);
    let (bits, counts, sum) = (cx.temp(Type::F64), cx.temp(Type::F64), cx.temp(Type::F64));
    if bytes(ty) == 8 {
        cx.op(a::FMOV, &[def(bits, VIEW_D), reg_use(from, VIEW_X)]);
    } else {
        cx.op(a::FMOV, &[def(bits, VIEW_S), reg_use(from, VIEW_W)]);
    }
    cx.op(a::CNT, &[def(counts, VIEW_8B), reg_use(bits, VIEW_8B)]);
    cx.op(a::ADDV, &[def(sum, lathe_isa_aarch64::registers::VIEW_B), reg_use(counts, VIEW_8B)]);
    cx.op(a::FMOV, &[def(to, VIEW_W), reg_use(sum, VIEW_S)]);
}

fn swap_bytes(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let from = cx.reg(data.inline_args()[0]);
    let to = cx.result(inst);
    match bytes(data.ty()) {
        1 => cx.op(pseudo::COPY, &[tied(to, from, VIEW_W)]),
        2 => cx.op(a::REV16, &[def(to, VIEW_W), reg_use(from, VIEW_W)]),
        4 => cx.op(a::REV, &[def(to, VIEW_W), reg_use(from, VIEW_W)]),
        _ => cx.op(a::REV, &[def(to, VIEW_X), reg_use(from, VIEW_X)]),
    }
}

fn reverse_bits(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let from = cx.reg(data.inline_args()[0]);
    let to = cx.result(inst);
    let view = view(ty);
    if bytes(ty) >= 4 {
        cx.op(a::RBIT, &[def(to, view), reg_use(from, view)]);
        return;
    }
    let reversed = cx.temp(Type::I32);
    cx.op(a::RBIT, &[def(reversed, view), reg_use(from, view)]);
    cx.op(a::LSR, &[def(to, view), reg_use(reversed, view), imm(i64::from(32 - 8 * bytes(ty)))]);
}

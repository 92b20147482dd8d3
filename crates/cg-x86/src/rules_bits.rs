//! Shifts, rotations, counting and reversing bits.

use crate::operands::*;
use crate::rules_convert::extend_to_32;
use crate::rules_integer::{Right, right_operand};
use lathe_ir::{Inst, InstData, LibCall, Opcode, Type};
use lathe_isa::RowId;
use lathe_isa_x86::Cond;
use lathe_isa_x86::registers as r;
use lathe_isa_x86::rows as x;
use lathe_mach::VReg;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::pseudo;
use lathe_mach::select::Selector;
use lathe_target::features::Feature;

const ROL: Sized4 = [x::ROLB, x::ROLW, x::ROLL, x::ROLQ];
const ROR: Sized4 = [x::RORB, x::RORW, x::RORL, x::RORQ];

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    match cx.func.inst(inst).opcode() {
        Opcode::Shl | Opcode::ShlImm => shift(cx, inst, SHL, false),
        Opcode::Lshr | Opcode::LshrImm => shift(cx, inst, SHR, false),
        Opcode::Ashr | Opcode::AshrImm => shift(cx, inst, SAR, false),
        Opcode::Rotl => shift(cx, inst, ROL, true),
        Opcode::Rotr => shift(cx, inst, ROR, true),
        Opcode::Clz => count_leading(cx, inst),
        Opcode::Ctz => count_trailing(cx, inst),
        Opcode::Popcnt => count_ones(cx, inst),
        Opcode::Bswap => swap_bytes(cx, inst),
        Opcode::Bitrev => reverse_bits(cx, inst),
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

/// The processor takes counts modulo 32 or 64; narrow types need their own modulus.
fn shift(cx: &mut Selector<'_>, inst: Inst, rows: Sized4, rotates: bool) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let bits = i64::from(bytes(cx, ty) * 8);
    let args = data.inline_args();
    let constant = match args.get(1) {
        None => Some(data.imm()),
        Some(count) => cx.func.int_constant(*count),
    };
    let mut from = cx.reg(args[0]);
    let to = cx.result(inst);
    let is_narrow = bytes(cx, ty) < 4;
    // A left shift of a narrow value happens in 32 bits, a right shift needs its upper bits right.
    let (row, width) = if is_narrow && !rotates {
        if rows != SHL {
            let wide = cx.temp(Type::I32);
            extend_to_32(cx, ty, rows == SAR, wide, from);
            from = wide;
        }
        (rows[2], VIEW_32)
    } else {
        (exact(cx, rows, ty), view(cx, ty))
    };
    if let Some(count) = constant {
        let count = count & (bits - 1);
        if count == 0 {
            cx.op(pseudo::COPY, &[tied(to, from, width)]);
        } else if count == 1 && row == x::SHLQ && cx.use_count(args[0]) > 1 {
            let mem = lathe_mach::MachMem { index: from.into(), ..lathe_mach::MachMem::base(from, 0) };
            let mem = cx.mem_operand(mem);
            cx.op(word(cx, LEA), &[def(to, word_view(cx)), mem]);
        } else {
            cx.op(row, &[tied(to, from, width), imm(count)]);
        }
        return;
    }
    let mut count = cx.reg(args[1]);
    if is_narrow && !rotates {
        let masked = cx.temp(Type::I32);
        cx.op(x::ANDL, &[tied(masked, count, VIEW_32), imm(bits - 1)]);
        count = masked;
    }
    cx.op(row, &[tied(to, from, width), cl(), fixed_use(count, r::RCX)]);
}

/// i386: a word shifted with bits of another coming in, as legalization writes shifts of two words: `shld`, `shrd`.
/// Two shapes: `a << n | b >> (32 - n)` with a constant, and `a << n | (b >> 1) >> !n` (or both the other way round).
pub(crate) fn funnel(cx: &mut Selector<'_>, inst: Inst) -> bool {
    let data = *cx.func.inst(inst);
    if is_64(cx) || data.ty() != Type::I32 {
        return false;
    }
    let [first, second] = [data.inline_args()[0], data.inline_args()[1]];
    let (Some(kept), Some(moved)) = (cx.foldable(first), cx.foldable(second)) else { return false };
    let (kept, moved) = (*cx.func.inst(kept), *cx.func.inst(moved));
    match (kept.opcode(), moved.opcode()) {
        (Opcode::ShlImm, Opcode::LshrImm) => {
            let (left, right) = (kept.imm() & 31, moved.imm() & 31);
            if left == 0 || left + right != 32 {
                return false;
            }
            let (a, b) = (cx.reg(kept.inline_args()[0]), cx.reg(moved.inline_args()[0]));
            let to = cx.result(inst);
            cx.op(x::SHLDL, &[tied(to, a, VIEW_32), reg_use(b, VIEW_32), imm(left)]);
            true
        }
        (Opcode::Shl, Opcode::Lshr) => funnel_by(cx, inst, &kept, &moved, Opcode::LshrImm, x::SHLDL),
        (Opcode::Lshr, Opcode::Shl) => funnel_by(cx, inst, &kept, &moved, Opcode::ShlImm, x::SHRDL),
        _ => false,
    }
}

fn funnel_by(
    cx: &mut Selector<'_>,
    inst: Inst,
    kept: &InstData,
    moved: &InstData,
    by_one: Opcode,
    row: RowId,
) -> bool {
    let [a, count] = [kept.inline_args()[0], kept.inline_args()[1]];
    let [shifted, rest] = [moved.inline_args()[0], moved.inline_args()[1]];
    let Some(one) = cx.foldable(shifted) else { return false };
    let one = *cx.func.inst(one);
    let is_complement = cx.func.def_inst(rest).is_some_and(|not| {
        let not = cx.func.inst(not);
        not.opcode() == Opcode::Inot && not.inline_args()[0] == count
    });
    if one.opcode() != by_one || one.imm() != 1 || !is_complement {
        return false;
    }
    let (a, b, count) = (cx.reg(a), cx.reg(one.inline_args()[0]), cx.reg(count));
    let to = cx.result(inst);
    cx.op(row, &[tied(to, a, VIEW_32), reg_use(b, VIEW_32), cl(), fixed_use(count, r::RCX)]);
    true
}

fn count_leading(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let mut from = cx.reg(data.inline_args()[0]);
    let to = cx.result(inst);
    let is_narrow = bytes(cx, ty) < 4;
    if is_narrow {
        let wide = cx.temp(Type::I32);
        extend_to_32(cx, ty, false, wide, from);
        from = wide;
    }
    let wide_ty = if is_narrow { Type::I32 } else { ty };
    let (width, view) = (bytes(cx, wide_ty) * 8, wide_view(cx, ty));
    let count = if is_narrow { cx.temp(Type::I32) } else { to };
    if cx.target.features.has(Feature::Lzcnt) {
        let row = if width == 64 { x::LZCNTQ } else { x::LZCNTL };
        cx.op(row, &[def(count, view), source(cx, from, view)]);
    } else {
        // `bsr` leaves its destination undefined for 0: 2w-1, which the exclusive-or turns into w.
        let (none, index, chosen) = (cx.temp(wide_ty), cx.temp(wide_ty), cx.temp(wide_ty));
        crate::rules_symbol::integer(cx, wide_ty, i64::from(2 * width - 1), none);
        let (bsr, size, xor) =
            if width == 64 { (x::BSRQ, x::Size::Q, x::XORQ) } else { (x::BSRL, x::Size::L, x::XORL) };
        cx.op(bsr, &[tied(index, from, view), reg_use(from, view)]);
        cx.op(x::cmovcc(Cond::E, size), &[tied(chosen, index, view), reg_use(none, view)]);
        cx.op(xor, &[tied(count, chosen, view), imm(i64::from(width - 1))]);
    }
    if is_narrow {
        cx.op(x::SUBL, &[tied(to, count, VIEW_32), imm(i64::from(32 - 8 * bytes(cx, ty)))]);
    }
}

fn count_trailing(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let from = cx.reg(data.inline_args()[0]);
    let to = cx.result(inst);
    let view = wide_view(cx, ty);
    if bytes(cx, ty) < 4 {
        // A one above the value bounds the count.
        let bounded = cx.temp(Type::I32);
        cx.op(x::ORL, &[tied(bounded, from, VIEW_32), imm(1 << (8 * bytes(cx, ty)))]);
        cx.op(x::BSFL, &[tied(to, bounded, VIEW_32), reg_use(bounded, VIEW_32)]);
        return;
    }
    let is_64 = bytes(cx, ty) == 8;
    if cx.target.features.has(Feature::Bmi1) {
        let row = if is_64 { x::TZCNTQ } else { x::TZCNTL };
        cx.op(row, &[def(to, view), source(cx, from, view)]);
        return;
    }
    let (width, index) = (cx.temp(ty), cx.temp(ty));
    crate::rules_symbol::integer(cx, ty, i64::from(bytes(cx, ty) * 8), width);
    let (bsf, size) = if is_64 { (x::BSFQ, x::Size::Q) } else { (x::BSFL, x::Size::L) };
    cx.op(bsf, &[tied(index, from, view), reg_use(from, view)]);
    cx.op(x::cmovcc(Cond::E, size), &[tied(to, index, view), reg_use(width, view)]);
}

fn count_ones(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let mut from = cx.reg(data.inline_args()[0]);
    let to = cx.result(inst);
    if bytes(cx, ty) < 4 {
        let wide = cx.temp(Type::I32);
        extend_to_32(cx, ty, false, wide, from);
        from = wide;
    }
    if cx.target.features.has(Feature::Popcnt) {
        let row = if bytes(cx, ty) == 8 { x::POPCNTQ } else { x::POPCNTL };
        cx.op(row, &[def(to, wide_view(cx, ty)), source(cx, from, wide_view(cx, ty))]);
        return;
    }
    if !is_64(cx) {
        let (zero, count) = (cx.temp(Type::I32), cx.temp(Type::I32));
        crate::rules_symbol::integer(cx, Type::I32, 0, zero);
        cx.call_float_runtime(LibCall::Popcountdi2, &[from, zero], count);
        cx.op(x::MOVL, &[def(to, VIEW_32), reg_use(count, VIEW_32)]);
        return;
    }
    if bytes(cx, ty) < 8 {
        let wide = cx.temp(Type::PTR);
        cx.op(x::MOVL, &[def(wide, VIEW_32), reg_use(from, VIEW_32)]);
        from = wide;
    }
    let count = cx.temp(Type::I32);
    cx.call_float_runtime(LibCall::Popcountdi2, &[from], count);
    cx.op(x::MOVL, &[def(to, VIEW_32), reg_use(count, VIEW_32)]);
}

fn swap_bytes(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let from = cx.reg(data.inline_args()[0]);
    let to = cx.result(inst);
    match bytes(cx, ty) {
        1 => cx.op(pseudo::COPY, &[tied(to, from, VIEW_8)]),
        2 => cx.op(x::ROLW, &[tied(to, from, VIEW_16), imm(8)]),
        4 => cx.op(x::BSWAPL, &[tied(to, from, VIEW_32)]),
        _ => cx.op(x::BSWAPQ, &[tied(to, from, word_view(cx))]),
    }
}

/// Swaps bytes, then neighbouring nibbles, pairs and bits.
fn reverse_bits(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let mut value = cx.reg(data.inline_args()[0]);
    let wide_ty = if bytes(cx, ty) < 4 { Type::I32 } else { ty };
    let is_64 = bytes(cx, ty) == 8;
    let view = wide_view(cx, ty);
    let step = |cx: &mut Selector<'_>, rows: Sized4, from: VReg, right: i64| {
        let right = right_operand(cx, wide_ty, Right::Imm(right));
        let to = cx.temp(wide_ty);
        cx.op(wide(cx, rows, wide_ty), &[tied(to, from, view), right]);
        to
    };
    if bytes(cx, ty) > 1 {
        let swapped = cx.temp(wide_ty);
        cx.op(if is_64 { x::BSWAPQ } else { x::BSWAPL }, &[tied(swapped, value, view)]);
        value = if bytes(cx, ty) == 2 { step(cx, SHR, swapped, 16) } else { swapped };
    }
    for (count, mask) in
        [(4, 0x0f0f_0f0f_0f0f_0f0f_i64), (2, 0x3333_3333_3333_3333), (1, 0x5555_5555_5555_5555)]
    {
        let mask = if is_64 { mask } else { i64::from(mask as i32) };
        let shifted = step(cx, SHR, value, count);
        let low = step(cx, AND, shifted, mask);
        let kept = step(cx, AND, value, mask);
        let high = step(cx, SHL, kept, count);
        let both = cx.temp(wide_ty);
        cx.op(wide(cx, OR, wide_ty), &[tied(both, low, view), reg_use(high, view)]);
        value = both;
    }
    let to = cx.result(inst);
    cx.op(pseudo::COPY, &[tied(to, value, view)]);
}

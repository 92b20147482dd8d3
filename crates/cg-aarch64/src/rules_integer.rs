//! Integer arithmetic and logic.
//!
//! Narrow types (8 and 16 bits) are computed in 32-bit registers whose upper bits mean nothing; operations that look at
//! upper bits (division, right shifts, comparisons) widen first. Shifts, extensions and complements of the right operand
//! and products are folded into their only user.

use crate::operands::*;
use crate::rules_convert::{extended, is_zero_extended};
use crate::rules_symbol::integer;
use lathe_ir::{Inst, Opcode, Type, Value};
use lathe_isa::RowId;
use lathe_isa_aarch64::rows as a;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::pseudo;
use lathe_mach::select::Selector;
use lathe_mach::{MachOperand, VReg};
use smallvec::SmallVec;

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    match data.opcode() {
        Opcode::Iadd | Opcode::IaddImm | Opcode::Isub => add(cx, inst),
        Opcode::PtrAdd | Opcode::PtrAddImm => ptr_add(cx, inst),
        Opcode::Iand | Opcode::IandImm => {
            if !bit_field(cx, inst) && !is_mask_of_own_bits(cx, inst) {
                logic(cx, inst, a::AND, a::BIC);
            }
        }
        Opcode::Ior | Opcode::IorImm => logic(cx, inst, a::ORR, a::ORN),
        Opcode::Ixor | Opcode::IxorImm => logic(cx, inst, a::EOR, a::EON),
        Opcode::Inot => unary(cx, inst, a::MVN),
        Opcode::Ineg => negate(cx, inst),
        Opcode::Imul | Opcode::ImulImm => multiply(cx, inst),
        Opcode::Umulhi | Opcode::Smulhi => multiply_high(cx, inst),
        Opcode::Udiv | Opcode::Sdiv | Opcode::Urem | Opcode::Srem => divide(cx, inst),
        Opcode::Iabs => absolute(cx, inst),
        Opcode::Smin => min_max(cx, inst, Cond::LT),
        Opcode::Smax => min_max(cx, inst, Cond::GT),
        Opcode::Umin => min_max(cx, inst, Cond::CC),
        Opcode::Umax => min_max(cx, inst, Cond::HI),
        _ => return crate::rules_overflow::select(cx, inst),
    }
    Ok(())
}

/// The right operand of a binary instruction.
#[derive(Clone, Copy)]
pub(crate) enum Right {
    Value(Value),
    Imm(i64),
}

/// The operands of a binary or immediate instruction, constants and foldable values on the right if it commutes.
pub(crate) fn operands_of(cx: &Selector<'_>, inst: Inst, commutes: bool) -> (Value, Right) {
    let data = cx.func.inst(inst);
    let ty = data.ty();
    let args = data.inline_args();
    if args.len() == 1 {
        return (args[0], Right::Imm(sign_extended(ty, data.imm())));
    }
    let (mut a, mut b) = (args[0], args[1]);
    if commutes {
        let folds = |value: Value| {
            cx.foldable(value).is_some_and(|inst| {
                matches!(
                    cx.func.inst(inst).opcode(),
                    Opcode::ShlImm
                        | Opcode::LshrImm
                        | Opcode::AshrImm
                        | Opcode::Sext
                        | Opcode::Zext
                        | Opcode::Inot
                        | Opcode::Imul
                )
            })
        };
        let constant = |value: Value| cx.func.int_constant(value).is_some();
        if constant(a) || (folds(a) && !folds(b) && !constant(b)) {
            std::mem::swap(&mut a, &mut b);
        }
    }
    match cx.func.int_constant(b) {
        Some(constant) => (a, Right::Imm(sign_extended(ty, constant))),
        None => (a, Right::Value(b)),
    }
}

/// One or two operands: a register, and its shift or extension.
pub(crate) type Source = SmallVec<[MachOperand; 2]>;

/// A constant shift of a 32-bit or wider value, or a left shift of any: value, kind, count.
fn constant_shift(cx: &Selector<'_>, ty: Type, inst: Inst) -> Option<(Value, u8, u32)> {
    let data = cx.func.inst(inst);
    let kind = match data.opcode() {
        Opcode::ShlImm => LSL,
        Opcode::LshrImm if bytes(ty) >= 4 => LSR,
        Opcode::AshrImm if bytes(ty) >= 4 => ASR,
        _ => return None,
    };
    let bits = bytes(ty) * 8;
    Some((data.inline_args()[0], kind, data.imm() as u32 & (bits - 1)))
}

/// A value as a possibly shifted register.
pub(crate) fn shifted_source(cx: &mut Selector<'_>, ty: Type, value: Value) -> Source {
    let view = view(ty);
    if let Some(inst) = cx.foldable(value)
        && let Some((from, kind, count)) = constant_shift(cx, ty, inst)
        && count > 0
    {
        let from = cx.reg(from);
        return SmallVec::from_slice(&[reg_use(from, view), shifted(kind, count)]);
    }
    SmallVec::from_slice(&[value_or_zero(cx, value, view)])
}

/// A value as a shifted or extended register, for `add`, `sub` and `cmp`.
pub(crate) fn extended_source(cx: &mut Selector<'_>, ty: Type, value: Value) -> Source {
    let mut inner = value;
    let mut count = 0;
    // A small left shift may go on top of an extension.
    if let Some(inst) = cx.foldable(value)
        && let Some((from, LSL, by @ 0..=4)) = constant_shift(cx, ty, inst)
        && cx.foldable(from).is_some()
    {
        (inner, count) = (from, by);
    }
    if bytes(ty) >= 4
        && let Some(inst) = cx.foldable(inner)
    {
        let data = *cx.func.inst(inst);
        let from = data.inline_args().first().copied().unwrap_or(value);
        let from_ty = cx.func.ty(from);
        let signed = data.opcode() == Opcode::Sext;
        let is_load = |cx: &Selector<'_>| cx.foldable_load(from).is_some();
        if matches!(data.opcode(), Opcode::Sext | Opcode::Zext)
            && from_ty.is_int()
            && !(signed && is_load(cx))
            && (signed || !is_zero_extended(cx, from))
        {
            let kind = match (bytes(from_ty), signed) {
                (1, false) => UXTB,
                (1, true) => SXTB,
                (2, false) => UXTH,
                (2, true) => SXTH,
                (_, false) => UXTW,
                (_, true) => SXTW,
            };
            let from = cx.reg(from);
            return SmallVec::from_slice(&[reg_use(from, VIEW_W), shifted(kind, count)]);
        }
    }
    shifted_source(cx, ty, value)
}

/// An operand for an immediate: the number itself if it fits, else a register.
fn register_of(cx: &mut Selector<'_>, ty: Type, value: i64) -> MachOperand {
    if value == 0 {
        return zero(view(ty));
    }
    let reg = cx.temp(if bytes(ty) < 4 { Type::I32 } else { ty });
    integer(cx, ty, value, reg);
    reg_use(reg, view(ty))
}

/// `row to, from, right…`.
fn emit(cx: &mut Selector<'_>, row: RowId, to: VReg, view: u8, from: MachOperand, right: &[MachOperand]) {
    let mut operands: SmallVec<[MachOperand; 4]> = SmallVec::from_slice(&[def(to, view), from]);
    operands.extend_from_slice(right);
    cx.op(row, &operands);
}

/// Sums and differences: `add`, `sub`, `madd`, `msub`, `neg`.
fn add(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let view = view(ty);
    let is_sub = data.opcode() == Opcode::Isub;
    let (first, right) = operands_of(cx, inst, !is_sub);
    let row = if is_sub { a::SUB } else { a::ADD };
    match right {
        Right::Imm(value) => {
            let value = if is_sub { value.wrapping_neg() } else { value };
            let from = cx.reg(first);
            let to = cx.result(inst);
            add_constant(cx, ty, to, from, value);
        }
        Right::Value(second) => {
            if multiply_add(cx, inst, ty, first, second, is_sub) {
                return;
            }
            let right = extended_source(cx, ty, second);
            // The extended form has no zero register on the left.
            let extends = right.get(1).is_some_and(|o| matches!(o, MachOperand::Shift { kind: 8.., .. }));
            let from = if extends { reg_use(cx.reg(first), view) } else { value_or_zero(cx, first, view) };
            let to = cx.result(inst);
            let is_neg = is_sub && from == zero(view);
            if is_neg {
                let mut operands: Source = SmallVec::from_slice(&[def(to, view)]);
                operands.extend_from_slice(&right);
                cx.op(a::NEG, &operands);
            } else {
                emit(cx, row, to, view, from, &right);
            }
        }
    }
}

/// `to = from + value` in the view of `ty`.
pub(crate) fn add_constant(cx: &mut Selector<'_>, ty: Type, to: VReg, from: VReg, value: i64) {
    let view = view(ty);
    let value = sign_extended(ty, value);
    let magnitude = value.unsigned_abs() as i64;
    let row = if value < 0 { a::SUB } else { a::ADD };
    if value == 0 {
        cx.op(pseudo::COPY, &[tied(to, from, view)]);
    } else if is_add_immediate(magnitude) {
        cx.op(row, &[def(to, view), reg_use(from, view), imm(magnitude)]);
    } else if (0..1 << 24).contains(&magnitude) {
        let middle = cx.temp(if bytes(ty) < 4 { Type::I32 } else { ty });
        cx.op(row, &[def(middle, view), reg_use(from, view), imm(magnitude & !0xfff)]);
        cx.op(row, &[def(to, view), reg_use(middle, view), imm(magnitude & 0xfff)]);
    } else {
        let right = register_of(cx, ty, value);
        cx.op(a::ADD, &[def(to, view), reg_use(from, view), right]);
    }
}

/// The product behind a value, when it has no other user: 32-bit or wider factors.
fn product(cx: &Selector<'_>, value: Value) -> Option<(Value, Value)> {
    let inst = cx.foldable(value)?;
    let data = cx.func.inst(inst);
    if data.opcode() != Opcode::Imul {
        return None;
    }
    let [x, y] = [data.inline_args()[0], data.inline_args()[1]];
    let cheap = |value: Value| {
        // What needs no multiplication is better off without one.
        let factor = cx
            .func
            .int_constant(value)
            .map(|factor| factor as u64 & (u64::MAX >> (64 - 8 * bytes(data.ty()))));
        factor.is_some_and(|n| {
            n.count_ones() <= 1
                || (n.wrapping_add(1)).is_power_of_two()
                || n == u64::MAX
                || two_shifts(n).is_some()
        })
    };
    (!cheap(x) && !cheap(y)).then_some((x, y))
}

/// `madd`, `msub` (`smaddl` and the like for products of widened factors).
fn multiply_add(
    cx: &mut Selector<'_>,
    inst: Inst,
    ty: Type,
    first: Value,
    second: Value,
    is_sub: bool,
) -> bool {
    let Some((x, y)) = product(cx, second) else { return false };
    let view = view(ty);
    let (row, factors, factor_view) = match widened_factors(cx, ty, x, y) {
        Some((true, factors)) => (if is_sub { a::SMSUBL } else { a::SMADDL }, factors, VIEW_W),
        Some((false, factors)) => (if is_sub { a::UMSUBL } else { a::UMADDL }, factors, VIEW_W),
        None => (if is_sub { a::MSUB } else { a::MADD }, (x, y), view),
    };
    let (x, y) = (cx.reg(factors.0), cx.reg(factors.1));
    let addend = value_or_zero(cx, first, view);
    let to = cx.result(inst);
    cx.op(row, &[def(to, view), reg_use(x, factor_view), reg_use(y, factor_view), addend]);
    true
}

/// The 32-bit factors of a 64-bit product of two values widened alike, and whether by sign.
fn widened_factors(cx: &Selector<'_>, ty: Type, x: Value, y: Value) -> Option<(bool, (Value, Value))> {
    if ty != Type::I64 {
        return None;
    }
    let widened = |value: Value| {
        let inst = cx.foldable(value)?;
        let data = cx.func.inst(inst);
        let from = data.inline_args().first().copied()?;
        let opcode = data.opcode();
        let is_widening = matches!(opcode, Opcode::Sext | Opcode::Zext) && cx.func.ty(from) == Type::I32;
        is_widening.then_some((opcode, from))
    };
    let ((kind, x), (other, y)) = (widened(x)?, widened(y)?);
    (kind == other).then_some((kind == Opcode::Sext, (x, y)))
}

fn ptr_add(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let args = data.inline_args();
    let to = cx.result(inst);
    if data.opcode() == Opcode::PtrAddImm {
        let mem = cx.mem_at(args[0], data.imm());
        crate::rules_symbol::address_of(cx, to, mem);
        return;
    }
    if cx.func.int_constant(args[1]).is_none()
        && let Some((x, y)) = product(cx, args[1])
    {
        let (base, x, y) = (cx.reg(args[0]), cx.reg(x), cx.reg(y));
        cx.op(a::MADD, &[def(to, VIEW_X), reg_use(x, VIEW_X), reg_use(y, VIEW_X), reg_use(base, VIEW_X)]);
        return;
    }
    let shift = cx.foldable(args[1]).and_then(|inst| constant_shift(cx, Type::I64, inst));
    if shift.is_some_and(|(_, kind, count)| kind != LSL || count > 3)
        && cx.frame_address_of(args[0]).is_none()
    {
        let right = shifted_source(cx, Type::I64, args[1]);
        let base = cx.reg(args[0]);
        emit(cx, a::ADD, to, VIEW_X, reg_use(base, VIEW_X), &right);
        return;
    }
    // Gather through this very sum, whatever its number of users.
    let address = cx.address_sum(args[0], args[1]);
    let mem = crate::rules_symbol::mem(cx, &address);
    crate::rules_symbol::address_of(cx, to, mem);
}

/// `and`, `orr`, `eor`, and with a complemented right operand `bic`, `orn`, `eon`.
fn logic(cx: &mut Selector<'_>, inst: Inst, row: RowId, complemented: RowId) {
    let ty = cx.func.inst(inst).ty();
    let view = view(ty);
    let (first, right) = operands_of(cx, inst, true);
    match right {
        Right::Imm(-1) if row == a::EOR => {
            let from = cx.reg(first);
            let to = cx.result(inst);
            cx.op(a::MVN, &[def(to, view), reg_use(from, view)]);
        }
        Right::Imm(value) => {
            let from = cx.reg(first);
            let right = logical_operand(cx, ty, value);
            let to = cx.result(inst);
            cx.op(row, &[def(to, view), reg_use(from, view), right]);
        }
        Right::Value(second) => {
            let (row, second) = match complement_of(cx, second) {
                Some(inner) => (complemented, inner),
                None => (row, second),
            };
            let right = shifted_source(cx, ty, second);
            let from = cx.reg(first);
            let to = cx.result(inst);
            emit(cx, row, to, view, reg_use(from, view), &right);
        }
    }
}

/// A mask as an immediate or in a register. For narrow types the bits above may be anything, which helps.
pub(crate) fn logical_operand(cx: &mut Selector<'_>, ty: Type, value: i64) -> MachOperand {
    let view = view(ty);
    let bits = bytes(ty) * 8;
    let low = value & ((1i64 << (bits & 63)) - 1);
    let candidates = if bits < 32 { [value, low] } else { [value, value] };
    for candidate in candidates {
        if is_logical_immediate(candidate, view) {
            return imm(if view == VIEW_W { i64::from(candidate as u32) } else { candidate });
        }
    }
    register_of(cx, ty, value)
}

/// The value whose complement this is, if nobody else uses that.
fn complement_of(cx: &Selector<'_>, value: Value) -> Option<Value> {
    let inst = cx.foldable(value)?;
    let data = cx.func.inst(inst);
    match (data.opcode(), data.imm()) {
        (Opcode::Inot, _) | (Opcode::IxorImm, -1) => Some(data.inline_args()[0]),
        _ => None,
    }
}

/// Masking a value that has no bits beyond the mask is a copy.
fn is_mask_of_own_bits(cx: &mut Selector<'_>, inst: Inst) -> bool {
    let ty = cx.func.inst(inst).ty();
    let (value, Right::Imm(mask)) = operands_of(cx, inst, true) else { return false };
    let Some(widening) = cx.func.def_inst(value) else { return false };
    let data = *cx.func.inst(widening);
    let Some(from) = data.inline_args().first().copied() else { return false };
    let bits = bytes(cx.func.ty(from)) * 8;
    let covers = bits < 64 && mask & ((1i64 << bits) - 1) == (1i64 << bits) - 1;
    if data.opcode() != Opcode::Zext || !covers {
        return false;
    }
    let from = cx.reg(value);
    let to = cx.result(inst);
    cx.op(pseudo::COPY, &[tied(to, from, view(ty))]);
    true
}

/// `(x >> n) & ones` is `ubfx`.
fn bit_field(cx: &mut Selector<'_>, inst: Inst) -> bool {
    let ty = cx.func.inst(inst).ty();
    if bytes(ty) < 4 {
        return false;
    }
    let (first, Right::Imm(mask)) = operands_of(cx, inst, true) else { return false };
    let mask = in_view(ty, mask) as u64;
    let width = mask.trailing_ones();
    if mask == 0 || width == 64 || mask >> width != 0 {
        return false;
    }
    let Some(shift) = cx.foldable(first) else { return false };
    let Some((from, LSR | ASR, count)) = constant_shift(cx, ty, shift) else { return false };
    let signed = cx.func.inst(shift).opcode() == Opcode::AshrImm;
    let total = bytes(ty) * 8;
    if count == 0 || (signed && count + width > total) {
        return false;
    }
    let from = cx.reg(from);
    let to = cx.result(inst);
    let width = width.min(total - count);
    let view = view(ty);
    let operands = [def(to, view), reg_use(from, view), imm(i64::from(count)), imm(i64::from(width))];
    cx.op(a::UBFX, &operands);
    true
}

fn unary(cx: &mut Selector<'_>, inst: Inst, row: RowId) {
    let data = *cx.func.inst(inst);
    let right = shifted_source(cx, data.ty(), data.inline_args()[0]);
    let to = cx.result(inst);
    let mut operands: SmallVec<[MachOperand; 3]> = SmallVec::from_slice(&[def(to, view(data.ty()))]);
    operands.extend_from_slice(&right);
    cx.op(row, &operands);
}

fn negate(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    if let Some((x, y)) = product(cx, data.inline_args()[0]) {
        let (x, y) = (cx.reg(x), cx.reg(y));
        let to = cx.result(inst);
        let view = view(data.ty());
        cx.op(a::MNEG, &[def(to, view), reg_use(x, view), reg_use(y, view)]);
        return;
    }
    unary(cx, inst, a::NEG);
}

fn multiply(cx: &mut Selector<'_>, inst: Inst) {
    let ty = cx.func.inst(inst).ty();
    let (first, right) = operands_of(cx, inst, true);
    let view = view(ty);
    let factor = match right {
        Right::Imm(factor) => factor,
        Right::Value(second) => {
            if let Some((signed, (x, y))) = widened_factors(cx, ty, first, second) {
                let (x, y) = (cx.reg(x), cx.reg(y));
                let to = cx.result(inst);
                let row = if signed { a::SMULL } else { a::UMULL };
                cx.op(row, &[def(to, VIEW_X), reg_use(x, VIEW_W), reg_use(y, VIEW_W)]);
                return;
            }
            let (x, y) = (cx.reg(first), cx.reg(second));
            let to = cx.result(inst);
            cx.op(a::MUL, &[def(to, view), reg_use(x, view), reg_use(y, view)]);
            return;
        }
    };
    let to = cx.result(inst);
    let bits = bytes(ty) * 8;
    let unsigned = factor as u64 & (u64::MAX >> (64 - bits));
    if unsigned == 0 {
        integer(cx, ty, 0, to);
        return;
    }
    let from = cx.reg(first);
    if unsigned == 1 {
        cx.op(pseudo::COPY, &[tied(to, from, view)]);
    } else if factor == -1 {
        cx.op(a::NEG, &[def(to, view), reg_use(from, view)]);
    } else if unsigned.is_power_of_two() {
        let count = i64::from(unsigned.trailing_zeros());
        cx.op(a::LSL, &[def(to, view), reg_use(from, view), imm(count)]);
    } else if (unsigned - 1).is_power_of_two() {
        let by = shifted(LSL, (unsigned - 1).trailing_zeros());
        cx.op(a::ADD, &[def(to, view), reg_use(from, view), reg_use(from, view), by]);
    } else if (unsigned + 1).is_power_of_two() {
        let high = cx.temp(ty);
        let count = i64::from((unsigned + 1).trailing_zeros());
        cx.op(a::LSL, &[def(high, view), reg_use(from, view), imm(count)]);
        cx.op(a::SUB, &[def(to, view), reg_use(high, view), reg_use(from, view)]);
    } else if let Some((low, high)) = two_shifts(unsigned) {
        let sum = cx.temp(ty);
        cx.op(a::ADD, &[def(sum, view), reg_use(from, view), reg_use(from, view), shifted(LSL, low)]);
        cx.op(a::LSL, &[def(to, view), reg_use(sum, view), imm(i64::from(high))]);
    } else {
        let right = register_of(cx, ty, factor);
        cx.op(a::MUL, &[def(to, view), reg_use(from, view), right]);
    }
}

/// `(2^low + 1) * 2^high`.
fn two_shifts(factor: u64) -> Option<(u32, u32)> {
    if factor == 0 {
        return None;
    }
    let high = factor.trailing_zeros();
    let odd = factor >> high;
    (odd - 1).is_power_of_two().then(|| ((odd - 1).trailing_zeros(), high))
}

fn multiply_high(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let (ty, signed) = (data.ty(), data.opcode() == Opcode::Smulhi);
    let [x, y] = [data.inline_args()[0], data.inline_args()[1]];
    let bits = i64::from(bytes(ty) * 8);
    if bits == 64 {
        let (x, y) = (cx.reg(x), cx.reg(y));
        let to = cx.result(inst);
        let row = if signed { a::SMULH } else { a::UMULH };
        cx.op(row, &[def(to, VIEW_X), reg_use(x, VIEW_X), reg_use(y, VIEW_X)]);
        return;
    }
    let (x, y) = (extended(cx, x, signed), extended(cx, y, signed));
    let to = cx.result(inst);
    let product = cx.temp(Type::I64);
    let row = if signed { a::SMULL } else { a::UMULL };
    cx.op(row, &[def(product, VIEW_X), reg_use(x, VIEW_W), reg_use(y, VIEW_W)]);
    cx.op(a::LSR, &[def(to, VIEW_X), reg_use(product, VIEW_X), imm(bits)]);
}

fn divide(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let signed = matches!(data.opcode(), Opcode::Sdiv | Opcode::Srem);
    let remainder = matches!(data.opcode(), Opcode::Urem | Opcode::Srem);
    let [x, y] = [data.inline_args()[0], data.inline_args()[1]];
    let (x, y) = (extended(cx, x, signed), extended(cx, y, signed));
    let to = cx.result(inst);
    let view = view(ty);
    let row = if signed { a::SDIV } else { a::UDIV };
    if !remainder {
        cx.op(row, &[def(to, view), reg_use(x, view), reg_use(y, view)]);
        return;
    }
    let quotient = cx.temp(if bytes(ty) < 4 { Type::I32 } else { ty });
    cx.op(row, &[def(quotient, view), reg_use(x, view), reg_use(y, view)]);
    cx.op(a::MSUB, &[def(to, view), reg_use(quotient, view), reg_use(y, view), reg_use(x, view)]);
}

fn absolute(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let from = extended(cx, data.inline_args()[0], true);
    let to = cx.result(inst);
    let view = view(data.ty());
    cx.op(a::CMP, &[reg_use(from, view), imm(0)]);
    cx.op(a::CNEG, &[def(to, view), reg_use(from, view), MachOperand::Cond(Cond::LT as u8)]);
}

fn min_max(cx: &mut Selector<'_>, inst: Inst, keep_if: Cond) {
    let data = *cx.func.inst(inst);
    let signed = matches!(data.opcode(), Opcode::Smin | Opcode::Smax);
    let [x, y] = [data.inline_args()[0], data.inline_args()[1]];
    let (x, y) = (extended(cx, x, signed), extended(cx, y, signed));
    let to = cx.result(inst);
    let view = view(data.ty());
    cx.op(a::CMP, &[reg_use(x, view), reg_use(y, view)]);
    cx.op(a::CSEL, &[def(to, view), reg_use(x, view), reg_use(y, view), MachOperand::Cond(keep_if as u8)]);
}

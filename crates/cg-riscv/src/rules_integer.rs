//! Integer arithmetic and logic.
//!
//! `i32` is computed by the `W` instructions, which leave sign-extended results. `i8` and `i16` are computed in whole registers
//! whose upper bits mean nothing; operations that look at them extend first, unless the extent is known.

use crate::operands::*;
use crate::rules_convert::{extended, low_word};
use crate::rules_symbol::{constant, integer};
use lathe_ir::{Inst, IntCond, Opcode, Type, Value};
use lathe_isa::RowId;
use lathe_isa_riscv::rows as x;
use lathe_mach::VReg;
use lathe_mach::error::CodegenError;
use lathe_mach::select::Selector;
use lathe_target::features::Feature;

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    match data.opcode() {
        Opcode::Iadd | Opcode::IaddImm => add(cx, inst),
        Opcode::PtrAdd | Opcode::PtrAddImm => ptr_add(cx, inst),
        Opcode::Isub => subtract(cx, inst),
        Opcode::Iand | Opcode::IandImm => and(cx, inst),
        Opcode::Ior | Opcode::IorImm => logic(cx, inst, x::OR, x::ORI, x::ORN),
        Opcode::Ixor | Opcode::IxorImm => logic(cx, inst, x::XOR, x::XORI, x::XNOR),
        Opcode::Inot => {
            let from = cx.reg(data.inline_args()[0]);
            let to = cx.result(inst);
            op_imm(cx, x::XORI, to, from, -1);
        }
        Opcode::Ineg => {
            let from = low_word(cx, ty, data.inline_args()[0]);
            let to = cx.result(inst);
            negate(cx, ty, to, from);
        }
        Opcode::Imul | Opcode::ImulImm => multiply(cx, inst),
        Opcode::Umulhi | Opcode::Smulhi => multiply_high(cx, inst),
        Opcode::Udiv | Opcode::Sdiv | Opcode::Urem | Opcode::Srem => crate::rules_division::divide(cx, inst),
        Opcode::Iabs => absolute(cx, inst),
        Opcode::Smin => min_max(cx, inst, x::MIN, IntCond::Slt),
        Opcode::Smax => min_max(cx, inst, x::MAX, IntCond::Sgt),
        Opcode::Umin => min_max(cx, inst, x::MINU, IntCond::Ult),
        Opcode::Umax => min_max(cx, inst, x::MAXU, IntCond::Ugt),
        Opcode::UaddSat | Opcode::UsubSat => unsigned_saturating(cx, inst),
        Opcode::SaddSat | Opcode::SsubSat => signed_saturating(cx, inst),
        Opcode::UaddOverflow
        | Opcode::SaddOverflow
        | Opcode::UsubOverflow
        | Opcode::SsubOverflow
        | Opcode::UmulOverflow
        | Opcode::SmulOverflow => crate::rules_bits::with_flag(cx, inst),
        Opcode::UaddCarry | Opcode::UsubBorrow => crate::rules_bits::with_carry(cx, inst),
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

/// The operands of a binary or immediate instruction, constants on the right if it commutes; immediates are
/// sign-extended.
pub(crate) fn operands_of(cx: &Selector<'_>, inst: Inst, commutes: bool) -> (Value, Right) {
    let data = cx.func.inst(inst);
    let ty = data.ty();
    let args = data.inline_args();
    if args.len() == 1 {
        return (args[0], Right::Imm(sign_extended(ty, data.imm())));
    }
    let (mut a, mut b) = (args[0], args[1]);
    if commutes && cx.func.int_constant(a).is_some() {
        std::mem::swap(&mut a, &mut b);
    }
    match cx.func.int_constant(b) {
        Some(constant) => (a, Right::Imm(sign_extended(ty, constant))),
        None => (a, Right::Value(b)),
    }
}

pub(crate) fn negate(cx: &mut Selector<'_>, ty: Type, to: VReg, from: VReg) {
    cx.op(sized(ty, x::SUB, x::SUBW), &[def_x(to), zero(), use_x(from)]);
}

/// `to = from + value`
pub(crate) fn add_constant(cx: &mut Selector<'_>, ty: Type, to: VReg, from: VReg, value: i64) {
    let row = sized(ty, x::ADDI, x::ADDIW);
    if fits_12(value) {
        op_imm(cx, row, to, from, value);
    } else if fits_12(value / 2) && fits_12(value - value / 2) {
        let half = new_imm(cx, row, from, value / 2);
        op_imm(cx, row, to, half, value - value / 2);
    } else {
        let constant = constant(cx, value);
        op3(cx, sized(ty, x::ADD, x::ADDW), to, from, constant);
    }
}

fn has(cx: &Selector<'_>, feature: Feature) -> bool {
    cx.target.features.has(feature)
}

fn add(cx: &mut Selector<'_>, inst: Inst) {
    let ty = cx.func.inst(inst).ty();
    let (a, right) = operands_of(cx, inst, true);
    match right {
        Right::Imm(value) => {
            let from = low_word(cx, ty, a);
            let to = cx.result(inst);
            add_constant(cx, ty, to, from, value);
        }
        Right::Value(b) => {
            if !is_word(ty) && (shifted_add(cx, inst, a, b) || shifted_add(cx, inst, b, a)) {
                return;
            }
            let (a, b) = (low_word(cx, ty, a), low_word(cx, ty, b));
            let to = cx.result(inst);
            op3(cx, sized(ty, x::ADD, x::ADDW), to, a, b);
        }
    }
}

/// `sh1add`, `sh2add`, `sh3add`, their `.uw` forms, `add.uw`; returns whether one of them does it.
fn shifted_add(cx: &mut Selector<'_>, inst: Inst, base: Value, index: Value) -> bool {
    if !has(cx, Feature::Zba) {
        return false;
    }
    let Some(shift) = cx.foldable(index) else { return false };
    let data = *cx.func.inst(shift);
    if data.ty() != Type::I64 {
        return false;
    }
    let (row, from) = match (data.opcode(), data.imm()) {
        (Opcode::ShlImm, n @ 1..=3) => {
            let from = data.inline_args()[0];
            match zero_extended_word(cx, from) {
                Some(word) => ([x::SH1ADD_UW, x::SH2ADD_UW, x::SH3ADD_UW][n as usize - 1], word),
                None => ([x::SH1ADD, x::SH2ADD, x::SH3ADD][n as usize - 1], from),
            }
        }
        (Opcode::ImulImm, 2) => (x::SH1ADD, data.inline_args()[0]),
        (Opcode::ImulImm, 4) => (x::SH2ADD, data.inline_args()[0]),
        (Opcode::ImulImm, 8) => (x::SH3ADD, data.inline_args()[0]),
        (Opcode::Zext, _) if cx.func.ty(data.inline_args()[0]) == Type::I32 => {
            (x::ADD_UW, data.inline_args()[0])
        }
        _ => return false,
    };
    let (from, base) = (cx.reg(from), cx.reg(base));
    let to = cx.result(inst);
    op3(cx, row, to, from, base);
    true
}

/// The `i32` that a value is the zero extension of, if the instruction can be folded.
fn zero_extended_word(cx: &Selector<'_>, value: Value) -> Option<Value> {
    let inst = cx.foldable(value)?;
    let data = cx.func.inst(inst);
    let from = *data.inline_args().first()?;
    let folds = data.opcode() == Opcode::Zext && cx.func.ty(from) == Type::I32;
    (folds && !cx.extent(from).is_unsigned(31)).then_some(from)
}

fn ptr_add(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let args = data.inline_args();
    let offset = match data.opcode() {
        Opcode::PtrAddImm => Some(data.imm()),
        _ => cx.func.int_constant(args[1]),
    };
    let Some(offset) = offset else {
        if shifted_add(cx, inst, args[0], args[1]) {
            return;
        }
        let (base, index) = (cx.reg(args[0]), cx.reg(args[1]));
        let to = cx.result(inst);
        op3(cx, x::ADD, to, base, index);
        return;
    };
    let address = cx.address(args[0], offset);
    let to = cx.result(inst);
    crate::rules_symbol::address_into(cx, &address, to);
}

fn subtract(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let (a, right) = operands_of(cx, inst, false);
    let row = sized(ty, x::SUB, x::SUBW);
    if let Right::Imm(value) = right {
        let from = low_word(cx, ty, a);
        let to = cx.result(inst);
        add_constant(cx, ty, to, from, sign_extended(ty, value.wrapping_neg()));
        return;
    }
    let Right::Value(b) = right else { return };
    let b = low_word(cx, ty, b);
    if cx.func.int_constant(a).is_some_and(|value| sign_extended(ty, value) == 0) {
        let to = cx.result(inst);
        cx.op(row, &[def_x(to), zero(), use_x(b)]);
        return;
    }
    let a = low_word(cx, ty, a);
    let to = cx.result(inst);
    op3(cx, row, to, a, b);
}

/// The operand of a complement that can be folded.
fn complemented(cx: &Selector<'_>, value: Value) -> Option<Value> {
    let inst = cx.foldable(value)?;
    let data = cx.func.inst(inst);
    match data.opcode() {
        Opcode::Inot => Some(data.inline_args()[0]),
        Opcode::IxorImm if data.imm() == -1 => Some(data.inline_args()[0]),
        _ => None,
    }
}

fn logic(cx: &mut Selector<'_>, inst: Inst, row: RowId, immediate: RowId, negated: RowId) {
    let (a, right) = operands_of(cx, inst, true);
    match right {
        Right::Imm(value) if fits_12(value) => {
            let from = cx.reg(a);
            let to = cx.result(inst);
            op_imm(cx, immediate, to, from, value);
        }
        Right::Imm(value) => {
            let ty = cx.func.inst(inst).ty();
            let from = cx.reg(a);
            let to = cx.result(inst);
            let bit = zero_extended(ty, value) as u64;
            if has(cx, Feature::Zbs) && ty == Type::I64 && bit.is_power_of_two() && row != x::AND {
                let row = if row == x::OR { x::BSETI } else { x::BINVI };
                op_imm(cx, row, to, from, i64::from(bit.trailing_zeros()));
                return;
            }
            let constant = constant(cx, value);
            op3(cx, row, to, from, constant);
        }
        Right::Value(b) => {
            if has(cx, Feature::Zbb) {
                let folded = complemented(cx, b).map(|b| (a, b));
                if let Some((a, b)) = folded.or_else(|| complemented(cx, a).map(|a| (b, a))) {
                    let (a, b) = (cx.reg(a), cx.reg(b));
                    let to = cx.result(inst);
                    op3(cx, negated, to, a, b);
                    return;
                }
            }
            let (a, b) = (cx.reg(a), cx.reg(b));
            let to = cx.result(inst);
            op3(cx, row, to, a, b);
        }
    }
}

/// Masks of low ones beyond an immediate are two shifts; others logic.
fn and(cx: &mut Selector<'_>, inst: Inst) {
    let ty = cx.func.inst(inst).ty();
    let (a, right) = operands_of(cx, inst, true);
    let Right::Imm(value) = right else {
        logic(cx, inst, x::AND, x::ANDI, x::ANDN);
        return;
    };
    if fits_12(value) {
        logic(cx, inst, x::AND, x::ANDI, x::ANDN);
        return;
    }
    // As wide as the type: what is above is not looked at for narrow types.
    let mask = if is_narrow(ty) { zero_extended(ty, value) } else { value } as u64;
    let ones = mask.trailing_ones();
    if mask.checked_shr(ones).unwrap_or(0) == 0 {
        let from = cx.reg(a);
        let to = cx.result(inst);
        if cx.extent(a).is_unsigned(ones) {
            copy(cx, to, from);
        } else if ones == 16 && has(cx, Feature::Zbb) {
            cx.op(x::ZEXT_H, &[def_x(to), use_x(from)]);
        } else if ones == 32 && has(cx, Feature::Zba) {
            cx.op(x::ADD_UW, &[def_x(to), use_x(from), zero()]);
        } else {
            let high = new_imm(cx, x::SLLI, from, i64::from(64 - ones));
            op_imm(cx, x::SRLI, to, high, i64::from(64 - ones));
        }
        return;
    }
    let zeros = mask.trailing_zeros();
    if !is_narrow(ty) && mask == u64::MAX.checked_shl(zeros).unwrap_or(0) && zeros > 11 {
        let from = cx.reg(a);
        let to = cx.result(inst);
        let low = new_imm(cx, x::SRAI, from, i64::from(zeros));
        op_imm(cx, x::SLLI, to, low, i64::from(zeros));
        return;
    }
    if has(cx, Feature::Zbs) && ty == Type::I64 && (!mask).is_power_of_two() {
        let from = cx.reg(a);
        let to = cx.result(inst);
        op_imm(cx, x::BCLRI, to, from, i64::from(mask.trailing_ones()));
        return;
    }
    let from = cx.reg(a);
    let to = cx.result(inst);
    let mask = constant(cx, value);
    op3(cx, x::AND, to, from, mask);
}

fn multiply(cx: &mut Selector<'_>, inst: Inst) {
    let ty = cx.func.inst(inst).ty();
    let (a, right) = operands_of(cx, inst, true);
    let from = low_word(cx, ty, a);
    match right {
        Right::Imm(factor) => {
            let to = cx.result(inst);
            multiply_constant(cx, ty, to, from, factor);
        }
        Right::Value(b) => {
            let b = low_word(cx, ty, b);
            let to = cx.result(inst);
            op3(cx, sized(ty, x::MUL, x::MULW), to, from, b);
        }
    }
}

/// `to = from * factor`: shifts for powers of two and sums of two of them.
pub(crate) fn multiply_constant(cx: &mut Selector<'_>, ty: Type, to: VReg, from: VReg, factor: i64) {
    let factor = sign_extended(ty, factor);
    let shift = sized(ty, x::SLLI, x::SLLIW);
    let plus = sized(ty, x::ADD, x::ADDW);
    let minus = sized(ty, x::SUB, x::SUBW);
    let magnitude = factor.unsigned_abs();
    if factor == 0 {
        integer(cx, 0, to);
    } else if factor == 1 {
        copy(cx, to, from);
    } else if factor == -1 {
        negate(cx, ty, to, from);
    } else if factor > 0 && magnitude.is_power_of_two() {
        op_imm(cx, shift, to, from, i64::from(magnitude.trailing_zeros()));
    } else if factor > 0 && matches!(factor, 3 | 5 | 9) && has(cx, Feature::Zba) && ty == Type::I64 {
        let row = [x::SH1ADD, x::SH2ADD, x::SH3ADD][(factor as u64 - 1).trailing_zeros() as usize - 1];
        op3(cx, row, to, from, from);
    } else if factor > 0 && (magnitude - 1).is_power_of_two() {
        let high = new_imm(cx, shift, from, i64::from((magnitude - 1).trailing_zeros()));
        op3(cx, plus, to, high, from);
    } else if factor > 0 && (magnitude + 1).is_power_of_two() {
        let high = new_imm(cx, shift, from, i64::from((magnitude + 1).trailing_zeros()));
        op3(cx, minus, to, high, from);
    } else {
        let factor = constant(cx, factor);
        op3(cx, sized(ty, x::MUL, x::MULW), to, from, factor);
    }
}

fn multiply_high(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let (ty, signed) = (data.ty(), data.opcode() == Opcode::Smulhi);
    let args = [data.inline_args()[0], data.inline_args()[1]];
    if bytes(ty) == 8 {
        let (a, b) = (cx.reg(args[0]), cx.reg(args[1]));
        let to = cx.result(inst);
        op3(cx, if signed { x::MULH } else { x::MULHU }, to, a, b);
        return;
    }
    let (a, b) = (extended(cx, args[0], signed), extended(cx, args[1], signed));
    let to = cx.result(inst);
    let product = new3(cx, x::MUL, a, b);
    op_imm(cx, x::SRAI, to, product, i64::from(bits(ty)));
}

fn absolute(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let from = extended(cx, data.inline_args()[0], true);
    let to = cx.result(inst);
    if has(cx, Feature::Zbb) && !is_word(ty) {
        let negative = cx.temp(Type::I64);
        negate(cx, ty, negative, from);
        op3(cx, x::MAX, to, from, negative);
        return;
    }
    let sign = new_imm(cx, sized(ty, x::SRAI, x::SRAIW), from, if is_word(ty) { 31 } else { 63 });
    let flipped = new3(cx, x::XOR, from, sign);
    op3(cx, sized(ty, x::SUB, x::SUBW), to, flipped, sign);
}

/// Extended operands compare as the type's numbers do: `i32` is so in both ways, since sign extension keeps the order.
pub(crate) fn comparable(cx: &mut Selector<'_>, value: Value, signed: bool) -> VReg {
    let ty = cx.func.ty(value);
    if is_narrow(ty) { extended(cx, value, signed) } else { cx.reg(value) }
}

fn min_max(cx: &mut Selector<'_>, inst: Inst, row: RowId, keep_first: IntCond) {
    let data = *cx.func.inst(inst);
    let signed = matches!(keep_first, IntCond::Slt | IntCond::Sgt);
    let args = [data.inline_args()[0], data.inline_args()[1]];
    let (a, b) = (comparable(cx, args[0], signed), comparable(cx, args[1], signed));
    let to = cx.result(inst);
    if has(cx, Feature::Zbb) {
        op3(cx, row, to, a, b);
        return;
    }
    let (code, first, second) = match keep_first {
        IntCond::Slt => (2, a, b),
        IntCond::Sgt => (2, b, a),
        IntCond::Ult => (4, a, b),
        _ => (4, b, a),
    };
    crate::rules_compare::choose(cx, to, a, use_x(b), code, use_x(first), use_x(second));
}

fn unsigned_saturating(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let args = [data.inline_args()[0], data.inline_args()[1]];
    let (a, b) = (comparable(cx, args[0], false), comparable(cx, args[1], false));
    let to = cx.result(inst);
    if data.opcode() == Opcode::UsubSat {
        // All ones where nothing was borrowed.
        let borrow = new3(cx, x::SLTU, a, b);
        let keep = new_imm(cx, x::ADDI, borrow, -1);
        let difference = new3(cx, sized(ty, x::SUB, x::SUBW), a, b);
        op3(cx, x::AND, to, difference, keep);
        return;
    }
    let sum = new3(cx, sized(ty, x::ADD, x::ADDW), a, b);
    let carry = if is_narrow(ty) {
        new_imm(cx, x::SRLI, sum, i64::from(bits(ty)))
    } else {
        new3(cx, x::SLTU, sum, a)
    };
    let all = cx.temp(Type::I64);
    cx.op(x::SUB, &[def_x(all), zero(), use_x(carry)]);
    op3(cx, x::OR, to, sum, all);
}

fn signed_saturating(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let is_add = data.opcode() == Opcode::SaddSat;
    let args = [data.inline_args()[0], data.inline_args()[1]];
    let (a, b) = (extended(cx, args[0], true), extended(cx, args[1], true));
    let to = cx.result(inst);
    let (sum, overflow) = crate::rules_bits::signed_sum(cx, ty, is_add, a, b);
    // The limit on the side of the first operand: its sign, then the largest number, exclusive-ored.
    let sign = new_imm(cx, x::SRAI, a, 63);
    let most = constant(cx, i64::MAX >> (64 - bits(ty)));
    let limit = new3(cx, x::XOR, sign, most);
    crate::rules_compare::choose(cx, to, sum, use_x(limit), 0, use_x(overflow), zero());
}

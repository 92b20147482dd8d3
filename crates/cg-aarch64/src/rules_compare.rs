//! Comparisons and what consumes them: `cset`, `csel`, branches.
//!
//! Everything that needs a condition goes through [`condition`], which emits one instruction that sets the flags and says
//! which condition then holds, or names a register that is compared with zero (`cbz`) or whose bit is tested (`tbz`).
//! Operands are built before it.

use crate::operands::*;
use crate::rules_convert::{extended, is_zero_extended};
use crate::rules_integer::{Right, extended_source, logical_operand, operands_of, shifted_source};
use crate::rules_symbol::integer;
use lathe_ir::{FloatCond, Inst, IntCond, Opcode, Type, Value};
use lathe_isa_aarch64::rows as a;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::{Bank, pseudo};
use lathe_mach::select::Selector;
use lathe_mach::{MachOperand, VReg};
use smallvec::SmallVec;

// Codes of a `BRANCH` beyond the processor's own; the lowest bit inverts.
/// The register is zero: `cbz`.
pub(crate) const ZERO: u8 = 16;
/// The register is not zero.
pub(crate) const NOT_ZERO: u8 = 17;
/// The bit of the register is clear: `tbz`.
pub(crate) const BIT_CLEAR: u8 = 18;
/// The bit of the register is set.
pub(crate) const BIT_SET: u8 = 19;
/// After `fcmp`: ordered and different.
pub(crate) const ONE: u8 = 20;
/// After `fcmp`: unordered or equal.
pub(crate) const UNORDERED_OR_EQUAL: u8 = 21;

/// A condition.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// On the flags.
    Flags(Cond),
    /// On the flags after `fcmp`: ordered and different, or the inverse.
    Different(bool),
    /// A register is zero, or not.
    IsZero(VReg, u8, bool),
    /// A bit of a register is clear, or set.
    IsClear(VReg, u8, u8, bool),
}

impl Condition {
    fn inverted(self) -> Condition {
        match self {
            Condition::Flags(cond) => Condition::Flags(cond.inverted()),
            Condition::Different(yes) => Condition::Different(!yes),
            Condition::IsZero(reg, view, yes) => Condition::IsZero(reg, view, !yes),
            Condition::IsClear(reg, view, bit, yes) => Condition::IsClear(reg, view, bit, !yes),
        }
    }
}

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    match cx.func.inst(inst).opcode() {
        Opcode::Icmp | Opcode::IcmpImm | Opcode::Fcmp => {
            let to = cx.result(inst);
            let condition = comparison(cx, inst);
            set(cx, condition, to);
        }
        Opcode::Select => select_value(cx, inst)?,
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

fn cond_operand(cond: Cond) -> MachOperand {
    MachOperand::Cond(cond as u8)
}

/// Turns a condition on a register into one on the flags.
fn on_flags(cx: &mut Selector<'_>, condition: Condition) -> Condition {
    match condition {
        Condition::IsZero(reg, view, yes) => {
            cx.op(a::CMP, &[reg_use(reg, view), imm(0)]);
            Condition::Flags(if yes { Cond::EQ } else { Cond::NE })
        }
        Condition::IsClear(reg, view, bit, yes) => {
            let mask = imm(1i64.wrapping_shl(u32::from(bit)));
            cx.op(a::TST, &[reg_use(reg, view), mask]);
            Condition::Flags(if yes { Cond::EQ } else { Cond::NE })
        }
        other => other,
    }
}

/// 0 or 1 from a condition.
pub(crate) fn set(cx: &mut Selector<'_>, condition: Condition, to: VReg) {
    if let Condition::IsClear(reg, view, bit, yes) = condition {
        let bits = if view == VIEW_X { 64 } else { 32 };
        let row = if u32::from(bit) + 1 == bits { a::LSR } else { a::UBFX };
        let mut operands: SmallVec<[MachOperand; 4]> = SmallVec::new();
        let raw = if yes { cx.temp(if bits == 64 { Type::I64 } else { Type::I32 }) } else { to };
        operands.extend([def(raw, view), reg_use(reg, view), imm(i64::from(bit))]);
        if row == a::UBFX {
            operands.push(imm(1));
        }
        cx.op(row, &operands);
        if yes {
            cx.op(a::EOR, &[def(to, VIEW_W), reg_use(raw, VIEW_W), imm(1)]);
        }
        return;
    }
    match on_flags(cx, condition) {
        Condition::Flags(cond) => cx.op(a::CSET, &[def(to, VIEW_W), cond_operand(cond)]),
        condition => {
            // Two conditions: the second keeps what the first gave.
            let (first, second) = pair(condition);
            let half = cx.temp(Type::I32);
            cx.op(a::CSET, &[def(half, VIEW_W), cond_operand(first)]);
            let keep = cond_operand(second.inverted());
            cx.op(a::CSINC, &[def(to, VIEW_W), reg_use(half, VIEW_W), zero(VIEW_W), keep]);
        }
    }
}

/// The two conditions of which either suffices.
fn pair(condition: Condition) -> (Cond, Cond) {
    match condition {
        Condition::Different(true) => (Cond::MI, Cond::GT),
        _ => (Cond::EQ, Cond::VS),
    }
}

/// Compares and gives the condition.
fn comparison(cx: &mut Selector<'_>, inst: Inst) -> Condition {
    match cx.func.inst(inst).opcode() {
        Opcode::Fcmp => float_comparison(cx, inst),
        _ => int_comparison(cx, inst),
    }
}

pub(crate) fn int_code(cond: IntCond) -> Cond {
    match cond {
        IntCond::Eq => Cond::EQ,
        IntCond::Ne => Cond::NE,
        IntCond::Slt => Cond::LT,
        IntCond::Sge => Cond::GE,
        IntCond::Sgt => Cond::GT,
        IntCond::Sle => Cond::LE,
        IntCond::Ult => Cond::CC,
        IntCond::Uge => Cond::CS,
        IntCond::Ugt => Cond::HI,
        IntCond::Ule => Cond::LS,
    }
}

fn int_comparison(cx: &mut Selector<'_>, inst: Inst) -> Condition {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let mut cond = data.int_cond();
    let args = data.inline_args();
    let (mut left, mut right) = match data.opcode() {
        Opcode::IcmpImm => (args[0], Right::Imm(data.imm())),
        _ => (args[0], Right::Value(args[1])),
    };
    if let Right::Value(second) = right {
        if cx.func.int_constant(left).is_some() && cx.func.int_constant(second).is_none() {
            (left, right) = (second, Right::Value(left));
            cond = cond.swapped();
        }
        if let Right::Value(second) = right
            && let Some(value) = cx.func.int_constant(second)
        {
            right = Right::Imm(value);
        }
    }
    match right {
        Right::Imm(value) => compare_constant(cx, ty, left, sign_extended(ty, value), cond),
        Right::Value(right) => {
            compare_values(cx, ty, left, right, cond.is_signed());
            Condition::Flags(int_code(cond))
        }
    }
}

fn compare_values(cx: &mut Selector<'_>, ty: Type, left: Value, right: Value, signed: bool) {
    if bytes(ty) >= 4 {
        let from = cx.reg(left);
        let right = extended_source(cx, ty, right);
        let mut operands: SmallVec<[MachOperand; 3]> = SmallVec::from_slice(&[reg_use(from, view(ty))]);
        operands.extend_from_slice(&right);
        cx.op(a::CMP, &operands);
        return;
    }
    let from = extended(cx, left, signed);
    let other = cx.reg(right);
    if !signed && is_zero_extended(cx, right) {
        cx.op(a::CMP, &[reg_use(from, VIEW_W), reg_use(other, VIEW_W)]);
        return;
    }
    let kind = match (bytes(ty), signed) {
        (1, false) => UXTB,
        (1, true) => SXTB,
        (_, false) => UXTH,
        (_, true) => SXTH,
    };
    cx.op(a::CMP, &[reg_use(from, VIEW_W), reg_use(other, VIEW_W), shifted(kind, 0)]);
}

fn compare_constant(cx: &mut Selector<'_>, ty: Type, left: Value, value: i64, cond: IntCond) -> Condition {
    if value == 0
        && let Some(condition) = compare_zero(cx, ty, left, cond)
    {
        return condition;
    }
    // `x > -1`, `x <= -1` test the sign, too.
    if value == -1 && matches!(cond, IntCond::Sgt | IntCond::Sle) {
        let cond = if cond == IntCond::Sgt { IntCond::Sge } else { IntCond::Slt };
        return compare_constant(cx, ty, left, 0, cond);
    }
    let signed = cond.is_signed();
    let bits = bytes(ty) * 8;
    // As the widened register has it.
    let value = if !signed && bits < 32 { value & ((1 << bits) - 1) } else { value };
    let from = if bits < 32 { extended(cx, left, signed) } else { cx.reg(left) };
    compare_register(cx, ty, from, value);
    Condition::Flags(int_code(cond))
}

/// `cmp` or `cmn` with a number.
fn compare_register(cx: &mut Selector<'_>, ty: Type, from: VReg, value: i64) {
    let view = view(ty);
    if is_add_immediate(value) {
        cx.op(a::CMP, &[reg_use(from, view), imm(value)]);
    } else if value != i64::MIN && is_add_immediate(-value) {
        cx.op(a::CMN, &[reg_use(from, view), imm(-value)]);
    } else {
        let wide = if bytes(ty) < 4 { Type::I32 } else { ty };
        let constant = cx.temp(wide);
        integer(cx, wide, value, constant);
        cx.op(a::CMP, &[reg_use(from, view), reg_use(constant, view)]);
    }
}

/// Comparisons with zero that need no `cmp`.
fn compare_zero(cx: &mut Selector<'_>, ty: Type, left: Value, cond: IntCond) -> Option<Condition> {
    let view = view(ty);
    match cond {
        IntCond::Slt | IntCond::Sge => {
            let from = cx.reg(left);
            let sign = (bytes(ty) * 8 - 1) as u8;
            Some(Condition::IsClear(from, view, sign, cond == IntCond::Sge))
        }
        IntCond::Eq | IntCond::Ne | IntCond::Ugt | IntCond::Ule => {
            let is_zero = matches!(cond, IntCond::Eq | IntCond::Ule);
            if let Some(inst) = cx.foldable(left)
                && matches!(cx.func.inst(inst).opcode(), Opcode::Iand | Opcode::IandImm)
            {
                return Some(test(cx, inst, ty, is_zero));
            }
            if bytes(ty) >= 4 || is_zero_extended(cx, left) {
                let from = cx.reg(left);
                return Some(Condition::IsZero(from, view, is_zero));
            }
            let from = cx.reg(left);
            cx.op(a::TST, &[reg_use(from, VIEW_W), imm((1 << (8 * bytes(ty))) - 1)]);
            Some(Condition::Flags(if is_zero { Cond::EQ } else { Cond::NE }))
        }
        _ => None,
    }
}

/// `tst` for an `iand` whose value is only compared with zero; one bit: `tbz`.
fn test(cx: &mut Selector<'_>, inst: Inst, ty: Type, is_zero: bool) -> Condition {
    let view = view(ty);
    let (left, right) = operands_of(cx, inst, true);
    let bits = bytes(ty) * 8;
    let cond = if is_zero { Cond::EQ } else { Cond::NE };
    match right {
        Right::Imm(mask) => {
            let mask = mask as u64 & (u64::MAX >> (64 - bits));
            let from = cx.reg(left);
            if mask.is_power_of_two() {
                return Condition::IsClear(from, view, mask.trailing_zeros() as u8, is_zero);
            }
            let right = if mask == 0 {
                zero(view)
            } else if is_logical_immediate(mask as i64, view) {
                imm(mask as i64)
            } else {
                // For narrow types all bits of the mask count: no sign extension.
                let wide = if bits < 32 { Type::I32 } else { ty };
                logical_operand(cx, wide, mask as i64)
            };
            cx.op(a::TST, &[reg_use(from, view), right]);
        }
        Right::Value(right) if bits < 32 => {
            let (x, y) = (cx.reg(left), cx.reg(right));
            let both = cx.temp(Type::I32);
            cx.op(a::AND, &[def(both, VIEW_W), reg_use(x, VIEW_W), reg_use(y, VIEW_W)]);
            cx.op(a::TST, &[reg_use(both, VIEW_W), imm((1 << bits) - 1)]);
        }
        Right::Value(right) => {
            let from = cx.reg(left);
            let right = shifted_source(cx, ty, right);
            let mut operands: SmallVec<[MachOperand; 3]> = SmallVec::from_slice(&[reg_use(from, view)]);
            operands.extend_from_slice(&right);
            cx.op(a::TST, &operands);
        }
    }
    Condition::Flags(cond)
}

/// `fcmp` (Arm ARM C6.2, "FCMP"): less sets N, equal Z and C, greater C, unordered C and V.
fn float_comparison(cx: &mut Selector<'_>, inst: Inst) -> Condition {
    let data = *cx.func.inst(inst);
    let view = view_of(data.ty());
    let [left, right] = [data.inline_args()[0], data.inline_args()[1]];
    let is_zero = cx.func.def_inst(right).is_some_and(|inst| {
        let data = cx.func.inst(inst);
        data.opcode() == Opcode::Fconst && data.imm() == 0
    });
    let from = cx.reg(left);
    let right = if is_zero { imm(0) } else { reg_use(cx.reg(right), view) };
    cx.op(a::FCMP, &[reg_use(from, view), right]);
    float_condition(data.float_cond())
}

/// The condition after `fcmp`.
pub(crate) fn float_condition(cond: FloatCond) -> Condition {
    Condition::Flags(match cond {
        FloatCond::Oeq => Cond::EQ,
        FloatCond::Une => Cond::NE,
        FloatCond::One => return Condition::Different(true),
        FloatCond::Ueq => return Condition::Different(false),
        FloatCond::Ogt => Cond::GT,
        FloatCond::Oge => Cond::GE,
        FloatCond::Olt => Cond::MI,
        FloatCond::Ole => Cond::LS,
        FloatCond::Ult => Cond::LT,
        FloatCond::Ule => Cond::LE,
        FloatCond::Ugt => Cond::HI,
        FloatCond::Uge => Cond::PL,
        FloatCond::Ord => Cond::VC,
        FloatCond::Uno => Cond::VS,
    })
}

/// The condition that a value is not zero, folding the comparison that computes it.
pub(crate) fn condition(cx: &mut Selector<'_>, value: Value) -> Condition {
    let mut value = value;
    let mut inverted = false;
    // Looks through `icmp ne (zext c), 0` and the like, as front-ends write conditions.
    while let Some(inst) = cx.foldable(value) {
        let data = *cx.func.inst(inst);
        match (data.opcode(), data.imm()) {
            (Opcode::Zext, _) => value = data.inline_args()[0],
            (Opcode::IcmpImm, 0)
                if matches!(data.int_cond(), IntCond::Eq | IntCond::Ne)
                    && is_condition(cx, data.inline_args()[0]) =>
            {
                inverted ^= data.int_cond() == IntCond::Eq;
                value = data.inline_args()[0];
            }
            (Opcode::Icmp | Opcode::IcmpImm | Opcode::Fcmp, _) if !is_wide(data.ty()) => {
                let condition = comparison(cx, inst);
                return if inverted { condition.inverted() } else { condition };
            }
            _ => break,
        }
    }
    let ty = cx.func.ty(value);
    let condition = compare_constant(cx, ty, value, 0, IntCond::Ne);
    if inverted { condition.inverted() } else { condition }
}

fn is_wide(ty: Type) -> bool {
    ty.is_vector() || ty == Type::I128 || ty == Type::F128
}

/// Whether a value comes from a comparison that can be folded, possibly widened.
fn is_condition(cx: &Selector<'_>, value: Value) -> bool {
    let Some(inst) = cx.foldable(value) else { return false };
    let data = cx.func.inst(inst);
    match data.opcode() {
        Opcode::Icmp | Opcode::IcmpImm | Opcode::Fcmp => !is_wide(data.ty()),
        Opcode::Zext => is_condition(cx, data.inline_args()[0]),
        _ => false,
    }
}

/// A carry or other flag (0 or 1) as a 32-bit register.
pub(crate) fn bit_register(cx: &mut Selector<'_>, value: Value) -> VReg {
    extended(cx, value, false)
}

/// `br`.
pub(crate) fn branch(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    if cx.branch_edges(inst) {
        return Ok(());
    }
    let [Some(then), Some(other)] = data.direct_targets() else { return Err(cx.unsupported_inst(inst)) };
    let then = MachOperand::Block(cx.block_of(cx.func.block_calls[then].block));
    let other = MachOperand::Block(cx.block_of(cx.func.block_calls[other].block));
    let value = data.inline_args()[0];
    if cx.func.ty(value) == Type::I128 {
        return Err(cx.unsupported_inst(inst));
    }
    let code = |code: u8, yes: bool| MachOperand::Cond(if yes { code } else { code ^ 1 });
    match condition(cx, value) {
        Condition::Flags(cond) => cx.op(pseudo::BRANCH, &[cond_operand(cond), then, other]),
        Condition::Different(yes) => cx.op(pseudo::BRANCH, &[code(ONE, yes), then, other]),
        Condition::IsZero(reg, view, yes) => {
            cx.op(pseudo::BRANCH, &[code(ZERO, yes), then, other, reg_use(reg, view)]);
        }
        Condition::IsClear(reg, view, bit, yes) => {
            let bit = imm(i64::from(bit));
            cx.op(pseudo::BRANCH, &[code(BIT_CLEAR, yes), then, other, reg_use(reg, view), bit]);
        }
    }
    Ok(())
}

/// `csel` and its relatives, `fcsel`.
fn select_value(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let [test, yes, no] = [data.inline_args()[0], data.inline_args()[1], data.inline_args()[2]];
    let Some((bank, _)) = crate::rules::register_class(ty) else { return Err(cx.unsupported_inst(inst)) };
    if bank == Bank::Vector {
        return select_float(cx, inst);
    }
    let view = view(ty);
    let constant =
        |cx: &Selector<'_>, value: Value| cx.func.int_constant(value).map(|c| sign_extended(ty, c));
    let to = cx.result(inst);
    // 1 and -1 against zero or a register come from the zero register.
    let (yes_constant, no_constant) = (constant(cx, yes), constant(cx, no));
    let special = |constant: Option<i64>| match constant {
        Some(1) => Some(a::CSINC),
        Some(-1) => Some(a::CSINV),
        _ => None,
    };
    if let Some(row) = special(no_constant) {
        let yes = value_or_zero(cx, yes, view);
        let condition = condition(cx, test);
        choose(cx, condition, row, to, yes, zero(view), view);
    } else if let Some(row) = special(yes_constant) {
        let no = value_or_zero(cx, no, view);
        let condition = condition(cx, test).inverted();
        choose(cx, condition, row, to, no, zero(view), view);
    } else {
        let yes = value_or_zero(cx, yes, view);
        let (row, no) = changed_operand(cx, ty, no, view);
        let condition = condition(cx, test);
        choose(cx, condition, row, to, yes, no, view);
    }
    Ok(())
}

/// The second operand of a conditional select: `x + 1`, `~x` and `-x` cost nothing.
fn changed_operand(
    cx: &mut Selector<'_>,
    ty: Type,
    value: Value,
    view: u8,
) -> (lathe_isa::RowId, MachOperand) {
    if let Some(inst) = cx.foldable(value) {
        let data = *cx.func.inst(inst);
        let row = match (data.opcode(), data.imm()) {
            (Opcode::IaddImm, 1) => Some(a::CSINC),
            (Opcode::Inot, _) | (Opcode::IxorImm, -1) => Some(a::CSINV),
            (Opcode::Ineg, _) => Some(a::CSNEG),
            _ => None,
        };
        if let Some(row) = row
            && data.ty() == ty
        {
            let from = cx.reg(data.inline_args()[0]);
            return (row, reg_use(from, view));
        }
    }
    (a::CSEL, value_or_zero(cx, value, view))
}

/// `to = condition ? yes : row(no)`.
fn choose(
    cx: &mut Selector<'_>,
    condition: Condition,
    row: lathe_isa::RowId,
    to: VReg,
    yes: MachOperand,
    no: MachOperand,
    view: u8,
) {
    match on_flags(cx, condition) {
        Condition::Flags(cond) => cx.op(row, &[def(to, view), yes, no, cond_operand(cond)]),
        condition => {
            let (first, second) = pair(condition);
            let half = cx.temp(if view == VIEW_X { Type::I64 } else { Type::I32 });
            cx.op(row, &[def(half, view), yes, no, cond_operand(first)]);
            cx.op(a::CSEL, &[def(to, view), yes, reg_use(half, view), cond_operand(second)]);
        }
    }
}

/// `fcsel`; for 16 bytes a mask.
pub(crate) fn select_float(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let [test, yes, no] = [data.inline_args()[0], data.inline_args()[1], data.inline_args()[2]];
    let (yes, no) = (cx.reg(yes), cx.reg(no));
    let to = cx.result(inst);
    if size(ty) > 8 {
        let (mask, wide) = (cx.temp(Type::I64), cx.temp(Type::F128));
        let condition = condition(cx, test);
        choose(cx, condition.inverted(), a::CSINV, mask, zero(VIEW_X), zero(VIEW_X), VIEW_X);
        let view = lathe_isa_aarch64::registers::VIEW_2D;
        cx.op(a::DUP, &[def(wide, view), reg_use(mask, VIEW_X)]);
        let operands = [tied(to, wide, VIEW_16B), reg_use(yes, VIEW_16B), reg_use(no, VIEW_16B)];
        cx.op(a::BSL, &operands);
        return Ok(());
    }
    let view = if size(ty) > 4 { VIEW_D } else { VIEW_S };
    let condition = condition(cx, test);
    match on_flags(cx, condition) {
        Condition::Flags(cond) => {
            cx.op(a::FCSEL, &[def(to, view), reg_use(yes, view), reg_use(no, view), cond_operand(cond)]);
        }
        condition => {
            let (first, second) = pair(condition);
            let half = cx.temp(ty);
            let operands = [def(half, view), reg_use(yes, view), reg_use(no, view), cond_operand(first)];
            cx.op(a::FCSEL, &operands);
            let operands = [def(to, view), reg_use(yes, view), reg_use(half, view), cond_operand(second)];
            cx.op(a::FCSEL, &operands);
        }
    }
    Ok(())
}

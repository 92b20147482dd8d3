//! Comparisons and what consumes them: `setcc`, `cmovcc`, branches.
//!
//! Everything that needs a condition goes through [`condition`], which emits one instruction that
//! sets the flags and says which condition code then holds. Operands are built before it.

use crate::operands::*;
use crate::rules_memory::folded_load;
use lathe_ir::{FloatCond, Inst, IntCond, Opcode, Type, Value};
use lathe_isa_x86::Cond;
use lathe_isa_x86::rows as x;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::{Bank, pseudo};
use lathe_mach::options::OptLevel;
use lathe_mach::select::Selector;
use lathe_mach::{MachOperand, VReg};

/// The code of a `BRANCH` on "not equal, or unordered" after `ucomis`: parity or not zero.
pub(crate) const UNORDERED_OR_NOT_EQUAL: u8 = 16;

/// A condition on the flags.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// One condition code.
    Simple(Cond),
    /// Not equal, or unordered.
    NotEqual,
    /// Equal and ordered.
    Equal,
}

impl Condition {
    pub(crate) fn inverted(self) -> Condition {
        match self {
            Condition::Simple(cond) => Condition::Simple(cond.inverted()),
            Condition::NotEqual => Condition::Equal,
            Condition::Equal => Condition::NotEqual,
        }
    }
}

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    match cx.func.inst(inst).opcode() {
        Opcode::Icmp | Opcode::IcmpImm | Opcode::Fcmp => {
            let to = cx.result(inst);
            let condition = match borrow_test(cx, inst) {
                Some(condition) => condition,
                None => comparison(cx, inst),
            };
            set(cx, condition, to);
        }
        Opcode::Select => select_value(cx, inst)?,
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

/// `setcc` into an 8-bit register.
pub(crate) fn set(cx: &mut Selector<'_>, condition: Condition, to: VReg) {
    let (first, second, join) = match condition {
        Condition::Simple(cond) => {
            cx.op(x::setcc(cond), &[def(to, VIEW_8)]);
            return;
        }
        Condition::NotEqual => (Cond::P, Cond::Ne, x::ORL),
        Condition::Equal => (Cond::Np, Cond::E, x::ANDL),
    };
    let (a, b) = (cx.temp(Type::I8), cx.temp(Type::I8));
    cx.op(x::setcc(first), &[def(a, VIEW_8)]);
    cx.op(x::setcc(second), &[def(b, VIEW_8)]);
    cx.op(join, &[tied(to, a, VIEW_32), reg_use(b, VIEW_32)]);
}

/// Sets the flags by a comparison instruction and gives its condition.
fn comparison(cx: &mut Selector<'_>, inst: Inst) -> Condition {
    let data = *cx.func.inst(inst);
    match data.opcode() {
        Opcode::Fcmp if data.ty() == Type::F80 => crate::rules_x87::compare(cx, inst),
        Opcode::Fcmp if data.ty() == Type::F128 => crate::rules_float::compare_f128(cx, inst),
        Opcode::Fcmp => float_comparison(cx, inst),
        _ => Condition::Simple(int_comparison(cx, inst)),
    }
}

pub(crate) fn int_code(cond: IntCond) -> Cond {
    match cond {
        IntCond::Eq => Cond::E,
        IntCond::Ne => Cond::Ne,
        IntCond::Slt => Cond::L,
        IntCond::Sge => Cond::Ge,
        IntCond::Sgt => Cond::G,
        IntCond::Sle => Cond::Le,
        IntCond::Ult => Cond::B,
        IntCond::Uge => Cond::Ae,
        IntCond::Ugt => Cond::A,
        IntCond::Ule => Cond::Be,
    }
}

fn int_comparison(cx: &mut Selector<'_>, inst: Inst) -> Cond {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let mut cond = data.int_cond();
    let args = data.inline_args();
    let (mut a, mut right) = match data.opcode() {
        Opcode::IcmpImm => (args[0], Err(data.imm())),
        _ => (args[0], Ok(args[1])),
    };
    if let Ok(b) = right {
        if cx.func.int_constant(a).is_some() && cx.func.int_constant(b).is_none() {
            (a, right) = (b, Ok(a));
            cond = cond.swapped();
        }
        if let Ok(b) = right
            && let Some(value) = cx.func.int_constant(b)
        {
            right = Err(value);
        }
    }
    let code = int_code(cond);
    match right {
        Err(value) => compare_constant(cx, ty, a, sign_extended(cx, ty, value)),
        Ok(b) => {
            if cx.foldable_load(b).is_some() {
                let a = cx.reg(a);
                let mem = folded_load(cx, b).expect("a load that can be folded");
                cx.op(exact(cx, CMP, ty), &[reg_use(a, view(cx, ty)), mem]);
            } else {
                let b = cx.reg(b);
                let a = match folded_load(cx, a) {
                    Some(mem) => mem,
                    None => {
                        let a = cx.reg(a);
                        reg_use(a, view(cx, ty))
                    }
                };
                let both_registers = !matches!(a, MachOperand::Mem(_));
                let b = if both_registers { source(cx, b, view(cx, ty)) } else { reg_use(b, view(cx, ty)) };
                cx.op(exact(cx, CMP, ty), &[a, b]);
            }
        }
    }
    code
}

fn compare_constant(cx: &mut Selector<'_>, ty: Type, a: Value, value: i64) {
    if !fits_i32(value) {
        let constant = cx.temp(ty);
        crate::rules_symbol::integer(cx, ty, value, constant);
        let a = cx.reg(a);
        cx.op(exact(cx, CMP, ty), &[reg_use(a, view(cx, ty)), reg_use(constant, view(cx, ty))]);
        return;
    }
    if let Some(mem) = folded_load(cx, a) {
        cx.op(exact(cx, CMP, ty), &[mem, imm(value)]);
        return;
    }
    if value != 0 {
        let a = cx.reg(a);
        let a = source(cx, a, view(cx, ty));
        cx.op(exact(cx, CMP, ty), &[a, imm(value)]);
        return;
    }
    if let Some(inst) = cx.foldable(a)
        && matches!(cx.func.inst(inst).opcode(), Opcode::Iand | Opcode::IandImm)
    {
        test(cx, inst, ty);
        return;
    }
    let a = cx.reg(a);
    if cx.options.level == OptLevel::None {
        cx.op(exact(cx, TEST, ty), &[reg_use(a, view(cx, ty)), reg_use(a, view(cx, ty))]);
    } else {
        // A spilled value is compared where it is; in a register, the peephole stage makes this a `test`.
        let a = source(cx, a, view(cx, ty));
        cx.op(exact(cx, CMP, ty), &[a, imm(0)]);
    }
}

/// `test` for an `iand` whose value is only compared with zero.
fn test(cx: &mut Selector<'_>, inst: Inst, ty: Type) {
    let (a, right) = crate::rules_integer::operands_of(cx, inst, true);
    match right {
        crate::rules_integer::Right::Imm(mask) if fits_i32(mask) => {
            let a = match folded_load(cx, a) {
                Some(mem) => mem,
                None => {
                    let a = cx.reg(a);
                    reg_use(a, view(cx, ty))
                }
            };
            let mask = if bytes(cx, ty) == 1 { mask & 0xff } else { mask };
            cx.op(exact(cx, TEST, ty), &[a, imm(mask)]);
        }
        right => {
            let a = cx.reg(a);
            let b = match right {
                crate::rules_integer::Right::Value(value) => cx.reg(value),
                crate::rules_integer::Right::Imm(mask) => {
                    let reg = cx.temp(ty);
                    crate::rules_symbol::integer(cx, ty, mask, reg);
                    reg
                }
            };
            cx.op(exact(cx, TEST, ty), &[reg_use(a, view(cx, ty)), reg_use(b, view(cx, ty))]);
        }
    }
}

/// `ucomis`: unordered sets zero, parity and carry; so "above" and "above or equal" are false then.
fn float_comparison(cx: &mut Selector<'_>, inst: Inst) -> Condition {
    let data = *cx.func.inst(inst);
    let [mut a, mut b] = [data.inline_args()[0], data.inline_args()[1]];
    let (condition, swap) = float_condition(data.float_cond());
    if swap {
        std::mem::swap(&mut a, &mut b);
    }
    let row = if data.ty() == Type::F32 { x::UCOMISS } else { x::UCOMISD };
    let a = cx.reg(a);
    let b = crate::rules_float::right(cx, b);
    cx.op(row, &[reg_use(a, VIEW_XMM), b]);
    condition
}

/// The condition after an unordered comparison, and whether its operands must be exchanged.
pub(crate) fn float_condition(cond: FloatCond) -> (Condition, bool) {
    use Condition::{Equal, NotEqual, Simple};
    match cond {
        FloatCond::Oeq => (Equal, false),
        FloatCond::Une => (NotEqual, false),
        FloatCond::One => (Simple(Cond::Ne), false),
        FloatCond::Ueq => (Simple(Cond::E), false),
        FloatCond::Ogt => (Simple(Cond::A), false),
        FloatCond::Oge => (Simple(Cond::Ae), false),
        FloatCond::Olt => (Simple(Cond::A), true),
        FloatCond::Ole => (Simple(Cond::Ae), true),
        FloatCond::Ult => (Simple(Cond::B), false),
        FloatCond::Ule => (Simple(Cond::Be), false),
        FloatCond::Ugt => (Simple(Cond::B), true),
        FloatCond::Uge => (Simple(Cond::Be), true),
        FloatCond::Ord => (Simple(Cond::Np), false),
        FloatCond::Uno => (Simple(Cond::P), false),
    }
}

/// Sets the flags by whether a value is not zero, folding the comparison that computes it.
pub(crate) fn condition(cx: &mut Selector<'_>, value: Value) -> Condition {
    let mut value = value;
    let mut inverted = false;
    if let Some(condition) = borrow_condition(cx, value) {
        return condition;
    }
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
    compare_constant(cx, ty, value, 0);
    let condition = Condition::Simple(Cond::Ne);
    if inverted { condition.inverted() } else { condition }
}

/// i386: the comparison of two words each, which is a difference whose borrow alone is wanted: `cmp`, `sbb` and the
/// carry; if sign bits are flipped before, the signed condition without that.
fn borrow_condition(cx: &mut Selector<'_>, value: Value) -> Option<Condition> {
    if is_64(cx) {
        return None;
    }
    let mut value = value;
    let mut inverted = false;
    while let Some(inst) = cx.foldable(value) {
        let data = *cx.func.inst(inst);
        match (data.opcode(), data.imm()) {
            (Opcode::IcmpImm, 0) if data.ty() == Type::I8 && data.int_cond() == IntCond::Eq => {
                inverted = !inverted
            }
            (Opcode::IcmpImm, 0) if data.ty() == Type::I8 && data.int_cond() == IntCond::Ne => {}
            (Opcode::UsubBorrow, _) => {
                let condition = crate::rules_integer::borrow(cx, inst, value)?;
                return Some(if inverted { condition.inverted() } else { condition });
            }
            _ => return None,
        }
        value = data.inline_args()[0];
    }
    None
}

/// A flag that says whether a borrow is there or not.
fn borrow_test(cx: &mut Selector<'_>, inst: Inst) -> Option<Condition> {
    let data = *cx.func.inst(inst);
    if data.opcode() != Opcode::IcmpImm || data.ty() != Type::I8 || data.imm() != 0 {
        return None;
    }
    match data.int_cond() {
        IntCond::Eq => borrow_condition(cx, data.inline_args()[0]).map(Condition::inverted),
        IntCond::Ne => borrow_condition(cx, data.inline_args()[0]),
        _ => None,
    }
}

fn is_wide(ty: Type) -> bool {
    ty.is_vector() || ty == Type::I128
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
    let (code, first, second) = match condition(cx, value) {
        Condition::Simple(cond) => (cond as u8, then, other),
        Condition::NotEqual => (UNORDERED_OR_NOT_EQUAL, then, other),
        Condition::Equal => (UNORDERED_OR_NOT_EQUAL, other, then),
    };
    cx.op(pseudo::BRANCH, &[MachOperand::Cond(code), first, second]);
    Ok(())
}

fn select_value(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let [test, a, b] = [data.inline_args()[0], data.inline_args()[1], data.inline_args()[2]];
    let Some((bank, _)) = cx.rules.register_class(ty) else { return Err(cx.unsupported_inst(inst)) };
    if bank == Bank::Vector {
        return crate::rules_float::select_by_mask(cx, inst);
    }
    let (a, b) = (cx.reg(a), cx.reg(b));
    let to = cx.result(inst);
    let view = wide_view(cx, ty);
    choose_into(cx, test, to, a, b, view);
    Ok(())
}

/// The first address where a condition holds, else the second.
pub(crate) fn choose(cx: &mut Selector<'_>, test: Value, a: VReg, b: VReg) -> VReg {
    let to = cx.temp(Type::PTR);
    choose_into(cx, test, to, a, b, word_view(cx));
    to
}

fn choose_into(cx: &mut Selector<'_>, test: Value, to: VReg, mut a: VReg, mut b: VReg, view: u8) {
    let size = if view == VIEW_64 { x::Size::Q } else { x::Size::L };
    match condition(cx, test) {
        Condition::Simple(cond) => {
            cx.op(x::cmovcc(cond, size), &[tied(to, b, view), reg_use(a, view)]);
        }
        condition => {
            if condition == Condition::Equal {
                std::mem::swap(&mut a, &mut b);
            }
            let half = cx.temp(if view == VIEW_64 { Type::I64 } else { Type::I32 });
            cx.op(x::cmovcc(Cond::P, size), &[tied(half, b, view), reg_use(a, view)]);
            cx.op(x::cmovcc(Cond::Ne, size), &[tied(to, half, view), reg_use(a, view)]);
        }
    }
}

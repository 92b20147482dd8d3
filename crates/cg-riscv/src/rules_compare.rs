//! Comparisons and what consumes them: values of 0 and 1, choices, branches.
//!
//! There are no flags: a condition is a branch code and two registers ([`Condition`]). Everything that needs one goes
//! through [`condition`]. Branch codes: equal, not equal, less, not less, and both unsigned.

use crate::operands::*;
use crate::rules_integer::comparable;
use crate::rules_symbol::constant;
use lathe_ir::{FloatCond, Inst, IntCond, Opcode, Type, Value};
use lathe_isa_riscv::registers as r;
use lathe_isa_riscv::rows as x;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::{Bank, pseudo};
use lathe_mach::select::Selector;
use lathe_mach::{MReg, MachOperand, VReg};
use lathe_target::features::Feature;

const EQUAL: u8 = 0;
const NOT_EQUAL: u8 = 1;
const LESS: u8 = 2;
const LESS_UNSIGNED: u8 = 4;

/// A condition on two registers, as a branch takes it.
#[derive(Clone, Copy)]
pub(crate) struct Condition {
    code: u8,
    a: MachOperand,
    b: MachOperand,
}

impl Condition {
    fn new(code: u8, a: MachOperand, b: MachOperand) -> Condition {
        Condition { code, a, b }
    }

    fn not_zero(reg: VReg) -> Condition {
        Condition::new(NOT_EQUAL, use_x(reg), zero())
    }

    fn inverted_if(self, invert: bool) -> Condition {
        Condition { code: self.code ^ u8::from(invert), ..self }
    }
}

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    match cx.func.inst(inst).opcode() {
        Opcode::Icmp | Opcode::IcmpImm => set_integer(cx, inst),
        Opcode::Fcmp => set_float(cx, inst),
        Opcode::Select => select_value(cx, inst)?,
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

/// Condition, operands and constant of an integer comparison, the constant on the right.
fn parts(cx: &Selector<'_>, inst: Inst) -> (IntCond, Value, Result<Value, i64>) {
    let data = cx.func.inst(inst);
    let (ty, mut cond) = (data.ty(), data.int_cond());
    let args = data.inline_args();
    if data.opcode() == Opcode::IcmpImm {
        return (cond, args[0], Err(sign_extended(ty, data.imm())));
    }
    let (mut a, mut b) = (args[0], args[1]);
    if cx.func.int_constant(a).is_some() && cx.func.int_constant(b).is_none() {
        (a, b) = (b, a);
        cond = cond.swapped();
    }
    match cx.func.int_constant(b) {
        Some(value) => (cond, a, Err(sign_extended(ty, value))),
        None => (cond, a, Ok(b)),
    }
}

fn is_signed(cond: IntCond) -> bool {
    matches!(cond, IntCond::Slt | IntCond::Sge | IntCond::Sgt | IntCond::Sle)
}

fn is_equality(cond: IntCond) -> bool {
    matches!(cond, IntCond::Eq | IntCond::Ne)
}

/// Which extension makes registers of a type comparable: for equality the one that is there already.
fn extension(cx: &Selector<'_>, cond: IntCond, a: Value, b: Option<Value>) -> bool {
    if !is_equality(cond) {
        return is_signed(cond);
    }
    let width = bits(cx.func.ty(a));
    let all = |signed: bool| {
        [Some(a), b].into_iter().flatten().all(|value| {
            let extent = cx.extent(value);
            let known = if signed { extent.is_signed(width) } else { extent.is_unsigned(width) };
            known || cx.func.int_constant(value).is_some()
        })
    };
    !all(false) && all(true)
}

/// A constant as the registers that it is compared with hold it.
fn comparable_constant(ty: Type, value: i64, signed: bool) -> i64 {
    if is_narrow(ty) && !signed { zero_extended(ty, value) } else { value }
}

fn integer_condition(cx: &mut Selector<'_>, inst: Inst) -> Condition {
    let (cond, a, right) = parts(cx, inst);
    let ty = cx.func.ty(a);
    let signed = extension(cx, cond, a, right.ok());
    let (left, right) = match right {
        Ok(b) => {
            let left = comparable(cx, a, signed);
            (use_x(left), Ok(comparable(cx, b, signed)))
        }
        Err(value) => {
            let value = comparable_constant(ty, value, signed);
            if value == 0 && is_equality(cond) {
                return zero_test(cx, a).inverted_if(cond == IntCond::Eq);
            }
            let left = comparable(cx, a, signed);
            // `x > -1` is `x >= 0`, `x <= -1` is `x < 0`, and so on.
            if let Some(condition) = against_zero(cond, use_x(left), value) {
                return condition;
            }
            (use_x(left), Err(value))
        }
    };
    let (cond, right) = match (cond, right) {
        (cond, Ok(reg)) => (cond, use_x(reg)),
        // One more makes it "less" or "not less", which can be shared with the other direction; else the constant itself.
        (cond, Err(value)) => {
            let reg = constant_operand(cx, value);
            (cond, reg)
        }
    };
    match cond {
        IntCond::Eq => Condition::new(EQUAL, left, right),
        IntCond::Ne => Condition::new(NOT_EQUAL, left, right),
        IntCond::Slt => Condition::new(LESS, left, right),
        IntCond::Sge => Condition::new(LESS + 1, left, right),
        IntCond::Sgt => Condition::new(LESS, right, left),
        IntCond::Sle => Condition::new(LESS + 1, right, left),
        IntCond::Ult => Condition::new(LESS_UNSIGNED, left, right),
        IntCond::Uge => Condition::new(LESS_UNSIGNED + 1, left, right),
        IntCond::Ugt => Condition::new(LESS_UNSIGNED, right, left),
        IntCond::Ule => Condition::new(LESS_UNSIGNED + 1, right, left),
    }
}

/// Comparisons that are comparisons with zero.
fn against_zero(cond: IntCond, left: MachOperand, value: i64) -> Option<Condition> {
    Some(match (cond, value) {
        (IntCond::Sgt, -1) => Condition::new(LESS + 1, left, zero()),
        (IntCond::Sle, -1) => Condition::new(LESS, left, zero()),
        (IntCond::Slt, 1) => Condition::new(LESS + 1, zero(), left),
        (IntCond::Sge, 1) => Condition::new(LESS, zero(), left),
        (IntCond::Ult, 1) => Condition::new(EQUAL, left, zero()),
        (IntCond::Uge, 1) => Condition::new(NOT_EQUAL, left, zero()),
        _ => return None,
    })
}

/// A constant in a register, `zero` for 0.
fn constant_operand(cx: &mut Selector<'_>, value: i64) -> MachOperand {
    if value == 0 { zero() } else { use_x(constant(cx, value)) }
}

/// Whether a value is not zero: of narrow types the bits of the type alone count.
fn zero_test(cx: &mut Selector<'_>, value: Value) -> Condition {
    let ty = cx.func.ty(value);
    if !is_narrow(ty) {
        return Condition::not_zero(cx.reg(value));
    }
    let extent = cx.extent(value);
    let known = extent.is_unsigned(bits(ty)) || extent.is_signed(bits(ty));
    if known {
        return Condition::not_zero(cx.reg(value));
    }
    if bits(ty) == 8 {
        return Condition::not_zero(crate::rules_convert::extended(cx, value, false));
    }
    // The bits above the type's are shifted out.
    let reg = cx.reg(value);
    Condition::not_zero(new_imm(cx, x::SLLI, reg, i64::from(64 - bits(ty))))
}

/// 0 or 1.
fn set_integer(cx: &mut Selector<'_>, inst: Inst) {
    let (cond, a, right) = parts(cx, inst);
    let ty = cx.func.ty(a);
    let signed = extension(cx, cond, a, right.ok());
    if let Err(value) = right {
        let value = comparable_constant(ty, value, signed);
        match cond {
            IntCond::Eq | IntCond::Ne => {
                let left = comparable(cx, a, signed);
                let to = cx.result(inst);
                let difference = if value == 0 {
                    left
                } else if fits_12(value.wrapping_neg()) {
                    new_imm(cx, sized(ty, x::ADDI, x::ADDIW), left, value.wrapping_neg())
                } else {
                    let value = constant(cx, value);
                    new3(cx, x::XOR, left, value)
                };
                if cond == IntCond::Eq {
                    is_zero(cx, to, difference);
                } else {
                    is_not_zero(cx, to, difference);
                }
                return;
            }
            IntCond::Slt | IntCond::Ult if fits_12(value) => {
                let left = comparable(cx, a, signed);
                let to = cx.result(inst);
                op_imm(cx, if signed { x::SLTI } else { x::SLTIU }, to, left, value);
                return;
            }
            IntCond::Sge | IntCond::Uge if fits_12(value) => {
                let left = comparable(cx, a, signed);
                let to = cx.result(inst);
                let less = new_imm(cx, if signed { x::SLTI } else { x::SLTIU }, left, value);
                op_imm(cx, x::XORI, to, less, 1);
                return;
            }
            // `x <= n` is `x < n + 1`, unless that wraps.
            IntCond::Sle | IntCond::Sgt | IntCond::Ule | IntCond::Ugt
                if value != -1 && value != i64::MAX && fits_12(value + 1) =>
            {
                let left = comparable(cx, a, signed);
                let to = cx.result(inst);
                let row = if signed { x::SLTI } else { x::SLTIU };
                if matches!(cond, IntCond::Sle | IntCond::Ule) {
                    op_imm(cx, row, to, left, value + 1);
                } else {
                    let not_above = new_imm(cx, row, left, value + 1);
                    op_imm(cx, x::XORI, to, not_above, 1);
                }
                return;
            }
            _ => {}
        }
    }
    let condition = integer_condition(cx, inst);
    let to = cx.result(inst);
    set(cx, condition, to);
}

/// A condition as 0 or 1.
fn set(cx: &mut Selector<'_>, condition: Condition, to: VReg) {
    let Condition { code, a, b } = condition;
    if code <= NOT_EQUAL {
        let difference = if b == zero() {
            a
        } else {
            let difference = cx.temp(Type::I64);
            cx.op(x::XOR, &[def_x(difference), a, b]);
            use_x(difference)
        };
        if code == EQUAL {
            cx.op(x::SLTIU, &[def_x(to), difference, imm(1)]);
        } else {
            cx.op(x::SLTU, &[def_x(to), zero(), difference]);
        }
        return;
    }
    let row = if code < LESS_UNSIGNED { x::SLT } else { x::SLTU };
    if code & 1 == 0 {
        cx.op(row, &[def_x(to), a, b]);
    } else {
        let less = cx.temp(Type::I64);
        cx.op(row, &[def_x(less), a, b]);
        op_imm(cx, x::XORI, to, less, 1);
    }
}

// ----- floats -----

/// A register that is 1 where a condition holds on floats, or where it does not (second result).
fn float_bit(cx: &mut Selector<'_>, inst: Inst) -> (VReg, bool) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let [a, b] = [data.inline_args()[0], data.inline_args()[1]];
    let (a, b) = (cx.reg(a), cx.reg(b));
    let single = ty == Type::F32;
    let (eq, lt, le) = if single { (x::FEQ_S, x::FLT_S, x::FLE_S) } else { (x::FEQ_D, x::FLT_D, x::FLE_D) };
    let compare = |cx: &mut Selector<'_>, row, a, b| {
        let to = cx.temp(Type::I64);
        cx.op(row, &[def_x(to), use_f(a, ty), use_f(b, ty)]);
        to
    };
    use FloatCond::*;
    match data.float_cond() {
        Oeq => (compare(cx, eq, a, b), false),
        Une => (compare(cx, eq, a, b), true),
        Olt => (compare(cx, lt, a, b), false),
        Uge => (compare(cx, lt, a, b), true),
        Ole => (compare(cx, le, a, b), false),
        Ugt => (compare(cx, le, a, b), true),
        Ogt => (compare(cx, lt, b, a), false),
        Ule => (compare(cx, lt, b, a), true),
        Oge => (compare(cx, le, b, a), false),
        Ult => (compare(cx, le, b, a), true),
        cond @ (One | Ueq) => {
            let (less, more) = (compare(cx, lt, a, b), compare(cx, lt, b, a));
            (new3(cx, x::OR, less, more), cond == Ueq)
        }
        cond @ (Ord | Uno) => {
            let first = compare(cx, eq, a, a);
            let both = if a == b {
                first
            } else {
                let second = compare(cx, eq, b, b);
                new3(cx, x::AND, first, second)
            };
            (both, cond == Uno)
        }
    }
}

fn set_float(cx: &mut Selector<'_>, inst: Inst) {
    let (bit, inverted) = float_bit(cx, inst);
    let to = cx.result(inst);
    if inverted {
        op_imm(cx, x::XORI, to, bit, 1);
    } else {
        copy(cx, to, bit);
    }
}

// ----- consumers -----

/// Whether a value is not zero, folding the comparison that computes it.
pub(crate) fn condition(cx: &mut Selector<'_>, value: Value) -> Condition {
    let mut value = value;
    let mut inverted = false;
    // Looks through `icmp ne (zext c), 0` and the like, as front-ends write conditions.
    while let Some(inst) = cx.foldable(value) {
        let data = *cx.func.inst(inst);
        match (data.opcode(), data.imm()) {
            (Opcode::Zext, _) => value = data.inline_args()[0],
            (Opcode::IcmpImm, 0)
                if is_equality(data.int_cond()) && is_condition(cx, data.inline_args()[0]) =>
            {
                inverted ^= data.int_cond() == IntCond::Eq;
                value = data.inline_args()[0];
            }
            (Opcode::Icmp | Opcode::IcmpImm, _) if is_plain(data.ty()) => {
                return integer_condition(cx, inst).inverted_if(inverted);
            }
            (Opcode::Fcmp, _) if is_plain(data.ty()) => {
                let (bit, negated) = float_bit(cx, inst);
                return Condition::not_zero(bit).inverted_if(inverted ^ negated);
            }
            _ => break,
        }
    }
    zero_test(cx, value).inverted_if(inverted)
}

fn is_plain(ty: Type) -> bool {
    crate::rules::register_class(ty).is_some()
}

/// Whether a value comes from a comparison that can be folded, possibly widened.
fn is_condition(cx: &Selector<'_>, value: Value) -> bool {
    let Some(inst) = cx.foldable(value) else { return false };
    let data = cx.func.inst(inst);
    match data.opcode() {
        Opcode::Icmp | Opcode::IcmpImm | Opcode::Fcmp => is_plain(data.ty()),
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
    if !is_plain(cx.func.ty(value)) {
        return Err(cx.unsupported_inst(inst));
    }
    let Condition { code, a, b } = condition(cx, value);
    cx.op(pseudo::BRANCH, &[MachOperand::Cond(code), then, other, a, b]);
    Ok(())
}

/// `to = from` where the condition holds, else `other`: a branch over a move.
pub(crate) fn choose(
    cx: &mut Selector<'_>,
    to: VReg,
    from: VReg,
    other: MachOperand,
    code: u8,
    a: MachOperand,
    b: MachOperand,
) {
    let label = imm(i64::from(cx.out.func.label().0));
    cx.op(CHOOSE, &[tied(to, from, VIEW_X), other, a, b, MachOperand::Cond(code), label]);
}

/// `to = yes` where a value is not zero, else `no`.
pub(crate) fn choose_by(cx: &mut Selector<'_>, test: Value, to: VReg, yes: VReg, no: VReg) {
    let Condition { code, a, b } = condition(cx, test);
    choose(cx, to, yes, use_x(no), code, a, b);
}

fn select_value(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let [test, mut yes, mut no] = [data.inline_args()[0], data.inline_args()[1], data.inline_args()[2]];
    let Some((bank, _)) = crate::rules::register_class(ty) else { return Err(cx.unsupported_inst(inst)) };
    if bank == Bank::Vector {
        let (yes, no) = (cx.reg(yes), cx.reg(no));
        let to = cx.result(inst);
        let Condition { code, a, b } = condition(cx, test);
        let label = imm(i64::from(cx.out.func.label().0));
        let view = float_view(ty);
        let operands =
            [tied(to, yes, view), MachOperand::Use(no.into(), view), a, b, MachOperand::Cond(code), label];
        cx.op(CHOOSE_FLOAT, &operands);
        return Ok(());
    }
    let is_zero = |cx: &Selector<'_>, value| {
        cx.func.int_constant(value).is_some_and(|value| sign_extended(ty, value) == 0)
    };
    let mut inverted = false;
    if is_zero(cx, yes) && !is_zero(cx, no) {
        // The zero is the other one, which may be `zero` itself.
        std::mem::swap(&mut yes, &mut no);
        inverted = true;
    }
    let condition = condition(cx, test).inverted_if(inverted);
    let yes_reg = cx.reg(yes);
    let to_zero = is_zero(cx, no);
    if cx.target.features.has(Feature::Zicond) {
        let no_reg = if to_zero { None } else { Some(cx.reg(no)) };
        let to = cx.result(inst);
        conditional_zero(cx, condition, to, yes_reg, no_reg);
        return Ok(());
    }
    let other = if to_zero { MachOperand::Use(MReg::phys(r::ZERO), VIEW_X) } else { use_x(cx.reg(no)) };
    let to = cx.result(inst);
    choose(cx, to, yes_reg, other, condition.code, condition.a, condition.b);
    Ok(())
}

/// `czero.eqz`, `czero.nez`.
fn conditional_zero(cx: &mut Selector<'_>, condition: Condition, to: VReg, yes: VReg, no: Option<VReg>) {
    // The test must be one register: 1 or anything else but 0.
    let (test, inverted) = match condition {
        Condition { code: EQUAL | NOT_EQUAL, a, b } if b == zero() => (a, condition.code == EQUAL),
        Condition { code, .. } => {
            let bit = cx.temp(Type::I64);
            let positive = code & 1 == 0 && code != EQUAL || code == NOT_EQUAL;
            set(cx, condition.inverted_if(!positive), bit);
            (use_x(bit), !positive)
        }
    };
    let (keep, drop) = if inverted { (x::CZERO_NEZ, x::CZERO_EQZ) } else { (x::CZERO_EQZ, x::CZERO_NEZ) };
    let Some(no) = no else {
        cx.op(keep, &[def_x(to), use_x(yes), test]);
        return;
    };
    let (first, second) = (cx.temp(Type::I64), cx.temp(Type::I64));
    cx.op(keep, &[def_x(first), use_x(yes), test]);
    cx.op(drop, &[def_x(second), use_x(no), test]);
    op3(cx, x::OR, to, first, second);
}

//! Atomic operations: `amo*` instructions, compare-and-swap by load-reserved and store-conditional.
//!
//! RISC-V Unprivileged ISA, chapter "A" (14.3: what a constrained loop may hold) and table A.6 of the memory model appendix;
//! RISC-V ELF psABI, "Atomics ABI". Bytes and halves are compared and swapped in the word around them.

use crate::operands::*;
use crate::rules_convert::extended;
use lathe_ir::{AtomicOp, Inst, Opcode, Ordering, Type};
use lathe_isa::{RegSet, RowId};
use lathe_isa_riscv::rows as x;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::Sequence;
use lathe_mach::inst::function::InstFlags;
use lathe_mach::select::Selector;
use lathe_mach::{MachMem, MachOperand, VReg};

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    if data.opcode() == Opcode::Fence {
        fence(cx, data.fence_ordering());
        return Ok(());
    }
    if !data.ty().is_int_or_ptr() || bytes(data.ty()) > 8 {
        return Err(cx.unsupported_inst(inst));
    }
    match data.opcode() {
        Opcode::AtomicRmw => read_modify_write(cx, inst),
        Opcode::AtomicCas => {
            compare_and_swap(cx, inst);
            Ok(())
        }
        _ => Err(cx.unsupported_inst(inst)),
    }
}

fn fence(cx: &mut Selector<'_>, ordering: Ordering) {
    match ordering {
        Ordering::None | Ordering::Relaxed => {}
        Ordering::Acquire => cx.op(x::FENCE, &[imm(2), imm(3)]),
        Ordering::Release => cx.op(x::FENCE, &[imm(3), imm(1)]),
        Ordering::AcqRel => cx.op(x::FENCE_TSO, &[]),
        Ordering::SeqCst => cx.op(x::FENCE, &[imm(3), imm(3)]),
    }
}

/// Plain, acquiring, releasing, both.
type Ordered = [RowId; 4];

fn ordered(rows: Ordered, ordering: Ordering) -> RowId {
    rows[match ordering {
        Ordering::None | Ordering::Relaxed => 0,
        Ordering::Acquire => 1,
        Ordering::Release => 2,
        Ordering::AcqRel | Ordering::SeqCst => 3,
    }]
}

macro_rules! ordered_rows {
    ($plain:ident $aq:ident $rl:ident $both:ident) => {
        [x::$plain, x::$aq, x::$rl, x::$both]
    };
}

/// The rows of an operation for words and double words.
fn rows_of(op: AtomicOp) -> Option<[Ordered; 2]> {
    Some(match op {
        AtomicOp::Xchg => [
            ordered_rows!(AMOSWAP_W AMOSWAP_W_AQ AMOSWAP_W_RL AMOSWAP_W_AQRL),
            ordered_rows!(AMOSWAP_D AMOSWAP_D_AQ AMOSWAP_D_RL AMOSWAP_D_AQRL),
        ],
        AtomicOp::Add | AtomicOp::Sub => [
            ordered_rows!(AMOADD_W AMOADD_W_AQ AMOADD_W_RL AMOADD_W_AQRL),
            ordered_rows!(AMOADD_D AMOADD_D_AQ AMOADD_D_RL AMOADD_D_AQRL),
        ],
        AtomicOp::And => [
            ordered_rows!(AMOAND_W AMOAND_W_AQ AMOAND_W_RL AMOAND_W_AQRL),
            ordered_rows!(AMOAND_D AMOAND_D_AQ AMOAND_D_RL AMOAND_D_AQRL),
        ],
        AtomicOp::Or => [
            ordered_rows!(AMOOR_W AMOOR_W_AQ AMOOR_W_RL AMOOR_W_AQRL),
            ordered_rows!(AMOOR_D AMOOR_D_AQ AMOOR_D_RL AMOOR_D_AQRL),
        ],
        AtomicOp::Xor => [
            ordered_rows!(AMOXOR_W AMOXOR_W_AQ AMOXOR_W_RL AMOXOR_W_AQRL),
            ordered_rows!(AMOXOR_D AMOXOR_D_AQ AMOXOR_D_RL AMOXOR_D_AQRL),
        ],
        AtomicOp::Smin => [
            ordered_rows!(AMOMIN_W AMOMIN_W_AQ AMOMIN_W_RL AMOMIN_W_AQRL),
            ordered_rows!(AMOMIN_D AMOMIN_D_AQ AMOMIN_D_RL AMOMIN_D_AQRL),
        ],
        AtomicOp::Smax => [
            ordered_rows!(AMOMAX_W AMOMAX_W_AQ AMOMAX_W_RL AMOMAX_W_AQRL),
            ordered_rows!(AMOMAX_D AMOMAX_D_AQ AMOMAX_D_RL AMOMAX_D_AQRL),
        ],
        AtomicOp::Umin => [
            ordered_rows!(AMOMINU_W AMOMINU_W_AQ AMOMINU_W_RL AMOMINU_W_AQRL),
            ordered_rows!(AMOMINU_D AMOMINU_D_AQ AMOMINU_D_RL AMOMINU_D_AQRL),
        ],
        AtomicOp::Umax => [
            ordered_rows!(AMOMAXU_W AMOMAXU_W_AQ AMOMAXU_W_RL AMOMAXU_W_AQRL),
            ordered_rows!(AMOMAXU_D AMOMAXU_D_AQ AMOMAXU_D_RL AMOMAXU_D_AQRL),
        ],
        AtomicOp::Nand => return None,
    })
}

fn read_modify_write(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let Some(rows) = rows_of(data.atomic_op()).filter(|_| !is_narrow(ty)) else {
        return Err(cx.unsupported_inst(inst));
    };
    let [address, value] = [data.inline_args()[0], data.inline_args()[1]];
    let is_zero = cx.func.int_constant(value).is_some_and(|value| sign_extended(ty, value) == 0);
    let operand = if is_zero {
        zero()
    } else if data.atomic_op() == AtomicOp::Sub {
        let negative = cx.temp(ty);
        let value = cx.reg(value);
        crate::rules_integer::negate(cx, ty, negative, value);
        use_x(negative)
    } else {
        use_x(cx.reg(value))
    };
    let address = cx.reg(address);
    let row = ordered(rows[usize::from(!is_word(ty))], data.mem_flags().ordering());
    let old = match cx.needed_result(inst, 0) {
        Some(old) => def_x(old),
        None => phys_def(lathe_isa_riscv::registers::ZERO),
    };
    let mem = cx.mem_operand(MachMem::base(address, 0));
    cx.out.op_with(row, &[old, operand, mem], RegSet::NONE, InstFlags::KEEP);
    Ok(())
}

const LOAD: [Ordered; 2] =
    [ordered_rows!(LR_W LR_W_AQ LR_W_RL LR_W_AQRL), ordered_rows!(LR_D LR_D_AQ LR_D_RL LR_D_AQRL)];
const STORE: [Ordered; 2] =
    [ordered_rows!(SC_W SC_W_AQ SC_W_RL SC_W_AQRL), ordered_rows!(SC_D SC_D_AQ SC_D_RL SC_D_AQRL)];

/// The rows of the loop for an ordering: as the memory model's appendix maps them.
fn loop_rows(is_double: bool, ordering: Ordering) -> [MachOperand; 2] {
    let (load, store) = match ordering {
        Ordering::None | Ordering::Relaxed => (0, 0),
        Ordering::Acquire => (1, 0),
        Ordering::Release => (0, 2),
        Ordering::AcqRel => (1, 2),
        Ordering::SeqCst => (3, 2),
    };
    let size = usize::from(is_double);
    [imm(i64::from(LOAD[size][load].0)), imm(i64::from(STORE[size][store].0))]
}

fn compare_and_swap(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let args = data.inline_args();
    let [load, store] = loop_rows(bytes(ty) == 8, data.mem_flags().ordering());
    let first = cx.out.func.label();
    cx.out.func.label();
    let labels = imm(i64::from(first.0));
    if is_narrow(ty) {
        compare_and_swap_part(cx, inst, [load, store, labels]);
        return;
    }
    let (address, expected, new) = (cx.reg(args[0]), cx.reg(args[1]), cx.reg(args[2]));
    let old = cx.needed_result(inst, 0).unwrap_or_else(|| cx.temp(ty));
    let flag = cx.needed_result(inst, 1);
    let status = cx.temp(Type::I64);
    let early = |reg: VReg| MachOperand::EarlyDef(reg.into(), VIEW_X);
    let late = |reg: VReg| MachOperand::LateUse(reg.into(), VIEW_X);
    let operands = [early(old), early(status), late(address), late(expected), late(new), load, store, labels];
    cx.out.op_with(COMPARE_SWAP, &operands, RegSet::NONE, InstFlags::KEEP);
    if let Some(flag) = flag {
        let difference = new3(cx, x::XOR, old, expected);
        is_zero(cx, flag, difference);
    }
}

/// In the aligned word around a byte or half.
fn compare_and_swap_part(cx: &mut Selector<'_>, inst: Inst, rows: [MachOperand; 3]) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let args = data.inline_args();
    let address = cx.reg(args[0]);
    let (expected, new) = (extended(cx, args[1], false), extended(cx, args[2], false));
    let old = cx.needed_result(inst, 0);
    let flag = cx.needed_result(inst, 1);
    let word = new_imm(cx, x::ANDI, address, -4);
    // The `W` shifts take the count modulo 32.
    let shift = new_imm(cx, x::SLLI, address, 3);
    let ones = crate::rules_symbol::constant(cx, (1 << bits(ty)) - 1);
    let mask = new3(cx, x::SLLW, ones, shift);
    let expected = new3(cx, x::SLLW, expected, shift);
    let new = new3(cx, x::SLLW, new, shift);
    let (found, temporary) = (cx.temp(Type::I64), cx.temp(Type::I64));
    let early = |reg: VReg| MachOperand::EarlyDef(reg.into(), VIEW_X);
    let late = |reg: VReg| MachOperand::LateUse(reg.into(), VIEW_X);
    let operands = [
        early(found),
        early(temporary),
        late(word),
        late(expected),
        late(new),
        late(mask),
        rows[0],
        rows[1],
        rows[2],
    ];
    cx.out.op_with(COMPARE_SWAP_PART, &operands, RegSet::NONE, InstFlags::KEEP);
    let part = new3(cx, x::AND, found, mask);
    if let Some(old) = old {
        op3(cx, x::SRLW, old, part, shift);
    }
    if let Some(flag) = flag {
        let difference = new3(cx, x::XOR, part, expected);
        is_zero(cx, flag, difference);
    }
}

/// The loops, after allocation.
pub(crate) fn expand(row: RowId, operands: &[MachOperand], out: &mut Sequence<'_>) {
    let read = |operand: &MachOperand| match *operand {
        MachOperand::EarlyDef(reg, view) | MachOperand::LateUse(reg, view) => MachOperand::Use(reg, view),
        other => other,
    };
    let write = |operand: &MachOperand| match *operand {
        MachOperand::EarlyDef(reg, view) => MachOperand::Def(reg, view),
        other => other,
    };
    let [old, temporary, address, expected, new, rest @ ..] = operands else { return };
    let (mask, rest) = match (row, rest) {
        (COMPARE_SWAP_PART, [mask, rest @ ..]) => (Some(mask), rest),
        _ => (None, rest),
    };
    let [MachOperand::Imm(load), MachOperand::Imm(store), MachOperand::Imm(again)] = *rest else { return };
    let done = again + 1;
    let MachOperand::Use(base, _) = read(address) else { return };
    let memory = |out: &mut Sequence<'_>| out.mem(MachMem::base(base, 0));
    crate::frame::place_label(again, out);
    let mem = memory(out);
    out.op(RowId(load as u16), &[write(old), mem]);
    let stored = match mask {
        None => {
            crate::frame::branch(x::BNE, read(old), read(expected), done, out);
            read(new)
        }
        Some(mask) => {
            out.op(x::AND, &[write(temporary), read(old), read(mask)]);
            crate::frame::branch(x::BNE, read(temporary), read(expected), done, out);
            // The other bits of the word, then the new ones.
            out.op(x::XOR, &[write(temporary), read(old), read(temporary)]);
            out.op(x::OR, &[write(temporary), read(temporary), read(new)]);
            read(temporary)
        }
    };
    let mem = memory(out);
    out.op(RowId(store as u16), &[write(temporary), stored, mem]);
    crate::frame::branch(x::BNE, read(temporary), zero(), again, out);
    crate::frame::place_label(done, out);
}

//! Calls, the saved arguments of variadic functions, table jumps, traps.

use crate::operands::*;
use lathe_ir::{Inst, LibCall, Opcode, Type};
use lathe_isa::{Modifier, PhysReg, RegSet};
use lathe_isa_riscv::registers as r;
use lathe_isa_riscv::rows as x;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::MachSymbol;
use lathe_mach::inst::function::InstFlags;
use lathe_mach::select::{CallTarget, Selector};
use lathe_mach::{MachMem, MachOperand, SlotId, VReg};
use smallvec::SmallVec;

type Operands = SmallVec<[MachOperand; 16]>;

/// The symbol that a call names, or the register that holds the callee.
fn callee(cx: &mut Selector<'_>, target: CallTarget) -> Result<MachOperand, VReg> {
    let symbol = match target {
        CallTarget::Symbol(symbol) => MachSymbol::Ir(symbol),
        CallTarget::LibCall(routine) => MachSymbol::LibCall(routine),
        CallTarget::Register(reg) => return Err(reg),
        CallTarget::Memory(mem) => {
            let reg = cx.temp(Type::PTR);
            crate::rules_memory::load(cx, Type::PTR, reg, mem, false);
            return Err(reg);
        }
    };
    Ok(MachOperand::Symbol(cx.symbol_ref(symbol, 0, Modifier::NONE)))
}

pub(crate) fn call(
    cx: &mut Selector<'_>,
    target: CallTarget,
    operands: &[MachOperand],
    clobbers: RegSet,
    is_invoke: bool,
) {
    let mut all = Operands::new();
    let row = match callee(cx, target) {
        Ok(symbol) => {
            all.push(symbol);
            x::CALL
        }
        Err(reg) => {
            all.push(use_x(reg));
            x::JALR
        }
    };
    all.extend_from_slice(operands);
    let mut clobbers = clobbers;
    for operand in operands {
        if let MachOperand::FixedDef(_, register) = operand {
            clobbers.0 &= !(1 << register.0);
        }
    }
    let flags = if is_invoke { InstFlags::CALL.or(InstFlags::INVOKE) } else { InstFlags::CALL };
    cx.out.op_with(row, &all, clobbers, flags);
}

/// The epilogue goes between the moves of the arguments and the jump; so a callee in a register goes
/// through `t1`, which neither epilogue nor arguments use.
pub(crate) fn tail_jump(cx: &mut Selector<'_>, target: CallTarget, operands: &[MachOperand]) {
    let mut all = Operands::new();
    let row = match callee(cx, target) {
        Ok(symbol) => {
            all.push(symbol);
            x::TAIL
        }
        Err(reg) => {
            all.push(phys(r::T1));
            all.push(fixed_use(reg, r::T1));
            x::JR
        }
    };
    all.extend_from_slice(operands);
    cx.out.op_with(row, &all, RegSet::NONE, InstFlags::TAIL);
}

/// Stores the argument registers that are left of a variadic function right below its stack arguments, so that a
/// `va_list` is one pointer.
pub(crate) fn save_variadic(
    cx: &mut Selector<'_>,
    entry: &mut Vec<MachOperand>,
) -> Vec<(PhysReg, VReg, MachMem)> {
    let registers = cx.abi.int_args;
    let used = cx.own.int_used as usize;
    let mut saves = Vec::new();
    for (i, register) in registers.iter().enumerate().skip(used) {
        let reg = cx.temp(Type::I64);
        entry.push(fixed_def(reg, *register));
        let below = 8 * (registers.len() - i) as i32;
        saves.push((*register, reg, MachMem::slot(SlotId::INCOMING, -below)));
    }
    saves
}

/// Control flow that the shared driver leaves to the target.
pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    match data.opcode() {
        Opcode::Switch => return table_jump(cx, inst),
        Opcode::IndirectJump => {
            cx.many_way_edges(inst);
            let target = cx.reg(data.inline_args()[0]);
            cx.op(x::JR, &[use_x(target)]);
        }
        Opcode::Trap => cx.op(x::EBREAK, &[]),
        Opcode::Resume => {
            let exception = cx.reg(data.inline_args()[0]);
            cx.call_runtime(LibCall::UnwindResume, &[exception]);
            cx.op(x::EBREAK, &[]);
        }
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

/// A `switch` that expansion has left. Entries are distances from the table.
fn table_jump(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let Some(id) = cx.dense_table(inst) else { return Err(cx.unsupported_inst(inst)) };
    let index = cx.reg(cx.func.inst(inst).inline_args()[0]);
    let base = cx.temp(Type::PTR);
    crate::rules_symbol::local_address(cx, MachSymbol::JumpTable(id), base);
    let scaled = new_imm(cx, x::SLLI, index, 2);
    let place = new3(cx, x::ADD, scaled, base);
    let distance = cx.temp(Type::I64);
    let entry = cx.mem_operand(MachMem::base(place, 0));
    cx.op(x::LW, &[def_x(distance), entry]);
    let target = new3(cx, x::ADD, distance, base);
    cx.op(x::JR, &[use_x(target)]);
    Ok(())
}

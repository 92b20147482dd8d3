//! Calls, the register save area, table jumps, traps.

use crate::operands::*;
use lathe_ir::{Inst, LibCall, Opcode, Type};
use lathe_isa::{Modifier, PhysReg, RegSet};
use lathe_isa_x86::fixups;
use lathe_isa_x86::registers as r;
use lathe_isa_x86::rows as x;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::function::InstFlags;
use lathe_mach::inst::{MachSymbol, MemBase};
use lathe_mach::select::{CallTarget, Selector};
use lathe_mach::{MachMem, MachOperand, VReg};
use lathe_target::RelocModel;
use smallvec::SmallVec;

/// The operand that a call or jump goes to.
fn target_operand(cx: &mut Selector<'_>, target: CallTarget) -> MachOperand {
    match target {
        CallTarget::Symbol(symbol) => {
            let data = &cx.module.symbols[symbol];
            let local = crate::rules_symbol::is_direct(cx, symbol) && cx.module.is_local_definition(symbol);
            if !local && (cx.options.no_plt || data.no_plt) && cx.target.reloc_model != RelocModel::Static {
                return through_got(cx, MachSymbol::Ir(symbol));
            }
            let plain = local || cx.target.reloc_model == RelocModel::Static;
            let modifier = if plain { Modifier::NONE } else { fixups::PLT };
            MachOperand::Symbol(cx.symbol_ref(MachSymbol::Ir(symbol), 0, modifier))
        }
        CallTarget::LibCall(routine) => {
            if cx.options.no_plt && cx.target.reloc_model != RelocModel::Static {
                return through_got(cx, MachSymbol::LibCall(routine));
            }
            let is_static = cx.target.reloc_model == RelocModel::Static;
            let modifier = if is_static { Modifier::NONE } else { fixups::PLT };
            MachOperand::Symbol(cx.symbol_ref(MachSymbol::LibCall(routine), 0, modifier))
        }
        CallTarget::Register(reg) => reg_use(reg, VIEW_64),
        CallTarget::Memory(mem) => cx.mem_operand(MachMem { size: 8, ..mem }),
    }
}

fn through_got(cx: &mut Selector<'_>, symbol: MachSymbol) -> MachOperand {
    let reference = cx.symbol_ref(symbol, 0, fixups::GOTPCREL);
    cx.mem_operand(MachMem { size: 8, ..MachMem::pc_relative(reference) })
}

pub(crate) fn call(
    cx: &mut Selector<'_>,
    target: CallTarget,
    operands: &[MachOperand],
    clobbers: RegSet,
    is_invoke: bool,
) {
    let mut all: SmallVec<[MachOperand; 16]> = SmallVec::new();
    all.push(target_operand(cx, target));
    all.extend_from_slice(operands);
    let mut clobbers = clobbers;
    for operand in operands {
        if let MachOperand::FixedDef(_, register) = operand {
            clobbers.0 &= !(1 << register.0);
        }
    }
    let flags = if is_invoke { InstFlags::CALL.or(InstFlags::INVOKE) } else { InstFlags::CALL };
    cx.out.op_with(x::CALL, &all, clobbers, flags);
}

/// The epilogue goes between the moves of the arguments and the jump; so a callee in a register goes
/// through `rax`, which neither epilogue nor (non-variadic) arguments use.
pub(crate) fn tail_jump(cx: &mut Selector<'_>, target: CallTarget, operands: &[MachOperand]) {
    let mut all: SmallVec<[MachOperand; 16]> = SmallVec::new();
    let target = match target {
        CallTarget::Register(reg) => Err(reg),
        CallTarget::Memory(mem) => {
            let reg = cx.temp(Type::PTR);
            crate::rules_memory::load(cx, Type::PTR, reg, mem, 8);
            Err(reg)
        }
        target => Ok(target_operand(cx, target)),
    };
    match target {
        Ok(operand) => all.push(operand),
        Err(reg) => {
            all.push(MachOperand::Use(lathe_mach::MReg::phys(r::RAX), VIEW_64));
            all.push(fixed_use(reg, r::RAX));
        }
    }
    all.extend_from_slice(operands);
    cx.out.op_with(x::JMP, &all, RegSet::NONE, InstFlags::TAIL);
}

/// Spills the argument registers of a variadic function to its save area. The vector registers are
/// stored always: a store costs less than the branch on `al`.
pub(crate) fn save_variadic(
    cx: &mut Selector<'_>,
    entry: &mut Vec<MachOperand>,
) -> Vec<(PhysReg, VReg, MachMem)> {
    let Some(area) = cx.save_area else { return Vec::new() };
    let table = cx.abi;
    let (int_used, vector_used) = (cx.own.int_used as usize, cx.own.vector_used as usize);
    let mut saves = Vec::new();
    for (i, register) in table.int_args.iter().enumerate().skip(int_used) {
        let reg = cx.temp(Type::I64);
        entry.push(fixed_def(reg, *register));
        saves.push((*register, reg, MachMem::slot(area, 8 * i as i32)));
    }
    for (i, register) in table.vector_args.iter().enumerate().skip(vector_used) {
        let reg = cx.temp(Type::F128);
        entry.push(fixed_def(reg, *register));
        saves.push((*register, reg, MachMem::slot(area, 48 + 16 * i as i32)));
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
            let target = match crate::rules_memory::folded_load(cx, data.inline_args()[0]) {
                Some(mem) => mem,
                None => {
                    let reg = cx.reg(data.inline_args()[0]);
                    reg_use(reg, VIEW_64)
                }
            };
            cx.op(x::JMP, &[target]);
        }
        Opcode::Trap => {
            cx.op(x::UD2, &[]);
        }
        Opcode::Resume => {
            let exception = cx.reg(data.inline_args()[0]);
            cx.call_runtime(LibCall::UnwindResume, &[exception]);
            cx.op(x::UD2, &[]);
        }
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

/// A `switch` that expansion has left: cases 0 to n-1, each present, the value known to be one of
/// them. Entries are distances from the table, as gcc writes them under PIC.
fn table_jump(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let func = cx.func;
    let data = func.inst(inst);
    let Some(table) = data.switch_table() else { return Err(cx.unsupported_inst(inst)) };
    let table = &func.switches[table];
    let is_dense = table.cases.iter().enumerate().all(|(i, (value, _))| *value == i as i128);
    if !is_dense || table.cases.is_empty() || data.ty() != Type::I64 {
        return Err(cx.unsupported_inst(inst));
    }
    cx.many_way_edges(inst);
    let blocks = table.cases.iter().map(|(_, call)| cx.block_of(func.block_calls[*call].block)).collect();
    let id = cx.out.func.jump_table(blocks);
    let symbol = cx.symbol_ref(MachSymbol::JumpTable(id), 0, Modifier::NONE);
    let index = cx.reg(data.inline_args()[0]);
    let (base, distance, target) = (cx.temp(Type::PTR), cx.temp(Type::I64), cx.temp(Type::PTR));
    let mem = cx.mem_operand(MachMem::pc_relative(symbol));
    cx.op(x::LEAQ, &[def(base, VIEW_64), mem]);
    let entry =
        MachMem { base: MemBase::Reg(base.into()), index: index.into(), scale_log2: 2, ..MachMem::NONE };
    let entry = cx.mem_operand(entry);
    cx.op(x::MOVSLQ, &[def(distance, VIEW_64), entry]);
    cx.op(x::ADDQ, &[tied(target, distance, VIEW_64), reg_use(base, VIEW_64)]);
    cx.op(x::JMP, &[reg_use(target, VIEW_64)]);
    Ok(())
}

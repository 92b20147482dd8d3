//! Calls, the register save area, table jumps, traps.

use crate::operands::*;
use crate::rules_symbol::near_address;
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
        CallTarget::Register(reg) => reg_use(reg, word_view(cx)),
        CallTarget::Memory(mem) => {
            let size = word_bytes(cx) as u8;
            cx.mem_operand(MachMem { size, ..mem })
        }
    }
}

fn through_got(cx: &mut Selector<'_>, symbol: MachSymbol) -> MachOperand {
    let entry = crate::rules_symbol::got_entry(cx, symbol);
    cx.mem_operand(MachMem { size: word_bytes(cx) as u8, ..entry })
}

/// The table of linkage of i386's position-independent code wants the global offset table's address in `ebx`.
fn plt_base(cx: &mut Selector<'_>, target: MachOperand) -> Option<VReg> {
    let MachOperand::Symbol(reference) = target else { return None };
    let by_plt = cx.out.func.tables.symbols[reference.0 as usize].modifier == fixups::PLT;
    (by_plt && !is_64(cx)).then(|| crate::rules_symbol::got_base(cx))
}

/// Whether a jump to the target needs nothing that the epilogue takes away: no table address in `ebx`, and `eax` for
/// an address in a register.
pub(crate) fn can_tail_jump(cx: &Selector<'_>, target: &CallTarget, operands: &[MachOperand]) -> bool {
    if is_64(cx) {
        return true;
    }
    let is_static = cx.target.reloc_model == RelocModel::Static;
    match target {
        CallTarget::Symbol(symbol) => {
            is_static || crate::rules_symbol::is_direct(cx, *symbol) && cx.module.is_local_definition(*symbol)
        }
        CallTarget::LibCall(_) => is_static,
        _ => !operands.iter().any(|o| matches!(o, MachOperand::FixedUse(_, r::RAX))),
    }
}

pub(crate) fn call(
    cx: &mut Selector<'_>,
    target: CallTarget,
    operands: &[MachOperand],
    clobbers: RegSet,
    is_invoke: bool,
) {
    let mut all: SmallVec<[MachOperand; 16]> = SmallVec::new();
    let target = target_operand(cx, target);
    all.push(target);
    let pops = std::mem::take(&mut cx.callee_pops);
    if pops > 0 {
        all.push(imm(i64::from(pops)));
    }
    all.extend_from_slice(operands);
    if let Some(base) = plt_base(cx, target) {
        all.push(fixed_use(base, r::RBX));
    }
    let mut clobbers = clobbers;
    for operand in operands {
        if let MachOperand::FixedDef(_, register) = operand {
            clobbers.0 &= !(1 << register.0);
        }
    }
    let flags = if is_invoke { InstFlags::CALL.or(InstFlags::INVOKE) } else { InstFlags::CALL };
    cx.out.op_with(if pops > 0 { CALL_POPPING } else { x::CALL }, &all, clobbers, flags);
}

/// The epilogue goes between the moves of the arguments and the jump; so a callee in a register goes
/// through `rax`, which neither epilogue nor (non-variadic) arguments use.
pub(crate) fn tail_jump(cx: &mut Selector<'_>, target: CallTarget, operands: &[MachOperand]) {
    let mut all: SmallVec<[MachOperand; 16]> = SmallVec::new();
    let target = match target {
        CallTarget::Register(reg) => Err(reg),
        CallTarget::Memory(mem) => {
            let reg = cx.temp(Type::PTR);
            crate::rules_memory::load(cx, Type::PTR, reg, mem, 4);
            Err(reg)
        }
        target => Ok(target_operand(cx, target)),
    };
    match target {
        Ok(operand) => all.push(operand),
        Err(reg) => {
            all.push(MachOperand::Use(lathe_mach::MReg::phys(r::RAX), word_view(cx)));
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
        let reg = cx.temp(Type::PTR);
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
                    reg_use(reg, word_view(cx))
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
    if !is_dense || table.cases.is_empty() || data.ty() != cx.word() {
        return Err(cx.unsupported_inst(inst));
    }
    cx.many_way_edges(inst);
    let blocks = table.cases.iter().map(|(_, call)| cx.block_of(func.block_calls[*call].block)).collect();
    let id = cx.out.func.jump_table(blocks);
    let index = cx.reg(data.inline_args()[0]);
    let (base, distance, target) = (cx.temp(Type::PTR), cx.temp(Type::PTR), cx.temp(Type::PTR));
    near_address(cx, MachSymbol::JumpTable(id), 0, base);
    let entry =
        MachMem { base: MemBase::Reg(base.into()), index: index.into(), scale_log2: 2, ..MachMem::NONE };
    let entry = cx.mem_operand(entry);
    let row = if is_64(cx) { x::MOVSLQ } else { x::MOVL };
    cx.op(row, &[def(distance, word_view(cx)), entry]);
    cx.op(word(cx, ADD), &[tied(target, distance, word_view(cx)), reg_use(base, word_view(cx))]);
    cx.op(x::JMP, &[reg_use(target, word_view(cx))]);
    Ok(())
}

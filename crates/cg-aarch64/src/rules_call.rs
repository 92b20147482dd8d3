//! Calls, the register save area, table jumps, traps.

use crate::operands::*;
use crate::rules_symbol::{got_address, is_direct, page_address};
use lathe_ir::{Inst, LibCall, Opcode, Type};
use lathe_isa::{MemMode, Modifier, PhysReg, RegSet};
use lathe_isa_aarch64::registers as r;
use lathe_isa_aarch64::rows as a;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::MachSymbol;
use lathe_mach::inst::function::InstFlags;
use lathe_mach::select::{CallTarget, Selector};
use lathe_mach::{MReg, MachMem, MachOperand, VReg};
use lathe_target::RelocModel;
use smallvec::SmallVec;

/// Where a call goes.
enum Callee {
    Symbol(MachSymbol),
    Register(VReg),
}

fn callee(cx: &mut Selector<'_>, target: CallTarget) -> Callee {
    let symbol = match target {
        CallTarget::Register(reg) => return Callee::Register(reg),
        CallTarget::Memory(mem) => {
            let reg = cx.temp(Type::PTR);
            crate::rules_memory::load(cx, Type::PTR, reg, mem, 8);
            return Callee::Register(reg);
        }
        CallTarget::Symbol(symbol) => {
            let local = is_direct(cx, symbol) && cx.module.is_local_definition(symbol);
            let through_table = !local && (cx.options.no_plt || cx.module.symbols[symbol].no_plt);
            (MachSymbol::Ir(symbol), through_table)
        }
        CallTarget::LibCall(routine) => (MachSymbol::LibCall(routine), cx.options.no_plt),
    };
    let (symbol, through_table) = symbol;
    if through_table && cx.target.reloc_model != RelocModel::Static {
        let reg = cx.temp(Type::PTR);
        got_address(cx, symbol, reg);
        return Callee::Register(reg);
    }
    Callee::Symbol(symbol)
}

pub(crate) fn call(
    cx: &mut Selector<'_>,
    target: CallTarget,
    operands: &[MachOperand],
    clobbers: RegSet,
    is_invoke: bool,
) {
    let (row, first) = match callee(cx, target) {
        Callee::Symbol(symbol) => (a::BL, MachOperand::Symbol(cx.symbol_ref(symbol, 0, Modifier::NONE))),
        Callee::Register(reg) => (a::BLR, reg_use(reg, VIEW_X)),
    };
    let mut all: SmallVec<[MachOperand; 16]> = SmallVec::new();
    all.push(first);
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

/// The register for the callee of an indirect tail call: neither arguments nor the epilogue use it.
const TAIL_CALLEE: PhysReg = r::x(9);

/// The epilogue goes between the moves of the arguments and the jump.
pub(crate) fn tail_jump(cx: &mut Selector<'_>, target: CallTarget, operands: &[MachOperand]) {
    let mut all: SmallVec<[MachOperand; 16]> = SmallVec::new();
    let row = match callee(cx, target) {
        Callee::Symbol(symbol) => {
            all.push(MachOperand::Symbol(cx.symbol_ref(symbol, 0, Modifier::NONE)));
            a::B
        }
        Callee::Register(reg) => {
            all.push(MachOperand::Use(MReg::phys(TAIL_CALLEE), VIEW_X));
            all.push(fixed_use(reg, TAIL_CALLEE));
            a::BR
        }
    };
    all.extend_from_slice(operands);
    cx.out.op_with(row, &all, RegSet::NONE, InstFlags::TAIL);
}

/// Spills the argument registers of a variadic function to its save area.
pub(crate) fn save_variadic(
    cx: &mut Selector<'_>,
    entry: &mut Vec<MachOperand>,
) -> Vec<(PhysReg, VReg, MachMem)> {
    let Some(area) = cx.save_area else { return Vec::new() };
    let table = cx.abi;
    let (int_used, vector_used) = (cx.own.int_used as usize, cx.own.vector_used as usize);
    let vectors_at = 8 * table.int_args.len();
    let mut saves = Vec::new();
    for (i, register) in table.int_args.iter().enumerate().skip(int_used) {
        let reg = cx.temp(Type::I64);
        entry.push(fixed_def(reg, *register));
        saves.push((*register, reg, MachMem::slot(area, 8 * i as i32)));
    }
    for (i, register) in table.vector_args.iter().enumerate().skip(vector_used) {
        let reg = cx.temp(Type::F128);
        entry.push(fixed_def(reg, *register));
        saves.push((*register, reg, MachMem::slot(area, (vectors_at + 16 * i) as i32)));
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
            let reg = cx.reg(data.inline_args()[0]);
            cx.op(a::BR, &[reg_use(reg, VIEW_X)]);
        }
        Opcode::Trap => trap(cx),
        Opcode::Resume => {
            let exception = cx.reg(data.inline_args()[0]);
            cx.call_runtime(LibCall::UnwindResume, &[exception]);
            trap(cx);
        }
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

/// The breakpoint that gcc uses for `__builtin_trap`.
fn trap(cx: &mut Selector<'_>) {
    cx.op(a::BRK, &[imm(1000)]);
}

/// A `switch` that expansion has left: cases 0 to n-1, each present, the value known to be one of them. Entries are
/// distances from the table.
fn table_jump(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let Some(id) = cx.dense_table(inst) else { return Err(cx.unsupported_inst(inst)) };
    let index = cx.reg(data.inline_args()[0]);
    let (base, distance, target) = (cx.temp(Type::PTR), cx.temp(Type::I64), cx.temp(Type::PTR));
    page_address(cx, MachSymbol::JumpTable(id), 0, base);
    let entry =
        MachMem { index: index.into(), scale_log2: 2, mode: MemMode::Offset, ..MachMem::base(base, 0) };
    let entry = cx.mem_operand(entry);
    cx.op(a::LDRSW, &[def(distance, VIEW_X), entry]);
    cx.op(a::ADD, &[def(target, VIEW_X), reg_use(base, VIEW_X), reg_use(distance, VIEW_X)]);
    cx.op(a::BR, &[reg_use(target, VIEW_X)]);
    Ok(())
}

//! Moves and reloads by the allocator into registers that nothing reads any more.
//!
//! The allocator joins the values of a chain of two-operand instructions into one range, and where it cuts that it keeps
//! the parts equal though only some are read. Liveness of physical registers, over the whole function, finds those moves.

use crate::inst::function::InstFlags;
use crate::inst::{MReg, MachBlock, MachFunction, MachInst, MachOperand, pseudo};
use crate::target::{PlainMove, TargetCodegen};
use lathe_isa::PhysReg;

/// Reusable memory.
#[derive(Debug, Default)]
pub struct DeadMoveScratch {
    /// By block: registers whose content at its start is read.
    live: Vec<u128>,
    /// By block: registers read before they are written, and those written.
    read: Vec<u128>,
    written: Vec<u128>,
}

fn bit(reg: PhysReg) -> u128 {
    1 << (reg.0 & 127)
}

fn bit_of(reg: Option<MReg>) -> u128 {
    reg.and_then(MReg::as_phys).map_or(0, bit)
}

/// What an instruction reads and writes.
fn effects(func: &MachFunction, inst: &MachInst) -> (u128, u128) {
    let (mut read, mut written) = (0, 0);
    for operand in func.operands_of(inst) {
        read |= bit_of(operand.read());
        written |= bit_of(operand.written());
        match *operand {
            MachOperand::Mem(mem) => {
                let mem = &func.tables.mems[mem.0 as usize];
                read |= bit_of(mem.base_reg()) | bit_of(mem.index_reg());
            }
            MachOperand::FixedUse(_, reg) => read |= bit(reg),
            MachOperand::FixedDef(_, reg) => written |= bit(reg),
            _ => {}
        }
    }
    for reg in func.clobbers_of(inst).iter() {
        written |= bit(reg);
    }
    (read, written)
}

/// The register that a move or reload of the allocator fills.
fn filled(func: &MachFunction, target: &dyn TargetCodegen, inst: &MachInst) -> Option<PhysReg> {
    if !inst.flags.has(InstFlags::ALLOCATOR) || pseudo::is_pseudo(inst.row) {
        return None;
    }
    let to = match target.as_move(func, inst)? {
        PlainMove::Register { to, .. } | PlainMove::Load { to, .. } => to,
        PlainMove::Store { .. } => return None,
    };
    target.info().allocatable.iter().any(|list| list.contains(&to)).then_some(to)
}

/// Removes the moves of a function that nothing reads.
pub fn remove(func: &mut MachFunction, target: &dyn TargetCodegen, scratch: &mut DeadMoveScratch) {
    if func.needs.returns_twice {
        return;
    }
    flow(func, scratch);
    for block in func.block_ids() {
        let mut live = live_at_end(func, scratch, block);
        for index in func.inst_range(block).rev() {
            let inst = func.insts[index];
            if inst.row == pseudo::REMOVED {
                continue;
            }
            if filled(func, target, &inst).is_some_and(|to| live & bit(to) == 0) {
                func.insts[index] = MachInst { row: pseudo::REMOVED, operand_count: 0, ..inst };
                continue;
            }
            let (read, written) = effects(func, &inst);
            live = live & !written | read;
        }
    }
}

fn live_at_end(func: &MachFunction, scratch: &DeadMoveScratch, block: MachBlock) -> u128 {
    func.edges_of(block).iter().fold(0, |set, edge| set | scratch.live[edge.target.index()])
}

fn flow(func: &MachFunction, scratch: &mut DeadMoveScratch) {
    let count = func.blocks.len();
    for sets in [&mut scratch.live, &mut scratch.read, &mut scratch.written] {
        sets.clear();
        sets.resize(count, 0);
    }
    for block in func.block_ids() {
        let (mut reads, mut writes) = (0, 0);
        for index in func.inst_range(block) {
            let inst = &func.insts[index];
            if inst.row == pseudo::REMOVED {
                continue;
            }
            let (read, written) = effects(func, inst);
            reads |= read & !writes;
            writes |= written;
        }
        scratch.read[block.index()] = reads;
        scratch.written[block.index()] = writes;
    }
    let mut changed = true;
    while changed {
        changed = false;
        for block in func.block_ids().rev() {
            let end = live_at_end(func, scratch, block);
            let start = end & !scratch.written[block.index()] | scratch.read[block.index()];
            changed |= std::mem::replace(&mut scratch.live[block.index()], start) != start;
        }
    }
}

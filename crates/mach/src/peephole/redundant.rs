//! Moves, reloads and spill stores whose effect is already there.
//!
//! Each register and spill slot has a number for its content, block by block; the allocator's moves
//! copy numbers, everything else gives new ones. A move that changes nothing goes; a reload of what
//! a register holds becomes a move; a store of what the slot holds goes, and so do all stores
//! to a slot that nothing reads.

use crate::inst::function::InstFlags;
use crate::inst::{Bank, MachFunction, MachInst, MachOperand, MemBase, Sequence, SlotId, SlotKind, pseudo};
use crate::target::{PlainMove, TargetCodegen};
use lathe_isa::{PhysReg, RegSet};

/// Reusable memory.
#[derive(Debug)]
pub struct RedundancyScratch {
    registers: [u32; 128],
    /// Content of each slot, with the block number that it is valid for.
    slots: Vec<(u32, u32)>,
    next: u32,
    is_read: Vec<bool>,
}

impl Default for RedundancyScratch {
    fn default() -> RedundancyScratch {
        RedundancyScratch { registers: [0; 128], slots: Vec::new(), next: 0, is_read: Vec::new() }
    }
}

/// Removes redundant moves of a function and forgets registers that nothing writes any more.
pub fn remove(func: &mut MachFunction, target: &dyn TargetCodegen, scratch: &mut RedundancyScratch) {
    scratch.slots.clear();
    scratch.slots.resize(func.slots.len(), (u32::MAX, 0));
    scratch.next = 0;
    let mut made: Vec<MachInst> = Vec::new();
    for block in 0..func.blocks.len() as u32 {
        scratch.forget();
        let range = func.inst_range(crate::MachBlock(block));
        for index in range {
            let inst = func.insts[index];
            if inst.flags.has(InstFlags::ALLOCATOR)
                && let Some(plain) = target.as_move(func, &inst)
            {
                made.clear();
                if scratch.plain_move(func, target, block, &inst, plain, &mut made) {
                    func.insts[index] = match made.as_slice() {
                        [only] => *only,
                        _ => MachInst { row: pseudo::REMOVED, operand_count: 0, ..inst },
                    };
                }
            } else {
                scratch.other(func, target, block, &inst);
            }
        }
    }
    remove_dead_stores(func, target, scratch);
    func.written = written(func);
}

impl RedundancyScratch {
    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    fn forget(&mut self) {
        for register in &mut self.registers {
            self.next += 1;
            *register = self.next;
        }
    }

    fn slot(&mut self, slot: SlotId, block: u32) -> u32 {
        match self.slots[slot.index()] {
            (valid, content) if valid == block => content,
            _ => {
                let content = self.fresh();
                self.slots[slot.index()] = (block, content);
                content
            }
        }
    }

    /// Whether a move goes or is replaced by what is in `made`.
    fn plain_move(
        &mut self,
        func: &mut MachFunction,
        target: &dyn TargetCodegen,
        block: u32,
        inst: &MachInst,
        plain: PlainMove,
        made: &mut Vec<MachInst>,
    ) -> bool {
        match plain {
            PlainMove::Register { to, from, .. } => {
                let content = self.registers[from.0 as usize];
                let same = self.registers[to.0 as usize] == content;
                self.registers[to.0 as usize] = content;
                same
            }
            PlainMove::Load { to, slot, offset: 0, size } => {
                let content = self.slot(slot, block);
                let there = self.registers[to.0 as usize] == content;
                let other = self.registers.iter().position(|c| *c == content);
                self.registers[to.0 as usize] = content;
                if there {
                    return true;
                }
                let table = target.isa().registers();
                let bank = Bank::of(table.info(to).class);
                let (Some(from), Some(bank)) = (other.map(|index| PhysReg(index as u8)), bank) else {
                    return false;
                };
                let flags = InstFlags::ALLOCATOR;
                let mut sequence = Sequence { tables: &mut func.tables, insts: made, loc: inst.loc, flags };
                target.move_register(bank, size, to, from, &mut sequence);
                made.len() == 1
            }
            PlainMove::Store { slot, from, offset: 0, .. } => {
                let content = self.registers[from.0 as usize];
                let same = self.slot(slot, block) == content;
                self.slots[slot.index()] = (block, content);
                same
            }
            PlainMove::Load { to, .. } => {
                self.registers[to.0 as usize] = self.fresh();
                false
            }
            PlainMove::Store { slot, .. } => {
                self.slots[slot.index()] = (block, self.fresh());
                false
            }
        }
    }

    /// What an instruction writes is new.
    fn other(&mut self, func: &MachFunction, target: &dyn TargetCodegen, block: u32, inst: &MachInst) {
        for operand in func.operands_of(inst) {
            // Moves between slots are no plain moves.
            if let (true, MachOperand::Mem(mem)) = (inst.flags.has(InstFlags::ALLOCATOR), *operand)
                && let MemBase::Slot(slot) = func.tables.mems[mem.0 as usize].base
            {
                self.slots[slot.index()] = (block, self.fresh());
            }
            if let Some(reg) = operand.written().and_then(|reg| reg.as_phys()) {
                self.registers[reg.0 as usize] = self.fresh();
            }
            if let MachOperand::FixedDef(_, reg) = operand {
                self.registers[reg.0 as usize] = self.fresh();
            }
        }
        for reg in func.clobbers_of(inst).iter() {
            self.registers[reg.0 as usize] = self.fresh();
        }
        if pseudo::is_pseudo(inst.row) {
            // Expansions may use the scratch registers.
            for reg in target.info().scratch.into_iter().filter(|reg| reg.is_some()) {
                self.registers[reg.0 as usize] = self.fresh();
            }
        }
    }
}

fn remove_dead_stores(func: &mut MachFunction, target: &dyn TargetCodegen, scratch: &mut RedundancyScratch) {
    let store = |func: &MachFunction, inst: &MachInst| {
        if !inst.flags.has(InstFlags::ALLOCATOR) {
            return None;
        }
        match target.as_move(func, inst) {
            Some(PlainMove::Store { slot, .. }) => Some(slot),
            _ => None,
        }
    };
    let is_read = &mut scratch.is_read;
    is_read.clear();
    is_read.resize(func.slots.len(), false);
    for inst in &func.insts {
        if store(func, inst).is_some() {
            continue;
        }
        for operand in func.operands_of(inst) {
            if let MachOperand::Mem(mem) = operand
                && let MemBase::Slot(slot) = func.tables.mems[mem.0 as usize].base
            {
                is_read[slot.index()] = true;
            }
        }
    }
    for index in 0..func.insts.len() {
        let inst = func.insts[index];
        if let Some(slot) = store(func, &inst)
            && func.slots[slot.index()].kind == SlotKind::Spill
            && !is_read[slot.index()]
        {
            func.insts[index] = MachInst { row: pseudo::REMOVED, operand_count: 0, ..inst };
        }
    }
}

/// Registers that the code writes.
fn written(func: &MachFunction) -> RegSet {
    let mut set = RegSet::NONE;
    for inst in &func.insts {
        for operand in func.operands_of(inst) {
            if let Some(reg) = operand.written().and_then(|reg| reg.as_phys()) {
                set = set.with(reg);
            }
            if let MachOperand::FixedDef(_, reg) = operand {
                set = set.with(*reg);
            }
        }
        set = set.union(func.clobbers_of(inst));
    }
    set
}

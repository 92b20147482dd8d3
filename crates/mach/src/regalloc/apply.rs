//! Writes an allocation into the function: operands get their registers, moves become instructions,
//! copies that became redundant disappear.

use crate::inst::function::InstFlags;
use crate::inst::{
    Bank, MReg, MachFunction, MachInst, MachMem, MachOperand, MemBase, Sequence, SlotId, SlotKind, pseudo,
};
use crate::regalloc::registers::{RegisterMap, bank_of};
use crate::target::TargetCodegen;
use lathe_isa::{PhysReg, RegSet};
use regalloc2::{Allocation, Edit, Output, ProgPoint};

/// Reusable memory.
#[derive(Debug, Default)]
pub struct ApplyScratch {
    insts: Vec<MachInst>,
    /// Frame slot of each spill slot, made when first used.
    slots: Vec<Option<SlotId>>,
}

/// Rewrites a function to physical registers.
pub fn apply(
    func: &mut MachFunction,
    output: &Output,
    registers: &RegisterMap,
    target: &dyn TargetCodegen,
    scratch: &mut ApplyScratch,
) {
    scratch.insts.clear();
    scratch.slots.clear();
    scratch.slots.resize(output.num_spillslots, None);
    let mut writer = Writer { registers, target, slots: &mut scratch.slots, written: RegSet::NONE };
    let mut edits = output.edits.iter().peekable();
    let mut insts = std::mem::take(&mut func.insts);
    let out = &mut scratch.insts;
    out.reserve(insts.len() + output.edits.len());
    for block in 0..func.blocks.len() {
        let (first, end) = (func.blocks[block].first_inst, func.blocks[block].end_inst);
        func.blocks[block].first_inst = out.len() as u32;
        for index in first..end {
            let inst = insts[index as usize];
            let before = ProgPoint::before(regalloc2::Inst::new(index as usize));
            while let Some((_, edit)) = edits.next_if(|(point, _)| *point <= before) {
                writer.edit(func, edit, inst.loc, out);
            }
            let places = output.inst_allocs(regalloc2::Inst::new(index as usize));
            if inst.row == pseudo::MOVE {
                if let [to, from] = *places
                    && to != from
                {
                    writer.edit(func, &Edit::Move { from, to }, inst.loc, out);
                }
                continue;
            }
            writer.operands(func, &inst, places);
            if !writer.is_gone(func, &inst) {
                out.push(inst);
            }
        }
        // Moves after the last instruction but one are before the last; nothing comes after a terminator.
        func.blocks[block].end_inst = out.len() as u32;
    }
    func.written = writer.written;
    std::mem::swap(&mut insts, out);
    func.insts = insts;
}

struct Writer<'a> {
    registers: &'a RegisterMap,
    target: &'a dyn TargetCodegen,
    slots: &'a mut Vec<Option<SlotId>>,
    written: RegSet,
}

impl Writer<'_> {
    fn slot(&mut self, func: &mut MachFunction, slot: regalloc2::SpillSlot, bank: Bank) -> SlotId {
        let index = slot.index();
        match self.slots[index] {
            Some(slot) => slot,
            None => {
                let size = self.registers.spill_bytes[bank.index()];
                let slot = func.slot(SlotKind::Spill, u64::from(size), u32::from(size));
                self.slots[index] = Some(slot);
                slot
            }
        }
    }

    fn edit(&mut self, func: &mut MachFunction, edit: &Edit, loc: lathe_diag::Loc, out: &mut Vec<MachInst>) {
        let Edit::Move { from, to } = edit;
        let Some(reg) = from.as_reg().or(to.as_reg()) else {
            // Only integer words move like that, on targets without a scratch register for them.
            if let (Some(from), Some(to)) = (from.as_stack(), to.as_stack()) {
                let (from, to) = (self.slot(func, from, Bank::Int), self.slot(func, to, Bank::Int));
                let flags = InstFlags::ALLOCATOR;
                self.target.move_slot(
                    to,
                    from,
                    &mut Sequence { tables: &mut func.tables, insts: out, loc, flags },
                );
            }
            return;
        };
        let bank = bank_of(reg.class());
        let size = self.registers.spill_bytes[bank.index()];
        let from_slot = from.as_stack().map(|s| self.slot(func, s, bank));
        let to_slot = to.as_stack().map(|s| self.slot(func, s, bank));
        let mut sequence =
            Sequence { tables: &mut func.tables, insts: out, loc, flags: InstFlags::ALLOCATOR };
        let phys = |place: &Allocation| place.as_reg().map(|r| self.registers.phys(r));
        match (phys(from), phys(to), from_slot, to_slot) {
            (Some(from), Some(to), ..) => {
                self.written = self.written.with(to);
                self.target.move_register(bank, size, to, from, &mut sequence);
            }
            (Some(from), None, _, Some(slot)) => self.target.spill(bank, size, slot, from, &mut sequence),
            (None, Some(to), Some(slot), _) => {
                self.written = self.written.with(to);
                self.target.reload(bank, size, to, slot, &mut sequence);
            }
            _ => debug_assert!(false, "a move has no place"),
        }
    }

    /// Replaces virtual registers by their places, in the order of [`crate::regalloc::view`].
    fn operands(&mut self, func: &mut MachFunction, inst: &MachInst, places: &[Allocation]) {
        let mut places = places.iter();
        let set = func.tables.clobbers[inst.clobbers.0 as usize];
        self.written = self.written.union(set);
        for index in inst.operand_range() {
            let operand = func.tables.operands[index];
            func.tables.operands[index] = match operand {
                MachOperand::Use(reg, view) => MachOperand::Use(self.reg(reg, &mut places), view),
                MachOperand::LateUse(reg, view) => MachOperand::LateUse(self.reg(reg, &mut places), view),
                MachOperand::Def(reg, view) => MachOperand::Def(self.def(reg, &mut places), view),
                MachOperand::EarlyDef(reg, view) => MachOperand::EarlyDef(self.def(reg, &mut places), view),
                MachOperand::FixedUse(reg, fixed) => MachOperand::FixedUse(self.reg(reg, &mut places), fixed),
                MachOperand::FixedDef(reg, fixed) => {
                    self.written = self.written.with(fixed);
                    MachOperand::FixedDef(self.def(reg, &mut places), fixed)
                }
                MachOperand::Tied { to, from, view } => {
                    let from = self.reg(from, &mut places);
                    MachOperand::Tied { to: self.def(to, &mut places), from, view }
                }
                MachOperand::UseAny(reg, view) => self.any(func, reg, view, &mut places),
                MachOperand::Mem(id) => {
                    let mut mem = func.tables.mems[id.0 as usize];
                    if let Some(base) = mem.base_reg() {
                        mem.base = MemBase::Reg(self.reg(base, &mut places));
                    }
                    if let Some(index) = mem.index_reg() {
                        mem.index = self.reg(index, &mut places);
                    }
                    func.tables.mems[id.0 as usize] = mem;
                    operand
                }
                other => other,
            };
        }
    }

    fn place(&self, place: Option<&Allocation>) -> PhysReg {
        let reg = place.and_then(|p| p.as_reg()).expect("an operand that must be in a register is in one");
        self.registers.phys(reg)
    }

    fn reg(&self, reg: MReg, places: &mut std::slice::Iter<'_, Allocation>) -> MReg {
        if reg.as_virt().is_some() { MReg::phys(self.place(places.next())) } else { reg }
    }

    fn def(&mut self, reg: MReg, places: &mut std::slice::Iter<'_, Allocation>) -> MReg {
        let reg = self.reg(reg, places);
        if let Some(phys) = reg.as_phys() {
            self.written = self.written.with(phys);
        }
        reg
    }

    fn any(
        &mut self,
        func: &mut MachFunction,
        reg: MReg,
        view: u8,
        places: &mut std::slice::Iter<'_, Allocation>,
    ) -> MachOperand {
        let Some(virt) = reg.as_virt() else { return MachOperand::Use(reg, view) };
        let place = places.next();
        match place.and_then(|p| p.as_stack()) {
            Some(slot) => {
                let bank = func.vregs[virt.index()].bank;
                let slot = self.slot(func, slot, bank);
                let size = self.target.view_bytes(bank, view);
                MachOperand::Mem(func.tables.mem(MachMem::slot(slot, 0).sized(size)))
            }
            None => MachOperand::Use(MReg::phys(self.place(place)), view),
        }
    }

    /// Whether an instruction only told the allocator something.
    fn is_gone(&self, func: &MachFunction, inst: &MachInst) -> bool {
        match inst.row {
            pseudo::COPY | pseudo::UNDEF | pseudo::ENTRY | pseudo::KEEP_ALIVE => {
                // A copy's operand is tied: the move, if one was needed, is an edit before it.
                debug_assert!(
                    inst.row != pseudo::COPY
                        || func.operands_of(inst).iter().all(|o| match o {
                            MachOperand::Tied { to, from, .. } => to == from,
                            _ => false,
                        }),
                    "a copy is one tied operand"
                );
                true
            }
            _ => false,
        }
    }
}

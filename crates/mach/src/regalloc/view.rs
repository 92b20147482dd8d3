//! A machine function as the allocators see it.
//!
//! For each instruction one regalloc2 operand per virtual register mentioned, in the order in which
//! [`crate::regalloc::apply`] writes the results back: operands in order, of a memory operand base
//! then index, of a tied operand use then definition.

use crate::inst::function::InstFlags;
use crate::inst::{MachFunction, MachOperand};
use crate::regalloc::registers::{RegisterMap, class_of};
use regalloc2::{
    Block, Inst, InstRange, Operand, OperandConstraint, OperandKind, OperandPos, PReg, PRegSet, RegClass,
    VReg,
};

/// The tables of a view; reused from function to function.
#[derive(Debug, Default)]
pub struct ViewData {
    operands: Vec<Operand>,
    /// Start of each instruction's operands; one more at the end.
    offsets: Vec<u32>,
    /// Clobbers by [`crate::inst::ClobberId`].
    clobber_sets: Vec<PRegSet>,
    clobber_masks: Vec<u128>,
    vregs: Vec<VReg>,
    params: Vec<VReg>,
    args: Vec<VReg>,
    successors: Vec<Block>,
    predecessors: Vec<Block>,
    predecessor_offsets: Vec<u32>,
    spill_units: [usize; 2],
    /// Whether an instruction has several tied operands.
    pub ties_twice: bool,
    /// Whether an instruction may have more operands of one byte than registers for them.
    pub is_crowded: bool,
}

/// A function with its view.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The function.
    pub func: &'a MachFunction,
    /// Its view.
    pub data: &'a ViewData,
}

/// Appends the virtual register operands of an instruction as the allocators see them; gives the number of tied ones.
#[inline]
fn operands_of(
    func: &MachFunction,
    inst: &crate::MachInst,
    registers: &RegisterMap,
    vregs: &[VReg],
    out: &mut Vec<Operand>,
) -> u32 {
    use OperandConstraint::{Any, FixedReg, Limit, Reg, Reuse};
    use OperandKind::{Def, Use};
    use OperandPos::{Early, Late};
    let start = out.len();
    let mut ties = 0;
    // What is in registers at the start of a block must not be disturbed by moves on the edge.
    let entry_position = if inst.row == crate::inst::pseudo::ENTRY { Early } else { Late };
    // A register whose low byte is meant must have a name for it.
    let any = |view: u8| match registers.byte_registers {
        Some(count) if registers.byte_views >> (view & 7) & 1 != 0 => Limit(usize::from(count)),
        _ => Reg,
    };
    let push = |out: &mut Vec<Operand>, reg: crate::MReg, constraint, kind, pos| {
        let constraint = match constraint {
            Limit(_) if reg.as_virt().is_some_and(|reg| vregs[reg.index()].class() != RegClass::Int) => Reg,
            constraint => constraint,
        };
        if let Some(reg) = reg.as_virt() {
            out.push(Operand::new(vregs[reg.index()], constraint, kind, pos));
        }
    };
    // One side of a move may be memory: the use if it says so, else the definition.
    if inst.row == crate::inst::pseudo::MOVE {
        match *func.operands_of(inst) {
            [MachOperand::Def(to, _), MachOperand::Use(from, _)] => {
                push(out, to, Any, Def, Late);
                push(out, from, Reg, Use, Early);
            }
            [MachOperand::Def(to, _), MachOperand::UseAny(from, _)] => {
                push(out, to, Reg, Def, Late);
                push(out, from, Any, Use, Early);
            }
            _ => debug_assert!(false, "a move has a definition and a use"),
        }
        return 0;
    }
    let is_byte = |view: u8, reg: crate::MReg| {
        matches!(any(view), Limit(_))
            && reg.as_virt().is_some_and(|reg| vregs[reg.index()].class() == RegClass::Int)
    };
    let mut taken = 0;
    for operand in func.operands_of(inst) {
        match *operand {
            MachOperand::Use(reg, view) => push(out, reg, any(view), Use, Early),
            MachOperand::UseAny(reg, _) => push(out, reg, Any, Use, Early),
            MachOperand::LateUse(reg, _) => push(out, reg, Reg, Use, Late),
            MachOperand::Def(reg, view) => push(out, reg, any(view), Def, Late),
            MachOperand::EarlyDef(reg, view) => push(out, reg, any(view), Def, Early),
            MachOperand::Tied { to, from, view } if is_byte(view, from) => {
                // regalloc2 forgets the limit of a tied use: one of the registers, then, that is free.
                let (fixed, is_free) = free_byte_register(func, inst, registers, &mut taken);
                ties += if is_free { 0 } else { 2 };
                push(out, from, FixedReg(fixed), Use, Early);
                push(out, to, FixedReg(fixed), Def, Late);
            }
            MachOperand::Tied { to, from, view } => {
                ties += u32::from(to.as_virt().is_some());
                let index = out.len() - start;
                push(out, from, any(view), Use, Early);
                push(out, to, Reuse(index), Def, Late);
            }
            MachOperand::FixedUse(reg, phys) => {
                push(out, reg, FixedReg(registers.preg(phys)), Use, Early);
            }
            MachOperand::FixedDef(reg, phys) => {
                push(out, reg, FixedReg(registers.preg(phys)), Def, entry_position);
            }
            MachOperand::Mem(mem) => {
                let mem = &func.tables.mems[mem.0 as usize];
                if let Some(base) = mem.base_reg() {
                    push(out, base, Reg, Use, Early);
                }
                if let Some(index) = mem.index_reg() {
                    push(out, index, Reg, Use, Early);
                }
            }
            _ => {}
        }
    }
    ties
}

/// Whether operands of one byte might not find a register if all others were in theirs.
fn is_crowded(operands: &[Operand], clobbers: u128, count: u8) -> bool {
    let mut taken = clobbers & ((1 << count) - 1);
    let (mut limited, mut others) = (0, 0);
    for operand in operands {
        match operand.constraint() {
            OperandConstraint::Limit(_) => limited += 1,
            OperandConstraint::Reg if operand.class() == RegClass::Int => others += 1,
            OperandConstraint::FixedReg(reg) if reg.index() < usize::from(count) => taken |= 1 << reg.index(),
            _ => {}
        }
    }
    limited > 0 && limited + others + taken.count_ones() > u32::from(count)
}

/// A register with a view of one byte that an instruction has no other demand on, and whether it is one.
#[cold]
fn free_byte_register(
    func: &MachFunction,
    inst: &crate::MachInst,
    registers: &RegisterMap,
    taken: &mut u128,
) -> (PReg, bool) {
    let mut busy = *taken | registers.mask(func.tables.clobbers[inst.clobbers.0 as usize]);
    for operand in func.operands_of(inst) {
        let fixed = match *operand {
            MachOperand::FixedUse(_, phys) | MachOperand::FixedDef(_, phys) => Some(phys),
            MachOperand::Use(reg, _) | MachOperand::Def(reg, _) => reg.as_phys(),
            _ => None,
        };
        busy |= fixed.map_or(0, |phys| 1u128.checked_shl(registers.preg(phys).index() as u32).unwrap_or(0));
    }
    let count = registers.byte_registers.unwrap_or(0);
    let mut candidates = registers.allocatable[0].iter().filter(|reg| reg.hw_enc() < usize::from(count));
    let first = candidates.clone().next().copied().unwrap_or(PReg::new(0, RegClass::Int));
    let free = candidates.find(|reg| busy >> reg.index() & 1 == 0).copied();
    let chosen = free.unwrap_or(first);
    *taken |= 1 << chosen.index();
    (chosen, free.is_some())
}

impl ViewData {
    /// Builds the view of a function.
    pub fn build(&mut self, func: &MachFunction, registers: &RegisterMap) {
        let word = usize::from(registers.spill_bytes[0]);
        self.spill_units = [1, usize::from(registers.spill_bytes[1]).div_ceil(word)];
        self.vregs.clear();
        self.vregs.extend(func.vregs.iter().enumerate().map(|(i, info)| VReg::new(i, class_of(info.bank))));
        let as_view = |list: &[crate::VReg], vregs: &[VReg], out: &mut Vec<VReg>| {
            out.clear();
            out.extend(list.iter().map(|reg| vregs[reg.index()]));
        };
        as_view(&func.params, &self.vregs, &mut self.params);
        as_view(&func.edge_args, &self.vregs, &mut self.args);
        self.clobber_sets.clear();
        self.clobber_sets.extend(func.tables.clobbers.iter().map(|set| registers.pregs(*set)));
        self.clobber_masks.clear();
        self.clobber_masks.extend(func.tables.clobbers.iter().map(|set| registers.mask(*set)));
        if !registers.lost_halves.is_empty() {
            self.lose_halves(func, registers);
        }
        self.operands.clear();
        self.offsets.clear();
        self.ties_twice = false;
        self.is_crowded = false;
        for inst in &func.insts {
            self.offsets.push(self.operands.len() as u32);
            let first = self.operands.len();
            self.ties_twice |= operands_of(func, inst, registers, &self.vregs, &mut self.operands) > 1;
            if let Some(count) = registers.byte_registers {
                let clobbers = self.clobber_masks[inst.clobbers.0 as usize];
                self.is_crowded |= is_crowded(&self.operands[first..], clobbers, count);
            }
        }
        self.offsets.push(self.operands.len() as u32);
        self.build_edges(func);
    }

    /// Calls of a function with wide values also lose the registers that keep only their low half.
    fn lose_halves(&mut self, func: &MachFunction, registers: &RegisterMap) {
        for inst in func.insts.iter().filter(|inst| inst.flags.has(InstFlags::CALL)) {
            let id = inst.clobbers.0 as usize;
            let set = func.tables.clobbers[id].union(registers.lost_halves);
            self.clobber_sets[id] = registers.pregs(set);
            self.clobber_masks[id] = registers.mask(set);
        }
    }

    fn build_edges(&mut self, func: &MachFunction) {
        self.successors.clear();
        self.successors.extend(func.edges.iter().map(|e| Block::new(e.target.index())));
        let count = func.blocks.len();
        self.predecessor_offsets.clear();
        self.predecessor_offsets.resize(count + 2, 0);
        for edge in &func.edges {
            self.predecessor_offsets[edge.target.index() + 2] += 1;
        }
        for i in 2..count + 2 {
            self.predecessor_offsets[i] += self.predecessor_offsets[i - 1];
        }
        self.predecessors.clear();
        self.predecessors.resize(func.edges.len(), Block::invalid());
        for block in func.block_ids() {
            for edge in func.edges_of(block) {
                let at = &mut self.predecessor_offsets[edge.target.index() + 1];
                self.predecessors[*at as usize] = Block::new(block.index());
                *at += 1;
            }
        }
    }
}

impl View<'_> {
    /// The operands of an instruction.
    #[inline]
    pub fn operands(&self, inst: usize) -> &[Operand] {
        let offsets = &self.data.offsets;
        &self.data.operands[offsets[inst] as usize..offsets[inst + 1] as usize]
    }

    /// Start of an instruction's operands in the table of all.
    #[inline]
    pub fn operand_offset(&self, inst: usize) -> usize {
        self.data.offsets[inst] as usize
    }

    /// Number of operands of all instructions.
    pub fn operand_count(&self) -> usize {
        self.data.operands.len()
    }

    /// Start of each instruction's operands.
    pub fn operand_offsets(&self) -> &[u32] {
        &self.data.offsets[..self.func.insts.len()]
    }

    /// Clobbered allocatable registers as a mask over [`PReg::index`], fixed definitions included.
    #[inline]
    pub fn clobber_mask(&self, inst: usize) -> u128 {
        self.data.clobber_masks[self.func.insts[inst].clobbers.0 as usize]
    }

    /// Predecessors of a block.
    pub fn predecessors(&self, block: usize) -> &[Block] {
        let offsets = &self.data.predecessor_offsets;
        &self.data.predecessors[offsets[block] as usize..offsets[block + 1] as usize]
    }
}

impl regalloc2::Function for View<'_> {
    fn num_insts(&self) -> usize {
        self.func.insts.len()
    }

    fn num_blocks(&self) -> usize {
        self.func.blocks.len()
    }

    fn entry_block(&self) -> Block {
        Block::new(0)
    }

    fn block_insns(&self, block: Block) -> InstRange {
        let data = &self.func.blocks[block.index()];
        InstRange::new(Inst::new(data.first_inst as usize), Inst::new(data.end_inst as usize))
    }

    fn block_succs(&self, block: Block) -> &[Block] {
        let range = &self.func.blocks[block.index()].edges;
        &self.data.successors[range.start as usize..range.end as usize]
    }

    fn block_preds(&self, block: Block) -> &[Block] {
        self.predecessors(block.index())
    }

    fn block_params(&self, block: Block) -> &[VReg] {
        let range = &self.func.blocks[block.index()].params;
        &self.data.params[range.start as usize..range.end as usize]
    }

    fn is_ret(&self, inst: Inst) -> bool {
        // What ends a block without successors.
        let index = inst.index() as u32;
        let at = self.func.blocks.partition_point(|b| b.end_inst <= index);
        let block = &self.func.blocks[at];
        index + 1 == block.end_inst && block.edges.is_empty()
    }

    fn is_branch(&self, inst: Inst) -> bool {
        let index = inst.index() as u32;
        let at = self.func.blocks.partition_point(|b| b.end_inst <= index);
        let block = &self.func.blocks[at];
        index + 1 == block.end_inst && !block.edges.is_empty()
    }

    fn branch_blockparams(&self, block: Block, _: Inst, successor: usize) -> &[VReg] {
        let first = self.func.blocks[block.index()].edges.start as usize;
        let edge = &self.func.edges[first + successor];
        &self.data.args[edge.first_arg as usize..(edge.first_arg + edge.arg_count) as usize]
    }

    fn inst_operands(&self, inst: Inst) -> &[Operand] {
        self.operands(inst.index())
    }

    fn inst_clobbers(&self, inst: Inst) -> PRegSet {
        let mut set = self.data.clobber_sets[self.func.insts[inst.index()].clobbers.0 as usize];
        for operand in self.operands(inst.index()) {
            if let OperandConstraint::FixedReg(reg) = operand.constraint()
                && operand.pos() == OperandPos::Late
            {
                set.remove(reg);
            }
        }
        set
    }

    fn num_vregs(&self) -> usize {
        self.func.vregs.len()
    }

    fn spillslot_size(&self, class: regalloc2::RegClass) -> usize {
        self.data.spill_units[class as usize]
    }
}

/// The register that an operand must be in, if it is fixed.
#[inline]
pub fn fixed_register(operand: Operand) -> Option<PReg> {
    match operand.constraint() {
        OperandConstraint::FixedReg(reg) => Some(reg),
        _ => None,
    }
}

//! The walk forwards: registers for the values of one block, and all moves.
//!
//! At each instruction, in this order: fixed uses take their moves from where values are; values
//! in the way move aside or go to their slots; other uses are loaded if need be; tied operands are copied if the old
//! value lives on; values that end free their registers; definitions get registers. Moves before an
//! instruction are one parallel move, those after it another.
//!
//! The file is long because the steps of one walk share all of its state.

use super::intervals::{Event, Value};
use super::range_union::RangeUnion;
use super::{LinearScan, NO_REG, NONE};
use crate::inst::MachBlock;
use crate::regalloc::parallel_move::Resolver;
use crate::regalloc::registers::{RegisterMap, bank_of, class_of};
use crate::regalloc::view::{View, fixed_register};
use regalloc2::{
    Allocation, Edit, Inst, Operand, OperandConstraint, OperandKind, OperandPos, Output, PReg, ProgPoint,
    RegClass, SpillSlot,
};
use smallvec::SmallVec;

/// A move at the start of a block, for what its predecessor's terminator defines or displaces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    block: u32,
    from: Allocation,
    to: Allocation,
    class: RegClass,
}

/// How far [`Scan::events_ahead`] looks event by event before it asks the tree.
const EVENTS_LOOKED_AT: usize = 6;

struct Scan<'a> {
    view: &'a View<'a>,
    registers: &'a RegisterMap,
    values: &'a mut [Value],
    events: &'a [Event],
    event_union: &'a RangeUnion,
    occupied: &'a [Vec<(u32, u32, u32)>],
    resolver: &'a mut Resolver,
    stores: &'a mut Vec<(ProgPoint, Edit)>,
    arrivals: &'a mut Vec<Arrival>,
    slots: &'a mut u32,
    output: &'a mut Output,
    /// The value of this block in each register.
    held: [u32; 128],
    held_mask: u128,
    /// Per register: first interval of a global that may still matter.
    cursors: [usize; 128],
    next_event: usize,
    /// The instruction at hand.
    inst: u32,
    /// Registers read at its start, and those that moves before it write.
    busy: u128,
    /// Registers written by it so far.
    written: u128,
    /// Values moved or loaded by the moves before it, with where they were.
    moved: SmallVec<[(u32, Allocation); 8]>,
    /// Moves after it.
    after: SmallVec<[(u32, Allocation, Allocation); 8]>,
    /// Registers of globals lent to it, with the slots that keep them meanwhile.
    borrowed: SmallVec<[(u8, u32, SpillSlot); 2]>,
    /// An instruction needed more registers than could be freed: the result is of no use.
    failed: bool,
    /// Values that lose their register when it is done.
    dropped: SmallVec<[u32; 8]>,
}

fn at_reg(reg: u8) -> Allocation {
    Allocation::reg(PReg::from_index(reg as usize))
}

fn at_slot(slot: u32) -> Allocation {
    Allocation::stack(SpillSlot::new(slot as usize))
}

impl LinearScan {
    pub(super) fn scan(&mut self, view: &View<'_>, registers: &RegisterMap, output: &mut Output) -> bool {
        let mut scan = Scan {
            view,
            registers,
            values: &mut self.values,
            events: &self.events,
            event_union: &self.event_union,
            occupied: &self.occupied,
            resolver: &mut self.resolver,
            stores: &mut self.stores,
            arrivals: &mut self.arrivals,
            slots: &mut self.slots,
            output,
            held: [NONE; 128],
            held_mask: 0,
            cursors: [0; 128],
            next_event: 0,
            inst: 0,
            busy: 0,
            written: 0,
            moved: SmallVec::new(),
            after: SmallVec::new(),
            borrowed: SmallVec::new(),
            failed: false,
            dropped: SmallVec::new(),
        };
        for block in view.func.block_ids() {
            scan.block(block);
            if scan.failed {
                return false;
            }
        }
        true
    }
}

impl Scan<'_> {
    fn class(&self, value: u32) -> RegClass {
        class_of(self.view.func.vregs[value as usize].bank)
    }

    /// Whether a value has a register for life.
    fn is_permanent(&self, value: u32) -> bool {
        let data = &self.values[value as usize];
        data.is_global && data.slot == NONE
    }

    /// Where a value is now.
    fn place(&self, value: u32) -> Allocation {
        let data = &self.values[value as usize];
        match (data.reg, data.slot) {
            (NO_REG, NONE) => Allocation::none(),
            (NO_REG, slot) => at_slot(slot),
            (reg, _) => at_reg(reg),
        }
    }

    /// Where a value was before the moves before this instruction.
    fn former_place(&self, value: u32) -> Allocation {
        match self.moved.iter().find(|(v, _)| *v == value) {
            Some((_, place)) => *place,
            None => self.place(value),
        }
    }

    /// Where a global lives between blocks.
    fn home(&self, value: u32) -> Allocation {
        let data = &self.values[value as usize];
        match (data.slot, data.reg) {
            (NONE, NO_REG) => Allocation::none(),
            (NONE, reg) => at_reg(reg),
            (slot, _) => at_slot(slot),
        }
    }

    fn hold(&mut self, value: u32, reg: u8) {
        self.values[value as usize].reg = reg;
        self.held[reg as usize] = value;
        self.held_mask |= 1 << reg;
    }

    fn release(&mut self, reg: u8) {
        let value = self.held[reg as usize];
        if value != NONE {
            self.values[value as usize].reg = NO_REG;
            self.held[reg as usize] = NONE;
            self.held_mask &= !(1 << reg);
        }
    }

    fn release_all(&mut self) {
        while self.held_mask != 0 {
            self.release(self.held_mask.trailing_zeros() as u8);
        }
    }

    /// Makes sure that a value's slot holds it from its definition on.
    fn ensure_stored(&mut self, value: u32) {
        if self.values[value as usize].slot != NONE {
            return;
        }
        let slot = LinearScan::new_slot(self.slots, self.view, self.class(value));
        let data = &mut self.values[value as usize];
        data.slot = slot.index() as u32;
        let point = ProgPoint::after(Inst::new((data.start / 2) as usize));
        self.stores.push((point, Edit::Move { from: at_reg(data.def_reg), to: Allocation::stack(slot) }));
    }

    /// Registers demanded or destroyed between two positions, the first not before this instruction.
    fn events_ahead(&self, start: u32, end: u32) -> u128 {
        let mut mask = 0;
        let mut index = self.next_event;
        for _ in 0..EVENTS_LOOKED_AT {
            match self.events.get(index) {
                Some(event) if event.at < end => {
                    mask |= if event.at >= start { event.mask } else { 0 };
                    index += 1;
                }
                _ => return mask,
            }
        }
        let last = index + self.events[index..].partition_point(|e| e.at < end);
        if index < last { mask | self.event_union.union(index, last) } else { mask }
    }

    /// Whether a global has a register somewhere between two positions.
    fn is_occupied(&mut self, reg: u8, start: u32, end: u32) -> bool {
        self.occupant(reg, start, end).is_some()
    }

    fn occupant(&mut self, reg: u8, start: u32, end: u32) -> Option<u32> {
        let list = &self.occupied[reg as usize];
        let cursor = &mut self.cursors[reg as usize];
        while list.get(*cursor).is_some_and(|(_, other_end, _)| *other_end <= 2 * self.inst) {
            *cursor += 1;
        }
        list[*cursor..]
            .iter()
            .take_while(|(other_start, ..)| *other_start < end)
            .find(|(_, other_end, _)| *other_end > start)
            .map(|(.., value)| *value)
    }

    /// The register that a value would like to have.
    fn wish(&self, value: u32) -> u8 {
        let data = &self.values[value as usize];
        if data.hint != NO_REG {
            data.hint
        } else if data.hint_value != NONE {
            self.values[data.hint_value as usize].reg
        } else {
            NO_REG
        }
    }

    /// A register that nobody holds, free from `start` to `end`, or if need be to `until`.
    fn find(&mut self, value: u32, start: u32, end: u32, avoid: u128, until: Option<u32>) -> Option<u8> {
        let bank = bank_of(self.class(value)).index();
        let registers = self.registers;
        let free = registers.allocatable_mask[bank] & !avoid & !self.held_mask;
        if free == 0 {
            return None;
        }
        let blocked = self.events_ahead(start, end);
        let wish = self.wish(value);
        if wish != NO_REG && free >> wish & 1 != 0 {
            let data = &self.values[value as usize];
            let own = data.hint_is_last && data.hint == wish && end == data.end;
            let blocked = if own { self.events_ahead(start, end - 1) } else { blocked };
            if blocked >> wish & 1 == 0 && !self.is_occupied(wish, start, end) {
                return Some(wish);
            }
        }
        let usable = free & !blocked;
        if usable != 0 {
            for reg in &registers.allocatable[bank] {
                let reg = reg.index() as u8;
                if usable >> reg & 1 != 0 && !self.is_occupied(reg, start, end) {
                    return Some(reg);
                }
            }
        }
        let over = until?;
        let usable = free & !self.events_ahead(start, over);
        let mut candidates = registers.allocatable[bank].iter().map(|r| r.index() as u8);
        candidates.find(|reg| usable >> reg & 1 != 0 && !self.is_occupied(*reg, start, over))
    }

    /// A register in any case: free, taken from a value of this block, or borrowed from a global (then `true`: it must
    /// be given back when the instruction is over).
    fn take(&mut self, value: u32, start: u32, end: u32, until: u32, avoid: u128) -> (u8, bool) {
        if let Some(reg) = self.find(value, start, end, avoid, Some(until)) {
            return (reg, false);
        }
        let bank = bank_of(self.class(value)).index();
        let usable = self.registers.allocatable_mask[bank] & !avoid & !self.events_ahead(start, until);
        let mut best = None;
        let mut best_end = 0;
        let mut left = usable & self.held_mask;
        while left != 0 {
            let reg = left.trailing_zeros() as u8;
            left &= left - 1;
            let data = &self.values[self.held[reg as usize] as usize];
            let end = if data.is_global { u32::MAX } else { data.end };
            if end >= best_end && !self.is_occupied(reg, start, until) {
                best = Some(reg);
                best_end = end;
            }
        }
        if let Some(reg) = best {
            let victim = self.held[reg as usize];
            self.ensure_stored(victim);
            self.release(reg);
            return (reg, false);
        }
        (self.borrow(bank, usable & !self.held_mask, start, until), true)
    }

    /// Lends a global's register to this instruction.
    fn borrow(&mut self, bank: usize, usable: u128, start: u32, until: u32) -> u8 {
        let registers = self.registers;
        for reg in &registers.allocatable[bank] {
            let reg = reg.index() as u8;
            let lent = self.borrowed.iter().any(|(other, ..)| *other == reg);
            if usable >> reg & 1 == 0 || lent {
                continue;
            }
            // What this instruction defines there is not yet to be kept.
            let owner = self.occupant(reg, start, until);
            let owner = owner.filter(|v| self.values[*v as usize].start < 2 * self.inst);
            if let Some(owner) = owner {
                let class = self.class(owner);
                let slot = LinearScan::new_slot(self.slots, self.view, class);
                self.resolver.add(at_reg(reg), Allocation::stack(slot), class);
                self.borrowed.push((reg, owner, slot));
                return reg;
            }
        }
        self.failed = true;
        registers.allocatable[bank][0].index() as u8
    }

    fn block(&mut self, block: MachBlock) {
        let data = &self.view.func.blocks[block.index()];
        let (first, end) = (data.first_inst, data.end_inst);
        self.inst = first;
        self.block_start(block, first);
        for inst in first..end {
            self.inst = inst;
            while self.events.get(self.next_event).is_some_and(|e| e.at < 2 * inst) {
                self.next_event += 1;
            }
            self.instruction(block, inst + 1 == end);
            if self.failed {
                return;
            }
        }
        self.release_all();
    }

    /// Arguments from a predecessor that has other successors, and what its terminator left for us.
    fn block_start(&mut self, block: MachBlock, first: u32) {
        let func = self.view.func;
        if let [predecessor] = self.view.predecessors(block.index()) {
            let from = MachBlock(predecessor.index() as u32);
            let edges = func.edges_of(from);
            if edges.len() > 1 && !func.params_of(block).is_empty() {
                for edge in edges.iter().filter(|e| e.target == block) {
                    for (arg, param) in func.args_of(edge).iter().zip(func.params_of(block)) {
                        let to = self.home(param.0);
                        if to.is_some() {
                            self.resolver.add(self.home(arg.0), to, self.class(arg.0));
                        }
                    }
                }
            }
        }
        if !self.arrivals.is_empty() {
            let resolver = &mut *self.resolver;
            self.arrivals.retain(|arrival| {
                if arrival.block == block.0 {
                    resolver.add(arrival.from, arrival.to, arrival.class);
                }
                arrival.block != block.0
            });
        }
        self.emit_moves(ProgPoint::before(Inst::new(first as usize)));
    }

    fn emit_moves(&mut self, point: ProgPoint) {
        if self.resolver.is_empty() {
            return;
        }
        let (slots, view, edits) = (&mut *self.slots, self.view, &mut self.output.edits);
        self.resolver.resolve(
            self.registers,
            |class| LinearScan::new_slot(slots, view, class),
            |from, to| edits.push((point, Edit::Move { from, to })),
        );
    }

    fn instruction(&mut self, block: MachBlock, is_last: bool) {
        let view = self.view;
        let inst = self.inst;
        let operands = view.operands(inst as usize);
        let offset = view.operand_offset(inst as usize);
        if operands.is_empty() && !is_last && view.clobber_mask(inst as usize) == 0 {
            return;
        }
        self.busy = 0;
        self.written = 0;
        self.moved.clear();
        self.after.clear();
        self.borrowed.clear();
        self.dropped.clear();
        self.fixed_uses(operands, offset);
        self.make_way(operands);
        self.other_uses(operands, offset);
        self.tied_definitions(operands, offset);
        self.early_definitions(operands, offset);
        self.end_uses(operands);
        self.late_definitions(operands, offset);
        if is_last {
            self.edge_moves(block);
        }
        self.emit_moves(ProgPoint::before(Inst::new(inst as usize)));
        self.finish(operands, block, is_last);
    }

    /// Moves values to the registers that the instruction demands.
    fn fixed_uses(&mut self, operands: &[Operand], offset: usize) {
        for (index, operand) in operands.iter().enumerate() {
            let (OperandKind::Use, Some(reg)) = (operand.kind(), fixed_register(*operand)) else { continue };
            let to = Allocation::reg(reg);
            self.resolver.add(self.place(operand.vreg().vreg() as u32), to, operand.class());
            self.output.allocs[offset + index] = to;
            self.busy |= 1 << reg.index();
        }
    }

    /// Moves values out of registers that the instruction demands or destroys.
    fn make_way(&mut self, operands: &[Operand]) {
        let inst = self.inst;
        let mut late = self.view.clobber_mask(inst as usize);
        let mut early = self.busy;
        for operand in operands {
            if operand.kind() == OperandKind::Def {
                let value = operand.vreg().vreg() as u32;
                let fixed = fixed_register(*operand);
                late |= fixed.map_or(0, |reg| 1 << reg.index());
                if self.is_permanent(value) && self.values[value as usize].reg != NO_REG {
                    let bit = 1u128 << self.values[value as usize].reg;
                    late |= bit;
                    if operand.pos() == OperandPos::Early && fixed.is_none() {
                        early |= bit;
                    }
                }
            }
        }
        let mut conflicts = (early | late) & self.held_mask;
        if conflicts == 0 {
            return;
        }
        // What is read here must not be lent or taken.
        for operand in operands.iter().filter(|o| o.kind() == OperandKind::Use) {
            let reg = self.values[operand.vreg().vreg()].reg;
            self.busy |= if reg == NO_REG { 0 } else { 1 << reg };
        }
        while conflicts != 0 {
            let reg = conflicts.trailing_zeros() as u8;
            conflicts &= conflicts - 1;
            self.move_aside(operands, reg, early, late);
        }
    }

    fn move_aside(&mut self, operands: &[Operand], reg: u8, early: u128, late: u128) {
        let inst = self.inst;
        let value = self.held[reg as usize];
        let is_value = |o: &&Operand| o.kind() == OperandKind::Use && o.vreg().vreg() as u32 == value;
        let demanded_here = operands
            .iter()
            .filter(is_value)
            .any(|o| fixed_register(*o).is_some_and(|fixed| fixed.index() == reg as usize));
        let read_anywhere = operands.iter().filter(is_value).any(|o| fixed_register(*o).is_none());
        let read_late = Scan::is_read_late(operands, value);
        let data = self.values[value as usize];
        let lives_on = data.end > 2 * inst + 1;
        let displaced = early >> reg & 1 != 0 && !demanded_here;
        let destroyed = late >> reg & 1 != 0 && lives_on;
        if !displaced && !destroyed {
            return;
        }
        if !lives_on && !read_anywhere {
            // Only its fixed uses mattered; their moves read it first.
            self.moved.push((value, at_reg(reg)));
            self.release(reg);
            return;
        }
        if data.is_global {
            // A loaded copy of a global in a slot: load it again if it is needed.
            if displaced || read_late {
                self.moved.push((value, at_reg(reg)));
                self.release(reg);
            } else {
                self.dropped.push(value);
            }
            return;
        }
        let avoid = early | late | self.busy;
        if let Some(new) = self.find(value, 2 * inst, data.end, avoid, None) {
            let class = self.class(value);
            self.resolver.add(at_reg(reg), at_reg(new), class);
            self.moved.push((value, at_reg(reg)));
            self.release(reg);
            self.hold(value, new);
            self.busy |= 1 << new;
            return;
        }
        if lives_on {
            self.ensure_stored(value);
        }
        if !displaced && !read_late {
            self.dropped.push(value);
        } else if lives_on && !read_late {
            self.moved.push((value, at_reg(reg)));
            self.release(reg);
        } else {
            let until = 2 * inst + 1 + u32::from(read_late);
            let (new, borrowed) = self.take(value, 2 * inst, data.end, until, avoid);
            let class = self.class(value);
            self.resolver.add(at_reg(reg), at_reg(new), class);
            self.moved.push((value, at_reg(reg)));
            self.release(reg);
            if borrowed {
                // Used only here: remembered as where it is until the instruction is over.
                self.values[value as usize].reg = new;
                self.dropped.push(value);
            } else {
                self.hold(value, new);
            }
            self.busy |= 1 << new;
        }
    }

    /// Registers for uses that may be in any.
    fn other_uses(&mut self, operands: &[Operand], offset: usize) {
        let mut missing = false;
        for (index, operand) in operands.iter().enumerate() {
            if operand.kind() != OperandKind::Use || fixed_register(*operand).is_some() {
                continue;
            }
            let reg = self.values[operand.vreg().vreg()].reg;
            if reg == NO_REG || self.registers.forbidden(operand.constraint()) >> reg & 1 != 0 {
                missing = true;
                self.busy |= if reg == NO_REG { 0 } else { 1 << reg };
            } else {
                self.output.allocs[offset + index] = at_reg(reg);
                self.busy |= 1 << reg;
            }
        }
        if !missing {
            return;
        }
        for (index, operand) in operands.iter().enumerate() {
            if self.output.allocs[offset + index].is_some() || operand.kind() != OperandKind::Use {
                continue;
            }
            let value = operand.vreg().vreg() as u32;
            if operand.constraint() == OperandConstraint::Any {
                self.output.allocs[offset + index] = self.place(value);
                continue;
            }
            let forbidden = self.registers.forbidden(operand.constraint());
            let reg = match self.values[value as usize].reg {
                NO_REG => self.load(value, Scan::is_read_late(operands, value), forbidden),
                reg if forbidden >> reg & 1 != 0 => self.copy_to_permitted(value, forbidden),
                reg => reg,
            };
            self.output.allocs[offset + index] = at_reg(reg);
        }
    }

    /// Copies a value that is in a register that an operand may not be in; the copy is for this instruction only.
    fn copy_to_permitted(&mut self, value: u32, forbidden: u128) -> u8 {
        let over = 2 * self.inst + 1;
        let (reg, _) = self.take(value, 2 * self.inst, over, over, self.busy | forbidden);
        self.resolver.add(self.former_place(value), at_reg(reg), self.class(value));
        self.busy |= 1 << reg;
        reg
    }

    /// Whether an instruction reads a value until its end.
    fn is_read_late(operands: &[Operand], value: u32) -> bool {
        operands.iter().any(|o| {
            o.kind() == OperandKind::Use && o.pos() == OperandPos::Late && o.vreg().vreg() as u32 == value
        })
    }

    /// Brings a value from its slot to a register, before the instruction.
    fn load(&mut self, value: u32, read_late: bool, forbidden: u128) -> u8 {
        let data = self.values[value as usize];
        let until = 2 * self.inst + 1 + u32::from(read_late);
        let end = if data.is_global { until } else { data.end };
        let (reg, borrowed) = self.take(value, 2 * self.inst, end, until, self.busy | forbidden);
        let former = self.former_place(value);
        self.resolver.add(former, at_reg(reg), self.class(value));
        if !self.moved.iter().any(|(v, _)| *v == value) {
            self.moved.push((value, former));
        }
        self.busy |= 1 << reg;
        if borrowed {
            self.values[value as usize].reg = reg;
            self.dropped.push(value);
        } else {
            self.hold(value, reg);
            let (late, over) = (2 * self.inst + 1, 2 * self.inst + 2);
            if self.events_ahead(late, over) >> reg & 1 != 0 || self.is_occupied(reg, late, over) {
                self.dropped.push(value);
            }
        }
        reg
    }

    /// Operands whose result is in the register of a use.
    fn tied_definitions(&mut self, operands: &[Operand], offset: usize) {
        for (index, operand) in operands.iter().enumerate() {
            let OperandConstraint::Reuse(use_index) = operand.constraint() else { continue };
            let from = operands[use_index].vreg().vreg() as u32;
            let to = operand.vreg().vreg() as u32;
            let source = self.output.allocs[offset + use_index];
            let reg = match source.as_reg() {
                Some(reg) if self.may_overwrite(operands, from, to, reg.index() as u8) => {
                    self.overwrite(from, reg.index() as u8)
                }
                _ => self.copy_for(from, to, self.registers.forbidden(operands[use_index].constraint())),
            };
            self.output.allocs[offset + use_index] = at_reg(reg);
            self.output.allocs[offset + index] = at_reg(reg);
            self.busy |= 1 << reg;
            self.written |= 1 << reg;
            self.define(to, reg);
        }
    }

    /// Whether an instruction may change the register of one of its uses.
    fn may_overwrite(&mut self, operands: &[Operand], from: u32, to: u32, reg: u8) -> bool {
        let inst = self.inst;
        let data = self.values[from as usize];
        let bit = 1u128 << reg;
        let reread = operands.iter().any(|o| {
            o.kind() == OperandKind::Use
                && (fixed_register(*o).is_some_and(|fixed| fixed.index() == reg as usize)
                    || o.pos() == OperandPos::Late && o.vreg().vreg() as u32 == from)
        });
        let late = self.events_ahead(2 * inst + 1, 2 * inst + 2);
        let other = self.occupant(reg, 2 * inst + 1, 2 * inst + 2).is_some_and(|owner| owner != to);
        let is_copy = data.reg != reg && data.reg != NO_REG;
        let keeps = data.end > 2 * inst + 1 && !(data.is_global && data.slot != NONE) && !is_copy;
        !reread && !other && (late | self.written) & bit == 0 && !keeps
    }

    fn overwrite(&mut self, from: u32, reg: u8) -> u8 {
        let own = self.values[from as usize].reg;
        let is_copy = own != reg && own != NO_REG;
        if !is_copy && !self.moved.iter().any(|(value, _)| *value == from) {
            self.moved.push((from, at_reg(reg)));
        }
        if self.held[reg as usize] == from {
            self.release(reg);
        }
        reg
    }

    /// A register with a copy of a value that lives on, for its successor.
    fn copy_for(&mut self, from: u32, to: u32, forbidden: u128) -> u8 {
        let inst = self.inst;
        let data = self.values[to as usize];
        let class = self.class(to);
        let mut avoid = self.busy | forbidden;
        let home = if self.is_permanent(to) { data.reg } else { NO_REG };
        let reg = if home != NO_REG
            && (avoid | self.held_mask) >> home & 1 == 0
            && !self.is_occupied(home, 2 * inst, 2 * inst + 1)
        {
            home
        } else {
            avoid |= self.events_ahead(2 * inst + 1, 2 * inst + 2);
            let end = if data.is_global { 2 * inst + 2 } else { data.end };
            self.take(to, 2 * inst, end, 2 * inst + 2, avoid).0
        };
        self.resolver.add(self.former_place(from), at_reg(reg), class);
        reg
    }

    /// Definitions that may not share a register with a use.
    fn early_definitions(&mut self, operands: &[Operand], offset: usize) {
        for (index, operand) in operands.iter().enumerate() {
            let is_early = operand.kind() == OperandKind::Def && operand.pos() == OperandPos::Early;
            if !is_early || fixed_register(*operand).is_some() {
                continue;
            }
            let value = operand.vreg().vreg() as u32;
            let inst = self.inst;
            let data = self.values[value as usize];
            let avoid = self.busy | self.registers.forbidden(operand.constraint());
            let reg = if self.is_permanent(value) && data.reg != NO_REG && avoid >> data.reg & 1 == 0 {
                data.reg
            } else {
                let end = if data.is_global { 2 * inst + 2 } else { data.end };
                self.take(value, 2 * inst, end, 2 * inst + 2, avoid).0
            };
            self.output.allocs[offset + index] = at_reg(reg);
            self.busy |= 1 << reg;
            self.written |= 1 << reg;
            self.define(value, reg);
        }
    }

    /// Frees the registers of values that end here.
    fn end_uses(&mut self, operands: &[Operand]) {
        let over = 2 * self.inst + 1;
        for operand in operands {
            if operand.kind() == OperandKind::Use {
                let value = operand.vreg().vreg();
                let data = &self.values[value];
                let (reg, ends) = (data.reg, data.end <= over);
                if reg != NO_REG && ends && self.held[reg as usize] == value as u32 {
                    self.release(reg);
                }
            }
        }
        // Copies of values that the instruction destroys.
        for index in 0..self.dropped.len() {
            let value = self.dropped[index];
            let reg = self.values[value as usize].reg;
            if reg == NO_REG || self.is_permanent(value) {
                continue;
            }
            if self.held[reg as usize] == value {
                self.release(reg);
            } else {
                self.values[value as usize].reg = NO_REG;
            }
        }
    }

    fn late_definitions(&mut self, operands: &[Operand], offset: usize) {
        let inst = self.inst;
        let mut taken = self.written;
        for (late_index, operand) in operands.iter().enumerate() {
            if operand.kind() == OperandKind::Use && operand.pos() == OperandPos::Late {
                let place = self.output.allocs[offset + late_index];
                taken |= place.as_reg().map_or(0, |reg| 1 << reg.index());
            }
        }
        taken |= self.borrowed.iter().fold(0, |mask, (reg, ..)| mask | 1 << reg);
        self.written = taken;
        for (index, operand) in operands.iter().enumerate() {
            if operand.kind() != OperandKind::Def || self.output.allocs[offset + index].is_some() {
                continue;
            }
            let value = operand.vreg().vreg() as u32;
            if let Some(fixed) = fixed_register(*operand) {
                self.output.allocs[offset + index] = Allocation::reg(fixed);
                self.fixed_definition(value, fixed.index() as u8);
                continue;
            }
            let data = self.values[value as usize];
            let avoid = self.written | self.registers.forbidden(operand.constraint());
            let reg = if self.is_permanent(value) && data.reg != NO_REG && avoid >> data.reg & 1 == 0 {
                data.reg
            } else {
                let end = if data.is_global { 2 * inst + 2 } else { data.end };
                self.take(value, 2 * inst + 1, end, 2 * inst + 2, avoid).0
            };
            self.output.allocs[offset + index] = at_reg(reg);
            self.written |= 1 << reg;
            self.define(value, reg);
        }
    }

    /// A value has been written to a register of our choice.
    fn define(&mut self, value: u32, reg: u8) {
        let lent = self.borrowed.iter().any(|(other, ..)| *other == reg);
        if self.is_permanent(value) && self.values[value as usize].reg != NO_REG {
            let home = self.values[value as usize].reg;
            if home != reg {
                self.after.push((value, at_reg(reg), at_reg(home)));
            }
            return;
        }
        if lent && self.values[value as usize].slot == NONE {
            let slot = LinearScan::new_slot(self.slots, self.view, self.class(value));
            self.values[value as usize].slot = slot.index() as u32;
        }
        self.values[value as usize].def_reg = reg;
        let slot = self.values[value as usize].slot;
        if slot != NONE {
            self.after.push((value, at_reg(reg), at_slot(slot)));
        }
        if !lent {
            self.hold(value, reg);
        }
    }

    /// A value appears in a register that the instruction dictates.
    fn fixed_definition(&mut self, value: u32, fixed: u8) {
        let inst = self.inst;
        let data = self.values[value as usize];
        if data.last_block == NONE {
            return;
        }
        if data.is_global {
            self.after.push((value, at_reg(fixed), self.home(value)));
            return;
        }
        let next = 2 * inst + 2;
        let end = data.end;
        let own = data.hint_is_last && data.hint == fixed;
        let blocked = self.events_ahead(next, if own { end - 1 } else { end });
        let is_free = self.held[fixed as usize] == NONE && !self.is_occupied(fixed, 2 * inst + 1, end);
        let reg = if is_free && blocked >> fixed & 1 == 0 {
            fixed
        } else {
            match self.find(value, 2 * inst + 1, end, self.written, None) {
                Some(reg) => reg,
                None if is_free => fixed,
                None => self.take(value, 2 * inst + 1, end, 2 * inst + 2, self.written).0,
            }
        };
        self.written |= 1 << reg;
        self.values[value as usize].def_reg = reg;
        if self.borrowed.iter().any(|(other, ..)| *other == reg) {
            let slot = LinearScan::new_slot(self.slots, self.view, self.class(value));
            self.values[value as usize].slot = slot.index() as u32;
            self.after.push((value, at_reg(fixed), Allocation::stack(slot)));
            return;
        }
        if reg != fixed {
            self.after.push((value, at_reg(fixed), at_reg(reg)));
        }
        self.hold(value, reg);
    }

    /// Arguments of the only successor.
    fn edge_moves(&mut self, block: MachBlock) {
        let func = self.view.func;
        let [edge] = func.edges_of(block) else { return };
        for (arg, param) in func.args_of(edge).iter().zip(func.params_of(edge.target)) {
            let to = self.home(param.0);
            if to.is_some() {
                self.resolver.add(self.place(arg.0), to, self.class(arg.0));
            }
        }
    }

    /// Moves after the instruction; lent registers go back; what nobody uses is forgotten.
    fn finish(&mut self, operands: &[Operand], block: MachBlock, is_last: bool) {
        let inst = self.inst;
        for (reg, owner, slot) in std::mem::take(&mut self.borrowed) {
            self.after.push((owner, Allocation::stack(slot), at_reg(reg)));
        }
        for (value, from, to) in std::mem::take(&mut self.after) {
            let class = self.class(value);
            if !is_last {
                self.resolver.add(from, to, class);
                continue;
            }
            // After a terminator: at the start of the successors where the value is live.
            for edge in self.view.func.edges_of(block) {
                let first = 2 * self.view.func.blocks[edge.target.index()].first_inst;
                let data = &self.values[value as usize];
                if data.start < first && first < data.end {
                    self.arrivals.push(Arrival { block: edge.target.0, from, to, class });
                }
            }
        }
        self.emit_moves(ProgPoint::after(Inst::new(inst as usize)));
        for operand in operands {
            let value = operand.vreg().vreg();
            let data = &self.values[value];
            let (reg, ends) = (data.reg, data.end <= 2 * inst + 2);
            if reg != NO_REG && ends && self.held[reg as usize] == value as u32 {
                self.release(reg);
            }
        }
    }
}

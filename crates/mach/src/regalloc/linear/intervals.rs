//! One walk backwards: where each value lives, what it weighs, where it would like to be; and the
//! instructions that demand or destroy particular registers.
//!
//! Intervals are in block order. A value that is live into a loop and last used in it lives to the
//! loop's end: loops are ranges of blocks, made properly nested; this covers every block where the
//! value is live, provided that definitions come before the blocks that they dominate (the block
//! order is a reverse postorder).

use super::{LinearScan, NO_REG, NONE};
use crate::inst::MachBlock;
use crate::regalloc::view::{View, fixed_register};
use regalloc2::{Operand, OperandConstraint, OperandKind, OperandPos};

/// What is known of a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    /// First position.
    pub(super) start: u32,
    /// One past the last position; 0 while no use was seen.
    pub(super) end: u32,
    /// The block of its last use in block order.
    pub(super) last_block: u32,
    /// Accesses, weighted by loop depth.
    pub(super) weight: f32,
    /// Register that its last use or its definition demands.
    pub(super) hint: u8,
    /// Whether `hint` is demanded by the last use.
    pub(super) hint_is_last: bool,
    /// Has one place for life.
    pub(super) is_global: bool,
    /// Is defined in a fixed register.
    pub(super) fixed_def: bool,
    /// Was its definition seen.
    pub(super) is_defined: bool,
    /// The register that it is in: for life (globals) or now.
    pub(super) reg: u8,
    /// Register right after the definition.
    pub(super) def_reg: u8,
    /// A value that would like to share the register.
    pub(super) hint_value: u32,
    /// Spill slot.
    pub(super) slot: u32,
}

impl Value {
    const UNSEEN: Value = Value {
        start: 0,
        end: 0,
        last_block: NONE,
        weight: 0.0,
        hint: NO_REG,
        hint_is_last: false,
        is_global: false,
        fixed_def: false,
        is_defined: false,
        reg: NO_REG,
        def_reg: NO_REG,
        hint_value: NONE,
        slot: NONE,
    };
}

/// Registers that a position demands or destroys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    /// Position.
    pub(super) at: u32,
    /// Registers.
    pub(super) mask: u128,
}

/// A loop as a range of blocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct LoopRange {
    header: u32,
    last: u32,
}

/// A loop that the walk is in, with the values whose last use is in it.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenLoop {
    header: u32,
    end: u32,
    values: Vec<u32>,
}

impl LinearScan {
    pub(super) fn find_intervals(&mut self, view: &View<'_>) {
        self.values.clear();
        self.values.resize(view.func.vregs.len(), Value::UNSEEN);
        self.events.clear();
        self.globals.clear();
        self.find_loops(view);
        let mut open = std::mem::take(&mut self.open_loops);
        let mut depth = 0;
        for block in view.func.block_ids().rev() {
            depth = self.enter_loops(view, block, &mut open, depth);
            self.walk_block(view, block, &mut open[..depth]);
            while depth > 0 && open[depth - 1].header == block.0 {
                depth -= 1;
                self.leave_loop(&mut open[..=depth]);
            }
        }
        self.open_loops = open;
        self.events.reverse();
    }

    /// Back edges as ranges of blocks, outer before inner, properly nested.
    fn find_loops(&mut self, view: &View<'_>) {
        self.loops.clear();
        for block in view.func.block_ids() {
            for edge in view.func.edges_of(block) {
                if edge.target <= block {
                    self.loops.push(LoopRange { header: edge.target.0, last: block.0 });
                }
            }
        }
        self.loops.sort_by_key(|l| (l.header, u32::MAX - l.last));
        self.loops.dedup_by_key(|l| l.header);
        // A range that starts inside another but ends outside stretches the other.
        let mut stack: Vec<usize> = Vec::new();
        for index in 0..self.loops.len() {
            let LoopRange { header, last } = self.loops[index];
            while stack.last().is_some_and(|top| self.loops[*top].last < header) {
                stack.pop();
            }
            for outer in &stack {
                self.loops[*outer].last = self.loops[*outer].last.max(last);
            }
            stack.push(index);
        }
        // Walked backwards: sorted by last block, inner before outer at the same end.
        self.loops.sort_by_key(|l| (l.last, u32::MAX - l.header));
    }

    /// Opens the loops that end with a block, outer first.
    fn enter_loops(
        &mut self,
        view: &View<'_>,
        block: MachBlock,
        open: &mut Vec<OpenLoop>,
        mut depth: usize,
    ) -> usize {
        let first = self.loops.partition_point(|l| l.last < block.0);
        let mut at = self.loops.len();
        while at > first {
            at -= 1;
            let range = self.loops[at];
            if range.last != block.0 {
                continue;
            }
            if open.len() == depth {
                open.push(OpenLoop::default());
            }
            open[depth].header = range.header;
            open[depth].end = 2 * view.func.blocks[block.index()].end_inst;
            open[depth].values.clear();
            depth += 1;
        }
        self.loops.truncate(first);
        depth
    }

    /// The innermost open loop ends (going backwards, its header is done): what is used in it and not defined in it
    /// lives through it.
    fn leave_loop(&mut self, open: &mut [OpenLoop]) {
        let Some((closed, outer)) = open.split_last_mut() else { return };
        for value in closed.values.drain(..) {
            let data = &mut self.values[value as usize];
            if data.is_defined {
                continue;
            }
            data.end = data.end.max(closed.end);
            data.hint_is_last = false;
            data.is_global = true;
            if let Some(parent) = outer.last_mut() {
                parent.values.push(value);
            }
        }
    }

    fn walk_block(&mut self, view: &View<'_>, block: MachBlock, open: &mut [OpenLoop]) {
        let func = view.func;
        let data = &func.blocks[block.index()];
        let weight = [1.0, 10.0, 100.0, 1000.0, 10000.0][usize::from(data.loop_depth).min(4)];
        let edges = func.edges_of(block);
        for edge in edges {
            for (arg, param) in func.args_of(edge).iter().zip(func.params_of(edge.target)) {
                let at = if edges.len() == 1 { 2 * (data.end_inst - 1) } else { 2 * data.end_inst - 1 };
                self.note_use(arg.0, at, block.0, weight, open);
                let value = &mut self.values[arg.index()];
                value.is_global |= edges.len() > 1;
                if value.hint_value == NONE {
                    value.hint_value = param.0;
                }
                if self.values[param.index()].hint_value == NONE {
                    self.values[param.index()].hint_value = arg.0;
                }
            }
        }
        for inst in (data.first_inst..data.end_inst).rev() {
            self.walk_inst(view, inst, block.0, weight, open);
        }
        let start = 2 * data.first_inst;
        for param in func.params_of(block) {
            let value = &mut self.values[param.index()];
            value.is_global |= value.last_block != NONE;
            self.note_def(param.0, start, block.0, weight);
        }
        // Arguments to a block with one predecessor that has other successors are moved at its start.
        if let [predecessor] = view.predecessors(block.index()) {
            let from = MachBlock(predecessor.index() as u32);
            if func.edges_of(from).len() > 1 && !func.params_of(block).is_empty() {
                for edge in func.edges_of(from).iter().filter(|e| e.target == block) {
                    for arg in func.args_of(edge) {
                        self.note_use(arg.0, start, block.0, weight, open);
                        self.values[arg.index()].is_global = true;
                    }
                }
            }
        }
    }

    fn walk_inst(&mut self, view: &View<'_>, inst: u32, block: u32, weight: f32, open: &mut [OpenLoop]) {
        let operands = view.operands(inst as usize);
        let mut early = 0u128;
        let mut late = view.clobber_mask(inst as usize);
        for operand in operands {
            if operand.kind() == OperandKind::Def {
                let offset = u32::from(operand.pos() == OperandPos::Late);
                let value = operand.vreg().vreg() as u32;
                self.note_def(value, 2 * inst + offset, block, weight);
                if let Some(reg) = fixed_register(*operand) {
                    late |= 1 << reg.index();
                    early |= if offset == 0 { 1 << reg.index() } else { 0 };
                    self.values[value as usize].fixed_def = true;
                    if self.values[value as usize].hint == NO_REG {
                        self.values[value as usize].hint = reg.index() as u8;
                        self.values[value as usize].hint_is_last = false;
                    }
                }
            }
        }
        for (index, operand) in operands.iter().enumerate() {
            if operand.kind() == OperandKind::Use {
                let value = operand.vreg().vreg() as u32;
                let position = 2 * inst + u32::from(operand.pos() == OperandPos::Late);
                let first = self.note_use(value, position, block, weight, open);
                if let Some(reg) = fixed_register(*operand) {
                    early |= 1 << reg.index();
                    if first {
                        self.values[value as usize].hint = reg.index() as u8;
                        self.values[value as usize].hint_is_last = true;
                    }
                } else if first {
                    self.hint_tied(operands, index, value);
                }
            }
        }
        // Backwards: later first.
        if late != 0 {
            self.events.push(Event { at: 2 * inst + 1, mask: late });
        }
        if early != 0 {
            self.events.push(Event { at: 2 * inst, mask: early });
        }
    }

    /// A value that dies in a tied operand would like to be where the result wants to be.
    fn hint_tied(&mut self, operands: &[Operand], index: usize, value: u32) {
        for operand in operands {
            if operand.constraint() == OperandConstraint::Reuse(index) {
                let to = operand.vreg().vreg();
                let wish = self.values[to];
                let value = &mut self.values[value as usize];
                value.hint = wish.hint;
                value.hint_is_last = false;
                value.hint_value = if wish.is_global { to as u32 } else { wish.hint_value };
            }
        }
    }

    /// Notes a use; whether it is the last in block order.
    #[inline]
    fn note_use(
        &mut self,
        value: u32,
        position: u32,
        block: u32,
        weight: f32,
        open: &mut [OpenLoop],
    ) -> bool {
        let data = &mut self.values[value as usize];
        data.weight += weight;
        let first = data.last_block == NONE;
        if first {
            data.last_block = block;
            if let Some(innermost) = open.last_mut() {
                innermost.values.push(value);
            }
        } else if data.last_block != block {
            data.is_global = true;
        }
        data.end = data.end.max(position + 1);
        first
    }

    #[inline]
    fn note_def(&mut self, value: u32, position: u32, block: u32, weight: f32) {
        let data = &mut self.values[value as usize];
        data.start = position;
        data.is_defined = true;
        data.weight += weight;
        if data.last_block == NONE {
            // Never used: it occupies its register until the instruction is over.
            data.end = (position | 1) + 1;
        } else if data.last_block != block {
            data.is_global = true;
        }
        if data.is_global {
            self.globals.push(value);
        }
    }
}

//! Jumps and edges: block arguments travel on edges; values that live in memory are copied before
//! the jump.

use super::context::Selector;
use crate::inst::{JumpTableId, MachMem, MachOperand, SlotId, SlotKind, VReg, pseudo};
use lathe_ir::{BlockCall, Inst, Opcode, Value};
use smallvec::SmallVec;

/// The registers that an edge passes.
pub type EdgeArgs = SmallVec<[VReg; 4]>;

impl Selector<'_> {
    /// The registers that an edge passes, for the parameters that are used; copies arguments that
    /// live in memory. Call before anything that sets flags for the branch.
    pub fn edge_args(&mut self, call: BlockCall) -> EdgeArgs {
        let func = self.func;
        let data = &func.block_calls[call];
        let mut args = EdgeArgs::new();
        let mut in_memory: SmallVec<[(Value, Value); 2]> = SmallVec::new();
        for (param, arg) in func.blocks[data.block].params.iter().zip(&data.args) {
            if self.use_count(*param) == 0 {
                continue;
            }
            if self.lives_in_memory(func.ty(*param)) {
                in_memory.push((*param, *arg));
            } else {
                let reg = self.reg(*arg);
                args.push(reg);
            }
        }
        self.copy_memory_values(&in_memory);
        args
    }

    /// Copies values that live in memory to parameters, all at once: through temporaries when there
    /// are several, since one parameter's source may be another parameter.
    fn copy_memory_values(&mut self, pairs: &[(Value, Value)]) {
        let rules = self.rules;
        let mut copies: SmallVec<[(SlotId, SlotId, u32); 2]> = SmallVec::new();
        for (param, arg) in pairs {
            let size = self.func.ty(*param).bytes(&self.target.layout);
            let from = self.memory_operand(*arg);
            let to = self.memory_value(*param);
            if from == to {
                continue;
            }
            if pairs.len() == 1 {
                rules.copy_block(self, MachMem::slot(to, 0), MachMem::slot(from, 0), size, false);
            } else {
                let middle = self.slot(SlotKind::Permanent, u64::from(size), 16);
                rules.copy_block(self, MachMem::slot(middle, 0), MachMem::slot(from, 0), size, false);
                copies.push((to, middle, size));
            }
        }
        for (to, middle, size) in copies {
            rules.copy_block(self, MachMem::slot(to, 0), MachMem::slot(middle, 0), size, false);
        }
    }

    /// The slot of an operand that lives in memory; constants are built there now.
    pub fn memory_operand(&mut self, value: Value) -> SlotId {
        if let Some(inst) = self.func.def_inst(value)
            && self.is_rematerialized(inst)
        {
            return self.memory_constant(inst, value);
        }
        self.memory_value(value)
    }

    fn memory_constant(&mut self, inst: Inst, value: Value) -> SlotId {
        let layout = self.func.ty(value).layout(&self.target.layout);
        let slot = self.slot(SlotKind::Permanent, u64::from(layout.size), layout.align.min(16));
        if self.func.inst(inst).opcode() == Opcode::Const {
            let mem = self.constant_memory(inst);
            let rules = self.rules;
            rules.copy_block(self, MachMem::slot(slot, 0), mem, layout.size, false);
        }
        slot
    }

    /// The pool memory of a `const`, padded to the size of its type.
    pub fn constant_memory(&mut self, inst: Inst) -> MachMem {
        let func = self.func;
        let data = func.inst(inst);
        let layout = data.ty().layout(&self.target.layout);
        let mut bytes: SmallVec<[u8; 64]> = SmallVec::from_slice(&func.constants[data.constant()]);
        bytes.resize(layout.size as usize, 0);
        let symbol = self.pool(&bytes, layout.align.min(16));
        let rules = self.rules;
        rules.constant_memory(self, symbol)
    }

    /// `jump`.
    pub(super) fn select_jump(&mut self, inst: Inst) {
        let [Some(call), _] = self.func.inst(inst).direct_targets() else { return };
        let args = self.edge_args(call);
        let target = self.block_of(self.func.block_calls[call].block);
        self.out.add_edge(target, &args);
        self.out.op(pseudo::JUMP, &[MachOperand::Block(target)]);
    }

    /// Adds the two edges of a `br`, building their arguments now. Returns whether both go to one block
    /// (then `JUMP` was emitted and there is nothing to decide).
    pub fn branch_edges(&mut self, inst: Inst) -> bool {
        let [Some(then), Some(other)] = self.func.inst(inst).direct_targets() else { return true };
        let likelihood = self.func.inst(inst).likelihood();
        let then_args = self.edge_args(then);
        let then_block = self.block_of(self.func.block_calls[then].block);
        let other_block = self.block_of(self.func.block_calls[other].block);
        if then_block == other_block {
            self.out.add_edge(then_block, &then_args);
            self.out.op(pseudo::JUMP, &[MachOperand::Block(then_block)]);
            return true;
        }
        let other_args = self.edge_args(other);
        self.out.add_edge(then_block, &then_args);
        self.out.add_edge(other_block, &other_args);
        self.out.block_data().likelihood = likelihood;
        false
    }

    /// Adds an edge to each block that a many-way terminator may go to, once each.
    pub fn many_way_edges(&mut self, inst: Inst) {
        let mut calls = self.func.block_calls_of(inst);
        calls.sort_by_key(|call| self.block_of(self.func.block_calls[*call].block));
        calls.dedup_by_key(|call| self.block_of(self.func.block_calls[*call].block));
        for call in calls {
            let args = self.edge_args(call);
            let block = self.block_of(self.func.block_calls[call].block);
            self.out.add_edge(block, &args);
        }
    }

    /// The jump table of a `switch` that expansion has left (cases 0 to n-1, each present, the value known to be one of
    /// them), whose edges are added. Entries are distances from the table.
    pub fn dense_table(&mut self, inst: Inst) -> Option<JumpTableId> {
        let func = self.func;
        let data = func.inst(inst);
        let table = &func.switches[data.switch_table()?];
        let is_dense = table.cases.iter().enumerate().all(|(i, (value, _))| *value == i as i128);
        if !is_dense || table.cases.is_empty() {
            return None;
        }
        self.many_way_edges(inst);
        let blocks = table.cases.iter().map(|(_, call)| self.block_of(func.block_calls[*call].block));
        let blocks = blocks.collect();
        Some(self.out.func.jump_table(blocks))
    }

    /// `debug_value`, `debug_slot`.
    pub(super) fn select_debug(&mut self, inst: Inst) {
        let func = self.func;
        let data = func.inst(inst);
        if data.opcode() == Opcode::DebugSlot {
            let slot = self.slot_of(data.stack_slot());
            self.out.func.debug_slots.push((data.debug_variable(), slot));
            return;
        }
        // A structure passed by value is a parameter that is its address.
        if let Some((slot, 0)) = self.frame_address_of(data.inline_args()[0]) {
            self.out.func.debug_slots.push((data.debug_variable(), slot));
        }
        // Other values: described only while they happen to be needed for the program itself; that is a
        // location-list matter of the debug writer.
    }
}

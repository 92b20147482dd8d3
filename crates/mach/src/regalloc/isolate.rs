//! Values that live on past a fixed register get a copy of their own for it.
//!
//! In: a function on virtual registers, in front of the backtracking allocator. That one gives all pieces of a value that
//! it has joined one register if it can: a loop variable whose first value is a call's result would be wanted in the
//! result register, over the calls of the loop, and be cut into pieces. Here results, parameters and arguments that
//! live over another call are moved to or from a short value that alone is fixed ([`pseudo::MOVE`]).
//!
//! Lives are taken as ranges in the order of the code, stretched over loops: too long at worst, which costs a move.

use crate::inst::function::InstFlags;
use crate::inst::{MReg, MachFunction, MachInst, MachOperand, VReg, pseudo};

/// Reusable memory.
#[derive(Debug, Default)]
pub struct IsolateScratch {
    /// By value: first and last place of its life.
    lives: Vec<(u32, u32)>,
    /// Number of calls in front of each instruction.
    calls: Vec<u32>,
    /// By block: the end of the outermost loop around it, and that loop's start.
    loops: Vec<(u32, u32)>,
    insts: Vec<MachInst>,
    /// By value: a block parameter that it becomes, plus one.
    becomes: Vec<u32>,
}

/// Isolates fixed operands.
pub fn isolate(func: &mut MachFunction, scratch: &mut IsolateScratch) {
    if !func.insts.iter().any(|inst| inst.flags.has(InstFlags::CALL)) {
        return;
    }
    count_calls(func, scratch);
    find_lives(func, scratch);
    rewrite(func, scratch);
}

fn count_calls(func: &MachFunction, scratch: &mut IsolateScratch) {
    scratch.calls.clear();
    let mut count = 0;
    for inst in &func.insts {
        scratch.calls.push(count);
        count += u32::from(inst.flags.has(InstFlags::CALL));
    }
    scratch.calls.push(count);
}

fn find_lives(func: &MachFunction, scratch: &mut IsolateScratch) {
    let IsolateScratch { lives, loops, becomes, .. } = scratch;
    loops.clear();
    loops.resize(func.blocks.len(), (u32::MAX, 0));
    for block in func.block_ids() {
        for edge in func.edges_of(block).iter().filter(|edge| edge.target <= block) {
            let first = func.blocks[edge.target.index()].first_inst;
            let last = func.blocks[block.index()].end_inst;
            // Loops are contiguous; the widest one around each block is kept.
            for around in &mut loops[edge.target.index()..=block.index()] {
                around.0 = around.0.min(first);
                around.1 = around.1.max(last);
            }
        }
    }
    lives.clear();
    lives.resize(func.vregs.len(), (u32::MAX, 0));
    becomes.clear();
    becomes.resize(func.vregs.len(), 0);
    let mut see = |reg: MReg, at: u32| {
        if let Some(reg) = reg.as_virt() {
            let life = &mut lives[reg.index()];
            *life = (life.0.min(at), life.1.max(at));
        }
    };
    for block in func.block_ids() {
        let data = &func.blocks[block.index()];
        for param in func.params_of(block) {
            see((*param).into(), data.first_inst);
        }
        for index in func.inst_range(block) {
            for operand in func.operands_of(&func.insts[index]) {
                operand.read().into_iter().chain(operand.written()).for_each(|reg| see(reg, index as u32));
                if let MachOperand::Mem(mem) = operand {
                    let mem = &func.tables.mems[mem.0 as usize];
                    mem.base_reg().into_iter().chain(mem.index_reg()).for_each(|reg| see(reg, index as u32));
                }
            }
        }
        for edge in func.edges_of(block) {
            let params = func.params_of(edge.target);
            for (arg, param) in func.args_of(edge).iter().zip(params) {
                see((*arg).into(), data.end_inst.saturating_sub(1));
                becomes[arg.index()] = param.index() as u32 + 1;
            }
        }
    }
    // What is used in a loop that it comes from outside of lives to the end of the loop; a loop's own
    // parameters go round it.
    for block in func.block_ids() {
        let (first, last) = loops[block.index()];
        if first == u32::MAX {
            continue;
        }
        let mut stretch = |reg: MReg| {
            if let Some(reg) = reg.as_virt() {
                let life = &mut lives[reg.index()];
                if life.0 < first {
                    life.1 = life.1.max(last);
                }
            }
        };
        for index in func.inst_range(block) {
            for operand in func.operands_of(&func.insts[index]) {
                operand.read().into_iter().for_each(&mut stretch);
                if let MachOperand::Mem(mem) = operand {
                    let mem = &func.tables.mems[mem.0 as usize];
                    mem.base_reg().into_iter().chain(mem.index_reg()).for_each(&mut stretch);
                }
            }
        }
        for edge in func.edges_of(block) {
            func.args_of(edge).iter().for_each(|arg| stretch((*arg).into()));
        }
    }
}

impl IsolateScratch {
    /// Whether there is a call between two places, neither counted.
    fn has_call(&self, from: u32, to: u32) -> bool {
        let from = (from as usize + 1).min(self.calls.len() - 1);
        let to = (to as usize).clamp(from, self.calls.len() - 1);
        self.calls[to] > self.calls[from]
    }

    /// Whether a value, or a block parameter that it becomes, lives over a call.
    fn crosses_call(&self, reg: VReg) -> bool {
        let crosses = |index: usize| {
            let (first, last) = self.lives[index];
            self.has_call(first, last)
        };
        let next = self.becomes[reg.index()];
        crosses(reg.index()) || next != 0 && crosses(next as usize - 1)
    }
}

fn rewrite(func: &mut MachFunction, scratch: &mut IsolateScratch) {
    let mut old = std::mem::take(&mut func.insts);
    let mut out = std::mem::take(&mut scratch.insts);
    out.clear();
    out.reserve(old.len() + 32);
    for block in 0..func.blocks.len() {
        let (first, end) = (func.blocks[block].first_inst, func.blocks[block].end_inst);
        let start = out.len() as u32;
        for index in first..end {
            let inst = old[index as usize];
            let has_fixed =
                inst.flags.has(InstFlags::CALL) || matches!(inst.row, pseudo::ENTRY | pseudo::RETURN);
            if !has_fixed {
                out.push(inst);
                continue;
            }
            arguments(func, scratch, &inst, index, &mut out);
            out.push(inst);
            if index + 1 < end {
                results(func, scratch, &inst, &mut out);
            }
        }
        func.blocks[block].first_inst = start;
        func.blocks[block].end_inst = out.len() as u32;
    }
    std::mem::swap(&mut old, &mut out);
    func.insts = old;
    scratch.insts = out;
}

/// Fixed uses of values that live over a call: before this instruction or on past it.
fn arguments(
    func: &mut MachFunction,
    scratch: &IsolateScratch,
    inst: &MachInst,
    index: u32,
    out: &mut Vec<MachInst>,
) {
    for at in inst.operand_range() {
        let MachOperand::FixedUse(reg, fixed) = func.tables.operands[at] else { continue };
        let Some(value) = reg.as_virt() else { continue };
        let (first, last) = scratch.lives[value.index()];
        let lives_on = inst.flags.has(InstFlags::CALL) && last > index;
        if !lives_on && !scratch.has_call(first, index) {
            continue;
        }
        let info = func.vregs[value.index()];
        let short = func.vreg(info.bank, info.size);
        let operands = [MachOperand::Def(short.into(), 0), MachOperand::UseAny(reg, 0)];
        out.push(func.tables.inst(pseudo::MOVE, &operands, inst.loc));
        func.tables.operands[at] = MachOperand::FixedUse(short.into(), fixed);
    }
}

/// Fixed definitions of values that live over a call.
fn results(func: &mut MachFunction, scratch: &IsolateScratch, inst: &MachInst, out: &mut Vec<MachInst>) {
    for at in inst.operand_range() {
        let MachOperand::FixedDef(reg, fixed) = func.tables.operands[at] else { continue };
        let Some(value) = reg.as_virt() else { continue };
        if !scratch.crosses_call(value) {
            continue;
        }
        let info = func.vregs[value.index()];
        let short = func.vreg(info.bank, info.size);
        let operands = [MachOperand::Def(reg, 0), MachOperand::Use(short.into(), 0)];
        out.push(func.tables.inst(pseudo::MOVE, &operands, inst.loc));
        func.tables.operands[at] = MachOperand::FixedDef(short.into(), fixed);
    }
}

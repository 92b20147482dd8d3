//! Control-flow clean-up: constant branches, threading through empty blocks, merging of straight lines,
//! removal of unreachable blocks.
//!
//! In: a function. Out: the same with fewer blocks; every listed block is reachable.

use crate::manager::FunctionContext;
use lathe_ir::{Block, BlockCall, Entity, EntityMap, Function, Inst, InstData, Opcode, ValueDef};

/// Runs the pass; whether anything changed.
pub fn run(func: &mut Function, _: &FunctionContext<'_>) -> bool {
    let mut changed = remove_unreachable(func);
    // Each round can uncover more; the number of blocks bounds it, a few rounds are usual.
    for _ in 0..8 {
        let mut again = fold_branches(func);
        again |= thread_empty_blocks(func);
        again |= remove_unreachable(func);
        again |= merge_lines(func);
        changed |= again;
        if !again {
            break;
        }
    }
    changed
}

/// Blocks that the entry reaches, and those whose address is taken.
fn remove_unreachable(func: &mut Function) -> bool {
    let mut seen = vec![false; func.blocks.len()];
    let mut work = vec![func.entry()];
    seen[func.entry().index()] = true;
    while let Some(block) = work.pop() {
        func.each_successor(block, |next| {
            if !std::mem::replace(&mut seen[next.index()], true) {
                work.push(next);
            }
        });
        for inst in &func.blocks[block].insts {
            let data = func.inst(*inst);
            if data.opcode() == Opcode::BlockAddr && !std::mem::replace(&mut seen[data.block().index()], true)
            {
                work.push(data.block());
            }
        }
    }
    let before = func.layout.len();
    func.layout.retain(|block| seen[block.index()]);
    func.layout.len() != before
}

fn replace_by_jump(func: &mut Function, inst: Inst, target: BlockCall) {
    func.replace_inst(inst, InstData::jump(target));
}

/// Branches on constants, and branches whose two ways are one.
fn fold_branches(func: &mut Function) -> bool {
    let mut changed = false;
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let Some(inst) = func.terminator(block) else { continue };
        let data = *func.inst(inst);
        match data.opcode() {
            Opcode::Branch => {
                let [Some(then), Some(other)] = data.direct_targets() else { continue };
                let condition = data.inline_args()[0];
                if let Some(value) = func.int_constant(condition) {
                    replace_by_jump(func, inst, if value != 0 { then } else { other });
                    changed = true;
                } else if func.block_calls[then] == func.block_calls[other] {
                    replace_by_jump(func, inst, then);
                    changed = true;
                }
            }
            Opcode::Switch => {
                let table = data.switch_table().expect("switch has a table");
                let value = func.int_constant(data.inline_args()[0]);
                let table = &func.switches[table];
                if let Some(value) = value {
                    let bits = data.ty().lane_bits(64).min(64);
                    let value = i128::from(value << (64 - bits) >> (64 - bits));
                    let target = table.cases.iter().find(|(n, _)| *n == value).map(|(_, t)| *t);
                    let target = target.unwrap_or(table.targets[0]);
                    replace_by_jump(func, inst, target);
                    changed = true;
                } else if table.cases.is_empty() {
                    let target = table.targets[0];
                    replace_by_jump(func, inst, target);
                    changed = true;
                }
            }
            _ => {}
        }
    }
    changed
}

/// The target of a block that only jumps on: its sole instruction is a jump, and its parameters, if
/// any, are only passed on.
fn forwards_to(func: &Function, block: Block) -> Option<BlockCall> {
    let data = &func.blocks[block];
    let [inst] = data.insts.as_slice() else { return None };
    let inst = func.inst(*inst);
    if inst.opcode() != Opcode::Jump {
        return None;
    }
    let call = inst.direct_targets()[0]?;
    if func.block_calls[call].block == block {
        return None;
    }
    Some(call)
}

/// Lets predecessors of a forwarding block jump straight to its target.
fn thread_empty_blocks(func: &mut Function) -> bool {
    let taken = address_taken(func);
    let used_elsewhere = params_used_elsewhere(func);
    let mut changed = false;
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let Some(terminator) = func.terminator(block) else { continue };
        // Edges of other terminators carry more than a jump (an unwind edge, an asm label).
        if !matches!(func.inst(terminator).opcode(), Opcode::Jump | Opcode::Branch | Opcode::Switch) {
            continue;
        }
        for call in func.block_calls_of(terminator) {
            let through = func.block_calls[call].block;
            if taken[through] || used_elsewhere[through] || through == block {
                continue;
            }
            let Some(next) = forwards_to(func, through) else { continue };
            let target = func.block_calls[next].clone();
            // A pad must stay the target of unwind edges only.
            let params = func.blocks[through].params.clone();
            let given = func.block_calls[call].args.clone();
            let args = target
                .args
                .iter()
                .map(|arg| match params.iter().position(|p| *p == func.resolve(*arg)) {
                    Some(number) => given[number],
                    None => *arg,
                })
                .collect();
            let entry = &mut func.block_calls[call];
            if entry.block == target.block && entry.args == args {
                continue;
            }
            entry.block = target.block;
            entry.args = args;
            changed = true;
        }
    }
    changed
}

/// Blocks whose address is taken, or that an indirect jump names.
fn address_taken(func: &Function) -> EntityMap<Block, bool> {
    let mut taken = EntityMap::filled(false, func.blocks.len());
    for block in &func.layout {
        for inst in &func.blocks[*block].insts {
            let data = func.inst(*inst);
            match data.opcode() {
                Opcode::BlockAddr => taken[data.block()] = true,
                Opcode::IndirectJump | Opcode::AsmGoto => {
                    for call in func.block_calls_of(*inst) {
                        taken[func.block_calls[call].block] = true;
                    }
                }
                _ => {}
            }
        }
    }
    taken
}

/// Blocks with a parameter that is used outside of the block's own jump.
fn params_used_elsewhere(func: &Function) -> EntityMap<Block, bool> {
    let mut used = EntityMap::filled(false, func.blocks.len());
    for block in &func.layout {
        for inst in &func.blocks[*block].insts {
            func.each_use(*inst, |value| {
                if let ValueDef::Param(owner, _) = func.def(func.resolve(value))
                    && owner != *block
                {
                    used[owner] = true;
                }
            });
        }
    }
    used
}

/// Joins a block to its only predecessor when that one only jumps to it.
fn merge_lines(func: &mut Function) -> bool {
    let mut predecessors: EntityMap<Block, u32> = EntityMap::filled(0, func.blocks.len());
    predecessors[func.entry()] = 1;
    for block in &func.layout {
        func.each_successor(*block, |next| predecessors[next] += 1);
    }
    let taken = address_taken(func);
    let mut gone: EntityMap<Block, bool> = EntityMap::filled(false, func.blocks.len());
    let mut changed = false;
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        if gone[block] {
            continue;
        }
        while let Some(inst) = func.terminator(block) {
            if func.inst(inst).opcode() != Opcode::Jump {
                break;
            }
            let Some(call) = func.inst(inst).direct_targets()[0] else { break };
            let next = func.block_calls[call].block;
            if next == block || predecessors[next] != 1 || taken[next] || next == func.entry() {
                break;
            }
            let args = func.block_calls[call].args.clone();
            let params = std::mem::take(&mut func.blocks[next].params);
            for (param, arg) in params.into_iter().zip(args) {
                func.replace_value(param, arg);
            }
            func.blocks[block].insts.pop();
            let moved = std::mem::take(&mut func.blocks[next].insts);
            func.blocks[block].insts.extend(moved);
            gone[next] = true;
            changed = true;
        }
    }
    if changed {
        func.layout.retain(|block| !gone[*block]);
        func.resolve_aliases();
    }
    changed
}

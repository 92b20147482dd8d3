//! Control-flow clean-up: constant branches, threading through empty blocks, merging of straight lines,
//! removal of unreachable blocks, of block parameters that always get the same value.
//!
//! In: a function. Out: the same with fewer blocks; every listed block is reachable.

use crate::manager::FunctionContext;
use lathe_ir::{Block, BlockCall, Entity, EntityMap, Function, Inst, InstData, Opcode, Value, ValueDef};
use smallvec::SmallVec;

/// Runs the pass; whether anything changed.
pub fn run(func: &mut Function, _: &FunctionContext<'_>) -> bool {
    let mut changed = remove_unreachable(func);
    // Each round can uncover more; the number of blocks bounds it, a few rounds are usual.
    for _ in 0..8 {
        let mut again = fold_branches(func);
        again |= thread_empty_blocks(func);
        again |= remove_unreachable(func);
        again |= merge_lines(func);
        again |= drop_equal_arguments(func);
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

/// What the ways into a block pass for one parameter.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Passed {
    Nothing,
    /// This value, or this one and others that are the same constant.
    Same(Value),
    Different,
}

/// Replaces a parameter that every predecessor gives the same value, or itself.
fn drop_equal_arguments(func: &mut Function) -> bool {
    let mut passed: EntityMap<Value, Passed> = EntityMap::filled(Passed::Nothing, func.value_count());
    for block in &func.layout {
        let Some(terminator) = func.terminator(*block) else { continue };
        for call in func.block_calls_of(terminator) {
            let call = &func.block_calls[call];
            for (param, arg) in func.blocks[call.block].params.iter().zip(&call.args) {
                let arg = func.resolve(*arg);
                if arg == *param {
                    continue;
                }
                passed[*param] = match passed[*param] {
                    Passed::Nothing => Passed::Same(arg),
                    Passed::Same(known) if known == arg || same_constant(func, known, arg) => {
                        Passed::Same(known)
                    }
                    _ => Passed::Different,
                };
            }
        }
    }
    let mut dropped: Vec<(Block, usize)> = Vec::new();
    for index in 1..func.layout.len() {
        let block = func.layout[index];
        for number in (0..func.blocks[block].params.len()).rev() {
            let param = func.blocks[block].params[number];
            let Passed::Same(value) = passed[param] else { continue };
            let value = func.resolve(value);
            if value == param {
                continue;
            }
            let constant = func.def_inst(value).map(|inst| *func.inst(inst));
            match constant.filter(|data| is_constant(data.opcode())) {
                Some(data) => {
                    // The constant may stand in one of several predecessors only.
                    let loc = lathe_diag::Loc::NONE;
                    let inst = func.create_inst(data, loc);
                    let place = usize::from(starts_with_pad(func, block));
                    func.blocks[block].insts.insert(place, inst);
                    let result = func.result(inst).expect("constants have a result");
                    func.replace_value(param, result);
                }
                None => func.replace_value(param, value),
            }
            dropped.push((block, number));
        }
    }
    remove_params(func, &dropped);
    !dropped.is_empty()
}

fn is_constant(opcode: Opcode) -> bool {
    matches!(opcode, Opcode::Iconst | Opcode::Fconst | Opcode::Addr | Opcode::SlotAddr)
}

fn same_constant(func: &Function, a: Value, b: Value) -> bool {
    let (Some(a), Some(b)) = (func.def_inst(a), func.def_inst(b)) else { return false };
    func.inst(a) == func.inst(b) && is_constant(func.inst(a).opcode())
}

fn starts_with_pad(func: &Function, block: Block) -> bool {
    func.blocks[block].insts.first().is_some_and(|inst| func.inst(*inst).opcode() == Opcode::LandingPad)
}

/// Removes parameters, given last number first for each block, with their arguments.
fn remove_params(func: &mut Function, dropped: &[(Block, usize)]) {
    if dropped.is_empty() {
        return;
    }
    let mut numbers: EntityMap<Block, SmallVec<[usize; 2]>> =
        EntityMap::filled(SmallVec::new(), func.blocks.len());
    for (block, number) in dropped {
        numbers[*block].push(*number);
        func.blocks[*block].params.remove(*number);
    }
    let mut seen = vec![false; func.block_calls.len()];
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        func.renumber_params(block);
        let Some(terminator) = func.terminator(block) else { continue };
        for call in func.block_calls_of(terminator) {
            if !std::mem::replace(&mut seen[call.index()], true) {
                let call = &mut func.block_calls[call];
                for number in &numbers[call.block] {
                    call.args.remove(*number);
                }
            }
        }
    }
    func.resolve_aliases();
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

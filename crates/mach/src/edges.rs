//! Prepares the IR's control flow for selection and allocation.
//!
//! In: a legal function. Out: the same function without unreachable blocks and without critical edges
//! (an edge from a block with several successors to one with several predecessors), each landing
//! pad with one predecessor, at most one `indirect_jump`; its layout in final order
//! ([`crate::layout`]).
//!
//! Addresses of blocks: a block whose address is taken and that is also reached otherwise gets a
//! trampoline, which is what its address then means ([`EdgePlan::trampolines`]).

use crate::layout::LayoutScratch;
use crate::options::Options;
use lathe_diag::Loc;
use lathe_ir::analysis::ControlFlowGraph;
use lathe_ir::function::SwitchData;
use lathe_ir::{Block, BlockCall, Entity, Function, Inst, InstData, LandingPad, Opcode, Type};
use smallvec::SmallVec;

/// What is known of the prepared blocks; reused from function to function.
#[derive(Debug, Default)]
pub struct EdgePlan {
    /// Loop depth by IR block.
    pub loop_depth: Vec<u8>,
    /// Rarely run, by IR block.
    pub cold: Vec<bool>,
    /// Blocks with a label for their address (trampolines in place of what they stand for), sorted.
    pub named: Vec<Block>,
    /// Blocks with the block that their address means.
    pub trampolines: Vec<(Block, Block)>,
    graph: ControlFlowGraph,
    layout: LayoutScratch,
    predecessors: Vec<u32>,
    /// Blocks that were landing pads of several calls, with what they stop for.
    pads: Vec<(Block, LandingPad)>,
}

/// Prepares a function. See the module's page.
pub fn prepare(func: &mut Function, options: &Options, plan: &mut EdgePlan) {
    plan.trampolines.clear();
    plan.pads.clear();
    drop_unreachable(func, &mut plan.graph);
    fold_equal_branches(func);
    if func.layout.iter().any(|b| ends_with(func, *b, Opcode::IndirectJump)) {
        prepare_indirect_jumps(func, plan);
    }
    find_named(func, plan);
    split_critical_edges(func, plan);
    plan.graph.compute(func);
    plan.layout.order_blocks(func, &plan.graph, options, &mut plan.loop_depth, &mut plan.cold);
}

/// Blocks whose address is taken in code or, being targets of an `indirect_jump`, perhaps in data.
fn find_named(func: &Function, plan: &mut EdgePlan) {
    plan.named.clear();
    for block in &func.layout {
        for inst in &func.blocks[*block].insts {
            if func.inst(*inst).opcode() == Opcode::BlockAddr {
                plan.named.push(func.inst(*inst).block());
            }
        }
        if ends_with(func, *block, Opcode::IndirectJump) {
            func.each_successor(*block, |to| plan.named.push(to));
        }
    }
    for named in &mut plan.named {
        if let Some((_, to)) = plan.trampolines.iter().find(|(from, _)| from == named) {
            *named = *to;
        }
    }
    plan.named.sort_unstable();
    plan.named.dedup();
}

fn ends_with(func: &Function, block: Block, opcode: Opcode) -> bool {
    func.terminator(block).is_some_and(|inst| func.inst(inst).opcode() == opcode)
}

fn drop_unreachable(func: &mut Function, graph: &mut ControlFlowGraph) {
    graph.compute(func);
    if graph.reverse_postorder().len() != func.layout.len() {
        func.layout.retain(|block| graph.is_reachable(*block));
    }
}

/// `br c, b(x), b(x)` is a jump.
fn fold_equal_branches(func: &mut Function) {
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let Some(inst) = func.terminator(block) else { continue };
        if let [Some(then), Some(other)] = func.inst(inst).direct_targets()
            && func.block_calls[then] == func.block_calls[other]
        {
            func.replace_inst(inst, InstData::jump(then));
        }
    }
}

/// Number of edges into each block; the entry has one more.
fn count_predecessors(func: &Function, counts: &mut Vec<u32>) {
    counts.clear();
    counts.resize(func.blocks.len(), 0);
    counts[func.entry().index()] = 1;
    for block in &func.layout {
        func.each_successor(*block, |to| counts[to.index()] += 1);
    }
}

/// One `indirect_jump` for the whole function, each of whose targets it alone reaches.
fn prepare_indirect_jumps(func: &mut Function, plan: &mut EdgePlan) {
    let jumps: Vec<(Block, Inst)> = func
        .layout
        .iter()
        .filter(|b| ends_with(func, **b, Opcode::IndirectJump))
        .filter_map(|b| Some((*b, func.terminator(*b)?)))
        .collect();
    let mut targets: Vec<Block> = Vec::new();
    for (_, inst) in &jumps {
        for call in func.block_calls_of(*inst) {
            targets.push(func.block_calls[call].block);
        }
    }
    targets.sort_unstable();
    targets.dedup();
    let last = if let [(_, only)] = jumps[..] {
        only
    } else {
        let dispatch = func.create_block();
        func.append_block(dispatch);
        let address = func.append_param(dispatch, Type::PTR);
        for (_, inst) in &jumps {
            let from = func.args(*inst)[0];
            let call = func.make_block_call(dispatch, &[from]);
            func.replace_inst(*inst, InstData::jump(call));
        }
        let table = func.switches.push(SwitchData::default());
        func.append_inst(dispatch, InstData::indirect_jump(address, table), Loc::NONE)
    };
    count_predecessors(func, &mut plan.predecessors);
    let shared = jumps.len() > 1;
    let mut calls: Vec<BlockCall> = Vec::new();
    for target in &targets {
        let from_here = u32::from(!shared);
        let block = if plan.predecessors[target.index()] > from_here {
            let trampoline = func.create_block();
            func.append_block(trampoline);
            let call = func.make_block_call(*target, &[]);
            func.append_inst(trampoline, InstData::jump(call), Loc::NONE);
            plan.trampolines.push((*target, trampoline));
            trampoline
        } else {
            *target
        };
        calls.push(func.make_block_call(block, &[]));
    }
    if let [only] = calls[..] {
        func.replace_inst(last, InstData::jump(only));
    } else if let Some(table) = func.inst(last).switch_table() {
        func.switches[table].targets = calls;
    }
}

/// A split edge: target and arguments, and the block made for it.
type Split = (BlockCall, Block);

fn split_critical_edges(func: &mut Function, plan: &mut EdgePlan) {
    count_predecessors(func, &mut plan.predecessors);
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let Some(inst) = func.terminator(block) else { continue };
        let calls = func.block_calls_of(inst);
        if calls.len() < 2 || func.inst(inst).opcode() == Opcode::IndirectJump {
            continue;
        }
        let mut made: SmallVec<[Split; 4]> = SmallVec::new();
        for (position, call) in calls.iter().enumerate() {
            let target = func.block_calls[*call].block;
            // What the terminator itself defines is passed on from a block of its own.
            let passes_own = func.block_calls[*call].args.iter().any(|arg| func.def_inst(*arg) == Some(inst));
            if plan.predecessors[target.index()] < 2 && !passes_own {
                continue;
            }
            let is_unwind =
                position == 1 && matches!(func.inst(inst).opcode(), Opcode::Invoke | Opcode::InvokeIndirect);
            // Cases of a switch with one target share the block in between.
            let same = made.iter().rev().take(64).find(|(other, _)| {
                func.block_calls[*other].block == target
                    && func.block_calls[*other].args == func.block_calls[*call].args
            });
            let between = match same {
                Some((_, between)) if !is_unwind => *between,
                _ => {
                    let copy = func.block_calls.push(func.block_calls[*call].clone());
                    let between = func.create_block();
                    func.append_block(between);
                    if is_unwind {
                        split_unwind(func, between, copy, &mut plan.pads);
                    } else {
                        func.append_inst(between, InstData::jump(copy), func.loc(inst));
                    }
                    made.push((copy, between));
                    between
                }
            };
            func.block_calls[*call].block = between;
            func.block_calls[*call].args.clear();
        }
    }
}

/// A landing pad of its own for one of several `invoke`s that unwind to a block.
fn split_unwind(func: &mut Function, between: Block, call: BlockCall, pads: &mut Vec<(Block, LandingPad)>) {
    let target = func.block_calls[call].block;
    let first = func.blocks[target].insts.first().copied();
    let own = first.filter(|inst| func.inst(*inst).opcode() == Opcode::LandingPad);
    if let Some(inst) = own {
        // The original pad becomes an ordinary block that gets what the pads give as parameters.
        func.blocks[target].insts.remove(0);
        let results: SmallVec<[lathe_ir::Value; 2]> = func.results(inst).collect();
        let pad = func.inst(inst).pad();
        for result in results {
            let param = func.append_param(target, func.ty(result));
            func.replace_value(result, param);
        }
        func.resolve_aliases();
        pads.push((target, pad));
    }
    let pad = pads.iter().rev().find(|(block, _)| *block == target);
    if let Some((_, pad)) = pad {
        let inst = func.append_inst(between, InstData::landing_pad(*pad), Loc::NONE);
        let results: SmallVec<[lathe_ir::Value; 2]> = func.results(inst).collect();
        func.block_calls[call].args.extend(results);
    }
    func.append_inst(between, InstData::jump(call), Loc::NONE);
}

//! The order of blocks.
//!
//! Reverse postorder (definitions come before the blocks that they dominate, which register
//! allocation relies on), made contiguous per loop, likely successors next, rarely run blocks at the
//! end.

use crate::options::{OptLevel, Options};
use lathe_ir::analysis::{ControlFlowGraph, DominatorTree, LoopForest};
use lathe_ir::{Block, Entity, Function, Likelihood, Opcode};

/// Reusable memory.
#[derive(Debug, Default)]
pub struct LayoutScratch {
    dominators: DominatorTree,
    loops: LoopForest,
    order: Vec<Block>,
    items: Vec<(u32, Item)>,
    pending: Vec<Item>,
}

#[derive(Clone, Copy, Debug)]
enum Item {
    Block(Block),
    Loop(u32),
}

impl LayoutScratch {
    /// Orders a function's layout; gives loop depth and coldness by IR block.
    pub fn order_blocks(
        &mut self,
        func: &mut Function,
        graph: &ControlFlowGraph,
        options: &Options,
        loop_depth: &mut Vec<u8>,
        cold: &mut Vec<bool>,
    ) {
        loop_depth.clear();
        loop_depth.resize(func.blocks.len(), 0);
        cold.clear();
        cold.resize(func.blocks.len(), false);
        self.order.clear();
        let rpo = graph.reverse_postorder();
        let number = |b: Block| graph.rpo_number(b).unwrap_or(0);
        let has_loop = rpo.iter().any(|b| graph.succs(*b).iter().any(|s| number(*s) <= number(*b)));
        if has_loop {
            self.dominators.compute(graph);
            self.loops.compute(graph, &self.dominators);
            for block in rpo {
                loop_depth[block.index()] = self.loops.depth(*block).min(255) as u8;
            }
        }
        if has_loop && !self.loops.is_irreducible() {
            self.contiguous_loops(rpo);
        } else {
            self.order.extend_from_slice(rpo);
        }
        self.find_cold(func, graph, cold);
        let moves = |block: &Block| {
            cold[block.index()] && (options.level != OptLevel::None || graph.succs(*block).is_empty())
        };
        func.layout.clear();
        func.layout.extend(self.order.iter().copied().filter(|b| !moves(b)));
        func.layout.extend(self.order.iter().copied().filter(|b| moves(b)));
    }

    /// Reverse postorder with each loop's blocks together.
    fn contiguous_loops(&mut self, rpo: &[Block]) {
        // Items of each loop (and of the top, number 0) in order, then flattened.
        self.items.clear();
        for block in rpo {
            match self.loops.loop_of(*block) {
                None => self.items.push((0, Item::Block(*block))),
                Some(this) => {
                    let id = this.index() as u32 + 1;
                    if self.loops.header(this) == *block {
                        let parent = self.loops.parent(this).map_or(0, |p| p.index() as u32 + 1);
                        self.items.push((parent, Item::Loop(id)));
                    }
                    self.items.push((id, Item::Block(*block)));
                }
            }
        }
        self.items.sort_by_key(|(owner, _)| *owner);
        self.pending.clear();
        self.pending.push(Item::Loop(0));
        while let Some(item) = self.pending.pop() {
            match item {
                Item::Block(block) => self.order.push(block),
                Item::Loop(id) => {
                    let first = self.items.partition_point(|(owner, _)| *owner < id);
                    let end = self.items.partition_point(|(owner, _)| *owner <= id);
                    self.pending.extend(self.items[first..end].iter().rev().map(|(_, item)| *item));
                }
            }
        }
    }

    /// Blocks that end the program or are reached only by unlikely edges and from cold blocks.
    fn find_cold(&self, func: &Function, graph: &ControlFlowGraph, cold: &mut [bool]) {
        let number = |b: Block| graph.rpo_number(b).unwrap_or(u32::MAX);
        for block in graph.reverse_postorder().iter().skip(1) {
            let dies = func.terminator(*block).is_some_and(|inst| {
                matches!(func.inst(inst).opcode(), Opcode::Trap | Opcode::Unreachable | Opcode::Resume)
            });
            let only_cold = graph
                .preds(*block)
                .iter()
                .filter(|pred| number(**pred) < number(*block))
                .all(|pred| cold[pred.index()] || is_unlikely(func, *pred, *block));
            cold[block.index()] = dies || only_cold;
        }
    }
}

/// Whether the edge is one that the branch says is rarely taken.
fn is_unlikely(func: &Function, from: Block, to: Block) -> bool {
    let Some(inst) = func.terminator(from) else { return false };
    let data = func.inst(inst);
    match data.opcode() {
        Opcode::Branch => {
            let targets = data.direct_targets().map(|t| t.map(|call| func.block_calls[call].block));
            match data.likelihood() {
                Likelihood::Likely => targets[1] == Some(to) && targets[0] != Some(to),
                Likelihood::Unlikely => targets[0] == Some(to) && targets[1] != Some(to),
                Likelihood::Unknown => false,
            }
        }
        Opcode::Invoke | Opcode::InvokeIndirect => {
            let calls = func.block_calls_of(inst);
            calls.get(1).is_some_and(|call| func.block_calls[*call].block == to)
        }
        _ => false,
    }
}

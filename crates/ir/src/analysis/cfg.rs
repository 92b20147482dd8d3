//! The control-flow graph: predecessors and successors in flat arrays, and reverse post-order.
//!
//! In: a function's layout and terminators. Out: one entry per edge, so that a block that branches
//! twice to the same target is there twice. A block whose terminator is missing has no successor.

use crate::entity::{Block, Entity};
use crate::function::Function;

/// Predecessors, successors and reverse post-order of a function's blocks.
#[derive(Clone, Default, Debug)]
pub struct ControlFlowGraph {
    succ_start: Vec<u32>,
    succs: Vec<Block>,
    pred_start: Vec<u32>,
    preds: Vec<Block>,
    order: Vec<Block>,
    number: Vec<u32>,
    work: Vec<(Block, u32)>,
}

/// The number of a block that the entry does not reach.
const UNREACHED: u32 = u32::MAX;

impl ControlFlowGraph {
    /// An empty graph.
    pub fn new() -> ControlFlowGraph {
        ControlFlowGraph::default()
    }

    /// The graph of a function.
    pub fn with_function(func: &Function) -> ControlFlowGraph {
        let mut graph = ControlFlowGraph::new();
        graph.compute(func);
        graph
    }

    /// Fills the graph from a function, reusing the allocation.
    pub fn compute(&mut self, func: &Function) {
        let count = func.blocks.len();
        self.succs.clear();
        self.succ_start.clear();
        self.succ_start.resize(count + 1, 0);
        self.pred_start.clear();
        self.pred_start.resize(count + 2, 0);
        // Successors by block id, so that ranges are adjacent; blocks outside the layout have none.
        let mut listed = std::mem::take(&mut self.number);
        listed.clear();
        listed.resize(count, 0);
        for block in &func.layout {
            listed[block.index()] = 1;
        }
        for (index, is_listed) in listed.iter().enumerate() {
            self.succ_start[index] = self.succs.len() as u32;
            if *is_listed != 0 {
                func.each_successor(Block::from_index(index), |to| self.succs.push(to));
            }
        }
        self.succ_start[count] = self.succs.len() as u32;
        self.number = listed;
        self.fill_predecessors(count);
        self.fill_order(func);
    }

    fn fill_predecessors(&mut self, count: usize) {
        // Counting sort: after the second pass `pred_start[b + 1]` is the end of b's range.
        for to in &self.succs {
            self.pred_start[to.index() + 2] += 1;
        }
        for index in 2..count + 2 {
            self.pred_start[index] += self.pred_start[index - 1];
        }
        self.preds.clear();
        self.preds.resize(self.succs.len(), Block::RESERVED);
        for from in 0..count {
            for edge in self.succ_start[from]..self.succ_start[from + 1] {
                let slot = &mut self.pred_start[self.succs[edge as usize].index() + 1];
                self.preds[*slot as usize] = Block::from_index(from);
                *slot += 1;
            }
        }
        self.pred_start.truncate(count + 1);
    }

    fn fill_order(&mut self, func: &Function) {
        self.order.clear();
        self.number.clear();
        self.number.resize(func.blocks.len(), UNREACHED);
        let Some(entry) = func.layout.first().copied() else { return };
        // Depth first, last successor first, so that the reverse has the first successor next.
        self.work.clear();
        self.number[entry.index()] = 0;
        self.work.push((entry, self.succ_start[entry.index() + 1]));
        while let Some((block, next)) = self.work.last_mut() {
            if *next == self.succ_start[block.index()] {
                self.order.push(*block);
                self.work.pop();
                continue;
            }
            *next -= 1;
            let to = self.succs[*next as usize];
            if self.number[to.index()] == UNREACHED {
                self.number[to.index()] = 0;
                self.work.push((to, self.succ_start[to.index() + 1]));
            }
        }
        self.order.reverse();
        for (number, block) in self.order.iter().enumerate() {
            self.number[block.index()] = number as u32;
        }
    }

    /// Number of blocks of the function, unreachable and unlisted ones included.
    pub fn block_count(&self) -> usize {
        self.number.len()
    }

    /// The successors of a block, one per edge, in the terminator's order.
    #[inline]
    pub fn succs(&self, block: Block) -> &[Block] {
        let range = self.succ_start[block.index()] as usize..self.succ_start[block.index() + 1] as usize;
        &self.succs[range]
    }

    /// The predecessors of a block, one per edge; unreachable predecessors included.
    #[inline]
    pub fn preds(&self, block: Block) -> &[Block] {
        let range = self.pred_start[block.index()] as usize..self.pred_start[block.index() + 1] as usize;
        &self.preds[range]
    }

    /// The reachable blocks in reverse post-order, the entry first.
    #[inline]
    pub fn reverse_postorder(&self) -> &[Block] {
        &self.order
    }

    /// The position of a block in reverse post-order; `None` when the entry does not reach it.
    #[inline]
    pub fn rpo_number(&self, block: Block) -> Option<u32> {
        let number = self.number[block.index()];
        (number != UNREACHED).then_some(number)
    }

    /// Whether the entry reaches a block.
    #[inline]
    pub fn is_reachable(&self, block: Block) -> bool {
        self.number[block.index()] != UNREACHED
    }
}

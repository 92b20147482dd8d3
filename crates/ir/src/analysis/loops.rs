//! Natural loops and their nesting.
//!
//! In: the control-flow graph and its dominator tree. Out: loops in pre-order of the nesting forest
//! (an outer loop before those inside it, in reverse post-order of headers), and for each block its
//! innermost loop. A cycle without a block that dominates it (irreducible: C's `goto` into a loop)
//! is no loop here; [`LoopForest::is_irreducible`] says that there is one.

use super::cfg::ControlFlowGraph;
use super::dominators::DominatorTree;
use crate::entity::{Block, Entity};
use std::fmt;

/// A loop of a [`LoopForest`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Loop(pub u32);

impl Entity for Loop {
    #[inline]
    fn from_index(index: usize) -> Loop {
        Loop(index as u32)
    }
    #[inline]
    fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for Loop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "loop{}", self.0)
    }
}

const NONE: u32 = u32::MAX;

#[derive(Clone, Debug)]
struct LoopData {
    header: Block,
    parent: u32,
    depth: u32,
    /// One past the last loop nested in this one, in the forest's order.
    end: u32,
}

/// The loops of a function.
#[derive(Clone, Default, Debug)]
pub struct LoopForest {
    loops: Vec<LoopData>,
    /// By block: its innermost loop.
    innermost: Vec<u32>,
    /// Blocks of loops, by innermost loop; a loop with all that is nested in it is one range.
    blocks: Vec<Block>,
    block_start: Vec<u32>,
    irreducible: bool,
    work: Vec<Block>,
}

impl LoopForest {
    /// An empty forest.
    pub fn new() -> LoopForest {
        LoopForest::default()
    }

    /// The loops of a graph.
    pub fn with_cfg(cfg: &ControlFlowGraph, tree: &DominatorTree) -> LoopForest {
        let mut forest = LoopForest::new();
        forest.compute(cfg, tree);
        forest
    }

    /// Fills in the loops, reusing the allocation.
    pub fn compute(&mut self, cfg: &ControlFlowGraph, tree: &DominatorTree) {
        self.loops.clear();
        self.irreducible = false;
        self.innermost.clear();
        self.innermost.resize(cfg.block_count(), NONE);
        // Inner headers come later in reverse post-order: discover those first.
        let order = cfg.reverse_postorder();
        for header in order.iter().rev() {
            self.discover(cfg, tree, *header);
        }
        self.renumber(order);
        self.sort_blocks(order);
    }

    fn discover(&mut self, cfg: &ControlFlowGraph, tree: &DominatorTree, header: Block) {
        let number = cfg.rpo_number(header);
        self.work.clear();
        for from in cfg.preds(header) {
            if !cfg.is_reachable(*from) {
                continue;
            }
            if tree.dominates(header, *from) {
                self.work.push(*from);
            } else if cfg.rpo_number(*from) >= number {
                self.irreducible = true;
            }
        }
        if self.work.is_empty() {
            return;
        }
        let this = self.loops.len() as u32;
        self.loops.push(LoopData { header, parent: NONE, depth: 0, end: 0 });
        self.innermost_or_outermost(header, this);
        while let Some(block) = self.work.pop() {
            let Some(above) = self.innermost_or_outermost(block, this) else { continue };
            for from in cfg.preds(above) {
                if cfg.is_reachable(*from) {
                    self.work.push(*from);
                }
            }
        }
    }

    /// Puts a block, or the outermost loop around it, into loop `this`. Gives the block whose
    /// predecessors are to be added next; `None` when it was there already.
    fn innermost_or_outermost(&mut self, block: Block, this: u32) -> Option<Block> {
        let mut inner = self.innermost[block.index()];
        if inner == NONE {
            self.innermost[block.index()] = this;
            return Some(block);
        }
        while inner != this && self.loops[inner as usize].parent != NONE {
            inner = self.loops[inner as usize].parent;
        }
        if inner == this {
            return None;
        }
        self.loops[inner as usize].parent = this;
        Some(self.loops[inner as usize].header)
    }

    /// Renumbers the loops so that a loop and those inside it are adjacent, outer first.
    fn renumber(&mut self, order: &[Block]) {
        let count = self.loops.len();
        // Sizes of subtrees; a parent was discovered after its children.
        let mut size = vec![1u32; count];
        for i in 0..count {
            let parent = self.loops[i].parent;
            if parent != NONE {
                size[parent as usize] += size[i];
            }
        }
        let mut next_free = vec![0u32; count];
        let mut new_number = vec![NONE; count];
        let mut next_root = 0;
        // Headers in reverse post-order: every parent before its children.
        for old in (0..count).rev() {
            let parent = self.loops[old].parent;
            let slot = if parent == NONE { &mut next_root } else { &mut next_free[parent as usize] };
            let number = *slot;
            *slot += size[old];
            new_number[old] = number;
            next_free[old] = number + 1;
        }
        let mut renumbered = self.loops.clone();
        for (old, data) in self.loops.iter().enumerate() {
            let number = new_number[old];
            let parent = if data.parent == NONE { NONE } else { new_number[data.parent as usize] };
            renumbered[number as usize] =
                LoopData { header: data.header, parent, depth: 0, end: number + size[old] };
        }
        for i in 0..count {
            let parent = renumbered[i].parent;
            renumbered[i].depth = if parent == NONE { 1 } else { renumbered[parent as usize].depth + 1 };
        }
        self.loops = renumbered;
        for block in order {
            let inner = &mut self.innermost[block.index()];
            if *inner != NONE {
                *inner = new_number[*inner as usize];
            }
        }
    }

    fn sort_blocks(&mut self, order: &[Block]) {
        let count = self.loops.len();
        self.block_start.clear();
        self.block_start.resize(count + 2, 0);
        let in_loop = order.iter().filter(|b| self.innermost[b.index()] != NONE);
        for block in in_loop.clone() {
            self.block_start[self.innermost[block.index()] as usize + 2] += 1;
        }
        for i in 2..count + 2 {
            self.block_start[i] += self.block_start[i - 1];
        }
        self.blocks.clear();
        self.blocks.resize(self.block_start[count + 1] as usize, Block::RESERVED);
        for block in in_loop {
            let slot = &mut self.block_start[self.innermost[block.index()] as usize + 1];
            self.blocks[*slot as usize] = *block;
            *slot += 1;
        }
        self.block_start.truncate(count + 1);
    }

    /// All loops, outer before inner.
    pub fn loops(&self) -> impl DoubleEndedIterator<Item = Loop> + ExactSizeIterator + use<> {
        (0..self.loops.len()).map(Loop::from_index)
    }

    /// Whether there is no loop.
    pub fn is_empty(&self) -> bool {
        self.loops.is_empty()
    }

    /// Whether some cycle has no header that dominates it.
    pub fn is_irreducible(&self) -> bool {
        self.irreducible
    }

    /// The block that every way into the loop passes.
    pub fn header(&self, this: Loop) -> Block {
        self.loops[this.index()].header
    }

    /// The loop around this one.
    pub fn parent(&self, this: Loop) -> Option<Loop> {
        let parent = self.loops[this.index()].parent;
        (parent != NONE).then_some(Loop(parent))
    }

    /// The innermost loop that contains a block.
    #[inline]
    pub fn loop_of(&self, block: Block) -> Option<Loop> {
        let inner = self.innermost[block.index()];
        (inner != NONE).then_some(Loop(inner))
    }

    /// Number of loops around a block; 0 outside loops.
    #[inline]
    pub fn depth(&self, block: Block) -> u32 {
        self.loop_of(block).map_or(0, |l| self.loops[l.index()].depth)
    }

    /// Number of loops around and including this one.
    pub fn loop_depth(&self, this: Loop) -> u32 {
        self.loops[this.index()].depth
    }

    /// Whether `inner` is `outer` or nested in it.
    pub fn is_within(&self, inner: Loop, outer: Loop) -> bool {
        (outer.0..self.loops[outer.index()].end).contains(&inner.0)
    }

    /// Whether a block belongs to the loop or to one nested in it.
    pub fn contains(&self, this: Loop, block: Block) -> bool {
        self.loop_of(block).is_some_and(|inner| self.is_within(inner, this))
    }

    /// The blocks of the loop, nested loops included, the header first.
    pub fn blocks(&self, this: Loop) -> &[Block] {
        let start = self.block_start[this.index()] as usize;
        let end = self.block_start[self.loops[this.index()].end as usize] as usize;
        &self.blocks[start..end]
    }

    /// Whether the edge closes a loop.
    pub fn is_back_edge(&self, from: Block, to: Block) -> bool {
        self.loop_of(to).is_some_and(|l| self.header(l) == to && self.contains(l, from))
    }

    /// The blocks that jump back to the header, one per edge.
    pub fn back_edges<'a>(
        &'a self,
        cfg: &'a ControlFlowGraph,
        this: Loop,
    ) -> impl Iterator<Item = Block> + 'a {
        cfg.preds(self.header(this)).iter().copied().filter(move |from| self.contains(this, *from))
    }

    /// Appends to `out` the edges `(from, to)` that leave the loop.
    pub fn exits(&self, cfg: &ControlFlowGraph, this: Loop, out: &mut Vec<(Block, Block)>) {
        for from in self.blocks(this) {
            let outside = cfg.succs(*from).iter().filter(|to| !self.contains(this, **to));
            out.extend(outside.map(|to| (*from, *to)));
        }
    }
}

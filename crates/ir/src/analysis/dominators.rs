//! Dominator and post-dominator trees, and iterated dominance frontiers.
//!
//! In: a [`ControlFlowGraph`]. Out: immediate dominators, constant-time `dominates`, children.
//! Unreachable blocks are not in the tree.
//!
//! The algorithm is Semi-NCA (Georgiadis, Tarjan, Werneck, "Finding Dominators in Practice", 2006):
//! semidominators with path compression, then nearest common ancestors in depth-first order. The
//! simpler fixed-point iteration is quadratic on long chains of blocks that all branch to one
//! error block, which C programs have.

use super::cfg::ControlFlowGraph;
use crate::entity::{Block, Entity};
use crate::function::Function;
use std::collections::BinaryHeap;

const NONE: u32 = u32::MAX;

/// A dominator tree, or with [`DominatorTree::compute_post`] a post-dominator tree.
#[derive(Clone, Default, Debug)]
pub struct DominatorTree {
    /// By block: the immediate dominator's index; `NONE` for a root and outside the tree.
    idom: Vec<u32>,
    /// By block: first and last number of its subtree in a walk of the tree; `(1, 0)` outside.
    interval: Vec<(u32, u32)>,
    /// By block: depth in the tree.
    level: Vec<u32>,
    child_start: Vec<u32>,
    children: Vec<Block>,
    /// The tree in pre-order.
    preorder: Vec<Block>,
    work: Work,
}

/// Tables of the computation, by depth-first number, kept for the next function.
#[derive(Clone, Default, Debug)]
struct Work {
    number: Vec<u32>,
    vertex: Vec<u32>,
    parent: Vec<u32>,
    ancestor: Vec<u32>,
    label: Vec<u32>,
    semi: Vec<u32>,
    idom: Vec<u32>,
    stack: Vec<(u32, u32)>,
    path: Vec<u32>,
    roots: Vec<u32>,
}

impl DominatorTree {
    /// An empty tree.
    pub fn new() -> DominatorTree {
        DominatorTree::default()
    }

    /// The dominator tree of a function.
    pub fn with_cfg(cfg: &ControlFlowGraph) -> DominatorTree {
        let mut tree = DominatorTree::new();
        tree.compute(cfg);
        tree
    }

    /// Fills in the dominators.
    pub fn compute(&mut self, cfg: &ControlFlowGraph) {
        let mut work = std::mem::take(&mut self.work);
        work.roots.clear();
        work.roots.extend(cfg.reverse_postorder().first().map(|b| b.0));
        self.start(&mut work, cfg.block_count());
        for i in 0..work.roots.len() {
            work.walk(work.roots[i], |b| cfg.succs(Block(b)));
        }
        self.finish(work, |b| cfg.preds(Block(b)));
    }

    /// Fills in the post-dominators: `dominates(a, b)` then says that every way from `b` to the end
    /// passes `a`. The roots are the blocks without successors; for blocks that never reach one
    /// (endless loops) one block of each such region stands as another root. `idom` of a block
    /// whose ways meet only at the end is `None`.
    pub fn compute_post(&mut self, cfg: &ControlFlowGraph) {
        let mut work = std::mem::take(&mut self.work);
        work.roots.clear();
        let ends = cfg.reverse_postorder().iter().filter(|b| cfg.succs(**b).is_empty());
        work.roots.extend(ends.map(|b| b.0));
        self.start(&mut work, cfg.block_count());
        // An unreachable predecessor must not enter the tree; `finish` skips blocks without number.
        for i in 0..work.roots.len() {
            work.walk_reachable(cfg, work.roots[i]);
        }
        for block in cfg.reverse_postorder().iter().rev() {
            if work.number[block.index()] == NONE {
                work.roots.push(block.0);
                work.walk_reachable(cfg, block.0);
            }
        }
        self.finish(work, |b| cfg.succs(Block(b)));
    }

    fn start(&mut self, work: &mut Work, count: usize) {
        work.number.clear();
        work.number.resize(count, NONE);
        work.vertex.clear();
        work.parent.clear();
        // Number 0 is a virtual root above all roots.
        work.vertex.push(NONE);
        work.parent.push(0);
        self.idom.clear();
        self.idom.resize(count, NONE);
    }

    /// Semi-NCA over the depth-first numbers; `entries` gives the edges into a block.
    fn finish<'g>(&mut self, mut work: Work, entries: impl Fn(u32) -> &'g [Block]) {
        let count = work.vertex.len();
        for table in [&mut work.ancestor, &mut work.label, &mut work.semi] {
            table.clear();
            table.extend(0..count as u32);
        }
        work.ancestor.fill(NONE);
        work.idom.clear();
        work.idom.extend_from_slice(&work.parent);
        for w in (1..count as u32).rev() {
            let mut semi = work.parent[w as usize];
            for from in entries(work.vertex[w as usize]) {
                let from = work.number[from.index()];
                if from != NONE {
                    let best = work.eval(from);
                    semi = semi.min(work.semi[best as usize]);
                }
            }
            // The virtual root has an edge to every root.
            if work.parent[w as usize] == 0 {
                semi = 0;
            }
            work.semi[w as usize] = semi;
            work.label[w as usize] = w;
            work.ancestor[w as usize] = work.parent[w as usize];
        }
        for w in 1..count {
            let mut idom = work.idom[w];
            while idom > work.semi[w] {
                idom = work.idom[idom as usize];
            }
            work.idom[w] = idom;
            if idom != 0 {
                self.idom[work.vertex[w] as usize] = work.vertex[idom as usize];
            }
        }
        self.build_tree(&work);
        self.work = work;
    }

    fn build_tree(&mut self, work: &Work) {
        let count = self.idom.len();
        self.child_start.clear();
        self.child_start.resize(count + 2, 0);
        for idom in self.idom.iter().filter(|d| **d != NONE) {
            self.child_start[*idom as usize + 2] += 1;
        }
        for i in 2..count + 2 {
            self.child_start[i] += self.child_start[i - 1];
        }
        let edges = self.child_start[count + 1] as usize;
        self.children.clear();
        self.children.resize(edges, Block::RESERVED);
        // In depth-first order of the graph, so that children come in a stable, useful order.
        for vertex in work.vertex.iter().skip(1) {
            let idom = self.idom[*vertex as usize];
            if idom != NONE {
                let slot = &mut self.child_start[idom as usize + 1];
                self.children[*slot as usize] = Block(*vertex);
                *slot += 1;
            }
        }
        self.child_start.truncate(count + 1);
        self.number_tree(work, count);
    }

    fn number_tree(&mut self, work: &Work, count: usize) {
        self.interval.clear();
        self.interval.resize(count, (1, 0));
        self.level.clear();
        self.level.resize(count, 0);
        self.preorder.clear();
        let mut stack: Vec<u32> = Vec::new();
        for root in work.vertex.iter().skip(1).filter(|v| self.idom[**v as usize] == NONE) {
            stack.push(*root);
            while let Some(block) = stack.pop() {
                let number = self.preorder.len() as u32;
                self.interval[block as usize] = (number, number);
                self.preorder.push(Block(block));
                let idom = self.idom[block as usize];
                if idom != NONE {
                    self.level[block as usize] = self.level[idom as usize] + 1;
                }
                stack.extend(self.children(Block(block)).iter().rev().map(|b| b.0));
            }
        }
        // A subtree ends where its last child's does.
        for i in (0..self.preorder.len()).rev() {
            let block = self.preorder[i].index();
            let last = self.interval[block].1;
            let idom = self.idom[block];
            if idom != NONE {
                let end = &mut self.interval[idom as usize].1;
                *end = (*end).max(last);
            }
        }
    }

    /// The immediate dominator; `None` for a root and for blocks outside the tree.
    #[inline]
    pub fn idom(&self, block: Block) -> Option<Block> {
        let idom = self.idom[block.index()];
        (idom != NONE).then_some(Block(idom))
    }

    /// Whether `a` dominates `b` (every block dominates itself). A block outside the tree is
    /// dominated by nothing and dominates nothing.
    #[inline]
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        let (first, last) = self.interval[a.index()];
        let (at, end) = self.interval[b.index()];
        at <= end && first <= at && at <= last
    }

    /// Whether a block is in the tree.
    #[inline]
    pub fn contains(&self, block: Block) -> bool {
        let (first, last) = self.interval[block.index()];
        first <= last
    }

    /// The blocks that this one immediately dominates.
    #[inline]
    pub fn children(&self, block: Block) -> &[Block] {
        let range = self.child_start[block.index()] as usize..self.child_start[block.index() + 1] as usize;
        &self.children[range]
    }

    /// All blocks of the tree, each before the blocks that it dominates.
    #[inline]
    pub fn preorder(&self) -> &[Block] {
        &self.preorder
    }

    /// Depth in the tree; 0 for a root.
    #[inline]
    pub fn level(&self, block: Block) -> u32 {
        self.level[block.index()]
    }

    /// The nearest block that dominates both, if there is one.
    pub fn common_dominator(&self, mut a: Block, mut b: Block) -> Option<Block> {
        while a != b {
            if self.level(a) < self.level(b) {
                std::mem::swap(&mut a, &mut b);
            }
            a = self.idom(a)?;
        }
        Some(a)
    }
}

impl Work {
    fn walk<'g>(&mut self, root: u32, exits: impl Fn(u32) -> &'g [Block]) {
        self.stack.push((root, 0));
        while let Some((block, parent)) = self.stack.pop() {
            if self.number[block as usize] != NONE {
                continue;
            }
            let number = self.vertex.len() as u32;
            self.number[block as usize] = number;
            self.vertex.push(block);
            self.parent.push(parent);
            for to in exits(block).iter().rev() {
                if self.number[to.index()] == NONE {
                    self.stack.push((to.0, number));
                }
            }
        }
    }

    /// Walks edges backwards, through reachable blocks only.
    fn walk_reachable(&mut self, cfg: &ControlFlowGraph, root: u32) {
        self.stack.push((root, 0));
        while let Some((block, parent)) = self.stack.pop() {
            if self.number[block as usize] != NONE {
                continue;
            }
            let number = self.vertex.len() as u32;
            self.number[block as usize] = number;
            self.vertex.push(block);
            self.parent.push(parent);
            for from in cfg.preds(Block(block)).iter().rev() {
                if cfg.is_reachable(*from) && self.number[from.index()] == NONE {
                    self.stack.push((from.0, number));
                }
            }
        }
    }

    /// The vertex of least semidominator on the way up to the linked forest's root, with path
    /// compression.
    fn eval(&mut self, v: u32) -> u32 {
        if self.ancestor[v as usize] == NONE {
            return self.label[v as usize];
        }
        let mut at = v;
        self.path.clear();
        while self.ancestor[self.ancestor[at as usize] as usize] != NONE {
            self.path.push(at);
            at = self.ancestor[at as usize];
        }
        while let Some(below) = self.path.pop() {
            let above = self.ancestor[below as usize];
            let (low, high) = (self.label[below as usize], self.label[above as usize]);
            if self.semi[high as usize] < self.semi[low as usize] {
                self.label[below as usize] = high;
            }
            self.ancestor[below as usize] = self.ancestor[above as usize];
        }
        self.label[v as usize]
    }
}

/// Iterated dominance frontiers (Sreedhar and Gao, "A Linear Time Algorithm for Placing φ-Nodes",
/// 1995): the blocks that need a parameter when a variable is assigned in some blocks. Keeps its
/// tables from one variable to the next.
#[derive(Clone, Default, Debug)]
pub struct IteratedFrontier {
    mark: Vec<u32>,
    round: u32,
    queue: BinaryHeap<(u32, u32)>,
    stack: Vec<Block>,
}

impl IteratedFrontier {
    /// Without tables yet.
    pub fn new() -> IteratedFrontier {
        IteratedFrontier::default()
    }

    /// Appends to `out` the iterated dominance frontier of `definitions`; only blocks for which
    /// `is_live` holds are wanted (`|_| true` for all).
    pub fn compute(
        &mut self,
        cfg: &ControlFlowGraph,
        tree: &DominatorTree,
        definitions: &[Block],
        mut is_live: impl FnMut(Block) -> bool,
        out: &mut Vec<Block>,
    ) {
        // Three marks per block: queued, visited, in the result.
        self.mark.resize(cfg.block_count() * 3, 0);
        self.round += 1;
        let round = self.round;
        let set = |mark: &mut Vec<u32>, block: Block, kind: usize| {
            let slot = &mut mark[block.index() * 3 + kind];
            std::mem::replace(slot, round) != round
        };
        for block in definitions {
            if tree.contains(*block) && set(&mut self.mark, *block, 0) {
                self.queue.push((tree.level(*block), block.0));
            }
        }
        while let Some((level, root)) = self.queue.pop() {
            set(&mut self.mark, Block(root), 1);
            self.stack.push(Block(root));
            while let Some(block) = self.stack.pop() {
                for to in cfg.succs(block) {
                    let is_join = tree.idom(*to) != Some(block) && tree.level(*to) <= level;
                    if !is_join || !set(&mut self.mark, *to, 2) || !is_live(*to) {
                        continue;
                    }
                    out.push(*to);
                    if set(&mut self.mark, *to, 0) {
                        self.queue.push((tree.level(*to), to.0));
                    }
                }
                for child in tree.children(block) {
                    if set(&mut self.mark, *child, 1) {
                        self.stack.push(*child);
                    }
                }
            }
        }
    }
}

/// The position of each instruction in its block, for dominance between instructions.
#[derive(Clone, Default, Debug)]
pub struct InstPositions {
    place: Vec<(Block, u32)>,
}

impl InstPositions {
    /// Fills in the places of all listed instructions.
    pub fn compute(&mut self, func: &Function) {
        self.place.clear();
        self.place.resize(func.inst_count(), (Block::RESERVED, 0));
        for block in &func.layout {
            for (at, inst) in func.blocks[*block].insts.iter().enumerate() {
                self.place[inst.index()] = (*block, at as u32);
            }
        }
    }

    /// Block and position of an instruction; `None` when it is in no listed block.
    #[inline]
    pub fn place(&self, inst: crate::entity::Inst) -> Option<(Block, u32)> {
        self.place.get(inst.index()).copied().filter(|(block, _)| block.is_some())
    }
}

//! Dominators, post-dominators, frontiers and loops against their definitions on random graphs.

use lathe_ir::analysis::{ControlFlowGraph, DominatorTree, IteratedFrontier, LoopForest};
use lathe_ir::{Block, Entity, Function, FunctionBuilder, Signature, Symbol, Type};

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % n
    }
}

/// A function of `count` blocks with random branches; block 0 is the entry.
fn random_function(random: &mut Random, count: usize) -> Function {
    let mut func = Function::new(Symbol(0), Signature::new(&[Type::I32], &[]));
    let entry = func.create_entry();
    let mut b = FunctionBuilder::at_end(&mut func, entry);
    let value = b.param(0);
    for _ in 1..count {
        b.create_block();
    }
    for block in (0..count).map(Block::from_index) {
        b.switch_to(block);
        let mut target = || Block::from_index(1 + random.below(count - 1));
        let (x, y) = (target(), target());
        match random.below(5) {
            0 => b.ret(&[]),
            1 => b.jump(x, &[]),
            _ => b.branch(value, x, &[], y, &[]),
        };
    }
    func
}

/// Blocks reached from `start` without entering `avoid`.
fn reach(cfg: &ControlFlowGraph, start: Block, avoid: Option<Block>) -> Vec<bool> {
    let mut seen = vec![false; cfg.block_count()];
    let mut stack = vec![start];
    while let Some(block) = stack.pop() {
        if Some(block) != avoid && !std::mem::replace(&mut seen[block.index()], true) {
            stack.extend_from_slice(cfg.succs(block));
        }
    }
    seen
}

#[test]
fn dominators_by_definition() {
    let mut random = Random(0x1234_5678_9abc_def1);
    for round in 0..300 {
        let count = 2 + round % 12;
        let func = random_function(&mut random, count);
        let cfg = ControlFlowGraph::with_function(&func);
        let tree = DominatorTree::with_cfg(&cfg);
        let all = reach(&cfg, Block(0), None);
        for a in (0..count).map(Block::from_index) {
            assert_eq!(cfg.is_reachable(a), all[a.index()]);
            let without = reach(&cfg, Block(0), Some(a));
            for b in (0..count).map(Block::from_index) {
                let expected = all[a.index()] && all[b.index()] && !without[b.index()];
                assert_eq!(tree.dominates(a, b), expected, "{a} {b} in round {round}");
            }
        }
        loops_by_definition(&cfg, &tree);
        frontiers_by_definition(&cfg, &tree, &mut random);
    }
}

#[test]
fn post_dominators_by_definition() {
    let mut random = Random(0x9876_5432_1234_5671);
    for round in 0..300 {
        let count = 2 + round % 12;
        let func = random_function(&mut random, count);
        let cfg = ControlFlowGraph::with_function(&func);
        let mut tree = DominatorTree::new();
        tree.compute_post(&cfg);
        let all = reach(&cfg, Block(0), None);
        let blocks = || (0..count).map(Block::from_index).filter(|b| all[b.index()]);
        let ends = |seen: &[bool]| blocks().any(|b| seen[b.index()] && cfg.succs(b).is_empty());
        if blocks().any(|b| !ends(&reach(&cfg, b, None))) {
            continue; // With endless loops the roots are a matter of choice.
        }
        for a in blocks() {
            for b in blocks() {
                let expected = a == b || !ends(&reach(&cfg, b, Some(a)));
                assert_eq!(tree.dominates(a, b), expected, "{a} {b} in round {round}");
            }
        }
    }
}

fn loops_by_definition(cfg: &ControlFlowGraph, tree: &DominatorTree) {
    let forest = LoopForest::with_cfg(cfg, tree);
    let blocks = || (0..cfg.block_count()).map(Block::from_index).filter(|b| cfg.is_reachable(*b));
    let mut headers = 0;
    for header in blocks() {
        let latches: Vec<Block> =
            cfg.preds(header).iter().copied().filter(|p| tree.dominates(header, *p)).collect();
        if latches.is_empty() {
            continue;
        }
        headers += 1;
        let this = forest.loops().find(|l| forest.header(*l) == header).expect("the loop is known");
        // In the loop: reaches a latch without the header, and is dominated by it.
        for block in blocks() {
            let inside = block == header
                || tree.dominates(header, block)
                    && latches.iter().any(|l| reach(cfg, block, Some(header))[l.index()]);
            assert_eq!(forest.contains(this, block), inside, "{block} in the loop of {header}");
            assert_eq!(forest.blocks(this).contains(&block), inside);
        }
        assert_eq!(forest.blocks(this)[0], header);
        assert_eq!(forest.back_edges(cfg, this).count(), latches.len());
    }
    assert_eq!(forest.loops().len(), headers);
    for block in blocks() {
        let depth = forest.loops().filter(|l| forest.contains(*l, block)).count();
        assert_eq!(forest.depth(block) as usize, depth);
    }
}

fn frontiers_by_definition(cfg: &ControlFlowGraph, tree: &DominatorTree, random: &mut Random) {
    let count = cfg.block_count();
    let definitions = vec![Block::from_index(random.below(count)), Block::from_index(random.below(count))];
    let mut found = Vec::new();
    IteratedFrontier::new().compute(cfg, tree, &definitions, |_| true, &mut found);
    // The fixed point of "dominates a predecessor but not strictly the block".
    let mut set: Vec<Block> = definitions.iter().copied().filter(|b| cfg.is_reachable(*b)).collect();
    let mut expected: Vec<Block> = Vec::new();
    let mut next = 0;
    while next < set.len() {
        let from = set[next];
        next += 1;
        for to in (0..count).map(Block::from_index) {
            let strictly = from != to && tree.dominates(from, to);
            if cfg.preds(to).iter().any(|p| tree.dominates(from, *p)) && !strictly && !expected.contains(&to)
            {
                expected.push(to);
                set.push(to);
            }
        }
    }
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn long_chains_stay_linear() {
    // 100,000 blocks that all may leave to one error block; then a nest of loops as deep.
    for nested in [false, true] {
        let mut func = Function::new(Symbol(0), Signature::new(&[Type::I32], &[]));
        let entry = func.create_entry();
        let mut b = FunctionBuilder::at_end(&mut func, entry);
        let value = b.param(0);
        let blocks: Vec<Block> = (0..100_000).map(|_| b.create_block()).collect();
        let exit = b.create_block();
        b.jump(blocks[0], &[]);
        for (i, block) in blocks.iter().enumerate() {
            b.switch_to(*block);
            let next = blocks.get(i + 1).copied().unwrap_or(exit);
            let half = blocks.len() / 2;
            let other = if nested && i >= half { blocks[blocks.len() - 1 - i] } else { exit };
            b.branch(value, next, &[], other, &[]);
        }
        b.switch_to(exit);
        b.ret(&[]);
        let cfg = ControlFlowGraph::with_function(&func);
        let tree = DominatorTree::with_cfg(&cfg);
        let mut post = DominatorTree::new();
        post.compute_post(&cfg);
        assert!(post.dominates(exit, entry));
        let forest = LoopForest::with_cfg(&cfg, &tree);
        assert_eq!(forest.loops().len(), if nested { 50_000 } else { 0 });
    }
}

//! What the loop passes share: entrances, where values are defined, and the pass that makes entrances.
//!
//! An entrance is the block in front of a loop's header: the header's only predecessor outside the loop,
//! and it only jumps there. Code that moves out of a loop goes to its end. The pass `loops` gives every
//! loop one; blocks that stay empty go again with `cfg`.

use crate::manager::FunctionContext;
use lathe_ir::analysis::{ControlFlowGraph, DominatorTree, Loop, LoopForest};
use lathe_ir::{Block, Entity, Function, Inst, InstData, Opcode, Value, ValueDef};

/// The loops of a function, with what is needed to ask where something is.
pub(crate) struct Loops {
    pub(crate) cfg: ControlFlowGraph,
    pub(crate) tree: DominatorTree,
    pub(crate) forest: LoopForest,
    /// The block that holds each instruction.
    home: Vec<Option<Block>>,
}

impl Loops {
    /// The loops of a function; `None` when there are none, or cycles that are no loops.
    pub(crate) fn find(func: &Function) -> Option<Loops> {
        let cfg = ControlFlowGraph::with_function(func);
        let order = cfg.reverse_postorder();
        let number = |block: Block| cfg.rpo_number(block);
        if !order.iter().any(|b| cfg.succs(*b).iter().any(|to| number(*to) <= number(*b))) {
            return None;
        }
        let tree = DominatorTree::with_cfg(&cfg);
        let forest = LoopForest::with_cfg(&cfg, &tree);
        if forest.is_empty() || forest.is_irreducible() {
            return None;
        }
        let mut loops = Loops { cfg, tree, forest, home: vec![None; func.inst_count()] };
        for block in &func.layout {
            for inst in &func.blocks[*block].insts {
                loops.set_home(*inst, *block);
            }
        }
        Some(loops)
    }

    /// Notes where an instruction is now.
    pub(crate) fn set_home(&mut self, inst: Inst, block: Block) {
        if self.home.len() <= inst.index() {
            self.home.resize(inst.index() + 1, None);
        }
        self.home[inst.index()] = Some(block);
    }

    /// The block in which an instruction is.
    pub(crate) fn home(&self, inst: Inst) -> Option<Block> {
        self.home.get(inst.index()).copied().flatten()
    }

    /// The block in which a value is defined.
    pub(crate) fn block_of(&self, func: &Function, value: Value) -> Option<Block> {
        match func.def(func.resolve(value)) {
            ValueDef::Result(inst, _) => self.home(inst),
            ValueDef::Param(block, _) => Some(block),
            ValueDef::Alias(_) | ValueDef::Detached => None,
        }
    }

    /// Whether a value is the same in all rounds of a loop because it is defined outside of it.
    pub(crate) fn is_outside(&self, func: &Function, this: Loop, value: Value) -> bool {
        self.block_of(func, value).is_some_and(|block| !self.forest.contains(this, block))
    }

    /// Number of loops around `block` in which a value is defined: 0 when it is the same in all rounds of all
    /// of them.
    pub(crate) fn level_in(&self, func: &Function, block: Block, value: Value) -> u32 {
        let Some(home) = self.block_of(func, value) else { return u32::MAX };
        let mut at = self.forest.loop_of(block);
        while let Some(this) = at {
            if self.forest.contains(this, home) {
                return self.forest.loop_depth(this);
            }
            at = self.forest.parent(this);
        }
        0
    }

    /// The block in front of a loop, if there is one.
    pub(crate) fn entrance(&self, func: &Function, this: Loop) -> Option<Block> {
        let header = self.forest.header(this);
        let mut outer = self.cfg.preds(header).iter().filter(|from| !self.forest.contains(this, **from));
        let (only, None) = (*outer.next()?, outer.next()) else { return None };
        let inst = func.terminator(only)?;
        (func.inst(inst).opcode() == Opcode::Jump && header != func.entry()).then_some(only)
    }
}

/// Gives every loop an entrance; whether anything changed.
pub fn run(func: &mut Function, _: &FunctionContext<'_>) -> bool {
    let Some(loops) = Loops::find(func) else { return false };
    let mut changed = false;
    for this in loops.forest.loops() {
        let header = loops.forest.header(this);
        if header != func.entry() && loops.entrance(func, this).is_none() {
            changed |= add_entrance(func, &loops, this);
        }
    }
    changed
}

fn add_entrance(func: &mut Function, loops: &Loops, this: Loop) -> bool {
    let header = loops.forest.header(this);
    let mut outer: Vec<Block> = loops.cfg.preds(header).to_vec();
    outer.retain(|from| !loops.forest.contains(this, *from));
    outer.dedup();
    let can_split = outer.iter().all(|from| {
        func.terminator(*from).is_some_and(|inst| {
            matches!(func.inst(inst).opcode(), Opcode::Jump | Opcode::Branch | Opcode::Switch)
        })
    });
    if !can_split || outer.is_empty() {
        return false;
    }
    let block = func.create_block();
    let mut calls = Vec::new();
    for from in outer {
        let Some(terminator) = func.terminator(from) else { continue };
        calls.extend(
            func.block_calls_of(terminator).into_iter().filter(|c| func.block_calls[*c].block == header),
        );
    }
    calls.sort_unstable();
    calls.dedup();
    let args: Vec<Value> = if let [only] = calls[..] {
        std::mem::take(&mut func.block_calls[only].args).to_vec()
    } else {
        let types: Vec<_> = func.blocks[header].params.iter().map(|param| func.ty(*param)).collect();
        types.into_iter().map(|ty| func.append_param(block, ty)).collect()
    };
    for call in calls {
        func.block_calls[call].block = block;
    }
    let target = func.make_block_call(header, &args);
    let loc = func.terminator(header).map_or(lathe_diag::Loc::NONE, |inst| func.loc(inst));
    func.append_inst(block, InstData::jump(target), loc);
    let position = func.layout.iter().position(|b| *b == header).unwrap_or(func.layout.len());
    func.layout.insert(position, block);
    true
}

/// Puts an instruction at the end of a block, in front of its terminator.
pub(crate) fn insert_before_end(func: &mut Function, loops: &mut Loops, block: Block, inst: Inst) {
    let end = func.blocks[block].insts.len().saturating_sub(1);
    func.blocks[block].insts.insert(end, inst);
    loops.set_home(inst, block);
}

/// What a block passes for parameter `number` of a block that it leads to, one per edge.
pub(crate) fn arguments(
    func: &Function,
    from: Block,
    to: Block,
    number: usize,
) -> impl Iterator<Item = Value> + use<'_> {
    let calls = func.terminator(from).map(|inst| func.block_calls_of(inst)).unwrap_or_default();
    calls.into_iter().filter_map(move |call| {
        let call = &func.block_calls[call];
        (call.block == to).then(|| func.resolve(call.args[number]))
    })
}

/// Adds an argument to every edge between two blocks.
pub(crate) fn add_argument(func: &mut Function, from: Block, to: Block, value: Value) {
    let Some(inst) = func.terminator(from) else { return };
    let mut calls = func.block_calls_of(inst);
    calls.sort_unstable();
    calls.dedup();
    for call in calls {
        let call = &mut func.block_calls[call];
        if call.block == to {
            call.args.push(value);
        }
    }
}

//! Loads and stores of promoted parts become values; block parameters join them.

use super::partition::{Part, Parts};
use lathe_ir::analysis::{ControlFlowGraph, DominatorTree, IteratedFrontier};
use lathe_ir::{Block, DebugVariable, EntityMap, Function, Inst, InstData, Opcode, StackSlot, Type, Value};

/// What an instruction does with a part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Touch {
    Load(usize),
    Store(usize),
    /// The life of a slot begins: what its parts held before is unknown.
    Begin(StackSlot),
    /// Another mark of a slot that is promoted whole.
    Mark,
    None,
}

struct Renamer<'f> {
    func: &'f mut Function,
    parts: &'f Parts,
    /// By block: which parts have a parameter, with it.
    params: EntityMap<Block, Vec<(usize, Value)>>,
    /// The value of each part at the current point.
    current: Vec<Option<Value>>,
    /// What `current` was before, to go back up the dominator tree.
    undo: Vec<(usize, Option<Value>)>,
    undefined: Vec<(Type, Value)>,
    /// The `undef` instructions, for the start of the entry.
    pending: Vec<Inst>,
    /// Parts that stay in memory: a join would need a parameter where an indirect jump arrives.
    dropped: Vec<bool>,
    /// The source variable of a slot that is one part.
    variables: EntityMap<StackSlot, Option<DebugVariable>>,
}

/// Promotes all parts.
pub(super) fn rename(func: &mut Function, parts: &Parts) {
    let cfg = ControlFlowGraph::with_function(func);
    let tree = DominatorTree::with_cfg(&cfg);
    let blocks = func.blocks.len();
    let slots = func.slots.len();
    let mut renamer = Renamer {
        func,
        parts,
        params: EntityMap::filled(Vec::new(), blocks),
        current: vec![None; parts.parts.len()],
        undo: Vec::new(),
        undefined: Vec::new(),
        pending: Vec::new(),
        dropped: vec![false; parts.parts.len()],
        variables: EntityMap::filled(None, slots),
    };
    // Code that is never reached has no place in the tree.
    let reachable: Vec<Block> =
        renamer.func.layout.iter().copied().filter(|b| cfg.is_reachable(*b)).collect();
    renamer.func.layout = reachable;
    renamer.find_variables();
    renamer.place_params(&cfg, &tree);
    renamer.walk(&cfg, &tree);
    let entry = renamer.func.entry();
    let pending = std::mem::take(&mut renamer.pending);
    renamer.func.blocks[entry].insts.splice(0..0, pending);
    renamer.func.resolve_aliases();
    for (slot, _) in parts.whole.iter() {
        if renamer.is_gone(slot) {
            renamer.func.slots[slot].size = 0;
            renamer.func.slots[slot].align = 1;
        }
    }
}

impl Renamer<'_> {
    fn touch(&self, inst: Inst) -> Touch {
        let data = self.func.inst(inst);
        let address = match data.opcode() {
            Opcode::Load => data.inline_args()[0],
            Opcode::Store => data.inline_args()[1],
            Opcode::LifetimeStart => return Touch::Begin(data.stack_slot()),
            Opcode::DebugSlot | Opcode::LifetimeEnd => {
                return if self.is_gone(data.stack_slot()) { Touch::Mark } else { Touch::None };
            }
            _ => return Touch::None,
        };
        let address = self.func.resolve(address);
        let Some((slot, at)) = self.parts.addresses.get(address).copied().flatten() else {
            return Touch::None;
        };
        let part = at
            .checked_add(i64::from(data.offset()))
            .and_then(|n| u64::try_from(n).ok())
            .and_then(|offset| self.parts.find(slot, offset));
        match (part.filter(|part| !self.dropped[*part]), data.opcode()) {
            (Some(part), Opcode::Load) => Touch::Load(part),
            (Some(part), _) => Touch::Store(part),
            (None, _) => {
                debug_assert!(!self.is_gone(slot), "an access of a promoted slot has no part");
                Touch::None
            }
        }
    }

    /// Whether nothing of a slot stays in memory.
    fn is_gone(&self, slot: StackSlot) -> bool {
        self.parts.whole[slot] && !self.parts.numbers(slot).any(|part| self.dropped[part])
    }

    fn find_variables(&mut self) {
        for block in &self.func.layout {
            for inst in &self.func.blocks[*block].insts {
                let data = self.func.inst(*inst);
                if data.opcode() == Opcode::DebugSlot {
                    self.variables[data.stack_slot()] = Some(data.debug_variable());
                }
            }
        }
    }

    /// Decides which blocks get a parameter for which part.
    fn place_params(&mut self, cfg: &ControlFlowGraph, tree: &DominatorTree) {
        let count = self.parts.parts.len();
        let mut definitions: Vec<Vec<Block>> = vec![Vec::new(); count];
        let mut exposed: Vec<Vec<Block>> = vec![Vec::new(); count];
        for block in &self.func.layout {
            for inst in &self.func.blocks[*block].insts {
                match self.touch(*inst) {
                    Touch::Store(part) if definitions[part].last() != Some(block) => {
                        definitions[part].push(*block);
                    }
                    Touch::Begin(slot) => {
                        for part in self.parts.numbers(slot) {
                            if definitions[part].last() != Some(block) {
                                definitions[part].push(*block);
                            }
                        }
                    }
                    Touch::Load(part)
                        if definitions[part].last() != Some(block) && exposed[part].last() != Some(block) =>
                    {
                        exposed[part].push(*block);
                    }
                    _ => {}
                }
            }
        }
        let mut frontier = IteratedFrontier::new();
        let mut live: EntityMap<Block, u32> = EntityMap::filled(0, self.func.blocks.len());
        let mut defined: EntityMap<Block, u32> = EntityMap::filled(0, self.func.blocks.len());
        let mut joins = Vec::new();
        for part in 0..count {
            if exposed[part].is_empty() {
                continue;
            }
            let stamp = part as u32 + 1;
            for block in &definitions[part] {
                defined[*block] = stamp;
            }
            live_in(cfg, &exposed[part], &defined, &mut live, stamp);
            joins.clear();
            frontier.compute(cfg, tree, &definitions[part], |b| live[b] == stamp, &mut joins);
            let unreachable_by_edges = |block: &Block| {
                cfg.preds(*block).iter().any(|pred| {
                    self.func
                        .terminator(*pred)
                        .is_some_and(|t| self.func.inst(t).opcode() == Opcode::IndirectJump)
                })
            };
            if joins.iter().any(unreachable_by_edges) {
                self.dropped[part] = true;
                continue;
            }
            let ty = self.parts.parts[part].ty;
            for block in &joins {
                let value = self.func.append_param(*block, ty);
                self.params[*block].push((part, value));
            }
        }
    }

    /// Walks the dominator tree, replacing loads and dropping stores.
    fn walk(&mut self, cfg: &ControlFlowGraph, tree: &DominatorTree) {
        enum Step {
            Enter(Block),
            Leave(usize),
        }
        let mut steps = vec![Step::Enter(self.func.entry())];
        while let Some(step) = steps.pop() {
            match step {
                Step::Enter(block) => {
                    steps.push(Step::Leave(self.undo.len()));
                    self.block(block);
                    self.arguments(block, cfg);
                    steps.extend(tree.children(block).iter().rev().map(|child| Step::Enter(*child)));
                }
                Step::Leave(mark) => {
                    while self.undo.len() > mark {
                        let (part, value) = self.undo.pop().expect("longer than the mark");
                        self.current[part] = value;
                    }
                }
            }
        }
    }

    fn set(&mut self, part: usize, value: Value) {
        self.undo.push((part, self.current[part]));
        self.current[part] = Some(value);
    }

    fn block(&mut self, block: Block) {
        let insts = std::mem::take(&mut self.func.blocks[block].insts);
        let mut out = Vec::with_capacity(insts.len());
        for (part, value) in self.params[block].clone() {
            self.set(part, value);
            self.note_variable(part, value, None, &mut out);
        }
        // A landing pad stays first in its block: notes go behind it.
        let has_pad = insts.first().is_some_and(|i| self.func.inst(*i).opcode() == Opcode::LandingPad);
        let notes = if has_pad { std::mem::take(&mut out) } else { Vec::new() };
        for (position, inst) in insts.into_iter().enumerate() {
            match self.touch(inst) {
                Touch::None => out.push(inst),
                Touch::Mark => {}
                Touch::Begin(slot) => {
                    for part in self.parts.numbers(slot) {
                        self.undo.push((part, self.current[part]));
                        self.current[part] = None;
                    }
                    if !self.is_gone(slot) {
                        out.push(inst);
                    }
                }
                Touch::Load(part) => {
                    let value = self.read(part);
                    let wanted = self.func.inst(inst).ty();
                    let value = self.convert(value, wanted, inst, &mut out);
                    let result = self.func.result(inst).expect("loads have a result");
                    self.func.replace_value(result, value);
                }
                Touch::Store(part) => {
                    let value = self.func.inst(inst).inline_args()[0];
                    let value = self.func.resolve(value);
                    let value = self.convert(value, self.parts.parts[part].ty, inst, &mut out);
                    self.set(part, value);
                    self.note_variable(part, value, Some(inst), &mut out);
                }
            }
            if position == 0 && has_pad {
                out.extend(notes.iter().copied());
            }
        }
        self.func.blocks[block].insts = out;
    }

    /// The value of a part here; unknown before the first store.
    fn read(&mut self, part: usize) -> Value {
        if let Some(value) = self.current[part] {
            return self.func.resolve(value);
        }
        let ty = self.parts.parts[part].ty;
        if let Some((_, value)) = self.undefined.iter().find(|(t, _)| *t == ty) {
            return *value;
        }
        let inst = self.func.create_inst(InstData::nullary(Opcode::Undef, ty), lathe_diag::Loc::NONE);
        let value = self.func.result(inst).expect("undef has a result");
        self.undefined.push((ty, value));
        // The entry's own list may be in the middle of being rebuilt: they are put in at the end.
        self.pending.push(inst);
        value
    }

    fn convert(&mut self, value: Value, to: Type, like: Inst, out: &mut Vec<Inst>) -> Value {
        let from = self.func.ty(value);
        if from == to {
            return value;
        }
        let loc = self.func.loc(like);
        let mut step = |func: &mut Function, opcode: Opcode, ty: Type, value: Value| {
            let inst = func.create_inst(InstData::unary(opcode, ty, value), loc);
            out.push(inst);
            func.result(inst).expect("conversions have a result")
        };
        let int = |ty: Type| match ty.is_ptr() {
            true => Type::I64,
            false => ty,
        };
        match (from.is_ptr(), to.is_ptr()) {
            (true, false) if to.is_int() => step(self.func, Opcode::PtrToInt, to, value),
            (false, true) if from.is_int() => step(self.func, Opcode::IntToPtr, to, value),
            (true, false) => {
                let value = step(self.func, Opcode::PtrToInt, int(from), value);
                step(self.func, Opcode::Bitcast, to, value)
            }
            (false, true) => {
                let value = step(self.func, Opcode::Bitcast, int(to), value);
                step(self.func, Opcode::IntToPtr, to, value)
            }
            _ => step(self.func, Opcode::Bitcast, to, value),
        }
    }

    /// Gives the parameters of the successors their arguments.
    fn arguments(&mut self, block: Block, cfg: &ControlFlowGraph) {
        if cfg.succs(block).iter().all(|next| self.params[*next].is_empty()) {
            return;
        }
        let Some(terminator) = self.func.terminator(block) else { return };
        for call in self.func.block_calls_of(terminator) {
            let target = self.func.block_calls[call].block;
            // A target that the terminator names twice with one call is filled in once.
            let wanted = self.func.blocks[target].params.len();
            if self.func.block_calls[call].args.len() >= wanted {
                continue;
            }
            for index in 0..self.params[target].len() {
                let (part, _) = self.params[target][index];
                let value = self.read(part);
                self.func.block_calls[call].args.push(value);
            }
        }
    }

    /// Tells the debugger where the variable of a one-part slot is now.
    fn note_variable(&mut self, part: usize, value: Value, like: Option<Inst>, out: &mut Vec<Inst>) {
        let Part { slot, offset, .. } = self.parts.parts[part];
        let Some(variable) = self.variables[slot].filter(|_| offset == 0) else { return };
        let loc = like.map_or(lathe_diag::Loc::NONE, |inst| self.func.loc(inst));
        out.push(self.func.create_inst(InstData::debug_value(value, variable), loc));
    }
}

/// Marks the blocks at whose start a part's value matters.
fn live_in(
    cfg: &ControlFlowGraph,
    exposed: &[Block],
    defined: &EntityMap<Block, u32>,
    live: &mut EntityMap<Block, u32>,
    stamp: u32,
) {
    let mut work: Vec<Block> = exposed.to_vec();
    while let Some(block) = work.pop() {
        if std::mem::replace(&mut live[block], stamp) == stamp {
            continue;
        }
        work.extend(cfg.preds(block).iter().copied().filter(|p| defined[*p] != stamp));
    }
}

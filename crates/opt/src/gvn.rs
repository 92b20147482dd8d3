//! Value numbering over the dominator tree, with simplification, constant and copy propagation, and
//! forwarding of loads and stores.
//!
//! One walk in dominator-tree order. Each instruction is simplified ([`crate::rewrite`]), then looked up: an equal
//! one that dominates it stands for it. Equal means the same opcode, promises, type and operands.
//!
//! Memory: within a block, and on into a block with that one as its only predecessor, what was stored or
//! loaded at an address is remembered. Two addresses that are offsets of one base overlap or not by
//! arithmetic; distinct objects (slots, symbols) never overlap; everything else may.

use crate::alias::{self, Base, Place};
use crate::manager::FunctionContext;
use crate::rewrite::{self, Simpler};
use lathe_ir::analysis::{ControlFlowGraph, DominatorTree};
use lathe_ir::{Block, EntityMap, Flags, Format, Function, Inst, InstData, Opcode, StackSlot, Type, Value};
use lathe_target::DataLayout;
use rustc_hash::FxHashMap;

/// How many memory facts are kept at once; more would make long blocks quadratic.
const MAX_FACTS: usize = 48;

/// Runs the pass; whether anything changed.
pub fn run(func: &mut Function, context: &FunctionContext<'_>) -> bool {
    let cfg = ControlFlowGraph::with_function(func);
    let tree = DominatorTree::with_cfg(&cfg);
    let escaped = alias::escaped_slots(func);
    let mut numbering = Numbering {
        layout: &context.module.target.layout,
        table: FxHashMap::default(),
        scope: Vec::new(),
        facts: Vec::new(),
        escaped,
        changed: false,
    };
    func.resolve_aliases();
    numbering.walk(func, &cfg, &tree);
    if numbering.changed {
        func.resolve_aliases();
    }
    numbering.changed
}

/// Memory at a place holds `value`.
#[derive(Clone, Copy, Debug)]
struct Fact {
    place: Place,
    size: i64,
    value: Value,
    /// Found by a load: a store of the same value changes nothing.
    ty: Type,
}

struct Numbering<'a> {
    layout: &'a DataLayout,
    table: FxHashMap<InstData, Value>,
    /// Keys put in, to take them out when leaving a subtree.
    scope: Vec<(InstData, Option<Value>)>,
    facts: Vec<Fact>,
    escaped: EntityMap<StackSlot, bool>,
    changed: bool,
}

impl Numbering<'_> {
    fn walk(&mut self, func: &mut Function, cfg: &ControlFlowGraph, tree: &DominatorTree) {
        enum Step {
            /// With the facts that hold at the start of the block.
            Enter(Block, Vec<Fact>),
            Leave(usize),
        }
        let mut steps = vec![Step::Enter(func.entry(), Vec::new())];
        while let Some(step) = steps.pop() {
            match step {
                Step::Enter(block, facts) => {
                    steps.push(Step::Leave(self.scope.len()));
                    self.facts = facts;
                    self.block(func, block);
                    for child in tree.children(block).iter().rev() {
                        let only = cfg.preds(*child) == [block];
                        let facts = if only { self.facts.clone() } else { Vec::new() };
                        steps.push(Step::Enter(*child, facts));
                    }
                }
                Step::Leave(mark) => {
                    while self.scope.len() > mark {
                        let (key, old) = self.scope.pop().expect("longer than the mark");
                        match old {
                            Some(value) => self.table.insert(key, value),
                            None => self.table.remove(&key),
                        };
                    }
                }
            }
        }
    }

    fn block(&mut self, func: &mut Function, block: Block) {
        let insts = std::mem::take(&mut func.blocks[block].insts);
        let mut out = Vec::with_capacity(insts.len());
        for inst in insts {
            func.map_uses_resolved(inst);
            if self.instruction(func, inst) {
                out.push(inst);
            } else {
                self.changed = true;
            }
        }
        func.blocks[block].insts = out;
    }

    /// Whether the instruction stays.
    fn instruction(&mut self, func: &mut Function, inst: Inst) -> bool {
        let pointer_bits = self.layout.pointer.size * 8;
        // A rule's result may be simpler still.
        for _ in 0..8 {
            let data = *func.inst(inst);
            match rewrite::simplify(func, &data, pointer_bits) {
                Some(Simpler::Value(value)) => {
                    let result = func.result(inst).expect("simplified instructions have a result");
                    func.replace_value(result, value);
                    return false;
                }
                Some(Simpler::Inst(new)) if new != data => {
                    func.replace_inst(inst, new);
                    func.map_uses_resolved(inst);
                    self.changed = true;
                }
                _ => break,
            }
        }
        let data = *func.inst(inst);
        match data.opcode() {
            Opcode::Load if data.mem_flags().is_plain() => self.load(func, inst),
            Opcode::Store if data.mem_flags().is_plain() => self.store(func, inst),
            opcode if opcode.is_pure() && data.value_list().is_none() => self.pure(func, inst),
            _ => {
                self.effects(func, inst);
                true
            }
        }
    }

    fn pure(&mut self, func: &mut Function, inst: Inst) -> bool {
        let mut key = *func.inst(inst);
        if key.opcode() == Opcode::Undef {
            return true;
        }
        if key.opcode().is_commutative() && key.opcode().format() == Format::Binary {
            key.inline_args_mut().sort();
        }
        if func.results(inst).len() != 1 {
            return true;
        }
        let result = func.result(inst).expect("one result");
        if let Some(value) = self.table.get(&key) {
            let value = func.resolve(*value);
            if value != result && func.ty(value) == func.ty(result) {
                func.replace_value(result, value);
                return false;
            }
        }
        let old = self.table.insert(key, result);
        self.scope.push((key, old));
        true
    }

    /// The place of a load or store.
    fn place(func: &Function, address: Value, offset: i32) -> Place {
        let mut place = Place::of(func, address);
        place.offset = place.offset.wrapping_add(i64::from(offset));
        place
    }

    fn load(&mut self, func: &mut Function, inst: Inst) -> bool {
        let data = *func.inst(inst);
        let place = Self::place(func, data.inline_args()[0], data.offset());
        let ty = data.ty();
        let result = func.result(inst).expect("loads have a result");
        let known = self.facts.iter().rev().find(|f| f.place == place && f.ty == ty);
        if let Some(fact) = known {
            let value = func.resolve(fact.value);
            if value != result {
                func.replace_value(result, value);
                return false;
            }
        }
        self.remember(place, ty, result);
        true
    }

    fn store(&mut self, func: &mut Function, inst: Inst) -> bool {
        let data = *func.inst(inst);
        let value = func.resolve(data.inline_args()[0]);
        let place = Self::place(func, data.inline_args()[1], data.offset());
        let ty = data.ty();
        let same =
            self.facts.iter().any(|f| f.place == place && f.ty == ty && func.resolve(f.value) == value);
        if same {
            return false;
        }
        self.forget(&place, i64::from(ty.bytes(self.layout)));
        self.remember(place, ty, value);
        true
    }

    fn remember(&mut self, place: Place, ty: Type, value: Value) {
        if self.facts.len() >= MAX_FACTS {
            self.facts.remove(0);
        }
        let size = i64::from(ty.bytes(self.layout));
        self.facts.push(Fact { place, size, value, ty });
    }

    fn forget(&mut self, place: &Place, size: i64) {
        let escaped = &self.escaped;
        self.facts.retain(|f| !f.place.may_overlap(f.size, place, size, escaped));
    }

    /// What an instruction with effects does to the facts.
    fn effects(&mut self, func: &Function, inst: Inst) {
        let data = func.inst(inst);
        let opcode = data.opcode();
        if matches!(opcode, Opcode::Memset | Opcode::Memcpy | Opcode::Memmove) {
            let args = data.inline_args();
            let mut place = Self::place(func, args[0], 0);
            let size = func.int_constant(args[2]).filter(|n| *n >= 0).unwrap_or_else(|| {
                place.offset = i64::MIN / 2;
                i64::MAX
            });
            self.forget(&place, size);
            return;
        }
        if matches!(opcode, Opcode::LifetimeStart | Opcode::LifetimeEnd) {
            let slot = data.stack_slot();
            self.facts.retain(|f| f.place.root != Base::Slot(slot));
            return;
        }
        let flags = opcode.flags();
        let harmless = matches!(
            opcode,
            Opcode::DebugValue
                | Opcode::DebugSlot
                | Opcode::Prefetch
                | Opcode::FrameAddress
                | Opcode::ReturnAddress
                | Opcode::StackSave
        );
        if harmless || flags.0 & (Flags::WRITES.0 | Flags::EFFECT.0) == 0 && data.opcode() != Opcode::Load {
            return;
        }
        // Calls, atomics, volatile accesses, assembly: what others can reach may have changed.
        let escaped = &self.escaped;
        self.facts.retain(|f| !f.place.is_reachable_elsewhere(escaped));
        if matches!(
            opcode,
            Opcode::VaStart | Opcode::VaCopy | Opcode::VaArg | Opcode::VaArgAggregate | Opcode::Asm
        ) {
            self.facts.clear();
        }
    }
}

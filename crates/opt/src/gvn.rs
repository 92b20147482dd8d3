//! Value numbering over the dominator tree, with simplification, constant and copy propagation, and
//! forwarding of loads and stores.
//!
//! One walk in dominator-tree order. Each instruction is simplified ([`crate::rewrite`]), then looked up: an equal
//! one that dominates it stands for it. Equal means the same opcode, promises, type and operands.
//!
//! Memory: within a block, and on into a block with that one as its only predecessor, what was stored or
//! loaded at an address is remembered. Two addresses that are offsets of one base overlap or not by
//! arithmetic; distinct objects (slots, symbols) never overlap; everything else may.

use crate::manager::FunctionContext;
use crate::rewrite::{self, Simpler};
use lathe_ir::analysis::{ControlFlowGraph, DominatorTree};
use lathe_ir::{
    Block, EntityMap, Flags, Format, Function, Inst, InstData, Opcode, StackSlot, Symbol, Type, Value,
};
use lathe_target::DataLayout;
use rustc_hash::FxHashMap;

/// How many memory facts are kept at once; more would make long blocks quadratic.
const MAX_FACTS: usize = 48;

/// Runs the pass; whether anything changed.
pub fn run(func: &mut Function, context: &FunctionContext<'_>) -> bool {
    let cfg = ControlFlowGraph::with_function(func);
    let tree = DominatorTree::with_cfg(&cfg);
    let escaped = escaped_slots(func);
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

/// What an address is based on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Base {
    Slot(StackSlot),
    Symbol(Symbol),
    Value(Value),
}

/// Memory at `base + offset` holds `value`.
#[derive(Clone, Copy, Debug)]
struct Fact {
    base: Base,
    offset: i64,
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

/// Slots whose address leaves the function's sight: stored, passed, compared, in a block argument.
fn escaped_slots(func: &Function) -> EntityMap<StackSlot, bool> {
    let mut escaped = EntityMap::filled(false, func.slots.len());
    let slot_of = |value: Value| {
        let mut value = value;
        loop {
            let data = func.inst(func.def_inst(value)?);
            match data.opcode() {
                Opcode::SlotAddr => return Some(data.stack_slot()),
                Opcode::PtrAddImm | Opcode::PtrAdd => value = data.inline_args()[0],
                _ => return None,
            }
        }
    };
    for block in &func.layout {
        for inst in &func.blocks[*block].insts {
            let data = func.inst(*inst);
            let args = func.args(*inst);
            let harmless: &[usize] = match data.opcode() {
                Opcode::Load | Opcode::PtrAddImm | Opcode::PtrAdd | Opcode::Memset => &[0],
                Opcode::Memcpy | Opcode::Memmove => &[0, 1],
                Opcode::Store => &[1],
                _ => &[],
            };
            for (number, arg) in args.iter().enumerate() {
                if !harmless.contains(&number)
                    && let Some(slot) = slot_of(*arg)
                {
                    escaped[slot] = true;
                }
            }
            for call in func.block_calls_of(*inst) {
                for arg in &func.block_calls[call].args {
                    if let Some(slot) = slot_of(*arg) {
                        escaped[slot] = true;
                    }
                }
            }
        }
    }
    escaped
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

    /// Base and constant offset of an address.
    fn place(func: &Function, address: Value) -> (Base, i64) {
        let mut value = func.resolve(address);
        let mut offset = 0i64;
        loop {
            let Some(inst) = func.def_inst(value) else { return (Base::Value(value), offset) };
            let data = func.inst(inst);
            match data.opcode() {
                Opcode::PtrAddImm => {
                    offset = offset.wrapping_add(data.imm());
                    value = func.resolve(data.inline_args()[0]);
                }
                Opcode::SlotAddr => return (Base::Slot(data.stack_slot()), offset.wrapping_add(data.imm())),
                Opcode::Addr => return (Base::Symbol(data.symbol()), offset.wrapping_add(data.imm())),
                _ => return (Base::Value(value), offset),
            }
        }
    }

    fn may_overlap(&self, fact: &Fact, base: Base, offset: i64, size: i64) -> bool {
        if fact.base == base {
            return fact.offset < offset.saturating_add(size)
                && offset < fact.offset.saturating_add(fact.size);
        }
        match (fact.base, base) {
            (Base::Slot(_), Base::Slot(_))
            | (Base::Slot(_), Base::Symbol(_))
            | (Base::Symbol(_), Base::Slot(_)) => false,
            // An address of unknown origin reaches only slots that escaped.
            (Base::Slot(slot), Base::Value(_)) | (Base::Value(_), Base::Slot(slot)) => self.escaped[slot],
            // Symbols may be aliases of each other.
            _ => true,
        }
    }

    fn load(&mut self, func: &mut Function, inst: Inst) -> bool {
        let data = *func.inst(inst);
        let (base, at) = Self::place(func, data.inline_args()[0]);
        let offset = at.wrapping_add(i64::from(data.offset()));
        let ty = data.ty();
        let result = func.result(inst).expect("loads have a result");
        let known = self.facts.iter().rev().find(|f| f.base == base && f.offset == offset && f.ty == ty);
        if let Some(fact) = known {
            let value = func.resolve(fact.value);
            if value != result {
                func.replace_value(result, value);
                return false;
            }
        }
        self.remember(base, offset, ty, result);
        true
    }

    fn store(&mut self, func: &mut Function, inst: Inst) -> bool {
        let data = *func.inst(inst);
        let value = func.resolve(data.inline_args()[0]);
        let (base, at) = Self::place(func, data.inline_args()[1]);
        let offset = at.wrapping_add(i64::from(data.offset()));
        let ty = data.ty();
        let same = self
            .facts
            .iter()
            .any(|f| f.base == base && f.offset == offset && f.ty == ty && func.resolve(f.value) == value);
        if same {
            return false;
        }
        let size = i64::from(ty.bytes(self.layout));
        self.forget(base, offset, size);
        self.remember(base, offset, ty, value);
        true
    }

    fn remember(&mut self, base: Base, offset: i64, ty: Type, value: Value) {
        if self.facts.len() >= MAX_FACTS {
            self.facts.remove(0);
        }
        let size = i64::from(ty.bytes(self.layout));
        self.facts.push(Fact { base, offset, size, value, ty });
    }

    fn forget(&mut self, base: Base, offset: i64, size: i64) {
        let facts = std::mem::take(&mut self.facts);
        self.facts = facts.into_iter().filter(|f| !self.may_overlap(f, base, offset, size)).collect();
    }

    /// What an instruction with effects does to the facts.
    fn effects(&mut self, func: &Function, inst: Inst) {
        let data = func.inst(inst);
        let opcode = data.opcode();
        if matches!(opcode, Opcode::Memset | Opcode::Memcpy | Opcode::Memmove) {
            let args = data.inline_args();
            let (base, offset) = Self::place(func, args[0]);
            let size = func.int_constant(args[2]).filter(|n| *n >= 0);
            match size {
                Some(size) => self.forget(base, offset, size),
                None => self.forget(base, i64::MIN / 2, i64::MAX),
            }
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
        self.facts.retain(|f| match f.base {
            Base::Slot(slot) => !escaped[slot],
            _ => false,
        });
        if matches!(opcode, Opcode::LifetimeStart | Opcode::LifetimeEnd) {
            let slot = data.stack_slot();
            self.facts.retain(|f| f.base != Base::Slot(slot));
        }
        if matches!(
            opcode,
            Opcode::VaStart | Opcode::VaCopy | Opcode::VaArg | Opcode::VaArgAggregate | Opcode::Asm
        ) {
            self.facts.clear();
        }
    }
}

//! Pointers that step: an address `invariant + counter × factor` whose factor no addressing mode has becomes
//! a parameter of the header to which every round adds a constant.

use super::address::{Split, Sums, is_scale};
use super::counters::{Counter, Counters};
use super::linear::{Atom, Term};
use crate::loops::{self, Loops};
use lathe_ir::analysis::Loop;
use lathe_ir::{Block, Function, Inst, InstData, Opcode, Type, Value};
use rustc_hash::FxHashMap;

/// Most pointers of one loop: each holds a register through it.
const MAX_POINTERS: usize = 3;

type Key = (Loop, Value, Vec<Term>);

/// The pointers made so far.
#[derive(Debug, Default)]
pub(super) struct Pointers {
    made: FxHashMap<Key, Value>,
    /// How many each loop has.
    count: FxHashMap<Loop, usize>,
}

impl Pointers {
    /// The pointer that an address follows, without its constant part, if one is worth it.
    pub(super) fn find_or_make(
        &mut self,
        func: &mut Function,
        loops: &mut Loops,
        counters: &Counters,
        word: Type,
        block: Block,
        split: &Split,
    ) -> Option<Value> {
        let this = loops.forest.loop_of(block)?;
        let depth = loops.forest.loop_depth(this);
        let (last, outer) = split.sum.terms.split_last()?;
        let varies_once = split.base_level < depth && outer.iter().all(|term| term.level < depth);
        if !varies_once || last.level != depth || is_scale(last.factor) {
            return None;
        }
        let Atom::Whole(value) = last.atom else { return None };
        let counter = &counters.list[*counters.by_value.get(&value)?];
        // A narrow counter was not worth widening.
        if counter.this != this || func.ty(value) != word {
            return None;
        }
        let always = loops.forest.back_edges(&loops.cfg, this).all(|from| loops.tree.dominates(block, from));
        if !always {
            return None;
        }
        let key = (this, split.base, split.sum.terms.to_vec());
        if let Some(pointer) = self.made.get(&key) {
            return Some(*pointer);
        }
        let count = self.count.entry(this).or_default();
        if *count >= MAX_POINTERS {
            return None;
        }
        *count += 1;
        let pointer = make(func, loops, counter, word, split, *last)?;
        self.made.insert(key, pointer);
        Some(pointer)
    }
}

fn make(
    func: &mut Function,
    loops: &mut Loops,
    counter: &Counter,
    word: Type,
    split: &Split,
    last: Term,
) -> Option<Value> {
    let this = counter.this;
    let entrance = loops.entrance(func, this)?;
    let header = loops.forest.header(this);
    // The address in the first round.
    let mut terms = split.sum.terms.clone();
    terms.pop();
    let mut base = split.base;
    let mut sums = Sums::new(func, word);
    if let Some(inst) = sums.func.def_inst(base)
        && matches!(sums.func.inst(inst).opcode(), Opcode::SlotAddr | Opcode::Addr)
    {
        // It may stand in the loop.
        let data = *sums.func.inst(inst);
        base = sums.copy(data);
    }
    let mut start = match sums.func.int_constant(counter.first) {
        Some(first) => {
            let address = sums.address(base, split.base_level, &terms);
            sums.moved_by(address, first.wrapping_mul(last.factor))
        }
        None => {
            terms.push(Term { atom: Atom::Whole(counter.first), ..last });
            sums.address(base, split.base_level, &terms)
        }
    };
    let added: Vec<Inst> = std::mem::take(&mut sums.out);
    for inst in added {
        loops::insert_before_end(func, loops, entrance, inst);
    }
    start = func.resolve(start);
    let pointer = func.append_param(header, Type::PTR);
    loops::add_argument(func, entrance, header, start);
    let mut backs: Vec<Block> = loops.forest.back_edges(&loops.cfg, this).collect();
    backs.dedup();
    for from in backs {
        let bytes = counter.step.wrapping_mul(last.factor);
        let data = InstData::binary_imm(Opcode::PtrAddImm, Type::NONE, 0, pointer, bytes);
        let loc = func.terminator(from).map_or(lathe_diag::Loc::NONE, |inst| func.loc(inst));
        let inst = func.create_inst(data, loc);
        loops::insert_before_end(func, loops, from, inst);
        let next = func.result(inst)?;
        loops::add_argument(func, from, header, next);
    }
    Some(pointer)
}

//! Addresses, summed from the outermost loop to the innermost.
//!
//! The address of a load or store in a loop is taken apart into a base and a linear form, and built again so
//! that what varies least is added first. Partial sums that are the same in all rounds can then move out of the loop.

use super::counters::Counters;
use super::linear::{Atom, Gatherer, Linear, Term};
use super::step::Pointers;
use crate::loops::Loops;
use lathe_diag::Loc;
use lathe_ir::{Block, Function, Inst, InstData, Opcode, Type, Value};
use rustc_hash::FxHashMap;

/// Code being added to a block, each computation once.
pub(super) struct Sums<'a> {
    pub(super) func: &'a mut Function,
    pub(super) word: Type,
    pub(super) loc: Loc,
    pub(super) out: Vec<Inst>,
    known: FxHashMap<InstData, Value>,
}

impl<'a> Sums<'a> {
    pub(super) fn new(func: &'a mut Function, word: Type) -> Sums<'a> {
        Sums { func, word, loc: Loc::NONE, out: Vec::new(), known: FxHashMap::default() }
    }

    fn emit(&mut self, data: InstData) -> Value {
        if let Some(value) = self.known.get(&data) {
            return *value;
        }
        let inst = self.func.create_inst(data, self.loc);
        self.out.push(inst);
        let value = self.func.result(inst).expect("sums have a result");
        self.known.insert(data, value);
        value
    }

    /// A copy of a computation without operands.
    pub(super) fn copy(&mut self, data: InstData) -> Value {
        self.emit(data)
    }

    /// `atom × factor`
    pub(super) fn term(&mut self, term: Term) -> Value {
        let value = match term.atom {
            Atom::Whole(value) => value,
            Atom::Extended(value) => self.emit(InstData::unary(Opcode::Sext, self.word, value)),
        };
        match term.factor {
            1 => value,
            n if n > 0 && n.count_ones() == 1 => {
                let shift = i64::from(n.trailing_zeros());
                self.emit(InstData::binary_imm(Opcode::ShlImm, self.word, 0, value, shift))
            }
            n => self.emit(InstData::binary_imm(Opcode::ImulImm, self.word, 0, value, n)),
        }
    }

    fn sum(&mut self, a: Option<Value>, b: Value) -> Value {
        match a {
            Some(a) => self.emit(InstData::binary(Opcode::Iadd, self.word, 0, a, b)),
            None => b,
        }
    }

    fn moved(&mut self, address: Value, bytes: Value) -> Value {
        self.emit(InstData::binary(Opcode::PtrAdd, Type::NONE, 0, address, bytes))
    }

    /// An address moved by a constant.
    pub(super) fn moved_by(&mut self, address: Value, bytes: i64) -> Value {
        if bytes == 0 {
            return address;
        }
        self.emit(InstData::binary_imm(Opcode::PtrAddImm, Type::NONE, 0, address, bytes))
    }

    /// `base + terms`, terms of outer loops first. `terms` are sorted by level.
    pub(super) fn address(&mut self, base: Value, base_level: u32, terms: &[Term]) -> Value {
        let mut address = None;
        let mut bytes = None;
        for term in terms {
            if base_level <= term.level && address.is_none() {
                address = Some(base);
                if let Some(bytes) = bytes.take() {
                    address = Some(self.moved(base, bytes));
                }
            }
            let value = self.term(*term);
            match address {
                Some(at) => address = Some(self.moved(at, value)),
                None => bytes = Some(self.sum(bytes, value)),
            }
        }
        let address = address.unwrap_or(base);
        match bytes {
            Some(bytes) => self.moved(address, bytes),
            None => address,
        }
    }
}

/// Whether an address can multiply by this on its own.
pub(super) fn is_scale(factor: i64) -> bool {
    matches!(factor, 1 | 2 | 4 | 8)
}

/// A load's or store's address, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Split {
    pub(super) base: Value,
    pub(super) base_level: u32,
    pub(super) sum: Linear,
}

/// Rewrites the addresses in all loops; whether anything changed.
pub(super) fn rewrite(func: &mut Function, loops: &mut Loops, counters: &Counters, word: Type) -> bool {
    let mut pointers = Pointers::default();
    let mut changed = false;
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        if loops.cfg.is_reachable(block) && loops.forest.loop_of(block).is_some() {
            changed |= rewrite_block(func, loops, counters, word, block, &mut pointers);
        }
    }
    changed
}

fn rewrite_block(
    func: &mut Function,
    loops: &mut Loops,
    counters: &Counters,
    word: Type,
    block: Block,
    pointers: &mut Pointers,
) -> bool {
    let insts = func.blocks[block].insts.clone();
    let mut plans: Vec<(Inst, Split)> = Vec::new();
    for inst in insts {
        let number = match func.inst(inst).opcode() {
            Opcode::Load => 0,
            Opcode::Store => 1,
            _ => continue,
        };
        let address = func.inst(inst).inline_args()[number];
        if let Some(split) = split(func, loops, counters, word, block, address) {
            plans.push((inst, split));
        }
    }
    if plans.is_empty() {
        return false;
    }
    // Pointers that step are made first: they change other blocks.
    let mut addresses: FxHashMap<Inst, Value> = FxHashMap::default();
    for (inst, split) in &plans {
        if let Some(pointer) = pointers.find_or_make(func, loops, counters, word, block, split) {
            addresses.insert(*inst, pointer);
        }
    }
    let mut insts = std::mem::take(&mut func.blocks[block].insts).into_iter();
    let mut sums = Sums::new(func, word);
    for (inst, split) in plans {
        for before in insts.by_ref() {
            if before == inst {
                break;
            }
            sums.out.push(before);
        }
        sums.loc = sums.func.loc(inst);
        let mut address = match addresses.get(&inst) {
            Some(pointer) => *pointer,
            None => sums.address(split.base, split.base_level, &split.sum.terms),
        };
        let data = sums.func.inst(inst);
        let number = usize::from(data.opcode() == Opcode::Store);
        let mut offset = data.offset();
        match i64::from(offset).checked_add(split.sum.constant).and_then(|sum| i32::try_from(sum).ok()) {
            Some(sum) => offset = sum,
            None => address = sums.moved_by(address, split.sum.constant),
        }
        let data = sums.func.inst_mut(inst);
        data.inline_args_mut()[number] = address;
        data.set_offset(offset);
        sums.out.push(inst);
    }
    sums.out.extend(insts);
    let out = std::mem::take(&mut sums.out);
    for inst in &out {
        loops.set_home(*inst, block);
    }
    func.blocks[block].insts = out;
    true
}

/// Takes an address apart, if building it anew is worth it.
fn split(
    func: &Function,
    loops: &Loops,
    counters: &Counters,
    word: Type,
    block: Block,
    address: Value,
) -> Option<Split> {
    let mut sum = Linear::default();
    let mut gatherer = Gatherer { func, loops, counters, word, block, widens: false, narrow: Vec::new() };
    let mut base = func.resolve(address);
    let mut steps = 0;
    while let Some(inst) = func.def_inst(base) {
        let data = *func.inst(inst);
        steps += 1;
        if steps > 8 || loops.level_in(func, block, base) == 0 {
            break;
        }
        match data.opcode() {
            Opcode::PtrAdd => gatherer.whole(data.inline_args()[1], 1, 0, &mut sum),
            Opcode::PtrAddImm => sum.constant = sum.constant.wrapping_add(data.imm()),
            _ => break,
        }
        base = func.resolve(data.inline_args()[0]);
    }
    let base_level = match func.def_inst(base).map(|inst| func.inst(inst).opcode()) {
        Some(Opcode::SlotAddr | Opcode::Addr) => 0,
        _ => loops.level_in(func, block, base),
    };
    sum.terms.sort_by_key(|term| (term.level, is_scale(term.factor)));
    let innermost = loops.forest.depth(block);
    let varies = base_level == innermost || sum.terms.iter().any(|term| term.level == innermost);
    let steps = sum.terms.iter().any(|term| term.level == innermost && !is_scale(term.factor));
    let worth = sum.distributed || sum.terms.len() > 1 || steps;
    (sum.is_simple() && varies && worth && !sum.terms.is_empty()).then_some(Split { base, base_level, sum })
}

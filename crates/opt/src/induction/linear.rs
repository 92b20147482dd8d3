//! Linear forms: an integer as wide as an address, as a sum of products with constants.
//!
//! Sums of that width wrap as addresses do, so they are taken apart freely. A narrow value under a sign extension is
//! taken apart only where it promises not to wrap: then the extension of the sum is the sum of the extensions.

use super::counters::Counters;
use crate::loops::Loops;
use lathe_ir::instruction::NSW;
use lathe_ir::{Block, Function, Opcode, Type, Value};
use smallvec::SmallVec;

/// Deepest nesting that is looked through.
const MAX_DEPTH: u32 = 8;
/// Most terms of a sum; a longer one stays as it is.
const MAX_TERMS: usize = 6;

/// A value that is not taken apart further.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Atom {
    /// As it is.
    Whole(Value),
    /// Sign-extended to the width of an address.
    Extended(Value),
}

/// `atom × factor`
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Term {
    pub(super) atom: Atom,
    pub(super) factor: i64,
    /// Number of loops around the use in which it varies ([`Loops::level_in`]).
    pub(super) level: u32,
}

/// A sum.
#[derive(Clone, Default, Debug)]
pub(super) struct Linear {
    pub(super) terms: SmallVec<[Term; 4]>,
    pub(super) constant: i64,
    /// Whether an extension was distributed over a sum.
    pub(super) distributed: bool,
}

/// Gathers the linear form of values used in a block.
pub(super) struct Gatherer<'a> {
    pub(super) func: &'a Function,
    pub(super) loops: &'a Loops,
    pub(super) counters: &'a Counters,
    /// The integer type as wide as an address.
    pub(super) word: Type,
    /// Where the sum is used.
    pub(super) block: Block,
    /// Whether narrow counters count as wide ones, since they will be.
    pub(super) widens: bool,
    /// Narrow counters that were found under extensions.
    pub(super) narrow: Vec<usize>,
}

impl Gatherer<'_> {
    /// Adds `value × factor` to a sum.
    pub(super) fn whole(&mut self, value: Value, factor: i64, depth: u32, sum: &mut Linear) {
        let value = self.func.resolve(value);
        let level = self.loops.level_in(self.func, self.block, value);
        let plain = Term { atom: Atom::Whole(value), factor, level };
        let inst = match self.func.def_inst(value) {
            Some(inst) if depth < MAX_DEPTH => inst,
            _ => return add(sum, plain),
        };
        let data = *self.func.inst(inst);
        if data.opcode() == Opcode::Iconst {
            sum.constant = sum.constant.wrapping_add(data.imm().wrapping_mul(factor));
            return;
        }
        // What is the same in all loops needs no taking apart.
        if level == 0 || data.ty() != self.word {
            return add(sum, plain);
        }
        let args = data.inline_args();
        match data.opcode() {
            Opcode::Iadd => {
                self.whole(args[0], factor, depth + 1, sum);
                self.whole(args[1], factor, depth + 1, sum);
            }
            Opcode::Isub => {
                self.whole(args[0], factor, depth + 1, sum);
                self.whole(args[1], factor.wrapping_neg(), depth + 1, sum);
            }
            Opcode::IaddImm => {
                sum.constant = sum.constant.wrapping_add(data.imm().wrapping_mul(factor));
                self.whole(args[0], factor, depth + 1, sum);
            }
            Opcode::ImulImm => self.whole(args[0], factor.wrapping_mul(data.imm()), depth + 1, sum),
            Opcode::ShlImm if data.imm() < 32 => {
                self.whole(args[0], factor.wrapping_shl(data.imm() as u32), depth + 1, sum);
            }
            Opcode::Sext => self.extended(value, args[0], plain, depth, sum),
            _ => add(sum, plain),
        }
    }

    /// Adds the sign extension `value` of `narrow`: taken apart if that leaves at most one extension in the
    /// innermost loop.
    fn extended(&mut self, value: Value, narrow: Value, plain: Term, depth: u32, sum: &mut Linear) {
        let narrow = self.func.resolve(narrow);
        let mut parts = Linear::default();
        let found = self.narrow.len();
        self.narrow(narrow, plain.factor, depth + 1, &mut parts);
        let extensions = parts
            .terms
            .iter()
            .filter(|term| matches!(term.atom, Atom::Extended(_)) && term.level == plain.level);
        let alone = matches!(parts.terms[..], [Term { atom: Atom::Extended(one), .. }] if one == narrow);
        if alone || extensions.count() > 1 {
            self.narrow.truncate(found);
            debug_assert_eq!(plain.atom, Atom::Whole(value), "the extension itself");
            return add(sum, plain);
        }
        sum.distributed = true;
        sum.constant = sum.constant.wrapping_add(parts.constant);
        for term in parts.terms {
            add(sum, term);
        }
    }

    fn narrow(&mut self, value: Value, factor: i64, depth: u32, sum: &mut Linear) {
        let value = self.func.resolve(value);
        let level = self.loops.level_in(self.func, self.block, value);
        if let Some(wide) = self.counters.widened.get(&value) {
            return add(sum, Term { atom: Atom::Whole(*wide), factor, level });
        }
        if self.widens
            && let Some(number) = self.counters.by_value.get(&value)
            && self.counters.list[*number].no_signed_wrap
        {
            self.narrow.push(*number);
            return add(sum, Term { atom: Atom::Whole(value), factor, level });
        }
        let plain = Term { atom: Atom::Extended(value), factor, level };
        let inst = match self.func.def_inst(value) {
            Some(inst) if depth < MAX_DEPTH => inst,
            _ => return add(sum, plain),
        };
        let data = *self.func.inst(inst);
        if data.opcode() == Opcode::Iconst {
            sum.constant = sum.constant.wrapping_add(data.imm().wrapping_mul(factor));
            return;
        }
        let adds = matches!(
            data.opcode(),
            Opcode::Iadd | Opcode::Isub | Opcode::IaddImm | Opcode::ImulImm | Opcode::ShlImm
        );
        if level == 0 || !adds || data.aux() & NSW == 0 {
            return add(sum, plain);
        }
        let args = data.inline_args();
        match data.opcode() {
            Opcode::Iadd => {
                self.narrow(args[0], factor, depth + 1, sum);
                self.narrow(args[1], factor, depth + 1, sum);
            }
            Opcode::Isub => {
                self.narrow(args[0], factor, depth + 1, sum);
                self.narrow(args[1], factor.wrapping_neg(), depth + 1, sum);
            }
            Opcode::IaddImm => {
                sum.constant = sum.constant.wrapping_add(data.imm().wrapping_mul(factor));
                self.narrow(args[0], factor, depth + 1, sum);
            }
            Opcode::ImulImm => self.narrow(args[0], factor.wrapping_mul(data.imm()), depth + 1, sum),
            Opcode::ShlImm if data.imm() < 31 => {
                self.narrow(args[0], factor.wrapping_shl(data.imm() as u32), depth + 1, sum);
            }
            _ => add(sum, plain),
        }
    }
}

fn add(sum: &mut Linear, term: Term) {
    if let Some(same) = sum.terms.iter_mut().find(|other| other.atom == term.atom) {
        same.factor = same.factor.wrapping_add(term.factor);
        return;
    }
    sum.terms.push(term);
}

impl Linear {
    /// Whether there are few enough terms, none of them empty.
    pub(super) fn is_simple(&self) -> bool {
        self.terms.len() <= MAX_TERMS && self.terms.iter().all(|term| term.factor != 0)
    }
}

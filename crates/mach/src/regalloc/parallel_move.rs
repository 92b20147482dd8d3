//! Orders moves that happen at once into moves that happen one after the other.
//!
//! In: moves of one program point, all sources read before any destination is written; each
//! destination at most once. Out: a sequence with the same effect. Cycles of registers go through the
//! bank's scratch register; memory-to-memory moves too (without one they stay what they are); a cycle that contains such a move goes
//! through a temporary slot.

use crate::regalloc::registers::RegisterMap;
use regalloc2::{Allocation, RegClass, SpillSlot};

/// A pending move.
#[derive(Clone, Copy, Debug)]
pub struct PendingMove {
    /// Source.
    pub from: Allocation,
    /// Destination.
    pub to: Allocation,
    /// Class of the value.
    pub class: RegClass,
}

/// Resolves sets of moves; keeps its memory.
#[derive(Debug, Default)]
pub struct Resolver {
    pending: Vec<PendingMove>,
    /// Temporary slot of each class, made when first needed.
    temporary: [Option<SpillSlot>; 2],
}

impl Resolver {
    /// Forgets the temporary slots: a new function begins.
    pub fn reset(&mut self) {
        self.pending.clear();
        self.temporary = [None; 2];
    }

    /// Adds a move to the set.
    #[inline]
    pub fn add(&mut self, from: Allocation, to: Allocation, class: RegClass) {
        if from != to {
            self.pending.push(PendingMove { from, to, class });
        }
    }

    /// Whether the set is empty.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Moves of the set so far.
    pub fn pending(&self) -> &[PendingMove] {
        &self.pending
    }

    /// Gives out the sequence and empties the set. `new_slot` makes a spill slot for a class.
    pub fn resolve(
        &mut self,
        registers: &RegisterMap,
        mut new_slot: impl FnMut(RegClass) -> SpillSlot,
        mut emit: impl FnMut(Allocation, Allocation),
    ) {
        while !self.pending.is_empty() {
            let mut progress = false;
            let mut index = 0;
            while index < self.pending.len() {
                let candidate = self.pending[index];
                let blocked = self.pending.iter().any(|other| other.from == candidate.to);
                if blocked {
                    index += 1;
                    continue;
                }
                self.pending.swap_remove(index);
                one_move(candidate, registers, &mut emit);
                progress = true;
            }
            if !progress {
                self.break_cycle(registers, &mut new_slot, &mut emit);
            }
        }
    }

    /// All that is pending is cycles: puts one source aside.
    fn break_cycle(
        &mut self,
        registers: &RegisterMap,
        new_slot: &mut impl FnMut(RegClass) -> SpillSlot,
        emit: &mut impl FnMut(Allocation, Allocation),
    ) {
        let first = self.pending[0];
        let class = first.class;
        let needs_scratch =
            self.pending.iter().any(|m| m.class == class && m.from.is_stack() && m.to.is_stack());
        let aside = if needs_scratch || !registers.has_scratch(class) {
            let slot = *self.temporary[class as usize].get_or_insert_with(|| new_slot(class));
            Allocation::stack(slot)
        } else {
            Allocation::reg(registers.scratch[class as usize])
        };
        let source = first.from;
        one_move(PendingMove { from: source, to: aside, class }, registers, emit);
        for pending in &mut self.pending {
            if pending.from == source {
                pending.from = aside;
            }
        }
        // Other cycles may need the scratch register too: finish this one first.
        let mut wanted = source;
        while let Some(index) = self.pending.iter().position(|m| m.to == wanted) {
            if self.pending.iter().any(|other| other.from == wanted) {
                break;
            }
            let next = self.pending.swap_remove(index);
            one_move(next, registers, emit);
            wanted = next.from;
        }
    }
}

fn one_move(m: PendingMove, registers: &RegisterMap, emit: &mut impl FnMut(Allocation, Allocation)) {
    if m.from.is_stack() && m.to.is_stack() && registers.has_scratch(m.class) {
        let scratch = Allocation::reg(registers.scratch[m.class as usize]);
        emit(m.from, scratch);
        emit(scratch, m.to);
    } else {
        emit(m.from, m.to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regalloc2::PReg;

    fn reg(number: usize) -> Allocation {
        Allocation::reg(PReg::new(number, RegClass::Int))
    }

    fn slot(number: usize) -> Allocation {
        Allocation::stack(SpillSlot::new(number))
    }

    /// Runs a sequence on places that hold their own numbers.
    fn run(moves: &[(Allocation, Allocation)]) -> Vec<(Allocation, Allocation)> {
        let mut resolver = Resolver::default();
        for (from, to) in moves {
            resolver.add(*from, *to, RegClass::Int);
        }
        let registers = RegisterMap::for_tests(PReg::new(11, RegClass::Int));
        let mut sequence = Vec::new();
        let mut next = 100;
        resolver.resolve(
            &registers,
            |_| {
                next += 1;
                SpillSlot::new(next)
            },
            |from, to| sequence.push((from, to)),
        );
        sequence
    }

    fn check(moves: &[(Allocation, Allocation)]) {
        let sequence = run(moves);
        let mut content: std::collections::HashMap<Allocation, Allocation> = std::collections::HashMap::new();
        for (from, to) in &sequence {
            assert!(!(from.is_stack() && to.is_stack()), "memory to memory in {sequence:?}");
            let value = content.get(from).copied().unwrap_or(*from);
            content.insert(*to, value);
        }
        for (from, to) in moves {
            assert_eq!(content.get(to).copied().unwrap_or(*to), *from, "{moves:?} became {sequence:?}");
        }
    }

    #[test]
    fn chains_and_cycles_of_registers_and_slots() {
        check(&[(reg(0), reg(1)), (reg(1), reg(2)), (reg(2), reg(3))]);
        check(&[(reg(0), reg(1)), (reg(1), reg(0))]);
        check(&[(reg(0), reg(1)), (reg(1), reg(2)), (reg(2), reg(0)), (reg(0), reg(5))]);
        check(&[(slot(0), slot(1)), (slot(1), slot(0))]);
        check(&[
            (slot(0), slot(1)),
            (slot(1), reg(0)),
            (reg(0), slot(0)),
            (reg(3), reg(4)),
            (reg(4), reg(3)),
        ]);
        check(&[(reg(0), slot(1)), (slot(1), reg(0)), (slot(4), slot(5))]);
    }

    #[test]
    fn all_small_permutations() {
        // Every map of five places, two of them slots, onto sources.
        let places = [reg(0), reg(1), reg(2), slot(0), slot(1)];
        for code in 0..5usize.pow(5) {
            let moves: Vec<(Allocation, Allocation)> =
                (0..5).map(|i| (places[code / 5usize.pow(i as u32) % 5], places[i])).collect();
            check(&moves);
        }
    }
}

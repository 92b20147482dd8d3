//! Variables whose lives do not meet share a stack slot.
//!
//! In: a legal function before selection. Out: the same with fewer slots: the slots of a group are all named by its
//! first one, as large as the largest; the others are empty.
//!
//! A slot is alive from where it is mentioned until nothing mentions it any more. One whose address escapes (is
//! passed to a call, stored) is alive until its `lifetime_end`, or to the end of the function when there is none. One
//! whose address takes part in other computations, or goes from block to block, keeps its place.

use lathe_ir::analysis::ControlFlowGraph;
use lathe_ir::{Block, Entity, Function, Inst, Opcode, StackSlot};

/// Most slots times points that are looked at; past it the slots stay as they are.
const MAX_WORK: usize = 8_000_000;

/// Reusable memory.
#[derive(Debug, Default)]
pub struct ShareScratch {
    graph: ControlFlowGraph,
    /// By value: the slot that it is an address in, plus one.
    roots: Vec<u32>,
    /// By slot: its number among those that may share, plus one.
    numbers: Vec<u32>,
    candidates: Vec<StackSlot>,
    events: Vec<Event>,
    /// By block: its events.
    ranges: Vec<(u32, u32)>,
    words: usize,
    /// By block, a set each: alive at its start (seen from before), at its end (seen from behind).
    active: Vec<u64>,
    needed: Vec<u64>,
    escaped: Vec<u64>,
    /// By candidate: those that are alive at the same time.
    conflicts: Vec<u64>,
}

/// Something that matters to the life of a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Event {
    kind: EventKind,
    number: u32,
    /// Events of one instruction happen together.
    inst: Inst,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum EventKind {
    Mention,
    /// The content begins or ceases to matter.
    Boundary,
}

/// What an instruction does with an address that it is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Treatment {
    /// Computes an address in the same slot.
    Derives,
    /// Reads or writes there.
    Accesses,
    /// May keep it.
    Escapes,
    /// Mixes it with other values.
    Mixes,
    Ignores,
}

/// Lets slots share; whether any does.
pub fn share_slots(func: &mut Function, scratch: &mut ShareScratch) -> bool {
    if func.attributes.calls_returns_twice || func.slots.values().filter(|slot| slot.size > 0).count() < 2 {
        return false;
    }
    find_candidates(func, scratch);
    let count = scratch.candidates.len();
    if count < 2 {
        return false;
    }
    scratch.words = count.div_ceil(64);
    collect_events(func, scratch);
    if (scratch.events.len() + func.layout.len()).saturating_mul(count) > MAX_WORK {
        return false;
    }
    scratch.graph.compute(func);
    flow(func, scratch);
    find_conflicts(func, scratch);
    group(func, scratch)
}

/// How an instruction treats its operand `index`.
fn treatment(opcode: Opcode, index: usize) -> Treatment {
    match (opcode, index) {
        (Opcode::PtrAdd | Opcode::PtrAddImm, 0) => Treatment::Derives,
        (Opcode::Load | Opcode::Memset, 0)
        | (Opcode::Store, 1)
        | (Opcode::Memcpy | Opcode::Memmove, 0 | 1)
        | (Opcode::AtomicRmw | Opcode::AtomicCas, 0)
        | (Opcode::VaArg | Opcode::VaEnd | Opcode::Return | Opcode::VaArgAggregate, _) => Treatment::Accesses,
        (Opcode::Store | Opcode::Asm | Opcode::VaStart | Opcode::VaCopy, _) => Treatment::Escapes,
        (Opcode::Icmp | Opcode::IcmpImm | Opcode::DebugValue | Opcode::Prefetch, _) => Treatment::Ignores,
        (opcode, _) if opcode.is_call() => Treatment::Escapes,
        _ => Treatment::Mixes,
    }
}

/// Finds the slots that may share and the values that are addresses in them.
fn find_candidates(func: &Function, scratch: &mut ShareScratch) {
    let ShareScratch { roots, numbers, candidates, escaped, .. } = scratch;
    roots.clear();
    roots.resize(func.value_count(), 0);
    numbers.clear();
    numbers.resize(func.slots.len(), 0);
    let mut pinned = vec![false; func.slots.len()];
    let mut escapes = vec![false; func.slots.len()];
    for block in &func.layout {
        for inst in &func.blocks[*block].insts {
            let data = func.inst(*inst);
            if data.opcode() == Opcode::SlotAddr
                && let Some(result) = func.result(*inst)
            {
                roots[result.index()] = data.stack_slot().0 + 1;
            }
        }
    }
    // Blocks are not in an order in which definitions come first; chains are short.
    let mut again = true;
    while again {
        again = false;
        for inst in func.layout.iter().flat_map(|block| &func.blocks[*block].insts) {
            if let (Opcode::PtrAdd | Opcode::PtrAddImm, Some(result)) =
                (func.inst(*inst).opcode(), func.result(*inst))
            {
                let root = roots[func.resolve(func.args(*inst)[0]).index()];
                again |= std::mem::replace(&mut roots[result.index()], root) != root;
            }
        }
    }
    for inst in func.layout.iter().flat_map(|block| &func.blocks[*block].insts) {
        let opcode = func.inst(*inst).opcode();
        for (index, arg) in func.args(*inst).iter().enumerate() {
            let root = roots[func.resolve(*arg).index()];
            if root == 0 {
                continue;
            }
            match treatment(opcode, index) {
                Treatment::Mixes => pinned[root as usize - 1] = true,
                Treatment::Escapes => escapes[root as usize - 1] = true,
                Treatment::Derives | Treatment::Accesses | Treatment::Ignores => {}
            }
        }
        if opcode.is_terminator() {
            for call in func.block_calls_of(*inst) {
                for arg in &func.block_calls[call].args {
                    let root = roots[func.resolve(*arg).index()];
                    if root != 0 {
                        pinned[root as usize - 1] = true;
                    }
                }
            }
        }
    }
    candidates.clear();
    for (slot, data) in func.slots.iter() {
        if data.size > 0 && !pinned[slot.index()] {
            candidates.push(slot);
            numbers[slot.index()] = candidates.len() as u32;
        }
    }
    escaped.clear();
    escaped.resize(candidates.len().div_ceil(64), 0);
    for (number, slot) in candidates.iter().enumerate() {
        if escapes[slot.index()] {
            escaped[number / 64] |= 1 << (number % 64);
        }
    }
}

fn collect_events(func: &Function, scratch: &mut ShareScratch) {
    let ShareScratch { roots, numbers, events, ranges, .. } = scratch;
    events.clear();
    ranges.clear();
    ranges.resize(func.blocks.len(), (0, 0));
    for block in &func.layout {
        let first = events.len() as u32;
        for inst in &func.blocks[*block].insts {
            let inst = *inst;
            let data = func.inst(inst);
            let opcode = data.opcode();
            if matches!(opcode, Opcode::LifetimeStart | Opcode::LifetimeEnd) {
                let number = numbers[data.stack_slot().index()];
                if number > 0 {
                    events.push(Event { kind: EventKind::Boundary, number: number - 1, inst });
                }
                continue;
            }
            for (index, arg) in func.args(inst).iter().enumerate() {
                let root = roots[func.resolve(*arg).index()];
                if root == 0 || !matches!(treatment(opcode, index), Treatment::Accesses | Treatment::Escapes)
                {
                    continue;
                }
                let number = numbers[root as usize - 1];
                if number > 0 {
                    events.push(Event { kind: EventKind::Mention, number: number - 1, inst });
                }
            }
        }
        ranges[block.index()] = (first, events.len() as u32);
    }
}

fn set(sets: &mut [u64], number: u32) {
    sets[number as usize / 64] |= 1 << (number % 64);
}

fn clear(sets: &mut [u64], number: u32) {
    sets[number as usize / 64] &= !(1 << (number % 64));
}

impl ShareScratch {
    fn events_of(&self, block: Block) -> std::ops::Range<usize> {
        let (first, end) = self.ranges[block.index()];
        first as usize..end as usize
    }

    fn apply(events: &[Event], sets: &mut [u64]) {
        for event in events {
            match event.kind {
                EventKind::Mention => set(sets, event.number),
                EventKind::Boundary => clear(sets, event.number),
            }
        }
    }

    fn apply_backwards(events: &[Event], sets: &mut [u64]) {
        for event in events.iter().rev() {
            match event.kind {
                EventKind::Mention => set(sets, event.number),
                EventKind::Boundary => clear(sets, event.number),
            }
        }
    }
}

/// Which slots are mentioned before the start of each block, and which behind its end.
fn flow(func: &Function, scratch: &mut ShareScratch) {
    let words = scratch.words;
    let size = func.blocks.len() * words;
    for sets in [&mut scratch.active, &mut scratch.needed] {
        sets.clear();
        sets.resize(size, 0);
    }
    let mut row = vec![0u64; words];
    let mut changed = true;
    while changed {
        changed = false;
        for index in 0..scratch.graph.reverse_postorder().len() {
            let block = scratch.graph.reverse_postorder()[index];
            row.copy_from_slice(&scratch.active[block.index() * words..][..words]);
            ShareScratch::apply(&scratch.events[scratch.events_of(block)], &mut row);
            for next in scratch.graph.succs(block) {
                changed |= join(&mut scratch.active[next.index() * words..][..words], &row);
            }
        }
    }
    changed = true;
    while changed {
        changed = false;
        for index in (0..scratch.graph.reverse_postorder().len()).rev() {
            let block = scratch.graph.reverse_postorder()[index];
            row.copy_from_slice(&scratch.needed[block.index() * words..][..words]);
            ShareScratch::apply_backwards(&scratch.events[scratch.events_of(block)], &mut row);
            for before in scratch.graph.preds(block) {
                changed |= join(&mut scratch.needed[before.index() * words..][..words], &row);
            }
        }
    }
}

fn join(into: &mut [u64], from: &[u64]) -> bool {
    let mut changed = false;
    for (into, from) in into.iter_mut().zip(from) {
        changed |= *from & !*into != 0;
        *into |= from;
    }
    changed
}

/// Which slots are alive at the same point.
fn find_conflicts(func: &Function, scratch: &mut ShareScratch) {
    let words = scratch.words;
    scratch.conflicts.clear();
    scratch.conflicts.resize(scratch.candidates.len() * words, 0);
    let mut active = vec![0u64; words];
    // What is needed behind each event of the block.
    let mut needed: Vec<u64> = Vec::new();
    let mut alive = vec![0u64; words];
    for block in &func.layout {
        let range = scratch.events_of(*block);
        let count = range.len();
        needed.clear();
        needed.resize((count + 1) * words, 0);
        needed[count * words..].copy_from_slice(&scratch.needed[block.index() * words..][..words]);
        for at in (0..count).rev() {
            let (before, after) = needed.split_at_mut((at + 1) * words);
            let row = &mut before[at * words..];
            row.copy_from_slice(&after[..words]);
            ShareScratch::apply_backwards(&scratch.events[range.start + at..][..1], row);
        }
        active.copy_from_slice(&scratch.active[block.index() * words..][..words]);
        // Between events, and at the mentions of one instruction together.
        let mut at = 0;
        loop {
            for word in 0..words {
                alive[word] = active[word] & (needed[at * words + word] | scratch.escaped[word]);
            }
            let mut end = at;
            while end < count
                && scratch.events[range.start + end].inst == scratch.events[range.start + at].inst
            {
                let event = scratch.events[range.start + end];
                if event.kind == EventKind::Mention {
                    set(&mut alive, event.number);
                }
                end += 1;
            }
            meet(&mut scratch.conflicts, words, &alive);
            if at == count {
                break;
            }
            ShareScratch::apply(&scratch.events[range.start + at..range.start + end], &mut active);
            at = end;
        }
    }
}

fn meet(conflicts: &mut [u64], words: usize, alive: &[u64]) {
    for (index, word) in alive.iter().enumerate() {
        let mut rest = *word;
        while rest != 0 {
            let number = index * 64 + rest.trailing_zeros() as usize;
            rest &= rest - 1;
            join(&mut conflicts[number * words..][..words], alive);
        }
    }
}

/// Gives each slot to the first group none of whose members it meets, large slots first.
fn group(func: &mut Function, scratch: &mut ShareScratch) -> bool {
    let words = scratch.words;
    let mut order: Vec<usize> = (0..scratch.candidates.len()).collect();
    order.sort_by_key(|number| (std::cmp::Reverse(func.slots[scratch.candidates[*number]].size), *number));
    let mut groups: Vec<(StackSlot, Vec<u64>)> = Vec::new();
    let mut shares = vec![None; func.slots.len()];
    for number in order {
        let slot = scratch.candidates[number];
        let conflicts = &scratch.conflicts[number * words..][..words];
        let align = func.slots[slot].align;
        let size = func.slots[slot].size;
        // A small slot in a far larger one would be addressed from afar.
        let fits = |(first, members): &&mut (StackSlot, Vec<u64>)| {
            members.iter().zip(conflicts).all(|(a, b)| a & b == 0) && func.slots[*first].size <= size * 64
        };
        match groups.iter_mut().find(fits) {
            Some((first, members)) => {
                set(members, number as u32);
                shares[slot.index()] = Some(*first);
                let place = &mut func.slots[*first];
                place.align = place.align.max(align);
            }
            None => {
                let mut members = vec![0; words];
                set(&mut members, number as u32);
                groups.push((slot, members));
            }
        }
    }
    if shares.iter().all(Option::is_none) {
        return false;
    }
    rename(func, &shares);
    true
}

fn rename(func: &mut Function, shares: &[Option<StackSlot>]) {
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        for at in 0..func.blocks[block].insts.len() {
            let inst = func.blocks[block].insts[at];
            let data = func.inst_mut(inst);
            if matches!(
                data.opcode(),
                Opcode::SlotAddr | Opcode::LifetimeStart | Opcode::LifetimeEnd | Opcode::DebugSlot
            ) && let Some(first) = shares[data.stack_slot().index()]
            {
                data.set_stack_slot(first);
            }
        }
    }
    for (number, share) in shares.iter().enumerate() {
        if share.is_some() {
            let data = &mut func.slots[StackSlot::from_index(number)];
            data.size = 0;
            data.align = 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sizes of a function's slots after sharing.
    fn sizes(body: &str) -> Vec<u64> {
        let text = format!("declare @keep(ptr)\n\nfunc @test(i64) -> i64 {{\n{body}}}\n");
        let target = lathe_target::Target::from_triple("x86_64-linux-gnu").expect("a known target");
        let mut module = lathe_ir::text::read_text("test.ssa", &text, &target).expect("well-formed text");
        let func = module.functions.values_mut().find(|func| !func.layout.is_empty()).expect("a body");
        share_slots(func, &mut ShareScratch::default());
        func.slots.values().map(|slot| slot.size).collect()
    }

    #[test]
    fn one_after_the_other_shares() {
        let body = "    slot ss0: size 8, align 8\n    slot ss1: size 16, align 8\n\
            block0(v0: i64):\n    v1 = slot_addr ss0\n    store.i64 v0, v1, align 8\n    v2 = load.i64 v1, align 8\n    \
            v3 = slot_addr ss1\n    store.i64 v2, v3, align 8\n    v4 = load.i64 v3, align 8\n    return v4\n";
        assert_eq!(sizes(body), [0, 16]);
    }

    #[test]
    fn meeting_slots_do_not_share() {
        let body = "    slot ss0: size 8, align 8\n    slot ss1: size 16, align 8\n\
            block0(v0: i64):\n    v1 = slot_addr ss0\n    store.i64 v0, v1, align 8\n    \
            v3 = slot_addr ss1\n    store.i64 v0, v3, align 8\n    v2 = load.i64 v1, align 8\n    \
            v4 = load.i64 v3, align 8\n    v5 = iadd.i64 v2, v4\n    return v5\n";
        assert_eq!(sizes(body), [8, 16]);
    }

    #[test]
    fn escaped_slots_share_after_their_end_only() {
        let start = "    slot ss0: size 8, align 8\n    slot ss1: size 8, align 8\n\
            block0(v0: i64):\n    v1 = slot_addr ss0\n    call @keep(v1)\n";
        let end = "    v2 = slot_addr ss1\n    call @keep(v2)\n    return v0\n";
        assert_eq!(sizes(&format!("{start}{end}")), [8, 8]);
        assert_eq!(sizes(&format!("{start}    lifetime_end ss0\n{end}")), [8, 0]);
    }

    #[test]
    fn slots_of_both_arms_share() {
        let body = "    slot ss0: size 8, align 8\n    slot ss1: size 8, align 8\n    slot ss2: size 8, align 8\n\
            block0(v0: i64):\n    v1 = slot_addr ss0\n    v2 = slot_addr ss1\n    v3 = slot_addr ss2\n    \
            store.i64 v0, v3, align 8\n    jump block1\nblock1:\n    br v0, block2, block3\nblock2:\n    \
            store.i64 v0, v1, align 8\n    v4 = load.i64 v1, align 8\n    br v4, block1, block4\nblock3:\n    \
            store.i64 v0, v2, align 8\n    v5 = load.i64 v2, align 8\n    jump block4\nblock4:\n    \
            v6 = load.i64 v3, align 8\n    return v6\n";
        assert_eq!(sizes(body), [8, 0, 8], "the third is read at the end");
    }
}

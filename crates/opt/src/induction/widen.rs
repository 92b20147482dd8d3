//! Narrow counters get a twin as wide as an address.
//!
//! A signed counter that promises not to wrap and is extended in its loop, alone or in a sum, is counted in
//! the wide type instead; its narrow form is the low half of the wide one, which costs nothing on most targets.

use super::counters::{Counter, Counters};
use super::linear::{Gatherer, Linear};
use crate::loops::{self, Loops};
use lathe_ir::{Entity, Function, Inst, InstData, Opcode, Type, Value};
use rustc_hash::FxHashMap;

/// Widens the counters that are worth it; whether there was one.
pub(super) fn widen(func: &mut Function, loops: &mut Loops, counters: &mut Counters, word: Type) -> bool {
    let mut wanted = wanted(func, loops, counters, word);
    wanted.sort_unstable();
    wanted.dedup();
    for number in &wanted {
        widen_counter(func, loops, counters, *number, word);
    }
    if wanted.is_empty() {
        return false;
    }
    replace_extensions(func, counters, word);
    true
}

/// The counters that some extension in their loop depends on.
fn wanted(func: &Function, loops: &Loops, counters: &Counters, word: Type) -> Vec<usize> {
    let mut wanted = Vec::new();
    if !counters.list.iter().any(|counter| counter.no_signed_wrap && func.ty(counter.value) != word) {
        return wanted;
    }
    for block in &func.layout {
        if loops.forest.loop_of(*block).is_none() {
            continue;
        }
        for inst in &func.blocks[*block].insts {
            let data = func.inst(*inst);
            if data.opcode() != Opcode::Sext || data.ty() != word {
                continue;
            }
            let (narrow, block) = (Vec::new(), *block);
            let mut gatherer = Gatherer { func, loops, counters, word, block, widens: true, narrow };
            if let Some(result) = func.result(*inst) {
                gatherer.whole(result, 1, 0, &mut Linear::default());
            }
            wanted.extend(gatherer.narrow.into_iter().filter(|number| {
                let counter = &counters.list[*number];
                counter.wide.is_none() && loops.forest.contains(counter.this, block)
            }));
        }
    }
    wanted
}

fn widen_counter(func: &mut Function, loops: &mut Loops, counters: &mut Counters, number: usize, word: Type) {
    let Counter { this, number: parameter, value, first, step, additions, .. } =
        counters.list[number].clone();
    let Some(entrance) = loops.entrance(func, this) else { return };
    let header = loops.forest.header(this);
    let loc = func.terminator(entrance).map_or(lathe_diag::Loc::NONE, |inst| func.loc(inst));
    let start = match func.int_constant(first) {
        Some(constant) => InstData::iconst(word, constant),
        None => InstData::unary(Opcode::Sext, word, first),
    };
    let start = func.create_inst(start, loc);
    loops::insert_before_end(func, loops, entrance, start);
    let Some(start) = func.result(start) else { return };
    let wide = func.append_param(header, word);
    let mut next: FxHashMap<Value, Value> = FxHashMap::default();
    for inst in additions {
        let Some(block) = loops.home(inst) else { continue };
        let data = InstData::binary_imm(Opcode::IaddImm, word, lathe_ir::instruction::NSW, wide, step);
        let loc = func.loc(inst);
        let added = func.create_inst(data, loc);
        let place = func.blocks[block].insts.iter().position(|other| *other == inst).unwrap_or(0);
        func.blocks[block].insts.insert(place + 1, added);
        loops.set_home(added, block);
        if let (Some(narrow), Some(wide)) = (func.result(inst), func.result(added)) {
            next.insert(narrow, wide);
        }
    }
    let preds: Vec<_> = loops.cfg.preds(header).to_vec();
    let mut done = Vec::new();
    for from in preds {
        let Some(terminator) = func.terminator(from) else { continue };
        for call in func.block_calls_of(terminator) {
            if func.block_calls[call].block != header || done.contains(&call) {
                continue;
            }
            done.push(call);
            let narrow = func.resolve(func.block_calls[call].args[parameter]);
            let wide = next.get(&narrow).copied().unwrap_or(start);
            func.block_calls[call].args.push(wide);
        }
    }
    counters.widened.insert(value, wide);
    counters.widened.extend(next);
    counters.list[number].wide = Some(wide);
    // The wide one is a counter as well.
    counters.by_value.insert(wide, counters.list.len());
    let counter = Counter {
        this,
        value: wide,
        number: func.blocks[header].params.len() - 1,
        first: start,
        step,
        additions: Vec::new(),
        no_signed_wrap: true,
        wide: None,
    };
    counters.list.push(counter);
}

/// Extensions of what is wide now.
fn replace_extensions(func: &mut Function, counters: &Counters, word: Type) {
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let mut insts = std::mem::take(&mut func.blocks[block].insts);
        insts.retain(|inst| {
            let data = func.inst(*inst);
            if data.opcode() != Opcode::Sext || data.ty() != word {
                return true;
            }
            let narrow = func.resolve(data.inline_args()[0]);
            let (Some(wide), Some(result)) = (counters.widened.get(&narrow), func.result(*inst)) else {
                return true;
            };
            func.replace_value(result, *wide);
            false
        });
        func.blocks[block].insts = insts;
    }
    func.resolve_aliases();
}

/// Lets every use of a narrow counter use the low half of its wide twin, so that the narrow one dies.
pub(super) fn replace_narrow(func: &mut Function, counters: &Counters) {
    if counters.widened.is_empty() {
        return;
    }
    let mut low: FxHashMap<Value, Value> = FxHashMap::default();
    let mut pairs: Vec<(Value, Value)> = counters.widened.iter().map(|(a, b)| (*a, *b)).collect();
    pairs.sort_unstable_by_key(|(narrow, _)| narrow.index());
    let mut after: FxHashMap<Inst, Inst> = FxHashMap::default();
    for (narrow, wide) in pairs {
        let data = InstData::unary(Opcode::Trunc, func.ty(narrow), wide);
        let inst = func.create_inst(data, lathe_diag::Loc::NONE);
        if let Some(result) = func.result(inst) {
            low.insert(narrow, result);
        }
        match func.def(wide) {
            lathe_ir::ValueDef::Param(block, _) => func.blocks[block].insts.insert(0, inst),
            lathe_ir::ValueDef::Result(def, _) => {
                after.insert(def, inst);
            }
            _ => {}
        }
    }
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let insts = std::mem::take(&mut func.blocks[block].insts);
        let mut out = Vec::with_capacity(insts.len());
        for inst in insts {
            compare_wide(func, counters, inst);
            func.map_uses(inst, |value| low.get(&value).copied().unwrap_or(value));
            out.push(inst);
            out.extend(after.get(&inst));
        }
        func.blocks[block].insts = out;
    }
}

/// A comparison of a narrow counter with a constant compares the wide one: sign extension keeps every order.
fn compare_wide(func: &mut Function, counters: &Counters, inst: Inst) {
    let data = *func.inst(inst);
    if data.opcode() != Opcode::IcmpImm {
        return;
    }
    let bits = func.ty(data.inline_args()[0]).lane_bits(64);
    let constant = data.imm() << (64 - bits) >> (64 - bits);
    if let Some(wide) = counters.widened.get(&data.inline_args()[0]) {
        func.replace_inst(inst, InstData::icmp_imm(func.ty(*wide), data.int_cond(), *wide, constant));
    }
}

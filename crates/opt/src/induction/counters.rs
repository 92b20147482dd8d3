//! Basic counters: header parameters that every round adds a constant to.

use crate::loops::{self, Loops};
use lathe_ir::analysis::Loop;
use lathe_ir::instruction::NSW;
use lathe_ir::{Function, Inst, Opcode, Value};
use rustc_hash::FxHashMap;

/// A header parameter `v` whose value in the next round is `v + step`.
#[derive(Clone, Debug)]
pub(super) struct Counter {
    /// Its loop.
    pub(super) this: Loop,
    /// The parameter.
    pub(super) value: Value,
    /// Its number among the header's parameters.
    pub(super) number: usize,
    /// The value in the first round, defined outside of the loop.
    pub(super) first: Value,
    /// What is added.
    pub(super) step: i64,
    /// The additions, and whether all of them promise not to wrap as signed.
    pub(super) additions: Vec<Inst>,
    /// Whether they do.
    pub(super) no_signed_wrap: bool,
    /// The same counter, as wide as an address.
    pub(super) wide: Option<Value>,
}

/// All counters of a function.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) list: Vec<Counter>,
    /// Counter of a header parameter.
    pub(super) by_value: FxHashMap<Value, usize>,
    /// Narrow values with their sign-extended wide ones: counters and their next values.
    pub(super) widened: FxHashMap<Value, Value>,
}

/// Finds the counters of all loops that have an entrance.
pub(super) fn find(func: &Function, loops: &Loops) -> Counters {
    let mut counters = Counters::default();
    for this in loops.forest.loops() {
        let Some(entrance) = loops.entrance(func, this) else { continue };
        let header = loops.forest.header(this);
        for number in 0..func.blocks[header].params.len() {
            let value = func.blocks[header].params[number];
            if !func.ty(value).is_int() {
                continue;
            }
            let Some(first) = loops::arguments(func, entrance, header, number).next() else { continue };
            if let Some((step, additions)) = additions(func, loops, this, number, value) {
                let no_signed_wrap = additions.iter().all(|inst| func.inst(*inst).aux() & NSW != 0);
                counters.by_value.insert(value, counters.list.len());
                counters.list.push(Counter {
                    this,
                    value,
                    number,
                    first,
                    step,
                    additions,
                    no_signed_wrap,
                    wide: None,
                });
            }
        }
    }
    counters
}

/// The step and the additions, if every way back to the header adds the same.
fn additions(
    func: &Function,
    loops: &Loops,
    this: Loop,
    number: usize,
    value: Value,
) -> Option<(i64, Vec<Inst>)> {
    let header = loops.forest.header(this);
    let mut found: Vec<Inst> = Vec::new();
    let mut step = None;
    for from in loops.forest.back_edges(&loops.cfg, this) {
        for next in loops::arguments(func, from, header, number) {
            let inst = func.def_inst(next)?;
            let data = func.inst(inst);
            let adds = data.opcode() == Opcode::IaddImm && func.resolve(data.inline_args()[0]) == value;
            if !adds || step.is_some_and(|step| step != data.imm()) {
                return None;
            }
            step = Some(data.imm());
            if !found.contains(&inst) {
                found.push(inst);
            }
        }
    }
    Some((step?, found))
}

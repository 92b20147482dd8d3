//! Dead code: values, block parameters and private stores that nobody reads.
//!
//! Optimistic marking from what must stay: effects, terminators, and, through them, operands. A
//! block argument matters only if its parameter does.

use crate::manager::FunctionContext;
use lathe_ir::{Entity, EntityMap, Function, Inst, Opcode, StackSlot, Value, ValueDef};

/// Runs the pass; whether anything changed.
pub fn run(func: &mut Function, _: &FunctionContext<'_>) -> bool {
    let unread = unread_slots(func);
    let mut live = Marker {
        value: EntityMap::filled(false, func.value_count()),
        inst: vec![false; func.inst_count()],
        work: Vec::new(),
    };
    for block in &func.layout {
        for inst in &func.blocks[*block].insts {
            if is_root(func, *inst, &unread) {
                live.mark_inst(*inst);
                for arg in func.args(*inst) {
                    live.mark(func.resolve(*arg));
                }
            }
        }
    }
    // The entry's parameters are the function's.
    for param in &func.blocks[func.entry()].params {
        live.value[*param] = true;
    }
    let incoming = incoming_calls(func);
    while let Some(value) = live.work.pop() {
        match func.def(value) {
            ValueDef::Result(inst, _) => {
                if live.mark_inst(inst) {
                    for arg in func.args(inst) {
                        live.mark(func.resolve(*arg));
                    }
                }
            }
            ValueDef::Param(block, number) => {
                for call in &incoming[block.index()] {
                    let arg = func.block_calls[*call].args[number as usize];
                    live.mark(func.resolve(arg));
                }
            }
            ValueDef::Alias(_) | ValueDef::Detached => {}
        }
    }
    sweep(func, &live, &incoming)
}

struct Marker {
    value: EntityMap<Value, bool>,
    inst: Vec<bool>,
    work: Vec<Value>,
}

impl Marker {
    fn mark(&mut self, value: Value) {
        if !std::mem::replace(&mut self.value[value], true) {
            self.work.push(value);
        }
    }

    /// Whether the instruction was not marked before.
    fn mark_inst(&mut self, inst: Inst) -> bool {
        !std::mem::replace(&mut self.inst[inst.index()], true)
    }
}

/// Whether an instruction stays whatever its results are used for. Debug values do not keep values
/// alive.
fn is_root(func: &Function, inst: Inst, unread: &EntityMap<StackSlot, bool>) -> bool {
    let data = func.inst(inst);
    match data.opcode() {
        Opcode::DebugValue => false,
        Opcode::DebugSlot | Opcode::LifetimeStart | Opcode::LifetimeEnd => !unread[data.stack_slot()],
        Opcode::Store if data.mem_flags().is_plain() => {
            slot_of(func, data.inline_args()[1]).is_none_or(|slot| !unread[slot])
        }
        Opcode::Memset if data.mem_flags().is_plain() => {
            slot_of(func, data.inline_args()[0]).is_none_or(|slot| !unread[slot])
        }
        Opcode::Memcpy | Opcode::Memmove if data.mem_flags().is_plain() => {
            slot_of(func, data.inline_args()[0]).is_none_or(|slot| !unread[slot])
        }
        _ => func.has_effect(inst),
    }
}

/// The slot that an address is in, seen through constant offsets.
fn slot_of(func: &Function, value: Value) -> Option<StackSlot> {
    let mut value = value;
    loop {
        let data = func.inst(func.def_inst(value)?);
        match data.opcode() {
            Opcode::SlotAddr => return Some(data.stack_slot()),
            Opcode::PtrAddImm => value = data.inline_args()[0],
            _ => return None,
        }
    }
}

/// Slots that are only written: no load, and the address goes nowhere.
fn unread_slots(func: &Function) -> EntityMap<StackSlot, bool> {
    let mut unread = EntityMap::filled(true, func.slots.len());
    for block in &func.layout {
        for inst in &func.blocks[*block].insts {
            let data = func.inst(*inst);
            let harmless = match data.opcode() {
                Opcode::SlotAddr | Opcode::PtrAddImm | Opcode::DebugSlot => continue,
                Opcode::LifetimeStart | Opcode::LifetimeEnd => continue,
                // The address operand of a plain store; the value stored may be an address.
                Opcode::Store if data.mem_flags().is_plain() => Some(data.inline_args()[1]),
                Opcode::Memset | Opcode::Memcpy | Opcode::Memmove if data.mem_flags().is_plain() => {
                    Some(data.inline_args()[0])
                }
                _ => None,
            };
            let mut skipped = harmless.is_none();
            func.each_use(*inst, |value| {
                if !skipped && Some(value) == harmless {
                    skipped = true;
                    return;
                }
                if let Some(slot) = slot_of(func, value) {
                    unread[slot] = false;
                }
            });
            // `memcpy(p, p)`: the one use that was skipped stands for both.
            if matches!(data.opcode(), Opcode::Memcpy | Opcode::Memmove)
                && let Some(slot) = slot_of(func, data.inline_args()[1])
            {
                unread[slot] = false;
            }
            if data.opcode() == Opcode::Store
                && let Some(slot) = slot_of(func, data.inline_args()[0])
            {
                unread[slot] = false;
            }
        }
    }
    unread
}

/// The branch targets that lead to each block.
fn incoming_calls(func: &Function) -> Vec<Vec<lathe_ir::BlockCall>> {
    let mut incoming = vec![Vec::new(); func.blocks.len()];
    let mut seen = vec![false; func.block_calls.len()];
    for block in &func.layout {
        let Some(terminator) = func.terminator(*block) else { continue };
        for call in func.block_calls_of(terminator) {
            let target = func.block_calls[call].block;
            if !std::mem::replace(&mut seen[call.index()], true) {
                incoming[target.index()].push(call);
            }
        }
    }
    incoming
}

fn sweep(func: &mut Function, live: &Marker, incoming: &[Vec<lathe_ir::BlockCall>]) -> bool {
    let mut changed = false;
    let entry = func.entry();
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let mut insts = std::mem::take(&mut func.blocks[block].insts);
        let before = insts.len();
        insts.retain(|inst| {
            let data = func.inst(*inst);
            if data.opcode() == Opcode::DebugValue {
                return live.value[func.resolve(data.inline_args()[0])];
            }
            live.inst[inst.index()]
        });
        changed |= insts.len() != before;
        func.blocks[block].insts = insts;
        if block == entry {
            continue;
        }
        for number in (0..func.blocks[block].params.len()).rev() {
            if live.value[func.blocks[block].params[number]] {
                continue;
            }
            func.remove_param(block, number);
            for call in &incoming[block.index()] {
                func.block_calls[*call].args.remove(number);
            }
            changed = true;
        }
    }
    changed
}

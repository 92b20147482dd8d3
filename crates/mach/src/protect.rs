//! The stack protector: a guard value between a function's arrays and what is above them, checked
//! before every return.
//!
//! In: a function whose attributes ask for it. Out: SSA with a guard slot. Frame layout puts
//! the slot above all variables ([`crate::frame`]). The reference value is where
//! [`crate::TargetInfo::stack_guard`] says: in the thread's control block (glibc's `tcbhead_t.stack_guard`; System V x86-64:
//! `%fs:0x28`) or in a global variable. Rules as `-fstack-protector`, `-strong` and `-all` of gcc, on slots instead of
//! C types: a slot of 8 bytes or more may be an array.

use crate::target::{StackGuard, TargetInfo};
use lathe_diag::Loc;
use lathe_ir::function::StackSlotData;
use lathe_ir::{
    Block, Function, Inst, InstData, IntCond, LibCall, Likelihood, MemFlags, Module, Opcode, Signature,
    StackSlot, Symbol, Type,
};
use std::sync::Arc;

/// Smallest slot that counts as an array at level 1 (`--param ssp-buffer-size`).
const BUFFER_BYTES: u64 = 8;

/// Where the reference value is, for one module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reference {
    ThreadPointer(i32),
    Global(Symbol),
}

/// Declares the variable that holds the reference value, if the target has one and a function will look at it.
pub fn declare_reference(module: &mut Module, info: &TargetInfo) {
    if let StackGuard::Global(name) = info.stack_guard
        && module.functions.values().any(|func| func.attributes.stack_protector > 0)
        && module.find_symbol(name).is_none()
    {
        module.declare_data(name);
    }
}

/// Guards a function if its attributes say so; gives the slot of the guard.
pub fn protect(func: &mut Function, module: &Module, info: &TargetInfo) -> Option<StackSlot> {
    if func.attributes.stack_protector == 0 || func.attributes.naked || !wants_guard(func) {
        return None;
    }
    let reference = match info.stack_guard {
        StackGuard::None => return None,
        StackGuard::ThreadPointer(offset) => Reference::ThreadPointer(offset),
        StackGuard::Global(name) => Reference::Global(module.find_symbol(name)?),
    };
    let slot = func.slots.push(StackSlotData {
        size: u64::from(info.word_bytes),
        align: u32::from(info.word_bytes),
        name: None,
    });
    let ends: Vec<(Block, Inst)> = func
        .layout
        .iter()
        .filter_map(|block| Some((*block, func.terminator(*block)?)))
        .filter(|(_, inst)| {
            matches!(func.inst(*inst).opcode(), Opcode::Return | Opcode::TailCall | Opcode::TailCallIndirect)
        })
        .collect();
    store_guard(func, slot, reference);
    if ends.is_empty() {
        return Some(slot);
    }
    let fail = failure_block(func);
    for (block, inst) in ends {
        check_guard(func, block, inst, slot, reference, fail);
    }
    Some(slot)
}

fn wants_guard(func: &Function) -> bool {
    match func.attributes.stack_protector {
        0 => false,
        1 => {
            let allocates = func.layout.iter().any(|block| {
                let insts = &func.blocks[*block].insts;
                insts.iter().any(|inst| func.inst(*inst).opcode() == Opcode::StackAlloc)
            });
            allocates || func.slots.values().any(|slot| slot.size > BUFFER_BYTES)
        }
        2 => func.slots.values().any(|slot| slot.size >= BUFFER_BYTES) || takes_address(func),
        _ => true,
    }
}

/// Whether the address of a slot goes anywhere but into a load or store of it.
fn takes_address(func: &Function) -> bool {
    let is_slot =
        |value| func.def_inst(value).is_some_and(|inst| func.inst(inst).opcode() == Opcode::SlotAddr);
    func.layout.iter().flat_map(|block| &func.blocks[*block].insts).any(|inst| {
        let args = func.args(*inst);
        match func.inst(*inst).opcode() {
            Opcode::Load => false,
            Opcode::Store => args.first().is_some_and(|value| is_slot(*value)),
            _ => args.iter().any(|value| is_slot(*value)),
        }
    })
}

/// Appends to `list` the instructions that load the reference value.
fn load_reference(func: &mut Function, reference: Reference, list: &mut Vec<Inst>) -> lathe_ir::Value {
    let (pointer, offset) = match reference {
        Reference::ThreadPointer(offset) => (InstData::nullary(Opcode::ThreadPointer, Type::NONE), offset),
        Reference::Global(symbol) => (InstData::addr(symbol, 0), 0),
    };
    let pointer = func.create_inst(pointer, Loc::NONE);
    list.push(pointer);
    let base = func.result(pointer).expect("the address has a value");
    let flags = MemFlags::aligned(4).volatile();
    let load = func.create_inst(InstData::load(Opcode::Load, Type::PTR, base, offset, flags), Loc::NONE);
    list.push(load);
    func.result(load).expect("load has a result")
}

/// Appends the address of the guard slot.
fn slot_address(func: &mut Function, slot: StackSlot, list: &mut Vec<Inst>) -> lathe_ir::Value {
    let inst = func.create_inst(InstData::slot_addr(slot, 0), Loc::NONE);
    list.push(inst);
    func.result(inst).expect("slot_addr has a result")
}

fn store_guard(func: &mut Function, slot: StackSlot, reference: Reference) {
    let mut list = Vec::new();
    let reference = load_reference(func, reference, &mut list);
    let address = slot_address(func, slot, &mut list);
    let flags = MemFlags::aligned(4).volatile();
    let store = func.create_inst(InstData::store(Type::PTR, reference, address, 0, flags), Loc::NONE);
    list.push(store);
    let entry = func.entry();
    func.blocks[entry].insts.splice(0..0, list);
}

fn failure_block(func: &mut Function) -> Block {
    let fail = func.create_block();
    func.append_block(fail);
    let signature = func.import_signature(Arc::new(Signature::new(&[], &[])));
    let args = func.make_list(&[]);
    func.append_inst(fail, InstData::call_lib(args, signature, LibCall::StackChkFail), Loc::NONE);
    func.append_inst(fail, InstData::nullary(Opcode::Unreachable, Type::NONE), Loc::NONE);
    fail
}

/// Splits a block before its last instruction and compares there.
fn check_guard(
    func: &mut Function,
    block: Block,
    last: Inst,
    slot: StackSlot,
    reference: Reference,
    fail: Block,
) {
    func.blocks[block].insts.pop();
    let leave = func.create_block();
    func.append_block(leave);
    func.blocks[leave].insts.push(last);
    let mut list = Vec::new();
    let reference = load_reference(func, reference, &mut list);
    let address = slot_address(func, slot, &mut list);
    let flags = MemFlags::aligned(4).volatile();
    let load = func.create_inst(InstData::load(Opcode::Load, Type::PTR, address, 0, flags), Loc::NONE);
    list.push(load);
    let own = func.result(load).expect("load has a result");
    let compare = func.create_inst(InstData::icmp(Type::PTR, IntCond::Ne, own, reference), Loc::NONE);
    list.push(compare);
    let differs = func.result(compare).expect("icmp has a result");
    let (to_fail, to_leave) = (func.make_block_call(fail, &[]), func.make_block_call(leave, &[]));
    let branch = InstData::branch(differs, Likelihood::Unlikely, to_fail, to_leave);
    list.push(func.create_inst(branch, Loc::NONE));
    func.blocks[block].insts.extend(list);
}

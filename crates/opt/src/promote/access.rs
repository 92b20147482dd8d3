//! What is done with each stack slot.
//!
//! An address is followed from `slot_addr` through `ptr_add_imm`. Everything but loads, stores,
//! fills and copies of known extent, lifetime marks and debug marks makes the slot escape.

use lathe_ir::{EntityMap, Function, Inst, Opcode, StackSlot, Type, Value};
use lathe_target::DataLayout;

/// A part of a slot that some instruction touches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Access {
    pub(super) offset: u64,
    pub(super) size: u64,
    /// The scalar type of a load or store; `None` for fills and copies.
    pub(super) ty: Option<Type>,
}

/// All that is known of one slot.
#[derive(Clone, Debug, Default)]
pub(super) struct SlotAccesses {
    pub(super) escapes: bool,
    pub(super) accesses: Vec<Access>,
}

/// The slots of a function, and where each address value points.
pub(super) struct Slots {
    pub(super) slots: EntityMap<StackSlot, SlotAccesses>,
    /// For values that are slot addresses: slot and offset.
    pub(super) addresses: EntityMap<Value, Option<(StackSlot, i64)>>,
}

/// Follows all slot addresses. Definitions come before uses in layout order except through block
/// parameters, which let an address escape anyway; a use that is met early is caught by a second look.
pub(super) fn collect(func: &Function, layout: &DataLayout) -> Slots {
    let mut slots = Slots {
        slots: EntityMap::filled(SlotAccesses::default(), func.slots.len()),
        addresses: EntityMap::filled(None, func.value_count()),
    };
    find_addresses(func, &mut slots);
    for block in &func.layout {
        for inst in &func.blocks[*block].insts {
            record(func, *inst, &mut slots, layout);
        }
    }
    slots
}

fn find_addresses(func: &Function, slots: &mut Slots) {
    // Layout order need not be dominance order: repeat until nothing new is found.
    loop {
        let mut changed = false;
        for block in &func.layout {
            for inst in &func.blocks[*block].insts {
                let data = func.inst(*inst);
                let place = match data.opcode() {
                    Opcode::SlotAddr => Some((data.stack_slot(), data.imm())),
                    Opcode::PtrAddImm => {
                        let base = func.resolve(data.inline_args()[0]);
                        slots.addresses[base].and_then(|(slot, at)| Some((slot, at.checked_add(data.imm())?)))
                    }
                    _ => continue,
                };
                let Some(result) = func.result(*inst) else { continue };
                if place.is_some() && slots.addresses[result].is_none() {
                    slots.addresses[result] = place;
                    changed |= data.opcode() == Opcode::PtrAddImm;
                }
            }
        }
        if !changed {
            return;
        }
    }
}

impl Slots {
    /// Slot and offset of an address value.
    pub(super) fn place(&self, func: &Function, value: Value) -> Option<(StackSlot, i64)> {
        self.addresses[func.resolve(value)]
    }

    fn escape(&mut self, func: &Function, value: Value) {
        if let Some((slot, _)) = self.place(func, value) {
            self.slots[slot].escapes = true;
        }
    }

    fn access(&mut self, func: &Function, address: Value, more: i64, size: u64, ty: Option<Type>) {
        let Some((slot, at)) = self.place(func, address) else { return };
        let offset = at.checked_add(more).and_then(|n| u64::try_from(n).ok());
        let fits = offset.and_then(|o| o.checked_add(size)).is_some_and(|end| end <= func.slots[slot].size);
        match offset {
            Some(offset) if fits => self.slots[slot].accesses.push(Access { offset, size, ty }),
            // Out of bounds: undefined, but not ours to break further.
            _ => self.slots[slot].escapes = true,
        }
    }
}

fn record(func: &Function, inst: Inst, slots: &mut Slots, layout: &DataLayout) {
    let data = func.inst(inst);
    match data.opcode() {
        Opcode::SlotAddr | Opcode::PtrAddImm => {}
        Opcode::LifetimeStart | Opcode::LifetimeEnd | Opcode::DebugSlot => {}
        Opcode::Load => {
            let address = data.inline_args()[0];
            if data.mem_flags().is_plain() {
                let size = u64::from(data.ty().bytes(layout));
                slots.access(func, address, i64::from(data.offset()), size, Some(data.ty()));
            } else {
                slots.escape(func, address);
            }
        }
        Opcode::Store => {
            let (value, address) = (data.inline_args()[0], data.inline_args()[1]);
            slots.escape(func, value);
            if data.mem_flags().is_plain() {
                let size = u64::from(data.ty().bytes(layout));
                slots.access(func, address, i64::from(data.offset()), size, Some(data.ty()));
            } else {
                slots.escape(func, address);
            }
        }
        Opcode::Memcpy | Opcode::Memmove | Opcode::Memset => block_operation(func, inst, slots),
        _ => func.each_use(inst, |value| slots.escape(func, value)),
    }
}

fn block_operation(func: &Function, inst: Inst, slots: &mut Slots) {
    let data = *func.inst(inst);
    let args = data.inline_args();
    let length = func.int_constant(args[2]).and_then(|n| u64::try_from(n).ok());
    let constant_byte = data.opcode() != Opcode::Memset || func.int_constant(args[1]).is_some();
    let Some(length) = length.filter(|_| data.mem_flags().is_plain() && constant_byte) else {
        for arg in args {
            slots.escape(func, *arg);
        }
        return;
    };
    slots.access(func, args[0], 0, length, None);
    if data.opcode() != Opcode::Memset {
        slots.access(func, args[1], 0, length, None);
    }
}

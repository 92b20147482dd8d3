//! Which memory an address names, and whether two accesses may overlap.
//!
//! An address is a base and a constant offset; its root is the object that the base is derived from. Offsets of one
//! base overlap or not by arithmetic; distinct slots, and slots and symbols, never overlap; an address of unknown
//! root reaches only slots that escaped. Everything else may overlap.

use lathe_ir::{EntityMap, Function, Opcode, StackSlot, Symbol, Value};

/// What an address is based on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Base {
    Slot(StackSlot),
    Symbol(Symbol),
    Value(Value),
}

/// `base + offset`, inside the object `root`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) base: Base,
    pub(crate) offset: i64,
    /// The slot or symbol that `base` is somewhere in; else the value that it was computed from.
    pub(crate) root: Base,
}

impl Place {
    /// The place that an address names.
    pub(crate) fn of(func: &Function, address: Value) -> Place {
        let mut value = func.resolve(address);
        let mut offset = 0i64;
        // Once a variable number of bytes was added, only the root is looked for.
        let mut base = None;
        loop {
            let data = func.def_inst(value).map(|inst| func.inst(inst));
            let (root, at) = match data.map(|data| (data.opcode(), data)) {
                Some((Opcode::PtrAddImm, data)) => {
                    if base.is_none() {
                        offset = offset.wrapping_add(data.imm());
                    }
                    value = func.resolve(data.inline_args()[0]);
                    continue;
                }
                Some((Opcode::PtrAdd, data)) => {
                    base = base.or(Some(Base::Value(value)));
                    value = func.resolve(data.inline_args()[0]);
                    continue;
                }
                Some((Opcode::SlotAddr, data)) => (Base::Slot(data.stack_slot()), data.imm()),
                Some((Opcode::Addr, data)) => (Base::Symbol(data.symbol()), data.imm()),
                _ => (Base::Value(value), 0),
            };
            return match base {
                Some(base) => Place { base, offset, root },
                None => Place { base: root, offset: offset.wrapping_add(at), root },
            };
        }
    }

    /// Whether `size` bytes here and `other_size` bytes at another place may have a byte in common.
    pub(crate) fn may_overlap(
        &self,
        size: i64,
        other: &Place,
        other_size: i64,
        escaped: &EntityMap<StackSlot, bool>,
    ) -> bool {
        if self.base == other.base {
            return self.offset < other.offset.saturating_add(other_size)
                && other.offset < self.offset.saturating_add(size);
        }
        match (self.root, other.root) {
            (Base::Slot(a), Base::Slot(b)) => a == b,
            (Base::Slot(_), Base::Symbol(_)) | (Base::Symbol(_), Base::Slot(_)) => false,
            (Base::Slot(slot), Base::Value(_)) | (Base::Value(_), Base::Slot(slot)) => escaped[slot],
            // Symbols may be aliases of each other.
            _ => true,
        }
    }

    /// Whether code elsewhere may reach this memory.
    pub(crate) fn is_reachable_elsewhere(&self, escaped: &EntityMap<StackSlot, bool>) -> bool {
        match self.root {
            Base::Slot(slot) => escaped[slot],
            _ => true,
        }
    }
}

/// Slots whose address leaves the function's sight: stored, passed, compared, in a block argument.
pub(crate) fn escaped_slots(func: &Function) -> EntityMap<StackSlot, bool> {
    let mut escaped = EntityMap::filled(false, func.slots.len());
    if func.slots.is_empty() {
        return escaped;
    }
    let slot_of = |value: Value| {
        let mut value = value;
        loop {
            let data = func.inst(func.def_inst(value)?);
            match data.opcode() {
                Opcode::SlotAddr => return Some(data.stack_slot()),
                Opcode::PtrAddImm | Opcode::PtrAdd => value = data.inline_args()[0],
                _ => return None,
            }
        }
    };
    for block in &func.layout {
        for inst in &func.blocks[*block].insts {
            let data = func.inst(*inst);
            let args = func.args(*inst);
            let harmless: &[usize] = match data.opcode() {
                Opcode::Load | Opcode::PtrAddImm | Opcode::PtrAdd | Opcode::Memset => &[0],
                Opcode::Memcpy | Opcode::Memmove => &[0, 1],
                Opcode::Store => &[1],
                _ => &[],
            };
            for (number, arg) in args.iter().enumerate() {
                if !harmless.contains(&number)
                    && let Some(slot) = slot_of(*arg)
                {
                    escaped[slot] = true;
                }
            }
            for call in func.block_calls_of(*inst) {
                for arg in &func.block_calls[call].args {
                    if let Some(slot) = slot_of(*arg) {
                        escaped[slot] = true;
                    }
                }
            }
        }
    }
    escaped
}

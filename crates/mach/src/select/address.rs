//! Address trees: base, scaled index and offset gathered from IR address arithmetic.

use super::context::Selector;
use crate::inst::SlotId;
use lathe_ir::{Inst, Opcode, Symbol, Value};

/// What an address starts from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AddressBase {
    /// Nothing: an absolute address.
    None,
    /// A value.
    Value(Value),
    /// A frame slot.
    Slot(SlotId),
    /// A symbol whose address may be used directly.
    Symbol(Symbol),
}

/// `base + (index << scale_log2) + offset`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Address {
    /// Start.
    pub base: AddressBase,
    /// An address-wide integer.
    pub index: Option<Value>,
    /// log2 of the index's factor: 0 to 3.
    pub scale_log2: u8,
    /// Constant part.
    pub offset: i64,
}

/// What is worth gathering into an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AddressReach {
    /// Least and largest offset from a value or symbol; frame places have their own way.
    pub offset: (i64, i64),
    /// Whether there may be an index.
    pub index: bool,
    /// Whether there may be an index and an offset; else a sum with other users is not taken apart for an offset.
    pub index_and_offset: bool,
}

impl AddressReach {
    /// Base, scaled index, offset of 32 bits.
    pub const WHOLE: AddressReach =
        AddressReach { offset: (i32::MIN as i64, i32::MAX as i64), index: true, index_and_offset: true };

    fn holds(self, offset: i64) -> bool {
        self.offset.0 <= offset && offset <= self.offset.1
    }
}

/// Longest chain of address arithmetic that is folded.
const MAX_STEPS: u32 = 8;

impl Selector<'_> {
    /// The address tree under a value, plus `offset` bytes. Only gathers; nothing is marked needed.
    pub fn address(&self, value: Value, offset: i64) -> Address {
        let mut address = Address { base: AddressBase::Value(value), index: None, scale_log2: 0, offset };
        let reach = self.rules.address_reach();
        for _ in 0..MAX_STEPS {
            let AddressBase::Value(value) = address.base else { break };
            if let Some((slot, extra)) = self.frame_address_of(value) {
                address.base = AddressBase::Slot(slot);
                address.offset = address.offset.wrapping_add(extra);
                break;
            }
            let Some(inst) = self.func.def_inst(value) else { break };
            let data = self.func.inst(inst);
            match data.opcode() {
                Opcode::PtrAddImm => {
                    let sum = address.offset.wrapping_add(data.imm());
                    if !reach.holds(sum) {
                        break;
                    }
                    address.offset = sum;
                    address.base = AddressBase::Value(data.inline_args()[0]);
                }
                Opcode::PtrAdd if address.index.is_none() => {
                    let [base, index] = [data.inline_args()[0], data.inline_args()[1]];
                    if let Some(imm) = self.func.int_constant(index) {
                        let sum = address.offset.wrapping_add(imm);
                        if !reach.holds(sum) {
                            break;
                        }
                        address.offset = sum;
                    } else {
                        let costs =
                            !reach.index_and_offset && address.offset != 0 && self.use_count(value) > 1;
                        if !reach.index || costs || !self.is_cheap_to_repeat(value) {
                            break;
                        }
                        self.add_index(&mut address, index);
                    }
                    address.base = AddressBase::Value(base);
                }
                Opcode::Addr if self.rules.is_direct(self, data.symbol()) => {
                    let sum = address.offset.wrapping_add(data.imm());
                    if i32::try_from(sum).is_err() {
                        break;
                    }
                    address.offset = sum;
                    address.base = AddressBase::Symbol(data.symbol());
                }
                _ => break,
            }
        }
        address
    }

    /// The address tree of `base + index`.
    pub fn address_sum(&self, base: Value, index: Value) -> Address {
        match self.func.int_constant(index) {
            Some(offset) => self.address(base, offset),
            None => {
                let mut address = self.address(base, 0);
                if address.index.is_none() {
                    self.add_index(&mut address, index);
                    address
                } else {
                    let base = AddressBase::Value(base);
                    let mut address = Address { base, index: None, scale_log2: 0, offset: 0 };
                    self.add_index(&mut address, index);
                    address
                }
            }
        }
    }

    /// Whether an address sum may be computed again inside each user.
    fn is_cheap_to_repeat(&self, value: Value) -> bool {
        self.use_count(value) <= 2 && self.is_in_this_block(value)
    }

    /// A small shift with several users: as part of an address it costs nothing, so that each address has its own.
    fn shared_shift(&self, index: Value) -> Option<Inst> {
        let inst = self.func.def_inst(index)?;
        let data = self.func.inst(inst);
        (data.opcode() == Opcode::ShlImm && (1..=3).contains(&data.imm())).then_some(inst)
    }

    fn add_index(&self, address: &mut Address, mut index: Value) {
        for _ in 0..MAX_STEPS {
            let Some(inst) = self.foldable(index).or_else(|| self.shared_shift(index)) else { break };
            let data = self.func.inst(inst);
            if data.ty() != self.word() {
                break;
            }
            let shift = match (data.opcode(), data.imm()) {
                (Opcode::ShlImm, n @ 1..=3) => n as u8,
                (Opcode::ImulImm, 2) => 1,
                (Opcode::ImulImm, 4) => 2,
                (Opcode::ImulImm, 8) => 3,
                (Opcode::ImulImm, 1) => 0,
                (Opcode::IaddImm, n) => {
                    let sum =
                        n.checked_mul(1 << address.scale_log2).and_then(|n| address.offset.checked_add(n));
                    match sum {
                        Some(sum) if i32::try_from(sum).is_ok() => address.offset = sum,
                        _ => break,
                    }
                    index = data.inline_args()[0];
                    continue;
                }
                (Opcode::Imul, _) => match self.func.int_constant(data.inline_args()[1]) {
                    Some(2) => 1,
                    Some(4) => 2,
                    Some(8) => 3,
                    _ => break,
                },
                (Opcode::Shl, _) => match self.func.int_constant(data.inline_args()[1]) {
                    Some(n @ 1..=3) => n as u8,
                    _ => break,
                },
                _ => break,
            };
            if address.scale_log2 + shift > 3 {
                break;
            }
            address.scale_log2 += shift;
            index = data.inline_args()[0];
        }
        address.index = Some(index);
    }
}

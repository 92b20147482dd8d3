//! `memcpy`, `memmove`, `memset`: inline for short constant lengths, else calls.

use super::context::Selector;
use crate::error::CodegenError;
use crate::inst::{MachMem, MemBase, SlotId};
use lathe_ir::{Inst, LibCall, Opcode, Type};

impl Selector<'_> {
    pub(super) fn select_memory_block(&mut self, inst: Inst) -> Result<(), CodegenError> {
        let func = self.func;
        let data = func.inst(inst);
        let [to, from, length] = [data.inline_args()[0], data.inline_args()[1], data.inline_args()[2]];
        let rules = self.rules;
        let limit = i64::from(rules.inline_block_limit(self));
        if let Some(size @ 0..) = func.int_constant(length)
            && size <= limit
        {
            if size == 0 {
                return Ok(());
            }
            let size = size as u32;
            let to = self.mem_at(to, 0);
            match data.opcode() {
                Opcode::Memset => {
                    let byte = match func.int_constant(from) {
                        Some(byte) => Ok(byte as u8),
                        None => Err(self.reg(from)),
                    };
                    rules.fill_block(self, to, byte, size);
                }
                opcode => {
                    let from = self.mem_at(from, 0);
                    rules.copy_block(self, to, from, size, opcode == Opcode::Memmove);
                }
            }
            return Ok(());
        }
        let to = self.reg(to);
        let (routine, from) = match data.opcode() {
            Opcode::Memset => {
                let wide = self.temp(Type::I32);
                let byte = self.reg(from);
                rules.extend(self, Type::I8, false, wide, byte);
                (LibCall::Memset, wide)
            }
            Opcode::Memmove => (LibCall::Memmove, self.reg(from)),
            _ => (LibCall::Memcpy, self.reg(from)),
        };
        let length = self.reg(length);
        self.call_runtime(routine, &[to, from, length]);
        Ok(())
    }

    /// Copies bytes between places that do not overlap, inline or by a call.
    pub(super) fn copy_bytes(&mut self, to: MachMem, from: MachMem, size: u64) {
        let rules = self.rules;
        // A call's own arguments on the stack would overwrite those that are being placed.
        let is_outgoing = to.base == MemBase::Slot(SlotId::OUTGOING)
            && rules.abi(lathe_ir::CallConv::C).is_ok_and(|table| table.int_args.is_empty());
        if size <= u64::from(rules.inline_block_limit(self)) || is_outgoing {
            rules.copy_block(self, to, from, size as u32, false);
            return;
        }
        let (to_reg, from_reg, length) = (self.temp(Type::PTR), self.temp(Type::PTR), self.temp(Type::PTR));
        rules.address_of(self, to_reg, to);
        rules.address_of(self, from_reg, from);
        rules.integer(self, Type::PTR, size as i64, length);
        self.call_runtime(LibCall::Memcpy, &[to_reg, from_reg, length]);
    }
}

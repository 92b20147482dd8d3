//! Loads and stores of wide integers: low half first, all targets are little-endian here. Lanes of
//! vectors whose lanes are wide.

use super::split::{Pair, Splitter};
use crate::error::CodegenError;
use lathe_ir::{Inst, InstData, MemFlags, Opcode, Ordering, StackSlotData, Type, Value};

impl Splitter<'_> {
    /// Loads, stores, atomics, lanes.
    pub(super) fn memory_operation(&mut self, inst: Inst) -> Result<(), CodegenError> {
        let data = *self.func.inst(inst);
        match data.opcode() {
            Opcode::AtomicRmw | Opcode::AtomicCas => self.atomic(inst),
            Opcode::Load | Opcode::Store if data.mem_flags().ordering() != Ordering::None => {
                self.atomic(inst)
            }
            Opcode::Load => {
                let flags = data.mem_flags();
                let (address, low, high) = self.places(data.inline_args()[0], data.offset());
                let lo = self.value(InstData::load(Opcode::Load, self.half, address, low, flags));
                let flags = self.upper_flags(flags);
                let hi = self.value(InstData::load(Opcode::Load, self.half, address, high, flags));
                self.define(inst, Pair { lo, hi });
                Ok(())
            }
            Opcode::Store => {
                let flags = data.mem_flags();
                let pair = self.pair(data.inline_args()[0]);
                let (address, low, high) = self.places(data.inline_args()[1], data.offset());
                self.append(InstData::store(self.half, pair.lo, address, low, flags));
                let flags = self.upper_flags(flags);
                self.append(InstData::store(self.half, pair.hi, address, high, flags));
                Ok(())
            }
            _ => self.lane(inst),
        }
    }

    /// Address and offsets of the halves.
    fn places(&mut self, address: Value, offset: i32) -> (Value, i32, i32) {
        let step = (self.bits / 8) as i32;
        match offset.checked_add(step) {
            Some(high) => (address, offset, high),
            None => {
                let moved = InstData::binary_imm(Opcode::PtrAddImm, Type::NONE, 0, address, offset.into());
                (self.value(moved), 0, step)
            }
        }
    }

    /// The upper half is aligned to its size at most.
    fn upper_flags(&self, flags: MemFlags) -> MemFlags {
        flags.with_align(flags.align().min(self.bits / 8))
    }

    /// Lanes of a vector, through memory: there is no register for the lane.
    fn lane(&mut self, inst: Inst) -> Result<(), CodegenError> {
        let data = *self.func.inst(inst);
        let vector = data.ty();
        let lane_bytes = self.bits / 4;
        let size = lane_bytes * vector.lanes();
        let slot = StackSlotData { size: u64::from(size), align: size.min(16), name: None };
        let slot = self.func.slots.push(slot);
        let address = self.value(InstData::slot_addr(slot, 0));
        let flags = MemFlags::aligned(self.bits / 8);
        let args: smallvec::SmallVec<[Value; 3]> = smallvec::SmallVec::from_slice(data.inline_args());
        if data.opcode() != Opcode::Splat {
            self.append(InstData::store(vector, args[0], address, 0, flags));
        }
        let place = match data.opcode() {
            Opcode::ExtractLane | Opcode::InsertLane => (address, (data.lane() * lane_bytes) as i32),
            Opcode::ExtractLaneDynamic => (self.lane_address(address, args[1], vector, lane_bytes), 0),
            Opcode::InsertLaneDynamic => (self.lane_address(address, args[2], vector, lane_bytes), 0),
            _ => (address, 0),
        };
        let upper = place.1 + (self.bits / 8) as i32;
        if matches!(data.opcode(), Opcode::ExtractLane | Opcode::ExtractLaneDynamic) {
            let lo = self.value(InstData::load(Opcode::Load, self.half, place.0, place.1, flags));
            let hi = self.value(InstData::load(Opcode::Load, self.half, place.0, upper, flags));
            self.define(inst, Pair { lo, hi });
            return Ok(());
        }
        let is_splat = data.opcode() == Opcode::Splat;
        let pair = self.pair(args[usize::from(!is_splat)]);
        for lane in 0..if is_splat { vector.lanes() } else { 1 } {
            let step = (lane * lane_bytes) as i32;
            self.append(InstData::store(self.half, pair.lo, place.0, place.1 + step, flags));
            self.append(InstData::store(self.half, pair.hi, place.0, upper + step, flags));
        }
        let whole = self.value(InstData::load(Opcode::Load, vector, address, 0, flags));
        self.replace_result(inst, whole);
        Ok(())
    }

    fn lane_address(&mut self, address: Value, number: Value, vector: Type, lane_bytes: u32) -> Value {
        let mask = self.int(Type::I32, i64::from(vector.lanes() - 1));
        let number = self.and(number, mask);
        let shift = InstData::binary_imm(
            Opcode::ShlImm,
            Type::I32,
            0,
            number,
            i64::from(lane_bytes.trailing_zeros()),
        );
        let mut offset = self.value(shift);
        if self.module.target.layout.pointer.size == 8 {
            offset = self.unary(Opcode::Zext, Type::I64, offset);
        }
        self.value(InstData::binary(Opcode::PtrAdd, Type::NONE, 0, address, offset))
    }
}

//! Atomic operations on 16 bytes: libatomic's routines, as gcc calls them with or without
//! `cmpxchg16b`, so that all code of a program agrees on how such objects are locked.

use super::split::{Pair, Splitter};
use crate::error::CodegenError;
use lathe_ir::{AtomicOp, Inst, InstData, LibCall, MemFlags, Opcode, Ordering, StackSlotData, Type, Value};

/// The number that libatomic knows a memory order by (`__ATOMIC_RELAXED` …).
fn order_number(ordering: Ordering) -> i64 {
    match ordering {
        Ordering::None | Ordering::Relaxed => 0,
        Ordering::Acquire => 2,
        Ordering::Release => 3,
        Ordering::AcqRel => 4,
        Ordering::SeqCst => 5,
    }
}

impl Splitter<'_> {
    /// Atomic loads, stores, exchanges, read-modify-writes, compare-and-swaps.
    pub(super) fn atomic(&mut self, inst: Inst) -> Result<(), CodegenError> {
        if self.wide != Type::I128 {
            return Err(self.unsupported(inst, "atomic"));
        }
        let data = *self.func.inst(inst);
        let flags = data.mem_flags();
        let args = data.inline_args();
        let order = self.int(Type::I32, order_number(flags.ordering()));
        let wide = self.wide;
        match data.opcode() {
            Opcode::Load => {
                let address = self.moved(args[0], data.offset());
                let params = [Type::PTR, Type::I32];
                let pair = self.library_pair(LibCall::AtomicLoad16, &params, &[address, order]);
                self.define(inst, pair);
            }
            Opcode::Store => {
                let value = self.pair(args[0]);
                let address = self.moved(args[1], data.offset());
                let params = [Type::PTR, wide, Type::I32];
                let args = [address, value.lo, value.hi, order];
                self.library(LibCall::AtomicStore16, &params, Type::NONE, &args);
            }
            Opcode::AtomicRmw => {
                let routine = match data.atomic_op() {
                    AtomicOp::Xchg => LibCall::AtomicExchange16,
                    AtomicOp::Add => LibCall::AtomicFetchAdd16,
                    AtomicOp::Sub => LibCall::AtomicFetchSub16,
                    AtomicOp::And => LibCall::AtomicFetchAnd16,
                    AtomicOp::Or => LibCall::AtomicFetchOr16,
                    AtomicOp::Xor => LibCall::AtomicFetchXor16,
                    AtomicOp::Nand => LibCall::AtomicFetchNand16,
                    _ => return Err(self.unsupported(inst, "libatomic has no minimum and maximum")),
                };
                let value = self.pair(args[1]);
                let params = [Type::PTR, wide, Type::I32];
                let pair = self.library_pair(routine, &params, &[args[0], value.lo, value.hi, order]);
                self.define(inst, pair);
            }
            _ => self.compare_and_swap(inst, [args[0], args[1], args[2]], flags, order),
        }
        Ok(())
    }

    fn moved(&mut self, address: Value, offset: i32) -> Value {
        match offset {
            0 => address,
            _ => {
                self.value(InstData::binary_imm(Opcode::PtrAddImm, Type::NONE, 0, address, i64::from(offset)))
            }
        }
    }

    /// The routine takes the expected value in memory and leaves the old one there.
    fn compare_and_swap(&mut self, inst: Inst, args: [Value; 3], flags: MemFlags, order: Value) {
        let slot = self.func.slots.push(StackSlotData { size: 16, align: 16, name: None });
        let place = self.value(InstData::slot_addr(slot, 0));
        let plain = MemFlags::aligned(8);
        let (expected, new) = (self.pair(args[1]), self.pair(args[2]));
        self.append(InstData::store(self.half, expected.lo, place, 0, plain));
        self.append(InstData::store(self.half, expected.hi, place, 8, plain));
        let failure = self.int(Type::I32, order_number(flags.failure_ordering()));
        let params = [Type::PTR, Type::PTR, self.wide, Type::I32, Type::I32];
        let args = [args[0], place, new.lo, new.hi, order, failure];
        let done = self.library(LibCall::AtomicCompareExchange16, &params, Type::I8, &args);
        let lo = self.value(InstData::load(Opcode::Load, self.half, place, 0, plain));
        let hi = self.value(InstData::load(Opcode::Load, self.half, place, 8, plain));
        self.define(inst, Pair { lo, hi });
        if let Some(flag) = self.func.results(inst).nth(1) {
            self.replace(flag, done[0]);
        }
    }
}

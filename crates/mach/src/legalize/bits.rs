//! Logic half by half; shifts without branches; counts.
//!
//! A shift by a variable count works on both halves with the count modulo the half's width, brings
//! the bits over from the other half (shifted by one first, so that a count of zero brings none),
//! and then moves everything over by a half if the count's next bit is set.

use super::split::{Pair, Splitter};
use crate::error::CodegenError;
use lathe_ir::opcode::Format;
use lathe_ir::{Inst, IntCond, Opcode, Value};

impl Splitter<'_> {
    /// Bitwise operations on wide integers.
    pub(super) fn bit_operation(&mut self, inst: Inst) -> Result<(), CodegenError> {
        use Opcode::*;
        let data = *self.func.inst(inst);
        let opcode = data.opcode();
        if matches!(opcode, Shl | Lshr | Ashr | Rotl | Rotr | ShlImm | LshrImm | AshrImm) {
            let pair = self.shift_or_rotate(inst);
            self.define(inst, pair);
            return Ok(());
        }
        let (a, b) = self.operands(inst);
        let pair = match opcode {
            Iand | IandImm => Pair { lo: self.and(a.lo, b.lo), hi: self.and(a.hi, b.hi) },
            Ior | IorImm => Pair { lo: self.or(a.lo, b.lo), hi: self.or(a.hi, b.hi) },
            Ixor | IxorImm => Pair { lo: self.xor(a.lo, b.lo), hi: self.xor(a.hi, b.hi) },
            Inot => Pair { lo: self.not(a.lo), hi: self.not(a.hi) },
            Clz => self.count_zeros(Clz, a.hi, a.lo),
            Ctz => self.count_zeros(Ctz, a.lo, a.hi),
            Popcnt => {
                let (lo, hi) = (self.unary(Popcnt, self.half, a.lo), self.unary(Popcnt, self.half, a.hi));
                Pair { lo: self.add(lo, hi), hi: self.half_int(0) }
            }
            _ => Pair { lo: self.unary(opcode, self.half, a.hi), hi: self.unary(opcode, self.half, a.lo) },
        };
        self.define(inst, pair);
        Ok(())
    }

    /// Zeros from one end; `second` counts when `first` is all zero.
    fn count_zeros(&mut self, opcode: Opcode, first: Value, second: Value) -> Pair {
        let here = self.unary(opcode, self.half, first);
        let there = self.unary(opcode, self.half, second);
        let width = self.half_int(i64::from(self.bits));
        let beyond = self.add(there, width);
        let empty = self.icmp_imm(IntCond::Eq, first, 0);
        Pair { lo: self.select(empty, beyond, here), hi: self.half_int(0) }
    }

    fn shift_or_rotate(&mut self, inst: Inst) -> Pair {
        let data = *self.func.inst(inst);
        let a = self.pair(data.inline_args()[0]);
        let mask = 2 * self.bits - 1;
        let opcode = match data.opcode() {
            Opcode::ShlImm => Opcode::Shl,
            Opcode::LshrImm => Opcode::Lshr,
            Opcode::AshrImm => Opcode::Ashr,
            opcode => opcode,
        };
        let constant = match data.opcode().format() {
            Format::BinaryImm => Some(data.imm()),
            _ => {
                let count = self.pair(data.inline_args()[1]).lo;
                match self.constant_of(count) {
                    Some(constant) => Some(constant),
                    None => return self.shift_pair_by(opcode, a, count),
                }
            }
        };
        self.shift_pair(opcode, a, constant.unwrap_or(0) as u32 & mask)
    }

    /// A shift or rotation by a constant below the wide width.
    pub(super) fn shift_pair(&mut self, opcode: Opcode, a: Pair, count: u32) -> Pair {
        let width = self.bits;
        let swapped = Pair { lo: a.hi, hi: a.lo };
        let far = count >= width;
        let near = count % width;
        match opcode {
            Opcode::Rotl | Opcode::Rotr => {
                let a = if far { swapped } else { a };
                let left = if opcode == Opcode::Rotl { near } else { (width - near) % width };
                let a = if opcode == Opcode::Rotr && near != 0 { Pair { lo: a.hi, hi: a.lo } } else { a };
                if left == 0 {
                    return a;
                }
                Pair { lo: self.funnel(a.lo, a.hi, left), hi: self.funnel(a.hi, a.lo, left) }
            }
            Opcode::Shl if far => Pair { lo: self.half_int(0), hi: self.shift(Opcode::ShlImm, a.lo, near) },
            Opcode::Shl if near == 0 => a,
            Opcode::Shl => {
                Pair { lo: self.shift(Opcode::ShlImm, a.lo, near), hi: self.funnel(a.hi, a.lo, near) }
            }
            Opcode::Lshr if far => Pair { lo: self.shift(Opcode::LshrImm, a.hi, near), hi: self.half_int(0) },
            Opcode::Ashr if far => Pair { lo: self.shift(Opcode::AshrImm, a.hi, near), hi: self.sign(a.hi) },
            _ if near == 0 => a,
            _ => {
                let imm = if opcode == Opcode::Lshr { Opcode::LshrImm } else { Opcode::AshrImm };
                Pair { lo: self.funnel(a.hi, a.lo, width - near), hi: self.shift(imm, a.hi, near) }
            }
        }
    }

    /// `upper << count | lower >> (width - count)`, for a count from 1 to the width less one.
    fn funnel(&mut self, upper: Value, lower: Value, count: u32) -> Value {
        let high = self.shift(Opcode::ShlImm, upper, count);
        let low = self.shift(Opcode::LshrImm, lower, self.bits - count);
        self.or(high, low)
    }

    /// `(a shifted by count) | (the bits that come in from other)`, count modulo the half's width.
    fn funnel_by(&mut self, left: bool, a: Value, other: Value, count: Value, rest: Value) -> Value {
        let (towards, back, one) = if left {
            (Opcode::Shl, Opcode::Lshr, Opcode::LshrImm)
        } else {
            (Opcode::Lshr, Opcode::Shl, Opcode::ShlImm)
        };
        let kept = self.shift_by(towards, a, count);
        let moved = self.shift(one, other, 1);
        let moved = self.shift_by(back, moved, rest);
        self.or(kept, moved)
    }

    fn shift_pair_by(&mut self, opcode: Opcode, a: Pair, count: Value) -> Pair {
        let half_bit = self.half_int(i64::from(self.bits));
        let tested = self.and(count, half_bit);
        let far = self.icmp_imm(IntCond::Ne, tested, 0);
        // Where flags are tested by each choice, two tests are cheaper than one value that is tested twice.
        let far_too = if self.bits == 32 {
            let tested = self.and(count, half_bit);
            self.icmp_imm(IntCond::Ne, tested, 0)
        } else {
            far
        };
        // `!count` is the width less one, less the count, modulo the width.
        let rest = self.not(count);
        match opcode {
            Opcode::Rotl | Opcode::Rotr => {
                let left = opcode == Opcode::Rotl;
                let (lo, hi) = (self.select(far, a.hi, a.lo), self.select(far_too, a.lo, a.hi));
                Pair {
                    lo: self.funnel_by(left, lo, hi, count, rest),
                    hi: self.funnel_by(left, hi, lo, count, rest),
                }
            }
            Opcode::Shl => {
                let low = self.shift_by(Opcode::Shl, a.lo, count);
                let high = self.funnel_by(true, a.hi, a.lo, count, rest);
                let zero = self.half_int(0);
                Pair { lo: self.select(far, zero, low), hi: self.select(far_too, low, high) }
            }
            _ => {
                let high = self.shift_by(opcode, a.hi, count);
                let low = self.funnel_by(false, a.lo, a.hi, count, rest);
                let fill = if opcode == Opcode::Ashr { self.sign(a.hi) } else { self.half_int(0) };
                Pair { lo: self.select(far, high, low), hi: self.select(far_too, fill, high) }
            }
        }
    }
}

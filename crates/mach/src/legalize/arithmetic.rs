//! Sums by carries, products by cross products, quotients by libgcc.

use super::split::{Pair, Splitter};
use crate::error::CodegenError;
use lathe_ir::opcode::Format;
use lathe_ir::{Inst, IntCond, LibCall, Opcode, Type, Value};

impl Splitter<'_> {
    /// `iconst`, `const`, `undef`.
    pub(super) fn constant(&mut self, inst: Inst) -> Result<(), CodegenError> {
        let data = *self.func.inst(inst);
        let pair = match data.opcode() {
            Opcode::Iconst => self.pair_int(data.imm()),
            Opcode::Const => {
                let mut bytes = [0u8; 16];
                let source = &self.func.constants[data.constant()];
                let count = source.len().min(16);
                bytes[..count].copy_from_slice(&source[..count]);
                let all = u128::from_le_bytes(bytes);
                let (lo, hi) = (all as i64, (all >> self.bits) as i64);
                Pair { lo: self.half_int(lo), hi: self.half_int(hi) }
            }
            _ => {
                let undefined = lathe_ir::InstData::nullary(Opcode::Undef, self.half);
                Pair { lo: self.value(undefined), hi: self.value(undefined) }
            }
        };
        self.define(inst, pair);
        Ok(())
    }

    /// The two wide operands of a binary or immediate instruction.
    pub(super) fn operands(&mut self, inst: Inst) -> (Pair, Pair) {
        let data = *self.func.inst(inst);
        let a = self.pair(data.inline_args()[0]);
        let b = match data.opcode().format() {
            Format::BinaryImm | Format::IntCompareImm => self.pair_int(data.imm()),
            _ => match data.inline_args().get(1) {
                Some(value) => self.pair(*value),
                None => a,
            },
        };
        (a, b)
    }

    /// Arithmetic on wide integers.
    pub(super) fn arithmetic(&mut self, inst: Inst) -> Result<(), CodegenError> {
        use Opcode::*;
        let opcode = self.func.inst(inst).opcode();
        let (a, b) = self.operands(inst);
        let pair = match opcode {
            Iadd | IaddImm => self.add_pair(a, b).0,
            Isub => self.sub_pair(a, b).0,
            Imul | ImulImm => self.product(inst, a, b),
            Umulhi => self.upper_product(a, b),
            Smulhi => self.signed_upper_product(a, b),
            Udiv | Sdiv | Urem | Srem => self.divide(inst, opcode, a, b)?,
            Ineg => self.neg_pair(a),
            Iabs => {
                let sign = self.sign(a.hi);
                let flipped = Pair { lo: self.xor(a.lo, sign), hi: self.xor(a.hi, sign) };
                self.sub_pair(flipped, Pair { lo: sign, hi: sign }).0
            }
            Smin | Smax | Umin | Umax => {
                let cond = match opcode {
                    Smin => IntCond::Slt,
                    Smax => IntCond::Sgt,
                    Umin => IntCond::Ult,
                    _ => IntCond::Ugt,
                };
                let keeps = self.compare_pairs(cond, a, b);
                self.select_pair(keeps, a, b)
            }
            UaddSat | UsubSat | SaddSat | SsubSat => self.saturating(opcode, a, b),
            _ => return self.with_flag(inst, opcode, a, b),
        };
        self.define(inst, pair);
        Ok(())
    }

    /// Sum and carry out.
    pub(super) fn add_pair(&mut self, a: Pair, b: Pair) -> (Pair, Value) {
        let (lo, carry) = self.with_carry_out(Opcode::UaddOverflow, a.lo, b.lo);
        let (hi, carry) = self.with_carry(Opcode::UaddCarry, a.hi, b.hi, carry);
        (Pair { lo, hi }, carry)
    }

    /// Difference and borrow out.
    pub(super) fn sub_pair(&mut self, a: Pair, b: Pair) -> (Pair, Value) {
        let (lo, borrow) = self.with_carry_out(Opcode::UsubOverflow, a.lo, b.lo);
        let (hi, borrow) = self.with_carry(Opcode::UsubBorrow, a.hi, b.hi, borrow);
        (Pair { lo, hi }, borrow)
    }

    /// Zero minus the value.
    pub(super) fn neg_pair(&mut self, a: Pair) -> Pair {
        let zero = self.half_int(0);
        self.sub_pair(Pair { lo: zero, hi: zero }, a).0
    }

    /// Whether a wide operand is known to be the sign extension of its low half.
    fn is_sign_extension(&self, value: Value) -> bool {
        let Some(inst) = self.func.def_inst(value) else { return false };
        match self.func.inst(inst).opcode() {
            Opcode::Sext => true,
            Opcode::Iconst => {
                let imm = self.func.inst(inst).imm();
                self.bits >= 64 || imm == i64::from(imm as i32)
            }
            _ => false,
        }
    }

    fn product(&mut self, inst: Inst, a: Pair, b: Pair) -> Pair {
        let args: smallvec::SmallVec<[Value; 2]> =
            smallvec::SmallVec::from_slice(self.func.inst(inst).inline_args());
        let is_binary = args.len() == 2;
        if let Some(factor) = self.constant_of(b.lo)
            && self.constant_of(b.hi) == Some(0)
            && factor > 0
            && (factor as u64).is_power_of_two()
        {
            return self.shift_pair(Opcode::Shl, a, factor.trailing_zeros());
        }
        let lo = self.mul(a.lo, b.lo);
        // Zero-extended operands fold by themselves: their upper halves are constants.
        if is_binary
            && self.constant_of(a.hi) != Some(0)
            && self.constant_of(b.hi) != Some(0)
            && args.iter().all(|arg| self.is_sign_extension(*arg))
        {
            let hi = self.smulhi(a.lo, b.lo);
            return Pair { lo, hi };
        }
        let carried = self.umulhi(a.lo, b.lo);
        let (x, y) = (self.mul(a.lo, b.hi), self.mul(a.hi, b.lo));
        let cross = self.add(x, y);
        Pair { lo, hi: self.add(carried, cross) }
    }

    /// The upper wide half of the unsigned product, by the four products of halves.
    fn upper_product(&mut self, a: Pair, b: Pair) -> Pair {
        let zero = self.half_int(0);
        let lowest = self.umulhi(a.lo, b.lo);
        let (x_lo, x_hi) = (self.mul(a.lo, b.hi), self.umulhi(a.lo, b.hi));
        let (y_lo, y_hi) = (self.mul(a.hi, b.lo), self.umulhi(a.hi, b.lo));
        let top = Pair { lo: self.mul(a.hi, b.hi), hi: self.umulhi(a.hi, b.hi) };
        let (sum, first) = self.with_carry_out(Opcode::UaddOverflow, lowest, x_lo);
        let (_, second) = self.with_carry_out(Opcode::UaddOverflow, sum, y_lo);
        let first = Pair { lo: self.flag_as_half(first), hi: zero };
        let second = Pair { lo: self.flag_as_half(second), hi: zero };
        let mut result = top;
        for part in [Pair { lo: x_hi, hi: zero }, Pair { lo: y_hi, hi: zero }, first, second] {
            result = self.add_pair(result, part).0;
        }
        result
    }

    /// The unsigned one, less each operand where the other is negative.
    fn signed_upper_product(&mut self, a: Pair, b: Pair) -> Pair {
        let mut result = self.upper_product(a, b);
        for (negative, other) in [(a, b), (b, a)] {
            let sign = self.sign(negative.hi);
            let masked = Pair { lo: self.and(other.lo, sign), hi: self.and(other.hi, sign) };
            result = self.sub_pair(result, masked).0;
        }
        result
    }

    fn divide(&mut self, inst: Inst, opcode: Opcode, a: Pair, b: Pair) -> Result<Pair, CodegenError> {
        if let Some(pair) = self.divide_by_power(opcode, a, b) {
            return Ok(pair);
        }
        let is_128 = self.wide == Type::I128;
        let routine = match (opcode, is_128) {
            (Opcode::Udiv, true) => LibCall::Udivti3,
            (Opcode::Sdiv, true) => LibCall::Divti3,
            (Opcode::Urem, true) => LibCall::Umodti3,
            (Opcode::Srem, true) => LibCall::Modti3,
            (Opcode::Udiv, false) => LibCall::Udivdi3,
            (Opcode::Sdiv, false) => LibCall::Divdi3,
            (Opcode::Urem, false) => LibCall::Umoddi3,
            (Opcode::Srem, false) => LibCall::Moddi3,
            _ => return Err(self.unsupported(inst, "no routine")),
        };
        Ok(self.library_pair(routine, &[self.wide, self.wide], &[a.lo, a.hi, b.lo, b.hi]))
    }

    /// Unsigned division by a power of two that fits in the low half.
    fn divide_by_power(&mut self, opcode: Opcode, a: Pair, b: Pair) -> Option<Pair> {
        let divisor = self.constant_of(b.lo)?;
        if self.constant_of(b.hi)? != 0 || divisor <= 0 || !(divisor as u64).is_power_of_two() {
            return None;
        }
        match opcode {
            Opcode::Udiv => Some(self.shift_pair(Opcode::Lshr, a, divisor.trailing_zeros())),
            Opcode::Urem => {
                let mask = self.half_int(divisor - 1);
                Some(Pair { lo: self.and(a.lo, mask), hi: self.half_int(0) })
            }
            _ => None,
        }
    }

    /// The limit on the side of a number: the least number if it is negative, else the largest.
    fn signed_limit(&mut self, a: Pair) -> Pair {
        let sign = self.sign(a.hi);
        let most = self.half_int((1i128 << (self.bits - 1)).wrapping_sub(1) as i64);
        Pair { lo: self.not(sign), hi: self.xor(sign, most) }
    }

    fn saturating(&mut self, opcode: Opcode, a: Pair, b: Pair) -> Pair {
        let is_add = matches!(opcode, Opcode::UaddSat | Opcode::SaddSat);
        let (sum, carry) = if is_add { self.add_pair(a, b) } else { self.sub_pair(a, b) };
        let (flag, limit) = match opcode {
            Opcode::UaddSat => (carry, self.pair_int(-1)),
            Opcode::UsubSat => (carry, self.pair_int(0)),
            _ => (self.signed_overflow(is_add, a, b, sum), self.signed_limit(a)),
        };
        self.select_pair(flag, limit, sum)
    }

    /// Whether a sum or difference wrapped as signed, from the signs.
    fn signed_overflow(&mut self, is_add: bool, a: Pair, b: Pair, sum: Pair) -> Value {
        let changed = self.xor(a.hi, sum.hi);
        let other = if is_add { self.xor(b.hi, sum.hi) } else { self.xor(a.hi, b.hi) };
        let both = self.and(changed, other);
        self.icmp_imm(IntCond::Slt, both, 0)
    }

    /// Instructions with a result and a flag.
    fn with_flag(&mut self, inst: Inst, opcode: Opcode, a: Pair, b: Pair) -> Result<(), CodegenError> {
        let (pair, flag) = match opcode {
            Opcode::UaddOverflow => self.add_pair(a, b),
            Opcode::UsubOverflow => self.sub_pair(a, b),
            Opcode::SaddOverflow | Opcode::SsubOverflow => {
                let is_add = opcode == Opcode::SaddOverflow;
                let (sum, _) = if is_add { self.add_pair(a, b) } else { self.sub_pair(a, b) };
                (sum, self.signed_overflow(is_add, a, b, sum))
            }
            Opcode::UaddCarry | Opcode::UsubBorrow => {
                let carry = self.func.inst(inst).inline_args()[2];
                let (lo, carry) = self.with_carry(opcode, a.lo, b.lo, carry);
                let (hi, carry) = self.with_carry(opcode, a.hi, b.hi, carry);
                (Pair { lo, hi }, carry)
            }
            Opcode::UmulOverflow => self.product_with_flag(a, b),
            Opcode::SmulOverflow => self.signed_product_with_flag(a, b),
            _ => return Err(self.unsupported(inst, "no expansion")),
        };
        self.define(inst, pair);
        if let Some(result) = self.func.results(inst).nth(1) {
            self.replace(result, flag);
        }
        Ok(())
    }

    /// It overflows when both upper halves are used, or a cross product or the sum passes the width.
    fn product_with_flag(&mut self, a: Pair, b: Pair) -> (Pair, Value) {
        let lo = self.mul(a.lo, b.lo);
        let carried = self.umulhi(a.lo, b.lo);
        let (x, x_over) = self.mul_overflow(a.hi, b.lo);
        let (y, y_over) = self.mul_overflow(a.lo, b.hi);
        let cross = self.add(x, y);
        let (hi, sum_over) = self.with_carry_out(Opcode::UaddOverflow, carried, cross);
        let (a_used, b_used) = (self.icmp_imm(IntCond::Ne, a.hi, 0), self.icmp_imm(IntCond::Ne, b.hi, 0));
        let mut over = self.and(a_used, b_used);
        for flag in [x_over, y_over, sum_over] {
            over = self.or(over, flag);
        }
        (Pair { lo, hi }, over)
    }

    /// It overflows when the product's upper part is not all sign.
    fn signed_product_with_flag(&mut self, a: Pair, b: Pair) -> (Pair, Value) {
        let lo = self.mul(a.lo, b.lo);
        let carried = self.umulhi(a.lo, b.lo);
        let (x, y) = (self.mul(a.lo, b.hi), self.mul(a.hi, b.lo));
        let cross = self.add(x, y);
        let hi = self.add(carried, cross);
        let upper = self.signed_upper_product(a, b);
        let sign = self.sign(hi);
        let (x, y) = (self.xor(upper.lo, sign), self.xor(upper.hi, sign));
        let rest = self.or(x, y);
        (Pair { lo, hi }, self.icmp_imm(IntCond::Ne, rest, 0))
    }
}

//! Division and remainder by constants: shifts and multiplications by reciprocals.
//!
//! In: a function before legalization. Out: the same without `udiv`, `sdiv`, `urem`, `srem` of up to 64 bits by constants.
//! For targets whose rules say [`super::Rules::multiplies_by_reciprocals`].
//!
//! Source: Granlund and Montgomery, "Division by Invariant Integers using Multiplication" (PLDI 1994), figures 4.2, 5.2
//! and theorem 4.2 (when a multiplier of the word's width suffices).

use lathe_diag::Loc;
use lathe_ir::{Function, Inst, InstData, Opcode, Type, Value};

/// Whether an instruction divides by a constant that there is a sequence for.
pub fn is_constant_division(func: &Function, inst: Inst) -> bool {
    let data = func.inst(inst);
    matches!(data.opcode(), Opcode::Udiv | Opcode::Sdiv | Opcode::Urem | Opcode::Srem)
        && matches!(data.ty(), Type::I8 | Type::I16 | Type::I32 | Type::I64)
        && func.int_constant(data.inline_args()[1]).is_some_and(|divisor| divisor != 0)
}

/// Replaces all of a function.
pub fn expand(func: &mut Function) {
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        if !func.blocks[block].insts.iter().any(|inst| is_constant_division(func, *inst)) {
            continue;
        }
        let old = std::mem::take(&mut func.blocks[block].insts);
        let mut work = Reciprocals { func, out: Vec::with_capacity(old.len() + 16), loc: Loc::NONE };
        for inst in old {
            if is_constant_division(work.func, inst) {
                work.divide(inst);
            } else {
                work.out.push(inst);
            }
        }
        let out = work.out;
        func.blocks[block].insts = out;
    }
    func.resolve_aliases();
}

struct Reciprocals<'f> {
    func: &'f mut Function,
    out: Vec<Inst>,
    loc: Loc,
}

impl Reciprocals<'_> {
    fn value(&mut self, data: InstData) -> Value {
        let inst = self.func.create_inst(data, self.loc);
        self.out.push(inst);
        self.func.result(inst).expect("the instruction has a result")
    }

    fn unary(&mut self, opcode: Opcode, ty: Type, from: Value) -> Value {
        self.value(InstData::unary(opcode, ty, from))
    }

    fn binary(&mut self, opcode: Opcode, ty: Type, a: Value, b: Value) -> Value {
        self.value(InstData::binary(opcode, ty, 0, a, b))
    }

    /// A shift; by 0, nothing.
    fn shift(&mut self, opcode: Opcode, ty: Type, from: Value, count: u32) -> Value {
        if count == 0 {
            return from;
        }
        self.value(InstData::binary_imm(opcode, ty, 0, from, i64::from(count)))
    }

    fn constant(&mut self, ty: Type, value: u64) -> Value {
        self.value(InstData::iconst(ty, value as i64))
    }

    fn divide(&mut self, inst: Inst) {
        let data = *self.func.inst(inst);
        self.loc = self.func.loc(inst);
        let ty = data.ty();
        let bits = ty.lane_bits(64);
        let signed = matches!(data.opcode(), Opcode::Sdiv | Opcode::Srem);
        let remainder = matches!(data.opcode(), Opcode::Urem | Opcode::Srem);
        let divisor = self.func.int_constant(data.inline_args()[1]).unwrap_or(1);
        let mask = u64::MAX >> (64 - bits);
        let divisor = divisor << (64 - bits) >> (64 - bits);
        let magnitude = if signed { divisor.unsigned_abs() } else { divisor as u64 & mask };
        let mut dividend = data.inline_args()[0];
        let wide = if bits < 32 { Type::I32 } else { ty };
        if bits < 32 {
            let extend = if signed { Opcode::Sext } else { Opcode::Zext };
            dividend = self.unary(extend, wide, dividend);
        }
        let negates = signed && divisor < 0 && !remainder;
        let mut result = if remainder && !signed && magnitude.is_power_of_two() {
            let mask = (magnitude - 1) as i64;
            self.value(InstData::binary_imm(Opcode::IandImm, wide, 0, dividend, mask))
        } else {
            let quotient = self.quotient(wide, dividend, magnitude, signed);
            if remainder { self.rest(wide, dividend, quotient, magnitude) } else { quotient }
        };
        if negates {
            result = self.unary(Opcode::Ineg, wide, result);
        }
        if bits < 32 {
            result = self.unary(Opcode::Trunc, ty, result);
        }
        if let Some(old) = self.func.result(inst) {
            self.func.replace_value(old, result);
        }
    }

    /// `dividend - quotient * magnitude`: the sign of the divisor does not matter.
    fn rest(&mut self, ty: Type, dividend: Value, quotient: Value, magnitude: u64) -> Value {
        let product = if magnitude.is_power_of_two() {
            self.shift(Opcode::ShlImm, ty, quotient, magnitude.trailing_zeros())
        } else {
            let factor = self.constant(ty, magnitude);
            self.binary(Opcode::Imul, ty, quotient, factor)
        };
        self.binary(Opcode::Isub, ty, dividend, product)
    }

    fn quotient(&mut self, ty: Type, dividend: Value, magnitude: u64, signed: bool) -> Value {
        match (magnitude, signed) {
            (1, _) => dividend,
            (n, false) if n.is_power_of_two() => {
                self.shift(Opcode::LshrImm, ty, dividend, n.trailing_zeros())
            }
            (n, true) if n.is_power_of_two() => self.signed_power(ty, dividend, n.trailing_zeros()),
            (n, false) => self.unsigned(ty, dividend, n),
            (n, true) => self.signed(ty, dividend, n),
        }
    }

    /// Rounds towards zero: adds 2^n - 1 to negative numbers first.
    fn signed_power(&mut self, ty: Type, dividend: Value, n: u32) -> Value {
        let bits = ty.lane_bits(64);
        let sign = self.shift(Opcode::AshrImm, ty, dividend, if n == 1 { 0 } else { bits - 1 });
        let bias = self.shift(Opcode::LshrImm, ty, sign, bits - n);
        let biased = self.binary(Opcode::Iadd, ty, dividend, bias);
        self.shift(Opcode::AshrImm, ty, biased, n)
    }

    fn unsigned(&mut self, ty: Type, dividend: Value, divisor: u64) -> Value {
        let bits = ty.lane_bits(64);
        let multiplier = short_multiplier(bits, divisor);
        if bits == 32 {
            let wide = self.unary(Opcode::Zext, Type::I64, dividend);
            let quotient = match multiplier {
                Some((multiplier, shift)) => {
                    let small = self.constant(Type::I32, multiplier);
                    let factor = self.unary(Opcode::Zext, Type::I64, small);
                    let product = self.binary(Opcode::Imul, Type::I64, wide, factor);
                    self.shift(Opcode::LshrImm, Type::I64, product, 32 + shift)
                }
                None => {
                    // 2^64 / d, rounded up, is exact enough for 32-bit dividends.
                    let factor = self.constant(Type::I64, ((1u128 << 64) / u128::from(divisor) + 1) as u64);
                    self.binary(Opcode::Umulhi, Type::I64, wide, factor)
                }
            };
            return self.unary(Opcode::Trunc, ty, quotient);
        }
        if let Some((multiplier, shift)) = multiplier {
            let factor = self.constant(ty, multiplier);
            let high = self.binary(Opcode::Umulhi, ty, dividend, factor);
            return self.shift(Opcode::LshrImm, ty, high, shift);
        }
        let log = 64 - (divisor - 1).leading_zeros();
        let factor = (1u128 << 64) * ((1u128 << log) - u128::from(divisor)) / u128::from(divisor) + 1;
        let factor = self.constant(ty, factor as u64);
        let high = self.binary(Opcode::Umulhi, ty, dividend, factor);
        let rest = self.binary(Opcode::Isub, ty, dividend, high);
        let half = self.shift(Opcode::LshrImm, ty, rest, 1);
        let total = self.binary(Opcode::Iadd, ty, half, high);
        self.shift(Opcode::LshrImm, ty, total, log - 1)
    }

    fn signed(&mut self, ty: Type, dividend: Value, divisor: u64) -> Value {
        let bits = ty.lane_bits(64);
        let log = 63 - (divisor - 1).leading_zeros();
        let truncated = if bits == 32 {
            let wide = self.unary(Opcode::Sext, Type::I64, dividend);
            let factor = self.constant(Type::I64, ((1u128 << (32 + log)) / u128::from(divisor) + 1) as u64);
            let product = self.binary(Opcode::Imul, Type::I64, wide, factor);
            let shifted = self.shift(Opcode::AshrImm, Type::I64, product, 32 + log);
            self.unary(Opcode::Trunc, ty, shifted)
        } else {
            let factor = self.constant(ty, ((1u128 << (64 + log)) / u128::from(divisor) + 1) as u64);
            let high = self.binary(Opcode::Smulhi, ty, dividend, factor);
            let total = self.binary(Opcode::Iadd, ty, high, dividend);
            self.shift(Opcode::AshrImm, ty, total, log)
        };
        let sign = self.shift(Opcode::AshrImm, ty, dividend, bits - 1);
        self.binary(Opcode::Isub, ty, truncated, sign)
    }
}

/// A multiplier of the word's own width and a shift of the upper half, if there is one (theorem 4.2: the error of the
/// rounded-up reciprocal must not exceed the shift's).
fn short_multiplier(bits: u32, divisor: u64) -> Option<(u64, u32)> {
    let divisor = u128::from(divisor);
    for shift in 0..bits {
        let power = 1u128 << (bits + shift);
        let multiplier = power / divisor + 1;
        if multiplier >> bits != 0 {
            return None;
        }
        if multiplier * divisor - power <= 1 << shift {
            return Some((multiplier as u64, shift));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::short_multiplier;

    #[test]
    fn short_multipliers_are_exact_at_the_edges() {
        for divisor in (3u64..5000).chain([0x7fff_ffff, 0x8000_0001, 0xffff_ffff]) {
            let Some((multiplier, shift)) = short_multiplier(32, divisor) else { continue };
            let check = |x: u64| {
                let quotient = (u128::from(x) * u128::from(multiplier)) >> (32 + shift);
                assert_eq!(quotient as u64, x / divisor, "{x} / {divisor}");
            };
            let last = u64::from(u32::MAX);
            for x in [0, 1, divisor - 1, divisor, divisor + 1, last, last - 1, last / divisor * divisor] {
                check(x.min(last));
                check((last / divisor * divisor).saturating_sub(1));
            }
        }
        assert_eq!(short_multiplier(32, 10), Some((0xcccc_cccd, 3)));
        assert_eq!(short_multiplier(32, 7), None);
        assert_eq!(short_multiplier(64, 10), Some((0xcccc_cccc_cccc_cccd, 3)));
    }
}

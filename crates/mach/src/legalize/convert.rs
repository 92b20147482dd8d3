//! Conversions from and to wide integers. Those from and to floats are libgcc's.

use super::split::{Pair, Splitter};
use crate::error::CodegenError;
use lathe_ir::{FloatCond, Inst, InstData, LibCall, MemFlags, Opcode, StackSlotData, Type, Value};

impl Splitter<'_> {
    /// Conversions.
    pub(super) fn conversion(&mut self, inst: Inst) -> Result<(), CodegenError> {
        let data = *self.func.inst(inst);
        let (ty, from) = (data.ty(), data.inline_args()[0]);
        match data.opcode() {
            Opcode::Zext | Opcode::Sext if ty == self.wide => {
                let lo = self.resized(data.opcode(), from);
                let hi = if data.opcode() == Opcode::Sext { self.sign(lo) } else { self.half_int(0) };
                self.define(inst, Pair { lo, hi });
            }
            Opcode::PtrToInt if ty == self.wide => {
                let lo = self.unary(Opcode::PtrToInt, self.half, from);
                // Addresses are never wider than the widest register.
                let hi = self.half_int(0);
                self.define(inst, Pair { lo, hi });
            }
            Opcode::Trunc => {
                let lo = self.pair(from).lo;
                let low = if ty == self.half { lo } else { self.unary(Opcode::Trunc, ty, lo) };
                self.replace_result(inst, low);
            }
            Opcode::Zext | Opcode::Sext => {
                return Err(self.unsupported(inst, "to a type that is wider still"));
            }
            Opcode::IntToPtr => {
                let lo = self.pair(from).lo;
                let address = self.unary(Opcode::IntToPtr, Type::PTR, lo);
                self.replace_result(inst, address);
            }
            Opcode::Bitcast => self.bit_cast(inst, ty, from),
            Opcode::Sitofp | Opcode::Uitofp => {
                let Some(routine) = from_integer(self.wide, data.opcode() == Opcode::Sitofp, ty) else {
                    return Err(self.unsupported(inst, "no routine"));
                };
                let pair = self.pair(from);
                let results = self.library(routine, &[self.wide], ty, &[pair.lo, pair.hi]);
                self.replace_result(inst, results[0]);
            }
            _ => {
                let pair = self.integer_from_float(inst, data.opcode(), from)?;
                self.define(inst, pair);
            }
        }
        Ok(())
    }

    /// A narrower integer as a half.
    fn resized(&mut self, opcode: Opcode, from: Value) -> Value {
        if self.func.ty(from) == self.half { from } else { self.unary(opcode, self.half, from) }
    }

    /// Through memory, where both are the same bytes.
    fn bit_cast(&mut self, inst: Inst, ty: Type, from: Value) {
        if self.is_wide(from) && ty == self.wide {
            let pair = self.pair(from);
            self.define(inst, pair);
            return;
        }
        let bytes = self.bits / 8;
        let slot = StackSlotData { size: u64::from(2 * bytes), align: (2 * bytes).min(16), name: None };
        let slot = self.func.slots.push(slot);
        let address = self.value(InstData::slot_addr(slot, 0));
        let flags = MemFlags::aligned(bytes);
        let upper = bytes as i32;
        if self.is_wide(from) {
            let pair = self.pair(from);
            self.append(InstData::store(self.half, pair.lo, address, 0, flags));
            self.append(InstData::store(self.half, pair.hi, address, upper, flags));
            let whole = self.value(InstData::load(Opcode::Load, ty, address, 0, flags));
            self.replace_result(inst, whole);
        } else {
            let from_ty = self.func.ty(from);
            self.append(InstData::store(from_ty, from, address, 0, flags));
            let lo = self.value(InstData::load(Opcode::Load, self.half, address, 0, flags));
            let hi = self.value(InstData::load(Opcode::Load, self.half, address, upper, flags));
            self.define(inst, Pair { lo, hi });
        }
    }

    fn integer_from_float(&mut self, inst: Inst, opcode: Opcode, from: Value) -> Result<Pair, CodegenError> {
        let float = self.func.ty(from);
        let signed = matches!(opcode, Opcode::Fptosi | Opcode::FptosiSat);
        let Some(routine) = to_integer(self.wide, signed, float) else {
            return Err(self.unsupported(inst, "no routine"));
        };
        let plain = self.library_pair(routine, &[float], &[from]);
        if matches!(opcode, Opcode::Fptosi | Opcode::Fptoui) {
            return Ok(plain);
        }
        // Clamped by comparisons; the routine's own answer out of range is not looked at.
        let width = 2 * self.bits;
        let (least, most) = if signed {
            let least = Pair { lo: self.half_int(0), hi: self.half_int(self.sign_bit()) };
            let most = Pair { lo: self.half_int(-1), hi: self.half_int(!self.sign_bit()) };
            (least, most)
        } else {
            (self.pair_int(0), self.pair_int(-1))
        };
        let limit = self.power_of_two(inst, float, width - u32::from(signed), false)?;
        let above = self.value(InstData::fcmp(float, FloatCond::Oge, from, limit));
        let bounded = self.select_pair(above, most, plain);
        if !signed {
            // Not above 0: negative, zero or NaN.
            let zero = self.float_constant(float, 0);
            let below = self.value(InstData::fcmp(float, FloatCond::Ule, from, zero));
            return Ok(self.select_pair(below, least, bounded));
        }
        let limit = self.power_of_two(inst, float, width - 1, true)?;
        let below = self.value(InstData::fcmp(float, FloatCond::Olt, from, limit));
        let bounded = self.select_pair(below, least, bounded);
        let nan = self.value(InstData::fcmp(float, FloatCond::Uno, from, from));
        let zero = self.pair_int(0);
        Ok(self.select_pair(nan, zero, bounded))
    }

    fn sign_bit(&self) -> i64 {
        (1i128 << (self.bits - 1)) as i64
    }

    /// 2 to a power, or minus that; infinity where the type ends before.
    fn power_of_two(
        &mut self,
        inst: Inst,
        float: Type,
        power: u32,
        negative: bool,
    ) -> Result<Value, CodegenError> {
        // Exponent bits, bits of the fraction (with the x87 format's integer bit).
        let (exponent_bits, fraction_bits, explicit) = match float {
            Type::F32 => (8, 23, false),
            Type::F64 => (11, 52, false),
            Type::F80 => (15, 64, true),
            Type::F128 => (15, 112, false),
            _ => return Err(self.unsupported(inst, "not a scalar float")),
        };
        let bias = (1u32 << (exponent_bits - 1)) - 1;
        let exponent = (bias + power).min((1 << exponent_bits) - 1);
        let mut bits = u128::from(exponent) << fraction_bits;
        if explicit {
            bits |= 1 << 63;
        }
        if negative {
            bits |= 1 << (fraction_bits + exponent_bits);
        }
        Ok(self.float_constant(float, bits))
    }

    fn float_constant(&mut self, float: Type, bits: u128) -> Value {
        let data = match float {
            Type::F32 | Type::F64 => InstData::fconst(float, bits as u64),
            _ => {
                let size = if float == Type::F80 { 10 } else { 16 };
                let constant = self.func.constants.push(bits.to_le_bytes()[..size].into());
                InstData::pool_const(float, constant)
            }
        };
        self.value(data)
    }
}

/// libgcc's conversion of an integer to a float.
pub(super) fn from_integer(wide: Type, signed: bool, float: Type) -> Option<LibCall> {
    use LibCall::*;
    let index = [Type::F32, Type::F64, Type::F80, Type::F128].iter().position(|ty| *ty == float)?;
    let row = match (wide, signed) {
        (Type::I128, true) => [Floattisf, Floattidf, Floattixf, Floattitf],
        (Type::I128, false) => [Floatuntisf, Floatuntidf, Floatuntixf, Floatuntitf],
        (Type::I64, true) => [Floatdisf, Floatdidf, Floatdixf, Floatditf],
        (Type::I64, false) => [Floatundisf, Floatundidf, Floatundixf, Floatunditf],
        _ => return None,
    };
    Some(row[index])
}

/// libgcc's conversion of a float to an integer.
pub(super) fn to_integer(wide: Type, signed: bool, float: Type) -> Option<LibCall> {
    use LibCall::*;
    let index = [Type::F32, Type::F64, Type::F80, Type::F128].iter().position(|ty| *ty == float)?;
    let row = match (wide, signed) {
        (Type::I128, true) => [Fixsfti, Fixdfti, Fixxfti, Fixtfti],
        (Type::I128, false) => [Fixunssfti, Fixunsdfti, Fixunsxfti, Fixunstfti],
        (Type::I64, true) => [Fixsfdi, Fixdfdi, Fixxfdi, Fixtfdi],
        (Type::I64, false) => [Fixunssfdi, Fixunsdfdi, Fixunsxfdi, Fixunstfdi],
        _ => return None,
    };
    Some(row[index])
}

//! Instructions on halves, with constants folded as they are made: halves of zero and of shifted
//! values are frequent and would leave useless instructions at `-O0`.

use super::split::{Pair, Splitter};
use lathe_ir::{Inst, InstData, IntCond, LibCall, Opcode, Signature, Type, Value};
use smallvec::SmallVec;
use std::sync::Arc;

impl Splitter<'_> {
    /// Appends an instruction.
    pub(super) fn append(&mut self, data: InstData) -> Inst {
        let inst = self.func.create_inst(data, self.loc);
        self.out.push(inst);
        inst
    }

    /// Appends an instruction with a result and gives that.
    pub(super) fn value(&mut self, data: InstData) -> Value {
        let inst = self.append(data);
        self.func.result(inst).expect("the instruction has a result")
    }

    /// Appends an instruction with a result and a flag.
    fn flagged(&mut self, data: InstData) -> (Value, Value) {
        let inst = self.append(data);
        let first = self.func.result(inst).expect("the instruction has a result");
        (first, Value(first.0 + 1))
    }

    /// A number as a sign-extended immediate of a type.
    fn normal(ty: Type, imm: i64) -> i64 {
        let unused = 64 - ty.lane_bits(64).min(64);
        imm << unused >> unused
    }

    /// The constant that a value is, sign-extended from its type.
    pub(super) fn constant_of(&self, value: Value) -> Option<i64> {
        let value = self.func.resolve(value);
        self.func.int_constant(value).map(|imm| Self::normal(self.func.ty(value), imm))
    }

    /// A constant.
    pub(super) fn int(&mut self, ty: Type, imm: i64) -> Value {
        self.value(InstData::iconst(ty, Self::normal(ty, imm)))
    }

    /// A constant half.
    pub(super) fn half_int(&mut self, imm: i64) -> Value {
        self.int(self.half, imm)
    }

    /// The halves of a sign-extended constant.
    pub(super) fn pair_int(&mut self, imm: i64) -> Pair {
        let high = if self.bits >= 64 { imm >> 63 } else { imm >> self.bits };
        Pair { lo: self.half_int(imm), hi: self.half_int(high) }
    }

    fn binary(&mut self, opcode: Opcode, a: Value, b: Value) -> Value {
        let ty = self.func.ty(a);
        self.value(InstData::binary(opcode, ty, 0, a, b))
    }

    /// A one-operand instruction.
    pub(super) fn unary(&mut self, opcode: Opcode, ty: Type, a: Value) -> Value {
        self.value(InstData::unary(opcode, ty, a))
    }

    /// Constants of both operands.
    fn constants(&self, a: Value, b: Value) -> (Option<i64>, Option<i64>) {
        (self.constant_of(a), self.constant_of(b))
    }

    /// Sum of halves.
    pub(super) fn add(&mut self, a: Value, b: Value) -> Value {
        match self.constants(a, b) {
            (Some(0), _) => b,
            (_, Some(0)) => a,
            (Some(x), Some(y)) => self.int(self.func.ty(a), x.wrapping_add(y)),
            _ => self.binary(Opcode::Iadd, a, b),
        }
    }

    /// Product of halves.
    pub(super) fn mul(&mut self, a: Value, b: Value) -> Value {
        match self.constants(a, b) {
            (Some(0), _) | (_, Some(1)) => a,
            (_, Some(0)) | (Some(1), _) => b,
            (Some(x), Some(y)) => self.int(self.func.ty(a), x.wrapping_mul(y)),
            _ => self.binary(Opcode::Imul, a, b),
        }
    }

    /// Upper half of the unsigned product of halves.
    pub(super) fn umulhi(&mut self, a: Value, b: Value) -> Value {
        match self.constants(a, b) {
            (Some(0), _) => a,
            (_, Some(0)) => b,
            (Some(1), _) | (_, Some(1)) => self.half_int(0),
            _ => self.binary(Opcode::Umulhi, a, b),
        }
    }

    /// Upper half of the signed product of halves.
    pub(super) fn smulhi(&mut self, a: Value, b: Value) -> Value {
        self.binary(Opcode::Smulhi, a, b)
    }

    /// Bitwise and.
    pub(super) fn and(&mut self, a: Value, b: Value) -> Value {
        match self.constants(a, b) {
            (Some(0), _) | (_, Some(-1)) => a,
            (_, Some(0)) | (Some(-1), _) => b,
            (Some(x), Some(y)) => self.int(self.func.ty(a), x & y),
            _ => self.binary(Opcode::Iand, a, b),
        }
    }

    /// Bitwise or.
    pub(super) fn or(&mut self, a: Value, b: Value) -> Value {
        match self.constants(a, b) {
            (Some(-1), _) | (_, Some(0)) => a,
            (_, Some(-1)) | (Some(0), _) => b,
            (Some(x), Some(y)) => self.int(self.func.ty(a), x | y),
            _ => self.binary(Opcode::Ior, a, b),
        }
    }

    /// Bitwise exclusive or.
    pub(super) fn xor(&mut self, a: Value, b: Value) -> Value {
        match self.constants(a, b) {
            (_, Some(0)) => a,
            (Some(0), _) => b,
            (_, Some(-1)) => self.not(a),
            (Some(-1), _) => self.not(b),
            (Some(x), Some(y)) => self.int(self.func.ty(a), x ^ y),
            _ => self.binary(Opcode::Ixor, a, b),
        }
    }

    /// Bitwise complement.
    pub(super) fn not(&mut self, a: Value) -> Value {
        match self.constant_of(a) {
            Some(x) => self.int(self.func.ty(a), !x),
            None => self.unary(Opcode::Inot, self.func.ty(a), a),
        }
    }

    /// A shift of a half by a constant below its width.
    pub(super) fn shift(&mut self, opcode: Opcode, a: Value, count: u32) -> Value {
        let ty = self.func.ty(a);
        if count == 0 {
            return a;
        }
        if let Some(x) = self.constant_of(a) {
            let mask = u64::MAX >> (64 - self.bits);
            let result = match opcode {
                Opcode::ShlImm => x << count,
                Opcode::LshrImm => ((x as u64 & mask) >> count) as i64,
                _ => x >> count,
            };
            return self.int(ty, result);
        }
        self.value(InstData::binary_imm(opcode, ty, 0, a, i64::from(count)))
    }

    /// A shift of a half by a count of the half type, modulo the half's width.
    pub(super) fn shift_by(&mut self, opcode: Opcode, a: Value, count: Value) -> Value {
        if self.constant_of(a) == Some(0) {
            return a;
        }
        self.binary(opcode, a, count)
    }

    /// The sign of a half in all bits.
    pub(super) fn sign(&mut self, a: Value) -> Value {
        self.shift(Opcode::AshrImm, a, self.bits - 1)
    }

    /// Comparison of halves or flags.
    pub(super) fn icmp(&mut self, cond: IntCond, a: Value, b: Value) -> Value {
        let ty = self.func.ty(a);
        match self.constants(a, b) {
            (Some(x), Some(y)) => self.int(Type::I8, i64::from(compare(cond, x, y))),
            (_, Some(0)) if cond == IntCond::Ult => self.int(Type::I8, 0),
            (_, Some(0)) if cond == IntCond::Uge => self.int(Type::I8, 1),
            (_, Some(-1)) if cond == IntCond::Ugt => self.int(Type::I8, 0),
            (_, Some(-1)) if cond == IntCond::Ule => self.int(Type::I8, 1),
            (_, Some(y)) => self.value(InstData::icmp_imm(ty, cond, a, y)),
            _ => self.value(InstData::icmp(ty, cond, a, b)),
        }
    }

    /// Comparison with a constant.
    pub(super) fn icmp_imm(&mut self, cond: IntCond, a: Value, imm: i64) -> Value {
        match self.constant_of(a) {
            Some(x) => self.int(Type::I8, i64::from(compare(cond, x, imm))),
            None => self.value(InstData::icmp_imm(self.func.ty(a), cond, a, imm)),
        }
    }

    /// Choice by a flag.
    pub(super) fn select(&mut self, cond: Value, a: Value, b: Value) -> Value {
        match self.constant_of(cond) {
            Some(0) => return b,
            Some(_) => return a,
            None if self.func.resolve(a) == self.func.resolve(b) => return a,
            None => {}
        }
        let ty = self.func.ty(a);
        self.value(InstData::ternary(Opcode::Select, ty, 0, [cond, a, b]))
    }

    /// Choice of both halves.
    pub(super) fn select_pair(&mut self, cond: Value, a: Pair, b: Pair) -> Pair {
        Pair { lo: self.select(cond, a.lo, b.lo), hi: self.select(cond, a.hi, b.hi) }
    }

    /// A flag as a half.
    pub(super) fn flag_as_half(&mut self, flag: Value) -> Value {
        match self.constant_of(flag) {
            Some(x) => self.half_int(x),
            None => self.unary(Opcode::Zext, self.half, flag),
        }
    }

    /// A sum or difference of halves with its carry out.
    pub(super) fn with_carry_out(&mut self, opcode: Opcode, a: Value, b: Value) -> (Value, Value) {
        let is_add = opcode == Opcode::UaddOverflow;
        match self.constants(a, b) {
            (_, Some(0)) => {
                let none = self.int(Type::I8, 0);
                (a, none)
            }
            (Some(0), _) if is_add => {
                let none = self.int(Type::I8, 0);
                (b, none)
            }
            _ => {
                let ty = self.func.ty(a);
                self.flagged(InstData::binary(opcode, ty, 0, a, b))
            }
        }
    }

    /// A sum or difference of halves with carries in and out.
    pub(super) fn with_carry(&mut self, opcode: Opcode, a: Value, b: Value, carry: Value) -> (Value, Value) {
        if self.constant_of(carry) == Some(0) {
            let without =
                if opcode == Opcode::UaddCarry { Opcode::UaddOverflow } else { Opcode::UsubOverflow };
            return self.with_carry_out(without, a, b);
        }
        let ty = self.func.ty(a);
        self.flagged(InstData::ternary(opcode, ty, 0, [a, b, carry]))
    }

    /// A product of halves and whether it overflows, unsigned.
    pub(super) fn mul_overflow(&mut self, a: Value, b: Value) -> (Value, Value) {
        if self.constant_of(a) == Some(0) || self.constant_of(b) == Some(0) {
            let none = self.int(Type::I8, 0);
            return (self.half_int(0), none);
        }
        let ty = self.func.ty(a);
        self.flagged(InstData::binary(Opcode::UmulOverflow, ty, 0, a, b))
    }

    /// Calls a runtime routine; the arguments are split already. The results are one value or the
    /// halves of a wide one.
    pub(super) fn library(
        &mut self,
        routine: LibCall,
        params: &[Type],
        result: Type,
        args: &[Value],
    ) -> SmallVec<[Value; 2]> {
        let results: &[Type] = if result.is_some() { &[result] } else { &[] };
        let signature = self.func.import_signature(Arc::new(Signature::new(params, results)));
        let args = self.func.make_list(args);
        let types: SmallVec<[Type; 2]> = match results {
            [ty] if *ty == self.wide => SmallVec::from_slice(&[self.half, self.half]),
            types => SmallVec::from_slice(types),
        };
        let call = InstData::call_lib(args, signature, routine);
        let inst = self.func.create_inst_with_types(call, self.loc, &types);
        self.out.push(inst);
        self.func.results(inst).collect()
    }

    /// Calls a runtime routine with a wide result.
    pub(super) fn library_pair(&mut self, routine: LibCall, params: &[Type], args: &[Value]) -> Pair {
        let results = self.library(routine, params, self.wide, args);
        Pair { lo: results[0], hi: results[1] }
    }
}

fn compare(cond: IntCond, a: i64, b: i64) -> bool {
    match cond {
        IntCond::Eq => a == b,
        IntCond::Ne => a != b,
        IntCond::Slt => a < b,
        IntCond::Sge => a >= b,
        IntCond::Sgt => a > b,
        IntCond::Sle => a <= b,
        IntCond::Ult => (a as u64) < b as u64,
        IntCond::Uge => a as u64 >= b as u64,
        IntCond::Ugt => a as u64 > b as u64,
        IntCond::Ule => a as u64 <= b as u64,
    }
}

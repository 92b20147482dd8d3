//! Comparisons of wide integers and what depends on them.

use super::split::{Pair, Splitter};
use crate::error::CodegenError;
use lathe_ir::{Inst, IntCond, Opcode, Type, Value};

impl Splitter<'_> {
    /// `icmp`, `icmp_imm`, `select`, `br`, `switch`, `trap_if`.
    pub(super) fn comparison(&mut self, inst: Inst) -> Result<(), CodegenError> {
        let data = *self.func.inst(inst);
        match data.opcode() {
            Opcode::Icmp | Opcode::IcmpImm => {
                let (a, b) = self.operands(inst);
                let holds = self.compare_pairs(data.int_cond(), a, b);
                self.replace_result(inst, holds);
            }
            Opcode::Select => {
                let [cond, a, b] = [data.inline_args()[0], data.inline_args()[1], data.inline_args()[2]];
                let cond = if self.is_wide(cond) { self.is_not_zero(cond) } else { cond };
                if self.is_wide(a) {
                    let (a, b) = (self.pair(a), self.pair(b));
                    let chosen = self.select_pair(cond, a, b);
                    self.define(inst, chosen);
                } else {
                    self.func.inst_mut(inst).inline_args_mut()[0] = cond;
                    self.out.push(inst);
                }
            }
            Opcode::Branch | Opcode::TrapIf => {
                let cond = self.is_not_zero(data.inline_args()[0]);
                self.func.inst_mut(inst).inline_args_mut()[0] = cond;
                self.out.push(inst);
            }
            Opcode::Switch => return self.switch(inst),
            _ => return Err(self.unsupported(inst, "no expansion")),
        }
        Ok(())
    }

    fn is_not_zero(&mut self, value: Value) -> Value {
        let pair = self.pair(value);
        let any = self.or(pair.lo, pair.hi);
        self.icmp_imm(IntCond::Ne, any, 0)
    }

    /// After [`crate::select::expand`] a switch is a table of the cases 0 to n-1, and the value is
    /// one of them.
    fn switch(&mut self, inst: Inst) -> Result<(), CodegenError> {
        let data = *self.func.inst(inst);
        let dense = data.switch_table().is_some_and(|table| self.func.switches[table].targets.is_empty());
        if !dense {
            return Err(self.unsupported(inst, "it was not expanded"));
        }
        let Some(table) = data.switch_table() else { return Err(self.unsupported(inst, "no table")) };
        let low = self.pair(data.inline_args()[0]).lo;
        self.func.replace_inst(inst, lathe_ir::InstData::switch(self.half, low, table));
        self.out.push(inst);
        Ok(())
    }

    /// "Above" and "not above" a constant are "not below" and "below" the next, which keeps the constant on the right.
    fn next_constant(&mut self, cond: IntCond, b: Pair) -> (IntCond, Pair) {
        let to = match cond {
            IntCond::Ugt => IntCond::Uge,
            IntCond::Ule => IntCond::Ult,
            _ => return (cond, b),
        };
        let (Some(low), Some(high)) = (self.constant_of(b.lo), self.constant_of(b.hi)) else {
            return (cond, b);
        };
        match (low as u32).checked_add(1) {
            Some(low) => (to, Pair { lo: self.half_int(i64::from(low)), ..b }),
            None if high as u32 != u32::MAX => {
                (to, Pair { lo: self.half_int(0), hi: self.half_int(high + 1) })
            }
            None => (cond, b),
        }
    }

    /// Whether a condition holds between wide values, as a flag.
    pub(super) fn compare_pairs(&mut self, cond: IntCond, a: Pair, b: Pair) -> Value {
        if matches!(cond, IntCond::Eq | IntCond::Ne) {
            let (x, y) = (self.xor(a.lo, b.lo), self.xor(a.hi, b.hi));
            let differs = self.or(x, y);
            return self.icmp_imm(cond, differs, 0);
        }
        let unsigned = match cond {
            IntCond::Slt => IntCond::Ult,
            IntCond::Sge => IntCond::Uge,
            IntCond::Sgt => IntCond::Ugt,
            IntCond::Sle => IntCond::Ule,
            cond => cond,
        };
        let low = self.icmp(unsigned, a.lo, b.lo);
        // Where the upper halves are equal the lower decide; if those are known to, one comparison
        // of the upper halves, with or without equality, says it all.
        if let Some(holds) = self.constant_of(low) {
            let strict = match cond {
                IntCond::Slt | IntCond::Sle => [IntCond::Slt, IntCond::Sle],
                IntCond::Sgt | IntCond::Sge => [IntCond::Sgt, IntCond::Sge],
                IntCond::Ult | IntCond::Ule => [IntCond::Ult, IntCond::Ule],
                _ => [IntCond::Ugt, IntCond::Uge],
            };
            return self.icmp(strict[usize::from(holds != 0)], a.hi, b.hi);
        }
        // Words of 32 bits: with the sign bits flipped, signed numbers compare as unsigned ones do.
        let (a, b) = if cond.is_signed() && self.bits == 32 {
            let sign = self.half_int(i64::from(i32::MIN));
            (Pair { hi: self.xor(a.hi, sign), ..a }, Pair { hi: self.xor(b.hi, sign), ..b })
        } else {
            (a, b)
        };
        let cond = if self.bits == 32 { unsigned } else { cond };
        let (cond, b) = if self.bits == 32 { self.next_constant(cond, b) } else { (cond, b) };
        if !cond.is_signed() {
            // Less means that the difference borrows.
            let (x, y) = if matches!(cond, IntCond::Ult | IntCond::Uge) { (a, b) } else { (b, a) };
            let borrows = self.sub_pair(x, y).1;
            return match cond {
                IntCond::Ult | IntCond::Ugt => borrows,
                _ => self.icmp_imm(IntCond::Eq, borrows, 0),
            };
        }
        let high = self.icmp(cond, a.hi, b.hi);
        let equal = self.icmp(IntCond::Eq, a.hi, b.hi);
        debug_assert_eq!(self.func.ty(equal), Type::I8);
        self.select(equal, low, high)
    }
}

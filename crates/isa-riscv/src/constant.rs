//! Constants in registers: the sequences that GNU as's `li` stands for.

use crate::registers::{VIEW_X, ZERO};
use crate::rows::{ADDI, ADDIW, LI, LUI, SLLI};
use lathe_isa::{Operand, PhysReg, Reg, RowId};

/// Most instructions that a constant takes.
pub const MAX_INSTRUCTIONS: usize = 8;

const fn low_part(value: i64) -> i64 {
    value << 52 >> 52
}

/// Emits the instructions that `li rd, value` stands for. `compressed` says whether the mode has the short forms.
pub fn load_constant(rd: PhysReg, value: i64, compressed: bool, emit: &mut dyn FnMut(RowId, &[Operand])) {
    let upper = value >> 12;
    let short_upper = compressed && value & 0xfff == 0 && upper != 0 && (-32..=31).contains(&upper);
    if low_part(value) == value || short_upper && rd.0 != 0 && rd.0 != 2 {
        emit(LI, &[Operand::Reg(Reg::new(rd, VIEW_X)), Operand::int(value)]);
        return;
    }
    load_wide(rd, value, emit);
}

/// The general sequence: `lui` and `addiw` for 32 bits, else the upper part, shifted, and the lower part.
pub fn load_wide(rd: PhysReg, value: i64, emit: &mut dyn FnMut(RowId, &[Operand])) {
    let reg = Operand::Reg(Reg::new(rd, VIEW_X));
    let low = low_part(value);
    let high = value.wrapping_sub(low);
    if i64::from(value as i32) != value {
        let shift = high.trailing_zeros().max(12);
        load_wide(rd, high >> shift, emit);
        emit(SLLI, &[reg, reg, Operand::int(i64::from(shift))]);
        if low != 0 {
            emit(ADDI, &[reg, reg, Operand::int(low)]);
        }
        return;
    }
    let mut base = Operand::Reg(Reg::new(ZERO, VIEW_X));
    if high != 0 {
        emit(LUI, &[reg, Operand::int(i64::from(high as u32 >> 12))]);
        base = reg;
    }
    if low != 0 || high == 0 {
        emit(ADDIW, &[reg, base, Operand::int(low)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the emitted instructions compute.
    fn run(value: i64) -> (i64, usize) {
        let (mut result, mut count) = (0i64, 0);
        load_constant(PhysReg(10), value, true, &mut |row, operands| {
            let Some(Operand::Imm(lathe_isa::Imm::Int(number))) = operands.last().copied() else {
                panic!("number")
            };
            count += 1;
            let from_zero = operands.get(1) == Some(&Operand::Reg(Reg::new(ZERO, VIEW_X)));
            let base = if from_zero { 0 } else { result };
            result = match row {
                LI => number,
                LUI => i64::from((number << 12) as i32),
                ADDIW => i64::from((base + number) as i32),
                ADDI => base.wrapping_add(number),
                SLLI => base << number,
                other => panic!("row {other:?}"),
            };
        });
        (result, count)
    }

    #[test]
    fn constants_come_out_right() {
        let mut value = 1u64;
        for round in 0..20_000u64 {
            value = value.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(round);
            let wanted = (value >> (round % 64)) as i64;
            for wanted in [wanted, wanted.wrapping_neg(), wanted & !0xfff, wanted << (round % 50)] {
                let (got, count) = run(wanted);
                assert_eq!(got, wanted);
                assert!(count <= MAX_INSTRUCTIONS);
            }
        }
    }
}

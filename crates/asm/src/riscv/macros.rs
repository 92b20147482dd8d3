//! Pseudo-instructions that are more than one instruction and no row of their own: `li`, extensions without Zbb.

use crate::assembler::Assembler;
use lathe_diag::Loc;
use lathe_isa::{Imm, Operand, Reg};
use lathe_isa_riscv::registers::{VIEW_X, ZERO};
use lathe_isa_riscv::{COMPRESSED, load_constant, load_wide, rows};

/// Whether a mnemonic without rows is one of these.
pub(super) fn is_macro(mnemonic: &str) -> bool {
    mnemonic == "zext.w"
}

impl Assembler<'_> {
    /// Emits a pseudo-instruction; `false` if the operands make it a row.
    pub(super) fn rv_macro(&mut self, mnemonic: &str, operands: &[Operand], loc: Loc) -> bool {
        let extensions = self.rv().map(|state| state.extensions).unwrap_or_default();
        match (mnemonic, operands) {
            ("li", [Operand::Reg(rd), Operand::Imm(Imm::Int(value))]) if rd.phys.0 < 32 => {
                let streamer = &mut *self.streamer;
                let compressed = self.mode.meets(COMPRESSED);
                load_constant(rd.phys, *value, compressed, &mut |row, operands| {
                    streamer.instruction(row, operands, loc)
                });
                true
            }
            ("la" | "lla", [Operand::Reg(rd), Operand::Imm(Imm::Int(value))]) if rd.phys.0 < 32 => {
                let streamer = &mut *self.streamer;
                load_wide(rd.phys, *value, &mut |row, operands| streamer.instruction(row, operands, loc));
                true
            }
            ("zext.w", [rd @ Operand::Reg(_), rs @ Operand::Reg(_)]) => {
                if extensions.zba {
                    let zero = Operand::Reg(Reg::new(ZERO, VIEW_X));
                    self.streamer.instruction(rows::ADD_UW, &[*rd, *rs, zero], loc);
                } else {
                    self.shift_pair(*rd, *rs, 32, false, loc);
                }
                true
            }
            ("sext.b" | "sext.h" | "zext.h", [rd @ Operand::Reg(_), rs @ Operand::Reg(_)])
                if !extensions.zbb =>
            {
                let shift = if mnemonic == "sext.b" { 56 } else { 48 };
                self.shift_pair(*rd, *rs, shift, mnemonic != "zext.h", loc);
                true
            }
            _ => false,
        }
    }

    fn shift_pair(&mut self, rd: Operand, rs: Operand, shift: i64, signed: bool, loc: Loc) {
        self.streamer.instruction(rows::SLLI, &[rd, rs, Operand::int(shift)], loc);
        let right = if signed { rows::SRAI } else { rows::SRLI };
        self.streamer.instruction(right, &[rd, rd, Operand::int(shift)], loc);
    }
}

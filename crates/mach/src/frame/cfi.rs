//! Call-frame information as machine-level pseudo instructions (DWARF 5, 6.4.2). Hooks add them
//! with [`Sequence::cfi`]; the emitter turns them into `.cfi_*` directives.

use crate::inst::{MachOperand, Sequence, pseudo};
use lathe_isa::PhysReg;

/// A change of the unwind rules, valid from the next instruction on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CfiOp {
    /// The frame address is register + offset.
    DefineCfa(PhysReg, i64),
    /// The frame address is counted from this register, offset unchanged.
    DefineCfaRegister(PhysReg),
    /// The frame address is this far above its register.
    DefineCfaOffset(i64),
    /// A register is saved at frame address + offset.
    Offset(PhysReg, i64),
    /// A register has its caller's value again.
    Restore(PhysReg),
    /// Pushes the rules.
    RememberState,
    /// Pops the rules.
    RestoreState,
    /// AArch64: the return address changes between signed and unsigned.
    NegateReturnAddress,
}

impl CfiOp {
    /// As operands of a [`pseudo::CFI`].
    pub fn to_operands(self) -> [MachOperand; 3] {
        let (kind, reg, offset) = match self {
            CfiOp::DefineCfa(reg, offset) => (0, reg.0, offset),
            CfiOp::DefineCfaRegister(reg) => (1, reg.0, 0),
            CfiOp::DefineCfaOffset(offset) => (2, 0, offset),
            CfiOp::Offset(reg, offset) => (3, reg.0, offset),
            CfiOp::Restore(reg) => (4, reg.0, 0),
            CfiOp::RememberState => (5, 0, 0),
            CfiOp::RestoreState => (6, 0, 0),
            CfiOp::NegateReturnAddress => (7, 0, 0),
        };
        [MachOperand::Imm(kind), MachOperand::Imm(i64::from(reg)), MachOperand::Imm(offset)]
    }

    /// From the operands of a [`pseudo::CFI`].
    pub fn from_operands(operands: &[MachOperand]) -> Option<CfiOp> {
        let [MachOperand::Imm(kind), MachOperand::Imm(reg), MachOperand::Imm(offset)] = *operands else {
            return None;
        };
        let reg = PhysReg(reg as u8);
        Some(match kind {
            0 => CfiOp::DefineCfa(reg, offset),
            1 => CfiOp::DefineCfaRegister(reg),
            2 => CfiOp::DefineCfaOffset(offset),
            3 => CfiOp::Offset(reg, offset),
            4 => CfiOp::Restore(reg),
            5 => CfiOp::RememberState,
            6 => CfiOp::RestoreState,
            7 => CfiOp::NegateReturnAddress,
            _ => return None,
        })
    }
}

impl Sequence<'_> {
    /// Appends call-frame information.
    pub fn cfi(&mut self, op: CfiOp) {
        self.op(pseudo::CFI, &op.to_operands());
    }
}

//! Short names for the operands that every rule writes.
//!
//! In: registers and numbers. Out: [`MachOperand`]s. Called by the rules of all targets.

use super::{MachOperand, VReg};
use lathe_isa::PhysReg;

/// Reads a register.
#[must_use]
pub fn reg_use(reg: VReg, view: u8) -> MachOperand {
    MachOperand::Use(reg.into(), view)
}

/// Writes a register.
#[must_use]
pub fn def(reg: VReg, view: u8) -> MachOperand {
    MachOperand::Def(reg.into(), view)
}

/// Writes `to` in the register in which `from` is read.
#[must_use]
pub fn tied(to: VReg, from: VReg, view: u8) -> MachOperand {
    MachOperand::Tied { to: to.into(), from: from.into(), view }
}

/// A number.
#[must_use]
pub fn imm(value: i64) -> MachOperand {
    MachOperand::Imm(value)
}

/// Reads a value in a given register.
#[must_use]
pub fn fixed_use(reg: VReg, phys: PhysReg) -> MachOperand {
    MachOperand::FixedUse(reg.into(), phys)
}

/// Writes a value in a given register.
#[must_use]
pub fn fixed_def(reg: VReg, phys: PhysReg) -> MachOperand {
    MachOperand::FixedDef(reg.into(), phys)
}

//! Virtual registers, packed virtual-or-physical registers, block numbers.

use lathe_isa::{PhysReg, RegClass};
use std::fmt;

/// A block of a [`crate::MachFunction`]: its index in the final order, entry first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachBlock(pub u32);

impl MachBlock {
    /// No block.
    pub const NONE: MachBlock = MachBlock(u32::MAX);

    /// The index.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for MachBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mb{}", self.0)
    }
}

impl fmt::Display for MachBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The two kinds of registers that are allocated.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Bank {
    /// Integers and addresses.
    Int,
    /// Floats and vectors.
    Vector,
}

impl Bank {
    /// Both, in order of their index.
    pub const ALL: [Bank; 2] = [Bank::Int, Bank::Vector];

    /// 0 or 1.
    #[inline]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The bank of a class of registers, if it is allocated.
    pub const fn of(class: RegClass) -> Option<Bank> {
        match class {
            RegClass::Int => Some(Bank::Int),
            RegClass::Vector => Some(Bank::Vector),
            _ => None,
        }
    }
}

/// A virtual register: defined once (SSA), by one instruction or as a block parameter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VReg(pub u32);

impl VReg {
    /// The index.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for VReg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}", self.0)
    }
}

/// What allocation must know of a virtual register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VRegInfo {
    /// Which registers may hold it.
    pub bank: Bank,
    /// Bytes to keep when it is moved or spilled (1, 2, 4, 8, 16, 32, 64).
    pub size: u8,
}

/// A virtual or physical register, or none: below 128 physical, from 128 virtual.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MReg(u32);

impl MReg {
    /// No register.
    pub const NONE: MReg = MReg(u32::MAX);

    /// A physical register.
    #[inline]
    pub const fn phys(reg: PhysReg) -> MReg {
        if reg.is_some() { MReg(reg.0 as u32) } else { MReg::NONE }
    }

    /// A virtual register.
    #[inline]
    pub const fn virt(reg: VReg) -> MReg {
        MReg(reg.0 + 128)
    }

    /// Whether there is a register.
    #[inline]
    pub const fn is_some(self) -> bool {
        self.0 != u32::MAX
    }

    /// The virtual register, if it is one.
    #[inline]
    pub const fn as_virt(self) -> Option<VReg> {
        if self.0 >= 128 && self.0 != u32::MAX { Some(VReg(self.0 - 128)) } else { None }
    }

    /// The physical register, if it is one.
    #[inline]
    pub const fn as_phys(self) -> Option<PhysReg> {
        if self.0 < 128 { Some(PhysReg(self.0 as u8)) } else { None }
    }
}

impl From<VReg> for MReg {
    fn from(reg: VReg) -> MReg {
        MReg::virt(reg)
    }
}

impl From<PhysReg> for MReg {
    fn from(reg: PhysReg) -> MReg {
        MReg::phys(reg)
    }
}

impl fmt::Debug for MReg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.as_virt(), self.as_phys()) {
            (Some(v), _) => write!(f, "{v:?}"),
            (_, Some(p)) => write!(f, "r{}", p.0),
            _ => f.write_str("-"),
        }
    }
}

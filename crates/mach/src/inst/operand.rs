//! Operands of machine instructions.
//!
//! Order in an instruction: first the encoded operands in the row's manual order (destination
//! first), then the implicit ones ([`MachOperand::FixedUse`], [`MachOperand::FixedDef`]), which are
//! never encoded. A register is written with its view (`al`/`eax`/`rax` are views of one register).
//!
//! When a value is needed, as the allocators see it:
//!
//! | operand | read | written |
//! |---|---|---|
//! | `Use`, `UseAny`, `Mem`, `FixedUse` | at the start | |
//! | `LateUse` | until the end | |
//! | `Def`, `FixedDef` | | at the end |
//! | `EarlyDef` | | at the start (shares no register with any use) |
//! | `Tied` | at the start | at the end, in the same register |

use crate::inst::reg::{MReg, MachBlock};
use crate::inst::slot::SlotId;
use crate::inst::symbol::SymbolRefId;
use lathe_isa::{MemMode, PhysReg};

/// An address in [`crate::inst::CodeTables::mems`]; belongs to one operand of one instruction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MemId(pub u32);

/// A set of clobbered registers in [`crate::inst::CodeTables::clobbers`]; 0 is "none".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ClobberId(pub u32);

/// One operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MachOperand {
    /// Reads a register.
    Use(MReg, u8),
    /// Reads a register, or the value's spill slot in its place: a row of the group takes memory
    /// here, of exactly the view's width, and no other operand of the instruction is memory.
    UseAny(MReg, u8),
    /// Reads a register that no definition of the instruction may share.
    LateUse(MReg, u8),
    /// Writes a register.
    Def(MReg, u8),
    /// Writes a register before the uses are read.
    EarlyDef(MReg, u8),
    /// Reads `from` and writes `to`, which share a register (x86 two-operand form).
    Tied {
        /// The new value.
        to: MReg,
        /// The old value; it survives in another place if it is still needed.
        from: MReg,
        /// The view.
        view: u8,
    },
    /// A number.
    Imm(i64),
    /// Memory.
    Mem(MemId),
    /// A branch target of this function.
    Block(MachBlock),
    /// A symbol: call target, or immediate address.
    Symbol(SymbolRefId),
    /// A condition code of the target.
    Cond(u8),
    /// A shift or extension of the register before it: the target's code and the bits.
    Shift {
        /// The target's code.
        kind: u8,
        /// By how many bits.
        amount: u8,
    },
    /// A rounding code of the target.
    Rounding(u8),
    /// Not encoded: the value is in this register at the start.
    FixedUse(MReg, PhysReg),
    /// Not encoded: the value is in this register at the end.
    FixedDef(MReg, PhysReg),
}

const _: () = assert!(size_of::<MachOperand>() == 16);

impl MachOperand {
    /// Whether it stands in the instruction's encoding.
    #[inline]
    pub const fn is_encoded(self) -> bool {
        !matches!(self, MachOperand::FixedUse(..) | MachOperand::FixedDef(..))
    }

    /// The register that is written, if one is.
    #[inline]
    pub const fn written(self) -> Option<MReg> {
        match self {
            MachOperand::Def(reg, _)
            | MachOperand::EarlyDef(reg, _)
            | MachOperand::FixedDef(reg, _)
            | MachOperand::Tied { to: reg, .. } => Some(reg),
            _ => None,
        }
    }

    /// The register that is read, if one is (those of a memory operand are in its [`MachMem`]).
    #[inline]
    pub const fn read(self) -> Option<MReg> {
        match self {
            MachOperand::Use(reg, _)
            | MachOperand::UseAny(reg, _)
            | MachOperand::LateUse(reg, _)
            | MachOperand::FixedUse(reg, _)
            | MachOperand::Tied { from: reg, .. } => Some(reg),
            _ => None,
        }
    }
}

/// What a memory address is relative to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemBase {
    /// Nothing: absolute, or symbol only.
    None,
    /// A register.
    Reg(MReg),
    /// A frame slot; frame layout replaces it by the stack or frame pointer.
    Slot(SlotId),
    /// The instruction pointer, where the target has such addresses.
    Pc,
}

/// A memory address. Its registers are read at the start of the instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MachMem {
    /// Base.
    pub base: MemBase,
    /// Index register or none.
    pub index: MReg,
    /// Added; with a symbol, on top of the symbol's own addend.
    pub displacement: i32,
    /// Symbol part.
    pub symbol: Option<SymbolRefId>,
    /// log2 of the factor of `index`.
    pub scale_log2: u8,
    /// Size of the access in bytes where the row does not say it, else 0.
    pub size: u8,
    /// Segment register or none.
    pub segment: PhysReg,
    /// Write-back and other modes.
    pub mode: MemMode,
}

impl MachMem {
    /// Nothing; fill in with struct update.
    pub const NONE: MachMem = MachMem {
        base: MemBase::None,
        index: MReg::NONE,
        displacement: 0,
        symbol: None,
        scale_log2: 0,
        size: 0,
        segment: PhysReg::NONE,
        mode: MemMode::Offset,
    };

    /// `[base + displacement]`.
    pub fn base(base: impl Into<MReg>, displacement: i32) -> MachMem {
        MachMem { base: MemBase::Reg(base.into()), displacement, ..MachMem::NONE }
    }

    /// `[slot + displacement]`.
    pub const fn slot(slot: SlotId, displacement: i32) -> MachMem {
        MachMem { base: MemBase::Slot(slot), displacement, ..MachMem::NONE }
    }

    /// `[symbol]`, relative to the instruction pointer.
    pub const fn pc_relative(symbol: SymbolRefId) -> MachMem {
        MachMem { base: MemBase::Pc, symbol: Some(symbol), ..MachMem::NONE }
    }

    /// `[symbol]`, absolute.
    pub const fn absolute(symbol: SymbolRefId) -> MachMem {
        MachMem { symbol: Some(symbol), ..MachMem::NONE }
    }

    /// With the size of the access in bytes.
    #[must_use]
    pub const fn sized(self, size: u8) -> MachMem {
        MachMem { size, ..self }
    }

    /// The base register, if the base is one.
    pub const fn base_reg(&self) -> Option<MReg> {
        match self.base {
            MemBase::Reg(reg) if reg.is_some() => Some(reg),
            _ => None,
        }
    }

    /// The index register, if there is one.
    pub const fn index_reg(&self) -> Option<MReg> {
        if self.index.is_some() { Some(self.index) } else { None }
    }
}

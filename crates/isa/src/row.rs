//! Instruction rows: the table format that every target shares.
//!
//! A row is one encodable form of one mnemonic: operands in the manual's order with what is read
//! and written, implicit registers, modes, flags, and the target's own encoding `E`. Rows with
//! one mnemonic (one *group*) are contiguous, in the order in which GNU as would choose them.
//!
//! Whether a row fits is decided on [`Facts`]: each concrete operand is summed up once as a bit set of what
//! it can stand for ("a 32-bit integer register", "is eax", "fits 8 signed bits"), each
//! [`OperandSpec`] holds the facts that it accepts, and a row fits when every operand shares a bit with its spec.

use crate::registers::{PhysReg, RegClass, RegSet};
use lathe_target::FeatureSet;

/// Index of a row in the target's table. Constants in `isa-*::rows` name the first row of a group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RowId(pub u16);

/// What an operand can stand for; bit meanings are the target's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Facts(pub u64);

impl Facts {
    /// Nothing.
    pub const NONE: Facts = Facts(0);

    /// Both.
    #[must_use]
    pub const fn or(self, other: Facts) -> Facts {
        Facts(self.0 | other.0)
    }

    /// Whether the two share a bit.
    pub const fn meets(self, other: Facts) -> bool {
        self.0 & other.0 != 0
    }
}

/// Index into the target's table of operand kinds ([`crate::Isa::kinds`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct KindId(pub u8);

/// What a row does with an operand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
#[repr(u8)]
pub enum Access {
    /// Reads it (immediates, labels and address-only memory are "read").
    #[default]
    Read,
    /// Writes it, all of it or with the rest zeroed.
    Write,
    /// Reads and writes it (also: writes a part and keeps the rest).
    ReadWrite,
}

impl Access {
    /// Whether the old value matters.
    pub const fn reads(self) -> bool {
        !matches!(self, Access::Write)
    }

    /// Whether there is a new value.
    pub const fn writes(self) -> bool {
        !matches!(self, Access::Read)
    }
}

/// A kind of operand, for example "32-bit register or memory". A row of the target's kind table.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The name in row tables.
    pub name: &'static str,
    /// Accepted operands.
    pub facts: Facts,
    /// Register class, if a register may stand here.
    pub class: Option<RegClass>,
    /// View of that register.
    pub view: u8,
    /// The only register that may stand here (`cl`, `eax`, `dx`).
    pub fixed: Option<PhysReg>,
    /// Bits of a memory operand, 0 if memory may not stand here or has no fixed size.
    pub memory_bits: u16,
    /// Inclusive range of an immediate, if one may stand here.
    pub range: Option<(i64, i64)>,
}

/// One operand of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct OperandSpec {
    /// Copy of the kind's facts, for speed.
    pub facts: Facts,
    /// The kind.
    pub kind: KindId,
    /// Read, written or both.
    pub access: Access,
}

/// Modes of the processor in which a row exists, or (one bit) the mode in force. Bits are the target's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Mode(pub u8);

impl Mode {
    /// Whether the two share a mode.
    pub const fn meets(self, other: Mode) -> bool {
        self.0 & other.0 != 0
    }
}

/// Properties of a row.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct RowFlags(pub u16);

impl RowFlags {
    /// None.
    pub const NONE: RowFlags = RowFlags(0);
    /// Ends a block: nothing after it runs (jump, return, `ud2`).
    pub const TERMINATOR: RowFlags = RowFlags(1);
    /// May go to a label operand or elsewhere.
    pub const BRANCH: RowFlags = RowFlags(2);
    /// Branches only if a condition holds.
    pub const CONDITIONAL: RowFlags = RowFlags(4);
    /// Calls.
    pub const CALL: RowFlags = RowFlags(8);
    /// Reads memory beyond a memory operand marked as read (string operations, `pop`, `ret`).
    pub const MAY_LOAD: RowFlags = RowFlags(16);
    /// Writes memory beyond a memory operand marked as written (`push`, `call`, string operations).
    pub const MAY_STORE: RowFlags = RowFlags(32);
    /// Must not be removed or reordered: fences, I/O, `cpuid`.
    pub const SIDE_EFFECT: RowFlags = RowFlags(64);
    /// A memory operand is an address only (`lea`, prefetch, `nop`).
    pub const ADDRESS_ONLY: RowFlags = RowFlags(128);
    /// A prefix that is written before another instruction (`lock`, `rep`).
    pub const PREFIX: RowFlags = RowFlags(256);
    /// For the assembler only: the disassembler prints another row.
    pub const ALIAS: RowFlags = RowFlags(512);

    /// Both.
    #[must_use]
    pub const fn or(self, other: RowFlags) -> RowFlags {
        RowFlags(self.0 | other.0)
    }

    /// Whether all flags of `other` are set.
    pub const fn has(self, other: RowFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// A row without its encoding.
#[derive(Clone, Copy, Debug)]
pub struct RowInfo {
    /// The mnemonic in GNU as's own (AT&T) syntax, without its size suffix.
    pub mnemonic: &'static str,
    /// The size suffix of GNU syntax (`"l"`), or empty.
    pub suffix: &'static str,
    /// The mnemonic in the manual's (Intel) syntax. The same on targets with one syntax.
    pub manual_mnemonic: &'static str,
    /// Operands in the manual's order.
    pub operands: [OperandSpec; crate::MAX_OPERANDS],
    /// How many of them.
    pub operand_count: u8,
    /// Modes in which the row exists.
    pub modes: Mode,
    /// Properties.
    pub flags: RowFlags,
    /// Features needed, all of them.
    pub features: FeatureSet,
    /// Registers read beyond the operands.
    pub implicit_reads: RegSet,
    /// Registers written (or clobbered) beyond the operands, condition flags included.
    pub implicit_writes: RegSet,
    /// First row of the group.
    pub group_first: RowId,
    /// One past the last row of the group.
    pub group_end: RowId,
}

impl RowInfo {
    /// The operands that exist.
    pub fn specs(&self) -> &[OperandSpec] {
        &self.operands[..self.operand_count as usize]
    }
}

/// A row with the target's encoding.
#[derive(Clone, Copy, Debug)]
pub struct Row<E> {
    /// What everyone needs.
    pub info: RowInfo,
    /// How it is encoded.
    pub encoding: E,
}

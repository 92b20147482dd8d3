//! What the encoder produces: bytes and fixups; and the fixup table format.

use crate::operand::SymbolRef;
use crate::row::RowId;
use std::fmt;

/// Longest encoding of a row on any target (x86: 15).
pub const MAX_BYTES: usize = 16;

/// One encoded instruction.
#[derive(Clone, Copy, Debug)]
pub struct Encoded {
    /// The bytes; those after `len` are undefined.
    pub bytes: [u8; MAX_BYTES],
    /// Fixups, ascending by offset; those after `fixup_count` are undefined.
    pub fixups: [Fixup; 2],
    /// Number of bytes.
    pub len: u8,
    /// Number of fixups.
    pub fixup_count: u8,
    /// The row that was used.
    pub row: RowId,
}

impl Encoded {
    /// Nothing yet.
    pub const fn new() -> Encoded {
        let target = SymbolRef::plain(crate::SymbolId::from_index(0));
        let fixup = Fixup { target, offset: 0, kind: FixupKind(0) };
        Encoded { bytes: [0; MAX_BYTES], fixups: [fixup; 2], len: 0, fixup_count: 0, row: RowId(0) }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len as usize]
    }

    /// The fixups.
    pub fn fixups(&self) -> &[Fixup] {
        &self.fixups[..self.fixup_count as usize]
    }
}

impl Default for Encoded {
    fn default() -> Encoded {
        Encoded::new()
    }
}

/// Index into the target's fixup table ([`crate::Isa::fixups`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FixupKind(pub u8);

/// A field to fill when the target's address is known.
///
/// The value is ELF's: `S + A` for absolute kinds, `S + A - P` for PC-relative ones, where `A` is
/// `target.addend` and `P` the address of the field itself. An instruction set that counts from
/// the end of the instruction (x86) has already put the distance into the addend.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Fixup {
    /// What the field refers to.
    pub target: SymbolRef,
    /// Offset of the field from the first byte of the instruction (or fragment).
    pub offset: u32,
    /// The kind of field.
    pub kind: FixupKind,
}

/// What a field's value may be.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Signedness {
    /// `-2^(n-1) ..= 2^(n-1)-1`.
    Signed,
    /// `0 ..= 2^n-1`.
    Unsigned,
    /// Either: `-2^(n-1) ..= 2^n-1` (data).
    Either,
}

/// A row of the fixup table.
#[derive(Clone, Copy, Debug)]
pub struct FixupInfo {
    /// For messages and dumps.
    pub name: &'static str,
    /// Bytes of the field (of the whole instruction word where the field is scattered).
    pub size_bytes: u8,
    /// Whether the field's own address is subtracted.
    pub pc_relative: bool,
    /// Range of the value.
    pub signedness: Signedness,
    /// Bits of the value that the field holds.
    pub bits: u8,
}

/// A value does not fit its field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FixupOverflow {
    /// The value.
    pub value: i64,
    /// Least value that would fit.
    pub min: i64,
    /// Greatest value that would fit.
    pub max: i64,
}

impl fmt::Display for FixupOverflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "value of {} is out of range {}..={}", self.value, self.min, self.max)
    }
}

impl std::error::Error for FixupOverflow {}

impl FixupInfo {
    /// Inclusive range of the value.
    pub fn range(&self) -> (i64, i64) {
        if self.bits >= 64 || self.bits == 0 {
            return (i64::MIN, i64::MAX);
        }
        let half = 1i64 << (self.bits - 1);
        let full = (1i128 << self.bits) - 1;
        match self.signedness {
            Signedness::Signed => (-half, half - 1),
            Signedness::Unsigned => (0, full as i64),
            Signedness::Either => (-half, full as i64),
        }
    }

    /// Writes a value into a plain little-endian field (`field.len() == size_bytes`).
    ///
    /// # Errors
    /// When the value is out of range; the field is then untouched.
    pub fn store_little_endian(&self, value: i64, field: &mut [u8]) -> Result<(), FixupOverflow> {
        let (min, max) = self.range();
        if value < min || value > max {
            return Err(FixupOverflow { value, min, max });
        }
        let bytes = value.to_le_bytes();
        field.copy_from_slice(&bytes[..field.len()]);
        Ok(())
    }
}

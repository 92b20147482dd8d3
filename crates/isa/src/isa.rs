//! The trait through which everything above talks to an instruction set.

use crate::encoded::{Encoded, FixupInfo, FixupKind, FixupOverflow, Signedness};
use crate::object_rules::ObjectRules;
use crate::operand::{MAX_OPERANDS, Modifier, Operand, SymbolId, SymbolRef};
use crate::registers::RegisterTable;
use crate::row::{Kind, Mode, RowId, RowInfo};
use lathe_target::Arch;
use std::fmt;

/// How assembly text is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Syntax {
    /// GNU as's own syntax of the target (AT&T on x86).
    #[default]
    Gnu,
    /// Intel syntax (`.intel_syntax noprefix`); same as `Gnu` elsewhere.
    Intel,
}

/// Names for symbols in printed text.
pub trait SymbolNames {
    /// Appends the name of a symbol, or the text of an expression, quoted if need be.
    fn write_symbol(&self, symbol: SymbolId, out: &mut String);
}

/// A decoded instruction.
#[derive(Clone, Copy, Debug)]
pub struct Decoded {
    /// The row.
    pub row: RowId,
    /// Its operands. Branch targets are `Operand::Imm(Int(distance))`, on x86 from the next instruction,
    /// elsewhere from this one.
    pub operands: [Operand; MAX_OPERANDS],
    /// Bytes used, prefixes included.
    pub len: u8,
}

/// A row of the modifier table.
#[derive(Clone, Copy, Debug)]
pub struct ModifierInfo {
    /// As written: `PLT`, `GOTPCREL` (after `@`) or `lo12` (between colons). Empty for index 0.
    pub name: &'static str,
    /// Whether it makes the symbol thread-local (`STT_TLS`).
    pub thread_local: bool,
}

/// Why no row of a group fits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unfit {
    /// No row has this many operands.
    OperandCount,
    /// The operand (index in manual order) is of no accepted kind or size.
    OperandKind {
        /// Index in manual order.
        operand: u8,
    },
    /// An immediate or displacement is out of range.
    Range {
        /// Index in manual order.
        operand: u8,
        /// The value.
        value: i64,
    },
    /// An address that the instruction set cannot form (scaled `rsp`, mixed widths).
    Address {
        /// Index in manual order.
        operand: u8,
    },
    /// The row does not exist in this mode.
    Mode,
    /// Registers that cannot be together (`ah` with `r8`).
    RegisterConflict {
        /// Index in manual order.
        operand: u8,
    },
}

/// An instruction cannot be encoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EncodeError {
    /// The group that was tried.
    pub row: RowId,
    /// Why its last, best candidate does not fit.
    pub reason: Unfit,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            Unfit::OperandCount => f.write_str("number of operands mismatch"),
            Unfit::OperandKind { operand } => write!(f, "operand type mismatch (operand {})", operand + 1),
            Unfit::Range { operand, value } => {
                write!(f, "value {value} of operand {} is out of range", operand + 1)
            }
            Unfit::Address { operand } => write!(f, "operand {} is not a valid address", operand + 1),
            Unfit::Mode => f.write_str("instruction not available in this mode"),
            Unfit::RegisterConflict { operand } => {
                write!(f, "register of operand {} cannot be used with the others", operand + 1)
            }
        }
    }
}

impl std::error::Error for EncodeError {}

/// An instruction set: tables and the few functions that data cannot say.
pub trait Isa: Sync {
    /// The architecture.
    fn arch(&self) -> Arch;

    /// The mode that code starts in (x86-64: 64-bit).
    fn default_mode(&self) -> Mode;

    /// The registers.
    fn registers(&self) -> &'static RegisterTable;

    /// Operand kinds, by [`crate::KindId`].
    fn kinds(&self) -> &'static [Kind];

    /// Number of rows; ids are `0..row_count`.
    fn row_count(&self) -> usize;

    /// A row.
    fn row(&self, id: RowId) -> &'static RowInfo;

    /// The row of `id`'s group that [`Isa::encode`] would use.
    ///
    /// # Errors
    /// When none fits.
    fn select(&self, mode: Mode, id: RowId, operands: &[Operand]) -> Result<RowId, EncodeError>;

    /// Encodes with the first row of `id`'s group that fits. A label operand takes the shortest
    /// branch; see [`Isa::grow`].
    ///
    /// # Errors
    /// When no row of the group fits.
    fn encode(
        &self,
        mode: Mode,
        id: RowId,
        operands: &[Operand],
        out: &mut Encoded,
    ) -> Result<(), EncodeError>;

    /// Encodes exactly the given row.
    ///
    /// # Errors
    /// When it does not fit.
    fn encode_row(
        &self,
        mode: Mode,
        row: RowId,
        operands: &[Operand],
        out: &mut Encoded,
    ) -> Result<(), EncodeError>;

    /// Whether an encoded row is a short form whose target may turn out too far away.
    fn is_relaxable(&self, row: RowId) -> bool;

    /// Re-encodes a relaxable instruction ([`Encoded::row`] of the short form, its single label operand) in its next larger
    /// form; `false` if there is none.
    fn grow(&self, mode: Mode, row: RowId, operands: &[Operand], out: &mut Encoded) -> bool;

    /// Appends the instruction as text, without indentation and newline: mnemonic, tab, operands.
    fn print(
        &self,
        mode: Mode,
        row: RowId,
        operands: &[Operand],
        syntax: Syntax,
        names: &dyn SymbolNames,
        out: &mut String,
    );

    /// Decodes the instruction at the start of `bytes`; `None` when no row matches.
    fn decode(&self, mode: Mode, bytes: &[u8]) -> Option<Decoded>;

    /// Fixup kinds, by [`FixupKind`].
    fn fixups(&self) -> &'static [FixupInfo];

    /// The fixup kind of a data directive (`.byte`, `.long`, `.quad`) of so many bytes: the first of that size in the table.
    fn data_fixup(&self, size_bytes: u8) -> Option<FixupKind> {
        let is_data = |info: &FixupInfo| {
            info.size_bytes == size_bytes && !info.pc_relative && info.signedness == Signedness::Either
        };
        let at = self.fixups().iter().position(is_data).filter(|_| size_bytes.is_power_of_two())?;
        Some(FixupKind(at as u8))
    }

    /// The ELF relocation type of a fixup whose target has this modifier. `None`: there is no such relocation.
    ///
    /// `pc_relative` says that a data fixup has turned into a difference to its own place (`.long foo - .`).
    fn relocation(&self, kind: FixupKind, modifier: Modifier, pc_relative: bool) -> Option<u32>;

    /// Whether a resolved, modifier-free fixup of this kind against a symbol of the same section may be filled by the assembler
    /// (RISC-V linker relaxation says no).
    fn resolves_locally(&self, kind: FixupKind) -> bool {
        let _ = kind;
        true
    }

    /// What objects of this target hold beyond code and data.
    fn object_rules(&self) -> &'static ObjectRules {
        const DEFAULT: &ObjectRules = &ObjectRules::DEFAULT;
        DEFAULT
    }

    /// The size of a relaxable branch with this fixup in its short form, whose target is `distance` bytes from its start, or in
    /// another place that the linker knows. `None`: this target's branches only [`Isa::grow`].
    fn branch_size(&self, short: FixupKind, distance: Option<i64>) -> Option<u8> {
        let _ = (short, distance);
        None
    }

    /// Makes the form of a size that [`Isa::branch_size`] gave from the short one.
    fn widen_branch(&self, short: &[u8], kind: FixupKind, size: u8, target: SymbolRef, out: &mut Encoded) {
        let _ = (short, kind, size, target, out);
    }

    /// Writes a value into a field.
    ///
    /// # Errors
    /// When it does not fit.
    fn apply_fixup(&self, kind: FixupKind, value: i64, field: &mut [u8]) -> Result<(), FixupOverflow> {
        self.fixups()[kind.0 as usize].store_little_endian(value, field)
    }

    /// Symbol modifiers, by [`Modifier`].
    fn modifiers(&self) -> &'static [ModifierInfo];

    /// Appends `count` bytes of do-nothing code, as GNU as would for `.p2align`.
    fn fill_nops(&self, mode: Mode, count: u32, out: &mut Vec<u8>);

    /// The groups (first rows) with a mnemonic in a syntax, in the order in which they are tried. Case matters: lower.
    fn groups(&self, mnemonic: &str, syntax: Syntax) -> &[RowId];

    /// Relocation types, sorted by number.
    fn relocations(&self) -> &'static [crate::relocation::RelocationRow] {
        &[]
    }

    /// Whether ELF relocations of this target carry explicit addends (RELA; i686 uses REL).
    fn uses_rela(&self) -> bool;
}

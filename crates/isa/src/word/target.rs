//! What a target of fixed words must say beyond its tables.

use crate::encoded::{Encoded, Fixup, FixupInfo, FixupKind, FixupOverflow};
use crate::isa::{ModifierInfo, SymbolNames};
use crate::object_rules::ObjectRules;
use crate::operand::{Modifier, Operand, SymbolRef};
use crate::registers::RegisterTable;
use crate::relocation::RelocationRow;
use crate::row::{Facts, Kind, Mode, Row, RowId, RowInfo};
use crate::word::template::Word;
use lathe_target::Arch;
use std::fmt::Debug;

/// Why a slot does not take an operand whose facts its kind accepts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Misfit {
    /// It is of the wrong kind after all.
    Kind,
    /// The number has no encoding here.
    Range(i64),
    /// The address cannot be formed.
    Address,
    /// It does not go together with the other operands.
    Conflict,
}

/// The instruction that is being put together.
#[derive(Debug)]
pub struct Builder<'a> {
    /// The word so far: the base and the slots filled.
    pub word: u64,
    pub(super) out: &'a mut Encoded,
}

impl Builder<'_> {
    /// Puts a number that is known to fit into a field.
    #[inline]
    pub fn field(&mut self, shift: u8, value: u64) {
        self.word |= value << shift;
    }

    /// Asks for a fixup at `offset` bytes into the instruction. At most two.
    #[inline]
    pub fn fixup(&mut self, target: SymbolRef, kind: FixupKind, offset: u32) {
        let at = self.out.fixup_count as usize;
        assert!(at < self.out.fixups.len(), "an instruction has at most two fixups");
        self.out.fixups[at] = Fixup { target, offset, kind };
        self.out.fixup_count += 1;
    }
}

/// The text of an instruction that is being printed.
pub struct OperandText<'a> {
    /// Where it goes.
    pub out: &'a mut String,
    /// Names of symbols.
    pub names: &'a dyn SymbolNames,
}

impl OperandText<'_> {
    /// `name+4`, without the modifier.
    pub fn symbol(&mut self, target: &SymbolRef) {
        self.names.write_symbol(target.symbol, self.out);
        if target.addend != 0 {
            self.signed(target.addend);
        }
    }

    /// A number.
    pub fn number(&mut self, value: i64) {
        use std::fmt::Write as _;
        let _ = write!(self.out, "{value}");
    }

    /// A number with its sign.
    pub fn signed(&mut self, value: i64) {
        use std::fmt::Write as _;
        let _ = write!(self.out, "{value:+}");
    }

    /// Any text.
    pub fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }
}

/// A target of the engine. Its tables are `static`; its functions are pure.
pub trait WordTarget: Sync + 'static {
    /// A slot: a bit field, or a scattered one, with its own range and meaning.
    type Slot: Copy + PartialEq + Debug + Send + Sync + 'static;

    /// Where the eight bits lie by which the decoder sorts rows: as many of them as possible fixed in all rows.
    const DECODE_SHIFT: u32;

    /// See [`crate::Isa::arch`].
    fn arch(&self) -> Arch;

    /// See [`crate::Isa::default_mode`].
    fn default_mode(&self) -> Mode {
        Mode(1)
    }

    /// See [`crate::Isa::registers`].
    fn registers(&self) -> &'static RegisterTable;

    /// See [`crate::Isa::kinds`].
    fn kinds(&self) -> &'static [Kind];

    /// The rows, by [`RowId`].
    fn rows(&self) -> &'static [Row<Word<Self::Slot>>];

    /// What an operand can stand for.
    fn facts(&self, operand: &Operand) -> Facts;

    /// Fills a slot. The operand's facts meet those of the row's kind; values are still to be checked.
    ///
    /// # Errors
    /// When the slot cannot hold the operand; the next row of the group is then tried.
    fn insert(&self, slot: Self::Slot, operand: &Operand, builder: &mut Builder<'_>) -> Result<(), Misfit>;

    /// Reads a slot back; `None` where the word is no instruction of the row. The kind tells which register file and view.
    fn extract(&self, slot: Self::Slot, kind: &'static Kind, word: u64) -> Option<Operand>;

    /// Appends the mnemonic, and says how many leading operands it has swallowed (`b.eq`).
    fn print_mnemonic(&self, row: &RowInfo, operands: &[Operand], out: &mut String) -> usize {
        let _ = operands;
        out.push_str(row.mnemonic);
        0
    }

    /// Appends an operand. What separates it from the one before is already there (`", "`, or a tab).
    fn print_operand(&self, kind: &'static Kind, operand: &Operand, text: &mut OperandText<'_>);

    /// See [`crate::Isa::is_relaxable`].
    fn is_relaxable(&self, row: RowId) -> bool {
        let _ = row;
        false
    }

    /// See [`crate::Isa::grow`].
    fn grow(&self, row: RowId, operands: &[Operand], out: &mut Encoded) -> bool {
        let _ = (row, operands, out);
        false
    }

    /// See [`crate::Isa::fixups`].
    fn fixups(&self) -> &'static [FixupInfo];

    /// See [`crate::Isa::relocation`].
    fn relocation(&self, kind: FixupKind, modifier: Modifier, pc_relative: bool) -> Option<u32>;

    /// See [`crate::Isa::resolves_locally`].
    fn resolves_locally(&self, kind: FixupKind) -> bool {
        let _ = kind;
        true
    }

    /// See [`crate::Isa::object_rules`].
    fn object_rules(&self) -> &'static ObjectRules {
        const DEFAULT: &ObjectRules = &ObjectRules::DEFAULT;
        DEFAULT
    }

    /// See [`crate::Isa::branch_size`].
    fn branch_size(&self, short: FixupKind, distance: Option<i64>) -> Option<u8> {
        let _ = (short, distance);
        None
    }

    /// See [`crate::Isa::widen_branch`].
    fn widen_branch(&self, short: &[u8], kind: FixupKind, size: u8, target: SymbolRef, out: &mut Encoded) {
        let _ = (short, kind, size, target, out);
    }

    /// See [`crate::Isa::apply_fixup`].
    ///
    /// # Errors
    /// When the value does not fit.
    fn apply_fixup(&self, kind: FixupKind, value: i64, field: &mut [u8]) -> Result<(), FixupOverflow>;

    /// See [`crate::Isa::modifiers`].
    fn modifiers(&self) -> &'static [ModifierInfo];

    /// See [`crate::Isa::fill_nops`].
    fn fill_nops(&self, mode: Mode, count: u32, out: &mut Vec<u8>);

    /// See [`crate::Isa::relocations`].
    fn relocations(&self) -> &'static [RelocationRow];
}

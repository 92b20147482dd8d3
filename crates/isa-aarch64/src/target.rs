//! AArch64 as a target of the word engine.

use crate::fixups;
use crate::kinds::{PUBLIC_KINDS, Slot, operand_facts};
use crate::rows::ROWS;
use lathe_isa::relocation::RelocationRow;
use lathe_isa::word::{Builder, Misfit, OperandText, Word, WordIsa, WordTarget};
use lathe_isa::{
    Encoded, Facts, FixupInfo, FixupKind, FixupOverflow, Isa, Kind, Mode, Modifier, ModifierInfo,
    ObjectRules, Operand, RegisterTable, Row, RowId, RowInfo, SymbolRef,
};
use lathe_target::Arch;

/// The tables of AArch64.
#[derive(Debug)]
pub struct A64;

/// AArch64.
pub static AARCH64: WordIsa<A64> = WordIsa::new(A64);

/// The instruction set of an architecture, if it is AArch64.
pub fn isa_of(arch: Arch) -> Option<&'static dyn Isa> {
    match arch {
        Arch::AArch64 => Some(&AARCH64),
        _ => None,
    }
}

impl WordTarget for A64 {
    type Slot = Slot;

    const DECODE_SHIFT: u32 = 21;

    fn arch(&self) -> Arch {
        Arch::AArch64
    }

    fn registers(&self) -> &'static RegisterTable {
        &crate::TABLE
    }

    fn kinds(&self) -> &'static [Kind] {
        &PUBLIC_KINDS
    }

    #[inline]
    fn rows(&self) -> &'static [Row<Word<Slot>>] {
        &ROWS
    }

    #[inline]
    fn facts(&self, operand: &Operand) -> Facts {
        Facts(operand_facts(operand))
    }

    #[inline]
    fn insert(&self, slot: Slot, operand: &Operand, builder: &mut Builder<'_>) -> Result<(), Misfit> {
        crate::insert::insert(slot, operand, builder)
    }

    fn extract(&self, slot: Slot, kind: &'static Kind, word: u64) -> Option<Operand> {
        crate::extract::extract(slot, kind, word)
    }

    fn print_mnemonic(&self, row: &RowInfo, operands: &[Operand], out: &mut String) -> usize {
        if let (Some(Operand::Cond(code)), Some(stem)) = (operands.first(), row.mnemonic.strip_suffix("cond"))
        {
            out.push_str(stem);
            out.push_str(crate::conditions::NAMES[usize::from(code & 15)]);
            return 1;
        }
        // `bti c` and its like: the option is part of the row's name.
        match row.mnemonic.split_once('.') {
            Some((stem, option)) if !stem.is_empty() => {
                out.push_str(stem);
                out.push('\t');
                out.push_str(option);
            }
            _ => out.push_str(row.mnemonic),
        }
        0
    }

    fn print_operand(&self, kind: &'static Kind, operand: &Operand, text: &mut OperandText<'_>) {
        crate::print::operand(kind, operand, text);
    }

    fn fixups(&self) -> &'static [FixupInfo] {
        fixups::FIXUPS
    }

    fn relocation(&self, kind: FixupKind, modifier: Modifier, pc_relative: bool) -> Option<u32> {
        fixups::relocation(kind, modifier, pc_relative)
    }

    fn resolves_locally(&self, kind: FixupKind) -> bool {
        // The distance of pages depends on the place.
        !matches!(kind, fixups::ADRP21)
    }

    fn apply_fixup(&self, kind: FixupKind, value: i64, field: &mut [u8]) -> Result<(), FixupOverflow> {
        fixups::apply(kind, value, field)
    }

    fn modifiers(&self) -> &'static [ModifierInfo] {
        fixups::MODIFIERS
    }

    fn fill_nops(&self, _mode: Mode, count: u32, out: &mut Vec<u8>) {
        fixups::fill_nops(count, out);
    }

    fn is_relaxable(&self, row: RowId) -> bool {
        ROWS[usize::from(row.0)].encoding.slots.contains(&Slot::Branch14)
    }

    fn branch_size(&self, short: FixupKind, distance: Option<i64>) -> Option<u8> {
        crate::object::branch_size(short, distance)
    }

    fn widen_branch(&self, short: &[u8], _kind: FixupKind, _size: u8, target: SymbolRef, out: &mut Encoded) {
        crate::object::widen_branch(short, target, out);
    }

    fn object_rules(&self) -> &'static ObjectRules {
        &crate::object::RULES
    }

    fn relocations(&self) -> &'static [RelocationRow] {
        crate::relocations::TABLE
    }
}

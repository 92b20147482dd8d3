//! [`WordTarget`] for RISC-V.

use crate::fixups;
use crate::operands::{PUBLIC_KINDS, Slot, operand_facts};
use crate::rows::{COMPRESSED, PIC, RELAX, ROWS, RV64};
use lathe_isa::relocation::{RelocationRow, find_row};
use lathe_isa::word::{Builder, Misfit, OperandText, Word, WordIsa, WordTarget};
use lathe_isa::{
    Encoded, Facts, FixupInfo, FixupKind, FixupOverflow, Isa, Kind, Mode, Modifier, ModifierInfo,
    ObjectRules, Operand, RegisterTable, Row, RowId, RowInfo, SymbolRef,
};
use lathe_target::features::Feature;
use lathe_target::{Arch, FeatureSet};

/// The target.
#[derive(Debug)]
pub struct RiscV {
    mode: Mode,
}

const MODE: Mode = Mode(RV64.0 | COMPRESSED.0 | RELAX.0 | PIC.0);

const fn without(bits: u8) -> WordIsa<RiscV> {
    WordIsa::new(RiscV { mode: Mode(MODE.0 & !bits) })
}

/// RISC-V 64: compressed instructions, and code that the linker may shorten.
pub static RISCV64: WordIsa<RiscV> = without(0);
/// Without compressed instructions; with code that stays as it is; both.
static VARIANTS: [WordIsa<RiscV>; 3] =
    [without(COMPRESSED.0), without(RELAX.0), without(COMPRESSED.0 | RELAX.0)];

/// The instruction set with these features.
pub fn isa_with(features: FeatureSet) -> &'static dyn Isa {
    match (features.has(Feature::Compressed), features.has(Feature::Relax)) {
        (true, true) => &RISCV64,
        (false, true) => &VARIANTS[0],
        (true, false) => &VARIANTS[1],
        (false, false) => &VARIANTS[2],
    }
}

/// The instruction set of an architecture, if it is RISC-V.
pub fn isa_of(arch: Arch) -> Option<&'static dyn Isa> {
    match arch {
        Arch::RiscV64 => Some(&RISCV64),
        _ => None,
    }
}

impl WordTarget for RiscV {
    type Slot = Slot;
    const DECODE_SHIFT: u32 = 0;

    fn arch(&self) -> Arch {
        Arch::RiscV64
    }

    fn default_mode(&self) -> Mode {
        self.mode
    }

    fn registers(&self) -> &'static RegisterTable {
        &crate::registers::TABLE
    }

    fn kinds(&self) -> &'static [Kind] {
        &PUBLIC_KINDS
    }

    fn rows(&self) -> &'static [Row<Word<Slot>>] {
        &ROWS
    }

    fn facts(&self, operand: &Operand) -> Facts {
        Facts(operand_facts(operand))
    }

    fn insert(&self, slot: Slot, operand: &Operand, builder: &mut Builder<'_>) -> Result<(), Misfit> {
        crate::slots::insert(slot, operand, builder)
    }

    fn extract(&self, slot: Slot, kind: &'static Kind, word: u64) -> Option<Operand> {
        crate::slots::extract(slot, kind, word)
    }

    fn print_mnemonic(&self, row: &RowInfo, operands: &[Operand], out: &mut String) -> usize {
        if row.mnemonic.starts_with(".insn") {
            return crate::print::raw_mnemonic(row.mnemonic, operands, out);
        }
        out.push_str(row.mnemonic);
        0
    }

    fn print_operand(&self, kind: &'static Kind, operand: &Operand, text: &mut OperandText<'_>) {
        crate::print::operand(kind, operand, text);
    }

    fn is_relaxable(&self, row: RowId) -> bool {
        let branches = |slot: &Slot| matches!(slot, Slot::Branch | Slot::Jump | Slot::CBranch | Slot::CJump);
        ROWS[usize::from(row.0)].encoding.slots.iter().any(branches)
    }

    fn object_rules(&self) -> &'static ObjectRules {
        crate::object::rules(self.mode)
    }

    fn branch_size(&self, short: FixupKind, distance: Option<i64>) -> Option<u8> {
        crate::object::branch_size(short, distance)
    }

    fn widen_branch(&self, short: &[u8], kind: FixupKind, size: u8, target: SymbolRef, out: &mut Encoded) {
        crate::object::widen_branch(short, kind, size, target, out);
    }

    fn fixups(&self) -> &'static [FixupInfo] {
        fixups::FIXUPS
    }

    fn relocation(&self, kind: FixupKind, modifier: Modifier, pc_relative: bool) -> Option<u32> {
        fixups::relocation(kind, modifier, pc_relative)
    }

    fn resolves_locally(&self, kind: FixupKind) -> bool {
        kind.0 <= fixups::ABS64.0
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

    fn relocations(&self) -> &'static [RelocationRow] {
        crate::relocations::TABLE
    }
}

/// The relocation row of a fixup kind, if it has one.
pub(crate) fn relocation_row(kind: FixupKind) -> Option<&'static RelocationRow> {
    find_row(crate::relocations::TABLE, fixups::relocation(kind, Modifier::NONE, false)?)
}

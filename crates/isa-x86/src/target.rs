//! [`Isa`] for the two x86 architectures.

use crate::encode;
use crate::fixups;
use crate::kinds::{PUBLIC_KINDS, Slot};
use crate::rows::ROWS;
use crate::select;
use crate::template::{MODE_32, MODE_64};
use lathe_isa::{
    Decoded, EncodeError, Encoded, FixupInfo, FixupKind, Isa, Kind, Mode, Modifier, ModifierInfo,
    ObjectRules, Operand, RegisterTable, RowId, RowInfo, SymbolNames, Syntax,
};
use lathe_target::Arch;

/// An x86 instruction set.
#[derive(Debug)]
pub struct X86 {
    arch: Arch,
}

/// x86-64.
pub static X86_64: X86 = X86 { arch: Arch::X86_64 };
/// i686.
pub static I686: X86 = X86 { arch: Arch::X86 };

/// The instruction set of an architecture, if it is x86.
pub fn isa_of(arch: Arch) -> Option<&'static dyn Isa> {
    match arch {
        Arch::X86_64 => Some(&X86_64),
        Arch::X86 => Some(&I686),
        _ => None,
    }
}

impl Isa for X86 {
    fn arch(&self) -> Arch {
        self.arch
    }

    fn default_mode(&self) -> Mode {
        if self.arch == Arch::X86_64 { MODE_64 } else { MODE_32 }
    }

    fn registers(&self) -> &'static RegisterTable {
        if self.arch == Arch::X86_64 { &crate::TABLE_64 } else { &crate::TABLE_32 }
    }

    fn kinds(&self) -> &'static [Kind] {
        &PUBLIC_KINDS
    }

    fn row_count(&self) -> usize {
        ROWS.len()
    }

    fn row(&self, id: RowId) -> &'static RowInfo {
        &ROWS[id.0 as usize].info
    }

    fn select(&self, mode: Mode, id: RowId, operands: &[Operand]) -> Result<RowId, EncodeError> {
        select::select(mode, id, operands)
    }

    fn encode(
        &self,
        mode: Mode,
        id: RowId,
        operands: &[Operand],
        out: &mut Encoded,
    ) -> Result<(), EncodeError> {
        let row = select::shorter_vex(mode, select::select(mode, id, operands)?, operands);
        encode::encode_row(mode, row, operands, out)
    }

    fn encode_row(
        &self,
        mode: Mode,
        row: RowId,
        operands: &[Operand],
        out: &mut Encoded,
    ) -> Result<(), EncodeError> {
        encode::encode_row(mode, row, operands, out)
    }

    fn is_relaxable(&self, row: RowId) -> bool {
        let row = &ROWS[row.0 as usize];
        row.encoding.slots[0] == Slot::Rel8
            && row.info.operand_count == 1
            && row.info.group_end.0 - row.info.group_first.0 > 1
    }

    fn grow(&self, mode: Mode, row: RowId, operands: &[Operand], out: &mut Encoded) -> bool {
        if !self.is_relaxable(row) {
            return false;
        }
        let group_end = ROWS[row.0 as usize].info.group_end.0;
        for next in row.0 + 1..group_end {
            let candidate = &ROWS[next as usize];
            let near = matches!(candidate.encoding.slots[0], Slot::Rel16 | Slot::Rel32);
            if near && candidate.info.modes.meets(mode) {
                return encode::encode_row(mode, RowId(next), operands, out).is_ok();
            }
        }
        false
    }

    fn print(
        &self,
        mode: Mode,
        row: RowId,
        operands: &[Operand],
        syntax: Syntax,
        names: &dyn SymbolNames,
        out: &mut String,
    ) {
        crate::print::print(mode, row, operands, syntax, names, out);
    }

    fn decode(&self, mode: Mode, bytes: &[u8]) -> Option<Decoded> {
        crate::decode::decode(mode, bytes)
    }

    fn fixups(&self) -> &'static [FixupInfo] {
        fixups::FIXUPS
    }

    fn relocation(&self, kind: FixupKind, modifier: Modifier, pc_relative: bool) -> Option<u32> {
        match self.arch {
            Arch::X86_64 => fixups::relocation_64(kind, modifier, pc_relative),
            _ => fixups::relocation_32(kind, modifier, pc_relative),
        }
    }

    fn modifiers(&self) -> &'static [ModifierInfo] {
        fixups::MODIFIERS
    }

    fn fill_nops(&self, mode: Mode, count: u32, out: &mut Vec<u8>) {
        fixups::fill_nops(mode, count, out);
    }

    fn groups(&self, mnemonic: &str, syntax: Syntax) -> &[RowId] {
        crate::mnemonics::groups(mnemonic, syntax)
    }

    fn relocations(&self) -> &'static [lathe_isa::relocation::RelocationRow] {
        if self.arch == Arch::X86_64 { crate::relocations::X86_64 } else { crate::relocations::I386 }
    }

    fn object_rules(&self) -> &'static ObjectRules {
        static RULES_32: ObjectRules =
            ObjectRules { address_modifiers: fixups::SECTION_MODIFIERS, ..ObjectRules::DEFAULT };
        if self.arch == Arch::X86_64 { &ObjectRules::DEFAULT } else { &RULES_32 }
    }

    fn uses_rela(&self) -> bool {
        self.arch == Arch::X86_64
    }
}

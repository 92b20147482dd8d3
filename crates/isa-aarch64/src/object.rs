//! What AArch64 objects hold beyond code and data: mapping symbols (AAELF64 section 5.5.4), symbols of all sections.
//! And tests of bits that do not reach.

use crate::fixups;
use lathe_isa::{Encoded, Fixup, FixupKind, MappingSymbols, ObjectRules, SymbolRef};

/// The conventions; which of the possible ones follows GNU as 2.40.
pub(crate) static RULES: ObjectRules = ObjectRules {
    operands_order_symbols: false,
    keeps_section_symbols: true,
    mapping: Some(MappingSymbols {
        code: "$x",
        data: "$d",
        shows_architecture: false,
        code_sections_only: false,
    }),
    line_unit: 4,
    address_modifiers: fixups::ADDRESS_MODIFIERS,
    ..ObjectRules::DEFAULT
};

/// The size of `tbz` and `tbnz`, which reach 32 KiB. GNU as leaves it to the programmer; here they are turned around to skip a
/// `b`. Other conditional branches reach a mebibyte.
pub(crate) fn branch_size(short: FixupKind, distance: Option<i64>) -> Option<u8> {
    if short != fixups::BRANCH14 {
        return None;
    }
    match distance {
        Some(distance) if !(-(1 << 15)..1 << 15).contains(&distance) => Some(8),
        _ => Some(4),
    }
}

/// The longer form of `tbz` and `tbnz`.
pub(crate) fn widen_branch(short: &[u8], target: SymbolRef, out: &mut Encoded) {
    let Some(word) = short.first_chunk::<4>() else { return };
    // Bit 24 turns the test around; the target is two instructions on.
    let turned = (u32::from_le_bytes(*word) ^ 1 << 24) & !(0x3fff << 5) | 2 << 5;
    out.bytes[..4].copy_from_slice(&turned.to_le_bytes());
    out.bytes[4..8].copy_from_slice(&0x1400_0000u32.to_le_bytes());
    out.len = 8;
    out.fixups[0] = Fixup { target, offset: 4, kind: fixups::JUMP26 };
    out.fixup_count = 1;
}

//! Fixup kinds of RISC-V, symbol modifiers, and the ELF relocations that they become.
//!
//! Source: RISC-V ELF psABI 1.0, "Relocations". Which modifiers an instruction takes, and that the assembler fills in
//! nothing but constants, follows GNU as.

use lathe_isa::{FixupKind, FixupOverflow, Modifier};

lathe_isa::fixup_table! {
    /// A byte.
    ABS8 1 false Either 8;
    /// Two bytes.
    ABS16 2 false Either 16;
    /// Four bytes.
    ABS32 4 false Either 32;
    /// Eight bytes.
    ABS64 8 false Either 64;
    /// Conditional branch.
    BRANCH 4 true Signed 13;
    /// `jal`.
    JAL 4 true Signed 21;
    /// `c.beqz`, `c.bnez`.
    RVC_BRANCH 2 true Signed 9;
    /// `c.j`.
    RVC_JUMP 2 true Signed 12;
    /// `auipc` and `jalr`.
    CALL_PLT 8 true Signed 32;
    /// `lui` with `%hi`.
    HI20 4 false Either 32;
    /// I-type with `%lo`.
    LO12_I 4 false Either 32;
    /// S-type with `%lo`.
    LO12_S 4 false Either 32;
    /// `auipc` with `%pcrel_hi`.
    PCREL_HI20 4 true Signed 32;
    /// I-type with `%pcrel_lo` of the `auipc`'s label.
    PCREL_LO12_I 4 false Signed 32;
    /// S-type with `%pcrel_lo` of the `auipc`'s label.
    PCREL_LO12_S 4 false Signed 32;
    /// `auipc` with `%got_pcrel_hi`.
    GOT_HI20 4 true Signed 32;
    /// `auipc` with `%tls_ie_pcrel_hi`.
    TLS_GOT_HI20 4 true Signed 32;
    /// `auipc` with `%tls_gd_pcrel_hi`.
    TLS_GD_HI20 4 true Signed 32;
    /// `lui` with `%tprel_hi`.
    TPREL_HI20 4 false Signed 32;
    /// I-type with `%tprel_lo`.
    TPREL_LO12_I 4 false Signed 32;
    /// S-type with `%tprel_lo`.
    TPREL_LO12_S 4 false Signed 32;
    /// `add` with `%tprel_add`.
    TPREL_ADD_MARK 4 false Signed 32;
    /// Second word of a pair, I-type: `%pcrel_lo` of the first.
    OWN_LO12_I 4 false Signed 32;
    /// Second word of a pair, S-type: `%pcrel_lo` of the first.
    OWN_LO12_S 4 false Signed 32;
}

/// ELF relocation types by [`FixupKind`], 0 where there is none.
static NUMBERS: [u32; 24] =
    [0, 0, 1, 2, 16, 17, 44, 45, 19, 26, 27, 28, 23, 24, 25, 20, 21, 22, 29, 30, 31, 32, 24, 25];

// Written `%hi(symbol)`; `plt` is `symbol@plt`.
lathe_isa::modifier_table! {
    PLAIN "" false;
    HI "hi" false;
    LO "lo" false;
    PCREL_HI "pcrel_hi" false;
    PCREL_LO "pcrel_lo" false;
    GOT_PCREL_HI "got_pcrel_hi" false;
    TLS_IE_PCREL_HI "tls_ie_pcrel_hi" true;
    TLS_GD_PCREL_HI "tls_gd_pcrel_hi" true;
    TPREL_HI "tprel_hi" true;
    TPREL_LO "tprel_lo" true;
    TPREL_ADD "tprel_add" true;
    PLT "plt" false;
    // Data only: `.dtprelword`.
    DTPREL "dtprel" true;
}

/// Whether a modifier takes the low twelve bits.
pub(crate) const fn is_low(modifier: Modifier) -> bool {
    matches!(modifier, LO | PCREL_LO | TPREL_LO)
}

/// The fixup of a U-type immediate.
pub(crate) const fn upper(modifier: Modifier) -> FixupKind {
    match modifier {
        PCREL_HI => PCREL_HI20,
        GOT_PCREL_HI => GOT_HI20,
        TLS_IE_PCREL_HI => TLS_GOT_HI20,
        TLS_GD_PCREL_HI => TLS_GD_HI20,
        TPREL_HI => TPREL_HI20,
        _ => HI20,
    }
}

/// The fixup of an I-type immediate.
pub(crate) const fn lower_load(modifier: Modifier) -> FixupKind {
    match modifier {
        PCREL_LO => PCREL_LO12_I,
        TPREL_LO => TPREL_LO12_I,
        _ => LO12_I,
    }
}

/// The fixup of an S-type displacement.
pub(crate) const fn lower_store(modifier: Modifier) -> FixupKind {
    match modifier {
        PCREL_LO => PCREL_LO12_S,
        TPREL_LO => TPREL_LO12_S,
        _ => LO12_S,
    }
}

/// The relocation type of a fixup.
pub(crate) fn relocation(kind: FixupKind, modifier: Modifier, pc_relative: bool) -> Option<u32> {
    let is_data = kind.0 <= ABS64.0;
    match (kind, modifier) {
        (ABS32, DTPREL) => return Some(8),
        (ABS64, DTPREL) => return Some(9),
        _ => {}
    }
    if is_data && (modifier != PLAIN || pc_relative && kind != ABS32) {
        return None;
    }
    if is_data && pc_relative {
        return Some(57);
    }
    NUMBERS.get(kind.0 as usize).copied().filter(|number| *number != 0)
}

/// Writes a value into a field.
pub(crate) fn apply(kind: FixupKind, value: i64, field: &mut [u8]) -> Result<(), FixupOverflow> {
    let info = &FIXUPS[usize::from(kind.0)];
    if kind.0 <= ABS64.0 {
        return info.store_little_endian(value, field);
    }
    let (min, max) = info.range();
    let stored = crate::target::relocation_row(kind).is_some_and(|row| row.store(field, value).is_ok());
    if stored { Ok(()) } else { Err(FixupOverflow { value, min, max }) }
}

/// Do-nothing code: a zero byte where the count is odd, at most one `c.nop`, then `nop`s.
pub(crate) fn fill_nops(count: u32, out: &mut Vec<u8>) {
    if count % 2 == 1 {
        out.push(0);
    }
    if count % 4 >= 2 {
        out.extend_from_slice(&[0x01, 0x00]);
    }
    for _ in 0..count / 4 {
        out.extend_from_slice(&[0x13, 0, 0, 0]);
    }
}

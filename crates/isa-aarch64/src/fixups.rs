//! Fixup kinds of A64, symbol modifiers, the ELF relocations that they become, and how a value is stored.
//!
//! Source: ELF for the Arm 64-bit Architecture (AAELF64 2023Q1), section 5.7. Which modifiers exist and how they are written
//! is GNU as's: `:lo12:symbol`.

use lathe_isa::{FixupKind, FixupOverflow, Modifier};

lathe_isa::fixup_table! {
    /// A byte of data.
    ABS8 1 false Either 8;
    /// Two bytes of data.
    ABS16 2 false Either 16;
    /// Four bytes of data.
    ABS32 4 false Either 32;
    /// Eight bytes of data.
    ABS64 8 false Either 64;
    /// `b`.
    JUMP26 4 true Signed 28;
    /// `bl`.
    CALL26 4 true Signed 28;
    /// `b.cond`, `cbz`, `cbnz`.
    BRANCH19 4 true Signed 21;
    /// `tbz`, `tbnz`.
    BRANCH14 4 true Signed 16;
    /// `ldr` of a literal.
    LITERAL19 4 true Signed 21;
    /// `adr`.
    ADR21 4 true Signed 21;
    /// `adrp`: the distance of pages.
    ADRP21 4 true Signed 33;
    /// `add` and `sub` of 12 bits.
    ADD12 4 false Unsigned 12;
    /// Load or store of a byte.
    LOAD8 4 false Unsigned 12;
    /// Load or store of two bytes.
    LOAD16 4 false Unsigned 13;
    /// Load or store of four bytes.
    LOAD32 4 false Unsigned 14;
    /// Load or store of eight bytes.
    LOAD64 4 false Unsigned 15;
    /// Load or store of sixteen bytes.
    LOAD128 4 false Unsigned 16;
    /// `movz`, `movn`, `movk`.
    MOVE16 4 false Either 16;
    /// No field: marks the call through a TLS descriptor.
    MARK_CALL 0 false Either 0;
    /// No field: marks the load of a TLS descriptor's function.
    MARK_LOAD 0 false Either 0;
    /// No field: marks the addition to a TLS descriptor.
    MARK_ADD 0 false Either 0;
}

lathe_isa::modifier_table! {
    PLAIN "" false;
    LO12 "lo12" false;
    PG_HI21 "pg_hi21" false;
    PG_HI21_NC "pg_hi21_nc" false;
    ABS_G0 "abs_g0" false;
    ABS_G0_S "abs_g0_s" false;
    ABS_G0_NC "abs_g0_nc" false;
    ABS_G1 "abs_g1" false;
    ABS_G1_S "abs_g1_s" false;
    ABS_G1_NC "abs_g1_nc" false;
    ABS_G2 "abs_g2" false;
    ABS_G2_S "abs_g2_s" false;
    ABS_G2_NC "abs_g2_nc" false;
    ABS_G3 "abs_g3" false;
    PREL_G0 "prel_g0" false;
    PREL_G0_NC "prel_g0_nc" false;
    PREL_G1 "prel_g1" false;
    PREL_G1_NC "prel_g1_nc" false;
    PREL_G2 "prel_g2" false;
    PREL_G2_NC "prel_g2_nc" false;
    PREL_G3 "prel_g3" false;
    GOT "got" false;
    GOT_LO12 "got_lo12" false;
    GOTPAGE_LO15 "gotpage_lo15" false;
    TLSGD "tlsgd" true;
    TLSGD_LO12 "tlsgd_lo12" true;
    TLSGD_G0_NC "tlsgd_g0_nc" true;
    TLSGD_G1 "tlsgd_g1" true;
    TLSLDM "tlsldm" true;
    TLSLDM_LO12_NC "tlsldm_lo12_nc" true;
    TLSDESC "tlsdesc" true;
    TLSDESC_LO12 "tlsdesc_lo12" true;
    TLSDESC_OFF_G1 "tlsdesc_off_g1" true;
    TLSDESC_OFF_G0_NC "tlsdesc_off_g0_nc" true;
    GOTTPREL "gottprel" true;
    GOTTPREL_LO12 "gottprel_lo12" true;
    GOTTPREL_G1 "gottprel_g1" true;
    GOTTPREL_G0_NC "gottprel_g0_nc" true;
    TPREL_HI12 "tprel_hi12" true;
    TPREL_LO12 "tprel_lo12" true;
    TPREL_LO12_NC "tprel_lo12_nc" true;
    TPREL_G2 "tprel_g2" true;
    TPREL_G1 "tprel_g1" true;
    TPREL_G1_NC "tprel_g1_nc" true;
    TPREL_G0 "tprel_g0" true;
    TPREL_G0_NC "tprel_g0_nc" true;
    DTPREL_HI12 "dtprel_hi12" true;
    DTPREL_LO12 "dtprel_lo12" true;
    DTPREL_LO12_NC "dtprel_lo12_nc" true;
    DTPREL_G2 "dtprel_g2" true;
    DTPREL_G1 "dtprel_g1" true;
    DTPREL_G1_NC "dtprel_g1_nc" true;
    DTPREL_G0 "dtprel_g0" true;
    DTPREL_G0_NC "dtprel_g0_nc" true;
    // Written after `@` in data.
    PLT "PLT" false;
    GOTPCREL "GOTPCREL" false;
}

/// The modifiers that pick bits of the symbol's address or distance.
pub(crate) static ADDRESS_MODIFIERS: &[Modifier] = &[
    LO12, PG_HI21, PG_HI21_NC, ABS_G0, ABS_G0_S, ABS_G0_NC, ABS_G1, ABS_G1_S, ABS_G1_NC, ABS_G2, ABS_G2_S,
    ABS_G2_NC, ABS_G3, PREL_G0, PREL_G0_NC, PREL_G1, PREL_G1_NC, PREL_G2, PREL_G2_NC, PREL_G3,
];

/// The modifier with a name, as written between colons (any case).
pub fn modifier_named(name: &[u8]) -> Option<Modifier> {
    let known = |info: &lathe_isa::ModifierInfo| info.name.as_bytes().eq_ignore_ascii_case(name);
    MODIFIERS.iter().skip(1).position(known).map(|at| Modifier(at as u8 + 1))
}

/// Which 16 bits of the value (0 to 3) a modifier of a wide move stands for.
pub const fn move_part(modifier: Modifier) -> Option<u8> {
    Some(match modifier {
        ABS_G0 | ABS_G0_S | ABS_G0_NC | PREL_G0 | PREL_G0_NC | TLSGD_G0_NC | TLSDESC_OFF_G0_NC
        | GOTTPREL_G0_NC | TPREL_G0 | TPREL_G0_NC | DTPREL_G0 | DTPREL_G0_NC => 0,
        ABS_G1 | ABS_G1_S | ABS_G1_NC | PREL_G1 | PREL_G1_NC | TLSGD_G1 | TLSDESC_OFF_G1 | GOTTPREL_G1
        | TPREL_G1 | TPREL_G1_NC | DTPREL_G1 | DTPREL_G1_NC => 1,
        ABS_G2 | ABS_G2_S | ABS_G2_NC | PREL_G2 | PREL_G2_NC | TPREL_G2 | DTPREL_G2 => 2,
        ABS_G3 | PREL_G3 => 3,
        _ => return None,
    })
}

/// The relocation type.
pub(crate) fn relocation(kind: FixupKind, modifier: Modifier, pc_relative: bool) -> Option<u32> {
    Some(match kind {
        ABS16 | ABS32 | ABS64 => return data_relocation(kind, modifier, pc_relative),
        JUMP26 if matches!(modifier, PLAIN) => 282,
        CALL26 if matches!(modifier, PLAIN) => 283,
        BRANCH19 if matches!(modifier, PLAIN) => 280,
        BRANCH14 if matches!(modifier, PLAIN) => 279,
        LITERAL19 => match modifier {
            PLAIN => 273,
            GOT => 309,
            GOTTPREL => 543,
            TLSDESC => 560,
            _ => return None,
        },
        ADR21 => match modifier {
            PLAIN => 274,
            TLSGD => 512,
            TLSLDM => 517,
            TLSDESC => 561,
            _ => return None,
        },
        ADRP21 => match modifier {
            PLAIN | PG_HI21 => 275,
            PG_HI21_NC => 276,
            GOT => 311,
            TLSGD => 513,
            TLSLDM => 518,
            GOTTPREL => 541,
            TLSDESC => 562,
            _ => return None,
        },
        ADD12 => match modifier {
            LO12 => 277,
            TLSGD_LO12 => 514,
            TLSLDM_LO12_NC => 519,
            DTPREL_HI12 => 528,
            DTPREL_LO12 => 529,
            DTPREL_LO12_NC => 530,
            TPREL_HI12 => 549,
            TPREL_LO12 => 550,
            TPREL_LO12_NC => 551,
            TLSDESC_LO12 => 564,
            _ => return None,
        },
        LOAD8 => load_relocation(0, modifier)?,
        LOAD16 => load_relocation(1, modifier)?,
        LOAD32 => load_relocation(2, modifier)?,
        LOAD64 => load_relocation(3, modifier)?,
        LOAD128 => load_relocation(4, modifier)?,
        MOVE16 => return move_relocation(modifier),
        MARK_CALL => 569,
        MARK_LOAD => 567,
        MARK_ADD => 568,
        _ => return None,
    })
}

fn data_relocation(kind: FixupKind, modifier: Modifier, pc_relative: bool) -> Option<u32> {
    Some(match (kind, modifier, pc_relative) {
        (ABS64, PLAIN, false) => 257,
        (ABS32, PLAIN, false) => 258,
        (ABS16, PLAIN, false) => 259,
        (ABS64, PLAIN, true) => 260,
        (ABS32, PLAIN, true) => 261,
        (ABS16, PLAIN, true) => 262,
        (ABS32, PLT, _) => 314,
        (ABS32, GOTPCREL, _) => 315,
        _ => return None,
    })
}

fn load_relocation(log2: usize, modifier: Modifier) -> Option<u32> {
    const LO12_TYPES: [u32; 5] = [278, 284, 285, 286, 299];
    const DTPREL_TYPES: [u32; 5] = [531, 533, 535, 537, 572];
    const TPREL_TYPES: [u32; 5] = [552, 554, 556, 558, 570];
    Some(match modifier {
        LO12 => LO12_TYPES[log2],
        DTPREL_LO12 => DTPREL_TYPES[log2],
        DTPREL_LO12_NC => DTPREL_TYPES[log2] + 1,
        TPREL_LO12 => TPREL_TYPES[log2],
        TPREL_LO12_NC => TPREL_TYPES[log2] + 1,
        GOT_LO12 if log2 == 3 => 312,
        GOTPAGE_LO15 if log2 == 3 => 313,
        GOTTPREL_LO12 if log2 == 3 => 542,
        TLSDESC_LO12 if log2 == 3 => 563,
        _ => return None,
    })
}

fn move_relocation(modifier: Modifier) -> Option<u32> {
    Some(match modifier {
        ABS_G0 => 263,
        ABS_G0_NC => 264,
        ABS_G1 => 265,
        ABS_G1_NC => 266,
        ABS_G2 => 267,
        ABS_G2_NC => 268,
        ABS_G3 => 269,
        ABS_G0_S => 270,
        ABS_G1_S => 271,
        ABS_G2_S => 272,
        PREL_G0 => 287,
        PREL_G0_NC => 288,
        PREL_G1 => 289,
        PREL_G1_NC => 290,
        PREL_G2 => 291,
        PREL_G2_NC => 292,
        PREL_G3 => 293,
        TLSGD_G1 => 515,
        TLSGD_G0_NC => 516,
        DTPREL_G2 => 523,
        DTPREL_G1 => 524,
        DTPREL_G1_NC => 525,
        DTPREL_G0 => 526,
        DTPREL_G0_NC => 527,
        GOTTPREL_G1 => 539,
        GOTTPREL_G0_NC => 540,
        TPREL_G2 => 544,
        TPREL_G1 => 545,
        TPREL_G1_NC => 546,
        TPREL_G0 => 547,
        TPREL_G0_NC => 548,
        TLSDESC_OFF_G1 => 565,
        TLSDESC_OFF_G0_NC => 566,
        _ => return None,
    })
}

/// Stores a value into an instruction or a datum.
pub(crate) fn apply(kind: FixupKind, value: i64, field: &mut [u8]) -> Result<(), FixupOverflow> {
    let info = &FIXUPS[kind.0 as usize];
    if matches!(kind, ABS8 | ABS16 | ABS32 | ABS64) {
        return info.store_little_endian(value, field);
    }
    let (min, max) = info.range();
    // Branch targets and scaled offsets must be multiples of the unit.
    let log2 = match kind {
        JUMP26 | CALL26 | BRANCH19 | BRANCH14 | LITERAL19 | LOAD32 => 2,
        LOAD16 => 1,
        LOAD64 => 3,
        LOAD128 => 4,
        _ => 0,
    };
    if value < min || value > max || value & ((1 << log2) - 1) != 0 {
        return Err(FixupOverflow { value, min, max });
    }
    let Some(bytes) = field.first_chunk_mut::<4>() else { return Ok(()) };
    let (shift, mask, number) = match kind {
        JUMP26 | CALL26 => (0, 0x03ff_ffff, value >> 2),
        BRANCH19 | LITERAL19 => (5, 0x7_ffff, value >> 2),
        BRANCH14 => (5, 0x3fff, value >> 2),
        ADR21 => return store_adr(value, bytes),
        ADRP21 => return store_adr(value >> 12, bytes),
        MOVE16 => (5, 0xffff, value),
        _ => (10, 0xfff, value >> log2),
    };
    let word = u32::from_le_bytes(*bytes) & !(mask << shift) | (number as u32 & mask) << shift;
    *bytes = word.to_le_bytes();
    Ok(())
}

fn store_adr(value: i64, bytes: &mut [u8; 4]) -> Result<(), FixupOverflow> {
    let (low, high) = (value as u32 & 3, value as u32 >> 2 & 0x7_ffff);
    let word = u32::from_le_bytes(*bytes) & !(3 << 29 | 0x7_ffff << 5) | low << 29 | high << 5;
    *bytes = word.to_le_bytes();
    Ok(())
}

/// Appends filler: zero bytes up to a multiple of four, then `nop`s (what GNU as's `.p2align` leaves in code).
pub(crate) fn fill_nops(count: u32, out: &mut Vec<u8>) {
    out.extend(std::iter::repeat_n(0, (count % 4) as usize));
    for _ in 0..count / 4 {
        out.extend_from_slice(&[0x1f, 0x20, 0x03, 0xd5]);
    }
}

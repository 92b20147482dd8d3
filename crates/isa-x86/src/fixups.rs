//! Fixup kinds of x86 and the ELF relocations that they become, by symbol modifier.
//!
//! Sources: x86-64 psABI 1.0 table 4.10, i386 psABI supplement 1.1 table 3.3. Which of
//! two possible types is written follows GNU as (`call` and `jmp` take `PLT32` with and without `@PLT`).

use crate::template::{MODE_16, MODE_32, MODE_64};
use lathe_isa::{FixupKind, Mode, Modifier};

lathe_isa::fixup_table! {
    /// A byte.
    ABS8 1 false Either 8;
    /// Two bytes.
    ABS16 2 false Either 16;
    /// Four bytes of data, or zero-extended.
    ABS32 4 false Either 32;
    /// Four bytes that are sign-extended to eight.
    ABS32S 4 false Signed 32;
    /// Eight bytes.
    ABS64 8 false Either 64;
    /// A byte, relative.
    PC8 1 true Signed 8;
    /// Two bytes, relative.
    PC16 2 true Signed 16;
    /// Four bytes of data, relative.
    PC32 4 true Signed 32;
    /// Eight bytes of data, relative.
    PC64 8 true Signed 64;
    /// Short branch.
    BRANCH8 1 true Signed 8;
    /// Near branch of 16-bit code.
    BRANCH16 2 true Signed 16;
    /// Near branch or call.
    BRANCH32 4 true Signed 32;
    /// `disp32(%rip)`.
    RIP32 4 true Signed 32;
    /// `disp32(%rip)` of an instruction that the linker may rewrite not to use the GOT.
    RIP32_RELAX 4 true Signed 32;
    /// The same with a REX prefix.
    RIP32_REX_RELAX 4 true Signed 32;
    /// i686: displacement of an instruction that the linker may rewrite not to use the GOT.
    ABS32_RELAX 4 false Either 32;
    /// i686: displacement of any other instruction.
    ADDRESS32 4 false Either 32;
    /// No field: marks the indirect call through a TLS descriptor.
    MARK 0 false Either 0;
}

lathe_isa::modifier_table! {
    PLAIN "" false;
    PLT "PLT" false;
    GOTPCREL "GOTPCREL" false;
    GOT "GOT" false;
    GOTOFF "GOTOFF" false;
    GOTPLT "GOTPLT" false;
    PLTOFF "PLTOFF" false;
    SIZE "SIZE" false;
    TLSGD "TLSGD" true;
    TLSLD "TLSLD" true;
    TLSLDM "TLSLDM" true;
    GOTTPOFF "GOTTPOFF" true;
    TPOFF "TPOFF" true;
    DTPOFF "DTPOFF" true;
    NTPOFF "NTPOFF" true;
    GOTNTPOFF "GOTNTPOFF" true;
    INDNTPOFF "INDNTPOFF" true;
    TLSDESC "TLSDESC" true;
    TLSCALL "TLSCALL" true;
    // Not written in source: what `_GLOBAL_OFFSET_TABLE_` as a symbol means.
    GOTPC "GOTPC" false;
}

/// i686: GNU as names the section of a local symbol for these, in instructions.
pub(crate) static SECTION_MODIFIERS: &[Modifier] = &[GOTOFF];

/// The x86-64 relocation type.
pub(crate) fn relocation_64(kind: FixupKind, modifier: Modifier, pc_relative: bool) -> Option<u32> {
    let info = &FIXUPS[kind.0 as usize];
    let relative = info.pc_relative || pc_relative;
    Some(match (modifier, info.size_bytes, relative) {
        (PLAIN, 1, false) => 14,
        (PLAIN, 1, true) => 15,
        (PLAIN, 2, false) => 12,
        (PLAIN, 2, true) => 13,
        (PLAIN, 4, false) if kind == ABS32S => 11,
        (PLAIN, 4, false) => 10,
        (PLAIN, 4, true) if kind == BRANCH32 => 4,
        (PLAIN, 4, true) => 2,
        (PLAIN, 8, false) => 1,
        (PLAIN, 8, true) => 24,
        (PLT, 4, _) => 4,
        (GOTPCREL, 4, _) if kind == RIP32_RELAX => 41,
        (GOTPCREL, 4, _) if kind == RIP32_REX_RELAX => 42,
        (GOTPCREL, 4, _) => 9,
        (GOTPCREL, 8, _) => 28,
        (GOT, 4, _) => 3,
        (GOT, 8, _) => 27,
        (GOTOFF, 8, _) => 25,
        (GOTPLT, 8, _) => 30,
        (PLTOFF, 8, _) => 31,
        (SIZE, 4, _) => 32,
        (SIZE, 8, _) => 33,
        (GOTPC, 4, _) => 26,
        (GOTPC, 8, _) => 29,
        (TLSGD, 4, _) => 19,
        (TLSLD, 4, _) => 20,
        (GOTTPOFF, 4, _) => 22,
        (TPOFF, 4, _) => 23,
        (TPOFF, 8, _) => 18,
        (DTPOFF, 4, _) => 21,
        (DTPOFF, 8, _) => 17,
        (TLSDESC, 4, _) => 34,
        (TLSDESC, 8, _) => 36,
        (TLSCALL, _, _) => 35,
        _ => return None,
    })
}

/// The i386 relocation type.
pub(crate) fn relocation_32(kind: FixupKind, modifier: Modifier, pc_relative: bool) -> Option<u32> {
    let info = &FIXUPS[kind.0 as usize];
    let relative = info.pc_relative || pc_relative;
    Some(match (modifier, info.size_bytes, relative) {
        (PLAIN, 1, false) => 22,
        (PLAIN, 1, true) => 23,
        (PLAIN, 2, false) => 20,
        (PLAIN, 2, true) => 21,
        (PLAIN, 4, false) => 1,
        (PLAIN, 4, true) => 2,
        (PLT, 4, _) => 4,
        (GOT, 4, _) if kind == ABS32_RELAX => 43,
        (GOT, 4, _) => 3,
        (GOTOFF, 4, _) => 9,
        (GOTPC, 4, _) => 10,
        (SIZE, 4, _) => 38,
        (TLSGD, 4, _) => 18,
        (TLSLDM, 4, _) => 19,
        (DTPOFF, 4, _) => 32,
        (GOTTPOFF, 4, _) => 33,
        (TPOFF, 4, _) => 34,
        (NTPOFF, 4, _) => 17,
        (GOTNTPOFF, 4, _) => 16,
        (INDNTPOFF, 4, _) => 15,
        (TLSDESC, 4, _) => 39,
        (TLSCALL, _, _) => 40,
        _ => return None,
    })
}

/// GNU as's filler for `.p2align` in code: one instruction of each length
/// (gas/config/tc-i386.c documents `alt_patt`: SDM vol. 2 "NOP", table 4-12, up to 11 bytes with `cs` and `data16`).
const LONG: [&[u8]; 11] = [
    &[0x90],
    &[0x66, 0x90],
    &[0x0f, 0x1f, 0x00],
    &[0x0f, 0x1f, 0x40, 0x00],
    &[0x0f, 0x1f, 0x44, 0x00, 0x00],
    &[0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
    &[0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
    &[0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
    &[0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
    &[0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
    &[0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
];

/// The same for 32-bit code, which may run on a processor without long NOPs: `lea` of a register onto
/// itself. There is none of five bytes.
const PLAIN_32: [&[u8]; 7] = [
    &[0x90],
    &[0x66, 0x90],
    &[0x8d, 0x76, 0x00],
    &[0x8d, 0x74, 0x26, 0x00],
    &[],
    &[0x8d, 0xb6, 0x00, 0x00, 0x00, 0x00],
    &[0x8d, 0xb4, 0x26, 0x00, 0x00, 0x00, 0x00],
];

/// 16-bit code.
const PLAIN_16: [&[u8]; 4] = [&[0x90], &[0x89, 0xf6], &[0x8d, 0x74, 0x00], &[0x8d, 0xb4, 0x00, 0x00]];

/// Appends `count` bytes of filler.
pub(crate) fn fill_nops(mode: Mode, count: u32, out: &mut Vec<u8>) {
    let patterns: &[&[u8]] = match mode {
        MODE_64 => &LONG,
        MODE_16 => &PLAIN_16,
        _ => &PLAIN_32,
    };
    let mut left = count as usize;
    while left > 0 {
        let mut step = left.min(patterns.len());
        if patterns[step - 1].is_empty() {
            step -= 1;
        }
        out.extend_from_slice(patterns[step - 1]);
        left -= step;
    }
    debug_assert!(mode.meets(MODE_32) || mode.meets(MODE_16) || mode.meets(MODE_64));
}

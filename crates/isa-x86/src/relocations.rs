//! Relocation rows of x86-64 (ELF x86-64 psABI 1.0, table 4.10, and the TLS supplement).
//!
//! Columns: number, name, width in bytes, pc-relative, overflow check, computation.
//! Used by the assembler for names and numbers, by the linker for everything.

use lathe_isa::relocation::{Expression as E, Overflow as O, RelocationRow, find_row};

const fn row(
    number: u32,
    name: &'static str,
    size_bytes: u8,
    pc_relative: bool,
    check: O,
    expression: E,
) -> RelocationRow {
    RelocationRow { number, name, size_bytes, pc_relative, check, expression }
}

/// Absolute.
const ABS: bool = false;
/// Relative to the place.
const PC: bool = true;

/// x86-64, sorted by number (39 and 40 are the withdrawn MPX forms).
#[rustfmt::skip]
pub static X86_64: &[RelocationRow] = &[
    row(0,  "R_X86_64_NONE",            0, ABS, O::Unchecked, E::Nothing),
    row(1,  "R_X86_64_64",              8, ABS, O::Unchecked, E::Symbol),
    row(2,  "R_X86_64_PC32",            4, PC,  O::Signed,    E::Symbol),
    row(3,  "R_X86_64_GOT32",           4, ABS, O::Signed,    E::GotSlotOffset),
    row(4,  "R_X86_64_PLT32",           4, PC,  O::Signed,    E::Plt),
    row(5,  "R_X86_64_COPY",            0, ABS, O::Unchecked, E::Dynamic),
    row(6,  "R_X86_64_GLOB_DAT",        8, ABS, O::Unchecked, E::Dynamic),
    row(7,  "R_X86_64_JUMP_SLOT",       8, ABS, O::Unchecked, E::Dynamic),
    row(8,  "R_X86_64_RELATIVE",        8, ABS, O::Unchecked, E::Dynamic),
    row(9,  "R_X86_64_GOTPCREL",        4, PC,  O::Signed,    E::GotSlot),
    row(10, "R_X86_64_32",              4, ABS, O::Unsigned,  E::Symbol),
    row(11, "R_X86_64_32S",             4, ABS, O::Signed,    E::Symbol),
    row(12, "R_X86_64_16",              2, ABS, O::Bitfield,  E::Symbol),
    row(13, "R_X86_64_PC16",            2, PC,  O::Signed,    E::Symbol),
    row(14, "R_X86_64_8",               1, ABS, O::Bitfield,  E::Symbol),
    row(15, "R_X86_64_PC8",             1, PC,  O::Signed,    E::Symbol),
    row(16, "R_X86_64_DTPMOD64",        8, ABS, O::Unchecked, E::Dynamic),
    row(17, "R_X86_64_DTPOFF64",        8, ABS, O::Unchecked, E::TlsModuleOffset),
    row(18, "R_X86_64_TPOFF64",         8, ABS, O::Unchecked, E::TlsOffset),
    row(19, "R_X86_64_TLSGD",           4, PC,  O::Signed,    E::TlsGeneralDynamic),
    row(20, "R_X86_64_TLSLD",           4, PC,  O::Signed,    E::TlsLocalDynamic),
    row(21, "R_X86_64_DTPOFF32",        4, ABS, O::Signed,    E::TlsModuleOffset),
    row(22, "R_X86_64_GOTTPOFF",        4, PC,  O::Signed,    E::TlsGotOffset),
    row(23, "R_X86_64_TPOFF32",         4, ABS, O::Signed,    E::TlsOffset),
    row(24, "R_X86_64_PC64",            8, PC,  O::Unchecked, E::Symbol),
    row(25, "R_X86_64_GOTOFF64",        8, ABS, O::Unchecked, E::SymbolFromGot),
    row(26, "R_X86_64_GOTPC32",         4, PC,  O::Signed,    E::GotBase),
    row(27, "R_X86_64_GOT64",           8, ABS, O::Unchecked, E::GotSlotOffset),
    row(28, "R_X86_64_GOTPCREL64",      8, PC,  O::Unchecked, E::GotSlot),
    row(29, "R_X86_64_GOTPC64",         8, PC,  O::Unchecked, E::GotBase),
    row(30, "R_X86_64_GOTPLT64",        8, ABS, O::Unchecked, E::GotSlotOffset),
    row(31, "R_X86_64_PLTOFF64",        8, ABS, O::Unchecked, E::PltFromGot),
    row(32, "R_X86_64_SIZE32",          4, ABS, O::Unsigned,  E::Size),
    row(33, "R_X86_64_SIZE64",          8, ABS, O::Unchecked, E::Size),
    row(34, "R_X86_64_GOTPC32_TLSDESC", 4, PC,  O::Signed,    E::TlsDescriptor),
    row(35, "R_X86_64_TLSDESC_CALL",    0, ABS, O::Unchecked, E::TlsDescriptorCall),
    row(36, "R_X86_64_TLSDESC",         8, ABS, O::Unchecked, E::Dynamic),
    row(37, "R_X86_64_IRELATIVE",       8, ABS, O::Unchecked, E::Dynamic),
    row(38, "R_X86_64_RELATIVE64",      8, ABS, O::Unchecked, E::Dynamic),
    row(41, "R_X86_64_GOTPCRELX",       4, PC,  O::Signed,    E::GotSlotRelaxable),
    row(42, "R_X86_64_REX_GOTPCRELX",   4, PC,  O::Signed,    E::GotSlotRelaxable),
];

/// The x86-64 row of a number.
pub fn x86_64(number: u32) -> Option<&'static RelocationRow> {
    find_row(X86_64, number)
}

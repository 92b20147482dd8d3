//! Relocation rows of x86-64 (ELF x86-64 psABI 1.0, table 4.10) and i386 (Intel386 psABI 1.1, table 4.2).
//!
//! Columns: number, name, width in bytes, what is subtracted, overflow check, computation.
//! Used by the assembler for names and numbers, by the linker for everything.

use lathe_isa::relocation::{Expression as E, Field, Overflow as O, Relative, RelocationRow, find_row};

const fn row(
    number: u32,
    name: &'static str,
    size_bytes: u8,
    relative: Relative,
    check: O,
    expression: E,
) -> RelocationRow {
    RelocationRow { number, name, size_bytes, relative, check, expression, field: Field::Data }
}

/// Absolute.
const ABS: Relative = Relative::No;
/// Relative to the place.
const PC: Relative = Relative::Place;
/// Relative to the GOT's base.
const GOT: Relative = Relative::Got;

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

/// i386, sorted by number. Addresses are 32 bits wide, so that most sums wrap rather than overflow.
#[rustfmt::skip]
pub static I386: &[RelocationRow] = &[
    row(0,  "R_386_NONE",          0, ABS, O::Unchecked, E::Nothing),
    row(1,  "R_386_32",            4, ABS, O::Unchecked, E::Symbol),
    row(2,  "R_386_PC32",          4, PC,  O::Unchecked, E::Symbol),
    row(3,  "R_386_GOT32",         4, GOT, O::Unchecked, E::GotSlot),
    row(4,  "R_386_PLT32",         4, PC,  O::Unchecked, E::Plt),
    row(5,  "R_386_COPY",          0, ABS, O::Unchecked, E::Dynamic),
    row(6,  "R_386_GLOB_DAT",      4, ABS, O::Unchecked, E::Dynamic),
    row(7,  "R_386_JUMP_SLOT",     4, ABS, O::Unchecked, E::Dynamic),
    row(8,  "R_386_RELATIVE",      4, ABS, O::Unchecked, E::Dynamic),
    row(9,  "R_386_GOTOFF",        4, ABS, O::Unchecked, E::SymbolFromGot),
    row(10, "R_386_GOTPC",         4, PC,  O::Unchecked, E::GotBase),
    row(11, "R_386_32PLT",         4, ABS, O::Unchecked, E::Plt),
    row(14, "R_386_TLS_TPOFF",     4, ABS, O::Unchecked, E::Dynamic),
    row(15, "R_386_TLS_IE",        4, ABS, O::Unchecked, E::TlsGotOffset),
    row(16, "R_386_TLS_GOTIE",     4, GOT, O::Unchecked, E::TlsGotOffset),
    row(17, "R_386_TLS_LE",        4, ABS, O::Unchecked, E::TlsOffset),
    row(18, "R_386_TLS_GD",        4, GOT, O::Unchecked, E::TlsGeneralDynamic),
    row(19, "R_386_TLS_LDM",       4, GOT, O::Unchecked, E::TlsLocalDynamic),
    row(20, "R_386_16",            2, ABS, O::Bitfield,  E::Symbol),
    row(21, "R_386_PC16",          2, PC,  O::Bitfield,  E::Symbol),
    row(22, "R_386_8",             1, ABS, O::Bitfield,  E::Symbol),
    row(23, "R_386_PC8",           1, PC,  O::Signed,    E::Symbol),
    row(32, "R_386_TLS_LDO_32",    4, ABS, O::Unchecked, E::TlsModuleOffset),
    row(34, "R_386_TLS_LE_32",     4, ABS, O::Unchecked, E::TlsOffsetNegated),
    row(35, "R_386_TLS_DTPMOD32",  4, ABS, O::Unchecked, E::Dynamic),
    row(36, "R_386_TLS_DTPOFF32",  4, ABS, O::Unchecked, E::Dynamic),
    row(37, "R_386_TLS_TPOFF32",   4, ABS, O::Unchecked, E::Dynamic),
    row(38, "R_386_SIZE32",        4, ABS, O::Unchecked, E::Size),
    row(39, "R_386_TLS_GOTDESC",   4, GOT, O::Unchecked, E::TlsDescriptor),
    row(40, "R_386_TLS_DESC_CALL", 0, ABS, O::Unchecked, E::TlsDescriptorCall),
    row(41, "R_386_TLS_DESC",      4, ABS, O::Unchecked, E::Dynamic),
    row(42, "R_386_IRELATIVE",     4, ABS, O::Unchecked, E::Dynamic),
    row(43, "R_386_GOT32X",        4, GOT, O::Unchecked, E::GotSlotRelaxable),
];

/// The i386 row of a number.
pub fn i386(number: u32) -> Option<&'static RelocationRow> {
    find_row(I386, number)
}

/// The x86-64 row of a number.
pub fn x86_64(number: u32) -> Option<&'static RelocationRow> {
    find_row(X86_64, number)
}

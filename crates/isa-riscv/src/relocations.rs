//! Relocation rows of RISC-V (RISC-V ELF psABI 1.0, "Relocations", table 3; RV64, with the RV32 names).
//!
//! Columns: number, name, bytes, what is subtracted, overflow check, computation, field.
//! Used by the assembler for names and numbers, by the linker for everything.

use lathe_isa::relocation::{
    BitPart, Expression as E, Field, InstructionField, Overflow as O, Relative, RelocationRow, find_row,
};

const fn part(from: u8, width: u8, to: u8) -> BitPart {
    BitPart { from, width, to, rounded: false }
}

const fn upper(to: u8) -> BitPart {
    BitPart { from: 12, width: 20, to, rounded: true }
}

const fn field(bits: u8, align: u8, round: u16, parts: &'static [BitPart]) -> InstructionField {
    InstructionField { bits, align, round, signed_move: false, parts }
}

/// The types of instruction formats (RISC-V Unprivileged ISA, 2.3 and "C" Extension).
static B_TYPE: InstructionField =
    field(13, 1, 0, &[part(11, 1, 7), part(1, 4, 8), part(5, 6, 25), part(12, 1, 31)]);
static J_TYPE: InstructionField =
    field(21, 1, 0, &[part(12, 8, 12), part(11, 1, 20), part(1, 10, 21), part(20, 1, 31)]);
static U_TYPE: InstructionField = field(32, 0, 0x800, &[upper(12)]);
/// Immediates of loads and of register-immediate instructions.
pub static I_TYPE: InstructionField = field(12, 0, 0, &[part(0, 12, 20)]);
/// Immediates of stores.
pub static S_TYPE: InstructionField = field(12, 0, 0, &[part(0, 5, 7), part(5, 7, 25)]);
/// AUIPC and the instruction behind it.
static CALL: InstructionField = field(32, 0, 0x800, &[upper(12), part(0, 12, 52)]);
static CB_TYPE: InstructionField =
    field(9, 1, 0, &[part(5, 1, 2), part(1, 2, 3), part(6, 2, 5), part(3, 2, 10), part(8, 1, 12)]);
static CJ_TYPE: InstructionField = field(
    12,
    1,
    0,
    &[
        part(5, 1, 2),
        part(1, 3, 3),
        part(7, 1, 6),
        part(6, 1, 7),
        part(10, 1, 8),
        part(8, 2, 9),
        part(4, 1, 11),
        part(11, 1, 12),
    ],
);
/// C.LUI: six bits above the low twelve.
static CI_UPPER: InstructionField = field(
    18,
    0,
    0x800,
    &[
        BitPart { from: 12, width: 5, to: 2, rounded: true },
        BitPart { from: 17, width: 1, to: 12, rounded: true },
    ],
);

const fn row(
    number: u32,
    name: &'static str,
    size_bytes: u8,
    relative: Relative,
    check: O,
    expression: E,
    field: Field,
) -> RelocationRow {
    RelocationRow { number, name, size_bytes, relative, check, expression, field }
}

const fn dynamic(number: u32, name: &'static str, size_bytes: u8) -> RelocationRow {
    row(number, name, size_bytes, ABS, ANY, E::Dynamic, Field::Data)
}

/// Nothing to compute; a mark for relaxation.
const fn mark(number: u32, name: &'static str) -> RelocationRow {
    row(number, name, 0, ABS, ANY, E::Nothing, Field::Data)
}

const fn sum(number: u32, name: &'static str, size_bytes: u8, field: Field) -> RelocationRow {
    row(number, name, size_bytes, ABS, ANY, E::Term, field)
}

const fn ins(field: &'static InstructionField) -> Field {
    Field::Instruction(field)
}

const ABS: Relative = Relative::No;
const PC: Relative = Relative::Place;
const ANY: O = O::Unchecked;
const SIGNED: O = O::Signed;

/// All, sorted by number.
#[rustfmt::skip]
pub static TABLE: &[RelocationRow] = &[
    mark(0, "R_RISCV_NONE"),
    row(1,  "R_RISCV_32",            4, ABS, O::Bitfield, E::Symbol, Field::Data),
    row(2,  "R_RISCV_64",            8, ABS, ANY, E::Symbol, Field::Data),
    dynamic(3, "R_RISCV_RELATIVE",      8),
    dynamic(4, "R_RISCV_COPY",          0),
    dynamic(5, "R_RISCV_JUMP_SLOT",     8),
    dynamic(6, "R_RISCV_TLS_DTPMOD32",  4),
    dynamic(7, "R_RISCV_TLS_DTPMOD64",  8),
    row(8,  "R_RISCV_TLS_DTPREL32",  4, ABS, ANY, E::TlsModuleOffset, Field::Data),
    row(9,  "R_RISCV_TLS_DTPREL64",  8, ABS, ANY, E::TlsModuleOffset, Field::Data),
    dynamic(10, "R_RISCV_TLS_TPREL32",  4),
    row(11, "R_RISCV_TLS_TPREL64",   8, ABS, ANY, E::TlsOffset, Field::Data),
    dynamic(12, "R_RISCV_TLSDESC",      8),
    row(16, "R_RISCV_BRANCH",        4, PC,  SIGNED, E::Plt, ins(&B_TYPE)),
    row(17, "R_RISCV_JAL",           4, PC,  SIGNED, E::Plt, ins(&J_TYPE)),
    row(18, "R_RISCV_CALL",          8, PC,  SIGNED, E::Plt, ins(&CALL)),
    row(19, "R_RISCV_CALL_PLT",      8, PC,  SIGNED, E::Plt, ins(&CALL)),
    row(20, "R_RISCV_GOT_HI20",      4, PC,  SIGNED, E::GotSlot, ins(&U_TYPE)),
    row(21, "R_RISCV_TLS_GOT_HI20",  4, PC,  SIGNED, E::TlsGotOffset, ins(&U_TYPE)),
    row(22, "R_RISCV_TLS_GD_HI20",   4, PC,  SIGNED, E::TlsGeneralDynamic, ins(&U_TYPE)),
    row(23, "R_RISCV_PCREL_HI20",    4, PC,  SIGNED, E::Symbol, ins(&U_TYPE)),
    row(24, "R_RISCV_PCREL_LO12_I",  4, ABS, ANY, E::LowPartOfPair, ins(&I_TYPE)),
    row(25, "R_RISCV_PCREL_LO12_S",  4, ABS, ANY, E::LowPartOfPair, ins(&S_TYPE)),
    row(26, "R_RISCV_HI20",          4, ABS, SIGNED, E::Symbol, ins(&U_TYPE)),
    row(27, "R_RISCV_LO12_I",        4, ABS, ANY, E::Symbol, ins(&I_TYPE)),
    row(28, "R_RISCV_LO12_S",        4, ABS, ANY, E::Symbol, ins(&S_TYPE)),
    row(29, "R_RISCV_TPREL_HI20",    4, ABS, SIGNED, E::TlsOffset, ins(&U_TYPE)),
    row(30, "R_RISCV_TPREL_LO12_I",  4, ABS, ANY, E::TlsOffset, ins(&I_TYPE)),
    row(31, "R_RISCV_TPREL_LO12_S",  4, ABS, ANY, E::TlsOffset, ins(&S_TYPE)),
    mark(32, "R_RISCV_TPREL_ADD"),
    sum(33, "R_RISCV_ADD8",  1, Field::Add),
    sum(34, "R_RISCV_ADD16", 2, Field::Add),
    sum(35, "R_RISCV_ADD32", 4, Field::Add),
    sum(36, "R_RISCV_ADD64", 8, Field::Add),
    sum(37, "R_RISCV_SUB8",  1, Field::Subtract),
    sum(38, "R_RISCV_SUB16", 2, Field::Subtract),
    sum(39, "R_RISCV_SUB32", 4, Field::Subtract),
    sum(40, "R_RISCV_SUB64", 8, Field::Subtract),
    mark(43, "R_RISCV_ALIGN"),
    row(44, "R_RISCV_RVC_BRANCH",    2, PC,  SIGNED, E::Plt, ins(&CB_TYPE)),
    row(45, "R_RISCV_RVC_JUMP",      2, PC,  SIGNED, E::Plt, ins(&CJ_TYPE)),
    row(46, "R_RISCV_RVC_LUI",       2, ABS, SIGNED, E::Symbol, ins(&CI_UPPER)),
    mark(51, "R_RISCV_RELAX"),
    sum(52, "R_RISCV_SUB6",  1, Field::SubtractSix),
    sum(53, "R_RISCV_SET6",  1, Field::SetSix),
    sum(54, "R_RISCV_SET8",  1, Field::Data),
    sum(55, "R_RISCV_SET16", 2, Field::Data),
    sum(56, "R_RISCV_SET32", 4, Field::Data),
    row(57, "R_RISCV_32_PCREL",      4, PC,  SIGNED, E::Symbol, Field::Data),
    dynamic(58, "R_RISCV_IRELATIVE",    8),
    row(59, "R_RISCV_PLT32",         4, PC,  SIGNED, E::Plt, Field::Data),
    sum(60, "R_RISCV_SET_ULEB128", 1, Field::SetUleb128),
    sum(61, "R_RISCV_SUB_ULEB128", 1, Field::SubtractUleb128),
];

/// The row of a number.
pub fn row_of(number: u32) -> Option<&'static RelocationRow> {
    find_row(TABLE, number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(TABLE.is_sorted_by_key(|row| row.number));
    }

    #[test]
    fn fields_of_instructions() {
        let store = |number: u32, instruction: u64, value: i64| {
            let row = row_of(number).expect("a row");
            let mut data = instruction.to_le_bytes();
            let result = row.store(&mut data[..usize::from(row.size_bytes)], value);
            (u64::from_le_bytes(data), result.is_ok())
        };
        // jal ra,.-2; beq a0,a1,.-4096; call .-2048; lui a0,%hi(0x12345fff); c.j .-2; c.beqz a0,.+254; c.lui a0,31
        assert_eq!(store(17, 0xef, -2), (0xffff_f0ef, true));
        assert_eq!(store(16, 0x00b5_0063, -4096), (0x80b5_0063, true));
        assert!(!store(16, 0x00b5_0063, 4096).1);
        assert_eq!(store(19, 0x0000_80e7_0000_0097, -2048), (0x8000_80e7_0000_0097, true));
        assert_eq!(store(26, 0x537, 0x1234_5fff), (0x1234_6537, true));
        assert!(!store(26, 0x537, 0x7fff_f800).1);
        assert_eq!(store(45, 0xa001, -2), (0xbffd, true));
        assert_eq!(store(44, 0xc101, 254), (0xcd7d, true));
        assert_eq!(store(46, 0x6501, 31 << 12), (0x657d, true));
        assert!(!store(46, 0x6501, 32 << 12).1);
    }
}

//! Relocation rows of AArch64 (ELF for the Arm 64-bit Architecture, 2023Q3, sections 5.7 and 5.8; LP64).
//!
//! Columns: number, name, what is subtracted, overflow check, computation, field.
//! Used by the assembler for names and numbers, by the linker for everything.

use lathe_isa::relocation::{
    BitPart, Expression as E, Field, InstructionField, Overflow as O, Relative, RelocationRow, find_row,
};

const fn part(from: u8, width: u8, to: u8) -> BitPart {
    BitPart { from, width, to, rounded: false }
}

const fn field(bits: u8, align: u8, parts: &'static [BitPart]) -> InstructionField {
    InstructionField { bits, align, round: 0, signed_move: false, parts }
}

const fn signed_move(bits: u8, parts: &'static [BitPart]) -> InstructionField {
    InstructionField { signed_move: true, ..field(bits, 0, parts) }
}

static CALL: InstructionField = field(28, 2, &[part(2, 26, 0)]);
static BRANCH_19: InstructionField = field(21, 2, &[part(2, 19, 5)]);
static BRANCH_14: InstructionField = field(16, 2, &[part(2, 14, 5)]);
static ADR: InstructionField = field(21, 0, &[part(0, 2, 29), part(2, 19, 5)]);
static ADRP: InstructionField = field(33, 0, &[part(12, 2, 29), part(14, 19, 5)]);
/// The twelve bits of ADD and of loads and stores of each size.
static LOW_12: [InstructionField; 5] = [
    field(12, 0, &[part(0, 12, 10)]),
    field(12, 1, &[part(1, 11, 10)]),
    field(12, 2, &[part(2, 10, 10)]),
    field(12, 3, &[part(3, 9, 10)]),
    field(12, 4, &[part(4, 8, 10)]),
];
static HIGH_12: InstructionField = field(24, 0, &[part(12, 12, 10)]);
static LOW_15: InstructionField = field(15, 3, &[part(3, 12, 10)]);
/// MOVZ and MOVK of each group.
static MOVE: [InstructionField; 4] = [
    field(16, 0, &[part(0, 16, 5)]),
    field(32, 0, &[part(16, 16, 5)]),
    field(48, 0, &[part(32, 16, 5)]),
    field(64, 0, &[part(48, 16, 5)]),
];
/// MOVZ or MOVN of each group.
static SIGNED_MOVE: [InstructionField; 3] = [
    signed_move(17, &[part(0, 16, 5)]),
    signed_move(33, &[part(16, 16, 5)]),
    signed_move(49, &[part(32, 16, 5)]),
];

const fn row(
    number: u32,
    name: &'static str,
    relative: Relative,
    check: O,
    e: E,
    field: Field,
) -> RelocationRow {
    let size_bytes = if matches!(e, E::Nothing | E::TlsDescriptorCall) { 0 } else { 4 };
    RelocationRow { number, name, size_bytes, relative, check, expression: e, field }
}

const fn data(
    number: u32,
    name: &'static str,
    size_bytes: u8,
    relative: Relative,
    check: O,
    e: E,
) -> RelocationRow {
    RelocationRow { number, name, size_bytes, relative, check, expression: e, field: Field::Data }
}

const fn ins(field: &'static InstructionField) -> Field {
    Field::Instruction(field)
}

const ABS: Relative = Relative::No;
const PC: Relative = Relative::Place;
const PAGE: Relative = Relative::Page;
const LOW: Relative = Relative::InsidePage;
const GOT: Relative = Relative::Got;
const ANY: O = O::Unchecked;

/// All, sorted by number.
#[rustfmt::skip]
pub static TABLE: &[RelocationRow] = &[
    data(0,   "R_AARCH64_NONE",    0, ABS, ANY, E::Nothing),
    data(256, "R_AARCH64_NONE",    0, ABS, ANY, E::Nothing),
    data(257, "R_AARCH64_ABS64",   8, ABS, ANY, E::Symbol),
    data(258, "R_AARCH64_ABS32",   4, ABS, O::Bitfield, E::Symbol),
    data(259, "R_AARCH64_ABS16",   2, ABS, O::Bitfield, E::Symbol),
    data(260, "R_AARCH64_PREL64",  8, PC,  ANY, E::Symbol),
    data(261, "R_AARCH64_PREL32",  4, PC,  O::Bitfield, E::Symbol),
    data(262, "R_AARCH64_PREL16",  2, PC,  O::Bitfield, E::Symbol),
    row(263, "R_AARCH64_MOVW_UABS_G0",          ABS, O::Unsigned, E::Symbol, ins(&MOVE[0])),
    row(264, "R_AARCH64_MOVW_UABS_G0_NC",       ABS, ANY, E::Symbol, ins(&MOVE[0])),
    row(265, "R_AARCH64_MOVW_UABS_G1",          ABS, O::Unsigned, E::Symbol, ins(&MOVE[1])),
    row(266, "R_AARCH64_MOVW_UABS_G1_NC",       ABS, ANY, E::Symbol, ins(&MOVE[1])),
    row(267, "R_AARCH64_MOVW_UABS_G2",          ABS, O::Unsigned, E::Symbol, ins(&MOVE[2])),
    row(268, "R_AARCH64_MOVW_UABS_G2_NC",       ABS, ANY, E::Symbol, ins(&MOVE[2])),
    row(269, "R_AARCH64_MOVW_UABS_G3",          ABS, ANY, E::Symbol, ins(&MOVE[3])),
    row(270, "R_AARCH64_MOVW_SABS_G0",          ABS, O::Signed, E::Symbol, ins(&SIGNED_MOVE[0])),
    row(271, "R_AARCH64_MOVW_SABS_G1",          ABS, O::Signed, E::Symbol, ins(&SIGNED_MOVE[1])),
    row(272, "R_AARCH64_MOVW_SABS_G2",          ABS, O::Signed, E::Symbol, ins(&SIGNED_MOVE[2])),
    row(273, "R_AARCH64_LD_PREL_LO19",          PC,  O::Signed, E::Symbol, ins(&BRANCH_19)),
    row(274, "R_AARCH64_ADR_PREL_LO21",         PC,  O::Signed, E::Symbol, ins(&ADR)),
    row(275, "R_AARCH64_ADR_PREL_PG_HI21",      PAGE, O::Signed, E::Symbol, ins(&ADRP)),
    row(276, "R_AARCH64_ADR_PREL_PG_HI21_NC",   PAGE, ANY, E::Symbol, ins(&ADRP)),
    row(277, "R_AARCH64_ADD_ABS_LO12_NC",       LOW, ANY, E::Symbol, ins(&LOW_12[0])),
    row(278, "R_AARCH64_LDST8_ABS_LO12_NC",     LOW, ANY, E::Symbol, ins(&LOW_12[0])),
    row(279, "R_AARCH64_TSTBR14",               PC,  O::Signed, E::Plt, ins(&BRANCH_14)),
    row(280, "R_AARCH64_CONDBR19",              PC,  O::Signed, E::Plt, ins(&BRANCH_19)),
    row(282, "R_AARCH64_JUMP26",                PC,  O::Signed, E::Plt, ins(&CALL)),
    row(283, "R_AARCH64_CALL26",                PC,  O::Signed, E::Plt, ins(&CALL)),
    row(284, "R_AARCH64_LDST16_ABS_LO12_NC",    LOW, ANY, E::Symbol, ins(&LOW_12[1])),
    row(285, "R_AARCH64_LDST32_ABS_LO12_NC",    LOW, ANY, E::Symbol, ins(&LOW_12[2])),
    row(286, "R_AARCH64_LDST64_ABS_LO12_NC",    LOW, ANY, E::Symbol, ins(&LOW_12[3])),
    row(287, "R_AARCH64_MOVW_PREL_G0",          PC,  O::Signed, E::Symbol, ins(&SIGNED_MOVE[0])),
    row(288, "R_AARCH64_MOVW_PREL_G0_NC",       PC,  ANY, E::Symbol, ins(&MOVE[0])),
    row(289, "R_AARCH64_MOVW_PREL_G1",          PC,  O::Signed, E::Symbol, ins(&SIGNED_MOVE[1])),
    row(290, "R_AARCH64_MOVW_PREL_G1_NC",       PC,  ANY, E::Symbol, ins(&MOVE[1])),
    row(291, "R_AARCH64_MOVW_PREL_G2",          PC,  O::Signed, E::Symbol, ins(&SIGNED_MOVE[2])),
    row(292, "R_AARCH64_MOVW_PREL_G2_NC",       PC,  ANY, E::Symbol, ins(&MOVE[2])),
    row(293, "R_AARCH64_MOVW_PREL_G3",          PC,  ANY, E::Symbol, ins(&MOVE[3])),
    row(299, "R_AARCH64_LDST128_ABS_LO12_NC",   LOW, ANY, E::Symbol, ins(&LOW_12[4])),
    row(300, "R_AARCH64_MOVW_GOTOFF_G0",        GOT, O::Unsigned, E::GotSlot, ins(&MOVE[0])),
    row(301, "R_AARCH64_MOVW_GOTOFF_G0_NC",     GOT, ANY, E::GotSlot, ins(&MOVE[0])),
    row(302, "R_AARCH64_MOVW_GOTOFF_G1",        GOT, O::Unsigned, E::GotSlot, ins(&MOVE[1])),
    row(303, "R_AARCH64_MOVW_GOTOFF_G1_NC",     GOT, ANY, E::GotSlot, ins(&MOVE[1])),
    row(304, "R_AARCH64_MOVW_GOTOFF_G2",        GOT, O::Unsigned, E::GotSlot, ins(&MOVE[2])),
    row(305, "R_AARCH64_MOVW_GOTOFF_G2_NC",     GOT, ANY, E::GotSlot, ins(&MOVE[2])),
    row(306, "R_AARCH64_MOVW_GOTOFF_G3",        GOT, ANY, E::GotSlot, ins(&MOVE[3])),
    data(307, "R_AARCH64_GOTREL64", 8, GOT, ANY, E::Symbol),
    data(308, "R_AARCH64_GOTREL32", 4, GOT, O::Bitfield, E::Symbol),
    row(309, "R_AARCH64_GOT_LD_PREL19",         PC,  O::Signed, E::GotSlot, ins(&BRANCH_19)),
    row(310, "R_AARCH64_LD64_GOTOFF_LO15",      GOT, O::Unsigned, E::GotSlot, ins(&LOW_15)),
    row(311, "R_AARCH64_ADR_GOT_PAGE",          PAGE, O::Signed, E::GotSlot, ins(&ADRP)),
    row(312, "R_AARCH64_LD64_GOT_LO12_NC",      LOW, ANY, E::GotSlot, ins(&LOW_12[3])),
    row(313, "R_AARCH64_LD64_GOTPAGE_LO15",     ABS, O::Unsigned, E::GotSlotFromGotPage, ins(&LOW_15)),
    data(314, "R_AARCH64_PLT32",    4, PC, O::Signed, E::Plt),
    data(315, "R_AARCH64_GOTPCREL32", 4, PC, O::Signed, E::GotSlot),
    row(512, "R_AARCH64_TLSGD_ADR_PREL21",      PC,  O::Signed, E::TlsGeneralDynamic, ins(&ADR)),
    row(513, "R_AARCH64_TLSGD_ADR_PAGE21",      PAGE, O::Signed, E::TlsGeneralDynamic, ins(&ADRP)),
    row(514, "R_AARCH64_TLSGD_ADD_LO12_NC",     LOW, ANY, E::TlsGeneralDynamic, ins(&LOW_12[0])),
    row(515, "R_AARCH64_TLSGD_MOVW_G1",         GOT, O::Signed, E::TlsGeneralDynamic, ins(&SIGNED_MOVE[1])),
    row(516, "R_AARCH64_TLSGD_MOVW_G0_NC",      GOT, ANY, E::TlsGeneralDynamic, ins(&MOVE[0])),
    row(517, "R_AARCH64_TLSLD_ADR_PREL21",      PC,  O::Signed, E::TlsLocalDynamic, ins(&ADR)),
    row(518, "R_AARCH64_TLSLD_ADR_PAGE21",      PAGE, O::Signed, E::TlsLocalDynamic, ins(&ADRP)),
    row(519, "R_AARCH64_TLSLD_ADD_LO12_NC",     LOW, ANY, E::TlsLocalDynamic, ins(&LOW_12[0])),
    row(520, "R_AARCH64_TLSLD_MOVW_G1",         GOT, O::Signed, E::TlsLocalDynamic, ins(&SIGNED_MOVE[1])),
    row(521, "R_AARCH64_TLSLD_MOVW_G0_NC",      GOT, ANY, E::TlsLocalDynamic, ins(&MOVE[0])),
    row(522, "R_AARCH64_TLSLD_LD_PREL19",       PC,  O::Signed, E::TlsLocalDynamic, ins(&BRANCH_19)),
    row(523, "R_AARCH64_TLSLD_MOVW_DTPREL_G2",  ABS, O::Unsigned, E::TlsModuleOffset, ins(&MOVE[2])),
    row(524, "R_AARCH64_TLSLD_MOVW_DTPREL_G1",  ABS, O::Unsigned, E::TlsModuleOffset, ins(&MOVE[1])),
    row(525, "R_AARCH64_TLSLD_MOVW_DTPREL_G1_NC", ABS, ANY, E::TlsModuleOffset, ins(&MOVE[1])),
    row(526, "R_AARCH64_TLSLD_MOVW_DTPREL_G0",  ABS, O::Unsigned, E::TlsModuleOffset, ins(&MOVE[0])),
    row(527, "R_AARCH64_TLSLD_MOVW_DTPREL_G0_NC", ABS, ANY, E::TlsModuleOffset, ins(&MOVE[0])),
    row(528, "R_AARCH64_TLSLD_ADD_DTPREL_HI12", ABS, O::Unsigned, E::TlsModuleOffset, ins(&HIGH_12)),
    row(529, "R_AARCH64_TLSLD_ADD_DTPREL_LO12", ABS, O::Unsigned, E::TlsModuleOffset, ins(&LOW_12[0])),
    row(530, "R_AARCH64_TLSLD_ADD_DTPREL_LO12_NC", ABS, ANY, E::TlsModuleOffset, ins(&LOW_12[0])),
    row(531, "R_AARCH64_TLSLD_LDST8_DTPREL_LO12", ABS, O::Unsigned, E::TlsModuleOffset, ins(&LOW_12[0])),
    row(532, "R_AARCH64_TLSLD_LDST8_DTPREL_LO12_NC", ABS, ANY, E::TlsModuleOffset, ins(&LOW_12[0])),
    row(533, "R_AARCH64_TLSLD_LDST16_DTPREL_LO12", ABS, O::Unsigned, E::TlsModuleOffset, ins(&LOW_12[1])),
    row(534, "R_AARCH64_TLSLD_LDST16_DTPREL_LO12_NC", ABS, ANY, E::TlsModuleOffset, ins(&LOW_12[1])),
    row(535, "R_AARCH64_TLSLD_LDST32_DTPREL_LO12", ABS, O::Unsigned, E::TlsModuleOffset, ins(&LOW_12[2])),
    row(536, "R_AARCH64_TLSLD_LDST32_DTPREL_LO12_NC", ABS, ANY, E::TlsModuleOffset, ins(&LOW_12[2])),
    row(537, "R_AARCH64_TLSLD_LDST64_DTPREL_LO12", ABS, O::Unsigned, E::TlsModuleOffset, ins(&LOW_12[3])),
    row(538, "R_AARCH64_TLSLD_LDST64_DTPREL_LO12_NC", ABS, ANY, E::TlsModuleOffset, ins(&LOW_12[3])),
    row(539, "R_AARCH64_TLSIE_MOVW_GOTTPREL_G1", GOT, O::Unsigned, E::TlsGotOffset, ins(&MOVE[1])),
    row(540, "R_AARCH64_TLSIE_MOVW_GOTTPREL_G0_NC", GOT, ANY, E::TlsGotOffset, ins(&MOVE[0])),
    row(541, "R_AARCH64_TLSIE_ADR_GOTTPREL_PAGE21", PAGE, O::Signed, E::TlsGotOffset, ins(&ADRP)),
    row(542, "R_AARCH64_TLSIE_LD64_GOTTPREL_LO12_NC", LOW, ANY, E::TlsGotOffset, ins(&LOW_12[3])),
    row(543, "R_AARCH64_TLSIE_LD_GOTTPREL_PREL19", PC, O::Signed, E::TlsGotOffset, ins(&BRANCH_19)),
    row(544, "R_AARCH64_TLSLE_MOVW_TPREL_G2",   ABS, O::Signed, E::TlsOffset, ins(&SIGNED_MOVE[2])),
    row(545, "R_AARCH64_TLSLE_MOVW_TPREL_G1",   ABS, O::Signed, E::TlsOffset, ins(&SIGNED_MOVE[1])),
    row(546, "R_AARCH64_TLSLE_MOVW_TPREL_G1_NC", ABS, ANY, E::TlsOffset, ins(&MOVE[1])),
    row(547, "R_AARCH64_TLSLE_MOVW_TPREL_G0",   ABS, O::Signed, E::TlsOffset, ins(&SIGNED_MOVE[0])),
    row(548, "R_AARCH64_TLSLE_MOVW_TPREL_G0_NC", ABS, ANY, E::TlsOffset, ins(&MOVE[0])),
    row(549, "R_AARCH64_TLSLE_ADD_TPREL_HI12",  ABS, O::Unsigned, E::TlsOffset, ins(&HIGH_12)),
    row(550, "R_AARCH64_TLSLE_ADD_TPREL_LO12",  ABS, O::Unsigned, E::TlsOffset, ins(&LOW_12[0])),
    row(551, "R_AARCH64_TLSLE_ADD_TPREL_LO12_NC", ABS, ANY, E::TlsOffset, ins(&LOW_12[0])),
    row(552, "R_AARCH64_TLSLE_LDST8_TPREL_LO12", ABS, O::Unsigned, E::TlsOffset, ins(&LOW_12[0])),
    row(553, "R_AARCH64_TLSLE_LDST8_TPREL_LO12_NC", ABS, ANY, E::TlsOffset, ins(&LOW_12[0])),
    row(554, "R_AARCH64_TLSLE_LDST16_TPREL_LO12", ABS, O::Unsigned, E::TlsOffset, ins(&LOW_12[1])),
    row(555, "R_AARCH64_TLSLE_LDST16_TPREL_LO12_NC", ABS, ANY, E::TlsOffset, ins(&LOW_12[1])),
    row(556, "R_AARCH64_TLSLE_LDST32_TPREL_LO12", ABS, O::Unsigned, E::TlsOffset, ins(&LOW_12[2])),
    row(557, "R_AARCH64_TLSLE_LDST32_TPREL_LO12_NC", ABS, ANY, E::TlsOffset, ins(&LOW_12[2])),
    row(558, "R_AARCH64_TLSLE_LDST64_TPREL_LO12", ABS, O::Unsigned, E::TlsOffset, ins(&LOW_12[3])),
    row(559, "R_AARCH64_TLSLE_LDST64_TPREL_LO12_NC", ABS, ANY, E::TlsOffset, ins(&LOW_12[3])),
    row(560, "R_AARCH64_TLSDESC_LD_PREL19",     PC,  O::Signed, E::TlsDescriptor, ins(&BRANCH_19)),
    row(561, "R_AARCH64_TLSDESC_ADR_PREL21",    PC,  O::Signed, E::TlsDescriptor, ins(&ADR)),
    row(562, "R_AARCH64_TLSDESC_ADR_PAGE21",    PAGE, O::Signed, E::TlsDescriptor, ins(&ADRP)),
    row(563, "R_AARCH64_TLSDESC_LD64_LO12",     LOW, ANY, E::TlsDescriptor, ins(&LOW_12[3])),
    row(564, "R_AARCH64_TLSDESC_ADD_LO12",      LOW, ANY, E::TlsDescriptor, ins(&LOW_12[0])),
    row(565, "R_AARCH64_TLSDESC_OFF_G1",        GOT, O::Unsigned, E::TlsDescriptor, ins(&MOVE[1])),
    row(566, "R_AARCH64_TLSDESC_OFF_G0_NC",     GOT, ANY, E::TlsDescriptor, ins(&MOVE[0])),
    row(567, "R_AARCH64_TLSDESC_LDR",           ABS, ANY, E::TlsDescriptorCall, Field::Data),
    row(568, "R_AARCH64_TLSDESC_ADD",           ABS, ANY, E::TlsDescriptorCall, Field::Data),
    row(569, "R_AARCH64_TLSDESC_CALL",          ABS, ANY, E::TlsDescriptorCall, Field::Data),
    row(570, "R_AARCH64_TLSLE_LDST128_TPREL_LO12", ABS, O::Unsigned, E::TlsOffset, ins(&LOW_12[4])),
    row(571, "R_AARCH64_TLSLE_LDST128_TPREL_LO12_NC", ABS, ANY, E::TlsOffset, ins(&LOW_12[4])),
    row(572, "R_AARCH64_TLSLD_LDST128_DTPREL_LO12", ABS, O::Unsigned, E::TlsModuleOffset, ins(&LOW_12[4])),
    row(573, "R_AARCH64_TLSLD_LDST128_DTPREL_LO12_NC", ABS, ANY, E::TlsModuleOffset, ins(&LOW_12[4])),
    data(1024, "R_AARCH64_COPY",         0, ABS, ANY, E::Dynamic),
    data(1025, "R_AARCH64_GLOB_DAT",     8, ABS, ANY, E::Dynamic),
    data(1026, "R_AARCH64_JUMP_SLOT",    8, ABS, ANY, E::Dynamic),
    data(1027, "R_AARCH64_RELATIVE",     8, ABS, ANY, E::Dynamic),
    data(1028, "R_AARCH64_TLS_DTPMOD64", 8, ABS, ANY, E::Dynamic),
    data(1029, "R_AARCH64_TLS_DTPREL64", 8, ABS, ANY, E::TlsModuleOffset),
    data(1030, "R_AARCH64_TLS_TPREL64",  8, ABS, ANY, E::TlsOffset),
    data(1031, "R_AARCH64_TLSDESC",      8, ABS, ANY, E::Dynamic),
    data(1032, "R_AARCH64_IRELATIVE",    8, ABS, ANY, E::Dynamic),
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
        let store = |number: u32, instruction: u32, value: i64| {
            let mut data = instruction.to_le_bytes();
            let result = row_of(number).expect("a row").store(&mut data, value);
            (u32::from_le_bytes(data), result.is_ok())
        };
        // bl .-4, adrp x0 one page back, ldr x1,[x0,#0xff8], b.ne .+8, tbz, adr x3,.-1
        assert_eq!(store(283, 0x9400_0000, -4), (0x97ff_ffff, true));
        assert!(!store(283, 0x9400_0000, 1 << 27).1);
        assert!(!store(283, 0x9400_0000, 2).1);
        assert_eq!(store(275, 0x9000_0000, -4096), (0xf0ff_ffe0, true));
        assert!(!store(275, 0x9000_0000, 1 << 32).1);
        assert_eq!(store(286, 0xf940_0001, 0x1_2ff8), (0xf947_fc01, true));
        assert!(!store(286, 0xf940_0001, 0x4).1);
        assert_eq!(store(280, 0x5400_0001, 8), (0x5400_0041, true));
        assert_eq!(store(279, 0x3600_0000, -8), (0x3607_ffc0, true));
        assert_eq!(store(274, 0x1000_0003, -1), (0x70ff_ffe3, true));
        // movz -> movn x0,#1 for -2; movk of the second group
        assert_eq!(store(270, 0xd280_0000, -2), (0x9280_0020, true));
        assert_eq!(store(266, 0xf2a0_0000, 0x1234_5678), (0xf2a2_4680, true));
    }
}

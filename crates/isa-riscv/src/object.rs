//! What RISC-V objects hold beyond code and data, and branches that reach.
//!
//! Sources: RISC-V ELF psABI 1.0 ("File Header", "Relocations", "Attributes", "Mapping Symbol"); which sizes
//! branches take, and that all distances across code are relocations, follows GNU as 2.40.

use crate::fixups as kind;
use crate::rows::{COMPRESSED, PIC, RELAX};
use crate::slots::{b_type, cb_type};
use lathe_isa::{
    AttributeSection, Encoded, Fixup, FixupKind, FixupRule, LinkerRelaxation, MappingSymbols, Mode,
    ObjectRules, SymbolRef, Tentative,
};

macro_rules! architecture {
    (compressed) => {
        "rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_zicsr2p0_zifencei2p0_zmmul1p0"
    };
    (plain) => {
        "rv64i2p1_m2p0_a2p1_f2p2_d2p2_zicsr2p0_zifencei2p0_zmmul1p0"
    };
}

/// The instruction set of Linux distributions, as attributes and mapping symbols say it.
pub const ARCHITECTURE: &str = architecture!(compressed);
/// The same without compressed instructions.
const PLAIN_ARCHITECTURE: &str = architecture!(plain);

/// The instruction set of a target with further extensions, as attributes say it.
pub fn architecture_of(features: lathe_target::FeatureSet) -> String {
    use lathe_target::features::Feature;
    let compressed = features.has(Feature::Compressed);
    let mut text = String::from(if compressed { ARCHITECTURE } else { PLAIN_ARCHITECTURE });
    for (feature, name) in [(Feature::Zba, "_zba1p0"), (Feature::Zbb, "_zbb1p0"), (Feature::Zbs, "_zbs1p0")] {
        if features.has(feature) {
            text.push_str(name);
        }
    }
    text
}

/// `EF_RISCV_FLOAT_ABI_DOUBLE`
const DOUBLE: u32 = 4;
/// `EF_RISCV_RVC`
const RVC: u32 = 1;

const RELAXATION: LinkerRelaxation = LinkerRelaxation {
    mode: RELAX,
    mark: 51,
    align: 43,
    short_forms: COMPRESSED,
    add: [33, 34, 35, 36],
    subtract: [37, 38, 39, 40],
    set: [54, 55, 56],
    set_six: 53,
    subtract_six: 52,
    upper_parts: (0x7f, [0x37, 0x17]),
    uleb128: (60, 61),
};

const PLAIN: FixupRule = FixupRule::PLAIN;
const DISTANCE: FixupRule = FixupRule { tentative: Tentative::Distance, ..PLAIN };
const ADDEND: FixupRule = FixupRule { relaxable: true, tentative: Tentative::Addend, ..PLAIN };
const RELAXABLE: FixupRule = FixupRule { relaxable: true, ..PLAIN };
const BREAKS: FixupRule = FixupRule { breaks: true, ..RELAXABLE };
const OWN: FixupRule = FixupRule { refers_to_start: true, ..RELAXABLE };

static FIXUP_RULES: [FixupRule; kind::FIXUPS.len()] = {
    let mut rules = [PLAIN; kind::FIXUPS.len()];
    rules[kind::BRANCH.0 as usize] = DISTANCE;
    rules[kind::JAL.0 as usize] = DISTANCE;
    rules[kind::RVC_BRANCH.0 as usize] = DISTANCE;
    rules[kind::RVC_JUMP.0 as usize] = DISTANCE;
    rules[kind::CALL_PLT.0 as usize] = BREAKS;
    rules[kind::HI20.0 as usize] = FixupRule { breaks: true, ..ADDEND };
    rules[kind::LO12_I.0 as usize] = ADDEND;
    rules[kind::LO12_S.0 as usize] = ADDEND;
    rules[kind::PCREL_HI20.0 as usize] = BREAKS;
    rules[kind::PCREL_LO12_I.0 as usize] = RELAXABLE;
    rules[kind::PCREL_LO12_S.0 as usize] = RELAXABLE;
    rules[kind::TLS_GOT_HI20.0 as usize] = FixupRule { thread_local: true, ..PLAIN };
    rules[kind::TLS_GD_HI20.0 as usize] = FixupRule { thread_local: true, ..PLAIN };
    rules[kind::TPREL_HI20.0 as usize] = BREAKS;
    rules[kind::TPREL_LO12_I.0 as usize] = RELAXABLE;
    rules[kind::TPREL_LO12_S.0 as usize] = RELAXABLE;
    rules[kind::TPREL_ADD_MARK.0 as usize] = BREAKS;
    rules[kind::OWN_LO12_I.0 as usize] = OWN;
    rules[kind::OWN_LO12_S.0 as usize] = OWN;
    rules
};

const ATTRIBUTES: AttributeSection = AttributeSection {
    name: ".riscv.attributes",
    kind: 0x7000_0003,
    vendor: "riscv",
    architecture: (5, ARCHITECTURE),
};
const PLAIN_ATTRIBUTES: AttributeSection =
    AttributeSection { architecture: (5, PLAIN_ARCHITECTURE), ..ATTRIBUTES };

/// The conventions of code in a mode.
pub(crate) fn rules(mode: Mode) -> &'static ObjectRules {
    match (mode.0 & COMPRESSED.0 != 0, mode.0 & RELAX.0 != 0) {
        (true, true) => &RULES,
        (true, false) => &FIXED_RULES,
        (false, true) => &PLAIN_RULES,
        (false, false) => &PLAIN_FIXED_RULES,
    }
}

const FIXED_RULES: ObjectRules = ObjectRules {
    text_header: concat!(
        "\t.option\tpic\n\t.option\tnorelax\n\t.attribute\tarch, \"",
        architecture!(compressed),
        "\"\n"
    ),
    ..RULES
};
const PLAIN_RULES: ObjectRules = ObjectRules {
    header_flags: DOUBLE,
    attributes: Some(&PLAIN_ATTRIBUTES),
    text_header: concat!(
        "\t.option\tpic\n\t.attribute\tarch, \"",
        architecture!(plain),
        "\"\n\t.option\tnorvc\n"
    ),
    ..RULES
};
const PLAIN_FIXED_RULES: ObjectRules = ObjectRules {
    text_header: concat!(
        "\t.option\tpic\n\t.option\tnorelax\n\t.attribute\tarch, \"",
        architecture!(plain),
        "\"\n\t.option\tnorvc\n"
    ),
    ..PLAIN_RULES
};

/// The conventions of compressed code that the linker may shorten.
const RULES: ObjectRules = ObjectRules {
    anonymous_label: ".L0 ",
    keeps_symbols: true,
    operands_order_symbols: false,
    keeps_section_symbols: true,
    pads_code_sections: true,
    sorts_relocations: true,
    mapping: Some(MappingSymbols {
        code: "$x",
        data: "$d",
        shows_architecture: true,
        code_sections_only: true,
    }),
    relaxation: Some(&RELAXATION),
    fixups: &FIXUP_RULES,
    header_flags: DOUBLE | RVC,
    text_align_log2: 1,
    text_header: concat!("\t.option\tpic\n\t.attribute\tarch, \"", architecture!(compressed), "\"\n"),
    mode_directives: &[
        (COMPRESSED, ".option\trvc", ".option\tnorvc"),
        (RELAX, ".option\trelax", ".option\tnorelax"),
        (PIC, ".option\tpic", ".option\tnopic"),
    ],
    attributes: Some(&ATTRIBUTES),
    ..ObjectRules::DEFAULT
};

const fn reaches(distance: i64, bits: u32) -> bool {
    let half = 1 << (bits - 1);
    -half <= distance && distance < half
}

/// The size of a branch. What does not reach by itself is turned around to skip a `jal`; a `jal` is taken to reach.
pub(crate) fn branch_size(short: FixupKind, distance: Option<i64>) -> Option<u8> {
    let is_jump = matches!(short, kind::JAL | kind::RVC_JUMP);
    let is_short = matches!(short, kind::RVC_BRANCH | kind::RVC_JUMP);
    if !is_jump && !matches!(short, kind::BRANCH | kind::RVC_BRANCH) {
        return None;
    }
    let Some(distance) = distance else { return Some(if is_jump { 4 } else { 8 }) };
    let short_bits = if is_jump { 12 } else { 9 };
    Some(if is_short && reaches(distance, short_bits) {
        2
    } else if is_jump || reaches(distance, 13) {
        4
    } else if is_short {
        6
    } else {
        8
    })
}

/// The longer forms of a branch.
pub(crate) fn widen_branch(short: &[u8], kind: FixupKind, size: u8, target: SymbolRef, out: &mut Encoded) {
    let mut word = 0u32;
    for (at, byte) in short.iter().take(4).enumerate() {
        word |= u32::from(*byte) << (8 * at);
    }
    let (mut wide, is_jump) = match kind {
        kind::RVC_JUMP => (0x6f, true),
        kind::RVC_BRANCH => {
            let not_equal = word >> 13 & 1;
            (0x63 | not_equal << 12 | (8 + (word >> 7 & 7)) << 15, false)
        }
        kind::JAL => (word, true),
        _ => (word, false),
    };
    let jump = 0x6fu32.to_le_bytes();
    let (head, offset) = match size {
        // The low bit of funct3 turns a condition around, in both lengths.
        6 => {
            let turned = (word as u16 ^ 1 << 13) | cb_type(6) as u16;
            out.bytes[..2].copy_from_slice(&turned.to_le_bytes());
            (2, kind::JAL)
        }
        8 => {
            wide = (wide ^ 1 << 12) | b_type(8) as u32;
            out.bytes[..4].copy_from_slice(&wide.to_le_bytes());
            (4, kind::JAL)
        }
        _ => (0, if is_jump { kind::JAL } else { kind::BRANCH }),
    };
    let last = if head == 0 { wide.to_le_bytes() } else { jump };
    out.bytes[head..head + 4].copy_from_slice(&last);
    out.len = head as u8 + 4;
    out.fixups[0] = Fixup { target, offset: head as u32, kind: offset };
    out.fixup_count = 1;
}

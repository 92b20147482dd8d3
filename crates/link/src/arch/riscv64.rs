//! RISC-V, 64 bits.
//!
//! What is odd here: the lower half of a PC-relative pair names the place of the upper half instead of the symbol;
//! differences of addresses are two relocations of one place; nothing that the assembler lays out is final, because
//! instructions are deleted afterwards (`crate::deletion`); TLS offsets inside a module are biased by 0x800.
//! Source: RISC-V ELF psABI 1.0.

use super::{
    Adjustment, Architecture, DynamicTypes, FlagsConflict, PltEntry, PltHeader, Relaxation, Rewritten,
    TlsVariant, put_words,
};
use crate::constants as elf;
use crate::elf::Class;
use crate::output::Kind;
use lathe_isa::relocation::{Expression, Field, InstructionField, Overflow, Relative, RelocationRow};
use lathe_isa_riscv::relocations::{I_TYPE, S_TYPE, row_of};

/// The machine.
pub(crate) static RISCV64: Architecture = Architecture {
    machine: elf::EM_RISCV,
    class: Class::Elf64,
    rela: true,
    emulations: &["elf64lriscv", "elf64lriscv_lp64f", "elf64lriscv_lp64", "elf64-littleriscv"],
    search_directories: &[
        "usr/local/lib/riscv64-linux-gnu",
        "lib/riscv64-linux-gnu",
        "usr/lib/riscv64-linux-gnu",
        "usr/local/lib64/lp64d",
        "usr/local/lib64",
        "lib64/lp64d",
        "lib64",
        "usr/lib64/lp64d",
        "usr/lib64",
        "usr/local/lib",
        "lib",
        "usr/lib",
        "usr/riscv64-linux-gnu/lib64/lp64d",
        "usr/riscv64-linux-gnu/lib64",
        "usr/riscv64-linux-gnu/lib",
    ],
    interpreter: "/lib/ld-linux-riscv64-lp64d.so.1",
    image_base: 0x1_0000,
    max_page_size: 0x1000,
    page_size: 0x1000,
    dynamic: DynamicTypes {
        symbolic: elf::R_RISCV_64,
        relative: elf::R_RISCV_RELATIVE,
        distance: None,
        glob_dat: elf::R_RISCV_64,
        jump_slot: elf::R_RISCV_JUMP_SLOT,
        copy: elf::R_RISCV_COPY,
        irelative: elf::R_RISCV_IRELATIVE,
        tls_module: elf::R_RISCV_TLS_DTPMOD64,
        tls_module_offset: elf::R_RISCV_TLS_DTPREL64,
        tls_offset: elf::R_RISCV_TLS_TPREL64,
        tls_descriptor: elf::R_RISCV_TLSDESC,
    },
    plt_header_size: 32,
    plt_entry_size: 16,
    iplt_entry_size: 16,
    got_plt_reserved: 2,
    got_reserved: 1,
    got_base: Kind::Got,
    tls_variant: TlsVariant::One { gap: 0 },
    tls_module_bias: 0x800,
    tls_rewrite_addend: 0,
    rewrites_local_dynamic: false,
    has_pairs: true,
    adjustment: Adjustment::Deletion,
    merge_flags,
    variant_call_tag: Some(elf::DT_RISCV_VARIANT_CC),
    got_plt_first: Some(u64::MAX),
    relocation,
    write_plt_header,
    write_plt_entry,
    write_iplt_entry: write_plt_entry,
    lazy_slot: |_, header| header,
    relaxation: |_, _, _, _| Relaxation::None,
    rewrite: |_, _, _, _, _| Rewritten::Unknown,
    fill_code,
};

/// S + A - gp in the fields of loads and of stores: relocations that relaxation makes.
pub(crate) const FROM_GLOBAL: u32 = 0xffff_fff0;
pub(crate) const FROM_GLOBAL_STORE: u32 = 0xffff_fff1;

const fn from_global(number: u32, field: &'static InstructionField) -> RelocationRow {
    RelocationRow {
        number,
        name: "gp-relative relocation",
        size_bytes: 4,
        relative: Relative::No,
        check: Overflow::Signed,
        expression: Expression::FromGlobalPointer,
        field: Field::Instruction(field),
    }
}

static FROM_GLOBAL_ROWS: [RelocationRow; 2] =
    [from_global(FROM_GLOBAL, &I_TYPE), from_global(FROM_GLOBAL_STORE, &S_TYPE)];

fn relocation(number: u32) -> Option<&'static RelocationRow> {
    match number {
        FROM_GLOBAL => Some(&FROM_GLOBAL_ROWS[0]),
        FROM_GLOBAL_STORE => Some(&FROM_GLOBAL_ROWS[1]),
        _ => row_of(number),
    }
}

const NOP: u32 = 0x0000_0013;
const SHORT_NOP: u16 = 0x0001;

/// The bits of an AUIPC and of a 12-bit immediate for a distance.
fn parts(target: u64, place: u64) -> (u32, u32) {
    let distance = target.wrapping_sub(place) as u32;
    (distance.wrapping_add(0x800) & 0xffff_f000, distance << 20)
}

fn write_plt_header(out: &mut [u8], header: PltHeader) {
    let (upper, lower) = parts(header.got_plt, header.address);
    put_words(
        out,
        &[
            0x0000_0397 | upper, // auipc t2, .got.plt
            0x41c3_0333,         // sub t1, t1, t3        end of the entry's jalr minus this header, and 12
            0x0003_be03 | lower, // ld t3, .got.plt(t2)   the resolver
            0xfd43_0313,         // addi t1, t1, -(32+12)
            0x0003_8293 | lower, // addi t0, t2, .got.plt
            0x0013_5313,         // srli t1, t1, 1        entry's offset to slot's offset
            0x0082_b283,         // ld t0, 8(t0)          link map
            0x000e_0067,         // jr t3
        ],
    );
}

fn write_plt_entry(out: &mut [u8], entry: PltEntry) {
    let (upper, lower) = parts(entry.slot, entry.address);
    // auipc t3, slot; ld t3, slot(t3); jalr t1, t3; nop
    put_words(out, &[0x0000_0e17 | upper, 0x000e_3e03 | lower, 0x000e_0367, NOP]);
}

/// Fills padding with instructions that do nothing.
pub(crate) fn fill_code(gap: &mut [u8]) {
    let mut words = gap.rchunks_exact_mut(4);
    words.by_ref().for_each(|word| word.copy_from_slice(&NOP.to_le_bytes()));
    for half in words.into_remainder().rchunks_exact_mut(2) {
        half.copy_from_slice(&SHORT_NOP.to_le_bytes());
    }
}

fn merge_flags(so_far: u32, object: u32) -> Result<u32, FlagsConflict> {
    let different = so_far ^ object;
    if different & elf::EF_RISCV_FLOAT_ABI != 0 {
        return Err("an object with another floating-point ABI than the others cannot be linked");
    }
    if different & elf::EF_RISCV_RVE != 0 {
        return Err("an RVE object cannot be linked with others");
    }
    Ok(so_far | object)
}

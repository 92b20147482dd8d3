//! AArch64 (LP64, little endian).
//!
//! What is odd here: `_GLOBAL_OFFSET_TABLE_` is the start of `.got`, whose first word is the address of `.dynamic`;
//! all instructions are words, so that a TLS sequence is rewritten one instruction at a time, each by its own
//! relocation; the thread pointer stands 16 bytes before the TLS block; branches reach 128 MiB and get thunks
//! beyond. Source: ELF for the Arm 64-bit Architecture 2023Q3, 5.7.11 "Relocations for thread-local storage";
//! System V ABI for the Arm 64-bit Architecture 2023Q3, 9.3 "Procedure linkage table", 11 "Program linkage".

use super::{
    Adjustment, Architecture, DynamicTypes, PltEntry, PltHeader, RelaxFacts, Relaxation, RewriteValues,
    Rewritten, ThunkRow, TlsVariant, put_words, put32, window,
};
use crate::constants as elf;
use crate::elf::{Class, u32_at};
use crate::output::Kind;
use lathe_isa::relocation::{Expression, RelocationRow};

/// The machine.
pub(crate) static AARCH64: Architecture = Architecture {
    machine: elf::EM_AARCH64,
    class: Class::Elf64,
    rela: true,
    emulations: &["aarch64linux", "aarch64elf", "elf64-littleaarch64"],
    search_directories: &[
        "usr/local/lib/aarch64-linux-gnu",
        "lib/aarch64-linux-gnu",
        "usr/lib/aarch64-linux-gnu",
        "usr/local/lib",
        "lib",
        "usr/lib",
        "usr/aarch64-linux-gnu/lib",
    ],
    interpreter: "/lib/ld-linux-aarch64.so.1",
    image_base: 0x40_0000,
    max_page_size: 0x1_0000,
    page_size: 0x1_0000,
    dynamic: DynamicTypes {
        symbolic: elf::R_AARCH64_ABS64,
        relative: elf::R_AARCH64_RELATIVE,
        distance: None,
        glob_dat: elf::R_AARCH64_GLOB_DAT,
        jump_slot: elf::R_AARCH64_JUMP_SLOT,
        copy: elf::R_AARCH64_COPY,
        irelative: elf::R_AARCH64_IRELATIVE,
        tls_module: elf::R_AARCH64_TLS_DTPMOD64,
        tls_module_offset: elf::R_AARCH64_TLS_DTPREL64,
        tls_offset: elf::R_AARCH64_TLS_TPREL64,
        tls_descriptor: elf::R_AARCH64_TLSDESC,
    },
    plt_header_size: 32,
    plt_entry_size: 16,
    iplt_entry_size: 16,
    got_plt_reserved: 3,
    got_reserved: 1,
    got_base: Kind::Got,
    tls_variant: TlsVariant::One { gap: 16 },
    tls_module_bias: 0,
    tls_rewrite_addend: 0,
    rewrites_local_dynamic: false,
    has_pairs: false,
    adjustment: Adjustment::Thunks(&THUNKS),
    merge_flags: super::no_flags,
    variant_call_tag: Some(elf::DT_AARCH64_VARIANT_PCS),
    got_plt_first: Some(0),
    relocation: lathe_isa_aarch64::relocations::row_of,
    write_plt_header,
    write_plt_entry,
    write_iplt_entry: write_plt_entry,
    lazy_slot: |_, header| header,
    relaxation,
    rewrite,
    fill_code,
};

static THUNKS: ThunkRow = ThunkRow {
    branches: &[elf::R_AARCH64_JUMP26, elf::R_AARCH64_CALL26],
    reach: 1 << 27,
    spacing: 120 << 20,
    size: 12,
    align: 4,
    write: |out, place, target| {
        let (adrp, reaches) = page(0x9000_0010, target, place);
        // adrp x16, target; add x16, x16, target; br x16
        put_words(out, &[adrp, 0x9100_0210 | (target as u32 & 0xfff) << 10, 0xd61f_0200]);
        reaches
    },
};

const NOP: u32 = 0xd503_201f;
/// `mrs x1, tpidr_el0`
const READ_THREAD_POINTER: u32 = 0xd53b_d041;

/// `adrp`'s bits for the page of `target`; whether it is in reach.
fn page(instruction: u32, target: u64, place: u64) -> (u32, bool) {
    let pages = ((target & !0xfff).wrapping_sub(place & !0xfff) as i64) >> 12;
    let bits = pages as u32;
    let word = instruction & 0x9f00_001f | (bits & 3) << 29 | (bits >> 2 & 0x7_ffff) << 5;
    (word, (-(1 << 20)..1 << 20).contains(&pages))
}

/// `adrp x16, slot; ldr x17, [x16, slot]; add x16, x16, slot; br x17`
fn through(slot: u64, place: u64) -> [u32; 4] {
    let low = slot as u32 & 0xfff;
    [page(0x9000_0010, slot, place).0, 0xf940_0211 | (low >> 3) << 10, 0x9100_0210 | low << 10, 0xd61f_0220]
}

fn write_plt_header(out: &mut [u8], header: PltHeader) {
    let [adrp, load, add, branch] = through(header.got_plt + 16, header.address + 4);
    // stp x16, x30, [sp, #-16]!
    put_words(out, &[0xa9bf_7bf0, adrp, load, add, branch, NOP, NOP, NOP]);
}

fn write_plt_entry(out: &mut [u8], entry: PltEntry) {
    put_words(out, &through(entry.slot, entry.address));
}

fn fill_code(gap: &mut [u8]) {
    for word in gap.rchunks_exact_mut(4) {
        word.copy_from_slice(&NOP.to_le_bytes());
    }
}

/// The rows of the TLS sequences by what their instruction does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// ADRP: upper part.
    Page,
    /// LDR or ADD: lower part.
    Low,
    /// ADD that is not needed.
    Nothing,
    /// LDR (literal) of a descriptor, tiny code model.
    Literal,
    /// ADR, tiny code model.
    Near,
    Other,
}

fn step(number: u32) -> Step {
    match number {
        513 | 541 | 562 => Step::Page,
        elf::R_AARCH64_TLSGD_ADD_LO12_NC | 542 | elf::R_AARCH64_TLSDESC_LD64_LO12 => Step::Low,
        564 => Step::Nothing,
        560 => Step::Literal,
        561 => Step::Near,
        _ => Step::Other,
    }
}

fn relaxation(row: &RelocationRow, _: &[u8], _: u64, facts: RelaxFacts) -> Relaxation {
    use Relaxation as R;
    if !facts.executable {
        return R::None;
    }
    match (row.expression, step(row.number)) {
        // Of a general-dynamic access the second instruction takes the call with it.
        (Expression::TlsGeneralDynamic, Step::Low) => {
            if facts.local {
                R::GeneralToLocal
            } else {
                R::GeneralToInitial
            }
        }
        (Expression::TlsGeneralDynamic, Step::Page) | (Expression::TlsDescriptor, _) => {
            if facts.local {
                R::DescriptorToLocal
            } else {
                R::DescriptorToInitial
            }
        }
        (Expression::TlsGotOffset, Step::Page | Step::Low) if facts.local => R::InitialToLocal,
        (Expression::TlsDescriptorCall, _) => R::DescriptorCallToNothing,
        _ => R::None,
    }
}

fn rewrite(
    relaxation: Relaxation,
    row: &RelocationRow,
    data: &mut [u8],
    offset: u64,
    values: RewriteValues,
) -> Rewritten {
    use Relaxation as R;
    let at = offset as usize;
    let Some(old) = u32_at(data, at) else { return Rewritten::Unknown };
    if relaxation == R::DescriptorCallToNothing {
        // blr, or the instructions between of the large model, which are not rewritten.
        if row.number != 569 || old & 0xffff_fc1f != 0xd63f_0000 {
            return Rewritten::Unknown;
        }
        put32(data, at, u64::from(NOP));
        return Rewritten::Done;
    }
    let local = matches!(relaxation, R::GeneralToLocal | R::DescriptorToLocal | R::InitialToLocal);
    let step = step(row.number);
    let (new, fits) = match step {
        Step::Page if old & 0x9f00_0000 != 0x9000_0000 => return Rewritten::Unknown,
        Step::Low if relaxation == R::InitialToLocal && (old >> 5 ^ old) & 31 != 0 => {
            return Rewritten::Unknown;
        }
        Step::Other => return Rewritten::Unknown,
        Step::Nothing => (NOP, true),
        _ if local => local_step(step, old, relaxation == R::InitialToLocal, values.tls_offset),
        Step::Page => page(old, values.tls_slot, values.place),
        // ldr x0, [x0, slot]
        Step::Low => (0xf940_0000 | (values.tls_slot as u32 & 0xfff) >> 3 << 10, true),
        Step::Near => (NOP, true),
        Step::Literal => {
            let distance = values.tls_slot.wrapping_sub(values.place) as i64;
            (0x5800_0000 | (distance as u32 >> 2 & 0x7_ffff) << 5, (-(1 << 20)..1 << 20).contains(&distance))
        }
    };
    put32(data, at, u64::from(new));
    if matches!(relaxation, R::GeneralToLocal | R::GeneralToInitial) {
        let call =
            window(data, offset, 0, 12).is_some_and(|w| w[7] & 0xfc == 0x94 && w[8..] == NOP.to_le_bytes());
        if !call {
            return Rewritten::Unknown;
        }
        put32(data, at + 4, u64::from(READ_THREAD_POINTER));
        put32(data, at + 8, 0x8b00_0020); // add x0, x1, x0
    }
    Rewritten::fits(fits)
}

/// One instruction of `movz x, #upper, lsl #16; movk x, #lower`.
fn local_step(step: Step, old: u32, own_register: bool, tls_offset: i64) -> (u32, bool) {
    let register = if own_register { old & 31 } else { 0 };
    let fits = u32::try_from(tls_offset).is_ok();
    let bits = tls_offset as u32;
    match step {
        Step::Page | Step::Literal => (0xd2a0_0000 | bits >> 16 << 5 | register, fits),
        _ => (0xf280_0000 | (bits & 0xffff) << 5 | register, fits),
    }
}

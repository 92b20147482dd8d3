//! x86-64.
//!
//! What is odd here: `_GLOBAL_OFFSET_TABLE_` is the start of `.got.plt`; a PLT entry pushes its relocation's index;
//! loads from the GOT carry relocations of their own (GOTPCRELX) that permit rewriting them to `lea`; the
//! instruction sequences of the TLS models have fixed lengths, padded with prefixes, so that each can be replaced by
//! a shorter model in place. Source: x86-64 psABI 1.0, 4.4, B.2; U. Drepper, "ELF Handling For Thread-Local
//! Storage", 5; A. Oliva, "Thread-Local Storage Descriptors".

use super::{
    Adjustment, Architecture, DynamicTypes, PltEntry, PltHeader, RelaxFacts, Relaxation, RewriteValues,
    Rewritten, TlsVariant, put32, window,
};
use crate::constants as elf;
use crate::elf::Class;
use crate::output::Kind;
use lathe_isa::relocation::{Expression, RelocationRow};

/// The machine.
pub(crate) static X86_64: Architecture = Architecture {
    machine: elf::EM_X86_64,
    class: Class::Elf64,
    rela: true,
    emulations: &["elf_x86_64", "elf64-x86-64"],
    search_directories: &[
        "usr/local/lib/x86_64-linux-gnu",
        "lib/x86_64-linux-gnu",
        "usr/lib/x86_64-linux-gnu",
        "usr/local/lib64",
        "lib64",
        "usr/lib64",
        "usr/local/lib",
        "lib",
        "usr/lib",
    ],
    interpreter: "/lib64/ld-linux-x86-64.so.2",
    image_base: 0x40_0000,
    max_page_size: 0x1000,
    page_size: 0x1000,
    dynamic: DynamicTypes {
        symbolic: elf::R_X86_64_64,
        relative: elf::R_X86_64_RELATIVE,
        distance: None,
        glob_dat: elf::R_X86_64_GLOB_DAT,
        jump_slot: elf::R_X86_64_JUMP_SLOT,
        copy: elf::R_X86_64_COPY,
        irelative: elf::R_X86_64_IRELATIVE,
        tls_module: elf::R_X86_64_DTPMOD64,
        tls_module_offset: elf::R_X86_64_DTPOFF64,
        tls_offset: elf::R_X86_64_TPOFF64,
        tls_descriptor: elf::R_X86_64_TLSDESC,
    },
    plt_header_size: 16,
    plt_entry_size: 16,
    iplt_entry_size: 16,
    got_plt_reserved: 3,
    got_reserved: 0,
    got_base: Kind::GotPlt,
    tls_variant: TlsVariant::Two,
    relocation: lathe_isa_x86::relocations::x86_64,
    tls_module_bias: 0,
    // The addend is -4 in all the sequences.
    tls_rewrite_addend: 4,
    rewrites_local_dynamic: true,
    has_pairs: false,
    adjustment: Adjustment::None,
    merge_flags: super::no_flags,
    variant_call_tag: None,
    got_plt_first: None,
    write_plt_header,
    write_plt_entry,
    write_iplt_entry,
    lazy_slot: |entry, _| entry + 6,
    relaxation,
    rewrite,
    fill_code: |gap| gap.fill(0x90),
};

fn write_plt_header(out: &mut [u8], PltHeader { address: plt, got_plt, .. }: PltHeader) {
    out[..16].copy_from_slice(&[
        0xff, 0x35, 0, 0, 0, 0, // push got_plt+8(%rip)   link map
        0xff, 0x25, 0, 0, 0, 0, // jmp  *got_plt+16(%rip) resolver
        0x0f, 0x1f, 0x40, 0x00, // nopl 0(%rax)
    ]);
    put32(out, 2, got_plt.wrapping_add(8).wrapping_sub(plt + 6));
    put32(out, 8, got_plt.wrapping_add(16).wrapping_sub(plt + 12));
}

fn write_plt_entry(out: &mut [u8], entry: PltEntry) {
    out[..16].copy_from_slice(&[
        0xff, 0x25, 0, 0, 0, 0, // jmp  *slot(%rip)
        0x68, 0, 0, 0, 0, // push $index
        0xe9, 0, 0, 0, 0, // jmp  header
    ]);
    put32(out, 2, entry.slot.wrapping_sub(entry.address + 6));
    put32(out, 7, u64::from(entry.index));
    put32(out, 12, entry.header.wrapping_sub(entry.address + 16));
}

fn write_iplt_entry(out: &mut [u8], entry: PltEntry) {
    out[..16].copy_from_slice(&[
        0xff, 0x25, 0, 0, 0, 0, // jmp *slot(%rip)
        0x66, 0x0f, 0x1f, 0x84, 0x00, 0, 0, 0, 0, 0, // nopw 0(%rax,%rax)
    ]);
    put32(out, 2, entry.slot.wrapping_sub(entry.address + 6));
}

/// `data16 lea x@tlsgd(%rip),%rdi` and the start of the call that follows it.
fn is_general_dynamic(data: &[u8], offset: u64) -> bool {
    window(data, offset, 4, 8).is_some_and(|w| {
        w.starts_with(&[0x66, 0x48, 0x8d, 0x3d])
            && (w[8..12] == [0x66, 0x66, 0x48, 0xe8] // data16 data16 rex.w call f@plt
                || w[8..12] == [0x66, 0x48, 0xff, 0x15]) // data16 rex.w call *f@gotpcrel(%rip)
    }) && window(data, offset, 4, 12).is_some()
}

/// `lea x@tlsld(%rip),%rdi` and the call; the length of the call's opcode.
fn local_dynamic_call(data: &[u8], offset: u64) -> Option<usize> {
    let w = window(data, offset, 3, 6)?;
    if !w.starts_with(&[0x48, 0x8d, 0x3d]) {
        return None;
    }
    let opcode = if w[7] == 0xe8 {
        1
    } else if w[7..9] == [0xff, 0x15] {
        2
    } else {
        return None;
    };
    window(data, offset, 3, 4 + opcode + 4).map(|_| opcode)
}

fn relaxation(row: &RelocationRow, data: &[u8], offset: u64, facts: RelaxFacts) -> Relaxation {
    use Relaxation as R;
    match row.expression {
        Expression::GotSlotRelaxable if facts.local && facts.in_image && !facts.tls_only => {
            let rex = row.number == elf::R_X86_64_REX_GOTPCRELX;
            let plain = window(data, offset, 2, 4).map(|w| [w[0], w[1]]);
            match plain {
                Some([0x8b, _]) => R::GotToAddress,
                Some([0xff, 0x15 | 0x25]) if !rex => R::GotToAddress,
                _ => R::None,
            }
        }
        Expression::TlsGeneralDynamic if facts.executable && is_general_dynamic(data, offset) => {
            if facts.local { R::GeneralToLocal } else { R::GeneralToInitial }
        }
        Expression::TlsLocalDynamic if facts.executable && local_dynamic_call(data, offset).is_some() => {
            R::LocalDynamicToLocal
        }
        Expression::TlsGotOffset if facts.executable && facts.local => match window(data, offset, 3, 4) {
            Some([0x48 | 0x4c, 0x8b | 0x03, modrm, ..]) if modrm & 0xc7 == 5 => R::InitialToLocal,
            _ => R::None,
        },
        Expression::TlsDescriptor if facts.executable => match window(data, offset, 3, 4) {
            Some([0x48 | 0x4c, 0x8d, modrm, ..]) if modrm & 0xc7 == 5 => {
                if facts.local {
                    R::DescriptorToLocal
                } else {
                    R::DescriptorToInitial
                }
            }
            _ => R::None,
        },
        Expression::TlsDescriptorCall if facts.executable => match window(data, offset, 0, 2) {
            Some([0xff, 0x10]) => R::DescriptorCallToNothing,
            _ => R::None,
        },
        _ => R::None,
    }
}

/// Whether a value fits a sign-extended 32-bit field.
fn fits(value: i64) -> bool {
    i32::try_from(value).is_ok()
}

fn rewrite(
    relaxation: Relaxation,
    _: &RelocationRow,
    data: &mut [u8],
    offset: u64,
    values: RewriteValues,
) -> Rewritten {
    Rewritten::fits(rewrite_sequence(relaxation, data, offset, values))
}

/// The sequences were recognized before; whether the value fits.
fn rewrite_sequence(relaxation: Relaxation, data: &mut [u8], offset: u64, values: RewriteValues) -> bool {
    use Relaxation as R;
    let at = offset as usize;
    let place = values.place;
    match relaxation {
        R::None | R::AbsoluteSlot => true,
        R::GotToAddress => {
            // The addend is -4 for the end of the instruction.
            let mut value = (values.address as i64).wrapping_add(values.addend).wrapping_sub(place as i64);
            match (data[at - 2], data[at - 1]) {
                (0x8b, _) => data[at - 2] = 0x8d, // mov x@gotpcrel(%rip),r -> lea x(%rip),r
                (0xff, 0x15) => {
                    data[at - 2] = 0x67; // call *x@gotpcrel(%rip) -> addr32 call x
                    data[at - 1] = 0xe8;
                }
                _ => {
                    data[at - 2] = 0xe9; // jmp *x@gotpcrel(%rip) -> jmp x; nop
                    data[at + 3] = 0x90;
                    value += 1;
                    put32(data, at - 1, value as u64);
                    return fits(value);
                }
            }
            put32(data, at, value as u64);
            fits(value)
        }
        R::GeneralToLocal | R::GeneralToInitial => {
            data[at - 4..at + 8].copy_from_slice(&[
                0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0, // mov %fs:0,%rax
                0x48, 0x8d, 0x80, // lea x@tpoff(%rax),%rax
            ]);
            let value = if relaxation == R::GeneralToLocal {
                values.tls_offset
            } else {
                data[at + 6] = 0x03; // add x@gottpoff(%rip),%rax
                data[at + 7] = 0x05;
                (values.tls_slot as i64).wrapping_sub(place as i64 + 12)
            };
            put32(data, at + 8, value as u64);
            fits(value)
        }
        R::LocalDynamicToLocal => {
            let opcode = local_dynamic_call(data, offset).unwrap_or(1);
            let start = at - 3;
            let length = 3 + 4 + opcode + 4;
            // Prefixes without effect, then mov %fs:0,%rax.
            data[start..start + length - 9].fill(0x66);
            data[start + length - 9..start + length]
                .copy_from_slice(&[0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0]);
            true
        }
        R::InitialToLocal => {
            let register = data[at - 1] >> 3 & 7;
            let rex = if data[at - 3] & 4 != 0 { 0x49 } else { 0x48 };
            // mov x@gottpoff(%rip),r -> mov $x@tpoff,r;  add likewise.
            let opcode = if data[at - 2] == 0x8b { 0xc7 } else { 0x81 };
            data[at - 3..at].copy_from_slice(&[rex, opcode, 0xc0 | register]);
            put32(data, at, values.tls_offset as u64);
            fits(values.tls_offset)
        }
        R::DescriptorToLocal => {
            let register = data[at - 1] >> 3 & 7;
            let rex = if data[at - 3] & 4 != 0 { 0x49 } else { 0x48 };
            data[at - 3..at].copy_from_slice(&[rex, 0xc7, 0xc0 | register]); // mov $x@tpoff,r
            put32(data, at, values.tls_offset as u64);
            fits(values.tls_offset)
        }
        R::DescriptorToInitial => {
            data[at - 2] = 0x8b; // mov x@gottpoff(%rip),r
            let value = (values.tls_slot as i64).wrapping_sub(place as i64 + 4);
            put32(data, at, value as u64);
            fits(value)
        }
        R::DescriptorCallToNothing => {
            data[at..at + 2].copy_from_slice(&[0x66, 0x90]); // xchg %ax,%ax
            true
        }
    }
}

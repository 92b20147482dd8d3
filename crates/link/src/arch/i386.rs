//! i386.
//!
//! What is odd here: addends stand in the fields (REL); `_GLOBAL_OFFSET_TABLE_` is the start of `.got.plt`, and
//! position-independent code has it in a register, by which PLT entries go too; GOT and TLS fields are offsets from
//! it. Source: Intel386 psABI 1.1, 4.4, 5.2, A; U. Drepper, "ELF Handling For Thread-Local Storage", 4.1, 5.

use super::{
    Adjustment, Architecture, DynamicTypes, PltEntry, PltHeader, RelaxFacts, Relaxation, RewriteValues,
    Rewritten, TlsVariant, put32, window,
};
use crate::constants as elf;
use crate::elf::Class;
use crate::output::Kind;
use lathe_isa::relocation::{Expression, RelocationRow};

/// The machine.
pub(crate) static I386: Architecture = Architecture {
    machine: elf::EM_386,
    class: Class::Elf32,
    rela: false,
    emulations: &["elf_i386", "elf32-i386"],
    search_directories: &[
        "usr/local/lib/i386-linux-gnu",
        "lib/i386-linux-gnu",
        "usr/lib/i386-linux-gnu",
        "usr/local/lib32",
        "lib32",
        "usr/lib32",
        "usr/local/lib",
        "lib",
        "usr/lib",
        "usr/i686-linux-gnu/lib32",
        "usr/i686-linux-gnu/lib",
    ],
    interpreter: "/lib/ld-linux.so.2",
    image_base: 0x804_8000,
    max_page_size: 0x1000,
    page_size: 0x1000,
    dynamic: DynamicTypes {
        symbolic: elf::R_386_32,
        relative: elf::R_386_RELATIVE,
        distance: Some(elf::R_386_PC32),
        glob_dat: elf::R_386_GLOB_DAT,
        jump_slot: elf::R_386_JUMP_SLOT,
        copy: elf::R_386_COPY,
        irelative: elf::R_386_IRELATIVE,
        tls_module: elf::R_386_TLS_DTPMOD32,
        tls_module_offset: elf::R_386_TLS_DTPOFF32,
        tls_offset: elf::R_386_TLS_TPOFF,
        tls_descriptor: elf::R_386_TLS_DESC,
    },
    plt_header_size: 16,
    plt_entry_size: 16,
    iplt_entry_size: 32,
    got_plt_reserved: 3,
    got_reserved: 0,
    got_base: Kind::GotPlt,
    tls_variant: TlsVariant::Two,
    tls_module_bias: 0,
    tls_rewrite_addend: 0,
    rewrites_local_dynamic: true,
    has_pairs: false,
    adjustment: Adjustment::None,
    merge_flags: super::no_flags,
    variant_call_tag: None,
    got_plt_first: None,
    relocation: lathe_isa_x86::relocations::i386,
    write_plt_header,
    write_plt_entry,
    write_iplt_entry,
    lazy_slot: |entry, _| entry + 6,
    relaxation,
    rewrite,
    fill_code: |gap| gap.fill(0x90),
};

fn write_plt_header(out: &mut [u8], header: PltHeader) {
    let (push, jump) = if header.position_independent { (0xb3, 0xa3) } else { (0x35, 0x25) };
    let base = if header.position_independent { 0 } else { header.got_plt };
    out[..16].copy_from_slice(&[
        0xff, push, 0, 0, 0, 0, // push link map
        0xff, jump, 0, 0, 0, 0, // jmp  *resolver
        0x0f, 0x1f, 0x40, 0x00, // nopl 0(%eax)
    ]);
    put32(out, 2, base + 4);
    put32(out, 8, base + 8);
}

fn write_plt_entry(out: &mut [u8], entry: PltEntry) {
    /// Size of a REL entry: what is pushed is an offset.
    const RELOCATION: u32 = 8;
    out[..16].copy_from_slice(&[
        0xff, 0, 0, 0, 0, 0, // jmp  *slot
        0x68, 0, 0, 0, 0, // push $offset
        0xe9, 0, 0, 0, 0, // jmp  header
    ]);
    jump_through(out, entry);
    put32(out, 7, u64::from(entry.index * RELOCATION));
    put32(out, 12, entry.header.wrapping_sub(entry.address + 16));
}

/// Callers of IFUNCs need not know that they are, and have no GOT address in %ebx for this entry.
fn write_iplt_entry(out: &mut [u8], entry: PltEntry) {
    out[..32].fill(0x90);
    if !entry.position_independent {
        out[0] = 0xff;
        return jump_through(out, entry);
    }
    out[..17].copy_from_slice(&[
        0x50, // push %eax
        0xe8, 0, 0, 0, 0,    // call 1f
        0x58, // 1: pop %eax
        0x8b, 0x80, 0, 0, 0, 0, // mov slot-1b(%eax),%eax
        0x87, 0x04, 0x24, // xchg %eax,(%esp)
        0xc3, // ret
    ]);
    put32(out, 9, entry.slot.wrapping_sub(entry.address + 6));
}

/// `jmp *slot`, or `jmp *slot@got(%ebx)`.
fn jump_through(out: &mut [u8], entry: PltEntry) {
    if entry.position_independent {
        out[1] = 0xa3;
        put32(out, 2, entry.slot.wrapping_sub(entry.got_plt));
    } else {
        out[1] = 0x25;
        put32(out, 2, entry.slot);
    }
}

/// A TLS access through `___tls_get_addr`: where the `lea` begins before its field, its length with the call, and the
/// register that holds the GOT's address.
struct Access {
    before: usize,
    length: usize,
    base: u8,
}

/// `lea x@tlsgd(,%r,1),%eax; call f`, or `lea x@tlsgd(%r),%eax; call f; nop`, or `...; call *f@got(%r)`.
fn general_access(data: &[u8], offset: u64) -> Option<Access> {
    if let Some(w) = window(data, offset, 3, 9)
        && let [0x8d, 0x04, sib, _, _, _, _, 0xe8, ..] = *w
        && sib & 0xc7 == 0x05
    {
        return Some(Access { before: 3, length: 12, base: sib >> 3 & 7 });
    }
    let w = window(data, offset, 2, 10)?;
    let [0x8d, modrm, _, _, _, _, first, second, _, _, _, last] = *w else { return None };
    let direct = first == 0xe8 && last == 0x90;
    let converted = first == 0x67 && second == 0xe8;
    let through = first == 0xff && second & 0xf8 == 0x90;
    (modrm & 0xf8 == 0x80 && modrm & 7 != 4 && (direct || converted || through)).then_some(Access {
        before: 2,
        length: 12,
        base: modrm & 7,
    })
}

/// `lea x@tlsldm(%r),%eax; call f`, or `call *f@got(%r)`.
fn local_dynamic_access(data: &[u8], offset: u64) -> Option<Access> {
    let w = window(data, offset, 2, 9)?;
    if w[0] != 0x8d || w[1] & 0xf8 != 0x80 || w[1] & 7 == 4 {
        return None;
    }
    let long = w[6] == 0xff && w[7] & 0xf8 == 0x90 || w[6] == 0x67 && w[7] == 0xe8;
    let length = if w[6] == 0xe8 { 11 } else { 12 };
    let whole = window(data, offset, 2, length - 2).is_some();
    (whole && (long || w[6] == 0xe8)).then_some(Access { before: 2, length, base: w[1] & 7 })
}

/// `disp32(%r)` or, for absolute addresses, `disp32`.
fn is_memory(modrm: u8, absolute: bool) -> bool {
    if absolute { modrm & 0xc7 == 0x05 } else { modrm & 0xc0 == 0x80 && modrm & 7 != 4 }
}

fn relaxation(row: &RelocationRow, data: &[u8], offset: u64, facts: RelaxFacts) -> Relaxation {
    use Relaxation as R;
    let instruction = || window(data, offset, 2, 4).map(|w| [w[0], w[1]]);
    match row.expression {
        Expression::GotSlotRelaxable => {
            let Some([opcode, modrm]) = instruction() else { return R::None };
            let absolute = is_memory(modrm, true);
            let known = opcode == 0x8b && is_memory(modrm, false)
                || opcode == 0xff
                    && matches!(modrm & 0x38, 0x10 | 0x20)
                    && (absolute || is_memory(modrm, false));
            if known && facts.local && facts.in_image && !facts.tls_only {
                R::GotToAddress
            } else if absolute {
                R::AbsoluteSlot
            } else {
                R::None
            }
        }
        Expression::TlsGeneralDynamic if facts.executable && general_access(data, offset).is_some() => {
            if facts.local {
                R::GeneralToLocal
            } else {
                R::GeneralToInitial
            }
        }
        Expression::TlsLocalDynamic if facts.executable && local_dynamic_access(data, offset).is_some() => {
            R::LocalDynamicToLocal
        }
        Expression::TlsGotOffset if facts.executable && facts.local => {
            let absolute = row.number == elf::R_386_TLS_IE;
            if absolute && window(data, offset, 1, 4).is_some_and(|w| w[0] == 0xa1) {
                return R::InitialToLocal;
            }
            match instruction() {
                Some([0x8b | 0x03, modrm]) if is_memory(modrm, absolute) => R::InitialToLocal,
                _ => R::None,
            }
        }
        Expression::TlsDescriptor if facts.executable => match instruction() {
            Some([0x8d, modrm]) if is_memory(modrm, false) && modrm & 0x38 == 0 => {
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

/// `mov %gs:0,%eax`
const READ_THREAD_POINTER: [u8; 6] = [0x65, 0xa1, 0, 0, 0, 0];

fn rewrite(
    relaxation: Relaxation,
    row: &RelocationRow,
    data: &mut [u8],
    offset: u64,
    values: RewriteValues,
) -> Rewritten {
    use Relaxation as R;
    let at = offset as usize;
    let slot_offset = values.tls_slot.wrapping_sub(values.got_base);
    match relaxation {
        R::None => {}
        R::AbsoluteSlot => put32(data, at, values.got_slot.wrapping_add(values.addend as u64)),
        R::GotToAddress => got_to_address(data, at, values),
        R::GeneralToLocal | R::GeneralToInitial => {
            let Some(access) = general_access(data, offset) else { return Rewritten::Unknown };
            let start = at - access.before;
            data[start..start + 6].copy_from_slice(&READ_THREAD_POINTER);
            if relaxation == R::GeneralToLocal {
                data[start + 6..start + 8].copy_from_slice(&[0x81, 0xc0]); // add $x@ntpoff,%eax
                put32(data, start + 8, values.tls_offset as u64);
            } else {
                data[start + 6..start + 8].copy_from_slice(&[0x03, 0x80 | access.base]); // add x@gotntpoff(%r),%eax
                put32(data, start + 8, slot_offset);
            }
        }
        R::LocalDynamicToLocal => {
            let Some(access) = local_dynamic_access(data, offset) else { return Rewritten::Unknown };
            let start = at - access.before;
            data[start..start + 6].copy_from_slice(&READ_THREAD_POINTER);
            let rest: &[u8] = if access.length == 11 {
                &[0x90, 0x8d, 0x74, 0x26, 0x00] // nop; lea 0(%esi),%esi
            } else {
                &[0x8d, 0xb6, 0, 0, 0, 0] // lea 0(%esi),%esi
            };
            data[start + 6..start + access.length].copy_from_slice(rest);
        }
        R::InitialToLocal => {
            if row.number == elf::R_386_TLS_IE && data[at - 1] == 0xa1 {
                data[at - 1] = 0xb8; // mov x@indntpoff,%eax -> mov $x@ntpoff,%eax
            } else {
                let register = data[at - 1] >> 3 & 7;
                let opcode = if data[at - 2] == 0x8b { 0xc7 } else { 0x81 };
                data[at - 2..at].copy_from_slice(&[opcode, 0xc0 | register]);
            }
            put32(data, at, values.tls_offset as u64);
        }
        R::DescriptorToLocal => {
            data[at - 1] = 0x05; // lea x@ntpoff,%eax
            put32(data, at, values.tls_offset as u64);
        }
        R::DescriptorToInitial => {
            data[at - 2] = 0x8b; // mov x@gotntpoff(%r),%eax
            put32(data, at, slot_offset);
        }
        R::DescriptorCallToNothing => data[at..at + 2].copy_from_slice(&[0x66, 0x90]),
    }
    Rewritten::Done
}

fn got_to_address(data: &mut [u8], at: usize, values: RewriteValues) {
    let target = values.address.wrapping_add(values.addend as u64);
    match (data[at - 2], data[at - 1] & 0x38) {
        (0x8b, _) => {
            data[at - 2] = 0x8d; // mov x@got(%r),%s -> lea x@gotoff(%r),%s
            put32(data, at, target.wrapping_sub(values.got_base));
        }
        (_, 0x10) => {
            data[at - 2..at].copy_from_slice(&[0x67, 0xe8]); // call *x@got(%r) -> addr16 call x
            put32(data, at, target.wrapping_sub(values.place + 4));
        }
        _ => {
            data[at - 2] = 0xe9; // jmp *x@got(%r) -> jmp x; nop
            put32(data, at - 1, target.wrapping_sub(values.place + 3));
            data[at + 3] = 0x90;
        }
    }
}

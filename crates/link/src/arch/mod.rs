//! What differs between machines: constants and a few functions per architecture, in one file each.
//!
//! A new machine is a new file with a `static Architecture` and a line in [`ALL`].

use crate::elf::Class;
use crate::output::Kind;
use lathe_isa::relocation::RelocationRow;

pub(crate) mod aarch64;
pub(crate) mod i386;
pub(crate) mod riscv64;
pub(crate) mod x86_64;

/// The dynamic relocation types of a psABI.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DynamicTypes {
    /// The address of a symbol, word-sized, in data.
    pub symbolic: u32,
    pub relative: u32,
    /// The distance of a symbol from the place, word-sized, where code that is not position-independent may go into
    /// shared libraries and be relocated there.
    pub distance: Option<u32>,
    pub glob_dat: u32,
    pub jump_slot: u32,
    pub copy: u32,
    pub irelative: u32,
    pub tls_module: u32,
    pub tls_module_offset: u32,
    pub tls_offset: u32,
    pub tls_descriptor: u32,
}

/// Where the thread pointer stands relative to the executable's TLS block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TlsVariant {
    /// The block begins `gap` bytes after the thread pointer.
    One { gap: u64 },
    /// The block ends at the thread pointer.
    Two,
}

/// What the linker knows about a symbol when it decides how an instruction may be rewritten.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RelaxFacts {
    /// The definition that will be used at run time is in this output (and no IFUNC).
    pub local: bool,
    /// Its address is an address of the image, not a constant.
    pub in_image: bool,
    /// An executable is being made: the TLS block's place is fixed relative to the thread pointer.
    pub executable: bool,
    /// `--no-relax`: only the TLS rewrites.
    pub tls_only: bool,
}

/// An instruction rewritten to do without (part of) the GOT.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Relaxation {
    None,
    /// Load from a GOT slot or call through it: the address itself.
    GotToAddress,
    /// The instruction stays, but wants the slot's absolute address.
    AbsoluteSlot,
    GeneralToInitial,
    GeneralToLocal,
    LocalDynamicToLocal,
    InitialToLocal,
    DescriptorToInitial,
    DescriptorToLocal,
    /// The call through a descriptor becomes nothing.
    DescriptorCallToNothing,
}

impl Relaxation {
    /// Whether the next relocation (the call of `__tls_get_addr`) goes away too.
    pub(crate) fn swallows_next(self) -> bool {
        use Relaxation as R;
        matches!(self, R::GeneralToInitial | R::GeneralToLocal | R::LocalDynamicToLocal)
    }
}

/// How a rewrite went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Rewritten {
    Done,
    /// A value does not fit.
    Overflow,
    /// Not the instruction that the relocation promises.
    Unknown,
}

impl Rewritten {
    /// Done if a value fits.
    pub(crate) fn fits(fits: bool) -> Rewritten {
        if fits { Rewritten::Done } else { Rewritten::Overflow }
    }
}

/// Values for a rewrite.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RewriteValues {
    /// Address of the field.
    pub place: u64,
    pub addend: i64,
    /// Symbol address (GOT rewrites).
    pub address: u64,
    /// Offset from the thread pointer (local exec).
    pub tls_offset: i64,
    /// Address of the slot holding the offset (initial exec).
    pub tls_slot: u64,
    /// Address of the slot holding the symbol's address.
    pub got_slot: u64,
    /// `_GLOBAL_OFFSET_TABLE_`.
    pub got_base: u64,
}

/// The PLT's header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PltHeader {
    pub address: u64,
    pub got_plt: u64,
    /// The code may be loaded anywhere.
    pub position_independent: bool,
}

/// One PLT entry to write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PltEntry {
    pub address: u64,
    /// The `.got.plt` slot's address.
    pub slot: u64,
    /// The PLT header's address.
    pub header: u64,
    /// Index of its relocation.
    pub index: u32,
    pub got_plt: u64,
    /// The code may be loaded anywhere.
    pub position_independent: bool,
}

/// How code is changed when the first layout shows the distances.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Adjustment {
    /// Not at all.
    None,
    /// Calls that do not reach get a thunk.
    Thunks(&'static ThunkRow),
    /// Instructions that are not needed are deleted.
    Deletion,
}

impl Adjustment {
    /// The thunks, if this is their machine.
    pub(crate) fn thunks(self) -> Option<&'static ThunkRow> {
        match self {
            Adjustment::Thunks(row) => Some(row),
            _ => None,
        }
    }
}

/// A machine's thunks.
#[derive(Debug)]
pub(crate) struct ThunkRow {
    /// The relocations of branches that may go through a thunk.
    pub branches: &'static [u32],
    /// Branches reach as far forward, and as far backward.
    pub reach: u64,
    /// Groups of thunks stand this far apart, and their own length less than `reach`.
    pub spacing: u64,
    pub size: u64,
    pub align: u64,
    /// Writes a thunk; whether it reaches its target.
    pub write: fn(&mut [u8], place: u64, target: u64) -> bool,
}

impl ThunkRow {
    /// Whether a branch at a place reaches a target.
    pub(crate) fn reaches(&self, place: u64, target: u64) -> bool {
        let distance = target.wrapping_sub(place) as i64;
        -(self.reach as i64) <= distance && distance < self.reach as i64
    }
}

/// Why objects do not go together.
pub(crate) type FlagsConflict = &'static str;

/// A machine.
pub(crate) struct Architecture {
    pub machine: u16,
    pub class: Class,
    /// RELA rather than REL.
    pub rela: bool,
    pub emulations: &'static [&'static str],
    /// Where `-l` looks after all `-L`: what GNU ld's script has on Debian, without the leading slash.
    pub search_directories: &'static [&'static str],
    pub interpreter: &'static str,
    pub image_base: u64,
    pub max_page_size: u64,
    /// The usual page of the kernel.
    pub page_size: u64,
    pub dynamic: DynamicTypes,
    pub plt_header_size: u64,
    pub plt_entry_size: u64,
    /// Size of the entries that only jump through their slot.
    pub iplt_entry_size: u64,
    /// Words of `.got.plt` before the first slot.
    pub got_plt_reserved: u64,
    /// Words of `.got` before the first slot; the first is the address of `.dynamic`.
    pub got_reserved: u64,
    /// The section that `_GLOBAL_OFFSET_TABLE_` begins.
    pub got_base: Kind,
    pub tls_variant: TlsVariant,
    pub relocation: fn(u32) -> Option<&'static RelocationRow>,
    /// An address inside a module as `__tls_get_addr` takes it is this much less than its offset.
    pub tls_module_bias: u64,
    /// What is added to the addends of TLS accesses that are rewritten: back to the end of the field.
    pub tls_rewrite_addend: i64,
    /// Executables rewrite all local-dynamic accesses, which makes their offsets those of the thread pointer.
    pub rewrites_local_dynamic: bool,
    /// Relocations refer to others by their place.
    pub has_pairs: bool,
    pub adjustment: Adjustment,
    /// e_flags of the output when another object joins in.
    pub merge_flags: fn(so_far: u32, object: u32) -> Result<u32, FlagsConflict>,
    /// The `.dynamic` entry that says that calls of marked symbols go through the PLT.
    pub variant_call_tag: Option<u64>,
    /// The first word of `.got.plt`; `None`: the address of `.dynamic`.
    pub got_plt_first: Option<u64>,
    pub write_plt_header: fn(&mut [u8], PltHeader),
    pub write_plt_entry: fn(&mut [u8], PltEntry),
    /// A PLT entry that only jumps through its slot (IFUNC).
    pub write_iplt_entry: fn(&mut [u8], PltEntry),
    /// What a `.got.plt` slot holds before the first call.
    pub lazy_slot: fn(plt_entry: u64, plt_header: u64) -> u64,
    /// Whether and how the instruction at `offset` may be rewritten.
    pub relaxation: fn(&RelocationRow, data: &[u8], offset: u64, RelaxFacts) -> Relaxation,
    /// Rewrites it.
    pub rewrite: fn(Relaxation, &RelocationRow, data: &mut [u8], offset: u64, RewriteValues) -> Rewritten,
    /// Fills code padding with instructions that do nothing.
    pub fill_code: fn(&mut [u8]),
}

/// e_flags of machines that have none.
pub(crate) fn no_flags(so_far: u32, object: u32) -> Result<u32, FlagsConflict> {
    Ok(so_far | object)
}

/// Puts the low 32 bits of a value.
pub(crate) fn put32(out: &mut [u8], at: usize, value: u64) {
    out[at..at + 4].copy_from_slice(&(value as u32).to_le_bytes());
}

/// Puts instructions of four bytes.
pub(crate) fn put_words(out: &mut [u8], words: &[u32]) {
    for (bytes, word) in out.chunks_exact_mut(4).zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
}

/// The bytes around a field: `before` in front of it, `after` from its start.
pub(crate) fn window(data: &[u8], offset: u64, before: usize, after: usize) -> Option<&[u8]> {
    let offset = usize::try_from(offset).ok()?;
    data.get(offset.checked_sub(before)?..offset.checked_add(after)?)
}

/// All machines.
pub(crate) static ALL: &[&Architecture] =
    &[&x86_64::X86_64, &aarch64::AARCH64, &i386::I386, &riscv64::RISCV64];

/// The machine of `-m`.
pub(crate) fn by_emulation(name: &str) -> Option<&'static Architecture> {
    ALL.iter().copied().find(|arch| arch.emulations.contains(&name))
}

/// The machine of a file.
pub(crate) fn by_machine(machine: u16, class: Class) -> Option<&'static Architecture> {
    ALL.iter().copied().find(|arch| arch.machine == machine && arch.class == class)
}

impl std::fmt::Debug for Architecture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Architecture({})", self.emulations[0])
    }
}

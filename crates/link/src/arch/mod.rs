//! What differs between machines: constants and a few functions per architecture, in one file each.
//!
//! A new machine is a new file with a `static Architecture` and a line in [`ALL`].

use crate::elf::Class;
use lathe_isa::relocation::RelocationRow;

pub(crate) mod x86_64;

/// The dynamic relocation types of a psABI.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DynamicTypes {
    /// The address of a symbol, word-sized, in data.
    pub symbolic: u32,
    pub relative: u32,
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
    #[expect(dead_code, reason = "AArch64 and RISC-V use it")]
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
}

/// A machine.
pub(crate) struct Architecture {
    pub machine: u16,
    pub class: Class,
    /// RELA rather than REL.
    pub rela: bool,
    pub emulations: &'static [&'static str],
    pub interpreter: &'static str,
    pub image_base: u64,
    pub max_page_size: u64,
    /// The usual page of the kernel.
    pub page_size: u64,
    pub dynamic: DynamicTypes,
    pub plt_header_size: u64,
    pub plt_entry_size: u64,
    /// Words of `.got.plt` before the first slot.
    pub got_plt_reserved: u64,
    pub tls_variant: TlsVariant,
    pub relocation: fn(u32) -> Option<&'static RelocationRow>,
    pub write_plt_header: fn(&mut [u8], plt: u64, got_plt: u64),
    pub write_plt_entry: fn(&mut [u8], PltEntry),
    /// A PLT entry that only jumps through its slot (IFUNC).
    pub write_iplt_entry: fn(&mut [u8], PltEntry),
    /// What a `.got.plt` slot holds before the first call.
    pub lazy_slot: fn(plt_entry: u64) -> u64,
    /// Whether and how the instruction at `offset` may be rewritten.
    pub relaxation: fn(&RelocationRow, data: &[u8], offset: u64, RelaxFacts) -> Relaxation,
    /// Rewrites it; false when a value does not fit.
    pub rewrite: fn(Relaxation, data: &mut [u8], offset: u64, RewriteValues) -> bool,
    /// Fills code padding with instructions that do nothing.
    pub fill_code: fn(&mut [u8]),
}

/// All machines.
pub(crate) static ALL: &[&Architecture] = &[&x86_64::X86_64];

/// The machine of `-m`.
pub(crate) fn by_emulation(name: &str) -> Option<&'static Architecture> {
    ALL.iter().copied().find(|arch| arch.emulations.contains(&name))
}

/// Machine and class of `-m`, also of machines that are not done.
pub(crate) fn machine_of_emulation(name: &str) -> Option<(u16, Class)> {
    by_emulation(name).map(|arch| (arch.machine, arch.class))
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

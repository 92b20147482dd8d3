//! The lists of targets and backends: the only place that knows them all.

use lathe_backend::Backend;
use lathe_backend_native::NativeBackend;
use lathe_isa::Isa;
use lathe_target::{Arch, Target};

static NATIVE: NativeBackend = NativeBackend;

/// All backends, the default first.
pub fn backends() -> &'static [&'static dyn Backend] {
    static ALL: &[&dyn Backend] = &[&NATIVE];
    ALL
}

/// The backend with this name.
pub fn backend(name: &str) -> Option<&'static dyn Backend> {
    backends().iter().copied().find(|backend| backend.name() == name)
}

/// The instruction set of a target; `None` for targets whose code Lathe cannot make yet.
pub fn instruction_set(target: &Target) -> Option<&'static dyn Isa> {
    match target.triple.arch {
        Arch::AArch64 => Some(&lathe_isa_aarch64::AARCH64),
        Arch::RiscV64 => Some(lathe_isa_riscv::isa_with(target.features)),
        arch => lathe_isa_x86::isa_of(arch),
    }
}

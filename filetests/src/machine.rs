//! The targets that machine code is made and run for, and whether this machine can run their programs.

use lathe_target::{Arch, Environment, Target, Triple};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A target with what runs its programs.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    /// The name in titles of tests.
    pub name: &'static str,
    arch: Arch,
    /// The emulator; empty where programs run directly.
    emulator: &'static str,
}

/// All targets, this machine's own first.
pub const MACHINES: [Machine; 4] = [
    Machine { name: "x86_64", arch: Arch::X86_64, emulator: "" },
    // A static program of 32-bit x86 runs on this machine too.
    Machine { name: "i686", arch: Arch::X86, emulator: "" },
    Machine { name: "aarch64", arch: Arch::AArch64, emulator: "qemu-aarch64" },
    Machine { name: "riscv64", arch: Arch::RiscV64, emulator: "qemu-riscv64" },
];

impl Machine {
    /// The target.
    pub fn target(&self) -> Target {
        Target::new(Triple { arch: self.arch, environment: Environment::Gnu })
    }

    /// `--target=…`, and how to link: programs for other machines are static, so that the emulator needs nothing.
    pub fn words(&self) -> Vec<String> {
        let mut words = vec![format!("--target={}", self.target().triple)];
        if self.arch != Arch::X86_64 {
            words.push("-static".into());
        }
        words
    }

    /// What is missing to run its programs here; `None` if nothing.
    pub fn missing(&self) -> Option<String> {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let found = |name: &str| std::env::split_paths(&paths).any(|dir| dir.join(name).is_file());
        if !self.emulator.is_empty() && !found(self.emulator) {
            return Some(format!("{} is not installed", self.emulator));
        }
        let triple = self.target().triple;
        let places = [format!("/usr/{triple}/lib/libc.a"), format!("/usr/lib/{}/libc.a", triple.multiarch())];
        let has_libc = places.iter().any(|place| Path::new(place).exists());
        (!has_libc).then(|| format!("there is no C library for {triple}"))
    }

    /// A program under `timeout`, which keeps a miscompiled loop from hanging the tests.
    pub fn run(&self, program: &PathBuf) -> Command {
        let mut run = Command::new("timeout");
        run.arg("60");
        if !self.emulator.is_empty() {
            run.arg(self.emulator);
        }
        run.arg(program);
        run
    }
}

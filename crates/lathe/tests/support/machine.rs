//! The targets that tests compile for: their gcc as oracle, what runs their programs, and what is missing here.

use super::{Ran, TempDir, have, lathe, run};
use std::path::Path;

/// A target.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    /// Short name, in test names and messages.
    pub name: &'static str,
    /// Triple.
    pub triple: &'static str,
    /// Its gcc, and options that make gcc's ABI ours.
    pub gcc: &'static [&'static str],
    /// Its g++.
    pub gxx: &'static str,
    /// The emulator; empty where this machine runs the programs itself.
    emulator: &'static str,
    /// Options of every link.
    link: &'static [&'static str],
}

/// This machine's own target.
pub const X86_64: Machine = Machine {
    name: "x86_64",
    triple: "x86_64-linux-gnu",
    gcc: &["gcc", "-w", "-Wno-psabi"],
    gxx: "g++",
    emulator: "",
    link: &[],
};
/// 32-bit x86: its programs run on this machine, with the C library of the cross packages.
pub const I686: Machine = Machine {
    name: "i686",
    triple: "i686-linux-gnu",
    gcc: &["i686-linux-gnu-gcc", "-w", "-Wno-psabi", "-msse2", "-mfpmath=sse"],
    gxx: "i686-linux-gnu-g++",
    emulator: "",
    link: &[
        "-Wl,--dynamic-linker=/usr/i686-linux-gnu/lib/ld-linux.so.2",
        // DT_RPATH, which also holds for the libraries that a library needs.
        "-Wl,--disable-new-dtags,-rpath,/usr/i686-linux-gnu/lib",
    ],
};
/// 64-bit Arm. gcc would fuse multiplications and additions.
pub const AARCH64: Machine = Machine {
    name: "aarch64",
    triple: "aarch64-linux-gnu",
    gcc: &["aarch64-linux-gnu-gcc", "-w", "-Wno-psabi", "-ffp-contract=off"],
    gxx: "aarch64-linux-gnu-g++",
    emulator: "qemu-aarch64",
    link: &[],
};
/// 64-bit RISC-V.
pub const RISCV64: Machine = Machine {
    name: "riscv64",
    triple: "riscv64-linux-gnu",
    gcc: &["riscv64-linux-gnu-gcc", "-w", "-Wno-psabi", "-ffp-contract=off"],
    gxx: "riscv64-linux-gnu-g++",
    emulator: "qemu-riscv64",
    link: &[],
};

/// Makes a test per target of a function that takes the [`Machine`].
#[macro_export]
macro_rules! on_every_target {
    ($($test:ident),+ $(,)?) => {
        $(mod $test {
            #[test]
            fn x86_64() {
                super::$test($crate::support::machine::X86_64);
            }
            #[test]
            fn i686() {
                super::$test($crate::support::machine::I686);
            }
            #[test]
            fn aarch64() {
                super::$test($crate::support::machine::AARCH64);
            }
            #[test]
            fn riscv64() {
                super::$test($crate::support::machine::RISCV64);
            }
        })+
    };
}

impl Machine {
    /// Whether something is not here, with a message that says what. Programs for this machine need no more than
    /// gcc.
    pub fn is_missing(&self) -> bool {
        for program in [self.gcc[0], self.emulator].into_iter().filter(|p| !p.is_empty()) {
            if !have(program) {
                eprintln!(
                    "skipped {}: {program} is not installed (cargo xtask setup installs it)",
                    self.name
                );
                return true;
            }
        }
        false
    }

    /// Whether this is the machine that the tests run on.
    pub fn is_native(&self) -> bool {
        self.name == X86_64.name
    }

    /// Whether its C library has static position-independent executables.
    pub fn has_static_pie(&self) -> bool {
        Path::new(&format!("/usr/{}/lib/rcrt1.o", self.triple)).exists() || self.is_native()
    }

    /// How much longer programs take here.
    pub fn patience(&self) -> u32 {
        if self.emulator.is_empty() { 1 } else { 10 }
    }

    /// `lathe cc` for the target.
    #[track_caller]
    pub fn cc(&self, directory: &Path, arguments: &[&str]) -> Ran {
        // A static program has no dynamic linker to name.
        let link = if arguments.contains(&"-static-pie") { &[] } else { self.link };
        self.lathe(directory, "cc", &[arguments, link].concat())
    }

    /// A command of `lathe` for the target.
    #[track_caller]
    pub fn lathe(&self, directory: &Path, command: &str, arguments: &[&str]) -> Ran {
        let target = format!("--target={}", self.triple);
        let words: Vec<&str> = [target.as_str()].into_iter().chain(arguments.iter().copied()).collect();
        lathe(directory, command, &words)
    }

    /// The target's g++.
    #[track_caller]
    pub fn gxx(&self, directory: &Path, arguments: &[&str]) -> Ran {
        let words: Vec<&str> = [self.gxx].iter().chain(arguments).chain(self.link).copied().collect();
        run(directory, 240, &words)
    }

    /// The target's gcc.
    #[track_caller]
    pub fn gcc(&self, directory: &Path, arguments: &[&str]) -> Ran {
        let words: Vec<&str> = self.gcc.iter().chain(arguments).chain(self.link).copied().collect();
        run(directory, 240, &words)
    }

    /// The words before a program of the target.
    pub fn runner(&self) -> Vec<String> {
        if self.emulator.is_empty() {
            return Vec::new();
        }
        vec![self.emulator.into(), "-L".into(), format!("/usr/{}", self.triple)]
    }

    /// Runs a program of the target, for at most `seconds` (more under emulation).
    #[track_caller]
    pub fn run(&self, directory: &Path, seconds: u32, words: &[&str]) -> Ran {
        let runner = self.runner();
        let all: Vec<&str> = runner.iter().map(String::as_str).chain(words.iter().copied()).collect();
        run(directory, seconds * self.patience(), &all)
    }

    /// A directory for a test of the target.
    pub fn directory(&self, test: &str) -> TempDir {
        TempDir::new(&format!("{test}-{}", self.name))
    }
}

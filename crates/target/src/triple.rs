//! Target triples: `ARCH[-VENDOR]-linux-ENVIRONMENT`.

use std::fmt;
use std::str::FromStr;

/// Instruction set and pointer width.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Arch {
    /// 32-bit x86, SSE2 baseline (i686).
    X86,
    /// x86-64.
    X86_64,
    /// 64-bit Arm.
    AArch64,
    /// 64-bit RISC-V, `rv64gc` baseline.
    RiscV64,
}

impl Arch {
    /// All, in the order of the documentation.
    pub const ALL: [Arch; 4] = [Arch::X86_64, Arch::X86, Arch::AArch64, Arch::RiscV64];

    /// The name in a triple.
    pub fn name(self) -> &'static str {
        match self {
            Arch::X86 => "i686",
            Arch::X86_64 => "x86_64",
            Arch::AArch64 => "aarch64",
            Arch::RiscV64 => "riscv64",
        }
    }

    /// Bytes in an address.
    pub fn pointer_bytes(self) -> u32 {
        if self == Arch::X86 { 4 } else { 8 }
    }

    /// `e_machine` (ELF gABI): the number in every object of this machine.
    pub fn elf_machine(self) -> u16 {
        match self {
            Arch::X86 => 3,
            Arch::X86_64 => 62,
            Arch::AArch64 => 183,
            Arch::RiscV64 => 243,
        }
    }
}

/// C library and ABI variant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Environment {
    /// glibc.
    Gnu,
    /// musl.
    Musl,
    /// No operating system.
    Bare,
}

/// A parsed triple.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Triple {
    /// Instruction set.
    pub arch: Arch,
    /// C library.
    pub environment: Environment,
}

impl Triple {
    /// Debian's name of the library directory (`x86_64-linux-gnu`).
    pub fn multiarch(self) -> &'static str {
        match self.arch {
            Arch::X86 => "i386-linux-gnu",
            Arch::X86_64 => "x86_64-linux-gnu",
            Arch::AArch64 => "aarch64-linux-gnu",
            Arch::RiscV64 => "riscv64-linux-gnu",
        }
    }
}

impl fmt::Display for Triple {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arch = self.arch.name();
        match self.environment {
            Environment::Gnu => write!(f, "{arch}-linux-gnu"),
            Environment::Musl => write!(f, "{arch}-linux-musl"),
            Environment::Bare => write!(f, "{arch}-unknown-none"),
        }
    }
}

/// The triple names no machine that Lathe knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownTarget {
    /// What was given.
    pub given: String,
}

impl fmt::Display for UnknownTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown target '{}'; known are", self.given)?;
        for (i, arch) in Arch::ALL.iter().enumerate() {
            write!(f, "{} {}-linux-gnu", if i == 0 { "" } else { "," }, arch.name())?;
        }
        f.write_str(" (and -linux-musl)")
    }
}

impl std::error::Error for UnknownTarget {}

impl FromStr for Triple {
    type Err = UnknownTarget;

    fn from_str(text: &str) -> Result<Triple, UnknownTarget> {
        let unknown = || UnknownTarget { given: text.to_string() };
        let mut parts = text.split('-');
        let arch = match parts.next().unwrap_or_default() {
            "i386" | "i486" | "i586" | "i686" => Arch::X86,
            "x86_64" | "amd64" => Arch::X86_64,
            "aarch64" | "arm64" => Arch::AArch64,
            "riscv64" | "riscv64gc" => Arch::RiscV64,
            _ => return Err(unknown()),
        };
        let rest: Vec<&str> = parts.collect();
        let environment = match rest.as_slice() {
            [] => Environment::Gnu,
            [.., "linux", "gnu"] => Environment::Gnu,
            [.., "linux", "musl"] => Environment::Musl,
            [.., "linux"] => Environment::Gnu,
            [.., "none" | "elf"] => Environment::Bare,
            _ => return Err(unknown()),
        };
        Ok(Triple { arch, environment })
    }
}

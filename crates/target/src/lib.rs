//! What a target is: triple, data layout, features, code models. Plain data.
//!
//! In: a triple or a command-line option. Out: [`Target`], which the IR reader, the C front-end,
//! the backends, the assembler and the linker all take by reference.
//!
//! Nothing here knows how to generate code. Start at [`Target`] and [`triple::Triple`].
#![deny(missing_docs)]

pub mod cpu;
pub mod features;
pub mod layout;
pub mod triple;

pub use features::FeatureSet;
pub use layout::{DataLayout, LongDouble, ScalarLayout};
pub use triple::{Arch, Environment, Triple, UnknownTarget};

/// How addresses are formed (`-fPIC`, `-fpie`, none).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RelocModel {
    /// Fixed addresses (`-fno-pic`).
    Static,
    /// Position-independent executable: own symbols are not preemptible.
    #[default]
    Pie,
    /// Position-independent shared object: default-visibility symbols are preemptible.
    Pic,
}

/// How far apart code and data may be (`-mcmodel=`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum CodeModel {
    /// Everything in the low (or any one) 2 GiB; the default of every target.
    #[default]
    Small,
    /// Everything in the top 2 GiB (x86-64 kernels).
    Kernel,
    /// Code near, big data anywhere; RISC-V `medany`.
    Medium,
    /// Anything anywhere.
    Large,
}

/// Everything that depends on the machine compiled for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// The triple.
    pub triple: Triple,
    /// Sizes and alignments.
    pub layout: DataLayout,
    /// CPU features that code may use.
    pub features: FeatureSet,
    /// Address forming.
    pub reloc_model: RelocModel,
    /// Distance assumptions.
    pub code_model: CodeModel,
}

impl Target {
    /// The target of a triple, with its baseline features.
    ///
    /// # Errors
    /// When the triple names no known machine; the error lists the known ones.
    pub fn from_triple(text: &str) -> Result<Target, UnknownTarget> {
        let triple: Triple = text.parse()?;
        Ok(Target::new(triple))
    }

    /// The target of a parsed triple.
    pub fn new(triple: Triple) -> Target {
        Target {
            layout: DataLayout::of(triple.arch),
            features: FeatureSet::baseline(triple.arch),
            triple,
            reloc_model: RelocModel::default(),
            code_model: CodeModel::default(),
        }
    }

    /// The machine that this program runs on (x86-64 Linux where it is none of the known ones).
    pub fn host() -> Target {
        let arch = match std::env::consts::ARCH {
            "x86" => Arch::X86,
            "aarch64" => Arch::AArch64,
            "riscv64" => Arch::RiscV64,
            _ => Arch::X86_64,
        };
        Target::new(Triple { arch, environment: Environment::Gnu })
    }
}

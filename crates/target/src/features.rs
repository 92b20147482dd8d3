//! CPU features: one table of names, a bit set over it.

use crate::triple::Arch;

macro_rules! features {
    ($($id:ident $name:literal $arch:ident;)*) => {
        /// A CPU feature that changes which instructions may be emitted.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        #[allow(missing_docs)]
        pub enum Feature { $($id),* }

        /// All features with their option names (`-m<name>`, `-march=…+<name>`) and families.
        pub const FEATURES: &[(Feature, &str, Family)] = &[$((Feature::$id, $name, Family::$arch)),*];
    };
}

/// The instruction-set family that a feature belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    /// i686 and x86-64.
    X86,
    /// AArch64.
    Arm,
    /// RISC-V.
    RiscV,
}

impl Family {
    /// The family of an architecture.
    pub const fn of(arch: Arch) -> Family {
        match arch {
            Arch::X86 | Arch::X86_64 => Family::X86,
            Arch::AArch64 => Family::Arm,
            Arch::RiscV64 => Family::RiscV,
        }
    }
}

features! {
    Sse "sse" X86; Sse2 "sse2" X86; Sse3 "sse3" X86; Ssse3 "ssse3" X86; Sse41 "sse4.1" X86;
    Sse42 "sse4.2" X86; Popcnt "popcnt" X86; Lzcnt "lzcnt" X86; Bmi1 "bmi" X86; Bmi2 "bmi2" X86;
    Avx "avx" X86; Avx2 "avx2" X86; Fma "fma" X86; F16c "f16c" X86; Movbe "movbe" X86;
    Cx16 "cx16" X86; Aes "aes" X86; Pclmul "pclmul" X86; Sha "sha" X86; Avx512f "avx512f" X86;
    Lse "lse" Arm; Fp16 "fp16" Arm; Crc "crc" Arm; Crypto "crypto" Arm; Sve "sve" Arm;
    Rdm "rdma" Arm; Dotprod "dotprod" Arm; Jscvt "jscvt" Arm; Fcma "fcma" Arm; Frint "frintts" Arm;
    Compressed "c" RiscV; Zba "zba" RiscV; Zbb "zbb" RiscV; Zbs "zbs" RiscV; Zicond "zicond" RiscV;
    Zfh "zfh" RiscV; Vector "v" RiscV;
    // How the machine is used rather than what it has: from options of their own, never from a CPU's name.
    Armv9 "armv9" Arm;
    OutlineAtomics "outline-atomics" Arm; StrictAlignArm "strict-align" Arm;
    BranchTargets "bti" Arm; SignReturnAddress "pac-ret" Arm;
    StrictAlignRiscV "strict-align" RiscV; Relax "relax" RiscV;
}

/// A set of features.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct FeatureSet(u64);

impl FeatureSet {
    /// No feature.
    pub const NONE: FeatureSet = FeatureSet(0);

    /// What every machine of the architecture's Linux port has.
    pub const fn baseline(arch: Arch) -> FeatureSet {
        match arch {
            Arch::X86 | Arch::X86_64 => FeatureSet::NONE.with(Feature::Sse).with(Feature::Sse2),
            Arch::AArch64 => FeatureSet::NONE,
            Arch::RiscV64 => FeatureSet::NONE.with(Feature::Compressed).with(Feature::Relax),
        }
    }

    /// This set and one more.
    #[must_use]
    pub const fn with(self, feature: Feature) -> FeatureSet {
        FeatureSet(self.0 | 1 << feature as u8)
    }

    /// This set without one.
    #[must_use]
    pub const fn without(self, feature: Feature) -> FeatureSet {
        FeatureSet(self.0 & !(1 << feature as u8))
    }

    /// This set and another.
    #[must_use]
    pub const fn union(self, other: FeatureSet) -> FeatureSet {
        FeatureSet(self.0 | other.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a feature is in the set.
    pub const fn has(self, feature: Feature) -> bool {
        self.0 >> (feature as u8) & 1 != 0
    }

    /// The feature of an option name in an architecture's family.
    pub fn find(arch: Arch, name: &str) -> Option<Feature> {
        let family = Family::of(arch);
        FEATURES.iter().find(|(_, n, f)| *n == name && *f == family).map(|(id, ..)| *id)
    }
}

//! What `-march=`, `-mcpu=`, `-mtune=` and `-mabi=` say, as tables of names.
//!
//! In: the text after the option. Out: the features of a [`Target`], or an [`UnknownName`] that lists what is known.
//!
//! Sources: GCC 12 manual, "x86 Options", "AArch64 Options", "RISC-V Options"; Arm Architecture Reference Manual
//! A2 (what each version of the architecture adds); RISC-V Unprivileged ISA, "ISA Extension Naming Conventions".

use crate::features::{Family, Feature, FeatureSet};
use crate::{Arch, Target};
use Feature::*;
use std::fmt;

/// A name that the option does not know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownName {
    /// The option: `-march=`.
    pub option: &'static str,
    /// What was given.
    pub given: String,
    /// What is known.
    pub known: Vec<&'static str>,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown value '{}' for '{}'; known are {}", self.given, self.option, self.known.join(", "))
    }
}

impl std::error::Error for UnknownName {}

/// A name and the features that it stands for besides those of another name.
struct Row {
    name: &'static str,
    /// The name of the row that it adds to; empty for none.
    base: &'static str,
    adds: &'static [Feature],
}

const fn row(name: &'static str, base: &'static str, adds: &'static [Feature]) -> Row {
    Row { name, base, adds }
}

/// x86: architectures and processors, which are one list there.
static X86: &[Row] = &[
    row("x86-64", "", &[Sse, Sse2]),
    row("x86-64-v2", "x86-64", &[Sse3, Ssse3, Sse41, Sse42, Popcnt, Cx16]),
    row("x86-64-v3", "x86-64-v2", &[Avx, Avx2, Bmi1, Bmi2, F16c, Fma, Lzcnt, Movbe]),
    row("x86-64-v4", "x86-64-v3", &[Avx512f]),
    row("i686", "x86-64", &[]),
    row("pentium4", "x86-64", &[]),
    row("prescott", "x86-64", &[Sse3]),
    row("nocona", "x86-64", &[Sse3, Cx16]),
    row("core2", "nocona", &[Ssse3]),
    row("nehalem", "x86-64-v2", &[]),
    row("corei7", "nehalem", &[]),
    row("westmere", "nehalem", &[Pclmul]),
    row("sandybridge", "westmere", &[Avx]),
    row("ivybridge", "sandybridge", &[F16c]),
    row("haswell", "x86-64-v3", &[Pclmul]),
    row("broadwell", "haswell", &[]),
    row("skylake", "broadwell", &[Aes]),
    row("skylake-avx512", "skylake", &[Avx512f]),
    row("cascadelake", "skylake-avx512", &[]),
    row("icelake-client", "skylake-avx512", &[Sha]),
    row("icelake-server", "icelake-client", &[]),
    row("sapphirerapids", "icelake-server", &[]),
    row("alderlake", "skylake", &[Sha]),
    row("bonnell", "core2", &[Movbe]),
    row("silvermont", "westmere", &[Movbe]),
    row("goldmont", "silvermont", &[Aes, Sha]),
    row("k8", "x86-64", &[]),
    row("opteron", "k8", &[]),
    row("athlon64", "k8", &[]),
    row("amdfam10", "k8", &[Sse3, Cx16, Popcnt, Lzcnt]),
    row("btver2", "x86-64-v2", &[Avx, Bmi1, F16c, Lzcnt, Movbe, Aes, Pclmul]),
    row("bdver4", "x86-64-v3", &[Aes, Pclmul]),
    row("znver1", "x86-64-v3", &[Aes, Pclmul, Sha]),
    row("znver2", "znver1", &[]),
    row("znver3", "znver2", &[]),
    row("znver4", "znver3", &[Avx512f]),
];

/// AArch64: versions of the architecture.
static ARM_VERSIONS: &[Row] = &[
    row("armv8-a", "", &[]),
    row("armv8.1-a", "armv8-a", &[Lse, Crc, Rdm]),
    row("armv8.2-a", "armv8.1-a", &[]),
    row("armv8.3-a", "armv8.2-a", &[Jscvt, Fcma]),
    row("armv8.4-a", "armv8.3-a", &[Dotprod]),
    row("armv8.5-a", "armv8.4-a", &[Frint]),
    row("armv8.6-a", "armv8.5-a", &[]),
    row("armv8.7-a", "armv8.6-a", &[]),
    row("armv8.8-a", "armv8.7-a", &[]),
    row("armv9-a", "armv8.5-a", &[Armv9, Fp16, Sve]),
];

/// AArch64: processors.
static ARM_CPUS: &[Row] = &[
    row("generic", "", &[]),
    row("cortex-a34", "", &[Crc]),
    row("cortex-a35", "", &[Crc]),
    row("cortex-a53", "", &[Crc]),
    row("cortex-a57", "", &[Crc]),
    row("cortex-a72", "", &[Crc]),
    row("cortex-a73", "", &[Crc]),
    row("thunderx", "", &[Crc, Crypto]),
    row("cortex-a55", "", &[Lse, Crc, Rdm, Fp16, Dotprod]),
    row("cortex-a75", "cortex-a55", &[]),
    row("cortex-a76", "cortex-a55", &[]),
    row("cortex-a77", "cortex-a55", &[]),
    row("cortex-a78", "cortex-a55", &[]),
    row("cortex-x1", "cortex-a55", &[]),
    row("neoverse-n1", "cortex-a55", &[]),
    row("neoverse-v1", "cortex-a55", &[Jscvt, Fcma, Crypto, Sve]),
    row("neoverse-n2", "neoverse-v1", &[Frint, Armv9]),
    row("cortex-a510", "neoverse-n2", &[]),
    row("cortex-a710", "neoverse-n2", &[]),
    row("cortex-x2", "neoverse-n2", &[]),
    row("thunderx2t99", "", &[Lse, Crc, Rdm, Crypto]),
    row("a64fx", "", &[Lse, Crc, Rdm, Fp16, Fcma, Sve]),
    row("ampere1", "neoverse-n1", &[Jscvt, Fcma, Frint]),
];

/// RISC-V: processors, all of `rv64gc`.
static RISCV_CPUS: &[Row] = &[
    row("rocket", "", &[Compressed]),
    row("sifive-u54", "", &[Compressed]),
    row("sifive-u74", "", &[Compressed]),
    row("sifive-7-series", "", &[Compressed]),
    row("thead-c906", "", &[Compressed]),
    row("size", "", &[Compressed]),
];

/// RISC-V extensions that may stand in `-march=` and are part of every `rv64g` machine, or hint instructions.
const RISCV_IMPLIED: &[&str] =
    &["zicsr", "zifencei", "zicntr", "zihpm", "zmmul", "zihintpause", "zaamo", "zalrsc", "zawrs", "ziccif"];

fn features_of(rows: &[Row], name: &str) -> Option<FeatureSet> {
    let mut set = FeatureSet::NONE;
    let mut at = name;
    loop {
        let row = rows.iter().find(|row| row.name == at)?;
        for feature in row.adds {
            set = set.with(*feature);
        }
        if row.base.is_empty() {
            return Some(set);
        }
        at = row.base;
    }
}

fn unknown(option: &'static str, given: &str, rows: &[&[Row]]) -> UnknownName {
    let known = rows.iter().flat_map(|rows| rows.iter().map(|row| row.name)).collect();
    UnknownName { option, given: given.into(), known }
}

/// Those of the set that say how the machine is used.
fn usage(set: FeatureSet) -> FeatureSet {
    let kept = [OutlineAtomics, StrictAlignArm, BranchTargets, SignReturnAddress, StrictAlignRiscV, Relax];
    kept.into_iter().filter(|f| set.has(*f)).fold(FeatureSet::NONE, FeatureSet::with)
}

impl Target {
    /// `-march=`: replaces the CPU features.
    ///
    /// # Errors
    /// When the architecture or an extension of it is not known.
    pub fn set_march(&mut self, text: &str) -> Result<(), UnknownName> {
        let set = match self.triple.arch {
            Arch::X86 | Arch::X86_64 => {
                features_of(X86, text).ok_or_else(|| unknown("-march=", text, &[X86]))?
            }
            Arch::AArch64 => with_modifiers("-march=", text, ARM_VERSIONS)?,
            Arch::RiscV64 => riscv_extensions(text)?,
        };
        self.features = set.union(usage(self.features));
        Ok(())
    }

    /// `-mcpu=`: replaces the CPU features by those of a processor (x86: only tunes, as in gcc).
    ///
    /// # Errors
    /// When the processor is not known.
    pub fn set_mcpu(&mut self, text: &str) -> Result<(), UnknownName> {
        let set = match self.triple.arch {
            Arch::X86 | Arch::X86_64 => return self.check_mtune(text),
            Arch::AArch64 => with_modifiers("-mcpu=", text, ARM_CPUS)?,
            Arch::RiscV64 => {
                features_of(RISCV_CPUS, text).ok_or_else(|| unknown("-mcpu=", text, &[RISCV_CPUS]))?
            }
        };
        self.features = set.union(usage(self.features));
        Ok(())
    }

    /// `-mtune=`: no effect beyond the check of the name.
    ///
    /// # Errors
    /// When the processor is not known.
    pub fn check_mtune(&self, text: &str) -> Result<(), UnknownName> {
        let (rows, more): (&[Row], &[&'static str]) = match Family::of(self.triple.arch) {
            Family::X86 => (X86, &["generic", "intel", "atom"]),
            Family::Arm => (ARM_CPUS, &[]),
            Family::RiscV => (RISCV_CPUS, &[]),
        };
        if more.contains(&text) || rows.iter().any(|row| row.name == text) {
            return Ok(());
        }
        let mut error = unknown("-mtune=", text, &[rows]);
        error.known.extend(more);
        Err(error)
    }

    /// `-mabi=`: the ABIs that exist here are each target's usual one.
    ///
    /// # Errors
    /// For others.
    pub fn check_mabi(&self, text: &str) -> Result<(), UnknownName> {
        let known = match self.triple.arch {
            Arch::X86 | Arch::X86_64 => "sysv",
            Arch::AArch64 => "lp64",
            Arch::RiscV64 => "lp64d",
        };
        match text == known {
            true => Ok(()),
            false => Err(UnknownName { option: "-mabi=", given: text.into(), known: vec![known] }),
        }
    }
}

/// `NAME+feature+nofeature…`
fn with_modifiers(option: &'static str, text: &str, rows: &[Row]) -> Result<FeatureSet, UnknownName> {
    let mut parts = text.split('+');
    let name = parts.next().unwrap_or_default();
    let mut set = features_of(rows, name).ok_or_else(|| unknown(option, name, &[rows]))?;
    for part in parts {
        let (on, name) = part.strip_prefix("no").map_or((true, part), |name| (false, name));
        // What code for Linux has anyway, and what changes nothing here.
        if on && ["fp", "simd", "nodsp", "profile", "pauth", "rcpc", "sb", "ssbs", "predres"].contains(&name)
        {
            continue;
        }
        let features: &[Feature] = match name {
            "aes" | "sha2" | "crypto" => &[Crypto],
            "rdma" => &[Rdm],
            _ => &[],
        };
        let found = FeatureSet::find(Arch::AArch64, name);
        let all: Vec<Feature> = features.iter().copied().chain(found).collect();
        if all.is_empty() || !usage(all.iter().fold(FeatureSet::NONE, |s, f| s.with(*f))).is_empty() {
            let known =
                ["lse", "fp16", "crc", "crypto", "aes", "sha2", "sve", "rdma", "dotprod", "fp", "simd"];
            return Err(UnknownName { option, given: format!("+{part}"), known: known.into() });
        }
        for feature in all {
            set = if on { set.with(feature) } else { set.without(feature) };
        }
    }
    Ok(set)
}

/// `rv64gc_zba_zbb1p0…`
fn riscv_extensions(text: &str) -> Result<FeatureSet, UnknownName> {
    let error = |given: &str| UnknownName {
        option: "-march=",
        given: given.into(),
        known: vec![
            "rv64g",
            "rv64gc",
            "rv64imafd",
            "rv64imafdc",
            "with extensions _zba",
            "_zbb",
            "_zbs",
            "_zicond",
            "_zfh",
            "v",
            "_zicsr",
            "_zifencei",
        ],
    };
    let mut parts = text.split('_');
    let base = parts.next().unwrap_or_default();
    let letters = base.strip_prefix("rv64").ok_or_else(|| error(text))?;
    let (mut set, mut seen) = (FeatureSet::NONE, String::new());
    for (at, letter) in letters.char_indices() {
        match letter {
            'g' => seen.push_str("imafd"),
            'i' | 'm' | 'a' | 'f' | 'd' => seen.push(letter),
            'c' => set = set.with(Compressed),
            'v' => set = set.with(Vector),
            // The version of the extension before it: `2p0`.
            '0'..='9' | 'p' if at > 0 => {}
            'z' => {
                // The first multi-letter extension may stand without an underscore.
                set = set.union(riscv_extension(&letters[at..]).ok_or_else(|| error(text))?);
                break;
            }
            _ => return Err(error(text)),
        }
    }
    for part in parts {
        set = set.union(riscv_extension(part).ok_or_else(|| error(text))?);
    }
    // The ABI is lp64d.
    if !"imafd".chars().all(|letter| seen.contains(letter)) {
        return Err(error(text));
    }
    Ok(set)
}

fn riscv_extension(text: &str) -> Option<FeatureSet> {
    let known = |name: &str| {
        if name == "zb" || name.len() == 1 && !"cv".contains(name) {
            return None;
        }
        if RISCV_IMPLIED.contains(&name) {
            return Some(FeatureSet::NONE);
        }
        let feature = FeatureSet::find(Arch::RiscV64, name)?;
        usage(FeatureSet::NONE.with(feature)).is_empty().then_some(FeatureSet::NONE.with(feature))
    };
    let version = text.trim_end_matches(|c: char| c.is_ascii_digit() || c == 'p');
    known(text).or_else(|| known(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(triple: &str, march: &str) -> Result<FeatureSet, UnknownName> {
        let mut target = Target::from_triple(triple).expect("a known triple");
        target.set_march(march)?;
        Ok(target.features)
    }

    #[test]
    fn names_stand_for_features() {
        let v3 = features("x86_64-linux-gnu", "x86-64-v3").expect("known");
        assert!(v3.has(Avx2) && v3.has(Sse42) && v3.has(Sse2) && !v3.has(Avx512f));
        let lse = features("aarch64-linux-gnu", "armv8.1-a+crypto+nocrc").expect("known");
        assert!(lse.has(Lse) && lse.has(Crypto) && !lse.has(Crc));
        let zb = features("riscv64-linux-gnu", "rv64gc_zba_zbb1p0_zicsr").expect("known");
        assert!(zb.has(Compressed) && zb.has(Zba) && zb.has(Zbb) && zb.has(Relax) && !zb.has(Zbs));
        assert!(!features("riscv64-linux-gnu", "rv64imafd").expect("known").has(Compressed));
        assert!(features("riscv64-linux-gnu", "rv64i2p1m2p0a2p1f2p2d2p2c2p0_zicsr2p0").is_ok());
    }

    #[test]
    fn unknown_names_list_the_known() {
        for (triple, march) in [
            ("x86_64-linux-gnu", "pentium9"),
            ("aarch64-linux-gnu", "armv7-a"),
            ("aarch64-linux-gnu", "armv8-a+wings"),
            ("riscv64-linux-gnu", "rv64imac"),
            ("riscv64-linux-gnu", "rv32gc"),
            ("riscv64-linux-gnu", "rv64gc_zfoo"),
        ] {
            let error = features(triple, march).expect_err(march).to_string();
            assert!(error.contains("known are ") && error.contains("-march="), "{error}");
        }
    }
}

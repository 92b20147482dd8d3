//! `-m` options: what each target's machine has and how it is used.
//!
//! In: the words, once the target is known (`-march=` may stand before `--target=`). Out: the features and the code
//! model of the target. A word that a target does not know is a warning, as `-f` words are; a value that an option
//! does not know is an error that lists the known ones.

use super::options::Options;
use crate::command::arguments::UsageError;
use lathe_target::features::Feature;
use lathe_target::{Arch, CodeModel, FeatureSet};

/// Words without effect on the code of a target: they say what holds anyway, or tune.
fn is_without_effect(arch: Arch, name: &str) -> bool {
    let x86 = [
        "fpmath=sse",
        "no-mmx",
        "no-3dnow",
        "80387",
        "hard-float",
        "long-double-80",
        "tls-dialect=gnu",
        "stack-protector-guard=tls",
        "no-stackrealign",
    ];
    let arm = [
        "little-endian",
        "omit-leaf-frame-pointer",
        "tls-dialect=desc",
        "tls-size=24",
        "no-fix-cortex-a53-835769",
        "no-fix-cortex-a53-843419",
        "pc-relative-literal-loads",
        "branch-protection=none",
        "sign-return-address=none",
        "stack-protector-guard=global",
        "outline-atomics",
        "no-outline-atomics",
    ];
    let riscv = [
        "little-endian",
        "plt",
        "div",
        "fdiv",
        "explicit-relocs",
        "no-save-restore",
        "riscv-attribute",
        "preferred-stack-boundary=4",
        "shorten-memrefs",
        "no-shorten-memrefs",
        "stack-protector-guard=global",
    ];
    match arch {
        Arch::X86_64 => {
            x86.contains(&name)
                || ["accumulate-outgoing-args", "no-accumulate-outgoing-args", "align-double", "no-80387"]
                    .contains(&name)
        }
        Arch::X86 => x86.contains(&name),
        Arch::AArch64 => arm.contains(&name),
        Arch::RiscV64 => riscv.contains(&name) || name.starts_with("branch-cost="),
    }
}

/// Applies a `-m` word, whole.
pub(super) fn apply(o: &mut Options, word: &str) -> Result<(), UsageError> {
    let name = word.strip_prefix("-m").unwrap_or(word);
    let arch = o.target.triple.arch;
    if let Some((option, value)) = name.split_once('=')
        && let Some(outcome) = valued(o, arch, option, value)
    {
        return outcome;
    }
    if is_without_effect(arch, name) {
        return Ok(());
    }
    let (on, feature) = name.strip_prefix("no-").map_or((true, name), |feature| (false, feature));
    match (feature, arch) {
        ("sse4", Arch::X86 | Arch::X86_64) => {
            for name in ["sse3", "ssse3", "sse4.1", "sse4.2", "popcnt"] {
                set(o, name, on || name != "sse4.1" && name != "sse4.2");
            }
        }
        ("general-regs-only", Arch::AArch64) if on => {
            return Err(UsageError::new(format!("option '{word}' is not supported")));
        }
        ("plt", Arch::RiscV64) => o.features.plt = on,
        ("big-endian", Arch::AArch64 | Arch::RiscV64) if on => {
            return Err(UsageError::new(format!(
                "option '{word}' is not supported: all targets are little-endian"
            )));
        }
        // Extensions of AArch64 and RISC-V are named in `-march=` only; the rest of their table is options.
        (_, Arch::X86 | Arch::X86_64) | ("strict-align" | "relax", _)
            if FeatureSet::find(arch, feature).is_some() =>
        {
            set(o, feature, on);
        }
        _ => o.unknown.push(word.into()),
    }
    Ok(())
}

fn set(o: &mut Options, name: &str, on: bool) {
    if let Some(feature) = FeatureSet::find(o.target.triple.arch, name) {
        let set = o.target.features;
        o.target.features = if on { set.with(feature) } else { set.without(feature) };
    }
}

/// `-mOPTION=VALUE`; `None` for options that are not known here.
fn valued(o: &mut Options, arch: Arch, option: &str, value: &str) -> Option<Result<(), UsageError>> {
    let usage = |error: lathe_target::cpu::UnknownName| UsageError::new(error.to_string());
    Some(match (option, arch) {
        ("arch", Arch::X86 | Arch::X86_64) if value == "native" => {
            native(o);
            Ok(())
        }
        ("tune" | "cpu", Arch::X86 | Arch::X86_64) if value == "native" => Ok(()),
        ("arch", _) => o.target.set_march(value).map_err(usage),
        ("cpu", _) => o.target.set_mcpu(value).map_err(usage),
        ("tune", _) => o.target.check_mtune(value).map_err(usage),
        ("abi", _) => o.target.check_mabi(value).map_err(usage),
        ("cmodel", _) => code_model(o, arch, value),
        ("regparm", Arch::X86) => match value.parse() {
            Ok(count @ 0..=3) => {
                o.features.register_parameters = count;
                Ok(())
            }
            _ => Err(UsageError::new(format!("'-mregparm={value}' is not between 0 and 3"))),
        },
        ("regparm", Arch::X86_64) => Err(UsageError::new("'-mregparm' is for 32-bit x86 only")),
        ("branch-protection" | "sign-return-address", Arch::AArch64) => branch_protection(value),
        ("fpmath", Arch::X86) if value != "sse" => {
            Err(UsageError::new(format!("'-mfpmath={value}' is not supported: floating point is SSE2's")))
        }
        ("tls-dialect", Arch::AArch64) if value == "trad" => {
            Err(UsageError::new("'-mtls-dialect=trad' is not supported: descriptors are used"))
        }
        _ => return None,
    })
}

/// The features of this machine, as far as they can be asked for.
fn native(o: &mut Options) {
    #[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
    {
        macro_rules! detect {
            ($($name:tt $feature:ident),*) => {
                $(if std::arch::is_x86_feature_detected!($name) {
                    o.target.features = o.target.features.with(Feature::$feature);
                })*
            };
        }
        detect!(
            "sse3" Sse3, "ssse3" Ssse3, "sse4.1" Sse41, "sse4.2" Sse42, "popcnt" Popcnt, "lzcnt" Lzcnt,
            "bmi1" Bmi1, "bmi2" Bmi2, "avx" Avx, "avx2" Avx2, "fma" Fma, "f16c" F16c, "movbe" Movbe,
            "cmpxchg16b" Cx16, "aes" Aes, "pclmulqdq" Pclmul, "sha" Sha
        );
    }
    let _ = (o, Feature::Sse);
}

fn code_model(o: &mut Options, arch: Arch, value: &str) -> Result<(), UsageError> {
    let known: &[(&str, CodeModel)] = match arch {
        Arch::RiscV64 => &[("medlow", CodeModel::Small), ("medany", CodeModel::Medium)],
        Arch::X86 => &[("32", CodeModel::Small)],
        Arch::X86_64 | Arch::AArch64 => &[("small", CodeModel::Small)],
    };
    match known.iter().find(|(name, _)| *name == value) {
        Some((_, model)) => {
            o.target.code_model = *model;
            Ok(())
        }
        None => {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let target = o.target.triple;
            let names = names.join(", ");
            Err(UsageError::new(format!("code model '{value}' is not supported; {target} has {names}")))
        }
    }
}

fn branch_protection(value: &str) -> Result<(), UsageError> {
    match value {
        "none" => Ok(()),
        "standard" | "bti" | "pac-ret" | "pac-ret+leaf" | "pac-ret+leaf+bti" | "all" | "non-leaf" => {
            Err(UsageError::new(format!("'-mbranch-protection={value}' is not supported")))
        }
        _ => Err(UsageError::new(format!(
            "unknown value '{value}' for '-mbranch-protection='; known are none, standard, bti, pac-ret"
        ))),
    }
}

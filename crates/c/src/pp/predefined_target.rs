//! Predefined macros that only one architecture has: its names, its version, the features of the CPU, the ABI and
//! the code model.
//!
//! Vector extensions are announced by their intrinsics' headers, which Lathe does not have yet: only what floating
//! point is computed with is said. Sources as in `predefined.rs`; Arm C Language Extensions 5; RISC-V C API.

use super::Preprocessor;
use super::predefined::define;
use lathe_target::features::Feature;
use lathe_target::{Arch, CodeModel, FeatureSet, RelocModel};
use std::fmt::Write;

/// Macros that are 1.
fn flags(out: &mut String, names: &[&str]) {
    for name in names {
        define(out, name, 1);
    }
}

/// Macros that are 1 with a feature.
fn features(out: &mut String, set: FeatureSet, names: &[(Feature, &str)]) {
    for (feature, name) in names {
        if set.has(*feature) {
            define(out, name, 1);
        }
    }
}

/// Fused multiply-add is one instruction.
const FAST_FMA: &[&str] =
    &["__FP_FAST_FMA", "__FP_FAST_FMAF", "__FP_FAST_FMAF32", "__FP_FAST_FMAF32x", "__FP_FAST_FMAF64"];

impl Preprocessor<'_> {
    /// What `system_macros` ends with.
    pub(super) fn target_macros(&self, out: &mut String) {
        let set = self.target.features;
        match self.target.triple.arch {
            Arch::X86_64 => {
                flags(out, &["__x86_64", "__x86_64__", "__amd64", "__amd64__", "__k8", "__k8__"]);
                flags(out, &["__code_model_small__"]);
                x86_macros(out, set);
            }
            Arch::X86 => {
                flags(out, &["__i386", "__i386__", "__i686", "__i686__", "__pentiumpro", "__pentiumpro__"]);
                flags(out, &["__code_model_32__"]);
                if self.options.dialect.gnu {
                    define(out, "i386", 1);
                }
                x86_macros(out, set);
            }
            Arch::AArch64 => self.arm_macros(out, set),
            Arch::RiscV64 => self.riscv_macros(out, set),
        }
    }

    fn arm_macros(&self, out: &mut String, set: FeatureSet) {
        flags(
            out,
            &[
                "__aarch64__",
                "__AARCH64EL__",
                "__AARCH64_CMODEL_SMALL__",
                "__ARM_64BIT_STATE",
                "__ARM_ARCH_ISA_A64",
                "__ARM_ARCH_8A",
                "__ARM_PCS_AAPCS64",
                "__ARM_FEATURE_IDIV",
                "__ARM_FEATURE_CLZ",
                "__ARM_FEATURE_FMA",
                "__ARM_FEATURE_NUMERIC_MAXMIN",
            ],
        );
        flags(out, FAST_FMA);
        for (name, value) in [
            ("__ARM_ARCH", if set.has(Feature::Armv9) { 9 } else { 8 }),
            ("__ARM_ARCH_PROFILE", 65),
            ("__ARM_SIZEOF_WCHAR_T", 4),
            ("__ARM_SIZEOF_MINIMAL_ENUM", if self.options.short_enums { 1 } else { 4 }),
            ("__ARM_FP", 14),
            ("__ARM_ALIGN_MAX_PWR", 28),
            ("__ARM_ALIGN_MAX_STACK_PWR", 16),
            ("__FLT_EVAL_METHOD_C99__", 0),
        ] {
            define(out, name, value);
        }
        if !set.has(Feature::StrictAlignArm) {
            define(out, "__ARM_FEATURE_UNALIGNED", 1);
        }
        if self.options.fast_math {
            define(out, "__ARM_FP_FAST", 1);
        }
        features(
            out,
            set,
            &[
                (Feature::Lse, "__ARM_FEATURE_ATOMICS"),
                (Feature::Crc, "__ARM_FEATURE_CRC32"),
                (Feature::Jscvt, "__ARM_FEATURE_JCVT"),
            ],
        );
    }

    fn riscv_macros(&self, out: &mut String, set: FeatureSet) {
        flags(
            out,
            &[
                "__riscv",
                "__riscv_mul",
                "__riscv_div",
                "__riscv_muldiv",
                "__riscv_atomic",
                "__riscv_fdiv",
                "__riscv_fsqrt",
                "__riscv_float_abi_double",
                "__riscv_arch_test",
            ],
        );
        flags(out, FAST_FMA);
        for (name, value) in [
            ("xlen", 64),
            ("flen", 64),
            ("i", 2_001_000),
            ("m", 2_000_000),
            ("a", 2_001_000),
            ("f", 2_002_000),
            ("d", 2_002_000),
            ("zicsr", 2_000_000),
            ("zifencei", 2_000_000),
        ] {
            define(out, &format!("__riscv_{name}"), value);
        }
        let extensions = [
            (Feature::Compressed, "c", 2_000_000),
            (Feature::Zba, "zba", 1_000_000),
            (Feature::Zbb, "zbb", 1_000_000),
            (Feature::Zbs, "zbs", 1_000_000),
            (Feature::Zicond, "zicond", 1_000_000),
        ];
        for (feature, name, version) in extensions {
            if set.has(feature) {
                let _ = writeln!(out, "#define __riscv_{name} {version}");
            }
        }
        features(out, set, &[(Feature::Compressed, "__riscv_compressed")]);
        // Position-independent code reaches anything near itself.
        let independent = self.target.reloc_model != RelocModel::Static;
        if independent || self.target.code_model == CodeModel::Medium {
            define(out, "__riscv_cmodel_medany", 1);
        } else {
            define(out, "__riscv_cmodel_medlow", 1);
        }
        if independent {
            define(out, "__riscv_cmodel_pic", 1);
        }
    }
}

fn x86_macros(out: &mut String, set: FeatureSet) {
    flags(out, &["__SSE_MATH__", "__SSE2_MATH__"]);
    features(
        out,
        set,
        &[(Feature::Popcnt, "__POPCNT__"), (Feature::Lzcnt, "__LZCNT__"), (Feature::Movbe, "__MOVBE__")],
    );
}

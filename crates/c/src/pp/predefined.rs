//! Predefined macros, as text that is run like a header: what gcc 12 says for the target, less what
//! Lathe does not do (decimal and 16-bit floats, vector intrinsics, segment address spaces).
//!
//! Source: `gcc -dM -E` of gcc 12 for each target, GCC manual "Common Predefined Macros". A test compares
//! with the compilers on the machine. What only one architecture has is in `predefined_target.rs`.

use super::Preprocessor;
use crate::dialect::Standard;
use lathe_target::features::Feature;
use lathe_target::{Arch, Environment, LongDouble, RelocModel};
use std::fmt::Write;

/// What `__FLT_*__` and the like say about a format.
struct FloatFacts {
    mant_dig: u32,
    dig: u32,
    decimal_dig: u32,
    min_exp: i32,
    max_exp: i32,
    min_10_exp: i32,
    max_10_exp: i32,
    max: &'static str,
    min: &'static str,
    epsilon: &'static str,
    denorm_min: &'static str,
}

const BINARY32: FloatFacts = FloatFacts {
    mant_dig: 24,
    dig: 6,
    decimal_dig: 9,
    min_exp: -125,
    max_exp: 128,
    min_10_exp: -37,
    max_10_exp: 38,
    max: "3.40282346638528859811704183484516925e+38",
    min: "1.17549435082228750796873653722224568e-38",
    epsilon: "1.19209289550781250000000000000000000e-7",
    denorm_min: "1.40129846432481707092372958328991613e-45",
};

const BINARY64: FloatFacts = FloatFacts {
    mant_dig: 53,
    dig: 15,
    decimal_dig: 17,
    min_exp: -1021,
    max_exp: 1024,
    min_10_exp: -307,
    max_10_exp: 308,
    max: "1.79769313486231570814527423731704357e+308",
    min: "2.22507385850720138309023271733240406e-308",
    epsilon: "2.22044604925031308084726333618164062e-16",
    denorm_min: "4.94065645841246544176568792868221372e-324",
};

const X87: FloatFacts = FloatFacts {
    mant_dig: 64,
    dig: 18,
    decimal_dig: 21,
    min_exp: -16381,
    max_exp: 16384,
    min_10_exp: -4931,
    max_10_exp: 4932,
    max: "1.18973149535723176502126385303097021e+4932",
    min: "3.36210314311209350626267781732175260e-4932",
    epsilon: "1.08420217248550443400745280086994171e-19",
    denorm_min: "3.64519953188247460252840593361941982e-4951",
};

const BINARY128: FloatFacts = FloatFacts {
    mant_dig: 113,
    dig: 33,
    decimal_dig: 36,
    min_exp: -16381,
    max_exp: 16384,
    min_10_exp: -4931,
    max_10_exp: 4932,
    max: "1.18973149535723176508575932662800702e+4932",
    min: "3.36210314311209350626267781732175260e-4932",
    epsilon: "1.92592994438723585305597794258492732e-34",
    denorm_min: "6.47517511943802511092443895822764655e-4966",
};

fn float_macros(out: &mut String, prefix: &str, facts: &FloatFacts, wrap: (&str, &str)) {
    let (open, close) = wrap;
    let mut value = |name: &str, text: &str| {
        let _ = writeln!(out, "#define __{prefix}_{name}__ {open}{text}{close}");
    };
    value("MAX", facts.max);
    value("NORM_MAX", facts.max);
    value("MIN", facts.min);
    value("EPSILON", facts.epsilon);
    value("DENORM_MIN", facts.denorm_min);
    let _ = writeln!(
        out,
        "#define __{prefix}_MANT_DIG__ {}\n#define __{prefix}_DIG__ {}\n#define __{prefix}_DECIMAL_DIG__ {}\n\
         #define __{prefix}_MIN_EXP__ ({})\n#define __{prefix}_MAX_EXP__ {}\n\
         #define __{prefix}_MIN_10_EXP__ ({})\n#define __{prefix}_MAX_10_EXP__ {}\n\
         #define __{prefix}_HAS_DENORM__ 1\n#define __{prefix}_HAS_INFINITY__ 1\n\
         #define __{prefix}_HAS_QUIET_NAN__ 1\n#define __{prefix}_IS_IEC_60559__ 2",
        facts.mant_dig,
        facts.dig,
        facts.decimal_dig,
        facts.min_exp,
        facts.max_exp,
        facts.min_10_exp,
        facts.max_10_exp,
    );
}

/// Defines `name` as `value`.
pub(super) fn define(out: &mut String, name: &str, value: impl std::fmt::Display) {
    let _ = writeln!(out, "#define {name} {value}");
}

/// The spelling of an integer type, the suffix of its constants, its width and greatest value.
struct IntegerFacts {
    signed: &'static str,
    unsigned: &'static str,
    suffix: &'static str,
    width: u32,
}

const CHAR: IntegerFacts =
    IntegerFacts { signed: "signed char", unsigned: "unsigned char", suffix: "", width: 8 };
const SHORT: IntegerFacts =
    IntegerFacts { signed: "short int", unsigned: "short unsigned int", suffix: "", width: 16 };
const INT: IntegerFacts = IntegerFacts { signed: "int", unsigned: "unsigned int", suffix: "", width: 32 };
const LONG32: IntegerFacts =
    IntegerFacts { signed: "long int", unsigned: "long unsigned int", suffix: "L", width: 32 };
const LONG64: IntegerFacts =
    IntegerFacts { signed: "long int", unsigned: "long unsigned int", suffix: "L", width: 64 };
const LONG_LONG: IntegerFacts =
    IntegerFacts { signed: "long long int", unsigned: "long long unsigned int", suffix: "LL", width: 64 };

impl IntegerFacts {
    fn max(&self) -> String {
        let digits = "f".repeat(self.width as usize / 4 - 1);
        format!("0x7{digits}{}", self.suffix)
    }

    fn unsigned_max(&self) -> String {
        let digits = "f".repeat(self.width as usize / 4);
        format!("0x{digits}{}", self.unsigned_suffix())
    }

    fn unsigned_suffix(&self) -> String {
        if self.width < 32 { String::new() } else { format!("U{}", self.suffix) }
    }
}

/// `__INT8_C(c)` and the like.
fn constant_macro(out: &mut String, name: &str, suffix: &str) {
    let _ = match suffix {
        "" => writeln!(out, "#define __{name}_C(c) c"),
        suffix => writeln!(out, "#define __{name}_C(c) c ## {suffix}"),
    };
}

impl Preprocessor<'_> {
    /// The text that defines what the compiler predefines.
    pub(super) fn predefined_text(&self) -> String {
        let mut out = String::with_capacity(20_000);
        self.standard_macros(&mut out);
        self.version_macros(&mut out);
        self.integer_macros(&mut out);
        self.floating_macros(&mut out);
        self.atomic_macros(&mut out);
        self.option_macros(&mut out);
        if !self.options.undefine_system_macros {
            self.system_macros(&mut out);
        }
        out
    }

    fn standard_macros(&self, out: &mut String) {
        let dialect = self.options.dialect;
        define(out, "__STDC__", 1);
        define(out, "__STDC_HOSTED__", !self.options.freestanding as u32);
        match dialect.standard {
            Standard::C89 => {}
            Standard::C94 => define(out, "__STDC_VERSION__", "199409L"),
            Standard::C99 => define(out, "__STDC_VERSION__", "199901L"),
            Standard::C11 => define(out, "__STDC_VERSION__", "201112L"),
            Standard::C17 => define(out, "__STDC_VERSION__", "201710L"),
            Standard::C23 => define(out, "__STDC_VERSION__", "202000L"),
        }
        if self.lexer_features.unicode_strings {
            define(out, "__STDC_UTF_16__", 1);
            define(out, "__STDC_UTF_32__", 1);
        }
        if dialect.at_least(Standard::C23) {
            define(out, "__STDC_EMBED_NOT_FOUND__", 0);
            define(out, "__STDC_EMBED_FOUND__", 1);
            define(out, "__STDC_EMBED_EMPTY__", 2);
        }
        if !dialect.gnu {
            define(out, "__STRICT_ANSI__", 1);
        }
        if self.options.assembler {
            define(out, "__ASSEMBLER__", 1);
        }
    }

    fn version_macros(&self, out: &mut String) {
        define(out, "__LATHE__", 1);
        define(out, "__GNUC__", 12);
        define(out, "__GNUC_MINOR__", 2);
        define(out, "__GNUC_PATCHLEVEL__", 0);
        define(out, "__VERSION__", "\"12.2.0 compatible Lathe\"");
        define(out, "__GXX_ABI_VERSION", 1017);
        define(out, "__GNUC_EXECUTION_CHARSET_NAME", "\"UTF-8\"");
        define(out, "__GNUC_WIDE_EXECUTION_CHARSET_NAME", "\"UTF-32LE\"");
        let c99 = self.options.dialect.at_least(Standard::C99) && !self.options.gnu89_inline;
        define(out, if c99 { "__GNUC_STDC_INLINE__" } else { "__GNUC_GNU_INLINE__" }, 1);
        define(out, "__PRAGMA_REDEFINE_EXTNAME", 1);
        define(out, "__USER_LABEL_PREFIX__", "");
        define(out, "__REGISTER_PREFIX__", "");
        if self.target.triple.arch != Arch::RiscV64 {
            define(out, "__GCC_ASM_FLAG_OUTPUTS__", 1);
            define(out, "__GCC_HAVE_DWARF2_CFI_ASM", 1);
        }
    }

    fn is_64(&self) -> bool {
        self.target.triple.arch.pointer_bytes() == 8
    }

    fn integer_macros(&self, out: &mut String) {
        let wide = self.is_64();
        let arch = self.target.triple.arch;
        let long = if wide { LONG64 } else { LONG32 };
        let int64 = if wide { LONG64 } else { LONG_LONG };
        let pointer = if wide { LONG64 } else { INT };
        define(out, "__CHAR_BIT__", 8);
        define(out, "__BIGGEST_ALIGNMENT__", 16);
        for (name, value) in [
            ("__ORDER_LITTLE_ENDIAN__", 1234),
            ("__ORDER_BIG_ENDIAN__", 4321),
            ("__ORDER_PDP_ENDIAN__", 3412),
        ] {
            define(out, name, value);
        }
        define(out, "__BYTE_ORDER__", "__ORDER_LITTLE_ENDIAN__");
        define(out, "__FLOAT_WORD_ORDER__", "__ORDER_LITTLE_ENDIAN__");
        for (name, facts) in
            [("SCHAR", &CHAR), ("SHRT", &SHORT), ("INT", &INT), ("LONG", &long), ("LONG_LONG", &LONG_LONG)]
        {
            define(out, &format!("__{name}_MAX__"), facts.max());
            define(out, &format!("__{name}_WIDTH__"), facts.width);
        }
        let bytes = self.target.layout.pointer.size;
        let long_double = self.target.layout.f80.size;
        let long_double = if self.target.layout.long_double == LongDouble::X87 { long_double } else { 16 };
        for (name, size) in [
            ("SHORT", 2),
            ("INT", 4),
            ("LONG", bytes),
            ("LONG_LONG", 8),
            ("FLOAT", 4),
            ("DOUBLE", 8),
            ("LONG_DOUBLE", long_double),
            ("POINTER", bytes),
            ("SIZE_T", bytes),
            ("PTRDIFF_T", bytes),
            ("WCHAR_T", 4),
            ("WINT_T", 4),
        ] {
            define(out, &format!("__SIZEOF_{name}__"), size);
        }
        if wide {
            define(out, "__SIZEOF_INT128__", 16);
        }
        self.sized_integer_macros(out, &int64, &pointer, &long);
        // The types behind <stddef.h> and <wchar.h>.
        define(out, "__SIZE_TYPE__", pointer.unsigned);
        define(out, "__SIZE_MAX__", pointer.unsigned_max());
        define(out, "__SIZE_WIDTH__", pointer.width);
        define(out, "__PTRDIFF_TYPE__", pointer.signed);
        define(out, "__PTRDIFF_MAX__", pointer.max());
        define(out, "__PTRDIFF_WIDTH__", pointer.width);
        match arch {
            Arch::AArch64 => {
                define(out, "__WCHAR_TYPE__", "unsigned int");
                define(out, "__WCHAR_MAX__", "0xffffffffU");
                define(out, "__WCHAR_MIN__", "0U");
            }
            _ => {
                let facts = if arch == Arch::X86 { LONG32 } else { INT };
                define(out, "__WCHAR_TYPE__", facts.signed);
                define(out, "__WCHAR_MAX__", facts.max());
                define(out, "__WCHAR_MIN__", "(-__WCHAR_MAX__ - 1)");
            }
        }
        define(out, "__WCHAR_WIDTH__", 32);
        define(out, "__WINT_TYPE__", "unsigned int");
        define(out, "__WINT_MAX__", "0xffffffffU");
        define(out, "__WINT_MIN__", "0U");
        define(out, "__WINT_WIDTH__", 32);
        define(out, "__CHAR16_TYPE__", "short unsigned int");
        define(out, "__CHAR32_TYPE__", "unsigned int");
        define(out, "__SIG_ATOMIC_TYPE__", "int");
        define(out, "__SIG_ATOMIC_MAX__", "0x7fffffff");
        define(out, "__SIG_ATOMIC_MIN__", "(-__SIG_ATOMIC_MAX__ - 1)");
        define(out, "__SIG_ATOMIC_WIDTH__", 32);
    }

    /// `__INT32_TYPE__`, `__UINT_FAST16_MAX__`, …: the types behind `<stdint.h>`.
    fn sized_integer_macros(
        &self,
        out: &mut String,
        int64: &IntegerFacts,
        pointer: &IntegerFacts,
        long: &IntegerFacts,
    ) {
        let fast = if long.width == 64 { long } else { &INT };
        let exact = [(8, &CHAR), (16, &SHORT), (32, &INT), (64, int64)];
        let fastest = [(8, &CHAR), (16, fast), (32, fast), (64, int64)];
        for (bits, facts) in exact {
            define(out, &format!("__INT{bits}_TYPE__"), facts.signed);
            define(out, &format!("__INT{bits}_MAX__"), facts.max());
            define(out, &format!("__UINT{bits}_TYPE__"), facts.unsigned);
            define(out, &format!("__UINT{bits}_MAX__"), facts.unsigned_max());
            constant_macro(out, &format!("INT{bits}"), facts.suffix);
            constant_macro(out, &format!("UINT{bits}"), &facts.unsigned_suffix());
        }
        for (kind, list) in [("LEAST", exact), ("FAST", fastest)] {
            for (bits, facts) in list {
                define(out, &format!("__INT_{kind}{bits}_TYPE__"), facts.signed);
                define(out, &format!("__INT_{kind}{bits}_MAX__"), facts.max());
                define(out, &format!("__INT_{kind}{bits}_WIDTH__"), facts.width);
                define(out, &format!("__UINT_{kind}{bits}_TYPE__"), facts.unsigned);
                define(out, &format!("__UINT_{kind}{bits}_MAX__"), facts.unsigned_max());
            }
        }
        for (name, facts) in [("PTR", pointer), ("MAX", int64)] {
            define(out, &format!("__INT{name}_TYPE__"), facts.signed);
            define(out, &format!("__INT{name}_MAX__"), facts.max());
            define(out, &format!("__INT{name}_WIDTH__"), facts.width);
            define(out, &format!("__UINT{name}_TYPE__"), facts.unsigned);
            define(out, &format!("__UINT{name}_MAX__"), facts.unsigned_max());
        }
        constant_macro(out, "INTMAX", int64.suffix);
        constant_macro(out, "UINTMAX", &int64.unsigned_suffix());
    }

    fn floating_macros(&self, out: &mut String) {
        let x87 = self.target.layout.long_double == LongDouble::X87;
        // i686 computes with SSE2 too.
        define(out, "__FLT_EVAL_METHOD__", 0);
        define(out, "__FLT_EVAL_METHOD_TS_18661_3__", 0);
        define(out, "__FLT_RADIX__", 2);
        let long = if x87 { &X87 } else { &BINARY128 };
        define(out, "__DECIMAL_DIG__", long.decimal_dig);
        float_macros(out, "FLT", &BINARY32, ("", "F"));
        float_macros(out, "DBL", &BINARY64, ("((double)", "L)"));
        float_macros(out, "LDBL", long, ("", "L"));
        float_macros(out, "FLT32", &BINARY32, ("", "F32"));
        float_macros(out, "FLT64", &BINARY64, ("", "F64"));
        float_macros(out, "FLT32X", &BINARY64, ("", "F32x"));
        float_macros(out, "FLT64X", long, ("", "F64x"));
        float_macros(out, "FLT128", &BINARY128, ("", "F128"));
        let strict = if self.options.fast_math { 0 } else { 2 };
        define(out, "__GCC_IEC_559", strict);
        define(out, "__GCC_IEC_559_COMPLEX", strict);
        if x87 {
            define(out, "__SIZEOF_FLOAT128__", 16);
            define(out, "__SIZEOF_FLOAT80__", self.target.layout.f80.size);
        }
    }

    fn atomic_macros(&self, out: &mut String) {
        for (name, value) in
            [("RELAXED", 0), ("CONSUME", 1), ("ACQUIRE", 2), ("RELEASE", 3), ("ACQ_REL", 4), ("SEQ_CST", 5)]
        {
            define(out, &format!("__ATOMIC_{name}"), value);
        }
        for name in
            ["BOOL", "CHAR", "CHAR16_T", "CHAR32_T", "WCHAR_T", "SHORT", "INT", "LONG", "LLONG", "POINTER"]
        {
            // RISC-V has no instructions for parts of words.
            let part = matches!(name, "BOOL" | "CHAR" | "CHAR16_T" | "SHORT");
            let sometimes = part && self.target.triple.arch == Arch::RiscV64;
            define(out, &format!("__GCC_ATOMIC_{name}_LOCK_FREE"), if sometimes { 1 } else { 2 });
        }
        define(out, "__GCC_ATOMIC_TEST_AND_SET_TRUEVAL", 1);
        let sizes: &[u32] = match self.target.triple.arch {
            Arch::X86 => &[1, 2, 4, 8],
            Arch::X86_64 if self.target.features.has(Feature::Cx16) => &[1, 2, 4, 8, 16],
            Arch::X86_64 => &[1, 2, 4, 8],
            Arch::AArch64 => &[1, 2, 4, 8, 16],
            Arch::RiscV64 => &[4, 8],
        };
        for size in sizes {
            define(out, &format!("__GCC_HAVE_SYNC_COMPARE_AND_SWAP_{size}"), 1);
        }
        if self.target.triple.arch != Arch::RiscV64 {
            let far = if self.target.triple.arch == Arch::AArch64 { 256 } else { 64 };
            define(out, "__GCC_CONSTRUCTIVE_SIZE", 64);
            define(out, "__GCC_DESTRUCTIVE_SIZE", far);
        }
    }

    fn option_macros(&self, out: &mut String) {
        let options = &self.options;
        match options.optimize {
            0 => define(out, "__NO_INLINE__", 1),
            _ => define(out, "__OPTIMIZE__", 1),
        }
        if options.optimize_size {
            define(out, "__OPTIMIZE_SIZE__", 1);
        }
        define(out, "__FINITE_MATH_ONLY__", options.fast_math as u32);
        if options.fast_math {
            for name in [
                "FAST_MATH",
                "ASSOCIATIVE_MATH",
                "RECIPROCAL_MATH",
                "NO_MATH_ERRNO",
                "NO_SIGNED_ZEROS",
                "NO_TRAPPING_MATH",
            ] {
                define(out, &format!("__{name}__"), 1);
            }
        }
        if !options.char_is_signed.unwrap_or(self.target.layout.char_is_signed) {
            define(out, "__CHAR_UNSIGNED__", 1);
        }
        if options.pthread {
            define(out, "_REENTRANT", 1);
        }
        let pic = self.target.reloc_model != RelocModel::Static;
        if pic {
            define(out, "__pic__", 2);
            define(out, "__PIC__", 2);
        }
        if self.target.reloc_model == RelocModel::Pie {
            define(out, "__pie__", 2);
            define(out, "__PIE__", 2);
        }
    }

    fn system_macros(&self, out: &mut String) {
        let gnu = self.options.dialect.gnu;
        define(out, "__ELF__", 1);
        if self.target.triple.environment != Environment::Bare {
            for name in ["linux", "unix"] {
                define(out, &format!("__{name}"), 1);
                define(out, &format!("__{name}__"), 1);
                if gnu {
                    define(out, name, 1);
                }
            }
            if self.target.triple.environment == Environment::Gnu {
                define(out, "__gnu_linux__", 1);
            }
        }
        match self.is_64() {
            true => {
                define(out, "_LP64", 1);
                define(out, "__LP64__", 1);
            }
            false => {
                define(out, "_ILP32", 1);
                define(out, "__ILP32__", 1);
            }
        }
        self.target_macros(out);
    }
}

//! The builtin functions: one table of names, kinds and types.
//!
//! Three kinds:
//! - `Op`: an operation; a call is an [`super::ExprKind::Builtin`] node with arguments converted to
//!   the signature.
//! - `Generic`: an operation whose types follow from its arguments, checked in `sema::builtins`; also
//!   a `Builtin` node (or folded away: `__builtin_constant_p`, `__builtin_expect` of constants …).
//! - `Library`: a library function, known under its own name and with `__builtin_` in front; calls
//!   are ordinary calls of a declaration whose [`super::Decl::library`] says which one.
//!
//! Several names can be one operation; the argument types tell the width.
//!
//! Signatures: result, then parameters, one letter each, `*` after a letter makes a pointer:
//! `v` void, `b` _Bool, `c` char, `h` u8, `t` u16, `w` u32, `x` u64, `i` int, `j` unsigned, `l` long,
//! `m` unsigned long, `L` long long, `M` unsigned long long, `o` unsigned __int128, `z` size_t,
//! `y` ptrdiff_t, `f` float, `d` double, `e` long double, `q` _Float128, `C`/`D`/`E` complex of
//! float/double/long double, `p` void *, `P` const void *, `V` volatile void *, `s` char *,
//! `k` const char *, `A` va_list (as a parameter), `F` FILE *, `W` wchar_t, `U` const wchar_t *,
//! `.` more arguments. `N` in front: does not return.
//!
//! Source: GCC 12 manual, "Other Builtins", "Legacy __sync Built-in Functions", "Built-in functions
//! for memory model aware atomic operations", "Integer Overflow Builtins", "Object Size Checking".

/// See the module's page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BuiltinClass {
    /// Fixed signature, an operation.
    Op,
    /// Types by argument.
    Generic,
    /// A library function.
    Library,
}

/// One name of the table.
#[derive(Clone, Copy, Debug)]
pub struct BuiltinRow {
    /// The name; `Library` rows are also known with `__builtin_` in front.
    pub name: &'static str,
    /// What it is.
    pub builtin: Builtin,
    /// Kind.
    pub class: BuiltinClass,
    /// Signature; empty for `Generic`.
    pub signature: &'static str,
}

macro_rules! builtins {
    ($($(#[$doc:meta])* $id:ident $class:ident [$($name:literal $signature:literal),+ $(,)?];)*) => {
        /// A builtin operation or known library function.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u16)]
        #[allow(missing_docs)]
        pub enum Builtin { $($(#[$doc])* $id),* }

        /// All names.
        pub static BUILTINS: &[BuiltinRow] = &[$($(BuiltinRow {
            name: $name, builtin: Builtin::$id, class: BuiltinClass::$class, signature: $signature,
        }),+),*];
    };
}

builtins! {
    // Bits.
    /// Count of leading zero bits; undefined for 0.
    Clz Op ["__builtin_clz" "ij", "__builtin_clzl" "im", "__builtin_clzll" "iM"];
    /// Count of trailing zero bits; undefined for 0.
    Ctz Op ["__builtin_ctz" "ij", "__builtin_ctzl" "im", "__builtin_ctzll" "iM"];
    /// Redundant sign bits.
    Clrsb Op ["__builtin_clrsb" "ii", "__builtin_clrsbl" "il", "__builtin_clrsbll" "iL"];
    Popcount Op ["__builtin_popcount" "ij", "__builtin_popcountl" "im", "__builtin_popcountll" "iM"];
    Parity Op ["__builtin_parity" "ij", "__builtin_parityl" "im", "__builtin_parityll" "iM"];
    /// 1 + index of the lowest set bit, 0 for 0.
    Ffs Op ["__builtin_ffs" "ii", "__builtin_ffsl" "il", "__builtin_ffsll" "iL"];
    Bswap Op ["__builtin_bswap16" "tt", "__builtin_bswap32" "ww", "__builtin_bswap64" "xx", "__builtin_bswap128" "oo"];
    // Control and hints.
    /// Value of the first argument; the second is what it probably is.
    Expect Op ["__builtin_expect" "lll", "__builtin_expect_with_probability" "llld"];
    Unreachable Op ["__builtin_unreachable" "Nv"];
    Trap Op ["__builtin_trap" "Nv"];
    /// Address; optionally write (0/1) and locality (0..3), constants.
    Prefetch Op ["__builtin_prefetch" "vP."];
    /// The pointer, known to be aligned to the constant (minus an optional offset).
    AssumeAligned Op ["__builtin_assume_aligned" "pPz."];
    /// Stack memory freed when the function returns.
    Alloca Op ["__builtin_alloca" "pz", "__builtin_alloca_with_align" "pzz", "__builtin_alloca_with_align_and_max" "pzzy"];
    FrameAddress Op ["__builtin_frame_address" "pj"];
    ReturnAddress Op ["__builtin_return_address" "pj"];
    ExtractReturnAddr Op ["__builtin_extract_return_addr" "pp", "__builtin_frob_return_addr" "pp"];
    StackSave Op ["__builtin_stack_save" "p"];
    StackRestore Op ["__builtin_stack_restore" "vp"];
    ThreadPointer Op ["__builtin_thread_pointer" "p"];
    DwarfCfa Op ["__builtin_dwarf_cfa" "p"];
    UnwindInit Op ["__builtin_unwind_init" "v"];
    EhReturn Op ["__builtin_eh_return" "Nvyp"];
    SetjmpBuiltin Op ["__builtin_setjmp" "ip"];
    LongjmpBuiltin Op ["__builtin_longjmp" "Nvpi"];
    ClearCache Op ["__builtin___clear_cache" "vss", "__clear_cache" "vss"];
    // Variable arguments: the first argument is a pointer to the `va_list` object.
    /// `va_start(ap, last)`: one argument, the pointer.
    VaStart Generic ["__builtin_va_start" "", "__builtin_stdarg_start" ""];
    VaEnd Generic ["__builtin_va_end" ""];
    /// Two arguments, pointers to destination and source.
    VaCopy Generic ["__builtin_va_copy" ""];
    /// Forwards the anonymous arguments (only in always-inline functions).
    VaArgPack Generic ["__builtin_va_arg_pack" ""];
    VaArgPackLen Generic ["__builtin_va_arg_pack_len" ""];
    // Questions to the compiler.
    /// 1 or 0; in the tree only where the argument may become constant later.
    ConstantP Generic ["__builtin_constant_p" ""];
    ClassifyType Generic ["__builtin_classify_type" ""];
    /// In the tree only if undecided: pointer, and the kind 0..3 as a constant.
    ObjectSize Generic ["__builtin_object_size" "", "__builtin_dynamic_object_size" ""];
    // Overflow: operands of any integer types, then a pointer to the result; `_Bool`. The operation
    // is done in infinite precision and stored truncated.
    AddOverflow Generic ["__builtin_add_overflow" "", "__builtin_sadd_overflow" "", "__builtin_saddl_overflow" "",
        "__builtin_saddll_overflow" "", "__builtin_uadd_overflow" "", "__builtin_uaddl_overflow" "", "__builtin_uaddll_overflow" ""];
    SubOverflow Generic ["__builtin_sub_overflow" "", "__builtin_ssub_overflow" "", "__builtin_ssubl_overflow" "",
        "__builtin_ssubll_overflow" "", "__builtin_usub_overflow" "", "__builtin_usubl_overflow" "", "__builtin_usubll_overflow" ""];
    MulOverflow Generic ["__builtin_mul_overflow" "", "__builtin_smul_overflow" "", "__builtin_smull_overflow" "",
        "__builtin_smulll_overflow" "", "__builtin_umul_overflow" "", "__builtin_umull_overflow" "", "__builtin_umulll_overflow" ""];
    /// The third argument is a value of the result type (only its type matters; still evaluated).
    AddOverflowP Generic ["__builtin_add_overflow_p" ""];
    SubOverflowP Generic ["__builtin_sub_overflow_p" ""];
    MulOverflowP Generic ["__builtin_mul_overflow_p" ""];
    // Floating point classification and comparison: operands of one floating type.
    IsNan Generic ["__builtin_isnan" "", "__builtin_isnanf" "", "__builtin_isnanl" ""];
    IsInf Generic ["__builtin_isinf" "", "__builtin_isinff" "", "__builtin_isinfl" ""];
    /// 1, -1 or 0.
    IsInfSign Generic ["__builtin_isinf_sign" ""];
    IsFinite Generic ["__builtin_isfinite" "", "__builtin_finite" "", "__builtin_finitef" "", "__builtin_finitel" ""];
    IsNormal Generic ["__builtin_isnormal" ""];
    SignBit Generic ["__builtin_signbit" "", "__builtin_signbitf" "", "__builtin_signbitl" ""];
    IsSignaling Generic ["__builtin_issignaling" ""];
    /// Five `int` results (NaN, infinite, normal, subnormal, zero), then the value.
    FpClassify Generic ["__builtin_fpclassify" ""];
    IsGreater Generic ["__builtin_isgreater" ""];
    IsGreaterEqual Generic ["__builtin_isgreaterequal" ""];
    IsLess Generic ["__builtin_isless" ""];
    IsLessEqual Generic ["__builtin_islessequal" ""];
    IsLessGreater Generic ["__builtin_islessgreater" ""];
    IsUnordered Generic ["__builtin_isunordered" ""];
    /// Folded: a floating constant.
    Infinity Generic ["__builtin_inf" "d", "__builtin_inff" "f", "__builtin_infl" "e", "__builtin_inff128" "q",
        "__builtin_inff32" "f", "__builtin_inff64" "d", "__builtin_huge_val" "d", "__builtin_huge_valf" "f",
        "__builtin_huge_vall" "e", "__builtin_huge_valf128" "q"];
    /// Folded if the argument is a string literal.
    Nan Generic ["__builtin_nan" "dk", "__builtin_nanf" "fk", "__builtin_nanl" "ek", "__builtin_nanf128" "qk"];
    NanSignaling Generic ["__builtin_nans" "dk", "__builtin_nansf" "fk", "__builtin_nansl" "ek", "__builtin_nansf128" "qk"];
    FabsQuad Op ["__builtin_fabsf128" "qq", "__builtin_fabsq" "qq"];
    CopysignQuad Op ["__builtin_copysignf128" "qqq", "__builtin_copysignq" "qqq"];
    // Legacy atomics: pointer, operands of the pointee's type; sequentially consistent. The `_N`
    // names are the same operation on N bytes.
    SyncFetchAndAdd Generic ["__sync_fetch_and_add" ""];
    SyncFetchAndSub Generic ["__sync_fetch_and_sub" ""];
    SyncFetchAndOr Generic ["__sync_fetch_and_or" ""];
    SyncFetchAndAnd Generic ["__sync_fetch_and_and" ""];
    SyncFetchAndXor Generic ["__sync_fetch_and_xor" ""];
    SyncFetchAndNand Generic ["__sync_fetch_and_nand" ""];
    SyncAddAndFetch Generic ["__sync_add_and_fetch" ""];
    SyncSubAndFetch Generic ["__sync_sub_and_fetch" ""];
    SyncOrAndFetch Generic ["__sync_or_and_fetch" ""];
    SyncAndAndFetch Generic ["__sync_and_and_fetch" ""];
    SyncXorAndFetch Generic ["__sync_xor_and_fetch" ""];
    SyncNandAndFetch Generic ["__sync_nand_and_fetch" ""];
    SyncBoolCompareAndSwap Generic ["__sync_bool_compare_and_swap" ""];
    SyncValCompareAndSwap Generic ["__sync_val_compare_and_swap" ""];
    SyncLockTestAndSet Generic ["__sync_lock_test_and_set" ""];
    SyncLockRelease Generic ["__sync_lock_release" ""];
    SyncSynchronize Op ["__sync_synchronize" "v"];
    // Memory model atomics. Arguments as in GCC's manual, values converted to the pointee's type,
    // memory orders as `int`. The generic ones (`__atomic_load` …) take pointers to the values.
    AtomicLoadN Generic ["__atomic_load_n" ""];
    AtomicLoad Generic ["__atomic_load" ""];
    AtomicStoreN Generic ["__atomic_store_n" ""];
    AtomicStore Generic ["__atomic_store" ""];
    AtomicExchangeN Generic ["__atomic_exchange_n" ""];
    AtomicExchange Generic ["__atomic_exchange" ""];
    AtomicCompareExchangeN Generic ["__atomic_compare_exchange_n" ""];
    AtomicCompareExchange Generic ["__atomic_compare_exchange" ""];
    AtomicAddFetch Generic ["__atomic_add_fetch" ""];
    AtomicSubFetch Generic ["__atomic_sub_fetch" ""];
    AtomicAndFetch Generic ["__atomic_and_fetch" ""];
    AtomicXorFetch Generic ["__atomic_xor_fetch" ""];
    AtomicOrFetch Generic ["__atomic_or_fetch" ""];
    AtomicNandFetch Generic ["__atomic_nand_fetch" ""];
    AtomicFetchAdd Generic ["__atomic_fetch_add" ""];
    AtomicFetchSub Generic ["__atomic_fetch_sub" ""];
    AtomicFetchAnd Generic ["__atomic_fetch_and" ""];
    AtomicFetchXor Generic ["__atomic_fetch_xor" ""];
    AtomicFetchOr Generic ["__atomic_fetch_or" ""];
    AtomicFetchNand Generic ["__atomic_fetch_nand" ""];
    AtomicTestAndSet Op ["__atomic_test_and_set" "bVi"];
    AtomicClear Op ["__atomic_clear" "vVi"];
    AtomicThreadFence Op ["__atomic_thread_fence" "vi"];
    AtomicSignalFence Op ["__atomic_signal_fence" "vi"];
    AtomicAlwaysLockFree Generic ["__atomic_always_lock_free" ""];
    AtomicIsLockFree Generic ["__atomic_is_lock_free" ""];
    // Vectors: one vector and a mask, or two vectors and a mask, the mask not constant.
    Shuffle Generic ["__builtin_shuffle_mask" ""];
    // x86 odds and ends that headers and programs use directly.
    Ia32Pause Op ["__builtin_ia32_pause" "v"];
    Ia32Rdtsc Op ["__builtin_ia32_rdtsc" "M"];
    Ia32Mfence Op ["__builtin_ia32_mfence" "v"];
    Ia32Lfence Op ["__builtin_ia32_lfence" "v"];
    Ia32Sfence Op ["__builtin_ia32_sfence" "v"];
    CpuInit Op ["__builtin_cpu_init" "i"];
    CpuSupports Op ["__builtin_cpu_supports" "ik"];
    CpuIs Op ["__builtin_cpu_is" "ik"];
    // Memory and strings.
    Memcpy Library ["memcpy" "ppPz"];
    Memmove Library ["memmove" "ppPz"];
    Memset Library ["memset" "ppiz"];
    Memcmp Library ["memcmp" "iPPz"];
    Memchr Library ["memchr" "pPiz"];
    Mempcpy Library ["mempcpy" "ppPz"];
    Bcopy Library ["bcopy" "vPpz"];
    Bzero Library ["bzero" "vpz"];
    Bcmp Library ["bcmp" "iPPz"];
    Strlen Library ["strlen" "zk"];
    Strnlen Library ["strnlen" "zkz"];
    Strcpy Library ["strcpy" "ssk"];
    Strncpy Library ["strncpy" "sskz"];
    Stpcpy Library ["stpcpy" "ssk"];
    Stpncpy Library ["stpncpy" "sskz"];
    Strcat Library ["strcat" "ssk"];
    Strncat Library ["strncat" "sskz"];
    Strcmp Library ["strcmp" "ikk"];
    Strncmp Library ["strncmp" "ikkz"];
    Strcasecmp Library ["strcasecmp" "ikk"];
    Strncasecmp Library ["strncasecmp" "ikkz"];
    Strchr Library ["strchr" "ski", "index" "ski"];
    Strrchr Library ["strrchr" "ski", "rindex" "ski"];
    Strstr Library ["strstr" "skk"];
    Strpbrk Library ["strpbrk" "skk"];
    Strspn Library ["strspn" "zkk"];
    Strcspn Library ["strcspn" "zkk"];
    Strdup Library ["strdup" "sk"];
    Strndup Library ["strndup" "skz"];
    // Their checked forms: the last argument is the destination's size.
    MemcpyChk Library ["__memcpy_chk" "ppPzz", "__memmove_chk" "ppPzz", "__mempcpy_chk" "ppPzz"];
    MemsetChk Library ["__memset_chk" "ppizz"];
    StrcpyChk Library ["__strcpy_chk" "sskz", "__strcat_chk" "sskz", "__stpcpy_chk" "sskz"];
    StrncpyChk Library ["__strncpy_chk" "sskzz", "__strncat_chk" "sskzz", "__stpncpy_chk" "sskzz"];
    SprintfChk Library ["__sprintf_chk" "isizk.", "__snprintf_chk" "iszizk."];
    VsprintfChk Library ["__vsprintf_chk" "isizkA", "__vsnprintf_chk" "iszizkA"];
    PrintfChk Library ["__printf_chk" "iik.", "__fprintf_chk" "iFik."];
    VprintfChk Library ["__vprintf_chk" "iikA", "__vfprintf_chk" "iFikA"];
    // Input and output.
    Printf Library ["printf" "ik.", "printf_unlocked" "ik."];
    Fprintf Library ["fprintf" "iFk.", "fprintf_unlocked" "iFk."];
    Sprintf Library ["sprintf" "isk."];
    Snprintf Library ["snprintf" "iszk."];
    Vprintf Library ["vprintf" "ikA"];
    Vfprintf Library ["vfprintf" "iFkA"];
    Vsprintf Library ["vsprintf" "iskA"];
    Vsnprintf Library ["vsnprintf" "iszkA"];
    Scanf Library ["scanf" "ik."];
    Fscanf Library ["fscanf" "iFk."];
    Sscanf Library ["sscanf" "ikk."];
    Vscanf Library ["vscanf" "ikA", "vsscanf" "ikkA", "vfscanf" "iFkA"];
    Puts Library ["puts" "ik", "puts_unlocked" "ik"];
    Putchar Library ["putchar" "ii", "putchar_unlocked" "ii"];
    Fputs Library ["fputs" "ikF", "fputs_unlocked" "ikF"];
    Fputc Library ["fputc" "iiF", "putc" "iiF", "fputc_unlocked" "iiF"];
    Fwrite Library ["fwrite" "zPzzF", "fwrite_unlocked" "zPzzF"];
    // Memory management, process.
    Malloc Library ["malloc" "pz"];
    Calloc Library ["calloc" "pzz"];
    Realloc Library ["realloc" "ppz"];
    AlignedAlloc Library ["aligned_alloc" "pzz"];
    Free Library ["free" "vp"];
    AllocaLibrary Library ["alloca" "pz"];
    Abort Library ["abort" "Nv"];
    Exit Library ["exit" "Nvi", "_exit" "Nvi", "_Exit" "Nvi"];
    Setjmp Library ["setjmp" "ip", "_setjmp" "ip"];
    // Integers, characters.
    Abs Library ["abs" "ii", "labs" "ll", "llabs" "LL", "imaxabs" "ll"];
    FfsLibrary Library ["ffs" "ii", "ffsl" "il", "ffsll" "iL"];
    CharacterClass Library ["isalnum" "ii", "isalpha" "ii", "isascii" "ii", "isblank" "ii", "iscntrl" "ii",
        "isdigit" "ii", "isgraph" "ii", "islower" "ii", "isprint" "ii", "ispunct" "ii", "isspace" "ii",
        "isupper" "ii", "isxdigit" "ii"];
    CharacterCase Library ["tolower" "ii", "toupper" "ii", "toascii" "ii"];
    // Mathematics.
    Fabs Library ["fabs" "dd", "fabsf" "ff", "fabsl" "ee"];
    Sqrt Library ["sqrt" "dd", "sqrtf" "ff", "sqrtl" "ee"];
    Copysign Library ["copysign" "ddd", "copysignf" "fff", "copysignl" "eee"];
    Fma Library ["fma" "dddd", "fmaf" "ffff", "fmal" "eeee"];
    Floor Library ["floor" "dd", "floorf" "ff", "floorl" "ee"];
    Ceil Library ["ceil" "dd", "ceilf" "ff", "ceill" "ee"];
    Trunc Library ["trunc" "dd", "truncf" "ff", "truncl" "ee"];
    Round Library ["round" "dd", "roundf" "ff", "roundl" "ee"];
    RoundEven Library ["roundeven" "dd", "roundevenf" "ff", "roundevenl" "ee"];
    Rint Library ["rint" "dd", "rintf" "ff", "rintl" "ee"];
    Nearbyint Library ["nearbyint" "dd", "nearbyintf" "ff", "nearbyintl" "ee"];
    Fmin Library ["fmin" "ddd", "fminf" "fff", "fminl" "eee"];
    Fmax Library ["fmax" "ddd", "fmaxf" "fff", "fmaxl" "eee"];
    Fmod Library ["fmod" "ddd", "fmodf" "fff", "fmodl" "eee"];
    Pow Library ["pow" "ddd", "powf" "fff", "powl" "eee"];
    Powi Library ["__builtin_powi" "ddi", "__builtin_powif" "ffi", "__builtin_powil" "eei"];
    LibraryMath1 Library ["sin" "dd", "sinf" "ff", "sinl" "ee", "cos" "dd", "cosf" "ff", "cosl" "ee",
        "tan" "dd", "tanf" "ff", "tanl" "ee", "asin" "dd", "asinf" "ff", "asinl" "ee",
        "acos" "dd", "acosf" "ff", "acosl" "ee", "atan" "dd", "atanf" "ff", "atanl" "ee",
        "sinh" "dd", "sinhf" "ff", "sinhl" "ee", "cosh" "dd", "coshf" "ff", "coshl" "ee",
        "tanh" "dd", "tanhf" "ff", "tanhl" "ee", "asinh" "dd", "asinhf" "ff", "asinhl" "ee",
        "acosh" "dd", "acoshf" "ff", "acoshl" "ee", "atanh" "dd", "atanhf" "ff", "atanhl" "ee",
        "exp" "dd", "expf" "ff", "expl" "ee", "exp2" "dd", "exp2f" "ff", "exp2l" "ee", "exp10" "dd",
        "exp10f" "ff", "exp10l" "ee", "expm1" "dd", "expm1f" "ff", "expm1l" "ee",
        "log" "dd", "logf" "ff", "logl" "ee", "log2" "dd", "log2f" "ff", "log2l" "ee",
        "log10" "dd", "log10f" "ff", "log10l" "ee", "log1p" "dd", "log1pf" "ff", "log1pl" "ee",
        "logb" "dd", "logbf" "ff", "logbl" "ee", "cbrt" "dd", "cbrtf" "ff", "cbrtl" "ee",
        "erf" "dd", "erff" "ff", "erfl" "ee", "erfc" "dd", "erfcf" "ff", "erfcl" "ee",
        "tgamma" "dd", "tgammaf" "ff", "tgammal" "ee", "lgamma" "dd", "lgammaf" "ff", "lgammal" "ee",
        "significand" "dd", "significandf" "ff", "significandl" "ee"];
    LibraryMath2 Library ["atan2" "ddd", "atan2f" "fff", "atan2l" "eee", "hypot" "ddd", "hypotf" "fff", "hypotl" "eee",
        "fdim" "ddd", "fdimf" "fff", "fdiml" "eee", "remainder" "ddd", "remainderf" "fff", "remainderl" "eee",
        "nextafter" "ddd", "nextafterf" "fff", "nextafterl" "eee", "drem" "ddd",
        "nexttoward" "dde", "nexttowardf" "ffe", "nexttowardl" "eee"];
    LibraryMathOther Library ["ldexp" "ddi", "ldexpf" "ffi", "ldexpl" "eei", "scalbn" "ddi", "scalbnf" "ffi", "scalbnl" "eei",
        "scalbln" "ddl", "scalblnf" "ffl", "scalblnl" "eel",
        "frexp" "ddi*", "frexpf" "ffi*", "frexpl" "eei*", "modf" "ddd*", "modff" "fff*", "modfl" "eee*",
        "remquo" "dddi*", "remquof" "fffi*", "remquol" "eeei*", "sincos" "vdd*d*", "sincosf" "vff*f*", "sincosl" "vee*e*",
        "ilogb" "id", "ilogbf" "if", "ilogbl" "ie"];
    Lrint Library ["lrint" "ld", "lrintf" "lf", "lrintl" "le", "llrint" "Ld", "llrintf" "Lf", "llrintl" "Le"];
    Lround Library ["lround" "ld", "lroundf" "lf", "lroundl" "le", "llround" "Ld", "llroundf" "Lf", "llroundl" "Le"];
    // Complex.
    Creal Library ["creal" "dD", "crealf" "fC", "creall" "eE"];
    Cimag Library ["cimag" "dD", "cimagf" "fC", "cimagl" "eE"];
    Conj Library ["conj" "DD", "conjf" "CC", "conjl" "EE"];
    Cabs Library ["cabs" "dD", "cabsf" "fC", "cabsl" "eE", "carg" "dD", "cargf" "fC", "cargl" "eE"];
    LibraryComplex Library ["cexp" "DD", "cexpf" "CC", "cexpl" "EE", "clog" "DD", "clogf" "CC", "clogl" "EE",
        "csqrt" "DD", "csqrtf" "CC", "csqrtl" "EE", "csin" "DD", "csinf" "CC", "csinl" "EE",
        "ccos" "DD", "ccosf" "CC", "ccosl" "EE", "cproj" "DD", "cprojf" "CC", "cprojl" "EE"];
}

//! Runtime routines that code generation may call by itself: the names that libgcc, libm and libc
//! give them.

use crate::condition::named_enum;

named_enum! {
    /// A routine of the C runtime.
    #[allow(missing_docs)]
    LibCall {
        Memcpy "memcpy", Memmove "memmove", Memset "memset", Memcmp "memcmp",
        Divti3 "__divti3", Modti3 "__modti3", Udivti3 "__udivti3", Umodti3 "__umodti3",
        Divdi3 "__divdi3", Moddi3 "__moddi3", Udivdi3 "__udivdi3", Umoddi3 "__umoddi3",
        Multi3 "__multi3", Mulodi4 "__mulodi4", Muloti4 "__muloti4",
        Floattisf "__floattisf", Floattidf "__floattidf", Floattixf "__floattixf", Floattitf "__floattitf",
        Floatuntisf "__floatuntisf", Floatuntidf "__floatuntidf", Floatuntixf "__floatuntixf",
        Floatuntitf "__floatuntitf",
        Fixsfti "__fixsfti", Fixdfti "__fixdfti", Fixxfti "__fixxfti", Fixtfti "__fixtfti",
        Fixunssfti "__fixunssfti", Fixunsdfti "__fixunsdfti", Fixunsxfti "__fixunsxfti",
        Fixunstfti "__fixunstfti",
        Floatdisf "__floatdisf", Floatdidf "__floatdidf", Floatundisf "__floatundisf",
        Floatundidf "__floatundidf", Floatdixf "__floatdixf", Floatundixf "__floatundixf",
        Fixxfdi "__fixxfdi", Fixsfdi "__fixsfdi", Fixdfdi "__fixdfdi",
        Fixunssfdi "__fixunssfdi", Fixunsdfdi "__fixunsdfdi", Fixunsxfdi "__fixunsxfdi",
        Addtf3 "__addtf3", Subtf3 "__subtf3", Multf3 "__multf3", Divtf3 "__divtf3", Negtf2 "__negtf2",
        Eqtf2 "__eqtf2", Netf2 "__netf2", Lttf2 "__lttf2", Letf2 "__letf2", Gttf2 "__gttf2",
        Getf2 "__getf2", Unordtf2 "__unordtf2",
        Extendsftf2 "__extendsftf2", Extenddftf2 "__extenddftf2", Extendxftf2 "__extendxftf2",
        Trunctfsf2 "__trunctfsf2", Trunctfdf2 "__trunctfdf2", Trunctfxf2 "__trunctfxf2",
        Fixtfsi "__fixtfsi", Fixtfdi "__fixtfdi", Fixunstfsi "__fixunstfsi", Fixunstfdi "__fixunstfdi",
        Floatsitf "__floatsitf", Floatditf "__floatditf", Floatunsitf "__floatunsitf",
        Floatunditf "__floatunditf",
        Mulsc3 "__mulsc3", Muldc3 "__muldc3", Mulxc3 "__mulxc3", Multc3 "__multc3",
        Divsc3 "__divsc3", Divdc3 "__divdc3", Divxc3 "__divxc3", Divtc3 "__divtc3",
        Popcountdi2 "__popcountdi2", Popcountti2 "__popcountti2",
        Fmodf "fmodf", Fmod "fmod", Fmodl "fmodl", Fmaf "fmaf", Fma "fma", Fmal "fmal",
        Sqrtf "sqrtf", Sqrt "sqrt", Sqrtl "sqrtl",
        Ceilf "ceilf", Ceil "ceil", Ceill "ceill", Floorf "floorf", Floor "floor", Floorl "floorl",
        Truncf "truncf", Trunc "trunc", Truncl "truncl",
        Rintf "rintf", Rint "rint", Rintl "rintl", Nearbyintf "nearbyintf", Nearbyint "nearbyint",
        Nearbyintl "nearbyintl", Fminf "fminf", Fmin "fmin", Fminl "fminl",
        Fmaxf "fmaxf", Fmax "fmax", Fmaxl "fmaxl",
        Fmodf128 "fmodf128", Fmaf128 "fmaf128", Sqrtf128 "sqrtf128", Ceilf128 "ceilf128",
        Floorf128 "floorf128", Truncf128 "truncf128", Rintf128 "rintf128", Fminf128 "fminf128",
        Fmaxf128 "fmaxf128",
        AtomicLoad "__atomic_load", AtomicStore "__atomic_store", AtomicExchange "__atomic_exchange",
        AtomicCompareExchange "__atomic_compare_exchange",
        AtomicLoad16 "__atomic_load_16", AtomicStore16 "__atomic_store_16",
        AtomicExchange16 "__atomic_exchange_16",
        AtomicCompareExchange16 "__atomic_compare_exchange_16",
        AtomicFetchAdd16 "__atomic_fetch_add_16", AtomicFetchSub16 "__atomic_fetch_sub_16",
        AtomicFetchAnd16 "__atomic_fetch_and_16", AtomicFetchOr16 "__atomic_fetch_or_16",
        AtomicFetchXor16 "__atomic_fetch_xor_16", AtomicFetchNand16 "__atomic_fetch_nand_16",
        TlsGetAddr "__tls_get_addr", UnwindResume "_Unwind_Resume", StackChkFail "__stack_chk_fail",
        StackChkFailLocal "__stack_chk_fail_local", Abort "abort",
    }
}

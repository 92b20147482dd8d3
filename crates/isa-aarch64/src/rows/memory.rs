//! Loads, stores, exclusives, atomics (Arm ARM C4.1.94).

use lathe_isa::RowFlags as Is;
use lathe_isa::word::Group;
use lathe_isa::word::template::{f, g};
use lathe_target::features::Feature as Has;

/// Registers with all addresses, in one group: `$word` is the form with a scaled offset. Those of all registers
/// come first: they are by far the most common.
macro_rules! single {
    ($name:literal, [$($t:literal $log2:literal $word:literal),*], [$($literal:expr),*]) => {
        g(
            $name,
            &[
                $(f(concat!($t, " ms", $log2), $word),)*
                $(f(concat!($t, " mi", $log2), $word - 0x0100_0000 + 0x0020_0800),)*
                $(f(concat!($t, " mu"), $word - 0x0100_0000).alias(),)*
                $(f(concat!($t, " mpost"), $word - 0x0100_0000 + 0x400),)*
                $(f(concat!($t, " mpre"), $word - 0x0100_0000 + 0xc00),)*
                $($literal,)*
            ],
        )
    };
}

#[rustfmt::skip]
pub(super) const SINGLE: &[Group] = &[
    single!("ldr", ["=Xt" "3" 0xf940_0000, "=Wt" "2" 0xb940_0000, "=Dt" "3" 0xfd40_0000, "=St" "2" 0xbd40_0000, "=Qt" "4" 0x3dc0_0000, "=Ht" "1" 0x7d40_0000, "=Bt" "0" 0x3d40_0000],
        [f("=Wt literal", 0x1800_0000), f("=Xt literal", 0x5800_0000), f("=St literal", 0x1c00_0000), f("=Dt literal", 0x5c00_0000), f("=Qt literal", 0x9c00_0000)]),
    single!("str", ["Xt" "3" 0xf900_0000, "Wt" "2" 0xb900_0000, "Dt" "3" 0xfd00_0000, "St" "2" 0xbd00_0000, "Qt" "4" 0x3d80_0000, "Ht" "1" 0x7d00_0000, "Bt" "0" 0x3d00_0000], []).flags(Is::MAY_STORE),
    single!("ldrb", ["=Wt" "0" 0x3940_0000], []), single!("strb", ["Wt" "0" 0x3900_0000], []).flags(Is::MAY_STORE),
    single!("ldrh", ["=Wt" "1" 0x7940_0000], []), single!("strh", ["Wt" "1" 0x7900_0000], []).flags(Is::MAY_STORE),
    single!("ldrsb", ["=Wt" "0" 0x39c0_0000, "=Xt" "0" 0x3980_0000], []), single!("ldrsh", ["=Wt" "1" 0x79c0_0000, "=Xt" "1" 0x7980_0000], []),
    single!("ldrsw", ["=Xt" "2" 0xb980_0000], [f("=Xt literal", 0x9800_0000)]),
    g("prfm", &[f("prfop ms3", 0xf980_0000), f("prfop mi3", 0xf8a0_0800), f("prfop literal", 0xd800_0000), f("prfop mu", 0xf880_0000).alias()]).flags(Is::ADDRESS_ONLY.or(Is::SIDE_EFFECT)),
    g("prfum", &[f("prfop mu", 0xf880_0000)]).flags(Is::ADDRESS_ONLY.or(Is::SIDE_EFFECT)),
];

#[rustfmt::skip]
pub(super) const UNSCALED: &[Group] = &[
    g("ldur", &[f("=Xt mu", 0xf840_0000), f("=Wt mu", 0xb840_0000), f("=Dt mu", 0xfc40_0000), f("=St mu", 0xbc40_0000), f("=Qt mu", 0x3cc0_0000), f("=Ht mu", 0x7c40_0000), f("=Bt mu", 0x3c40_0000)]),
    g("stur", &[f("Xt mu", 0xf800_0000), f("Wt mu", 0xb800_0000), f("Dt mu", 0xfc00_0000), f("St mu", 0xbc00_0000), f("Qt mu", 0x3c80_0000), f("Ht mu", 0x7c00_0000), f("Bt mu", 0x3c00_0000)]).flags(Is::MAY_STORE),
    g("ldurb", &[f("=Wt mu", 0x3840_0000)]), g("sturb", &[f("Wt mu", 0x3800_0000)]).flags(Is::MAY_STORE), g("ldurh", &[f("=Wt mu", 0x7840_0000)]), g("sturh", &[f("Wt mu", 0x7800_0000)]).flags(Is::MAY_STORE),
    g("ldursb", &[f("=Wt mu", 0x38c0_0000), f("=Xt mu", 0x3880_0000)]), g("ldursh", &[f("=Wt mu", 0x78c0_0000), f("=Xt mu", 0x7880_0000)]), g("ldursw", &[f("=Xt mu", 0xb880_0000)]),
    g("ldtr", &[f("=Xt mu", 0xf840_0800), f("=Wt mu", 0xb840_0800)]), g("sttr", &[f("Xt mu", 0xf800_0800), f("Wt mu", 0xb800_0800)]).flags(Is::MAY_STORE),
    g("ldtrb", &[f("=Wt mu", 0x3840_0800)]), g("sttrb", &[f("Wt mu", 0x3800_0800)]).flags(Is::MAY_STORE), g("ldtrh", &[f("=Wt mu", 0x7840_0800)]), g("sttrh", &[f("Wt mu", 0x7800_0800)]).flags(Is::MAY_STORE),
    g("ldtrsb", &[f("=Wt mu", 0x38c0_0800), f("=Xt mu", 0x3880_0800)]), g("ldtrsh", &[f("=Wt mu", 0x78c0_0800), f("=Xt mu", 0x7880_0800)]), g("ldtrsw", &[f("=Xt mu", 0xb880_0800)]),
    g("ldraa", &[f("=Xt ma", 0xf820_0400), f("=Xt mapre", 0xf820_0c00)]), g("ldrab", &[f("=Xt ma", 0xf8a0_0400), f("=Xt mapre", 0xf8a0_0c00)]),
];

macro_rules! pair {
    ($name:literal, $access:literal, $load:literal) => {
        g(
            $name,
            &[
                f(concat!($access, "Xt ", $access, "X2 mp3"), 0xa900_0000 | $load << 22),
                f(concat!($access, "Wt ", $access, "W2 mp2"), 0x2900_0000 | $load << 22),
                f(concat!($access, "Dt ", $access, "D2 mp3"), 0x6d00_0000 | $load << 22),
                f(concat!($access, "Qt ", $access, "Q2 mp4"), 0xad00_0000 | $load << 22),
                f(concat!($access, "St ", $access, "S2 mp2"), 0x2d00_0000 | $load << 22),
                f(concat!($access, "Xt ", $access, "X2 mppre3"), 0xa980_0000 | $load << 22),
                f(concat!($access, "Xt ", $access, "X2 mppost3"), 0xa880_0000 | $load << 22),
                f(concat!($access, "Wt ", $access, "W2 mppre2"), 0x2980_0000 | $load << 22),
                f(concat!($access, "Wt ", $access, "W2 mppost2"), 0x2880_0000 | $load << 22),
                f(concat!($access, "Dt ", $access, "D2 mppre3"), 0x6d80_0000 | $load << 22),
                f(concat!($access, "Dt ", $access, "D2 mppost3"), 0x6c80_0000 | $load << 22),
                f(concat!($access, "Qt ", $access, "Q2 mppre4"), 0xad80_0000 | $load << 22),
                f(concat!($access, "Qt ", $access, "Q2 mppost4"), 0xac80_0000 | $load << 22),
                f(concat!($access, "St ", $access, "S2 mppre2"), 0x2d80_0000 | $load << 22),
                f(concat!($access, "St ", $access, "S2 mppost2"), 0x2c80_0000 | $load << 22),
            ],
        )
    };
}

macro_rules! pair_hint {
    ($name:literal, $access:literal, $load:literal) => {
        g(
            $name,
            &[
                f(concat!($access, "Xt ", $access, "X2 mp3"), 0xa800_0000 | $load << 22),
                f(concat!($access, "Wt ", $access, "W2 mp2"), 0x2800_0000 | $load << 22),
                f(concat!($access, "Dt ", $access, "D2 mp3"), 0x6c00_0000 | $load << 22),
                f(concat!($access, "Qt ", $access, "Q2 mp4"), 0xac00_0000 | $load << 22),
                f(concat!($access, "St ", $access, "S2 mp2"), 0x2c00_0000 | $load << 22),
            ],
        )
    };
}

#[rustfmt::skip]
pub(super) const PAIRS: &[Group] = &[
    pair!("ldp", "=", 1), pair!("stp", "", 0).flags(Is::MAY_STORE),
    g("ldpsw", &[f("=Xt =X2 mp2", 0x6940_0000), f("=Xt =X2 mppre2", 0x69c0_0000), f("=Xt =X2 mppost2", 0x68c0_0000)]),
    pair_hint!("ldnp", "=", 1), pair_hint!("stnp", "", 0).flags(Is::MAY_STORE),
];

/// Ordered and exclusive loads and stores; all sizes in one shape: word of bytes, halfwords, words, doublewords by bits 31:30.
macro_rules! ordered {
    ($($w:literal $b:literal $h:literal $operands:literal $word:literal $flags:expr;)*) => {
        &[$(
            g($w, &[f(concat!($operands, "Xt mb"), 3 << 30 | $word), f(concat!($operands, "Wt mb"), 2 << 30 | $word)]).flags($flags),
            g($b, &[f(concat!($operands, "Wt mb"), $word)]).flags($flags),
            g($h, &[f(concat!($operands, "Wt mb"), 1 << 30 | $word)]).flags($flags),
        )*]
    };
}

const LOAD: Is = Is::SIDE_EFFECT.or(Is::MAY_LOAD);
const STORE: Is = Is::SIDE_EFFECT.or(Is::MAY_STORE);
const BOTH: Is = LOAD.or(STORE);

#[rustfmt::skip]
pub(super) const ORDERED: &[Group] = ordered! {
    "ldxr" "ldxrb" "ldxrh" "=" 0x085f_7c00 LOAD;
    "ldaxr" "ldaxrb" "ldaxrh" "=" 0x085f_fc00 LOAD;
    "ldar" "ldarb" "ldarh" "=" 0x08df_fc00 LOAD;
    "stlr" "stlrb" "stlrh" "" 0x089f_fc00 STORE;
    "ldlar" "ldlarb" "ldlarh" "=" 0x08df_7c00 LOAD;
    "stllr" "stllrb" "stllrh" "" 0x089f_7c00 STORE;
    "stxr" "stxrb" "stxrh" "=Wm " 0x0800_7c00 STORE;
    "stlxr" "stlxrb" "stlxrh" "=Wm " 0x0800_fc00 STORE;
    "ldapr" "ldaprb" "ldaprh" "=" 0x38bf_c000 LOAD;
};

#[rustfmt::skip]
pub(super) const EXCLUSIVE_PAIRS: &[Group] = &[
    g("ldxp", &[f("=Xt =X2 mb", 0xc87f_0000), f("=Wt =W2 mb", 0x887f_0000)]).flags(LOAD), g("ldaxp", &[f("=Xt =X2 mb", 0xc87f_8000), f("=Wt =W2 mb", 0x887f_8000)]).flags(LOAD),
    g("stxp", &[f("=Wm Xt X2 mb", 0xc820_0000), f("=Wm Wt W2 mb", 0x8820_0000)]).flags(STORE), g("stlxp", &[f("=Wm Xt X2 mb", 0xc820_8000), f("=Wm Wt W2 mb", 0x8820_8000)]).flags(STORE),
    g("casp", &[f("+Xi +Xj Xk Xl mb", 0x4820_7c00), f("+Wi +Wj Wk Wl mb", 0x0820_7c00)]).flags(BOTH).needs(Has::Lse), g("caspa", &[f("+Xi +Xj Xk Xl mb", 0x4860_7c00), f("+Wi +Wj Wk Wl mb", 0x0860_7c00)]).flags(BOTH).needs(Has::Lse),
    g("caspl", &[f("+Xi +Xj Xk Xl mb", 0x4820_fc00), f("+Wi +Wj Wk Wl mb", 0x0820_fc00)]).flags(BOTH).needs(Has::Lse), g("caspal", &[f("+Xi +Xj Xk Xl mb", 0x4860_fc00), f("+Wi +Wj Wk Wl mb", 0x0860_fc00)]).flags(BOTH).needs(Has::Lse),
];

/// One atomic operation with its orderings and sizes. `$a` is the acquire bit, `$l` the release bit.
macro_rules! atomic {
    ($name:literal, $operands:literal, $w:literal, $x:literal, $word:expr, $a:literal, $l:literal) => {
        &[
            atomic!(@ concat!($name), $operands, $w, $x, $word), atomic!(@ concat!($name, "a"), $operands, $w, $x, $word | $a),
            atomic!(@ concat!($name, "l"), $operands, $w, $x, $word | $l), atomic!(@ concat!($name, "al"), $operands, $w, $x, $word | $a | $l),
            atomic!(@b concat!($name, "b"), $w, $word), atomic!(@b concat!($name, "ab"), $w, $word | $a),
            atomic!(@b concat!($name, "lb"), $w, $word | $l), atomic!(@b concat!($name, "alb"), $w, $word | $a | $l),
            atomic!(@b concat!($name, "h"), $w, $word | 1 << 30), atomic!(@b concat!($name, "ah"), $w, $word | $a | 1 << 30),
            atomic!(@b concat!($name, "lh"), $w, $word | $l | 1 << 30), atomic!(@b concat!($name, "alh"), $w, $word | $a | $l | 1 << 30),
        ]
    };
    (@ $name:expr, $operands:literal, $w:literal, $x:literal, $word:expr) => {
        g($name, &[f($x, 3 << 30 | $word), f($w, 2 << 30 | $word)]).flags(BOTH).needs(Has::Lse)
    };
    (@b $name:expr, $w:literal, $word:expr) => {
        g($name, &[f($w, $word)]).flags(BOTH).needs(Has::Lse)
    };
}

/// The same without the old value: `Rt` is the zero register.
macro_rules! atomic_store {
    ($($name:literal $opcode:literal)*) => {
        &[$(
            atomic_store!(@ $name, 0x3820_001f | $opcode << 12), atomic_store!(@ concat!($name, "l"), 0x3860_001f | $opcode << 12),
            atomic_store!(@b concat!($name, "b"), 0x3820_001f | $opcode << 12), atomic_store!(@b concat!($name, "lb"), 0x3860_001f | $opcode << 12),
            atomic_store!(@b concat!($name, "h"), 0x7820_001f | $opcode << 12), atomic_store!(@b concat!($name, "lh"), 0x7860_001f | $opcode << 12),
        )*]
    };
    (@ $name:expr, $word:expr) => { g($name, &[f("Xm mb", 3 << 30 | $word).alias(), f("Wm mb", 2 << 30 | $word).alias()]).flags(BOTH).needs(Has::Lse) };
    (@b $name:expr, $word:expr) => { g($name, &[f("Wm mb", $word).alias()]).flags(BOTH).needs(Has::Lse) };
}

macro_rules! atomics {
    ($($name:literal $opcode:literal)*) => {
        [$(atomic!($name, "Rm =Rt mb", "Wm =Wt mb", "Xm =Xt mb", 0x3820_0000 | $opcode << 12, 0x0080_0000, 0x0040_0000)),*]
    };
}

/// `cas` and `swp` and the arithmetic ones.
pub(super) const CAS: &[Group] =
    atomic!("cas", "+Rm Rt mb", "+Wm Wt mb", "+Xm Xt mb", 0x08a0_7c00, 0x0040_0000, 0x8000);

#[rustfmt::skip]
pub(super) const ATOMICS: [&[Group]; 9] = atomics! {
    "ldadd" 0x0 "ldclr" 0x1 "ldeor" 0x2 "ldset" 0x3 "ldsmax" 0x4 "ldsmin" 0x5 "ldumax" 0x6 "ldumin" 0x7 "swp" 0x8
};

#[rustfmt::skip]
pub(super) const ATOMIC_STORES: &[Group] = atomic_store! {
    "stadd" 0x0 "stclr" 0x1 "steor" 0x2 "stset" 0x3 "stsmax" 0x4 "stsmin" 0x5 "stumax" 0x6 "stumin" 0x7
};

/// Lists of vector registers, `count` registers: opcode of consecutive (`ld1`) or interleaved (`ld2` to `ld4`).
#[rustfmt::skip]
macro_rules! lists {
    ($name:literal, $access:literal, $load:literal, [$($list:literal $opcode:literal),*], $lanes:literal $lane_word:literal) => {
        g($name, &[
            $(f(concat!($access, $list, " mb"), 0x0c00_0000 | $load << 22 | $opcode << 12), f(concat!($access, $list, " mlist"), 0x0c80_0000 | $load << 22 | $opcode << 12),)*
            f(concat!($access, $lanes, " mb"), 0x0d00_0000 | $load << 22 | $lane_word), f(concat!($access, $lanes, " mlist"), 0x0d80_0000 | $load << 22 | $lane_word),
        ])
    };
}

macro_rules! replicate {
    ($name:literal, $list:literal, $word:literal) => {
        g(
            $name,
            &[
                f(concat!("=", $list, " mb"), 0x0d40_c000 | $word),
                f(concat!("=", $list, " mlist"), 0x0dc0_c000 | $word),
            ],
        )
    };
}

#[rustfmt::skip]
pub(super) const LISTS: &[Group] = &[
    lists!("ld1", "+", 1, ["list1" 7, "list2" 10, "list3" 6, "list4" 2], "lanes1" 0), lists!("st1", "", 0, ["list1" 7, "list2" 10, "list3" 6, "list4" 2], "lanes1" 0).flags(Is::MAY_STORE),
    lists!("ld2", "+", 1, ["list2" 8], "lanes2" 0x0020_0000), lists!("st2", "", 0, ["list2" 8], "lanes2" 0x0020_0000).flags(Is::MAY_STORE),
    lists!("ld3", "+", 1, ["list3" 4], "lanes3" 0x2000), lists!("st3", "", 0, ["list3" 4], "lanes3" 0x2000).flags(Is::MAY_STORE),
    lists!("ld4", "+", 1, ["list4" 0], "lanes4" 0x0020_2000), lists!("st4", "", 0, ["list4" 0], "lanes4" 0x0020_2000).flags(Is::MAY_STORE),
    replicate!("ld1r", "list1", 0), replicate!("ld2r", "list2", 0x0020_0000), replicate!("ld3r", "list3", 0x2000), replicate!("ld4r", "list4", 0x0020_2000),
];

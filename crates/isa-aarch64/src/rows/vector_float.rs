//! Floating-point operations of vectors, with their scalar forms; cryptography, dot products, complex numbers
//! (Arm ARM C4.1.96).

use lathe_isa::word::Group;
use lathe_isa::word::template::{f, fs, g};
use lathe_target::features::Feature as Has;

/// Three registers: access, name, `U:a`, opcode.
macro_rules! three {
    ($($access:literal $name:literal $u:literal $a:literal $opcode:literal;)*) => {
        &[$(g($name, &[
            fs("fFG", concat!($access, "Vd Vn Vm"), 0x0e20_0400 | $u << 29 | $a << 23 | $opcode << 11),
            fs("eE", concat!($access, "Vd Vn Vm"), 0x0e40_0400 | $u << 29 | $a << 23 | ($opcode & 7) << 11),
        ])),*]
    };
}

macro_rules! three_scalar {
    ($($name:literal $u:literal $a:literal $opcode:literal;)*) => {
        &[$(g($name, &[
            fs("45", "=Ed En Em", 0x5e20_0400 | $u << 29 | $a << 23 | $opcode << 11),
            f("=Hd Hn Hm", 0x5e40_0400 | $u << 29 | $a << 23 | ($opcode & 7) << 11),
        ])),*]
    };
}

pub(super) const THREE: &[Group] = three! {
    "=" "fadd" 0 0 26; "=" "fsub" 0 1 26; "=" "fmul" 1 0 27; "=" "fdiv" 1 0 31; "+" "fmla" 0 0 25; "+" "fmls" 0 1 25; "=" "fmulx" 0 0 27;
    "=" "fmax" 0 0 30; "=" "fmin" 0 1 30; "=" "fmaxnm" 0 0 24; "=" "fminnm" 0 1 24; "=" "fabd" 1 1 26;
    "=" "fcmeq" 0 0 28; "=" "fcmge" 1 0 28; "=" "fcmgt" 1 1 28; "=" "facge" 1 0 29; "=" "facgt" 1 1 29; "=" "frecps" 0 0 31; "=" "frsqrts" 0 1 31;
    "=" "faddp" 1 0 26; "=" "fmaxp" 1 0 30; "=" "fminp" 1 1 30; "=" "fmaxnmp" 1 0 24; "=" "fminnmp" 1 1 24;
};

pub(super) const THREE_SCALAR: &[Group] = three_scalar! {
    "fmulx" 0 0 27; "fabd" 1 1 26; "fcmeq" 0 0 28; "fcmge" 1 0 28; "fcmgt" 1 1 28; "facge" 1 0 29; "facgt" 1 1 29; "frecps" 0 0 31; "frsqrts" 0 1 31;
};

/// Two registers: name, `U:a`, opcode.
macro_rules! two {
    ($($name:literal $u:literal $a:literal $opcode:literal;)*) => {
        &[$(g($name, &[
            fs("fFG", "=Vd Vn", 0x0e20_0800 | $u << 29 | $a << 23 | $opcode << 12),
            fs("eE", "=Vd Vn", 0x0e78_0800 | $u << 29 | $a << 23 | $opcode << 12),
        ])),*]
    };
}

macro_rules! two_scalar {
    ($($name:literal $u:literal $a:literal $opcode:literal;)*) => {
        &[$(g($name, &[
            fs("45", "=Ed En", 0x5e20_0800 | $u << 29 | $a << 23 | $opcode << 12),
            f("=Hd Hn", 0x5e78_0800 | $u << 29 | $a << 23 | $opcode << 12),
        ])),*]
    };
}

pub(super) const TWO: &[Group] = two! {
    "fabs" 0 1 15; "fneg" 1 1 15; "fsqrt" 1 1 31; "frintn" 0 0 24; "frintm" 0 0 25; "frintp" 0 1 24; "frintz" 0 1 25; "frinta" 1 0 24; "frintx" 1 0 25; "frinti" 1 1 25;
    "fcvtns" 0 0 26; "fcvtms" 0 0 27; "fcvtas" 0 0 28; "scvtf" 0 0 29; "fcvtps" 0 1 26; "fcvtzs" 0 1 27; "fcvtnu" 1 0 26; "fcvtmu" 1 0 27; "fcvtau" 1 0 28; "ucvtf" 1 0 29;
    "fcvtpu" 1 1 26; "fcvtzu" 1 1 27; "frecpe" 0 1 29; "frsqrte" 1 1 29;
};

pub(super) const TWO_SCALAR: &[Group] = two_scalar! {
    "fcvtns" 0 0 26; "fcvtms" 0 0 27; "fcvtas" 0 0 28; "scvtf" 0 0 29; "fcvtps" 0 1 26; "fcvtzs" 0 1 27; "fcvtnu" 1 0 26; "fcvtmu" 1 0 27; "fcvtau" 1 0 28; "ucvtf" 1 0 29;
    "fcvtpu" 1 1 26; "fcvtzu" 1 1 27; "frecpe" 0 1 29; "frsqrte" 1 1 29; "frecpx" 0 1 31;
};

/// Comparisons with zero: name, `U`, opcode.
macro_rules! with_zero {
    ($($name:literal $u:literal $opcode:literal;)*) => {
        &[$(g($name, &[
            fs("fFG", "=Vd Vn fzero", 0x0ea0_0800 | $u << 29 | $opcode << 12), fs("45", "=Ed En fzero", 0x5ea0_0800 | $u << 29 | $opcode << 12),
            fs("eE", "=Vd Vn fzero", 0x0ef8_0800 | $u << 29 | $opcode << 12), f("=Hd Hn fzero", 0x5ef8_0800 | $u << 29 | $opcode << 12),
        ])),*]
    };
}

pub(super) const WITH_ZERO: &[Group] =
    with_zero! { "fcmgt" 0 12; "fcmeq" 0 13; "fcmlt" 0 14; "fcmge" 1 12; "fcmle" 1 13; };

/// To and from fixed point.
macro_rules! fixed {
    ($($name:literal $u:literal $opcode:literal;)*) => {
        &[$(g($name, &[fs("rSTqQ", "=Vd Vn SR", 0x0f00_0400 | $u << 29 | $opcode << 11), fs("897", "=Ed En SR", 0x5f00_0400 | $u << 29 | $opcode << 11)])),*]
    };
}

pub(super) const FIXED: &[Group] = fixed! { "scvtf" 0 28; "fcvtzs" 0 31; "ucvtf" 1 28; "fcvtzu" 1 31; };

#[rustfmt::skip]
pub(super) const OTHERS: &[Group] = &[
    g("fmla", &[fs("fFG", "+Vd Vn LM", 0x0f80_1000), fs("45", "+Ed En LM", 0x5f80_1000), fs("eE", "+Vd Vn LM", 0x0f00_1000), f("+Hd Hn laneHM", 0x5f00_1000)]), g("fmls", &[fs("fFG", "+Vd Vn LM", 0x0f80_5000), fs("45", "+Ed En LM", 0x5f80_5000), fs("eE", "+Vd Vn LM", 0x0f00_5000), f("+Hd Hn laneHM", 0x5f00_5000)]),
    g("fmul", &[fs("fFG", "=Vd Vn LM", 0x0f80_9000), fs("45", "=Ed En LM", 0x5f80_9000), fs("eE", "=Vd Vn LM", 0x0f00_9000), f("=Hd Hn laneHM", 0x5f00_9000)]), g("fmulx", &[fs("fFG", "=Vd Vn LM", 0x2f80_9000), fs("45", "=Ed En LM", 0x7f80_9000), fs("eE", "=Vd Vn LM", 0x2f00_9000), f("=Hd Hn laneHM", 0x7f00_9000)]),
    g("fmov", &[fs("rS", "=Vd vfimm", 0x0f00_f400), f("=2Dd vfimm", 0x6f00_f400), f("=4Hd vfimm", 0x0f00_fc00), f("=8Hd vfimm", 0x4f00_fc00)]),
    g("fcvtl", &[f("=4Sd 4Hn", 0x0e21_7800), f("=2Dd 2Sn", 0x0e61_7800)]), g("fcvtl2", &[f("=4Sd 8Hn", 0x4e21_7800), f("=2Dd 4Sn", 0x4e61_7800)]),
    g("fcvtn", &[f("=4Hd 4Sn", 0x0e21_6800), f("=2Sd 2Dn", 0x0e61_6800)]), g("fcvtn2", &[f("+8Hd 4Sn", 0x4e21_6800), f("+4Sd 2Dn", 0x4e61_6800)]),
    g("fcvtxn", &[f("=2Sd 2Dn", 0x2e61_6800), f("=Sd Dn", 0x7e61_6800)]), g("fcvtxn2", &[f("+4Sd 2Dn", 0x6e61_6800)]),
    g("urecpe", &[fs("rS", "=Vd Vn", 0x0ea1_c800)]), g("ursqrte", &[fs("rS", "=Vd Vn", 0x2ea1_c800)]),
    g("fmaxnmv", &[f("=Sd 4Sn", 0x6e30_c800), f("=Hd 4Hn", 0x0e30_c800), f("=Hd 8Hn", 0x4e30_c800)]), g("fminnmv", &[f("=Sd 4Sn", 0x6eb0_c800), f("=Hd 4Hn", 0x0eb0_c800), f("=Hd 8Hn", 0x4eb0_c800)]), g("fmaxv", &[f("=Sd 4Sn", 0x6e30_f800), f("=Hd 4Hn", 0x0e30_f800), f("=Hd 8Hn", 0x4e30_f800)]), g("fminv", &[f("=Sd 4Sn", 0x6eb0_f800), f("=Hd 4Hn", 0x0eb0_f800), f("=Hd 8Hn", 0x4eb0_f800)]),
    g("faddp", &[fs("45", "=Ed Vn", 0x7e30_d800), f("=Hd 2Hn", 0x5e30_d800)]), g("fmaxp", &[fs("45", "=Ed Vn", 0x7e30_f800), f("=Hd 2Hn", 0x5e30_f800)]), g("fminp", &[fs("45", "=Ed Vn", 0x7eb0_f800), f("=Hd 2Hn", 0x5eb0_f800)]),
    g("fmaxnmp", &[fs("45", "=Ed Vn", 0x7e30_c800), f("=Hd 2Hn", 0x5e30_c800)]), g("fminnmp", &[fs("45", "=Ed Vn", 0x7eb0_c800), f("=Hd 2Hn", 0x5eb0_c800)]),
    g("fcadd", &[fs("iIjJK", "=Vd Vn Vm rot12", 0x2e00_e400)]), g("fcmla", &[fs("iIjJK", "+Vd Vn Vm rot11", 0x2e00_c400)]),
    g("sdot", &[f("+2Sd 8Bn 8Bm", 0x0e80_9400), f("+4Sd 16Bn 16Bm", 0x4e80_9400), f("+2Sd 8Bn lane4BM", 0x0f80_e000), f("+4Sd 16Bn lane4BM", 0x4f80_e000)]),
    g("udot", &[f("+2Sd 8Bn 8Bm", 0x2e80_9400), f("+4Sd 16Bn 16Bm", 0x6e80_9400), f("+2Sd 8Bn lane4BM", 0x2f80_e000), f("+4Sd 16Bn lane4BM", 0x6f80_e000)]),
    g("usdot", &[f("+2Sd 8Bn 8Bm", 0x0e80_9c00), f("+4Sd 16Bn 16Bm", 0x4e80_9c00), f("+2Sd 8Bn lane4BM", 0x0f80_f000), f("+4Sd 16Bn lane4BM", 0x4f80_f000)]),
];

#[rustfmt::skip]
pub(super) const CRYPTOGRAPHY: &[Group] = &[
    g("aese", &[f("+16Bd 16Bn", 0x4e28_4800)]).needs(Has::Crypto), g("aesd", &[f("+16Bd 16Bn", 0x4e28_5800)]).needs(Has::Crypto), g("aesmc", &[f("=16Bd 16Bn", 0x4e28_6800)]).needs(Has::Crypto), g("aesimc", &[f("=16Bd 16Bn", 0x4e28_7800)]).needs(Has::Crypto),
    g("sha1h", &[f("=Sd Sn", 0x5e28_0800)]).needs(Has::Crypto), g("sha1su1", &[f("+4Sd 4Sn", 0x5e28_1800)]).needs(Has::Crypto), g("sha256su0", &[f("+4Sd 4Sn", 0x5e28_2800)]).needs(Has::Crypto),
    g("sha1c", &[f("+Qd Sn 4Sm", 0x5e00_0000)]).needs(Has::Crypto), g("sha1p", &[f("+Qd Sn 4Sm", 0x5e00_1000)]).needs(Has::Crypto), g("sha1m", &[f("+Qd Sn 4Sm", 0x5e00_2000)]).needs(Has::Crypto),
    g("sha1su0", &[f("+4Sd 4Sn 4Sm", 0x5e00_3000)]).needs(Has::Crypto), g("sha256h", &[f("+Qd Qn 4Sm", 0x5e00_4000)]).needs(Has::Crypto), g("sha256h2", &[f("+Qd Qn 4Sm", 0x5e00_5000)]).needs(Has::Crypto), g("sha256su1", &[f("+4Sd 4Sn 4Sm", 0x5e00_6000)]).needs(Has::Crypto),
    g("sha512h", &[f("+Qd Qn 2Dm", 0xce60_8000)]), g("sha512h2", &[f("+Qd Qn 2Dm", 0xce60_8400)]), g("sha512su1", &[f("+2Dd 2Dn 2Dm", 0xce60_8800)]), g("sha512su0", &[f("+2Dd 2Dn", 0xcec0_8000)]),
    g("eor3", &[f("=16Bd 16Bn 16Bm 16Ba", 0xce00_0000)]), g("bcax", &[f("=16Bd 16Bn 16Bm 16Ba", 0xce20_0000)]), g("rax1", &[f("=2Dd 2Dn 2Dm", 0xce60_8c00)]), g("xar", &[f("=2Dd 2Dn 2Dm rotate6", 0xce80_0000)]),
];

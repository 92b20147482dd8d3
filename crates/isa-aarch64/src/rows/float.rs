//! Scalar floating point (Arm ARM C4.1.96).

use super::integer::FLAGS;
use lathe_isa::word::Group;
use lathe_isa::word::template::{f, fs, g};

macro_rules! two {
    ($($name:literal $opcode:literal)*) => { &[$(g($name, &[fs("sdh", "=Fd Fn Fm", 0x1e20_0800 | $opcode << 12)])),*] };
}

macro_rules! one {
    ($($name:literal $opcode:literal)*) => { &[$(g($name, &[fs("sdh", "=Fd Fn", 0x1e20_4000 | $opcode << 15)])),*] };
}

macro_rules! fused {
    ($($name:literal $word:literal)*) => { &[$(g($name, &[fs("sdh", "=Fd Fn Fm Fa", $word)])),*] };
}

pub(super) const TWO: &[Group] =
    two! { "fmul" 0 "fdiv" 1 "fadd" 2 "fsub" 3 "fmax" 4 "fmin" 5 "fmaxnm" 6 "fminnm" 7 "fnmul" 8 };

pub(super) const ONE: &[Group] = one! {
    "fabs" 1 "fneg" 2 "fsqrt" 3 "frintn" 8 "frintp" 9 "frintm" 10 "frintz" 11 "frinta" 12 "frintx" 14
    "frinti" 15
};

pub(super) const FUSED: &[Group] =
    fused! { "fmadd" 0x1f00_0000 "fmsub" 0x1f00_8000 "fnmadd" 0x1f20_0000 "fnmsub" 0x1f20_8000 };

/// To integers, and from them: bits 20:16.
macro_rules! to_integer {
    ($($name:literal $opcode:literal)*) => {
        &[$(g($name, &[
            f("=Wd Sn", 0x1e20_0000 | $opcode << 16), f("=Xd Sn", 0x9e20_0000 | $opcode << 16), f("=Wd Dn", 0x1e60_0000 | $opcode << 16),
            f("=Xd Dn", 0x9e60_0000 | $opcode << 16), f("=Wd Hn", 0x1ee0_0000 | $opcode << 16), f("=Xd Hn", 0x9ee0_0000 | $opcode << 16),
        ])),*]
    };
}

macro_rules! to_fixed {
    ($($name:literal $opcode:literal)*) => {
        &[$(g($name, &[
            f("=Wd Sn fbits", 0x1e00_0000 | $opcode << 16), f("=Xd Sn fbits", 0x9e00_0000 | $opcode << 16), f("=Wd Dn fbits", 0x1e40_0000 | $opcode << 16),
            f("=Xd Dn fbits", 0x9e40_0000 | $opcode << 16), f("=Wd Hn fbits", 0x1ec0_0000 | $opcode << 16), f("=Xd Hn fbits", 0x9ec0_0000 | $opcode << 16),
        ])),*]
    };
}

macro_rules! from_integer {
    ($($name:literal $opcode:literal)*) => {
        &[$(g($name, &[
            f("=Sd Wn", 0x1e20_0000 | $opcode << 16), f("=Sd Xn", 0x9e20_0000 | $opcode << 16), f("=Dd Wn", 0x1e60_0000 | $opcode << 16),
            f("=Dd Xn", 0x9e60_0000 | $opcode << 16), f("=Hd Wn", 0x1ee0_0000 | $opcode << 16), f("=Hd Xn", 0x9ee0_0000 | $opcode << 16),
            f("=Sd Wn fbits", 0x1e00_0000 | $opcode << 16), f("=Sd Xn fbits", 0x9e00_0000 | $opcode << 16), f("=Dd Wn fbits", 0x1e40_0000 | $opcode << 16),
            f("=Dd Xn fbits", 0x9e40_0000 | $opcode << 16), f("=Hd Wn fbits", 0x1ec0_0000 | $opcode << 16), f("=Hd Xn fbits", 0x9ec0_0000 | $opcode << 16),
        ])),*]
    };
}

pub(super) const TO_INTEGER: &[Group] = to_integer! {
    "fcvtns" 0 "fcvtnu" 1 "fcvtas" 4 "fcvtau" 5 "fcvtps" 8 "fcvtpu" 9 "fcvtms" 16 "fcvtmu" 17 "fcvtzs" 24
    "fcvtzu" 25
};

pub(super) const TO_FIXED: &[Group] = to_fixed! { "fcvtzs" 24 "fcvtzu" 25 };

pub(super) const FROM_INTEGER: &[Group] = from_integer! { "scvtf" 2 "ucvtf" 3 };

#[rustfmt::skip]
pub(super) const OTHERS: &[Group] = &[
    g("fmov", &[
        f("=Dd Dn", 0x1e60_4000), f("=Sd Sn", 0x1e20_4000), f("=Dd Xn", 0x9e67_0000), f("=Sd Wn", 0x1e27_0000), f("=Xd Dn", 0x9e66_0000), f("=Wd Sn", 0x1e26_0000),
        f("=Dd fimm", 0x1e60_1000), f("=Sd fimm", 0x1e20_1000), f("=Hd fimm", 0x1ee0_1000), f("=Xd laneD1N", 0x9eae_0000), f("+laneD1D Xn", 0x9eaf_0000),
        f("=Hd Hn", 0x1ee0_4000), f("=Wd Hn", 0x1ee6_0000), f("=Xd Hn", 0x9ee6_0000), f("=Hd Wn", 0x1ee7_0000), f("=Hd Xn", 0x9ee7_0000),
        // `fmov d0, #0.0` is the move from the zero register.
    ]),
    g("fcvt", &[f("=Dd Sn", 0x1e22_c000), f("=Sd Dn", 0x1e62_4000), f("=Hd Sn", 0x1e23_c000), f("=Hd Dn", 0x1e63_c000), f("=Sd Hn", 0x1ee2_4000), f("=Dd Hn", 0x1ee2_c000)]),
    g("fcmp", &[fs("sdh", "Fn Fm", 0x1e20_2000), fs("sdh", "Fn fzero", 0x1e20_2008)]).writes(FLAGS), g("fcmpe", &[fs("sdh", "Fn Fm", 0x1e20_2010), fs("sdh", "Fn fzero", 0x1e20_2018)]).writes(FLAGS),
    g("fccmp", &[fs("sdh", "Fn Fm nzcv cond", 0x1e20_0400)]).reads(FLAGS).writes(FLAGS), g("fccmpe", &[fs("sdh", "Fn Fm nzcv cond", 0x1e20_0410)]).reads(FLAGS).writes(FLAGS),
    g("fcsel", &[fs("sdh", "=Fd Fn Fm cond", 0x1e20_0c00)]).reads(FLAGS),
    g("fjcvtzs", &[f("=Wd Dn", 0x1e7e_0000)]).writes(FLAGS),
];

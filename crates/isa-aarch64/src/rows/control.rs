//! Branches, calls, exceptions, hints, barriers, system registers (Arm ARM C4.1.93).

use super::integer::FLAGS;
use crate::registers::{LR, NZCV, set};
use lathe_isa::RowFlags as Is;
use lathe_isa::word::Group;
use lathe_isa::word::template::{f, fs, g};

const BRANCH: Is = Is::BRANCH.or(Is::CONDITIONAL);
const JUMP: Is = Is::BRANCH.or(Is::TERMINATOR);

#[rustfmt::skip]
pub(super) const BRANCHES: &[Group] = &[
    g("b", &[f("label26", 0x1400_0000)]).flags(JUMP),
    g("bl", &[f("call26", 0x9400_0000)]).flags(Is::CALL).writes(set(&[LR])),
    g("b.cond", &[f("condlow label19", 0x5400_0000)]).flags(BRANCH).reads(FLAGS),
    g("cbz", &[fs("wx", "Rt label19", 0x3400_0000)]).flags(BRANCH), g("cbnz", &[fs("wx", "Rt label19", 0x3500_0000)]).flags(BRANCH),
    g("tbz", &[f("Wt bit32 label14", 0x3600_0000).fixed(1 << 31), f("Xt bit64 label14", 0x3600_0000)]).flags(BRANCH),
    g("tbnz", &[f("Wt bit32 label14", 0x3700_0000).fixed(1 << 31), f("Xt bit64 label14", 0x3700_0000)]).flags(BRANCH),
    g("br", &[f("Xn", 0xd61f_0000)]).flags(JUMP), g("blr", &[f("Xn", 0xd63f_0000)]).flags(Is::CALL).writes(set(&[LR])),
    g("ret", &[f("", 0xd65f_03c0), f("Xn", 0xd65f_0000)]).flags(Is::TERMINATOR),
    g("braaz", &[f("Xn", 0xd61f_081f)]).flags(JUMP), g("brabz", &[f("Xn", 0xd61f_0c1f)]).flags(JUMP), g("braa", &[f("Xn XPd", 0xd71f_0800)]).flags(JUMP), g("brab", &[f("Xn XPd", 0xd71f_0c00)]).flags(JUMP),
    g("blraaz", &[f("Xn", 0xd63f_081f)]).flags(Is::CALL).writes(set(&[LR])), g("blrabz", &[f("Xn", 0xd63f_0c1f)]).flags(Is::CALL).writes(set(&[LR])),
    g("blraa", &[f("Xn XPd", 0xd73f_0800)]).flags(Is::CALL).writes(set(&[LR])), g("blrab", &[f("Xn XPd", 0xd73f_0c00)]).flags(Is::CALL).writes(set(&[LR])),
    g("retaa", &[f("", 0xd65f_0bff)]).flags(Is::TERMINATOR), g("retab", &[f("", 0xd65f_0fff)]).flags(Is::TERMINATOR),
    g("eret", &[f("", 0xd69f_03e0)]).flags(Is::TERMINATOR), g("eretaa", &[f("", 0xd69f_0bff)]).flags(Is::TERMINATOR), g("eretab", &[f("", 0xd69f_0fff)]).flags(Is::TERMINATOR), g("drps", &[f("", 0xd6bf_03e0)]).flags(Is::TERMINATOR),
];

#[rustfmt::skip]
pub(super) const EXCEPTIONS: &[Group] = &[
    g("svc", &[f("imm16", 0xd400_0001)]).flags(Is::SIDE_EFFECT), g("hvc", &[f("imm16", 0xd400_0002)]).flags(Is::SIDE_EFFECT), g("smc", &[f("imm16", 0xd400_0003)]).flags(Is::SIDE_EFFECT),
    g("brk", &[f("imm16", 0xd420_0000)]).flags(Is::TERMINATOR.or(Is::SIDE_EFFECT)), g("hlt", &[f("imm16", 0xd440_0000)]).flags(Is::TERMINATOR.or(Is::SIDE_EFFECT)), g("udf", &[f("low16", 0)]).flags(Is::TERMINATOR.or(Is::SIDE_EFFECT)),
    g("dcps1", &[f("", 0xd4a0_0001), f("imm16", 0xd4a0_0001)]).flags(Is::SIDE_EFFECT), g("dcps2", &[f("", 0xd4a0_0002), f("imm16", 0xd4a0_0002)]).flags(Is::SIDE_EFFECT), g("dcps3", &[f("", 0xd4a0_0003), f("imm16", 0xd4a0_0003)]).flags(Is::SIDE_EFFECT),
];

macro_rules! hints {
    ($($name:literal $number:literal)*) => { &[$(g($name, &[f("", 0xd503_201f | $number << 5)]).flags(Is::SIDE_EFFECT)),*] };
}

#[rustfmt::skip]
pub(super) const HINTS: &[Group] = hints! {
    "yield" 1 "wfe" 2 "wfi" 3 "sev" 4 "sevl" 5 "dgh" 6 "xpaclri" 7 "pacia1716" 8 "pacib1716" 10 "autia1716" 12 "autib1716" 14 "esb" 16 "csdb" 20
    "paciaz" 24 "paciasp" 25 "pacibz" 26 "pacibsp" 27 "autiaz" 28 "autiasp" 29 "autibz" 30 "autibsp" 31
};

macro_rules! authentication {
    ($($name:literal $opcode:literal)*) => { &[$(g($name, &[f("+Xd XPn", 0xdac1_0000 | $opcode << 10)])),*] };
}

#[rustfmt::skip]
pub(super) const AUTHENTICATION: &[Group] = authentication! {
    "pacia" 0 "pacib" 1 "pacda" 2 "pacdb" 3 "autia" 4 "autib" 5 "autda" 6 "autdb" 7
};

macro_rules! authentication_zero {
    ($($name:literal $opcode:literal)*) => { &[$(g($name, &[f("+Xd", 0xdac1_03e0 | $opcode << 10)])),*] };
}

#[rustfmt::skip]
pub(super) const AUTHENTICATION_ZERO: &[Group] = authentication_zero! {
    "paciza" 8 "pacizb" 9 "pacdza" 10 "pacdzb" 11 "autiza" 12 "autizb" 13 "autdza" 14 "autdzb" 15 "xpaci" 16 "xpacd" 17
};

#[rustfmt::skip]
pub(super) const SYSTEM: &[Group] = &[
    g("nop", &[f("", 0xd503_201f)]), g("bti", &[f("", 0xd503_241f)]).flags(Is::SIDE_EFFECT), g("bti.c", &[f("", 0xd503_245f).alias()]).flags(Is::SIDE_EFFECT), g("bti.j", &[f("", 0xd503_249f).alias()]).flags(Is::SIDE_EFFECT), g("bti.jc", &[f("", 0xd503_24df).alias()]).flags(Is::SIDE_EFFECT),
    g("hint", &[f("hint", 0xd503_201f)]).flags(Is::SIDE_EFFECT),
    g("psb.csync", &[f("", 0xd503_223f)]).flags(Is::SIDE_EFFECT), g("tsb.csync", &[f("", 0xd503_225f)]).flags(Is::SIDE_EFFECT),
    // Directives that are written like instructions.
    g(".inst", &[f("word", 0).alias()]).flags(Is::SIDE_EFFECT),
    g(".tlsdesccall", &[f("markcall", 0).mark()]).flags(Is::SIDE_EFFECT.or(Is::CALL)), g(".tlsdescldr", &[f("markload", 0).mark()]).flags(Is::SIDE_EFFECT), g(".tlsdescadd", &[f("markadd", 0).mark()]).flags(Is::SIDE_EFFECT),
    g("pacga", &[f("=Xd Xn XPm", 0x9ac0_3000)]),
    g("clrex", &[f("", 0xd503_3f5f), f("crm", 0xd503_305f)]).flags(Is::SIDE_EFFECT),
    g("dsb", &[f("barrier", 0xd503_309f)]).flags(Is::SIDE_EFFECT), g("dmb", &[f("barrier", 0xd503_30bf)]).flags(Is::SIDE_EFFECT),
    g("isb", &[f("", 0xd503_3fdf), f("isbarrier", 0xd503_30df)]).flags(Is::SIDE_EFFECT), g("sb", &[f("", 0xd503_30ff)]).flags(Is::SIDE_EFFECT),
    g("ssbb", &[f("", 0xd503_309f).alias()]).flags(Is::SIDE_EFFECT), g("pssbb", &[f("", 0xd503_349f).alias()]).flags(Is::SIDE_EFFECT),
    g("mrs", &[f("=Xt sysreg", 0xd530_0000)]).reads(set(&[NZCV])).flags(Is::SIDE_EFFECT),
    g("msr", &[f("sysreg Xt", 0xd510_0000), f("pstate crm", 0xd500_401f)]).writes(set(&[NZCV])).flags(Is::SIDE_EFFECT),
    g("dc", &[f("sysop Xt", 0xd508_0000).alias()]).flags(Is::SIDE_EFFECT), g("ic", &[f("sysop", 0xd508_001f).alias(), f("sysop Xt", 0xd508_0000).alias()]).flags(Is::SIDE_EFFECT),
    g("at", &[f("sysop Xt", 0xd508_0000).alias()]).flags(Is::SIDE_EFFECT), g("tlbi", &[f("sysop", 0xd508_001f).alias(), f("sysop Xt", 0xd508_0000).alias()]).flags(Is::SIDE_EFFECT),
    g("sys", &[f("op1 cn cm op2", 0xd508_001f).alias(), f("op1 cn cm op2 Xt", 0xd508_0000)]).flags(Is::SIDE_EFFECT),
    g("sysl", &[f("=Xt op1 cn cm op2", 0xd528_0000)]).flags(Is::SIDE_EFFECT),
];

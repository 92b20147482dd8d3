//! Jumps, calls, returns and everything with a condition code.

use crate::registers::{FLAGS, RCX, RSP};
use crate::template::{Group, f, fs, g, p};
use lathe_isa::RowFlags as Is;

/// One of the sixteen conditions: its suffix, and the last bytes of `jcc rel8`, `jcc rel32`,
/// `setcc`, `cmovcc`.
macro_rules! jump_if {
    ($cc:literal, $short:literal $near:literal) => {
        p(
            concat!("j", $cc),
            &[
                f("rel8", $short),
                f("rel16", concat!("0F ", $near, " Y16")),
                f("rel32", concat!("0F ", $near, " N16")),
            ],
        )
        .reads(&[FLAGS])
        .flags(Is::BRANCH.or(Is::CONDITIONAL).or(Is::TERMINATOR))
    };
}

macro_rules! set_if {
    ($cc:literal, $code:literal) => {
        p(concat!("set", $cc), &[f("=rm8", concat!("0F ", $code, " /0"))]).reads(&[FLAGS])
    };
}

macro_rules! move_if {
    ($cc:literal, $code:literal) => {
        g(concat!("cmov", $cc), "wlq", &[f("+rv rmv", concat!("0F ", $code, " /r"))]).reads(&[FLAGS])
    };
}

/// `jcc`, three rows each, in the order of condition codes, then their other names.
#[rustfmt::skip]
pub(crate) const JUMPS: &[Group] = &[
    jump_if!("o", "70" "80"), jump_if!("no", "71" "81"), jump_if!("b", "72" "82"), jump_if!("ae", "73" "83"),
    jump_if!("e", "74" "84"), jump_if!("ne", "75" "85"), jump_if!("be", "76" "86"), jump_if!("a", "77" "87"),
    jump_if!("s", "78" "88"), jump_if!("ns", "79" "89"), jump_if!("p", "7A" "8A"), jump_if!("np", "7B" "8B"),
    jump_if!("l", "7C" "8C"), jump_if!("ge", "7D" "8D"), jump_if!("le", "7E" "8E"), jump_if!("g", "7F" "8F"),
    jump_if!("nae", "72" "82"), jump_if!("c", "72" "82"), jump_if!("nb", "73" "83"), jump_if!("nc", "73" "83"),
    jump_if!("z", "74" "84"), jump_if!("nz", "75" "85"), jump_if!("na", "76" "86"), jump_if!("nbe", "77" "87"),
    jump_if!("pe", "7A" "8A"), jump_if!("po", "7B" "8B"), jump_if!("nge", "7C" "8C"), jump_if!("nl", "7D" "8D"),
    jump_if!("ng", "7E" "8E"), jump_if!("nle", "7F" "8F"),
];

/// `setcc`, one row each.
#[rustfmt::skip]
pub(crate) const SETS: &[Group] = &[
    set_if!("o", "90"), set_if!("no", "91"), set_if!("b", "92"), set_if!("ae", "93"), set_if!("e", "94"), set_if!("ne", "95"), set_if!("be", "96"), set_if!("a", "97"),
    set_if!("s", "98"), set_if!("ns", "99"), set_if!("p", "9A"), set_if!("np", "9B"), set_if!("l", "9C"), set_if!("ge", "9D"), set_if!("le", "9E"), set_if!("g", "9F"),
    set_if!("nae", "92"), set_if!("c", "92"), set_if!("nb", "93"), set_if!("nc", "93"), set_if!("z", "94"), set_if!("nz", "95"), set_if!("na", "96"), set_if!("nbe", "97"),
    set_if!("pe", "9A"), set_if!("po", "9B"), set_if!("nge", "9C"), set_if!("nl", "9D"), set_if!("ng", "9E"), set_if!("nle", "9F"),
];

/// `cmovcc`, three rows each (`w l q`).
#[rustfmt::skip]
pub(crate) const MOVES: &[Group] = &[
    move_if!("o", "40"), move_if!("no", "41"), move_if!("b", "42"), move_if!("ae", "43"), move_if!("e", "44"), move_if!("ne", "45"), move_if!("be", "46"), move_if!("a", "47"),
    move_if!("s", "48"), move_if!("ns", "49"), move_if!("p", "4A"), move_if!("np", "4B"), move_if!("l", "4C"), move_if!("ge", "4D"), move_if!("le", "4E"), move_if!("g", "4F"),
    move_if!("nae", "42"), move_if!("c", "42"), move_if!("nb", "43"), move_if!("nc", "43"), move_if!("z", "44"), move_if!("nz", "45"), move_if!("na", "46"), move_if!("nbe", "47"),
    move_if!("pe", "4A"), move_if!("po", "4B"), move_if!("nge", "4C"), move_if!("nl", "4D"), move_if!("ng", "4E"), move_if!("nle", "4F"),
];

const GO: Is = Is::BRANCH.or(Is::TERMINATOR);
const LOOP: Is = Is::BRANCH.or(Is::TERMINATOR).or(Is::CONDITIONAL);
const BACK: Is = Is::TERMINATOR.or(Is::MAY_LOAD);
const OUT: Is = Is::CALL.or(Is::MAY_STORE);

/// The unconditional ones.
#[rustfmt::skip]
pub(crate) const TRANSFERS: &[Group] = &[
    p("jmp", &[
        f("rel8", "EB"), f("rel16", "E9 Y16"), f("rel32", "E9 N16"),
        f("rm64", "FF /4 O64"), f("rm32", "O32 FF /4 I64"), f("rm16", "O16 FF /4 I64"),
    ]).flags(GO),
    g("jmp", "q", &[f("rel8", "EB D64"), f("rel32", "E9 D64"), f("rm64", "FF /4 D64")]).flags(GO),
    g("jmp", "l", &[f("rel8", "EB I64"), f("rel32", "E9 I64"), f("rm32", "FF /4 I64")]).flags(GO),
    g("jmp", "w", &[f("rm16", "FF /4")]).flags(GO),
    p("call", &[
        f("rel16", "E8 Y16"), f("rel32", "E8 N16"),
        f("rm64", "FF /2 O64"), f("rm32", "O32 FF /2 I64"), f("rm16", "O16 FF /2 I64"),
    ]).reads(&[RSP]).writes(&[RSP]).flags(OUT),
    g("call", "q", &[f("rel32", "E8 D64"), f("rm64", "FF /2 D64")]).reads(&[RSP]).writes(&[RSP]).flags(OUT),
    g("call", "l", &[f("rel32", "E8 I64"), f("rm32", "FF /2 I64")]).reads(&[RSP]).writes(&[RSP]).flags(OUT),
    p("ret", &[f("", "C3"), f("iw", "C2")]).bits(16).reads(&[RSP]).writes(&[RSP]).flags(BACK),
    g("ret", "q", &[f("", "C3 D64"), f("iw", "C2 D64")]).bits(16).reads(&[RSP]).writes(&[RSP]).flags(BACK),
    g("ret", "l", &[f("", "C3 I64"), f("iw", "C2 I64")]).bits(16).reads(&[RSP]).writes(&[RSP]).flags(BACK),
    g("ret", "w", &[f("", "C3"), f("iw", "C2")]).reads(&[RSP]).writes(&[RSP]).flags(BACK),
    p("ljmp", &[f("m", "FF /5"), f("iw id", "O32 EA I64")]).manual("jmp far").flags(GO), p("lcall", &[f("m", "FF /3"), f("iw id", "O32 9A I64")]).manual("call far").flags(OUT),
    g("ljmp", "wl", &[f("m", "FF /5"), fs("l", "iw id", "EA I64"), fs("w", "iw iw", "EA I64")]).manual("jmp far").flags(GO), g("lcall", "wl", &[f("m", "FF /3"), fs("l", "iw id", "9A I64")]).manual("call far").flags(OUT),
    p("lret", &[f("", "CB"), f("iw", "CA")]).manual("retf").bits(16).flags(BACK), g("lret", "wlq", &[f("", "CB"), f("iw", "CA")]).manual("retf").bits(16).flags(BACK),
    p("iret", &[f("", "O32 CF")]).flags(BACK), g("iret", "wlq", &[f("", "CF")]).flags(BACK),
    p("loop", &[f("rel8", "E2")]).reads(&[RCX]).writes(&[RCX]).flags(LOOP), p("loope", &[f("rel8", "E1")]).reads(&[RCX, FLAGS]).writes(&[RCX]).flags(LOOP), p("loopne", &[f("rel8", "E0")]).reads(&[RCX, FLAGS]).writes(&[RCX]).flags(LOOP),
    p("loopz", &[f("rel8", "E1 ALIAS")]).reads(&[RCX, FLAGS]).writes(&[RCX]).flags(LOOP), p("loopnz", &[f("rel8", "E0 ALIAS")]).reads(&[RCX, FLAGS]).writes(&[RCX]).flags(LOOP),
    p("jrcxz", &[f("rel8", "E3 O64")]).reads(&[RCX]).flags(LOOP), p("jecxz", &[f("rel8", "A32 E3")]).reads(&[RCX]).flags(LOOP), p("jcxz", &[f("rel8", "A16 E3 I64")]).reads(&[RCX]).flags(LOOP),
    p("ud2", &[f("", "0F 0B")]).flags(Is::TERMINATOR.or(Is::SIDE_EFFECT)), g("ud1", "lq", &[f("rv rmv", "0F B9 /r")]).flags(Is::TERMINATOR.or(Is::SIDE_EFFECT)),
];

//! Integer operations of vectors (Arm ARM C4.1.96, "Advanced SIMD"), with their scalar forms.

use lathe_isa::word::Group;
use lathe_isa::word::template::{f, fs, g};

/// Three registers of one arrangement: access of the destination, name, variants, `U`, opcode.
macro_rules! three {
    ($($access:literal $name:literal $variants:literal $u:literal $opcode:literal;)*) => {
        &[$(g($name, &[fs($variants, concat!($access, "Vd Vn Vm"), 0x0e20_0400 | $u << 29 | $opcode << 11)])),*]
    };
}

/// The same of scalars.
macro_rules! three_scalar {
    ($($name:literal $variants:literal $u:literal $opcode:literal;)*) => {
        &[$(g($name, &[fs($variants, "=Ed En Em", 0x5e20_0400 | $u << 29 | $opcode << 11)])),*]
    };
}

pub(super) const THREE: &[Group] = three! {
    "=" "add" "bBiIjJK" 0 16; "=" "sub" "bBiIjJK" 1 16; "=" "mul" "bBiIjJ" 0 19; "=" "pmul" "bB" 1 19;
    "+" "mla" "bBiIjJ" 0 18; "+" "mls" "bBiIjJ" 1 18;
    "=" "shadd" "bBiIjJ" 0 0; "=" "uhadd" "bBiIjJ" 1 0; "=" "srhadd" "bBiIjJ" 0 2; "=" "urhadd" "bBiIjJ" 1 2;
    "=" "shsub" "bBiIjJ" 0 4; "=" "uhsub" "bBiIjJ" 1 4;
    "=" "sqadd" "bBiIjJK" 0 1; "=" "uqadd" "bBiIjJK" 1 1; "=" "sqsub" "bBiIjJK" 0 5; "=" "uqsub" "bBiIjJK" 1 5;
    "=" "cmgt" "bBiIjJK" 0 6; "=" "cmhi" "bBiIjJK" 1 6; "=" "cmge" "bBiIjJK" 0 7; "=" "cmhs" "bBiIjJK" 1 7;
    "=" "cmtst" "bBiIjJK" 0 17; "=" "cmeq" "bBiIjJK" 1 17;
    "=" "sshl" "bBiIjJK" 0 8; "=" "ushl" "bBiIjJK" 1 8; "=" "sqshl" "bBiIjJK" 0 9; "=" "uqshl" "bBiIjJK" 1 9;
    "=" "srshl" "bBiIjJK" 0 10; "=" "urshl" "bBiIjJK" 1 10; "=" "sqrshl" "bBiIjJK" 0 11; "=" "uqrshl" "bBiIjJK" 1 11;
    "=" "smax" "bBiIjJ" 0 12; "=" "umax" "bBiIjJ" 1 12; "=" "smin" "bBiIjJ" 0 13; "=" "umin" "bBiIjJ" 1 13;
    "=" "sabd" "bBiIjJ" 0 14; "=" "uabd" "bBiIjJ" 1 14; "+" "saba" "bBiIjJ" 0 15; "+" "uaba" "bBiIjJ" 1 15;
    "=" "smaxp" "bBiIjJ" 0 20; "=" "umaxp" "bBiIjJ" 1 20; "=" "sminp" "bBiIjJ" 0 21; "=" "uminp" "bBiIjJ" 1 21;
    "=" "sqdmulh" "iIjJ" 0 22; "=" "sqrdmulh" "iIjJ" 1 22; "=" "addp" "bBiIjJK" 0 23;
};

pub(super) const THREE_SCALAR: &[Group] = three_scalar! {
    "add" "3" 0 16; "sub" "3" 1 16; "cmgt" "3" 0 6; "cmhi" "3" 1 6; "cmge" "3" 0 7; "cmhs" "3" 1 7;
    "cmtst" "3" 0 17; "cmeq" "3" 1 17; "sshl" "3" 0 8; "ushl" "3" 1 8; "srshl" "3" 0 10; "urshl" "3" 1 10;
    "sqadd" "0123" 0 1; "uqadd" "0123" 1 1; "sqsub" "0123" 0 5; "uqsub" "0123" 1 5;
    "sqshl" "0123" 0 9; "uqshl" "0123" 1 9; "sqrshl" "0123" 0 11; "uqrshl" "0123" 1 11;
    "sqdmulh" "12" 0 22; "sqrdmulh" "12" 1 22;
};

#[rustfmt::skip]
pub(super) const LOGIC: &[Group] = &[
    g("and", &[fs("pP", "=Vd Vn Vm", 0x0e20_1c00)]), g("bic", &[fs("pP", "=Vd Vn Vm", 0x0e60_1c00)]), g("orr", &[fs("pP", "=Vd Vn Vm", 0x0ea0_1c00)]), g("orn", &[fs("pP", "=Vd Vn Vm", 0x0ee0_1c00)]),
    g("eor", &[fs("pP", "=Vd Vn Vm", 0x2e20_1c00)]), g("bsl", &[fs("pP", "+Vd Vn Vm", 0x2e60_1c00)]), g("bit", &[fs("pP", "+Vd Vn Vm", 0x2ea0_1c00)]), g("bif", &[fs("pP", "+Vd Vn Vm", 0x2ee0_1c00)]),
    g("mov", &[fs("pP", "=Vd Ve", 0x0ea0_1c00).alias()]), g("not", &[fs("pP", "=Vd Vn", 0x2e20_5800)]), g("mvn", &[fs("pP", "=Vd Vn", 0x2e20_5800).alias()]), g("rbit", &[fs("pP", "=Vd Vn", 0x2e60_5800)]),
    g("orr", &[fs("rS", "+Vd vimm8", 0x0f00_1400).alias(), fs("rS", "+Vd vimm8 vlsl32", 0x0f00_1400), fs("qQ", "+Vd vimm8", 0x0f00_9400).alias(), fs("qQ", "+Vd vimm8 vlsl16", 0x0f00_9400)]),
    g("bic", &[fs("rS", "+Vd vimm8", 0x2f00_1400).alias(), fs("rS", "+Vd vimm8 vlsl32", 0x2f00_1400), fs("qQ", "+Vd vimm8", 0x2f00_9400).alias(), fs("qQ", "+Vd vimm8 vlsl16", 0x2f00_9400)]),
    g("movi", &[
        fs("pP", "=Vd vimm8", 0x0f00_e400), fs("rS", "=Vd vimm8", 0x0f00_0400).alias(), fs("rS", "=Vd vimm8 vlsl32", 0x0f00_0400), fs("qQ", "=Vd vimm8", 0x0f00_8400).alias(), fs("qQ", "=Vd vimm8 vlsl16", 0x0f00_8400),
        fs("rS", "=Vd vimm8 vmsl", 0x0f00_c400), f("=Dd bytemask", 0x2f00_e400), f("=2Dd bytemask", 0x6f00_e400),
    ]),
    g("mvni", &[
        fs("rS", "=Vd vimm8", 0x2f00_0400).alias(), fs("rS", "=Vd vimm8 vlsl32", 0x2f00_0400), fs("qQ", "=Vd vimm8", 0x2f00_8400).alias(), fs("qQ", "=Vd vimm8 vlsl16", 0x2f00_8400), fs("rS", "=Vd vimm8 vmsl", 0x2f00_c400),
    ]),
];

/// Two registers: operands, name, variants, `U`, opcode.
macro_rules! two {
    ($($name:literal $operands:literal $variants:literal $u:literal $opcode:literal;)*) => {
        &[$(g($name, &[fs($variants, $operands, 0x0e20_0800 | $u << 29 | $opcode << 12)])),*]
    };
}

macro_rules! two_scalar {
    ($($name:literal $operands:literal $variants:literal $u:literal $opcode:literal;)*) => {
        &[$(g($name, &[fs($variants, $operands, 0x5e20_0800 | $u << 29 | $opcode << 12)])),*]
    };
}

pub(super) const TWO: &[Group] = two! {
    "rev64" "=Vd Vn" "bBiIjJ" 0 0; "rev32" "=Vd Vn" "bBiI" 1 0; "rev16" "=Vd Vn" "bB" 0 1;
    "saddlp" "=Pd Vn" "bBiIjJ" 0 2; "uaddlp" "=Pd Vn" "bBiIjJ" 1 2; "sadalp" "+Pd Vn" "bBiIjJ" 0 6; "uadalp" "+Pd Vn" "bBiIjJ" 1 6;
    "suqadd" "+Vd Vn" "bBiIjJK" 0 3; "usqadd" "+Vd Vn" "bBiIjJK" 1 3; "cls" "=Vd Vn" "bBiIjJ" 0 4; "clz" "=Vd Vn" "bBiIjJ" 1 4; "cnt" "=Vd Vn" "bB" 0 5;
    "sqabs" "=Vd Vn" "bBiIjJK" 0 7; "sqneg" "=Vd Vn" "bBiIjJK" 1 7; "abs" "=Vd Vn" "bBiIjJK" 0 11; "neg" "=Vd Vn" "bBiIjJK" 1 11;
    "cmgt" "=Vd Vn zero" "bBiIjJK" 0 8; "cmge" "=Vd Vn zero" "bBiIjJK" 1 8; "cmeq" "=Vd Vn zero" "bBiIjJK" 0 9; "cmle" "=Vd Vn zero" "bBiIjJK" 1 9; "cmlt" "=Vd Vn zero" "bBiIjJK" 0 10;
    "xtn" "=Vd Ln" "bij" 0 18; "xtn2" "+Vd Ln" "BIJ" 0 18; "sqxtn" "=Vd Ln" "bij" 0 20; "sqxtn2" "+Vd Ln" "BIJ" 0 20;
    "sqxtun" "=Vd Ln" "bij" 1 18; "sqxtun2" "+Vd Ln" "BIJ" 1 18; "uqxtn" "=Vd Ln" "bij" 1 20; "uqxtn2" "+Vd Ln" "BIJ" 1 20;
    "shll" "=Ld Vn IS" "bij" 1 19; "shll2" "=Ld Vn IS" "BIJ" 1 19;
};

pub(super) const TWO_SCALAR: &[Group] = two_scalar! {
    "suqadd" "+Ed En" "0123" 0 3; "usqadd" "+Ed En" "0123" 1 3; "sqabs" "=Ed En" "0123" 0 7; "sqneg" "=Ed En" "0123" 1 7; "abs" "=Ed En" "3" 0 11; "neg" "=Ed En" "3" 1 11;
    "cmgt" "=Ed En zero" "3" 0 8; "cmge" "=Ed En zero" "3" 1 8; "cmeq" "=Ed En zero" "3" 0 9; "cmle" "=Ed En zero" "3" 1 9; "cmlt" "=Ed En zero" "3" 0 10;
    "sqxtn" "=Ed LEn" "012" 0 20; "sqxtun" "=Ed LEn" "012" 1 18; "uqxtn" "=Ed LEn" "012" 1 20;
};

/// Across lanes.
macro_rules! across {
    ($($name:literal $operands:literal $u:literal $opcode:literal;)*) => {
        &[$(g($name, &[fs("bBiIJ", $operands, 0x0e30_0800 | $u << 29 | $opcode << 12)])),*]
    };
}

pub(super) const ACROSS: &[Group] = across! {
    "saddlv" "=LEd Vn" 0 3; "uaddlv" "=LEd Vn" 1 3; "smaxv" "=Ed Vn" 0 10; "umaxv" "=Ed Vn" 1 10;
    "sminv" "=Ed Vn" 0 26; "uminv" "=Ed Vn" 1 26; "addv" "=Ed Vn" 0 27;
};

/// Long, wide and narrow operations of three registers: the lower halves (`Q` 0) and, with `2`, the upper.
macro_rules! different {
    ($($name:literal $upper:literal $operands:literal $accumulates:literal $low:literal $high:literal $u:literal $opcode:literal;)*) => {
        &[$(
            g($name, &[fs($low, concat!($accumulates, $operands), 0x0e20_0000 | $u << 29 | $opcode << 12)]),
            g($upper, &[fs($high, concat!(different!(@ $operands $accumulates), $operands), 0x0e20_0000 | $u << 29 | $opcode << 12)]),
        )*]
    };
    // The upper halves of narrow results leave the lower ones alone.
    (@ "Vd Ln Lm" $accumulates:literal) => { "+" };
    (@ $operands:literal $accumulates:literal) => { $accumulates };
}

pub(super) const DIFFERENT: &[Group] = different! {
    "saddl" "saddl2" "Ld Vn Vm" "=" "bij" "BIJ" 0 0; "uaddl" "uaddl2" "Ld Vn Vm" "=" "bij" "BIJ" 1 0;
    "saddw" "saddw2" "Ld Ln Vm" "=" "bij" "BIJ" 0 1; "uaddw" "uaddw2" "Ld Ln Vm" "=" "bij" "BIJ" 1 1;
    "ssubl" "ssubl2" "Ld Vn Vm" "=" "bij" "BIJ" 0 2; "usubl" "usubl2" "Ld Vn Vm" "=" "bij" "BIJ" 1 2;
    "ssubw" "ssubw2" "Ld Ln Vm" "=" "bij" "BIJ" 0 3; "usubw" "usubw2" "Ld Ln Vm" "=" "bij" "BIJ" 1 3;
    "addhn" "addhn2" "Vd Ln Lm" "=" "bij" "BIJ" 0 4; "raddhn" "raddhn2" "Vd Ln Lm" "=" "bij" "BIJ" 1 4;
    "subhn" "subhn2" "Vd Ln Lm" "=" "bij" "BIJ" 0 6; "rsubhn" "rsubhn2" "Vd Ln Lm" "=" "bij" "BIJ" 1 6;
    "sabal" "sabal2" "Ld Vn Vm" "+" "bij" "BIJ" 0 5; "uabal" "uabal2" "Ld Vn Vm" "+" "bij" "BIJ" 1 5;
    "sabdl" "sabdl2" "Ld Vn Vm" "=" "bij" "BIJ" 0 7; "uabdl" "uabdl2" "Ld Vn Vm" "=" "bij" "BIJ" 1 7;
    "smlal" "smlal2" "Ld Vn Vm" "+" "bij" "BIJ" 0 8; "umlal" "umlal2" "Ld Vn Vm" "+" "bij" "BIJ" 1 8;
    "smlsl" "smlsl2" "Ld Vn Vm" "+" "bij" "BIJ" 0 10; "umlsl" "umlsl2" "Ld Vn Vm" "+" "bij" "BIJ" 1 10;
    "smull" "smull2" "Ld Vn Vm" "=" "bij" "BIJ" 0 12; "umull" "umull2" "Ld Vn Vm" "=" "bij" "BIJ" 1 12;
    "sqdmlal" "sqdmlal2" "Ld Vn Vm" "+" "ij" "IJ" 0 9; "sqdmlsl" "sqdmlsl2" "Ld Vn Vm" "+" "ij" "IJ" 0 11;
    "sqdmull" "sqdmull2" "Ld Vn Vm" "=" "ij" "IJ" 0 13; "pmull" "pmull2" "Ld Vn Vm" "=" "bk" "BK" 0 14;
};

/// With one element of the last register.
macro_rules! by_element {
    ($($access:literal $name:literal $variants:literal $u:literal $opcode:literal;)*) => {
        &[$(g($name, &[fs($variants, concat!($access, "Vd Vn LM"), 0x0f00_0000 | $u << 29 | $opcode << 12)])),*]
    };
}

macro_rules! long_by_element {
    ($($access:literal $name:literal $upper:literal $u:literal $opcode:literal;)*) => {
        &[$(
            g($name, &[fs("ij", concat!($access, "Ld Vn LM"), 0x0f00_0000 | $u << 29 | $opcode << 12)]),
            g($upper, &[fs("IJ", concat!($access, "Ld Vn LM"), 0x0f00_0000 | $u << 29 | $opcode << 12)]),
        )*]
    };
}

pub(super) const BY_ELEMENT: &[Group] = by_element! {
    "+" "mla" "iIjJ" 1 0; "+" "mls" "iIjJ" 1 4; "=" "mul" "iIjJ" 0 8; "=" "sqdmulh" "iIjJ" 0 12; "=" "sqrdmulh" "iIjJ" 0 13;
};

pub(super) const LONG_BY_ELEMENT: &[Group] = long_by_element! {
    "+" "smlal" "smlal2" 0 2; "+" "smlsl" "smlsl2" 0 6; "=" "smull" "smull2" 0 10; "+" "umlal" "umlal2" 1 2; "+" "umlsl" "umlsl2" 1 6; "=" "umull" "umull2" 1 10;
    "+" "sqdmlal" "sqdmlal2" 0 3; "+" "sqdmlsl" "sqdmlsl2" 0 7; "=" "sqdmull" "sqdmull2" 0 11;
};

#[rustfmt::skip]
pub(super) const SCALAR_LONG: &[Group] = &[
    g("sqdmlal", &[fs("12", "+LEd En Em", 0x5e20_9000), fs("12", "+LEd En LM", 0x5f00_3000)]), g("sqdmlsl", &[fs("12", "+LEd En Em", 0x5e20_b000), fs("12", "+LEd En LM", 0x5f00_7000)]),
    g("sqdmull", &[fs("12", "=LEd En Em", 0x5e20_d000), fs("12", "=LEd En LM", 0x5f00_b000)]), g("sqdmulh", &[fs("12", "=Ed En LM", 0x5f00_c000)]), g("sqrdmulh", &[fs("12", "=Ed En LM", 0x5f00_d000)]),
    g("addp", &[f("=Dd 2Dn", 0x5ef1_b800)]),
    g("sqrdmlah", &[fs("iIjJ", "+Vd Vn Vm", 0x2e00_8400), fs("iIjJ", "+Vd Vn LM", 0x2f00_d000)]), g("sqrdmlsh", &[fs("iIjJ", "+Vd Vn Vm", 0x2e00_8c00), fs("iIjJ", "+Vd Vn LM", 0x2f00_f000)]),
];

/// Shifts by an immediate: operands, vector variants, scalar operands and variants.
macro_rules! shifts {
    ($($name:literal $operands:literal $variants:literal $scalar:literal $scalars:literal $u:literal $opcode:literal;)*) => {
        &[$(g($name, &[
            fs($variants, $operands, 0x0f00_0400 | $u << 29 | $opcode << 11),
            fs($scalars, $scalar, 0x5f00_0400 | $u << 29 | $opcode << 11),
        ])),*]
    };
}

pub(super) const SHIFTS: &[Group] = shifts! {
    "sshr" "=Vd Vn SR" "pPqQrST" "=Ed En SR" "9" 0 0; "ushr" "=Vd Vn SR" "pPqQrST" "=Ed En SR" "9" 1 0;
    "ssra" "+Vd Vn SR" "pPqQrST" "+Ed En SR" "9" 0 2; "usra" "+Vd Vn SR" "pPqQrST" "+Ed En SR" "9" 1 2;
    "srshr" "=Vd Vn SR" "pPqQrST" "=Ed En SR" "9" 0 4; "urshr" "=Vd Vn SR" "pPqQrST" "=Ed En SR" "9" 1 4;
    "srsra" "+Vd Vn SR" "pPqQrST" "+Ed En SR" "9" 0 6; "ursra" "+Vd Vn SR" "pPqQrST" "+Ed En SR" "9" 1 6;
    "sri" "+Vd Vn SR" "pPqQrST" "+Ed En SR" "9" 1 8; "sli" "+Vd Vn SL" "pPqQrST" "+Ed En SL" "9" 1 10;
    "shl" "=Vd Vn SL" "pPqQrST" "=Ed En SL" "9" 0 10;
    "sqshl" "=Vd Vn SL" "pPqQrST" "=Ed En SL" "6789" 0 14; "uqshl" "=Vd Vn SL" "pPqQrST" "=Ed En SL" "6789" 1 14; "sqshlu" "=Vd Vn SL" "pPqQrST" "=Ed En SL" "6789" 1 12;
    "sqshrn" "=Vd Ln SR" "pqr" "=Ed LEn SR" "678" 0 18; "uqshrn" "=Vd Ln SR" "pqr" "=Ed LEn SR" "678" 1 18; "sqshrun" "=Vd Ln SR" "pqr" "=Ed LEn SR" "678" 1 16;
    "sqrshrn" "=Vd Ln SR" "pqr" "=Ed LEn SR" "678" 0 19; "uqrshrn" "=Vd Ln SR" "pqr" "=Ed LEn SR" "678" 1 19; "sqrshrun" "=Vd Ln SR" "pqr" "=Ed LEn SR" "678" 1 17;
};

/// Shifts that widen or narrow, without scalar forms.
macro_rules! resizing {
    ($($name:literal $operands:literal $variants:literal $u:literal $opcode:literal;)*) => {
        &[$(g($name, &[fs($variants, $operands, 0x0f00_0400 | $u << 29 | $opcode << 11)])),*]
    };
}

pub(super) const RESIZING: &[Group] = resizing! {
    "shrn" "=Vd Ln SR" "pqr" 0 16; "shrn2" "+Vd Ln SR" "PQS" 0 16; "rshrn" "=Vd Ln SR" "pqr" 0 17; "rshrn2" "+Vd Ln SR" "PQS" 0 17;
    "sqshrn2" "+Vd Ln SR" "PQS" 0 18; "uqshrn2" "+Vd Ln SR" "PQS" 1 18; "sqshrun2" "+Vd Ln SR" "PQS" 1 16;
    "sqrshrn2" "+Vd Ln SR" "PQS" 0 19; "uqrshrn2" "+Vd Ln SR" "PQS" 1 19; "sqrshrun2" "+Vd Ln SR" "PQS" 1 17;
    "sshll" "=Ld Vn SL" "pqr" 0 20; "sshll2" "=Ld Vn SL" "PQS" 0 20; "ushll" "=Ld Vn SL" "pqr" 1 20; "ushll2" "=Ld Vn SL" "PQS" 1 20;
};

/// `sshll #0` has names of its own; the element's size is one bit of `immh`.
macro_rules! extensions {
    ($($name:literal $word:literal $b:literal $h:literal $s:literal;)*) => {
        &[$(g($name, &[
            f(concat!("=8Hd ", $b, "n"), $word | 1 << 19).alias(), f(concat!("=4Sd ", $h, "n"), $word | 2 << 19).alias(), f(concat!("=2Dd ", $s, "n"), $word | 4 << 19).alias(),
        ])),*]
    };
}

pub(super) const EXTENSIONS: &[Group] = extensions! {
    "sxtl" 0x0f00_a400 "8B" "4H" "2S"; "sxtl2" 0x4f00_a400 "16B" "8H" "4S";
    "uxtl" 0x2f00_a400 "8B" "4H" "2S"; "uxtl2" 0x6f00_a400 "16B" "8H" "4S";
};

/// Permutations.
macro_rules! permutations {
    ($($name:literal $opcode:literal)*) => { &[$(g($name, &[fs("bBiIjJK", "=Vd Vn Vm", 0x0e00_0800 | $opcode << 12)])),*] };
}

pub(super) const PERMUTATIONS: &[Group] =
    permutations! { "uzp1" 1 "trn1" 2 "zip1" 3 "uzp2" 5 "trn2" 6 "zip2" 7 };

#[rustfmt::skip]
pub(super) const LANES: &[Group] = &[
    g("ext", &[fs("pP", "=Vd Vn Vm extpos", 0x2e00_0000)]), g("tbl", &[fs("pP", "=Vd tableN Vm", 0x0e00_0000)]), g("tbx", &[fs("pP", "+Vd tableN Vm", 0x0e00_1000)]),
    g("dup", &[
        fs("pP", "=Vd laneBN", 0x0e00_0400), fs("qQ", "=Vd laneHN", 0x0e00_0400), fs("rS", "=Vd laneSN", 0x0e00_0400), fs("T", "=Vd laneDN", 0x0e00_0400),
        fs("pP", "=Vd Wn", 0x0e01_0c00), fs("qQ", "=Vd Wn", 0x0e02_0c00), fs("rS", "=Vd Wn", 0x0e04_0c00), fs("T", "=Vd Xn", 0x0e08_0c00),
        f("=Bd laneBN", 0x5e00_0400), f("=Hd laneHN", 0x5e00_0400), f("=Sd laneSN", 0x5e00_0400), f("=Dd laneDN", 0x5e00_0400),
    ]),
    g("ins", &[
        f("+laneBD Wn", 0x4e00_1c00), f("+laneHD Wn", 0x4e00_1c00), f("+laneSD Wn", 0x4e00_1c00), f("+laneDD Xn", 0x4e00_1c00),
        f("+laneBD laneBN4", 0x6e00_0400), f("+laneHD laneHN4", 0x6e00_0400), f("+laneSD laneSN4", 0x6e00_0400), f("+laneDD laneDN4", 0x6e00_0400),
    ]),
    g("umov", &[f("=Wd laneBN", 0x0e00_3c00), f("=Wd laneHN", 0x0e00_3c00), f("=Wd laneSN", 0x0e00_3c00), f("=Xd laneDN", 0x4e00_3c00)]),
    g("smov", &[f("=Wd laneBN", 0x0e00_2c00), f("=Wd laneHN", 0x0e00_2c00), f("=Xd laneBN", 0x4e00_2c00), f("=Xd laneHN", 0x4e00_2c00), f("=Xd laneSN", 0x4e00_2c00)]),
    g("mov", &[f("=Wd laneSN", 0x0e00_3c00).alias(), f("=Xd laneDN", 0x4e00_3c00).alias()]),
    g("mov", &[
        f("+laneBD Wn", 0x4e00_1c00).alias(), f("+laneHD Wn", 0x4e00_1c00).alias(), f("+laneSD Wn", 0x4e00_1c00).alias(), f("+laneDD Xn", 0x4e00_1c00).alias(),
        f("+laneBD laneBN4", 0x6e00_0400).alias(), f("+laneHD laneHN4", 0x6e00_0400).alias(), f("+laneSD laneSN4", 0x6e00_0400).alias(), f("+laneDD laneDN4", 0x6e00_0400).alias(),
    ]),
    g("mov", &[f("=Bd laneBN", 0x5e00_0400).alias(), f("=Hd laneHN", 0x5e00_0400).alias(), f("=Sd laneSN", 0x5e00_0400).alias(), f("=Dd laneDN", 0x5e00_0400).alias()]),
];

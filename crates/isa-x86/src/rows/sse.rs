//! SSE to SSE4.2, AES, PCLMUL, SHA (Intel SDM vol. 2), legacy encodings.

use crate::registers::FLAGS;
use crate::template::{Group, f, g, p};
use lathe_isa::RowFlags as Is;
use lathe_target::features::Feature as Has;

/// `xmm += xmm/m128` and kin: name, access of the destination, memory operand, encoding.
macro_rules! rm {
    ($feature:ident; $($name:literal $access:literal $source:literal $code:literal),* $(,)?) => {
        [$(p($name, &[f(concat!($access, "x ", $source), concat!($code, " /r"))]).needs(Has::$feature)),*]
    };
}

/// The same with an 8-bit immediate.
macro_rules! rmi {
    ($feature:ident; $($name:literal $access:literal $source:literal $code:literal),* $(,)?) => {
        [$(p($name, &[f(concat!($access, "x ", $source, " ib"), concat!($code, " /r"))]).needs(Has::$feature)),*]
    };
}

/// Integer operations that exist for MMX and SSE2: `NP 0F op` and `66 0F op`.
macro_rules! integer {
    ($($name:literal $code:literal),* $(,)?) => {
        [$(p($name, &[f("+x x128", concat!("66 0F ", $code, " /r")), f("+mm mm64", concat!("0F ", $code, " /r"))]).needs(Has::Sse2)),*]
    };
}

/// MMX and SSSE3 integer operations of the 0F 38 map.
macro_rules! integer38 {
    ($($name:literal $access:literal $code:literal),* $(,)?) => {
        [$(p($name, &[f(concat!($access, "x x128"), concat!("66 0F 38 ", $code, " /r")), f(concat!($access, "mm mm64"), concat!("0F 38 ", $code, " /r"))]).needs(Has::Ssse3)),*]
    };
}

/// A move with a load and a store opcode.
macro_rules! moves {
    ($($name:literal $reg:literal $load:literal $store:literal),* $(,)?) => {
        [$(p($name, &[f(concat!("=x ", $reg), concat!($load, " /r")), f(concat!("=", $reg, " x"), concat!($store, " /r"))]).needs(Has::Sse2)),*]
    };
}

#[rustfmt::skip]
pub(crate) const ARITHMETIC: &[Group] = &rm![Sse2;
    "addss" "+" "x32" "F3 0F 58", "addsd" "+" "x64" "F2 0F 58", "addps" "+" "x128" "0F 58", "addpd" "+" "x128" "66 0F 58",
    "subss" "+" "x32" "F3 0F 5C", "subsd" "+" "x64" "F2 0F 5C", "subps" "+" "x128" "0F 5C", "subpd" "+" "x128" "66 0F 5C",
    "mulss" "+" "x32" "F3 0F 59", "mulsd" "+" "x64" "F2 0F 59", "mulps" "+" "x128" "0F 59", "mulpd" "+" "x128" "66 0F 59",
    "divss" "+" "x32" "F3 0F 5E", "divsd" "+" "x64" "F2 0F 5E", "divps" "+" "x128" "0F 5E", "divpd" "+" "x128" "66 0F 5E",
    "minss" "+" "x32" "F3 0F 5D", "minsd" "+" "x64" "F2 0F 5D", "minps" "+" "x128" "0F 5D", "minpd" "+" "x128" "66 0F 5D",
    "maxss" "+" "x32" "F3 0F 5F", "maxsd" "+" "x64" "F2 0F 5F", "maxps" "+" "x128" "0F 5F", "maxpd" "+" "x128" "66 0F 5F",
    "sqrtss" "+" "x32" "F3 0F 51", "sqrtsd" "+" "x64" "F2 0F 51", "sqrtps" "=" "x128" "0F 51", "sqrtpd" "=" "x128" "66 0F 51",
    "rsqrtss" "+" "x32" "F3 0F 52", "rsqrtps" "=" "x128" "0F 52", "rcpss" "+" "x32" "F3 0F 53", "rcpps" "=" "x128" "0F 53",
    "andps" "+" "x128" "0F 54", "andpd" "+" "x128" "66 0F 54", "andnps" "+" "x128" "0F 55", "andnpd" "+" "x128" "66 0F 55",
    "orps" "+" "x128" "0F 56", "orpd" "+" "x128" "66 0F 56", "xorps" "+" "x128" "0F 57", "xorpd" "+" "x128" "66 0F 57",
    "unpcklps" "+" "x128" "0F 14", "unpcklpd" "+" "x128" "66 0F 14", "unpckhps" "+" "x128" "0F 15", "unpckhpd" "+" "x128" "66 0F 15",
    "cvtss2sd" "+" "x32" "F3 0F 5A", "cvtsd2ss" "+" "x64" "F2 0F 5A", "cvtps2pd" "=" "x64" "0F 5A", "cvtpd2ps" "=" "x128" "66 0F 5A",
    "cvtdq2ps" "=" "x128" "0F 5B", "cvtps2dq" "=" "x128" "66 0F 5B", "cvttps2dq" "=" "x128" "F3 0F 5B",
    "cvtdq2pd" "=" "x64" "F3 0F E6", "cvtpd2dq" "=" "x128" "F2 0F E6", "cvttpd2dq" "=" "x128" "66 0F E6",
    "punpcklqdq" "+" "x128" "66 0F 6C", "punpckhqdq" "+" "x128" "66 0F 6D",
];

#[rustfmt::skip]
pub(crate) const COMPARES: &[Group] = &[
    p("ucomiss", &[f("x x32", "0F 2E /r")]).writes(&[FLAGS]), p("ucomisd", &[f("x x64", "66 0F 2E /r")]).writes(&[FLAGS]),
    p("comiss", &[f("x x32", "0F 2F /r")]).writes(&[FLAGS]), p("comisd", &[f("x x64", "66 0F 2F /r")]).writes(&[FLAGS]),
    p("cmpss", &[f("+x x32 ib", "F3 0F C2 /r")]), p("cmpsd", &[f("+x x64 ib", "F2 0F C2 /r")]),
    p("cmpps", &[f("+x x128 ib", "0F C2 /r")]), p("cmppd", &[f("+x x128 ib", "66 0F C2 /r")]),
    p("ptest", &[f("x x128", "66 0F 38 17 /r")]).writes(&[FLAGS]).needs(Has::Sse41),
];

#[rustfmt::skip]
pub(crate) const MOVES: &[Group] = &[
    p("movss", &[f("=x m32", "F3 0F 10 /r"), f("=m32 x", "F3 0F 11 /r"), f("+x xu", "F3 0F 10 /r"), f("+xu x", "F3 0F 11 /r ALIAS")]),
    p("movsd", &[f("=x m64", "F2 0F 10 /r"), f("=m64 x", "F2 0F 11 /r"), f("+x xu", "F2 0F 10 /r"), f("+xu x", "F2 0F 11 /r ALIAS")]),
    p("movd", &[f("=x rm32", "66 0F 6E /r"), f("=rm32 x", "66 0F 7E /r"), f("=x u64", "66 REX.W 0F 6E /r ALIAS"), f("=u64 x", "66 REX.W 0F 7E /r ALIAS"), f("=mm rm32", "0F 6E /r"), f("=rm32 mm", "0F 7E /r"), f("=mm u64", "REX.W 0F 6E /r ALIAS"), f("=u64 mm", "REX.W 0F 7E /r ALIAS")]),
    p("movq", &[f("=x x64", "F3 0F 7E /r"), f("=x64 x", "66 0F D6 /r"), f("=x rm64", "66 REX.W 0F 6E /r"), f("=rm64 x", "66 REX.W 0F 7E /r"), f("=mm mm64", "0F 6F /r"), f("=mm64 mm", "0F 7F /r"), f("=mm rm64", "REX.W 0F 6E /r"), f("=rm64 mm", "REX.W 0F 7E /r")]),
    p("movlps", &[f("+x m64", "0F 12 /r"), f("=m64 x", "0F 13 /r")]), p("movhps", &[f("+x m64", "0F 16 /r"), f("=m64 x", "0F 17 /r")]),
    p("movlpd", &[f("+x m64", "66 0F 12 /r"), f("=m64 x", "66 0F 13 /r")]), p("movhpd", &[f("+x m64", "66 0F 16 /r"), f("=m64 x", "66 0F 17 /r")]),
    p("movhlps", &[f("+x xu", "0F 12 /r")]), p("movlhps", &[f("+x xu", "0F 16 /r")]),
    p("movmskps", &[f("=r32 xu", "0F 50 /r"), f("=r64 xu", "0F 50 /r ALIAS")]), p("movmskpd", &[f("=r32 xu", "66 0F 50 /r"), f("=r64 xu", "66 0F 50 /r ALIAS")]),
    p("pmovmskb", &[f("=r32 xu", "66 0F D7 /r"), f("=r32 mu", "0F D7 /r"), f("=r64 xu", "66 0F D7 /r ALIAS")]),
    p("movntps", &[f("=m128 x", "0F 2B /r")]), p("movntpd", &[f("=m128 x", "66 0F 2B /r")]), p("movntdq", &[f("=m128 x", "66 0F E7 /r")]), p("movntq", &[f("=m64 mm", "0F E7 /r")]), p("movntdqa", &[f("=x m128", "66 0F 38 2A /r")]).needs(Has::Sse41),
    p("movdq2q", &[f("=mm xu", "F2 0F D6 /r")]), p("movq2dq", &[f("=x mu", "F3 0F D6 /r")]), p("maskmovdqu", &[f("x xu", "66 0F F7 /r")]).flags(Is::MAY_STORE), p("maskmovq", &[f("mm mu", "0F F7 /r")]).flags(Is::MAY_STORE),
    p("lddqu", &[f("=x m128", "F2 0F F0 /r")]).needs(Has::Sse3), p("movddup", &[f("=x x64", "F2 0F 12 /r")]).needs(Has::Sse3), p("movsldup", &[f("=x x128", "F3 0F 12 /r")]).needs(Has::Sse3), p("movshdup", &[f("=x x128", "F3 0F 16 /r")]).needs(Has::Sse3),
    p("ldmxcsr", &[f("m32", "0F AE /2")]).flags(Is::SIDE_EFFECT), p("stmxcsr", &[f("=m32", "0F AE /3")]).flags(Is::SIDE_EFFECT),
    g("cvtsi2ss", "lq", &[f("+x rmv", "F3 0F 2A /r NP")]), g("cvtsi2sd", "lq", &[f("+x rmv", "F2 0F 2A /r NP")]),
    g("cvttss2si", "lq", &[f("=rv x32", "F3 0F 2C /r NP")]), g("cvttsd2si", "lq", &[f("=rv x64", "F2 0F 2C /r NP")]),
    g("cvtss2si", "lq", &[f("=rv x32", "F3 0F 2D /r NP")]), g("cvtsd2si", "lq", &[f("=rv x64", "F2 0F 2D /r NP")]),
    p("cvtpi2ps", &[f("+x mm64", "0F 2A /r")]), p("cvtpi2pd", &[f("=x mm64", "66 0F 2A /r")]), p("cvttps2pi", &[f("=mm x64", "0F 2C /r")]), p("cvttpd2pi", &[f("=mm x128", "66 0F 2C /r")]), p("cvtps2pi", &[f("=mm x64", "0F 2D /r")]), p("cvtpd2pi", &[f("=mm x128", "66 0F 2D /r")]),
    p("pinsrw", &[f("+x u32m16 ib", "66 0F C4 /r"), f("+mm u32m16 ib", "0F C4 /r")]),
    p("pextrw", &[f("=r32 xu ib", "66 0F C5 /r"), f("=r32 mu ib", "0F C5 /r"), f("=r64 xu ib", "66 0F C5 /r ALIAS"), f("=m16 x ib", "66 0F 3A 15 /r")]),
    p("pinsrb", &[f("+x u32m8 ib", "66 0F 3A 20 /r")]).needs(Has::Sse41), p("pinsrd", &[f("+x rm32 ib", "66 0F 3A 22 /r")]).needs(Has::Sse41), p("pinsrq", &[f("+x rm64 ib", "66 REX.W 0F 3A 22 /r")]).needs(Has::Sse41),
    p("pextrb", &[f("=u32m8 x ib", "66 0F 3A 14 /r")]).needs(Has::Sse41), p("pextrd", &[f("=rm32 x ib", "66 0F 3A 16 /r")]).needs(Has::Sse41), p("pextrq", &[f("=rm64 x ib", "66 REX.W 0F 3A 16 /r")]).needs(Has::Sse41),
    p("extractps", &[f("=rm32 x ib", "66 0F 3A 17 /r")]).needs(Has::Sse41), p("insertps", &[f("+x x32 ib", "66 0F 3A 21 /r")]).needs(Has::Sse41),
    p("blendvps", &[f("+x x128 x0", "66 0F 38 14 /r"), f("+x x128", "66 0F 38 14 /r ALIAS")]).needs(Has::Sse41), p("blendvpd", &[f("+x x128 x0", "66 0F 38 15 /r"), f("+x x128", "66 0F 38 15 /r ALIAS")]).needs(Has::Sse41), p("pblendvb", &[f("+x x128 x0", "66 0F 38 10 /r"), f("+x x128", "66 0F 38 10 /r ALIAS")]).needs(Has::Sse41),
    p("sha256rnds2", &[f("+x x128 x0", "0F 38 CB /r"), f("+x x128", "0F 38 CB /r ALIAS")]).needs(Has::Sha),
];

#[rustfmt::skip]
pub(crate) const WHOLE_MOVES: &[Group] = &moves![
    "movaps" "x128" "0F 28" "0F 29", "movapd" "x128" "66 0F 28" "66 0F 29", "movups" "x128" "0F 10" "0F 11", "movupd" "x128" "66 0F 10" "66 0F 11",
    "movdqa" "x128" "66 0F 6F" "66 0F 7F", "movdqu" "x128" "F3 0F 6F" "F3 0F 7F",
];

#[rustfmt::skip]
pub(crate) const INTEGER: &[Group] = &integer![
    "paddb" "FC", "paddw" "FD", "paddd" "FE", "paddq" "D4", "paddsb" "EC", "paddsw" "ED", "paddusb" "DC", "paddusw" "DD",
    "psubb" "F8", "psubw" "F9", "psubd" "FA", "psubq" "FB", "psubsb" "E8", "psubsw" "E9", "psubusb" "D8", "psubusw" "D9",
    "pmullw" "D5", "pmulhw" "E5", "pmulhuw" "E4", "pmuludq" "F4", "pmaddwd" "F5", "psadbw" "F6", "pavgb" "E0", "pavgw" "E3",
    "pminub" "DA", "pmaxub" "DE", "pminsw" "EA", "pmaxsw" "EE", "pand" "DB", "pandn" "DF", "por" "EB", "pxor" "EF",
    "pcmpeqb" "74", "pcmpeqw" "75", "pcmpeqd" "76", "pcmpgtb" "64", "pcmpgtw" "65", "pcmpgtd" "66",
    "packsswb" "63", "packssdw" "6B", "packuswb" "67", "punpckhbw" "68", "punpckhwd" "69", "punpckhdq" "6A",
];

/// `punpckl*` read 32 bits in their MMX form; shifts have immediate forms.
macro_rules! shifts {
    ($($name:literal $code:literal $group:literal $digit:literal),* $(,)?) => {
        [$(p($name, &[
            f("+x x128", concat!("66 0F ", $code, " /r")), f("+xu ib", concat!("66 0F ", $group, " ", $digit)),
            f("+mm mm64", concat!("0F ", $code, " /r")), f("+mu ib", concat!("0F ", $group, " ", $digit)),
        ]).needs(Has::Sse2)),*]
    };
}

#[rustfmt::skip]
pub(crate) const SHIFTS: &[Group] = &shifts![
    "psllw" "F1" "71" "/6", "pslld" "F2" "72" "/6", "psllq" "F3" "73" "/6", "psrlw" "D1" "71" "/2", "psrld" "D2" "72" "/2",
    "psrlq" "D3" "73" "/2", "psraw" "E1" "71" "/4", "psrad" "E2" "72" "/4",
];

#[rustfmt::skip]
pub(crate) const SHUFFLES: &[Group] = &[
    p("punpcklbw", &[f("+x x128", "66 0F 60 /r"), f("+mm mm32", "0F 60 /r")]), p("punpcklwd", &[f("+x x128", "66 0F 61 /r"), f("+mm mm32", "0F 61 /r")]), p("punpckldq", &[f("+x x128", "66 0F 62 /r"), f("+mm mm32", "0F 62 /r")]),
    p("pslldq", &[f("+xu ib", "66 0F 73 /7")]), p("psrldq", &[f("+xu ib", "66 0F 73 /3")]),
    p("pshufd", &[f("=x x128 ib", "66 0F 70 /r")]), p("pshufhw", &[f("=x x128 ib", "F3 0F 70 /r")]), p("pshuflw", &[f("=x x128 ib", "F2 0F 70 /r")]), p("pshufw", &[f("=mm mm64 ib", "0F 70 /r")]),
    p("shufps", &[f("+x x128 ib", "0F C6 /r")]), p("shufpd", &[f("+x x128 ib", "66 0F C6 /r")]),
    p("palignr", &[f("+x x128 ib", "66 0F 3A 0F /r"), f("+mm mm64 ib", "0F 3A 0F /r")]).needs(Has::Ssse3),
    p("haddps", &[f("+x x128", "F2 0F 7C /r")]).needs(Has::Sse3), p("haddpd", &[f("+x x128", "66 0F 7C /r")]).needs(Has::Sse3), p("hsubps", &[f("+x x128", "F2 0F 7D /r")]).needs(Has::Sse3), p("hsubpd", &[f("+x x128", "66 0F 7D /r")]).needs(Has::Sse3),
    p("addsubps", &[f("+x x128", "F2 0F D0 /r")]).needs(Has::Sse3), p("addsubpd", &[f("+x x128", "66 0F D0 /r")]).needs(Has::Sse3),
    p("sha1msg1", &[f("+x x128", "0F 38 C9 /r")]).needs(Has::Sha), p("sha1msg2", &[f("+x x128", "0F 38 CA /r")]).needs(Has::Sha), p("sha1nexte", &[f("+x x128", "0F 38 C8 /r")]).needs(Has::Sha), p("sha1rnds4", &[f("+x x128 ib", "0F 3A CC /r")]).needs(Has::Sha),
    p("sha256msg1", &[f("+x x128", "0F 38 CC /r")]).needs(Has::Sha), p("sha256msg2", &[f("+x x128", "0F 38 CD /r")]).needs(Has::Sha),
    p("pcmpestri", &[f("x x128 ib", "66 0F 3A 61 /r")]).needs(Has::Sse42).writes(&[crate::registers::RCX, FLAGS]), p("pcmpestrm", &[f("x x128 ib", "66 0F 3A 60 /r")]).needs(Has::Sse42).writes(&[crate::registers::XMM0, FLAGS]),
    p("pcmpistri", &[f("x x128 ib", "66 0F 3A 63 /r")]).needs(Has::Sse42).writes(&[crate::registers::RCX, FLAGS]), p("pcmpistrm", &[f("x x128 ib", "66 0F 3A 62 /r")]).needs(Has::Sse42).writes(&[crate::registers::XMM0, FLAGS]),
    p("gf2p8mulb", &[f("+x x128", "66 0F 38 CF /r")]), g("ptwrite", "lq", &[f("rmv", "F3 0F AE /4 NP")]).flags(Is::SIDE_EFFECT),
];

#[rustfmt::skip]
pub(crate) const SSSE3: &[Group] = &integer38![
    "pshufb" "+" "00", "phaddw" "+" "01", "phaddd" "+" "02", "phaddsw" "+" "03", "pmaddubsw" "+" "04", "phsubw" "+" "05", "phsubd" "+" "06", "phsubsw" "+" "07",
    "psignb" "+" "08", "psignw" "+" "09", "psignd" "+" "0A", "pmulhrsw" "+" "0B", "pabsb" "=" "1C", "pabsw" "=" "1D", "pabsd" "=" "1E",
];

#[rustfmt::skip]
pub(crate) const SSE41: &[Group] = &rm![Sse41;
    "pmovsxbw" "=" "x64" "66 0F 38 20", "pmovsxbd" "=" "x32" "66 0F 38 21", "pmovsxbq" "=" "x16" "66 0F 38 22", "pmovsxwd" "=" "x64" "66 0F 38 23", "pmovsxwq" "=" "x32" "66 0F 38 24", "pmovsxdq" "=" "x64" "66 0F 38 25",
    "pmovzxbw" "=" "x64" "66 0F 38 30", "pmovzxbd" "=" "x32" "66 0F 38 31", "pmovzxbq" "=" "x16" "66 0F 38 32", "pmovzxwd" "=" "x64" "66 0F 38 33", "pmovzxwq" "=" "x32" "66 0F 38 34", "pmovzxdq" "=" "x64" "66 0F 38 35",
    "pmuldq" "+" "x128" "66 0F 38 28", "pcmpeqq" "+" "x128" "66 0F 38 29", "packusdw" "+" "x128" "66 0F 38 2B", "pcmpgtq" "+" "x128" "66 0F 38 37",
    "pminsb" "+" "x128" "66 0F 38 38", "pminsd" "+" "x128" "66 0F 38 39", "pminuw" "+" "x128" "66 0F 38 3A", "pminud" "+" "x128" "66 0F 38 3B", "pmaxsb" "+" "x128" "66 0F 38 3C", "pmaxsd" "+" "x128" "66 0F 38 3D", "pmaxuw" "+" "x128" "66 0F 38 3E", "pmaxud" "+" "x128" "66 0F 38 3F",
    "pmulld" "+" "x128" "66 0F 38 40", "phminposuw" "=" "x128" "66 0F 38 41",
];

#[rustfmt::skip]
pub(crate) const SSE41_IMMEDIATE: &[Group] = &rmi![Sse41;
    "roundps" "=" "x128" "66 0F 3A 08", "roundpd" "=" "x128" "66 0F 3A 09", "roundss" "+" "x32" "66 0F 3A 0A", "roundsd" "+" "x64" "66 0F 3A 0B",
    "blendps" "+" "x128" "66 0F 3A 0C", "blendpd" "+" "x128" "66 0F 3A 0D", "pblendw" "+" "x128" "66 0F 3A 0E", "dpps" "+" "x128" "66 0F 3A 40", "dppd" "+" "x128" "66 0F 3A 41", "mpsadbw" "+" "x128" "66 0F 3A 42",
];

#[rustfmt::skip]
pub(crate) const AES: &[Group] = &rm![Aes; "aesimc" "=" "x128" "66 0F 38 DB", "aesenc" "+" "x128" "66 0F 38 DC", "aesenclast" "+" "x128" "66 0F 38 DD", "aesdec" "+" "x128" "66 0F 38 DE", "aesdeclast" "+" "x128" "66 0F 38 DF"];

#[rustfmt::skip]
pub(crate) const AES_IMMEDIATE: &[Group] = &rmi![Aes; "aeskeygenassist" "=" "x128" "66 0F 3A DF", "pclmulqdq" "+" "x128" "66 0F 3A 44"];

//! AVX, AVX2, FMA, BMI, F16C (Intel SDM vol. 2): VEX encodings.

use crate::registers::FLAGS;
use crate::template::{Group, f, g, p};
use lathe_isa::RowFlags as Is;
use lathe_target::features::Feature as Has;

/// Three operands, 128 and 256 bits: name, "pp.map", opcode and marks.
macro_rules! packed {
    ($feature:ident; $($name:literal $pp:literal $code:literal),* $(,)?) => {
        [$(p($name, &[
            f("=x xv x128", concat!("VEX.128.", $pp, ".WIG ", $code)),
            f("=y yv y256", concat!("VEX.256.", $pp, ".WIG ", $code)),
        ]).needs(Has::$feature)),*]
    };
}

/// Three operands and an immediate byte.
macro_rules! packed_immediate {
    ($feature:ident; $($name:literal $pp:literal $code:literal),* $(,)?) => {
        [$(p($name, &[
            f("=x xv x128 ib", concat!("VEX.128.", $pp, ".WIG ", $code)),
            f("=y yv y256 ib", concat!("VEX.256.", $pp, ".WIG ", $code)),
        ]).needs(Has::$feature)),*]
    };
}

/// Two operands, 128 and 256 bits.
macro_rules! unary {
    ($feature:ident; $($name:literal $pp:literal $code:literal),* $(,)?) => {
        [$(p($name, &[
            f("=x x128", concat!("VEX.128.", $pp, ".WIG ", $code)),
            f("=y y256", concat!("VEX.256.", $pp, ".WIG ", $code)),
        ]).needs(Has::$feature)),*]
    };
}

/// One element: name, memory operand, "pp.map", opcode.
macro_rules! scalar {
    ($feature:ident; $($name:literal $memory:literal $pp:literal $code:literal),* $(,)?) => {
        [$(p($name, &[f(concat!("=x xv ", $memory), concat!("VEX.LIG.", $pp, ".WIG ", $code))]).needs(Has::$feature)),*]
    };
}

/// A move with a load and a store opcode.
macro_rules! moves {
    ($($name:literal $pp:literal $load:literal $store:literal),* $(,)?) => {
        [$(p($name, &[
            f("=x x128", concat!("VEX.128.", $pp, ".WIG ", $load, " /r")), f("=x128 x", concat!("VEX.128.", $pp, ".WIG ", $store, " /r")),
            f("=y y256", concat!("VEX.256.", $pp, ".WIG ", $load, " /r")), f("=y256 y", concat!("VEX.256.", $pp, ".WIG ", $store, " /r")),
        ]).needs(Has::Avx)),*]
    };
}

/// Fused multiply-add: the name's end, opcode of the 132, 213 and 231 orders; packed and scalar, single and double.
macro_rules! fused {
    ($($name:literal $operation:literal $order:literal $packed:literal $scalar:literal),* $(,)?) => {
        [$(
            p(concat!($operation, $order, "ps"), &[f("+x xv x128", concat!("VEX.128.66.0F38.W0 ", $packed, " /r")), f("+y yv y256", concat!("VEX.256.66.0F38.W0 ", $packed, " /r"))]).needs(Has::Fma),
            p(concat!($operation, $order, "pd"), &[f("+x xv x128", concat!("VEX.128.66.0F38.W1 ", $packed, " /r")), f("+y yv y256", concat!("VEX.256.66.0F38.W1 ", $packed, " /r"))]).needs(Has::Fma),
            p(concat!($operation, $order, "ss"), &[f("+x xv x32", concat!("VEX.LIG.66.0F38.W0 ", $scalar, " /r"))]).needs(Has::Fma),
            p(concat!($operation, $order, "sd"), &[f("+x xv x64", concat!("VEX.LIG.66.0F38.W1 ", $scalar, " /r"))]).needs(Has::Fma),
        )*]
    };
}

/// Fused multiply-add and subtract by turns: packed only.
macro_rules! fused_alternating {
    ($($operation:literal $order:literal $code:literal),* $(,)?) => {
        [$(
            p(concat!($operation, $order, "ps"), &[f("+x xv x128", concat!("VEX.128.66.0F38.W0 ", $code, " /r")), f("+y yv y256", concat!("VEX.256.66.0F38.W0 ", $code, " /r"))]).needs(Has::Fma),
            p(concat!($operation, $order, "pd"), &[f("+x xv x128", concat!("VEX.128.66.0F38.W1 ", $code, " /r")), f("+y yv y256", concat!("VEX.256.66.0F38.W1 ", $code, " /r"))]).needs(Has::Fma),
        )*]
    };
}

/// Shifts by a vector's low quadword or an immediate.
macro_rules! shifts {
    ($($name:literal $code:literal $group:literal $digit:literal),* $(,)?) => {
        [$(p($name, &[
            f("=x xv x128", concat!("VEX.128.66.0F.WIG ", $code, " /r")), f("=xv xu ib", concat!("VEX.128.66.0F.WIG ", $group, " ", $digit)),
            f("=y yv x128", concat!("VEX.256.66.0F.WIG ", $code, " /r")), f("=yv yu ib", concat!("VEX.256.66.0F.WIG ", $group, " ", $digit)),
        ]).needs(Has::Avx)),*]
    };
}

/// Widening integer moves: source sizes of the 128- and 256-bit forms.
macro_rules! widen {
    ($($name:literal $x:literal $y:literal $code:literal),* $(,)?) => {
        [$(p($name, &[f(concat!("=x ", $x), concat!("VEX.128.66.0F38.WIG ", $code, " /r")), f(concat!("=y ", $y), concat!("VEX.256.66.0F38.WIG ", $code, " /r"))]).needs(Has::Avx2)),*]
    };
}

#[rustfmt::skip]
pub(crate) const PACKED: &[Group] = &packed![Avx;
    "vaddps" "0F" "58 /r", "vaddpd" "66.0F" "58 /r", "vmulps" "0F" "59 /r", "vmulpd" "66.0F" "59 /r", "vsubps" "0F" "5C /r", "vsubpd" "66.0F" "5C /r",
    "vminps" "0F" "5D /r", "vminpd" "66.0F" "5D /r", "vdivps" "0F" "5E /r", "vdivpd" "66.0F" "5E /r", "vmaxps" "0F" "5F /r", "vmaxpd" "66.0F" "5F /r",
    "vandps" "0F" "54 /r", "vandpd" "66.0F" "54 /r", "vandnps" "0F" "55 /r", "vandnpd" "66.0F" "55 /r", "vorps" "0F" "56 /r", "vorpd" "66.0F" "56 /r", "vxorps" "0F" "57 /r", "vxorpd" "66.0F" "57 /r",
    "vunpcklps" "0F" "14 /r", "vunpcklpd" "66.0F" "14 /r", "vunpckhps" "0F" "15 /r", "vunpckhpd" "66.0F" "15 /r",
    "vhaddps" "F2.0F" "7C /r", "vhaddpd" "66.0F" "7C /r", "vhsubps" "F2.0F" "7D /r", "vhsubpd" "66.0F" "7D /r", "vaddsubps" "F2.0F" "D0 /r", "vaddsubpd" "66.0F" "D0 /r",
    "vpunpcklbw" "66.0F" "60 /r", "vpunpcklwd" "66.0F" "61 /r", "vpunpckldq" "66.0F" "62 /r", "vpunpcklqdq" "66.0F" "6C /r", "vpunpckhbw" "66.0F" "68 /r", "vpunpckhwd" "66.0F" "69 /r", "vpunpckhdq" "66.0F" "6A /r", "vpunpckhqdq" "66.0F" "6D /r",
    "vpacksswb" "66.0F" "63 /r", "vpackuswb" "66.0F" "67 /r", "vpackssdw" "66.0F" "6B /r", "vpackusdw" "66.0F38" "2B /r",
    "vpcmpgtb" "66.0F" "64 /r", "vpcmpgtw" "66.0F" "65 /r", "vpcmpgtd" "66.0F" "66 /r", "vpcmpgtq" "66.0F38" "37 /r", "vpcmpeqb" "66.0F" "74 /r", "vpcmpeqw" "66.0F" "75 /r", "vpcmpeqd" "66.0F" "76 /r", "vpcmpeqq" "66.0F38" "29 /r",
    "vpaddb" "66.0F" "FC /r", "vpaddw" "66.0F" "FD /r", "vpaddd" "66.0F" "FE /r", "vpaddq" "66.0F" "D4 /r", "vpaddsb" "66.0F" "EC /r", "vpaddsw" "66.0F" "ED /r", "vpaddusb" "66.0F" "DC /r", "vpaddusw" "66.0F" "DD /r",
    "vpsubb" "66.0F" "F8 /r", "vpsubw" "66.0F" "F9 /r", "vpsubd" "66.0F" "FA /r", "vpsubq" "66.0F" "FB /r", "vpsubsb" "66.0F" "E8 /r", "vpsubsw" "66.0F" "E9 /r", "vpsubusb" "66.0F" "D8 /r", "vpsubusw" "66.0F" "D9 /r",
    "vpmullw" "66.0F" "D5 /r", "vpmulhw" "66.0F" "E5 /r", "vpmulhuw" "66.0F" "E4 /r", "vpmuludq" "66.0F" "F4 /r", "vpmaddwd" "66.0F" "F5 /r", "vpsadbw" "66.0F" "F6 /r", "vpavgb" "66.0F" "E0 /r", "vpavgw" "66.0F" "E3 /r",
    "vpminub" "66.0F" "DA /r", "vpmaxub" "66.0F" "DE /r", "vpminsw" "66.0F" "EA /r", "vpmaxsw" "66.0F" "EE /r", "vpand" "66.0F" "DB /r", "vpandn" "66.0F" "DF /r", "vpor" "66.0F" "EB /r", "vpxor" "66.0F" "EF /r",
    "vpshufb" "66.0F38" "00 /r", "vphaddw" "66.0F38" "01 /r", "vphaddd" "66.0F38" "02 /r", "vphaddsw" "66.0F38" "03 /r", "vpmaddubsw" "66.0F38" "04 /r", "vphsubw" "66.0F38" "05 /r", "vphsubd" "66.0F38" "06 /r", "vphsubsw" "66.0F38" "07 /r",
    "vpsignb" "66.0F38" "08 /r", "vpsignw" "66.0F38" "09 /r", "vpsignd" "66.0F38" "0A /r", "vpmulhrsw" "66.0F38" "0B /r", "vpmuldq" "66.0F38" "28 /r", "vpmulld" "66.0F38" "40 /r",
    "vpminsb" "66.0F38" "38 /r", "vpminsd" "66.0F38" "39 /r", "vpminuw" "66.0F38" "3A /r", "vpminud" "66.0F38" "3B /r", "vpmaxsb" "66.0F38" "3C /r", "vpmaxsd" "66.0F38" "3D /r", "vpmaxuw" "66.0F38" "3E /r", "vpmaxud" "66.0F38" "3F /r",
    "vaesenc" "66.0F38" "DC /r", "vaesenclast" "66.0F38" "DD /r", "vaesdec" "66.0F38" "DE /r", "vaesdeclast" "66.0F38" "DF /r",
    "vpermilps" "66.0F38" "0C /r", "vpermilpd" "66.0F38" "0D /r",
];

#[rustfmt::skip]
pub(crate) const PACKED_IMMEDIATE: &[Group] = &packed_immediate![Avx;
    "vcmpps" "0F" "C2 /r", "vcmppd" "66.0F" "C2 /r", "vshufps" "0F" "C6 /r", "vshufpd" "66.0F" "C6 /r", "vblendps" "66.0F3A" "0C /r", "vblendpd" "66.0F3A" "0D /r",
    "vpblendw" "66.0F3A" "0E /r", "vpalignr" "66.0F3A" "0F /r", "vdpps" "66.0F3A" "40 /r", "vmpsadbw" "66.0F3A" "42 /r", "vpclmulqdq" "66.0F3A" "44 /r",
];

#[rustfmt::skip]
pub(crate) const UNARY: &[Group] = &unary![Avx;
    "vsqrtps" "0F" "51 /r", "vsqrtpd" "66.0F" "51 /r", "vrsqrtps" "0F" "52 /r", "vrcpps" "0F" "53 /r", "vcvtdq2ps" "0F" "5B /r", "vcvtps2dq" "66.0F" "5B /r", "vcvttps2dq" "F3.0F" "5B /r",
    "vmovsldup" "F3.0F" "12 /r", "vmovshdup" "F3.0F" "16 /r", "vpabsb" "66.0F38" "1C /r", "vpabsw" "66.0F38" "1D /r", "vpabsd" "66.0F38" "1E /r",
];

#[rustfmt::skip]
pub(crate) const SCALAR: &[Group] = &scalar![Avx;
    "vaddss" "x32" "F3.0F" "58 /r", "vaddsd" "x64" "F2.0F" "58 /r", "vmulss" "x32" "F3.0F" "59 /r", "vmulsd" "x64" "F2.0F" "59 /r", "vsubss" "x32" "F3.0F" "5C /r", "vsubsd" "x64" "F2.0F" "5C /r",
    "vminss" "x32" "F3.0F" "5D /r", "vminsd" "x64" "F2.0F" "5D /r", "vdivss" "x32" "F3.0F" "5E /r", "vdivsd" "x64" "F2.0F" "5E /r", "vmaxss" "x32" "F3.0F" "5F /r", "vmaxsd" "x64" "F2.0F" "5F /r",
    "vsqrtss" "x32" "F3.0F" "51 /r", "vsqrtsd" "x64" "F2.0F" "51 /r", "vrsqrtss" "x32" "F3.0F" "52 /r", "vrcpss" "x32" "F3.0F" "53 /r", "vcvtss2sd" "x32" "F3.0F" "5A /r", "vcvtsd2ss" "x64" "F2.0F" "5A /r",
];

#[rustfmt::skip]
pub(crate) const WHOLE_MOVES: &[Group] = &moves![
    "vmovaps" "0F" "28" "29", "vmovapd" "66.0F" "28" "29", "vmovups" "0F" "10" "11", "vmovupd" "66.0F" "10" "11", "vmovdqa" "66.0F" "6F" "7F", "vmovdqu" "F3.0F" "6F" "7F",
];

#[rustfmt::skip]
pub(crate) const SHIFTS: &[Group] = &shifts![
    "vpsllw" "F1" "71" "/6", "vpslld" "F2" "72" "/6", "vpsllq" "F3" "73" "/6", "vpsrlw" "D1" "71" "/2", "vpsrld" "D2" "72" "/2", "vpsrlq" "D3" "73" "/2", "vpsraw" "E1" "71" "/4", "vpsrad" "E2" "72" "/4",
];

#[rustfmt::skip]
pub(crate) const WIDEN: &[Group] = &widen![
    "vpmovsxbw" "x64" "x128" "20", "vpmovsxbd" "x32" "x64" "21", "vpmovsxbq" "x16" "x32" "22", "vpmovsxwd" "x64" "x128" "23", "vpmovsxwq" "x32" "x64" "24", "vpmovsxdq" "x64" "x128" "25",
    "vpmovzxbw" "x64" "x128" "30", "vpmovzxbd" "x32" "x64" "31", "vpmovzxbq" "x16" "x32" "32", "vpmovzxwd" "x64" "x128" "33", "vpmovzxwq" "x32" "x64" "34", "vpmovzxdq" "x64" "x128" "35",
    "vpbroadcastb" "x8" "x8" "78", "vpbroadcastw" "x16" "x16" "79", "vpbroadcastd" "x32" "x32" "58", "vpbroadcastq" "x64" "x64" "59",
];

#[rustfmt::skip]
pub(crate) const FUSED: &[Group] = &fused![
    "" "vfmadd" "132" "98" "99", "" "vfmadd" "213" "A8" "A9", "" "vfmadd" "231" "B8" "B9", "" "vfmsub" "132" "9A" "9B", "" "vfmsub" "213" "AA" "AB", "" "vfmsub" "231" "BA" "BB",
    "" "vfnmadd" "132" "9C" "9D", "" "vfnmadd" "213" "AC" "AD", "" "vfnmadd" "231" "BC" "BD", "" "vfnmsub" "132" "9E" "9F", "" "vfnmsub" "213" "AE" "AF", "" "vfnmsub" "231" "BE" "BF",
];

#[rustfmt::skip]
pub(crate) const FUSED_ALTERNATING: &[Group] = &fused_alternating![
    "vfmaddsub" "132" "96", "vfmaddsub" "213" "A6", "vfmaddsub" "231" "B6", "vfmsubadd" "132" "97", "vfmsubadd" "213" "A7", "vfmsubadd" "231" "B7",
];

#[rustfmt::skip]
pub(crate) const GROUPS: &[Group] = &[
    // Moves.
    p("vmovss", &[f("=x m32", "VEX.LIG.F3.0F.WIG 10 /r"), f("=m32 x", "VEX.LIG.F3.0F.WIG 11 /r"), f("=x xv xu", "VEX.LIG.F3.0F.WIG 10 /r"), f("=xu xv x", "VEX.LIG.F3.0F.WIG 11 /r")]).needs(Has::Avx),
    p("vmovsd", &[f("=x m64", "VEX.LIG.F2.0F.WIG 10 /r"), f("=m64 x", "VEX.LIG.F2.0F.WIG 11 /r"), f("=x xv xu", "VEX.LIG.F2.0F.WIG 10 /r"), f("=xu xv x", "VEX.LIG.F2.0F.WIG 11 /r")]).needs(Has::Avx),
    p("vmovd", &[f("=x rm32", "VEX.128.66.0F.W0 6E /r"), f("=rm32 x", "VEX.128.66.0F.W0 7E /r")]).needs(Has::Avx),
    p("vmovq", &[f("=x x64", "VEX.128.F3.0F.WIG 7E /r"), f("=x64 x", "VEX.128.66.0F.WIG D6 /r"), f("=x rm64", "VEX.128.66.0F.W1 6E /r"), f("=rm64 x", "VEX.128.66.0F.W1 7E /r")]).needs(Has::Avx),
    p("vmovlps", &[f("=x xv m64", "VEX.128.0F.WIG 12 /r"), f("=m64 x", "VEX.128.0F.WIG 13 /r")]), p("vmovlpd", &[f("=x xv m64", "VEX.128.66.0F.WIG 12 /r"), f("=m64 x", "VEX.128.66.0F.WIG 13 /r")]),
    p("vmovhps", &[f("=x xv m64", "VEX.128.0F.WIG 16 /r"), f("=m64 x", "VEX.128.0F.WIG 17 /r")]), p("vmovhpd", &[f("=x xv m64", "VEX.128.66.0F.WIG 16 /r"), f("=m64 x", "VEX.128.66.0F.WIG 17 /r")]),
    p("vmovhlps", &[f("=x xv xu", "VEX.128.0F.WIG 12 /r")]), p("vmovlhps", &[f("=x xv xu", "VEX.128.0F.WIG 16 /r")]),
    p("vmovddup", &[f("=x x64", "VEX.128.F2.0F.WIG 12 /r"), f("=y y256", "VEX.256.F2.0F.WIG 12 /r")]), p("vlddqu", &[f("=x m128", "VEX.128.F2.0F.WIG F0 /r"), f("=y m256", "VEX.256.F2.0F.WIG F0 /r")]),
    p("vmovntps", &[f("=m128 x", "VEX.128.0F.WIG 2B /r"), f("=m256 y", "VEX.256.0F.WIG 2B /r")]), p("vmovntpd", &[f("=m128 x", "VEX.128.66.0F.WIG 2B /r"), f("=m256 y", "VEX.256.66.0F.WIG 2B /r")]),
    p("vmovntdq", &[f("=m128 x", "VEX.128.66.0F.WIG E7 /r"), f("=m256 y", "VEX.256.66.0F.WIG E7 /r")]), p("vmovntdqa", &[f("=x m128", "VEX.128.66.0F38.WIG 2A /r"), f("=y m256", "VEX.256.66.0F38.WIG 2A /r")]),
    p("vmovmskps", &[f("=r32 xu", "VEX.128.0F.WIG 50 /r"), f("=r32 yu", "VEX.256.0F.WIG 50 /r")]), p("vmovmskpd", &[f("=r32 xu", "VEX.128.66.0F.WIG 50 /r"), f("=r32 yu", "VEX.256.66.0F.WIG 50 /r")]), p("vpmovmskb", &[f("=r32 xu", "VEX.128.66.0F.WIG D7 /r"), f("=r32 yu", "VEX.256.66.0F.WIG D7 /r")]),
    p("vmaskmovps", &[f("=x xv m128", "VEX.128.66.0F38.W0 2C /r"), f("=y yv m256", "VEX.256.66.0F38.W0 2C /r"), f("=m128 xv x", "VEX.128.66.0F38.W0 2E /r"), f("=m256 yv y", "VEX.256.66.0F38.W0 2E /r")]),
    p("vmaskmovpd", &[f("=x xv m128", "VEX.128.66.0F38.W0 2D /r"), f("=y yv m256", "VEX.256.66.0F38.W0 2D /r"), f("=m128 xv x", "VEX.128.66.0F38.W0 2F /r"), f("=m256 yv y", "VEX.256.66.0F38.W0 2F /r")]),
    p("vpmaskmovd", &[f("=x xv m128", "VEX.128.66.0F38.W0 8C /r"), f("=y yv m256", "VEX.256.66.0F38.W0 8C /r"), f("=m128 xv x", "VEX.128.66.0F38.W0 8E /r"), f("=m256 yv y", "VEX.256.66.0F38.W0 8E /r")]),
    p("vpmaskmovq", &[f("=x xv m128", "VEX.128.66.0F38.W1 8C /r"), f("=y yv m256", "VEX.256.66.0F38.W1 8C /r"), f("=m128 xv x", "VEX.128.66.0F38.W1 8E /r"), f("=m256 yv y", "VEX.256.66.0F38.W1 8E /r")]),
    p("vmaskmovdqu", &[f("x xu", "VEX.128.66.0F.WIG F7 /r")]).flags(Is::MAY_STORE), p("vldmxcsr", &[f("m32", "VEX.128.0F.WIG AE /2")]).flags(Is::SIDE_EFFECT), p("vstmxcsr", &[f("=m32", "VEX.128.0F.WIG AE /3")]).flags(Is::SIDE_EFFECT),
    p("vzeroupper", &[f("", "VEX.128.0F.WIG 77")]).flags(Is::SIDE_EFFECT), p("vzeroall", &[f("", "VEX.256.0F.WIG 77")]).flags(Is::SIDE_EFFECT),
    // Comparisons and conversions.
    p("vucomiss", &[f("x x32", "VEX.LIG.0F.WIG 2E /r")]).writes(&[FLAGS]), p("vucomisd", &[f("x x64", "VEX.LIG.66.0F.WIG 2E /r")]).writes(&[FLAGS]), p("vcomiss", &[f("x x32", "VEX.LIG.0F.WIG 2F /r")]).writes(&[FLAGS]), p("vcomisd", &[f("x x64", "VEX.LIG.66.0F.WIG 2F /r")]).writes(&[FLAGS]),
    p("vcmpss", &[f("=x xv x32 ib", "VEX.LIG.F3.0F.WIG C2 /r")]), p("vcmpsd", &[f("=x xv x64 ib", "VEX.LIG.F2.0F.WIG C2 /r")]),
    p("vptest", &[f("x x128", "VEX.128.66.0F38.WIG 17 /r"), f("y y256", "VEX.256.66.0F38.WIG 17 /r")]).writes(&[FLAGS]), p("vtestps", &[f("x x128", "VEX.128.66.0F38.W0 0E /r"), f("y y256", "VEX.256.66.0F38.W0 0E /r")]).writes(&[FLAGS]), p("vtestpd", &[f("x x128", "VEX.128.66.0F38.W0 0F /r"), f("y y256", "VEX.256.66.0F38.W0 0F /r")]).writes(&[FLAGS]),
    g("vcvtsi2ss", "lq", &[f("=x xv rmv", "VEX.LIG.F3.0F 2A /r NP")]), g("vcvtsi2sd", "lq", &[f("=x xv rmv", "VEX.LIG.F2.0F 2A /r NP")]),
    g("vcvttss2si", "lq", &[f("=rv x32", "VEX.LIG.F3.0F 2C /r NP")]), g("vcvttsd2si", "lq", &[f("=rv x64", "VEX.LIG.F2.0F 2C /r NP")]), g("vcvtss2si", "lq", &[f("=rv x32", "VEX.LIG.F3.0F 2D /r NP")]), g("vcvtsd2si", "lq", &[f("=rv x64", "VEX.LIG.F2.0F 2D /r NP")]),
    p("vcvtps2pd", &[f("=x x64", "VEX.128.0F.WIG 5A /r"), f("=y x128", "VEX.256.0F.WIG 5A /r")]), p("vcvtdq2pd", &[f("=x x64", "VEX.128.F3.0F.WIG E6 /r"), f("=y x128", "VEX.256.F3.0F.WIG E6 /r")]),
    p("vcvtpd2ps", &[f("=x xu", "VEX.128.66.0F.WIG 5A /r"), f("=x yu", "VEX.256.66.0F.WIG 5A /r")]), p("vcvtpd2ps", &[f("=x x128", "VEX.128.66.0F.WIG 5A /r")]).suffix("x"), p("vcvtpd2ps", &[f("=x y256", "VEX.256.66.0F.WIG 5A /r")]).suffix("y"),
    p("vcvtpd2dq", &[f("=x xu", "VEX.128.F2.0F.WIG E6 /r"), f("=x yu", "VEX.256.F2.0F.WIG E6 /r")]), p("vcvtpd2dq", &[f("=x x128", "VEX.128.F2.0F.WIG E6 /r")]).suffix("x"), p("vcvtpd2dq", &[f("=x y256", "VEX.256.F2.0F.WIG E6 /r")]).suffix("y"),
    p("vcvttpd2dq", &[f("=x xu", "VEX.128.66.0F.WIG E6 /r"), f("=x yu", "VEX.256.66.0F.WIG E6 /r")]), p("vcvttpd2dq", &[f("=x x128", "VEX.128.66.0F.WIG E6 /r")]).suffix("x"), p("vcvttpd2dq", &[f("=x y256", "VEX.256.66.0F.WIG E6 /r")]).suffix("y"),
    p("vcvtph2ps", &[f("=x x64", "VEX.128.66.0F38.W0 13 /r"), f("=y x128", "VEX.256.66.0F38.W0 13 /r")]).needs(Has::F16c), p("vcvtps2ph", &[f("=x64 x ib", "VEX.128.66.0F3A.W0 1D /r"), f("=x128 y ib", "VEX.256.66.0F3A.W0 1D /r")]).needs(Has::F16c),
    // Rounding, blends, inserts, extracts, permutations.
    p("vroundps", &[f("=x x128 ib", "VEX.128.66.0F3A.WIG 08 /r"), f("=y y256 ib", "VEX.256.66.0F3A.WIG 08 /r")]), p("vroundpd", &[f("=x x128 ib", "VEX.128.66.0F3A.WIG 09 /r"), f("=y y256 ib", "VEX.256.66.0F3A.WIG 09 /r")]), p("vroundss", &[f("=x xv x32 ib", "VEX.LIG.66.0F3A.WIG 0A /r")]), p("vroundsd", &[f("=x xv x64 ib", "VEX.LIG.66.0F3A.WIG 0B /r")]),
    p("vblendvps", &[f("=x xv x128 xi", "VEX.128.66.0F3A.W0 4A /r"), f("=y yv y256 yi", "VEX.256.66.0F3A.W0 4A /r")]), p("vblendvpd", &[f("=x xv x128 xi", "VEX.128.66.0F3A.W0 4B /r"), f("=y yv y256 yi", "VEX.256.66.0F3A.W0 4B /r")]), p("vpblendvb", &[f("=x xv x128 xi", "VEX.128.66.0F3A.W0 4C /r"), f("=y yv y256 yi", "VEX.256.66.0F3A.W0 4C /r")]),
    p("vpblendd", &[f("=x xv x128 ib", "VEX.128.66.0F3A.W0 02 /r"), f("=y yv y256 ib", "VEX.256.66.0F3A.W0 02 /r")]).needs(Has::Avx2), p("vdppd", &[f("=x xv x128 ib", "VEX.128.66.0F3A.WIG 41 /r")]),
    p("vinsertps", &[f("=x xv x32 ib", "VEX.128.66.0F3A.WIG 21 /r")]), p("vextractps", &[f("=rm32 x ib", "VEX.128.66.0F3A.WIG 17 /r")]),
    p("vpinsrb", &[f("=x xv u32m8 ib", "VEX.128.66.0F3A.W0 20 /r")]), p("vpinsrw", &[f("=x xv u32m16 ib", "VEX.128.66.0F.W0 C4 /r")]), p("vpinsrd", &[f("=x xv rm32 ib", "VEX.128.66.0F3A.W0 22 /r")]), p("vpinsrq", &[f("=x xv rm64 ib", "VEX.128.66.0F3A.W1 22 /r")]),
    p("vpextrb", &[f("=u32m8 x ib", "VEX.128.66.0F3A.W0 14 /r")]), p("vpextrw", &[f("=r32 xu ib", "VEX.128.66.0F.W0 C5 /r"), f("=m16 x ib", "VEX.128.66.0F3A.W0 15 /r")]), p("vpextrd", &[f("=rm32 x ib", "VEX.128.66.0F3A.W0 16 /r")]), p("vpextrq", &[f("=rm64 x ib", "VEX.128.66.0F3A.W1 16 /r")]),
    p("vpshufd", &[f("=x x128 ib", "VEX.128.66.0F.WIG 70 /r"), f("=y y256 ib", "VEX.256.66.0F.WIG 70 /r")]), p("vpshufhw", &[f("=x x128 ib", "VEX.128.F3.0F.WIG 70 /r"), f("=y y256 ib", "VEX.256.F3.0F.WIG 70 /r")]), p("vpshuflw", &[f("=x x128 ib", "VEX.128.F2.0F.WIG 70 /r"), f("=y y256 ib", "VEX.256.F2.0F.WIG 70 /r")]),
    p("vpslldq", &[f("=xv xu ib", "VEX.128.66.0F.WIG 73 /7"), f("=yv yu ib", "VEX.256.66.0F.WIG 73 /7")]), p("vpsrldq", &[f("=xv xu ib", "VEX.128.66.0F.WIG 73 /3"), f("=yv yu ib", "VEX.256.66.0F.WIG 73 /3")]),
    p("vpermilps", &[f("=x x128 ib", "VEX.128.66.0F3A.W0 04 /r"), f("=y y256 ib", "VEX.256.66.0F3A.W0 04 /r")]), p("vpermilpd", &[f("=x x128 ib", "VEX.128.66.0F3A.W0 05 /r"), f("=y y256 ib", "VEX.256.66.0F3A.W0 05 /r")]),
    p("vperm2f128", &[f("=y yv y256 ib", "VEX.256.66.0F3A.W0 06 /r")]), p("vperm2i128", &[f("=y yv y256 ib", "VEX.256.66.0F3A.W0 46 /r")]).needs(Has::Avx2), p("vpermd", &[f("=y yv y256", "VEX.256.66.0F38.W0 36 /r")]).needs(Has::Avx2), p("vpermps", &[f("=y yv y256", "VEX.256.66.0F38.W0 16 /r")]).needs(Has::Avx2), p("vpermq", &[f("=y y256 ib", "VEX.256.66.0F3A.W1 00 /r")]).needs(Has::Avx2), p("vpermpd", &[f("=y y256 ib", "VEX.256.66.0F3A.W1 01 /r")]).needs(Has::Avx2),
    p("vinsertf128", &[f("=y yv x128 ib", "VEX.256.66.0F3A.W0 18 /r")]), p("vinserti128", &[f("=y yv x128 ib", "VEX.256.66.0F3A.W0 38 /r")]).needs(Has::Avx2), p("vextractf128", &[f("=x128 y ib", "VEX.256.66.0F3A.W0 19 /r")]), p("vextracti128", &[f("=x128 y ib", "VEX.256.66.0F3A.W0 39 /r")]).needs(Has::Avx2),
    p("vbroadcastss", &[f("=x x32", "VEX.128.66.0F38.W0 18 /r"), f("=y x32", "VEX.256.66.0F38.W0 18 /r")]), p("vbroadcastsd", &[f("=y x64", "VEX.256.66.0F38.W0 19 /r")]), p("vbroadcastf128", &[f("=y m128", "VEX.256.66.0F38.W0 1A /r")]), p("vbroadcasti128", &[f("=y m128", "VEX.256.66.0F38.W0 5A /r")]).needs(Has::Avx2),
    p("vpsllvd", &[f("=x xv x128", "VEX.128.66.0F38.W0 47 /r"), f("=y yv y256", "VEX.256.66.0F38.W0 47 /r")]).needs(Has::Avx2), p("vpsllvq", &[f("=x xv x128", "VEX.128.66.0F38.W1 47 /r"), f("=y yv y256", "VEX.256.66.0F38.W1 47 /r")]).needs(Has::Avx2), p("vpsrlvd", &[f("=x xv x128", "VEX.128.66.0F38.W0 45 /r"), f("=y yv y256", "VEX.256.66.0F38.W0 45 /r")]).needs(Has::Avx2), p("vpsrlvq", &[f("=x xv x128", "VEX.128.66.0F38.W1 45 /r"), f("=y yv y256", "VEX.256.66.0F38.W1 45 /r")]).needs(Has::Avx2), p("vpsravd", &[f("=x xv x128", "VEX.128.66.0F38.W0 46 /r"), f("=y yv y256", "VEX.256.66.0F38.W0 46 /r")]).needs(Has::Avx2),
    p("vphminposuw", &[f("=x x128", "VEX.128.66.0F38.WIG 41 /r")]), p("vaesimc", &[f("=x x128", "VEX.128.66.0F38.WIG DB /r")]), p("vaeskeygenassist", &[f("=x x128 ib", "VEX.128.66.0F3A.WIG DF /r")]),
    p("vpcmpestri", &[f("x x128 ib", "VEX.128.66.0F3A.WIG 61 /r")]).writes(&[crate::registers::RCX, FLAGS]), p("vpcmpestrm", &[f("x x128 ib", "VEX.128.66.0F3A.WIG 60 /r")]).writes(&[crate::registers::XMM0, FLAGS]), p("vpcmpistri", &[f("x x128 ib", "VEX.128.66.0F3A.WIG 63 /r")]).writes(&[crate::registers::RCX, FLAGS]), p("vpcmpistrm", &[f("x x128 ib", "VEX.128.66.0F3A.WIG 62 /r")]).writes(&[crate::registers::XMM0, FLAGS]),
    // Gathers: destination, vector-indexed memory, mask.
    p("vgatherdps", &[f("+x vmx32 +xv", "VEX.128.66.0F38.W0 92 /r"), f("+y vmy32 +yv", "VEX.256.66.0F38.W0 92 /r")]).needs(Has::Avx2), p("vgatherqps", &[f("+x vmx32 +xv", "VEX.128.66.0F38.W0 93 /r"), f("+x vmy32 +xv", "VEX.256.66.0F38.W0 93 /r")]).needs(Has::Avx2),
    p("vgatherdpd", &[f("+x vmx64 +xv", "VEX.128.66.0F38.W1 92 /r"), f("+y vmx64 +yv", "VEX.256.66.0F38.W1 92 /r")]).needs(Has::Avx2), p("vgatherqpd", &[f("+x vmx64 +xv", "VEX.128.66.0F38.W1 93 /r"), f("+y vmy64 +yv", "VEX.256.66.0F38.W1 93 /r")]).needs(Has::Avx2),
    p("vpgatherdd", &[f("+x vmx32 +xv", "VEX.128.66.0F38.W0 90 /r"), f("+y vmy32 +yv", "VEX.256.66.0F38.W0 90 /r")]).needs(Has::Avx2), p("vpgatherqd", &[f("+x vmx32 +xv", "VEX.128.66.0F38.W0 91 /r"), f("+x vmy32 +xv", "VEX.256.66.0F38.W0 91 /r")]).needs(Has::Avx2),
    p("vpgatherdq", &[f("+x vmx64 +xv", "VEX.128.66.0F38.W1 90 /r"), f("+y vmx64 +yv", "VEX.256.66.0F38.W1 90 /r")]).needs(Has::Avx2), p("vpgatherqq", &[f("+x vmx64 +xv", "VEX.128.66.0F38.W1 91 /r"), f("+y vmy64 +yv", "VEX.256.66.0F38.W1 91 /r")]).needs(Has::Avx2),
    // BMI.
    g("andn", "lq", &[f("=rv vv rmv", "VEX.L0.NP.0F38 F2 /r NP")]).writes(&[FLAGS]).needs(Has::Bmi1), g("bextr", "lq", &[f("=rv rmv vv", "VEX.L0.NP.0F38 F7 /r NP")]).writes(&[FLAGS]).needs(Has::Bmi1),
    g("blsr", "lq", &[f("=vv rmv", "VEX.L0.NP.0F38 F3 /1 NP")]).writes(&[FLAGS]).needs(Has::Bmi1), g("blsmsk", "lq", &[f("=vv rmv", "VEX.L0.NP.0F38 F3 /2 NP")]).writes(&[FLAGS]).needs(Has::Bmi1), g("blsi", "lq", &[f("=vv rmv", "VEX.L0.NP.0F38 F3 /3 NP")]).writes(&[FLAGS]).needs(Has::Bmi1),
    g("bzhi", "lq", &[f("=rv rmv vv", "VEX.L0.NP.0F38 F5 /r NP")]).writes(&[FLAGS]).needs(Has::Bmi2), g("mulx", "lq", &[f("=rv =vv rmv", "VEX.L0.F2.0F38 F6 /r NP")]).reads(&[crate::registers::RDX]).needs(Has::Bmi2),
    g("pdep", "lq", &[f("=rv vv rmv", "VEX.L0.F2.0F38 F5 /r NP")]).needs(Has::Bmi2), g("pext", "lq", &[f("=rv vv rmv", "VEX.L0.F3.0F38 F5 /r NP")]).needs(Has::Bmi2), g("rorx", "lq", &[f("=rv rmv ib", "VEX.L0.F2.0F3A F0 /r NP")]).needs(Has::Bmi2),
    g("sarx", "lq", &[f("=rv rmv vv", "VEX.L0.F3.0F38 F7 /r NP")]).needs(Has::Bmi2), g("shlx", "lq", &[f("=rv rmv vv", "VEX.L0.66.0F38 F7 /r NP")]).needs(Has::Bmi2), g("shrx", "lq", &[f("=rv rmv vv", "VEX.L0.F2.0F38 F7 /r NP")]).needs(Has::Bmi2),
];

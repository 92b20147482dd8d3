//! AVX-512 F, VL, BW, DQ, CD (Intel SDM vol. 2): EVEX encodings and mask instructions.
//!
//! Each name has a group after the VEX one of the same name: GNU as prefers VEX where both fit, so that only
//! masks, broadcasts, `zmm` and registers 16-31 come here. Every form is listed plain, then with a write mask,
//! then (512 bits) with static rounding.

use crate::template::{Group, f, g, p};
use lathe_target::features::Feature as Has;

/// Three operands: 128, 256, 512 bits. `$r` is the broadcast element (`b32`, `b64`, or nothing).
macro_rules! packed {
    ($($name:literal $r:literal $pp:literal $w:literal $code:literal),* $(,)?) => {
        [$(p($name, &[
            f(concat!("=X Xv X128", $r), concat!("EVEX.128.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Y Yv Y256", $r), concat!("EVEX.256.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Z Zv Z512", $r), concat!("EVEX.512.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=X mask Xv X128", $r), concat!("EVEX.128.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Y mask Yv Y256", $r), concat!("EVEX.256.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Z mask Zv Z512", $r), concat!("EVEX.512.", $pp, ".", $w, " ", $code, " /r")),
        ]).needs(Has::Avx512f)),*]
    };
}

/// The same with static rounding of the 512-bit register form.
macro_rules! rounded {
    ($($name:literal $r:literal $pp:literal $w:literal $code:literal),* $(,)?) => {
        [$(p($name, &[
            f(concat!("=X Xv X128", $r), concat!("EVEX.128.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Y Yv Y256", $r), concat!("EVEX.256.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Z Zv Z512", $r), concat!("EVEX.512.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=X mask Xv X128", $r), concat!("EVEX.128.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Y mask Yv Y256", $r), concat!("EVEX.256.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Z mask Zv Z512", $r), concat!("EVEX.512.", $pp, ".", $w, " ", $code, " /r")),
            f("=Z Zv Zu round", concat!("EVEX.512.", $pp, ".", $w, " ", $code, " /r")),
            f("=Z mask Zv Zu round", concat!("EVEX.512.", $pp, ".", $w, " ", $code, " /r")),
        ]).needs(Has::Avx512f)),*]
    };
}

/// Two operands.
macro_rules! unary {
    ($($name:literal $r:literal $pp:literal $w:literal $code:literal),* $(,)?) => {
        [$(p($name, &[
            f(concat!("=X X128", $r), concat!("EVEX.128.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Y Y256", $r), concat!("EVEX.256.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Z Z512", $r), concat!("EVEX.512.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=X mask X128", $r), concat!("EVEX.128.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Y mask Y256", $r), concat!("EVEX.256.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Z mask Z512", $r), concat!("EVEX.512.", $pp, ".", $w, " ", $code, " /r")),
        ]).needs(Has::Avx512f)),*]
    };
}

/// Two operands and an immediate.
macro_rules! unary_immediate {
    ($($name:literal $r:literal $pp:literal $w:literal $code:literal),* $(,)?) => {
        [$(p($name, &[
            f(concat!("=X X128", $r, " ib"), concat!("EVEX.128.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Y Y256", $r, " ib"), concat!("EVEX.256.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Z Z512", $r, " ib"), concat!("EVEX.512.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=X mask X128", $r, " ib"), concat!("EVEX.128.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Y mask Y256", $r, " ib"), concat!("EVEX.256.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Z mask Z512", $r, " ib"), concat!("EVEX.512.", $pp, ".", $w, " ", $code, " /r")),
        ]).needs(Has::Avx512f)),*]
    };
}

/// Three operands and an immediate.
macro_rules! packed_immediate {
    ($($name:literal $r:literal $pp:literal $w:literal $code:literal),* $(,)?) => {
        [$(p($name, &[
            f(concat!("=X Xv X128", $r, " ib"), concat!("EVEX.128.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Y Yv Y256", $r, " ib"), concat!("EVEX.256.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Z Zv Z512", $r, " ib"), concat!("EVEX.512.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=X mask Xv X128", $r, " ib"), concat!("EVEX.128.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Y mask Yv Y256", $r, " ib"), concat!("EVEX.256.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Z mask Zv Z512", $r, " ib"), concat!("EVEX.512.", $pp, ".", $w, " ", $code, " /r")),
        ]).needs(Has::Avx512f)),*]
    };
}

/// Moves: load and store opcodes.
macro_rules! moves {
    ($($name:literal $pp:literal $w:literal $load:literal $store:literal),* $(,)?) => {
        [$(p($name, &[
            f("=X X128", concat!("EVEX.128.", $pp, ".", $w, " ", $load, " /r")), f("=X128 X", concat!("EVEX.128.", $pp, ".", $w, " ", $store, " /r")),
            f("=Y Y256", concat!("EVEX.256.", $pp, ".", $w, " ", $load, " /r")), f("=Y256 Y", concat!("EVEX.256.", $pp, ".", $w, " ", $store, " /r")),
            f("=Z Z512", concat!("EVEX.512.", $pp, ".", $w, " ", $load, " /r")), f("=Z512 Z", concat!("EVEX.512.", $pp, ".", $w, " ", $store, " /r")),
            f("=X mask X128", concat!("EVEX.128.", $pp, ".", $w, " ", $load, " /r")), f("=X128 merge X", concat!("EVEX.128.", $pp, ".", $w, " ", $store, " /r")),
            f("=Y mask Y256", concat!("EVEX.256.", $pp, ".", $w, " ", $load, " /r")), f("=Y256 merge Y", concat!("EVEX.256.", $pp, ".", $w, " ", $store, " /r")),
            f("=Z mask Z512", concat!("EVEX.512.", $pp, ".", $w, " ", $load, " /r")), f("=Z512 merge Z", concat!("EVEX.512.", $pp, ".", $w, " ", $store, " /r")),
        ]).needs(Has::Avx512f)),*]
    };
}

/// One element, with mask and rounding.
macro_rules! scalar {
    ($($name:literal $memory:literal $pp:literal $w:literal $code:literal),* $(,)?) => {
        [$(p($name, &[
            f(concat!("=X Xv ", $memory), concat!("EVEX.LIG.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=X mask Xv ", $memory), concat!("EVEX.LIG.", $pp, ".", $w, " ", $code, " /r")),
            f("=X Xv Xu round", concat!("EVEX.LIG.", $pp, ".", $w, " ", $code, " /r")),
            f("=X mask Xv Xu round", concat!("EVEX.LIG.", $pp, ".", $w, " ", $code, " /r")),
        ]).needs(Has::Avx512f)),*]
    };
}

/// Comparisons into a mask register.
macro_rules! compares {
    ($($name:literal $r:literal $pp:literal $w:literal $code:literal $immediate:literal),* $(,)?) => {
        [$(p($name, &[
            f(concat!("=k Xv X128", $r, $immediate), concat!("EVEX.128.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=k Yv Y256", $r, $immediate), concat!("EVEX.256.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=k Zv Z512", $r, $immediate), concat!("EVEX.512.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=k merge Xv X128", $r, $immediate), concat!("EVEX.128.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=k merge Yv Y256", $r, $immediate), concat!("EVEX.256.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=k merge Zv Z512", $r, $immediate), concat!("EVEX.512.", $pp, ".", $w, " ", $code, " /r")),
        ]).needs(Has::Avx512f)),*]
    };
}

/// Mask arithmetic of one width: name, prefix, W.
macro_rules! masks {
    ($($name:literal $pp:literal $w:literal $code:literal),* $(,)?) => {
        [$(p($name, &[f("=k kv ku", concat!("VEX.256.", $pp, ".0F.", $w, " ", $code, " /r"))]).needs(Has::Avx512f)),*]
    };
}

/// Shifts by immediate: the destination is `vvvv`.
macro_rules! shifts {
    ($($name:literal $r:literal $w:literal $code:literal $digit:literal),* $(,)?) => {
        [$(p($name, &[
            f(concat!("=Xv X128", $r, " ib"), concat!("EVEX.128.66.0F.", $w, " ", $code, " ", $digit)),
            f(concat!("=Yv Y256", $r, " ib"), concat!("EVEX.256.66.0F.", $w, " ", $code, " ", $digit)),
            f(concat!("=Zv Z512", $r, " ib"), concat!("EVEX.512.66.0F.", $w, " ", $code, " ", $digit)),
            f(concat!("=Xv mask X128", $r, " ib"), concat!("EVEX.128.66.0F.", $w, " ", $code, " ", $digit)),
            f(concat!("=Yv mask Y256", $r, " ib"), concat!("EVEX.256.66.0F.", $w, " ", $code, " ", $digit)),
            f(concat!("=Zv mask Z512", $r, " ib"), concat!("EVEX.512.66.0F.", $w, " ", $code, " ", $digit)),
        ]).needs(Has::Avx512f)),*]
    };
}

#[rustfmt::skip]
pub(crate) const ROUNDED: &[Group] = &rounded![
    "vaddps" "b32" "0F" "W0" "58", "vaddpd" "b64" "66.0F" "W1" "58", "vmulps" "b32" "0F" "W0" "59", "vmulpd" "b64" "66.0F" "W1" "59", "vsubps" "b32" "0F" "W0" "5C", "vsubpd" "b64" "66.0F" "W1" "5C", "vdivps" "b32" "0F" "W0" "5E", "vdivpd" "b64" "66.0F" "W1" "5E",
    "vfmadd132ps" "b32" "66.0F38" "W0" "98", "vfmadd213ps" "b32" "66.0F38" "W0" "A8", "vfmadd231ps" "b32" "66.0F38" "W0" "B8", "vfmadd132pd" "b64" "66.0F38" "W1" "98", "vfmadd213pd" "b64" "66.0F38" "W1" "A8", "vfmadd231pd" "b64" "66.0F38" "W1" "B8",
    "vfmsub132ps" "b32" "66.0F38" "W0" "9A", "vfmsub213ps" "b32" "66.0F38" "W0" "AA", "vfmsub231ps" "b32" "66.0F38" "W0" "BA", "vfmsub132pd" "b64" "66.0F38" "W1" "9A", "vfmsub213pd" "b64" "66.0F38" "W1" "AA", "vfmsub231pd" "b64" "66.0F38" "W1" "BA",
    "vfnmadd132ps" "b32" "66.0F38" "W0" "9C", "vfnmadd213ps" "b32" "66.0F38" "W0" "AC", "vfnmadd231ps" "b32" "66.0F38" "W0" "BC", "vfnmadd132pd" "b64" "66.0F38" "W1" "9C", "vfnmadd213pd" "b64" "66.0F38" "W1" "AC", "vfnmadd231pd" "b64" "66.0F38" "W1" "BC",
];

#[rustfmt::skip]
pub(crate) const PACKED: &[Group] = &packed![
    "vminps" "b32" "0F" "W0" "5D", "vminpd" "b64" "66.0F" "W1" "5D", "vmaxps" "b32" "0F" "W0" "5F", "vmaxpd" "b64" "66.0F" "W1" "5F",
    "vandps" "b32" "0F" "W0" "54", "vandpd" "b64" "66.0F" "W1" "54", "vandnps" "b32" "0F" "W0" "55", "vandnpd" "b64" "66.0F" "W1" "55", "vorps" "b32" "0F" "W0" "56", "vorpd" "b64" "66.0F" "W1" "56", "vxorps" "b32" "0F" "W0" "57", "vxorpd" "b64" "66.0F" "W1" "57",
    "vunpcklps" "b32" "0F" "W0" "14", "vunpcklpd" "b64" "66.0F" "W1" "14", "vunpckhps" "b32" "0F" "W0" "15", "vunpckhpd" "b64" "66.0F" "W1" "15",
    "vpandd" "b32" "66.0F" "W0" "DB", "vpandq" "b64" "66.0F" "W1" "DB", "vpandnd" "b32" "66.0F" "W0" "DF", "vpandnq" "b64" "66.0F" "W1" "DF", "vpord" "b32" "66.0F" "W0" "EB", "vporq" "b64" "66.0F" "W1" "EB", "vpxord" "b32" "66.0F" "W0" "EF", "vpxorq" "b64" "66.0F" "W1" "EF",
    "vpaddb" "" "66.0F" "WIG" "FC", "vpaddw" "" "66.0F" "WIG" "FD", "vpaddd" "b32" "66.0F" "W0" "FE", "vpaddq" "b64" "66.0F" "W1" "D4", "vpsubb" "" "66.0F" "WIG" "F8", "vpsubw" "" "66.0F" "WIG" "F9", "vpsubd" "b32" "66.0F" "W0" "FA", "vpsubq" "b64" "66.0F" "W1" "FB",
    "vpaddsb" "" "66.0F" "WIG" "EC", "vpaddsw" "" "66.0F" "WIG" "ED", "vpaddusb" "" "66.0F" "WIG" "DC", "vpaddusw" "" "66.0F" "WIG" "DD", "vpsubsb" "" "66.0F" "WIG" "E8", "vpsubsw" "" "66.0F" "WIG" "E9", "vpsubusb" "" "66.0F" "WIG" "D8", "vpsubusw" "" "66.0F" "WIG" "D9",
    "vpmullw" "" "66.0F" "WIG" "D5", "vpmulhw" "" "66.0F" "WIG" "E5", "vpmulhuw" "" "66.0F" "WIG" "E4", "vpmuludq" "b64" "66.0F" "W1" "F4", "vpmuldq" "b64" "66.0F38" "W1" "28", "vpmulld" "b32" "66.0F38" "W0" "40", "vpmullq" "b64" "66.0F38" "W1" "40", "vpmaddwd" "" "66.0F" "WIG" "F5", "vpmaddubsw" "" "66.0F38" "WIG" "04", "vpmulhrsw" "" "66.0F38" "WIG" "0B", "vpavgb" "" "66.0F" "WIG" "E0", "vpavgw" "" "66.0F" "WIG" "E3",
    "vpminsb" "" "66.0F38" "WIG" "38", "vpminsw" "" "66.0F" "WIG" "EA", "vpminsd" "b32" "66.0F38" "W0" "39", "vpminsq" "b64" "66.0F38" "W1" "39", "vpminub" "" "66.0F" "WIG" "DA", "vpminuw" "" "66.0F38" "WIG" "3A", "vpminud" "b32" "66.0F38" "W0" "3B", "vpminuq" "b64" "66.0F38" "W1" "3B",
    "vpmaxsb" "" "66.0F38" "WIG" "3C", "vpmaxsw" "" "66.0F" "WIG" "EE", "vpmaxsd" "b32" "66.0F38" "W0" "3D", "vpmaxsq" "b64" "66.0F38" "W1" "3D", "vpmaxub" "" "66.0F" "WIG" "DE", "vpmaxuw" "" "66.0F38" "WIG" "3E", "vpmaxud" "b32" "66.0F38" "W0" "3F", "vpmaxuq" "b64" "66.0F38" "W1" "3F",
    "vpunpcklbw" "" "66.0F" "WIG" "60", "vpunpcklwd" "" "66.0F" "WIG" "61", "vpunpckldq" "b32" "66.0F" "W0" "62", "vpunpcklqdq" "b64" "66.0F" "W1" "6C", "vpunpckhbw" "" "66.0F" "WIG" "68", "vpunpckhwd" "" "66.0F" "WIG" "69", "vpunpckhdq" "b32" "66.0F" "W0" "6A", "vpunpckhqdq" "b64" "66.0F" "W1" "6D",
    "vpacksswb" "" "66.0F" "WIG" "63", "vpackuswb" "" "66.0F" "WIG" "67", "vpackssdw" "b32" "66.0F" "W0" "6B", "vpackusdw" "b32" "66.0F38" "W0" "2B", "vpshufb" "" "66.0F38" "WIG" "00",
    "vpsllvw" "" "66.0F38" "W1" "12", "vpsllvd" "b32" "66.0F38" "W0" "47", "vpsllvq" "b64" "66.0F38" "W1" "47", "vpsrlvw" "" "66.0F38" "W1" "10", "vpsrlvd" "b32" "66.0F38" "W0" "45", "vpsrlvq" "b64" "66.0F38" "W1" "45", "vpsravw" "" "66.0F38" "W1" "11", "vpsravd" "b32" "66.0F38" "W0" "46", "vpsravq" "b64" "66.0F38" "W1" "46",
    "vprolvd" "b32" "66.0F38" "W0" "15", "vprolvq" "b64" "66.0F38" "W1" "15", "vprorvd" "b32" "66.0F38" "W0" "14", "vprorvq" "b64" "66.0F38" "W1" "14",
    "vpermb" "" "66.0F38" "W0" "8D", "vpermw" "" "66.0F38" "W1" "8D", "vpermi2b" "" "66.0F38" "W0" "75", "vpermi2w" "" "66.0F38" "W1" "75", "vpermi2d" "b32" "66.0F38" "W0" "76", "vpermi2q" "b64" "66.0F38" "W1" "76", "vpermi2ps" "b32" "66.0F38" "W0" "77", "vpermi2pd" "b64" "66.0F38" "W1" "77",
    "vpermt2b" "" "66.0F38" "W0" "7D", "vpermt2w" "" "66.0F38" "W1" "7D", "vpermt2d" "b32" "66.0F38" "W0" "7E", "vpermt2q" "b64" "66.0F38" "W1" "7E", "vpermt2ps" "b32" "66.0F38" "W0" "7F", "vpermt2pd" "b64" "66.0F38" "W1" "7F",
    "vpblendmb" "" "66.0F38" "W0" "66", "vpblendmw" "" "66.0F38" "W1" "66", "vpblendmd" "b32" "66.0F38" "W0" "64", "vpblendmq" "b64" "66.0F38" "W1" "64", "vblendmps" "b32" "66.0F38" "W0" "65", "vblendmpd" "b64" "66.0F38" "W1" "65",
    "vpdpbusd" "b32" "66.0F38" "W0" "50", "vpdpwssd" "b32" "66.0F38" "W0" "52", "vpermilps" "b32" "66.0F38" "W0" "0C", "vpermilpd" "b64" "66.0F38" "W1" "0D",
];

#[rustfmt::skip]
pub(crate) const UNARY: &[Group] = &unary![
    "vpabsb" "" "66.0F38" "WIG" "1C", "vpabsw" "" "66.0F38" "WIG" "1D", "vpabsd" "b32" "66.0F38" "W0" "1E", "vpabsq" "b64" "66.0F38" "W1" "1F", "vsqrtps" "b32" "0F" "W0" "51", "vsqrtpd" "b64" "66.0F" "W1" "51",
    "vcvtdq2ps" "b32" "0F" "W0" "5B", "vcvtps2dq" "b32" "66.0F" "W0" "5B", "vcvttps2dq" "b32" "F3.0F" "W0" "5B", "vcvtudq2ps" "b32" "F2.0F" "W0" "7A", "vcvtps2udq" "b32" "0F" "W0" "79", "vcvttps2udq" "b32" "0F" "W0" "78",
    "vcvtqq2pd" "b64" "F3.0F" "W1" "E6", "vcvtuqq2pd" "b64" "F3.0F" "W1" "7A", "vcvtpd2qq" "b64" "66.0F" "W1" "7B", "vcvttpd2qq" "b64" "66.0F" "W1" "7A", "vcvtpd2uqq" "b64" "66.0F" "W1" "79", "vcvttpd2uqq" "b64" "66.0F" "W1" "78",
    "vplzcntd" "b32" "66.0F38" "W0" "44", "vplzcntq" "b64" "66.0F38" "W1" "44", "vpconflictd" "b32" "66.0F38" "W0" "C4", "vpconflictq" "b64" "66.0F38" "W1" "C4", "vpopcntb" "" "66.0F38" "W0" "54", "vpopcntw" "" "66.0F38" "W1" "54", "vpopcntd" "b32" "66.0F38" "W0" "55", "vpopcntq" "b64" "66.0F38" "W1" "55",
    "vrcp14ps" "b32" "66.0F38" "W0" "4C", "vrcp14pd" "b64" "66.0F38" "W1" "4C", "vrsqrt14ps" "b32" "66.0F38" "W0" "4E", "vrsqrt14pd" "b64" "66.0F38" "W1" "4E", "vgetexpps" "b32" "66.0F38" "W0" "42", "vgetexppd" "b64" "66.0F38" "W1" "42",
    "vmovshdup" "" "F3.0F" "W0" "16", "vmovsldup" "" "F3.0F" "W0" "12", "vexpandps" "" "66.0F38" "W0" "88 ALIAS", "vexpandpd" "" "66.0F38" "W1" "88 ALIAS",
];

#[rustfmt::skip]
pub(crate) const UNARY_IMMEDIATE: &[Group] = &unary_immediate![
    "vpshufd" "b32" "66.0F" "W0" "70", "vpshufhw" "" "F3.0F" "WIG" "70", "vpshuflw" "" "F2.0F" "WIG" "70", "vpermilps" "b32" "66.0F3A" "W0" "04", "vpermilpd" "b64" "66.0F3A" "W1" "05",
    "vrndscaleps" "b32" "66.0F3A" "W0" "08", "vrndscalepd" "b64" "66.0F3A" "W1" "09", "vgetmantps" "b32" "66.0F3A" "W0" "26", "vgetmantpd" "b64" "66.0F3A" "W1" "26",
];

#[rustfmt::skip]
pub(crate) const PACKED_IMMEDIATE: &[Group] = &packed_immediate![
    "vshufps" "b32" "0F" "W0" "C6", "vshufpd" "b64" "66.0F" "W1" "C6", "vpalignr" "" "66.0F3A" "WIG" "0F", "valignd" "b32" "66.0F3A" "W0" "03", "valignq" "b64" "66.0F3A" "W1" "03", "vpternlogd" "b32" "66.0F3A" "W0" "25", "vpternlogq" "b64" "66.0F3A" "W1" "25", "vdbpsadbw" "" "66.0F3A" "W0" "42",
];

#[rustfmt::skip]
pub(crate) const MOVES: &[Group] = &moves![
    "vmovaps" "0F" "W0" "28" "29", "vmovapd" "66.0F" "W1" "28" "29", "vmovups" "0F" "W0" "10" "11", "vmovupd" "66.0F" "W1" "10" "11", "vmovdqa32" "66.0F" "W0" "6F" "7F", "vmovdqa64" "66.0F" "W1" "6F" "7F", "vmovdqu8" "F2.0F" "W0" "6F" "7F", "vmovdqu16" "F2.0F" "W1" "6F" "7F", "vmovdqu32" "F3.0F" "W0" "6F" "7F", "vmovdqu64" "F3.0F" "W1" "6F" "7F",
];

#[rustfmt::skip]
pub(crate) const SCALAR: &[Group] = &scalar![
    "vaddss" "X32" "F3.0F" "W0" "58", "vaddsd" "X64" "F2.0F" "W1" "58", "vmulss" "X32" "F3.0F" "W0" "59", "vmulsd" "X64" "F2.0F" "W1" "59", "vsubss" "X32" "F3.0F" "W0" "5C", "vsubsd" "X64" "F2.0F" "W1" "5C", "vdivss" "X32" "F3.0F" "W0" "5E", "vdivsd" "X64" "F2.0F" "W1" "5E", "vsqrtss" "X32" "F3.0F" "W0" "51", "vsqrtsd" "X64" "F2.0F" "W1" "51",
    "vfmadd132ss" "X32" "66.0F38" "W0" "99", "vfmadd213ss" "X32" "66.0F38" "W0" "A9", "vfmadd231ss" "X32" "66.0F38" "W0" "B9", "vfmadd132sd" "X64" "66.0F38" "W1" "99", "vfmadd213sd" "X64" "66.0F38" "W1" "A9", "vfmadd231sd" "X64" "66.0F38" "W1" "B9",
];

/// One element, no rounding control written: with a mask or not.
macro_rules! scalar_plain {
    ($($name:literal $memory:literal $immediate:literal $pp:literal $w:literal $code:literal),* $(,)?) => {
        [$(p($name, &[
            f(concat!("=X Xv ", $memory, $immediate), concat!("EVEX.LIG.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=X mask Xv ", $memory, $immediate), concat!("EVEX.LIG.", $pp, ".", $w, " ", $code, " /r")),
        ]).needs(Has::Avx512f)),*]
    };
}

/// Widening moves and broadcasts: source of each length.
macro_rules! widen {
    ($($name:literal $x:literal $y:literal $z:literal $pp:literal $w:literal $code:literal),* $(,)?) => {
        [$(p($name, &[
            f(concat!("=X ", $x), concat!("EVEX.128.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Y ", $y), concat!("EVEX.256.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Z ", $z), concat!("EVEX.512.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=X mask ", $x), concat!("EVEX.128.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Y mask ", $y), concat!("EVEX.256.", $pp, ".", $w, " ", $code, " /r")),
            f(concat!("=Z mask ", $z), concat!("EVEX.512.", $pp, ".", $w, " ", $code, " /r")),
        ]).needs(Has::Avx512f)),*]
    };
}

/// Narrowing moves: destination of each length.
macro_rules! narrow {
    ($($name:literal $x:literal $y:literal $z:literal $code:literal),* $(,)?) => {
        [$(p($name, &[
            f(concat!("=", $x, " X"), concat!("EVEX.128.F3.0F38.W0 ", $code, " /r")), f(concat!("=", $y, " Y"), concat!("EVEX.256.F3.0F38.W0 ", $code, " /r")), f(concat!("=", $z, " Z"), concat!("EVEX.512.F3.0F38.W0 ", $code, " /r")),
            f(concat!("=", $x, " merge X"), concat!("EVEX.128.F3.0F38.W0 ", $code, " /r")), f(concat!("=", $y, " merge Y"), concat!("EVEX.256.F3.0F38.W0 ", $code, " /r")), f(concat!("=", $z, " merge Z"), concat!("EVEX.512.F3.0F38.W0 ", $code, " /r")),
        ]).needs(Has::Avx512f)),*]
    };
}

/// Gathers and scatters: data and index registers of each length.
macro_rules! gathers {
    ($($name:literal $scatter:literal $w:literal $code:literal $scatter_code:literal: $x:literal $xi:literal, $y:literal $yi:literal, $z:literal $zi:literal);* $(;)?) => {
        [$(
            p($name, &[f(concat!("+", $x, " merge ", $xi), concat!("EVEX.128.66.0F38.", $w, " ", $code, " /r")), f(concat!("+", $y, " merge ", $yi), concat!("EVEX.256.66.0F38.", $w, " ", $code, " /r")), f(concat!("+", $z, " merge ", $zi), concat!("EVEX.512.66.0F38.", $w, " ", $code, " /r"))]).needs(Has::Avx512f),
            p($scatter, &[f(concat!("=", $xi, " merge ", $x), concat!("EVEX.128.66.0F38.", $w, " ", $scatter_code, " /r")), f(concat!("=", $yi, " merge ", $y), concat!("EVEX.256.66.0F38.", $w, " ", $scatter_code, " /r")), f(concat!("=", $zi, " merge ", $z), concat!("EVEX.512.66.0F38.", $w, " ", $scatter_code, " /r"))]).needs(Has::Avx512f),
        )*]
    };
}

/// Shifts by the low quadword of an `xmm` register.
macro_rules! shifts_by_vector {
    ($($name:literal $w:literal $code:literal),* $(,)?) => {
        [$(p($name, &[
            f("=X Xv X128", concat!("EVEX.128.66.0F.", $w, " ", $code, " /r")), f("=Y Yv X128", concat!("EVEX.256.66.0F.", $w, " ", $code, " /r")), f("=Z Zv X128", concat!("EVEX.512.66.0F.", $w, " ", $code, " /r")),
            f("=X mask Xv X128", concat!("EVEX.128.66.0F.", $w, " ", $code, " /r")), f("=Y mask Yv X128", concat!("EVEX.256.66.0F.", $w, " ", $code, " /r")), f("=Z mask Zv X128", concat!("EVEX.512.66.0F.", $w, " ", $code, " /r")),
        ]).needs(Has::Avx512f)),*]
    };
}

#[rustfmt::skip]
pub(crate) const SCALAR_PLAIN: &[Group] = &scalar_plain![
    "vminss" "X32" "" "F3.0F" "W0" "5D", "vminsd" "X64" "" "F2.0F" "W1" "5D", "vmaxss" "X32" "" "F3.0F" "W0" "5F", "vmaxsd" "X64" "" "F2.0F" "W1" "5F", "vcvtss2sd" "X32" "" "F3.0F" "W0" "5A", "vcvtsd2ss" "X64" "" "F2.0F" "W1" "5A",
    "vfmsub132ss" "X32" "" "66.0F38" "W0" "9B", "vfmsub213ss" "X32" "" "66.0F38" "W0" "AB", "vfmsub231ss" "X32" "" "66.0F38" "W0" "BB", "vfmsub132sd" "X64" "" "66.0F38" "W1" "9B", "vfmsub213sd" "X64" "" "66.0F38" "W1" "AB", "vfmsub231sd" "X64" "" "66.0F38" "W1" "BB",
    "vfnmadd132ss" "X32" "" "66.0F38" "W0" "9D", "vfnmadd213ss" "X32" "" "66.0F38" "W0" "AD", "vfnmadd231ss" "X32" "" "66.0F38" "W0" "BD", "vfnmadd132sd" "X64" "" "66.0F38" "W1" "9D", "vfnmadd213sd" "X64" "" "66.0F38" "W1" "AD", "vfnmadd231sd" "X64" "" "66.0F38" "W1" "BD",
    "vfnmsub132ss" "X32" "" "66.0F38" "W0" "9F", "vfnmsub213ss" "X32" "" "66.0F38" "W0" "AF", "vfnmsub231ss" "X32" "" "66.0F38" "W0" "BF", "vfnmsub132sd" "X64" "" "66.0F38" "W1" "9F", "vfnmsub213sd" "X64" "" "66.0F38" "W1" "AF", "vfnmsub231sd" "X64" "" "66.0F38" "W1" "BF",
    "vrndscaless" "X32" " ib" "66.0F3A" "W0" "0A", "vrndscalesd" "X64" " ib" "66.0F3A" "W1" "0B", "vscalefss" "X32" "" "66.0F38" "W0" "2D", "vscalefsd" "X64" "" "66.0F38" "W1" "2D", "vgetexpss" "X32" "" "66.0F38" "W0" "43", "vgetexpsd" "X64" "" "66.0F38" "W1" "43", "vgetmantss" "X32" " ib" "66.0F3A" "W0" "27", "vgetmantsd" "X64" " ib" "66.0F3A" "W1" "27",
    "vrcp14ss" "X32" "" "66.0F38" "W0" "4D", "vrcp14sd" "X64" "" "66.0F38" "W1" "4D", "vrsqrt14ss" "X32" "" "66.0F38" "W0" "4F", "vrsqrt14sd" "X64" "" "66.0F38" "W1" "4F", "vfixupimmss" "X32" " ib" "66.0F3A" "W0" "55", "vfixupimmsd" "X64" " ib" "66.0F3A" "W1" "55", "vrangess" "X32" " ib" "66.0F3A" "W0" "51", "vrangesd" "X64" " ib" "66.0F3A" "W1" "51", "vreducess" "X32" " ib" "66.0F3A" "W0" "57", "vreducesd" "X64" " ib" "66.0F3A" "W1" "57",
];

#[rustfmt::skip]
pub(crate) const PACKED_MORE: &[Group] = &packed![
    "vscalefps" "b32" "66.0F38" "W0" "2C", "vscalefpd" "b64" "66.0F38" "W1" "2C", "vfmaddsub132ps" "b32" "66.0F38" "W0" "96", "vfmaddsub213ps" "b32" "66.0F38" "W0" "A6", "vfmaddsub231ps" "b32" "66.0F38" "W0" "B6", "vfmaddsub132pd" "b64" "66.0F38" "W1" "96", "vfmaddsub213pd" "b64" "66.0F38" "W1" "A6", "vfmaddsub231pd" "b64" "66.0F38" "W1" "B6",
    "vfnmsub132ps" "b32" "66.0F38" "W0" "9E", "vfnmsub213ps" "b32" "66.0F38" "W0" "AE", "vfnmsub231ps" "b32" "66.0F38" "W0" "BE", "vfnmsub132pd" "b64" "66.0F38" "W1" "9E", "vfnmsub213pd" "b64" "66.0F38" "W1" "AE", "vfnmsub231pd" "b64" "66.0F38" "W1" "BE", "vpmultishiftqb" "b64" "66.0F38" "W1" "83", "vpmadd52luq" "b64" "66.0F38" "W1" "B4", "vpmadd52huq" "b64" "66.0F38" "W1" "B5", "vpshldvw" "" "66.0F38" "W1" "70", "vpshldvd" "b32" "66.0F38" "W0" "71", "vpshldvq" "b64" "66.0F38" "W1" "71", "vpshrdvw" "" "66.0F38" "W1" "72", "vpshrdvd" "b32" "66.0F38" "W0" "73", "vpshrdvq" "b64" "66.0F38" "W1" "73",
];

#[rustfmt::skip]
pub(crate) const WIDEN: &[Group] = &widen![
    "vpmovsxbw" "X64" "X128" "Y256" "66.0F38" "WIG" "20", "vpmovsxbd" "X32" "X64" "X128" "66.0F38" "WIG" "21", "vpmovsxbq" "X16" "X32" "X64" "66.0F38" "WIG" "22", "vpmovsxwd" "X64" "X128" "Y256" "66.0F38" "WIG" "23", "vpmovsxwq" "X32" "X64" "X128" "66.0F38" "WIG" "24", "vpmovsxdq" "X64" "X128" "Y256" "66.0F38" "W0" "25",
    "vpmovzxbw" "X64" "X128" "Y256" "66.0F38" "WIG" "30", "vpmovzxbd" "X32" "X64" "X128" "66.0F38" "WIG" "31", "vpmovzxbq" "X16" "X32" "X64" "66.0F38" "WIG" "32", "vpmovzxwd" "X64" "X128" "Y256" "66.0F38" "WIG" "33", "vpmovzxwq" "X32" "X64" "X128" "66.0F38" "WIG" "34", "vpmovzxdq" "X64" "X128" "Y256" "66.0F38" "W0" "35",
    "vpbroadcastb" "X8" "X8" "X8" "66.0F38" "W0" "78", "vpbroadcastw" "X16" "X16" "X16" "66.0F38" "W0" "79", "vpbroadcastd" "X32" "X32" "X32" "66.0F38" "W0" "58", "vpbroadcastq" "X64" "X64" "X64" "66.0F38" "W1" "59", "vbroadcastss" "X32" "X32" "X32" "66.0F38" "W0" "18",
    "vpbroadcastb" "u32" "u32" "u32" "66.0F38" "W0" "7A", "vpbroadcastw" "u32" "u32" "u32" "66.0F38" "W0" "7B", "vpbroadcastd" "u32" "u32" "u32" "66.0F38" "W0" "7C", "vpbroadcastq" "u64" "u64" "u64" "66.0F38" "W1" "7C", "vmovddup" "X64" "Y256" "Z512" "F2.0F" "W1" "12",
];

#[rustfmt::skip]
pub(crate) const NARROW: &[Group] = &narrow![
    "vpmovwb" "X64" "X128" "Y256" "30", "vpmovdb" "X32" "X64" "X128" "31", "vpmovqb" "X16" "X32" "X64" "32", "vpmovdw" "X64" "X128" "Y256" "33", "vpmovqw" "X32" "X64" "X128" "34", "vpmovqd" "X64" "X128" "Y256" "35",
    "vpmovswb" "X64" "X128" "Y256" "20", "vpmovsdb" "X32" "X64" "X128" "21", "vpmovsqb" "X16" "X32" "X64" "22", "vpmovsdw" "X64" "X128" "Y256" "23", "vpmovsqw" "X32" "X64" "X128" "24", "vpmovsqd" "X64" "X128" "Y256" "25",
    "vpmovuswb" "X64" "X128" "Y256" "10", "vpmovusdb" "X32" "X64" "X128" "11", "vpmovusqb" "X16" "X32" "X64" "12", "vpmovusdw" "X64" "X128" "Y256" "13", "vpmovusqw" "X32" "X64" "X128" "14", "vpmovusqd" "X64" "X128" "Y256" "15",
];

#[rustfmt::skip]
pub(crate) const GATHERS: &[Group] = &gathers![
    "vgatherdps" "vscatterdps" "W0" "92" "A2": "X" "vmx32", "Y" "vmy32", "Z" "vmz32"; "vgatherqps" "vscatterqps" "W0" "93" "A3": "X" "vmx32", "X" "vmy32", "Y" "vmz32"; "vgatherdpd" "vscatterdpd" "W1" "92" "A2": "X" "vmx64", "Y" "vmx64", "Z" "vmy64"; "vgatherqpd" "vscatterqpd" "W1" "93" "A3": "X" "vmx64", "Y" "vmy64", "Z" "vmz64";
    "vpgatherdd" "vpscatterdd" "W0" "90" "A0": "X" "vmx32", "Y" "vmy32", "Z" "vmz32"; "vpgatherqd" "vpscatterqd" "W0" "91" "A1": "X" "vmx32", "X" "vmy32", "Y" "vmz32"; "vpgatherdq" "vpscatterdq" "W1" "90" "A0": "X" "vmx64", "Y" "vmx64", "Z" "vmy64"; "vpgatherqq" "vpscatterqq" "W1" "91" "A1": "X" "vmx64", "Y" "vmy64", "Z" "vmz64";
];

#[rustfmt::skip]
pub(crate) const SHIFTS_BY_VECTOR: &[Group] = &shifts_by_vector![
    "vpsllw" "WIG" "F1", "vpslld" "W0" "F2", "vpsllq" "W1" "F3", "vpsrlw" "WIG" "D1", "vpsrld" "W0" "D2", "vpsrlq" "W1" "D3", "vpsraw" "WIG" "E1", "vpsrad" "W0" "E2", "vpsraq" "W1" "E2",
];

#[rustfmt::skip]
pub(crate) const SCALAR_MOVES: &[Group] = &[
    p("vucomiss", &[f("X X32", "EVEX.LIG.0F.W0 2E /r")]).writes(&[crate::registers::FLAGS]), p("vucomisd", &[f("X X64", "EVEX.LIG.66.0F.W1 2E /r")]).writes(&[crate::registers::FLAGS]), p("vcomiss", &[f("X X32", "EVEX.LIG.0F.W0 2F /r")]).writes(&[crate::registers::FLAGS]), p("vcomisd", &[f("X X64", "EVEX.LIG.66.0F.W1 2F /r")]).writes(&[crate::registers::FLAGS]),
    g("vcvtsi2ss", "lq", &[f("=X Xv rmv", "EVEX.LIG.F3.0F 2A /r NP")]), g("vcvtsi2sd", "lq", &[f("=X Xv rmv", "EVEX.LIG.F2.0F 2A /r NP")]), g("vcvtusi2ss", "lq", &[f("=X Xv rmv", "EVEX.LIG.F3.0F 7B /r NP")]), g("vcvtusi2sd", "lq", &[f("=X Xv rmv", "EVEX.LIG.F2.0F 7B /r NP")]),
    g("vcvttss2si", "lq", &[f("=rv X32", "EVEX.LIG.F3.0F 2C /r NP")]), g("vcvttsd2si", "lq", &[f("=rv X64", "EVEX.LIG.F2.0F 2C /r NP")]), g("vcvtss2si", "lq", &[f("=rv X32", "EVEX.LIG.F3.0F 2D /r NP")]), g("vcvtsd2si", "lq", &[f("=rv X64", "EVEX.LIG.F2.0F 2D /r NP")]),
    p("vcvttss2usi", &[f("=r32 X32", "EVEX.LIG.F3.0F.W0 78 /r"), f("=r64 X32", "EVEX.LIG.F3.0F.W1 78 /r")]), p("vcvttsd2usi", &[f("=r32 X64", "EVEX.LIG.F2.0F.W0 78 /r"), f("=r64 X64", "EVEX.LIG.F2.0F.W1 78 /r")]), p("vcvtss2usi", &[f("=r32 X32", "EVEX.LIG.F3.0F.W0 79 /r"), f("=r64 X32", "EVEX.LIG.F3.0F.W1 79 /r")]), p("vcvtsd2usi", &[f("=r32 X64", "EVEX.LIG.F2.0F.W0 79 /r"), f("=r64 X64", "EVEX.LIG.F2.0F.W1 79 /r")]),
    p("vpinsrb", &[f("=X Xv u32m8 ib", "EVEX.128.66.0F3A.WIG 20 /r")]), p("vpinsrw", &[f("=X Xv u32m16 ib", "EVEX.128.66.0F.WIG C4 /r")]), p("vpinsrd", &[f("=X Xv rm32 ib", "EVEX.128.66.0F3A.W0 22 /r")]), p("vpinsrq", &[f("=X Xv rm64 ib", "EVEX.128.66.0F3A.W1 22 /r")]), p("vpextrb", &[f("=u32m8 X ib", "EVEX.128.66.0F3A.WIG 14 /r")]), p("vpextrw", &[f("=r32 Xu ib", "EVEX.128.66.0F.WIG C5 /r"), f("=m16 X ib", "EVEX.128.66.0F3A.WIG 15 /r")]), p("vpextrd", &[f("=rm32 X ib", "EVEX.128.66.0F3A.W0 16 /r")]), p("vpextrq", &[f("=rm64 X ib", "EVEX.128.66.0F3A.W1 16 /r")]),
    p("vinsertps", &[f("=X Xv X32 ib", "EVEX.128.66.0F3A.W0 21 /r")]), p("vextractps", &[f("=rm32 X ib", "EVEX.128.66.0F3A.WIG 17 /r")]), p("vmovhlps", &[f("=X Xv Xu", "EVEX.128.0F.W0 12 /r")]), p("vmovlhps", &[f("=X Xv Xu", "EVEX.128.0F.W0 16 /r")]),
    p("vmovlps", &[f("=X Xv m64", "EVEX.128.0F.W0 12 /r"), f("=m64 X", "EVEX.128.0F.W0 13 /r")]), p("vmovhps", &[f("=X Xv m64", "EVEX.128.0F.W0 16 /r"), f("=m64 X", "EVEX.128.0F.W0 17 /r")]), p("vmovlpd", &[f("=X Xv m64", "EVEX.128.66.0F.W1 12 /r"), f("=m64 X", "EVEX.128.66.0F.W1 13 /r")]), p("vmovhpd", &[f("=X Xv m64", "EVEX.128.66.0F.W1 16 /r"), f("=m64 X", "EVEX.128.66.0F.W1 17 /r")]),
    p("vcmpss", &[f("=k Xv X32 ib", "EVEX.LIG.F3.0F.W0 C2 /r"), f("=k merge Xv X32 ib", "EVEX.LIG.F3.0F.W0 C2 /r")]), p("vcmpsd", &[f("=k Xv X64 ib", "EVEX.LIG.F2.0F.W1 C2 /r"), f("=k merge Xv X64 ib", "EVEX.LIG.F2.0F.W1 C2 /r")]),
    p("vmovss", &[f("=X mask m32", "EVEX.LIG.F3.0F.W0 10 /r"), f("=m32 merge X", "EVEX.LIG.F3.0F.W0 11 /r"), f("=X mask Xv Xu", "EVEX.LIG.F3.0F.W0 10 /r")]), p("vmovsd", &[f("=X mask m64", "EVEX.LIG.F2.0F.W1 10 /r"), f("=m64 merge X", "EVEX.LIG.F2.0F.W1 11 /r"), f("=X mask Xv Xu", "EVEX.LIG.F2.0F.W1 10 /r")]),
    p("vcvtdq2pd", &[f("=X X64b32", "EVEX.128.F3.0F.W0 E6 /r"), f("=Y X128b32", "EVEX.256.F3.0F.W0 E6 /r"), f("=X mask X64b32", "EVEX.128.F3.0F.W0 E6 /r"), f("=Y mask X128b32", "EVEX.256.F3.0F.W0 E6 /r"), f("=Z mask Y256b32", "EVEX.512.F3.0F.W0 E6 /r")]), p("vcvtps2pd", &[f("=X X64b32", "EVEX.128.0F.W0 5A /r"), f("=Y X128b32", "EVEX.256.0F.W0 5A /r"), f("=X mask X64b32", "EVEX.128.0F.W0 5A /r"), f("=Y mask X128b32", "EVEX.256.0F.W0 5A /r"), f("=Z mask Y256b32", "EVEX.512.0F.W0 5A /r")]),
    p("vcvtpd2ps", &[f("=X Xu", "EVEX.128.66.0F.W1 5A /r"), f("=X Yu", "EVEX.256.66.0F.W1 5A /r"), f("=Y mask Z512b64", "EVEX.512.66.0F.W1 5A /r")]), p("vcvttpd2dq", &[f("=X Xu", "EVEX.128.66.0F.W1 E6 /r"), f("=X Yu", "EVEX.256.66.0F.W1 E6 /r"), f("=Y mask Z512b64", "EVEX.512.66.0F.W1 E6 /r")]), p("vcvtph2ps", &[f("=Z Y256", "EVEX.512.66.0F38.W0 13 /r")]), p("vcvtps2ph", &[f("=Y256 Z ib", "EVEX.512.66.0F3A.W0 1D /r")]),
    p("vpslldq", &[f("=Xv X128 ib", "EVEX.128.66.0F.WIG 73 /7"), f("=Yv Y256 ib", "EVEX.256.66.0F.WIG 73 /7"), f("=Zv Z512 ib", "EVEX.512.66.0F.WIG 73 /7")]), p("vpsrldq", &[f("=Xv X128 ib", "EVEX.128.66.0F.WIG 73 /3"), f("=Yv Y256 ib", "EVEX.256.66.0F.WIG 73 /3"), f("=Zv Z512 ib", "EVEX.512.66.0F.WIG 73 /3")]),
    p("vpermd", &[f("=Y mask Yv Y256b32", "EVEX.256.66.0F38.W0 36 /r"), f("=Z mask Zv Z512b32", "EVEX.512.66.0F38.W0 36 /r")]), p("vpermps", &[f("=Y mask Yv Y256b32", "EVEX.256.66.0F38.W0 16 /r"), f("=Z mask Zv Z512b32", "EVEX.512.66.0F38.W0 16 /r")]),
    p("vpmovm2w", &[f("=X ku", "EVEX.128.F3.0F38.W1 28 /r"), f("=Y ku", "EVEX.256.F3.0F38.W1 28 /r"), f("=Z ku", "EVEX.512.F3.0F38.W1 28 /r")]), p("vpmovm2q", &[f("=X ku", "EVEX.128.F3.0F38.W1 38 /r"), f("=Y ku", "EVEX.256.F3.0F38.W1 38 /r"), f("=Z ku", "EVEX.512.F3.0F38.W1 38 /r")]), p("vpmovw2m", &[f("=k Xu", "EVEX.128.F3.0F38.W1 29 /r"), f("=k Yu", "EVEX.256.F3.0F38.W1 29 /r"), f("=k Zu", "EVEX.512.F3.0F38.W1 29 /r")]), p("vpmovq2m", &[f("=k Xu", "EVEX.128.F3.0F38.W1 39 /r"), f("=k Yu", "EVEX.256.F3.0F38.W1 39 /r"), f("=k Zu", "EVEX.512.F3.0F38.W1 39 /r")]),
    p("vbroadcasti32x4", &[f("=Y m128", "EVEX.256.66.0F38.W0 5A /r"), f("=Z m128", "EVEX.512.66.0F38.W0 5A /r")]), p("vbroadcastf32x4", &[f("=Y m128", "EVEX.256.66.0F38.W0 1A /r"), f("=Z m128", "EVEX.512.66.0F38.W0 1A /r")]), p("vbroadcasti64x4", &[f("=Z m256", "EVEX.512.66.0F38.W1 5B /r")]), p("vbroadcastf64x4", &[f("=Z m256", "EVEX.512.66.0F38.W1 1B /r")]), p("vbroadcasti64x2", &[f("=Y m128", "EVEX.256.66.0F38.W1 5A /r"), f("=Z m128", "EVEX.512.66.0F38.W1 5A /r")]), p("vbroadcastf64x2", &[f("=Y m128", "EVEX.256.66.0F38.W1 1A /r"), f("=Z m128", "EVEX.512.66.0F38.W1 1A /r")]), p("vbroadcasti32x8", &[f("=Z m256", "EVEX.512.66.0F38.W0 5B /r")]), p("vbroadcastf32x8", &[f("=Z m256", "EVEX.512.66.0F38.W0 1B /r")]),
    p("vpcompressd", &[f("=Zu Z", "EVEX.512.66.0F38.W0 8B /r"), f("=Zu mask Z", "EVEX.512.66.0F38.W0 8B /r")]), p("vpexpandd", &[f("=Z Zu", "EVEX.512.66.0F38.W0 89 /r"), f("=Z mask Zu", "EVEX.512.66.0F38.W0 89 /r")]), p("vpcompressq", &[f("=Zu Z", "EVEX.512.66.0F38.W1 8B /r"), f("=Zu mask Z", "EVEX.512.66.0F38.W1 8B /r")]), p("vpexpandq", &[f("=Z Zu", "EVEX.512.66.0F38.W1 89 /r"), f("=Z mask Zu", "EVEX.512.66.0F38.W1 89 /r")]),
];

#[rustfmt::skip]
pub(crate) const COMPARES: &[Group] = &compares![
    "vpcmpeqb" "" "66.0F" "WIG" "74" "", "vpcmpeqw" "" "66.0F" "WIG" "75" "", "vpcmpeqd" "b32" "66.0F" "W0" "76" "", "vpcmpeqq" "b64" "66.0F38" "W1" "29" "", "vpcmpgtb" "" "66.0F" "WIG" "64" "", "vpcmpgtw" "" "66.0F" "WIG" "65" "", "vpcmpgtd" "b32" "66.0F" "W0" "66" "", "vpcmpgtq" "b64" "66.0F38" "W1" "37" "",
    "vpcmpb" "" "66.0F3A" "W0" "3F" " ib", "vpcmpw" "" "66.0F3A" "W1" "3F" " ib", "vpcmpd" "b32" "66.0F3A" "W0" "1F" " ib", "vpcmpq" "b64" "66.0F3A" "W1" "1F" " ib", "vpcmpub" "" "66.0F3A" "W0" "3E" " ib", "vpcmpuw" "" "66.0F3A" "W1" "3E" " ib", "vpcmpud" "b32" "66.0F3A" "W0" "1E" " ib", "vpcmpuq" "b64" "66.0F3A" "W1" "1E" " ib",
    "vcmpps" "b32" "0F" "W0" "C2" " ib", "vcmppd" "b64" "66.0F" "W1" "C2" " ib", "vptestmb" "" "66.0F38" "W0" "26" "", "vptestmw" "" "66.0F38" "W1" "26" "", "vptestmd" "b32" "66.0F38" "W0" "27" "", "vptestmq" "b64" "66.0F38" "W1" "27" "", "vptestnmb" "" "F3.0F38" "W0" "26" "", "vptestnmw" "" "F3.0F38" "W1" "26" "", "vptestnmd" "b32" "F3.0F38" "W0" "27" "", "vptestnmq" "b64" "F3.0F38" "W1" "27" "",
];

#[rustfmt::skip]
pub(crate) const SHIFTS: &[Group] = &shifts![
    "vpsllw" "" "WIG" "71" "/6", "vpslld" "b32" "W0" "72" "/6", "vpsllq" "b64" "W1" "73" "/6", "vpsrlw" "" "WIG" "71" "/2", "vpsrld" "b32" "W0" "72" "/2", "vpsrlq" "b64" "W1" "73" "/2", "vpsraw" "" "WIG" "71" "/4", "vpsrad" "b32" "W0" "72" "/4", "vpsraq" "b64" "W1" "72" "/4",
    "vprold" "b32" "W0" "72" "/1", "vprolq" "b64" "W1" "72" "/1", "vprord" "b32" "W0" "72" "/0", "vprorq" "b64" "W1" "72" "/0",
];

#[rustfmt::skip]
pub(crate) const MASKS: &[Group] = &masks![
    "kandw" "NP" "W0" "41", "kandb" "66" "W0" "41", "kandq" "NP" "W1" "41", "kandd" "66" "W1" "41", "kandnw" "NP" "W0" "42", "kandnb" "66" "W0" "42", "kandnq" "NP" "W1" "42", "kandnd" "66" "W1" "42", "korw" "NP" "W0" "45", "korb" "66" "W0" "45", "korq" "NP" "W1" "45", "kord" "66" "W1" "45",
    "kxnorw" "NP" "W0" "46", "kxnorb" "66" "W0" "46", "kxnorq" "NP" "W1" "46", "kxnord" "66" "W1" "46", "kxorw" "NP" "W0" "47", "kxorb" "66" "W0" "47", "kxorq" "NP" "W1" "47", "kxord" "66" "W1" "47", "kaddw" "NP" "W0" "4A", "kaddb" "66" "W0" "4A", "kaddq" "NP" "W1" "4A", "kaddd" "66" "W1" "4A", "kunpckbw" "66" "W0" "4B", "kunpckwd" "NP" "W0" "4B", "kunpckdq" "NP" "W1" "4B",
];

#[rustfmt::skip]
pub(crate) const GROUPS: &[Group] = &[
    p("kmovw", &[f("=k km16", "VEX.128.0F.W0 90 /r"), f("=m16 k", "VEX.128.0F.W0 91 /r"), f("=k u32", "VEX.128.0F.W0 92 /r"), f("=r32 ku", "VEX.128.0F.W0 93 /r")]).needs(Has::Avx512f),
    p("kmovb", &[f("=k km8", "VEX.128.66.0F.W0 90 /r"), f("=m8 k", "VEX.128.66.0F.W0 91 /r"), f("=k u32", "VEX.128.66.0F.W0 92 /r"), f("=r32 ku", "VEX.128.66.0F.W0 93 /r")]).needs(Has::Avx512f),
    p("kmovd", &[f("=k km32", "VEX.128.66.0F.W1 90 /r"), f("=m32 k", "VEX.128.66.0F.W1 91 /r"), f("=k u32", "VEX.128.F2.0F.W0 92 /r"), f("=r32 ku", "VEX.128.F2.0F.W0 93 /r")]).needs(Has::Avx512f),
    p("kmovq", &[f("=k km64", "VEX.128.0F.W1 90 /r"), f("=m64 k", "VEX.128.0F.W1 91 /r"), f("=k u64", "VEX.128.F2.0F.W1 92 /r"), f("=r64 ku", "VEX.128.F2.0F.W1 93 /r")]).needs(Has::Avx512f),
    p("knotw", &[f("=k ku", "VEX.128.0F.W0 44 /r")]), p("knotb", &[f("=k ku", "VEX.128.66.0F.W0 44 /r")]), p("knotq", &[f("=k ku", "VEX.128.0F.W1 44 /r")]), p("knotd", &[f("=k ku", "VEX.128.66.0F.W1 44 /r")]),
    p("kortestw", &[f("k ku", "VEX.128.0F.W0 98 /r")]).writes(&[crate::registers::FLAGS]), p("kortestb", &[f("k ku", "VEX.128.66.0F.W0 98 /r")]).writes(&[crate::registers::FLAGS]), p("kortestq", &[f("k ku", "VEX.128.0F.W1 98 /r")]).writes(&[crate::registers::FLAGS]), p("kortestd", &[f("k ku", "VEX.128.66.0F.W1 98 /r")]).writes(&[crate::registers::FLAGS]),
    p("ktestw", &[f("k ku", "VEX.128.0F.W0 99 /r")]).writes(&[crate::registers::FLAGS]), p("ktestb", &[f("k ku", "VEX.128.66.0F.W0 99 /r")]).writes(&[crate::registers::FLAGS]), p("ktestq", &[f("k ku", "VEX.128.0F.W1 99 /r")]).writes(&[crate::registers::FLAGS]), p("ktestd", &[f("k ku", "VEX.128.66.0F.W1 99 /r")]).writes(&[crate::registers::FLAGS]),
    p("kshiftlw", &[f("=k ku ib", "VEX.128.66.0F3A.W1 32 /r")]), p("kshiftlb", &[f("=k ku ib", "VEX.128.66.0F3A.W0 32 /r")]), p("kshiftlq", &[f("=k ku ib", "VEX.128.66.0F3A.W1 33 /r")]), p("kshiftld", &[f("=k ku ib", "VEX.128.66.0F3A.W0 33 /r")]), p("kshiftrw", &[f("=k ku ib", "VEX.128.66.0F3A.W1 30 /r")]), p("kshiftrb", &[f("=k ku ib", "VEX.128.66.0F3A.W0 30 /r")]), p("kshiftrq", &[f("=k ku ib", "VEX.128.66.0F3A.W1 31 /r")]), p("kshiftrd", &[f("=k ku ib", "VEX.128.66.0F3A.W0 31 /r")]),
    
    
    
    
    p("vbroadcastsd", &[f("=Y X64", "EVEX.256.66.0F38.W1 19 /r"), f("=Z X64", "EVEX.512.66.0F38.W1 19 /r"), f("=Z mask X64", "EVEX.512.66.0F38.W1 19 /r")]).needs(Has::Avx512f),
    p("vinserti32x4", &[f("=Y Yv X128 ib", "EVEX.256.66.0F3A.W0 38 /r"), f("=Z Zv X128 ib", "EVEX.512.66.0F3A.W0 38 /r")]), p("vinserti64x4", &[f("=Z Zv Y256 ib", "EVEX.512.66.0F3A.W1 3A /r")]), p("vinsertf32x4", &[f("=Y Yv X128 ib", "EVEX.256.66.0F3A.W0 18 /r"), f("=Z Zv X128 ib", "EVEX.512.66.0F3A.W0 18 /r")]), p("vinsertf64x4", &[f("=Z Zv Y256 ib", "EVEX.512.66.0F3A.W1 1A /r")]), p("vinserti64x2", &[f("=Y Yv X128 ib", "EVEX.256.66.0F3A.W1 38 /r"), f("=Z Zv X128 ib", "EVEX.512.66.0F3A.W1 38 /r")]), p("vinserti32x8", &[f("=Z Zv Y256 ib", "EVEX.512.66.0F3A.W0 3A /r")]), p("vinsertf64x2", &[f("=Y Yv X128 ib", "EVEX.256.66.0F3A.W1 18 /r"), f("=Z Zv X128 ib", "EVEX.512.66.0F3A.W1 18 /r")]), p("vinsertf32x8", &[f("=Z Zv Y256 ib", "EVEX.512.66.0F3A.W0 1A /r")]),
    p("vextracti32x4", &[f("=X128 Y ib", "EVEX.256.66.0F3A.W0 39 /r"), f("=X128 Z ib", "EVEX.512.66.0F3A.W0 39 /r")]), p("vextracti64x4", &[f("=Y256 Z ib", "EVEX.512.66.0F3A.W1 3B /r")]), p("vextractf32x4", &[f("=X128 Y ib", "EVEX.256.66.0F3A.W0 19 /r"), f("=X128 Z ib", "EVEX.512.66.0F3A.W0 19 /r")]), p("vextractf64x4", &[f("=Y256 Z ib", "EVEX.512.66.0F3A.W1 1B /r")]), p("vextracti64x2", &[f("=X128 Y ib", "EVEX.256.66.0F3A.W1 39 /r"), f("=X128 Z ib", "EVEX.512.66.0F3A.W1 39 /r")]), p("vextracti32x8", &[f("=Y256 Z ib", "EVEX.512.66.0F3A.W0 3B /r")]), p("vextractf64x2", &[f("=X128 Y ib", "EVEX.256.66.0F3A.W1 19 /r"), f("=X128 Z ib", "EVEX.512.66.0F3A.W1 19 /r")]), p("vextractf32x8", &[f("=Y256 Z ib", "EVEX.512.66.0F3A.W0 1B /r")]),
    p("vshufi32x4", &[f("=Y Yv Y256b32 ib", "EVEX.256.66.0F3A.W0 43 /r"), f("=Z Zv Z512b32 ib", "EVEX.512.66.0F3A.W0 43 /r")]), p("vshufi64x2", &[f("=Y Yv Y256b64 ib", "EVEX.256.66.0F3A.W1 43 /r"), f("=Z Zv Z512b64 ib", "EVEX.512.66.0F3A.W1 43 /r")]), p("vshuff32x4", &[f("=Y Yv Y256b32 ib", "EVEX.256.66.0F3A.W0 23 /r"), f("=Z Zv Z512b32 ib", "EVEX.512.66.0F3A.W0 23 /r")]), p("vshuff64x2", &[f("=Y Yv Y256b64 ib", "EVEX.256.66.0F3A.W1 23 /r"), f("=Z Zv Z512b64 ib", "EVEX.512.66.0F3A.W1 23 /r")]),
    p("vpermd", &[f("=Y Yv Y256b32", "EVEX.256.66.0F38.W0 36 /r"), f("=Z Zv Z512b32", "EVEX.512.66.0F38.W0 36 /r")]), p("vpermps", &[f("=Y Yv Y256b32", "EVEX.256.66.0F38.W0 16 /r"), f("=Z Zv Z512b32", "EVEX.512.66.0F38.W0 16 /r")]), p("vpermq", &[f("=Y Y256b64 ib", "EVEX.256.66.0F3A.W1 00 /r"), f("=Z Z512b64 ib", "EVEX.512.66.0F3A.W1 00 /r"), f("=Y Yv Y256b64", "EVEX.256.66.0F38.W1 36 /r"), f("=Z Zv Z512b64", "EVEX.512.66.0F38.W1 36 /r")]), p("vpermpd", &[f("=Y Y256b64 ib", "EVEX.256.66.0F3A.W1 01 /r"), f("=Z Z512b64 ib", "EVEX.512.66.0F3A.W1 01 /r"), f("=Y Yv Y256b64", "EVEX.256.66.0F38.W1 16 /r"), f("=Z Zv Z512b64", "EVEX.512.66.0F38.W1 16 /r")]),
    
    
    p("vcvtdq2pd", &[f("=Z Y256b32", "EVEX.512.F3.0F.W0 E6 /r")]), p("vcvtps2pd", &[f("=Z Y256b32", "EVEX.512.0F.W0 5A /r")]), p("vcvtpd2ps", &[f("=Y Z512b64", "EVEX.512.66.0F.W1 5A /r")]), p("vcvttpd2dq", &[f("=Y Z512b64", "EVEX.512.66.0F.W1 E6 /r")]), p("vcvtpd2dq", &[f("=Y Z512b64", "EVEX.512.F2.0F.W1 E6 /r")]), p("vcvtudq2pd", &[f("=Z Y256b32", "EVEX.512.F3.0F.W0 7A /r")]),
    
    p("vpmovm2b", &[f("=X ku", "EVEX.128.F3.0F38.W0 28 /r"), f("=Y ku", "EVEX.256.F3.0F38.W0 28 /r"), f("=Z ku", "EVEX.512.F3.0F38.W0 28 /r")]), p("vpmovm2d", &[f("=X ku", "EVEX.128.F3.0F38.W0 38 /r"), f("=Y ku", "EVEX.256.F3.0F38.W0 38 /r"), f("=Z ku", "EVEX.512.F3.0F38.W0 38 /r")]), p("vpmovb2m", &[f("=k Xu", "EVEX.128.F3.0F38.W0 29 /r"), f("=k Yu", "EVEX.256.F3.0F38.W0 29 /r"), f("=k Zu", "EVEX.512.F3.0F38.W0 29 /r")]), p("vpmovd2m", &[f("=k Xu", "EVEX.128.F3.0F38.W0 39 /r"), f("=k Yu", "EVEX.256.F3.0F38.W0 39 /r"), f("=k Zu", "EVEX.512.F3.0F38.W0 39 /r")]),
    p("vpsadbw", &[f("=Z Zv Z512", "EVEX.512.66.0F.WIG F6 /r")]),
    p("vmovntdq", &[f("=m512 Z", "EVEX.512.66.0F.W0 E7 /r")]), p("vmovntps", &[f("=m512 Z", "EVEX.512.0F.W0 2B /r")]), p("vmovntpd", &[f("=m512 Z", "EVEX.512.66.0F.W1 2B /r")]), p("vmovntdqa", &[f("=Z m512", "EVEX.512.66.0F38.W0 2A /r")]),
    p("vcompressps", &[f("=Z512 Z", "EVEX.512.66.0F38.W0 8A /r ALIAS")]),
    p("vmovd", &[f("=X rm32", "EVEX.128.66.0F.W0 6E /r"), f("=rm32 X", "EVEX.128.66.0F.W0 7E /r")]), p("vmovq", &[f("=X rm64", "EVEX.128.66.0F.W1 6E /r"), f("=rm64 X", "EVEX.128.66.0F.W1 7E /r"), f("=X X64", "EVEX.128.F3.0F.W1 7E /r"), f("=X64 X", "EVEX.128.66.0F.W1 D6 /r")]),
    p("vmovss", &[f("=X m32", "EVEX.LIG.F3.0F.W0 10 /r"), f("=m32 X", "EVEX.LIG.F3.0F.W0 11 /r"), f("=X Xv Xu", "EVEX.LIG.F3.0F.W0 10 /r")]), p("vmovsd", &[f("=X m64", "EVEX.LIG.F2.0F.W1 10 /r"), f("=m64 X", "EVEX.LIG.F2.0F.W1 11 /r"), f("=X Xv Xu", "EVEX.LIG.F2.0F.W1 10 /r")]),
];

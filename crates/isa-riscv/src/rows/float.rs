//! F, D and Zfh.
//!
//! A rounding mode is an operand at the end; without it the dynamic one (7) is taken, or none where the result is exact.
//! Source: RISC-V Unprivileged ISA, chapters "F", "D" and "Zfh".

use super::i;
use crate::operands::DYNAMIC;
use lathe_isa::word::Group;
use lathe_isa::word::template::g;
use lathe_target::features::Feature;

/// With and without rounding mode.
macro_rules! rounded {
    ($name:expr, $operands:expr, $base:expr) => {
        g($name, &[i($operands, $base | DYNAMIC).alias(), i(concat!($operands, " rm"), $base)])
    };
}

macro_rules! plain {
    ($name:expr, $operands:expr, $base:expr) => {
        g($name, &[i($operands, $base)])
    };
}

macro_rules! arithmetic {
    ($constant:ident $suffix:literal $view:literal $format:literal) => {
        #[rustfmt::skip]
        pub(super) const $constant: &[Group] = &[
            rounded!(concat!("fmadd", $suffix), concat!("=", $view, "d ", $view, "s ", $view, "t ", $view, "r"), 0x43 | $format << 25),
            rounded!(concat!("fmsub", $suffix), concat!("=", $view, "d ", $view, "s ", $view, "t ", $view, "r"), 0x47 | $format << 25),
            rounded!(concat!("fnmsub", $suffix), concat!("=", $view, "d ", $view, "s ", $view, "t ", $view, "r"), 0x4b | $format << 25),
            rounded!(concat!("fnmadd", $suffix), concat!("=", $view, "d ", $view, "s ", $view, "t ", $view, "r"), 0x4f | $format << 25),
            rounded!(concat!("fadd", $suffix), concat!("=", $view, "d ", $view, "s ", $view, "t"), 0x53 | $format << 25),
            rounded!(concat!("fsub", $suffix), concat!("=", $view, "d ", $view, "s ", $view, "t"), 0x0800_0053 | $format << 25),
            rounded!(concat!("fmul", $suffix), concat!("=", $view, "d ", $view, "s ", $view, "t"), 0x1000_0053 | $format << 25),
            rounded!(concat!("fdiv", $suffix), concat!("=", $view, "d ", $view, "s ", $view, "t"), 0x1800_0053 | $format << 25),
            rounded!(concat!("fsqrt", $suffix), concat!("=", $view, "d ", $view, "s"), 0x5800_0053 | $format << 25),
            plain!(concat!("fsgnj", $suffix), concat!("=", $view, "d ", $view, "s ", $view, "t"), 0x2000_0053 | $format << 25),
            plain!(concat!("fsgnjn", $suffix), concat!("=", $view, "d ", $view, "s ", $view, "t"), 0x2000_1053 | $format << 25),
            plain!(concat!("fsgnjx", $suffix), concat!("=", $view, "d ", $view, "s ", $view, "t"), 0x2000_2053 | $format << 25),
            g(concat!("fmv", $suffix), &[i(concat!("=", $view, "d ", $view, "b"), 0x2000_0053 | $format << 25).alias()]),
            g(concat!("fneg", $suffix), &[i(concat!("=", $view, "d ", $view, "b"), 0x2000_1053 | $format << 25).alias()]),
            g(concat!("fabs", $suffix), &[i(concat!("=", $view, "d ", $view, "b"), 0x2000_2053 | $format << 25).alias()]),
            plain!(concat!("fmin", $suffix), concat!("=", $view, "d ", $view, "s ", $view, "t"), 0x2800_0053 | $format << 25),
            plain!(concat!("fmax", $suffix), concat!("=", $view, "d ", $view, "s ", $view, "t"), 0x2800_1053 | $format << 25),
            plain!(concat!("feq", $suffix), concat!("=Xd ", $view, "s ", $view, "t"), 0xa000_2053 | $format << 25),
            plain!(concat!("flt", $suffix), concat!("=Xd ", $view, "s ", $view, "t"), 0xa000_1053 | $format << 25),
            plain!(concat!("fle", $suffix), concat!("=Xd ", $view, "s ", $view, "t"), 0xa000_0053 | $format << 25),
            g(concat!("fgt", $suffix), &[i(concat!("=Xd ", $view, "t ", $view, "s"), 0xa000_1053 | $format << 25).alias()]),
            g(concat!("fge", $suffix), &[i(concat!("=Xd ", $view, "t ", $view, "s"), 0xa000_0053 | $format << 25).alias()]),
            plain!(concat!("fclass", $suffix), concat!("=Xd ", $view, "s"), 0xe000_1053 | $format << 25),
            rounded!(concat!("fcvt.w", $suffix), concat!("=Xd ", $view, "s"), 0xc000_0053 | $format << 25),
            rounded!(concat!("fcvt.wu", $suffix), concat!("=Xd ", $view, "s"), 0xc010_0053 | $format << 25),
            rounded!(concat!("fcvt.l", $suffix), concat!("=Xd ", $view, "s"), 0xc020_0053 | $format << 25),
            rounded!(concat!("fcvt.lu", $suffix), concat!("=Xd ", $view, "s"), 0xc030_0053 | $format << 25),
        ];
    };
}

arithmetic!(SINGLE ".s" "S" 0);
arithmetic!(DOUBLE ".d" "D" 1);
arithmetic!(HALF ".h" "H" 2);

#[rustfmt::skip]
pub(super) const CONVERSIONS: &[Group] = &[
    rounded!("fcvt.s.w", "=Sd Xs", 0xd000_0053),
    rounded!("fcvt.s.wu", "=Sd Xs", 0xd010_0053),
    rounded!("fcvt.s.l", "=Sd Xs", 0xd020_0053),
    rounded!("fcvt.s.lu", "=Sd Xs", 0xd030_0053),
    plain!("fcvt.d.w", "=Dd Xs", 0xd200_0053),
    plain!("fcvt.d.wu", "=Dd Xs", 0xd210_0053),
    rounded!("fcvt.d.l", "=Dd Xs", 0xd220_0053),
    rounded!("fcvt.d.lu", "=Dd Xs", 0xd230_0053),
    rounded!("fcvt.s.d", "=Sd Ds", 0x4010_0053),
    plain!("fcvt.d.s", "=Dd Ss", 0x4200_0053),
    plain!("fmv.x.w", "=Xd Ss", 0xe000_0053),
    plain!("fmv.w.x", "=Sd Xs", 0xf000_0053),
    g("fmv.x.s", &[i("=Xd Ss", 0xe000_0053).alias()]),
    g("fmv.s.x", &[i("=Sd Xs", 0xf000_0053).alias()]),
    plain!("fmv.x.d", "=Xd Ds", 0xe200_0053),
    plain!("fmv.d.x", "=Dd Xs", 0xf200_0053),
    g("frcsr", &[i("=Xd", 0x0030_2073).alias()]),
    g("frsr", &[i("=Xd", 0x0030_2073).alias()]),
    g("frflags", &[i("=Xd", 0x0010_2073).alias()]),
    g("frrm", &[i("=Xd", 0x0020_2073).alias()]),
    g("fscsr", &[i("Xs", 0x0030_1073).alias(), i("=Xd Xs", 0x0030_1073).alias()]),
    g("fssr", &[i("Xs", 0x0030_1073).alias(), i("=Xd Xs", 0x0030_1073).alias()]),
    g("fsflags", &[i("Xs", 0x0010_1073).alias(), i("=Xd Xs", 0x0010_1073).alias()]),
    g("fsrm", &[i("Xs", 0x0020_1073).alias(), i("=Xd Xs", 0x0020_1073).alias()]),
    g("fsflagsi", &[i("uimm5", 0x0010_5073).alias(), i("=Xd uimm5", 0x0010_5073).alias()]),
    g("fsrmi", &[i("uimm5", 0x0020_5073).alias(), i("=Xd uimm5", 0x0020_5073).alias()]),
];

#[rustfmt::skip]
pub(super) const HALF_CONVERSIONS: &[Group] = &[
    rounded!("fcvt.h.w", "=Hd Xs", 0xd400_0053).needs(Feature::Zfh),
    rounded!("fcvt.h.wu", "=Hd Xs", 0xd410_0053).needs(Feature::Zfh),
    rounded!("fcvt.h.l", "=Hd Xs", 0xd420_0053).needs(Feature::Zfh),
    rounded!("fcvt.h.lu", "=Hd Xs", 0xd430_0053).needs(Feature::Zfh),
    plain!("fcvt.s.h", "=Sd Hs", 0x4020_0053).needs(Feature::Zfh),
    rounded!("fcvt.h.s", "=Hd Ss", 0x4400_0053).needs(Feature::Zfh),
    plain!("fcvt.d.h", "=Dd Hs", 0x4220_0053).needs(Feature::Zfh),
    rounded!("fcvt.h.d", "=Hd Ds", 0x4410_0053).needs(Feature::Zfh),
    plain!("fmv.x.h", "=Xd Hs", 0xe400_0053).needs(Feature::Zfh),
    plain!("fmv.h.x", "=Hd Xs", 0xf400_0053).needs(Feature::Zfh),
];

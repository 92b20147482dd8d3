//! Zba, Zbb, Zbs and Zicond.
//!
//! Source: RISC-V Bit-Manipulation ISA-extensions 1.0.0; Integer Conditional (Zicond) operations 1.0.

use super::i;
use lathe_isa::word::Group;
use lathe_isa::word::template::g;
use lathe_target::features::Feature::{Zba, Zbb, Zbs, Zicond};

#[rustfmt::skip]
pub(super) const GROUPS: &[Group] = &[
    g("sh1add", &[i("=Xd Xs Xt", 0x2000_2033)]).needs(Zba),
    g("sh2add", &[i("=Xd Xs Xt", 0x2000_4033)]).needs(Zba),
    g("sh3add", &[i("=Xd Xs Xt", 0x2000_6033)]).needs(Zba),
    g("add.uw", &[i("=Xd Xs Xt", 0x0800_003b)]).needs(Zba),
    g("sh1add.uw", &[i("=Xd Xs Xt", 0x2000_203b)]).needs(Zba),
    g("sh2add.uw", &[i("=Xd Xs Xt", 0x2000_403b)]).needs(Zba),
    g("sh3add.uw", &[i("=Xd Xs Xt", 0x2000_603b)]).needs(Zba),
    g("slli.uw", &[i("=Xd Xs sh6", 0x0800_101b)]).needs(Zba),
    g("andn", &[i("=Xd Xs Xt", 0x4000_7033)]).needs(Zbb),
    g("orn", &[i("=Xd Xs Xt", 0x4000_6033)]).needs(Zbb),
    g("xnor", &[i("=Xd Xs Xt", 0x4000_4033)]).needs(Zbb),
    g("clz", &[i("=Xd Xs", 0x6000_1013)]).needs(Zbb),
    g("ctz", &[i("=Xd Xs", 0x6010_1013)]).needs(Zbb),
    g("cpop", &[i("=Xd Xs", 0x6020_1013)]).needs(Zbb),
    g("clzw", &[i("=Xd Xs", 0x6000_101b)]).needs(Zbb),
    g("ctzw", &[i("=Xd Xs", 0x6010_101b)]).needs(Zbb),
    g("cpopw", &[i("=Xd Xs", 0x6020_101b)]).needs(Zbb),
    g("sext.b", &[i("=Xd Xs", 0x6040_1013)]).needs(Zbb),
    g("sext.h", &[i("=Xd Xs", 0x6050_1013)]).needs(Zbb),
    g("zext.h", &[i("=Xd Xs", 0x0800_403b)]).needs(Zbb),
    g("rev8", &[i("=Xd Xs", 0x6b80_5013)]).needs(Zbb),
    g("orc.b", &[i("=Xd Xs", 0x2870_5013)]).needs(Zbb),
    g("max", &[i("=Xd Xs Xt", 0x0a00_6033)]).needs(Zbb),
    g("maxu", &[i("=Xd Xs Xt", 0x0a00_7033)]).needs(Zbb),
    g("min", &[i("=Xd Xs Xt", 0x0a00_4033)]).needs(Zbb),
    g("minu", &[i("=Xd Xs Xt", 0x0a00_5033)]).needs(Zbb),
    g("rol", &[i("=Xd Xs Xt", 0x6000_1033)]).needs(Zbb),
    g("rolw", &[i("=Xd Xs Xt", 0x6000_103b)]).needs(Zbb),
    g("ror", &[i("=Xd Xs Xt", 0x6000_5033), i("=Xd Xs sh6", 0x6000_5013).alias()]).needs(Zbb),
    g("rorw", &[i("=Xd Xs Xt", 0x6000_503b), i("=Xd Xs sh5", 0x6000_501b).alias()]).needs(Zbb),
    g("rori", &[i("=Xd Xs sh6", 0x6000_5013)]).needs(Zbb),
    g("roriw", &[i("=Xd Xs sh5", 0x6000_501b)]).needs(Zbb),
    g("bset", &[i("=Xd Xs Xt", 0x2800_1033), i("=Xd Xs sh6", 0x2800_1013).alias()]).needs(Zbs),
    g("bseti", &[i("=Xd Xs sh6", 0x2800_1013)]).needs(Zbs),
    g("bclr", &[i("=Xd Xs Xt", 0x4800_1033), i("=Xd Xs sh6", 0x4800_1013).alias()]).needs(Zbs),
    g("bclri", &[i("=Xd Xs sh6", 0x4800_1013)]).needs(Zbs),
    g("binv", &[i("=Xd Xs Xt", 0x6800_1033), i("=Xd Xs sh6", 0x6800_1013).alias()]).needs(Zbs),
    g("binvi", &[i("=Xd Xs sh6", 0x6800_1013)]).needs(Zbs),
    g("bext", &[i("=Xd Xs Xt", 0x4800_5033), i("=Xd Xs sh6", 0x4800_5013).alias()]).needs(Zbs),
    g("bexti", &[i("=Xd Xs sh6", 0x4800_5013)]).needs(Zbs),
    g("czero.eqz", &[i("=Xd Xs Xt", 0x0e00_5033)]).needs(Zicond),
    g("czero.nez", &[i("=Xd Xs Xt", 0x0e00_7033)]).needs(Zicond),
];

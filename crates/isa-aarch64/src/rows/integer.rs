//! Integer arithmetic, logic, bit fields, moves and selections (Arm ARM C4.1.92 to C4.1.95).

use crate::registers::{NZCV, set};
use lathe_isa::RegSet;
use lathe_isa::word::Group;
use lathe_isa::word::template::{f, fs, g};
use lathe_target::features::Feature as Has;

/// The flags.
pub(super) const FLAGS: RegSet = set(&[NZCV]);

/// `add` and `sub`: opcode bits 30:29 of the row itself and of the opposite operation.
macro_rules! add_or_subtract {
    ($name:literal, $op:literal, $other:literal) => {
        g(
            $name,
            &[
                fs("wx", "=Rd Rn Rm", $op << 29 | 0x0b00_0000),
                fs("wx", "=RPd RPn addimm", $op << 29 | 0x1100_0000),
                fs("wx", "=Rd Rn Rm shift", $op << 29 | 0x0b00_0000).alias(),
                fs("wx", "=RPd RPn addneg", $other << 29 | 0x1100_0000).alias(),
                fs("wx", "=RPd RPn imm12 lsl12", $op << 29 | 0x1100_0000),
                fs("wx", "=Rd Rn Rm shift", $op << 29 | 0x0b00_0000),
                fs("wx", "=RPd RPn Wm extendw", $op << 29 | 0x0b20_0000),
                f("=XPd XPn Xm extend", 1 << 31 | $op << 29 | 0x0b20_0000),
                f("=XPd XPn Xm", 1 << 31 | $op << 29 | 0x0b20_6000).alias(),
                f("=WPd WPn Wm", $op << 29 | 0x0b20_4000).alias(),
            ],
        )
    };
}

/// The same with flags; `$name2` compares, that is, has no destination.
macro_rules! add_or_subtract_flags {
    ($name:literal, $op:literal, $other:literal, $name2:literal) => {
        [
            g(
                $name,
                &[
                    fs("wx", "=Rd Rn Rm", $op << 29 | 0x0b00_0000).alias(),
                    fs("wx", "=Rd RPn addimm", $op << 29 | 0x1100_0000),
                    fs("wx", "=Rd RPn addneg", $other << 29 | 0x1100_0000).alias(),
                    fs("wx", "=Rd RPn imm12 lsl12", $op << 29 | 0x1100_0000),
                    fs("wx", "=Rd Rn Rm shift", $op << 29 | 0x0b00_0000),
                    fs("wx", "=Rd RPn Wm extendw", $op << 29 | 0x0b20_0000),
                    f("=Xd XPn Xm extend", 1 << 31 | $op << 29 | 0x0b20_0000),
                    f("=Xd XPn Xm", 1 << 31 | $op << 29 | 0x0b20_6000).alias(),
                    f("=Wd WPn Wm", $op << 29 | 0x0b20_4000).alias(),
                ],
            )
            .writes(FLAGS),
            g(
                $name2,
                &[
                    fs("wx", "Rn Rm", $op << 29 | 0x0b00_001f).alias(),
                    fs("wx", "RPn addimm", $op << 29 | 0x1100_001f).alias(),
                    fs("wx", "RPn addneg", $other << 29 | 0x1100_001f).alias(),
                    fs("wx", "RPn imm12 lsl12", $op << 29 | 0x1100_001f).alias(),
                    fs("wx", "Rn Rm shift", $op << 29 | 0x0b00_001f).alias(),
                    fs("wx", "RPn Wm extendw", $op << 29 | 0x0b20_001f).alias(),
                    f("XPn Xm extend", 1 << 31 | $op << 29 | 0x0b20_001f).alias(),
                    f("XPn Xm", 1 << 31 | $op << 29 | 0x0b20_601f).alias(),
                    f("WPn Wm", $op << 29 | 0x0b20_401f).alias(),
                ],
            )
            .writes(FLAGS),
        ]
    };
}

/// `and` and its like: opcode bits 30:29, and the operation with the second operand inverted.
macro_rules! logic {
    ($name:literal, $inverted:literal, $op:literal, $immediate:literal) => {
        [
            g(
                $name,
                &[
                    fs("wx", "=Rd Rn Rm", $op << 29 | 0x0a00_0000).alias(),
                    fs("wx", $immediate, $op << 29 | 0x1200_0000),
                    fs("wx", "=Rd Rn Rm rotshift", $op << 29 | 0x0a00_0000),
                ],
            ),
            g(
                $inverted,
                &[
                    fs("wx", "=Rd Rn Rm", $op << 29 | 0x0a20_0000).alias(),
                    fs("wx", "=Rd Rn Rm rotshift", $op << 29 | 0x0a20_0000),
                ],
            ),
        ]
    };
}

#[rustfmt::skip]
pub(super) const ARITHMETIC: &[Group] = &[
    add_or_subtract!("add", 0, 2), add_or_subtract!("sub", 2, 0),
    g("adc", &[fs("wx", "=Rd Rn Rm", 0x1a00_0000)]).reads(FLAGS), g("adcs", &[fs("wx", "=Rd Rn Rm", 0x3a00_0000)]).reads(FLAGS).writes(FLAGS),
    g("sbc", &[fs("wx", "=Rd Rn Rm", 0x5a00_0000)]).reads(FLAGS), g("sbcs", &[fs("wx", "=Rd Rn Rm", 0x7a00_0000)]).reads(FLAGS).writes(FLAGS),
    g("neg", &[fs("wx", "=Rd Rm", 0x4b00_03e0).alias(), fs("wx", "=Rd Rm shift", 0x4b00_03e0).alias()]),
    g("negs", &[fs("wx", "=Rd Rm", 0x6b00_03e0).alias(), fs("wx", "=Rd Rm shift", 0x6b00_03e0).alias()]).writes(FLAGS),
    g("ngc", &[fs("wx", "=Rd Rm", 0x5a00_03e0).alias()]).reads(FLAGS), g("ngcs", &[fs("wx", "=Rd Rm", 0x7a00_03e0).alias()]).reads(FLAGS).writes(FLAGS),
    g("madd", &[fs("wx", "=Rd Rn Rm Ra", 0x1b00_0000)]), g("msub", &[fs("wx", "=Rd Rn Rm Ra", 0x1b00_8000)]),
    g("mul", &[fs("wx", "=Rd Rn Rm", 0x1b00_7c00).alias()]), g("mneg", &[fs("wx", "=Rd Rn Rm", 0x1b00_fc00).alias()]),
    g("smaddl", &[f("=Xd Wn Wm Xa", 0x9b20_0000)]), g("smsubl", &[f("=Xd Wn Wm Xa", 0x9b20_8000)]),
    g("umaddl", &[f("=Xd Wn Wm Xa", 0x9ba0_0000)]), g("umsubl", &[f("=Xd Wn Wm Xa", 0x9ba0_8000)]),
    g("smull", &[f("=Xd Wn Wm", 0x9b20_7c00).alias()]), g("smnegl", &[f("=Xd Wn Wm", 0x9b20_fc00).alias()]),
    g("umull", &[f("=Xd Wn Wm", 0x9ba0_7c00).alias()]), g("umnegl", &[f("=Xd Wn Wm", 0x9ba0_fc00).alias()]),
    g("smulh", &[f("=Xd Xn Xm", 0x9b40_7c00)]), g("umulh", &[f("=Xd Xn Xm", 0x9bc0_7c00)]),
    g("udiv", &[fs("wx", "=Rd Rn Rm", 0x1ac0_0800)]), g("sdiv", &[fs("wx", "=Rd Rn Rm", 0x1ac0_0c00)]),
    g("adr", &[f("=Xd adr", 0x1000_0000)]), g("adrp", &[f("=Xd adrp", 0x9000_0000)]),
    g("crc32b", &[f("=Wd Wn Wm", 0x1ac0_4000)]).needs(Has::Crc), g("crc32h", &[f("=Wd Wn Wm", 0x1ac0_4400)]).needs(Has::Crc),
    g("crc32w", &[f("=Wd Wn Wm", 0x1ac0_4800)]).needs(Has::Crc), g("crc32x", &[f("=Wd Wn Xm", 0x9ac0_4c00)]).needs(Has::Crc),
    g("crc32cb", &[f("=Wd Wn Wm", 0x1ac0_5000)]).needs(Has::Crc), g("crc32ch", &[f("=Wd Wn Wm", 0x1ac0_5400)]).needs(Has::Crc),
    g("crc32cw", &[f("=Wd Wn Wm", 0x1ac0_5800)]).needs(Has::Crc), g("crc32cx", &[f("=Wd Wn Xm", 0x9ac0_5c00)]).needs(Has::Crc),
];

pub(super) const ARITHMETIC_FLAGS: [&[Group]; 2] =
    [&add_or_subtract_flags!("adds", 1, 3, "cmn"), &add_or_subtract_flags!("subs", 3, 1, "cmp")];

pub(super) const LOGIC: [&[Group]; 3] = [
    &logic!("and", "bic", 0, "=RPd Rn logical"),
    &logic!("orr", "orn", 1, "=RPd Rn logical"),
    &logic!("eor", "eon", 2, "=RPd Rn logical"),
];

#[rustfmt::skip]
pub(super) const BITS: &[Group] = &[
    g("ands", &[fs("wx", "=Rd Rn Rm", 0x6a00_0000).alias(), fs("wx", "=Rd Rn logical", 0x7200_0000), fs("wx", "=Rd Rn Rm rotshift", 0x6a00_0000)]).writes(FLAGS),
    g("bics", &[fs("wx", "=Rd Rn Rm", 0x6a20_0000).alias(), fs("wx", "=Rd Rn Rm rotshift", 0x6a20_0000)]).writes(FLAGS),
    // GNU as also takes `bic` with an immediate, which it inverts.
    g("bic", &[fs("wx", "=RPd Rn lognot", 0x1200_0000).alias()]),
    g("tst", &[fs("wx", "Rn Rm", 0x6a00_001f).alias(), fs("wx", "Rn logical", 0x7200_001f).alias(), fs("wx", "Rn Rm rotshift", 0x6a00_001f).alias()]).writes(FLAGS),
    g("mvn", &[fs("wx", "=Rd Rm", 0x2a20_03e0).alias(), fs("wx", "=Rd Rm rotshift", 0x2a20_03e0).alias()]),
    g("lsl", &[fs("wx", "=Rd Rn Rm", 0x1ac0_2000).alias(), f("=Wd Wn lslf", 0x5300_0000).alias(), f("=Xd Xn lslf", 0xd340_0000).alias()]),
    g("lsr", &[fs("wx", "=Rd Rn Rm", 0x1ac0_2400).alias(), f("=Wd Wn immr", 0x5300_7c00).alias(), f("=Xd Xn immr", 0xd340_fc00).alias()]),
    g("asr", &[fs("wx", "=Rd Rn Rm", 0x1ac0_2800).alias(), f("=Wd Wn immr", 0x1300_7c00).alias(), f("=Xd Xn immr", 0x9340_fc00).alias()]),
    g("ror", &[fs("wx", "=Rd Rn Rm", 0x1ac0_2c00).alias(), fs("wy", "=Rd Re imms", 0x1380_0000).alias()]),
    g("lslv", &[fs("wx", "=Rd Rn Rm", 0x1ac0_2000)]), g("lsrv", &[fs("wx", "=Rd Rn Rm", 0x1ac0_2400)]),
    g("asrv", &[fs("wx", "=Rd Rn Rm", 0x1ac0_2800)]), g("rorv", &[fs("wx", "=Rd Rn Rm", 0x1ac0_2c00)]),
    g("sbfm", &[fs("wy", "=Rd Rn immr imms", 0x1300_0000)]), g("bfm", &[fs("wy", "+Rd Rn immr imms", 0x3300_0000)]), g("ubfm", &[fs("wy", "=Rd Rn immr imms", 0x5300_0000)]),
    g("extr", &[fs("wy", "=Rd Rn Rm imms", 0x1380_0000)]),
    g("sbfx", &[fs("wy", "=Rd Rn immr extwidth", 0x1300_0000).alias()]), g("ubfx", &[fs("wy", "=Rd Rn immr extwidth", 0x5300_0000).alias()]), g("bfxil", &[fs("wy", "+Rd Rn immr extwidth", 0x3300_0000).alias()]),
    g("sbfiz", &[fs("wy", "=Rd Rn insat inswidth", 0x1300_0000).alias()]), g("ubfiz", &[fs("wy", "=Rd Rn insat inswidth", 0x5300_0000).alias()]), g("bfi", &[fs("wy", "+Rd Rn insat inswidth", 0x3300_0000).alias()]),
    g("bfc", &[fs("wy", "+Rd insat inswidth", 0x3300_03e0).alias()]),
    g("sxtb", &[f("=Wd Wn", 0x1300_1c00).alias(), f("=Xd Wn", 0x9340_1c00).alias()]),
    g("sxth", &[f("=Wd Wn", 0x1300_3c00).alias(), f("=Xd Wn", 0x9340_3c00).alias()]),
    g("sxtw", &[f("=Xd Wn", 0x9340_7c00).alias()]),
    g("uxtb", &[f("=Wd Wn", 0x5300_1c00).alias(), f("=Xd Wn", 0x5300_1c00).alias()]), g("uxth", &[f("=Wd Wn", 0x5300_3c00).alias(), f("=Xd Wn", 0x5300_3c00).alias()]),
    g("uxtw", &[f("=Xd Wm", 0x2a00_03e0).alias(), f("=Wd Wm", 0x2a00_03e0).alias()]),
    g("rbit", &[fs("wx", "=Rd Rn", 0x5ac0_0000)]), g("rev16", &[fs("wx", "=Rd Rn", 0x5ac0_0400)]), g("rev32", &[f("=Xd Xn", 0xdac0_0800)]),
    g("rev", &[f("=Wd Wn", 0x5ac0_0800), f("=Xd Xn", 0xdac0_0c00)]), g("rev64", &[f("=Xd Xn", 0xdac0_0c00).alias()]),
    g("clz", &[fs("wx", "=Rd Rn", 0x5ac0_1000)]), g("cls", &[fs("wx", "=Rd Rn", 0x5ac0_1400)]),
];

#[rustfmt::skip]
pub(super) const MOVES: &[Group] = &[
    g("mov", &[
        fs("wx", "=Rd Rm", 0x2a00_03e0).alias(), fs("wx", "=RPd RPn", 0x1100_0000).alias(),
        fs("wx", "=Rd zeros", 0x5280_0000).alias(), fs("wx", "=Rd ones", 0x1280_0000).alias(), fs("wx", "=RPd logical", 0x3200_03e0).alias(),
    ]),
    g("movn", &[fs("wx", "=Rd imm16", 0x1280_0000).alias(), fs("wx", "=Rd imm16 lsl16", 0x1280_0000)]),
    g("movz", &[fs("wx", "=Rd imm16", 0x5280_0000).alias(), fs("wx", "=Rd imm16 lsl16", 0x5280_0000)]),
    g("movk", &[fs("wx", "+Rd imm16", 0x7280_0000).alias(), fs("wx", "+Rd imm16 lsl16", 0x7280_0000)]),
    g("csel", &[fs("wx", "=Rd Rn Rm cond", 0x1a80_0000)]).reads(FLAGS), g("csinc", &[fs("wx", "=Rd Rn Rm cond", 0x1a80_0400)]).reads(FLAGS),
    g("csinv", &[fs("wx", "=Rd Rn Rm cond", 0x5a80_0000)]).reads(FLAGS), g("csneg", &[fs("wx", "=Rd Rn Rm cond", 0x5a80_0400)]).reads(FLAGS),
    g("cset", &[fs("wx", "=Rd condinv", 0x1a9f_07e0).alias()]).reads(FLAGS), g("csetm", &[fs("wx", "=Rd condinv", 0x5a9f_03e0).alias()]).reads(FLAGS),
    g("cinc", &[fs("wx", "=Rd Re condinv", 0x1a80_0400).alias()]).reads(FLAGS), g("cinv", &[fs("wx", "=Rd Re condinv", 0x5a80_0000).alias()]).reads(FLAGS),
    g("cneg", &[fs("wx", "=Rd Re condinv", 0x5a80_0400).alias()]).reads(FLAGS),
    g("ccmn", &[fs("wx", "Rn Rm nzcv cond", 0x3a40_0000), fs("wx", "Rn imm5 nzcv cond", 0x3a40_0800)]).reads(FLAGS).writes(FLAGS),
    g("ccmp", &[fs("wx", "Rn Rm nzcv cond", 0x7a40_0000), fs("wx", "Rn imm5 nzcv cond", 0x7a40_0800)]).reads(FLAGS).writes(FLAGS),
    g("setf8", &[f("Wn", 0x3a00_080d)]).writes(FLAGS), g("setf16", &[f("Wn", 0x3a00_480d)]).writes(FLAGS),
    g("rmif", &[f("Xn uimm6 nzcv", 0xba00_0400)]).writes(FLAGS), g("cfinv", &[f("", 0xd500_401f)]).reads(FLAGS).writes(FLAGS),
];

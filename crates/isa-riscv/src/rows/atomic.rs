//! The A extension: each operation in four orderings of two sizes.
//!
//! Source: RISC-V Unprivileged ISA, "A" extension; bit 26 is acquire, bit 25 release.

use super::i;
use lathe_isa::RowFlags as F;
use lathe_isa::word::Group;
use lathe_isa::word::template::g;

const fn atomic(name: &'static str, forms: &'static [lathe_isa::word::Form]) -> Group {
    g(name, forms).flags(F::MAY_LOAD.or(F::MAY_STORE))
}

macro_rules! atomics {
    ($($name:literal $operands:literal $base:literal;)*) => {
        &[$(
            atomic($name, &[i($operands, $base)]),
            atomic(concat!($name, ".aq"), &[i($operands, $base | 2 << 25)]),
            atomic(concat!($name, ".rl"), &[i($operands, $base | 1 << 25)]),
            atomic(concat!($name, ".aqrl"), &[i($operands, $base | 3 << 25)]),
        )*]
    };
}

pub(super) const GROUPS: &[Group] = atomics! {
    "lr.w" "=Xd a32" 0x1000_202f;
    "sc.w" "=Xd Xt =a32" 0x1800_202f;
    "amoswap.w" "=Xd Xt +a32" 0x0800_202f;
    "amoadd.w" "=Xd Xt +a32" 0x0000_202f;
    "amoxor.w" "=Xd Xt +a32" 0x2000_202f;
    "amoand.w" "=Xd Xt +a32" 0x6000_202f;
    "amoor.w" "=Xd Xt +a32" 0x4000_202f;
    "amomin.w" "=Xd Xt +a32" 0x8000_202f;
    "amomax.w" "=Xd Xt +a32" 0xa000_202f;
    "amominu.w" "=Xd Xt +a32" 0xc000_202f;
    "amomaxu.w" "=Xd Xt +a32" 0xe000_202f;
    "lr.d" "=Xd a64" 0x1000_302f;
    "sc.d" "=Xd Xt =a64" 0x1800_302f;
    "amoswap.d" "=Xd Xt +a64" 0x0800_302f;
    "amoadd.d" "=Xd Xt +a64" 0x0000_302f;
    "amoxor.d" "=Xd Xt +a64" 0x2000_302f;
    "amoand.d" "=Xd Xt +a64" 0x6000_302f;
    "amoor.d" "=Xd Xt +a64" 0x4000_302f;
    "amomin.d" "=Xd Xt +a64" 0x8000_302f;
    "amomax.d" "=Xd Xt +a64" 0xa000_302f;
    "amominu.d" "=Xd Xt +a64" 0xc000_302f;
    "amomaxu.d" "=Xd Xt +a64" 0xe000_302f;
};

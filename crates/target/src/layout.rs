//! Sizes and alignments of scalars, by target.
//!
//! Sources: System V ABI i386 2.1.1, System V ABI x86-64 3.1.2, AAPCS64 5.1, RISC-V psABI "C type
//! details".

use crate::triple::Arch;

/// Size and alignment of a scalar in memory, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ScalarLayout {
    /// Size as an array element.
    pub size: u32,
    /// Alignment in a structure.
    pub align: u32,
}

/// The format of C's `long double`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LongDouble {
    /// x87 extended, 80 bits in 12 or 16 bytes.
    X87,
    /// IEEE binary128.
    Binary128,
}

/// Memory layout of scalars.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DataLayout {
    /// Addresses.
    pub pointer: ScalarLayout,
    /// 64-bit integers.
    pub i64: ScalarLayout,
    /// 128-bit integers.
    pub i128: ScalarLayout,
    /// `double`.
    pub f64: ScalarLayout,
    /// x87 extended.
    pub f80: ScalarLayout,
    /// IEEE binary128.
    pub f128: ScalarLayout,
    /// Format of `long double`.
    pub long_double: LongDouble,
    /// Whether plain `char` is signed.
    pub char_is_signed: bool,
    /// Alignment of the stack at a call, in bytes.
    pub stack_align: u32,
    /// The widest alignment that `__attribute__((aligned))` without a number gives.
    pub max_align: u32,
}

const fn scalar(size: u32, align: u32) -> ScalarLayout {
    ScalarLayout { size, align }
}

impl DataLayout {
    /// The layout that an architecture's Linux ABI gives.
    pub const fn of(arch: Arch) -> DataLayout {
        let wide = DataLayout {
            pointer: scalar(8, 8),
            i64: scalar(8, 8),
            i128: scalar(16, 16),
            f64: scalar(8, 8),
            f80: scalar(16, 16),
            f128: scalar(16, 16),
            long_double: LongDouble::Binary128,
            char_is_signed: false,
            stack_align: 16,
            max_align: 16,
        };
        match arch {
            Arch::X86_64 => DataLayout { long_double: LongDouble::X87, char_is_signed: true, ..wide },
            Arch::X86 => DataLayout {
                pointer: scalar(4, 4),
                i64: scalar(8, 4),
                f64: scalar(8, 4),
                f80: scalar(12, 4),
                long_double: LongDouble::X87,
                char_is_signed: true,
                ..wide
            },
            Arch::AArch64 | Arch::RiscV64 => wide,
        }
    }
}

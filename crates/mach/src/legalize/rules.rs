//! What a target says about types.

use lathe_ir::Type;

/// Which types a target has registers and instructions for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LegalizeRules {
    /// Width in bits of the widest integer register: 64 or 32.
    pub widest_integer: u32,
    /// Whether `f128` arithmetic is done by instructions; else by libgcc. The values stay `f128`
    /// either way.
    pub has_f128: bool,
    /// Whether C's `long double` is `f128`, so that libm's functions for it end in `l`; else those
    /// for `f128` end in `f128`.
    pub long_double_is_f128: bool,
    /// Whether values of `f128` become integers of 128 bits, because the target keeps and passes them in
    /// integer registers.
    pub f128_in_integers: bool,
    /// Whether there are vector registers at all; else vectors become integers of the same size, and those
    /// wider than 16 bytes live in memory.
    pub has_vectors: bool,
}

impl LegalizeRules {
    /// x86-64: `long double` is the x87 format.
    pub const X86_64: LegalizeRules = LegalizeRules {
        widest_integer: 64,
        has_f128: false,
        long_double_is_f128: false,
        f128_in_integers: false,
        has_vectors: true,
    };
    /// i686.
    pub const I686: LegalizeRules = LegalizeRules { widest_integer: 32, ..LegalizeRules::X86_64 };

    /// The rules of a target that has only integer registers of this many bytes and `f128` in
    /// libgcc.
    pub const fn of_word(bytes: u8) -> LegalizeRules {
        LegalizeRules { widest_integer: bytes as u32 * 8, ..LegalizeRules::X86_64 }
    }

    /// The lane types that need work: a bit per scalar type number ([`Type::bits`] modulo 16).
    pub(super) const fn illegal_lanes(&self) -> u16 {
        let mut set = bit(Type::I128);
        if self.widest_integer < 64 {
            set |= bit(Type::I64);
        }
        if !self.has_f128 {
            set |= bit(Type::F128);
        }
        set
    }
}

/// The bit of a lane type.
pub(super) const fn bit(ty: Type) -> u16 {
    1 << (ty.bits() & 15)
}

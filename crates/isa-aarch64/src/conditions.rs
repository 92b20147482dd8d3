//! Conditions, and the codes of shifts and extensions.

/// A condition (Arm ARM C1.2.4); the discriminant is the code of `b.cond` and `csel`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Cond {
    /// Equal.
    EQ,
    /// Not equal.
    NE,
    /// Carry set: unsigned higher or same.
    CS,
    /// Carry clear: unsigned lower.
    CC,
    /// Minus.
    MI,
    /// Plus or zero.
    PL,
    /// Overflow (float: unordered).
    VS,
    /// No overflow (float: ordered).
    VC,
    /// Unsigned higher.
    HI,
    /// Unsigned lower or same.
    LS,
    /// Signed greater or equal.
    GE,
    /// Signed less.
    LT,
    /// Signed greater.
    GT,
    /// Signed less or equal.
    LE,
    /// Always.
    AL,
}

impl Cond {
    /// All, by code.
    pub const ALL: [Cond; 15] = {
        use Cond::{AL, CC, CS, EQ, GE, GT, HI, LE, LS, LT, MI, NE, PL, VC, VS};
        [EQ, NE, CS, CC, MI, PL, VS, VC, HI, LS, GE, LT, GT, LE, AL]
    };

    /// The condition that holds when this one does not (`AL` has none and stays).
    #[must_use]
    pub const fn inverted(self) -> Cond {
        match self {
            Cond::AL => Cond::AL,
            other => Cond::ALL[other as usize ^ 1],
        }
    }

    /// The condition that holds for `b ? a` when this one holds for `a ? b` (of `cmp` or `fcmp` of numbers).
    #[must_use]
    pub const fn swapped(self) -> Cond {
        match self {
            Cond::CS => Cond::LS,
            Cond::LS => Cond::CS,
            Cond::CC => Cond::HI,
            Cond::HI => Cond::CC,
            Cond::GE => Cond::LE,
            Cond::LE => Cond::GE,
            Cond::LT => Cond::GT,
            Cond::GT => Cond::LT,
            Cond::MI => Cond::GT,
            other => other,
        }
    }

    /// As operand.
    pub const fn operand(self) -> lathe_isa::Operand {
        lathe_isa::Operand::Cond(self as u8)
    }
}

/// Names by code; the last two mean "always".
pub const NAMES: [&str; 16] =
    ["eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "al", "nv"];

/// The code of a condition's name (lower case).
pub fn code_of(name: &[u8]) -> Option<u8> {
    match name {
        b"hs" => Some(2),
        b"lo" => Some(3),
        _ => NAMES.iter().position(|known| known.as_bytes() == name).map(|code| code as u8),
    }
}

/// Shift left: `kind` of [`lathe_isa::Operand::Shift`].
pub const LSL: u8 = 0;
/// Shift right with zeros.
pub const LSR: u8 = 1;
/// Shift right with the sign.
pub const ASR: u8 = 2;
/// Rotate right.
pub const ROR: u8 = 3;
/// Shift left with ones (`movi`, `mvni`).
pub const MSL: u8 = 4;
/// Zero-extend a byte.
pub const UXTB: u8 = 8;
/// Zero-extend a halfword.
pub const UXTH: u8 = 9;
/// Zero-extend a word.
pub const UXTW: u8 = 10;
/// A doubleword as it is.
pub const UXTX: u8 = 11;
/// Sign-extend a byte.
pub const SXTB: u8 = 12;
/// Sign-extend a halfword.
pub const SXTH: u8 = 13;
/// Sign-extend a word.
pub const SXTW: u8 = 14;
/// A doubleword as it is.
pub const SXTX: u8 = 15;

/// Names by code.
pub const SHIFT_NAMES: [&str; 16] = [
    "lsl", "lsr", "asr", "ror", "msl", "", "", "", "uxtb", "uxth", "uxtw", "uxtx", "sxtb", "sxth", "sxtw",
    "sxtx",
];

/// The code of a shift's or extension's name (lower case).
pub fn shift_code_of(name: &[u8]) -> Option<u8> {
    let found = SHIFT_NAMES.iter().position(|known| !known.is_empty() && known.as_bytes() == name);
    found.map(|code| code as u8)
}

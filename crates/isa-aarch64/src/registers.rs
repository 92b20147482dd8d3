//! Registers of AArch64, their views, and register sets.
//!
//! [`PhysReg`] numbers: 0-30 `x0`-`x30`, 31 the stack pointer, 32-63 `v0`-`v31`, 64 the zero register, then
//! the ones that no operand names. The stack pointer and the zero register share the field value 31; which
//! of the two an instruction means is the row's to say.
//!
//! A view is how a register is written. Integer registers have two (`w0`, `x0`). A vector register is written as
//! a scalar (`b0 h0 s0 d0 q0`), with an arrangement (`v0.4s`), as one lane (`v0.s[1]`), or as a list of one to
//! four consecutive registers (`{v0.4s, v1.4s}`, `{v0.s, v1.s}[1]`): all numbers below 256.
//!
//! DWARF numbers: DWARF for the Arm 64-bit Architecture (AADWARF64) section 4.1.

use lathe_isa::{PhysReg, Reg, RegClass, RegSet, RegisterInfo, RegisterTable};

/// `w0`: the low 32 bits; writing it zeroes the rest.
pub const VIEW_W: u8 = 0;
/// `x0`.
pub const VIEW_X: u8 = 1;
/// `b0`.
pub const VIEW_B: u8 = 0;
/// `h0`.
pub const VIEW_H: u8 = 1;
/// `s0`.
pub const VIEW_S: u8 = 2;
/// `d0`.
pub const VIEW_D: u8 = 3;
/// `q0`.
pub const VIEW_Q: u8 = 4;
/// `v0.8b`; the other arrangements follow.
pub const VIEW_8B: u8 = 5;
/// `v0.16b`.
pub const VIEW_16B: u8 = 6;
/// `v0.4h`.
pub const VIEW_4H: u8 = 7;
/// `v0.8h`.
pub const VIEW_8H: u8 = 8;
/// `v0.2s`.
pub const VIEW_2S: u8 = 9;
/// `v0.4s`.
pub const VIEW_4S: u8 = 10;
/// `v0.1d`.
pub const VIEW_1D: u8 = 11;
/// `v0.2d`.
pub const VIEW_2D: u8 = 12;
/// `v0.1q`.
pub const VIEW_1Q: u8 = 13;
/// `v0.2h`.
pub const VIEW_2H: u8 = 14;
/// `v0.4b`.
pub const VIEW_4B: u8 = 15;
/// First of the lane views: 16 of bytes, 8 of halfwords, 4 of words, 2 of doublewords, 4 of `.4b`.
pub const VIEW_LANES: u8 = 16;
/// One past the last lane view.
pub const VIEW_LANES_END: u8 = VIEW_LANES + 34;
/// First of the list views with arrangements: for each length (1 to 4), the eight from `8b` to `2d`.
pub const VIEW_LISTS: u8 = VIEW_LANES_END;
/// First of the list views with a lane: for each length (1 to 4), thirty lanes.
pub const VIEW_LANE_LISTS: u8 = VIEW_LISTS + 4 * 8;
/// One past the last view.
pub const VIEW_END: u8 = VIEW_LANE_LISTS + 4 * 30;

/// The size of a vector element.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Lane {
    /// 8 bits.
    B,
    /// 16 bits.
    H,
    /// 32 bits.
    S,
    /// 64 bits.
    D,
    /// Four bytes (dot products by element).
    FourB,
}

impl Lane {
    /// All, in the order of their views.
    pub const ALL: [Lane; 5] = [Lane::B, Lane::H, Lane::S, Lane::D, Lane::FourB];

    /// How many there are in a register.
    pub const fn count(self) -> u8 {
        match self {
            Lane::B => 16,
            Lane::H => 8,
            Lane::S | Lane::FourB => 4,
            Lane::D => 2,
        }
    }

    /// View of the first.
    const fn first_view(self) -> u8 {
        VIEW_LANES
            + match self {
                Lane::B => 0,
                Lane::H => 16,
                Lane::S => 24,
                Lane::D => 28,
                Lane::FourB => 30,
            }
    }

    /// As written.
    pub const fn name(self) -> &'static str {
        match self {
            Lane::B => "b",
            Lane::H => "h",
            Lane::S => "s",
            Lane::D => "d",
            Lane::FourB => "4b",
        }
    }
}

/// The view of a lane (`index` below [`Lane::count`]): `v0.s[1]`.
pub const fn lane_view(lane: Lane, index: u8) -> u8 {
    lane.first_view() + index
}

/// What a lane view means.
pub const fn lane_of(view: u8) -> Option<(Lane, u8)> {
    let mut i = 0;
    while i < Lane::ALL.len() {
        let lane = Lane::ALL[i];
        let first = lane.first_view();
        if view >= first && view < first + lane.count() {
            return Some((lane, view - first));
        }
        i += 1;
    }
    None
}

/// What a list view means: how many registers (1 to 4), and the view of each.
pub const fn list_of(view: u8) -> Option<(u8, u8)> {
    if view >= VIEW_LISTS && view < VIEW_LANE_LISTS {
        let index = view - VIEW_LISTS;
        return Some((index / 8 + 1, VIEW_8B + index % 8));
    }
    if view >= VIEW_LANE_LISTS && view < VIEW_END {
        let index = view - VIEW_LANE_LISTS;
        return Some((index / 30 + 1, VIEW_LANES + index % 30));
    }
    None
}

/// The view of a list of `count` (1 to 4) registers that are each seen through `view` (an arrangement of 64 or
/// 128 bits, or a lane of one element), if there are such lists.
pub const fn list_view(count: u8, view: u8) -> Option<u8> {
    if count == 0 || count > 4 {
        return None;
    }
    if view >= VIEW_8B && view <= VIEW_2D {
        return Some(VIEW_LISTS + (count - 1) * 8 + (view - VIEW_8B));
    }
    if view >= VIEW_LANES && view < VIEW_LANES + 30 {
        return Some(VIEW_LANE_LISTS + (count - 1) * 30 + (view - VIEW_LANES));
    }
    None
}

/// The arrangements as written, from [`VIEW_8B`].
pub const ARRANGEMENTS: [&str; 11] = ["8b", "16b", "4h", "8h", "2s", "4s", "1d", "2d", "1q", "2h", "4b"];

/// `x0`; the others follow.
pub const X0: PhysReg = PhysReg(0);
/// First argument of indirect results.
pub const X8: PhysReg = PhysReg(8);
/// First register that linkers and veneers may change (IP0).
pub const X16: PhysReg = PhysReg(16);
/// Second such register (IP1).
pub const X17: PhysReg = PhysReg(17);
/// Platform register.
pub const X18: PhysReg = PhysReg(18);
/// Frame pointer.
pub const FP: PhysReg = PhysReg(29);
/// Link register.
pub const LR: PhysReg = PhysReg(30);
/// Stack pointer.
pub const SP: PhysReg = PhysReg(31);
/// `v0`; the others follow.
pub const V0: PhysReg = PhysReg(32);
/// Zero register.
pub const XZR: PhysReg = PhysReg(64);
/// Condition flags.
pub const NZCV: PhysReg = PhysReg(65);
/// Floating-point control.
pub const FPCR: PhysReg = PhysReg(66);
/// Floating-point status.
pub const FPSR: PhysReg = PhysReg(67);
/// Program counter.
pub const PC: PhysReg = PhysReg(68);

/// `x<n>`, 0 to 30.
pub const fn x(n: u8) -> PhysReg {
    PhysReg(n)
}

/// `v<n>`, 0 to 31.
pub const fn v(n: u8) -> PhysReg {
    PhysReg(V0.0 + n)
}

/// A register's low 32 bits.
pub const fn reg_w(reg: PhysReg) -> Reg {
    Reg::new(reg, VIEW_W)
}

/// A register's 64 bits.
pub const fn reg_x(reg: PhysReg) -> Reg {
    Reg::new(reg, VIEW_X)
}

/// The set of some registers.
pub const fn set(registers: &[PhysReg]) -> RegSet {
    let mut set = RegSet::NONE;
    let mut i = 0;
    while i < registers.len() {
        set = set.with(registers[i]);
        i += 1;
    }
    set
}

const fn int(names: [&'static str; 2], encoding: u8, dwarf: u16) -> RegisterInfo {
    let names = [names[0], names[1], "", "", ""];
    RegisterInfo { names, class: RegClass::Int, encoding, dwarf: Some(dwarf) }
}

const fn vector(names: [&'static str; 5], encoding: u8) -> RegisterInfo {
    RegisterInfo { names, class: RegClass::Vector, encoding, dwarf: Some(64 + encoding as u16) }
}

const fn system(name: &'static str, class: RegClass) -> RegisterInfo {
    RegisterInfo { names: [name, "", "", "", ""], class, encoding: 0, dwarf: None }
}

#[rustfmt::skip]
static REGISTERS: [RegisterInfo; 69] = {
    use RegClass::{Flags, Int, Pc, System};
    [
        int(["w0", "x0"], 0, 0),
        int(["w1", "x1"], 1, 1),
        int(["w2", "x2"], 2, 2),
        int(["w3", "x3"], 3, 3),
        int(["w4", "x4"], 4, 4),
        int(["w5", "x5"], 5, 5),
        int(["w6", "x6"], 6, 6),
        int(["w7", "x7"], 7, 7),
        int(["w8", "x8"], 8, 8),
        int(["w9", "x9"], 9, 9),
        int(["w10", "x10"], 10, 10),
        int(["w11", "x11"], 11, 11),
        int(["w12", "x12"], 12, 12),
        int(["w13", "x13"], 13, 13),
        int(["w14", "x14"], 14, 14),
        int(["w15", "x15"], 15, 15),
        int(["w16", "x16"], 16, 16),
        int(["w17", "x17"], 17, 17),
        int(["w18", "x18"], 18, 18),
        int(["w19", "x19"], 19, 19),
        int(["w20", "x20"], 20, 20),
        int(["w21", "x21"], 21, 21),
        int(["w22", "x22"], 22, 22),
        int(["w23", "x23"], 23, 23),
        int(["w24", "x24"], 24, 24),
        int(["w25", "x25"], 25, 25),
        int(["w26", "x26"], 26, 26),
        int(["w27", "x27"], 27, 27),
        int(["w28", "x28"], 28, 28),
        int(["w29", "x29"], 29, 29),
        int(["w30", "x30"], 30, 30),
        int(["wsp", "sp"], 31, 31),
        vector(["b0", "h0", "s0", "d0", "q0"], 0),
        vector(["b1", "h1", "s1", "d1", "q1"], 1),
        vector(["b2", "h2", "s2", "d2", "q2"], 2),
        vector(["b3", "h3", "s3", "d3", "q3"], 3),
        vector(["b4", "h4", "s4", "d4", "q4"], 4),
        vector(["b5", "h5", "s5", "d5", "q5"], 5),
        vector(["b6", "h6", "s6", "d6", "q6"], 6),
        vector(["b7", "h7", "s7", "d7", "q7"], 7),
        vector(["b8", "h8", "s8", "d8", "q8"], 8),
        vector(["b9", "h9", "s9", "d9", "q9"], 9),
        vector(["b10", "h10", "s10", "d10", "q10"], 10),
        vector(["b11", "h11", "s11", "d11", "q11"], 11),
        vector(["b12", "h12", "s12", "d12", "q12"], 12),
        vector(["b13", "h13", "s13", "d13", "q13"], 13),
        vector(["b14", "h14", "s14", "d14", "q14"], 14),
        vector(["b15", "h15", "s15", "d15", "q15"], 15),
        vector(["b16", "h16", "s16", "d16", "q16"], 16),
        vector(["b17", "h17", "s17", "d17", "q17"], 17),
        vector(["b18", "h18", "s18", "d18", "q18"], 18),
        vector(["b19", "h19", "s19", "d19", "q19"], 19),
        vector(["b20", "h20", "s20", "d20", "q20"], 20),
        vector(["b21", "h21", "s21", "d21", "q21"], 21),
        vector(["b22", "h22", "s22", "d22", "q22"], 22),
        vector(["b23", "h23", "s23", "d23", "q23"], 23),
        vector(["b24", "h24", "s24", "d24", "q24"], 24),
        vector(["b25", "h25", "s25", "d25", "q25"], 25),
        vector(["b26", "h26", "s26", "d26", "q26"], 26),
        vector(["b27", "h27", "s27", "d27", "q27"], 27),
        vector(["b28", "h28", "s28", "d28", "q28"], 28),
        vector(["b29", "h29", "s29", "d29", "q29"], 29),
        vector(["b30", "h30", "s30", "d30", "q30"], 30),
        vector(["b31", "h31", "s31", "d31", "q31"], 31),
        RegisterInfo { names: ["wzr", "xzr", "", "", ""], class: Int, encoding: 31, dwarf: None },
        system("nzcv", Flags), system("fpcr", System), system("fpsr", System), system("pc", Pc),
    ]
};

/// The registers.
pub static TABLE: RegisterTable =
    RegisterTable { registers: &REGISTERS, dwarf_return_address: 30, stack_pointer: SP };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_round_trip() {
        for lane in Lane::ALL {
            for index in 0..lane.count() {
                assert_eq!(lane_of(lane_view(lane, index)), Some((lane, index)));
            }
        }
        for view in 0..=u8::MAX {
            if let Some((count, of)) = list_of(view) {
                assert_eq!(list_view(count, of), Some(view));
            }
        }
        assert_eq!(lane_of(VIEW_LANES_END), None);
    }

    #[test]
    fn numbers() {
        assert_eq!(TABLE.name(reg_x(LR)), "x30");
        assert_eq!(TABLE.name(reg_w(XZR)), "wzr");
        assert_eq!(TABLE.info(v(7)).dwarf, Some(71));
        assert_eq!(TABLE.info(NZCV).class, RegClass::Flags);
        assert_eq!(TABLE.info(PC).names[0], "pc");
    }
}

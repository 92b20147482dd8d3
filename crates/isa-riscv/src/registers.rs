//! Registers of RISC-V 64.
//!
//! [`PhysReg`] numbers: 0-31 the integer registers `x0`-`x31`, 32-63 the float registers `f0`-`f31`, then `pc` and the float
//! control register, which no operand names. Integer registers have one view; float registers are seen as half, single or
//! double, which is written alike.
//! Names and DWARF numbers: RISC-V ELF psABI 1.0, "Register Convention" and "DWARF Register Numbers".

use lathe_isa::{PhysReg, Reg, RegClass, RegSet, RegisterInfo, RegisterTable};

/// The only view of an integer register.
pub const VIEW_X: u8 = 0;
/// A float register as `float`.
pub const VIEW_S: u8 = 0;
/// A float register as `double`.
pub const VIEW_D: u8 = 1;
/// A float register as `_Float16`.
pub const VIEW_H: u8 = 2;

/// `x0`.
pub const ZERO: PhysReg = PhysReg(0);
/// `x1`.
pub const RA: PhysReg = PhysReg(1);
/// `x2`.
pub const SP: PhysReg = PhysReg(2);
/// `x3`.
pub const GP: PhysReg = PhysReg(3);
/// `x4`.
pub const TP: PhysReg = PhysReg(4);
/// `x5`.
pub const T0: PhysReg = PhysReg(5);
/// `x6`.
pub const T1: PhysReg = PhysReg(6);
/// `x7`.
pub const T2: PhysReg = PhysReg(7);
/// `x8`.
pub const S0: PhysReg = PhysReg(8);
/// `x9`.
pub const S1: PhysReg = PhysReg(9);
/// `x10`.
pub const A0: PhysReg = PhysReg(10);
/// `x11`.
pub const A1: PhysReg = PhysReg(11);
/// `x12`.
pub const A2: PhysReg = PhysReg(12);
/// `x13`.
pub const A3: PhysReg = PhysReg(13);
/// `x14`.
pub const A4: PhysReg = PhysReg(14);
/// `x15`.
pub const A5: PhysReg = PhysReg(15);
/// `x16`.
pub const A6: PhysReg = PhysReg(16);
/// `x17`.
pub const A7: PhysReg = PhysReg(17);
/// `x18`.
pub const S2: PhysReg = PhysReg(18);
/// `x19`.
pub const S3: PhysReg = PhysReg(19);
/// `x20`.
pub const S4: PhysReg = PhysReg(20);
/// `x21`.
pub const S5: PhysReg = PhysReg(21);
/// `x22`.
pub const S6: PhysReg = PhysReg(22);
/// `x23`.
pub const S7: PhysReg = PhysReg(23);
/// `x24`.
pub const S8: PhysReg = PhysReg(24);
/// `x25`.
pub const S9: PhysReg = PhysReg(25);
/// `x26`.
pub const S10: PhysReg = PhysReg(26);
/// `x27`.
pub const S11: PhysReg = PhysReg(27);
/// `x28`.
pub const T3: PhysReg = PhysReg(28);
/// `x29`.
pub const T4: PhysReg = PhysReg(29);
/// `x30`.
pub const T5: PhysReg = PhysReg(30);
/// `x31`.
pub const T6: PhysReg = PhysReg(31);
/// `f0`.
pub const FT0: PhysReg = PhysReg(32);
/// `f1`.
pub const FT1: PhysReg = PhysReg(33);
/// `f2`.
pub const FT2: PhysReg = PhysReg(34);
/// `f3`.
pub const FT3: PhysReg = PhysReg(35);
/// `f4`.
pub const FT4: PhysReg = PhysReg(36);
/// `f5`.
pub const FT5: PhysReg = PhysReg(37);
/// `f6`.
pub const FT6: PhysReg = PhysReg(38);
/// `f7`.
pub const FT7: PhysReg = PhysReg(39);
/// `f8`.
pub const FS0: PhysReg = PhysReg(40);
/// `f9`.
pub const FS1: PhysReg = PhysReg(41);
/// `f10`.
pub const FA0: PhysReg = PhysReg(42);
/// `f11`.
pub const FA1: PhysReg = PhysReg(43);
/// `f12`.
pub const FA2: PhysReg = PhysReg(44);
/// `f13`.
pub const FA3: PhysReg = PhysReg(45);
/// `f14`.
pub const FA4: PhysReg = PhysReg(46);
/// `f15`.
pub const FA5: PhysReg = PhysReg(47);
/// `f16`.
pub const FA6: PhysReg = PhysReg(48);
/// `f17`.
pub const FA7: PhysReg = PhysReg(49);
/// `f18`.
pub const FS2: PhysReg = PhysReg(50);
/// `f19`.
pub const FS3: PhysReg = PhysReg(51);
/// `f20`.
pub const FS4: PhysReg = PhysReg(52);
/// `f21`.
pub const FS5: PhysReg = PhysReg(53);
/// `f22`.
pub const FS6: PhysReg = PhysReg(54);
/// `f23`.
pub const FS7: PhysReg = PhysReg(55);
/// `f24`.
pub const FS8: PhysReg = PhysReg(56);
/// `f25`.
pub const FS9: PhysReg = PhysReg(57);
/// `f26`.
pub const FS10: PhysReg = PhysReg(58);
/// `f27`.
pub const FS11: PhysReg = PhysReg(59);
/// `f28`.
pub const FT8: PhysReg = PhysReg(60);
/// `f29`.
pub const FT9: PhysReg = PhysReg(61);
/// `f30`.
pub const FT10: PhysReg = PhysReg(62);
/// `f31`.
pub const FT11: PhysReg = PhysReg(63);
/// Program counter.
pub const PC: PhysReg = PhysReg(64);
/// Float flags and rounding mode (`fcsr`).
pub const FCSR: PhysReg = PhysReg(65);

/// `x<n>`.
pub const fn x(n: u8) -> PhysReg {
    PhysReg(n)
}

/// `f<n>`.
pub const fn f(n: u8) -> PhysReg {
    PhysReg(FT0.0 + n)
}

/// An integer register as an operand register.
pub const fn reg_x(reg: PhysReg) -> Reg {
    Reg::new(reg, VIEW_X)
}

/// A float register as `float`.
pub const fn reg_s(reg: PhysReg) -> Reg {
    Reg::new(reg, VIEW_S)
}

/// A float register as `double`.
pub const fn reg_d(reg: PhysReg) -> Reg {
    Reg::new(reg, VIEW_D)
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

const fn integer(name: &'static str, encoding: u8) -> RegisterInfo {
    RegisterInfo {
        names: [name, "", "", "", ""],
        class: RegClass::Int,
        encoding,
        dwarf: Some(encoding as u16),
    }
}

const fn float(name: &'static str, encoding: u8) -> RegisterInfo {
    RegisterInfo {
        names: [name, name, name, "", ""],
        class: RegClass::Vector,
        encoding,
        dwarf: Some(32 + encoding as u16),
    }
}

const fn hidden(name: &'static str, class: RegClass) -> RegisterInfo {
    RegisterInfo { names: [name, "", "", "", ""], class, encoding: 0, dwarf: None }
}

static REGISTERS: [RegisterInfo; 66] = [
    integer("zero", 0),
    integer("ra", 1),
    integer("sp", 2),
    integer("gp", 3),
    integer("tp", 4),
    integer("t0", 5),
    integer("t1", 6),
    integer("t2", 7),
    integer("s0", 8),
    integer("s1", 9),
    integer("a0", 10),
    integer("a1", 11),
    integer("a2", 12),
    integer("a3", 13),
    integer("a4", 14),
    integer("a5", 15),
    integer("a6", 16),
    integer("a7", 17),
    integer("s2", 18),
    integer("s3", 19),
    integer("s4", 20),
    integer("s5", 21),
    integer("s6", 22),
    integer("s7", 23),
    integer("s8", 24),
    integer("s9", 25),
    integer("s10", 26),
    integer("s11", 27),
    integer("t3", 28),
    integer("t4", 29),
    integer("t5", 30),
    integer("t6", 31),
    float("ft0", 0),
    float("ft1", 1),
    float("ft2", 2),
    float("ft3", 3),
    float("ft4", 4),
    float("ft5", 5),
    float("ft6", 6),
    float("ft7", 7),
    float("fs0", 8),
    float("fs1", 9),
    float("fa0", 10),
    float("fa1", 11),
    float("fa2", 12),
    float("fa3", 13),
    float("fa4", 14),
    float("fa5", 15),
    float("fa6", 16),
    float("fa7", 17),
    float("fs2", 18),
    float("fs3", 19),
    float("fs4", 20),
    float("fs5", 21),
    float("fs6", 22),
    float("fs7", 23),
    float("fs8", 24),
    float("fs9", 25),
    float("fs10", 26),
    float("fs11", 27),
    float("ft8", 28),
    float("ft9", 29),
    float("ft10", 30),
    float("ft11", 31),
    hidden("pc", RegClass::Pc),
    hidden("fcsr", RegClass::System),
];

/// The registers.
pub static TABLE: RegisterTable =
    RegisterTable { registers: &REGISTERS, dwarf_return_address: 1, stack_pointer: SP };

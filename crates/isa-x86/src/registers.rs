//! Registers of i686 and x86-64.
//!
//! [`PhysReg`] numbers: 0-15 the general registers in encoding order, 16-47 `xmm0`-`xmm31`, then
//! the x87 stack, MMX, mask, segment, control, debug registers and the four that no operand names.
//! DWARF numbers: System V ABI x86-64 figure 3.36 and i386 table 2.14. `%rsp` and `%rip` differ between the
//! two, hence two tables.

use lathe_isa::{PhysReg, Reg, RegClass, RegSet, RegisterInfo, RegisterTable};

/// Low byte of a general register (`al`).
pub const VIEW_8: u8 = 0;
/// Second byte of the first four (`ah`).
pub const VIEW_8_HIGH: u8 = 1;
/// 16 bits (`ax`).
pub const VIEW_16: u8 = 2;
/// 32 bits (`eax`).
pub const VIEW_32: u8 = 3;
/// 64 bits (`rax`).
pub const VIEW_64: u8 = 4;
/// `xmm`, or the only view of a register of another class.
pub const VIEW_XMM: u8 = 0;
/// `ymm`.
pub const VIEW_YMM: u8 = 1;
/// `zmm`.
pub const VIEW_ZMM: u8 = 2;

/// `rax`.
pub const RAX: PhysReg = PhysReg(0);
/// `rcx`.
pub const RCX: PhysReg = PhysReg(1);
/// `rdx`.
pub const RDX: PhysReg = PhysReg(2);
/// `rbx`.
pub const RBX: PhysReg = PhysReg(3);
/// `rsp`.
pub const RSP: PhysReg = PhysReg(4);
/// `rbp`.
pub const RBP: PhysReg = PhysReg(5);
/// `rsi`.
pub const RSI: PhysReg = PhysReg(6);
/// `rdi`.
pub const RDI: PhysReg = PhysReg(7);
/// `r8`.
pub const R8: PhysReg = PhysReg(8);
/// `r9`.
pub const R9: PhysReg = PhysReg(9);
/// `r10`.
pub const R10: PhysReg = PhysReg(10);
/// `r11`.
pub const R11: PhysReg = PhysReg(11);
/// `r12`.
pub const R12: PhysReg = PhysReg(12);
/// `r13`.
pub const R13: PhysReg = PhysReg(13);
/// `r14`.
pub const R14: PhysReg = PhysReg(14);
/// `r15`.
pub const R15: PhysReg = PhysReg(15);
/// `xmm0`; the others follow.
pub const XMM0: PhysReg = PhysReg(16);
/// `st(0)`; the others follow.
pub const ST0: PhysReg = PhysReg(48);
/// `mm0`; the others follow.
pub const MM0: PhysReg = PhysReg(56);
/// `k0`; the others follow.
pub const K0: PhysReg = PhysReg(64);
/// `es`; `cs ss ds fs gs` follow.
pub const ES: PhysReg = PhysReg(72);
/// `cs`.
pub const CS: PhysReg = PhysReg(73);
/// `ss`.
pub const SS: PhysReg = PhysReg(74);
/// `ds`.
pub const DS: PhysReg = PhysReg(75);
/// `fs`.
pub const FS: PhysReg = PhysReg(76);
/// `gs`.
pub const GS: PhysReg = PhysReg(77);
/// `cr0`; the others follow.
pub const CR0: PhysReg = PhysReg(78);
/// `dr0`; the others follow.
pub const DR0: PhysReg = PhysReg(94);
/// Instruction pointer: `rip` is view 0, `eip` view 1.
pub const RIP: PhysReg = PhysReg(110);
/// Condition flags.
pub const FLAGS: PhysReg = PhysReg(111);
/// x87 control and status words.
pub const FPCW: PhysReg = PhysReg(112);
/// SSE control and status.
pub const MXCSR: PhysReg = PhysReg(113);

/// `xmm<n>`.
pub const fn xmm(n: u8) -> PhysReg {
    PhysReg(XMM0.0 + n)
}

/// The register with a view.
pub const fn reg8(reg: PhysReg) -> Reg {
    Reg::new(reg, VIEW_8)
}

/// The register with a view.
pub const fn reg16(reg: PhysReg) -> Reg {
    Reg::new(reg, VIEW_16)
}

/// The register with a view.
pub const fn reg32(reg: PhysReg) -> Reg {
    Reg::new(reg, VIEW_32)
}

/// The register with a view.
pub const fn reg64(reg: PhysReg) -> Reg {
    Reg::new(reg, VIEW_64)
}

/// `xmm<n>` as an operand register (for `ymm` and `zmm` use [`Reg::new`]).
pub const fn reg_xmm(reg: PhysReg) -> Reg {
    Reg::new(reg, VIEW_XMM)
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

const fn r(
    names: [&'static str; 5],
    class: RegClass,
    encoding: u8,
    dwarf64: i16,
    dwarf32: i16,
    bits: u8,
) -> RegisterInfo {
    let number = if bits == 64 { dwarf64 } else { dwarf32 };
    let dwarf = if number < 0 { None } else { Some(number as u16) };
    RegisterInfo { names, class, encoding, dwarf }
}

/// The table for one of the two architectures.
#[rustfmt::skip]
const fn table(b: u8) -> [RegisterInfo; 114] {
    use RegClass::{Flags, Int, Mask, Mmx, Pc, Segment, System, Vector, X87};
    [
        r(["al", "ah", "ax", "eax", "rax"], Int, 0, 0, 0, b),
        r(["cl", "ch", "cx", "ecx", "rcx"], Int, 1, 2, 1, b),
        r(["dl", "dh", "dx", "edx", "rdx"], Int, 2, 1, 2, b),
        r(["bl", "bh", "bx", "ebx", "rbx"], Int, 3, 3, 3, b),
        r(["spl", "", "sp", "esp", "rsp"], Int, 4, 7, 4, b),
        r(["bpl", "", "bp", "ebp", "rbp"], Int, 5, 6, 5, b),
        r(["sil", "", "si", "esi", "rsi"], Int, 6, 4, 6, b),
        r(["dil", "", "di", "edi", "rdi"], Int, 7, 5, 7, b),
        r(["r8b", "", "r8w", "r8d", "r8"], Int, 8, 8, -1, b),
        r(["r9b", "", "r9w", "r9d", "r9"], Int, 9, 9, -1, b),
        r(["r10b", "", "r10w", "r10d", "r10"], Int, 10, 10, -1, b),
        r(["r11b", "", "r11w", "r11d", "r11"], Int, 11, 11, -1, b),
        r(["r12b", "", "r12w", "r12d", "r12"], Int, 12, 12, -1, b),
        r(["r13b", "", "r13w", "r13d", "r13"], Int, 13, 13, -1, b),
        r(["r14b", "", "r14w", "r14d", "r14"], Int, 14, 14, -1, b),
        r(["r15b", "", "r15w", "r15d", "r15"], Int, 15, 15, -1, b),
        r(["xmm0", "ymm0", "zmm0", "", ""], Vector, 0, 17, 21, b),
        r(["xmm1", "ymm1", "zmm1", "", ""], Vector, 1, 18, 22, b),
        r(["xmm2", "ymm2", "zmm2", "", ""], Vector, 2, 19, 23, b),
        r(["xmm3", "ymm3", "zmm3", "", ""], Vector, 3, 20, 24, b),
        r(["xmm4", "ymm4", "zmm4", "", ""], Vector, 4, 21, 25, b),
        r(["xmm5", "ymm5", "zmm5", "", ""], Vector, 5, 22, 26, b),
        r(["xmm6", "ymm6", "zmm6", "", ""], Vector, 6, 23, 27, b),
        r(["xmm7", "ymm7", "zmm7", "", ""], Vector, 7, 24, 28, b),
        r(["xmm8", "ymm8", "zmm8", "", ""], Vector, 8, 25, -1, b),
        r(["xmm9", "ymm9", "zmm9", "", ""], Vector, 9, 26, -1, b),
        r(["xmm10", "ymm10", "zmm10", "", ""], Vector, 10, 27, -1, b),
        r(["xmm11", "ymm11", "zmm11", "", ""], Vector, 11, 28, -1, b),
        r(["xmm12", "ymm12", "zmm12", "", ""], Vector, 12, 29, -1, b),
        r(["xmm13", "ymm13", "zmm13", "", ""], Vector, 13, 30, -1, b),
        r(["xmm14", "ymm14", "zmm14", "", ""], Vector, 14, 31, -1, b),
        r(["xmm15", "ymm15", "zmm15", "", ""], Vector, 15, 32, -1, b),
        r(["xmm16", "ymm16", "zmm16", "", ""], Vector, 16, 67, -1, b),
        r(["xmm17", "ymm17", "zmm17", "", ""], Vector, 17, 68, -1, b),
        r(["xmm18", "ymm18", "zmm18", "", ""], Vector, 18, 69, -1, b),
        r(["xmm19", "ymm19", "zmm19", "", ""], Vector, 19, 70, -1, b),
        r(["xmm20", "ymm20", "zmm20", "", ""], Vector, 20, 71, -1, b),
        r(["xmm21", "ymm21", "zmm21", "", ""], Vector, 21, 72, -1, b),
        r(["xmm22", "ymm22", "zmm22", "", ""], Vector, 22, 73, -1, b),
        r(["xmm23", "ymm23", "zmm23", "", ""], Vector, 23, 74, -1, b),
        r(["xmm24", "ymm24", "zmm24", "", ""], Vector, 24, 75, -1, b),
        r(["xmm25", "ymm25", "zmm25", "", ""], Vector, 25, 76, -1, b),
        r(["xmm26", "ymm26", "zmm26", "", ""], Vector, 26, 77, -1, b),
        r(["xmm27", "ymm27", "zmm27", "", ""], Vector, 27, 78, -1, b),
        r(["xmm28", "ymm28", "zmm28", "", ""], Vector, 28, 79, -1, b),
        r(["xmm29", "ymm29", "zmm29", "", ""], Vector, 29, 80, -1, b),
        r(["xmm30", "ymm30", "zmm30", "", ""], Vector, 30, 81, -1, b),
        r(["xmm31", "ymm31", "zmm31", "", ""], Vector, 31, 82, -1, b),
        r(["st", "st(0)", "", "", ""], X87, 0, 33, 11, b),
        r(["st(1)", "", "", "", ""], X87, 1, 34, 12, b),
        r(["st(2)", "", "", "", ""], X87, 2, 35, 13, b),
        r(["st(3)", "", "", "", ""], X87, 3, 36, 14, b),
        r(["st(4)", "", "", "", ""], X87, 4, 37, 15, b),
        r(["st(5)", "", "", "", ""], X87, 5, 38, 16, b),
        r(["st(6)", "", "", "", ""], X87, 6, 39, 17, b),
        r(["st(7)", "", "", "", ""], X87, 7, 40, 18, b),
        r(["mm0", "", "", "", ""], Mmx, 0, 41, 29, b),
        r(["mm1", "", "", "", ""], Mmx, 1, 42, 30, b),
        r(["mm2", "", "", "", ""], Mmx, 2, 43, 31, b),
        r(["mm3", "", "", "", ""], Mmx, 3, 44, 32, b),
        r(["mm4", "", "", "", ""], Mmx, 4, 45, 33, b),
        r(["mm5", "", "", "", ""], Mmx, 5, 46, 34, b),
        r(["mm6", "", "", "", ""], Mmx, 6, 47, 35, b),
        r(["mm7", "", "", "", ""], Mmx, 7, 48, 36, b),
        r(["k0", "", "", "", ""], Mask, 0, 118, 93, b),
        r(["k1", "", "", "", ""], Mask, 1, 119, 94, b),
        r(["k2", "", "", "", ""], Mask, 2, 120, 95, b),
        r(["k3", "", "", "", ""], Mask, 3, 121, 96, b),
        r(["k4", "", "", "", ""], Mask, 4, 122, 97, b),
        r(["k5", "", "", "", ""], Mask, 5, 123, 98, b),
        r(["k6", "", "", "", ""], Mask, 6, 124, 99, b),
        r(["k7", "", "", "", ""], Mask, 7, 125, 100, b),
        r(["es", "", "", "", ""], Segment, 0, 50, 40, b),
        r(["cs", "", "", "", ""], Segment, 1, 51, 41, b),
        r(["ss", "", "", "", ""], Segment, 2, 52, 42, b),
        r(["ds", "", "", "", ""], Segment, 3, 53, 43, b),
        r(["fs", "", "", "", ""], Segment, 4, 54, 44, b),
        r(["gs", "", "", "", ""], Segment, 5, 55, 45, b),
        r(["cr0", "", "", "", ""], System, 0, -1, -1, b),
        r(["cr1", "", "", "", ""], System, 1, -1, -1, b),
        r(["cr2", "", "", "", ""], System, 2, -1, -1, b),
        r(["cr3", "", "", "", ""], System, 3, -1, -1, b),
        r(["cr4", "", "", "", ""], System, 4, -1, -1, b),
        r(["cr5", "", "", "", ""], System, 5, -1, -1, b),
        r(["cr6", "", "", "", ""], System, 6, -1, -1, b),
        r(["cr7", "", "", "", ""], System, 7, -1, -1, b),
        r(["cr8", "", "", "", ""], System, 8, -1, -1, b),
        r(["cr9", "", "", "", ""], System, 9, -1, -1, b),
        r(["cr10", "", "", "", ""], System, 10, -1, -1, b),
        r(["cr11", "", "", "", ""], System, 11, -1, -1, b),
        r(["cr12", "", "", "", ""], System, 12, -1, -1, b),
        r(["cr13", "", "", "", ""], System, 13, -1, -1, b),
        r(["cr14", "", "", "", ""], System, 14, -1, -1, b),
        r(["cr15", "", "", "", ""], System, 15, -1, -1, b),
        r(["dr0", "db0", "", "", ""], System, 0, -1, -1, b),
        r(["dr1", "db1", "", "", ""], System, 1, -1, -1, b),
        r(["dr2", "db2", "", "", ""], System, 2, -1, -1, b),
        r(["dr3", "db3", "", "", ""], System, 3, -1, -1, b),
        r(["dr4", "db4", "", "", ""], System, 4, -1, -1, b),
        r(["dr5", "db5", "", "", ""], System, 5, -1, -1, b),
        r(["dr6", "db6", "", "", ""], System, 6, -1, -1, b),
        r(["dr7", "db7", "", "", ""], System, 7, -1, -1, b),
        r(["dr8", "db8", "", "", ""], System, 8, -1, -1, b),
        r(["dr9", "db9", "", "", ""], System, 9, -1, -1, b),
        r(["dr10", "db10", "", "", ""], System, 10, -1, -1, b),
        r(["dr11", "db11", "", "", ""], System, 11, -1, -1, b),
        r(["dr12", "db12", "", "", ""], System, 12, -1, -1, b),
        r(["dr13", "db13", "", "", ""], System, 13, -1, -1, b),
        r(["dr14", "db14", "", "", ""], System, 14, -1, -1, b),
        r(["dr15", "db15", "", "", ""], System, 15, -1, -1, b),
        r(["rip", "eip", "", "", ""], Pc, 0, 16, 8, b),
        r(["flags", "", "", "", ""], Flags, 0, 49, 9, b),
        r(["fpcw", "", "", "", ""], System, 0, 65, 37, b),
        r(["mxcsr", "", "", "", ""], System, 0, 64, 39, b),
    ]
}

static ROWS_64: [RegisterInfo; 114] = table(64);
static ROWS_32: [RegisterInfo; 114] = table(32);

/// x86-64.
pub static TABLE_64: RegisterTable =
    RegisterTable { registers: &ROWS_64, dwarf_return_address: 16, stack_pointer: RSP };
/// i686.
pub static TABLE_32: RegisterTable =
    RegisterTable { registers: &ROWS_32, dwarf_return_address: 8, stack_pointer: RSP };

//! Operand kinds of RISC-V, the facts that they accept, and the place that an operand takes in the word ([`Slot`]).
//!
//! The compressed forms are rows like all others. What they ask of an operand is a fact of it ("one of `x8`-`x15`"), or the
//! range of a slot ("a multiple of 8 below 512 above `sp`", "the register of the first operand").
//! A row of two words (`call`, `la`, `lw` of a symbol) holds the first in the low half.
//!
//! Source: RISC-V Unprivileged ISA, "RV32/64G Instruction Set Listings" and "C" extension, chapters 16 and 24.

use crate::fixups::{PLT, TPREL_ADD, is_low};
use crate::registers as r;
use lathe_isa::word::{Field, KindRow, Notation};
use lathe_isa::{Imm, Mem, Modifier, Operand, RegClass};

/// Where an operand goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Slot {
    /// Nowhere: the row fixes it.
    Nowhere,
    /// Nowhere: it is the register at bit 7.
    Same,
    /// Nowhere: it is the register at bit 7, one of eight.
    SamePrime,
    /// Register at bit 7.
    Rd,
    /// Register at bit 15.
    Rs1,
    /// Register at bit 20.
    Rs2,
    /// Register at bit 27.
    Rs3,
    /// One register at bits 15 and 20 (`fmv.d`).
    Both,
    /// Register at bit 2.
    CRs2,
    /// One of eight registers at bit 7.
    Prime7,
    /// One of eight registers at bit 2.
    Prime2,
    /// I-type immediate.
    ImmI,
    /// U-type immediate.
    ImmU,
    /// Six bits of a shift.
    Shift6,
    /// Five bits of a shift.
    Shift5,
    /// Immediate of five bits in the place of `rs1`.
    Unsigned5,
    /// Number of a control register.
    Csr,
    /// Predecessor set of a fence.
    Predecessor,
    /// Successor set of a fence.
    Successor,
    /// Rounding mode.
    Rounding,
    /// No bits: marks the `add` of a thread-pointer sequence.
    TlsAdd,
    /// B-type distance.
    Branch,
    /// J-type distance.
    Jump,
    /// CB-type distance.
    CBranch,
    /// CJ-type distance.
    CJump,
    /// Six-bit signed immediate.
    Imm6,
    /// The same, not zero.
    Imm6NonZero,
    /// Six-bit shift, not zero.
    CShift,
    /// `c.lui`: the U-type immediate if six signed bits hold it.
    CUpper,
    /// `c.lui` by the value that it makes.
    CUpperValue,
    /// `c.addi16sp`
    CAddSp,
    /// `c.addi4spn`
    CAddSpN,
    /// Base at `rs1`, I-type displacement.
    Load,
    /// Base at `rs1`, S-type displacement.
    Store,
    /// Base at `rs1`, no displacement.
    Base,
    /// `c.lwsp`
    CLoadSp4,
    /// `c.ldsp`, `c.fldsp`
    CLoadSp8,
    /// `c.swsp`
    CStoreSp4,
    /// `c.sdsp`, `c.fsdsp`
    CStoreSp8,
    /// `c.lw`, `c.sw`
    CMem4,
    /// `c.ld`, `c.sd`, `c.fld`, `c.fsd`
    CMem8,
    /// The whole instruction.
    Raw,
    /// Two words: destination of the second only.
    PairDestination,
    /// Two words: destination of both, base of the second.
    PairWhole,
    /// Two words: destination of the first, base of the second.
    PairTemporary,
    /// Two words: the register that the second stores.
    PairStored,
    /// Two words: the callee.
    PairCall,
    /// Two words: the address, I-type second.
    PairAddress,
    /// Two words: the address, S-type second.
    PairStoreAddress,
    /// Two words: the slot of the GOT.
    PairGot,
    /// Two words: the initial-exec slot of the GOT.
    PairTlsSlot,
    /// Two words: the general-dynamic pair of the GOT.
    PairTlsPair,
}

/// Facts of operands.
pub(crate) mod fact {
    macro_rules! bits {
        ($($name:ident)*) => { bits!(@ 0u32; $($name)*); };
        (@ $n:expr; $head:ident $($rest:ident)*) => { pub(crate) const $head: u64 = 1 << ($n); bits!(@ $n + 1; $($rest)*); };
        (@ $n:expr;) => {};
    }
    bits! { X NONZERO UPPER SP ZERO PRIME F F_PRIME NUMBER LOW HIGH TLS_ADD LABEL ROUNDING MEM MEM_SP MEM_PRIME MEM_SYMBOL }
}

use fact::{
    F, F_PRIME, HIGH, LABEL, LOW, MEM, MEM_PRIME, MEM_SP, MEM_SYMBOL, NONZERO, NUMBER, PRIME, ROUNDING, SP,
    TLS_ADD, UPPER, X, ZERO,
};

type K = KindRow<Slot>;

const fn int(name: &'static str, facts: u64, slot: Slot, bits: u64) -> K {
    K::new(name, facts, slot, bits).reg(RegClass::Int, r::VIEW_X)
}

const fn float(name: &'static str, facts: u64, view: u8) -> K {
    K::new(name, facts, Slot::Nowhere, 0).reg(RegClass::Vector, view)
}

const fn imm(name: &'static str, facts: u64, slot: Slot, bits: u64, min: i64, max: i64) -> K {
    K::new(name, facts, slot, bits).range(min, max)
}

const I_BITS: u64 = 0xfff0_0000;
const S_BITS: u64 = 0xfe00_0f80;
const U_BITS: u64 = 0xffff_f000;
const RS1: u64 = 31 << 15;
const CI: u64 = 0x107c;
const CMEM: u64 = 0x1fe0;

const KINDS: &[K] = &[
    // Registers whose place is named by a letter.
    int("X", X, Slot::Nowhere, 0),
    int("N", NONZERO, Slot::Nowhere, 0),
    int("U", UPPER, Slot::Nowhere, 0),
    int("P", PRIME, Slot::Nowhere, 0),
    float("S", F, r::VIEW_S),
    float("D", F, r::VIEW_D),
    float("H", F, r::VIEW_H),
    float("Q", F_PRIME, r::VIEW_D),
    int("same", NONZERO, Slot::Same, 0),
    int("sameP", PRIME, Slot::SamePrime, 0),
    int("sp", SP, Slot::Nowhere, 0).only(r::SP),
    int("zero", ZERO, Slot::Nowhere, 0).only(r::ZERO),
    // Numbers.
    imm("imm12", NUMBER | LOW, Slot::ImmI, I_BITS, -2048, 2047),
    imm("imm20", NUMBER | HIGH, Slot::ImmU, U_BITS, 0, 0xfffff),
    imm("imm6", NUMBER, Slot::Imm6, CI, -32, 31),
    imm("imm6nz", NUMBER, Slot::Imm6NonZero, CI, -32, 31),
    imm("z", NUMBER, Slot::Nowhere, 0, 0, 0),
    imm("sh6", NUMBER, Slot::Shift6, 63 << 20, 0, 63),
    imm("sh5", NUMBER, Slot::Shift5, 31 << 20, 0, 31),
    imm("csh6", NUMBER, Slot::CShift, CI, 1, 63),
    imm("cupper", NUMBER, Slot::CUpper, CI, 1, 0xfffff),
    imm("cuppervalue", NUMBER, Slot::CUpperValue, CI, -0x20000, 0x1f000),
    imm("sp16", NUMBER, Slot::CAddSp, CI, -512, 496),
    imm("spn", NUMBER, Slot::CAddSpN, CMEM, 4, 1020),
    imm("uimm5", NUMBER, Slot::Unsigned5, RS1, 0, 31),
    imm("csr", NUMBER, Slot::Csr, I_BITS, 0, 4095),
    imm("pred", NUMBER, Slot::Predecessor, 15 << 24, 0, 15),
    imm("succ", NUMBER, Slot::Successor, 15 << 20, 0, 15),
    K::new("rm", ROUNDING, Slot::Rounding, 7 << 12),
    K::new("tpreladd", TLS_ADD, Slot::TlsAdd, 0),
    // Targets.
    K::new("b", LABEL | NUMBER, Slot::Branch, S_BITS),
    K::new("j", LABEL | NUMBER, Slot::Jump, U_BITS),
    K::new("cb", LABEL | NUMBER, Slot::CBranch, 0x1c7c),
    K::new("cj", LABEL | NUMBER, Slot::CJump, 0x1ffc),
    // Memory.
    K::new("base", MEM, Slot::Base, RS1),
    K::new("jump", MEM, Slot::Load, I_BITS | RS1),
    K::new("l8", MEM, Slot::Load, I_BITS | RS1).mem(8),
    K::new("l16", MEM, Slot::Load, I_BITS | RS1).mem(16),
    K::new("l32", MEM, Slot::Load, I_BITS | RS1).mem(32),
    K::new("l64", MEM, Slot::Load, I_BITS | RS1).mem(64),
    K::new("s8", MEM, Slot::Store, S_BITS | RS1).mem(8),
    K::new("s16", MEM, Slot::Store, S_BITS | RS1).mem(16),
    K::new("s32", MEM, Slot::Store, S_BITS | RS1).mem(32),
    K::new("s64", MEM, Slot::Store, S_BITS | RS1).mem(64),
    K::new("a32", MEM, Slot::Base, RS1).mem(32),
    K::new("a64", MEM, Slot::Base, RS1).mem(64),
    K::new("cl32sp", MEM_SP, Slot::CLoadSp4, CI).mem(32),
    K::new("cl64sp", MEM_SP, Slot::CLoadSp8, CI).mem(64),
    K::new("cs32sp", MEM_SP, Slot::CStoreSp4, 0x1f80).mem(32),
    K::new("cs64sp", MEM_SP, Slot::CStoreSp8, 0x1f80).mem(64),
    K::new("c32", MEM_PRIME, Slot::CMem4, CMEM).mem(32),
    K::new("c64", MEM_PRIME, Slot::CMem8, CMEM).mem(64),
    // `.insn`
    K::new("raw2", NUMBER, Slot::Raw, 0xffff),
    K::new("raw4", NUMBER, Slot::Raw, 0xffff_ffff),
    // Of two words.
    K::new("callee", LABEL, Slot::PairCall, 0),
    K::new("address", LABEL, Slot::PairAddress, 0),
    K::new("slot", LABEL, Slot::PairGot, 0),
    K::new("tlsslot", LABEL, Slot::PairTlsSlot, 0),
    K::new("tlspair", LABEL, Slot::PairTlsPair, 0),
    K::new("m8", MEM_SYMBOL | LABEL, Slot::PairAddress, 0).mem(8),
    K::new("m16", MEM_SYMBOL | LABEL, Slot::PairAddress, 0).mem(16),
    K::new("m32", MEM_SYMBOL | LABEL, Slot::PairAddress, 0).mem(32),
    K::new("m64", MEM_SYMBOL | LABEL, Slot::PairAddress, 0).mem(64),
    K::new("n8", MEM_SYMBOL | LABEL, Slot::PairStoreAddress, 0).mem(8),
    K::new("n16", MEM_SYMBOL | LABEL, Slot::PairStoreAddress, 0).mem(16),
    K::new("n32", MEM_SYMBOL | LABEL, Slot::PairStoreAddress, 0).mem(32),
    K::new("n64", MEM_SYMBOL | LABEL, Slot::PairStoreAddress, 0).mem(64),
];

const fn field(letter: u8, slot: Slot, bits: u64) -> Field<Slot> {
    Field { letter, slot, bits }
}

/// The letters are GNU's where it has one.
const FIELDS: &[Field<Slot>] = &[
    field(b'd', Slot::Rd, 31 << 7),
    field(b's', Slot::Rs1, RS1),
    field(b't', Slot::Rs2, 31 << 20),
    field(b'r', Slot::Rs3, 31 << 27),
    field(b'b', Slot::Both, RS1 | 31 << 20),
    field(b'c', Slot::CRs2, 31 << 2),
    field(b'p', Slot::Prime7, 7 << 7),
    field(b'q', Slot::Prime2, 7 << 2),
    field(b'e', Slot::PairDestination, 31 << 39),
    field(b'w', Slot::PairWhole, 31 << 7 | 31 << 39 | 31 << 47),
    field(b'u', Slot::PairTemporary, 31 << 7 | 31 << 47),
    field(b'v', Slot::PairStored, 31 << 52),
];

/// The vocabulary of the rows.
pub(crate) const NOTATION: Notation<Slot> =
    Notation { kinds: KINDS, fields: FIELDS, variants: &[], nothing: Slot::Nowhere, compressed: true };

/// By [`lathe_isa::KindId`].
pub(crate) static PUBLIC_KINDS: [lathe_isa::Kind; KINDS.len()] = NOTATION.public_kinds();

/// Facts of registers by [`lathe_isa::PhysReg`].
static REGISTER_FACTS: [u64; 64] = {
    let mut table = [0; 64];
    let mut i = 0;
    while i < 32 {
        table[i] = X | match i {
            0 => ZERO,
            2 => SP | NONZERO,
            8..=15 => PRIME | UPPER | NONZERO,
            _ => UPPER | NONZERO,
        };
        table[32 + i] = F | if i >= 8 && i < 16 { F_PRIME } else { 0 };
        i += 1;
    }
    table
};

/// Sums up an operand.
#[inline]
pub(crate) fn operand_facts(operand: &Operand) -> u64 {
    match operand {
        Operand::Reg(reg) => REGISTER_FACTS.get(reg.phys.0 as usize).copied().unwrap_or(0),
        Operand::Imm(Imm::Int(_)) => NUMBER,
        Operand::Imm(Imm::Symbol(symbol)) => match symbol.modifier {
            Modifier::NONE | PLT => 0,
            TPREL_ADD => TLS_ADD,
            other if is_low(other) => LOW,
            _ => HIGH,
        },
        Operand::Mem(mem) => memory_facts(mem),
        Operand::Label(_) => LABEL,
        Operand::Rounding(_) => ROUNDING,
        _ => 0,
    }
}

fn memory_facts(mem: &Mem) -> u64 {
    if mem.index.is_some() {
        return 0;
    }
    let displaced_by_number = match mem.displacement {
        Imm::Int(_) => true,
        Imm::Symbol(symbol) if !mem.base.is_some() => {
            return if symbol.modifier == Modifier::NONE { MEM_SYMBOL } else { 0 };
        }
        Imm::Symbol(symbol) if !is_low(symbol.modifier) => return 0,
        Imm::Symbol(_) => false,
    };
    match mem.base.phys.0 {
        2 if displaced_by_number => MEM | MEM_SP,
        8..=15 if displaced_by_number => MEM | MEM_PRIME,
        0..=31 => MEM,
        _ => 0,
    }
}

/// The rounding mode that the processor's register says.
pub(crate) const DYNAMIC: u64 = 7 << 12;

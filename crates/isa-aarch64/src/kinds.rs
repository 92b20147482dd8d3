//! Operand kinds of A64, their facts, and the slots of the instruction word.
//!
//! Notation (see [`lathe_isa::word::template`]): `X W` are registers or the zero register, `XP WP` registers or the stack
//! pointer, `B H S D Q` scalars of the vector file, `8B` to `2D` arrangements. The letter after them is the field: `d n m a`
//! as in the Arm manual, `t` for `d`, `2` (second of a pair) for `a`, `e` for `n` and `m` alike, `f` for `d` and `n` alike.

use crate::registers as r;
use lathe_isa::word::{Field, KindRow, Notation, Variant};
use lathe_isa::{Imm, Kind, Mem, MemMode, Operand, Reg, RegClass};

/// A field of the word, or several that hold one operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slot {
    /// Fixed by the row.
    Nothing,
    /// Bits 4:0.
    Rd,
    /// Bits 9:5.
    Rn,
    /// Bits 20:16.
    Rm,
    /// Bits 14:10.
    Ra,
    /// Bits 9:5 and 20:16 alike.
    Rnm,
    /// Bits 4:0 and 9:5 alike.
    Rdn,
    /// Even register in bits 20:16 (`casp`).
    EvenM,
    /// Even register in bits 4:0 (`casp`).
    EvenD,
    /// The register after the one in bits 20:16.
    NextM,
    /// The register after the one in bits 4:0.
    NextD,
    /// Shift of bits 23:22 and 15:10; `true` admits `ror`.
    Shift(bool),
    /// Extension of bits 15:13 and 12:10; `true` of a 64-bit register.
    Extend(bool),
    /// 12 bits, shifted by 12 if need be; symbols.
    AddImmediate,
    /// The same of the negated number.
    AddNegated,
    /// 12 bits at 21:10; the shift is written.
    Imm12,
    /// `lsl #0` or `#12` at bit 22.
    Lsl12,
    /// `N:immr:imms`; `true` of the complement.
    Logical(bool),
    /// `movz` of a number; the shift is found.
    WideZeros,
    /// `movn` of a number; the shift is found.
    WideOnes,
    /// 16 bits at 20:5; symbols.
    Imm16,
    /// 16 bits at 15:0.
    Low16,
    /// `lsl` by a multiple of 16 at bits 22:21.
    Lsl16,
    /// Bits 21:16, below the register's width.
    Immr,
    /// Bits 15:10, below the register's width.
    Imms,
    /// `lsl #n` as `ubfm`: both fields.
    LslField,
    /// Position of `bfi`: the negated number in bits 21:16.
    InsertAt,
    /// Width of `bfi` in bits 15:10.
    InsertWidth,
    /// Width of `ubfx` in bits 15:10, from the position in 21:16.
    ExtractWidth,
    /// An unsigned number: shift, bits.
    Unsigned(u8, u8),
    /// Condition in bits 15:12.
    Cond,
    /// The inverted condition in bits 15:12.
    CondInverted,
    /// Condition in bits 3:0.
    CondLow,
    /// Branch target in bits 25:0; `true` of a call.
    Branch26(bool),
    /// Branch target in bits 23:5.
    Branch19,
    /// Branch target in bits 18:5.
    Branch14,
    /// Literal in bits 23:5.
    Literal,
    /// Symbol of a TLS descriptor: of the call, the load, the addition.
    Mark(u8),
    /// `adr`; `true`: `adrp`.
    Adr(bool),
    /// Bit number of `tbz`, below 32 or 64.
    BitNumber(u8),
    /// `[Xn, #scaled]`: log2 of the scale.
    MemScaled(u8),
    /// `[Xn, #-256..255]` in bits 20:12, any mode.
    MemUnscaled,
    /// `[Xn, #scaled]` of a pair in bits 21:15, any mode.
    MemPair(u8),
    /// `[Xn, Xm, lsl #n]`: log2 of the size.
    MemIndex(u8),
    /// `[Xn]` or `[Xn, #0]`.
    MemBase,
    /// `[Xn, #-4096..4088]` in units of 8 (`ldraa`), any mode.
    MemAuthenticated,
    /// `[Xn], #size` or `[Xn], Xm` after a list: bytes transferred are found from the word.
    MemList,
    /// System register in bits 20:5.
    SystemRegister,
    /// `pstate` field of `msr`.
    ProcessorState,
    /// Operation of `dc`, `ic`, `at`, `tlbi` in bits 18:5.
    SystemOperation,
    /// `fmov` immediate at 20:13.
    FloatImmediate,
    /// `fmov` immediate of vectors.
    FloatVector,
    /// `#0.0`.
    FloatZero,
    /// A number that must be this one.
    Exactly(u8),
    /// `64 - fbits` at bits 15:10.
    FractionBits,
    /// Shift left of elements of 8 << n bits, in `immh:immb`.
    ShiftLeft(u8),
    /// Shift right of elements of 8 << n bits, in `immh:immb`.
    ShiftRight(u8),
    /// Eight bits of `movi`.
    VectorImmediate,
    /// 64 bits of `movi`, bytes of 0 or 255.
    ByteMask,
    /// `lsl` of `movi` by a multiple of 8 at bits 14:13, below so many bits.
    VectorLsl(u8),
    /// `msl #8` or `#16` at bit 12.
    VectorMsl,
    /// Register of bits 20:16 and its lane in H, L, M: log2 of the element's bytes.
    LaneM(u8),
    /// Register of bits 9:5 and its lane in `imm5`.
    LaneN,
    /// Register of bits 4:0 and its lane in `imm5`.
    LaneD,
    /// Upper doubleword of bits 9:5.
    TopN,
    /// Upper doubleword of bits 4:0.
    TopD,
    /// Register of bits 9:5 and its lane in bits 14:11.
    LaneN4,
    /// `ext` position in bits 14:11.
    ExtPosition,
    /// List in bits 4:0; arrangement in `Q` and `size`.
    ListT,
    /// The same with lanes: `Q`, `S`, `size`.
    ListLane,
    /// List of `16b` in bits 9:5.
    ListN,
    /// Rotation by 90 or 270 degrees at a bit.
    RotateOdd(u8),
    /// Rotation by a multiple of 90 degrees at a bit.
    Rotate(u8),
}

macro_rules! bits {
    ($($name:ident)*) => { bits!(@ 0u32; $($name)*); };
    (@ $n:expr; $head:ident $($rest:ident)*) => { pub(crate) const $head: u64 = 1 << ($n); bits!(@ $n + 1; $($rest)*); };
    (@ $n:expr;) => { pub(crate) const FACT_COUNT: u32 = $n; };
}

bits! {
    W X WZR XZR WSP SP
    B H S D Q
    V8B V16B V4H V8H V2S V4S V1D V2D V1Q V2H V4B
    LANE_B LANE_H LANE_S LANE_D LANE_4B
    LIST1 LIST2 LIST3 LIST4 LANES1 LANES2 LANES3 LANES4
    INT SYM LABEL COND SHIFT EXTEND MSL LSL
    OFFSET PRE POST INDEX POST_REGISTER BASE
}
const _: () = assert!(FACT_COUNT <= 64);

/// Facts of a register operand.
#[inline]
pub(crate) fn register_facts(reg: Reg) -> u64 {
    const VECTORS: [u64; 16] = [B, H, S, D, Q, V8B, V16B, V4H, V8H, V2S, V4S, V1D, V2D, V1Q, V2H, V4B];
    let narrow = reg.view == r::VIEW_W;
    match reg.phys.0 {
        0..=30 => {
            if narrow {
                W
            } else {
                X
            }
        }
        31 => {
            if narrow {
                WSP
            } else {
                SP
            }
        }
        64 => {
            if narrow {
                WZR
            } else {
                XZR
            }
        }
        32..=63 => match reg.view {
            view @ 0..=15 => VECTORS[view as usize],
            view => lane_facts(view),
        },
        _ => 0,
    }
}

fn lane_facts(view: u8) -> u64 {
    if let Some((lane, _)) = r::lane_of(view) {
        return [LANE_B, LANE_H, LANE_S, LANE_D, LANE_4B][lane as usize];
    }
    match r::list_of(view) {
        Some((count, of)) => {
            if of < r::VIEW_LANES {
                LIST1 << (count - 1)
            } else {
                LANES1 << (count - 1)
            }
        }
        None => 0,
    }
}

fn memory_facts(mem: &Mem) -> u64 {
    if mem.base.view != r::VIEW_X {
        return 0;
    }
    let indexed = mem.index.is_some();
    match mem.mode {
        MemMode::Offset if !indexed && mem.displacement == Imm::ZERO => OFFSET | BASE,
        MemMode::Offset if !indexed => OFFSET,
        MemMode::Offset | MemMode::SignExtendedIndex if indexed => INDEX,
        MemMode::PreIndex if !indexed => PRE,
        MemMode::PostIndex if indexed => POST_REGISTER,
        MemMode::PostIndex => POST,
        _ => 0,
    }
}

/// Facts of any operand.
#[inline]
pub(crate) fn operand_facts(operand: &Operand) -> u64 {
    match operand {
        Operand::Reg(reg) => register_facts(*reg),
        Operand::Mem(mem) => memory_facts(mem),
        Operand::Imm(Imm::Int(_)) => INT,
        Operand::Imm(Imm::Symbol(_)) => SYM,
        Operand::Label(_) => LABEL,
        Operand::Cond(_) => COND,
        Operand::Shift { kind, .. } => match *kind {
            crate::conditions::LSL => SHIFT | EXTEND | LSL,
            crate::conditions::MSL => MSL,
            8.. => EXTEND,
            _ => SHIFT,
        },
        Operand::None | Operand::Mask(..) | Operand::Rounding(_) | Operand::Prefixes(_) => 0,
    }
}

const fn mask(shift: u32, bits: u32) -> u64 {
    ((1 << bits) - 1) << shift
}

const fn bits_of(slot: Slot) -> u64 {
    match slot {
        Slot::Nothing | Slot::Mark(_) | Slot::FloatZero | Slot::Exactly(_) => 0,
        Slot::Rd | Slot::EvenD | Slot::TopD => mask(0, 5),
        Slot::Rn | Slot::MemBase | Slot::TopN => mask(5, 5),
        Slot::Rm | Slot::EvenM => mask(16, 5),
        Slot::Ra => mask(10, 5),
        Slot::Rnm => mask(5, 5) | mask(16, 5),
        Slot::Rdn => mask(0, 10),
        Slot::NextM | Slot::NextD => 0,
        Slot::Shift(_) => mask(22, 2) | mask(10, 6),
        Slot::Extend(_) => mask(10, 6),
        Slot::AddImmediate | Slot::AddNegated => mask(10, 13),
        Slot::Imm12 => mask(10, 12),
        Slot::Lsl12 => mask(22, 1),
        Slot::Logical(_) => mask(10, 13),
        Slot::WideZeros | Slot::WideOnes => mask(5, 18),
        Slot::Imm16 => mask(5, 16),
        Slot::Low16 => mask(0, 16),
        Slot::Lsl16 => mask(21, 2),
        Slot::Immr | Slot::InsertAt => mask(16, 6),
        Slot::Imms | Slot::InsertWidth | Slot::ExtractWidth | Slot::FractionBits => mask(10, 6),
        Slot::LslField => mask(10, 12),
        Slot::Unsigned(shift, bits) => mask(shift as u32, bits as u32),
        Slot::Cond | Slot::CondInverted => mask(12, 4),
        Slot::CondLow => mask(0, 4),
        Slot::Branch26(_) => mask(0, 26),
        Slot::Branch19 | Slot::Literal => mask(5, 19),
        Slot::Branch14 => mask(5, 14),
        Slot::Adr(_) => mask(5, 19) | mask(29, 2),
        Slot::BitNumber(_) => mask(31, 1) | mask(19, 5),
        Slot::MemScaled(_) => mask(5, 17),
        Slot::MemUnscaled => mask(5, 5) | mask(12, 9),
        Slot::MemPair(_) => mask(5, 5) | mask(15, 7),
        Slot::MemIndex(_) => mask(5, 5) | mask(16, 5) | mask(12, 4),
        Slot::MemAuthenticated => mask(5, 5) | mask(12, 9) | mask(22, 1),
        Slot::MemList => mask(5, 5) | mask(16, 5),
        Slot::SystemRegister => mask(5, 15),
        Slot::ProcessorState => mask(16, 3) | mask(5, 3),
        Slot::SystemOperation => mask(5, 14),
        Slot::FloatImmediate => mask(13, 8),
        Slot::FloatVector | Slot::VectorImmediate | Slot::ByteMask => mask(5, 5) | mask(16, 3),
        Slot::ShiftLeft(_) | Slot::ShiftRight(_) => mask(16, 7),
        Slot::VectorLsl(bits) => mask(13, if bits == 16 { 1 } else { 2 }),
        Slot::VectorMsl => mask(12, 1),
        Slot::LaneM(1) => mask(16, 6) | mask(11, 1),
        Slot::LaneM(2) => mask(16, 6) | mask(11, 1),
        Slot::LaneM(_) => mask(16, 5) | mask(11, 1),
        Slot::LaneN => mask(5, 5) | mask(16, 5),
        Slot::LaneD => mask(0, 5) | mask(16, 5),
        Slot::LaneN4 => mask(5, 5) | mask(11, 4),
        Slot::ExtPosition => mask(11, 4),
        Slot::ListT => mask(0, 5) | mask(10, 2) | mask(30, 1),
        Slot::ListLane => mask(0, 5) | mask(10, 3) | mask(14, 2) | mask(30, 1),
        Slot::ListN => mask(5, 5) | mask(13, 2),
        Slot::RotateOdd(at) => mask(at as u32, 1),
        Slot::Rotate(at) => mask(at as u32, 2),
    }
}

const fn field(letter: u8, slot: Slot) -> Field<Slot> {
    Field { letter, slot, bits: bits_of(slot) }
}

const FIELDS: &[Field<Slot>] = &[
    field(b'd', Slot::Rd),
    field(b'n', Slot::Rn),
    field(b'm', Slot::Rm),
    field(b'a', Slot::Ra),
    field(b't', Slot::Rd),
    field(b'2', Slot::Ra),
    field(b'e', Slot::Rnm),
    field(b'f', Slot::Rdn),
    field(b'i', Slot::EvenM),
    field(b'j', Slot::NextM),
    field(b'k', Slot::EvenD),
    field(b'l', Slot::NextD),
];

const fn kind(name: &'static str, facts: u64, slot: Slot) -> KindRow<Slot> {
    KindRow::new(name, facts, slot, bits_of(slot))
}

const fn int(name: &'static str, facts: u64, view: u8) -> KindRow<Slot> {
    kind(name, facts, Slot::Nothing).reg(RegClass::Int, view)
}

const fn vector(name: &'static str, facts: u64, view: u8) -> KindRow<Slot> {
    vector_at(name, facts, view, Slot::Nothing)
}

const fn vector_at(name: &'static str, facts: u64, view: u8, slot: Slot) -> KindRow<Slot> {
    kind(name, facts, slot).reg(RegClass::Vector, view)
}

const fn number(name: &'static str, slot: Slot, min: i64, max: i64) -> KindRow<Slot> {
    kind(name, INT, slot).range(min, max)
}

const fn unsigned(name: &'static str, shift: u8, bits: u8) -> KindRow<Slot> {
    number(name, Slot::Unsigned(shift, bits), 0, (1 << bits) - 1)
}

const fn memory(name: &'static str, facts: u64, slot: Slot, bits: u16) -> KindRow<Slot> {
    kind(name, facts, slot).mem(bits)
}

/// All kinds.
#[rustfmt::skip]
pub(crate) const KINDS: &[KindRow<Slot>] = {
    const I64_MIN: i64 = i64::MIN;
    const I64_MAX: i64 = i64::MAX;
    const PLACE: u64 = LABEL | SYM | INT;
    &[
        int("W", W | WZR, r::VIEW_W), int("X", X | XZR, r::VIEW_X), int("WP", W | WSP, r::VIEW_W), int("XP", X | SP, r::VIEW_X),
        // Without the zero register: where 31 is another instruction.
        int("W0", W, r::VIEW_W), int("X0", X, r::VIEW_X), int("SP", SP, r::VIEW_X), int("WSP", WSP, r::VIEW_W),
        vector("B", B, r::VIEW_B), vector("H", H, r::VIEW_H), vector("S", S, r::VIEW_S), vector("D", D, r::VIEW_D), vector("Q", Q, r::VIEW_Q),
        vector("8B", V8B, r::VIEW_8B), vector("16B", V16B, r::VIEW_16B), vector("4H", V4H, r::VIEW_4H), vector("8H", V8H, r::VIEW_8H),
        vector("2S", V2S, r::VIEW_2S), vector("4S", V4S, r::VIEW_4S), vector("1D", V1D, r::VIEW_1D), vector("2D", V2D, r::VIEW_2D),
        vector("1Q", V1Q, r::VIEW_1Q), vector("2H", V2H, r::VIEW_2H),
        vector_at("lanesN", LANE_B | LANE_H | LANE_S | LANE_D, r::VIEW_LANES, Slot::LaneN), vector_at("lanesD", LANE_B | LANE_H | LANE_S | LANE_D, r::VIEW_LANES, Slot::LaneD),
        vector_at("laneBN", LANE_B, r::VIEW_LANES, Slot::LaneN), vector_at("laneHN", LANE_H, r::VIEW_LANES, Slot::LaneN),
        vector_at("laneSN", LANE_S, r::VIEW_LANES, Slot::LaneN), vector_at("laneDN", LANE_D, r::VIEW_LANES, Slot::LaneN),
        vector_at("laneBD", LANE_B, r::VIEW_LANES, Slot::LaneD), vector_at("laneHD", LANE_H, r::VIEW_LANES, Slot::LaneD),
        vector_at("laneSD", LANE_S, r::VIEW_LANES, Slot::LaneD), vector_at("laneDD", LANE_D, r::VIEW_LANES, Slot::LaneD),
        vector_at("laneBN4", LANE_B, r::VIEW_LANES, Slot::LaneN4), vector_at("laneHN4", LANE_H, r::VIEW_LANES, Slot::LaneN4),
        vector_at("laneSN4", LANE_S, r::VIEW_LANES, Slot::LaneN4), vector_at("laneDN4", LANE_D, r::VIEW_LANES, Slot::LaneN4),
        vector_at("laneHM", LANE_H, r::VIEW_LANES, Slot::LaneM(1)), vector_at("laneSM", LANE_S, r::VIEW_LANES, Slot::LaneM(2)), vector_at("laneDM", LANE_D, r::VIEW_LANES, Slot::LaneM(3)),
        vector_at("lane4BM", LANE_4B, r::VIEW_LANES, Slot::LaneM(2)), vector_at("laneD1N", LANE_D, r::VIEW_LANES, Slot::TopN), vector_at("laneD1D", LANE_D, r::VIEW_LANES, Slot::TopD),
        vector_at("list1", LIST1, r::VIEW_LISTS, Slot::ListT), vector_at("list2", LIST2, r::VIEW_LISTS, Slot::ListT),
        vector_at("list3", LIST3, r::VIEW_LISTS, Slot::ListT), vector_at("list4", LIST4, r::VIEW_LISTS, Slot::ListT),
        vector_at("lanes1", LANES1, r::VIEW_LANE_LISTS, Slot::ListLane), vector_at("lanes2", LANES2, r::VIEW_LANE_LISTS, Slot::ListLane),
        vector_at("lanes3", LANES3, r::VIEW_LANE_LISTS, Slot::ListLane), vector_at("lanes4", LANES4, r::VIEW_LANE_LISTS, Slot::ListLane),
        vector_at("tableN", LIST1 | LIST2 | LIST3 | LIST4, r::VIEW_LISTS, Slot::ListN),
        // Numbers.
        kind("addimm", INT | SYM, Slot::AddImmediate).range(0, 0xff_f000), number("addneg", Slot::AddNegated, -0xff_f000, -1),
        kind("imm12", INT | SYM, Slot::Imm12).range(0, 4095),
        number("logical", Slot::Logical(false), I64_MIN, I64_MAX), number("lognot", Slot::Logical(true), I64_MIN, I64_MAX),
        number("zeros", Slot::WideZeros, I64_MIN, I64_MAX), number("ones", Slot::WideOnes, I64_MIN, I64_MAX),
        kind("imm16", INT | SYM, Slot::Imm16).range(0, 0xffff), number("low16", Slot::Low16, 0, 0xffff),
        number("immr", Slot::Immr, 0, 63), number("imms", Slot::Imms, 0, 63), number("lslf", Slot::LslField, 0, 63),
        number("insat", Slot::InsertAt, 0, 63), number("inswidth", Slot::InsertWidth, 1, 64), number("extwidth", Slot::ExtractWidth, 1, 64),
        unsigned("nzcv", 0, 4), unsigned("imm5", 16, 5), unsigned("crm", 8, 4), unsigned("hint", 5, 7), unsigned("prfop", 0, 5),
        unsigned("op1", 16, 3), unsigned("op2", 5, 3), unsigned("cn", 12, 4), unsigned("cm", 8, 4), unsigned("barrier", 8, 4), unsigned("isbarrier", 8, 4),
        unsigned("uimm6", 15, 6), unsigned("rotate6", 10, 6), number("bit32", Slot::BitNumber(32), 0, 31), number("bit64", Slot::BitNumber(64), 0, 63),
        kind("cond", COND, Slot::Cond), kind("condinv", COND, Slot::CondInverted), kind("condlow", COND, Slot::CondLow),
        kind("shift", SHIFT, Slot::Shift(false)), kind("rotshift", SHIFT, Slot::Shift(true)), kind("extend", EXTEND, Slot::Extend(true)), kind("extendw", EXTEND, Slot::Extend(false)),
        kind("lsl12", LSL, Slot::Lsl12), kind("lsl16", LSL, Slot::Lsl16),
        kind("label26", PLACE, Slot::Branch26(false)), kind("call26", PLACE, Slot::Branch26(true)), kind("label19", PLACE, Slot::Branch19),
        kind("label14", PLACE, Slot::Branch14), kind("markcall", LABEL | SYM, Slot::Mark(0)), kind("markload", LABEL | SYM, Slot::Mark(1)), kind("markadd", LABEL | SYM, Slot::Mark(2)), kind("word", INT, Slot::Unsigned(0, 32)).range(0, 0xffff_ffff), kind("literal", PLACE, Slot::Literal), kind("adr", PLACE, Slot::Adr(false)), kind("adrp", PLACE, Slot::Adr(true)),
        // Memory.
        memory("ms0", OFFSET, Slot::MemScaled(0), 8).range(0, 4095), memory("ms1", OFFSET, Slot::MemScaled(1), 16).range(0, 8190), memory("ms2", OFFSET, Slot::MemScaled(2), 32).range(0, 16380),
        memory("ms3", OFFSET, Slot::MemScaled(3), 64).range(0, 32760), memory("ms4", OFFSET, Slot::MemScaled(4), 128).range(0, 65520),
        memory("mu", OFFSET, Slot::MemUnscaled, 0).range(-256, 255), memory("mpre", PRE, Slot::MemUnscaled, 0).range(-256, 255), memory("mpost", POST, Slot::MemUnscaled, 0).range(-256, 255),
        memory("mp2", OFFSET, Slot::MemPair(2), 64).range(-256, 252), memory("mp3", OFFSET, Slot::MemPair(3), 128).range(-512, 504), memory("mp4", OFFSET, Slot::MemPair(4), 256).range(-1024, 1008),
        memory("mppre2", PRE, Slot::MemPair(2), 64).range(-256, 252), memory("mppre3", PRE, Slot::MemPair(3), 128).range(-512, 504), memory("mppre4", PRE, Slot::MemPair(4), 256).range(-1024, 1008),
        memory("mppost2", POST, Slot::MemPair(2), 64).range(-256, 252), memory("mppost3", POST, Slot::MemPair(3), 128).range(-512, 504), memory("mppost4", POST, Slot::MemPair(4), 256).range(-1024, 1008),
        memory("mi0", INDEX, Slot::MemIndex(0), 8), memory("mi1", INDEX, Slot::MemIndex(1), 16), memory("mi2", INDEX, Slot::MemIndex(2), 32),
        memory("mi3", INDEX, Slot::MemIndex(3), 64), memory("mi4", INDEX, Slot::MemIndex(4), 128),
        memory("mb", BASE, Slot::MemBase, 0), memory("ma", OFFSET, Slot::MemAuthenticated, 64).range(-4096, 4088), memory("mapre", PRE, Slot::MemAuthenticated, 64).range(-4096, 4088),
        memory("mlist", POST | POST_REGISTER, Slot::MemList, 0),
        // System.
        number("sysreg", Slot::SystemRegister, 0, 0xffff), number("pstate", Slot::ProcessorState, 0, 0x7f), number("sysop", Slot::SystemOperation, 0, 0x3fff),
        // Floats and vectors.
        number("fimm", Slot::FloatImmediate, 0, 255), number("vfimm", Slot::FloatVector, 0, 255), number("fzero", Slot::FloatZero, 0, 0), number("zero", Slot::Exactly(0), 0, 0),
        number("fbits", Slot::FractionBits, 1, 64),
        number("shl8", Slot::ShiftLeft(0), 0, 7), number("shl16", Slot::ShiftLeft(1), 0, 15), number("shl32", Slot::ShiftLeft(2), 0, 31), number("shl64", Slot::ShiftLeft(3), 0, 63),
        number("shr8", Slot::ShiftRight(0), 1, 8), number("shr16", Slot::ShiftRight(1), 1, 16), number("shr32", Slot::ShiftRight(2), 1, 32), number("shr64", Slot::ShiftRight(3), 1, 64),
        number("is8", Slot::Exactly(8), 8, 8), number("is16", Slot::Exactly(16), 16, 16), number("is32", Slot::Exactly(32), 32, 32),
        number("vimm8", Slot::VectorImmediate, 0, 255), number("bytemask", Slot::ByteMask, I64_MIN, I64_MAX),
        kind("vlsl16", LSL, Slot::VectorLsl(16)), kind("vlsl32", LSL, Slot::VectorLsl(32)), kind("vmsl", MSL, Slot::VectorMsl),
        number("extpos", Slot::ExtPosition, 0, 15),
        number("rot12", Slot::RotateOdd(12), 90, 270), number("rot11", Slot::Rotate(11), 0, 270), number("rot13", Slot::Rotate(13), 0, 270),
    ]
};

/// Variants. Names: `R RP R0` integer registers, `F` float scalar; of vectors `V` the arrangement, `L` the one with
/// elements twice as wide, `P` the one with pairs joined, `E` the element as scalar, `LE` the wide element as scalar, `N` the
/// next narrower scalar; `SL SR` shifts by immediates, `IS` the element's bits, `LM` a lane of `Rm`.
#[rustfmt::skip]
const VARIANTS: &[Variant] = {
    const X: u64 = 1 << 31;
    const Q: u64 = 1 << 30;
    const fn size(n: u64) -> u64 { n << 22 }
    const fn v(letter: u8, bits: u64, names: &'static [(&'static str, &'static str)]) -> Variant { Variant { letter, bits, names } }
    &[
        v(b'w', 0, &[("R", "W"), ("RP", "WP"), ("R0", "W0"), ("RSP", "WSP")]), v(b'x', X, &[("R", "X"), ("RP", "XP"), ("R0", "X0"), ("RSP", "SP")]),
        v(b'y', X | 1 << 22, &[("R", "X"), ("RP", "XP"), ("R0", "X0")]),
        // Bit 30 tells the widths of loads, stores and atomics.
        v(b'z', 1 << 30, &[("R", "X")]),
        v(b's', 0, &[("F", "S"), ("mp", "mp2"), ("mppre", "mppre2"), ("mppost", "mppost2")]), v(b'd', size(1), &[("F", "D")]), v(b'h', size(3), &[("F", "H")]),
        // Integer vectors, `size` at 23:22.
        v(b'b', 0, &[("V", "8B"), ("L", "8H"), ("P", "4H"), ("E", "B"), ("LE", "H"), ("IS", "is8")]),
        v(b'B', Q, &[("V", "16B"), ("L", "8H"), ("P", "8H"), ("E", "B"), ("LE", "H"), ("IS", "is8")]),
        v(b'i', size(1), &[("V", "4H"), ("L", "4S"), ("P", "2S"), ("E", "H"), ("LE", "S"), ("LM", "laneHM"), ("IS", "is16")]),
        v(b'I', Q | size(1), &[("V", "8H"), ("L", "4S"), ("P", "4S"), ("E", "H"), ("LE", "S"), ("LM", "laneHM"), ("IS", "is16")]),
        v(b'j', size(2), &[("V", "2S"), ("L", "2D"), ("P", "1D"), ("E", "S"), ("LE", "D"), ("LM", "laneSM"), ("IS", "is32")]),
        v(b'J', Q | size(2), &[("V", "4S"), ("L", "2D"), ("P", "2D"), ("E", "S"), ("LE", "D"), ("LM", "laneSM"), ("IS", "is32")]),
        v(b'k', size(3), &[("V", "1D"), ("L", "1Q")]),
        v(b'K', Q | size(3), &[("V", "2D"), ("L", "1Q"), ("E", "D")]),
        // Float vectors, `sz` at 22.
        v(b'f', 0, &[("V", "2S"), ("E", "S"), ("LM", "laneSM"), ("C", "4H"), ("SR", "shr32")]),
        v(b'F', Q, &[("V", "4S"), ("E", "S"), ("LM", "laneSM"), ("C", "8H"), ("SR", "shr32")]),
        v(b'G', Q | size(1), &[("V", "2D"), ("E", "D"), ("LM", "laneDM"), ("C", "4S"), ("SR", "shr64")]),
        v(b'g', size(1), &[("C", "2S")]),
        // Only `Q`: where the element's size is elsewhere.
        v(b'p', 0, &[("V", "8B"), ("L", "8H"), ("SL", "shl8"), ("SR", "shr8")]), v(b'P', Q, &[("V", "16B"), ("L", "8H"), ("SL", "shl8"), ("SR", "shr8")]),
        v(b'q', 0, &[("V", "4H"), ("L", "4S"), ("SL", "shl16"), ("SR", "shr16")]), v(b'Q', Q, &[("V", "8H"), ("L", "4S"), ("SL", "shl16"), ("SR", "shr16")]),
        v(b'r', 0, &[("V", "2S"), ("L", "2D"), ("SL", "shl32"), ("SR", "shr32")]), v(b'S', Q, &[("V", "4S"), ("L", "2D"), ("SL", "shl32"), ("SR", "shr32")]),
        v(b'T', Q, &[("V", "2D"), ("SL", "shl64"), ("SR", "shr64")]),
        // Scalars of the vector file, `size` at 23:22.
        v(b'0', 0, &[("E", "B"), ("LE", "H")]), v(b'1', size(1), &[("E", "H"), ("LE", "S"), ("LM", "laneHM")]),
        v(b'2', size(2), &[("E", "S"), ("LE", "D"), ("LM", "laneSM")]), v(b'3', size(3), &[("E", "D")]),
        // The same, `sz` at 22 (floats), and without bits (shifts).
        v(b'4', 0, &[("E", "S"), ("LM", "laneSM"), ("V", "2S"), ("SR", "shr32")]), v(b'5', size(1), &[("E", "D"), ("LM", "laneDM"), ("V", "2D"), ("SR", "shr64")]),
        v(b'6', 0, &[("E", "B"), ("LE", "H"), ("SL", "shl8"), ("SR", "shr8")]), v(b'7', 0, &[("E", "H"), ("LE", "S"), ("SL", "shl16"), ("SR", "shr16")]),
        v(b'8', 0, &[("E", "S"), ("LE", "D"), ("SL", "shl32"), ("SR", "shr32")]), v(b'9', 0, &[("E", "D"), ("SL", "shl64"), ("SR", "shr64")]),
        // Half precision: `sz` bits of their own.
        v(b'e', 0, &[("V", "4H"), ("E", "H"), ("LM", "laneHM")]), v(b'E', Q, &[("V", "8H"), ("E", "H"), ("LM", "laneHM")]),
    ]
};

/// The vocabulary of the row tables.
pub(crate) const NOTATION: Notation<Slot> =
    Notation { kinds: KINDS, fields: FIELDS, variants: VARIANTS, nothing: Slot::Nothing, compressed: false };

/// The kinds as [`lathe_isa::Isa::kinds`] hands them out.
pub(crate) static PUBLIC_KINDS: [Kind; KINDS.len()] = NOTATION.public_kinds();

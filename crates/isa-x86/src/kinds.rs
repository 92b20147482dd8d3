//! Operand kinds of x86, the facts that they accept, and how a concrete operand's facts are found.
//!
//! Each kind also knows the place in the encoding that an operand of it takes by default ([`Slot`]), as
//! the manual's operand notation does: `r32` is `ModRM.reg`, `rm32` is `ModRM.rm`, `v32` is `VEX.vvvv`.

use crate::registers as r;
use lathe_isa::{Facts, Imm, Kind, Mem, MemMode, Modifier, Operand, PhysReg, Reg, RegClass};

/// Where an operand goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Slot {
    /// Nowhere: fixed by the row.
    Implicit,
    /// `ModRM.rm`, register or memory.
    Rm,
    /// `ModRM.reg`.
    Reg,
    /// `VEX.vvvv`.
    Vvvv,
    /// Bits 7:4 of a trailing byte.
    Is4,
    /// Low three bits of the opcode.
    Opcode,
    /// Low three bits of the fixed second byte (`st(i)`).
    Stack,
    /// One byte.
    Imm8,
    /// One byte that the processor sign-extends.
    Imm8Signed,
    /// Two bytes.
    Imm16,
    /// Four bytes.
    Imm32,
    /// Four bytes that the processor sign-extends to eight.
    Imm32Signed,
    /// Eight bytes.
    Imm64,
    /// Branch distance.
    Rel8,
    /// Branch distance.
    Rel16,
    /// Branch distance.
    Rel32,
    /// Absolute address of the address size.
    Moffs,
    /// EVEX `aaa` and `z`.
    Mask,
    /// EVEX rounding control.
    Rounding,
}

macro_rules! bits {
    ($($name:ident)*) => { bits!(@ 0u32; $($name)*); };
    (@ $n:expr; $head:ident $($rest:ident)*) => { pub(crate) const $head: u64 = 1 << ($n); bits!(@ $n + 1; $($rest)*); };
    (@ $n:expr;) => { pub(crate) const BIT_COUNT: u32 = $n; };
}

bits! {
    R8 R16 R32 R64 AL AX EAX RAX CL DX
    XMM YMM ZMM XLOW YLOW XMM0
    ST ST0 STN MM K SR ES CS SS DS FS GS CR DR
    M8 M16 M32 M48 M64 M80 M128 M256 M512 MOFFS VSIBX VSIBY VSIBZ BCST
    I8S I8U I16 I32S I32U I64 ONE SYM
    THREE LABEL SHORT MASK MERGE ROUND ECX RCX
}
const _: () = assert!(BIT_COUNT <= 64);

/// Memory of every size.
pub(crate) const MEMORY: u64 = M8 | M16 | M32 | M48 | M64 | M80 | M128 | M256 | M512;

/// A kind and its default place.
#[derive(Clone, Copy)]
pub(crate) struct KindRow {
    pub kind: Kind,
    pub slot: Slot,
}

const fn kind(name: &'static str, facts: u64, slot: Slot) -> KindRow {
    let kind =
        Kind { name, facts: Facts(facts), class: None, view: 0, fixed: None, memory_bits: 0, range: None };
    KindRow { kind, slot }
}

impl KindRow {
    const fn reg(mut self, class: RegClass, view: u8) -> KindRow {
        self.kind.class = Some(class);
        self.kind.view = view;
        self
    }

    const fn int(self, view: u8) -> KindRow {
        self.reg(RegClass::Int, view)
    }

    const fn vector(self, view: u8) -> KindRow {
        self.reg(RegClass::Vector, view)
    }

    const fn mem(mut self, bits: u16) -> KindRow {
        self.kind.memory_bits = bits;
        self
    }

    const fn only(mut self, reg: PhysReg) -> KindRow {
        self.kind.fixed = Some(reg);
        self
    }

    const fn range(mut self, min: i64, max: i64) -> KindRow {
        self.kind.range = Some((min, max));
        self
    }
}

/// Kinds in families of four (8, 16, 32, 64 bits) so that a template's size picks one: `rv` is
/// `r8 r16 r32 r64`.
#[rustfmt::skip]
pub(crate) const KINDS: &[KindRow] = {
    use Slot::{Imm8, Imm8Signed, Imm16, Imm32, Imm32Signed, Imm64, Implicit, Is4, Mask, Moffs, Opcode, Reg, Rel8, Rel16, Rel32, Rm, Rounding, Stack, Vvvv};
    use RegClass as C;
    const I32_MIN: i64 = i32::MIN as i64;
    const U32_MAX: i64 = u32::MAX as i64;
    &[
        // General registers.
        kind("r8", R8, Reg).int(0), kind("r16", R16, Reg).int(2), kind("r32", R32, Reg).int(3), kind("r64", R64, Reg).int(4),
        kind("rm8", R8 | M8, Rm).int(0).mem(8), kind("rm16", R16 | M16, Rm).int(2).mem(16),
        kind("rm32", R32 | M32, Rm).int(3).mem(32), kind("rm64", R64 | M64, Rm).int(4).mem(64),
        kind("u8", R8, Rm).int(0), kind("u16", R16, Rm).int(2), kind("u32", R32, Rm).int(3), kind("u64", R64, Rm).int(4),
        kind("o8", R8, Opcode).int(0), kind("o16", R16, Opcode).int(2), kind("o32", R32, Opcode).int(3), kind("o64", R64, Opcode).int(4),
        kind("m8", M8, Rm).mem(8), kind("m16", M16, Rm).mem(16), kind("m32", M32, Rm).mem(32), kind("m64", M64, Rm).mem(64),
        kind("al", AL, Implicit).int(0).only(r::RAX), kind("ax", AX, Implicit).int(2).only(r::RAX),
        kind("eax", EAX, Implicit).int(3).only(r::RAX), kind("rax", RAX, Implicit).int(4).only(r::RAX),
        kind("ib", I8U | SYM, Imm8).range(-128, 255), kind("iw", I16 | SYM, Imm16).range(-32768, 65535),
        kind("id", I32S | I32U | SYM, Imm32).range(I32_MIN, U32_MAX), kind("ids", I32S | SYM, Imm32Signed).range(I32_MIN, i32::MAX as i64),
        kind("v8", 0, Vvvv).int(0), kind("v16", 0, Vvvv).int(2), kind("v32", R32, Vvvv).int(3), kind("v64", R64, Vvvv).int(4),
        // Others of the integer side.
        kind("ibs", I8S, Imm8Signed).range(-128, 127), kind("iq", I64 | SYM, Imm64),
        kind("one", ONE, Implicit).range(1, 1), kind("three", THREE, Implicit).range(3, 3),
        kind("cl", CL, Implicit).int(0).only(r::RCX), kind("dx", DX, Implicit).int(2).only(r::RDX),
        kind("ecx", ECX, Implicit).int(3).only(r::RCX), kind("rcx", RCX, Implicit).int(4).only(r::RCX),
        kind("m", MEMORY, Rm), kind("m48", M48, Rm).mem(48), kind("m80", M80, Rm).mem(80), kind("m128", M128, Rm).mem(128),
        kind("m256", M256, Rm).mem(256), kind("m512", M512, Rm).mem(512),
        kind("moffs8", MOFFS, Moffs).mem(8), kind("moffs16", MOFFS, Moffs).mem(16), kind("moffs32", MOFFS, Moffs).mem(32), kind("moffs64", MOFFS, Moffs).mem(64),
        kind("rel8", SHORT, Rel8), kind("rel16", LABEL, Rel16), kind("rel32", LABEL, Rel32),
        kind("sr", SR, Reg).reg(C::Segment, 0), kind("cr", CR, Reg).reg(C::System, 0), kind("dr", DR, Reg).reg(C::System, 0),
        kind("es", ES, Implicit).reg(C::Segment, 0).only(r::ES), kind("cs", CS, Implicit).reg(C::Segment, 0).only(r::CS),
        kind("ss", SS, Implicit).reg(C::Segment, 0).only(r::SS), kind("ds", DS, Implicit).reg(C::Segment, 0).only(r::DS),
        kind("fs", FS, Implicit).reg(C::Segment, 0).only(r::FS), kind("gs", GS, Implicit).reg(C::Segment, 0).only(r::GS),
        kind("u32m16", R32 | M16, Rm).int(3).mem(16), kind("u32m8", R32 | M8, Rm).int(3).mem(8), kind("u64m16", R64 | M16, Rm).int(4).mem(16),
        // x87, MMX.
        kind("st", ST0, Implicit).reg(C::X87, 0).only(r::ST0), kind("sti", ST, Stack).reg(C::X87, 0), kind("stn", STN, Stack).reg(C::X87, 0),
        kind("mm", MM, Reg).reg(C::Mmx, 0), kind("mm32", MM | M32, Rm).reg(C::Mmx, 0).mem(32), kind("mm64", MM | M64, Rm).reg(C::Mmx, 0).mem(64), kind("mu", MM, Rm).reg(C::Mmx, 0),
        // Vectors, registers 0-15: legacy and VEX.
        kind("x", XLOW, Reg).vector(0), kind("xv", XLOW, Vvvv).vector(0), kind("xu", XLOW, Rm).vector(0), kind("xi", XLOW, Is4).vector(0),
        kind("x8", XLOW | M8, Rm).vector(0).mem(8), kind("x16", XLOW | M16, Rm).vector(0).mem(16), kind("x32", XLOW | M32, Rm).vector(0).mem(32),
        kind("x64", XLOW | M64, Rm).vector(0).mem(64), kind("x128", XLOW | M128, Rm).vector(0).mem(128),
        kind("y", YLOW, Reg).vector(1), kind("yv", YLOW, Vvvv).vector(1), kind("yu", YLOW, Rm).vector(1), kind("yi", YLOW, Is4).vector(1),
        kind("y256", YLOW | M256, Rm).vector(1).mem(256), kind("y128", YLOW | M128, Rm).vector(1).mem(128),
        kind("x0", XMM0, Implicit).vector(0).only(r::XMM0),
        kind("vmx32", VSIBX, Rm).mem(32), kind("vmx64", VSIBX, Rm).mem(64), kind("vmy32", VSIBY, Rm).mem(32), kind("vmy64", VSIBY, Rm).mem(64),
        kind("vmz32", VSIBZ, Rm).mem(32), kind("vmz64", VSIBZ, Rm).mem(64),
        // Vectors, registers 0-31: EVEX. A trailing b32/b64 admits an embedded broadcast of that element.
        kind("X", XMM, Reg).vector(0), kind("Xv", XMM, Vvvv).vector(0), kind("Xu", XMM, Rm).vector(0),
        kind("X8", XMM | M8, Rm).vector(0).mem(8), kind("X16", XMM | M16, Rm).vector(0).mem(16),
        kind("X32", XMM | M32, Rm).vector(0).mem(32), kind("X64", XMM | M64, Rm).vector(0).mem(64), kind("X128", XMM | M128, Rm).vector(0).mem(128),
        kind("X64b32", XMM | M64 | BCST, Rm).vector(0).mem(64), kind("X128b32", XMM | M128 | BCST, Rm).vector(0).mem(128), kind("X128b64", XMM | M128 | BCST, Rm).vector(0).mem(128),
        kind("Y", YMM, Reg).vector(1), kind("Yv", YMM, Vvvv).vector(1), kind("Yu", YMM, Rm).vector(1),
        kind("Y256", YMM | M256, Rm).vector(1).mem(256), kind("Y256b32", YMM | M256 | BCST, Rm).vector(1).mem(256), kind("Y256b64", YMM | M256 | BCST, Rm).vector(1).mem(256),
        kind("Z", ZMM, Reg).vector(2), kind("Zv", ZMM, Vvvv).vector(2), kind("Zu", ZMM, Rm).vector(2),
        kind("Z512", ZMM | M512, Rm).vector(2).mem(512), kind("Z512b32", ZMM | M512 | BCST, Rm).vector(2).mem(512), kind("Z512b64", ZMM | M512 | BCST, Rm).vector(2).mem(512),
        kind("k", K, Reg).reg(C::Mask, 0), kind("kv", K, Vvvv).reg(C::Mask, 0), kind("ku", K, Rm).reg(C::Mask, 0),
        kind("km8", K | M8, Rm).reg(C::Mask, 0).mem(8), kind("km16", K | M16, Rm).reg(C::Mask, 0).mem(16), kind("km32", K | M32, Rm).reg(C::Mask, 0).mem(32), kind("km64", K | M64, Rm).reg(C::Mask, 0).mem(64),
        kind("mask", MASK, Mask), kind("merge", MERGE, Mask), kind("round", ROUND, Rounding),
    ]
};

/// The kind table in the form that [`lathe_isa::Isa::kinds`] hands out.
pub(crate) static PUBLIC_KINDS: [Kind; KINDS.len()] = {
    let mut out = [KINDS[0].kind; KINDS.len()];
    let mut i = 0;
    while i < KINDS.len() {
        out[i] = KINDS[i].kind;
        i += 1;
    }
    out
};

/// Facts of a register operand.
#[inline]
pub(crate) fn register_facts(reg: Reg) -> u64 {
    let n = reg.phys.0;
    match n {
        0..=15 => {
            const PLAIN: [u64; 5] = [R8, R8, R16, R32, R64];
            const A: [u64; 5] = [R8 | AL, R8, R16 | AX, R32 | EAX, R64 | RAX];
            const C: [u64; 5] = [R8 | CL, R8, R16, R32 | ECX, R64 | RCX];
            const D: [u64; 5] = [R8, R8, R16 | DX, R32, R64];
            let view = reg.view as usize % 5;
            match n {
                0 => A[view],
                1 => C[view],
                2 => D[view],
                _ => PLAIN[view],
            }
        }
        16 if reg.view == 0 => XMM | XLOW | XMM0,
        16..=31 => [XMM | XLOW, YMM | YLOW, ZMM][reg.view as usize % 3],
        32..=47 => [XMM, YMM, ZMM][reg.view as usize % 3],
        48 => ST | ST0,
        49..=55 => ST | STN,
        56..=63 => MM,
        64..=71 => K,
        72..=77 => SR | ES << (n - 72),
        78..=93 => CR,
        94..=109 => DR,
        _ => 0,
    }
}

/// Facts of a memory operand.
#[inline]
pub(crate) fn memory_facts(mem: &Mem) -> u64 {
    if mem.index.is_some() && mem.index.phys.0 >= 16 {
        return [VSIBX, VSIBY, VSIBZ][mem.index.view as usize % 3];
    }
    if mem.mode == MemMode::Broadcast {
        return BCST;
    }
    let moffs = if mem.base.is_some() || mem.index.is_some() { 0 } else { MOFFS };
    let sized = match mem.size {
        0 => return MEMORY | moffs,
        1 => M8,
        2 => M16,
        4 => M32,
        6 => M48,
        8 => M64,
        10 => M80,
        16 => M128,
        32 => M256,
        _ => M512,
    };
    sized | moffs
}

/// Facts of a number where the operand size is `bits` (0: the row has none).
#[inline]
pub(crate) fn number_facts(value: i64, bits: u8) -> u64 {
    let mut facts = I64;
    match value {
        1 => facts |= ONE,
        3 => facts |= THREE,
        _ => {}
    }
    // GNU as takes an unsigned number of the operand size for the signed one with the same bits.
    let value = match bits {
        8 if (-256..256).contains(&value) => return facts | I8U | I8S,
        16 if (-65536..65536).contains(&value) => i64::from(value as i16),
        32 if (-(1 << 32)..1 << 32).contains(&value) => i64::from(value as i32),
        _ => value,
    };
    if value == i64::from(value as i8) {
        facts |= I8S;
    }
    if (-128..256).contains(&value) {
        facts |= I8U;
    }
    if (-32768..65536).contains(&value) {
        facts |= I16;
    }
    if value == i64::from(value as i32) {
        facts |= I32S;
    }
    if value >> 32 == 0 {
        facts |= I32U;
    }
    facts
}

/// Facts of any operand.
#[inline]
pub(crate) fn operand_facts(operand: &Operand, bits: u8) -> u64 {
    match operand {
        Operand::None | Operand::Cond(_) | Operand::Shift { .. } | Operand::Prefixes(_) => 0,
        Operand::Reg(reg) => register_facts(*reg),
        Operand::Mem(mem) => memory_facts(mem),
        Operand::Imm(Imm::Int(value)) => number_facts(*value, bits),
        Operand::Imm(Imm::Symbol(_)) => SYM,
        // A modifier (`@PLT`) asks for a relocation, which short branches do not have.
        // GNU as relaxes `jmp f@PLT` like any jump.
        Operand::Label(target) if matches!(target.modifier, Modifier::NONE | crate::fixups::PLT) => {
            LABEL | SHORT
        }
        Operand::Label(_) => LABEL,
        Operand::Mask(_, zeroing) => MASK | if *zeroing { 0 } else { MERGE },
        Operand::Rounding(_) => ROUND,
    }
}

//! Short names for what every rule writes: operands, rows, pseudo rows.

use lathe_ir::Type;
use lathe_isa::{PhysReg, RowId};
use lathe_isa_riscv::registers as r;
use lathe_isa_riscv::rows as x;
use lathe_mach::inst::pseudo;
use lathe_mach::select::Selector;
use lathe_mach::{MReg, MachOperand, VReg};

pub(crate) use lathe_isa_riscv::registers::{VIEW_D, VIEW_S, VIEW_X};
pub(crate) use lathe_mach::inst::operands::{fixed_def, fixed_use, imm, tied};

/// Pseudo row: `Def, Symbol, Imm(label)`: an `auipc` with a label before it, which the low part names.
pub(crate) const AUIPC_LABEL: RowId = RowId(pseudo::TARGET);
/// Pseudo row: `Tied{to, from}, Use(other), Use(a), Use(b), Cond(code), Imm(label)`: `from` where the condition holds on `a` and
/// `b`, else `other`.
pub(crate) const CHOOSE: RowId = RowId(pseudo::TARGET + 1);
/// The same on float registers; the condition is on integer registers.
pub(crate) const CHOOSE_FLOAT: RowId = RowId(pseudo::TARGET + 2);
/// Pseudo row: `Def, Imm(n)`: the end of the outgoing-argument area plus `n`: memory that `stack_alloc` gave.
pub(crate) const STACK_ADDRESS: RowId = RowId(pseudo::TARGET + 3);
/// Pseudo row: `Def, Mem`: the address of a frame place.
pub(crate) const ADDRESS_OF: RowId = RowId(pseudo::TARGET + 4);
/// Pseudo row: `EarlyDef old, EarlyDef status, Use address, Use expected, Use new, Imm(lr row), Imm(sc row), Imm(first label)`:
/// compare-and-swap of a word; `status` is zero where it stored.
pub(crate) const COMPARE_SWAP: RowId = RowId(pseudo::TARGET + 5);
/// Pseudo row: `EarlyDef old, EarlyDef temporary, Use address, Use expected, Use new, Use mask, Imm(lr row), Imm(sc row),
/// Imm(first label)`: the same of the bits of a word under a mask.
pub(crate) const COMPARE_SWAP_PART: RowId = RowId(pseudo::TARGET + 6);

/// Bytes of an integer or address type.
pub(crate) fn bytes(ty: Type) -> u32 {
    ty.lane_bits(64) / 8
}

/// Bits of an integer or address type.
pub(crate) fn bits(ty: Type) -> u32 {
    ty.lane_bits(64)
}

/// Whether arithmetic on a type is done by the `W` instructions.
pub(crate) fn is_word(ty: Type) -> bool {
    bytes(ty) == 4
}

/// Whether a type is narrower than `int`.
pub(crate) fn is_narrow(ty: Type) -> bool {
    bytes(ty) < 4
}

/// A row for 64 bits and its `W` form: narrow types take the first, since nobody looks at their upper bits.
pub(crate) fn sized(ty: Type, whole: RowId, word: RowId) -> RowId {
    if is_word(ty) { word } else { whole }
}

/// The view of a float type.
pub(crate) fn float_view(ty: Type) -> u8 {
    if ty == Type::F32 { VIEW_S } else { VIEW_D }
}

pub(crate) fn use_x(reg: VReg) -> MachOperand {
    MachOperand::Use(reg.into(), VIEW_X)
}

pub(crate) fn def_x(reg: VReg) -> MachOperand {
    MachOperand::Def(reg.into(), VIEW_X)
}

pub(crate) fn use_f(reg: VReg, ty: Type) -> MachOperand {
    MachOperand::Use(reg.into(), float_view(ty))
}

pub(crate) fn def_f(reg: VReg, ty: Type) -> MachOperand {
    MachOperand::Def(reg.into(), float_view(ty))
}

/// A physical integer register, read.
pub(crate) fn phys(reg: PhysReg) -> MachOperand {
    MachOperand::Use(MReg::phys(reg), VIEW_X)
}

/// A physical integer register, written.
pub(crate) fn phys_def(reg: PhysReg) -> MachOperand {
    MachOperand::Def(MReg::phys(reg), VIEW_X)
}

/// `zero`, read.
pub(crate) fn zero() -> MachOperand {
    phys(r::ZERO)
}

/// Whether a number fits a signed immediate of 12 bits.
pub(crate) fn fits_12(value: i64) -> bool {
    (-2048..2048).contains(&value)
}

/// An integer constant as its type has it: sign-extended.
pub(crate) fn sign_extended(ty: Type, value: i64) -> i64 {
    match bytes(ty) {
        1 => i64::from(value as i8),
        2 => i64::from(value as i16),
        4 => i64::from(value as i32),
        _ => value,
    }
}

/// An integer constant as its type has it: zero-extended.
pub(crate) fn zero_extended(ty: Type, value: i64) -> i64 {
    match bytes(ty) {
        1 => i64::from(value as u8),
        2 => i64::from(value as u16),
        4 => i64::from(value as u32),
        _ => value,
    }
}

/// `row to, a, b`
pub(crate) fn op3(cx: &mut Selector<'_>, row: RowId, to: VReg, a: VReg, b: VReg) {
    cx.op(row, &[def_x(to), use_x(a), use_x(b)]);
}

/// `row to, a, n`
pub(crate) fn op_imm(cx: &mut Selector<'_>, row: RowId, to: VReg, a: VReg, n: i64) {
    cx.op(row, &[def_x(to), use_x(a), imm(n)]);
}

/// `row new, a, b`
pub(crate) fn new3(cx: &mut Selector<'_>, row: RowId, a: VReg, b: VReg) -> VReg {
    let to = cx.temp(Type::I64);
    op3(cx, row, to, a, b);
    to
}

/// `row new, a, n`
pub(crate) fn new_imm(cx: &mut Selector<'_>, row: RowId, a: VReg, n: i64) -> VReg {
    let to = cx.temp(Type::I64);
    op_imm(cx, row, to, a, n);
    to
}

/// A copy that the allocator may take away.
pub(crate) fn copy(cx: &mut Selector<'_>, to: VReg, from: VReg) {
    cx.op(pseudo::COPY, &[tied(to, from, VIEW_X)]);
}

/// `snez to, from`
pub(crate) fn is_not_zero(cx: &mut Selector<'_>, to: VReg, from: VReg) {
    cx.op(x::SLTU, &[def_x(to), zero(), use_x(from)]);
}

/// `seqz to, from`
pub(crate) fn is_zero(cx: &mut Selector<'_>, to: VReg, from: VReg) {
    op_imm(cx, x::SLTIU, to, from, 1);
}

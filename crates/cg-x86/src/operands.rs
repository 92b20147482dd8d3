//! Short names for what every rule writes: views, sizes, operands, rows by size.

use lathe_ir::Type;
use lathe_isa::{PhysReg, RowId};
use lathe_isa_x86::registers as r;
use lathe_mach::select::Selector;
use lathe_mach::{MReg, MachOperand, VReg};

pub(crate) use lathe_isa_x86::registers::{VIEW_8, VIEW_16, VIEW_32, VIEW_64, VIEW_XMM};

/// Pseudo row: `Def`: an all-zero vector register.
pub(crate) const ZERO_VECTOR: RowId = RowId(lathe_mach::inst::pseudo::TARGET);
/// Pseudo row: `Def`: an all-one vector register.
pub(crate) const ONES_VECTOR: RowId = RowId(lathe_mach::inst::pseudo::TARGET + 1);

/// Pseudo row: `Def, Imm(n)`: the end of the outgoing-argument area plus `n`: memory that `stack_alloc` gave.
pub(crate) const STACK_ADDRESS: RowId = RowId(lathe_mach::inst::pseudo::TARGET + 2);

/// Pseudo row: the operands of a row, then `Imm(row)`: that row with a `lock` prefix, which nothing may come between.
pub(crate) const LOCKED: RowId = RowId(lathe_mach::inst::pseudo::TARGET + 3);

/// Bytes of an integer or address type on x86-64.
pub(crate) fn bytes(ty: Type) -> u32 {
    ty.lane_bits(64) / 8
}

/// The view that holds exactly an integer type.
pub(crate) fn view(ty: Type) -> u8 {
    view_of(bytes(ty))
}

/// The integer view of so many bytes.
pub(crate) fn view_of(bytes: u32) -> u8 {
    match bytes {
        1 => VIEW_8,
        2 => VIEW_16,
        4 => VIEW_32,
        _ => VIEW_64,
    }
}

/// The view in which arithmetic happens: 32 bits for narrow types, whose upper bits mean nothing.
pub(crate) fn wide_view(ty: Type) -> u8 {
    if bytes(ty) == 8 { VIEW_64 } else { VIEW_32 }
}

/// A mnemonic's rows for 8, 16, 32, 64 bits.
pub(crate) type Sized4 = [RowId; 4];

/// The row of exactly the type's size.
pub(crate) fn exact(rows: Sized4, ty: Type) -> RowId {
    rows[match bytes(ty) {
        1 => 0,
        2 => 1,
        4 => 2,
        _ => 3,
    }]
}

/// The row in which arithmetic on the type happens.
pub(crate) fn wide(rows: Sized4, ty: Type) -> RowId {
    if bytes(ty) == 8 { rows[3] } else { rows[2] }
}

pub(crate) fn reg_use(reg: VReg, view: u8) -> MachOperand {
    MachOperand::Use(reg.into(), view)
}

pub(crate) fn def(reg: VReg, view: u8) -> MachOperand {
    MachOperand::Def(reg.into(), view)
}

pub(crate) fn tied(to: VReg, from: VReg, view: u8) -> MachOperand {
    MachOperand::Tied { to: to.into(), from: from.into(), view }
}

pub(crate) fn imm(value: i64) -> MachOperand {
    MachOperand::Imm(value)
}

pub(crate) fn fixed_use(reg: VReg, phys: PhysReg) -> MachOperand {
    MachOperand::FixedUse(reg.into(), phys)
}

pub(crate) fn fixed_def(reg: VReg, phys: PhysReg) -> MachOperand {
    MachOperand::FixedDef(reg.into(), phys)
}

/// `cl`, as shifts name it.
pub(crate) fn cl() -> MachOperand {
    MachOperand::Use(MReg::phys(r::RCX), VIEW_8)
}

/// A register as a source: from its spill slot if that is exactly as wide as the view.
pub(crate) fn source(cx: &Selector<'_>, reg: VReg, view: u8) -> MachOperand {
    let size = cx.out.func.vregs[reg.index()].size;
    let fits = match view {
        VIEW_32 => size == 4,
        VIEW_64 => size == 8,
        _ => false,
    };
    if fits { MachOperand::UseAny(reg.into(), view) } else { reg_use(reg, view) }
}

/// Whether a number fits a sign-extended 32-bit immediate.
pub(crate) fn fits_i32(value: i64) -> bool {
    i32::try_from(value).is_ok()
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

/// Appends an instruction that also destroys a register.
pub(crate) fn clobbering(cx: &mut Selector<'_>, row: RowId, operands: &[MachOperand], lost: PhysReg) {
    let flags = lathe_mach::inst::function::InstFlags::NONE;
    cx.out.op_with(row, operands, r::set(&[lost]), flags);
}

//! Short names for what every rule writes: views, sizes, operands, pseudo rows.

use lathe_ir::{Type, Value};
use lathe_isa::{PhysReg, RowId};
use lathe_isa_aarch64::registers as r;
use lathe_mach::inst::pseudo::TARGET;
use lathe_mach::select::Selector;
use lathe_mach::{MReg, MachOperand};

pub(crate) use lathe_isa_aarch64::registers::{VIEW_8B, VIEW_16B, VIEW_D, VIEW_Q, VIEW_S, VIEW_W, VIEW_X};

/// Pseudo row: `Def, Mem`: the address of a place in the frame.
pub(crate) const ADDRESS: RowId = RowId(TARGET);
/// Pseudo row: `Def, Imm(n)`: the end of the outgoing-argument area plus `n`: memory that `stack_alloc` gave.
pub(crate) const STACK_ADDRESS: RowId = RowId(TARGET + 1);
/// Pseudo row: an exclusive loop; see [`crate::rules_atomic`].
pub(crate) const EXCLUSIVE_SWAP: RowId = RowId(TARGET + 2);
/// Pseudo row: an exclusive compare-and-swap; see [`crate::rules_atomic`].
pub(crate) const EXCLUSIVE_COMPARE: RowId = RowId(TARGET + 3);

pub(crate) use lathe_isa_aarch64::conditions::{ASR, Cond, LSL, LSR, SXTB, SXTH, SXTW, UXTB, UXTH, UXTW};
pub(crate) use lathe_mach::inst::operands::{def, fixed_def, fixed_use, imm, reg_use, tied};

/// Pseudo row: `Symbol, Symbol, Symbol, FixedDef`: the call through a TLS descriptor.
pub(crate) const DESCRIPTOR_CALL: RowId = RowId(TARGET + 4);

/// Bytes of an integer or address type.
pub(crate) fn bytes(ty: Type) -> u32 {
    ty.lane_bits(64) / 8
}

/// Bytes of all of a type.
pub(crate) fn size(ty: Type) -> u32 {
    bytes(ty) * ty.lanes()
}

/// The view in which arithmetic on an integer type happens: 32 bits for narrow ones, whose upper bits mean nothing.
pub(crate) fn view(ty: Type) -> u8 {
    if bytes(ty) == 8 { VIEW_X } else { VIEW_W }
}

/// The scalar view of a vector register of so many bytes.
pub(crate) fn vector_view(bytes: u32) -> u8 {
    match bytes {
        1 => r::VIEW_B,
        2 => r::VIEW_H,
        4 => VIEW_S,
        8 => VIEW_D,
        _ => VIEW_Q,
    }
}

/// The view that holds a value of a type.
pub(crate) fn view_of(ty: Type) -> u8 {
    if ty.is_int_or_ptr() { view(ty) } else { vector_view(size(ty)) }
}

pub(crate) fn phys_use(reg: PhysReg, view: u8) -> MachOperand {
    MachOperand::Use(MReg::phys(reg), view)
}

pub(crate) fn phys_def(reg: PhysReg, view: u8) -> MachOperand {
    MachOperand::Def(MReg::phys(reg), view)
}

/// The zero register.
pub(crate) fn zero(view: u8) -> MachOperand {
    phys_use(r::XZR, view)
}

/// A shift or extension of the operand before.
pub(crate) fn shifted(kind: u8, amount: u32) -> MachOperand {
    MachOperand::Shift { kind, amount: amount as u8 }
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

/// An integer constant as a register of its type's view has it: for 32 bits and less, zeros above.
pub(crate) fn in_view(ty: Type, value: i64) -> i64 {
    if bytes(ty) == 8 { value } else { i64::from(value as u32) }
}

/// A value as an operand: the zero register for zero.
pub(crate) fn value_or_zero(cx: &mut Selector<'_>, value: Value, view: u8) -> MachOperand {
    let ty = cx.func.ty(value);
    if cx.func.int_constant(value).is_some_and(|constant| sign_extended(ty, constant) == 0) {
        return zero(view);
    }
    reg_use(cx.reg(value), view)
}

/// Whether an immediate fits `add`, `sub`, `cmp`: 12 bits, or 12 bits shifted by 12.
pub(crate) fn is_add_immediate(value: i64) -> bool {
    (0..4096).contains(&value) || (value & 0xfff == 0 && (0..4096 << 12).contains(&value))
}

/// Whether an immediate fits the logical instructions in a view.
pub(crate) fn is_logical_immediate(value: i64, view: u8) -> bool {
    let (bits, value) = if view == VIEW_X { (64, value as u64) } else { (32, u64::from(value as u32)) };
    lathe_isa_aarch64::immediates::logical_immediate(value, bits).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn immediates() {
        for good in [0, 1, 4095, 4096, 0xfff000] {
            assert!(is_add_immediate(good), "{good:#x}");
        }
        for bad in [-1, 4097, 0x1_000_000, 0xfff001] {
            assert!(!is_add_immediate(bad), "{bad:#x}");
        }
        assert!(is_logical_immediate(0xff, VIEW_W) && is_logical_immediate(-16, VIEW_X));
        assert!(!is_logical_immediate(0, VIEW_X) && !is_logical_immediate(0x1234, VIEW_W));
        assert_eq!(sign_extended(Type::I8, 0xff), -1);
        assert_eq!(in_view(Type::I32, -1), 0xffff_ffff);
    }
}

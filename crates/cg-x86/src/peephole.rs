//! Patterns of x86 for the peephole stage.

use crate::operands::{CMP, TEST, VIEW_32};
use lathe_isa_x86::registers as r;
use lathe_isa_x86::rows as x;
use lathe_mach::MachOperand;
use lathe_mach::peephole::{Pattern, Window};

/// In the order in which they are tried.
pub(crate) static PATTERNS: [Pattern; 2] = [
    Pattern { name: "zero idiom", apply: zero_idiom },
    Pattern { name: "test for zero", apply: test_for_zero },
];

/// `cmp r, 0` becomes `test r, r`: a byte less, the same flags but for the half carry, which nothing reads.
fn test_for_zero(window: &mut Window<'_>) -> bool {
    let Some(inst) = window.inst(0) else { return false };
    let Some(size) = CMP.iter().position(|row| *row == inst.row) else { return false };
    let [MachOperand::Use(reg, view), MachOperand::Imm(0)] = *window.operands(0) else { return false };
    window.replace(0, TEST[size], &[MachOperand::Use(reg, view), MachOperand::Use(reg, view)]);
    true
}

/// `mov r32, 0` becomes `xor r32, r32` where the flags do not matter: 2 bytes for 5 (Intel
/// Optimization Reference Manual 3.5.1.7).
fn zero_idiom(window: &mut Window<'_>) -> bool {
    let Some(inst) = window.inst(0) else { return false };
    if inst.row != x::MOVL {
        return false;
    }
    let [MachOperand::Def(reg, VIEW_32), MachOperand::Imm(0)] = *window.operands(0) else { return false };
    if !window.is_dead_after(r::FLAGS) {
        return false;
    }
    let tied = MachOperand::Tied { to: reg, from: reg, view: VIEW_32 };
    window.replace(0, x::XORL, &[tied, MachOperand::Use(reg, VIEW_32)]);
    true
}

//! Short names for what every rule writes: views, sizes, operands, rows by size.

use lathe_ir::Type;
use lathe_isa::{PhysReg, RowId};
use lathe_isa_x86::registers as r;
use lathe_isa_x86::rows as x;
use lathe_mach::select::Selector;
use lathe_mach::{MReg, MachOperand, VReg};

pub(crate) use lathe_isa_x86::registers::{VIEW_8, VIEW_16, VIEW_32, VIEW_64, VIEW_XMM};
pub(crate) use lathe_mach::inst::operands::{def, fixed_def, fixed_use, imm, reg_use, tied};

/// Pseudo row: `Def`: an all-zero vector register.
pub(crate) const ZERO_VECTOR: RowId = RowId(lathe_mach::inst::pseudo::TARGET);
/// Pseudo row: `Def`: an all-one vector register.
pub(crate) const ONES_VECTOR: RowId = RowId(lathe_mach::inst::pseudo::TARGET + 1);

/// Pseudo row: `Def, Imm(n)`: the end of the outgoing-argument area plus `n`: memory that `stack_alloc` gave.
pub(crate) const STACK_ADDRESS: RowId = RowId(lathe_mach::inst::pseudo::TARGET + 2);

/// Pseudo row: the operands of a row, then `Imm(row)`: that row with a `lock` prefix, which nothing may come between.
pub(crate) const LOCKED: RowId = RowId(lathe_mach::inst::pseudo::TARGET + 3);

/// Pseudo row: a call target, `Imm(n)`, then the call's fixed operands: a call whose callee removes `n` bytes of
/// arguments.
pub(crate) const CALL_POPPING: RowId = RowId(lathe_mach::inst::pseudo::TARGET + 4);

/// Pseudo row: `Def`: the address of the global offset table.
pub(crate) const GOT_BASE: RowId = RowId(lathe_mach::inst::pseudo::TARGET + 5);

/// Pseudo row: `Symbol(x@tlsgd or x@tlsldm), Symbol(___tls_get_addr), Imm(1 for tlsgd)`, then the call's fixed operands.
pub(crate) const TLS_ADDRESS: RowId = RowId(lathe_mach::inst::pseudo::TARGET + 6);

/// Pseudo row: no operands but `edi`, `esi`, `ecx`: `rep movsl`.
pub(crate) const COPY_WORDS: RowId = RowId(lathe_mach::inst::pseudo::TARGET + 7);

/// Bytes of an address, and of the widest integer register.
pub(crate) fn word_bytes(cx: &Selector<'_>) -> u32 {
    cx.target.layout.pointer.size
}

/// Whether code is for x86-64.
pub(crate) fn is_64(cx: &Selector<'_>) -> bool {
    word_bytes(cx) == 8
}

/// The view of an address.
pub(crate) fn word_view(cx: &Selector<'_>) -> u8 {
    view_of(word_bytes(cx))
}

/// The row that works on addresses.
pub(crate) fn word(cx: &Selector<'_>, rows: Sized4) -> RowId {
    if is_64(cx) { rows[3] } else { rows[2] }
}

/// The operand size of addresses.
pub(crate) fn word_size(cx: &Selector<'_>) -> x::Size {
    if is_64(cx) { x::Size::Q } else { x::Size::L }
}

/// The operand size in which arithmetic on a type happens.
pub(crate) fn size_of(cx: &Selector<'_>, ty: Type) -> x::Size {
    if bytes(cx, ty) == 8 { x::Size::Q } else { x::Size::L }
}

/// Bytes of a scalar type or of a lane.
pub(crate) fn bytes(cx: &Selector<'_>, ty: Type) -> u32 {
    ty.lane_bits(8 * word_bytes(cx)) / 8
}

/// The view that holds exactly an integer type.
pub(crate) fn view(cx: &Selector<'_>, ty: Type) -> u8 {
    view_of(bytes(cx, ty))
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
pub(crate) fn wide_view(cx: &Selector<'_>, ty: Type) -> u8 {
    if bytes(cx, ty) == 8 { VIEW_64 } else { VIEW_32 }
}

/// A mnemonic's rows for 8, 16, 32, 64 bits.
pub(crate) type Sized4 = [RowId; 4];

/// `lea`.
pub(crate) const LEA: Sized4 = [x::LEAL, x::LEAL, x::LEAL, x::LEAQ];
/// `mov`.
pub(crate) const MOV: Sized4 = [x::MOVB, x::MOVW, x::MOVL, x::MOVQ];

pub(crate) const ADD: Sized4 = [x::ADDB, x::ADDW, x::ADDL, x::ADDQ];
pub(crate) const SUB: Sized4 = [x::SUBB, x::SUBW, x::SUBL, x::SUBQ];
pub(crate) const AND: Sized4 = [x::ANDB, x::ANDW, x::ANDL, x::ANDQ];
pub(crate) const OR: Sized4 = [x::ORB, x::ORW, x::ORL, x::ORQ];
pub(crate) const XOR: Sized4 = [x::XORB, x::XORW, x::XORL, x::XORQ];
pub(crate) const NEG: Sized4 = [x::NEGB, x::NEGW, x::NEGL, x::NEGQ];
pub(crate) const SHL: Sized4 = [x::SHLB, x::SHLW, x::SHLL, x::SHLQ];
pub(crate) const SHR: Sized4 = [x::SHRB, x::SHRW, x::SHRL, x::SHRQ];
pub(crate) const SAR: Sized4 = [x::SARB, x::SARW, x::SARL, x::SARQ];
pub(crate) const CMP: Sized4 = [x::CMPB, x::CMPW, x::CMPL, x::CMPQ];
pub(crate) const TEST: Sized4 = [x::TESTB, x::TESTW, x::TESTL, x::TESTQ];

/// The row of exactly the type's size.
pub(crate) fn exact(cx: &Selector<'_>, rows: Sized4, ty: Type) -> RowId {
    rows[match bytes(cx, ty) {
        1 => 0,
        2 => 1,
        4 => 2,
        _ => 3,
    }]
}

/// The row in which arithmetic on the type happens.
pub(crate) fn wide(cx: &Selector<'_>, rows: Sized4, ty: Type) -> RowId {
    if bytes(cx, ty) == 8 { rows[3] } else { rows[2] }
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
pub(crate) fn sign_extended(cx: &Selector<'_>, ty: Type, value: i64) -> i64 {
    match bytes(cx, ty) {
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

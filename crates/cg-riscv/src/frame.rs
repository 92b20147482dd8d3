//! Prologue, epilogue and their call-frame information; expansion of pseudo rows; addresses in large frames.
//!
//! RISC-V ELF psABI 1.0, "Register Convention" and "Stack Alignment". Saves are at the top of the frame: the return address,
//! the old frame pointer, then the others. A frame whose saves are too far from its bottom is allocated in two steps.

use crate::operands::*;
use lathe_isa::{PhysReg, RowId};
use lathe_isa_riscv::fixups;
use lathe_isa_riscv::registers as r;
use lathe_isa_riscv::rows as x;
use lathe_mach::frame::{CfiOp, FrameLayout};
use lathe_mach::inst::{LabelId, MachSymbol, MemBase, Sequence, SymbolRefData, pseudo};
use lathe_mach::target::PlainMove;
use lathe_mach::{MReg, MachFunction, MachInst, MachMem, MachOperand};

/// The farthest that the stack pointer moves in one step and stays aligned.
const STEP: u64 = 2032;
/// Scratch of prologue and epilogue: neither argument nor result, nor saved.
const SCRATCH: PhysReg = r::T0;

fn is_float(reg: PhysReg) -> bool {
    reg.0 >= r::FT0.0
}

fn save(reg: PhysReg, base: PhysReg, offset: i64, out: &mut Sequence<'_>) {
    let mem = out.mem(MachMem::base(MReg::phys(base), offset as i32));
    if is_float(reg) {
        out.op(x::FSD, &[MachOperand::Use(MReg::phys(reg), VIEW_D), mem]);
    } else {
        out.op(x::SD, &[phys(reg), mem]);
    }
}

fn restore(reg: PhysReg, base: PhysReg, offset: i64, out: &mut Sequence<'_>) {
    let mem = out.mem(MachMem::base(MReg::phys(base), offset as i32));
    if is_float(reg) {
        out.op(x::FLD, &[MachOperand::Def(MReg::phys(reg), VIEW_D), mem]);
    } else {
        out.op(x::LD, &[phys_def(reg), mem]);
    }
}

fn add_constant(to: PhysReg, from: PhysReg, value: i64, scratch: PhysReg, out: &mut Sequence<'_>) {
    if fits_12(value) {
        out.op(x::ADDI, &[phys_def(to), phys(from), imm(value)]);
        return;
    }
    if fits_12(value / 2) && fits_12(value - value / 2 / 16 * 16) {
        let half = value / 2 / 16 * 16;
        out.op(x::ADDI, &[phys_def(to), phys(from), imm(half)]);
        out.op(x::ADDI, &[phys_def(to), phys(to), imm(value - half)]);
        return;
    }
    let low = value << 52 >> 52;
    let high = value.wrapping_sub(low) >> 12 & 0xf_ffff;
    out.op(x::LUI, &[phys_def(scratch), imm(high)]);
    if low != 0 {
        out.op(x::ADDI, &[phys_def(scratch), phys(scratch), imm(low)]);
    }
    out.op(x::ADD, &[phys_def(to), phys(from), phys(scratch)]);
}

/// How far the stack pointer moves before the saves: all of the frame if that leaves them in reach.
fn first_step(frame: &FrameLayout) -> u64 {
    let saves = saved_bytes(frame);
    if frame.realign.is_some() {
        return saves.next_multiple_of(16);
    }
    if frame.depth <= STEP {
        return frame.depth;
    }
    // What is left then should be one more step, if that is possible.
    let rest = frame.depth - saves.next_multiple_of(16);
    if rest <= STEP { frame.depth - rest } else { STEP.max(saves.next_multiple_of(16)) }
}

/// Distance of the lowest save from the frame address.
fn saved_bytes(frame: &FrameLayout) -> u64 {
    let lowest = frame.saved.iter().map(|saved| saved.offset).min().unwrap_or(0);
    let lowest = if frame.keeps_frame_pointer { lowest.min(frame.frame_pointer_offset - 16) } else { lowest };
    lowest.unsigned_abs()
}

pub(crate) fn prologue(frame: &FrameLayout, out: &mut Sequence<'_>) {
    if frame.naked {
        return;
    }
    let first = first_step(frame);
    let cfi = |out: &mut Sequence<'_>, op: CfiOp| {
        if frame.cfi {
            out.cfi(op);
        }
    };
    if first > 0 {
        add_constant(r::SP, r::SP, -(first as i64), SCRATCH, out);
        cfi(out, CfiOp::DefineCfaOffset(first as i64));
    }
    for saved in &frame.saved {
        save(saved.reg, r::SP, first as i64 + saved.offset, out);
        cfi(out, CfiOp::Offset(saved.reg, saved.offset));
    }
    if frame.keeps_frame_pointer {
        // Right below the return address.
        let offset = frame.frame_pointer_offset - 16;
        save(r::S0, r::SP, first as i64 + offset, out);
        cfi(out, CfiOp::Offset(r::S0, offset));
        add_constant(r::S0, r::SP, first as i64 + frame.frame_pointer_offset, SCRATCH, out);
        cfi(out, CfiOp::DefineCfa(r::S0, -frame.frame_pointer_offset));
    }
    let rest = if frame.realign.is_some() { frame.allocate } else { frame.depth - first };
    allocate(frame, rest, out);
    if rest > 0 && !frame.keeps_frame_pointer {
        cfi(out, CfiOp::DefineCfaOffset(frame.depth as i64));
    }
    if let Some(align) = frame.realign {
        if fits_12(-i64::from(align)) {
            out.op(x::ANDI, &[phys_def(r::SP), phys(r::SP), imm(-i64::from(align))]);
        } else {
            out.op(x::LUI, &[phys_def(SCRATCH), imm(-i64::from(align) >> 12 & 0xf_ffff)]);
            out.op(x::AND, &[phys_def(r::SP), phys(r::SP), phys(SCRATCH)]);
        }
    }
    if frame.base_pointer {
        out.op(x::ADDI, &[phys_def(r::S1), phys(r::SP), imm(0)]);
    }
}

/// Moves the stack pointer down, touching each page on the way if asked.
fn allocate(frame: &FrameLayout, bytes: u64, out: &mut Sequence<'_>) {
    const PAGE: u64 = 4096;
    let mut rest = bytes;
    if frame.probe {
        while rest > PAGE && bytes <= 64 * PAGE {
            add_constant(r::SP, r::SP, -(PAGE as i64), SCRATCH, out);
            save(r::ZERO, r::SP, 0, out);
            rest -= PAGE;
        }
    }
    if rest > 0 {
        add_constant(r::SP, r::SP, -(rest as i64), SCRATCH, out);
    }
}

pub(crate) fn epilogue(frame: &FrameLayout, out: &mut Sequence<'_>) {
    if frame.naked {
        return;
    }
    let first = first_step(frame);
    let cfi = |out: &mut Sequence<'_>, op: CfiOp| {
        if frame.cfi {
            out.cfi(op);
        }
    };
    if frame.cfi && frame.code_follows && (frame.keeps_frame_pointer || frame.depth > 0) {
        out.cfi(CfiOp::RememberState);
    }
    if frame.realign.is_some() || frame.stack_moves {
        let below = -frame.frame_pointer_offset - first as i64;
        add_constant(r::SP, r::S0, below, SCRATCH, out);
    } else if frame.depth > first {
        add_constant(r::SP, r::SP, (frame.depth - first) as i64, SCRATCH, out);
    }
    let moved = frame.depth > first || frame.keeps_frame_pointer;
    if moved && first > 0 {
        cfi(out, CfiOp::DefineCfa(r::SP, first as i64));
    }
    if frame.keeps_frame_pointer {
        let offset = frame.frame_pointer_offset - 16;
        restore(r::S0, r::SP, first as i64 + offset, out);
        cfi(out, CfiOp::Restore(r::S0));
    }
    for saved in &frame.saved {
        restore(saved.reg, r::SP, first as i64 + saved.offset, out);
        cfi(out, CfiOp::Restore(saved.reg));
    }
    if first > 0 {
        add_constant(r::SP, r::SP, first as i64, SCRATCH, out);
        cfi(out, CfiOp::DefineCfaOffset(0));
    }
}

/// Reaches a place in a large frame through the link register, which such frames save, and for a second address of one
/// instruction through the scratch register.
pub(crate) fn fit_address(_row: RowId, operands: &[MachOperand], mem: &mut MachMem, out: &mut Sequence<'_>) {
    let Some(base) = mem.base_reg().and_then(MReg::as_phys) else { return };
    let taken = operands.iter().any(|operand| match operand {
        MachOperand::Mem(id) => out.tables.mems[id.0 as usize].base_reg() == Some(MReg::phys(r::RA)),
        _ => false,
    });
    let scratch = if taken { r::T6 } else { r::RA };
    let value = i64::from(mem.displacement);
    let low = value << 52 >> 52;
    let high = value.wrapping_sub(low) >> 12 & 0xf_ffff;
    out.op(x::LUI, &[phys_def(scratch), imm(high)]);
    out.op(x::ADD, &[phys_def(scratch), phys(scratch), phys(base)]);
    mem.base = MemBase::Reg(MReg::phys(scratch));
    mem.displacement = low as i32;
}

fn label(id: i64, out: &mut Sequence<'_>) {
    out.op(pseudo::LABEL, &[imm(id)]);
}

fn to_label(id: i64, out: &mut Sequence<'_>) -> MachOperand {
    let symbol = MachSymbol::Label(LabelId(id as u32));
    MachOperand::Symbol(out.tables.symbol(SymbolRefData::plain(symbol)))
}

/// The low part of the address that the `auipc` at a label began.
pub(crate) fn low_part(id: LabelId) -> SymbolRefData {
    SymbolRefData { symbol: MachSymbol::Label(id), addend: 0, modifier: fixups::PCREL_LO }
}

pub(crate) fn expand(row: RowId, operands: &[MachOperand], frame: &FrameLayout, out: &mut Sequence<'_>) {
    match (row, operands) {
        (AUIPC_LABEL, [to, symbol, MachOperand::Imm(id)]) => {
            label(*id, out);
            out.op(x::AUIPC, &[*to, *symbol]);
        }
        (
            CHOOSE | CHOOSE_FLOAT,
            [MachOperand::Tied { to, view, .. }, other, a, b, MachOperand::Cond(code), MachOperand::Imm(id)],
        ) => {
            let target = to_label(*id, out);
            out.op(crate::target::BRANCHES[usize::from(*code) % 6], &[*a, *b, target]);
            let to = MachOperand::Def(*to, *view);
            match row {
                CHOOSE => out.op(x::ADDI, &[to, *other, imm(0)]),
                _ if *view == VIEW_S => out.op(x::FSGNJ_S, &[to, *other, *other]),
                _ => out.op(x::FSGNJ_D, &[to, *other, *other]),
            }
            label(*id, out);
        }
        (STACK_ADDRESS, [to, MachOperand::Imm(extra)]) => {
            let Some(to) = to.written().and_then(MReg::as_phys) else { return };
            add_constant(to, r::SP, frame.outgoing as i64 + extra, to, out);
        }
        (ADDRESS_OF, [to, MachOperand::Mem(mem)]) => {
            let Some(to) = to.written().and_then(MReg::as_phys) else { return };
            let mem = out.tables.mems[mem.0 as usize];
            let Some(base) = mem.base_reg().and_then(MReg::as_phys) else { return };
            if mem.displacement == 0 {
                out.op(x::ADDI, &[phys_def(to), phys(base), imm(0)]);
            } else if to == base {
                add_constant(to, base, i64::from(mem.displacement), r::T6, out);
            } else {
                add_constant(to, base, i64::from(mem.displacement), to, out);
            }
        }
        (COMPARE_SWAP | COMPARE_SWAP_PART, operands) => crate::rules_atomic::expand(row, operands, out),
        _ => debug_assert!(false, "row {:#x} is no instruction", row.0),
    }
}

/// A branch inside an expansion.
pub(crate) fn branch(row: RowId, a: MachOperand, b: MachOperand, to: i64, out: &mut Sequence<'_>) {
    let target = to_label(to, out);
    out.op(row, &[a, b, target]);
}

/// A label inside an expansion.
pub(crate) fn place_label(id: i64, out: &mut Sequence<'_>) {
    label(id, out);
}

pub(crate) fn as_move(func: &MachFunction, inst: &MachInst) -> Option<PlainMove> {
    let slot = |mem: &MachOperand| {
        let MachOperand::Mem(mem) = mem else { return None };
        let mem = &func.tables.mems[mem.0 as usize];
        match mem.base {
            MemBase::Slot(slot) if mem.symbol.is_none() => Some((slot, mem.displacement)),
            _ => None,
        }
    };
    match (inst.row, func.operands_of(inst)) {
        (x::ADDI, [MachOperand::Def(to, _), MachOperand::Use(from, _), MachOperand::Imm(0)])
        | (x::FSGNJ_D, [MachOperand::Def(to, _), MachOperand::Use(from, _), MachOperand::Use(..)]) => {
            if let (x::FSGNJ_D, Some(MachOperand::Use(second, _))) = (inst.row, func.operands_of(inst).get(2))
                && second != from
            {
                return None;
            }
            let from = from.as_phys().filter(|reg| *reg != r::ZERO)?;
            Some(PlainMove::Register { to: to.as_phys()?, from, size: 8 })
        }
        (x::LD | x::FLD, [MachOperand::Def(to, _), mem]) => {
            let (slot, offset) = slot(mem)?;
            Some(PlainMove::Load { to: to.as_phys()?, slot, offset, size: 8 })
        }
        (x::SD | x::FSD, [MachOperand::Use(from, _), mem]) => {
            let (slot, offset) = slot(mem)?;
            Some(PlainMove::Store { slot, from: from.as_phys()?, offset, size: 8 })
        }
        _ => None,
    }
}

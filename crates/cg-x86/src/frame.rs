//! Prologue, epilogue and their call-frame information; expansion of pseudo rows.
//!
//! System V ABI x86-64 3.2.2 (the frame), 3.7 (unwinding). The frame pointer, when kept, points to
//! its saved value; the other saved registers are pushed below it.

use crate::operands::{LOCKED, ONES_VECTOR, STACK_ADDRESS, VIEW_64, VIEW_XMM, ZERO_VECTOR};
use lathe_isa::{PhysReg, RowId};
use lathe_isa_x86::registers as r;
use lathe_isa_x86::rows as x;
use lathe_mach::frame::{CfiOp, FrameLayout};
use lathe_mach::inst::{MemBase, Sequence};
use lathe_mach::target::PlainMove;
use lathe_mach::{MReg, MachFunction, MachInst, MachMem, MachOperand};
use smallvec::SmallVec;

fn use64(reg: PhysReg) -> MachOperand {
    MachOperand::Use(MReg::phys(reg), VIEW_64)
}

fn def64(reg: PhysReg) -> MachOperand {
    MachOperand::Def(MReg::phys(reg), VIEW_64)
}

fn tied64(reg: PhysReg) -> MachOperand {
    MachOperand::Tied { to: MReg::phys(reg), from: MReg::phys(reg), view: VIEW_64 }
}

/// The register that keeps the bottom of a realigned frame whose stack pointer moves.
pub(crate) const BASE_POINTER: PhysReg = r::RBX;

pub(crate) fn prologue(frame: &FrameLayout, out: &mut Sequence<'_>) {
    if frame.naked {
        return;
    }
    let mut depth = 8i64;
    let cfi = |out: &mut Sequence<'_>, op: CfiOp| {
        if frame.cfi {
            out.cfi(op);
        }
    };
    if frame.keeps_frame_pointer {
        out.op(x::PUSHQ, &[use64(r::RBP)]);
        depth += 8;
        cfi(out, CfiOp::DefineCfaOffset(depth));
        cfi(out, CfiOp::Offset(r::RBP, -depth));
        out.op(x::MOVQ, &[def64(r::RBP), use64(r::RSP)]);
        cfi(out, CfiOp::DefineCfaRegister(r::RBP));
    }
    for saved in &frame.saved {
        out.op(x::PUSHQ, &[use64(saved.reg)]);
        depth += 8;
        if !frame.keeps_frame_pointer {
            cfi(out, CfiOp::DefineCfaOffset(depth));
        }
        cfi(out, CfiOp::Offset(saved.reg, saved.offset));
    }
    if let Some(align) = frame.realign {
        out.op(x::ANDQ, &[tied64(r::RSP), MachOperand::Imm(-i64::from(align))]);
    }
    allocate(frame, out);
    if frame.allocate > 0 && !frame.keeps_frame_pointer {
        cfi(out, CfiOp::DefineCfaOffset(depth + frame.allocate as i64));
    }
    if frame.base_pointer {
        out.op(x::MOVQ, &[def64(BASE_POINTER), use64(r::RSP)]);
    }
}

fn allocate(frame: &FrameLayout, out: &mut Sequence<'_>) {
    const PAGE: u64 = 4096;
    let mut rest = frame.allocate;
    if frame.probe && rest > PAGE {
        // A page at a time, each touched; frames of more pages than this are rare enough.
        while rest > PAGE && frame.allocate <= 64 * PAGE {
            out.op(x::SUBQ, &[tied64(r::RSP), MachOperand::Imm(PAGE as i64)]);
            let mem = out.mem(MachMem::base(MReg::phys(r::RSP), 0));
            out.op(x::ORQ, &[mem, MachOperand::Imm(0)]);
            rest -= PAGE;
        }
    }
    if rest == 0 {
        return;
    }
    if i32::try_from(rest).is_ok() {
        out.op(x::SUBQ, &[tied64(r::RSP), MachOperand::Imm(rest as i64)]);
    } else {
        out.op(x::MOVQ, &[def64(r::R11), MachOperand::Imm(rest as i64)]);
        out.op(x::SUBQ, &[tied64(r::RSP), use64(r::R11)]);
    }
}

pub(crate) fn epilogue(frame: &FrameLayout, out: &mut Sequence<'_>) {
    if frame.naked {
        return;
    }
    let cfi = |out: &mut Sequence<'_>, op: CfiOp| {
        if frame.cfi {
            out.cfi(op);
        }
    };
    if frame.cfi && frame.code_follows && (frame.keeps_frame_pointer || frame.depth > 8) {
        out.cfi(CfiOp::RememberState);
    }
    if frame.keeps_frame_pointer {
        if frame.saved.is_empty() {
            out.op(x::LEAVEQ, &[]);
        } else {
            if frame.realign.is_some() || frame.stack_moves {
                let below = 8 * frame.saved.len() as i32;
                let mem = out.mem(MachMem::base(MReg::phys(r::RBP), -below));
                out.op(x::LEAQ, &[def64(r::RSP), mem]);
            } else {
                release(frame.allocate, out);
            }
            for saved in frame.saved.iter().rev() {
                out.op(x::POPQ, &[def64(saved.reg)]);
                cfi(out, CfiOp::Restore(saved.reg));
            }
            out.op(x::POPQ, &[def64(r::RBP)]);
        }
        cfi(out, CfiOp::DefineCfa(r::RSP, 8));
        return;
    }
    let mut depth = 8 + 8 * frame.saved.len() as i64;
    if frame.allocate > 0 {
        release(frame.allocate, out);
        cfi(out, CfiOp::DefineCfaOffset(depth));
    }
    for saved in frame.saved.iter().rev() {
        out.op(x::POPQ, &[def64(saved.reg)]);
        depth -= 8;
        cfi(out, CfiOp::DefineCfaOffset(depth));
        cfi(out, CfiOp::Restore(saved.reg));
    }
}

fn release(bytes: u64, out: &mut Sequence<'_>) {
    if bytes == 0 {
        return;
    }
    if i32::try_from(bytes).is_ok() {
        out.op(x::ADDQ, &[tied64(r::RSP), MachOperand::Imm(bytes as i64)]);
    } else {
        out.op(x::MOVQ, &[def64(r::R11), MachOperand::Imm(bytes as i64)]);
        out.op(x::ADDQ, &[tied64(r::RSP), use64(r::R11)]);
    }
}

pub(crate) fn expand(row: RowId, operands: &[MachOperand], frame: &FrameLayout, out: &mut Sequence<'_>) {
    if row == LOCKED {
        let operands: SmallVec<[MachOperand; 4]> =
            operands.iter().copied().filter(|o| o.is_encoded()).collect();
        if let [encoded @ .., MachOperand::Imm(row)] = operands.as_slice() {
            out.op(x::LOCK, &[]);
            out.op(RowId(*row as u16), encoded);
        }
        return;
    }
    let Some(reg) = operands.first().and_then(|o| o.written()) else { return };
    if let (STACK_ADDRESS, [_, MachOperand::Imm(extra)]) = (row, operands) {
        let offset = frame.outgoing as i64 + extra;
        let mem = out.mem(MachMem::base(MReg::phys(r::RSP), offset as i32));
        out.op(x::LEAQ, &[MachOperand::Def(reg, VIEW_64), mem]);
        return;
    }
    let tied = MachOperand::Tied { to: reg, from: reg, view: VIEW_XMM };
    let row: RowId = match row {
        ZERO_VECTOR => x::XORPS,
        ONES_VECTOR => x::PCMPEQD,
        _ => return,
    };
    out.op(row, &[tied, MachOperand::Use(reg, VIEW_XMM)]);
}

pub(crate) fn as_move(func: &MachFunction, inst: &MachInst) -> Option<PlainMove> {
    let operands = func.operands_of(inst);
    let [to, from] = *operands else { return None };
    let size = match inst.row {
        x::MOVL => 4,
        x::MOVQ => 8,
        x::MOVSS => 4,
        x::MOVSD => 8,
        x::MOVAPS | x::MOVUPS => 16,
        _ => return None,
    };
    let is_scalar = matches!(inst.row, x::MOVSS | x::MOVSD);
    match (to, from) {
        (MachOperand::Def(to, _), MachOperand::Use(from, _)) if !is_scalar => {
            Some(PlainMove::Register { to: to.as_phys()?, from: from.as_phys()?, size })
        }
        (MachOperand::Def(to, _), MachOperand::Mem(mem)) => {
            let mem = &func.tables.mems[mem.0 as usize];
            let MemBase::Slot(slot) = mem.base else { return None };
            if mem.index.is_some() {
                return None;
            }
            Some(PlainMove::Load { to: to.as_phys()?, slot, offset: mem.displacement, size })
        }
        (MachOperand::Mem(mem), MachOperand::Use(from, _)) => {
            let mem = &func.tables.mems[mem.0 as usize];
            let MemBase::Slot(slot) = mem.base else { return None };
            if mem.index.is_some() {
                return None;
            }
            Some(PlainMove::Store { slot, from: from.as_phys()?, offset: mem.displacement, size })
        }
        _ => None,
    }
}

//! Prologue, epilogue and their call-frame information; expansion of pseudo rows.
//!
//! System V ABI x86-64 3.2.2 (the frame), 3.7 (unwinding). The frame pointer, when kept, points to
//! its saved value; the other saved registers are pushed below it.

use crate::operands::{
    CALL_POPPING, COPY_WORDS, GOT_BASE, LOCKED, ONES_VECTOR, STACK_ADDRESS, TLS_ADDRESS, VIEW_32, VIEW_64,
    VIEW_XMM, ZERO_VECTOR,
};
use lathe_isa::{PhysReg, RowId};
use lathe_isa_x86::fixups;
use lathe_isa_x86::registers as r;
use lathe_isa_x86::rows as x;
use lathe_mach::frame::{CfiOp, FrameLayout};
use lathe_mach::inst::{MachSymbol, MemBase, Sequence, SymbolRefData};
use lathe_mach::target::PlainMove;
use lathe_mach::{MReg, MachFunction, MachInst, MachMem, MachOperand};
use smallvec::SmallVec;

/// The rows that work on addresses, by mode.
#[derive(Debug)]
pub(crate) struct Word {
    bytes: i64,
    view: u8,
    push: RowId,
    pop: RowId,
    mov: RowId,
    lea: RowId,
    add: RowId,
    sub: RowId,
    and: RowId,
    or: RowId,
    leave: RowId,
}

pub(crate) static WORD_64: Word = Word {
    bytes: 8,
    view: VIEW_64,
    push: x::PUSHQ,
    pop: x::POPQ,
    mov: x::MOVQ,
    lea: x::LEAQ,
    add: x::ADDQ,
    sub: x::SUBQ,
    and: x::ANDQ,
    or: x::ORQ,
    leave: x::LEAVEQ,
};

pub(crate) static WORD_32: Word = Word {
    bytes: 4,
    view: VIEW_32,
    push: x::PUSHL,
    pop: x::POPL,
    mov: x::MOVL,
    lea: x::LEAL,
    add: x::ADDL,
    sub: x::SUBL,
    and: x::ANDL,
    or: x::ORL,
    leave: x::LEAVEL,
};

impl Word {
    fn used(&self, reg: PhysReg) -> MachOperand {
        MachOperand::Use(MReg::phys(reg), self.view)
    }

    fn def(&self, reg: PhysReg) -> MachOperand {
        MachOperand::Def(MReg::phys(reg), self.view)
    }

    fn tied(&self, reg: PhysReg) -> MachOperand {
        MachOperand::Tied { to: MReg::phys(reg), from: MReg::phys(reg), view: self.view }
    }
}

/// The register that keeps the bottom of a realigned frame whose stack pointer moves.
pub(crate) const BASE_POINTER: PhysReg = r::RBX;

pub(crate) fn prologue(word: &Word, frame: &FrameLayout, out: &mut Sequence<'_>) {
    if frame.naked {
        return;
    }
    let mut depth = word.bytes;
    let cfi = |out: &mut Sequence<'_>, op: CfiOp| {
        if frame.cfi {
            out.cfi(op);
        }
    };
    if frame.keeps_frame_pointer {
        out.op(word.push, &[word.used(r::RBP)]);
        depth += word.bytes;
        cfi(out, CfiOp::DefineCfaOffset(depth));
        cfi(out, CfiOp::Offset(r::RBP, -depth));
        out.op(word.mov, &[word.def(r::RBP), word.used(r::RSP)]);
        cfi(out, CfiOp::DefineCfaRegister(r::RBP));
    }
    for saved in &frame.saved {
        out.op(word.push, &[word.used(saved.reg)]);
        depth += word.bytes;
        if !frame.keeps_frame_pointer {
            cfi(out, CfiOp::DefineCfaOffset(depth));
        }
        cfi(out, CfiOp::Offset(saved.reg, saved.offset));
    }
    if let Some(align) = frame.realign {
        out.op(word.and, &[word.tied(r::RSP), MachOperand::Imm(-i64::from(align))]);
    }
    allocate(word, frame, out);
    if frame.allocate > 0 && !frame.keeps_frame_pointer {
        cfi(out, CfiOp::DefineCfaOffset(depth + frame.allocate as i64));
    }
    if frame.base_pointer {
        out.op(word.mov, &[word.def(BASE_POINTER), word.used(r::RSP)]);
    }
}

fn allocate(word: &Word, frame: &FrameLayout, out: &mut Sequence<'_>) {
    const PAGE: u64 = 4096;
    let mut rest = frame.allocate;
    if frame.probe && rest > PAGE {
        // A page at a time, each touched; frames of more pages than this are rare enough.
        while rest > PAGE && frame.allocate <= 64 * PAGE {
            out.op(word.sub, &[word.tied(r::RSP), MachOperand::Imm(PAGE as i64)]);
            let mem = out.mem(MachMem::base(MReg::phys(r::RSP), 0));
            out.op(word.or, &[mem, MachOperand::Imm(0)]);
            rest -= PAGE;
        }
    }
    if rest == 0 {
        return;
    }
    if i32::try_from(rest).is_ok() {
        out.op(word.sub, &[word.tied(r::RSP), MachOperand::Imm(rest as i64)]);
    } else {
        out.op(word.mov, &[word.def(r::R11), MachOperand::Imm(rest as i64)]);
        out.op(word.sub, &[word.tied(r::RSP), word.used(r::R11)]);
    }
}

pub(crate) fn epilogue(word: &Word, frame: &FrameLayout, out: &mut Sequence<'_>) {
    if frame.naked {
        return;
    }
    let cfi = |out: &mut Sequence<'_>, op: CfiOp| {
        if frame.cfi {
            out.cfi(op);
        }
    };
    if frame.cfi && frame.code_follows && (frame.keeps_frame_pointer || frame.depth as i64 > word.bytes) {
        out.cfi(CfiOp::RememberState);
    }
    if frame.keeps_frame_pointer {
        if frame.saved.is_empty() {
            out.op(word.leave, &[]);
        } else {
            if frame.realign.is_some() || frame.stack_moves {
                let below = word.bytes as i32 * frame.saved.len() as i32;
                let mem = out.mem(MachMem::base(MReg::phys(r::RBP), -below));
                out.op(word.lea, &[word.def(r::RSP), mem]);
            } else {
                release(word, frame.allocate, out);
            }
            for saved in frame.saved.iter().rev() {
                out.op(word.pop, &[word.def(saved.reg)]);
                cfi(out, CfiOp::Restore(saved.reg));
            }
            out.op(word.pop, &[word.def(r::RBP)]);
        }
        cfi(out, CfiOp::DefineCfa(r::RSP, word.bytes));
        return;
    }
    let mut depth = word.bytes * (1 + frame.saved.len() as i64);
    if frame.allocate > 0 {
        release(word, frame.allocate, out);
        cfi(out, CfiOp::DefineCfaOffset(depth));
    }
    for saved in frame.saved.iter().rev() {
        out.op(word.pop, &[word.def(saved.reg)]);
        depth -= word.bytes;
        cfi(out, CfiOp::DefineCfaOffset(depth));
        cfi(out, CfiOp::Restore(saved.reg));
    }
}

fn release(word: &Word, bytes: u64, out: &mut Sequence<'_>) {
    if bytes == 0 {
        return;
    }
    if i32::try_from(bytes).is_ok() {
        out.op(word.add, &[word.tied(r::RSP), MachOperand::Imm(bytes as i64)]);
    } else {
        out.op(word.mov, &[word.def(r::R11), MachOperand::Imm(bytes as i64)]);
        out.op(word.add, &[word.tied(r::RSP), word.used(r::R11)]);
    }
}

pub(crate) fn expand(
    word: &Word,
    row: RowId,
    operands: &[MachOperand],
    frame: &FrameLayout,
    out: &mut Sequence<'_>,
) {
    if row == LOCKED {
        let operands: SmallVec<[MachOperand; 4]> =
            operands.iter().copied().filter(|o| o.is_encoded()).collect();
        if let [encoded @ .., MachOperand::Imm(row)] = operands.as_slice() {
            out.op(x::LOCK, &[]);
            out.op(RowId(*row as u16), encoded);
        }
        return;
    }
    if row == CALL_POPPING {
        call_popping(word, operands, out);
        return;
    }
    if row == COPY_WORDS {
        out.op(x::REP, &[]);
        out.op(x::MOVSL_0, &[]);
        return;
    }
    if row == TLS_ADDRESS {
        tls_address(operands, out);
        return;
    }
    let Some(reg) = operands.first().and_then(|o| o.written()) else { return };
    if row == GOT_BASE {
        got_base(reg, out);
        return;
    }
    if let (STACK_ADDRESS, [_, MachOperand::Imm(extra)]) = (row, operands) {
        let offset = frame.outgoing as i64 + extra;
        let mem = out.mem(MachMem::base(MReg::phys(r::RSP), offset as i32));
        out.op(word.lea, &[MachOperand::Def(reg, word.view), mem]);
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

/// A call whose callee removes arguments, whose place the caller takes back at once: slots are addressed from the
/// stack pointer.
fn call_popping(word: &Word, operands: &[MachOperand], out: &mut Sequence<'_>) {
    let encoded: SmallVec<[MachOperand; 4]> = operands.iter().copied().filter(|o| o.is_encoded()).collect();
    if let [target, MachOperand::Imm(bytes)] = encoded[..] {
        out.op(x::CALL, &[target]);
        out.flags = lathe_mach::inst::function::InstFlags::NONE;
        out.op(word.sub, &[word.tied(r::RSP), MachOperand::Imm(bytes)]);
    }
}

/// The sequences of the ELF-TLS document, 4.1.1 and 4.2.1, which linkers rewrite.
fn tls_address(operands: &[MachOperand], out: &mut Sequence<'_>) {
    let [MachOperand::Symbol(variable), callee, MachOperand::Imm(general), ..] = *operands else { return };
    let (base, index) = match general {
        1 => (MemBase::None, MReg::phys(r::RBX)),
        _ => (MemBase::Reg(MReg::phys(r::RBX)), MReg::NONE),
    };
    let mem = out.mem(MachMem { base, index, symbol: Some(variable), ..MachMem::NONE });
    out.op(x::LEAL, &[MachOperand::Def(MReg::phys(r::RAX), VIEW_32), mem]);
    out.op(x::CALL, &[callee]);
}

/// The address of the global offset table: the thunk gives the address after the call, from which the linker
/// knows the distance.
fn got_base(reg: MReg, out: &mut Sequence<'_>) {
    let Some(phys) = reg.as_phys() else { return };
    let thunk = crate::thunks::NAMES[usize::from(phys.0 & 7)];
    let callee = SymbolRefData { symbol: MachSymbol::External(thunk), addend: 0, modifier: fixups::PLAIN };
    let callee = MachOperand::Symbol(out.tables.symbol(callee));
    out.op(x::CALL, &[callee]);
    let table = MachSymbol::External("_GLOBAL_OFFSET_TABLE_");
    let distance = SymbolRefData { symbol: table, addend: 0, modifier: fixups::GOTPC };
    let distance = MachOperand::Symbol(out.tables.symbol(distance));
    out.op(x::ADDL, &[MachOperand::Tied { to: reg, from: reg, view: VIEW_32 }, distance]);
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

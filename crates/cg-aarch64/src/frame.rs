//! Prologue, epilogue and their call-frame information; addresses that do not fit; expansion of pseudo rows.
//!
//! AAPCS64 6.2.2 (stack), 6.4.6 (frame pointer): the frame pointer, when kept, points to its own old value, with the
//! link register above it. All saves are one piece above the outgoing arguments ([`FrameStyle::Stored`]); when there are
//! no outgoing arguments, the first store of two registers also moves the stack pointer.
//!
//! [`FrameStyle::Stored`]: lathe_mach::target::FrameStyle::Stored

use crate::operands::*;
use crate::rules_atomic;
use lathe_isa::{MemMode, PhysReg, RowId};
use lathe_isa_aarch64::registers as r;
use lathe_isa_aarch64::rows as a;
use lathe_mach::frame::{CfiOp, FrameLayout};
use lathe_mach::inst::{MemBase, Sequence};
use lathe_mach::target::PlainMove;
use lathe_mach::{MReg, MachFunction, MachInst, MachMem, MachOperand};
use smallvec::SmallVec;

/// The register that keeps the bottom of a realigned frame whose stack pointer moves.
pub(crate) const BASE_POINTER: PhysReg = r::x(19);

/// Largest displacement of a pair with write-back or offset, and least one.
const PAIR_RANGE: std::ops::RangeInclusive<i64> = -512..=504;

fn sp() -> MachOperand {
    phys_use(r::SP, VIEW_X)
}

fn sp_def() -> MachOperand {
    phys_def(r::SP, VIEW_X)
}

fn mem_at(out: &mut Sequence<'_>, base: PhysReg, offset: i64, mode: MemMode) -> MachOperand {
    out.mem(MachMem { mode, ..MachMem::base(MReg::phys(base), offset as i32) })
}

/// Registers to save from lower to higher addresses, in groups of one or two.
fn groups(frame: &FrameLayout) -> SmallVec<[(PhysReg, Option<PhysReg>, i64); 12]> {
    let mut groups = SmallVec::new();
    if frame.keeps_frame_pointer {
        groups.push((r::FP, Some(r::LR), frame.frame_pointer_offset));
    }
    let mut saved = frame.saved.as_slice();
    while let [first, rest @ ..] = saved {
        match rest {
            [second, rest @ ..] if is_vector(first.reg) == is_vector(second.reg) => {
                groups.push((first.reg, Some(second.reg), first.offset));
                saved = rest;
            }
            _ => {
                groups.push((first.reg, None, first.offset));
                saved = rest;
            }
        }
    }
    groups
}

fn is_vector(reg: PhysReg) -> bool {
    reg.0 >= r::V0.0
}

fn save_view(reg: PhysReg) -> u8 {
    if is_vector(reg) { VIEW_D } else { VIEW_X }
}

/// Stores or loads a group at a place.
fn transfer(
    group: (PhysReg, Option<PhysReg>),
    is_load: bool,
    base: PhysReg,
    offset: i64,
    mode: MemMode,
    out: &mut Sequence<'_>,
) {
    let operand = |reg: PhysReg| {
        if is_load { phys_def(reg, save_view(reg)) } else { phys_use(reg, save_view(reg)) }
    };
    match group {
        (first, Some(second)) if PAIR_RANGE.contains(&offset) => {
            let mem = mem_at(out, base, offset, mode);
            let row = if is_load { a::LDP } else { a::STP };
            out.op(row, &[operand(first), operand(second), mem]);
        }
        (first, second) => {
            for (index, reg) in std::iter::once(first).chain(second).enumerate() {
                let mem = mem_at(out, base, offset + 8 * index as i64, mode);
                out.op(if is_load { a::LDR } else { a::STR }, &[operand(reg), mem]);
            }
        }
    }
}

pub(crate) fn prologue(frame: &FrameLayout, out: &mut Sequence<'_>) {
    if frame.naked {
        return;
    }
    let groups = groups(frame);
    let depth = frame.depth as i64;
    if depth == 0 && frame.realign.is_none() {
        return;
    }
    // Distance of the lowest save from the stack pointer.
    let at = depth + frame.frame_pointer_offset;
    let cfi = |out: &mut Sequence<'_>, op: CfiOp| {
        if frame.cfi {
            out.cfi(op);
        }
    };
    let mut rest = groups.as_slice();
    if let [first, others @ ..] = rest
        && at == 0
        && is_write_back(depth, first.1.is_some())
    {
        transfer((first.0, first.1), false, r::SP, -depth, MemMode::PreIndex, out);
        cfi(out, CfiOp::DefineCfaOffset(depth));
        note_saves(frame, first, out);
        rest = others;
    } else if depth > 0 {
        allocate(frame, frame.depth, out);
        cfi(out, CfiOp::DefineCfaOffset(depth));
    }
    let (base, from) = save_base(at, rest, depth, out);
    for group in rest {
        transfer((group.0, group.1), false, base, group.2 - from, MemMode::Offset, out);
        note_saves(frame, group, out);
    }
    if frame.keeps_frame_pointer {
        add_to(r::FP, r::SP, at, out);
        if frame.stack_moves || frame.realign.is_some() {
            cfi(out, CfiOp::DefineCfa(r::FP, -frame.frame_pointer_offset));
        }
    }
    if let Some(align) = frame.realign {
        add_to(r::X16, r::SP, -(frame.allocate as i64), out);
        let mask = MachOperand::Imm(-i64::from(align));
        out.op(a::AND, &[sp_def(), phys_use(r::X16, VIEW_X), mask]);
        if frame.probe && frame.allocate > 4096 {
            probe(out);
        }
        if frame.base_pointer {
            out.op(a::MOV, &[phys_def(BASE_POINTER, VIEW_X), sp()]);
        }
    }
}

fn is_write_back(depth: i64, is_pair: bool) -> bool {
    if is_pair { depth <= 504 } else { depth <= 255 }
}

/// The register that saves are addressed from, and the offset from the frame address that it stands for: the stack
/// pointer, or a register just below the saves when they are far from it.
fn save_base(
    at: i64,
    groups: &[(PhysReg, Option<PhysReg>, i64)],
    depth: i64,
    out: &mut Sequence<'_>,
) -> (PhysReg, i64) {
    let reach = at + 16 * groups.len() as i64;
    if reach <= 32760 || groups.is_empty() {
        return (r::SP, -depth);
    }
    add_to(r::X16, r::SP, at, out);
    (r::X16, at - depth)
}

fn note_saves(frame: &FrameLayout, group: &(PhysReg, Option<PhysReg>, i64), out: &mut Sequence<'_>) {
    if frame.cfi {
        out.cfi(CfiOp::Offset(group.0, group.2));
        if let Some(second) = group.1 {
            out.cfi(CfiOp::Offset(second, group.2 + 8));
        }
    }
}

/// Moves the stack pointer down.
fn allocate(frame: &FrameLayout, bytes: u64, out: &mut Sequence<'_>) {
    const PAGE: u64 = 4096;
    let mut rest = bytes;
    if frame.probe && rest > PAGE {
        // A page at a time, each touched; frames of more pages than this are rare enough.
        while rest > PAGE && bytes <= 64 * PAGE {
            add_to(r::SP, r::SP, -(PAGE as i64), out);
            probe(out);
            rest -= PAGE;
        }
    }
    add_to(r::SP, r::SP, -(rest as i64), out);
}

fn probe(out: &mut Sequence<'_>) {
    let mem = mem_at(out, r::SP, 0, MemMode::Offset);
    out.op(a::STR, &[zero(VIEW_X), mem]);
}

/// `to = from + offset`. Uses `x17` for offsets beyond 24 bits. Flags stay.
pub(crate) fn add_to(to: PhysReg, from: PhysReg, offset: i64, out: &mut Sequence<'_>) {
    let (to_op, row) = (phys_def(to, VIEW_X), if offset < 0 { a::SUB } else { a::ADD });
    let magnitude = offset.unsigned_abs() as i64;
    if offset == 0 {
        if to != from {
            out.op(a::MOV, &[to_op, phys_use(from, VIEW_X)]);
        }
    } else if is_add_immediate(magnitude) {
        out.op(row, &[to_op, phys_use(from, VIEW_X), imm(magnitude)]);
    } else if magnitude < 1 << 24 {
        out.op(row, &[to_op, phys_use(from, VIEW_X), imm(magnitude & !0xfff)]);
        out.op(row, &[to_op, phys_use(to, VIEW_X), imm(magnitude & 0xfff)]);
    } else {
        load_integer(r::X17, magnitude, out);
        out.op(row, &[to_op, phys_use(from, VIEW_X), phys_use(r::X17, VIEW_X)]);
    }
}

/// A 64-bit constant into a register.
fn load_integer(to: PhysReg, value: i64, out: &mut Sequence<'_>) {
    let mut first = true;
    for part in 0..4u32 {
        let bits = value >> (16 * part) & 0xffff;
        if bits == 0 && !(first && part == 3) {
            continue;
        }
        let shift = shifted(LSL, 16 * part);
        if first {
            out.op(a::MOVZ, &[phys_def(to, VIEW_X), imm(bits), shift]);
        } else {
            let to = MReg::phys(to);
            out.op(a::MOVK, &[MachOperand::Tied { to, from: to, view: VIEW_X }, imm(bits), shift]);
        }
        first = false;
    }
}

pub(crate) fn epilogue(frame: &FrameLayout, out: &mut Sequence<'_>) {
    let depth = frame.depth as i64;
    if frame.naked || (depth == 0 && frame.realign.is_none()) {
        return;
    }
    let groups = groups(frame);
    let at = depth + frame.frame_pointer_offset;
    if frame.cfi && frame.code_follows {
        out.cfi(CfiOp::RememberState);
    }
    let moved = frame.stack_moves || frame.realign.is_some();
    if moved && frame.keeps_frame_pointer {
        add_to(r::SP, r::FP, -at, out);
        if frame.cfi {
            out.cfi(CfiOp::DefineCfa(r::SP, depth));
        }
    }
    let last = match groups.first() {
        Some(first) if at == 0 && is_write_back(depth, first.1.is_some()) => Some(*first),
        _ => None,
    };
    let others = if last.is_some() { &groups[1..] } else { &groups[..] };
    let (base, from) = save_base(at, others, depth, out);
    for group in others.iter().rev() {
        transfer((group.0, group.1), true, base, group.2 - from, MemMode::Offset, out);
    }
    match last {
        Some(first) => transfer((first.0, first.1), true, r::SP, depth, MemMode::PostIndex, out),
        None => add_to(r::SP, r::SP, depth, out),
    }
    if frame.cfi {
        for group in &groups {
            out.cfi(CfiOp::Restore(group.0));
            if let Some(second) = group.1 {
                out.cfi(CfiOp::Restore(second));
            }
        }
        out.cfi(CfiOp::DefineCfa(r::SP, 0));
    }
}

/// Bytes of the access of a load or store, and whether it is a pair.
fn access(row: RowId, operands: &[MachOperand]) -> (i64, bool) {
    let of_register = || match operands.first() {
        Some(MachOperand::Def(reg, view) | MachOperand::Use(reg, view)) => {
            let vector = reg.as_phys().is_some_and(|reg| is_vector(reg) && reg != r::XZR);
            match (vector, *view) {
                (true, r::VIEW_B) => 1,
                (true, r::VIEW_H) => 2,
                (true, VIEW_S) | (false, VIEW_W) => 4,
                (true, VIEW_Q) => 16,
                _ => 8,
            }
        }
        _ => 1,
    };
    match row {
        a::LDRB | a::STRB | a::LDRSB | a::PRFM => (1, false),
        a::LDRH | a::STRH | a::LDRSH => (2, false),
        a::LDRSW => (4, false),
        a::LDP | a::STP => (of_register(), true),
        a::LDR | a::STR => (of_register(), false),
        // What takes no displacement at all, and inline assembly, whose instructions are unknown.
        _ => (0, false),
    }
}

pub(crate) fn fit_address(row: RowId, operands: &[MachOperand], mem: &mut MachMem, out: &mut Sequence<'_>) {
    if mem.mode != MemMode::Offset {
        return;
    }
    let Some(base) = mem.base_reg().and_then(|reg| reg.as_phys()) else { return };
    let offset = i64::from(mem.displacement);
    let (bytes, pair) = access(row, operands);
    let fits = match (bytes, pair) {
        (0, _) => row == lathe_mach::inst::pseudo::INLINE_ASM && (0..=252).contains(&offset),
        (_, true) => offset % bytes == 0 && (-64..64).contains(&(offset / bytes)),
        _ => (-256..256).contains(&offset) || (offset % bytes == 0 && (0..4096 * bytes).contains(&offset)),
    };
    if fits || mem.index.is_some() {
        return;
    }
    // The part that a single-register access can hold stays.
    let keeps = bytes != 0 && !pair && (0..1 << 24).contains(&offset) && (offset & 0xfff) % bytes == 0;
    let near = if keeps { offset & 0xfff } else { 0 };
    add_to(r::X17, base, offset - near, out);
    mem.base = MemBase::Reg(MReg::phys(r::X17));
    mem.displacement = near as i32;
}

pub(crate) fn expand(row: RowId, operands: &[MachOperand], frame: &FrameLayout, out: &mut Sequence<'_>) {
    match (row, operands) {
        (ADDRESS, [MachOperand::Def(to, _), MachOperand::Mem(mem)]) => {
            let mem = out.tables.mems[mem.0 as usize];
            let base = mem.base_reg().and_then(|reg| reg.as_phys());
            if let (Some(to), Some(base)) = (to.as_phys(), base) {
                add_to(to, base, i64::from(mem.displacement), out);
            }
        }
        (STACK_ADDRESS, [MachOperand::Def(to, _), MachOperand::Imm(extra)]) => {
            if let Some(to) = to.as_phys() {
                add_to(to, r::SP, frame.outgoing as i64 + extra, out);
            }
        }
        (
            DESCRIPTOR_CALL,
            [high @ MachOperand::Symbol(_), MachOperand::Symbol(low), plain @ MachOperand::Symbol(_), ..],
        ) => crate::rules_symbol::expand_descriptor(*high, *low, *plain, out),
        (EXCLUSIVE_SWAP | EXCLUSIVE_COMPARE, _) => rules_atomic::expand(row, operands, out),
        _ => debug_assert!(false, "row {:#x} is no instruction", row.0),
    }
}

pub(crate) fn as_move(func: &MachFunction, inst: &MachInst) -> Option<PlainMove> {
    let [first, second] = *func.operands_of(inst) else { return None };
    let slot_of = |id: lathe_mach::inst::MemId| {
        let mem = &func.tables.mems[id.0 as usize];
        match mem.base {
            MemBase::Slot(slot) if !mem.index.is_some() => Some((slot, mem.displacement)),
            _ => None,
        }
    };
    match (inst.row, first, second) {
        (a::MOV | a::MOV_V | a::FMOV, MachOperand::Def(to, view), MachOperand::Use(from, _)) => {
            let (to, from) = (to.as_phys()?, from.as_phys()?);
            if from == r::XZR || is_vector(to) != is_vector(from) {
                return None;
            }
            let size = match (is_vector(to), view) {
                (true, VIEW_S) | (false, VIEW_W) => 4,
                (true, VIEW_16B) => 16,
                _ => 8,
            };
            Some(PlainMove::Register { to, from, size })
        }
        (a::LDR | a::LDRB | a::LDRH, MachOperand::Def(to, _), MachOperand::Mem(mem)) => {
            let (slot, offset) = slot_of(mem)?;
            let size = access(inst.row, &[first]).0 as u8;
            Some(PlainMove::Load { to: to.as_phys()?, slot, offset, size })
        }
        (a::STR | a::STRB | a::STRH, MachOperand::Use(from, _), MachOperand::Mem(mem)) => {
            let (slot, offset) = slot_of(mem)?;
            let size = access(inst.row, &[first]).0 as u8;
            Some(PlainMove::Store { slot, from: from.as_phys()?, offset, size })
        }
        _ => None,
    }
}

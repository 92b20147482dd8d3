//! Gives every slot its place and writes prologue, epilogues and addresses.
//!
//! Tiers: variables, the save area and other permanent slots have a place of their own; spill slots
//! that several blocks mention are coloured by interval; slots that one block mentions share one
//! area with those of other blocks.

use crate::error::{CodegenError, ErrorKind};
use crate::frame::cfi::CfiOp;
use crate::frame::layout::{FrameLayout, SavedRegister};
use crate::frame::shrink::{self, Region};
use crate::inst::function::InstFlags;
use crate::inst::{MachFunction, MachInst, MachOperand, MemBase, Sequence, SlotId, SlotKind, pseudo};
use crate::options::{OptLevel, Options};
use crate::regalloc::registers::frame_registers;
use crate::target::{FrameStyle, TargetCodegen, TargetInfo};
use lathe_diag::Loc;
use lathe_isa::{PhysReg, RegSet};
use smallvec::SmallVec;

/// Reusable memory of frame layout.
#[derive(Debug, Default)]
pub struct FrameScratch {
    extents: Vec<Extent>,
    loops: Vec<(u32, u32)>,
    order: Vec<u32>,
    /// Offset of each slot in its area.
    offsets: Vec<u64>,
    free: Vec<(u64, u64, u32)>,
    active: Vec<(u32, u64, u64, u32)>,
    insts: Vec<MachInst>,
}

/// Where a slot is mentioned, in block order.
#[derive(Clone, Copy, Debug)]
struct Extent {
    first: u32,
    last: u32,
}

impl Extent {
    const UNUSED: Extent = Extent { first: u32::MAX, last: 0 };

    fn is_used(self) -> bool {
        self.first != u32::MAX
    }
}

/// Lays out the frame of an allocated function: prologue and epilogues are in place afterwards and no
/// address names a slot.
///
/// # Errors
/// When the frame is larger than addresses can say.
pub fn lay_out(
    func: &mut MachFunction,
    target: &dyn TargetCodegen,
    convention: lathe_ir::CallConv,
    options: &Options,
    scratch: &mut FrameScratch,
) -> Result<FrameLayout, CodegenError> {
    let info = target.info();
    let (keeps_frame_pointer, base_pointer) = frame_registers(info, func, options);
    let mut frame = FrameLayout {
        naked: func.needs.naked,
        keeps_frame_pointer: keeps_frame_pointer && !func.needs.naked,
        base_pointer,
        stack_moves: func.needs.dynamic_alloc,
        probe: options.stack_probes,
        cfi: options.unwind_tables || options.debug_info,
        callee_pops: func.needs.callee_pops,
        ..FrameLayout::default()
    };
    find_extents(func, scratch);
    keep_debugged(func, options, scratch);
    let (area, align) = place_slots(func, scratch);
    let above = matches!(info.frame_style, FrameStyle::StoredAbove { .. });
    let area = if above { area.next_multiple_of(align) } else { area };
    save_registers(func, target, convention, area, &mut frame);
    let calls = func.needs.calls || func.insts.iter().any(|inst| inst.flags.has(InstFlags::CALL));
    size_frame(func, info, options, area, align, calls, &mut frame)?;
    addresses(func, info, area, align, scratch, &mut frame);
    replace_slots(func, &frame)?;
    insert_frame_code(func, target, options, &mut frame, scratch);
    Ok(frame)
}

/// First and last block that mentions each slot; spills are stretched over loops.
fn find_extents(func: &MachFunction, scratch: &mut FrameScratch) {
    scratch.extents.clear();
    scratch.extents.resize(func.slots.len(), Extent::UNUSED);
    scratch.loops.clear();
    for block in func.block_ids() {
        for edge in func.edges_of(block) {
            if edge.target <= block {
                scratch.loops.push((edge.target.0, block.0));
            }
        }
        for index in func.inst_range(block) {
            for operand in func.operands_of(&func.insts[index]) {
                let MachOperand::Mem(mem) = operand else { continue };
                if let MemBase::Slot(slot) = func.tables.mems[mem.0 as usize].base {
                    let extent = &mut scratch.extents[slot.index()];
                    extent.first = extent.first.min(block.0);
                    extent.last = extent.last.max(block.0);
                }
            }
        }
    }
    stretch_over_loops(func, scratch);
}

/// A value that is stored before a loop and read in it is needed until the loop ends.
fn stretch_over_loops(func: &MachFunction, scratch: &mut FrameScratch) {
    let FrameScratch { extents, loops, .. } = scratch;
    loops.sort_unstable();
    if loops.len() > 256 && extents.len() > 256 {
        // Too many to look at each pair: such slots live to the end.
        let end = func.blocks.len() as u32 - 1;
        for extent in extents.iter_mut().filter(|e| e.is_used() && e.first != e.last) {
            extent.last = end;
        }
        return;
    }
    for extent in extents.iter_mut().filter(|e| e.is_used() && e.first != e.last) {
        loop {
            let before = extent.last;
            for (header, last) in loops.iter() {
                if *header > extent.first && *header <= extent.last {
                    extent.last = extent.last.max(*last);
                }
            }
            if extent.last == before {
                break;
            }
        }
    }
}

/// Variables that a debugger may ask for have a place though no code mentions them.
fn keep_debugged(func: &MachFunction, options: &Options, scratch: &mut FrameScratch) {
    if options.debug_info {
        for (_, slot) in &func.debug_slots {
            let extent = &mut scratch.extents[slot.index()];
            if !extent.is_used() {
                *extent = Extent { first: 0, last: 0 };
            }
        }
    }
}

/// Which slots may share memory.
fn is_shareable(func: &MachFunction, slot: usize) -> bool {
    matches!(func.slots[slot].kind, SlotKind::Spill | SlotKind::Temporary) && !func.needs.returns_twice
}

/// Offsets in one area, from its top down (0 is the top): small slots first, so that they get
/// short addresses. Gives the size of the area and its alignment.
fn place_slots(func: &MachFunction, scratch: &mut FrameScratch) -> (u64, u64) {
    let FrameScratch { extents, order, offsets, free, active, .. } = scratch;
    offsets.clear();
    offsets.resize(func.slots.len(), 0);
    let mut depth = 0u64;
    let mut max_align = 1u64;
    let take = |depth: &mut u64, size: u64, align: u64| {
        *depth = (*depth + size.next_multiple_of(align)).next_multiple_of(align);
        *depth
    };
    // Block-local: every block starts at the same place.
    let is_local = |slot: usize| {
        extents[slot].first == extents[slot].last && extents[slot].is_used() && is_shareable(func, slot)
    };
    order.clear();
    order.extend((3..func.slots.len() as u32).filter(|slot| extents[*slot as usize].is_used()));
    let mut local: Vec<u32> = order.iter().copied().filter(|s| is_local(*s as usize)).collect();
    local.sort_by_key(|slot| (extents[*slot as usize].first, *slot));
    let mut block = u32::MAX;
    let mut in_block = 0;
    let mut deepest = 0;
    for slot in local {
        let data = &func.slots[slot as usize];
        if extents[slot as usize].first != block {
            block = extents[slot as usize].first;
            in_block = 0;
        }
        max_align = max_align.max(u64::from(data.align));
        offsets[slot as usize] = take(&mut in_block, data.size, u64::from(data.align));
        deepest = deepest.max(in_block);
    }
    depth += deepest;
    // Coloured by interval.
    order.retain(|slot| !is_local(*slot as usize));
    order.sort_by_key(|slot| (extents[*slot as usize].first, *slot));
    free.clear();
    active.clear();
    for slot in order.iter().map(|s| *s as usize).filter(|s| is_shareable(func, *s)) {
        let data = &func.slots[slot];
        let extent = extents[slot];
        active.retain(|(last, offset, size, align)| {
            if *last < extent.first {
                free.push((*offset, *size, *align));
            }
            *last >= extent.first
        });
        max_align = max_align.max(u64::from(data.align));
        let found = free.iter().position(|(_, size, align)| *size == data.size && *align == data.align);
        offsets[slot] = match found {
            Some(index) => free.swap_remove(index).0,
            None => take(&mut depth, data.size, u64::from(data.align)),
        };
        active.push((extent.last, offsets[slot], data.size, data.align));
    }
    // Permanent: the guard, then small before large, so that arrays are far away.
    order.retain(|slot| !is_shareable(func, *slot as usize));
    let is_guard = |slot: u32| {
        let kind = func.slots[slot as usize].kind;
        func.needs.guard.is_some_and(|guard| kind == SlotKind::Variable(guard))
    };
    order.sort_by_key(|slot| (!is_guard(*slot), func.slots[*slot as usize].size > 16, *slot));
    for slot in order.iter() {
        let data = &func.slots[*slot as usize];
        max_align = max_align.max(u64::from(data.align));
        offsets[*slot as usize] = take(&mut depth, data.size, u64::from(data.align));
    }
    (depth, max_align)
}

/// Whether some address of the frame may need [`TargetCodegen::fit_address`], which may use the link register.
fn may_be_far(func: &MachFunction, target: &dyn TargetCodegen, area: u64) -> bool {
    // All registers, and padding.
    const SAVES: u64 = 512;
    let outgoing = func.slots[SlotId::OUTGOING.index()].size;
    let depth = area + outgoing + SAVES + u64::from(func.needs.argument_save_bytes);
    let is_far = |displacement: i32| {
        let bound = depth.saturating_add(u64::from(displacement.unsigned_abs()));
        i32::try_from(bound).map_or(true, |bound| !target.is_near(bound))
    };
    func.tables.mems.iter().any(|mem| matches!(mem.base, MemBase::Slot(_)) && is_far(mem.displacement))
}

fn save_registers(
    func: &MachFunction,
    target: &dyn TargetCodegen,
    convention: lathe_ir::CallConv,
    area: u64,
    frame: &mut FrameLayout,
) {
    let info = target.info();
    let word = i64::from(info.word_bytes);
    let top = -i64::from(info.call_pushes) - i64::from(func.needs.argument_save_bytes);
    let mut offset = top;
    let preserved = target.callee_saved(convention);
    let mut written = func.written;
    let link = match info.frame_style {
        FrameStyle::Stored { link } if frame.keeps_frame_pointer => link,
        FrameStyle::StoredAbove { link } => {
            let is_used =
                written.contains(link) || frame.keeps_frame_pointer || may_be_far(func, target, area);
            if is_used && !frame.naked {
                offset -= word;
                frame.saved.push(SavedRegister { reg: link, offset });
            }
            link
        }
        _ => PhysReg::NONE,
    };
    if frame.keeps_frame_pointer {
        offset -= word;
        let at_top = matches!(info.frame_style, FrameStyle::StoredAbove { .. });
        frame.frame_pointer_offset = if at_top { top } else { offset };
    }
    if frame.base_pointer {
        written = written.with(info.base_pointer);
    }
    if frame.naked {
        return;
    }
    for reg in preserved.iter() {
        let is_frame_pointer = frame.keeps_frame_pointer && reg == info.frame_pointer;
        if written.contains(reg) && !is_frame_pointer && reg != link {
            offset -= word;
            frame.saved.push(SavedRegister { reg, offset });
        }
    }
}

fn size_frame(
    func: &MachFunction,
    info: &TargetInfo,
    options: &Options,
    area: u64,
    align: u64,
    calls: bool,
    frame: &mut FrameLayout,
) -> Result<(), CodegenError> {
    let word = u64::from(info.word_bytes);
    let pushed = u64::from(info.call_pushes)
        + u64::from(func.needs.argument_save_bytes)
        + word * (frame.saved.len() as u64 + u64::from(frame.keeps_frame_pointer));
    let outgoing = func.slots[SlotId::OUTGOING.index()].size.next_multiple_of(word);
    frame.outgoing = outgoing;
    let stack_align = u64::from(info.stack_align);
    let limit = || {
        let what = format!("a frame of {area} bytes");
        CodegenError::new(ErrorKind::Limit(what))
    };
    if area > i32::MAX as u64 / 2 || outgoing > i32::MAX as u64 / 2 {
        return Err(limit());
    }
    if matches!(info.frame_style, FrameStyle::Stored { .. }) {
        size_stored_frame(info, area, align, frame);
        return Ok(());
    }
    let above = matches!(info.frame_style, FrameStyle::StoredAbove { .. });
    if align > stack_align {
        frame.realign = Some(align as u32);
        frame.allocate = (area + outgoing).next_multiple_of(align);
        if above {
            frame.depth = pushed.next_multiple_of(stack_align);
        }
        return Ok(());
    }
    // Slots are aligned from the frame address, which is aligned as the stack is at a call.
    let slots_end = (pushed.next_multiple_of(align) + area).next_multiple_of(word);
    let slots_end = if area == 0 { pushed } else { slots_end };
    let needs_align = if calls || func.needs.dynamic_alloc || above { stack_align } else { word };
    let depth = (slots_end + outgoing).next_multiple_of(needs_align);
    let leaf = !calls && !func.needs.dynamic_alloc && outgoing == 0;
    let red_zone = leaf && options.red_zone && !func.needs.no_red_zone && !frame.naked;
    if red_zone && depth - pushed <= u64::from(info.red_zone_bytes) {
        frame.allocate = 0;
        frame.depth = pushed;
    } else {
        frame.allocate = depth - pushed;
        frame.depth = depth;
    }
    Ok(())
}

/// [`FrameStyle::Stored`]: the saves lie below the slots, or above them when those must be realigned.
fn size_stored_frame(info: &TargetInfo, area: u64, align: u64, frame: &mut FrameLayout) {
    let word = u64::from(info.word_bytes);
    let stack_align = u64::from(info.stack_align);
    let record = if frame.keeps_frame_pointer { 2 * word } else { 0 };
    let saves = record + word * frame.saved.len() as u64;
    let lowest = if align > stack_align {
        frame.realign = Some(align as u32);
        frame.outgoing = frame.outgoing.next_multiple_of(stack_align);
        frame.allocate = (area + frame.outgoing).next_multiple_of(align);
        frame.depth = saves.next_multiple_of(stack_align);
        -(frame.depth as i64)
    } else {
        if frame.stack_moves {
            // What is allocated later begins right above the outgoing arguments.
            frame.outgoing = frame.outgoing.next_multiple_of(stack_align);
        }
        frame.depth = (area.next_multiple_of(word) + saves + frame.outgoing).next_multiple_of(stack_align);
        frame.allocate = frame.depth;
        frame.outgoing as i64 - frame.depth as i64
    };
    if frame.naked {
        (frame.depth, frame.allocate) = (0, 0);
    }
    frame.frame_pointer_offset = lowest;
    for (index, saved) in frame.saved.iter_mut().enumerate() {
        saved.offset = lowest + record as i64 + word as i64 * index as i64;
    }
}

/// Frames of so many bytes are addressed by short displacements on every target.
const NEAR_FRAME: u64 = 1024;

/// Register and offset of each slot.
fn addresses(
    func: &MachFunction,
    info: &TargetInfo,
    area: u64,
    align: u64,
    scratch: &FrameScratch,
    frame: &mut FrameLayout,
) {
    let word = i64::from(info.word_bytes);
    let pushes = i64::from(info.call_pushes) + i64::from(func.needs.argument_save_bytes);
    let saved = word * frame.saved.len() as i64;
    let pushed = pushes + saved + if frame.keeps_frame_pointer { word } else { 0 };
    let is_stored = info.frame_style != FrameStyle::Pushed;
    let top = match info.frame_style {
        FrameStyle::Stored { .. } => 0,
        _ => (pushed as u64).next_multiple_of(align) as i64,
    };
    let depth = frame.depth as i64;
    let stands_still = frame.realign.is_none() && !frame.stack_moves;
    let by_frame_pointer = frame.keeps_frame_pointer && !(is_stored && stands_still);
    // In a large frame the small slots had better be near the stack pointer, from which they are addressed.
    let upside_down = matches!(info.frame_style, FrameStyle::StoredAbove { .. })
        && !by_frame_pointer
        && func.needs.guard.is_none()
        && area > NEAR_FRAME;
    let from_cfa = |offset: i64| {
        if by_frame_pointer {
            (info.frame_pointer, offset - frame.frame_pointer_offset)
        } else {
            (info.stack_pointer, offset + depth)
        }
    };
    let bottom = if frame.base_pointer { info.base_pointer } else { info.stack_pointer };
    let mut result = Vec::with_capacity(func.slots.len());
    let mut known = Vec::with_capacity(func.slots.len());
    for (index, slot) in func.slots.iter().enumerate() {
        let (address, offset): ((PhysReg, i64), Option<i64>) = match slot.kind {
            SlotKind::Incoming => (from_cfa(0), Some(0)),
            SlotKind::Outgoing => ((info.stack_pointer, 0), None),
            SlotKind::Dynamic => ((info.stack_pointer, frame.outgoing as i64), None),
            _ if frame.realign.is_some() => {
                let up = frame.allocate as i64 - scratch.offsets[index] as i64;
                ((bottom, up), None)
            }
            _ => {
                let mut below = scratch.offsets[index] as i64;
                if upside_down && slot.size > 0 {
                    below = area.next_multiple_of(align) as i64 - below
                        + slot.size.next_multiple_of(u64::from(slot.align)) as i64;
                }
                let offset = -(top + below);
                (from_cfa(offset), Some(offset))
            }
        };
        debug_assert!(scratch.offsets[index] <= area, "a slot is in the area");
        result.push(address);
        known.push(offset);
    }
    frame.addresses = result;
    frame.from_cfa = known;
}

fn replace_slots(func: &mut MachFunction, frame: &FrameLayout) -> Result<(), CodegenError> {
    for mem in &mut func.tables.mems {
        if let MemBase::Slot(slot) = mem.base {
            let (reg, offset) = frame.address(slot);
            let sum = offset + i64::from(mem.displacement);
            mem.displacement = i32::try_from(sum)
                .map_err(|_| CodegenError::new(ErrorKind::Limit(format!("a frame offset of {sum} bytes"))))?;
            mem.base = MemBase::Reg(reg.into());
        }
    }
    Ok(())
}

/// The part of the function that runs with a frame, if it is not all of it.
fn region_of(
    func: &MachFunction,
    info: &TargetInfo,
    frame: &FrameLayout,
    options: &Options,
) -> Option<Region> {
    let plain = !frame.naked
        && !frame.keeps_frame_pointer
        && !frame.base_pointer
        && !frame.stack_moves
        && frame.realign.is_none()
        && !func.needs.returns_twice;
    if !plain || options.level == OptLevel::None || frame.saved.is_empty() && frame.allocate == 0 {
        return None;
    }
    let saved = frame.saved.iter().fold(RegSet::NONE, |set, saved| set.with(saved.reg));
    shrink::find_region(func, info, saved)
}

/// The rules of unwinding while code is written in order.
#[derive(Debug, Default)]
struct Rules {
    /// Whether those of the body hold.
    framed: bool,
    /// What the prologue said.
    prologue: SmallVec<[CfiOp; 16]>,
}

impl Rules {
    /// Reads the rules that a prologue has written.
    fn learn(&mut self, sequence: &Sequence<'_>, start: usize) {
        self.framed = true;
        for inst in sequence.insts[start..].iter().filter(|inst| inst.row == pseudo::CFI) {
            self.prologue.extend(CfiOp::from_operands(sequence.tables.operands_of(inst)));
        }
    }

    /// Writes what changes between a place without a frame and one with it.
    fn change(&mut self, framed: bool, info: &TargetInfo, sequence: &mut Sequence<'_>) {
        if self.framed == framed {
            return;
        }
        self.framed = framed;
        for op in &self.prologue {
            match *op {
                _ if framed => sequence.cfi(*op),
                CfiOp::Offset(reg, _) => sequence.cfi(CfiOp::Restore(reg)),
                CfiOp::NegateReturnAddress => sequence.cfi(*op),
                _ => {}
            }
        }
        if !framed {
            sequence.cfi(CfiOp::DefineCfa(info.stack_pointer, i64::from(info.call_pushes)));
        }
    }
}

/// Puts prologue, epilogues, returns and expanded pseudo instructions in place.
fn insert_frame_code(
    func: &mut MachFunction,
    target: &dyn TargetCodegen,
    options: &Options,
    frame: &mut FrameLayout,
    scratch: &mut FrameScratch,
) {
    let region = region_of(func, target.info(), frame, options);
    let mut old = std::mem::take(&mut func.insts);
    let out = &mut scratch.insts;
    out.clear();
    out.reserve(old.len() + 32);
    let count = func.blocks.len();
    let mut rules = Rules::default();
    for block in 0..count {
        let (first, end) = (func.blocks[block].first_inst, func.blocks[block].end_inst);
        let start = out.len() as u32;
        let framed = region.as_ref().is_none_or(|region| region.framed[block]);
        let is_prologue = block == region.as_ref().map_or(0, |region| region.prologue);
        let mut sequence =
            Sequence { tables: &mut func.tables, insts: out, loc: Loc::NONE, flags: InstFlags::FRAME };
        if region.is_some() && frame.cfi && end > first {
            rules.change(framed && !is_prologue, target.info(), &mut sequence);
        }
        if is_prologue {
            target.prologue(frame, &mut sequence);
            rules.learn(&sequence, start as usize);
        }
        for index in first..end {
            let inst = old[index as usize];
            let is_last = block + 1 == count && index + 1 == end;
            let is_tail = inst.flags.has(InstFlags::TAIL);
            let loc = inst.loc;
            if inst.row == pseudo::RETURN || is_tail {
                frame.code_follows = !is_last;
                let restores =
                    framed && frame.code_follows && frame.cfi && changes_rules(frame, target.info());
                let flags = InstFlags::FRAME;
                let mut sequence = Sequence { tables: &mut func.tables, insts: out, loc, flags };
                if framed {
                    target.epilogue(frame, &mut sequence);
                }
                if is_tail {
                    sequence.keep(inst);
                } else {
                    target.ret(frame, &mut sequence);
                }
                if restores {
                    // What follows has the body's rules again.
                    sequence.cfi(crate::frame::CfiOp::RestoreState);
                }
            } else if inst.row.0 >= pseudo::TARGET {
                let operands: SmallVec<[MachOperand; 8]> = func.operands_of(&inst).iter().copied().collect();
                let flags = inst.flags;
                let mut sequence = Sequence { tables: &mut func.tables, insts: out, loc, flags };
                target.expand(inst.row, &operands, frame, &mut sequence);
            } else if inst.row != pseudo::REMOVED {
                let mut inst = inst;
                fit_addresses(func, target, &mut inst, out);
                out.push(inst);
            }
        }
        func.blocks[block].first_inst = start;
        func.blocks[block].end_inst = out.len() as u32;
    }
    std::mem::swap(&mut old, out);
    func.insts = old;
}

/// Lets the target deal with displacements that became too large for an instruction. What changes gets operands of its own:
/// a copied test of a loop shares those of the original.
fn fit_addresses(
    func: &mut MachFunction,
    target: &dyn TargetCodegen,
    inst: &mut MachInst,
    out: &mut Vec<MachInst>,
) {
    let is_far = |func: &MachFunction, operand: &MachOperand| match operand {
        MachOperand::Mem(id) => {
            let mem = &func.tables.mems[id.0 as usize];
            mem.symbol.is_none() && !target.is_near(mem.displacement)
        }
        _ => false,
    };
    if !func.operands_of(inst).iter().any(|operand| is_far(func, operand)) {
        return;
    }
    let mut operands: SmallVec<[MachOperand; 8]> = func.operands_of(inst).iter().copied().collect();
    for index in 0..operands.len() {
        let MachOperand::Mem(id) = operands[index] else { continue };
        if !is_far(func, &operands[index]) {
            continue;
        }
        let mut mem = func.tables.mems[id.0 as usize];
        let (loc, flags) = (inst.loc, InstFlags::NONE);
        let mut sequence = Sequence { tables: &mut func.tables, insts: out, loc, flags };
        target.fit_address(inst.row, &operands, &mut mem, &mut sequence);
        operands[index] = sequence.mem(mem);
    }
    let new = func.tables.inst(inst.row, &operands, inst.loc);
    inst.first_operand = new.first_operand;
}

/// Whether prologue and epilogue change unwind rules at all.
fn changes_rules(frame: &FrameLayout, info: &TargetInfo) -> bool {
    !frame.naked && (frame.keeps_frame_pointer || frame.depth > u64::from(info.call_pushes))
}

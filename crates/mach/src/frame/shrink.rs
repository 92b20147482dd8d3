//! Prologues that run only where a frame is needed ("shrink-wrapping").
//!
//! A function that tests its arguments and often returns at once needs no frame for that. [`sink_copies`] keeps the test on
//! the argument registers: copies to call-preserved registers move behind the branch. [`find_region`] then looks for
//! the block at which the prologue can stand: every block that needs the frame comes after it, nothing else leads there,
//! and no loop goes around it.

use crate::inst::function::InstFlags;
use crate::inst::{MReg, MachBlock, MachFunction, MachInst, MachMem, MachOperand, MemBase, pseudo};
use crate::target::{PlainMove, TargetCodegen, TargetInfo};
use lathe_isa::{PhysReg, RegSet};

/// Longest chain of early exits.
const MAX_STEPS: usize = 8;
/// Largest function, in blocks, whose copies are looked at.
const MAX_BLOCKS: usize = 4000;

/// Which blocks run with a frame.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Region {
    /// The block that begins with the prologue.
    pub prologue: usize,
    /// By block.
    pub framed: Vec<bool>,
}

fn predecessors(func: &MachFunction) -> Vec<Vec<MachBlock>> {
    let mut preds = vec![Vec::new(); func.blocks.len()];
    for block in func.block_ids() {
        for edge in func.edges_of(block) {
            preds[edge.target.index()].push(block);
        }
    }
    preds
}

/// Where the prologue goes if not to the start.
pub fn find_region(func: &MachFunction, info: &TargetInfo, saved: RegSet) -> Option<Region> {
    if func.blocks.len() < 3 || needs_frame(func, info, saved, MachBlock(0)) {
        return None;
    }
    let preds = predecessors(func);
    let needs: Vec<MachBlock> =
        func.block_ids().filter(|block| needs_frame(func, info, saved, *block)).collect();
    let mut at = MachBlock(0);
    let mut best: Option<Region> = None;
    for _ in 0..MAX_STEPS {
        let next = func.edges_of(at).iter().find_map(|edge| {
            let framed = closed_region(func, &preds, edge.target)?;
            needs.iter().all(|block| framed[block.index()]).then_some((edge.target, framed))
        });
        let Some((target, framed)) = next else { break };
        let done = needs.contains(&target);
        best = Some(Region { prologue: target.index(), framed });
        if done {
            break;
        }
        at = target;
    }
    // The rules of unwinding are written in the order of the code: the prologue's come first.
    best.filter(|region| !region.framed[..region.prologue].iter().any(|framed| *framed))
}

/// The blocks that follow `start`, if nothing else leads to any of them and `start` runs once.
fn closed_region(func: &MachFunction, preds: &[Vec<MachBlock>], start: MachBlock) -> Option<Vec<bool>> {
    let mut region = vec![false; func.blocks.len()];
    let mut work = vec![start];
    while let Some(block) = work.pop() {
        if !std::mem::replace(&mut region[block.index()], true) {
            work.extend(func.edges_of(block).iter().map(|edge| edge.target));
        }
    }
    let closed = func.block_ids().all(|block| {
        let inside = |from: &MachBlock| region[from.index()];
        match block == start {
            true => !preds[block.index()].iter().any(inside),
            false => !region[block.index()] || preds[block.index()].iter().all(inside),
        }
    });
    (closed && !region[0]).then_some(region)
}

/// Whether code of a block needs the frame: calls, frame memory, registers that the prologue saves.
fn needs_frame(func: &MachFunction, info: &TargetInfo, saved: RegSet, block: MachBlock) -> bool {
    let data = &func.blocks[block.index()];
    if data.landing_pad.is_some() || data.address_taken {
        return true;
    }
    func.inst_range(block).any(|index| inst_needs_frame(func, info, saved, &func.insts[index]))
}

fn inst_needs_frame(func: &MachFunction, info: &TargetInfo, saved: RegSet, inst: &MachInst) -> bool {
    let row = inst.row;
    let leaves = row == pseudo::RETURN || inst.flags.has(InstFlags::TAIL);
    if row == pseudo::INLINE_ASM || inst.flags.has(InstFlags::CALL) && !leaves {
        return true;
    }
    let bad = |reg: MReg| reg.as_phys().is_some_and(|reg| saved.contains(reg) || reg == info.stack_pointer);
    let is_own = row.0 >= pseudo::TARGET;
    func.operands_of(inst).iter().any(|operand| match *operand {
        MachOperand::Mem(mem) => {
            let mem = &func.tables.mems[mem.0 as usize];
            is_own
                || matches!(mem.base, MemBase::Slot(_))
                || mem.base_reg().is_some_and(bad)
                || mem.index_reg().is_some_and(bad)
        }
        MachOperand::Imm(_) => is_own,
        operand => operand.written().is_some_and(bad) || operand.read().is_some_and(bad),
    })
}

/// Moves copies from argument registers to call-preserved ones out of the blocks that only test and
/// branch, to where the copy is needed.
pub fn sink_copies(func: &mut MachFunction, target: &dyn TargetCodegen, preserved: RegSet) {
    let info = target.info();
    let saved = written_of(func, preserved);
    if saved.is_empty() || func.blocks.len() < 3 || func.blocks.len() > MAX_BLOCKS {
        return;
    }
    let preds = predecessors(func);
    let mut live: Vec<RegSet> = Vec::new();
    // Copies that now stand at the start of a block.
    let mut arriving: Vec<Vec<MachInst>> = vec![Vec::new(); func.blocks.len()];
    let mut work = vec![MachBlock(0)];
    let mut changed = false;
    for _ in 0..MAX_STEPS {
        let Some(block) = work.pop() else { break };
        let Some(copies) = sinkable(func, target, info, saved, block, &arriving[block.index()]) else {
            continue;
        };
        let targets: Vec<MachBlock> = func.edges_of(block).iter().map(|edge| edge.target).collect();
        let follows = |to: &MachBlock| preds[to.index()].len() == 1 && !func.blocks[to.index()].address_taken;
        if targets.len() < 2 || !targets.iter().all(follows) {
            continue;
        }
        work.extend(&targets);
        if copies.is_empty() {
            continue;
        }
        if !changed {
            live = live_at_start(func, saved);
            changed = true;
        }
        read_sources(func, block, &copies);
        arriving[block.index()].clear();
        for to in targets {
            let needed = copies.iter().filter(|copy| live[to.index()].contains(copy.to));
            arriving[to.index()].extend(needed.map(|copy| copy.inst));
        }
    }
    if changed {
        put_in_place(func, &arriving);
    }
}

fn written_of(func: &MachFunction, preserved: RegSet) -> RegSet {
    preserved.iter().filter(|reg| func.written.contains(*reg)).fold(RegSet::NONE, RegSet::with)
}

#[derive(Clone, Copy, Debug)]
struct Copy {
    inst: MachInst,
    /// Its number in the function; `None` when it arrived from the block before.
    place: Option<usize>,
    to: PhysReg,
    from: PhysReg,
}

fn is_copy(
    func: &MachFunction,
    target: &dyn TargetCodegen,
    saved: RegSet,
    inst: &MachInst,
) -> Option<(PhysReg, PhysReg)> {
    if pseudo::is_pseudo(inst.row) {
        return None;
    }
    match target.as_move(func, inst)? {
        PlainMove::Register { to, from, size }
            if size == target.info().word_bytes && saved.contains(to) && !saved.contains(from) =>
        {
            (from != target.info().stack_pointer).then_some((to, from))
        }
        _ => None,
    }
}

/// The copies of a block if it does nothing else with call-preserved registers than read those copies, and
/// needs no frame otherwise.
fn sinkable(
    func: &MachFunction,
    target: &dyn TargetCodegen,
    info: &TargetInfo,
    saved: RegSet,
    block: MachBlock,
    arriving: &[MachInst],
) -> Option<Vec<Copy>> {
    let data = &func.blocks[block.index()];
    if data.landing_pad.is_some() {
        return None;
    }
    let mut copies: Vec<Copy> = Vec::new();
    let add = |copies: &mut Vec<Copy>, inst: &MachInst, place| {
        let (to, from) = is_copy(func, target, saved, inst)?;
        if copies.iter().any(|copy| copy.to == to) {
            return None;
        }
        copies.push(Copy { inst: *inst, place, to, from });
        Some(())
    };
    for inst in arriving {
        add(&mut copies, inst, None)?;
    }
    for index in func.inst_range(block) {
        let inst = &func.insts[index];
        if inst.row == pseudo::REMOVED {
            continue;
        }
        if is_copy(func, target, saved, inst).is_some() {
            add(&mut copies, inst, Some(index))?;
            continue;
        }
        let known = copies.iter().fold(RegSet::NONE, |set, copy| set.with(copy.to));
        let others = saved.iter().filter(|reg| !known.contains(*reg)).fold(RegSet::NONE, RegSet::with);
        if inst_needs_frame(func, info, others, inst) || inst.clobbers.0 != 0 {
            return None;
        }
        for operand in func.operands_of(inst) {
            // Neither copy nor source may change behind the copy; implicit reads cannot be renamed.
            let written = operand.written().and_then(MReg::as_phys);
            let fixed = match *operand {
                MachOperand::FixedUse(reg, _) | MachOperand::Tied { from: reg, .. } => reg.as_phys(),
                _ => None,
            };
            let spoils = copies
                .iter()
                .any(|copy| written == Some(copy.to) || written == Some(copy.from) || fixed == Some(copy.to));
            if spoils {
                return None;
            }
        }
    }
    Some(copies)
}

/// Lets the instructions of a block read what the copies were made of, and takes the copies out.
fn read_sources(func: &mut MachFunction, block: MachBlock, copies: &[Copy]) {
    let source = |reg: MReg| match copies.iter().find(|copy| reg.as_phys() == Some(copy.to)) {
        Some(copy) => MReg::phys(copy.from),
        None => reg,
    };
    for index in func.inst_range(block) {
        if copies.iter().any(|copy| copy.place == Some(index)) {
            func.insts[index].row = pseudo::REMOVED;
            continue;
        }
        for at in func.insts[index].operand_range() {
            let operand = func.tables.operands[at];
            let renamed = match operand {
                MachOperand::Use(reg, view) => MachOperand::Use(source(reg), view),
                MachOperand::UseAny(reg, view) => MachOperand::UseAny(source(reg), view),
                MachOperand::LateUse(reg, view) => MachOperand::LateUse(source(reg), view),
                MachOperand::Mem(id) => {
                    let old = func.tables.mems[id.0 as usize];
                    let base = match old.base {
                        MemBase::Reg(reg) => MemBase::Reg(source(reg)),
                        base => base,
                    };
                    let new = MachMem { base, index: source(old.index), ..old };
                    if new == old { operand } else { MachOperand::Mem(func.tables.mem(new)) }
                }
                operand => operand,
            };
            func.tables.operands[at] = renamed;
        }
    }
}

/// Which of some registers are read before they are written from the start of each block on.
fn live_at_start(func: &MachFunction, saved: RegSet) -> Vec<RegSet> {
    let keep = |reg: Option<MReg>| reg.and_then(MReg::as_phys).filter(|reg| saved.contains(*reg));
    let mut read = vec![RegSet::NONE; func.blocks.len()];
    let mut written = vec![RegSet::NONE; func.blocks.len()];
    for block in func.block_ids() {
        let (read, written) = (&mut read[block.index()], &mut written[block.index()]);
        for index in func.inst_range(block) {
            let inst = &func.insts[index];
            let mut see = |reg: Option<MReg>| {
                if let Some(reg) = keep(reg).filter(|reg| !written.contains(*reg)) {
                    *read = read.with(reg);
                }
            };
            for operand in func.operands_of(inst) {
                see(operand.read());
                if let MachOperand::Mem(mem) = operand {
                    let mem = &func.tables.mems[mem.0 as usize];
                    see(mem.base_reg());
                    see(mem.index_reg());
                }
            }
            for operand in func.operands_of(inst) {
                if let Some(reg) = keep(operand.written()) {
                    *written = written.with(reg);
                }
            }
        }
    }
    let mut changed = true;
    while changed {
        changed = false;
        for block in func.block_ids().rev() {
            let mut live = read[block.index()];
            for edge in func.edges_of(block) {
                for reg in read[edge.target.index()].iter() {
                    if !written[block.index()].contains(reg) {
                        live = live.with(reg);
                    }
                }
            }
            changed |= std::mem::replace(&mut read[block.index()], live) != live;
        }
    }
    read
}

fn put_in_place(func: &mut MachFunction, arriving: &[Vec<MachInst>]) {
    let old = std::mem::take(&mut func.insts);
    let mut new = Vec::with_capacity(old.len() + 8);
    for (block, arriving) in func.blocks.iter_mut().zip(arriving) {
        let start = new.len() as u32;
        new.extend_from_slice(arriving);
        new.extend_from_slice(&old[block.first_inst as usize..block.end_inst as usize]);
        block.first_inst = start;
        block.end_inst = new.len() as u32;
    }
    func.insts = new;
}

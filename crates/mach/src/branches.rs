//! Branches of allocated code: threading through empty blocks, fall-throughs, conditional jumps.
//!
//! In: blocks in final order that end in `JUMP`, `BRANCH` or target rows. Out: instructions only;
//! what jumps to an empty block goes where that one goes. Runs before the frame is laid out, so that a
//! block that became unreachable costs nothing.

use crate::inst::{CodeTables, MachBlock, MachFunction, MachInst, MachOperand, Sequence, pseudo};
use crate::target::TargetCodegen;
use lathe_ir::Likelihood;
use lathe_isa::RowFlags;

/// Reusable memory.
#[derive(Debug, Default)]
pub struct BranchScratch {
    goes_to: Vec<MachBlock>,
    reached: Vec<bool>,
    work: Vec<MachBlock>,
    insts: Vec<MachInst>,
    ranges: Vec<(u32, u32)>,
}

/// A loop's test is copied to the end of the loop if it has at most so many instructions before its
/// branch.
const MAX_COPIED_TEST: u32 = 3;

/// Threads jumps and empties unreachable blocks.
pub fn thread(func: &mut MachFunction, scratch: &mut BranchScratch) {
    let BranchScratch { goes_to, reached, work, .. } = scratch;
    goes_to.clear();
    for block in func.block_ids() {
        goes_to.push(only_jumps(func, block).unwrap_or(block));
    }
    // Follow chains; a cycle of empty blocks stays as it is.
    for index in 0..goes_to.len() {
        let mut at = goes_to[index];
        for _ in 0..16 {
            let next = goes_to[at.index()];
            if next == at || next.index() == index {
                break;
            }
            at = next;
        }
        goes_to[index] = at;
    }
    for block in func.block_ids() {
        let data = &func.blocks[block.index()];
        let (first, end) = (data.first_inst, data.end_inst);
        for index in (first..end).rev() {
            let range = func.insts[index as usize].operand_range();
            for operand in &mut func.tables.operands[range] {
                if let MachOperand::Block(target) = operand {
                    *target = goes_to[target.index()];
                }
            }
        }
        let edges = data.edges.clone();
        for edge in &mut func.edges[edges.start as usize..edges.end as usize] {
            edge.target = goes_to[edge.target.index()];
        }
    }
    for table in &mut func.jump_tables {
        for target in &mut table.blocks {
            *target = goes_to[target.index()];
        }
    }
    reached.clear();
    reached.resize(func.blocks.len(), false);
    work.clear();
    work.push(MachBlock(0));
    let taken = func.block_ids().filter(|b| func.blocks[b.index()].address_taken);
    work.extend(taken);
    while let Some(block) = work.pop() {
        if std::mem::replace(&mut reached[block.index()], true) {
            continue;
        }
        work.extend(func.edges_of(block).iter().map(|e| e.target));
    }
    for (data, reached) in func.blocks.iter_mut().zip(reached.iter()) {
        if !*reached {
            data.end_inst = data.first_inst;
            data.edges = data.edges.start..data.edges.start;
        }
    }
}

/// Where a block goes that does nothing else.
fn only_jumps(func: &MachFunction, block: MachBlock) -> Option<MachBlock> {
    let data = &func.blocks[block.index()];
    if data.address_taken || data.landing_pad.is_some() || block.0 == 0 {
        return None;
    }
    let mut insts = func.inst_range(block).map(|i| &func.insts[i]).filter(|i| i.row != pseudo::REMOVED);
    let only = insts.next()?;
    if insts.next().is_some() || only.row != pseudo::JUMP {
        return None;
    }
    match func.operands_of(only) {
        [MachOperand::Block(target)] => Some(*target),
        _ => None,
    }
}

/// Turns `JUMP` and `BRANCH` into instructions, leaving out jumps to the block that follows. With
/// `copy_tests`, a jump back to a small test becomes the test itself, so that a loop takes one branch a
/// round.
pub fn expand(
    func: &mut MachFunction,
    target: &dyn TargetCodegen,
    copy_tests: bool,
    scratch: &mut BranchScratch,
) {
    let mut old = std::mem::take(&mut func.insts);
    let BranchScratch { insts: out, ranges, .. } = scratch;
    ranges.clear();
    ranges.extend(func.blocks.iter().map(|data| (data.first_inst, data.end_inst)));
    out.clear();
    out.reserve(old.len() + func.blocks.len());
    for block in 0..func.blocks.len() {
        let (first, end) = (func.blocks[block].first_inst, func.blocks[block].end_inst);
        let start = out.len() as u32;
        let next = next_block(func, block);
        let likelihood = func.blocks[block].likelihood;
        for index in first..end {
            let inst = old[index as usize];
            let (loc, flags) = (inst.loc, inst.flags);
            match inst.row {
                pseudo::JUMP => {
                    if let [MachOperand::Block(to)] = *func.tables.operands_of(&inst)
                        && Some(to) != next
                    {
                        let test = (copy_tests && to.index() <= block)
                            .then(|| small_test(&old, ranges[to.index()]))
                            .flatten();
                        if let Some((test, branch_inst)) = test {
                            out.extend_from_slice(&old[test]);
                            let operands: smallvec::SmallVec<[MachOperand; 6]> =
                                func.tables.operands_of(&branch_inst).iter().copied().collect();
                            let (loc, flags) = (branch_inst.loc, branch_inst.flags);
                            let mut sequence = Sequence { tables: &mut func.tables, insts: out, loc, flags };
                            branch(&operands, next, Likelihood::Unknown, target, &mut sequence);
                            continue;
                        }
                        let leaves = copy_tests
                            .then(|| small_exit(&func.tables, &old, ranges[to.index()], target))
                            .flatten();
                        if let Some(range) = leaves {
                            out.extend_from_slice(&old[range]);
                            continue;
                        }
                        let mut sequence = Sequence { tables: &mut func.tables, insts: out, loc, flags };
                        target.jump(to, &mut sequence);
                    }
                }
                pseudo::BRANCH => {
                    let operands: smallvec::SmallVec<[MachOperand; 6]> =
                        func.tables.operands_of(&inst).iter().copied().collect();
                    let mut sequence = Sequence { tables: &mut func.tables, insts: out, loc, flags };
                    branch(&operands, next, likelihood, target, &mut sequence);
                }
                pseudo::UNREACHABLE | pseudo::REMOVED => {}
                _ => out.push(inst),
            }
        }
        if let Some(last) = end.checked_sub(1).filter(|_| end > first).map(|i| old[i as usize]) {
            invoke_continues(func, block, &last, next, target, out);
        }
        func.blocks[block].first_inst = start;
        func.blocks[block].end_inst = out.len() as u32;
    }
    std::mem::swap(&mut old, out);
    func.insts = old;
}

/// The instructions of a block that only jumps to an address in a register: an interpreter's dispatch, which each
/// operation may as well do by itself.
fn small_exit(
    tables: &CodeTables,
    insts: &[MachInst],
    (first, end): (u32, u32),
    target: &dyn TargetCodegen,
) -> Option<std::ops::Range<usize>> {
    let range = first as usize..end as usize;
    let [inst] = insts.get(range.clone())? else { return None };
    if pseudo::is_pseudo(inst.row) || inst.flags.0 != 0 {
        return None;
    }
    let flags = target.isa().row(inst.row).flags;
    let jumps = flags.has(RowFlags::TERMINATOR.or(RowFlags::BRANCH)) && !flags.has(RowFlags::CALL);
    let in_register = matches!(tables.operands_of(inst), [MachOperand::Use(..)]);
    (jumps && in_register).then_some(range)
}

/// The instructions of a block that only computes a condition and branches: those before the branch,
/// and the branch.
fn small_test(insts: &[MachInst], (first, end): (u32, u32)) -> Option<(std::ops::Range<usize>, MachInst)> {
    let last = end.checked_sub(1)?;
    if end <= first || last - first > MAX_COPIED_TEST {
        return None;
    }
    let branch = *insts.get(last as usize)?;
    let range = first as usize..last as usize;
    // Pseudo rows may stand for anything: only plain instructions are copied.
    let plain = insts[range.clone()].iter().all(|inst| !pseudo::is_pseudo(inst.row));
    (branch.row == pseudo::BRANCH && plain).then_some((range, branch))
}

/// The next block that is not empty for being unreachable.
fn next_block(func: &MachFunction, block: usize) -> Option<MachBlock> {
    let rest = func.blocks.iter().enumerate().skip(block + 1);
    let mut filled = rest.filter(|(_, data)| data.end_inst > data.first_inst);
    filled.next().map(|(index, _)| MachBlock(index as u32))
}

/// A terminator that falls through to its first edge (`invoke`, `asm goto`) needs a jump if another
/// block follows.
fn invoke_continues(
    func: &mut MachFunction,
    block: usize,
    last: &MachInst,
    next: Option<MachBlock>,
    target: &dyn TargetCodegen,
    out: &mut Vec<MachInst>,
) {
    use crate::inst::function::InstFlags;
    let falls = last.flags.has(InstFlags::INVOKE) || last.row == pseudo::INLINE_ASM;
    if !falls {
        return;
    }
    let Some(edge) = func.edges_of(MachBlock(block as u32)).first().copied() else { return };
    if Some(edge.target) != next {
        let mut sequence =
            Sequence { tables: &mut func.tables, insts: out, loc: last.loc, flags: InstFlags::NONE };
        target.jump(edge.target, &mut sequence);
    }
}

fn branch(
    operands: &[MachOperand],
    next: Option<MachBlock>,
    likelihood: Likelihood,
    target: &dyn TargetCodegen,
    out: &mut Sequence<'_>,
) {
    let [MachOperand::Cond(cond), MachOperand::Block(then), MachOperand::Block(other), rest @ ..] = operands
    else {
        debug_assert!(false, "a branch is a condition and two blocks");
        return;
    };
    if then == other {
        if Some(*then) != next {
            target.jump(*then, out);
        }
        return;
    }
    let inverted = target.invert(*cond);
    // Fall through where possible; else jump on the likely condition first.
    let invert = match inverted {
        Some(_) if Some(*then) == next => true,
        Some(_) if Some(*other) == next => false,
        Some(_) => likelihood == Likelihood::Unlikely,
        None => false,
    };
    match inverted.filter(|_| invert) {
        Some(inverted) => {
            target.conditional_jump(inverted, rest, *other, out);
            if Some(*then) != next {
                target.jump(*then, out);
            }
        }
        None => {
            target.conditional_jump(*cond, rest, *then, out);
            if Some(*other) != next {
                target.jump(*other, out);
            }
        }
    }
}

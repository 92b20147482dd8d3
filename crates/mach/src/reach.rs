//! Conditional branches whose target is too far away become the inverse condition around a jump.
//!
//! In: a function with its frame. Out: the same; every branch that the target gives a limit
//! ([`TargetCodegen::branch_reach`]) reaches. Distances are estimated from above: four bytes per instruction and
//! per line of inline assembly.

use crate::inst::{
    LabelId, MachFunction, MachInst, MachOperand, MachSymbol, Sequence, SymbolRefData, pseudo,
};
use crate::target::TargetCodegen;
use lathe_ir::Function;
use smallvec::SmallVec;

/// Rewrites what does not reach.
pub fn relax(func: &mut MachFunction, ir: &Function, target: &dyn TargetCodegen) {
    let Some(least) = target.least_branch_reach() else { return };
    let mut offsets = Vec::new();
    loop {
        if measure(func, ir, &mut offsets) <= u64::from(least) || !rewrite(func, target, &offsets) {
            return;
        }
    }
}

/// Offsets of the blocks; gives the size of all.
fn measure(func: &MachFunction, ir: &Function, offsets: &mut Vec<u64>) -> u64 {
    offsets.clear();
    let mut at = 0;
    for block in func.block_ids() {
        offsets.push(at);
        for index in func.inst_range(block) {
            at += size(func, ir, &func.insts[index]);
        }
    }
    at
}

fn size(func: &MachFunction, ir: &Function, inst: &MachInst) -> u64 {
    match inst.row {
        pseudo::INLINE_ASM => {
            let Some(MachOperand::Imm(index)) = func.operands_of(inst).first() else { return 0 };
            let statement = &ir.asms[func.asms[*index as usize].asm];
            let lines = statement.template.bytes().filter(|byte| matches!(byte, b'\n' | b';')).count();
            4 * (lines as u64 + 1)
        }
        row if pseudo::is_pseudo(row) => 0,
        _ => 4,
    }
}

/// Rewrites the branches that do not reach at these offsets; whether there was one.
fn rewrite(func: &mut MachFunction, target: &dyn TargetCodegen, offsets: &[u64]) -> bool {
    let old = std::mem::take(&mut func.insts);
    let mut out = Vec::with_capacity(old.len() + 64);
    let mut changed = false;
    for block in 0..func.blocks.len() {
        let (first, end) = (func.blocks[block].first_inst, func.blocks[block].end_inst);
        let start = out.len() as u32;
        for (number, inst) in old[first as usize..end as usize].iter().enumerate() {
            // Within a block the estimate is coarse: as if the branch stood at either end.
            let here = [offsets[block], offsets[block] + 4 * number as u64];
            let operands: SmallVec<[MachOperand; 4]> = func.operands_of(inst).iter().copied().collect();
            match far_branch(target, inst, &operands, here, offsets) {
                Some(inverse) => {
                    changed = true;
                    expand(func, target, inst, inverse, operands, &mut out);
                }
                None => out.push(*inst),
            }
        }
        func.blocks[block].first_inst = start;
        func.blocks[block].end_inst = out.len() as u32;
    }
    func.insts = out;
    changed
}

/// The inverse of a branch whose target is too far away.
fn far_branch(
    target: &dyn TargetCodegen,
    inst: &MachInst,
    operands: &[MachOperand],
    here: [u64; 2],
    offsets: &[u64],
) -> Option<(lathe_isa::RowId, Option<u8>)> {
    if pseudo::is_pseudo(inst.row) {
        return None;
    }
    let (reach, inverse) = target.branch_reach(inst.row, operands)?;
    let to = operands.iter().find_map(|operand| match operand {
        MachOperand::Block(block) => offsets.get(block.index()),
        _ => None,
    })?;
    let distance = here.iter().map(|here| here.abs_diff(*to)).max().unwrap_or(0);
    // Some room for the difference between estimate and layout.
    (distance + 64 > u64::from(reach)).then_some(inverse)
}

fn expand(
    func: &mut MachFunction,
    target: &dyn TargetCodegen,
    inst: &MachInst,
    (row, cond): (lathe_isa::RowId, Option<u8>),
    mut operands: SmallVec<[MachOperand; 4]>,
    out: &mut Vec<MachInst>,
) {
    let LabelId(label) = func.label();
    let over = func.tables.symbol(SymbolRefData::plain(MachSymbol::Label(LabelId(label))));
    let mut to = None;
    for operand in &mut operands {
        match (*operand, cond) {
            (MachOperand::Block(block), _) => {
                to = Some(block);
                *operand = MachOperand::Symbol(over);
            }
            (MachOperand::Cond(_), Some(cond)) => *operand = MachOperand::Cond(cond),
            _ => {}
        }
    }
    let (loc, flags) = (inst.loc, inst.flags);
    let mut sequence = Sequence { tables: &mut func.tables, insts: out, loc, flags };
    sequence.op(row, &operands);
    if let Some(to) = to {
        target.jump(to, &mut sequence);
    }
    sequence.op(pseudo::LABEL, &[MachOperand::Imm(i64::from(label))]);
}

//! What a pattern sees: the instructions from one place to the end of the block.

use crate::inst::function::InstFlags;
use crate::inst::{MachFunction, MachInst, MachOperand, pseudo};
use crate::target::TargetCodegen;
use lathe_isa::{PhysReg, RowId};

/// A rewrite: returns whether it changed something.
#[derive(Clone, Copy, Debug)]
pub struct Pattern {
    /// For dumps and statistics.
    pub name: &'static str,
    /// Looks at a window and rewrites it.
    pub apply: fn(&mut Window<'_>) -> bool,
}

/// Instructions of a block from one place on. Removed ones are skipped.
pub struct Window<'f> {
    /// The function.
    pub func: &'f mut MachFunction,
    target: &'f dyn TargetCodegen,
    at: usize,
    end: usize,
}

impl<'f> Window<'f> {
    /// From instruction `at` to `end` (index in [`MachFunction::insts`]).
    pub fn new(
        func: &'f mut MachFunction,
        target: &'f dyn TargetCodegen,
        at: usize,
        end: usize,
    ) -> Window<'f> {
        Window { func, target, at, end }
    }

    /// Whether nothing reads a register that is never an operand (condition flags) between the first instruction
    /// and the next write to it. What ends a block hands no such register on; a `BRANCH` reads it.
    pub fn is_dead_after(&self, reg: PhysReg) -> bool {
        const LOOKED_AT: usize = 12;
        for n in 1..LOOKED_AT {
            let Some(inst) = self.inst(n) else { return true };
            match inst.row {
                pseudo::BRANCH | pseudo::INLINE_ASM => return false,
                pseudo::JUMP | pseudo::RETURN | pseudo::UNREACHABLE => return true,
                row if pseudo::is_pseudo(row) => return false,
                row => {
                    let isa = self.target.isa();
                    // A group may hold rows that differ; look at all of them.
                    let first = isa.row(row);
                    let rows = (first.group_first.0..first.group_end.0.max(first.group_first.0 + 1))
                        .map(|id| isa.row(RowId(id)));
                    let (mut reads, mut always_writes) = (false, true);
                    for info in rows {
                        reads |= info.implicit_reads.contains(reg);
                        always_writes &= info.implicit_writes.contains(reg);
                    }
                    if reads || inst.flags.has(InstFlags::PREFIX) {
                        return false;
                    }
                    if always_writes || inst.flags.has(InstFlags::CALL) {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// Index of the `n`th instruction from the first; 0 is the first.
    pub fn position(&self, n: usize) -> Option<usize> {
        let mut left = n;
        let mut index = self.at;
        while index < self.end {
            if self.func.insts[index].row != pseudo::REMOVED {
                if left == 0 {
                    return Some(index);
                }
                left -= 1;
            }
            index += 1;
        }
        None
    }

    /// The `n`th instruction.
    pub fn inst(&self, n: usize) -> Option<MachInst> {
        Some(self.func.insts[self.position(n)?])
    }

    /// Its operands.
    pub fn operands(&self, n: usize) -> &[MachOperand] {
        match self.position(n) {
            Some(index) => self.func.tables.operands_of(&self.func.insts[index]),
            None => &[],
        }
    }

    /// Removes the `n`th instruction.
    pub fn remove(&mut self, n: usize) {
        if let Some(index) = self.position(n) {
            self.func.insts[index].row = pseudo::REMOVED;
            self.func.insts[index].operand_count = 0;
        }
    }

    /// Replaces the `n`th instruction, keeping its source position, flags and clobbers.
    pub fn replace(&mut self, n: usize, row: RowId, operands: &[MachOperand]) {
        if let Some(index) = self.position(n) {
            let old = self.func.insts[index];
            let mut inst = self.func.tables.inst(row, operands, old.loc);
            inst.flags = old.flags;
            inst.clobbers = old.clobbers;
            self.func.insts[index] = inst;
        }
    }
}

impl std::fmt::Debug for Window<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Window({}..{})", self.at, self.end)
    }
}

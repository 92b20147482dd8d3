//! What a pattern sees: the instructions from one place to the end of the block.

use crate::inst::{MachFunction, MachInst, MachOperand, pseudo};
use lathe_isa::RowId;

/// A rewrite: returns whether it changed something.
#[derive(Clone, Copy, Debug)]
pub struct Pattern {
    /// For dumps and statistics.
    pub name: &'static str,
    /// Looks at a window and rewrites it.
    pub apply: fn(&mut Window<'_>) -> bool,
}

/// Instructions of a block from one place on. Removed ones are skipped.
#[derive(Debug)]
pub struct Window<'f> {
    /// The function.
    pub func: &'f mut MachFunction,
    at: usize,
    end: usize,
}

impl<'f> Window<'f> {
    /// From instruction `at` to `end` (index in [`MachFunction::insts`]).
    pub fn new(func: &'f mut MachFunction, at: usize, end: usize) -> Window<'f> {
        Window { func, at, end }
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

//! A symbolic checker for any allocation.
//!
//! It runs the allocated function with, per register and slot, the set of virtual registers whose value is
//! there, to a fixed point over the blocks. Unlike regalloc2's checker a move from a place with unknown
//! content makes the destination unknown too, so that a reload of a slot that was never written is found.

use crate::regalloc::registers::RegisterMap;
use crate::regalloc::view::View;
use regalloc2::{
    Allocation, Block, Edit, Function, Inst, InstOrEdit, Operand, OperandConstraint, OperandKind, OperandPos,
    Output, PReg, RegClass,
};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::fmt;

/// What is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// An operand is in a place that does not hold its value.
    WrongValue {
        /// Instruction.
        inst: u32,
        /// Virtual register.
        value: u32,
        /// Where the allocator says that it is.
        place: Allocation,
    },
    /// An operand is in a place that its constraint forbids.
    Constraint {
        /// Instruction.
        inst: u32,
        /// Virtual register.
        value: u32,
        /// Where the allocator says that it is.
        place: Allocation,
    },
    /// Two definitions, or a definition and a clobber, share a register.
    Collision {
        /// Instruction.
        inst: u32,
        /// The register.
        place: Allocation,
    },
    /// A move between two slots, which no target has.
    MemoryMove {
        /// Instruction before or after which it stands.
        inst: u32,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::WrongValue { inst, value, place } => {
                write!(f, "instruction {inst}: {place} does not hold %{value}")
            }
            Fault::Constraint { inst, value, place } => {
                write!(f, "instruction {inst}: %{value} may not be in {place}")
            }
            Fault::Collision { inst, place } => write!(f, "instruction {inst}: {place} is written twice"),
            Fault::MemoryMove { inst } => write!(f, "instruction {inst}: move between slots"),
        }
    }
}

/// Values by place; a place that is missing holds nothing known.
type State = FxHashMap<Allocation, SmallVec<[u32; 2]>>;

/// Checks an allocation.
///
/// # Errors
/// The first fault found, in block order.
pub fn check(view: &View<'_>, registers: &RegisterMap, output: &Output) -> Result<(), Fault> {
    let count = view.num_blocks();
    let mut entry: Vec<Option<State>> = vec![None; count];
    entry[0] = Some(State::default());
    let mut work = vec![0usize];
    let mut checker = Checker { view, registers, output, report: false };
    while let Some(block) = work.pop() {
        let mut state = entry[block].clone().unwrap_or_default();
        checker.block(block, &mut state)?;
        let successors = view.block_succs(Block::new(block));
        for (index, successor) in successors.iter().enumerate() {
            let mut arriving = state.clone();
            rename_params(view, block, index, *successor, &mut arriving);
            if meet(&mut entry[successor.index()], arriving) {
                work.push(successor.index());
            }
        }
    }
    checker.report = true;
    for (block, state) in entry.iter().enumerate() {
        if let Some(state) = state {
            checker.block(block, &mut state.clone())?;
        }
    }
    Ok(())
}

/// On an edge, a place that holds an argument holds the parameter.
fn rename_params(view: &View<'_>, block: usize, index: usize, successor: Block, state: &mut State) {
    let last = view.block_insns(Block::new(block)).last();
    let args = view.branch_blockparams(Block::new(block), last, index);
    let params = view.block_params(successor);
    if params.is_empty() {
        return;
    }
    for values in state.values_mut() {
        let arrived: SmallVec<[u32; 2]> = args
            .iter()
            .zip(params)
            .filter(|(arg, _)| values.contains(&(arg.vreg() as u32)))
            .map(|(_, param)| param.vreg() as u32)
            .collect();
        values.retain(|v| !params.iter().any(|p| p.vreg() as u32 == *v));
        values.extend(arrived);
    }
}

/// Keeps what holds on all edges; whether that is less than before.
fn meet(into: &mut Option<State>, arriving: State) -> bool {
    let Some(state) = into else {
        *into = Some(arriving);
        return true;
    };
    let mut changed = false;
    state.retain(|place, values| {
        let before = values.len();
        match arriving.get(place) {
            Some(other) => values.retain(|v| other.contains(v)),
            None => values.clear(),
        }
        changed |= values.len() != before;
        !values.is_empty()
    });
    changed
}

struct Checker<'a> {
    view: &'a View<'a>,
    registers: &'a RegisterMap,
    output: &'a Output,
    report: bool,
}

impl Checker<'_> {
    fn block(&mut self, block: usize, state: &mut State) -> Result<(), Fault> {
        let mut last = self.view.block_insns(Block::new(block)).first();
        for item in self.output.block_insts_and_edits(self.view, Block::new(block)) {
            match item {
                InstOrEdit::Inst(inst) => {
                    last = inst;
                    self.inst(inst, state)?;
                }
                InstOrEdit::Edit(Edit::Move { from, to }) => {
                    if from.is_stack() && to.is_stack() && self.registers.has_scratch(RegClass::Int) {
                        return Err(Fault::MemoryMove { inst: last.index() as u32 });
                    }
                    match state.get(from).cloned() {
                        Some(values) => state.insert(*to, values),
                        None => state.remove(to),
                    };
                }
            }
        }
        Ok(())
    }

    fn inst(&self, inst: Inst, state: &mut State) -> Result<(), Fault> {
        let operands = self.view.inst_operands(inst);
        let places = self.output.inst_allocs(inst);
        let index = inst.index() as u32;
        if self.report {
            for (operand, place) in operands.iter().zip(places) {
                self.constraint(index, *operand, *place, operands, places)?;
                if operand.kind() == OperandKind::Use {
                    self.holds(index, *operand, *place, state)?;
                }
            }
            self.collisions(inst, operands, places)?;
        }
        // What is written is written early enough to matter only to early definitions, which `collisions` sees.
        for preg in self.view.inst_clobbers(inst) {
            state.remove(&Allocation::reg(preg));
        }
        for (operand, place) in operands.iter().zip(places) {
            if operand.kind() == OperandKind::Def {
                let value = operand.vreg().vreg() as u32;
                // In a loop an older value of the same name is no longer that value.
                state.retain(|_, values| {
                    values.retain(|v| *v != value);
                    !values.is_empty()
                });
                state.remove(place);
            }
        }
        for (operand, place) in operands.iter().zip(places) {
            if operand.kind() == OperandKind::Def {
                state.entry(*place).or_default().push(operand.vreg().vreg() as u32);
            }
        }
        Ok(())
    }

    fn holds(&self, inst: u32, operand: Operand, place: Allocation, state: &State) -> Result<(), Fault> {
        let value = operand.vreg().vreg() as u32;
        match state.get(&place) {
            Some(values) if values.contains(&value) => Ok(()),
            _ => Err(Fault::WrongValue { inst, value, place }),
        }
    }

    fn constraint(
        &self,
        inst: u32,
        operand: Operand,
        place: Allocation,
        operands: &[Operand],
        places: &[Allocation],
    ) -> Result<(), Fault> {
        let fits = match operand.constraint() {
            OperandConstraint::Any => place.is_some(),
            OperandConstraint::Reg => place.is_reg(),
            OperandConstraint::Limit(count) => place.as_reg().is_some_and(|reg| reg.hw_enc() < count),
            OperandConstraint::Stack => place.is_stack(),
            OperandConstraint::FixedReg(reg) => place.as_reg() == Some(reg),
            OperandConstraint::Reuse(other) => place.is_reg() && places[other] == place,
        };
        let class = place.as_reg().is_none_or(|r| r.class() == operand.class());
        let known = place.as_reg().is_none_or(|r| self.registers.is_allocatable(r));
        let value = operand.vreg().vreg() as u32;
        debug_assert_eq!(operands.len(), places.len());
        if fits && class && known { Ok(()) } else { Err(Fault::Constraint { inst, value, place }) }
    }

    /// Definitions that share a register with one another, with a clobber, or (when early) with a use.
    fn collisions(&self, inst: Inst, operands: &[Operand], places: &[Allocation]) -> Result<(), Fault> {
        let index = inst.index() as u32;
        let clobbers = self.view.inst_clobbers(inst);
        for (i, (a, place)) in operands.iter().zip(places).enumerate() {
            let late = a.kind() == OperandKind::Def || a.pos() == OperandPos::Late;
            let collides = |reg: PReg| clobbers.contains(reg);
            if late && place.as_reg().is_some_and(collides) {
                return Err(Fault::Collision { inst: index, place: *place });
            }
            if a.kind() != OperandKind::Def {
                continue;
            }
            for (j, (b, other)) in operands.iter().zip(places).enumerate() {
                if i == j || place != other {
                    continue;
                }
                let tied = a.constraint() == OperandConstraint::Reuse(j);
                let overlap = match b.kind() {
                    OperandKind::Def => true,
                    OperandKind::Use => {
                        !tied && (a.pos() == OperandPos::Early || b.pos() == OperandPos::Late)
                    }
                };
                if overlap {
                    return Err(Fault::Collision { inst: index, place: *place });
                }
            }
        }
        Ok(())
    }
}

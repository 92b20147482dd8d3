//! Register allocation: virtual registers to physical ones and spill slots.
//!
//! One interface for all allocators: regalloc2's view of a function ([`view`]) and its
//! [`regalloc2::Output`] (an allocation per operand, moves between instructions). Hence any
//! allocator can be verified by two independent checkers: ours ([`checker`]) and regalloc2's.
//!
//! ```text
//! MachFunction ─view─► regalloc2 operands ─┬─ linear ───────┬─► Output ─checker─► apply ─► MachFunction
//!                                          └─ backtracking ─┘                     (physical registers)
//! ```

pub mod apply;
pub mod backtracking;
pub mod checker;
pub mod isolate;
pub mod linear;
pub mod parallel_move;
pub mod registers;
pub mod view;

use crate::error::{CodegenError, ErrorKind};
use crate::inst::MachFunction;
use crate::options::{Allocator, OptLevel, Options};
use crate::target::TargetCodegen;
pub use registers::RegisterMap;
pub use view::{View, ViewData};

/// Reusable memory of register allocation.
#[derive(Default)]
pub struct AllocatorScratch {
    view: ViewData,
    linear: linear::LinearScan,
    backtracking: regalloc2::Ctx,
    output: regalloc2::Output,
    apply: apply::ApplyScratch,
    isolate: isolate::IsolateScratch,
}

impl std::fmt::Debug for AllocatorScratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AllocatorScratch")
    }
}

/// Allocates the registers of a function and rewrites it.
///
/// # Errors
/// When the function is larger than the interface can say, or when a checker finds the allocation wrong.
pub fn allocate(
    func: &mut MachFunction,
    target: &dyn TargetCodegen,
    options: &Options,
    scratch: &mut AllocatorScratch,
) -> Result<(), CodegenError> {
    if func.vregs.len() > regalloc2::VReg::MAX || func.insts.len() > (1 << 30) {
        let what = format!("{} values in one function", func.vregs.len());
        return Err(CodegenError::new(ErrorKind::Limit(what)));
    }
    let registers = RegisterMap::new(target, func, options);
    let wants_backtracking = match options.allocator {
        Allocator::Linear => false,
        Allocator::Backtracking => true,
        Allocator::ByLevel => options.level != OptLevel::None && func.insts.len() <= backtracking::MAX_INSTS,
    };
    if wants_backtracking {
        isolate::isolate(func, &mut scratch.isolate);
    }
    scratch.view.build(func, &registers);
    let view = View { func, data: &scratch.view };
    let backtracks = match options.allocator {
        Allocator::Linear => false,
        Allocator::Backtracking => backtracking::is_possible(&view),
        Allocator::ByLevel => options.level != OptLevel::None && backtracking::within_budget(&view),
    };
    let AllocatorScratch { backtracking: context, linear, output, .. } = scratch;
    let mut backtrack =
        |output: &mut regalloc2::Output| backtracking::run(&view, &registers, context, output);
    // Each is the other's fallback: linear scan can run out of registers at one instruction with many
    // fixed operands, the other one out of its budget.
    let done = (backtracks && backtrack(output))
        || linear.run(&view, &registers, output)
        || (!backtracks && backtracking::is_possible(&view) && backtrack(output));
    if !done {
        let what = "more values at one instruction than registers";
        return Err(CodegenError::new(ErrorKind::Limit(what.into())));
    }
    if options.verify_regalloc {
        checker::check(&view, &registers, &scratch.output).map_err(|fault| {
            let kind = ErrorKind::Verification(fault.to_string());
            CodegenError::new(kind)
        })?;
        // Theirs knows no moves between slots.
        if cfg!(debug_assertions) && registers.has_scratch(regalloc2::RegClass::Int) {
            let mut theirs = regalloc2::checker::Checker::new(&view, &registers.environment);
            theirs.prepare(&scratch.output);
            if let Err(errors) = theirs.run() {
                let kind = ErrorKind::Verification(format!("{errors:?}"));
                return Err(CodegenError::new(kind));
            }
        }
    }
    apply::apply(func, &scratch.output, &registers, target, &mut scratch.apply);
    Ok(())
}

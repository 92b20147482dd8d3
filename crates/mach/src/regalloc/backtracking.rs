//! Backtracking allocation with live-range splitting, by regalloc2, under a budget.
//!
//! It is super-linear on huge functions under pressure (measured: 9 µs per instruction at 31,000
//! instructions, 80 µs at 63,000 with long-lived values), so that functions past the budget go to
//! linear scan.

use crate::regalloc::registers::RegisterMap;
use crate::regalloc::view::View;
use regalloc2::{Algorithm, Ctx, Output, RegallocOptions};

/// Most instructions.
pub(super) const MAX_INSTS: usize = 60_000;
/// Most (instructions × values that cross blocks), a guess at pressure.
const MAX_WORK: usize = 400_000_000;

/// Whether a function is small enough for backtracking.
pub fn within_budget(view: &View<'_>) -> bool {
    let insts = view.func.insts.len();
    let crossing = view.func.params.len() + view.func.blocks.len();
    is_possible(view) && insts <= MAX_INSTS && insts.saturating_mul(crossing) <= MAX_WORK
}

/// Whether regalloc2 gives right results for a function. With several tied operands in one instruction, one of
/// whose values is also used freely there, version 0.15.2 loses values (both checkers see it); it gives up loudly where
/// operands that only some registers may hold crowd.
pub fn is_possible(view: &View<'_>) -> bool {
    !view.data.ties_twice && !view.data.is_crowded
}

/// Allocates; `false` when regalloc2 finds the function impossible (too many fixed registers at once), which linear
/// scan may yet solve.
pub fn run(view: &View<'_>, registers: &RegisterMap, context: &mut Ctx, output: &mut Output) -> bool {
    let options = RegallocOptions {
        verbose_log: false,
        validate_ssa: cfg!(debug_assertions),
        algorithm: Algorithm::Ion,
    };
    match regalloc2::run_with_ctx(view, &registers.environment, &options, context) {
        Ok(_) => {
            std::mem::swap(output, &mut context.output);
            true
        }
        Err(error) => {
            debug_assert!(
                matches!(error, regalloc2::RegAllocError::TooManyLiveRegs),
                "machine code that breaks the allocator's rules: {error:?}"
            );
            false
        }
    }
}

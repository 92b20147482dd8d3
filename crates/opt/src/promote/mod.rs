//! Promotion of stack slots to values, aggregates by parts.
//!
//! In: a function whose variables live in slots. Out: the same function where every part of a slot
//! that is only read and written as a whole scalar is an SSA value.
//!
//! Three steps:
//! 1. [`access`]: what is done with each slot; slots whose address escapes stay.
//! 2. [`partition`]: the bytes of a slot fall into parts that accesses touch as units; copies and
//!    fills of whole slots are taken apart into loads and stores of parts.
//! 3. [`rename`]: the classic construction of SSA (Cytron et al. 1991), pruned by liveness, with
//!    block parameters for phis.
//!
//! A function that may return twice (`setjmp`) keeps its variables in memory: their values at the
//! second return are those in memory.

mod access;
mod partition;
mod rename;

use crate::manager::FunctionContext;
use lathe_ir::Function;

/// Runs the pass; whether anything changed.
pub fn run(func: &mut Function, context: &FunctionContext<'_>) -> bool {
    if func.slots.is_empty() || func.attributes.calls_returns_twice || func.attributes.optimize_none {
        return false;
    }
    let layout = &context.module.target.layout;
    let slots = access::collect(func, layout);
    let parts = partition::partition(func, &slots, layout);
    if parts.is_empty() {
        return false;
    }
    partition::expand_block_operations(func, &slots, &parts);
    rename::rename(func, &parts);
    true
}

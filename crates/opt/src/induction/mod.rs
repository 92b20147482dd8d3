//! Induction: what loops count, and the addresses that follow from it.
//!
//! In: a function whose loops have entrances ([`crate::loops`]). Out: the same with
//!
//! 1. counters that index memory as wide as an address ([`widen`]), so that no round extends them;
//! 2. addresses summed from the outermost loop to the innermost ([`address`]), so that what is the same in all
//!    rounds can move out and what is left is `base + counter × scale`;
//! 3. pointers that step where the scale is none that an address can have ([`step`]).
//!
//! The sums of 1 and 2 are [`linear`] forms. The pass leaves dead code and equal code behind: `gvn`, `dce` and `licm`
//! follow it.

mod address;
mod counters;
mod linear;
mod step;
mod widen;

use crate::loops::Loops;
use crate::manager::FunctionContext;
use lathe_ir::{Function, Type};

/// Runs the pass; whether anything changed.
pub fn run(func: &mut Function, context: &FunctionContext<'_>) -> bool {
    let Some(mut loops) = Loops::find(func) else { return false };
    let Some(word) = Type::int(context.module.target.layout.pointer.size * 8) else { return false };
    let mut counters = counters::find(func, &loops);
    let widened = widen::widen(func, &mut loops, &mut counters, word);
    let rewritten = address::rewrite(func, &mut loops, &counters, word);
    widen::replace_narrow(func, &counters);
    widened | rewritten
}

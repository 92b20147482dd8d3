//! Legalization: what the target has no registers for becomes what it has, on the IR.
//!
//! In: a verified function after [`crate::select::expand`] (no `va_arg`, switches dense) and the
//! target's [`LegalizeRules`]. Out: the same function in which no value has a type that the rules
//! forbid. The pipeline runs it before critical edges are split; functions with nothing illegal are
//! left after one scan over the value types.
//!
//! ```text
//! f128 without hardware ──quad──────► calls of libgcc's routines; the values stay f128
//! f128 in integer registers ─retype──► i128
//! vectors of i128, f80, f128 ─lanes─► memory  (all vectors where there are no vector registers)
//! i128 ──split into i64 halves──────► i64
//! i64 on 32-bit targets ──split─────► i32      (i128 there is split twice)
//! ```
//!
//! Splitting knows one width: [`split::Splitter`] turns a wide type into two values of the half
//! type, low half first, everywhere: block parameters, branch arguments, operands of calls and
//! returns. Signatures keep the wide type; [`crate::abi`] counts two values for it.
//!
//! Read first: [`run`], then [`split`], which says which file has which instruction.
//!
//! Routine names and what they compute: GCC internals manual, "The GCC low-level runtime library";
//! libatomic's sized routines: GCC wiki, Atomic/GCCMM/LIbrary.

mod arithmetic;
mod atomics;
mod bits;
mod builder;
mod calls;
mod compare;
mod convert;
mod lanes;
mod memory;
mod quad;
mod retype;
mod rules;
mod run;
mod split;
mod statement;

pub use rules::LegalizeRules;
pub use run::legalize;

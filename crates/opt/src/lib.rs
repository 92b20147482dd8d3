//! The optimizer: analyses, passes, the pass manager.
//!
//! In: a verified [`lathe_ir::Module`]. Out: the same module, rewritten in place, and a [`Report`] of
//! what was asked for (dumps, times). No pass knows a target.
//!
//! ```text
//!   each function: promote ─► cfg ─► gvn ─► dce ─► cfg                (in parallel)
//!   module:        inline, callees first
//!   each function that changed: the same again
//!   each function with loops: loops ─► induction ─► gvn ─► dce ─► licm ─► cfg
//! ```
//!
//! Read [`manager`] first, then the passes in the order of the picture.
#![deny(missing_docs)]

mod alias;
mod cfg;
mod dce;
mod fold;
mod gvn;
mod induction;
mod inline;
mod licm;
mod loops;
pub mod manager;
mod promote;
mod rewrite;

pub use manager::{Options, PASSES, Report, optimize};

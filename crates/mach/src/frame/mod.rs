//! The frame: where slots are, what the prologue saves, how the stack is addressed.
//!
//! In: an allocated function, after peephole. Out: a [`FrameLayout`], by which the target's hooks
//! write prologue and epilogue, and addresses without slots.
//!
//! ```text
//!   incoming stack arguments          INCOMING + n
//!   ------------------------- frame address (CFA)
//!   return address (x86)
//!   saved frame pointer               frame pointer points here, if kept
//!   saved registers
//!   permanent slots                   escaping variables, save area
//!   coloured slots                    spills and variables that live across blocks
//!   block-local slots                 shared between blocks
//!   outgoing arguments                OUTGOING + n; stack pointer points here
//! ```

pub mod assign;
pub mod cfi;
pub mod layout;
pub mod share;
pub mod shrink;

pub use assign::{FrameScratch, lay_out};
pub use cfi::CfiOp;
pub use layout::{FrameLayout, SavedRegister};

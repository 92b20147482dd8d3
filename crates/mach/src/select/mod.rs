//! Instruction selection: SSA to machine instructions on virtual registers.
//!
//! In: a legal function (expanded by [`expand`], legalized, without critical edges). Out: a
//! [`crate::MachFunction`]. Called by a target's [`crate::TargetCodegen::select`], which hands its
//! [`Rules`] to [`select_function`].
//!
//! ```text
//! layout, last block first
//!   └─ instructions, last first ── needed? ──► rules.select(inst) ──► one group of machine code
//!                                    │              │
//!                                 skipped     asks for operands: `reg` (marks them needed),
//!                               (dead, or         `foldable_load`, `address`, constants
//!                              folded into        (rebuilt at each use)
//!                              its only user)
//! ```
//!
//! A value becomes needed when somebody asks for its register. An instruction none of whose results is
//! needed, and without effect, is skipped: that is dead code, and whatever was folded into its user.
//!
//! Target-independent: the walk, use counts and memory order ([`context`]), addresses
//! ([`address`]), entry, calls and returns ([`calls`]), block memory operations ([`memory`]),
//! control flow ([`control`]). A target gives [`Rules`]: what one opcode becomes, and the small
//! primitives that the shared parts are made of.

pub mod address;
pub mod asm;
pub mod calls;
pub mod constraints;
pub mod context;
pub mod control;
pub mod driver;
pub mod expand;
pub mod extent;
pub mod memory;
pub mod reciprocal;
pub mod rules;
pub mod scalarize;
pub mod switch;

pub use address::{Address, AddressBase, AddressReach};
pub use context::Selector;
pub use driver::select_function;
pub use extent::Extent;
pub use rules::{CallTarget, Rules};

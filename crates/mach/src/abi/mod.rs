//! The ABI engine: where the arguments and results of a signature travel.
//!
//! In: an [`lathe_ir::Signature`] (aggregates by name), the module's aggregates and a target's
//! [`AbiTable`]. Out: an [`Assignment`]: for every parameter and result its registers, stack
//! offsets and the bytes of an aggregate that go there. Called by the selection driver for every
//! function entry, call and return, and by [`variadic`], which expands `va_arg`.
//!
//! ```text
//! ParamType ──classify (per target)──► Shape ──walk (here, once)──► Location
//!            "two eightbytes:           pieces,                     registers or
//!             INTEGER, SSE"             bank, bytes                 stack offset
//! ```
//!
//! A target gives data (register sequences, what happens on overflow) and one function that says
//! what a type *is*; the walk, which register is free, is the same for all. i686, AAPCS64 and LP64D
//! are further tables.
//!
//! `i128` after legalization: the signature keeps saying `i128`, and the call passes *two*
//! consecutive `i64` values, low half first; likewise the entry block has two parameters, `return`
//! two operands and a call two results. [`Assignment::value_count`] says how many IR values a
//! location stands for.

mod shape;
mod table;
pub mod variadic;
mod walk;

pub use shape::{Bank, Passing, Piece, Shape, integer_piece_type};
pub use table::{AbiTable, Classification, Overflow, StructReturn, VaListKind};
pub use walk::{Assignment, Location, Part, Place};

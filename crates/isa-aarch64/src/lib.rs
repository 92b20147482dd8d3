//! AArch64 (A64): registers, instruction rows, fixups, relocation rows.
//!
//! In: operands. Out: words with fixups, text, decoded rows, through [`lathe_isa::Isa`].
#![deny(missing_docs)]

pub mod registers;
pub mod relocations;

pub use registers::TABLE;

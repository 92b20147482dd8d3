//! x86: i686 and x86-64 instruction rows, registers, relocations, encoder, printer, decoder.
//!
//! In: a [`lathe_isa::RowId`] and operands. Out: what [`lathe_isa::Isa`] promises, through
//! the two objects [`X86_64`] and [`I686`] (or [`isa_of`]). One row table serves both, with a mode column.
//!
//! Read first: [`rows`] (the names to emit), then [`template`] (the row notation), then [`select`].
//! Source of every encoding: Intel 64 and IA-32 Architectures SDM vol. 2 (June 2023).
#![deny(missing_docs)]
#![allow(long_running_const_eval)]

mod decode;
mod encode;
pub mod fixups;
pub mod kinds;
mod mnemonics;
mod print;
pub mod registers;
pub mod relocations;
pub mod rows;
pub mod select;
mod target;
pub mod template;

pub use registers::{TABLE_32, TABLE_64};
pub use rows::{Cond, Size, cmovcc, jcc, setcc};
pub use select::Prefixes;
pub use target::{I686, X86, X86_64, isa_of};
pub use template::{MODE_16, MODE_32, MODE_64};

//! RISC-V 64 (RV64GC with Zba, Zbb, Zbs, Zicond, Zfh): registers, instruction rows, fixups, relocation rows.
//!
//! In: operands. Out: words with fixups, text, decoded rows, through [`lathe_isa::Isa`]: the object [`RISCV64`] (or
//! [`isa_of`]). Encoder, decoder and printer are the engine of [`lathe_isa::word`]; this crate is its tables.
//!
//! Read first: [`rows`] (the names to emit, and how addresses are made), then [`operands`] (the row notation's words).
#![deny(missing_docs)]
#![allow(long_running_const_eval)]

mod constant;
pub mod csr;
pub mod fixups;
pub mod object;
pub mod operands;
mod print;
pub mod registers;
pub mod relocations;
pub mod rows;
mod slots;
mod target;

pub use constant::{MAX_INSTRUCTIONS, load_constant, load_wide};
pub use rows::{COMPRESSED, PIC, RELAX, RV64};
pub use target::{RISCV64, RiscV, isa_of, isa_with};

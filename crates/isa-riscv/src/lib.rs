//! RISC-V 64 (RV64GC with Zba, Zbb, Zbs, Zicond): registers, instruction rows, fixups, relocation rows.
//!
//! In: operands. Out: words with fixups, text, decoded rows, through [`lathe_isa::Isa`].
#![deny(missing_docs)]

pub mod registers;
pub mod rows;

//! x86 instructions: mnemonics and prefixes, AT&T and Intel operands, choice of the row.

mod att;
mod instruction;
mod intel;
pub(crate) mod registers;

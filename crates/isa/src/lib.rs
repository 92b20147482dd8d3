//! lathe-isa.

pub mod relocation;

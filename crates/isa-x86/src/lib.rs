//! lathe-isa-x86.

pub mod relocations;

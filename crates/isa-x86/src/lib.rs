//! lathe-isa-x86.

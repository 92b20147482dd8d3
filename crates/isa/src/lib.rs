//! lathe-isa.

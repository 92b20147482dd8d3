//! lathe-cg-x86.

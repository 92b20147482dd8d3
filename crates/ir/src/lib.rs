//! lathe-ir.

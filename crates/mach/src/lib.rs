//! lathe-mach.

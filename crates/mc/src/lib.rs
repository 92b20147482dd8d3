//! lathe-mc.

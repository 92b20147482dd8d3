//! lathe-interp.

//! lathe-opt.

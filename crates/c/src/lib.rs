//! lathe-c.

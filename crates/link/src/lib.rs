//! lathe-link.

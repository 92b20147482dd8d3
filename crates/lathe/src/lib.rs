//! lathe.

//! lathe-backend.

//! lathe-asm.

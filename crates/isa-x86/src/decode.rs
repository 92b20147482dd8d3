//! The decoder: bytes to row and operands. Not needed to compile; serves tests and disassembly.

use lathe_isa::{Decoded, Mode};

/// Decodes the instruction at the start of `bytes`.
pub(crate) fn decode(mode: Mode, bytes: &[u8]) -> Option<Decoded> {
    let _ = (mode, bytes);
    None
}

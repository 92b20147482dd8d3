//! Character constants.

use super::{Encoding, LiteralContext};

/// A character constant: C type by `encoding` (`int` for plain ones before C23's `u8`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CharLiteral {
    /// The value, sign- or zero-extended as the element type says.
    pub value: i64,
    /// The prefix.
    pub encoding: Encoding,
}

/// Converts a character constant, quotes and prefix included. `None` when the error was reported.
pub fn parse_char(spelling: &[u8], cx: &mut LiteralContext<'_>) -> Option<CharLiteral> {
    let _ = (spelling, cx);
    None
}

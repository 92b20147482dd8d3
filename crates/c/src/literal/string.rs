//! String literals and their concatenation (C11 5.1.1.2 phases 5 and 6, 6.4.5).

use super::{Encoding, LiteralContext};
use lathe_diag::Span;

/// One of several adjacent string tokens.
#[derive(Clone, Copy, Debug)]
pub struct StringPart<'a> {
    /// With prefix and quotes.
    pub spelling: &'a [u8],
    /// Its place.
    pub span: Span,
}

/// A string after concatenation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StringLiteral {
    /// Element type.
    pub encoding: Encoding,
    /// The elements in the target's (little-endian) byte order, without the terminating zero.
    pub bytes: Vec<u8>,
}

impl StringLiteral {
    /// Number of elements without the terminating zero.
    pub fn len(&self) -> usize {
        self.bytes.len() / self.encoding.element_bytes() as usize
    }

    /// Whether there is no element besides the terminating zero.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// Joins adjacent string literals and translates their escapes. `None` when an error was reported.
pub fn concat_strings(parts: &[StringPart<'_>], cx: &mut LiteralContext<'_>) -> Option<StringLiteral> {
    let _ = (parts, cx);
    None
}

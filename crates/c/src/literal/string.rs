//! String literals and their concatenation (C11 5.1.1.2 phases 5 and 6, 6.4.5).

use super::escape::{Element, Elements};
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
    let mut encoding = Encoding::Plain;
    for part in parts {
        let (prefix, _) = Encoding::split(part.spelling);
        if prefix == Encoding::Plain || prefix == encoding {
            continue;
        }
        if encoding != Encoding::Plain {
            cx.span = part.span;
            return cx.fail("unsupported non-standard concatenation of string literals");
        }
        encoding = prefix;
    }
    let errors = cx.diagnostics.error_count();
    let mut bytes = Vec::with_capacity(parts.iter().map(|p| p.spelling.len()).sum());
    for part in parts {
        cx.span = part.span;
        let (_, quoted) = Encoding::split(part.spelling);
        let Some(inner) = quoted.strip_prefix(b"\"").and_then(|s| s.strip_suffix(b"\"")) else {
            return cx.fail("missing terminating \" character");
        };
        if encoding.element_bytes() == 1 && !inner.contains(&b'\\') {
            bytes.extend_from_slice(inner);
            continue;
        }
        let mut elements = Elements { text: inner, pos: 0, encoding };
        while let Some(element) = elements.next(cx) {
            append(&mut bytes, element, encoding);
        }
    }
    (cx.diagnostics.error_count() == errors).then_some(StringLiteral { encoding, bytes })
}

fn append(bytes: &mut Vec<u8>, element: Element, encoding: Encoding) {
    match (encoding.element_bytes(), element) {
        (1, Element::Character(c)) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        (1, Element::Value(value)) => bytes.push(value as u8),
        (2, Element::Character(c)) => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                bytes.extend_from_slice(&unit.to_le_bytes());
            }
        }
        (2, Element::Value(value)) => bytes.extend_from_slice(&(value as u16).to_le_bytes()),
        (_, Element::Character(c)) => bytes.extend_from_slice(&(c as u32).to_le_bytes()),
        (_, Element::Value(value)) => bytes.extend_from_slice(&value.to_le_bytes()),
    }
}

//! Character constants (C11 6.4.4.4).

use super::escape::{Element, Elements};
use super::{Encoding, LiteralContext};

/// A character constant: C type by `encoding` (`int` for plain ones).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CharLiteral {
    /// The value, sign- or zero-extended as the element type says.
    pub value: i64,
    /// The prefix.
    pub encoding: Encoding,
}

/// Converts a character constant, quotes and prefix included. `None` when the error was reported.
pub fn parse_char(spelling: &[u8], cx: &mut LiteralContext<'_>) -> Option<CharLiteral> {
    let (encoding, quoted) = Encoding::split(spelling);
    let inner = quoted.strip_prefix(b"'").and_then(|s| s.strip_suffix(b"'"));
    let Some(inner) = inner else {
        return cx.fail("missing terminating ' character");
    };
    let mut elements = Elements { text: inner, pos: 0, encoding };
    match encoding {
        Encoding::Plain | Encoding::Utf8 => narrow(&mut elements, cx),
        _ => wide(&mut elements, cx),
    }
}

fn narrow(elements: &mut Elements<'_>, cx: &mut LiteralContext<'_>) -> Option<CharLiteral> {
    let encoding = elements.encoding;
    let errors = cx.diagnostics.error_count();
    let mut value = 0u32;
    let mut count = 0usize;
    while let Some(element) = elements.next(cx) {
        let mut buffer = [0u8; 4];
        let bytes: &[u8] = match element {
            Element::Character(c) => c.encode_utf8(&mut buffer).as_bytes(),
            Element::Value(v) => {
                buffer[0] = v as u8;
                &buffer[..1]
            }
        };
        for byte in bytes {
            value = value << 8 | *byte as u32;
            count += 1;
        }
    }
    if cx.diagnostics.error_count() > errors {
        return None;
    }
    if count == 0 {
        return cx.fail("empty character constant");
    }
    if count > 1 && encoding == Encoding::Utf8 {
        return cx.fail("character constant too long for its type");
    }
    if count > 4 {
        cx.warn(None, "character constant too long for its type");
    } else if count > 1 {
        cx.warn(Some("multichar"), "multi-character character constant");
    }
    let signed = cx.target.layout.char_is_signed;
    let value = match (count, encoding) {
        (1, Encoding::Plain) if signed => value as u8 as i8 as i64,
        (1, _) => value as u8 as i64,
        _ => value as i32 as i64,
    };
    Some(CharLiteral { value, encoding })
}

fn wide(elements: &mut Elements<'_>, cx: &mut LiteralContext<'_>) -> Option<CharLiteral> {
    let encoding = elements.encoding;
    let errors = cx.diagnostics.error_count();
    let mut last = None;
    let mut count = 0usize;
    while let Some(element) = elements.next(cx) {
        let value = match element {
            Element::Character(c) => c as u32,
            Element::Value(v) => v,
        };
        // A character outside the BMP is two elements of char16_t.
        count += if encoding == Encoding::Utf16 && value > 0xffff { 2 } else { 1 };
        last = Some(value);
    }
    if cx.diagnostics.error_count() > errors {
        return None;
    }
    let Some(value) = last else { return cx.fail("empty character constant") };
    if count > 1 {
        cx.warn(None, "character constant too long for its type");
    }
    let value = match encoding {
        Encoding::Utf16 if value > 0xffff => (0xdc00 + (value & 0x3ff)) as i64,
        // wchar_t is int, except on AArch64, where it is unsigned like plain char.
        Encoding::Wide if cx.target.triple.arch != lathe_target::Arch::AArch64 => value as i32 as i64,
        _ => value as i64,
    };
    Some(CharLiteral { value, encoding })
}

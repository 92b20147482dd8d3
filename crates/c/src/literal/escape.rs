//! Escape sequences and source characters of character constants and strings: one element at a time.

use super::{Encoding, LiteralContext};
use crate::lex::tables::decode_utf8;

/// One element of a literal's text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Element {
    /// A character of the source character set, to be encoded.
    Character(char),
    /// A value of one target element, from an octal or hexadecimal escape (or a byte that is not UTF-8).
    Value(u32),
}

/// Reads elements from the text between the quotes.
pub(super) struct Elements<'t> {
    pub text: &'t [u8],
    pub pos: usize,
    pub encoding: Encoding,
}

impl Elements<'_> {
    /// The next element; `None` at the end. Errors are reported; the bad element is skipped.
    pub fn next(&mut self, cx: &mut LiteralContext<'_>) -> Option<Element> {
        loop {
            let byte = *self.text.get(self.pos)?;
            if byte == b'\\' {
                match self.escape(cx) {
                    Some(element) => return Some(element),
                    None => continue,
                }
            }
            if byte < 0x80 {
                self.pos += 1;
                return Some(Element::Character(byte as char));
            }
            match decode_utf8(self.text, self.pos) {
                Some(c) => {
                    self.pos += c.len_utf8();
                    return Some(Element::Character(c));
                }
                None => {
                    self.pos += 1;
                    if self.encoding.element_bytes() > 1 {
                        let message = "converting to execution character set: Invalid or incomplete multibyte or wide character";
                        let _: Option<()> = cx.fail(message);
                        continue;
                    }
                    return Some(Element::Value(byte as u32));
                }
            }
        }
    }

    fn escape(&mut self, cx: &mut LiteralContext<'_>) -> Option<Element> {
        let start = self.pos;
        let Some(&letter) = self.text.get(start + 1) else {
            self.pos += 1;
            return Some(Element::Character('\\'));
        };
        self.pos += 2;
        let simple = match letter {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'a' => '\x07',
            b'b' => '\x08',
            b'f' => '\x0c',
            b'v' => '\x0b',
            b'e' | b'E' => {
                if cx.dialect.gnu {
                    '\x1b'
                } else {
                    cx.warn(
                        Some("pedantic"),
                        format!("non-ISO-standard escape sequence, '\\{}'", letter as char),
                    );
                    '\x1b'
                }
            }
            b'\\' | b'\'' | b'"' | b'?' => letter as char,
            b'0'..=b'7' => return Some(self.octal(cx)),
            b'x' => return self.hexadecimal(cx),
            b'u' | b'U' => return self.universal(cx, start, letter),
            _ => {
                self.pos = start + 1;
                let c = decode_utf8(self.text, self.pos);
                self.pos += c.map_or(1, char::len_utf8);
                let shown = String::from_utf8_lossy(&self.text[start..self.pos]).into_owned();
                cx.warn(None, format!("unknown escape sequence: '{shown}'"));
                return Some(match c {
                    Some(c) => Element::Character(c),
                    None => Element::Value(letter as u32),
                });
            }
        };
        Some(Element::Character(simple))
    }

    /// The greatest value of an element.
    fn limit(&self) -> u64 {
        (1u64 << (self.encoding.element_bytes() * 8)) - 1
    }

    fn octal(&mut self, cx: &mut LiteralContext<'_>) -> Element {
        self.pos -= 1;
        let mut value = 0u32;
        let end = (self.pos + 3).min(self.text.len());
        while self.pos < end && matches!(self.text[self.pos], b'0'..=b'7') {
            value = value * 8 + (self.text[self.pos] - b'0') as u32;
            self.pos += 1;
        }
        if value as u64 > self.limit() {
            cx.warn(None, "octal escape sequence out of range");
            value &= self.limit() as u32;
        }
        Element::Value(value)
    }

    fn hexadecimal(&mut self, cx: &mut LiteralContext<'_>) -> Option<Element> {
        let start = self.pos;
        let mut value = 0u64;
        let mut overflow = false;
        while let Some(digit) = self.text.get(self.pos).and_then(|b| (*b as char).to_digit(16)) {
            overflow |= value >> 60 != 0;
            value = value << 4 | digit as u64;
            self.pos += 1;
        }
        if self.pos == start {
            return cx.fail("\\x used with no following hex digits");
        }
        if overflow || value > self.limit() {
            cx.warn(None, "hex escape sequence out of range");
            value &= self.limit();
        }
        Some(Element::Value(value as u32))
    }

    fn universal(&mut self, cx: &mut LiteralContext<'_>, start: usize, letter: u8) -> Option<Element> {
        let wanted = if letter == b'u' { 4 } else { 8 };
        let mut code = 0u32;
        let mut count = 0;
        while count < wanted
            && let Some(digit) = self.text.get(self.pos).and_then(|b| (*b as char).to_digit(16))
        {
            code = code << 4 | digit;
            count += 1;
            self.pos += 1;
        }
        let shown = String::from_utf8_lossy(&self.text[start..self.pos]).into_owned();
        if count < wanted {
            return cx.fail(format!("incomplete universal character name {shown}"));
        }
        // C11 6.4.3 p2: nothing below 0xA0 but $ @ `, no surrogates.
        let basic = code < 0xa0 && !matches!(code, 0x24 | 0x40 | 0x60);
        match char::from_u32(code) {
            Some(_) if basic && !cx.dialect.at_least(crate::dialect::Standard::C23) => {
                cx.fail(format!("{shown} is not a valid universal character"))
            }
            Some(c) => Some(Element::Character(c)),
            None => cx.fail(format!("{shown} is not a valid universal character")),
        }
    }
}

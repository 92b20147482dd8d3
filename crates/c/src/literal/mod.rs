//! Literals: spelling to value.
//!
//! In: the spelling of a preprocessing number, character constant or string (as the lexer interned
//! it), the dialect and the target. Out: a typed value, and diagnostics in gcc's words.
//! Callers: the parser, and `#if` for numbers and characters.
//!
//! The number's C type is not chosen here (it depends on the checker's type ids): an integer is its
//! value, radix and suffix; [`IntegerLiteral::c_type`] applies C11 6.4.4.1's table.
//!
//! Sources: C11 6.4.4, 6.4.5; C23 6.4.4 (digit separators, `wb`, `0b`); GCC manual "Floating Types",
//! "Complex", "Binary constants".

pub mod character;
mod escape;
pub mod number;
pub mod string;

pub use character::{CharLiteral, parse_char};
pub use number::{
    FloatFormat, FloatKind, FloatLiteral, IntegerLiteral, IntegerSize, IntegerType, Number, parse_number,
};
pub use string::{StringLiteral, StringPart, concat_strings};

use crate::dialect::Dialect;
use lathe_diag::{Diagnostics, Span};
use lathe_target::Target;

/// What the conversion functions need to know besides the spelling.
pub struct LiteralContext<'a> {
    /// The dialect.
    pub dialect: Dialect,
    /// Type sizes.
    pub target: &'a Target,
    /// The literal's place.
    pub span: Span,
    /// Where messages go.
    pub diagnostics: &'a mut Diagnostics,
}

/// The prefix of a character constant or string.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Encoding {
    /// None: `char`.
    Plain,
    /// `u8`: `char` (`unsigned char` in C23), UTF-8.
    Utf8,
    /// `u`: `char16_t`, UTF-16.
    Utf16,
    /// `U`: `char32_t`, UTF-32.
    Utf32,
    /// `L`: `wchar_t`, 32 bits on every target of Lathe.
    Wide,
}

impl Encoding {
    /// Bytes of one element.
    pub fn element_bytes(self) -> u32 {
        match self {
            Encoding::Plain | Encoding::Utf8 => 1,
            Encoding::Utf16 => 2,
            Encoding::Utf32 | Encoding::Wide => 4,
        }
    }

    /// Takes the prefix off a spelling: the encoding and the rest, which starts with the quote.
    pub fn split(spelling: &[u8]) -> (Encoding, &[u8]) {
        match spelling {
            [b'u', b'8', rest @ ..] => (Encoding::Utf8, rest),
            [b'u', rest @ ..] => (Encoding::Utf16, rest),
            [b'U', rest @ ..] => (Encoding::Utf32, rest),
            [b'L', rest @ ..] => (Encoding::Wide, rest),
            _ => (Encoding::Plain, spelling),
        }
    }
}

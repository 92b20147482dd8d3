//! Punctuators: longest match over raw bytes, digraphs included.

use super::scan::{at, skip_splices};
use super::{Scanner, Sink};
use crate::token::{Token, TokenFlags, TokenKind};

impl Scanner<'_> {
    #[inline]
    pub(super) fn punctuator(&mut self, sink: &mut Sink<'_>, flags: TokenFlags) -> Token {
        use TokenKind::*;
        let start = self.pos;
        let text = self.text;
        let next = at(text, start + 1);
        // Those that nothing can extend.
        let single = match text[start] {
            b'(' => LeftParen,
            b')' => RightParen,
            b'[' => LeftBracket,
            b']' => RightBracket,
            b'{' => LeftBrace,
            b'}' => RightBrace,
            b';' => Semicolon,
            b',' => Comma,
            b'?' => Question,
            b'~' => Tilde,
            _ => Other,
        };
        if single != Other {
            self.pos = start + 1;
            return self.token(single, flags, start, 0);
        }
        if self.touches_splice(start) {
            return self.spliced(sink, flags);
        }
        let third = at(text, start + 2);
        let mut flags = flags;
        let (kind, len) = match (text[start], next) {
            (b'=', b'=') => (EqualEqual, 2),
            (b'=', _) => (Equal, 1),
            (b'+', b'+') => (PlusPlus, 2),
            (b'+', b'=') => (PlusEqual, 2),
            (b'+', _) => (Plus, 1),
            (b'-', b'>') => (Arrow, 2),
            (b'-', b'-') => (MinusMinus, 2),
            (b'-', b'=') => (MinusEqual, 2),
            (b'-', _) => (Minus, 1),
            (b'*', b'=') => (StarEqual, 2),
            (b'*', _) => (Star, 1),
            (b'/', b'=') => (SlashEqual, 2),
            (b'/', _) => (Slash, 1),
            (b'&', b'&') => (AmpAmp, 2),
            (b'&', b'=') => (AmpEqual, 2),
            (b'&', _) => (Amp, 1),
            (b'|', b'|') => (PipePipe, 2),
            (b'|', b'=') => (PipeEqual, 2),
            (b'|', _) => (Pipe, 1),
            (b'^', b'=') => (CaretEqual, 2),
            (b'^', _) => (Caret, 1),
            (b'!', b'=') => (BangEqual, 2),
            (b'!', _) => (Bang, 1),
            (b'<', b'<') if third == b'=' => (LessLessEqual, 3),
            (b'<', b'<') => (LessLess, 2),
            (b'<', b'=') => (LessEqual, 2),
            (b'>', b'>') if third == b'=' => (GreaterGreaterEqual, 3),
            (b'>', b'>') => (GreaterGreater, 2),
            (b'>', b'=') => (GreaterEqual, 2),
            (b'>', _) => (Greater, 1),
            (b'.', b'.') if third == b'.' => (Ellipsis, 3),
            (b'.', _) => (Dot, 1),
            (b'#', b'#') => (HashHash, 2),
            (b'#', _) => (Hash, 1),
            (b':', b':') if sink.features.scope => (ColonColon, 2),
            (b'%', b'=') => (PercentEqual, 2),
            (first, _) => match self.digraph(sink, first, next, third, start) {
                Some((kind, len)) => {
                    flags = flags.with(TokenFlags::ALTERNATIVE);
                    (kind, len)
                }
                None => match first {
                    b'<' => (Less, 1),
                    b':' => (Colon, 1),
                    _ => (Percent, 1),
                },
            },
        };
        self.pos = start + len;
        self.token(kind, flags, start, 0)
    }

    fn digraph(
        &self,
        sink: &Sink<'_>,
        first: u8,
        next: u8,
        third: u8,
        start: usize,
    ) -> Option<(TokenKind, usize)> {
        use TokenKind::*;
        if !sink.features.digraphs {
            return None;
        }
        Some(match (first, next) {
            (b'<', b':') => (LeftBracket, 2),
            (b'<', b'%') => (LeftBrace, 2),
            (b':', b'>') => (RightBracket, 2),
            (b'%', b'>') => (RightBrace, 2),
            (b'%', b':') if third == b'%' && at(self.text, start + 3) == b':' => (HashHash, 4),
            (b'%', b':') => (Hash, 2),
            _ => return None,
        })
    }

    /// Whether a splice stands among the bytes that could form the punctuator at `start`.
    #[inline]
    fn touches_splice(&self, start: usize) -> bool {
        let text = self.text;
        let mut end = start + 1;
        while end < start + 4 {
            match at(text, end) {
                b'\\' => {
                    let next = skip_splices(text, end);
                    return next != end && is_extension(at(text, next));
                }
                byte if is_extension(byte) => end += 1,
                _ => return false,
            }
        }
        false
    }
}

#[inline]
fn is_extension(byte: u8) -> bool {
    matches!(byte, b'=' | b'+' | b'-' | b'&' | b'|' | b'<' | b'>' | b'.' | b'#' | b':' | b'%' | b'\\')
}

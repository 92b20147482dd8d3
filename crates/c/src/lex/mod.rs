//! The lexer: bytes to preprocessing tokens (C11 6.4), one at a time, without a pass over the text
//! for splices or comments.
//!
//! In: a file's bytes and a position. Out: a [`Token`] whose name or spelling is interned. Called by
//! the preprocessor only.
//!
//! The fast path reads raw bytes. Where a token touches a backslash-newline that could continue it,
//! the token is made again from a copy of the logical line ([`scan::logical_text`]); splices between
//! tokens, the usual ones, cost nothing extra. Lines are not counted: positions are offsets, the
//! source map knows the lines.

mod punctuator;
pub(crate) mod scan;
pub(crate) mod tables;

use crate::intern::Interner;
use crate::token::{Token, TokenFlags, TokenKind};
use lathe_diag::{Diagnostic, Diagnostics, Loc, Span};
use scan::{at, skip_splices};
use std::sync::Arc;
use tables::{CLASS, CONTINUES, Class};

/// What the dialect and mode change in the lexer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Features {
    /// `//` comments.
    pub line_comments: bool,
    /// `u""`, `U""`, `u8""`.
    pub unicode_strings: bool,
    /// `u8''`.
    pub utf8_chars: bool,
    /// `1'000`.
    pub digit_separators: bool,
    /// `0x1p3` is one number.
    pub hex_floats: bool,
    /// `::` is one token.
    pub scope: bool,
    /// `<:` and the other digraphs.
    pub digraphs: bool,
    /// Comments are returned as tokens (`-C`).
    pub keep_comments: bool,
    /// Assembly: a lone quote is an ordinary character, `$` is not part of a name.
    pub assembler: bool,
    /// `-Wcomment`.
    pub warn_comment: bool,
}

/// Where the lexer puts names, spellings and messages.
pub(crate) struct Sink<'a> {
    pub interner: &'a mut Interner,
    pub literals: &'a mut Interner,
    pub diagnostics: &'a mut Diagnostics,
    pub features: Features,
}

/// A position in a file.
#[derive(Clone, Debug)]
pub(crate) struct Lexer {
    /// The file.
    pub text: Arc<[u8]>,
    /// Next byte.
    pub pos: usize,
    /// Position of the first byte in the source map.
    pub base: Loc,
    /// Nothing but white space came before on this line.
    pub line_start: bool,
    /// In a directive: a newline is a token.
    pub in_directive: bool,
    /// What every token of the file has (`SYSTEM` or nothing).
    pub file_flags: TokenFlags,
}

impl Lexer {
    /// At the start of a text.
    pub fn new(text: Arc<[u8]>, base: Loc) -> Lexer {
        Lexer { text, pos: 0, base, line_start: true, in_directive: false, file_flags: TokenFlags::NONE }
    }

    /// The place of the next byte.
    pub fn loc(&self) -> Loc {
        self.base.plus(self.pos as u32)
    }

    /// The next token. At the end of the text: `Eof` (in a directive: `EndOfLine`), for ever.
    #[inline]
    pub fn next(&mut self, sink: &mut Sink<'_>) -> Token {
        let mut scanner =
            Scanner { text: &self.text, pos: self.pos, base: self.base, in_directive: self.in_directive };
        let line_start = if self.line_start { TokenFlags::LINE_START } else { TokenFlags::NONE };
        let flags = self.file_flags.with(line_start);
        let token = scanner.next(sink, flags);
        self.pos = scanner.pos;
        self.line_start = false;
        token
    }
}

/// The lexer proper, over borrowed text.
pub(crate) struct Scanner<'t> {
    pub text: &'t [u8],
    pub pos: usize,
    pub base: Loc,
    pub in_directive: bool,
}

impl Scanner<'_> {
    fn loc(&self, pos: usize) -> Loc {
        self.base.plus(pos as u32)
    }

    #[inline(always)]
    fn token(&self, kind: TokenKind, flags: TokenFlags, start: usize, payload: u32) -> Token {
        let len = (self.pos - start).min(u16::MAX as usize) as u16;
        Token { kind, flags, len, payload, loc: self.loc(start) }
    }

    /// The next token; `flags` to begin with.
    #[inline]
    pub fn next(&mut self, sink: &mut Sink<'_>, mut flags: TokenFlags) -> Token {
        loop {
            let start = self.pos;
            let Some(&byte) = self.text.get(start) else {
                let kind = if self.in_directive { TokenKind::EndOfLine } else { TokenKind::Eof };
                return self.token(kind, flags, start, 0);
            };
            match CLASS[byte as usize] {
                Class::Space => {
                    self.pos += 1;
                    flags = flags.with(TokenFlags::LEADING_SPACE);
                    if byte == 0 {
                        self.null_characters(sink);
                    }
                }
                Class::Newline => {
                    if self.in_directive {
                        return self.token(TokenKind::EndOfLine, flags, start, 0);
                    }
                    self.pos += 1;
                    flags = flags.with(TokenFlags(TokenFlags::LEADING_SPACE.0 | TokenFlags::LINE_START.0));
                }
                Class::Letter if byte == b'$' && sink.features.assembler => {
                    return self.other(sink, flags, 1);
                }
                Class::Letter => return self.identifier(sink, flags),
                Class::Punctuator => return self.punctuator(sink, flags),
                Class::Digit => return self.number(sink, flags),
                Class::Quote => return self.quoted(sink, flags, start),
                Class::Dot => {
                    if at(self.text, start + 1).is_ascii_digit() {
                        return self.number(sink, flags);
                    }
                    return self.punctuator(sink, flags);
                }
                Class::Slash => match scan::comment_opener(self.text, start) {
                    Some((second, b'*')) => {
                        if let Some(token) = self.block_comment(sink, flags, second) {
                            return token;
                        }
                        flags = flags.with(TokenFlags::LEADING_SPACE);
                    }
                    Some((second, _)) if sink.features.line_comments => {
                        if let Some(token) = self.line_comment(sink, flags, second) {
                            return token;
                        }
                        flags = flags.with(TokenFlags::LEADING_SPACE);
                    }
                    _ => return self.punctuator(sink, flags),
                },
                Class::Backslash => match scan::splice_end(self.text, start) {
                    Some(end) => self.splice(sink, end),
                    None if matches!(at(self.text, start + 1), b'u' | b'U') => {
                        return self.extended_identifier(sink, flags, start);
                    }
                    None => return self.other(sink, flags, 1),
                },
                Class::High => return self.extended_identifier(sink, flags, start),
                Class::Other => return self.other(sink, flags, 1),
            }
        }
    }

    fn other(&mut self, sink: &mut Sink<'_>, flags: TokenFlags, len: usize) -> Token {
        let start = self.pos;
        self.pos += len;
        let payload = sink.literals.intern(&self.text[start..self.pos]).0;
        self.token(TokenKind::Other, flags, start, payload)
    }

    #[cold]
    fn null_characters(&mut self, sink: &mut Sink<'_>) {
        let start = self.pos - 1;
        while self.pos < self.text.len() && self.text[self.pos] == 0 {
            self.pos += 1;
        }
        sink.diagnostics.push(Diagnostic::new(
            lathe_diag::Severity::Warning,
            self.loc(start),
            "null character(s) ignored",
        ));
    }

    /// Steps over a backslash-newline between tokens.
    fn splice(&mut self, sink: &mut Sink<'_>, end: usize) {
        let newline = end - 1;
        let before = at(self.text, newline - 1);
        if newline > self.pos + 1 && before != b'\r' {
            let message = "backslash and newline separated by space";
            let loc = self.loc(self.pos);
            sink.diagnostics.push(Diagnostic::new(lathe_diag::Severity::Warning, loc, message));
        }
        if end == self.text.len() {
            let loc = self.loc(self.pos);
            let message = "backslash-newline at end of file";
            sink.diagnostics.push(Diagnostic::new(lathe_diag::Severity::Warning, loc, message));
        }
        self.pos = end;
    }

    fn block_comment(&mut self, sink: &mut Sink<'_>, flags: TokenFlags, second: usize) -> Option<Token> {
        let start = self.pos;
        match scan::block_comment_end(self.text, second + 1) {
            Some(end) => self.pos = end,
            None => {
                self.pos = self.text.len();
                sink.diagnostics
                    .push(Diagnostic::error(Span::new(self.loc(start), 2), "unterminated comment"));
            }
        }
        self.comment(sink, flags, start, second)
    }

    fn line_comment(&mut self, sink: &mut Sink<'_>, flags: TokenFlags, second: usize) -> Option<Token> {
        let start = self.pos;
        let (end, spliced) = scan::line_comment_end(self.text, second + 1);
        self.pos = end;
        if spliced && sink.features.warn_comment {
            let loc = self.loc(start);
            sink.diagnostics.push(Diagnostic::warning(loc, "comment", "multi-line comment"));
        }
        self.comment(sink, flags, start, second)
    }

    fn comment(
        &mut self,
        sink: &mut Sink<'_>,
        flags: TokenFlags,
        start: usize,
        second: usize,
    ) -> Option<Token> {
        let inside = second + 1..self.pos;
        if sink.features.warn_comment && at(self.text, second) == b'*' && inside.start < inside.end {
            let text = &self.text[inside];
            if let Some(at) = text.windows(2).position(|w| w == b"/*") {
                let span = Span::new(self.loc(second + 1 + at), 1);
                sink.diagnostics.push(Diagnostic::warning(span, "comment", "\"/*\" within comment"));
            }
        }
        if !sink.features.keep_comments || self.in_directive {
            return None;
        }
        let payload = sink.literals.intern(&self.text[start..self.pos]).0;
        Some(self.token(TokenKind::Comment, flags, start, payload))
    }

    #[inline]
    fn identifier(&mut self, sink: &mut Sink<'_>, flags: TokenFlags) -> Token {
        let start = self.pos;
        let text = self.text;
        let mut end = start + 1;
        while end < text.len() && CONTINUES[text[end] as usize] {
            end += 1;
        }
        if sink.features.assembler {
            // `$` begins an immediate operand.
            end = text[start..end].iter().position(|b| *b == b'$').map_or(end, |at| start + at);
        }
        match at(text, end) {
            b'\\' => {
                let next = skip_splices(text, end);
                let after = at(text, next);
                if next != end
                    && (CONTINUES[after as usize] || after >= 0x80 || matches!(after, b'\\' | b'"' | b'\''))
                {
                    return self.spliced(sink, flags);
                }
                if next == end && matches!(at(text, end + 1), b'u' | b'U') {
                    return self.extended_identifier(sink, flags, end);
                }
            }
            b'"' | b'\'' if self.is_prefix(&text[start..end], at(text, end), sink.features) => {
                return self.quoted(sink, flags, end);
            }
            byte if byte >= 0x80 => return self.extended_identifier(sink, flags, end),
            _ => {}
        }
        self.pos = end;
        let name = sink.interner.intern(&text[start..end]);
        self.token(TokenKind::Identifier, flags, start, name.0)
    }

    fn is_prefix(&self, word: &[u8], quote: u8, features: Features) -> bool {
        match word {
            b"L" => true,
            b"u" | b"U" => features.unicode_strings,
            b"u8" => features.unicode_strings && (quote == b'"' || features.utf8_chars),
            _ => false,
        }
    }

    /// An identifier with UTF-8 or universal character names; the ASCII part ends at `end`.
    #[cold]
    fn extended_identifier(&mut self, sink: &mut Sink<'_>, flags: TokenFlags, mut end: usize) -> Token {
        let start = self.pos;
        let mut name = self.text[start..end].to_vec();
        loop {
            let byte = at(self.text, end);
            if end < self.text.len() && CONTINUES[byte as usize] {
                name.push(byte);
                end += 1;
                continue;
            }
            let first = name.is_empty();
            let next = match byte {
                b'\\' if scan::splice_end(self.text, end).is_some() => {
                    return self.spliced(sink, flags);
                }
                b'\\' => universal_character(self.text, end),
                0x80.. => tables::decode_utf8(self.text, end).map(|c| (c, end + c.len_utf8())),
                _ => None,
            };
            match next {
                Some((c, after)) if tables::identifier_char(c, first) => {
                    name.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                    end = after;
                }
                _ => break,
            }
        }
        if name.is_empty() {
            let len = match at(self.text, start) {
                0x80.. => tables::decode_utf8(self.text, start).map_or(1, char::len_utf8),
                _ => 1,
            };
            return self.other(sink, flags, len);
        }
        self.pos = end;
        let name = sink.interner.intern(&name);
        self.token(TokenKind::Identifier, flags.with(TokenFlags::ALTERNATIVE), start, name.0)
    }

    #[inline]
    fn number(&mut self, sink: &mut Sink<'_>, flags: TokenFlags) -> Token {
        let start = self.pos;
        let text = self.text;
        let mut end = start + 1;
        loop {
            let byte = at(text, end);
            if end < text.len() && (CONTINUES[byte as usize] || byte == b'.') {
                end += 1;
                continue;
            }
            match byte {
                b'+' | b'-' => match text[end - 1] {
                    b'e' | b'E' => end += 1,
                    b'p' | b'P' if sink.features.hex_floats => end += 1,
                    _ => break,
                },
                b'\'' if sink.features.digit_separators && CONTINUES[at(text, end + 1) as usize] => end += 2,
                b'\\' => {
                    let next = skip_splices(text, end);
                    let after = at(text, next);
                    if next != end
                        && (CONTINUES[after as usize] || matches!(after, b'.' | b'+' | b'-' | b'\'' | b'\\'))
                    {
                        return self.spliced(sink, flags);
                    }
                    match universal_character(text, end) {
                        Some((c, after)) if tables::identifier_char(c, false) => end = after,
                        _ => break,
                    }
                }
                0x80.. => match tables::decode_utf8(text, end) {
                    Some(c) if tables::identifier_char(c, false) => end += c.len_utf8(),
                    _ => break,
                },
                _ => break,
            }
        }
        self.pos = end;
        let literal = sink.literals.intern(&text[start..end]);
        self.token(TokenKind::Number, flags, start, literal.0)
    }

    /// A string or character constant; `open` is the position of the opening quote.
    fn quoted(&mut self, sink: &mut Sink<'_>, flags: TokenFlags, open: usize) -> Token {
        let start = self.pos;
        let text = self.text;
        let quote = text[open];
        let mut end = open + 1;
        while let Some(&byte) = text.get(end) {
            if byte == quote {
                self.pos = end + 1;
                let literal = sink.literals.intern(&text[start..self.pos]);
                let kind = if quote == b'"' { TokenKind::String } else { TokenKind::Char };
                return self.token(kind, flags, start, literal.0);
            }
            if byte == b'\\' {
                if scan::splice_end(text, end).is_some() {
                    return self.spliced(sink, flags);
                }
                // The escaped byte may be a newline only if spliced, which was ruled out.
                end += if at(text, end + 1) == b'\\' && scan::splice_end(text, end + 1).is_some() {
                    return self.spliced(sink, flags);
                } else {
                    2
                };
                continue;
            }
            if byte == b'\n' {
                break;
            }
            end += 1;
        }
        let end = end.min(text.len());
        // A lone quote in assembly is an ordinary character.
        if sink.features.assembler {
            self.pos = open + 1;
        } else {
            self.pos = end;
            let message = format!("missing terminating {} character", quote as char);
            let loc = self.loc(start);
            sink.diagnostics.push(Diagnostic::new(lathe_diag::Severity::Warning, loc, message));
        }
        let payload = sink.literals.intern(&text[start..self.pos]).0;
        self.token(TokenKind::Other, flags, start, payload)
    }

    /// Makes the token at `pos` from the logical line.
    #[cold]
    fn spliced(&mut self, sink: &mut Sink<'_>, flags: TokenFlags) -> Token {
        let start = self.pos;
        let mut limit = 256;
        loop {
            let (bytes, places, cut) = scan::logical_text(self.text, start, limit);
            let mut scanner = Scanner { text: &bytes, pos: 0, base: self.loc(start), in_directive: true };
            if cut {
                // A token at the very end of a cut copy may go on: look without reporting first.
                let mut quiet = Diagnostics::new();
                let features = sink.features;
                let mut trial = Sink {
                    interner: &mut *sink.interner,
                    literals: &mut *sink.literals,
                    diagnostics: &mut quiet,
                    features,
                };
                scanner.next(&mut trial, flags);
                if scanner.pos + 4 >= bytes.len() {
                    limit *= 4;
                    continue;
                }
                scanner.pos = 0;
            }
            let mut token = scanner.next(sink, flags);
            self.pos = places[scanner.pos];
            token.len = (self.pos - start).min(u16::MAX as usize) as u16;
            token.loc = self.loc(start);
            return token;
        }
    }
}

/// A universal character name at a position: the character and the position after it.
pub(crate) fn universal_character(text: &[u8], pos: usize) -> Option<(char, usize)> {
    let digits = match (at(text, pos), at(text, pos + 1)) {
        (b'\\', b'u') => 4,
        (b'\\', b'U') => 8,
        _ => return None,
    };
    let hex = text.get(pos + 2..pos + 2 + digits)?;
    let mut code = 0u32;
    for digit in hex {
        code = code << 4 | (*digit as char).to_digit(16)?;
    }
    Some((char::from_u32(code)?, pos + 2 + digits))
}

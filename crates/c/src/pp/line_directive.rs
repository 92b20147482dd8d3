//! `#line` and line markers (`# 12 "file" 1 3`, as text output writes them).

use super::output::Event;
use super::{Preprocessor, sink};
use crate::token::{Literal, Token, TokenKind};

impl Preprocessor<'_> {
    /// `#line`, after its name; the rest is expanded (C11 6.10.4).
    pub(super) fn line_directive(&mut self, name: Token) {
        let number = self.expand_token();
        let limit =
            if self.options.dialect.at_least(crate::dialect::Standard::C99) { 2147483647 } else { 32767 };
        let line = if number.kind == TokenKind::Number { self.digits(number) } else { None };
        let Some(line) = line else {
            if number.kind == TokenKind::EndOfLine {
                self.error(name.span(), "unexpected end of file after #line");
            } else {
                let message = format!("\"{}\" after #line is not a positive integer", self.spelling(number));
                self.error(number.span(), message);
            }
            return;
        };
        if line > limit || (line == 0 && self.options.pedantic) {
            self.warn(number.span(), "line number out of range");
        }
        let file = self.expand_token();
        let mut file_name = None;
        match file.kind {
            TokenKind::EndOfLine => {}
            TokenKind::String => {
                file_name = self.plain_string(file.literal());
                self.end_of_directive("line");
            }
            _ => {
                let message = format!("\"{}\" is not a valid filename", self.spelling(file));
                self.error(file.span(), message);
                return;
            }
        }
        self.set_line(line as u32, file_name);
    }

    /// `# 12 "file" flags`, after the number was read.
    pub(super) fn line_marker(&mut self, number: Token) {
        let Some(line) = self.digits(number) else {
            let message = format!("\"{}\" after # is not a positive integer", self.spelling(number));
            self.error(number.span(), message);
            return;
        };
        if self.options.pedantic && !self.options.preprocessed {
            self.warn_flag(number.span(), "pedantic", "style of line directive is a GCC extension");
        }
        let file = self.lexer.next(&mut sink!(self));
        let mut file_name = None;
        let mut system = self.buffers.last().is_some_and(|b| b.system);
        match file.kind {
            TokenKind::EndOfLine => {}
            TokenKind::String => {
                file_name = self.plain_string(file.literal());
                system = false;
                loop {
                    let flag = self.lexer.next(&mut sink!(self));
                    match flag.kind {
                        TokenKind::Number if matches!(self.literal(flag.literal()), b"3") => system = true,
                        TokenKind::Number if matches!(self.literal(flag.literal()), b"1" | b"2" | b"4") => {}
                        TokenKind::EndOfLine => break,
                        _ => {
                            let message =
                                format!("invalid flag \"{}\" in line directive", self.spelling(flag));
                            self.error(flag.span(), message);
                            return;
                        }
                    }
                }
            }
            _ => {
                let message = format!("\"{}\" is not a valid filename", self.spelling(file));
                self.error(file.span(), message);
                return;
            }
        }
        self.set_system(system);
        self.set_line(line as u32, file_name);
    }

    fn set_line(&mut self, line: u32, file_name: Option<String>) {
        // The directive's own last byte: the lexer may be at the newline or the end of the text.
        let loc = self.lexer.loc();
        self.sources.set_line(loc, line, file_name.as_deref());
        self.record(|_| Event::Line);
    }

    /// The value of a plain digit sequence.
    fn digits(&self, token: Token) -> Option<u64> {
        let bytes = self.literal(token.literal());
        if bytes.len() > 18 || !bytes.iter().all(u8::is_ascii_digit) {
            return None;
        }
        std::str::from_utf8(bytes).ok()?.parse().ok()
    }

    /// The text of a string literal without prefix.
    pub(super) fn plain_string(&mut self, literal: Literal) -> Option<String> {
        let spelling = self.literal(literal);
        let inner = spelling.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        let mut bytes = Vec::with_capacity(inner.len());
        let mut rest = inner.iter().copied().peekable();
        while let Some(byte) = rest.next() {
            if byte != b'\\' {
                bytes.push(byte);
                continue;
            }
            let mut octal = 0u32;
            let mut count = 0;
            while count < 3
                && let Some(digit) = rest.next_if(|b| matches!(b, b'0'..=b'7'))
            {
                octal = octal * 8 + (digit - b'0') as u32;
                count += 1;
            }
            match count {
                0 => bytes.push(rest.next().unwrap_or(b'\\')),
                _ => bytes.push(octal as u8),
            }
        }
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}

//! Tokens of the text form.
//!
//! In: the bytes of a file. Out: all tokens with their places, read once so that the reader can go
//! over the file in passes. Comments run from `;` to the end of the line. Any byte sequence gives
//! tokens; what fits nowhere becomes [`TokenKind::Bad`], which no rule of the reader accepts.

use super::write::is_name_byte;

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TokenKind {
    /// A word: keyword, opcode with type, name of a value, block, slot.
    Word,
    /// A number: decimal, `0x…`, float; without sign.
    Number,
    /// Text in quotes.
    Quoted,
    /// `@name`, quoted or not.
    Symbol,
    /// `%name`.
    Aggregate,
    /// `!name`.
    Tag,
    /// `->`
    Arrow,
    /// `...`
    Dots,
    /// One of `( ) [ ] { } , : = + -`.
    Punct(u8),
    /// A byte that begins no token, or text without its closing quote.
    Bad,
    /// The end of the file.
    End,
}

/// A token: kind and bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: TokenKind,
    /// It is the first on its line.
    pub starts_line: bool,
    pub lo: u32,
    pub hi: u32,
}

/// All tokens of a text; the last is `End`.
pub(super) fn tokens(text: &[u8]) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, starts_line: true };
    let mut tokens = Vec::with_capacity(text.len() / 4 + 1);
    loop {
        let token = lexer.next();
        tokens.push(token);
        if token.kind == TokenKind::End {
            return tokens;
        }
    }
}

struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    starts_line: bool,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.text.get(self.at) {
            match byte {
                b'\n' => self.starts_line = true,
                b' ' | b'\t' | b'\r' => {}
                b';' => {
                    let line = &self.text[self.at..];
                    self.at += line.iter().position(|b| *b == b'\n').unwrap_or(line.len());
                    continue;
                }
                _ => return,
            }
            self.at += 1;
        }
    }

    fn next(&mut self) -> Token {
        self.skip_space();
        let lo = self.at;
        let kind = self.kind();
        let starts_line = std::mem::replace(&mut self.starts_line, false);
        Token { kind, starts_line, lo: lo as u32, hi: self.at as u32 }
    }

    fn kind(&mut self) -> TokenKind {
        let Some(byte) = self.text.get(self.at).copied() else { return TokenKind::End };
        match byte {
            b'@' => self.name(TokenKind::Symbol),
            b'%' => self.name(TokenKind::Aggregate),
            b'!' => self.name(TokenKind::Tag),
            b'"' => self.quoted(),
            b'0'..=b'9' => self.number(),
            b'-' if self.peek(1) == b'>' => self.take(2, TokenKind::Arrow),
            b'.' if self.peek(1) == b'.' && self.peek(2) == b'.' => self.take(3, TokenKind::Dots),
            b'(' | b')' | b'[' | b']' | b'{' | b'}' | b',' | b':' | b'=' | b'+' | b'-' => {
                self.take(1, TokenKind::Punct(byte))
            }
            _ if is_name_byte(byte) => {
                self.take_name();
                TokenKind::Word
            }
            _ => {
                // A whole UTF-8 character, so that the message can show it.
                self.at += 1;
                while self.peek(0) & 0xc0 == 0x80 {
                    self.at += 1;
                }
                TokenKind::Bad
            }
        }
    }

    fn take(&mut self, bytes: usize, kind: TokenKind) -> TokenKind {
        self.at += bytes;
        kind
    }

    fn take_name(&mut self) {
        while self.at < self.text.len() && is_name_byte(self.text[self.at]) {
            self.at += 1;
        }
    }

    fn name(&mut self, kind: TokenKind) -> TokenKind {
        self.at += 1;
        if self.peek(0) == b'"' {
            return if self.quoted() == TokenKind::Bad { TokenKind::Bad } else { kind };
        }
        let start = self.at;
        self.take_name();
        if self.at == start { TokenKind::Bad } else { kind }
    }

    fn quoted(&mut self) -> TokenKind {
        self.at += 1;
        while let Some(byte) = self.text.get(self.at) {
            match byte {
                b'"' => return self.take(1, TokenKind::Quoted),
                b'\n' => break,
                b'\\' if self.peek(1) != b'\n' && self.at + 1 < self.text.len() => self.at += 2,
                _ => self.at += 1,
            }
        }
        TokenKind::Bad
    }

    fn number(&mut self) -> TokenKind {
        let hexadecimal = self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X');
        loop {
            let byte = self.peek(0);
            let is_exponent = match byte {
                b'p' | b'P' => hexadecimal,
                b'e' | b'E' => !hexadecimal,
                _ => false,
            };
            if is_exponent && matches!(self.peek(1), b'+' | b'-') {
                self.at += 2;
            } else if byte.is_ascii_alphanumeric() || byte == b'.' && self.peek(1) != b'.' || byte == b'_' {
                self.at += 1;
            } else {
                return TokenKind::Number;
            }
        }
    }
}

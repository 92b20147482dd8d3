//! A position in one statement: what every parser of this crate reads from.
//!
//! A statement is one line or part of one (`;`), comments already gone.

use lathe_diag::{Loc, Span};

/// Reads a statement from left to right.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'t> {
    pub text: &'t [u8],
    pub at: usize,
    base: Loc,
    /// Text of a macro expansion has one place: where the macro was called.
    fixed: bool,
}

/// Whether a byte may begin a symbol.
pub(crate) fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.' | b'$') || byte >= 0x80
}

/// Whether a byte may continue a symbol.
pub(crate) fn continues_name(byte: u8) -> bool {
    starts_name(byte) || byte.is_ascii_digit()
}

impl<'t> Cursor<'t> {
    pub fn new(text: &'t [u8], base: Loc, fixed: bool) -> Cursor<'t> {
        Cursor { text, at: 0, base, fixed }
    }

    /// A cursor over a part of this statement.
    pub fn part(&self, start: usize, end: usize) -> Cursor<'t> {
        let base = if self.fixed { self.base } else { self.base.plus(start as u32) };
        Cursor { text: &self.text[start..end], at: 0, base, fixed: self.fixed }
    }

    pub fn loc(&self) -> Loc {
        self.loc_at(self.at)
    }

    pub fn loc_at(&self, at: usize) -> Loc {
        if self.fixed { self.base } else { self.base.plus(at as u32) }
    }

    pub fn span_from(&self, start: usize) -> Span {
        let len = if self.fixed { 1 } else { (self.at.max(start + 1) - start) as u32 };
        Span::new(self.loc_at(start), len)
    }

    #[inline]
    pub fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    #[inline]
    pub fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    /// Whether only blanks are left.
    pub fn at_end(&mut self) -> bool {
        self.skip_space();
        self.at >= self.text.len()
    }

    /// Skips blanks and one byte, if it is this one.
    #[inline]
    pub fn eat(&mut self, byte: u8) -> bool {
        self.skip_space();
        if self.peek() == Some(byte) {
            self.at += 1;
            return true;
        }
        false
    }

    /// Skips a separating comma.
    pub fn eat_comma(&mut self) -> bool {
        self.eat(b',')
    }

    /// A symbol name without quotes; empty when there is none.
    #[inline]
    pub fn name(&mut self) -> &'t [u8] {
        self.skip_space();
        let start = self.at;
        if self.peek().is_some_and(starts_name) {
            self.at += 1;
            while self.peek().is_some_and(continues_name) {
                self.at += 1;
            }
        }
        &self.text[start..self.at]
    }

    /// A run of letters, digits and `_ . $ -`: an option word.
    pub fn word(&mut self) -> &'t [u8] {
        self.skip_space();
        let start = self.at;
        while self.peek().is_some_and(|b| continues_name(b) || b == b'-') {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    /// All that is left, without blanks around it.
    pub fn rest(&mut self) -> &'t [u8] {
        self.skip_space();
        let rest = self.text[self.at..].trim_ascii_end();
        self.at = self.text.len();
        rest
    }

    /// A quoted string, escapes resolved (GNU as manual 3.6.1.1), appended to `out`. `false` if there is no
    /// string here or it does not end.
    pub fn string(&mut self, out: &mut Vec<u8>) -> bool {
        if !self.eat(b'"') {
            return false;
        }
        loop {
            let Some(byte) = self.peek() else { return false };
            self.at += 1;
            match byte {
                b'"' => return true,
                b'\\' => {
                    if !self.escape(out) {
                        return false;
                    }
                }
                _ => out.push(byte),
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> bool {
        let Some(byte) = self.peek() else { return false };
        self.at += 1;
        out.push(match byte {
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'0'..=b'7' => {
                let mut value = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek() else { break };
                    value = value * 8 + u32::from(digit - b'0');
                    self.at += 1;
                }
                value as u8
            }
            b'x' | b'X' => {
                let mut value = 0u32;
                while let Some(digit) = self.peek().and_then(|b| (b as char).to_digit(16)) {
                    value = value << 4 | digit;
                    self.at += 1;
                }
                value as u8
            }
            other => other,
        });
        true
    }
}

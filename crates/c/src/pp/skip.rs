//! Skipping the groups of a false condition: bytes are scanned line by line for directives, nothing is
//! tokenized (comments, quotes and splices are respected).

use super::{Preprocessor, sink};
use crate::lex::scan::{self, at};
use crate::token::{Token, TokenKind};

/// Bytes that matter in a skipped line.
static STOPS: [bool; 256] = {
    let mut table = [false; 256];
    table[b'\n' as usize] = true;
    table[b'/' as usize] = true;
    table[b'"' as usize] = true;
    table[b'\'' as usize] = true;
    table[b'\\' as usize] = true;
    table
};

/// The position after the rest of a skipped line and its newline.
fn skip_line(text: &[u8], mut pos: usize, line_comments: bool) -> usize {
    loop {
        while pos < text.len() && !STOPS[text[pos] as usize] {
            pos += 1;
        }
        let Some(byte) = text.get(pos) else { return text.len() };
        match byte {
            b'\n' => return pos + 1,
            b'\\' => pos = scan::splice_end(text, pos).unwrap_or(pos + 2).max(pos + 1),
            b'/' => match scan::comment_opener(text, pos) {
                Some((second, b'*')) => match scan::block_comment_end(text, second + 1) {
                    Some(end) => pos = end,
                    None => return text.len(),
                },
                Some((second, _)) if line_comments => pos = scan::line_comment_end(text, second + 1).0,
                _ => pos += 1,
            },
            quote => pos = skip_quoted(text, pos + 1, *quote),
        }
        if pos >= text.len() {
            return text.len();
        }
    }
}

/// After the closing quote, or at the newline when there is none.
fn skip_quoted(text: &[u8], mut pos: usize, quote: u8) -> usize {
    while let Some(byte) = text.get(pos) {
        match byte {
            b'\n' => return pos,
            b'\\' => {
                pos = match scan::splice_end(text, pos) {
                    Some(end) => end,
                    None if at(text, pos + 1) == b'\n' => pos + 1,
                    None => pos + 2,
                }
            }
            b if *b == quote => return pos + 1,
            _ => pos += 1,
        }
    }
    text.len()
}

impl Preprocessor<'_> {
    /// From inside a false group: the next directive's name token, with the lexer in the directive.
    /// `None` at the end of the file.
    pub(super) fn skip_to_directive(&mut self) -> Option<Token> {
        let line_comments = self.lexer_features.line_comments;
        let mut pos = self.lexer.pos;
        loop {
            let text = &self.lexer.text;
            if pos >= text.len() {
                self.lexer.pos = text.len();
                return None;
            }
            pos = scan::skip_blank(text, pos, true, line_comments);
            let after = match at(text, pos) {
                b'#' => Some(pos + 1),
                b'%' if at(text, pos + 1) == b':' => Some(pos + 2),
                b'/' if scan::comment_opener(text, pos).is_some_and(|(_, c)| c == b'*') => {
                    // Unterminated: let the lexer say so.
                    self.lexer.pos = pos;
                    let _ = self.lexer.next(&mut sink!(self));
                    return None;
                }
                _ => None,
            };
            if let Some(after) = after {
                self.lexer.pos = after;
                self.lexer.in_directive = true;
                let token = self.lexer.next(&mut sink!(self));
                if token.kind == TokenKind::Identifier {
                    return Some(token);
                }
                self.lexer.in_directive = false;
                pos = self.lexer.pos;
                if token.kind != TokenKind::EndOfLine {
                    let text = &self.lexer.text;
                    pos = skip_line(text, pos, line_comments);
                }
                continue;
            }
            pos = skip_line(text, pos, line_comments);
        }
    }

    /// Moves to the start of the line after the directive being read.
    pub(super) fn skip_directive_line(&mut self) {
        self.lexer.in_directive = false;
        self.lexer.pos = skip_line(&self.lexer.text, self.lexer.pos, self.lexer_features.line_comments);
        self.lexer.line_start = true;
    }
}

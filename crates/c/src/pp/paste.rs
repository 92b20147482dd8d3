//! The `##` and `#` operators (C11 6.10.3.2, 6.10.3.3).

use super::expand::Source;
use super::{Preprocessor, sink};
use crate::lex::Scanner;
use crate::token::{Token, TokenFlags, TokenKind};
use lathe_diag::Diagnostics;
use std::ops::Range;

impl Preprocessor<'_> {
    /// Pastes `left` with the tokens that follow it in its context, as long as `##` joins them.
    pub(super) fn paste_all(&mut self, left: Token) -> Token {
        let mut left = left;
        let mut joins = true;
        while joins {
            let Some(context) = self.contexts.last_mut() else { break };
            if context.next == context.end {
                break;
            }
            let index = context.next as usize;
            let right = match context.source {
                Source::Body => self.bodies[index],
                Source::Expansion => self.expansions[index],
                Source::Argument => self.arguments[index],
            };
            let Some(mut pasted) = self.paste(left, right) else {
                // The right side stays where it is and is read next.
                break;
            };
            if let Some(context) = self.contexts.last_mut() {
                context.next += 1;
            }
            joins = right.flags.has(TokenFlags::PASTE_LEFT);
            let kept = TokenFlags::LEADING_SPACE.with(TokenFlags::LINE_START).with(TokenFlags::SYSTEM);
            pasted.flags = TokenFlags(left.flags.0 & kept.0 | pasted.flags.0).with(TokenFlags::FROM_MACRO);
            left = pasted;
        }
        left.flags = left.flags.without(TokenFlags::PASTE_LEFT);
        left
    }

    /// Joins two spellings into one token; reports it when they do not form one.
    fn paste(&mut self, left: Token, right: Token) -> Option<Token> {
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        text.extend_from_slice(&self.spelling_bytes(left));
        let left_len = text.len();
        text.extend_from_slice(&self.spelling_bytes(right));
        let mut quiet = Diagnostics::new();
        let mut features = self.lexer_features;
        features.keep_comments = false;
        let mut sink = crate::lex::Sink { diagnostics: &mut quiet, ..sink!(self) };
        sink.features = features;
        let mut scanner = Scanner { text: &text, pos: 0, base: lathe_diag::Loc::NONE, in_directive: false };
        let mut token = scanner.next(&mut sink, TokenFlags::NONE);
        let valid = scanner.pos == text.len()
            && token.kind != TokenKind::Eof
            && token.kind != TokenKind::Other
            && token.flags == TokenFlags(token.flags.0 & TokenFlags::ALTERNATIVE.0)
            && left.kind != TokenKind::Embed
            && right.kind != TokenKind::Embed;
        if !valid && !self.options.assembler {
            let message = format!(
                "pasting \"{}\" and \"{}\" does not give a valid preprocessing token",
                String::from_utf8_lossy(&text[..left_len]),
                String::from_utf8_lossy(&text[left_len..])
            );
            self.error(left.span(), message);
        }
        self.scratch = text;
        token.loc = left.loc;
        token.len = left.len;
        valid.then_some(token)
    }

    /// The string literal of a range of `arguments` (or `expansions`).
    pub(super) fn stringify(&mut self, from_expansions: bool, range: Range<usize>, name: &Token) -> Token {
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        text.push(b'"');
        for index in range {
            let token = if from_expansions { self.expansions[index] } else { self.arguments[index] };
            if text.len() > 1 && token.flags.has(TokenFlags::LEADING_SPACE) {
                text.push(b' ');
            }
            let spelling = self.spelling_bytes(token);
            if matches!(token.kind, TokenKind::String | TokenKind::Char)
                || (token.kind == TokenKind::Other && matches!(spelling.first(), Some(b'"' | b'\'')))
            {
                for byte in spelling.iter() {
                    if matches!(byte, b'"' | b'\\') {
                        text.push(b'\\');
                    }
                    text.push(*byte);
                }
            } else {
                text.extend_from_slice(&spelling);
            }
        }
        let backslashes = text.iter().rev().take_while(|b| **b == b'\\').count();
        if backslashes % 2 == 1 {
            text.pop();
            self.warn(name.span(), "invalid string literal, ignoring final '\\'");
        }
        text.push(b'"');
        let literal = self.literals.intern(&text);
        self.scratch = text;
        Token {
            kind: TokenKind::String,
            flags: TokenFlags::NONE,
            len: name.len,
            payload: literal.0,
            loc: name.loc,
        }
    }
}

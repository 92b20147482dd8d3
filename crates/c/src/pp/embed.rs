//! `#embed` and `__has_embed` (C23 6.10.4): the bytes go to the parser as one token.

use super::Preprocessor;
use super::include::{HeaderName, error_text};
use crate::intern::well_known as word;
use crate::token::{Token, TokenFlags, TokenKind};
use lathe_diag::{Diagnostic, Severity, Span};

/// The parameters of `#embed`.
#[derive(Default)]
struct Parameters {
    limit: Option<u64>,
    offset: u64,
    prefix: Vec<Token>,
    suffix: Vec<Token>,
    if_empty: Vec<Token>,
    unknown: bool,
}

impl Preprocessor<'_> {
    /// `#embed`, after its name: the first token of what it stands for.
    pub(super) fn embed_directive(&mut self, directive: Token) -> Option<Token> {
        let header = self.header_name("embed")?;
        let parameters = self.embed_parameters(TokenKind::EndOfLine, directive.span())?;
        if parameters.unknown {
            self.error(directive.span(), "unknown embed parameter");
            return None;
        }
        let data = self.embed_data(&header, &parameters)?;
        let mut tokens = Vec::new();
        if data.is_empty() {
            tokens = parameters.if_empty;
        } else {
            tokens.extend(parameters.prefix);
            let payload = self.embedded.len() as u32;
            self.embedded.push(data.into());
            tokens.push(Token { kind: TokenKind::Embed, payload, ..directive });
            tokens.extend(parameters.suffix);
        }
        for token in tokens.iter_mut() {
            token.flags = token.flags.without(TokenFlags::LINE_START).with(TokenFlags::LEADING_SPACE);
        }
        for token in tokens.into_iter().rev() {
            self.push_back(token);
        }
        None
    }

    fn embed_data(&mut self, header: &HeaderName, parameters: &Parameters) -> Option<Vec<u8>> {
        let data = match self.embed_file(header) {
            Ok(Some(data)) => data,
            Ok(None) => {
                let message = format!("{}: No such file or directory", header.path);
                self.diagnostics.push(Diagnostic::new(Severity::Fatal, header.span, message));
                self.stop();
                return None;
            }
            Err((path, error)) => {
                let message = format!("{path}: {}", error_text(&error));
                self.diagnostics.push(Diagnostic::new(Severity::Fatal, header.span, message));
                self.stop();
                return None;
            }
        };
        let start = (parameters.offset as usize).min(data.len());
        let limit = parameters.limit.map_or(usize::MAX, |l| l as usize);
        Some(data[start..].iter().copied().take(limit).collect())
    }

    /// Reads `name(tokens)` parameters up to `end`.
    fn embed_parameters(&mut self, end: TokenKind, span: Span) -> Option<Parameters> {
        let mut parameters = Parameters::default();
        loop {
            let token = self.unexpanded();
            if token.kind == end {
                return Some(parameters);
            }
            if token.kind != TokenKind::Identifier {
                self.error(token.span(), "expected parameter name");
                return None;
            }
            let mut name = token.name();
            let mut next = self.at_open_paren();
            if !next {
                let separator = self.unexpanded();
                match separator.kind {
                    TokenKind::ColonColon => {
                        let inner = self.unexpanded();
                        let gnu = name == word::GNU || name == word::GNU_UNDERSCORES;
                        let offset = inner.kind == TokenKind::Identifier && inner.name() == word::OFFSET;
                        name = if gnu && offset { word::GNU_OFFSET } else { word::GNU };
                        next = self.at_open_paren();
                    }
                    kind if kind == end => {
                        parameters.unknown = true;
                        return Some(parameters);
                    }
                    _ => {
                        self.error(separator.span(), "expected '(' after parameter name");
                        return None;
                    }
                }
            }
            let plain = match self.interner.bytes(name) {
                b"__limit__" => word::LIMIT,
                b"__prefix__" => word::PREFIX,
                b"__suffix__" => word::SUFFIX,
                b"__if_empty__" => word::IF_EMPTY,
                _ => name,
            };
            if !next {
                parameters.unknown = true;
                continue;
            }
            match plain {
                word::LIMIT => parameters.limit = Some(self.embed_number(span)?),
                word::GNU_OFFSET => parameters.offset = self.embed_number(span)?,
                word::PREFIX => parameters.prefix = self.balanced(span)?,
                word::SUFFIX => parameters.suffix = self.balanced(span)?,
                word::IF_EMPTY => parameters.if_empty = self.balanced(span)?,
                _ => {
                    parameters.unknown = true;
                    self.balanced(span)?;
                }
            }
        }
    }

    /// The constant expression in parentheses: `(` is next.
    fn embed_number(&mut self, span: Span) -> Option<u64> {
        match self.parenthesized_value(span) {
            Some(value) if value >= 0 => Some(value as u64),
            Some(_) => {
                self.error(span, "embed parameter is negative");
                None
            }
            None => None,
        }
    }

    /// The tokens in parentheses, which may nest: `(` is next.
    fn balanced(&mut self, span: Span) -> Option<Vec<Token>> {
        self.unexpanded();
        let mut tokens = Vec::new();
        let mut depth = 0usize;
        loop {
            let token = self.unexpanded();
            match token.kind {
                TokenKind::LeftParen | TokenKind::LeftBracket | TokenKind::LeftBrace => depth += 1,
                TokenKind::RightParen if depth == 0 => return Some(tokens),
                TokenKind::RightParen | TokenKind::RightBracket | TokenKind::RightBrace => {
                    depth = depth.saturating_sub(1);
                }
                TokenKind::EndOfLine | TokenKind::Eof => {
                    self.error(span, "unbalanced '(' in embed parameter");
                    return None;
                }
                _ => {}
            }
            tokens.push(token);
        }
    }

    /// `__has_embed(…)`: 0 not found, 1 found, 2 found and empty.
    pub(super) fn has_embed(&mut self, name: Token) -> u64 {
        if !self.at_open_paren() {
            self.error(name.span(), "missing '(' before \"__has_embed\" operand");
            return 0;
        }
        self.raw_token();
        let Some(header) = self.header_name("__has_embed") else { return 0 };
        let Some(parameters) = self.embed_parameters(TokenKind::RightParen, name.span()) else { return 0 };
        if parameters.unknown {
            return 0;
        }
        match self.embed_file(&header) {
            Ok(Some(data)) => {
                let rest = data.len().saturating_sub(parameters.offset as usize) as u64;
                if rest == 0 || parameters.limit == Some(0) { 2 } else { 1 }
            }
            _ => 0,
        }
    }
}

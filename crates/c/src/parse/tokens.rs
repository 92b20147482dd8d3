//! The token stream as the parser sees it: lookahead, pragmas, "expected" errors, recovery.

use super::Parser;
use crate::ast::Visibility;
use crate::pp::{DiagnosticAction, PackPragma, Pragma, PragmaVisibility};
use crate::sema::options::Warning;
use crate::token::{Keyword, Token, TokenFlags, TokenKind};
use lathe_diag::{Diagnostic, Loc, Severity, Span};

/// Too deep: the caller gives up on the construct; the error was reported.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TooDeep;

impl Parser<'_, '_> {
    /// Makes the next token current.
    #[inline]
    pub(crate) fn advance(&mut self) -> Token {
        self.previous = self.token;
        self.token = match self.lookahead.take() {
            Some(token) => token,
            None => self.fetch(),
        };
        self.previous
    }

    fn fetch(&mut self) -> Token {
        if self.stopped {
            return Token::new(TokenKind::Eof, self.token.loc);
        }
        loop {
            let token = self.pp.next_token();
            if token.kind != TokenKind::Pragma {
                return token;
            }
            self.pragma(token);
        }
    }

    /// The token after the current one.
    pub(crate) fn peek(&mut self) -> Token {
        match self.lookahead {
            Some(token) => token,
            None => {
                let token = self.fetch();
                self.lookahead = Some(token);
                token
            }
        }
    }

    #[inline]
    pub(crate) fn at(&self, kind: TokenKind) -> bool {
        self.token.kind == kind
    }

    #[inline]
    pub(crate) fn at_keyword(&self, keyword: Keyword) -> bool {
        self.token.is_keyword(keyword)
    }

    /// Consumes the token if it is of this kind.
    #[inline]
    pub(crate) fn eat(&mut self, kind: TokenKind) -> bool {
        let found = self.token.kind == kind;
        if found {
            self.advance();
        }
        found
    }

    #[inline]
    pub(crate) fn eat_keyword(&mut self, keyword: Keyword) -> bool {
        let found = self.at_keyword(keyword);
        if found {
            self.advance();
        }
        found
    }

    /// Consumes a punctuator or reports "expected ';' before …" behind the previous token.
    pub(crate) fn expect(&mut self, kind: TokenKind) -> bool {
        if self.token.kind == kind {
            self.advance();
            return true;
        }
        let text = kind.punctuator().unwrap_or("token");
        self.expected_here(&format!("expected '{text}'"), Some(text));
        false
    }

    /// Reports a syntax error: `message` and what stands there instead. With an `insertion`, the
    /// place is behind the previous token, where the text is missing.
    pub(crate) fn expected_here(&mut self, message: &str, insertion: Option<&str>) {
        if self.recovering {
            return;
        }
        self.recovering = true;
        let before = self.before_text();
        let text = format!("{message} {before}");
        match insertion {
            Some(insertion) if self.previous.loc.is_some() => {
                let at = Span::new(self.previous.loc.plus(self.previous.len as u32), 0);
                let diagnostic = Diagnostic::error(Span::new(at.lo, 1), text).fix(at, insertion);
                self.report(diagnostic);
            }
            _ => self.report(Diagnostic::error(self.token.span(), text)),
        }
    }

    /// Reports a syntax error at the current token: "`message` before 'x' token".
    pub(crate) fn syntax_error(&mut self, message: &str) {
        self.expected_here(message, None);
    }

    /// gcc's words for the current token in an "expected" message.
    fn before_text(&self) -> String {
        let token = self.token;
        match token.kind {
            TokenKind::Eof => "at end of input".into(),
            TokenKind::Identifier | TokenKind::Keyword => {
                format!("before '{}'", self.pp.interner.text(token.name()))
            }
            TokenKind::Number | TokenKind::Embed => "before numeric constant".into(),
            TokenKind::Char => "before character constant".into(),
            TokenKind::String => "before string constant".into(),
            TokenKind::Other => {
                format!("before '{}'", String::from_utf8_lossy(self.pp.literal(token.literal())))
            }
            kind => format!("before '{}' token", kind.punctuator().unwrap_or("?")),
        }
    }

    /// Guards recursion.
    pub(crate) fn enter(&mut self) -> Result<(), TooDeep> {
        self.depth += 1;
        if self.depth <= super::MAX_DEPTH {
            return Ok(());
        }
        self.depth -= 1;
        if !self.stopped {
            let diagnostic = Diagnostic::new(Severity::Fatal, self.token.span(), "nesting too deep");
            self.report(diagnostic);
            self.stop();
        }
        Err(TooDeep)
    }

    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Makes every further token the end of the file.
    pub(crate) fn stop(&mut self) {
        self.stopped = true;
        self.recovering = true;
        self.lookahead = None;
        self.token = Token::new(TokenKind::Eof, self.token.loc);
    }

    /// Skips to behind the `;` or block that ends the statement or declaration.
    pub(crate) fn skip_statement(&mut self) {
        let mut depth = 0u32;
        loop {
            match self.token.kind {
                TokenKind::Eof => break,
                TokenKind::Semicolon if depth == 0 => {
                    self.advance();
                    break;
                }
                TokenKind::LeftBrace => depth += 1,
                TokenKind::RightBrace => {
                    if depth == 0 {
                        break;
                    }
                    depth -= 1;
                    if depth == 0 {
                        self.advance();
                        break;
                    }
                }
                _ => {}
            }
            self.advance();
        }
        self.recovering = false;
    }

    /// Skips to the given closing token, past it; stops before `;`, braces and the end.
    pub(crate) fn skip_until(&mut self, kind: TokenKind) {
        let mut depth = 0u32;
        loop {
            let here = self.token.kind;
            if depth == 0 && here == kind {
                self.advance();
                break;
            }
            match here {
                TokenKind::Eof | TokenKind::Semicolon | TokenKind::LeftBrace | TokenKind::RightBrace => break,
                TokenKind::LeftParen | TokenKind::LeftBracket => depth += 1,
                TokenKind::RightParen | TokenKind::RightBracket => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.advance();
        }
        self.recovering = false;
    }

    /// `expect`, and where it fails skips to the token.
    pub(crate) fn expect_closing(&mut self, kind: TokenKind) {
        if !self.expect(kind) {
            self.skip_until(kind);
        }
    }

    /// Adds a message in the name of the current function.
    pub(crate) fn report(&mut self, mut diagnostic: Diagnostic) {
        if diagnostic.function.is_none() && self.function.name.is_some() {
            diagnostic.function = Some(self.function.name_text.clone());
        }
        let is_error = diagnostic.severity >= Severity::Error;
        self.pp.diagnostics.push(diagnostic);
        let limit = self.options.max_errors;
        if is_error && limit != 0 && self.pp.diagnostics.error_count() >= limit && !self.stopped {
            self.stop();
        }
    }

    pub(crate) fn error(&mut self, at: impl Into<Span>, message: impl Into<String>) {
        self.report(Diagnostic::error(at, message));
    }

    /// An error with a note.
    pub(crate) fn error_note(
        &mut self,
        at: impl Into<Span>,
        message: impl Into<String>,
        note_at: Loc,
        note: impl Into<String>,
    ) {
        self.report(Diagnostic::error(at, message).note(note_at, note));
    }

    /// Whether a warning would be shown now.
    pub(crate) fn warns(&self, warning: Warning) -> bool {
        let warnings = &self.options.warnings;
        warnings.is_on(warning) && (warnings.system_headers || !self.in_system_header())
    }

    pub(crate) fn in_system_header(&self) -> bool {
        self.token.flags.has(TokenFlags::SYSTEM) && self.previous.flags.has(TokenFlags::SYSTEM)
    }

    pub(crate) fn warn(&mut self, warning: Warning, at: impl Into<Span>, message: impl Into<String>) {
        self.warn_note(warning, at, message, None);
    }

    pub(crate) fn warn_note(
        &mut self,
        warning: Warning,
        at: impl Into<Span>,
        message: impl Into<String>,
        note: Option<(Loc, String)>,
    ) {
        if !self.warns(warning) {
            return;
        }
        // gcc shows the option of `-Wformat` with its level.
        let flag = if warning == Warning::Format { "format=" } else { warning.name() };
        let mut diagnostic = Diagnostic::warning(at, flag, message);
        if self.options.warnings.is_error(warning) {
            diagnostic.severity = Severity::Error;
        }
        if let Some((at, text)) = note {
            diagnostic = diagnostic.note(at, text);
        }
        self.report(diagnostic);
    }

    /// A constraint violation that gcc only warns about: an error under `-pedantic-errors`.
    pub(crate) fn pedantic_warn(
        &mut self,
        warning: Warning,
        at: impl Into<Span>,
        message: impl Into<String>,
    ) {
        if self.extension > 0 && warning == Warning::Pedantic {
            return;
        }
        if self.options.warnings.pedantic_errors && !self.in_system_header() {
            let mut diagnostic = Diagnostic::error(at, message);
            diagnostic.flag = Some(warning.name());
            self.report(diagnostic);
        } else {
            self.warn(warning, at, message);
        }
    }

    /// A warning without an option (gcc's "enabled by default"): `-w` and `-Werror` act on it.
    pub(crate) fn warn_always(&mut self, at: impl Into<Span>, message: impl Into<String>) {
        let warnings = &self.options.warnings;
        if warnings.none || (self.in_system_header() && !warnings.system_headers) {
            return;
        }
        let severity =
            if warnings.all_errors || warnings.pedantic_errors { Severity::Error } else { Severity::Warning };
        self.report(Diagnostic::new(severity, at, message));
    }

    fn pragma(&mut self, token: Token) {
        let pragma = self.pp.pragma(token).clone();
        match pragma {
            Pragma::Pack(pack) => self.pack_pragma(token.loc, pack),
            Pragma::Weak { name, target } => self.weak_pragmas.push((name, target)),
            Pragma::RedefineExtname { old, new } => {
                self.extnames.insert(old, new);
            }
            Pragma::Visibility(Some(visibility)) => self.visibility_stack.push(match visibility {
                PragmaVisibility::Default => Visibility::Default,
                PragmaVisibility::Hidden => Visibility::Hidden,
                PragmaVisibility::Protected => Visibility::Protected,
                PragmaVisibility::Internal => Visibility::Internal,
            }),
            Pragma::Visibility(None) => {
                self.visibility_stack.pop();
            }
            Pragma::Diagnostic { action, flag } => {
                let flag = flag.map(|flag| String::from_utf8_lossy(self.pp.literal(flag)).into_owned());
                self.diagnostic_pragma(token.loc, action, flag);
            }
            Pragma::Stdc { .. } | Pragma::Gcc(_) => {}
            Pragma::Unknown(tokens) => self.unknown_pragma(token, &tokens),
        }
    }

    fn unknown_pragma(&mut self, token: Token, tokens: &[Token]) {
        let words: Vec<String> = tokens
            .iter()
            .take(2)
            .take_while(|t| matches!(t.kind, TokenKind::Identifier | TokenKind::Keyword))
            .map(|t| self.pp.interner.text(t.name()).into_owned())
            .collect();
        if !words.is_empty() {
            let message = format!("ignoring '#pragma {}'", words.join(" "));
            self.warn(Warning::UnknownPragmas, token.loc, message);
        }
    }

    fn pack_pragma(&mut self, at: Loc, pack: PackPragma) {
        match pack {
            PackPragma::Set(align) => self.pack = align.unwrap_or(0),
            PackPragma::Push { label, align } => {
                self.pack_stack.push((label, self.pack));
                self.pack = align.unwrap_or(self.pack);
            }
            PackPragma::Pop { label } => {
                let found = match label {
                    None => self.pack_stack.len().checked_sub(1),
                    Some(_) => self.pack_stack.iter().rposition(|(name, _)| *name == label),
                };
                match found {
                    Some(index) => {
                        self.pack = self.pack_stack[index].1;
                        self.pack_stack.truncate(index);
                    }
                    None => self.warn(
                        Warning::Pragmas,
                        at,
                        "#pragma pack (pop) encountered without matching #pragma pack (push)",
                    ),
                }
            }
        }
    }

    fn diagnostic_pragma(&mut self, at: Loc, action: DiagnosticAction, flag: Option<String>) {
        let flag = flag.unwrap_or_default();
        let name = flag.trim_matches('"').strip_prefix("-W").unwrap_or_default().to_string();
        let result = match action {
            DiagnosticAction::Push => {
                self.warning_stack.push(self.options.warnings.clone());
                Ok(())
            }
            DiagnosticAction::Pop => {
                if let Some(saved) = self.warning_stack.pop() {
                    self.options.warnings = saved;
                }
                Ok(())
            }
            DiagnosticAction::Ignored => self.options.warnings.apply(&format!("no-{name}")),
            DiagnosticAction::Warning => {
                let no_error = self.options.warnings.apply(&format!("no-error={name}"));
                no_error.and_then(|()| self.options.warnings.apply(&name))
            }
            DiagnosticAction::Error => self.options.warnings.apply(&format!("error={name}")),
        };
        if result.is_err() {
            self.warn(
                Warning::Pragmas,
                at,
                format!("unknown option after '#pragma GCC diagnostic' kind '-W{name}'"),
            );
        }
    }

    /// The text of a name.
    pub(crate) fn text(&self, name: crate::intern::Name) -> String {
        self.pp.interner.text(name).into_owned()
    }
}

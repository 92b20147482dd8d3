//! Directives: dispatch, conditionals, `#error`, `#warning`, `#ident`.

use super::output::Event;
use super::{Preprocessor, sink};
use crate::intern::{Name, well_known as word};
use crate::lex::scan;
use crate::token::{Token, TokenFlags, TokenKind};
use lathe_diag::{Diagnostic, Severity, Span};

/// An open `#if`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conditional {
    /// The directive, for messages.
    pub span: Span,
    /// Its name as last seen (`if`, `ifdef`, `else`, …).
    pub directive: &'static str,
    /// `#else` was seen.
    pub seen_else: bool,
    /// A group was taken: the others are false.
    pub taken: bool,
    /// The whole conditional stands in a false group.
    pub skipped: bool,
    /// It opens the file and tests that this name is not defined.
    pub guard: Option<Name>,
}

/// Keyword names (`if`, `else`) among directives.
fn keyword_directive(bytes: &[u8]) -> bool {
    matches!(bytes, b"if" | b"else")
}

impl Preprocessor<'_> {
    /// Runs the directive whose `#` was read. A token comes back for a pragma of the parser's, or a `#`
    /// that is none of ours (assembly).
    pub(super) fn directive(&mut self, hash: Token) -> Option<Token> {
        self.lexer.in_directive = true;
        self.in_directive = true;
        let name = self.lexer.next(&mut sink!(self));
        let result = match name.kind {
            TokenKind::EndOfLine => None,
            TokenKind::Number if !self.options.assembler => {
                self.line_marker(name);
                None
            }
            TokenKind::Identifier => self.named_directive(hash, name),
            _ if self.options.assembler => Some(hash),
            _ => {
                let message = format!("invalid preprocessing directive #{}", self.spelling(name));
                self.error(name.span(), message);
                None
            }
        };
        self.in_directive = false;
        if result.is_some_and(|t| t.kind == TokenKind::Hash) {
            // The line is ordinary text.
            self.lexer.in_directive = false;
            self.lexer.pos = (hash.loc.0 - self.lexer.base.0) as usize + hash.len as usize;
            return result;
        }
        if self.lexer.in_directive {
            self.finish_line();
        }
        result
    }

    /// Steps over what is left of the directive's line.
    pub(super) fn finish_line(&mut self) {
        let pos = self.lexer.pos;
        let text = &self.lexer.text;
        if scan::at(text, pos) == b'\n' {
            self.lexer.in_directive = false;
            self.lexer.pos = pos + 1;
            self.lexer.line_start = true;
        } else {
            self.skip_directive_line();
        }
    }

    fn named_directive(&mut self, hash: Token, name: Token) -> Option<Token> {
        let directive = name.name();
        match directive {
            word::DEFINE => self.define(name),
            word::INCLUDE => self.include_directive(name, false),
            word::INCLUDE_NEXT => self.include_directive(name, true),
            word::IMPORT => self.import_directive(name),
            word::IFDEF => self.ifdef(name, true),
            word::IFNDEF => self.ifdef(name, false),
            word::ENDIF => self.endif(name),
            word::ELIF | word::ELIFDEF | word::ELIFNDEF => self.elif(name),
            word::UNDEF => self.undefine(name),
            word::LINE => self.line_directive(name),
            word::ERROR => self.user_message(name, Severity::Error, "#error"),
            word::WARNING => self.user_message(name, Severity::Warning, "#warning"),
            word::PRAGMA => return self.pragma_directive(hash, name),
            word::IDENT | word::SCCS => self.ident_directive(name),
            word::EMBED => return self.embed_directive(name),
            word::ASSERT | word::UNASSERT => {
                // Assertions (`#assert machine(x)`) are obsolete since gcc 3; nothing tests them.
                self.warn_flag(name.span(), "deprecated", "#assert is a deprecated GCC extension");
            }
            _ => match self.interner.bytes(directive) {
                b"if" => self.if_directive(name),
                b"else" => self.else_directive(name),
                _ if self.options.assembler => return Some(hash),
                _ => {
                    let text = self.interner.text(directive).into_owned();
                    self.error(name.span(), format!("invalid preprocessing directive #{text}"));
                }
            },
        }
        None
    }

    /// Complains about tokens after a complete directive.
    pub(super) fn end_of_directive(&mut self, directive: &str) {
        let token = self.lexer.next(&mut sink!(self));
        if token.kind != TokenKind::EndOfLine {
            self.warn(token.span(), format!("extra tokens at end of #{directive} directive"));
        }
    }

    fn end_of_conditional(&mut self, directive: &str) {
        let token = self.lexer.next(&mut sink!(self));
        if token.kind != TokenKind::EndOfLine {
            let message = format!("extra tokens at end of #{directive} directive");
            self.warn_flag(token.span(), "endif-labels", message);
        }
    }

    /// Whether nothing but white space and comments stands before the directive, in a file of the cache.
    fn opens_file(&mut self, name: Token) -> bool {
        // Only the first conditional of a file can.
        match self.buffers.last_mut() {
            Some(buffer) if !buffer.conditional_seen => buffer.conditional_seen = true,
            _ => return false,
        }
        if self
            .buffers
            .last()
            .is_none_or(|b| b.cached.is_none() || b.conditionals_below != self.conditionals.len())
        {
            return false;
        }
        let text = &self.lexer.text;
        let first = scan::skip_blank(text, 0, true, self.lexer_features.line_comments);
        let at = (name.loc.0 - self.lexer.base.0) as usize;
        scan::at(text, first) == b'#' && scan::skip_blank(text, first + 1, false, true) == at
    }

    fn open_conditional(&mut self, name: Token, directive: &'static str, taken: bool, guard: Option<Name>) {
        self.conditionals.push(Conditional {
            span: name.span(),
            directive,
            seen_else: false,
            taken,
            skipped: false,
            guard,
        });
        if !taken {
            self.skip_group();
        }
    }

    fn ifdef(&mut self, name: Token, want_defined: bool) {
        let directive = if want_defined { "ifdef" } else { "ifndef" };
        let opens = !want_defined && self.opens_file(name);
        let mut taken = false;
        let mut guard = None;
        if let Some((macro_name, token)) = self.macro_name(directive, false, name.span()) {
            self.check_poisoned(token);
            taken = self.is_defined(macro_name) == want_defined;
            guard = opens.then_some(macro_name);
            self.end_of_directive(directive);
        }
        self.open_conditional(name, directive, taken, guard);
    }

    fn if_directive(&mut self, name: Token) {
        let guard = if self.opens_file(name) { self.negated_defined() } else { None };
        let taken = self.condition("if", name.span());
        self.open_conditional(name, "if", taken, guard);
    }

    /// If the rest of the line is `!defined X` or `!defined(X)`: X.
    fn negated_defined(&mut self) -> Option<Name> {
        let text = &self.lexer.text[self.lexer.pos..];
        let end = scan::find_byte(text, 0, b'\n');
        let line = std::str::from_utf8(&text[..end]).ok()?.trim();
        let rest = line.strip_prefix('!')?.trim_start().strip_prefix("defined")?;
        let inner = rest.trim();
        let name = match inner.strip_prefix('(') {
            Some(inner) => inner.strip_suffix(')')?.trim(),
            None if rest.starts_with([' ', '\t']) => inner,
            None => return None,
        };
        let valid = name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric())
            && name.bytes().next().is_some_and(|b| !b.is_ascii_digit());
        valid.then(|| self.interner.intern(name.as_bytes()))
    }

    fn endif(&mut self, name: Token) {
        let below = self.conditionals_below();
        if self.conditionals.len() <= below {
            self.error(name.span(), "#endif without #if");
            return;
        }
        if self.warns_here() {
            self.end_of_conditional("endif");
        }
        self.close_conditional();
    }

    fn close_conditional(&mut self) {
        if let Some(closed) = self.conditionals.pop()
            && let Some(guard) = closed.guard
        {
            self.note_guard_after_line(guard);
        }
    }

    fn note_guard_after_line(&mut self, guard: Name) {
        self.finish_line();
        self.note_guard(guard);
    }

    fn conditionals_below(&self) -> usize {
        self.buffers.last().map_or(0, |b| b.conditionals_below)
    }

    /// `#else` after a taken group.
    fn else_directive(&mut self, name: Token) {
        if self.enter_else(name) {
            self.skip_group();
        }
    }

    /// Notes an `#else`; false when there is no `#if`.
    fn enter_else(&mut self, name: Token) -> bool {
        if self.conditionals.len() <= self.conditionals_below() {
            self.error(name.span(), "#else without #if");
            return false;
        }
        let warns = self.warns_here();
        if let Some(open) = self.conditionals.last_mut() {
            let (again, started) = (open.seen_else, open.span);
            open.seen_else = true;
            open.directive = "else";
            open.guard = None;
            let skipped = open.skipped;
            if again {
                let message = "#else after #else";
                self.diagnostics.push(
                    Diagnostic::error(name.span(), message).note(started, "the conditional began here"),
                );
            }
            if !skipped && warns {
                self.end_of_conditional("else");
            }
        }
        true
    }

    /// `#elif`, `#elifdef`, `#elifndef` after a taken group.
    fn elif(&mut self, name: Token) {
        if self.note_elif(name) {
            self.skip_group();
        }
    }

    fn note_elif(&mut self, name: Token) -> bool {
        let text = self.interner.text(name.name()).into_owned();
        if self.conditionals.len() <= self.conditionals_below() {
            self.error(name.span(), format!("#{text} without #if"));
            return false;
        }
        if let Some(open) = self.conditionals.last_mut() {
            let (after_else, started) = (open.seen_else, open.span);
            open.directive = "elif";
            open.guard = None;
            if after_else {
                let message = format!("#{text} after #else");
                self.diagnostics.push(
                    Diagnostic::error(name.span(), message).note(started, "the conditional began here"),
                );
            }
        }
        true
    }

    /// Skips groups of the innermost conditional until one is true or it ends. The lexer is in the line
    /// of the directive that began the false group.
    fn skip_group(&mut self) {
        let floor = self.conditionals.len();
        self.finish_line();
        while let Some(name) = self.skip_to_directive() {
            self.in_directive = true;
            let directive = name.name();
            let nested = self.conditionals.len() > floor;
            match directive {
                word::IFDEF | word::IFNDEF => self.open_skipped(name, "ifdef"),
                word::ENDIF if nested => {
                    self.conditionals.pop();
                }
                word::ENDIF => {
                    self.end_of_conditional("endif");
                    self.close_conditional();
                    return;
                }
                word::ELIF | word::ELIFDEF | word::ELIFNDEF => {
                    self.note_elif(name);
                    if !nested && !self.group_taken() && self.elif_condition(directive, name) {
                        self.take_group();
                        return;
                    }
                }
                _ => {
                    let bytes = self.interner.bytes(directive);
                    if keyword_directive(bytes) {
                        if bytes == b"if" {
                            self.open_skipped(name, "if");
                        } else {
                            self.enter_else(name);
                            if !nested && !self.group_taken() {
                                self.take_group();
                                return;
                            }
                        }
                    }
                }
            }
            if self.lexer.in_directive {
                self.finish_line();
            }
            if self.conditionals.len() < floor {
                return;
            }
        }
    }

    fn open_skipped(&mut self, name: Token, directive: &'static str) {
        self.conditionals.push(Conditional {
            span: name.span(),
            directive,
            seen_else: false,
            taken: true,
            skipped: true,
            guard: None,
        });
    }

    fn group_taken(&self) -> bool {
        self.conditionals.last().is_none_or(|open| open.taken)
    }

    fn take_group(&mut self) {
        if let Some(open) = self.conditionals.last_mut() {
            open.taken = true;
        }
    }

    fn elif_condition(&mut self, directive: Name, name: Token) -> bool {
        if directive == word::ELIF {
            return self.condition("elif", name.span());
        }
        let want = directive == word::ELIFDEF;
        let text = if want { "elifdef" } else { "elifndef" };
        match self.macro_name(text, false, name.span()) {
            Some((macro_name, _)) => {
                self.end_of_directive(text);
                self.is_defined(macro_name) == want
            }
            None => false,
        }
    }

    fn check_poisoned(&mut self, token: Token) {
        if let Some(id) = self.macro_of(token.name())
            && self.macro_data(id).kind == super::define::MacroKind::Poisoned
        {
            let message = format!("attempt to use poisoned \"{}\"", self.interner.text(token.name()));
            self.error(token.span(), message);
        }
    }

    /// The rest of the directive's line as gcc shows it in messages: spellings with single spaces.
    pub(super) fn rest_of_line(&mut self) -> String {
        let mut text = String::new();
        loop {
            let token = self.lexer.next(&mut sink!(self));
            if token.kind == TokenKind::EndOfLine {
                return text;
            }
            if !text.is_empty() && token.flags.has(TokenFlags::LEADING_SPACE) {
                text.push(' ');
            }
            text.push_str(&self.spelling(token));
        }
    }

    fn user_message(&mut self, name: Token, severity: Severity, directive: &str) {
        let text = self.rest_of_line();
        let message = if text.is_empty() { directive.to_string() } else { format!("{directive} {text}") };
        let mut diagnostic = Diagnostic::new(severity, name.span(), message);
        if severity == Severity::Warning {
            diagnostic.flag = Some("cpp");
            if !self.warns_here() {
                return;
            }
        }
        self.diagnostics.push(diagnostic);
    }

    fn ident_directive(&mut self, name: Token) {
        let token = self.expand_token();
        if token.kind != TokenKind::String {
            let text = self.interner.text(name.name()).into_owned();
            self.error(name.span(), format!("invalid #{text} directive"));
            return;
        }
        let text = self.spelling(token);
        self.record(|_| Event::Ident(text));
        self.end_of_directive("ident");
    }
}

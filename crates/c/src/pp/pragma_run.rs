//! `#pragma` and `_Pragma`: those of the preprocessor are carried out, the others parsed for the parser.

use super::define::{MacroId, MacroKind};
use super::pragma::{DiagnosticAction, PackPragma, Pragma, PragmaRecord, PragmaVisibility, StdcSwitch};
use super::{Preprocessor, sink};
use crate::intern::{Name, well_known as word};
use crate::lex::Scanner;
use crate::token::{Token, TokenFlags, TokenKind};
use lathe_diag::{Diagnostic, Severity, Span};

/// What became of a pragma.
enum Outcome {
    /// Carried out here.
    Done,
    /// For the parser.
    Deliver(Pragma),
}

impl Preprocessor<'_> {
    /// `#pragma`, after its name: a token for the parser's pragmas.
    pub(super) fn pragma_directive(&mut self, hash: Token, directive: Token) -> Option<Token> {
        let mut tokens = Vec::new();
        loop {
            let token = self.literal_token();
            if token.kind == TokenKind::EndOfLine {
                break;
            }
            tokens.push(token);
        }
        self.run_pragma(tokens, directive.span(), hash)
    }

    fn run_pragma(&mut self, mut tokens: Vec<Token>, span: Span, place: Token) -> Option<Token> {
        if let Some(first) = tokens.first()
            && first.kind == TokenKind::Identifier
            && matches!(
                first.name(),
                word::PACK | word::REDEFINE_EXTNAME | word::MESSAGE | word::SCALAR_STORAGE_ORDER
            )
        {
            let rest = self.expand_list(&tokens[1..]);
            tokens.truncate(1);
            tokens.extend(rest);
        }
        let pragma = match self.dispatch(&tokens, span) {
            Outcome::Done => return None,
            Outcome::Deliver(pragma) => pragma,
        };
        let text = self.tokens_text(&tokens);
        let payload = self.pragmas.len() as u32;
        self.pragmas.push(PragmaRecord { pragma, text });
        Some(Token {
            kind: TokenKind::Pragma,
            flags: TokenFlags::LINE_START,
            len: place.len,
            payload,
            loc: place.loc,
        })
    }

    fn tokens_text(&self, tokens: &[Token]) -> String {
        let mut text = String::new();
        for token in tokens {
            if !text.is_empty() && token.flags.has(TokenFlags::LEADING_SPACE) {
                text.push(' ');
            }
            text.push_str(&self.spelling(*token));
        }
        text
    }

    fn dispatch(&mut self, tokens: &[Token], span: Span) -> Outcome {
        let name_at = |index: usize| match tokens.get(index) {
            Some(token) if token.kind == TokenKind::Identifier => Some(token.name()),
            _ => None,
        };
        match (name_at(0), name_at(1)) {
            (Some(word::ONCE), _) => self.pragma_once(tokens[0].span()),
            (Some(word::PUSH_MACRO), _) => self.push_macro(&tokens[1..], span),
            (Some(word::POP_MACRO), _) => self.pop_macro(&tokens[1..], span),
            (Some(word::GCC), Some(word::POISON)) => self.poison(&tokens[2..]),
            (Some(word::GCC), Some(word::SYSTEM_HEADER)) => self.system_header(span),
            (Some(word::GCC), Some(word::DEPENDENCY)) => Outcome::Done,
            (Some(word::GCC), Some(word::WARNING)) => self.user_pragma(&tokens[2..], span, Severity::Warning),
            (Some(word::GCC), Some(word::ERROR)) => self.user_pragma(&tokens[2..], span, Severity::Error),
            // Text output leaves the rest to the compiler of the text.
            _ if self.events.is_some() => Outcome::Deliver(Pragma::Unknown(Vec::new())),
            (Some(word::MESSAGE), _) => self.pragma_message(&tokens[1..], span),
            (Some(word::PACK), _) => self.pragma_pack(tokens, span),
            (Some(word::WEAK), _) => self.pragma_weak(tokens),
            (Some(word::REDEFINE_EXTNAME), _) => match (name_at(1), name_at(2)) {
                (Some(old), Some(new)) => Outcome::Deliver(Pragma::RedefineExtname { old, new }),
                _ => self.ignored(span, "malformed '#pragma redefine_extname', ignored"),
            },
            (Some(word::STDC), Some(name)) => self.pragma_stdc(name, name_at(2), tokens),
            (Some(word::GCC), Some(word::DIAGNOSTIC)) => self.pragma_diagnostic(tokens, span),
            (Some(word::GCC), Some(word::VISIBILITY)) => self.pragma_visibility(tokens, span),
            (Some(word::GCC), Some(_)) => Outcome::Deliver(Pragma::Gcc(tokens[1..].to_vec())),
            _ => {
                let text = self.tokens_text(&tokens[..tokens.len().min(2)]);
                self.warn_flag(span, "unknown-pragmas", format!("ignoring '#pragma {text}'"));
                Outcome::Deliver(Pragma::Unknown(tokens.to_vec()))
            }
        }
    }

    fn ignored(&mut self, span: Span, message: &str) -> Outcome {
        self.warn_flag(span, "pragmas", message);
        Outcome::Done
    }

    fn pragma_once(&mut self, span: Span) -> Outcome {
        match self.buffers.last().and_then(|b| b.cached) {
            Some(file) => self.files.set_once(file),
            None => self.warn(span, "#pragma once in main file"),
        }
        Outcome::Done
    }

    /// The name in `("NAME")`.
    fn macro_name_argument(&mut self, tokens: &[Token], what: &str, span: Span) -> Option<Name> {
        if let [open, name, close, ..] = tokens
            && open.kind == TokenKind::LeftParen
            && name.kind == TokenKind::String
            && close.kind == TokenKind::RightParen
            && let Some(text) = self.plain_string(name.literal())
        {
            return Some(self.interner.intern(text.trim().as_bytes()));
        }
        self.error(span, format!("invalid #pragma {what} directive"));
        None
    }

    fn push_macro(&mut self, tokens: &[Token], span: Span) -> Outcome {
        if let Some(name) = self.macro_name_argument(tokens, "push_macro", span) {
            let current = self.macro_of(name);
            self.pushed_macros.entry(name).or_default().push(current);
        }
        Outcome::Done
    }

    fn pop_macro(&mut self, tokens: &[Token], span: Span) -> Outcome {
        if let Some(name) = self.macro_name_argument(tokens, "pop_macro", span)
            && let Some(old) = self.pushed_macros.get_mut(&name).and_then(Vec::pop)
        {
            self.set_macro(name, old);
        }
        Outcome::Done
    }

    fn poison(&mut self, tokens: &[Token]) -> Outcome {
        for token in tokens {
            if token.kind != TokenKind::Identifier {
                self.error(token.span(), "invalid #pragma GCC poison directive");
                break;
            }
            let name = token.name();
            match self.macro_of(name) {
                Some(id) if self.macro_data(id).kind == MacroKind::Poisoned => continue,
                Some(_) => {
                    let message = format!("poisoning existing macro \"{}\"", self.interner.text(name));
                    self.warn(token.span(), message);
                }
                None => {}
            }
            let _: MacroId = self.add_builtin(name, MacroKind::Poisoned);
        }
        Outcome::Done
    }

    fn system_header(&mut self, span: Span) -> Outcome {
        if self.buffers.len() == 1 {
            self.warn(span, "#pragma system_header ignored outside include file");
        } else {
            self.set_system(true);
        }
        Outcome::Done
    }

    /// The joined text of string tokens.
    fn strings(&mut self, tokens: &[Token]) -> Option<String> {
        let mut text = String::new();
        for token in tokens {
            if token.kind != TokenKind::String {
                return None;
            }
            text.push_str(&self.plain_string(token.literal())?);
        }
        (!tokens.is_empty()).then_some(text)
    }

    fn user_pragma(&mut self, tokens: &[Token], span: Span, severity: Severity) -> Outcome {
        let span = tokens.first().map_or(span, |token| token.span());
        let text = self.strings(tokens);
        match text {
            Some(text) if severity == Severity::Warning => self.warn(span, text),
            Some(text) => self.error(span, text),
            None => self.warn(span, "invalid \"#pragma GCC warning\" directive"),
        }
        Outcome::Done
    }

    fn pragma_message(&mut self, tokens: &[Token], span: Span) -> Outcome {
        let inner = match tokens {
            [open, inner @ .., close]
                if open.kind == TokenKind::LeftParen && close.kind == TokenKind::RightParen =>
            {
                inner
            }
            all => all,
        };
        match self.strings(inner) {
            Some(text) => {
                let message = format!("'#pragma message: {text}'");
                self.diagnostics.push(Diagnostic::new(Severity::Note, span, message));
                Outcome::Done
            }
            None => self.ignored(span, "expected a string after '#pragma message'"),
        }
    }

    /// Expands macros in a list of tokens.
    fn expand_list(&mut self, tokens: &[Token]) -> Vec<Token> {
        let start = self.arguments.len();
        self.arguments.extend_from_slice(tokens);
        self.argument_ranges.push(super::expand::ArgumentRange {
            start: start as u32,
            end: self.arguments.len() as u32,
            expanded: None,
            omitted: false,
        });
        let index = self.argument_ranges.len() - 1;
        self.expand_argument(index);
        let list = match self.argument_ranges[index].expanded {
            Some((from, to)) => self.arguments[from as usize..to as usize].to_vec(),
            None => tokens.to_vec(),
        };
        self.argument_ranges.truncate(index);
        self.arguments.truncate(start);
        list
    }

    /// A small decimal number.
    fn small_number(&self, token: Token) -> Option<u32> {
        if token.kind != TokenKind::Number {
            return None;
        }
        std::str::from_utf8(self.literal(token.literal())).ok()?.parse().ok()
    }

    fn pragma_pack(&mut self, tokens: &[Token], span: Span) -> Outcome {
        let inner = match &tokens[1..] {
            [open, inner @ .., close]
                if open.kind == TokenKind::LeftParen && close.kind == TokenKind::RightParen =>
            {
                inner.to_vec()
            }
            _ => return self.ignored(span, "malformed '#pragma pack' - ignored"),
        };
        let parts: Vec<&[Token]> = inner.split(|t| t.kind == TokenKind::Comma).collect();
        let mut align = None;
        let mut label = None;
        let action = match parts[0] {
            [token] if token.kind == TokenKind::Identifier => Some(token.name()),
            _ => None,
        };
        let rest = if action.is_some() { &parts[1..] } else { &parts[..] };
        for part in rest {
            match part {
                [] if inner.is_empty() => {}
                [token] if token.kind == TokenKind::Identifier && action.is_some() => {
                    label = Some(token.name())
                }
                [token] => match self.small_number(*token) {
                    Some(0) => align = None,
                    Some(n) if n.is_power_of_two() && n <= 16 => align = Some(n),
                    Some(n) => {
                        let message = format!("alignment must be a small power of two, not {n}");
                        return self.ignored(span, &message);
                    }
                    None => return self.ignored(span, "malformed '#pragma pack' - ignored"),
                },
                _ => return self.ignored(span, "malformed '#pragma pack' - ignored"),
            }
        }
        let pragma = match action {
            None => PackPragma::Set(align),
            Some(word::PUSH) => PackPragma::Push { label, align },
            Some(word::POP) => PackPragma::Pop { label },
            Some(_) => return self.ignored(span, "unknown action for '#pragma pack' - ignored"),
        };
        Outcome::Deliver(Pragma::Pack(pragma))
    }

    fn pragma_weak(&mut self, tokens: &[Token]) -> Outcome {
        match &tokens[1..] {
            [name] if name.kind == TokenKind::Identifier => {
                Outcome::Deliver(Pragma::Weak { name: name.name(), target: None })
            }
            [name, equal, target]
                if name.kind == TokenKind::Identifier
                    && equal.kind == TokenKind::Equal
                    && target.kind == TokenKind::Identifier =>
            {
                Outcome::Deliver(Pragma::Weak { name: name.name(), target: Some(target.name()) })
            }
            _ => self.ignored(tokens[0].span(), "malformed '#pragma weak', ignored"),
        }
    }

    fn pragma_stdc(&mut self, name: Name, value: Option<Name>, tokens: &[Token]) -> Outcome {
        let switch = match value {
            Some(word::ON) => StdcSwitch::On,
            Some(word::OFF) => StdcSwitch::Off,
            Some(word::DEFAULT_UPPER) => StdcSwitch::Default,
            _ => return Outcome::Deliver(Pragma::Unknown(tokens.to_vec())),
        };
        Outcome::Deliver(Pragma::Stdc { name, switch })
    }

    fn pragma_diagnostic(&mut self, tokens: &[Token], span: Span) -> Outcome {
        let action = match tokens.get(2) {
            Some(token) if token.kind == TokenKind::Identifier => match token.name() {
                word::PUSH => DiagnosticAction::Push,
                word::POP => DiagnosticAction::Pop,
                word::IGNORED => DiagnosticAction::Ignored,
                word::WARNING => DiagnosticAction::Warning,
                word::ERROR => DiagnosticAction::Error,
                _ => {
                    let message = "expected [error|warning|ignored|push|pop|ignored_attributes] after '#pragma GCC diagnostic'";
                    return self.ignored(token.span(), message);
                }
            },
            _ => {
                return self.ignored(
                    span,
                    "missing [error|warning|ignored|push|pop] after '#pragma GCC diagnostic'",
                );
            }
        };
        let needs_flag = !matches!(action, DiagnosticAction::Push | DiagnosticAction::Pop);
        let flag = match tokens.get(3) {
            Some(token) if token.kind == TokenKind::String => Some(token.literal()),
            _ if needs_flag => {
                return self.ignored(span, "missing option after '#pragma GCC diagnostic' kind");
            }
            _ => None,
        };
        self.diagnostic_pragmas.push((span.lo, action, flag));
        Outcome::Deliver(Pragma::Diagnostic { action, flag })
    }

    fn pragma_visibility(&mut self, tokens: &[Token], span: Span) -> Outcome {
        let names: Vec<Option<Name>> =
            tokens[2..].iter().map(|t| (t.kind == TokenKind::Identifier).then(|| t.name())).collect();
        let visibility = match names.as_slice() {
            [Some(word::POP)] => None,
            [Some(word::PUSH), None, Some(kind), None] => match self.interner.bytes(*kind) {
                b"default" => Some(PragmaVisibility::Default),
                b"hidden" => Some(PragmaVisibility::Hidden),
                b"protected" => Some(PragmaVisibility::Protected),
                b"internal" => Some(PragmaVisibility::Internal),
                _ => {
                    let message =
                        "'#pragma GCC visibility push()' must specify default, internal, hidden or protected";
                    self.error(span, message);
                    return Outcome::Done;
                }
            },
            _ => return self.ignored(span, "'#pragma GCC visibility' must be followed by 'push' or 'pop'"),
        };
        Outcome::Deliver(Pragma::Visibility(visibility))
    }

    /// `_Pragma ( "…" )`. False: `token` was made the pragma's token (or is delivered as it is).
    pub(super) fn pragma_operator(&mut self, token: &mut Token) -> bool {
        if !self.at_open_paren() {
            self.error(token.span(), "_Pragma takes a parenthesized string literal");
            return false;
        }
        self.raw_token();
        self.prevent_expansion += 1;
        let string = self.expand_token();
        let close = if string.kind == TokenKind::String { self.expand_token() } else { string };
        self.prevent_expansion -= 1;
        if string.kind != TokenKind::String || close.kind != TokenKind::RightParen {
            self.error(token.span(), "_Pragma takes a parenthesized string literal");
            return true;
        }
        let spelling = self.literal(string.literal());
        let start = spelling.iter().position(|b| *b == b'"').unwrap_or(0) + 1;
        let mut text = Vec::new();
        let mut bytes = spelling[start..spelling.len() - 1].iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            let escaped = byte == b'\\' && matches!(bytes.peek(), Some(b'\\' | b'"'));
            text.push(if escaped { bytes.next().unwrap_or(byte) } else { byte });
        }
        let mut tokens = Vec::new();
        let mut scanner = Scanner { text: &text, pos: 0, base: lathe_diag::Loc::NONE, in_directive: true };
        loop {
            let mut part = scanner.next(&mut sink!(self), TokenFlags::NONE);
            if part.kind == TokenKind::EndOfLine {
                break;
            }
            part.loc = token.loc;
            part.len = token.len;
            tokens.push(part);
        }
        match self.run_pragma(tokens, token.span(), *token) {
            Some(pragma) => {
                *token = pragma;
                false
            }
            None => true,
        }
    }
}

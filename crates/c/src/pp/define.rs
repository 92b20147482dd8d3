//! Macro definitions: `#define`, `#undef`, comparison of redefinitions (C11 6.10.3), printing (`-dM`).

use super::Preprocessor;
use super::builtin::Builtin;
use super::output::Event;
use crate::intern::{Name, well_known};
use crate::token::{KEYWORDS, Token, TokenFlags, TokenKind};
use lathe_diag::{Diagnostic, Loc, Severity, Span};
use std::ops::Range;

/// A macro definition; ids are never reused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct MacroId(pub u32);

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum MacroKind {
    /// Defined by text.
    User,
    /// Computed here.
    Builtin(Builtin),
    /// `#pragma GCC poison`.
    Poisoned,
}

/// A macro.
#[derive(Clone, Debug)]
pub(super) struct Macro {
    pub name: Name,
    pub kind: MacroKind,
    /// Replacement list in `Preprocessor::bodies`.
    pub body: Range<u32>,
    pub function_like: bool,
    /// The last parameter takes the rest.
    pub variadic: bool,
    /// It is being expanded: its name in the expansion stays.
    pub disabled: bool,
    /// Parameter names.
    pub parameters: Box<[Name]>,
    /// Where the name stands in its definition.
    pub span: Span,
}

impl Preprocessor<'_> {
    /// The macro that a name stands for.
    #[inline]
    pub(super) fn macro_of(&self, name: Name) -> Option<MacroId> {
        match self.macro_slots.get(name.index()) {
            None | Some(0) => None,
            Some(slot) => Some(MacroId(slot - 1)),
        }
    }

    pub(super) fn macro_data(&self, id: MacroId) -> &Macro {
        &self.macros[id.0 as usize]
    }

    pub(super) fn set_macro(&mut self, name: Name, id: Option<MacroId>) {
        if self.macro_slots.len() <= name.index() {
            self.macro_slots.resize(self.interner.len().max(name.index() + 1), 0);
        }
        self.macro_slots[name.index()] = id.map_or(0, |id| id.0 + 1);
    }

    pub(super) fn add_macro(&mut self, definition: Macro) -> MacroId {
        let id = MacroId(self.macros.len() as u32);
        let name = definition.name;
        self.macros.push(definition);
        self.set_macro(name, Some(id));
        id
    }

    pub(super) fn add_builtin(&mut self, name: Name, kind: MacroKind) -> MacroId {
        self.add_macro(Macro {
            name,
            kind,
            body: 0..0,
            function_like: false,
            variadic: false,
            disabled: false,
            parameters: Box::new([]),
            span: Span::NONE,
        })
    }

    /// The next token of the directive, unexpanded.
    #[inline]
    pub(super) fn directive_token(&mut self) -> Token {
        self.lexer.next(&mut super::sink!(self))
    }

    /// Reads the macro name of `#define`, `#undef`, `#ifdef`, ….
    pub(super) fn macro_name(&mut self, directive: &str, defining: bool, at: Span) -> Option<(Name, Token)> {
        let token = self.directive_token();
        if token.kind == TokenKind::Identifier {
            let name = token.name();
            if defining
                && (name == well_known::DEFINED
                    || name == well_known::HAS_INCLUDE_NEXT
                    || name == well_known::HAS_INCLUDE)
            {
                let message = format!("\"{}\" cannot be used as a macro name", self.interner.text(name));
                self.error(token.span(), message);
                return None;
            }
            if defining && name == well_known::VA_ARGS {
                self.warn(
                    token.span(),
                    "__VA_ARGS__ can only appear in the expansion of a C99 variadic macro",
                );
            }
            let changes = matches!(directive, "define" | "undef");
            if changes
                && let Some(id) = self.macro_of(name)
                && self.macro_data(id).kind == MacroKind::Poisoned
            {
                let message = format!("attempt to use poisoned \"{}\"", self.interner.text(name));
                self.error(token.span(), message);
                return None;
            }
            return Some((name, token));
        }
        if token.kind == TokenKind::EndOfLine {
            let span = if at == Span::NONE { token.span() } else { at };
            self.error(span, format!("no macro name given in #{directive} directive"));
        } else {
            self.error(token.span(), "macro names must be identifiers");
        }
        None
    }

    /// `#define`, after the directive's name.
    pub(super) fn define(&mut self, directive: Token) {
        let Some((name, name_token)) = self.macro_name("define", true, directive.span()) else { return };
        let start = self.bodies.len();
        let mut parameters = Vec::new();
        let mut variadic = false;
        let mut token = self.directive_token();
        let function_like = token.kind == TokenKind::LeftParen && !token.flags.has(TokenFlags::LEADING_SPACE);
        let mut valid = true;
        if function_like {
            match self.parameters(&mut parameters) {
                Some(is_variadic) => variadic = is_variadic,
                None => valid = false,
            }
            if valid {
                token = self.directive_token();
            }
        } else if token.kind != TokenKind::EndOfLine && !token.flags.has(TokenFlags::LEADING_SPACE) {
            let message = match token.kind {
                TokenKind::Other => "missing whitespace after the macro name",
                _ => "ISO C99 requires whitespace after the macro name",
            };
            self.warn(token.span(), message);
        }
        valid = valid && self.body(token, function_like, variadic);
        for parameter in &parameters {
            self.parameter_slots[parameter.index()] = 0;
        }
        if !valid {
            self.bodies.truncate(start);
            return;
        }
        if let Some(first) = self.bodies.get_mut(start) {
            first.flags = first.flags.without(TokenFlags::LEADING_SPACE);
        }
        let definition = Macro {
            name,
            kind: MacroKind::User,
            body: start as u32..self.bodies.len() as u32,
            function_like,
            variadic,
            disabled: false,
            parameters: parameters.into_boxed_slice(),
            span: name_token.span(),
        };
        if let Some(old) = self.macro_of(name) {
            if self.same_definition(old, &definition) {
                self.bodies.truncate(start);
                return;
            }
            self.warn_redefined(old, name_token);
        }
        let id = self.add_macro(definition);
        self.record(|_| Event::Define(id));
    }

    fn warn_redefined(&mut self, old: MacroId, name: Token) {
        let old = self.macro_data(old);
        if !self.warns_here() {
            return;
        }
        let text = self.interner.text(old.name).into_owned();
        let mut diagnostic = Diagnostic::new(Severity::Warning, name.span(), format!("\"{text}\" redefined"));
        let old_span = old.span;
        if old_span.lo.is_some() {
            diagnostic = diagnostic.note(old_span, "this is the location of the previous definition");
        }
        self.diagnostics.push(diagnostic);
    }

    fn same_definition(&self, old: MacroId, new: &Macro) -> bool {
        let old = self.macro_data(old);
        if old.kind != MacroKind::User
            || old.function_like != new.function_like
            || old.variadic != new.variadic
            || old.parameters != new.parameters
            || old.body.len() != new.body.len()
        {
            return false;
        }
        let spacing = TokenFlags::LEADING_SPACE.with(TokenFlags::PASTE_LEFT).with(TokenFlags::ALTERNATIVE).0;
        let old_body = &self.bodies[old.body.start as usize..old.body.end as usize];
        let new_body = &self.bodies[new.body.start as usize..new.body.end as usize];
        let base = new.body.start.wrapping_sub(old.body.start);
        old_body.iter().zip(new_body).all(|(a, b)| {
            let payload =
                if a.kind == TokenKind::VaOptBegin { a.payload.wrapping_add(base) } else { a.payload };
            a.kind == b.kind && payload == b.payload && a.flags.0 & spacing == b.flags.0 & spacing
        })
    }

    /// Reads a parameter list after its `(`. Returns whether it is variadic; `None` after an error.
    fn parameters(&mut self, list: &mut Vec<Name>) -> Option<bool> {
        loop {
            let token = self.directive_token();
            match token.kind {
                TokenKind::RightParen if list.is_empty() => return Some(false),
                TokenKind::Ellipsis => {
                    self.add_parameter(list, well_known::VA_ARGS, token)?;
                    return self.close_variadic();
                }
                TokenKind::Identifier => {
                    if token.name() == well_known::VA_ARGS {
                        let message = "__VA_ARGS__ can only appear in the expansion of a C99 variadic macro";
                        self.warn(token.span(), message);
                    }
                    self.add_parameter(list, token.name(), token)?;
                }
                TokenKind::Comment => continue,
                TokenKind::EndOfLine => {
                    self.error(token.span(), "expected parameter name before end of line");
                    return None;
                }
                _ => {
                    let shown = self.spelling(token);
                    let message = match token.kind {
                        TokenKind::Comma => "expected parameter name, found \",\"".to_string(),
                        _ => format!("expected parameter name, found \"{shown}\""),
                    };
                    self.error(token.span(), message);
                    return None;
                }
            }
            let token = self.directive_token();
            match token.kind {
                TokenKind::Comma => {}
                TokenKind::RightParen => return Some(false),
                TokenKind::Ellipsis => return self.close_variadic(),
                TokenKind::EndOfLine => {
                    self.error(token.span(), "expected ')' before end of line");
                    return None;
                }
                _ => {
                    let message = format!("expected ',' or ')', found \"{}\"", self.spelling(token));
                    self.error(token.span(), message);
                    return None;
                }
            }
        }
    }

    fn close_variadic(&mut self) -> Option<bool> {
        let token = self.directive_token();
        match token.kind {
            TokenKind::RightParen => Some(true),
            TokenKind::EndOfLine => {
                self.error(token.span(), "expected ')' before end of line");
                None
            }
            _ => {
                self.error(token.span(), "expected ')' after \"...\"");
                None
            }
        }
    }

    fn add_parameter(&mut self, list: &mut Vec<Name>, name: Name, token: Token) -> Option<()> {
        if self.parameter_slots.len() <= name.index() {
            self.parameter_slots.resize(self.interner.len().max(name.index() + 1), 0);
        }
        if self.parameter_slots[name.index()] != 0 {
            let message = format!("duplicate macro parameter \"{}\"", self.interner.text(name));
            self.error(token.span(), message);
            return None;
        }
        if list.len() >= u16::MAX as usize - 1 {
            self.error(token.span(), "too many macro parameters");
            return None;
        }
        list.push(name);
        self.parameter_slots[name.index()] = list.len() as u16;
        Some(())
    }

    /// Reads the replacement list from `token` on into `bodies`.
    fn body(&mut self, mut token: Token, function_like: bool, variadic: bool) -> bool {
        let start = self.bodies.len();
        let mut open_va_opt: Option<(usize, u32)> = None;
        let keep = TokenFlags::LEADING_SPACE.with(TokenFlags::ALTERNATIVE).with(TokenFlags::SYSTEM).0;
        // A `##` was read and waits for its right side.
        let mut pasting = false;
        while token.kind != TokenKind::EndOfLine {
            token.flags = TokenFlags(token.flags.0 & keep);
            match token.kind {
                TokenKind::HashHash => {
                    let at_va_opt_start =
                        open_va_opt.is_some_and(|(begin, _)| begin + 1 == self.bodies.len());
                    if self.bodies.len() == start || at_va_opt_start {
                        return self.paste_at_end(token, at_va_opt_start);
                    }
                    if let Some(last) = self.bodies.last_mut() {
                        last.flags = last.flags.with(TokenFlags::PASTE_LEFT);
                    }
                    pasting = true;
                    token = self.directive_token();
                    if token.kind == TokenKind::EndOfLine {
                        return self.paste_at_end(token, false);
                    }
                    continue;
                }
                TokenKind::Hash if function_like => {
                    let hash = token;
                    token = self.directive_token();
                    let parameter = self.parameter_of(token);
                    if parameter == 0 {
                        if token.kind == TokenKind::Identifier
                            && token.name() == well_known::VA_OPT
                            && variadic
                        {
                            // `#__VA_OPT__(…)`: the group is marked, substitution stringifies it.
                            token.flags = TokenFlags(hash.flags.0 & keep);
                            if !self.va_opt_begin(token, &mut open_va_opt, true) {
                                return false;
                            }
                            pasting = false;
                            token = self.directive_token();
                            continue;
                        }
                        if !self.options.assembler {
                            self.error(hash.span(), "'#' is not followed by a macro parameter");
                            return false;
                        }
                        self.bodies.push(hash);
                        continue;
                    }
                    token.kind = TokenKind::Stringify;
                    token.payload = parameter as u32 - 1;
                    token.flags = TokenFlags(hash.flags.0 & keep);
                }
                TokenKind::Identifier => {
                    let parameter = if function_like { self.parameter_of(token) } else { 0 };
                    if parameter != 0 {
                        token.kind = TokenKind::Parameter;
                        token.payload = parameter as u32 - 1;
                    } else if token.name() == well_known::VA_OPT && variadic {
                        if !self.va_opt_begin(token, &mut open_va_opt, false) {
                            return false;
                        }
                        pasting = false;
                        token = self.directive_token();
                        continue;
                    } else if token.payload >= KEYWORDS.len() as u32 {
                        self.check_body_identifier(token, variadic);
                    }
                }
                TokenKind::LeftParen => {
                    if let Some((_, depth)) = &mut open_va_opt {
                        *depth += 1;
                    }
                }
                TokenKind::RightParen => {
                    if let Some((begin, depth)) = &mut open_va_opt {
                        *depth -= 1;
                        if *depth == 0 {
                            let begin = *begin;
                            if pasting {
                                return self.paste_at_end(token, true);
                            }
                            self.bodies[begin].payload = self.bodies.len() as u32;
                            token.kind = TokenKind::VaOptEnd;
                            open_va_opt = None;
                        }
                    }
                }
                _ => {}
            }
            pasting = false;
            self.bodies.push(token);
            token = self.directive_token();
        }
        if open_va_opt.is_some() {
            self.error(token.span(), "unterminated __VA_OPT__");
            return false;
        }
        true
    }

    fn va_opt_begin(&mut self, mut token: Token, open: &mut Option<(usize, u32)>, stringify: bool) -> bool {
        if open.is_some() {
            self.error(token.span(), "__VA_OPT__ may not appear in a __VA_OPT__");
            return false;
        }
        let paren = self.directive_token();
        if paren.kind != TokenKind::LeftParen {
            self.error(token.span(), "unterminated __VA_OPT__");
            return false;
        }
        token.kind = TokenKind::VaOptBegin;
        // `len` is of no use in a body: it marks `#__VA_OPT__`.
        token.len = stringify as u16;
        *open = Some((self.bodies.len(), 1));
        self.bodies.push(token);
        true
    }

    fn paste_at_end(&mut self, token: Token, va_opt: bool) -> bool {
        let place = if va_opt { "__VA_OPT__" } else { "a macro expansion" };
        self.error(token.span(), format!("'##' cannot appear at either end of {place}"));
        false
    }

    #[inline]
    fn parameter_of(&self, token: Token) -> u16 {
        if token.kind != TokenKind::Identifier {
            return 0;
        }
        self.parameter_slots.get(token.payload as usize).copied().unwrap_or(0)
    }

    fn check_body_identifier(&mut self, token: Token, variadic: bool) {
        let name = token.name();
        if name == well_known::VA_ARGS {
            let message = "__VA_ARGS__ can only appear in the expansion of a C99 variadic macro";
            self.warn(token.span(), message);
        } else if name == well_known::VA_OPT && !variadic && self.options.pedantic {
            self.warn(token.span(), "__VA_OPT__ can only appear in the expansion of a C++20 variadic macro");
        } else if let Some(id) = self.macro_of(name)
            && self.macro_data(id).kind == MacroKind::Poisoned
        {
            let message = format!("attempt to use poisoned \"{}\"", self.interner.text(name));
            self.error(token.span(), message);
        }
    }

    /// `#undef`, after the directive's name.
    pub(super) fn undefine(&mut self, directive: Token) {
        let Some((name, token)) = self.macro_name("undef", true, directive.span()) else { return };
        if let Some(id) = self.macro_of(name) {
            if let MacroKind::Builtin(_) = self.macro_data(id).kind {
                let message = format!("undefining \"{}\"", self.interner.text(name));
                self.warn_flag(token.span(), "builtin-macro-redefined", message);
            }
            self.set_macro(name, None);
        }
        self.record(|_| Event::Undefine(name));
        self.end_of_directive("undef");
    }

    /// A macro as `#define` text, for `-dM` and `-dD`.
    pub(super) fn definition_text(&self, id: MacroId) -> String {
        let definition = self.macro_data(id);
        let mut out = format!("#define {}", self.interner.text(definition.name));
        if definition.function_like {
            out.push('(');
            for (index, parameter) in definition.parameters.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                let last = index + 1 == definition.parameters.len();
                if last && definition.variadic && *parameter == well_known::VA_ARGS {
                    out.push_str("...");
                } else {
                    out.push_str(&self.interner.text(*parameter));
                    if last && definition.variadic {
                        out.push_str("...");
                    }
                }
            }
            out.push(')');
        }
        out.push(' ');
        let body = &self.bodies[definition.body.start as usize..definition.body.end as usize];
        for (index, token) in body.iter().enumerate() {
            if index > 0 && token.flags.has(TokenFlags::LEADING_SPACE) {
                out.push(' ');
            }
            match token.kind {
                TokenKind::Parameter => {
                    out.push_str(&self.interner.text(definition.parameters[token.payload as usize]));
                }
                TokenKind::Stringify => {
                    out.push('#');
                    out.push_str(&self.interner.text(definition.parameters[token.payload as usize]));
                }
                TokenKind::VaOptBegin => out.push_str("__VA_OPT__("),
                TokenKind::VaOptEnd => out.push(')'),
                _ => out.push_str(&self.spelling(*token)),
            }
            if token.flags.has(TokenFlags::PASTE_LEFT) {
                out.push_str(" ##");
            }
        }
        out
    }

    /// All user-visible macros, in the order of their definition.
    pub(super) fn live_macros(&self) -> Vec<MacroId> {
        let live = |id: &MacroId| {
            let definition = self.macro_data(*id);
            definition.kind == MacroKind::User && self.macro_of(definition.name) == Some(*id)
        };
        (0..self.macros.len() as u32).map(MacroId).filter(live).collect()
    }

    /// Where a macro was defined, for notes.
    pub(super) fn definition_loc(&self, id: MacroId) -> Loc {
        self.macro_data(id).span.lo
    }
}

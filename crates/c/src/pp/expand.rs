//! Macro expansion: the stack of replacement lists being read, and the collection of arguments
//! (C11 6.10.3).
//!
//! A macro is disabled while its replacement list is on the stack; a name met while disabled is
//! painted [`TokenFlags::NO_EXPAND`] for good (6.10.3.4 p2). Looking for the `(` of a function-like
//! macro leaves exhausted lists, which enables their macros again, as in gcc; what C leaves open there
//! follows gcc.

use super::define::{MacroId, MacroKind};
use super::{Preprocessor, sink};
use crate::intern::{Name, well_known};
use crate::lex::scan;
use crate::token::{Token, TokenFlags, TokenKind};
use lathe_diag::{Diagnostic, Loc};

/// Nested pre-expansions of arguments: beyond it, invocations are errors.
const MAX_EXPANSION_DEPTH: u32 = 400;
/// Tokens waiting to be read or substituted: beyond it, an expansion is an error ("billion laughs").
const MAX_PENDING_TOKENS: usize = 64 << 20;

/// What a macro's name passes on to the first token of its expansion.
const LEADING: TokenFlags = TokenFlags(TokenFlags::LEADING_SPACE.0 | TokenFlags::LINE_START.0);

/// Where the tokens of a context are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Source {
    /// A replacement list as defined (`bodies`).
    Body,
    /// A substituted one (`expansions`).
    Expansion,
    /// A macro argument (`arguments`); the end is a barrier.
    Argument,
}

/// A list of tokens being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    pub source: Source,
    /// The list's first token has not been read.
    pub fresh: bool,
    /// White space and line start before the macro's name.
    pub leading: TokenFlags,
    pub next: u32,
    pub end: u32,
    /// Length of `expansions` when the context is left.
    pub floor: u32,
    /// The macro to enable again.
    pub macro_id: Option<MacroId>,
    /// The place of the invocation.
    pub loc: Loc,
    pub len: u16,
}

/// An argument: a range of `arguments`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ArgumentRange {
    pub start: u32,
    pub end: u32,
    /// The expanded tokens, once they were needed.
    pub expanded: Option<(u32, u32)>,
    /// The variable argument was left out altogether.
    pub omitted: bool,
}

impl Preprocessor<'_> {
    /// The next token of the innermost context or the file, directives done, not expanded.
    #[inline]
    pub(super) fn raw_token(&mut self) -> Token {
        loop {
            let Some(context) = self.contexts.last_mut() else {
                let mut token = self.file_token();
                if self.pending_leading != TokenFlags::NONE {
                    token.flags = token.flags.with(std::mem::take(&mut self.pending_leading));
                }
                return token;
            };
            if context.next == context.end {
                if context.source == Source::Argument {
                    return Token::new(TokenKind::EndOfLine, context.loc);
                }
                self.leave_context();
                continue;
            }
            let index = context.next as usize;
            context.next += 1;
            let mut token = match context.source {
                Source::Body => {
                    let mut token = self.bodies[index];
                    token.loc = context.loc;
                    token.len = context.len;
                    token.flags = token.flags.with(TokenFlags::FROM_MACRO);
                    token
                }
                Source::Expansion => self.expansions[index],
                Source::Argument => self.arguments[index],
            };
            if context.fresh {
                context.fresh = false;
                token.flags = token.flags.without(LEADING).with(context.leading);
            }
            if self.pending_leading != TokenFlags::NONE {
                token.flags = token.flags.with(std::mem::take(&mut self.pending_leading));
            }
            if token.flags.has(TokenFlags::PASTE_LEFT) {
                token = self.paste_all(token);
            }
            return token;
        }
    }

    /// Leaves the innermost context: its macro may expand again.
    pub(super) fn leave_context(&mut self) {
        if let Some(context) = self.contexts.pop() {
            if let Some(id) = context.macro_id {
                self.macros[id.0 as usize].disabled = false;
            }
            self.expansions.truncate(context.floor as usize);
        }
    }

    /// The next token of the file: runs directives, leaves finished files.
    #[inline]
    fn file_token(&mut self) -> Token {
        loop {
            let token = self.lexer.next(&mut sink!(self));
            match token.kind {
                TokenKind::Hash if token.flags.has(TokenFlags::LINE_START) && !self.in_directive => {
                    if let Some(token) = self.directive(token) {
                        return token;
                    }
                    // `#embed` leaves tokens to read.
                    if !self.contexts.is_empty() {
                        return self.raw_token();
                    }
                }
                // An included file's end does not end an argument list: it is unterminated.
                TokenKind::Eof if self.collecting == 0 => {
                    if self.buffers.len() == self.stop_depth || !self.pop_buffer() {
                        return token;
                    }
                }
                _ => return token,
            }
        }
    }

    /// The next token, macros expanded.
    #[inline]
    pub(super) fn expand_token(&mut self) -> Token {
        loop {
            let mut token = self.raw_token();
            if token.kind != TokenKind::Identifier {
                return token;
            }
            let slot = match self.macro_slots.get(token.payload as usize) {
                None | Some(0) => return token,
                Some(slot) => *slot,
            };
            if token.flags.has(TokenFlags::NO_EXPAND) {
                return token;
            }
            let id = MacroId(slot - 1);
            if self.macros[id.0 as usize].disabled {
                token.flags = token.flags.with(TokenFlags::NO_EXPAND);
                return token;
            }
            if self.prevent_expansion > 0 || !self.enter_macro(id, &mut token) {
                return token;
            }
        }
    }

    /// Begins the expansion of a macro. False: `token` is to be delivered (the name itself, or what a
    /// builtin computed).
    fn enter_macro(&mut self, id: MacroId, token: &mut Token) -> bool {
        let definition = &self.macros[id.0 as usize];
        match definition.kind {
            MacroKind::User => {}
            MacroKind::Builtin(builtin) => return self.expand_builtin(builtin, token),
            MacroKind::Poisoned => {
                let message = format!("attempt to use poisoned \"{}\"", self.interner.text(token.name()));
                self.error(token.span(), message);
                return false;
            }
        }
        let function_like = definition.function_like;
        let body = definition.body.clone();
        let context = Context {
            source: Source::Body,
            fresh: true,
            leading: TokenFlags(token.flags.0 & LEADING.0),
            next: body.start,
            end: body.end,
            floor: self.expansions.len() as u32,
            macro_id: Some(id),
            loc: token.loc,
            len: token.len,
        };
        if function_like {
            if !self.at_open_paren() {
                return false;
            }
            return self.invoke(id, token, context);
        }
        self.push_macro_context(context);
        true
    }

    fn push_macro_context(&mut self, context: Context) {
        if context.next == context.end {
            self.pending_leading = self.pending_leading.with(context.leading);
            return;
        }
        if let Some(id) = context.macro_id {
            self.macros[id.0 as usize].disabled = true;
            if self.contexts.is_empty() {
                self.invocations.push((context.loc, id));
            }
        }
        self.contexts.push(context);
    }

    /// Whether the next token is `(`. Leaves exhausted contexts on the way, reads nothing.
    pub(super) fn at_open_paren(&mut self) -> bool {
        loop {
            let Some(context) = self.contexts.last() else {
                return self.file_open_paren();
            };
            if context.next == context.end {
                if context.source == Source::Argument {
                    return false;
                }
                self.leave_context();
                continue;
            }
            let index = context.next as usize;
            let token = match context.source {
                Source::Body => self.bodies[index],
                Source::Expansion => self.expansions[index],
                Source::Argument => self.arguments[index],
            };
            // A name in between may expand to nothing, but C wants the parenthesis to be next.
            return token.kind == TokenKind::LeftParen && !token.flags.has(TokenFlags::PASTE_LEFT);
        }
    }

    fn file_open_paren(&mut self) -> bool {
        let newlines = !self.in_directive;
        let next =
            scan::skip_blank(&self.lexer.text, self.lexer.pos, newlines, self.lexer_features.line_comments);
        scan::at(&self.lexer.text, next) == b'('
    }

    /// Collects the arguments of `id` and pushes the substituted body.
    fn invoke(&mut self, id: MacroId, name: &mut Token, mut context: Context) -> bool {
        if self.expansion_depth >= MAX_EXPANSION_DEPTH
            || self.expansions.len() + self.arguments.len() > MAX_PENDING_TOKENS
        {
            let message = format!("macro \"{}\" is nested too deeply", self.interner.text(name.name()));
            self.error(name.span(), message);
            return false;
        }
        let tokens_floor = self.arguments.len();
        let ranges_floor = self.argument_ranges.len();
        self.prevent_expansion += 1;
        let collected = self.collect_arguments(id, *name);
        self.prevent_expansion -= 1;
        if collected {
            // Contexts that ended inside the arguments are gone: the expansion starts where they did.
            let floor = self.expansions.len() as u32;
            self.expansion_depth += 1;
            self.substitute(id, ranges_floor, name);
            self.expansion_depth -= 1;
            context.source = Source::Expansion;
            context.next = floor;
            context.floor = floor;
            context.end = self.expansions.len() as u32;
        }
        self.arguments.truncate(tokens_floor);
        self.argument_ranges.truncate(ranges_floor);
        if collected {
            self.push_macro_context(context);
        }
        collected
    }

    /// Reads `( arguments )`. False after an error (reported).
    fn collect_arguments(&mut self, id: MacroId, name: Token) -> bool {
        let definition = &self.macros[id.0 as usize];
        let parameter_count = definition.parameters.len();
        let variadic = definition.variadic;
        let ranges_floor = self.argument_ranges.len();
        self.collecting += 1;
        let open = self.raw_token();
        debug_assert!(open.kind == TokenKind::LeftParen, "an open parenthesis was seen");
        let mut start = self.arguments.len();
        let mut depth = 0u32;
        let unterminated = loop {
            let mut token = self.raw_token();
            match token.kind {
                TokenKind::LeftParen => depth += 1,
                TokenKind::RightParen if depth == 0 => break false,
                TokenKind::RightParen => depth -= 1,
                TokenKind::Comma if depth == 0 => {
                    let given = self.argument_ranges.len() - ranges_floor + 1;
                    if !(variadic && given >= parameter_count) {
                        let end = self.arguments.len();
                        self.push_argument(start, end);
                        start = end;
                        continue;
                    }
                }
                TokenKind::Eof | TokenKind::EndOfLine => break true,
                TokenKind::Comment => continue,
                TokenKind::Pragma => {
                    self.pending.push_back(token);
                    continue;
                }
                TokenKind::Identifier => {
                    if let Some(inner) = self.macro_of(token.name())
                        && self.macros[inner.0 as usize].disabled
                    {
                        token.flags = token.flags.with(TokenFlags::NO_EXPAND);
                    }
                }
                _ => {}
            }
            token.flags = token.flags.without(TokenFlags::LINE_START);
            self.arguments.push(token);
            if self.arguments.len() > MAX_PENDING_TOKENS {
                break true;
            }
        };
        self.collecting -= 1;
        if unterminated {
            let message =
                format!("unterminated argument list invoking macro \"{}\"", self.interner.text(name.name()));
            self.error(name.span(), message);
            return false;
        }
        let end = self.arguments.len();
        self.push_argument(start, end);
        self.check_argument_count(id, name, ranges_floor)
    }

    fn push_argument(&mut self, start: usize, end: usize) {
        self.argument_ranges.push(ArgumentRange {
            start: start as u32,
            end: end as u32,
            expanded: None,
            omitted: false,
        });
    }

    fn check_argument_count(&mut self, id: MacroId, name: Token, ranges_floor: usize) -> bool {
        let definition = &self.macros[id.0 as usize];
        let wanted = definition.parameters.len();
        let variadic = definition.variadic;
        let given = self.argument_ranges.len() - ranges_floor;
        let only_empty =
            given == 1 && self.argument_ranges[ranges_floor].start == self.argument_ranges[ranges_floor].end;
        if given == wanted {
            // gcc: a single variable parameter that gets nothing counts as left out, except in strict modes.
            if variadic && wanted == 1 && only_empty && self.options.dialect.gnu {
                self.argument_ranges[ranges_floor].omitted = true;
            }
            return true;
        }
        if wanted == 0 && only_empty {
            self.argument_ranges.truncate(ranges_floor);
            return true;
        }
        if variadic && given + 1 == wanted {
            if self.options.pedantic && self.warns_here() {
                let message = "ISO C99 requires at least one argument for the \"...\" in a variadic macro";
                self.warn_flag(name.span(), "pedantic", message);
            }
            let end = self.arguments.len() as u32;
            self.argument_ranges.push(ArgumentRange { start: end, end, expanded: None, omitted: true });
            return true;
        }
        let text = self.interner.text(name.name()).into_owned();
        let message = if given < wanted {
            // gcc counts an empty list as no argument, but says "1 given" for it.
            format!("macro \"{text}\" requires {wanted} arguments, but only {given} given")
        } else {
            format!("macro \"{text}\" passed {given} arguments, but takes just {wanted}")
        };
        let mut diagnostic = Diagnostic::error(name.span(), message);
        let place = self.definition_loc(id);
        if place.is_some() {
            let span = self.macro_data(id).span;
            diagnostic = diagnostic.note(span, format!("macro \"{text}\" defined here"));
        }
        self.diagnostics.push(diagnostic);
        false
    }

    /// Expands an argument completely, as if it were the rest of the file (6.10.3.1); the result goes to
    /// the end of `arguments`.
    pub(super) fn expand_argument(&mut self, range_index: usize) {
        let range = self.argument_ranges[range_index];
        if range.expanded.is_some() {
            return;
        }
        let tokens = &self.arguments[range.start as usize..range.end as usize];
        let slots = &self.macro_slots;
        let is_macro = |t: &Token| {
            t.kind == TokenKind::Identifier
                && !t.flags.has(TokenFlags::NO_EXPAND)
                && slots.get(t.payload as usize).is_some_and(|slot| *slot != 0)
        };
        if !tokens.iter().any(is_macro) {
            self.argument_ranges[range_index].expanded = Some((range.start, range.end));
            return;
        }
        self.contexts.push(Context {
            source: Source::Argument,
            fresh: false,
            leading: TokenFlags::NONE,
            next: range.start,
            end: range.end,
            floor: self.expansions.len() as u32,
            macro_id: None,
            loc: Loc::NONE,
            len: 0,
        });
        let prevent = std::mem::take(&mut self.prevent_expansion);
        self.expanding_argument += 1;
        let leading = std::mem::take(&mut self.pending_leading);
        let start = self.arguments.len();
        loop {
            let token = self.expand_token();
            if token.kind == TokenKind::EndOfLine || self.arguments.len() > MAX_PENDING_TOKENS {
                break;
            }
            self.arguments.push(token);
        }
        // The barrier, and after an overflow whatever is above it.
        while let Some(context) = self.contexts.last() {
            let barrier = context.source == Source::Argument;
            self.leave_context();
            if barrier {
                break;
            }
        }
        self.pending_leading = leading;
        self.expanding_argument -= 1;
        self.prevent_expansion = prevent;
        self.argument_ranges[range_index].expanded = Some((start as u32, self.arguments.len() as u32));
    }

    /// Puts one token back in front of what is read next.
    pub(super) fn push_back(&mut self, token: Token) {
        let floor = self.expansions.len() as u32;
        self.expansions.push(token);
        self.contexts.push(Context {
            source: Source::Expansion,
            fresh: false,
            leading: TokenFlags::NONE,
            next: floor,
            end: floor + 1,
            floor,
            macro_id: None,
            loc: token.loc,
            len: token.len,
        });
    }

    /// Whether a name is defined as a macro, for `defined` and `#ifdef`.
    pub(super) fn is_defined(&self, name: Name) -> bool {
        match self.macro_of(name) {
            Some(id) => {
                self.macro_data(id).kind != MacroKind::Poisoned && name != well_known::PRAGMA_OPERATOR
            }
            None => false,
        }
    }
}

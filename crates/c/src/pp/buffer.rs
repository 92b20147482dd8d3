//! The stack of files being read.

use super::output::Event;
use super::{MacroOption, Preprocessor};
use crate::intern::Name;
use crate::lex::Lexer;
use lathe_diag::{FileId, Loc, Span};

/// The deepest `#include` nesting (gcc's `-fmax-include-depth`).
const MAX_INCLUDE_DEPTH: usize = 200;

/// A file being read. The innermost one's lexer is `Preprocessor::lexer`; the others wait here.
pub(super) struct Buffer {
    /// Where the file that included this one goes on.
    pub suspended: Option<Lexer>,
    /// The file in the source map.
    pub source: FileId,
    /// The file in the cache; `None` for text made here.
    pub cached: Option<usize>,
    /// The directory of the search list that it was found in (for `#include_next`).
    pub directory: Option<usize>,
    /// The directory of the file, with its slash (for `#include "…"`).
    pub path_prefix: String,
    /// A system header: no warnings.
    pub system: bool,
    /// How many conditionals were open when it was entered.
    pub conditionals_below: usize,
    /// A conditional was seen: a later one does not guard the file.
    pub conditional_seen: bool,
    /// Made by the command line: not an include level.
    pub internal: bool,
    /// A file that the command line includes.
    pub from_command_line: bool,
}

/// The part of a path up to and with its last slash.
pub(super) fn path_prefix(path: &str) -> String {
    path.rfind('/').map_or_else(String::new, |slash| path[..=slash].to_string())
}

impl Preprocessor<'_> {
    /// Sets up the main file, then what comes before it: predefined macros, `-D`, `-U`, `-imacros`,
    /// `-include`.
    pub(super) fn enter_main(&mut self, main: FileId) {
        let file = self.sources.file(main);
        self.dependencies.push(super::Dependency { path: file.name.clone(), system: false });
        self.conditionals.clear();
        self.lexer = self.file_lexer(&file.text, file.start);
        self.buffers.push(Buffer {
            suspended: None,
            source: main,
            cached: None,
            directory: None,
            path_prefix: path_prefix(&file.name),
            system: false,
            conditionals_below: 0,
            conditional_seen: false,
            internal: false,
            from_command_line: false,
        });
        self.record(|_| Event::Enter { source: main, system: false, resume: None });
        self.define_builtins();
        if self.options.preprocessed {
            return;
        }
        let predefined = self.predefined_text();
        self.record(|_| Event::Section("<built-in>", ""));
        self.run_text("<built-in>", predefined, true);
        let mut text = String::new();
        for option in &self.options.macros {
            match option {
                MacroOption::Define(define) => match define.split_once('=') {
                    Some((name, body)) => text.push_str(&format!("#define {name} {body}\n")),
                    None => text.push_str(&format!("#define {define} 1\n")),
                },
                MacroOption::Undefine(name) => text.push_str(&format!("#undef {name}\n")),
            }
        }
        self.record(|_| Event::Section("<command-line>", ""));
        self.run_text("<command-line>", text, false);
        for name in self.options.include_macros.clone() {
            if self.include_from_command_line(&name) {
                self.record_beginning();
                self.stop_depth = self.buffers.len();
                while self.expand_token().kind != crate::token::TokenKind::Eof {}
                self.stop_depth = 0;
                self.leave_buffer();
                self.record(|_| Event::Section("<command-line>", " 2"));
            }
        }
        for name in self.options.include.clone().iter().rev() {
            self.include_from_command_line(name);
        }
        if !self.options.no_standard_include {
            self.include_library_macros();
        }
        self.record_beginning();
    }

    /// A lexer at the start of a file: trigraphs replaced, a byte-order mark skipped.
    pub(super) fn file_lexer(&mut self, text: &std::sync::Arc<[u8]>, base: Loc) -> Lexer {
        let dialect = self.options.dialect;
        let strict = !dialect.gnu && !dialect.at_least(crate::dialect::Standard::C23);
        let replaced = match (self.options.trigraphs || strict) && !self.options.preprocessed {
            true => crate::lex::scan::replace_trigraphs(text),
            false => None,
        };
        if replaced.is_none() && self.options.warn_trigraphs {
            for at in crate::lex::scan::trigraphs(text, 100) {
                let shown = String::from_utf8_lossy(&text[at..at + 3]).into_owned();
                let message = format!("trigraph {shown} ignored, use -trigraphs to enable");
                self.warn_flag(Span::new(base.plus(at as u32), 3), "trigraphs", message);
            }
        }
        let text = replaced.map_or_else(|| text.clone(), Into::into);
        let mut lexer = Lexer::new(text.clone(), base);
        if text.starts_with(&[0xef, 0xbb, 0xbf]) {
            lexer.pos = 3;
        }
        lexer
    }

    /// Runs directives from memory to their end.
    fn run_text(&mut self, name: &str, text: String, system: bool) {
        if text.is_empty() {
            return;
        }
        let Ok(source) = self.sources.add(name, text.into_bytes(), Loc::NONE) else { return };
        let file = self.sources.file(source);
        let depth = self.buffers.len();
        self.push_buffer(
            Buffer {
                suspended: None,
                source,
                cached: None,
                directory: None,
                path_prefix: String::new(),
                system,
                conditionals_below: 0,
                conditional_seen: false,
                internal: true,
                from_command_line: false,
            },
            Lexer::new(file.text.clone(), file.start),
        );
        while self.buffers.len() > depth {
            let token = self.lexer.next(&mut super::sink!(self));
            match token.kind {
                crate::token::TokenKind::Eof => {
                    self.pop_buffer();
                }
                crate::token::TokenKind::Hash => {
                    self.directive(token);
                }
                _ => {}
            }
        }
    }

    pub(super) fn push_buffer(&mut self, mut buffer: Buffer, lexer: Lexer) {
        let mut outer = std::mem::replace(&mut self.lexer, lexer);
        outer.in_directive = false;
        outer.line_start = true;
        buffer.suspended = Some(outer);
        buffer.conditionals_below = self.conditionals.len();
        self.buffers.push(buffer);
    }

    /// Whether one more `#include` is too deep (reported).
    pub(super) fn include_too_deep(&mut self, span: Span) -> bool {
        let deep = self.buffers.len() >= MAX_INCLUDE_DEPTH;
        if deep {
            let message = format!(
                "#include nested depth {} exceeds maximum of {MAX_INCLUDE_DEPTH} (use -fmax-include-depth=DEPTH to increase the maximum)",
                self.buffers.len()
            );
            self.fatal(span, message);
        }
        deep
    }

    /// At the end of a file: reports open conditionals and goes back to the includer. Returns false at
    /// the end of the main file.
    pub(super) fn pop_buffer(&mut self) -> bool {
        let Some(buffer) = self.buffers.last() else { return false };
        let below = buffer.conditionals_below;
        while self.conditionals.len() > below {
            if let Some(open) = self.conditionals.pop() {
                let message = format!("unterminated #{}", open.directive);
                self.error(open.span, message);
            }
        }
        if self.buffers.len() == 1 {
            return false;
        }
        let Some(buffer) = self.leave_buffer() else { return false };
        if buffer.from_command_line {
            self.record(|_| Event::Section("<command-line>", " 2"));
            self.record_beginning();
        } else if !buffer.internal
            && let Some(outer) = self.buffers.last()
        {
            let (source, system) = (outer.source, outer.system);
            let at = self.lexer.pos as u32;
            self.record(|_| Event::Enter { source, system, resume: Some(at) });
        }
        true
    }

    fn leave_buffer(&mut self) -> Option<Buffer> {
        let mut buffer = self.buffers.pop()?;
        if let Some(lexer) = buffer.suspended.take() {
            self.lexer = lexer;
        }
        Some(buffer)
    }

    /// Notes for text output that the current file begins: the main one, or one of the command line.
    fn record_beginning(&mut self) {
        match self.buffers.last() {
            Some(buffer) if self.buffers.len() > 1 => {
                let (source, system) = (buffer.source, buffer.system);
                self.record(|_| Event::Enter { source, system, resume: None });
            }
            _ => self.record(|_| Event::Start),
        }
    }

    /// The include level of the current file: 0 in the main file.
    pub(super) fn include_level(&self) -> usize {
        self.buffers.iter().skip(1).filter(|b| !b.internal).count()
    }

    /// If the rest of the current file is blank, it is guarded by `guard`.
    pub(super) fn note_guard(&mut self, guard: Name) {
        let rest = crate::lex::scan::skip_blank(
            &self.lexer.text,
            self.lexer.pos,
            true,
            self.lexer_features.line_comments,
        );
        if rest >= self.lexer.text.len()
            && let Some(cached) = self.buffers.last().and_then(|b| b.cached)
        {
            self.files.set_guard(cached, guard);
        }
    }

    pub(super) fn record(&mut self, event: impl FnOnce(&Self) -> Event) {
        if self.events.is_some() {
            let event = event(self);
            if let Some(events) = &mut self.events {
                events.push(event);
            }
        }
    }
}

//! The preprocessor (C11 6.10, translation phases 3 and 4), as gcc's behaves.
//!
//! In: a main file in a [`SourceMap`], [`Options`], a [`Target`]. Out: fully preprocessed
//! [`Token`]s, one per [`Preprocessor::next_token`], and diagnostics. Callers: the parser; [`output`]
//! for `-E`; [`dependencies`] for `-M`.
//!
//! ```text
//!   file bytes ─lexer─► raw token ─directive.rs─► (define, include, condition, pragma_run, embed)
//!                           │ not in a directive
//!                           ▼
//!   contexts (macro bodies being read) ─expand.rs─► token ─► next_token: keywords, stray characters
//! ```
//!
//! A file is read once; a guarded header that comes again is not even opened in the source map
//! (`include.rs`). A macro body is a range of one token vector; an expansion is a range of another,
//! used as a stack, so that expanding allocates nothing per token.

mod buffer;
mod builtin;
mod condition;
mod define;
pub mod dependencies;
mod directive;
mod embed;
mod expand;
mod features;
mod include;
mod line_directive;
pub mod options;
pub mod output;
mod paste;
pub mod pragma;
mod pragma_run;
mod predefined;
mod predefined_target;
mod skip;
mod substitute;
mod warning_state;

pub use dependencies::Dependency;
pub use options::{DirectoryKind, MacroOption, Options, OutputOptions};
pub use pragma::{DiagnosticAction, PackPragma, Pragma, PragmaVisibility, StdcSwitch};

use crate::dialect::Standard;
use crate::intern::{Interner, Name};
use crate::lex::{Features, Lexer};
use crate::token::{KEYWORDS, Literal, Token, TokenFlags, TokenKind};
use buffer::Buffer;
use define::{Macro, MacroId};
use directive::Conditional;
use expand::{ArgumentRange, Context};
use include::FileCache;
use lathe_diag::{Diagnostic, Diagnostics, FileId, Loc, Severity, SourceMap, Span};
use lathe_target::Target;
use output::Event;
use pragma::PragmaRecord;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

/// The preprocessor of one translation unit. The parser owns it, and works with its public tables.
pub struct Preprocessor<'a> {
    /// All files.
    pub sources: &'a SourceMap,
    /// The machine.
    pub target: &'a Target,
    /// The command line.
    pub options: Options,
    /// Identifiers; the parser may intern its own.
    pub interner: Interner,
    /// Spellings of numbers, characters and strings.
    pub literals: Interner,
    /// Messages, in the order in which they arose; parser and checker add theirs here.
    pub diagnostics: Diagnostics,
    /// `#pragma GCC diagnostic` in source order: from that place on, the action holds.
    pub diagnostic_pragmas: Vec<(Loc, DiagnosticAction, Option<Literal>)>,
    /// `-H`: one line per header opened, and the "Multiple include guards" list is not made.
    pub header_trace: Vec<String>,

    lexer: Lexer,
    lexer_features: Features,
    buffers: Vec<Buffer>,
    files: FileCache,
    conditionals: Vec<Conditional>,
    dependencies: Vec<Dependency>,

    /// By [`Name`]: macro id + 1, or 0.
    macro_slots: Vec<u32>,
    macros: Vec<Macro>,
    /// The replacement lists of all macros, one after the other.
    bodies: Vec<Token>,
    /// While a `#define` is read, by [`Name`]: parameter number + 1.
    parameter_slots: Vec<u16>,
    pushed_macros: FxHashMap<Name, Vec<Option<MacroId>>>,

    /// Where a macro was expanded in a file, for notes.
    invocations: Vec<(Loc, MacroId)>,
    contexts: Vec<Context>,
    /// Substituted replacement lists, a stack in step with `contexts`.
    expansions: Vec<Token>,
    /// Macro arguments being collected and expanded, a stack of frames.
    arguments: Vec<Token>,
    argument_ranges: Vec<ArgumentRange>,
    /// Bytes for pasting and stringifying.
    scratch: Vec<u8>,
    /// White space and line start before an expansion that left no token: belong to the next token.
    pending_leading: TokenFlags,
    /// Identifiers are not expanded (operands of `defined`, arguments being collected).
    prevent_expansion: u32,
    /// Arguments are being collected from the file.
    collecting: u32,
    /// Arguments are being pre-expanded: `_Pragma` waits for the rescan.
    expanding_argument: u32,
    /// A file at this depth is not left at its end (`-imacros`).
    stop_depth: usize,
    in_directive: bool,
    in_condition: bool,
    finished: bool,
    expansion_depth: u32,

    counter: u32,
    /// `__DATE__` and `__TIME__` literals, once used.
    date_time: Option<(u32, u32)>,
    base_file: String,
    pragmas: Vec<PragmaRecord>,
    pending: VecDeque<Token>,
    embedded: Vec<std::sync::Arc<[u8]>>,
    /// By [`FileId`]: from an offset on, whether it is a system header.
    system_ranges: Vec<Vec<(u32, bool)>>,
    /// For text output: what happened between tokens. `None`: nobody asks.
    events: Option<Vec<Event>>,
}

/// The lexer's view of the preprocessor's tables.
macro_rules! sink {
    ($pp:expr) => {
        crate::lex::Sink {
            interner: &mut $pp.interner,
            literals: &mut $pp.literals,
            diagnostics: &mut $pp.diagnostics,
            features: $pp.lexer_features,
        }
    };
}
pub(crate) use sink;

impl<'a> Preprocessor<'a> {
    /// A preprocessor that will deliver the tokens of `main`.
    pub fn new(
        options: Options,
        sources: &'a SourceMap,
        target: &'a Target,
        main: FileId,
    ) -> Preprocessor<'a> {
        Preprocessor::start(options, sources, target, main, false)
    }

    pub(crate) fn start(
        options: Options,
        sources: &'a SourceMap,
        target: &'a Target,
        main: FileId,
        record_events: bool,
    ) -> Preprocessor<'a> {
        let c99 = options.dialect.at_least(Standard::C99);
        let c11 = options.dialect.at_least(Standard::C11);
        let c23 = options.dialect.at_least(Standard::C23);
        let gnu = options.dialect.gnu;
        let lexer_features = Features {
            line_comments: gnu || c99 || options.preprocessed,
            unicode_strings: c11 || (gnu && c99),
            utf8_chars: c23,
            digit_separators: c23,
            hex_floats: gnu || c99,
            scope: c23,
            digraphs: gnu || options.dialect.at_least(Standard::C94),
            keep_comments: options.output.keep_comments || options.output.keep_macro_comments,
            assembler: options.assembler,
            warn_comment: options.warn_comment,
        };
        let files = FileCache::new(&options);
        let file = sources.file(main);
        let mut pp = Preprocessor {
            sources,
            target,
            interner: Interner::new(),
            literals: Interner::empty(),
            diagnostics: Diagnostics::new(),
            diagnostic_pragmas: Vec::new(),
            header_trace: Vec::new(),
            lexer: Lexer::new(file.text.clone(), file.start),
            lexer_features,
            buffers: Vec::new(),
            files,
            conditionals: Vec::new(),
            dependencies: Vec::new(),
            macro_slots: Vec::with_capacity(1 << 14),
            macros: Vec::new(),
            bodies: Vec::new(),
            parameter_slots: Vec::new(),
            pushed_macros: FxHashMap::default(),
            invocations: Vec::new(),
            contexts: Vec::new(),
            expansions: Vec::new(),
            arguments: Vec::new(),
            argument_ranges: Vec::new(),
            scratch: Vec::new(),
            pending_leading: TokenFlags::NONE,
            prevent_expansion: 0,
            collecting: 0,
            expanding_argument: 0,
            stop_depth: 0,
            in_directive: false,
            in_condition: false,
            finished: false,
            expansion_depth: 0,
            counter: 0,
            date_time: None,
            base_file: file.name.clone(),
            pragmas: Vec::new(),
            pending: VecDeque::new(),
            embedded: Vec::new(),
            system_ranges: Vec::new(),
            events: record_events.then(Vec::new),
            options,
        };
        pp.enter_main(main);
        pp
    }

    /// The next preprocessed token; [`TokenKind::Eof`] for ever at the end.
    #[inline]
    pub fn next_token(&mut self) -> Token {
        loop {
            let mut token = self.next_with_comments();
            match token.kind {
                TokenKind::Identifier => {
                    if token.payload < KEYWORDS.len() as u32
                        && self.options.dialect.is_keyword(Name(token.payload))
                    {
                        token.kind = TokenKind::Keyword;
                    }
                    return token;
                }
                TokenKind::Other => self.report_stray(token),
                TokenKind::Comment => {}
                _ => return token,
            }
        }
    }

    /// The next token for text output: identifiers stay identifiers, stray characters and kept
    /// comments are delivered.
    pub(crate) fn next_with_comments(&mut self) -> Token {
        if self.finished {
            return Token::new(TokenKind::Eof, self.lexer.loc());
        }
        let token = if self.pending.is_empty() || !self.contexts.is_empty() {
            let token = self.expand_token();
            if self.pending.is_empty() {
                token
            } else {
                // A directive inside macro arguments left a pragma: it goes first.
                self.pending.push_back(token);
                self.pop_pending()
            }
        } else {
            self.pop_pending()
        };
        self.finished = token.kind == TokenKind::Eof;
        token
    }

    fn pop_pending(&mut self) -> Token {
        match self.pending.pop_front() {
            Some(token) => token,
            None => self.expand_token(),
        }
    }

    /// The spelling of a literal.
    #[inline]
    pub fn literal(&self, literal: Literal) -> &[u8] {
        self.literals.bytes(Name(literal.0))
    }

    /// The pragma of a [`TokenKind::Pragma`] token.
    pub fn pragma(&self, token: Token) -> &Pragma {
        &self.pragmas[token.payload as usize].pragma
    }

    pub(crate) fn pragma_text(&self, token: Token) -> &str {
        &self.pragmas[token.payload as usize].text
    }

    /// The bytes of a [`TokenKind::Embed`] token: each stands for one integer constant of type `int`.
    pub fn embedded(&self, token: Token) -> &[u8] {
        &self.embedded[token.payload as usize]
    }

    /// The files that the translation unit was made from, in the order of their first opening.
    pub fn dependencies(&self) -> &[Dependency] {
        &self.dependencies
    }

    /// The text of a token as gcc's messages show it.
    pub fn spelling(&self, token: Token) -> String {
        String::from_utf8_lossy(&self.spelling_bytes(token)).into_owned()
    }

    pub(crate) fn spelling_bytes(&self, token: Token) -> std::borrow::Cow<'_, [u8]> {
        use std::borrow::Cow;
        match token.kind {
            TokenKind::Identifier | TokenKind::Keyword => {
                Cow::Borrowed(self.interner.bytes(Name(token.payload)))
            }
            TokenKind::Number
            | TokenKind::Char
            | TokenKind::String
            | TokenKind::Other
            | TokenKind::HeaderName
            | TokenKind::Comment => Cow::Borrowed(self.literals.bytes(Name(token.payload))),
            TokenKind::Embed => {
                let list: Vec<String> = self.embedded(token).iter().map(u8::to_string).collect();
                Cow::Owned(list.join(",").into_bytes())
            }
            kind => {
                let digraph = token.flags.has(TokenFlags::ALTERNATIVE).then(|| kind.digraph()).flatten();
                Cow::Borrowed(digraph.or(kind.punctuator()).unwrap_or("").as_bytes())
            }
        }
    }

    /// Whether warnings about the current file are wanted.
    fn warns_here(&self) -> bool {
        self.options.warn_system_headers || !self.buffers.last().is_some_and(|b| b.system)
    }

    fn error(&mut self, span: impl Into<Span>, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(span, message));
    }

    /// gcc's pedwarn that is on by default: a warning without a flag.
    fn warn(&mut self, span: impl Into<Span>, message: impl Into<String>) {
        if self.warns_here() {
            self.diagnostics.push(Diagnostic::new(Severity::Warning, span, message));
        }
    }

    fn warn_flag(&mut self, span: impl Into<Span>, flag: &'static str, message: impl Into<String>) {
        if self.warns_here() {
            self.diagnostics.push(Diagnostic::warning(span, flag, message));
        }
    }

    #[cold]
    fn report_stray(&mut self, token: Token) {
        let bytes = self.literals.bytes(Name(token.payload));
        let message = match bytes {
            [b'"', ..] => "missing terminating \" character".to_string(),
            [b'\'', ..] => "missing terminating ' character".to_string(),
            [.., _] if bytes.len() > 1 && bytes.is_ascii() => {
                let quote = if bytes.contains(&b'"') { '"' } else { '\'' };
                format!("missing terminating {quote} character")
            }
            [b @ 0x21..=0x7e] => format!("stray '{}' in program", *b as char),
            _ => {
                let escaped: String = bytes.iter().map(|b| format!("\\{b:o}")).collect();
                format!("stray '{escaped}' in program")
            }
        };
        self.error(token.span(), message);
    }
}

/// Runs the preprocessor over bytes with file access denied: never panics. For fuzzing; returns the
/// number of tokens, at most `limit`.
pub fn fuzz_preprocess(bytes: &[u8], limit: usize) -> usize {
    let sources = SourceMap::new();
    let Ok(main) = sources.add("fuzz.c", bytes, Loc::NONE) else { return 0 };
    let target = Target::new(lathe_target::Triple {
        arch: lathe_target::Arch::X86_64,
        environment: lathe_target::Environment::Gnu,
    });
    let options = Options { no_files: true, ..Options::default() };
    let mut pp = Preprocessor::new(options, &sources, &target, main);
    let mut count = 0;
    while count < limit && pp.next_token().kind != TokenKind::Eof {
        count += 1;
    }
    count
}

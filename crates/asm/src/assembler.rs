//! The assembler's state and its main loop: statement by statement, labels, assignments, then a directive, a
//! macro call or an instruction.

use crate::cursor::{Cursor, starts_name};
use crate::directives::conditional::Conditional;
use crate::input::{Extent, Frame, FrameKind, MAX_DEPTH, MAX_EXPANSION, next_statement, without_comments};
use crate::language::{Language, LanguageState};
use crate::macros::Macro;
use lathe_diag::{Diagnostic, FileId, Loc, Severity, SourceMap, Span};
use lathe_isa::{Isa, Mode, SymbolId, Syntax};
use lathe_mc::{Expression, Streamer};
use lathe_target::Arch;
use rustc_hash::FxHashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// What the command line may change.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-I`: where `.include` and `.incbin` look after the current directory.
    pub include_paths: Vec<PathBuf>,
    /// `--defsym name=value`.
    pub definitions: Vec<(String, i64)>,
    /// `-msyntax=intel`.
    pub intel_syntax: bool,
    /// `-mnaked-reg`.
    pub naked_registers: bool,
    /// `--fatal-warnings`.
    pub fatal_warnings: bool,
    /// `-W`, `--no-warn`.
    pub no_warnings: bool,
    /// `--alternate`.
    pub alternate: bool,
    /// `-march=`, for targets that take extensions from it.
    pub architecture: Option<String>,
    /// `-fpic`, `-fno-pic`
    pub position_independent: Option<bool>,
    /// `-mrelax`, `-mno-relax`
    pub relaxation: Option<bool>,
    /// Whether `.include` and `.incbin` may open files (off for inline assembly of untrusted origin).
    pub no_files: bool,
}

/// Why a file cannot be assembled at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AssembleError {
    /// There is no assembler for this architecture.
    UnsupportedTarget(Arch),
}

impl fmt::Display for AssembleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AssembleError::UnsupportedTarget(arch) => {
                write!(f, "assembly language of {} is not supported", arch.name())
            }
        }
    }
}

impl std::error::Error for AssembleError {}

/// Assembles a file of the source map. Errors are in `streamer.diagnostics()`.
///
/// # Errors
/// When the streamer's instruction set has no assembler.
pub fn assemble(
    sources: &SourceMap,
    file: FileId,
    options: &Options,
    streamer: &mut dyn Streamer,
) -> Result<(), AssembleError> {
    let mut assembler = Assembler::new(Some(sources), options, streamer)?;
    let source = sources.file(file);
    assembler.run_file(source.text.clone(), source.start);
    Ok(())
}

/// Assembles a string of inline or top-level assembly, operands already substituted. Faults are reported at
/// `origin`. Syntax, macros and symbols start anew with each call.
///
/// # Errors
/// When the streamer's instruction set has no assembler.
pub fn assemble_fragment(
    text: &str,
    options: &Options,
    streamer: &mut dyn Streamer,
    origin: Span,
) -> Result<(), AssembleError> {
    let mut assembler = Assembler::new(None, options, streamer)?;
    assembler.run_fragment(Arc::from(text.as_bytes()), origin.lo);
    Ok(())
}

/// Assembles text of the program at `loc`, as code generators want it: that there is no assembler is a fault of the text.
///
/// # Errors
/// When the streamer's instruction set has no assembler.
pub fn assemble_inline(text: &str, loc: Loc, streamer: &mut dyn Streamer) -> Result<(), Vec<Diagnostic>> {
    let origin = Span { lo: loc, hi: loc };
    assemble_fragment(text, &Options::default(), streamer, origin)
        .map_err(|error| vec![Diagnostic::error(origin, error.to_string())])
}

/// The state of one run.
pub struct Assembler<'a> {
    pub(crate) sources: Option<&'a SourceMap>,
    pub(crate) options: &'a Options,
    pub(crate) streamer: &'a mut dyn Streamer,
    pub(crate) isa: &'static dyn Isa,
    pub(crate) mode: Mode,
    pub(crate) syntax: Syntax,
    /// Registers are written without `%`.
    pub(crate) naked_registers: bool,
    pub(crate) alternate: bool,
    /// Last definition and next reference of each numeric label.
    pub(crate) numeric_labels: FxHashMap<u64, (Option<SymbolId>, Option<SymbolId>)>,
    /// Definitions of each numeric label so far, where objects show labels: they have GNU as's names then.
    pub(crate) numeric_counts: Option<FxHashMap<u64, u64>>,
    /// Symbols that `.set` made a number.
    pub(crate) constants: FxHashMap<SymbolId, i64>,
    /// Symbols defined so far, for `.ifdef`.
    pub(crate) defined: rustc_hash::FxHashSet<SymbolId>,
    pub(crate) macros: FxHashMap<Box<[u8]>, Arc<Macro>>,
    pub(crate) macro_count: u64,
    pub(crate) conditionals: Vec<Conditional>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) expansion_bytes: u64,
    pub(crate) ended: bool,
    pub(crate) language: &'static Language,
    pub(crate) state: LanguageState,
    pub(crate) string_buffer: Vec<u8>,
    /// What `.section` said about each name.
    pub(crate) sections: FxHashMap<String, lathe_mc::SectionDefinition>,
    /// `is_stmt` of the last `.loc`.
    pub(crate) line_statement: bool,
}

impl<'a> Assembler<'a> {
    /// A fresh state.
    ///
    /// # Errors
    /// When the streamer's instruction set has no assembler.
    pub fn new(
        sources: Option<&'a SourceMap>,
        options: &'a Options,
        streamer: &'a mut dyn Streamer,
    ) -> Result<Assembler<'a>, AssembleError> {
        let isa = streamer.isa();
        let Some(language) = Language::of(isa.arch()) else {
            return Err(AssembleError::UnsupportedTarget(isa.arch()));
        };
        let mut assembler = Assembler {
            sources,
            options,
            streamer,
            isa,
            mode: isa.default_mode(),
            syntax: if options.intel_syntax { Syntax::Intel } else { Syntax::Gnu },
            naked_registers: options.naked_registers,
            alternate: options.alternate,
            numeric_labels: FxHashMap::default(),
            numeric_counts: None,
            constants: FxHashMap::default(),
            defined: rustc_hash::FxHashSet::default(),
            macros: FxHashMap::default(),
            macro_count: 0,
            conditionals: Vec::new(),
            frames: Vec::new(),
            expansion_bytes: 0,
            ended: false,
            language,
            state: (language.state)(),
            string_buffer: Vec::new(),
            sections: FxHashMap::default(),
            line_statement: true,
        };
        for (name, value) in &options.definitions {
            let symbol = assembler.streamer.symbol(name);
            assembler.constants.insert(symbol, *value);
            assembler.defined.insert(symbol);
            assembler.streamer.assign(symbol, Expression::Constant(*value), false, Loc::NONE);
        }
        Ok(assembler)
    }

    /// Assembles a text whose first byte stands at `base`.
    pub fn run_file(&mut self, text: Arc<[u8]>, base: Loc) {
        if self.isa.object_rules().keeps_symbols {
            self.numeric_counts = Some(FxHashMap::default());
        }
        (self.language.start)(self);
        self.push_frame(text, base, false, FrameKind::File, 0);
        self.run();
        (self.language.finish)(self, true);
    }

    /// Assembles a text that stands at one place as a whole. May be called again on the same state.
    pub fn run_fragment(&mut self, text: Arc<[u8]>, origin: Loc) {
        self.push_frame(text, origin, true, FrameKind::File, 0);
        self.run();
        (self.language.finish)(self, false);
    }

    pub(crate) fn push_frame(
        &mut self,
        text: Arc<[u8]>,
        base: Loc,
        fixed: bool,
        kind: FrameKind,
        repeat: u64,
    ) -> bool {
        if self.frames.len() >= MAX_DEPTH {
            // The rest is not assembled, as in GNU as: two calls of itself in a macro would go on for 2^depth.
            self.error(base, "macros, repetitions or includes nested too deeply");
            self.ended = true;
            return false;
        }
        if kind != FrameKind::File {
            let rounds = repeat.saturating_add(1);
            let cost = rounds.saturating_mul(text.len() as u64 + 1);
            if self.expansion_bytes.saturating_add(cost) > MAX_EXPANSION {
                self.error(base, "macros and repetitions expand to more than 1 GiB of text");
                self.ended = true;
                return false;
            }
            self.expansion_bytes += cost;
        }
        let conditional_depth = self.conditionals.len();
        self.frames.push(Frame { text, at: 0, base, fixed, kind, repeat, conditional_depth });
        true
    }

    fn run(&mut self) {
        let mut scratch = Vec::new();
        let comments = self.language.comments;
        while !self.ended {
            let depth = self.frames.len();
            let Some(frame) = self.frames.last_mut() else { break };
            let text = frame.text.clone();
            let (base, fixed) = (frame.base, frame.fixed);
            // Statements of one text until another is entered or this one ends.
            loop {
                if self.frames.len() != depth || self.ended {
                    break;
                }
                let frame = &mut self.frames[depth - 1];
                match next_statement(&text, &mut frame.at, comments) {
                    Some(extent) => self.extent(&text, extent, base, fixed, &mut scratch),
                    None => {
                        self.end_of_text();
                        break;
                    }
                }
            }
        }
        self.frames.clear();
        self.ended = false;
        if let Some(open) = self.conditionals.pop() {
            self.error(open.loc, "end of file inside conditional");
            self.conditionals.clear();
        }
    }

    fn end_of_text(&mut self) {
        let Some(frame) = self.frames.last_mut() else { return };
        if frame.repeat > 0 {
            frame.repeat -= 1;
            frame.at = 0;
            return;
        }
        if frame.kind == FrameKind::Macro && frame.conditional_depth < self.conditionals.len() {
            let depth = frame.conditional_depth;
            let loc = self.conditionals[depth].loc;
            self.error(loc, "end of macro inside conditional");
            self.conditionals.truncate(depth);
        }
        self.frames.pop();
    }

    fn extent(&mut self, text: &[u8], extent: Extent, base: Loc, fixed: bool, scratch: &mut Vec<u8>) {
        let raw = &text[extent.start..extent.end];
        let loc = if fixed { base } else { base.plus(extent.start as u32) };
        if extent.marker {
            self.line_marker(raw, loc, fixed);
            return;
        }
        if raw.is_empty() {
            return;
        }
        if extent.comments {
            let mut copy = std::mem::take(scratch);
            without_comments(raw, &mut copy);
            self.statement(Cursor::new(&copy, loc, fixed));
            *scratch = copy;
        } else {
            self.statement(Cursor::new(raw, loc, fixed));
        }
    }

    /// `# 12 "file.c" flags` from a preprocessor.
    fn line_marker(&mut self, text: &[u8], loc: Loc, fixed: bool) {
        let (Some(sources), false) = (self.sources, fixed) else { return };
        let mut cursor = Cursor::new(text, loc, false);
        cursor.at = 1;
        cursor.skip_space();
        if !cursor.peek().is_some_and(|b| b.is_ascii_digit()) {
            return;
        }
        let crate::expression::Number::Value(line) = crate::expression::number_128(&mut cursor) else {
            return;
        };
        let mut name = Vec::new();
        let name = cursor.string(&mut name).then(|| String::from_utf8_lossy(&name).into_owned());
        sources.set_line(loc, line as u32, name.as_deref());
    }

    fn statement(&mut self, mut cursor: Cursor<'_>) {
        loop {
            cursor.skip_space();
            let start = cursor.at;
            let Some(byte) = cursor.peek() else { return };
            if byte.is_ascii_digit() {
                if self.skipping() {
                    return;
                }
                if self.numeric_definition(&mut cursor) {
                    continue;
                }
                self.error(
                    cursor.loc(),
                    format!("junk at end of line, first unrecognized character is `{}'", byte as char),
                );
                return;
            }
            if byte == b'"' {
                if !self.quoted_definition(&mut cursor) {
                    return;
                }
                continue;
            }
            if byte == b'{' && self.language.braces {
                if !self.skipping() {
                    (self.language.instruction)(self, &mut cursor);
                }
                return;
            }
            if !starts_name(byte) {
                if !self.skipping() {
                    let shown = if byte.is_ascii_graphic() { byte as char } else { '?' };
                    let text = format!("junk at end of line, first unrecognized character is `{shown}'");
                    self.error(cursor.loc(), text);
                }
                return;
            }
            let name = cursor.name();
            let after = cursor;
            cursor.skip_space();
            match (cursor.peek(), cursor.peek_at(1)) {
                (Some(b':'), _) => {
                    cursor.at += 1;
                    if !self.skipping() {
                        self.define_label(name, cursor.loc_at(start));
                    }
                }
                (Some(b'='), next) if next != Some(b'=') && !is_condition(name) => {
                    cursor.at += 1;
                    if !self.skipping() {
                        self.assignment(name, &mut cursor, start);
                    }
                    return;
                }
                _ => {
                    cursor = after;
                    self.operation(name, start, cursor);
                    return;
                }
            }
        }
    }

    fn operation(&mut self, name: &[u8], start: usize, mut cursor: Cursor<'_>) {
        if name[0] == b'.' && self.directive(name, start, &mut cursor) {
            return;
        }
        if self.skipping() {
            return;
        }
        if !self.macros.is_empty() && self.macro_call(name, start, &mut cursor) {
            return;
        }
        if name[0] == b'.' {
            let shown = String::from_utf8_lossy(name);
            let text = format!("unknown pseudo-op: `{shown}'");
            self.error(cursor.span_from(start), text);
            return;
        }
        cursor.at = start;
        (self.language.instruction)(self, &mut cursor);
    }

    fn numeric_definition(&mut self, cursor: &mut Cursor<'_>) -> bool {
        let start = cursor.at;
        let mut number: u64 = 0;
        while let Some(digit @ b'0'..=b'9') = cursor.peek() {
            number = number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            cursor.at += 1;
        }
        if !cursor.eat(b':') {
            cursor.at = start;
            return false;
        }
        let entry = self.numeric_labels.entry(number).or_default();
        let label = match entry.1.take() {
            Some(label) => label,
            None => self.new_numeric_label(number),
        };
        if let Some(counts) = &mut self.numeric_counts {
            *counts.entry(number).or_default() += 1;
        }
        self.numeric_labels.insert(number, (Some(label), None));
        let loc = cursor.loc_at(start);
        self.streamer.label(label, loc);
        true
    }

    fn quoted_definition(&mut self, cursor: &mut Cursor<'_>) -> bool {
        let start = cursor.at;
        let mut name = Vec::new();
        if !cursor.string(&mut name) {
            self.error(cursor.loc(), "unterminated string");
            return false;
        }
        if cursor.eat(b':') {
            self.define_label(&name, cursor.loc_at(start));
            return true;
        }
        if cursor.eat(b'=') {
            self.assignment(&name, cursor, start);
            return false;
        }
        self.error(cursor.loc_at(start), "expected ':' after a quoted name");
        false
    }

    pub(crate) fn name_symbol(&mut self, name: &[u8], loc: Loc) -> Option<SymbolId> {
        match std::str::from_utf8(name) {
            Ok(name) => Some(self.streamer.symbol(name)),
            Err(_) => {
                self.error(loc, "symbol name is not UTF-8");
                None
            }
        }
    }

    fn define_label(&mut self, name: &[u8], loc: Loc) {
        if let Some(symbol) = self.name_symbol(name, loc) {
            self.defined.insert(symbol);
            self.constants.remove(&symbol);
            self.streamer.label(symbol, loc);
        }
    }

    fn assignment(&mut self, name: &[u8], cursor: &mut Cursor<'_>, start: usize) {
        // `a == b` at the start of a statement does not occur; `a == 1` is `.eqv`-like and treated as `=`.
        let loc = cursor.loc_at(start);
        if name == b"." {
            if let Some(target) = self.expression(cursor) {
                self.streamer.origin(target, lathe_mc::PaddingFill::Default, loc);
            }
            return;
        }
        let Some(symbol) = self.name_symbol(name, loc) else { return };
        let Some(value) = self.expression(cursor) else { return };
        self.set_symbol(symbol, value, false, loc);
        self.expect_end(cursor);
    }

    pub(crate) fn set_symbol(&mut self, symbol: SymbolId, value: Expression, once: bool, loc: Loc) {
        match value.constant() {
            Some(number) if !once || !self.constants.contains_key(&symbol) => {
                self.constants.insert(symbol, number);
            }
            Some(_) => {}
            None => {
                self.constants.remove(&symbol);
            }
        }
        self.defined.insert(symbol);
        self.streamer.assign(symbol, value, once, loc);
    }

    /// Reports what is left of a statement; whether nothing was.
    pub(crate) fn expect_end(&mut self, cursor: &mut Cursor<'_>) -> bool {
        let at_end = cursor.at_end();
        if !at_end {
            let byte = cursor.peek().unwrap_or(b'?');
            let shown = if byte.is_ascii_graphic() { byte as char } else { '?' };
            let text = format!("junk at end of line, first unrecognized character is `{shown}'");
            self.error(cursor.loc(), text);
        }
        at_end
    }

    pub(crate) fn error(&mut self, at: impl Into<Span>, message: impl Into<String>) {
        self.streamer.diagnostics().push(Diagnostic::error(at, message));
    }

    pub(crate) fn warning(&mut self, at: impl Into<Span>, message: impl Into<String>) {
        if self.options.no_warnings {
            return;
        }
        let severity = if self.options.fatal_warnings { Severity::Error } else { Severity::Warning };
        self.streamer.diagnostics().push(Diagnostic::new(severity, at, message));
    }
}

/// `.if x==1` without a blank is not an assignment.
fn is_condition(name: &[u8]) -> bool {
    name.starts_with(b".if") || name.starts_with(b".elseif")
}

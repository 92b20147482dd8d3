//! Text output (`-E`, `-dM`, `-dD`): tokens back to text with gcc's line markers, so that compiling the
//! text gives the same object.

use super::define::MacroId;
use super::{Options, Preprocessor};
use crate::intern::Name;
use crate::token::{Token, TokenFlags, TokenKind};
use lathe_diag::{Diagnostics, FileId, Loc, SourceMap};
use lathe_target::Target;

/// What happened between two tokens.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// A file begins, or goes on at an offset after an included one.
    Enter {
        source: FileId,
        system: bool,
        resume: Option<u32>,
    },
    /// Definitions of the compiler or the command line follow.
    Section(&'static str, &'static str),
    /// The main file's text follows.
    Start,
    /// The position was set by a directive.
    Line,
    Define(MacroId),
    Undefine(Name),
    Ident(String),
    /// `#include` of this header, with its quotes.
    Include(String),
}

/// The text of a preprocessed file and the messages.
pub struct PreprocessedText {
    /// The text.
    pub text: Vec<u8>,
    /// Messages.
    pub diagnostics: Diagnostics,
    /// For make rules.
    pub dependencies: Vec<super::Dependency>,
    /// `-H` lines.
    pub header_trace: Vec<String>,
}

/// Preprocesses `main` to text.
pub fn preprocess_to_text(
    options: Options,
    sources: &SourceMap,
    target: &Target,
    main: FileId,
) -> PreprocessedText {
    let mut pp = Preprocessor::start(options, sources, target, main, true);
    let mut printer = Printer::new(&pp);
    loop {
        let token = pp.next_with_comments();
        printer.events(&mut pp);
        if token.kind == TokenKind::Eof {
            break;
        }
        printer.token(&pp, token);
    }
    printer.finish();
    finish(pp, printer.out)
}

/// The macros that are defined at the end of `main` (`-dM`), in the order of their definition.
pub fn macro_definitions(
    options: Options,
    sources: &SourceMap,
    target: &Target,
    main: FileId,
) -> PreprocessedText {
    let mut pp = Preprocessor::start(options, sources, target, main, false);
    while pp.next_with_comments().kind != TokenKind::Eof {}
    let mut out = String::new();
    for id in pp.live_macros() {
        out.push_str(&pp.definition_text(id));
        out.push('\n');
    }
    finish(pp, out.into_bytes())
}

fn finish(mut pp: Preprocessor<'_>, text: Vec<u8>) -> PreprocessedText {
    PreprocessedText {
        text,
        diagnostics: std::mem::take(&mut pp.diagnostics),
        dependencies: pp.dependencies.clone(),
        header_trace: std::mem::take(&mut pp.header_trace),
    }
}

/// Where a token stands: file, physical line, shown line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Position {
    file: FileId,
    line: u32,
}

/// Lines of one file, found by counting forward from the last question.
struct LineCounter {
    file: FileId,
    text: std::sync::Arc<[u8]>,
    start: Loc,
    offset: usize,
    line: u32,
}

struct Printer {
    out: Vec<u8>,
    markers: bool,
    dump_definitions: bool,
    dump_includes: bool,
    counter: Option<LineCounter>,
    /// The line being written to.
    at: Option<Position>,
    /// The main file was entered.
    started: bool,
    system: bool,
    previous: Option<Token>,
    /// Nothing is on the current output line.
    fresh: bool,
}

impl Printer {
    fn new(pp: &Preprocessor<'_>) -> Printer {
        Printer {
            out: Vec::with_capacity(1 << 16),
            markers: !pp.options.output.no_line_markers,
            dump_definitions: pp.options.output.dump_definitions,
            dump_includes: pp.options.output.dump_includes,
            counter: None,
            at: None,
            started: false,
            system: false,
            previous: None,
            fresh: true,
        }
    }

    fn position(&mut self, pp: &Preprocessor<'_>, loc: Loc) -> Option<Position> {
        let hit = self.counter.as_ref().is_some_and(|c| {
            loc.0 >= c.start.0 + c.offset as u32 && loc.0 <= c.start.0 + c.text.len() as u32
        });
        if !hit {
            let id = pp.sources.file_of(loc)?;
            let file = pp.sources.file(id);
            self.counter = Some(LineCounter {
                file: id,
                text: file.text.clone(),
                start: file.start,
                offset: 0,
                line: 1,
            });
        }
        let counter = self.counter.as_mut()?;
        let offset = (loc.0 - counter.start.0) as usize;
        counter.line += counter.text[counter.offset..offset.min(counter.text.len())]
            .iter()
            .filter(|b| **b == b'\n')
            .count() as u32;
        counter.offset = offset.min(counter.text.len());
        Some(Position { file: counter.file, line: counter.line })
    }

    fn newline(&mut self) {
        if !self.fresh {
            self.out.push(b'\n');
            self.fresh = true;
            if let Some(at) = &mut self.at {
                at.line += 1;
            }
        }
        self.previous = None;
    }

    fn marker(&mut self, line: u32, name: &str, flags: &str) {
        self.newline();
        if self.markers {
            let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
            self.out.extend_from_slice(format!("# {line} \"{quoted}\"{flags}\n").as_bytes());
        }
    }

    fn events(&mut self, pp: &mut Preprocessor<'_>) {
        let Some(events) = pp.events.as_mut() else { return };
        if events.is_empty() {
            return;
        }
        for event in std::mem::take(events) {
            self.event(pp, event);
        }
    }

    fn event(&mut self, pp: &Preprocessor<'_>, event: Event) {
        match event {
            Event::Enter { source, system, resume } => self.enter(pp, source, system, resume),
            Event::Section(name, flags) => self.marker(0, name, flags),
            Event::Start => {
                let main = pp.buffers.first().map(|b| b.source);
                if let Some(at) = main.map(|file| Position { file, line: 1 }) {
                    let name = pp.sources.file(at.file).name.clone();
                    self.marker(1, &name, "");
                    self.at = Some(Position { file: at.file, line: 1 });
                }
            }
            Event::Line => {
                self.newline();
                self.at = None;
            }
            Event::Define(id) if self.dump_definitions => {
                self.newline();
                let text = pp.definition_text(id);
                self.out.extend_from_slice(text.as_bytes());
                self.out.push(b'\n');
                if let Some(at) = &mut self.at {
                    at.line += 1;
                }
            }
            Event::Undefine(name) if self.dump_definitions => {
                self.newline();
                self.out.extend_from_slice(format!("#undef {}\n", pp.interner.text(name)).as_bytes());
            }
            Event::Ident(text) => {
                self.newline();
                self.out.extend_from_slice(format!("#ident {text}\n").as_bytes());
                if let Some(at) = &mut self.at {
                    at.line += 1;
                }
            }
            Event::Include(header) if self.dump_includes => {
                self.newline();
                self.out.extend_from_slice(format!("#include {header}\n").as_bytes());
            }
            Event::Define(_) | Event::Undefine(_) | Event::Include(_) => {}
        }
    }

    fn enter(&mut self, pp: &Preprocessor<'_>, source: FileId, system: bool, resume: Option<u32>) {
        let file = pp.sources.file(source);
        let main = !std::mem::replace(&mut self.started, true);
        self.system = system;
        let flags = match (main, resume, system) {
            (true, ..) => "",
            (_, None, false) => " 1",
            (_, None, true) => " 1 3 4",
            (_, Some(_), false) => " 2",
            (_, Some(_), true) => " 2 3 4",
        };
        let Some(offset) = resume else {
            self.marker(!main as u32, &file.name, flags);
            self.at = Some(Position { file: source, line: 1 });
            return;
        };
        let line = file.physical_line_col(offset).line;
        let (shown, name) = match pp.sources.place(file.start.plus(offset)) {
            Some(place) => (place.line_col.line, place.name.to_string()),
            None => (line, file.name.clone()),
        };
        self.marker(shown, &name, flags);
        self.at = Some(Position { file: source, line });
    }

    fn token(&mut self, pp: &Preprocessor<'_>, token: Token) {
        if token.kind == TokenKind::Pragma {
            return self.pragma(pp, token);
        }
        let first = self.move_to(pp, token);
        if first {
            self.indent(pp, token);
        } else if token.flags.has(TokenFlags::LEADING_SPACE)
            || self.previous.is_some_and(|previous| self.must_separate(pp, previous, token))
        {
            self.out.push(b' ');
        }
        let spelling = pp.spelling_bytes(token);
        self.out.extend_from_slice(&spelling);
        if token.kind == TokenKind::Comment
            && let Some(at) = &mut self.at
        {
            at.line += spelling.iter().filter(|b| **b == b'\n').count() as u32;
        }
        self.fresh = false;
        self.previous = Some(token);
    }

    /// Brings the output to the token's line; true when the token is the first on its output line.
    fn move_to(&mut self, pp: &Preprocessor<'_>, token: Token) -> bool {
        // Tokens of one expansion stay on the line of its first.
        if token.flags.has(TokenFlags::LINE_START) || self.at.is_none() || self.previous.is_none() {
            let Some(to) = self.position(pp, token.loc) else { return self.fresh };
            if self.at != Some(to) {
                self.advance(pp, token.loc, to);
            }
        }
        self.fresh
    }

    fn advance(&mut self, pp: &Preprocessor<'_>, loc: Loc, to: Position) {
        let near = self.at.filter(|at| at.file == to.file && to.line >= at.line && to.line - at.line <= 8);
        match near {
            Some(at) if self.markers || to.line > at.line => {
                let lines = if self.markers { to.line - at.line } else { (to.line - at.line).min(1) };
                for _ in 0..lines {
                    self.out.push(b'\n');
                }
                if lines > 0 {
                    self.fresh = true;
                }
                self.previous = None;
                self.at = Some(to);
            }
            _ => {
                self.newline();
                if let Some(place) = pp.sources.place(loc) {
                    let flags = if self.system { " 3 4" } else { "" };
                    self.marker(place.line_col.line, &place.name, flags);
                }
                self.at = Some(to);
            }
        }
    }

    fn indent(&mut self, pp: &Preprocessor<'_>, token: Token) {
        if !token.flags.has(TokenFlags::LINE_START) {
            return;
        }
        if let Some(counter) = &self.counter {
            let offset = (token.loc.0.saturating_sub(counter.start.0)) as usize;
            let before = &counter.text[..offset.min(counter.text.len())];
            let column = before.iter().rev().take_while(|b| **b != b'\n').count();
            if column < 200 {
                self.out.extend(std::iter::repeat_n(b' ', column));
            }
        }
        let _ = pp;
    }

    fn pragma(&mut self, pp: &Preprocessor<'_>, token: Token) {
        self.newline();
        if let Some(to) = self.position(pp, token.loc)
            && self.at != Some(to)
        {
            self.advance(pp, token.loc, to);
        }
        self.out.extend_from_slice(format!("#pragma {}\n", pp.pragma_text(token)).as_bytes());
        self.fresh = true;
        self.previous = None;
        if let Some(at) = &mut self.at {
            at.line += 1;
        }
    }

    /// Whether two tokens would read as something else when written together.
    fn must_separate(&self, pp: &Preprocessor<'_>, a: Token, b: Token) -> bool {
        use TokenKind::*;
        let both_source = !a.flags.has(TokenFlags::FROM_MACRO)
            && !b.flags.has(TokenFlags::FROM_MACRO)
            && b.loc.0 == a.loc.0 + a.len as u32;
        if both_source {
            return false;
        }
        let first = pp.spelling_bytes(b).first().copied().unwrap_or(0);
        match a.kind {
            Identifier | Keyword => matches!(b.kind, Identifier | Keyword | Number | Char | String),
            Number => {
                matches!(b.kind, Identifier | Keyword | Number | Char | Dot | Ellipsis | Plus | Minus)
                    || matches!(first, b'+' | b'-')
            }
            Other => pp.spelling_bytes(a).as_ref() == b"\\" && matches!(b.kind, Identifier | Keyword),
            Plus => matches!(first, b'+' | b'='),
            Minus => matches!(first, b'-' | b'=' | b'>'),
            Star | Percent | Caret | Bang | Equal | PlusEqual | MinusEqual => {
                matches!(first, b'=') || (a.kind == Percent && matches!(first, b':' | b'>'))
            }
            Slash => matches!(first, b'=' | b'/' | b'*'),
            Amp => matches!(first, b'&' | b'='),
            Pipe => matches!(first, b'|' | b'='),
            Less => matches!(first, b'<' | b'=' | b':' | b'%'),
            Greater => matches!(first, b'>' | b'='),
            LessLess | GreaterGreater => first == b'=',
            Colon => matches!(first, b':' | b'>'),
            Dot => first == b'.' || first.is_ascii_digit() || first == b'%',
            Hash => matches!(first, b'#' | b'%'),
            _ => false,
        }
    }

    fn finish(&mut self) {
        if !self.fresh {
            self.out.push(b'\n');
        }
    }
}

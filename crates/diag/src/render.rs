//! Printing: gcc's text form and JSON.
//!
//! Text: "In file included from" headers, "In function" headers, `file:line:col: error: message
//! [-Wflag]`, then the source line with a caret and tildes, as gcc 12 prints them.

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{Loc, Place, SourceMap, Span};
use std::fmt::Write;

/// Whether to colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set or `TERM=dumb`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The output form.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Format {
    /// gcc's text.
    #[default]
    Text,
    /// gcc's `-fdiagnostics-format=json`: one array.
    Json,
}

/// Turns diagnostics into text. Keeps what gcc keeps between messages (the last include chain and
/// the last function header).
#[derive(Debug)]
pub struct Renderer<'a> {
    sources: &'a SourceMap,
    color: bool,
    last_included_at: Option<Loc>,
    last_function: Option<Option<String>>,
    program: String,
}

const RESET: &str = "\x1b[m\x1b[K";

impl<'a> Renderer<'a> {
    /// A renderer; `program` prefixes messages that have no place (`lathe cc: error: …`).
    pub fn new(sources: &'a SourceMap, program: impl Into<String>, color: ColorChoice) -> Self {
        use std::io::IsTerminal;
        let color = match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                std::io::stderr().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
                    && std::env::var_os("TERM").is_some_and(|t| t != "dumb")
            }
        };
        Renderer { sources, color, last_included_at: None, last_function: None, program: program.into() }
    }

    /// The text of all messages.
    pub fn render_all<'d>(&mut self, list: impl IntoIterator<Item = &'d Diagnostic>) -> String {
        let mut out = String::new();
        for diagnostic in list {
            self.render(&mut out, diagnostic);
        }
        out
    }

    /// Appends one message and its notes.
    pub fn render(&mut self, out: &mut String, diagnostic: &Diagnostic) {
        let place = self.sources.place(diagnostic.span.lo);
        if let Some(place) = &place {
            self.include_chain(out, place);
            self.function_header(out, diagnostic, place);
        }
        self.one(out, diagnostic, place.as_ref());
        for note in &diagnostic.notes {
            let place = self.sources.place(note.span.lo);
            self.one(out, note, place.as_ref());
        }
    }

    fn bold(&self, out: &mut String, code: &str, text: &str) {
        if self.color {
            let _ = write!(out, "\x1b[{code}m\x1b[K{text}{RESET}");
        } else {
            out.push_str(text);
        }
    }

    fn include_chain(&mut self, out: &mut String, place: &Place) {
        let mut at = place.file.included_at;
        if self.last_included_at == Some(at) {
            return;
        }
        self.last_included_at = Some(at);
        let mut first = true;
        while let Some(from) = self.sources.place(at) {
            at = from.file.included_at;
            out.push_str(if first { "In file included from " } else { "                 from " });
            let text = format!("{}:{}", from.name, from.line_col.line);
            self.bold(out, "01", &text);
            out.push_str(if at.is_some() { ",\n" } else { ":\n" });
            first = false;
        }
    }

    fn function_header(&mut self, out: &mut String, diagnostic: &Diagnostic, place: &Place) {
        if self.last_function.as_ref() == Some(&diagnostic.function) {
            return;
        }
        let had_header = self.last_function.as_ref().is_some_and(Option::is_some);
        self.last_function = Some(diagnostic.function.clone());
        match &diagnostic.function {
            Some(function) => {
                self.bold(out, "01", &format!("{}:", place.name));
                out.push_str(" In function '");
                self.bold(out, "01", function);
                out.push_str("':\n");
            }
            None if had_header => {
                self.bold(out, "01", &format!("{}:", place.name));
                out.push_str(" At top level:\n");
            }
            None => {}
        }
    }

    fn one(&self, out: &mut String, diagnostic: &Diagnostic, place: Option<&Place>) {
        let (word, code) = match diagnostic.severity {
            Severity::Note => ("note: ", "01;36"),
            Severity::Warning => ("warning: ", "01;35"),
            Severity::Error => ("error: ", "01;31"),
            Severity::Fatal => ("fatal error: ", "01;31"),
        };
        let prefix = match place {
            Some(p) => format!("{}:{}:{}: ", p.name, p.line_col.line, p.line_col.column),
            None => format!("{}: ", self.program),
        };
        self.bold(out, "01", &prefix);
        self.bold(out, code, word);
        out.push_str(&diagnostic.message);
        if let Some(flag) = diagnostic.flag {
            out.push_str(" [");
            let error = if diagnostic.severity >= Severity::Error { "-Werror=" } else { "-W" };
            self.bold(out, code, &format!("{error}{flag}"));
            out.push(']');
        }
        out.push('\n');
        if let Some(place) = place {
            self.snippet(out, diagnostic, place, code);
        }
    }

    fn snippet(&self, out: &mut String, diagnostic: &Diagnostic, place: &Place, code: &str) {
        if place.physical_line == 0 {
            return;
        }
        let bytes = place.file.line_text(place.physical_line);
        let line = String::from_utf8_lossy(bytes).replace('\t', " ");
        let line_start = diagnostic.span.lo.0 - (place.line_col.column - 1);
        let line_end = line_start + bytes.len() as u32;
        let mut marks = vec![b' '; bytes.len() + 1];
        let mut underline = |span: &Span| {
            let lo = span.lo.0.max(line_start);
            let hi = span.hi.0.min(line_end);
            for at in lo..hi {
                marks[(at - line_start) as usize] = b'~';
            }
        };
        diagnostic.also.iter().for_each(&mut underline);
        underline(&diagnostic.span);
        let caret = (place.line_col.column as usize - 1).min(bytes.len());
        marks[caret] = b'^';
        // One mark per character, not per byte, so that the caret stands under UTF-8 text.
        let mut shown = String::new();
        for (i, mark) in marks.iter().enumerate() {
            let continuation = bytes.get(i).is_some_and(|b| b & 0xc0 == 0x80);
            if !continuation {
                shown.push(*mark as char);
            }
        }
        let _ = writeln!(out, "{:5} | {line}", place.line_col.line);
        out.push_str("      | ");
        self.bold(out, code, shown.trim_end());
        out.push('\n');
        for fix in &diagnostic.fixes {
            if fix.span.lo.0 >= line_start && fix.span.lo.0 <= line_end {
                let pad = " ".repeat((fix.span.lo.0 - line_start) as usize);
                let _ = writeln!(out, "      | {pad}{}", fix.text);
            }
        }
    }
}

/// All messages as gcc's `-fdiagnostics-format=json` array.
pub fn render_json<'d>(sources: &SourceMap, list: impl IntoIterator<Item = &'d Diagnostic>) -> String {
    let items: Vec<String> = list.into_iter().map(|d| json_one(sources, d)).collect();
    format!("[{}]\n", items.join(", "))
}

fn json_one(sources: &SourceMap, diagnostic: &Diagnostic) -> String {
    let kind = match diagnostic.severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
        Severity::Fatal => "fatal error",
    };
    let mut out = format!("{{\"kind\": \"{kind}\", \"message\": {}", json_string(&diagnostic.message));
    if let Some(flag) = diagnostic.flag {
        let _ = write!(out, ", \"option\": {}", json_string(&format!("-W{flag}")));
    }
    let place = |loc: Loc| {
        let p = sources.place(loc)?;
        Some(format!(
            "{{\"file\": {}, \"line\": {}, \"column\": {}}}",
            json_string(&p.name),
            p.line_col.line,
            p.line_col.column
        ))
    };
    out.push_str(", \"locations\": [");
    if let Some(caret) = place(diagnostic.span.lo) {
        let _ = write!(out, "{{\"caret\": {caret}");
        if diagnostic.span.hi > diagnostic.span.lo.plus(1)
            && let Some(finish) = place(Loc(diagnostic.span.hi.0 - 1))
        {
            let _ = write!(out, ", \"finish\": {finish}");
        }
        out.push('}');
    }
    let children: Vec<String> = diagnostic.notes.iter().map(|n| json_one(sources, n)).collect();
    let _ = write!(out, "], \"children\": [{}]}}", children.join(", "));
    out
}

fn json_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

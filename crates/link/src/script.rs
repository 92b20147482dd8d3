//! Linker scripts: `GROUP`, `INPUT`, `AS_NEEDED`, `OUTPUT_FORMAT`, `SEARCH_DIR`, ..., and the characters of the rest.
//!
//! In: the text. Out: a flat list of commands about files, and a [`Script`] of the rest, which `script_sections` parses.
//! Source: GNU ld manual, "Simple Linker Script Commands".

use crate::script_sections::Script;

/// One command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Command {
    StartGroup,
    EndGroup,
    Input { name: String, as_needed: bool },
    SearchDirectory(String),
    Entry(String),
    Undefined(String),
}

/// Why a script was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ScriptError {
    pub line: usize,
    pub what: String,
    /// It is a script, but of a kind that is not done.
    pub unsupported: bool,
}

/// A word or one of `( ) , ; { } =`, with its line.
pub(crate) struct Tokens<'a> {
    rest: &'a str,
    pub line: usize,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(text: &'a str) -> Tokens<'a> {
        Tokens { rest: text, line: 1 }
    }

    fn advance(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.line += taken.bytes().filter(|&byte| byte == b'\n').count();
        self.rest = rest;
        taken
    }

    fn skip_space(&mut self) {
        loop {
            let blank = self.rest.len() - self.rest.trim_start().len();
            self.advance(blank);
            if self.rest.starts_with("/*") {
                let end = self.rest.find("*/").map_or(self.rest.len(), |at| at + 2);
                self.advance(end);
            } else if self.rest.starts_with('#') {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.advance(end);
            } else {
                return;
            }
        }
    }

    /// The next token without taking it.
    pub(crate) fn peek(&mut self) -> Option<&'a str> {
        self.skip_space();
        let first = self.rest.chars().next()?;
        if let Some(rest) = self.rest.strip_prefix('"') {
            let end = rest.find('"').map_or(self.rest.len(), |at| at + 2);
            return Some(&self.rest[..end]);
        }
        if "(),;{}=:".contains(first) {
            return Some(&self.rest[..1]);
        }
        let end = self.rest.find(|c: char| c.is_whitespace() || "(),;{}\"".contains(c));
        Some(&self.rest[..end.unwrap_or(self.rest.len())])
    }

    /// Takes the next token, quotes removed.
    pub(crate) fn next(&mut self) -> Option<&'a str> {
        let token = self.peek()?;
        self.advance(token.len());
        Some(token.strip_prefix('"').map_or(token, |inner| inner.strip_suffix('"').unwrap_or(inner)))
    }

    pub(crate) fn error(&self, what: impl Into<String>) -> ScriptError {
        ScriptError { line: self.line, what: what.into(), unsupported: false }
    }

    pub(crate) fn expect(&mut self, wanted: &str) -> Result<(), ScriptError> {
        match self.next() {
            Some(token) if token == wanted => Ok(()),
            Some(token) => Err(self.error(format!("syntax error: expected `{wanted}', found `{token}'"))),
            None => Err(self.error(format!("syntax error: expected `{wanted}' at the end"))),
        }
    }
}

/// The parts of full scripts are scanned by characters: patterns and expressions have different words.
impl<'a> Tokens<'a> {
    /// A word of names and patterns, empty at punctuation.
    pub(crate) fn word(&mut self) -> &'a str {
        self.skip_space();
        if self.rest.starts_with('"') {
            return self.next().unwrap_or_default();
        }
        let mut depth = 0u32;
        let end = self.rest.find(|c: char| {
            match c {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && (c.is_whitespace() || "(){};,=>".contains(c))
        });
        let mut end = end.unwrap_or(self.rest.len());
        // `a+=1`: the operator is not part of the name.
        if self.rest[end..].starts_with('=') {
            end -= self.rest[..end].len()
                - self.rest[..end].trim_end_matches(['+', '-', '*', '/', '&', '|', '<']).len();
        }
        // A lone colon is punctuation.
        if self.rest.starts_with(':') {
            end = 0;
        }
        self.advance(end)
    }

    /// Takes a character if it is next.
    pub(crate) fn take(&mut self, wanted: char) -> bool {
        self.skip_space();
        let found = self.rest.starts_with(wanted);
        if found {
            self.advance(wanted.len_utf8());
        }
        found
    }

    pub(crate) fn starts_with(&mut self, text: &str) -> bool {
        self.skip_space();
        self.rest.starts_with(text)
    }

    /// Takes the longest of some operators, but never the beginning of `==`.
    pub(crate) fn operator(&mut self, operators: &[&'static str]) -> Option<&'static str> {
        self.skip_space();
        if self.rest.starts_with("==") {
            return None;
        }
        let found =
            operators.iter().filter(|text| self.rest.starts_with(**text)).max_by_key(|text| text.len())?;
        self.advance(found.len());
        Some(found)
    }

    /// The text up to one of some characters outside parentheses and quotes, which stays.
    pub(crate) fn until(&mut self, ends: &[char]) -> Result<&'a str, ScriptError> {
        self.skip_space();
        let (mut depth, mut quoted) = (0u32, false);
        for (at, c) in self.rest.char_indices() {
            if !quoted && depth == 0 && ends.contains(&c) {
                return Ok(self.advance(at));
            }
            match c {
                '"' => quoted = !quoted,
                '(' if !quoted => depth += 1,
                ')' if !quoted => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        Err(self.error(format!("`{}' is missing", ends[0])))
    }

    /// The text up to the colon that ends an output section's address (not that of `? :`), the colon taken.
    pub(crate) fn until_colon(&mut self) -> Result<String, ScriptError> {
        let mut text = String::new();
        loop {
            let part = self.until(&[':'])?;
            let open = part.matches('?').count() > 0;
            text.push_str(part);
            self.take(':');
            if !open {
                return Ok(text);
            }
            text.push(':');
        }
    }

    /// The text up to the end of the line or a brace.
    pub(crate) fn until_line(&mut self) -> Result<&'a str, ScriptError> {
        self.skip_space();
        let end = self.rest.find(['\n', '}']).ok_or_else(|| self.error("`}' is missing"))?;
        Ok(self.advance(end))
    }

    /// The text in balanced parentheses, inner ones included.
    pub(crate) fn nested(&mut self) -> Result<String, ScriptError> {
        self.expect("(")?;
        let text = self.until(&[')'])?.trim().to_string();
        self.expect(")")?;
        Ok(text)
    }

    /// The text in balanced braces.
    fn braces(&mut self) -> Result<&'a str, ScriptError> {
        self.expect("{")?;
        let mut depth = 1u32;
        for (at, c) in self.rest.char_indices() {
            depth = match c {
                '{' => depth + 1,
                '}' => depth - 1,
                _ => depth,
            };
            if depth == 0 {
                let text = self.advance(at);
                self.advance(1);
                return Ok(text);
            }
        }
        Err(self.error("`}' is missing"))
    }
}

/// Reads a script: the commands about files, and the rest into `script`.
pub(crate) fn parse_script(text: &str, script: &mut Script) -> Result<Vec<Command>, ScriptError> {
    let mut tokens = Tokens::new(text);
    let mut commands = Vec::new();
    loop {
        let word = tokens.word();
        if word.is_empty() {
            if tokens.take(';') {
                continue;
            }
            if tokens.peek().is_none() {
                return Ok(commands);
            }
            return Err(tokens.error("syntax error in linker script"));
        }
        match word {
            "GROUP" => {
                commands.push(Command::StartGroup);
                inputs(&mut tokens, &mut commands)?;
                commands.push(Command::EndGroup);
            }
            "INPUT" => inputs(&mut tokens, &mut commands)?,
            "OUTPUT_FORMAT" | "OUTPUT_ARCH" | "TARGET" | "OUTPUT" => {
                arguments(&mut tokens)?;
            }
            "SEARCH_DIR" => {
                commands.extend(arguments(&mut tokens)?.into_iter().map(Command::SearchDirectory))
            }
            "ENTRY" => commands.extend(arguments(&mut tokens)?.into_iter().map(Command::Entry)),
            "SECTIONS" => script.sections(&mut tokens)?,
            "PHDRS" => script.program_headers(&mut tokens)?,
            "MEMORY" => script.memory(&mut tokens)?,
            "VERSION" => script.versions.push(tokens.braces()?.to_string()),
            "EXTERN" => {
                commands.extend(arguments(&mut tokens)?.into_iter().map(Command::Undefined));
            }
            "INSERT" | "INCLUDE" | "REGION_ALIAS" | "STARTUP" => {
                return Err(ScriptError {
                    line: tokens.line,
                    what: format!("the linker script command {word}"),
                    unsupported: true,
                });
            }
            "ASSERT" | "PROVIDE" | "PROVIDE_HIDDEN" | "HIDDEN" | "NOCROSSREFS" => {
                let statement = script.statement(word, &mut tokens)?;
                script.statements.extend(statement);
            }
            _ if OPERATORS.iter().any(|operator| tokens.starts_with(operator)) => {
                let statement = script.statement(word, &mut tokens)?;
                script.statements.extend(statement);
            }
            _ => return Err(tokens.error("syntax error in linker script")),
        }
    }
}

/// What may follow a symbol outside SECTIONS.
const OPERATORS: &[&str] = &["=", "+=", "-=", "*=", "/=", "&=", "|=", "<<=", ">>="];

fn inputs(tokens: &mut Tokens<'_>, commands: &mut Vec<Command>) -> Result<(), ScriptError> {
    tokens.expect("(")?;
    let mut as_needed = false;
    loop {
        match tokens.next() {
            Some(")") if as_needed => as_needed = false,
            Some(")") => return Ok(()),
            Some(",") => {}
            Some("AS_NEEDED") if !as_needed => {
                tokens.expect("(")?;
                as_needed = true;
            }
            Some(word) if !matches!(word, "(" | "{" | "}" | ";") => {
                commands.push(Command::Input { name: word.to_string(), as_needed });
            }
            _ => return Err(tokens.error("syntax error in a list of files")),
        }
    }
}

fn arguments(tokens: &mut Tokens<'_>) -> Result<Vec<String>, ScriptError> {
    tokens.expect("(")?;
    let mut list = Vec::new();
    loop {
        match tokens.next() {
            Some(")") => return Ok(list),
            Some(",") => {}
            Some(word) if !matches!(word, "(" | "{" | "}" | ";") => list.push(word.to_string()),
            _ => return Err(tokens.error("syntax error in arguments")),
        }
    }
}

//! Linker scripts, the subset of library stubs: `GROUP`, `INPUT`, `AS_NEEDED`, `OUTPUT_FORMAT`, `SEARCH_DIR`, ...
//!
//! In: the text. Out: a flat list of commands. Source: GNU ld manual, "Simple Linker Script Commands".

/// One command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Command {
    StartGroup,
    EndGroup,
    Input { name: String, as_needed: bool },
    SearchDirectory(String),
    Entry(String),
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

/// Reads a script of the stub kind.
pub(crate) fn parse_script(text: &str) -> Result<Vec<Command>, ScriptError> {
    let mut tokens = Tokens::new(text);
    let mut commands = Vec::new();
    while let Some(word) = tokens.next() {
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
            ";" => {}
            "SECTIONS" | "PHDRS" | "MEMORY" | "VERSION" | "PROVIDE" | "ASSERT" | "INSERT" | "EXTERN"
            | "INCLUDE" | "PROVIDE_HIDDEN" | "NOCROSSREFS" | "REGION_ALIAS" | "STARTUP" => {
                return Err(ScriptError {
                    line: tokens.line,
                    what: format!("the linker script command {word}"),
                    unsupported: true,
                });
            }
            _ => return Err(tokens.error("syntax error in linker script")),
        }
    }
    Ok(commands)
}

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

//! The comments that say what a file tests.
//!
//! ```text
//! ; run: @add(1, 2) == 3            call, compare the results: (a, b) for several
//! ; run: @f(0) traps user           stops with this trap
//! ; run: @f(0) breaks "division"    the interpreter reports a message that contains this
//! ; run: main("x") prints "hi\n" exits 3
//! ; native: skip REASON             modes that make machine code pass over the file
//! ; native: skip on i686: REASON    those of one target do
//! ```

/// What a call must do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expected {
    /// Give these results, one text per value.
    Results(Vec<String>),
    /// Trap with this code.
    Trap(String),
    /// Break a rule: the message contains this.
    Broken(String),
    /// Print and exit, for `main`.
    Program {
        /// Standard output.
        output: String,
        /// Exit status.
        status: i32,
    },
}

/// A `run:` line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    /// The line in the file, from 1.
    pub line: usize,
    /// The function, without `@`.
    pub function: String,
    /// Argument texts.
    pub args: Vec<String>,
    /// The expectation.
    pub expected: Expected,
}

/// All directives of a file.
#[derive(Clone, Default, Debug)]
pub struct Directives {
    /// `run:` lines.
    pub runs: Vec<Run>,
    /// Line numbers with the text of `error:` comments.
    pub errors: Vec<(usize, String)>,
    /// Targets that machine code is not made for, with the reason; an empty name is all.
    pub skip_native: Vec<(String, String)>,
}

impl Directives {
    /// Whether machine code of a target is left out.
    pub fn skips(&self, machine: &str) -> bool {
        self.skip_native.iter().any(|(name, _)| name.is_empty() || name == machine)
    }
}

/// Reads the comments of a file.
///
/// # Errors
/// A message with the line of a malformed directive.
pub fn parse(text: &str) -> Result<Directives, String> {
    let mut directives = Directives::default();
    for (index, line) in text.lines().enumerate() {
        let Some((_, comment)) = line.split_once(';') else { continue };
        let comment = comment.trim();
        if let Some(run) = comment.strip_prefix("run:") {
            directives
                .runs
                .push(parse_run(index + 1, run.trim()).map_err(|e| format!("line {}: {e}", index + 1))?);
        } else if let Some(message) = comment.strip_prefix("error:") {
            directives.errors.push((index + 1, message.trim().to_string()));
        } else if let Some(reason) = comment.strip_prefix("native: skip") {
            let reason = reason.trim();
            let (name, reason) = match reason.strip_prefix("on ").and_then(|rest| rest.split_once(':')) {
                Some((name, reason)) => (name.trim(), reason.trim()),
                None => ("", reason),
            };
            directives.skip_native.push((name.to_string(), reason.to_string()));
        }
    }
    Ok(directives)
}

fn parse_run(line: usize, text: &str) -> Result<Run, String> {
    let open = text.find('(').ok_or("expected '(' after the function")?;
    let function = text[..open].trim().trim_start_matches('@').to_string();
    let close = matching_parenthesis(&text[open..]).ok_or("expected ')'")? + open;
    let args = split_values(&text[open + 1..close]);
    let rest = text[close + 1..].trim();
    let expected = if let Some(results) = rest.strip_prefix("==") {
        let results = results.trim();
        let inner = results.strip_prefix('(').and_then(|r| r.strip_suffix(')'));
        Expected::Results(split_values(inner.unwrap_or(results)))
    } else if let Some(code) = rest.strip_prefix("traps") {
        Expected::Trap(code.trim().to_string())
    } else if let Some(message) = rest.strip_prefix("breaks") {
        Expected::Broken(message.trim().trim_matches('"').to_string())
    } else if function == "main" {
        program(rest)?
    } else if rest.is_empty() {
        Expected::Results(Vec::new())
    } else {
        return Err(format!("expected '==', 'traps' or 'breaks', found '{rest}'"));
    };
    Ok(Run { line, function, args, expected })
}

fn program(text: &str) -> Result<Expected, String> {
    let mut output = String::new();
    let mut rest = text;
    if let Some(prints) = rest.strip_prefix("prints") {
        let prints = prints.trim_start();
        let end = prints.rfind('"').filter(|end| *end > 0).ok_or("expected text in quotes after 'prints'")?;
        output = String::from_utf8_lossy(&unescape(&prints[1..end])).into_owned();
        rest = prints[end + 1..].trim();
    }
    let status = match rest.strip_prefix("exits") {
        Some(status) => status.trim().parse().map_err(|_| "expected a number after 'exits'")?,
        None if rest.is_empty() => 0,
        None => return Err(format!("expected 'prints' or 'exits', found '{rest}'")),
    };
    Ok(Expected::Program { output, status })
}

fn matching_parenthesis(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Splits at commas outside brackets and quotes.
fn split_values(text: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth -= 1,
            ',' if depth == 0 && !quoted => {
                values.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = values.last_mut() {
            last.push(c);
        }
    }
    let values: Vec<String> = values.iter().map(|v| v.trim().to_string()).collect();
    if values == [""] { Vec::new() } else { values }
}

/// The bytes of text with the escapes of the IR's text form.
pub fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        out.push(match bytes.next() {
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'r') => b'\r',
            Some(b'0') => 0,
            Some(b'x') => {
                let digits: String = bytes.by_ref().take(2).map(char::from).collect();
                u8::from_str_radix(&digits, 16).unwrap_or(b'?')
            }
            Some(other) => other,
            None => break,
        });
    }
    out
}

//! `docs/ir.md`: every opcode has its entry, and every example runs.
//!
//! Examples are blocks fenced as `ssa`. Those with `; run:` lines run in the interpreter, those with
//! `; error:` lines must fail as they say, the others must read and verify.

use crate::{directive, interpreter, ir};
use lathe_ir::Opcode;

fn text() -> Result<String, String> {
    let path = crate::discover::root().join("../docs/ir.md");
    std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))
}

/// Every opcode has a row in a table: `` | `name` | … ``, with the table's own words about it.
///
/// # Errors
/// The opcodes without one.
pub fn check_opcodes() -> Result<(), String> {
    let text = text()?;
    let mut missing = Vec::new();
    for opcode in Opcode::ALL {
        let info = opcode.info();
        let start = format!("| `{}` |", info.name);
        match text.lines().find(|l| l.starts_with(&start)) {
            None => missing.push(format!("{opcode} is not described; add: {}", row(*opcode))),
            Some(line) if !line.contains(info.doc) => {
                missing.push(format!("{opcode}: the opcode table says: {}", row(*opcode)));
            }
            _ => {}
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(missing.join("\n")) }
}

/// The row of an opcode as the page has it.
pub fn row(opcode: Opcode) -> String {
    let info = opcode.info();
    format!("| `{}` | {:?} | {:?} | {} |", info.name, info.format, info.result, info.doc)
}

/// Runs all examples.
///
/// # Errors
/// The examples that fail, with their line.
pub fn check_examples() -> Result<(), String> {
    let text = text()?;
    let mut failures = Vec::new();
    let mut example: Option<(usize, String)> = None;
    let mut count = 0;
    for (index, line) in text.lines().enumerate() {
        match &mut example {
            None if line.trim() == "```ssa" => example = Some((index + 2, String::new())),
            None => {}
            Some((start, body)) if line.trim() == "```" => {
                count += 1;
                if let Err(message) = run(body) {
                    failures.push(format!("the example at line {start}: {message}"));
                }
                example = None;
            }
            Some((_, body)) => {
                body.push_str(line);
                body.push('\n');
            }
        }
    }
    if count == 0 {
        failures.push("there is no example".to_string());
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

fn run(text: &str) -> Result<(), String> {
    let directives = directive::parse(text)?;
    if !directives.errors.is_empty() {
        return ir::check("docs/ir.md", text, &directives);
    }
    let module = ir::load("docs/ir.md", text)?;
    interpreter::check(&module, &directives.runs)
}

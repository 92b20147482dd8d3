//! `c/ok/` and `c/err/`: C programs through the `lathe` command.
//!
//! ```text
//! // args: one two         arguments of the program
//! // exits: 3              its exit status; 0 if absent
//! // skip on i686: REASON   not for this target
//! // prints: hello         lines of its output, in order
//! int x = "a"; // error: initialization     in err/: a message on this line contains this
//! ```
//!
//! Programs in `ok/` run in the interpreter and natively at each level. Without the command the tests
//! are left out, as in [`crate::native`].

use crate::native::command;
use std::path::Path;
use std::process::Command;

/// Runs a program with the words of a `lathe` command before it (`interp`; `run -O1`) and compares
/// output and status.
///
/// # Errors
/// The difference, or the compiler's messages.
pub fn check_ok(file: &Path, words: &[String]) -> Result<(), String> {
    check_ok_on(file, words, "")
}

/// The same for a target, unless the program says `// skip on NAME`.
///
/// # Errors
/// As [`check_ok`].
pub fn check_ok_on(file: &Path, words: &[String], machine: &str) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|e| e.to_string())?;
    let mut expected = String::new();
    let (mut status, mut args) = (0, Vec::new());
    for line in text.lines() {
        let Some((_, comment)) = line.split_once("//") else { continue };
        let comment = comment.trim_start();
        if comment
            .strip_prefix("skip on ")
            .is_some_and(|rest| !machine.is_empty() && rest.starts_with(machine))
        {
            return Ok(());
        }
        if let Some(prints) = comment.strip_prefix("prints:") {
            expected.push_str(prints.strip_prefix(' ').unwrap_or(prints));
            expected.push('\n');
        } else if let Some(exits) = comment.strip_prefix("exits:") {
            status = exits.trim().parse().map_err(|_| "expected a number after 'exits:'")?;
        } else if let Some(words) = comment.strip_prefix("args:") {
            args = words.split_whitespace().map(str::to_string).collect();
        }
    }
    let lathe = command().ok_or("there is no lathe command")?;
    let mut run = Command::new("timeout");
    run.arg("30").arg(lathe).args(words).arg(file).args(args).stdin(std::process::Stdio::null());
    let output = run.output().map_err(|e| e.to_string())?;
    let found = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.code() != Some(status) {
        let messages = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("exit status {:?}, not {status}\n{found}{messages}", output.status.code()));
    }
    for (number, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        if found.trim_end() != expected.trim_end() {
            return Err(format!("line {} of the output is '{found}', not '{expected}'", number + 1));
        }
    }
    match found.lines().count() == expected.lines().count() {
        true => Ok(()),
        false => Err(format!("the output is:\n{found}")),
    }
}

/// Compiles a wrong program and compares the messages.
///
/// # Errors
/// Messages that are missing or too many.
pub fn check_err(file: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|e| e.to_string())?;
    let lathe = command().ok_or("there is no lathe command")?;
    let mut compile = Command::new("timeout");
    compile.arg("30").arg(lathe).args(["cc", "-fsyntax-only"]).arg(file);
    let output = compile.output().map_err(|e| e.to_string())?;
    if output.status.code() != Some(1) {
        return Err(format!("exit status {:?}, not 1", output.status.code()));
    }
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut found: Vec<(usize, &str)> = Vec::new();
    for message in messages.lines() {
        let Some((place, text)) = message.split_once(": error: ") else { continue };
        let line = place.rsplit(':').nth(1).and_then(|l| l.parse().ok());
        found.extend(line.map(|l| (l, text)));
    }
    let mut wrong = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let Some((_, expected)) = line.split_once("// error:") else { continue };
        match found.iter().position(|(l, m)| *l == index + 1 && m.contains(expected.trim())) {
            Some(at) => {
                found.remove(at);
            }
            None => wrong.push(format!("line {}: expected: {}", index + 1, expected.trim())),
        }
    }
    wrong.extend(found.iter().map(|(line, message)| format!("line {line}: not expected: {message}")));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

//! `ir/`: reader, writer, verifier.

use crate::directive::Directives;
use lathe_diag::{Diagnostics, Loc, SourceMap};
use lathe_ir::Module;
use lathe_ir::text::{read_module, read_text};
use lathe_ir::verify::verify_module;
use lathe_target::{Target, Triple};

/// The target of files without a `target` line.
pub fn default_target() -> Target {
    Target::new(Triple { arch: lathe_target::Arch::X86_64, environment: lathe_target::Environment::Gnu })
}

/// Reads and verifies a file, and checks that its text form is stable.
///
/// # Errors
/// The messages.
pub fn load(name: &str, text: &str) -> Result<Module, String> {
    load_for(&default_target(), name, text)
}

/// Reads and verifies a file for a target.
///
/// # Errors
/// The messages.
pub fn load_for(target: &Target, name: &str, text: &str) -> Result<Module, String> {
    let module = read_text(name, text, target).map_err(|e| e.to_string())?;
    let errors = verify_module(&module);
    if !errors.is_empty() {
        return Err(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    }
    let written = module.to_string();
    let again = read_text("written", &written, target).map_err(|e| format!("{e}\n{written}"))?;
    if again.to_string() != written {
        return Err(format!("reading what was written gives other text:\n{written}"));
    }
    Ok(module)
}

/// Checks a file of `ir/`.
///
/// # Errors
/// The disagreements.
pub fn check(name: &str, text: &str, directives: &Directives) -> Result<(), String> {
    if directives.errors.is_empty() {
        return load(name, text).map(|_| ());
    }
    let found = errors(name, text);
    let mut wrong = Vec::new();
    for (line, message) in &directives.errors {
        if !found.iter().any(|(l, m)| l == line && m.contains(message.as_str())) {
            wrong.push(format!("line {line}: expected: {message}"));
        }
    }
    for (line, message) in &found {
        if !directives.errors.iter().any(|(l, m)| l == line && message.contains(m.as_str())) {
            wrong.push(format!("line {line}: not expected: {message}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// The reader's errors with their lines, or the verifier's when there are none.
fn errors(name: &str, text: &str) -> Vec<(usize, String)> {
    let sources = SourceMap::new();
    let Ok(file) = sources.add(name, text.as_bytes(), Loc::NONE) else { return Vec::new() };
    let mut diagnostics = Diagnostics::new();
    if let Some(module) = read_module(&sources, file, &default_target(), &mut diagnostics) {
        for error in verify_module(&module) {
            diagnostics.push(error.to_diagnostic());
        }
    }
    let line = |loc| sources.place(loc).map_or(0, |p| p.line_col.line as usize);
    diagnostics.iter().map(|d| (line(d.span.lo), d.message.clone())).collect()
}

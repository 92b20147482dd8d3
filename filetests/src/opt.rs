//! `opt/<pass>/`: one pass of the optimizer, and what it makes of each function.
//!
//! The comments after a function say what must come out:
//!
//! ```text
//! ; check: return v0      a line of the function afterwards contains this; in order
//! ; not: load             no line contains this
//! ;|     v1 = iadd.i32 …  the whole function, line by line
//! ```
//!
//! `LATHE_BLESS=1` rewrites the `;|` lines of functions that have some.

use crate::ir;
use lathe_ir::{Module, SymbolDefinition};
use std::path::Path;

/// The expectations after one function.
struct Section {
    /// Its name, without `@`.
    function: String,
    checks: Vec<String>,
    absent: Vec<String>,
    golden: Vec<String>,
    /// The lines of the file that hold the golden text: first, one past the last.
    place: (usize, usize),
}

fn sections(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(rest) = line.strip_prefix("func @") {
            let end = rest.find('(').unwrap_or(rest.len());
            let (checks, absent, golden) = (Vec::new(), Vec::new(), Vec::new());
            let function = rest[..end].trim_matches('"').to_string();
            sections.push(Section { function, checks, absent, golden, place: (0, 0) });
        }
        let Some(section) = sections.last_mut() else { continue };
        if let Some(golden) = line.strip_prefix(";|") {
            if section.golden.is_empty() {
                section.place.0 = index;
            }
            section.place.1 = index + 1;
            section.golden.push(golden.strip_prefix(' ').unwrap_or(golden).to_string());
        } else if let Some(check) = line.strip_prefix("; check:") {
            section.checks.push(check.trim().to_string());
        } else if let Some(absent) = line.strip_prefix("; not:") {
            section.absent.push(absent.trim().to_string());
        }
    }
    sections
}

/// Runs the pass that the directory names and compares.
///
/// # Errors
/// The disagreements.
pub fn check(name: &str, text: &str, file: &Path) -> Result<(), String> {
    let pass = file.parent().and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned());
    let pass = pass.ok_or("the file is in no directory")?;
    let mut module = ir::load(name, text)?;
    let others = lathe_opt::PASSES.iter().map(|p| p.name.to_string()).filter(|p| *p != pass);
    let disabled: Vec<String> = others.collect();
    if disabled.len() == lathe_opt::PASSES.len() {
        return Err(format!("there is no pass '{pass}'"));
    }
    let options = lathe_opt::Options {
        level: 1,
        disabled,
        verify_each: true,
        threads: 1,
        ..lathe_opt::Options::default()
    };
    lathe_opt::optimize(&mut module, &options);
    let sections = sections(text);
    if std::env::var_os("LATHE_BLESS").is_some_and(|v| v == "1") {
        bless(&module, text, file, &sections)?;
    }
    let blessed = std::fs::read_to_string(file).map_err(|e| e.to_string())?;
    let mut wrong = Vec::new();
    for section in self::sections(&blessed) {
        let Some(lines) = function_lines(&module, &section.function) else {
            if !section.checks.is_empty() || !section.golden.is_empty() {
                wrong.push(format!("@{} is gone", section.function));
            }
            continue;
        };
        compare(&section, &lines, &mut wrong);
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

fn compare(section: &Section, lines: &[String], wrong: &mut Vec<String>) {
    let shown = || lines.join("\n");
    let mut rest = lines.iter();
    for check in &section.checks {
        if !rest.any(|line| line.contains(check.as_str())) {
            wrong.push(format!("@{}: no line (left) with '{check}':\n{}", section.function, shown()));
            break;
        }
    }
    for absent in &section.absent {
        if lines.iter().any(|line| line.contains(absent.as_str())) {
            wrong.push(format!("@{}: there is '{absent}':\n{}", section.function, shown()));
        }
    }
    if !section.golden.is_empty() && section.golden != lines {
        wrong.push(format!("@{} is now:\n{}", section.function, shown()));
    }
}

fn function_lines(module: &Module, name: &str) -> Option<Vec<String>> {
    let symbol = module.find_symbol(name)?;
    let SymbolDefinition::Function(id) = module.symbols[symbol].definition else { return None };
    let text = module.functions[id].display(module).to_string();
    Some(text.lines().map(str::to_string).collect())
}

fn bless(module: &Module, text: &str, file: &Path, sections: &[Section]) -> Result<(), String> {
    let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
    for section in sections.iter().rev().filter(|s| !s.golden.is_empty()) {
        let Some(golden) = function_lines(module, &section.function) else { continue };
        let golden = golden.iter().map(|l| format!(";| {l}"));
        lines.splice(section.place.0..section.place.1, golden);
    }
    std::fs::write(file, lines.join("\n") + "\n").map_err(|e| e.to_string())
}

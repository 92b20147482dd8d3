//! Invalid (and a few valid) programs against gcc: what gcc rejects is rejected, with the first error
//! on the same line and, where listed as such, in the same words; what gcc accepts is accepted.

use lathe_c::ast::CheckOnly;
use lathe_c::pp::{self, Preprocessor};
use lathe_c::{parse, sema};
use lathe_diag::{Loc, Severity, SourceMap};
use lathe_target::Target;
use std::process::Command;

/// One program per paragraph; `//` comments only mark what is tested.
const PROGRAMS: &str = include_str!("errors.txt");

fn our_errors(text: &str) -> Vec<(u32, String)> {
    let target = Target::from_triple("x86_64-linux-gnu").unwrap();
    let sources = SourceMap::default();
    let main = sources.add("errors.c", text.as_bytes().to_vec(), Loc::NONE).unwrap();
    let mut pp = Preprocessor::new(pp::Options::default(), &sources, &target, main);
    parse::check_unit(&mut pp, &sema::Options::default(), &mut CheckOnly);
    let errors = pp.diagnostics.iter().filter(|d| d.severity >= Severity::Error);
    errors.map(|d| (sources.place(d.span.lo).map_or(0, |p| p.line_col.line), d.message.clone())).collect()
}

fn gcc_errors(text: &str, number: usize) -> Vec<(u32, String)> {
    let file = std::env::temp_dir().join(format!("lathe-errors-{}-{number}.c", std::process::id()));
    std::fs::write(&file, text).unwrap();
    let output = Command::new("gcc")
        .env("LC_ALL", "C")
        .args(["-fsyntax-only", "-w", "-fdiagnostics-plain-output"])
        .arg(&file)
        .output()
        .unwrap();
    let _ = std::fs::remove_file(&file);
    let name = format!("{}:", file.display());
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut errors = Vec::new();
    for line in text.lines() {
        let Some(rest) = line.strip_prefix(&name) else { continue };
        let Some((place, message)) = rest.split_once(": error: ") else { continue };
        let number = place.split(':').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        errors.push((number, message.to_string()));
    }
    errors
}

#[test]
fn errors_equal_gccs() {
    let mut failures = Vec::new();
    let mut words = 0;
    let mut total = 0;
    for (number, program) in PROGRAMS.split("\n\n").enumerate() {
        let ours = our_errors(program);
        let theirs = gcc_errors(program, number);
        let first = |list: &[(u32, String)]| list.first().map(|(line, _)| *line);
        total += 1;
        if ours.first() == theirs.first() {
            words += 1;
        } else if std::env::var_os("SHOW_WORDS").is_some() {
            eprintln!("{program}\n  ours  {:?}\n  gcc's {:?}\n", ours.first(), theirs.first());
        }
        if first(&ours) != first(&theirs) {
            failures.push(format!("{program}\n  ours  {ours:?}\n  gcc's {theirs:?}\n"));
        }
    }
    assert!(failures.is_empty(), "{} of {total}:\n{}", failures.len(), failures.join("\n"));
    // The words may differ here and there; most must not.
    assert!(words * 100 >= total * 90, "only {words} of {total} first messages are in gcc's words");
}

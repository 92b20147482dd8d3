//! Finding the tests: a trial per file and mode.

use crate::directive::{self, Directives};
use crate::{c, docs, interpreter, ir, native, opt, optimized};
use libtest_mimic::{Failed, Trial};
use std::fs;
use std::path::{Path, PathBuf};

/// The directory of the test files.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All tests.
pub fn trials() -> Vec<Trial> {
    let known = known_failures();
    let mut trials = Vec::new();
    for (kind, file) in files() {
        let name = file.strip_prefix(root()).unwrap_or(&file).to_string_lossy().into_owned();
        let mut add = |mode: &str, check: fn(&str, &str, &Directives) -> Result<(), String>| {
            let title = if mode.is_empty() { name.clone() } else { format!("{name} [{mode}]") };
            let is_known = known.contains(&title);
            let (name, file) = (name.clone(), file.clone());
            trials.push(Trial::test(title, move || verdict(run_file(&name, &file, check), is_known)));
        };
        match kind {
            Kind::Ir => add("", ir::check),
            Kind::Opt => {
                let is_known = known.contains(&name);
                let title = name.clone();
                trials.push(Trial::test(title, move || {
                    let text = fs::read_to_string(&file).map_err(|e| e.to_string())?;
                    verdict(opt::check(&name, &text, &file), is_known)
                }));
            }
            Kind::Run => {
                add("interpreter", |n, t, d| interpreter::check(&ir::load(n, t)?, &d.runs));
                add("optimized", |n, t, d| optimized::check(&ir::load(n, t)?, &d.runs));
                if native::is_available() {
                    add("native -O0", |n, t, d| native::check(&ir::load(n, t)?, d, "-O0"));
                    add("native -O1", |n, t, d| native::check(&ir::load(n, t)?, d, "-O1"));
                }
            }
        }
    }
    if native::is_available() {
        trials.extend(c_trials(&known));
    }
    trials.push(Trial::test("docs/ir.md opcodes", || verdict(docs::check_opcodes(), false)));
    trials.push(Trial::test("docs/ir.md examples", || verdict(docs::check_examples(), false)));
    trials
}

/// Modes of C programs: title and the words of the `lathe` command.
const C_MODES: [(&str, &[&str]); 3] = [
    ("interpreter", &["interp"]),
    ("native -O0", &["run", "-O0", "-lm"]),
    ("native -O1", &["run", "-O1", "-lm"]),
];

fn c_trials(known: &[String]) -> Vec<Trial> {
    let mut trials = Vec::new();
    let mut add = |title: String, check: Box<dyn FnOnce() -> Result<(), String> + Send>| {
        let is_known = known.contains(&title);
        trials.push(Trial::test(title, move || verdict(check(), is_known)));
    };
    for directory in ["c/ok", "c/err"] {
        for file in entries(&root().join(directory)) {
            if file.extension().is_none_or(|e| e != "c") {
                continue;
            }
            let name = file.strip_prefix(root()).unwrap_or(&file).to_string_lossy().into_owned();
            if directory == "c/err" {
                add(name, Box::new(move || c::check_err(&file)));
                continue;
            }
            for (mode, words) in C_MODES {
                let file = file.clone();
                add(format!("{name} [{mode}]"), Box::new(move || c::check_ok(&file, words)));
            }
        }
    }
    trials
}

fn run_file(
    name: &str,
    file: &Path,
    check: fn(&str, &str, &Directives) -> Result<(), String>,
) -> Result<(), String> {
    let text = fs::read_to_string(file).map_err(|e| e.to_string())?;
    let directives = directive::parse(&text)?;
    check(name, &text, &directives)
}

fn verdict(outcome: Result<(), String>, is_known: bool) -> Result<(), Failed> {
    match (outcome, is_known) {
        (Ok(()), false) | (Err(_), true) => Ok(()),
        (Ok(()), true) => Err("passes now: remove it from known_failures.txt".into()),
        (Err(message), false) => Err(message.into()),
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Ir,
    Opt,
    Run,
}

fn files() -> Vec<(Kind, PathBuf)> {
    let mut found = Vec::new();
    let mut directories = vec![(Kind::Ir, root().join("ir")), (Kind::Run, root().join("run"))];
    directories.extend(entries(&root().join("opt")).into_iter().map(|d| (Kind::Opt, d)));
    for (kind, directory) in directories {
        let paths = entries(&directory).into_iter();
        found.extend(paths.filter(|p| p.extension().is_some_and(|e| e == "ssa")).map(|p| (kind, p)));
    }
    found
}

/// What a directory holds, sorted.
fn entries(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    paths.sort();
    paths
}

/// Titles of tests that are known to fail: `TITLE # reason`.
fn known_failures() -> Vec<String> {
    let text = fs::read_to_string(root().join("known_failures.txt")).unwrap_or_default();
    let lines = text.lines().map(|l| l.split('#').next().unwrap_or("").trim());
    lines.filter(|l| !l.is_empty()).map(str::to_string).collect()
}

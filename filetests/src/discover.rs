//! Finding the tests: a trial per file and mode.

use crate::directive::{self, Directives};
use crate::machine::{MACHINES, Machine};
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
        let mut add = |mode: &str, check: Check| {
            let title = if mode.is_empty() { name.clone() } else { format!("{name} [{mode}]") };
            let is_known = known.contains(&title);
            let (name, file) = (name.clone(), file.clone());
            trials.push(Trial::test(title, move || verdict(run_file(&name, &file, check), is_known)));
        };
        match kind {
            Kind::Ir => add("", Box::new(ir::check)),
            Kind::Opt => {
                let is_known = known.contains(&name);
                let title = name.clone();
                trials.push(Trial::test(title, move || {
                    let text = fs::read_to_string(&file).map_err(|e| e.to_string())?;
                    verdict(opt::check(&name, &text, &file), is_known)
                }));
            }
            Kind::Run => {
                add("interpreter", Box::new(|n, t, d| interpreter::check(&ir::load(n, t)?, &d.runs)));
                add("optimized", Box::new(|n, t, d| optimized::check(&ir::load(n, t)?, &d.runs)));
                for (machine, level) in modes() {
                    let check: Check = Box::new(move |n, t, d| {
                        if d.skips(machine.name) {
                            return Ok(());
                        }
                        native::check(machine, &ir::load_for(&machine.target(), n, t)?, d, level)
                    });
                    add(&format!("{} {level}", machine.name), check);
                }
            }
        }
    }
    if native::is_available() {
        trials.extend(c_trials(&known));
    }
    // What cannot run here is shown as ignored.
    for (machine, reason) in MACHINES.iter().filter_map(|m| Some((m, m.missing()?))) {
        let title = format!("run, c/ok [{}]: {reason}", machine.name);
        trials.push(Trial::test(title, || Ok(())).with_ignored_flag(true));
    }
    trials.push(Trial::test("docs/ir.md opcodes", || verdict(docs::check_opcodes(), false)));
    trials.push(Trial::test("docs/ir.md examples", || verdict(docs::check_examples(), false)));
    trials
}

type Check = Box<dyn FnOnce(&str, &str, &Directives) -> Result<(), String> + Send>;

/// Targets and levels that can be tried here.
fn modes() -> impl Iterator<Item = (&'static Machine, &'static str)> {
    let usable = MACHINES.iter().filter(|machine| native::is_available() && machine.missing().is_none());
    usable.flat_map(|machine| ["-O0", "-O1"].map(|level| (machine, level)))
}

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
            let interpreted = file.clone();
            add(
                format!("{name} [interpreter]"),
                Box::new(move || c::check_ok(&interpreted, &["interp".into()])),
            );
            for (machine, level) in modes() {
                let file = file.clone();
                let words: Vec<String> = ["run".into()]
                    .into_iter()
                    .chain(machine.words())
                    .chain([level.into(), "-lm".into()])
                    .collect();
                add(
                    format!("{name} [{} {level}]", machine.name),
                    Box::new(move || c::check_ok_on(&file, &words, machine.name)),
                );
            }
        }
    }
    trials
}

fn run_file(name: &str, file: &Path, check: Check) -> Result<(), String> {
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

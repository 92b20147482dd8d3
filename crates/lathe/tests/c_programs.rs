//! Small C programs, one language feature each, in `filetests/c/features`: on every target, at -O0 and -O1, static and
//! dynamic, they print what gcc's build prints, and the reference interpreter prints it too.
//!
//! A program is for all targets, or for one: `NAME.TARGET.c`. `// skip on TARGET: reason` leaves one out.

mod support;

use std::path::{Path, PathBuf};
use support::machine::{Machine, X86_64};
use support::{TempDir, gcc, run, shorten};

/// Programs that the interpreter cannot run: it has no machine code.
const NATIVE_ONLY: &[&str] = &["inline_assembly.x86_64"];

/// Names of targets that a file name may end in.
const TARGETS: &[&str] = &["x86_64", "i686", "aarch64", "riscv64"];

fn programs(machine: Machine) -> Vec<PathBuf> {
    let directory = support::workspace().join("filetests/c/features");
    let is_for_it = |path: &PathBuf| {
        let name = name_of(path);
        let for_one = TARGETS.iter().find(|target| name.ends_with(&format!(".{target}")));
        let text = std::fs::read_to_string(path).unwrap_or_default();
        for_one.is_none_or(|target| *target == machine.name)
            && !text.contains(&format!("// skip on {}:", machine.name))
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(&directory)
        .expect("filetests/c/features")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "c"))
        .filter(is_for_it)
        .collect();
    files.sort();
    assert!(files.len() >= 15, "programs are missing in {}", directory.display());
    files
}

fn name_of(path: &Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().into_owned()
}

/// Options that programs are built with.
const BUILDS: &[&[&str]] = &[
    &["-O0"],
    &["-O1"],
    &["-O1", "-fPIC"],
    &["-O0", "-g", "-no-pie", "-fno-pie"],
    &["-O1", "-static"],
    &["-O0", "-static-pie"],
];

on_every_target!(native);

fn native(machine: Machine) {
    if machine.is_missing() {
        return;
    }
    let directory = machine.directory("c-programs");
    let at = directory.path();
    let mut failures = Vec::new();
    for path in programs(machine) {
        let source = path.display().to_string();
        machine.gcc(at, &["-std=gnu17", &source, "-o", "expected", "-lm", "-pthread"]).ok();
        let expected = machine.run(at, 20, &["./expected", "one", "two"]);
        for flags in BUILDS.iter().filter(|f| !f.contains(&"-static-pie") || machine.has_static_pie()) {
            let words = ["-w", "-std=gnu17", &source, "-o", "ours", "-lm", "-pthread"];
            let compiled = machine.cc(at, &[flags, &words[..]].concat());
            if compiled.status != 0 {
                failures.push(format!("{} {flags:?}: {}", name_of(&path), shorten(&compiled.stderr)));
                continue;
            }
            let ours = machine.run(at, 20, &["./ours", "one", "two"]);
            if ours.status != expected.status || ours.stdout != expected.stdout {
                failures.push(format!(
                    "{} {flags:?}: status {} for {}\n{}--- gcc\n{}",
                    name_of(&path),
                    ours.status,
                    expected.status,
                    ours.text(),
                    expected.text()
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn interpreted() {
    need!("gcc");
    let directory = TempDir::new("c-interpreted");
    let at = directory.path();
    let mut failures = Vec::new();
    for path in programs(X86_64) {
        let source = path.display().to_string();
        gcc(at, &["-std=gnu17", &source, "-o", "expected", "-lm", "-pthread"]).ok();
        let expected = run(at, 20, &["./expected", "one", "two"]);
        let ours = run(at, 60, &[&support::binary(), "interp", &source, "one", "two"]);
        let same = ours.status == expected.status && ours.stdout == expected.stdout;
        let native_only = NATIVE_ONLY.contains(&name_of(&path).as_str());
        if ours.status == 101 || ours.stderr.contains("panicked") {
            failures.push(format!("{}: panic\n{}", name_of(&path), shorten(&ours.stderr)));
        } else if same && native_only {
            failures.push(format!("{}: works now, take it off the list", name_of(&path)));
        } else if !same && !native_only {
            failures.push(format!(
                "{}: status {} for {}\n{}{}--- gcc\n{}",
                name_of(&path),
                ours.status,
                expected.status,
                shorten(&ours.stderr),
                ours.text(),
                expected.text()
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

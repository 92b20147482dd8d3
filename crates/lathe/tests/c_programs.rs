//! Small C programs, one language feature each, in `filetests/c/features`: at -O0 and -O1 they print what
//! gcc's build prints, and the reference interpreter prints it too where its library is enough.

mod support;

use std::path::PathBuf;
use support::{TempDir, cc, gcc, run, shorten};

/// Programs that the interpreter cannot run: it has no machine code.
const NATIVE_ONLY: &[&str] = &["inline_assembly"];

fn programs() -> Vec<PathBuf> {
    let directory = support::workspace().join("filetests/c/features");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&directory)
        .expect("filetests/c/features")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "c"))
        .collect();
    files.sort();
    assert!(files.len() >= 15, "programs are missing in {}", directory.display());
    files
}

fn name_of(path: &std::path::Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().into_owned()
}

#[test]
fn native() {
    need!("gcc");
    let directory = TempDir::new("c-programs");
    let at = directory.path();
    let mut failures = Vec::new();
    for path in programs() {
        let source = path.display().to_string();
        gcc(at, &["-std=gnu17", &source, "-o", "expected", "-lm", "-pthread"]).ok();
        let expected = run(at, 20, &["./expected", "one", "two"]);
        for flags in [&["-O0"][..], &["-O1"], &["-O1", "-fPIC"], &["-O0", "-g", "-no-pie", "-fno-pie"]] {
            let compiled =
                cc(at, &[flags, &["-w", "-std=gnu17", &source, "-o", "ours", "-lm", "-pthread"]].concat());
            if compiled.status != 0 {
                failures.push(format!("{} {flags:?}: {}", name_of(&path), shorten(&compiled.stderr)));
                continue;
            }
            let ours = run(at, 20, &["./ours", "one", "two"]);
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
    for path in programs() {
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

//! Fuzz targets: built on the stable compiler with coverage counters, run by libFuzzer.
//!
//! The targets are a workspace of their own in `fuzz/`; corpora and crashes stay there, outside version control.

use crate::root;
use std::process::Command;

/// libFuzzer's instrumentation: what `cargo fuzz` passes on a nightly compiler, without the sanitizers.
const COVERAGE: &[&str] = &[
    "--cfg",
    "fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
];

/// With an explicit target, build scripts and macros are built without the counters.
const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// `cargo xtask fuzz TARGET SECONDS`.
pub(crate) fn fuzz(arguments: &[String]) -> Result<(), String> {
    let known = targets()?;
    let [target, rest @ ..] = arguments else {
        return Err(format!("which target? There are {}", known.join(", ")));
    };
    if !known.contains(target) {
        return Err(format!("there is no fuzz target '{target}'; there are {}", known.join(", ")));
    }
    let seconds = rest.first().map_or("60", String::as_str);
    if seconds.parse::<u32>().is_err() {
        return Err(format!("'{seconds}' is not a number of seconds"));
    }
    let directory = root().join("fuzz");
    let corpus = directory.join("corpus").join(target);
    let artifacts = directory.join("artifacts").join(target);
    for dir in [&corpus, &artifacts] {
        std::fs::create_dir_all(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    }
    let status = Command::new("cargo")
        .args(["run", "--quiet", "--release", "--target", TRIPLE, "--bin", target, "--"])
        .arg(&corpus)
        .arg(format!("-max_total_time={seconds}"))
        .arg("-timeout=10")
        .arg("-rss_limit_mb=2048")
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .args(rest.iter().skip(1))
        .env("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\x1f"))
        .current_dir(&directory)
        .status()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{target} found something: see {}", artifacts.display()))
    }
}

/// The names of the targets: the files of `fuzz/targets`.
fn targets() -> Result<Vec<String>, String> {
    let directory = root().join("fuzz/targets");
    let entries = std::fs::read_dir(&directory).map_err(|e| format!("{}: {e}", directory.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    Ok(names)
}

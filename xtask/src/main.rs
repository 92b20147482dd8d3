//! `cargo xtask TASK`: the project's own chores, one table.
//!
//! In: a task name and its arguments. Out: the task's exit status. Read [`TASKS`], then the module of the
//! task.

mod fetch;
mod fuzz;
mod setup;
mod tidy;

use std::process::{Command, ExitCode};

/// A task: name, arguments, what it does, how.
type Task = (&'static str, &'static str, &'static str, fn(&[String]) -> Result<(), String>);

/// All tasks.
static TASKS: &[Task] = &[
    ("ci", "", "install what the tests need, run all tests", ci),
    ("setup", "", "install the packages that the tests use (apt-get, as root)", |_| setup::install()),
    ("fetch", "", "fetch the real programs that the tests and benchmarks build", |_| fetch::programs()),
    ("test", "[FILTER]", "run the tests whose names contain FILTER", test),
    ("bless", "[PATH]", "rewrite golden text after reading why it changed", bless),
    ("tidy", "", "check crate edges, file sizes and lints", |_| tidy::check()),
    ("lint", "", "cargo fmt --check and clippy without warnings", |_| lint()),
    ("bench", "[compile|runtime|targets]", "run the benchmarks", bench),
    ("fuzz", "TARGET [SECONDS]", "run a fuzz target (60 seconds; see fuzz/README.md)", fuzz::fuzz),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        help();
        return ExitCode::from(1);
    };
    if name == "help" || name == "--help" {
        help();
        return ExitCode::SUCCESS;
    }
    let Some((_, _, _, run)) = TASKS.iter().find(|task| task.0 == name) else {
        eprintln!("xtask: there is no task '{name}'");
        help();
        return ExitCode::from(1);
    };
    match run(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask {name}: {message}");
            ExitCode::from(1)
        }
    }
}

fn help() {
    println!("usage: cargo xtask TASK\n");
    for (name, arguments, what, _) in TASKS {
        println!("  {:<24} {what}", format!("{name} {arguments}"));
    }
}

/// The directory of the workspace.
pub(crate) fn root() -> std::path::PathBuf {
    let manifest = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map(std::path::Path::to_path_buf).unwrap_or(manifest)
}

/// Runs a command in the workspace; a non-zero exit status is an error.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let status = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .status()
        .map_err(|error| format!("cannot run {program}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{program} {} failed", arguments.join(" "))) }
}

fn has(program: &str, argument: &str) -> bool {
    Command::new(program).args([argument, "--version"]).output().is_ok_and(|o| o.status.success())
}

fn ci(_: &[String]) -> Result<(), String> {
    setup::install()?;
    fetch::programs()?;
    test(&[])
}

fn lint() -> Result<(), String> {
    run("cargo", &["fmt", "--all", "--check"])?;
    run("cargo", &["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"])
}

fn test(arguments: &[String]) -> Result<(), String> {
    let filter: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let documentation = ["test", "--quiet", "--workspace", "--doc"];
    if arguments.is_empty() {
        run("cargo", &documentation)?;
    }
    let base: &[&str] = if has("cargo", "nextest") {
        &["nextest", "run", "--workspace", "--no-fail-fast"]
    } else {
        &["test", "--workspace", "--no-fail-fast", "--lib", "--bins", "--tests", "--examples"]
    };
    let all: Vec<&str> = base.iter().copied().chain(filter).collect();
    run("cargo", &all)
}

fn bless(arguments: &[String]) -> Result<(), String> {
    let mut command = Command::new("cargo");
    command.args(["test", "--package", "lathe-filetests", "--test", "filetests", "--"]).args(arguments);
    let status = command.env("LATHE_BLESS", "1").current_dir(root()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("some tests fail for another reason".into()),
        Err(error) => Err(format!("cannot run cargo: {error}")),
    }
}

fn bench(arguments: &[String]) -> Result<(), String> {
    run("cargo", &["build", "--quiet", "--release", "--package", "lathe"])?;
    fetch::programs()?;
    let which: Vec<&str> = match arguments {
        [] => vec!["compile", "runtime"],
        names => names.iter().map(String::as_str).collect(),
    };
    for name in which {
        run(&format!("bench/{name}"), &[])?;
    }
    Ok(())
}

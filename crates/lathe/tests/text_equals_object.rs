//! One compilation, two ways: the text of `-S` assembled by `lathe as` is the object that `-c` writes
//! at once, byte for byte; and the object does not depend on threads or directories.

mod support;

use std::path::{Path, PathBuf};
use support::{TempDir, cc, lathe, program_sources};

/// Options that an object is made with.
const LEVELS: &[&[&str]] = &[&["-O0"], &["-O1"], &["-O0", "-g"], &["-O1", "-g", "-fPIC"]];

fn same(at: &Path, directory: &TempDir, source: &Path, flags: &[&str]) -> Vec<String> {
    let source = source.display().to_string();
    let mut failures = Vec::new();
    for level in LEVELS {
        let arguments = |more: &[&'static str]| -> Vec<String> {
            let words = ["-w"].iter().chain(*level).chain(flags).chain(more).map(|w| (*w).to_owned());
            words.chain([source.clone()]).collect()
        };
        let go = |more: &[&'static str]| {
            let arguments = arguments(more);
            cc(at, &arguments.iter().map(String::as_str).collect::<Vec<_>>()).ok();
        };
        go(&["-S", "-o", "out.s"]);
        lathe(at, "as", &["out.s", "-o", "text.o"]).ok();
        go(&["-c", "-o", "direct.o", "--threads=1"]);
        if directory.read("text.o") != directory.read("direct.o") {
            failures.push(format!("{source} {level:?}: the assembled text differs from the object"));
        }
        go(&["-c", "-o", "two.o", "--threads=2"]);
        if directory.read("two.o") != directory.read("direct.o") {
            failures.push(format!("{source} {level:?}: two threads make another object"));
        }
    }
    failures
}

#[track_caller]
fn all_same(name: &str, files: &[PathBuf], flags: &[&str]) {
    let directory = TempDir::new(name);
    let mut failures = Vec::new();
    for file in files {
        failures.extend(same(directory.path(), &directory, file, flags));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn sources_in(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .expect("sources")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "c"))
        .collect();
    files.sort();
    files
}

#[test]
fn sqlite() {
    let Some(sources) = program_sources("sqlite") else { return };
    all_same("same-sqlite", &[sources.join("sqlite3.c"), sources.join("shell.c")], &[]);
}

#[test]
fn lua() {
    let Some(sources) = program_sources("lua") else { return };
    all_same("same-lua", &sources_in(&sources.join("src")), &["-DLUA_USE_LINUX"]);
}

#[test]
fn zlib() {
    let Some(sources) = program_sources("zlib") else { return };
    all_same("same-zlib", &sources_in(&sources), &["-DHAVE_UNISTD_H"]);
}

#[test]
fn bzip2() {
    let Some(sources) = program_sources("bzip2") else { return };
    let names = ["blocksort.c", "huffman.c", "compress.c", "decompress.c", "bzlib.c", "bzip2.c"];
    all_same("same-bzip2", &names.map(|name| sources.join(name)), &[]);
}

#[test]
fn small_programs() {
    all_same("same-small", &sources_in(&support::workspace().join("filetests/c/features")), &[]);
}

#[test]
fn the_directory_does_not_matter() {
    let directory = TempDir::new("same-directory");
    directory.write("one/a.c", "#include <stdio.h>\nint main(void) { puts(\"a\"); return 0; }\n");
    directory.write("other/a.c", directory.read("one/a.c"));
    for name in ["one", "other"] {
        cc(&directory.path().join(name), &["-O1", "-c", "a.c"]).ok();
    }
    assert!(directory.read("one/a.o") == directory.read("other/a.o"));
}

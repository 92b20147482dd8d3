//! One compilation, two ways, for every target: the text of `-S` assembled by `lathe as` is the object that `-c` writes
//! at once, byte for byte; GNU as makes the same code and data of that text; the object does not depend on threads or
//! directories.

mod support;

use std::path::{Path, PathBuf};
use support::machine::Machine;
use support::{TempDir, cc, program_sources};

/// Options that an object is made with.
const LEVELS: &[&[&str]] = &[&["-O0"], &["-O1"], &["-O0", "-g"], &["-O1", "-g", "-fPIC"]];

/// Sections whose bytes GNU as must make too: what runs and what it runs on.
const COMPARED: &[&str] =
    &[".text", ".data", ".rodata", ".eh_frame", ".init_array", ".tdata", ".data.rel.ro"];

fn same(machine: Machine, directory: &TempDir, source: &Path, flags: &[&str]) -> Vec<String> {
    let at = directory.path();
    let source = source.display().to_string();
    let mut failures = Vec::new();
    for level in LEVELS {
        let go = |more: &[&str]| {
            let arguments: Vec<&str> =
                [&["-w"], *level, flags, more, &[source.as_str()]].concat().into_iter().collect();
            machine.cc(at, &arguments).ok();
        };
        go(&["-S", "-o", "out.s"]);
        go(&["-c", "-o", "direct.o", "--threads=1"]);
        machine.cc(at, &["-c", "out.s", "-o", "text.o"]).ok();
        if directory.read("text.o") != directory.read("direct.o") {
            failures.push(format!("{source} {level:?}: the assembled text differs from the object"));
        }
        go(&["-c", "-o", "two.o", "--threads=2"]);
        if directory.read("two.o") != directory.read("direct.o") {
            failures.push(format!("{source} {level:?}: two threads make another object"));
        }
        if !level.contains(&"-g") {
            machine.gcc(at, &["-c", "out.s", "-o", "gnu.o"]).ok();
            failures
                .extend(gnu_differences(directory).into_iter().map(|d| format!("{source} {level:?}: {d}")));
        }
    }
    failures
}

/// How the object of GNU as differs in the bytes of sections.
fn gnu_differences(directory: &TempDir) -> Vec<String> {
    let (ours, theirs) = (directory.read("direct.o"), directory.read("gnu.o"));
    let (Some(ours), Some(theirs)) = (sections(&ours), sections(&theirs)) else {
        return vec!["one of the objects is damaged".into()];
    };
    let mut differences = Vec::new();
    for (name, bytes) in &theirs {
        let known =
            COMPARED.iter().any(|c| name == c || name.strip_prefix(c).is_some_and(|r| r.starts_with('.')));
        let same = ours.iter().any(|(other, content)| other == name && content == bytes);
        if known && !same && !bytes.is_empty() {
            differences.push(format!("{name} of GNU as differs"));
        }
    }
    differences
}

/// Names and bytes of an ELF file's sections (ELF gABI, chapter 4); those without bytes in the file are empty.
fn sections(object: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let wide = *object.get(4)? == 2;
    let number = |at: usize, size: usize| -> Option<usize> {
        let bytes = object.get(at..at + size)?;
        Some(bytes.iter().rev().fold(0usize, |n, b| n << 8 | usize::from(*b)))
    };
    let word = if wide { 8 } else { 4 };
    let (table, entry, count, names) = match wide {
        true => (number(0x28, 8)?, number(0x3a, 2)?, number(0x3c, 2)?, number(0x3e, 2)?),
        false => (number(0x20, 4)?, number(0x2e, 2)?, number(0x30, 2)?, number(0x32, 2)?),
    };
    // sh_type, sh_offset, sh_size
    let header = |index: usize| -> Option<(usize, usize, usize)> {
        let at = table + index * entry;
        let place = at + if wide { 0x18 } else { 0x10 };
        Some((number(at + 4, 4)?, number(place, word)?, number(place + word, word)?))
    };
    let (_, strings, _) = header(names)?;
    let mut list = Vec::new();
    for index in 1..count {
        let (kind, offset, size) = header(index)?;
        let name = object.get(strings + number(table + index * entry, 4)?..)?;
        let name: Vec<u8> = name.iter().copied().take_while(|b| *b != 0).collect();
        let bytes = if kind == 8 { &[] } else { object.get(offset..offset + size)? };
        list.push((String::from_utf8(name).ok()?, bytes.to_vec()));
    }
    Some(list)
}

#[track_caller]
fn all_same(machine: Machine, name: &str, files: &[PathBuf], flags: &[&str]) {
    if machine.is_missing() {
        return;
    }
    let directory = machine.directory(name);
    let mut failures = Vec::new();
    for file in files {
        failures.extend(same(machine, &directory, file, flags));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

on_every_target!(sqlite, lua, zlib, bzip2, small_programs);

fn sources_in(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .expect("sources")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "c"))
        .collect();
    files.sort();
    files
}

fn sqlite(machine: Machine) {
    let Some(sources) = program_sources("sqlite") else { return };
    all_same(machine, "same-sqlite", &[sources.join("sqlite3.c"), sources.join("shell.c")], &[]);
}

fn lua(machine: Machine) {
    let Some(sources) = program_sources("lua") else { return };
    all_same(machine, "same-lua", &sources_in(&sources.join("src")), &["-DLUA_USE_LINUX"]);
}

fn zlib(machine: Machine) {
    let Some(sources) = program_sources("zlib") else { return };
    all_same(machine, "same-zlib", &sources_in(&sources), &["-DHAVE_UNISTD_H"]);
}

fn bzip2(machine: Machine) {
    let Some(sources) = program_sources("bzip2") else { return };
    let names = ["blocksort.c", "huffman.c", "compress.c", "decompress.c", "bzlib.c", "bzip2.c"];
    all_same(machine, "same-bzip2", &names.map(|name| sources.join(name)), &[]);
}

fn small_programs(machine: Machine) {
    let is_for_it = |path: &PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).unwrap_or_default();
        (!name.contains('.') || name.ends_with(machine.name))
            && !text.contains(&format!("// skip on {}:", machine.name))
    };
    let mut files = sources_in(&support::workspace().join("filetests/c/features"));
    files.retain(is_for_it);
    all_same(machine, "same-small", &files, &[]);
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

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

/// Compares for AArch64; `mapping`: also where GNU as puts mapping symbols between pools and padding.
fn same_aarch64(path: &Path, mapping: bool) {
    let text = std::fs::read(path).expect("sample is readable");
    let theirs = support::gnu_for("aarch64-linux-gnu-as", "-march=armv8-a", path)
        .unwrap_or_else(|m| panic!("GNU as rejects {}: {m}", path.display()));
    let ours = support::lathe_for(&lathe_isa_aarch64::AARCH64, &path.display().to_string(), &text)
        .unwrap_or_else(|m| panic!("{} is rejected:\n{}", path.display(), m.join("\n")));
    let mut differences = support::differences(&ours, &theirs);
    if !mapping {
        differences.retain(|line| !line.starts_with("symbol "));
    }
    assert!(differences.is_empty(), "{}:\n{}", path.display(), differences.join("\n"));
}

#[test]
fn aarch64_spellings_and_directives() {
    same_aarch64(&sample("aarch64.s"), false);
}

/// Compiles with the cross gcc and compares; what it does not compile is left out.
fn same_output_aarch64(source: &Path, options: &[&str], mapping: bool) {
    let name = source.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let out = format!("lathe-asm-gcc-aarch64-{}-{name}{}.s", std::process::id(), options[0]);
    let out = std::env::temp_dir().join(out);
    let mut gcc = Command::new("aarch64-linux-gnu-gcc");
    let run = gcc.args(options).args(["-S", "-o"]).arg(&out).arg(source).output();
    if run.expect("the cross gcc runs").status.success() {
        same_aarch64(&out, mapping);
    }
    let _ = std::fs::remove_file(&out);
}

#[test]
fn output_of_gcc_for_aarch64() {
    let source = sample("program.c");
    for level in ["-O0", "-O1", "-O2", "-O3", "-Os"] {
        for pic in ["-fPIC", "-fno-pic"] {
            same_output_aarch64(&source, &[level, pic, "-g"], true);
        }
    }
}

#[test]
#[ignore = "takes minutes; needs the fetched programs"]
fn output_of_gcc_for_real_programs_on_aarch64() {
    for (source, include) in support::programs() {
        for level in ["-O0", "-O2", "-O3"] {
            // Without -g: GNU as starts line tables anew where its buffers happen to end.
            same_output_aarch64(&source, &[level, "-fPIC", &include], true);
        }
    }
}

/// A test of a bit reaches 32 KiB; beyond that it skips a jump.
#[test]
fn far_tests_of_bits_on_aarch64() {
    let source = "f: tbz x3, #35, far\n tbnz w3, #3, f\n .zero 40000\n tbnz w3, #3, f\nfar: ret\n";
    let ours = support::lathe_for(&lathe_isa_aarch64::AARCH64, "far.s", source.as_bytes()).expect("accepted");
    use object::{Object, ObjectSection};
    let file = object::File::parse(&*ours).expect("an object");
    let text = file.section_by_name(".text").expect(".text").data().expect("data");
    let word = |at: usize| u32::from_le_bytes(text[at..at + 4].try_into().expect("four bytes"));
    // tbnz x3, #35, .+8; b far; tbnz w3, #3, f
    assert_eq!([word(0), word(4), word(8)], [0xb718_0043, 0x1400_2714, 0x371f_ffc3]);
    // tbz w3, #3, .+8; b f; ret
    assert_eq!([word(40012), word(40016), word(40020)], [0x3618_0043, 0x17ff_d8ec, 0xd65f_03c0]);
}

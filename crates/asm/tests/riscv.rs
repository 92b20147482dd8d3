//! RISC-V: whole files give the cross GNU as's object, byte for byte, relocation for relocation, symbol for symbol.

mod support;

use lathe_isa_riscv::RISCV64;
use std::path::{Path, PathBuf};
use std::process::Command;

fn same(path: &Path) {
    let text = std::fs::read(path).expect("sample is readable");
    let theirs = support::gnu_for("riscv64-linux-gnu-as", "-march=rv64gc", path)
        .unwrap_or_else(|m| panic!("GNU as rejects {}: {m}", path.display()));
    let ours = support::lathe_for(&RISCV64, &path.display().to_string(), &text)
        .unwrap_or_else(|m| panic!("{} is rejected:\n{}", path.display(), m.join("\n")));
    let differences = support::differences(&ours, &theirs);
    assert!(differences.is_empty(), "{}:\n{}", path.display(), differences.join("\n"));
}

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(name)
}

/// Compiles with the cross gcc and compares what it prints.
fn same_output(source: &Path, options: &[&str], name: &str) {
    let out = std::env::temp_dir().join(format!("lathe-asm-riscv-{}-{name}.s", std::process::id()));
    let status = Command::new("riscv64-linux-gnu-gcc")
        .args(options)
        .args(["-w", "-S", "-o"])
        .arg(&out)
        .arg(source)
        .stderr(std::process::Stdio::null())
        .status();
    if status.expect("riscv64-linux-gnu-gcc runs").success() {
        same(&out);
    }
    let _ = std::fs::remove_file(&out);
}

#[test]
fn instructions_and_directives() {
    same(&sample("riscv.s"));
}

/// What gcc prints for a program with jumps, tables, floats, calls, strings and static data.
#[test]
fn output_of_gcc() {
    let source = sample("program.c");
    for (at, options) in [
        &["-O0"][..],
        &["-O2", "-g"],
        &["-O3", "-g", "-fPIC"],
        &["-Os", "-fasynchronous-unwind-tables", "-fexceptions"],
        &["-O2", "-mcmodel=medlow", "-fno-pie", "-mexplicit-relocs"],
        &["-O2", "-mcmodel=medany", "-fno-pie", "-mexplicit-relocs", "-fstack-protector-all"],
        &["-O2", "-g", "-march=rv64g", "-mno-relax"],
        &["-O2", "-march=rv64gc_zba_zbb_zbs"],
        &["-O2", "-ffunction-sections", "-fdata-sections", "-funroll-loops"],
    ]
    .into_iter()
    .enumerate()
    {
        same_output(&source, options, &format!("program{at}"));
    }
}

/// The same for real programs, where they have been fetched (`cargo xtask fetch`).
#[test]
#[ignore = "takes a minute; needs the fetched programs"]
fn output_of_gcc_for_real_programs() {
    for (source, include) in support::programs() {
        let name = source.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        for level in ["-O0", "-O2", "-O3"] {
            same_output(&source, &[level, "-g", "-fPIC", &include], &format!("{name}{level}"));
        }
    }
}

fn messages(text: &str) -> Vec<String> {
    match support::lathe_for(&RISCV64, "x.s", text.as_bytes()) {
        Ok(_) => Vec::new(),
        Err(messages) => messages,
    }
}

#[test]
fn faults_are_told_in_gnu_as_words() {
    let cases = [
        ("addi a0, a1, 5000", "illegal operands `addi a0,a1,5000'"),
        ("add a0, a1", "illegal operands `add a0,a1'"),
        ("lui a0, 0x100000", "lui expression not in range 0..1048575"),
        ("slli a0, a0, 64", "improper shift amount (64)"),
        ("frobnicate a0", "unrecognized opcode `frobnicate a0'"),
        ("csrr a0, 5000", "improper CSR address (5000)"),
        ("lw a0, 4096(a1)", "illegal operands `lw a0,4096(a1)'"),
        ("addi a0, a0, %frob(x)", "unknown relocation operator `%frob'"),
        (".option pop", ".option pop with no .option push"),
        (".attribute frob, 3", "Attribute name not recognised: frob"),
        (".attribute arch, \"rv32i\"", "rv32i: ISA string must begin with rv64"),
        (".insn r 0x33, 9, 0, a0, a1, a2", "illegal operands `r 0x33, 9, 0, a0, a1, a2'"),
        (".insn 4, 1", "instruction length does not match its value"),
        (".half x", "cannot represent relocation of 2 bytes in this object file format"),
        ("fadd.d fa0, fa1, 3", "illegal operands `fadd.d fa0,fa1,3'"),
        ("c.addi a0, 100", "illegal operands `c.addi a0,100'"),
    ];
    for (text, wanted) in cases {
        let found = messages(&format!("\t{text}\n"));
        assert!(found.iter().any(|message| message.contains(wanted)), "{text}: {found:?}");
    }
    let without = messages("\t.option norvc\n\tc.addi a0, 1\n");
    assert!(without.iter().any(|message| message.contains("extension `c' required")), "{without:?}");
}

/// Later versions of GNU as leave ULEB128 distances across code to the linker (psABI, `R_RISCV_SET_ULEB128`); 2.40 refuses them.
#[test]
fn uleb128_distances_are_the_linkers() {
    let text = "f:\tcall g\n.Lend:\n\t.section .debug_x\n\t.uleb128 .Lend-f\n";
    let object = support::lathe_for(&RISCV64, "x.s", text.as_bytes()).expect("accepted");
    let file = object::File::parse(&*object).expect("an ELF object");
    let section = object::Object::section_by_name(&file, ".debug_x").expect("the section");
    let types =
        object::ObjectSection::relocations(&section).map(|(at, relocation)| match relocation.flags() {
            object::RelocationFlags::Elf { r_type } => (at, r_type.0),
            _ => (at, 0),
        });
    assert_eq!(types.collect::<Vec<_>>(), [(0, 60), (0, 61)]);
    let signed = messages("f:\tcall g\n.Lend:\n\t.section .debug_x\n\t.sleb128 .Lend-f\n");
    assert!(
        signed.iter().any(|message| message.contains("non-constant .sleb128 is not supported")),
        "{signed:?}"
    );
}

/// Damaged text ends with messages or an object, never with a panic.
#[test]
fn damaged_text_is_survived() {
    let text = std::fs::read(sample("riscv.s")).expect("sample is readable");
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    let mut state = 1u64;
    for _ in 0..300 {
        let mut damaged = Vec::new();
        for line in &lines {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mut line = line.to_vec();
            if state >> 60 == 0 && !line.is_empty() {
                let at = (state >> 20) as usize % line.len();
                match state >> 40 & 3 {
                    0 => line.truncate(at),
                    1 => line[at] = b"%(),.@0x-"[(state >> 12) as usize % 9],
                    2 => line.insert(at, b','),
                    _ => {
                        line.remove(at);
                    }
                }
            }
            damaged.extend_from_slice(&line);
            damaged.push(b'\n');
        }
        let _ = support::lathe_for(&RISCV64, "damaged.s", &damaged);
    }
}

//! Damaged inputs give errors, never a panic.

use crate::support::{AARCH64, HOST, I686, RISCV64, Target, bench, cross_bench};
use lathe_link::{BuildId, Destination, Input, LinkOptions, Messages, OutputKind, link};

/// A small generator; the sequence is the same on every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize
    }
}

fn options(kind: OutputKind) -> LinkOptions {
    LinkOptions {
        kind,
        output: Destination::Memory,
        gc_sections: kind == OutputKind::Executable,
        build_id: BuildId::Sha1,
        eh_frame_header: true,
        threads: 1,
        ..LinkOptions::default()
    }
}

fn mutated(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..1 + random.next() % 4 {
        let at = random.next() % bytes.len();
        match random.next() % 4 {
            0 => bytes[at] = random.next() as u8,
            1 => bytes[at] ^= 1 << (random.next() % 8),
            2 => bytes[at] = [0, 0xff, 0x7f, 0x80][random.next() % 4],
            _ => {
                for byte in bytes.iter_mut().skip(at).take(4) {
                    *byte = 0xff;
                }
            }
        }
    }
    if random.next().is_multiple_of(16) {
        bytes.truncate(random.next() % bytes.len());
    }
    bytes
}

#[test]
fn mutated_objects_archives_and_libraries() {
    let rounds =
        std::env::var("LATHE_CORRUPT_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1500);
    mutated_inputs(&HOST, rounds);
}

#[test]
fn mutated_inputs_of_other_machines() {
    let rounds = std::env::var("LATHE_CORRUPT_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(800);
    for target in [&AARCH64, &RISCV64, &I686] {
        mutated_inputs(target, rounds);
    }
}

fn mutated_inputs(target: &'static Target, rounds: usize) {
    let Some(bench) = cross_bench(target, "corrupt") else { return };
    bench.compile(
        "x.cc",
        "-g -gz -fPIC -ffunction-sections",
        r#"#include <string>
           thread_local int t = 1; static int s; int common; extern int other;
           struct A { virtual ~A() {} }; A a;
           std::string f(int i) { if (i) throw 1; return std::to_string(i + t + s + common + other); }
           __attribute__((section("named"))) int n = 3;"#,
    );
    bench.compile("y.c", "-fPIC", "int other = 3; __attribute__((weak)) int f2(void) { return 1; }");
    bench.tool("ar", "rcs x.a x.o y.o");
    bench.link("gcc", "-shared y.o -o liby.so -nostdlib");
    let read = |name: &str| std::fs::read(bench.directory.join(name)).expect("the file is there");
    let (x, y, archive, library) = (read("x.o"), read("y.o"), read("x.a"), read("liby.so"));
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..rounds {
        // Half of the damage goes to the headers at the end of the object, where most structure is.
        let mut x_damaged = mutated(&x, &mut random);
        if round % 2 == 0 && x_damaged.len() == x.len() {
            let word = |at: usize| u32::from_le_bytes([x[at], x[at + 1], x[at + 2], x[at + 3]]) as usize;
            let table = if x[4] == 2 { word(40) } else { word(32) };
            let at = table + random.next() % (x.len() - table);
            x_damaged[at] = random.next() as u8;
        }
        let kind = [OutputKind::Shared, OutputKind::Executable, OutputKind::Relocatable][round % 3];
        let options = options(kind);
        let _ = link(
            &options,
            &[Input::memory("x.o", x_damaged), Input::memory("y.o", y.clone())],
            &mut Messages::new(),
        );
        if round % 5 == 0 {
            let damaged = mutated(&archive, &mut random);
            let inputs = [Input::memory("y.o", y.clone()), Input::memory("x.a", damaged)];
            let _ = link(
                &LinkOptions { undefined: vec!["f2".into(), "a".into()], ..options.clone() },
                &inputs,
                &mut Messages::new(),
            );
            let damaged = mutated(&library, &mut random);
            let inputs = [Input::memory("x.o", x.clone()), Input::memory("liby.so", damaged)];
            let _ = link(&options, &inputs, &mut Messages::new());
        }
    }
}

/// Relocations of every type, at every place, against every symbol: errors, or harmless.
#[test]
fn garbage_relocations() {
    for target in [&HOST, &AARCH64, &RISCV64, &I686] {
        let Some(bench) = cross_bench(target, "garbage") else { continue };
        bench.compile(
            "g.c",
            "-O1 -fPIC",
            "extern int e; static int s[9]; __thread int t; int f(int i) { return i ? f(i - 1) + e : s[i] + t; }",
        );
        let bytes = std::fs::read(bench.directory.join("g.o")).expect("the object is there");
        let is_64 = bytes[4] == 2;
        let sections = bench.tool("readelf", "-SW g.o");
        let line =
            sections.lines().find(|line| line.contains(" .rela.text ") || line.contains(" .rel.text "));
        let words: Vec<&str> = line.expect("there are relocations").split_whitespace().collect();
        let at = words.iter().position(|word| word.ends_with(".text")).expect("the name");
        let number = |word: &str| usize::from_str_radix(word, 16).expect("a number");
        let (offset, size, entry) = (number(words[at + 3]), number(words[at + 4]), number(words[at + 5]));
        let mut random = Random(0x1234_5678_9abc_def1);
        for round in 0..1200 {
            let mut damaged = bytes.clone();
            for _ in 0..1 + round % 3 {
                let index = offset + random.next() % (size / entry) * entry;
                let kind = index + if is_64 { 8 } else { 4 };
                match random.next() % 4 {
                    0 => damaged[kind] = random.next() as u8,
                    1 => {
                        damaged[kind] = random.next() as u8;
                        if is_64 {
                            damaged[kind + 1] = (random.next() % 6) as u8;
                        }
                    }
                    2 => damaged[index] = random.next() as u8,
                    _ => damaged[index + random.next() % entry] = random.next() as u8,
                }
            }
            let kind = [OutputKind::Shared, OutputKind::Executable, OutputKind::Relocatable][round % 3];
            let mut options = options(kind);
            options.no_relax = round % 2 == 0;
            options.unresolved = lathe_link::Unresolved::Ignore;
            let _ = link(&options, &[Input::memory("g.o", damaged)], &mut Messages::new());
        }
        // A type that no psABI has, and a place outside the section.
        let mut unknown = bytes.clone();
        unknown[offset + if is_64 { 8 } else { 4 }] = 0xee;
        let mut outside = bytes.clone();
        outside[offset + 2] = 0xff;
        for (damaged, wanted) in [(unknown, "unrecognized relocation type"), (outside, "outside its section")]
        {
            let mut messages = Messages::new();
            let result = link(&options(OutputKind::Shared), &[Input::memory("g.o", damaged)], &mut messages);
            let text = messages.render("ld");
            assert!(
                result.is_err() && text.contains("g.o") && text.contains(wanted),
                "{}: {text}",
                target.name
            );
        }
    }
}

/// A section header that asks for more alignment, or more room, than any machine has: an error before memory is taken.
#[test]
fn absurd_alignments_and_sizes() {
    for target in [&HOST, &AARCH64, &RISCV64, &I686] {
        let Some(bench) = cross_bench(target, "absurd") else { continue };
        bench.compile("a.c", "", "int v = 1, w[4]; int main(void) { return v; }");
        let bytes = std::fs::read(bench.directory.join("a.o")).expect("the object is there");
        let is_64 = bytes[4] == 2;
        let word =
            |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize;
        let (table, header) = if is_64 { (word(40), 64) } else { (word(32), 40) };
        let count = usize::from(bytes[if is_64 { 60 } else { 48 }]);
        for section in 1..count {
            for exponent in [31u32, 32, 36, 47, 62, 63].into_iter().filter(|&e| is_64 || e < 32) {
                let at = table + section * header + if is_64 { 48 } else { 32 };
                let mut damaged = bytes.clone();
                let align = (1u64 << exponent).to_le_bytes();
                let width = if is_64 { 8 } else { 4 };
                damaged[at..at + width].copy_from_slice(&align[..width]);
                let mut messages = Messages::new();
                let result =
                    link(&options(OutputKind::Shared), &[Input::memory("a.o", damaged)], &mut messages);
                let text = messages.render("ld");
                assert!(
                    result.is_err() && text.contains("alignment"),
                    "{} 2**{exponent}: {text}",
                    target.name
                );
            }
        }
    }
}

/// Calls that overlap cannot both be shortened: the search for a fixed point must end.
#[test]
fn overlapping_relaxations_end() {
    let Some(bench) = cross_bench(&RISCV64, "overlapping") else { return };
    let code = "\t.globl _start\n_start:\n\t.rept 4\n\t.word 0x97\n\t.word 0xe7\n\t.endr\n";
    let marks: String = (0..6)
        .map(|at| format!("\t.reloc {}, R_RISCV_CALL, _start\n\t.reloc {0}, R_RISCV_RELAX\n", at * 4))
        .collect();
    bench.compile("o.s", "", &format!("{code}{marks}"));
    let bytes = std::fs::read(bench.directory.join("o.o")).expect("the object is there");
    let options = options(OutputKind::Executable);
    let mut messages = Messages::new();
    assert!(
        link(&options, &[Input::memory("o.o", bytes)], &mut messages).is_ok(),
        "{}",
        messages.render("ld")
    );
}

#[test]
fn truncated_at_every_place() {
    let Some(bench) = bench("truncated") else { return };
    bench.compile("y.c", "-g -fPIC", "int other = 3; int f2(void) { return other; }");
    let bytes = std::fs::read(bench.directory.join("y.o")).expect("the object is there");
    for length in 0..bytes.len() {
        let mut messages = Messages::new();
        let result = link(
            &options(OutputKind::Shared),
            &[Input::memory("y.o", bytes[..length].to_vec())],
            &mut messages,
        );
        assert!(
            result.is_err() && messages.render("ld").contains("y.o"),
            "{length}: {}",
            messages.render("ld")
        );
    }
}

const SCRIPT: &str = "ENTRY(a)\nMEMORY { rom : ORIGIN = 0x1000, LENGTH = 4K\n }\nPHDRS { t PT_LOAD FILEHDR PHDRS; d PT_LOAD FLAGS(6); }\n\
SECTIONS { . = 0x400000 + SIZEOF_HEADERS; .text : { KEEP(*(.text .text.*)) . = ALIGN(16); LONG(1) } > rom AT> rom :t\n\
x = ADDR(.text) + SIZEOF(.data) * 2; .data ALIGN(0x1000) : { *(SORT(.data*)) y = .; . += 0x10; } :d\n\
.bss (NOLOAD) : { *(EXCLUDE_FILE(*b.o) .bss COMMON) } PROVIDE(z = DEFINED(a) ? MAX(1, 2) : x);\n\
ASSERT(x > 0, \"no\") /DISCARD/ : { *(.comment) } }\nVERSION { V1 { global: a; local: *; }; }\n";

#[test]
fn mutated_scripts() {
    let Some(bench) = bench("corrupt_scripts") else { return };
    bench.compile("y.c", "-fPIC", "int other = 3; int common[4]; int a(void) { return other; }");
    let object = std::fs::read(bench.directory.join("y.o")).expect("the object is there");
    let mut random = Random(77);
    let rounds =
        std::env::var("LATHE_CORRUPT_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1500);
    let link_with = |script: &[u8], kind: OutputKind| {
        let mut messages = Messages::new();
        let inputs = [Input::memory("y.o", object.clone()), Input::memory("s.ld", script.to_vec())];
        let result = link(&options(kind), &inputs, &mut messages);
        (result, messages.render("ld"))
    };
    let (result, text) = link_with(SCRIPT.as_bytes(), OutputKind::Shared);
    assert!(result.is_ok(), "{text}");
    for round in 0..rounds {
        let mut script = SCRIPT.as_bytes().to_vec();
        for _ in 0..1 + random.next() % 3 {
            let (at, other) = (random.next() % script.len(), random.next() % script.len());
            match random.next() % 4 {
                0 => script[at] = b"(){};:=,.*+-/?\"0aF "[random.next() % 19],
                1 => script.swap(at, other),
                2 => drop(script.drain(at.min(other)..at.max(other).min(at.min(other) + 12))),
                _ => {
                    let piece = script[at.min(other)..at.max(other).min(at.min(other) + 30)].to_vec();
                    script.splice(at..at, piece);
                }
            }
        }
        let _ = link_with(&script, if round % 2 == 0 { OutputKind::Shared } else { OutputKind::Executable });
    }
}

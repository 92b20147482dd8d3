//! Damaged inputs give errors, never a panic.

use crate::support::bench;
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
    let Some(bench) = bench("corrupt") else { return };
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
    let rounds =
        std::env::var("LATHE_CORRUPT_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1500);
    for round in 0..rounds {
        // Half of the damage goes to the headers at the end of the object, where most structure is.
        let mut x_damaged = mutated(&x, &mut random);
        if round % 2 == 0 && x_damaged.len() == x.len() {
            let table = u64::from_le_bytes(x[40..48].try_into().expect("eight bytes")) as usize;
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

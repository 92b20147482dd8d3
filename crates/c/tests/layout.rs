//! Structure layout against gcc: random structures, unions and bit-fields, their sizes, alignments
//! and offsets printed by a gcc-compiled program and compared with the type table, on each target whose gcc
//! and emulator are on the machine.

use lathe_c::ast::{CheckOnly, Unit};
use lathe_c::pp::{self, Preprocessor};
use lathe_c::types::{RecordId, RecordKind};
use lathe_c::{parse, sema};
use lathe_diag::{Loc, SourceMap};
use lathe_target::Target;
use std::fmt::Write;
use std::process::Command;

/// A small generator of numbers (xorshift), so that failures repeat.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }
}

const PLAIN: &[&str] = &[
    "char",
    "short",
    "int",
    "long",
    "long long",
    "float",
    "double",
    "long double",
    "void *",
    "_Bool",
    "__int128",
    "unsigned char",
    "_Complex float",
    "_Complex double",
    "enum e",
    "v4si",
    "int16",
    "char",
    "int",
    "over",
];
const BITS: &[(&str, u64)] = &[
    ("int", 32),
    ("unsigned", 32),
    ("char", 8),
    ("unsigned char", 8),
    ("short", 16),
    ("unsigned short", 16),
    ("long", 64),
    ("unsigned long long", 64),
    ("_Bool", 1),
    ("enum e", 32),
];

/// One record's text; earlier records may be members.
fn record(random: &mut Random, number: usize) -> String {
    let keyword = if random.below(5) == 0 { "union" } else { "struct" };
    let mut text = format!("{keyword} r{number} {{\n");
    let count = 1 + random.below(7);
    for field in 0..count {
        let attribute = match random.below(14) {
            0 => " __attribute__((packed))",
            1 => " __attribute__((aligned(16)))",
            2 => " __attribute__((packed, aligned(2)))",
            _ => "",
        };
        match random.below(10) {
            0..=4 => {
                let (ty, bits) = BITS[random.below(BITS.len() as u64) as usize];
                let width = random.below(bits + 1);
                if width == 0 {
                    let _ = writeln!(text, "  {ty} : 0;");
                } else if random.below(6) == 0 {
                    let _ = writeln!(text, "  {ty} : {width};");
                } else {
                    let attribute = if attribute.contains("aligned(16)") { "" } else { attribute };
                    let _ = writeln!(text, "  {ty} f{field} : {width}{attribute};");
                }
            }
            5 if number > 0 => {
                let other = random.below(number as u64);
                let _ = writeln!(text, "  R{other} f{field}{attribute};");
            }
            6 => {
                let length = random.below(4);
                let ty = random.pick(PLAIN);
                if ty == "over" || ty == "int16" {
                    let _ = writeln!(text, "  char f{field}[{length}]{attribute};");
                } else {
                    let _ = writeln!(text, "  {ty} f{field}[{length}]{attribute};");
                }
            }
            _ => {
                let ty = random.pick(PLAIN);
                let _ = writeln!(text, "  {ty} f{field}{attribute};");
            }
        }
    }
    let tail = match random.below(9) {
        0 => " __attribute__((packed))",
        1 => " __attribute__((aligned(32)))",
        2 => " __attribute__((packed, aligned(4)))",
        _ => "",
    };
    let _ = writeln!(text, "}}{tail};\ntypedef {keyword} r{number} R{number};");
    match random.below(10) {
        0 => format!("#pragma pack(push, {})\n{text}#pragma pack(pop)\n", 1 << random.below(4)),
        _ => text,
    }
}

fn source(seed: u64, count: usize) -> String {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut text = String::from(
        "enum e { A, B, C };\ntypedef int v4si __attribute__((vector_size(16)));\n\
         typedef int int16 __attribute__((aligned(16)));\ntypedef char over __attribute__((aligned(8)));\n",
    );
    for number in 0..count {
        text.push_str(&record(&mut random, number));
    }
    text
}

fn check(text: &str, target: &Target) -> (Unit, Vec<(String, RecordId)>) {
    let sources = SourceMap::default();
    let main = sources.add("layout.c", text.as_bytes().to_vec(), Loc::NONE).unwrap();
    let mut pp = Preprocessor::new(pp::Options::default(), &sources, target, main);
    let unit = parse::check_unit(&mut pp, &sema::Options::default(), &mut CheckOnly);
    let messages: Vec<_> = pp.diagnostics.iter().map(|d| d.message.clone()).collect();
    assert!(!pp.diagnostics.has_errors(), "{messages:?}\n{text}");
    let mut tags = Vec::new();
    for index in 0..unit.types.record_count() {
        if let Some(tag) = unit.types.record(RecordId(index)).tag {
            tags.push((pp.interner.text(tag).into_owned(), RecordId(index)));
        }
    }
    (unit, tags)
}

/// The facts as lines: `r0 size align`, `r0.f1 first_bit` (bit-fields) or `r0.f1 offset`.
fn our_facts(text: &str, target: &Target, names: &mut Vec<(String, bool)>) -> Vec<String> {
    let sources = SourceMap::default();
    let main = sources.add("layout.c", text.as_bytes().to_vec(), Loc::NONE).unwrap();
    let mut pp = Preprocessor::new(pp::Options::default(), &sources, target, main);
    let unit = parse::check_unit(&mut pp, &sema::Options::default(), &mut CheckOnly);
    let (_, tags) = check(text, target);
    let mut lines = Vec::new();
    for (tag, id) in tags {
        let record = unit.types.record(id);
        let is_union = record.kind == RecordKind::Union;
        lines.push(format!("{tag} {} {}", record.size, record.align));
        names.push((format!("{} {tag}", if is_union { "union" } else { "struct" }), false));
        for field in &record.fields {
            let Some(name) = field.name else { continue };
            let name = pp.interner.text(name).into_owned();
            let is_bits = field.bit_width.is_some();
            let place = if is_bits { field.offset_bits } else { field.offset() };
            lines.push(format!("{tag}.{name} {place}"));
            names.push((name, is_bits));
        }
    }
    lines
}

/// The oracle of a target: its gcc, and what runs its programs.
struct Oracle {
    triple: &'static str,
    gcc: &'static str,
    runner: Option<&'static str>,
}

const ORACLES: &[Oracle] = &[
    Oracle { triple: "x86_64-linux-gnu", gcc: "gcc", runner: None },
    Oracle { triple: "i686-linux-gnu", gcc: "i686-linux-gnu-gcc", runner: None },
    Oracle { triple: "aarch64-linux-gnu", gcc: "aarch64-linux-gnu-gcc", runner: Some("qemu-aarch64") },
    Oracle { triple: "riscv64-linux-gnu", gcc: "riscv64-linux-gnu-gcc", runner: Some("qemu-riscv64") },
];

impl Oracle {
    fn is_missing(&self) -> bool {
        let missing = [Some(self.gcc), self.runner]
            .into_iter()
            .flatten()
            .find(|program| Command::new(program).arg("--version").output().is_err());
        if let Some(program) = missing {
            eprintln!("SKIPPED {}: {program} is not on this machine", self.triple);
        }
        missing.is_some()
    }

    /// Compiles and runs a program.
    fn run(&self, program: &str, seed: u64) -> String {
        let base = format!("lathe-layout-{}-{}-{seed}", self.triple, std::process::id());
        let base = std::env::temp_dir().join(base);
        let file = base.with_extension("c");
        std::fs::write(&file, program).unwrap();
        let mut gcc = Command::new(self.gcc);
        let status =
            gcc.args(["-w", "-Wno-psabi", "-static"]).arg(&file).arg("-o").arg(&base).status().unwrap();
        assert!(status.success(), "{} rejects:\n{program}", self.gcc);
        let mut run = match self.runner {
            Some(runner) => {
                let mut run = Command::new(runner);
                run.arg(&base);
                run
            }
            None => Command::new(&base),
        };
        let output = run.output().unwrap();
        let _ = std::fs::remove_file(&file);
        let _ = std::fs::remove_file(&base);
        String::from_utf8(output.stdout).unwrap()
    }
}

fn gcc_facts(text: &str, names: &[(String, bool)], seed: u64, oracle: &Oracle) -> Vec<String> {
    let mut program = format!("#include <stdio.h>\n#include <stddef.h>\n#include <string.h>\n{text}\n");
    program.push_str("static int first(unsigned char *p, int n) { for (int i = 0; i < n * 8; i++) if (p[i / 8] >> i % 8 & 1) return i; return -1; }\nint main(void) {\n");
    let mut tag = String::new();
    for (name, is_bits) in names {
        if let Some((_, short)) = name.split_once(' ') {
            tag = name.clone();
            let _ = writeln!(program, "printf(\"{short} %zu %zu\\n\", sizeof({tag}), _Alignof({tag}));");
            continue;
        }
        let short = tag.split_once(' ').map_or("", |(_, short)| short);
        if *is_bits {
            let _ = writeln!(
                program,
                "{{ {tag} x; memset(&x, 0, sizeof x); x.{name} = (typeof(x.{name} + 0))-1; printf(\"{short}.{name} %d\\n\", first((void *)&x, sizeof x)); }}"
            );
        } else {
            let _ = writeln!(program, "printf(\"{short}.{name} %zu\\n\", offsetof({tag}, {name}));");
        }
    }
    program.push_str("return 0; }\n");
    oracle.run(&program, seed).lines().map(str::to_string).collect()
}

/// Random records of one target.
fn layouts_equal(oracle: &Oracle, seeds: u64) {
    if oracle.is_missing() {
        return;
    }
    let target = Target::from_triple(oracle.triple).unwrap();
    for seed in 1..=seeds {
        let mut text = source(seed, 60);
        if target.layout.pointer.size == 4 {
            // There are no 128-bit integers, and `long` is too narrow for the bit-fields.
            text = text.replace("__int128", "long long");
            text = text.replace("  long f", "  long long f").replace("  long :", "  long long :");
        }
        let mut names = Vec::new();
        let ours = our_facts(&text, &target, &mut names);
        let theirs = gcc_facts(&text, &names, seed, oracle);
        let mut current = "";
        for (a, b) in ours.iter().zip(&theirs) {
            if !a.contains('.') {
                current = a.split(' ').next().unwrap_or("");
            }
            if a != b {
                let start = text.find(&format!(" {current} {{")).unwrap_or(0);
                let end = (start + 700).min(text.len());
                let record = &text[start.saturating_sub(30)..end];
                panic!("{} seed {seed}: ours {a}, gcc's {b}\n{record}", oracle.triple);
            }
        }
        assert_eq!(ours.len(), theirs.len(), "{} seed {seed}", oracle.triple);
    }
}

#[test]
fn layouts_equal_gccs() {
    layouts_equal(&ORACLES[0], 15);
}

#[test]
fn layouts_equal_gccs_on_i686() {
    layouts_equal(&ORACLES[1], 15);
}

#[test]
fn layouts_equal_gccs_on_aarch64() {
    layouts_equal(&ORACLES[2], 15);
}

#[test]
fn layouts_equal_gccs_on_riscv64() {
    layouts_equal(&ORACLES[3], 15);
}

/// Types whose size and alignment differ between targets, and what is signed: as constants of the front-end.
const FACTS: &[&str] = &[
    "sizeof(long)",
    "sizeof(void *)",
    "sizeof(long double)",
    "_Alignof(long double)",
    "_Alignof(long long)",
    "_Alignof(double)",
    "__alignof__(long long)",
    "__alignof__(double)",
    "__alignof__(long double)",
    "sizeof(__builtin_va_list)",
    "_Alignof(__builtin_va_list)",
    "sizeof(L'x')",
    "(__WCHAR_TYPE__)-1 < 0",
    "(char)-1 < 0",
    "(enum { ZERO })-1 < 0",
    "sizeof(struct { char c; long long v; })",
    "sizeof(struct { char c; double v; })",
    "sizeof(struct { char c; _Atomic long long v; })",
    "_Alignof(_Atomic long long)",
    "sizeof(struct { char c __attribute__((aligned)); })",
    "__BIGGEST_ALIGNMENT__",
    "sizeof(__SIZE_TYPE__)",
    "sizeof(__INT_FAST16_TYPE__)",
    "sizeof(_Complex long double)",
    "sizeof(struct { char : 0; })",
    "_Alignof(struct { char c; int : 0; })",
    "_Alignof(struct { char c; long : 5; })",
    "sizeof(struct { int a : 20; long long b : 40; })",
    "sizeof(struct { char a; long long b : 33; })",
    "sizeof(max_align_t)",
    "_Alignof(max_align_t)",
];

#[test]
fn facts_of_types_equal_gccs() {
    let max = "typedef struct { long long l __attribute__((__aligned__(__alignof__(long long)))); \
        long double d __attribute__((__aligned__(__alignof__(long double)))); } max_align_t;\n";
    for oracle in ORACLES.iter().filter(|oracle| !oracle.is_missing()) {
        let mut program = format!("{max}#include <stdio.h>\nint main(void) {{\n");
        for fact in FACTS {
            let _ = writeln!(program, "printf(\"%d\\n\", (int)({fact}));");
        }
        program.push_str("return 0; }\n");
        let target = Target::from_triple(oracle.triple).unwrap();
        let answers = oracle.run(&program, 0);
        let answers: Vec<&str> = answers.lines().collect();
        assert_eq!(answers.len(), FACTS.len());
        // Each fact as an array bound: another value is an error.
        let mut text = max.to_string();
        for (fact, answer) in FACTS.iter().zip(answers) {
            let _ = writeln!(text, "_Static_assert(({fact}) == {answer}, \"{} {fact}\");", oracle.triple);
        }
        check(&text, &target);
    }
}

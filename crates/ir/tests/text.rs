//! Reader and writer: round trips, positions of errors, hostile input.

use lathe_diag::{Diagnostics, Loc, SourceMap};
use lathe_ir::text::{Writer, read_module, read_text};
use lathe_target::Target;

fn target() -> Target {
    Target::from_triple("x86_64-linux-gnu").unwrap()
}

const EVERYTHING: &str = include_str!("everything.ssa");

#[test]
fn written_text_reads_back_as_itself() {
    let module = read_text("everything.ssa", EVERYTHING, &target()).unwrap_or_else(|e| panic!("{e}"));
    let text = module.to_string();
    for (written, original) in text.lines().zip(EVERYTHING.lines()) {
        assert_eq!(written, original);
    }
    assert_eq!(text.len(), EVERYTHING.len());
}

#[test]
fn locations_round_trip() {
    let module = read_text("everything.ssa", EVERYTHING, &target()).unwrap_or_else(|e| panic!("{e}"));
    let with_locations = |module: &lathe_ir::Module| {
        let mut text = String::new();
        Writer::new(module, &mut text).with_locations().module().unwrap();
        text
    };
    let first = with_locations(&module);
    let again = read_text("again.ssa", &first, &target()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(with_locations(&again), first);
}

#[test]
fn names_and_gaps() {
    let text = "func @f(i32) -> i32 {\nentry(x: i32):\n    sum = iadd.i32 x, v9\n    return sum\n    \
                unused = iconst.i32 1\nblock12:\n    v9 = iconst.i32 2\n    return v9\n}\n";
    let module = read_text("names.ssa", text, &target()).unwrap_or_else(|e| panic!("{e}"));
    let written = module.to_string();
    let again = read_text("again.ssa", &written, &target()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(again.to_string(), written);
    assert!(written.contains("block12:") && written.contains("v9 = iconst.i32 2"), "{written}");
}

#[test]
fn source_lines_as_comments() {
    let sources = SourceMap::new();
    let c = sources.add("a.c", &b"int x;\nreturn x;\n"[..], Loc::NONE).unwrap();
    let start = sources.file(c).start;
    let text =
        format!("func @f() -> i32 {{\nb:\n v0 = iconst.i32 1 at {0}\n return v0 at {0}\n}}\n", start.0 + 7);
    let file = sources.add("a.ssa", text.into_bytes(), Loc::NONE).unwrap();
    let module = read_module(&sources, file, &target(), &mut Diagnostics::new()).unwrap();
    let mut out = String::new();
    Writer::new(&module, &mut out).with_sources(&sources).module().unwrap();
    assert_eq!(out.matches("    ; a.c:2: return x;\n").count(), 1, "{out}");
}

#[test]
fn errors_name_place_and_expectation() {
    let cases = [
        ("func @f(i32) {\nb(v0: ):\n return\n}\n", "x.ssa:2:7: error: expected a type after ':', found ')'"),
        ("func @f() {\nb:\n v0 = iadd.f32 v1, v2\n return\n}\n", "x.ssa:3:7: error: there is no iadd of f32"),
        ("func @f() {\nb:\n return v1\n}\n", "x.ssa:3:9: error: 'v1' is not defined in this function"),
        ("func @f() {\nb:\n jump c\n}\n", "x.ssa:3:7: error: there is no block 'c' in this function"),
        ("func @f() {\nb:\n call @g()\n return\n}\n", "x.ssa:3:7: error: @g is not declared"),
        ("func @f() {\nb:\n return\n", "x.ssa:4:1: error: expected '}' at the end of the function"),
        ("func @f() {\n}\ndata @f = zeros 1\n", "x.ssa:3:6: error: @f is defined twice"),
        ("data @d: align 3 = zeros 1\n", "x.ssa:1:16: error: expected a power of two as alignment, found 3"),
        ("target \"vax\"\n", "x.ssa:1:8: error: unknown target 'vax'"),
        ("func @f() {\nb:\n v0 = iconst.i32 \"x\n}\n", "x.ssa:3:18: error: expected a number, found"),
        ("hello\n", "x.ssa:1:1: error: expected an item"),
        (
            "func @f() {\nb:\n v0 = load.i32 v0, align 4 7\n return\n}\n",
            "x.ssa:3:28: error: expected the end of the line, found '7'",
        ),
    ];
    for (text, expected) in cases {
        let error = read_text("x.ssa", text, &target()).expect_err(text);
        assert!(error.text.contains(expected), "{text}\n{error}");
    }
}

#[test]
fn several_errors_at_once() {
    let text = "func @f() {\nb:\n v0 = frob.i32 1\n v1 = iadd.i32 v0\n return v0, v1\n}\nfunc @g() {\nc:\n oops\n}\n";
    let error = read_text("x.ssa", text, &target()).unwrap_err();
    assert_eq!(error.text.matches(": error: ").count(), 3, "{error}");
}

#[test]
fn no_panic_on_damaged_text() {
    // Cut, drop and change bytes at pseudo-random places; the reader must only end.
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) as usize % below
    };
    let samples = b"(){}[],:=+-\"@%!.v09x\n \\";
    for _ in 0..3000 {
        let mut bytes = EVERYTHING.as_bytes().to_vec();
        for _ in 0..1 + random(4) {
            let at = random(bytes.len());
            match random(5) {
                0 => bytes.truncate(at),
                1 => {
                    bytes.remove(at);
                }
                2 => bytes[at] = samples[random(samples.len())],
                3 => bytes[at] = random(256) as u8,
                _ => {
                    let from = random(bytes.len());
                    let piece: Vec<u8> = bytes[from..bytes.len().min(from + random(60))].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
            if bytes.is_empty() {
                break;
            }
        }
        let sources = SourceMap::new();
        let file = sources.add("damaged.ssa", bytes, Loc::NONE).unwrap();
        let mut diagnostics = Diagnostics::new();
        if let Some(module) = read_module(&sources, file, &target(), &mut diagnostics) {
            let _ = lathe_ir::verify::verify_module(&module);
            let text = module.to_string();
            let again = read_text("again.ssa", &text, &target()).unwrap_or_else(|e| panic!("{e}\n{text}"));
            assert_eq!(again.to_string(), text);
        }
    }
}

#[test]
fn huge_numbers_cost_no_memory() {
    let mut text = String::new();
    for i in 0..200 {
        text += &format!("func @f{i}() {{\nblock2000000000:\n  v2000000000 = iconst.i32 1\n  return\n}}\n");
    }
    read_text("huge.ssa", &text, &target()).unwrap_or_else(|e| panic!("{e}"));
}

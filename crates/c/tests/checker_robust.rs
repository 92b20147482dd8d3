//! Malformed input never panics or hangs: real programs cut off, with parts deleted, doubled, or
//! swapped; deep and long constructs. Also: the programs as they are have no errors.

use lathe_c::ast::CheckOnly;
use lathe_c::pp::{self, Preprocessor};
use lathe_c::{parse, sema};
use lathe_diag::{Loc, SourceMap};
use lathe_target::Target;
use std::time::{Duration, Instant};

/// Every construct once; also accepted by gcc.
const PROGRAM: &str = include_str!("gnu_c.c");

/// Checks a text on a thread with the parser's stack; returns the messages of errors.
fn check(text: String) -> Vec<String> {
    let run = move || {
        let target = Target::from_triple("x86_64-linux-gnu").unwrap();
        let sources = SourceMap::default();
        let main = sources.add("robust.c", text.into_bytes(), Loc::NONE).unwrap();
        let mut pp = Preprocessor::new(pp::Options::default(), &sources, &target, main);
        let mut options = sema::Options::default();
        for warning in ["all", "extra", "pedantic", "shadow", "conversion"] {
            options.warnings.apply(warning).unwrap();
        }
        parse::check_unit(&mut pp, &options, &mut CheckOnly);
        let errors = pp.diagnostics.iter().filter(|d| d.severity >= lathe_diag::Severity::Error);
        errors.map(|d| d.message.clone()).collect()
    };
    std::thread::Builder::new().stack_size(parse::STACK_BYTES).spawn(run).unwrap().join().unwrap()
}

#[test]
fn every_construct_is_accepted() {
    let errors = check(PROGRAM.to_string());
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn an_attribute_prefix_without_a_name_is_an_error() {
    for text in ["[[r:3]] int a;", "[[gnu::]] int a;", "[[r::<a)"] {
        assert!(!check(text.to_string()).is_empty(), "{text}");
    }
}

/// Splits into rough tokens, so that mutations hit the parser rather than the lexer.
fn pieces(text: &str) -> Vec<&str> {
    let mut list = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let len = if word(first) {
            rest.find(|c| !word(c)).unwrap_or(rest.len())
        } else if first == '"' {
            rest[1..].find('"').map_or(rest.len(), |end| end + 2)
        } else {
            first.len_utf8()
        };
        list.push(&rest[..len]);
        rest = &rest[len..];
    }
    list
}

#[test]
fn mutated_programs_do_not_panic() {
    let all = pieces(PROGRAM);
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % limit as u64) as usize
    };
    let start = Instant::now();
    for round in 0..1500 {
        let mut list = all.clone();
        for _ in 0..1 + round % 4 {
            let (a, b) = (below(list.len()), below(list.len()));
            match below(5) {
                0 => list.truncate(a.max(1)),
                1 => drop(list.remove(a)),
                2 => list.swap(a, b),
                3 => list.insert(a, list[b]),
                _ => drop(list.drain(a..(a + below(12)).min(list.len()))),
            }
        }
        check(list.concat());
        if start.elapsed() > Duration::from_secs(60) {
            break;
        }
    }
}

#[test]
fn deep_nesting_is_an_error_and_long_chains_are_not() {
    let deep = 100_000;
    let nested = [
        format!("int x = {}1{};", "(".repeat(deep), ")".repeat(deep)),
        format!("void f(void) {}{}", "{".repeat(deep), "}".repeat(deep)),
        format!("int {}x{};", "(".repeat(deep), ")".repeat(deep)),
        format!("int x = {}1;", "-".repeat(deep).replace("--", "- - ")),
        format!("int x = {}1;", "!".repeat(deep)),
        format!("int x[] = {}1{};", "{".repeat(deep), "}".repeat(deep)),
        format!("void f(void) {{ {} ; }}", "if (1) ".repeat(deep)),
        "struct { ".repeat(deep),
        format!("int x = {} 1;", "sizeof ".repeat(deep)),
        format!("int x = {} 1;", "(int) ".repeat(deep)),
        format!("int x = {} 1;", "1 ? 1 : ".repeat(deep)),
        format!("int f({}", "int (*f)(".repeat(deep)),
        format!("void f(int x) {{ {} 1; }}", "x = ".repeat(deep)),
    ];
    for text in nested {
        let errors = check(text.clone());
        assert!(!errors.is_empty(), "{}", &text[..40]);
    }
    let long = [
        format!("int x = 1{};", " + 1".repeat(deep)),
        format!("int f(int x) {{ return x{}; }}", " + x".repeat(deep)),
        format!("int f(int x) {{ return x{}; }}", " && x".repeat(deep)),
        format!("int f(int x) {{ return x{}; }}", ", x".repeat(deep)),
        format!("int f(int x) {{ {} return 0; }}", "if (x == 1) x = 2; else ".repeat(deep)),
        format!(
            "int f(int x) {{ switch (x) {{ {} return 1; }} return 0; }}",
            (0..deep).map(|i| format!("case {i}: ")).collect::<String>()
        ),
        format!("int a[] = {{ {} }};", "1, ".repeat(1_500_000)),
        format!("int f(void) {{ int a[] = {{ {} }}; return a[0]; }}", "1, ".repeat(300_000)),
        format!("struct s {{ int *p; int i; }} a[] = {{ {} }};", "{ &a[0].i, 1 }, ".repeat(200_000)),
    ];
    for text in long {
        let start = Instant::now();
        let errors = check(text.clone());
        assert!(errors.is_empty(), "{errors:?} {}", &text[..60]);
        assert!(start.elapsed() < Duration::from_secs(20), "{:?} for {}", start.elapsed(), &text[..60]);
    }
}

//! Damaged input: no panic, no endless run, whatever the bytes.

use lathe_c::pp::fuzz_preprocess;

/// xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

const SEED_TEXT: &str = r#"
#define f(x, ...) [x] g(__VA_ARGS__) #x x ## x __VA_OPT__(, x)
#define g(x) f(x, x)
#ifndef A
#if defined(B) && (1 + 2 * 3 == 7 ? 'a' : L"b")
f(1, 2, (3, 4)) g() "str\x41\101\u00e9" 0x1p3 1.5e+3f 0b11u
#elif __has_include(<stddef.h>)
#include <stddef.h>
#else
_Pragma("pack(push, 1)") __LINE__ __COUNTER__ __FILE__
#endif
#endif
#pragma push_macro("f")
#undef f
#pragma pop_macro("f")
#line 12 "x.c"
# 13 "y.h" 1 3
/* c */ // d
"#;

const PIECES: &[&str] = &[
    "#",
    "##",
    "(",
    ")",
    ",",
    "__VA_ARGS__",
    "__VA_OPT__(",
    "\\\n",
    "\n#if ",
    "\n#else\n",
    "\n#endif\n",
    "\n#define f(x,...) ",
    "\n#define ",
    "f",
    "x",
    "\"",
    "'",
    "/*",
    "*/",
    "//",
    "\0",
    "\u{e9}",
    "\\u00e9",
    "0x",
    "1e+",
    "defined",
    "_Pragma(\"",
    "\n#pragma ",
    "GCC poison f",
    "\n#embed \"x\" limit(3)\n",
    "\n#undef f\n",
    "\n#elif ",
    "?",
    ":",
    "<<",
    "push_macro(\"f\")",
    "L'",
    "u8\"",
    "\\x",
    "\\777",
    "#x",
    "x##",
    "g(",
    "\\",
    "@",
];

#[test]
fn mutated_text() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..1500 {
        let mut text = SEED_TEXT.as_bytes().to_vec();
        for _ in 0..random.below(12) {
            let at = random.below(text.len() + 1);
            match random.below(4) {
                0 if at < text.len() => text[at] = random.below(256) as u8,
                1 => {
                    let end = (at + random.below(20)).min(text.len());
                    text.drain(at..end);
                }
                _ => {
                    let piece = PIECES[random.below(PIECES.len())].bytes();
                    text.splice(at..at, piece);
                }
            }
        }
        fuzz_preprocess(&text, 1 << 16);
    }
}

#[test]
fn deep_and_long_input() {
    let parentheses = format!("#if {}1{}\n#endif\n", "(".repeat(100_000), ")".repeat(100_000));
    let unary = format!("#if {}1\n#endif\n", "!".repeat(100_000));
    let conditionals = "#if 1\n".repeat(100_000);
    let skipped = format!("#if 0\n{}", "#if 1\n".repeat(100_000));
    let nested_calls = format!("#define f(x) x\n{}1{}\n", "f(".repeat(10_000), ")".repeat(10_000));
    let doubling: String = (1..64).map(|i| format!("#define a{i} a{} a{}\n", i - 1, i - 1)).collect();
    let splices = format!("#define x {}\nx\n", "a\\\n".repeat(50_000));
    let long_string = format!("\"{}\"", "\\\n".repeat(50_000));
    for text in [parentheses, unary, conditionals, skipped, nested_calls, splices, long_string] {
        fuzz_preprocess(text.as_bytes(), 1 << 18);
    }
    assert_eq!(fuzz_preprocess(format!("{doubling}a63\n").as_bytes(), 1 << 16), 1 << 16);
}

#[test]
fn every_pair_of_bytes() {
    let bytes = || {
        (0..0x80u8).filter(|b| !b.is_ascii_alphanumeric() && *b != 1).chain([b'L', b'1', b'e', 0x80, 0xc3])
    };
    for first in bytes().filter(|b| *b == 0 || *b >= 9) {
        for second in bytes().filter(|b| *b == 0 || *b >= 32) {
            fuzz_preprocess(&[first, second], 16);
            fuzz_preprocess(&[b'#', first, second], 16);
        }
    }
}

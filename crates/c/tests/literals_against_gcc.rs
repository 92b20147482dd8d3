//! Values and types of literals against gcc's: a program made by gcc prints the bytes that its literals
//! have, ours are compared with them. Without gcc the test is skipped, and says so.

use lathe_c::dialect::Dialect;
use lathe_c::literal::{
    FloatFormat, IntegerType, LiteralContext, Number, StringPart, concat_strings, parse_char, parse_number,
};
use lathe_diag::{Diagnostics, Span};
use lathe_target::Target;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "007",
    "0x7f",
    "0b101",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "0x7fffffff",
    "0x80000000",
    "0xffffffff",
    "0x100000000",
    "037777777777",
    "9223372036854775807",
    "0x8000000000000000",
    "0xffffffffffffffff",
    "1u",
    "1l",
    "1ul",
    "1LU",
    "1ll",
    "1ULL",
    "1llu",
    "4294967295u",
    "4294967296u",
    "0xffffffffffffffffll",
    "18446744073709551615u",
    "12345678901234567890ull",
    "0x1p3",
    "0x1.8p-1",
    "1.0",
    "1e10",
    "1.5f",
    "3.14159265358979323846",
    "1e-5",
    ".5",
    "5.",
    "1e308",
    "1e-320",
    "4.9e-324",
    "2.2250738585072011e-308",
    "0.1f",
    "1e-40f",
    "3.4028235e38f",
    "16777217.0f",
    "0.1",
    "0.3",
    "123456789012345678901234567890.0",
    "9007199254740993.0",
    "1.0L",
    "0.1L",
    "3.14159265358979323846L",
    "1e4900L",
    "1e-4940L",
    "0x1.fffffffffffffffep0L",
    "0x0.8p1",
    "0xa.bcdefp5f",
    "0x1.00000100000001p0f",
    "0.1Q",
    "0.1f128",
    "1e-4950Q",
    "1.5f64",
    "1.5f32",
    "0.1f64x",
    "0.1f32x",
    "0x1p-1074",
    "0x1p-1075",
    "0x1.8p-1075",
    "1e+2",
    "0E0",
    "00.5",
    "0x.8p0",
    "1.e1",
];

const CHARS: &[&str] = &[
    "'a'",
    "'\\0'",
    "'\\377'",
    "'\\xff'",
    "'\\n'",
    "'\\''",
    "'\"'",
    "'\\\\'",
    "'\\e'",
    "'ab'",
    "'abcd'",
    "'\\xff\\xff'",
    "L'a'",
    "L'\\xffffffff'",
    "L'\u{e9}'",
    "u'\u{e9}'",
    "U'\u{1f600}'",
    "u'\\xffff'",
    "U'\\xffffffff'",
    "'\\a'",
    "'\\?'",
    "'\\7'",
    "'\\18'",
    "L'\\u20ac'",
    "'\u{e9}'",
];

const STRINGS: &[&str] = &[
    "\"abc\"",
    "\"\"",
    "\"a\\0b\"",
    "\"\\x41\" \"1\"",
    "\"\\1011\"",
    "\"\u{e9}\\u00e9\\U0001f600\"",
    "L\"a\u{e9}\"",
    "u\"\u{1f600}\"",
    "U\"\u{1f600}\\n\"",
    "u8\"\u{e9}\"",
    "\"a\" L\"b\"",
    "u\"x\" \"\\u20ac\"",
    "L\"\\xffffffff\"",
    "u\"\\xd800\"",
    "\"\\\"\\'\\\\\\?\\a\\b\\f\\n\\r\\t\\v\"",
];

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Runs a converter with a context; what it gives, and whether errors were reported.
fn convert<T>(run: impl FnOnce(&mut LiteralContext<'_>) -> Option<T>) -> Option<T> {
    let target = Target::from_triple("x86_64-linux-gnu").expect("a known triple");
    let mut diagnostics = Diagnostics::new();
    run(&mut LiteralContext {
        dialect: Dialect::default(),
        target: &target,
        span: Span::NONE,
        diagnostics: &mut diagnostics,
    })
}

/// `size signed bytes` of a number, as the program prints it.
fn number_line(spelling: &str) -> String {
    let number = convert(|cx| parse_number(spelling.as_bytes(), cx)).expect("a number");
    match number {
        Number::Integer(integer) => {
            let (size, unsigned) = match integer.c_type {
                IntegerType::Int { unsigned } => (4, unsigned),
                IntegerType::Long { unsigned } | IntegerType::LongLong { unsigned } => (8, unsigned),
                IntegerType::Int128 { unsigned } => (16, unsigned),
                IntegerType::BitInt { width, unsigned } => (width.div_ceil(8) as usize, unsigned),
            };
            format!("{size} {} {}", !unsigned as u8, hexadecimal(&integer.value.to_le_bytes()[..size]))
        }
        Number::Float(float) => {
            let (size, shown) = match float.format {
                FloatFormat::F16 => (2, 2),
                FloatFormat::F32 => (4, 4),
                FloatFormat::F64 => (8, 8),
                FloatFormat::X87 => (16, 10),
                FloatFormat::F128 => (16, 16),
            };
            format!("{size} 1 {}", hexadecimal(&float.bits.to_le_bytes()[..shown]))
        }
    }
}

fn char_line(spelling: &str) -> String {
    let value = convert(|cx| parse_char(spelling.as_bytes(), cx)).expect("a character");
    format!("{}", value.value)
}

/// The tokens of a literal sequence: split where a quote ends and white space follows.
fn string_line(text: &str) -> String {
    let parts: Vec<StringPart<'_>> = text
        .split("\" ")
        .map(|part| part.strip_suffix('"').unwrap_or(part))
        .map(|part| StringPart {
            spelling: &text.as_bytes()[offset(text, part)..][..part.len() + 1],
            span: Span::NONE,
        })
        .collect();
    let string = convert(|cx| concat_strings(&parts, cx)).expect("a string");
    format!("{} {}", string.encoding.element_bytes(), hexadecimal(&string.bytes))
}

fn offset(text: &str, part: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}

fn program() -> String {
    let mut text = String::from(
        "#include <stdio.h>\n\
         static void bytes(const void *p, int n) { const unsigned char *c = p; while (n--) printf(\"%02x\", *c++); puts(\"\"); }\n\
         #define X87(x) (_Generic((x), long double: 1, _Float64x: 1, default: 0))\n\
         #define NUMBER(x) { __typeof__(x) v = 0; *(volatile __typeof__(x) *)&v = x; \
         printf(\"%d %d \", (int)sizeof v, (__typeof__(x))-1 < 0); bytes(&v, X87(x) ? 10 : sizeof v); }\n\
         #define STRING(x) { __auto_type s = x; printf(\"%d \", (int)sizeof *s); bytes(s, sizeof x - sizeof *s); }\n\
         int main(void) {\n",
    );
    for number in NUMBERS {
        let _ = writeln!(text, "NUMBER({number})");
    }
    for character in CHARS {
        let _ = writeln!(text, "printf(\"%lld\\n\", (long long){character});");
    }
    for string in STRINGS {
        // An array keeps its type in sizeof; the macro's pointer shows the element.
        let _ = writeln!(
            text,
            "{{ __auto_type s = {string}; printf(\"%d \", (int)sizeof *s); bytes(s, sizeof ({string}) - sizeof *s); }}"
        );
    }
    text.push_str("return 0; }\n");
    text
}

#[test]
fn literals_have_gccs_values() {
    if Command::new("gcc").arg("--version").output().is_err() {
        eprintln!("SKIPPED: gcc is not on this machine");
        return;
    }
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("literals");
    std::fs::create_dir_all(&directory).expect("the target directory is writable");
    let (source, binary) = (directory.join("t.c"), directory.join("t"));
    std::fs::write(&source, program()).expect("the target directory is writable");
    let built = Command::new("gcc").arg("-w").arg(&source).arg("-o").arg(&binary).output().expect("gcc runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let output = Command::new(&binary).output().expect("the program runs");
    let theirs = String::from_utf8(output.stdout).expect("text");
    let all = NUMBERS.iter().chain(CHARS).chain(STRINGS);
    let ours = NUMBERS
        .iter()
        .map(|n| number_line(n))
        .chain(CHARS.iter().map(|c| char_line(c)))
        .chain(STRINGS.iter().map(|s| string_line(s)));
    let mut different = Vec::new();
    for ((spelling, ours), theirs) in all.zip(ours).zip(theirs.lines()) {
        if ours.trim_end() != theirs.trim_end() {
            different.push(format!("{spelling}: lathe {ours}, gcc {theirs}"));
        }
    }
    assert!(different.is_empty(), "{different:#?}");
    assert_eq!(theirs.lines().count(), NUMBERS.len() + CHARS.len() + STRINGS.len());
}

#[test]
fn bad_literals_are_errors_in_gccs_words() {
    let cases = [
        ("08", "invalid digit \"8\" in octal constant"),
        ("0b12", "invalid digit \"2\" in binary constant"),
        ("1.2.3", "too many decimal points in number"),
        ("1e", "exponent has no digits"),
        ("0x1.2", "hexadecimal floating constants require an exponent"),
        ("1uu", "invalid suffix \"uu\" on integer constant"),
        ("1lul", "invalid suffix \"lul\" on integer constant"),
        ("1.0x", "invalid suffix \"x\" on floating constant"),
        ("0x", "invalid suffix \"x\" on integer constant"),
        ("''", "empty character constant"),
        ("'\\x'", "\\x used with no following hex digits"),
        ("'\\u12'", "incomplete universal character name \\u12"),
    ];
    let target = Target::from_triple("x86_64-linux-gnu").expect("a known triple");
    for (spelling, message) in cases {
        let mut diagnostics = Diagnostics::new();
        let mut cx = LiteralContext {
            dialect: Dialect::default(),
            target: &target,
            span: Span::NONE,
            diagnostics: &mut diagnostics,
        };
        let failed = match spelling.starts_with('\'') {
            true => parse_char(spelling.as_bytes(), &mut cx).is_none(),
            false => parse_number(spelling.as_bytes(), &mut cx).is_none(),
        };
        let found: Vec<&str> = diagnostics.iter().map(|d| d.message.as_str()).collect();
        assert!(failed && found == [message], "{spelling}: {found:?}");
    }
}

//! Preprocessed token streams and messages against `gcc -E` (the oracle). Without gcc on the machine the
//! comparisons are skipped, and say so.

use lathe_c::dialect::Dialect;
use lathe_c::pp::output::{PreprocessedText, macro_definitions, preprocess_to_text};
use lathe_c::pp::{DirectoryKind, Options};
use lathe_diag::{Loc, Severity, SourceMap};
use lathe_target::{CodeModel, RelocModel, Target};
use std::path::PathBuf;
use std::process::Command;

/// Whether gcc is there; says so when not.
fn gcc_is_missing() -> bool {
    let missing = Command::new("gcc").arg("--version").output().is_err();
    if missing {
        eprintln!("SKIPPED: gcc is not on this machine");
    }
    missing
}

/// A file in a directory of its own for the test.
fn source_file(test: &str, text: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("pp-{test}"));
    std::fs::create_dir_all(&directory).expect("the target directory is writable");
    let path = directory.join("t.c");
    std::fs::write(&path, text).expect("the target directory is writable");
    path
}

fn options(dialect: &str) -> Options {
    let mut options =
        Options { dialect: Dialect::parse(dialect).expect("a known dialect"), ..Options::default() };
    for path in ["/usr/local/include", "/usr/include/x86_64-linux-gnu", "/usr/include"] {
        options.directories.push((DirectoryKind::Standard, path.to_string()));
    }
    options
}

struct Ours {
    text: String,
    /// `line: severity: message`
    messages: Vec<String>,
}

fn lathe(path: &std::path::Path, options: Options, dump: bool) -> Ours {
    let target = Target::from_triple("x86_64-linux-gnu").expect("a known triple");
    lathe_for(&target, path, options, dump)
}

fn lathe_for(target: &Target, path: &std::path::Path, options: Options, dump: bool) -> Ours {
    let sources = SourceMap::new();
    let text = std::fs::read(path).expect("the test's file");
    let main = sources.add(path.to_string_lossy(), text, Loc::NONE).expect("room");
    let run: fn(Options, &SourceMap, &Target, lathe_diag::FileId) -> PreprocessedText =
        if dump { macro_definitions } else { preprocess_to_text };
    let result = run(options, &sources, target, main);
    let messages = result
        .diagnostics
        .iter()
        .map(|d| {
            let severity = match d.severity {
                Severity::Note => "note",
                Severity::Warning => "warning",
                Severity::Error => "error",
                Severity::Fatal => "fatal error",
            };
            let line = sources.place(d.span.lo).map_or(0, |p| p.line_col.line);
            let flag = d.flag.map_or(String::new(), |f| format!(" [-W{f}]"));
            format!("{line}: {severity}: {}{flag}", d.message)
        })
        .collect();
    Ours { text: String::from_utf8_lossy(&result.text).into_owned(), messages }
}

/// Standard output, and messages as `line: severity: message` without notes.
fn gcc(path: &std::path::Path, arguments: &[&str]) -> (String, Vec<String>) {
    let output = Command::new("gcc")
        .env("LC_ALL", "C")
        .arg("-E")
        .args(arguments)
        .arg(path)
        .output()
        .expect("gcc runs");
    let name = format!("{}:", path.display());
    let messages = String::from_utf8_lossy(&output.stderr)
        .lines()
        .filter_map(|line| {
            let rest = line.strip_prefix(&name)?;
            let (line, rest) = rest.split_once(':')?;
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(':').trim();
            (!rest.starts_with("note:")).then(|| format!("{line}: {rest}"))
        })
        .collect();
    (String::from_utf8_lossy(&output.stdout).into_owned(), messages)
}

/// Splits preprocessed text into spellings, roughly: runs of word characters, strings, single
/// punctuators. Line markers go away.
fn spellings(text: &str) -> Vec<String> {
    let mut list = Vec::new();
    for line in text.lines().filter(|l| !(l.starts_with("# ") && l.contains('"'))) {
        let bytes: Vec<char> = line.chars().collect();
        let mut at = 0;
        while at < bytes.len() {
            let start = at;
            let c = bytes[at];
            if c.is_whitespace() {
                at += 1;
                continue;
            }
            if c == '"' || c == '\'' {
                at += 1;
                while at < bytes.len() && bytes[at] != c {
                    at += 1 + (bytes[at] == '\\') as usize;
                }
                at = (at + 1).min(bytes.len());
            } else if c.is_alphanumeric() || c == '_' {
                while at < bytes.len()
                    && (bytes[at].is_alphanumeric() || bytes[at] == '_' || bytes[at] == '.')
                {
                    at += 1;
                }
            } else {
                at += 1;
            }
            list.push(bytes[start..at].iter().collect());
        }
    }
    list
}

fn assert_same_tokens(what: &str, ours: &str, theirs: &str) {
    // The members of max_align_t have names of the header's writer.
    let plain = |s: String| match s.as_str() {
        "__lathe_max_align_integer" => "__max_align_ll".to_string(),
        "__lathe_max_align_float" => "__max_align_ld".to_string(),
        _ => s,
    };
    let ours: Vec<String> = spellings(ours).into_iter().map(plain).collect();
    let theirs = spellings(theirs);
    if ours == theirs {
        return;
    }
    let at = ours.iter().zip(&theirs).position(|(a, b)| a != b).unwrap_or(ours.len().min(theirs.len()));
    let around = |list: &[String]| list[at.saturating_sub(8)..(at + 8).min(list.len())].join(" ");
    panic!("{what}: token {at} differs\n  gcc:   {}\n  lathe: {}", around(&theirs), around(&ours));
}

/// Same tokens as gcc in the given dialects.
fn same_tokens(test: &str, dialects: &[&str], text: &str) {
    if gcc_is_missing() {
        return;
    }
    let path = source_file(test, text);
    for dialect in dialects {
        let ours = lathe(&path, options(dialect), false);
        let (theirs, _) = gcc(&path, &["-P", &format!("-std={dialect}")]);
        assert_same_tokens(&format!("{test} -std={dialect}"), &ours.text, &theirs);
    }
}

const ALL: &[&str] = &["gnu17", "c11", "c89", "gnu89", "gnu2x"];

#[test]
fn examples_of_the_standard() {
    // C11 6.10.3.5: examples 3 to 7.
    same_tokens(
        "standard",
        ALL,
        r#"
#define x 3
#define f(a) f(x * (a))
#undef x
#define x 2
#define g f
#define z z[0]
#define h g(~
#define m(a) a(w)
#define w 0,1
#define t(a) a
#define p() int
#define q(x) x
#define r(x,y) x ## y
#define str(x) # x
f(y+1) + f(f(z)) % t(t(g)(0) + t)(1);
g(x+(3,4)-w) | h 5) & m
(f)^m(m);
p() i[q()] = { q(1), r(2,3), r(4,), r(,5), r(,) };
char c[2][6] = { str(hello), str() };
#undef h
#define xstr(s) str(s)
#define debug(s, t) printf("x" # s "= %d, x" # t "= %s", \
 x ## s, x ## t)
#define INCFILE(n) vers ## n
#define glue(a, b) a ## b
#define xglue(a, b) glue(a, b)
#define HIGHLOW "hello"
#define LOW LOW ", world"
debug(1, 2);
fputs(str(strncmp("abc\0d", "abc", '\4') /* this goes away */
== 0) str(: @\n), s);
xstr(INCFILE(2).h)
glue(HIGH, LOW);
xglue(HIGH, LOW)
#define hash_hash # ## #
#define mkstr(a) # a
#define in_between(a) mkstr(a)
#define join(c, d) in_between(c hash_hash d)
char p[] = join(x, y);
#define t2(x,y,z) x ## y ## z
int j[] = { t2(1,2,3), t2(,4,5), t2(6,,7), t2(8,9,), t2(10,,), t2(,11,), t2(,,12), t2(,,) };
#define showlist(...) puts(#__VA_ARGS__)
#define report(test, ...) ((test)?puts(#test):\
 printf(__VA_ARGS__))
showlist(The first, second, and third items.);
report(x>y, "x is %d but y is %d", x, y);
"#,
    );
}

#[test]
fn variable_arguments() {
    same_tokens(
        "varargs",
        &["gnu17", "gnu2x", "gnu99", "c11", "c99"],
        r#"
#define EMPTY
#define q(x, y...) x ## y, y
q(a) q(a,b) q(a,b,c) q(,)
#define e(fmt, ...) p(fmt, ##__VA_ARGS__)
e("x") e("x",) e("x", 1, 2) e(,EMPTY)
#define e1(...) p(x, ##__VA_ARGS__)
e1() e1(1) e1(,) e1(EMPTY)
#define vo(x,...) a __VA_OPT__(x ## x) b ## __VA_OPT__(c) ## d
vo(1) vo(1,2) vo(1,EMPTY) vo(,3)
#define vs(x,...) #__VA_OPT__(x __VA_ARGS__)
vs(1) vs(1,2 3)
#define dbg4(f, ...) fprintf(err, f __VA_OPT__(,) __VA_ARGS__)
dbg4("a"); dbg4("a", 1); dbg4("a", EMPTY);
"#,
    );
}

#[test]
fn rescanning_and_spacing() {
    same_tokens(
        "rescan",
        ALL,
        r#"
#define EMPTY
#define f(x) [x]
f
(1) f EMPTY (2)
#define s(x) #x
s( a  b
 c) s("\n" '\0') s() s(EMPTY) s(f(1))
#define xs(x) s(x)
xs(EMPTY a EMPTY b) xs(f (1) f) xs(+f(1)+)
#define AA BB
#define BB AA
AA BB
#define ff(a) a*gg
#define gg(a) ff(a)
ff(2)(9)
#define NIL(xxx) xxx
#define G_0(arg) NIL(G_1)(arg)
#define G_1(arg) NIL(arg)
G_0(42)
#define FN f2(
#define f2(x) <x>
FN 1)
f(
#if 1
yes
#else
no
#endif
)
#define cat(a,b) a ## b
cat(cat,2) cat(x,cat)(1,2) cat(,) cat(a,) cat(,b) cat(L,"x") cat(.,5) cat(-,>) cat(1.,e3)
#define OBJ(x) x
OBJ (3) OBJ
(4)
int a = __LINE__; f(__LINE__
__LINE__) __LINE__
#line 100 "foo.c"
__LINE__ __FILE__
a+EMPTY+b -EMPTY- c f(-)-1 +f()
#define minus -
-minus -1 minus-x <EMPTY: EMPTY%:
0xe+1 1.2.3e+4foo a$b
#define N() x
N N() N ()
"a\
b" ab\
cd /\
* comm *\
/ + \
+ i
L'x'
__COUNTER__ __COUNTER__ __INCLUDE_LEVEL__
"#,
    );
}

#[test]
fn conditions() {
    same_tokens(
        "conditions",
        ALL,
        r#"
#define N 2
#define DEFD defined(N)
#if DEFD && !defined NN
1
#endif
#if (N << 3) + -1 == 15 && (0 ? 1 / 0 : 1) || 1 / 0
2
#endif
#if -1 > 0u
3
#endif
#if 0
don't /* " */ "
#if 1
#else
#elif 2
#endif
"/*"
#elif 'a' == 97 && '\377' < 0 && 0x7fffffffffffffff + 1u > 0
4
#else
5
#endif
#ifndef N
6
#elif defined __has_include
# if __has_include(<stdio.h>) && !__has_include("nothere.h")
7
# endif
#endif
#if 1 /* multi
line */ + 0
8
#endif
#if 1 ? 2 : (3, 4)
9
#endif
#if ~0 == -1 && !0 == 1 && +5 % 3 == 2 && (5 ^ 1) == 4 && (6 & 3 | 8) == 10
10
#endif
#if 010 == 8 && 0b11 == 3 && 10ul == 10 && 1'0
#endif
%: define digraph <::>
digraph
"#,
    );
}

#[test]
fn standard_headers() {
    if gcc_is_missing() {
        return;
    }
    let headers = "assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign \
        stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string threads time uchar wchar \
        wctype unistd fcntl pthread dirent poll dlfcn semaphore sys/types sys/stat sys/socket sys/mman sys/time \
        sys/wait sys/select netinet/in arpa/inet netdb regex glob sched spawn termios utime syslog";
    // Ours alone: the text is ours.
    let own = ["float", "iso646", "stdalign", "stdatomic", "stdarg", "stdbool", "stddef", "stdnoreturn"];
    let mut text = String::new();
    for header in headers.split_whitespace().filter(|h| !own.contains(h)) {
        text.push_str(&format!("#include <{header}.h>\n"));
    }
    same_tokens("headers", &["gnu17", "c11", "gnu2x"], &text);
    let path = source_file("headers-gnu", &format!("#define _GNU_SOURCE 1\n{text}"));
    let ours = lathe(&path, options("gnu17"), false);
    let (theirs, _) = gcc(&path, &["-P"]);
    assert_same_tokens("headers with _GNU_SOURCE", &ours.text, &theirs);
    assert!(ours.messages.is_empty(), "{:?}", ours.messages);
}

#[test]
fn limits_and_stdint_macros_have_gccs_values() {
    if gcc_is_missing() {
        return;
    }
    let names = "CHAR_BIT SCHAR_MIN SCHAR_MAX UCHAR_MAX CHAR_MIN CHAR_MAX MB_LEN_MAX SHRT_MIN USHRT_MAX INT_MIN \
        INT_MAX UINT_MAX LONG_MIN LONG_MAX ULONG_MAX LLONG_MIN LLONG_MAX ULLONG_MAX PATH_MAX SSIZE_MAX IOV_MAX \
        INT64_MAX UINT64_MAX INTPTR_MIN SIZE_MAX WCHAR_MAX WINT_MIN FLT_MAX DBL_EPSILON LDBL_MIN FLT_RADIX \
        DECIMAL_DIG FLT_EVAL_METHOD LDBL_MANT_DIG DBL_TRUE_MIN LONG_LONG_MAX";
    let lines: String = names.split_whitespace().map(|n| format!("VALUE {n}\n")).collect();
    let text = format!("#include <limits.h>\n#include <stdint.h>\n#include <float.h>\n{lines}");
    let path = source_file("limits", &text);
    let values = |text: &str| match text.find("VALUE") {
        Some(at) => text[at..].to_string(),
        None => String::new(),
    };
    let ours = values(&lathe(&path, options("gnu17"), false).text);
    let theirs = values(&gcc(&path, &["-P"]).0);
    // Spaces, parentheses of gcc's own choosing and the like apart, the tokens are the same.
    assert_same_tokens("limits", &ours, &theirs);
}

/// Predefined macros that are not offered, or different on purpose; see predefined.rs.
fn is_apart(line: &str) -> bool {
    [
        "__DEC",
        "__FLT16_",
        "__SSE__",
        "__SSE2__",
        "__MMX",
        "__SEG_",
        "__FXSR__",
        "__ATOMIC_HLE",
        "__VERSION__",
        "__HAVE_SPECULATION",
        "__LATHE__",
        "__GNUC_MINOR__",
        "__GNUC_PATCHLEVEL__",
        "__LAHF_SAHF__",
        "__GNUC__",
        // __fp16 and the vector extensions.
        "__ARM_FP16_",
        "__ARM_NEON",
        "__ARM_FEATURE_QRDMX",
        "__ARM_FEATURE_AES",
        "__ARM_FEATURE_SHA",
        "__ARM_FEATURE_CRYPTO",
        "__ARM_FEATURE_COMPLEX",
        "__ARM_FEATURE_DOTPROD",
        "__ARM_FEATURE_FRINT",
    ]
    .iter()
    .any(|p| line.starts_with(&format!("#define {p}")))
}

fn same_macros(title: &str, ours: &str, theirs: &str) {
    let sorted = |text: &str| {
        let mut lines: Vec<String> =
            text.lines().filter(|l| !is_apart(l)).map(|l| l.trim_end().to_string()).collect();
        lines.sort();
        lines
    };
    let (ours, theirs) = (sorted(ours), sorted(theirs));
    let missing: Vec<_> = theirs.iter().filter(|l| !ours.contains(l)).collect();
    let extra: Vec<_> = ours.iter().filter(|l| !theirs.contains(l) && !l.contains("EMBED")).collect();
    assert!(missing.is_empty() && extra.is_empty(), "{title}: missing {missing:#?}, extra {extra:#?}");
}

#[test]
fn predefined_macros_are_gccs() {
    if gcc_is_missing() {
        return;
    }
    let path = source_file("predefined", "");
    for dialect in ["gnu17", "c11", "gnu89", "c2x"] {
        let ours = lathe(&path, options(dialect), true).text;
        let (theirs, _) = gcc(&path, &["-dM", &format!("-std={dialect}"), "-fPIE"]);
        same_macros(dialect, &ours, &theirs);
    }
}

#[test]
fn predefined_macros_are_those_of_the_cross_gccs() {
    // Triple, what -march= says, the code model, position-independent or not, options of gcc alone.
    let sse: &[&str] = &["-msse2", "-mfpmath=sse"];
    let cases: &[(&str, &str, CodeModel, bool, &[&str])] = &[
        ("i686-linux-gnu", "", CodeModel::Small, true, sse),
        ("i686-linux-gnu", "", CodeModel::Small, false, sse),
        ("aarch64-linux-gnu", "", CodeModel::Small, true, &[]),
        ("aarch64-linux-gnu", "armv8.1-a", CodeModel::Small, false, &[]),
        ("aarch64-linux-gnu", "armv8.5-a+crypto", CodeModel::Small, true, &[]),
        ("riscv64-linux-gnu", "", CodeModel::Small, true, &[]),
        ("riscv64-linux-gnu", "rv64g", CodeModel::Small, false, &[]),
        ("riscv64-linux-gnu", "rv64gc_zba_zbb_zbs", CodeModel::Medium, false, &["-mcmodel=medany"]),
    ];
    let path = source_file("predefined-cross", "");
    for (triple, march, model, independent, more) in cases {
        let compiler = format!("{triple}-gcc");
        if Command::new(&compiler).arg("--version").output().is_err() {
            eprintln!("SKIPPED: {compiler} is not on this machine");
            continue;
        }
        let mut target = Target::from_triple(triple).expect("a known triple");
        target.code_model = *model;
        let mut gcc = Command::new(&compiler);
        gcc.args(["-E", "-dM", "-std=gnu17"]).args(*more);
        if !march.is_empty() {
            target.set_march(march).expect("known");
            gcc.arg(format!("-march={march}"));
        }
        target.reloc_model = if *independent { RelocModel::Pie } else { RelocModel::Static };
        gcc.arg(if *independent { "-fPIE" } else { "-fno-pie" });
        let theirs = gcc.arg(&path).output().expect("gcc runs").stdout;
        let mut options = options("gnu17");
        options.directories.clear();
        for directory in [format!("/usr/{triple}/include"), "/usr/include".into()] {
            options.directories.push((DirectoryKind::Standard, directory));
        }
        let ours = lathe_for(&target, &path, options, true).text;
        same_macros(&format!("{triple} {march}"), &ours, &String::from_utf8_lossy(&theirs));
    }
}

/// The same messages as gcc, by line, severity and text.
fn same_messages(test: &str, text: &str) {
    if gcc_is_missing() {
        return;
    }
    let path = source_file(&format!("messages-{test}"), text);
    let ours = lathe(&path, options("gnu17"), false).messages;
    let (_, theirs) = gcc(&path, &[]);
    assert_eq!(ours, theirs, "{test}");
}

#[test]
fn messages_are_gccs() {
    let cases = [
        ("else", "#else\n#endif\n#elif 1\n"),
        ("unterminated", "#if 1\n#ifdef X\n"),
        ("unterminated-else", "#if 1\n#else\nint x;\n"),
        ("hash", "#define f(x) #y\n#define g(x) ## x\n#define h(x) x ##\n#define k a ##\n#define ok(x) #x\n"),
        (
            "redefined",
            "#define A 1\n#define A 2\n#define A 2\n#define f(x) x\n#define f(y) y\n#undef A B\n#undef\n",
        ),
        ("arguments", "#define f(a,b) a b\nf(1) f(1,2,3) f() f(1,2)\n#define g() 1\ng(1) g() g( )\n"),
        ("unterminated-call", "#define f(a) a\nf(1,\n"),
        (
            "condition",
            "#if\n#endif\n#if 1 +\n#endif\n#if (1\n#endif\n#if 1)\n#endif\n#if 1 2\n#endif\n#if 1/0\n#endif\n#if \"a\"\n#endif\n#if 1.0\n#endif\n#if FOO(1)\n#endif\n#if defined\n#endif\n#if defined(X\n#endif\n#if 1 ? 2\n#endif\n#if 1 : 2\n#endif\n#if ()\n#endif\n#if * 1\n#endif\n#if a = 1\n#endif\n#if !\n#endif\n#if 08\n#endif\n#if 1u8\n#endif\n",
        ),
        ("missing-header", "#include <nonexistent.h>\nint x\n"),
        (
            "user",
            "#error  this   is \"it\"\n#warning  foo\n#foo bar\n#pragma GCC error \"abc\"\n#pragma GCC warning \"abc\"\n#ident\n#!\n#pragma once\n",
        ),
        ("poison", "#pragma GCC poison A B\nA\n#define A\n#ifdef B\n#endif\n"),
        ("variable", "#define f(x) __VA_ARGS__\n#define g(x,...) __VA_OPT__(\n#define i(x,...) __VA_OPT__\n"),
        ("comment", "int x; /* abc\n"),
    ];
    for (name, text) in cases {
        same_messages(name, text);
    }
}

#[test]
fn preprocessed_text_survives_a_second_pass() {
    let path = source_file(
        "twice",
        "#include <stdio.h>\n#define f(x) x; \\\n  g(x)\n\n\nint a;\nf(\n1\n) int b;\n\n\n\n\n\n\n\n\n\n\n\n\nint c;\n",
    );
    let once = lathe(&path, options("gnu17"), false).text;
    let path = source_file("twice-second", &once);
    let mut second = options("gnu17");
    second.preprocessed = true;
    let twice = lathe(&path, second, false).text;
    assert_eq!(spellings(&once), spellings(&twice));
}

#[test]
fn make_rules_are_gccs() {
    if gcc_is_missing() {
        return;
    }
    let path = source_file(
        "rules",
        "#include <stdio.h>\n#include \"a b.h\"\n#include \"c$.h\"\n#include \"c$.h\"\n",
    );
    let directory = path.parent().expect("a directory");
    for name in ["a b.h", "c$.h"] {
        std::fs::write(directory.join(name), "int x;\n").expect("the target directory is writable");
    }
    let sources = SourceMap::new();
    let target = Target::from_triple("x86_64-linux-gnu").expect("a known triple");
    let text = std::fs::read(&path).expect("the test's file");
    let main = sources.add(path.to_string_lossy(), text, Loc::NONE).expect("room");
    let files = preprocess_to_text(options("gnu17"), &sources, &target, main).dependencies;
    for (arguments, system, phony) in [(&["-M"][..], true, false), (&["-MM", "-MP"], false, true)] {
        let (theirs, _) = gcc(&path, arguments);
        let name = lathe_c::pp::dependencies::default_target(&path.to_string_lossy());
        let ours = lathe_c::pp::dependencies::make_rules(&[name], &files, system, phony);
        // gcc's own stddef.h and stdarg.h are files, Lathe's are not.
        let words = |text: &str| -> Vec<String> {
            let plain = text.replace("\\\n", " ").replace("\\ ", "\u{1}");
            plain.split_whitespace().filter(|w| !w.contains("/lib/gcc/")).map(str::to_string).collect()
        };
        assert_eq!(words(&ours), words(&theirs), "{arguments:?}");
    }
}

#[test]
fn warnings_follow_pragmas_and_system_headers() {
    let text = "#pragma GCC diagnostic push\n#pragma GCC diagnostic ignored \"-Wcpp\"\n#warning a\n\
        #pragma GCC diagnostic pop\n#warning b\n#pragma GCC diagnostic error \"-Wcpp\"\n#warning c\n\
        # 1 \"s.h\" 1 3\n#warning d\n";
    let sources = SourceMap::new();
    let target = Target::from_triple("x86_64-linux-gnu").expect("a known triple");
    let main = sources.add("t.c", text.as_bytes(), Loc::NONE).expect("room");
    let mut pp = lathe_c::pp::Preprocessor::new(Options::default(), &sources, &target, main);
    while pp.next_token().kind != lathe_c::token::TokenKind::Eof {}
    pp.filter_warnings();
    let left: Vec<(Severity, &str)> =
        pp.diagnostics.iter().map(|d| (d.severity, d.message.as_str())).collect();
    assert_eq!(left, [(Severity::Warning, "#warning b"), (Severity::Error, "#warning c")]);
}

#[test]
fn embedded_data() {
    // gcc 12 has no #embed: C23 6.10.4's own examples, by hand.
    let path = source_file(
        "embed",
        "int a[] = {\n#embed \"d.bin\" prefix(0,) suffix(,9)\n};\nint b[] = {\n#embed \"e.bin\" if_empty(7)\n\
         #embed \"d.bin\" limit(1+1)\n};\n#define f(x) [x]\nf(\n#embed \"d.bin\" gnu::offset(2)\n)\n\
         #if __has_embed(\"d.bin\") == __STDC_EMBED_FOUND__ && __has_embed(\"e.bin\") == __STDC_EMBED_EMPTY__ \\\n\
         && !__has_embed(\"x.bin\") && !__has_embed(\"d.bin\" foo(1))\nyes\n#endif\n",
    );
    let directory = path.parent().expect("a directory");
    std::fs::write(directory.join("d.bin"), "abc").expect("the target directory is writable");
    std::fs::write(directory.join("e.bin"), "").expect("the target directory is writable");
    let ours = lathe(&path, options("gnu23"), false);
    assert_eq!(ours.messages, [""; 0]);
    let expected = "int a[] = { 0, 97,98,99 ,9 }; int b[] = { 7 97,98 }; [99] yes";
    assert_eq!(spellings(&ours.text), spellings(expected));
}

/// How many files and messages reading `main` takes, with these files beside it.
fn read_with(test: &str, main: &str, others: &[(&str, &str)]) -> (usize, Vec<String>) {
    let path = source_file(test, main);
    for (name, text) in others {
        std::fs::write(path.with_file_name(name), text).expect("the target directory is writable");
    }
    let sources = SourceMap::new();
    let target = Target::from_triple("x86_64-linux-gnu").expect("a known triple");
    let text = std::fs::read(&path).expect("the test's file");
    let id = sources.add(path.to_string_lossy(), text, Loc::NONE).expect("room");
    let options = Options { no_standard_include: true, ..Options::default() };
    let mut pp = lathe_c::pp::Preprocessor::new(options, &sources, &target, id);
    while pp.next_token().kind != lathe_c::token::TokenKind::Eof {}
    pp.filter_warnings();
    (sources.len(), pp.diagnostics.iter().map(|d| d.message.clone()).collect())
}

#[test]
fn guarded_headers_are_read_once() {
    let guards = [
        "/* c */\n#ifndef G\n#define G\nint x;\n#endif\n// end\n",
        "#if !defined(G)\n#define G\nint x;\n#endif",
        "# if ! defined G\n#define G\n#if 0\n#else\n#endif\n#endif /* G */\n",
        "#pragma once\nint x;\n",
    ];
    let text = "#include \"g.h\"\n".repeat(50);
    for guard in guards {
        let (files, messages) = read_with("guards", &text, &[("g.h", guard)]);
        // The main file, the predefined macros, the header.
        assert_eq!((files, messages.len()), (3, 0), "{guard}");
    }
    for open in [
        "#ifndef G\n#define G\n#else\n#endif\n",
        "#ifndef G\n#endif\nint x;\n",
        "int y;\n#ifndef G\n#define G\n#endif\n",
    ] {
        let (files, _) = read_with("guards", &text, &[("g.h", open)]);
        assert_eq!(files, 52, "{open}");
    }
}

#[test]
fn endless_inclusion_ends() {
    let (_, messages) =
        read_with("endless", "#include \"g.h\"\n", &[("g.h", "#include \"g.h\"\n#include \"g.h\"\n")]);
    assert!(messages[0].starts_with("#include nested depth 200 exceeds maximum of 200"), "{messages:?}");
    assert_eq!(messages.len(), 1);
}

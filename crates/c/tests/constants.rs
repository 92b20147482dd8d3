//! Static initializers against gcc: the bytes that the checker computes for objects equal those of a
//! gcc-compiled program. A fixed list of odd cases, and random integer and floating expressions.

use lathe_c::ast::{CheckOnly, DeclKind};
use lathe_c::pp::{self, Preprocessor};
use lathe_c::{parse, sema};
use lathe_diag::{Loc, SourceMap};
use lathe_target::Target;
use std::fmt::Write;
use std::process::Command;

const FIXED: &str = r#"
typedef int v4si __attribute__((vector_size(16)));
struct s { char c; int i : 5; unsigned u : 9; long l : 33; double d; };
struct t { int a; struct { short b, c; } in[3]; union { int x; char y[6]; } u; char name[5]; };
enum e { A = -3, B, C = 7 };
struct s s1 = { 'x', -2, 300, -5, 1.5 };
struct s s2 = { .l = 1L << 31, .c = 1, .i = 3 };
struct t t1 = { 1, 2, 3, 4, 5, .u = { .y = "hello" }, "ab" };
struct t t2 = { .in[1].c = 9, 10, 11, .u.x = 3, .name = { 'q', [3] = 'z' } };
struct t t3[] = { [2] = { 1 }, [0].a = 5, [1].in = { [2] = { 1, 2 } } };
int a1[] = { [3] = 1, 2, [0 ... 2] = 7, [8] = B };
int a2[2][3] = { 1, 2, 3, { 4 } };
char c1[] = "abc\0def", c2[2] = "xyz", c3[10] = { "braced" }, c4[][4] = { "a", "bcd", { 'e' } };
short w1[] = { 0x7fff + 1, -1, 'a' << 8 };
__WCHAR_TYPE__ wide[] = L"w\u00e9";
unsigned short u16[] = u"\U0001F600x";
float f[] = { 0.1, 1e-45f, 1e39, -0.0, 16777217, 1.0 / 3 };
double d[] = { 0.1f, 1.0 / 3, 1e308 * 10, -0.0, 0x1p-1074, (float)0.1, 3 / 2, 7 / 2.0, 1e400L };
long double ld[] = { 0.1L, 1.0L / 3, -1e-4950L, 1e4000L * 2 };
_Float128 q[] = { 0.1Q, 1.0Q / 3 };
_Complex double cd = 1.0 + 2.0i, cd2 = (1.0 + 2.0i) * (3.0 - 1.0i);
_Complex float cf[] = { 1, 2.0fi };
_Complex int ci = 3 + 4i;
v4si v = { 1, -2, 3 };
_Bool b[] = { 5, 0.1, 0, "x" != 0, 256 };
unsigned long long ull[] = { -1, 1u - 2, 0xffffffffffffffff, -1 / 2u, (unsigned char)300, 1LL << 40, ~0 };
long long ll[] = { -7 / 2, -7 % 2, -8 >> 1, 1 ? -1 : 1u, sizeof(struct t), 'ab', '\377', (signed char)200, -2147483648, 2147483648 };
__int128 big[] = { (__int128)1 << 100, -1, (unsigned __int128)-1 / 3, ((__int128)1 << 100) % 1000007 };
int ic[] = { (int)3.9, (int)-3.9, (unsigned char)255.5, 1.5 > 1, !0.0, !3, 5 && 0.5, 0 || 0 };
struct s copy = (struct s){ 9, 1, 2, 3, 4.5 };
union { long l; char c[3]; } un = { .c = { 1, 2, 3 } }, un2 = { 5 };
struct { int n; char flex[]; } flexible = { 2, "flexible" };
struct { int : 3; int a : 4; int : 0; int b; } unnamed = { 1, 2 };
#pragma pack(push, 1)
struct { char c; int i; short d : 9; } packed[] = { { 1, 2 } };
#pragma pack(pop)
long diffs[] = { &a1[5] - &a1[2], (char *)&t1.u - (char *)&t1, (long)&((struct t *)0)->name };
int generic = _Generic(1.0f, float: 7, double: 8);
char escapes[] = "\x41\102\a\b\f\n\r\t\v\\\'\"\?\e";
long bits[] = { __builtin_popcount(0xff0f), __builtin_clz(1), __builtin_ctzll(8), __builtin_bswap32(0x01020304), __builtin_ffs(0), __builtin_parity(7), __builtin_clrsb(-1) };
double special[] = { __builtin_inf(), __builtin_nan(""), __builtin_nan("0x123"), __builtin_huge_val() };
"#;

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn expression(random: &mut Random, depth: u32) -> String {
    if depth == 0 || random.below(5) == 0 {
        let value = match random.below(4) {
            0 => random.below(5),
            1 => random.below(300),
            2 => random.below(1 << 32),
            _ => random.below(1 << 62),
        };
        let suffix = ["", "u", "l", "ul", "ll", "ull"][random.below(6) as usize];
        return match random.below(12) {
            0 => format!("{}.5", random.below(1000)),
            1 => format!("{}.25f", random.below(100)),
            _ => format!("{value}{suffix}"),
        };
    }
    let a = expression(random, depth - 1);
    let b = expression(random, depth - 1);
    let int = |text: &str| format!("(long)({text})");
    match random.below(16) {
        0..=2 => format!("({a} {} {b})", ["+", "-", "*"][random.below(3) as usize]),
        3 => format!("({} / ({} | 1))", int(&a), int(&b)),
        4 => format!("({} % ({} | 1))", int(&a), int(&b)),
        5..=7 => format!("({} {} {})", int(&a), ["&", "|", "^"][random.below(3) as usize], int(&b)),
        8 => format!("((int)({} & 0xffff) << {})", int(&a), random.below(15)),
        9 => format!("({} >> {})", int(&a), random.below(63)),
        10..=11 => format!("({a} {} {b})", ["<", "<=", ">", ">=", "==", "!="][random.below(6) as usize]),
        12 => format!("({a} ? {b} : {})", expression(random, depth - 1)),
        13 => format!("(-({a}))"),
        14 => {
            let ty = ["unsigned char", "short", "unsigned", "int", "unsigned long", "signed char", "_Bool"];
            format!("(({})({}))", ty[random.below(7) as usize], int(&a))
        }
        _ => format!("(!({a}) || ~{})", int(&b)),
    }
}

/// Name and bytes in hexadecimal of every object without addresses, in order.
fn our_objects(text: &str) -> Vec<(String, String)> {
    let target = Target::from_triple("x86_64-linux-gnu").unwrap();
    let sources = SourceMap::default();
    let main = sources.add("constants.c", text.as_bytes().to_vec(), Loc::NONE).unwrap();
    let mut pp = Preprocessor::new(pp::Options::default(), &sources, &target, main);
    let unit = parse::check_unit(&mut pp, &sema::Options::default(), &mut CheckOnly);
    let messages: Vec<_> = pp.diagnostics.iter().map(|d| (d.span.lo, d.message.clone())).collect();
    assert!(!pp.diagnostics.has_errors(), "{messages:?}");
    let mut objects = Vec::new();
    for decl in &unit.decls {
        let Some(init) = decl.init.filter(|_| decl.kind == DeclKind::Object && !decl.implicit) else {
            continue;
        };
        let data = unit.static_init(init);
        let size = unit.types.size_of(decl.ty).unwrap_or(0) as usize;
        let mut hex = String::new();
        for index in 0..size {
            let _ = write!(hex, "{:02x}", data.bytes.get(index).copied().unwrap_or(0));
        }
        objects.push((pp.interner.text(decl.name).into_owned(), hex));
    }
    objects
}

fn gcc_objects(text: &str, names: &[&str], tag: &str) -> Vec<String> {
    let mut program = format!("int printf(const char *, ...);\n{text}\n");
    program.push_str(
        "static void dump(void *p, int n) { unsigned char *b = p; for (int i = 0; i < n; i++) printf(\"%02x\", b[i]); printf(\"\\n\"); }\nint main(void) {\n",
    );
    for name in names {
        let _ = writeln!(program, "dump(&{name}, sizeof {name});");
    }
    program.push_str("return 0; }\n");
    let base = std::env::temp_dir().join(format!("lathe-constants-{}-{tag}", std::process::id()));
    let file = base.with_extension("c");
    std::fs::write(&file, &program).unwrap();
    let status = Command::new("gcc").arg("-w").arg(&file).arg("-o").arg(&base).status().unwrap();
    assert!(status.success(), "gcc rejects the program");
    let output = Command::new(&base).output().unwrap();
    let _ = std::fs::remove_file(&file);
    let _ = std::fs::remove_file(&base);
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_string).collect()
}

fn compare(text: &str, tag: &str) {
    let ours = our_objects(text);
    let names: Vec<&str> = ours.iter().map(|(name, _)| name.as_str()).collect();
    let theirs = gcc_objects(text, &names, tag);
    assert_eq!(ours.len(), theirs.len());
    let mut failures = String::new();
    for ((name, a), b) in ours.iter().zip(&theirs) {
        if a != b {
            let line = text
                .lines()
                .find(|l| l.contains(&format!("{name} =")) || l.contains(&format!("{name}[")))
                .unwrap_or("");
            let _ = writeln!(
                failures,
                "{name}: ours {a}\n{:width$}gcc's {b}\n  {line}",
                "",
                width = name.len() + 2
            );
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn fixed_initializers_equal_gccs() {
    compare(FIXED, "fixed");
}

#[test]
fn random_expressions_equal_gccs() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut text = String::new();
    for index in 0..600 {
        let ty = ["int", "unsigned", "long", "double", "float", "short", "unsigned long", "_Bool"][index % 8];
        let value = expression(&mut random, 4);
        // Out-of-range conversions of floats to integers are undefined: keep the value an integer.
        let value = if matches!(ty, "double" | "float") {
            value
        } else {
            format!("(long)(({value}) != 0) + {}", random.below(99))
        };
        let _ = writeln!(text, "{ty} x{index} = {value};");
    }
    compare(&text, "random");
}

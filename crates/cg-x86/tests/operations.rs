//! Every scalar operation on edge-case operands, against gcc's C.
//!
//! A table row gives the IR operation and the C expression that it must equal; both are compiled for
//! each type, called with all pairs of [`VALUES`], and compared.

mod support;

use std::fmt::Write;

const INTS: [(&str, &str, &str, u32); 4] = [
    ("i8", "int8_t", "uint8_t", 8),
    ("i16", "int16_t", "uint16_t", 16),
    ("i32", "int32_t", "uint32_t", 32),
    ("i64", "int64_t", "uint64_t", 64),
];

const FLOATS: [(&str, &str, &str); 3] =
    [("f32", "float", "f"), ("f64", "double", ""), ("f80", "long double", "l")];

const VALUES: &str = "static const uint64_t V[] = {0,1,2,3,5,7,8,15,16,31,32,33,63,64,65,100,127,128,129,200,255,\
256,1000,32767,32768,65535,65536,0x7fffffff,0x80000000u,0xffffffffu,0x100000000,0x7fffffffffffffff,\
0x8000000000000000,0x8000000000000001,0xffffffffffffffff,0xfffffffffffffffe,0xffffffffffffff80,\
0x123456789abcdef0,0xdeadbeefcafebabe};\n\
static const double W[] = {0.0,-0.0,1,-1,0.5,-0.5,1.5,2.5,-2.5,3.7,-3.7,100,127.9,128,255.5,-128.7,32768,65536,\
2147483647.0,2147483648.0,-2147483648.0,4294967295.0,4294967296.0,9e18,9223372036854775808.0,1.8e19,-9e18,\
1e30,-1e30,1e-30,INFINITY,-INFINITY,NAN};\n\
#define N (sizeof V / sizeof *V)\n#define M (sizeof W / sizeof *W)\n";

const PRELUDE: &str = "#include <stdint.h>\n#include <stdio.h>\n#include <string.h>\n#include <math.h>\n\
typedef __int128 i128; typedef unsigned __int128 u128; static int fails, runs;\n\
#define CHECK(name, got, want) do { runs++; if ((got) != (want) && fails++ < 30) puts(name); } while (0)\n\
#define FCHECK(name, got, want) do { runs++; __typeof__(want) g = (got), w = (want); \
if (memcmp(&g, &w, sizeof w == 16 ? 10 : sizeof w) && !(isnan(g) && isnan(w)) && fails++ < 30) puts(name); } while (0)\n";

/// Two operands: `a`, `b` unsigned, `sa`, `sb` signed, `n` bits. The last column guards the operands.
const BINARY: [(&str, &str, &str); 23] = [
    ("iadd", "a+b", "1"),
    ("isub", "a-b", "1"),
    ("imul", "(U)((u128)a*b)", "1"),
    ("iand", "a&b", "1"),
    ("ior", "a|b", "1"),
    ("ixor", "a^b", "1"),
    ("umulhi", "((u128)a*b)>>n", "1"),
    ("smulhi", "((i128)sa*sb)>>n", "1"),
    ("udiv", "a/b", "b"),
    ("urem", "a%b", "b"),
    ("sdiv", "sa/sb", "b && !(sb == -1 && a == (U)1<<(n-1))"),
    ("srem", "sa%sb", "b && !(sb == -1 && a == (U)1<<(n-1))"),
    ("shl", "a<<(b&(n-1))", "1"),
    ("lshr", "a>>(b&(n-1))", "1"),
    ("ashr", "sa>>(b&(n-1))", "1"),
    ("rotl", "(U)(a<<(b&(n-1)))|(b&(n-1)?a>>(n-(b&(n-1))):0)", "1"),
    ("rotr", "(U)(a>>(b&(n-1)))|(b&(n-1)?(U)(a<<(n-(b&(n-1)))):0)", "1"),
    ("smin", "sa<sb?sa:sb", "1"),
    ("umax", "a>b?a:b", "1"),
    ("uadd_sat", "((u128)a+b)>>n?(U)-1:a+b", "1"),
    ("usub_sat", "a<b?0:a-b", "1"),
    ("sadd_sat", "SAT((i128)sa+sb)", "1"),
    ("ssub_sat", "SAT((i128)sa-sb)", "1"),
];

const UNARY: [(&str, &str); 8] = [
    ("ineg", "-a"),
    ("inot", "~a"),
    ("iabs", "sa<0?-(u128)sa:a"),
    ("clz", "a?__builtin_clzll(a)-(64-n):n"),
    ("ctz", "a?__builtin_ctzll(a):n"),
    ("popcnt", "__builtin_popcountll(a)"),
    ("bswap", "__builtin_bswap64(a)>>(64-n)"),
    ("bitrev", "({ U r = 0; for (int k = 0; k < n; k++) r |= (U)((a>>k)&1)<<(n-1-k); r; })"),
];

/// Sum or difference, and a flag.
const FLAGGED: [(&str, &str, &str); 6] = [
    ("uadd_overflow", "a+b", "((u128)a+b)>>n != 0"),
    ("usub_overflow", "a-b", "a<b"),
    ("sadd_overflow", "a+b", "(i128)sa+sb != (S)((i128)sa+sb)"),
    ("ssub_overflow", "a-b", "(i128)sa-sb != (S)((i128)sa-sb)"),
    ("umul_overflow", "(u128)a*b", "((u128)a*b)>>n != 0"),
    ("smul_overflow", "(u128)a*b", "(i128)sa*sb != (S)((i128)sa*sb)"),
];

const CONDITIONS: [(&str, &str); 10] = [
    ("eq", "a==b"),
    ("ne", "a!=b"),
    ("slt", "sa<sb"),
    ("sge", "sa>=sb"),
    ("sgt", "sa>sb"),
    ("sle", "sa<=sb"),
    ("ult", "a<b"),
    ("uge", "a>=b"),
    ("ugt", "a>b"),
    ("ule", "a<=b"),
];

const DIVISORS: [i64; 22] = [
    1,
    2,
    3,
    4,
    5,
    7,
    10,
    13,
    100,
    127,
    -1,
    -2,
    -3,
    -7,
    -128,
    1000,
    32767,
    641,
    1_000_000_007,
    6_700_417,
    1_000_000_000_000_000_000,
    i64::MIN,
];

#[derive(Default)]
struct Tests {
    ssa: String,
    c: String,
    count: usize,
}

impl Tests {
    fn new() -> Tests {
        Tests { ssa: "target \"x86_64-linux-gnu\"\n".into(), c: format!("{PRELUDE}{VALUES}"), count: 0 }
    }

    /// An IR function and the C code that tests it.
    fn add(&mut self, ssa: &str, prototype: &str, body: &str) {
        self.ssa += ssa;
        let n = self.count;
        self.count += 1;
        writeln!(self.c, "{prototype}\nstatic void test_{n}(void) {{ {body} }}").unwrap();
    }

    fn check(mut self, name: &str) {
        self.c += "int main(void) {\n";
        for n in 0..self.count {
            writeln!(self.c, "test_{n}();").unwrap();
        }
        self.c += "printf(\"%d runs, %d failures\\n\", runs, fails); return 0; }\n";
        support::check(name, &self.ssa, &self.c, &["-O0"]);
    }
}

fn pairs(ty: (&str, &str, &str, u32), body: &str) -> String {
    let (_, signed, unsigned, bits) = ty;
    format!(
        "typedef {signed} S; typedef {unsigned} U; enum {{ n = {bits} }};
        const i128 most = ((i128)1 << (n-1)) - 1, least = -most - 1; (void)most; (void)least;
        for (int i = 0; i < N; i++) for (int j = 0; j < N; j++) {{ U a = V[i], b = V[j]; S sa = a, sb = b; {body} }}"
    )
    .replace("SAT((i128)sa+sb)", "(((i128)sa+sb)>most?most:((i128)sa+sb)<least?least:(i128)sa+sb)")
    .replace("SAT((i128)sa-sb)", "(((i128)sa-sb)>most?most:((i128)sa-sb)<least?least:(i128)sa-sb)")
}

#[test]
fn integer_operations_agree_with_c() {
    let mut tests = Tests::new();
    for ty in INTS {
        let (ir, _, unsigned, bits) = ty;
        for (op, expr, guard) in BINARY {
            let name = format!("{op}_{ir}");
            let ssa = format!(
                "func @{name}({ir}, {ir}) -> {ir} {{\nb(v0: {ir}, v1: {ir}):\n    v2 = {op}.{ir} v0, v1\n    return v2\n}}\n"
            );
            let body = format!("if ({guard}) CHECK(\"{name}\", (U){name}(a, b), (U)({expr}));");
            tests.add(&ssa, &format!("{unsigned} {name}({unsigned}, {unsigned});"), &pairs(ty, &body));
        }
        for (op, expr) in UNARY {
            let name = format!("{op}_{ir}");
            let ssa = format!(
                "func @{name}({ir}) -> {ir} {{\nb(v0: {ir}):\n    v1 = {op}.{ir} v0\n    return v1\n}}\n"
            );
            let body = format!("(void)sa; CHECK(\"{name}\", (U){name}(a), (U)({expr})); if (j) break;");
            tests.add(&ssa, &format!("{unsigned} {name}({unsigned});"), &pairs(ty, &body));
        }
        for (op, sum, flag) in FLAGGED {
            let name = format!("{op}_{ir}");
            let ssa = format!(
                "func @{name}({ir}, {ir}, ptr) -> {ir} {{\nb(v0: {ir}, v1: {ir}, v2: ptr):\n    v3, v4 = {op}.{ir} v0, v1\n    store.i8 v4, v2\n    return v3\n}}\n"
            );
            let body = format!(
                "uint8_t f = 9; U r = {name}(a, b, &f); CHECK(\"{name}\", r, (U)({sum})); CHECK(\"{name} flag\", f, ({flag}));"
            );
            tests.add(
                &ssa,
                &format!("{unsigned} {name}({unsigned}, {unsigned}, uint8_t *);"),
                &pairs(ty, &body),
            );
        }
        for (cond, expr) in CONDITIONS {
            let name = format!("cmp_{cond}_{ir}");
            let ssa = format!(
                "func @{name}({ir}, {ir}) -> {ir} {{\nb(v0: {ir}, v1: {ir}):\n    v2 = icmp.{ir} {cond} v0, v1\n    v3 = select.{ir} v2, v1, v0\n    v4 = icmp.{ir} {cond} v0, v1\n    br v4, yes, no\nyes:\n    return v3\nno:\n    v5 = inot.{ir} v3\n    return v5\n}}\n"
            );
            let body = format!("CHECK(\"{name}\", (U){name}(a, b), (U)(({expr})?b:~a));");
            tests.add(&ssa, &format!("{unsigned} {name}({unsigned}, {unsigned});"), &pairs(ty, &body));
        }
        for (k, divisor) in DIVISORS.into_iter().enumerate() {
            let fits = bits == 64 || (divisor >= -(1 << (bits - 1)) && divisor < 1 << (bits - 1));
            for (op, expr) in [("udiv", "a/d"), ("urem", "a%d"), ("sdiv", "sa/sd"), ("srem", "sa%sd")] {
                if !fits || (divisor == -1 && op.starts_with('s')) {
                    continue;
                }
                let name = format!("{op}_{ir}_{k}");
                let ssa = format!(
                    "func @{name}({ir}) -> {ir} {{\nb(v0: {ir}):\n    v1 = iconst.{ir} {divisor}\n    v2 = {op}.{ir} v0, v1\n    return v2\n}}\n"
                );
                let body = format!(
                    "U d = (U)({}LL - 1); S sd = d; (void)sd; CHECK(\"{name}\", (U){name}(a), (U)({expr})); if (j) break;",
                    divisor.wrapping_add(1)
                );
                tests.add(&ssa, &format!("{unsigned} {name}({unsigned});"), &pairs(ty, &body));
            }
        }
    }
    tests.check("integers");
}

#[test]
fn float_operations_agree_with_c() {
    let mut tests = Tests::new();
    let all = |c: &str, body: &str| {
        format!(
            "for (int i = 0; i < M; i++) for (int j = 0; j < M; j++) {{ {c} a = W[i], b = W[j]; {body} }}"
        )
    };
    for (ir, c, suffix) in FLOATS {
        let binary = [
            ("fadd", "a+b".to_string()),
            ("fsub", "a-b".into()),
            ("fmul", "a*b".into()),
            ("fdiv", "a/b".into()),
            ("frem", format!("fmod{suffix}(a, b)")),
            ("fcopysign", format!("copysign{suffix}(a, b)")),
            ("fmin", format!("a==0&&b==0?fmin_{ir}(a,b):fmin{suffix}(a, b)")),
            ("fmax", format!("a==0&&b==0?fmax_{ir}(a,b):fmax{suffix}(a, b)")),
        ];
        for (op, expr) in binary {
            let name = format!("{op}_{ir}");
            let ssa = format!(
                "func @{name}({ir}, {ir}) -> {ir} {{\nb(v0: {ir}, v1: {ir}):\n    v2 = {op}.{ir} v0, v1\n    return v2\n}}\n"
            );
            let body = format!("FCHECK(\"{name}\", {name}(a, b), ({c})({expr}));");
            tests.add(&ssa, &format!("{c} {name}({c}, {c});"), &all(c, &body));
        }
        for op in ["fneg", "fabs", "fsqrt", "fceil", "ffloor", "ftrunc", "fnearest"] {
            let function = if op == "fnearest" { "rint" } else { op };
            let expr = match op {
                "fneg" => "-a".to_string(),
                "fabs" => format!("fabs{suffix}(a)"),
                _ => format!("{}{suffix}(a)", function.trim_start_matches('f').replace("loor", "floor")),
            };
            let name = format!("{op}_{ir}");
            let ssa = format!(
                "func @{name}({ir}) -> {ir} {{\nb(v0: {ir}):\n    v2 = {op}.{ir} v0\n    return v2\n}}\n"
            );
            let body = format!("FCHECK(\"{name}\", {name}(a), ({c})({expr})); (void)b;");
            tests.add(&ssa, &format!("{c} {name}({c});"), &all(c, &body));
        }
        let conditions = [
            ("oeq", "a==b"),
            ("une", "a!=b"),
            ("olt", "a<b"),
            ("ole", "a<=b"),
            ("ogt", "a>b"),
            ("oge", "a>=b"),
            ("one", "a<b||a>b"),
            ("ueq", "!(a<b||a>b)"),
            ("ult", "!(a>=b)"),
            ("ule", "!(a>b)"),
            ("ugt", "!(a<=b)"),
            ("uge", "!(a<b)"),
            ("ord", "a==a&&b==b"),
            ("uno", "!(a==a&&b==b)"),
        ];
        for (cond, expr) in conditions {
            let name = format!("cmp_{cond}_{ir}");
            let ssa = format!(
                "func @{name}({ir}, {ir}) -> {ir} {{\nb(v0: {ir}, v1: {ir}):\n    v2 = fcmp.{ir} {cond} v0, v1\n    v3 = select.{ir} v2, v1, v0\n    v4 = fcmp.{ir} {cond} v0, v1\n    br v4, yes, no\nyes:\n    return v3\nno:\n    v5 = fneg.{ir} v3\n    return v5\n}}\n"
            );
            let body = format!("FCHECK(\"{name}\", {name}(a, b), ({c})(({expr})?b:-a));");
            tests.add(&ssa, &format!("{c} {name}({c}, {c});"), &all(c, &body));
        }
        for (int, signed, unsigned, bits) in INTS {
            for (op, ty) in [("sitofp", signed), ("uitofp", unsigned)] {
                let name = format!("{op}_{int}_{ir}");
                let ssa = format!(
                    "func @{name}({int}) -> {ir} {{\nb(v0: {int}):\n    v2 = {op}.{ir} v0\n    return v2\n}}\n"
                );
                let body = format!(
                    "for (int i = 0; i < N; i++) {{ {ty} a = V[i]; FCHECK(\"{name}\", {name}(a), ({c})a); }}"
                );
                tests.add(&ssa, &format!("{c} {name}({ty});"), &body);
            }
            let low = format!("-0x1p{}", bits - 1);
            for (op, ty, low, high) in
                [("fptosi", signed, low.as_str(), bits - 1), ("fptoui", unsigned, "-1.0", bits)]
            {
                let name = format!("{op}_{ir}_{int}");
                let ssa = format!(
                    "func @{name}({ir}) -> {int} {{\nb(v0: {ir}):\n    v2 = {op}.{int} v0\n    return v2\n}}\n"
                );
                let body = format!(
                    "(void)b; if (a > {low} && a < 0x1p{high}) CHECK(\"{name}\", {name}(a), ({ty})a);"
                );
                tests.add(&ssa, &format!("{ty} {name}({c});"), &all(c, &body));
            }
        }
    }
    tests.check("floats");
}

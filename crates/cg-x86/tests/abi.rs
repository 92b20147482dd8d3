//! Calls of random shapes between this code generator and gcc, in both directions.
//!
//! For each shape, `callee_n` (ours, called by gcc) writes its arguments to memory and returns what
//! memory says; `caller_n` (ours) passes what memory says to gcc's `target_n` and stores the result.

mod support;

use std::fmt::Write;

/// A fixed pseudo-random sequence (numerical recipes' LCG): the shapes are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % n
    }
}

#[derive(Clone)]
struct Kind {
    c: String,
    ir: String,
    size: usize,
    align: usize,
    is_struct: bool,
}

const SCALARS: [(&str, &str, usize); 10] = [
    ("signed char", "i8", 1),
    ("short", "i16", 2),
    ("int", "i32", 4),
    ("long", "i64", 8),
    ("charp", "ptr", 8),
    ("float", "f32", 4),
    ("double", "f64", 8),
    ("int", "i32", 4),
    ("double", "f64", 8),
    ("long double", "f80", 16),
];

struct Shapes {
    random: Random,
    c: String,
    ssa: String,
    structs: Vec<Kind>,
}

impl Shapes {
    fn scalar(&mut self) -> Kind {
        let (c, ir, size) = SCALARS[self.random.below(10) as usize];
        Kind { c: c.into(), ir: ir.into(), size, align: size, is_struct: false }
    }

    /// A struct or union of scalars, arrays and earlier structs.
    fn aggregate(&mut self) -> Kind {
        let n = self.structs.len();
        let is_union = self.random.below(8) == 0;
        let packed = self.random.below(12) == 0 && !is_union;
        let most = if self.random.below(3) == 0 { 8 } else { 3 };
        let count = 1 + self.random.below(most);
        let (mut size, mut align) = (0usize, 1usize);
        let (mut fields, mut ir) = (String::new(), Vec::new());
        let (mut fill, mut same) = (String::new(), String::new());
        for i in 0..count {
            let nested = n > 0 && self.random.below(6) == 0;
            let kind = if nested {
                let index = self.random.below(n as u64) as usize;
                self.structs[index].clone()
            } else {
                self.scalar()
            };
            let elements = if self.random.below(5) == 0 { 1 + self.random.below(4) as usize } else { 1 };
            let field_align = if packed { 1 } else { kind.align };
            let offset = if is_union { 0 } else { size.next_multiple_of(field_align) };
            size = size.max(offset + kind.size * elements);
            align = align.max(field_align);
            let array = if elements > 1 { format!("[{elements}]") } else { String::new() };
            write!(fields, "{} f{i}{array}; ", kind.c).unwrap();
            ir.push(format!("{offset}: {}{array}", kind.ir));
            for e in 0..elements {
                let place = if elements > 1 { format!("f{i}[{e}]") } else { format!("f{i}") };
                // Of a union only the first member is set and compared.
                if is_union && i > 0 {
                    continue;
                }
                if kind.is_struct {
                    let id = kind.c.trim_start_matches("struct ");
                    write!(fill, "fill_{id}(&p->{place}); ").unwrap();
                    write!(same, "&& same_{id}(&a->{place}, &b->{place}) ").unwrap();
                } else {
                    write!(fill, "p->{place} = ({})rnd(); ", kind.c).unwrap();
                    write!(same, "&& a->{place} == b->{place} ").unwrap();
                }
            }
        }
        size = size.next_multiple_of(align);
        let (word, ir_word) = if is_union { ("union", "union ") } else { ("struct", "") };
        let attribute = if packed { " __attribute__((packed))" } else { "" };
        let name = format!("S{n}");
        writeln!(self.c, "typedef {word} {{ {fields}}}{attribute} {name};").unwrap();
        writeln!(self.c, "_Static_assert(sizeof({name}) == {size}, \"{name}\");").unwrap();
        writeln!(self.c, "static void fill_{name}({name} *p) {{ memset(p, 0, sizeof *p); {fill}}}").unwrap();
        writeln!(self.c, "static int same_{name}(const {name} *a, const {name} *b) {{ return 1 {same}; }}")
            .unwrap();
        writeln!(self.ssa, "type %{name} = {ir_word}{{ {} }}, size {size}, align {align}", ir.join(", "))
            .unwrap();
        let kind = Kind { c: name.clone(), ir: format!("%{name}"), size, align, is_struct: true };
        self.structs.push(kind.clone());
        kind
    }

    fn any(&mut self) -> Kind {
        if self.random.below(2) == 0 {
            return self.scalar();
        }
        let count = self.structs.len() as u64;
        let index = self.random.below(count) as usize;
        self.structs[index].clone()
    }
}

fn fill(kind: &Kind, place: &str) -> String {
    if kind.is_struct {
        format!("fill_{}(&{place}); ", kind.c)
    } else {
        format!("{place} = ({})rnd(); ", kind.c)
    }
}

fn same(kind: &Kind, a: &str, b: &str) -> String {
    if kind.is_struct { format!("same_{}(&{a}, &{b})", kind.c) } else { format!("{a} == {b}") }
}

fn extension(kind: &Kind) -> &'static str {
    if matches!(kind.ir.as_str(), "i8" | "i16") { " sext" } else { "" }
}

/// One shape: both functions, and the C code that calls and checks them.
fn shape(shapes: &mut Shapes, n: usize) -> String {
    let count = shapes.random.below(9) as usize;
    let mut params: Vec<Kind> = (0..count).map(|_| shapes.any()).collect();
    let result = if shapes.random.below(5) == 0 { None } else { Some(shapes.any()) };
    let variadic = count > 1 && shapes.random.below(3) == 0;
    let named = if variadic { 1 + shapes.random.below(count as u64 - 1) as usize } else { count };
    for param in &mut params[named..] {
        // Variable arguments are promoted.
        match param.ir.as_str() {
            "i8" | "i16" => (param.c, param.ir, param.size, param.align) = ("int".into(), "i32".into(), 4, 4),
            "f32" => (param.c, param.ir, param.size, param.align) = ("double".into(), "f64".into(), 8, 8),
            _ => {}
        }
    }
    let c_result = result.as_ref().map_or("void", |k| k.c.as_str()).to_string();
    let c_params = |from: &[Kind]| -> Vec<String> {
        from.iter().enumerate().map(|(i, k)| format!("{} a{i}", k.c)).collect()
    };
    let mut list = c_params(&params[..named]);
    if variadic {
        list.push("...".into());
    }
    let list = if list.is_empty() { "void".into() } else { list.join(", ") };
    let ir_params: Vec<String> =
        params[..named].iter().map(|k| format!("{}{}", k.ir, extension(k))).collect();
    let ir_result = result.as_ref().map_or(String::new(), |k| format!(" -> {}", k.ir));
    let dots = if variadic { ", ..." } else { "" };
    let c = &mut shapes.c;
    writeln!(c, "{c_result} callee_{n}({list}); void caller_{n}(void);").unwrap();
    for (i, kind) in params.iter().enumerate() {
        writeln!(c, "{} in_{n}_{i}, got_{n}_{i};", kind.c).unwrap();
    }
    if let Some(kind) = &result {
        writeln!(c, "{} result_{n}, out_{n};", kind.c).unwrap();
    }
    // gcc's callee.
    writeln!(c, "{c_result} target_{n}({list}) {{").unwrap();
    if variadic {
        writeln!(c, "va_list ap; va_start(ap, a{});", named - 1).unwrap();
    }
    for (i, kind) in params.iter().enumerate() {
        let value = if i < named { format!("a{i}") } else { format!("va_arg(ap, {})", kind.c) };
        writeln!(
            c,
            "{{ {} v = {value}; CHECK({}, \"caller_{n} argument {i}\"); }}",
            kind.c,
            same(kind, "v", &format!("in_{n}_{i}"))
        )
        .unwrap();
    }
    if result.is_some() {
        writeln!(c, "return result_{n};").unwrap();
    }
    writeln!(c, "}}").unwrap();
    // The test.
    writeln!(c, "static void test_{n}(void) {{").unwrap();
    for (i, kind) in params.iter().enumerate() {
        writeln!(c, "{} memset(&got_{n}_{i}, 0x55, sizeof got_{n}_{i});", fill(kind, &format!("in_{n}_{i}")))
            .unwrap();
    }
    let args = (0..count).map(|i| format!("in_{n}_{i}")).collect::<Vec<_>>().join(", ");
    match &result {
        Some(kind) => {
            writeln!(
                c,
                "{} {{ {} r = callee_{n}({args}); CHECK({}, \"callee_{n} result\"); }}",
                fill(kind, &format!("result_{n}")),
                kind.c,
                same(kind, "r", &format!("result_{n}"))
            )
            .unwrap();
        }
        None => writeln!(c, "callee_{n}({args});").unwrap(),
    }
    for (i, kind) in params.iter().enumerate() {
        let test = same(kind, &format!("in_{n}_{i}"), &format!("got_{n}_{i}"));
        writeln!(c, "CHECK({test}, \"callee_{n} argument {i}\");").unwrap();
    }
    writeln!(c, "caller_{n}();").unwrap();
    if let Some(kind) = &result {
        writeln!(
            c,
            "CHECK({}, \"caller_{n} result\");",
            same(kind, &format!("out_{n}"), &format!("result_{n}"))
        )
        .unwrap();
    }
    writeln!(c, "}}").unwrap();
    code(n, &params, &result, named, variadic, &ir_params, &ir_result, dots)
}

/// The two functions of a shape as IR.
fn code(
    n: usize,
    params: &[Kind],
    result: &Option<Kind>,
    named: usize,
    variadic: bool,
    ir_params: &[String],
    ir_result: &str,
    dots: &str,
) -> String {
    let mut head = String::new();
    let mut body = String::new();
    let mut next = named;
    let mut value = |text: &mut String, what: String| {
        writeln!(text, "    v{next} = {what}").unwrap();
        next += 1;
        next - 1
    };
    let values: Vec<String> = params[..named]
        .iter()
        .enumerate()
        .map(|(i, k)| format!("v{i}: {}", if k.is_struct { "ptr" } else { &k.ir }))
        .collect();
    if variadic {
        writeln!(head, "    slot ss0: size 24, align 8").unwrap();
    }
    let ap = if variadic {
        let ap = value(&mut body, "slot_addr ss0".into());
        writeln!(body, "    va_start v{ap}").unwrap();
        ap
    } else {
        0
    };
    for (i, kind) in params.iter().enumerate() {
        let to = value(&mut body, format!("addr @got_{n}_{i}"));
        match (kind.is_struct, i < named) {
            (true, true) => {
                let len = value(&mut body, format!("iconst.i64 {}", kind.size));
                writeln!(body, "    memcpy v{to}, v{i}, v{len}").unwrap();
            }
            (true, false) => writeln!(body, "    va_arg_aggregate v{ap}, v{to}, {}", kind.ir).unwrap(),
            (false, true) => writeln!(body, "    store.{} v{i}, v{to}", kind.ir).unwrap(),
            (false, false) => {
                let got = value(&mut body, format!("va_arg.{} v{ap}", kind.ir));
                writeln!(body, "    store.{} v{got}, v{to}", kind.ir).unwrap();
            }
        }
    }
    match result {
        None => writeln!(body, "    return").unwrap(),
        Some(kind) => {
            let mut from = value(&mut body, format!("addr @result_{n}"));
            if !kind.is_struct {
                from = value(&mut body, format!("load.{} v{from}", kind.ir));
            }
            writeln!(body, "    return v{from}").unwrap();
        }
    }
    let list = ir_params.join(", ");
    let mut text = format!(
        "func @callee_{n}({list}{dots}){ir_result} {{\n{head}entry({}):\n{body}}}\n",
        values.join(", ")
    );
    text = text.replace("entry():", "entry:");
    text + &caller(n, params, result, named, ir_params, ir_result, variadic)
}

fn caller(
    n: usize,
    params: &[Kind],
    result: &Option<Kind>,
    named: usize,
    ir_params: &[String],
    ir_result: &str,
    variadic: bool,
) -> String {
    let mut body = String::new();
    let mut next = 0;
    let mut value = |text: &mut String, what: String| {
        writeln!(text, "    v{next} = {what}").unwrap();
        next += 1;
        next - 1
    };
    let mut args = Vec::new();
    let out = result.as_ref().map(|_| value(&mut body, format!("addr @out_{n}")));
    if let (Some(kind), Some(out)) = (result, out)
        && kind.is_struct
    {
        args.push(format!("v{out}"));
    }
    for (i, kind) in params.iter().enumerate() {
        let mut from = value(&mut body, format!("addr @in_{n}_{i}"));
        if !kind.is_struct {
            from = value(&mut body, format!("load.{} v{from}", kind.ir));
        }
        args.push(format!("v{from}"));
    }
    let args = args.join(", ");
    let mut types = ir_params[..named].to_vec();
    for (i, kind) in params[named..].iter().enumerate() {
        types.push(format!("{}{}", if i == 0 { "..." } else { "" }, kind.ir));
    }
    let signature = if variadic { format!(" : ({}){ir_result}", types.join(", ")) } else { String::new() };
    match result {
        Some(kind) if !kind.is_struct => {
            let got = value(&mut body, format!("call @target_{n}({args}){signature}"));
            let out = out.unwrap_or_default();
            writeln!(body, "    store.{} v{got}, v{out}", kind.ir).unwrap();
        }
        _ => writeln!(body, "    call @target_{n}({args}){signature}").unwrap(),
    }
    format!("func @caller_{n}() {{\nentry:\n{body}    return\n}}\n")
}

#[test]
fn random_shapes_agree_with_gcc() {
    const SHAPES: usize = 500;
    let mut shapes = Shapes {
        random: Random(20240229),
        c: "#include <stdarg.h>\n#include <stdio.h>\n#include <string.h>\nstatic int fails;\n\
            static unsigned long seed = 1;\n\
            static long rnd(void) { seed = seed * 6364136223846793005u + 1442695040888963407u; return (long)(seed >> 40) - 3000000; }\n\
            typedef char *charp;\n\
            #define CHECK(test, name) do { if (!(test) && fails++ < 20) printf(\"%s\\n\", name); } while (0)\n"
            .into(),
        ssa: "target \"x86_64-linux-gnu\"\n".into(),
        structs: Vec::new(),
    };
    for _ in 0..60 {
        shapes.aggregate();
    }
    let functions: Vec<String> = (0..SHAPES).map(|n| shape(&mut shapes, n)).collect();
    let mut ssa = shapes.ssa.clone();
    // Declarations come before the functions; types of data do not matter.
    for (n, text) in functions.iter().enumerate() {
        for word in text.split(|ch: char| !(ch.is_alphanumeric() || ch == '_' || ch == '@')) {
            let is_data = ["@in_", "@got_", "@result_", "@out_"].iter().any(|p| word.starts_with(p));
            let line = format!("declare data {word}\n");
            if is_data && !ssa.contains(&line) {
                ssa += &line;
            }
        }
        let head = text.lines().next().expect("a function");
        let signature = head.replace(&format!("func @callee_{n}"), "").replace(" {", "");
        writeln!(ssa, "declare @target_{n}{signature}").unwrap();
    }
    for text in functions {
        ssa += &text;
    }
    let mut c = shapes.c;
    c += "int main(void) {\n";
    for n in 0..SHAPES {
        writeln!(c, "test_{n}();").unwrap();
    }
    c += "printf(\"%d failures\\n\", fails); return 0; }\n";
    support::check("abi", &ssa, &c, &["-O1"]);
}

//! Random C types and functions whose calls exercise the calling convention, as C text.
//!
//! In: a random generator. Out: [`Batch`]: a header with types and prototypes, a caller that fills
//! every field of every argument and prints every field of the result, a callee that prints every
//! field it received. Caller and callee are separate files, so that two compilers can make them.

use crate::support::Random;
use std::fmt::Write;

/// A type that has no parts.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Scalar {
    /// Its C name (a typedef of the prelude where it is not one identifier).
    name: &'static str,
    kind: Kind,
    /// Bits, for bit-fields; 0 if it cannot be one.
    bits: u32,
    /// Whether the default argument promotions leave it alone.
    variadic: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Integer,
    Wide,
    Float,
    LongDouble,
    Complex,
    Pointer,
    Vector(u32),
}

const fn scalar(name: &'static str, kind: Kind, bits: u32, variadic: bool) -> Scalar {
    Scalar { name, kind, bits, variadic }
}

const SCALARS: &[Scalar] = &[
    scalar("char", Kind::Integer, 8, false),
    scalar("uchar", Kind::Integer, 8, false),
    scalar("short", Kind::Integer, 16, false),
    scalar("ushort", Kind::Integer, 16, false),
    scalar("int", Kind::Integer, 32, true),
    scalar("int", Kind::Integer, 32, true),
    scalar("uint", Kind::Integer, 32, true),
    scalar("long", Kind::Integer, 64, true),
    scalar("ulong", Kind::Integer, 64, true),
    scalar("llong", Kind::Integer, 64, true),
    scalar("_Bool", Kind::Bool, 1, false),
    scalar("int128", Kind::Wide, 0, true),
    scalar("float", Kind::Float, 0, false),
    scalar("float", Kind::Float, 0, false),
    scalar("double", Kind::Float, 0, true),
    scalar("double", Kind::Float, 0, true),
    scalar("ldouble", Kind::LongDouble, 0, true),
    scalar("cfloat", Kind::Complex, 0, true),
    scalar("cdouble", Kind::Complex, 0, true),
    scalar("cldouble", Kind::Complex, 0, true),
    scalar("pointer", Kind::Pointer, 0, true),
    scalar("v4si", Kind::Vector(4), 0, true),
    scalar("v2df", Kind::Vector(2), 0, true),
    scalar("v4sf", Kind::Vector(4), 0, true),
    scalar("v16qi", Kind::Vector(16), 0, true),
];

/// Types and printers that every file includes.
const PRELUDE: &str = r#"#include <stdio.h>
#include <stdarg.h>
typedef unsigned char uchar; typedef unsigned short ushort; typedef unsigned uint; typedef unsigned long ulong;
typedef long long llong; typedef long double ldouble; typedef void *pointer;
#ifdef __SIZEOF_INT128__
typedef __int128 int128;
#endif
typedef _Complex float cfloat; typedef _Complex double cdouble; typedef _Complex long double cldouble;
typedef int v4si __attribute__((vector_size(16))); typedef double v2df __attribute__((vector_size(16)));
typedef float v4sf __attribute__((vector_size(16))); typedef char v16qi __attribute__((vector_size(16)));
#define INTEGER(x) printf(" %lld", (long long)(x))
#define WIDE(x) printf(" %llx:%llx", (unsigned long long)((x) >> 64), (unsigned long long)(x))
#define FLOAT(x) printf(" %a", (double)(x))
#define LONGDOUBLE(x) printf(" %La", (long double)(x))
#define COMPLEX(x) (LONGDOUBLE(__real__(x)), LONGDOUBLE(__imag__(x)))
#define POINTER(x) printf(" %p", (void *)(x))
"#;

#[derive(Clone)]
enum Type {
    Scalar(Scalar),
    Array(Box<Type>, usize),
    Record(usize),
}

struct Member {
    ty: Type,
    bits: Option<u32>,
}

struct Record {
    is_union: bool,
    members: Vec<Member>,
}

/// A group of functions in one program.
pub struct Batch {
    /// Included by both files.
    pub header: String,
    /// Has `main`.
    pub caller: String,
    /// Has the functions.
    pub callee: String,
}

struct Generator<'a> {
    random: &'a mut Random,
    records: Vec<Record>,
    header: String,
    /// For i686: no 128-bit integers, `long` has 32 bits, there are several conventions.
    narrow: bool,
}

/// Makes `count` functions of random shape and their calls; `narrow` for i686.
pub fn batch(random: &mut Random, count: usize, narrow: bool) -> Batch {
    let mut generator = Generator { random, records: Vec::new(), header: PRELUDE.to_string(), narrow };
    let mut caller = String::from("#include \"shapes.h\"\n");
    let mut callee = caller.clone();
    for number in 0..count {
        generator.function(number, &mut caller, &mut callee);
    }
    caller.push_str("int main(void) {\n");
    for number in 0..count {
        let _ = writeln!(caller, "  call_{number}();");
    }
    caller.push_str("  return 0;\n}\n");
    Batch { header: generator.header, caller, callee }
}

impl Generator<'_> {
    fn function(&mut self, number: usize, caller: &mut String, callee: &mut String) {
        let result = if self.random.one_in(8) { None } else { Some(self.value_type()) };
        let parameters: Vec<Type> = (0..self.random.below(11)).map(|_| self.value_type()).collect();
        let variadic = !parameters.is_empty() && self.random.one_in(4);
        let extra: Vec<Type> = if variadic {
            let extra = self.random.below(7);
            (0..extra).map(|_| self.variadic_type()).collect()
        } else {
            Vec::new()
        };
        let result_name = result.as_ref().map_or("void".into(), |ty| self.name(ty));
        let mut list: Vec<String> =
            parameters.iter().enumerate().map(|(i, ty)| format!("{} p{i}", self.name(ty))).collect();
        if variadic {
            list.push("...".into());
        }
        let list = if list.is_empty() { "void".into() } else { list.join(", ") };
        let convention = if self.narrow && !variadic { self.convention() } else { "" };
        let _ = writeln!(self.header, "{result_name} {convention}f_{number}({list});");

        let _ =
            writeln!(callee, "{result_name} {convention}f_{number}({list}) {{\n  printf(\"f_{number}:\");");
        for (i, ty) in parameters.iter().enumerate() {
            self.print(ty, &format!("p{i}"), callee);
        }
        if variadic {
            let last = parameters.len() - 1;
            let _ = writeln!(callee, "  va_list list; va_start(list, p{last});");
            for (i, ty) in extra.iter().enumerate() {
                let name = self.name(ty);
                let _ = writeln!(callee, "  {name} e{i} = va_arg(list, {name});");
                self.print(ty, &format!("e{i}"), callee);
            }
            callee.push_str("  va_end(list);\n");
        }
        callee.push_str("  printf(\"\\n\");\n");
        if let Some(ty) = &result {
            let _ = writeln!(callee, "  {result_name} result;");
            self.fill(ty, "result", callee);
            callee.push_str("  return result;\n");
        }
        callee.push_str("}\n");

        let _ = writeln!(caller, "static void call_{number}(void) {{");
        let mut arguments = Vec::new();
        for (i, ty) in parameters.iter().chain(&extra).enumerate() {
            let _ = writeln!(caller, "  {} a{i};", self.name(ty));
            self.fill(ty, &format!("a{i}"), caller);
            arguments.push(format!("a{i}"));
        }
        let mut function = format!("f_{number}");
        if self.random.one_in(4) {
            let _ =
                writeln!(caller, "  {result_name} ({convention}*volatile function)({list}) = f_{number};");
            function = "function".into();
        }
        let call = format!("{function}({})", arguments.join(", "));
        match &result {
            None => {
                let _ = writeln!(caller, "  {call};");
            }
            Some(ty) => {
                let _ = writeln!(caller, "  {result_name} r = {call};\n  printf(\"r_{number}:\");");
                self.print(ty, "r", caller);
                caller.push_str("  printf(\"\\n\");\n");
            }
        }
        // The arguments belong to the caller: the callee got copies.
        for (i, ty) in parameters.iter().chain(&extra).enumerate() {
            self.print(ty, &format!("a{i}"), caller);
        }
        caller.push_str("  printf(\"\\n\");\n}\n");
    }

    fn value_type(&mut self) -> Type {
        if self.random.below(5) < 2 { Type::Record(self.record(0)) } else { Type::Scalar(self.scalar()) }
    }

    fn scalar(&mut self) -> Scalar {
        loop {
            let mut scalar = *self.random.pick(SCALARS);
            if self.narrow && scalar.name.ends_with("long") && scalar.name != "llong" {
                scalar.bits = 32;
            }
            if !(self.narrow && scalar.kind == Kind::Wide) {
                return scalar;
            }
        }
    }

    /// An attribute of i686 functions.
    fn convention(&mut self) -> &'static str {
        const ATTRIBUTES: &[&str] = &[
            "",
            "",
            "",
            "__attribute__((regparm(1))) ",
            "__attribute__((regparm(2))) ",
            "__attribute__((regparm(3))) ",
            "__attribute__((fastcall)) ",
            "__attribute__((stdcall)) ",
        ];
        self.random.pick::<&'static str>(ATTRIBUTES)
    }

    fn variadic_type(&mut self) -> Type {
        loop {
            match self.value_type() {
                Type::Scalar(scalar) if !scalar.variadic => {}
                ty => return ty,
            }
        }
    }

    /// Defines a record and gives its number.
    fn record(&mut self, depth: usize) -> usize {
        if !self.records.is_empty() && self.random.one_in(4) {
            return self.random.below(self.records.len());
        }
        let is_union = self.random.one_in(5);
        let most = if self.random.one_in(4) { 8 } else { 4 };
        let wanted = if self.random.one_in(30) { 0 } else { 1 + self.random.below(most) };
        // Small members make the records that travel in registers.
        let small = self.random.below(3) > 0;
        let members: Vec<Member> = if self.random.one_in(5) {
            self.homogeneous(wanted.min(5))
        } else {
            (0..wanted).map(|_| self.member(depth, small)).collect()
        };
        let number = self.records.len();
        let mut text = format!("{} R{number} {{", if is_union { "union" } else { "struct" });
        for (i, member) in members.iter().enumerate() {
            text.push(' ');
            text.push_str(&self.declare(&member.ty, &format!("m{i}")));
            if let Some(bits) = member.bits {
                let _ = write!(text, " : {bits}");
                if !is_union && self.random.one_in(8) {
                    text.push_str("; int : 0");
                }
            } else if self.random.one_in(30) {
                let _ = write!(text, " __attribute__((aligned({})))", 1 << self.random.below(6));
            }
            text.push(';');
        }
        text.push_str(" }");
        if self.random.one_in(10) {
            text.push_str(" __attribute__((packed))");
        }
        if self.random.one_in(12) {
            let _ = write!(text, " __attribute__((aligned({})))", 1 << self.random.below(6));
        }
        let _ = writeln!(self.header, "{text};");
        let _ = writeln!(
            self.header,
            "typedef {} R{number} R{number};",
            if is_union { "union" } else { "struct" }
        );
        self.records.push(Record { is_union, members });
        number
    }

    /// Members of one floating-point or vector type, or of two of them: what AArch64 and RISC-V pass in
    /// registers of that kind.
    fn homogeneous(&mut self, count: usize) -> Vec<Member> {
        let is_register =
            |s: &&Scalar| matches!(s.kind, Kind::Float | Kind::LongDouble | Kind::Complex | Kind::Vector(_));
        let scalars: Vec<Scalar> = SCALARS.iter().filter(is_register).copied().collect();
        let scalar = *self.random.pick(&scalars);
        let mut members: Vec<Member> =
            (0..count).map(|_| Member { ty: Type::Scalar(scalar), bits: None }).collect();
        if self.random.one_in(4) {
            let other = self.scalar();
            members.truncate(1);
            members.push(Member { ty: Type::Scalar(other), bits: None });
        }
        members
    }

    fn member(&mut self, depth: usize, small: bool) -> Member {
        let choice = self.random.below(12);
        if choice == 0 && depth < 2 {
            return Member { ty: Type::Record(self.record(depth + 1)), bits: None };
        }
        let scalar = loop {
            let scalar = self.scalar();
            let large =
                matches!(scalar.kind, Kind::Wide | Kind::LongDouble | Kind::Complex | Kind::Vector(_));
            if !(small && large) || self.random.one_in(10) {
                break scalar;
            }
        };
        if choice < 3 {
            let length = 1 + self.random.below(4);
            return Member { ty: Type::Array(Box::new(Type::Scalar(scalar)), length), bits: None };
        }
        let bits =
            (choice < 6 && scalar.bits > 0).then(|| 1 + self.random.below(scalar.bits as usize) as u32);
        Member { ty: Type::Scalar(scalar), bits }
    }

    fn name(&self, ty: &Type) -> String {
        match ty {
            Type::Scalar(scalar) => scalar.name.to_owned(),
            Type::Record(number) => format!("R{number}"),
            Type::Array(..) => unreachable!("arrays are members only"),
        }
    }

    fn declare(&self, ty: &Type, name: &str) -> String {
        match ty {
            Type::Array(element, length) => format!("{} {name}[{length}]", self.name(element)),
            _ => format!("{} {name}", self.name(ty)),
        }
    }

    /// The parts of a value: expressions and their scalars. Of a union, one member.
    fn parts(&self, ty: &Type, place: &str, out: &mut Vec<(String, Scalar)>) {
        match ty {
            Type::Scalar(scalar) => match scalar.kind {
                Kind::Vector(lanes) => {
                    let (kind, name) = if scalar.name == "v2df" || scalar.name == "v4sf" {
                        (Kind::Float, "double")
                    } else {
                        (Kind::Integer, "int")
                    };
                    for lane in 0..lanes {
                        out.push((format!("{place}[{lane}]"), Scalar { name, kind, ..*scalar }));
                    }
                }
                _ => out.push((place.to_owned(), *scalar)),
            },
            Type::Array(element, length) => {
                for i in 0..*length {
                    self.parts(element, &format!("{place}[{i}]"), out);
                }
            }
            Type::Record(number) => {
                let record = &self.records[*number];
                let chosen = number % record.members.len().max(1);
                for (i, member) in record.members.iter().enumerate() {
                    if !record.is_union || i == chosen {
                        self.parts(&member.ty, &format!("{place}.m{i}"), out);
                    }
                }
            }
        }
    }

    fn fill(&mut self, ty: &Type, place: &str, out: &mut String) {
        let mut parts = Vec::new();
        self.parts(ty, place, &mut parts);
        for (part, scalar) in parts {
            let number = self.random.next();
            let float = (number as i32) as f64 / 64.0;
            let _ = match scalar.kind {
                Kind::Bool => writeln!(out, "  {part} = {};", number & 1),
                Kind::Integer => writeln!(out, "  {part} = {number}u;"),
                Kind::Wide => {
                    writeln!(out, "  {part} = (int128){}u << 64 | {number}u;", self.random.next())
                }
                Kind::Float | Kind::LongDouble => writeln!(out, "  {part} = {float:?};"),
                Kind::Complex => {
                    writeln!(out, "  __real__ {part} = {float:?}; __imag__ {part} = {:?};", 1.5 - float)
                }
                Kind::Pointer => writeln!(out, "  {part} = (pointer){}ul;", number >> 8),
                Kind::Vector(_) => unreachable!("vectors have parts"),
            };
        }
    }

    fn print(&self, ty: &Type, place: &str, out: &mut String) {
        let mut parts = Vec::new();
        self.parts(ty, place, &mut parts);
        for (part, scalar) in parts {
            let printer = match scalar.kind {
                Kind::Bool | Kind::Integer => "INTEGER",
                Kind::Wide => "WIDE",
                Kind::Float => "FLOAT",
                Kind::LongDouble => "LONGDOUBLE",
                Kind::Complex => "COMPLEX",
                Kind::Pointer => "POINTER",
                Kind::Vector(_) => unreachable!("vectors have parts"),
            };
            let _ = writeln!(out, "  {printer}({part});");
        }
    }
}

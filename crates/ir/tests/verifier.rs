//! The verifier names function, block, instruction and rule.

use lathe_ir::text::read_text;
use lathe_ir::verify::verify_module;
use lathe_target::Target;

fn messages(text: &str) -> Vec<String> {
    let target = Target::from_triple("x86_64-linux-gnu").unwrap();
    let module = read_text("x.ssa", text, &target).unwrap_or_else(|e| panic!("{e}"));
    verify_module(&module).iter().map(ToString::to_string).collect()
}

#[test]
fn everything_is_well_formed() {
    assert_eq!(messages(include_str!("everything.ssa")), Vec::<String>::new());
}

#[test]
fn broken_rules() {
    let body = |params: &str, lines: &str| format!("func @f({params}) {{\n{lines}\n}}\n");
    let cases = [
        (
            body("i32, i64", "block0(v0: i32, v1: i64):\n v2 = iadd.i32 v0, v1\n return"),
            "@f, block0: 'v2 = iadd.i32 v0, v1': operand 1 (v1) is i64, not i32",
        ),
        (
            body("i32", "block0(v0: i32):\n br v0, block1, block2\nblock1:\n v1 = ineg.i32 v0\n jump block2\nblock2:\n v2 = inot.i32 v1\n return"),
            "@f, block2: 'v2 = inot.i32 v1': v1 is used where its definition in block1 may not have run",
        ),
        (
            body("", "block0:\n v1 = ineg.i32 v2\n v2 = ineg.i32 v1\n return"),
            "@f, block0: 'v1 = ineg.i32 v2': v2 is used where its definition in block0 may not have run",
        ),
        (body("", "block0:\n jump block0"), "@f, block0: the entry block is the target of a branch"),
        (body("i32", "block0:\n return"), "@f, block0: the entry block has 0 parameters, the signature 1"),
        (body("", "block0:\n v0 = iconst.i32 1"), "@f, block0: the block does not end in a terminator"),
        (
            body("", "block0:\n return\n v0 = iconst.i32 1\n return"),
            "@f, block0: the terminator 'return' is not the block's last instruction",
        ),
        (
            body("", "block0:\n jump block1\nblock1(v0: i32):\n return"),
            "@f, block0: 'jump block1': block1 takes 1 arguments, not 0",
        ),
        (body("i32", "block0(v0: i32):\n return v0"), "@f, block0: 'return v0': 0 values expected, 1 given"),
        (
            body("i32", "block0(v0: i32):\n v1 = zext.i16 v0\n return"),
            "@f, block0: 'v1 = zext.i16 v0': zext cannot turn i32 into i16",
        ),
        (
            body("i32x4", "block0(v0: i32x4):\n v1 = shuffle.i32x4 v0, v0, [0, 1, 2, 8]\n return"),
            "lane number 8 is out of range for i32x4",
        ),
        (
            body("ptr", "block0(v0: ptr):\n v1 = load.i32 v0, release\n return"),
            "load cannot be release",
        ),
        (body("ptr", "block0(v0: ptr):\n va_start v0\n return"), "the function has no variable arguments"),
        (
            body("i8", "block0(v0: i8):\n switch.i8 v0, block1 { 200: block1 }\nblock1:\n return"),
            "case 200 does not fit i8 (signed)",
        ),
        (
            body("", "block0:\n v0, v1 = landing_pad cleanup\n return"),
            "a function with landing pads names a personality routine",
        ),
        ("type %a = { %b }\ntype %b = { %a }\n".to_string(), "%a contains itself"),
        ("alias @a = @b\nalias @b = @a\n".to_string(), "@a: it stands for itself"),
        ("declare symbol @g\nfunc @f() {\nb:\n v0 = addr @g\n return\n}\n".to_string(), "@g is not declared"),
        (
            "type %p = { i64 }\ndeclare @g(i32) -> %p\nfunc @f(i32) {\nb(v0: i32):\n call @g(v0)\n return\n}\n".to_string(),
            "2 arguments expected, 1 given",
        ),
    ];
    for (text, expected) in cases {
        let found = messages(&text);
        assert!(
            found.iter().any(|m| m.contains(expected)),
            "{text}\nexpected: {expected}\nfound: {found:#?}"
        );
    }
}

#[test]
fn invoke_results_exist_on_the_normal_edge_only() {
    let text = |last: &str| {
        format!(
            "declare @p(...) -> i32\ndeclare @g() -> i32\nfunc @f() -> i32, personality @p {{\nblock0:\n \
             v0 = invoke @g(), normal block1(v0), unwind block2\nblock1(v1: i32):\n v2 = iadd.i32 v0, v1\n \
             return v2\nblock2:\n v3, v4 = landing_pad cleanup\n {last}\n}}\n"
        )
    };
    assert_eq!(messages(&text("return v4")), Vec::<String>::new());
    assert_eq!(messages(&text("return v0")).len(), 1);
}

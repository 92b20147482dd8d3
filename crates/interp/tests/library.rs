//! The library and the API: exact decimals against Rust's, errors with their place, limits.

use lathe_interp::{ErrorKind, Interpreter, Options, Val, decimal, float_ops};
use lathe_ir::Type;
use lathe_target::Target;

fn module(text: &str) -> lathe_ir::Module {
    let target = Target::from_triple("x86_64-linux-gnu").unwrap();
    let module = lathe_ir::text::read_text("test.ssa", text, &target).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(lathe_ir::verify::verify_module(&module), []);
    module
}

#[test]
fn decimals_are_exact() {
    // Rust prints exact decimals too, through another algorithm.
    let mut state = 0x1234_5678_9abc_def1u64;
    for _ in 0..2000 {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let value = f64::from_bits(state);
        if !value.is_finite() || value == 0.0 {
            continue;
        }
        let (_, mantissa, exponent) = float_ops::decompose(Type::F64, value.to_bits().into()).unwrap();
        let places = (state >> 50) as i64 % 30;
        let mut digits = decimal::exact(mantissa, exponent);
        digits.round(places + 1);
        let mut text = String::new();
        for place in 0..=places {
            if place == 1 {
                text.push('.');
            }
            text.push((b'0' + digits.digit(place)) as char);
        }
        let expected = format!("{:.*e}", places as usize, value.abs());
        assert_eq!(format!("{text}e{}", digits.point - 1), expected);
    }
}

#[test]
fn errors_have_a_backtrace() {
    let text = "func @inner(i32) -> i32 {\nb(x: i32):\n y = iadd_imm.i32 nsw x, 1\n return y\n}\n\
                func @outer(i32) -> i32 {\nb(x: i32):\n y = call @inner(x)\n return y\n}\n";
    let module = module(text);
    let mut interpreter = Interpreter::new(&module, Options::default());
    let error = interpreter.call("outer", &[Val::int(0x7fff_ffff)]).unwrap_err();
    assert_eq!(error.kind, ErrorKind::BrokenPromise);
    let names: Vec<&str> = error.backtrace.iter().map(|f| f.function.as_str()).collect();
    assert_eq!(names, ["inner", "outer"]);
    assert!(error.backtrace[0].inst.contains("iadd_imm.i32 nsw"), "{error}");
    // The interpreter can go on after an error.
    assert_eq!(interpreter.call("outer", &[Val::int(5)]).unwrap(), [Val::int(6)]);
}

#[test]
fn limits_hold() {
    let text = "declare @malloc(i64) -> ptr\nfunc @deep() {\nb:\n call @deep()\n return\n}\n\
                func @endless() {\nb:\n jump c\nc:\n jump c\n}\n\
                func @hungry() -> ptr {\nb:\n n = iconst.i64 0x10000000\n p = call @malloc(n)\n return p\n}\n";
    let module = module(text);
    let options = || Options {
        step_limit: Some(10_000),
        stack_limit: 100,
        memory_limit: 1 << 20,
        ..Options::default()
    };
    let kind = |name: &str| Interpreter::new(&module, options()).call(name, &[]).unwrap_err().kind;
    assert_eq!(kind("deep"), ErrorKind::Memory);
    assert_eq!(kind("endless"), ErrorKind::StepLimit);
    let hungry = Interpreter::new(&module, options()).call("hungry", &[]).unwrap();
    assert_eq!(hungry, [Val::int(0)]);
}

#[test]
fn calls_that_do_not_fit() {
    let module = module("func @f(i32) -> i32 {\nb(x: i32):\n return x\n}\n");
    let mut interpreter = Interpreter::new(&module, Options::default());
    assert_eq!(interpreter.call("g", &[]).unwrap_err().kind, ErrorKind::BadCall);
    assert_eq!(interpreter.call("f", &[]).unwrap_err().kind, ErrorKind::BadCall);
    assert_eq!(interpreter.run_main(&["x"]).unwrap_err().kind, ErrorKind::BadCall);
}

#[test]
fn addresses_of_32_bits() {
    let target = Target::from_triple("i686-linux-gnu").unwrap();
    let text = "data @x: align 4 = i32 7\nfunc @f() -> i32 {\n slot ss0: size 4, align 4\nb:\n a = addr @x\n \
                n = load.i32 a, align 4\n p = slot_addr ss0\n store.i32 n, p, align 4\n \
                m = load.i32 p, align 4\n i = ptr_to_int.i64 p\n h = lshr_imm.i64 i, 32\n \
                t = trunc.i32 h\n r = iadd.i32 m, t\n return r\n}\n";
    let module = lathe_ir::text::read_text("test.ssa", text, &target).unwrap_or_else(|e| panic!("{e}"));
    let mut interpreter = Interpreter::new(&module, Options::default());
    for _ in 0..1000 {
        assert_eq!(interpreter.call("f", &[]).unwrap(), [Val::int(7)]);
    }
}

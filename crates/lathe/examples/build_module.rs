//! From a module made through the builder API to an object and a running executable, without C and without another tool.
//!
//! ```text
//! cargo run --release -p lathe --example build_module [DIRECTORY]
//! ```
//!
//! The program that is built prints the squares of 1 to 10 and their sum. Each part below is a step: data and
//! declarations, a function with a loop, compile, link, run.

use lathe::diag::{ColorChoice, Renderer};
use lathe::ir::{
    Data, DataItem, Function, FunctionBuilder, IntCond, Linkage, Module, Signature, Symbol, Type,
};
use lathe::{CompileOptions, Failed, OptLevel, Program, Session, Target};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let mut session = Session::new();
    let outcome = build(&mut session, &directory);
    let messages = session.diagnostics.take();
    let mut renderer = Renderer::new(&session.sources, "build_module", ColorChoice::Auto);
    eprint!("{}", renderer.render_all(&messages));
    let program = outcome?;
    let status = Command::new(&program).status()?;
    println!("{} ended with {status}", program.display());
    Ok(())
}

/// Builds the module, writes it as an object, and links the executable.
fn build(session: &mut Session, directory: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let module = squares(Target::host());
    // The verifier names function, block and instruction of what is wrong. The text form is for people.
    session.verify(&module)?;
    println!("{module}");

    let options = CompileOptions { level: OptLevel::Basic, ..CompileOptions::default() };
    let target = module.target.clone();
    let object = session.compile(module, "native", &options)?.bytes;
    std::fs::write(directory.join("squares.o"), &object)?;

    let executable = directory.join("squares");
    link(session, target, object, &executable)?;
    Ok(executable)
}

/// Links the object, still in memory, with the C library.
fn link(session: &mut Session, target: Target, object: Vec<u8>, executable: &Path) -> Result<(), Failed> {
    let mut program = Program::new(target);
    program.object("squares.o", object);
    program.link(executable, session)
}

/// A module whose `main` prints squares.
fn squares(target: Target) -> Module {
    let mut module = Module::new("squares", target);
    let line = string(&mut module, "line", "%d squared is %d\n");
    let total = string(&mut module, "total", "sum %d\n");
    // int printf(const char *, ...), and two shapes of calls of it: the arguments behind `...` are not named.
    let variadic = |arguments: &[Type]| Signature {
        variadic: true,
        named_params: Some(1),
        ..Signature::new(&[&[Type::PTR], arguments].concat(), &[Type::I32])
    };
    let printf =
        module.declare_function("printf", Arc::new(Signature { named_params: None, ..variadic(&[]) }));

    let main = module.symbol("main");
    let mut function = Function::new(main, Signature::new(&[], &[Type::I32]));
    let print_line = function.import_signature(Arc::new(variadic(&[Type::I32, Type::I32])));
    let print_total = function.import_signature(Arc::new(variadic(&[Type::I32])));
    let entry = function.create_entry();
    let mut builder = FunctionBuilder::at_end(&mut function, entry);

    // A block's parameters take the place of phi instructions: the loop carries `i` and `sum`.
    let body = builder.create_block();
    let i = builder.func.append_param(body, Type::I32);
    let sum = builder.func.append_param(body, Type::I32);
    let exit = builder.create_block();
    let result = builder.func.append_param(exit, Type::I32);

    let one = builder.iconst(Type::I32, 1);
    let zero = builder.iconst(Type::I32, 0);
    builder.jump(body, &[one, zero]);

    builder.switch_to(body);
    let square = builder.imul(i, i);
    let text = builder.addr(line, 0);
    builder.call(printf, print_line, &[text, i, square]);
    let next_sum = builder.iadd(sum, square);
    let next = builder.iadd_imm(i, 1);
    let more = builder.icmp_imm(IntCond::Sle, next, 10);
    builder.branch(more, body, &[next, next_sum], exit, &[next_sum]);

    builder.switch_to(exit);
    let text = builder.addr(total, 0);
    builder.call(printf, print_total, &[text, result]);
    builder.ret(&[zero]);

    module.define_function(function);
    module
}

/// A string constant that only this module sees.
fn string(module: &mut Module, name: &str, text: &str) -> Symbol {
    let symbol = module.symbol(name);
    module.symbols[symbol].linkage = Linkage::Internal;
    let bytes = [text.as_bytes(), b"\0"].concat();
    module.define_data(Data {
        symbol,
        items: vec![DataItem::Bytes(bytes.into())],
        align: 1,
        is_const: true,
        mergeable: false,
        string_unit: 0,
    });
    symbol
}

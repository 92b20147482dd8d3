//! Lathe: from generic MIR, SSA IR or C to running code.
//!
//! This crate joins the others: it knows the list of targets and backends, runs the pipelines and
//! holds the `lathe` command. A program that generates code needs little more than this:
//!
//! ```no_run
//! use lathe::ir::{Function, FunctionBuilder, Module, Signature, Type};
//! use lathe::{CompileOptions, Session, Target};
//!
//! // 1. Build a module: here, `int answer(void) { return 42; }`.
//! let mut module = Module::new("answer", Target::host());
//! let symbol = module.symbol("answer");
//! let mut function = Function::new(symbol, Signature::new(&[], &[Type::I32]));
//! let entry = function.create_entry();
//! let mut builder = FunctionBuilder::at_end(&mut function, entry);
//! let value = builder.iconst(Type::I32, 42);
//! builder.ret(&[value]);
//! module.define_function(function);
//!
//! // 2. Compile it.
//! let mut session = Session::new();
//! let object = session.compile(module, "native", &CompileOptions::default()).unwrap();
//! std::fs::write("answer.o", object.bytes).unwrap();
//! ```
//!
//! An executable takes one step more: [`Program`] links objects in memory with the C library.
//! `examples/build_module.rs` is a whole program that does so. Read [`session`] first, then [`registry`]; the command's
//! entrance is [`command::main`].

pub mod command;
pub mod program;
pub mod registry;
pub mod session;
pub mod toolchain;

pub use lathe_backend::{Artifacts, Backend, CompileOptions, OptLevel, OutputKind};
pub use lathe_diag as diag;
pub use lathe_ir as ir;
pub use lathe_link as link;
pub use lathe_target::Target;
pub use program::Program;
pub use session::{COptions, CUnit, Failed, Session};

/// The version of Lathe.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The gcc version whose behaviour `lathe cc` follows, as `__GNUC__` and `-dumpversion` say.
pub const GCC_VERSION: &str = "12.2.0";

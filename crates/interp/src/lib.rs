//! Reference interpreter of the SSA IR.
//!
//! In: a verified [`lathe_ir::Module`]. Out: what the program does (its output and exit status, or
//! the results of one function), or an [`Error`] that names the place: a broken promise, an access
//! outside a known object, a trap.
//!
//! The interpreter defines the IR's semantics: optimizer and backends are compared against it. It
//! runs every instruction except inline assembly, and brings a C library of its own (`host`), so
//! that whole C programs run.
//!
//! ```
//! # use lathe_interp::{Interpreter, Options, Val};
//! let text = "func @add(i32, i32) -> i32 {\nb(x: i32, y: i32):\n  z = iadd.i32 x, y\n  return z\n}\n";
//! let target = lathe_target::Target::from_triple("x86_64-linux-gnu").unwrap();
//! let module = lathe_ir::text::read_text("add.ssa", text, &target).unwrap();
//! let mut interpreter = Interpreter::new(&module, Options::default());
//! let sum = interpreter.call("add", &[Val::int(1), Val::int(2)]).unwrap();
//! assert_eq!(sum, [Val::int(3)]);
//! ```
//!
//! Start reading at [`machine::Interpreter`], then `exec` for the instructions.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod decimal;
pub mod error;
mod exec;
pub mod float_ops;
mod host;
pub mod int_ops;
pub mod machine;
mod memory;
mod placement;
mod unwind;
pub mod value;

pub use error::{BacktraceFrame, Error, ErrorKind, ExitStatus};
pub use machine::{Interpreter, Options};
pub use value::Val;

//! The C front-end: preprocessor, parser, checker, lowering to SSA.
//!
//! In: a C source file, header directories and macros, a target. Out: an SSA module
//! ([`lathe_ir`]), or preprocessed text, and gcc-like diagnostics.
//!
//! ```text
//!   bytes ──lex──► tokens ──pp──► tokens ──parse + sema──► typed tree ──lower──► SSA
//!            (directives, macros,    (no text in between)
//!             headers, pragmas)
//! ```
//!
//! Start reading at [`pp::Preprocessor`], then [`token::Token`].

pub mod ast;
pub mod dialect;
pub mod intern;
pub mod literal;
pub mod pp;
pub mod token;
pub mod types;
// Parser and checker: `ast`, `types`, `parse`, `sema`; then `lower`.

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
pub mod headers;
pub mod intern;
mod lex;
pub mod literal;
pub mod lower;
pub mod parse;
pub mod pp;
pub mod sema;
pub mod token;
pub mod types;

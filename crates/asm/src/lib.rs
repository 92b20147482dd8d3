//! The GNU assembler's language: text in, calls on an [`lathe_mc::Streamer`] out.
//!
//! In: a file of a [`lathe_diag::SourceMap`] ([`assemble`]), or a string of inline assembly
//! ([`assemble_fragment`]). Out: the same calls that code generation makes, so that `-S` piped
//! through here gives the object of direct emission. Faults of the text are diagnostics of the streamer, in GNU as's
//! wording where it has one; assembly goes on after each, so that one run reports many.
//!
//! ```text
//!  text ─ input (statements, macros, repetition) ─┬─ directives/* ──────────► streamer
//!                                                 └─ x86/*, aarch64/* (operands, rows) ─► streamer
//! ```
//!
//! The command line of `lathe as` is a table in [`command_line`]. Read first: [`assembler`], then [`input`];
//! `language` is what a target adds.
//! Source of the language: GNU as manual 2.40 and the behaviour of `as` 2.40.
#![deny(missing_docs)]

mod aarch64;
pub mod assembler;
pub mod command_line;
mod cursor;
mod directives;
mod expression;
pub mod input;
mod language;
mod macros;
mod riscv;
mod x86;

pub use assembler::{AssembleError, Assembler, Options, assemble, assemble_fragment, assemble_inline};

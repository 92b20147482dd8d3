//! The text form: writer and reader.
//!
//! In: a [`crate::Module`], or text in a source map. Out: text, or a module with diagnostics.
//! Writing what was read gives the same text again, numbers of values and blocks included.
//! `docs/ir.md` describes the form; [`mod@write`] and [`read`] follow it construct by construct.

mod lexer;
pub mod read;
mod read_debug;
mod read_function;
mod read_inst;
mod read_items;
pub mod write;
mod write_inst;
mod write_items;

pub use read::{ReadError, read_module, read_text};
pub use write::{FunctionDisplay, InstDisplay, Writer};

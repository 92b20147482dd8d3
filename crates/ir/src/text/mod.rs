//! The text form: writer and reader.
//!
//! In: a [`crate::Module`], or text in a source map. Out: text, or a module with diagnostics.
//! Writing what was read gives the same text again, numbers of values and blocks included.
//! `docs/ir.md` describes the form; [`write`] and [`read`] follow it construct by construct.

pub mod write;
mod write_inst;
mod write_items;

pub use write::{FunctionDisplay, Writer};

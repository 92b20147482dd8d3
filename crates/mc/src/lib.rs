//! The machine-code layer: sections, relaxation, symbols, expressions, unwind and line tables, object
//! files and archives.
//!
//! In: a sequence of calls on a [`Streamer`] (from code generation or from the assembler). Out: an ELF
//! object ([`ObjectStreamer`]) or GNU assembly text ([`TextStreamer`]), always from the same sequence.
//!
//! ```text
//!   worker threads                          one thread
//!   CodeBuffer (f) ──┐
//!   CodeBuffer (g) ──┼─ append, in source order ─► ObjectStreamer ─ layout ─ relocate ─► ELF bytes
//!   CodeBuffer (h) ──┘                          └► TextStreamer   ──────────────────────► .s text
//! ```
//!
//! Invariant: the text, assembled by `lathe as` (or GNU as), gives the object that direct emission gives.
//!
//! A code buffer knows the module's symbols (a frozen [`SymbolNames`], shared between threads) and has
//! labels and new names of its own; appending renumbers them, so that output never depends on the number of threads.
//!
//! Read first: [`streamer`], then [`symbol`], [`section`], [`directive`]; then the modules `recorder` (how code is
//! kept) and `layout` (relaxation).
#![deny(missing_docs)]

mod append;
pub mod archive;
mod attributes;
pub mod buffer;
mod cfi;
mod debug_line;
pub mod directive;
mod eh_frame;
mod elf;
mod evaluate;
pub mod expression;
mod finish;
mod fragments;
mod instruction;
mod layout;
pub mod leb;
mod mention;
mod module_symbols;
pub mod object;
mod recorder;
mod relaxation;
mod relocate;
pub mod section;
pub mod streamer;
mod string_table;
pub mod symbol;
mod symbol_table;
pub mod text;
mod writer;

pub use buffer::CodeBuffer;
pub use directive::{
    Alignment, BuildAttribute, CfiDirective, Common, DwarfFile, Fill, LineFlags, LineRow, LineView,
    PaddingFill, SubsectionMove,
};
pub use expression::{BinaryOperator, Expression, UnaryOperator};
pub use object::ObjectStreamer;
pub use section::{SectionDefinition, SectionFlags, SectionGroup, SectionId, SectionType};
pub use streamer::{ModuleStreamer, Streamer};
pub use symbol::{SymbolAttribute, SymbolBinding, SymbolKind, SymbolNames, SymbolVisibility};
pub use text::TextStreamer;

//! Source positions and diagnostics.
//!
//! In: files (as bytes) and messages about places in them. Out: gcc-style text
//! (`file:line:col: error: message`, the source line, a caret) or JSON.
//!
//! Every file that any part of Lathe reads goes into one [`SourceMap`], laid end to end in a
//! 32-bit position space, so that a [`Loc`] is four bytes and a [`Span`] eight. Line numbers are
//! computed only when a message is printed or a line table asks for them.
//!
//! Start reading at [`source::SourceMap`], then [`diagnostic::Diagnostic`], then [`render`].
#![deny(missing_docs)]

pub mod diagnostic;
pub mod render;
pub mod source;

pub use diagnostic::{Diagnostic, Diagnostics, FixIt, Severity};
pub use render::{ColorChoice, Format, Renderer};
pub use source::{FileId, LineCol, Loc, SourceMap, Span};

//! The checker: types, conversions, constants and constraints, as methods of the parser.
//!
//! In: typed subtrees from `parse`. Out: new nodes with every conversion explicit, and messages in
//! gcc's words. Nothing here reads tokens (except to see whether they come from a system header).
//!
//! - `build`: node constructors, value categories, folding of integer constants
//! - [`convert`]: implicit and written conversions, assignment compatibility
//! - `operators`: unary, binary, conditional, member, subscript; `assignment`: what writes
//! - `call`: function calls; `format`: printf and scanf formats
//! - `generic_builtins`, `signature`: the builtin functions
//! - `constant`, `float`: constant evaluation; `static_data`: bytes and relocations
//! - `declare`, `declare_function`: entering and merging declarations; `unused`: what was never used
//! - [`options`]: `-W` and `-f` options

mod assignment;
mod build;
mod call;
mod constant;
mod conversion;
pub mod convert;
pub(crate) mod declare;
mod declare_function;
mod float;
mod format;
mod generic_builtins;
mod operators;
pub mod options;
mod signature;
mod static_data;
mod unused;

pub use options::{Options, UnknownWarning, Warning, Warnings};

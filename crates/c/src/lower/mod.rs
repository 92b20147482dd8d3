//! Lowering: the typed tree becomes SSA.
//!
//! In: a [`Unit`] and one [`Body`] at a time, through [`Consumer`]. Out: a
//! [`lathe_ir::Module`]. The tree is explicit (every load and conversion is a node), so lowering
//! makes no typing decisions; it decides storage: locals are stack slots (the optimizer promotes
//! them), records are memory, complex values are pairs, bit-fields are loads and masks.
//!
//! - [`module`]: symbols, static data, what is emitted at the end
//! - [`types`]: C types as IR types, aggregates and signatures
//! - [`function`]: one function: parameters, locals, blocks, scopes
//! - [`statement`], [`expression`], [`place`], [`arithmetic`], [`convert`], [`call`], [`builtin`],
//!   [`atomic`], [`init`], [`vla`], [`asm`], [`vector`], [`debug`]: what their names say
//!
//! Nothing of C remains in the result; the C ABI is the backend's: signatures name aggregates.

pub mod arithmetic;
pub mod asm;
pub mod atomic;
pub mod builtin;
pub mod call;
pub mod convert;
pub mod debug;
pub mod expression;
pub mod function;
pub mod init;
pub mod module;
pub mod place;
pub mod statement;
pub mod types;
mod unwind;
pub mod vector;
pub mod vla;

pub use module::{Lowering, Options};

use lathe_ir::Value;

/// The value of an expression.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Val {
    /// `void`.
    None,
    /// A scalar or vector.
    One(Value),
    /// A complex number: real and imaginary part.
    Pair(Value, Value),
    /// A record: the address of its bytes, which stay as they are until the value is used.
    Memory(Value),
}

//! The SSA intermediate representation.
//!
//! In: what a front-end builds ([`builder::FunctionBuilder`]) or the text reader reads. Out: a
//! [`module::Module`] that the optimizer rewrites, the interpreter runs and a backend compiles.
//! `docs/ir.md` is the normative description.
//!
//! ```text
//! Module ── symbols ─┬─ Function ── blocks (with parameters) ── instructions ── values
//!                    ├─ Data (bytes, zeros, addresses)
//!                    └─ alias, ifunc, declaration
//! ```
//!
//! All entities are dense `u32` newtypes ([`entity`]); secondary data lives in side tables. One
//! table ([`opcode`]) gives each instruction its name, operand format, type rule and flags; the
//! reader, writer, verifier and builder come from it. Start reading there, then [`function`].
#![deny(missing_docs)]

pub mod analysis;
pub mod builder;
pub mod condition;
pub mod debug;
pub mod entity;
pub mod function;
pub mod inline_asm;
pub mod instruction;
pub mod libcall;
pub mod memory;
pub mod module;
pub mod opcode;
pub mod signature;
pub mod text;
pub mod types;
pub mod verify;

pub use builder::FunctionBuilder;
pub use condition::{AtomicOp, FloatCond, IntCond, Likelihood, Ordering, TrapCode};
pub use entity::*;
pub use function::{BlockData, Function, StackSlotData, ValueDef};
pub use instruction::InstData;
pub use libcall::LibCall;
pub use memory::{AliasTag, MemFlags};
pub use module::{Data, DataItem, Linkage, Module, SymbolData, SymbolDefinition, TlsModel, Visibility};
pub use opcode::{Flags, Format, Opcode};
pub use signature::{CallConv, Extension, ParamType, Signature, SignatureParam};
pub use types::{AggregateData, AggregateField, AggregateKind, FieldType, Type};

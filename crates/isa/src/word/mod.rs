//! The engine of instruction sets whose rows are fixed words with bit fields: AArch64 and RISC-V.
//!
//! In: tables of a target: operand kinds with the slot (bit field) that each takes, row groups in the notation of
//! [`template`], and the few functions of [`WordTarget`] (what an operand can stand for, how a slot is
//! filled and read back, how an operand is written). Out: [`WordIsa`], a complete [`crate::Isa`].
//!
//! A row is a base word, and for each operand a slot. Encoding goes through the rows of the group: the first whose
//! kinds accept the operands' [`crate::Facts`] *and* whose slots accept the values is used. So a slot's range is the row's
//! condition, and `mov x0, #imm` is three rows with three immediate slots, in the order of preference.
//!
//! Read first: [`template`], then [`target`].

mod engine;
pub mod target;
pub mod template;

pub use engine::WordIsa;
pub use target::{Builder, Misfit, OperandText, WordTarget};
pub use template::{Field, Form, Group, KindRow, Notation, Variant, Word};

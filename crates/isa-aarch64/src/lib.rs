//! AArch64 (A64): registers, instruction rows, fixups, relocation rows.
//!
//! In: a [`lathe_isa::RowId`] and operands. Out: words with fixups, text, decoded rows: what [`lathe_isa::Isa`]
//! promises, through [`AARCH64`]. The machinery is [`lathe_isa::word`]'s; here are the tables, the slots and the printer.
//!
//! Operands as the code generator writes them, in the manual's order:
//!
//! - a register shifted or extended is two operands, the register and `Operand::Shift`; so is `movz x0, #1, lsl #16`;
//! - `csel` and its like have `Operand::Cond` last, `b.cond` ([`rows::B_COND`]) first;
//! - memory: `Mem.index` a 64-bit register with `scale_log2` 0 or the log2 of the size (`lsl`), a 32-bit one zero-extended, or
//!   either sign-extended in [`lathe_isa::MemMode::SignExtendedIndex`]; `PreIndex` and `PostIndex` write back;
//!   a symbol as displacement needs a modifier (`[x0, #:lo12:symbol]`);
//! - targets of `b`, `adr`, `adrp`, `ldr` of a literal: `Operand::Label`, with a modifier where the relocation wants one
//!   (`adrp x0, :got:symbol`); `add x0, x0, #:lo12:symbol` is `Operand::Imm(Imm::Symbol)`;
//! - `fmov` immediates are the eight bits of [`immediates::float_immediate`]; logical immediates and `mov` are plain numbers.
//!
//! Read first: [`rows`] (the names to emit), [`registers`] (views), then `kinds` (slots and the notation).
//! Source of every encoding: Arm Architecture Reference Manual for A-profile, DDI 0487 J.a.
#![deny(missing_docs)]
#![allow(long_running_const_eval)]

pub mod conditions;
mod extract;
pub mod fixups;
pub mod immediates;
mod insert;
pub mod kinds;
mod object;
mod print;
pub mod registers;
pub mod relocations;
pub mod rows;
pub mod system;
mod target;

pub use conditions::Cond;
pub use immediates::{
    add_immediate, float_immediate, logical_immediate, move_wide_costs, movn_immediate, movz_immediate,
};
pub use kinds::Slot;
pub use registers::TABLE;
pub use target::{A64, AARCH64, isa_of};

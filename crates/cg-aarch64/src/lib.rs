//! Code generation for AArch64: ABI table, selection rules, frame conventions, inline-assembly constraints.
//!
//! In: what [`lathe_mach`]'s stages ask through [`lathe_mach::TargetCodegen`] and [`lathe_mach::select::Rules`], both
//! implemented by [`Aarch64Codegen`]. Out: rows of [`lathe_isa_aarch64::rows`] on virtual or physical registers.
//!
//! Read first: `target` (registers, moves), `rules` (which opcode is handled where), then `rules_integer`; [`abi`] is the
//! AAPCS64 classification; `frame` writes prologues.

pub mod abi;
mod asm;
mod asm_constraints;
mod frame;
mod operands;
mod peephole;
mod rules;
mod rules_atomic;
mod rules_bits;
mod rules_call;
mod rules_compare;
mod rules_convert;
mod rules_float;
mod rules_integer;
mod rules_memory;
mod rules_overflow;
mod rules_symbol;
mod rules_vector;
mod target;

pub use asm::ASM;
pub use target::{AARCH64, Aarch64Codegen};

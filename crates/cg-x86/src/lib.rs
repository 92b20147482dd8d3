//! Code generation for x86-64 (and, by mode, i686): ABI tables, selection rules, frame conventions,
//! peephole patterns, inline-assembly constraints.
//!
//! In: what [`lathe_mach`]'s stages ask through [`lathe_mach::TargetCodegen`] and
//! [`lathe_mach::select::Rules`], both implemented by [`X86Codegen`]. Out: rows of
//! [`lathe_isa_x86::rows`] on virtual or physical registers.
//!
//! Read first: `target` (registers, moves), `rules` (which opcode is handled where), then
//! `rules_integer`; [`abi`] and [`abi_32`] are the System V classifications; `frame` writes prologues.

pub mod abi;
pub mod abi_32;
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
mod rules_division;
mod rules_float;
mod rules_integer;
mod rules_memory;
mod rules_symbol;
mod rules_vector;
mod rules_x87;
mod target;
mod thunks;
mod wide_atomics;

pub use asm::{ASM_32, ASM_64, X86Asm};
pub use target::{I686, X86_64, X86Codegen};

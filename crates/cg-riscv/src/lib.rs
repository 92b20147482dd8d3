//! Code generation for RISC-V 64: ABI table (LP64D), selection rules, frame conventions, peephole
//! patterns, inline-assembly constraints.
//!
//! In: what [`lathe_mach`]'s stages ask through [`lathe_mach::TargetCodegen`] and
//! [`lathe_mach::select::Rules`], both implemented by [`RiscvCodegen`]. Out: rows of
//! [`lathe_isa_riscv::rows`] on virtual or physical registers.
//!
//! An `i32` is kept sign-extended to 64 bits, as the psABI passes it and as the `W` instructions give it; what is above the
//! bits of an `i8` or `i16` means nothing unless [`extent`] knows better.
//!
//! Read first: `target` (registers, moves), `rules` (which opcode is handled where), then [`extent`] and
//! `rules_integer`; [`abi`] is LP64D; `frame` writes prologues.

pub mod abi;
mod asm;
mod asm_constraints;
pub mod extent;
mod frame;
mod operands;
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
mod target;

pub use asm::ASM;
pub use target::{RISCV64, RiscvCodegen, codegen_with};

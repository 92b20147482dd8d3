//! Code generation for RISC-V 64: ABI table (LP64D), selection rules, frame conventions, peephole
//! patterns, inline-assembly constraints.

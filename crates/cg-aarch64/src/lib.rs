//! Code generation for AArch64: ABI table (AAPCS64), selection rules, frame conventions, peephole
//! patterns, inline-assembly constraints.

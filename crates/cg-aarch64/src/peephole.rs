//! Patterns of AArch64 for the peephole stage.

use lathe_mach::peephole::Pattern;

/// In the order in which they are tried.
pub(crate) static PATTERNS: [Pattern; 0] = [];

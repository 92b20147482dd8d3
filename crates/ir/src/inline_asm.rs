//! Inline assembly with GCC's constraints.

use crate::types::Type;

/// An output or input operand.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AsmOperand {
    /// GCC constraint text as written (`=&r`, `+m`, `0`, `r,m`).
    pub constraint: String,
    /// `[name]`, without brackets.
    pub name: Option<String>,
    /// Type of the value. For a memory operand (`is_memory`) the value is an address and this is
    /// the type stored there.
    pub ty: Type,
    /// The operand is a memory place whose address is passed as an input value.
    pub is_memory: bool,
    /// Size in bytes of the memory place (for aggregates).
    pub memory_bytes: u64,
    /// The register that a `register … asm("…")` variable names.
    pub register: Option<String>,
}

/// An inline-assembly statement. Values: one input value per memory output (its address), then one
/// per input operand, in order. A `+r` operand stands as an output and, tied to it, an input whose
/// constraint is the output's number. Results: one per non-memory output, in order.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct AsmData {
    /// Template with `%0`, `%[name]`, `%%`, `{att|intel}`, as written.
    pub template: String,
    /// Outputs.
    pub outputs: Vec<AsmOperand>,
    /// Inputs.
    pub inputs: Vec<AsmOperand>,
    /// Clobbers: register names, `memory`, `cc`.
    pub clobbers: Vec<String>,
    /// Names of `asm goto` labels, in the order of the targets.
    pub labels: Vec<String>,
    /// Must not be removed, joined or moved.
    pub is_volatile: bool,
    /// Aligns the stack (`alignstack`, MS blocks).
    pub aligns_stack: bool,
    /// Operands are in Intel order.
    pub intel_syntax: bool,
}

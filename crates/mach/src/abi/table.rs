//! The data of a target's calling convention.

use super::shape::Shape;
use lathe_ir::{Aggregate, AggregateData, EntityMap, ParamType, SignatureParam};
use lathe_isa::{PhysReg, RegSet};
use lathe_target::Target;

/// What happens when a value needs more registers than are left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overflow {
    /// It goes to the stack as a whole; later values still get the registers (System V x86-64).
    Whole,
    /// It goes to the stack as a whole and the bank is used up (AAPCS64 C.3, C.11).
    WholeAndExhaust,
    /// The pieces that find a register use it, the rest goes to the stack; as a whole when none does (LP64D).
    Split,
}

/// Where the address for a result in memory is passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StructReturn {
    /// As the first integer argument; the callee gives it back in the first integer result register.
    FirstArgument,
    /// In a register of its own (AAPCS64 x8).
    Register(PhysReg),
}

/// What a `va_list` is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VaListKind {
    /// System V x86-64: `gp_offset`, `fp_offset`, overflow area, register save area.
    SystemV64,
    /// A pointer to the next argument (i686, RISC-V).
    Pointer,
    /// AAPCS64: stack, general top, vector top, two offsets.
    Aapcs64,
}

/// A calling convention.
#[derive(Debug)]
pub struct AbiTable {
    /// For messages.
    pub name: &'static str,
    /// Integer argument registers in order.
    pub int_args: &'static [PhysReg],
    /// Float and vector argument registers in order.
    pub vector_args: &'static [PhysReg],
    /// Integer result registers.
    pub int_results: &'static [PhysReg],
    /// Float and vector result registers.
    pub vector_results: &'static [PhysReg],
    /// x87 result registers.
    pub x87_results: &'static [PhysReg],
    /// Static chain.
    pub static_chain: PhysReg,
    /// Where the number of vector argument registers goes in a variadic call.
    pub vector_count: Option<PhysReg>,
    /// Place of the hidden result address.
    pub struct_return: StructReturn,
    /// What happens when registers run out.
    pub overflow: Overflow,
    /// Size of a slot of the argument area, in bytes.
    pub slot_bytes: u32,
    /// Alignment of the stack at a call, in bytes.
    pub stack_align: u32,
    /// Registers that a call may change.
    pub clobbers: RegSet,
    /// The callee removes its stack arguments.
    pub callee_pops: bool,
    /// The callee removes the hidden result address, if that is on the stack.
    pub pops_hidden_pointer: bool,
    /// The convention of functions with `...`, where it is another.
    pub variadic: Option<&'static AbiTable>,
    /// `va_list`.
    pub va_list: VaListKind,
    /// Size of the register save area of a variadic function, in bytes.
    pub save_area_bytes: u32,
    /// What a type is.
    pub classify: fn(&Classification<'_>, ParamType) -> Shape,
}

/// What a classifier may look at.
#[derive(Clone, Copy)]
pub struct Classification<'a> {
    /// The module's aggregates.
    pub aggregates: &'a EntityMap<Aggregate, AggregateData>,
    /// Layout and features.
    pub target: &'a Target,
    /// A result, not an argument.
    pub is_result: bool,
    /// Passed in the `...` part.
    pub is_variadic: bool,
    /// Integer registers that are left (LP64D: whether a structure of floats and integers gets both).
    pub int_left: usize,
    /// Vector registers that are left.
    pub vector_left: usize,
}

impl AbiTable {
    /// Classifies a parameter.
    pub fn shape(&self, context: &Classification<'_>, param: &SignatureParam) -> Shape {
        (self.classify)(context, param.ty)
    }
}

//! The verifier: is a module or function well-formed?
//!
//! In: a module, or a function with the module that it belongs to. Out: every rule that is broken,
//! with function, block, instruction (as text) and rule. Called after reading, after lowering, and
//! between passes in debug builds. Linear in the size of the function, apart from sorting.
//!
//! Rules: operand and result types by the opcode table ([`types`](self)); every use dominated by
//! its definition; one terminator per block, at its end; arguments match block parameters; calls
//! and returns match their signatures under the ABI conventions of [`crate::ParamType`]; landing
//! pads first in blocks that only unwind edges reach; everything that is referred to exists.

mod calls;
mod function;
mod items;
mod types;

use crate::entity::{Block, Inst};
use crate::function::Function;
use crate::module::{Definition, Module};
use lathe_diag::{Diagnostic, Loc};
use std::fmt;

pub(crate) use items::debug_references;

/// A broken rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifierError {
    /// The function's name, for errors in functions.
    pub function: Option<String>,
    /// The block, for errors in blocks.
    pub block: Option<Block>,
    /// The instruction and its text, for errors of instructions.
    pub inst: Option<(Inst, String)>,
    /// What is wrong.
    pub message: String,
    /// Source position of the instruction or item.
    pub loc: Loc,
}

impl fmt::Display for VerifierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(function) = &self.function {
            write!(f, "@{function}")?;
            if let Some(block) = self.block {
                write!(f, ", {block}")?;
            }
            f.write_str(": ")?;
        }
        if let Some((_, text)) = &self.inst {
            write!(f, "'{text}': ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for VerifierError {}

impl VerifierError {
    /// As a message for the user, at the instruction's place.
    pub fn to_diagnostic(&self) -> Diagnostic {
        Diagnostic::error(self.loc, self.to_string())
    }
}

/// All rules that a module breaks; empty when it is well-formed.
pub fn verify_module(module: &Module) -> Vec<VerifierError> {
    let mut errors = items::verify_items(module);
    if errors.is_empty() {
        for definition in &module.order {
            if let Definition::Function(id) = definition {
                errors.extend(verify_function(module, &module.functions[*id]));
            }
        }
    }
    errors
}

/// All rules that a function breaks; empty when it is well-formed.
pub fn verify_function(module: &Module, func: &Function) -> Vec<VerifierError> {
    function::Verifier::new(module, func).run()
}

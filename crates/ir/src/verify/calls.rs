//! Verifying calls, returns and inline assembly against signatures and operand lists.

use super::function::Verifier;
use crate::entity::*;
use crate::instruction::InstData;
use crate::opcode::{Format, Opcode};
use crate::signature::Signature;
use crate::types::Type;

/// The types of the values that a call passes: the address for a returned aggregate first.
fn argument_types(signature: &Signature) -> Vec<Type> {
    let first = signature.returned_aggregate().map(|_| Type::PTR);
    first.into_iter().chain(signature.params.iter().map(|p| p.value_type())).collect()
}

impl Verifier<'_> {
    pub(super) fn call_fault(&self, inst: Inst, data: &InstData) -> Option<String> {
        let func = self.func;
        let args = func.args(inst);
        match data.opcode().format() {
            Format::Return => {
                let expected: Vec<Type> = func.signature.results.iter().map(|r| r.value_type()).collect();
                self.list_fault("value", args, &expected)
            }
            Format::Call | Format::CallLib | Format::Invoke => {
                let signature = &func.signatures[data.signature()];
                self.list_fault("argument", args, &argument_types(signature))
                    .or_else(|| self.tail_call_fault(data, signature))
            }
            Format::CallIndirect | Format::InvokeIndirect => {
                let signature = &func.signatures[data.signature()];
                let Some((callee, args)) = args.split_first() else {
                    return Some("an indirect call has a callee".to_string());
                };
                if func.ty(*callee) != Type::PTR {
                    return Some(format!("the callee {callee} is {}, not ptr", func.ty(*callee)));
                }
                self.list_fault("argument", args, &argument_types(signature))
                    .or_else(|| self.tail_call_fault(data, signature))
            }
            Format::Asm | Format::AsmGoto => {
                let asm = &func.asms[data.asm_ref()];
                let outputs = asm.outputs.iter().filter(|o| o.is_memory).map(|_| Type::PTR);
                let inputs = asm.inputs.iter().map(|o| if o.is_memory { Type::PTR } else { o.ty });
                let expected: Vec<Type> = outputs.chain(inputs).collect();
                self.list_fault("operand", args, &expected)
            }
            _ => None,
        }
    }

    fn list_fault(&self, what: &str, values: &[Value], expected: &[Type]) -> Option<String> {
        if values.len() != expected.len() {
            let plural = if expected.len() == 1 { "" } else { "s" };
            return Some(format!("{} {what}{plural} expected, {} given", expected.len(), values.len()));
        }
        for (i, (value, expected)) in values.iter().zip(expected).enumerate() {
            let found = self.func.ty(*value);
            if found != *expected {
                return Some(format!("{what} {i} ({value}) is {found}, not {expected}"));
            }
        }
        None
    }

    /// A tail call returns what this function returns.
    fn tail_call_fault(&self, data: &InstData, signature: &Signature) -> Option<String> {
        if !matches!(data.opcode(), Opcode::TailCall | Opcode::TailCallIndirect) {
            return None;
        }
        let own = self.func.signature.results.iter().map(|r| r.ty);
        let callee = signature.results.iter().map(|r| r.ty);
        if own.eq(callee) {
            return None;
        }
        Some("the callee of a tail call does not return what this function returns".to_string())
    }
}

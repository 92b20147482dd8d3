//! Cleanups while an exception passes (`-fexceptions`): a call inside the scope of a variable with the `cleanup`
//! attribute becomes an `invoke`, whose landing pad runs the cleanups and goes on unwinding.
//!
//! In: the open scopes at a call. Out: one pad for each set of cleanups, written at the end of the function. The
//! personality routine is that of gcc's C code, in libgcc.

use super::function::{Cleanup, FunctionLowering};
use crate::ast::{DeclId, LocalId};
use lathe_ir::function::{LandingPadData, SwitchData};
use lathe_ir::{Block, InstData, Opcode, SigRef, Signature, Symbol, Type, Value};
use std::sync::Arc;

/// The personality routine (libgcc, `unwind-c.c`).
const PERSONALITY: &str = "__gcc_personality_v0";

/// A landing pad to be written: the calls that it makes, innermost first.
pub(super) struct Pad {
    cleanups: Vec<(DeclId, LocalId)>,
    block: Block,
}

impl FunctionLowering<'_> {
    /// The landing pad of a call here; `None` if nothing is to be done when an exception passes.
    pub(super) fn landing_pad_here(&mut self) -> Option<Block> {
        if !self.state.options.exceptions {
            return None;
        }
        let all = self.scopes.iter().rev().flat_map(|scope| scope.cleanups.iter().rev());
        let cleanups: Vec<(DeclId, LocalId)> = all
            .filter_map(|cleanup| match cleanup {
                Cleanup::Call(function, local) => Some((*function, *local)),
                Cleanup::RestoreStack(_) => None,
            })
            .collect();
        if cleanups.is_empty() {
            return None;
        }
        if let Some(pad) = self.pads.iter().find(|pad| pad.cleanups == cleanups) {
            return Some(pad.block);
        }
        let block = self.later_block();
        self.pads.push(Pad { cleanups, block });
        Some(block)
    }

    /// A call that unwinds to a pad; goes on in a block of its own.
    pub(super) fn invoke(
        &mut self,
        callee: Result<Symbol, Value>,
        signature: SigRef,
        operands: &[Value],
        pad: Block,
    ) -> Option<Value> {
        let normal = self.later_block();
        let (opcode, symbol, operands) = match callee {
            Ok(symbol) => (Opcode::Invoke, symbol, operands.to_vec()),
            Err(target) => {
                let all = [target].into_iter().chain(operands.iter().copied()).collect();
                (Opcode::InvokeIndirect, Symbol(0), all)
            }
        };
        let list = self.func.make_list(&operands);
        let targets = [normal, pad].map(|block| self.func.make_block_call(block, &[]));
        let table = self.func.switches.push(SwitchData { cases: Vec::new(), targets: targets.to_vec() });
        let inst = self.b().inst(InstData::invoke(opcode, list, signature, symbol, table));
        let result = self.func.result(inst);
        self.enter(normal);
        let result = result?;
        let ty = self.func.ty(result);
        self.func.block_calls[targets[0]].args.push(result);
        Some(self.func.append_param(normal, ty))
    }

    /// Writes the pads that calls refer to.
    pub(super) fn finish_pads(&mut self) {
        if self.pads.is_empty() {
            return;
        }
        let signature = Signature { variadic: true, ..Signature::new(&[], &[Type::I32]) };
        let personality = self.state.module.declare_function(PERSONALITY, Arc::new(signature));
        self.state.refer(personality);
        self.func.attributes.personality = Some(personality);
        for pad in std::mem::take(&mut self.pads) {
            self.enter(pad.block);
            let data = self.func.pads.push(LandingPadData { cleanup: true, clauses: Vec::new() });
            let landing = self.b().inst(InstData::landing_pad(data));
            let values: Vec<Value> = self.func.results(landing).collect();
            for (function, local) in pad.cleanups {
                self.call_cleanup(function, local);
            }
            if let [exception, selector] = values.as_slice() {
                self.b().inst(InstData::binary(Opcode::Resume, Type::NONE, 0, *exception, *selector));
            }
        }
    }
}

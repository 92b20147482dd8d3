//! The backward walk.

use super::context::Selector;
use super::rules::Rules;
use crate::error::CodegenError;
use crate::inst::{Builder, MachFunction, VReg, pseudo};
use crate::target::SelectInput;
use lathe_ir::{Block, Inst, Opcode};

/// Selects a function with a target's rules.
///
/// # Errors
/// When something in it cannot be compiled for the target; the error names it and its place.
pub fn select_function(
    input: &SelectInput<'_>,
    rules: &dyn Rules,
    out: &mut MachFunction,
) -> Result<(), CodegenError> {
    let func = input.func;
    let abi = rules.abi(func.signature.call_conv).map_err(|error| error.at(func.loc))?;
    let builder = Builder::begin_function(out, input.id, &func.layout, func.blocks.len());
    let mut cx = Selector::new(input.module, func, input.options, rules, abi, builder);
    cx.prepare_entry();
    let mut params: Vec<VReg> = Vec::new();
    for block in func.layout.iter().rev() {
        cx.select_block(*block, &mut params)?;
    }
    cx.out.finish();
    Ok(())
}

impl Selector<'_> {
    fn select_block(&mut self, block: Block, params: &mut Vec<VReg>) -> Result<(), CodegenError> {
        let func = self.func;
        let insts = &func.blocks[block].insts;
        let machine = self.block_of(block);
        self.out.begin_block(machine);
        self.begin_block_epochs(insts.first().copied());
        for (index, inst) in insts.iter().enumerate().rev() {
            if !self.must_select(*inst) || self.is_absorbed(*inst) {
                continue;
            }
            self.set_root(*inst, &insts[..index]);
            self.select_inst(*inst)?;
            self.take_error()?;
            self.out.end_group();
        }
        if block == func.entry() {
            self.select_entry();
            self.set_entry_addresses();
            self.take_error()?;
            self.out.end_group();
        } else {
            params.clear();
            for param in &func.blocks[block].params {
                if self.use_count(*param) > 0 && !self.lives_in_memory(func.ty(*param)) {
                    let reg = self.reg(*param);
                    params.push(reg);
                }
            }
            self.out.set_params(params);
        }
        self.out.end_block();
        Ok(())
    }

    pub(super) fn must_select(&self, inst: Inst) -> bool {
        if self.is_rematerialized(inst) {
            return false;
        }
        self.func.results(inst).any(|value| self.is_needed(value)) || self.func.has_effect(inst)
    }

    fn select_inst(&mut self, inst: Inst) -> Result<(), CodegenError> {
        let rules = self.rules;
        match self.func.inst(inst).opcode() {
            Opcode::Jump => self.select_jump(inst),
            Opcode::Branch => rules.branch(self, inst)?,
            Opcode::Return => self.select_return(inst),
            Opcode::Unreachable => self.out.op(pseudo::UNREACHABLE, &[]),
            Opcode::Call
            | Opcode::CallIndirect
            | Opcode::CallLib
            | Opcode::Invoke
            | Opcode::InvokeIndirect
            | Opcode::TailCall
            | Opcode::TailCallIndirect => self.select_call(inst)?,
            Opcode::Memcpy | Opcode::Memmove | Opcode::Memset => self.select_memory_block(inst)?,
            Opcode::VaStart => self.select_va_start(inst),
            Opcode::Asm | Opcode::AsmGoto => self.select_asm(inst)?,
            Opcode::LandingPad => self.select_landing_pad(inst),
            Opcode::DebugValue | Opcode::DebugSlot => self.select_debug(inst),
            Opcode::LifetimeStart | Opcode::LifetimeEnd | Opcode::CompilerFence | Opcode::VaEnd => {}
            _ => rules.select(self, inst)?,
        }
        Ok(())
    }
}

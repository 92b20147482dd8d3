//! Exceptions and `longjmp`: what happens when straight execution is interrupted.
//!
//! A thrown exception has an address and the address of its type's info object (0: none). On its
//! way up, each frame that waits in an `invoke` is asked: the landing pad's clauses in order, where
//! `catch` matches the same info object, `catch_all` everything, `filter` anything that is not
//! listed. The selector is the number of the matching clause, from 1, or 0 for a cleanup.

use crate::error::{ErrorKind, Stop, fault};
use crate::machine::Interpreter;
use crate::value::Val;
use lathe_ir::function::PadClause;
use lathe_ir::{Block, BlockCall, Entity, Inst, Opcode};

impl Interpreter<'_> {
    /// Handles what a step raised; gives it back when a frame at or below `depth` must.
    pub(crate) fn interrupted(&mut self, stop: Stop, depth: usize) -> Result<(), Stop> {
        match stop {
            Stop::Throw { exception, type_info } => self.throw(exception, type_info, depth),
            Stop::LongJump { frame, mark, value } => {
                let target = self.frames.iter().rposition(|f| f.serial == frame);
                let Some(target) = target.filter(|t| *t >= depth) else {
                    // A frame of an outer run; without one it is an error there.
                    if target.is_some() {
                        self.unwind_to(depth);
                    }
                    return Err(stop);
                };
                self.unwind_to(target + 1);
                self.land(mark, value)
            }
            other => Err(other),
        }
    }

    /// Goes on after the `setjmp` call that `mark` names, with another result.
    fn land(&mut self, mark: u64, value: u32) -> Result<(), Stop> {
        // The buffer is memory of the program, which may have written anything to it.
        let (block, at) = (Block((mark >> 32) as u32), mark as u32 as usize);
        let func = self.frame().func;
        let before = at.checked_sub(1);
        let inst = before.and_then(|i| func.blocks.get(block)?.insts.get(i)).copied();
        let Some(inst) = inst.filter(|i| func.inst(*i).opcode().is_call()) else {
            return fault(ErrorKind::BrokenPromise, "longjmp with a damaged buffer");
        };
        let frame = self.frame_mut();
        frame.block = block;
        frame.at = at;
        self.finish_call(inst, vec![Val::Scalar(value.into())])
    }

    fn throw(&mut self, exception: u64, type_info: u64, depth: usize) -> Result<(), Stop> {
        self.host.thrown.insert(exception, type_info);
        while self.frames.len() > depth {
            if let Some((target, selector)) = self.handler(type_info)? {
                let func = self.frame().func;
                self.jump(func, Some(target))?;
                let pad = func.blocks[self.frame().block].insts[0];
                self.frame_mut().at = 1;
                for (value, bits) in func.results(pad).zip([u128::from(exception), selector]) {
                    self.frame_mut().values[value.index()] = Val::Scalar(bits);
                }
                return Ok(());
            }
            if self.frames.len() == 1 && depth == 0 {
                // Keep the frame for the backtrace.
                break;
            }
            self.pop_frame();
        }
        Err(Stop::Throw { exception, type_info })
    }

    /// The landing pad that the current instruction of the innermost frame unwinds to, and the
    /// selector, if it wants this exception.
    fn handler(&mut self, type_info: u64) -> Result<Option<(BlockCall, u128)>, Stop> {
        let frame = self.frame();
        let func = frame.func;
        let inst: Option<Inst> = func.blocks[frame.block].insts.get(frame.at.wrapping_sub(1)).copied();
        let Some(inst) = inst else { return Ok(None) };
        let data = func.inst(inst);
        if !matches!(data.opcode(), Opcode::Invoke | Opcode::InvokeIndirect) {
            return Ok(None);
        }
        let target = data.switch_table().and_then(|t| func.switches[t].targets.get(1).copied());
        let Some(target) = target else { return Ok(None) };
        let pad = func.blocks[func.block_calls[target].block].insts[0];
        let pad = &func.pads[func.inst(pad).pad()];
        for (number, clause) in pad.clauses.iter().enumerate() {
            let matches = match clause {
                PadClause::Catch(None) => true,
                PadClause::Catch(Some(symbol)) => {
                    type_info != 0 && self.symbol_address(*symbol)? == type_info
                }
                PadClause::Filter(symbols) => {
                    let mut listed = false;
                    for symbol in symbols {
                        listed |= self.symbol_address(*symbol)? == type_info;
                    }
                    !listed
                }
            };
            if matches {
                return Ok(Some((target, number as u128 + 1)));
            }
        }
        Ok(pad.cleanup.then_some((target, 0)))
    }
}

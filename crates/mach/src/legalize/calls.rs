//! Calls, returns with wide values: each becomes two, in place.

use super::split::{Pair, Splitter};
use crate::error::CodegenError;
use lathe_ir::{Inst, Opcode, Type, Value};
use smallvec::SmallVec;

impl Splitter<'_> {
    /// Calls of all kinds, `return`, `asm`.
    pub(super) fn call(&mut self, inst: Inst) -> Result<(), CodegenError> {
        if matches!(self.func.inst(inst).opcode(), Opcode::Asm | Opcode::AsmGoto) {
            return self.statement(inst);
        }
        let args: SmallVec<[Value; 8]> = SmallVec::from_slice(self.func.args(inst));
        if let Some(list) = self.expanded(&args) {
            let list = self.func.make_list(&list);
            self.func.inst_mut(inst).set_value_list(list);
        }
        let old: SmallVec<[Value; 2]> = self.func.results(inst).collect();
        if !old.iter().any(|value| self.is_wide(*value)) {
            self.out.push(inst);
            return Ok(());
        }
        let mut types: SmallVec<[Type; 4]> = SmallVec::new();
        for value in &old {
            let ty = self.func.ty(*value);
            if ty == self.wide {
                types.extend([self.half, self.half]);
            } else {
                types.push(ty);
            }
        }
        let data = *self.func.inst(inst);
        let call = self.func.create_inst_with_types(data, self.loc, &types);
        self.out.push(call);
        let mut new = self.func.results(call);
        for value in old {
            let Some(first) = new.next() else { break };
            if !self.is_wide(value) {
                self.replace(value, first);
            } else if let Some(hi) = new.next() {
                self.set_pair(value, Pair { lo: first, hi });
            }
        }
        Ok(())
    }
}

//! Inline assembly: from parsed constraints to operands for the register allocator.
//!
//! In: an [`lathe_ir::inline_asm::AsmData`], its values and the target's reading of each constraint
//! ([`Place`]). Out: one `INLINE_ASM` with an operand per `%n`, in order (outputs, inputs, labels), and an
//! [`crate::inst::AsmPlacement`] that says which.
//!
//! Source: GCC manual, "Extended Asm" and "Constraints for Particular Machines".

use super::context::Selector;
use crate::error::CodegenError;
use crate::inst::function::InstFlags;
use crate::inst::{AsmPlacement, MachMem, MachOperand, MachSymbol, SlotId, SlotKind, VReg, pseudo};
use lathe_ir::inline_asm::{AsmData, AsmOperand};
use lathe_ir::{Inst, Opcode, Type, Value};
use lathe_isa::{Modifier, PhysReg, RegSet};
use smallvec::SmallVec;

/// What a constraint asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Any register that fits the type.
    Register,
    /// One register.
    Fixed(PhysReg),
    /// Memory.
    Memory,
    /// Memory at an address in a register, without displacement.
    Pointed,
    /// A constant or symbol address.
    Immediate,
    /// A condition after the statement (the target's code).
    Condition(u8),
    /// A place on the x87 stack.
    X87(u8),
    /// The place of an output.
    SameAs(usize),
}

/// A constraint as the target reads it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Constraint {
    /// Where.
    pub place: Place,
    /// Written before the inputs are read.
    pub early: bool,
}

struct Statement {
    operands: Vec<MachOperand>,
    placement: AsmPlacement,
    clobbers: RegSet,
    /// Registers that must outlive the statement because something is clobbered.
    keep: Vec<VReg>,
    pushes: Vec<(MachMem, Type)>,
    pops: Vec<(u8, Value)>,
    conditions: Vec<(u8, Value)>,
}

impl Selector<'_> {
    /// `asm`, `asm_goto`.
    pub fn select_asm(&mut self, inst: Inst) -> Result<(), CodegenError> {
        let func = self.func;
        let data = func.inst(inst);
        let id = data.asm_ref();
        let asm = &func.asms[id];
        let rules = self.rules;
        let clobbers = rules.asm_clobbers(asm).map_err(|error| error.at(func.loc(inst)))?;
        let is_goto = data.opcode() == Opcode::AsmGoto;
        if is_goto {
            self.many_way_edges(inst);
        }
        let mut statement = Statement {
            operands: vec![MachOperand::Imm(self.out.func.asms.len() as i64)],
            placement: AsmPlacement { asm: id, operands: Vec::new(), codes: Vec::new() },
            clobbers,
            keep: Vec::new(),
            pushes: Vec::new(),
            pops: Vec::new(),
            conditions: Vec::new(),
        };
        let values: SmallVec<[Value; 8]> = SmallVec::from_slice(func.args(inst));
        self.asm_operands(inst, asm, &values, &mut statement)?;
        if is_goto && let Some(table) = data.switch_table() {
            for call in func.switches[table].targets.iter().skip(1) {
                let block = self.block_of(func.block_calls[*call].block);
                statement.placement.operands.push(statement.operands.len() as u16);
                statement.placement.codes.push(0);
                statement.operands.push(MachOperand::Block(block));
            }
        }
        for reg in std::mem::take(&mut statement.keep) {
            statement.operands.push(MachOperand::LateUse(reg.into(), 0));
        }
        self.finish_asm(statement);
        Ok(())
    }

    fn asm_operands(
        &mut self,
        inst: Inst,
        asm: &AsmData,
        values: &[Value],
        statement: &mut Statement,
    ) -> Result<(), CodegenError> {
        let rules = self.rules;
        let results: SmallVec<[Value; 4]> = self.func.results(inst).collect();
        let memory_outputs = asm.outputs.iter().filter(|o| o.is_memory).count();
        let inputs = values.get(memory_outputs..).unwrap_or(&[]);
        let constraints =
            rules.asm_constraints(self, asm, inputs).map_err(|error| error.at(self.func.loc(inst)))?;
        let (outputs, input_constraints) = constraints.split_at(asm.outputs.len());
        let tied_input = |output: usize| {
            input_constraints.iter().position(|c| c.place == Place::SameAs(output)).map(|i| inputs[i])
        };
        let has_early = outputs.iter().any(|c| c.early);
        let (mut next_result, mut next_address) = (0, 0);
        for (i, (operand, constraint)) in asm.outputs.iter().zip(outputs).enumerate() {
            let index = statement.operands.len() as u16;
            if operand.is_memory {
                let mem = match constraint.place {
                    Place::Pointed => MachMem::base(self.reg(values[next_address]), 0),
                    _ => self.mem_at(values[next_address], 0),
                };
                next_address += 1;
                self.keep_address(statement, &mem);
                let mem = self.mem_operand(mem);
                self.asm_operand(statement, index, mem, 0);
                continue;
            }
            let result = results[next_result];
            next_result += 1;
            match constraint.place {
                Place::Condition(code) => {
                    statement.conditions.push((code, result));
                    self.asm_operand(statement, index, MachOperand::Imm(0), code);
                }
                Place::X87(n) => {
                    if let Some(value) = tied_input(i) {
                        self.push_x87_input(statement, value);
                    }
                    statement.pops.push((n, result));
                    self.asm_operand(statement, index, MachOperand::Imm(i64::from(n)), 1);
                }
                place => {
                    let to = self.reg(result);
                    let view = rules.asm_view(operand.ty);
                    let tied = tied_input(i).map(|value| self.reg(value));
                    let op = match (place, tied) {
                        (Place::Fixed(register), tied) => {
                            if let Some(from) = tied {
                                // The use comes after all encoded operands; it has no number.
                                statement.keep.retain(|reg| *reg != from);
                                statement.placement.codes.push(0);
                                statement.placement.operands.push(index);
                                statement.operands.push(MachOperand::FixedDef(to.into(), register));
                                statement.operands.push(MachOperand::FixedUse(from.into(), register));
                                continue;
                            }
                            MachOperand::FixedDef(to.into(), register)
                        }
                        (_, Some(from)) => MachOperand::Tied { to: to.into(), from: from.into(), view },
                        (_, None) if constraint.early => MachOperand::EarlyDef(to.into(), view),
                        (_, None) => MachOperand::Def(to.into(), view),
                    };
                    self.asm_operand(statement, index, op, 0);
                }
            }
        }
        let careful = has_early || statement.clobbers.0 != 0;
        for (i, (operand, constraint)) in asm.inputs.iter().zip(input_constraints).enumerate() {
            self.asm_input(statement, operand, constraint, inputs[i], careful)?;
        }
        Ok(())
    }

    fn asm_operand(&mut self, statement: &mut Statement, index: u16, operand: MachOperand, code: u8) {
        statement.operands.push(operand);
        statement.placement.operands.push(index);
        statement.placement.codes.push(code);
    }

    fn keep_address(&mut self, statement: &mut Statement, mem: &MachMem) {
        for reg in [mem.base_reg(), mem.index_reg()].into_iter().flatten() {
            if let Some(reg) = reg.as_virt() {
                statement.keep.push(reg);
            }
        }
    }

    fn asm_input(
        &mut self,
        statement: &mut Statement,
        operand: &AsmOperand,
        constraint: &Constraint,
        value: Value,
        careful: bool,
    ) -> Result<(), CodegenError> {
        let rules = self.rules;
        let index = statement.operands.len() as u16;
        match constraint.place {
            Place::SameAs(output) => {
                let place = statement.placement.operands.get(output).copied().unwrap_or(0);
                let code = statement.placement.codes.get(output).copied().unwrap_or(0);
                statement.placement.operands.push(place);
                statement.placement.codes.push(code);
            }
            Place::Memory | Place::Pointed => {
                let mem = if operand.is_memory && constraint.place == Place::Pointed {
                    MachMem::base(self.reg(value), 0)
                } else if operand.is_memory {
                    self.mem_at(value, 0)
                } else {
                    let ty = self.func.ty(value);
                    let size = u64::from(ty.bytes(&self.target.layout));
                    let slot = self.slot(SlotKind::Permanent, size.max(8), 16);
                    let reg = self.reg(value);
                    rules.store(self, ty, reg, MachMem::slot(slot, 0));
                    MachMem::slot(slot, 0)
                };
                self.keep_address(statement, &mem);
                let mem = self.mem_operand(mem);
                self.asm_operand(statement, index, mem, 0);
            }
            Place::Immediate => {
                let operand = self.asm_immediate(value)?;
                self.asm_operand(statement, index, operand, 0);
            }
            Place::X87(n) => {
                self.push_x87_input(statement, value);
                self.asm_operand(statement, index, MachOperand::Imm(i64::from(n)), 1);
            }
            Place::Fixed(register) => {
                let reg = self.reg(value);
                self.asm_operand(statement, index, MachOperand::FixedUse(reg.into(), register), 0);
            }
            Place::Register | Place::Condition(_) => {
                let reg = self.reg(value);
                let view = rules.asm_view(operand.ty);
                let operand = if careful {
                    MachOperand::LateUse(reg.into(), view)
                } else {
                    MachOperand::Use(reg.into(), view)
                };
                self.asm_operand(statement, index, operand, 0);
            }
        }
        Ok(())
    }

    fn asm_immediate(&mut self, value: Value) -> Result<MachOperand, CodegenError> {
        if let Some(constant) = self.func.int_constant(value) {
            return Ok(MachOperand::Imm(constant));
        }
        let address = self.address(value, 0);
        if let Some(inst) = self.func.def_inst(value) {
            let data = *self.func.inst(inst);
            if data.opcode() == Opcode::Addr {
                let symbol = self.symbol_ref(MachSymbol::Ir(data.symbol()), data.imm(), Modifier::NONE);
                return Ok(MachOperand::Symbol(symbol));
            }
            if data.opcode() == Opcode::BlockAddr {
                return Ok(MachOperand::Block(self.block_of(data.block())));
            }
        }
        if let (super::AddressBase::Symbol(symbol), None) = (address.base, address.index) {
            let symbol = self.symbol_ref(MachSymbol::Ir(symbol), address.offset, Modifier::NONE);
            return Ok(MachOperand::Symbol(symbol));
        }
        Err(CodegenError::unsupported("an asm operand that must be a constant but is not"))
    }

    fn push_x87_input(&mut self, statement: &mut Statement, value: Value) {
        let ty = self.func.ty(value);
        let mem = if self.lives_in_memory(ty) {
            let slot: SlotId = self.memory_operand(value);
            MachMem::slot(slot, 0)
        } else {
            let slot = self.slot(SlotKind::Temporary, 8, 8);
            let reg = self.reg(value);
            let rules = self.rules;
            rules.store(self, ty, reg, MachMem::slot(slot, 0));
            MachMem::slot(slot, 0)
        };
        statement.pushes.push((mem, ty));
    }

    fn finish_asm(&mut self, statement: Statement) {
        let rules = self.rules;
        // The first x87 operand is on top: pushed last.
        for (mem, ty) in statement.pushes.iter().rev() {
            rules.x87_load(self, *mem, *ty);
        }
        self.out.func.asms.push(statement.placement);
        let mut clobbers = statement.clobbers;
        for operand in &statement.operands {
            if let MachOperand::FixedDef(_, register) = operand {
                clobbers.0 &= !(1 << register.0);
            }
        }
        self.out.func.needs.no_red_zone = true;
        self.out.op_with(pseudo::INLINE_ASM, &statement.operands, clobbers, InstFlags::KEEP);
        let mut pops = statement.pops;
        pops.sort_by_key(|(n, _)| *n);
        for (_, value) in pops {
            rules.x87_pop(self, value);
        }
        for (code, value) in statement.conditions {
            let to = self.reg(value);
            rules.set_condition(self, code, self.func.ty(value), to);
        }
    }
}

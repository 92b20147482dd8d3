//! Inline assembly statements.

use super::Val;
use super::function::{FunctionLowering, size_of};
use super::place::Place;
use crate::ast::{AsmOperand as COperand, AsmStmt, ExprId, ExprKind, StringId};
use crate::types::QualType;
use lathe_ir::inline_asm::{AsmData, AsmOperand};
use lathe_ir::{Block, Type, Value};
use lathe_target::Arch;

/// Whether a constraint (without modifiers) accepts memory only.
fn memory_only(constraint: &str, arch: Arch) -> bool {
    let letters = constraint.trim_start_matches(['=', '+', '&', '%']);
    let is_memory = |c| match c {
        'm' | 'o' | 'V' | '<' | '>' | ',' => true,
        // An address in a register on AArch64, a register with a high byte on x86.
        'Q' => arch == Arch::AArch64,
        // An address in a register on RISC-V, a pair of registers on x86.
        'A' => arch == Arch::RiscV64,
        _ => false,
    };
    !letters.is_empty() && letters.chars().all(is_memory)
}

/// Outputs that live in registers, with the places to store them to.
struct Outputs {
    places: Vec<(Place, Type)>,
}

impl FunctionLowering<'_> {
    fn asm_text(&self, id: StringId) -> String {
        String::from_utf8_lossy(self.unit.text(id)).into_owned()
    }

    /// An asm statement.
    pub(super) fn asm_statement(&mut self, index: u32) {
        let body = self.body;
        let stmt = &body.asms[index as usize];
        self.loc = stmt.loc;
        let template = self.asm_text(stmt.template);
        let mut data = AsmData {
            // In basic asm `%` is no escape.
            template: if stmt.basic { template.replace('%', "%%") } else { template },
            clobbers: stmt.clobbers.iter().map(|c| self.asm_text(*c)).collect(),
            labels: stmt
                .labels
                .iter()
                .map(|l| self.names.text(body.labels[l.0 as usize].name).into_owned())
                .collect(),
            is_volatile: stmt.volatile || stmt.basic || !stmt.labels.is_empty(),
            ..AsmData::default()
        };
        let mut addresses: Vec<Value> = Vec::new();
        let mut outputs = Outputs { places: Vec::new() };
        let mut tied: Vec<(usize, Place)> = Vec::new();
        for (number, operand) in stmt.outputs.iter().enumerate() {
            self.asm_output(operand, number, &mut data, &mut addresses, &mut outputs, &mut tied);
        }
        let mut values: Vec<Value> = Vec::new();
        for operand in &stmt.inputs {
            self.asm_input(operand, &mut data, &mut values);
        }
        for (number, place) in tied {
            let value = self.asm_value_of(&place);
            data.inputs.push(AsmOperand {
                constraint: number.to_string(),
                name: None,
                ty: self.func.ty(value),
                is_memory: false,
                memory_bytes: 0,
                register: data.outputs[number].register.clone(),
            });
            values.push(value);
        }
        addresses.extend(values);
        self.emit_asm(stmt, data, &addresses, &outputs);
    }

    fn emit_asm(&mut self, stmt: &AsmStmt, data: AsmData, args: &[Value], outputs: &Outputs) {
        if stmt.labels.is_empty() {
            let inst = self.b().asm(data, args);
            let results: Vec<Value> = self.func.results(inst).collect();
            self.store_outputs(&results, outputs);
            return;
        }
        let next = self.later_block();
        let mut targets: Vec<Block> = vec![next];
        let mut landings: Vec<(Block, Block)> = Vec::new();
        for label in &stmt.labels {
            let target = self.label_block(*label);
            if outputs.places.is_empty() {
                targets.push(target);
            } else {
                // Outputs are stored on the way to the label as well.
                let landing = self.later_block();
                landings.push((landing, target));
                targets.push(landing);
            }
        }
        let inst = self.b().asm_goto(data, args, &targets);
        let results: Vec<Value> = self.func.results(inst).collect();
        for (landing, target) in landings {
            self.enter(landing);
            self.store_outputs(&results, outputs);
            self.jump_to(target);
        }
        self.enter(next);
        self.store_outputs(&results, outputs);
    }

    fn store_outputs(&mut self, results: &[Value], outputs: &Outputs) {
        for (value, (place, ty)) in results.iter().zip(&outputs.places) {
            if self.is_memory_type(place.ty) {
                let address = self.address(place);
                let flags = place.flags();
                self.b().store(*value, address, 0, flags);
                continue;
            }
            debug_assert_eq!(self.func.ty(*value), *ty);
            self.store(place, Val::One(*value));
        }
    }

    fn asm_output(
        &mut self,
        operand: &COperand,
        number: usize,
        data: &mut AsmData,
        addresses: &mut Vec<Value>,
        outputs: &mut Outputs,
        tied: &mut Vec<(usize, Place)>,
    ) {
        let constraint = self.asm_text(operand.constraint);
        let place = self.place(operand.expr);
        let register = self.register_of(operand.expr);
        let name = operand.name.map(|n| self.names.text(n).into_owned());
        let ty = self.asm_type(place.ty);
        let in_memory = memory_only(&constraint, self.state.module.target.triple.arch) || ty.is_none();
        let ty = ty.unwrap_or(Type::I8);
        let memory_bytes = self.fixed_size(place.ty);
        if in_memory {
            addresses.push(self.address(&place));
        } else {
            if constraint.starts_with('+') {
                tied.push((number, place));
            }
            outputs.places.push((place, ty));
        }
        let constraint = match in_memory {
            true => constraint,
            false => constraint.replacen('+', "=", 1),
        };
        data.outputs.push(AsmOperand { constraint, name, ty, is_memory: in_memory, memory_bytes, register });
    }

    fn asm_input(&mut self, operand: &COperand, data: &mut AsmData, values: &mut Vec<Value>) {
        let constraint = self.asm_text(operand.constraint);
        let name = operand.name.map(|n| self.names.text(n).into_owned());
        let ty = self.body.expr(operand.expr).ty;
        let in_memory =
            memory_only(&constraint, self.state.module.target.triple.arch) || (self.asm_type(ty).is_none());
        let (value, ir, register) = if in_memory {
            let place = self.place(operand.expr);
            let scalar = self.asm_type(ty).unwrap_or(Type::I8);
            (self.address(&place), scalar, None)
        } else {
            let register = self.register_of(operand.expr);
            let value = match self.value(operand.expr) {
                Val::One(value) => value,
                Val::Memory(address) => {
                    let ir = self.asm_type(ty).unwrap_or(Type::I64);
                    let flags = self.plain_flags(ty);
                    self.b().load(ir, address, 0, flags)
                }
                _ => {
                    self.unsupported("an asm operand of this type");
                    self.b().undef(Type::I32)
                }
            };
            (value, self.func.ty(value), register)
        };
        data.inputs.push(AsmOperand {
            constraint,
            name,
            ty: ir,
            is_memory: in_memory,
            memory_bytes: size_of(self.unit, ty),
            register,
        });
        values.push(value);
    }

    /// The IR type of an operand in a register; small records go as integers.
    fn asm_type(&self, ty: QualType) -> Option<Type> {
        match self.scalar_type(ty) {
            Some(ty) => Some(ty),
            None if self.is_memory_type(ty) => Self::int_of_bytes(self.fixed_size(ty)),
            None => None,
        }
    }

    fn asm_value_of(&mut self, place: &Place) -> Value {
        if self.is_memory_type(place.ty) {
            let ty = self.asm_type(place.ty).unwrap_or(Type::I64);
            let address = self.address(place);
            let flags = place.flags();
            return self.b().load(ty, address, 0, flags);
        }
        self.load_scalar(place)
    }

    /// The register of a `register … asm("…")` variable.
    fn register_of(&self, id: ExprId) -> Option<String> {
        let mut id = id;
        loop {
            match self.body.expr(id).kind {
                ExprKind::Load(inner) | ExprKind::Cast(_, inner) => id = inner,
                ExprKind::Local(local) => {
                    let name = self.body.local(local).register_name?;
                    return Some(self.asm_text(name));
                }
                _ => return None,
            }
        }
    }
}

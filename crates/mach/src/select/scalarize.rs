//! Vector operations that the target has no instruction for become one scalar operation per lane,
//! through stack slots.
//!
//! In: a function with vectors. Out: the same with only vector operations for which
//! [`Rules::has_vector`] says yes.

use super::rules::Rules;
use lathe_diag::Loc;
use lathe_ir::opcode::Format;
use lathe_ir::{Function, Inst, InstData, IntCond, MemFlags, Opcode, StackSlot, StackSlotData, Type, Value};
use lathe_target::Target;

/// Whether an instruction computes on vectors.
pub fn is_vector_operation(func: &Function, inst: Inst) -> bool {
    let data = func.inst(inst);
    data.ty().is_vector()
        || matches!(data.opcode().format(), Format::Convert)
            && data.inline_args().first().is_some_and(|value| func.ty(*value).is_vector())
}

/// Replaces all that the target lacks.
pub fn scalarize(func: &mut Function, target: &Target, rules: &dyn Rules) {
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let old = std::mem::take(&mut func.blocks[block].insts);
        let mut work = Scalarizer { func, target, out: Vec::with_capacity(old.len()), loc: Loc::NONE };
        for inst in old {
            let lacks = is_vector_operation(work.func, inst) && !rules.has_vector(target, work.func, inst);
            if !lacks || !work.replace(inst) {
                work.out.push(inst);
            }
        }
        let out = work.out;
        func.blocks[block].insts = out;
    }
}

struct Scalarizer<'f> {
    func: &'f mut Function,
    target: &'f Target,
    out: Vec<Inst>,
    loc: Loc,
}

impl Scalarizer<'_> {
    fn value(&mut self, data: InstData) -> Value {
        let inst = self.func.create_inst(data, self.loc);
        self.out.push(inst);
        self.func.result(inst).expect("the instruction has a result")
    }

    fn store(&mut self, ty: Type, value: Value, address: Value, offset: u32) {
        let data = InstData::store(ty, value, address, offset as i32, MemFlags::NONE);
        let inst = self.func.create_inst(data, self.loc);
        self.out.push(inst);
    }

    fn bytes(&self, ty: Type) -> u32 {
        ty.bytes(&self.target.layout)
    }

    fn slot(&mut self, ty: Type) -> StackSlot {
        let layout = ty.layout(&self.target.layout);
        let data = StackSlotData { size: u64::from(layout.size), align: layout.align.min(16), name: None };
        self.func.slots.push(data)
    }

    /// The address of a slot that holds a vector.
    fn spilled(&mut self, value: Value) -> Value {
        let ty = self.func.ty(value);
        let slot = self.slot(ty);
        let address = self.value(InstData::slot_addr(slot, 0));
        self.store(ty, value, address, 0);
        address
    }

    /// Lane by lane, when the instruction is one that works on lanes.
    fn replace(&mut self, inst: Inst) -> bool {
        let data = *self.func.inst(inst);
        let Some(result) = self.func.result(inst) else { return false };
        let result_ty = self.func.ty(result);
        let works = matches!(
            data.opcode().format(),
            Format::Unary
                | Format::Convert
                | Format::Binary
                | Format::Ternary
                | Format::Select
                | Format::IntCompare
                | Format::FloatCompare
        ) && result_ty.is_vector()
            && !matches!(data.opcode(), Opcode::Bitcast | Opcode::Splat | Opcode::LaneMask);
        if !works {
            return false;
        }
        self.loc = self.func.loc(inst);
        let args: Vec<Value> = data.inline_args().to_vec();
        let places: Vec<(Value, Type)> = args
            .iter()
            .map(|value| {
                let ty = self.func.ty(*value);
                if ty.is_vector() { (self.spilled(*value), ty) } else { (*value, ty) }
            })
            .collect();
        let slot = self.slot(result_ty);
        let to = self.value(InstData::slot_addr(slot, 0));
        let result_lane = self.bytes(result_ty.lane());
        for lane in 0..result_ty.lanes() {
            let operands: Vec<Value> = places
                .iter()
                .map(|(place, ty)| {
                    if !ty.is_vector() {
                        return *place;
                    }
                    let offset = (lane * self.bytes(ty.lane())) as i32;
                    self.value(InstData::load(Opcode::Load, ty.lane(), *place, offset, MemFlags::NONE))
                })
                .collect();
            let scalar = self.lane(&data, result_ty.lane(), &operands);
            self.store(result_ty.lane(), scalar, to, lane * result_lane);
        }
        let load = InstData::load(Opcode::Load, result_ty, to, 0, MemFlags::NONE);
        self.func.replace_inst(inst, load);
        self.out.push(inst);
        true
    }

    fn lane(&mut self, data: &InstData, result_lane: Type, operands: &[Value]) -> Value {
        let lane = data.ty().lane();
        let promises = data.aux();
        match data.opcode().format() {
            Format::Binary => {
                self.value(InstData::binary(data.opcode(), lane, promises, operands[0], operands[1]))
            }
            Format::Ternary => {
                let operands = [operands[0], operands[1], operands[2]];
                self.value(InstData::ternary(data.opcode(), lane, promises, operands))
            }
            Format::Select => {
                let cond = operands[0];
                let cond_ty = self.func.ty(cond);
                let cond = if cond_ty == Type::I8 {
                    cond
                } else {
                    self.value(InstData::icmp_imm(cond_ty, IntCond::Ne, cond, 0))
                };
                self.value(InstData::ternary(Opcode::Select, lane, 0, [cond, operands[1], operands[2]]))
            }
            Format::IntCompare | Format::FloatCompare => {
                let compare = if data.opcode() == Opcode::Icmp {
                    InstData::icmp(lane, data.int_cond(), operands[0], operands[1])
                } else {
                    InstData::fcmp(lane, data.float_cond(), operands[0], operands[1])
                };
                let bit = self.value(compare);
                let wide = if result_lane == Type::I8 {
                    bit
                } else {
                    self.value(InstData::unary(Opcode::Zext, result_lane, bit))
                };
                self.value(InstData::unary(Opcode::Ineg, result_lane, wide))
            }
            _ => self.value(InstData::unary(data.opcode(), lane, operands[0])),
        }
    }
}

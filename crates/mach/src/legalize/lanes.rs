//! Vectors whose lanes no vector register has (`i128`, `f80`, `f128`).
//!
//! They become vectors of `i64` of the same bytes, which the target moves like any vector that is
//! wider than its registers. Single lanes go through a stack slot. What computes on all lanes has
//! become scalar operations on slots before ([`crate::select::expand`]).

use crate::error::CodegenError;
use lathe_diag::Loc;
use lathe_ir::{Function, Inst, InstData, MemFlags, Module, Opcode, StackSlotData, Type, Value};
use lathe_target::DataLayout;
use smallvec::SmallVec;

/// Replaces the types, and all operations that look into such vectors.
pub(super) fn lower(func: &mut Function, module: &Module) -> Result<(), CodegenError> {
    let layout = &module.target.layout;
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let old = std::mem::take(&mut func.blocks[block].insts);
        let out = Vec::with_capacity(old.len());
        let mut work = Lanes { func, layout, out, loc: Loc::NONE };
        for inst in old {
            work.instruction(inst)?;
        }
        let out = work.out;
        func.blocks[block].insts = out;
    }
    func.resolve_aliases();
    for index in 0..func.value_count() {
        let value = Value(index as u32);
        let ty = func.ty(value);
        if is_odd(ty) {
            let storage = storage_of(ty, layout).ok_or_else(|| too_large(ty).at(func.loc))?;
            func.set_ty(value, storage);
        }
    }
    Ok(())
}

fn is_odd(ty: Type) -> bool {
    ty.is_vector() && matches!(ty.lane(), Type::I128 | Type::F80 | Type::F128)
}

/// The vector of `i64` with the same bytes.
fn storage_of(ty: Type, layout: &DataLayout) -> Option<Type> {
    Type::I64.vector(ty.bytes(layout) / 8)
}

fn too_large(ty: Type) -> CodegenError {
    CodegenError::unsupported(format!("vector type {ty}"))
}

struct Lanes<'f> {
    func: &'f mut Function,
    layout: &'f DataLayout,
    out: Vec<Inst>,
    loc: Loc,
}

impl Lanes<'_> {
    fn value(&mut self, data: InstData) -> Value {
        let inst = self.func.create_inst(data, self.loc);
        self.out.push(inst);
        self.func.result(inst).expect("the instruction has a result")
    }

    fn store(&mut self, ty: Type, value: Value, address: Value, offset: u32) {
        let data = InstData::store(ty, value, address, offset as i32, MemFlags::aligned(8));
        let inst = self.func.create_inst(data, self.loc);
        self.out.push(inst);
    }

    fn instruction(&mut self, inst: Inst) -> Result<(), CodegenError> {
        let data = *self.func.inst(inst);
        let ty = data.ty();
        if !is_odd(ty) {
            // Moves of whole values, and casts to other types, take any type.
            self.out.push(inst);
            return Ok(());
        }
        self.loc = self.func.loc(inst);
        let storage = storage_of(ty, self.layout).ok_or_else(|| too_large(ty).at(self.loc))?;
        match data.opcode() {
            Opcode::Load | Opcode::Store | Opcode::Undef | Opcode::Bitcast | Opcode::Select => {
                self.func.replace_inst(inst, data.with_ty(storage));
                self.out.push(inst);
            }
            Opcode::Const => {
                let bytes = self.padded(ty, &data);
                let constant = self.func.constants.push(bytes.into());
                self.func.replace_inst(inst, InstData::pool_const(storage, constant));
                self.out.push(inst);
            }
            Opcode::Shuffle => {
                let parts = self.lane_bytes(ty) / 8;
                let mut mask = Vec::new();
                for lane in &self.func.constants[data.constant()] {
                    let part = |n: u32| if *lane == 255 { 255 } else { (u32::from(*lane) * parts + n) as u8 };
                    mask.extend((0..parts).map(part));
                }
                let mask = self.func.constants.push(mask.into());
                let [a, b] = [data.inline_args()[0], data.inline_args()[1]];
                self.func.replace_inst(inst, InstData::shuffle(storage, a, b, mask));
                self.out.push(inst);
            }
            Opcode::Splat
            | Opcode::ExtractLane
            | Opcode::InsertLane
            | Opcode::ExtractLaneDynamic
            | Opcode::InsertLaneDynamic => self.single_lane(inst, &data, storage),
            opcode => {
                return Err(CodegenError::unsupported(format!("{opcode} of {ty}")).at(self.loc));
            }
        }
        Ok(())
    }

    fn lane_bytes(&self, ty: Type) -> u32 {
        ty.lane().bytes(self.layout)
    }

    /// A constant's bytes with each lane at its place in memory: an `f80` has 10 bytes of 16.
    fn padded(&self, ty: Type, data: &InstData) -> Vec<u8> {
        let bytes = &self.func.constants[data.constant()];
        let (given, stride) = ((ty.lane_bits(64) / 8) as usize, self.lane_bytes(ty) as usize);
        let mut out = vec![0; stride * ty.lanes() as usize];
        for (to, from) in out.chunks_mut(stride).zip(bytes.chunks(given)) {
            to[..from.len()].copy_from_slice(from);
        }
        out
    }

    fn single_lane(&mut self, inst: Inst, data: &InstData, storage: Type) {
        let (ty, lane) = (data.ty(), data.ty().lane());
        let stride = self.lane_bytes(ty);
        let slot = StackSlotData { size: u64::from(ty.bytes(self.layout)), align: 16, name: None };
        let slot = self.func.slots.push(slot);
        let address = self.value(InstData::slot_addr(slot, 0));
        let args: SmallVec<[Value; 3]> = SmallVec::from_slice(data.inline_args());
        if data.opcode() != Opcode::Splat {
            self.store(storage, args[0], address, 0);
        }
        let (place, offset) = match data.opcode() {
            Opcode::ExtractLane | Opcode::InsertLane => (address, data.lane() * stride),
            Opcode::ExtractLaneDynamic => (self.lane_address(address, args[1], ty, stride), 0),
            Opcode::InsertLaneDynamic => (self.lane_address(address, args[2], ty, stride), 0),
            _ => (address, 0),
        };
        let flags = MemFlags::aligned(8);
        match data.opcode() {
            Opcode::ExtractLane | Opcode::ExtractLaneDynamic => {
                let load = InstData::load(Opcode::Load, lane, place, offset as i32, flags);
                self.func.replace_inst(inst, load);
                self.out.push(inst);
                return;
            }
            Opcode::Splat => {
                for number in 0..ty.lanes() {
                    self.store(lane, args[0], address, number * stride);
                }
            }
            _ => self.store(lane, args[1], place, offset),
        }
        self.func.replace_inst(inst, InstData::load(Opcode::Load, storage, address, 0, flags));
        self.out.push(inst);
    }

    fn lane_address(&mut self, address: Value, number: Value, vector: Type, stride: u32) -> Value {
        let last = i64::from(vector.lanes() - 1);
        let number = self.value(InstData::binary_imm(Opcode::IandImm, Type::I32, 0, number, last));
        let shift = i64::from(stride.trailing_zeros());
        let mut offset = self.value(InstData::binary_imm(Opcode::ShlImm, Type::I32, 0, number, shift));
        if self.layout.pointer.size == 8 {
            offset = self.value(InstData::unary(Opcode::Zext, Type::I64, offset));
        }
        self.value(InstData::binary(Opcode::PtrAdd, Type::NONE, 0, address, offset))
    }
}

//! Vectors whose lanes no vector register has (`i128`, `f80`, `f128`), and all vectors of targets without vector
//! registers.
//!
//! They become vectors of `i64` of the same bytes, which the target moves like any vector that is
//! wider than its registers; without vector registers, those of up to 16 bytes become integers. Single lanes go through a
//! stack slot. What computes on all lanes has become scalar operations on slots before ([`crate::select::expand`]).

use super::retype;
use super::rules::LegalizeRules;
use crate::error::CodegenError;
use lathe_diag::Loc;
use lathe_ir::{Function, Inst, InstData, MemFlags, Module, Opcode, StackSlotData, Type, Value};
use lathe_target::DataLayout;
use smallvec::SmallVec;

/// Replaces the types, and all operations that look into such vectors.
pub(super) fn lower(func: &mut Function, module: &Module, rules: &LegalizeRules) -> Result<(), CodegenError> {
    let layout = &module.target.layout;
    let all = !rules.has_vectors;
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let old = std::mem::take(&mut func.blocks[block].insts);
        let out = Vec::with_capacity(old.len());
        let mut work = Lanes { func, layout, all, out, loc: Loc::NONE };
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
        if is_odd(ty, all) {
            let storage = storage_of(ty, layout, all).ok_or_else(|| too_large(ty).at(func.loc))?;
            func.set_ty(value, storage);
        }
    }
    if all {
        let change = |ty: Type| match storage_of(ty, layout, true) {
            Some(storage) if ty.is_vector() => storage,
            _ => ty,
        };
        retype::signatures(func, &change);
    }
    Ok(())
}

fn is_odd(ty: Type, all: bool) -> bool {
    ty.is_vector() && (all || matches!(ty.lane(), Type::I128 | Type::F80 | Type::F128))
}

/// The vector of `i64` with the same bytes, or the integer.
fn storage_of(ty: Type, layout: &DataLayout, all: bool) -> Option<Type> {
    match ty.bytes(layout) {
        1 if all => Some(Type::I8),
        2 if all => Some(Type::I16),
        4 if all => Some(Type::I32),
        8 if all => Some(Type::I64),
        16 if all => Some(Type::I128),
        bytes => Type::I64.vector(bytes / 8),
    }
}

fn too_large(ty: Type) -> CodegenError {
    CodegenError::unsupported(format!("vector type {ty}"))
}

struct Lanes<'f> {
    func: &'f mut Function,
    layout: &'f DataLayout,
    /// There are no vector registers.
    all: bool,
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
        if !is_odd(ty, self.all) {
            // Moves of whole values, and casts to other types, take any type.
            self.out.push(inst);
            return Ok(());
        }
        self.loc = self.func.loc(inst);
        let storage = storage_of(ty, self.layout, self.all).ok_or_else(|| too_large(ty).at(self.loc))?;
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
            Opcode::Shuffle if self.all => self.shuffle(inst, &data, storage),
            Opcode::LaneMask => self.lane_mask(inst, &data),
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

    /// The address of a slot that holds a vector.
    fn in_slot(&mut self, ty: Type, value: Option<Value>) -> Value {
        let slot = StackSlotData { size: u64::from(ty.bytes(self.layout)), align: 16, name: None };
        let slot = self.func.slots.push(slot);
        let address = self.value(InstData::slot_addr(slot, 0));
        if let (Some(value), Some(storage)) = (value, storage_of(ty, self.layout, self.all)) {
            self.store(storage, value, address, 0);
        }
        address
    }

    /// Lane by lane through slots.
    fn shuffle(&mut self, inst: Inst, data: &InstData, storage: Type) {
        let (ty, lane) = (data.ty(), data.ty().lane());
        let stride = self.lane_bytes(ty);
        let mask: SmallVec<[u8; 16]> = SmallVec::from_slice(&self.func.constants[data.constant()]);
        let [a, b] = [data.inline_args()[0], data.inline_args()[1]];
        let sources = [self.in_slot(ty, Some(a)), self.in_slot(ty, Some(b))];
        let to = self.in_slot(ty, None);
        let lanes = ty.lanes();
        let flags = MemFlags::aligned(stride.min(8));
        for (number, pick) in mask.iter().enumerate().filter(|(_, pick)| **pick != 255) {
            let pick = u32::from(*pick);
            let (from, pick) = if pick < lanes { (sources[0], pick) } else { (sources[1], pick - lanes) };
            let load = InstData::load(Opcode::Load, lane, from, (pick * stride) as i32, flags);
            let value = self.value(load);
            self.store(lane, value, to, number as u32 * stride);
        }
        self.func.replace_inst(inst, InstData::load(Opcode::Load, storage, to, 0, MemFlags::aligned(8)));
        self.out.push(inst);
    }

    /// The top bits of the lanes, collected one by one.
    fn lane_mask(&mut self, inst: Inst, data: &InstData) {
        let ty = data.ty();
        let stride = self.lane_bytes(ty);
        let from = self.in_slot(ty, Some(data.inline_args()[0]));
        let mut all = self.value(InstData::iconst(Type::I32, 0));
        for number in 0..ty.lanes() {
            let last = (number * stride + stride - 1) as i32;
            let load = InstData::load(Opcode::Load, Type::I8, from, last, MemFlags::aligned(1));
            let byte = self.value(load);
            let bit = self.value(InstData::binary_imm(Opcode::LshrImm, Type::I8, 0, byte, 7));
            let bit = self.value(InstData::unary(Opcode::Zext, Type::I32, bit));
            let place = i64::from(number.min(31));
            let bit = self.value(InstData::binary_imm(Opcode::ShlImm, Type::I32, 0, bit, place));
            all = self.value(InstData::binary(Opcode::Ior, Type::I32, 0, all, bit));
        }
        if let Some(result) = self.func.result(inst) {
            self.func.replace_value(result, all);
        }
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

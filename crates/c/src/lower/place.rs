//! Places: where an lvalue is, and how it is read and written.
//!
//! Volatile and atomic qualifiers act here: a place is read or written with exactly one memory
//! access of its size (bit-fields: of their access unit), flagged volatile or sequentially
//! consistent.

use super::Val;
use super::function::{FunctionLowering, align_of, size_of};
use super::types::part_type;
use crate::ast::{ExprId, ExprKind};
use crate::types::{BitFieldAccess, QualType, Quals, TypeKind};
use lathe_ir::{LibCall, MemFlags, Opcode, Ordering, Signature, StackSlot, Symbol, Type, Value};

/// The part of a place that is not a constant offset.
#[derive(Clone, Copy, Debug)]
pub(super) enum Base {
    Slot(StackSlot),
    Symbol(Symbol),
    Value(Value),
}

/// An lvalue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) base: Base,
    pub(super) offset: i64,
    /// Type with qualifiers.
    pub(super) ty: QualType,
    /// Known alignment of the address, in bytes.
    pub(super) align: u32,
    /// Set for a bit-field; its `offset` is already part of the place's.
    pub(super) bits: Option<BitFieldAccess>,
}

impl Place {
    /// The start of a slot.
    pub(super) fn slot(slot: StackSlot, ty: QualType, align: u32) -> Place {
        Place { base: Base::Slot(slot), offset: 0, ty, align: align.max(1), bits: None }
    }

    /// The memory behind an address.
    pub(super) fn at(address: Value, ty: QualType, align: u32) -> Place {
        Place { base: Base::Value(address), offset: 0, ty, align: align.max(1), bits: None }
    }

    /// A part of this place.
    pub(super) fn part(self, offset: u64, ty: QualType) -> Place {
        let quals = self.ty.quals().without(Quals::RESTRICT);
        let ty = QualType::new(ty.id(), ty.quals().with(quals));
        let align = if offset == 0 { self.align } else { self.align.min(lowest_bit(offset)) };
        Place { offset: self.offset + offset as i64, ty, align, bits: None, ..self }
    }

    /// Memory flags of an access.
    pub(super) fn flags(&self) -> MemFlags {
        let flags = MemFlags::aligned(self.align);
        let flags = if self.ty.is_volatile() { flags.volatile() } else { flags };
        if self.ty.is_atomic() { flags.with_ordering(Ordering::SeqCst) } else { flags }
    }
}

fn lowest_bit(offset: u64) -> u32 {
    1 << offset.trailing_zeros().min(16)
}

impl FunctionLowering<'_> {
    /// The place of an lvalue expression (or of a record value that stays in memory).
    pub(super) fn place(&mut self, id: ExprId) -> Place {
        let expr = *self.body.expr(id);
        match expr.kind {
            ExprKind::Local(local) => self.local_place(local),
            ExprKind::Global(decl) => {
                let symbol = self.state.decl_symbol(self.unit, self.names, decl);
                self.state.refer(symbol);
                let d = self.unit.decl(decl);
                let align = align_of(self.unit, d.ty).max(d.align);
                Place { base: Base::Symbol(symbol), offset: 0, ty: expr.ty, align, bits: None }
            }
            ExprKind::String(string) => {
                let symbol = self.state.string_symbol(self.unit, string);
                self.state.refer(symbol);
                let align = align_of(self.unit, expr.ty);
                Place { base: Base::Symbol(symbol), offset: 0, ty: expr.ty, align, bits: None }
            }
            ExprKind::Deref(pointer) => self.deref(pointer, expr.ty),
            ExprKind::Member { base, field } => self.member(base, field, expr.ty),
            ExprKind::VectorElement { base, index } => {
                let vector = self.place_of_value(base);
                self.lane_place(vector, index, expr.ty)
            }
            ExprKind::ComplexPart(imaginary, base) => {
                let whole = self.place_of_value(base);
                let offset = if imaginary { size_of(self.unit, expr.ty) } else { 0 };
                whole.part(offset, expr.ty)
            }
            ExprKind::CompoundLiteral(local, init) => {
                if let super::function::Storage::Pending = self.locals[local.0 as usize] {
                    self.local_slot(local);
                }
                let place = self.local_place(local);
                self.initialize(place, init);
                place
            }
            ExprKind::VlaBounds(inner, list) => {
                self.evaluate_vla_list(list);
                self.place(inner)
            }
            // A value: its memory, or a temporary that holds it.
            _ => self.spill_value(id),
        }
    }

    /// The place of an lvalue, or of a temporary with a value.
    fn place_of_value(&mut self, id: ExprId) -> Place {
        if self.body.is_lvalue(id) { self.place(id) } else { self.spill_value(id) }
    }

    fn spill_value(&mut self, id: ExprId) -> Place {
        let ty = self.body.expr(id).ty;
        match self.value(id) {
            Val::Memory(address) => Place::at(address, ty, align_of(self.unit, ty)),
            value => {
                let slot = self.temporary_for(ty);
                let place = Place::slot(slot, ty.unqualified(), align_of(self.unit, ty));
                self.store(&place, value);
                place
            }
        }
    }

    /// `*pointer`, folding constant offsets and addresses of objects.
    fn deref(&mut self, pointer: ExprId, ty: QualType) -> Place {
        let align = align_of(self.unit, ty);
        // `*&x` and `array[constant]` need no pointer value.
        match self.body.expr(pointer).kind {
            ExprKind::AddressOf(inner) => {
                let place = self.place(inner);
                return Place { ty, ..place };
            }
            ExprKind::ArrayDecay(array) => {
                let place = self.place(array);
                return Place { ty, ..place };
            }
            ExprKind::Binary(
                op @ (crate::ast::BinaryOp::PtrAdd | crate::ast::BinaryOp::PtrSub),
                base,
                index,
            ) => {
                let pointee = self.unit.types.pointee(self.body.expr(base).ty);
                let constant = self.body.int_constant(index, true);
                if let (Some(pointee), Some(count)) = (pointee, constant)
                    && !self.unit.types.is_variable_length(pointee)
                {
                    let step = size_of(self.unit, pointee) as i64;
                    let step = if op == crate::ast::BinaryOp::PtrSub { -step } else { step };
                    let place = self.deref(base, ty);
                    let moved = step.wrapping_mul(count as i64);
                    let align =
                        if moved == 0 { place.align } else { place.align.min(lowest_bit(moved as u64)) };
                    return Place { offset: place.offset.wrapping_add(moved), align, ty, ..place };
                }
            }
            _ => {}
        }
        let address = self.scalar(pointer);
        Place::at(address, ty, align)
    }

    fn member(&mut self, base: ExprId, field: u32, ty: QualType) -> Place {
        let record_ty = self.body.expr(base).ty;
        let whole = self.place_of_value(base);
        let Some(record) = self.unit.types.record_id(record_ty) else {
            unreachable!("member of something that is no record")
        };
        let data = &self.unit.types.record(record).fields[field as usize];
        if data.bit_width.is_some() {
            let access = self.unit.types.bit_field_access(record, field);
            let part = whole.part(access.offset, ty);
            return Place { bits: Some(access), ty: part.ty, ..part };
        }
        whole.part(data.offset(), ty)
    }

    fn lane_place(&mut self, vector: Place, index: ExprId, ty: QualType) -> Place {
        let size = size_of(self.unit, ty);
        if let Some(lane) = self.body.int_constant(index, true) {
            return vector.part((lane as u64).wrapping_mul(size), ty);
        }
        let index_ty = self.body.expr(index).ty;
        let index = self.scalar(index);
        let index = self.as_word(index, index_ty);
        let base = self.address(&vector);
        let offset = self.b().imul_imm(index, size as i64);
        let address = self.b().ptr_add(base, offset);
        let quals = vector.ty.quals();
        Place::at(address, QualType::new(ty.id(), ty.quals().with(quals)), size as u32)
    }

    /// The address of a place.
    pub(super) fn address(&mut self, place: &Place) -> Value {
        match place.base {
            Base::Slot(slot) => self.b().slot_addr(slot, place.offset),
            Base::Symbol(symbol) => self.b().addr(symbol, place.offset),
            Base::Value(value) => self.b().ptr_add_imm(value, place.offset),
        }
    }

    /// Address and offset for a load or store.
    fn split(&mut self, place: &Place) -> (Value, i32) {
        let Ok(offset) = i32::try_from(place.offset) else { return (self.address(place), 0) };
        let base = match place.base {
            Base::Slot(slot) => self.b().slot_addr(slot, 0),
            Base::Symbol(symbol) => self.b().addr(symbol, 0),
            Base::Value(value) => value,
        };
        (base, offset)
    }

    /// Reads a place.
    pub(super) fn load(&mut self, place: &Place) -> Val {
        let types = &self.unit.types;
        match types.kind(place.ty) {
            TypeKind::Void => Val::None,
            TypeKind::Complex(_) | TypeKind::ComplexInt(_) if !place.ty.is_atomic() => {
                let part = types.complex_part(place.ty).expect("complex");
                let size = size_of(self.unit, part);
                let real = self.load_scalar(&place.part(0, part));
                let imaginary = self.load_scalar(&place.part(size, part));
                Val::Pair(real, imaginary)
            }
            TypeKind::Record(_) | TypeKind::Complex(_) | TypeKind::ComplexInt(_) | TypeKind::Array(..) => {
                self.load_aggregate(place)
            }
            _ => Val::One(self.load_scalar(place)),
        }
    }

    /// A record value. An ordinary one is used in place; a volatile or atomic one is read here.
    fn load_aggregate(&mut self, place: &Place) -> Val {
        if !place.ty.is_volatile() && !place.ty.is_atomic() {
            return Val::Memory(self.address(place));
        }
        let plain = place.ty.unqualified();
        let slot = self.temporary_for(plain);
        let copy = Place::slot(slot, plain, align_of(self.unit, place.ty));
        if place.ty.is_atomic() {
            self.atomic_load_into(place, &copy);
        } else {
            self.copy_bytes(&copy, place);
        }
        self.load(&copy)
    }

    /// Reads a scalar or vector place, or a bit-field.
    pub(super) fn load_scalar(&mut self, place: &Place) -> Value {
        if let Some(access) = place.bits {
            return self.load_bits(place, access);
        }
        let ty = self.scalar_type(place.ty).expect("scalar place");
        if place.ty.is_atomic() && !lock_free(self, ty) {
            let plain = place.ty.unqualified();
            let slot = self.temporary_for(plain);
            let copy = Place::slot(slot, plain, align_of(self.unit, plain));
            self.atomic_load_into(place, &copy);
            return self.load_scalar(&copy);
        }
        let (address, offset) = self.split(place);
        let flags = place.flags();
        self.b().load(ty, address, offset, flags)
    }

    /// Writes a place.
    pub(super) fn store(&mut self, place: &Place, value: Val) {
        match value {
            Val::None => {}
            Val::One(value) => self.store_scalar(place, value),
            Val::Pair(real, imaginary) if !place.ty.is_atomic() => {
                let part = self.unit.types.complex_part(place.ty).expect("complex place");
                let size = size_of(self.unit, part);
                self.store_scalar(&place.part(0, part), real);
                self.store_scalar(&place.part(size, part), imaginary);
            }
            Val::Pair(..) => {
                let plain = place.ty.unqualified();
                let slot = self.temporary_for(plain);
                let copy = Place::slot(slot, plain, align_of(self.unit, plain));
                self.store(&copy, value);
                self.atomic_store_from(place, &copy);
            }
            Val::Memory(address) => {
                let source = Place::at(address, place.ty.unqualified(), align_of(self.unit, place.ty));
                if place.ty.is_atomic() {
                    self.atomic_store_from(place, &source);
                } else {
                    self.copy_bytes(place, &source);
                }
            }
        }
    }

    /// Writes a scalar or vector place, or a bit-field.
    pub(super) fn store_scalar(&mut self, place: &Place, value: Value) {
        if let Some(access) = place.bits {
            return self.store_bits(place, access, value);
        }
        let ty = self.func.ty(value);
        if place.ty.is_atomic() && !lock_free(self, ty) {
            let plain = place.ty.unqualified();
            let slot = self.temporary_for(plain);
            let copy = Place::slot(slot, plain, align_of(self.unit, plain));
            self.store_scalar(&copy, value);
            return self.atomic_store_from(place, &copy);
        }
        let (address, offset) = self.split(place);
        let flags = place.flags();
        self.b().store(value, address, offset, flags);
    }

    /// Copies a record.
    pub(super) fn copy_bytes(&mut self, to: &Place, from: &Place) {
        let size = size_of(self.unit, to.ty);
        if size == 0 {
            return;
        }
        let align = to.align.min(from.align);
        let mut flags = MemFlags::aligned(align);
        if to.ty.is_volatile() || from.ty.is_volatile() {
            flags = flags.volatile();
        }
        let destination = self.address(to);
        let source = self.address(from);
        let word = self.word();
        let length = self.b().iconst(word, size as i64);
        self.b().memcpy(destination, source, length, flags);
    }

    /// The type in which a bit-field's access unit is read: `None` when it takes bytes.
    fn unit_type(access: &BitFieldAccess) -> Option<Type> {
        Type::int(access.size * 8)
    }

    fn load_bits(&mut self, place: &Place, access: BitFieldAccess) -> Value {
        let declared = self.scalar_type(place.ty).expect("bit-fields are integers");
        let (unit, raw, shift) = match Self::unit_type(&access) {
            Some(unit) => {
                let (address, offset) = self.split(place);
                let flags = place.flags();
                (unit, self.b().load(unit, address, offset, flags), access.shift)
            }
            None => {
                let unit = if access.size <= 8 { Type::I64 } else { Type::I128 };
                (unit, self.load_bytes(place, access, unit), 0)
            }
        };
        let bits = unit.lane_bits(64);
        let (up, down) = (bits - shift - access.width, bits - access.width);
        let value = if access.signed {
            let high = if up == 0 { raw } else { self.b().shl_imm(raw, i64::from(up)) };
            if down == 0 { high } else { self.b().ashr_imm(high, i64::from(down)) }
        } else {
            let low = if shift == 0 { raw } else { self.b().lshr_imm(raw, i64::from(shift)) };
            if up == 0 { low } else { self.mask(low, access.width) }
        };
        self.resize(value, declared, access.signed)
    }

    /// Keeps the low bits.
    fn mask(&mut self, value: Value, width: u32) -> Value {
        let ty = self.func.ty(value);
        if width < 64 {
            return self.b().iand_imm(value, ((1u64 << width) - 1) as i64);
        }
        let mask = self.b().iconst128(ty, ((1u128 << width) - 1) as i128);
        self.b().iand(value, mask)
    }

    /// Reads a packed bit-field byte by byte, shifted down to bit 0 (upper bits are garbage).
    fn load_bytes(&mut self, place: &Place, access: BitFieldAccess, unit: Type) -> Value {
        let mut whole: Option<Value> = None;
        for index in 0..access.size {
            let byte_place = place_at(place, index);
            let byte = self.load_scalar(&byte_place);
            let wide = self.b().zext(unit, byte);
            let up = (index * 8) as i64 - i64::from(access.shift);
            let moved = match up {
                0 => wide,
                up if up > 0 => self.b().shl_imm(wide, up),
                up => self.b().lshr_imm(wide, -up),
            };
            whole = Some(match whole {
                Some(sum) => self.b().ior(sum, moved),
                None => moved,
            });
        }
        whole.expect("a bit-field has at least one byte")
    }

    fn store_bits(&mut self, place: &Place, access: BitFieldAccess, value: Value) {
        let Some(unit) = Self::unit_type(&access) else {
            return self.store_bytes(place, access, value);
        };
        let bits = unit.lane_bits(64);
        let value = self.resize(value, unit, false);
        let (address, offset) = self.split(place);
        let flags = place.flags();
        if access.width == bits {
            self.b().store(value, address, offset, flags);
            return;
        }
        let field = self.mask(value, access.width);
        let field = if access.shift == 0 { field } else { self.b().shl_imm(field, i64::from(access.shift)) };
        let old = self.b().load(unit, address, offset, flags);
        let hole = !(((1u128 << access.width) - 1) << access.shift);
        let kept = if bits <= 64 {
            let sign = 64 - bits;
            self.b().iand_imm(old, ((hole as i64) << sign) >> sign)
        } else {
            let hole = self.b().iconst128(unit, hole as i128);
            self.b().iand(old, hole)
        };
        let new = self.b().ior(kept, field);
        self.b().store(new, address, offset, flags);
    }

    /// Writes a packed bit-field byte by byte.
    fn store_bytes(&mut self, place: &Place, access: BitFieldAccess, value: Value) {
        let unit = if access.width <= 64 { Type::I64 } else { Type::I128 };
        let value = self.resize(value, unit, false);
        for index in 0..access.size {
            let first = (index * 8).max(access.shift);
            let last = (index * 8 + 8).min(access.shift + access.width);
            let (from, low, width) = (first - access.shift, first - index * 8, last - first);
            let piece = if from == 0 { value } else { self.b().lshr_imm(value, i64::from(from)) };
            let piece = self.b().trunc(Type::I8, piece);
            let byte_place = place_at(place, index);
            if width == 8 {
                self.store_scalar(&byte_place, piece);
                continue;
            }
            let mask = ((1u32 << width) - 1) as i64;
            let piece = self.b().iand_imm(piece, mask);
            let piece = if low == 0 { piece } else { self.b().shl_imm(piece, i64::from(low)) };
            let old = self.load_scalar(&byte_place);
            let kept = self.b().iand_imm(old, i64::from(!(mask << low) as i8));
            let new = self.b().ior(kept, piece);
            self.store_scalar(&byte_place, new);
        }
    }

    /// An integer as another integer type.
    pub(super) fn resize(&mut self, value: Value, to: Type, signed: bool) -> Value {
        let from = self.func.ty(value);
        let (have, want) = (from.lane_bits(64), to.lane_bits(64));
        if have == want {
            value
        } else if have > want {
            self.b().trunc(to, value)
        } else if signed {
            self.b().sext(to, value)
        } else {
            self.b().zext(to, value)
        }
    }

    /// The integer that an atomic object of 1, 2, 4 or 8 bytes is read and written as.
    fn atomic_bits(&self, place: &Place) -> Option<(Type, MemFlags)> {
        let size = size_of(self.unit, place.ty);
        let bits = Type::int(u32::try_from(size).ok()?.checked_mul(8)?)?;
        if !size.is_power_of_two() || size > 8 {
            return None;
        }
        let flags = MemFlags::aligned(size as u32).with_ordering(Ordering::SeqCst);
        Some((bits, if place.ty.is_volatile() { flags.volatile() } else { flags }))
    }

    /// An atomic object that is no scalar: as an integer of its size where an instruction can read
    /// that at once, else through the runtime.
    fn atomic_load_into(&mut self, place: &Place, copy: &Place) {
        if let Some((bits, flags)) = self.atomic_bits(place) {
            let from = self.address(place);
            let to = self.address(copy);
            let value = self.b().load(bits, from, 0, flags);
            self.b().store(value, to, 0, MemFlags::aligned(1));
            return;
        }
        let word = self.word();
        let from = self.address(place);
        let to = self.address(copy);
        let size = size_of(self.unit, place.ty) as i64;
        let size = self.b().iconst(word, size);
        let order = self.b().iconst(Type::I32, 5);
        let signature = Signature::new(&[word, Type::PTR, Type::PTR, Type::I32], &[]);
        self.b().call_lib(LibCall::AtomicLoad, signature, &[size, from, to, order]);
    }

    fn atomic_store_from(&mut self, place: &Place, copy: &Place) {
        if let Some((bits, flags)) = self.atomic_bits(place) {
            let to = self.address(place);
            let from = self.address(copy);
            let value = self.b().load(bits, from, 0, MemFlags::aligned(1));
            self.b().store(value, to, 0, flags);
            return;
        }
        let word = self.word();
        let to = self.address(place);
        let from = self.address(copy);
        let size = size_of(self.unit, place.ty) as i64;
        let size = self.b().iconst(word, size);
        let order = self.b().iconst(Type::I32, 5);
        let signature = Signature::new(&[word, Type::PTR, Type::PTR, Type::I32], &[]);
        self.b().call_lib(LibCall::AtomicStore, signature, &[size, to, from, order]);
    }

    /// Zeros a place.
    pub(super) fn zero(&mut self, place: &Place) {
        let size = size_of(self.unit, place.ty);
        if size == 0 {
            return;
        }
        let mut flags = MemFlags::aligned(place.align);
        if place.ty.is_volatile() {
            flags = flags.volatile();
        }
        let address = self.address(place);
        let word = self.word();
        let byte = self.b().iconst(Type::I8, 0);
        let length = self.b().iconst(word, size as i64);
        self.b().memset(address, byte, length, flags);
    }

    /// The IR type of a complex place's parts.
    pub(super) fn part_type(&self, ty: QualType) -> Type {
        part_type(&self.unit.types, ty).expect("complex type")
    }

    /// Loads through `load` for `va_arg` and the like need an opcode: see [`Opcode::VaArg`].
    pub(super) fn load_with(&mut self, opcode: Opcode, ty: Type, address: Value) -> Value {
        self.emit(lathe_ir::InstData::load(opcode, ty, address, 0, MemFlags::NONE))
            .expect("loads have a result")
    }
}

/// Byte `index` of a packed bit-field.
fn place_at(place: &Place, index: u32) -> Place {
    let quals = place.ty.quals();
    let part = place.part(u64::from(index), QualType::UCHAR);
    Place { ty: QualType::new(QualType::UCHAR.id(), quals), align: 1, ..part }
}

/// Whether loads and stores of a type are atomic by themselves.
pub(super) fn lock_free(lowering: &FunctionLowering<'_>, ty: Type) -> bool {
    let size = ty.bytes(lowering.unit.types.data_layout());
    (ty.is_int_or_ptr() || ty.is_float()) && matches!(size, 1 | 2 | 4 | 8) && ty != Type::F80
}

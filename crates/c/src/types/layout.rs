//! Sizes, alignments, and the layout of structures, unions and bit-fields.
//!
//! In: complete types. Out: bytes. Called by `sema` when a record closes and for every `sizeof`, by
//! the lowering for accesses.
//!
//! Sources: System V ABI x86-64 3.1.2 and i386 2.1.1 (bit-fields "must reside in a storage unit
//! appropriate for its declared type"), AAPCS64 5.9 and 8.1.8 (unnamed bit-fields align the record),
//! RISC-V psABI "C type details"; GCC's documentation of `packed`, `aligned` and `#pragma pack`, and
//! experiments with gcc 12 where these are silent.

use super::kind::*;
use super::record::{BitFieldAccess, Field, RecordKind};
use super::table::TypeTable;
use lathe_target::Arch;

/// The biggest object: `PTRDIFF_MAX` bytes of a 64-bit target.
pub const MAX_OBJECT_SIZE: u64 = i64::MAX as u64;

/// A record would be larger than any object can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecordTooLarge;

fn round_up(value: u64, align: u64) -> u64 {
    value.div_ceil(align).saturating_mul(align)
}

impl TypeTable {
    /// Size in bytes; `None` for incomplete, function and variable-length types. (`void` and functions
    /// count as 1 in GNU C where `sizeof` or pointer arithmetic asks: see
    /// [`TypeTable::stride_of`].)
    pub fn size_of(&self, ty: QualType) -> Option<u64> {
        let layout = self.data_layout();
        Some(match self.kind(ty) {
            TypeKind::Int(kind) => kind.size(layout) as u64,
            TypeKind::Float(kind) => kind.size_align(layout).0 as u64,
            TypeKind::Complex(kind) => 2 * kind.size_align(layout).0 as u64,
            TypeKind::ComplexInt(kind) => 2 * kind.size(layout) as u64,
            TypeKind::Pointer(_) => layout.pointer.size as u64,
            TypeKind::Array(element, ArrayLength::Fixed(length)) => {
                self.size_of(element)?.checked_mul(length)?
            }
            TypeKind::Vector(element, lanes) => {
                self.size_of(QualType::new(element, Quals::NONE))? * lanes as u64
            }
            TypeKind::Record(id) => {
                let record = self.record(id);
                if !record.complete || record.variable_size {
                    return None;
                }
                record.size
            }
            TypeKind::Enum(id) => {
                let enumeration = self.enumeration(id);
                if !enumeration.complete {
                    return None;
                }
                enumeration.underlying.size(layout) as u64
            }
            TypeKind::Void | TypeKind::Function(_) | TypeKind::Array(..) => return None,
            TypeKind::Error => 1,
        })
    }

    /// The distance of neighbours in pointer arithmetic: the size, or 1 for `void` and functions.
    /// `None` for incomplete and variable-length types.
    pub fn stride_of(&self, pointee: QualType) -> Option<u64> {
        match self.kind(pointee) {
            TypeKind::Void | TypeKind::Function(_) => Some(1),
            _ => self.size_of(pointee),
        }
    }

    /// Whether the size is known, now or at run time.
    pub fn is_complete(&self, ty: QualType) -> bool {
        match self.kind(ty) {
            TypeKind::Void => false,
            TypeKind::Array(_, ArrayLength::Unknown) => false,
            TypeKind::Array(element, _) => self.is_complete(element),
            TypeKind::Record(id) => self.record(id).complete,
            TypeKind::Enum(id) => self.enumeration(id).complete,
            _ => true,
        }
    }

    /// Alignment in bytes, typedef attributes and `_Atomic` counted; 1 for incomplete types.
    pub fn align_of(&self, ty: QualType) -> u32 {
        let given = self.typedef_align(ty.id());
        if given != 0 {
            return given;
        }
        let layout = self.data_layout();
        let natural = match self.kind(ty) {
            TypeKind::Int(kind) | TypeKind::ComplexInt(kind) => kind.align(layout),
            TypeKind::Float(kind) | TypeKind::Complex(kind) => kind.size_align(layout).1,
            TypeKind::Pointer(_) => layout.pointer.align,
            TypeKind::Array(element, _) => self.align_of(element),
            TypeKind::Vector(..) => {
                let size = self.size_of(ty).unwrap_or(1).clamp(1, 1 << 28);
                size.next_power_of_two() as u32
            }
            TypeKind::Record(id) => self.record(id).align.max(1),
            TypeKind::Enum(id) => self.enumeration(id).underlying.align(layout),
            TypeKind::Void | TypeKind::Function(_) | TypeKind::Error => 1,
        };
        match self.size_of(ty) {
            Some(size @ (1 | 2 | 4 | 8 | 16)) if ty.is_atomic() => natural.max(size as u32),
            _ => natural,
        }
    }

    /// Lays out a record: sets the offsets of its members, its size and alignment. The fields must be
    /// in place and complete (a flexible last member excepted).
    pub fn lay_out_record(&mut self, id: RecordId) -> Result<(), RecordTooLarge> {
        let mut fields = std::mem::take(&mut self.record_mut(id).fields);
        let result = self.lay_out_fields(id, &mut fields);
        let record = self.record_mut(id);
        record.fields = fields;
        let (size, align) = result?;
        record.size = size;
        record.align = align;
        Ok(())
    }

    fn lay_out_fields(&self, id: RecordId, fields: &mut [Field]) -> Result<(u64, u32), RecordTooLarge> {
        let record = self.record(id);
        let pack = record.pragma_pack;
        let is_union = record.kind == RecordKind::Union;
        let mut record_align = 1u32;
        let mut position = 0u64; // in bits
        let mut union_bits = 0u64;
        for field in fields.iter_mut() {
            if is_union {
                position = 0;
            }
            let size_bits = match field.bit_width {
                Some(width) => width as u64,
                None => self.size_of(field.ty).unwrap_or(0).checked_mul(8).ok_or(RecordTooLarge)?,
            };
            let (own_align, bit_field_align) = self.field_alignment(field, pack);
            position = round_up(position, (own_align as u64 * 8).max(1));
            if own_align == 0 {
                // A bit-field without alignment of its own starts at the next bit, or at the next
                // unit of its type if it would straddle one.
                let unit = self.align_of(field.ty) as u64 * 8;
                let type_bits = self.size_of(field.ty).unwrap_or(1) * 8;
                let straddles = (position % unit + size_bits).div_ceil(unit) > type_bits / unit;
                if straddles && !field.packed && pack == 0 {
                    position = round_up(position, unit);
                }
            }
            field.offset_bits = position;
            record_align = record_align.max(bit_field_align);
            position = position.checked_add(size_bits).ok_or(RecordTooLarge)?;
            union_bits = union_bits.max(position);
        }
        let align = record_align.max(record.requested_align);
        let size = round_up(union_bits.max(if is_union { 0 } else { position }).div_ceil(8), align as u64);
        if size > MAX_OBJECT_SIZE / 8 {
            return Err(RecordTooLarge);
        }
        Ok((size, align))
    }

    /// The alignment of a member's start in bytes (0: a bit-field that starts anywhere), and what it
    /// contributes to the record's alignment.
    fn field_alignment(&self, field: &Field, pack: u32) -> (u32, u32) {
        let cap = |align: u32| if pack != 0 { align.min(pack) } else { align };
        let type_align = self.align_of(field.ty);
        match field.bit_width {
            None => {
                let natural = if field.packed { 1 } else { type_align };
                let align = cap(natural.max(field.align));
                (align, align)
            }
            Some(width) => {
                let counts = field.name.is_some() || self.arch() == Arch::AArch64;
                let own = match width {
                    0 => type_align.max(field.align),
                    _ => cap(field.align),
                };
                if !counts {
                    return (own, 1);
                }
                let by_type = match width {
                    0 => type_align,
                    _ if pack != 0 => cap(type_align),
                    _ if field.packed => 1,
                    _ => type_align,
                };
                (own, by_type.max(own))
            }
        }
    }

    /// How to access a bit-field without touching other members' bytes (C11 3.14: adjacent bit-fields
    /// are one memory location, nothing else is).
    pub fn bit_field_access(&self, id: RecordId, field: u32) -> BitFieldAccess {
        let record = self.record(id);
        let this = &record.fields[field as usize];
        let width = this.bit_width.unwrap_or(0);
        let signed = self.is_signed(this.ty);
        let first = this.offset_bits;
        let end = first + width as u64;
        let (mut low, mut high) = (0, record.size);
        if record.kind == RecordKind::Struct {
            let ends_region = |f: &Field| f.bit_width.is_none_or(|w| w == 0);
            let before = record.fields[..field as usize].iter().rev().find(|f| ends_region(f));
            low = before.map_or(0, |f| match f.bit_width {
                Some(_) => f.offset_bits.div_ceil(8),
                None => f.offset() + self.size_of(f.ty).unwrap_or(0),
            });
            let after = record.fields[field as usize + 1..].iter().find(|f| ends_region(f));
            high = after.map_or(record.size, |f| f.offset_bits / 8);
        }
        for size in [1u64, 2, 4, 8, 16] {
            let offset = first / 8 / size * size;
            if offset >= low && offset + size <= high && end <= (offset + size) * 8 {
                let shift = (first - offset * 8) as u32;
                return BitFieldAccess { offset, size: size as u32, shift, width, signed };
            }
        }
        let offset = first / 8;
        let size = (end.div_ceil(8) - offset) as u32;
        BitFieldAccess { offset, size, shift: (first % 8) as u32, width, signed }
    }
}

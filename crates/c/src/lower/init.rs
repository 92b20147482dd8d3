//! Initialization of automatic objects: flat lists of (offset, type, value).

use super::Val;
use super::function::{FunctionLowering, align_of, size_of};
use super::place::Place;
use crate::ast::{ExprId, ExprKind, InitEntry, InitId};
use crate::types::{BitFieldAccess, QualType, Quals, TypeKind};
use lathe_ir::Type;

impl FunctionLowering<'_> {
    /// Writes an initializer into a new object.
    pub(super) fn initialize(&mut self, place: Place, init: InitId) {
        let body = self.body;
        let (entries, zero_fill) = body.init(init);
        // The object is being made: `const` and `_Atomic` do not matter yet, `volatile` does.
        let kept = if place.ty.is_volatile() { Quals::VOLATILE } else { Quals::NONE };
        let place = Place { ty: QualType::new(place.ty.id(), kept), ..place };
        if zero_fill && !self.zero_by_scalars(&place, entries) {
            self.zero(&place);
        }
        for (index, entry) in entries.iter().enumerate() {
            // The elements of a range designator share one evaluation.
            let next = entries.get(index + 1).map(|e| self.body.expr(e.expr).kind);
            let shared = matches!(next, Some(ExprKind::Opaque(first)) if first == entry.expr);
            self.initialize_entry(&place, entry, shared);
        }
    }

    /// A lone scalar needs no `memset`: it is stored as a whole.
    fn zero_by_scalars(&mut self, place: &Place, entries: &[InitEntry]) -> bool {
        if !entries.is_empty() {
            return false;
        }
        let Some(ty) = self.scalar_type(place.ty) else { return false };
        let zero = self.zero_of(ty);
        self.store_scalar(place, zero);
        true
    }

    fn initialize_entry(&mut self, place: &Place, entry: &InitEntry, shared: bool) {
        self.ensure_open();
        let part = place.part(entry.offset, entry.ty);
        let part = Place { ty: QualType::new(part.ty.id(), part.ty.quals().without(Quals::ATOMIC)), ..part };
        if entry.bit_width != 0 {
            return self.initialize_bits(&part, entry);
        }
        let mut id = entry.expr;
        if let ExprKind::Opaque(first) = self.body.expr(id).kind
            && matches!(self.body.expr(first).kind, ExprKind::String(_) | ExprKind::InitList(_))
        {
            id = first;
        }
        let expr = *self.body.expr(id);
        match expr.kind {
            ExprKind::String(_) if self.unit.types.is_array(entry.ty) => {
                self.initialize_string(&part, id);
            }
            ExprKind::InitList(inner) => self.initialize(part, inner),
            ExprKind::Call(list)
                if !shared
                    && self.unit.types.is_record(entry.ty)
                    && Self::is_private(&part)
                    && entry.offset == 0 =>
            {
                let value = self.call(expr, list, Some(part));
                if let Val::Memory(_) = value {
                    return;
                }
                self.store(&part, value);
            }
            _ => {
                let value = self.value(id);
                if shared {
                    self.opaque.insert(id, value);
                }
                self.store(&part, value);
            }
        }
    }

    fn initialize_bits(&mut self, part: &Place, entry: &InitEntry) {
        let shift = u32::from(entry.bit_offset);
        let width = u32::from(entry.bit_width);
        // Only the bytes that hold the field: more might lie outside the object.
        let size = (shift + width).div_ceil(8);
        let access =
            BitFieldAccess { offset: 0, size, shift, width, signed: self.unit.types.is_signed(entry.ty) };
        let value = self.scalar(entry.expr);
        self.opaque.insert(entry.expr, Val::One(value));
        let place =
            Place { bits: Some(access), align: if size.is_power_of_two() { part.align } else { 1 }, ..*part };
        self.store_scalar(&place, value);
    }

    /// `char a[n] = "…"`: the string's bytes cut to the array, the rest zero.
    fn initialize_string(&mut self, part: &Place, string: ExprId) {
        let ExprKind::String(id) = self.body.expr(string).kind else { return };
        let size = size_of(self.unit, part.ty);
        let unit = self.unit;
        let bytes = &unit.string(id).bytes;
        let given = (bytes.len() as u64).min(size);
        if size > given {
            self.zero(part);
        }
        if given <= 16 {
            return self.store_bytes_of(part, &bytes[..given as usize]);
        }
        let source = self.place(string);
        let to = self.address(part);
        let from = self.address(&source);
        let word = self.word();
        let length = self.b().iconst(word, given as i64);
        let align = part.align.min(source.align);
        self.b().memcpy(to, from, length, lathe_ir::MemFlags::aligned(align));
    }

    fn store_bytes_of(&mut self, part: &Place, bytes: &[u8]) {
        let mut at = 0usize;
        while at < bytes.len() {
            let step = [8, 4, 2, 1].into_iter().find(|n| at + n <= bytes.len()).unwrap_or(1);
            let mut word = [0u8; 8];
            word[..step].copy_from_slice(&bytes[at..at + step]);
            let (ty, c_type) = match step {
                8 => (Type::I64, QualType::ULONG_LONG),
                4 => (Type::I32, QualType::UINT),
                2 => (Type::I16, QualType::USHORT),
                _ => (Type::I8, QualType::UCHAR),
            };
            let bits = 64 - 8 * step as u32;
            let value = (i64::from_le_bytes(word) << bits) >> bits;
            let value = self.b().iconst(ty, value);
            let volatile = if part.ty.is_volatile() { Quals::VOLATILE } else { Quals::NONE };
            let element = part.part(at as u64, QualType::new(c_type.id(), volatile));
            self.store_scalar(&element, value);
            at += step;
        }
    }

    /// Whether a type is held in memory rather than in values.
    pub(super) fn is_memory_type(&self, ty: QualType) -> bool {
        matches!(self.unit.types.kind(ty), TypeKind::Record(_) | TypeKind::Array(..))
            && align_of(self.unit, ty) > 0
    }
}

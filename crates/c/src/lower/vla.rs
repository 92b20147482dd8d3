//! Variable-length arrays: bounds are evaluated once, where the declaration is reached, and kept in
//! frame slots (a `goto` may come back), sizes are computed from them.

use super::function::{FunctionLowering, size_of};
use super::place::Place;
use crate::types::{ArrayLength, QualType, TypeKind, VlaId};
use lathe_ir::Value;

impl FunctionLowering<'_> {
    /// Evaluates one bound and keeps it.
    pub(super) fn evaluate_vla_bound(&mut self, id: VlaId) {
        let Some(bound) = self.body.vla_bound(id) else { return };
        let ty = self.body.expr(bound).ty;
        let value = self.scalar(bound);
        let value = self.as_word(value, ty);
        let place = self.vla_place(id);
        self.store_scalar(&place, value);
    }

    /// Evaluates a list of bounds.
    pub(super) fn evaluate_vla_list(&mut self, start: u32) {
        let ids: Vec<VlaId> = self.body.vla_list(start).collect();
        for id in ids {
            self.evaluate_vla_bound(id);
        }
    }

    fn vla_place(&mut self, id: VlaId) -> Place {
        let size_type = self.unit.types.size_type();
        let slot = match self.vla_slots.get(&id) {
            Some(slot) => *slot,
            None => {
                let slot = self.temporary_for(size_type);
                self.vla_slots.insert(id, slot);
                slot
            }
        };
        Place::slot(slot, size_type, self.unit.types.data_layout().pointer.align)
    }

    /// Size in bytes of a type, variable bounds included.
    pub(super) fn vla_size(&mut self, ty: QualType) -> Value {
        let word = self.word();
        match self.unit.types.kind(ty) {
            TypeKind::Array(element, length) if self.unit.types.is_variable_length(ty) => {
                let element = self.vla_size(element);
                let count = match length {
                    ArrayLength::Variable(id) => {
                        let place = self.vla_place(id);
                        self.load_scalar(&place)
                    }
                    ArrayLength::Fixed(n) => self.b().iconst(word, n as i64),
                    ArrayLength::Unknown => self.b().iconst(word, 0),
                };
                match self.func.int_constant(element) {
                    Some(1) => count,
                    Some(size) => self.b().imul_imm(count, size),
                    None => self.b().imul(count, element),
                }
            }
            TypeKind::Record(id) if self.unit.types.record(id).variable_size => {
                self.unsupported("a record with a member of variable size");
                self.b().iconst(word, 1)
            }
            _ => {
                let size = size_of(self.unit, ty);
                self.b().iconst(word, size as i64)
            }
        }
    }
}

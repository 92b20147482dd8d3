//! Static data: constants written as bytes and relocations.
//!
//! In: converted initializer values with their places. Out: a [`crate::ast::DataInit`]. A later value
//! replaces what an earlier one put at the same place.

use super::constant::Value;
use crate::ast::{ExprId, ExprKind, Relocation, StaticInitId};
use crate::parse::{Builder, Parser};
use crate::types::{FloatFormat, QualType, TypeKind};
use lathe_diag::Loc;

/// The most bytes that an initializer may spell out.
const MAX_BYTES: u64 = 1 << 30;

impl Parser<'_, '_> {
    /// Makes room for `len` bytes at `offset`.
    fn room<'b>(&mut self, builder: &'b mut Builder, offset: u64, len: u64, at: Loc) -> Option<&'b mut [u8]> {
        let end = offset.checked_add(len).filter(|end| *end <= MAX_BYTES);
        let Some(end) = end else {
            if !builder.warned_excess {
                builder.warned_excess = true;
                self.error(at, "initializer is too large");
            }
            return None;
        };
        let data = &mut builder.data;
        if (data.bytes.len() as u64) < end {
            data.bytes.resize(end as usize, 0);
        }
        Some(&mut data.bytes[offset as usize..end as usize])
    }

    /// Zeroes a range and drops its relocations.
    pub(crate) fn clear_static(&mut self, builder: &mut Builder, offset: u64, size: u64) {
        let data = &mut builder.data;
        let end = offset.saturating_add(size);
        let len = data.bytes.len() as u64;
        if offset < len {
            data.bytes[offset as usize..end.min(len) as usize].fill(0);
        }
        drop_relocations(builder, offset, end);
    }

    pub(crate) fn write_bytes(&mut self, builder: &mut Builder, offset: u64, bytes: &[u8], at: Loc) {
        if let Some(room) = self.room(builder, offset, bytes.len() as u64, at) {
            room.copy_from_slice(bytes);
            drop_relocations(builder, offset, offset + bytes.len() as u64);
        }
    }

    /// Writes a converted value.
    pub(crate) fn write_static(
        &mut self,
        builder: &mut Builder,
        offset: u64,
        bits: Option<(u32, u32)>,
        ty: QualType,
        expr: ExprId,
    ) {
        let node = *self.body.expr(expr);
        if self.unit.types.is_error(node.ty) {
            return;
        }
        if self.write_copy(builder, offset, ty, expr) {
            return;
        }
        let value = self.evaluate(expr);
        let Some(value) = value else {
            self.error(node.loc, "initializer element is not constant");
            return;
        };
        if let Some((bit_offset, width)) = bits {
            match value {
                Value::Int(value) => self.write_bits(builder, offset, bit_offset, width, value, node.loc),
                _ => self.error(node.loc, "initializer element is not constant"),
            }
            return;
        }
        self.write_value(builder, offset, ty, value, node.loc);
    }

    fn write_value(&mut self, builder: &mut Builder, offset: u64, ty: QualType, value: Value, at: Loc) {
        let size = self.unit.types.size_of(ty).unwrap_or(0);
        match value {
            Value::Int(value) => {
                let raw = value.to_le_bytes();
                let len = (size as usize).min(16);
                self.write_bytes(builder, offset, &raw[..len], at);
            }
            Value::Float(bits) => {
                let len = self.float_bytes(ty).min(size as usize);
                self.write_bytes(builder, offset, &bits.to_le_bytes()[..len], at);
            }
            Value::Complex(re, im) => {
                let Some(part) = self.unit.types.complex_part(ty) else { return };
                let as_value = |bits: u128, is_float: bool| {
                    if is_float { Value::Float(bits) } else { Value::Int(bits as i128) }
                };
                let is_float = self.unit.types.is_float(part);
                self.write_value(builder, offset, part, as_value(re, is_float), at);
                self.write_value(builder, offset + size / 2, part, as_value(im, is_float), at);
            }
            Value::Address { target, minus, offset: addend } => {
                let pointer = self.unit.types.data_layout().pointer.size as u64;
                let is_integer = self.unit.types.is_integer(ty);
                if (minus.is_none() && size != pointer) || (is_integer && size > pointer) {
                    self.error(at, "initializer element is not constant");
                    return;
                }
                let zeros = [0u8; 16];
                self.write_bytes(builder, offset, &zeros[..(size as usize).min(16)], at);
                let relocation =
                    Relocation { offset, size: size as u8, target, minus, addend: addend as i64 };
                add_relocation(builder, relocation);
                if let crate::ast::DataTarget::Label(label) = target {
                    self.body.labels[label.0 as usize].address_taken = true;
                }
            }
        }
    }

    /// Bytes that a floating value's bits occupy (an x87 value: 10 of its 12 or 16).
    fn float_bytes(&self, ty: QualType) -> usize {
        match self.float_format(ty) {
            Some(FloatFormat::F32) => 4,
            Some(FloatFormat::F64) => 8,
            Some(FloatFormat::F80) => 10,
            _ => 16,
        }
    }

    fn write_bits(
        &mut self,
        builder: &mut Builder,
        offset: u64,
        bit_offset: u32,
        width: u32,
        value: i128,
        at: Loc,
    ) {
        if width == 0 {
            return;
        }
        let len = (bit_offset + width).div_ceil(8) as u64;
        let Some(room) = self.room(builder, offset, len, at) else { return };
        for index in 0..width {
            let position = (bit_offset + index) as usize;
            let bit = (value >> index & 1) as u8;
            let byte = &mut room[position / 8];
            *byte = *byte & !(1 << (position % 8)) | bit << (position % 8);
        }
    }

    /// Whole aggregates as initializers: compound literals and constant lists.
    fn write_copy(&mut self, builder: &mut Builder, offset: u64, ty: QualType, expr: ExprId) -> bool {
        let is_aggregate = matches!(self.unit.types.kind(ty), TypeKind::Record(_) | TypeKind::Vector(..));
        if !is_aggregate {
            return false;
        }
        match self.body.expr(expr).kind {
            ExprKind::Load(place) => match self.body.expr(place).kind {
                ExprKind::Global(decl) => match self.unit.decl(decl).init {
                    Some(init) if self.unit.decl(decl).linkage == crate::ast::Linkage::None => {
                        self.copy_static(builder, offset, init);
                        true
                    }
                    _ => false,
                },
                ExprKind::CompoundLiteral(_, init) => {
                    let (entries, _) = self.body.init(init);
                    let entries = entries.to_vec();
                    for entry in entries {
                        let bits = (entry.bit_width != 0)
                            .then_some((entry.bit_offset as u32, entry.bit_width as u32));
                        if let ExprKind::String(id) = self.body.expr(entry.expr).kind {
                            let size = self.unit.types.size_of(entry.ty).unwrap_or(0) as usize;
                            let mut bytes = self.unit.string(id).bytes.clone();
                            bytes.resize(size, 0);
                            let at = self.loc_of(entry.expr);
                            self.write_bytes(builder, offset + entry.offset, &bytes, at);
                        } else {
                            self.write_static(builder, offset + entry.offset, bits, entry.ty, entry.expr);
                        }
                    }
                    true
                }
                _ => false,
            },
            ExprKind::Cast(crate::ast::CastKind::ToUnion, inner) => {
                let inner_type = self.ty(inner);
                self.write_static(builder, offset, None, inner_type, inner);
                true
            }
            ExprKind::Cast(crate::ast::CastKind::BitCast | crate::ast::CastKind::NoOp, inner) => {
                let inner_type = self.ty(inner);
                self.write_copy(builder, offset, inner_type, inner)
            }
            _ => false,
        }
    }

    /// Copies another object's initial contents.
    pub(crate) fn copy_static(&mut self, builder: &mut Builder, offset: u64, init: StaticInitId) {
        let data = self.unit.static_init(init).clone();
        self.clear_static(builder, offset, data.size);
        self.write_bytes(builder, offset, &data.bytes, data.loc);
        for relocation in data.relocations {
            let moved = Relocation { offset: relocation.offset + offset, ..relocation };
            add_relocation(builder, moved);
        }
        builder.data.size = builder.data.size.max(offset + data.size);
    }

    /// Repeats the `stride` bytes at `offset` `count` times behind themselves.
    pub(crate) fn repeat_static(
        &mut self,
        builder: &mut Builder,
        offset: u64,
        stride: u64,
        count: u64,
        at: Loc,
    ) {
        let template: Vec<Relocation> = builder
            .data
            .relocations
            .iter()
            .filter(|r| r.offset >= offset && r.offset < offset.saturating_add(stride))
            .copied()
            .collect();
        let start = offset as usize;
        let have = builder.data.bytes.len();
        let mut element = builder
            .data
            .bytes
            .get(start..have.min(start.saturating_add(stride as usize)))
            .unwrap_or(&[])
            .to_vec();
        element.resize(stride as usize, 0);
        let is_zero = element.iter().all(|b| *b == 0);
        if is_zero && template.is_empty() && (have as u64) <= offset.saturating_add(stride) {
            return;
        }
        let Some(total) = stride.checked_mul(count) else { return };
        let Some(room) = self.room(builder, offset + stride, total, at) else { return };
        for chunk in room.chunks_mut(stride.max(1) as usize) {
            chunk.copy_from_slice(&element[..chunk.len()]);
        }
        drop_relocations(builder, offset + stride, offset + stride + total);
        for step in 1..=count {
            for relocation in &template {
                let offset = relocation.offset + step * stride;
                add_relocation(builder, Relocation { offset, ..*relocation });
            }
        }
    }
}

fn drop_relocations(builder: &mut Builder, start: u64, end: u64) {
    // Nearly always the new range lies behind all relocations.
    if start < builder.relocations_end {
        builder.data.relocations.retain(|r| r.offset + r.size as u64 <= start || r.offset >= end);
    }
}

fn add_relocation(builder: &mut Builder, relocation: Relocation) {
    builder.relocations_end = builder.relocations_end.max(relocation.offset + relocation.size as u64);
    builder.data.relocations.push(relocation);
}

//! C types as IR types, aggregates and signatures.

use super::module::ModuleState;
use crate::ast::{Body, Unit};
use crate::intern::Interner;
use crate::types::*;
use lathe_ir::{
    Aggregate, AggregateData, AggregateField, AggregateKind, CallConv, Extension, FieldType, ParamType,
    Signature, SignatureParam, Type,
};
use lathe_target::Arch;
use std::sync::Arc;

/// The IR type of an integer kind.
pub(super) fn int_type(kind: IntKind, types: &TypeTable) -> Type {
    Type::int(kind.size(types.data_layout()) * 8).expect("C integers have IR widths")
}

/// The IR type of a floating kind.
pub(super) fn float_type(kind: FloatKind, types: &TypeTable) -> Type {
    match kind.format(types.data_layout()) {
        FloatFormat::F32 => Type::F32,
        FloatFormat::F64 => Type::F64,
        FloatFormat::F80 => Type::F80,
        FloatFormat::F128 => Type::F128,
    }
}

/// The IR type of a scalar or vector type; `None` for records, arrays, complex, void.
pub(super) fn scalar_type(types: &TypeTable, ty: QualType) -> Option<Type> {
    Some(match types.kind(ty) {
        TypeKind::Int(kind) => int_type(kind, types),
        TypeKind::Enum(id) => int_type(types.enumeration(id).underlying, types),
        TypeKind::Float(kind) => float_type(kind, types),
        TypeKind::Pointer(_) => Type::PTR,
        TypeKind::Vector(element, lanes) => {
            let lane = scalar_type(types, QualType::new(element, Quals::NONE))?;
            if lanes == 1 { lane } else { lane.vector(lanes)? }
        }
        _ => return None,
    })
}

/// The IR type of a complex type's parts.
pub(super) fn part_type(types: &TypeTable, ty: QualType) -> Option<Type> {
    scalar_type(types, types.complex_part(ty)?)
}

impl ModuleState {
    /// The aggregate that stands for a record or complex type.
    pub(super) fn aggregate(&mut self, unit: &Unit, names: &Interner, ty: QualType) -> Aggregate {
        match unit.types.kind(ty) {
            TypeKind::Record(id) => self.record(unit, names, id),
            TypeKind::Complex(_) | TypeKind::ComplexInt(_) => self.complex(unit, ty),
            kind => unreachable!("{kind:?} is no aggregate"),
        }
    }

    fn complex(&mut self, unit: &Unit, ty: QualType) -> Aggregate {
        let part = part_type(&unit.types, ty).expect("complex types have scalar parts");
        self.complex_of(unit, part)
    }

    /// The aggregate of a complex type with these parts.
    pub(super) fn complex_of(&mut self, unit: &Unit, part: Type) -> Aggregate {
        if let Some(found) = self.complex_aggregates.iter().find(|(t, _)| *t == part) {
            return found.1;
        }
        let layout = part.layout(unit.types.data_layout());
        let field =
            |offset| AggregateField { offset, ty: FieldType::Scalar(part), count: 1, bit_field: None };
        let size = u64::from(layout.size);
        let aggregate = self.module.aggregates.push(AggregateData {
            name: format!("complex.{part}"),
            kind: AggregateKind::Complex,
            size: size * 2,
            align: layout.align,
            fields: vec![field(0), field(size)],
            transparent: false,
        });
        self.complex_aggregates.push((part, aggregate));
        aggregate
    }

    fn record(&mut self, unit: &Unit, names: &Interner, id: RecordId) -> Aggregate {
        if let Some(found) = self.records.get(&id) {
            return *found;
        }
        let record = unit.types.record(id);
        let tag = record.tag.map(|tag| names.text(tag).into_owned());
        let kind = match record.kind {
            RecordKind::Struct => AggregateKind::Struct,
            RecordKind::Union => AggregateKind::Union,
        };
        let fields = self.record_fields(unit, names, record);
        // Inner records have taken theirs.
        let number = self.module.aggregates.len();
        let aggregate = self.module.aggregates.push(AggregateData {
            name: tag.map_or_else(|| format!("anon.{number}"), |tag| format!("{tag}.{number}")),
            kind,
            size: record.size,
            align: record.align.max(1),
            fields,
            transparent: record.transparent_union,
        });
        self.records.insert(id, aggregate);
        aggregate
    }

    fn record_fields(&mut self, unit: &Unit, names: &Interner, record: &Record) -> Vec<AggregateField> {
        let mut fields = Vec::with_capacity(record.fields.len());
        for field in &record.fields {
            if let Some(width) = field.bit_width {
                fields.extend(bit_field(&unit.types, field, width));
                continue;
            }
            let (mut ty, mut count) = (field.ty, 1u64);
            while let TypeKind::Array(element, length) = unit.types.kind(ty) {
                count = match length {
                    ArrayLength::Fixed(n) => count.saturating_mul(n),
                    _ => 0,
                };
                ty = element;
            }
            let ty = match scalar_type(&unit.types, ty) {
                Some(scalar) => FieldType::Scalar(scalar),
                None if unit.types.is_record(ty) || unit.types.is_complex(ty) => {
                    FieldType::Aggregate(self.aggregate(unit, names, ty))
                }
                None => continue,
            };
            let offset = field.offset();
            fields.push(AggregateField { offset, ty, count, bit_field: None });
            // AAPCS64 looks at how members are aligned: one with more alignment than its type has is followed by an
            // empty array of a type with it.
            let declared =
                if field.packed { field.align } else { unit.types.align_of(field.ty).max(field.align) };
            if self.module.target.triple.arch == Arch::AArch64 && declared >= 16 {
                let ty = FieldType::Scalar(Type::I128);
                fields.push(AggregateField { offset, ty, count: 0, bit_field: None });
            }
        }
        fields
    }

    /// The signature of a function type.
    pub(super) fn signature(&mut self, unit: &Unit, names: &Interner, ty: QualType) -> Arc<Signature> {
        let TypeKind::Function(id) = unit.types.kind(ty) else {
            unreachable!("signature of something that is no function")
        };
        if let Some(found) = self.signatures.get(&id) {
            return found.clone();
        }
        let function = unit.types.function_type(id);
        let params = function.params.clone();
        let signature = self.signature_of(unit, names, function, &params, function.variadic);
        let signature = Arc::new(signature);
        self.signatures.insert(id, signature.clone());
        signature
    }

    /// The signature of a definition: an old-style one takes its parameters by their promoted types.
    pub(super) fn definition_signature(
        &mut self,
        unit: &Unit,
        names: &Interner,
        ty: QualType,
        body: &Body,
    ) -> Arc<Signature> {
        let TypeKind::Function(id) = unit.types.kind(ty) else {
            unreachable!("a defined function has a function type")
        };
        let function = unit.types.function_type(id);
        if function.prototype {
            return self.signature(unit, names, ty);
        }
        let params: Vec<QualType> = body.locals[..body.param_count as usize]
            .iter()
            .map(|local| promoted(&unit.types, local.ty))
            .collect();
        Arc::new(self.signature_of(unit, names, function, &params, false))
    }

    /// The signature of a call that passes these types.
    pub(super) fn signature_of(
        &mut self,
        unit: &Unit,
        names: &Interner,
        function: &FunctionType,
        params: &[QualType],
        variadic: bool,
    ) -> Signature {
        let params = params.iter().map(|ty| self.param(unit, names, *ty)).collect();
        let results = if unit.types.is_void(function.result) {
            Vec::new()
        } else {
            vec![self.param(unit, names, function.result)]
        };
        let call_conv = match function.convention {
            CallConvention::C if self.options.register_parameters > 0 && !variadic => {
                CallConv::Regparm(self.options.register_parameters)
            }
            CallConvention::C | CallConvention::MsAbi => CallConv::C,
            CallConvention::FastCall => CallConv::Fastcall,
            CallConvention::StdCall => CallConv::Stdcall,
            CallConvention::ThisCall => CallConv::Thiscall,
            CallConvention::RegParm(n) => CallConv::Regparm(n),
        };
        Signature { params, results, variadic, named_params: None, call_conv }
    }

    /// A parameter or result of a C type.
    pub(super) fn param(&mut self, unit: &Unit, names: &Interner, ty: QualType) -> SignatureParam {
        let types = &unit.types;
        let Some(scalar) = scalar_type(types, ty) else {
            return match types.kind(ty) {
                TypeKind::Record(_) | TypeKind::Complex(_) | TypeKind::ComplexInt(_) => {
                    SignatureParam::aggregate(self.aggregate(unit, names, ty))
                }
                // Arrays and functions were adjusted to pointers.
                _ => SignatureParam::new(Type::PTR),
            };
        };
        let param = SignatureParam::new(scalar);
        // AAPCS64 leaves the bits above a value unspecified (6.8.2, 6.9).
        let extends = self.module.target.triple.arch != Arch::AArch64;
        let narrow = extends && matches!(scalar, Type::I8 | Type::I16 | Type::I32);
        match narrow {
            true if types.is_signed(ty) => param.extended(Extension::Sign),
            true => param.extended(Extension::Zero),
            false => param,
        }
    }
}

/// The default argument promotions, as far as a parameter's representation is concerned.
fn promoted(types: &TypeTable, ty: QualType) -> QualType {
    match types.kind(ty) {
        TypeKind::Float(kind) if kind.format(types.data_layout()) == FloatFormat::F32 => QualType::DOUBLE,
        TypeKind::Int(kind) if kind.rank() < IntKind::Int.rank() => QualType::INT,
        TypeKind::Enum(id) if types.enumeration(id).underlying.rank() < IntKind::Int.rank() => QualType::INT,
        _ => ty.unqualified(),
    }
}

/// How a bit-field looks to an ABI classifier: its declared type's unit where it lies within one,
/// else the bytes that it touches.
fn bit_field(types: &TypeTable, field: &Field, width: u32) -> Option<AggregateField> {
    if width == 0 {
        return None;
    }
    let unit = scalar_type(types, field.ty)?;
    let unit_bits = u64::from(unit.layout(types.data_layout()).size) * 8;
    let start = field.offset_bits / unit_bits * unit_bits;
    let within = field.offset_bits + u64::from(width) <= start + unit_bits && !field.packed;
    let bit_field = Some(width as u8);
    if within {
        return Some(AggregateField { offset: start / 8, ty: FieldType::Scalar(unit), count: 1, bit_field });
    }
    let first = field.offset_bits / 8;
    let end = (field.offset_bits + u64::from(width)).div_ceil(8);
    Some(AggregateField { offset: first, ty: FieldType::Scalar(Type::I8), count: end - first, bit_field })
}

/// The scalar type of a parameter, if it is one.
pub(super) fn param_scalar(param: &SignatureParam) -> Option<Type> {
    match param.ty {
        ParamType::Scalar(ty) => Some(ty),
        ParamType::Aggregate(_) => None,
    }
}

//! The type table: interning of derived types and the simple questions.
//!
//! In: kinds built by the parser. Out: ids, equal for equal types. Called by everything in this
//! crate. Invariant: `canonical(t)` has no sugar anywhere inside, so two types are the same exactly
//! if their canonical ids are equal (function types with different attributes excepted, see
//! [`super::compat`]).

use super::kind::*;
use super::record::{Enumeration, Record};
use crate::intern::Name;
use lathe_target::{Arch, DataLayout, Target};
use rustc_hash::FxHashMap;

#[derive(Clone, Debug)]
struct Entry {
    kind: TypeKind,
    canonical: TypeId,
    /// A typedef's name, or `None` for a structural type.
    typedef_name: Option<Name>,
    /// What a typedef names directly.
    underlying: QualType,
    /// Alignment that replaces the natural one, in bytes; 0 without.
    align: u32,
    may_alias: bool,
}

/// All types of a translation unit.
#[derive(Clone, Debug)]
pub struct TypeTable {
    entries: Vec<Entry>,
    interned: FxHashMap<TypeKind, TypeId>,
    functions: Vec<FunctionType>,
    function_ids: FxHashMap<FunctionType, FunctionTypeId>,
    pub(super) records: Vec<Record>,
    enums: Vec<Enumeration>,
    layout: DataLayout,
    arch: Arch,
    vla_count: u32,
}

impl TypeTable {
    /// A table with the predefined types.
    pub fn new(target: &Target) -> TypeTable {
        let mut table = TypeTable {
            entries: Vec::with_capacity(1024),
            interned: FxHashMap::default(),
            functions: Vec::new(),
            function_ids: FxHashMap::default(),
            records: Vec::new(),
            enums: Vec::new(),
            layout: target.layout,
            arch: target.triple.arch,
            vla_count: 0,
        };
        let ints = IntKind::ALL.iter().map(|kind| TypeKind::Int(*kind));
        let floats = FloatKind::ALL.iter().map(|kind| TypeKind::Float(*kind));
        let last = [TypeKind::Error, TypeKind::Pointer(QualType::VOID), TypeKind::Pointer(QualType::CHAR)];
        for kind in std::iter::once(TypeKind::Void).chain(ints).chain(floats).chain(last) {
            table.intern(kind);
        }
        debug_assert_eq!(table.intern(TypeKind::Pointer(QualType::CHAR)), TypeId::CHAR_POINTER);
        table
    }

    /// The target's scalar layout.
    pub fn data_layout(&self) -> &DataLayout {
        &self.layout
    }

    /// The architecture.
    pub fn arch(&self) -> Arch {
        self.arch
    }

    /// `size_t`.
    pub fn size_type(&self) -> QualType {
        QualType::new(size_kind(self.arch).id(), Quals::NONE)
    }

    /// `ptrdiff_t`.
    pub fn difference_type(&self) -> QualType {
        QualType::new(size_kind(self.arch).to_signed().id(), Quals::NONE)
    }

    /// `wchar_t`.
    pub fn wide_char_type(&self) -> QualType {
        QualType::new(wide_char_kind(self.arch).id(), Quals::NONE)
    }

    /// The id of a structural type.
    pub fn intern(&mut self, kind: TypeKind) -> TypeId {
        if let Some(id) = self.interned.get(&kind) {
            return *id;
        }
        let id = TypeId(self.entries.len() as u32);
        let canonical = match kind {
            TypeKind::Pointer(to) => {
                let inner = self.canonical_type(to);
                if inner == to { id } else { self.intern(TypeKind::Pointer(inner)) }
            }
            TypeKind::Array(element, length) => {
                let inner = self.canonical_type(element);
                if inner == element { id } else { self.intern(TypeKind::Array(inner, length)) }
            }
            TypeKind::Function(function) => {
                let old = &self.functions[function.0 as usize];
                let mut new = old.clone();
                new.result = self.canonical_type(old.result);
                for param in &mut new.params {
                    *param = self.canonical_type(*param);
                }
                if new == *old {
                    id
                } else {
                    let function = self.function_id(new);
                    self.intern(TypeKind::Function(function))
                }
            }
            _ => id,
        };
        // The canonical type may have been added meanwhile: the id is the table's length anew.
        let real = TypeId(self.entries.len() as u32);
        let canonical = if canonical == id && real == id { real } else { canonical };
        let underlying = QualType::new(real, Quals::NONE);
        self.entries.push(Entry {
            kind,
            canonical,
            typedef_name: None,
            underlying,
            align: 0,
            may_alias: false,
        });
        self.interned.insert(kind, real);
        real
    }

    /// A pointer to `to`.
    pub fn pointer(&mut self, to: QualType) -> QualType {
        QualType::new(self.intern(TypeKind::Pointer(to)), Quals::NONE)
    }

    /// An array of `element`.
    pub fn array(&mut self, element: QualType, length: ArrayLength) -> QualType {
        QualType::new(self.intern(TypeKind::Array(element, length)), Quals::NONE)
    }

    /// A vector of `lanes` elements.
    pub fn vector(&mut self, element: TypeId, lanes: u32) -> QualType {
        let element = self.canonical(element);
        QualType::new(self.intern(TypeKind::Vector(element, lanes)), Quals::NONE)
    }

    /// A function type.
    pub fn function(&mut self, function: FunctionType) -> QualType {
        let id = self.function_id(function);
        QualType::new(self.intern(TypeKind::Function(id)), Quals::NONE)
    }

    fn function_id(&mut self, function: FunctionType) -> FunctionTypeId {
        if let Some(id) = self.function_ids.get(&function) {
            return *id;
        }
        let id = FunctionTypeId(self.functions.len() as u32);
        self.functions.push(function.clone());
        self.function_ids.insert(function, id);
        id
    }

    /// A new incomplete record, and its type.
    pub fn add_record(&mut self, record: Record) -> (RecordId, QualType) {
        let id = RecordId(self.records.len() as u32);
        self.records.push(record);
        (id, QualType::new(self.intern(TypeKind::Record(id)), Quals::NONE))
    }

    /// A new enumeration, and its type.
    pub fn add_enum(&mut self, enumeration: Enumeration) -> (EnumId, QualType) {
        let id = EnumId(self.enums.len() as u32);
        self.enums.push(enumeration);
        (id, QualType::new(self.intern(TypeKind::Enum(id)), Quals::NONE))
    }

    /// A fresh id for a variable array bound.
    pub fn add_vla(&mut self) -> VlaId {
        self.vla_count += 1;
        VlaId(self.vla_count - 1)
    }

    /// How many variable bounds there are so far.
    pub fn vla_count(&self) -> u32 {
        self.vla_count
    }

    /// A typedef name for a type. The qualifiers of `of` stay outside: they are on the result.
    pub fn typedef(&mut self, name: Name, of: QualType) -> QualType {
        let old = self.entry(of.id());
        let (kind, canonical, align, may_alias) = (old.kind, old.canonical, old.align, old.may_alias);
        let id = TypeId(self.entries.len() as u32);
        self.entries.push(Entry {
            kind,
            canonical,
            typedef_name: Some(name),
            underlying: of,
            align,
            may_alias,
        });
        QualType::new(id, of.quals())
    }

    /// The same type with another alignment (0: keep) or with `may_alias`.
    pub fn attributed(&mut self, of: QualType, align: u32, may_alias: bool) -> QualType {
        let old = self.entry(of.id()).clone();
        let id = TypeId(self.entries.len() as u32);
        self.entries.push(Entry {
            underlying: of.unqualified(),
            align: if align == 0 { old.align } else { align },
            may_alias: may_alias || old.may_alias,
            ..old
        });
        QualType::new(id, of.quals())
    }

    fn entry(&self, id: TypeId) -> &Entry {
        &self.entries[id.0 as usize]
    }

    /// The shape, typedefs looked through.
    pub fn kind(&self, ty: QualType) -> TypeKind {
        self.entry(ty.id()).kind
    }

    /// The one id that all names of this type share.
    pub fn canonical(&self, id: TypeId) -> TypeId {
        self.entry(id).canonical
    }

    /// The canonical type with the same qualifiers.
    pub fn canonical_type(&self, ty: QualType) -> QualType {
        QualType::new(self.canonical(ty.id()), ty.quals())
    }

    /// Whether two types, qualifiers included, are one type.
    pub fn same(&self, a: QualType, b: QualType) -> bool {
        a == b || (a.quals() == b.quals() && self.canonical(a.id()) == self.canonical(b.id()))
    }

    /// The typedef name that this id carries, and what it stands for (debug information, messages).
    pub fn typedef_name(&self, id: TypeId) -> Option<(Name, QualType)> {
        let entry = self.entry(id);
        entry.typedef_name.map(|name| (name, entry.underlying))
    }

    /// What an alignment attribute was put on, for ids made by [`TypeTable::attributed`].
    pub fn attributed_type(&self, id: TypeId) -> Option<QualType> {
        let entry = self.entry(id);
        (entry.typedef_name.is_none() && entry.underlying.id() != id).then_some(entry.underlying)
    }

    /// The alignment given by a typedef's `aligned` attribute, 0 without.
    pub fn typedef_align(&self, id: TypeId) -> u32 {
        self.entry(id).align
    }

    /// Whether accesses through this type may alias anything.
    pub fn may_alias(&self, ty: QualType) -> bool {
        self.entry(ty.id()).may_alias
            || matches!(self.kind(ty), TypeKind::Record(id) if self.record(id).may_alias)
    }

    /// Adds qualifiers; on an array they go to the element.
    pub fn qualify(&mut self, ty: QualType, quals: Quals) -> QualType {
        if quals.is_empty() {
            return ty;
        }
        match self.kind(ty) {
            TypeKind::Array(element, length) => {
                let element = self.qualify(element, quals);
                self.array(element, length)
            }
            _ => QualType::new(ty.id(), ty.quals().with(quals)),
        }
    }

    /// A record's data.
    pub fn record(&self, id: RecordId) -> &Record {
        &self.records[id.0 as usize]
    }

    /// A record's data, to complete it.
    pub fn record_mut(&mut self, id: RecordId) -> &mut Record {
        &mut self.records[id.0 as usize]
    }

    /// Number of records; ids are `0..count`.
    pub fn record_count(&self) -> u32 {
        self.records.len() as u32
    }

    /// An enumeration's data.
    pub fn enumeration(&self, id: EnumId) -> &Enumeration {
        &self.enums[id.0 as usize]
    }

    /// An enumeration's data, to complete it.
    pub fn enumeration_mut(&mut self, id: EnumId) -> &mut Enumeration {
        &mut self.enums[id.0 as usize]
    }

    /// A function type's data.
    pub fn function_type(&self, id: FunctionTypeId) -> &FunctionType {
        &self.functions[id.0 as usize]
    }

    /// The function type of a function, or of what a pointer points to.
    pub fn callee(&self, ty: QualType) -> Option<&FunctionType> {
        match self.kind(ty) {
            TypeKind::Function(id) => Some(self.function_type(id)),
            TypeKind::Pointer(to) => match self.kind(to) {
                TypeKind::Function(id) => Some(self.function_type(id)),
                _ => None,
            },
            _ => None,
        }
    }

    /// What a pointer points to.
    pub fn pointee(&self, ty: QualType) -> Option<QualType> {
        match self.kind(ty) {
            TypeKind::Pointer(to) => Some(to),
            _ => None,
        }
    }

    /// The record behind a struct or union type.
    pub fn record_id(&self, ty: QualType) -> Option<RecordId> {
        match self.kind(ty) {
            TypeKind::Record(id) => Some(id),
            _ => None,
        }
    }

    /// The integer kind of an integer or enumerated type.
    pub fn int_kind(&self, ty: QualType) -> Option<IntKind> {
        match self.kind(ty) {
            TypeKind::Int(kind) => Some(kind),
            TypeKind::Enum(id) => Some(self.enumeration(id).underlying),
            _ => None,
        }
    }

    /// Whether an integer or enumerated type (of a vector or complex: its element) is signed.
    pub fn is_signed(&self, ty: QualType) -> bool {
        match self.kind(ty) {
            TypeKind::Vector(element, _) => self.is_signed(QualType::new(element, Quals::NONE)),
            TypeKind::ComplexInt(kind) => kind.is_signed(&self.layout),
            _ => self.int_kind(ty).is_some_and(|kind| kind.is_signed(&self.layout)),
        }
    }

    /// Number of value bits of an integer type, sign included (1 for `_Bool`).
    pub fn int_bits(&self, ty: QualType) -> Option<u32> {
        self.int_kind(ty).map(|kind| match kind {
            IntKind::Bool => 1,
            kind => kind.size(&self.layout) * 8,
        })
    }

    /// Integer or enumerated.
    pub fn is_integer(&self, ty: QualType) -> bool {
        matches!(self.kind(ty), TypeKind::Int(_) | TypeKind::Enum(_))
    }

    /// Real floating.
    pub fn is_float(&self, ty: QualType) -> bool {
        matches!(self.kind(ty), TypeKind::Float(_))
    }

    /// Complex of any element.
    pub fn is_complex(&self, ty: QualType) -> bool {
        matches!(self.kind(ty), TypeKind::Complex(_) | TypeKind::ComplexInt(_))
    }

    /// Integer, real or complex.
    pub fn is_arithmetic(&self, ty: QualType) -> bool {
        self.is_integer(ty) || self.is_float(ty) || self.is_complex(ty)
    }

    /// Arithmetic or pointer.
    pub fn is_scalar(&self, ty: QualType) -> bool {
        self.is_arithmetic(ty) || self.is_pointer(ty)
    }

    /// Pointer.
    pub fn is_pointer(&self, ty: QualType) -> bool {
        matches!(self.kind(ty), TypeKind::Pointer(_))
    }

    /// `void`, qualified or not.
    pub fn is_void(&self, ty: QualType) -> bool {
        matches!(self.kind(ty), TypeKind::Void)
    }

    /// Array of any kind.
    pub fn is_array(&self, ty: QualType) -> bool {
        matches!(self.kind(ty), TypeKind::Array(..))
    }

    /// Function.
    pub fn is_function(&self, ty: QualType) -> bool {
        matches!(self.kind(ty), TypeKind::Function(_))
    }

    /// Struct or union.
    pub fn is_record(&self, ty: QualType) -> bool {
        matches!(self.kind(ty), TypeKind::Record(_))
    }

    /// Vector.
    pub fn is_vector(&self, ty: QualType) -> bool {
        matches!(self.kind(ty), TypeKind::Vector(..))
    }

    /// The type of an expression that was already diagnosed.
    pub fn is_error(&self, ty: QualType) -> bool {
        matches!(self.kind(ty), TypeKind::Error)
    }

    /// The element type of an array or vector.
    pub fn element(&self, ty: QualType) -> Option<QualType> {
        match self.kind(ty) {
            TypeKind::Array(element, _) => Some(element),
            TypeKind::Vector(element, _) => Some(QualType::new(element, Quals::NONE)),
            _ => None,
        }
    }

    /// The type of one part of a complex type.
    pub fn complex_part(&self, ty: QualType) -> Option<QualType> {
        match self.kind(ty) {
            TypeKind::Complex(kind) => Some(QualType::new(kind.id(), Quals::NONE)),
            TypeKind::ComplexInt(kind) => Some(QualType::new(kind.id(), Quals::NONE)),
            _ => None,
        }
    }

    /// Whether an array type (looking through elements) has a variable bound: its size is only
    /// known at run time.
    pub fn is_variable_length(&self, ty: QualType) -> bool {
        match self.kind(ty) {
            TypeKind::Array(_, ArrayLength::Variable(_)) => true,
            TypeKind::Array(element, _) => self.is_variable_length(element),
            TypeKind::Record(id) => self.record(id).variable_size,
            _ => false,
        }
    }

    /// Whether the type has a variable bound anywhere in its derivation (C11 6.7.6p3).
    pub fn is_variably_modified(&self, ty: QualType) -> bool {
        let mut ty = ty;
        loop {
            match self.kind(ty) {
                TypeKind::Array(_, ArrayLength::Variable(_)) => return true,
                TypeKind::Array(element, _) => ty = element,
                TypeKind::Pointer(to) => ty = to,
                TypeKind::Function(id) => ty = self.function_type(id).result,
                TypeKind::Record(id) => return self.record(id).variable_size,
                _ => return false,
            }
        }
    }
}

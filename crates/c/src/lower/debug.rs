//! Debug types, scopes and variables (`-g`).

use super::function::{FunctionLowering, Storage};
use super::module::ModuleState;
use crate::ast::{DeclId, DeclKind, LocalId, Unit};
use crate::intern::{Interner, Name};
use crate::types::display::{float_name, int_name};
use crate::types::{ArrayLength, IntKind, QualType, Quals, RecordKind, TypeKind};
use lathe_ir::debug::{DebugMember, DebugScopeData, DebugTypeData, DebugVariableData, Qualifier};
use lathe_ir::{DebugScope, DebugType, InstData, SymbolDefinition};
use rustc_hash::FxHashMap;

/// What was already described.
#[derive(Default)]
pub(super) struct DebugState {
    types: FxHashMap<QualType, DebugType>,
    /// The scopes of the function under construction, by their number.
    scopes: FxHashMap<u32, DebugScope>,
    function: Option<DebugScope>,
    current: Option<DebugScope>,
    pending: bool,
}

/// `DW_ATE_*`, DWARF 5 table 7.11.
mod encoding {
    pub(super) const BOOLEAN: u8 = 2;
    pub(super) const COMPLEX_FLOAT: u8 = 3;
    pub(super) const FLOAT: u8 = 4;
    pub(super) const SIGNED: u8 = 5;
    pub(super) const SIGNED_CHAR: u8 = 6;
    pub(super) const UNSIGNED: u8 = 7;
    pub(super) const UNSIGNED_CHAR: u8 = 8;
}

impl ModuleState {
    fn debug_name(names: &Interner, name: Option<Name>) -> String {
        name.map_or_else(String::new, |name| names.text(name).into_owned())
    }

    /// The debug type of a C type; `None` for `void`.
    pub(super) fn debug_type(&mut self, unit: &Unit, names: &Interner, ty: QualType) -> Option<DebugType> {
        if unit.types.is_void(ty) && ty.quals().is_empty() && unit.types.typedef_name(ty.id()).is_none() {
            return None;
        }
        if let Some(found) = self.debug.types.get(&ty) {
            return Some(*found);
        }
        // A placeholder breaks cycles (records that point to themselves).
        let placeholder = DebugTypeData::Pointer(None);
        let id = self.module.debug_types.push(placeholder);
        self.debug.types.insert(ty, id);
        let data = self.debug_type_data(unit, names, ty);
        self.module.debug_types[id] = data;
        Some(id)
    }

    fn debug_type_data(&mut self, unit: &Unit, names: &Interner, ty: QualType) -> DebugTypeData {
        let qualifiers = [
            (Quals::CONST, Qualifier::Const),
            (Quals::VOLATILE, Qualifier::Volatile),
            (Quals::RESTRICT, Qualifier::Restrict),
            (Quals::ATOMIC, Qualifier::Atomic),
        ];
        for (quals, qualifier) in qualifiers {
            if ty.quals().has(quals) {
                let inner = QualType::new(ty.id(), ty.quals().without(quals));
                return DebugTypeData::Qualified(qualifier, self.debug_type(unit, names, inner));
            }
        }
        if let Some((name, target)) = unit.types.typedef_name(ty.id()) {
            let name = names.text(name).into_owned();
            let target = self.debug_type(unit, names, target);
            return DebugTypeData::Typedef { name, target, loc: lathe_diag::Loc::NONE };
        }
        let size = unit.types.size_of(ty).unwrap_or(0);
        let base = |name: &str, encoding: u8| DebugTypeData::Base { name: name.into(), encoding, size };
        match unit.types.kind(ty) {
            TypeKind::Int(kind) => {
                let signed = kind.is_signed(unit.types.data_layout());
                let encoding = match (kind, signed) {
                    (IntKind::Bool, _) => encoding::BOOLEAN,
                    (IntKind::Char | IntKind::SChar | IntKind::UChar, true) => encoding::SIGNED_CHAR,
                    (IntKind::Char | IntKind::SChar | IntKind::UChar, false) => encoding::UNSIGNED_CHAR,
                    (_, true) => encoding::SIGNED,
                    (_, false) => encoding::UNSIGNED,
                };
                base(int_name(kind), encoding)
            }
            TypeKind::Float(kind) => base(float_name(kind), encoding::FLOAT),
            TypeKind::Complex(kind) => {
                base(&format!("complex {}", float_name(kind)), encoding::COMPLEX_FLOAT)
            }
            TypeKind::ComplexInt(kind) => base(&format!("complex {}", int_name(kind)), encoding::SIGNED),
            TypeKind::Pointer(to) => DebugTypeData::Pointer(self.debug_type(unit, names, to)),
            TypeKind::Array(..) => self.debug_array(unit, names, ty),
            TypeKind::Vector(element, lanes) => {
                let element = QualType::new(element, Quals::NONE);
                match self.debug_type(unit, names, element) {
                    Some(element) => DebugTypeData::Array { element, counts: vec![Some(u64::from(lanes))] },
                    None => DebugTypeData::Pointer(None),
                }
            }
            TypeKind::Function(id) => {
                let function = unit.types.function_type(id).clone();
                let result = self.debug_type(unit, names, function.result);
                let params = function.params.iter().filter_map(|p| self.debug_type(unit, names, *p));
                let params = params.collect();
                DebugTypeData::Subroutine { result, params, variadic: function.variadic }
            }
            TypeKind::Record(id) => self.debug_record(unit, names, id),
            TypeKind::Enum(id) => {
                let data = unit.types.enumeration(id);
                DebugTypeData::Enumeration {
                    name: Self::debug_name(names, data.tag),
                    size,
                    enumerators: data
                        .enumerators
                        .iter()
                        .map(|e| (names.text(e.name).into_owned(), e.value as i64))
                        .collect(),
                    loc: data.loc,
                }
            }
            TypeKind::Void | TypeKind::Error => DebugTypeData::Pointer(None),
        }
    }

    fn debug_array(&mut self, unit: &Unit, names: &Interner, ty: QualType) -> DebugTypeData {
        let mut counts = Vec::new();
        let mut element = ty;
        while let TypeKind::Array(inner, length) = unit.types.kind(element) {
            counts.push(match length {
                ArrayLength::Fixed(n) => Some(n),
                _ => None,
            });
            element = inner;
        }
        match self.debug_type(unit, names, element) {
            Some(element) => DebugTypeData::Array { element, counts },
            None => DebugTypeData::Pointer(None),
        }
    }

    fn debug_record(&mut self, unit: &Unit, names: &Interner, id: crate::types::RecordId) -> DebugTypeData {
        let record = unit.types.record(id);
        let mut members = Vec::with_capacity(record.fields.len());
        for field in record.fields.iter().filter(|f| !f.is_unnamed_bit_field()) {
            let Some(ty) = self.debug_type(unit, names, field.ty) else { continue };
            members.push(DebugMember {
                name: Self::debug_name(names, field.name),
                ty,
                offset: if field.bit_width.is_some() { 0 } else { field.offset() },
                bits: field.bit_width.map(|width| (field.offset_bits, width)),
            });
        }
        DebugTypeData::Composite {
            is_union: record.kind == RecordKind::Union,
            name: Self::debug_name(names, record.tag),
            size: record.complete.then_some(record.size),
            members,
            loc: record.loc,
        }
    }

    /// Global variables, once everything is known.
    pub(super) fn finish_debug(&mut self, unit: &Unit, names: &Interner) {
        for (index, decl) in unit.decls.iter().enumerate() {
            if decl.kind != DeclKind::Object || decl.local || !(decl.defined || decl.tentative) {
                continue;
            }
            let symbol = self.decl_symbol(unit, names, DeclId(index as u32));
            if !matches!(self.module.symbols[symbol].definition, SymbolDefinition::Data(_)) {
                continue;
            }
            let Some(ty) = self.debug_type(unit, names, decl.ty) else { continue };
            self.module.debug_variables.push(DebugVariableData {
                name: names.text(decl.name).into_owned(),
                ty,
                scope: None,
                param: 0,
                loc: decl.loc,
                symbol: Some(symbol),
            });
        }
    }
}

impl FunctionLowering<'_> {
    /// Opens the function's own scope.
    pub(super) fn open_debug_function(&mut self) {
        let decl = self.unit.decl(self.decl);
        let ty = self.state.debug_type(self.unit, self.names, decl.ty);
        let scope = self.state.module.debug_scopes.push(DebugScopeData {
            parent: None,
            name: Some(self.name.clone()),
            ty,
            symbol: Some(self.func.symbol),
            loc: decl.loc,
            end: lathe_diag::Loc::NONE,
            inlined_at: None,
        });
        self.func.scope = Some(scope);
        self.state.debug.scopes.clear();
        self.state.debug.scopes.insert(0, scope);
        self.state.debug.function = Some(scope);
        self.state.debug.current = Some(scope);
        self.state.debug.pending = false;
    }

    /// The debug scope of a lexical scope.
    fn debug_scope(&mut self, number: u32) -> Option<DebugScope> {
        if let Some(found) = self.state.debug.scopes.get(&number) {
            return Some(*found);
        }
        let scope = self.body.scopes.get(number as usize).copied()?;
        let parent =
            if scope.parent == number { self.state.debug.function } else { self.debug_scope(scope.parent) };
        let id = self.state.module.debug_scopes.push(DebugScopeData {
            parent,
            name: None,
            ty: None,
            symbol: None,
            loc: scope.loc,
            end: scope.end,
            inlined_at: None,
        });
        self.state.debug.scopes.insert(number, id);
        Some(id)
    }

    /// Instructions from here on belong to a lexical scope.
    pub(super) fn enter_debug_scope(&mut self, number: u32) {
        self.state.debug.current = self.debug_scope(number);
        self.state.debug.pending = true;
    }

    /// Says where a local lives.
    pub(super) fn declare_debug_local(&mut self, id: LocalId) {
        let local = self.body.local(id);
        let Some(name) = local.name else { return };
        let Some(ty) = self.state.debug_type(self.unit, self.names, local.ty) else { return };
        let variable = self.state.module.debug_variables.push(DebugVariableData {
            name: self.names.text(name).into_owned(),
            ty,
            scope: self.state.debug.current,
            param: local.param.map_or(0, |n| n + 1),
            loc: local.loc,
            symbol: None,
        });
        let data = match self.locals[id.0 as usize] {
            Storage::Slot(slot) => InstData::debug_slot(slot, variable),
            Storage::At(address) if !self.state.options.optimize => InstData::debug_value(address, variable),
            _ => return,
        };
        let inst = self.b().inst(data);
        if std::mem::take(&mut self.state.debug.pending)
            && let Some(scope) = self.state.debug.current
        {
            self.func.set_scope(inst, scope);
        }
    }
}

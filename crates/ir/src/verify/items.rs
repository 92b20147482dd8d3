//! Verifying the module's items: symbols and their definitions, aggregates, data, debug tables.

use super::VerifierError;
use crate::debug::DebugTypeData;
use crate::entity::*;
use crate::module::*;
use crate::signature::{Extension, ParamType, Signature};
use crate::types::{AggregateKind, FieldType};
use lathe_diag::Loc;
use rustc_hash::FxHashSet;

pub(super) fn verify_items(module: &Module) -> Vec<VerifierError> {
    let mut items = Items { module, errors: Vec::new() };
    items.symbols();
    items.aggregates();
    items.alias_tags();
    items.order();
    items.data();
    items.init_entries();
    for message in debug_references(module) {
        items.error(Loc::NONE, message);
    }
    items.errors
}

/// What is wrong with a signature by itself.
pub(super) fn signature_fault(module: &Module, signature: &Signature) -> Option<String> {
    let all = || signature.params.iter().chain(&signature.results);
    for param in all() {
        match param.ty {
            ParamType::Aggregate(id) if id.index() >= module.aggregates.len() => {
                return Some(format!("the signature names {id}, which does not exist"));
            }
            ParamType::Scalar(ty) if !ty.is_some() => {
                return Some("the signature has a value without type".into());
            }
            _ => {}
        }
        if param.extension != Extension::None && !param.value_type().is_int() {
            return Some("only integers are extended".to_string());
        }
    }
    let is_aggregate = |ty: ParamType| matches!(ty, ParamType::Aggregate(_));
    if signature.results.len() > 1 && signature.results.iter().any(|r| is_aggregate(r.ty)) {
        return Some("an aggregate is the only result".to_string());
    }
    match signature.named_params {
        Some(_) if !signature.variadic => {
            Some("named parameters are counted in variadic signatures only".into())
        }
        Some(n) if n as usize > signature.params.len() => {
            Some("more named parameters than parameters".into())
        }
        _ => None,
    }
}

struct Items<'a> {
    module: &'a Module,
    errors: Vec<VerifierError>,
}

impl Items<'_> {
    fn error(&mut self, loc: Loc, message: impl Into<String>) {
        self.errors.push(VerifierError {
            function: None,
            block: None,
            inst: None,
            message: message.into(),
            loc,
        });
    }

    fn symbols(&mut self) {
        let module = self.module;
        let exists = |symbol: Symbol| symbol.index() < module.symbols.len();
        for (symbol, data) in module.symbols.iter() {
            let name = &data.name;
            let fault = match &data.definition {
                SymbolDefinition::Function(id) => match module.functions.get(*id) {
                    Some(function) if function.symbol == symbol => None,
                    _ => Some("its function is not its own"),
                },
                SymbolDefinition::Data(id) => match module.data.get(*id) {
                    Some(data) if data.symbol == symbol => None,
                    _ => Some("its data is not its own"),
                },
                SymbolDefinition::Alias(target, _) | SymbolDefinition::Ifunc(target) if !exists(*target) => {
                    Some("it stands for a symbol that does not exist")
                }
                SymbolDefinition::Ifunc(target) => {
                    let is_function =
                        matches!(module.symbols[*target].definition, SymbolDefinition::Function(_));
                    (!is_function).then_some("its resolver is not a function of this module")
                }
                SymbolDefinition::Alias(..) => alias_fault(module, symbol),
                SymbolDefinition::DeclaredFunction(signature) => {
                    if let Some(message) = signature_fault(module, signature) {
                        self.error(data.loc, format!("@{name}: {message}"));
                    }
                    None
                }
                SymbolDefinition::Undeclared | SymbolDefinition::DeclaredData => None,
            };
            if let Some(fault) = fault {
                self.error(data.loc, format!("@{name}: {fault}"));
            }
            if data.section.is_some_and(|s| s.index() >= module.sections.len())
                || data.comdat.is_some_and(|c| c.index() >= module.comdats.len())
            {
                self.error(data.loc, format!("@{name}: its section or comdat group does not exist"));
            }
        }
    }

    fn aggregates(&mut self) {
        let module = self.module;
        let mut names = FxHashSet::default();
        for (id, data) in module.aggregates.iter() {
            let name = &data.name;
            if !names.insert(name.as_str()) {
                self.error(Loc::NONE, format!("two types are named %{name}"));
            }
            if !data.align.is_power_of_two() {
                self.error(Loc::NONE, format!("%{name}: the alignment {} is no power of two", data.align));
            }
            for (i, field) in data.fields.iter().enumerate() {
                let size = match field.ty {
                    FieldType::Scalar(ty) => u64::from(ty.bytes(&module.target.layout)),
                    FieldType::Aggregate(inner) => match module.aggregates.get(inner) {
                        Some(inner) => inner.size,
                        None => {
                            self.error(Loc::NONE, format!("%{name}: the type of field {i} does not exist"));
                            continue;
                        }
                    },
                };
                let end = size.checked_mul(field.count).and_then(|s| s.checked_add(field.offset));
                if field.bit_field.is_none() && end.is_none_or(|end| end > data.size) {
                    self.error(Loc::NONE, format!("%{name}: field {i} ends outside the type"));
                }
            }
            let is_complex =
                matches!(data.fields.as_slice(), [a, b] if a.ty == b.ty && a.count == 1 && b.count == 1);
            if data.kind == AggregateKind::Complex && !is_complex {
                self.error(Loc::NONE, format!("%{name}: a complex type has two fields of one type"));
            }
            if id.index() >= usize::from(u16::MAX) * 64 {
                self.error(Loc::NONE, "too many types");
            }
        }
        if self.errors.is_empty() {
            self.aggregate_circles();
        }
    }

    /// No aggregate contains itself. Depth first with colours, without recursion.
    fn aggregate_circles(&mut self) {
        let module = self.module;
        let mut state = vec![0u8; module.aggregates.len()];
        let mut stack: Vec<(Aggregate, usize)> = Vec::new();
        for root in module.aggregates.keys() {
            if state[root.index()] == 0 {
                state[root.index()] = 1;
                stack.push((root, 0));
            }
            while let Some((id, next)) = stack.last_mut() {
                let Some(field) = module.aggregates[*id].fields.get(*next) else {
                    state[id.index()] = 2;
                    stack.pop();
                    continue;
                };
                *next += 1;
                let FieldType::Aggregate(inner) = field.ty else { continue };
                match state[inner.index()] {
                    0 => {
                        state[inner.index()] = 1;
                        stack.push((inner, 0));
                    }
                    1 => {
                        let name = &module.aggregates[inner].name;
                        return self.error(Loc::NONE, format!("%{name} contains itself"));
                    }
                    _ => {}
                }
            }
        }
    }

    fn alias_tags(&mut self) {
        let tags = &self.module.alias_tags;
        for (_, tag) in tags.iter() {
            let mut at = tag.parent;
            let mut steps = 0;
            while let Some(parent) = at {
                steps += 1;
                match tags.get(parent) {
                    Some(data) if steps <= tags.len() => at = data.parent,
                    _ => {
                        self.error(Loc::NONE, format!("the ancestors of tag !{} do not end", tag.name));
                        return;
                    }
                }
            }
        }
    }

    /// Every definition is in the order of output once.
    fn order(&mut self) {
        let module = self.module;
        let mut seen = vec![false; module.symbols.len()];
        for definition in &module.order {
            let symbol = match definition {
                Definition::Function(id) => module.functions.get(*id).map(|f| f.symbol),
                Definition::Data(id) => module.data.get(*id).map(|d| d.symbol),
                Definition::Asm(..) => continue,
            };
            match symbol.and_then(|s| seen.get_mut(s.index())) {
                None => self.error(Loc::NONE, "the order of output lists a definition that does not exist"),
                Some(true) => {
                    let name = symbol.map_or("", |s| &module.symbols[s].name);
                    self.error(Loc::NONE, format!("the order of output lists @{name} twice"));
                }
                Some(slot) => *slot = true,
            }
        }
        for (symbol, data) in module.symbols.iter() {
            let is_defined =
                matches!(data.definition, SymbolDefinition::Function(_) | SymbolDefinition::Data(_));
            if is_defined && !seen[symbol.index()] {
                self.error(data.loc, format!("@{} is defined but not in the order of output", data.name));
            }
        }
    }

    fn data(&mut self) {
        let module = self.module;
        for definition in &module.order {
            let Definition::Data(id) = definition else { continue };
            let Some(data) = module.data.get(*id) else { continue };
            let Some(symbol) = module.symbols.get(data.symbol) else { continue };
            if !data.align.is_power_of_two() {
                let message = format!("@{}: the alignment {} is no power of two", symbol.name, data.align);
                self.error(symbol.loc, message);
            }
            let mut sizes = data.items.iter().map(DataItem::size);
            if sizes.try_fold(0u64, u64::checked_add).is_none() {
                self.error(symbol.loc, format!("@{} is larger than the address space", symbol.name));
            }
            if symbol.linkage == Linkage::Common && !data.is_zero() {
                self.error(symbol.loc, format!("@{}: common data has no content", symbol.name));
            }
            for (i, item) in data.items.iter().enumerate() {
                if let Some(message) = data_item_fault(module, item) {
                    self.error(symbol.loc, format!("@{}: item {i}: {message}", symbol.name));
                }
            }
        }
    }

    fn init_entries(&mut self) {
        for entry in self.module.constructors.iter().chain(&self.module.destructors) {
            if self.module.symbols.get(entry.function).is_none() {
                self.error(Loc::NONE, "a constructor or destructor does not exist");
            }
        }
    }
}

fn alias_fault(module: &Module, symbol: Symbol) -> Option<&'static str> {
    let mut at = symbol;
    for _ in 0..=module.symbols.len() {
        match module.symbols.get(at)?.definition {
            SymbolDefinition::Alias(target, _) => at = target,
            SymbolDefinition::Undeclared => return Some("it stands for a symbol that is not declared"),
            _ => return None,
        }
    }
    Some("it stands for itself")
}

fn data_item_fault(module: &Module, item: &DataItem) -> Option<&'static str> {
    let label_exists = |label: Label| match label {
        Label::Symbol(symbol) => module.symbols.get(symbol).is_some(),
        Label::Block(function, block) => {
            module.functions.get(function).is_some_and(|f| block.index() < f.blocks.len())
        }
    };
    let (size_fits, label_fits) = match item {
        DataItem::Bytes(_) | DataItem::Zeros(_) => (true, true),
        DataItem::Address { symbol, size, .. } => {
            (matches!(size, 4 | 8), label_exists(Label::Symbol(*symbol)))
        }
        DataItem::BlockAddress { function, block, size, .. } => {
            (matches!(size, 4 | 8), label_exists(Label::Block(*function, *block)))
        }
        DataItem::Difference { plus, minus, size, .. } => {
            (matches!(size, 1 | 2 | 4 | 8), label_exists(*plus) && label_exists(*minus))
        }
    };
    match (size_fits, label_fits) {
        (false, _) => Some("its size is not possible"),
        (_, false) => Some("it refers to something that does not exist"),
        _ => None,
    }
}

/// References of the debug tables, and of functions to them, that lead nowhere.
pub(crate) fn debug_references(module: &Module) -> Vec<String> {
    let mut errors = Vec::new();
    let types = module.debug_types.len();
    let scopes = module.debug_scopes.len();
    let has_type = |ty: DebugType| ty.index() < types;
    let optional = |ty: Option<DebugType>| ty.is_none_or(has_type);
    for (id, data) in module.debug_types.iter() {
        let fine = match data {
            DebugTypeData::Base { .. } | DebugTypeData::Enumeration { .. } => true,
            DebugTypeData::Pointer(ty) | DebugTypeData::Qualified(_, ty) => optional(*ty),
            DebugTypeData::Typedef { target, .. } => optional(*target),
            DebugTypeData::Composite { members, .. } => members.iter().all(|m| has_type(m.ty)),
            DebugTypeData::Array { element, .. } => has_type(*element),
            DebugTypeData::Subroutine { result, params, .. } => {
                optional(*result) && params.iter().all(|p| has_type(*p))
            }
        };
        if !fine {
            errors.push(format!("{id} refers to a debug type that does not exist"));
        }
    }
    for (id, data) in module.debug_scopes.iter() {
        if data.parent.is_some_and(|p| p.index() >= scopes || p >= id) {
            errors.push(format!("the parent of {id} does not stand before it"));
        }
        if !optional(data.ty) {
            errors.push(format!("{id} refers to a debug type that does not exist"));
        }
    }
    for (id, data) in module.debug_variables.iter() {
        if !has_type(data.ty) || data.scope.is_some_and(|s| s.index() >= scopes) {
            errors.push(format!("{id} refers to a debug type or scope that does not exist"));
        }
    }
    for function in module.functions.values() {
        let marks = function.scope_marks().iter().map(|(_, scope)| *scope);
        if marks.chain(function.scope).any(|s| s.index() >= scopes) {
            errors.push("a function refers to a debug scope that does not exist".to_string());
        }
    }
    errors
}

//! Writing the module's items other than functions: target, types, tags, declarations, data, debug
//! tables, constructors; and the attributes that functions share with them.

use super::write::{Addend, Name, Quoted, Writer};
use crate::debug::{DebugMember, DebugScopeData, DebugTypeData, DebugVariableData, Qualifier};
use crate::entity::*;
use crate::function::Function;
use crate::memory::AliasTag;
use crate::module::*;
use crate::types::{AggregateData, AggregateKind, FieldType};
use lathe_target::features::{FEATURES, Family};
use lathe_target::{Arch, CodeModel, FeatureSet, RelocModel};
use std::fmt::{self, Write};

/// The words of linkages; `None` is the default.
pub(super) fn linkage_word(linkage: Linkage) -> Option<&'static str> {
    match linkage {
        Linkage::External => None,
        Linkage::Internal => Some("internal"),
        Linkage::Weak => Some("weak"),
        Linkage::LinkOnce => Some("linkonce"),
        Linkage::Common => Some("common"),
        Linkage::AvailableExternally => Some("available_externally"),
    }
}

/// The words of visibilities; `None` is the default.
pub(super) fn visibility_word(visibility: Visibility) -> Option<&'static str> {
    match visibility {
        Visibility::Default => None,
        Visibility::Hidden => Some("hidden"),
        Visibility::Protected => Some("protected"),
        Visibility::Internal => Some("visibility_internal"),
    }
}

/// The words of TLS models.
pub(super) fn tls_word(model: TlsModel) -> &'static str {
    match model {
        TlsModel::GeneralDynamic => "general_dynamic",
        TlsModel::LocalDynamic => "local_dynamic",
        TlsModel::InitialExec => "initial_exec",
        TlsModel::LocalExec => "local_exec",
    }
}

/// The flags that callers may rely on, with their words.
pub(super) fn callee_words(callee: &mut CalleeAttributes) -> [(&mut bool, &'static str); 7] {
    [
        (&mut callee.noreturn, "noreturn"),
        (&mut callee.nounwind, "nounwind"),
        (&mut callee.returns_twice, "returns_twice"),
        (&mut callee.is_const, "const"),
        (&mut callee.is_pure, "pure"),
        (&mut callee.is_malloc, "malloc"),
        (&mut callee.cold, "cold"),
    ]
}

/// The offset, in the natural layout of a struct, of a field of this alignment after `end`.
pub(super) fn align_up(end: u64, align: u32) -> u64 {
    end.checked_next_multiple_of(u64::from(align.max(1))).unwrap_or(u64::MAX)
}

impl<W: Write> Writer<'_, W> {
    pub(super) fn header(&mut self) -> fmt::Result {
        let module = self.module;
        if !module.name.is_empty() {
            writeln!(self.out, "module {}", Quoted(module.name.as_bytes()))?;
        }
        let target = &module.target;
        write!(self.out, "target \"{}\"", target.triple)?;
        match target.reloc_model {
            RelocModel::Static => self.out.write_str(", reloc static")?,
            RelocModel::Pie => {}
            RelocModel::Pic => self.out.write_str(", reloc pic")?,
        }
        match target.code_model {
            CodeModel::Small => {}
            CodeModel::Kernel => self.out.write_str(", code kernel")?,
            CodeModel::Medium => self.out.write_str(", code medium")?,
            CodeModel::Large => self.out.write_str(", code large")?,
        }
        let arch = target.triple.arch;
        let base = FeatureSet::baseline(arch);
        for (feature, name, family) in FEATURES {
            if *family == family_of(arch) && base.has(*feature) != target.features.has(*feature) {
                let sign = if target.features.has(*feature) { '+' } else { '-' };
                write!(self.out, ", feature \"{sign}{name}\"")?;
            }
        }
        self.out.write_char('\n')?;
        if let Some(ident) = &module.ident {
            writeln!(self.out, "ident {}", Quoted(ident.as_bytes()))?;
        }
        Ok(())
    }

    pub(super) fn types_and_tags(&mut self) -> fmt::Result {
        let module = self.module;
        for (id, aggregate) in module.aggregates.iter() {
            self.aggregate(id, aggregate)?;
        }
        for tag in module.alias_tags.values() {
            self.alias_tag(tag)?;
        }
        Ok(())
    }

    fn aggregate(&mut self, id: Aggregate, data: &AggregateData) -> fmt::Result {
        let kind = match data.kind {
            AggregateKind::Struct => "",
            AggregateKind::Union => "union ",
            AggregateKind::Complex => "complex ",
        };
        let transparent = if data.transparent { "transparent " } else { "" };
        write!(self.out, "type {} = {transparent}{kind}{{", Name('%', &data.name))?;
        let (mut end, mut align) = (0u64, 1u32);
        for (i, field) in data.fields.iter().enumerate() {
            self.out.write_str(if i == 0 { " " } else { ", " })?;
            let (size, field_align) = natural_layout(self.module, id, field.ty);
            let place = match data.kind {
                AggregateKind::Union => 0,
                _ => align_up(end, field_align),
            };
            if field.offset != place {
                write!(self.out, "{}: ", field.offset)?;
            }
            match field.ty {
                FieldType::Scalar(ty) => write!(self.out, "{ty}")?,
                FieldType::Aggregate(inner) => write!(self.out, "{}", self.aggregate_name(inner))?,
            }
            if field.count != 1 {
                write!(self.out, "[{}]", field.count)?;
            }
            if let Some(bits) = field.bit_field {
                write!(self.out, " bits {bits}")?;
            }
            end = end.max(field.offset.saturating_add(size.saturating_mul(field.count)));
            align = align.max(field_align);
        }
        self.out.write_str(if data.fields.is_empty() { "}" } else { " }" })?;
        if data.size != align_up(end, align) {
            write!(self.out, ", size {}", data.size)?;
        }
        if data.align != align {
            write!(self.out, ", align {}", data.align)?;
        }
        self.out.write_char('\n')
    }

    fn alias_tag(&mut self, tag: &AliasTag) -> fmt::Result {
        write!(self.out, "tag {}", Name('!', &tag.name))?;
        if let Some(parent) = tag.parent {
            write!(self.out, " = {}", self.tag_name(parent))?;
        }
        for (word, list) in [("scopes", &tag.scopes), ("noalias", &tag.no_alias)] {
            for (i, scope) in list.iter().enumerate() {
                match i {
                    0 => write!(self.out, ", {word}({scope}")?,
                    _ => write!(self.out, ", {scope}")?,
                }
            }
            if !list.is_empty() {
                self.out.write_char(')')?;
            }
        }
        self.out.write_char('\n')
    }

    pub(super) fn declarations(&mut self) -> fmt::Result {
        let module = self.module;
        for (symbol, data) in module.symbols.iter() {
            let name = Name('@', &data.name);
            match &data.definition {
                SymbolDefinition::Undeclared => write!(self.out, "declare symbol {name}")?,
                SymbolDefinition::DeclaredFunction(signature) => {
                    write!(self.out, "declare {name}")?;
                    self.signature(signature)?;
                }
                SymbolDefinition::DeclaredData => write!(self.out, "declare data {name}")?,
                SymbolDefinition::Alias(target, offset) => {
                    write!(self.out, "alias {name} = {}{}", self.symbol_name(*target), Addend(*offset))?;
                }
                SymbolDefinition::Ifunc(resolver) => {
                    write!(self.out, "ifunc {name} = {}", self.symbol_name(*resolver))?;
                }
                SymbolDefinition::Function(_) | SymbolDefinition::Data(_) => continue,
            }
            self.symbol_attributes(symbol)?;
            self.out.write_char('\n')?;
        }
        Ok(())
    }

    /// `, internal, hidden, section "x"`: what all symbols may have.
    fn symbol_attributes(&mut self, symbol: Symbol) -> fmt::Result {
        let Some(data) = self.module.symbols.get(symbol) else { return Ok(()) };
        for word in [linkage_word(data.linkage), visibility_word(data.visibility)].into_iter().flatten() {
            write!(self.out, ", {word}")?;
        }
        if let Some(model) = data.tls {
            write!(self.out, ", tls {}", tls_word(model))?;
        }
        if let Some(section) = data.section {
            write!(self.out, ", section {}", Quoted(self.module.sections[section].name.as_bytes()))?;
        }
        if let Some(comdat) = data.comdat {
            write!(self.out, ", comdat {}", Quoted(self.module.comdats[comdat].name.as_bytes()))?;
        }
        let words = [
            (data.weak_reference, "weak_reference"),
            (data.used, "used"),
            (data.retain, "retain"),
            (data.no_plt, "no_plt"),
        ];
        for (_, word) in words.iter().filter(|(on, _)| *on) {
            write!(self.out, ", {word}")?;
        }
        for version in &data.versions {
            write!(self.out, ", version {}", Quoted(version.as_bytes()))?;
        }
        let mut callee = data.callee;
        for (i, (_, word)) in callee_words(&mut callee).iter().filter(|(on, _)| **on).enumerate() {
            write!(self.out, "{}{word}", if i == 0 { ", callee(" } else { ", " })?;
        }
        if data.callee != CalleeAttributes::default() {
            self.out.write_char(')')?;
        }
        self.attribute_at(data.loc)
    }

    pub(super) fn function_attributes(&mut self, func: &Function) -> fmt::Result {
        self.symbol_attributes(func.symbol)?;
        let mut attributes = func.attributes.clone();
        for (_, word) in function_words(&mut attributes).iter().filter(|(on, _)| **on) {
            write!(self.out, ", {word}")?;
        }
        if attributes.stack_protector != 0 {
            write!(self.out, ", stack_protector {}", attributes.stack_protector)?;
        }
        if attributes.align != 0 {
            write!(self.out, ", align {}", attributes.align)?;
        }
        if attributes.patchable_entry != (0, 0) {
            let (all, before) = attributes.patchable_entry;
            write!(self.out, ", patchable_entry {all} {before}")?;
        }
        if let Some(personality) = attributes.personality {
            write!(self.out, ", personality {}", self.symbol_name(personality))?;
        }
        if let Some(scope) = func.scope {
            write!(self.out, ", scope {scope}")?;
        }
        if self.locations && func.loc.is_some() {
            write!(self.out, ", body_at {}", func.loc.0)?;
        }
        Ok(())
    }

    pub(super) fn data(&mut self, data: &Data) -> fmt::Result {
        write!(self.out, "data {}:", self.symbol_name(data.symbol))?;
        if data.is_const {
            self.out.write_str(" const,")?;
        }
        if data.mergeable {
            self.out.write_str(" mergeable,")?;
        }
        if data.string_unit != 0 {
            write!(self.out, " string {},", data.string_unit)?;
        }
        write!(self.out, " align {}", data.align)?;
        self.symbol_attributes(data.symbol)?;
        self.out.write_str(" =")?;
        if data.items.is_empty() {
            self.out.write_str(" empty")?;
        }
        for (i, item) in data.items.iter().enumerate() {
            self.out.write_str(match i {
                0 => " ",
                _ if i % 8 == 0 => ",\n    ",
                _ => ", ",
            })?;
            self.data_item(item)?;
        }
        self.out.write_char('\n')
    }

    fn data_item(&mut self, item: &DataItem) -> fmt::Result {
        match item {
            DataItem::Bytes(bytes) => write!(self.out, "{}", Quoted(bytes)),
            DataItem::Zeros(n) => write!(self.out, "zeros {n}"),
            DataItem::Address { symbol, addend, size } => {
                write!(self.out, "addr{size} {}{}", self.symbol_name(*symbol), Addend(*addend))
            }
            DataItem::Difference { plus, minus, addend, size } => {
                write!(self.out, "diff{size} ")?;
                self.label(*plus)?;
                self.out.write_str(" - ")?;
                self.label(*minus)?;
                write!(self.out, "{}", Addend(*addend))
            }
            DataItem::BlockAddress { function, block, addend, size } => {
                write!(self.out, "addr{size} ")?;
                self.label(Label::Block(*function, *block))?;
                write!(self.out, "{}", Addend(*addend))
            }
        }
    }

    fn label(&mut self, label: Label) -> fmt::Result {
        match label {
            Label::Symbol(symbol) => write!(self.out, "{}", self.symbol_name(symbol)),
            Label::Block(function, block) => {
                let symbol = self.module.functions[function].symbol;
                write!(self.out, "{} {block}", self.symbol_name(symbol))
            }
        }
    }

    pub(super) fn init_entries(&mut self) -> fmt::Result {
        let module = self.module;
        for (word, list) in [("constructor", &module.constructors), ("destructor", &module.destructors)] {
            for entry in list {
                write!(self.out, "{word} {}", self.symbol_name(entry.function))?;
                if entry.priority != 65535 {
                    write!(self.out, ", priority {}", entry.priority)?;
                }
                self.out.write_char('\n')?;
            }
        }
        Ok(())
    }

    pub(super) fn debug_tables(&mut self) -> fmt::Result {
        let module = self.module;
        for (id, ty) in module.debug_types.iter() {
            write!(self.out, "debug_type {id} = ")?;
            self.debug_type(ty)?;
            self.out.write_char('\n')?;
        }
        for (id, scope) in module.debug_scopes.iter() {
            write!(self.out, "debug_scope {id} = ")?;
            self.debug_scope(scope)?;
            self.out.write_char('\n')?;
        }
        for (id, variable) in module.debug_variables.iter() {
            write!(self.out, "debug_variable {id} = ")?;
            self.debug_variable(variable)?;
            self.out.write_char('\n')?;
        }
        Ok(())
    }

    fn debug_type(&mut self, ty: &DebugTypeData) -> fmt::Result {
        match ty {
            DebugTypeData::Base { name, encoding, size } => {
                write!(self.out, "base {}, encoding {encoding}, size {size}", Quoted(name.as_bytes()))
            }
            DebugTypeData::Pointer(to) => write!(self.out, "pointer {}", OrVoid(*to)),
            DebugTypeData::Qualified(qualifier, of) => {
                write!(self.out, "{} {}", qualifier_word(*qualifier), OrVoid(*of))
            }
            DebugTypeData::Typedef { name, target, loc } => {
                write!(self.out, "typedef {} {}", Quoted(name.as_bytes()), OrVoid(*target))?;
                self.at(*loc)
            }
            DebugTypeData::Composite { is_union, name, size, members, loc } => {
                let word = if *is_union { "union" } else { "struct" };
                write!(self.out, "{word} {}", Quoted(name.as_bytes()))?;
                if let Some(size) = size {
                    write!(self.out, " size {size}")?;
                }
                self.out.write_str(" {")?;
                for (i, member) in members.iter().enumerate() {
                    self.out.write_str(if i == 0 { " " } else { ", " })?;
                    self.debug_member(member)?;
                }
                self.out.write_str(" }")?;
                self.at(*loc)
            }
            DebugTypeData::Enumeration { name, size, enumerators, loc } => {
                write!(self.out, "enum {} size {size} {{", Quoted(name.as_bytes()))?;
                for (i, (name, value)) in enumerators.iter().enumerate() {
                    let comma = if i == 0 { "" } else { "," };
                    write!(self.out, "{comma} {} = {value}", Quoted(name.as_bytes()))?;
                }
                self.out.write_str(" }")?;
                self.at(*loc)
            }
            DebugTypeData::Array { element, counts } => {
                write!(self.out, "array {element}")?;
                for count in counts {
                    match count {
                        Some(n) => write!(self.out, " [{n}]")?,
                        None => self.out.write_str(" []")?,
                    }
                }
                Ok(())
            }
            DebugTypeData::Subroutine { result, params, variadic } => {
                self.out.write_str("function (")?;
                for (i, param) in params.iter().enumerate() {
                    write!(self.out, "{}{param}", if i == 0 { "" } else { ", " })?;
                }
                if *variadic {
                    self.out.write_str(if params.is_empty() { "..." } else { ", ..." })?;
                }
                write!(self.out, ") -> {}", OrVoid(*result))
            }
        }
    }

    fn debug_member(&mut self, member: &DebugMember) -> fmt::Result {
        let DebugMember { name, ty, offset, bits } = member;
        write!(self.out, "{}: {ty} offset {offset}", Quoted(name.as_bytes()))?;
        match bits {
            Some((offset, width)) => write!(self.out, " bits {offset} {width}"),
            None => Ok(()),
        }
    }

    fn debug_scope(&mut self, scope: &DebugScopeData) -> fmt::Result {
        match &scope.name {
            Some(name) => write!(self.out, "function {}", Quoted(name.as_bytes()))?,
            None => self.out.write_str("block")?,
        }
        if let Some(parent) = scope.parent {
            write!(self.out, ", parent {parent}")?;
        }
        if let Some(ty) = scope.ty {
            write!(self.out, ", type {ty}")?;
        }
        if let Some(symbol) = scope.symbol {
            write!(self.out, ", symbol {}", self.symbol_name(symbol))?;
        }
        if let Some(loc) = scope.inlined_at {
            // Whether a scope is inlined matters even where positions are not wanted.
            write!(self.out, ", inlined_at {}", if self.locations { loc.0 } else { 0 })?;
        }
        self.attribute_at(scope.loc)?;
        if self.locations && scope.end.is_some() {
            write!(self.out, ", until {}", scope.end.0)?;
        }
        Ok(())
    }

    fn debug_variable(&mut self, variable: &DebugVariableData) -> fmt::Result {
        write!(self.out, "{}: {}", Quoted(variable.name.as_bytes()), variable.ty)?;
        if let Some(scope) = variable.scope {
            write!(self.out, ", scope {scope}")?;
        }
        if variable.param != 0 {
            write!(self.out, ", param {}", variable.param)?;
        }
        if let Some(symbol) = variable.symbol {
            write!(self.out, ", symbol {}", self.symbol_name(symbol))?;
        }
        self.attribute_at(variable.loc)
    }
}

/// Size and alignment of a field's element; an aggregate that stands after this one (or the same)
/// counts as nothing, since the reader does not know it yet.
pub(super) fn natural_layout(module: &Module, before: Aggregate, ty: FieldType) -> (u64, u32) {
    match ty {
        FieldType::Scalar(ty) => {
            let layout = ty.layout(&module.target.layout);
            (u64::from(layout.size), layout.align)
        }
        FieldType::Aggregate(inner) if inner < before => {
            module.aggregates.get(inner).map_or((0, 1), |a| (a.size, a.align))
        }
        FieldType::Aggregate(_) => (0, 1),
    }
}

/// The feature family of an architecture.
pub(super) fn family_of(arch: Arch) -> Family {
    match arch {
        Arch::X86 | Arch::X86_64 => Family::X86,
        Arch::AArch64 => Family::Arm,
        Arch::RiscV64 => Family::RiscV,
    }
}

/// The words of type qualifiers.
pub(super) fn qualifier_word(qualifier: Qualifier) -> &'static str {
    match qualifier {
        Qualifier::Const => "const",
        Qualifier::Volatile => "volatile",
        Qualifier::Restrict => "restrict",
        Qualifier::Atomic => "atomic",
    }
}

/// The flags of a function body with their words.
pub(super) fn function_words(
    attributes: &mut crate::function::FunctionAttributes,
) -> [(&mut bool, &'static str); 14] {
    [
        (&mut attributes.noreturn, "noreturn"),
        (&mut attributes.nounwind, "nounwind"),
        (&mut attributes.cold, "cold"),
        (&mut attributes.always_inline, "always_inline"),
        (&mut attributes.never_inline, "never_inline"),
        (&mut attributes.inline_hint, "inline_hint"),
        (&mut attributes.calls_returns_twice, "calls_returns_twice"),
        (&mut attributes.naked, "naked"),
        (&mut attributes.frame_pointer, "frame_pointer"),
        (&mut attributes.optimize_size, "optimize_size"),
        (&mut attributes.optimize_none, "optimize_none"),
        (&mut attributes.is_const, "const"),
        (&mut attributes.is_pure, "pure"),
        (&mut attributes.no_unwind_table, "no_unwind_table"),
    ]
}

/// A debug type or `void`.
struct OrVoid(Option<DebugType>);

impl fmt::Display for OrVoid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(ty) => write!(f, "{ty}"),
            None => f.write_str("void"),
        }
    }
}

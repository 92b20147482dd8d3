//! Symbol attributes and sections of definitions (ELF gABI, "Symbol Table", "Sections"; names as gcc has
//! them).

use crate::emit::context::ModuleContext;
use lathe_diag::Loc;
use lathe_ir::{Linkage, Symbol, SymbolData, Visibility};
use lathe_isa::SymbolId;
use lathe_mc::{
    SectionDefinition, SectionFlags, SectionType, Streamer, SymbolAttribute, SymbolBinding, SymbolKind,
    SymbolVisibility,
};

/// Binding, visibility, kind and versions of a definition.
pub fn define(cx: &ModuleContext<'_>, symbol: Symbol, kind: SymbolKind, out: &mut dyn Streamer) {
    let data = &cx.module.symbols[symbol];
    let id = cx.symbol(symbol);
    let mut set = |attribute| out.symbol_attribute(id, attribute, data.loc);
    match data.linkage {
        Linkage::External | Linkage::Common => set(SymbolAttribute::Binding(SymbolBinding::Global)),
        Linkage::Weak | Linkage::LinkOnce => set(SymbolAttribute::Binding(SymbolBinding::Weak)),
        Linkage::Internal | Linkage::AvailableExternally => {}
    }
    visibility(data, id, out);
    out.symbol_attribute(id, SymbolAttribute::Kind(kind), data.loc);
    versions(data, id, out);
}

/// `.hidden` and the like.
pub fn visibility(data: &SymbolData, id: SymbolId, out: &mut dyn Streamer) {
    let visibility = match data.visibility {
        Visibility::Default => return,
        Visibility::Hidden => SymbolVisibility::Hidden,
        Visibility::Protected => SymbolVisibility::Protected,
        Visibility::Internal => SymbolVisibility::Internal,
    };
    if data.linkage != Linkage::Internal {
        out.symbol_attribute(id, SymbolAttribute::Visibility(visibility), data.loc);
    }
}

/// `.symver`.
pub fn versions(data: &SymbolData, id: SymbolId, out: &mut dyn Streamer) {
    for version in &data.versions {
        out.symbol_attribute(id, SymbolAttribute::Version(version.as_str().into()), data.loc);
    }
}

/// What is special about undefined symbols: weak references, visibility.
pub fn declare(cx: &ModuleContext<'_>, symbol: Symbol, out: &mut dyn Streamer) {
    let data = &cx.module.symbols[symbol];
    let id = cx.symbol(symbol);
    if data.weak_reference {
        out.symbol_attribute(id, SymbolAttribute::Binding(SymbolBinding::Weak), data.loc);
    }
    visibility(data, id, out);
    versions(data, id, out);
}

/// Puts a definition's section into its comdat group and marks it as retained.
pub fn finish_section(
    cx: &ModuleContext<'_>,
    data: &SymbolData,
    mut section: SectionDefinition,
) -> SectionDefinition {
    if data.retain {
        section.flags = section.flags.or(SectionFlags::RETAIN);
    }
    match data.comdat {
        Some(comdat) => {
            let name = cx.module.comdats[comdat].name.to_string();
            section.in_comdat(name)
        }
        None if data.linkage == Linkage::LinkOnce => section.in_comdat(data.name.to_string()),
        None => section,
    }
}

/// The section of a function.
pub fn code_section(cx: &ModuleContext<'_>, data: &SymbolData, cold: bool) -> SectionDefinition {
    if let Some(section) = data.section {
        let name = cx.module.sections[section].name.to_string();
        return finish_section(cx, data, SectionDefinition::code(name));
    }
    let own = cx.options.function_sections
        || data.comdat.is_some()
        || data.linkage == Linkage::LinkOnce
        || data.retain;
    let base = if cold { ".text.unlikely" } else { ".text" };
    let section = match (own, cold) {
        (false, false) => SectionDefinition::code(".text"),
        (false, true) => SectionDefinition::code(".text.unlikely"),
        (true, _) => SectionDefinition::code(format!("{base}.{}", data.name)),
    };
    finish_section(cx, data, section)
}

/// A section by its name alone, as `__attribute__((section))` gives it: type and flags follow gcc's
/// rules for well-known names, else from what is put in.
pub fn named_data_section(name: &str, is_const: bool, is_zero: bool, is_tls: bool) -> SectionDefinition {
    let starts = |prefix: &str| name == prefix || name.starts_with(&format!("{prefix}."));
    let kind = if starts(".bss") || starts(".tbss") || starts(".sbss") || (is_zero && starts(".noinit")) {
        SectionType::NOBITS
    } else if starts(".init_array") {
        SectionType::INIT_ARRAY
    } else if starts(".fini_array") {
        SectionType::FINI_ARRAY
    } else if starts(".preinit_array") {
        SectionType::PREINIT_ARRAY
    } else if starts(".note") {
        SectionType::NOTE
    } else {
        SectionType::PROGBITS
    };
    let mut flags = SectionFlags::ALLOC;
    if !is_const {
        flags = flags.or(SectionFlags::WRITE);
    }
    if is_tls {
        flags = flags.or(SectionFlags::TLS);
    }
    SectionDefinition::new(name.to_string(), kind, flags)
}

/// `.size symbol, .-symbol`.
pub fn size_to_here(symbol: SymbolId, out: &mut dyn Streamer) {
    let size = lathe_mc::Expression::here_minus(symbol);
    out.symbol_attribute(symbol, SymbolAttribute::Size(size), Loc::NONE);
}

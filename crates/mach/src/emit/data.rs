//! Data objects: section, alignment, contents.

use crate::emit::attributes;
use crate::emit::context::ModuleContext;
use lathe_diag::Loc;
use lathe_ir::module::Label;
use lathe_ir::{Data, DataItem, Linkage, SymbolData};
use lathe_isa::SymbolId;
use lathe_mc::{
    Alignment, Common, Expression, SectionDefinition, SectionFlags, SectionType, Streamer, SymbolKind,
};
use lathe_target::RelocModel;

/// Emits a data object with its symbol.
pub fn emit(cx: &ModuleContext<'_>, data: &Data, out: &mut dyn Streamer) {
    let symbol = &cx.module.symbols[data.symbol];
    let id = cx.symbol(data.symbol);
    let align_log2 = data.align.max(1).trailing_zeros() as u8;
    let size = data.size();
    if symbol.linkage == Linkage::Common && symbol.section.is_none() && symbol.tls.is_none() {
        attributes::visibility(symbol, id, out);
        out.common(id, Common { size_bytes: size, align_log2: Some(align_log2), local: false }, symbol.loc);
        return;
    }
    let definition = section(cx, data, symbol);
    let holds_no_bytes = definition.is_zeros();
    let definition = attributes::finish_section(cx, symbol, definition);
    let section = out.section(&definition, symbol.loc);
    out.switch_section(section, 0);
    if align_log2 > 0 {
        out.align(Alignment::log2(align_log2));
    }
    let kind = if symbol.tls.is_some() { SymbolKind::ThreadLocal } else { SymbolKind::Object };
    attributes::define(cx, data.symbol, kind, out);
    let shown = size.max(u64::from(size == 0 && !is_zero_sized_allowed(symbol)));
    let size_attribute = lathe_mc::SymbolAttribute::Size(Expression::Constant(size as i64));
    out.symbol_attribute(id, size_attribute, symbol.loc);
    out.label(id, symbol.loc);
    if holds_no_bytes {
        zeros(shown, out);
        return;
    }
    for item in &data.items {
        emit_item(cx, item, out);
    }
    if size == 0 && shown > 0 {
        zeros(shown, out);
    }
}

/// Objects without size may share an address with the next one; C has none but gcc's extension.
fn is_zero_sized_allowed(_: &SymbolData) -> bool {
    true
}

fn zeros(count: u64, out: &mut dyn Streamer) {
    if count > 0 {
        let count = Expression::Constant(count as i64);
        out.fill(lathe_mc::Fill { count, value: 0, size_bytes: 1 }, Loc::NONE);
    }
}

fn label(cx: &ModuleContext<'_>, label: &Label, out: &mut dyn Streamer) -> SymbolId {
    match label {
        Label::Symbol(symbol) => cx.symbol(*symbol),
        Label::Block(function, block) => out.symbol(&ModuleContext::block_label(*function, *block)),
    }
}

fn emit_item(cx: &ModuleContext<'_>, item: &DataItem, out: &mut dyn Streamer) {
    match item {
        DataItem::Bytes(bytes) => out.bytes(bytes),
        DataItem::Zeros(count) => zeros(*count, out),
        DataItem::Address { symbol, addend, size } => {
            out.value(Expression::offset(cx.symbol(*symbol), *addend), *size, Loc::NONE);
        }
        DataItem::Difference { plus, minus, addend, size } => {
            let (plus, minus) = (label(cx, plus, out), label(cx, minus, out));
            let value = Expression::offset(plus, *addend).minus(Expression::symbol(minus));
            out.value(value, *size, Loc::NONE);
        }
        DataItem::BlockAddress { function, block, addend, size } => {
            let symbol = out.symbol(&ModuleContext::block_label(*function, *block));
            out.value(Expression::offset(symbol, *addend), *size, Loc::NONE);
        }
    }
}

/// The section of a data object, by gcc's rules.
fn section(cx: &ModuleContext<'_>, data: &Data, symbol: &SymbolData) -> SectionDefinition {
    let is_tls = symbol.tls.is_some();
    let is_zero = data.is_zero();
    if let Some(section) = symbol.section {
        let name = &cx.module.sections[section].name;
        return attributes::named_data_section(name, data.is_const, is_zero, is_tls);
    }
    let own = cx.options.data_sections
        || symbol.comdat.is_some()
        || symbol.linkage == Linkage::LinkOnce
        || symbol.retain;
    let named = |base: &'static str| {
        if own { format!("{base}.{}", symbol.name).into() } else { std::borrow::Cow::Borrowed(base) }
    };
    if is_tls {
        let (base, kind) =
            if is_zero { (".tbss", SectionType::NOBITS) } else { (".tdata", SectionType::PROGBITS) };
        let flags = SectionFlags::ALLOC.or(SectionFlags::WRITE).or(SectionFlags::TLS);
        return SectionDefinition::new(named(base), kind, flags);
    }
    if !data.is_const {
        return if is_zero {
            SectionDefinition::zeros(named(".bss"))
        } else {
            SectionDefinition::data(named(".data"))
        };
    }
    let relocated = data
        .items
        .iter()
        .any(|item| matches!(item, DataItem::Address { .. } | DataItem::BlockAddress { .. }));
    if relocated && cx.module.target.reloc_model != RelocModel::Static {
        let local = data.items.iter().all(|item| match item {
            DataItem::Address { symbol, .. } => cx.module.is_local_definition(*symbol),
            _ => true,
        });
        return SectionDefinition::data(named(if local { ".data.rel.ro.local" } else { ".data.rel.ro" }));
    }
    mergeable_section(data, symbol, own).unwrap_or_else(|| SectionDefinition::constants(named(".rodata")))
}

/// Strings and small constants whose address does not matter, for the linker to join.
fn mergeable_section(data: &Data, symbol: &SymbolData, own: bool) -> Option<SectionDefinition> {
    if !data.mergeable || own || symbol.linkage != Linkage::Internal {
        return None;
    }
    let plain = data.items.iter().all(|item| matches!(item, DataItem::Bytes(_) | DataItem::Zeros(_)));
    if !plain {
        return None;
    }
    let unit = u64::from(data.string_unit);
    if unit > 0 && data.size() > 0 {
        let align = u64::from(data.align).max(unit);
        let name: std::borrow::Cow<'static, str> = match (unit, align) {
            (1, 1) => ".rodata.str1.1".into(),
            (1, 8) => ".rodata.str1.8".into(),
            (2, 2) => ".rodata.str2.2".into(),
            (4, 4) => ".rodata.str4.4".into(),
            _ => format!(".rodata.str{unit}.{align}").into(),
        };
        return Some(SectionDefinition::strings(name, unit));
    }
    let size = data.size();
    let name = match size {
        4 => ".rodata.cst4",
        8 => ".rodata.cst8",
        16 => ".rodata.cst16",
        32 => ".rodata.cst32",
        _ => return None,
    };
    (u64::from(data.align) <= size).then(|| SectionDefinition::mergeable(name, size))
}

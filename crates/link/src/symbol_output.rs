//! `.symtab`: which symbols it holds, and its bytes.

use crate::addresses::Addresses;
use crate::constants as elf;
use crate::elf::Class;
use crate::link::Link;
use crate::symbols::{Definition, NONE, Symbol, SymbolId, flag, need};
use crate::{DiscardLocals, Strip};

/// The symbols chosen, and their names.
#[derive(Debug, Default)]
pub(crate) struct SymbolOutput {
    pub symbols: Vec<(SymbolId, u32)>,
    /// Local ones without the null symbol.
    pub locals: u32,
    pub strings: Vec<u8>,
}

/// Chooses the symbols.
pub(crate) fn choose(link: &Link<'_>) -> SymbolOutput {
    let mut output = SymbolOutput { strings: vec![0], ..SymbolOutput::default() };
    if link.options.strip == Strip::All {
        return output;
    }
    if link.options.discard_locals != DiscardLocals::All {
        for object in &link.objects {
            let mut file_symbol = None;
            for &id in object.symbol_ids.iter().take(object.first_global) {
                let symbol = &link.symbols[id];
                if symbol.kind == elf::STT_FILE {
                    file_symbol = Some(id);
                } else if wanted_local(link, symbol) {
                    if let Some(file) = file_symbol.take() {
                        output.push(link, file);
                    }
                    output.push(link, id);
                }
            }
        }
    }
    let globals = || link.symbols.globals().filter(|&id| wanted_global(link, &link.symbols[id]));
    for id in globals().filter(|&id| is_local(&link.symbols[id])) {
        output.push(link, id);
    }
    output.locals = output.symbols.len() as u32;
    for id in globals().filter(|&id| !is_local(&link.symbols[id])) {
        output.push(link, id);
    }
    output
}

impl SymbolOutput {
    fn push(&mut self, link: &Link<'_>, id: SymbolId) {
        let symbol = &link.symbols[id];
        let at = self.strings.len() as u32;
        self.strings.extend_from_slice(symbol.name);
        if let (Some(version), true) = (symbol.version, !symbol.name.is_empty()) {
            let hidden = symbol.has(flag::HIDDEN_VERSION) || !symbol.is_defined_here();
            self.strings.extend_from_slice(if hidden { b"@" } else { b"@@" });
            self.strings.extend_from_slice(version);
        }
        self.strings.push(0);
        self.symbols.push((id, if symbol.name.is_empty() { 0 } else { at }));
    }
}

fn is_local(symbol: &Symbol<'_>) -> bool {
    symbol.is_local() && symbol.is_defined_here()
}

fn in_output(link: &Link<'_>, symbol: &Symbol<'_>) -> bool {
    match symbol.definition {
        Definition::Section { file, section } => {
            let input = &link.objects[file as usize].sections[section as usize];
            input.live && input.output != NONE
        }
        Definition::Undefined => false,
        _ => true,
    }
}

fn wanted_local(link: &Link<'_>, symbol: &Symbol<'_>) -> bool {
    // Every address that code or its debug information refers to has a label where code is deleted.
    let labels = matches!(link.arch.adjustment, crate::arch::Adjustment::Deletion);
    let discard = labels || link.options.discard_locals == DiscardLocals::Temporary;
    let temporary = symbol.name.starts_with(b".L");
    symbol.kind != elf::STT_SECTION
        && !symbol.name.is_empty()
        && !(temporary && (discard || is_merged(link, symbol)))
        && in_output(link, symbol)
}

fn is_merged(link: &Link<'_>, symbol: &Symbol<'_>) -> bool {
    match symbol.definition {
        Definition::Section { file, section } => {
            link.objects[file as usize].sections[section as usize].merge != NONE
        }
        _ => false,
    }
}

fn wanted_global(link: &Link<'_>, symbol: &Symbol<'_>) -> bool {
    if symbol.is_defined_here() {
        return in_output(link, symbol) && symbol.has(flag::IN_OBJECT);
    }
    symbol.has(flag::USED) && symbol.has(flag::IN_OBJECT)
}

/// A symbol's section index in the output, and its value there.
pub(crate) fn section_and_value(addresses: &Addresses<'_, '_>, id: SymbolId, dynamic: bool) -> (u16, u64) {
    let link = addresses.link;
    let symbol = &link.symbols[id];
    let sections = &addresses.layout.sections;
    let value = |address: u64| {
        if symbol.kind == elf::STT_TLS { address.wrapping_sub(addresses.layout.tls.0) } else { address }
    };
    match symbol.definition {
        Definition::Section { file, section } => {
            let input = &link.objects[file as usize].sections[section as usize];
            let address = addresses.in_section(file, section, symbol.value);
            let index =
                if input.output == NONE { elf::SHN_ABS } else { sections[input.output as usize].index };
            if dynamic && symbol.needs & need::CANONICAL_PLT != 0 {
                return (index, addresses.symbol(id, 0));
            }
            (index, value(address))
        }
        Definition::Absolute => (elf::SHN_ABS, symbol.value),
        Definition::Address => {
            let holder = sections
                .iter()
                .filter(|s| s.is_alloc() && s.address <= symbol.value)
                .max_by_key(|s| s.address);
            (holder.or(sections.first()).map_or(elf::SHN_ABS, |section| section.index), value(symbol.value))
        }
        Definition::Shared { .. } | Definition::Undefined | Definition::Common { .. } => {
            let canonical = symbol.needs & need::CANONICAL_PLT != 0;
            (elf::SHN_UNDEF, if canonical { addresses.symbol(id, 0) } else { 0 })
        }
    }
}

/// Appends one symbol.
pub(crate) fn put_symbol(
    class: Class,
    out: &mut Vec<u8>,
    (name, info, other): (u32, u8, u8),
    section: u16,
    value: u64,
    size: u64,
) {
    out.extend_from_slice(&name.to_le_bytes());
    match class {
        Class::Elf64 => {
            out.extend_from_slice(&[info, other]);
            out.extend_from_slice(&section.to_le_bytes());
            out.extend_from_slice(&value.to_le_bytes());
            out.extend_from_slice(&size.to_le_bytes());
        }
        Class::Elf32 => {
            out.extend_from_slice(&(value as u32).to_le_bytes());
            out.extend_from_slice(&(size as u32).to_le_bytes());
            out.extend_from_slice(&[info, other]);
            out.extend_from_slice(&section.to_le_bytes());
        }
    }
}

/// The bytes of `.symtab`.
pub(crate) fn symbol_table(addresses: &Addresses<'_, '_>, output: &SymbolOutput) -> Vec<u8> {
    let link = addresses.link;
    let class = link.arch.class;
    let mut out = Vec::with_capacity((output.symbols.len() + 1) * class.symbol());
    put_symbol(class, &mut out, (0, 0, 0), 0, 0, 0);
    for (index, &(id, name)) in output.symbols.iter().enumerate() {
        let symbol = &link.symbols[id];
        let (section, value) = section_and_value(addresses, id, false);
        let binding = if (index as u32) < output.locals {
            elf::STB_LOCAL
        } else if symbol.is_undefined() && symbol.is_undefined_weak() {
            elf::STB_WEAK
        } else {
            symbol.binding
        };
        let kind =
            if symbol.is_shared() && symbol.kind == elf::STT_GNU_IFUNC { elf::STT_FUNC } else { symbol.kind };
        let visible = (name, binding << 4 | kind, symbol.other());
        put_symbol(class, &mut out, visible, section, value, symbol.size);
    }
    out
}

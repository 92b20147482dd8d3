//! `-Map`: what lies where.

use crate::addresses::Addresses;
use crate::link::Link;
use crate::merge::Merging;
use crate::output::Content;
use crate::symbols::{Definition, SymbolId, flag};
use rustc_hash::FxHashMap;
use std::fmt::Write;

/// The text of the map, in the manner of GNU ld's; without `-Map`, of `--cref` alone.
pub(crate) fn text(addresses: &Addresses<'_, '_>, merging: &Merging) -> String {
    let link = addresses.link;
    let mut out = String::new();
    if link.options.map.is_none() {
        cross_reference(addresses, &mut out);
        return out;
    }
    let mut symbols: FxHashMap<(u32, u32), Vec<(u64, SymbolId)>> = FxHashMap::default();
    for id in link.symbols.globals() {
        if let Definition::Section { file, section } = link.symbols[id].definition {
            symbols.entry((file, section)).or_default().push((link.symbols[id].value, id));
        }
    }
    let discarded = || {
        let objects = link.objects.iter();
        objects.flat_map(|object| object.sections.iter().map(move |section| (object, section)))
    };
    out.push_str("\nDiscarded input sections\n\n");
    for (object, section) in discarded().filter(|(_, s)| !s.live && !s.special && s.size != 0) {
        let name = String::from_utf8_lossy(section.name);
        let _ = writeln!(out, " {name:<15} {:#018x} {:#10x} {}", 0, section.size, object.name);
    }
    out.push_str("\nLinker script and memory map\n\n");
    for object in link.objects.iter().skip(1) {
        let _ = writeln!(out, "LOAD {}", object.name);
    }
    for library in &link.libraries {
        let _ = writeln!(out, "LOAD {}", library.name);
    }
    for output in &addresses.layout.sections {
        let name = String::from_utf8_lossy(&output.name);
        let _ = writeln!(out, "\n{name:<15} {:#018x} {:#10x}", output.address, output.size);
        for part in &output.parts {
            let address = output.address + part.offset;
            match part.content {
                Content::Input { file, section } => {
                    let object = &link.objects[file as usize];
                    let name = String::from_utf8_lossy(object.sections[section as usize].name);
                    let _ = writeln!(out, " {name:<14} {address:#018x} {:#10x} {}", part.size, object.name);
                    let list = symbols.entry((file, section)).or_default();
                    list.sort_unstable();
                    for (value, id) in list.iter() {
                        let _ = writeln!(
                            out,
                            "                {:#018x}                {}",
                            address + value,
                            link.symbols[*id].display()
                        );
                    }
                }
                Content::Thunks(_) | Content::Patches if part.size == 0 => {}
                Content::Thunks(_) => {
                    let _ = writeln!(out, " *thunks*       {address:#018x} {:#10x}", part.size);
                }
                Content::Patches => {
                    let _ = writeln!(out, " *patches*      {address:#018x} {:#10x}", part.size);
                }
                Content::Merged(index) => {
                    let count = merging.merged[index as usize].pieces.len();
                    let _ =
                        writeln!(out, " *merged*       {address:#018x} {:#10x} {count} pieces", part.size);
                }
            }
        }
    }
    if link.options.cross_reference {
        cross_reference(addresses, &mut out);
    }
    out
}

/// `--cref`: every global, the file that defines it, the files that refer to it.
fn cross_reference(addresses: &Addresses<'_, '_>, out: &mut String) {
    let link = addresses.link;
    let mut users: FxHashMap<SymbolId, Vec<u32>> = FxHashMap::default();
    for (file, object) in link.objects.iter().enumerate() {
        for &id in object.symbol_ids.iter().skip(object.first_global) {
            users.entry(id).or_default().push(file as u32);
        }
    }
    let mut ids: Vec<SymbolId> =
        link.symbols.globals().filter(|&id| link.symbols[id].has(flag::IN_OBJECT)).collect();
    ids.sort_by_key(|&id| link.symbols[id].name);
    out.push_str("\nCross Reference Table\n\n");
    let _ = writeln!(out, "{:<49} File", "Symbol");
    for id in ids {
        let symbol = &link.symbols[id];
        let definer = match symbol.definition {
            Definition::Section { file, .. } => Some(file),
            _ => None,
        };
        let mut names: Vec<&str> = Vec::new();
        match symbol.definition {
            Definition::Section { file, .. } if file != 0 => names.push(&link.objects[file as usize].name),
            Definition::Shared { file } => names.push(&link.libraries[file as usize].name),
            _ => {}
        }
        let list = users.get(&id).map(Vec::as_slice).unwrap_or_default();
        names.extend(
            list.iter()
                .filter(|file| Some(**file) != definer)
                .map(|file| link.objects[*file as usize].name.as_str()),
        );
        for (at, name) in names.iter().enumerate() {
            let head = if at == 0 { symbol.display() } else { String::new() };
            let _ = writeln!(out, "{head:<49} {name}");
        }
    }
}

/// `--trace-symbol`: who defines it and who refers to it.
pub(crate) fn trace_symbols(link: &mut Link<'_>) {
    let options = link.options;
    for name in &options.trace_symbols {
        let Some(id) = link.symbols.find(name.as_bytes(), None) else { continue };
        for library in &link.libraries {
            for (shared, _) in
                library.symbols.iter().zip(&library.symbol_ids).filter(|(_, other)| **other == id)
            {
                let what = if shared.raw.section == 0 { "reference to" } else { "definition of" };
                link.text.push_str(&format!("{}: {what} {name}\n", library.name));
            }
        }
        for (file, object) in link.objects.iter().enumerate() {
            if object.symbol_ids.iter().skip(object.first_global).any(|&other| other == id) {
                let defines = matches!(link.symbols[id].definition,
                    Definition::Section { file: definer, .. } if definer as usize == file);
                let what = if defines { "definition of" } else { "reference to" };
                link.text.push_str(&format!("{}: {what} {name}\n", object.name));
            }
        }
    }
}

//! Symbols that the linker defines, and what scripts and options say about the visibility of others.
//!
//! In: the resolved symbol table. `declare` runs before garbage collection, `finish` when addresses stand.
//! Names as in GNU ld's default scripts.

use crate::LinkError;
use crate::arch::Architecture;
use crate::constants as elf;
use crate::expression::{Value, evaluate};
use crate::layout::Layout;
use crate::link::Link;
use crate::output::{Kind, OutputSection, output_name};
use crate::symbols::{Definition, SymbolId, flag};
use crate::version_script::Verdict;
use rustc_hash::{FxHashMap, FxHashSet};

/// Names with a fixed meaning; `true`: hidden.
const NAMES: &[(&str, bool)] = &[
    ("_end", false),
    ("end", false),
    ("_edata", false),
    ("edata", false),
    ("_etext", false),
    ("etext", false),
    ("__etext", false),
    ("__bss_start", false),
    ("__executable_start", false),
    ("__ehdr_start", true),
    ("_GLOBAL_OFFSET_TABLE_", true),
    ("_DYNAMIC", true),
    ("__preinit_array_start", true),
    ("__preinit_array_end", true),
    ("__init_array_start", true),
    ("__init_array_end", true),
    ("__fini_array_start", true),
    ("__fini_array_end", true),
    ("__rela_iplt_start", true),
    ("__rela_iplt_end", true),
    ("__rel_iplt_start", true),
    ("__rel_iplt_end", true),
    ("__global_pointer$", false),
    ("__GNU_EH_FRAME_HDR", true),
    ("_TLS_MODULE_BASE_", true),
];

/// Defines what objects refer to and the linker provides.
pub(crate) fn declare(link: &mut Link<'_>) {
    for &(name, hidden) in NAMES {
        let wanted = match name {
            "_DYNAMIC" => link.is_dynamic(),
            "__rela_iplt_start" | "__rela_iplt_end" => !link.is_dynamic() && link.arch.rela,
            "__rel_iplt_start" | "__rel_iplt_end" => !link.is_dynamic() && !link.arch.rela,
            GLOBAL_POINTER => link.arch.machine == elf::EM_RISCV && !link.is_shared(),
            _ => true,
        };
        if wanted && let Some(id) = link.symbols.find(name.as_bytes(), None) {
            define(link, id, hidden);
            if name == "_TLS_MODULE_BASE_" && link.symbols[id].definition == Definition::Address {
                link.symbols[id].kind = elf::STT_TLS;
            }
        }
    }
    let brackets: Vec<SymbolId> = link
        .symbols
        .globals()
        .filter(|&id| bracketed(link.symbols[id].name).is_some() && !link.symbols[id].is_defined_here())
        .collect();
    if brackets.is_empty() {
        return;
    }
    let names: FxHashSet<Vec<u8>> = (link.objects.iter().flat_map(|object| &object.sections))
        .filter(|section| section.live && section.is_alloc())
        .map(|section| output_name(section.name).to_vec())
        .collect();
    for id in brackets {
        if bracketed(link.symbols[id].name).is_some_and(|name| names.contains(name)) {
            define(link, id, true);
        }
    }
}

fn bracketed(name: &[u8]) -> Option<&[u8]> {
    let rest = name.strip_prefix(b"__start_").or_else(|| name.strip_prefix(b"__stop_"))?;
    crate::collect::is_c_name(rest).then_some(rest)
}

fn define(link: &mut Link<'_>, id: SymbolId, hidden: bool) {
    let shared = link.is_shared();
    let symbol = &mut link.symbols[id];
    if symbol.is_defined_here() || !symbol.has(flag::IN_OBJECT) {
        return;
    }
    symbol.definition = Definition::Address;
    symbol.value = 0;
    symbol.size = 0;
    symbol.version = None;
    symbol.binding = elf::STB_GLOBAL;
    if symbol.kind != elf::STT_TLS {
        symbol.kind = elf::STT_NOTYPE;
    }
    if hidden || shared {
        symbol.flags |= flag::FORCED_LOCAL;
    }
}

/// Applies version scripts, dynamic lists, `--exclude-libs`, `--export-dynamic`.
pub(crate) fn scopes(link: &mut Link<'_>) {
    let prepared = link.prepared;
    let options = link.options;
    let indexes: FxHashMap<&[u8], u16> = prepared
        .version_script
        .nodes
        .iter()
        .filter(|node| !node.name.is_empty())
        .enumerate()
        .map(|(at, node)| (node.name.as_slice(), at as u16 + 2))
        .collect();
    let ids: Vec<SymbolId> = link.symbols.globals().collect();
    for id in ids {
        let symbol = &link.symbols[id];
        if !symbol.is_defined_here() {
            continue;
        }
        let mut flags = 0;
        let mut version_index = symbol.version_index;
        if let Definition::Section { file, .. } = symbol.definition
            && !options.exclude_libs.is_empty()
            && let Some(archive) = &link.objects[file as usize].archive
            && options.exclude_libs.iter().any(|name| name == "ALL" || name == archive)
        {
            flags |= flag::FORCED_LOCAL;
        }
        if let Some(version) = symbol.version {
            match indexes.get(version) {
                Some(&index) => version_index = index,
                None if link.is_shared() => {
                    let what = format!(
                        "version node not found for symbol {}@{}",
                        symbol.display(),
                        String::from_utf8_lossy(version)
                    );
                    link.messages.error(LinkError::General { what });
                    continue;
                }
                None => {}
            }
        } else if !prepared.version_script.is_empty() {
            match prepared.version_script.verdict(symbol.name) {
                Some(Verdict::Local) => flags |= flag::FORCED_LOCAL,
                Some(Verdict::Global(node)) => {
                    let name = prepared.version_script.nodes[node].name.as_slice();
                    version_index = indexes.get(name).copied().unwrap_or(elf::VER_NDX_GLOBAL);
                }
                None => {}
            }
        }
        let listed = prepared.dynamic_list.contains(symbol.name);
        if options.export_dynamic || listed {
            flags |= flag::EXPORTED;
        }
        if listed {
            flags |= flag::DYNAMIC_LIST;
        }
        let symbol = &mut link.symbols[id];
        symbol.flags |= flags;
        symbol.version_index = version_index;
    }
}

/// Sets the values of the linker's symbols and of `--defsym`.
pub(crate) fn finish(
    link: &mut Link<'_>,
    layout: &Layout<'_>,
    evaluate_symbol: impl Fn(&Link<'_>, SymbolId) -> u64,
) {
    for &(name, _) in NAMES {
        if let Some(id) = link.symbols.find(name.as_bytes(), None)
            && link.symbols[id].definition == Definition::Address
            && !link.options.defined.iter().any(|defined| defined.name == name)
        {
            // An executable's local-dynamic accesses are relative to the thread pointer, the base itself included.
            let rewritten = link.is_executable() && link.arch.rewrites_local_dynamic;
            let thread_pointer = name == "_TLS_MODULE_BASE_" && rewritten;
            link.symbols[id].value = if thread_pointer {
                layout.thread_pointer(link.arch.tls_variant)
            } else {
                value(link.arch, layout, name)
            };
        }
    }
    let ids: Vec<SymbolId> = link.symbols.globals().collect();
    for id in ids {
        let symbol = &link.symbols[id];
        if symbol.definition == Definition::Address
            && let Some(section) = bracketed(symbol.name)
        {
            let start = symbol.name.starts_with(b"__start_");
            let value =
                layout.named(section).map_or(0, |s| if start { s.address } else { s.address + s.size });
            link.symbols[id].value = value;
        }
    }
    let options = link.options;
    for defined in &options.defined {
        let result = evaluate(&defined.expression, &mut |name: &str| {
            let id = link.symbols.find(name.as_bytes(), None);
            match id.filter(|&id| !link.symbols[id].is_undefined()) {
                Some(id) => {
                    let relative = link.symbols[id].definition != Definition::Absolute;
                    Ok(Value { value: evaluate_symbol(link, id), relative })
                }
                None => Err(format!("undefined symbol `{name}' referenced in expression")),
            }
        });
        match result {
            Ok(result) => {
                if let Some(id) = link.symbols.find(defined.name.as_bytes(), None) {
                    let symbol = &mut link.symbols[id];
                    symbol.value = result.value;
                    if !result.relative {
                        symbol.definition = Definition::Absolute;
                    }
                }
            }
            Err(what) => link.messages.error(LinkError::Script { file: "--defsym".into(), line: 1, what }),
        }
    }
}

/// Takes over the values that a linker script assigned.
pub(crate) fn assigned(link: &mut Link<'_>, values: &[(String, Value)]) {
    for (name, value) in values {
        if let Some(id) = link.symbols.find(name.as_bytes(), None)
            && matches!(link.symbols[id].definition, Definition::Address | Definition::Absolute)
        {
            let symbol = &mut link.symbols[id];
            symbol.value = value.value;
            symbol.definition = if value.relative { Definition::Address } else { Definition::Absolute };
        }
    }
}

/// `--defsym` of constants: known to be absolute before relocations are scanned.
pub(crate) fn constants(link: &mut Link<'_>) {
    let options = link.options;
    for defined in &options.defined {
        if !crate::expression::symbols(&defined.expression).is_empty() {
            continue;
        }
        let result = evaluate(&defined.expression, &mut |_: &str| Err(String::new()));
        if let (Ok(result), Some(id)) = (result, link.symbols.find(defined.name.as_bytes(), None)) {
            link.symbols[id].definition = Definition::Absolute;
            link.symbols[id].value = result.value;
        }
    }
}

/// RISC-V's base of small data: as much as possible of `.sdata` and what surrounds it is in reach of 12 bits.
pub(crate) const GLOBAL_POINTER: &str = "__global_pointer$";

/// The value of [`GLOBAL_POINTER`], as GNU ld's script computes it, but for a little room: what begins `.sdata` shall
/// be in reach also with the margin that relaxation leaves for alignment.
pub(crate) fn global_pointer(layout: &Layout<'_>) -> u64 {
    const REACH: u64 = 0x780;
    let data = layout.sections.iter().filter(|s| s.is_alloc() && s.is_writable() && !s.relro && !s.is_tls());
    let data = data.filter(|s| s.synthetic != Some(Kind::GotPlt));
    let Some(begin) = data.clone().map(|s| s.address).min() else { return 0 };
    let end = data.clone().map(|s| s.address + s.size).max().unwrap_or(begin);
    let behind_data = |s: &&OutputSection<'_>| s.rank >= crate::output::SMALL_DATA_RANK;
    let small = data.filter(behind_data).map(|s| s.address).min().unwrap_or(end);
    (small + REACH).min((begin + REACH).max(end.saturating_sub(REACH)))
}

fn value(arch: &Architecture, layout: &Layout<'_>, name: &str) -> u64 {
    let alloc = || layout.sections.iter().filter(|section| section.is_alloc() && !section.is_tls_space());
    let end = |section: &OutputSection<'_>| section.address + section.size;
    let last = |wanted: fn(&OutputSection<'_>) -> bool| alloc().filter(|s| wanted(s)).map(end).max();
    let named = |name: &[u8], at_end: bool| {
        layout.named(name).map_or(0, |section| if at_end { end(section) } else { section.address })
    };
    let image_end = || last(|_| true).unwrap_or(layout.image_base);
    let data_end = || last(|s| s.is_writable() && !s.has_no_bits()).or_else(|| last(|_| true)).unwrap_or(0);
    match name {
        "_end" | "end" => image_end(),
        "_edata" | "edata" => data_end(),
        "_etext" | "etext" | "__etext" => last(|s| s.is_code()).unwrap_or(layout.image_base),
        "__bss_start" => {
            let bss = alloc().find(|s| s.has_no_bits() && s.is_writable());
            bss.map_or_else(data_end, |section| section.address)
        }
        "__executable_start" | "__ehdr_start" => layout.image_base,
        "_GLOBAL_OFFSET_TABLE_" => layout.address_of(arch.got_base),
        "_DYNAMIC" => layout.address_of(Kind::Dynamic),
        "__GNU_EH_FRAME_HDR" => layout.address_of(Kind::FrameHeader),
        "_TLS_MODULE_BASE_" => layout.tls.0,
        GLOBAL_POINTER => global_pointer(layout),
        "__rela_iplt_start" | "__rel_iplt_start" => layout.address_of(Kind::PltRelocations),
        "__rela_iplt_end" | "__rel_iplt_end" => layout.of(Kind::PltRelocations).map_or(0, end),
        "__preinit_array_start" => named(b".preinit_array", false),
        "__preinit_array_end" => named(b".preinit_array", true),
        "__init_array_start" => named(b".init_array", false),
        "__init_array_end" => named(b".init_array", true),
        "__fini_array_start" => named(b".fini_array", false),
        "__fini_array_end" => named(b".fini_array", true),
        _ => 0,
    }
}

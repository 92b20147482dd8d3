//! The way of a link through its phases.
//!
//! ```text
//! load ─ resolve ─ scopes ─ frames ─ collect ─ assign ─ merge ─ scan ─ allocate ─ dynamic ─ lay out ─ write
//! ```
//!
//! Where code depends on distances (`distances`), laying out repeats until nothing changes.

use crate::addresses::Addresses;
use crate::constants as elf;
use crate::dynamic::DynamicTables;
use crate::layout::Layout;
use crate::link::{Link, Prepared};
use crate::merge::Merging;
use crate::output::{Kind, OutputSection};
use crate::symbol_output::SymbolOutput;
use crate::symbols::{Definition, NONE, flag};
use crate::synthesize::Tables;
use crate::write::Contents;
use crate::{
    BuildId, Destination, Input, LinkError, LinkFailed, LinkOptions, Messages, OutputKind, Strip, collect,
    defined, distances, dynamic, frames, load, merge, output, resolve, scan, script_layout, synthesize,
    write,
};
use std::borrow::Cow;

/// What a link made.
#[derive(Debug, Default)]
pub struct Output {
    /// The file's bytes, for [`crate::Destination::Memory`].
    pub bytes: Vec<u8>,
    /// The text of `-Map FILE`, which is written there too.
    pub map: Option<String>,
    /// Lines for standard output (`--trace`, `--print-gc-sections`, `-M`, `--cref`).
    pub text: String,
}

/// Links. The output appears whole or not at all.
pub fn link(options: &LinkOptions, inputs: &[Input], messages: &mut Messages) -> Result<Output, LinkFailed> {
    let mut prepared = Prepared::new(options, messages);
    let loaded = load::load(options, inputs, messages);
    for text in &loaded.script.versions {
        let result = prepared.version_script.read("VERSION", text);
        result.unwrap_or_else(|error| messages.error(error));
    }
    if !loaded.script.statements.is_empty() && !loaded.script.has_sections {
        messages.error(LinkError::Unsupported {
            place: "linker script".into(),
            what: "an assignment without SECTIONS".into(),
        });
    }
    if options.emit_relocations {
        messages.error(LinkError::Unsupported {
            place: "--emit-relocs".into(),
            what: "keeping relocations".into(),
        });
    }
    for what in &options.warnings {
        messages.warning(LinkError::General { what: what.clone() });
    }
    if inputs.is_empty() {
        messages.error(LinkError::General { what: "no input files".into() });
    }
    if messages.has_errors() {
        return Err(LinkFailed);
    }
    let arch = match resolve::architecture(options, &loaded) {
        Ok(arch) => arch,
        Err(error) => {
            messages.error(error);
            return Err(LinkFailed);
        }
    };
    let mut link = Link::new(options, &prepared, arch);
    link.script_entry = loaded.entry.as_deref();
    link.script = loaded.script.has_sections.then_some(&loaded.script);
    resolve::resolve(&mut link, &loaded);
    let result = if link.messages.has_errors() { Err(LinkFailed) } else { phases(&mut link) };
    messages.append(std::mem::take(&mut link.messages));
    let mut result = result?;
    if options.fatal_warnings && messages.iter().next().is_some() {
        messages
            .error(LinkError::General { what: "warnings are treated as errors (--fatal-warnings)".into() });
    }
    if messages.has_errors() && !options.no_inhibit_exec {
        return Err(LinkFailed);
    }
    result.text = std::mem::take(&mut link.text);
    if options.map.as_ref().is_none_or(|path| path.as_os_str() == "-") {
        result.text.push_str(&result.map.take().unwrap_or_default());
    }
    let files: Vec<&std::path::Path> = loaded.files.iter().map(|file| file.path.as_path()).collect();
    crate::file_output::finish(options, &mut result, &files, messages)?;
    Ok(result)
}

fn phases(link: &mut Link<'_>) -> Result<Output, LinkFailed> {
    if link.options.kind == OutputKind::Relocatable {
        return crate::partial::link(link);
    }
    let frames = live_input(link)?;
    let scripted = link.script.map(|script| script_layout::assign(link, script)).unwrap_or_default();
    let mut sections = output::assign(link, scripted);
    let mut merging = merge::merge(link);
    let scan = scan::scan(link, &frames);
    undefined_in_libraries(link);
    warnings(link);
    if link.messages.has_errors() {
        return Err(LinkFailed);
    }
    let mut tables = synthesize::allocate(link, &scan);
    copied_space(link, &mut sections);
    output::replace_merged(link, &merging, &mut sections);
    let dynamic =
        if link.is_dynamic() { dynamic::build(link, &mut tables, &scan) } else { DynamicTables::default() };
    let symbols = crate::symbol_output::choose(link);
    let property = crate::notes::property(link);
    let attributes = crate::attributes::merged(link);
    let interpreter = interpreter(link);
    let build_id_size = crate::notes::build_id_size(&link.options.build_id);
    let sizes = Sizes {
        frames: &frames,
        tables: &tables,
        dynamic: &dynamic,
        symbols: &symbols,
        attributes: &attributes,
    };
    synthetic_sections(link, &sizes, &property, &interpreter, build_id_size, &mut sections);
    let (names, name_offsets_by_name) = section_names(&mut sections);
    let (mut layout, assigned) = match distances::lay_out(link, &mut merging, &tables, sections) {
        Ok(result) => result,
        Err(error) => {
            link.messages.error(error);
            return Err(LinkFailed);
        }
    };
    let name_offsets: Vec<u32> =
        layout.sections.iter().map(|section| name_offsets_by_name[section.name_index as usize]).collect();
    links(link, &mut layout, &dynamic, &symbols);
    distances::linker_symbols(link, &layout, &assigned, (&tables, &merging));
    let entry = entry(link, &layout, &tables, &merging);
    let gnu_abi = link.symbols.list.iter().any(|symbol| {
        symbol.is_defined_here()
            && (symbol.kind == elf::STT_GNU_IFUNC || symbol.binding == elf::STB_GNU_UNIQUE)
    });
    let mut own_messages = Messages::new();
    let addresses = Addresses::new(link, &layout, &tables, &merging);
    let contents = Contents {
        frames: &frames,
        dynamic: &dynamic,
        symbols: &symbols,
        interpreter: &interpreter,
        section_names: &names,
        section_name_offsets: &name_offsets,
        property: &property,
        attributes: &attributes,
        build_id_size,
        entry,
        gnu_abi,
    };
    let mut bytes = write::write(&addresses, &contents, &mut own_messages);
    if link.options.build_id != BuildId::None
        && let Some(section) = layout.of(Kind::BuildId)
    {
        crate::notes::fill_build_id(&link.options.build_id, &mut bytes, section.file_offset as usize + 16);
    }
    if link.options.binary {
        match crate::file_output::binary(&layout, &bytes) {
            Ok(image) => bytes = image,
            Err(error) => own_messages.error(error),
        }
    }
    let map = (link.options.map.is_some() || link.options.cross_reference)
        .then(|| crate::map::text(&addresses, &merging));
    link.messages.append(own_messages);
    if link.messages.has_errors() && !link.options.no_inhibit_exec {
        return Err(LinkFailed);
    }
    Ok(Output { bytes, map, text: String::new() })
}

/// Symbols settled, frames taken apart, dead sections gone.
fn live_input(link: &mut Link<'_>) -> Result<frames::Frames, LinkFailed> {
    defined::constants(link);
    synthesize::allocate_commons(link);
    if let Some(script) = link.script {
        script_layout::declare(link, script);
    }
    defined::declare(link);
    defined::scopes(link);
    needed_libraries(link);
    crate::map::trace_symbols(link);
    let mut frames = frames::parse(link);
    if link.messages.has_errors() {
        return Err(LinkFailed);
    }
    if link.options.gc_sections {
        collect::collect(link, &frames);
    }
    frames.arrange(link);
    Ok(frames)
}

/// Which libraries get a DT_NEEDED; symbols of others go back to undefined.
fn needed_libraries(link: &mut Link<'_>) {
    for symbol in &link.symbols.list {
        if let Definition::Shared { file } = symbol.definition
            && symbol.has(flag::STRONG_REFERENCE)
            && symbol.has(flag::IN_OBJECT)
        {
            link.libraries[file as usize].used = true;
        }
    }
    for symbol in &mut link.symbols.list {
        if let Definition::Shared { file } = symbol.definition
            && !link.libraries[file as usize].used
        {
            symbol.definition = Definition::Undefined;
            symbol.version = if symbol.has(flag::HIDDEN_VERSION) { symbol.version } else { None };
            symbol.value = 0;
        }
    }
}

/// Symbols that only shared libraries refer to, when everything those libraries need is part of the link.
fn undefined_in_libraries(link: &mut Link<'_>) {
    let allowed = link.options.allow_shlib_undefined.unwrap_or(!link.is_executable());
    if allowed || link.options.unresolved != crate::Unresolved::Report {
        return;
    }
    for library in &link.libraries {
        let known = |needed: &&[u8]| link.libraries.iter().any(|other| other.soname == **needed);
        if !library.used || !library.needed.iter().all(known) {
            continue;
        }
        for (shared, &id) in library.symbols.iter().zip(&library.symbol_ids) {
            let symbol = &link.symbols[id];
            if shared.raw.section == elf::SHN_UNDEF
                && shared.raw.binding() != elf::STB_WEAK
                && symbol.is_undefined()
                && !symbol.has(flag::IN_SHARED | flag::REPORTED)
            {
                let error =
                    LinkError::UndefinedInShared { symbol: symbol.display(), file: library.name.clone() };
                link.messages.error(error);
            }
        }
    }
}

/// `.gnu.warning.NAME`: the text is a warning for users of NAME.
fn warnings(link: &mut Link<'_>) {
    let mut found = Vec::new();
    for object in &link.objects {
        for section in &object.sections {
            let Some(name) = section.name.strip_prefix(b".gnu.warning.") else { continue };
            let used = link.symbols.find(name, None).is_some_and(|id| link.symbols[id].has(flag::USED));
            if used {
                let text = String::from_utf8_lossy(&section.data);
                found.push(format!("{}: {}", object.name, text.trim_end_matches('\0')));
            }
        }
    }
    for what in found {
        link.messages.warning(LinkError::General { what });
    }
}

/// The copies' space was made after sections were assigned.
fn copied_space<'a>(link: &mut Link<'a>, sections: &mut Vec<OutputSection<'a>>) {
    for index in 0..link.objects[0].sections.len() {
        let section = &link.objects[0].sections[index];
        if section.output != NONE {
            continue;
        }
        let at = match sections.iter().position(|s| &*s.name == b".bss" && s.is_alloc()) {
            Some(at) => at,
            None => {
                let flags = u64::from(elf::SHF_ALLOC | elf::SHF_WRITE);
                sections.push(OutputSection::new(Cow::Borrowed(b".bss"), elf::SHT_NOBITS, flags));
                sections.len() - 1
            }
        };
        let order = match link.script.filter(|_| sections[at].statement != NONE) {
            None => 0,
            Some(script) => match script.find("", ".dynbss", true) {
                Some((statement, item, ..)) if statement as u32 == sections[at].statement => item as u64,
                _ => sections[at].parts.last().map_or(0, |part| part.order),
            },
        };
        sections[at].parts.push(output::Part {
            content: output::Content::Input { file: 0, section: index as u32 },
            offset: 0,
            size: section.size,
            align: section.align,
            order,
        });
        link.objects[0].sections[index].output = at as u32;
    }
}

fn interpreter(link: &Link<'_>) -> String {
    let wanted = link.is_executable()
        && link.is_dynamic()
        && !link.options.static_link
        && !link.options.no_dynamic_linker;
    match &link.options.dynamic_linker {
        _ if !wanted => String::new(),
        Some(path) => path.clone(),
        None => link.arch.interpreter.into(),
    }
}

struct Sizes<'s, 'a> {
    frames: &'s frames::Frames,
    tables: &'s Tables,
    dynamic: &'s DynamicTables<'a>,
    symbols: &'s SymbolOutput,
    attributes: &'s [u8],
}

/// Adds the sections that the linker makes.
fn synthetic_sections(
    link: &Link<'_>,
    sizes: &Sizes<'_, '_>,
    property: &[u8],
    interpreter: &str,
    build_id_size: usize,
    sections: &mut Vec<OutputSection<'_>>,
) {
    let arch = link.arch;
    let word = arch.class.word();
    let alloc = u64::from(elf::SHF_ALLOC);
    let write = alloc | u64::from(elf::SHF_WRITE);
    let Sizes { tables, dynamic, .. } = *sizes;
    let relocation = arch.class.relocation(arch.rela) as u64;
    let table = if arch.rela { elf::SHT_RELA } else { elf::SHT_REL };
    let mut add =
        |kind: Kind, name: &'static str, section_kind: u32, flags: u64, align: u64, entry: u64, size: u64| {
            let mut section = OutputSection::new(Cow::Borrowed(name.as_bytes()), section_kind, flags);
            (section.align, section.entry_size, section.size) = (align, entry, size);
            section.synthetic = Some(kind);
            sections.push(section);
        };
    let names = if arch.rela { [".rela.dyn", ".rela.plt"] } else { [".rel.dyn", ".rel.plt"] };
    if !interpreter.is_empty() {
        add(Kind::Interpreter, ".interp", elf::SHT_PROGBITS, alloc, 1, 0, interpreter.len() as u64 + 1);
    }
    if !property.is_empty() {
        add(Kind::Property, ".note.gnu.property", elf::SHT_NOTE, alloc, word, 0, property.len() as u64);
    }
    if build_id_size != 0 {
        add(Kind::BuildId, ".note.gnu.build-id", elf::SHT_NOTE, alloc, 4, 0, 16 + build_id_size as u64);
    }
    if link.is_dynamic() {
        if !dynamic.gnu_hash.is_empty() {
            add(Kind::GnuHash, ".gnu.hash", elf::SHT_GNU_HASH, alloc, word, 0, dynamic.gnu_hash.len() as u64);
        }
        if !dynamic.hash.is_empty() {
            add(Kind::Hash, ".hash", elf::SHT_HASH, alloc, word, 4, dynamic.hash.len() as u64);
        }
        let symbol = arch.class.symbol() as u64;
        let size = symbol * (dynamic.symbols.len() as u64 + 1);
        add(Kind::DynamicSymbols, ".dynsym", elf::SHT_DYNSYM, alloc, word, symbol, size);
        add(
            Kind::DynamicStrings,
            ".dynstr",
            elf::SHT_STRTAB,
            alloc,
            1,
            0,
            dynamic.strings.bytes.len() as u64,
        );
        if !dynamic.version_symbols.is_empty() {
            let size = 2 * dynamic.version_symbols.len() as u64;
            add(Kind::VersionSymbols, ".gnu.version", elf::SHT_GNU_VERSYM, alloc, 2, 2, size);
        }
        if !dynamic.version_definitions.is_empty() {
            let size = dynamic.version_definitions.len() as u64;
            add(Kind::VersionDefinitions, ".gnu.version_d", elf::SHT_GNU_VERDEF, alloc, word, 0, size);
        }
        if !dynamic.version_needs.is_empty() {
            let size = dynamic.version_needs.len() as u64;
            add(Kind::VersionNeeds, ".gnu.version_r", elf::SHT_GNU_VERNEED, alloc, word, 0, size);
        }
        let size = 2 * word * dynamic.entries.len() as u64;
        add(Kind::Dynamic, ".dynamic", elf::SHT_DYNAMIC, write, word, 2 * word, size);
    }
    if !tables.relocations.is_empty() {
        let size = relocation * tables.relocations.len() as u64;
        add(Kind::Relocations, names[0], table, alloc, word, relocation, size);
    }
    if !tables.plt_relocations.is_empty() {
        let size = relocation * tables.plt_relocations.len() as u64;
        add(Kind::PltRelocations, names[1], table, alloc, word, relocation, size);
    }
    if !tables.packed.is_empty() {
        let size = word * tables.packed.words(link);
        add(Kind::PackedRelocations, ".relr.dyn", elf::SHT_RELR, alloc, word, word, size);
    }
    let entries = (tables.plt.len() + tables.iplt.len()) as u64;
    if entries != 0 {
        let header = if tables.plt.is_empty() { 0 } else { arch.plt_header_size };
        let flags = alloc | u64::from(elf::SHF_EXECINSTR);
        let size = header
            + tables.plt.len() as u64 * arch.plt_entry_size
            + tables.iplt.len() as u64 * arch.iplt_entry_size;
        add(Kind::Plt, ".plt", elf::SHT_PROGBITS, flags, 16, arch.plt_entry_size, size);
    }
    if tables.got_words != 0 {
        add(Kind::Got, ".got", elf::SHT_PROGBITS, write, word, word, word * u64::from(tables.got_words));
    }
    if tables.has_got_plt {
        let size = word * (arch.got_plt_reserved + entries);
        add(Kind::GotPlt, ".got.plt", elf::SHT_PROGBITS, write, word, word, size);
    }
    if sizes.frames.size != 0 {
        add(Kind::Frames, ".eh_frame", elf::SHT_PROGBITS, alloc, word, 0, sizes.frames.size);
        if link.options.eh_frame_header {
            let size = 12 + 8 * sizes.frames.live_count();
            add(Kind::FrameHeader, ".eh_frame_hdr", elf::SHT_PROGBITS, alloc, 4, 0, size);
        }
    }
    if !sizes.attributes.is_empty() {
        let size = sizes.attributes.len() as u64;
        add(Kind::Attributes, ".riscv.attributes", elf::SHT_RISCV_ATTRIBUTES, 0, 1, 0, size);
    }
    if link.options.strip != Strip::All {
        let symbol = arch.class.symbol() as u64;
        let size = symbol * (sizes.symbols.symbols.len() as u64 + 1);
        add(Kind::Symbols, ".symtab", elf::SHT_SYMTAB, 0, word, symbol, size);
        add(Kind::Strings, ".strtab", elf::SHT_STRTAB, 0, 1, 0, sizes.symbols.strings.len() as u64);
    }
    add(Kind::SectionNames, ".shstrtab", elf::SHT_STRTAB, 0, 1, 0, 0);
}

/// The section name table, and each section's offset in it by [`OutputSection::name_index`].
fn section_names(sections: &mut [OutputSection<'_>]) -> (Vec<u8>, Vec<u32>) {
    let mut table = crate::strings::StringTable::default();
    let mut offsets = Vec::with_capacity(sections.len());
    for (index, section) in sections.iter_mut().enumerate() {
        section.name_index = index as u32;
        offsets.push(table.push(&section.name));
    }
    if let Some(section) = sections.iter_mut().find(|s| s.synthetic == Some(Kind::SectionNames)) {
        section.size = table.bytes.len() as u64;
    }
    (table.bytes, offsets)
}

/// `sh_link` and `sh_info`.
fn links(link: &Link<'_>, layout: &mut Layout<'_>, dynamic: &DynamicTables<'_>, symbols: &SymbolOutput) {
    let index = |kind: Kind| layout.of(kind).map_or(0, |section| u32::from(section.index));
    let (dynamic_symbols, dynamic_strings) = (index(Kind::DynamicSymbols), index(Kind::DynamicStrings));
    let (strings, got_plt) = (index(Kind::Strings), index(Kind::GotPlt));
    for section in &mut layout.sections {
        let Some(kind) = section.synthetic else { continue };
        let (link_to, info) = match kind {
            Kind::Hash | Kind::GnuHash | Kind::VersionSymbols | Kind::Relocations => (dynamic_symbols, 0),
            Kind::DynamicSymbols => (dynamic_strings, 1),
            Kind::VersionDefinitions => (dynamic_strings, dynamic.version_definition_count),
            Kind::VersionNeeds => (dynamic_strings, dynamic.version_need_count),
            Kind::PltRelocations => (dynamic_symbols, got_plt),
            Kind::Dynamic => (dynamic_strings, 0),
            Kind::Symbols => (strings, symbols.locals + 1),
            _ => (0, 0),
        };
        (section.link, section.info) = (link_to, info);
        if kind == Kind::PltRelocations && got_plt != 0 {
            section.flags |= u64::from(elf::SHF_INFO_LINK);
        }
    }
    let _ = link;
}

/// e_entry.
fn entry(link: &mut Link<'_>, layout: &Layout<'_>, tables: &Tables, merging: &Merging) -> u64 {
    let name = link.entry_name();
    if let Some(address) = crate::expression::number(name) {
        return address;
    }
    match link.symbols.find(name.as_bytes(), None).filter(|&id| link.symbols[id].is_defined_here()) {
        Some(id) => Addresses::new(link, layout, tables, merging).symbol(id, 0),
        None if link.is_shared() && link.options.entry.is_none() => 0,
        None => {
            let text = layout.named(b".text").map_or(0, |section| section.address);
            let what = format!("cannot find entry symbol {name}; defaulting to {text:016x}");
            link.messages.warning(LinkError::General { what });
            text
        }
    }
}

/// Where [`Destination`] is a file, its path.
pub(crate) fn path(options: &LinkOptions) -> Option<&std::path::Path> {
    match &options.output {
        Destination::File(path) => Some(path),
        Destination::Memory => None,
    }
}

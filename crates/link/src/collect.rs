//! Garbage collection of sections (`--gc-sections`).
//!
//! In: objects, symbols, frames. Out: `live` of every section. Roots are the entry, `-u`, exported symbols and what must
//! be kept by its nature: constructors, notes, retained sections, sections that `__start_` symbols bracket.

use crate::constants as elf;
use crate::frames::Frames;
use crate::link::Link;
use crate::symbols::{Definition, SymbolId, flag};
use rustc_hash::FxHashMap;

struct Marker<'m, 'a> {
    link: &'m mut Link<'a>,
    frames: &'m Frames,
    work: Vec<(u32, u32)>,
    /// Sections with a C name, for `__start_NAME`.
    named: FxHashMap<&'a [u8], Vec<(u32, u32)>>,
    /// Sections that live as long as the one they are linked to.
    ordered: FxHashMap<(u32, u32), Vec<(u32, u32)>>,
}

/// Whether a name could be a C identifier.
pub(crate) fn is_c_name(name: &[u8]) -> bool {
    let first = name.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    first && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// Clears `live` of all sections that nothing reaches.
pub(crate) fn collect(link: &mut Link<'_>, frames: &Frames) {
    let mut marker =
        Marker { work: Vec::new(), named: FxHashMap::default(), ordered: FxHashMap::default(), frames, link };
    marker.prepare();
    marker.roots();
    while let Some((file, section)) = marker.work.pop() {
        marker.visit(file, section);
    }
    if link.options.print_gc_sections {
        for object in &link.objects {
            for section in
                object.sections.iter().filter(|s| !s.live && !s.special && !s.discarded && s.size > 0)
            {
                let line = format!(
                    "removing unused section '{}' in file '{}'\n",
                    String::from_utf8_lossy(section.name),
                    object.name
                );
                link.text.push_str(&line);
            }
        }
    }
}

/// Kept whatever refers to it.
fn is_root(name: &[u8], kind: u32, flags: u64, in_group: bool) -> bool {
    let prefixes: [&[u8]; 8] = [
        b".init_array",
        b".fini_array",
        b".preinit_array",
        b".ctors",
        b".dtors",
        b".init",
        b".fini",
        b".jcr",
    ];
    let prefix = |prefix: &&[u8]| {
        name.strip_prefix(*prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"."))
    };
    flags & u64::from(elf::SHF_GNU_RETAIN) != 0
        || prefixes.iter().any(prefix)
        || (kind == elf::SHT_NOTE && !in_group)
        || matches!(kind, elf::SHT_INIT_ARRAY | elf::SHT_FINI_ARRAY | elf::SHT_PREINIT_ARRAY)
}

impl<'a> Marker<'_, 'a> {
    /// Turns all allocated sections off, and collects what is special.
    fn prepare(&mut self) {
        let script = self.link.script;
        for (file, object) in self.link.objects.iter_mut().enumerate() {
            let name = object.name.as_str();
            for (index, section) in object.sections.iter_mut().enumerate() {
                if !section.live || section.special || !section.is_alloc() {
                    continue;
                }
                section.live = false;
                let here = (file as u32, index as u32);
                if section.flags & u64::from(elf::SHF_LINK_ORDER) != 0 {
                    self.ordered.entry((file as u32, section.link)).or_default().push(here);
                } else if is_root(section.name, section.kind, section.flags, section.in_group)
                    || script.is_some_and(|script| {
                        let writable = section.flags & u64::from(elf::SHF_WRITE) != 0;
                        crate::script_layout::keeps(script, name, section.name, writable)
                    })
                {
                    section.live = true;
                    self.work.push(here);
                }
                if is_c_name(section.name) {
                    self.named.entry(section.name).or_default().push(here);
                }
            }
        }
    }

    fn roots(&mut self) {
        let options = self.link.options;
        let names = [self.link.entry_name(), &options.init, &options.fini];
        let names = names.into_iter().chain(options.undefined.iter().map(String::as_str));
        let defined = options.defined.iter().flat_map(|d| crate::expression::symbols(&d.expression));
        let roots: Vec<SymbolId> =
            names.chain(defined).filter_map(|name| self.link.symbols.find(name.as_bytes(), None)).collect();
        for id in roots {
            self.symbol(id);
        }
        let exported: Vec<SymbolId> =
            self.link.symbols.globals().filter(|&id| self.link.is_exported(&self.link.symbols[id])).collect();
        for id in exported {
            self.symbol(id);
        }
        // Frames without a function of their own keep what they refer to.
        for index in 0..self.frames.descriptions.len() {
            if self.frames.descriptions[index].code.is_none() && self.frames.descriptions[index].live {
                self.frame(index as u32);
            }
        }
    }

    fn symbol(&mut self, id: SymbolId) {
        let symbol = &mut self.link.symbols[id];
        match symbol.definition {
            Definition::Section { file, section } => self.section(file, section),
            _ => {
                let name = symbol.name;
                let bracketed = name.strip_prefix(b"__start_").or_else(|| name.strip_prefix(b"__stop_"));
                if let Some(bracketed) = bracketed
                    && !self.link.options.start_stop_gc
                    && let Some(sections) = self.named.remove(bracketed)
                {
                    for (file, section) in sections {
                        self.section(file, section);
                    }
                }
            }
        }
    }

    fn section(&mut self, file: u32, section: u32) {
        let input = &mut self.link.objects[file as usize].sections[section as usize];
        if !input.live && !input.discarded && !input.special {
            input.live = true;
            self.work.push((file, section));
        }
    }

    fn visit(&mut self, file: u32, section: u32) {
        let relocations = self.link.objects[file as usize].sections[section as usize].relocations.clone();
        for relocation in relocations.iter() {
            self.reference(file, relocation.symbol);
        }
        let frames: Vec<u32> = self.frames.of_code((file, section)).collect();
        for frame in frames {
            self.frame(frame);
        }
        for (file, section) in self.ordered.remove(&(file, section)).unwrap_or_default() {
            self.section(file, section);
        }
    }

    fn reference(&mut self, file: u32, symbol: u32) {
        if let Some(&id) = self.link.objects[file as usize].symbol_ids.get(symbol as usize) {
            self.symbol(id);
        }
    }

    /// What a frame and its CIE refer to: exception tables and personality.
    fn frame(&mut self, index: u32) {
        let frames = self.frames;
        let description = &frames.descriptions[index as usize];
        let cie = &frames.cies[description.cie as usize].record;
        let begin = u64::from(description.record.offset) + 8;
        for at in description.record.relocations.clone().chain(cie.relocations.clone()) {
            let relocation = &frames.relocations[at as usize];
            if at < description.record.relocations.end && relocation.offset == begin {
                continue;
            }
            self.reference(description.record.file, relocation.symbol);
        }
    }
}

impl<'a> Link<'a> {
    /// Whether a symbol gets into the dynamic symbol table as a definition.
    pub(crate) fn is_exported(&self, symbol: &crate::symbols::Symbol<'a>) -> bool {
        if !symbol.is_defined_here() || symbol.is_local() || !self.is_dynamic() {
            return false;
        }
        self.is_shared() || symbol.has(flag::EXPORTED | flag::SHARED_REFERENCE | flag::IN_SHARED)
    }
}

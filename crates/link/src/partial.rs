//! `-r`: several objects into one.
//!
//! In: resolved objects. Out: an ET_REL file: sections of equal name and kind joined (those of section groups stay
//! apart), relocations moved along, one symbol table. `.eh_frame` goes through [`crate::frames`], so that frames of
//! functions lost to comdat groups go. Nothing is merged, collected or relaxed. Source: gABI ch. 4.

use crate::constants as elf;
use crate::driver::Output;
use crate::elf::{Class, Relocation};
use crate::frames::{self, Frames, record_bytes};
use crate::link::Link;
use crate::object_file::InputSection;
use crate::strings::StringTable;
use crate::symbol_output::put_symbol;
use crate::symbols::{Definition, NONE, Symbol, SymbolId, flag};
use crate::{DiscardLocals, LinkError, LinkFailed, Strip};
use rustc_hash::FxHashMap;

/// A section of the output.
struct Joined<'a> {
    name: Vec<u8>,
    kind: u32,
    flags: u64,
    align: u64,
    entry_size: u64,
    size: u64,
    /// Input file, section, offset here.
    parts: Vec<(u32, u32, u64)>,
    bytes: Option<Vec<u8>>,
    relocations: Vec<Relocation>,
    link: u32,
    info: u32,
    /// Input file and section whose output's index becomes `sh_link` (SHF_LINK_ORDER).
    linked_to: Option<(u32, u32)>,
    marker: std::marker::PhantomData<&'a ()>,
}

struct Partial<'p, 'a> {
    link: &'p mut Link<'a>,
    sections: Vec<Joined<'a>>,
    /// Output symbol of each symbol of the link.
    symbol_index: Vec<u32>,
    frames: Frames,
}

/// Links into a relocatable object.
pub(crate) fn link(link: &mut Link<'_>) -> Result<Output, LinkFailed> {
    if link.options.define_common {
        crate::synthesize::allocate_commons(link);
    }
    let mut frames = frames::parse(link);
    if link.messages.has_errors() {
        return Err(LinkFailed);
    }
    frames.arrange(link);
    let count = link.symbols.list.len();
    let mut partial = Partial { link, sections: Vec::new(), symbol_index: vec![0; count], frames };
    partial.join();
    partial.frame_section();
    partial.finish()
}

fn joined(name: &[u8], kind: u32, flags: u64) -> Joined<'static> {
    Joined {
        name: name.to_vec(),
        kind,
        flags,
        align: 1,
        entry_size: 0,
        size: 0,
        parts: Vec::new(),
        bytes: None,
        relocations: Vec::new(),
        link: 0,
        info: 0,
        linked_to: None,
        marker: std::marker::PhantomData,
    }
}

impl<'a> Partial<'_, 'a> {
    fn is_kept(&self, section: &InputSection<'_>) -> bool {
        section.live
            && !section.special
            && section.name != b".note.gnu.property"
            && section.name != b".note.GNU-stack"
            && section.kind != elf::SHT_RISCV_ATTRIBUTES
            && !(self.link.options.strip != Strip::Nothing && crate::output::is_debug(section.name))
    }

    /// Gives every kept input section its place.
    fn join(&mut self) {
        type Key<'k> = (&'k [u8], u32, u64, u64, u32, u32);
        let mut by_key: FxHashMap<Key<'a>, u32> = FxHashMap::default();
        let mut stack = None;
        for file in 0..self.link.objects.len() {
            for index in 0..self.link.objects[file].sections.len() {
                let section = &self.link.objects[file].sections[index];
                if section.name == b".note.GNU-stack" {
                    let executable = section.flags & u64::from(elf::SHF_EXECINSTR);
                    stack = Some(stack.unwrap_or(0) | executable);
                }
                if !self.is_kept(section) {
                    continue;
                }
                let ordered = section.flags & u64::from(elf::SHF_LINK_ORDER) != 0;
                let alone = section.in_group || ordered;
                let own = if alone { (file as u32 + 1, index as u32) } else { (0, 0) };
                let key = (section.name, section.kind, section.flags, section.entry_size, own.0, own.1);
                let sections = &mut self.sections;
                let output = *by_key.entry(key).or_insert_with(|| {
                    sections.push(joined(section.name, section.kind, section.flags));
                    sections.len() as u32 - 1
                });
                let target = &mut self.sections[output as usize];
                target.entry_size = section.entry_size;
                target.align = target.align.max(section.align);
                let offset = target.size.next_multiple_of(section.align);
                target.size = offset.saturating_add(section.size);
                target.linked_to = ordered.then_some((file as u32, section.link));
                target.parts.push((file as u32, index as u32, offset));
                let section = &mut self.link.objects[file].sections[index];
                (section.output, section.offset) = (output, offset);
            }
        }
        let property = crate::notes::property(self.link);
        if !property.is_empty() {
            let mut section = joined(b".note.gnu.property", elf::SHT_NOTE, u64::from(elf::SHF_ALLOC));
            section.align = self.link.arch.class.word();
            section.bytes = Some(property);
            self.sections.push(section);
        }
        let attributes = crate::attributes::merged(self.link);
        if !attributes.is_empty() {
            let mut section = joined(b".riscv.attributes", elf::SHT_RISCV_ATTRIBUTES, 0);
            section.bytes = Some(attributes);
            self.sections.push(section);
        }
        if let Some(flags) = stack {
            let mut section = joined(b".note.GNU-stack", elf::SHT_PROGBITS, flags);
            section.bytes = Some(Vec::new());
            self.sections.push(section);
        }
    }

    /// `.eh_frame`, its relocations still in terms of the link's symbols of the record's file.
    fn frame_section(&mut self) {
        if self.frames.size == 0 {
            return;
        }
        let index = self.sections.len() as u32;
        for object in &mut self.link.objects {
            for section in
                object.sections.iter_mut().filter(|s| s.special && s.live && s.name == b".eh_frame")
            {
                section.output = index;
            }
        }
        let mut section = joined(b".eh_frame", elf::SHT_PROGBITS, u64::from(elf::SHF_ALLOC));
        section.align = self.link.arch.class.word();
        let mut bytes = vec![0u8; self.frames.size as usize - 4];
        let mut put = |record: &frames::Record| {
            let data = &self.link.objects[record.file as usize].sections[record.section as usize].data;
            let data = record_bytes(data, record);
            bytes[record.output as usize..][..data.len()].copy_from_slice(data);
        };
        for cie in self.frames.cies.iter().filter(|cie| cie.used) {
            put(&cie.record);
        }
        let live = || self.frames.descriptions.iter().filter(|description| description.live);
        live().for_each(|description| put(&description.record));
        for description in live() {
            let cie = &self.frames.cies[self.frames.cies[description.cie as usize].same_as as usize];
            let at = description.record.output as usize + 4;
            let distance = at as u32 - cie.record.output;
            bytes[at..at + 4].copy_from_slice(&distance.to_le_bytes());
        }
        section.bytes = Some(bytes);
        self.sections.push(section);
    }

    /// Numbers the group sections, which follow the contents; symbols may lie "in" them.
    fn number_groups(&mut self) {
        let mut next = self.sections.len() as u32;
        for file in 0..self.link.objects.len() {
            for group in 0..self.link.objects[file].groups.len() {
                let object = &mut self.link.objects[file];
                let kept = |member: &u32| object.sections[*member as usize].output != NONE;
                if object.groups[group].members.iter().any(kept) {
                    let section = object.groups[group].section as usize;
                    object.sections[section].output = next;
                    next += 1;
                }
            }
        }
    }

    fn finish(&mut self) -> Result<Output, LinkFailed> {
        self.number_groups();
        let class = self.link.arch.class;
        let rela = self.link.arch.rela;
        let content_sections = self.sections.len() as u32;
        if self.sections.iter().any(|section| section.size > 1 << 40) || content_sections > 0x7000 {
            self.link.messages.error(LinkError::General { what: "the output is too big".into() });
            return Err(LinkFailed);
        }
        let (symbols, strings, locals) = self.symbols();
        for index in 0..content_sections as usize {
            self.move_relocations(index);
        }
        self.groups();
        let relocated: Vec<usize> =
            (0..content_sections as usize).filter(|&at| !self.sections[at].relocations.is_empty()).collect();
        let symbol_table = (self.sections.len() + relocated.len() + 1) as u32;
        for at in relocated {
            let relocations = self.sections[at].relocations.clone();
            let (prefix, kind) =
                if rela { (&b".rela"[..], elf::SHT_RELA) } else { (&b".rel"[..], elf::SHT_REL) };
            let name = [prefix, self.sections[at].name.as_slice()].concat();
            let flags = self.sections[at].flags & u64::from(elf::SHF_GROUP) | u64::from(elf::SHF_INFO_LINK);
            let mut section = joined(&name, kind, flags);
            section.bytes = Some(relocation_bytes(class, rela, &relocations));
            (section.align, section.entry_size) = (class.word(), class.relocation(rela) as u64);
            (section.link, section.info) = (symbol_table, at as u32 + 1);
            self.sections.push(section);
        }
        for section in self.sections.iter_mut().filter(|section| section.kind == elf::SHT_GROUP) {
            section.link = symbol_table;
        }
        self.push_table(
            b".symtab",
            elf::SHT_SYMTAB,
            symbols,
            (symbol_table + 1, locals),
            class.symbol() as u64,
        );
        self.push_table(b".strtab", elf::SHT_STRTAB, strings, (0, 0), 0);
        self.push_table(b".shstrtab", elf::SHT_STRTAB, Vec::new(), (0, 0), 0);
        Ok(Output { bytes: self.image(), ..Output::default() })
    }

    fn push_table(
        &mut self,
        name: &[u8],
        kind: u32,
        bytes: Vec<u8>,
        (link, info): (u32, u32),
        entry_size: u64,
    ) {
        let mut section = joined(name, kind, 0);
        section.align = if entry_size == 0 { 1 } else { self.link.arch.class.word() };
        section.bytes = Some(bytes);
        (section.link, section.info, section.entry_size) = (link, info, entry_size);
        self.sections.push(section);
    }

    /// The symbol table, its strings, and the number of local symbols with the null symbol.
    fn symbols(&mut self) -> (Vec<u8>, Vec<u8>, u32) {
        let class = self.link.arch.class;
        let mut bytes = Vec::new();
        let mut strings = StringTable::default();
        put_symbol(class, &mut bytes, (0, 0, 0), 0, 0, 0);
        for index in 0..self.sections.len() as u16 {
            put_symbol(class, &mut bytes, (0, elf::STT_SECTION, 0), index + 1, 0, 0);
        }
        let mut next = self.sections.len() as u32 + 1;
        let options = self.link.options;
        for object in &self.link.objects {
            for &id in object.symbol_ids.iter().take(object.first_global) {
                let symbol = &self.link.symbols[id];
                let temporary = symbol.name.starts_with(b".L");
                let discarded = match options.discard_locals {
                    DiscardLocals::None => false,
                    DiscardLocals::Temporary => temporary,
                    DiscardLocals::All => true,
                };
                let Some((section, value)) = self.position(symbol) else { continue };
                let lost = symbol.is_undefined() || symbol.kind == elf::STT_SECTION;
                if lost || (discarded && symbol.kind != elf::STT_FILE) {
                    continue;
                }
                let name = strings.push(symbol.name);
                let fields = (name, symbol.kind, symbol.other());
                put_symbol(class, &mut bytes, fields, section, value, symbol.size);
                self.symbol_index[id.index()] = next;
                next += 1;
            }
        }
        let locals = next;
        let globals: Vec<SymbolId> = self.link.symbols.globals().collect();
        for id in globals {
            let symbol = &self.link.symbols[id];
            if !symbol.has(flag::IN_OBJECT | flag::STRONG_REFERENCE) {
                continue;
            }
            let (section, value) = self.position(symbol).unwrap_or((elf::SHN_UNDEF, 0));
            let mut name = symbol.name.to_vec();
            if let Some(version) = symbol.version {
                name.extend_from_slice(if symbol.has(flag::HIDDEN_VERSION) { b"@" } else { b"@@" });
                name.extend_from_slice(version);
            }
            let weak = symbol.is_undefined_weak();
            let binding = if weak { elf::STB_WEAK } else { symbol.binding };
            let fields = (strings.push(&name), binding << 4 | symbol.kind, symbol.other());
            put_symbol(class, &mut bytes, fields, section, value, symbol.size);
            self.symbol_index[id.index()] = next;
            next += 1;
        }
        (bytes, strings.bytes, locals)
    }

    /// Section index and value; `None` in a section that is not kept.
    fn position(&self, symbol: &Symbol<'_>) -> Option<(u16, u64)> {
        Some(match symbol.definition {
            Definition::Section { file, section } => {
                let input = &self.link.objects[file as usize].sections[section as usize];
                if input.output == NONE {
                    return None;
                }
                (input.output as u16 + 1, input.offset.wrapping_add(symbol.value))
            }
            Definition::Absolute | Definition::Address => (elf::SHN_ABS, symbol.value),
            Definition::Common { .. } => (elf::SHN_COMMON, symbol.value),
            Definition::Undefined | Definition::Shared { .. } => (elf::SHN_UNDEF, 0),
        })
    }

    /// A relocation in terms of the output's symbols; `None` when its target is not kept.
    fn moved(&self, file: u32, relocation: &Relocation) -> Option<Relocation> {
        let object = &self.link.objects[file as usize];
        let id = *object.symbol_ids.get(relocation.symbol as usize)?;
        let symbol = &self.link.symbols[id];
        let mut moved = *relocation;
        if relocation.symbol == 0 {
            return Some(moved);
        }
        moved.symbol = self.symbol_index[id.index()];
        if moved.symbol == 0 {
            // A section symbol, or a local that was left out: the section's symbol and an offset.
            let (section, value) = self.position(symbol)?;
            if section == elf::SHN_UNDEF || section >= 0xff00 {
                return None;
            }
            moved.symbol = u32::from(section);
            moved.addend = moved.addend.wrapping_add(value as i64);
        }
        Some(moved)
    }

    fn move_relocations(&mut self, index: usize) {
        let mut list = Vec::new();
        for &(file, section, offset) in &self.sections[index].parts {
            let input = &self.link.objects[file as usize].sections[section as usize];
            for relocation in input.relocations.iter() {
                if let Some(mut moved) = self.moved(file, &relocation) {
                    moved.offset = moved.offset.wrapping_add(offset);
                    list.push(moved);
                }
            }
        }
        if self.sections[index].name == b".eh_frame" && self.sections[index].bytes.is_some() {
            let cies = self.frames.cies.iter().filter(|cie| cie.used).map(|cie| &cie.record);
            let live = self.frames.descriptions.iter().filter(|d| d.live).map(|d| &d.record);
            for record in cies.chain(live) {
                for at in record.relocations.clone() {
                    let relocation = &self.frames.relocations[at as usize];
                    if let Some(mut moved) = self.moved(record.file, relocation) {
                        let inside = relocation.offset - u64::from(record.offset);
                        moved.offset = u64::from(record.output) + inside;
                        list.push(moved);
                    }
                }
            }
            list.sort_by_key(|relocation| relocation.offset);
        }
        self.sections[index].relocations = list;
        if let Some((file, section)) = self.sections[index].linked_to {
            let target = self.link.objects[file as usize].sections.get(section as usize);
            let output = target.map_or(NONE, |target| target.output);
            self.sections[index].link = if output == NONE { 0 } else { output + 1 };
        }
    }

    /// SHT_GROUP sections; their members are numbered already.
    fn groups(&mut self) {
        for file in 0..self.link.objects.len() {
            for group in 0..self.link.objects[file].groups.len() {
                let object = &self.link.objects[file];
                let group = &object.groups[group];
                let kept = |member: &&u32| object.sections[**member as usize].output != NONE;
                let members: Vec<u32> = group.members.iter().filter(kept).copied().collect();
                if members.is_empty() {
                    continue;
                }
                let mut bytes = u32::from(group.comdat).to_le_bytes().to_vec();
                for member in members {
                    let output = object.sections[member as usize].output;
                    bytes.extend_from_slice(&(output + 1).to_le_bytes());
                    // Its relocations belong to the group as they did.
                    let position = self.relocation_section(output);
                    bytes.extend(position.into_iter().flat_map(u32::to_le_bytes));
                }
                let signature = self.link.symbols.find(group.signature, None);
                let signature = signature.map(|id| self.symbol_index[id.index()]).filter(|&index| index != 0);
                let local = || {
                    let ids = object.symbol_ids.iter().take(object.first_global);
                    let mut named = ids.filter(|id| self.link.symbols[**id].name == group.signature);
                    named.next().map(|id| self.symbol_index[id.index()])
                };
                let mut section = joined(b".group", elf::SHT_GROUP, 0);
                (section.align, section.entry_size) = (4, 4);
                section.info = signature.or_else(local).unwrap_or(0);
                section.bytes = Some(bytes);
                self.sections.push(section);
            }
        }
    }

    /// The index that the relocation section of a section will get: they follow all groups, in order.
    fn relocation_section(&self, output: u32) -> Option<u32> {
        if self.sections[output as usize].relocations.is_empty() {
            return None;
        }
        let groups: usize = self.link.objects.iter().map(|object| self.kept_groups(object)).sum();
        let contents = self.sections.iter().filter(|section| section.kind != elf::SHT_GROUP).count();
        let before = self.sections[..output as usize].iter().filter(|s| !s.relocations.is_empty()).count();
        Some((contents + groups + before) as u32 + 1)
    }

    fn kept_groups(&self, object: &crate::object_file::ObjectFile<'_>) -> usize {
        let kept = |member: &u32| object.sections[*member as usize].output != NONE;
        object.groups.iter().filter(|group| group.members.iter().any(kept)).count()
    }

    fn image(&mut self) -> Vec<u8> {
        let class = self.link.arch.class;
        let mut names = StringTable::default();
        let offsets: Vec<u32> = self.sections.iter().map(|section| names.push(&section.name)).collect();
        if let Some(last) = self.sections.last_mut() {
            last.bytes = Some(names.bytes);
        }
        let mut image = vec![0u8; class.file_header() as usize];
        let mut headers = vec![0u8; class.section_header() as usize];
        for (section, name) in self.sections.iter().zip(offsets) {
            image.resize(image.len().next_multiple_of(section.align.min(4096) as usize), 0);
            let start = image.len() as u64;
            let size = match &section.bytes {
                Some(bytes) => {
                    image.extend_from_slice(bytes);
                    bytes.len() as u64
                }
                None if section.kind == elf::SHT_NOBITS => section.size,
                None => {
                    image.resize(image.len() + section.size as usize, 0);
                    for &(file, index, offset) in &section.parts {
                        let data = &self.link.objects[file as usize].sections[index as usize].data;
                        let at = (start + offset) as usize;
                        image[at..at + data.len()].copy_from_slice(data);
                    }
                    section.size
                }
            };
            if !self.link.arch.rela && section.kind != elf::SHT_NOBITS {
                self.implicit_addends(section, &mut image[start as usize..]);
            }
            put_section_header(class, &mut headers, name, section, start, size);
        }
        image.resize(image.len().next_multiple_of(8), 0);
        let table = image.len() as u64;
        image.extend_from_slice(&headers);
        self.file_header(&mut image, table);
        image
    }

    /// Puts addends where REL has them: into the places.
    fn implicit_addends(&self, section: &Joined<'_>, bytes: &mut [u8]) {
        for relocation in &section.relocations {
            let row = (self.link.arch.relocation)(relocation.kind);
            let place = usize::try_from(relocation.offset).ok().and_then(|at| bytes.get_mut(at..));
            if let (Some(row), Some(place)) = (row, place) {
                // An addend that grew out of a narrow field shows when the output is linked.
                let _ = row.store(place, relocation.addend);
            }
        }
    }

    fn file_header(&self, image: &mut [u8], table: u64) {
        let class = self.link.arch.class;
        let gnu = self
            .link
            .symbols
            .list
            .iter()
            .any(|symbol| symbol.kind == elf::STT_GNU_IFUNC || symbol.binding == elf::STB_GNU_UNIQUE);
        let mut header = b"\x7fELF".to_vec();
        header.extend_from_slice(&[if class == Class::Elf64 { 2 } else { 1 }, 1, 1, if gnu { 3 } else { 0 }]);
        header.extend_from_slice(&[0; 8]);
        header.extend_from_slice(&elf::ET_REL.to_le_bytes());
        header.extend_from_slice(&self.link.arch.machine.to_le_bytes());
        header.extend_from_slice(&1u32.to_le_bytes());
        for value in [0, 0, table] {
            put_word(class, &mut header, value);
        }
        header.extend_from_slice(&self.link.flags.to_le_bytes());
        let count = self.sections.len() as u16;
        for half in [class.file_header() as u16, 0, 0, class.section_header() as u16, count + 1, count] {
            header.extend_from_slice(&half.to_le_bytes());
        }
        image[..header.len()].copy_from_slice(&header);
    }
}

fn put_word(class: Class, out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes()[..class.word() as usize]);
}

fn put_section_header(
    class: Class,
    out: &mut Vec<u8>,
    name: u32,
    section: &Joined<'_>,
    start: u64,
    size: u64,
) {
    out.extend_from_slice(&name.to_le_bytes());
    out.extend_from_slice(&section.kind.to_le_bytes());
    for value in [section.flags, 0, start, size] {
        put_word(class, out, value);
    }
    out.extend_from_slice(&section.link.to_le_bytes());
    out.extend_from_slice(&section.info.to_le_bytes());
    put_word(class, out, section.align);
    put_word(class, out, section.entry_size);
}

fn relocation_bytes(class: Class, rela: bool, list: &[Relocation]) -> Vec<u8> {
    let mut out = Vec::with_capacity(list.len() * class.relocation(rela));
    for relocation in list {
        let symbol = u64::from(relocation.symbol);
        let info = match class {
            Class::Elf64 => symbol << 32 | u64::from(relocation.kind),
            Class::Elf32 => symbol << 8 | u64::from(relocation.kind),
        };
        put_word(class, &mut out, relocation.offset);
        put_word(class, &mut out, info);
        if rela {
            put_word(class, &mut out, relocation.addend as u64);
        }
    }
    out
}

//! Writes the ELF object: section order, group sections, relocation sections, tables, headers.
//!
//! The order is the BFD library's, so that an object equals GNU as's byte for byte: headers list groups, then
//! each section followed by its relocations, then the tables; the file holds contents, symbols, names, relocations,
//! section names, headers.

use crate::elf::{Class, SHN_LORESERVE, SHN_XINDEX, SectionHeader, Symbol};
use crate::layout::Layout;
use crate::object::ObjectStreamer;
use crate::relocate::Contents;
use crate::section::{SectionDefinition, SectionFlags, SectionType};
use crate::string_table::{StringId, StringTable, offset as string_offset};
use crate::symbol_table::{SymbolPlace, SymbolTable};
use lathe_diag::Loc;

const SHT_SYMTAB: u32 = 2;
const SHT_STRTAB: u32 = 3;
const SHT_RELA: u32 = 4;
const SHT_REL: u32 = 9;
const SHT_GROUP: u32 = 17;
const SHT_SYMTAB_SHNDX: u32 = 18;

/// A section of the output.
struct OutputSection {
    body: u32,
    definition: SectionDefinition,
    /// Its number, and that of its relocations.
    number: u32,
    relocations: Option<u32>,
}

/// A group section.
struct Group {
    signature: String,
    comdat: bool,
    members: Vec<usize>,
}

/// Everything that has a number by now.
struct Plan {
    groups: Vec<Group>,
    sections: Vec<OutputSection>,
    /// Section number by body.
    numbers: Vec<u32>,
    symtab: u32,
    strtab: u32,
    shstrtab: u32,
    symtab_shndx: Option<u32>,
    count: u32,
}

impl ObjectStreamer {
    /// Writes the object.
    pub(crate) fn write(&mut self, layout: &Layout, contents: &[Contents]) -> Vec<u8> {
        let plan = self.plan(contents);
        let order: Vec<u32> = plan.sections.iter().map(|section| section.body).collect();
        let signatures: Vec<&str> = plan.groups.iter().map(|group| &*group.signature).collect();
        let symbols = self.symbol_table(layout, contents, &order, &signatures);
        let class = Class { is_64: self.isa.arch().pointer_bytes() == 8 };
        let rela = self.isa.uses_rela();
        let mut names = StringTable::default();
        let mut headers: Vec<(SectionHeader, StringId)> =
            vec![(SectionHeader::default(), names.add("")); plan.count as usize];
        let relocation_names: Vec<String> = plan
            .sections
            .iter()
            .map(|section| format!(".{}{}", if rela { "rela" } else { "rel" }, section.definition.name))
            .collect();
        headers[plan.symtab as usize].1 = names.add(".symtab");
        headers[plan.strtab as usize].1 = names.add(".strtab");
        headers[plan.shstrtab as usize].1 = names.add(".shstrtab");
        if let Some(number) = plan.symtab_shndx {
            headers[number as usize].1 = names.add(".symtab_shndx");
        }
        for (section, relocation_name) in plan.sections.iter().zip(&relocation_names) {
            if let Some(number) = section.relocations {
                headers[number as usize].1 = names.add(relocation_name);
            }
            headers[section.number as usize].1 = names.add(&section.definition.name);
        }
        for number in 0..plan.groups.len() {
            headers[number + 1].1 = names.add(".group");
        }
        let mut out = vec![0; class.header_size() as usize];
        self.write_groups(&plan, &symbols, &mut headers, &mut out);
        for section in &plan.sections {
            let header = &mut headers[section.number as usize].0;
            *header = self.section_header(layout, section, &plan);
            let data = &contents[section.body as usize].bytes;
            align(&mut out, header.align);
            header.offset = out.len() as u64;
            out.extend_from_slice(data);
        }
        write_symbols(class, &plan, &symbols, &mut headers, &mut out);
        let form = RelocationForm { rela, sorted: self.rules.sorts_relocations };
        write_relocations(class, form, &plan, contents, &symbols, &mut headers, &mut out);
        let (bytes, offsets) = names.finish();
        headers[plan.shstrtab as usize].0 = SectionHeader {
            kind: SHT_STRTAB,
            offset: out.len() as u64,
            size: bytes.len() as u64,
            align: 1,
            ..SectionHeader::default()
        };
        out.extend_from_slice(&bytes);
        align(&mut out, class.word_size());
        let headers_at = out.len() as u64;
        // Counts that do not fit the file header stand in section header 0 (gABI, "Extended numbering").
        let many = plan.count >= SHN_LORESERVE;
        if many {
            headers[0].0.size = u64::from(plan.count);
            headers[0].0.link = plan.shstrtab;
        }
        for (header, name) in &headers {
            let name = string_offset(&offsets, *name);
            class.push_section(&mut out, &SectionHeader { name, ..*header });
        }
        let mut header = Vec::with_capacity(64);
        let retained = plan.sections.iter().any(|s| s.definition.flags.has(SectionFlags::RETAIN));
        class.push_header(
            &mut header,
            self.isa.arch().elf_machine(),
            self.header_flags,
            if symbols.is_gnu || retained { 3 } else { 0 },
            headers_at,
            if many { 0 } else { plan.count as u16 },
            if many { SHN_XINDEX } else { plan.shstrtab as u16 },
        );
        out[..header.len()].copy_from_slice(&header);
        out
    }

    fn plan(&mut self, contents: &[Contents]) -> Plan {
        let mut order: Vec<usize> =
            (0..self.sections.len()).filter(|at| self.sections[*at].mentioned).collect();
        order.sort_by_key(|at| self.sections[*at].order);
        let mut groups: Vec<Group> = Vec::new();
        let mut sections = Vec::new();
        for at in order {
            let Some((_, body)) = self.sections[at].bodies.first().copied() else { continue };
            let definition = self.sections[at].definition.clone();
            if let Some(group) = &definition.group {
                let member = sections.len();
                match groups.iter_mut().find(|known| known.signature == group.signature) {
                    Some(known) => known.members.push(member),
                    None => groups.push(Group {
                        signature: group.signature.to_string(),
                        comdat: group.comdat,
                        members: vec![member],
                    }),
                }
            }
            sections.push(OutputSection { body, definition, number: 0, relocations: None });
        }
        let mut next = 1 + groups.len() as u32;
        let mut take = || {
            next += 1;
            next - 1
        };
        let mut numbers = vec![0; self.bodies.len()];
        for section in &mut sections {
            section.number = take();
            numbers[section.body as usize] = section.number;
            if !contents[section.body as usize].relocations.is_empty() {
                section.relocations = Some(take());
            }
        }
        let symtab = take();
        let large = sections.last().is_some_and(|last| last.number >= SHN_LORESERVE);
        let symtab_shndx = large.then(&mut take);
        let (strtab, shstrtab) = (take(), take());
        Plan { groups, sections, numbers, symtab, strtab, shstrtab, symtab_shndx, count: next }
    }

    fn section_header(&mut self, layout: &Layout, section: &OutputSection, plan: &Plan) -> SectionHeader {
        let definition = &section.definition;
        let link = match &definition.link_order {
            Some(name) => self.link_order_number(name, plan),
            None => 0,
        };
        SectionHeader {
            kind: definition.kind.0,
            flags: definition.flags.0,
            size: self.body_size(layout, section.body),
            link,
            align: 1 << self.bodies[section.body as usize].align_log2.min(63),
            entry_size: match definition.kind {
                SectionType::INIT_ARRAY | SectionType::FINI_ARRAY | SectionType::PREINIT_ARRAY => {
                    u64::from(self.isa.arch().pointer_bytes())
                }
                _ => definition.entry_size,
            },
            ..SectionHeader::default()
        }
    }

    /// The section that `o` names: a section's name or a symbol defined in it.
    fn link_order_number(&mut self, name: &str, plan: &Plan) -> u32 {
        let by_symbol = self.names.get(name).and_then(|symbol| self.direct_position(symbol));
        if let Some(position) = by_symbol {
            return plan.numbers[position.body as usize];
        }
        match plan.sections.iter().find(|section| section.definition.name == name) {
            Some(section) => section.number,
            None => {
                if name != "0" {
                    self.error(Loc::NONE, format!("undefined linked-to symbol `{name}'"));
                }
                0
            }
        }
    }

    fn write_groups(
        &mut self,
        plan: &Plan,
        symbols: &SymbolTable,
        headers: &mut [(SectionHeader, StringId)],
        out: &mut Vec<u8>,
    ) {
        for (at, group) in plan.groups.iter().enumerate() {
            let signature = self.names.intern(&group.signature);
            align(out, 4);
            let offset = out.len() as u64;
            out.extend_from_slice(&u32::from(group.comdat).to_le_bytes());
            for member in &group.members {
                let section = &plan.sections[*member];
                out.extend_from_slice(&section.number.to_le_bytes());
                if let Some(relocations) = section.relocations {
                    out.extend_from_slice(&relocations.to_le_bytes());
                }
            }
            headers[at + 1].0 = SectionHeader {
                kind: SHT_GROUP,
                offset,
                size: out.len() as u64 - offset,
                link: plan.symtab,
                info: symbols.signature_index(at, signature),
                align: 4,
                entry_size: 4,
                ..SectionHeader::default()
            };
        }
    }
}

fn align(out: &mut Vec<u8>, to: u64) {
    let to = to.max(1) as usize;
    out.resize(out.len().div_ceil(to) * to, 0);
}

fn write_symbols(
    class: Class,
    plan: &Plan,
    symbols: &SymbolTable,
    headers: &mut [(SectionHeader, StringId)],
    out: &mut Vec<u8>,
) {
    let mut strings = StringTable::default();
    let ids: Vec<StringId> = symbols.symbols.iter().map(|symbol| strings.add(&symbol.name)).collect();
    let (bytes, offsets) = strings.finish();
    align(out, class.word_size());
    let offset = out.len() as u64;
    let mut extended = Vec::new();
    for (symbol, name) in symbols.symbols.iter().zip(ids) {
        let section = symbol.place.section_number(&plan.numbers);
        let is_real = matches!(symbol.place, SymbolPlace::Body(_));
        let escaped = is_real && section >= SHN_LORESERVE;
        extended.extend_from_slice(&(if escaped { section } else { 0 }).to_le_bytes());
        class.push_symbol(
            out,
            &Symbol {
                name: string_offset(&offsets, name),
                info: symbol.binding << 4 | symbol.kind,
                other: symbol.other,
                section: if escaped { SHN_XINDEX } else { section as u16 },
                value: symbol.value,
                size: symbol.size,
            },
        );
    }
    headers[plan.symtab as usize].0 = SectionHeader {
        kind: SHT_SYMTAB,
        offset,
        size: out.len() as u64 - offset,
        link: plan.strtab,
        info: symbols.local_count,
        align: class.word_size(),
        entry_size: class.symbol_size(),
        ..SectionHeader::default()
    };
    if let Some(number) = plan.symtab_shndx {
        headers[number as usize].0 = SectionHeader {
            kind: SHT_SYMTAB_SHNDX,
            offset: out.len() as u64,
            size: extended.len() as u64,
            link: plan.symtab,
            align: 4,
            entry_size: 4,
            ..SectionHeader::default()
        };
        out.extend_from_slice(&extended);
    }
    headers[plan.strtab as usize].0 = SectionHeader {
        kind: SHT_STRTAB,
        offset: out.len() as u64,
        size: bytes.len() as u64,
        align: 1,
        ..SectionHeader::default()
    };
    out.extend_from_slice(&bytes);
}

/// How relocations are written.
#[derive(Clone, Copy)]
struct RelocationForm {
    rela: bool,
    /// By place; those of one place in the order in which they were made.
    sorted: bool,
}

fn write_relocations(
    class: Class,
    RelocationForm { rela, sorted }: RelocationForm,
    plan: &Plan,
    contents: &[Contents],
    symbols: &SymbolTable,
    headers: &mut [(SectionHeader, StringId)],
    out: &mut Vec<u8>,
) {
    for section in &plan.sections {
        let Some(number) = section.relocations else { continue };
        align(out, class.word_size());
        let offset = out.len() as u64;
        let mut relocations: Vec<_> = contents[section.body as usize].relocations.iter().collect();
        if sorted {
            relocations.sort_by_key(|relocation| relocation.offset);
        }
        for relocation in relocations {
            let symbol = symbols.index(relocation.symbol);
            class.push_relocation(out, rela, relocation.offset, symbol, relocation.number, relocation.addend);
        }
        let grouped = section.definition.flags.0 & SectionFlags::GROUP.0;
        headers[number as usize].0 = SectionHeader {
            kind: if rela { SHT_RELA } else { SHT_REL },
            flags: SectionFlags::INFO_LINK.0 | grouped,
            offset,
            size: out.len() as u64 - offset,
            link: plan.symtab,
            info: section.number,
            align: class.word_size(),
            entry_size: class.relocation_size(rela),
            ..SectionHeader::default()
        };
    }
}

//! A relocatable object: its sections with their relocations, and its raw symbols.
//!
//! In: the bytes of an object. Out: [`ObjectFile`], everything checked that later phases rely on: section indexes,
//! alignment, string table offsets. Called by `resolve`; sections are then moved through liveness and layout.

use crate::arch::Architecture;
use crate::constants as elf;
use crate::deletion::Cut;
use crate::elf::{ElfFile, Malformed, RawSymbol, RelocationTable, string_at, symbol_at, u32_at};
use crate::symbols::{NONE, SymbolId};
use std::borrow::Cow;

/// A section of an object.
#[derive(Clone, Debug)]
pub(crate) struct InputSection<'a> {
    pub name: &'a [u8],
    pub kind: u32,
    pub flags: u64,
    pub size: u64,
    pub align: u64,
    pub entry_size: u64,
    pub link: u32,
    pub data: Cow<'a, [u8]>,
    pub relocations: RelocationTable<'a>,
    /// Part of the output; cleared by comdat groups and garbage collection.
    pub live: bool,
    /// Lost to another object's comdat group.
    pub discarded: bool,
    /// Carried into the output by its own path (frames, notes merged, symbol tables), not copied.
    pub special: bool,
    /// Part of a section group.
    pub in_group: bool,
    /// Copied word by word backwards: `.ctors` that goes to `.init_array`.
    pub reversed: bool,
    /// Output section, or [`NONE`].
    pub output: u32,
    /// Offset in the output section.
    pub offset: u64,
    /// Index among the merged inputs, or [`NONE`].
    pub merge: u32,
    /// What relaxation takes out.
    pub cuts: Vec<Cut>,
}

impl InputSection<'_> {
    pub(crate) fn is_alloc(&self) -> bool {
        self.flags & u64::from(elf::SHF_ALLOC) != 0
    }

    /// Where a byte of the input lies in the output section's part of this input.
    pub(crate) fn place(&self, offset: u64, word: u64) -> u64 {
        if self.reversed { self.size.wrapping_sub(word).wrapping_sub(offset) } else { offset }
    }
}

/// A comdat group: the signature symbol and its sections.
#[derive(Clone, Debug)]
pub(crate) struct Group<'a> {
    pub signature: &'a [u8],
    pub comdat: bool,
    pub members: Vec<u32>,
    /// Its own section.
    pub section: u32,
}

/// A relocatable object.
#[derive(Clone, Debug)]
pub(crate) struct ObjectFile<'a> {
    /// As messages name it: `a.o`, `libx.a(y.o)`.
    pub name: String,
    /// The archive's file name, for `--exclude-libs`.
    pub archive: Option<String>,
    pub class: crate::elf::Class,
    pub sections: Vec<InputSection<'a>>,
    pub groups: Vec<Group<'a>>,
    pub symbol_table: &'a [u8],
    pub strings: &'a [u8],
    pub extended_indexes: &'a [u8],
    pub symbol_count: usize,
    pub first_global: usize,
    /// The link's symbol of each symbol.
    pub symbol_ids: Vec<SymbolId>,
    /// e_flags.
    pub flags: u32,
}

/// Alignments above this are taken for damage: the largest page of any machine is 1 GiB.
const LARGEST_ALIGN: u64 = 1 << 30;

/// The sign-extended number at a place; 0 outside the data, which is reported when the relocation is applied.
fn addend(data: &[u8], at: usize, size: u8) -> i64 {
    let size = usize::from(size.min(8));
    let Some(field) = at.checked_add(size).and_then(|end| data.get(at..end)).filter(|f| !f.is_empty()) else {
        return 0;
    };
    let mut bytes = [0u8; 8];
    bytes[..size].copy_from_slice(field);
    let unused = 64 - size as u32 * 8;
    i64::from_le_bytes(bytes) << unused >> unused
}

impl<'a> ObjectFile<'a> {
    /// An object without anything: the linker's own.
    pub(crate) fn internal(class: crate::elf::Class) -> ObjectFile<'a> {
        ObjectFile {
            name: "<internal>".into(),
            archive: None,
            class,
            sections: Vec::new(),
            groups: Vec::new(),
            symbol_table: &[],
            strings: &[],
            extended_indexes: &[],
            symbol_count: 0,
            first_global: 0,
            symbol_ids: Vec::new(),
            flags: 0,
        }
    }

    /// Reads an object.
    pub(crate) fn parse(name: String, file: &ElfFile<'a>) -> Result<ObjectFile<'a>, Malformed> {
        let mut object = ObjectFile::internal(file.class);
        object.name = name;
        object.flags = file.flags;
        object.sections.reserve(file.sections.len());
        for (index, header) in file.sections.iter().enumerate() {
            let align = header.align.max(1);
            if !align.is_power_of_two() || align > LARGEST_ALIGN {
                return Err(Malformed(format!("section {index} has a bad alignment")));
            }
            let special = matches!(
                header.kind,
                elf::SHT_NULL
                    | elf::SHT_SYMTAB
                    | elf::SHT_STRTAB
                    | elf::SHT_RELA
                    | elf::SHT_REL
                    | elf::SHT_GROUP
                    | elf::SHT_SYMTAB_SHNDX
                    | elf::SHT_LLVM_ADDRSIG
            );
            let name = if index == 0 { &b""[..] } else { file.section_name(index)? };
            let special = special && !(header.kind == elf::SHT_STRTAB && header.flags & 2 != 0);
            let section = InputSection {
                name,
                kind: header.kind,
                flags: header.flags,
                size: if special { 0 } else { header.size },
                align,
                entry_size: header.entry_size,
                link: header.link,
                data: if special { Cow::Borrowed(&[]) } else { Cow::Borrowed(file.section_data(index)?) },
                relocations: RelocationTable::EMPTY,
                live: !special,
                discarded: false,
                special,
                in_group: false,
                reversed: false,
                output: NONE,
                offset: 0,
                merge: NONE,
                cuts: Vec::new(),
            };
            object.sections.push(section);
        }
        object.symbols(file)?;
        object.relocations_and_groups(file)?;
        object.decompress()?;
        if let Some(arch) = crate::arch::by_machine(file.machine, file.class) {
            object.prepare_relocations(arch);
        }
        Ok(object)
    }

    fn symbols(&mut self, file: &ElfFile<'a>) -> Result<(), Malformed> {
        let Some(at) = file.sections.iter().position(|header| header.kind == elf::SHT_SYMTAB) else {
            return Ok(());
        };
        let header = &file.sections[at];
        self.symbol_table = file.section_data(at)?;
        self.strings = file.section_data(header.link as usize)?;
        self.symbol_count = self.symbol_table.len() / file.class.symbol();
        self.first_global = header.info as usize;
        if self.first_global > self.symbol_count {
            return Err("the symbol table's first global lies outside it".into());
        }
        if let Some(extended) = file
            .sections
            .iter()
            .position(|header| header.kind == elf::SHT_SYMTAB_SHNDX && header.link as usize == at)
        {
            self.extended_indexes = file.section_data(extended)?;
        }
        Ok(())
    }

    fn relocations_and_groups(&mut self, file: &ElfFile<'a>) -> Result<(), Malformed> {
        for (index, header) in file.sections.iter().enumerate() {
            match header.kind {
                elf::SHT_RELA | elf::SHT_REL => {
                    let rela = header.kind == elf::SHT_RELA;
                    let data = file.section_data(index)?;
                    if data.len() % file.class.relocation(rela) != 0 {
                        return Err(Malformed(format!("section {index} has a bad size")));
                    }
                    let target = self.sections.get_mut(header.info as usize);
                    let target = target.filter(|_| header.info != 0);
                    let target =
                        target.ok_or_else(|| Malformed(format!("section {index} relocates no section")))?;
                    if data.is_empty() {
                        continue;
                    }
                    if !target.relocations.is_empty() {
                        return Err(Malformed(format!("section {} is relocated twice", header.info)));
                    }
                    target.relocations = RelocationTable::of_file(data, file.class, rela);
                }
                elf::SHT_GROUP => {
                    let data = file.section_data(index)?;
                    let comdat =
                        u32_at(data, 0).ok_or_else(|| Malformed::from("empty section group"))? & 1 != 0;
                    let signature = self.signature(header.info as usize)?;
                    let mut members = Vec::with_capacity(data.len() / 4);
                    for at in (4..data.len()).step_by(4) {
                        let member = u32_at(data, at).unwrap_or(0);
                        let section = self.sections.get_mut(member as usize);
                        let section = section.filter(|section| section.kind != elf::SHT_GROUP);
                        let section =
                            section.ok_or_else(|| Malformed::from("section group with a bad member"))?;
                        section.in_group = true;
                        members.push(member);
                    }
                    self.groups.push(Group { signature, comdat, members, section: index as u32 });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads the addends of REL entries from their places, and sorts tables of machines that look partners up.
    fn prepare_relocations(&mut self, arch: &Architecture) {
        for section in &mut self.sections {
            let table = &section.relocations;
            let unsorted = || !table.iter().is_sorted_by_key(|relocation| relocation.offset);
            if table.has_addends() && !(arch.has_pairs && unsorted()) {
                continue;
            }
            let mut list: Vec<_> = table.iter().collect();
            if !table.has_addends() {
                for relocation in &mut list {
                    let row = (arch.relocation)(relocation.kind);
                    let at = usize::try_from(relocation.offset).unwrap_or(usize::MAX);
                    relocation.addend = row.map_or(0, |row| addend(&section.data, at, row.size_bytes));
                }
            }
            if arch.has_pairs {
                list.sort_by_key(|relocation| relocation.offset);
            }
            section.relocations = RelocationTable::of_list(list);
        }
    }

    /// A group's name: its symbol's, or that symbol's section's.
    fn signature(&self, index: usize) -> Result<&'a [u8], Malformed> {
        let symbol =
            self.raw_symbol(index).ok_or_else(|| Malformed::from("section group without a symbol"))?;
        if symbol.kind() == elf::STT_SECTION {
            let section = self.sections.get(usize::from(symbol.section));
            return section.map(|section| section.name).ok_or_else(|| "section group without a name".into());
        }
        self.symbol_name(&symbol)
    }

    fn decompress(&mut self) -> Result<(), Malformed> {
        for section in &mut self.sections {
            if section.flags & u64::from(elf::SHF_COMPRESSED) == 0 || section.special {
                continue;
            }
            let (data, align) = crate::inflate::section(self.class, &section.data)?;
            section.size = data.len() as u64;
            section.align = align.max(1);
            if !section.align.is_power_of_two() {
                return Err("compressed section with a bad alignment".into());
            }
            section.flags &= !u64::from(elf::SHF_COMPRESSED);
            section.data = Cow::Owned(data);
        }
        Ok(())
    }

    /// The raw symbol of an index.
    pub(crate) fn raw_symbol(&self, index: usize) -> Option<RawSymbol> {
        symbol_at(self.class, self.symbol_table, index)
    }

    /// A raw symbol's name.
    pub(crate) fn symbol_name(&self, symbol: &RawSymbol) -> Result<&'a [u8], Malformed> {
        string_at(self.strings, symbol.name as usize).ok_or_else(|| "symbol with a bad name".into())
    }

    /// The section that a raw symbol lies in: SHN_XINDEX resolved, other reserved numbers as they are.
    pub(crate) fn symbol_section(&self, index: usize, symbol: &RawSymbol) -> u32 {
        if symbol.section == elf::SHN_XINDEX {
            u32_at(self.extended_indexes, index * 4).unwrap_or(0)
        } else {
            u32::from(symbol.section)
        }
    }
}

//! A thin, bounds-checked view of an ELF file, 32 or 64 bits, little endian.
//!
//! In: the bytes of a file. Out: headers, sections, symbols and relocations as plain structs, decoded where they
//! stand. Nothing here trusts an offset or a size. Source: System V gABI, chapters 4 and 5.
//! The numbers (`SHT_*`, `STT_*`, ...) are in [`crate::constants`].

use crate::constants as elf;
use std::sync::Arc;

/// The file breaks the format.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Malformed(pub String);

impl From<&str> for Malformed {
    fn from(what: &str) -> Self {
        Malformed(what.to_string())
    }
}

/// 32 or 64 bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    Elf32,
    Elf64,
}

impl Class {
    /// Size of an address.
    pub(crate) const fn word(self) -> u64 {
        match self {
            Class::Elf32 => 4,
            Class::Elf64 => 8,
        }
    }

    /// Size of a symbol.
    pub(crate) const fn symbol(self) -> usize {
        match self {
            Class::Elf32 => 16,
            Class::Elf64 => 24,
        }
    }

    /// Size of a relocation.
    pub(crate) const fn relocation(self, rela: bool) -> usize {
        let words = if rela { 3 } else { 2 };
        words * self.word() as usize
    }

    /// Size of the file header.
    pub(crate) const fn file_header(self) -> u64 {
        match self {
            Class::Elf32 => 52,
            Class::Elf64 => 64,
        }
    }

    /// Size of a program header.
    pub(crate) const fn program_header(self) -> u64 {
        match self {
            Class::Elf32 => 32,
            Class::Elf64 => 56,
        }
    }

    /// Size of a section header.
    pub(crate) const fn section_header(self) -> u64 {
        match self {
            Class::Elf32 => 40,
            Class::Elf64 => 64,
        }
    }
}

pub(crate) fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(data.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

pub(crate) fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(data.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

pub(crate) fn u64_at(data: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(data.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

/// An address-sized field.
pub(crate) fn word_at(class: Class, data: &[u8], at: usize) -> Option<u64> {
    match class {
        Class::Elf32 => u32_at(data, at).map(u64::from),
        Class::Elf64 => u64_at(data, at),
    }
}

/// The NUL-terminated string at an offset of a string table.
pub(crate) fn string_at(table: &[u8], at: usize) -> Option<&[u8]> {
    let rest = table.get(at..)?;
    Some(&rest[..rest.iter().position(|&byte| byte == 0)?])
}

/// A section header.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SectionHeader {
    pub name: u32,
    pub kind: u32,
    pub flags: u64,
    pub address: u64,
    pub offset: u64,
    pub size: u64,
    pub link: u32,
    pub info: u32,
    pub align: u64,
    pub entry_size: u64,
}

/// A symbol as the file has it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RawSymbol {
    pub name: u32,
    pub info: u8,
    pub other: u8,
    pub section: u16,
    pub value: u64,
    pub size: u64,
}

impl RawSymbol {
    pub(crate) fn kind(&self) -> u8 {
        self.info & 15
    }
    pub(crate) fn binding(&self) -> u8 {
        self.info >> 4
    }
    pub(crate) fn visibility(&self) -> u8 {
        self.other & 3
    }
}

/// A relocation; `addend` is 0 for REL until [`crate::object_file`] has read it from the place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Relocation {
    pub offset: u64,
    pub kind: u32,
    pub symbol: u32,
    pub addend: i64,
}

/// A section's relocations: decoded where they stand in the file, or a list of our own.
#[derive(Clone, Debug)]
pub(crate) struct RelocationTable<'a> {
    data: &'a [u8],
    class: Class,
    rela: bool,
    own: Option<Arc<[Relocation]>>,
}

impl<'a> RelocationTable<'a> {
    pub(crate) const EMPTY: RelocationTable<'static> =
        RelocationTable { data: &[], class: Class::Elf64, rela: true, own: None };

    /// The entries of a relocation section.
    pub(crate) fn of_file(data: &'a [u8], class: Class, rela: bool) -> RelocationTable<'a> {
        RelocationTable { data, class, rela, own: None }
    }

    /// A list with addends.
    pub(crate) fn of_list(list: Vec<Relocation>) -> RelocationTable<'a> {
        RelocationTable { own: Some(list.into()), ..RelocationTable::EMPTY }
    }

    /// Whether the entries carry their addends.
    pub(crate) fn has_addends(&self) -> bool {
        self.rela
    }

    pub(crate) fn len(&self) -> usize {
        match &self.own {
            Some(list) => list.len(),
            None => self.data.len() / self.class.relocation(self.rela),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The relocation of an index below `len`.
    pub(crate) fn get(&self, index: usize) -> Relocation {
        if let Some(list) = &self.own {
            return list[index];
        }
        let size = self.class.relocation(self.rela);
        let at = index * size;
        let field =
            |n: usize| word_at(self.class, self.data, at + n * self.class.word() as usize).unwrap_or(0);
        let (offset, info) = (field(0), field(1));
        let addend = if self.rela { field(2) as i64 } else { 0 };
        match self.class {
            Class::Elf64 => Relocation { offset, kind: info as u32, symbol: (info >> 32) as u32, addend },
            Class::Elf32 => Relocation {
                offset,
                kind: info as u32 & 0xff,
                symbol: (info >> 8) as u32,
                addend: i64::from(addend as i32),
            },
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Relocation> + '_ {
        (0..self.len()).map(move |index| self.get(index))
    }

    /// The index of the first relocation at an offset or behind it, in a sorted table.
    pub(crate) fn first_at(&self, offset: u64) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.get(middle).offset < offset {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// An ELF file: its header's fields and section headers.
#[derive(Clone, Debug)]
pub(crate) struct ElfFile<'a> {
    pub data: &'a [u8],
    pub class: Class,
    pub machine: u16,
    /// ET_REL, ET_DYN, ...
    pub kind: u16,
    pub flags: u32,
    pub sections: Vec<SectionHeader>,
    section_names: &'a [u8],
}

impl<'a> ElfFile<'a> {
    /// Whether the bytes begin like an ELF file.
    pub(crate) fn is_elf(data: &[u8]) -> bool {
        data.starts_with(b"\x7fELF")
    }

    /// Reads header and section headers.
    pub(crate) fn parse(data: &'a [u8]) -> Result<ElfFile<'a>, Malformed> {
        let class = match data.get(4) {
            Some(1) => Class::Elf32,
            Some(2) => Class::Elf64,
            _ => return Err("unknown ELF class".into()),
        };
        if data.get(5) != Some(&1) {
            return Err("not a little-endian file".into());
        }
        let short = || Malformed::from("truncated ELF header");
        let header = data.get(..class.file_header() as usize).ok_or_else(short)?;
        let (shoff_at, tail) = match class {
            Class::Elf32 => (32, 36),
            Class::Elf64 => (40, 48),
        };
        let half = |at| u16_at(header, at).unwrap_or(0);
        let (kind, machine) = (half(16), half(18));
        let shoff = word_at(class, header, shoff_at).ok_or_else(short)?;
        let flags = u32_at(header, tail).ok_or_else(short)?;
        let (entry_size, mut count, mut names) =
            (half(tail + 10), usize::from(half(tail + 12)), u32::from(half(tail + 14)));
        let mut file =
            ElfFile { data, class, machine, kind, flags, sections: Vec::new(), section_names: &[] };
        if shoff == 0 {
            return Ok(file);
        }
        if u64::from(entry_size) != class.section_header() {
            return Err("section headers have the wrong size".into());
        }
        let start =
            usize::try_from(shoff).map_err(|_| Malformed::from("section headers lie outside the file"))?;
        let table =
            data.get(start..).ok_or_else(|| Malformed::from("section headers lie outside the file"))?;
        let size = usize::from(entry_size);
        let first =
            table.get(..size).ok_or_else(|| Malformed::from("section headers lie outside the file"))?;
        let first = Self::section_header(class, first);
        if count == 0 {
            count = usize::try_from(first.size).unwrap_or(usize::MAX);
        }
        if names == u32::from(elf::SHN_XINDEX) {
            names = first.link;
        }
        if count > table.len() / size {
            return Err("section headers lie outside the file".into());
        }
        file.sections =
            table.chunks_exact(size).take(count).map(|raw| Self::section_header(class, raw)).collect();
        if names != 0 {
            file.section_names = file.section_data(names as usize)?;
        }
        Ok(file)
    }

    fn section_header(class: Class, raw: &[u8]) -> SectionHeader {
        let w32 = |at| u32_at(raw, at).unwrap_or(0);
        let w = |at| word_at(class, raw, at).unwrap_or(0);
        match class {
            Class::Elf64 => SectionHeader {
                name: w32(0),
                kind: w32(4),
                flags: w(8),
                address: w(16),
                offset: w(24),
                size: w(32),
                link: w32(40),
                info: w32(44),
                align: w(48),
                entry_size: w(56),
            },
            Class::Elf32 => SectionHeader {
                name: w32(0),
                kind: w32(4),
                flags: w(8),
                address: w(12),
                offset: w(16),
                size: w(20),
                link: w32(24),
                info: w32(28),
                align: w(32),
                entry_size: w(36),
            },
        }
    }

    /// A section's bytes; none for NOBITS.
    pub(crate) fn section_data(&self, index: usize) -> Result<&'a [u8], Malformed> {
        let header = self.sections.get(index).ok_or_else(|| Malformed(format!("no section {index}")))?;
        if header.kind == elf::SHT_NOBITS || header.kind == elf::SHT_NULL {
            return Ok(&[]);
        }
        let range = usize::try_from(header.offset).ok().and_then(|start| {
            let size = usize::try_from(header.size).ok()?;
            self.data.get(start..start.checked_add(size)?)
        });
        range.ok_or_else(|| Malformed(format!("section {index} lies outside the file")))
    }

    /// A section's name.
    pub(crate) fn section_name(&self, index: usize) -> Result<&'a [u8], Malformed> {
        let header = self.sections.get(index).ok_or_else(|| Malformed(format!("no section {index}")))?;
        string_at(self.section_names, header.name as usize)
            .ok_or_else(|| Malformed(format!("section {index} has a bad name")))
    }

    /// The symbol at an index of a symbol table's bytes.
    pub(crate) fn symbol(&self, table: &[u8], index: usize) -> Option<RawSymbol> {
        symbol_at(self.class, table, index)
    }
}

/// The symbol at an index of a symbol table's bytes.
pub(crate) fn symbol_at(class: Class, table: &[u8], index: usize) -> Option<RawSymbol> {
    let size = class.symbol();
    let start = index.checked_mul(size)?;
    let raw = table.get(start..start.checked_add(size)?)?;
    Some(match class {
        Class::Elf64 => RawSymbol {
            name: u32_at(raw, 0)?,
            info: raw[4],
            other: raw[5],
            section: u16_at(raw, 6)?,
            value: u64_at(raw, 8)?,
            size: u64_at(raw, 16)?,
        },
        Class::Elf32 => RawSymbol {
            name: u32_at(raw, 0)?,
            value: u64::from(u32_at(raw, 4)?),
            size: u64::from(u32_at(raw, 8)?),
            info: raw[12],
            other: raw[13],
            section: u16_at(raw, 14)?,
        },
    })
}

/// The name of an `e_machine`, for messages.
pub(crate) fn machine_name(machine: u16, class: Class) -> String {
    match (machine, class) {
        (elf::EM_X86_64, Class::Elf64) => "i386:x86-64 architecture".into(),
        (elf::EM_X86_64, Class::Elf32) => "i386:x64-32 architecture".into(),
        (elf::EM_386, _) => "i386 architecture".into(),
        (elf::EM_AARCH64, _) => "aarch64 architecture".into(),
        (elf::EM_RISCV, _) => "riscv architecture".into(),
        _ => format!("machine {machine} architecture"),
    }
}

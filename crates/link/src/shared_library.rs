//! A shared library as input: its dynamic symbols, their versions, its name and needs.
//!
//! In: the bytes of an ET_DYN file. Out: [`SharedLibrary`]. Source: gABI ch. 5, "Symbol Versioning" of the LSB core.

use crate::constants as elf;
use crate::elf::{ElfFile, Malformed, RawSymbol, string_at, u16_at, u32_at, word_at};
use crate::symbols::SymbolId;

/// A dynamic symbol.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SharedSymbol<'a> {
    pub name: &'a [u8],
    pub raw: RawSymbol,
    /// The version's index in [`SharedLibrary::versions`], 0 and 1 for none.
    pub version: u16,
    /// Not the default version.
    pub hidden: bool,
}

/// A shared library.
#[derive(Clone, Debug)]
pub(crate) struct SharedLibrary<'a> {
    /// As messages name it.
    pub name: String,
    /// DT_SONAME, or the file's name.
    pub soname: Vec<u8>,
    pub symbols: Vec<SharedSymbol<'a>>,
    /// The link's symbol of each symbol.
    pub symbol_ids: Vec<SymbolId>,
    /// Names of defined versions by index.
    pub versions: Vec<&'a [u8]>,
    pub needed: Vec<&'a [u8]>,
    pub section_aligns: Vec<(u64, u64, u64)>,
    /// `--as-needed` was on.
    pub as_needed: bool,
    /// Gets a DT_NEEDED.
    pub used: bool,
}

impl<'a> SharedLibrary<'a> {
    /// Reads a shared library.
    pub(crate) fn parse(name: String, needed_name: &str, file: &ElfFile<'a>) -> Result<Self, Malformed> {
        let mut library = SharedLibrary {
            name,
            soname: needed_name.as_bytes().to_vec(),
            symbols: Vec::new(),
            symbol_ids: Vec::new(),
            versions: vec![&b""[..], &b""[..]],
            needed: Vec::new(),
            section_aligns: Vec::new(),
            as_needed: false,
            used: false,
        };
        let find = |kind| file.sections.iter().position(|header| header.kind == kind);
        for header in &file.sections {
            if header.flags & u64::from(elf::SHF_ALLOC) != 0 {
                let end = header.address.saturating_add(header.size);
                library.section_aligns.push((header.address, end, header.align.max(1)));
            }
        }
        if let Some(at) = find(elf::SHT_DYNAMIC) {
            library.dynamic(file, at)?;
        }
        if let Some(at) = find(elf::SHT_GNU_VERDEF) {
            library.versions(file, at)?;
        }
        let Some(at) = find(elf::SHT_DYNSYM) else { return Ok(library) };
        let versions = match find(elf::SHT_GNU_VERSYM) {
            Some(at) => file.section_data(at)?,
            None => &[],
        };
        library.dynamic_symbols(file, at, versions)?;
        Ok(library)
    }

    fn dynamic(&mut self, file: &ElfFile<'a>, at: usize) -> Result<(), Malformed> {
        let data = file.section_data(at)?;
        let strings = file.section_data(file.sections[at].link as usize)?;
        let word = file.class.word() as usize;
        for entry in data.chunks_exact(2 * word) {
            let tag = word_at(file.class, entry, 0).unwrap_or(0);
            let value = word_at(file.class, entry, word).unwrap_or(0) as usize;
            match tag {
                0 => break,
                1 | 14 => {
                    let text =
                        string_at(strings, value).ok_or_else(|| Malformed::from("bad name in .dynamic"))?;
                    if tag == 1 {
                        self.needed.push(text);
                    } else {
                        self.soname = text.to_vec();
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn versions(&mut self, file: &ElfFile<'a>, at: usize) -> Result<(), Malformed> {
        let data = file.section_data(at)?;
        let strings = file.section_data(file.sections[at].link as usize)?;
        let bad = || Malformed::from("bad version definitions");
        let mut at = 0usize;
        // Each step moves forward, so the walk ends.
        while let Some(index) = u16_at(data, at.saturating_add(4)) {
            let aux = u32_at(data, at + 12).ok_or_else(bad)? as usize;
            let next = u32_at(data, at + 16).ok_or_else(bad)? as usize;
            let name = u32_at(data, at.checked_add(aux).ok_or_else(bad)?).ok_or_else(bad)?;
            let name = string_at(strings, name as usize).ok_or_else(bad)?;
            let index = usize::from(index & 0x7fff);
            if self.versions.len() <= index {
                self.versions.resize(index + 1, b"");
            }
            if index > 1 {
                self.versions[index] = name;
            }
            if next == 0 {
                break;
            }
            at = at.checked_add(next).ok_or_else(bad)?;
        }
        Ok(())
    }

    fn dynamic_symbols(
        &mut self,
        file: &ElfFile<'a>,
        at: usize,
        versions: &'a [u8],
    ) -> Result<(), Malformed> {
        let table = file.section_data(at)?;
        let strings = file.section_data(file.sections[at].link as usize)?;
        let count = table.len() / file.class.symbol();
        self.symbols.reserve(count);
        for index in 1..count {
            let Some(raw) = file.symbol(table, index) else { break };
            if raw.binding() == elf::STB_LOCAL {
                continue;
            }
            let version = u16_at(versions, index * 2).unwrap_or(elf::VER_NDX_GLOBAL);
            let (version, hidden) = (version & 0x7fff, version & 0x8000 != 0);
            if version == elf::VER_NDX_LOCAL && raw.section != elf::SHN_UNDEF {
                continue;
            }
            let name = string_at(strings, raw.name as usize)
                .ok_or_else(|| Malformed::from("symbol with a bad name"))?;
            self.symbols.push(SharedSymbol { name, raw, version, hidden });
        }
        Ok(())
    }

    /// The name of a version index, `None` for the base.
    pub(crate) fn version_name(&self, index: u16) -> Option<&'a [u8]> {
        self.versions.get(usize::from(index)).copied().filter(|name| !name.is_empty())
    }

    /// The alignment that a copy of the object at `address` needs.
    pub(crate) fn alignment_at(&self, address: u64) -> u64 {
        let natural = if address == 0 { 1 << 12 } else { 1u64 << address.trailing_zeros().min(12) };
        let inside = self.section_aligns.iter().find(|(start, end, _)| *start <= address && address < *end);
        inside.map_or(16, |(_, _, align)| *align).min(natural).max(1)
    }
}

//! ELF structures as bytes (gABI 4.1: file header, section headers, symbols, relocations), little-endian, 32 and 64 bits.
//!
//! Used by the writer of objects; readers are elsewhere (`link`).

/// Which of the two file classes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Class {
    pub is_64: bool,
}

/// A section header.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SectionHeader {
    pub name: u32,
    pub kind: u32,
    pub flags: u64,
    pub offset: u64,
    pub size: u64,
    pub link: u32,
    pub info: u32,
    pub align: u64,
    pub entry_size: u64,
}

/// A symbol.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Symbol {
    pub name: u32,
    pub info: u8,
    pub other: u8,
    pub section: u16,
    pub value: u64,
    pub size: u64,
}

/// `SHN_ABS`
pub(crate) const SHN_ABS: u32 = 0xfff1;
/// `SHN_COMMON`
pub(crate) const SHN_COMMON: u32 = 0xfff2;
/// `SHN_LORESERVE`: section numbers from here on do not fit `st_shndx`.
pub(crate) const SHN_LORESERVE: u32 = 0xff00;
/// `SHN_XINDEX`
pub(crate) const SHN_XINDEX: u16 = 0xffff;

impl Class {
    /// Bytes of the file header.
    pub fn header_size(self) -> u64 {
        if self.is_64 { 64 } else { 52 }
    }

    /// Bytes of a section header.
    pub fn section_header_size(self) -> u64 {
        if self.is_64 { 64 } else { 40 }
    }

    /// Bytes of a symbol.
    pub fn symbol_size(self) -> u64 {
        if self.is_64 { 24 } else { 16 }
    }

    /// Bytes of a relocation.
    pub fn relocation_size(self, rela: bool) -> u64 {
        match (self.is_64, rela) {
            (true, true) => 24,
            (true, false) => 16,
            (false, true) => 12,
            (false, false) => 8,
        }
    }

    /// Alignment of tables.
    pub fn word_size(self) -> u64 {
        if self.is_64 { 8 } else { 4 }
    }

    fn word(self, out: &mut Vec<u8>, value: u64) {
        if self.is_64 {
            out.extend_from_slice(&value.to_le_bytes());
        } else {
            out.extend_from_slice(&(value as u32).to_le_bytes());
        }
    }

    /// Appends the file header of a relocatable object.
    pub fn push_header(
        self,
        out: &mut Vec<u8>,
        machine: u16,
        flags: u32,
        os_abi: u8,
        headers_at: u64,
        sections: u16,
        names: u16,
    ) {
        out.extend_from_slice(&[0x7f, b'E', b'L', b'F', if self.is_64 { 2 } else { 1 }, 1, 1, os_abi]);
        out.extend_from_slice(&[0; 8]);
        out.extend_from_slice(&1u16.to_le_bytes());
        out.extend_from_slice(&machine.to_le_bytes());
        out.extend_from_slice(&1u32.to_le_bytes());
        self.word(out, 0);
        self.word(out, 0);
        self.word(out, headers_at);
        out.extend_from_slice(&flags.to_le_bytes());
        for half in [self.header_size() as u16, 0, 0, self.section_header_size() as u16, sections, names] {
            out.extend_from_slice(&half.to_le_bytes());
        }
    }

    /// Appends a section header.
    pub fn push_section(self, out: &mut Vec<u8>, header: &SectionHeader) {
        out.extend_from_slice(&header.name.to_le_bytes());
        out.extend_from_slice(&header.kind.to_le_bytes());
        self.word(out, header.flags);
        self.word(out, 0);
        self.word(out, header.offset);
        self.word(out, header.size);
        out.extend_from_slice(&header.link.to_le_bytes());
        out.extend_from_slice(&header.info.to_le_bytes());
        self.word(out, header.align);
        self.word(out, header.entry_size);
    }

    /// Appends a symbol.
    pub fn push_symbol(self, out: &mut Vec<u8>, symbol: &Symbol) {
        out.extend_from_slice(&symbol.name.to_le_bytes());
        if self.is_64 {
            out.extend_from_slice(&[symbol.info, symbol.other]);
            out.extend_from_slice(&symbol.section.to_le_bytes());
            out.extend_from_slice(&symbol.value.to_le_bytes());
            out.extend_from_slice(&symbol.size.to_le_bytes());
        } else {
            out.extend_from_slice(&(symbol.value as u32).to_le_bytes());
            out.extend_from_slice(&(symbol.size as u32).to_le_bytes());
            out.extend_from_slice(&[symbol.info, symbol.other]);
            out.extend_from_slice(&symbol.section.to_le_bytes());
        }
    }

    /// Appends a relocation.
    pub fn push_relocation(
        self,
        out: &mut Vec<u8>,
        rela: bool,
        offset: u64,
        symbol: u32,
        number: u32,
        addend: i64,
    ) {
        self.word(out, offset);
        let info = match self.is_64 {
            true => u64::from(symbol) << 32 | u64::from(number),
            false => u64::from(symbol << 8 | (number & 0xff)),
        };
        self.word(out, info);
        if rela {
            self.word(out, addend as u64);
        }
    }
}

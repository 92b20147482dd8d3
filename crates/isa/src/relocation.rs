//! Relocation rows: what a relocation type of an ELF psABI means, as data.
//!
//! A target's `relocations.rs` holds one `static` table of [`RelocationRow`]s sorted by number; the assembler
//! takes names and numbers from it, the linker the computation. The symbols in the comments are the psABIs':
//! S symbol, A addend, P place, G slot in the GOT, GOT its base, L PLT entry, Z symbol size, B load address.

/// Which values fit into the field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overflow {
    /// Any: the value is truncated (or as wide as the address).
    Unchecked,
    /// `-2^(n-1) ..= 2^(n-1)-1`.
    Signed,
    /// `0 ..= 2^n-1`.
    Unsigned,
    /// `-2^(n-1) ..= 2^n-1`: what assemblers accept for data directives.
    Bitfield,
}

/// The value before `- P` (see [`RelocationRow::pc_relative`]).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expression {
    /// No field: marks something for the linker.
    Nothing,
    /// S + A
    Symbol,
    /// L + A: the PLT entry, or the symbol where none is needed.
    Plt,
    /// GOT + G + A: the address of the symbol's GOT slot.
    GotSlot,
    /// As `GotSlot`, and the instruction around the field may be rewritten to do without the slot.
    GotSlotRelaxable,
    /// G + A: the slot's offset from the GOT base.
    GotSlotOffset,
    /// GOT + A
    GotBase,
    /// S + A - GOT
    SymbolFromGot,
    /// L + A - GOT
    PltFromGot,
    /// Z + A
    Size,
    /// Address of the GOT pair (module, offset) of a general-dynamic access.
    TlsGeneralDynamic,
    /// Address of the GOT pair (module, 0) of a local-dynamic access.
    TlsLocalDynamic,
    /// Offset inside the module's TLS block.
    TlsModuleOffset,
    /// Address of the GOT slot that holds the thread-pointer offset (initial exec).
    TlsGotOffset,
    /// Thread-pointer offset (local exec).
    TlsOffset,
    /// Address of the GOT pair that is a TLS descriptor.
    TlsDescriptor,
    /// Marks the indirect call through a TLS descriptor.
    TlsDescriptorCall,
    /// Only the dynamic linker computes it (COPY, GLOB_DAT, RELATIVE, ...); an error in objects.
    Dynamic,
}

/// One relocation type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RelocationRow {
    /// The psABI's number.
    pub number: u32,
    /// The psABI's name (`"R_X86_64_PC32"`).
    pub name: &'static str,
    /// Width of the field, 0 when there is none.
    pub size_bytes: u8,
    /// Whether P is subtracted.
    pub pc_relative: bool,
    /// Which values fit.
    pub check: Overflow,
    /// What is computed.
    pub expression: Expression,
}

impl RelocationRow {
    /// Whether `value` fits into the field.
    pub const fn fits(&self, value: i64) -> bool {
        if self.size_bytes == 0 || self.size_bytes >= 8 {
            return true;
        }
        let bits = self.size_bytes as u32 * 8;
        let (low, high) = (-(1i64 << (bits - 1)), 1i64 << (bits - 1));
        match self.check {
            Overflow::Unchecked => true,
            Overflow::Signed => low <= value && value < high,
            Overflow::Unsigned => 0 <= value && value < 2 * high,
            Overflow::Bitfield => low <= value && value < 2 * high,
        }
    }
}

/// The row of a number in a table sorted by number.
pub fn find_row(table: &'static [RelocationRow], number: u32) -> Option<&'static RelocationRow> {
    let direct = table.get(number as usize).filter(|row| row.number == number);
    direct.or_else(|| table.binary_search_by_key(&number, |row| row.number).ok().map(|at| &table[at]))
}

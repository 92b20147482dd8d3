//! Relocation rows: what a relocation type of an ELF psABI means, as data.
//!
//! A target's `relocations.rs` holds one `static` table of [`RelocationRow`]s sorted by number; the assembler
//! takes names and numbers from it, the linker the computation and [`RelocationRow::store`], which fills the field.
//! The symbols in the comments are the psABIs': S symbol, A addend, P place, G slot in the GOT, GOT its base,
//! L PLT entry, Z symbol size, B load address.

pub use crate::relocation_field::{BitPart, Field, InstructionField, StoreError};

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
    /// S + A as one term of a difference of addresses, which is the same wherever the image is loaded.
    Term,
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
    /// The same counted downwards: thread pointer minus address.
    TlsOffsetNegated,
    /// The slot's offset from the start of the page that holds the GOT base.
    GotSlotFromGotPage,
    /// S + A - the global pointer; made by the linker, an error in objects.
    FromGlobalPointer,
    /// The low part of what the relocation at the symbol's place computes (RISC-V's PC-relative pairs).
    LowPartOfPair,
    /// Address of the GOT pair that is a TLS descriptor.
    TlsDescriptor,
    /// Marks the indirect call through a TLS descriptor.
    TlsDescriptorCall,
    /// Only the dynamic linker computes it (COPY, GLOB_DAT, RELATIVE, ...); an error in objects.
    Dynamic,
}

/// What is subtracted from the value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Relative {
    /// Nothing.
    No,
    /// P.
    Place,
    /// Page(P), after the value itself became Page(value): pages of 4 KiB.
    Page,
    /// Nothing; but the field holds only an offset inside a page, which is the same wherever the image is loaded.
    InsidePage,
    /// GOT.
    Got,
}

/// One relocation type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RelocationRow {
    /// The psABI's number.
    pub number: u32,
    /// The psABI's name (`"R_X86_64_PC32"`).
    pub name: &'static str,
    /// Bytes of the field (of the instructions that hold it), 0 when there is none.
    pub size_bytes: u8,
    /// What is subtracted.
    pub relative: Relative,
    /// Which values fit.
    pub check: Overflow,
    /// What is computed.
    pub expression: Expression,
    /// How the field holds the value.
    pub field: Field,
}

impl RelocationRow {
    /// Whether the value is the same wherever the image is loaded, if S moves with the image.
    pub const fn is_relative(&self) -> bool {
        !matches!(self.relative, Relative::No)
    }

    /// Whether `value` fits into the field.
    pub const fn fits(&self, value: i64) -> bool {
        let bits = match self.field {
            Field::Instruction(field) => field.bits as u32,
            _ => self.size_bytes as u32 * 8,
        };
        if bits == 0 || bits >= 64 {
            return true;
        }
        let (low, high) = (-(1i64 << (bits - 1)), 1i64 << (bits - 1));
        match self.check {
            Overflow::Unchecked => true,
            Overflow::Signed => low <= value && value < high,
            Overflow::Unsigned => 0 <= value && value < 2 * high,
            Overflow::Bitfield => low <= value && value < 2 * high,
        }
    }

    /// Puts a value into its field, whose bytes begin at `data`; the field is written even if the value does not fit.
    ///
    /// # Errors
    /// When the value does not fit, or `data` is shorter than the field.
    pub fn store(&self, data: &mut [u8], value: i64) -> Result<(), StoreError> {
        self.field.store(data, usize::from(self.size_bytes), value)?;
        let rounded = match self.field {
            Field::Instruction(field) => value.wrapping_add(i64::from(field.round)),
            Field::Data => value,
            _ => return Ok(()),
        };
        if self.fits(rounded) { Ok(()) } else { Err(StoreError::Overflow) }
    }
}

/// The row of a number in a table sorted by number.
pub fn find_row(table: &'static [RelocationRow], number: u32) -> Option<&'static RelocationRow> {
    let direct = table.get(number as usize).filter(|row| row.number == number);
    direct.or_else(|| table.binary_search_by_key(&number, |row| row.number).ok().map(|at| &table[at]))
}

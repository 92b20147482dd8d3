//! What a target's objects hold beyond code and data, as data: which relocations keep symbols, what the linker may change,
//! mapping symbols, attributes.
//!
//! The default is a target whose assembler resolves all that it can (x86). A linker that deletes bytes from code (RISC-V)
//! wants every distance across code as relocations: [`LinkerRelaxation`] says which.

use crate::row::Mode;

/// The conventions of a target's objects.
#[derive(Clone, Copy, Debug)]
pub struct ObjectRules {
    /// The name of a label that nobody named, where the symbol table has to show it.
    pub anonymous_label: &'static str,
    /// Relocations name symbols, labels included, never sections.
    pub keeps_symbols: bool,
    /// An operand that names a label which occurred before puts it into the symbol table's order at once.
    pub operands_order_symbols: bool,
    /// The symbol table has a symbol of each section, named by a relocation or not.
    pub keeps_section_symbols: bool,
    /// Sections with code are filled up to their alignment.
    pub pads_code_sections: bool,
    /// Relocations are sorted by place.
    pub sorts_relocations: bool,
    /// Symbols that mark code and data inside sections.
    pub mapping: Option<MappingSymbols>,
    /// What the linker may change about code.
    pub relaxation: Option<&'static LinkerRelaxation>,
    /// By fixup kind; kinds beyond its end have [`FixupRule::PLAIN`].
    pub fixups: &'static [FixupRule],
    /// `e_flags`.
    pub header_flags: u32,
    /// Alignment that `.text` has from the start.
    pub text_align_log2: u8,
    /// What assembly text starts with, to be read in the default mode.
    pub text_header: &'static str,
    /// Modes with the directives that turn them on and off.
    pub mode_directives: &'static [(Mode, &'static str, &'static str)],
    /// Bytes of the smallest instruction, in which line tables count addresses.
    pub line_unit: u8,
    /// Modifiers that pick bits of the symbol's address: their relocations may name the section instead of the symbol, and
    /// so may those of distances to strings in merged sections. Where empty, no relocation with a modifier does.
    pub address_modifiers: &'static [crate::Modifier],
    /// The section of build attributes that every object has, if the target has one.
    pub attributes: Option<&'static AttributeSection>,
}

impl ObjectRules {
    /// The assembler resolves all that it can.
    pub const DEFAULT: ObjectRules = ObjectRules {
        anonymous_label: "L0\u{1}",
        keeps_symbols: false,
        operands_order_symbols: true,
        keeps_section_symbols: false,
        pads_code_sections: false,
        sorts_relocations: false,
        mapping: None,
        relaxation: None,
        fixups: &[],
        header_flags: 0,
        text_align_log2: 0,
        text_header: "",
        mode_directives: &[],
        line_unit: 1,
        address_modifiers: &[],
        attributes: None,
    };

    /// The rule of a fixup kind.
    pub fn fixup(&self, kind: crate::FixupKind) -> FixupRule {
        self.fixups.get(usize::from(kind.0)).copied().unwrap_or(FixupRule::PLAIN)
    }
}

/// Symbols at the places where a section changes between code and data.
#[derive(Clone, Copy, Debug)]
pub struct MappingSymbols {
    /// Before code.
    pub code: &'static str,
    /// Before data.
    pub data: &'static str,
    /// The name of the first code symbol of each section goes on with the architecture's string.
    pub shows_architecture: bool,
    /// Whether only sections with code have them, or all that are loaded.
    pub code_sections_only: bool,
}

impl MappingSymbols {
    /// Whether all code symbols have one name.
    pub const fn is_plain(&self) -> bool {
        !self.shows_architecture
    }
}

/// What an object says to a linker that changes the size of code. Numbers are relocation types.
#[derive(Clone, Copy, Debug)]
pub struct LinkerRelaxation {
    /// Mode bit of code that the linker may change.
    pub mode: Mode,
    /// Beside a relocation: the instruction may be shortened.
    pub mark: u32,
    /// Padding that the linker makes anew.
    pub align: u32,
    /// Smallest instruction with and without the mode's short forms, for the padding.
    pub short_forms: Mode,
    /// Symbol added to a field of 1, 2, 4, 8 bytes.
    pub add: [u32; 4],
    /// Symbol subtracted.
    pub subtract: [u32; 4],
    /// Symbol put into a field of 1, 2, 4 bytes.
    pub set: [u32; 3],
    /// Symbol put into the low six bits of a byte.
    pub set_six: u32,
    /// Symbol subtracted from the low six bits of a byte.
    pub subtract_six: u32,
    /// Mask and values of the first byte of instructions that load a constant upper part: places across them are the
    /// linker's too, as far as GNU as is concerned.
    pub upper_parts: (u8, [u8; 2]),
    /// Symbol put into, and subtracted from, a ULEB128 number.
    pub uleb128: (u32, u32),
}

/// What the assembler leaves in a field for which it writes a relocation with an addend.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tentative {
    /// Zeros.
    Nothing,
    /// The addend.
    Addend,
    /// The distance as it is before linking.
    Distance,
}

/// How a fixup kind becomes relocations.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FixupRule {
    /// The linker may shorten the instruction: the relocation is marked.
    pub relaxable: bool,
    /// The instruction may disappear: distances across it are the linker's.
    pub breaks: bool,
    /// What the field holds until then.
    pub tentative: Tentative,
    /// It refers to the instruction's own first byte, by an anonymous label.
    pub refers_to_start: bool,
    /// Its symbol is a thread-local one.
    pub thread_local: bool,
}

impl FixupRule {
    /// Nothing special.
    pub const PLAIN: FixupRule = FixupRule {
        relaxable: false,
        breaks: false,
        tentative: Tentative::Nothing,
        refers_to_start: false,
        thread_local: false,
    };
}

/// A section of build attributes (ELF for the Arm Architecture, "Addenda"; RISC-V ELF psABI, "Attributes").
#[derive(Clone, Copy, Debug)]
pub struct AttributeSection {
    /// `.riscv.attributes`
    pub name: &'static str,
    /// `sh_type`
    pub kind: u32,
    /// The vendor's name.
    pub vendor: &'static str,
    /// Tag and value of the string attribute that names the instruction set.
    pub architecture: (u32, &'static str),
}

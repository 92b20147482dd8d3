//! The run-time values of symbols and places, once the layout stands.

use crate::arch::Architecture;
use crate::constants as elf;
use crate::link::Link;
use crate::merge::Merging;
use crate::output::Kind;
use crate::scan::{Addend, DynamicRelocation, Place};
use crate::symbols::{Definition, NONE, SymbolId, need};
use crate::synthesize::{Slots, Tables};
use crate::{layout::Layout, symbols::Symbol};

/// Everything that tells an address.
#[derive(Clone, Copy)]
pub(crate) struct Addresses<'x, 'a> {
    pub link: &'x Link<'a>,
    pub layout: &'x Layout<'a>,
    pub tables: &'x Tables,
    pub merging: &'x Merging,
    pub got: u64,
    pub got_plt: u64,
    pub plt: u64,
    /// Start of the PLT entries.
    pub plt_entries: u64,
}

impl<'x, 'a> Addresses<'x, 'a> {
    pub(crate) fn new(
        link: &'x Link<'a>,
        layout: &'x Layout<'a>,
        tables: &'x Tables,
        merging: &'x Merging,
    ) -> Addresses<'x, 'a> {
        let plt = layout.address_of(Kind::Plt);
        let header = if tables.plt.is_empty() { 0 } else { link.arch.plt_header_size };
        Addresses {
            link,
            layout,
            tables,
            merging,
            got: layout.address_of(Kind::Got),
            got_plt: layout.address_of(Kind::GotPlt),
            plt,
            plt_entries: plt + header,
        }
    }

    pub(crate) fn arch(&self) -> &'static Architecture {
        self.link.arch
    }

    /// An offset of an input section.
    pub(crate) fn in_section(&self, file: u32, section: u32, offset: u64) -> u64 {
        let input = &self.link.objects[file as usize].sections[section as usize];
        if input.merge != NONE
            && let Some((merged, at)) = self.merging.translate(input.merge, offset)
        {
            let output = &self.layout.sections[merged.output as usize];
            return output.address.wrapping_add(merged.offset).wrapping_add(at);
        }
        if input.output == NONE {
            // Symbols of .eh_frame stand for its start.
            let frames = input.special && input.live && input.name == b".eh_frame";
            return if frames { self.layout.address_of(Kind::Frames) } else { 0 };
        }
        let output = &self.layout.sections[input.output as usize];
        output.address.wrapping_add(input.offset).wrapping_add(offset)
    }

    pub(crate) fn slots(&self, symbol: &Symbol<'a>) -> Slots {
        self.tables.slots_of(symbol.slots)
    }

    /// The address of a PLT entry.
    pub(crate) fn plt_entry(&self, entry: u32) -> u64 {
        let lazy = entry.min(self.tables.plt.len() as u32);
        let arch = self.arch();
        let others = u64::from(entry - lazy) * arch.iplt_entry_size;
        self.plt_entries + u64::from(lazy) * arch.plt_entry_size + others
    }

    /// S, not going through the PLT.
    fn own(&self, symbol: &Symbol<'a>, addend: i64) -> u64 {
        match symbol.definition {
            Definition::Section { file, section } => {
                // A section symbol with an addend means the place, in a merged section the piece there.
                if symbol.kind == elf::STT_SECTION {
                    let at = symbol.value.wrapping_add(addend as u64);
                    let input = &self.link.objects[file as usize].sections[section as usize];
                    if input.merge != NONE {
                        return self.in_section(file, section, at);
                    }
                    if !input.cuts.is_empty() {
                        return self.in_section(file, section, crate::deletion::moved(&input.cuts, at));
                    }
                }
                self.in_section(file, section, symbol.value).wrapping_add(addend as u64)
            }
            Definition::Absolute | Definition::Address => symbol.value.wrapping_add(addend as u64),
            _ => addend as u64,
        }
    }

    /// S + A, of the PLT entry where that stands for the symbol.
    pub(crate) fn symbol(&self, id: SymbolId, addend: i64) -> u64 {
        let symbol = &self.link.symbols[id];
        if symbol.needs & need::CANONICAL_PLT != 0 {
            let slots = self.slots(symbol);
            if slots.plt != NONE {
                return self.plt_entry(slots.plt).wrapping_add(addend as u64);
            }
        }
        self.own(symbol, addend)
    }

    /// L + A.
    pub(crate) fn callee(&self, id: SymbolId, addend: i64) -> u64 {
        let symbol = &self.link.symbols[id];
        match self.slots(symbol).plt {
            NONE => self.own(symbol, addend),
            entry => self.plt_entry(entry).wrapping_add(addend as u64),
        }
    }

    /// `_GLOBAL_OFFSET_TABLE_`.
    pub(crate) fn got_base(&self) -> u64 {
        self.layout.address_of(self.arch().got_base)
    }

    /// The value of `__global_pointer$`.
    pub(crate) fn global_pointer(&self) -> u64 {
        let name = crate::defined::GLOBAL_POINTER.as_bytes();
        self.link.symbols.find(name, None).map_or(0, |id| self.link.symbols[id].value)
    }

    /// The address of a GOT word.
    pub(crate) fn got_word(&self, word: u32) -> u64 {
        self.got + u64::from(word) * self.arch().class.word()
    }

    pub(crate) fn got_plt_word(&self, word: u32) -> u64 {
        self.got_plt + u64::from(word) * self.arch().class.word()
    }

    /// Offset from the thread pointer of the executable.
    pub(crate) fn tls_offset(&self, id: SymbolId, addend: i64) -> i64 {
        if self.link.symbols[id].is_undefined() {
            return addend;
        }
        let address = self.own(&self.link.symbols[id], addend);
        address.wrapping_sub(self.layout.thread_pointer(self.arch().tls_variant)) as i64
    }

    /// Offset in the module's TLS block.
    pub(crate) fn tls_module_offset(&self, id: SymbolId, addend: i64) -> i64 {
        if self.link.symbols[id].is_undefined() {
            return addend;
        }
        self.own(&self.link.symbols[id], addend).wrapping_sub(self.layout.tls.0) as i64
    }

    /// The address of a dynamic relocation's place.
    pub(crate) fn place(&self, place: Place) -> u64 {
        match place {
            Place::Section { file, section, offset } => self.in_section(file, section, offset),
            Place::Got(word) => self.got_word(word),
            Place::GotPlt(word) => self.got_plt_word(word),
            Place::Symbol(id) => self.own(&self.link.symbols[id], 0),
        }
    }

    /// Offset, symbol index, type and addend of a dynamic relocation.
    pub(crate) fn dynamic(&self, relocation: &DynamicRelocation) -> (u64, u32, u32, i64) {
        let place = self.place(relocation.place);
        let addend = match relocation.addend {
            Addend::Constant(value) => value,
            Addend::Address(id, addend) => self.symbol(id, addend) as i64,
            Addend::Resolver(id) => self.own(&self.link.symbols[id], 0) as i64,
            Addend::TlsOffset(id, addend) => self.tls_module_offset(id, addend),
        };
        let symbol = relocation.symbol.map_or(0, |id| {
            let index = self.slots(&self.link.symbols[id]).dynamic;
            if index == NONE { 0 } else { index }
        });
        (place, symbol, relocation.kind, addend)
    }
}

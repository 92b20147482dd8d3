//! GOT, PLT and copies: slots for what the scan found, and the dynamic relocations that fill them.
//!
//! In: the symbols' `needs`. Out: [`Tables`]. Order is symbol order, so that the output does not depend on anything else.

use crate::constants as elf;
use crate::elf::RelocationTable;
use crate::link::Link;
use crate::object_file::InputSection;
use crate::output::Kind;
use crate::packed::Packed;
use crate::scan::{Addend, DynamicRelocation, Place, Scan};
use crate::symbols::{Definition, NONE, SymbolId, flag, need};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// A symbol's places in the tables; [`NONE`] for none. GOT places are word indexes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slots {
    pub got: u32,
    /// Entry number, the lazy ones first, then the IFUNC ones.
    pub plt: u32,
    pub tls_general: u32,
    pub tls_offset: u32,
    pub tls_descriptor: u32,
    /// Index in `.dynsym`.
    pub dynamic: u32,
    /// The library that a copied symbol came from.
    pub copied_from: u32,
}

impl Slots {
    const EMPTY: Slots = Slots {
        got: NONE,
        plt: NONE,
        tls_general: NONE,
        tls_offset: NONE,
        tls_descriptor: NONE,
        dynamic: NONE,
        copied_from: NONE,
    };
}

/// What a GOT word is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GotEntry {
    Address(SymbolId),
    /// Two words.
    Module,
    /// Two words.
    TlsGeneral(SymbolId),
    TlsOffset(SymbolId),
    /// Two words.
    TlsDescriptor(SymbolId),
}

/// All tables.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub slots: Vec<Slots>,
    /// Word index and use.
    pub got: Vec<(u32, GotEntry)>,
    pub got_words: u32,
    /// Lazily bound entries.
    pub plt: Vec<SymbolId>,
    /// Entries of IFUNCs.
    pub iplt: Vec<SymbolId>,
    pub has_got_plt: bool,
    /// GOT word of the pair for local-dynamic accesses.
    pub tls_module: u32,
    /// `.rela.dyn`
    pub relocations: Vec<DynamicRelocation>,
    /// `.relr.dyn`
    pub packed: Packed,
    /// `.rela.plt`
    pub plt_relocations: Vec<DynamicRelocation>,
}

impl Tables {
    pub(crate) fn slots_of(&self, slots: u32) -> Slots {
        self.slots.get(slots as usize).copied().unwrap_or(Slots::EMPTY)
    }

    /// The slots of a symbol, made when it has none.
    pub(crate) fn slots_mut(&mut self, slots: &mut u32) -> &mut Slots {
        if *slots == NONE {
            *slots = self.slots.len() as u32;
            self.slots.push(Slots::EMPTY);
        }
        &mut self.slots[*slots as usize]
    }

    fn got_words(&mut self, count: u32, entry: GotEntry) -> u32 {
        let at = self.got_words;
        self.got.push((at, entry));
        self.got_words += count;
        at
    }

    /// The word of `.got.plt` that belongs to a PLT entry.
    pub(crate) fn got_plt_word(&self, link: &Link<'_>, entry: u32) -> u32 {
        link.arch.got_plt_reserved as u32 + entry
    }
}

/// Space for commons in the linker's own object; commons become ordinary definitions.
pub(crate) fn allocate_commons(link: &mut Link<'_>) {
    for index in 0..link.symbols.list.len() {
        let symbol = &mut link.symbols.list[index];
        if !matches!(symbol.definition, Definition::Common { .. }) {
            continue;
        }
        let align = if symbol.value.is_power_of_two() { symbol.value } else { 1 };
        let (size, tls) = (symbol.size, symbol.kind == elf::STT_TLS);
        let section = link.objects[0].sections.len() as u32;
        let symbol = &mut link.symbols.list[index];
        symbol.definition = Definition::Section { file: 0, section };
        symbol.value = 0;
        if symbol.kind == elf::STT_NOTYPE || symbol.kind == elf::STT_COMMON {
            symbol.kind = elf::STT_OBJECT;
        }
        let name: &[u8] = if tls { b".tcommon" } else { b"COMMON" };
        link.objects[0].sections.push(space(name, size, align, tls));
    }
}

fn space(name: &'static [u8], size: u64, align: u64, tls: bool) -> InputSection<'static> {
    let tls = if tls { elf::SHF_TLS } else { 0 };
    InputSection {
        name,
        kind: elf::SHT_NOBITS,
        flags: u64::from(elf::SHF_ALLOC | elf::SHF_WRITE | tls),
        size,
        align,
        entry_size: 0,
        link: 0,
        data: Cow::Borrowed(&[]),
        relocations: RelocationTable::EMPTY,
        live: true,
        discarded: false,
        special: false,
        in_group: false,
        reversed: false,
        output: NONE,
        offset: 0,
        merge: NONE,
        cuts: Vec::new(),
    }
}

/// Allocates all slots.
pub(crate) fn allocate(link: &mut Link<'_>, scan: &Scan) -> Tables {
    let reserved = link.arch.got_reserved as u32;
    let mut tables = Tables { tls_module: NONE, got_words: reserved, ..Tables::default() };
    copies(link, &mut tables);
    for index in 0..link.symbols.list.len() {
        if link.symbols.list[index].needs & !need::DYNAMIC != 0 {
            allocate_symbol(link, &mut tables, SymbolId(index as u32));
        }
    }
    let lazy = tables.plt.len() as u32;
    for (at, &id) in tables.iplt.iter().enumerate() {
        tables.slots[link.symbols[id].slots as usize].plt = lazy + at as u32;
    }
    if scan.tls_module {
        tables.tls_module = tables.got_words(2, GotEntry::Module);
    }
    let base = |kind: Kind| scan.got_base && link.arch.got_base == kind;
    if tables.got_words == reserved && !base(Kind::Got) && !link.is_dynamic() {
        tables.got_words = 0;
    }
    tables.has_got_plt =
        base(Kind::GotPlt) || !tables.plt.is_empty() || !tables.iplt.is_empty() || link.is_dynamic();
    tables.relocations.extend_from_slice(&scan.relocations);
    got_relocations(link, &mut tables);
    plt_relocations(link, &mut tables);
    if link.options.pack_relative_relocations {
        tables.packed = Packed::take(link, &mut tables.relocations);
    }
    tables
}

fn allocate_symbol(link: &mut Link<'_>, tables: &mut Tables, id: SymbolId) {
    let symbol = link.symbols[id];
    let preemptible = link.is_preemptible(&symbol);
    let mut slots_index = symbol.slots;
    let mut slots = *tables.slots_mut(&mut slots_index);
    if symbol.needs & need::GOT != 0 {
        slots.got = tables.got_words(1, GotEntry::Address(id));
    }
    if symbol.needs & need::PLT != 0 {
        if symbol.is_indirect_function() && !preemptible {
            tables.iplt.push(id);
        } else if preemptible {
            slots.plt = tables.plt.len() as u32;
            tables.plt.push(id);
        }
    }
    if symbol.needs & need::TLS_GENERAL != 0 {
        slots.tls_general = tables.got_words(2, GotEntry::TlsGeneral(id));
    }
    if symbol.needs & need::TLS_OFFSET != 0 {
        slots.tls_offset = tables.got_words(1, GotEntry::TlsOffset(id));
    }
    if symbol.needs & need::TLS_DESCRIPTOR != 0 {
        slots.tls_descriptor = tables.got_words(2, GotEntry::TlsDescriptor(id));
    }
    tables.slots[slots_index as usize] = slots;
    link.symbols[id].slots = slots_index;
}

/// Copied variables: space here, and every other name that the library has for the same place.
fn copies(link: &mut Link<'_>, tables: &mut Tables) {
    let wanted: Vec<SymbolId> = (0..link.symbols.list.len() as u32)
        .map(SymbolId)
        .filter(|&id| link.symbols[id].needs & need::COPY != 0 && link.symbols[id].is_shared())
        .collect();
    let mut by_place: FxHashMap<(u32, u64), u32> = FxHashMap::default();
    for id in wanted {
        let symbol = link.symbols[id];
        let Definition::Shared { file } = symbol.definition else { continue };
        if by_place.contains_key(&(file, symbol.value)) {
            continue; // an alias was copied before
        }
        let library = &link.libraries[file as usize];
        let align = library.alignment_at(symbol.value);
        let section = link.objects[0].sections.len() as u32;
        by_place.insert((file, symbol.value), section);
        let aliases = library.symbols.iter().zip(&library.symbol_ids).filter(|(shared, _)| {
            shared.raw.value == symbol.value
                && shared.raw.section != elf::SHN_UNDEF
                && shared.raw.kind() != elf::STT_TLS
        });
        let aliases: Vec<(SymbolId, u64)> = aliases.map(|(shared, &id)| (id, shared.raw.size)).collect();
        let size = aliases.iter().map(|alias| alias.1).max().unwrap_or(0).max(symbol.size);
        link.objects[0].sections.push(space(b".dynbss", size, align, false));
        for (alias, _) in aliases {
            let target = &mut link.symbols[alias];
            if target.definition != (Definition::Shared { file }) || target.value != symbol.value {
                continue;
            }
            target.definition = Definition::Section { file: 0, section };
            target.value = 0;
            target.flags |= flag::EXPORTED;
            tables.slots_mut(&mut target.slots).copied_from = file;
        }
        let (kind, addend) = (link.arch.dynamic.copy, Addend::Constant(0));
        tables.relocations.push(DynamicRelocation {
            place: Place::Symbol(id),
            kind,
            symbol: Some(id),
            addend,
        });
    }
}

fn got_relocations(link: &Link<'_>, tables: &mut Tables) {
    let types = link.arch.dynamic;
    let shared = link.is_shared();
    let mut list = Vec::new();
    let mut push = |word: u32, kind: u32, symbol: Option<SymbolId>, addend: Addend| {
        list.push(DynamicRelocation { place: Place::Got(word), kind, symbol, addend });
    };
    let zero = Addend::Constant(0);
    for &(word, entry) in &tables.got {
        match entry {
            GotEntry::Address(id) => {
                let symbol = &link.symbols[id];
                if link.is_preemptible(symbol) {
                    push(word, types.glob_dat, Some(id), zero);
                } else if symbol.is_indirect_function() && symbol.needs & need::CANONICAL_PLT == 0 {
                    push(word, types.irelative, None, Addend::Resolver(id));
                } else if link.moves(symbol) {
                    push(word, types.relative, None, Addend::Address(id, 0));
                }
            }
            GotEntry::Module if shared => push(word, types.tls_module, None, zero),
            GotEntry::Module => {}
            GotEntry::TlsGeneral(id) => {
                if link.is_preemptible(&link.symbols[id]) {
                    push(word, types.tls_module, Some(id), zero);
                    push(word + 1, types.tls_module_offset, Some(id), zero);
                } else if shared {
                    push(word, types.tls_module, None, zero);
                }
            }
            GotEntry::TlsOffset(id) => {
                if link.is_preemptible(&link.symbols[id]) {
                    push(word, types.tls_offset, Some(id), zero);
                } else if shared {
                    push(word, types.tls_offset, None, Addend::TlsOffset(id, 0));
                }
            }
            GotEntry::TlsDescriptor(id) => {
                if link.is_preemptible(&link.symbols[id]) {
                    push(word, types.tls_descriptor, Some(id), zero);
                } else {
                    push(word, types.tls_descriptor, None, Addend::TlsOffset(id, 0));
                }
            }
        }
    }
    // Slots filled by IFUNC resolvers go last: the resolvers may use the others.
    let (resolved, rest): (Vec<_>, Vec<_>) = list.into_iter().partition(|r| r.kind == types.irelative);
    tables.relocations.extend(rest);
    tables.plt_relocations.extend(resolved);
}

fn plt_relocations(link: &Link<'_>, tables: &mut Tables) {
    let types = link.arch.dynamic;
    let in_got = std::mem::take(&mut tables.plt_relocations);
    for (at, &id) in tables.plt.iter().enumerate() {
        let place = Place::GotPlt(tables.got_plt_word(link, at as u32));
        let (symbol, addend) = (Some(id), Addend::Constant(0));
        tables.plt_relocations.push(DynamicRelocation { place, kind: types.jump_slot, symbol, addend });
    }
    for (at, &id) in tables.iplt.iter().enumerate() {
        let word = tables.got_plt_word(link, (tables.plt.len() + at) as u32);
        tables.plt_relocations.push(DynamicRelocation {
            place: Place::GotPlt(word),
            kind: types.irelative,
            symbol: None,
            addend: Addend::Resolver(id),
        });
    }
    tables.plt_relocations.extend(in_got);
}

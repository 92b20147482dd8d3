//! Applying relocations to the bytes of a section.
//!
//! In: a section's bytes in the output, its relocations, all addresses. Out: final bytes, errors of values that do
//! not fit. Runs on many sections at once.

use crate::addresses::Addresses;
use crate::arch::{Relaxation, RewriteValues};
use crate::constants as elf;
use crate::elf::Relocation;
use crate::symbols::{Definition, NONE, SymbolId};
use crate::{LinkError, Messages};
use lathe_isa::relocation::{Expression, RelocationRow};

/// Writes a value of a width.
fn put(data: &mut [u8], offset: u64, width: u8, value: i64) {
    let at = offset as usize;
    let width = usize::from(width);
    data[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
}

/// Relocates an input section whose bytes are `data` at `address`.
pub(crate) fn section(
    addresses: &Addresses<'_, '_>,
    file: u32,
    section: u32,
    address: u64,
    data: &mut [u8],
    messages: &mut Messages,
) {
    let link = addresses.link;
    let input = &link.objects[file as usize].sections[section as usize];
    let alloc = input.is_alloc();
    let word = link.arch.class.word();
    let mut skip = false;
    for mut relocation in input.relocations.iter() {
        if std::mem::take(&mut skip) {
            continue;
        }
        let Some(row) = (link.arch.relocation)(relocation.kind) else { continue };
        let in_bounds = relocation
            .offset
            .checked_add(u64::from(row.size_bytes))
            .is_some_and(|end| end <= input.data.len() as u64);
        if !in_bounds {
            if !alloc {
                let site = link.site(file, section, relocation.offset);
                messages.error(LinkError::Relocation { site, what: "relocation outside its section".into() });
            }
            continue;
        }
        let original = relocation.offset;
        if input.reversed {
            relocation.offset = input.place(original, word);
        }
        let mut one = One { addresses, file, section, row, alloc, messages, source: &input.data, original };
        skip = one.apply(&relocation, address, data);
    }
}

struct One<'o, 'x, 'a> {
    addresses: &'o Addresses<'x, 'a>,
    file: u32,
    section: u32,
    row: &'static RelocationRow,
    alloc: bool,
    messages: &'o mut Messages,
    source: &'o [u8],
    original: u64,
}

impl One<'_, '_, '_> {
    fn apply(&mut self, relocation: &Relocation, address: u64, data: &mut [u8]) -> bool {
        let link = self.addresses.link;
        let object = &link.objects[self.file as usize];
        let Some(&id) = object.symbol_ids.get(relocation.symbol as usize) else { return false };
        let symbol = &link.symbols[id];
        let row = self.row;
        if matches!(row.expression, Expression::Nothing) {
            return false;
        }
        if let Definition::Section { file, section } = symbol.definition {
            let target = &link.objects[file as usize].sections[section as usize];
            if target.discarded || (!self.alloc && !target.live) {
                self.lost(id, relocation, data);
                return false;
            }
        }
        let place = address.wrapping_add(relocation.offset);
        let facts = link.relax_facts(symbol);
        let relaxation = if self.alloc {
            (link.arch.relaxation)(row, self.source, self.original, facts)
        } else {
            Relaxation::None
        };
        if relaxation != Relaxation::None {
            self.rewrite(relaxation, id, relocation, place, data);
            return relaxation.swallows_next();
        }
        let Some(value) = self.value(id, relocation.addend) else { return false };
        let value = if row.pc_relative { value.wrapping_sub(place as i64) } else { value };
        if !row.fits(value) {
            self.truncated(id);
        }
        put(data, relocation.offset, row.size_bytes, value);
        false
    }

    /// A reference to a dropped section: zero where that is harmless.
    fn lost(&mut self, id: SymbolId, relocation: &Relocation, data: &mut [u8]) {
        let link = self.addresses.link;
        let name = link.objects[self.file as usize].sections[self.section as usize].name;
        if self.alloc && !name.starts_with(b".gcc_except_table") {
            let symbol = link.symbols[id].display();
            let site = link.site(self.file, self.section, self.original);
            self.messages.error(LinkError::Discarded { symbol, site });
            return;
        }
        // A zero would end a range list of old DWARF; one does not.
        let filler = i64::from(name == b".debug_ranges" || name == b".debug_loc");
        put(data, relocation.offset, self.row.size_bytes, filler);
    }

    fn truncated(&mut self, id: SymbolId) {
        let link = self.addresses.link;
        let symbol = &link.symbols[id];
        let site = link.site(self.file, self.section, self.original);
        let mut name = symbol.display();
        if symbol.kind == elf::STT_SECTION
            && let Definition::Section { file, section } = symbol.definition
        {
            let section = &link.objects[file as usize].sections[section as usize];
            name = String::from_utf8_lossy(section.name).into_owned();
        }
        self.messages.error(LinkError::Truncated { site, relocation: self.row.name.into(), symbol: name });
    }

    fn rewrite(
        &mut self,
        relaxation: Relaxation,
        id: SymbolId,
        relocation: &Relocation,
        place: u64,
        data: &mut [u8],
    ) {
        let addresses = self.addresses;
        let slot = addresses.slots(&addresses.link.symbols[id]).tls_offset;
        let local = matches!(
            relaxation,
            Relaxation::GeneralToLocal | Relaxation::InitialToLocal | Relaxation::DescriptorToLocal
        );
        let values = RewriteValues {
            place,
            addend: relocation.addend,
            address: if relaxation == Relaxation::GotToAddress { addresses.symbol(id, 0) } else { 0 },
            // The addend is -4 in all these sequences.
            tls_offset: if local { addresses.tls_offset(id, relocation.addend.wrapping_add(4)) } else { 0 },
            tls_slot: if slot == NONE { 0 } else { addresses.got_word(slot) },
        };
        if !(addresses.arch().rewrite)(relaxation, data, relocation.offset, values) {
            self.truncated(id);
        }
    }

    /// The value before `- P`; `None` when nothing is to be written.
    fn value(&mut self, id: SymbolId, addend: i64) -> Option<i64> {
        let addresses = self.addresses;
        let link = addresses.link;
        let symbol = &link.symbols[id];
        let slots = addresses.slots(symbol);
        let got = |word: u32| if word == NONE { 0 } else { addresses.got_word(word) };
        let base = addresses.got_plt as i64;
        Some(match self.row.expression {
            Expression::Symbol => addresses.symbol(id, addend) as i64,
            Expression::Plt => addresses.callee(id, addend) as i64,
            Expression::PltFromGot => (addresses.callee(id, addend) as i64).wrapping_sub(base),
            Expression::GotSlot | Expression::GotSlotRelaxable => {
                (got(slots.got) as i64).wrapping_add(addend)
            }
            Expression::GotSlotOffset => (got(slots.got) as i64).wrapping_add(addend).wrapping_sub(base),
            Expression::GotBase => base.wrapping_add(addend),
            Expression::SymbolFromGot => (addresses.symbol(id, addend) as i64).wrapping_sub(base),
            Expression::Size => (symbol.size as i64).wrapping_add(addend),
            Expression::TlsGeneralDynamic => (got(slots.tls_general) as i64).wrapping_add(addend),
            Expression::TlsLocalDynamic => (got(addresses.tables.tls_module) as i64).wrapping_add(addend),
            Expression::TlsGotOffset => (got(slots.tls_offset) as i64).wrapping_add(addend),
            Expression::TlsDescriptor => (got(slots.tls_descriptor) as i64).wrapping_add(addend),
            // In an executable the local-dynamic base is the thread pointer itself.
            Expression::TlsModuleOffset if self.alloc && link.is_executable() => {
                addresses.tls_offset(id, addend)
            }
            Expression::TlsModuleOffset => addresses.tls_module_offset(id, addend),
            Expression::TlsOffset if link.is_shared() => return None,
            Expression::TlsOffset => addresses.tls_offset(id, addend),
            Expression::TlsDescriptorCall | Expression::Nothing | Expression::Dynamic => return None,
        })
    }
}

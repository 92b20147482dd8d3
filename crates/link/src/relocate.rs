//! Applying relocations to the bytes of a section.
//!
//! In: a section's bytes in the output, its relocations, all addresses. Out: final bytes, errors of values that do
//! not fit. Runs on many sections at once.

use crate::addresses::Addresses;
use crate::arch::{Relaxation, RewriteValues, Rewritten};
use crate::constants as elf;
use crate::elf::{Relocation, RelocationTable};
use crate::symbols::{Definition, NONE, SymbolId};
use crate::{LinkError, Messages};
use lathe_isa::relocation::{Expression, Relative, RelocationRow, StoreError};

/// Writes a value of a width.
fn put(data: &mut [u8], offset: u64, width: u8, value: i64) {
    let at = offset as usize;
    let width = usize::from(width);
    data[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
}

/// The relocations at a place whose value a lower part can continue: those of upper parts.
pub(crate) fn upper_parts<'t>(
    table: &'t RelocationTable<'_>,
    offset: u64,
) -> impl Iterator<Item = Relocation> + 't {
    const UPPER: [u32; 4] =
        [elf::R_RISCV_PCREL_HI20, elf::R_RISCV_GOT_HI20, elf::R_RISCV_TLS_GOT_HI20, elf::R_RISCV_TLS_GD_HI20];
    let from = table.first_at(offset);
    let here = (from..table.len()).map(|index| table.get(index)).take_while(move |r| r.offset == offset);
    here.filter(|relocation| UPPER.contains(&relocation.kind))
}

/// What goes into the field: the value without what it is relative to.
pub(crate) fn relative_value(
    addresses: &Addresses<'_, '_>,
    row: &RelocationRow,
    value: i64,
    place: u64,
) -> i64 {
    const PAGE: i64 = !0xfff;
    match row.relative {
        Relative::No | Relative::InsidePage => value,
        Relative::Place => value.wrapping_sub(place as i64),
        Relative::Page => (value & PAGE).wrapping_sub(place as i64 & PAGE),
        Relative::Got => value.wrapping_sub(addresses.got_base() as i64),
    }
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
        let value = relative_value(self.addresses, row, value, place);
        let field = &mut data[relocation.offset as usize..];
        let mut result = row.store(field, value);
        if result == Err(StoreError::Overflow)
            && let Some(thunks) = link.arch.adjustment.thunks()
            && let Some(thunk) = link.thunks.find(thunks, place, (id, relocation.addend))
        {
            result = row.store(field, thunk.wrapping_sub(place) as i64);
        }
        // A call of a weak function that nothing defines, never reached, goes on behind itself.
        if result == Err(StoreError::Overflow) && row.expression == Expression::Plt && symbol.is_undefined() {
            result = row.store(field, i64::from(row.size_bytes));
        }
        if let Err(error) = result {
            self.unfit(id, error);
        }
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

    fn unfit(&mut self, id: SymbolId, error: StoreError) {
        let what = match error {
            StoreError::Overflow => return self.truncated(id),
            StoreError::Misaligned => {
                format!(
                    "{} against a misaligned address `{}'",
                    self.row.name,
                    self.addresses.link.symbols[id].display()
                )
            }
            StoreError::OutOfBounds => "relocation outside its section".into(),
        };
        let site = self.addresses.link.site(self.file, self.section, self.original);
        self.messages.error(LinkError::Relocation { site, what });
    }

    fn truncated(&mut self, id: SymbolId) {
        let link = self.addresses.link;
        let site = link.site(self.file, self.section, self.original);
        let symbol = link.symbol_name(id);
        self.messages.error(LinkError::Truncated { site, relocation: self.row.name.into(), symbol });
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
        let slots = addresses.slots(&addresses.link.symbols[id]);
        let arch = addresses.arch();
        let word = |word: u32| if word == NONE { 0 } else { addresses.got_word(word) };
        let local = matches!(
            relaxation,
            Relaxation::GeneralToLocal | Relaxation::InitialToLocal | Relaxation::DescriptorToLocal
        );
        let addend = relocation.addend.wrapping_add(arch.tls_rewrite_addend);
        let values = RewriteValues {
            place,
            addend: relocation.addend,
            address: if relaxation == Relaxation::GotToAddress { addresses.symbol(id, 0) } else { 0 },
            tls_offset: if local { addresses.tls_offset(id, addend) } else { 0 },
            tls_slot: word(slots.tls_offset),
            got_slot: word(slots.got),
            got_base: addresses.got_base(),
        };
        match (arch.rewrite)(relaxation, self.row, data, relocation.offset, values) {
            Rewritten::Done => {}
            Rewritten::Overflow => self.truncated(id),
            Rewritten::Unknown => {
                let site = addresses.link.site(self.file, self.section, self.original);
                let what = format!("{} at an instruction of another kind", self.row.name);
                self.messages.error(LinkError::Relocation { site, what });
            }
        }
    }

    /// What the relocation at the symbol's place computes; the field takes its low part.
    fn low_part(&mut self, id: SymbolId, addend: i64) -> Option<i64> {
        let addresses = self.addresses;
        let link = addresses.link;
        let symbol = &link.symbols[id];
        let found = match symbol.definition {
            Definition::Section { file, section } => {
                let input = &link.objects[file as usize].sections[section as usize];
                let upper = upper_parts(&input.relocations, symbol.value).next();
                upper.map(|upper| (file, addresses.in_section(file, section, symbol.value), upper))
            }
            _ => None,
        };
        let target = found.and_then(|(file, place, upper)| {
            let row = (link.arch.relocation)(upper.kind)?;
            let &id = link.objects[file as usize].symbol_ids.get(upper.symbol as usize)?;
            let value = self.expression(row.expression, id, upper.addend.wrapping_add(addend))?;
            Some(relative_value(addresses, row, value, place))
        });
        if target.is_none() {
            let site = link.site(self.file, self.section, self.original);
            let what = format!("{} without the upper part at `{}'", self.row.name, symbol.display());
            self.messages.error(LinkError::Relocation { site, what });
        }
        target
    }

    /// The value before `- P`; `None` when nothing is to be written.
    fn value(&mut self, id: SymbolId, addend: i64) -> Option<i64> {
        match self.row.expression {
            Expression::LowPartOfPair => self.low_part(id, addend),
            expression => self.expression(expression, id, addend),
        }
    }

    fn expression(&self, expression: Expression, id: SymbolId, addend: i64) -> Option<i64> {
        let addresses = self.addresses;
        let link = addresses.link;
        let symbol = &link.symbols[id];
        let slots = addresses.slots(symbol);
        let got = |word: u32| if word == NONE { 0 } else { addresses.got_word(word) };
        let base = addresses.got_base() as i64;
        Some(match expression {
            Expression::Symbol | Expression::Term => addresses.symbol(id, addend) as i64,
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
            Expression::TlsModuleOffset
                if self.alloc && link.is_executable() && link.arch.rewrites_local_dynamic =>
            {
                addresses.tls_offset(id, addend)
            }
            Expression::TlsModuleOffset => {
                addresses.tls_module_offset(id, addend).wrapping_sub(link.arch.tls_module_bias as i64)
            }
            Expression::TlsOffset | Expression::TlsOffsetNegated if link.is_shared() => return None,
            Expression::TlsOffset => addresses.tls_offset(id, addend),
            Expression::TlsOffsetNegated => addresses.tls_offset(id, 0).wrapping_neg().wrapping_add(addend),
            Expression::GotSlotFromGotPage => {
                (got(slots.got) as i64).wrapping_add(addend).wrapping_sub(base & !0xfff)
            }
            Expression::LowPartOfPair => return None,
            Expression::FromGlobalPointer => {
                (addresses.symbol(id, addend) as i64).wrapping_sub(addresses.global_pointer() as i64)
            }
            Expression::TlsDescriptorCall | Expression::Nothing | Expression::Dynamic => return None,
        })
    }
}

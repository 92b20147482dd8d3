//! What relocations ask for: GOT slots, PLT entries, copies, dynamic relocations.
//!
//! In: live allocated sections. Out: `needs` bits of symbols and the list of dynamic relocations in data. The decisions
//! taken here (which reference is direct, which instruction is rewritten) are functions of symbol and bytes only, and
//! `relocate` takes them again by the same functions.

use crate::arch::{RelaxFacts, Relaxation};
use crate::constants as elf;
use crate::elf::Relocation;
use crate::link::Link;
use crate::symbols::{Definition, Symbol, SymbolId, flag, need};
use crate::{LinkError, Symbolic, Unresolved};
use lathe_isa::relocation::{Expression, Relative, RelocationRow};
use rustc_hash::FxHashMap;

/// Where a dynamic relocation applies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    Section {
        file: u32,
        section: u32,
        offset: u64,
    },
    /// Word of `.got`.
    Got(u32),
    /// Word of `.got.plt`.
    GotPlt(u32),
    /// The symbol's own place: a copy.
    Symbol(SymbolId),
}

/// What a dynamic relocation adds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Addend {
    Constant(i64),
    /// Address of a symbol plus a constant.
    Address(SymbolId, i64),
    /// Address of an IFUNC's resolver.
    Resolver(SymbolId),
    /// Offset in the TLS block plus a constant.
    TlsOffset(SymbolId, i64),
}

/// One dynamic relocation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct DynamicRelocation {
    pub place: Place,
    pub kind: u32,
    pub symbol: Option<SymbolId>,
    pub addend: Addend,
}

/// The result of the scan beside the symbols' bits.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub relocations: Vec<DynamicRelocation>,
    /// A local-dynamic access was not rewritten: a GOT pair for the module.
    pub tls_module: bool,
    /// `_GLOBAL_OFFSET_TABLE_` is used.
    pub got_base: bool,
    /// DF_STATIC_TLS.
    pub static_tls: bool,
    /// DT_TEXTREL.
    pub text_relocations: bool,
}

impl<'a> Link<'a> {
    /// Whether the definition may be found in another module at run time.
    pub(crate) fn is_preemptible(&self, symbol: &Symbol<'a>) -> bool {
        if symbol.is_local() {
            return false;
        }
        match symbol.definition {
            Definition::Shared { .. } => true,
            Definition::Undefined => {
                symbol.visibility == elf::STV_DEFAULT
                    && self.has_lookup()
                    && (self.is_shared() || symbol.has(flag::DYNAMIC_WEAK) || symbol.is_undefined_weak())
            }
            _ => {
                self.is_shared()
                    && symbol.visibility == elf::STV_DEFAULT
                    && self.is_exported(symbol)
                    && !self.binds_symbolically(symbol)
            }
        }
    }

    fn binds_symbolically(&self, symbol: &Symbol<'a>) -> bool {
        let function = matches!(symbol.kind, elf::STT_FUNC | elf::STT_GNU_IFUNC);
        let symbolic = match self.options.symbolic {
            Symbolic::No => self.prepared.has_dynamic_list,
            Symbolic::All => true,
            Symbolic::Functions => function,
            Symbolic::NonWeakFunctions => function && symbol.binding != elf::STB_WEAK,
        };
        symbolic && !symbol.has(flag::DYNAMIC_LIST)
    }

    /// What the rewriting of instructions depends on.
    pub(crate) fn relax_facts(&self, symbol: &Symbol<'a>) -> RelaxFacts {
        RelaxFacts {
            local: symbol.is_defined_here() && !symbol.is_indirect_function() && !self.is_preemptible(symbol),
            in_image: symbol.definition != Definition::Absolute,
            executable: self.is_executable(),
            tls_only: self.options.no_relax,
        }
    }

    /// The address is one of the image, so that it moves with it.
    pub(crate) fn moves(&self, symbol: &Symbol<'a>) -> bool {
        self.is_position_independent()
            && !matches!(symbol.definition, Definition::Absolute | Definition::Undefined)
    }
}

/// Scans all live allocated sections.
pub(crate) fn scan(link: &mut Link<'_>, frames: &crate::frames::Frames) -> Scan {
    let mut scan = Scan::default();
    let mut reported: FxHashMap<SymbolId, u32> = FxHashMap::default();
    for file in 0..link.objects.len() as u32 {
        for section in 0..link.objects[file as usize].sections.len() as u32 {
            let input = &link.objects[file as usize].sections[section as usize];
            if !input.live || input.special || !input.is_alloc() || input.relocations.is_empty() {
                continue;
            }
            Scanner { link, scan: &mut scan, reported: &mut reported, file, section }.section();
        }
    }
    frame_references(link, frames);
    scan
}

/// Frames refer to personalities and exception tables, always directly.
fn frame_references(link: &mut Link<'_>, frames: &crate::frames::Frames) {
    let records = frames.cies.iter().filter(|cie| cie.used).map(|cie| &cie.record);
    let live = frames.descriptions.iter().filter(|d| d.live).map(|d| &d.record);
    for record in records.chain(live) {
        for at in record.relocations.clone() {
            let symbol = frames.relocations[at as usize].symbol as usize;
            if let Some(&id) = link.objects[record.file as usize].symbol_ids.get(symbol) {
                link.symbols[id].flags |= flag::USED;
                if link.symbols[id].is_shared() && link.is_executable() {
                    link.symbols[id].needs |= need::PLT | need::CANONICAL_PLT | need::DYNAMIC;
                }
            }
        }
    }
}

struct Scanner<'s, 'a> {
    link: &'s mut Link<'a>,
    scan: &'s mut Scan,
    reported: &'s mut FxHashMap<SymbolId, u32>,
    file: u32,
    section: u32,
}

/// Reports of one symbol before "more undefined references follow".
const REPORTS: u32 = 5;

impl<'a> Scanner<'_, 'a> {
    fn section(&mut self) {
        let table = self.link.objects[self.file as usize].sections[self.section as usize].relocations.clone();
        let mut skip = false;
        for relocation in table.iter() {
            if std::mem::take(&mut skip) {
                continue;
            }
            skip = self.relocation(&relocation);
        }
    }

    fn error(&mut self, offset: u64, make: impl FnOnce(Box<crate::Site>) -> LinkError) {
        let site = self.link.site(self.file, self.section, offset);
        self.link.messages.error(make(site));
    }

    /// Looks at one relocation; whether the next is part of the same rewritten sequence.
    fn relocation(&mut self, relocation: &Relocation) -> bool {
        let object = &self.link.objects[self.file as usize];
        let input = &object.sections[self.section as usize];
        let Some(row) = (self.link.arch.relocation)(relocation.kind) else {
            let kind = relocation.kind;
            self.error(relocation.offset, |site| LinkError::Relocation {
                site,
                what: format!("unrecognized relocation type {kind:#x}"),
            });
            return false;
        };
        if row.expression == Expression::Nothing {
            return false;
        }
        let width = u64::from(row.size_bytes);
        let id = object.symbol_ids.get(relocation.symbol as usize).copied();
        let in_bounds =
            relocation.offset.checked_add(width).is_some_and(|end| end <= input.data.len() as u64);
        let (Some(id), true) = (id, in_bounds) else {
            let what =
                if id.is_none() { "relocation with a bad symbol" } else { "relocation outside its section" };
            self.error(relocation.offset, |site| LinkError::Relocation { site, what: what.into() });
            return false;
        };
        let symbol = &self.link.symbols[id];
        if self.is_lost(symbol) {
            return false;
        }
        let facts = self.link.relax_facts(symbol);
        let relaxation = (self.link.arch.relaxation)(row, &input.data, relocation.offset, facts);
        self.link.symbols[id].flags |= flag::USED;
        if self.link.symbols[id].is_undefined() && !self.undefined(id, relocation) {
            return false;
        }
        match relaxation {
            Relaxation::None => self.plain(row, id, relocation),
            Relaxation::AbsoluteSlot if self.link.is_position_independent() => {
                self.not_position_independent(row, id, relocation.offset);
            }
            Relaxation::AbsoluteSlot => self.need(id, need::GOT),
            Relaxation::GeneralToInitial | Relaxation::DescriptorToInitial => {
                self.need(id, need::TLS_OFFSET);
            }
            _ => {}
        }
        relaxation.swallows_next()
    }

    /// A symbol of a dropped section; an error unless the section is one that outlives its functions.
    fn is_lost(&self, symbol: &Symbol<'a>) -> bool {
        let Definition::Section { file, section } = symbol.definition else { return false };
        let target = &self.link.objects[file as usize].sections[section as usize];
        target.discarded
    }

    fn need(&mut self, id: SymbolId, bits: u16) {
        let preemptible = self.link.is_preemptible(&self.link.symbols[id]);
        let symbol = &mut self.link.symbols[id];
        symbol.needs |= bits;
        if preemptible {
            symbol.needs |= need::DYNAMIC;
        }
    }

    /// An undefined symbol: whether the reference is in order.
    fn undefined(&mut self, id: SymbolId, relocation: &Relocation) -> bool {
        let symbol = &self.link.symbols[id];
        let options = self.link.options;
        let name = symbol.name;
        let raw_weak = self.link.objects[self.file as usize]
            .raw_symbol(relocation.symbol as usize)
            .is_some_and(|raw| raw.binding() == elf::STB_WEAK);
        if relocation.symbol == 0 || raw_weak || symbol.is_undefined_weak() || symbol.has(flag::LOCAL) {
            return true;
        }
        if self.link.is_shared() && !options.no_undefined && symbol.visibility == elf::STV_DEFAULT {
            return true;
        }
        if options.unresolved == Unresolved::Ignore || name.is_empty() {
            return true;
        }
        let count = self.reported.entry(id).or_insert(0);
        *count += 1;
        let count = *count;
        if count > REPORTS + 1 {
            return false;
        }
        let display = symbol.display();
        let error = if count == REPORTS + 1 {
            LinkError::MoreUndefined {
                symbol: display,
                file: self.link.objects[self.file as usize].name.clone(),
            }
        } else {
            LinkError::Undefined {
                symbol: display,
                site: self.link.site(self.file, self.section, relocation.offset),
            }
        };
        if options.unresolved == Unresolved::Warn || options.no_inhibit_exec {
            self.link.messages.warning(error);
        } else {
            self.link.messages.error(error);
        }
        true
    }

    /// A relocation whose instruction stays as it is.
    fn plain(&mut self, row: &'static RelocationRow, id: SymbolId, relocation: &Relocation) {
        let symbol = &self.link.symbols[id];
        self.scan.got_base |= row.relative == Relative::Got;
        match row.expression {
            Expression::Symbol => self.direct(row, id, relocation),
            Expression::Plt | Expression::PltFromGot => {
                self.scan.got_base |= row.expression == Expression::PltFromGot;
                if symbol.is_indirect_function() || self.link.is_preemptible(symbol) {
                    self.need(id, need::PLT);
                }
            }
            Expression::GotSlot
            | Expression::GotSlotRelaxable
            | Expression::GotSlotOffset
            | Expression::GotSlotFromGotPage => {
                self.scan.got_base |= row.expression == Expression::GotSlotOffset;
                self.need(id, need::GOT);
            }
            Expression::GotBase => self.scan.got_base = true,
            Expression::SymbolFromGot => {
                self.scan.got_base = true;
                self.direct(row, id, relocation);
            }
            Expression::TlsGeneralDynamic => self.need(id, need::TLS_GENERAL),
            // Its offsets would be taken for those of rewritten accesses.
            Expression::TlsLocalDynamic
                if self.link.is_executable() && self.link.arch.rewrites_local_dynamic =>
            {
                self.error(relocation.offset, |site| LinkError::Relocation {
                    site,
                    what: "unknown instruction sequence of a local-dynamic TLS access".into(),
                });
            }
            Expression::TlsLocalDynamic => self.scan.tls_module = true,
            Expression::TlsGotOffset => {
                self.scan.static_tls |= self.link.is_shared();
                self.need(id, need::TLS_OFFSET);
            }
            Expression::TlsDescriptor => self.need(id, need::TLS_DESCRIPTOR),
            Expression::TlsOffset | Expression::TlsOffsetNegated => self.tls_offset(row, id, relocation),
            Expression::TlsModuleOffset | Expression::TlsDescriptorCall | Expression::Size => {}
            Expression::Nothing | Expression::LowPartOfPair | Expression::Term => {}
            Expression::Dynamic | Expression::FromGlobalPointer => {
                let name = row.name;
                self.error(relocation.offset, |site| LinkError::Relocation {
                    site,
                    what: format!("unexpected relocation {name} in an object"),
                });
            }
        }
    }

    fn tls_offset(&mut self, row: &'static RelocationRow, id: SymbolId, relocation: &Relocation) {
        if !self.link.is_shared() {
            return;
        }
        if u64::from(row.size_bytes) != self.link.arch.class.word() {
            return self.not_position_independent(row, id, relocation.offset);
        }
        self.scan.static_tls = true;
        let preemptible = self.link.is_preemptible(&self.link.symbols[id]);
        let kind = self.link.arch.dynamic.tls_offset;
        let addend = if preemptible {
            Addend::Constant(relocation.addend)
        } else {
            Addend::TlsOffset(id, relocation.addend)
        };
        self.dynamic(relocation, kind, preemptible.then_some(id), addend);
    }

    fn not_position_independent(&mut self, row: &'static RelocationRow, id: SymbolId, offset: u64) {
        let symbol = &self.link.symbols[id];
        let name = if symbol.name.is_empty() { "local symbol".to_string() } else { symbol.display() };
        let making = if self.link.is_shared() { "a shared object" } else { "a PIE object" };
        let relocation = row.name.to_string();
        self.error(offset, |site| LinkError::NotPositionIndependent {
            site,
            relocation,
            symbol: name,
            making,
        });
    }

    fn dynamic(&mut self, relocation: &Relocation, kind: u32, symbol: Option<SymbolId>, addend: Addend) {
        let input = &self.link.objects[self.file as usize].sections[self.section as usize];
        let offset = input.place(relocation.offset, self.link.arch.class.word());
        if input.flags & u64::from(elf::SHF_WRITE) == 0 {
            self.scan.text_relocations = true;
            if self.link.options.text_relocations_are_errors {
                self.error(relocation.offset, |site| LinkError::Relocation {
                    site,
                    what: "dynamic relocation in a read-only section".into(),
                });
            }
        }
        if let Some(id) = symbol {
            self.link.symbols[id].needs |= need::DYNAMIC;
        }
        let place = Place::Section { file: self.file, section: self.section, offset };
        self.scan.relocations.push(DynamicRelocation { place, kind, symbol, addend });
    }

    /// A reference to the symbol's own address.
    fn direct(&mut self, row: &'static RelocationRow, id: SymbolId, relocation: &Relocation) {
        let symbol = &self.link.symbols[id];
        let input = &self.link.objects[self.file as usize].sections[self.section as usize];
        let from_got = row.expression == Expression::SymbolFromGot;
        let relative = row.is_relative() || from_got;
        let word = !relative && u64::from(row.size_bytes) == self.link.arch.class.word();
        let writable = input.flags & u64::from(elf::SHF_WRITE) != 0;
        let types = self.link.arch.dynamic;
        if symbol.is_indirect_function() && !self.link.is_preemptible(symbol) {
            self.need(id, need::PLT | need::CANONICAL_PLT);
            if word && self.link.is_position_independent() {
                self.dynamic(relocation, types.relative, None, Addend::Address(id, relocation.addend));
            } else if !relative && self.link.is_position_independent() {
                self.not_position_independent(row, id, relocation.offset);
            }
            return;
        }
        if self.link.is_preemptible(symbol) {
            if word && (writable || self.link.is_shared()) {
                let addend = Addend::Constant(relocation.addend);
                return self.dynamic(relocation, types.symbolic, Some(id), addend);
            }
            if symbol.is_undefined() && !self.link.is_shared() {
                return; // an executable's weak reference: zero
            }
            if let (true, Some(kind)) =
                (self.link.is_shared() && row.relative == Relative::Place, types.distance)
                && u64::from(row.size_bytes) == self.link.arch.class.word()
            {
                return self.dynamic(relocation, kind, Some(id), Addend::Constant(relocation.addend));
            }
            if self.link.is_shared() {
                return self.not_position_independent(row, id, relocation.offset);
            }
            if !word && !relative && self.link.is_position_independent() {
                return self.not_position_independent(row, id, relocation.offset);
            }
            let function = matches!(symbol.kind, elf::STT_FUNC | elf::STT_GNU_IFUNC)
                || (symbol.kind == elf::STT_NOTYPE && symbol.size == 0);
            if function {
                self.need(id, need::PLT | need::CANONICAL_PLT);
            } else if self.link.options.no_copy_relocations {
                return self.not_position_independent(row, id, relocation.offset);
            } else {
                self.need(id, need::COPY);
            }
            if word && self.link.is_position_independent() {
                self.dynamic(relocation, types.relative, None, Addend::Address(id, relocation.addend));
            }
            return;
        }
        if relative || !self.link.moves(symbol) {
            return;
        }
        if !word {
            return self.not_position_independent(row, id, relocation.offset);
        }
        self.dynamic(relocation, types.relative, None, Addend::Address(id, relocation.addend));
    }
}

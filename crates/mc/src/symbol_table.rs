//! The object's symbol table: which symbols it holds and in which order.
//!
//! Order (GNU as 2.40): the file symbol, local symbols in the order of their first mention (sections count from
//! where they were made and appear only if a relocation names them), then global ones likewise, then names that `.symver`
//! added. `.L` names and labels appear only if a relocation names them.

use crate::elf::{SHN_ABS, SHN_COMMON};
use crate::evaluate::Base;
use crate::layout::Layout;
use crate::mention::{LabelState, Mention};
use crate::module_symbols::SymbolData;
use crate::object::ObjectStreamer;
use crate::recorder::Definition;
use crate::relocate::{Contents, RelocationSymbol};
use crate::section::SectionFlags;
use crate::symbol::{SymbolBinding, SymbolKind, SymbolVisibility, label_number};
use lathe_diag::Loc;
use lathe_isa::SymbolId;

/// Where a symbol is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SymbolPlace {
    Undefined,
    Absolute,
    Common,
    Body(u32),
    /// A group section, by number in the file.
    Group(u32),
}

/// A symbol to be written.
#[derive(Clone, Debug)]
pub(crate) struct OutputSymbol {
    pub name: String,
    pub place: SymbolPlace,
    pub value: u64,
    pub size: u64,
    /// `STB_*`
    pub binding: u8,
    /// `STT_*`
    pub kind: u8,
    pub other: u8,
}

/// The symbol table, and where relocations find their symbols.
#[derive(Debug, Default)]
pub(crate) struct SymbolTable {
    pub symbols: Vec<OutputSymbol>,
    pub local_count: u32,
    of_label: Vec<u32>,
    of_name: Vec<u32>,
    of_body: Vec<u32>,
    /// Symbols made for group signatures that nothing else mentions.
    of_signature: Vec<u32>,
    /// Whether a GNU extension (ifunc, unique) is used.
    pub is_gnu: bool,
}

/// `STT_SECTION`, `STT_FILE`
const STT_SECTION: u8 = 3;
const STT_FILE: u8 = 4;

/// What relocations name.
struct Used {
    labels: Vec<bool>,
    names: Vec<bool>,
    bodies: Vec<bool>,
}

impl SymbolTable {
    /// Index of a relocation's symbol.
    pub fn index(&self, symbol: RelocationSymbol) -> u32 {
        match symbol {
            RelocationSymbol::None => 0,
            RelocationSymbol::Body(body) => self.of_body[body as usize],
            RelocationSymbol::Symbol(symbol) => self.index_of(symbol),
        }
    }

    /// Index of a symbol, 0 if it is not in the table.
    pub fn index_of(&self, symbol: SymbolId) -> u32 {
        match label_number(symbol) {
            Some(label) => self.of_label.get(label as usize).copied().unwrap_or(0),
            None => self.of_name.get(symbol.index() as usize).copied().unwrap_or(0),
        }
    }

    /// Index of a group's signature symbol.
    pub fn signature_index(&self, group: usize, signature: SymbolId) -> u32 {
        match self.of_signature.get(group).copied().unwrap_or(0) {
            0 => self.index_of(signature),
            own => own,
        }
    }

    fn note(&mut self, mention: Mention, bodies: &[u32], index: u32) {
        match mention {
            Mention::Section(_) => {
                for body in bodies {
                    self.of_body[*body as usize] = index;
                }
            }
            Mention::Symbol(symbol) | Mention::Reference(symbol) | Mention::Occurrence(symbol) => {
                match label_number(symbol) {
                    Some(label) => self.of_label[label as usize] = index,
                    None => self.of_name[symbol.index() as usize] = index,
                }
            }
        }
    }
}

impl ObjectStreamer {
    /// Makes the symbol table. `order` lists the bodies in the order of sections, `signatures` the groups'.
    pub(crate) fn symbol_table(
        &mut self,
        layout: &Layout,
        contents: &[Contents],
        order: &[u32],
        signatures: &[&str],
    ) -> SymbolTable {
        self.mention_temporaries(contents, order);
        let late = std::mem::take(&mut self.late_mentions);
        self.mentions.extend(late);
        let used = self.used_symbols(contents);
        let mut table = SymbolTable {
            of_label: vec![0; self.labels.len()],
            of_name: vec![0; self.names.len()],
            of_body: vec![0; self.bodies.len()],
            ..SymbolTable::default()
        };
        table.symbols.push(OutputSymbol::empty());
        for file in self.files.iter().filter(|file| file.number.is_none()) {
            table.symbols.push(OutputSymbol {
                name: file.name.to_string(),
                kind: STT_FILE,
                place: SymbolPlace::Absolute,
                ..OutputSymbol::empty()
            });
        }
        let mut globals = Vec::new();
        for mention in std::mem::take(&mut self.mentions) {
            let Some(symbol) = self.output_symbol(layout, mention, &used) else { continue };
            if symbol.binding == 0 {
                self.note_symbol(&mut table, mention, symbol);
            } else {
                globals.push((mention, symbol));
            }
        }
        for (at, signature) in signatures.iter().enumerate() {
            let symbol = self.names.intern(signature);
            let mentioned = self.module().get(symbol).is_some_and(|data| data.mentioned);
            table.of_signature.push(if mentioned { 0 } else { table.symbols.len() as u32 });
            if !mentioned {
                let place = SymbolPlace::Group(at as u32 + 1);
                let name = signature.to_string();
                table.symbols.push(OutputSymbol { name, place, ..OutputSymbol::empty() });
            }
        }
        if self.rules.keeps_section_symbols {
            for group in 1..=signatures.len() as u32 {
                let place = SymbolPlace::Group(group);
                table.symbols.push(OutputSymbol { kind: STT_SECTION, place, ..OutputSymbol::empty() });
            }
        }
        table.local_count = table.symbols.len() as u32;
        for (mention, symbol) in globals {
            self.note_symbol(&mut table, mention, symbol);
        }
        self.add_versions(&mut table);
        table.is_gnu = table.symbols.iter().any(|symbol| symbol.kind == 10 || symbol.binding == 10);
        table
    }

    /// Temporary symbols that only relocations mention come last.
    fn mention_temporaries(&mut self, contents: &[Contents], order: &[u32]) {
        for body in order {
            for relocation in &contents[*body as usize].relocations {
                let RelocationSymbol::Symbol(symbol) = relocation.symbol else { continue };
                match label_number(symbol) {
                    Some(label) => {
                        let state = &mut self.label_states[label as usize];
                        if std::mem::replace(state, LabelState::Mentioned) != LabelState::Mentioned {
                            self.mentions.push(Mention::Symbol(symbol));
                        }
                    }
                    None => self.mention_name(symbol),
                }
            }
        }
    }

    fn note_symbol(&self, table: &mut SymbolTable, mention: Mention, symbol: OutputSymbol) {
        let index = table.symbols.len() as u32;
        table.symbols.push(symbol);
        let bodies: Vec<u32> = match mention {
            Mention::Section(section) => {
                self.sections[section.0 as usize].bodies.iter().map(|(_, body)| *body).collect()
            }
            _ => Vec::new(),
        };
        table.note(mention, &bodies, index);
    }

    fn used_symbols(&self, contents: &[Contents]) -> Used {
        let mut used = Used {
            labels: vec![false; self.labels.len()],
            names: vec![false; self.names.len()],
            bodies: vec![false; self.bodies.len()],
        };
        for relocation in contents.iter().flat_map(|contents| &contents.relocations) {
            match relocation.symbol {
                RelocationSymbol::None => {}
                RelocationSymbol::Body(body) => used.bodies[body as usize] = true,
                RelocationSymbol::Symbol(symbol) => match label_number(symbol) {
                    Some(label) => used.labels[label as usize] = true,
                    None => used.names[symbol.index() as usize] = true,
                },
            }
        }
        used
    }

    fn output_symbol(&mut self, layout: &Layout, mention: Mention, used: &Used) -> Option<OutputSymbol> {
        match mention {
            Mention::Section(section) => {
                let (_, body) = *self.sections[section.0 as usize].bodies.first()?;
                let wanted = used.bodies[body as usize] || self.rules.keeps_section_symbols;
                wanted.then(|| OutputSymbol {
                    kind: STT_SECTION,
                    place: SymbolPlace::Body(body),
                    ..OutputSymbol::empty()
                })
            }
            Mention::Symbol(symbol) | Mention::Reference(symbol) | Mention::Occurrence(symbol) => {
                match label_number(symbol) {
                    Some(label) => {
                        if !used.labels[label as usize] && !self.is_mapping_label(label) {
                            return None;
                        }
                        let position = self.direct_position(symbol)?;
                        let at_end = layout.address(position) >= self.body_size(layout, position.body);
                        if at_end && self.is_mapping_label(label) {
                            // It would describe nothing.
                            return None;
                        }
                        Some(OutputSymbol {
                            name: self.printed_name(symbol),
                            place: SymbolPlace::Body(position.body),
                            value: layout.address(position),
                            kind: self.kind_in(SymbolKind::None, position.body),
                            ..OutputSymbol::empty()
                        })
                    }
                    None => self.named_symbol(layout, symbol, used.names[symbol.index() as usize]),
                }
            }
        }
    }

    fn kind_in(&self, kind: SymbolKind, body: u32) -> u8 {
        let section = self.bodies[body as usize].section;
        let flags = self.sections[section.0 as usize].definition.flags;
        if flags.has(SectionFlags::TLS) { 6 } else { kind_number(kind) }
    }

    fn named_symbol(&mut self, layout: &Layout, symbol: SymbolId, is_used: bool) -> Option<OutputSymbol> {
        let data = self.module().entry(symbol).clone();
        if data.weak_reference.is_some() || data.is_section {
            return None;
        }
        let name = self.names.name(symbol).unwrap_or_default().to_owned();
        let located = match self.locate(layout, symbol) {
            Ok(place) => place,
            Err(_) => {
                self.error(Loc::NONE, format!("symbol definition of `{name}' cannot be resolved"));
                return None;
            }
        };
        // GNU as drops weak references that nothing makes.
        let is_weak = data.binding == Some(SymbolBinding::Weak);
        if is_weak && !is_used && located.base == Base::External(symbol) {
            return None;
        }
        let weak_target = self.module().weak_targets.contains(&symbol);
        let (place, value) = match located.base {
            Base::Absolute => (SymbolPlace::Absolute, located.offset as u64),
            Base::Body(body) => (SymbolPlace::Body(body), located.offset as u64),
            Base::External(target) if target != symbol => {
                // Equal to an undefined symbol: only that one is written.
                if is_explicitly_global(&data) {
                    (SymbolPlace::Undefined, 0)
                } else {
                    return None;
                }
            }
            Base::External(_) => match data.definition {
                Definition::Common(index) => {
                    let common = self.module().commons[index as usize];
                    let natural = common.size_bytes.max(1).ilog2().min(4);
                    let align = common.align_log2.map_or(natural, u32::from);
                    (SymbolPlace::Common, 1u64 << align.min(63))
                }
                _ if weak_target && !is_used && data.binding.is_none() => return None,
                _ => (SymbolPlace::Undefined, 0),
            },
        };
        let defined = place != SymbolPlace::Undefined;
        let binding = match data.binding {
            Some(SymbolBinding::Global) => 1,
            Some(SymbolBinding::Weak) => 2,
            Some(SymbolBinding::Unique) => 10,
            None if !defined && weak_target => 2,
            None if place == SymbolPlace::Common => 1,
            Some(SymbolBinding::Local) | None if defined => 0,
            Some(SymbolBinding::Local) | None => 1,
        };
        if binding == 0 && !is_used && name.starts_with(".L") {
            return None;
        }
        let (inherited_kind, inherited_size) = self.inherited(&data);
        let kind = if data.kind == SymbolKind::None { inherited_kind } else { data.kind };
        let kind = match place {
            SymbolPlace::Body(body) => self.kind_in(kind, body),
            _ => kind_number(kind),
        };
        let size = match (place, data.definition) {
            (SymbolPlace::Common, Definition::Common(index)) => {
                self.module().commons[index as usize].size_bytes
            }
            _ => self.symbol_size(layout, data.size.or(inherited_size), &name),
        };
        let other = data.other | visibility_number(data.visibility);
        let name = self.renamed(symbol, &data, name, defined);
        Some(OutputSymbol { name, place, value, size, binding, kind, other })
    }

    /// Kind and size that `.set alias, symbol + number` takes over.
    fn inherited(&self, data: &SymbolData) -> (SymbolKind, Option<u32>) {
        let mut data = data;
        for _ in 0..100 {
            let Definition::Value(index) = data.definition else { break };
            let crate::Expression::Symbol(target) = &self.values[index as usize] else { break };
            if label_number(target.symbol).is_some() {
                break;
            }
            let Some(next) = self.module_symbols().get(target.symbol) else { break };
            if next.size.is_some() || next.kind != SymbolKind::None {
                return (next.kind, next.size);
            }
            data = next;
        }
        (SymbolKind::None, None)
    }

    fn symbol_size(&mut self, layout: &Layout, size: Option<u32>, name: &str) -> u64 {
        let Some(index) = size else { return 0 };
        let value = self.evaluate(layout, &self.values[index as usize]);
        match value.ok().and_then(|place| place.number()) {
            Some(number) => number as u64,
            None => {
                self.error(Loc::NONE, format!(".size expression for {name} does not evaluate to a constant"));
                0
            }
        }
    }

    /// `.symver` renames symbols that are undefined, and those given with `@@@`.
    fn renamed(&self, symbol: SymbolId, data: &SymbolData, name: String, defined: bool) -> String {
        if !data.is_versioned {
            return name;
        }
        let versions = &self.module_symbols().versions;
        for (_, versioned) in versions.iter().filter(|(of, _)| *of == symbol) {
            if let Some((base, version)) = versioned.split_once("@@@") {
                let at = if defined { "@@" } else { "@" };
                return format!("{base}{at}{version}");
            }
            if !defined {
                return versioned.to_string();
            }
        }
        name
    }

    fn add_versions(&mut self, table: &mut SymbolTable) {
        for (symbol, name) in std::mem::take(&mut self.module().versions) {
            let index = table.index_of(symbol);
            if index == 0 || name.contains("@@@") {
                continue;
            }
            let original = table.symbols[index as usize].clone();
            if original.place == SymbolPlace::Undefined {
                if name.contains("@@") {
                    let own = self.printed_name(symbol);
                    self.error(
                        Loc::NONE,
                        format!(
                            "invalid attempt to declare external version name as default in symbol `{own}'"
                        ),
                    );
                }
                continue;
            }
            let name = name.to_string();
            let binding = if original.binding == 0 { 1 } else { original.binding };
            table.symbols.push(OutputSymbol { name, binding, ..original });
        }
    }
}

impl OutputSymbol {
    fn empty() -> OutputSymbol {
        OutputSymbol {
            name: String::new(),
            place: SymbolPlace::Undefined,
            value: 0,
            size: 0,
            binding: 0,
            kind: 0,
            other: 0,
        }
    }
}

impl SymbolPlace {
    /// `st_shndx`, given the section numbers of bodies.
    pub fn section_number(self, numbers: &[u32]) -> u32 {
        match self {
            SymbolPlace::Undefined => 0,
            SymbolPlace::Absolute => SHN_ABS,
            SymbolPlace::Common => SHN_COMMON,
            SymbolPlace::Body(body) => numbers[body as usize],
            SymbolPlace::Group(number) => number,
        }
    }
}

fn is_explicitly_global(data: &SymbolData) -> bool {
    !matches!(data.binding, None | Some(SymbolBinding::Local))
}

fn kind_number(kind: SymbolKind) -> u8 {
    match kind {
        SymbolKind::None => 0,
        SymbolKind::Object => 1,
        SymbolKind::Function => 2,
        SymbolKind::Common => 5,
        SymbolKind::ThreadLocal => 6,
        SymbolKind::IndirectFunction => 10,
    }
}

fn visibility_number(visibility: SymbolVisibility) -> u8 {
    match visibility {
        SymbolVisibility::Default => 0,
        SymbolVisibility::Internal => 1,
        SymbolVisibility::Hidden => 2,
        SymbolVisibility::Protected => 3,
    }
}

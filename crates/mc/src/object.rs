//! The object streamer: records machine code, and for a module makes the object of it.
//!
//! One type serves both sides of the append: as a *buffer* it notes what is said about named symbols
//! ([`SymbolEvent`]); as a *module* it acts on it at once. All else (bodies, labels, unwind and line entries) is
//! recorded the same way, see [`crate::recorder`].
//!
//! Called by code generation and the assembler through [`Streamer`]; [`crate::append`] joins buffers, [`crate::layout`] and
//! [`crate::writer`] finish the object.

use crate::attributes::Attributes;
use crate::cfi::CfiRecord;
use crate::directive::{
    Alignment, BuildAttribute, CfiDirective, Common, DwarfFile, Fill, LineRow, PaddingFill, SubsectionMove,
};
use crate::expression::Expression;
use crate::mention::{LabelState, Mention, got_modifiers};
use crate::module_symbols::ModuleSymbols;
use crate::recorder::{
    Body, CodeFixup, Definition, ExplicitRelocation, LineEntry, Mapped, Position, Record, RecordKind,
    Section, SymbolEvent,
};
use crate::section::{SectionDefinition, SectionId};
use crate::streamer::Streamer;
use crate::symbol::{SymbolAttribute, SymbolNames, label_id, label_number};
use lathe_diag::{Diagnostic, Diagnostics, Loc};
use lathe_isa::{Encoded, Isa, Mode, Modifier, ObjectRules, Operand, RowId, SymbolId, SymbolRef};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// What is known about named symbols.
#[derive(Debug)]
pub(crate) enum Symbols {
    /// Everything: this is a module.
    Module(ModuleSymbols),
    /// Only what to tell the module: this is a buffer.
    Buffer {
        events: Vec<SymbolEvent>,
        /// In the symbol table's order.
        seen: FxHashSet<SymbolId>,
        /// `.L` names that occurred.
        occurred: FxHashSet<SymbolId>,
    },
}

/// The number of a label that text does not show.
pub(crate) const HIDDEN: u32 = u32::MAX;

/// The least of the numbers that say what a label is for, and are not part of its name.
pub(crate) const FIRST_SPECIAL: u32 = u32::MAX - 7;

/// No body: nothing was switched to yet.
pub(crate) const NO_BODY: u32 = u32::MAX;

/// Makes ELF objects. See the module's page.
pub struct ObjectStreamer {
    pub(crate) isa: &'static dyn Isa,
    pub(crate) rules: &'static ObjectRules,
    pub(crate) mode: Mode,
    pub(crate) names: SymbolNames,
    pub(crate) sections: Vec<Section>,
    section_ids: FxHashMap<SectionDefinition, SectionId>,
    pub(crate) bodies: Vec<Body>,
    pub(crate) current: u32,
    previous: u32,
    section_stack: Vec<(u32, u32)>,
    pub(crate) labels: Vec<Definition>,
    pub(crate) label_states: Vec<LabelState>,
    /// The number in the name of a label, [`HIDDEN`] for those that the caller did not ask for.
    pub(crate) label_numbers: Vec<u32>,
    pub(crate) label_count: u32,
    pub(crate) values: Vec<Expression>,
    pub(crate) mentions: Vec<Mention>,
    pub(crate) late_mentions: Vec<Mention>,
    pub(crate) symbols: Symbols,
    pub(crate) cfi: CfiRecord,
    pub(crate) lines: Vec<LineEntry>,
    pending_line: Option<LineRow>,
    pub(crate) files: Vec<DwarfFile>,
    pub(crate) diagnostics: Diagnostics,
    pub(crate) encoded: Encoded,
    /// Bit per modifier: whether GNU as mentions `_GLOBAL_OFFSET_TABLE_` for it.
    pub(crate) got_modifiers: u64,
    /// DWARF version of `.debug_line`; `None`: 5 if a file has number 0, else 3, as GNU as chooses.
    pub(crate) dwarf_version: Option<u8>,
    /// `e_flags`.
    pub(crate) header_flags: u32,
    pub(crate) attributes: Attributes,
    pub(crate) section_count: u32,
    spare_bodies: Vec<Body>,
}

impl std::fmt::Debug for ObjectStreamer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ObjectStreamer").field("bodies", &self.bodies).finish_non_exhaustive()
    }
}

impl ObjectStreamer {
    /// A streamer for a module. `names` holds the module's symbols (it may be empty).
    pub fn new(isa: &'static dyn Isa, names: Arc<SymbolNames>) -> ObjectStreamer {
        let mut streamer = ObjectStreamer::make(isa, names, Symbols::Module(ModuleSymbols::default()));
        for definition in standard_sections() {
            let id = streamer.section(&definition, Loc::NONE);
            streamer.switch_section(id, 0);
        }
        streamer.switch_section(SectionId::TEXT, 0);
        streamer.previous = NO_BODY;
        streamer.body().align_log2 = streamer.rules.text_align_log2;
        streamer
    }

    /// A buffer for one function.
    pub(crate) fn new_recording(isa: &'static dyn Isa, names: Arc<SymbolNames>) -> ObjectStreamer {
        let symbols = Symbols::Buffer {
            events: Vec::new(),
            seen: FxHashSet::default(),
            occurred: FxHashSet::default(),
        };
        let mut streamer = ObjectStreamer::make(isa, names, symbols);
        for definition in standard_sections() {
            streamer.section(&definition, Loc::NONE);
        }
        streamer
    }

    fn make(isa: &'static dyn Isa, names: Arc<SymbolNames>, symbols: Symbols) -> ObjectStreamer {
        ObjectStreamer {
            isa,
            rules: isa.object_rules(),
            mode: isa.default_mode(),
            names: SymbolNames::on_top_of(names),
            sections: Vec::new(),
            section_ids: FxHashMap::default(),
            bodies: Vec::new(),
            current: NO_BODY,
            previous: NO_BODY,
            section_stack: Vec::new(),
            labels: Vec::new(),
            label_states: Vec::new(),
            label_numbers: Vec::new(),
            label_count: 0,
            values: Vec::new(),
            mentions: Vec::new(),
            late_mentions: Vec::new(),
            symbols,
            cfi: CfiRecord::default(),
            lines: Vec::new(),
            pending_line: None,
            files: Vec::new(),
            diagnostics: Diagnostics::new(),
            encoded: Encoded::new(),
            got_modifiers: got_modifiers(isa),
            dwarf_version: None,
            header_flags: isa.object_rules().header_flags,
            attributes: Attributes::default(),
            section_count: 0,
            spare_bodies: Vec::new(),
        }
    }

    /// Chooses the DWARF version of `.debug_line` (3, 4 or 5) instead of GNU as's default.
    pub fn set_dwarf_version(&mut self, version: u8) {
        self.dwarf_version = Some(version);
    }

    /// Forgets everything but the allocations (buffers only).
    pub(crate) fn clear(&mut self) {
        self.mode = self.isa.default_mode();
        self.names.clear();
        self.sections.truncate(3);
        self.section_ids.retain(|_, id| id.0 < 3);
        for section in &mut self.sections {
            section.bodies.clear();
            section.mentioned = false;
        }
        self.spare_bodies.append(&mut self.bodies);
        self.spare_bodies.truncate(8);
        self.current = NO_BODY;
        self.previous = NO_BODY;
        self.section_stack.clear();
        self.labels.clear();
        self.label_states.clear();
        self.label_numbers.clear();
        self.label_count = 0;
        self.values.clear();
        self.mentions.clear();
        self.late_mentions.clear();
        if let Symbols::Buffer { events, seen, occurred } = &mut self.symbols {
            events.clear();
            seen.clear();
            occurred.clear();
        }
        self.cfi.clear();
        self.lines.clear();
        self.pending_line = None;
        self.files.clear();
    }

    /// The body of a subsection, made if it is new.
    pub(crate) fn body_of(&mut self, section: SectionId, subsection: i32) -> u32 {
        let bodies = &self.sections[section.0 as usize].bodies;
        if let Some((_, body)) = bodies.iter().find(|(number, _)| *number == subsection) {
            return *body;
        }
        let index = self.bodies.len() as u32;
        let body = match self.spare_bodies.pop() {
            Some(mut body) => {
                body.clear(section, subsection);
                body
            }
            None => Body::new(section, subsection),
        };
        self.bodies.push(body);
        let bodies = &mut self.sections[section.0 as usize].bodies;
        let at = bodies.partition_point(|(number, _)| *number < subsection);
        bodies.insert(at, (subsection, index));
        index
    }

    pub(crate) fn body(&mut self) -> &mut Body {
        assert!(self.current != NO_BODY, "machine code before the first switch to a section");
        &mut self.bodies[self.current as usize]
    }

    /// Where the next byte goes.
    pub(crate) fn position(&mut self) -> Position {
        let body = self.current;
        let current = self.body();
        Position { body, offset: current.bytes.len() as u32, record: current.records.len() as u32 }
    }

    pub(crate) fn error(&mut self, loc: Loc, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(loc, message));
    }

    /// Expressions are kept without `.`: it becomes a label here. Symbols in it count as mentioned.
    fn keep(&mut self, value: Expression) -> Expression {
        let value = if value.mentions_here() {
            let position = self.position();
            let label = match self.rules.keeps_symbols {
                true => self.mentioned_label(position),
                false => self.hidden_label(Definition::Place(position)),
            };
            value.replace_here(label)
        } else {
            value
        };
        self.mention_all(&value);
        value.fold()
    }

    /// A label that text does not show.
    pub(crate) fn hidden_label(&mut self, definition: Definition) -> SymbolId {
        let label = label_id(self.labels.len() as u32);
        self.labels.push(definition);
        self.label_states.push(LabelState::Fresh);
        self.label_numbers.push(HIDDEN);
        label
    }

    /// A symbol for an expression, which text shows in place.
    pub(crate) fn hidden_value(&mut self, value: Expression) -> SymbolId {
        let index = self.values.len() as u32;
        self.values.push(value);
        self.hidden_label(Definition::Value(index))
    }

    pub(crate) fn symbol_event(&mut self, event: SymbolEvent) {
        if let Symbols::Buffer { events, .. } = &mut self.symbols {
            events.push(event);
        } else {
            self.apply_event(event);
        }
    }

    pub(crate) fn flush_line(&mut self) {
        // Line 0 gives no row, as in GNU as.
        if let Some(row) = self.pending_line.take().filter(|row| row.line != 0) {
            let position = self.position();
            let label = self.relaxation_label(position);
            self.lines.push(LineEntry { position, label, row });
        }
    }

    /// Gives a `.loc` that no instruction followed yet to the module that the buffer is appended to.
    pub(crate) fn pass_pending_line(&mut self, module: &mut ObjectStreamer) {
        if let Some(row) = self.pending_line.take() {
            module.pending_line = Some(row);
        }
    }

    /// Makes a body the one in force.
    pub(crate) fn set_current(&mut self, body: u32) {
        self.previous = std::mem::replace(&mut self.current, body);
    }

    pub(crate) fn push_record(&mut self, kind: RecordKind, raw_size: u8, loc: Loc) {
        let body = self.body();
        let offset = body.bytes.len() as u32;
        body.records.push(Record { offset, loc, raw_size, kind });
    }

    fn store_check(&mut self, non_zero: bool) -> bool {
        let section = self.body().section;
        let definition = &self.sections[section.0 as usize].definition;
        if non_zero && definition.is_zeros() {
            let message = format!("attempt to store non-zero value in section `{}'", definition.name);
            self.error(Loc::NONE, message);
            return false;
        }
        if self.body().bytes.len() > u32::MAX as usize / 2 {
            self.error(Loc::NONE, "section is too large");
            return false;
        }
        true
    }

    fn in_code(&mut self) -> bool {
        let section = self.body().section;
        self.sections[section.0 as usize].definition.is_code()
    }

    fn in_zeros(&mut self) -> bool {
        let section = self.body().section;
        self.sections[section.0 as usize].definition.is_zeros()
    }
}

pub(crate) fn standard_sections() -> [SectionDefinition; 3] {
    [SectionDefinition::code(".text"), SectionDefinition::data(".data"), SectionDefinition::zeros(".bss")]
}

impl Streamer for ObjectStreamer {
    fn isa(&self) -> &'static dyn Isa {
        self.isa
    }

    fn diagnostics(&mut self) -> &mut Diagnostics {
        &mut self.diagnostics
    }

    fn symbol(&mut self, name: &str) -> SymbolId {
        self.names.intern(name)
    }

    fn symbol_name(&self, symbol: SymbolId) -> Option<&str> {
        self.names.name(symbol)
    }

    fn new_label(&mut self) -> SymbolId {
        let label = self.hidden_label(Definition::None);
        let last = self.label_numbers.len() - 1;
        self.label_numbers[last] = self.label_count;
        self.label_count += 1;
        label
    }

    fn expression(&mut self, expression: Expression) -> SymbolId {
        // The text shows labels for `.` and for the expression: they take numbers here too.
        let expression = match expression.mentions_here() {
            true => {
                let here = self.here();
                expression.replace_here(here)
            }
            false => expression,
        };
        let value = self.keep(expression);
        if let Expression::Symbol(SymbolRef { addend: 0, symbol, modifier: Modifier::NONE }) = value {
            return symbol;
        }
        let label = self.new_label();
        let at = self.labels.len() - 1;
        self.labels[at] = Definition::Value(self.values.len() as u32);
        self.values.push(value);
        label
    }

    fn section(&mut self, definition: &SectionDefinition, loc: Loc) -> SectionId {
        if let Some(id) = self.section_ids.get(definition) {
            return *id;
        }
        let same = self.sections.iter().position(|known| known.definition.same_section(definition));
        let id = match same {
            Some(at) => {
                self.check_redefinition(at, definition, loc);
                SectionId(at as u32)
            }
            None => {
                let id = SectionId(self.sections.len() as u32);
                self.sections.push(Section {
                    definition: definition.clone(),
                    bodies: Vec::new(),
                    mentioned: false,
                    order: 0,
                });
                id
            }
        };
        self.section_ids.insert(definition.clone(), id);
        id
    }

    fn switch_section(&mut self, section: SectionId, subsection: i32) {
        let body = self.body_of(section, subsection);
        self.mention_section(section);
        self.previous = std::mem::replace(&mut self.current, body);
    }

    fn move_section(&mut self, move_: SubsectionMove, loc: Loc) {
        match move_ {
            SubsectionMove::Push => self.section_stack.push((self.current, self.previous)),
            SubsectionMove::Pop => match self.section_stack.pop() {
                Some((current, previous)) => {
                    self.current = current;
                    self.previous = previous;
                }
                None => self.diagnostics.push(Diagnostic::new(
                    lathe_diag::Severity::Warning,
                    loc,
                    ".popsection without corresponding .pushsection; ignored",
                )),
            },
            SubsectionMove::Previous if self.previous == NO_BODY => {
                self.diagnostics.push(Diagnostic::new(
                    lathe_diag::Severity::Warning,
                    loc,
                    ".previous without corresponding .section; ignored",
                ));
            }
            SubsectionMove::Previous => std::mem::swap(&mut self.current, &mut self.previous),
            SubsectionMove::Subsection(number) => {
                let section = self.body().section;
                self.switch_section(section, number);
            }
        }
    }

    fn current_section(&self) -> (SectionId, i32) {
        match self.bodies.get(self.current as usize) {
            Some(body) => (body.section, body.subsection),
            None => (SectionId::TEXT, 0),
        }
    }

    fn label(&mut self, symbol: SymbolId, loc: Loc) {
        self.mention(symbol);
        let position = self.position();
        match label_number(symbol) {
            Some(label) => {
                let definition = &mut self.labels[label as usize];
                if *definition != Definition::None {
                    let name = self.printed_name(symbol);
                    self.error(loc, format!("symbol `{name}' is already defined"));
                    return;
                }
                *definition = Definition::Place(position);
            }
            None => self.symbol_event(SymbolEvent::Define(symbol, position, loc)),
        }
    }

    fn symbol_attribute(&mut self, symbol: SymbolId, attribute: SymbolAttribute, loc: Loc) {
        // A directive about a `.L` name makes a full symbol of it at once.
        match label_number(symbol) {
            Some(_) => self.mention(symbol),
            None => self.mention_name(symbol),
        }
        let attribute = match attribute {
            SymbolAttribute::Size(value) => SymbolAttribute::Size(self.keep(value)),
            SymbolAttribute::WeakReference(target) => {
                self.mention(target);
                SymbolAttribute::WeakReference(target)
            }
            other => other,
        };
        self.symbol_event(SymbolEvent::Attribute(symbol, attribute, loc));
    }

    fn assign(&mut self, symbol: SymbolId, value: Expression, once: bool, loc: Loc) {
        self.mention(symbol);
        let value = self.keep(value);
        if let Expression::Symbol(target) = &value {
            // GNU as makes full symbols of both, to copy the attributes.
            self.mention(symbol);
            self.mention_in_operand(symbol);
            self.mention(target.symbol);
            self.mention_in_operand(target.symbol);
        }
        match label_number(symbol) {
            Some(label) => {
                self.labels[label as usize] = Definition::Value(self.values.len() as u32);
                self.values.push(value);
            }
            None => self.symbol_event(SymbolEvent::Assign(symbol, value, once, loc)),
        }
    }

    fn common(&mut self, symbol: SymbolId, common: Common, loc: Loc) {
        self.mention(symbol);
        self.symbol_event(SymbolEvent::Common(symbol, common, loc));
    }

    fn instruction(&mut self, row: RowId, operands: &[Operand], loc: Loc) {
        if self.rules.mapping.is_some() {
            self.map_to(Mapped::Code);
        }
        if let Err(error) = self.isa.encode(self.mode, row, operands, &mut self.encoded) {
            let info = self.isa.row(row);
            self.error(loc, format!("{error} for `{}{}'", info.mnemonic, info.suffix));
            return;
        }
        if self.encoded.fixup_count != 0 {
            let info = self.isa.row(self.encoded.row);
            self.mention_operands(info, operands);
        }
        if self.pending_line.is_some() {
            self.flush_line();
        }
        if self.encoded.fixup_count != 0 {
            if self.isa.is_relaxable(self.encoded.row) && self.jump(operands, loc) {
                self.bodies[self.current as usize].has_code = true;
                return;
            }
            self.fixups_of_instruction(operands, loc);
        }
        assert!(self.current != NO_BODY, "an instruction before the first switch to a section");
        let body = &mut self.bodies[self.current as usize];
        body.has_code = true;
        // A copy of constant size is cheaper than one of the right size.
        let end = body.bytes.len() + usize::from(self.encoded.len);
        body.bytes.extend_from_slice(&self.encoded.bytes);
        body.bytes.truncate(end);
    }

    fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if let Some(mapping) = self.rules.mapping
            && (mapping.code_sections_only || self.body().mapped == Mapped::Code)
        {
            // Where data sections are marked too, GNU as does not do so for strings.
            self.map_to(Mapped::Data);
        }
        if self.in_zeros() {
            if self.store_check(bytes.iter().any(|byte| *byte != 0)) {
                let count = Expression::Constant(bytes.len() as i64);
                self.fill(Fill { count, value: 0, size_bytes: 1 }, Loc::NONE);
            }
            return;
        }
        if self.body().bytes.len() + bytes.len() > u32::MAX as usize / 2 {
            self.store_check(false);
            return;
        }
        self.body().bytes.extend_from_slice(bytes);
    }

    fn integer(&mut self, value: u128, size_bytes: u8) {
        let bytes = value.to_le_bytes();
        if size_bytes > 1 && self.rules.mapping.is_some() {
            self.map_to(Mapped::Data);
        }
        self.bytes(&bytes[..usize::from(size_bytes.min(16))]);
    }

    fn value(&mut self, value: Expression, size_bytes: u8, loc: Loc) {
        let value = self.keep(value);
        if let Expression::Constant(number) = value {
            self.integer(number as i128 as u128, size_bytes);
            return;
        }
        let Some(kind) = self.isa.data_fixup(size_bytes) else {
            self.error(loc, format!("unsupported BFD relocation size {size_bytes}"));
            return;
        };
        if !self.store_check(true) {
            return;
        }
        if self.rules.mapping.is_some() {
            self.map_to(Mapped::Data);
        }
        let (target, subtract) = match split_difference(&value) {
            Some(parts) => parts,
            None => (SymbolRef::plain(self.hidden_value(value)), None),
        };
        let body = self.body();
        let offset = body.bytes.len() as u32;
        body.fixups.push(CodeFixup {
            offset,
            loc,
            target: target.symbol,
            subtract,
            addend: target.addend,
            kind,
            modifier: target.modifier,
            is_jump: false,
            target_known: false,
            relaxable: false,
        });
        body.bytes.resize(body.bytes.len() + usize::from(size_bytes), 0);
    }

    fn leb128(&mut self, value: Expression, signed: bool, loc: Loc) {
        let value = self.keep(value);
        if let Expression::Constant(number) = value {
            let mut bytes = Vec::with_capacity(10);
            crate::leb::push(&mut bytes, number, signed);
            self.bytes(&bytes);
            return;
        }
        if !self.store_check(true) {
            return;
        }
        let body = self.body();
        let index = body.lebs.len() as u32;
        body.lebs.push((value, signed));
        self.push_record(RecordKind::Leb(index), 0, loc);
    }

    fn fill(&mut self, fill: Fill, loc: Loc) {
        let count = self.keep(fill.count);
        let size_bytes = fill.size_bytes.min(8);
        if self.rules.mapping.is_some() {
            self.map_to(Mapped::Data);
        }
        let zeros = self.in_zeros();
        if zeros && !self.store_check(fill.value != 0 && size_bytes != 0) {
            return;
        }
        if let Some(number) = count.constant() {
            if number < 0 {
                self.error(loc, "attempt to fill with a negative count");
                return;
            }
            let ends_fragment = self.rules.relaxation.is_some() && self.in_code();
            if !zeros && !ends_fragment && number.saturating_mul(i64::from(size_bytes)) <= 1 << 16 {
                let value = fill.value.to_le_bytes();
                let body = self.body();
                if size_bytes == 1 {
                    body.bytes.resize(body.bytes.len() + number as usize, value[0]);
                } else {
                    for _ in 0..number {
                        body.bytes.extend_from_slice(&value[..usize::from(size_bytes)]);
                    }
                }
                return;
            }
        }
        let body = self.body();
        let index = body.fills.len() as u32;
        body.fills.push(Fill { count, size_bytes, ..fill });
        self.push_record(RecordKind::Fill(index), 0, loc);
    }

    fn align(&mut self, alignment: Alignment) {
        let mode = self.mode;
        let body = self.body();
        body.align_log2 = body.align_log2.max(alignment.align_log2);
        if alignment.align_log2 == 0 || self.linker_aligns(alignment) {
            return;
        }
        if self.rules.mapping.is_some() {
            let section = self.body().section;
            let is_code = alignment.fill == PaddingFill::Default
                && self.sections[section.0 as usize].definition.is_code();
            self.map_to(if is_code { Mapped::Code } else { Mapped::Data });
        }
        self.push_record(RecordKind::Align(alignment, mode), 0, Loc::NONE);
    }

    fn origin(&mut self, target: Expression, fill: PaddingFill, loc: Loc) {
        let target = self.keep(target);
        let body = self.body();
        let index = body.origins.len() as u32;
        body.origins.push((target, fill));
        self.push_record(RecordKind::Origin(index), 0, loc);
    }

    fn relocation(&mut self, offset: Expression, name: &str, value: Option<Expression>, loc: Loc) {
        let offset = self.keep(offset);
        let value = match value {
            Some(value) => self.keep(value),
            None => Expression::Constant(0),
        };
        let rows = self.isa.relocations();
        let Some(row) = rows.iter().find(|row| row.name == name) else {
            self.error(loc, format!("unrecognized relocation type `{name}'"));
            return;
        };
        let number = row.number;
        self.body().relocations.push(ExplicitRelocation { offset, number, value, loc });
    }

    fn cfi(&mut self, directive: CfiDirective, loc: Loc) {
        self.record_cfi(directive, loc);
    }

    fn file(&mut self, file: DwarfFile, loc: Loc) {
        self.record_file(file, loc);
    }

    fn line(&mut self, row: LineRow, _loc: Loc) {
        if self.pending_line.is_some() {
            self.flush_line();
        }
        if let crate::LineView::Name(symbol) = row.view {
            self.mention(symbol);
        }
        self.pending_line = Some(row);
        // A row with a view number stands where the directive stands, not at the next instruction.
        if row.view != crate::LineView::None {
            self.flush_line();
        }
    }

    fn anonymous_here(&mut self) -> SymbolId {
        let position = self.position();
        self.mentioned_label(position)
    }

    fn attribute(&mut self, attribute: BuildAttribute) {
        self.attributes.set(attribute);
    }

    fn ident(&mut self, text: &str) {
        let definition = SectionDefinition {
            flags: crate::SectionFlags::MERGE.or(crate::SectionFlags::STRINGS),
            entry_size: 1,
            ..SectionDefinition::new(".comment", crate::SectionType::PROGBITS, crate::SectionFlags::NONE)
        };
        let id = self.section(&definition, Loc::NONE);
        let body = self.body_of(id, 0);
        self.mention_generated_section(id);
        let bytes = &mut self.bodies[body as usize].bytes;
        if bytes.is_empty() {
            bytes.push(0);
        }
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
    }
}

/// `symbol - symbol + number`, the shapes that a fixup can hold without an expression.
fn split_difference(value: &Expression) -> Option<(SymbolRef, Option<SymbolId>)> {
    use crate::BinaryOperator::{Add, Subtract};
    match value {
        Expression::Symbol(symbol) => Some((*symbol, None)),
        Expression::Binary(Subtract, left, right) => match (&**left, &**right) {
            (Expression::Symbol(left), Expression::Symbol(right)) if right.modifier == Modifier::NONE => {
                Some((left.plus(right.addend.wrapping_neg()), Some(right.symbol)))
            }
            (difference, Expression::Constant(number)) => {
                let (symbol, subtract) = split_difference(difference)?;
                Some((symbol.plus(number.wrapping_neg()), subtract))
            }
            _ => None,
        },
        Expression::Binary(Add, left, right) => match (&**left, &**right) {
            (difference, Expression::Constant(number)) | (Expression::Constant(number), difference) => {
                let (symbol, subtract) = split_difference(difference)?;
                Some((symbol.plus(*number), subtract))
            }
            _ => None,
        },
        _ => None,
    }
}

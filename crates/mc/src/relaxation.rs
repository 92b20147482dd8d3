//! Objects for a linker that changes the size of code (RISC-V), and mapping symbols.
//!
//! Called while machine code is recorded ([`ObjectStreamer::relax_fixups`], [`ObjectStreamer::linker_aligns`],
//! [`ObjectStreamer::map_to`]) and when fields become relocations ([`ObjectStreamer::fill_in_symbolic`]). What a target wants is
//! data: [`lathe_isa::ObjectRules`]. The behaviour is GNU as 2.40's: all relocations name symbols; a distance between
//! places of a section with code is a pair of relocations, except between places with no instruction in between that the linker
//! may delete, where `.eh_frame` is concerned.

use crate::directive::{Alignment, PaddingFill};
use crate::evaluate::{Base, Place};
use crate::layout::Layout;
use crate::mention::{LabelState, Mention};
use crate::object::{FIRST_SPECIAL, ObjectStreamer};
use crate::recorder::{Body, CodeFixup, Definition, Mapped, Mark, Position, Record, RecordKind, SymbolEvent};
use crate::relocate::{Contents, Field, Relocation, RelocationSymbol};
use crate::section::SectionFlags;
use crate::symbol::{SymbolAttribute, SymbolKind, label_number};
use lathe_diag::Loc;
use lathe_isa::{LinkerRelaxation, Modifier, SymbolId, SymbolRef, Tentative};

/// Numbers of labels that are mapping symbols.
const MAP_FIRST_CODE: u32 = FIRST_SPECIAL;
const MAP_CODE: u32 = FIRST_SPECIAL + 1;
const MAP_DATA: u32 = FIRST_SPECIAL + 2;
/// The first code without short forms.
const MAP_FULL_CODE: u32 = FIRST_SPECIAL + 4;
/// One that turned out to repeat what is in force.
const MAP_DROPPED: u32 = FIRST_SPECIAL + 3;

impl ObjectStreamer {
    /// A label that is in the symbol table's order from now on.
    pub(crate) fn mentioned_label(&mut self, position: Position) -> SymbolId {
        let label = self.hidden_label(Definition::Place(position));
        if let Some(state) = self.label_states.last_mut() {
            *state = LabelState::Mentioned;
        }
        self.mentions.push(Mention::Symbol(label));
        label
    }

    /// A label for what describes code, if distances are the linker's.
    pub(crate) fn relaxation_label(&mut self, position: Position) -> Option<SymbolId> {
        self.rules.relaxation.is_some().then(|| self.mentioned_label(position))
    }

    /// Numbers the stretches of the body between which distances are the linker's.
    pub(crate) fn stretch(&mut self) -> u32 {
        let body = self.body();
        (body.records.len() + body.breaks.len()) as u32
    }

    /// Completes the fixups that the last instruction, which starts at `start`, was given.
    pub(crate) fn relax_fixups(&mut self, start: u32) {
        let Some(relaxation) = self.rules.relaxation else { return };
        let relaxes = self.mode.meets(relaxation.mode);
        let count = self.encoded.fixups().len();
        let first = self.body().fixups.len() - count;
        for at in first..first + count {
            let rule = self.rules.fixup(self.body().fixups[at].kind);
            if rule.refers_to_start {
                let body = self.current;
                let record = self.body().records.len() as u32;
                let label = self.hidden_label(Definition::Place(Position { body, offset: start, record }));
                let fixup = &mut self.body().fixups[at];
                (fixup.target, fixup.addend, fixup.modifier) = (label, 0, Modifier::NONE);
            }
            self.body().fixups[at].relaxable = relaxes && rule.relaxable;
            if rule.thread_local {
                let target = self.body().fixups[at].target;
                let kind = SymbolAttribute::Kind(SymbolKind::ThreadLocal);
                if label_number(target).is_none() {
                    self.symbol_event(SymbolEvent::Attribute(target, kind, Loc::NONE));
                }
            }
            if rule.breaks {
                let fixup = self.body().fixups[at];
                let size = self.isa.fixups()[usize::from(fixup.kind.0)].size_bytes;
                self.body().breaks.push(fixup.offset + u32::from(size));
            }
        }
    }

    /// Leaves an alignment of code to the linker, with the most padding that it can need; whether that was so.
    pub(crate) fn linker_aligns(&mut self, alignment: Alignment) -> bool {
        let Some(relaxation) = self.rules.relaxation else { return false };
        let section = self.body().section;
        let is_code = self.sections[section.0 as usize].definition.is_code();
        if !is_code || alignment.fill != PaddingFill::Default {
            return false;
        }
        let unit = if self.mode.meets(relaxation.short_forms) { 2 } else { 4 };
        let padding = (1u32 << alignment.align_log2.min(16)).saturating_sub(unit);
        if padding == 0 {
            return true;
        }
        if !self.mode.meets(relaxation.mode) {
            return false;
        }
        self.map_to(Mapped::Code);
        let (isa, mode) = (self.isa, self.mode);
        let body = self.body();
        let (offset, record) = (body.bytes.len() as u32, body.records.len() as u32);
        isa.fill_nops(mode, padding, &mut body.bytes);
        body.marks.push(Mark {
            offset,
            record,
            symbol: None,
            addend: i64::from(padding),
            number: relaxation.align,
        });
        body.breaks.push(offset + padding);
        true
    }

    /// What fills a section with code up to its alignment.
    pub(crate) fn padding_at_end(&self, align_log2: u8) -> Alignment {
        let zeros = PaddingFill::Value { value: 0, size_bytes: 1 };
        let linked = self.rules.relaxation.is_some_and(|relaxation| self.mode.meets(relaxation.mode));
        let fill = if linked { zeros } else { PaddingFill::Default };
        Alignment { fill, ..Alignment::log2(align_log2) }
    }

    /// Notes that code or data follows.
    #[inline]
    pub(crate) fn map_to(&mut self, to: Mapped) {
        let short = self.has_short_forms();
        let body = self.body();
        if body.mapped != to || to == Mapped::Code && body.mapped_short != Some(short) {
            self.change_mapping(to, short);
        }
    }

    /// Whether the mode has short forms: mapping symbols say it, where they name the architecture.
    fn has_short_forms(&self) -> bool {
        self.rules.relaxation.is_some_and(|relaxation| self.mode.meets(relaxation.short_forms))
    }

    /// A data mapping symbol for a section that is generated, if the target has them there: the label's index.
    pub(crate) fn data_mapping(&mut self, body: u32) -> Option<u32> {
        if self.rules.mapping.is_none_or(|mapping| mapping.code_sections_only) {
            return None;
        }
        let current = std::mem::replace(&mut self.current, body);
        let labels = self.labels.len();
        self.map_to(Mapped::Data);
        self.current = current;
        (self.labels.len() > labels).then_some(labels as u32)
    }

    fn change_mapping(&mut self, to: Mapped, short: bool) {
        let Some(mapping) = self.rules.mapping else { return };
        let section = self.body().section;
        let definition = &self.sections[section.0 as usize].definition;
        let wanted = match mapping.code_sections_only {
            true => definition.is_code(),
            false => definition.flags.has(SectionFlags::ALLOC),
        };
        if !wanted {
            return;
        }
        let align_log2 = self.rules.line_unit.trailing_zeros() as u8;
        let position = self.position();
        let label = self.mentioned_label(position);
        let body = self.body();
        let number = match to {
            Mapped::Data => MAP_DATA,
            _ if body.mapped_short == Some(short) => MAP_CODE,
            _ if short || mapping.is_plain() => MAP_FIRST_CODE,
            _ => MAP_FULL_CODE,
        };
        if to == Mapped::Code {
            // Instructions make the section aligned to them.
            body.align_log2 = body.align_log2.max(align_log2);
        }
        body.mapped = to;
        if to == Mapped::Code {
            body.mapped_short = Some(short);
        }
        if body.first_mapping.is_none() {
            body.first_mapping = Some((label, to));
        }
        if let Some(last) = self.label_numbers.last_mut() {
            *last = number;
        }
    }

    /// Before a buffer is appended: its first mapping symbols may repeat what is in force.
    pub(crate) fn join_mappings(&mut self, buffer: &mut ObjectStreamer) {
        for at in 0..buffer.bodies.len() {
            let Some((label, state)) = buffer.bodies[at].first_mapping else { continue };
            let definition = &buffer.sections[buffer.bodies[at].section.0 as usize].definition;
            let Some(known) = self.sections.iter().find(|known| known.definition.same_section(definition))
            else {
                continue;
            };
            let subsection = buffer.bodies[at].subsection;
            let Some((_, body)) = known.bodies.iter().find(|(number, _)| *number == subsection) else {
                continue;
            };
            let own = &self.bodies[*body as usize];
            let (mapped, mapped_short) = (own.mapped, own.mapped_short);
            if mapped_short == Some(self.has_short_forms()) {
                for number in &mut buffer.label_numbers {
                    if *number == MAP_FIRST_CODE {
                        *number = MAP_CODE;
                    }
                }
            }
            if mapped == state
                && let Some(number) = label_number(label)
            {
                buffer.label_numbers[number as usize] = MAP_DROPPED;
            }
        }
    }

    /// Whether a label is a mapping symbol, which is written although nothing refers to it.
    pub(crate) fn is_mapping_label(&self, label: u32) -> bool {
        let number = self.label_numbers.get(label as usize).copied().unwrap_or(0);
        (MAP_FIRST_CODE..=MAP_DATA).contains(&number) || number == MAP_FULL_CODE
    }

    /// The name of a label whose number says what it is for.
    pub(crate) fn special_label(&self, number: u32) -> String {
        match (number, self.rules.mapping) {
            (MAP_FIRST_CODE, Some(mapping)) if mapping.shows_architecture => {
                format!("{}{}", mapping.code, self.architecture_text())
            }
            (MAP_FULL_CODE, Some(mapping)) => {
                let text = self.architecture_text();
                let full: Vec<&str> = text.split('_').filter(|part| !part.starts_with('c')).collect();
                format!("{}{}", mapping.code, full.join("_"))
            }
            (MAP_FIRST_CODE | MAP_CODE, Some(mapping)) => mapping.code.to_owned(),
            (MAP_DATA, Some(mapping)) => mapping.data.to_owned(),
            _ => self.rules.anonymous_label.to_owned(),
        }
    }

    /// GNU as's first guess of a branch: places that it has not reached yet count as if their fragment stood at 0.
    pub(crate) fn first_branch_size(&self, shifts: &[i64], body: u32, record: &Record) -> u64 {
        let RecordKind::Jump { target, addend, fixup, .. } = record.kind else {
            return u64::from(record.raw_size);
        };
        let at = shifts.len() - 1;
        let address = i64::from(record.offset) + shifts[at];
        let position = self.direct_position(target).filter(|position| position.body == body);
        let goal = position.filter(|_| !self.is_weak_or_indirect(target)).map(|position| {
            match shifts.get(position.record as usize) {
                Some(shift) if position.record as usize <= at => i64::from(position.offset) + shift,
                _ => i64::from(position.offset - self.fragment_start(position)),
            }
        });
        let distance = goal.map(|goal| goal + i64::from(addend) - address);
        u64::from(self.isa.branch_size(fixup, distance).unwrap_or(record.raw_size))
    }

    /// Where the stretch of fixed bytes around a place begins.
    fn fragment_start(&self, position: Position) -> u32 {
        let body = &self.bodies[position.body as usize];
        let record = (position.record as usize).checked_sub(1).and_then(|at| body.records.get(at));
        let after_record = record.map_or(0, |record| record.offset + u32::from(record.raw_size));
        let last = |breaks: &[u32], count: usize| count.checked_sub(1).map_or(0, |at| breaks[at]);
        let breaks = body.breaks.partition_point(|at| *at <= position.offset);
        let memory = body.memory_breaks.partition_point(|at| *at < position.offset);
        after_record.max(last(&body.breaks, breaks)).max(last(&body.memory_breaks, memory))
    }

    /// Fills in a field, or makes relocations that name symbols.
    pub(crate) fn fill_in_symbolic(
        &mut self,
        layout: &Layout,
        fixup: &CodeFixup,
        field: Field,
        contents: &mut Contents,
    ) {
        let place = match self.fixup_place(layout, fixup) {
            Ok(place) => place,
            Err(error) => return self.evaluation_error(error, fixup.loc),
        };
        let size = usize::from(self.isa.fixups()[usize::from(fixup.kind.0)].size_bytes);
        let at = field.offset as usize;
        if let Some(subtract) = fixup.subtract
            && self.difference_is_the_linkers(layout, fixup.target, subtract, &place)
        {
            return self.difference(layout, fixup, subtract, field, contents);
        }
        if place.base == Base::Absolute && place.minus.is_none() {
            return self.store(fixup, place.offset, &mut contents.bytes[at..at + size]);
        }
        if let Some(minus) = place.minus {
            return self.difference_error(fixup, minus);
        }
        let (symbol, addend) = self.named_place(layout, fixup.target, &place, fixup.loc);
        let Some(number) = self.isa.relocation(fixup.kind, place.modifier, false) else {
            let message = format!("cannot represent relocation of {size} bytes in this object file format");
            return self.error(fixup.loc, message);
        };
        let rule = self.rules.fixup(fixup.kind);
        let tentative = match rule.tentative {
            Tentative::Nothing => None,
            Tentative::Addend => Some(addend),
            Tentative::Distance => {
                let target = if matches!(place.base, Base::External(_)) { addend } else { place.offset };
                Some(target.wrapping_sub(field.offset as i64))
            }
        };
        if let Some(value) = tentative {
            // What does not fit is cut off: the linker computes it anew.
            let _ = self.isa.apply_fixup(fixup.kind, value, &mut contents.bytes[at..at + size]);
        }
        contents.relocations.push(Relocation { offset: field.offset, addend, symbol, number });
        if let (true, Some(relaxation)) = (fixup.relaxable, self.rules.relaxation) {
            let symbol = RelocationSymbol::None;
            contents.relocations.push(Relocation {
                offset: field.offset,
                addend,
                symbol,
                number: relaxation.mark,
            });
        }
    }

    /// The symbols whose distance an expression is, if the linker may change code between them.
    pub(crate) fn linkers_distance(
        &self,
        layout: &Layout,
        value: &crate::Expression,
    ) -> Option<(SymbolRef, SymbolRef)> {
        let crate::Expression::Binary(crate::BinaryOperator::Subtract, left, right) = value else {
            return None;
        };
        let (crate::Expression::Symbol(left), crate::Expression::Symbol(right)) = (&**left, &**right) else {
            return None;
        };
        let place = self.locate(layout, left.symbol).ok()?;
        let is = self.rules.relaxation.is_some()
            && self.difference_is_the_linkers(layout, left.symbol, right.symbol, &place);
        is.then_some((*left, *right))
    }

    /// The relocations of a ULEB128 number that is such a distance; its length stays as it is.
    pub(crate) fn leb_relocations(
        &mut self,
        layout: &Layout,
        value: &crate::Expression,
        offset: u64,
        contents: &mut Contents,
    ) {
        let Some((left, right)) = self.linkers_distance(layout, value) else { return };
        let Some(relaxation) = self.rules.relaxation else { return };
        for (symbol, number) in [(left, relaxation.uleb128.0), (right, relaxation.uleb128.1)] {
            let Ok(place) = self.locate(layout, symbol.symbol) else { return };
            let place = Place { offset: place.offset.wrapping_add(symbol.addend), ..place };
            let (symbol, addend) = self.named_place(layout, symbol.symbol, &place, Loc::NONE);
            contents.relocations.push(Relocation { offset, addend, symbol, number });
        }
    }

    /// Whether the distance of two symbols may change when the object is linked, or is known only then.
    fn difference_is_the_linkers(
        &self,
        layout: &Layout,
        target: SymbolId,
        subtract: SymbolId,
        place: &Place,
    ) -> bool {
        if place.minus.is_some() || matches!(place.base, Base::External(_)) {
            return true;
        }
        let (Ok(left), Ok(right)) = (self.locate(layout, target), self.locate(layout, subtract)) else {
            return true;
        };
        match (left.base, right.base) {
            (Base::Absolute, Base::Absolute) => false,
            (_, Base::Absolute) => false,
            (Base::Body(left), Base::Body(right)) if left == right => {
                let section = self.bodies[left as usize].section;
                self.sections[section.0 as usize].definition.is_code()
            }
            _ => true,
        }
    }

    fn difference(
        &mut self,
        layout: &Layout,
        fixup: &CodeFixup,
        subtract: SymbolId,
        field: Field,
        contents: &mut Contents,
    ) {
        let Some(relaxation) = self.rules.relaxation else { return };
        let (Ok(left), Ok(right)) = (self.locate(layout, fixup.target), self.locate(layout, subtract)) else {
            return;
        };
        let left = Place { offset: left.offset.wrapping_add(fixup.addend), ..left };
        let (added, addend) = self.named_place(layout, fixup.target, &left, fixup.loc);
        // Frames count the start of their function from the field itself.
        let own_place = right.base == Base::Body(field.body) && right.offset == field.offset as i64;
        let section = self.bodies[field.body as usize].section;
        let is_frame = self.sections[section.0 as usize].definition.name == ".eh_frame";
        if let (true, Some(number)) =
            (own_place && is_frame, self.isa.relocation(fixup.kind, Modifier::NONE, true))
        {
            contents.relocations.push(Relocation { offset: field.offset, addend, symbol: added, number });
            return;
        }
        let (subtracted, less) = self.named_place(layout, subtract, &right, fixup.loc);
        let size = self.isa.fixups()[usize::from(fixup.kind.0)].size_bytes;
        let log2 = size.max(1).ilog2() as usize;
        let mut push = |symbol, addend, number| {
            contents.relocations.push(Relocation { offset: field.offset, addend, symbol, number });
        };
        push(added, addend, relaxation.add[log2.min(3)]);
        push(subtracted, less, relaxation.subtract[log2.min(3)]);
    }

    /// The symbol that a relocation names, and what is to be added to it.
    fn named_place(
        &mut self,
        layout: &Layout,
        target: SymbolId,
        place: &Place,
        loc: lathe_diag::Loc,
    ) -> (RelocationSymbol, i64) {
        match place.base {
            Base::Absolute => (RelocationSymbol::None, place.offset),
            Base::External(symbol) => {
                if label_number(symbol).is_some() {
                    let name = self.printed_name(symbol);
                    self.error(loc, format!("undefined local label `{name}'"));
                }
                (RelocationSymbol::Symbol(symbol), place.offset)
            }
            Base::Body(body) => {
                match self.real_symbol(target).filter(|symbol| !self.is_section_name(*symbol)) {
                    Some(symbol) => {
                        let own = self.locate(layout, symbol).map_or(0, |own| own.offset);
                        (RelocationSymbol::Symbol(symbol), place.offset.wrapping_sub(own))
                    }
                    None => (RelocationSymbol::Body(body), place.offset),
                }
            }
        }
    }

    /// The relocations that stand beside the fixups.
    pub(crate) fn mark_relocations(&self, layout: &Layout, body: u32, taken: &Body, contents: &mut Contents) {
        for mark in &taken.marks {
            let offset = layout.address(Position { body, offset: mark.offset, record: mark.record });
            let symbol = mark.symbol.map_or(RelocationSymbol::None, RelocationSymbol::Symbol);
            contents.relocations.push(Relocation {
                offset,
                addend: mark.addend,
                symbol,
                number: mark.number,
            });
        }
    }

    /// Asks for two symbols' distance in a field of a generated section.
    pub(crate) fn mark_distance(
        &mut self,
        body: u32,
        offset: u32,
        (from, to): (SymbolId, SymbolId),
        (set, subtract): (u32, u32),
    ) {
        let body = &mut self.bodies[body as usize];
        let record = body.records.len() as u32;
        for (symbol, number) in [(to, set), (from, subtract)] {
            body.marks.push(Mark { offset, record, symbol: Some(symbol), addend: 0, number });
        }
    }

    /// The target's conventions for distances, if the linker changes code.
    pub(crate) fn relaxation(&self) -> Option<&'static LinkerRelaxation> {
        self.rules.relaxation
    }
}

//! From a laid-out module to section contents and relocations.
//!
//! A fixup is filled in when its value is known, else it becomes a relocation against the symbol or, for local
//! symbols, against the section, by the rules of GNU as (`adjust_reloc_syms`, `tc_i386_fix_adjustable`; observed with
//! version 2.40). Relocations of jumps follow those of all other fixups of a section, as there.

use crate::evaluate::{Base, EvaluationError, Place};
use crate::layout::Layout;
use crate::object::{FIRST_SPECIAL, HIDDEN, ObjectStreamer};
use crate::recorder::{Body, CodeFixup, Record, RecordKind};
use crate::section::SectionFlags;
use crate::symbol::label_number;
use lathe_diag::Loc;
use lathe_isa::{Encoded, FixupKind, Modifier, Operand, SymbolId, SymbolRef};
use lathe_target::Arch;

/// What a relocation refers to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RelocationSymbol {
    /// Nothing: an absolute address.
    None,
    /// The section of a body.
    Body(u32),
    /// A symbol or label.
    Symbol(SymbolId),
}

/// A relocation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relocation {
    pub offset: u64,
    pub addend: i64,
    pub symbol: RelocationSymbol,
    pub number: u32,
}

/// A section's final contents.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contents {
    pub bytes: Vec<u8>,
    pub relocations: Vec<Relocation>,
}

/// Most bytes that fills, alignments and `.org`s may add to the bytes that the source wrote: a slip of one digit
/// in a `.org` is an error, not an object of gigabytes.
const MAX_GAPS: u64 = 512 << 20;

/// Where a fixup's field is.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    pub body: u32,
    pub offset: u64,
}

impl ObjectStreamer {
    /// Makes the contents of a body's section.
    pub(crate) fn relocate(&mut self, layout: &Layout, body: u32) -> Contents {
        let section = self.bodies[body as usize].section;
        let definition = self.sections[section.0 as usize].definition.clone();
        let size = self.body_size(layout, body);
        if definition.is_zeros() {
            self.check_records(layout, body);
            return Contents::default();
        }
        let written = self.bodies[body as usize].bytes.len() as u64;
        if size > u64::from(u32::MAX) || size.saturating_sub(written) > MAX_GAPS {
            self.error(Loc::NONE, format!("section `{}' is too large", definition.name));
            return Contents::default();
        }
        let taken = std::mem::replace(&mut self.bodies[body as usize], Body::new(section, 0));
        let mut contents = Contents { bytes: Vec::with_capacity(size as usize), relocations: Vec::new() };
        let mut jumps = Vec::new();
        let mut offsets = taken.fixups.iter().peekable();
        let (mut from, mut shift) = (0usize, 0i64);
        for (at, record) in taken.records.iter().enumerate() {
            let to = record.offset as usize;
            contents.bytes.extend_from_slice(&taken.bytes[from..to]);
            while let Some(fixup) = offsets.next_if(|fixup| fixup.offset < record.offset) {
                self.fill_in(layout, body, fixup, shift, &mut contents);
            }
            let before = contents.bytes.len();
            self.write_record(layout, (body, at), &taken, record, &mut contents.bytes, &mut jumps);
            if let RecordKind::Leb(index) = record.kind {
                self.leb_relocations(layout, &taken.lebs[index as usize].0, before as u64, &mut contents);
            }
            from = to + usize::from(record.raw_size);
            shift += (contents.bytes.len() - before) as i64 - i64::from(record.raw_size);
        }
        contents.bytes.extend_from_slice(&taken.bytes[from..]);
        for fixup in offsets {
            self.fill_in(layout, body, fixup, shift, &mut contents);
        }
        for fixup in &jumps {
            self.fill_in(layout, body, fixup, 0, &mut contents);
        }
        self.explicit_relocations(layout, body, &taken, &mut contents);
        self.mark_relocations(layout, body, &taken, &mut contents);
        // What describes the body (sizes, alignment) is still needed.
        self.bodies[body as usize] = Body { fixups: Vec::new(), ..taken };
        contents
    }

    /// Errors of records in a section without contents.
    fn check_records(&mut self, layout: &Layout, body: u32) {
        let records = std::mem::take(&mut self.bodies[body as usize].records);
        for (at, record) in records.iter().enumerate() {
            if let RecordKind::Fill(index) = record.kind {
                let count = self.bodies[body as usize].fills[index as usize].count.clone();
                self.check_absolute(layout, &count, record.loc);
            }
            if let RecordKind::Origin(index) = record.kind {
                let target = self.bodies[body as usize].origins[index as usize].0.clone();
                self.check_origin(layout, (body, at), record, &target);
            }
        }
        self.bodies[body as usize].records = records;
    }

    fn check_absolute(&mut self, layout: &Layout, count: &crate::Expression, loc: Loc) {
        match self.evaluate(layout, count) {
            Ok(place) if place.number().is_some_and(|number| number >= 0) => {}
            Ok(place) if place.number().is_some() => {
                self.error(loc, ".space, .fill or .skip with a negative count");
            }
            Ok(_) | Err(EvaluationError::Complex) => {
                self.error(loc, ".space specifies non-absolute value");
            }
            Err(error) => self.evaluation_error(error, loc),
        }
    }

    fn check_origin(
        &mut self,
        layout: &Layout,
        (body, at): (u32, usize),
        record: &Record,
        target: &crate::Expression,
    ) {
        let position = crate::recorder::Position { body, offset: record.offset, record: at as u32 };
        let address = layout.address(position) as i64;
        match self.evaluate(layout, target) {
            Ok(value) if value.in_body(body) => {
                if value.offset < address {
                    self.error(record.loc, "attempt to move .org backwards");
                }
            }
            Ok(_) | Err(EvaluationError::Complex) => self.error(record.loc, "invalid segment for .org"),
            Err(error) => self.evaluation_error(error, record.loc),
        }
    }

    fn write_record(
        &mut self,
        layout: &Layout,
        (body, at): (u32, usize),
        taken: &Body,
        record: &Record,
        out: &mut Vec<u8>,
        jumps: &mut Vec<CodeFixup>,
    ) {
        let size = layout.size(body, at) as usize;
        match record.kind {
            RecordKind::Jump { target, addend, row, mode, modifier, field, bias, fixup } => {
                let place = out.len() as u32;
                let target = SymbolRef { symbol: target, addend: i64::from(addend), modifier };
                let mut push = |offset: u32, kind: FixupKind, addend: i64| {
                    jumps.push(CodeFixup {
                        offset: place + offset,
                        loc: record.loc,
                        target: target.symbol,
                        subtract: None,
                        addend,
                        kind,
                        modifier,
                        is_jump: true,
                        target_known: true,
                        relaxable: false,
                    });
                };
                let from = record.offset as usize;
                let raw = &taken.bytes[from..from + usize::from(record.raw_size)];
                if size == raw.len() {
                    push(u32::from(field), fixup, target.addend.wrapping_add(i64::from(bias)));
                    out.extend_from_slice(raw);
                    return;
                }
                let mut encoded = Encoded::new();
                if self.isa.branch_size(fixup, None).is_some() {
                    self.isa.widen_branch(raw, fixup, size as u8, target, &mut encoded);
                } else {
                    let grown = self.isa.grow(mode, row, &[Operand::Label(target)], &mut encoded);
                    assert!(grown, "a jump that grew before grows again");
                }
                for fixup in encoded.fixups() {
                    push(fixup.offset, fixup.kind, fixup.target.addend);
                }
                out.extend_from_slice(encoded.bytes());
            }
            RecordKind::Align(alignment, mode) => {
                let section = self.bodies[body as usize].section;
                let is_code = self.sections[section.0 as usize].definition.is_code();
                match alignment.fill {
                    crate::PaddingFill::Default if is_code => {
                        self.isa.fill_nops(mode, size as u32, out);
                    }
                    fill => pad(out, size, fill),
                }
            }
            RecordKind::Fill(index) => {
                let fill = &taken.fills[index as usize];
                self.check_absolute(layout, &fill.count, record.loc);
                let width = usize::from(fill.size_bytes);
                let bytes = fill.value.to_le_bytes();
                if width == 1 || fill.value == 0 {
                    out.resize(out.len() + size, bytes[0]);
                } else {
                    for _ in 0..size.checked_div(width).unwrap_or(0) {
                        out.extend_from_slice(&bytes[..width]);
                    }
                }
            }
            RecordKind::Origin(index) => {
                let (target, fill) = &taken.origins[index as usize];
                self.check_origin(layout, (body, at), record, target);
                pad(out, size, *fill);
            }
            RecordKind::Leb(index) => {
                let (value, signed) = &taken.lebs[index as usize];
                self.write_leb(layout, value, *signed, record.loc, size, out);
            }
        }
    }

    fn write_leb(
        &mut self,
        layout: &Layout,
        value: &crate::Expression,
        signed: bool,
        loc: Loc,
        size: usize,
        out: &mut Vec<u8>,
    ) {
        let number = match self.evaluate(layout, value) {
            Ok(_) if signed && self.linkers_distance(layout, value).is_some() => None,
            Ok(place) => place.number(),
            Err(EvaluationError::Complex) => None,
            Err(error) => {
                self.evaluation_error(error, loc);
                Some(0)
            }
        };
        if number.is_none() {
            self.error(
                loc,
                if signed {
                    "non-constant .sleb128 is not supported"
                } else {
                    "non-constant .uleb128 is not supported"
                },
            );
        }
        let number = number.unwrap_or(0);
        let before = out.len();
        crate::leb::push(out, number, signed);
        // A size that was kept from shrinking is made up with redundant bytes.
        if out.len() - before < size {
            let fill = if signed && number < 0 { 0x7f } else { 0 };
            if let Some(last) = out.last_mut() {
                *last |= 0x80;
            }
            out.resize(before + size - 1, fill | 0x80);
            out.push(fill);
        }
    }

    pub(crate) fn evaluation_error(&mut self, error: EvaluationError, loc: Loc) {
        let message = match error {
            EvaluationError::Loop(symbol) => {
                format!("symbol definition loop encountered at `{}'", self.printed_name(symbol))
            }
            EvaluationError::Complex | EvaluationError::TooDeep => {
                "expression is too complex to be resolved or relocated".to_owned()
            }
            EvaluationError::DivisionByZero => "division by zero".to_owned(),
        };
        self.error(loc, message);
    }

    /// A symbol's name, or the `.L` name of a label.
    pub(crate) fn printed_name(&self, symbol: SymbolId) -> String {
        match (self.names.name(symbol), label_number(symbol)) {
            (Some(name), _) => name.to_owned(),
            (None, Some(label)) => match self.label_numbers.get(label as usize) {
                Some(&number) if number < FIRST_SPECIAL => format!(".L{number}"),
                special => self.special_label(special.copied().unwrap_or(HIDDEN)),
            },
            (None, None) => String::from("?"),
        }
    }

    fn fill_in(
        &mut self,
        layout: &Layout,
        body: u32,
        fixup: &CodeFixup,
        shift: i64,
        contents: &mut Contents,
    ) {
        let offset = (i64::from(fixup.offset) + shift) as u64;
        if self.rules.keeps_symbols {
            return self.fill_in_symbolic(layout, fixup, Field { body, offset }, contents);
        }
        let field = Field { body, offset };
        let place = match self.fixup_place(layout, fixup) {
            // A local symbol needs no procedure linkage table.
            Ok(place) if self.is_plt(place.modifier) && !self.stays_symbolic(fixup.target) => {
                Place { modifier: Modifier::NONE, ..place }
            }
            Ok(place) => place,
            Err(error) => return self.evaluation_error(error, fixup.loc),
        };
        let info = &self.isa.fixups()[fixup.kind.0 as usize];
        let (pc_relative, size) = (info.pc_relative, usize::from(info.size_bytes));
        if let Some(value) = self.known_value(fixup, &place, &field, pc_relative) {
            let at = offset as usize;
            self.store(fixup, value, &mut contents.bytes[at..at + size]);
            return;
        }
        if let Some(relocation) = self.relocation_for(layout, fixup, place, &field, pc_relative) {
            if !self.isa.uses_rela() && relocation.addend != 0 {
                let at = offset as usize;
                self.store(fixup, relocation.addend, &mut contents.bytes[at..at + size]);
            }
            contents.relocations.push(relocation);
        }
    }

    pub(crate) fn store(&mut self, fixup: &CodeFixup, value: i64, field: &mut [u8]) {
        if let Err(error) = self.isa.apply_fixup(fixup.kind, value, field) {
            let info = &self.isa.fixups()[fixup.kind.0 as usize];
            let message = match (info.pc_relative, info.size_bytes) {
                (true, 1) => format!("value of {value} too large for field of 1 byte; jump out of range"),
                _ => error.to_string(),
            };
            self.error(fixup.loc, message);
        }
    }

    pub(crate) fn fixup_place(&self, layout: &Layout, fixup: &CodeFixup) -> Result<Place, EvaluationError> {
        let mut place = self.locate(layout, fixup.target)?;
        if fixup.modifier != Modifier::NONE {
            place.modifier = fixup.modifier;
        }
        place.offset = place.offset.wrapping_add(fixup.addend);
        let Some(subtract) = fixup.subtract else { return Ok(place) };
        let other = self.locate(layout, subtract)?;
        let offset = place.offset.wrapping_sub(other.offset);
        match other.base {
            _ if other.minus.is_some() => Err(EvaluationError::Complex),
            Base::Absolute => Ok(Place { offset, ..place }),
            base if base == place.base => Ok(Place { base: Base::Absolute, offset, ..place }),
            base if place.minus.is_none() => Ok(Place { minus: Some(base), offset, ..place }),
            _ => Err(EvaluationError::Complex),
        }
    }

    /// The field's value, if the assembler knows it.
    fn known_value(&self, fixup: &CodeFixup, place: &Place, field: &Field, pc_relative: bool) -> Option<i64> {
        if place.minus.is_some() || !self.isa.resolves_locally(fixup.kind) {
            return None;
        }
        let plain = place.modifier == Modifier::NONE;
        match place.base {
            Base::Absolute => (plain && !pc_relative).then_some(place.offset),
            Base::Body(body) if pc_relative && body == field.body => {
                let bound = match fixup.is_jump {
                    true => self.jump_binds(fixup.target, place.modifier),
                    false => !self.is_preemptible(fixup.target),
                };
                (plain && bound).then(|| place.offset.wrapping_sub(field.offset as i64))
            }
            _ => None,
        }
    }

    fn is_plt(&self, modifier: Modifier) -> bool {
        modifier != Modifier::NONE
            && self.isa.modifiers().get(modifier.0 as usize).is_some_and(|info| info.name == "PLT")
    }

    /// Whether a symbol is undefined or preemptible.
    fn stays_symbolic(&self, symbol: SymbolId) -> bool {
        self.is_global(symbol) || self.is_preemptible(symbol)
    }

    /// Whether a relaxable jump goes to the definition of its target in this section, whatever the linker knows: GNU as binds
    /// jumps to global symbols too, unless the PLT is asked for.
    pub(crate) fn jump_binds(&self, target: SymbolId, modifier: Modifier) -> bool {
        match modifier {
            Modifier::NONE => !self.is_weak_or_indirect(target),
            _ => !self.is_preemptible(target),
        }
    }

    fn relocation_for(
        &mut self,
        layout: &Layout,
        fixup: &CodeFixup,
        mut place: Place,
        field: &Field,
        pc_relative: bool,
    ) -> Option<Relocation> {
        let mut turned_relative = false;
        if let Some(minus) = place.minus {
            // `symbol - place in this section` is relative to the field.
            if minus == Base::Body(field.body) && !pc_relative {
                place.offset = place.offset.wrapping_add(field.offset as i64);
                turned_relative = true;
            } else {
                self.difference_error(fixup, minus);
                return None;
            }
        }
        let relative = pc_relative || turned_relative;
        let (symbol, addend) = self.relocation_symbol(layout, fixup, &place, field, relative);
        let mut kind = fixup.kind;
        let mut marked = turned_relative;
        if pc_relative && self.is_local_branch(fixup, symbol, place.modifier) {
            // A branch to a local symbol needs no procedure linkage table.
            let size = self.isa.fixups()[kind.0 as usize].size_bytes;
            if let Some(data) = self.isa.data_fixup(size) {
                kind = data;
                marked = true;
            }
        }
        let Some(number) = self.isa.relocation(kind, place.modifier, marked) else {
            let size = self.isa.fixups()[fixup.kind.0 as usize].size_bytes;
            let name = self.isa.modifiers().get(place.modifier.0 as usize).map_or("", |info| info.name);
            let message = match name {
                "" => format!("cannot represent relocation of {size} bytes in this object file format"),
                name => {
                    format!("cannot represent relocation @{name} of {size} bytes in this object file format")
                }
            };
            self.error(fixup.loc, message);
            return None;
        };
        Some(Relocation { offset: field.offset, addend, symbol, number })
    }

    fn is_local_branch(&self, fixup: &CodeFixup, symbol: RelocationSymbol, modifier: Modifier) -> bool {
        if modifier != Modifier::NONE || !matches!(self.isa.arch(), Arch::X86 | Arch::X86_64) {
            return false;
        }
        match symbol {
            RelocationSymbol::None | RelocationSymbol::Body(_) => true,
            RelocationSymbol::Symbol(symbol) => fixup.target_known && !self.is_global(symbol),
        }
    }

    pub(crate) fn difference_error(&mut self, fixup: &CodeFixup, minus: Base) {
        let left = self.printed_name(fixup.target);
        let right = match (fixup.subtract, minus) {
            (Some(subtract), _) => self.printed_name(subtract),
            (None, Base::External(symbol)) => self.printed_name(symbol),
            (None, _) => String::from("L0"),
        };
        let (left_at, right_at) = (
            self.section_name_of(fixup.target),
            fixup.subtract.map_or("*UND*".into(), |s| self.section_name_of(s)),
        );
        self.error(
            fixup.loc,
            format!("can't resolve `{left}' {{{left_at} section}} - `{right}' {{{right_at} section}}"),
        );
    }

    fn section_name_of(&self, symbol: SymbolId) -> String {
        match self.direct_position(symbol) {
            Some(position) => {
                let section = self.bodies[position.body as usize].section;
                self.sections[section.0 as usize].definition.name.to_string()
            }
            None => String::from("*UND*"),
        }
    }

    /// Symbol and addend of a relocation: the section for most local symbols.
    fn relocation_symbol(
        &mut self,
        layout: &Layout,
        fixup: &CodeFixup,
        place: &Place,
        field: &Field,
        relative: bool,
    ) -> (RelocationSymbol, i64) {
        let body = match place.base {
            Base::Absolute => return (RelocationSymbol::None, place.offset),
            Base::External(symbol) => {
                if label_number(symbol).is_some() {
                    let name = self.printed_name(symbol);
                    self.error(fixup.loc, format!("undefined local label `{name}'"));
                }
                return (RelocationSymbol::Symbol(symbol), place.offset);
            }
            Base::Body(body) => body,
        };
        let Some(symbol) = self.real_symbol(fixup.target).filter(|symbol| !self.is_section_name(*symbol))
        else {
            return (RelocationSymbol::Body(body), place.offset);
        };
        let section = self.bodies[body as usize].section;
        let definition = &self.sections[section.0 as usize].definition;
        let flags = definition.flags;
        // The linker may drop a comdat section: others refer to its symbols, not to its places.
        let is_comdat = definition.group.as_ref().is_some_and(|group| group.comdat)
            || definition.name.starts_with(".gnu.linkonce");
        let linked_once = is_comdat && body != field.body && !self.is_temporary(symbol);
        let addresses = self.rules.address_modifiers;
        let relative = relative && addresses.is_empty();
        // Without addends in relocations GNU as has the distances of strings and those in data name symbols.
        let is_plain = self.isa.uses_rela()
            || !flags.has(SectionFlags::MERGE) && self.isa.data_fixup(4) != Some(fixup.kind);
        let may_name_section = addresses.contains(&place.modifier) && is_plain;
        let merged =
            flags.has(SectionFlags::MERGE) && (fixup.addend != 0 || fixup.subtract.is_some() || relative);
        let stays = self.is_preemptible(symbol)
            || place.modifier != Modifier::NONE && !may_name_section
            || merged
            || linked_once
            || flags.has(SectionFlags::TLS);
        if stays {
            let own = self.locate(layout, symbol).map_or(0, |own| own.offset);
            (RelocationSymbol::Symbol(symbol), place.offset.wrapping_sub(own))
        } else {
            (RelocationSymbol::Body(body), place.offset)
        }
    }

    /// The symbol that a relocation can name: the target, unless it is an anonymous expression.
    pub(crate) fn real_symbol(&self, target: SymbolId) -> Option<SymbolId> {
        if label_number(target).is_none() || self.direct_position(target).is_some() {
            return Some(target);
        }
        // An anonymous `symbol + number`.
        match self.definition(target) {
            crate::recorder::Definition::Value(index) => match &self.values[index as usize] {
                crate::Expression::Symbol(inner) => self.real_symbol_below(inner.symbol),
                _ => None,
            },
            _ => None,
        }
    }

    fn real_symbol_below(&self, symbol: SymbolId) -> Option<SymbolId> {
        let named = label_number(symbol).is_none() || self.direct_position(symbol).is_some();
        named.then_some(symbol)
    }

    fn explicit_relocations(&mut self, layout: &Layout, body: u32, taken: &Body, contents: &mut Contents) {
        for relocation in &taken.relocations {
            let offset = match self.evaluate(layout, &relocation.offset) {
                Ok(place) if place.in_body(body) && place.offset >= 0 => place.offset as u64,
                _ => {
                    self.error(relocation.loc, ".reloc offset is not representable");
                    continue;
                }
            };
            let (symbol, addend) = match self.evaluate(layout, &relocation.value) {
                Ok(Place { base: Base::Absolute, minus: None, offset, .. }) => {
                    (RelocationSymbol::None, offset)
                }
                Ok(Place { minus: None, offset, base, .. }) => match (&relocation.value, base) {
                    (crate::Expression::Symbol(symbol), Base::Body(_)) => {
                        (RelocationSymbol::Symbol(symbol.symbol), symbol.addend)
                    }
                    (_, Base::External(symbol)) => (RelocationSymbol::Symbol(symbol), offset),
                    (_, Base::Body(body)) => (RelocationSymbol::Body(body), offset),
                    (_, Base::Absolute) => (RelocationSymbol::None, offset),
                },
                _ => {
                    self.error(relocation.loc, ".reloc expression is not representable");
                    continue;
                }
            };
            contents.relocations.push(Relocation { offset, addend, symbol, number: relocation.number });
        }
    }
}

/// Appends `size` bytes of a repeated value.
fn pad(out: &mut Vec<u8>, size: usize, fill: crate::PaddingFill) {
    match fill {
        crate::PaddingFill::Default => out.resize(out.len() + size, 0),
        crate::PaddingFill::Value { value, size_bytes } => {
            let width = usize::from(size_bytes.clamp(1, 4));
            let bytes = value.to_le_bytes();
            let odd = size % width;
            out.resize(out.len() + odd, 0);
            for _ in 0..size / width {
                out.extend_from_slice(&bytes[..width]);
            }
        }
    }
}

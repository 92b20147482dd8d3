//! Joining code buffers into a module, in source order.
//!
//! Labels of a buffer get the module's next label numbers, names that are not in the frozen table are interned,
//! sections are looked up by definition; all else is copying with constants added. So the result depends on the
//! order of the calls only, not on which thread filled which buffer.

use crate::expression::Expression;
use crate::mention::Mention;
use crate::object::{FIRST_SPECIAL, ObjectStreamer, Symbols};
use crate::recorder::{Definition, LineEntry, Position, SymbolEvent};
use crate::section::SectionId;
use crate::streamer::Streamer;
use crate::symbol::{LABEL_BASE, SymbolAttribute, label_id, label_number};
use lathe_diag::Loc;
use lathe_isa::SymbolId;

/// How the ids of a buffer become ids of the module.
pub(crate) struct Renumbering {
    frozen: u32,
    names: Vec<SymbolId>,
    first_label: u32,
    /// Body of the module, and what to add to offsets and record numbers.
    bodies: Vec<(u32, u32, u32)>,
    sections: Vec<SectionId>,
    first_value: u32,
}

impl Renumbering {
    pub fn symbol(&self, symbol: SymbolId) -> SymbolId {
        let index = symbol.index();
        if index < self.frozen {
            symbol
        } else if index < LABEL_BASE {
            self.names[(index - self.frozen) as usize]
        } else {
            label_id(index - LABEL_BASE + self.first_label)
        }
    }

    pub fn position(&self, position: Position) -> Position {
        let (body, offset, record) = self.bodies[position.body as usize];
        Position { body, offset: position.offset + offset, record: position.record + record }
    }
}

impl ObjectStreamer {
    /// Adds a buffer's contents and empties it.
    pub(crate) fn append_recording(&mut self, buffer: &mut ObjectStreamer) {
        self.diagnostics.append(std::mem::take(&mut buffer.diagnostics));
        if self.rules.mapping.is_some() {
            self.join_mappings(buffer);
        }
        let map = self.renumber(buffer);
        self.append_labels(buffer, &map);
        self.append_mentions(buffer, &map);
        self.append_events(buffer, &map);
        let symbol = |symbol: SymbolId| map.symbol(symbol);
        buffer.pass_pending_line(self);
        self.lines.extend(buffer.lines.iter().map(|entry| LineEntry {
            position: map.position(entry.position),
            label: entry.label.map(symbol),
            row: match entry.row.view {
                crate::LineView::Name(name) => {
                    crate::LineRow { view: crate::LineView::Name(symbol(name)), ..entry.row }
                }
                _ => entry.row,
            },
        }));
        for file in buffer.files.drain(..) {
            self.record_file(file, Loc::NONE);
        }
        self.cfi.append(&mut buffer.cfi, &map);
        if let Some((body, _, _)) = map.bodies.get(buffer.current as usize) {
            self.set_current(*body);
        }
        self.mode = buffer.mode;
        buffer.clear();
    }

    fn renumber(&mut self, buffer: &mut ObjectStreamer) -> Renumbering {
        let frozen = self.names.frozen_len() as u32;
        let names = (buffer.names.frozen_len()..buffer.names.len())
            .map(|index| {
                let name = buffer.names.name(SymbolId::from_index(index as u32)).unwrap_or_default();
                self.names.intern(name)
            })
            .collect();
        let mut map = Renumbering {
            frozen,
            names,
            first_label: self.labels.len() as u32,
            bodies: Vec::with_capacity(buffer.bodies.len()),
            sections: Vec::new(),
            first_value: self.values.len() as u32,
        };
        map.sections = buffer
            .sections
            .iter()
            .map(|section| match section.bodies.is_empty() {
                true => SectionId::TEXT,
                false => self.section(&section.definition, Loc::NONE),
            })
            .collect();
        for body in &mut buffer.bodies {
            let section = map.sections[body.section.0 as usize];
            let index = self.body_of(section, body.subsection);
            let symbol = |symbol: SymbolId| map.symbol(symbol);
            let (offset, record) = self.bodies[index as usize].append(body, &symbol);
            map.bodies.push((index, offset, record));
            self.note_known_targets(index, offset);
        }
        map
    }

    /// Marks the fixups of an appended body whose targets the module defined before.
    fn note_known_targets(&mut self, body: u32, offset: u32) {
        let Symbols::Module(symbols) = &self.symbols else { return };
        let fixups = &mut self.bodies[body as usize].fixups;
        let first = fixups.partition_point(|fixup| fixup.offset < offset);
        for fixup in &mut fixups[first..] {
            if label_number(fixup.target).is_none() {
                let data = symbols.get(fixup.target);
                fixup.target_known |= data.is_some_and(|data| data.definition != Definition::None);
            }
        }
    }

    fn append_labels(&mut self, buffer: &ObjectStreamer, map: &Renumbering) {
        self.labels.extend(buffer.labels.iter().map(|definition| match definition {
            Definition::Place(position) => Definition::Place(map.position(*position)),
            Definition::Value(index) => Definition::Value(index + map.first_value),
            other => *other,
        }));
        self.label_states.extend_from_slice(&buffer.label_states);
        let shown = self.label_count;
        self.label_numbers.extend(
            buffer
                .label_numbers
                .iter()
                .map(|number| if *number >= FIRST_SPECIAL { *number } else { number + shown }),
        );
        self.label_count += buffer.label_count;
        let symbol = |symbol: SymbolId| map.symbol(symbol);
        self.values.extend(buffer.values.iter().map(|value| value.clone().map_symbols(&symbol)));
    }

    fn append_mentions(&mut self, buffer: &ObjectStreamer, map: &Renumbering) {
        for mention in &buffer.late_mentions {
            if let Mention::Section(section) = *mention {
                self.mention_generated_section(map.sections[section.0 as usize]);
            }
        }
        for mention in &buffer.mentions {
            match *mention {
                Mention::Section(section) => {
                    self.mention_section(map.sections[section.0 as usize]);
                }
                Mention::Symbol(symbol) => match label_number(symbol) {
                    Some(_) => self.mentions.push(Mention::Symbol(map.symbol(symbol))),
                    None => self.mention_name(map.symbol(symbol)),
                },
                Mention::Reference(symbol) => self.mention_in_operand(map.symbol(symbol)),
                Mention::Occurrence(symbol) => self.mention(map.symbol(symbol)),
            }
        }
    }

    fn append_events(&mut self, buffer: &mut ObjectStreamer, map: &Renumbering) {
        let Symbols::Buffer { events, .. } = &mut buffer.symbols else {
            unreachable!("only code buffers are appended")
        };
        let symbol = |symbol: SymbolId| map.symbol(symbol);
        let value = |value: Expression| value.map_symbols(&symbol);
        for event in events.drain(..) {
            let event = match event {
                SymbolEvent::Define(id, position, loc) => {
                    SymbolEvent::Define(symbol(id), map.position(position), loc)
                }
                SymbolEvent::Attribute(id, attribute, loc) => {
                    let attribute = match attribute {
                        SymbolAttribute::Size(size) => SymbolAttribute::Size(value(size)),
                        SymbolAttribute::WeakReference(target) => {
                            SymbolAttribute::WeakReference(symbol(target))
                        }
                        other => other,
                    };
                    SymbolEvent::Attribute(symbol(id), attribute, loc)
                }
                SymbolEvent::Assign(id, expression, once, loc) => {
                    SymbolEvent::Assign(symbol(id), value(expression), once, loc)
                }
                SymbolEvent::Common(id, common, loc) => SymbolEvent::Common(symbol(id), common, loc),
            };
            self.apply_event(event);
        }
    }
}

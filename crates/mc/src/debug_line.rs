//! `.debug_line` (and `.debug_line_str`) from recorded files and line rows, byte for byte as GNU as writes them
//! (`dwarf2dbg.c`, version 2.40).
//!
//! Format: DWARF 5, 6.2; version 3 without a file number 0, as GNU as chooses. One sequence per section that has rows,
//! in the order of the sections' first rows.

use crate::directive::{DwarfFile, LineFlags, LineRow, LineView};
use crate::expression::Expression;
use crate::layout::Layout;
use crate::leb;
use crate::object::ObjectStreamer;
use crate::recorder::{CodeFixup, Definition, LineEntry, Position, RecordKind};
use crate::section::{SectionDefinition, SectionFlags, SectionType};
use crate::streamer::Streamer;
use crate::symbol::label_number;
use lathe_diag::Loc;
use lathe_isa::{Modifier, SymbolId};

const LINE_BASE: i64 = -5;
const LINE_RANGE: u64 = 14;
const OPCODE_BASE: u8 = 13;
/// Largest address advance of a special opcode.
const MAX_SPECIAL_ADVANCE: u64 = (255 - OPCODE_BASE as u64) / LINE_RANGE;

/// Largest distance that is left to the linker as one: it has 16 bits, and may grow.
const MAX_FIXED_ADVANCE: u64 = 50_000;

/// Directory and name of a file in the table.
struct FileEntry {
    name: String,
    directory: u32,
    md5: Option<[u8; 16]>,
}

/// The tables of the header.
#[derive(Default)]
struct FileTables {
    directories: Vec<String>,
    files: Vec<FileEntry>,
}

/// The sections that are written.
struct Output {
    body: u32,
    strings: Option<u32>,
    pointer_size: u8,
}

impl ObjectStreamer {
    /// Records a file.
    pub(crate) fn record_file(&mut self, file: DwarfFile, loc: Loc) {
        let Some(number) = file.number else {
            // The last `.file "name"` names the object's file symbol.
            self.files.retain(|known| known.number.is_some());
            self.files.push(file);
            return;
        };
        if number > 0xffff {
            self.error(loc, format!("file number {number} is too big"));
            return;
        }
        match self.files.iter().find(|known| known.number == Some(number)) {
            Some(known) if *known == file => {}
            Some(_) => self.error(loc, format!("file number {number} already allocated")),
            None => self.files.push(file),
        }
    }

    /// Gives view symbols their numbers; whether there are any.
    pub(crate) fn number_views(&mut self, layout: &Layout) -> bool {
        let mut found = false;
        for (_, entries) in self.sequences() {
            let mut last: Option<u64> = None;
            let mut view = 0i64;
            for entry in entries {
                let address = layout.address(entry.position);
                let same = last == Some(address) && entry.row.view != LineView::ForceZero;
                view = if same { view + 1 } else { 0 };
                last = Some(address);
                if let LineView::Name(symbol) = entry.row.view {
                    self.define_number(symbol, view);
                    found = true;
                }
            }
        }
        found
    }

    fn define_number(&mut self, symbol: SymbolId, value: i64) {
        let index = self.values.len() as u32;
        self.values.push(Expression::Constant(value));
        match label_number(symbol) {
            Some(label) => self.labels[label as usize] = Definition::Value(index),
            None => self.module().entry(symbol).definition = Definition::Value(index),
        }
    }

    /// Rows by body, in the order of first rows; by place within a body.
    fn sequences(&self) -> Vec<(u32, Vec<LineEntry>)> {
        let mut sequences: Vec<(u32, Vec<LineEntry>)> = Vec::new();
        let mut of_body = vec![usize::MAX; self.bodies.len()];
        for entry in &self.lines {
            let slot = &mut of_body[entry.position.body as usize];
            if *slot == usize::MAX {
                *slot = sequences.len();
                sequences.push((entry.position.body, Vec::new()));
            }
            sequences[*slot].1.push(*entry);
        }
        for (_, entries) in &mut sequences {
            entries.sort_by_key(|entry| (entry.position.record, entry.position.offset));
        }
        sequences
    }

    /// Writes `.debug_line`.
    pub(crate) fn write_debug_line(&mut self, layout: &Layout) {
        if self.diagnostics.has_errors()
            || (self.lines.is_empty() && self.files.iter().all(|file| file.number.is_none()))
        {
            return;
        }
        let has_zero = self.files.iter().any(|file| file.number == Some(0))
            || self.lines.iter().any(|entry| entry.row.file == 0);
        let version = if has_zero { 5 } else { self.dwarf_version.unwrap_or(3).clamp(3, 5) };
        let Some(tables) = self.file_tables(version) else { return };
        let debug = |name: &'static str, flags| SectionDefinition::new(name, SectionType::PROGBITS, flags);
        let section = self.section(&debug(".debug_line", SectionFlags::NONE), Loc::NONE);
        let body = self.body_of(section, 0);
        self.mention_generated_section(section);
        let strings = (version >= 5).then(|| {
            let flags = SectionFlags::MERGE.or(SectionFlags::STRINGS);
            let definition = SectionDefinition { entry_size: 1, ..debug(".debug_line_str", flags) };
            let section = self.section(&definition, Loc::NONE);
            let body = self.body_of(section, 0);
            self.mention_generated_section(section);
            body
        });
        let output = Output { body, strings, pointer_size: self.isa.arch().pointer_bytes() as u8 };
        let start = self.write_header(&output, version, &tables);
        for (body, entries) in self.sequences() {
            self.write_sequence(layout, &output, body, &entries);
        }
        let bytes = &mut self.bodies[output.body as usize].bytes;
        let length = (bytes.len() - start - 4) as u32;
        bytes[start..start + 4].copy_from_slice(&length.to_le_bytes());
    }

    /// Files and directories by number; `None` if a number is missing.
    fn file_tables(&mut self, version: u8) -> Option<FileTables> {
        let mut tables = FileTables::default();
        let highest = self.files.iter().filter_map(|file| file.number).max().unwrap_or(0);
        let first = u32::from(version < 5);
        let zero = self.files.iter().find(|file| file.number == Some(0));
        let main = match zero.and_then(|file| file.directory.as_deref()) {
            Some(directory) => directory.to_owned(),
            None => String::from("."),
        };
        tables.directories.push(if version < 5 { String::new() } else { main });
        for number in first..=highest {
            let wanted = if number == 0 && zero.is_none() { 1 } else { number };
            let Some(file) = self.files.iter().find(|file| file.number == Some(wanted)) else {
                self.error(Loc::NONE, format!("unassigned file number {number}"));
                return None;
            };
            let (directory, name) = match &file.directory {
                // The directory of file 0 is the compiler's, its name may have one of its own.
                Some(directory) if number != 0 => (Some(&**directory), &*file.name),
                _ => match file.name.rfind('/') {
                    Some(0) => (Some("/"), &file.name[1..]),
                    Some(at) => (Some(&file.name[..at]), &file.name[at + 1..]),
                    None => (None, &*file.name),
                },
            };
            let entry = FileEntry {
                name: name.to_owned(),
                directory: directory.map_or(0, |directory| tables.directory(directory)),
                md5: file.md5,
            };
            tables.files.push(entry);
        }
        Some(tables)
    }

    fn push(&mut self, output: &Output, bytes: &[u8]) {
        self.bodies[output.body as usize].bytes.extend_from_slice(bytes);
    }

    /// Appends a reference to a place.
    fn push_address(&mut self, output: &Output, position: Position, size: u8) {
        let target = match self.relaxation_label(position) {
            Some(label) => label,
            None => self.label_at(position),
        };
        self.push_label(output, target, size);
    }

    /// Appends a reference to a label.
    fn push_label(&mut self, output: &Output, target: SymbolId, size: u8) {
        let Some(kind) = self.isa.data_fixup(size) else { return };
        let body = &mut self.bodies[output.body as usize];
        let offset = body.bytes.len() as u32;
        body.fixups.push(CodeFixup {
            offset,
            loc: Loc::NONE,
            target,
            subtract: None,
            addend: 0,
            kind,
            modifier: Modifier::NONE,
            is_jump: false,
            target_known: false,
            relaxable: false,
        });
        body.bytes.resize(offset as usize + usize::from(size), 0);
    }

    /// Appends a string: in place, or to `.debug_line_str`.
    fn push_string(&mut self, output: &Output, string: &str) {
        let Some(strings) = output.strings else {
            self.push(output, string.as_bytes());
            self.push(output, &[0]);
            return;
        };
        let body = &mut self.bodies[strings as usize];
        let position =
            Position { body: strings, offset: body.bytes.len() as u32, record: body.records.len() as u32 };
        body.bytes.extend_from_slice(string.as_bytes());
        body.bytes.push(0);
        self.push_address(output, position, 4);
    }

    /// Writes the header; returns where it starts. The unit's length is filled in later.
    fn write_header(&mut self, output: &Output, version: u8, tables: &FileTables) -> usize {
        let start = self.bodies[output.body as usize].bytes.len();
        self.push(output, &[0, 0, 0, 0, version, 0]);
        if version >= 5 {
            self.push(output, &[output.pointer_size, 0]);
        }
        let length_at = self.bodies[output.body as usize].bytes.len();
        self.push(output, &[0, 0, 0, 0, self.rules.line_unit]);
        if version >= 4 {
            self.push(output, &[1]);
        }
        self.push(output, &[1, LINE_BASE as u8, LINE_RANGE as u8, OPCODE_BASE]);
        self.push(output, &[0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1]);
        if version >= 5 {
            self.write_tables_5(output, tables);
        } else {
            for directory in &tables.directories[1..] {
                self.push_string(output, directory);
            }
            self.push(output, &[0]);
            for file in &tables.files {
                self.push_string(output, &file.name);
                let mut rest = Vec::new();
                leb::push_unsigned(&mut rest, u64::from(file.directory));
                rest.extend_from_slice(&[0, 0]);
                self.push(output, &rest);
            }
            self.push(output, &[0]);
        }
        let bytes = &mut self.bodies[output.body as usize].bytes;
        let length = (bytes.len() - length_at - 4) as u32;
        bytes[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
        start
    }

    fn write_tables_5(&mut self, output: &Output, tables: &FileTables) {
        let mut bytes = vec![1, 1, 0x1f];
        leb::push_unsigned(&mut bytes, tables.directories.len() as u64);
        self.push(output, &bytes);
        for directory in &tables.directories {
            self.push_string(output, directory);
        }
        let has_md5 = tables.files.iter().any(|file| file.md5.is_some());
        let mut bytes = vec![if has_md5 { 3 } else { 2 }, 1, 0x1f, 2, 0x0f];
        if has_md5 {
            bytes.extend_from_slice(&[5, 0x1e]);
        }
        leb::push_unsigned(&mut bytes, tables.files.len() as u64);
        self.push(output, &bytes);
        for file in &tables.files {
            self.push_string(output, &file.name);
            let mut bytes = Vec::new();
            leb::push_unsigned(&mut bytes, u64::from(file.directory));
            if has_md5 {
                // GNU as writes the number of the directive in the target's byte order.
                bytes.extend(file.md5.unwrap_or_default().iter().rev());
            }
            self.push(output, &bytes);
        }
    }

    fn write_sequence(&mut self, layout: &Layout, output: &Output, body: u32, entries: &[LineEntry]) {
        let mut row = LineRow { file: 1, line: 1, ..LineRow::statement(1, 1, 0) };
        let mut last: Option<Position> = None;
        let mut last_label = None;
        for entry in entries {
            let mut bytes = Vec::with_capacity(16);
            push_registers(&mut bytes, &row, &entry.row);
            self.push(output, &bytes);
            bytes.clear();
            let line_delta = i64::from(entry.row.line) - i64::from(row.line);
            if let (Some(relaxation), Some(label)) = (self.relaxation(), entry.label) {
                let from = last.map(|before| (before, last_label));
                self.write_linked_row(layout, output, (entry.position, label), from, line_delta, relaxation);
                last_label = Some(label);
                row = entry.row;
                last = Some(entry.position);
                continue;
            }
            match last {
                Some(before) if !self.restarts(body, before, entry) => {
                    let advance = layout.address(entry.position) - layout.address(before);
                    let advance = advance / u64::from(self.rules.line_unit);
                    push_advance(&mut bytes, line_delta, advance);
                }
                _ => {
                    self.push(output, &[0, output.pointer_size + 1, 2]);
                    self.push_address(output, entry.position, output.pointer_size);
                    push_advance(&mut bytes, line_delta, 0);
                }
            }
            self.push(output, &bytes);
            row = entry.row;
            last = Some(entry.position);
        }
        let Some(last) = last else { return };
        if let (Some(_), Some(from)) = (self.relaxation(), last_label) {
            return self.end_linked_sequence(output, body, from);
        }
        let advance = (self.body_size(layout, body) - layout.address(last)) / u64::from(self.rules.line_unit);
        let mut bytes = Vec::new();
        match advance {
            0 => {}
            MAX_SPECIAL_ADVANCE => bytes.push(8),
            _ => {
                bytes.push(2);
                leb::push_unsigned(&mut bytes, advance);
            }
        }
        bytes.extend_from_slice(&[0, 1, 1]);
        self.push(output, &bytes);
    }

    /// A row whose distance from the one before is the linker's (DWARF 5, 6.2.5.2, `DW_LNS_fixed_advance_pc`).
    fn write_linked_row(
        &mut self,
        layout: &Layout,
        output: &Output,
        (position, label): (Position, SymbolId),
        from: Option<(Position, Option<SymbolId>)>,
        line_delta: i64,
        relaxation: &'static lathe_isa::LinkerRelaxation,
    ) {
        let mut bytes = Vec::with_capacity(8);
        let near = from
            .filter(|(before, _)| layout.address(position) - layout.address(*before) <= MAX_FIXED_ADVANCE);
        if from.is_some() {
            bytes.push(3);
            leb::push_signed(&mut bytes, line_delta);
        }
        match near {
            Some((_, Some(before))) => {
                bytes.push(9);
                self.push(output, &bytes);
                self.push_distance(output, before, label, relaxation);
                self.push(output, &[1]);
            }
            _ => {
                bytes.extend_from_slice(&[0, output.pointer_size + 1, 2]);
                self.push(output, &bytes);
                self.push_label(output, label, output.pointer_size);
                bytes.clear();
                match from {
                    Some(_) => bytes.push(1),
                    None => push_advance(&mut bytes, line_delta, 0),
                }
                self.push(output, &bytes);
            }
        }
    }

    fn end_linked_sequence(&mut self, output: &Output, body: u32, from: SymbolId) {
        let contents = &self.bodies[body as usize];
        let position =
            Position { body, offset: contents.bytes.len() as u32, record: contents.records.len() as u32 };
        let (Some(end), Some(relaxation)) = (self.relaxation_label(position), self.relaxation()) else {
            return;
        };
        self.push(output, &[9]);
        self.push_distance(output, from, end, relaxation);
        self.push(output, &[0, 1, 1]);
    }

    /// Appends two bytes for a distance.
    fn push_distance(
        &mut self,
        output: &Output,
        from: SymbolId,
        to: SymbolId,
        relaxation: &lathe_isa::LinkerRelaxation,
    ) {
        let offset = self.bodies[output.body as usize].bytes.len() as u32;
        self.mark_distance(output.body, offset, (from, to), (relaxation.add[1], relaxation.subtract[1]));
        self.push(output, &[0, 0]);
    }

    /// Whether a row with `view -0` needs its address set, because it may stand at the address of the row before.
    fn restarts(&self, body: u32, before: Position, entry: &LineEntry) -> bool {
        if entry.row.view != LineView::ForceZero {
            return false;
        }
        let at = entry.position;
        if at.record == before.record {
            return at.offset == before.offset;
        }
        let records = &self.bodies[body as usize].records;
        let starts = records
            .get(at.record as usize - 1)
            .is_some_and(|record| record.offset + u32::from(record.raw_size) == at.offset);
        // The first byte of a jump still belongs to the fragment before it.
        let ends = records.get(before.record as usize).is_some_and(|record| {
            record.offset == before.offset && !matches!(record.kind, RecordKind::Jump { .. })
        });
        starts && ends
    }
}

impl FileTables {
    /// The number of a directory, which is added if it is new.
    fn directory(&mut self, directory: &str) -> u32 {
        let trimmed = match directory.trim_end_matches('/') {
            "" => directory,
            trimmed => trimmed,
        };
        let at = self.directories.iter().position(|known| known == trimmed);
        let at = at.unwrap_or_else(|| {
            self.directories.push(trimmed.to_owned());
            self.directories.len() - 1
        });
        at as u32
    }
}

/// Opcodes for everything but line and address.
fn push_registers(out: &mut Vec<u8>, before: &LineRow, row: &LineRow) {
    if before.file != row.file {
        out.push(4);
        leb::push_unsigned(out, u64::from(row.file));
    }
    if before.column != row.column {
        out.push(5);
        leb::push_unsigned(out, u64::from(row.column));
    }
    if row.discriminator != 0 {
        out.push(0);
        leb::push_unsigned(out, 1 + u64::from(leb::size_bytes(i64::from(row.discriminator), false)));
        out.push(4);
        leb::push_unsigned(out, u64::from(row.discriminator));
    }
    if before.isa != row.isa {
        out.push(12);
        leb::push_unsigned(out, u64::from(row.isa));
    }
    if before.flags.has(LineFlags::STATEMENT) != row.flags.has(LineFlags::STATEMENT) {
        out.push(6);
    }
    for (flag, opcode) in
        [(LineFlags::BASIC_BLOCK, 7), (LineFlags::PROLOGUE_END, 10), (LineFlags::EPILOGUE_BEGIN, 11)]
    {
        if row.flags.has(flag) {
            out.push(opcode);
        }
    }
}

/// Advances line and address and appends a row (GNU as's choice of opcodes).
fn push_advance(out: &mut Vec<u8>, line_delta: i64, advance: u64) {
    let mut line_delta = line_delta;
    let mut needs_copy = false;
    if !(0..LINE_RANGE as i64).contains(&(line_delta - LINE_BASE)) {
        out.push(3);
        leb::push_signed(out, line_delta);
        line_delta = 0;
        needs_copy = true;
    }
    if line_delta == 0 && advance == 0 {
        out.push(1);
        return;
    }
    let biased = (line_delta - LINE_BASE) as u64 + u64::from(OPCODE_BASE);
    if advance < 256 + MAX_SPECIAL_ADVANCE {
        let special = biased + advance * LINE_RANGE;
        if special <= 255 {
            out.push(special as u8);
            return;
        }
        let special = advance.checked_sub(MAX_SPECIAL_ADVANCE).map(|rest| biased + rest * LINE_RANGE);
        if let Some(special @ 0..=255) = special {
            out.extend_from_slice(&[8, special as u8]);
            return;
        }
    }
    out.push(2);
    leb::push_unsigned(out, advance);
    out.push(if needs_copy { 1 } else { biased as u8 });
}

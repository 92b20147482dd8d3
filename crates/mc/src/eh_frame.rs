//! `.eh_frame` from recorded frames, byte for byte as GNU as writes it (`dw2gencfi.c`, version 2.40).
//!
//! Format: LSB Core 5.0, 10.6.1 (`.eh_frame`); DWARF 5, 6.4.1 and 6.4.2. A CIE is shared by all later frames whose
//! parameters and first instructions are the same; instructions before the first advance belong to the CIE.

use crate::cfi::{CfiInstruction, Frame, FrameDefaults, OMIT, frame_defaults};
use crate::layout::Layout;
use crate::leb;
use crate::object::ObjectStreamer;
use crate::recorder::{CodeFixup, Definition, Position};
use crate::section::{SectionDefinition, SectionFlags, SectionType};
use crate::streamer::Streamer;
use lathe_diag::Loc;
use lathe_isa::{Modifier, SymbolId};

/// A CIE that was written.
struct Cie {
    offset: u32,
    /// `.debug_frame` refers to its CIEs from the start of the section, by a relocation.
    label: Option<SymbolId>,
    signal: bool,
    return_column: u16,
    personality: Option<(u8, SymbolId)>,
    lsda_encoding: u8,
    instructions: Vec<CfiInstruction>,
}

/// Where the section is put together.
struct Output {
    body: u32,
    start: u32,
    pointer_size: u8,
    /// Of the whole section; entries in between are aligned to 4 in `.eh_frame`.
    align_log2: u8,
    /// `.debug_frame` instead of `.eh_frame`.
    is_debug: bool,
    /// Label of the section's mapping symbol.
    mapping: Option<u32>,
}

impl ObjectStreamer {
    /// Complains about a function whose `.cfi_endproc` is missing.
    pub(crate) fn check_open_frame(&mut self) {
        let open = self.cfi.frames.iter().find(|frame| frame.end.is_none()).map(|frame| frame.loc);
        if let Some(loc) = open {
            self.error(loc, "open CFI at the end of file; missing .cfi_endproc directive");
        }
    }

    /// Appends all frames to `.eh_frame`.
    pub(crate) fn write_eh_frame(&mut self, layout: &Layout) {
        if self.cfi.frames.is_empty() || self.diagnostics.has_errors() {
            return;
        }
        if self.cfi.eh_frame {
            self.write_frames(layout, false);
        }
        if self.cfi.debug_frame {
            self.write_frames(layout, true);
        }
    }

    fn write_frames(&mut self, layout: &Layout, is_debug: bool) {
        let defaults = frame_defaults(self.isa.arch());
        let definition = match is_debug {
            false => SectionDefinition::constants(".eh_frame"),
            true => SectionDefinition::new(".debug_frame", SectionType::PROGBITS, SectionFlags::NONE),
        };
        let section = self.section(&definition, Loc::NONE);
        let body = self.body_of(section, 0);
        let mapping = self.data_mapping(body);
        match mapping {
            // A section with symbols is in the symbol table's order.
            Some(_) => self.mention_section(section),
            None => self.mention_generated_section(section),
        }
        let pointer_size = self.isa.arch().pointer_bytes() as u8;
        let align_log2 = if pointer_size == 8 { 3 } else { 2 };
        let contents = &mut self.bodies[body as usize];
        contents.align_log2 = contents.align_log2.max(align_log2);
        let start = contents.bytes.len() as u32;
        let output = Output { body, start, pointer_size, align_log2, is_debug, mapping };
        let frames = self.cfi.frames.clone();
        let mut cies: Vec<Cie> = Vec::new();
        for (at, frame) in frames.iter().enumerate() {
            let (cie, used) = match self.find_cie(&cies, frame) {
                Some(found) => found,
                None => {
                    let cie = self.write_cie(&output, frame, &defaults);
                    let used = cie.instructions.len();
                    cies.push(cie);
                    (cies.len() - 1, used)
                }
            };
            let align_log2 = if is_debug || at + 1 == frames.len() { align_log2 } else { 2 };
            self.write_fde(layout, &output, frame, (&cies[cie], used), &defaults, align_log2);
        }
    }

    fn bytes_of(&mut self, output: &Output) -> &mut Vec<u8> {
        &mut self.bodies[output.body as usize].bytes
    }

    /// The instructions that go into the CIE.
    fn initial_instructions(&self, frame: &Frame) -> Vec<CfiInstruction> {
        let entries = &self.cfi.entries[frame.first as usize..frame.last as usize];
        let ends = |instruction: &CfiInstruction| {
            matches!(
                instruction,
                CfiInstruction::RememberState | CfiInstruction::Escape(_) | CfiInstruction::Label(_)
            )
        };
        entries
            .iter()
            .take_while(|entry| {
                entry.position == frame.start && entry.label.is_none() && !ends(&entry.instruction)
            })
            .map(|entry| entry.instruction.clone())
            .collect()
    }

    fn find_cie(&self, cies: &[Cie], frame: &Frame) -> Option<(usize, usize)> {
        let initial = self.initial_instructions(frame);
        let lsda_encoding = frame.lsda.map_or(OMIT, |(encoding, _)| encoding);
        // The newest first, as GNU as keeps its list.
        let found = cies.iter().rposition(|cie| {
            cie.signal == frame.signal
                && cie.return_column == frame.return_column
                && cie.personality == frame.personality
                && cie.lsda_encoding == lsda_encoding
                && initial.starts_with(&cie.instructions)
        })?;
        Some((found, cies[found].instructions.len()))
    }

    fn write_cie(&mut self, output: &Output, frame: &Frame, defaults: &FrameDefaults) -> Cie {
        let instructions = self.initial_instructions(frame);
        let lsda_encoding = frame.lsda.map_or(OMIT, |(encoding, _)| encoding);
        let at = self.bytes_of(output).len();
        if output.is_debug {
            return self.write_debug_cie(output, frame, defaults, instructions);
        }
        let mut head = vec![0; 8];
        head.push(defaults.version);
        head.extend_from_slice(b"z");
        if frame.personality.is_some() {
            head.push(b'P');
        }
        if frame.lsda.is_some() {
            head.push(b'L');
        }
        head.push(b'R');
        if frame.signal {
            head.push(b'S');
        }
        head.push(0);
        leb::push_unsigned(&mut head, defaults.code_alignment);
        leb::push_signed(&mut head, defaults.data_alignment);
        head.push(frame.return_column as u8);
        let personality_size =
            frame.personality.map_or(0, |(encoding, _)| encoded_size(encoding, output.pointer_size));
        let augmentation = 1
            + u64::from(frame.lsda.is_some())
            + frame.personality.map_or(0, |_| 1 + u64::from(personality_size));
        leb::push_unsigned(&mut head, augmentation);
        self.bytes_of(output).extend_from_slice(&head);
        if let Some((encoding, symbol)) = frame.personality {
            self.bytes_of(output).push(encoding);
            self.write_pointer(output, encoding, symbol, frame.loc);
        }
        if frame.lsda.is_some() {
            self.bytes_of(output).push(lsda_encoding);
        }
        self.bytes_of(output).push(defaults.address_encoding);
        for instruction in &instructions {
            push_instruction(self.bytes_of(output), instruction, defaults);
        }
        self.close_entry(output, at, 2);
        Cie {
            offset: at as u32,
            label: None,
            signal: frame.signal,
            return_column: frame.return_column,
            personality: frame.personality,
            lsda_encoding,
            instructions,
        }
    }

    fn write_fde(
        &mut self,
        layout: &Layout,
        output: &Output,
        frame: &Frame,
        (cie, in_cie): (&Cie, usize),
        defaults: &FrameDefaults,
        align_log2: u8,
    ) {
        let at = self.bytes_of(output).len();
        let back = at as u32 + 4 - cie.offset;
        self.bytes_of(output).extend_from_slice(&[0; 4]);
        match cie.label {
            Some(label) => self.write_pointer(output, 0x03, label, frame.loc),
            None => self.bytes_of(output).extend_from_slice(&back.to_le_bytes()),
        }
        let encoding = if output.is_debug { 0 } else { defaults.address_encoding };
        let start = frame.labels.0.unwrap_or_else(|| self.label_at(frame.start));
        self.write_pointer(output, encoding, start, frame.loc);
        self.write_length(layout, output, frame, encoded_size(encoding, output.pointer_size));
        if output.is_debug {
            self.write_instructions(layout, output, frame, in_cie, defaults);
            return self.close_entry(output, at, align_log2);
        }
        let lsda_size = frame.lsda.map_or(0, |(encoding, _)| encoded_size(encoding, output.pointer_size));
        leb::push_unsigned(self.bytes_of(output), u64::from(lsda_size));
        if let Some((encoding, symbol)) = frame.lsda {
            self.write_pointer(output, encoding, symbol, frame.loc);
        }
        self.write_instructions(layout, output, frame, in_cie, defaults);
        self.close_entry(output, at, align_log2);
    }

    /// The CIE of `.debug_frame` (DWARF 5, 6.4.1).
    fn write_debug_cie(
        &mut self,
        output: &Output,
        frame: &Frame,
        defaults: &FrameDefaults,
        instructions: Vec<CfiInstruction>,
    ) -> Cie {
        let at = self.bytes_of(output).len();
        let record = self.bodies[output.body as usize].records.len() as u32;
        let position = Position { body: output.body, offset: at as u32, record };
        let label = match self.relaxation_label(position) {
            Some(label) => label,
            None => self.label_at(position),
        };
        let mut head = vec![0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, defaults.version, 0];
        leb::push_unsigned(&mut head, defaults.code_alignment);
        leb::push_signed(&mut head, defaults.data_alignment);
        leb::push_unsigned(&mut head, u64::from(frame.return_column));
        self.bytes_of(output).extend_from_slice(&head);
        for instruction in &instructions {
            push_instruction(self.bytes_of(output), instruction, defaults);
        }
        self.close_entry(output, at, output.align_log2);
        Cie {
            offset: at as u32,
            label: Some(label),
            signal: frame.signal,
            return_column: frame.return_column,
            personality: frame.personality,
            lsda_encoding: frame.lsda.map_or(OMIT, |(encoding, _)| encoding),
            instructions,
        }
    }

    /// The size of a function, in so many bytes.
    fn write_length(&mut self, layout: &Layout, output: &Output, frame: &Frame, size: u8) {
        let end = frame.end.unwrap_or(frame.start);
        let length = layout.address(end).wrapping_sub(layout.address(frame.start));
        let bytes = length.to_le_bytes();
        let (Some(start), Some(end), Some(kind)) =
            (frame.labels.0, frame.labels.1, self.isa.data_fixup(size))
        else {
            self.bytes_of(output).extend_from_slice(&bytes[..usize::from(size)]);
            return;
        };
        let body = &mut self.bodies[output.body as usize];
        body.fixups.push(CodeFixup {
            offset: body.bytes.len() as u32,
            loc: frame.loc,
            target: end,
            subtract: Some(start),
            addend: 0,
            kind,
            modifier: Modifier::NONE,
            is_jump: false,
            target_known: false,
            relaxable: false,
        });
        body.bytes.resize(body.bytes.len() + usize::from(size), 0);
    }

    /// Advances that the linker may change: the smallest form that holds the distance as it is now.
    fn write_advance(
        &mut self,
        output: &Output,
        places: (SymbolId, SymbolId),
        distance: u64,
        relaxation: &lathe_isa::LinkerRelaxation,
    ) {
        let at = self.bytes_of(output).len() as u32;
        let bytes = distance.to_le_bytes();
        let (set, subtract) = (relaxation.set, relaxation.subtract);
        let (opcode, size, numbers) = match distance {
            0..=0x3f => (0x40 | bytes[0], 0, (relaxation.set_six, relaxation.subtract_six)),
            0x40..=0xff => (2, 1, (set[0], subtract[0])),
            0x100..=0xffff => (3, 2, (set[1], subtract[1])),
            _ => (4, 4, (set[2], subtract[2])),
        };
        self.bytes_of(output).push(opcode);
        self.bytes_of(output).extend_from_slice(&bytes[..size]);
        self.mark_distance(output.body, at + u32::from(size > 0), places, numbers);
    }

    fn write_instructions(
        &mut self,
        layout: &Layout,
        output: &Output,
        frame: &Frame,
        in_cie: usize,
        defaults: &FrameDefaults,
    ) {
        let mut last = frame.start;
        let mut last_label = frame.labels.0;
        for index in frame.first as usize + in_cie..frame.last as usize {
            let entry = self.cfi.entries[index].clone();
            let delta = layout.address(entry.position).wrapping_sub(layout.address(last));
            match (self.relaxation(), last_label, entry.label) {
                (Some(relaxation), Some(from), Some(to))
                    if self.fragment_of(entry.position) != self.fragment_of(last) =>
                {
                    self.write_advance(output, (from, to), delta, relaxation);
                }
                _ => push_advance(self.bytes_of(output), delta / defaults.code_alignment),
            }
            last = entry.position;
            last_label = entry.label.or(last_label);
            if let CfiInstruction::Label(symbol) = entry.instruction {
                let offset = self.bytes_of(output).len() as u32;
                let position = Position { body: output.body, offset, record: 0 };
                self.define_generated(symbol, position, frame.loc);
            }
            push_instruction(self.bytes_of(output), &entry.instruction, defaults);
        }
    }

    fn define_generated(&mut self, symbol: SymbolId, position: Position, loc: Loc) {
        match crate::symbol::label_number(symbol) {
            Some(label) => {
                self.labels[label as usize] = crate::recorder::Definition::Place(position);
            }
            None => self.apply_event(crate::recorder::SymbolEvent::Define(symbol, position, loc)),
        }
    }

    /// Pads an entry with `DW_CFA_nop` and fills in its length.
    fn close_entry(&mut self, output: &Output, at: usize, align_log2: u8) {
        let start = output.start as usize;
        if let Some(label) = output.mapping.filter(|_| at == start) {
            // GNU as's mapping symbol stands where the first padding is.
            let offset = self.bytes_of(output).len() as u32;
            let position = Position { body: output.body, offset, record: 0 };
            self.labels[label as usize] = Definition::Place(position);
        }
        let bytes = self.bytes_of(output);
        let align = 1usize << align_log2;
        let end = start + (bytes.len() - start).div_ceil(align) * align;
        bytes.resize(end, 0);
        let length = (end - at - 4) as u32;
        bytes[at..at + 4].copy_from_slice(&length.to_le_bytes());
    }

    /// Appends the address of a symbol in an encoding (`DW_EH_PE_*`).
    fn write_pointer(&mut self, output: &Output, encoding: u8, symbol: SymbolId, loc: Loc) {
        let size = encoded_size(encoding, output.pointer_size);
        let Some(kind) = self.isa.data_fixup(size) else {
            self.error(loc, "invalid or unsupported encoding in .cfi_personality or .cfi_lsda");
            return;
        };
        let offset = self.bytes_of(output).len() as u32;
        let record = self.bodies[output.body as usize].records.len() as u32;
        // DW_EH_PE_pcrel: `symbol - .`
        let subtract =
            (encoding & 0x70 == 0x10).then(|| self.label_at(Position { body: output.body, offset, record }));
        let body = &mut self.bodies[output.body as usize];
        body.fixups.push(CodeFixup {
            offset,
            loc,
            target: symbol,
            subtract,
            addend: 0,
            kind,
            modifier: Modifier::NONE,
            is_jump: false,
            target_known: false,
            relaxable: false,
        });
        body.bytes.resize(offset as usize + usize::from(size), 0);
    }
}

/// Bytes of an encoded pointer.
fn encoded_size(encoding: u8, pointer_size: u8) -> u8 {
    match encoding & 7 {
        2 => 2,
        3 => 4,
        4 => 8,
        _ => pointer_size,
    }
}

fn push_advance(out: &mut Vec<u8>, delta: u64) {
    match delta {
        0 => {}
        1..=0x3f => out.push(0x40 | delta as u8),
        0x40..=0xff => out.extend_from_slice(&[0x02, delta as u8]),
        0x100..=0xffff => {
            out.push(0x03);
            out.extend_from_slice(&(delta as u16).to_le_bytes());
        }
        _ => {
            out.push(0x04);
            out.extend_from_slice(&(delta as u32).to_le_bytes());
        }
    }
}

/// DWARF 5, 7.24, table 7.29; the choice of forms is GNU as's.
fn push_instruction(out: &mut Vec<u8>, instruction: &CfiInstruction, defaults: &FrameDefaults) {
    use CfiInstruction as I;
    let factor = defaults.data_alignment;
    let op_register = |out: &mut Vec<u8>, op: u8, register: u16| {
        out.push(op);
        leb::push_unsigned(out, u64::from(register));
    };
    match instruction {
        I::DefineCfa(register, offset) if *offset < 0 => {
            op_register(out, 0x12, *register);
            leb::push_signed(out, offset / factor);
        }
        I::DefineCfa(register, offset) => {
            op_register(out, 0x0c, *register);
            leb::push_unsigned(out, *offset as u64);
        }
        I::DefineCfaRegister(register) => op_register(out, 0x0d, *register),
        I::DefineCfaOffset(offset) if *offset < 0 => {
            out.push(0x13);
            leb::push_signed(out, offset / factor);
        }
        I::DefineCfaOffset(offset) => {
            out.push(0x0e);
            leb::push_unsigned(out, *offset as u64);
        }
        I::Offset(register, offset) => {
            let scaled = offset / factor;
            if scaled < 0 {
                op_register(out, 0x11, *register);
                leb::push_signed(out, scaled);
            } else {
                match register {
                    0..=0x3f => out.push(0x80 | *register as u8),
                    _ => op_register(out, 0x05, *register),
                }
                leb::push_unsigned(out, scaled as u64);
            }
        }
        I::ValueOffset(register, offset) => {
            let scaled = offset / factor;
            op_register(out, if scaled < 0 { 0x15 } else { 0x14 }, *register);
            leb::push(out, scaled, scaled < 0);
        }
        I::Register(register, saved_in) => {
            op_register(out, 0x09, *register);
            leb::push_unsigned(out, u64::from(*saved_in));
        }
        I::Restore(register @ 0..=0x3f) => out.push(0xc0 | *register as u8),
        I::Restore(register) => op_register(out, 0x06, *register),
        I::Undefined(register) => op_register(out, 0x07, *register),
        I::SameValue(register) => op_register(out, 0x08, *register),
        I::RememberState => out.push(0x0a),
        I::RestoreState => out.push(0x0b),
        I::NegateReturnAddressState => out.push(0x2d),
        I::Escape(bytes) => out.extend_from_slice(bytes),
        I::Label(_) => {}
    }
}

//! From recorded machine code to the object: the order of the last steps.

use crate::object::ObjectStreamer;
use crate::recorder::{Body, Definition, Position};
use crate::relocate::Contents;
use crate::streamer::ModuleStreamer;
use lathe_isa::SymbolId;
use std::sync::Arc;

impl ModuleStreamer for ObjectStreamer {
    fn new_buffer(&self) -> crate::CodeBuffer {
        crate::CodeBuffer::object(self.isa, self.frozen_names())
    }

    fn append(&mut self, buffer: &mut crate::CodeBuffer) {
        match buffer.as_object() {
            Some(recording) => self.append_recording(recording),
            None => unreachable!("a text buffer appended to an object"),
        }
    }

    fn finish(&mut self) -> Option<Vec<u8>> {
        self.check_open_frame();
        self.merge_subsections();
        self.define_section_names();
        self.find_memory_breaks();
        let mut layout = self.lay_out();
        if self.number_views(&layout) {
            self.refine(&mut layout);
        }
        self.write_debug_line(&layout);
        self.write_eh_frame(&layout);
        self.write_attributes();
        self.merge_subsections();
        self.pad_code_sections(&mut layout);
        self.refine(&mut layout);
        if self.diagnostics.has_errors() {
            return None;
        }
        let contents: Vec<Contents> =
            (0..self.bodies.len() as u32).map(|body| self.relocate(&layout, body)).collect();
        let object = self.write(&layout, &contents);
        (!self.diagnostics.has_errors()).then_some(object)
    }
}

impl ObjectStreamer {
    /// The names that buffers start from.
    fn frozen_names(&self) -> Arc<crate::SymbolNames> {
        self.names.frozen().unwrap_or_default()
    }

    /// Makes one body of the subsections of each section.
    fn merge_subsections(&mut self) {
        if self.sections.iter().all(|section| section.bodies.len() < 2) {
            return;
        }
        let mut moved: Vec<Option<(u32, u32, u32)>> = vec![None; self.bodies.len()];
        for at in 0..self.sections.len() {
            let bodies = std::mem::take(&mut self.sections[at].bodies);
            let Some(((number, first), rest)) = bodies.split_first() else { continue };
            for (_, body) in rest {
                let section = self.bodies[*body as usize].section;
                let mut taken = std::mem::replace(&mut self.bodies[*body as usize], Body::new(section, 0));
                let (offset, record) =
                    self.bodies[*first as usize].append(&mut taken, &|symbol: SymbolId| symbol);
                moved[*body as usize] = Some((*first, offset, record));
            }
            self.sections[at].bodies = vec![(*number, *first)];
        }
        let place = |position: &mut Position| {
            if let Some((body, offset, record)) = moved[position.body as usize] {
                *position =
                    Position { body, offset: position.offset + offset, record: position.record + record };
            }
        };
        for definition in &mut self.labels {
            if let Definition::Place(position) = definition {
                place(position);
            }
        }
        for data in &mut self.module().data {
            if let Definition::Place(position) = &mut data.definition {
                place(position);
            }
        }
        for entry in &mut self.cfi.entries {
            place(&mut entry.position);
        }
        for frame in &mut self.cfi.frames {
            place(&mut frame.start);
            if let Some(end) = &mut frame.end {
                place(end);
            }
        }
        for entry in &mut self.lines {
            place(&mut entry.position);
        }
        if let Some((body, _, _)) = moved.get(self.current as usize).copied().flatten() {
            self.current = body;
        }
    }

    /// A label at a position, for fixups of generated sections.
    pub(crate) fn label_at(&mut self, position: Position) -> SymbolId {
        self.hidden_label(Definition::Place(position))
    }
}

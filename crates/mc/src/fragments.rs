//! GNU as's fragments: between which places of a section it knows distances although the linker changes code.
//!
//! In: a body whose linker changes code. Out: a number for the fragment of each place ([`ObjectStreamer::fragment_of`]). Two
//! places of one fragment have a constant distance in `.eh_frame`; others a pair of relocations.
//!
//! A fragment ends after what may change (branches, padding, instructions that the linker may delete), but also where the memory
//! that GNU as keeps it in ends: a fragment and its header (120 bytes) lie in chunks of 4064 bytes of an obstack. The
//! constants and the order of requests were measured with GNU as 2.40 for 64-bit hosts. Objects that differ here would be
//! as good; they are equal so that they can be compared.

use crate::directive::{Alignment, PaddingFill};
use crate::object::ObjectStreamer;
use crate::recorder::{Body, Mark, Position, RecordKind};
use lathe_isa::{Isa, LinkerRelaxation};

/// Bytes of a fragment's header, of a chunk, and of the chunk's own header.
const HEADER: u32 = 120;
const CHUNK: u32 = 4064;
const CHUNK_HEADER: u32 = 16;

/// The memory of one section's fragments.
struct Memory {
    /// Next free byte of the chunk.
    at: u32,
    /// Bytes of the chunk.
    size: u32,
    /// Bytes of the next chunk.
    chunk: u32,
}

impl Memory {
    fn new() -> Memory {
        Memory { at: HEADER, size: CHUNK - CHUNK_HEADER, chunk: CHUNK }
    }

    /// Ends the fragment and starts one.
    fn end(&mut self) {
        self.at = self.at.next_multiple_of(8).min(self.size);
        if self.size - self.at < HEADER {
            self.at = 0;
            self.size = self.chunk - CHUNK_HEADER;
        }
        self.at += HEADER;
    }

    /// Makes room; whether that started another fragment.
    fn reserve(&mut self, bytes: u32) -> bool {
        if self.size - self.at >= bytes {
            return false;
        }
        self.chunk = self.chunk.max(2 * bytes + HEADER);
        while self.size - self.at < bytes {
            self.end();
        }
        true
    }
}

/// Where fragments end that do not end by themselves.
#[derive(Default)]
struct Breaks {
    /// Before an instruction, for want of memory.
    memory: Vec<u32>,
    /// After an instruction with a constant upper part.
    upper: Vec<u32>,
}

/// Walks over the instructions of a body.
fn walk(body: &Body, isa: &dyn Isa, relaxation: &LinkerRelaxation) -> Breaks {
    let mut found = Breaks::default();
    let mut memory = Memory::new();
    let (mut at, end) = (0u32, body.bytes.len() as u32);
    let mut records = body.records.iter().peekable();
    let mut breaks = body.breaks.iter().copied().peekable();
    let mut fixups = body.fixups.iter().peekable();
    let is_padding = |mark: &&Mark| mark.symbol.is_none() && mark.number == relaxation.align;
    let mut paddings = body.marks.iter().filter(is_padding).peekable();
    while at < end || records.peek().is_some() {
        if let Some(record) = records.next_if(|record| record.offset <= at) {
            let size = match record.kind {
                RecordKind::Jump { .. } => 8,
                RecordKind::Align(Alignment { fill: PaddingFill::Default, .. }, _) => 7,
                RecordKind::Fill(index) => u32::from(body.fills[index as usize].size_bytes),
                RecordKind::Align(..) | RecordKind::Origin(_) | RecordKind::Leb(_) => 1,
            };
            if memory.reserve(size) {
                found.memory.push(at);
            }
            memory.at += size;
            memory.end();
            at += u32::from(record.raw_size);
            continue;
        }
        while fixups.next_if(|fixup| fixup.offset < at).is_some() {}
        let fixup = fixups.peek().filter(|fixup| fixup.offset == at);
        let first = body.bytes[at as usize];
        let length = if first & 3 == 3 { 4 } else { 2 };
        let size = match (paddings.next_if(|mark| mark.offset == at), fixup) {
            (Some(mark), _) => mark.addend as u32,
            // A call of two words is asked for as a whole.
            (None, Some(fixup)) => length.max(u32::from(isa.fixups()[usize::from(fixup.kind.0)].size_bytes)),
            (None, None) => length,
        };
        if memory.reserve(size) {
            found.memory.push(at);
        }
        let limit = records.peek().map_or(end, |record| record.offset);
        let used = size.min(limit.saturating_sub(at)).max(1);
        memory.at += used;
        at += used;
        let (mask, values) = relaxation.upper_parts;
        let is_upper = fixup.is_none() && length == 4 && size == 4 && values.contains(&(first & mask));
        while breaks.next_if(|place| *place < at).is_some() {}
        if is_upper {
            found.upper.push(at);
        }
        if is_upper || breaks.peek() == Some(&at) {
            memory.end();
        }
    }
    found
}

impl ObjectStreamer {
    /// Finds the ends of memory in all sections with code.
    pub(crate) fn find_memory_breaks(&mut self) {
        let Some(relaxation) = self.rules.relaxation else { return };
        if self.cfi.frames.is_empty() {
            return;
        }
        for body in &mut self.bodies {
            let definition = &self.sections[body.section.0 as usize].definition;
            if definition.is_code() && !definition.is_zeros() {
                let found = walk(body, self.isa, relaxation);
                body.memory_breaks = found.memory;
                if !found.upper.is_empty() {
                    body.breaks.extend(found.upper);
                    body.breaks.sort_unstable();
                }
            }
        }
    }

    /// The number of the fragment that a place is in.
    pub(crate) fn fragment_of(&self, position: Position) -> usize {
        let body = &self.bodies[position.body as usize];
        // A place is before the instruction for which there was no memory left.
        position.record as usize
            + body.breaks.partition_point(|at| *at <= position.offset)
            + body.memory_breaks.partition_point(|at| *at < position.offset)
    }
}

//! GNU as's fragments: between which places of a section it knows distances although the linker changes code.
//!
//! In: a body whose linker changes code. Out: a number for the fragment of each place ([`ObjectStreamer::fragment_of`]). Two
//! places of one fragment have a constant distance in `.eh_frame`; others a pair of relocations.
//!
//! A fragment ends after what may change (branches, padding, instructions that the linker may delete), but also where the memory
//! that GNU as keeps it in ends: a fragment and its header (120 bytes) lie in chunks of 4064 bytes of an obstack. The
//! constants and the order of requests were measured with GNU as 2.40 for 64-bit hosts. Objects that differ here would be
//! as good; they are equal so that they can be compared.

use crate::object::ObjectStreamer;
use crate::recorder::{Body, Position, RecordKind};

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

/// Where the memory of fragments ends, before the instruction at the place.
fn memory_breaks(body: &Body, align: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let mut memory = Memory::new();
    let (mut at, end) = (0u32, body.bytes.len() as u32);
    let mut records = body.records.iter().peekable();
    let mut breaks = body.breaks.iter().copied().peekable();
    let mut paddings =
        body.marks.iter().filter(|mark| mark.symbol.is_none() && mark.number == align).peekable();
    while at < end || records.peek().is_some() {
        if let Some(record) = records.next_if(|record| record.offset <= at) {
            let (room, used) = match record.kind {
                RecordKind::Jump { .. } => (8, 8),
                _ => (8, 1),
            };
            if memory.reserve(room) {
                found.push(at);
            }
            memory.at += used;
            memory.end();
            at += u32::from(record.raw_size);
            continue;
        }
        let limit = records.peek().map_or(end, |record| record.offset);
        let length = |at: u32| match body.bytes.get(at as usize).map(|byte| byte & 3) {
            Some(3) => 4,
            _ => 2,
        };
        while breaks.next_if(|place| *place <= at).is_some() {}
        let next_break = breaks.peek().copied();
        let is_auipc = body.bytes[at as usize] & 0x7f == 0x17;
        let (room, used) = match paddings.next_if(|mark| mark.offset == at) {
            Some(mark) => (mark.addend as u32, mark.addend as u32),
            None if is_auipc && next_break == Some(at + 8) => (8, 8),
            None => (length(at), length(at)),
        };
        if memory.reserve(room) {
            found.push(at);
        }
        let used = used.min(limit - at).max(1);
        memory.at += used;
        at += used;
        if next_break == Some(at) {
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
            let is_code = self.sections[body.section.0 as usize].definition.is_code();
            if is_code && !self.sections[body.section.0 as usize].definition.is_zeros() {
                body.memory_breaks = memory_breaks(body, relaxation.align);
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

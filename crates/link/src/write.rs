//! Writing the image.
//!
//! In: layout, addresses, tables. Out: the bytes of the file. Input sections are copied and relocated on all threads,
//! each into its own part of the buffer, so that the result does not depend on their number.

use crate::addresses::Addresses;
use crate::arch::{PltEntry, PltHeader};
use crate::constants as elf;
use crate::dynamic::{DynamicTables, DynamicValue};
use crate::elf::Class;
use crate::frames::{Frames, Record, record_bytes};
use crate::layout::Segment;
use crate::output::{Content, Kind};
use crate::scan::DynamicRelocation;
use crate::symbol_output::{SymbolOutput, put_symbol, section_and_value, symbol_table};
use crate::symbols::need;
use crate::synthesize::GotEntry;
use crate::{LinkError, Messages};
use lathe_isa::relocation::Expression;
use std::sync::Mutex;

/// What the writer needs beside the addresses.
pub(crate) struct Contents<'c, 'a> {
    pub frames: &'c Frames,
    pub dynamic: &'c DynamicTables<'a>,
    pub symbols: &'c SymbolOutput,
    pub interpreter: &'c str,
    pub section_names: &'c [u8],
    pub section_name_offsets: &'c [u32],
    pub property: &'c [u8],
    pub attributes: &'c [u8],
    pub build_id_size: usize,
    pub entry: u64,
    pub gnu_abi: bool,
}

/// One input part and its bytes in the buffer.
struct Job<'b> {
    file: u32,
    section: u32,
    address: u64,
    data: &'b mut [u8],
}

/// Buffers up to this are simply allocated.
const UNCHECKED: usize = 1 << 30;

/// Buffers below this are filled on one thread.
const PARALLEL: usize = 1 << 20;

/// Makes the file's bytes.
pub(crate) fn write(
    addresses: &Addresses<'_, '_>,
    contents: &Contents<'_, '_>,
    messages: &mut Messages,
) -> Vec<u8> {
    let size = addresses.layout.file_size as usize;
    // A damaged input may ask for more than there is; the allocator is asked before it would abort.
    if size > UNCHECKED && Vec::<u8>::new().try_reserve_exact(size).is_err() {
        messages.error(LinkError::General { what: format!("no memory for an output of {size} bytes") });
        return Vec::new();
    }
    let mut image = vec![0u8; size];
    inputs(addresses, &mut image, messages);
    merged(addresses, &mut image);
    if addresses.link.patches_erratum() {
        crate::erratum::apply(addresses, &mut image, messages);
    }
    synthetic(addresses, contents, &mut image, messages);
    let tables = addresses.tables;
    if !addresses.arch().rela {
        implicit_addends(addresses, tables.relocations.iter().chain(&tables.plt_relocations), &mut image);
    }
    implicit_addends(addresses, tables.packed.relocations.iter(), &mut image);
    headers(addresses, contents, &mut image);
    for &(offset, width, value) in &addresses.layout.patches {
        let place = image.get_mut(offset as usize..).unwrap_or_default();
        copy(place, &value.to_le_bytes()[..usize::from(width)]);
    }
    image
}

fn inputs(addresses: &Addresses<'_, '_>, image: &mut [u8], messages: &mut Messages) {
    let layout = addresses.layout;
    let mut order: Vec<usize> =
        (0..layout.sections.len()).filter(|&at| !layout.sections[at].has_no_bits()).collect();
    order.sort_by_key(|&at| layout.sections[at].file_offset);
    let mut jobs: Vec<Job<'_>> = Vec::new();
    let (mut rest, mut at) = (image, 0u64);
    for index in order {
        let output = &layout.sections[index];
        for part in &output.parts {
            let start = output.file_offset + part.offset;
            let (gap, tail) = std::mem::take(&mut rest).split_at_mut((start - at) as usize);
            if output.is_code() && part.offset != 0 {
                let padding = gap.len().min(part.align as usize);
                let begin = gap.len() - padding.min(part.offset as usize);
                (addresses.arch().fill_code)(&mut gap[begin..]);
            }
            let (data, tail) = tail.split_at_mut(part.size as usize);
            rest = tail;
            at = start + part.size;
            match part.content {
                Content::Input { file, section } => {
                    jobs.push(Job { file, section, address: output.address + part.offset, data });
                }
                Content::Thunks(group) => thunk_group(addresses, group, data, messages),
                Content::Merged(_) | Content::Patches => {}
            }
        }
    }
    let bytes: usize = jobs.iter().map(|job| job.data.len()).sum();
    let wanted = match addresses.link.options.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    if wanted <= 1 || bytes < PARALLEL {
        for mut job in jobs {
            run(addresses, &mut job, messages);
        }
        return;
    }
    let chunk = jobs.len().div_ceil(wanted * 8).max(1);
    let count = jobs.len().div_ceil(chunk);
    let queue = Mutex::new(jobs.chunks_mut(chunk).enumerate());
    let results = Mutex::new(Vec::with_capacity(count));
    std::thread::scope(|scope| {
        for _ in 0..wanted {
            scope.spawn(|| {
                loop {
                    let Some((at, chunk)) = queue.lock().ok().and_then(|mut queue| queue.next()) else {
                        return;
                    };
                    let mut own = Messages::new();
                    for job in chunk {
                        run(addresses, job, &mut own);
                    }
                    if let Ok(mut results) = results.lock() {
                        results.push((at, own));
                    }
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().for_each(|(_, own)| messages.append(own));
}

fn thunk_group(addresses: &Addresses<'_, '_>, group: u32, data: &mut [u8], messages: &mut Messages) {
    let link = addresses.link;
    let Some(row) = link.arch.adjustment.thunks() else { return };
    if let Err(id) = link.thunks.write(addresses, group, row, data) {
        let what = format!("`{}' is too far away even for a thunk", link.symbol_name(id));
        messages.error(LinkError::General { what });
    }
}

fn run(addresses: &Addresses<'_, '_>, job: &mut Job<'_>, messages: &mut Messages) {
    let input = &addresses.link.objects[job.file as usize].sections[job.section as usize];
    if input.kind == elf::SHT_NOBITS || input.data.len() != job.data.len() {
        return;
    }
    job.data.copy_from_slice(&input.data);
    if input.reversed {
        let word = addresses.arch().class.word() as usize;
        for (to, from) in job.data.chunks_exact_mut(word).zip(input.data.chunks_exact(word).rev()) {
            to.copy_from_slice(from);
        }
    }
    crate::relocate::section(addresses, job.file, job.section, job.address, job.data, messages);
}

fn merged(addresses: &Addresses<'_, '_>, image: &mut [u8]) {
    for merged in &addresses.merging.merged {
        let output = &addresses.layout.sections[merged.output as usize];
        let base = (output.file_offset + merged.offset) as usize;
        for piece in &merged.pieces {
            let data = &addresses.link.objects[piece.file as usize].sections[piece.section as usize].data;
            let bytes = &data[piece.start as usize..(piece.start + piece.length) as usize];
            let at = base + piece.offset as usize;
            image[at..at + bytes.len()].copy_from_slice(bytes);
        }
    }
}

fn put_word(class: Class, out: &mut [u8], at: usize, value: u64) {
    let width = class.word() as usize;
    if let Some(field) = out.get_mut(at..at + width) {
        field.copy_from_slice(&value.to_le_bytes()[..width]);
    }
}

fn synthetic(addresses: &Addresses<'_, '_>, c: &Contents<'_, '_>, image: &mut [u8], messages: &mut Messages) {
    let mut table = Vec::new();
    if let Some(section) = addresses.layout.of(Kind::Frames) {
        let range = section.file_offset as usize..(section.file_offset + section.size) as usize;
        table = frames(addresses, c.frames, section.address, &mut image[range], messages);
    }
    for section in &addresses.layout.sections {
        let Some(kind) = section.synthetic else { continue };
        let start = section.file_offset as usize;
        let out = &mut image[start..start + section.size as usize];
        match kind {
            Kind::Interpreter => copy(out, &[c.interpreter.as_bytes(), &[0]].concat()),
            Kind::Property => copy(out, c.property),
            Kind::Attributes => copy(out, c.attributes),
            Kind::BuildId => copy(out, &note_header(c.build_id_size)),
            Kind::GnuHash => copy(out, &c.dynamic.gnu_hash),
            Kind::Hash => copy(out, &c.dynamic.hash),
            Kind::DynamicSymbols => copy(out, &dynamic_symbols(addresses, c.dynamic)),
            Kind::DynamicStrings => copy(out, &c.dynamic.strings.bytes),
            Kind::VersionSymbols => {
                let bytes: Vec<u8> = c.dynamic.version_symbols.iter().flat_map(|v| v.to_le_bytes()).collect();
                copy(out, &bytes);
            }
            Kind::VersionDefinitions => copy(out, &c.dynamic.version_definitions),
            Kind::VersionNeeds => copy(out, &c.dynamic.version_needs),
            Kind::Relocations => copy(out, &relocations(addresses, &addresses.tables.relocations, true)),
            Kind::PackedRelocations => copy(out, &addresses.tables.packed.bytes(addresses)),
            Kind::PltRelocations => {
                copy(out, &relocations(addresses, &addresses.tables.plt_relocations, false));
            }
            Kind::Plt => plt(addresses, out),
            Kind::FrameHeader => frame_header(addresses, section.address, &mut table, out),
            Kind::Frames => {}
            Kind::Dynamic => dynamic_entries(addresses, c.dynamic, out),
            Kind::Got => got(addresses, out),
            Kind::GotPlt => got_plt(addresses, out),
            Kind::Symbols => copy(out, &symbol_table(addresses, c.symbols)),
            Kind::Strings => copy(out, &c.symbols.strings),
            Kind::SectionNames => copy(out, c.section_names),
        }
    }
}

fn copy(out: &mut [u8], bytes: &[u8]) {
    let length = out.len().min(bytes.len());
    out[..length].copy_from_slice(&bytes[..length]);
}

fn note_header(size: usize) -> Vec<u8> {
    let mut note = Vec::new();
    for value in [4u32, size as u32, 3] {
        note.extend_from_slice(&value.to_le_bytes());
    }
    note.extend_from_slice(b"GNU\0");
    note
}

fn relocations(addresses: &Addresses<'_, '_>, list: &[DynamicRelocation], sort: bool) -> Vec<u8> {
    let arch = addresses.arch();
    let mut entries: Vec<(u64, u32, u32, i64)> = list.iter().map(|r| addresses.dynamic(r)).collect();
    if sort {
        // Relative ones first (DT_RELACOUNT), copies and the like by symbol for ld.so's lookup cache.
        entries.sort_by_key(|&(place, symbol, kind, _)| (kind != arch.dynamic.relative, symbol, place));
    }
    let mut out = Vec::with_capacity(entries.len() * arch.class.relocation(arch.rela));
    for (place, symbol, kind, addend) in entries {
        match arch.class {
            Class::Elf64 => {
                out.extend_from_slice(&place.to_le_bytes());
                out.extend_from_slice(&(u64::from(symbol) << 32 | u64::from(kind)).to_le_bytes());
                out.extend_from_slice(&addend.to_le_bytes());
            }
            Class::Elf32 => {
                out.extend_from_slice(&(place as u32).to_le_bytes());
                out.extend_from_slice(&(symbol << 8 | kind).to_le_bytes());
                if arch.rela {
                    out.extend_from_slice(&(addend as u32).to_le_bytes());
                }
            }
        }
    }
    out
}

/// Puts the addends of dynamic relocations where REL and RELR have them: into the places.
fn implicit_addends<'r>(
    addresses: &Addresses<'_, '_>,
    relocations: impl Iterator<Item = &'r DynamicRelocation>,
    image: &mut [u8],
) {
    let class = addresses.arch().class;
    let types = addresses.arch().dynamic;
    for relocation in relocations {
        let (place, _, kind, addend) = addresses.dynamic(relocation);
        if [types.jump_slot, types.copy, types.glob_dat, types.tls_module].contains(&kind) {
            continue;
        }
        // Of a descriptor the second word is the argument.
        let place = if kind == types.tls_descriptor { place + class.word() } else { place };
        if let Some(at) = addresses.layout.file_offset(place) {
            put_word(class, image, at as usize, addend as u64);
        }
    }
}

fn plt(addresses: &Addresses<'_, '_>, out: &mut [u8]) {
    let arch = addresses.arch();
    let tables = addresses.tables;
    let header = addresses.plt_entries - addresses.plt;
    let position_independent = addresses.link.is_position_independent();
    if header != 0 {
        let (address, got_plt) = (addresses.plt, addresses.got_plt);
        (arch.write_plt_header)(out, PltHeader { address, got_plt, position_independent });
    }
    let lazy = tables.plt.len();
    for index in 0..lazy + tables.iplt.len() {
        let out = &mut out[(addresses.plt_entry(index as u32) - addresses.plt) as usize..];
        let word = tables.got_plt_word(addresses.link, index as u32);
        let entry = PltEntry {
            address: addresses.plt_entry(index as u32),
            slot: addresses.got_plt_word(word),
            header: addresses.plt,
            index: index as u32,
            got_plt: addresses.got_plt,
            position_independent,
        };
        if index < lazy {
            (arch.write_plt_entry)(out, entry);
        } else {
            (arch.write_iplt_entry)(out, entry);
        }
    }
}

fn got(addresses: &Addresses<'_, '_>, out: &mut [u8]) {
    let link = addresses.link;
    let class = link.arch.class;
    let word = class.word() as usize;
    if link.arch.got_reserved != 0 {
        put_word(class, out, 0, addresses.layout.address_of(Kind::Dynamic));
    }
    for &(index, entry) in &addresses.tables.got {
        let at = index as usize * word;
        let fixed = |id| !link.is_preemptible(&link.symbols[id]);
        match entry {
            GotEntry::Address(id) if fixed(id) => {
                let symbol = &link.symbols[id];
                let resolved = symbol.is_indirect_function() && symbol.needs & need::CANONICAL_PLT == 0;
                if !resolved {
                    put_word(class, out, at, addresses.symbol(id, 0));
                }
            }
            GotEntry::Module if !link.is_shared() => put_word(class, out, at, 1),
            GotEntry::TlsGeneral(id) if fixed(id) => {
                if !link.is_shared() {
                    put_word(class, out, at, 1);
                }
                let offset = addresses.tls_module_offset(id, 0) as u64;
                put_word(class, out, at + word, offset.wrapping_sub(link.arch.tls_module_bias));
            }
            GotEntry::TlsOffset(id) if fixed(id) && !link.is_shared() => {
                put_word(class, out, at, addresses.tls_offset(id, 0) as u64);
            }
            _ => {}
        }
    }
}

fn got_plt(addresses: &Addresses<'_, '_>, out: &mut [u8]) {
    let arch = addresses.arch();
    let word = arch.class.word() as usize;
    let first = arch.got_plt_first.unwrap_or_else(|| addresses.layout.address_of(Kind::Dynamic));
    put_word(arch.class, out, 0, first);
    for index in 0..addresses.tables.plt.len() as u32 {
        let at = addresses.tables.got_plt_word(addresses.link, index) as usize * word;
        put_word(arch.class, out, at, (arch.lazy_slot)(addresses.plt_entry(index), addresses.plt));
    }
}

fn dynamic_symbols(addresses: &Addresses<'_, '_>, dynamic: &DynamicTables<'_>) -> Vec<u8> {
    let link = addresses.link;
    let class = link.arch.class;
    let mut out = Vec::with_capacity((dynamic.symbols.len() + 1) * class.symbol());
    put_symbol(class, &mut out, (0, 0, 0), 0, 0, 0);
    for (&id, &name) in dynamic.symbols.iter().zip(&dynamic.name_offsets) {
        let symbol = &link.symbols[id];
        let (section, value) = section_and_value(addresses, id, true);
        let weak = symbol.is_undefined_weak()
            || (symbol.is_shared() && !symbol.has(crate::symbols::flag::STRONG_REFERENCE));
        let binding = if weak { elf::STB_WEAK } else { symbol.binding };
        let binding = if symbol.is_shared() && !weak { elf::STB_GLOBAL } else { binding };
        let canonical = symbol.needs & need::CANONICAL_PLT != 0;
        let kind = match symbol.kind {
            elf::STT_GNU_IFUNC if canonical || symbol.is_shared() => elf::STT_FUNC,
            kind => kind,
        };
        let size = if section == elf::SHN_UNDEF { 0 } else { symbol.size };
        put_symbol(class, &mut out, (name, binding << 4 | kind, symbol.other()), section, value, size);
    }
    out
}

fn dynamic_entries(addresses: &Addresses<'_, '_>, dynamic: &DynamicTables<'_>, out: &mut [u8]) {
    let class = addresses.arch().class;
    let word = class.word() as usize;
    let layout = addresses.layout;
    let mut at = 0;
    for &(tag, value) in &dynamic.entries {
        let value = match value {
            DynamicValue::Constant(value) => value,
            DynamicValue::Address(kind) => layout.address_of(kind),
            DynamicValue::Size(kind) => layout.of(kind).map_or(0, |section| section.size),
            DynamicValue::Symbol(id) => addresses.symbol(id, 0),
            DynamicValue::SectionAddress(name) | DynamicValue::SectionSize(name) => {
                let Some(section) = layout.named(name) else { continue };
                let address = matches!(value, DynamicValue::SectionAddress(_));
                if address { section.address } else { section.size }
            }
        };
        put_word(class, out, at, tag);
        put_word(class, out, at + word, value);
        at += 2 * word;
    }
}

/// Writes `.eh_frame`; the rows of the search table.
fn frames(
    addresses: &Addresses<'_, '_>,
    frames: &Frames,
    address: u64,
    out: &mut [u8],
    messages: &mut Messages,
) -> Vec<(u64, u64)> {
    let class = addresses.arch().class;
    for cie in frames.cies.iter().filter(|cie| cie.used) {
        frame_record(addresses, frames, &cie.record, address, out, messages);
    }
    let mut table = Vec::new();
    for description in frames.descriptions.iter().filter(|description| description.live) {
        let record = &description.record;
        frame_record(addresses, frames, record, address, out, messages);
        let at = record.output as usize;
        let first = &frames.cies[description.cie as usize];
        let cie = &frames.cies[first.same_as as usize];
        let distance = record.output + 4 - cie.record.output;
        out[at + 4..at + 8].copy_from_slice(&distance.to_le_bytes());
        if let Some(start) =
            initial_location(class, &out[at + 8..], address + u64::from(record.output) + 8, cie.encoding)
        {
            table.push((start, address + u64::from(record.output)));
        }
    }
    table
}

fn frame_record(
    addresses: &Addresses<'_, '_>,
    frames: &Frames,
    record: &Record,
    address: u64,
    out: &mut [u8],
    messages: &mut Messages,
) {
    let link = addresses.link;
    let object = &link.objects[record.file as usize];
    let bytes = record_bytes(&object.sections[record.section as usize].data, record);
    let at = record.output as usize;
    out[at..at + bytes.len()].copy_from_slice(bytes);
    for index in record.relocations.clone() {
        let relocation = &frames.relocations[index as usize];
        let Some(row) = (link.arch.relocation)(relocation.kind) else { continue };
        let Some(&id) = object.symbol_ids.get(relocation.symbol as usize) else { continue };
        let inside = (relocation.offset - u64::from(record.offset)) as usize;
        let width = usize::from(row.size_bytes);
        if !matches!(row.expression, Expression::Symbol | Expression::Term | Expression::Plt)
            || inside + width > bytes.len()
        {
            if row.expression != Expression::Nothing {
                let site = link.site(record.file, record.section, relocation.offset);
                let what = format!("unexpected relocation {} in .eh_frame", row.name);
                messages.error(LinkError::Relocation { site, what });
            }
            continue;
        }
        let place = address + u64::from(record.output) + inside as u64;
        let value = addresses.symbol(id, relocation.addend) as i64;
        let value = crate::relocate::relative_value(addresses, row, value, place);
        if row.store(&mut out[at + inside..at + bytes.len()], value).is_err() {
            let site = link.site(record.file, record.section, relocation.offset);
            let (relocation, symbol) = (row.name.into(), link.symbols[id].display());
            messages.error(LinkError::Truncated { site, relocation, symbol });
        }
    }
}

/// The first address that an FDE covers.
fn initial_location(class: Class, data: &[u8], place: u64, encoding: u8) -> Option<u64> {
    let four = || crate::elf::u32_at(data, 0);
    let value = match encoding & 0xf {
        0x0 => crate::elf::word_at(class, data, 0)?,
        0x4 | 0xc => crate::elf::u64_at(data, 0)?,
        0x3 => u64::from(four()?),
        0xb => i64::from(four()? as i32) as u64,
        _ => return None,
    };
    match encoding & 0x70 {
        0x00 => Some(value),
        0x10 => Some(place.wrapping_add(value)),
        _ => None,
    }
    .map(|address| if class == Class::Elf32 { address & 0xffff_ffff } else { address })
}

fn frame_header(addresses: &Addresses<'_, '_>, address: u64, table: &mut Vec<(u64, u64)>, out: &mut [u8]) {
    table.sort_unstable();
    table.dedup_by_key(|row| row.0);
    let mut bytes = vec![1u8, 0x1b, 0x03, 0x3b];
    let frames = addresses.layout.address_of(Kind::Frames);
    bytes.extend_from_slice(&(frames.wrapping_sub(address + 4) as u32).to_le_bytes());
    bytes.extend_from_slice(&(table.len() as u32).to_le_bytes());
    for (start, record) in table {
        bytes.extend_from_slice(&(start.wrapping_sub(address) as u32).to_le_bytes());
        bytes.extend_from_slice(&(record.wrapping_sub(address) as u32).to_le_bytes());
    }
    copy(out, &bytes);
}

/// A growing header.
struct Fields {
    class: Class,
    bytes: Vec<u8>,
}

impl Fields {
    fn half(&mut self, value: u16) -> &mut Self {
        self.bytes.extend_from_slice(&value.to_le_bytes());
        self
    }
    fn int(&mut self, value: u32) -> &mut Self {
        self.bytes.extend_from_slice(&value.to_le_bytes());
        self
    }
    fn word(&mut self, value: u64) -> &mut Self {
        self.bytes.extend_from_slice(&value.to_le_bytes()[..self.class.word() as usize]);
        self
    }
}

fn headers(addresses: &Addresses<'_, '_>, c: &Contents<'_, '_>, image: &mut [u8]) {
    let layout = addresses.layout;
    let link = addresses.link;
    let class = link.arch.class;
    let kind = if link.is_position_independent() { elf::ET_DYN } else { elf::ET_EXEC };
    let names = layout.of(Kind::SectionNames).map_or(0, |section| section.index);
    let program_headers = layout.segments.len() as u16;
    let flags = link.flags;
    let mut f = Fields { class, bytes: b"\x7fELF".to_vec() };
    let class_byte = if class == Class::Elf64 { 2 } else { 1 };
    f.bytes.extend_from_slice(&[class_byte, 1, 1, if c.gnu_abi { 3 } else { 0 }, 0, 0, 0, 0, 0, 0, 0, 0]);
    f.half(kind)
        .half(link.arch.machine)
        .int(1)
        .word(c.entry)
        .word(class.file_header())
        .word(layout.section_headers);
    f.int(flags).half(class.file_header() as u16).half(class.program_header() as u16).half(program_headers);
    f.half(class.section_header() as u16).half(layout.sections.len() as u16 + 1).half(names);
    for segment in &layout.segments {
        program_header(&mut f, segment);
    }
    copy(image, &f.bytes);
    let mut f = Fields { class, bytes: vec![0; class.section_header() as usize] };
    for (section, &name) in layout.sections.iter().zip(c.section_name_offsets) {
        f.int(name).int(section.kind).word(section.flags).word(section.address).word(section.file_offset);
        f.word(section.size).int(section.link).int(section.info).word(section.align).word(section.entry_size);
    }
    copy(&mut image[layout.section_headers as usize..], &f.bytes);
}

fn program_header(f: &mut Fields, s: &Segment) {
    f.int(s.kind);
    match f.class {
        Class::Elf64 => {
            f.int(s.flags).word(s.offset).word(s.address).word(s.physical.unwrap_or(s.address));
            f.word(s.file_size).word(s.size).word(s.align);
        }
        Class::Elf32 => {
            f.word(s.offset)
                .word(s.address)
                .word(s.physical.unwrap_or(s.address))
                .word(s.file_size)
                .word(s.size);
            f.int(s.flags).word(s.align);
        }
    }
}

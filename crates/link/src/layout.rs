//! Addresses and file offsets.
//!
//! In: ordered output sections with sized parts. Out: [`Layout`]: section addresses, program headers, and the values
//! of the symbols that stand for ends of sections.
//!
//! ```text
//! headers .interp notes hashes .dynsym .rela.* | .init .plt .text .fini | .rodata .eh_frame
//! | relro: .tdata .init_array .data.rel.ro .dynamic .got | .got.plt .data .bss
//! ```
//!
//! A bar is a new page and a new PT_LOAD.

use crate::LinkError;
use crate::constants as elf;
use crate::elf::Class;
use crate::link::Link;
use crate::merge::Merging;
use crate::output::{Content, Kind, OutputSection};

/// A program header.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Segment {
    pub kind: u32,
    pub flags: u32,
    pub offset: u64,
    pub address: u64,
    pub file_size: u64,
    pub size: u64,
    pub align: u64,
    /// Load address where it differs (`AT`).
    pub physical: Option<u64>,
}

/// Where everything is.
#[derive(Debug, Default)]
pub(crate) struct Layout<'a> {
    pub sections: Vec<OutputSection<'a>>,
    pub segments: Vec<Segment>,
    /// The TLS block's start, size and alignment.
    pub tls: (u64, u64, u64),
    pub image_base: u64,
    pub section_headers: u64,
    pub file_size: u64,
    /// Data of a script: file offset, width, value.
    pub patches: Vec<(u64, u8, u64)>,
}

impl<'a> Layout<'a> {
    /// The section that the linker made of a kind.
    pub(crate) fn of(&self, kind: Kind) -> Option<&OutputSection<'a>> {
        self.sections.iter().find(|section| section.synthetic == Some(kind))
    }

    pub(crate) fn address_of(&self, kind: Kind) -> u64 {
        self.of(kind).map_or(0, |section| section.address)
    }

    pub(crate) fn named(&self, name: &[u8]) -> Option<&OutputSection<'a>> {
        self.sections.iter().find(|section| &*section.name == name)
    }

    /// Where the byte of an address lies in the file.
    pub(crate) fn file_offset(&self, address: u64) -> Option<u64> {
        let holds = |section: &&OutputSection<'_>| {
            section.is_alloc()
                && !section.has_no_bits()
                && section.address <= address
                && address - section.address < section.size
        };
        let section = self.sections.iter().find(holds)?;
        Some(section.file_offset + (address - section.address))
    }

    /// The thread pointer's offset from the TLS block's start.
    pub(crate) fn thread_pointer(&self, variant: crate::arch::TlsVariant) -> u64 {
        let (start, size, align) = self.tls;
        match variant {
            crate::arch::TlsVariant::Two => start.wrapping_add(size.next_multiple_of(align.max(1))),
            crate::arch::TlsVariant::One { gap } => start.wrapping_sub(gap.next_multiple_of(align.max(1))),
        }
    }
}

/// Images above this are refused.
pub(crate) const LARGEST: u64 = 1 << 36;

/// The protection class of a section: a change begins a new segment.
pub(crate) fn protection(section: &OutputSection<'_>) -> u32 {
    let mut flags = elf::PF_R;
    if section.is_writable() {
        flags |= elf::PF_W;
    }
    if section.is_code() {
        flags |= elf::PF_X;
    }
    flags
}

/// Places parts in their sections.
pub(crate) fn place_parts(section: &mut OutputSection<'_>) -> Option<()> {
    section.parts.sort_by_key(|part| part.order);
    let mut size = 0u64;
    for part in &mut section.parts {
        section.align = section.align.max(part.align);
        part.offset = size.checked_add(part.align - 1)? & !(part.align - 1);
        size = part.offset.checked_add(part.size).filter(|&size| size < LARGEST)?;
    }
    section.size = size;
    Some(())
}

/// Lays everything out.
pub(crate) fn lay_out<'a>(
    link: &mut Link<'a>,
    merging: &mut Merging,
    mut sections: Vec<OutputSection<'a>>,
) -> Result<Layout<'a>, LinkError> {
    let too_big = || LinkError::General { what: "the output is too big".into() };
    for section in &mut sections {
        if section.synthetic.is_none() {
            place_parts(section).ok_or_else(too_big)?;
        }
        (section.rank, section.relro) = crate::output::rank(link, section);
    }
    for (index, section) in sections.iter_mut().enumerate() {
        section.name_index = index as u32;
    }
    sections.sort_by_key(|section| section.rank);
    number_sections(link, merging, &mut sections)?;
    let mut layout = Layout { sections, ..Layout::default() };
    addresses(link, &mut layout).ok_or_else(too_big)?;
    Ok(layout)
}

/// Numbers the ordered sections, and tells inputs where they went.
pub(crate) fn number_sections(
    link: &mut Link<'_>,
    merging: &mut Merging,
    sections: &mut [OutputSection<'_>],
) -> Result<(), LinkError> {
    for (index, section) in sections.iter_mut().enumerate() {
        section.index = (index + 1) as u16;
        for part in &section.parts {
            match part.content {
                Content::Input { file, section } => {
                    let input = &mut link.objects[file as usize].sections[section as usize];
                    (input.output, input.offset) = (index as u32, part.offset);
                }
                Content::Merged(at) => {
                    let merged = &mut merging.merged[at as usize];
                    (merged.output, merged.offset) = (index as u32, part.offset);
                }
                Content::Thunks(_) | Content::Patches => {}
            }
        }
    }
    if sections.len() > 0xfe00 {
        return Err(LinkError::Unsupported {
            place: "output".into(),
            what: "more than 65,000 sections".into(),
        });
    }
    Ok(())
}

/// The protection of everything under `-N`.
const OMAGIC: u32 = elf::PF_R | elf::PF_W | elf::PF_X;

/// What sections of one segment have in common: protection, and whether it changes after relocation.
fn segment_key(omagic: bool, section: &OutputSection<'_>) -> (u32, bool) {
    if omagic {
        return (OMAGIC, false);
    }
    (protection(section), section.relro)
}

/// How many program headers there will be.
pub(crate) fn count_segments(link: &Link<'_>, sections: &[OutputSection<'_>]) -> u64 {
    let mut count = 2; // GNU_STACK, first LOAD
    let mut previous: Option<(u32, bool)> =
        Some((if link.options.omagic { OMAGIC } else { elf::PF_R }, false));
    let mut note: Option<u64> = None;
    let mut has_relro = false;
    for section in sections.iter().filter(|section| section.is_alloc()) {
        if !section.is_tls_space() {
            let key = segment_key(link.options.omagic, section);
            count += u64::from(previous != Some(key));
            previous = Some(key);
        }
        has_relro |= section.relro;
        let align = (section.kind == elf::SHT_NOTE).then_some(section.align);
        count += u64::from(align.is_some() && align != note);
        note = align;
        count += u64::from(section.synthetic == Some(Kind::Property));
        count += u64::from(matches!(section.synthetic, Some(Kind::Dynamic | Kind::FrameHeader)));
        count += 2 * u64::from(section.synthetic == Some(Kind::Interpreter));
    }
    count += u64::from(sections.iter().any(OutputSection::is_tls));
    count += u64::from(sections.iter().any(|section| section.synthetic == Some(Kind::Attributes)));
    // Every moved section may begin a segment of its own.
    count + u64::from(has_relro) + link.options.section_starts.len() as u64 * 2
}

/// The walk over the sections that gives them addresses.
struct Placer {
    address: u64,
    offset: u64,
    page: u64,
    loads: Vec<Segment>,
    /// Protection and RELRO of the segment that is being filled.
    current: (u32, bool),
    omagic: bool,
    relro: Option<Segment>,
    tls: Option<Segment>,
    tls_align: u64,
    tls_end: u64,
}

fn addresses(link: &mut Link<'_>, layout: &mut Layout<'_>) -> Option<()> {
    let arch = link.arch;
    let page = link.options.max_page_size.filter(|p| p.is_power_of_two()).unwrap_or(arch.max_page_size);
    // Offsets and addresses agree modulo the largest alignment, so that a loader can keep it.
    let largest = layout.sections.iter().filter(|s| s.is_alloc()).map(|s| s.align).max().unwrap_or(1);
    let page = page.max(largest);
    let base = match link.options.image_base {
        Some(base) => base,
        None if link.is_position_independent() => 0,
        None => arch.image_base.checked_next_multiple_of(page)?,
    };
    layout.image_base = base;
    let header_count = count_segments(link, &layout.sections);
    let headers = arch.class.file_header() + header_count * arch.class.program_header();
    let tls_align = layout.sections.iter().filter(|s| s.is_tls()).map(|s| s.align).max().unwrap_or(1);
    let omagic = link.options.omagic;
    let mut placer = Placer {
        address: base.checked_add(headers)?,
        offset: headers,
        page,
        loads: Vec::new(),
        current: (if omagic { OMAGIC } else { elf::PF_R }, false),
        omagic,
        relro: None,
        tls: None,
        tls_align,
        tls_end: 0,
    };
    placer.begin_segment(placer.current.0, base, 0, headers);
    for section in layout.sections.iter_mut().filter(|section| section.is_alloc()) {
        let moved = (link.options.section_starts.iter()).find(|(name, _)| name.as_bytes() == &*section.name);
        placer.place(section, moved.map(|(_, address)| *address))?;
    }
    if let Some(mut relro) = placer.relro {
        // The kernel's page, whatever the largest one is: what follows in memory may not be mapped.
        let page = arch.page_size.min(page);
        relro.size = (relro.address + relro.size).next_multiple_of(page) - relro.address;
        layout.segments.push(relro);
    }
    layout.tls = placer.tls.map_or((0, 0, 1), |tls| (tls.address, tls.size, tls.align));
    layout.segments.extend(placer.tls);
    small_segments(link, layout);
    finish_segments(link, layout, placer.loads, header_count, base);
    place_rest(layout, placer.offset, arch.class)
}

/// Places what is not loaded, and the section headers.
pub(crate) fn place_rest(layout: &mut Layout<'_>, mut offset: u64, class: Class) -> Option<()> {
    for section in layout.sections.iter_mut().filter(|section| !section.is_alloc()) {
        offset = offset.checked_next_multiple_of(section.align.max(1))?;
        section.file_offset = offset;
        offset = offset.checked_add(if section.has_no_bits() { 0 } else { section.size })?;
    }
    let attributes = layout.of(Kind::Attributes).map(|section| section.file_offset);
    let segment = layout.segments.iter_mut().find(|segment| segment.kind == elf::PT_RISCV_ATTRIBUTES);
    if let (Some(offset), Some(segment)) = (attributes, segment) {
        segment.offset = offset;
    }
    layout.section_headers = offset.checked_next_multiple_of(8)?;
    layout.file_size = layout.section_headers + class.section_header() * (layout.sections.len() as u64 + 1);
    (layout.file_size < LARGEST).then_some(())
}

impl Placer {
    fn begin_segment(&mut self, flags: u32, address: u64, offset: u64, size: u64) {
        self.loads.push(Segment {
            kind: elf::PT_LOAD,
            flags,
            offset,
            address,
            file_size: size,
            size,
            align: self.page,
            physical: None,
        });
    }

    fn place(&mut self, section: &mut OutputSection<'_>, moved: Option<u64>) -> Option<()> {
        let first_tls = section.is_tls() && self.tls.is_none();
        let align = if first_tls { section.align.max(self.tls_align) } else { section.align };
        if section.is_tls_space() {
            // Continues the TLS block's addresses without advancing the image's.
            let start = if first_tls { self.address } else { self.tls_end };
            section.address = start.checked_next_multiple_of(align)?;
            section.file_offset = self.offset;
            return self.extend_tls(section);
        }
        let key = segment_key(self.omagic, section);
        let fresh = key != self.current || moved.is_some();
        if fresh {
            self.current = key;
            self.address = next_segment(self.address, self.offset, self.page)?;
        }
        if let Some(wanted) = moved {
            self.address = wanted;
            let offset = self.offset.checked_add(self.page)?;
            self.offset = (offset & !(self.page - 1)) + (wanted & (self.page - 1));
        }
        let start = self.address.checked_next_multiple_of(align)?;
        self.offset = self.offset.checked_add(start - self.address)?;
        if fresh {
            self.begin_segment(key.0, start, self.offset, 0);
        }
        (section.address, section.file_offset) = (start, self.offset);
        self.address = start.checked_add(section.size).filter(|&end| end < u64::MAX / 2)?;
        let load = self.loads.last_mut()?;
        load.size = self.address - load.address;
        if !section.has_no_bits() {
            // What lies between zeroed sections and this one is in the file.
            load.file_size = load.size;
            self.offset = load.offset + load.size;
            section.file_offset = self.offset - section.size;
        }
        if section.is_tls() {
            self.extend_tls(section)?;
        }
        if section.relro {
            let relro = self.relro.get_or_insert(Segment {
                kind: elf::PT_GNU_RELRO,
                flags: elf::PF_R,
                offset: section.file_offset,
                address: section.address,
                align: 1,
                ..Segment::default()
            });
            relro.size = self.address - relro.address;
            relro.file_size = self.offset - relro.offset;
        }
        (self.offset <= LARGEST).then_some(())
    }

    fn extend_tls(&mut self, section: &OutputSection<'_>) -> Option<()> {
        let block = self.tls.get_or_insert(Segment {
            kind: elf::PT_TLS,
            flags: elf::PF_R,
            offset: section.file_offset,
            address: section.address,
            align: self.tls_align,
            ..Segment::default()
        });
        self.tls_end = section.address.checked_add(section.size)?;
        block.size = self.tls_end - block.address;
        if !section.has_no_bits() {
            block.file_size = block.size;
        }
        Some(())
    }
}

/// The address on a new page at which a segment begins, its file offset congruent.
fn next_segment(address: u64, offset: u64, page: u64) -> Option<u64> {
    address.checked_next_multiple_of(page)?.checked_add(offset & (page - 1))
}

pub(crate) fn small_segments(link: &Link<'_>, layout: &mut Layout<'_>) {
    let mut note: Option<usize> = None;
    for section in layout.sections.iter().filter(|section| section.is_alloc()) {
        let whole = |kind: u32| Segment {
            kind,
            flags: protection(section),
            offset: section.file_offset,
            address: section.address,
            file_size: section.size,
            size: section.size,
            align: section.align,
            physical: None,
        };
        match section.synthetic {
            Some(Kind::Interpreter) => layout.segments.push(whole(elf::PT_INTERP)),
            Some(Kind::Dynamic) => layout.segments.push(whole(elf::PT_DYNAMIC)),
            Some(Kind::FrameHeader) => layout.segments.push(whole(elf::PT_GNU_EH_FRAME)),
            Some(Kind::Property) => layout.segments.push(whole(elf::PT_GNU_PROPERTY)),
            _ => {}
        }
        if section.kind != elf::SHT_NOTE {
            note = None;
            continue;
        }
        match note.map(|at| &mut layout.segments[at]).filter(|segment| segment.align == section.align) {
            Some(segment) => {
                segment.size = section.address + section.size - segment.address;
                segment.file_size = segment.size;
            }
            None => {
                note = Some(layout.segments.len());
                layout.segments.push(whole(elf::PT_NOTE));
            }
        }
    }
    if let Some(section) = layout.of(Kind::Attributes) {
        let (size, flags) = (section.size, elf::PF_R);
        let kind = elf::PT_RISCV_ATTRIBUTES;
        layout.segments.push(Segment { kind, flags, file_size: size, align: 1, ..Segment::default() });
    }
    let executable_stack = match link.options.executable_stack {
        Some(wanted) => wanted,
        None => link.objects.iter().any(|object| {
            object
                .sections
                .iter()
                .any(|s| s.name == b".note.GNU-stack" && s.flags & u64::from(elf::SHF_EXECINSTR) != 0)
        }),
    };
    let flags = elf::PF_R | elf::PF_W | if executable_stack { elf::PF_X } else { 0 };
    layout.segments.push(Segment {
        kind: elf::PT_GNU_STACK,
        flags,
        size: link.options.stack_size,
        align: 16,
        ..Segment::default()
    });
}

/// Orders the headers and fills up with PT_NULL to what was reserved.
pub(crate) fn finish_segments(
    link: &Link<'_>,
    layout: &mut Layout<'_>,
    loads: Vec<Segment>,
    reserved: u64,
    base: u64,
) {
    let class = link.arch.class;
    layout.segments.extend(loads);
    if layout.of(Kind::Interpreter).is_some() {
        let size = class.program_header() * reserved;
        layout.segments.push(Segment {
            kind: elf::PT_PHDR,
            flags: elf::PF_R,
            offset: class.file_header(),
            address: base + class.file_header(),
            file_size: size,
            size,
            align: class.word(),
            physical: None,
        });
    }
    let order = |kind: u32| match kind {
        elf::PT_PHDR => 0,
        elf::PT_INTERP => 1,
        elf::PT_LOAD => 2,
        elf::PT_DYNAMIC => 3,
        elf::PT_NOTE => 4,
        elf::PT_GNU_PROPERTY => 5,
        elf::PT_TLS => 6,
        elf::PT_GNU_EH_FRAME => 7,
        elf::PT_GNU_STACK => 8,
        elf::PT_GNU_RELRO => 9,
        _ => 10,
    };
    layout.segments.sort_by_key(|segment| {
        (order(segment.kind), if segment.kind == elf::PT_LOAD { segment.address } else { 0 })
    });
    layout.segments.resize(reserved as usize, Segment::default());
}

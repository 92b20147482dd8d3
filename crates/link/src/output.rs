//! Output sections: which input goes where, in which order.
//!
//! In: live input sections and the tables. Out: the list of [`OutputSection`]s, ordered as GNU ld's default script
//! orders them, parts in place but without addresses. Source: `ld --verbose`'s section names and their order as facts.

use crate::SortSection;
use crate::constants as elf;
use crate::link::Link;
use crate::merge::Merging;
use crate::object_file::InputSection;
use crate::symbols::NONE;
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// A section that the linker makes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Kind {
    Interpreter,
    Property,
    BuildId,
    GnuHash,
    Hash,
    DynamicSymbols,
    DynamicStrings,
    VersionSymbols,
    VersionDefinitions,
    VersionNeeds,
    Relocations,
    PackedRelocations,
    PltRelocations,
    Plt,
    FrameHeader,
    Frames,
    Dynamic,
    Got,
    GotPlt,
    Attributes,
    Symbols,
    Strings,
    SectionNames,
}

/// What a part of an output section is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Content {
    Input {
        file: u32,
        section: u32,
    },
    Merged(u32),
    /// A group of [`crate::thunks`].
    Thunks(u32),
    /// Room for [`crate::erratum`].
    Patches,
}

/// A part of an output section.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub content: Content,
    pub offset: u64,
    pub size: u64,
    pub align: u64,
    /// Sorting inside the section; parts of equal keys stay in input order.
    pub order: u64,
}

/// A section of the output.
#[derive(Clone, Debug)]
pub(crate) struct OutputSection<'a> {
    pub name: Cow<'a, [u8]>,
    pub kind: u32,
    pub flags: u64,
    pub align: u64,
    pub entry_size: u64,
    pub address: u64,
    pub file_offset: u64,
    pub size: u64,
    pub link: u32,
    pub info: u32,
    pub parts: Vec<Part>,
    pub rank: u32,
    pub relro: bool,
    pub synthetic: Option<Kind>,
    /// Index in the section header table.
    pub index: u16,
    /// The script's statement, or [`NONE`].
    pub statement: u32,
    /// Index in the table of name offsets.
    pub name_index: u32,
}

impl<'a> OutputSection<'a> {
    pub(crate) fn new(name: Cow<'a, [u8]>, kind: u32, flags: u64) -> OutputSection<'a> {
        OutputSection {
            name,
            kind,
            flags,
            align: 1,
            entry_size: 0,
            address: 0,
            file_offset: 0,
            size: 0,
            link: 0,
            info: 0,
            parts: Vec::new(),
            rank: 0,
            relro: false,
            synthetic: None,
            index: 0,
            name_index: 0,
            statement: NONE,
        }
    }

    pub(crate) fn is_alloc(&self) -> bool {
        self.flags & u64::from(elf::SHF_ALLOC) != 0
    }
    pub(crate) fn is_writable(&self) -> bool {
        self.flags & u64::from(elf::SHF_WRITE) != 0
    }
    pub(crate) fn is_code(&self) -> bool {
        self.flags & u64::from(elf::SHF_EXECINSTR) != 0
    }
    pub(crate) fn is_tls(&self) -> bool {
        self.flags & u64::from(elf::SHF_TLS) != 0
    }
    pub(crate) fn has_no_bits(&self) -> bool {
        self.kind == elf::SHT_NOBITS
    }
    /// `.tbss`: takes no room in the image.
    pub(crate) fn is_tls_space(&self) -> bool {
        self.is_tls() && self.has_no_bits()
    }
}

/// Prefixes whose sections gather under the prefix itself.
const GATHERED: &[&str] = &[
    ".text",
    ".rodata",
    ".data.rel.ro",
    ".data",
    ".bss",
    ".tdata",
    ".tbss",
    ".init_array",
    ".fini_array",
    ".preinit_array",
    ".ctors",
    ".dtors",
    ".gcc_except_table",
    ".ldata",
    ".lrodata",
    ".lbss",
    ".sdata",
    ".sbss",
];

/// Old one-section-per-function names: `.gnu.linkonce.KIND.`.
const LINKONCE: &[(&str, &str)] = &[
    (".gnu.linkonce.t.", ".text"),
    (".gnu.linkonce.r.", ".rodata"),
    (".gnu.linkonce.d.rel.ro.", ".data.rel.ro"),
    (".gnu.linkonce.d.", ".data"),
    (".gnu.linkonce.b.", ".bss"),
    (".gnu.linkonce.td.", ".tdata"),
    (".gnu.linkonce.tb.", ".tbss"),
    (".gnu.linkonce.wi.", ".debug_info"),
];

/// The output section's name for an input section's.
pub(crate) fn output_name(name: &[u8]) -> &[u8] {
    match name {
        b"COMMON" | b".dynbss" => return b".bss",
        b".tcommon" => return b".tbss",
        _ => {}
    }
    for prefix in GATHERED {
        let prefix = prefix.as_bytes();
        if name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest[0] == b'.') {
            return match prefix {
                b".ctors" => b".init_array",
                b".dtors" => b".fini_array",
                _ => prefix,
            };
        }
    }
    if name.starts_with(b".gnu.linkonce.") {
        let found = LINKONCE.iter().find(|(prefix, _)| name.starts_with(prefix.as_bytes()));
        return found.map_or(name, |(_, target)| target.as_bytes());
    }
    name
}

/// Crtstuff's own ends of `.ctors` and `.dtors` keep their section.
fn is_crtstuff(file: &str) -> bool {
    let base = file.rsplit(['/', '(']).next().unwrap_or(file);
    (base.starts_with("crtbegin") || base.starts_with("crtend")) && base.trim_end_matches(')').ends_with(".o")
}

/// The priority in a constructor section's name; `.ctors` counts down from 65535.
pub(crate) fn priority(name: &[u8]) -> u64 {
    let number = |prefix: &[u8]| -> Option<u64> {
        let digits = name.strip_prefix(prefix)?.strip_prefix(b".")?;
        std::str::from_utf8(digits).ok()?.parse::<u64>().ok()
    };
    let new = number(b".init_array").or_else(|| number(b".fini_array"));
    let old = || number(b".ctors").or_else(|| number(b".dtors")).map(|n| 65535u64.saturating_sub(n));
    new.or_else(old).unwrap_or(1 << 20)
}

/// The sorting key of an input inside its output section.
fn part_order(output: &[u8], name: &[u8]) -> u64 {
    match output {
        b".init_array" | b".fini_array" => priority(name),
        b".text" => {
            let begins = |prefix: &[u8]| {
                name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest[0] == b'.')
            };
            if begins(b".text.unlikely") {
                0
            } else if begins(b".text.exit") {
                1
            } else if begins(b".text.startup") {
                2
            } else if begins(b".text.hot") {
                3
            } else {
                4
            }
        }
        // Commons and copies behind .bss proper.
        b".bss" => u64::from(name == b"COMMON"),
        _ => 0,
    }
}

/// Whether an input section is carried into the output by copying.
pub(crate) fn is_dropped(link: &Link<'_>, section: &InputSection<'_>) -> bool {
    let name = section.name;
    section.flags & u64::from(elf::SHF_EXCLUDE) != 0
        || name == b".note.GNU-stack"
        || name == b".note.gnu.property"
        || name.starts_with(b".gnu.warning.")
        || name.starts_with(b".gnu.lto_")
        || name == b".gnu_debuglink"
        || section.kind == elf::SHT_GROUP
        || section.kind == elf::SHT_RISCV_ATTRIBUTES
        || (link.options.strip != crate::Strip::Nothing && !section.is_alloc() && is_debug(name))
}

/// Debug sections, as `-S` drops them.
pub(crate) fn is_debug(name: &[u8]) -> bool {
    name.starts_with(b".debug_")
        || name.starts_with(b".zdebug_")
        || name.starts_with(b".stab")
        || name == b".gdb_index"
}

/// Takes kind and flags of an input into its output section, before the input becomes a part of it.
pub(crate) fn join(target: &mut OutputSection<'_>, section: &InputSection<'_>) {
    if target.kind == elf::SHT_NOBITS && section.kind != elf::SHT_NOBITS {
        target.kind = section.kind;
    }
    let dropped =
        elf::SHF_GROUP | elf::SHF_COMPRESSED | elf::SHF_GNU_RETAIN | elf::SHF_INFO_LINK | elf::SHF_LINK_ORDER;
    let merge = u64::from(elf::SHF_MERGE | elf::SHF_STRINGS);
    let kept = section.flags & !u64::from(dropped);
    if target.parts.is_empty() {
        target.flags = kept;
        target.entry_size = section.entry_size;
        return;
    }
    let both = target.flags & kept & merge;
    target.flags = ((target.flags | kept) & !merge) | both;
    if target.entry_size != section.entry_size {
        target.entry_size = 0;
        target.flags &= !merge;
    }
}

/// Whether an input is an old constructor list that goes, backwards, into `.init_array` or `.fini_array`.
pub(crate) fn is_reversed(link: &Link<'_>, file: &str, section: &InputSection<'_>) -> bool {
    let old = section.name.starts_with(b".ctors") || section.name.starts_with(b".dtors");
    old && !is_crtstuff(file) && section.size.is_multiple_of(link.arch.class.word())
}

/// Gives every live input section that a script did not place its output section; appends to the script's.
pub(crate) fn assign<'a>(link: &mut Link<'a>, mut list: Vec<OutputSection<'a>>) -> Vec<OutputSection<'a>> {
    let mut by_name: FxHashMap<(&'a [u8], bool), u32> = FxHashMap::default();
    for file in 0..link.objects.len() {
        for index in 0..link.objects[file].sections.len() {
            let section = &link.objects[file].sections[index];
            if !section.live || section.special || section.output != NONE {
                continue;
            }
            if is_dropped(link, section) {
                link.objects[file].sections[index].live = false;
                continue;
            }
            let file_name = &link.objects[file].name;
            let full_name = section.name;
            let mut name = output_name(full_name);
            let constructor = full_name.starts_with(b".ctors") || full_name.starts_with(b".dtors");
            if constructor && is_crtstuff(file_name) {
                name = full_name;
            }
            let output = *by_name.entry((name, section.is_alloc())).or_insert_with(|| {
                let kind = match name {
                    b".init_array" => elf::SHT_INIT_ARRAY,
                    b".fini_array" => elf::SHT_FINI_ARRAY,
                    _ => section.kind,
                };
                list.push(OutputSection::new(Cow::Borrowed(name), kind, 0));
                list.len() as u32 - 1
            });
            let reversed = is_reversed(link, file_name, section);
            let part = Part {
                content: Content::Input { file: file as u32, section: index as u32 },
                offset: 0,
                size: section.size,
                align: section.align,
                order: part_order(name, full_name),
            };
            join(&mut list[output as usize], section);
            list[output as usize].parts.push(part);
            let section = &mut link.objects[file].sections[index];
            (section.output, section.reversed) = (output, reversed);
        }
    }
    sort_parts(link, &mut list);
    list
}

/// `--sort-section`; what runs in order, or was ordered by a script, stays.
fn sort_parts(link: &Link<'_>, list: &mut [OutputSection<'_>]) {
    let ordered: [&[u8]; 7] =
        [b".init", b".fini", b".ctors", b".dtors", b".init_array", b".fini_array", b".preinit_array"];
    let sort = link.options.sort_section;
    if sort == SortSection::No {
        return;
    }
    for section in
        list.iter_mut().filter(|s| s.is_alloc() && s.statement == NONE && !ordered.contains(&&*s.name))
    {
        let name = |part: &Part| match part.content {
            Content::Input { file, section } => link.objects[file as usize].sections[section as usize].name,
            _ => b"",
        };
        match sort {
            SortSection::Name => section.parts.sort_by(|a, b| name(a).cmp(name(b))),
            _ => section.parts.sort_by_key(|part| std::cmp::Reverse(part.align)),
        }
    }
}

/// Replaces inputs that were merged by the merged sections, at the place of their first input.
pub(crate) fn replace_merged(link: &Link<'_>, merging: &Merging, sections: &mut [OutputSection<'_>]) {
    let mut placed = vec![false; merging.merged.len()];
    for section in sections {
        section.parts.retain_mut(|part| {
            let Content::Input { file, section } = part.content else { return true };
            let input = &link.objects[file as usize].sections[section as usize];
            if input.merge == NONE {
                return true;
            }
            let into = merging.inputs[input.merge as usize].into;
            if std::mem::replace(&mut placed[into as usize], true) {
                return false;
            }
            part.content = Content::Merged(into);
            part.size = merging.merged[into as usize].size;
            true
        });
    }
}

/// The rank of `.sdata`; all behind it is small or zeroed data.
pub(crate) const SMALL_DATA_RANK: u32 = 420;

/// The place of a section in the image.
pub(crate) fn rank(link: &Link<'_>, section: &OutputSection<'_>) -> (u32, bool) {
    use Kind as K;
    let name: &[u8] = &section.name;
    if !section.is_alloc() {
        let rank = match section.synthetic {
            Some(K::Symbols) => 902,
            Some(K::Strings) => 903,
            Some(K::SectionNames) => 904,
            _ if name == b".comment" => 900,
            _ => 901,
        };
        return (rank, false);
    }
    let bind_now = link.options.bind_now;
    let (rank, relro) = match section.synthetic {
        Some(K::Interpreter) => (0, false),
        Some(K::Property) => (1, false),
        Some(K::BuildId) => (2, false),
        Some(K::GnuHash) => (5, false),
        Some(K::Hash) => (6, false),
        Some(K::DynamicSymbols) => (7, false),
        Some(K::DynamicStrings) => (8, false),
        Some(K::VersionSymbols) => (9, false),
        Some(K::VersionDefinitions) => (10, false),
        Some(K::VersionNeeds) => (11, false),
        Some(K::Relocations) => (12, false),
        Some(K::PltRelocations) => (13, false),
        Some(K::PackedRelocations) => (14, false),
        Some(K::Plt) => (101, false),
        Some(K::FrameHeader) => (210, false),
        Some(K::Frames) => (211, false),
        Some(K::Dynamic) => (320, true),
        Some(K::Got) => (330, true),
        Some(K::GotPlt) if bind_now => (331, true),
        Some(K::GotPlt) => (400, false),
        _ if section.is_code() => match name {
            b".init" => (100, false),
            b".text" => (110, false),
            b".fini" => (112, false),
            _ => (111, false),
        },
        _ if section.is_tls() => (if section.has_no_bits() { 301 } else { 300 }, true),
        _ if section.is_writable() => match name {
            b".preinit_array" => (302, true),
            b".init_array" => (303, true),
            b".fini_array" => (304, true),
            b".ctors" => (305, true),
            b".dtors" => (306, true),
            b".jcr" => (307, true),
            b".data.rel.ro" => (308, true),
            b".data" => (410, false),
            b".sdata" => (SMALL_DATA_RANK, false),
            b".sbss" => (425, false),
            b".bss" => (431, false),
            _ if section.has_no_bits() => (430, false),
            _ => (411, false),
        },
        _ if section.kind == elf::SHT_NOTE => (3, false),
        _ => match name {
            b".rodata" => (200, false),
            b".gcc_except_table" => (212, false),
            _ => (201, false),
        },
    };
    (rank, relro && link.options.relro && !link.options.omagic)
}

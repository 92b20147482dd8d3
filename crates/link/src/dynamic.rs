//! The tables of the dynamic linker: `.dynsym`, `.dynstr`, hash tables, versions, `.dynamic`.
//!
//! In: the symbols with their needs. Out: [`DynamicTables`], sized before layout; what holds addresses is written after it.
//! Source: gABI ch. 5; LSB core "Symbol Versioning"; the GNU hash section as described by A. Roenneberg and binutils.

use crate::HashStyle;
use crate::constants as elf;
use crate::link::Link;
use crate::output::Kind;
use crate::scan::Scan;
use crate::strings::StringTable;
use crate::symbols::{Definition, NONE, SymbolId, flag, need};
use crate::synthesize::Tables;
use rustc_hash::FxHashMap;

/// A value of a `.dynamic` entry.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DynamicValue {
    Constant(u64),
    Address(Kind),
    Size(Kind),
    Symbol(SymbolId),
    SectionAddress(&'static [u8]),
    SectionSize(&'static [u8]),
}

/// The tables.
#[derive(Debug, Default)]
pub(crate) struct DynamicTables<'a> {
    /// Symbols without the null symbol, the hashed ones last.
    pub symbols: Vec<SymbolId>,
    pub name_offsets: Vec<u32>,
    pub strings: StringTable<'a>,
    pub version_symbols: Vec<u16>,
    pub version_needs: Vec<u8>,
    pub version_need_count: u32,
    pub version_definitions: Vec<u8>,
    pub version_definition_count: u32,
    pub gnu_hash: Vec<u8>,
    pub hash: Vec<u8>,
    pub entries: Vec<(u64, DynamicValue)>,
}

/// The hash of `.hash` and of versions.
pub(crate) fn system_v_hash(name: &[u8]) -> u32 {
    let mut hash = 0u32;
    for &byte in name {
        hash = (hash << 4).wrapping_add(u32::from(byte));
        hash ^= hash >> 24 & 0xf0;
    }
    hash & 0x0fff_ffff
}

fn gnu_hash(name: &[u8]) -> u32 {
    name.iter().fold(5381u32, |hash, &byte| hash.wrapping_mul(33).wrapping_add(u32::from(byte)))
}

/// The library that a symbol comes from.
fn origin(link: &Link<'_>, tables: &Tables, id: SymbolId) -> Option<u32> {
    match link.symbols[id].definition {
        Definition::Shared { file } => Some(file),
        _ => Some(tables.slots_of(link.symbols[id].slots).copied_from).filter(|&file| file != NONE),
    }
}

/// Makes the tables.
pub(crate) fn build<'a>(link: &mut Link<'a>, tables: &mut Tables, scan: &Scan) -> DynamicTables<'a> {
    let mut dynamic = DynamicTables::default();
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    for id in link.symbols.globals() {
        let symbol = &link.symbols[id];
        // An executable's PLT entry that stands for a function is found by other modules through the hash.
        let canonical = symbol.is_shared() && symbol.needs & need::CANONICAL_PLT != 0;
        if link.is_exported(symbol) || canonical {
            exports.push(id);
        } else if !symbol.is_defined_here() {
            let looked_up = symbol.is_undefined()
                && symbol.has(flag::USED)
                && link.is_shared()
                && link.is_preemptible(symbol);
            if symbol.needs & need::DYNAMIC != 0 || looked_up {
                imports.push(id);
            }
        }
    }
    let buckets = (exports.len() / 4).max(1) as u32;
    let mut hashed: Vec<(u32, SymbolId)> =
        exports.into_iter().map(|id| (gnu_hash(link.symbols[id].name), id)).collect();
    hashed.sort_by_key(|(hash, _)| hash % buckets);
    dynamic.symbols = imports;
    let first_hashed = dynamic.symbols.len() as u32 + 1;
    dynamic.symbols.extend(hashed.iter().map(|(_, id)| *id));
    for (index, &id) in dynamic.symbols.iter().enumerate() {
        tables.slots_mut(&mut link.symbols[id].slots).dynamic = index as u32 + 1;
        let offset = dynamic.strings.add(link.symbols[id].name);
        dynamic.name_offsets.push(offset);
    }
    versions(link, tables, &mut dynamic);
    let hashes: Vec<u32> = hashed.iter().map(|(hash, _)| *hash).collect();
    if link.options.hash_style != HashStyle::SystemV {
        dynamic.gnu_hash = gnu_hash_section(link, &hashes, buckets, first_hashed);
    }
    if link.options.hash_style != HashStyle::Gnu {
        dynamic.hash = hash_section(link, &dynamic.symbols);
    }
    entries(link, tables, scan, &mut dynamic);
    dynamic
}

fn put(out: &mut Vec<u8>, values: &[u32]) {
    values.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
}

fn put16(out: &mut Vec<u8>, values: &[u16]) {
    values.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
}

fn gnu_hash_section(link: &Link<'_>, hashes: &[u32], buckets: u32, first: u32) -> Vec<u8> {
    let word = link.arch.class.word() as usize;
    let word_bits = word as u32 * 8;
    let words = ((hashes.len() * 12) as u32 / word_bits).max(1).next_power_of_two();
    let shift = 26;
    let mut bloom = vec![0u64; words as usize];
    let mut starts = vec![0u32; buckets as usize];
    let mut chains = Vec::with_capacity(hashes.len());
    for (index, &hash) in hashes.iter().enumerate() {
        bloom[((hash / word_bits) & (words - 1)) as usize] |=
            1 << (hash % word_bits) | 1 << (hash >> shift & (word_bits - 1));
        let bucket = &mut starts[(hash % buckets) as usize];
        if *bucket == 0 {
            *bucket = first + index as u32;
        }
        let last = hashes.get(index + 1).is_none_or(|next| next % buckets != hash % buckets);
        chains.push(hash & !1 | u32::from(last));
    }
    let mut out = Vec::new();
    put(&mut out, &[buckets, first, words, shift]);
    bloom.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()[..word]));
    put(&mut out, &starts);
    put(&mut out, &chains);
    out
}

fn hash_section(link: &Link<'_>, symbols: &[SymbolId]) -> Vec<u8> {
    let count = symbols.len() as u32 + 1;
    let buckets = (count / 2).max(1);
    let mut heads = vec![0u32; buckets as usize];
    let mut chains = vec![0u32; count as usize];
    for (index, &id) in symbols.iter().enumerate() {
        let bucket = &mut heads[(system_v_hash(link.symbols[id].name) % buckets) as usize];
        chains[index + 1] = std::mem::replace(bucket, index as u32 + 1);
    }
    let mut out = Vec::new();
    put(&mut out, &[buckets, count]);
    put(&mut out, &heads);
    put(&mut out, &chains);
    out
}

/// `.gnu.version`, `.gnu.version_d`, `.gnu.version_r`.
fn versions<'a>(link: &mut Link<'a>, tables: &Tables, dynamic: &mut DynamicTables<'a>) {
    let prepared = link.prepared;
    let nodes: Vec<&'a [u8]> = prepared
        .version_script
        .nodes
        .iter()
        .map(|node| node.name.as_slice())
        .filter(|n| !n.is_empty())
        .collect();
    let mut next = 2u16;
    if !nodes.is_empty() {
        next = definitions(link, dynamic, &nodes);
    }
    let mut by_library: Vec<(u32, Vec<(&'a [u8], u16)>)> = Vec::new();
    let mut position: FxHashMap<u32, usize> = FxHashMap::default();
    for &id in &dynamic.symbols {
        let Some(library) = origin(link, tables, id) else { continue };
        let Some(version) = link.symbols[id].version else {
            link.symbols[id].version_index = elf::VER_NDX_GLOBAL;
            continue;
        };
        let at = *position.entry(library).or_insert_with(|| {
            by_library.push((library, Vec::new()));
            by_library.len() - 1
        });
        let list = &mut by_library[at].1;
        let index = match list.iter().find(|(name, _)| *name == version) {
            Some((_, index)) => *index,
            None => {
                list.push((version, next));
                next += 1;
                next - 1
            }
        };
        link.symbols[id].version_index = index;
    }
    if !tables.packed.is_empty() {
        require_packed(link, &mut by_library, next);
    }
    by_library.sort_by_key(|(library, _)| *library);
    let count = by_library.len();
    for (at, (library, list)) in by_library.into_iter().enumerate() {
        let soname = link.libraries[library as usize].soname.clone();
        let file = dynamic.strings.push(&soname);
        let size = 16 + 16 * list.len() as u32;
        let out = &mut dynamic.version_needs;
        put16(out, &[1, list.len() as u16]);
        put(out, &[file, 16, if at + 1 == count { 0 } else { size }]);
        let last = list.len() - 1;
        for (at, (name, index)) in list.into_iter().enumerate() {
            let offset = dynamic.strings.add(name);
            let out = &mut dynamic.version_needs;
            put(out, &[system_v_hash(name)]);
            put16(out, &[0, index]);
            put(out, &[offset, if at == last { 0 } else { 16 }]);
        }
        dynamic.version_need_count += 1;
    }
    if dynamic.version_need_count == 0 && dynamic.version_definition_count == 0 {
        return;
    }
    dynamic.version_symbols.push(0);
    for &id in &dynamic.symbols {
        let symbol = &link.symbols[id];
        let hidden = symbol.has(flag::HIDDEN_VERSION) && symbol.is_defined_here() && symbol.version_index > 1;
        let hidden = hidden && origin(link, tables, id).is_none();
        let undefined = symbol.is_undefined();
        let index = if undefined { elf::VER_NDX_LOCAL } else { symbol.version_index };
        dynamic.version_symbols.push(index | if hidden { 0x8000 } else { 0 });
    }
}

/// A C library that knows packed relocations wants to be told so, and an older one must refuse the program.
fn require_packed<'a>(link: &Link<'a>, by_library: &mut [(u32, Vec<(&'a [u8], u16)>)], index: u16) {
    for (library, list) in by_library {
        let library = &link.libraries[*library as usize];
        if library.soname.starts_with(b"libc.so.") && library.versions.contains(&crate::packed::VERSION) {
            list.push((crate::packed::VERSION, index));
        }
    }
}

/// `.gnu.version_d`: the base and the script's nodes; the first free index.
fn definitions<'a>(link: &mut Link<'a>, dynamic: &mut DynamicTables<'a>, nodes: &[&'a [u8]]) -> u16 {
    let prepared = link.prepared;
    let base = link.soname_or_name();
    let base_offset = dynamic.strings.push(&base);
    let base_hash = system_v_hash(&base);
    let count = nodes.len() + 1;
    let out = &mut dynamic.version_definitions;
    put16(out, &[1, 1, 1, 1]);
    put(out, &[base_hash, 20, 28, base_offset, 0]);
    for (at, name) in nodes.iter().enumerate() {
        let index = at as u16 + 2;
        let node = prepared.version_script.nodes.iter().find(|node| node.name == *name);
        let parents: Vec<&[u8]> =
            node.map_or(Vec::new(), |node| node.parents.iter().map(Vec::as_slice).collect());
        let offset = dynamic.strings.add(name);
        let entries = 1 + parents.len() as u32;
        let size = 20 + 8 * entries;
        let last = at + 2 == count;
        let out = &mut dynamic.version_definitions;
        put16(out, &[1, 0, index, entries as u16]);
        put(out, &[system_v_hash(name), 20, if last { 0 } else { size }]);
        put(out, &[offset, if entries == 1 { 0 } else { 8 }]);
        for (position, parent) in parents.iter().enumerate() {
            let offset = dynamic.strings.push(parent);
            let next = if position + 1 == parents.len() { 0 } else { 8 };
            put(&mut dynamic.version_definitions, &[offset, next]);
        }
    }
    dynamic.version_definition_count = count as u32;
    count as u16 + 1
}

fn entries<'a>(link: &mut Link<'a>, tables: &Tables, scan: &Scan, dynamic: &mut DynamicTables<'a>) {
    use DynamicValue as V;
    let options = link.options;
    let mut list: Vec<(u64, V)> = Vec::new();
    for library in &link.libraries {
        if library.used {
            let offset = dynamic.strings.push(&library.soname);
            list.push((1, V::Constant(u64::from(offset))));
        }
    }
    if let (Some(soname), true) = (&options.soname, link.is_shared()) {
        list.push((14, V::Constant(u64::from(dynamic.strings.add(soname.as_bytes())))));
    }
    if !options.rpath.is_empty() {
        let tag = if options.enable_new_dtags { 29 } else { 15 };
        let offset = dynamic.strings.push(options.rpath.join(":").as_bytes());
        list.push((tag, V::Constant(u64::from(offset))));
    }
    for (tag, name) in [(12, &options.init), (13, &options.fini)] {
        if let Some(id) = link.symbols.find(name.as_bytes(), None)
            && link.symbols[id].is_defined_here()
        {
            list.push((tag, V::Symbol(id)));
        }
    }
    for (address, size, name) in
        [(32, 33, &b".preinit_array"[..]), (25, 27, &b".init_array"[..]), (26, 28, &b".fini_array"[..])]
    {
        list.push((address, V::SectionAddress(name)));
        list.push((size, V::SectionSize(name)));
    }
    if !dynamic.gnu_hash.is_empty() {
        list.push((0x6fff_fef5, V::Address(Kind::GnuHash)));
    }
    if !dynamic.hash.is_empty() {
        list.push((4, V::Address(Kind::Hash)));
    }
    let class = link.arch.class;
    list.push((5, V::Address(Kind::DynamicStrings)));
    list.push((6, V::Address(Kind::DynamicSymbols)));
    list.push((10, V::Size(Kind::DynamicStrings)));
    list.push((11, V::Constant(class.symbol() as u64)));
    if link.is_executable() {
        list.push((21, V::Constant(0)));
    }
    if tables.has_got_plt {
        list.push((3, V::Address(Kind::GotPlt)));
    }
    let rela = link.arch.rela;
    if !tables.plt_relocations.is_empty() {
        list.push((2, V::Size(Kind::PltRelocations)));
        list.push((20, V::Constant(if rela { 7 } else { 17 })));
        list.push((23, V::Address(Kind::PltRelocations)));
    }
    if !tables.relocations.is_empty() {
        let (table, size, entry, count) =
            if rela { (7, 8, 9, 0x6fff_fff9) } else { (17, 18, 19, 0x6fff_fffa) };
        list.push((table, V::Address(Kind::Relocations)));
        list.push((size, V::Size(Kind::Relocations)));
        list.push((entry, V::Constant(class.relocation(rela) as u64)));
        let relative = tables.relocations.iter().filter(|r| r.kind == link.arch.dynamic.relative).count();
        if relative != 0 {
            list.push((count, V::Constant(relative as u64)));
        }
    }
    let variant = |id: &SymbolId| link.symbols[*id].has(flag::VARIANT_CALL);
    if let Some(tag) = link.arch.variant_call_tag.filter(|_| tables.plt.iter().any(variant)) {
        list.push((tag, V::Constant(0)));
    }
    if !tables.packed.is_empty() {
        list.push((36, V::Address(Kind::PackedRelocations)));
        list.push((35, V::Size(Kind::PackedRelocations)));
        list.push((37, V::Constant(class.word())));
    }
    if dynamic.version_definition_count != 0 {
        list.push((0x6fff_fffc, V::Address(Kind::VersionDefinitions)));
        list.push((0x6fff_fffd, V::Constant(u64::from(dynamic.version_definition_count))));
    }
    if dynamic.version_need_count != 0 {
        list.push((0x6fff_fffe, V::Address(Kind::VersionNeeds)));
        list.push((0x6fff_ffff, V::Constant(u64::from(dynamic.version_need_count))));
    }
    if !dynamic.version_symbols.is_empty() {
        list.push((0x6fff_fff0, V::Address(Kind::VersionSymbols)));
    }
    if scan.text_relocations {
        list.push((22, V::Constant(0)));
    }
    let mut flags = 0u64;
    let mut flags_1 = options.flags_1;
    if options.symbolic == crate::Symbolic::All {
        list.push((16, V::Constant(0)));
        flags |= 2;
    }
    flags |= if scan.text_relocations { 4 } else { 0 };
    flags |= if scan.static_tls { 16 } else { 0 };
    flags |= flags_1 & 0x80; // DF_1_ORIGIN is DF_ORIGIN, too
    flags = if flags & 0x80 != 0 { flags & !0x80 | 1 } else { flags };
    if options.bind_now {
        flags |= 8;
        flags_1 |= 1;
    }
    if options.kind == crate::OutputKind::PositionIndependentExecutable {
        flags_1 |= 0x0800_0000;
    }
    if flags != 0 {
        list.push((30, V::Constant(flags)));
    }
    if flags_1 != 0 {
        list.push((0x6fff_fffb, V::Constant(flags_1)));
    }
    list.push((0, V::Constant(0)));
    dynamic.entries = list;
}

impl Link<'_> {
    /// DT_SONAME, or the output's file name.
    fn soname_or_name(&self) -> Vec<u8> {
        if let Some(soname) = &self.options.soname {
            return soname.clone().into_bytes();
        }
        match &self.options.output {
            crate::Destination::File(path) => path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned().into_bytes())
                .unwrap_or_default(),
            crate::Destination::Memory => b"a.out".to_vec(),
        }
    }
}

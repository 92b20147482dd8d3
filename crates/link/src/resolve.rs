//! Symbol resolution: which objects take part, and which definition each name means.
//!
//! In: the files in command-line order. Out: objects, shared libraries and the symbol table, with comdat
//! duplicates discarded. Archives give a member when a symbol is undefined at that moment, as in GNU ld (manual,
//! "Options", `--start-group`, `--whole-archive`, `--as-needed`).

use crate::arch::Architecture;
use crate::constants as elf;
use crate::elf::{ElfFile, Malformed, RawSymbol, machine_name};
use crate::link::Link;
use crate::load::{Loaded, LoadedFile, Step};
use crate::object_file::ObjectFile;
use crate::shared_library::SharedLibrary;
use crate::symbols::{Definition, NONE, Symbol, SymbolId, flag};
use crate::{LinkError, Modifiers, archive};
use rustc_hash::{FxHashMap, FxHashSet};

/// The machine of the output: `-m`, or the first ELF file's.
pub(crate) fn architecture(
    link: &crate::LinkOptions,
    loaded: &Loaded,
) -> Result<&'static Architecture, LinkError> {
    let first = loaded.steps.iter().find_map(|step| match step {
        Step::File(index, _) => {
            let file = &loaded.files[*index];
            let bytes = first_elf(file.bytes())?;
            Some((file, ElfFile::parse(bytes)))
        }
        _ => None,
    });
    if let Some(name) = &link.emulation {
        return crate::arch::by_emulation(name).ok_or_else(|| {
            let known: Vec<&str> = crate::arch::ALL.iter().map(|arch| arch.emulations[0]).collect();
            let what = format!("unrecognised emulation mode: {name}; supported: {}", known.join(" "));
            LinkError::General { what }
        });
    }
    match first {
        None => crate::arch::by_emulation("elf_x86_64")
            .ok_or_else(|| LinkError::General { what: "no input files".into() }),
        Some((file, Err(Malformed(what)))) => Err(LinkError::Malformed { file: file.name.clone(), what }),
        Some((file, Ok(parsed))) => {
            crate::arch::by_machine(parsed.machine, parsed.class).ok_or_else(|| LinkError::Unsupported {
                place: file.name.clone(),
                what: machine_name(parsed.machine, parsed.class),
            })
        }
    }
}

/// The file itself, or the first ELF member of an archive.
pub(crate) fn first_elf(bytes: &[u8]) -> Option<&[u8]> {
    if ElfFile::is_elf(bytes) {
        return Some(bytes);
    }
    let members = archive::parse(bytes).ok()?.members;
    members.into_iter().map(|member| member.data).find(|data| ElfFile::is_elf(data))
}

/// An archive in the walk.
struct OpenArchive<'a> {
    file: &'a LoadedFile,
    members: Vec<archive::Member<'a>>,
    /// The member's bytes' own file, in thin archives.
    thin: Option<&'a [usize]>,
    index: Vec<(&'a [u8], u32)>,
    loaded: Vec<bool>,
}

/// The walk's state beside the [`Link`].
pub(crate) struct Resolver<'a, 'l> {
    link: &'l mut Link<'a>,
    loaded: &'a Loaded,
    archives: FxHashMap<usize, OpenArchive<'a>>,
    comdats: FxHashSet<&'a [u8]>,
    sonames: FxHashMap<Vec<u8>, usize>,
    seen_shared: FxHashSet<usize>,
}

/// Walks over all inputs.
pub(crate) fn resolve<'a>(link: &mut Link<'a>, loaded: &'a Loaded) {
    let mut resolver = Resolver {
        link,
        loaded,
        archives: FxHashMap::default(),
        comdats: FxHashSet::default(),
        sonames: FxHashMap::default(),
        seen_shared: FxHashSet::default(),
    };
    resolver.roots();
    resolver.walk();
}

impl<'a> Resolver<'a, '_> {
    /// Names that the options define or refer to.
    fn roots(&mut self) {
        let options = self.link.options;
        for name in options.undefined.iter().chain(&options.entry).chain(&self.loaded.undefined) {
            if name.starts_with(|c: char| c.is_ascii_digit()) {
                continue; // -e 0x1000
            }
            let id = self.link.symbols.intern(name.as_bytes(), None);
            self.link.symbols[id].flags |= flag::STRONG_REFERENCE;
        }
        for defined in &options.defined {
            let id = self.link.symbols.intern(defined.name.as_bytes(), None);
            let symbol = &mut self.link.symbols[id];
            symbol.definition = Definition::Address;
            symbol.flags |= flag::IN_OBJECT;
            for name in crate::expression::symbols(&defined.expression) {
                let id = self.link.symbols.intern(name.as_bytes(), None);
                self.link.symbols[id].flags |= flag::STRONG_REFERENCE | flag::IN_OBJECT | flag::USED;
            }
        }
    }

    fn walk(&mut self) {
        let mut group: Option<Vec<usize>> = None;
        for step in &self.loaded.steps {
            match *step {
                Step::StartGroup => group = group.or_else(|| Some(Vec::new())),
                Step::EndGroup => {
                    let archives = group.take().unwrap_or_default();
                    while self.search_archives(&archives) {}
                }
                Step::File(index, modifiers) => {
                    let file = &self.loaded.files[index];
                    let bytes = file.bytes();
                    if self.link.options.trace {
                        self.link.text.push_str(&format!("{}\n", file.name));
                    }
                    if archive::is_archive(bytes) {
                        if self.open_archive(index, modifiers) {
                            self.search_archive(index);
                            group.iter_mut().for_each(|group| group.push(index));
                        }
                    } else {
                        self.elf_file(file, index, modifiers);
                    }
                }
            }
        }
    }

    fn malformed(&mut self, file: &str, Malformed(what): Malformed) {
        self.link.messages.error(LinkError::Malformed { file: file.into(), what });
    }

    fn elf_file(&mut self, file: &'a LoadedFile, index: usize, modifiers: Modifiers) {
        let parsed = match ElfFile::parse(file.bytes()) {
            Ok(parsed) => parsed,
            Err(error) => return self.malformed(&file.name, error),
        };
        if !self.compatible(&file.name, &parsed) {
            return;
        }
        match parsed.kind {
            elf::ET_REL => {
                self.object(file.name.clone(), None, &parsed);
            }
            elf::ET_DYN => self.shared(file, index, &parsed, modifiers),
            _ => {
                let what = "an executable cannot be linked".into();
                self.link.messages.error(LinkError::Malformed { file: file.name.clone(), what });
            }
        }
    }

    fn compatible(&mut self, name: &str, file: &ElfFile<'_>) -> bool {
        let arch = self.link.arch;
        if file.machine == arch.machine && file.class == arch.class {
            return true;
        }
        self.link.messages.error(LinkError::Incompatible {
            file: name.into(),
            is: machine_name(file.machine, file.class),
            output: machine_name(arch.machine, arch.class).replace(" architecture", ""),
        });
        false
    }

    fn open_archive(&mut self, index: usize, modifiers: Modifiers) -> bool {
        let file = &self.loaded.files[index];
        if !self.archives.contains_key(&index) {
            let parsed = match archive::parse(file.bytes()) {
                Ok(parsed) => parsed,
                Err(error) => {
                    self.malformed(&file.name, error);
                    return false;
                }
            };
            let thin = self.loaded.thin_members.get(&index).map(Vec::as_slice);
            if parsed.thin && thin.is_none() {
                return false; // reported while loading
            }
            let loaded = vec![false; parsed.members.len()];
            let mut open = OpenArchive { file, members: parsed.members, thin, index: parsed.index, loaded };
            if !parsed.has_index && !open.members.is_empty() {
                open.index = self.build_index(&open);
            }
            self.archives.insert(index, open);
        }
        if modifiers.whole_archive {
            for member in 0..self.archives[&index].members.len() {
                self.load_member(index, member);
            }
        }
        true
    }

    /// An archive made without an index: the defined globals of its members.
    fn build_index(&self, archive: &OpenArchive<'a>) -> Vec<(&'a [u8], u32)> {
        let mut index = Vec::new();
        for member in 0..archive.members.len() {
            let Ok(file) = ElfFile::parse(self.member_bytes(archive, member)) else { continue };
            let Ok(object) = ObjectFile::parse(String::new(), &file) else { continue };
            for at in object.first_global..object.symbol_count {
                let Some(raw) = object.raw_symbol(at) else { break };
                if raw.section != elf::SHN_UNDEF {
                    index.extend(object.symbol_name(&raw).ok().map(|name| (name, member as u32)));
                }
            }
        }
        index
    }

    fn member_bytes(&self, archive: &OpenArchive<'a>, member: usize) -> &'a [u8] {
        match archive.thin {
            Some(files) => files.get(member).map_or(&[], |&file| self.loaded.files[file].bytes()),
            None => archive.members[member].data,
        }
    }

    /// One round over a group; whether any archive gave a member.
    fn search_archives(&mut self, archives: &[usize]) -> bool {
        let mut any = false;
        for &archive in archives {
            any |= self.search_archive(archive);
        }
        any
    }

    /// Loads the members that define what is undefined; whether there were any.
    fn search_archive(&mut self, index: usize) -> bool {
        let mut any = false;
        loop {
            let mut found = false;
            let count = self.archives[&index].index.len();
            for entry in 0..count {
                let archive = &self.archives[&index];
                let (name, member) = archive.index[entry];
                if archive.loaded[member as usize] || !self.wanted(name, archive, member as usize) {
                    continue;
                }
                self.load_member(index, member as usize);
                found = true;
            }
            any |= found;
            if !found {
                return any;
            }
        }
    }

    fn wanted(&self, name: &'a [u8], archive: &OpenArchive<'a>, member: usize) -> bool {
        let (name, version) = match split_version(name) {
            (name, Some((version, true))) => (name, Some(version)),
            (name, _) => (name, None),
        };
        let Some(id) = self.link.symbols.find(name, version) else { return false };
        let symbol = &self.link.symbols[id];
        match symbol.definition {
            Definition::Undefined => symbol.has(flag::STRONG_REFERENCE | flag::SHARED_STRONG),
            // A common gives way to a real definition of data.
            Definition::Common { .. } => {
                let Ok(file) = ElfFile::parse(self.member_bytes(archive, member)) else { return false };
                let Ok(object) = ObjectFile::parse(String::new(), &file) else { return false };
                (object.first_global..object.symbol_count).any(|at| {
                    object.raw_symbol(at).is_some_and(|raw| {
                        raw.section != elf::SHN_UNDEF
                            && raw.section != elf::SHN_COMMON
                            && raw.kind() != elf::STT_FUNC
                            && object.symbol_name(&raw) == Ok(name)
                    })
                })
            }
            _ => false,
        }
    }

    fn load_member(&mut self, index: usize, member: usize) {
        let Some(archive) = self.archives.get_mut(&index) else { return };
        if std::mem::replace(&mut archive.loaded[member], true) {
            return;
        }
        let archive = &self.archives[&index];
        let bytes = self.member_bytes(archive, member);
        let file = archive.file;
        let name = format!("{}({})", file.name, String::from_utf8_lossy(archive.members[member].name));
        if !ElfFile::is_elf(bytes) {
            let what = "archive member is not an ELF object".into();
            return self.link.messages.error(LinkError::Malformed { file: name, what });
        }
        let parsed = match ElfFile::parse(bytes) {
            Ok(parsed) => parsed,
            Err(error) => return self.malformed(&name, error),
        };
        if !self.compatible(&name, &parsed) {
            return;
        }
        if parsed.kind != elf::ET_REL {
            let what = "archive member is not a relocatable object".into();
            return self.link.messages.error(LinkError::Malformed { file: name, what });
        }
        if self.link.options.trace {
            self.link.text.push_str(&format!("{name}\n"));
        }
        let archive_name = file.path.file_name().map(|name| name.to_string_lossy().into_owned());
        self.object(name, archive_name, &parsed);
    }

    fn object(&mut self, name: String, archive: Option<String>, file: &ElfFile<'a>) {
        let mut object = match ObjectFile::parse(name.clone(), file) {
            Ok(object) => object,
            Err(error) => return self.malformed(&name, error),
        };
        object.archive = archive;
        self.flags(&object);
        self.comdat(&mut object);
        let result = self.symbols(object);
        if let Err(error) = result {
            self.malformed(&name, error);
        }
    }

    /// Takes an object's e_flags into the output's.
    fn flags(&mut self, object: &ObjectFile<'a>) {
        let first = self.link.objects.len() == 1;
        // Objects of data alone (`ld -r -b binary`) have no flags and fit anything.
        let has_code =
            object.sections.iter().any(|s| s.flags & u64::from(elf::SHF_EXECINSTR) != 0 && s.size != 0);
        if first {
            self.link.flags = object.flags;
        } else if object.flags != self.link.flags && (has_code || object.flags != 0) {
            match (self.link.arch.merge_flags)(self.link.flags, object.flags) {
                Ok(flags) => self.link.flags = flags,
                Err(conflict) => {
                    let what = format!("{}: {conflict}", object.name);
                    self.link.messages.error(LinkError::General { what });
                }
            }
        }
    }

    /// The first group of a name wins; the sections of later ones are dropped.
    fn comdat(&mut self, object: &mut ObjectFile<'a>) {
        for group in 0..object.groups.len() {
            let (signature, comdat) = (object.groups[group].signature, object.groups[group].comdat);
            if comdat && !self.comdats.insert(signature) {
                for &member in &object.groups[group].members {
                    let section = &mut object.sections[member as usize];
                    section.discarded = true;
                    section.live = false;
                }
                object.groups[group].members.clear();
            }
        }
        for section in &mut object.sections {
            if section.name.starts_with(b".gnu.linkonce.") && !section.in_group && !section.special {
                let duplicate = !self.comdats.insert(section.name);
                section.discarded |= duplicate;
                section.live &= !duplicate;
            }
        }
    }

    fn symbols(&mut self, mut object: ObjectFile<'a>) -> Result<(), Malformed> {
        let file = self.link.objects.len() as u32;
        let count = object.symbol_count;
        object.symbol_ids.reserve(count);
        self.link.symbols.list.reserve(object.first_global);
        for index in 0..object.first_global {
            let raw = object.raw_symbol(index).unwrap_or_default();
            let name = object.symbol_name(&raw)?;
            let section = object.symbol_section(index, &raw);
            let mut symbol = Symbol::undefined(name, None);
            symbol.definition = definition(&object, file, section)?;
            (symbol.value, symbol.size, symbol.kind) = (raw.value, raw.size, raw.kind());
            symbol.binding = elf::STB_LOCAL;
            symbol.visibility = raw.visibility();
            symbol.flags |= variant(self.link, &raw);
            symbol.first_file = file;
            let id = self.link.symbols.push_local(symbol);
            object.symbol_ids.push(id);
        }
        self.link.objects.push(object);
        for index in object_range(&self.link.objects[file as usize]) {
            let object = &self.link.objects[file as usize];
            let raw = object.raw_symbol(index).unwrap_or_default();
            let name = object.symbol_name(&raw)?;
            if name == b"__gnu_lto_slim" {
                let file = object.name.clone();
                self.link.messages.error(LinkError::LtoObject { file });
                return Ok(());
            }
            let section = object.symbol_section(index, &raw);
            let mut found = definition(object, file, section)?;
            if let Definition::Section { section, .. } = found
                && object.sections[section as usize].discarded
            {
                found = Definition::Undefined;
            }
            if raw.kind() == elf::STT_COMMON && found != Definition::Undefined {
                found = Definition::Common { file };
            }
            let id = self.global(file, &raw, name, found);
            self.link.objects[file as usize].symbol_ids.push(id);
        }
        Ok(())
    }

    /// A global symbol of an object: merges reference or definition into the table.
    fn global(&mut self, file: u32, raw: &RawSymbol, name: &'a [u8], found: Definition) -> SymbolId {
        let (mut base, version) = split_version(name);
        let undefined = found == Definition::Undefined;
        if undefined && !self.link.prepared.wrap.is_empty() {
            base = self.link.prepared.wrap.get(base).map_or(base, |target| target.as_slice());
        }
        let mut key = version.filter(|(_, hidden)| *hidden).map(|(version, _)| version);
        if let Some(wanted) = key
            && undefined
            && let Some(id) = self.link.symbols.find(base, None)
            && self.link.symbols[id].version == Some(wanted)
        {
            key = None; // refers to the default version
        }
        let id = self.link.symbols.intern(base, key);
        let variant = variant(self.link, raw);
        let symbol = &mut self.link.symbols[id];
        symbol.flags |= flag::IN_OBJECT | variant;
        let visibility = raw.visibility();
        symbol.visibility = stricter(symbol.visibility, visibility);
        if symbol.first_file == NONE {
            symbol.first_file = file;
        }
        let weak = raw.binding() == elf::STB_WEAK;
        if undefined {
            if !weak {
                symbol.flags |= flag::STRONG_REFERENCE;
            }
            if symbol.kind == elf::STT_NOTYPE {
                symbol.kind = raw.kind();
            }
            return id;
        }
        if let Some((version, false)) = version {
            symbol.version = Some(version);
        }
        self.define(id, file, raw, found, weak);
        id
    }

    fn define(&mut self, id: SymbolId, file: u32, raw: &RawSymbol, found: Definition, weak: bool) {
        let common = matches!(found, Definition::Common { .. });
        let symbol = &mut self.link.symbols[id];
        let old_weak = symbol.binding == elf::STB_WEAK;
        let take = match symbol.definition {
            Definition::Undefined => true,
            Definition::Shared { .. } => {
                symbol.flags |= flag::IN_SHARED;
                symbol.version = if symbol.has(flag::HIDDEN_VERSION) { symbol.version } else { None };
                true
            }
            Definition::Common { .. } if common => {
                symbol.value = symbol.value.max(raw.value);
                if raw.size > symbol.size {
                    symbol.size = raw.size;
                    symbol.definition = found;
                }
                false
            }
            Definition::Common { .. } => !weak,
            _ if weak => false,
            _ if old_weak => true,
            _ if common => false,
            _ => {
                self.duplicate(id, file, raw, found);
                false
            }
        };
        if take {
            let symbol = &mut self.link.symbols[id];
            symbol.definition = found;
            (symbol.value, symbol.size) = (raw.value, raw.size);
            symbol.kind = if raw.kind() == elf::STT_COMMON { elf::STT_OBJECT } else { raw.kind() };
            symbol.binding = if weak { elf::STB_WEAK } else { raw.binding() };
        }
    }

    fn duplicate(&mut self, id: SymbolId, file: u32, raw: &RawSymbol, found: Definition) {
        if self.link.options.allow_multiple_definition {
            return;
        }
        let symbol = self.link.symbols[id];
        if symbol.definition == Definition::Absolute
            && found == Definition::Absolute
            && symbol.value == raw.value
        {
            return;
        }
        let site = self.link.definition_site(file, found, raw.value);
        let first = match symbol.definition {
            Definition::Section { file, .. } => {
                self.link.definition_site(file, symbol.definition, symbol.value)
            }
            _ => self.link.definition_site(symbol.first_file, symbol.definition, symbol.value),
        };
        self.link.messages.error(LinkError::Duplicate { symbol: symbol.display(), site, first });
    }

    fn shared(&mut self, file: &'a LoadedFile, index: usize, parsed: &ElfFile<'a>, modifiers: Modifiers) {
        let options = self.link.options;
        if options.static_link || options.kind == crate::OutputKind::Relocatable {
            let what = format!("attempted static link of dynamic object `{}'", file.name);
            return self.link.messages.error(LinkError::General { what });
        }
        let mut library = match SharedLibrary::parse(file.name.clone(), &file.needed_name, parsed) {
            Ok(library) => library,
            Err(error) => return self.malformed(&file.name, error),
        };
        library.as_needed = modifiers.as_needed;
        library.used = !modifiers.as_needed;
        if !self.seen_shared.insert(index) || self.sonames.contains_key(&library.soname) {
            if let Some(&first) = self.sonames.get(&library.soname) {
                self.link.libraries[first].used |= library.used;
            }
            return;
        }
        let at = self.link.libraries.len() as u32;
        self.sonames.insert(library.soname.clone(), at as usize);
        for entry in 0..library.symbols.len() {
            let id = self.shared_symbol(&library, at, entry);
            library.symbol_ids.push(id);
        }
        self.link.libraries.push(library);
    }

    fn shared_symbol(&mut self, library: &SharedLibrary<'a>, at: u32, entry: usize) -> SymbolId {
        let symbol = &library.symbols[entry];
        let raw = &symbol.raw;
        let version = library.version_name(symbol.version);
        if raw.section == elf::SHN_UNDEF {
            let id = self.link.symbols.intern(symbol.name, None);
            let target = &mut self.link.symbols[id];
            target.flags |= flag::SHARED_REFERENCE;
            if raw.binding() != elf::STB_WEAK {
                target.flags |= flag::SHARED_STRONG;
            }
            return id;
        }
        let key = if symbol.hidden { version } else { None };
        let id = self.link.symbols.intern(symbol.name, key);
        self.shared_definition(id, raw, at, version);
        if key.is_none()
            && self.link.symbols.has_versioned
            && version.is_some()
            && let Some(other) = self.link.symbols.find(symbol.name, version)
        {
            self.shared_definition(other, raw, at, version);
        }
        id
    }

    fn shared_definition(&mut self, id: SymbolId, raw: &RawSymbol, at: u32, version: Option<&'a [u8]>) {
        let variant = variant(self.link, raw);
        let symbol = &mut self.link.symbols[id];
        symbol.flags |= flag::IN_SHARED | variant;
        // Hidden references never bind to another module.
        if symbol.is_undefined() && symbol.visibility == elf::STV_DEFAULT {
            symbol.definition = Definition::Shared { file: at };
            (symbol.value, symbol.size, symbol.kind) = (raw.value, raw.size, raw.kind());
            symbol.version = version;
            symbol.binding = raw.binding();
        }
    }
}

fn object_range(object: &ObjectFile<'_>) -> std::ops::Range<usize> {
    object.first_global..object.symbol_count
}

/// The mark of a symbol whose calls are not to be bound lazily.
fn variant(link: &Link<'_>, raw: &RawSymbol) -> u16 {
    let marked = raw.other & elf::STO_VARIANT_CALL != 0 && link.arch.variant_call_tag.is_some();
    if marked { flag::VARIANT_CALL } else { 0 }
}

/// The more constraining of two visibilities.
fn stricter(a: u8, b: u8) -> u8 {
    match (a, b) {
        (elf::STV_DEFAULT, other) | (other, elf::STV_DEFAULT) => other,
        _ => a.min(b),
    }
}

/// `name@version` (true: not the default) or `name@@version`.
pub(crate) fn split_version(name: &[u8]) -> (&[u8], Option<(&[u8], bool)>) {
    match name.iter().position(|&byte| byte == b'@') {
        Some(at) if at > 0 => {
            let tail = &name[at..];
            let ats = tail.iter().take_while(|&&byte| byte == b'@').count();
            (&name[..at], Some((&tail[ats..], ats == 1)))
        }
        _ => (name, None),
    }
}

fn definition(object: &ObjectFile<'_>, file: u32, section: u32) -> Result<Definition, Malformed> {
    const UNDEFINED: u32 = elf::SHN_UNDEF as u32;
    const ABSOLUTE: u32 = elf::SHN_ABS as u32;
    const COMMON: u32 = elf::SHN_COMMON as u32;
    Ok(match section {
        UNDEFINED => Definition::Undefined,
        ABSOLUTE => Definition::Absolute,
        COMMON => Definition::Common { file },
        _ if (section as usize) < object.sections.len() => Definition::Section { file, section },
        _ => return Err("symbol in a section that does not exist".into()),
    })
}

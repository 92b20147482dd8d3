//! The state that the phases of a link share.

use crate::arch::Architecture;
use crate::constants as elf;
use crate::elf::string_at;
use crate::object_file::ObjectFile;
use crate::shared_library::SharedLibrary;
use crate::symbols::{Definition, SymbolId, SymbolTable};
use crate::version_script::{DynamicList, VersionScript};
use crate::{LinkError, LinkOptions, Messages, OutputKind, Site};
use rustc_hash::FxHashMap;

/// What the options say, digested before anything is read.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    /// `--wrap`: the name that a reference means instead.
    pub wrap: FxHashMap<Vec<u8>, Vec<u8>>,
    pub version_script: VersionScript,
    pub dynamic_list: DynamicList,
    pub has_dynamic_list: bool,
}

impl Prepared {
    /// Reads version scripts and dynamic lists.
    pub(crate) fn new(options: &LinkOptions, messages: &mut Messages) -> Prepared {
        let mut prepared = Prepared::default();
        for name in &options.wrap {
            prepared.wrap.insert(name.clone().into_bytes(), format!("__wrap_{name}").into_bytes());
            prepared.wrap.insert(format!("__real_{name}").into_bytes(), name.clone().into_bytes());
        }
        let read = |path: &std::path::Path| {
            std::fs::read_to_string(path)
                .map_err(|error| LinkError::Read { file: path.into(), reason: error.to_string() })
        };
        for path in &options.version_scripts {
            let result =
                read(path).and_then(|text| prepared.version_script.read(&path.display().to_string(), &text));
            result.unwrap_or_else(|error| messages.error(error));
        }
        for path in &options.dynamic_lists {
            prepared.has_dynamic_list = true;
            let result =
                read(path).and_then(|text| prepared.dynamic_list.read(&path.display().to_string(), &text));
            result.unwrap_or_else(|error| messages.error(error));
        }
        for pattern in &options.export_dynamic_symbols {
            prepared.dynamic_list.add(pattern);
        }
        prepared
    }
}

/// A link in progress.
#[derive(Debug)]
pub(crate) struct Link<'a> {
    pub options: &'a LinkOptions,
    pub prepared: &'a Prepared,
    pub arch: &'static Architecture,
    /// Object 0 is the linker's own: commons and copied variables.
    pub objects: Vec<ObjectFile<'a>>,
    pub libraries: Vec<SharedLibrary<'a>>,
    pub symbols: SymbolTable<'a>,
    pub messages: Messages,
    pub thunks: crate::thunks::Thunks,
    /// e_flags of the output.
    pub flags: u32,
    /// Lines for standard output.
    pub text: String,
    /// `ENTRY` of a script.
    pub script_entry: Option<&'a str>,
    /// A full linker script.
    pub script: Option<&'a crate::script_sections::Script>,
}

impl<'a> Link<'a> {
    /// Before anything is read.
    pub(crate) fn new(
        options: &'a LinkOptions,
        prepared: &'a Prepared,
        arch: &'static Architecture,
    ) -> Link<'a> {
        Link {
            options,
            prepared,
            arch,
            objects: vec![ObjectFile::internal(arch.class)],
            libraries: Vec::new(),
            symbols: SymbolTable::default(),
            messages: Messages::new(),
            thunks: crate::thunks::Thunks::default(),
            flags: 0,
            text: String::new(),
            script_entry: None,
            script: None,
        }
    }

    pub(crate) fn is_shared(&self) -> bool {
        self.options.kind == OutputKind::Shared
    }

    /// The output may be loaded anywhere.
    pub(crate) fn is_position_independent(&self) -> bool {
        matches!(self.options.kind, OutputKind::Shared | OutputKind::PositionIndependentExecutable)
    }

    pub(crate) fn is_executable(&self) -> bool {
        matches!(self.options.kind, OutputKind::Executable | OutputKind::PositionIndependentExecutable)
    }

    /// `--fix-cortex-a53-843419` on the machine that it is for.
    pub(crate) fn patches_erratum(&self) -> bool {
        self.options.fix_cortex_a53_843419 && self.arch.machine == elf::EM_AARCH64
    }

    /// There is a `.dynamic` section.
    pub(crate) fn is_dynamic(&self) -> bool {
        self.is_position_independent() || !self.libraries.is_empty()
    }

    /// A dynamic linker will run: symbols can be looked up.
    pub(crate) fn has_lookup(&self) -> bool {
        self.is_shared()
            || (self.is_dynamic() && !self.options.no_dynamic_linker && !self.options.static_link)
    }

    /// The entry symbol's name.
    pub(crate) fn entry_name(&self) -> &'a str {
        match &self.options.entry {
            Some(name) => name,
            None => self.script_entry.unwrap_or("_start"),
        }
    }

    /// A symbol's name for messages; a section's for the symbol of a section.
    pub(crate) fn symbol_name(&self, id: SymbolId) -> String {
        let symbol = &self.symbols[id];
        match symbol.definition {
            Definition::Section { file, section } if symbol.kind == elf::STT_SECTION => {
                let section = &self.objects[file as usize].sections[section as usize];
                String::from_utf8_lossy(section.name).into_owned()
            }
            _ => symbol.display(),
        }
    }

    /// A place for a message.
    pub(crate) fn site(&self, file: u32, section: u32, offset: u64) -> Box<Site> {
        let Some(object) = self.objects.get(file as usize) else { return Box::default() };
        let name = object.sections.get(section as usize).map_or(&b"*UND*"[..], |section| section.name);
        let mut site = Box::new(Site {
            file: object.name.clone(),
            section: String::from_utf8_lossy(name).into_owned(),
            offset,
            ..Site::default()
        });
        let text = |bytes: &[u8]| Some(String::from_utf8_lossy(bytes).into_owned());
        let mut best = None;
        for index in 0..object.symbol_count {
            let Some(raw) = object.raw_symbol(index) else { break };
            let name = string_at(object.strings, raw.name as usize).unwrap_or(b"");
            if raw.kind() == elf::STT_FILE && site.source.is_none() {
                site.source = text(name);
            }
            if raw.kind() == elf::STT_FUNC
                && object.symbol_section(index, &raw) == section
                && raw.value <= offset
                && best.is_none_or(|best| raw.value >= best)
                && (raw.size == 0 || offset < raw.value.saturating_add(raw.size))
            {
                best = Some(raw.value);
                site.function = text(name);
            }
        }
        site
    }

    /// The place of a definition.
    pub(crate) fn definition_site(&self, file: u32, definition: Definition, value: u64) -> Box<Site> {
        let section = match definition {
            Definition::Section { section, .. } => section,
            _ => u32::MAX,
        };
        let mut site = self.site(file, section, value);
        if section == u32::MAX {
            site.section = "*ABS*".into();
            site.source = None;
            site.function = None;
        }
        site
    }
}

//! Finding and mapping the input files.
//!
//! In: the inputs of the command line. Out: every file that the link may look at, mapped, and the order in which
//! symbol resolution walks them. Linker scripts such as glibc's `libc.so` are opened up here, `-l` names looked
//! up, and thin archives' members mapped, so that all later phases borrow from one fixed list of files.

use crate::script::{Command, parse_script};
use crate::script_sections::Script;
use crate::{Input, LinkError, LinkOptions, Messages, Modifiers, archive, elf::ElfFile};
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file's bytes.
#[derive(Debug)]
enum Bytes {
    Mapped(memmap2::Mmap),
    Memory(Arc<[u8]>),
    Empty,
}

/// A mapped file.
#[derive(Debug)]
pub(crate) struct LoadedFile {
    /// As messages name it.
    pub name: String,
    /// Where it was found (the name again for objects in memory).
    pub path: PathBuf,
    /// `-lNAME` or given by path without a directory: what DT_NEEDED says without a DT_SONAME.
    pub needed_name: String,
    bytes: Bytes,
}

impl LoadedFile {
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Mapped(map) => map,
            Bytes::Memory(bytes) => bytes,
            Bytes::Empty => &[],
        }
    }
}

/// One step of the walk.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// An object, archive or shared library.
    File(usize, Modifiers),
    StartGroup,
    EndGroup,
}

/// All files and the walk over them.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub files: Vec<LoadedFile>,
    pub steps: Vec<Step>,
    /// For thin archives: the file of each member.
    pub thin_members: FxHashMap<usize, Vec<usize>>,
    /// `ENTRY(...)` of a script.
    pub entry: Option<String>,
    /// `EXTERN(...)` of scripts.
    pub undefined: Vec<String>,
    /// What the scripts say about sections.
    pub script: Script,
    by_path: FxHashMap<PathBuf, usize>,
    extra_paths: Vec<PathBuf>,
}

const SCRIPT_DEPTH: u32 = 16;

/// Maps a file; fails with the system's words.
#[allow(unsafe_code)]
fn map(path: &Path) -> std::io::Result<Bytes> {
    let file = std::fs::File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(std::io::Error::other("Is a directory"));
    }
    if !metadata.is_file() {
        use std::io::Read;
        let (mut file, mut bytes) = (file, Vec::new());
        file.read_to_end(&mut bytes)?;
        return Ok(Bytes::Memory(bytes.into()));
    }
    if metadata.len() == 0 {
        return Ok(Bytes::Empty);
    }
    // SAFETY: the map is private and read-only. As with every linker, another process that truncates an input
    // during the link can cut the link off (SIGBUS); the output is written to a temporary file for that reason.
    let map = unsafe { memmap2::MmapOptions::new().map(&file)? };
    Ok(Bytes::Mapped(map))
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "No such file or directory".into(),
        std::io::ErrorKind::PermissionDenied => "Permission denied".into(),
        _ => error.to_string(),
    }
}

/// Maps all inputs.
pub(crate) fn load(options: &LinkOptions, inputs: &[Input], messages: &mut Messages) -> Loaded {
    let mut loaded = Loaded::default();
    for script in &options.scripts {
        loaded.file(options, script, Modifiers::default(), 0, messages);
    }
    for input in inputs {
        match input {
            Input::StartGroup => loaded.steps.push(Step::StartGroup),
            Input::EndGroup => loaded.steps.push(Step::EndGroup),
            Input::Memory { name, bytes, modifiers } => {
                let index = loaded.files.len();
                loaded.files.push(LoadedFile {
                    name: name.clone(),
                    path: PathBuf::from(name),
                    needed_name: name.clone(),
                    bytes: Bytes::Memory(bytes.clone()),
                });
                loaded.accept(options, index, *modifiers, 0, messages);
            }
            Input::File(path, modifiers) => loaded.file(options, path, *modifiers, 0, messages),
            Input::Library(name, modifiers) => loaded.library(options, name, *modifiers, 0, messages),
        }
    }
    loaded
}

impl Loaded {
    /// Maps a file once; the index.
    pub(crate) fn open(&mut self, path: &Path, name: String, needed_name: String) -> std::io::Result<usize> {
        if let Some(&index) = self.by_path.get(path) {
            return Ok(index);
        }
        let bytes = map(path)?;
        let index = self.files.len();
        self.files.push(LoadedFile { name, path: path.to_path_buf(), needed_name, bytes });
        self.by_path.insert(path.to_path_buf(), index);
        Ok(index)
    }

    fn file(
        &mut self,
        options: &LinkOptions,
        path: &Path,
        modifiers: Modifiers,
        depth: u32,
        messages: &mut Messages,
    ) {
        match self.open(path, path.display().to_string(), path.display().to_string()) {
            Ok(index) => self.accept(options, index, modifiers, depth, messages),
            Err(error) => messages.error(LinkError::Read { file: path.into(), reason: reason(&error) }),
        }
    }

    fn library(
        &mut self,
        options: &LinkOptions,
        name: &str,
        modifiers: Modifiers,
        depth: u32,
        messages: &mut Messages,
    ) {
        let static_only = modifiers.static_only || options.static_link;
        let candidates: Vec<String> = match name.strip_prefix(':') {
            Some(file) => vec![file.to_string()],
            None if static_only => vec![format!("lib{name}.a")],
            None => vec![format!("lib{name}.so"), format!("lib{name}.a")],
        };
        let root = options.sysroot.as_deref().unwrap_or(Path::new("/"));
        let arch = self.machine(options);
        let defaults = arch
            .map_or(&[][..], |arch| arch.search_directories)
            .iter()
            .filter(|_| !options.no_default_directories);
        let defaults = defaults.map(|directory| root.join(directory));
        let given =
            options.library_paths.iter().chain(&self.extra_paths).map(|path| in_sysroot(options, path));
        let directories: Vec<PathBuf> = given.chain(defaults).collect();
        for directory in &directories {
            for file in &candidates {
                let path = directory.join(file);
                if let Ok(index) = self.open(&path, path.display().to_string(), file.clone()) {
                    let machine = arch.map(|arch| (arch.machine, arch.class));
                    if wrong_machine(self.files[index].bytes(), machine) {
                        continue; // ld: "skipping incompatible"
                    }
                    return self.accept(options, index, modifiers, depth, messages);
                }
            }
        }
        messages.error(LinkError::LibraryNotFound { name: name.into() });
    }

    /// The machine: `-m`, or that of the first ELF file so far, or x86-64.
    fn machine(&self, options: &LinkOptions) -> Option<&'static crate::arch::Architecture> {
        if let Some(name) = &options.emulation {
            return crate::arch::by_emulation(name);
        }
        let parsed = self.steps.iter().find_map(|step| match step {
            Step::File(index, _) => {
                let bytes = crate::resolve::first_elf(self.files[*index].bytes())?;
                ElfFile::parse(bytes).ok()
            }
            _ => None,
        });
        match parsed {
            Some(file) => crate::arch::by_machine(file.machine, file.class),
            None => crate::arch::by_emulation("elf_x86_64"),
        }
    }

    /// Takes a file into the walk; a script is walked itself.
    fn accept(
        &mut self,
        options: &LinkOptions,
        index: usize,
        modifiers: Modifiers,
        depth: u32,
        messages: &mut Messages,
    ) {
        let bytes = self.files[index].bytes();
        if ElfFile::is_elf(bytes) {
            self.steps.push(Step::File(index, modifiers));
        } else if archive::is_archive(bytes) {
            self.steps.push(Step::File(index, modifiers));
            if bytes.starts_with(b"!<thin>\n") {
                self.thin(index, messages);
            }
        } else if depth >= SCRIPT_DEPTH {
            let place = self.files[index].name.clone();
            messages.error(LinkError::Malformed {
                file: place,
                what: "linker scripts include each other".into(),
            });
        } else {
            self.script(options, index, modifiers, depth, messages);
        }
    }

    fn thin(&mut self, index: usize, messages: &mut Messages) {
        let file = &self.files[index];
        let Ok(parsed) = archive::parse(file.bytes()) else { return };
        let base = file.path.parent().map(Path::to_path_buf).unwrap_or_default();
        let archive_name = file.name.clone();
        let names: Vec<String> =
            parsed.members.iter().map(|member| String::from_utf8_lossy(member.name).into_owned()).collect();
        let mut members = Vec::with_capacity(names.len());
        for name in names {
            let path = base.join(&name);
            match self.open(&path, format!("{archive_name}({name})"), name) {
                Ok(member) => members.push(member),
                Err(error) => {
                    messages.error(LinkError::Read { file: path, reason: reason(&error) });
                    return;
                }
            }
        }
        self.thin_members.insert(index, members);
    }

    fn script(
        &mut self,
        options: &LinkOptions,
        index: usize,
        modifiers: Modifiers,
        depth: u32,
        messages: &mut Messages,
    ) {
        let file = &self.files[index];
        let name = file.name.clone();
        let text = match std::str::from_utf8(file.bytes()) {
            Ok(text) if !text.contains('\0') && !text.trim().is_empty() => text.to_string(),
            _ => return messages.error(LinkError::UnknownFormat { file: name }),
        };
        let commands = match parse_script(&text, &mut self.script) {
            Ok(commands) => commands,
            Err(error) if error.unsupported => {
                return messages.error(LinkError::Unsupported { place: name, what: error.what });
            }
            Err(_) if !text.contains(['(', '=']) => {
                return messages.error(LinkError::UnknownFormat { file: name });
            }
            Err(error) => {
                return messages.error(LinkError::Script { file: name, line: error.line, what: error.what });
            }
        };
        for command in commands {
            match command {
                Command::StartGroup => self.steps.push(Step::StartGroup),
                Command::EndGroup => self.steps.push(Step::EndGroup),
                Command::SearchDirectory(directory) => self.extra_paths.push(PathBuf::from(directory)),
                Command::Entry(symbol) => self.entry = Some(symbol),
                Command::Undefined(symbol) => self.undefined.push(symbol),
                Command::Input { name: input, as_needed } => {
                    let modifiers = Modifiers { as_needed: as_needed || modifiers.as_needed, ..modifiers };
                    if let Some(library) = input.strip_prefix("-l") {
                        self.library(options, library, modifiers, depth + 1, messages);
                    } else {
                        let path = self.script_path(options, &input);
                        self.file(options, &path, modifiers, depth + 1, messages);
                    }
                }
            }
        }
    }

    /// A file named in a script: as it is, or else in the library directories.
    fn script_path(&self, options: &LinkOptions, input: &str) -> PathBuf {
        let path = Path::new(input);
        if path.is_absolute() {
            let inside = options.sysroot.as_ref().map(|root| root.join(input.trim_start_matches('/')));
            return inside.filter(|path| path.exists()).unwrap_or_else(|| path.to_path_buf());
        }
        if let Some(rest) = input.strip_prefix('=') {
            let root = options.sysroot.clone().unwrap_or_default();
            return root.join(rest.trim_start_matches('/'));
        }
        if path.exists() {
            return path.to_path_buf();
        }
        let directories = options.library_paths.iter().chain(&self.extra_paths);
        let found = directories.map(|d| in_sysroot(options, d).join(input)).find(|path| path.exists());
        found.unwrap_or_else(|| path.to_path_buf())
    }
}

/// `-L=DIR` and `-L$SYSROOT/DIR` lie in the sysroot.
fn in_sysroot(options: &LinkOptions, path: &Path) -> PathBuf {
    let text = path.to_string_lossy();
    match text.strip_prefix('=').or_else(|| text.strip_prefix("$SYSROOT")) {
        Some(rest) => match &options.sysroot {
            Some(root) => root.join(rest.trim_start_matches('/')),
            None => PathBuf::from(rest.to_string()),
        },
        None => path.to_path_buf(),
    }
}

/// Whether an ELF file found through `-l` is for another machine than the emulation's.
fn wrong_machine(bytes: &[u8], machine: Option<(u16, crate::elf::Class)>) -> bool {
    let Some((machine, class)) = machine else { return false };
    if !ElfFile::is_elf(bytes) {
        return false;
    }
    let same_class = bytes.get(4) == Some(&if class == crate::elf::Class::Elf64 { 2 } else { 1 });
    !same_class || crate::elf::u16_at(bytes, 18) != Some(machine)
}

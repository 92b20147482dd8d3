//! What to link and how: plain data, filled by [`crate::command_line`] or by a program.

use std::path::PathBuf;
use std::sync::Arc;

/// What is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OutputKind {
    /// An executable at fixed addresses (`-no-pie`).
    #[default]
    Executable,
    /// A position-independent executable (`-pie`).
    PositionIndependentExecutable,
    /// A shared library (`-shared`).
    Shared,
    /// A relocatable object (`-r`).
    Relocatable,
}

/// Where the output goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Destination {
    /// A file, written beside its final place and renamed, mode 755.
    File(PathBuf),
    /// [`crate::Output::bytes`].
    Memory,
}

/// `--build-id`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum BuildId {
    /// No note.
    #[default]
    None,
    /// SHA-1 of the output.
    Sha1,
    /// 16 bytes, derived from the output like `Sha1` (GNU ld's `md5`; not the MD5 function).
    Md5,
    /// 16 bytes with the version bits of a UUID, derived from the output so that links repeat.
    Uuid,
    /// Given bytes.
    Bytes(Vec<u8>),
}

/// `--hash-style`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HashStyle {
    /// `.hash` only.
    SystemV,
    /// `.gnu.hash` only.
    Gnu,
    /// Both.
    Both,
}

/// `-Bsymbolic` and its relatives: which definitions of a shared library bind to themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Symbolic {
    /// None.
    #[default]
    No,
    /// `-Bsymbolic`.
    All,
    /// `-Bsymbolic-functions`.
    Functions,
    /// `-Bsymbolic-non-weak-functions`.
    NonWeakFunctions,
}

/// `-s`, `-S`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Strip {
    /// Keep all.
    #[default]
    Nothing,
    /// `-S`: no debug sections.
    Debug,
    /// `-s`: no debug sections and no `.symtab`.
    All,
}

/// `-x`, `-X`: local symbols left out of `.symtab`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum DiscardLocals {
    /// None (`--discard-none`), but `.L` names never get in through merge sections.
    #[default]
    None,
    /// `-X`: those that begin with `.L`.
    Temporary,
    /// `-x`: all.
    All,
}

/// What an undefined symbol is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Unresolved {
    /// An error.
    #[default]
    Report,
    /// A warning (`--warn-unresolved-symbols`).
    Warn,
    /// Ignored (`--unresolved-symbols=ignore-all`).
    Ignore,
}

/// `--sort-section`: the order of input sections of one output section.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum SortSection {
    /// As they come.
    #[default]
    No,
    /// By name.
    Name,
    /// Largest alignment first.
    Alignment,
}

/// One `--defsym`: `NAME=EXPRESSION`, kept as text until addresses are known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DefinedSymbol {
    /// The name.
    pub name: String,
    /// The expression: numbers, symbols, `+ - * / & | ^ << >> ( )`.
    pub expression: String,
}

/// Everything that is not an input.
#[derive(Clone, Debug)]
pub struct LinkOptions {
    /// What is made.
    pub kind: OutputKind,
    /// Where it goes.
    pub output: Destination,
    /// `-static`: no shared libraries at all.
    pub static_link: bool,
    /// `-m`: the emulation (`elf_x86_64`); `None` takes the first object's machine.
    pub emulation: Option<String>,
    /// `-e`.
    pub entry: Option<String>,
    /// `-L`, in order.
    pub library_paths: Vec<PathBuf>,
    /// `-nostdlib`: only `-L` directories are searched.
    pub no_default_directories: bool,
    /// `--sysroot`, put before script paths that begin with `/` or `=`.
    pub sysroot: Option<PathBuf>,
    /// `-dynamic-linker`.
    pub dynamic_linker: Option<String>,
    /// `--no-dynamic-linker`.
    pub no_dynamic_linker: bool,
    /// `-soname`.
    pub soname: Option<String>,
    /// `-rpath`, in order.
    pub rpath: Vec<String>,
    /// `-rpath-link`: where the libraries of libraries are looked for.
    pub rpath_link: Vec<PathBuf>,
    /// DT_RUNPATH rather than DT_RPATH.
    pub enable_new_dtags: bool,
    /// `-init` (`_init`).
    pub init: String,
    /// `-fini` (`_fini`).
    pub fini: String,
    /// `-u`.
    pub undefined: Vec<String>,
    /// `--defsym`.
    pub defined: Vec<DefinedSymbol>,
    /// `--wrap`.
    pub wrap: Vec<String>,
    /// `--version-script`: file names.
    pub version_scripts: Vec<PathBuf>,
    /// `--dynamic-list`: file names.
    pub dynamic_lists: Vec<PathBuf>,
    /// `-T`: file names.
    pub scripts: Vec<PathBuf>,
    /// `--export-dynamic`.
    pub export_dynamic: bool,
    /// `--export-dynamic-symbol`: glob patterns.
    pub export_dynamic_symbols: Vec<String>,
    /// `--exclude-libs`: archive names, or `ALL`.
    pub exclude_libs: Vec<String>,
    /// `-Bsymbolic*`.
    pub symbolic: Symbolic,
    /// `--gc-sections`.
    pub gc_sections: bool,
    /// `--print-gc-sections`.
    pub print_gc_sections: bool,
    /// `-z start-stop-gc`: `__start_SEC` does not keep SEC.
    pub start_stop_gc: bool,
    /// `-z nostart-stop-gc` is the default; `--gc-keep-exported`.
    pub gc_keep_exported: bool,
    /// `-s`, `-S`.
    pub strip: Strip,
    /// `-x`, `-X`.
    pub discard_locals: DiscardLocals,
    /// `--build-id`.
    pub build_id: BuildId,
    /// `--hash-style`.
    pub hash_style: HashStyle,
    /// `--eh-frame-hdr`.
    pub eh_frame_header: bool,
    /// `-z relro`.
    pub relro: bool,
    /// `-z now`.
    pub bind_now: bool,
    /// `-z execstack` (Some(true)), `-z noexecstack` (Some(false)).
    pub executable_stack: Option<bool>,
    /// `-z stack-size=`.
    pub stack_size: u64,
    /// `-z max-page-size=`.
    pub max_page_size: Option<u64>,
    /// `-z defs`, `--no-undefined`: undefined symbols are errors in shared libraries too.
    pub no_undefined: bool,
    /// `--unresolved-symbols`, `--warn-unresolved-symbols`.
    pub unresolved: Unresolved,
    /// `--allow-shlib-undefined`; `None`: allowed for shared libraries only.
    pub allow_shlib_undefined: Option<bool>,
    /// `--allow-multiple-definition`, `-z muldefs`.
    pub allow_multiple_definition: bool,
    /// `-z text`: dynamic relocations in read-only sections are errors.
    pub text_relocations_are_errors: bool,
    /// `-z nodelete`, `initfirst`, `nodlopen`, `origin`, `interpose`, ...: bits of DT_FLAGS_1.
    pub flags_1: u64,
    /// `-z separate-code`.
    pub separate_code: bool,
    /// `-z pack-relative-relocs`.
    pub pack_relative_relocations: bool,
    /// `--no-copy-dt-needed-entries` is the default; `-z nocopyreloc`.
    pub no_copy_relocations: bool,
    /// `--no-relax`.
    pub no_relax: bool,
    /// `-Ttext`, `-Tdata`, `-Tbss`, `--section-start`: section name and address.
    pub section_starts: Vec<(String, u64)>,
    /// `--image-base`, `-Ttext-segment`.
    pub image_base: Option<u64>,
    /// `--emit-relocs`.
    pub emit_relocations: bool,
    /// `-Map`: a file name, `-` for standard output ([`crate::Output::text`]).
    pub map: Option<PathBuf>,
    /// `--cref`.
    pub cross_reference: bool,
    /// `-t`.
    pub trace: bool,
    /// `--trace-symbol`.
    pub trace_symbols: Vec<String>,
    /// `--fatal-warnings`.
    pub fatal_warnings: bool,
    /// `-O2`: share string tails.
    pub optimize: u32,
    /// `--dependency-file`.
    pub dependency_file: Option<PathBuf>,
    /// `--warn-common`.
    pub warn_common: bool,
    /// `-d`: allocate commons in `-r` links too.
    pub define_common: bool,
    /// `-N`: code is writable, data follows it without a page between, no shared libraries.
    pub omagic: bool,
    /// `--oformat binary`: the bytes from the lowest to the highest loaded address, nothing else.
    pub binary: bool,
    /// `--sort-section`.
    pub sort_section: SortSection,
    /// `--fix-cortex-a53-843419`.
    pub fix_cortex_a53_843419: bool,
    /// What the command line asked for that has no effect; [`crate::link`] warns of it.
    pub warnings: Vec<String>,
    /// `--noinhibit-exec`: write the output although symbols are undefined.
    pub no_inhibit_exec: bool,
    /// Threads; 0 takes as many as there are processors.
    pub threads: usize,
}

impl Default for LinkOptions {
    fn default() -> Self {
        LinkOptions {
            kind: OutputKind::Executable,
            output: Destination::File(PathBuf::from("a.out")),
            static_link: false,
            emulation: None,
            entry: None,
            library_paths: Vec::new(),
            no_default_directories: false,
            sysroot: None,
            dynamic_linker: None,
            no_dynamic_linker: false,
            soname: None,
            rpath: Vec::new(),
            rpath_link: Vec::new(),
            enable_new_dtags: true,
            init: "_init".into(),
            fini: "_fini".into(),
            undefined: Vec::new(),
            defined: Vec::new(),
            wrap: Vec::new(),
            version_scripts: Vec::new(),
            dynamic_lists: Vec::new(),
            scripts: Vec::new(),
            export_dynamic: false,
            export_dynamic_symbols: Vec::new(),
            exclude_libs: Vec::new(),
            symbolic: Symbolic::No,
            gc_sections: false,
            print_gc_sections: false,
            start_stop_gc: false,
            gc_keep_exported: false,
            strip: Strip::Nothing,
            discard_locals: DiscardLocals::None,
            build_id: BuildId::None,
            hash_style: HashStyle::Both,
            eh_frame_header: false,
            relro: true,
            bind_now: false,
            executable_stack: None,
            stack_size: 0,
            max_page_size: None,
            no_undefined: false,
            unresolved: Unresolved::Report,
            allow_shlib_undefined: None,
            allow_multiple_definition: false,
            text_relocations_are_errors: false,
            flags_1: 0,
            separate_code: true,
            pack_relative_relocations: false,
            no_copy_relocations: false,
            no_relax: false,
            section_starts: Vec::new(),
            image_base: None,
            emit_relocations: false,
            map: None,
            cross_reference: false,
            trace: false,
            trace_symbols: Vec::new(),
            fatal_warnings: false,
            optimize: 0,
            dependency_file: None,
            warn_common: false,
            define_common: false,
            no_inhibit_exec: false,
            omagic: false,
            binary: false,
            sort_section: SortSection::No,
            fix_cortex_a53_843419: false,
            warnings: Vec::new(),
            threads: 0,
        }
    }
}

/// The switches that hold for the inputs after them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Modifiers {
    /// `--whole-archive`.
    pub whole_archive: bool,
    /// `--as-needed`.
    pub as_needed: bool,
    /// `-Bstatic`: `-l` finds archives only.
    pub static_only: bool,
}

/// One thing on the command line, in order.
#[derive(Clone, Debug)]
pub enum Input {
    /// An object, archive, shared library or linker script.
    File(PathBuf, Modifiers),
    /// `-lNAME`, or `-l:FILE`.
    Library(String, Modifiers),
    /// An object (or archive, or shared library) in memory; the name is for messages.
    Memory {
        /// The name in messages and in the map.
        name: String,
        /// The file's bytes.
        bytes: Arc<[u8]>,
        /// The switches that hold for it.
        modifiers: Modifiers,
    },
    /// `--start-group`
    StartGroup,
    /// `--end-group`
    EndGroup,
}

impl Input {
    /// A file without switches.
    pub fn file(path: impl Into<PathBuf>) -> Input {
        Input::File(path.into(), Modifiers::default())
    }

    /// A library without switches.
    pub fn library(name: impl Into<String>) -> Input {
        Input::Library(name.into(), Modifiers::default())
    }

    /// An object in memory.
    pub fn memory(name: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Input {
        Input::Memory { name: name.into(), bytes: bytes.into(), modifiers: Modifiers::default() }
    }
}

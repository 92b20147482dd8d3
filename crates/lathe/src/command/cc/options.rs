//! What a `lathe cc` command line says: words become one plain struct.

use super::table::{self, Opt, Shape};
use crate::command::arguments::UsageError;
use lathe_backend::OptLevel;
use lathe_c::dialect::Dialect;
use lathe_c::pp::{DirectoryKind, MacroOption};
use lathe_diag::ColorChoice;
use lathe_ir::{TlsModel, Visibility};
use lathe_target::{RelocModel, Target};

/// Where to stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Mode {
    /// Link.
    #[default]
    Link,
    /// `-c`
    Compile,
    /// `-S`
    Assembly,
    /// `-E`
    Preprocess,
    /// `-fsyntax-only`
    Check,
    /// `--emit=ssa`
    Ssa,
}

/// The language of an input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Language {
    C,
    PreprocessedC,
    Assembler,
    AssemblerWithCpp,
    Ssa,
    /// Object, archive, shared library, script: for the linker.
    Linker,
}

/// An input or a linker option whose place among the inputs matters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Item {
    /// A file with its language.
    File(String, Language),
    /// `-lNAME`
    Library(String),
    /// An argument passed through to the linker.
    Linker(String),
}

/// What is linked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum LinkKind {
    /// Debian's default: position-independent, dynamic.
    #[default]
    Pie,
    NoPie,
    Static,
    StaticPie,
    Shared,
    Relocatable,
}

/// Dependency output (`-M…`).
#[derive(Clone, Default, Debug)]
pub(crate) struct Dependencies {
    pub(crate) only: bool,
    pub(crate) also: bool,
    pub(crate) system: bool,
    pub(crate) file: Option<String>,
    /// Target and whether it is to be quoted.
    pub(crate) targets: Vec<(String, bool)>,
    pub(crate) phony: bool,
    pub(crate) generated: bool,
}

/// A question instead of work.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Query {
    Help,
    Version,
    DumpMachine,
    DumpVersion,
    DumpFullVersion,
    DumpSpecs,
    SearchDirs,
    FileName(String),
    ProgName(String),
    LibgccFileName,
    MultiOsDirectory,
    MultiLib,
    MultiDirectory,
    Multiarch,
    Sysroot,
}

/// The whole command line.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) mode: Mode,
    pub(crate) items: Vec<Item>,
    pub(crate) output: Option<String>,
    pub(crate) query: Option<Query>,
    pub(crate) verbose: bool,
    pub(crate) dry_run: bool,
    pub(crate) target: Target,
    pub(crate) dialect: Dialect,
    pub(crate) macros: Vec<MacroOption>,
    pub(crate) directories: Vec<(DirectoryKind, String)>,
    pub(crate) include: Vec<String>,
    pub(crate) include_macros: Vec<String>,
    pub(crate) no_standard_include: bool,
    pub(crate) undefine_system: bool,
    pub(crate) output_flags: lathe_c::pp::OutputOptions,
    pub(crate) dump_macros: bool,
    pub(crate) trace_headers: bool,
    pub(crate) trigraphs: bool,
    pub(crate) dependencies: Dependencies,
    pub(crate) level: OptLevel,
    pub(crate) optimize_size: bool,
    pub(crate) debug: bool,
    /// `-g1`: lines and functions, no types and variables.
    pub(crate) line_tables_only: bool,
    /// `-W` options in order, without `-W`.
    pub(crate) warnings: Vec<String>,
    pub(crate) no_warnings: bool,
    pub(crate) pedantic: bool,
    pub(crate) pedantic_errors: bool,
    pub(crate) max_errors: usize,
    pub(crate) color: ColorChoice,
    pub(crate) json: bool,
    pub(crate) link: LinkKind,
    pub(crate) export_dynamic: bool,
    pub(crate) strip: bool,
    pub(crate) no_start_files: bool,
    pub(crate) no_default_libs: bool,
    pub(crate) no_libc: bool,
    pub(crate) library_dirs: Vec<String>,
    pub(crate) prefixes: Vec<String>,
    pub(crate) sysroot: Option<String>,
    pub(crate) static_libgcc: bool,
    pub(crate) pthread: bool,
    pub(crate) use_linker: Option<String>,
    pub(crate) use_assembler: Option<String>,
    pub(crate) assembler_arguments: Vec<String>,
    pub(crate) save_temps: bool,
    pub(crate) time_report: bool,
    pub(crate) print_after: Vec<String>,
    pub(crate) disabled_passes: Vec<String>,
    pub(crate) threads: usize,
    pub(crate) backend: String,
    pub(crate) features: Features,
    /// `-m` words, to be applied once the target is known.
    pub(crate) machine: Vec<String>,
    /// Options that are not known: gcc would refuse them, we warn.
    pub(crate) unknown: Vec<String>,
}

/// `-f` and `-m` options with an effect.
#[derive(Clone, Debug)]
pub(crate) struct Features {
    pub(crate) reloc: Option<RelocModel>,
    pub(crate) wrapv: bool,
    pub(crate) common: bool,
    pub(crate) short_enums: bool,
    pub(crate) char_is_signed: Option<bool>,
    pub(crate) unsigned_bit_fields: bool,
    pub(crate) builtin: bool,
    pub(crate) no_builtins: Vec<String>,
    pub(crate) freestanding: bool,
    pub(crate) gnu89_inline: bool,
    pub(crate) ms_extensions: bool,
    pub(crate) fast_math: bool,
    pub(crate) function_sections: bool,
    pub(crate) data_sections: bool,
    pub(crate) visibility: Visibility,
    pub(crate) unwind_tables: bool,
    /// Cleanups run while an exception passes.
    pub(crate) exceptions: bool,
    pub(crate) frame_pointer: Option<bool>,
    pub(crate) plt: bool,
    pub(crate) stack_protector: u8,
    pub(crate) stack_probes: bool,
    pub(crate) jump_tables: bool,
    pub(crate) tls_model: Option<TlsModel>,
    pub(crate) patchable_entry: (u16, u16),
    pub(crate) red_zone: bool,
    /// `-mregparm=`: of i686 functions that say nothing themselves.
    pub(crate) register_parameters: u8,
    pub(crate) intel_syntax: bool,
    pub(crate) ident: bool,
    pub(crate) prefix_map: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            mode: Mode::Link,
            items: Vec::new(),
            output: None,
            query: None,
            verbose: false,
            dry_run: false,
            target: Target::host(),
            dialect: Dialect::default(),
            macros: Vec::new(),
            directories: Vec::new(),
            include: Vec::new(),
            include_macros: Vec::new(),
            no_standard_include: false,
            undefine_system: false,
            output_flags: lathe_c::pp::OutputOptions::default(),
            dump_macros: false,
            trace_headers: false,
            trigraphs: false,
            dependencies: Dependencies { system: true, ..Dependencies::default() },
            level: OptLevel::None,
            optimize_size: false,
            debug: false,
            line_tables_only: false,
            warnings: Vec::new(),
            no_warnings: false,
            pedantic: false,
            pedantic_errors: false,
            max_errors: 0,
            color: ColorChoice::Auto,
            json: false,
            link: LinkKind::Pie,
            export_dynamic: false,
            strip: false,
            no_start_files: false,
            no_default_libs: false,
            no_libc: false,
            library_dirs: Vec::new(),
            prefixes: Vec::new(),
            sysroot: None,
            static_libgcc: false,
            pthread: false,
            use_linker: None,
            use_assembler: None,
            assembler_arguments: Vec::new(),
            save_temps: false,
            time_report: false,
            print_after: Vec::new(),
            disabled_passes: Vec::new(),
            threads: 0,
            backend: "native".into(),
            features: Features {
                reloc: None,
                wrapv: false,
                common: false,
                short_enums: false,
                char_is_signed: None,
                unsigned_bit_fields: false,
                builtin: true,
                no_builtins: Vec::new(),
                freestanding: false,
                gnu89_inline: false,
                ms_extensions: false,
                fast_math: false,
                function_sections: false,
                data_sections: false,
                visibility: Visibility::Default,
                unwind_tables: true,
                exceptions: false,
                frame_pointer: None,
                plt: true,
                stack_protector: 0,
                stack_probes: false,
                jump_tables: true,
                tls_model: None,
                patchable_entry: (0, 0),
                red_zone: true,
                register_parameters: 0,
                intel_syntax: false,
                ident: true,
                prefix_map: Vec::new(),
            },
            machine: Vec::new(),
            unknown: Vec::new(),
        }
    }
}

/// The language of a file by its name.
fn language_of(name: &str) -> Language {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("c" | "h") => Language::C,
        Some("i") => Language::PreprocessedC,
        Some("s") => Language::Assembler,
        Some("S" | "sx") => Language::AssemblerWithCpp,
        Some("ssa") => Language::Ssa,
        _ => Language::Linker,
    }
}

/// Reads a command line (without the program's name; `@FILE`s already expanded).
pub(crate) fn parse(words: &[String], mut options: Options) -> Result<Options, UsageError> {
    parse_words(words, &mut options)?;
    finish(&mut options)?;
    Ok(options)
}

fn parse_words(words: &[String], options: &mut Options) -> Result<(), UsageError> {
    let mut language: Option<Language> = None;
    let mut position = 0;
    while position < words.len() {
        let word = &words[position];
        position += 1;
        if !word.starts_with('-') || word == "-" {
            let by_name = language.unwrap_or_else(|| language_of(word));
            options.items.push(Item::File(word.clone(), by_name));
            continue;
        }
        let Some((row, joined)) = table::find(word) else {
            return Err(UsageError::unknown(word));
        };
        let needs_next = row.shape == Shape::Separate || (row.shape == Shape::Either && joined.is_none());
        let argument = if needs_next {
            let Some(next) = words.get(position) else {
                return Err(UsageError::missing_argument(word));
            };
            position += 1;
            next.as_str()
        } else {
            joined.unwrap_or_default()
        };
        if row.opt == Opt::Language {
            language = parse_language(argument)?;
            continue;
        }
        apply(options, row.opt, word, argument)?;
    }
    Ok(())
}

fn parse_language(name: &str) -> Result<Option<Language>, UsageError> {
    Ok(Some(match name {
        "none" => return Ok(None),
        "c" | "c-header" => Language::C,
        "cpp-output" => Language::PreprocessedC,
        "assembler" => Language::Assembler,
        "assembler-with-cpp" => Language::AssemblerWithCpp,
        "ssa" => Language::Ssa,
        _ => return Err(UsageError::new(format!("language {name} not recognized"))),
    }))
}

/// What follows from several options together.
fn finish(options: &mut Options) -> Result<(), UsageError> {
    for word in std::mem::take(&mut options.machine) {
        super::machine::apply(options, &word)?;
    }
    for item in &mut options.items {
        // Standard input is C unless `-x` says otherwise, but only for -E: gcc asks for -x else.
        if let Item::File(name, language @ Language::Linker) = item
            && name == "-"
            && options.mode == Mode::Preprocess
        {
            *language = Language::C;
        }
    }
    let features = &options.features;
    let by_link = match options.link {
        LinkKind::NoPie | LinkKind::Static if options.mode == Mode::Link => RelocModel::Static,
        _ => RelocModel::Pie,
    };
    options.target.reloc_model = features.reloc.unwrap_or(by_link);
    if options.features.fast_math {
        options.unknown.retain(|word| word != "-ffast-math");
    }
    Ok(())
}

fn apply(o: &mut Options, opt: Opt, word: &str, argument: &str) -> Result<(), UsageError> {
    let text = || argument.to_string();
    match opt {
        Opt::Compile => o.mode = Mode::Compile,
        Opt::Assemble => o.mode = Mode::Assembly,
        Opt::Preprocess => o.mode = Mode::Preprocess,
        Opt::SyntaxOnly => o.mode = Mode::Check,
        Opt::Emit => o.mode = emit_mode(argument)?,
        Opt::Output => o.output = Some(text()),
        Opt::Language => unreachable!("handled by the caller"),
        Opt::Verbose => o.verbose = true,
        Opt::DryRun => o.dry_run = true,
        Opt::Standard => {
            o.dialect = Dialect::parse(argument)
                .ok_or_else(|| UsageError::new(format!("unrecognized command-line option '{word}'")))?;
        }
        Opt::Ansi => o.dialect = Dialect::parse("c89").unwrap_or_default(),
        Opt::Define => o.macros.push(MacroOption::Define(text())),
        Opt::Undefine => o.macros.push(MacroOption::Undefine(text())),
        Opt::IncludeDir => o.directories.push((DirectoryKind::Include, text())),
        Opt::QuoteDir => o.directories.push((DirectoryKind::Quote, text())),
        Opt::SystemDir => o.directories.push((DirectoryKind::System, text())),
        Opt::AfterDir => o.directories.push((DirectoryKind::After, text())),
        Opt::IncludeFile => o.include.push(text()),
        Opt::IncludeMacros => o.include_macros.push(text()),
        Opt::NoStandardInclude => o.no_standard_include = true,
        Opt::UndefineSystem => o.undefine_system = true,
        Opt::NoLineMarkers => o.output_flags.no_line_markers = true,
        Opt::KeepComments => o.output_flags.keep_comments = true,
        Opt::KeepMacroComments => {
            o.output_flags.keep_comments = true;
            o.output_flags.keep_macro_comments = true;
        }
        Opt::DumpMacros => o.dump_macros = true,
        Opt::DumpDefinitions => o.output_flags.dump_definitions = true,
        Opt::DumpIncludes => o.output_flags.dump_includes = true,
        Opt::TraceHeaders => o.trace_headers = true,
        Opt::Trigraphs => o.trigraphs = true,
        Opt::Preprocessed | Opt::Pipe | Opt::Tuning => {}
        Opt::DepsOnly | Opt::DepsOnlyUser | Opt::DepsAlso | Opt::DepsAlsoUser => dependency_mode(o, opt),
        Opt::DepsFile => o.dependencies.file = Some(text()),
        Opt::DepsTarget => o.dependencies.targets.push((text(), false)),
        Opt::DepsTargetQuoted => o.dependencies.targets.push((text(), true)),
        Opt::DepsPhony => o.dependencies.phony = true,
        Opt::DepsGenerated => o.dependencies.generated = true,
        Opt::Optimize => optimize(o, word, argument)?,
        Opt::Debug => {
            (o.debug, o.line_tables_only) = debug_level(word, argument)?;
            if argument == "dwarf-4" {
                // Only version 5 is written.
                o.unknown.push(word.into());
            }
        }
        Opt::Warning => {
            // Names that gcc does not know are errors, as there; unknown `-Wno-` are silent.
            if lathe_c::sema::options::Warnings::default().apply(argument).is_err() {
                return Err(UsageError::unknown(word));
            }
            o.warnings.push(text());
        }
        Opt::NoWarnings => o.no_warnings = true,
        Opt::Pedantic => o.pedantic = true,
        Opt::PedanticErrors => o.pedantic_errors = true,
        Opt::MaxErrors => o.max_errors = number(word, argument)?,
        Opt::Color => {
            o.color = match argument {
                "auto" => ColorChoice::Auto,
                "never" => ColorChoice::Never,
                "" if word.starts_with("-fno") => ColorChoice::Never,
                _ => ColorChoice::Always,
            }
        }
        Opt::DiagnosticsFormat => match argument {
            "text" => o.json = false,
            "json" | "json-stderr" => o.json = true,
            _ => return Err(UsageError::bad_argument(word, argument)),
        },
        Opt::Feature => super::features::apply_feature(o, word, argument)?,
        Opt::Machine | Opt::Architecture | Opt::CodeModel => o.machine.push(word.into()),
        Opt::RedZone => o.features.red_zone = true,
        Opt::NoRedZone => o.features.red_zone = false,
        Opt::AsmSyntax => match argument {
            "att" => o.features.intel_syntax = false,
            "intel" => o.features.intel_syntax = true,
            _ => return Err(UsageError::bad_argument("-masm=", argument)),
        },
        Opt::Target | Opt::Word32 | Opt::Word64 => super::features::set_target(o, opt, argument)?,
        _ => return apply_link(o, opt, word, argument),
    }
    Ok(())
}

fn apply_link(o: &mut Options, opt: Opt, word: &str, argument: &str) -> Result<(), UsageError> {
    let text = || argument.to_string();
    let linker = |o: &mut Options, words: &[&str]| {
        o.items.extend(words.iter().map(|w| Item::Linker((*w).to_string())));
    };
    match opt {
        Opt::Static => {
            o.link = if o.link == LinkKind::StaticPie { LinkKind::StaticPie } else { LinkKind::Static }
        }
        Opt::Shared => o.link = LinkKind::Shared,
        Opt::Pie => o.link = LinkKind::Pie,
        Opt::NoPie => o.link = LinkKind::NoPie,
        Opt::StaticPie => o.link = LinkKind::StaticPie,
        Opt::Relocatable => o.link = LinkKind::Relocatable,
        Opt::ExportDynamic => o.export_dynamic = true,
        Opt::Strip => o.strip = true,
        Opt::NoStandardLib => {
            o.no_start_files = true;
            o.no_default_libs = true;
        }
        Opt::NoStartFiles => o.no_start_files = true,
        Opt::NoDefaultLibs => o.no_default_libs = true,
        Opt::NoLibc => o.no_libc = true,
        Opt::Library => o.items.push(Item::Library(text())),
        Opt::LibraryDir => o.library_dirs.push(text()),
        Opt::LinkerArgument => linker(o, &[argument]),
        Opt::LinkerArguments => {
            let words: Vec<&str> = argument.split(',').collect();
            linker(o, &words);
        }
        Opt::AssemblerArguments => o.assembler_arguments.extend(argument.split(',').map(String::from)),
        Opt::PreprocessorArguments => {
            let words: Vec<String> = argument.split(',').map(String::from).collect();
            parse_words(&words, o)?;
        }
        Opt::LinkerKeyword => linker(o, &["-z", argument]),
        Opt::LinkerScript => linker(o, &["-T", argument]),
        Opt::Undefined => linker(o, &["-u", argument]),
        Opt::Entry => linker(o, &["-e", argument]),
        Opt::Pthread => o.pthread = true,
        Opt::UseLinker => o.use_linker = (argument != "lathe").then(text),
        Opt::UseAssembler => o.use_assembler = (argument != "lathe").then(text),
        Opt::Prefix => o.prefixes.push(text()),
        Opt::Sysroot => o.sysroot = Some(text()),
        Opt::StaticLibgcc => o.static_libgcc = true,
        Opt::SharedLibgcc => o.static_libgcc = false,
        Opt::SaveTemps => o.save_temps = true,
        Opt::TimeReport => o.time_report = true,
        Opt::PrintAfter => {
            let known = pass_names().chain(lathe_mach::options::STAGES.iter().copied()).chain(["all"]);
            o.print_after.extend(names(word, argument, &known.collect::<Vec<_>>())?);
        }
        Opt::DisablePass => {
            o.disabled_passes.extend(names(word, argument, &pass_names().collect::<Vec<_>>())?);
        }
        Opt::Threads => o.threads = number(word, argument)?,
        Opt::Backend => o.backend = text(),
        _ => o.query = query(opt, argument),
    }
    Ok(())
}

/// The optimizer's passes.
fn pass_names() -> impl Iterator<Item = &'static str> {
    lathe_opt::PASSES.iter().map(|pass| pass.name)
}

/// A list of names that must be known.
fn names(word: &str, argument: &str, known: &[&str]) -> Result<Vec<String>, UsageError> {
    if let Some(unknown) = argument.split(',').find(|name| !known.contains(name)) {
        return Err(UsageError::new(format!(
            "'{word}': there is no pass or stage '{unknown}'; known are {}",
            known.join(", ")
        )));
    }
    Ok(argument.split(',').map(String::from).collect())
}

fn query(opt: Opt, argument: &str) -> Option<Query> {
    Some(match opt {
        Opt::Help => Query::Help,
        Opt::Version => Query::Version,
        Opt::DumpMachine => Query::DumpMachine,
        Opt::DumpVersion => Query::DumpVersion,
        Opt::DumpFullVersion => Query::DumpFullVersion,
        Opt::DumpSpecs => Query::DumpSpecs,
        Opt::PrintSearchDirs => Query::SearchDirs,
        Opt::PrintFileName => Query::FileName(argument.into()),
        Opt::PrintProgName => Query::ProgName(argument.into()),
        Opt::PrintLibgcc => Query::LibgccFileName,
        Opt::PrintMultiOs => Query::MultiOsDirectory,
        Opt::PrintMultiLib => Query::MultiLib,
        Opt::PrintMultiDirectory => Query::MultiDirectory,
        Opt::PrintMultiarch => Query::Multiarch,
        Opt::PrintSysroot => Query::Sysroot,
        _ => return None,
    })
}

fn emit_mode(argument: &str) -> Result<Mode, UsageError> {
    Ok(match argument {
        "ssa" | "ir" => Mode::Ssa,
        "asm" => Mode::Assembly,
        "obj" => Mode::Compile,
        "exe" => Mode::Link,
        _ => return Err(UsageError::bad_argument("--emit=", argument)),
    })
}

fn dependency_mode(o: &mut Options, opt: Opt) {
    let d = &mut o.dependencies;
    match opt {
        Opt::DepsOnly => d.only = true,
        Opt::DepsOnlyUser => {
            d.only = true;
            d.system = false;
        }
        Opt::DepsAlso => d.also = true,
        _ => {
            d.also = true;
            d.system = false;
        }
    }
}

fn optimize(o: &mut Options, word: &str, argument: &str) -> Result<(), UsageError> {
    o.optimize_size = matches!(argument, "s" | "z");
    o.level = match argument {
        "0" => OptLevel::None,
        "" | "1" | "g" => OptLevel::Basic,
        "2" | "s" | "z" => OptLevel::Full,
        "fast" => {
            o.features.fast_math = true;
            OptLevel::Aggressive
        }
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => OptLevel::Aggressive,
        _ => {
            return Err(UsageError::new(format!(
                "argument to '{word}' should be a non-negative integer, 'g', 's', 'z' or 'fast'"
            )));
        }
    };
    Ok(())
}

/// Whether there is debug information, and whether it is without types and variables.
fn debug_level(word: &str, argument: &str) -> Result<(bool, bool), UsageError> {
    Ok(match argument {
        "0" | "gdb0" => (false, false),
        "1" | "gdb1" | "line-tables-only" | "mlt" => (true, true),
        ""
        | "2"
        | "3"
        | "gdb"
        | "gdb2"
        | "gdb3"
        | "dwarf"
        | "dwarf-4"
        | "dwarf-5"
        | "column-info"
        | "no-column-info"
        | "strict-dwarf"
        | "no-strict-dwarf"
        | "no-record-gcc-switches"
        | "record-gcc-switches"
        | "no-variable-location-views"
        | "variable-location-views"
        | "z=none" => (true, false),
        _ => return Err(UsageError::new(format!("unrecognized command-line option '{word}'"))),
    })
}

fn number(word: &str, argument: &str) -> Result<usize, UsageError> {
    argument.parse().map_err(|_| UsageError::bad_argument(word, argument))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(word: &str) -> Result<Options, UsageError> {
        parse(&[word.to_string()], Options::default())
    }

    #[test]
    fn unknown_warnings_are_errors_as_in_gcc() {
        let error = parsed("-Wfoobar").expect_err("gcc has no -Wfoobar");
        assert_eq!(error.to_string(), "unrecognized command-line option '-Wfoobar'");
        for known in
            ["-Wall", "-Wextra", "-Werror", "-Werror=format", "-Wno-foobar", "-Wno-unused", "-Wformat=2"]
        {
            assert!(parsed(known).is_ok(), "{known}");
        }
    }

    #[test]
    fn options_that_would_change_the_output_are_not_ignored() {
        for word in ["-gdwarf-4", "-mstackrealign", "-fno-such-feature"] {
            let options = parsed(word).expect("a warning, not an error");
            assert_eq!(options.unknown, [word], "{word}");
        }
        assert!(parsed("-fno-strict-aliasing").expect("known").unknown.is_empty());
    }
}

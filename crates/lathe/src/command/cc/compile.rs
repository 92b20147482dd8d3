//! From inputs to outputs: what is compiled, where it goes, then the link.

use super::link::{LinkItem, link_command};
use super::options::{Item, Language, Mode, Options};
use super::reason;
use crate::command::files::{TemporaryDir, write_atomically};
use crate::session::{COptions, Failed, Session};
use crate::toolchain::Toolchain;
use lathe_backend::{CompileOptions, OptLevel, OutputKind};
use lathe_c::pp::{DirectoryKind, MacroOption};
use lathe_c::token::TokenKind;
use lathe_diag::{Diagnostic, FileId, Loc};
use lathe_ir::Module;
use std::io::Read;
use std::path::Path;

/// Where an output of an input goes: `-o`, or the input's base name in the current directory.
fn output_name(options: &Options, input: &str, extension: &str) -> String {
    if let Some(output) = &options.output
        && options.mode != Mode::Link
    {
        return output.clone();
    }
    let input = if input == "-" { "-.c" } else { input };
    let stem = Path::new(input).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    format!("{stem}.{extension}")
}

/// Carries out a command line.
pub(super) fn run(
    session: &mut Session,
    words: &[String],
    options: &Options,
    toolchain: &Toolchain,
) -> Result<(), Failed> {
    let mut link_items: Vec<LinkItem> = Vec::new();
    let mut failed = false;
    for item in &options.items {
        match item {
            Item::Library(name) => link_items.push(LinkItem::Library(name.clone())),
            Item::Linker(word) => link_items.push(LinkItem::Argument(word.clone())),
            Item::File(name, Language::Linker) => {
                if options.mode != Mode::Link {
                    let message = format!("{name}: linker input file unused because linking not done");
                    session.diagnostics.push(Diagnostic::new(
                        lathe_diag::Severity::Warning,
                        Loc::NONE,
                        message,
                    ));
                }
                link_items.push(LinkItem::File(name.clone()));
            }
            Item::File(name, language) => match one_input(session, options, toolchain, name, *language) {
                Ok(Some(object)) => link_items.push(LinkItem::Object(name.clone(), object)),
                Ok(None) => {}
                Err(Failed) => failed = true,
            },
        }
    }
    if failed || session.diagnostics.has_errors() {
        explain_missing_headers(session, options, toolchain);
        return Err(Failed);
    }
    if options.mode != Mode::Link || options.dependencies.only {
        return Ok(());
    }
    link_command(session, words, options, toolchain, link_items)
}

/// Says which package has the C library's headers, if a header was not found because none are there.
fn explain_missing_headers(session: &mut Session, options: &Options, toolchain: &Toolchain) {
    let is_missing = |d: &Diagnostic| d.message.ends_with(": No such file or directory");
    let asked = !options.no_standard_include && session.diagnostics.iter().any(is_missing);
    if !asked || toolchain.has_headers() {
        return;
    }
    let triple = options.target.triple;
    if let Some(package) = crate::toolchain::debian_package(triple, "stdio.h") {
        let message = format!("there are no C library headers for {triple} (Debian package {package})");
        session.diagnostics.push(Diagnostic::new(lathe_diag::Severity::Note, Loc::NONE, message));
    }
}

/// Compiles one input as far as the mode says; gives an object if it is to be linked.
fn one_input(
    session: &mut Session,
    options: &Options,
    toolchain: &Toolchain,
    name: &str,
    language: Language,
) -> Result<Option<Vec<u8>>, Failed> {
    if options.dry_run {
        eprintln!(" \"lathe\" \"cc\" \"-c\" \"{name}\"");
        return Ok(Some(Vec::new()));
    }
    let file = read_input(session, name)?;
    match language {
        Language::C | Language::PreprocessedC => c_input(session, options, toolchain, name, file, language),
        Language::AssemblerWithCpp => {
            let text = preprocess(session, options, toolchain, file, name, language)?;
            if options.mode == Mode::Preprocess {
                return write_output(session, options.output.as_deref().unwrap_or("-"), &text).map(|()| None);
            }
            let preprocessed = session.add_source(name, text)?;
            assembler_input(session, options, name, preprocessed)
        }
        Language::Assembler => assembler_input(session, options, name, file),
        Language::Ssa => {
            let module = session.ssa_module(file, &options.target)?;
            module_output(session, options, name, module)
        }
        Language::Linker => unreachable!("the linker's inputs are not compiled"),
    }
}

/// Reads a source file (or standard input) into the session.
pub(crate) fn read_input(session: &mut Session, name: &str) -> Result<FileId, Failed> {
    let mut bytes = Vec::new();
    let read = if name == "-" {
        std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(name)
    };
    match read {
        Ok(bytes) => session.add_source(if name == "-" { "<stdin>" } else { name }, bytes),
        Err(error) => {
            let message = format!("{name}: {}", reason(&error));
            session.diagnostics.push(Diagnostic::error(Loc::NONE, message));
            Err(Failed)
        }
    }
}

fn write_output(session: &mut Session, path: &str, bytes: &[u8]) -> Result<(), Failed> {
    write_atomically(path, bytes).map_err(|error| {
        let message = format!("cannot write '{path}': {}", reason(&error));
        session.diagnostics.push(Diagnostic::error(Loc::NONE, message));
        Failed
    })
}

fn c_input(
    session: &mut Session,
    options: &Options,
    toolchain: &Toolchain,
    name: &str,
    file: FileId,
    language: Language,
) -> Result<Option<Vec<u8>>, Failed> {
    if options.mode == Mode::Preprocess && !options.dependencies.only {
        let text = preprocess(session, options, toolchain, file, name, language)?;
        return write_output(session, options.output.as_deref().unwrap_or("-"), &text).map(|()| None);
    }
    if options.dependencies.only {
        return dependencies_only(session, options, toolchain, file, name, language).map(|()| None);
    }
    let module = compile_c_file(session, options, toolchain, file, name, language)?;
    if options.mode == Mode::Check {
        return Ok(None);
    }
    module_output(session, options, name, module)
}

/// Preprocesses to text (`-E`, `-dM`), and writes dependencies.
fn preprocess(
    session: &mut Session,
    options: &Options,
    toolchain: &Toolchain,
    file: FileId,
    name: &str,
    language: Language,
) -> Result<Vec<u8>, Failed> {
    let pp = c_options(options, toolchain, language).preprocessor;
    let run = if options.dump_macros {
        lathe_c::pp::output::macro_definitions
    } else {
        lathe_c::pp::output::preprocess_to_text
    };
    let result = run(pp, &session.sources, &options.target, file);
    session.diagnostics.append(result.diagnostics);
    for line in &result.header_trace {
        eprintln!("{line}");
    }
    if session.diagnostics.has_errors() {
        return Err(Failed);
    }
    if options.dependencies.also {
        write_dependencies(session, options, name, &result.dependencies)?;
    }
    Ok(result.text)
}

fn dependencies_only(
    session: &mut Session,
    options: &Options,
    toolchain: &Toolchain,
    file: FileId,
    name: &str,
    language: Language,
) -> Result<(), Failed> {
    let pp_options = c_options(options, toolchain, language).preprocessor;
    let mut pp = lathe_c::pp::Preprocessor::new(pp_options, &session.sources, &options.target, file);
    while pp.next_token().kind != TokenKind::Eof {}
    let dependencies = pp.dependencies().to_vec();
    let found = std::mem::take(&mut pp.diagnostics);
    drop(pp);
    session.diagnostics.append(found);
    if session.diagnostics.has_errors() {
        return Err(Failed);
    }
    write_dependencies(session, options, name, &dependencies)
}

/// Writes the make rule (`-M…`).
fn write_dependencies(
    session: &mut Session,
    options: &Options,
    name: &str,
    files: &[lathe_c::pp::Dependency],
) -> Result<(), Failed> {
    use lathe_c::pp::dependencies::{default_target, make_rules, quote_for_make};
    let d = &options.dependencies;
    let mut targets: Vec<String> = d
        .targets
        .iter()
        .map(|(target, quoted)| if *quoted { quote_for_make(target) } else { target.clone() })
        .collect();
    if targets.is_empty() {
        targets.push(match &options.output {
            Some(output) if !d.only => quote_for_make(output),
            _ => quote_for_make(&default_target(name)),
        });
    }
    let text = make_rules(&targets, files, d.system, d.phony);
    let path = match (&d.file, d.only) {
        (Some(file), _) => file.clone(),
        (None, true) => options.output.clone().unwrap_or_else(|| "-".into()),
        (None, false) => {
            let base = options.output.clone().unwrap_or_else(|| default_target(name));
            Path::new(&base).with_extension("d").to_string_lossy().into_owned()
        }
    };
    write_output(session, &path, text.as_bytes())
}

/// Parses, checks and lowers a C file, and writes dependencies if asked.
pub(crate) fn compile_c_file(
    session: &mut Session,
    options: &Options,
    toolchain: &Toolchain,
    file: FileId,
    name: &str,
    language: Language,
) -> Result<Module, Failed> {
    let c = c_options(options, toolchain, language);
    let unit = session.c_module(file, &options.target, c)?;
    for line in &unit.header_trace {
        eprintln!("{line}");
    }
    if options.dependencies.also {
        write_dependencies(session, options, name, &unit.dependencies)?;
    }
    if cfg!(debug_assertions) {
        session.verify(&unit.module)?;
    }
    Ok(unit.module)
}

/// Compiles a module to what the mode asks for.
fn module_output(
    session: &mut Session,
    options: &Options,
    name: &str,
    mut module: Module,
) -> Result<Option<Vec<u8>>, Failed> {
    if options.mode == Mode::Ssa {
        session.optimize(&mut module, &backend_options(options));
        let text = module.to_string();
        return write_output(session, &output_name(options, name, "ssa"), text.as_bytes()).map(|()| None);
    }
    if options.save_temps && options.mode != Mode::Assembly {
        let assembly = CompileOptions { output: OutputKind::Assembly, ..backend_options(options) };
        let text = session.compile(module.clone(), &options.backend, &assembly)?;
        write_output(
            session,
            &output_name(&Options { output: None, ..options.clone() }, name, "s"),
            &text.bytes,
        )?;
    }
    if options.use_assembler.is_some() && options.mode != Mode::Assembly {
        let assembly = CompileOptions { output: OutputKind::Assembly, ..backend_options(options) };
        let text = session.compile(module, &options.backend, &assembly)?;
        let object = assemble_with_gcc(session, options, &text.bytes)?;
        return finish_object(session, options, name, object);
    }
    let artifacts = session.compile(module, &options.backend, &backend_options(options))?;
    if session.diagnostics.has_errors() {
        return Err(Failed);
    }
    if options.mode == Mode::Assembly {
        return write_output(session, &output_name(options, name, "s"), &artifacts.bytes).map(|()| None);
    }
    finish_object(session, options, name, artifacts.bytes)
}

fn finish_object(
    session: &mut Session,
    options: &Options,
    name: &str,
    object: Vec<u8>,
) -> Result<Option<Vec<u8>>, Failed> {
    if options.mode == Mode::Compile {
        return write_output(session, &output_name(options, name, "o"), &object).map(|()| None);
    }
    Ok(Some(object))
}

fn assembler_input(
    session: &mut Session,
    options: &Options,
    name: &str,
    file: FileId,
) -> Result<Option<Vec<u8>>, Failed> {
    match options.mode {
        Mode::Preprocess | Mode::Assembly | Mode::Check | Mode::Ssa => return Ok(None),
        Mode::Compile | Mode::Link => {}
    }
    let words = &options.assembler_arguments;
    let parsed = crate::command::assembler::options(words, options.debug, &mut session.diagnostics);
    if session.diagnostics.has_errors() {
        return Err(Failed);
    }
    let object = session.assemble(file, &options.target, &parsed.options)?;
    finish_object(session, options, name, object)
}

/// The GNU assembler as a fallback (`--assembler=gcc`).
fn assemble_with_gcc(session: &mut Session, options: &Options, text: &[u8]) -> Result<Vec<u8>, Failed> {
    let result = (|| -> std::io::Result<Vec<u8>> {
        let dir = TemporaryDir::new()?;
        let (input, output) = (dir.file("input.s"), dir.file("output.o"));
        std::fs::write(&input, text)?;
        let gcc = super::link::gcc_program(options);
        let status =
            std::process::Command::new(&gcc).arg("-c").arg(&input).arg("-o").arg(&output).status()?;
        if !status.success() {
            return Err(std::io::Error::other(format!("{gcc} failed")));
        }
        std::fs::read(&output)
    })();
    result.map_err(|error| {
        let message = format!("cannot assemble with gcc: {}", reason(&error));
        session.diagnostics.push(Diagnostic::error(Loc::NONE, message));
        Failed
    })
}

/// The options of the C front-end.
pub(crate) fn c_options(options: &Options, toolchain: &Toolchain, language: Language) -> COptions {
    let f = &options.features;
    let mut directories = options.directories.clone();
    if !options.no_standard_include {
        for dir in &toolchain.include_dirs {
            directories.push((DirectoryKind::Standard, dir.to_string_lossy().into_owned()));
        }
    }
    let mut macros = options.macros.clone();
    if options.pthread {
        macros.insert(0, MacroOption::Define("_REENTRANT=1".into()));
    }
    let assembler = language == Language::AssemblerWithCpp;
    let preprocessor = lathe_c::pp::Options {
        dialect: options.dialect,
        macros,
        directories,
        include: options.include.clone(),
        include_macros: options.include_macros.clone(),
        undefine_system_macros: options.undefine_system,
        no_standard_include: options.no_standard_include,
        trigraphs: options.trigraphs || !options.dialect.gnu,
        preprocessed: language == Language::PreprocessedC,
        assembler,
        optimize: options.level.number(),
        optimize_size: options.optimize_size,
        fast_math: f.fast_math,
        pthread: false,
        char_is_signed: f.char_is_signed,
        freestanding: f.freestanding,
        short_enums: f.short_enums,
        gnu89_inline: f.gnu89_inline,
        trace_headers: options.trace_headers,
        missing_headers_are_generated: options.dependencies.generated,
        output: options.output_flags,
        warn_undef: options.warnings.iter().any(|w| w == "undef"),
        warn_trigraphs: options.warnings.iter().any(|w| w == "trigraphs"),
        pedantic: options.pedantic,
        warn_comment: options.warnings.iter().any(|w| w == "all" || w == "comment"),
        warn_system_headers: options.warnings.iter().any(|w| w == "system-headers"),
        macro_prefix_map: f.prefix_map.clone(),
        no_files: false,
    };
    COptions { preprocessor, checker: checker_options(options), lowering: lowering_options(options) }
}

fn checker_options(options: &Options) -> lathe_c::sema::Options {
    let f = &options.features;
    let mut checker = lathe_c::sema::Options {
        gnu89_inline: f.gnu89_inline,
        short_enums: f.short_enums,
        no_builtin: !f.builtin || f.freestanding,
        no_builtin_names: f.no_builtins.clone(),
        char_is_signed: f.char_is_signed,
        unsigned_bit_fields: f.unsigned_bit_fields,
        common: f.common,
        max_errors: options.max_errors,
        ms_extensions: f.ms_extensions,
        ..Default::default()
    };
    for word in &options.warnings {
        // Unknown names were reported when the command line was read.
        let _ = checker.warnings.apply(word);
    }
    if options.pedantic || options.pedantic_errors {
        let _ = checker.warnings.apply("pedantic");
    }
    checker.warnings.none = options.no_warnings;
    checker.warnings.pedantic_errors = options.pedantic_errors;
    checker
}

fn lowering_options(options: &Options) -> lathe_c::lower::Options {
    let f = &options.features;
    lathe_c::lower::Options {
        wrap_signed: f.wrapv,
        debug: options.debug && !options.line_tables_only,
        register_parameters: f.register_parameters,
        exceptions: f.exceptions,
        optimize: options.level > OptLevel::None,
        common: f.common,
        visibility: f.visibility,
        function_sections: f.function_sections,
        data_sections: f.data_sections,
        stack_protector: f.stack_protector,
        frame_pointer: f.frame_pointer.unwrap_or(options.level == OptLevel::None),
        optimize_size: options.optimize_size,
        tls_model: f.tls_model,
        ident: f.ident.then(|| format!("Lathe {}", crate::VERSION)),
    }
}

/// The options of the backend.
pub(crate) fn backend_options(options: &Options) -> CompileOptions {
    let f = &options.features;
    let directory = std::env::current_dir().map(|d| d.to_string_lossy().into_owned()).unwrap_or_default();
    let directory = f
        .prefix_map
        .iter()
        .rev()
        .find_map(|(old, new)| directory.strip_prefix(old.as_str()).map(|rest| format!("{new}{rest}")))
        .unwrap_or(directory);
    CompileOptions {
        level: options.level,
        optimize_size: options.optimize_size,
        output: if options.mode == Mode::Assembly { OutputKind::Assembly } else { OutputKind::Object },
        debug_info: options.debug,
        frame_pointer: f.frame_pointer,
        red_zone: f.red_zone,
        stack_probes: f.stack_probes,
        unwind_tables: f.unwind_tables,
        function_sections: f.function_sections,
        data_sections: f.data_sections,
        jump_tables: f.jump_tables,
        no_plt: !f.plt,
        patchable_entry: f.patchable_entry,
        intel_syntax: f.intel_syntax,
        threads: options.threads,
        verify: cfg!(debug_assertions),
        print_after: options.print_after.clone(),
        time_passes: options.time_report,
        compilation_directory: directory,
        producer: format!("Lathe {} C", crate::VERSION),
    }
}

//! GNU ld's command line.
//!
//! In: arguments, `@FILE`s included. Out: [`CommandLine`]. One table, [`TABLE`], holds every option with its argument's form and
//! what it does; an option that is not in it is an error. Source: GNU ld manual, "Command-line Options".

use crate::expression::number;
use crate::options::*;
use crate::{LinkError, OutputKind};
use std::ffi::OsString;
use std::path::PathBuf;

/// What the command line asks for.
#[derive(Debug)]
pub struct CommandLine {
    /// The options.
    pub options: LinkOptions,
    /// The inputs in order.
    pub inputs: Vec<Input>,
    /// `--version`, `-v`, `-V`: print the version; with `-v` and inputs, link too.
    pub version: bool,
    /// `--help`.
    pub help: bool,
}

/// How an option takes its argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// None.
    Flag,
    /// `--name VALUE` or `--name=VALUE`.
    Value,
    /// `--name` or `--name=VALUE`.
    Optional,
    /// `-nVALUE` or `-n VALUE`, one letter.
    Letter,
}

struct State {
    line: CommandLine,
    modifiers: Modifiers,
    saved: Vec<Modifiers>,
}

type Action = fn(&mut State, &str) -> Result<(), String>;

struct Row {
    name: &'static str,
    form: Form,
    action: Action,
}

const fn flag(name: &'static str, action: Action) -> Row {
    Row { name, form: Form::Flag, action }
}
const fn value(name: &'static str, action: Action) -> Row {
    Row { name, form: Form::Value, action }
}
const fn optional(name: &'static str, action: Action) -> Row {
    Row { name, form: Form::Optional, action }
}
const fn letter(name: &'static str, action: Action) -> Row {
    Row { name, form: Form::Letter, action }
}

/// Sets fields of the options and is done.
macro_rules! set {
    ($($field:ident = $value:expr),*) => { |s, _| { $(s.line.options.$field = $value;)* Ok(()) } };
}
/// Appends the argument to a list.
macro_rules! push {
    ($field:ident) => {
        |s, v| {
            s.line.options.$field.push(v.into());
            Ok(())
        }
    };
}
/// Sets an `Option` to the argument.
macro_rules! some {
    ($field:ident) => {
        |s, v| {
            s.line.options.$field = Some(v.into());
            Ok(())
        }
    };
}

const IGNORE: Action = |_, _| Ok(());

/// Every option. Names without dashes; long ones take one or two.
static TABLE: &[Row] = &[
    // Output.
    letter("o", |s, v| {
        s.line.options.output = Destination::File(v.into());
        Ok(())
    }),
    value("output", |s, v| {
        s.line.options.output = Destination::File(v.into());
        Ok(())
    }),
    flag("shared", set!(kind = OutputKind::Shared)),
    flag("Bshareable", set!(kind = OutputKind::Shared)),
    flag("pie", set!(kind = OutputKind::PositionIndependentExecutable)),
    flag("pic-executable", set!(kind = OutputKind::PositionIndependentExecutable)),
    flag("no-pie", |s, _| {
        if s.line.options.kind == OutputKind::PositionIndependentExecutable {
            s.line.options.kind = OutputKind::Executable;
        }
        Ok(())
    }),
    flag("r", set!(kind = OutputKind::Relocatable)),
    flag("i", set!(kind = OutputKind::Relocatable)),
    flag("relocatable", set!(kind = OutputKind::Relocatable)),
    letter("m", some!(emulation)),
    letter("e", some!(entry)),
    value("entry", some!(entry)),
    value("oformat", |s, v| match v {
        "binary" => {
            s.line.options.binary = true;
            Ok(())
        }
        "elf64-x86-64" | "elf32-i386" | "elf64-littleaarch64" | "elf64-littleriscv" => Ok(()),
        _ => Err(format!("output format {v} is not supported yet")),
    }),
    letter("A", IGNORE),
    value("architecture", IGNORE),
    letter("O", |s, v| {
        s.line.options.optimize = v.parse().unwrap_or(1);
        Ok(())
    }),
    // Inputs and their switches.
    letter("l", |s, v| {
        s.line.inputs.push(Input::Library(v.into(), s.modifiers));
        Ok(())
    }),
    value("library", |s, v| {
        s.line.inputs.push(Input::Library(v.into(), s.modifiers));
        Ok(())
    }),
    letter("L", push!(library_paths)),
    value("library-path", push!(library_paths)),
    value("sysroot", some!(sysroot)),
    flag("start-group", group_start),
    flag("(", group_start),
    flag("end-group", group_end),
    flag(")", group_end),
    flag("whole-archive", |s, _| {
        s.modifiers.whole_archive = true;
        Ok(())
    }),
    flag("no-whole-archive", |s, _| {
        s.modifiers.whole_archive = false;
        Ok(())
    }),
    flag("as-needed", |s, _| {
        s.modifiers.as_needed = true;
        Ok(())
    }),
    flag("no-as-needed", |s, _| {
        s.modifiers.as_needed = false;
        Ok(())
    }),
    flag("push-state", |s, _| {
        s.saved.push(s.modifiers);
        Ok(())
    }),
    flag("pop-state", |s, _| {
        s.modifiers = s.saved.pop().ok_or("no state pushed before popping")?;
        Ok(())
    }),
    flag("Bstatic", static_only),
    flag("dn", static_only),
    flag("non_shared", static_only),
    flag("static", |s, v| {
        s.line.options.static_link = true;
        static_only(s, v)
    }),
    flag("Bdynamic", dynamic_too),
    flag("dy", dynamic_too),
    flag("call_shared", dynamic_too),
    letter("T", push!(scripts)),
    value("script", push!(scripts)),
    value("version-script", push!(version_scripts)),
    value("dynamic-list", push!(dynamic_lists)),
    letter("b", format_is_elf),
    value("format", format_is_elf),
    // Symbols.
    letter("u", push!(undefined)),
    value("undefined", push!(undefined)),
    value("require-defined", push!(undefined)),
    value("defsym", |s, v| {
        let (name, expression) = v.split_once('=').ok_or("--defsym needs NAME=EXPRESSION")?;
        let (name, expression) = (name.trim().to_string(), expression.trim().to_string());
        s.line.options.defined.push(DefinedSymbol { name, expression });
        Ok(())
    }),
    value("wrap", push!(wrap)),
    flag("export-dynamic", set!(export_dynamic = true)),
    flag("E", set!(export_dynamic = true)),
    flag("no-export-dynamic", set!(export_dynamic = false)),
    value("export-dynamic-symbol", push!(export_dynamic_symbols)),
    value("exclude-libs", |s, v| {
        s.line.options.exclude_libs.extend(v.split([',', ':']).map(String::from));
        Ok(())
    }),
    flag("Bsymbolic", set!(symbolic = Symbolic::All)),
    flag("Bsymbolic-functions", set!(symbolic = Symbolic::Functions)),
    flag("Bsymbolic-non-weak-functions", set!(symbolic = Symbolic::NonWeakFunctions)),
    flag("Bno-symbolic", set!(symbolic = Symbolic::No)),
    flag("no-undefined", set!(no_undefined = true)),
    value("unresolved-symbols", |s, v| {
        match v {
            "ignore-all" => s.line.options.unresolved = Unresolved::Ignore,
            "report-all" => s.line.options.unresolved = Unresolved::Report,
            "ignore-in-object-files" => s.line.options.unresolved = Unresolved::Ignore,
            "ignore-in-shared-libs" => s.line.options.allow_shlib_undefined = Some(true),
            _ => return Err(format!("bad --unresolved-symbols option: {v}")),
        }
        Ok(())
    }),
    flag("warn-unresolved-symbols", set!(unresolved = Unresolved::Warn)),
    flag("error-unresolved-symbols", set!(unresolved = Unresolved::Report)),
    flag("allow-shlib-undefined", set!(allow_shlib_undefined = Some(true))),
    flag("no-allow-shlib-undefined", set!(allow_shlib_undefined = Some(false))),
    flag("allow-multiple-definition", set!(allow_multiple_definition = true)),
    flag("undefined-version", IGNORE),
    flag("no-undefined-version", IGNORE),
    flag("default-symver", IGNORE),
    // The dynamic section.
    letter("h", some!(soname)),
    value("soname", some!(soname)),
    value("rpath", push!(rpath)),
    letter("R", push!(rpath)),
    value("rpath-link", |s, v| {
        s.line.options.rpath_link.extend(v.split(':').map(PathBuf::from));
        Ok(())
    }),
    value("dynamic-linker", some!(dynamic_linker)),
    letter("I", some!(dynamic_linker)),
    flag("no-dynamic-linker", set!(no_dynamic_linker = true)),
    flag("enable-new-dtags", set!(enable_new_dtags = true)),
    flag("disable-new-dtags", set!(enable_new_dtags = false)),
    value("init", |s, v| {
        s.line.options.init = v.into();
        Ok(())
    }),
    value("fini", |s, v| {
        s.line.options.fini = v.into();
        Ok(())
    }),
    value("hash-style", |s, v| {
        s.line.options.hash_style = match v {
            "sysv" => HashStyle::SystemV,
            "gnu" => HashStyle::Gnu,
            "both" => HashStyle::Both,
            _ => return Err(format!("invalid hash style `{v}'")),
        };
        Ok(())
    }),
    letter("z", keyword),
    // What is kept.
    flag("gc-sections", set!(gc_sections = true)),
    flag("no-gc-sections", set!(gc_sections = false)),
    flag("print-gc-sections", set!(print_gc_sections = true)),
    flag("no-print-gc-sections", set!(print_gc_sections = false)),
    flag("gc-keep-exported", set!(gc_keep_exported = true)),
    flag("s", set!(strip = Strip::All)),
    flag("strip-all", set!(strip = Strip::All)),
    flag("S", set!(strip = Strip::Debug)),
    flag("strip-debug", set!(strip = Strip::Debug)),
    flag("x", set!(discard_locals = DiscardLocals::All)),
    flag("discard-all", set!(discard_locals = DiscardLocals::All)),
    flag("X", set!(discard_locals = DiscardLocals::Temporary)),
    flag("discard-locals", set!(discard_locals = DiscardLocals::Temporary)),
    flag("discard-none", set!(discard_locals = DiscardLocals::None)),
    flag("d", set!(define_common = true)),
    flag("dc", set!(define_common = true)),
    flag("dp", set!(define_common = true)),
    flag("no-relax", set!(no_relax = true)),
    flag("relax", set!(no_relax = false)),
    flag("q", set!(emit_relocations = true)),
    flag("emit-relocs", set!(emit_relocations = true)),
    optional("icf", IGNORE),
    flag("sort-common", IGNORE),
    value("sort-section", |s, v| {
        s.line.options.sort_section = match v {
            "name" => SortSection::Name,
            "alignment" => SortSection::Alignment,
            "none" => SortSection::No,
            _ => return Err(format!("invalid section sorting option: {v}")),
        };
        Ok(())
    }),
    // Addresses.
    letter("Ttext", |s, v| start(s, ".text", v)),
    letter("Tdata", |s, v| start(s, ".data", v)),
    letter("Tbss", |s, v| start(s, ".bss", v)),
    value("Ttext-segment", image_base),
    value("image-base", image_base),
    value("section-start", |s, v| {
        let (name, address) = v.split_once('=').ok_or("--section-start needs SECTION=ADDRESS")?;
        start(s, name, address)
    }),
    flag("N", omagic),
    flag("omagic", omagic),
    flag("n", IGNORE),
    flag("nmagic", IGNORE),
    // Extra sections.
    optional("build-id", |s, v| {
        s.line.options.build_id = build_id(v)?;
        Ok(())
    }),
    flag("eh-frame-hdr", set!(eh_frame_header = true)),
    flag("no-eh-frame-hdr", set!(eh_frame_header = false)),
    flag("ld-generated-unwind-info", IGNORE),
    flag("no-ld-generated-unwind-info", IGNORE),
    optional("compress-debug-sections", |s, v| match v {
        "none" => Ok(()),
        "" | "zlib" | "zlib-gnu" | "zlib-gabi" | "zstd" => {
            warn(s, "--compress-debug-sections ignored: debug sections stay as they are");
            Ok(())
        }
        _ => Err(format!("invalid --compress-debug-sections option: `{v}'")),
    }),
    // Reports.
    value("Map", some!(map)),
    flag("M", set!(map = Some("-".into()))),
    flag("print-map", set!(map = Some("-".into()))),
    flag("cref", set!(cross_reference = true)),
    flag("t", set!(trace = true)),
    flag("trace", set!(trace = true)),
    letter("y", push!(trace_symbols)),
    value("trace-symbol", push!(trace_symbols)),
    value("dependency-file", some!(dependency_file)),
    flag("verbose", IGNORE),
    flag("stats", IGNORE),
    flag("print-memory-usage", IGNORE),
    flag("fatal-warnings", set!(fatal_warnings = true)),
    flag("no-fatal-warnings", set!(fatal_warnings = false)),
    flag("warn-common", set!(warn_common = true)),
    flag("no-warn-mismatch", IGNORE),
    flag("warn-once", IGNORE),
    flag("warn-execstack", IGNORE),
    flag("no-warn-execstack", IGNORE),
    flag("no-warn-rwx-segments", IGNORE),
    flag("warn-rwx-segments", IGNORE),
    flag("no-warnings", IGNORE),
    flag("w", IGNORE),
    flag("noinhibit-exec", set!(no_inhibit_exec = true)),
    flag("version", version),
    flag("v", version),
    flag("V", version),
    flag("help", |s, _| {
        s.line.help = true;
        Ok(())
    }),
    // gcc's LTO plugin and other things without effect here.
    value("plugin", IGNORE),
    value("plugin-opt", IGNORE),
    flag("demangle", IGNORE),
    flag("no-demangle", IGNORE),
    flag("color-diagnostics", IGNORE),
    flag("no-add-needed", IGNORE),
    flag("add-needed", IGNORE),
    flag("no-copy-dt-needed-entries", IGNORE),
    flag("copy-dt-needed-entries", IGNORE),
    optional("fix-cortex-a53-843419", set!(fix_cortex_a53_843419 = true)),
    flag("no-fix-cortex-a53-843419", set!(fix_cortex_a53_843419 = false)),
    flag("fix-cortex-a53-835769", |s, _| {
        warn(s, "--fix-cortex-a53-835769 ignored");
        Ok(())
    }),
    flag("no-fix-cortex-a53-835769", IGNORE),
    flag("no-keep-memory", IGNORE),
    flag("reduce-memory-overheads", IGNORE),
    flag("nostdlib", set!(no_default_directories = true)),
    flag("g", IGNORE),
    flag("EL", IGNORE),
    flag("qmagic", IGNORE),
    flag("Qy", IGNORE),
    flag("no-omagic", set!(omagic = false)),
    optional("threads", threads),
    flag("no-threads", set!(threads = 1)),
    value("thread-count", threads),
];

/// A word that has no effect, as ld says it.
fn warn(s: &mut State, what: &str) {
    s.line.options.warnings.push(what.into());
}

fn omagic(s: &mut State, _: &str) -> Result<(), String> {
    s.line.options.omagic = true;
    s.line.options.static_link = true;
    Ok(())
}

fn group_start(s: &mut State, _: &str) -> Result<(), String> {
    s.line.inputs.push(Input::StartGroup);
    Ok(())
}

fn group_end(s: &mut State, _: &str) -> Result<(), String> {
    s.line.inputs.push(Input::EndGroup);
    Ok(())
}

fn static_only(s: &mut State, _: &str) -> Result<(), String> {
    s.modifiers.static_only = true;
    Ok(())
}

fn dynamic_too(s: &mut State, _: &str) -> Result<(), String> {
    s.modifiers.static_only = false;
    Ok(())
}

fn version(s: &mut State, _: &str) -> Result<(), String> {
    s.line.version = true;
    Ok(())
}

fn format_is_elf(_: &mut State, format: &str) -> Result<(), String> {
    if format.starts_with("elf") || format == "default" {
        Ok(())
    } else {
        Err(format!("input format {format} is not supported yet"))
    }
}

fn threads(s: &mut State, count: &str) -> Result<(), String> {
    s.line.options.threads = count.parse().unwrap_or(0);
    Ok(())
}

/// Addresses are hexadecimal with or without `0x`.
fn address(text: &str) -> Result<u64, String> {
    let digits = text.trim_start_matches("0x").trim_start_matches("0X");
    u64::from_str_radix(digits, 16).map_err(|_| format!("invalid hex number `{text}'"))
}

fn start(s: &mut State, section: &str, text: &str) -> Result<(), String> {
    s.line.options.section_starts.push((section.into(), address(text)?));
    Ok(())
}

fn image_base(s: &mut State, text: &str) -> Result<(), String> {
    s.line.options.image_base = Some(address(text)?);
    Ok(())
}

fn build_id(text: &str) -> Result<BuildId, String> {
    match text {
        "" | "sha1" | "tree" | "fast" => Ok(BuildId::Sha1),
        "md5" => Ok(BuildId::Md5),
        "uuid" => Ok(BuildId::Uuid),
        "none" => Ok(BuildId::None),
        _ => {
            let bad = || format!("unrecognized --build-id style `{text}'");
            let digits: Vec<u8> = text
                .strip_prefix("0x")
                .or_else(|| text.strip_prefix("0X"))
                .ok_or_else(bad)?
                .bytes()
                .filter(|byte| !matches!(byte, b':' | b'-'))
                .collect();
            let pairs = digits.chunks_exact(2);
            if digits.is_empty() || !pairs.remainder().is_empty() {
                return Err(bad());
            }
            let bytes = pairs.map(|pair| {
                let text = std::str::from_utf8(pair).map_err(|_| bad())?;
                u8::from_str_radix(text, 16).map_err(|_| bad())
            });
            Ok(BuildId::Bytes(bytes.collect::<Result<_, _>>()?))
        }
    }
}

/// Bits of DT_FLAGS_1 that `-z` words set.
const FLAGS_1: &[(&str, u64)] = &[
    ("global", 0x2),
    ("nodelete", 0x8),
    ("loadfltr", 0x10),
    ("initfirst", 0x20),
    ("nodlopen", 0x40),
    ("origin", 0x80),
    ("interpose", 0x400),
    ("nodefaultlib", 0x800),
    ("nodump", 0x1000),
];

/// `-z` words that ask for what is done anyway, or that change nothing in the image.
const WITHOUT_EFFECT: &[&str] = &[
    "combreloc",
    "nocombreloc",
    "unique-symbol",
    "nounique-symbol",
    "dynamic-undefined-weak",
    "nodynamic-undefined-weak",
    "extern-protected-data",
    "noextern-protected-data",
    "indirect-extern-access",
    "noindirect-extern-access",
    "globalaudit",
    "common",
    "nocommon",
    "sectionheader",
    "ibt",
    "shstk",
    "keep-text-section-prefix",
    "nokeep-text-section-prefix",
];

/// `-z KEYWORD`.
fn keyword(s: &mut State, word: &str) -> Result<(), String> {
    let options = &mut s.line.options;
    if let Some((_, bit)) = FLAGS_1.iter().find(|(name, _)| *name == word) {
        options.flags_1 |= bit;
        return Ok(());
    }
    let size = |text: &str| number(text).ok_or_else(|| format!("invalid number `{text}'"));
    match word {
        "now" => options.bind_now = true,
        "lazy" => options.bind_now = false,
        "relro" => options.relro = true,
        "norelro" => options.relro = false,
        "execstack" => options.executable_stack = Some(true),
        "noexecstack" => options.executable_stack = Some(false),
        "defs" => options.no_undefined = true,
        "undefs" => options.no_undefined = false,
        "muldefs" => options.allow_multiple_definition = true,
        "text" => options.text_relocations_are_errors = true,
        "notext" | "textoff" => options.text_relocations_are_errors = false,
        "nocopyreloc" => options.no_copy_relocations = true,
        "separate-code" => options.separate_code = true,
        "noseparate-code" => options.separate_code = false,
        "start-stop-gc" => options.start_stop_gc = true,
        "nostart-stop-gc" => options.start_stop_gc = false,
        "pack-relative-relocs" => options.pack_relative_relocations = true,
        "nopack-relative-relocs" => options.pack_relative_relocations = false,
        _ => match word.split_once('=') {
            Some(("max-page-size", text)) => {
                let page = size(text)?;
                if !page.is_power_of_two() || page > 1 << 30 {
                    return Err(format!("invalid maximum page size `{text}'"));
                }
                options.max_page_size = Some(page);
            }
            Some(("common-page-size", text)) => {
                size(text)?;
            }
            Some(("stack-size", text)) => options.stack_size = size(text)?,
            _ if WITHOUT_EFFECT.contains(&word) => {}
            _ => warn(s, &format!("-z {word} ignored")),
        },
    }
    Ok(())
}

/// `@FILE`s deeper than this include themselves.
const RESPONSE_DEPTH: u32 = 16;

/// Reads GNU ld's arguments (without the program name), `@FILE`s included.
pub fn parse(arguments: &[OsString]) -> Result<CommandLine, LinkError> {
    let mut expanded = Vec::with_capacity(arguments.len());
    expand(arguments.iter().map(|argument| argument.to_string_lossy().into_owned()), 0, &mut expanded)?;
    let line =
        CommandLine { options: LinkOptions::default(), inputs: Vec::new(), version: false, help: false };
    let mut state = State { line, modifiers: Modifiers::default(), saved: Vec::new() };
    let mut rest = expanded.into_iter();
    while let Some(argument) = rest.next() {
        one(&mut state, &argument, &mut rest).map_err(|what| LinkError::General { what })?;
    }
    Ok(state.line)
}

fn one(state: &mut State, argument: &str, rest: &mut std::vec::IntoIter<String>) -> Result<(), String> {
    let Some(name) = argument.strip_prefix('-').filter(|name| !name.is_empty()) else {
        state.line.inputs.push(Input::File(argument.into(), state.modifiers));
        return Ok(());
    };
    let (double, long) = match name.strip_prefix('-') {
        Some(long) => (true, long),
        None => (false, name),
    };
    let (base, given) = match long.split_once('=') {
        Some((base, given)) => (base, Some(given)),
        None => (long, None),
    };
    // A whole word first; then a letter with its argument attached. `-o...` is never long.
    let row = TABLE.iter().find(|row| row.name == base && (row.form != Form::Letter || given.is_none()));
    let row = row.filter(|row| given.is_none() || row.form != Form::Flag);
    if let Some(row) = row {
        let value = match (row.form, given) {
            (Form::Flag, _) | (Form::Optional, None) => String::new(),
            (_, Some(given)) => given.to_string(),
            _ => rest.next().ok_or_else(|| format!("option '{argument}' requires an argument"))?,
        };
        return (row.action)(state, &value);
    }
    if !double {
        let attached = TABLE.iter().filter(|row| row.form == Form::Letter && name.starts_with(row.name));
        if let Some(row) = attached.max_by_key(|row| row.name.len()) {
            let value = &name[row.name.len()..];
            let value = if row.name.len() > 1 { value.strip_prefix('=').unwrap_or(value) } else { value };
            return (row.action)(state, value);
        }
    }
    Err(format!("unrecognized option '{argument}'"))
}

fn expand(
    arguments: impl Iterator<Item = String>,
    depth: u32,
    out: &mut Vec<String>,
) -> Result<(), LinkError> {
    for argument in arguments {
        let Some(path) = argument.strip_prefix('@') else {
            out.push(argument);
            continue;
        };
        // As GNU tools do: a name that cannot be read is taken literally.
        let Ok(text) = std::fs::read_to_string(path) else {
            out.push(argument);
            continue;
        };
        if depth >= RESPONSE_DEPTH {
            return Err(LinkError::General { what: format!("{path}: response files include each other") });
        }
        expand(split_words(&text).into_iter(), depth + 1, out)?;
    }
    Ok(())
}

/// Words of a response file: blanks separate, quotes and backslashes protect.
fn split_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (_, '\\') => word.get_or_insert_default().extend(chars.next()),
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> CommandLine {
        parse(&text.split(' ').map(OsString::from).collect::<Vec<_>>()).expect("the options are known")
    }

    #[test]
    fn forms_of_options() {
        let line = parsed(
            "-o out --output=last -L/a -L /b -lm -l c -zrelro -z now -soname=x -h y -T a.ld -Ttext=10 -e main",
        );
        let options = &line.options;
        assert_eq!(options.output, Destination::File("last".into()));
        assert_eq!(options.library_paths, [PathBuf::from("/a"), PathBuf::from("/b")]);
        assert!(options.bind_now && options.relro);
        assert_eq!(options.soname.as_deref(), Some("y"));
        assert_eq!(options.scripts, [PathBuf::from("a.ld")]);
        assert_eq!(options.section_starts, [(".text".to_string(), 0x10)]);
        assert_eq!(options.entry.as_deref(), Some("main"));
        assert_eq!(line.inputs.len(), 2);
    }

    #[test]
    fn switches_hold_for_later_inputs() {
        let line = parsed("a.a --push-state --whole-archive --as-needed b.a --pop-state -Bstatic -lc");
        let modifiers: Vec<Modifiers> = line
            .inputs
            .iter()
            .map(|input| match input {
                Input::File(_, modifiers) | Input::Library(_, modifiers) => *modifiers,
                _ => Modifiers::default(),
            })
            .collect();
        assert_eq!(modifiers[0], Modifiers::default());
        assert!(modifiers[1].whole_archive && modifiers[1].as_needed);
        assert_eq!(modifiers[2], Modifiers { static_only: true, ..Modifiers::default() });
    }

    #[test]
    fn unknown_options_and_missing_arguments_are_errors() {
        for text in ["--frobnicate", "-o", "--gc-sections=yes", "-z max-page-size=3", "--build-id=0xzz"] {
            assert!(parse(&text.split(' ').map(OsString::from).collect::<Vec<_>>()).is_err(), "{text}");
        }
    }

    #[test]
    fn response_files_protect_blanks() {
        assert_eq!(split_words("a 'b c'\n\"d\\\"e\" f\\ g"), ["a", "b c", "d\"e", "f g"]);
    }
}

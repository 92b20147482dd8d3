//! The link step of `lathe cc`: which startup files and libraries, in gcc's order.

use super::options::{LinkKind, Options};
use super::{PROGRAM, reason};
use crate::command::files::{TemporaryDir, write_atomically};
use crate::session::{Failed, Session};
use crate::toolchain::{Toolchain, debian_package};
use lathe_diag::{Diagnostic, Loc, Severity};
use lathe_link::{Input, LinkOptions, Messages, Modifiers, Output};
use lathe_target::{Arch, Environment};
use std::ffi::OsString;
use std::path::PathBuf;

/// Something for the linker, in command-line order.
pub(crate) enum LinkItem {
    /// An object made in this process.
    Object(String, Vec<u8>),
    /// A file.
    File(String),
    /// `-lNAME`
    Library(String),
    /// A word for the linker.
    Argument(String),
}

/// Startup files before and after the inputs.
fn startup_files(options: &Options, musl: bool) -> (Vec<&'static str>, Vec<&'static str>) {
    if options.no_start_files || options.link == LinkKind::Relocatable {
        return (Vec::new(), Vec::new());
    }
    let (first, begin, end) = match options.link {
        LinkKind::Shared => (None, "crtbeginS.o", "crtendS.o"),
        LinkKind::Pie => (Some("Scrt1.o"), "crtbeginS.o", "crtendS.o"),
        LinkKind::StaticPie => (Some("rcrt1.o"), "crtbeginS.o", "crtendS.o"),
        LinkKind::Static => (Some("crt1.o"), "crtbeginT.o", "crtend.o"),
        LinkKind::NoPie | LinkKind::Relocatable => (Some("crt1.o"), "crtbegin.o", "crtend.o"),
    };
    let mut before: Vec<&'static str> = first.into_iter().collect();
    before.push("crti.o");
    if !musl {
        before.push(begin);
    }
    (before, if musl { vec!["crtn.o"] } else { vec![end, "crtn.o"] })
}

/// The words of a link command; an object in memory is written as its placeholder name.
struct Command {
    words: Vec<String>,
    objects: Vec<(String, Vec<u8>)>,
}

impl Command {
    fn add(&mut self, words: &[&str]) {
        self.words.extend(words.iter().map(|w| (*w).to_string()));
    }
}

/// Links what was compiled.
pub(crate) fn link_command(
    session: &mut Session,
    _words: &[String],
    options: &Options,
    toolchain: &Toolchain,
    items: Vec<LinkItem>,
) -> Result<(), Failed> {
    let command = build_command(session, options, toolchain, items)?;
    if options.verbose || options.dry_run {
        let quote = |w: &String| if options.dry_run { format!("\"{w}\"") } else { w.clone() };
        let shown: Vec<String> = command.words.iter().map(quote).collect();
        eprintln!(" collect2 {}", shown.join(" "));
    }
    if options.dry_run {
        return Ok(());
    }
    if options.use_linker.is_some() {
        return link_with_gcc(session, options, command);
    }
    let (parsed, inputs) = linker_input(session, command)?;
    if parsed.version {
        println!("{}", crate::command::linker::VERSION_TEXT);
        return Ok(());
    }
    let mut messages = Messages::new();
    let outcome = timed_link(session, &parsed.options, &inputs, &mut messages);
    eprint!("{}", messages.render("lathe ld"));
    match outcome {
        Ok(output) => crate::command::linker::finish_output(&output),
        Err(Failed) => {
            eprintln!("{PROGRAM}: error: ld returned 1 exit status");
            return Err(Failed);
        }
    }
    Ok(())
}

/// Links for a program that uses Lathe as a library: the link line of `lathe cc`, messages into the session.
pub(crate) fn link_quietly(
    session: &mut Session,
    options: &Options,
    toolchain: &Toolchain,
    items: Vec<LinkItem>,
) -> Result<(), Failed> {
    let command = build_command(session, options, toolchain, items)?;
    let (parsed, inputs) = linker_input(session, command)?;
    let mut messages = Messages::new();
    let outcome = timed_link(session, &parsed.options, &inputs, &mut messages);
    for (severity, error) in messages.iter() {
        let severity = match severity {
            lathe_link::Severity::Warning => Severity::Warning,
            _ => Severity::Error,
        };
        session.diagnostics.push(Diagnostic::new(severity, Loc::NONE, error.to_string()));
    }
    outcome.map(|_| ())
}

/// The words as the linker's options and inputs, with the objects in memory.
fn linker_input(
    session: &mut Session,
    command: Command,
) -> Result<(lathe_link::command_line::CommandLine, Vec<Input>), Failed> {
    let words: Vec<OsString> = command.words.iter().map(OsString::from).collect();
    let mut parsed =
        lathe_link::command_line::parse(&words).map_err(|error| fail(session, &error.to_string()))?;
    let mut objects = command.objects;
    let inputs = std::mem::take(&mut parsed.inputs);
    let inputs = inputs.into_iter().map(|input| in_memory(input, &mut objects)).collect();
    Ok((parsed, inputs))
}

fn timed_link(
    session: &mut Session,
    options: &LinkOptions,
    inputs: &[Input],
    messages: &mut Messages,
) -> Result<Output, Failed> {
    let start = std::time::Instant::now();
    let outcome = lathe_link::link(options, inputs, messages);
    session
        .times
        .push(crate::session::PhaseTime { name: "link".into(), seconds: start.elapsed().as_secs_f64() });
    outcome.map_err(|_| Failed)
}

fn fail(session: &mut Session, message: &str) -> Failed {
    session.diagnostics.push(Diagnostic::error(Loc::NONE, message));
    Failed
}

/// Replaces the placeholder of an object by its bytes.
fn in_memory(input: Input, objects: &mut Vec<(String, Vec<u8>)>) -> Input {
    let Input::File(path, modifiers) = &input else { return input };
    let name = path.to_string_lossy();
    let Some(index) = objects.iter().position(|(placeholder, _)| *placeholder == *name) else { return input };
    let (placeholder, bytes) = objects.swap_remove(index);
    let shown = placeholder.rsplit_once('#').map_or(placeholder.clone(), |(_, name)| name.to_string());
    let modifiers: Modifiers = *modifiers;
    Input::Memory { name: shown, bytes: bytes.into(), modifiers }
}

fn build_command(
    session: &mut Session,
    options: &Options,
    toolchain: &Toolchain,
    items: Vec<LinkItem>,
) -> Result<Command, Failed> {
    let mut command = Command { words: Vec::new(), objects: Vec::new() };
    let musl = toolchain.environment == Environment::Musl;
    link_kind_words(&mut command, options, toolchain);
    let output = options.output.clone().unwrap_or_else(|| "a.out".into());
    command.add(&["-o", &output]);
    if options.strip {
        command.add(&["-s"]);
    }
    let (before, after) = startup_files(options, musl);
    for name in before {
        let path = startup_file(session, options, toolchain, name)?;
        command.words.push(path);
    }
    for dir in &options.library_dirs {
        command.words.push(format!("-L{dir}"));
    }
    for dir in toolchain.search_dirs() {
        command.words.push(format!("-L{}", dir.display()));
    }
    for item in items {
        match item {
            LinkItem::Object(name, bytes) => {
                // A name that no file has: gcc shows its temporary here.
                let placeholder = format!("/tmp/#{}#{name}.o", command.objects.len());
                command.words.push(placeholder.clone());
                command.objects.push((placeholder, bytes));
            }
            LinkItem::File(name) => command.words.push(name),
            LinkItem::Library(name) => command.words.push(format!("-l{name}")),
            LinkItem::Argument(word) => command.words.push(word),
        }
    }
    if !options.no_default_libs && options.link != LinkKind::Relocatable {
        default_libraries(&mut command, options, toolchain);
    }
    for name in after {
        let path = startup_file(session, options, toolchain, name)?;
        command.words.push(path);
    }
    check_libraries(session, options, toolchain, &command.words)?;
    Ok(command)
}

fn link_kind_words(command: &mut Command, options: &Options, toolchain: &Toolchain) {
    let emulation = match options.target.triple.arch {
        Arch::X86_64 => "elf_x86_64",
        Arch::X86 => "elf_i386",
        Arch::AArch64 => "aarch64linux",
        Arch::RiscV64 => "elf64lriscv",
    };
    if options.link == LinkKind::Relocatable {
        return command.add(&["-r", "-m", emulation]);
    }
    command.add(&["--build-id", "--eh-frame-hdr", "-m", emulation, "--hash-style=gnu"]);
    if !matches!(options.link, LinkKind::Static | LinkKind::StaticPie) {
        command.add(&["--as-needed", "-dynamic-linker", toolchain.dynamic_linker]);
    }
    match options.link {
        LinkKind::Pie => command.add(&["-pie", "-z", "now"]),
        LinkKind::StaticPie => {
            command.add(&["-static", "-pie", "--no-dynamic-linker", "-z", "text"]);
        }
        LinkKind::Static => command.add(&["-static"]),
        LinkKind::Shared => command.add(&["-shared"]),
        LinkKind::NoPie | LinkKind::Relocatable => {}
    }
    // `--as-needed` is for the libraries that the driver adds; the user's are linked as given.
    if !matches!(options.link, LinkKind::Static | LinkKind::StaticPie) {
        command.add(&["--no-as-needed"]);
    }
    if options.export_dynamic {
        command.add(&["-export-dynamic"]);
    }
    if let Some(sysroot) = &options.sysroot {
        command.words.push(format!("--sysroot={sysroot}"));
    }
}

fn default_libraries(command: &mut Command, options: &Options, toolchain: &Toolchain) {
    let is_static = matches!(options.link, LinkKind::Static | LinkKind::StaticPie);
    let has_gcc = toolchain.find_file("libgcc.a").is_some();
    if options.pthread {
        command.add(&["-lpthread"]);
        // As gcc does there: atomic operations on parts of words are calls of its code.
        if options.target.triple.arch == Arch::RiscV64
            && toolchain.find_library("atomic", is_static).is_some()
        {
            command.add(&["--push-state", "--as-needed", "-latomic", "--pop-state"]);
        }
    }
    let libgcc = |command: &mut Command| {
        if !has_gcc {
            return;
        }
        if is_static || options.static_libgcc {
            command.add(&["-lgcc", "-lgcc_eh"]);
        } else {
            command.add(&["-lgcc", "--push-state", "--as-needed", "-lgcc_s", "--pop-state"]);
        }
    };
    if is_static {
        command.add(&["--start-group"]);
        libgcc(command);
        if !options.no_libc {
            command.add(&["-lc"]);
        }
        command.add(&["--end-group"]);
        return;
    }
    libgcc(command);
    if !options.no_libc {
        command.add(&["-lc"]);
    }
    libgcc(command);
}

fn startup_file(
    session: &mut Session,
    options: &Options,
    toolchain: &Toolchain,
    name: &str,
) -> Result<String, Failed> {
    if let Some(path) = toolchain.find_file(name) {
        return Ok(path.to_string_lossy().into_owned());
    }
    let message = missing(options, toolchain, name);
    Err(fail(session, &message))
}

/// What is said of a file that is not there.
fn missing(options: &Options, toolchain: &Toolchain, name: &str) -> String {
    // Where the C library is installed but not this file, it has none.
    let installed = toolchain.find_file("crt1.o").is_some();
    let package = debian_package(options.target.triple, name).filter(|_| !(installed && name == "rcrt1.o"));
    let package = package.map_or_else(String::new, |package| format!(" (Debian package {package})"));
    let why = if installed && name == "rcrt1.o" { " (this C library has no static PIE)" } else { "" };
    format!("cannot find {name}: it was looked for in {}{package}{why}", toolchain.searched())
}

/// The system's libraries that are asked for and not there: what the linker would say, and which package has them.
fn check_libraries(
    session: &mut Session,
    options: &Options,
    toolchain: &Toolchain,
    words: &[String],
) -> Result<(), Failed> {
    let is_static = matches!(options.link, LinkKind::Static | LinkKind::StaticPie);
    let mut failed = false;
    let mut seen: Vec<&str> = Vec::new();
    for name in words.iter().filter_map(|word| word.strip_prefix("-l")) {
        let own_dir = |dir: &String| {
            ["so", "a"].iter().any(|e| std::path::Path::new(dir).join(format!("lib{name}.{e}")).exists())
        };
        let is_elsewhere = options.library_dirs.iter().any(own_dir) || name.starts_with(':');
        let file = format!("lib{name}.{}", if is_static { "a" } else { "so" });
        let is_systems = debian_package(options.target.triple, &file).is_some();
        if !is_systems
            || is_elsewhere
            || seen.contains(&name)
            || toolchain.find_library(name, is_static).is_some()
        {
            continue;
        }
        seen.push(name);
        failed = true;
        fail(session, &missing(options, toolchain, &file));
    }
    if failed { Err(Failed) } else { Ok(()) }
}

/// The gcc that assembles and links for a target, as fallback.
pub(super) fn gcc_program(options: &Options) -> String {
    let triple = options.target.triple;
    if triple.arch == lathe_target::Target::host().triple.arch {
        "gcc".into()
    } else {
        format!("{}-linux-gnu-gcc", triple.arch.name())
    }
}

/// Another linker (`-fuse-ld=`): gcc is asked to link, with that linker.
fn link_with_gcc(session: &mut Session, options: &Options, command: Command) -> Result<(), Failed> {
    let linker = options.use_linker.clone().unwrap_or_default();
    let result = (|| -> std::io::Result<bool> {
        let dir = TemporaryDir::new()?;
        let mut words: Vec<String> = Vec::new();
        let mut paths: Vec<PathBuf> = Vec::new();
        for (index, (_, bytes)) in command.objects.iter().enumerate() {
            let path = dir.file(&format!("{index}.o"));
            write_atomically(&path.to_string_lossy(), bytes)?;
            paths.push(path);
        }
        for word in &command.words {
            match command.objects.iter().position(|(placeholder, _)| placeholder == word) {
                Some(index) => words.push(paths[index].to_string_lossy().into_owned()),
                None => words.push(format!("-Wl,{word}")),
            }
        }
        // The words are a whole link line: gcc adds nothing of its own.
        let gcc = gcc_program(options);
        let mut process = std::process::Command::new(&gcc);
        process.arg("-nostdlib");
        if linker != "gcc" {
            process.arg(format!("-fuse-ld={linker}"));
        }
        match options.link {
            LinkKind::Shared => process.arg("-shared"),
            LinkKind::Pie => process.arg("-pie"),
            LinkKind::StaticPie => process.arg("-static-pie"),
            LinkKind::Static => process.arg("-static"),
            LinkKind::NoPie => process.arg("-no-pie"),
            LinkKind::Relocatable => process.arg("-r"),
        };
        Ok(process.args(words).status()?.success())
    })();
    match result {
        Ok(true) => Ok(()),
        Ok(false) => Err(fail(session, "the linker failed")),
        Err(error) => Err(fail(session, &format!("cannot run the linker: {}", reason(&error)))),
    }
}

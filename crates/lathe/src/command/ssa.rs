//! `lathe run`, `build`, `interp`, `opt`: programs as C or SSA text.

use super::cc::{self, Language, LinkItem, LinkKind, Mode, Options};
use super::files::{TemporaryDir, write_atomically};
use crate::session::{Failed, Session};
use crate::toolchain::Toolchain;
use lathe_diag::{Diagnostic, Loc};
use lathe_ir::Module;
use std::process::ExitCode;

const RUN_HELP: &str = "\
usage: lathe run [CC-OPTIONS] FILE [ARGUMENTS]

Compiles FILE (.c or .ssa) and runs it with ARGUMENTS, in one step. The options before FILE are those
of `lathe cc`. With --target=TRIPLE the program runs under qemu-user.
";

const BUILD_HELP: &str = "\
usage: lathe build [CC-OPTIONS] FILES

Compiles .ssa files (and whatever `lathe cc` takes) to an executable, or with -c to objects. The
options are those of `lathe cc`.
";

const INTERP_HELP: &str = "\
usage: lathe interp [CC-OPTIONS] FILE [ARGUMENTS]

Runs FILE (.c or .ssa) in the reference interpreter, which reports undefined behaviour with its
place. The options before FILE are those of `lathe cc`.
";

const OPT_HELP: &str = "\
usage: lathe opt [CC-OPTIONS] FILE

Optimizes FILE (.ssa or .c) and prints the result as SSA text (-o FILE for a file). Options:
  -O0 … -O3           the level
  --print-after=PASS  print functions after a pass (all: every pass)
  --disable-pass=PASS skip a pass
  --time-passes       print the time of each pass
";

/// Words before the first file belong to the compiler, those after it to the program.
fn split(words: &[String]) -> (Vec<String>, Vec<String>) {
    let takes_next = |word: &str| {
        matches!(
            word,
            "-o" | "-x"
                | "-D"
                | "-U"
                | "-I"
                | "-L"
                | "-l"
                | "-include"
                | "-isystem"
                | "-iquote"
                | "-idirafter"
                | "-imacros"
                | "-target"
                | "-z"
                | "-u"
                | "-T"
                | "-e"
                | "-Xlinker"
        )
    };
    let mut index = 0;
    while index < words.len() {
        if !words[index].starts_with('-') || words[index] == "-" {
            index += 1;
            break;
        }
        index += if takes_next(&words[index]) { 2 } else { 1 };
    }
    let index = index.min(words.len());
    (words[..index].to_vec(), words[index..].to_vec())
}

fn wants_help(words: &[String]) -> bool {
    words.iter().any(|w| w == "--help" || w == "-h")
}

fn parse(words: &[String], command: &str) -> Result<Options, ExitCode> {
    cc::parse_command(words, None).map_err(|error| {
        eprintln!("lathe {command}: error: {error}");
        ExitCode::from(1)
    })
}

/// The module of the only file of a command line.
fn load(session: &mut Session, options: &Options) -> Result<Module, Failed> {
    let toolchain = Toolchain::find(&options.target, options.sysroot.as_deref(), &options.prefixes);
    let files: Vec<(&String, Language)> = options
        .items
        .iter()
        .filter_map(|item| match item {
            cc::Item::File(name, language) => Some((name, *language)),
            _ => None,
        })
        .collect();
    let [(name, language)] = files.as_slice() else {
        let message = format!("one input file is needed, {} were given", files.len());
        session.diagnostics.push(Diagnostic::error(Loc::NONE, message));
        return Err(Failed);
    };
    let file = cc::read_input(session, name)?;
    match language {
        Language::Ssa => session.ssa_module(file, &options.target),
        Language::C | Language::PreprocessedC => {
            cc::compile_c_file(session, options, &toolchain, file, name, *language)
        }
        _ => {
            let message = format!("{name}: neither C nor SSA text");
            session.diagnostics.push(Diagnostic::error(Loc::NONE, message));
            Err(Failed)
        }
    }
}

fn exit(session: &mut Session, options: &Options, outcome: Result<(), Failed>) -> ExitCode {
    cc::report(session, options);
    if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

/// `lathe opt`
pub(super) fn optimize(words: Vec<String>) -> ExitCode {
    if wants_help(&words) {
        print!("{OPT_HELP}");
        return ExitCode::SUCCESS;
    }
    let mut options = match parse(&words, "opt") {
        Ok(options) => options,
        Err(code) => return code,
    };
    options.mode = Mode::Ssa;
    let mut session = Session::new();
    session.disabled_passes.clone_from(&options.disabled_passes);
    let outcome = load(&mut session, &options).and_then(|mut module| {
        session.optimize(&mut module, &cc::backend_options(&options));
        session.verify(&module)?;
        let output = options.output.as_deref().unwrap_or("-");
        write_atomically(output, module.to_string().as_bytes()).map_err(|error| {
            let message = format!("cannot write '{output}': {}", cc::reason(&error));
            session.diagnostics.push(Diagnostic::error(Loc::NONE, message));
            Failed
        })
    });
    exit(&mut session, &options, outcome)
}

/// `lathe interp`
pub(super) fn interpret(words: Vec<String>) -> ExitCode {
    let (own, arguments) = split(&words);
    if wants_help(&own) || own.is_empty() {
        print!("{INTERP_HELP}");
        return if own.is_empty() { ExitCode::from(1) } else { ExitCode::SUCCESS };
    }
    let options = match parse(&own, "interp") {
        Ok(options) => options,
        Err(code) => return code,
    };
    let mut session = Session::new();
    let module = load(&mut session, &options);
    let module = match module {
        Ok(module) => module,
        Err(Failed) => return exit(&mut session, &options, Err(Failed)),
    };
    cc::report(&mut session, &options);
    let mut program: Vec<&str> = vec![own.last().map_or("", String::as_str)];
    program.extend(arguments.iter().map(String::as_str));
    let mut interpreter = lathe_interp::Interpreter::new(&module, lathe_interp::Options::default());
    match interpreter.run_main(&program) {
        Ok(status) => ExitCode::from(status.0 as u8),
        Err(error) => {
            session.diagnostics.push(error.to_diagnostic());
            exit(&mut session, &options, Err(Failed))
        }
    }
}

/// `lathe build`
pub(super) fn build(words: Vec<String>) -> ExitCode {
    if wants_help(&words) || words.is_empty() {
        print!("{BUILD_HELP}");
        return if words.is_empty() { ExitCode::from(1) } else { ExitCode::SUCCESS };
    }
    cc::main(words, None)
}

/// `lathe run`
pub(super) fn run(words: Vec<String>) -> ExitCode {
    let (own, arguments) = split(&words);
    if wants_help(&own) || own.is_empty() {
        print!("{RUN_HELP}");
        return if own.is_empty() { ExitCode::from(1) } else { ExitCode::SUCCESS };
    }
    let mut options = match parse(&own, "run") {
        Ok(options) => options,
        Err(code) => return code,
    };
    let directory = match TemporaryDir::new() {
        Ok(directory) => directory,
        Err(error) => {
            eprintln!("lathe run: cannot make a temporary directory: {}", cc::reason(&error));
            return ExitCode::from(1);
        }
    };
    let program = directory.file("program");
    options.output = Some(program.to_string_lossy().into_owned());
    let mut session = Session::new();
    session.disabled_passes.clone_from(&options.disabled_passes);
    let outcome = build_program(&mut session, &options);
    cc::report(&mut session, &options);
    if outcome.is_err() {
        return ExitCode::from(1);
    }
    execute(&options, &program, &arguments)
}

fn build_program(session: &mut Session, options: &Options) -> Result<(), Failed> {
    let toolchain = Toolchain::find(&options.target, options.sysroot.as_deref(), &options.prefixes);
    let module = load(session, options)?;
    let name = module.name.clone();
    let artifacts = session.compile(module, &options.backend, &cc::backend_options(options))?;
    let mut items = vec![LinkItem::Object(name, artifacts.bytes)];
    for item in &options.items {
        match item {
            cc::Item::Library(name) => items.push(LinkItem::Library(name.clone())),
            cc::Item::Linker(word) => items.push(LinkItem::Argument(word.clone())),
            cc::Item::File(..) => {}
        }
    }
    cc::link_command(session, &[], options, &toolchain, items)
}

/// Runs a program: directly on this machine's architecture, else under qemu-user.
fn execute(options: &Options, program: &std::path::Path, arguments: &[String]) -> ExitCode {
    use std::os::unix::process::ExitStatusExt;
    let mut process = match emulator(options) {
        None => std::process::Command::new(program),
        Some(names) => {
            let Some(emulator) = names.iter().find_map(|name| on_path(name)) else {
                eprintln!(
                    "lathe run: cannot run a program for {} on this machine: {} is not on the path (Debian package \
                     qemu-user)",
                    options.target.triple, names[0]
                );
                return ExitCode::from(1);
            };
            let root = options.sysroot.clone().unwrap_or_else(|| format!("/usr/{}", options.target.triple));
            let mut process = std::process::Command::new(emulator);
            process.arg("-L").arg(root).arg(program);
            process
        }
    };
    match process.args(arguments).status() {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => ExitCode::from(code as u8),
            (None, Some(signal)) => {
                eprintln!("lathe run: the program was stopped by signal {signal}");
                ExitCode::from(128u8.wrapping_add(signal as u8))
            }
            (None, None) => ExitCode::from(1),
        },
        Err(error) => {
            eprintln!("lathe run: cannot run the program: {}", cc::reason(&error));
            ExitCode::from(1)
        }
    }
}

/// The names of the emulator that runs a target's programs; `None` if this machine runs them itself.
fn emulator(options: &Options) -> Option<[String; 2]> {
    use lathe_target::{Arch, Target};
    let arch = options.target.triple.arch;
    let host = Target::host().triple.arch;
    let is_static = matches!(options.link, LinkKind::Static | LinkKind::StaticPie);
    // x86-64 machines run i686 programs, dynamic ones where the 32-bit dynamic linker is installed.
    let narrow = arch == Arch::X86
        && host == Arch::X86_64
        && (is_static || std::path::Path::new("/lib/ld-linux.so.2").exists());
    if arch == host || narrow {
        return None;
    }
    let name = if arch == Arch::X86 { "i386" } else { arch.name() };
    Some([format!("qemu-{name}"), format!("qemu-{name}-static")])
}

fn on_path(name: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|file| file.is_file())
}

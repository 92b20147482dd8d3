//! `lathe cc`: gcc's command line.
//!
//! ```text
//!   words ─table, options, features─► Options ─compile─► objects in memory ─link─► executable
//!                                        └─query─► answers (`-dumpmachine`, `--version`, …)
//! ```
//!
//! One process does everything; objects go to the linker in memory.

mod compile;
mod features;
mod link;
mod machine;
mod options;
mod query;
mod table;

pub(crate) use compile::{backend_options, compile_c_file, read_input};
pub(crate) use link::{LinkItem, link_command, link_quietly};
pub(crate) use options::{Item, Language, LinkKind, Mode, Options};

use crate::command::arguments::UsageError;
use crate::session::Session;
use crate::toolchain::Toolchain;
use lathe_diag::{Diagnostic, Loc, Renderer, Severity};
use std::process::ExitCode;

/// Name in messages that have no place.
pub(crate) const PROGRAM: &str = "lathe cc";

/// Runs the command.
pub(super) fn main(words: Vec<String>, triple: Option<String>) -> ExitCode {
    match parse_command(&words, triple) {
        Ok(options) => run(&words, options),
        Err(error) => {
            eprintln!("{PROGRAM}: error: {error}");
            ExitCode::from(1)
        }
    }
}

/// Reads the words of a `cc` command line.
pub(crate) fn parse_command(words: &[String], triple: Option<String>) -> Result<Options, UsageError> {
    let mut defaults = Options::default();
    if let Some(triple) = triple {
        let target = lathe_target::Target::from_triple(&triple);
        defaults.target = target.map_err(|error| UsageError::new(error.to_string()))?;
    }
    options::parse(words, defaults)
}

fn run(words: &[String], options: Options) -> ExitCode {
    let toolchain = Toolchain::find(&options.target, options.sysroot.as_deref(), &options.prefixes);
    if let Some(query) = &options.query {
        return query::answer(query, &options, &toolchain);
    }
    if options.verbose {
        query::print_verbose_header(&options, &toolchain);
    }
    let has_file = options.items.iter().any(|item| matches!(item, Item::File(..) | Item::Library(_)));
    if !has_file {
        if options.verbose {
            return ExitCode::SUCCESS;
        }
        eprintln!("{PROGRAM}: fatal error: no input files\ncompilation terminated.");
        return ExitCode::from(1);
    }
    if let Err(error) = check(&options) {
        eprintln!("{PROGRAM}: {error}");
        return ExitCode::from(1);
    }
    let mut session = Session::new();
    session.disabled_passes.clone_from(&options.disabled_passes);
    warn_unknown(&mut session, &options);
    let outcome = compile::run(&mut session, words, &options, &toolchain);
    report(&mut session, &options);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(crate::session::Failed) => ExitCode::from(1),
    }
}

fn warn_unknown(session: &mut Session, options: &Options) {
    let as_errors = options.warnings.iter().any(|w| w == "error");
    for word in &options.unknown {
        let message = format!("unrecognized command-line option '{word}'");
        let severity = if as_errors { Severity::Error } else { Severity::Warning };
        session.diagnostics.push(Diagnostic::new(severity, Loc::NONE, message));
    }
}

/// Combinations that make no sense.
fn check(options: &Options) -> Result<(), String> {
    let sources = options
        .items
        .iter()
        .filter(|item| matches!(item, Item::File(_, language) if *language != Language::Linker))
        .count();
    if options.output.is_some() && options.mode != Mode::Link && options.mode != Mode::Check && sources > 1 {
        return Err("fatal error: cannot specify '-o' with '-c', '-S' or '-E' with multiple files\ncompilation terminated.".into());
    }
    for item in &options.items {
        if let Item::File(name, language) = item
            && name != "-"
            && let Err(error) = std::fs::metadata(name)
        {
            let reason = reason(&error);
            let _ = language;
            return Err(format!("error: {name}: {reason}"));
        }
        if let Item::File(name, Language::Linker) = item
            && name == "-"
            && options.mode != Mode::Preprocess
        {
            return Err("error: '-E' or '-x' required when input is from standard input".into());
        }
    }
    Ok(())
}

/// The text of a system error, without Rust's "(os error 2)".
pub(crate) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_string()
}

/// Prints what the session has to say.
pub(crate) fn report(session: &mut Session, options: &Options) {
    for (title, text) in &session.dumps {
        eprintln!("*** {title} ***\n{text}");
    }
    let messages = session.diagnostics.take();
    if options.json && !messages.is_empty() {
        eprint!("{}", lathe_diag::render::render_json(&session.sources, &messages));
    } else {
        let mut renderer = Renderer::new(&session.sources, PROGRAM, options.color);
        eprint!("{}", renderer.render_all(&messages));
    }
    if options.time_report {
        eprintln!("Time (s, wall clock)");
        for phase in &session.times {
            eprintln!("  {:<28} {:8.3}", phase.name, phase.seconds);
        }
    }
}

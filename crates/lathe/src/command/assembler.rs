//! `lathe as`: GNU as's command line.

use super::files::write_atomically;
use crate::session::{Failed, Session};
use lathe_asm::command_line::CommandLine;
use lathe_diag::{ColorChoice, Diagnostic, Diagnostics, Renderer, Span};
use lathe_target::{Arch, Target, Triple};
use std::process::ExitCode;

const PROGRAM: &str = "lathe as";

/// Assembler options from words of GNU as's command line (`-Wa,…`).
pub(super) fn options(words: &[String], debug: bool, diagnostics: &mut Diagnostics) -> CommandLine {
    let mut parsed = CommandLine::parse(words, diagnostics);
    parsed.debug_lines |= debug;
    parsed
}

/// Runs the command.
pub(super) fn main(words: Vec<String>, triple: Option<String>) -> ExitCode {
    let mut session = Session::new();
    let parsed = options(&words, false, &mut session.diagnostics);
    let mut target = triple.and_then(|t| Target::from_triple(&t).ok()).unwrap_or_else(Target::host);
    if let Some(asked) = &parsed.target {
        match Target::from_triple(asked) {
            Ok(asked) => target = asked,
            Err(error) => session.diagnostics.push(Diagnostic::error(Span::NONE, error.to_string())),
        }
    }
    if parsed.help {
        print!("{}", CommandLine::help_text());
        return ExitCode::SUCCESS;
    }
    if parsed.version {
        // Build systems look for "GNU assembler".
        println!("Lathe as {} (compatible with GNU assembler 2.40)", crate::VERSION);
        return ExitCode::SUCCESS;
    }
    if let Some(wide) = parsed.bits_64 {
        let arch = if wide { Arch::X86_64 } else { Arch::X86 };
        target = Target::new(Triple { arch, ..target.triple });
    }
    let object = assemble(&mut session, &parsed, &target);
    let messages = session.diagnostics.take();
    let mut renderer = Renderer::new(&session.sources, PROGRAM, ColorChoice::Auto);
    eprint!("{}", renderer.render_all(&messages));
    let Ok(object) = object else { return ExitCode::from(1) };
    let output = parsed.output.as_ref().map_or("a.out".into(), |path| path.to_string_lossy().into_owned());
    match write_atomically(&output, &object) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{PROGRAM}: cannot write '{output}': {}", super::cc::reason(&error));
            ExitCode::from(1)
        }
    }
}

/// Several inputs are assembled as if they were one file, as GNU as does.
fn assemble(session: &mut Session, parsed: &CommandLine, target: &Target) -> Result<Vec<u8>, Failed> {
    if session.diagnostics.has_errors() {
        return Err(Failed);
    }
    let file = match parsed.inputs.as_slice() {
        [] => super::cc::read_input(session, "-")?,
        [only] => super::cc::read_input(session, only)?,
        several => {
            let mut text = Vec::new();
            for input in several {
                let file = super::cc::read_input(session, input)?;
                text.extend_from_slice(&session.sources.file(file).text);
                text.push(b'\n');
            }
            session.add_source(&several[0], text)?
        }
    };
    session.assemble(file, target, &parsed.options)
}

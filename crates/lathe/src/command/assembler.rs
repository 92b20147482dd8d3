//! `lathe as`: GNU as's command line.

use super::arguments::UsageError;
use super::files::write_atomically;
use crate::session::Session;
use lathe_asm::command_line;
use lathe_diag::{ColorChoice, Renderer};
use lathe_target::Target;
use std::process::ExitCode;

const PROGRAM: &str = "lathe as";

const HELP: &str = "\
usage: lathe as [OPTIONS] [FILE]

Assembles GNU assembly language to an ELF object. Without FILE, standard input is read.
  -o FILE            output (default a.out)
  -I DIR             search DIR for .include and .incbin
  --32, --64         instruction set width
  --defsym SYM=VAL   define a symbol
  -g, --gdwarf-N     line numbers of the assembly source
  -W, --no-warn      no warnings
  --fatal-warnings   warnings are errors
An option that is not known is an error.
";

/// Assembler options from words of GNU as's command line (`-Wa,…`).
pub(super) fn options(
    words: &[String],
    target: &Target,
    debug: bool,
) -> Result<command_line::CommandLine, UsageError> {
    let mut parsed =
        command_line::parse(words, target).map_err(|error| UsageError::new(error.to_string()))?;
    parsed.debug_lines |= debug;
    Ok(parsed)
}

/// Runs the command.
pub(super) fn main(words: Vec<String>, triple: Option<String>) -> ExitCode {
    let target = triple.and_then(|t| Target::from_triple(&t).ok()).unwrap_or_else(Target::host);
    let parsed = match options(&words, &target, false) {
        Ok(parsed) => parsed,
        Err(error) => {
            eprintln!("{PROGRAM}: {error}");
            return ExitCode::from(1);
        }
    };
    if parsed.help {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    if parsed.version {
        // Build systems look for "GNU assembler".
        println!("Lathe as {} (compatible with GNU assembler 2.40)", crate::VERSION);
        return ExitCode::SUCCESS;
    }
    let mut session = Session::new();
    let mut object = None;
    let input = parsed.input.clone().unwrap_or_else(|| "-".into());
    if let Ok(file) = super::cc::read_input(&mut session, &input) {
        object = session.assemble(file, &parsed).ok();
    }
    let messages = session.diagnostics.take();
    let mut renderer = Renderer::new(&session.sources, PROGRAM, ColorChoice::Auto);
    eprint!("{}", renderer.render_all(&messages));
    let Some(object) = object else { return ExitCode::from(1) };
    let output = parsed.output.as_deref().unwrap_or("a.out");
    match write_atomically(output, &object) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{PROGRAM}: cannot write '{output}': {}", super::cc::reason(&error));
            ExitCode::from(1)
        }
    }
}

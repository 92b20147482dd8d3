//! `lathe ld`: GNU ld's command line.

use lathe_link::{Messages, Output, link};
use std::ffi::OsString;
use std::process::ExitCode;

/// What `ld --version` says; build systems look for "GNU ld".
pub(super) const VERSION_TEXT: &str =
    concat!("Lathe ld ", env!("CARGO_PKG_VERSION"), " (compatible with GNU ld) 2.40");

const HELP: &str = "\
usage: lathe ld [OPTIONS] FILES

Links ELF objects, archives and shared libraries with GNU ld's options:
  -o FILE  -L DIR  -l NAME  -e SYMBOL  -static  -shared  -pie  -r  -s  -S
  --gc-sections  --as-needed  --whole-archive  --start-group … --end-group
  --version-script FILE  --dynamic-list FILE  --export-dynamic  --wrap SYMBOL
  --defsym NAME=EXPRESSION  --build-id[=STYLE]  --hash-style=STYLE  -z KEYWORD
  -soname NAME  -rpath DIR  -dynamic-linker FILE  -Map FILE  --eh-frame-hdr
An option that is not known is an error.
";

/// Runs the command.
pub(super) fn main(words: Vec<String>) -> ExitCode {
    let words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
    let parsed = match lathe_link::command_line::parse(&words) {
        Ok(parsed) => parsed,
        Err(error) => {
            eprintln!("lathe ld: {error}");
            return ExitCode::from(1);
        }
    };
    if parsed.help {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    if parsed.version {
        println!("{VERSION_TEXT}");
        if parsed.inputs.is_empty() {
            return ExitCode::SUCCESS;
        }
    }
    let mut messages = Messages::new();
    let outcome = link(&parsed.options, &parsed.inputs, &mut messages);
    eprint!("{}", messages.render("lathe ld"));
    match outcome {
        Ok(output) => {
            finish_output(&output);
            ExitCode::SUCCESS
        }
        Err(_) => ExitCode::from(1),
    }
}

/// Prints what the link has to say on standard output.
pub(super) fn finish_output(output: &Output) {
    print!("{}", output.text);
}

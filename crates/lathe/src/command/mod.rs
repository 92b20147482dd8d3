//! The `lathe` command: `cc`, `as`, `ld`, `run`, `build`, `interp`, `opt`.
//!
//! The first argument names the command. Under another program name the name decides: `lathe-cc`,
//! `cc` or `gcc` is `lathe cc`, `as` and `ld` likewise, and a target in front
//! (`riscv64-linux-gnu-gcc`) selects the target.

pub mod arguments;
mod assembler;
pub(crate) mod cc;
mod files;
mod linker;
mod ssa;

use std::process::ExitCode;

/// Stack of the thread that does the work: parsing and lowering recurse as deep as the source nests.
const STACK_BYTES: usize = 512 << 20;

const HELP: &str = "\
lathe: a compiler backend and the tools around it

usage: lathe COMMAND [OPTIONS] FILES

commands:
  cc      compile and link C, assembly and objects, as gcc does
  as      assemble, as GNU as does
  ld      link, as GNU ld does
  run     compile a .c or .ssa file and run it:  lathe run FILE [ARGUMENTS]
  build   compile .ssa files to an object or executable
  interp  run a .c or .ssa file in the reference interpreter
  opt     optimize a .ssa or .c file and print the result as SSA text

`lathe COMMAND --help` says more.
";

/// Runs the command of this process.
pub fn main() -> ExitCode {
    let worker = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(dispatch);
    match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        Ok(Err(_)) => {
            // The panic's own message is already printed.
            eprintln!("lathe: internal compiler error; please report it with the input that caused it");
            ExitCode::from(4)
        }
        Err(error) => {
            eprintln!("lathe: cannot start a thread: {error}");
            ExitCode::from(1)
        }
    }
}

fn dispatch() -> ExitCode {
    let mut words: Vec<String> = Vec::new();
    for (index, word) in std::env::args_os().enumerate() {
        match word.into_string() {
            Ok(word) => words.push(word),
            Err(word) => {
                eprintln!("lathe: argument {index} is not UTF-8: {}", word.to_string_lossy());
                return ExitCode::from(1);
            }
        }
    }
    let program = words.first().cloned().unwrap_or_default();
    let rest = words.get(1..).unwrap_or_default().to_vec();
    let base = program.rsplit('/').next().unwrap_or_default();
    if let Some((command, triple)) = command_of_name(base) {
        return run(command, rest, triple);
    }
    let Some((command, arguments)) = rest.split_first() else {
        eprint!("{HELP}");
        return ExitCode::from(1);
    };
    match command.as_str() {
        "--help" | "-h" | "help" => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        "--version" | "-V" | "version" => {
            println!("lathe {}", crate::VERSION);
            ExitCode::SUCCESS
        }
        name => run(name, arguments.to_vec(), None),
    }
}

/// The command that a program name stands for, and the target in front of it.
fn command_of_name(base: &str) -> Option<(&'static str, Option<String>)> {
    let (rest, command) = [("gcc", "cc"), ("cc", "cc"), ("as", "as"), ("ld", "ld")]
        .into_iter()
        .find_map(|(name, command)| Some((base.strip_suffix(name)?, command)))?;
    let rest = rest.strip_suffix("lathe-").unwrap_or(rest);
    match rest {
        "" => Some((command, None)),
        rest => {
            let triple = rest.strip_suffix('-')?;
            triple.parse::<lathe_target::Triple>().ok()?;
            Some((command, Some(triple.to_string())))
        }
    }
}

fn run(command: &str, words: Vec<String>, triple: Option<String>) -> ExitCode {
    let words = match arguments::expand_response_files(words) {
        Ok(words) => words,
        Err(error) => {
            eprintln!("lathe {command}: error: {error}");
            return ExitCode::from(1);
        }
    };
    match command {
        "cc" => cc::main(words, triple),
        "as" => assembler::main(words, triple),
        "ld" => linker::main(words),
        "run" => ssa::run(words),
        "build" => ssa::build(words),
        "interp" => ssa::interpret(words),
        "opt" => ssa::optimize(words),
        _ => {
            eprintln!(
                "lathe: error: there is no command '{command}'; known are cc, as, ld, run, build, interp, opt"
            );
            ExitCode::from(1)
        }
    }
}

//! A linker on GNU ld's command line; what `lathe ld` does, for tests of this crate alone.

use lathe_link::{Messages, command_line, link};

fn main() -> std::process::ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let line = match command_line::parse(&arguments) {
        Ok(line) => line,
        Err(error) => {
            eprintln!("ld: {error}");
            return 1.into();
        }
    };
    if line.version {
        println!("GNU ld (compatible) lathe");
        if line.inputs.is_empty() {
            return 0.into();
        }
    }
    let mut messages = Messages::new();
    let result = link(&line.options, &line.inputs, &mut messages);
    eprint!("{}", messages.render("ld"));
    match result {
        Ok(output) => {
            print!("{}", output.text);
            0.into()
        }
        Err(_) => 1.into(),
    }
}

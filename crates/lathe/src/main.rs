//! The `lathe` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    lathe::command::main()
}

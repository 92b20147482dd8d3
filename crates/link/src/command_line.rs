//! GNU ld's command line.

use crate::{Input, LinkError, LinkOptions};

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

/// Reads GNU ld's arguments (without the program name), `@FILE`s included.
pub fn parse(_arguments: &[std::ffi::OsString]) -> Result<CommandLine, LinkError> {
    Err(LinkError::Unsupported { place: "command line".into(), what: "parsing".into() })
}

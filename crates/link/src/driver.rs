//! The way of a link through its phases.

use crate::{Input, LinkFailed, LinkOptions, Messages};

/// What a link made.
#[derive(Debug, Default)]
pub struct Output {
    /// The file's bytes, for [`crate::Destination::Memory`].
    pub bytes: Vec<u8>,
    /// The text of `-Map`, `-M`.
    pub map: Option<String>,
    /// Lines for standard output (`--trace`, `--print-gc-sections`, `--cref`).
    pub text: String,
}

/// Links. The output appears whole or not at all.
pub fn link(
    _options: &LinkOptions,
    _inputs: &[Input],
    messages: &mut Messages,
) -> Result<Output, LinkFailed> {
    messages.error(crate::LinkError::Unsupported { place: "link".into(), what: "linking".into() });
    Err(LinkFailed)
}

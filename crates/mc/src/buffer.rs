//! The private buffer into which one function is compiled on any thread.

/// A function's machine code, to be appended to a [`crate::ModuleStreamer`]; implements [`crate::Streamer`].
#[derive(Debug)]
pub struct CodeBuffer {}

//! Why a function or module cannot be compiled.

use lathe_diag::Loc;
use lathe_isa::EncodeError;
use std::fmt;

/// What is wrong.
#[derive(Clone, PartialEq, Debug)]
pub enum ErrorKind {
    /// A construct that this target or this version cannot compile; the text names it.
    Unsupported(String),
    /// A limit of the object format or of the instruction set was passed; the text names it.
    Limit(String),
    /// An instruction that no row can encode (inline assembly, or a fault of the selector).
    Encode(EncodeError),
    /// The user's inline or top-level assembly is wrong.
    Assembly(String),
    /// Allocated code failed a check of its own; a fault of the compiler.
    Verification(String),
}

/// A compilation failure.
#[derive(Clone, PartialEq, Debug)]
pub struct CodegenError {
    /// The function, or empty.
    pub function: String,
    /// The place in the source, if known.
    pub loc: Loc,
    /// What is wrong.
    pub kind: ErrorKind,
}

impl CodegenError {
    /// A failure without function and place; the pipeline fills those in.
    pub fn new(kind: ErrorKind) -> CodegenError {
        CodegenError { function: String::new(), loc: Loc::NONE, kind }
    }

    /// A construct that cannot be compiled.
    pub fn unsupported(what: impl Into<String>) -> CodegenError {
        CodegenError::new(ErrorKind::Unsupported(what.into()))
    }

    /// At a place.
    #[must_use]
    pub fn at(self, loc: Loc) -> CodegenError {
        CodegenError { loc, ..self }
    }

    /// In a function.
    #[must_use]
    pub fn in_function(mut self, name: &str) -> CodegenError {
        if self.function.is_empty() {
            self.function = name.to_string();
        }
        self
    }
}

impl fmt::Display for CodegenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ErrorKind::Unsupported(what) => write!(f, "not supported: {what}")?,
            ErrorKind::Limit(what) => write!(f, "limit exceeded: {what}")?,
            ErrorKind::Encode(error) => write!(f, "instruction cannot be encoded: {error}")?,
            ErrorKind::Assembly(what) => write!(f, "{what}")?,
            ErrorKind::Verification(what) => write!(f, "register allocation is wrong: {what}")?,
        }
        if !self.function.is_empty() {
            write!(f, " (in function '{}')", self.function)?;
        }
        Ok(())
    }
}

impl std::error::Error for CodegenError {}

impl From<EncodeError> for CodegenError {
    fn from(error: EncodeError) -> CodegenError {
        CodegenError::new(ErrorKind::Encode(error))
    }
}

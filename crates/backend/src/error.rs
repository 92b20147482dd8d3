//! Why a unit cannot be compiled.

use lathe_diag::{Diagnostic, Loc};
use std::fmt;

/// Whose fault it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    /// The program is wrong (inline assembly, sections).
    Program,
    /// The program is right, this backend cannot compile it.
    Unsupported,
    /// The backend is wrong.
    Internal,
}

/// A failure.
#[derive(Clone, PartialEq, Debug)]
pub struct BackendError {
    /// The backend's name.
    pub backend: &'static str,
    /// Whose fault.
    pub kind: ErrorKind,
    /// The function, or empty.
    pub function: String,
    /// The place in the source, if known.
    pub loc: Loc,
    /// What is wrong.
    pub message: String,
}

impl BackendError {
    /// An option or target that the backend cannot honour.
    pub fn unsupported(backend: &'static str, what: impl Into<String>) -> BackendError {
        BackendError {
            backend,
            kind: ErrorKind::Unsupported,
            function: String::new(),
            loc: Loc::NONE,
            message: what.into(),
        }
    }

    /// As a message to the user.
    pub fn diagnostic(&self) -> Diagnostic {
        let message = match self.kind {
            ErrorKind::Program => self.message.clone(),
            ErrorKind::Unsupported => format!("{} ({} backend)", self.message, self.backend),
            ErrorKind::Internal => format!("internal compiler error: {}", self.message),
        };
        let mut diagnostic = Diagnostic::error(self.loc, message);
        diagnostic.function = (!self.function.is_empty()).then(|| self.function.clone());
        diagnostic
    }
}

impl fmt::Display for BackendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.backend, self.message)?;
        if !self.function.is_empty() {
            write!(f, " (in function '{}')", self.function)?;
        }
        Ok(())
    }
}

impl std::error::Error for BackendError {}

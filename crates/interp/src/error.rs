//! How running stops: errors with their place, the program's exit, jumps through host functions.

use lathe_diag::{ColorChoice, Diagnostic, Loc, Renderer, SourceMap};
use lathe_ir::{Block, TrapCode};
use std::fmt;

/// Why a program was stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    /// A promise (`nsw`, alignment, `unreachable`, …) or a precondition was broken: undefined
    /// behaviour.
    BrokenPromise,
    /// An access outside any object, or to one that is no more.
    Memory,
    /// A `trap`.
    Trap(TrapCode),
    /// The interpreter cannot run this (inline assembly, an unknown library function).
    Unsupported,
    /// The step limit was reached.
    StepLimit,
    /// An exception that nothing caught.
    UncaughtException,
    /// The program called `abort`.
    Abort,
    /// The call from outside does not fit the function.
    BadCall,
    /// Writing output failed.
    Output,
}

/// A function that was running when the error came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BacktraceFrame {
    /// Its name.
    pub function: String,
    /// The block that was running.
    pub block: Block,
    /// The instruction, as text.
    pub inst: String,
    /// Its source position.
    pub loc: Loc,
}

/// An error of the interpreted program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    /// The kind.
    pub kind: ErrorKind,
    /// What happened.
    pub message: String,
    /// The functions that were running, innermost first.
    pub backtrace: Vec<BacktraceFrame>,
}

impl Error {
    /// An error without backtrace.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into(), backtrace: Vec::new() }
    }

    /// As text for a terminal without colours.
    pub fn render(&self, sources: &SourceMap) -> String {
        let mut renderer = Renderer::new(sources, "lathe interp", ColorChoice::Never);
        renderer.render_all([&self.to_diagnostic()])
    }

    /// As a message for the user: the innermost place, then a note per caller.
    pub fn to_diagnostic(&self) -> Diagnostic {
        let Some(first) = self.backtrace.first() else {
            return Diagnostic::error(Loc::NONE, self.message.clone());
        };
        let text = format!("{} in @{}, {}: '{}'", self.message, first.function, first.block, first.inst);
        let mut diagnostic = Diagnostic::error(first.loc, text);
        for frame in &self.backtrace[1..] {
            diagnostic = diagnostic.note(frame.loc, format!("called from @{}", frame.function));
        }
        diagnostic
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for frame in &self.backtrace {
            write!(f, "\n    in @{}, {}: {}", frame.function, frame.block, frame.inst)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// How a program ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitStatus(pub i32);

/// What interrupts straight execution.
#[derive(Debug)]
pub(crate) enum Stop {
    /// An error.
    Error(Box<Error>),
    /// `exit`.
    Exit(i32),
    /// `longjmp` to the frame with this serial number.
    LongJump { frame: u64, mark: u64, value: u32 },
    /// An exception on its way up.
    Throw { exception: u64, type_info: u64 },
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Error(Box::new(error))
    }
}

/// An error of a kind, ready to be raised.
pub(crate) fn fault<T>(kind: ErrorKind, message: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Error(Box::new(Error::new(kind, message))))
}

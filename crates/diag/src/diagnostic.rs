//! Messages to the user, and the sink that collects them.

use crate::source::Span;

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// More about the message before it.
    Note,
    /// Probably wrong, output is still written.
    Warning,
    /// Wrong: no output.
    Error,
    /// Wrong, and nothing after it can be checked.
    Fatal,
}

/// Replace `span` by `text` and the message goes away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixIt {
    /// What to replace (empty: insert).
    pub span: Span,
    /// The replacement.
    pub text: String,
}

/// One message with its place, and notes that belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The message, no trailing stop or newline.
    pub message: String,
    /// The option that controls it, without `-W` (`"unused-variable"`).
    pub flag: Option<&'static str>,
    /// Where: the caret stands at `span.lo`, the rest is underlined.
    pub span: Span,
    /// More underlined places.
    pub also: Vec<Span>,
    /// The function in which it happened, for gcc's "In function 'f':".
    pub function: Option<String>,
    /// Notes.
    pub notes: Vec<Diagnostic>,
    /// Suggested edits.
    pub fixes: Vec<FixIt>,
}

impl Diagnostic {
    /// A message of the given severity.
    pub fn new(severity: Severity, span: impl Into<Span>, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity,
            message: message.into(),
            flag: None,
            span: span.into(),
            also: Vec::new(),
            function: None,
            notes: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// An error.
    pub fn error(span: impl Into<Span>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, span, message)
    }

    /// A warning controlled by `-W<flag>`.
    pub fn warning(span: impl Into<Span>, flag: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic { flag: Some(flag), ..Diagnostic::new(Severity::Warning, span, message) }
    }

    /// Adds a note.
    #[must_use]
    pub fn note(mut self, span: impl Into<Span>, message: impl Into<String>) -> Diagnostic {
        self.notes.push(Diagnostic::new(Severity::Note, span, message));
        self
    }

    /// Adds a suggested edit.
    #[must_use]
    pub fn fix(mut self, span: impl Into<Span>, text: impl Into<String>) -> Diagnostic {
        self.fixes.push(FixIt { span: span.into(), text: text.into() });
        self
    }
}

/// Collects messages in order and counts the errors.
#[derive(Default, Debug)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    errors: usize,
}

impl Diagnostics {
    /// An empty sink.
    pub fn new() -> Diagnostics {
        Diagnostics::default()
    }

    /// Adds a message.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.severity >= Severity::Error);
        self.list.push(diagnostic);
    }

    /// Adds all of another sink's messages.
    pub fn append(&mut self, other: Diagnostics) {
        self.errors += other.errors;
        self.list.extend(other.list);
    }

    /// Whether an error was added.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// How many errors were added.
    pub fn error_count(&self) -> usize {
        self.errors
    }

    /// The messages in the order in which they came.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// Takes the messages out; the error count starts anew.
    pub fn take(&mut self) -> Vec<Diagnostic> {
        self.errors = 0;
        std::mem::take(&mut self.list)
    }
}

//! What the linker has to say, typed, in GNU ld's words.
//!
//! Every phase pushes [`LinkError`]s into [`Messages`]; the caller prints them with [`Messages::render`].

use std::fmt;
use std::path::PathBuf;

/// A place in an input section, for messages: `a.o: in function 'f': x.c:(.text+0x5)`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Site {
    /// The object, `libx.a(y.o)` for a member.
    pub file: String,
    /// The function that holds the place.
    pub function: Option<String>,
    /// The source file (STT_FILE).
    pub source: Option<String>,
    /// The section.
    pub section: String,
    /// The offset in it.
    pub offset: u64,
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if let Some(function) = &self.function {
            write!(f, " in function `{function}':")?;
        }
        if self.source.is_some() || self.function.is_some() {
            f.write_str(" ")?;
        }
        if let Some(source) = &self.source {
            write!(f, "{source}:")?;
        }
        write!(f, "({}+{:#x})", self.section, self.offset)
    }
}

/// One message.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum LinkError {
    /// A file cannot be opened or read.
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// The output cannot be written.
    Write {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// `-lNAME` is nowhere.
    LibraryNotFound {
        /// NAME.
        name: String,
    },
    /// The file is neither ELF, nor an archive, nor a linker script.
    UnknownFormat {
        /// The file.
        file: String,
    },
    /// The file breaks the format it claims to have.
    Malformed {
        /// The file.
        file: String,
        /// What is wrong.
        what: String,
    },
    /// Another machine, class or byte order than the output's.
    Incompatible {
        /// The file.
        file: String,
        /// What it is.
        is: String,
        /// What the output is.
        output: String,
    },
    /// An object with compiler IR instead of machine code.
    LtoObject {
        /// The file.
        file: String,
    },
    /// Something that this linker does not do.
    Unsupported {
        /// Where (a file, an option).
        place: String,
        /// What.
        what: String,
    },
    /// A linker script, version script, dynamic list or expression does not parse.
    Script {
        /// The file or option.
        file: String,
        /// The line.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// Nobody defines the symbol.
    Undefined {
        /// The symbol, with `@VERSION`.
        symbol: String,
        /// Who refers to it.
        site: Box<Site>,
    },
    /// More references to the symbol before.
    MoreUndefined {
        /// The symbol.
        symbol: String,
        /// The file.
        file: String,
    },
    /// A shared library on the command line refers to it and nobody defines it.
    UndefinedInShared {
        /// The symbol.
        symbol: String,
        /// The library.
        file: String,
    },
    /// Two strong definitions.
    Duplicate {
        /// The symbol.
        symbol: String,
        /// The second.
        site: Box<Site>,
        /// The first.
        first: Box<Site>,
    },
    /// A reference to a section that a comdat group discarded.
    Discarded {
        /// The symbol.
        symbol: String,
        /// Who refers to it.
        site: Box<Site>,
    },
    /// The value does not fit.
    Truncated {
        /// Where.
        site: Box<Site>,
        /// The relocation's name.
        relocation: String,
        /// The symbol.
        symbol: String,
    },
    /// The relocation cannot be used in this kind of output.
    NotPositionIndependent {
        /// Where.
        site: Box<Site>,
        /// The relocation's name.
        relocation: String,
        /// The symbol.
        symbol: String,
        /// `a shared object` or `a PIE object`.
        making: &'static str,
    },
    /// Something else about a relocation.
    Relocation {
        /// Where.
        site: Box<Site>,
        /// What.
        what: String,
    },
    /// Anything about the whole link.
    General {
        /// The text.
        what: String,
    },
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::Read { file, reason } => write!(f, "cannot find {}: {reason}", file.display()),
            LinkError::Write { file, reason } => {
                write!(f, "cannot open output file {}: {reason}", file.display())
            }
            LinkError::LibraryNotFound { name } => {
                write!(f, "cannot find -l{name}: No such file or directory")
            }
            LinkError::UnknownFormat { file } => {
                write!(f, "{file}: file format not recognized")
            }
            LinkError::Malformed { file, what } => write!(f, "{file}: malformed: {what}"),
            LinkError::Incompatible { file, is, output } => {
                write!(f, "{file}: {is} is incompatible with {output} output")
            }
            LinkError::LtoObject { file } => {
                write!(
                    f,
                    "{file}: LTO object without machine code (compile with -ffat-lto-objects or -fno-lto)"
                )
            }
            LinkError::Unsupported { place, what } => write!(f, "{place}: {what} is not supported yet"),
            LinkError::Script { file, line, what } => write!(f, "{file}:{line}: {what}"),
            LinkError::Undefined { symbol, site } => write!(f, "{site}: undefined reference to `{symbol}'"),
            LinkError::MoreUndefined { symbol, file } => {
                write!(f, "{file}: more undefined references to `{symbol}' follow")
            }
            LinkError::UndefinedInShared { symbol, file } => {
                write!(f, "{file}: undefined reference to `{symbol}'")
            }
            LinkError::Duplicate { symbol, site, first } => {
                write!(f, "{site}: multiple definition of `{symbol}'; {first}: first defined here")
            }
            LinkError::Discarded { symbol, site } => {
                write!(f, "{site}: `{symbol}' is defined in a discarded section")
            }
            LinkError::Truncated { site, relocation, symbol } => {
                write!(f, "{site}: relocation truncated to fit: {relocation} against symbol `{symbol}'")
            }
            LinkError::NotPositionIndependent { site, relocation, symbol, making } => write!(
                f,
                "{site}: relocation {relocation} against symbol `{symbol}' can not be used when making {making}; \
                 recompile with -fPIC"
            ),
            LinkError::Relocation { site, what } => write!(f, "{site}: {what}"),
            LinkError::General { what } => f.write_str(what),
        }
    }
}

impl std::error::Error for LinkError {}

/// How bad a message is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    /// The output is still written.
    Warning,
    /// No output.
    Error,
}

/// The messages of a link, in a deterministic order.
#[derive(Default, Debug)]
pub struct Messages {
    list: Vec<(Severity, LinkError)>,
    errors: usize,
}

impl Messages {
    /// None yet.
    pub fn new() -> Messages {
        Messages::default()
    }

    /// Adds an error.
    pub fn error(&mut self, error: LinkError) {
        self.errors += 1;
        self.list.push((Severity::Error, error));
    }

    /// Adds a warning.
    pub fn warning(&mut self, error: LinkError) {
        self.list.push((Severity::Warning, error));
    }

    /// Adds all of another list.
    pub fn append(&mut self, other: Messages) {
        self.errors += other.errors;
        self.list.extend(other.list);
    }

    /// Whether there is an error.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// The messages in order.
    pub fn iter(&self) -> impl Iterator<Item = (Severity, &LinkError)> {
        self.list.iter().map(|(severity, error)| (*severity, error))
    }

    /// The text: one line each, `PROGRAM: message` (`lathe ld: a.o: in function ...`).
    pub fn render(&self, program: &str) -> String {
        let mut out = String::new();
        for (severity, error) in &self.list {
            let word = if *severity == Severity::Warning { "warning: " } else { "" };
            out.push_str(&format!("{program}: {word}{error}\n"));
        }
        out
    }
}

/// The link failed; [`Messages`] says why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LinkFailed;

impl fmt::Display for LinkFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the link failed")
    }
}

impl std::error::Error for LinkFailed {}

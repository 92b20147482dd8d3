//! Linking objects in memory to a program, as `lathe cc` would.
//!
//! In: objects ([`crate::Session::compile`] makes them), names of files and libraries. Out: an executable or shared
//! library on disk. Startup files, library directories and the dynamic linker are those of [`crate::toolchain`], the
//! link line is that of `lathe cc`.

use crate::command::cc::{LinkItem, LinkKind, Options, link_quietly};
use crate::session::{Failed, Session};
use crate::toolchain::Toolchain;
use lathe_target::Target;
use std::path::Path;

/// What is linked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ProgramKind {
    /// A position-independent executable that uses shared libraries.
    #[default]
    Executable,
    /// An executable that needs no shared library.
    Static,
    /// A shared library.
    SharedLibrary,
}

/// A link in the making.
///
/// ```no_run
/// # use lathe::{Program, Session, Target};
/// # let object = Vec::new();
/// let mut session = Session::new();
/// let mut program = Program::new(Target::host());
/// program.object("answer.o", object).library("m");
/// program.link("answer", &mut session).unwrap();
/// ```
pub struct Program {
    target: Target,
    kind: ProgramKind,
    items: Vec<LinkItem>,
    library_dirs: Vec<String>,
}

impl Program {
    /// An executable for a target, without objects yet.
    pub fn new(target: Target) -> Program {
        Program { target, kind: ProgramKind::default(), items: Vec::new(), library_dirs: Vec::new() }
    }

    /// Chooses what is made.
    pub fn kind(&mut self, kind: ProgramKind) -> &mut Program {
        self.kind = kind;
        self
    }

    /// Adds an object from memory; the name is for messages.
    pub fn object(&mut self, name: &str, bytes: Vec<u8>) -> &mut Program {
        self.items.push(LinkItem::Object(name.into(), bytes));
        self
    }

    /// Adds an object, archive or shared library from disk.
    pub fn file(&mut self, path: &str) -> &mut Program {
        self.items.push(LinkItem::File(path.into()));
        self
    }

    /// Adds a library by name: `m` is `libm`.
    pub fn library(&mut self, name: &str) -> &mut Program {
        self.items.push(LinkItem::Library(name.into()));
        self
    }

    /// Adds a directory in which libraries are looked for.
    pub fn library_dir(&mut self, path: &str) -> &mut Program {
        self.library_dirs.push(path.into());
        self
    }

    /// Links, and writes the result to `output`.
    ///
    /// # Errors
    /// When something is missing, undefined or damaged, or the output cannot be written; the messages are in the
    /// session's diagnostics, and nothing is left at `output`.
    pub fn link(self, output: impl AsRef<Path>, session: &mut Session) -> Result<(), Failed> {
        let toolchain = Toolchain::find(&self.target, None, &[]);
        let options = Options {
            target: self.target,
            output: Some(output.as_ref().to_string_lossy().into_owned()),
            library_dirs: self.library_dirs,
            link: match self.kind {
                ProgramKind::Executable => LinkKind::Pie,
                ProgramKind::Static => LinkKind::Static,
                ProgramKind::SharedLibrary => LinkKind::Shared,
            },
            ..Options::default()
        };
        link_quietly(session, &options, &toolchain, self.items)
    }
}

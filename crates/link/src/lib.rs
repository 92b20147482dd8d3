//! The ELF linker.
//!
//! In: [`LinkOptions`] and a list of [`Input`]s (paths, `-l` names, objects in memory). Out: an executable,
//! shared library or relocatable object, as a file or in memory, and [`Messages`] in GNU ld's words.
//! The `lathe ld` command and `lathe cc` call [`link`]; [`command_line`] turns GNU ld's arguments into its input.
//!
//! ```no_run
//! use lathe_link::{Destination, Input, LinkOptions, Messages, link};
//! let options = LinkOptions { output: Destination::File("hello".into()), ..LinkOptions::default() };
//! let mut messages = Messages::new();
//! if link(&options, &[Input::file("hello.o")], &mut messages).is_err() {
//!     eprint!("{}", messages.render("ld"));
//! }
//! ```
#![deny(missing_docs)]

pub mod command_line;
mod driver;
pub mod error;
pub mod options;

pub use driver::{Output, link};
pub use error::{LinkError, LinkFailed, Messages, Severity, Site};
pub use options::{
    BuildId, DefinedSymbol, Destination, DiscardLocals, HashStyle, Input, LinkOptions, Modifiers, OutputKind,
    Strip, Symbolic, Unresolved,
};

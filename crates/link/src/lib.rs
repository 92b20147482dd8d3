//! The ELF linker.
//!
//! In: [`LinkOptions`] and a list of [`Input`]s (paths, `-l` names, objects in memory). Out: an executable,
//! shared library or relocatable object, as a file or in memory, and [`Messages`] in GNU ld's words.
//! The `lathe ld` command and `lathe cc` call [`link`]; [`command_line`] turns GNU ld's arguments into its input.
//!
//! Read `driver` first: it is the list of phases, one module each. What differs between machines is in `arch`, one file
//! per machine; relocation rows come from the `lathe_isa_*` crates. Every input is bounds checked and may be damaged.
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

mod addresses;
mod arch;
mod archive;
mod attributes;
mod collect;
pub mod command_line;
mod constants;
mod defined;
mod deletion;
mod distances;
mod driver;
mod dynamic;
mod elf;
mod erratum;
pub mod error;
mod expression;
mod file_output;
mod frames;
mod inflate;
mod layout;
mod link;
mod load;
mod map;
mod merge;
mod notes;
mod object_file;
pub mod options;
mod output;
mod packed;
mod partial;
mod relocate;
mod resolve;
mod scan;
mod script;
mod script_layout;
mod script_sections;
mod shared_library;
mod shortening;
mod strings;
mod symbol_output;
mod symbols;
mod synthesize;
mod thunks;
mod version_script;
mod write;

pub use driver::{Output, link};
pub use error::{LinkError, LinkFailed, Messages, Severity, Site};
pub use options::{
    BuildId, DefinedSymbol, Destination, DiscardLocals, HashStyle, Input, LinkOptions, Modifiers, OutputKind,
    SortSection, Strip, Symbolic, Unresolved,
};

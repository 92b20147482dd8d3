//! Tests that are files: text in, expectations in its comments.
//!
//! In: the directories beside this crate's manifest. Out: one test per file and execution mode, run
//! by `cargo test -p lathe-filetests [FILTER]`.
//!
//! | directory | what a file tests |
//! |---|---|
//! | `c/ok/`, `c/err/` | C programs through the `lathe` command: output, messages ([`c`]) |
//! | `ir/` | reader, writer, verifier: round trip, or the errors that `; error: …` comments on the bad lines announce |
//! | `opt/<pass>/` | one pass of the optimizer: lines that come out, or must not ([`opt`]) |
//! | `run/` | semantics: `; run: @add(1, 2) == 3` lines, in the interpreter, after the optimizer, and as machine code of every target |
//!
//! `docs/ir.md` is tested here too: its examples run, and every opcode is described ([`docs`]).
//!
//! A mode is one file ([`interpreter`], [`optimized`], [`native`]); [`machine`] has the targets; [`directive`] reads the comments,
//! [`value`] the values in them. A test that is known to fail stands in `known_failures.txt` with its
//! reason; the run checks that it still fails. `LATHE_BLESS=1` rewrites golden text where a
//! directory has it.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod c;
pub mod directive;
pub mod discover;
pub mod docs;
pub mod interpreter;
pub mod ir;
pub mod machine;
pub mod native;
pub mod opt;
pub mod optimized;
pub mod value;

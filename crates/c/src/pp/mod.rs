//! The preprocessor.
//!
//! In: a main file in a [`SourceMap`], [`Options`], a [`Target`]. Out: fully preprocessed
//! [`Token`]s, one per [`Preprocessor::next_token`], and diagnostics.

pub mod options;
pub mod pragma;

pub use options::{DirectoryKind, MacroOption, Options, OutputOptions};
pub use pragma::{DiagnosticAction, PackPragma, Pragma, PragmaVisibility, StdcSwitch};

use crate::intern::Interner;
use crate::token::{Literal, Token, TokenKind};
use lathe_diag::{Diagnostics, FileId, Loc, SourceMap};
use lathe_target::Target;

/// The preprocessor of one translation unit. The parser owns it, and works with its public tables.
pub struct Preprocessor<'a> {
    /// All files.
    pub sources: &'a SourceMap,
    /// The machine.
    pub target: &'a Target,
    /// The command line.
    pub options: Options,
    /// Identifiers; the parser may intern its own.
    pub interner: Interner,
    /// Spellings of numbers, characters and strings.
    pub literals: Interner,
    /// Messages, in the order in which they arose; parser and checker add theirs here.
    pub diagnostics: Diagnostics,
    pragmas: Vec<Pragma>,
}

impl<'a> Preprocessor<'a> {
    /// A preprocessor that will deliver the tokens of `main`.
    pub fn new(
        options: Options,
        sources: &'a SourceMap,
        target: &'a Target,
        main: FileId,
    ) -> Preprocessor<'a> {
        let _ = main;
        Preprocessor {
            sources,
            target,
            options,
            interner: Interner::new(),
            literals: Interner::empty(),
            diagnostics: Diagnostics::new(),
            pragmas: Vec::new(),
        }
    }

    /// The next preprocessed token; [`TokenKind::Eof`] for ever at the end.
    pub fn next_token(&mut self) -> Token {
        Token::new(TokenKind::Eof, Loc::NONE)
    }

    /// The spelling of a literal.
    pub fn literal(&self, literal: Literal) -> &[u8] {
        self.literals.bytes(crate::intern::Name(literal.0))
    }

    /// The pragma of a [`TokenKind::Pragma`] token.
    pub fn pragma(&self, token: Token) -> &Pragma {
        &self.pragmas[token.payload as usize]
    }
}

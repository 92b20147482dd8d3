//! Pragmas that reach the parser, parsed.

use crate::intern::Name;
use crate::token::{Literal, Token};

/// `#pragma pack`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PackPragma {
    /// `pack()`: the default alignment; `pack(n)`: at most `n` bytes.
    Set(Option<u32>),
    /// `pack(push[, name][, n])`.
    Push {
        /// The label.
        label: Option<Name>,
        /// The new alignment; `None` keeps it.
        align: Option<u32>,
    },
    /// `pack(pop[, name])`.
    Pop {
        /// The label.
        label: Option<Name>,
    },
}

/// A visibility for `#pragma GCC visibility push`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PragmaVisibility {
    /// `default`
    Default,
    /// `hidden`
    Hidden,
    /// `protected`
    Protected,
    /// `internal`
    Internal,
}

/// What `#pragma GCC diagnostic` asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DiagnosticAction {
    /// `push`
    Push,
    /// `pop`
    Pop,
    /// `ignored "-W…"`
    Ignored,
    /// `warning "-W…"`
    Warning,
    /// `error "-W…"`
    Error,
}

/// A `#pragma STDC` switch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StdcSwitch {
    /// `ON`
    On,
    /// `OFF`
    Off,
    /// `DEFAULT`
    Default,
}

/// A pragma for the parser.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Pragma {
    /// `#pragma pack`.
    Pack(PackPragma),
    /// `#pragma weak name [= target]`.
    Weak {
        /// The weak symbol.
        name: Name,
        /// What it is an alias of.
        target: Option<Name>,
    },
    /// `#pragma redefine_extname old new`.
    RedefineExtname {
        /// C name.
        old: Name,
        /// Assembly name.
        new: Name,
    },
    /// `#pragma GCC visibility push(…)`; `None`: `pop`.
    Visibility(Option<PragmaVisibility>),
    /// `#pragma GCC diagnostic`; `flag` is the literal with quotes (`"-Wfoo"`). The preprocessor has
    /// recorded it already, see `Preprocessor::diagnostic_pragmas`.
    Diagnostic {
        /// What to do.
        action: DiagnosticAction,
        /// Which warning.
        flag: Option<Literal>,
    },
    /// `#pragma STDC FP_CONTRACT` and the like.
    Stdc {
        /// Which.
        name: Name,
        /// The value.
        switch: StdcSwitch,
    },
    /// `#pragma GCC optimize/target/push_options/…`, `unroll`, `ivdep`: the tokens after `GCC`.
    Gcc(Vec<Token>),
    /// Any other, its tokens (gcc ignores it, `-Wunknown-pragmas`).
    Unknown(Vec<Token>),
}

/// A pragma as kept by the preprocessor: for the parser, and as text for `-E`.
pub(super) struct PragmaRecord {
    pub pragma: Pragma,
    pub text: String,
}

//! Debug types, scopes and variables, in DWARF's terms (DWARF 5 chapters 3-5) but without its
//! encoding.

use crate::entity::{DebugScope, DebugType, Symbol};
use lathe_diag::Loc;

/// A source type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DebugTypeData {
    /// A base type: `DW_ATE_*` encoding and size in bytes.
    Base {
        /// `int`
        name: String,
        /// `DW_ATE_signed` = 5, `DW_ATE_unsigned` = 7, `DW_ATE_float` = 4, …
        encoding: u8,
        /// Size in bytes.
        size: u64,
    },
    /// Pointer to a type (`None`: void).
    Pointer(Option<DebugType>),
    /// `const`, `volatile`, `restrict`, `_Atomic` version of a type (`None`: void).
    Qualified(Qualifier, Option<DebugType>),
    /// `typedef`.
    Typedef {
        /// Its name.
        name: String,
        /// What it names (`None`: void).
        target: Option<DebugType>,
        /// Declared here.
        loc: Loc,
    },
    /// struct, union.
    Composite {
        /// Whether it is a union.
        is_union: bool,
        /// The tag; empty for none.
        name: String,
        /// Size in bytes; `None` for a declaration.
        size: Option<u64>,
        /// Members.
        members: Vec<DebugMember>,
        /// Declared here.
        loc: Loc,
    },
    /// enum.
    Enumeration {
        /// The tag; empty for none.
        name: String,
        /// Size in bytes.
        size: u64,
        /// Names with values.
        enumerators: Vec<(String, i64)>,
        /// Declared here.
        loc: Loc,
    },
    /// Array of a type; counts from the outermost dimension (`None`: unknown).
    Array {
        /// Element.
        element: DebugType,
        /// Dimensions.
        counts: Vec<Option<u64>>,
    },
    /// Function.
    Subroutine {
        /// Result (`None`: void).
        result: Option<DebugType>,
        /// Parameters.
        params: Vec<DebugType>,
        /// Ends in `...`.
        variadic: bool,
    },
}

/// A type qualifier.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum Qualifier {
    Const,
    Volatile,
    Restrict,
    Atomic,
}

/// A member of a struct or union.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DebugMember {
    /// Name; empty for anonymous.
    pub name: String,
    /// Type.
    pub ty: DebugType,
    /// Offset in bytes (0 for bit-fields).
    pub offset: u64,
    /// For a bit-field: offset in bits from the start of the struct, and width in bits.
    pub bits: Option<(u64, u32)>,
}

/// A function or a block of one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DebugScopeData {
    /// The scope around it; `None` for a function.
    pub parent: Option<DebugScope>,
    /// The function's name; `None` for a block.
    pub name: Option<String>,
    /// The function's type.
    pub ty: Option<DebugType>,
    /// The function's symbol, unless it exists only inlined.
    pub symbol: Option<Symbol>,
    /// Begins here.
    pub loc: Loc,
    /// A block: its source ends before this position.
    pub end: Loc,
    /// For an inlined instance: the call site.
    pub inlined_at: Option<Loc>,
}

/// A variable or parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DebugVariableData {
    /// Name.
    pub name: String,
    /// Type.
    pub ty: DebugType,
    /// The scope that declares it; `None` for a global.
    pub scope: Option<DebugScope>,
    /// Parameter number from 1; 0 for a local.
    pub param: u32,
    /// Declared here.
    pub loc: Loc,
    /// The symbol of a global or static variable.
    pub symbol: Option<Symbol>,
}

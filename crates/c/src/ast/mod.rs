//! The typed tree: what the parser and checker hand to the lowering.
//!
//! In: built by `parse` and `sema`, one function at a time. Out: a tree in which nothing is implicit:
//! every load, decay, promotion and conversion is a node, every expression has its type and place,
//! integer constants are folded, initializers are flat lists of (offset, type, value), static
//! initializers are bytes and relocations.
//!
//! ```text
//!   Unit   types, declarations with linkage or static storage, strings, static data, file-scope asm
//!   Body   one function: expressions, statements, locals, labels, initializer lists (reused)
//! ```
//!
//! The parser pushes each function definition to a [`Consumer`] as soon as its closing brace is read;
//! the [`Body`] is cleared afterwards. Objects are complete only at the end of the unit (tentative
//! definitions, array sizes, weak pragmas), so the consumer reads them from [`Unit::decls`] in
//! [`Consumer::finish`].
//!
//! Read [`expr::ExprKind`] first, then [`stmt::StmtKind`], then [`decl::Decl`].

pub mod body;
pub mod builtins;
pub mod decl;
pub mod expr;
pub mod init;
pub mod stmt;

pub use body::{Body, ExprRange, StmtRange};
pub use builtins::Builtin;
pub use decl::{
    Attributes, Decl, DeclId, DeclKind, IfuncOrAlias, InlineKind, Linkage, StorageDuration, TlsModel, Unit,
    Visibility,
};
pub use expr::{BinaryOp, CastKind, Expr, ExprId, ExprKind, IncDec, UnaryOp};
pub use init::{
    DataInit, DataTarget, InitEntry, InitId, InitList, Relocation, StaticInitId, StringData, StringId,
};
pub use stmt::{
    AsmOperand, AsmStmt, CaseLabel, ForStmt, Label, LabelId, Local, LocalId, Stmt, StmtId, StmtKind,
};

use crate::intern::Interner;

/// Receives the unit piece by piece.
pub trait Consumer {
    /// A function definition. `decl` is its declaration (with the composite type so far), `body` its
    /// tree, valid during the call. Not called for functions that had errors. `names` spells out the
    /// [`crate::intern::Name`]s.
    fn function(&mut self, unit: &Unit, names: &Interner, decl: DeclId, body: &Body);

    /// A file-scope `asm("…")`, in source order relative to functions.
    fn file_asm(&mut self, unit: &Unit, text: StringId) {
        let _ = (unit, text);
    }

    /// The end of the unit: [`Unit::decls`] is final. Called also when there were errors.
    fn finish(&mut self, unit: &Unit, names: &Interner) {
        let _ = (unit, names);
    }
}

/// A consumer that drops everything (`-fsyntax-only`).
#[derive(Default, Clone, Copy, Debug)]
pub struct CheckOnly;

impl Consumer for CheckOnly {
    fn function(&mut self, _: &Unit, _: &Interner, _: DeclId, _: &Body) {}
}

//! Statements, locals, labels and inline asm.

use super::body::{ExprRange, StmtRange};
use super::decl::DeclId;
use super::expr::ExprId;
use super::init::{InitId, StringId};
use crate::intern::Name;
use crate::types::{QualType, VlaId};
use lathe_diag::Loc;

/// A statement of a [`super::Body`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct StmtId(pub u32);

impl StmtId {
    /// No statement.
    pub const NONE: StmtId = StmtId(u32::MAX);

    /// `None` for [`StmtId::NONE`].
    pub fn get(self) -> Option<StmtId> {
        (self != StmtId::NONE).then_some(self)
    }
}

/// A parameter or object with automatic storage.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct LocalId(pub u32);

/// A label of the function.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct LabelId(pub u32);

/// A parameter, a local variable, or the object of a compound literal.
#[derive(Clone, Debug)]
pub struct Local {
    /// `None` for compound literals and unnamed parameters.
    pub name: Option<Name>,
    /// Its type (complete, possibly of variable length).
    pub ty: QualType,
    /// Where its name stands.
    pub loc: Loc,
    /// Alignment in bytes, at least the type's.
    pub align: u32,
    /// Whether its address is taken, or it is accessed other than as a whole scalar.
    pub address_taken: bool,
    /// `register`.
    pub register: bool,
    /// `register T x asm("reg")`.
    pub register_name: Option<StringId>,
    /// `__attribute__((cleanup(f)))`: called with the object's address when its scope is left.
    pub cleanup: Option<DeclId>,
    /// Index among the parameters.
    pub param: Option<u32>,
    /// Whether anything mentions it, or need not (`-Wunused-variable`).
    pub used: bool,
    /// How often it is mentioned, less the mentions that only write it: 0 for one that is set but never used
    /// (`-Wunused-but-set-variable`).
    pub reads: i32,
}

/// A label.
#[derive(Clone, Debug)]
pub struct Label {
    /// Its name.
    pub name: Name,
    /// Its place.
    pub loc: Loc,
    /// Whether `&&label` occurs, also in static data.
    pub address_taken: bool,
    /// The number of the scope in which it stands, see [`super::Body::scopes`].
    pub scope: u32,
    /// Whether its definition was seen.
    pub defined: bool,
    /// Whether anything refers to it.
    pub used: bool,
}

/// One statement.
#[derive(Clone, Copy, Debug)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// Its place, for line tables.
    pub loc: Loc,
}

/// One `case` of a switch, in source order.
#[derive(Clone, Copy, Debug)]
pub struct CaseLabel {
    /// First value, in the switch's promoted type (sign- or zero-extended to 128 bits).
    pub low: i128,
    /// Last value; equal to `low` unless a GNU range.
    pub high: i128,
    /// The `case` statement to jump to.
    pub target: StmtId,
}

/// What a statement is.
#[derive(Clone, Copy, Debug)]
pub enum StmtKind {
    /// `;` and what is nothing at run time.
    Empty,
    /// An expression for its effects.
    Expr(ExprId),
    /// `{ … }`: children in order; `end` is the closing brace's place; `scope` its number in
    /// [`super::Body::scopes`].
    Compound {
        /// Children.
        children: StmtRange,
        /// Scope number.
        scope: u32,
        /// `}`
        end: Loc,
    },
    /// A local comes to life: storage, then its initializer if any. For a variable-length type the
    /// bounds were evaluated before ([`StmtKind::VlaBound`]).
    Declare(LocalId, Option<InitId>),
    /// Evaluate the bound of one variable array now and keep it.
    VlaBound(VlaId),
    /// `if`; `otherwise` may be NONE. Chains of `else if` nest in `otherwise` (iterate, don't recurse).
    If {
        /// Scalar condition.
        condition: ExprId,
        /// Then.
        then: StmtId,
        /// Else or NONE.
        otherwise: StmtId,
    },
    /// `while`
    While(ExprId, StmtId),
    /// `do`; body, then condition.
    DoWhile(StmtId, ExprId),
    /// `for`: index into [`super::Body::fors`].
    For(u32),
    /// `switch` on an integer value of promoted type; its cases are
    /// [`super::Body::switches`]`[index]`.
    Switch {
        /// Value.
        value: ExprId,
        /// Body.
        body: StmtId,
        /// Index of the case list.
        index: u32,
    },
    /// `case …:` in front of a statement; `index` is the position in its switch's list. A chain of
    /// labels nests in the operand (iterate).
    Case(u32, StmtId),
    /// `default:`
    Default(StmtId),
    /// `name:`
    Labeled(LabelId, StmtId),
    /// `break` out of the innermost loop or switch.
    Break,
    /// `continue`
    Continue,
    /// `goto name`
    Goto(LabelId),
    /// `goto *pointer`
    GotoIndirect(ExprId),
    /// `return`; NONE without value. The value has the function's result type.
    Return(ExprId),
    /// Index into [`super::Body::asms`].
    Asm(u32),
}

/// A `for` statement.
#[derive(Clone, Copy, Debug)]
pub struct ForStmt {
    /// Declarations or an expression statement, or NONE (a `Compound` when a declaration declares
    /// several objects; its scope is the `for`'s).
    pub init: StmtId,
    /// Condition, or NONE for "always".
    pub condition: ExprId,
    /// Step, or NONE.
    pub step: ExprId,
    /// Body.
    pub body: StmtId,
    /// Scope number of the declarations.
    pub scope: u32,
}

/// One operand of an extended asm.
#[derive(Clone, Copy, Debug)]
pub struct AsmOperand {
    /// `[name]`.
    pub name: Option<Name>,
    /// The constraint as written.
    pub constraint: StringId,
    /// Outputs: an lvalue. Inputs: a value, or an lvalue if the constraint allows only memory.
    pub expr: ExprId,
}

/// An asm statement.
#[derive(Clone, Debug)]
pub struct AsmStmt {
    /// The template.
    pub template: StringId,
    /// `volatile`, or no outputs, or `goto`.
    pub volatile: bool,
    /// `inline`.
    pub inline: bool,
    /// Basic asm (no colon): the template is verbatim, `%` is no escape.
    pub basic: bool,
    /// Outputs (`=` and `+`).
    pub outputs: Vec<AsmOperand>,
    /// Inputs.
    pub inputs: Vec<AsmOperand>,
    /// Clobbers.
    pub clobbers: Vec<StringId>,
    /// Labels of `asm goto`.
    pub labels: Vec<LabelId>,
    /// Place of each.
    pub loc: Loc,
}

/// A list of expressions, kept for symmetry with statement lists.
pub type Arguments = ExprRange;

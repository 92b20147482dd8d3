//! The arena of one function body.

use super::expr::{Expr, ExprId, ExprKind};
use super::init::{InitEntry, InitId, InitList};
use super::stmt::{AsmStmt, CaseLabel, ForStmt, Label, Local, LocalId, Stmt, StmtId};
use crate::types::{QualType, VlaId};
use lathe_diag::Loc;

/// A run of [`Body::expr_lists`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ExprRange {
    /// First.
    pub start: u32,
    /// Number.
    pub len: u32,
}

/// A run of [`Body::stmt_lists`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct StmtRange {
    /// First.
    pub start: u32,
    /// Number.
    pub len: u32,
}

/// A lexical scope, for debug information and jumps into and out of cleanups.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// The enclosing scope; the function's own scope (number 0) has itself.
    pub parent: u32,
    /// Where it opens.
    pub loc: Loc,
    /// The first token after it.
    pub end: Loc,
}

/// The cases of one `switch`.
#[derive(Clone, Debug, Default)]
pub struct SwitchCases {
    /// In source order; values are distinct.
    pub cases: Vec<CaseLabel>,
    /// The `default:` statement, or [`StmtId::NONE`].
    pub default: StmtId,
}

impl Default for StmtId {
    fn default() -> StmtId {
        StmtId::NONE
    }
}

/// One function's tree. Cleared and reused for the next function.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// All expressions.
    pub exprs: Vec<Expr>,
    /// Lists of expressions (arguments, conditionals).
    pub expr_lists: Vec<ExprId>,
    /// All statements.
    pub stmts: Vec<Stmt>,
    /// Lists of statements.
    pub stmt_lists: Vec<StmtId>,
    /// Parameters first, in order, then other locals.
    pub locals: Vec<Local>,
    /// Labels.
    pub labels: Vec<Label>,
    /// `for` statements.
    pub fors: Vec<ForStmt>,
    /// Case lists.
    pub switches: Vec<SwitchCases>,
    /// Asm statements.
    pub asms: Vec<AsmStmt>,
    /// Initializer lists.
    pub inits: Vec<InitList>,
    /// Their entries.
    pub init_entries: Vec<InitEntry>,
    /// Bits of floating and 128-bit constants.
    pub wide: Vec<u128>,
    /// Variable array bounds: the element count as `size_t`, or NONE for `[*]`. Index by
    /// [`Body::vla_bound`].
    pub vla_bounds: Vec<ExprId>,
    /// The [`VlaId`] of `vla_bounds[0]`.
    pub vla_base: u32,
    /// Lists of bounds for [`ExprKind::VlaBounds`]: each as a run ended by `None`.
    pub vla_lists: Vec<Option<VlaId>>,
    /// Bounds to evaluate on entry, after the parameters have their values.
    pub param_vlas: Vec<VlaId>,
    /// Computation types of compound assignments, sorted by expression (ids ascend).
    pub computation_types: Vec<(ExprId, QualType)>,
    /// Lexical scopes; number 0 is the function's.
    pub scopes: Vec<Scope>,
    /// The outermost compound statement.
    pub root: Option<StmtId>,
    /// Number of parameters (the first locals).
    pub param_count: u32,
    /// Where the closing brace stands.
    pub end: Loc,
    /// Whether `alloca` or a variable-length array occurs.
    pub has_dynamic_stack: bool,
    /// Whether `setjmp` or another function that returns twice is called.
    pub calls_returns_twice: bool,
}

impl Body {
    /// Empties everything, keeps the memory.
    pub fn clear(&mut self) {
        self.exprs.clear();
        self.expr_lists.clear();
        self.stmts.clear();
        self.stmt_lists.clear();
        self.locals.clear();
        self.labels.clear();
        self.fors.clear();
        self.switches.clear();
        self.asms.clear();
        self.inits.clear();
        self.init_entries.clear();
        self.wide.clear();
        self.vla_bounds.clear();
        self.vla_lists.clear();
        self.param_vlas.clear();
        self.computation_types.clear();
        self.scopes.clear();
        self.root = None;
        self.param_count = 0;
        self.end = Loc::NONE;
        self.has_dynamic_stack = false;
        self.calls_returns_twice = false;
    }

    /// A node.
    #[inline]
    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize]
    }

    /// A statement.
    #[inline]
    pub fn stmt(&self, id: StmtId) -> &Stmt {
        &self.stmts[id.0 as usize]
    }

    /// A local.
    #[inline]
    pub fn local(&self, id: LocalId) -> &Local {
        &self.locals[id.0 as usize]
    }

    /// The expressions of a list.
    #[inline]
    pub fn list(&self, range: ExprRange) -> &[ExprId] {
        &self.expr_lists[range.start as usize..(range.start + range.len) as usize]
    }

    /// The statements of a list.
    #[inline]
    pub fn statements(&self, range: StmtRange) -> &[StmtId] {
        &self.stmt_lists[range.start as usize..(range.start + range.len) as usize]
    }

    /// The entries of an initializer, and whether the object must be zeroed first.
    pub fn init(&self, id: InitId) -> (&[InitEntry], bool) {
        let list = self.inits[id.0 as usize];
        (&self.init_entries[list.start as usize..(list.start + list.len) as usize], list.zero_fill)
    }

    /// The element count expression of a variable array of this function.
    pub fn vla_bound(&self, id: VlaId) -> Option<ExprId> {
        let index = id.0.checked_sub(self.vla_base)?;
        self.vla_bounds.get(index as usize).copied().and_then(ExprId::get)
    }

    /// The bounds of a [`ExprKind::VlaBounds`] node, in order.
    pub fn vla_list(&self, start: u32) -> impl Iterator<Item = VlaId> + '_ {
        self.vla_lists[start as usize..].iter().map_while(|id| *id)
    }

    /// The type in which a [`ExprKind::CompoundAssign`] computes.
    pub fn computation_type(&self, id: ExprId) -> QualType {
        match self.computation_types.binary_search_by_key(&id, |(expr, _)| *expr) {
            Ok(index) => self.computation_types[index].1,
            Err(_) => self.expr(id).ty,
        }
    }

    /// The value of an integer constant node, sign- or zero-extended by its type's signedness, which
    /// the caller passes.
    pub fn int_constant(&self, id: ExprId, signed: bool) -> Option<i128> {
        match self.expr(id).kind {
            ExprKind::Int(value) if signed => Some(value as i64 as i128),
            ExprKind::Int(value) => Some(value as i128),
            ExprKind::WideInt(index) => Some(self.wide[index as usize] as i128),
            _ => None,
        }
    }

    /// Whether the node designates an object (or is a member or part of one).
    pub fn is_lvalue(&self, id: ExprId) -> bool {
        let mut id = id;
        loop {
            match self.expr(id).kind {
                ExprKind::String(_)
                | ExprKind::Local(_)
                | ExprKind::Global(_)
                | ExprKind::Deref(_)
                | ExprKind::CompoundLiteral(..) => return true,
                ExprKind::Member { base, .. }
                | ExprKind::VectorElement { base, .. }
                | ExprKind::ComplexPart(_, base) => id = base,
                _ => return false,
            }
        }
    }
}

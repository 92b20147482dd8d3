//! Expressions.
//!
//! An [`Expr`] is kind, type and place; children are [`ExprId`]s into the same [`super::Body`].
//! Value categories: the kinds marked *lvalue* designate an object (their type keeps its
//! qualifiers; volatile and atomic act at the [`ExprKind::Load`] or store); the others are values
//! with unqualified types. `void` expressions have type `void`.

use super::body::ExprRange;
use super::builtins::Builtin;
use super::decl::DeclId;
use super::init::{InitId, StringId};
use super::stmt::{LabelId, LocalId, StmtId};
use crate::types::QualType;
use lathe_diag::Loc;

/// An expression of a [`super::Body`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ExprId(pub u32);

impl ExprId {
    /// No expression (where a field says that it may be absent).
    pub const NONE: ExprId = ExprId(u32::MAX);

    /// `None` for [`ExprId::NONE`].
    pub fn get(self) -> Option<ExprId> {
        (self != ExprId::NONE).then_some(self)
    }
}

/// One node.
#[derive(Clone, Copy, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its type.
    pub ty: QualType,
    /// Its place: the operator of a binary expression, the start of others.
    pub loc: Loc,
}

/// Operators that take one value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnaryOp {
    /// `-x` (integers, floats, complex, vectors); operand promoted.
    Neg,
    /// `~x`; on complex values the conjugate.
    BitNot,
    /// `!x`: operand is scalar of any type (compared with zero), result `int` 0 or 1; on vectors
    /// lane-wise 0 or -1.
    LogicalNot,
}

/// Operators that take two values.
///
/// Both operands have the same type except: shifts (each its own promoted type), `PtrAdd`/`PtrSub`
/// (pointer and integer of pointer width, already converted to `ptrdiff_t`), and `PtrDiff`.
/// Comparisons give `int` (on vectors: a vector of signed lanes, 0 or -1). Complex operands occur with
/// Add, Sub, Mul, Div, Eq, Ne; a mixed real and complex operation keeps the real operand real (C11
/// Annex G: no imaginary part is invented), so one operand's type may be the real element type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    And,
    Or,
    Xor,
    Shl,
    Shr,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    /// Pointer plus index; scaled by the size of the pointee (1 for `void` and functions; a VLA
    /// pointee's size is [`ExprKind::SizeofVla`] of it).
    PtrAdd,
    /// Pointer minus index.
    PtrSub,
    /// Difference of two pointers in elements, `ptrdiff_t`.
    PtrDiff,
}

/// How a value changes type. Source and target are the types of operand and node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CastKind {
    /// Same representation (enum to its integer type, qualifiers, pointer to pointer): no code.
    NoOp,
    /// Integer or enum to integer or enum: truncate or extend by the source's signedness.
    IntToInt,
    /// Any scalar to `_Bool`: compare with zero (complex: either part).
    ToBool,
    /// Integer to real float.
    IntToFloat,
    /// Real float to integer, toward zero.
    FloatToInt,
    /// Real float to real float.
    FloatToFloat,
    /// Integer to pointer: zero- or sign-extended by the source's signedness, or truncated.
    IntToPtr,
    /// Pointer to integer: truncated or zero-extended.
    PtrToInt,
    /// Real (integer or float) to complex: convert to the part's type, the imaginary part is 0.
    RealToComplex,
    /// Complex to real: the real part, then converted to the node's type.
    ComplexToReal,
    /// Complex to complex, part by part.
    ComplexToComplex,
    /// Vector to vector or scalar of the same size, bits unchanged.
    BitCast,
    /// Scalar to vector: every lane gets the (already converted) value.
    Splat,
    /// To `void`: evaluate and drop.
    ToVoid,
    /// GNU cast to union: the operand becomes the member of its type. A union value.
    ToUnion,
}

/// `++` and `--`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum IncDec {
    PreInc,
    PreDec,
    PostInc,
    PostDec,
}

/// What an expression is.
#[derive(Clone, Copy, Debug)]
pub enum ExprKind {
    /// An error was reported here; only in trees that never reach a consumer.
    Error,
    /// Integer (or enum, or pointer) constant: the value's low 64 bits; above the type's width,
    /// copies of the sign bit for signed types and zeros for unsigned ones.
    Int(u64),
    /// 128-bit integer constant: index into [`super::Body::wide`].
    WideInt(u32),
    /// Real floating constant: its bits in the type's format are [`super::Body::wide`] of the index.
    Float(u32),
    /// *lvalue* of array type, static storage. The node's type has the length, terminator included.
    String(StringId),
    /// *lvalue*: a parameter or object with automatic storage.
    Local(LocalId),
    /// *lvalue* (object) or function designator.
    Global(DeclId),
    /// `&&label`, `void *`.
    LabelAddress(LabelId),
    /// The value of an lvalue: one access. A bit-field lvalue is a [`ExprKind::Member`].
    Load(ExprId),
    /// Array lvalue to pointer to its first element. No access. (The operand can be an array inside
    /// a non-lvalue record, `f().a`: its temporary lives to the end of the full expression.)
    ArrayDecay(ExprId),
    /// Function designator to pointer.
    FunctionDecay(ExprId),
    /// A conversion, implicit or written.
    Cast(CastKind, ExprId),
    /// A unary operator.
    Unary(UnaryOp, ExprId),
    /// *lvalue* or function designator: what a pointer value points to.
    Deref(ExprId),
    /// Address of an lvalue (never a bit-field, never `register`).
    AddressOf(ExprId),
    /// *lvalue* if `base` is one, else a value: member `field` of the record type of `base`.
    /// Anonymous members are spelled out as nested nodes.
    Member {
        /// Lvalue or value of record type.
        base: ExprId,
        /// Index into [`crate::types::Record::fields`].
        field: u32,
    },
    /// *lvalue* if `base` is one: a lane of a vector.
    VectorElement {
        /// Lvalue or value of vector type.
        base: ExprId,
        /// Any integer type.
        index: ExprId,
    },
    /// *lvalue* if the operand is one: real (false) or imaginary (true) part of a complex. Of a real
    /// value, the real part is the operand itself and the imaginary part a constant, so that this
    /// node's operand is always complex.
    ComplexPart(bool, ExprId),
    /// A complex value of two parts of the element type (`__builtin_complex`, imaginary constants).
    ComplexMake(ExprId, ExprId),
    /// A binary operator with both operands evaluated.
    Binary(BinaryOp, ExprId, ExprId),
    /// `&&`: operands are scalars of any type, the second evaluated only if needed; `int`.
    LogicalAnd(ExprId, ExprId),
    /// `||`
    LogicalOr(ExprId, ExprId),
    /// `?:`: three expressions in the list: scalar condition, and two operands of the node's type
    /// (or `void`). Records and vectors occur as values (for a vector condition: lane select).
    Conditional(ExprRange),
    /// `a ?: b`: four expressions: the value evaluated once; then condition, "then", "else" as in
    /// `Conditional`, where the first two use the value through [`ExprKind::Opaque`].
    Elvis(ExprRange),
    /// The value of an expression that an enclosing node has already evaluated.
    Opaque(ExprId),
    /// `a = b`: stores the value (of the target's unqualified type) and gives it. One store, no load.
    /// The result is the value after conversion (a bit-field's: truncated to its width).
    Assign(ExprId, ExprId),
    /// `a op= b`: evaluates the lvalue once, loads, converts to the computation type
    /// [`super::Body::computation_type`] of this node, applies `op` with the already converted right
    /// operand, converts back, stores. Both conversions follow
    /// `sema::convert::cast_kind`. An atomic lvalue: one atomic read-modify-write.
    CompoundAssign(BinaryOp, ExprId, ExprId),
    /// `++`/`--`, like `CompoundAssign` with 1 (for pointers: one element); gives old or new value.
    IncDec(IncDec, ExprId),
    /// `a, b`
    Comma(ExprId, ExprId),
    /// A call: first of the list is the callee (pointer to function), then the arguments, converted
    /// to the parameter types or by the default promotions. The node has the result type.
    Call(ExprRange),
    /// A builtin with its arguments; see the table in [`super::builtins`] for each one's meaning.
    Builtin(Builtin, ExprRange),
    /// `__builtin_va_arg(ap, T)`: operand is a pointer value to the `va_list` object; the node's
    /// type is `T` (any complete object type).
    VaArg(ExprId),
    /// `({ … })`: run the compound statement's children, then evaluate `result` (may be NONE) in its
    /// scope, then leave the scope (cleanups). The result is a value copied out before cleanups.
    StmtExpr {
        /// A [`super::StmtKind::Compound`].
        block: StmtId,
        /// The value, or [`ExprId::NONE`] for a void one.
        result: ExprId,
    },
    /// *lvalue*: `(T){…}` in a function: evaluating it initializes the local anew. (File-scope and
    /// static ones are [`ExprKind::Global`].)
    CompoundLiteral(LocalId, InitId),
    /// Evaluate the variable bounds that [`super::Body::vla_list`] of the number gives, then the
    /// expression (casts and `sizeof` that name variably modified types).
    VlaBounds(ExprId, u32),
    /// Size in bytes of a type with variable bounds, all of which were evaluated before. `size_t`.
    SizeofVla(QualType),
    /// An initializer list as a value of record, array, vector or complex type (only as the
    /// right side of a local's initialization, see [`super::init`]).
    InitList(InitId),
    /// A shuffle with constant lane numbers: list of lane constants (as `Int`) after two vectors.
    /// -1 is "don't care".
    ShuffleConst(ExprRange),
    /// `__builtin_convertvector`: lane-wise conversion to the node's vector type.
    ConvertVector(ExprId),
}

//! Initializers, string data and static data.
//!
//! A local's initializer is a flat list of [`InitEntry`]s in evaluation order: store each value at
//! its offset. Overridden designators are already removed. When [`InitList::zero_fill`] is set, some
//! bytes of the object have no entry and must be zero: zero the object first.
//!
//! An object with static storage has a [`DataInit`] instead: its bytes and the addresses in it.

use super::decl::DeclId;
use super::expr::ExprId;
use super::stmt::LabelId;
use crate::types::QualType;
use lathe_diag::Loc;

/// An initializer list of a body.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct InitId(pub u32);

/// A string of the unit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct StringId(pub u32);

/// Static data of the unit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct StaticInitId(pub u32);

/// One value to store.
#[derive(Clone, Copy, Debug)]
pub struct InitEntry {
    /// Byte offset in the object.
    pub offset: u64,
    /// The value, of type `ty` unqualified. A whole record, complex or vector may be one entry. A
    /// [`super::ExprKind::String`] of array type means: copy the string's bytes (cut to `ty`'s
    /// size, the rest of the array zero).
    pub expr: ExprId,
    /// The type of the sub-object (qualifiers kept).
    pub ty: QualType,
    /// For a bit-field: lowest bit, counted from `offset`, and width; width 0 otherwise.
    pub bit_offset: u8,
    /// See `bit_offset`.
    pub bit_width: u8,
}

/// The initializer of one object: a range of [`super::Body::init_entries`].
#[derive(Clone, Copy, Debug)]
pub struct InitList {
    /// First entry.
    pub start: u32,
    /// Number of entries.
    pub len: u32,
    /// Some bytes are covered by no entry and must be zero.
    pub zero_fill: bool,
}

/// A string literal's contents.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StringData {
    /// Little-endian elements with one terminating zero element.
    pub bytes: Vec<u8>,
    /// Element size: 1, 2 or 4.
    pub width: u8,
}

/// What an address in static data refers to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DataTarget {
    /// A function or object.
    Decl(DeclId),
    /// A string literal.
    String(StringId),
    /// `&&label` of the function being compiled (static data inside a function only).
    Label(LabelId),
}

/// An address in static data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Relocation {
    /// Where in the object.
    pub offset: u64,
    /// Bytes: the pointer size, or 4 (or less) for label differences.
    pub size: u8,
    /// What it points to.
    pub target: DataTarget,
    /// `target - minus` (label differences).
    pub minus: Option<LabelId>,
    /// Added.
    pub addend: i64,
}

/// The contents of an object with static storage.
#[derive(Clone, Debug, Default)]
pub struct DataInit {
    /// The bytes; shorter than `size` when the rest is zero. Relocated fields are zero here.
    pub bytes: Vec<u8>,
    /// The object's size (larger than its type's with an initialized flexible array).
    pub size: u64,
    /// Addresses, by ascending offset.
    pub relocations: Vec<Relocation>,
    /// The function whose labels are meant by [`DataTarget::Label`].
    pub function: Option<DeclId>,
    /// Where the initializer stands.
    pub loc: Loc,
}

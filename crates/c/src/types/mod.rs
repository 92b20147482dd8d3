//! C types: interning, layout, compatibility, names.
//!
//! In: what the parser read. Out: [`TypeId`]s in a [`TypeTable`], which answers every question
//! about types (size, alignment, members, compatibility). One table per translation unit.
//!
//! - [`kind`]: the vocabulary (`QualType`, `TypeKind`, scalar kinds)
//! - [`record`]: structures, unions, enumerations
//! - [`table`]: the interner and simple questions
//! - [`layout`]: sizes, alignments, member offsets, bit-field access
//! - [`compat`]: compatible and composite types, promotions, the usual arithmetic conversions
//! - [`display`]: type names as gcc prints them
//!
//! Typedef names and `aligned` typedefs are kept as *sugar*: an id of its own whose
//! [`TypeTable::kind`] is that of the type it names and whose [`TypeTable::canonical`] is the same
//! for all names of one type. Matching on `kind` therefore always sees through typedefs.

pub mod compat;
pub mod display;
pub mod kind;
pub mod layout;
pub mod record;
pub mod table;

pub use kind::{
    ArrayLength, CallConvention, EnumId, FloatFormat, FloatKind, FunctionType, FunctionTypeId, IntKind,
    QualType, Quals, RecordId, TypeId, TypeKind, VlaId, size_kind, wide_char_kind,
};
pub use record::{BitFieldAccess, Enumeration, Enumerator, Field, Record, RecordKind};
pub use table::TypeTable;

//! Structures, unions and enumerations: what the type table knows about each tag.
//!
//! Filled in by `sema::records` as definitions are parsed, laid out by [`super::layout`], read by
//! everybody. A record is incomplete until [`Record::complete`] is set.

use super::kind::{IntKind, QualType};
use crate::intern::Name;
use lathe_diag::Loc;

/// `struct` or `union`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum RecordKind {
    Struct,
    Union,
}

/// A member of a record.
#[derive(Clone, Debug)]
pub struct Field {
    /// `None`: an anonymous struct or union member, or an unnamed bit-field.
    pub name: Option<Name>,
    /// Its declared type.
    pub ty: QualType,
    /// Where the name stands.
    pub loc: Loc,
    /// Offset of the first bit from the start of the record (little-endian bit numbering). A
    /// multiple of 8 unless `bit_width` is set.
    pub offset_bits: u64,
    /// Width of a bit-field.
    pub bit_width: Option<u32>,
    /// Required alignment in bytes from `aligned` or `_Alignas`, 0 without.
    pub align: u32,
    /// `packed` on the member or on the record.
    pub packed: bool,
}

impl Field {
    /// Byte offset of a member that is not a bit-field (of a bit-field: of its first byte).
    pub fn offset(&self) -> u64 {
        self.offset_bits / 8
    }

    /// An unnamed bit-field takes space but is not a member.
    pub fn is_unnamed_bit_field(&self) -> bool {
        self.name.is_none() && self.bit_width.is_some()
    }
}

/// A `struct` or `union`.
#[derive(Clone, Debug)]
pub struct Record {
    /// `struct` or `union`.
    pub kind: RecordKind,
    /// The tag.
    pub tag: Option<Name>,
    /// Where the tag (or the keyword of an untagged one) stands.
    pub loc: Loc,
    /// Members in order; empty until complete.
    pub fields: Vec<Field>,
    /// Whether the closing brace was seen.
    pub complete: bool,
    /// Between its braces now.
    pub being_defined: bool,
    /// Size in bytes.
    pub size: u64,
    /// Alignment in bytes.
    pub align: u32,
    /// `__attribute__((packed))`
    pub packed: bool,
    /// The record-level `aligned` in bytes, 0 without.
    pub requested_align: u32,
    /// `#pragma pack(n)` in force, 0 without.
    pub pragma_pack: u32,
    /// `__attribute__((transparent_union))`: passed as its first member.
    pub transparent_union: bool,
    /// `__attribute__((may_alias))`
    pub may_alias: bool,
    /// The last member is a flexible array (also in a nested last member).
    pub flexible: bool,
    /// Some member is `const` (also nested): not a modifiable lvalue.
    pub has_const_member: bool,
    /// Has a member of variably modified type (GNU extension).
    pub variable_size: bool,
}

/// An enumeration constant of an [`Enumeration`].
#[derive(Clone, Debug)]
pub struct Enumerator {
    /// Its name.
    pub name: Name,
    /// Its value.
    pub value: i128,
    /// Where the name stands.
    pub loc: Loc,
}

/// An `enum`.
#[derive(Clone, Debug)]
pub struct Enumeration {
    /// The tag.
    pub tag: Option<Name>,
    /// Where the tag stands.
    pub loc: Loc,
    /// The compatible integer type (gcc: `unsigned int` unless a value is negative or too big).
    pub underlying: IntKind,
    /// Whether the closing brace was seen.
    pub complete: bool,
    /// `__attribute__((packed))` or `-fshort-enums`.
    pub packed: bool,
    /// The constants in order.
    pub enumerators: Vec<Enumerator>,
}

/// How to get at a bit-field: load `size` bytes at `offset` (little-endian), shift right by
/// `shift`, keep `width` bits. `size` is 1, 2, 4, 8 or 16 where one aligned access of at most the
/// declared type's size holds the field, which is what volatile accesses need; a packed field
/// that crosses such units has the exact number of bytes that hold it (up to 9, or 17).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BitFieldAccess {
    /// First byte, from the start of the record.
    pub offset: u64,
    /// Bytes to load or to read, change and store.
    pub size: u32,
    /// Lowest bit.
    pub shift: u32,
    /// Number of bits.
    pub width: u32,
    /// Whether the field's values are sign-extended.
    pub signed: bool,
}

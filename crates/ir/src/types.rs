//! Value types and aggregate layouts.
//!
//! A [`Type`] is a scalar or a fixed vector of scalars, packed in 16 bits: bits 0-3 the scalar,
//! bits 4-7 log2 of the lane count. Aggregates are not value types: they describe memory and the
//! C ABI ([`AggregateData`]).

use crate::entity::Aggregate;
use lathe_target::{DataLayout, ScalarLayout};
use std::fmt;

/// The type of a value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Type(u16);

impl Type {
    /// No type: instructions without a controlling type.
    pub const NONE: Type = Type(0);
    /// 8-bit integer; also the type of comparison results (0 or 1).
    pub const I8: Type = Type(1);
    /// 16-bit integer.
    pub const I16: Type = Type(2);
    /// 32-bit integer.
    pub const I32: Type = Type(3);
    /// 64-bit integer.
    pub const I64: Type = Type(4);
    /// 128-bit integer.
    pub const I128: Type = Type(5);
    /// IEEE binary32.
    pub const F32: Type = Type(6);
    /// IEEE binary64.
    pub const F64: Type = Type(7);
    /// x87 extended.
    pub const F80: Type = Type(8);
    /// IEEE binary128.
    pub const F128: Type = Type(9);
    /// An address of the target.
    pub const PTR: Type = Type(10);

    /// All scalar types with their names.
    pub const SCALARS: [(Type, &'static str); 10] = [
        (Type::I8, "i8"),
        (Type::I16, "i16"),
        (Type::I32, "i32"),
        (Type::I64, "i64"),
        (Type::I128, "i128"),
        (Type::F32, "f32"),
        (Type::F64, "f64"),
        (Type::F80, "f80"),
        (Type::F128, "f128"),
        (Type::PTR, "ptr"),
    ];

    /// The integer type of a width in bits (8, 16, 32, 64, 128).
    pub const fn int(bits: u32) -> Option<Type> {
        Some(match bits {
            8 => Type::I8,
            16 => Type::I16,
            32 => Type::I32,
            64 => Type::I64,
            128 => Type::I128,
            _ => return None,
        })
    }

    /// A vector of `lanes` (a power of two, 2 to 64) of this scalar; `None` when that is no type.
    pub const fn vector(self, lanes: u32) -> Option<Type> {
        if self.0 == 0 || self.is_vector() || !lanes.is_power_of_two() || lanes < 2 || lanes > 64 {
            return None;
        }
        Some(Type(self.0 | (lanes.trailing_zeros() as u16) << 4))
    }

    /// Number of lanes; 1 for a scalar.
    #[inline]
    pub const fn lanes(self) -> u32 {
        1 << (self.0 >> 4)
    }

    /// The lane type of a vector; a scalar is its own lane.
    #[inline]
    pub const fn lane(self) -> Type {
        Type(self.0 & 15)
    }

    /// Whether it is a vector.
    #[inline]
    pub const fn is_vector(self) -> bool {
        self.0 >> 4 != 0
    }

    /// Whether it is an integer scalar (not `ptr`).
    #[inline]
    pub const fn is_int(self) -> bool {
        self.0 >= 1 && self.0 <= 5
    }

    /// Whether it is a float scalar.
    #[inline]
    pub const fn is_float(self) -> bool {
        self.0 >= 6 && self.0 <= 9
    }

    /// Whether it is the address type.
    #[inline]
    pub const fn is_ptr(self) -> bool {
        self.0 == 10
    }

    /// Whether it is an integer scalar or the address type.
    #[inline]
    pub const fn is_int_or_ptr(self) -> bool {
        self.is_int() || self.is_ptr()
    }

    /// Whether there is a type.
    #[inline]
    pub const fn is_some(self) -> bool {
        self.0 != 0
    }

    /// Width of a scalar or lane in bits; `ptr_bits` for addresses.
    pub const fn lane_bits(self, ptr_bits: u32) -> u32 {
        match self.0 & 15 {
            1 => 8,
            2 => 16,
            3 | 6 => 32,
            4 | 7 => 64,
            5 | 9 => 128,
            8 => 80,
            10 => ptr_bits,
            _ => 0,
        }
    }

    /// Size and alignment in memory on a target. A vector is as large as its lanes and aligned to
    /// its size.
    pub fn layout(self, layout: &DataLayout) -> ScalarLayout {
        let lane = match self.0 & 15 {
            1 => ScalarLayout { size: 1, align: 1 },
            2 => ScalarLayout { size: 2, align: 2 },
            3 | 6 => ScalarLayout { size: 4, align: 4 },
            4 => layout.i64,
            5 => layout.i128,
            7 => layout.f64,
            8 => layout.f80,
            9 => layout.f128,
            10 => layout.pointer,
            _ => ScalarLayout { size: 0, align: 1 },
        };
        if self.is_vector() {
            let size = lane.size * self.lanes();
            ScalarLayout { size, align: size }
        } else {
            lane
        }
    }

    /// Size in memory in bytes.
    pub fn bytes(self, layout: &DataLayout) -> u32 {
        self.layout(layout).size
    }

    /// The type with this name (`i32`, `f64`, `i32x4`), if there is one.
    pub fn from_name(name: &str) -> Option<Type> {
        let scalar = |text: &str| Type::SCALARS.iter().find(|(_, n)| *n == text).map(|(t, _)| *t);
        if let Some(found) = scalar(name) {
            return Some(found);
        }
        let (lane, lanes) = name.split_once('x')?;
        scalar(lane)?.vector(lanes.parse().ok()?)
    }

    /// The packed form, for hashing and tables.
    pub const fn bits(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Type::SCALARS.iter().find(|(t, _)| *t == self.lane()).map_or("none", |(_, n)| n);
        f.write_str(name)?;
        if self.is_vector() {
            write!(f, "x{}", self.lanes())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a C aggregate is; the ABI treats them differently.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AggregateKind {
    /// Fields one after the other.
    Struct,
    /// All fields at offset 0.
    Union,
    /// `_Complex T`: two fields of one scalar type.
    Complex,
}

/// The type of an aggregate's field.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FieldType {
    /// A scalar or vector.
    Scalar(Type),
    /// A nested aggregate.
    Aggregate(Aggregate),
}

/// A field: `count` elements of a type, one after the other, from `offset`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AggregateField {
    /// Offset from the start, in bytes.
    pub offset: u64,
    /// Element type.
    pub ty: FieldType,
    /// Number of elements (1 unless an array; 0 for a flexible array).
    pub count: u64,
    /// Width in bits when the field is a bit-field (then `ty` is its declared type and `offset`
    /// the byte of its storage unit).
    pub bit_field: Option<u8>,
}

/// A named aggregate type: layout and ABI class.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AggregateData {
    /// Name without `%`; unique in the module.
    pub name: String,
    /// Struct, union, complex.
    pub kind: AggregateKind,
    /// Size in bytes, tail padding included.
    pub size: u64,
    /// Alignment in bytes.
    pub align: u32,
    /// Fields by offset.
    pub fields: Vec<AggregateField>,
    /// `transparent_union`: passed as its first member.
    pub transparent: bool,
}

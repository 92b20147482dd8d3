//! Run-time values: bits by lane.

use lathe_ir::Type;
use std::fmt;

/// A value. Each lane holds its bits, zero above its width; the type is the IR value's.
#[derive(Clone, PartialEq, Eq)]
pub enum Val {
    /// A scalar.
    Scalar(u128),
    /// A vector, lane 0 first.
    Vector(Box<[u128]>),
}

impl Val {
    /// An integer or address from its bits.
    pub fn int(bits: u128) -> Val {
        Val::Scalar(bits)
    }

    /// An `f32`.
    pub fn f32(value: f32) -> Val {
        Val::Scalar(u128::from(value.to_bits()))
    }

    /// An `f64`.
    pub fn f64(value: f64) -> Val {
        Val::Scalar(u128::from(value.to_bits()))
    }

    /// The bits of a scalar, or of lane 0.
    #[inline]
    pub fn bits(&self) -> u128 {
        match self {
            Val::Scalar(bits) => *bits,
            Val::Vector(lanes) => lanes.first().copied().unwrap_or(0),
        }
    }

    /// The bits of all lanes.
    pub fn lanes(&self) -> &[u128] {
        match self {
            Val::Scalar(bits) => std::slice::from_ref(bits),
            Val::Vector(lanes) => lanes,
        }
    }

    /// A value with these lanes: a scalar when there is one.
    pub fn from_lanes(lanes: Vec<u128>) -> Val {
        match lanes.as_slice() {
            [one] => Val::Scalar(*one),
            _ => Val::Vector(lanes.into()),
        }
    }

    /// The zero of a type.
    pub fn zero(ty: Type) -> Val {
        if ty.is_vector() { Val::Vector(vec![0; ty.lanes() as usize].into()) } else { Val::Scalar(0) }
    }
}

impl fmt::Debug for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Val::Scalar(bits) => write!(f, "{bits:#x}"),
            Val::Vector(lanes) => f.debug_list().entries(lanes.iter().map(|l| format!("{l:#x}"))).finish(),
        }
    }
}

/// All ones in the low `width` bits.
#[inline]
pub fn mask(width: u32) -> u128 {
    if width >= 128 { u128::MAX } else { (1 << width) - 1 }
}

/// The number that `width` bits stand for, as signed.
#[inline]
pub fn signed(bits: u128, width: u32) -> i128 {
    if width == 0 {
        return 0;
    }
    (bits << (128 - width)) as i128 >> (128 - width)
}

//! Arithmetic on floating constants in the target's formats, by `rustc_apfloat`.
//!
//! Values are bits (`u128`) of the type's format. Rounding is to nearest even.

use crate::ast::BinaryOp;
use crate::parse::Parser;
use crate::types::{FloatFormat, QualType, TypeKind};
use rustc_apfloat::ieee::{Double, Quad, Single, X87DoubleExtended};
use rustc_apfloat::{Float, FloatConvert};

/// Runs a generic expression with `$t` as the format's type.
macro_rules! with_format {
    ($format:expr, $t:ident => $body:expr) => {
        match $format {
            FloatFormat::F32 => {
                type $t = Single;
                $body
            }
            FloatFormat::F64 => {
                type $t = Double;
                $body
            }
            FloatFormat::F80 => {
                type $t = X87DoubleExtended;
                $body
            }
            FloatFormat::F128 => {
                type $t = Quad;
                $body
            }
        }
    };
}

fn convert_to<F>(value: F, to: FloatFormat) -> u128
where
    F: FloatConvert<Single> + FloatConvert<Double> + FloatConvert<X87DoubleExtended> + FloatConvert<Quad>,
{
    let mut loses = false;
    match to {
        FloatFormat::F32 => FloatConvert::<Single>::convert(value, &mut loses).value.to_bits(),
        FloatFormat::F64 => FloatConvert::<Double>::convert(value, &mut loses).value.to_bits(),
        FloatFormat::F80 => FloatConvert::<X87DoubleExtended>::convert(value, &mut loses).value.to_bits(),
        FloatFormat::F128 => FloatConvert::<Quad>::convert(value, &mut loses).value.to_bits(),
    }
}

impl Parser<'_, '_> {
    /// The format of a real floating type (of a complex one: of its parts).
    pub(crate) fn float_format(&self, ty: QualType) -> Option<FloatFormat> {
        match self.unit.types.kind(ty) {
            TypeKind::Float(kind) | TypeKind::Complex(kind) => {
                Some(kind.format(self.unit.types.data_layout()))
            }
            _ => None,
        }
    }

    pub(crate) fn float_from_int(&self, value: i128, unsigned: bool, to: QualType) -> Option<u128> {
        let format = self.float_format(to)?;
        Some(with_format!(format, F => {
            if unsigned { F::from_u128(value as u128).value.to_bits() } else { F::from_i128(value).value.to_bits() }
        }))
    }

    pub(crate) fn float_to_float(&self, bits: u128, from: QualType, to: QualType) -> Option<u128> {
        let (from, to) = (self.float_format(from)?, self.float_format(to)?);
        Some(with_format!(from, F => convert_to(F::from_bits(bits), to)))
    }

    /// Toward zero; `None` when the value does not fit (undefined: left to run time).
    pub(crate) fn float_to_int(&self, bits: u128, from: QualType, to: QualType) -> Option<i128> {
        self.float_to_int_saturated(bits, from, to).filter(|(_, fits)| *fits).map(|(value, _)| value)
    }

    /// Toward zero, and whether the value fits; one that does not becomes the nearest that does, as
    /// gcc folds it in static initializers.
    pub(crate) fn float_to_int_saturated(
        &self,
        bits: u128,
        from: QualType,
        to: QualType,
    ) -> Option<(i128, bool)> {
        let format = self.float_format(from)?;
        let width = self.unit.types.int_bits(to)? as usize;
        let signed = self.unit.types.is_signed(to);
        let (value, status) = with_format!(format, F => {
            let value = F::from_bits(bits);
            if signed {
                let result = value.to_i128(width);
                (result.value, result.status)
            } else {
                let result = value.to_u128(width);
                (result.value as i128, result.status)
            }
        });
        Some((value, !status.intersects(rustc_apfloat::Status::INVALID_OP)))
    }

    pub(crate) fn negate_float(&self, bits: u128, ty: QualType) -> u128 {
        let sign = match self.float_format(ty) {
            Some(FloatFormat::F32) => 31,
            Some(FloatFormat::F64) => 63,
            Some(FloatFormat::F80) => 79,
            _ => 127,
        };
        bits ^ 1 << sign
    }

    pub(crate) fn float_is_zero(&self, bits: u128, ty: QualType) -> bool {
        match self.float_format(ty) {
            Some(format) => with_format!(format, F => F::from_bits(bits).is_zero()),
            None => false,
        }
    }

    /// `+ - * /` on two values of one type.
    pub(crate) fn float_arithmetic(&self, op: BinaryOp, a: u128, b: u128, ty: QualType) -> Option<u128> {
        let format = self.float_format(ty)?;
        with_format!(format, F => {
            let (a, b) = (F::from_bits(a), F::from_bits(b));
            Some(match op {
                BinaryOp::Add => (a + b).value,
                BinaryOp::Sub => (a - b).value,
                BinaryOp::Mul => (a * b).value,
                BinaryOp::Div => (a / b).value,
                _ => return None,
            }.to_bits())
        })
    }

    pub(crate) fn float_comparison(&self, op: BinaryOp, a: u128, b: u128, ty: QualType) -> Option<bool> {
        let format = self.float_format(ty)?;
        with_format!(format, F => {
            let (a, b) = (F::from_bits(a), F::from_bits(b));
            Some(match op {
                BinaryOp::Eq => a == b,
                BinaryOp::Ne => a != b,
                BinaryOp::Lt => a < b,
                BinaryOp::Le => a <= b,
                BinaryOp::Gt => a > b,
                BinaryOp::Ge => a >= b,
                _ => return None,
            })
        })
    }

    pub(crate) fn infinity(&self, ty: QualType) -> Option<u128> {
        let format = self.float_format(ty)?;
        Some(with_format!(format, F => F::INFINITY.to_bits()))
    }

    pub(crate) fn not_a_number(&self, ty: QualType, payload: u128, signaling: bool) -> Option<u128> {
        let format = self.float_format(ty)?;
        Some(with_format!(format, F => {
            let value = if signaling { F::snan(Some(payload)) } else { F::qnan(Some(payload)) };
            value.to_bits()
        }))
    }
}

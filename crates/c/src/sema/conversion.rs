//! `-Wconversion`, `-Wsign-conversion`, `-Wfloat-conversion`: implicit conversions that may change a value.
//!
//! In: a value and the type that it is converted to. What can be seen to fit (constants, masks, comparisons, values of
//! narrower types behind promotions) is not reported. Source: GCC manual, "Warning Options"; the words are gcc's.

use super::options::Warning;
use crate::ast::{BinaryOp, ExprId, ExprKind, UnaryOp};
use crate::parse::Parser;
use crate::types::{IntKind, QualType, TypeKind};

/// How deep an expression is looked into.
const MAX_DEPTH: u32 = 8;

impl Parser<'_, '_> {
    /// Reports an implicit conversion of an arithmetic value.
    pub(crate) fn warn_conversion(&mut self, expr: ExprId, from: QualType, to: QualType) {
        let wanted = [Warning::Conversion, Warning::SignConversion, Warning::FloatConversion];
        if !wanted.iter().any(|warning| self.warns(*warning)) || self.unevaluated > 0 {
            return;
        }
        let types = &self.unit.types;
        if types.kind(to) == TypeKind::Int(IntKind::Bool) || self.int_value(expr).is_some() {
            return;
        }
        let (shown_from, shown_to) = (self.quoted(from), self.quoted(to));
        let changes = format!("conversion from {shown_from} to {shown_to} may change value");
        let loc = self.loc_of(expr);
        let (warning, message) = match (types.kind(from), types.kind(to)) {
            (TypeKind::Float(a), TypeKind::Float(b)) => {
                let layout = types.data_layout();
                if a.size_align(layout).0 <= b.size_align(layout).0 || self.is_constant_float(expr) {
                    return;
                }
                (Warning::FloatConversion, changes)
            }
            (TypeKind::Float(_), _) if types.is_integer(to) => (Warning::FloatConversion, changes),
            (_, TypeKind::Float(to_kind)) if types.is_integer(from) => {
                // Bits of the significand.
                let exact = match to_kind.size_align(types.data_layout()).0 {
                    4 => 24,
                    8 => 53,
                    _ => 64,
                };
                if self.bits_of_value(expr, 0) <= exact {
                    return;
                }
                (Warning::Conversion, changes)
            }
            _ if types.is_integer(from) && types.is_integer(to) => {
                let (Some(from_bits), Some(to_bits)) = (types.int_bits(from), types.int_bits(to)) else {
                    return;
                };
                let (from_signed, to_signed) = (types.is_signed(from), types.is_signed(to));
                let needed = self.bits_of_value(expr, 0);
                if needed + u32::from(to_signed) <= to_bits && !self.may_be_negative(expr, 0) {
                    return;
                }
                if from_bits > to_bits {
                    if from_signed && to_signed && needed < to_bits {
                        return;
                    }
                    (Warning::Conversion, changes)
                } else if from_signed && !to_signed || from_bits == to_bits && !from_signed && to_signed {
                    let message = format!(
                        "conversion to {shown_to} from {shown_from} may change the sign of the result"
                    );
                    (Warning::SignConversion, message)
                } else {
                    return;
                }
            }
            _ => return,
        };
        self.warn(warning, loc, message);
    }

    fn is_constant_float(&self, expr: ExprId) -> bool {
        matches!(self.body.expr(expr).kind, ExprKind::Float(_))
    }

    /// How many bits the magnitude of an integer value needs at most.
    fn bits_of_value(&self, expr: ExprId, depth: u32) -> u32 {
        let node = self.body.expr(expr);
        let types = &self.unit.types;
        let own = types.int_bits(node.ty).unwrap_or(128) - u32::from(types.is_signed(node.ty));
        if let Some(value) = self.int_value(expr) {
            return 128 - value.unsigned_abs().leading_zeros();
        }
        if depth >= MAX_DEPTH {
            return own;
        }
        let of = |inner: ExprId| self.bits_of_value(inner, depth + 1);
        let bits = match node.kind {
            ExprKind::Cast(_, inner) if types.is_integer(self.ty(inner)) => of(inner),
            ExprKind::Binary(BinaryOp::And, left, right) => {
                let mask = |side| if self.may_be_negative(side, depth + 1) { own } else { of(side) };
                mask(left).min(mask(right))
            }
            ExprKind::Binary(BinaryOp::Or | BinaryOp::Xor, left, right) => of(left).max(of(right)),
            ExprKind::Binary(BinaryOp::Shr | BinaryOp::Div, left, _) => of(left),
            ExprKind::Binary(BinaryOp::Rem, left, right) => of(left).min(of(right)),
            ExprKind::Conditional(arms) => {
                self.body.list(arms).iter().skip(1).map(|arm| of(*arm)).max().unwrap_or(own)
            }
            ExprKind::Unary(UnaryOp::LogicalNot, _) | ExprKind::LogicalAnd(..) | ExprKind::LogicalOr(..) => 1,
            ExprKind::Binary(
                BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge,
                ..,
            ) => 1,
            _ => own,
        };
        bits.min(own)
    }

    fn may_be_negative(&self, expr: ExprId, depth: u32) -> bool {
        let node = self.body.expr(expr);
        let types = &self.unit.types;
        if let Some(value) = self.int_value(expr) {
            return value < 0;
        }
        if !types.is_signed(node.ty) {
            return false;
        }
        if depth >= MAX_DEPTH {
            return true;
        }
        let of = |inner: ExprId| self.may_be_negative(inner, depth + 1);
        match node.kind {
            ExprKind::Cast(_, inner) if types.is_integer(self.ty(inner)) => of(inner),
            ExprKind::Binary(BinaryOp::And, left, right) => of(left) && of(right),
            ExprKind::Binary(BinaryOp::Or | BinaryOp::Xor | BinaryOp::Div, left, right) => {
                of(left) || of(right)
            }
            ExprKind::Binary(BinaryOp::Shr | BinaryOp::Rem, left, _) => of(left),
            ExprKind::Conditional(arms) => self.body.list(arms).iter().skip(1).any(|arm| of(*arm)),
            ExprKind::Unary(UnaryOp::LogicalNot, _) | ExprKind::LogicalAnd(..) | ExprKind::LogicalOr(..) => {
                false
            }
            ExprKind::Binary(
                BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge,
                ..,
            ) => false,
            _ => true,
        }
    }
}

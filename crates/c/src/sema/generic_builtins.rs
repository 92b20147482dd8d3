//! Builtins whose types follow from their arguments: overflow, floating classification, atomics,
//! variable arguments, questions to the compiler.

use super::constant::Value;
use super::options::Warning;
use crate::ast::builtins::{Builtin, BuiltinRow};
use crate::ast::{ExprId, ExprKind};
use crate::parse::Parser;
use crate::token::Token;
use crate::types::{FloatKind, IntKind, QualType, Quals, TypeKind};
use lathe_diag::Loc;

impl Parser<'_, '_> {
    /// Checks and builds a call; the arguments are as written.
    pub(crate) fn generic_builtin(
        &mut self,
        row: &BuiltinRow,
        arguments: Vec<ExprId>,
        token: Token,
    ) -> ExprId {
        use Builtin::*;
        let at = token.loc;
        if arguments.iter().any(|a| self.is_error(*a)) {
            return self.error_expr(at);
        }
        match row.builtin {
            VaStart => self.va_start(arguments, token),
            VaEnd | VaCopy => self.va_end_or_copy(row.builtin, arguments, token),
            VaArgPack | VaArgPackLen => {
                let ty = QualType::INT;
                self.finish_builtin(row.builtin, &[], ty, at)
            }
            ConstantP => self.constant_p(arguments, token),
            ClassifyType => self.classify_type(arguments, token),
            ObjectSize => self.object_size(arguments, token),
            AddOverflow | SubOverflow | MulOverflow | AddOverflowP | SubOverflowP | MulOverflowP => {
                self.overflow(row, arguments, token)
            }
            IsNan | IsInf | IsInfSign | IsFinite | IsNormal | SignBit | IsSignaling => {
                self.float_question(row, arguments, token)
            }
            FpClassify => self.fp_classify(arguments, token),
            IsGreater | IsGreaterEqual | IsLess | IsLessEqual | IsLessGreater | IsUnordered => {
                self.float_ordering(row, arguments, token)
            }
            Infinity | Nan | NanSignaling => self.float_special(row, arguments, token),
            AtomicAlwaysLockFree | AtomicIsLockFree => self.lock_free(arguments, token),
            _ => self.atomic(row, arguments, token),
        }
    }

    fn finish_builtin(&mut self, builtin: Builtin, arguments: &[ExprId], ty: QualType, at: Loc) -> ExprId {
        let range = self.list(arguments);
        self.add(ExprKind::Builtin(builtin, range), ty, at)
    }

    /// Reports a wrong number of arguments.
    fn arity(&mut self, token: Token, given: usize, wanted: usize) -> bool {
        if given == wanted {
            return true;
        }
        let text = self.text(token.name());
        let word = if given < wanted { "few" } else { "many" };
        self.error(token.span(), format!("too {word} arguments to function '{text}'"));
        false
    }

    fn va_start(&mut self, arguments: Vec<ExprId>, token: Token) -> ExprId {
        let c23 = self.pp.options.dialect.at_least(crate::dialect::Standard::C23);
        if arguments.is_empty() || (arguments.len() < 2 && !c23) {
            self.error(token.span(), "too few arguments to function 'va_start'");
            return self.error_expr(token.loc);
        }
        if !self.function.variadic {
            self.error(token.span(), "'va_start' used in function with fixed arguments");
            return self.error_expr(token.loc);
        }
        let Some(pointer) = self.va_list_pointer(arguments[0]) else {
            self.error(token.span(), "incompatible type for argument 1 of '__builtin_va_start'");
            return self.error_expr(token.loc);
        };
        if let Some(last) = arguments.get(1) {
            let named = match self.body.expr(*last).kind {
                ExprKind::Local(local) => Some(local),
                _ => None,
            };
            if named.is_none() || named != self.function.last_param {
                self.warn(
                    Warning::Varargs,
                    token.span(),
                    "second parameter of 'va_start' not last named argument",
                );
            }
        }
        self.finish_builtin(Builtin::VaStart, &[pointer], QualType::VOID, token.loc)
    }

    fn va_end_or_copy(&mut self, builtin: Builtin, arguments: Vec<ExprId>, token: Token) -> ExprId {
        let wanted = if builtin == Builtin::VaEnd { 1 } else { 2 };
        if !self.arity(token, arguments.len(), wanted) {
            return self.error_expr(token.loc);
        }
        let mut pointers = Vec::new();
        for argument in arguments {
            match self.va_list_pointer(argument) {
                Some(pointer) => pointers.push(pointer),
                None => {
                    let text = self.text(token.name());
                    self.error(
                        token.span(),
                        format!("incompatible type for argument {} of '{text}'", pointers.len() + 1),
                    );
                    return self.error_expr(token.loc);
                }
            }
        }
        self.finish_builtin(builtin, &pointers, QualType::VOID, token.loc)
    }

    fn constant_p(&mut self, arguments: Vec<ExprId>, token: Token) -> ExprId {
        if !self.arity(token, arguments.len(), 1) {
            return self.error_expr(token.loc);
        }
        let value = self.rvalue(arguments[0]);
        let is_constant = match self.evaluate(value) {
            Some(Value::Address { target: crate::ast::DataTarget::String(_), .. }) => true,
            Some(Value::Address { .. }) | None => false,
            Some(_) => true,
        };
        // What is not constant now is decided as "no", as gcc does without optimization.
        self.int(i128::from(is_constant), QualType::INT, token.loc)
    }

    fn classify_type(&mut self, arguments: Vec<ExprId>, token: Token) -> ExprId {
        if !self.arity(token, arguments.len(), 1) {
            return self.error_expr(token.loc);
        }
        let value = self.rvalue(arguments[0]);
        // gcc's typeclass.h.
        let class = match self.unit.types.kind(self.ty(value)) {
            TypeKind::Void => 0,
            TypeKind::Int(_) | TypeKind::Enum(_) => 1,
            TypeKind::Pointer(_) => 5,
            TypeKind::Float(_) => 8,
            TypeKind::Complex(_) | TypeKind::ComplexInt(_) => 9,
            TypeKind::Record(id) if self.unit.types.record(id).kind == crate::types::RecordKind::Union => 13,
            TypeKind::Record(_) => 12,
            _ => -1,
        };
        self.int(class, QualType::INT, token.loc)
    }

    fn object_size(&mut self, arguments: Vec<ExprId>, token: Token) -> ExprId {
        if !self.arity(token, arguments.len(), 2) {
            return self.error_expr(token.loc);
        }
        let kind = self.integer_constant(arguments[1]);
        let Some(kind @ 0..=3) = kind else {
            self.error(
                token.span(),
                "last argument of '__builtin_object_size' is not integer constant between 0 and 3",
            );
            return self.error_expr(token.loc);
        };
        let pointer = self.rvalue(arguments[0]);
        let size_type = self.unit.types.size_type();
        let unknown = if kind < 2 { -1 } else { 0 };
        let known = self.known_object_size(pointer, kind & 1 != 0);
        self.int(known.unwrap_or(unknown), size_type, token.loc)
    }

    /// Bytes from a constant address to the end of its object (or of the innermost member).
    fn known_object_size(&self, pointer: ExprId, closest: bool) -> Option<i128> {
        let (ExprKind::ArrayDecay(place) | ExprKind::AddressOf(place)) = self.body.expr(pointer).kind else {
            return match self.body.expr(pointer).kind {
                ExprKind::Cast(crate::ast::CastKind::NoOp, inner) => self.known_object_size(inner, closest),
                ExprKind::Binary(crate::ast::BinaryOp::PtrAdd, base, index) => {
                    let stride = self.unit.types.stride_of(self.unit.types.pointee(self.ty(base))?)?;
                    let rest =
                        self.known_object_size(base, closest)? - self.int_value(index)? * stride as i128;
                    Some(rest.max(0))
                }
                _ => None,
            };
        };
        let mut base = place;
        let mut offset = 0i128;
        if !closest {
            while let ExprKind::Member { base: inner, field } = self.body.expr(base).kind {
                let id = self.unit.types.record_id(self.ty(inner))?;
                offset += self.unit.types.record(id).fields[field as usize].offset() as i128;
                base = inner;
            }
        }
        if let ExprKind::Deref(inner) = self.body.expr(base).kind {
            return if closest {
                None
            } else {
                Some((self.known_object_size(inner, false)? - offset).max(0))
            };
        }
        let is_object = matches!(
            self.body.expr(base).kind,
            ExprKind::Local(_)
                | ExprKind::Global(_)
                | ExprKind::String(_)
                | ExprKind::Member { .. }
                | ExprKind::CompoundLiteral(..)
        );
        if !is_object {
            return None;
        }
        if let ExprKind::Member { base: inner, field } = self.body.expr(base).kind {
            // A trailing array may be used as a flexible one.
            let id = self.unit.types.record_id(self.ty(inner))?;
            let last = self.unit.types.record(id).fields.len() as u32 == field + 1;
            if last && self.unit.types.is_array(self.ty(base)) {
                return None;
            }
        }
        let size = self.unit.types.size_of(self.ty(base))? as i128;
        Some((size - offset).max(0))
    }

    fn overflow(&mut self, row: &BuiltinRow, arguments: Vec<ExprId>, token: Token) -> ExprId {
        if !self.arity(token, arguments.len(), 3) {
            return self.error_expr(token.loc);
        }
        let values: Vec<ExprId> = arguments.into_iter().map(|a| self.rvalue(a)).collect();
        // The typed names: `__builtin_saddl_overflow` and the like.
        let typed = row.name.strip_prefix("__builtin_").and_then(|rest| {
            let rest = rest.strip_suffix("_overflow")?;
            let sign = rest.as_bytes()[0];
            let stem = ["add", "sub", "mul"].into_iter().find(|stem| rest[1..].starts_with(stem))?;
            let kind = match &rest[1 + stem.len()..] {
                "" => IntKind::Int,
                "l" => IntKind::Long,
                "ll" => IntKind::LongLong,
                _ => return None,
            };
            match sign {
                b's' if rest.len() > 3 => Some(kind),
                b'u' => Some(kind.to_unsigned()),
                _ => None,
            }
        });
        let is_p =
            matches!(row.builtin, Builtin::AddOverflowP | Builtin::SubOverflowP | Builtin::MulOverflowP);
        let mut converted = Vec::new();
        for (index, value) in values.iter().enumerate() {
            let ty = self.ty(*value);
            if index == 2 && !is_p {
                let to = self.unit.types.pointee(ty);
                let fits = to.is_some_and(|to| {
                    matches!(self.unit.types.kind(to), TypeKind::Int(kind) if kind != IntKind::Bool)
                        && !to.is_const()
                });
                if !fits {
                    let text = self.text(token.name());
                    let message = format!(
                        "argument 3 in call to function '{text}' does not have pointer to integral type"
                    );
                    self.error(token.span(), message);
                    return self.error_expr(token.loc);
                }
                converted.push(*value);
                continue;
            }
            if !self.unit.types.is_integer(ty) {
                let text = self.text(token.name());
                let message = format!(
                    "argument {} in call to function '{text}' does not have integral type",
                    index + 1
                );
                self.error(token.span(), message);
                return self.error_expr(token.loc);
            }
            converted.push(match typed {
                Some(kind) => self.cast(*value, QualType::new(kind.id(), Quals::NONE)),
                None => *value,
            });
        }
        self.finish_builtin(row.builtin, &converted, QualType::BOOL, token.loc)
    }

    fn float_argument(&mut self, argument: ExprId, token: Token) -> Option<ExprId> {
        let value = self.rvalue(argument);
        let ty = self.ty(value);
        if self.unit.types.is_float(ty) {
            return Some(value);
        }
        if self.unit.types.is_integer(ty) {
            return Some(self.cast(value, QualType::DOUBLE));
        }
        let text = self.text(token.name());
        self.error(token.span(), format!("non-floating-point argument in call to function '{text}'"));
        None
    }

    fn float_question(&mut self, row: &BuiltinRow, arguments: Vec<ExprId>, token: Token) -> ExprId {
        if !self.arity(token, arguments.len(), 1) {
            return self.error_expr(token.loc);
        }
        match self.float_argument(arguments[0], token) {
            Some(value) => self.finish_builtin(row.builtin, &[value], QualType::INT, token.loc),
            None => self.error_expr(token.loc),
        }
    }

    fn fp_classify(&mut self, arguments: Vec<ExprId>, token: Token) -> ExprId {
        if !self.arity(token, arguments.len(), 6) {
            return self.error_expr(token.loc);
        }
        let mut values = Vec::new();
        for argument in &arguments[..5] {
            let value = self.rvalue(*argument);
            values.push(self.cast(value, QualType::INT));
        }
        match self.float_argument(arguments[5], token) {
            Some(value) => {
                values.push(value);
                self.finish_builtin(Builtin::FpClassify, &values, QualType::INT, token.loc)
            }
            None => self.error_expr(token.loc),
        }
    }

    fn float_ordering(&mut self, row: &BuiltinRow, arguments: Vec<ExprId>, token: Token) -> ExprId {
        if !self.arity(token, arguments.len(), 2) {
            return self.error_expr(token.loc);
        }
        let (a, b) = (self.float_argument(arguments[0], token), self.float_argument(arguments[1], token));
        let (Some(a), Some(b)) = (a, b) else { return self.error_expr(token.loc) };
        let (x, y) = (self.ty(a), self.ty(b));
        let common = self.unit.types.common_arithmetic(x, y);
        let (a, b) = (self.cast(a, common), self.cast(b, common));
        self.finish_builtin(row.builtin, &[a, b], QualType::INT, token.loc)
    }

    fn float_special(&mut self, row: &BuiltinRow, arguments: Vec<ExprId>, token: Token) -> ExprId {
        let at = token.loc;
        let kind = match row.signature.as_bytes().first() {
            Some(b'f') => FloatKind::Float,
            Some(b'e') => FloatKind::LongDouble,
            Some(b'q') => FloatKind::Float128,
            _ => FloatKind::Double,
        };
        // The interchange names give interchange types.
        let kind = match row.name {
            name if name.ends_with("f32") => FloatKind::Float32,
            name if name.ends_with("f64") => FloatKind::Float64,
            _ => kind,
        };
        let ty = QualType::new(kind.id(), Quals::NONE);
        if row.builtin == Builtin::Infinity {
            let bits = self.infinity(ty).unwrap_or(0);
            return self.float(bits, ty, at);
        }
        if !self.arity(token, arguments.len(), 1) {
            return self.error_expr(at);
        }
        let payload = match self.body.expr(arguments[0]).kind {
            ExprKind::String(id) => parse_payload(self.unit.text(id)),
            _ => None,
        };
        match payload {
            Some(payload) => {
                let bits = self.not_a_number(ty, payload, row.builtin == Builtin::NanSignaling).unwrap_or(0);
                self.float(bits, ty, at)
            }
            None => {
                self.error(at, format!("argument of '{}' must be a string literal", row.name));
                self.error_expr(at)
            }
        }
    }

    fn lock_free(&mut self, arguments: Vec<ExprId>, token: Token) -> ExprId {
        if !self.arity(token, arguments.len(), 2) {
            return self.error_expr(token.loc);
        }
        let size = self.rvalue(arguments[0]);
        let max = self.unit.types.data_layout().pointer.size.max(8) as i128;
        let free = self.int_value(size).is_some_and(|size| matches!(size, 1 | 2 | 4 | 8) && size <= max);
        self.int(i128::from(free), QualType::BOOL, token.loc)
    }

    /// `__sync_*` and `__atomic_*` on an object of the pointee's type.
    fn atomic(&mut self, row: &BuiltinRow, arguments: Vec<ExprId>, token: Token) -> ExprId {
        use Builtin::*;
        let at = token.loc;
        let values: Vec<ExprId> = arguments.into_iter().map(|a| self.rvalue(a)).collect();
        let Some(first) = values.first().copied() else {
            let text = self.text(token.name());
            self.error(token.span(), format!("too few arguments to function '{text}'"));
            return self.error_expr(at);
        };
        let Some(object) = self.unit.types.pointee(self.ty(first)) else {
            let text = self.text(token.name());
            let ty = self.quoted(self.ty(first));
            self.error(
                token.span(),
                format!("operand type {ty} is incompatible with argument 1 of '{text}'"),
            );
            return self.error_expr(at);
        };
        let plain = object.unqualified();
        let size = self.unit.types.size_of(plain);
        let by_pointer =
            matches!(row.builtin, AtomicLoad | AtomicStore | AtomicExchange | AtomicCompareExchange);
        let types = &self.unit.types;
        let scalar = types.is_integer(plain) || types.is_pointer(plain);
        if (!by_pointer && (!scalar || !matches!(size, Some(1 | 2 | 4 | 8 | 16))))
            || size.is_none()
            || size == Some(0)
        {
            let text = self.text(token.name());
            let ty = self.quoted(self.ty(first));
            self.error(
                token.span(),
                format!("operand type {ty} is incompatible with argument 1 of '{text}'"),
            );
            return self.error_expr(at);
        }
        // Operands: v a value of the object's type, p a pointer to one, i an int, b a bool.
        let (shape, result): (&str, QualType) = match row.builtin {
            SyncBoolCompareAndSwap => ("vv", QualType::BOOL),
            SyncValCompareAndSwap => ("vv", plain),
            SyncLockRelease => ("", QualType::VOID),
            AtomicLoadN => ("i", plain),
            AtomicLoad => ("pi", QualType::VOID),
            AtomicStoreN => ("vi", QualType::VOID),
            AtomicStore => ("pi", QualType::VOID),
            AtomicExchangeN => ("vi", plain),
            AtomicExchange => ("ppi", QualType::VOID),
            AtomicCompareExchangeN => ("pvbii", QualType::BOOL),
            AtomicCompareExchange => ("ppbii", QualType::BOOL),
            AtomicAddFetch | AtomicSubFetch | AtomicAndFetch | AtomicXorFetch | AtomicOrFetch
            | AtomicNandFetch | AtomicFetchAdd | AtomicFetchSub | AtomicFetchAnd | AtomicFetchXor
            | AtomicFetchOr | AtomicFetchNand => ("vi", plain),
            _ => ("v", plain),
        };
        let is_sync = row.name.starts_with("__sync");
        if values.len() < 1 + shape.len() || (values.len() > 1 + shape.len() && !is_sync) {
            self.arity(token, values.len(), 1 + shape.len());
            return self.error_expr(at);
        }
        let mut converted = vec![first];
        for (index, what) in shape.bytes().enumerate() {
            let value = values[index + 1];
            let ty = self.ty(value);
            let value = match what {
                b'v' => {
                    // Pointers mix with integers freely here (byte offsets).
                    if !self.unit.types.is_scalar(ty) {
                        let text = self.text(token.name());
                        let message = format!("incompatible type for argument {} of '{text}'", index + 2);
                        self.error(token.span(), message);
                        return self.error_expr(at);
                    }
                    self.cast(value, plain)
                }
                b'p' => {
                    let fits =
                        self.unit.types.pointee(ty).is_some_and(|to| {
                            self.unit.types.size_of(to) == size || self.unit.types.is_void(to)
                        });
                    if !fits {
                        let text = self.text(token.name());
                        let message = format!("size mismatch in argument {} of '{text}'", index + 2);
                        self.error(token.span(), message);
                        return self.error_expr(at);
                    }
                    value
                }
                b'b' => self.cast(value, QualType::BOOL),
                _ => self.cast(value, QualType::INT),
            };
            if self.is_error(value) {
                return self.error_expr(at);
            }
            converted.push(value);
        }
        self.finish_builtin(row.builtin, &converted, result, at)
    }
}

/// `strtoull` with base 0, whole string; empty is 0.
fn parse_payload(text: &[u8]) -> Option<u128> {
    let text = std::str::from_utf8(text).ok()?;
    if text.is_empty() {
        return Some(0);
    }
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u128::from_str_radix(hex, 16).ok();
    }
    if text.len() > 1 && text.starts_with('0') {
        return u128::from_str_radix(&text[1..], 8).ok();
    }
    text.parse().ok()
}

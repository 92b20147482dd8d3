//! Conversions: which kind, implicit ones with their checks, written casts.
//!
//! C11 6.3, 6.5.4, 6.5.16.1; the texts of the messages are gcc 12's.

use super::options::Warning;
use crate::ast::{CastKind, ExprId, ExprKind};
use crate::intern::Name;
use crate::parse::Parser;
use crate::types::{IntKind, QualType, Quals, TypeKind, TypeTable};
use lathe_diag::{Diagnostic, Loc, Severity};

/// Where a value is converted as if by assignment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Context {
    /// `=`
    Assignment,
    /// Initializers.
    Initialization,
    /// `return`
    Return,
    /// Argument (from 1) of a function.
    Argument(u32, Option<Name>, Loc),
}

/// The conversion between two scalar (or vector, complex) types, both unqualified; `None` when there
/// is none.
pub fn cast_kind(types: &TypeTable, from: QualType, to: QualType) -> Option<CastKind> {
    use TypeKind::*;
    let (f, t) = (types.kind(from), types.kind(to));
    Some(match (f, t) {
        (_, Void) => CastKind::ToVoid,
        (Error, _) | (_, Error) => CastKind::NoOp,
        (Int(IntKind::Bool), Int(IntKind::Bool)) => CastKind::NoOp,
        (Int(_) | Enum(_) | Float(_) | Complex(_) | ComplexInt(_) | Pointer(_), Int(IntKind::Bool)) => {
            CastKind::ToBool
        }
        (Int(_) | Enum(_), Enum(id)) if types.enumeration(id).underlying == IntKind::Bool => CastKind::ToBool,
        (Int(_) | Enum(_), Int(_) | Enum(_)) => {
            if types.int_kind(from) == types.int_kind(to) {
                CastKind::NoOp
            } else {
                CastKind::IntToInt
            }
        }
        (Int(_) | Enum(_), Float(_)) => CastKind::IntToFloat,
        (Float(_), Int(_) | Enum(_)) => CastKind::FloatToInt,
        (Float(a), Float(b)) => {
            let layout = types.data_layout();
            if a.format(layout) == b.format(layout) { CastKind::NoOp } else { CastKind::FloatToFloat }
        }
        (Int(_) | Enum(_), Pointer(_)) => CastKind::IntToPtr,
        (Pointer(_), Int(_) | Enum(_)) => CastKind::PtrToInt,
        (Pointer(_), Pointer(_)) => CastKind::NoOp,
        (Int(_) | Enum(_) | Float(_), Complex(_) | ComplexInt(_)) => CastKind::RealToComplex,
        (Complex(_) | ComplexInt(_), Int(_) | Enum(_) | Float(_)) => CastKind::ComplexToReal,
        (Complex(_) | ComplexInt(_), Complex(_) | ComplexInt(_)) => {
            if types.canonical(from.id()) == types.canonical(to.id()) {
                CastKind::NoOp
            } else {
                CastKind::ComplexToComplex
            }
        }
        (Vector(..), Vector(..)) if types.size_of(from) == types.size_of(to) => CastKind::BitCast,
        (Vector(..), Int(_) | Enum(_)) if types.size_of(from) == types.size_of(to) => CastKind::BitCast,
        (Int(_) | Enum(_), Vector(..)) if types.size_of(from) == types.size_of(to) => CastKind::BitCast,
        (Record(a), Record(b)) if a == b => CastKind::NoOp,
        _ => return None,
    })
}

impl Parser<'_, '_> {
    /// Converts a value to an arithmetic, pointer or vector type without any check; constants fold.
    pub(crate) fn cast(&mut self, expr: ExprId, to: QualType) -> ExprId {
        let to = to.unqualified();
        let node = *self.body.expr(expr);
        if self.unit.types.canonical(node.ty.id()) == self.unit.types.canonical(to.id()) {
            return expr;
        }
        let Some(kind) = cast_kind(&self.unit.types, node.ty, to) else { return self.error_expr(node.loc) };
        if let Some(folded) = self.fold_cast(expr, kind, to) {
            return folded;
        }
        self.add(ExprKind::Cast(kind, expr), to, node.loc)
    }

    /// [`Parser::cast`] of an implicit arithmetic conversion.
    pub(crate) fn convert(&mut self, expr: ExprId, to: QualType) -> ExprId {
        if self.is_error(expr) || self.unit.types.is_error(to) {
            return expr;
        }
        self.cast(expr, to)
    }

    fn fold_cast(&mut self, expr: ExprId, kind: CastKind, to: QualType) -> Option<ExprId> {
        let node = *self.body.expr(expr);
        match kind {
            CastKind::IntToInt
            | CastKind::IntToPtr
            | CastKind::PtrToInt
            | CastKind::ToBool
            | CastKind::NoOp => {
                let value = self.int_value(expr)?;
                let value = if kind == CastKind::ToBool { i128::from(value != 0) } else { value };
                if self.unit.types.is_scalar(to) && !self.unit.types.is_float(to) {
                    return Some(self.int(value, to, node.loc));
                }
                None
            }
            CastKind::IntToFloat => {
                let value = self.int_value(expr)?;
                let unsigned = !self.unit.types.is_signed(node.ty);
                let bits = self.float_from_int(value, unsigned, to)?;
                Some(self.float(bits, to, node.loc))
            }
            CastKind::FloatToFloat => {
                let ExprKind::Float(index) = node.kind else { return None };
                let bits = self.body.wide[index as usize];
                let bits = self.float_to_float(bits, node.ty, to)?;
                Some(self.float(bits, to, node.loc))
            }
            CastKind::FloatToInt => {
                let ExprKind::Float(index) = node.kind else { return None };
                let bits = self.body.wide[index as usize];
                let value = self.float_to_int(bits, node.ty, to)?;
                Some(self.int(value, to, node.loc))
            }
            _ => None,
        }
    }

    pub(crate) fn discard(&mut self, expr: ExprId) -> ExprId {
        let node = *self.body.expr(expr);
        if self.unit.types.is_void(node.ty) || self.unit.types.is_error(node.ty) {
            return expr;
        }
        self.add(ExprKind::Cast(CastKind::ToVoid, expr), QualType::VOID, node.loc)
    }

    /// The integer promotions on a value.
    pub(crate) fn promote(&mut self, expr: ExprId) -> ExprId {
        let ty = self.ty(expr);
        if !self.unit.types.is_integer(ty) {
            return expr;
        }
        let to = match self.bit_field(expr) {
            Some((declared, width)) if matches!(self.body.expr(expr).kind, ExprKind::Load(_)) => {
                self.unit.types.promoted_bit_field(declared, width)
            }
            _ => self.unit.types.promoted(ty),
        };
        self.cast(expr, to)
    }

    /// The default argument promotions on a value.
    pub(crate) fn default_promote(&mut self, expr: ExprId) -> ExprId {
        let ty = self.ty(expr);
        if self.unit.types.is_integer(ty) {
            return self.promote(expr);
        }
        let to = self.unit.types.default_promoted(ty);
        self.cast(expr, to)
    }

    /// A scalar to test; other types are errors.
    pub(crate) fn condition(&mut self, expr: ExprId) -> ExprId {
        let value = self.rvalue(expr);
        let ty = self.ty(value);
        if self.unit.types.is_scalar(ty) || self.unit.types.is_error(ty) {
            return value;
        }
        let loc = self.loc_of(value);
        match self.unit.types.kind(ty) {
            TypeKind::Void => self.error(loc, "void value not ignored as it ought to be"),
            TypeKind::Record(id) => {
                let is_union = self.unit.types.record(id).kind == crate::types::RecordKind::Union;
                let word = if is_union { "union" } else { "struct" };
                self.error(loc, format!("used {word} type value where scalar is required"));
            }
            TypeKind::Vector(..) => self.error(loc, "used vector type where scalar is required"),
            _ => self.error(loc, "used value where scalar is required"),
        }
        self.error_expr(loc)
    }

    /// A cast written in the source.
    pub(crate) fn written_cast(&mut self, to: QualType, operand: ExprId, at: Loc) -> ExprId {
        if self.unit.types.is_error(to) || self.is_error(operand) {
            return self.error_expr(at);
        }
        let value = match self.unit.types.kind(to) {
            TypeKind::Void => self.rvalue_or_void(operand),
            _ => self.rvalue(operand),
        };
        let from = self.ty(value);
        if self.unit.types.is_error(from) {
            return value;
        }
        let plain = to.unqualified();
        match self.unit.types.kind(to) {
            TypeKind::Void => return self.discard_at(value, at),
            TypeKind::Array(..) => {
                self.error(at, "cast specifies array type");
                return self.error_expr(at);
            }
            TypeKind::Function(_) => {
                self.error(at, "cast specifies function type");
                return self.error_expr(at);
            }
            TypeKind::Record(id) => return self.cast_to_record(id, plain, value, at),
            _ => {}
        }
        if self.unit.types.is_void(from) {
            self.error(at, "void value not ignored as it ought to be");
            return self.error_expr(at);
        }
        if self.unit.types.is_record(from) {
            if self.unit.types.is_pointer(to) {
                self.error(at, "cannot convert to a pointer type");
            } else if self.unit.types.is_vector(to) {
                let (f, t) = (self.quoted(from), self.quoted(to));
                self.error(at, format!("cannot convert value of type {f} to vector type {t}"));
            } else {
                self.error(at, "aggregate value used where an integer was expected");
            }
            return self.error_expr(at);
        }
        let floating_pointer = (self.unit.types.is_pointer(to) && !self.is_integer_or_pointer(from))
            || (self.unit.types.is_pointer(from) && !self.is_integer_or_pointer(to));
        if floating_pointer {
            let message = match (self.unit.types.is_pointer(to), self.unit.types.is_float(from)) {
                (true, _) => "cannot convert to a pointer type",
                _ => "pointer value used where a floating-point was expected",
            };
            self.error(at, message);
            return self.error_expr(at);
        }
        self.warn_cast(from, to, value, at);
        let Some(kind) = cast_kind(&self.unit.types, from, plain) else {
            let (f, t) = (self.quoted(from), self.quoted(to));
            let message = if self.unit.types.is_vector(to) || self.unit.types.is_vector(from) {
                format!("cannot convert a value of type {f} to vector type {t} which has different size")
            } else {
                format!("cannot convert value of type {f} to type {t}")
            };
            self.error(at, message);
            return self.error_expr(at);
        };
        // A cast is never an lvalue and keeps its place; an identity cast of a constant copies it.
        if let Some(folded) = self.fold_cast(value, kind, plain) {
            self.body.exprs[folded.0 as usize].loc = at;
            return folded;
        }
        self.add(ExprKind::Cast(kind, value), plain, at)
    }

    fn discard_at(&mut self, value: ExprId, at: Loc) -> ExprId {
        self.add(ExprKind::Cast(CastKind::ToVoid, value), QualType::VOID, at)
    }

    fn is_integer_or_pointer(&self, ty: QualType) -> bool {
        self.unit.types.is_integer(ty) || self.unit.types.is_pointer(ty)
    }

    fn warn_cast(&mut self, from: QualType, to: QualType, value: ExprId, at: Loc) {
        let types = &self.unit.types;
        let (a, b) = (types.size_of(from), types.size_of(to));
        if types.is_pointer(from)
            && types.is_integer(to)
            && a > b
            && types.int_kind(to) != Some(IntKind::Bool)
        {
            self.warn(Warning::PointerToIntCast, at, "cast from pointer to integer of different size");
        } else if types.is_integer(from) && types.is_pointer(to) && a != b && self.int_value(value).is_none()
        {
            self.warn(Warning::IntToPointerCast, at, "cast to pointer from integer of different size");
        } else if self.warns(Warning::CastQual)
            && let (Some(f), Some(t)) = (self.unit.types.pointee(from), self.unit.types.pointee(to))
        {
            let lost = f.quals().without(t.quals());
            if !lost.is_empty() {
                let word = quals_text(lost);
                let message = format!("cast discards '{word}' qualifier from pointer target type");
                self.warn(Warning::CastQual, at, message);
            }
        }
    }

    fn cast_to_record(&mut self, id: crate::types::RecordId, to: QualType, value: ExprId, at: Loc) -> ExprId {
        let from = self.ty(value);
        if self.unit.types.same(from.unqualified(), to) {
            self.pedantic_warn(Warning::Pedantic, at, "ISO C forbids casting nonscalar to the same type");
            return value;
        }
        let record = self.unit.types.record(id);
        if record.kind == crate::types::RecordKind::Union {
            let member = record
                .fields
                .iter()
                .find(|f| self.unit.types.compatible_unqualified(f.ty, from))
                .map(|f| f.ty.unqualified());
            if member.is_some() {
                self.pedantic_warn(Warning::Pedantic, at, "ISO C forbids casts to union type");
                return self.add(ExprKind::Cast(CastKind::ToUnion, value), to, at);
            }
            self.error(at, "cast to union type from type not present in union");
        } else {
            self.error(at, "conversion to non-scalar type requested");
        }
        self.error_expr(at)
    }

    /// Converts a value as if by assignment to an object of type `to` (C11 6.5.16.1).
    pub(crate) fn assign_convert(&mut self, expr: ExprId, to: QualType, context: Context) -> ExprId {
        let from = self.ty(expr);
        if self.unit.types.is_error(from) || self.unit.types.is_error(to) {
            return expr;
        }
        if from == to {
            return expr;
        }
        let loc = self.loc_of(expr);
        if self.unit.types.is_void(from) {
            self.error(loc, "void value not ignored as it ought to be");
            return self.error_expr(loc);
        }
        let types = &self.unit.types;
        let plain = to.unqualified();
        let arithmetic = types.is_arithmetic(from) && types.is_arithmetic(to);
        if arithmetic {
            if self.fold_only == 0 {
                self.warn_constant_overflow(expr, plain);
                self.warn_conversion(expr, from, plain);
            }
            return self.cast(expr, plain);
        }
        match (types.kind(from), types.kind(to)) {
            (TypeKind::Record(a), TypeKind::Record(b)) if a == b => expr,
            (_, TypeKind::Record(id))
                if types.record(id).transparent_union && matches!(context, Context::Argument(..)) =>
            {
                self.transparent_union(expr, id, plain, context)
            }
            (TypeKind::Vector(..), TypeKind::Vector(..)) if types.size_of(from) == types.size_of(to) => {
                let lax = types.same(from.unqualified(), plain);
                if !lax && !self.same_shape(from, plain) {
                    return self.incompatible(expr, to, context);
                }
                self.cast(expr, plain)
            }
            (TypeKind::Pointer(_), TypeKind::Int(IntKind::Bool)) => self.cast(expr, plain),
            (TypeKind::Pointer(f), TypeKind::Pointer(t)) => {
                self.check_pointer_assignment(expr, f, t, to, context);
                self.cast(expr, plain)
            }
            (TypeKind::Int(_) | TypeKind::Enum(_), TypeKind::Pointer(_)) => {
                if !self.is_null_pointer_constant(expr) {
                    let message = self.conversion_message(
                        context,
                        from,
                        to,
                        "makes pointer from integer without a cast",
                    );
                    self.warn_with_context(Warning::IntConversion, loc, message, context, from, to);
                }
                self.cast(expr, plain)
            }
            (TypeKind::Pointer(_), TypeKind::Int(_) | TypeKind::Enum(_)) => {
                let message =
                    self.conversion_message(context, from, to, "makes integer from pointer without a cast");
                self.warn_with_context(Warning::IntConversion, loc, message, context, from, to);
                self.cast(expr, plain)
            }
            _ => self.incompatible(expr, to, context),
        }
    }

    /// Integer vectors of the same size and lanes differ only in sign: gcc warns by option, accepts.
    fn same_shape(&self, a: QualType, b: QualType) -> bool {
        match (self.unit.types.kind(a), self.unit.types.kind(b)) {
            (TypeKind::Vector(x, m), TypeKind::Vector(y, n)) => {
                let (x, y) = (QualType::new(x, Quals::NONE), QualType::new(y, Quals::NONE));
                m == n
                    && self.unit.types.is_integer(x)
                    && self.unit.types.is_integer(y)
                    && self.unit.types.is_signed(x) == self.unit.types.is_signed(y)
            }
            _ => false,
        }
    }

    fn transparent_union(
        &mut self,
        expr: ExprId,
        id: crate::types::RecordId,
        to: QualType,
        context: Context,
    ) -> ExprId {
        let from = self.ty(expr);
        let null = self.is_null_pointer_constant(expr);
        let fits = |parser: &Self, member: QualType| {
            let types = &parser.unit.types;
            if types.compatible_unqualified(member, from) {
                return true;
            }
            match (types.kind(member), types.kind(from)) {
                (TypeKind::Pointer(_), _) if null => true,
                (TypeKind::Pointer(m), TypeKind::Pointer(f)) => {
                    types.is_void(m) || types.is_void(f) || types.compatible_unqualified(m, f)
                }
                _ => false,
            }
        };
        let members: Vec<QualType> =
            self.unit.types.record(id).fields.iter().map(|f| f.ty.unqualified()).collect();
        match members.into_iter().find(|member| fits(self, *member)) {
            Some(member) => {
                let value = self.cast(expr, member);
                let loc = self.loc_of(value);
                self.add(ExprKind::Cast(CastKind::ToUnion, value), to, loc)
            }
            None => self.incompatible(expr, to, context),
        }
    }

    fn conversion_message(&self, context: Context, from: QualType, to: QualType, what: &str) -> String {
        let (f, t) = (self.quoted(from), self.quoted(to));
        match context {
            Context::Assignment => format!("assignment to {t} from {f} {what}"),
            Context::Initialization => format!("initialization of {t} from {f} {what}"),
            Context::Return => format!("returning {f} from a function with return type {t} {what}"),
            Context::Argument(index, name, _) => {
                let name = self.callee_text(name);
                format!("passing argument {index} of {name} {what}")
            }
        }
    }

    pub(crate) fn callee_text(&self, name: Option<Name>) -> String {
        match name {
            Some(name) => format!("'{}'", self.pp.interner.text(name)),
            None => "function".into(),
        }
    }

    fn context_note(&self, context: Context, from: QualType, to: QualType) -> Option<(Loc, String)> {
        match context {
            Context::Argument(_, Some(_), loc) if loc.is_some() => {
                let (f, t) = (self.quoted(from), self.quoted(to));
                Some((loc, format!("expected {t} but argument is of type {f}")))
            }
            _ => None,
        }
    }

    fn warn_with_context(
        &mut self,
        warning: Warning,
        loc: Loc,
        message: String,
        context: Context,
        from: QualType,
        to: QualType,
    ) {
        let note = self.context_note(context, from, to);
        if self.options.warnings.pedantic_errors && warning != Warning::PointerSign {
            let mut diagnostic = Diagnostic::new(Severity::Error, loc, message);
            diagnostic.flag = Some(warning.name());
            if let Some((at, text)) = note {
                diagnostic = diagnostic.note(at, text);
            }
            self.report(diagnostic);
        } else {
            self.warn_note(warning, loc, message, note);
        }
    }

    fn check_pointer_assignment(
        &mut self,
        expr: ExprId,
        f: QualType,
        t: QualType,
        to: QualType,
        context: Context,
    ) {
        let loc = self.loc_of(expr);
        let from = self.ty(expr);
        let types = &self.unit.types;
        let either_void = types.is_void(f) || types.is_void(t);
        if types.compatible_unqualified(f, t) || either_void {
            if self.is_null_pointer_constant(expr) {
                return;
            }
            if either_void && (types.is_function(f) || types.is_function(t)) {
                let what = "between function pointer and 'void *'";
                let lead = match context {
                    Context::Assignment => "ISO C forbids assignment",
                    Context::Initialization => "ISO C forbids initialization",
                    Context::Return => "ISO C forbids return",
                    Context::Argument(..) => "ISO C forbids passing argument",
                };
                if self.warns(Warning::Pedantic) {
                    self.pedantic_warn(Warning::Pedantic, loc, format!("{lead} {what}"));
                }
                return;
            }
            let mut lost = f.quals().without(t.quals());
            if types.is_function(f) || types.is_function(t) {
                lost = Quals::NONE;
            }
            if !lost.without(Quals(Quals::RESTRICT.0 | Quals::ATOMIC.0)).is_empty() {
                let word = quals_text(lost);
                let what = format!("discards '{word}' qualifier from pointer target type");
                let message = match context {
                    Context::Assignment => format!("assignment {what}"),
                    Context::Initialization => format!("initialization {what}"),
                    Context::Return => format!("return {what}"),
                    Context::Argument(index, name, _) => {
                        format!("passing argument {index} of {} {what}", self.callee_text(name))
                    }
                };
                self.warn_with_context(Warning::DiscardedQualifiers, loc, message, context, from, to);
            }
            return;
        }
        if self.differ_in_sign(f, t) {
            let what = match context {
                Context::Assignment => "pointer targets in assignment",
                Context::Initialization => "pointer targets in initialization",
                Context::Return => "pointer targets in returning",
                Context::Argument(..) => "pointer targets in passing argument",
            };
            let (shown_f, shown_t) = (self.quoted(from), self.quoted(to));
            let message = match context {
                Context::Assignment => format!("{what} from {shown_f} to {shown_t} differ in signedness"),
                Context::Initialization => format!("{what} of {shown_t} from {shown_f} differ in signedness"),
                Context::Return => {
                    format!(
                        "{what} {shown_f} from a function with return type {shown_t} differ in signedness"
                    )
                }
                Context::Argument(index, name, _) => {
                    format!("{what} {index} of {} differ in signedness", self.callee_text(name))
                }
            };
            self.warn_with_context(Warning::PointerSign, loc, message, context, from, to);
            return;
        }
        let message = match context {
            Context::Argument(index, name, _) => {
                format!(
                    "passing argument {index} of {} from incompatible pointer type",
                    self.callee_text(name)
                )
            }
            Context::Return => {
                let (f, t) = (self.quoted(from), self.quoted(to));
                format!("returning {f} from a function with incompatible return type {t}")
            }
            _ => {
                let message = self.conversion_message(context, from, to, "");
                message.trim_end().replacen(" from ", " from incompatible pointer type ", 1)
            }
        };
        self.warn_with_context(Warning::IncompatiblePointerTypes, loc, message, context, from, to);
    }

    /// `char *` and `unsigned char *`, `int *` and `unsigned *`.
    fn differ_in_sign(&self, a: QualType, b: QualType) -> bool {
        match (self.unit.types.kind(a), self.unit.types.kind(b)) {
            (TypeKind::Int(x), TypeKind::Int(y)) => {
                x != IntKind::Bool && y != IntKind::Bool && x.to_unsigned() == y.to_unsigned()
            }
            (TypeKind::Enum(_), TypeKind::Int(_)) | (TypeKind::Int(_), TypeKind::Enum(_)) => {
                let unsigned = |ty| self.unit.types.int_kind(ty).map(IntKind::to_unsigned);
                unsigned(a) == unsigned(b)
            }
            _ => false,
        }
    }

    fn incompatible(&mut self, expr: ExprId, to: QualType, context: Context) -> ExprId {
        let from = self.ty(expr);
        let (f, t) = (self.quoted(from), self.quoted(to));
        let loc = self.loc_of(expr);
        match context {
            Context::Assignment => {
                self.error(loc, format!("incompatible types when assigning to type {t} from type {f}"));
            }
            Context::Initialization => {
                if self.unit.types.is_record(to) || self.unit.types.is_array(to) {
                    self.error(loc, "invalid initializer");
                } else {
                    let message = format!("incompatible types when initializing type {t} using type {f}");
                    self.error(loc, message);
                }
            }
            Context::Return => {
                self.error(loc, format!("incompatible types when returning type {f} but {t} was expected"));
            }
            Context::Argument(index, name, _) => {
                let message = format!("incompatible type for argument {index} of {}", self.callee_text(name));
                match self.context_note(context, from, to) {
                    Some((at, note)) => self.error_note(loc, message, at, note),
                    None => self.error(loc, message),
                }
            }
        }
        self.error_expr(loc)
    }

    /// `-Woverflow` for constants that an implicit conversion changes.
    pub(crate) fn warn_constant_overflow(&mut self, expr: ExprId, to: QualType) {
        let Some(value) = self.int_value(expr) else { return };
        if !self.unit.types.is_integer(to) || self.unit.types.int_kind(to) == Some(IntKind::Bool) {
            return;
        }
        let wrapped = self.wrap(value, to);
        if wrapped == value || !self.warns(Warning::Overflow) {
            return;
        }
        let from = self.ty(expr);
        let bits = self.unit.types.int_bits(to).unwrap_or(32);
        // A value that fits the other signedness is a change of sign only: not warned by default.
        let fits_bits = value >= -(1i128 << (bits - 1).min(126)) && value < (1i128 << bits.min(126));
        let unsigned_to = !self.unit.types.is_signed(to);
        if fits_bits && (unsigned_to || !self.unit.types.is_signed(from)) {
            return;
        }
        let (f, t) = (self.quoted(from), self.quoted(to));
        let word = if unsigned_to { "unsigned conversion" } else { "overflow in conversion" };
        let message = format!("{word} from {f} to {t} changes value from '{value}' to '{wrapped}'");
        let at = self.loc_of(expr);
        self.warn(Warning::Overflow, at, message);
    }

    /// Constant stored in a bit-field: cut and warned about.
    pub(crate) fn check_bit_field_constant(&mut self, expr: ExprId, ty: QualType, width: u32) -> ExprId {
        let Some(value) = self.int_value(expr) else { return expr };
        let signed = self.unit.types.is_signed(ty);
        let wrapped = super::build::wrap_bits(value, width, signed);
        if wrapped == value {
            return expr;
        }
        if signed && value >= 0 && value < 1i128 << width.min(126) {
            return expr;
        }
        let own = self.quoted(ty);
        let message =
            format!("overflow in conversion from 'int' to {own} changes value from '{value}' to '{wrapped}'");
        let at = self.loc_of(expr);
        self.warn(Warning::Overflow, at, message);
        expr
    }
}

pub(crate) fn quals_text(quals: Quals) -> &'static str {
    if quals.has(Quals::CONST) && quals.has(Quals::VOLATILE) {
        "const volatile"
    } else if quals.has(Quals::CONST) {
        "const"
    } else if quals.has(Quals::VOLATILE) {
        "volatile"
    } else if quals.has(Quals::RESTRICT) {
        "restrict"
    } else {
        "_Atomic"
    }
}

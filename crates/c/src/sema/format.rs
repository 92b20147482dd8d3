//! `-Wformat`: printf and scanf format strings against their arguments. C11 7.21.6; POSIX `%n$`.

use super::options::Warning;
use crate::ast::decl::FormatKind;
use crate::ast::{Builtin, CastKind, ExprId, ExprKind, StringId};
use crate::parse::Parser;
use crate::types::{FloatKind, IntKind, QualType, TypeKind};
use lathe_diag::Loc;

/// Format argument and first checked argument, from 1, of library functions.
pub(crate) fn library_format(builtin: Builtin) -> Option<(FormatKind, u32, u32)> {
    Some(match builtin {
        Builtin::Printf => (FormatKind::Printf, 1, 2),
        Builtin::Fprintf | Builtin::Sprintf => (FormatKind::Printf, 2, 3),
        Builtin::Snprintf => (FormatKind::Printf, 3, 4),
        Builtin::Vprintf => (FormatKind::Printf, 1, 0),
        Builtin::Vfprintf | Builtin::Vsprintf => (FormatKind::Printf, 2, 0),
        Builtin::Vsnprintf => (FormatKind::Printf, 3, 0),
        Builtin::Scanf => (FormatKind::Scanf, 1, 2),
        Builtin::Fscanf | Builtin::Sscanf => (FormatKind::Scanf, 2, 3),
        _ => return None,
    })
}

/// A length modifier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Length {
    None,
    Char,
    Short,
    Long,
    LongLong,
    Max,
    Size,
    Difference,
    LongDouble,
}

/// What a conversion wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Want {
    Int(IntKind),
    Float(FloatKind),
    /// `char *` of any sign.
    CharPointer,
    WidePointer,
    AnyPointer,
    Nothing,
}

impl Parser<'_, '_> {
    fn format_string(&self, expr: ExprId) -> Option<StringId> {
        match self.body.expr(expr).kind {
            ExprKind::ArrayDecay(place) => match self.body.expr(place).kind {
                ExprKind::String(id) => Some(id),
                _ => None,
            },
            ExprKind::Cast(CastKind::NoOp, inner) => self.format_string(inner),
            _ => None,
        }
    }

    /// Checks a call's format; `format` and `first` count arguments from 1.
    pub(crate) fn check_format(
        &mut self,
        kind: FormatKind,
        format: u32,
        first: u32,
        arguments: &[ExprId],
        at: Loc,
    ) {
        if !self.warns(Warning::Format) || !matches!(kind, FormatKind::Printf | FormatKind::Scanf) {
            return;
        }
        let Some(expr) = (format as usize).checked_sub(1).and_then(|i| arguments.get(i)).copied() else {
            return;
        };
        let Some(id) = self.format_string(expr) else {
            if first as usize > arguments.len() && first != 0 && self.int_value(expr).is_none() {
                self.warn(Warning::FormatSecurity, at, "format not a string literal and no format arguments");
            }
            return;
        };
        let text = self.unit.text(id).to_vec();
        let loc = self.loc_of(expr);
        if text.is_empty() {
            let word = if kind == FormatKind::Printf { "printf" } else { "scanf" };
            self.warn(Warning::FormatZeroLength, loc, format!("zero-length gnu_{word} format string"));
            return;
        }
        if first == 0 {
            return;
        }
        let rest = arguments.get(first as usize - 1..).unwrap_or(&[]);
        self.check_conversions(kind, &text, rest, first, loc);
    }

    fn check_conversions(
        &mut self,
        kind: FormatKind,
        text: &[u8],
        arguments: &[ExprId],
        first: u32,
        loc: Loc,
    ) {
        let mut next = 0usize;
        let mut at = 0usize;
        while let Some(offset) = text[at..].iter().position(|b| *b == b'%') {
            at += offset + 1;
            let place = loc.plus(at as u32);
            let Some(mut byte) = text.get(at).copied() else {
                self.warn(Warning::Format, place, "spurious trailing '%' in format");
                return;
            };
            if byte == b'%' {
                at += 1;
                continue;
            }
            // Positional arguments are not followed.
            let digits = text[at..].iter().take_while(|b| b.is_ascii_digit()).count();
            if text.get(at + digits) == Some(&b'$') {
                return;
            }
            let mut suppressed = false;
            while let Some(flag) = text.get(at)
                && b"-+ #0'I".contains(flag)
                && kind == FormatKind::Printf
            {
                at += 1;
            }
            if kind == FormatKind::Scanf && text.get(at) == Some(&b'*') {
                suppressed = true;
                at += 1;
            }
            for _ in 0..2 {
                if kind == FormatKind::Printf && text.get(at) == Some(&b'*') {
                    at += 1;
                    self.check_star(arguments, next, first, place);
                    next += 1;
                }
                while text.get(at).is_some_and(u8::is_ascii_digit) {
                    at += 1;
                }
                if text.get(at) == Some(&b'.') && kind == FormatKind::Printf {
                    at += 1;
                } else {
                    break;
                }
            }
            if kind == FormatKind::Scanf && text.get(at) == Some(&b'm') {
                at += 1;
                next += usize::from(!suppressed);
                at += 1;
                continue;
            }
            let length = parse_length(text, &mut at);
            let Some(conversion) = text.get(at).copied() else {
                self.warn(Warning::Format, place, "conversion lacks type at end of format");
                return;
            };
            byte = conversion;
            at += 1;
            if byte == b'[' {
                at += usize::from(text.get(at) == Some(&b'^'));
                at += usize::from(text.get(at) == Some(&b']'));
                while text.get(at).is_some_and(|b| *b != b']') {
                    at += 1;
                }
                at += 1;
            }
            let Some(want) = self.wanted(kind, byte, length) else {
                let shown = byte as char;
                let message = format!("unknown conversion type character '{shown}' in format");
                self.warn(Warning::Format, loc.plus(at as u32), message);
                return;
            };
            if want == Want::Nothing || suppressed {
                continue;
            }
            let Some(argument) = arguments.get(next).copied() else {
                let shown = format!("%{}{}", length_text(length), byte as char);
                let wanted = self.want_text(kind, want);
                let message = format!("format '{shown}' expects a matching '{wanted}' argument");
                self.warn(Warning::Format, loc.plus(at as u32), message);
                return;
            };
            self.check_conversion(
                kind,
                want,
                byte,
                length,
                argument,
                first as usize + next,
                loc.plus(at as u32),
            );
            next += 1;
        }
        if next < arguments.len() {
            self.warn(Warning::FormatExtraArgs, loc, "too many arguments for format");
        }
    }

    fn check_star(&mut self, arguments: &[ExprId], index: usize, first: u32, at: Loc) {
        let Some(argument) = arguments.get(index).copied() else {
            self.warn(Warning::Format, at, "field width specifier '*' expects a matching 'int' argument");
            return;
        };
        let ty = self.ty(argument);
        if self.unit.types.int_bits(ty) != Some(32) {
            let text = self.quoted(ty);
            let number = first as usize + index;
            let message = format!(
                "field width specifier '*' expects argument of type 'int', but argument {number} has type {text}"
            );
            self.warn(Warning::Format, at, message);
        }
    }

    fn wanted(&self, kind: FormatKind, conversion: u8, length: Length) -> Option<Want> {
        let long = |signed: bool| {
            let kind = match length {
                Length::Char => IntKind::SChar,
                Length::Short => IntKind::Short,
                Length::Long => IntKind::Long,
                Length::LongLong | Length::LongDouble => IntKind::LongLong,
                Length::Max if self.unit.types.data_layout().pointer.size == 8 => IntKind::Long,
                Length::Max => IntKind::LongLong,
                Length::Size | Length::Difference => {
                    crate::types::size_kind(self.unit.types.arch()).to_signed()
                }
                Length::None => IntKind::Int,
            };
            Want::Int(if signed { kind } else { kind.to_unsigned() })
        };
        Some(match conversion {
            b'd' | b'i' => long(true),
            b'u' | b'x' | b'X' | b'o' => long(false),
            b'a' | b'A' | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => Want::Float(match (kind, length) {
                (_, Length::LongDouble) => FloatKind::LongDouble,
                (FormatKind::Scanf, Length::None) => FloatKind::Float,
                _ => FloatKind::Double,
            }),
            b'c' if length == Length::Long => Want::Int(IntKind::UInt),
            b'c' if kind == FormatKind::Scanf => Want::CharPointer,
            b'c' => Want::Int(IntKind::Int),
            b's' | b'[' if length == Length::Long => Want::WidePointer,
            b's' | b'[' => Want::CharPointer,
            b'S' | b'C' => Want::WidePointer,
            b'p' => Want::AnyPointer,
            b'n' => Want::AnyPointer,
            b'm' => Want::Nothing,
            _ => return None,
        })
    }

    fn want_text(&self, kind: FormatKind, want: Want) -> String {
        let plain = match want {
            Want::Int(kind) => {
                let ty = QualType::new(kind.id(), crate::types::Quals::NONE);
                self.unit.types.name(ty, &self.pp.interner, false)
            }
            Want::Float(kind) => {
                let ty = QualType::new(kind.id(), crate::types::Quals::NONE);
                self.unit.types.name(ty, &self.pp.interner, false)
            }
            Want::CharPointer => return "char *".into(),
            Want::WidePointer => return "wchar_t *".into(),
            Want::AnyPointer if kind == FormatKind::Scanf => return "void **".into(),
            Want::AnyPointer | Want::Nothing => return "void *".into(),
        };
        if kind == FormatKind::Scanf { format!("{plain} *") } else { plain }
    }

    fn check_conversion(
        &mut self,
        kind: FormatKind,
        want: Want,
        conversion: u8,
        length: Length,
        argument: ExprId,
        number: usize,
        at: Loc,
    ) {
        let ty = self.ty(argument);
        if self.unit.types.is_error(ty) {
            return;
        }
        let target = if kind == FormatKind::Scanf
            && !matches!(want, Want::CharPointer | Want::WidePointer | Want::AnyPointer)
        {
            self.unit.types.pointee(ty)
        } else {
            Some(ty)
        };
        let fits = target.is_some_and(|ty| self.fits_conversion(kind, want, ty, argument));
        if fits {
            return;
        }
        let shown = format!("%{}{}", length_text(length), conversion as char);
        let wanted = self.want_text(kind, want);
        let have = self.quoted(ty);
        let message = format!(
            "format '{shown}' expects argument of type '{wanted}', but argument {number} has type {have}"
        );
        self.warn(Warning::Format, at, message);
    }

    fn fits_conversion(&self, kind: FormatKind, want: Want, ty: QualType, argument: ExprId) -> bool {
        let types = &self.unit.types;
        match want {
            Want::Int(wanted) => {
                // The sign does not matter by default; narrow arguments were promoted.
                let Some(have) = types.int_kind(ty) else { return false };
                let layout = types.data_layout();
                if kind == FormatKind::Printf {
                    let wanted = if wanted.rank() < IntKind::Int.rank() { IntKind::Int } else { wanted };
                    have.to_unsigned() == wanted.to_unsigned()
                        || (have.rank() < IntKind::Int.rank() && wanted.size(layout) == 4)
                } else {
                    have.to_unsigned() == wanted.to_unsigned()
                }
            }
            Want::Float(wanted) => matches!(types.kind(ty), TypeKind::Float(have) if have == wanted),
            Want::CharPointer => match types.pointee(ty) {
                Some(to) => {
                    matches!(types.int_kind(to), Some(IntKind::Char | IntKind::SChar | IntKind::UChar))
                        || self.is_null_pointer_constant(argument)
                }
                None => false,
            },
            Want::WidePointer => types
                .pointee(ty)
                .is_some_and(|to| types.int_kind(to).map(IntKind::to_unsigned) == Some(IntKind::UInt)),
            Want::AnyPointer => types.is_pointer(ty),
            Want::Nothing => true,
        }
    }
}

fn parse_length(text: &[u8], at: &mut usize) -> Length {
    let (length, bytes) = match &text[*at..] {
        [b'h', b'h', ..] => (Length::Char, 2),
        [b'h', ..] => (Length::Short, 1),
        [b'l', b'l', ..] => (Length::LongLong, 2),
        [b'l', ..] => (Length::Long, 1),
        [b'q', ..] => (Length::LongLong, 1),
        [b'j', ..] => (Length::Max, 1),
        [b'z' | b'Z', ..] => (Length::Size, 1),
        [b't', ..] => (Length::Difference, 1),
        [b'L', ..] => (Length::LongDouble, 1),
        _ => (Length::None, 0),
    };
    *at += bytes;
    length
}

fn length_text(length: Length) -> &'static str {
    match length {
        Length::None => "",
        Length::Char => "hh",
        Length::Short => "h",
        Length::Long => "l",
        Length::LongLong => "ll",
        Length::Max => "j",
        Length::Size => "z",
        Length::Difference => "t",
        Length::LongDouble => "L",
    }
}

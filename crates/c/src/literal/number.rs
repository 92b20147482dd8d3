//! Preprocessing numbers: integers and floats with every suffix that gcc knows.

use super::LiteralContext;
use crate::dialect::Standard;
use lathe_diag::{Diagnostic, Severity};
use lathe_target::LongDouble;
use rustc_apfloat::ieee::{Double, Half, Quad, Single, X87DoubleExtended};
use rustc_apfloat::{Float, Round};

/// Sizes that an integer suffix asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IntegerSize {
    /// No suffix.
    Int,
    /// `l`.
    Long,
    /// `ll`.
    LongLong,
    /// `wb`: `_BitInt` as narrow as possible.
    BitInt,
}

/// The type of an integer constant by C11 6.4.4.1 p5.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IntegerType {
    /// `int` or `unsigned`.
    Int {
        /// Sign.
        unsigned: bool,
    },
    /// `long`.
    Long {
        /// Sign.
        unsigned: bool,
    },
    /// `long long`.
    LongLong {
        /// Sign.
        unsigned: bool,
    },
    /// `__int128`, when nothing else fits (gcc warns).
    Int128 {
        /// Sign.
        unsigned: bool,
    },
    /// `_BitInt(width)`.
    BitInt {
        /// Width with the sign bit.
        width: u32,
        /// Sign.
        unsigned: bool,
    },
}

/// An integer constant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IntegerLiteral {
    /// The value; wider digits than 128 bits were an error.
    pub value: u128,
    /// 2, 8, 10 or 16.
    pub radix: u8,
    /// `u` suffix.
    pub unsigned: bool,
    /// `l`, `ll`, `wb` suffix.
    pub size: IntegerSize,
    /// `i` or `j` suffix (GNU complex).
    pub imaginary: bool,
    /// The type that the value and suffix give on the target.
    pub c_type: IntegerType,
}

/// The C type of a floating constant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FloatKind {
    /// `f`
    Float,
    /// no suffix
    Double,
    /// `l`; also `w` where `long double` is the x87 format
    LongDouble,
    /// `f16`
    Float16,
    /// `f32`
    Float32,
    /// `f64`
    Float64,
    /// `f128`, `q`
    Float128,
    /// `f32x`
    Float32x,
    /// `f64x`
    Float64x,
}

/// The encoding of `FloatLiteral::bits`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FloatFormat {
    /// IEEE binary16.
    F16,
    /// IEEE binary32.
    F32,
    /// IEEE binary64.
    F64,
    /// x87 extended, 80 bits.
    X87,
    /// IEEE binary128.
    F128,
}

/// A floating constant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FloatLiteral {
    /// Its type.
    pub kind: FloatKind,
    /// The encoding of `bits` (follows from `kind` and the target).
    pub format: FloatFormat,
    /// The value, correctly rounded, as the target's bits.
    pub bits: u128,
    /// `i` or `j` suffix (GNU complex).
    pub imaginary: bool,
}

/// A converted preprocessing number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Number {
    /// An integer constant.
    Integer(IntegerLiteral),
    /// A floating constant.
    Float(FloatLiteral),
}

/// Converts a preprocessing number. `None` when it is none (the error is reported).
pub fn parse_number(spelling: &[u8], cx: &mut LiteralContext<'_>) -> Option<Number> {
    // The usual case: a few decimal digits.
    if spelling.len() <= 9
        && spelling.iter().all(u8::is_ascii_digit)
        && (spelling[0] != b'0' || spelling.len() == 1)
    {
        let value = spelling.iter().fold(0u128, |v, d| v * 10 + (d - b'0') as u128);
        return Some(Number::Integer(IntegerLiteral {
            value,
            radix: 10,
            unsigned: false,
            size: IntegerSize::Int,
            imaginary: false,
            c_type: IntegerType::Int { unsigned: false },
        }));
    }
    let without_separators;
    let mut text = spelling;
    if spelling.contains(&b'\'') {
        without_separators = spelling.iter().copied().filter(|b| *b != b'\'').collect::<Vec<u8>>();
        text = &without_separators;
    }
    let (radix, digits) = match text {
        [b'0', b'x' | b'X', rest @ ..] if starts_hex(rest) => (16, rest),
        [b'0', b'b' | b'B', rest @ ..] if matches!(rest.first(), Some(b'0' | b'1')) => (2, rest),
        _ => (10, text),
    };
    let shape = Shape::of(digits, radix);
    if shape.points > 1 {
        return cx.fail("too many decimal points in number");
    }
    if shape.points == 1 || shape.exponent {
        return floating(text, digits, radix, &shape, cx);
    }
    integer(digits, radix, &shape, cx)
}

fn starts_hex(rest: &[u8]) -> bool {
    match rest {
        [b'.', digit, ..] => digit.is_ascii_hexdigit(),
        [digit, ..] => digit.is_ascii_hexdigit(),
        [] => false,
    }
}

/// The parts of a number: how far digits, point and exponent go.
struct Shape {
    points: usize,
    exponent: bool,
    exponent_digits: bool,
    /// Where the suffix begins.
    end: usize,
}

impl Shape {
    fn of(digits: &[u8], radix: u8) -> Shape {
        let is_digit = |b: u8| if radix == 16 { b.is_ascii_hexdigit() } else { b.is_ascii_digit() };
        let mut shape = Shape { points: 0, exponent: false, exponent_digits: false, end: 0 };
        let mut at = 0;
        while at < digits.len() && (is_digit(digits[at]) || digits[at] == b'.') {
            shape.points += (digits[at] == b'.') as usize;
            at += 1;
        }
        let marks: &[u8] = if radix == 16 { b"pP" } else { b"eE" };
        if radix != 2 && digits.get(at).is_some_and(|b| marks.contains(b)) {
            shape.exponent = true;
            at += 1;
            at += matches!(digits.get(at), Some(b'+' | b'-')) as usize;
            let first = at;
            while digits.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            shape.exponent_digits = at > first;
        }
        shape.end = at;
        shape
    }
}

impl LiteralContext<'_> {
    pub(super) fn fail<T>(&mut self, message: impl Into<String>) -> Option<T> {
        self.diagnostics.push(Diagnostic::error(self.span, message));
        None
    }

    pub(super) fn warn(&mut self, flag: Option<&'static str>, message: impl Into<String>) {
        let diagnostic = Diagnostic::new(Severity::Warning, self.span, message);
        self.diagnostics.push(Diagnostic { flag, ..diagnostic });
    }
}

/// Suffix letters of an integer, in any order.
struct IntegerSuffix {
    unsigned: bool,
    size: IntegerSize,
    imaginary: bool,
}

fn integer_suffix(suffix: &[u8]) -> Option<IntegerSuffix> {
    let mut parsed = IntegerSuffix { unsigned: false, size: IntegerSize::Int, imaginary: false };
    let mut rest = suffix;
    while let Some(first) = rest.first() {
        let plain = parsed.size == IntegerSize::Int;
        let taken = match (first, rest.get(1)) {
            (b'u' | b'U', _) if !parsed.unsigned => {
                parsed.unsigned = true;
                1
            }
            (b'i' | b'I' | b'j' | b'J', _) if !parsed.imaginary => {
                parsed.imaginary = true;
                1
            }
            (b'l', Some(b'l')) | (b'L', Some(b'L')) if plain => {
                parsed.size = IntegerSize::LongLong;
                2
            }
            (b'l' | b'L', _) if plain => {
                parsed.size = IntegerSize::Long;
                1
            }
            (b'w', Some(b'b')) | (b'W', Some(b'B')) if plain => {
                parsed.size = IntegerSize::BitInt;
                2
            }
            _ => return None,
        };
        rest = &rest[taken..];
    }
    Some(parsed)
}

fn integer(digits: &[u8], radix: u8, shape: &Shape, cx: &mut LiteralContext<'_>) -> Option<Number> {
    let (body, suffix) = digits.split_at(shape.end);
    let Some(suffix) = integer_suffix(suffix) else {
        let shown = String::from_utf8_lossy(suffix);
        return cx.fail(format!("invalid suffix \"{shown}\" on integer constant"));
    };
    let radix = if radix == 10 && body.len() > 1 && body[0] == b'0' { 8 } else { radix };
    let mut value = 0u128;
    let mut overflow = false;
    for digit in body {
        let digit_value = match digit {
            b'0'..=b'9' => digit - b'0',
            letter => (letter | 0x20) - b'a' + 10,
        };
        if digit_value >= radix {
            let kind = if radix == 8 { "octal" } else { "binary" };
            return cx.fail(format!("invalid digit \"{}\" in {kind} constant", *digit as char));
        }
        let (scaled, over) = value.overflowing_mul(radix as u128);
        let (sum, over_too) = scaled.overflowing_add(digit_value as u128);
        overflow |= over | over_too;
        value = sum;
    }
    let bit_int = suffix.size == IntegerSize::BitInt;
    if bit_int && overflow {
        return cx.fail("integer constant is too large for '_BitInt'");
    }
    if !bit_int && (overflow || value > u64::MAX as u128) {
        cx.warn(None, "integer constant is too large for its type");
        value &= u64::MAX as u128;
    }
    let c_type = integer_type(value, radix, &suffix, cx);
    Some(Number::Integer(IntegerLiteral {
        value,
        radix,
        unsigned: suffix.unsigned,
        size: suffix.size,
        imaginary: suffix.imaginary,
        c_type,
    }))
}

/// C11 6.4.4.1 p5's table (C89: `unsigned long` before anything longer).
fn integer_type(value: u128, radix: u8, suffix: &IntegerSuffix, cx: &mut LiteralContext<'_>) -> IntegerType {
    if suffix.size == IntegerSize::BitInt {
        let bits = 128 - value.leading_zeros();
        let width = if suffix.unsigned { bits.max(1) } else { bits.max(1) + 1 };
        return IntegerType::BitInt { width, unsigned: suffix.unsigned };
    }
    let long_bits = cx.target.layout.pointer.size * 8;
    let c99 = cx.dialect.at_least(Standard::C99);
    let may_be_unsigned = suffix.unsigned || radix != 10;
    let fits = |bits: u32, unsigned: bool| value >> (bits - !unsigned as u32) == 0;
    let list = [(IntegerSize::Int, 32), (IntegerSize::Long, long_bits), (IntegerSize::LongLong, 64)];
    let make = |size: IntegerSize, unsigned: bool| match size {
        IntegerSize::Int => IntegerType::Int { unsigned },
        IntegerSize::Long => IntegerType::Long { unsigned },
        _ => IntegerType::LongLong { unsigned },
    };
    let start = list.iter().position(|(size, _)| *size == suffix.size).unwrap_or(0);
    for (size, bits) in &list[start..] {
        if !suffix.unsigned && fits(*bits, false) {
            return make(*size, false);
        }
        let c89_long = !c99 && *size == IntegerSize::Long;
        if (may_be_unsigned || c89_long) && fits(*bits, true) {
            if !may_be_unsigned {
                cx.warn(None, "this decimal constant is unsigned only in ISO C90");
            }
            return make(*size, true);
        }
    }
    // A decimal constant beyond `long long`.
    cx.warn(None, "integer constant is so large that it is unsigned");
    if cx.target.layout.pointer.size == 8 {
        IntegerType::Int128 { unsigned: false }
    } else {
        IntegerType::LongLong { unsigned: true }
    }
}

fn float_suffix(suffix: &[u8], x86: bool) -> Option<(FloatKind, bool)> {
    let lower: Vec<u8> = suffix.iter().map(|b| b | 0x20).collect();
    let imaginary_at = |b: &u8| matches!(b, b'i' | b'j');
    let (core, imaginary) = match lower.as_slice() {
        [rest @ .., last] if imaginary_at(last) => (rest.to_vec(), true),
        [first, rest @ ..] if imaginary_at(first) => (rest.to_vec(), true),
        all => (all.to_vec(), false),
    };
    let kind = match core.as_slice() {
        b"" | b"d" => FloatKind::Double,
        b"f" => FloatKind::Float,
        b"l" => FloatKind::LongDouble,
        b"w" if x86 => FloatKind::LongDouble,
        b"q" if x86 => FloatKind::Float128,
        b"f16" => FloatKind::Float16,
        b"f32" => FloatKind::Float32,
        b"f64" => FloatKind::Float64,
        b"f128" => FloatKind::Float128,
        b"f32x" => FloatKind::Float32x,
        b"f64x" => FloatKind::Float64x,
        _ => return None,
    };
    Some((kind, imaginary))
}

impl FloatKind {
    /// The encoding on a target.
    pub fn format(self, long_double: LongDouble) -> FloatFormat {
        let long = if long_double == LongDouble::X87 { FloatFormat::X87 } else { FloatFormat::F128 };
        match self {
            FloatKind::Float | FloatKind::Float32 => FloatFormat::F32,
            FloatKind::Double | FloatKind::Float64 | FloatKind::Float32x => FloatFormat::F64,
            FloatKind::LongDouble | FloatKind::Float64x => long,
            FloatKind::Float16 => FloatFormat::F16,
            FloatKind::Float128 => FloatFormat::F128,
        }
    }

    /// The type's name in messages.
    pub fn name(self) -> &'static str {
        match self {
            FloatKind::Float => "float",
            FloatKind::Double => "double",
            FloatKind::LongDouble => "long double",
            FloatKind::Float16 => "_Float16",
            FloatKind::Float32 => "_Float32",
            FloatKind::Float64 => "_Float64",
            FloatKind::Float128 => "_Float128",
            FloatKind::Float32x => "_Float32x",
            FloatKind::Float64x => "_Float64x",
        }
    }
}

fn floating(
    text: &[u8],
    digits: &[u8],
    radix: u8,
    shape: &Shape,
    cx: &mut LiteralContext<'_>,
) -> Option<Number> {
    if radix == 2 {
        return cx.fail(format!("invalid suffix \"{}\" on integer constant", shown(&digits[1..])));
    }
    if shape.exponent && !shape.exponent_digits {
        return cx.fail("exponent has no digits");
    }
    if radix == 16 && !shape.exponent {
        return cx.fail("hexadecimal floating constants require an exponent");
    }
    let (body, suffix) = digits.split_at(shape.end);
    let x86 = cx.target.layout.long_double == LongDouble::X87;
    let Some((kind, imaginary)) = float_suffix(suffix, x86) else {
        if matches!(suffix, b"df" | b"DF" | b"dd" | b"DD" | b"dl" | b"DL") {
            return cx.fail("decimal floating-point not supported for this target");
        }
        return cx.fail(format!("invalid suffix \"{}\" on floating constant", shown(suffix)));
    };
    let format = kind.format(cx.target.layout.long_double);
    let text = &text[..text.len() - suffix.len()];
    let (bits, exact_zero) = encode(text, body, radix, format)?;
    let infinite = bits & !sign_bit(format) == infinity(format);
    if infinite {
        cx.warn(Some("overflow"), format!("floating constant exceeds range of '{}'", kind.name()));
    } else if bits == 0 && !exact_zero {
        cx.warn(Some("overflow"), "floating constant truncated to zero");
    }
    Some(Number::Float(FloatLiteral { kind, format, bits, imaginary }))
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn sign_bit(format: FloatFormat) -> u128 {
    1 << match format {
        FloatFormat::F16 => 15,
        FloatFormat::F32 => 31,
        FloatFormat::F64 => 63,
        FloatFormat::X87 => 79,
        FloatFormat::F128 => 127,
    }
}

fn infinity(format: FloatFormat) -> u128 {
    match format {
        FloatFormat::F16 => Half::INFINITY.to_bits(),
        FloatFormat::F32 => Single::INFINITY.to_bits(),
        FloatFormat::F64 => Double::INFINITY.to_bits(),
        FloatFormat::X87 => X87DoubleExtended::INFINITY.to_bits(),
        FloatFormat::F128 => Quad::INFINITY.to_bits(),
    }
}

/// The correctly rounded bits, and whether the digits are all zero.
fn encode(text: &[u8], body: &[u8], radix: u8, format: FloatFormat) -> Option<(u128, bool)> {
    let significand =
        body.split(|b| matches!(b, b'p' | b'P') || (radix == 10 && matches!(b, b'e' | b'E'))).next()?;
    let zero = significand.iter().all(|b| matches!(b, b'0' | b'.'));
    if zero {
        return Some((0, true));
    }
    let text = std::str::from_utf8(text).ok()?;
    let bits = match format {
        FloatFormat::F32 if radix == 10 => text.parse::<f32>().ok()?.to_bits() as u128,
        FloatFormat::F64 if radix == 10 => text.parse::<f64>().ok()?.to_bits() as u128,
        FloatFormat::F16 => rounded::<Half>(text)?,
        FloatFormat::F32 => rounded::<Single>(text)?,
        FloatFormat::F64 => rounded::<Double>(text)?,
        FloatFormat::X87 => rounded::<X87DoubleExtended>(text)?,
        FloatFormat::F128 => rounded::<Quad>(text)?,
    };
    Some((bits, false))
}

fn rounded<F: Float>(text: &str) -> Option<u128> {
    F::from_str_r(text, Round::NearestTiesToEven).ok().map(|value| value.value.to_bits())
}

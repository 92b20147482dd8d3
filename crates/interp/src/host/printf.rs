//! The `printf` family, with C11's and glibc's conversions.

use super::files::FileId;
use super::{HostCall, MINUS_ONE, Table};
use crate::decimal::{self, Digits};
use crate::error::{ErrorKind, Stop, fault};
use crate::float_ops;
use crate::machine::{Argument, Interpreter};
use crate::value::{mask, signed};
use lathe_ir::Type;

type R = Result<u128, Stop>;

pub(super) const TABLE: Table = &[
    ("printf", |m, c| to_file(m, c, None, 0, Rest::Direct(1))),
    ("__printf_chk", |m, c| to_file(m, c, None, 1, Rest::Direct(2))),
    ("vprintf", |m, c| to_file(m, c, None, 0, Rest::List(c.ptr(1)))),
    ("__vprintf_chk", |m, c| to_file(m, c, None, 1, Rest::List(c.ptr(2)))),
    ("fprintf", |m, c| to_file(m, c, Some(0), 1, Rest::Direct(2))),
    ("__fprintf_chk", |m, c| to_file(m, c, Some(0), 2, Rest::Direct(3))),
    ("vfprintf", |m, c| to_file(m, c, Some(0), 1, Rest::List(c.ptr(2)))),
    ("__vfprintf_chk", |m, c| to_file(m, c, Some(0), 2, Rest::List(c.ptr(3)))),
    ("sprintf", |m, c| to_memory(m, c, None, 1, Rest::Direct(2))),
    ("__sprintf_chk", |m, c| to_memory(m, c, None, 3, Rest::Direct(4))),
    ("vsprintf", |m, c| to_memory(m, c, None, 1, Rest::List(c.ptr(2)))),
    ("snprintf", |m, c| to_memory(m, c, Some(c.ptr(1)), 2, Rest::Direct(3))),
    ("__snprintf_chk", |m, c| to_memory(m, c, Some(c.ptr(1)), 4, Rest::Direct(5))),
    ("vsnprintf", |m, c| to_memory(m, c, Some(c.ptr(1)), 2, Rest::List(c.ptr(3)))),
    ("__vsnprintf_chk", |m, c| to_memory(m, c, Some(c.ptr(1)), 4, Rest::List(c.ptr(5)))),
    ("asprintf", |m, c| to_heap(m, c, Rest::Direct(2))),
    ("vasprintf", |m, c| to_heap(m, c, Rest::List(c.ptr(2)))),
];

/// Where the values to print come from.
enum Rest {
    /// The call's own arguments from this one on.
    Direct(usize),
    /// A `va_list` at this address.
    List(u64),
}

fn to_file(m: &mut Interpreter<'_>, c: &HostCall<'_>, file: Option<usize>, format: usize, rest: Rest) -> R {
    let text = render(m, c, c.ptr(format), rest)?;
    let file = match file {
        Some(index) => super::files::file_at(m, c.ptr(index))?,
        None => FileId::STDOUT,
    };
    let ok = m.host.files.write(file, &text)?;
    Ok(if ok { text.len() as u128 } else { MINUS_ONE })
}

fn to_memory(m: &mut Interpreter<'_>, c: &HostCall<'_>, limit: Option<u64>, format: usize, rest: Rest) -> R {
    let mut text = render(m, c, c.ptr(format), rest)?;
    let length = text.len();
    if limit != Some(0) {
        let room = limit.map_or(usize::MAX, |n| n as usize);
        text.truncate(room - 1);
        text.push(0);
        m.memory.bytes_mut(c.ptr(0), text.len() as u64)?.copy_from_slice(&text);
    }
    Ok(length as u128)
}

fn to_heap(m: &mut Interpreter<'_>, c: &HostCall<'_>, rest: Rest) -> R {
    let mut text = render(m, c, c.ptr(1), rest)?;
    let length = text.len();
    text.push(0);
    let Some(address) = m.memory.allocate(text.len() as u64, 16, false) else { return Ok(MINUS_ONE) };
    m.memory.bytes_mut(address, text.len() as u64)?.copy_from_slice(&text);
    m.memory.store(c.ptr(0), c.pointer, address.into())?;
    Ok(length as u128)
}

/// A conversion specification.
#[derive(Default)]
struct Spec {
    minus: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
    length: &'static str,
}

/// Widths and precisions above this are an error, so that no format asks for endless memory.
const WIDEST: i64 = 1 << 24;

fn render(m: &mut Interpreter<'_>, c: &HostCall<'_>, format: u64, mut rest: Rest) -> Result<Vec<u8>, Stop> {
    let format = m.memory.string(format)?.to_vec();
    let mut out = Vec::new();
    let mut at = 0;
    while at < format.len() {
        if format[at] != b'%' {
            let end = format[at..].iter().position(|b| *b == b'%').map_or(format.len(), |n| at + n);
            out.extend_from_slice(&format[at..end]);
            at = end;
            continue;
        }
        at += 1;
        let mut spec = flags(&format, &mut at);
        if let Some(width) = number(m, c, &format, &mut at, &mut rest)? {
            spec.minus |= width < 0;
            spec.width = width.unsigned_abs() as usize;
        }
        if format.get(at) == Some(&b'.') {
            at += 1;
            let given = number(m, c, &format, &mut at, &mut rest)?.unwrap_or(0);
            spec.precision = usize::try_from(given).ok();
        }
        for length in ["hh", "h", "ll", "l", "j", "z", "t", "L", "q"] {
            if format[at..].starts_with(length.as_bytes()) {
                spec.length = length;
                at += length.len();
                break;
            }
        }
        let Some(conversion) = format.get(at).copied() else {
            return fault(ErrorKind::BrokenPromise, "printf: the format ends inside a conversion");
        };
        at += 1;
        convert(m, c, &mut rest, &spec, conversion, &mut out)?;
    }
    Ok(out)
}

fn flags(format: &[u8], at: &mut usize) -> Spec {
    let mut spec = Spec::default();
    while let Some(byte) = format.get(*at) {
        match byte {
            b'-' => spec.minus = true,
            b'+' => spec.plus = true,
            b' ' => spec.space = true,
            b'#' => spec.alternate = true,
            b'0' => spec.zero = true,
            b'\'' => {}
            _ => break,
        }
        *at += 1;
    }
    spec
}

/// Digits or `*`.
fn number(
    m: &mut Interpreter<'_>,
    c: &HostCall<'_>,
    format: &[u8],
    at: &mut usize,
    rest: &mut Rest,
) -> Result<Option<i64>, Stop> {
    let mut value = None;
    if format.get(*at) == Some(&b'*') {
        *at += 1;
        let (bits, _) = next(m, c, rest)?;
        value = Some(signed(bits & mask(32), 32) as i64);
    } else {
        while let Some(digit) = format.get(*at).filter(|b| b.is_ascii_digit()) {
            value = Some((value.unwrap_or(0) * 10 + i64::from(digit - b'0')).min(WIDEST + 1));
            *at += 1;
        }
    }
    if value.is_some_and(|v| v.abs() > WIDEST) {
        return fault(ErrorKind::Unsupported, "printf: a width or precision of more than 16 million");
    }
    Ok(value)
}

fn next(m: &mut Interpreter<'_>, c: &HostCall<'_>, rest: &mut Rest) -> Result<(u128, Type), Stop> {
    match rest {
        Rest::Direct(index) => {
            let value = c.args.get(*index).map(|v| (v.bits(), c.ty(*index)));
            *index += 1;
            match value {
                Some(value) => Ok(value),
                None => fault(ErrorKind::BrokenPromise, format!("{}: fewer values than conversions", c.name)),
            }
        }
        Rest::List(list) => match m.next_argument(*list)? {
            Argument::Value(ty, value) => Ok((value.bits(), ty)),
            Argument::Aggregate(..) => {
                fault(ErrorKind::BrokenPromise, format!("{}: an aggregate is passed", c.name))
            }
        },
    }
}

fn convert(
    m: &mut Interpreter<'_>,
    c: &HostCall<'_>,
    rest: &mut Rest,
    spec: &Spec,
    conversion: u8,
    out: &mut Vec<u8>,
) -> Result<(), Stop> {
    let width = match spec.length {
        "hh" => 8,
        "h" => 16,
        "" => 32,
        "l" | "z" | "t" => 8 * c.pointer,
        _ => 64,
    };
    let mismatch = |what: &str, ty: Type| {
        let message = format!("{}: '%{}' expects {what}, the argument is {ty}", c.name, conversion as char);
        fault(ErrorKind::BrokenPromise, message)
    };
    match conversion {
        b'%' => out.push(b'%'),
        b'd' | b'i' | b'u' | b'o' | b'x' | b'X' | b'b' => {
            let (bits, ty) = next(m, c, rest)?;
            if !ty.is_int_or_ptr() || ty.lane_bits(8 * c.pointer) < width.min(32) {
                return mismatch("an integer", ty);
            }
            integer(spec, conversion, bits & mask(width), width, out);
        }
        b'c' => {
            let (bits, _) = next(m, c, rest)?;
            pad(spec, &[bits as u8], out);
        }
        b's' => {
            let (bits, ty) = next(m, c, rest)?;
            if ty.lane_bits(8 * c.pointer) != 8 * c.pointer {
                return mismatch("an address", ty);
            }
            let address = bits as u64;
            let text = match (address, spec.precision) {
                (0, Some(n)) if n < 6 => Vec::new(),
                (0, _) => b"(null)".to_vec(),
                (_, Some(limit)) => {
                    let window = m.memory.rest(address);
                    let window = &window[..window.len().min(limit)];
                    let end = window.iter().position(|b| *b == 0);
                    match end {
                        Some(end) => window[..end].to_vec(),
                        None => m.memory.bytes(address, limit as u64)?.to_vec(),
                    }
                }
                _ => m.memory.string(address)?.to_vec(),
            };
            pad(spec, &text, out);
        }
        b'p' => {
            let (bits, _) = next(m, c, rest)?;
            let text = if bits == 0 { "(nil)".to_string() } else { format!("{bits:#x}") };
            pad(spec, text.as_bytes(), out);
        }
        b'n' => {
            let (address, _) = next(m, c, rest)?;
            m.memory.store(address as u64, width / 8, out.len() as u128)?;
        }
        b'm' => {
            let address = m.errno()?;
            let number = m.memory.load(address, 4)? as i32;
            pad(spec, super::files::error_text(number).as_bytes(), out);
        }
        b'f' | b'F' | b'e' | b'E' | b'g' | b'G' | b'a' | b'A' => {
            let (bits, ty) = next(m, c, rest)?;
            let is_long = matches!(spec.length, "L" | "q" | "ll");
            if !ty.is_float() || is_long != matches!(ty, Type::F80 | Type::F128) {
                return mismatch(if is_long { "a long double" } else { "a double" }, ty);
            }
            float(spec, conversion, ty, bits, out);
        }
        other => {
            let message = format!("{}: unknown conversion '%{}'", c.name, other as char);
            return fault(ErrorKind::BrokenPromise, message);
        }
    }
    Ok(())
}

fn pad(spec: &Spec, text: &[u8], out: &mut Vec<u8>) {
    let fill = spec.width.saturating_sub(text.len());
    if !spec.minus {
        out.resize(out.len() + fill, b' ');
    }
    out.extend_from_slice(text);
    if spec.minus {
        out.resize(out.len() + fill, b' ');
    }
}

/// Sign or prefix, zeros, digits, padded.
fn pad_number(spec: &Spec, prefix: &str, digits: &str, zero_pad: bool, out: &mut Vec<u8>) {
    let length = prefix.len() + digits.len();
    let zeros = if zero_pad && !spec.minus { spec.width.saturating_sub(length) } else { 0 };
    let text = format!("{prefix}{}{digits}", "0".repeat(zeros));
    pad(spec, text.as_bytes(), out);
}

fn integer(spec: &Spec, conversion: u8, bits: u128, width: u32, out: &mut Vec<u8>) {
    let mut prefix = "";
    let mut digits = match conversion {
        b'd' | b'i' => {
            let value = signed(bits, width);
            prefix = sign_prefix(spec, value < 0);
            value.unsigned_abs().to_string()
        }
        b'u' => bits.to_string(),
        b'o' => format!("{bits:o}"),
        b'x' => format!("{bits:x}"),
        b'b' => format!("{bits:b}"),
        _ => format!("{bits:X}"),
    };
    if spec.precision == Some(0) && bits == 0 {
        digits.clear();
    }
    if let Some(precision) = spec.precision {
        digits = format!("{}{digits}", "0".repeat(precision.saturating_sub(digits.len())));
    }
    if spec.alternate {
        match conversion {
            b'o' if !digits.starts_with('0') => digits.insert(0, '0'),
            b'x' if bits != 0 => prefix = "0x",
            b'X' if bits != 0 => prefix = "0X",
            b'b' if bits != 0 => prefix = "0b",
            _ => {}
        }
    }
    pad_number(spec, prefix, &digits, spec.zero && spec.precision.is_none(), out);
}

fn sign_prefix(spec: &Spec, negative: bool) -> &'static str {
    match (negative, spec.plus, spec.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    }
}

fn float(spec: &Spec, conversion: u8, ty: Type, bits: u128, out: &mut Vec<u8>) {
    let is_upper = conversion.is_ascii_uppercase();
    let negative = bits >> (ty.lane_bits(64) - 1) & 1 != 0;
    let prefix = sign_prefix(spec, negative);
    let Some((_, mantissa, exponent)) = float_ops::decompose(ty, bits) else {
        let text = match (float_ops::is_nan(ty, bits), is_upper) {
            (true, false) => "nan",
            (true, true) => "NAN",
            (false, false) => "inf",
            (false, true) => "INF",
        };
        return pad_number(spec, prefix, text, false, out);
    };
    if conversion.eq_ignore_ascii_case(&b'a') {
        let mut text = hexadecimal(spec, ty, mantissa, exponent);
        if is_upper {
            text.make_ascii_uppercase();
        }
        let prefix = format!("{prefix}{}", if is_upper { "0X" } else { "0x" });
        return pad_number(spec, &prefix, &text, spec.zero, out);
    }
    let digits = decimal::exact(mantissa, exponent);
    let precision = spec.precision.unwrap_or(6);
    let mut text = match conversion.to_ascii_lowercase() {
        b'f' => fixed(digits, precision, spec.alternate),
        b'e' => scientific(digits, precision, spec.alternate),
        _ => general(digits, precision.max(1), spec.alternate),
    };
    if is_upper {
        text.make_ascii_uppercase();
    }
    pad_number(spec, prefix, &text, spec.zero, out);
}

fn fixed(mut digits: Digits, precision: usize, keep_point: bool) -> String {
    digits.round(i64::from(digits.point) + precision as i64);
    let mut text = String::new();
    if digits.point <= 0 || digits.digits.is_empty() {
        text.push('0');
    }
    let first = if digits.digits.is_empty() { 0 } else { i64::from(digits.point) };
    for place in 0..first {
        text.push((b'0' + digits.digit(place)) as char);
    }
    if precision > 0 || keep_point {
        text.push('.');
    }
    for place in 0..precision as i64 {
        let place = if digits.digits.is_empty() { -1 } else { i64::from(digits.point) + place };
        text.push((b'0' + digits.digit(place)) as char);
    }
    text
}

fn scientific(mut digits: Digits, precision: usize, keep_point: bool) -> String {
    digits.round(precision as i64 + 1);
    let exponent = digits.point - 1;
    let mut text = String::new();
    for place in 0..=precision as i64 {
        if place == 1 {
            text.push('.');
        }
        text.push((b'0' + digits.digit(place)) as char);
    }
    if precision == 0 && keep_point {
        text.push('.');
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    text + &format!("e{sign}{:02}", exponent.abs())
}

fn general(digits: Digits, precision: usize, keep_zeros: bool) -> String {
    let mut rounded = digits.clone();
    rounded.round(precision as i64);
    let exponent = i64::from(rounded.point) - 1;
    let is_fixed = exponent >= -4 && exponent < precision as i64;
    let text = match is_fixed {
        true => fixed(digits, (precision as i64 - 1 - exponent) as usize, keep_zeros),
        false => scientific(digits, precision - 1, keep_zeros),
    };
    if keep_zeros {
        return text;
    }
    let (number, power) = match text.find('e') {
        Some(at) => text.split_at(at),
        None => (text.as_str(), ""),
    };
    let number =
        if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    format!("{number}{power}")
}

/// `1.8p+1`; x87 numbers show four bits before the point, as glibc does.
fn hexadecimal(spec: &Spec, ty: Type, mantissa: u128, exponent: i32) -> String {
    if mantissa == 0 {
        let point = if spec.precision.unwrap_or(0) > 0 || spec.alternate { "." } else { "" };
        return format!("0{point}{}p+0", "0".repeat(spec.precision.unwrap_or(0)));
    }
    let (lead_bits, fraction_bits) = match ty {
        Type::F80 => (4, 60),
        Type::F128 => (1, 112),
        _ => (1, 52),
    };
    let mut mantissa = mantissa;
    let mut exponent = exponent + fraction_bits as i32;
    let mut digits = fraction_bits / 4;
    // Subnormal doubles keep a leading 0; the mantissa of f80 is always whole.
    if ty == Type::F80 {
        let shift = mantissa.leading_zeros().saturating_sub(128 - fraction_bits - lead_bits);
        mantissa <<= shift;
        exponent -= shift as i32;
    }
    if let Some(precision) = spec.precision.filter(|p| *p < digits as usize) {
        let drop = 4 * (digits - precision as u32);
        let half = 1u128 << (drop - 1);
        let rest = mantissa & mask(drop);
        mantissa >>= drop;
        if rest > half || rest == half && mantissa & 1 == 1 {
            mantissa += 1;
        }
        digits = precision as u32;
    }
    let lead = mantissa >> (4 * digits);
    let fraction = mantissa & mask(4 * digits);
    let mut text =
        if digits > 0 { format!("{fraction:0width$x}", width = digits as usize) } else { String::new() };
    match spec.precision {
        None => text.truncate(text.trim_end_matches('0').len()),
        Some(precision) => text.extend(std::iter::repeat_n('0', precision.saturating_sub(text.len()))),
    }
    let point = if text.is_empty() && !spec.alternate { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{lead:x}{point}{text}p{sign}{}", exponent.abs())
}

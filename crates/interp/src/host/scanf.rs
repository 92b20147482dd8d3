//! The `scanf` family and the number parsers of `<stdlib.h>`.

use super::ctype::is_space;
use super::files::FileId;
use super::{EINVAL, ERANGE, HostCall, MINUS_ONE, Table};
use crate::error::{ErrorKind, Stop, fault};
use crate::float_ops;
use crate::machine::{Argument, Interpreter};
use crate::value::mask;
use lathe_ir::Type;

type R = Result<u128, Stop>;

pub(super) const TABLE: Table = &[
    ("scanf", |m, c| scan(m, c, Source::File(FileId::STDIN), 0, Places::Direct(1))),
    ("__isoc99_scanf", |m, c| scan(m, c, Source::File(FileId::STDIN), 0, Places::Direct(1))),
    ("vscanf", |m, c| scan(m, c, Source::File(FileId::STDIN), 0, Places::List(c.ptr(1)))),
    ("fscanf", from_file),
    ("__isoc99_fscanf", from_file),
    ("sscanf", from_text),
    ("__isoc99_sscanf", from_text),
    ("vsscanf", |m, c| {
        let text = m.memory.string(c.ptr(0))?.to_vec();
        scan(m, c, Source::Text(text, 0), 1, Places::List(c.ptr(2)))
    }),
    ("strtol", |m, c| integer(m, c, 8 * c.pointer, true)),
    ("strtoll", |m, c| integer(m, c, 64, true)),
    ("strtoimax", |m, c| integer(m, c, 64, true)),
    ("strtoul", |m, c| integer(m, c, 8 * c.pointer, false)),
    ("strtoull", |m, c| integer(m, c, 64, false)),
    ("strtoumax", |m, c| integer(m, c, 64, false)),
    ("__isoc23_strtol", |m, c| integer(m, c, 8 * c.pointer, true)),
    ("__isoc23_strtoul", |m, c| integer(m, c, 8 * c.pointer, false)),
    ("atoi", |m, c| Ok(whole(m.memory.string(c.ptr(0))?, 10).map_or(0, |(v, _)| v as u128))),
    ("atol", |m, c| Ok(whole(m.memory.string(c.ptr(0))?, 10).map_or(0, |(v, _)| v as u128))),
    ("atoll", |m, c| Ok(whole(m.memory.string(c.ptr(0))?, 10).map_or(0, |(v, _)| v as u128))),
    ("atof", |m, c| Ok(decimal(Type::F64, m.memory.string(c.ptr(0))?).map_or(0, |(v, _)| v))),
    ("strtod", |m, c| float(m, c, Type::F64)),
    ("strtof", |m, c| float(m, c, Type::F32)),
    ("strtold", |m, c| {
        let ty = match m.module.target.layout.long_double {
            lathe_target::LongDouble::X87 => Type::F80,
            lathe_target::LongDouble::Binary128 => Type::F128,
        };
        float(m, c, ty)
    }),
];

/// The number at the beginning of a text (saturated to i128), and how many bytes it took.
fn whole(text: &[u8], base: u32) -> Option<(i128, usize)> {
    let mut at = text.iter().take_while(|b| is_space(**b)).count();
    let negative = text.get(at) == Some(&b'-');
    at += usize::from(matches!(text.get(at), Some(b'-' | b'+')));
    let is_hexadecimal = |at: usize| {
        text[at..].len() > 2
            && text[at] == b'0'
            && matches!(text[at + 1], b'x' | b'X')
            && text[at + 2].is_ascii_hexdigit()
    };
    let base = match base {
        16 if is_hexadecimal(at) => {
            at += 2;
            16
        }
        0 if is_hexadecimal(at) => {
            at += 2;
            16
        }
        0 if text.get(at) == Some(&b'0') => 8,
        0 => 10,
        base => base,
    };
    let start = at;
    let mut value = 0i128;
    while let Some(digit) = text.get(at).and_then(|b| (*b as char).to_digit(base.clamp(2, 36))) {
        value = value.saturating_mul(i128::from(base)).saturating_add(i128::from(digit));
        at += 1;
    }
    (at > start).then_some((if negative { -value } else { value }, at))
}

fn integer(m: &mut Interpreter<'_>, c: &HostCall<'_>, width: u32, is_signed: bool) -> R {
    let base = c.int(2);
    if base != 0 && !(2..=36).contains(&base) {
        m.set_errno(EINVAL)?;
        return Ok(0);
    }
    let parsed = whole(m.memory.string(c.ptr(0))?, base as u32);
    if c.ptr(1) != 0 {
        let end = c.ptr(0) + parsed.map_or(0, |(_, length)| length as u64);
        m.memory.store(c.ptr(1), c.pointer, end.into())?;
    }
    let value = parsed.map_or(0, |(value, _)| value);
    let (low, high) = match is_signed {
        true => (-(1i128 << (width - 1)), (1 << (width - 1)) - 1),
        false => (-(mask(width) as i128), mask(width) as i128),
    };
    if value < low || value > high {
        m.set_errno(ERANGE)?;
        let saturated = if value < low && is_signed { low } else { high };
        return Ok(saturated as u128);
    }
    Ok(value as u128)
}

/// The float at the beginning of a text and how many bytes it took.
fn decimal(ty: Type, text: &[u8]) -> Option<(u128, usize)> {
    let start = text.iter().take_while(|b| is_space(**b)).count();
    let mut at = start;
    let negative = text.get(at) == Some(&b'-');
    at += usize::from(matches!(text.get(at), Some(b'-' | b'+')));
    let sign = if negative { 1u128 << (ty.lane_bits(64) - 1) } else { 0 };
    let has = |word: &str| {
        text[at..].len() >= word.len() && text[at..at + word.len()].eq_ignore_ascii_case(word.as_bytes())
    };
    for (word, value) in [("infinity", f64::INFINITY), ("inf", f64::INFINITY), ("nan", f64::NAN)] {
        if has(word) {
            return Some((float_ops::from_f64(ty, value) | sign, at + word.len()));
        }
    }
    let hexadecimal = has("0x") && text.get(at + 2).is_some_and(|b| b.is_ascii_hexdigit() || *b == b'.');
    let body = if hexadecimal { at + 2 } else { at };
    let is_digit = |b: u8| if hexadecimal { b.is_ascii_hexdigit() } else { b.is_ascii_digit() };
    let (mut end, mut digits, mut point) = (body, 0, false);
    while let Some(byte) = text.get(end) {
        if *byte == b'.' && !point {
            point = true;
        } else if is_digit(*byte) {
            digits += 1;
        } else {
            break;
        }
        end += 1;
    }
    if digits == 0 {
        return None;
    }
    let mut number = text[at..end].to_vec();
    let marks: &[u8] = if hexadecimal { b"pP" } else { b"eE" };
    let mut has_power = false;
    if text.get(end).is_some_and(|b| marks.contains(b)) {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'-' | b'+')));
        let power = text[end + 1 + sign..].iter().take_while(|b| b.is_ascii_digit()).count();
        if power > 0 {
            number.extend_from_slice(&text[end..end + 1 + sign + power]);
            end += 1 + sign + power;
            has_power = true;
        }
    }
    if hexadecimal && !has_power {
        number.extend_from_slice(b"p0");
    }
    let number = String::from_utf8(number).ok()?;
    Some((float_ops::parse(ty, &number)? | sign, end))
}

fn float(m: &mut Interpreter<'_>, c: &HostCall<'_>, ty: Type) -> R {
    let parsed = decimal(ty, m.memory.string(c.ptr(0))?);
    if c.ptr(1) != 0 {
        let end = c.ptr(0) + parsed.map_or(0, |(_, length)| length as u64);
        m.memory.store(c.ptr(1), c.pointer, end.into())?;
    }
    let bits = parsed.map_or(0, |(bits, _)| bits);
    if float_ops::is_infinite(ty, bits) && !float_ops::is_nan(ty, bits) {
        m.set_errno(ERANGE)?;
    }
    Ok(bits)
}

enum Source {
    Text(Vec<u8>, usize),
    File(FileId),
}

enum Places {
    Direct(usize),
    List(u64),
}

fn from_file(m: &mut Interpreter<'_>, c: &HostCall<'_>) -> R {
    let file = super::files::file_at(m, c.ptr(0))?;
    scan(m, c, Source::File(file), 1, Places::Direct(2))
}

fn from_text(m: &mut Interpreter<'_>, c: &HostCall<'_>) -> R {
    let text = m.memory.string(c.ptr(0))?.to_vec();
    scan(m, c, Source::Text(text, 0), 1, Places::Direct(2))
}

/// The input with what was read of it.
struct Scanner<'s, 'm> {
    m: &'s mut Interpreter<'m>,
    source: Source,
    taken: u64,
}

impl Scanner<'_, '_> {
    fn next(&mut self) -> Result<Option<u8>, Stop> {
        let byte = match &mut self.source {
            Source::File(file) => self.m.host.files.read_byte(*file)?,
            Source::Text(text, at) => {
                let byte = text.get(*at).copied();
                *at += usize::from(byte.is_some());
                byte
            }
        };
        self.taken += u64::from(byte.is_some());
        Ok(byte)
    }

    fn back(&mut self, byte: u8) {
        self.taken -= 1;
        match &mut self.source {
            Source::File(file) => self.m.host.files.unread(*file, byte),
            Source::Text(_, at) => *at -= 1,
        }
    }

    fn skip_space(&mut self) -> Result<(), Stop> {
        while let Some(byte) = self.next()? {
            if !is_space(byte) {
                self.back(byte);
                break;
            }
        }
        Ok(())
    }

    /// Bytes while they fit, at most `width`.
    fn while_fits(&mut self, width: usize, fits: impl Fn(&[u8], u8) -> bool) -> Result<Vec<u8>, Stop> {
        let mut bytes = Vec::new();
        while bytes.len() < width {
            let Some(byte) = self.next()? else { break };
            if !fits(&bytes, byte) {
                self.back(byte);
                break;
            }
            bytes.push(byte);
        }
        Ok(bytes)
    }
}

fn scan(m: &mut Interpreter<'_>, c: &HostCall<'_>, source: Source, format: usize, mut places: Places) -> R {
    let format = m.memory.string(c.ptr(format))?.to_vec();
    let mut scanner = Scanner { m, source, taken: 0 };
    let (mut at, mut stored) = (0, 0u128);
    while at < format.len() {
        let byte = format[at];
        at += 1;
        if is_space(byte) {
            scanner.skip_space()?;
            continue;
        }
        let is_percent_sign = byte == b'%' && format.get(at) == Some(&b'%');
        if byte != b'%' || is_percent_sign {
            at += usize::from(is_percent_sign);
            match scanner.next()? {
                Some(found) if found == byte => continue,
                Some(found) => {
                    scanner.back(found);
                    return Ok(stored);
                }
                None => return Ok(if stored == 0 { MINUS_ONE } else { stored }),
            }
        }
        let spec = spec(&format, &mut at);
        let Some(conversion) = format.get(at).copied() else { break };
        at += 1;
        let set = if conversion == b'[' { set(&format, &mut at) } else { Vec::new() };
        if !matches!(conversion, b'c' | b'[' | b'n') {
            scanner.skip_space()?;
        }
        match convert(&mut scanner, c, &mut places, &spec, conversion, &set)? {
            Outcome::Stored => stored += 1,
            Outcome::Skipped => {}
            Outcome::Mismatch => return Ok(stored),
            Outcome::End => return Ok(if stored == 0 { MINUS_ONE } else { stored }),
        }
    }
    Ok(stored)
}

struct Spec {
    suppress: bool,
    width: usize,
    length: &'static str,
}

fn spec(format: &[u8], at: &mut usize) -> Spec {
    let suppress = format.get(*at) == Some(&b'*');
    *at += usize::from(suppress);
    let mut width = 0usize;
    while let Some(digit) = format.get(*at).filter(|b| b.is_ascii_digit()) {
        width = width.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
        *at += 1;
    }
    let lengths = ["hh", "h", "ll", "l", "j", "z", "t", "L", "q"];
    let length = lengths.into_iter().find(|l| format[*at..].starts_with(l.as_bytes())).unwrap_or("");
    *at += length.len();
    Spec { suppress, width: if width == 0 { usize::MAX } else { width }, length }
}

/// The bytes that `[…]` accepts.
fn set(format: &[u8], at: &mut usize) -> Vec<u8> {
    let inverse = format.get(*at) == Some(&b'^');
    *at += usize::from(inverse);
    let mut listed = [false; 256];
    let start = *at;
    while let Some(byte) = format.get(*at).copied() {
        if byte == b']' && *at > start {
            *at += 1;
            break;
        }
        let last = match (format.get(*at + 1), format.get(*at + 2)) {
            (Some(b'-'), Some(last)) if *last != b']' && *last >= byte => {
                *at += 2;
                *last
            }
            _ => byte,
        };
        (byte..=last).for_each(|b| listed[usize::from(b)] = true);
        *at += 1;
    }
    (0..=255u8).filter(|b| listed[usize::from(*b)] != inverse).collect()
}

enum Outcome {
    Stored,
    Skipped,
    Mismatch,
    End,
}

fn place(scanner: &mut Scanner<'_, '_>, c: &HostCall<'_>, places: &mut Places) -> Result<u64, Stop> {
    match places {
        Places::Direct(index) => {
            *index += 1;
            match c.args.get(*index - 1) {
                Some(value) => Ok(value.bits() as u64),
                None => {
                    fault(ErrorKind::BrokenPromise, format!("{}: fewer addresses than conversions", c.name))
                }
            }
        }
        Places::List(list) => match scanner.m.next_argument(*list)? {
            Argument::Value(_, value) => Ok(value.bits() as u64),
            Argument::Aggregate(..) => {
                fault(ErrorKind::BrokenPromise, format!("{}: an aggregate is passed", c.name))
            }
        },
    }
}

fn convert(
    scanner: &mut Scanner<'_, '_>,
    c: &HostCall<'_>,
    places: &mut Places,
    spec: &Spec,
    conversion: u8,
    set: &[u8],
) -> Result<Outcome, Stop> {
    if conversion == b'n' {
        let taken = scanner.taken;
        let to = place(scanner, c, places)?;
        scanner.m.memory.store(to, int_bytes(spec, c), taken.into())?;
        return Ok(Outcome::Skipped);
    }
    let text = match conversion {
        b'c' => scanner.while_fits(if spec.width == usize::MAX { 1 } else { spec.width }, |_, _| true)?,
        b's' => scanner.while_fits(spec.width, |_, b| !is_space(b))?,
        b'[' => scanner.while_fits(spec.width, |_, b| set.contains(&b))?,
        b'f' | b'F' | b'e' | b'E' | b'g' | b'G' | b'a' | b'A' => scanner
            .while_fits(spec.width, |_, b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-'))?,
        _ => scanner.while_fits(spec.width, |before, b| {
            b.is_ascii_digit()
                || b.is_ascii_hexdigit() && matches!(conversion, b'x' | b'X' | b'i' | b'p')
                || matches!(b, b'x' | b'X') && before.last() == Some(&b'0') && conversion != b'd'
                || matches!(b, b'+' | b'-') && before.is_empty()
        })?,
    };
    if text.is_empty() {
        return Ok(match scanner.next()? {
            None => Outcome::End,
            Some(byte) => {
                scanner.back(byte);
                Outcome::Mismatch
            }
        });
    }
    let (bytes, length) = match conversion {
        b'c' => (text.clone(), text.len()),
        b's' | b'[' => ([&text[..], &[0]].concat(), text.len()),
        b'd' | b'i' | b'u' | b'o' | b'x' | b'X' | b'p' => {
            let base = match conversion {
                b'd' | b'u' => 10,
                b'i' => 0,
                b'o' => 8,
                _ => 16,
            };
            let Some((value, length)) = whole(&text, base) else { return Ok(Outcome::Mismatch) };
            let size = if conversion == b'p' { c.pointer } else { int_bytes(spec, c) };
            (value.to_le_bytes()[..size as usize].to_vec(), length)
        }
        b'f' | b'F' | b'e' | b'E' | b'g' | b'G' | b'a' | b'A' => {
            let long = match scanner.m.module.target.layout.long_double {
                lathe_target::LongDouble::X87 => Type::F80,
                lathe_target::LongDouble::Binary128 => Type::F128,
            };
            let ty = match spec.length {
                "l" => Type::F64,
                "L" => long,
                _ => Type::F32,
            };
            let Some((value, length)) = decimal(ty, &text) else { return Ok(Outcome::Mismatch) };
            (value.to_le_bytes()[..(ty.lane_bits(64) / 8) as usize].to_vec(), length)
        }
        other => {
            let message = format!("{}: unknown conversion '%{}'", c.name, other as char);
            return fault(ErrorKind::BrokenPromise, message);
        }
    };
    // What was read but is no part of the number goes back.
    text[length..].iter().rev().for_each(|byte| scanner.back(*byte));
    if spec.suppress {
        return Ok(Outcome::Skipped);
    }
    let to = place(scanner, c, places)?;
    scanner.m.memory.bytes_mut(to, bytes.len() as u64)?.copy_from_slice(&bytes);
    Ok(Outcome::Stored)
}

fn int_bytes(spec: &Spec, c: &HostCall<'_>) -> u32 {
    match spec.length {
        "hh" => 1,
        "h" => 2,
        "" => 4,
        "l" | "z" | "t" => c.pointer,
        _ => 8,
    }
}

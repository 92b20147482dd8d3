//! `<ctype.h>` in the C locale, and the tables that glibc's macros read.

use super::{HostCall, Table};
use crate::error::Stop;
use crate::machine::Interpreter;

pub(super) const TABLE: Table = &[
    ("isalpha", |_, c| test(c, |b| b.is_ascii_alphabetic())),
    ("isdigit", |_, c| test(c, |b| b.is_ascii_digit())),
    ("isalnum", |_, c| test(c, |b| b.is_ascii_alphanumeric())),
    ("isspace", |_, c| test(c, is_space)),
    ("isupper", |_, c| test(c, |b| b.is_ascii_uppercase())),
    ("islower", |_, c| test(c, |b| b.is_ascii_lowercase())),
    ("ispunct", |_, c| test(c, |b| b.is_ascii_punctuation())),
    ("isprint", |_, c| test(c, |b| (0x20..0x7f).contains(&b))),
    ("isgraph", |_, c| test(c, |b| b.is_ascii_graphic())),
    ("iscntrl", |_, c| test(c, |b| b.is_ascii_control())),
    ("isxdigit", |_, c| test(c, |b| b.is_ascii_hexdigit())),
    ("isblank", |_, c| test(c, |b| b == b' ' || b == b'\t')),
    ("isascii", |_, c| Ok(u128::from((0..128).contains(&c.int(0))))),
    ("toupper", |_, c| Ok(map(c.int(0), |b| b.to_ascii_uppercase()))),
    ("tolower", |_, c| Ok(map(c.int(0), |b| b.to_ascii_lowercase()))),
    ("__ctype_b_loc", |m, _| table(m, "the ctype table", 2, class)),
    ("__ctype_tolower_loc", |m, _| {
        table(m, "the tolower table", 4, |b| map(b, |b| b.to_ascii_lowercase()) as u32)
    }),
    ("__ctype_toupper_loc", |m, _| {
        table(m, "the toupper table", 4, |b| map(b, |b| b.to_ascii_uppercase()) as u32)
    }),
];

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

fn test(c: &HostCall<'_>, holds: impl Fn(u8) -> bool) -> Result<u128, Stop> {
    Ok(u128::from(u8::try_from(c.int(0)).is_ok_and(|b| b.is_ascii() && holds(b))))
}

fn map(number: i64, change: impl Fn(u8) -> u8) -> u128 {
    match u8::try_from(number) {
        Ok(byte) => change(byte).into(),
        Err(_) => number as u128,
    }
}

/// glibc's class bits, little-endian (`ctype.h`, `_ISbit`).
fn class(number: i64) -> u32 {
    let Ok(byte) = u8::try_from(number) else { return 0 };
    let bits = [
        (byte.is_ascii_uppercase(), 8),
        (byte.is_ascii_lowercase(), 9),
        (byte.is_ascii_alphabetic(), 10),
        (byte.is_ascii_digit(), 11),
        (byte.is_ascii_hexdigit(), 12),
        (is_space(byte), 13),
        ((0x20..0x7f).contains(&byte), 14),
        (byte.is_ascii_graphic(), 15),
        (byte == b' ' || byte == b'\t', 0),
        (byte.is_ascii_control(), 1),
        (byte.is_ascii_punctuation(), 2),
        (byte.is_ascii_alphanumeric(), 3),
    ];
    bits.iter().filter(|(on, _)| *on).map(|(_, bit)| 1 << bit).sum()
}

/// The address of a pointer to entry 0 of a table for -128 to 255.
fn table(
    m: &mut Interpreter<'_>,
    name: &'static str,
    size: usize,
    entry: impl Fn(i64) -> u32,
) -> Result<u128, Stop> {
    let pointer = m.pointer_bytes() as usize;
    let bytes = || (-128..256).flat_map(|n| entry(n).to_le_bytes()[..size].to_vec()).collect();
    let key = format!("{name}, pointer");
    if let Some(address) = m.host.objects.get(&key) {
        return Ok((*address).into());
    }
    let table = m.host.object(&mut m.memory, name, bytes)?;
    let zero = table + 128 * size as u64;
    let address = m.memory.add_host(name, zero.to_le_bytes()[..pointer].to_vec())?;
    m.host.objects.insert(key, address);
    Ok(address.into())
}

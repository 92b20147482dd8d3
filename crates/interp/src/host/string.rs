//! `<string.h>` and `<strings.h>`.

use super::{ENOMEM, HostCall, Table};
use crate::error::Stop;
use crate::machine::Interpreter;
use std::cmp::Ordering;

type R = Result<u128, Stop>;

pub(super) const TABLE: Table = &[
    ("memcpy", |m, c| copy(m, c, 0)),
    ("memmove", |m, c| copy(m, c, 0)),
    ("mempcpy", |m, c| copy(m, c, c.ptr(2))),
    ("__memcpy_chk", |m, c| copy(m, c, 0)),
    ("__memmove_chk", |m, c| copy(m, c, 0)),
    ("memset", fill),
    ("__memset_chk", fill),
    ("bzero", |m, c| {
        m.memory.bytes_mut(c.ptr(0), c.ptr(1))?.fill(0);
        Ok(0)
    }),
    ("memcmp", |m, c| {
        let size = c.ptr(2);
        if size == 0 {
            return Ok(0);
        }
        Ok(sign(m.memory.bytes(c.ptr(0), size)?.cmp(m.memory.bytes(c.ptr(1), size)?)))
    }),
    ("memchr", |m, c| {
        // May stop before the end of the range.
        let rest = m.memory.rest(c.ptr(0));
        let limit = (c.ptr(2).min(rest.len() as u64)) as usize;
        let found = rest[..limit].iter().position(|b| *b == c.bits(1) as u8);
        if found.is_none() && c.ptr(2) > limit as u64 {
            m.memory.bytes(c.ptr(0), c.ptr(2))?;
        }
        Ok(found.map_or(0, |i| u128::from(c.ptr(0) + i as u64)))
    }),
    ("strlen", |m, c| Ok(m.memory.string(c.ptr(0))?.len() as u128)),
    ("strnlen", |m, c| Ok(limited(m, c.ptr(0), c.ptr(1))?.len() as u128)),
    ("strcpy", |m, c| put(m, c, 0, false)),
    ("__strcpy_chk", |m, c| put(m, c, 0, false)),
    ("stpcpy", |m, c| put(m, c, 0, true)),
    ("strcat", append),
    ("__strcat_chk", append),
    ("strncpy", |m, c| {
        let mut text = limited(m, c.ptr(1), c.ptr(2))?.to_vec();
        let to = m.memory.bytes_mut(c.ptr(0), c.ptr(2))?;
        text.resize(to.len(), 0);
        to.copy_from_slice(&text);
        Ok(c.bits(0))
    }),
    ("strncat", |m, c| {
        let mut text = limited(m, c.ptr(1), c.ptr(2))?.to_vec();
        text.push(0);
        let end = c.ptr(0) + m.memory.string(c.ptr(0))?.len() as u64;
        m.memory.bytes_mut(end, text.len() as u64)?.copy_from_slice(&text);
        Ok(c.bits(0))
    }),
    ("strcmp", |m, c| Ok(sign(m.memory.string(c.ptr(0))?.cmp(m.memory.string(c.ptr(1))?)))),
    ("strcoll", |m, c| Ok(sign(m.memory.string(c.ptr(0))?.cmp(m.memory.string(c.ptr(1))?)))),
    ("strncmp", |m, c| Ok(sign(limited(m, c.ptr(0), c.ptr(2))?.cmp(limited(m, c.ptr(1), c.ptr(2))?)))),
    ("strcasecmp", |m, c| {
        let lower = |text: &[u8]| text.to_ascii_lowercase();
        Ok(sign(lower(m.memory.string(c.ptr(0))?).cmp(&lower(m.memory.string(c.ptr(1))?))))
    }),
    ("strncasecmp", |m, c| {
        let lower = |text: &[u8]| text.to_ascii_lowercase();
        let (a, b) = (limited(m, c.ptr(0), c.ptr(2))?, limited(m, c.ptr(1), c.ptr(2))?);
        Ok(sign(lower(a).cmp(&lower(b))))
    }),
    ("strchr", |m, c| find_byte(m, c, false)),
    ("index", |m, c| find_byte(m, c, false)),
    ("strrchr", |m, c| find_byte(m, c, true)),
    ("rindex", |m, c| find_byte(m, c, true)),
    ("strchrnul", |m, c| {
        let text = m.memory.string(c.ptr(0))?;
        let at = text.iter().position(|b| *b == c.bits(1) as u8).unwrap_or(text.len());
        Ok(u128::from(c.ptr(0) + at as u64))
    }),
    ("strstr", |m, c| {
        let (text, part) = (m.memory.string(c.ptr(0))?, m.memory.string(c.ptr(1))?);
        if part.is_empty() {
            return Ok(c.bits(0));
        }
        let found = text.windows(part.len()).position(|w| w == part);
        Ok(found.map_or(0, |i| u128::from(c.ptr(0) + i as u64)))
    }),
    ("strspn", |m, c| span(m, c, true)),
    ("strcspn", |m, c| span(m, c, false)),
    ("strpbrk", |m, c| {
        let (text, set) = (m.memory.string(c.ptr(0))?, m.memory.string(c.ptr(1))?);
        let found = text.iter().position(|b| set.contains(b));
        Ok(found.map_or(0, |i| u128::from(c.ptr(0) + i as u64)))
    }),
    ("strtok", |m, c| {
        let from = if c.ptr(0) != 0 { c.ptr(0) } else { m.host.token };
        let (token, next) = tokenize(m, from, c.ptr(1))?;
        m.host.token = next;
        Ok(token.into())
    }),
    ("strtok_r", |m, c| {
        let saved = m.memory.load(c.ptr(2), c.pointer)? as u64;
        let (token, next) = tokenize(m, if c.ptr(0) != 0 { c.ptr(0) } else { saved }, c.ptr(1))?;
        m.memory.store(c.ptr(2), c.pointer, next.into())?;
        Ok(token.into())
    }),
    ("strdup", |m, c| {
        let text = m.memory.string(c.ptr(0))?.to_vec();
        duplicate(m, text)
    }),
    ("strndup", |m, c| {
        let text = limited(m, c.ptr(0), c.ptr(1))?.to_vec();
        duplicate(m, text)
    }),
    ("strerror", |m, c| {
        let mut text = super::files::error_text(c.int(0) as i32).into_bytes();
        text.push(0);
        Ok(m.memory.add_host("strerror's text", text)?.into())
    }),
];

fn sign(order: Ordering) -> u128 {
    match order {
        Ordering::Less => u128::MAX,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }
}

fn copy(m: &mut Interpreter<'_>, c: &HostCall<'_>, plus: u64) -> R {
    let (to, from, size) = (c.ptr(0), c.ptr(1), c.ptr(2));
    let overlaps = size > 0 && to != from && to.abs_diff(from) < size;
    if c.name == "memcpy" && overlaps {
        let message = format!("memcpy of {size} bytes between places that overlap");
        return crate::error::fault(crate::ErrorKind::BrokenPromise, message);
    }
    m.memory.copy(to, from, size)?;
    Ok(u128::from(to + plus))
}

fn fill(m: &mut Interpreter<'_>, c: &HostCall<'_>) -> R {
    if c.ptr(2) > 0 {
        m.memory.bytes_mut(c.ptr(0), c.ptr(2))?.fill(c.bits(1) as u8);
    }
    Ok(c.bits(0))
}

/// A string that ends at a zero or after `limit` bytes.
fn limited<'a>(m: &'a Interpreter<'_>, address: u64, limit: u64) -> Result<&'a [u8], Stop> {
    if limit == 0 {
        return Ok(&[]);
    }
    let rest = m.memory.rest(address);
    let window = &rest[..rest.len().min(limit as usize)];
    match window.iter().position(|b| *b == 0) {
        Some(end) => Ok(&window[..end]),
        None => m.memory.bytes(address, limit),
    }
}

fn put(m: &mut Interpreter<'_>, c: &HostCall<'_>, offset: u64, end: bool) -> R {
    let mut text = m.memory.string(c.ptr(1))?.to_vec();
    let length = text.len() as u64;
    text.push(0);
    m.memory.bytes_mut(c.ptr(0) + offset, text.len() as u64)?.copy_from_slice(&text);
    Ok(if end { u128::from(c.ptr(0) + length) } else { c.bits(0) })
}

fn append(m: &mut Interpreter<'_>, c: &HostCall<'_>) -> R {
    let offset = m.memory.string(c.ptr(0))?.len() as u64;
    put(m, c, offset, false)
}

fn find_byte(m: &mut Interpreter<'_>, c: &HostCall<'_>, last: bool) -> R {
    let text = m.memory.string(c.ptr(0))?;
    let wanted = c.bits(1) as u8;
    let found = match (wanted, last) {
        (0, _) => Some(text.len()),
        (_, true) => text.iter().rposition(|b| *b == wanted),
        (_, false) => text.iter().position(|b| *b == wanted),
    };
    Ok(found.map_or(0, |i| u128::from(c.ptr(0) + i as u64)))
}

fn span(m: &mut Interpreter<'_>, c: &HostCall<'_>, inside: bool) -> R {
    let (text, set) = (m.memory.string(c.ptr(0))?, m.memory.string(c.ptr(1))?);
    Ok(text.iter().take_while(|b| set.contains(b) == inside).count() as u128)
}

/// The next token and where to go on; 0 at the end.
fn tokenize(m: &mut Interpreter<'_>, from: u64, set: u64) -> Result<(u64, u64), Stop> {
    if from == 0 {
        return Ok((0, 0));
    }
    let (text, set) = (m.memory.string(from)?, m.memory.string(set)?);
    let Some(start) = text.iter().position(|b| !set.contains(b)) else { return Ok((0, 0)) };
    let end = text[start..].iter().position(|b| set.contains(b)).map(|n| start + n);
    let token = from + start as u64;
    match end {
        None => Ok((token, 0)),
        Some(end) => {
            m.memory.store(from + end as u64, 1, 0)?;
            Ok((token, from + end as u64 + 1))
        }
    }
}

fn duplicate(m: &mut Interpreter<'_>, mut text: Vec<u8>) -> R {
    text.push(0);
    let Some(address) = m.memory.allocate(text.len() as u64, 16, false) else {
        m.set_errno(ENOMEM)?;
        return Ok(0);
    };
    m.memory.bytes_mut(address, text.len() as u64)?.copy_from_slice(&text);
    Ok(address.into())
}

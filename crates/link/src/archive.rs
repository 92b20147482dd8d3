//! Reading `ar` archives: GNU and BSD long names, thin archives, the symbol index.
//!
//! In: the bytes of an archive. Out: members (name, bytes or, in a thin archive, only the name) and the index.
//! Source: binutils' `ar(5)` conventions as documented in the GNU binutils manual and System V ABI ch. 7.

use crate::elf::{Malformed, string_at};

/// A member.
#[derive(Clone, Debug)]
pub(crate) struct Member<'a> {
    /// Its name, or path in a thin archive.
    pub name: &'a [u8],
    /// Its bytes; empty in a thin archive.
    pub data: &'a [u8],
    /// Where its header is, which is what the index points to.
    pub header_offset: u64,
}

/// An archive.
#[derive(Clone, Debug, Default)]
pub(crate) struct Archive<'a> {
    /// Members are files of their own.
    pub thin: bool,
    /// The members in order.
    pub members: Vec<Member<'a>>,
    /// The index: symbol and position in `members`.
    pub index: Vec<(&'a [u8], u32)>,
    /// Whether there was an index member.
    pub has_index: bool,
}

const HEADER: usize = 60;

/// Whether the bytes begin like an archive.
pub(crate) fn is_archive(data: &[u8]) -> bool {
    data.starts_with(b"!<arch>\n") || data.starts_with(b"!<thin>\n")
}

fn decimal(field: &[u8]) -> Option<usize> {
    let text = field.trim_ascii();
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0usize, |sum, byte| match byte {
        b'0'..=b'9' => sum.checked_mul(10)?.checked_add(usize::from(byte - b'0')),
        _ => None,
    })
}

/// Reads an archive's members and index.
pub(crate) fn parse(data: &[u8]) -> Result<Archive<'_>, Malformed> {
    let thin = data.starts_with(b"!<thin>\n");
    let mut archive = Archive { thin, ..Archive::default() };
    let mut long_names: &[u8] = &[];
    let mut index: Option<(&[u8], usize)> = None;
    let mut at = 8;
    while at < data.len() {
        let Some(header) = data.get(at..at + HEADER) else {
            // A last newline is padding.
            if data[at..].iter().all(|&byte| byte == b'\n' || byte == 0) {
                break;
            }
            return Err("truncated archive member header".into());
        };
        if &header[58..60] != b"`\n" {
            return Err("bad archive member header".into());
        }
        let size = decimal(&header[48..58]).ok_or_else(|| Malformed::from("bad archive member size"))?;
        let body = at + HEADER;
        let raw_name = header[..16].trim_ascii_end();
        let special = matches!(raw_name, b"/" | b"//" | b"/SYM64/" | b"__.SYMDEF");
        let stored = !thin || special;
        let content = if stored {
            let end = body.checked_add(size).filter(|&end| end <= data.len());
            &data[body..end.ok_or_else(|| Malformed::from("archive member lies outside the file"))?]
        } else {
            &[]
        };
        match raw_name {
            b"/" => index = Some((content, 4)),
            b"/SYM64/" => index = Some((content, 8)),
            b"//" => long_names = content,
            b"__.SYMDEF" => {}
            _ => {
                let (name, content) = member_name(raw_name, long_names, content)?;
                archive.members.push(Member { name, data: content, header_offset: at as u64 });
            }
        }
        let next = if stored { body + size } else { body };
        at = next + (next & 1);
    }
    if let Some((content, width)) = index {
        archive.has_index = true;
        read_index(&mut archive, content, width)?;
    }
    Ok(archive)
}

fn member_name<'a>(
    raw: &'a [u8],
    long_names: &'a [u8],
    content: &'a [u8],
) -> Result<(&'a [u8], &'a [u8]), Malformed> {
    if let Some(length) = raw.strip_prefix(b"#1/") {
        let length = decimal(length).filter(|&length| length <= content.len());
        let length = length.ok_or_else(|| Malformed::from("bad archive member name"))?;
        let (name, rest) = content.split_at(length);
        let end = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
        return Ok((&name[..end], rest));
    }
    if let Some(offset) = raw.strip_prefix(b"/").filter(|rest| rest.first().is_some_and(u8::is_ascii_digit)) {
        let rest = decimal(offset).and_then(|offset| long_names.get(offset..));
        let rest = rest.ok_or_else(|| Malformed::from("bad archive member name"))?;
        let end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        let name = &rest[..end];
        return Ok((name.strip_suffix(b"/").unwrap_or(name), content));
    }
    Ok((raw.strip_suffix(b"/").unwrap_or(raw), content))
}

/// The index: a count, that many member offsets, then that many names; all big endian.
fn read_index<'a>(archive: &mut Archive<'a>, content: &'a [u8], width: usize) -> Result<(), Malformed> {
    let bad = || Malformed::from("bad archive symbol index");
    let number = |at: usize| -> Option<u64> {
        let bytes = content.get(at..at.checked_add(width)?)?;
        Some(bytes.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)))
    };
    let count = number(0).and_then(|count| usize::try_from(count).ok()).ok_or_else(bad)?;
    if count > content.len() / width {
        return Err(bad());
    }
    let mut names_at = width * (count + 1);
    archive.index.reserve(count);
    for entry in 0..count {
        let offset = number(width * (entry + 1)).ok_or_else(bad)?;
        let name = string_at(content, names_at).ok_or_else(bad)?;
        names_at += name.len() + 1;
        let member = archive.members.binary_search_by_key(&offset, |member| member.header_offset);
        archive.index.push((name, member.map_err(|_| bad())? as u32));
    }
    Ok(())
}

//! `ar` archives: GNU and thin, with extended names and symbol index; reading, and deterministic writing.
//!
//! In: the bytes of an archive, or members with the names that they define. Out: members as slices of the input
//! (thin archives: paths), or the bytes that `ar rcD` writes. Used by the linker and by `lathe ar`.
//! Source: GNU binutils, `ar.h` and "ar(5)"; System V ABI (gABI 4.1), "Archive File".

use std::fmt;

const MAGIC: &[u8] = b"!<arch>\n";
const THIN_MAGIC: &[u8] = b"!<thin>\n";
const HEADER_SIZE: usize = 60;

/// Why bytes are no archive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ArchiveError {
    /// The first bytes are not an archive's.
    NotAnArchive,
    /// A member's header is cut off or its marks are wrong.
    BadHeader {
        /// Where the header should be.
        offset: u64,
    },
    /// A member reaches beyond the end of the file.
    Truncated {
        /// Where its header is.
        offset: u64,
    },
    /// A member's name lies outside of the table of names.
    BadName {
        /// Where its header is.
        offset: u64,
    },
    /// The symbol index contradicts itself.
    BadIndex,
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArchiveError::NotAnArchive => f.write_str("file format not recognized: not an archive"),
            ArchiveError::BadHeader { offset } => {
                write!(f, "malformed archive: bad member header at offset {offset}")
            }
            ArchiveError::Truncated { offset } => {
                write!(f, "malformed archive: member at offset {offset} is truncated")
            }
            ArchiveError::BadName { offset } => {
                write!(f, "malformed archive: bad name of member at offset {offset}")
            }
            ArchiveError::BadIndex => f.write_str("malformed archive: bad symbol index"),
        }
    }
}

impl std::error::Error for ArchiveError {}

/// A member of an archive that was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Member<'a> {
    /// The name; in a thin archive a path, relative to the archive's directory.
    pub name: &'a [u8],
    /// The contents; `None` in a thin archive.
    pub data: Option<&'a [u8]>,
    /// Size of the contents.
    pub size_bytes: u64,
    /// Where the header is: what the symbol index refers to.
    pub header_offset: u64,
}

/// An archive that was read.
#[derive(Clone, Debug, Default)]
pub struct Archive<'a> {
    /// Whether the members are files of their own.
    pub is_thin: bool,
    /// Members in order.
    pub members: Vec<Member<'a>>,
    /// The symbol index: a name and the member (by number) that defines it.
    pub symbols: Vec<(&'a [u8], usize)>,
    /// Whether there is a symbol index.
    pub has_index: bool,
}

/// Whether bytes start like an archive.
pub fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC) || bytes.starts_with(THIN_MAGIC)
}

/// A parsed member header.
struct Header<'a> {
    name: &'a [u8],
    size: u64,
}

fn header_at(bytes: &[u8], offset: usize) -> Result<Header<'_>, ArchiveError> {
    let bad = ArchiveError::BadHeader { offset: offset as u64 };
    let header = bytes.get(offset..offset + HEADER_SIZE).ok_or(bad)?;
    if header[58..60] != *b"`\n" {
        return Err(bad);
    }
    let size = number(&header[48..58]).ok_or(bad)?;
    Ok(Header { name: header[..16].trim_ascii_end(), size })
}

fn number(field: &[u8]) -> Option<u64> {
    let digits = field.trim_ascii();
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |value, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        value.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

impl<'a> Archive<'a> {
    /// Reads an archive. Members are not copied.
    ///
    /// # Errors
    /// When it is malformed.
    pub fn read(bytes: &'a [u8]) -> Result<Archive<'a>, ArchiveError> {
        let is_thin = bytes.starts_with(THIN_MAGIC);
        if !is_thin && !bytes.starts_with(MAGIC) {
            return Err(ArchiveError::NotAnArchive);
        }
        let mut archive = Archive { is_thin, ..Archive::default() };
        let mut index: Option<(&[u8], usize)> = None;
        let mut names: &[u8] = &[];
        let mut offset = MAGIC.len();
        while offset < bytes.len() {
            let header = header_at(bytes, offset)?;
            let truncated = ArchiveError::Truncated { offset: offset as u64 };
            let start = offset + HEADER_SIZE;
            let is_table = matches!(header.name, b"/" | b"//" | b"/SYM64/");
            let stored = if is_thin && !is_table { 0 } else { header.size };
            let end =
                usize::try_from(stored).ok().and_then(|size| start.checked_add(size)).ok_or(truncated)?;
            let data = bytes.get(start..end).ok_or(truncated)?;
            match header.name {
                b"/" => index = Some((data, 4)),
                b"/SYM64/" => index = Some((data, 8)),
                b"//" => names = data,
                _ => {
                    let (name, data) = member_name(&header, names, data, offset)?;
                    archive.members.push(Member {
                        name,
                        data: (!is_thin).then_some(data),
                        size_bytes: if is_thin { header.size } else { data.len() as u64 },
                        header_offset: offset as u64,
                    });
                }
            }
            offset = end + (end & 1);
        }
        if let Some((data, width)) = index {
            archive.has_index = true;
            archive.read_index(data, width)?;
        }
        Ok(archive)
    }

    fn read_index(&mut self, data: &'a [u8], width: usize) -> Result<(), ArchiveError> {
        let word = |at: usize| {
            let field = data.get(at..at + width)?;
            Some(field.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte)))
        };
        let count = word(0).ok_or(ArchiveError::BadIndex)?;
        let count = usize::try_from(count).map_err(|_| ArchiveError::BadIndex)?;
        let names_at = count.checked_add(1).and_then(|words| words.checked_mul(width));
        let names = names_at.and_then(|at| data.get(at..)).ok_or(ArchiveError::BadIndex)?;
        let mut names = names.split(|byte| *byte == 0);
        for at in 0..count {
            let offset = word((at + 1) * width).ok_or(ArchiveError::BadIndex)?;
            let name = names.next().ok_or(ArchiveError::BadIndex)?;
            let member = self.members.binary_search_by_key(&offset, |member| member.header_offset);
            self.symbols.push((name, member.map_err(|_| ArchiveError::BadIndex)?));
        }
        Ok(())
    }
}

/// The name of a member, and its contents without a name that stands before them (BSD).
fn member_name<'a>(
    header: &Header<'a>,
    names: &'a [u8],
    data: &'a [u8],
    offset: usize,
) -> Result<(&'a [u8], &'a [u8]), ArchiveError> {
    let bad = ArchiveError::BadName { offset: offset as u64 };
    if let Some(length) = header.name.strip_prefix(b"#1/") {
        let length = number(length).and_then(|length| usize::try_from(length).ok()).ok_or(bad)?;
        let name = data.get(..length).ok_or(bad)?;
        let end = name.iter().position(|byte| *byte == 0).unwrap_or(length);
        return Ok((&name[..end], &data[length..]));
    }
    let Some(reference) = header.name.strip_prefix(b"/") else {
        return Ok((header.name.strip_suffix(b"/").unwrap_or(header.name), data));
    };
    // Nested thin archives add ":offset" behind the number.
    let reference = reference.split(|byte| *byte == b':').next().unwrap_or(reference);
    let at = number(reference).and_then(|at| usize::try_from(at).ok()).ok_or(bad)?;
    let tail = names.get(at..).ok_or(bad)?;
    let end = tail.iter().position(|byte| *byte == b'\n').ok_or(bad)?;
    let name = &tail[..end];
    Ok((name.strip_suffix(b"/").unwrap_or(name), data))
}

/// A member to be written.
#[derive(Clone, Debug, Default)]
pub struct NewMember<'a> {
    /// File name (thin: path).
    pub name: String,
    /// Contents (thin: only their size is used).
    pub data: &'a [u8],
    /// Names that the member defines, see [`defined_symbols`].
    pub symbols: Vec<Vec<u8>>,
}

/// Writes an archive as `ar rcD` (thin: `ar rcDT`) would: no times, owners or modes, so that equal members give equal bytes.
pub fn write(members: &[NewMember<'_>], is_thin: bool) -> Vec<u8> {
    let mut names = Vec::new();
    let fields: Vec<String> = members
        .iter()
        .map(|member| {
            if !is_thin && member.name.len() < 16 {
                return format!("{}/", member.name);
            }
            let at = names.len();
            names.extend_from_slice(member.name.as_bytes());
            names.extend_from_slice(b"/\n");
            format!("/{at}")
        })
        .collect();
    if names.len() % 2 == 1 {
        names.push(b'\n');
    }
    let symbol_count: usize = members.iter().map(|member| member.symbols.len()).sum();
    let text: usize = members.iter().flat_map(|member| &member.symbols).map(|name| name.len() + 1).sum();
    let width = index_width(members, is_thin, symbol_count, text, names.len());
    let index_size = ((symbol_count + 1) * width + text).next_multiple_of(2);
    let mut out = Vec::from(if is_thin { THIN_MAGIC } else { MAGIC });
    let mut member_at = out.len();
    if symbol_count > 0 {
        member_at += HEADER_SIZE + index_size;
    }
    if !names.is_empty() {
        member_at += HEADER_SIZE + names.len();
    }
    if symbol_count > 0 {
        let name = if width == 8 { "/SYM64/" } else { "/" };
        push_header(&mut out, name, "0           0     0     0       ", index_size as u64);
        let start = out.len();
        let mut word = |value: u64| out.extend_from_slice(&value.to_be_bytes()[8 - width..]);
        word(symbol_count as u64);
        let mut at = member_at;
        for member in members {
            member.symbols.iter().for_each(|_| word(at as u64));
            at += stored_size(member, is_thin);
        }
        for name in members.iter().flat_map(|member| &member.symbols) {
            out.extend_from_slice(name);
            out.push(0);
        }
        out.resize(start + index_size, 0);
    }
    if !names.is_empty() {
        push_header(&mut out, "//", "                                ", names.len() as u64);
        out.extend_from_slice(&names);
    }
    for (member, field) in members.iter().zip(&fields) {
        push_header(&mut out, field, "0           0     0     644     ", member.data.len() as u64);
        if !is_thin {
            out.extend_from_slice(member.data);
            if out.len() % 2 == 1 {
                out.push(b'\n');
            }
        }
    }
    out
}

fn stored_size(member: &NewMember<'_>, is_thin: bool) -> usize {
    HEADER_SIZE + if is_thin { 0 } else { member.data.len().next_multiple_of(2) }
}

/// 4, or 8 when an offset does not fit.
fn index_width(members: &[NewMember<'_>], is_thin: bool, symbols: usize, text: usize, names: usize) -> usize {
    let stored: usize = members.iter().map(|member| stored_size(member, is_thin)).sum();
    let tables = (symbols + 1) * 4 + text + names + 3 * HEADER_SIZE;
    if (stored + tables) as u64 > u64::from(u32::MAX) { 8 } else { 4 }
}

fn push_header(out: &mut Vec<u8>, name: &str, middle: &str, size: u64) {
    out.extend_from_slice(format!("{name:<16}{middle}{size:<10}`\n").as_bytes());
}

/// The names that an object defines for the symbol index: global, weak, unique and common symbols, in the order of the
/// symbol table. Empty if the bytes are not an ELF object that can be read.
pub fn defined_symbols(object: &[u8]) -> Vec<Vec<u8>> {
    use object::read::elf::{ElfFile32, ElfFile64};
    use object::{Object, ObjectSymbol};
    fn names<'d, O: Object<'d>>(file: &O) -> Vec<Vec<u8>> {
        file.symbols()
            .filter(|symbol| symbol.is_global() && !symbol.is_undefined())
            .filter_map(|symbol| Some(symbol.name_bytes().ok()?.to_vec()))
            .filter(|name| !name.is_empty())
            .collect()
    }
    if let Ok(file) = ElfFile64::<object::Endianness>::parse(object) {
        return names(&file);
    }
    match ElfFile32::<object::Endianness>::parse(object) {
        Ok(file) => names(&file),
        Err(_) => Vec::new(),
    }
}

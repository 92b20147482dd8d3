//! `.riscv.attributes`: what the objects were compiled for, merged into one description.
//!
//! In: the attribute sections of all objects. Out: the bytes of one section whose architecture has every extension
//! that any object uses. Source: RISC-V ELF psABI 1.0, "Attributes"; RISC-V Unprivileged ISA, "ISA Extension Naming
//! Conventions" for the order of extensions.

use crate::constants as elf;
use crate::elf::u32_at;
use crate::link::Link;
use std::collections::BTreeMap;

const TAG_FILE: u64 = 1;
const TAG_STACK_ALIGN: u64 = 4;
const TAG_ARCH: u64 = 5;
const TAG_UNALIGNED_ACCESS: u64 = 6;
const VENDOR: &[u8] = b"riscv\0";

/// Standard single letters in the order in which they are written.
const LETTERS: &str = "iemafdqlcbkjtpvnh";

/// An extension's place in the order: class, place of its (second) letter, name.
type ExtensionKey = (u8, usize, String);

/// What one file, or the output, says.
#[derive(Debug, Default)]
struct Attributes {
    numbers: BTreeMap<u64, u64>,
    /// `rv64`
    base: String,
    /// Versions of extensions.
    extensions: BTreeMap<ExtensionKey, (u32, u32)>,
}

/// The merged section; empty when no object has one, or all are damaged.
pub(crate) fn merged(link: &Link<'_>) -> Vec<u8> {
    let mut all = Attributes::default();
    let mut any = false;
    for section in link.objects.iter().flat_map(|object| &object.sections) {
        if section.kind == elf::SHT_RISCV_ATTRIBUTES {
            any |= all.section(&section.data).is_some();
        }
    }
    if any { all.bytes() } else { Vec::new() }
}

fn uleb(data: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = data.split_first()?;
        *data = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn put_uleb(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Splits off what a length, counted with `counted` bytes before the rest, covers.
fn take<'d>(data: &mut &'d [u8], length: u32, counted: usize) -> Option<&'d [u8]> {
    let size = (length as usize).checked_sub(counted)?;
    let part = data.get(..size)?;
    *data = &data[size..];
    Some(part)
}

fn text<'d>(data: &mut &'d [u8]) -> Option<&'d [u8]> {
    let end = data.iter().position(|&byte| byte == 0)?;
    let found = &data[..end];
    *data = &data[end + 1..];
    Some(found)
}

impl Attributes {
    /// Takes a section in; `None` when it is damaged.
    fn section(&mut self, data: &[u8]) -> Option<()> {
        let (&version, mut rest) = data.split_first()?;
        if version != b'A' {
            return None;
        }
        while !rest.is_empty() {
            let length = u32_at(rest, 0)?;
            rest = &rest[4..];
            let part = take(&mut rest, length, 4)?;
            if let Some(mut list) = part.strip_prefix(VENDOR) {
                while !list.is_empty() {
                    let tag = uleb(&mut list)?;
                    let length = u32_at(list, 0)?;
                    list = &list[4..];
                    let part = take(&mut list, length, 5)?;
                    if tag == TAG_FILE {
                        self.file(part)?;
                    }
                }
            }
        }
        Some(())
    }

    fn file(&mut self, mut list: &[u8]) -> Option<()> {
        while !list.is_empty() {
            let tag = uleb(&mut list)?;
            if tag % 2 == 1 {
                let value = text(&mut list)?;
                if tag == TAG_ARCH {
                    self.architecture(std::str::from_utf8(value).ok()?);
                }
            } else {
                let value = uleb(&mut list)?;
                let entry = self.numbers.entry(tag).or_default();
                *entry = match tag {
                    TAG_UNALIGNED_ACCESS => *entry | value,
                    TAG_STACK_ALIGN => (*entry).max(value),
                    _ if *entry == 0 => value,
                    _ => *entry,
                };
            }
        }
        Some(())
    }

    /// `rv64i2p1_m2p0_zicsr2p0`; letters may stand together.
    fn architecture(&mut self, text: &str) {
        let digits = text.bytes().skip(2).take_while(u8::is_ascii_digit).count();
        let Some((base, rest)) = text.split_at_checked(2 + digits) else { return };
        if self.base.is_empty() {
            self.base = base.to_string();
        }
        for word in rest.split('_').filter(|word| !word.is_empty()) {
            if word.starts_with(['z', 's', 'x']) {
                self.extension(word);
                continue;
            }
            // Single letters, each with a version or without.
            let mut start = 0;
            let bytes = word.as_bytes();
            for at in 1..=bytes.len() {
                let next = bytes.get(at);
                let version_point = next == Some(&b'p')
                    && bytes[at - 1].is_ascii_digit()
                    && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
                if next.is_none_or(u8::is_ascii_lowercase) && !version_point && word.is_char_boundary(at) {
                    self.extension(&word[start..at]);
                    start = at;
                }
            }
        }
    }

    /// A name with the version at its end.
    fn extension(&mut self, word: &str) {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let split = word.rsplit_once('p').filter(|(_, minor)| is_number(minor)).and_then(|(head, minor)| {
            let name = head.trim_end_matches(|c: char| c.is_ascii_digit());
            let major = &head[name.len()..];
            is_number(major).then(|| (name, major.parse().unwrap_or(0), minor.parse().unwrap_or(0)))
        });
        let (name, major, minor) = split.unwrap_or((word, 0, 0));
        let entry = self.extensions.entry(key(name)).or_default();
        *entry = (*entry).max((major, minor));
    }

    fn bytes(&self) -> Vec<u8> {
        let mut arch = self.base.clone();
        for (index, ((_, _, name), (major, minor))) in self.extensions.iter().enumerate() {
            let between = if index == 0 { "" } else { "_" };
            arch.push_str(&format!("{between}{name}{major}p{minor}"));
        }
        let mut list = Vec::new();
        let mut numbers = self.numbers.iter().peekable();
        let number = |list: &mut Vec<u8>, (tag, value): (&u64, &u64)| {
            if *value != 0 {
                put_uleb(list, *tag);
                put_uleb(list, *value);
            }
        };
        while let Some(entry) = numbers.next_if(|(tag, _)| **tag < TAG_ARCH) {
            number(&mut list, entry);
        }
        if !self.base.is_empty() {
            put_uleb(&mut list, TAG_ARCH);
            list.extend_from_slice(arch.as_bytes());
            list.push(0);
        }
        numbers.for_each(|entry| number(&mut list, entry));
        let file_length = list.len() as u32 + 5;
        let length = 4 + VENDOR.len() as u32 + file_length;
        let mut out = vec![b'A'];
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(VENDOR);
        put_uleb(&mut out, TAG_FILE);
        out.extend_from_slice(&file_length.to_le_bytes());
        out.extend_from_slice(&list);
        out
    }
}

/// Single letters in their order, then Z (by the letter that says the category), S and X extensions.
fn key(name: &str) -> ExtensionKey {
    let place =
        |letter: Option<char>| letter.and_then(|letter| LETTERS.find(letter)).unwrap_or(LETTERS.len());
    let mut letters = name.chars();
    let first = letters.next();
    let (class, order) = match (first, name.len()) {
        (_, 1) => (0, place(first)),
        (Some('z'), _) => (1, place(letters.next())),
        (Some('s'), _) => (2, 0),
        _ => (3, 0),
    };
    (class, order, name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(arch: &str) -> Vec<u8> {
        let mut attributes = Attributes::default();
        attributes.numbers.insert(TAG_STACK_ALIGN, 16);
        attributes.architecture(arch);
        attributes.bytes()
    }

    #[test]
    fn extensions_join_in_their_order() {
        let mut all = Attributes::default();
        for arch in
            ["rv64i2p1_m2p0_a2p1_zicsr2p0", "rv64i2p0m2p0f2p2d2p2c2p0_zba1p0_xfoo1p2_zifencei2p0_svinval1p0"]
        {
            assert_eq!(all.section(&section(arch)), Some(()));
        }
        let bytes = all.bytes();
        let text = String::from_utf8_lossy(&bytes);
        let wanted = "rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_zicsr2p0_zifencei2p0_zba1p0_svinval1p0_xfoo1p2\0";
        assert!(text.contains(wanted), "{text}");
    }

    #[test]
    fn damage_is_no_panic() {
        let good = section("rv64gc_zicsr");
        for length in 0..good.len() {
            let _ = Attributes::default().section(&good[..length]);
            for byte in [0, 0x7f, 0xff] {
                let mut bad = good.clone();
                bad[length] = byte;
                let _ = Attributes::default().section(&bad);
            }
        }
    }
}

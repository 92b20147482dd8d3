//! Byte classes and the identifier character ranges of C11 Annex D.

/// What a byte can begin.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Class {
    /// Nothing: a stray character.
    Other,
    /// White space in a line, and NUL.
    Space,
    /// `\n`.
    Newline,
    /// An identifier in ASCII (`$` included).
    Letter,
    /// A decimal digit.
    Digit,
    /// A byte of UTF-8 above ASCII.
    High,
    /// `"` or `'`.
    Quote,
    /// A punctuator other than `/`.
    Punctuator,
    /// `/`.
    Slash,
    /// `\`.
    Backslash,
    /// `.`: a number or a punctuator.
    Dot,
}

const fn class_of(byte: u8) -> Class {
    match byte {
        b'\n' => Class::Newline,
        b' ' | b'\t' | 0x0b | 0x0c | b'\r' | 0 => Class::Space,
        b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' => Class::Letter,
        b'0'..=b'9' => Class::Digit,
        0x80..=0xff => Class::High,
        b'"' | b'\'' => Class::Quote,
        b'/' => Class::Slash,
        b'\\' => Class::Backslash,
        b'.' => Class::Dot,
        b'(' | b')' | b'[' | b']' | b'{' | b'}' | b';' | b',' | b':' | b'?' | b'~' | b'!' | b'=' | b'+'
        | b'-' | b'*' | b'%' | b'&' | b'|' | b'^' | b'<' | b'>' | b'#' => Class::Punctuator,
        _ => Class::Other,
    }
}

/// The class of each byte.
pub(crate) static CLASS: [Class; 256] = {
    let mut table = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = class_of(byte as u8);
        byte += 1;
    }
    table
};

/// Whether a byte continues an ASCII identifier.
pub(crate) static CONTINUES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(class_of(byte as u8), Class::Letter | Class::Digit);
        byte += 1;
    }
    table
};

/// C11 D.1: characters that may be in an identifier.
const ALLOWED: &[(u32, u32)] = &[
    (0xa8, 0xa8),
    (0xaa, 0xaa),
    (0xad, 0xad),
    (0xaf, 0xaf),
    (0xb2, 0xb5),
    (0xb7, 0xba),
    (0xbc, 0xbe),
    (0xc0, 0xd6),
    (0xd8, 0xf6),
    (0xf8, 0xff),
    (0x100, 0x167f),
    (0x1681, 0x180d),
    (0x180f, 0x1fff),
    (0x200b, 0x200d),
    (0x202a, 0x202e),
    (0x203f, 0x2040),
    (0x2054, 0x2054),
    (0x2060, 0x206f),
    (0x2070, 0x218f),
    (0x2460, 0x24ff),
    (0x2776, 0x2793),
    (0x2c00, 0x2dff),
    (0x2e80, 0x2fff),
    (0x3004, 0x3007),
    (0x3021, 0x302f),
    (0x3031, 0x303f),
    (0x3040, 0xd7ff),
    (0xf900, 0xfd3d),
    (0xfd40, 0xfdcf),
    (0xfdf0, 0xfe44),
    (0xfe47, 0xfffd),
    (0x10000, 0x1fffd),
    (0x20000, 0x2fffd),
    (0x30000, 0x3fffd),
    (0x40000, 0x4fffd),
    (0x50000, 0x5fffd),
    (0x60000, 0x6fffd),
    (0x70000, 0x7fffd),
    (0x80000, 0x8fffd),
    (0x90000, 0x9fffd),
    (0xa0000, 0xafffd),
    (0xb0000, 0xbfffd),
    (0xc0000, 0xcfffd),
    (0xd0000, 0xdfffd),
    (0xe0000, 0xefffd),
];

/// C11 D.2: those of D.1 that may not be first.
const NOT_FIRST: &[(u32, u32)] = &[(0x300, 0x36f), (0x1dc0, 0x1dff), (0x20d0, 0x20ff), (0xfe20, 0xfe2f)];

fn within(ranges: &[(u32, u32)], code: u32) -> bool {
    let index = ranges.partition_point(|(_, hi)| *hi < code);
    ranges.get(index).is_some_and(|(lo, _)| *lo <= code)
}

/// Whether a character above ASCII may be in an identifier (or begin one).
pub(crate) fn identifier_char(c: char, first: bool) -> bool {
    let code = c as u32;
    within(ALLOWED, code) && !(first && within(NOT_FIRST, code))
}

/// The UTF-8 character at a position, if it is a valid one.
pub(crate) fn decode_utf8(text: &[u8], pos: usize) -> Option<char> {
    let window = &text[pos..text.len().min(pos + 4)];
    let valid = match std::str::from_utf8(window) {
        Ok(valid) => valid,
        Err(error) => std::str::from_utf8(&window[..error.valid_up_to()]).ok()?,
    };
    valid.chars().next()
}

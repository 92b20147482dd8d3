//! Constant functions on names: what the row templates of all targets are read with at compile time.

/// Whether two names are equal.
pub const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// Whether a byte occurs.
pub const fn contains(text: &[u8], byte: u8) -> bool {
    let mut i = 0;
    while i < text.len() {
        if text[i] == byte {
            return true;
        }
        i += 1;
    }
    false
}

/// Start and end of the token (delimited by spaces) at or after `at`; both the same at the end of the text.
pub const fn next_token(text: &[u8], mut at: usize) -> (usize, usize) {
    while at < text.len() && text[at] == b' ' {
        at += 1;
    }
    let start = at;
    while at < text.len() && text[at] != b' ' {
        at += 1;
    }
    (start, at)
}

/// `text[start..end]`.
pub const fn slice(text: &[u8], start: usize, end: usize) -> &[u8] {
    text.split_at(end).0.split_at(start).1
}

/// ASCII lower case.
pub const fn lower(byte: u8) -> u8 {
    if byte.is_ascii_uppercase() { byte + 32 } else { byte }
}

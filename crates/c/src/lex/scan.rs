//! Scanning over bytes without making tokens: splices, comments, the search for one byte.

/// The byte at a position; 0 past the end.
#[inline(always)]
pub(crate) fn at(text: &[u8], pos: usize) -> u8 {
    match text.get(pos) {
        Some(byte) => *byte,
        None => 0,
    }
}

/// If a backslash at `pos` splices lines: the position after the newline.
pub(crate) fn splice_end(text: &[u8], pos: usize) -> Option<usize> {
    debug_assert_eq!(at(text, pos), b'\\');
    let mut end = pos + 1;
    loop {
        match text.get(end)? {
            b'\n' => return Some(end + 1),
            b' ' | b'\t' | 0x0b | 0x0c | b'\r' => end += 1,
            _ => return None,
        }
    }
}

/// The position after any number of splices at `pos`.
#[inline]
pub(crate) fn skip_splices(text: &[u8], mut pos: usize) -> usize {
    while at(text, pos) == b'\\' {
        match splice_end(text, pos) {
            Some(end) => pos = end,
            None => break,
        }
    }
    pos
}

/// The position of the first `needle` at or after `pos`, or the text's end.
#[inline]
pub(crate) fn find_byte(text: &[u8], pos: usize, needle: u8) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let Some(rest) = text.get(pos..) else { return text.len() };
    let pattern = ONES * needle as u64;
    let mut offset = pos;
    let mut chunks = rest.chunks_exact(8);
    for chunk in &mut chunks {
        let word = u64::from_le_bytes([
            chunk[0], chunk[1], chunk[2], chunk[3], chunk[4], chunk[5], chunk[6], chunk[7],
        ]) ^ pattern;
        let found = word.wrapping_sub(ONES) & !word & HIGHS;
        if found != 0 {
            return offset + (found.trailing_zeros() / 8) as usize;
        }
        offset += 8;
    }
    offset + chunks.remainder().iter().position(|b| *b == needle).unwrap_or(chunks.remainder().len())
}

/// Skips a block comment whose text begins at `pos` (after `/*`): the position after `*/`, or `None`
/// when it is not terminated.
pub(crate) fn block_comment_end(text: &[u8], mut pos: usize) -> Option<usize> {
    loop {
        pos = find_byte(text, pos, b'*') + 1;
        if pos > text.len() {
            return None;
        }
        match at(text, pos) {
            b'/' => return Some(pos + 1),
            b'\\' => {
                let next = skip_splices(text, pos);
                if at(text, next) == b'/' {
                    return Some(next + 1);
                }
            }
            _ => {}
        }
    }
}

/// Skips a line comment: the position of the newline that ends it, and whether splices were on the way.
pub(crate) fn line_comment_end(text: &[u8], mut pos: usize) -> (usize, bool) {
    let mut spliced = false;
    loop {
        let end = find_byte(text, pos, b'\n');
        let line = &text[pos.min(end)..end];
        let blank = line.iter().rev().take_while(|b| matches!(b, b' ' | b'\t' | 0x0b | 0x0c | b'\r')).count();
        if line.len() > blank && line[line.len() - blank - 1] == b'\\' && end < text.len() {
            spliced = true;
            pos = end + 1;
        } else {
            return (end, spliced);
        }
    }
}

/// If a comment begins at `pos` (a `/`): the position of the second character and that character.
#[inline]
pub(crate) fn comment_opener(text: &[u8], pos: usize) -> Option<(usize, u8)> {
    let mut next = pos + 1;
    if at(text, next) == b'\\' {
        next = skip_splices(text, next);
    }
    match at(text, next) {
        c @ (b'*' | b'/') => Some((next, c)),
        _ => None,
    }
}

/// Skips white space, newlines, splices and comments: the position of the first byte of something else.
/// An unterminated comment counts as something else.
pub(crate) fn skip_blank(text: &[u8], mut pos: usize, newlines: bool, line_comments: bool) -> usize {
    loop {
        match at(text, pos) {
            b' ' | b'\t' | 0x0b | 0x0c | b'\r' => pos += 1,
            b'\n' if newlines => pos += 1,
            b'\\' => match splice_end(text, pos) {
                Some(end) => pos = end,
                None => return pos,
            },
            b'/' => match comment_opener(text, pos) {
                Some((second, b'*')) => match block_comment_end(text, second + 1) {
                    Some(end) => pos = end,
                    None => return pos,
                },
                Some((second, _)) if line_comments => pos = line_comment_end(text, second + 1).0,
                _ => return pos,
            },
            _ => return pos,
        }
    }
}

/// The logical text (splices removed) from `pos` to the end of its logical line or `limit` bytes:
/// the bytes, the position in `text` of each (and of the end), and whether the limit cut it short.
pub(crate) fn logical_text(text: &[u8], mut pos: usize, limit: usize) -> (Vec<u8>, Vec<usize>, bool) {
    let mut bytes = Vec::new();
    let mut places = Vec::new();
    loop {
        pos = skip_splices(text, pos);
        let byte = match text.get(pos) {
            Some(byte) if *byte != b'\n' && bytes.len() < limit => *byte,
            other => {
                places.push(pos);
                return (bytes, places, other.is_some_and(|b| *b != b'\n'));
            }
        };
        bytes.push(byte);
        places.push(pos);
        pos += 1;
    }
}

/// What `??` and a third character stand for.
fn trigraph(third: u8) -> Option<u8> {
    Some(match third {
        b'=' => b'#',
        b'(' => b'[',
        b'/' => b'\\',
        b')' => b']',
        b'\'' => b'^',
        b'<' => b'{',
        b'!' => b'|',
        b'>' => b'}',
        b'-' => b'~',
        _ => return None,
    })
}

/// The positions of trigraphs outside of comments, at most `limit`.
pub(crate) fn trigraphs(text: &[u8], limit: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut pos = 0;
    while found.len() < limit && pos < text.len() {
        let next =
            pos + text[pos..].iter().position(|b| matches!(b, b'?' | b'/')).unwrap_or(text.len() - pos);
        pos = next + 1;
        match at(text, next) {
            b'/' => match comment_opener(text, next) {
                Some((second, b'*')) => pos = block_comment_end(text, second + 1).unwrap_or(text.len()),
                Some((second, _)) => pos = line_comment_end(text, second + 1).0,
                None => {}
            },
            _ if at(text, next + 1) == b'?' && trigraph(at(text, next + 2)).is_some() => found.push(next),
            _ => {}
        }
    }
    found
}

/// Replaces trigraphs (C11 5.2.1.1). What a line loses in length is added as spaces at its end, so that
/// positions in other lines stay right. `None`: there are none.
pub(crate) fn replace_trigraphs(text: &[u8]) -> Option<Vec<u8>> {
    text.windows(3).find(|w| w[..2] == *b"??" && trigraph(w[2]).is_some())?;
    let mut out = Vec::with_capacity(text.len());
    let mut lost = 0;
    let mut pos = 0;
    while pos < text.len() {
        let third = if text[pos..].starts_with(b"??") { trigraph(at(text, pos + 2)) } else { None };
        if let Some(byte) = third {
            out.push(byte);
            lost += 2;
            pos += 3;
            continue;
        }
        if text[pos] == b'\n' {
            out.extend(std::iter::repeat_n(b' ', std::mem::take(&mut lost)));
        }
        out.push(text[pos]);
        pos += 1;
    }
    Some(out)
}

//! Input: files, macro expansions and repeated blocks, cut into statements.
//!
//! A statement ends at a newline or `;` outside strings. Comments are the target's
//! ([`Comments`]); `/* … */` may span lines. Repetition does not copy its body, and what is nested or
//! repeated is bounded, so that no short input makes an endless run.

use crate::language::Comments;
use lathe_diag::Loc;
use std::sync::Arc;

/// Deepest nesting of macro calls, repetitions and includes.
pub const MAX_DEPTH: usize = 200;
/// Most bytes that macros and repetitions of one run may bring in.
pub const MAX_EXPANSION: u64 = 1 << 30;

/// Why a frame was entered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FrameKind {
    /// A file.
    File,
    /// A macro's expansion: `.exitm` leaves it.
    Macro,
    /// A repetition.
    Repeat,
}

/// One text being read.
#[derive(Debug)]
pub(crate) struct Frame {
    pub text: Arc<[u8]>,
    pub at: usize,
    /// Place of the first byte, or of everything when `fixed`.
    pub base: Loc,
    pub fixed: bool,
    pub kind: FrameKind,
    /// How often to read it again.
    pub repeat: u64,
    /// Depth of `.if` when the frame was entered.
    pub conditional_depth: usize,
}

/// Where the next statement lies in its text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub start: usize,
    pub end: usize,
    /// Comments lie inside and must be blanked.
    pub comments: bool,
    /// A line that starts with `#`: perhaps `# 12 "file.c"`.
    pub marker: bool,
}

/// Finds the next statement from `*at` on and moves behind it; `None` at the end of the text.
pub(crate) fn next_statement(text: &[u8], at: &mut usize, comments: Comments) -> Option<Extent> {
    let mut start = *at;
    while start < text.len() && matches!(text[start], b' ' | b'\t' | b'\r') {
        start += 1;
    }
    if start >= text.len() {
        *at = text.len();
        return None;
    }
    let line_start = *at == 0 || text[*at - 1] == b'\n';
    let mut extent = Extent { start, end: start, comments: false, marker: false };
    let slash = comments.slash_line && text[start] == b'/' && text.get(start + 1) != Some(&b'*');
    let comment_line = text[start] == b'#' || slash;
    if line_start && comment_line {
        extent.end = find(text, start, b'\n');
        extent.marker = text[start] == b'#';
        extent.comments = !extent.marker;
        *at = extent.end + 1;
        if !extent.marker {
            extent.end = extent.start;
        }
        return Some(extent);
    }
    let mut i = start;
    while i < text.len() {
        match text[i] {
            b'\n' | b';' => break,
            b'"' => i = string_end(text, i),
            b'\'' if i + 1 < text.len() && text[i + 1] != b'\n' => {
                // A character constant: 'x, possibly 'x'.
                i += if text[i + 1] == b'\\' { 3 } else { 2 };
                i = i.min(text.len());
                continue;
            }
            b'#' if comments.hash => {
                extent.end = i;
                *at = find(text, i, b'\n') + 1;
                return Some(extent);
            }
            b'/' if comments.slashes && text.get(i + 1) == Some(&b'/') => {
                extent.end = i;
                *at = find(text, i, b'\n') + 1;
                return Some(extent);
            }
            b'/' if text.get(i + 1) == Some(&b'*') => {
                extent.comments = true;
                i = comment_end(text, i + 2);
                continue;
            }
            _ => {}
        }
        i += 1;
    }
    extent.end = i.min(text.len());
    *at = extent.end + 1;
    Some(extent)
}

fn find(text: &[u8], from: usize, byte: u8) -> usize {
    text[from..].iter().position(|b| *b == byte).map_or(text.len(), |n| from + n)
}

/// Index of the closing quote, or of the last byte of the line.
fn string_end(text: &[u8], from: usize) -> usize {
    let mut i = from + 1;
    while i < text.len() {
        match text[i] {
            b'"' => return i,
            b'\\' => i += 1,
            b'\n' => return i - 1,
            _ => {}
        }
        i += 1;
    }
    text.len()
}

fn comment_end(text: &[u8], from: usize) -> usize {
    let mut i = from;
    while i + 1 < text.len() {
        if text[i] == b'*' && text[i + 1] == b'/' {
            return i + 2;
        }
        i += 1;
    }
    text.len()
}

/// A copy of a statement with blanks for its comments.
pub(crate) fn without_comments(text: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let mut i = 0;
    while i < text.len() {
        if text[i] == b'"' {
            let end = (string_end(text, i) + 1).min(text.len());
            out.extend_from_slice(&text[i..end]);
            i = end;
        } else if text[i] == b'/' && text.get(i + 1) == Some(&b'*') {
            let end = comment_end(text, i + 2);
            out.resize(out.len() + (end - i), b' ');
            i = end;
        } else {
            out.push(text[i]);
            i += 1;
        }
    }
}

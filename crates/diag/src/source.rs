//! The source map: files laid end to end in one 32-bit position space.
//!
//! Position 0 is reserved for "no place" ([`Loc::NONE`]). Files can be added while others hold
//! positions: adding never moves an older file. Sharing between threads is by `&SourceMap`; adding
//! takes `&self` too (a short lock), so that the preprocessor can open headers while code
//! generation threads look up lines.

use std::sync::{Arc, OnceLock, RwLock};

/// A position: an offset into the whole source map. `Loc::NONE` (0) is "no place".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Loc(pub u32);

impl Loc {
    /// No place: generated code, command line.
    pub const NONE: Loc = Loc(0);

    /// Whether this is a real place.
    pub fn is_some(self) -> bool {
        self.0 != 0
    }

    /// The position `bytes` further on; `NONE` stays `NONE`.
    #[must_use]
    pub fn plus(self, bytes: u32) -> Loc {
        if self.0 == 0 { self } else { Loc(self.0 + bytes) }
    }
}

/// A half-open range of positions in one file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Span {
    /// First byte.
    pub lo: Loc,
    /// One past the last byte.
    pub hi: Loc,
}

impl Span {
    /// No place.
    pub const NONE: Span = Span { lo: Loc::NONE, hi: Loc::NONE };

    /// The span of `len` bytes from `lo`.
    pub fn new(lo: Loc, len: u32) -> Span {
        Span { lo, hi: lo.plus(len) }
    }

    /// The smallest span that covers both; a `NONE` side is ignored.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        match (self.lo.is_some(), other.lo.is_some()) {
            (false, _) => other,
            (_, false) => self,
            _ => Span { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) },
        }
    }
}

impl From<Loc> for Span {
    fn from(loc: Loc) -> Span {
        Span::new(loc, 1)
    }
}

/// A file of a [`SourceMap`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FileId(pub u32);

/// A place as people write it: 1-based line and 1-based byte column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineCol {
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
}

/// One file as it was read.
#[derive(Debug)]
pub struct SourceFile {
    /// The name as the user gave it or as the include path made it.
    pub name: String,
    /// The bytes.
    pub text: Arc<[u8]>,
    /// Position of the first byte.
    pub start: Loc,
    /// The `#include` that opened the file, for "In file included from".
    pub included_at: Loc,
    line_starts: OnceLock<Vec<u32>>,
    line_marks: RwLock<Vec<LineMark>>,
}

/// The effect of a `#line` directive or a `# 12 "file"` marker: from `offset` on, the line that
/// contains it counts as `line` of `name`.
#[derive(Clone, Debug)]
struct LineMark {
    offset: u32,
    line: u32,
    name: Arc<str>,
}

impl SourceFile {
    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| line_starts(&self.text))
    }

    /// Line and column of a byte offset in the file, ignoring `#line`.
    pub fn physical_line_col(&self, offset: u32) -> LineCol {
        let starts = self.line_starts();
        let line = starts.partition_point(|s| *s <= offset);
        LineCol { line: line as u32, column: offset - starts[line - 1] + 1 }
    }

    /// The text of a physical line (from 1), without its newline.
    pub fn line_text(&self, line: u32) -> &[u8] {
        let starts = self.line_starts();
        let lo = starts[line as usize - 1] as usize;
        let hi = starts.get(line as usize).map_or(self.text.len(), |s| *s as usize);
        let text = &self.text[lo..hi];
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        text.strip_suffix(b"\r").unwrap_or(text)
    }
}

/// The offset of each line's first byte, found eight bytes at a time.
fn line_starts(text: &[u8]) -> Vec<u32> {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    const NEWLINES: u64 = 0x0a0a_0a0a_0a0a_0a0a;
    let mut starts = Vec::with_capacity(text.len() / 32 + 1);
    starts.push(0);
    let mut base = 0;
    let mut chunks = text.chunks_exact(8);
    for chunk in &mut chunks {
        let bytes = chunk.try_into().unwrap_or([0; 8]);
        let word = u64::from_le_bytes(bytes) ^ NEWLINES;
        // The top bit of exactly those bytes that are zero now.
        let mut found = !(((word & LOW) + LOW) | word | LOW);
        while found != 0 {
            starts.push(base + found.trailing_zeros() / 8 + 1);
            found &= found - 1;
        }
        base += 8;
    }
    let rest = chunks.remainder().iter().enumerate().filter(|(_, b)| **b == b'\n');
    starts.extend(rest.map(|(i, _)| base + i as u32 + 1));
    starts
}

/// A place resolved for printing.
#[derive(Clone, Debug)]
pub struct Place {
    /// The file that holds the text.
    pub file: Arc<SourceFile>,
    /// Its id.
    pub file_id: FileId,
    /// The name to show (`#line` applied).
    pub name: Arc<str>,
    /// The line to show (`#line` applied) and the byte column.
    pub line_col: LineCol,
    /// The line in the file itself.
    pub physical_line: u32,
}

/// All files read so far. Positions stay valid for the life of the map.
#[derive(Default, Debug)]
pub struct SourceMap {
    files: RwLock<Vec<Arc<SourceFile>>>,
}

/// The position space (4 GiB of source) is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceSpaceFull;

impl std::fmt::Display for SourceSpaceFull {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("more than 4 GiB of source text")
    }
}

impl std::error::Error for SourceSpaceFull {}

impl SourceMap {
    /// An empty map.
    pub fn new() -> SourceMap {
        SourceMap::default()
    }

    /// Adds a file. `included_at` is the place of the `#include`, or `Loc::NONE`.
    ///
    /// # Errors
    /// When all files together exceed the 32-bit position space.
    pub fn add(
        &self,
        name: impl Into<String>,
        text: impl Into<Arc<[u8]>>,
        included_at: Loc,
    ) -> Result<FileId, SourceSpaceFull> {
        let text = text.into();
        let mut files = self.files.write().expect("source map lock");
        let start = match files.last() {
            Some(last) => last.start.0 as u64 + last.text.len() as u64 + 1,
            None => 1,
        };
        if start + text.len() as u64 + 1 > u32::MAX as u64 {
            return Err(SourceSpaceFull);
        }
        let id = FileId(files.len() as u32);
        files.push(Arc::new(SourceFile {
            name: name.into(),
            text,
            start: Loc(start as u32),
            included_at,
            line_starts: OnceLock::new(),
            line_marks: RwLock::default(),
        }));
        Ok(id)
    }

    /// The file with this id.
    pub fn file(&self, id: FileId) -> Arc<SourceFile> {
        self.files.read().expect("source map lock")[id.0 as usize].clone()
    }

    /// Number of files; ids are `0..len`.
    pub fn len(&self) -> usize {
        self.files.read().expect("source map lock").len()
    }

    /// Whether no file was added.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Records `#line`: the line after the one that contains `loc` is `line` of `name` (or of the
    /// name in force).
    pub fn set_line(&self, loc: Loc, line: u32, name: Option<&str>) {
        let Some((_, file)) = self.find(loc) else { return };
        let offset = loc.0 - file.start.0;
        let mut marks = file.line_marks.write().expect("source map lock");
        let name = match name {
            Some(name) => Arc::from(name),
            None => marks.last().map_or_else(|| Arc::from(&*file.name), |m| m.name.clone()),
        };
        marks.push(LineMark { offset, line, name });
    }

    fn find(&self, loc: Loc) -> Option<(FileId, Arc<SourceFile>)> {
        if !loc.is_some() {
            return None;
        }
        let files = self.files.read().expect("source map lock");
        let index = files.partition_point(|f| f.start <= loc).checked_sub(1)?;
        Some((FileId(index as u32), files[index].clone()))
    }

    /// The file that contains a position.
    pub fn file_of(&self, loc: Loc) -> Option<FileId> {
        self.find(loc).map(|(id, _)| id)
    }

    /// File, line and column of a position, `#line` applied; `None` for `Loc::NONE`.
    pub fn place(&self, loc: Loc) -> Option<Place> {
        let (file_id, file) = self.find(loc)?;
        let offset = loc.0 - file.start.0;
        let physical = file.physical_line_col(offset);
        let marks = file.line_marks.read().expect("source map lock");
        let mark = marks.partition_point(|m| m.offset <= offset).checked_sub(1).map(|i| &marks[i]);
        let (name, line) = match mark {
            Some(mark) => {
                let mark_line = file.physical_line_col(mark.offset).line;
                (mark.name.clone(), (mark.line + physical.line).wrapping_sub(mark_line + 1))
            }
            None => (Arc::from(&*file.name), physical.line),
        };
        drop(marks);
        let line_col = LineCol { line, column: physical.column };
        Some(Place { file, file_id, name, line_col, physical_line: physical.line })
    }
}

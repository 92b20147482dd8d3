//! Interned identifiers and literal spellings.
//!
//! In: byte strings from the lexer. Out: [`Name`], a dense `u32`: two identifiers are the same
//! exactly when their names are equal, and per-name facts (macro definitions, symbol-table slots)
//! live in vectors indexed by [`Name::index`]. Callers: lexer, preprocessor, parser.
//!
//! Keywords come first, at the fixed ids of [`crate::token::KEYWORDS`], then the words of
//! [`well_known`], so that `is it a keyword` and `is it __VA_ARGS__` are integer compares.

use crate::token::KEYWORDS;
use std::fmt;

/// An interned identifier (keywords included).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(pub u32);

impl Name {
    /// The index into side tables.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({})", self.0)
    }
}

/// Byte strings to dense ids and back. Ids are never freed.
pub struct Interner {
    bytes: Vec<u8>,
    /// End of each string in `bytes`; it starts where the one before ends.
    ends: Vec<u32>,
    /// Full hash of each id, to grow the table without reading the strings.
    hashes: Vec<u32>,
    /// Open addressing, power of two: id + 1, or 0.
    table: Vec<u32>,
}

impl Default for Interner {
    fn default() -> Interner {
        Interner::new()
    }
}

impl Interner {
    /// An interner that holds the keywords and [`well_known`] words.
    pub fn new() -> Interner {
        let mut interner = Interner::empty();
        for (index, keyword) in KEYWORDS.iter().enumerate() {
            let name = interner.intern(keyword.spelling.as_bytes());
            debug_assert_eq!(name.index(), index, "keyword spellings are unique");
        }
        for (index, word) in well_known::WORDS.iter().enumerate() {
            let name = interner.intern(word.as_bytes());
            debug_assert_eq!(name.index(), KEYWORDS.len() + index, "well-known words are unique: {word}");
        }
        interner
    }

    /// An interner that holds nothing (used for literal spellings).
    pub fn empty() -> Interner {
        Interner {
            bytes: Vec::with_capacity(1 << 16),
            ends: Vec::new(),
            hashes: Vec::new(),
            table: vec![0; 1 << 12],
        }
    }

    /// The hash that [`Interner::intern_hashed`] expects.
    #[inline]
    pub fn hash(bytes: &[u8]) -> u32 {
        // Eight bytes at a time, multiply and fold: identifiers are short, so no seeding or finishing rounds.
        const K: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut hash = bytes.len() as u64;
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            let word = u64::from_le_bytes([
                chunk[0], chunk[1], chunk[2], chunk[3], chunk[4], chunk[5], chunk[6], chunk[7],
            ]);
            hash = (hash.rotate_left(5) ^ word).wrapping_mul(K);
        }
        let rest = chunks.remainder();
        if !rest.is_empty() {
            let mut word = 0u64;
            for byte in rest {
                word = word << 8 | *byte as u64;
            }
            hash = (hash.rotate_left(5) ^ word).wrapping_mul(K);
        }
        (hash >> 32) as u32
    }

    /// The id of a byte string.
    #[inline]
    pub fn intern(&mut self, bytes: &[u8]) -> Name {
        self.intern_hashed(bytes, Interner::hash(bytes))
    }

    /// The id of a byte string whose hash is known.
    #[inline]
    pub fn intern_hashed(&mut self, bytes: &[u8], hash: u32) -> Name {
        let mask = self.table.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let entry = self.table[slot];
            if entry == 0 {
                return self.insert(bytes, hash, slot);
            }
            let id = entry - 1;
            if self.hashes[id as usize] == hash && self.bytes_of(id) == bytes {
                return Name(id);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// The id of a byte string if it was interned before.
    pub fn find(&self, bytes: &[u8]) -> Option<Name> {
        let hash = Interner::hash(bytes);
        let mask = self.table.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            match self.table[slot] {
                0 => return None,
                entry if self.hashes[entry as usize - 1] == hash && self.bytes_of(entry - 1) == bytes => {
                    return Some(Name(entry - 1));
                }
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn insert(&mut self, bytes: &[u8], hash: u32, slot: usize) -> Name {
        let id = self.ends.len() as u32;
        self.bytes.extend_from_slice(bytes);
        self.ends.push(self.bytes.len() as u32);
        self.hashes.push(hash);
        self.table[slot] = id + 1;
        if self.ends.len() * 2 > self.table.len() {
            self.grow();
        }
        Name(id)
    }

    fn grow(&mut self) {
        let size = self.table.len() * 2;
        let mask = size - 1;
        let mut table = vec![0u32; size];
        for (id, hash) in self.hashes.iter().enumerate() {
            let mut slot = *hash as usize & mask;
            while table[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            table[slot] = id as u32 + 1;
        }
        self.table = table;
    }

    #[inline]
    fn bytes_of(&self, id: u32) -> &[u8] {
        let index = id as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.bytes[start..self.ends[index] as usize]
    }

    /// The bytes of a name (valid UTF-8 wherever the source was).
    #[inline]
    pub fn bytes(&self, name: Name) -> &[u8] {
        self.bytes_of(name.0)
    }

    /// The text of a name, lossy where the source was not UTF-8.
    pub fn text(&self, name: Name) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.bytes(name))
    }

    /// How many names there are; ids are `0..len`.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether nothing was interned.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// Words other than keywords that have fixed ids.
pub mod well_known {
    use super::{KEYWORDS, Name};

    macro_rules! words {
        ($($id:ident $text:literal)*) => {
            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            #[derive(Clone, Copy)]
            enum Index { $($id),* }

            /// All, in id order.
            pub const WORDS: &[&str] = &[$($text),*];

            $(
                #[doc = concat!("`", $text, "`")]
                pub const $id: Name = Name(KEYWORDS.len() as u32 + Index::$id as u32);
            )*
        };
    }

    words! {
        DEFINE "define" UNDEF "undef" INCLUDE "include" INCLUDE_NEXT "include_next" IMPORT "import"
        IFDEF "ifdef" IFNDEF "ifndef" ELIF "elif" ELIFDEF "elifdef" ELIFNDEF "elifndef" ENDIF "endif"
        LINE "line" ERROR "error" WARNING "warning" PRAGMA "pragma" IDENT "ident" SCCS "sccs" EMBED "embed"
        ASSERT "assert" UNASSERT "unassert"
        DEFINED "defined" VA_ARGS "__VA_ARGS__" VA_OPT "__VA_OPT__"
        HAS_INCLUDE "__has_include" HAS_INCLUDE_NEXT "__has_include_next" HAS_ATTRIBUTE "__has_attribute"
        HAS_C_ATTRIBUTE "__has_c_attribute" HAS_BUILTIN "__has_builtin" HAS_EMBED "__has_embed"
        FILE "__FILE__" FILE_NAME "__FILE_NAME__" BASE_FILE "__BASE_FILE__" LINE_MACRO "__LINE__"
        INCLUDE_LEVEL "__INCLUDE_LEVEL__" COUNTER "__COUNTER__" DATE "__DATE__" TIME "__TIME__"
        TIMESTAMP "__TIMESTAMP__" PRAGMA_OPERATOR "_Pragma"
        ONCE "once" PUSH_MACRO "push_macro" POP_MACRO "pop_macro" POISON "poison" GCC "GCC" CLANG "clang"
        STDC "STDC" SYSTEM_HEADER "system_header" DEPENDENCY "dependency" DIAGNOSTIC "diagnostic"
        PUSH "push" POP "pop" IGNORED "ignored" PACK "pack" WEAK "weak" VISIBILITY "visibility"
        REDEFINE_EXTNAME "redefine_extname" MESSAGE "message" SCALAR_STORAGE_ORDER "scalar_storage_order"
        LIMIT "limit" PREFIX "prefix" SUFFIX "suffix" IF_EMPTY "if_empty" GNU_OFFSET "gnu::offset" OFFSET "offset"
        GNU "gnu" GNU_UNDERSCORES "__gnu__"
        STDC_FOUND "__STDC_EMBED_FOUND__" STDC_NOT_FOUND "__STDC_EMBED_NOT_FOUND__" STDC_EMPTY "__STDC_EMBED_EMPTY__"
        FUNC "__func__" FUNCTION "__FUNCTION__" PRETTY_FUNCTION "__PRETTY_FUNCTION__" MAIN "main"
        OMP "omp" OPTIMIZE "optimize" PUSH_OPTIONS "push_options" POP_OPTIONS "pop_options" RESET_OPTIONS "reset_options"
        TARGET "target" UNROLL "unroll" IVDEP "ivdep"
        FP_CONTRACT "FP_CONTRACT" FENV_ACCESS "FENV_ACCESS" CX_LIMITED_RANGE "CX_LIMITED_RANGE"
        ON "ON" OFF "OFF" DEFAULT_UPPER "DEFAULT"
    }
}

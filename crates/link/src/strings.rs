//! String tables under construction.

use rustc_hash::FxHashMap;

/// A string table: equal strings are stored once.
#[derive(Debug)]
pub(crate) struct StringTable<'a> {
    pub bytes: Vec<u8>,
    known: FxHashMap<&'a [u8], u32>,
}

impl Default for StringTable<'_> {
    fn default() -> Self {
        StringTable { bytes: vec![0], known: FxHashMap::default() }
    }
}

impl<'a> StringTable<'a> {
    /// The offset of a string.
    pub(crate) fn add(&mut self, text: &'a [u8]) -> u32 {
        if text.is_empty() {
            return 0;
        }
        let bytes = &mut self.bytes;
        *self.known.entry(text).or_insert_with(|| push(bytes, text))
    }

    /// The offset of a string that is not looked for again.
    pub(crate) fn push(&mut self, text: &[u8]) -> u32 {
        push(&mut self.bytes, text)
    }
}

fn push(bytes: &mut Vec<u8>, text: &[u8]) -> u32 {
    let at = bytes.len() as u32;
    bytes.extend_from_slice(text);
    bytes.push(0);
    at
}

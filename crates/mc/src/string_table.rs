//! String tables in which a string that ends another shares its bytes, laid out as the BFD library does: strings
//! in the order in which they were added, those that end others left out.

use rustc_hash::FxHashMap;

/// Collects strings; offsets are known after [`StringTable::finish`].
#[derive(Debug, Default)]
pub(crate) struct StringTable<'a> {
    strings: Vec<&'a str>,
    ids: FxHashMap<&'a str, u32>,
}

/// A string of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct StringId(u32);

impl<'a> StringTable<'a> {
    /// Adds a string; equal strings are one.
    pub fn add(&mut self, string: &'a str) -> StringId {
        let next = self.strings.len() as u32;
        let id = *self.ids.entry(string).or_insert(next);
        if id == next {
            self.strings.push(string);
        }
        StringId(id)
    }

    /// The table's bytes and the offset of each string.
    pub fn finish(self) -> (Vec<u8>, Vec<u32>) {
        let mut order: Vec<u32> = (0..self.strings.len() as u32).collect();
        let text = |id: u32| self.strings[id as usize];
        order.sort_unstable_by(|a, b| text(*a).bytes().rev().cmp(text(*b).bytes().rev()));
        // Sorted by their ends, a string stands right before those that it ends.
        let mut holder: Vec<u32> = (0..self.strings.len() as u32).collect();
        for at in (1..order.len()).rev() {
            let (short, long) = (order[at - 1], order[at]);
            if text(long).ends_with(text(short)) {
                holder[short as usize] = holder[long as usize];
            }
        }
        let mut bytes = vec![0];
        let mut offsets = vec![0; self.strings.len()];
        for (id, string) in self.strings.iter().enumerate() {
            if string.is_empty() || holder[id] as usize != id {
                continue;
            }
            offsets[id] = bytes.len() as u32;
            bytes.extend_from_slice(string.as_bytes());
            bytes.push(0);
        }
        for (id, string) in self.strings.iter().enumerate() {
            let held = holder[id] as usize;
            if held != id && !string.is_empty() {
                offsets[id] = offsets[held] + (self.strings[held].len() - string.len()) as u32;
            }
        }
        (bytes, offsets)
    }
}

/// The offset of a string in a finished table.
pub(crate) fn offset(offsets: &[u32], id: StringId) -> u32 {
    offsets.get(id.0 as usize).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_shared() {
        let mut table = StringTable::default();
        let ids = ["", ".text", ".rela.text", "xt", "abc", "c"].map(|s| table.add(s));
        let (bytes, offsets) = table.finish();
        assert_eq!(bytes, b"\0.rela.text\0abc\0");
        let at = ids.map(|id| offset(&offsets, id));
        assert_eq!(at, [0, 6, 1, 9, 12, 14]);
    }
}

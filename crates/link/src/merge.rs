//! Merging of equal strings and constants (SHF_MERGE).
//!
//! In: live sections flagged for merging. Out: [`Merged`] sections of unique pieces, and for every input the
//! map from its offsets to theirs. Source: gABI ch. 4, SHF_MERGE and SHF_STRINGS.

use crate::constants as elf;
use crate::link::Link;
use crate::symbols::NONE;
use hashbrown::HashTable;
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::Hasher;

/// One output of merging.
#[derive(Debug)]
pub(crate) struct Merged {
    /// Alignment of every piece.
    pub align: u64,
    pub size: u64,
    /// Input file and section, range in it, offset in the output.
    pub pieces: Vec<Piece>,
    /// Its place in the output.
    pub output: u32,
    pub offset: u64,
}

/// A unique piece.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub file: u32,
    pub section: u32,
    pub start: u32,
    pub length: u32,
    pub offset: u64,
}

/// One input: where each of its pieces went.
#[derive(Debug)]
pub(crate) struct MergeInput {
    /// Index into [`Merging::merged`].
    pub into: u32,
    /// Start in the input and offset in the output, sorted.
    pub starts: Vec<(u32, u64)>,
}

/// All merged sections.
#[derive(Debug, Default)]
pub(crate) struct Merging {
    pub merged: Vec<Merged>,
    pub inputs: Vec<MergeInput>,
}

impl Merging {
    /// The merged section and offset of an offset of an input.
    pub(crate) fn translate(&self, input: u32, offset: u64) -> Option<(&Merged, u64)> {
        let input = self.inputs.get(input as usize)?;
        let after = input.starts.partition_point(|start| u64::from(start.0) <= offset);
        let (start, output) = *input.starts.get(after.checked_sub(1)?)?;
        Some((&self.merged[input.into as usize], output + (offset - u64::from(start))))
    }
}

/// Merges; `output_of` tells an input section's output section.
pub(crate) fn merge(link: &mut Link<'_>) -> Merging {
    let mut merging = Merging::default();
    let mut tables: Vec<HashTable<u32>> = Vec::new();
    let mut by_key: FxHashMap<(u32, u64, u64, u64), u32> = FxHashMap::default();
    for file in 0..link.objects.len() {
        for section in 0..link.objects[file].sections.len() {
            let input = &link.objects[file].sections[section];
            let entry = input.entry_size;
            let flags = input.flags;
            if flags & u64::from(elf::SHF_MERGE) == 0
                || !input.live
                || input.special
                || input.output == NONE
                || entry == 0
                || input.size == 0
                || input.size > u64::from(u32::MAX)
                || !input.size.is_multiple_of(entry)
                || flags & u64::from(elf::SHF_WRITE) != 0
                || input.kind == elf::SHT_NOBITS
                || !input.relocations.is_empty()
            {
                continue;
            }
            let strings = flags & u64::from(elf::SHF_STRINGS) != 0;
            let Some(lengths) = split(&input.data, entry as usize, strings) else { continue };
            let key = (input.output, flags, entry, input.align);
            let into = *by_key.entry(key).or_insert_with(|| {
                tables.push(HashTable::new());
                merging.merged.push(Merged {
                    align: input.align,
                    size: 0,
                    pieces: Vec::new(),
                    output: input.output,
                    offset: 0,
                });
                tables.len() as u32 - 1
            });
            let starts = add(
                link,
                &mut merging.merged[into as usize],
                &mut tables[into as usize],
                (file, section),
                lengths,
            );
            link.objects[file].sections[section].merge = merging.inputs.len() as u32;
            merging.inputs.push(MergeInput { into, starts });
        }
    }
    merging
}

/// Lengths of the pieces; `None` when the last string has no end.
fn split(data: &[u8], entry: usize, strings: bool) -> Option<Vec<u32>> {
    if !strings {
        return Some(vec![entry as u32; data.len() / entry]);
    }
    let mut lengths = Vec::new();
    let mut start = 0;
    while start < data.len() {
        let end = if entry == 1 {
            data[start..].iter().position(|&byte| byte == 0)? + 1
        } else {
            let zero =
                data[start..].chunks_exact(entry).position(|chunk| chunk.iter().all(|&byte| byte == 0))?;
            (zero + 1) * entry
        };
        lengths.push(end as u32);
        start += end;
    }
    Some(lengths)
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

fn add(
    link: &Link<'_>,
    merged: &mut Merged,
    table: &mut HashTable<u32>,
    (file, section): (usize, usize),
    lengths: Vec<u32>,
) -> Vec<(u32, u64)> {
    let data = &link.objects[file].sections[section].data;
    let bytes_of = |piece: &Piece| {
        let data = &link.objects[piece.file as usize].sections[piece.section as usize].data;
        &data[piece.start as usize..(piece.start + piece.length) as usize]
    };
    let mut starts = Vec::with_capacity(lengths.len());
    let mut start = 0u32;
    for length in lengths {
        let bytes = &data[start as usize..(start + length) as usize];
        let Merged { pieces, size, align, .. } = merged;
        let entry = table.entry(
            hash(bytes),
            |&index| bytes_of(&pieces[index as usize]) == bytes,
            |&index| hash(bytes_of(&pieces[index as usize])),
        );
        let index = match entry {
            hashbrown::hash_table::Entry::Occupied(found) => *found.get(),
            hashbrown::hash_table::Entry::Vacant(slot) => {
                let index = pieces.len() as u32;
                slot.insert(index);
                let offset = size.next_multiple_of(*align);
                pieces.push(Piece { file: file as u32, section: section as u32, start, length, offset });
                *size = offset + u64::from(length);
                index
            }
        };
        starts.push((start, pieces[index as usize].offset));
        start += length;
    }
    starts
}

//! `-z pack-relative-relocs`: relative relocations as addresses and bit maps (`.relr.dyn`).
//!
//! In: the list of dynamic relocations. Out: the relative ones at even places apart, in groups of one input section or
//! table each; a group's words depend only on the offsets in it, so that the section's size is known before addresses
//! are. Source: gABI, "Relative Relocation Table" (DT_RELR); glibc 2.36's requirement of the version GLIBC_ABI_DT_RELR.

use crate::addresses::Addresses;
use crate::link::Link;
use crate::scan::{DynamicRelocation, Place};

/// The version by which a library says that it knows DT_RELR.
pub(crate) const VERSION: &[u8] = b"GLIBC_ABI_DT_RELR";

/// Relocations of one section or table, ascending.
#[derive(Debug)]
struct Group {
    /// Any place of the group, and its offset from the group's start.
    first: (Place, u64),
    /// Offsets from the group's start.
    offsets: Vec<u64>,
}

/// The packed relocations.
#[derive(Debug, Default)]
pub(crate) struct Packed {
    groups: Vec<Group>,
    /// For their addends, which stand in their places.
    pub relocations: Vec<DynamicRelocation>,
}

/// What a place is relative to, and its offset there; `None` when it may be odd.
fn position(link: &Link<'_>, place: Place) -> Option<((u32, u32), u64)> {
    let word = link.arch.class.word();
    match place {
        Place::Section { file, section, offset } => {
            let input = &link.objects[file as usize].sections[section as usize];
            let even = input.align >= 2 && offset % 2 == 0;
            even.then_some(((file, section), offset))
        }
        Place::Got(index) => Some(((u32::MAX, 0), u64::from(index) * word)),
        Place::GotPlt(_) | Place::Symbol(_) => None,
    }
}

impl Packed {
    /// Takes what can be packed out of a list.
    pub(crate) fn take(link: &Link<'_>, list: &mut Vec<DynamicRelocation>) -> Packed {
        let relative = link.arch.dynamic.relative;
        let mut taken: Vec<((u32, u32), u64, DynamicRelocation)> = Vec::new();
        list.retain(|relocation| {
            let place = position(link, relocation.place).filter(|_| relocation.kind == relative);
            taken.extend(place.map(|(group, offset)| (group, offset, *relocation)));
            place.is_none()
        });
        taken.sort_by_key(|(group, offset, _)| (*group, *offset));
        taken.dedup_by_key(|(group, offset, _)| (*group, *offset));
        let mut packed = Packed::default();
        let mut current = None;
        for (group, offset, relocation) in taken {
            if current != Some(group) {
                packed.groups.push(Group { first: (relocation.place, offset), offsets: Vec::new() });
                current = Some(group);
            }
            if let Some(last) = packed.groups.last_mut() {
                last.offsets.push(offset);
            }
            packed.relocations.push(relocation);
        }
        packed
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// How many words the table takes.
    pub(crate) fn words(&self, link: &Link<'_>) -> u64 {
        let word = link.arch.class.word();
        self.groups.iter().map(|group| encode(&group.offsets, 0, word).len() as u64).sum()
    }

    /// The table.
    pub(crate) fn bytes(&self, addresses: &Addresses<'_, '_>) -> Vec<u8> {
        let word = addresses.arch().class.word();
        let mut out = Vec::new();
        for group in &self.groups {
            let (place, offset) = group.first;
            let start = addresses.place(place).wrapping_sub(offset);
            for entry in encode(&group.offsets, start, word) {
                out.extend_from_slice(&entry.to_le_bytes()[..word as usize]);
            }
        }
        out
    }
}

/// An address, then bit maps of the words behind it (bit 0 set), then the next address that these do not cover.
fn encode(offsets: &[u64], start: u64, word: u64) -> Vec<u64> {
    let per_map = word * 8 - 1;
    let mut out = Vec::new();
    let mut rest = offsets;
    while let [first, tail @ ..] = rest {
        out.push(start.wrapping_add(*first));
        rest = tail;
        let mut base = first + word;
        loop {
            let mut map = 0u64;
            while let [next, tail @ ..] = rest {
                let distance = next.wrapping_sub(base);
                if *next < base || distance % word != 0 || distance / word >= per_map {
                    break;
                }
                map |= 1 << (distance / word + 1);
                rest = tail;
            }
            if map == 0 {
                break;
            }
            out.push(map | 1);
            base += per_map * word;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_maps() {
        assert_eq!(encode(&[], 0x1000, 8), [0u64; 0]);
        assert_eq!(encode(&[0, 8, 16, 32], 0x1000, 8), [0x1000, 0b1_0111]);
        // 63 words in a map; what is not a whole number of words away begins anew.
        assert_eq!(encode(&[0, 63 * 8, 64 * 8], 0, 8), [0, 1 << 63 | 1, 0b11]);
        assert_eq!(encode(&[0, 65 * 8, 65 * 8 + 4], 0x10, 8), [0x10, 0x10 + 65 * 8, 0x14 + 65 * 8]);
        assert_eq!(encode(&[4, 8, 4 + 31 * 4, 4 + 32 * 4], 0, 4), [4, 1 << 31 | 0b11, 0b11]);
    }
}

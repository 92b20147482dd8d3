//! Thunks: where a branch does not reach its target, it goes to code nearby that does.
//!
//! In: a layout whose code is longer than a branch reaches. Out: groups of thunks as parts of the code sections, so
//! close together that every branch reaches one, and for a branch its thunk. Driven by `driver`, round after round,
//! until no thunk is missing; `relocate` asks for the thunk of a branch that does not fit.

use crate::addresses::Addresses;
use crate::arch::ThunkRow;
use crate::link::Link;
use crate::output::{Content, OutputSection, Part};
use crate::symbols::SymbolId;
use rustc_hash::FxHashMap;

/// What a thunk jumps to.
type Target = (SymbolId, i64);

/// Thunks that stand together.
#[derive(Debug, Default)]
struct Group {
    targets: Vec<Target>,
    address: u64,
}

/// All thunks.
#[derive(Debug, Default)]
pub(crate) struct Thunks {
    groups: Vec<Group>,
    /// Group and position of the thunks for a target.
    by_target: FxHashMap<Target, Vec<(u32, u32)>>,
}

/// Whether all code is in reach of all code.
pub(crate) fn are_needless(sections: &[OutputSection<'_>], row: &ThunkRow) -> bool {
    let code = || sections.iter().filter(|section| section.is_alloc() && section.is_code());
    let start = code().map(|section| section.address).min().unwrap_or(0);
    let end = code().map(|section| section.address.saturating_add(section.size)).max().unwrap_or(0);
    end.saturating_sub(start) < row.reach
}

/// The parts behind which groups stand: so that every part, and the group behind it, is in reach of a group.
fn places(parts: &[Part], spacing: u64) -> Vec<usize> {
    let (mut places, mut since) = (Vec::new(), 0u64);
    for (index, part) in parts.iter().enumerate() {
        if index > 0 && since.saturating_add(part.size) > spacing {
            places.push(index - 1);
            since = 0;
        }
        since = since.saturating_add(part.size).saturating_add(part.align);
    }
    places.extend(parts.len().checked_sub(1));
    places
}

impl Thunks {
    /// Puts empty groups into all code sections.
    pub(crate) fn prepare(sections: &mut [OutputSection<'_>], row: &ThunkRow) -> Thunks {
        let mut thunks = Thunks::default();
        for section in sections.iter_mut().filter(|section| section.is_code() && !section.parts.is_empty()) {
            section.parts.sort_by_key(|part| part.order);
            for place in places(&section.parts, row.spacing).into_iter().rev() {
                let order = section.parts[place].order;
                let content = Content::Thunks(thunks.groups.len() as u32);
                let part = Part { content, offset: 0, size: 0, align: row.align, order };
                section.parts.insert(place + 1, part);
                thunks.groups.push(Group::default());
            }
        }
        thunks
    }

    /// Takes the groups' addresses from a layout.
    pub(crate) fn place(&mut self, sections: &[OutputSection<'_>]) {
        for section in sections {
            for part in &section.parts {
                if let Content::Thunks(group) = part.content {
                    self.groups[group as usize].address = section.address + part.offset;
                }
            }
        }
    }

    /// Adds what is missing; whether anything was.
    pub(crate) fn add(&mut self, addresses: &Addresses<'_, '_>, row: &ThunkRow) -> bool {
        let mut missing: Vec<(u64, Target)> = Vec::new();
        let link = addresses.link;
        for (file, object) in link.objects.iter().enumerate() {
            for (index, section) in object.sections.iter().enumerate() {
                if !section.live || section.special || !section.is_alloc() || section.relocations.is_empty() {
                    continue;
                }
                let start = addresses.in_section(file as u32, index as u32, 0);
                for relocation in section.relocations.iter().filter(|r| row.branches.contains(&r.kind)) {
                    let Some(&id) = object.symbol_ids.get(relocation.symbol as usize) else { continue };
                    let place = start.wrapping_add(relocation.offset);
                    let target = addresses.callee(id, relocation.addend);
                    let known = || self.find(row, place, (id, relocation.addend)).is_some();
                    if !row.reaches(place, target) && !is_nothing(link, id) && !known() {
                        missing.push((place, (id, relocation.addend)));
                    }
                }
            }
        }
        let mut added = false;
        for (place, target) in missing {
            if self.find(row, place, target).is_some() {
                continue;
            }
            let groups = self.groups.iter().enumerate();
            let nearest = groups.min_by_key(|(_, group)| group.address.abs_diff(place));
            // A branch that reaches no group stays, and is reported when it is relocated.
            let Some((group, _)) = nearest.filter(|(_, group)| row.reaches(place, group.address)) else {
                continue;
            };
            let position = self.groups[group].targets.len() as u32;
            self.groups[group].targets.push(target);
            self.by_target.entry(target).or_default().push((group as u32, position));
            added = true;
        }
        added
    }

    /// The bytes that a group takes.
    pub(crate) fn size(&self, group: u32, row: &ThunkRow) -> u64 {
        self.groups[group as usize].targets.len() as u64 * row.size
    }

    /// The thunk that a branch reaches.
    pub(crate) fn find(&self, row: &ThunkRow, place: u64, target: Target) -> Option<u64> {
        let thunks = self.by_target.get(&target)?.iter();
        let mut addresses =
            thunks.map(|&(group, at)| self.groups[group as usize].address + u64::from(at) * row.size);
        addresses.find(|&thunk| row.reaches(place, thunk))
    }

    /// Writes a group; the first target that its thunk does not reach either.
    pub(crate) fn write(
        &self,
        addresses: &Addresses<'_, '_>,
        group: u32,
        row: &ThunkRow,
        out: &mut [u8],
    ) -> Result<(), SymbolId> {
        let group = &self.groups[group as usize];
        for ((at, &(id, addend)), out) in
            group.targets.iter().enumerate().zip(out.chunks_exact_mut(row.size as usize))
        {
            let place = group.address + at as u64 * row.size;
            if !(row.write)(out, place, addresses.callee(id, addend)) {
                return Err(id);
            }
        }
        Ok(())
    }
}

/// A call of a weak function that nothing defines is not a jump at all.
fn is_nothing(link: &Link<'_>, id: SymbolId) -> bool {
    link.symbols[id].is_undefined()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_close_enough() {
        let part = |size| Part { content: Content::Merged(0), offset: 0, size, align: 4, order: 0 };
        assert_eq!(places(&[part(10), part(10), part(10)], 100), [2]);
        assert_eq!(places(&[part(60), part(60), part(30), part(90), part(5)], 100), [0, 2, 4]);
        assert_eq!(places(&[part(200), part(1)], 100), [0, 1]);
        assert!(places(&[], 100).is_empty());
    }
}

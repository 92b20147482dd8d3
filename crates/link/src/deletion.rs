//! RISC-V's relaxation: instructions that the final addresses make unnecessary are deleted, alignment is redone.
//!
//! In: live code sections with R_RISCV_RELAX and R_RISCV_ALIGN, and, round after round, a layout. Out: shorter
//! sections with their relocations moved, and the symbols in them. Driven by `driver`; what changes is decided in
//! [`crate::shortening`].
//!
//! Rounds go through [`Stage`]s as in GNU ld, so that the code gets the same size: first everything is shortened that
//! stays in reach whatever alignment does later, until nothing changes; then the upper halves of PC-relative pairs go;
//! then the padding of alignments is cut to what is needed. A decision is never taken back, hence the rounds end.
//! Source: RISC-V ELF psABI 1.0, "Linker Relaxation".

use crate::addresses::Addresses;
use crate::constants as elf;
use crate::elf::{Relocation, RelocationTable, u32_at};
use crate::link::Link;
use crate::shortening::{Change, Decider};
use crate::symbols::{Definition, NONE, SymbolId};
use crate::{LinkError, Messages};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// Bytes that go: their offset in the original section, and how many go up to here, these included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Cut {
    pub offset: u32,
    pub total: u32,
}

/// Where a byte of the original section is when the cuts are made.
pub(crate) fn moved(cuts: &[Cut], offset: u64) -> u64 {
    let before = cuts.partition_point(|cut| u64::from(cut.offset) < offset);
    match before.checked_sub(1) {
        None => offset,
        Some(last) => {
            let removed_before = if last == 0 { 0 } else { u64::from(cuts[last - 1].total) };
            let start = u64::from(cuts[last].offset) - removed_before;
            offset.saturating_sub(u64::from(cuts[last].total)).max(start)
        }
    }
}

/// A symbol in a section, by its original place.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    symbol: SymbolId,
    value: u64,
    size: u64,
}

/// A section that changes.
#[derive(Debug)]
pub(crate) struct Edited {
    pub file: u32,
    pub section: u32,
    /// As the object has them, sorted.
    pub relocations: Vec<Relocation>,
    /// What happens at each.
    pub changes: Vec<Change>,
    /// Of a lower half: the relocation of its upper half. Of an upper half that must stay: itself.
    pub partner: Vec<u32>,
    pub cuts: Vec<Cut>,
    anchors: Vec<Anchor>,
    size: u64,
}

/// What the rounds are at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Shorten,
    DropUpper,
    Align,
    Done,
}

/// All sections that change.
#[derive(Debug)]
pub(crate) struct Deletion {
    edited: Vec<Edited>,
    stage: Stage,
    rounds: u32,
}

/// Rounds of cutting alignments: more mean that sections move each other for ever.
const ALIGN_ROUNDS: u32 = 16;

impl Deletion {
    /// Finds the sections and the symbols in them.
    pub(crate) fn new(link: &mut Link<'_>) -> Deletion {
        let mut edited: Vec<Edited> = Vec::new();
        let mut position: FxHashMap<(u32, u32), usize> = FxHashMap::default();
        let mut errors = Messages::new();
        for (file, object) in link.objects.iter().enumerate() {
            for (index, section) in object.sections.iter().enumerate() {
                let wanted = section.live && !section.special && section.is_alloc() && section.output != NONE;
                let marked = |r: Relocation| matches!(r.kind, elf::R_RISCV_RELAX | elf::R_RISCV_ALIGN);
                if !wanted || section.kind == elf::SHT_NOBITS || !section.relocations.iter().any(marked) {
                    continue;
                }
                if section.data.len() as u64 > u64::from(u32::MAX / 2) {
                    continue; // out of reach of everything that could be shortened
                }
                let relocations: Vec<Relocation> = section.relocations.iter().collect();
                position.insert((file as u32, index as u32), edited.len());
                let count = relocations.len();
                edited.push(Edited {
                    file: file as u32,
                    section: index as u32,
                    relocations,
                    changes: vec![Change::None; count],
                    partner: vec![NONE; count],
                    cuts: Vec::new(),
                    anchors: Vec::new(),
                    size: section.data.len() as u64,
                });
            }
        }
        for (index, symbol) in link.symbols.list.iter().enumerate() {
            if let Definition::Section { file, section } = symbol.definition
                && let Some(&at) = position.get(&(file, section))
                && symbol.kind != elf::STT_SECTION
            {
                let anchor =
                    Anchor { symbol: SymbolId(index as u32), value: symbol.value, size: symbol.size };
                edited[at].anchors.push(anchor);
            }
        }
        for section in &mut edited {
            section.check(link, &mut errors);
            section.pair(link);
        }
        link.messages.append(errors);
        let stage = if link.options.no_relax { Stage::Align } else { Stage::Shorten };
        Deletion { edited, stage, rounds: 0 }
    }

    /// One round with a layout; whether another layout is needed.
    pub(crate) fn round(&mut self, addresses: &Addresses<'_, '_>, global_pointer: Option<u64>) -> Round {
        if self.edited.is_empty() || self.stage == Stage::Done {
            return Round { cuts: Vec::new(), again: false };
        }
        let decider = Decider::new(addresses, global_pointer);
        let mut changed = false;
        for section in &mut self.edited {
            match self.stage {
                Stage::Shorten => changed |= decider.shorten(section),
                Stage::DropUpper => {}
                Stage::Align => decider.align(section),
                Stage::Done => {}
            }
        }
        let mut cuts = Vec::new();
        let with_upper = self.stage != Stage::Shorten;
        for (index, section) in self.edited.iter_mut().enumerate() {
            let new = section.make_cuts(with_upper);
            if new != section.cuts {
                section.cuts = new;
                cuts.push(index as u32);
            }
        }
        self.rounds += 1;
        self.stage = match self.stage {
            Stage::Shorten if changed => Stage::Shorten,
            Stage::Shorten => Stage::DropUpper,
            Stage::DropUpper => {
                self.rounds = 0;
                Stage::Align
            }
            Stage::Align if !cuts.is_empty() && self.rounds < ALIGN_ROUNDS => Stage::Align,
            Stage::Align | Stage::Done => Stage::Done,
        };
        Round { again: !cuts.is_empty() || self.stage != Stage::Done, cuts }
    }

    /// Moves the symbols of the sections that a round has cut, and their sizes.
    pub(crate) fn apply(&self, link: &mut Link<'_>, round: &Round) {
        for &index in &round.cuts {
            let section = &self.edited[index as usize];
            let input = &mut link.objects[section.file as usize].sections[section.section as usize];
            input.size = moved(&section.cuts, section.size);
            input.cuts = section.cuts.clone();
            for anchor in &section.anchors {
                let start = moved(&section.cuts, anchor.value);
                let end = moved(&section.cuts, anchor.value.saturating_add(anchor.size));
                let symbol = &mut link.symbols[anchor.symbol];
                symbol.value = start;
                symbol.size = if anchor.size == 0 { 0 } else { end.saturating_sub(start) };
            }
        }
    }

    /// Makes the final bytes and relocations.
    pub(crate) fn finish(self, link: &mut Link<'_>) {
        for section in self.edited {
            let input = &mut link.objects[section.file as usize].sections[section.section as usize];
            let (data, relocations) = section.finish(&input.data);
            input.size = data.len() as u64;
            input.data = Cow::Owned(data);
            input.relocations = RelocationTable::of_list(relocations);
        }
    }
}

/// What a round did.
#[derive(Debug)]
pub(crate) struct Round {
    /// Indexes of the sections that got other cuts.
    cuts: Vec<u32>,
    /// There is more to do, with a new layout.
    pub again: bool,
}

impl Edited {
    /// Alignments must lie inside the section.
    fn check(&mut self, link: &Link<'_>, errors: &mut Messages) {
        for at in 0..self.relocations.len() {
            let relocation = self.relocations[at];
            if relocation.kind != elf::R_RISCV_ALIGN {
                continue;
            }
            let end = u64::try_from(relocation.addend).ok().and_then(|n| relocation.offset.checked_add(n));
            if end.is_none_or(|end| end > self.size) {
                let site = link.site(self.file, self.section, relocation.offset);
                let what = "alignment outside its section".into();
                errors.error(LinkError::Relocation { site, what });
                self.relocations[at].kind = elf::R_RISCV_NONE;
            }
        }
    }

    /// Whether the relocation of an index may be used for shortening, and lies inside.
    pub(crate) fn is_marked(&self, index: usize, length: u64) -> bool {
        let relocation = self.relocations[index];
        let next = self.relocations.get(index + 1);
        next.is_some_and(|next| next.kind == elf::R_RISCV_RELAX && next.offset == relocation.offset)
            && relocation.offset.checked_add(length).is_some_and(|end| end <= self.size)
    }

    /// Finds the upper half of every lower half; an upper half stays when any of its lower ones could not follow.
    fn pair(&mut self, link: &Link<'_>) {
        let object = &link.objects[self.file as usize];
        for index in 0..self.relocations.len() {
            let relocation = self.relocations[index];
            if !matches!(relocation.kind, elf::R_RISCV_PCREL_LO12_I | elf::R_RISCV_PCREL_LO12_S) {
                continue;
            }
            let Some(&id) = object.symbol_ids.get(relocation.symbol as usize) else { continue };
            let symbol = &link.symbols[id];
            let here = Definition::Section { file: self.file, section: self.section };
            if symbol.definition != here {
                continue;
            }
            let from = self.relocations.partition_point(|r| r.offset < symbol.value);
            let upper = self.relocations[from..].iter().take_while(|r| r.offset == symbol.value);
            let upper = upper.enumerate().find(|(_, r)| r.kind == elf::R_RISCV_PCREL_HI20);
            let Some((at, _)) = upper else { continue };
            let at = from + at;
            if self.is_marked(index, 4) && at < index {
                self.partner[index] = at as u32;
            } else {
                self.partner[at] = at as u32;
            }
        }
    }

    /// The bytes that go.
    fn make_cuts(&mut self, with_upper: bool) -> Vec<Cut> {
        let mut cuts: Vec<Cut> = Vec::new();
        let (mut end, mut total) = (0u64, 0u32);
        for (relocation, change) in self.relocations.iter().zip(&mut self.changes) {
            let (skip, length) = change.cut(relocation, with_upper);
            if length == 0 {
                continue;
            }
            let start = relocation.offset + skip;
            if start < end || start + length > self.size {
                // Overlapping relocations: damaged. What does not happen cannot be wrong.
                *change = Change::Refused;
                continue;
            }
            end = start + length;
            total += length as u32;
            cuts.push(Cut { offset: start as u32, total });
        }
        cuts
    }

    fn finish(&self, data: &[u8]) -> (Vec<u8>, Vec<Relocation>) {
        let mut patched = data.to_vec();
        let mut relocations = Vec::with_capacity(self.relocations.len());
        for (index, (relocation, change)) in self.relocations.iter().zip(&self.changes).enumerate() {
            let at = relocation.offset as usize;
            if relocation.kind == elf::R_RISCV_ALIGN {
                let kept = change.alignment_kept(relocation);
                if let Some(padding) = patched.get_mut(at..at + kept as usize) {
                    crate::arch::riscv64::fill_code(padding);
                }
                continue;
            }
            if matches!(relocation.kind, elf::R_RISCV_RELAX | elf::R_RISCV_NONE) || change.deletes() {
                continue;
            }
            let mut new = *relocation;
            new.offset = moved(&self.cuts, relocation.offset);
            if let Some(old) = u32_at(&patched, at) {
                let next = u32_at(&patched, at + 4).unwrap_or(0);
                if let Some((bytes, length)) = change.instruction(old, next) {
                    patched[at..at + length].copy_from_slice(&bytes.to_le_bytes()[..length]);
                }
            }
            new.kind = change.kind(relocation.kind);
            if let (Some(upper), true) =
                (self.relocations.get(self.partner[index] as usize), change.is_pair_low())
            {
                new.symbol = upper.symbol;
                new.addend = upper.addend.wrapping_add(relocation.addend);
            }
            relocations.push(new);
        }
        let mut out = Vec::with_capacity(data.len());
        let mut from = 0usize;
        let mut before = 0u32;
        for cut in &self.cuts {
            let start = cut.offset as usize;
            out.extend_from_slice(&patched[from..start]);
            from = start + (cut.total - before) as usize;
            before = cut.total;
        }
        out.extend_from_slice(&patched[from..]);
        (out, relocations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_move_by_what_is_cut_before_them() {
        let cuts = [Cut { offset: 4, total: 4 }, Cut { offset: 20, total: 6 }];
        let places = [(0, 0), (4, 4), (6, 4), (8, 4), (12, 8), (20, 16), (21, 16), (22, 16), (30, 24)];
        for (from, to) in places {
            assert_eq!(moved(&cuts, from), to, "{from}");
        }
        assert_eq!(moved(&[], 7), 7);
    }
}

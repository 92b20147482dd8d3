//! `.eh_frame`: taken apart into records, so that frames of dropped functions go and equal CIEs become one.
//!
//! In: the objects' `.eh_frame` sections. Out: [`Frames`], later the merged section and the sorted table of
//! `.eh_frame_hdr`. Source: LSB core 5.0, 10.6 "Exception Frames"; DWARF 5, 6.4.1.

use crate::LinkError;
use crate::elf::{Relocation, u32_at};
use crate::link::Link;
use crate::symbols::{Definition, SymbolId};
use rustc_hash::FxHashMap;
use std::ops::Range;

/// A record's bytes in its input section, and its relocations in [`Frames::relocations`].
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub file: u32,
    pub section: u32,
    pub offset: u32,
    pub length: u32,
    pub relocations: Range<u32>,
    /// Where it goes in the output section.
    pub output: u32,
}

/// A frame description.
#[derive(Clone, Debug)]
pub(crate) struct Description {
    pub record: Record,
    /// Index of its CIE.
    pub cie: u32,
    /// The section with the code, if a relocation says so.
    pub code: Option<(u32, u32)>,
    /// Part of the output.
    pub live: bool,
}

/// A CIE.
#[derive(Clone, Debug)]
pub(crate) struct CommonInformation {
    pub record: Record,
    /// How its FDEs encode addresses (DW_EH_PE_*).
    pub encoding: u8,
    /// The CIE that stands for it in the output.
    pub same_as: u32,
    pub used: bool,
}

/// All records of all objects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frames {
    pub relocations: Vec<Relocation>,
    pub cies: Vec<CommonInformation>,
    pub descriptions: Vec<Description>,
    /// Descriptions by code section, sorted.
    by_code: Vec<((u32, u32), u32)>,
    /// Size of the output section.
    pub size: u64,
}

/// Takes all `.eh_frame` sections apart and marks them as special.
pub(crate) fn parse(link: &mut Link<'_>) -> Frames {
    let mut frames = Frames::default();
    for file in 0..link.objects.len() {
        for section in 0..link.objects[file].sections.len() {
            let input = &mut link.objects[file].sections[section];
            if input.name != b".eh_frame" || !input.live || !input.is_alloc() {
                continue;
            }
            input.special = true;
            if frames.section(link, file as u32, section as u32).is_none() {
                let object = &link.objects[file];
                let error =
                    LinkError::Malformed { file: object.name.clone(), what: "unreadable .eh_frame".into() };
                link.messages.error(error);
            }
        }
    }
    frames.by_code = (frames.descriptions.iter().enumerate())
        .filter_map(|(index, description)| description.code.map(|code| (code, index as u32)))
        .collect();
    frames.by_code.sort_unstable();
    frames
}

impl Frames {
    fn section(&mut self, link: &Link<'_>, file: u32, section: u32) -> Option<()> {
        let object = &link.objects[file as usize];
        let input = &object.sections[section as usize];
        let data: &[u8] = &input.data;
        let base = self.relocations.len();
        self.relocations.extend(input.relocations.iter());
        let own = &mut self.relocations[base..];
        if !own.is_sorted_by_key(|relocation| relocation.offset) {
            own.sort_by_key(|relocation| relocation.offset);
        }
        let mut next = base;
        let mut cies: Vec<(u32, u32)> = Vec::new();
        let mut at = 0usize;
        while at < data.len() {
            let length = u32_at(data, at)?;
            if length == 0 {
                at += 4;
                continue;
            }
            if length == u32::MAX || length < 4 {
                return None;
            }
            let end = at.checked_add(4)?.checked_add(length as usize)?;
            if end > data.len() {
                return None;
            }
            while self.relocations.get(next).is_some_and(|r| r.offset < at as u64) {
                next += 1;
            }
            let first = next;
            while self.relocations.get(next).is_some_and(|r| r.offset < end as u64) {
                next += 1;
            }
            let record = Record {
                file,
                section,
                offset: at as u32,
                length: (end - at) as u32,
                relocations: first as u32..next as u32,
                output: u32::MAX,
            };
            let id = u32_at(data, at + 4)?;
            if id == 0 {
                let encoding = pointer_encoding(&data[at + 8..end], link.arch.class.word() as usize)?;
                cies.push((at as u32, self.cies.len() as u32));
                self.cies.push(CommonInformation {
                    record,
                    encoding,
                    same_as: self.cies.len() as u32,
                    used: false,
                });
            } else {
                let start = (at as u32 + 4).checked_sub(id)?;
                let cie = cies.binary_search_by_key(&start, |cie| cie.0).ok()?;
                let begin = self.relocations[first..next].iter().find(|r| r.offset == at as u64 + 8);
                let (code, live) = match begin {
                    Some(relocation) => code_section(link, file, relocation.symbol),
                    None => (None, true),
                };
                self.descriptions.push(Description { record, cie: cies[cie].1, code, live });
            }
            at = end;
        }
        Some(())
    }

    /// The descriptions of a code section.
    pub(crate) fn of_code(&self, code: (u32, u32)) -> impl Iterator<Item = u32> + '_ {
        let start = self.by_code.partition_point(|entry| entry.0 < code);
        self.by_code[start..].iter().take_while(move |entry| entry.0 == code).map(|entry| entry.1)
    }

    /// Drops descriptions of dropped code, makes equal CIEs one, places all records.
    pub(crate) fn arrange(&mut self, link: &Link<'_>) {
        for description in &mut self.descriptions {
            if let Some((file, section)) = description.code {
                description.live = link.objects[file as usize].sections[section as usize].live;
            }
        }
        type Key<'k> = (&'k [u8], Vec<(u64, u32, SymbolId, i64)>);
        let mut seen: FxHashMap<Key<'_>, u32> = FxHashMap::default();
        for index in 0..self.cies.len() {
            let record = &self.cies[index].record;
            let object = &link.objects[record.file as usize];
            let bytes = record_bytes(&object.sections[record.section as usize].data, record);
            let relocations = record.relocations.clone().map(|at| {
                let r = &self.relocations[at as usize];
                let id = object.symbol_ids.get(r.symbol as usize).copied().unwrap_or(SymbolId(0));
                (r.offset.wrapping_sub(u64::from(record.offset)), r.kind, id, r.addend)
            });
            let key = (bytes, relocations.collect());
            self.cies[index].same_as = *seen.entry(key).or_insert(index as u32);
        }
        let mut size = 0u32;
        for index in 0..self.descriptions.len() {
            if !self.descriptions[index].live {
                continue;
            }
            let cie = self.cies[self.descriptions[index].cie as usize].same_as as usize;
            if !std::mem::replace(&mut self.cies[cie].used, true) {
                self.cies[cie].record.output = size;
                size = size.saturating_add(self.cies[cie].record.length);
            }
            self.descriptions[index].record.output = size;
            size = size.saturating_add(self.descriptions[index].record.length);
        }
        self.size = if size == 0 { 0 } else { u64::from(size) + 4 };
    }

    /// How many rows the search table has.
    pub(crate) fn live_count(&self) -> u64 {
        self.descriptions.iter().filter(|description| description.live).count() as u64
    }
}

/// A record's bytes.
pub(crate) fn record_bytes<'d>(data: &'d [u8], record: &Record) -> &'d [u8] {
    let start = record.offset as usize;
    data.get(start..start + record.length as usize).unwrap_or(&[])
}

/// The section of the function that a frame describes; not alive when another object's copy was taken.
fn code_section(link: &Link<'_>, file: u32, symbol: u32) -> (Option<(u32, u32)>, bool) {
    let object = &link.objects[file as usize];
    let Some(&id) = object.symbol_ids.get(symbol as usize) else { return (None, false) };
    match link.symbols[id].definition {
        Definition::Section { file: owner, section } if owner == file => (Some((file, section)), true),
        _ => (None, false),
    }
}

fn uleb(data: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = *data.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// The `R` augmentation of a CIE, whose bytes begin after the id.
fn pointer_encoding(data: &[u8], word: usize) -> Option<u8> {
    let version = *data.first()?;
    let end = data.iter().skip(1).position(|&byte| byte == 0)? + 1;
    let augmentation = &data[1..end];
    let mut at = end + 1;
    if augmentation == b"eh" {
        return Some(0);
    }
    uleb(data, &mut at)?;
    uleb(data, &mut at)?;
    if version == 1 {
        at += 1;
    } else {
        uleb(data, &mut at)?;
    }
    if augmentation.first() != Some(&b'z') {
        return Some(0);
    }
    uleb(data, &mut at)?;
    for letter in &augmentation[1..] {
        match letter {
            b'R' => return data.get(at).copied(),
            b'L' => at += 1,
            b'P' => {
                let encoding = *data.get(at)?;
                at += 1 + match encoding & 7 {
                    2 => 2,
                    3 => 4,
                    4 => 8,
                    _ => word,
                };
            }
            _ => {}
        }
    }
    Some(0)
}

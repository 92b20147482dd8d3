//! `--fix-cortex-a53-843419`: some Cortex-A53 compute a wrong address after an ADRP in the last two words of a page,
//! a load or store behind it, and one through the ADRP's register behind that.
//!
//! In: a layout. Out: room for patches at the ends of code sections, and, when the image is written, sequences taken
//! apart: the ADRP becomes ADR where that reaches, or else the last access moves into a patch and back. Source: Arm
//! Cortex-A53 MPCore Software Developers Errata Notice, 843419. What may be such a load or store is taken generously.

use crate::addresses::Addresses;
use crate::elf::u32_at;
use crate::layout::Layout;
use crate::link::Link;
use crate::output::{Content, OutputSection, Part};
use crate::{LinkError, Messages};

/// A patch: the access, and the branch back.
const PATCH: u64 = 8;

/// Adds the parts for patches, with room for none.
pub(crate) fn prepare(sections: &mut [OutputSection<'_>]) {
    for section in sections.iter_mut().filter(|section| section.is_code() && !section.parts.is_empty()) {
        let order = section.parts.iter().map(|part| part.order).max().unwrap_or(0);
        section.parts.push(Part { content: Content::Patches, offset: 0, size: 0, align: 4, order });
    }
}

/// Makes room for what a layout needs; whether there was too little. `sections` are the ones that were laid out,
/// by their name and statement, in any order.
pub(crate) fn reserve(link: &Link<'_>, layout: &Layout<'_>, sections: &mut [OutputSection<'_>]) -> bool {
    let mut grown = false;
    for laid_out in layout.sections.iter().filter(|s| s.is_code() && !s.has_no_bits()) {
        let count: usize =
            sites(link, laid_out, |file, section| &link.objects[file].sections[section].data).len();
        let Some(section) = sections.iter_mut().find(|section| section.name_index == laid_out.name_index)
        else {
            continue;
        };
        if let Some(part) = section.parts.iter_mut().find(|part| part.content == Content::Patches)
            && part.size < count as u64 * PATCH
        {
            part.size = count as u64 * PATCH;
            grown = true;
        }
    }
    grown
}

/// A sequence: offsets in the output section.
#[derive(Clone, Copy)]
struct Site {
    adrp: u64,
    access: u64,
}

/// The sequences of a section; `data` gives the bytes of an input.
fn sites<'d>(
    link: &Link<'_>,
    output: &OutputSection<'_>,
    data: impl Fn(usize, usize) -> &'d [u8],
) -> Vec<Site> {
    let mut found = Vec::new();
    for part in &output.parts {
        let Content::Input { file, section } = part.content else { continue };
        let bytes = data(file as usize, section as usize);
        let start = output.address + part.offset;
        let mut at = (0xff8u64.wrapping_sub(start)) & 0xfff;
        if (start & 0xfff) == 0xffc {
            at = 0;
        }
        while at < bytes.len() as u64 {
            if let Some(access) = sequence(bytes, at as usize)
                && is_code(link, file, section, at)
            {
                found.push(Site { adrp: part.offset + at, access: part.offset + at + access });
            }
            // The next of the two words of a page.
            at += if (start + at) & 0xfff == 0xff8 { 4 } else { 0xffc };
        }
    }
    found
}

fn is_branch(instruction: u32) -> bool {
    instruction & 0x1c00_0000 == 0x1400_0000 && instruction >> 24 != 0xd5
}

/// The distance of the access that is at risk, when the words from `at` on are such a sequence.
fn sequence(bytes: &[u8], at: usize) -> Option<u64> {
    let word = |index: usize| u32_at(bytes, at + index * 4);
    let adrp = word(0)?;
    let is_access = |instruction: u32| instruction & 0x0a00_0000 == 0x0800_0000;
    if adrp & 0x9f00_0000 != 0x9000_0000 || !is_access(word(1)?) {
        return None;
    }
    let through =
        |instruction: u32| instruction & 0x3b00_0000 == 0x3900_0000 && (instruction >> 5 ^ adrp) & 31 == 0;
    let third = word(2)?;
    if through(third) {
        return Some(8);
    }
    (!is_branch(third) && word(3).is_some_and(through)).then_some(12)
}

/// Whether the mapping symbols say that a place holds instructions.
fn is_code(link: &Link<'_>, file: u32, section: u32, offset: u64) -> bool {
    let object = &link.objects[file as usize];
    let mut latest = (0, true);
    for index in 0..object.symbol_count {
        let Some(raw) = object.raw_symbol(index) else { break };
        if raw.value > offset || raw.value < latest.0 || object.symbol_section(index, &raw) != section {
            continue;
        }
        match object.symbol_name(&raw) {
            Ok([b'$', b'x', rest @ ..]) if rest.first().is_none_or(|&c| c == b'.') => {
                latest = (raw.value, true)
            }
            Ok([b'$', b'd', rest @ ..]) if rest.first().is_none_or(|&c| c == b'.') => {
                latest = (raw.value, false)
            }
            _ => {}
        }
    }
    latest.1
}

/// Takes the sequences of the written image apart.
pub(crate) fn apply(addresses: &Addresses<'_, '_>, image: &mut [u8], messages: &mut Messages) {
    for output in addresses.layout.sections.iter().filter(|s| s.is_code() && !s.has_no_bits()) {
        let Some(patches) =
            output.parts.iter().find(|part| part.content == Content::Patches && part.size != 0)
        else {
            continue;
        };
        let parts = |file: usize, section: usize| {
            let input = &addresses.link.objects[file].sections[section];
            let start = (output.file_offset + input.offset) as usize;
            &image[start..start + input.data.len()]
        };
        let found = sites(addresses.link, output, parts);
        let bytes = &mut image[output.file_offset as usize..(output.file_offset + output.size) as usize];
        let mut next = patches.offset;
        for site in found {
            if !patch(bytes, output.address, site, next) {
                let what = "a sequence of Cortex-A53 erratum 843419 is too far from its patch".to_string();
                messages.warning(LinkError::General { what });
            }
            next += PATCH;
        }
    }
}

fn put(bytes: &mut [u8], at: u64, word: u32) {
    bytes[at as usize..at as usize + 4].copy_from_slice(&word.to_le_bytes());
}

/// `b`; `None` when it does not reach.
fn branch(from: u64, to: u64) -> Option<u32> {
    let distance = to.wrapping_sub(from) as i64;
    (-(1 << 27)..1 << 27).contains(&distance).then_some(0x1400_0000 | (distance >> 2) as u32 & 0x3ff_ffff)
}

/// Takes one sequence apart; whether that was possible.
fn patch(bytes: &mut [u8], address: u64, site: Site, patch: u64) -> bool {
    let (Some(adrp), Some(access)) = (u32_at(bytes, site.adrp as usize), u32_at(bytes, site.access as usize))
    else {
        return false;
    };
    let place = address + site.adrp;
    let bits = adrp >> 29 & 3 | (adrp >> 5 & 0x7_ffff) << 2;
    let pages = i64::from((bits << 11) as i32 >> 11);
    let target = (place & !0xfff).wrapping_add((pages << 12) as u64);
    let distance = target.wrapping_sub(place) as i64;
    if (-(1 << 20)..1 << 20).contains(&distance) {
        let bits = distance as u32;
        put(bytes, site.adrp, 0x1000_0000 | adrp & 31 | (bits & 3) << 29 | (bits >> 2 & 0x7_ffff) << 5);
        return true;
    }
    let (there, back) = (branch(site.access, patch), branch(patch + 4, site.access + 4));
    let (Some(there), Some(back)) = (there, back) else { return false };
    put(bytes, patch, access);
    put(bytes, patch + 4, back);
    put(bytes, site.access, there);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn sequences_are_recognized() {
        // adrp x0; str x2,[x1]; ldr x3,[x0,#8]; with a nop or a branch between; through another register
        assert_eq!(sequence(&code(&[0x9000_0000, 0xf900_0022, 0xf940_0403]), 0), Some(8));
        assert_eq!(sequence(&code(&[0x9000_0000, 0xf900_0022, 0xd503_201f, 0xf940_0403]), 0), Some(12));
        assert_eq!(sequence(&code(&[0x9000_0000, 0xf900_0022, 0x1400_0002, 0xf940_0403]), 0), None);
        assert_eq!(sequence(&code(&[0x9000_0000, 0xf900_0022, 0xd503_201f, 0xf940_0423]), 0), None);
        assert_eq!(sequence(&code(&[0x9000_0000, 0x8b01_0000, 0xf940_0403]), 0), None);
        assert_eq!(sequence(&code(&[0x9000_0000, 0xf900_0022]), 0), None);
    }

    #[test]
    fn patches_go_there_and_back() {
        // The page is 16 MiB away, out of ADR's reach.
        let mut bytes = code(&[0x9000_8000, 0xf900_0022, 0xf940_0403, 0xd65f_03c0, 0, 0]);
        assert!(patch(&mut bytes, 0xff8, Site { adrp: 0, access: 8 }, 16));
        assert_eq!(
            bytes,
            code(&[0x9000_8000, 0xf900_0022, 0x1400_0002, 0xd65f_03c0, 0xf940_0403, 0x17ff_fffe])
        );
        // adrp x0, the page before: adr x0, -0x1ff8
        let mut near = code(&[0xf0ff_ffe0, 0xf900_0022, 0xf940_0403, 0xd65f_03c0, 0, 0]);
        assert!(patch(&mut near, 0x1_0ff8, Site { adrp: 0, access: 8 }, 16));
        assert_eq!(u32_at(&near, 0), Some(0x10ff_0040));
    }
}

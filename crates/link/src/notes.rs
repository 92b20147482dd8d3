//! Notes: build id and program properties.
//!
//! Source: GNU ld manual, `--build-id`; "Linux Extensions to gABI", 2.1.7 (properties).

use crate::BuildId;
use crate::constants as elf;
use crate::elf::u32_at;
use crate::link::Link;

/// Bytes of the id.
pub(crate) fn build_id_size(build_id: &BuildId) -> usize {
    match build_id {
        BuildId::None => 0,
        BuildId::Sha1 => 20,
        BuildId::Md5 | BuildId::Uuid => 16,
        BuildId::Bytes(bytes) => bytes.len(),
    }
}

/// Computes the id over the finished image and puts it at its place.
pub(crate) fn fill_build_id(build_id: &BuildId, image: &mut [u8], at: usize) {
    let id = match build_id {
        BuildId::None => return,
        BuildId::Bytes(bytes) => bytes.clone(),
        _ => {
            let mut id = sha1(&digests(image)).to_vec();
            id.truncate(build_id_size(build_id));
            if *build_id == BuildId::Uuid {
                id[6] = id[6] & 0x0f | 0x40;
                id[8] = id[8] & 0x3f | 0x80;
            }
            id
        }
    };
    if let Some(place) = image.get_mut(at..at + id.len()) {
        place.copy_from_slice(&id);
    }
}

/// A short digest of every block: SHA-1 of a large image would take longer than the link. An id must differ
/// between different builds, not resist an attacker.
fn digests(image: &[u8]) -> Vec<u8> {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut out = (image.len() as u64).to_le_bytes().to_vec();
    for block in image.chunks(1 << 16) {
        let mut lanes = [1u64, 2, 3, 4];
        let mut mix = |lane: usize, bytes: &[u8]| {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            // A bijection of the lane for every word, so that one different word always shows.
            lanes[lane] = (lanes[lane] ^ u64::from_le_bytes(word)).wrapping_mul(MULTIPLIER).rotate_left(29);
        };
        let mut rows = block.chunks_exact(32);
        for row in &mut rows {
            for (lane, bytes) in row.chunks_exact(8).enumerate() {
                mix(lane, bytes);
            }
        }
        for (lane, bytes) in rows.remainder().chunks(8).enumerate() {
            mix(lane, bytes);
        }
        lanes.iter().for_each(|lane| out.extend_from_slice(&lane.to_le_bytes()));
    }
    out
}

/// FIPS 180-4, 6.1.
fn sha1(data: &[u8]) -> [u8; 20] {
    let mut state = [0x6745_2301u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    let mut blocks = data.chunks_exact(64);
    for block in &mut blocks {
        sha1_block(&mut state, block);
    }
    let rest = blocks.remainder();
    let mut last = [0u8; 128];
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x80;
    let end = if rest.len() < 56 { 64 } else { 128 };
    last[end - 8..end].copy_from_slice(&(data.len() as u64 * 8).to_be_bytes());
    for block in last[..end].chunks_exact(64) {
        sha1_block(&mut state, block);
    }
    let mut out = [0; 20];
    for (out, word) in out.chunks_exact_mut(4).zip(state) {
        out.copy_from_slice(&word.to_be_bytes());
    }
    out
}

fn sha1_block(state: &mut [u32; 5], block: &[u8]) {
    let mut w = [0u32; 80];
    for (word, bytes) in w.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    for i in 16..80 {
        w[i] = (w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16]).rotate_left(1);
    }
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    for (i, word) in w.iter().enumerate() {
        let (f, k) = match i {
            0..20 => (b & c | !b & d, 0x5a82_7999),
            20..40 => (b ^ c ^ d, 0x6ed9_eba1),
            40..60 => (b & c | b & d | c & d, 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6),
        };
        let next = a.rotate_left(5).wrapping_add(f).wrapping_add(e).wrapping_add(k).wrapping_add(*word);
        (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
    }
    for (value, add) in state.iter_mut().zip([a, b, c, d, e]) {
        *value = value.wrapping_add(add);
    }
}

/// GNU_PROPERTY_X86_FEATURE_1_AND and the bits that survive: SHSTK. Our PLT entries carry no ENDBR64, so that
/// IBT is not claimed.
const X86_FEATURE_1_AND: u32 = 0xc000_0002;
const X86_FEATURE_1_SHSTK: u32 = 2;
/// ISA levels needed: the union of all objects'.
const X86_ISA_1_NEEDED: u32 = 0xc000_8002;

/// The merged `.note.gnu.property`; empty when nothing is left.
pub(crate) fn property(link: &Link<'_>) -> Vec<u8> {
    if link.arch.machine != elf::EM_X86_64 {
        return Vec::new();
    }
    let mut features = u32::MAX;
    let mut isa = 0;
    for object in link.objects.iter().skip(1) {
        let mut own = 0;
        for section in object.sections.iter().filter(|section| section.name == b".note.gnu.property") {
            for (kind, value) in properties(&section.data, link.arch.class.word() as usize) {
                match kind {
                    X86_FEATURE_1_AND => own |= value,
                    X86_ISA_1_NEEDED => isa |= value,
                    _ => {}
                }
            }
        }
        features &= own;
    }
    features &= X86_FEATURE_1_SHSTK;
    let mut list = Vec::new();
    for (kind, value) in [(X86_FEATURE_1_AND, features), (X86_ISA_1_NEEDED, isa)] {
        if value != 0 {
            for field in [kind, 4, value, 0] {
                list.extend_from_slice(&field.to_le_bytes());
            }
        }
    }
    if list.is_empty() {
        return list;
    }
    let mut note = Vec::new();
    for field in [4, list.len() as u32, 5] {
        note.extend_from_slice(&field.to_le_bytes());
    }
    note.extend_from_slice(b"GNU\0");
    note.extend_from_slice(&list);
    note
}

/// The four-byte properties of a note section; damaged ones end the list.
fn properties(data: &[u8], word: usize) -> Vec<(u32, u32)> {
    let mut list = Vec::new();
    let Some(size) = u32_at(data, 4) else { return list };
    if data.get(12..16) != Some(b"GNU\0") {
        return list;
    }
    let end = 16usize.saturating_add(size as usize).min(data.len());
    let mut at = 16;
    while at + 8 <= end {
        let (Some(kind), Some(length)) = (u32_at(data, at), u32_at(data, at + 4)) else { break };
        if length == 4 {
            list.extend(u32_at(data, at + 8).map(|value| (kind, value)));
        }
        at = at.saturating_add(8 + (length as usize).saturating_add(word - 1) / word * word);
    }
    list
}

#[cfg(test)]
mod tests {
    #[test]
    fn sha1_of_the_standards_examples() {
        let hex = |data: &[u8]| super::sha1(data).iter().map(|b| format!("{b:02x}")).collect::<String>();
        assert_eq!(hex(b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(hex(b""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert_eq!(
            hex(b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
        );
    }
}

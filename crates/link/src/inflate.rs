//! Compressed debug sections: the ELF compression header, and zlib's inflate.
//!
//! In: the bytes of an SHF_COMPRESSED section. Out: the plain bytes. Source: gABI "Section Compression", RFC 1950, RFC 1951.

use crate::elf::{Class, Malformed, u32_at, word_at};

/// Sections above this are taken for damage.
const LARGEST: u64 = 1 << 32;

/// Decompresses a section: its bytes and alignment.
pub(crate) fn section(class: Class, data: &[u8]) -> Result<(Vec<u8>, u64), Malformed> {
    let short = || Malformed::from("truncated compression header");
    let kind = u32_at(data, 0).ok_or_else(short)?;
    let (size_at, header) = if class == Class::Elf64 { (8, 24) } else { (4, 12) };
    let size = word_at(class, data, size_at).ok_or_else(short)?;
    let align = word_at(class, data, size_at + class.word() as usize).ok_or_else(short)?;
    let body = data.get(header..).ok_or_else(short)?;
    if kind != 1 {
        return Err("section compressed in an unknown way (only zlib is supported)".into());
    }
    // Deflate shrinks at most about 1:1032.
    if size > LARGEST || size / 1040 > body.len() as u64 {
        return Err("compressed section with a bad size".into());
    }
    let bytes = inflate(body.get(2..).ok_or_else(short)?, size as usize);
    let bytes = bytes.filter(|bytes| bytes.len() as u64 == size);
    bytes.map(|bytes| (bytes, align)).ok_or_else(|| "corrupt compressed section".into())
}

struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    buffer: u64,
    count: u32,
}

impl Bits<'_> {
    fn fill(&mut self) {
        while self.count <= 56 {
            let Some(&byte) = self.data.get(self.at) else { return };
            self.buffer |= u64::from(byte) << self.count;
            self.count += 8;
            self.at += 1;
        }
    }

    fn take(&mut self, bits: u32) -> Option<u32> {
        self.fill();
        if self.count < bits {
            return None;
        }
        let value = (self.buffer & ((1u64 << bits) - 1)) as u32;
        self.buffer >>= bits;
        self.count -= bits;
        Some(value)
    }
}

/// A canonical Huffman code: symbols by length, and how many of each length.
struct Code {
    counts: [u16; 16],
    symbols: Vec<u16>,
}

impl Code {
    fn new(lengths: &[u8]) -> Code {
        let mut counts = [0u16; 16];
        for &length in lengths {
            counts[usize::from(length)] += 1;
        }
        counts[0] = 0;
        let mut starts = [0u16; 17];
        for length in 1..16 {
            starts[length + 1] = starts[length] + counts[length];
        }
        let mut symbols = vec![0u16; lengths.len()];
        for (symbol, &length) in lengths.iter().enumerate() {
            if length != 0 {
                symbols[usize::from(starts[usize::from(length)])] = symbol as u16;
                starts[usize::from(length)] += 1;
            }
        }
        Code { counts, symbols }
    }

    fn decode(&self, bits: &mut Bits<'_>) -> Option<u16> {
        bits.fill();
        let (mut code, mut first, mut index) = (0i32, 0i32, 0i32);
        let mut buffer = bits.buffer;
        for length in 1..16u32 {
            if bits.count < length {
                return None;
            }
            code |= (buffer & 1) as i32;
            buffer >>= 1;
            let count = i32::from(self.counts[length as usize]);
            if code - first < count {
                bits.buffer >>= length;
                bits.count -= length;
                return self.symbols.get((index + code - first) as usize).copied();
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }
}

const LENGTH_BASE: [u16; 29] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
    227, 258,
];
const LENGTH_BITS: [u8; 29] =
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE: [u16; 30] = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073,
    4097, 6145, 8193, 12289, 16385, 24577,
];
const DISTANCE_BITS: [u8; 30] =
    [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const CODE_LENGTH_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Raw deflate data; `None` when it is damaged or longer than `limit`.
fn inflate(data: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut bits = Bits { data, at: 0, buffer: 0, count: 0 };
    let mut out = Vec::with_capacity(limit);
    loop {
        let last = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => stored(&mut bits, &mut out, limit)?,
            1 => {
                let mut lengths = [8u8; 288];
                lengths[144..256].fill(9);
                lengths[256..280].fill(7);
                coded(&mut bits, &mut out, limit, &Code::new(&lengths), &Code::new(&[5; 30]))?;
            }
            2 => {
                let (literals, distances) = dynamic_codes(&mut bits)?;
                coded(&mut bits, &mut out, limit, &literals, &distances)?;
            }
            _ => return None,
        }
        if last {
            return Some(out);
        }
    }
}

fn stored(bits: &mut Bits<'_>, out: &mut Vec<u8>, limit: usize) -> Option<()> {
    bits.take(bits.count % 8)?;
    let length = bits.take(16)?;
    if bits.take(16)? != !length & 0xffff || out.len() + length as usize > limit {
        return None;
    }
    for _ in 0..length {
        out.push(bits.take(8)? as u8);
    }
    Some(())
}

fn dynamic_codes(bits: &mut Bits<'_>) -> Option<(Code, Code)> {
    let literals = bits.take(5)? as usize + 257;
    let distances = bits.take(5)? as usize + 1;
    let given = bits.take(4)? as usize + 4;
    let mut lengths = [0u8; 19];
    for &at in &CODE_LENGTH_ORDER[..given] {
        lengths[at] = bits.take(3)? as u8;
    }
    let code = Code::new(&lengths);
    let mut lengths: Vec<u8> = Vec::with_capacity(320);
    while lengths.len() < literals + distances {
        let (value, times) = match code.decode(bits)? {
            16 => (*lengths.last()?, 3 + bits.take(2)?),
            17 => (0, 3 + bits.take(3)?),
            18 => (0, 11 + bits.take(7)?),
            length => (length as u8, 1),
        };
        lengths.extend(std::iter::repeat_n(value, times as usize));
    }
    if lengths.len() != literals + distances || literals > 286 || distances > 30 {
        return None;
    }
    Some((Code::new(&lengths[..literals]), Code::new(&lengths[literals..])))
}

fn coded(
    bits: &mut Bits<'_>,
    out: &mut Vec<u8>,
    limit: usize,
    literals: &Code,
    distances: &Code,
) -> Option<()> {
    loop {
        let symbol = usize::from(literals.decode(bits)?);
        if symbol < 256 {
            if out.len() >= limit {
                return None;
            }
            out.push(symbol as u8);
            continue;
        }
        if symbol == 256 {
            return Some(());
        }
        let length = usize::from(*LENGTH_BASE.get(symbol - 257)?)
            + bits.take(u32::from(LENGTH_BITS[symbol - 257]))? as usize;
        let symbol = usize::from(distances.decode(bits)?);
        let distance =
            usize::from(*DISTANCE_BASE.get(symbol)?) + bits.take(u32::from(DISTANCE_BITS[symbol]))? as usize;
        if distance > out.len() || out.len() + length > limit {
            return None;
        }
        let start = out.len() - distance;
        for at in start..start + length {
            out.push(out[at]);
        }
    }
}

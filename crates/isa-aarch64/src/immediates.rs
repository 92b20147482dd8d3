//! Which constants A64 instructions can hold (Arm ARM, C3.4 and the pseudocode `DecodeBitMasks`, `VFPExpandImm`).
//!
//! The code generator asks these functions what needs a register; the slots of the encoder are built on them.

/// The 13 bits `N:immr:imms` of a logical immediate of 32 or 64 bits, if the value is one: a rotated run of
/// ones, repeated in elements of 2, 4, 8, 16, 32 or 64 bits.
pub const fn logical_immediate(value: u64, width: u32) -> Option<u16> {
    let value = if width == 32 {
        let low = value & 0xffff_ffff;
        low | low << 32
    } else {
        value
    };
    if value == 0 || value == u64::MAX {
        return None;
    }
    // The smallest element that repeats.
    let mut size = 64;
    while size > 2 {
        let half = size / 2;
        let mask = (1u64 << half) - 1;
        if value & mask != value >> half & mask {
            break;
        }
        size = half;
    }
    let mask = u64::MAX >> (64 - size);
    let element = value & mask;
    // Rotate so that the run of ones starts at bit 0.
    let (rotation, ones) = if element & 1 != 0 && element >> (size - 1) & 1 != 0 {
        // The run wraps around: count the ones at the top.
        let top = (!(element << (64 - size))).leading_zeros();
        let bottom = (!element).trailing_zeros();
        (top, top + bottom)
    } else {
        let low = element.trailing_zeros();
        (size - low, (element >> low).trailing_ones())
    };
    if element.count_ones() != ones {
        return None;
    }
    let immr = rotation % size;
    // imms: the element size in the leading ones, then the number of ones less one.
    let imms = ((!(size * 2 - 1)) & 0x3f) | (ones - 1);
    let n = if size == 64 { 1 } else { 0 };
    Some((n << 12 | immr << 6 | imms) as u16)
}

/// The value of a logical immediate's 13 bits, if they are one of that width.
pub const fn logical_value(bits: u16, width: u32) -> Option<u64> {
    let (n, immr, imms) = (bits as u32 >> 12 & 1, bits as u32 >> 6 & 0x3f, bits as u32 & 0x3f);
    let combined = n << 6 | (!imms & 0x3f);
    if combined < 2 || (width == 32 && n != 0) {
        return None;
    }
    let size = 1 << (31 - combined.leading_zeros());
    let (ones, rotation) = ((imms & (size - 1)) + 1, immr & (size - 1));
    if ones == size {
        return None;
    }
    let run = (1u64 << ones) - 1;
    let mask = u64::MAX >> (64 - size);
    let mut element = if rotation == 0 { run } else { (run >> rotation | run << (size - rotation)) & mask };
    let mut at = size;
    while at < 64 {
        element |= element << at;
        at *= 2;
    }
    Some(if width == 32 { element & 0xffff_ffff } else { element })
}

/// The 12 bits of an `add` or `sub` immediate and whether they are shifted left by 12.
pub const fn add_immediate(value: u64) -> Option<(u16, bool)> {
    if value < 1 << 12 {
        Some((value as u16, false))
    } else if value & 0xfff == 0 && value < 1 << 24 {
        Some(((value >> 12) as u16, true))
    } else {
        None
    }
}

/// The 16 bits of `movz` and the shift in units of 16 bits, if one `movz` makes the value.
pub const fn movz_immediate(value: u64, width: u32) -> Option<(u16, u8)> {
    let value = if width == 32 { value & 0xffff_ffff } else { value };
    let mut part = 0;
    while part < width / 16 {
        if value & !(0xffff << (16 * part)) == 0 {
            return Some(((value >> (16 * part)) as u16, part as u8));
        }
        part += 1;
    }
    None
}

/// The same for `movn`.
pub const fn movn_immediate(value: u64, width: u32) -> Option<(u16, u8)> {
    movz_immediate(!value, width)
}

/// How many of the 16-bit parts of a value are neither zero nor ones: what a `movz`/`movk` sequence costs (zeros),
/// and what a `movn`/`movk` sequence costs (ones), one at least.
pub const fn move_wide_costs(value: u64, width: u32) -> (u8, u8) {
    let (mut zero_parts, mut one_parts) = (0, 0);
    let parts = (width / 16) as u8;
    let mut part = 0;
    while part < parts {
        match value >> (16 * part) as u32 & 0xffff {
            0 => zero_parts += 1,
            0xffff => one_parts += 1,
            _ => {}
        }
        part += 1;
    }
    (at_least_one(parts - zero_parts), at_least_one(parts - one_parts))
}

const fn at_least_one(count: u8) -> u8 {
    if count == 0 { 1 } else { count }
}

/// The 8 bits of an `fmov` immediate, from the bits of a double (a float is to be widened first).
pub const fn float_immediate(bits: u64) -> Option<u8> {
    let (sign, exponent, fraction) = (bits >> 63, bits >> 52 & 0x7ff, bits & ((1 << 52) - 1));
    if fraction & ((1 << 48) - 1) != 0 || exponent < 1020 || exponent > 1027 {
        return None;
    }
    // exponent - 1020 is 0..=7: NOT(b) in its top bit, then cd.
    let low = (exponent - 1020) ^ 4;
    // b=0 stands for exponents 1..4, b=1 for -3..0.
    let field = low & 7;
    Some((sign << 7 | field << 4 | fraction >> 48) as u8)
}

/// The bits of the double that an `fmov` immediate stands for.
pub const fn float_value(imm8: u8) -> u64 {
    let (sign, field, fraction) = (imm8 as u64 >> 7, imm8 as u64 >> 4 & 7, imm8 as u64 & 15);
    sign << 63 | ((field ^ 4) + 1020) << 52 | fraction << 48
}

/// The 8 bits of a 64-bit `movi` immediate, whose bytes are 0 or 255 each.
pub const fn byte_mask_immediate(value: u64) -> Option<u8> {
    let mut out = 0;
    let mut i = 0;
    while i < 8 {
        match value >> (8 * i) & 0xff {
            0 => {}
            0xff => out |= 1 << i,
            _ => return None,
        }
        i += 1;
    }
    Some(out)
}

/// The value of such an immediate.
pub const fn byte_mask_value(imm8: u8) -> u64 {
    let mut out = 0;
    let mut i = 0;
    while i < 8 {
        if imm8 >> i & 1 != 0 {
            out |= 0xff << (8 * i);
        }
        i += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_logical_immediate_round_trips() {
        let mut count = 0;
        for bits in 0..1 << 13 {
            for width in [32, 64] {
                let Some(value) = logical_value(bits, width) else { continue };
                count += usize::from(width == 64);
                // Rotations beyond the element size are the same value.
                let again = logical_immediate(value, width).expect("is one");
                assert_eq!(logical_value(again, width), Some(value), "{bits:#x} {width}");
            }
        }
        assert!(count > 5334);
        assert_eq!(logical_immediate(0xff, 64), Some(0x1007));
        for bad in [0, u64::MAX, 5, 0x1234, 0xffff_0001_0000_ffff] {
            assert_eq!(logical_immediate(bad, 64), None, "{bad:#x}");
        }
    }

    #[test]
    fn every_float_immediate_round_trips() {
        for imm8 in 0..=255 {
            assert_eq!(float_immediate(float_value(imm8)), Some(imm8));
        }
        assert_eq!(float_immediate(1.0f64.to_bits()), Some(0x70));
        assert_eq!(float_immediate(31.0f64.to_bits()), Some(0x3f));
        assert_eq!(float_immediate(0), None);
        assert_eq!(float_immediate(0.1f64.to_bits()), None);
    }

    #[test]
    fn wide_moves() {
        assert_eq!(movz_immediate(0x5678_0000, 32), Some((0x5678, 1)));
        assert_eq!(movn_immediate(!0x12, 64), Some((0x12, 0)));
        assert_eq!(movn_immediate(0xffff_fffe, 32), Some((1, 0)));
        assert_eq!(movz_immediate(0x1_0001, 64), None);
        assert_eq!(move_wide_costs(0xffff_ffff_ffff_1234, 64), (4, 1));
        assert_eq!(add_immediate(0x5000), Some((5, true)));
        assert_eq!(add_immediate(0x5001), None);
        assert_eq!(byte_mask_immediate(0xff00_ff00_00ff_00ff), Some(0b1010_0101));
    }
}

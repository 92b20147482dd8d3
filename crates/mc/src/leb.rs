//! LEB128 numbers (DWARF 5, 7.6).

/// Appends a number.
pub fn push(out: &mut Vec<u8>, value: i64, signed: bool) {
    if signed { push_signed(out, value) } else { push_unsigned(out, value as u64) }
}

/// Appends an unsigned number.
pub fn push_unsigned(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// Appends a signed number.
pub fn push_signed(out: &mut Vec<u8>, mut value: i64) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// Bytes that a number takes.
pub fn size_bytes(value: i64, signed: bool) -> u32 {
    let bits = match (signed, value) {
        (false, _) => 64 - (value as u64).leading_zeros(),
        (true, 0..) => 65 - value.leading_zeros(),
        (true, _) => 65 - value.leading_ones(),
    };
    bits.div_ceil(7).max(1)
}

#[cfg(test)]
mod tests {
    #[test]
    fn size_is_what_push_appends() {
        for signed in [false, true] {
            for shift in 0..64 {
                for delta in [-2i64, -1, 0, 1] {
                    for sign in [1i64, -1] {
                        let value = (1i64 << shift).wrapping_add(delta).wrapping_mul(sign);
                        let mut out = Vec::new();
                        super::push(&mut out, value, signed);
                        assert_eq!(out.len() as u32, super::size_bytes(value, signed), "{value} {signed}");
                    }
                }
            }
        }
    }
}

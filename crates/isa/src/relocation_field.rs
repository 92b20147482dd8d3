//! How the field of a relocation holds its value: as an integer, or scattered over the bits of instructions.
//!
//! In: a value that the linker computed, and the bytes of the field. Out: the bytes with the value in place. Used
//! through [`crate::relocation::RelocationRow`]; the tables of the targets are in their `relocations.rs`.

use std::fmt;

/// Bits of the value and where they stand in the little-endian instruction (or pair of instructions).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BitPart {
    /// Lowest bit of the value.
    pub from: u8,
    /// Number of bits.
    pub width: u8,
    /// Lowest bit in the instruction.
    pub to: u8,
    /// Taken after [`InstructionField::round`] was added.
    pub rounded: bool,
}

/// A field inside instructions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InstructionField {
    /// Bits that the (rounded) value may have; 0 or 64 for any number.
    pub bits: u8,
    /// The value is a multiple of `1 << align`.
    pub align: u8,
    /// Added before the upper part is taken, because the lower part will be sign-extended.
    pub round: u16,
    /// AArch64's move group: a negative value turns MOVZ into MOVN and is stored inverted.
    pub signed_move: bool,
    /// The bits.
    pub parts: &'static [BitPart],
}

/// How a field holds its value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// A little-endian integer.
    Data,
    /// Added to the integer that is there.
    Add,
    /// Subtracted from the integer that is there.
    Subtract,
    /// The low six bits of a byte, whose others stay.
    SetSix,
    /// Subtracted from the low six bits of a byte.
    SubtractSix,
    /// A ULEB128 number, whose length stays.
    SetUleb128,
    /// Subtracted from a ULEB128 number.
    SubtractUleb128,
    /// Bits of instructions.
    Instruction(&'static InstructionField),
}

/// Why a value was not stored as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StoreError {
    /// It has more bits than the field.
    Overflow,
    /// It is not a multiple of the field's unit.
    Misaligned,
    /// The field does not lie in the data.
    OutOfBounds,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StoreError::Overflow => "the value does not fit",
            StoreError::Misaligned => "the value is not aligned",
            StoreError::OutOfBounds => "the field lies outside the data",
        })
    }
}

impl std::error::Error for StoreError {}

impl Field {
    /// Puts `value` into the `size` bytes at the start of `data`, bits that the field has not dropped.
    ///
    /// # Errors
    /// When the field is longer than `data`, or the value is no multiple of its unit, or a ULEB128 gets too long.
    pub fn store(&self, data: &mut [u8], size: usize, value: i64) -> Result<(), StoreError> {
        if size > 8 {
            return Err(StoreError::OutOfBounds);
        }
        match self {
            Field::SetUleb128 => return store_uleb128(data, value as u64),
            Field::SubtractUleb128 => {
                let old = load_uleb128(data)?;
                return store_uleb128(data, old.wrapping_sub(value as u64));
            }
            _ => {}
        }
        let data = data.get_mut(..size).ok_or(StoreError::OutOfBounds)?;
        let mut bytes = [0u8; 8];
        bytes[..size].copy_from_slice(data);
        let old = u64::from_le_bytes(bytes);
        let value_bits = value as u64;
        let new = match self {
            Field::Data | Field::SetUleb128 | Field::SubtractUleb128 => value_bits,
            Field::Add => old.wrapping_add(value_bits),
            Field::Subtract => old.wrapping_sub(value_bits),
            Field::SetSix => old & !63 | value_bits & 63,
            Field::SubtractSix => old & !63 | old.wrapping_sub(value_bits) & 63,
            Field::Instruction(field) => field.insert(old, value),
        };
        data.copy_from_slice(&new.to_le_bytes()[..size]);
        match self {
            Field::Instruction(field) if value_bits & ((1 << field.align) - 1) != 0 => {
                Err(StoreError::Misaligned)
            }
            _ => Ok(()),
        }
    }
}

impl InstructionField {
    /// The instruction with the value in its bits.
    pub const fn insert(&self, instruction: u64, value: i64) -> u64 {
        const OPCODE: u64 = 0b11 << 29;
        let (mut word, mut value) = (instruction, value);
        if self.signed_move {
            word = word & !OPCODE | if value < 0 { 0 } else { 0b10 << 29 };
            value = if value < 0 { !value } else { value };
        }
        let mut at = 0;
        while at < self.parts.len() {
            let part = self.parts[at];
            let mask = if part.width >= 64 { u64::MAX } else { (1 << part.width) - 1 };
            let round = if part.rounded { self.round as i64 } else { 0 };
            let bits = (value.wrapping_add(round) >> part.from) as u64 & mask;
            word = word & !(mask << part.to) | bits << part.to;
            at += 1;
        }
        word
    }
}

/// A ULEB128 number; it ends inside the data.
fn load_uleb128(data: &[u8]) -> Result<u64, StoreError> {
    let mut value = 0u64;
    for (index, &byte) in data.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f).checked_shl(index as u32 * 7).unwrap_or(0);
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(StoreError::OutOfBounds)
}

/// Replaces a ULEB128 number by one of the same length.
fn store_uleb128(data: &mut [u8], value: u64) -> Result<(), StoreError> {
    let length = data.iter().take(10).position(|byte| byte & 0x80 == 0).ok_or(StoreError::OutOfBounds)? + 1;
    let mut rest = value;
    for (index, byte) in data[..length].iter_mut().enumerate() {
        let more = if index + 1 < length { 0x80 } else { 0 };
        *byte = (rest & 0x7f) as u8 | more;
        rest >>= 7;
    }
    if rest == 0 { Ok(()) } else { Err(StoreError::Overflow) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uleb128_keeps_its_length() {
        let mut data = [0x80, 0x80, 0x00, 0xff];
        assert_eq!(Field::SetUleb128.store(&mut data, 1, 300), Ok(()));
        assert_eq!(Field::SubtractUleb128.store(&mut data, 1, 44), Ok(()));
        assert_eq!((load_uleb128(&data), data[3]), (Ok(256), 0xff));
        assert_eq!(Field::SetUleb128.store(&mut data, 1, 1 << 21), Err(StoreError::Overflow));
        assert_eq!(Field::SetUleb128.store(&mut [0x80, 0x80], 1, 1), Err(StoreError::OutOfBounds));
    }

    #[test]
    fn integers_and_differences() {
        let mut data = [0xc1u8, 0, 0, 0];
        assert_eq!(Field::SetSix.store(&mut data, 1, 70), Ok(()));
        assert_eq!(data[0], 0xc6);
        assert_eq!(Field::SubtractSix.store(&mut data, 1, 7), Ok(()));
        assert_eq!(data[0], 0xff);
        assert_eq!(Field::Add.store(&mut data, 4, 1), Ok(()));
        assert_eq!(data, [0, 1, 0, 0]);
        assert_eq!(Field::Data.store(&mut data[..2], 4, 1), Err(StoreError::OutOfBounds));
    }
}

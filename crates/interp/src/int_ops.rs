//! Integer operations on one lane: bits in, bits out, and what breaks a promise.
//!
//! Operands are zero above `width`. Semantics: the opcode table's documentation.

use crate::value::{mask, signed};
use lathe_ir::instruction::{EXACT, NSW, NUW};
use lathe_ir::{IntCond, Opcode};

/// What an operation did that its promises or the opcode exclude.
pub type Broken = &'static str;

/// A two-operand operation.
pub fn binary(op: Opcode, width: u32, promises: u8, a: u128, b: u128) -> Result<u128, Broken> {
    use Opcode::*;
    let (sa, sb) = (signed(a, width), signed(b, width));
    let all = mask(width);
    let count = (b % u128::from(width)) as u32;
    let result = match op {
        Iadd | IaddImm => {
            wrap_promise(promises, add_wraps(width, a, b, sa, sb))?;
            a.wrapping_add(b)
        }
        Isub => {
            wrap_promise(promises, sub_wraps(width, a, b, sa, sb))?;
            a.wrapping_sub(b)
        }
        Imul | ImulImm => {
            if promises != 0 {
                wrap_promise(promises, mul_wraps(width, a, b, sa, sb))?;
            }
            a.wrapping_mul(b)
        }
        Umulhi => high_unsigned(width, a, b),
        Smulhi => high_signed(width, sa, sb),
        Udiv | Urem if b == 0 => return Err("division by zero"),
        Sdiv | Srem if b == 0 => return Err("division by zero"),
        Sdiv | Srem if b == all && a == 1 << (width - 1) => return Err("signed division overflows"),
        Udiv if promises & EXACT != 0 && !a.is_multiple_of(b) => {
            return Err("'exact' division leaves a remainder");
        }
        Sdiv if promises & EXACT != 0 && sa % sb != 0 => return Err("'exact' division leaves a remainder"),
        Udiv => a / b,
        Urem => a % b,
        Sdiv => (sa / sb) as u128,
        Srem => (sa % sb) as u128,
        Smin => {
            if sa < sb {
                a
            } else {
                b
            }
        }
        Smax => {
            if sa > sb {
                a
            } else {
                b
            }
        }
        Umin => a.min(b),
        Umax => a.max(b),
        UaddSat => {
            if add_wraps(width, a, b, sa, sb).1 {
                all
            } else {
                a + b
            }
        }
        UsubSat => a.saturating_sub(b),
        SaddSat => match add_wraps(width, a, b, sa, sb).0 {
            true => saturated(width, sa < 0),
            false => a.wrapping_add(b),
        },
        SsubSat => match sub_wraps(width, a, b, sa, sb).0 {
            true => saturated(width, sa < 0),
            false => a.wrapping_sub(b),
        },
        Iand | IandImm => a & b,
        Ior | IorImm => a | b,
        Ixor | IxorImm => a ^ b,
        Shl | ShlImm => {
            let shifted = a << count & all;
            let lost_unsigned = shifted >> count != a;
            let lost_signed = signed(shifted, width) >> count != sa;
            wrap_promise(promises, (lost_signed, lost_unsigned))?;
            shifted
        }
        Lshr | LshrImm | Ashr | AshrImm => {
            if promises & EXACT != 0 && a & mask(count) != 0 {
                return Err("'exact' shift drops ones");
            }
            if matches!(op, Lshr | LshrImm) { a >> count } else { (sa >> count) as u128 }
        }
        Rotl => rotate_left(width, a, count),
        Rotr => rotate_left(width, a, (width - count) % width),
        _ => return Err("this is no integer operation of two operands"),
    };
    Ok(result & all)
}

fn rotate_left(width: u32, a: u128, count: u32) -> u128 {
    if count == 0 { a } else { a << count | a >> (width - count) }
}

fn saturated(width: u32, negative: bool) -> u128 {
    if negative { 1 << (width - 1) } else { mask(width - 1) }
}

fn wrap_promise(promises: u8, (signed, unsigned): (bool, bool)) -> Result<(), Broken> {
    match (promises & NSW != 0 && signed, promises & NUW != 0 && unsigned) {
        (true, _) => Err("signed overflow under 'nsw'"),
        (_, true) => Err("unsigned overflow under 'nuw'"),
        _ => Ok(()),
    }
}

fn fits_signed(width: u32, value: Option<i128>) -> bool {
    value.is_some_and(|v| signed(v as u128, width) == v)
}

fn add_wraps(width: u32, a: u128, b: u128, sa: i128, sb: i128) -> (bool, bool) {
    let unsigned = a.checked_add(b).is_none_or(|sum| sum > mask(width));
    (!fits_signed(width, sa.checked_add(sb)), unsigned)
}

fn sub_wraps(width: u32, a: u128, b: u128, sa: i128, sb: i128) -> (bool, bool) {
    (!fits_signed(width, sa.checked_sub(sb)), a < b)
}

fn mul_wraps(width: u32, a: u128, b: u128, sa: i128, sb: i128) -> (bool, bool) {
    let unsigned = a.checked_mul(b).is_none_or(|product| product > mask(width));
    (!fits_signed(width, sa.checked_mul(sb)), unsigned)
}

/// The upper half of a 256-bit product.
fn high_128(a: u128, b: u128) -> u128 {
    let low = mask(64);
    let (ah, al, bh, bl) = (a >> 64, a & low, b >> 64, b & low);
    let middle = ((al * bl) >> 64) + ((ah * bl) & low) + ((al * bh) & low);
    ah * bh + ((ah * bl) >> 64) + ((al * bh) >> 64) + (middle >> 64)
}

fn high_unsigned(width: u32, a: u128, b: u128) -> u128 {
    if width == 128 { high_128(a, b) } else { (a * b) >> width }
}

fn high_signed(width: u32, a: i128, b: i128) -> u128 {
    if width < 128 {
        return ((a * b) >> width) as u128;
    }
    let correction = if a < 0 { b as u128 } else { 0 }.wrapping_add(if b < 0 { a as u128 } else { 0 });
    high_128(a as u128, b as u128).wrapping_sub(correction)
}

/// A one-operand operation.
pub fn unary(op: Opcode, width: u32, promises: u8, a: u128) -> Result<u128, Broken> {
    use Opcode::*;
    let all = mask(width);
    let result = match op {
        Ineg => {
            wrap_promise(promises, (a == 1 << (width - 1), a != 0))?;
            a.wrapping_neg()
        }
        Iabs => signed(a, width).unsigned_abs(),
        Inot => !a,
        Clz => u128::from(a.leading_zeros() - (128 - width)),
        Ctz => u128::from(a.trailing_zeros().min(width)),
        Popcnt => u128::from(a.count_ones()),
        Bswap => a.swap_bytes() >> (128 - width),
        Bitrev => a.reverse_bits() >> (128 - width),
        _ => return Err("this is no integer operation of one operand"),
    };
    Ok(result & all)
}

/// An operation that also tells whether it wrapped.
pub fn overflowing(op: Opcode, width: u32, a: u128, b: u128) -> (u128, bool) {
    use Opcode::*;
    let (sa, sb) = (signed(a, width), signed(b, width));
    let (result, wrapped) = match op {
        UaddOverflow => (a.wrapping_add(b), add_wraps(width, a, b, sa, sb).1),
        SaddOverflow => (a.wrapping_add(b), add_wraps(width, a, b, sa, sb).0),
        UsubOverflow => (a.wrapping_sub(b), sub_wraps(width, a, b, sa, sb).1),
        SsubOverflow => (a.wrapping_sub(b), sub_wraps(width, a, b, sa, sb).0),
        UmulOverflow => (a.wrapping_mul(b), mul_wraps(width, a, b, sa, sb).1),
        _ => (a.wrapping_mul(b), mul_wraps(width, a, b, sa, sb).0),
    };
    (result & mask(width), wrapped)
}

/// Sum or difference with carry in and out.
pub fn carrying(op: Opcode, width: u32, a: u128, b: u128, carry: u128) -> (u128, bool) {
    let carry = u128::from(carry & 0xff != 0);
    let (first, second) = match op {
        Opcode::UaddCarry => (Opcode::UaddOverflow, Opcode::UaddOverflow),
        _ => (Opcode::UsubOverflow, Opcode::UsubOverflow),
    };
    let (partial, wrapped) = overflowing(first, width, a, b);
    let (result, again) = overflowing(second, width, partial, carry);
    (result, wrapped || again)
}

/// A comparison.
pub fn compare(cond: IntCond, width: u32, a: u128, b: u128) -> bool {
    let (sa, sb) = (signed(a, width), signed(b, width));
    match cond {
        IntCond::Eq => a == b,
        IntCond::Ne => a != b,
        IntCond::Slt => sa < sb,
        IntCond::Sge => sa >= sb,
        IntCond::Sgt => sa > sb,
        IntCond::Sle => sa <= sb,
        IntCond::Ult => a < b,
        IntCond::Uge => a >= b,
        IntCond::Ugt => a > b,
        IntCond::Ule => a <= b,
    }
}

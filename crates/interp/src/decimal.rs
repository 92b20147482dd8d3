//! Exact decimal digits of binary floats, for `printf`.
//!
//! In: mantissa and power of two ([`crate::float_ops::decompose`]). Out: all digits and the place of
//! the point. Every binary float has a finite decimal expansion, so rounding to a precision
//! afterwards (half to even on the exact value, as glibc does) is exact.

/// `0.d1 d2 d3 … × 10^point`; no digits for zero.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Digits {
    /// Digits 0-9, the first not 0.
    pub digits: Vec<u8>,
    /// Number of digits before the point (may be negative).
    pub point: i32,
}

/// The digits of `mantissa * 2^exponent`.
pub fn exact(mantissa: u128, exponent: i32) -> Digits {
    if mantissa == 0 {
        return Digits { digits: Vec::new(), point: 1 };
    }
    // A whole number times a power of ten: m * 2^e, or m * 5^-e / 10^-e.
    let mut number = Big::from(mantissa);
    for _ in 0..exponent.unsigned_abs() / 27 {
        // 5^27 > 2^62: keep to factors that fit the carry.
        number.multiply(if exponent > 0 { 1 << 27 } else { 5u64.pow(13) });
        if exponent < 0 {
            number.multiply(5u64.pow(14));
        }
    }
    for _ in 0..exponent.unsigned_abs() % 27 {
        number.multiply(if exponent > 0 { 2 } else { 5 });
    }
    let mut digits = number.digits();
    let point = digits.len() as i32 + exponent.min(0);
    while digits.last() == Some(&0) {
        digits.pop();
    }
    Digits { digits, point }
}

impl Digits {
    /// Rounds to `count` digits (0 or fewer give no digit, or a single 1), half to even.
    pub fn round(&mut self, count: i64) {
        if count >= self.digits.len() as i64 {
            return;
        }
        let keep = count.max(0) as usize;
        let up = count >= 0 && {
            let next = self.digits[keep];
            let rest = self.digits[keep + 1..].iter().any(|d| *d != 0);
            let odd = keep > 0 && self.digits[keep - 1] % 2 == 1;
            next > 5 || next == 5 && (rest || odd)
        };
        self.digits.truncate(keep);
        if up {
            while self.digits.last() == Some(&9) {
                self.digits.pop();
            }
            match self.digits.last_mut() {
                Some(last) => *last += 1,
                None => {
                    self.digits.push(1);
                    self.point += 1;
                }
            }
        }
    }

    /// The digit at a place: 0 is the first one.
    pub fn digit(&self, place: i64) -> u8 {
        usize::try_from(place).ok().and_then(|p| self.digits.get(p)).copied().unwrap_or(0)
    }
}

/// A whole number in limbs of 10^9, lowest first.
struct Big(Vec<u32>);

const LIMB: u64 = 1_000_000_000;

impl Big {
    fn from(mut value: u128) -> Big {
        let mut limbs = Vec::new();
        while value > 0 {
            limbs.push((value % u128::from(LIMB)) as u32);
            value /= u128::from(LIMB);
        }
        Big(limbs)
    }

    fn multiply(&mut self, factor: u64) {
        let mut carry = 0u128;
        for limb in &mut self.0 {
            let product = u128::from(*limb) * u128::from(factor) + carry;
            *limb = (product % u128::from(LIMB)) as u32;
            carry = product / u128::from(LIMB);
        }
        while carry > 0 {
            self.0.push((carry % u128::from(LIMB)) as u32);
            carry /= u128::from(LIMB);
        }
    }

    fn digits(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.0.len() * 9);
        for limb in self.0.iter().rev() {
            let text = format!("{limb:09}");
            out.extend(text.bytes().map(|b| b - b'0'));
        }
        let zeros = out.iter().take_while(|d| **d == 0).count();
        out.drain(..zeros);
        out
    }
}

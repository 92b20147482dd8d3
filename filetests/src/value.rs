//! Values in `run:` lines.
//!
//! Integers are decimal or hexadecimal; floats are decimal, hexadecimal floats, `inf`, `nan` (any
//! NaN), or bits as `0x…` without an exponent; vectors are `[a, b, …]`; addresses are numbers,
//! `null`, or text in quotes (its bytes are put in memory).

use crate::directive::unescape;
use lathe_interp::float_ops;
use lathe_interp::value::mask;
use lathe_ir::Type;

/// A value of a known type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Literal {
    /// The bits of each lane; `None` is any NaN.
    Lanes(Vec<Option<u128>>),
    /// The address of these bytes.
    Bytes(Vec<u8>),
}

/// Reads a value of a type.
///
/// # Errors
/// What is wrong with the text.
pub fn parse(ty: Type, text: &str) -> Result<Literal, String> {
    if let Some(quoted) = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) {
        return Ok(Literal::Bytes(unescape(quoted)));
    }
    if let Some(lanes) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
        let lanes: Vec<_> = lanes.split(',').map(|l| lane(ty.lane(), l.trim())).collect::<Result<_, _>>()?;
        if lanes.len() != ty.lanes() as usize {
            return Err(format!("{} lanes for {ty}", lanes.len()));
        }
        return Ok(Literal::Lanes(lanes));
    }
    if ty.is_vector() {
        return Err(format!("expected '[…]' for {ty}, found '{text}'"));
    }
    Ok(Literal::Lanes(vec![lane(ty, text)?]))
}

fn lane(ty: Type, text: &str) -> Result<Option<u128>, String> {
    let wrong = || format!("'{text}' is no {ty}");
    let width = ty.lane_bits(64);
    let (negative, body) = match text.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, text),
    };
    let hexadecimal = body.strip_prefix("0x");
    let is_bits = hexadecimal.is_some_and(|h| !h.contains(['p', 'P']));
    if ty.is_float() && !is_bits {
        let magnitude = match body {
            "nan" => return Ok(None),
            "inf" => float_ops::from_f64(ty, f64::INFINITY),
            _ => float_ops::parse(ty, body).ok_or_else(wrong)?,
        };
        return Ok(Some(if negative { magnitude | 1 << (width - 1) } else { magnitude }));
    }
    let magnitude = match (body, hexadecimal) {
        ("null", _) => 0,
        (_, Some(digits)) => u128::from_str_radix(digits, 16).map_err(|_| wrong())?,
        _ => body.parse::<u128>().map_err(|_| wrong())?,
    };
    let bits = if negative { magnitude.wrapping_neg() } else { magnitude };
    if !negative && magnitude > mask(width) {
        return Err(wrong());
    }
    Ok(Some(bits & mask(width)))
}

/// The bits of lanes to pass; any NaN is the quiet one.
pub fn argument_lanes(ty: Type, lanes: &[Option<u128>]) -> Vec<u128> {
    let nan = || float_ops::from_f64(ty.lane(), f64::NAN);
    lanes.iter().map(|lane| lane.unwrap_or_else(nan)).collect()
}

/// Whether the lanes of a result are what was expected.
pub fn matches(ty: Type, expected: &Literal, found: &[u128]) -> bool {
    match expected {
        Literal::Bytes(_) => false,
        Literal::Lanes(lanes) => {
            lanes.len() == found.len()
                && lanes.iter().zip(found).all(|(expected, found)| match expected {
                    Some(bits) => bits == found,
                    None => float_ops::is_nan(ty.lane(), *found),
                })
        }
    }
}

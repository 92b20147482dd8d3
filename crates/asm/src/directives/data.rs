//! Data, alignment, space and included bytes.

use crate::assembler::Assembler;
use crate::cursor::Cursor;
use crate::expression::{Number, number_128};
use lathe_diag::Loc;
use lathe_mc::{Alignment, Expression, Fill};

/// Most bytes that one directive may fill by a constant count.
const MAX_FILL: i64 = 1 << 32;

impl Assembler<'_> {
    pub(super) fn integers(&mut self, cursor: &mut Cursor<'_>, bytes: u8) {
        if cursor.at_end() {
            return;
        }
        loop {
            if bytes == 16 {
                self.octa(cursor);
            } else {
                cursor.skip_space();
                let start = cursor.at;
                let Some(value) = self.expression(cursor) else { return };
                match value {
                    Expression::Constant(number) => self.integer(number, bytes, cursor, start),
                    other => {
                        let loc = cursor.loc_at(start);
                        self.streamer.value(other, bytes, loc);
                    }
                }
            }
            if !cursor.eat_comma() {
                return;
            }
        }
    }

    fn integer(&mut self, number: i64, bytes: u8, cursor: &Cursor<'_>, start: usize) {
        if bytes < 8 {
            let bits = u32::from(bytes) * 8;
            let (low, high) = (-(1i64 << bits), 1i64 << bits);
            if number < low || number >= high {
                let mask = high - 1;
                let text = format!("value 0x{number:x} truncated to 0x{:x}", number & mask);
                self.warning(cursor.span_from(start), text);
            }
        }
        self.streamer.integer(number as i128 as u128, bytes);
    }

    fn octa(&mut self, cursor: &mut Cursor<'_>) {
        let negative = cursor.eat(b'-');
        cursor.skip_space();
        match number_128(cursor) {
            Number::Value(value) => {
                let value = if negative { value.wrapping_neg() } else { value };
                self.streamer.integer(value, 16);
            }
            _ => self.error(cursor.loc(), "expected a number of up to 128 bits"),
        }
    }

    pub(super) fn repeated_integer(&mut self, cursor: &mut Cursor<'_>, bytes: u8, loc: Loc) {
        let Some(count) = self.absolute(cursor) else { return };
        let value = if cursor.eat_comma() { self.absolute(cursor).unwrap_or(0) } else { 0 };
        self.checked_fill(Expression::Constant(count), value as u64, bytes, loc);
    }

    pub(super) fn space(&mut self, cursor: &mut Cursor<'_>, bytes: u8, loc: Loc) {
        let Some(count) = self.absolute(cursor) else { return };
        let value = if cursor.eat_comma() { self.absolute(cursor).unwrap_or(0) } else { 0 };
        let total = count.saturating_mul(i64::from(bytes));
        self.checked_fill(Expression::Constant(total), value as u64, 1, loc);
    }

    fn checked_fill(&mut self, count: Expression, value: u64, size_bytes: u8, loc: Loc) {
        if let Some(number) = count.constant() {
            if number < 0 {
                self.warning(loc, ".space, .nops or .fill with negative value, ignored");
                return;
            }
            if number.saturating_mul(i64::from(size_bytes)) > MAX_FILL {
                self.error(loc, format!("fill of {number} times {size_bytes} bytes is too large"));
                return;
            }
            if number == 0 {
                return;
            }
        }
        self.streamer.fill(Fill { count, value, size_bytes }, loc);
    }

    pub(super) fn fill(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        let Some(count) = self.expression(cursor) else { return };
        let mut size = 1;
        let mut value = 0;
        if cursor.eat_comma() {
            if !matches!(cursor.peek(), Some(b',')) {
                size = self.absolute(cursor).unwrap_or(1);
            }
            if cursor.eat_comma() {
                value = self.absolute(cursor).unwrap_or(0);
            }
        }
        if size < 0 {
            self.warning(loc, "size negative; .fill ignored");
            return;
        }
        if size > 8 {
            self.warning(loc, ".fill size clamped to 8");
            size = 8;
        }
        if size > 0 {
            // Only the low four bytes of the value count (GNU as manual 7.51).
            let value = if size > 4 { value & 0xffff_ffff } else { value };
            self.checked_fill(count, value as u64, size as u8, loc);
        }
    }

    pub(super) fn skip(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        let Some(count) = self.expression(cursor) else { return };
        let value = if cursor.eat_comma() { self.absolute(cursor).unwrap_or(0) } else { 0 };
        self.checked_fill(count, (value & 0xff) as u64, 1, loc);
    }

    pub(super) fn origin(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        let Some(target) = self.expression(cursor) else { return };
        let fill = if cursor.eat_comma() { self.padding(cursor, 1) } else { lathe_mc::PaddingFill::Default };
        self.streamer.origin(target, fill, loc);
    }

    pub(super) fn align(&mut self, cursor: &mut Cursor<'_>, log2: bool, width: u8) {
        cursor.skip_space();
        let start = cursor.at;
        let amount = if cursor.at_end() { Some(0) } else { self.absolute(cursor) };
        let Some(amount) = amount else { return };
        let align_log2 = if log2 {
            amount
        } else if amount <= 1 {
            0
        } else if amount & (amount - 1) != 0 {
            self.error(cursor.span_from(start), "alignment not a power of 2");
            return;
        } else {
            i64::from(amount.trailing_zeros())
        };
        if !(0..=31).contains(&align_log2) {
            self.error(cursor.span_from(start), "alignment out of range");
            return;
        }
        let mut alignment = Alignment::log2(align_log2 as u8);
        if cursor.eat_comma() {
            alignment.fill = self.padding(cursor, width);
            if cursor.eat_comma() {
                alignment.max_skip_bytes =
                    self.absolute(cursor).unwrap_or(0).clamp(0, i64::from(u32::MAX)) as u32;
            }
        }
        self.streamer.align(alignment);
    }

    pub(super) fn nops(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        let Some(count) = self.absolute(cursor) else { return };
        if cursor.eat_comma() {
            let _ = self.absolute(cursor);
        }
        if !(0..=1 << 20).contains(&count) {
            self.error(loc, ".nops count out of range");
            return;
        }
        let mut bytes = Vec::new();
        self.isa.fill_nops(self.mode, count as u32, &mut bytes);
        self.streamer.bytes(&bytes);
    }

    pub(super) fn text(&mut self, cursor: &mut Cursor<'_>, terminated: bool, width: u8) {
        let mut bytes = std::mem::take(&mut self.string_buffer);
        bytes.clear();
        if !cursor.at_end() {
            loop {
                let piece = bytes.len();
                if !cursor.string(&mut bytes) {
                    self.error(cursor.loc(), "expected a string");
                    break;
                }
                // Adjacent strings are one.
                while cursor.eat(b'"') {
                    cursor.at -= 1;
                    if !cursor.string(&mut bytes) {
                        self.error(cursor.loc(), "unterminated string");
                        break;
                    }
                }
                if width > 1 {
                    let wide: Vec<u8> = bytes[piece..]
                        .iter()
                        .flat_map(|b| std::iter::once(*b).chain(std::iter::repeat_n(0, width as usize - 1)))
                        .collect();
                    bytes.truncate(piece);
                    bytes.extend_from_slice(&wide);
                }
                if terminated {
                    bytes.extend(std::iter::repeat_n(0, width as usize));
                }
                if !cursor.eat_comma() {
                    break;
                }
            }
        }
        self.streamer.bytes(&bytes);
        self.string_buffer = bytes;
    }

    pub(super) fn leb(&mut self, cursor: &mut Cursor<'_>, signed: bool, loc: Loc) {
        loop {
            let Some(value) = self.expression(cursor) else { return };
            self.streamer.leb128(value, signed, loc);
            if !cursor.eat_comma() {
                return;
            }
        }
    }

    pub(super) fn floats(&mut self, cursor: &mut Cursor<'_>, bytes: u8) {
        if cursor.at_end() {
            return;
        }
        loop {
            let Some(value) = self.float(cursor, bytes) else { return };
            self.streamer.integer(value, bytes);
            if !cursor.eat_comma() {
                return;
            }
        }
    }

    pub(super) fn repeated_float(&mut self, cursor: &mut Cursor<'_>, bytes: u8) {
        let Some(count) = self.absolute(cursor) else { return };
        let _ = cursor.eat_comma();
        let Some(value) = self.float(cursor, bytes) else { return };
        if !(0..=1 << 24).contains(&count) {
            self.error(cursor.loc(), "repeat count out of range");
            return;
        }
        for _ in 0..count {
            self.streamer.integer(value, bytes);
        }
    }

    /// A floating constant, or raw bits as `0x…`/`:hex`.
    fn float(&mut self, cursor: &mut Cursor<'_>, bytes: u8) -> Option<u128> {
        cursor.skip_space();
        let start = cursor.at;
        if cursor.peek() == Some(b'0')
            && cursor.peek_at(1).is_some_and(|b| matches!(b, b'f' | b'F' | b'd' | b'D' | b'r' | b'e'))
        {
            cursor.at += 2;
        }
        let text_start = cursor.at;
        while cursor.peek().is_some_and(|b| !matches!(b, b',' | b' ' | b'\t')) {
            cursor.at += 1;
        }
        let text = std::str::from_utf8(&cursor.text[text_start..cursor.at]).unwrap_or("");
        let plain = text.strip_prefix('+').unwrap_or(text);
        let bits = match bytes {
            4 => plain.parse::<f32>().ok().map(|v| u128::from(v.to_bits())),
            8 => plain.parse::<f64>().ok().map(|v| u128::from(v.to_bits())),
            _ => plain.parse::<f64>().ok().filter(|v| exact_in_f64(plain, *v)).map(extended),
        };
        if bits.is_none() {
            self.error(cursor.span_from(start), format!("bad floating-point constant: '{text}'"));
        }
        bits
    }

    fn open(&mut self, name: &str, loc: Loc) -> Option<Vec<u8>> {
        if self.options.no_files {
            self.error(loc, format!("file {name} may not be opened from here"));
            return None;
        }
        let direct = std::path::PathBuf::from(name);
        let candidates =
            std::iter::once(direct).chain(self.options.include_paths.iter().map(|p| p.join(name)));
        let mut failure = String::new();
        for path in candidates {
            match std::fs::read(&path) {
                Ok(bytes) => return Some(bytes),
                Err(error) => failure = error.to_string(),
            }
        }
        self.error(loc, format!("can't open {name} for reading: {failure}"));
        None
    }

    pub(super) fn include_bytes(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        let mut name = Vec::new();
        if !cursor.string(&mut name) {
            self.error(cursor.loc(), "expected a file name in quotes");
            return;
        }
        let mut skip = 0;
        let mut count = i64::MAX;
        if cursor.eat_comma() {
            if cursor.peek() != Some(b',') {
                skip = self.absolute(cursor).unwrap_or(0);
            }
            if cursor.eat_comma() {
                count = self.absolute(cursor).unwrap_or(0);
            }
        }
        let name = String::from_utf8_lossy(&name).into_owned();
        let Some(bytes) = self.open(&name, loc) else { return };
        let start = usize::try_from(skip).unwrap_or(0);
        if skip < 0 || start > bytes.len() {
            self.error(loc, format!("skip of {skip} exceeds the size of '{name}'"));
            return;
        }
        let end = start.saturating_add(usize::try_from(count).unwrap_or(0)).min(bytes.len());
        self.streamer.bytes(&bytes[start..end]);
    }

    pub(super) fn include(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        let mut name = Vec::new();
        if !cursor.string(&mut name) {
            self.error(cursor.loc(), "expected a file name in quotes");
            return;
        }
        let name = String::from_utf8_lossy(&name).into_owned();
        let Some(bytes) = self.open(&name, loc) else { return };
        let base = match self.sources {
            Some(sources) => match sources.add(name, bytes.as_slice(), loc) {
                Ok(id) => sources.file(id).start,
                Err(full) => {
                    self.error(loc, full.to_string());
                    return;
                }
            },
            None => loc,
        };
        let fixed = self.sources.is_none();
        self.push_frame(bytes.into(), base, fixed, crate::input::FrameKind::File, 0);
    }
}

/// Whether a decimal text is this `f64` exactly, so that widening it loses nothing: integers and dyadic fractions
/// that print back the same.
fn exact_in_f64(text: &str, value: f64) -> bool {
    if value == 0.0 || value.is_infinite() || value.is_nan() {
        return true;
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits <= 15 && value.fract() == 0.0 && value.abs() < 9e15
        || (value * 1048576.0).fract() == 0.0 && digits <= 15
}

/// The x87 extended format of an `f64`.
fn extended(value: f64) -> u128 {
    let bits = value.to_bits();
    let sign = u128::from(bits >> 63) << 79;
    let exponent = (bits >> 52 & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    if exponent == 0x7ff {
        return sign | 0x7fff << 64 | u128::from(1u64 << 63 | fraction << 11);
    }
    if exponent == 0 {
        if fraction == 0 {
            return sign;
        }
        let shift = fraction.leading_zeros();
        let exponent = (16383 - 1022 + 11 - shift as i32) as u128;
        return sign | exponent << 64 | u128::from(fraction << shift);
    }
    let biased = (exponent - 1023 + 16383) as u128;
    sign | biased << 64 | u128::from(1u64 << 63 | fraction << 11)
}

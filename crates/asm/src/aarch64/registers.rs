//! Register names: `x0 w0 sp xzr lr`, `b0 h0 s0 d0 q0`, `v0.4s`, `v0.s[1]`, lists, and `.req` names.

use crate::assembler::Assembler;
use crate::cursor::Cursor;
use lathe_isa::{Operand, PhysReg, Reg};
use lathe_isa_aarch64::registers as r;

/// A register's name, without arrangement, lane and alias.
fn plain(name: &[u8]) -> Option<Reg> {
    let first = name.first()?.to_ascii_lowercase();
    let number = number(&name[1..]);
    let vector = |view| number.filter(|n| *n < 32).map(|n| Reg::new(r::v(n), view));
    match (first, number) {
        (b'x', Some(n)) if n < 31 => return Some(r::reg_x(PhysReg(n))),
        (b'w', Some(n)) if n < 31 => return Some(r::reg_w(PhysReg(n))),
        (b'b', Some(_)) => return vector(r::VIEW_B),
        (b'h', Some(_)) => return vector(r::VIEW_H),
        (b's', Some(_)) => return vector(r::VIEW_S),
        (b'd', Some(_)) => return vector(r::VIEW_D),
        (b'q', Some(_)) => return vector(r::VIEW_Q),
        _ => {}
    }
    let mut lower = [0; 4];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    Some(match &*lower {
        b"sp" => r::reg_x(r::SP),
        b"wsp" => r::reg_w(r::SP),
        b"xzr" => r::reg_x(r::XZR),
        b"wzr" => r::reg_w(r::XZR),
        b"lr" => r::reg_x(r::LR),
        b"fp" => r::reg_x(r::FP),
        b"ip0" => r::reg_x(r::X16),
        b"ip1" => r::reg_x(r::X17),
        _ => return None,
    })
}

/// A decimal number of one or two digits without a leading zero.
fn number(text: &[u8]) -> Option<u8> {
    match text {
        [a @ b'0'..=b'9'] => Some(a - b'0'),
        [a @ b'1'..=b'9', b @ b'0'..=b'9'] => Some((a - b'0') * 10 + (b - b'0')),
        _ => None,
    }
}

/// What follows the point of a vector register.
enum Part {
    Arrangement(u8),
    Lane(r::Lane),
}

/// `v0.4s` in parts.
fn vector(name: &[u8]) -> Option<(PhysReg, Part)> {
    let (b'v' | b'V', rest) = name.split_first()? else { return None };
    let point = rest.iter().position(|b| *b == b'.')?;
    let register = r::v(number(&rest[..point]).filter(|n| *n < 32)?);
    let mut lower = [0; 3];
    let suffix = &rest[point + 1..];
    let lower = lower.get_mut(..suffix.len())?;
    lower.copy_from_slice(suffix);
    lower.make_ascii_lowercase();
    let part = match &*lower {
        b"b" => Part::Lane(r::Lane::B),
        b"h" => Part::Lane(r::Lane::H),
        b"s" => Part::Lane(r::Lane::S),
        b"d" => Part::Lane(r::Lane::D),
        other => {
            let at = r::ARRANGEMENTS.iter().position(|known| known.as_bytes() == other)?;
            Part::Arrangement(r::VIEW_8B + at as u8)
        }
    };
    Some((register, part))
}

impl Assembler<'_> {
    /// The register at the cursor, which moves behind it if there is one. Lanes need their index.
    pub(super) fn a64_register(&mut self, cursor: &mut Cursor<'_>) -> Option<Reg> {
        let mut ahead = *cursor;
        let name = ahead.name();
        if name.is_empty() {
            return None;
        }
        if let Some((register, part)) = vector(name) {
            let reg = match part {
                Part::Arrangement(r::VIEW_4B) if ahead.peek() == Some(b'[') => {
                    Reg::new(register, self.lane_index(&mut ahead, r::Lane::FourB)?)
                }
                Part::Arrangement(view) => Reg::new(register, view),
                Part::Lane(lane) => Reg::new(register, self.lane_index(&mut ahead, lane)?),
            };
            *cursor = ahead;
            return Some(reg);
        }
        let reg = match plain(name) {
            Some(reg) => reg,
            None => {
                let lower = name.to_ascii_lowercase();
                *self.a64()?.aliases.get(&*lower)?
            }
        };
        *cursor = ahead;
        Some(reg)
    }

    /// `[1]`, as the view of the lane.
    fn lane_index(&mut self, cursor: &mut Cursor<'_>, lane: r::Lane) -> Option<u8> {
        if !cursor.eat(b'[') {
            return None;
        }
        let start = cursor.at;
        let index = self.absolute(cursor)?;
        if !cursor.eat(b']') {
            self.error(cursor.loc(), "']' expected");
            return None;
        }
        if !(0..i64::from(lane.count())).contains(&index) {
            let text = format!("register element index out of range 0 to {}", lane.count() - 1);
            self.error(cursor.span_from(start), text);
            return None;
        }
        Some(r::lane_view(lane, index as u8))
    }

    /// `{v0.4s, v1.4s}`, `{v0.4s - v3.4s}`, `{v0.s, v1.s}[1]`; `None` after an error.
    pub(super) fn a64_list(&mut self, cursor: &mut Cursor<'_>) -> Option<Operand> {
        let start = cursor.at;
        cursor.at += 1;
        let mut first = None;
        let mut last = 0u8;
        let mut count = 0u8;
        loop {
            cursor.skip_space();
            let Some((register, part)) = vector(cursor.name()) else {
                self.error(cursor.span_from(start), "expected a vector register in the list");
                return None;
            };
            let number = register.0 - r::V0.0;
            count += if count == 0 { 1 } else { (number.wrapping_sub(last)) & 31 };
            last = number;
            first.get_or_insert((register, part));
            if cursor.eat(b'-') || cursor.eat_comma() {
                continue;
            }
            break;
        }
        if !cursor.eat(b'}') {
            self.error(cursor.loc(), "expected a list of vector registers: `}' is missing");
            return None;
        }
        let (register, part) = first?;
        let of = match part {
            Part::Arrangement(view) => view,
            Part::Lane(lane) => {
                let Some(view) = self.lane_index(cursor, lane) else {
                    self.error(cursor.span_from(start), "the list needs an element index");
                    return None;
                };
                view
            }
        };
        match r::list_view(count, of) {
            Some(view) => Some(Operand::Reg(Reg::new(register, view))),
            None => {
                self.error(cursor.span_from(start), "too many registers in vector register list");
                None
            }
        }
    }

    /// `name .req register`; whether this was one.
    pub(super) fn a64_alias(&mut self, name: &[u8], cursor: &mut Cursor<'_>) -> bool {
        let mut ahead = *cursor;
        if !ahead.name().eq_ignore_ascii_case(b".req") {
            return false;
        }
        ahead.skip_space();
        let start = ahead.at;
        match self.a64_register(&mut ahead) {
            Some(reg) => {
                let name = name.to_ascii_lowercase().into_boxed_slice();
                if let Some(state) = self.a64() {
                    state.aliases.entry(name).or_insert(reg);
                }
                self.expect_end(&mut ahead);
            }
            None => self.error(ahead.span_from(start), "unknown register in `.req'"),
        }
        true
    }

    /// A register of `.cfi_*`.
    pub(super) fn a64_frame_register(&mut self, cursor: &mut Cursor<'_>) -> Option<Reg> {
        let start = cursor.at;
        if let Some(reg) = self.a64_register(cursor) {
            return Some(reg);
        }
        // `v8` without an arrangement.
        let name = cursor.name();
        match name.split_first() {
            Some((b'v' | b'V', rest)) => {
                number(rest).filter(|n| *n < 32).map(|n| Reg::new(r::v(n), r::VIEW_D))
            }
            _ => {
                cursor.at = start;
                None
            }
        }
    }
}

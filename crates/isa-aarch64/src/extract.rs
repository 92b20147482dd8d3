//! Reading the slots of an instruction word back.

use crate::immediates as imm;
use crate::insert::list_bytes;
use crate::kinds::{self as k, Slot};
use crate::registers as r;
use crate::{conditions as c, registers::Lane};
use lathe_isa::{Imm, Kind, Mem, MemMode, Operand, PhysReg, Reg, RegClass};

fn bits(word: u64, shift: u8, count: u8) -> u64 {
    word >> shift & ((1 << count) - 1)
}

fn signed(word: u64, shift: u8, count: u8) -> i64 {
    let field = bits(word, shift, count) as i64;
    field << (64 - count) >> (64 - count)
}

/// The register of a field's number as its kind says.
fn register(kind: &Kind, number: u64) -> Option<Operand> {
    let number = number as u8;
    let phys = match kind.class {
        Some(RegClass::Vector) => r::v(number),
        _ if number < 31 => {
            if kind.facts.0 & (k::W | k::X) == 0 {
                return None;
            }
            PhysReg(number)
        }
        _ if kind.facts.0 & (k::WSP | k::SP) != 0 => r::SP,
        _ if kind.facts.0 & (k::WZR | k::XZR) != 0 => r::XZR,
        _ => return None,
    };
    Some(Operand::Reg(Reg::new(phys, kind.view)))
}

/// Reads a slot.
pub(crate) fn extract(slot: Slot, kind: &'static Kind, word: u64) -> Option<Operand> {
    let width: u8 = if word >> 31 & 1 != 0 { 64 } else { 32 };
    let low = |limit: u8, value: u64| (value < u64::from(limit)).then_some(Operand::int(value as i64));
    match slot {
        Slot::Rd => register(kind, bits(word, 0, 5)),
        Slot::Rn => register(kind, bits(word, 5, 5)),
        Slot::Rm => register(kind, bits(word, 16, 5)),
        Slot::Ra => register(kind, bits(word, 10, 5)),
        Slot::Rnm if bits(word, 5, 5) == bits(word, 16, 5) => register(kind, bits(word, 5, 5)),
        Slot::Rdn if bits(word, 0, 5) == bits(word, 5, 5) => register(kind, bits(word, 0, 5)),
        Slot::EvenM if bits(word, 16, 1) == 0 => register(kind, bits(word, 16, 5)),
        Slot::EvenD if bits(word, 0, 1) == 0 => register(kind, bits(word, 0, 5)),
        Slot::NextM => register(kind, bits(word, 16, 5) | 1),
        Slot::NextD => register(kind, bits(word, 0, 5) | 1),
        Slot::Shift(_) | Slot::Extend(_) | Slot::Lsl12 | Slot::Lsl16 => shift(slot, word, width),
        Slot::VectorLsl(limit) => {
            let count = if limit == 16 { 1 } else { 2 };
            Some(Operand::Shift { kind: c::LSL, amount: 8 * bits(word, 13, count) as u8 })
        }
        Slot::VectorMsl => Some(Operand::Shift { kind: c::MSL, amount: 8 + 8 * bits(word, 12, 1) as u8 }),
        Slot::AddImmediate if bits(word, 10, 13) == 1 << 12 => None,
        Slot::AddImmediate => Some(Operand::int((bits(word, 10, 12) << (12 * bits(word, 22, 1))) as i64)),
        Slot::Imm12 => Some(Operand::int(bits(word, 10, 12) as i64)),
        Slot::Logical(false) => {
            let value = imm::logical_value(bits(word, 10, 13) as u16, u32::from(width))?;
            Some(Operand::int(value as i64))
        }
        Slot::Imm16 => Some(Operand::int(bits(word, 5, 16) as i64)),
        Slot::Low16 => Some(Operand::int(bits(word, 0, 16) as i64)),
        Slot::Immr => low(width, bits(word, 16, 6)),
        Slot::Imms => low(width, bits(word, 10, 6)),
        Slot::Unsigned(shift, count) => Some(Operand::int(bits(word, shift, count) as i64)),
        Slot::Cond => Some(Operand::Cond(bits(word, 12, 4) as u8)),
        Slot::CondLow => Some(Operand::Cond(bits(word, 0, 4) as u8)),
        Slot::Branch26(_) => Some(Operand::int(signed(word, 0, 26) << 2)),
        Slot::Branch19 | Slot::Literal => Some(Operand::int(signed(word, 5, 19) << 2)),
        Slot::Branch14 => Some(Operand::int(signed(word, 5, 14) << 2)),
        Slot::Adr(page) => {
            let distance = signed(word, 5, 19) << 2 | bits(word, 29, 2) as i64;
            Some(Operand::int(if page { distance << 12 } else { distance }))
        }
        Slot::BitNumber(limit) => low(limit, bits(word, 31, 1) << 5 | bits(word, 19, 5)),
        Slot::MemScaled(_)
        | Slot::MemUnscaled
        | Slot::MemPair(_)
        | Slot::MemIndex(_)
        | Slot::MemBase
        | Slot::MemAuthenticated
        | Slot::MemList => memory(slot, kind, word).map(Operand::Mem),
        Slot::SystemRegister => Some(Operand::int((0x8000 | bits(word, 5, 15)) as i64)),
        Slot::ProcessorState => Some(Operand::int((bits(word, 16, 3) << 3 | bits(word, 5, 3)) as i64)),
        Slot::SystemOperation => Some(Operand::int(bits(word, 5, 14) as i64)),
        Slot::FloatImmediate => Some(Operand::int(bits(word, 13, 8) as i64)),
        Slot::FloatVector | Slot::VectorImmediate => Some(Operand::int(vector_bits(word).into())),
        Slot::ByteMask => Some(Operand::int(imm::byte_mask_value(vector_bits(word)) as i64)),
        Slot::FloatZero => Some(Operand::int(0)),
        Slot::Exactly(value) => Some(Operand::int(value.into())),
        Slot::FractionBits => {
            let fraction = 64 - bits(word, 10, 6);
            (fraction <= u64::from(width)).then_some(Operand::int(fraction as i64))
        }
        Slot::ShiftLeft(log2) | Slot::ShiftRight(log2) => element_shift(slot, log2, word),
        Slot::LaneM(_) | Slot::LaneN | Slot::LaneD | Slot::LaneN4 | Slot::TopN | Slot::TopD => {
            lane(slot, kind, word)
        }
        Slot::ExtPosition => low(if word >> 30 & 1 != 0 { 16 } else { 8 }, bits(word, 11, 4)),
        Slot::ListT | Slot::ListLane | Slot::ListN => list(slot, kind, word),
        Slot::RotateOdd(at) => Some(Operand::int(if bits(word, at, 1) != 0 { 270 } else { 90 })),
        Slot::Rotate(at) => Some(Operand::int(90 * bits(word, at, 2) as i64)),
        // These are slots of aliases, which are not decoded.
        Slot::Nothing
        | Slot::Mark(_)
        | Slot::Rnm
        | Slot::Rdn
        | Slot::EvenM
        | Slot::EvenD
        | Slot::AddNegated
        | Slot::Logical(true)
        | Slot::WideZeros
        | Slot::WideOnes
        | Slot::LslField
        | Slot::InsertAt
        | Slot::InsertWidth
        | Slot::ExtractWidth
        | Slot::CondInverted => None,
    }
}

fn vector_bits(word: u64) -> u8 {
    (bits(word, 16, 3) << 5 | bits(word, 5, 5)) as u8
}

fn shift(slot: Slot, word: u64, width: u8) -> Option<Operand> {
    let shifted = |kind, amount: u64| Operand::Shift { kind, amount: amount as u8 };
    Some(match slot {
        Slot::Shift(rotates) => {
            let (kind, amount) = (bits(word, 22, 2) as u8, bits(word, 10, 6));
            if kind == c::ROR && !rotates || amount >= u64::from(width) {
                return None;
            }
            shifted(kind, amount)
        }
        Slot::Extend(wide) => {
            let option = bits(word, 13, 3);
            if width == 64 && (option & 3 == 3) != wide {
                return None;
            }
            if bits(word, 10, 3) > 4 {
                return None;
            }
            shifted(8 + bits(word, 13, 3) as u8, bits(word, 10, 3))
        }
        Slot::Lsl12 => shifted(c::LSL, 12 * bits(word, 22, 1)),
        _ => {
            let amount = 16 * bits(word, 21, 2);
            if amount >= u64::from(width) {
                return None;
            }
            shifted(c::LSL, amount)
        }
    })
}

fn element_shift(slot: Slot, log2: u8, word: u64) -> Option<Operand> {
    let (field, size) = (bits(word, 16, 7), 8u64 << log2);
    if field < size || field >= 2 * size {
        return None;
    }
    let left = matches!(slot, Slot::ShiftLeft(_));
    Some(Operand::int((if left { field - size } else { 2 * size - field }) as i64))
}

fn memory(slot: Slot, kind: &Kind, word: u64) -> Option<Mem> {
    let base = Reg::new(PhysReg(bits(word, 5, 5) as u8), r::VIEW_X);
    let mode = if kind.facts.0 & k::PRE != 0 {
        MemMode::PreIndex
    } else if kind.facts.0 & (k::POST | k::POST_REGISTER) != 0 {
        MemMode::PostIndex
    } else {
        MemMode::Offset
    };
    let at = |value: i64| Mem { mode, ..Mem::base(base, value) };
    Some(match slot {
        Slot::MemScaled(log2) => at((bits(word, 10, 12) << log2) as i64),
        Slot::MemUnscaled => at(signed(word, 12, 9)),
        Slot::MemPair(log2) => at(signed(word, 15, 7) << log2),
        Slot::MemAuthenticated => at((signed(word, 22, 1) << 9 | bits(word, 12, 9) as i64) << 3),
        Slot::MemIndex(log2) => {
            let option = bits(word, 13, 3);
            if option & 2 == 0 {
                return None;
            }
            let view = if option & 1 != 0 { r::VIEW_X } else { r::VIEW_W };
            let number = bits(word, 16, 5) as u8;
            let phys = if number == 31 { r::XZR } else { PhysReg(number) };
            let scale_log2 = if bits(word, 12, 1) == 0 {
                0
            } else if log2 == 0 {
                // `lsl #0` written out: a form of its own that no operand says.
                return None;
            } else {
                log2
            };
            let mode = if option & 4 != 0 { MemMode::SignExtendedIndex } else { MemMode::Offset };
            Mem { index: Reg::new(phys, view), scale_log2, mode, ..Mem::base(base, 0) }
        }
        Slot::MemList => match bits(word, 16, 5) as u8 {
            31 => at(i64::from(list_bytes(word as u32))),
            index => Mem { index: Reg::new(PhysReg(index), r::VIEW_X), ..at(0) },
        },
        _ => Mem { displacement: Imm::ZERO, ..at(0) },
    })
}

fn vector(number: u64, view: u8) -> Operand {
    Operand::Reg(Reg::new(r::v(number as u8), view))
}

fn lane(slot: Slot, kind: &Kind, word: u64) -> Option<Operand> {
    let of = |lane: Lane, number: u64, index: u64| {
        let accepted = k::register_facts(Reg::new(r::V0, r::lane_view(lane, 0))) & kind.facts.0 != 0;
        accepted.then(|| vector(number, r::lane_view(lane, index as u8)))
    };
    let rm = bits(word, 16, 5);
    match slot {
        Slot::LaneM(1) => of(Lane::H, rm & 15, bits(word, 11, 1) << 2 | bits(word, 20, 2)),
        Slot::LaneM(2) => {
            let element = if kind.facts.0 & k::LANE_4B != 0 { Lane::FourB } else { Lane::S };
            of(element, rm, bits(word, 11, 1) << 1 | bits(word, 21, 1))
        }
        Slot::TopN => of(Lane::D, bits(word, 5, 5), 1),
        Slot::TopD => of(Lane::D, bits(word, 0, 5), 1),
        Slot::LaneM(_) => of(Lane::D, rm, bits(word, 11, 1)),
        _ => {
            let imm5 = bits(word, 16, 5);
            let log2 = imm5.trailing_zeros();
            if log2 > 3 {
                return None;
            }
            let element = Lane::ALL[log2 as usize];
            match slot {
                Slot::LaneN4 => of(element, bits(word, 5, 5), bits(word, 11, 4) >> log2),
                Slot::LaneN => of(element, bits(word, 5, 5), imm5 >> (log2 + 1)),
                _ => of(element, bits(word, 0, 5), imm5 >> (log2 + 1)),
            }
        }
    }
}

fn list(slot: Slot, kind: &Kind, word: u64) -> Option<Operand> {
    let lists = [k::LIST1 | k::LANES1, k::LIST2 | k::LANES2, k::LIST3 | k::LANES3, k::LIST4 | k::LANES4];
    let count = lists.iter().position(|fact| kind.facts.0 & fact != 0)? as u8 + 1;
    match slot {
        Slot::ListN => {
            Some(vector(bits(word, 5, 5), r::list_view(bits(word, 13, 2) as u8 + 1, r::VIEW_16B)?))
        }
        Slot::ListT => {
            let arrangement = bits(word, 10, 2) << 1 | bits(word, 30, 1);
            let view = r::VIEW_8B + arrangement as u8;
            let interleaved = word >> 24 & 1 == 0 && !matches!(word >> 12 & 15, 2 | 6 | 7 | 10);
            if view == r::VIEW_1D && interleaved {
                return None;
            }
            Some(vector(bits(word, 0, 5), r::list_view(count, view)?))
        }
        _ => {
            let (group, size) = (bits(word, 14, 2), bits(word, 10, 2));
            let place = bits(word, 30, 1) << 3 | bits(word, 12, 1) << 2 | size;
            let (element, index) = match (group, size) {
                (0, _) => (Lane::B, place),
                (1, 0 | 2) => (Lane::H, place >> 1),
                (2, 0) => (Lane::S, place >> 2),
                (2, 1) if bits(word, 12, 1) == 0 => (Lane::D, place >> 3),
                _ => return None,
            };
            Some(vector(bits(word, 0, 5), r::list_view(count, r::lane_view(element, index as u8))?))
        }
    }
}

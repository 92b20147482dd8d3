//! Filling the slots of an instruction word. No allocation; ranges are the slots' own.

use crate::fixups as fx;
use crate::immediates as imm;
use crate::kinds::Slot;
use crate::registers as r;
use crate::{conditions as c, fixups};
use lathe_isa::word::{Builder, Misfit};
use lathe_isa::{FixupKind, Imm, Mem, MemMode, Modifier, Operand, PhysReg, Reg, SymbolRef};

type Fit = Result<(), Misfit>;

/// The number of a register in a field.
#[inline]
fn encoding(reg: PhysReg) -> u64 {
    if reg.0 == r::XZR.0 { 31 } else { u64::from(reg.0) & 31 }
}

fn register(operand: &Operand) -> Result<Reg, Misfit> {
    match operand {
        Operand::Reg(reg) => Ok(*reg),
        _ => Err(Misfit::Kind),
    }
}

fn number(operand: &Operand) -> Result<i64, Misfit> {
    match operand {
        Operand::Imm(Imm::Int(value)) => Ok(*value),
        _ => Err(Misfit::Kind),
    }
}

/// A number from `min` to `max`.
fn within(operand: &Operand, min: i64, max: i64) -> Result<u64, Misfit> {
    let value = number(operand)?;
    if value < min || value > max { Err(Misfit::Range(value)) } else { Ok(value as u64) }
}

/// Width of the row's integer registers.
#[inline]
fn width(builder: &Builder<'_>) -> u32 {
    32 << (builder.word >> 31 & 1)
}

/// Fills a slot.
#[inline]
pub(crate) fn insert(slot: Slot, operand: &Operand, b: &mut Builder<'_>) -> Fit {
    match slot {
        Slot::Rd => b.field(0, encoding(register(operand)?.phys)),
        Slot::Rn => b.field(5, encoding(register(operand)?.phys)),
        Slot::Rm => b.field(16, encoding(register(operand)?.phys)),
        Slot::Ra => b.field(10, encoding(register(operand)?.phys)),
        Slot::MemScaled(log2) => return scaled(log2, operand, b),
        Slot::MemUnscaled => return unscaled(operand, b),
        Slot::MemPair(log2) => return pair(log2, operand, b),
        Slot::MemIndex(log2) => return indexed(log2, operand, b),
        Slot::AddImmediate => return add_immediate(operand, b),
        Slot::Branch26(_) | Slot::Branch19 | Slot::Branch14 | Slot::Literal | Slot::Adr(_) => {
            return place(slot, operand, b);
        }
        Slot::Cond | Slot::CondInverted | Slot::CondLow => return condition(slot, operand, b),
        Slot::Shift(_) | Slot::Extend(_) | Slot::Lsl12 | Slot::Lsl16 => return shift(slot, operand, b),
        Slot::VectorLsl(_) | Slot::VectorMsl => return vector_shift(slot, operand, b),
        Slot::Logical(_) | Slot::WideZeros | Slot::WideOnes | Slot::Imm16 => {
            return wide(slot, operand, b);
        }
        Slot::MemBase | Slot::MemAuthenticated | Slot::MemList => return rare_memory(slot, operand, b),
        Slot::Rnm | Slot::Rdn | Slot::EvenM | Slot::EvenD | Slot::NextM | Slot::NextD => {
            return related(slot, operand, b);
        }
        Slot::LaneM(_) | Slot::LaneN | Slot::LaneD | Slot::LaneN4 | Slot::TopN | Slot::TopD => {
            return lane(slot, operand, b);
        }
        Slot::ListT | Slot::ListLane | Slot::ListN => return list(slot, operand, b),
        _ => return plain(slot, operand, b),
    }
    Ok(())
}

/// Numbers in fields.
fn plain(slot: Slot, operand: &Operand, b: &mut Builder<'_>) -> Fit {
    let width = i64::from(width(b));
    match slot {
        Slot::AddNegated => {
            let value = number(operand)?;
            let bits = imm::add_immediate(value.wrapping_neg() as u64).filter(|_| value < 0);
            let (bits, high) = bits.ok_or(Misfit::Range(value))?;
            b.field(10, u64::from(bits) | u64::from(high) << 12);
        }
        Slot::Imm12 => match operand {
            Operand::Imm(Imm::Symbol(target)) => b.fixup(*target, fx::ADD12, 0),
            _ => b.field(10, within(operand, 0, 4095)?),
        },
        Slot::Low16 => b.field(0, within(operand, 0, 0xffff)?),
        Slot::Immr => b.field(16, within(operand, 0, width - 1)?),
        Slot::Imms => b.field(10, within(operand, 0, width - 1)?),
        Slot::LslField => {
            let amount = within(operand, 0, width - 1)? as i64;
            b.field(16, ((width - amount) & (width - 1)) as u64);
            b.field(10, (width - 1 - amount) as u64);
        }
        Slot::InsertAt => {
            let at = within(operand, 0, width - 1)? as i64;
            b.field(16, ((width - at) & (width - 1)) as u64);
        }
        Slot::InsertWidth => {
            let at = (width - (b.word >> 16 & 63) as i64) & (width - 1);
            b.field(10, within(operand, 1, width - at)? - 1);
        }
        Slot::ExtractWidth => {
            let at = (b.word >> 16 & 63) as i64;
            b.field(10, at as u64 + within(operand, 1, width - at)? - 1);
        }
        Slot::Unsigned(shift, bits) => b.field(shift, within(operand, 0, (1 << bits) - 1)?),
        Slot::BitNumber(limit) => {
            let bit = within(operand, 0, i64::from(limit) - 1)?;
            b.field(19, bit & 31);
            b.field(31, bit >> 5);
        }
        Slot::SystemRegister => b.field(5, within(operand, 0x8000, 0xffff)? & 0x7fff),
        Slot::ProcessorState => {
            let field = within(operand, 0, 0x3f)?;
            b.field(16, field >> 3);
            b.field(5, field & 7);
        }
        Slot::SystemOperation => b.field(5, within(operand, 0, 0x3fff)?),
        Slot::FloatImmediate => b.field(13, within(operand, 0, 255)?),
        Slot::FloatVector | Slot::VectorImmediate => {
            let bits = within(operand, if slot == Slot::VectorImmediate { -128 } else { 0 }, 255)? & 255;
            b.field(16, bits >> 5);
            b.field(5, bits & 31);
        }
        Slot::ByteMask => {
            let value = number(operand)?;
            let bits = imm::byte_mask_immediate(value as u64).ok_or(Misfit::Range(value))?;
            b.field(16, u64::from(bits) >> 5);
            b.field(5, u64::from(bits) & 31);
        }
        Slot::FloatZero => {
            within(operand, 0, 0)?;
        }
        Slot::Exactly(value) => {
            within(operand, i64::from(value), i64::from(value))?;
        }
        Slot::Mark(which) => {
            let (Operand::Label(target) | Operand::Imm(Imm::Symbol(target))) = operand else {
                return Err(Misfit::Kind);
            };
            let kind = [fx::MARK_CALL, fx::MARK_LOAD, fx::MARK_ADD][usize::from(which % 3)];
            b.fixup(*target, kind, 0);
        }
        Slot::FractionBits => b.field(10, 64 - within(operand, 1, width)?),
        Slot::ShiftLeft(log2) => {
            let bits = 8 << log2;
            b.field(16, bits as u64 + within(operand, 0, bits - 1)?);
        }
        Slot::ShiftRight(log2) => {
            let bits = 8 << log2;
            b.field(16, 2 * bits as u64 - within(operand, 1, bits)?);
        }
        Slot::ExtPosition => {
            let limit = if b.word >> 30 & 1 != 0 { 15 } else { 7 };
            b.field(11, within(operand, 0, limit)?);
        }
        Slot::RotateOdd(at) => match number(operand)? {
            90 => {}
            270 => b.field(at, 1),
            other => return Err(Misfit::Range(other)),
        },
        Slot::Rotate(at) => match number(operand)? {
            value @ (0 | 90 | 180 | 270) => b.field(at, value as u64 / 90),
            other => return Err(Misfit::Range(other)),
        },
        _ => return Err(Misfit::Kind),
    }
    Ok(())
}

#[inline]
fn add_immediate(operand: &Operand, b: &mut Builder<'_>) -> Fit {
    match operand {
        Operand::Imm(Imm::Int(value)) => {
            let (bits, high) = imm::add_immediate(*value as u64).ok_or(Misfit::Range(*value))?;
            b.field(10, u64::from(bits) | u64::from(high) << 12);
        }
        Operand::Imm(Imm::Symbol(target)) => {
            // The upper half of a thread-local offset is counted in units of 4096.
            if matches!(target.modifier, fx::TPREL_HI12 | fx::DTPREL_HI12) {
                b.field(22, 1);
            }
            b.fixup(*target, fx::ADD12, 0);
        }
        _ => return Err(Misfit::Kind),
    }
    Ok(())
}

fn wide(slot: Slot, operand: &Operand, b: &mut Builder<'_>) -> Fit {
    if let (Slot::Imm16, Operand::Imm(Imm::Symbol(target))) = (slot, operand) {
        let part = fixups::move_part(target.modifier).unwrap_or(0);
        b.field(21, u64::from(part));
        b.fixup(*target, fx::MOVE16, 0);
        return Ok(());
    }
    let value = number(operand)?;
    let width = width(b);
    // A 32-bit constant may be written with or without its sign.
    let small = i64::from(value as i32) == value || value as u64 >> 32 == 0;
    if slot != Slot::Imm16 && width == 32 && !small {
        return Err(Misfit::Range(value));
    }
    match slot {
        Slot::Imm16 => b.field(5, within(operand, 0, 0xffff)?),
        Slot::Logical(inverted) => {
            let wanted = if inverted { !value } else { value } as u64;
            let bits = imm::logical_immediate(wanted, width).ok_or(Misfit::Range(value))?;
            b.field(10, u64::from(bits));
        }
        _ => {
            let found = match slot {
                Slot::WideZeros => imm::movz_immediate(value as u64, width),
                _ => imm::movn_immediate(value as u64, width),
            };
            let (bits, part) = found.ok_or(Misfit::Range(value))?;
            // `mov w0, #0xffff_0000` is `movz`, although `movn` could make it.
            b.field(5, u64::from(bits));
            b.field(21, u64::from(part));
        }
    }
    Ok(())
}

#[inline]
fn condition(slot: Slot, operand: &Operand, b: &mut Builder<'_>) -> Fit {
    let Operand::Cond(code) = operand else { return Err(Misfit::Kind) };
    let code = u64::from(*code & 15);
    match slot {
        Slot::Cond => b.field(12, code),
        Slot::CondLow => b.field(0, code),
        _ if code >= 14 => return Err(Misfit::Kind),
        _ => b.field(12, code ^ 1),
    }
    Ok(())
}

fn shift(slot: Slot, operand: &Operand, b: &mut Builder<'_>) -> Fit {
    let Operand::Shift { kind, amount } = *operand else { return Err(Misfit::Kind) };
    let range = Misfit::Range(i64::from(amount));
    let bits = u64::from(amount);
    let width = width(b);
    match slot {
        Slot::Shift(rotates) => {
            if kind == c::ROR && !rotates {
                return Err(Misfit::Kind);
            }
            if u32::from(amount) >= width {
                return Err(range);
            }
            b.field(22, u64::from(kind));
            b.field(10, bits);
        }
        Slot::Extend(wide) => {
            if amount > 4 {
                return Err(range);
            }
            if width == 64 && kind != c::LSL && matches!(kind, c::UXTX | c::SXTX) != wide {
                return Err(Misfit::Kind);
            }
            let option = match kind {
                c::LSL if !wide => u64::from(c::UXTW - 8),
                c::LSL => u64::from(c::UXTX - 8),
                other => u64::from(other - 8),
            };
            b.field(13, option);
            b.field(10, bits);
        }
        Slot::Lsl12 => match amount {
            0 => {}
            12 => b.field(22, 1),
            _ => return Err(range),
        },
        _ => {
            if !amount.is_multiple_of(16) || u32::from(amount) >= width {
                return Err(range);
            }
            b.field(21, bits / 16);
        }
    }
    Ok(())
}

fn vector_shift(slot: Slot, operand: &Operand, b: &mut Builder<'_>) -> Fit {
    let Operand::Shift { amount, .. } = *operand else { return Err(Misfit::Kind) };
    let range = Misfit::Range(i64::from(amount));
    match slot {
        Slot::VectorLsl(limit) => {
            if amount % 8 != 0 || amount >= limit {
                return Err(range);
            }
            b.field(13, u64::from(amount / 8));
        }
        _ => match amount {
            8 => {}
            16 => b.field(12, 1),
            _ => return Err(range),
        },
    }
    Ok(())
}

fn memory(operand: &Operand) -> Result<&Mem, Misfit> {
    match operand {
        Operand::Mem(mem) => Ok(mem),
        _ => Err(Misfit::Kind),
    }
}

/// The base register goes into bits 9:5; the zero register is none.
#[inline]
fn base(mem: &Mem, b: &mut Builder<'_>) -> Fit {
    if mem.base.phys.0 > r::SP.0 {
        return Err(Misfit::Address);
    }
    b.field(5, u64::from(mem.base.phys.0));
    Ok(())
}

const LOADS: [FixupKind; 5] = [fx::LOAD8, fx::LOAD16, fx::LOAD32, fx::LOAD64, fx::LOAD128];

#[inline]
fn scaled(log2: u8, operand: &Operand, b: &mut Builder<'_>) -> Fit {
    let mem = memory(operand)?;
    base(mem, b)?;
    match &mem.displacement {
        Imm::Int(value) => {
            let scaled = value >> log2;
            if scaled << log2 != *value || !(0..4096).contains(&scaled) {
                return Err(Misfit::Range(*value));
            }
            b.field(10, scaled as u64);
        }
        Imm::Symbol(target) => {
            if target.modifier == Modifier::NONE {
                return Err(Misfit::Address);
            }
            b.fixup(*target, LOADS[usize::from(log2 & 7)], 0);
        }
    }
    Ok(())
}

fn displacement(mem: &Mem) -> Result<i64, Misfit> {
    match mem.displacement {
        Imm::Int(value) => Ok(value),
        Imm::Symbol(_) => Err(Misfit::Address),
    }
}

fn unscaled(operand: &Operand, b: &mut Builder<'_>) -> Fit {
    let mem = memory(operand)?;
    base(mem, b)?;
    let value = displacement(mem)?;
    if !(-256..256).contains(&value) {
        return Err(Misfit::Range(value));
    }
    b.field(12, value as u64 & 0x1ff);
    Ok(())
}

fn pair(log2: u8, operand: &Operand, b: &mut Builder<'_>) -> Fit {
    let mem = memory(operand)?;
    base(mem, b)?;
    let value = displacement(mem)?;
    let scaled = value >> log2;
    if scaled << log2 != value || !(-64..64).contains(&scaled) {
        return Err(Misfit::Range(value));
    }
    b.field(15, scaled as u64 & 0x7f);
    Ok(())
}

fn indexed(log2: u8, operand: &Operand, b: &mut Builder<'_>) -> Fit {
    let mem = memory(operand)?;
    base(mem, b)?;
    if displacement(mem)? != 0 || mem.index.phys.0 >= r::SP.0 && mem.index.phys != r::XZR {
        return Err(Misfit::Address);
    }
    if mem.scale_log2 != 0 && mem.scale_log2 != log2 {
        return Err(Misfit::Range(i64::from(mem.scale_log2)));
    }
    let wide = mem.index.view == r::VIEW_X;
    let option = match mem.mode {
        MemMode::SignExtendedIndex => 6,
        _ => 2,
    };
    b.field(16, encoding(mem.index.phys));
    b.field(13, option | u64::from(wide));
    b.field(12, u64::from(mem.scale_log2 != 0));
    Ok(())
}

fn rare_memory(slot: Slot, operand: &Operand, b: &mut Builder<'_>) -> Fit {
    let mem = memory(operand)?;
    base(mem, b)?;
    let value = displacement(mem)?;
    match slot {
        Slot::MemBase => {}
        Slot::MemAuthenticated => {
            let scaled = value >> 3;
            if scaled << 3 != value || !(-512..512).contains(&scaled) {
                return Err(Misfit::Range(value));
            }
            b.field(12, scaled as u64 & 0x1ff);
            b.field(22, scaled as u64 >> 9 & 1);
        }
        _ if mem.index.is_some() => {
            if mem.index.view != r::VIEW_X || mem.index.phys.0 >= r::SP.0 {
                return Err(Misfit::Address);
            }
            b.field(16, u64::from(mem.index.phys.0));
        }
        _ => {
            if value != i64::from(list_bytes(b.word as u32)) {
                return Err(Misfit::Range(value));
            }
            b.field(16, 31);
        }
    }
    Ok(())
}

/// Bytes that a load or store of a list transfers, from the word with everything but the address filled.
pub(crate) fn list_bytes(word: u32) -> u32 {
    let register_bytes = if word >> 30 & 1 != 0 { 16 } else { 8 };
    if word >> 24 & 1 == 0 {
        // Multiple structures: the opcode says how many registers.
        let count = match word >> 12 & 15 {
            0b0000 | 0b0010 => 4,
            0b0100 | 0b0110 => 3,
            0b1000 | 0b1010 => 2,
            _ => 1,
        };
        return count * register_bytes;
    }
    // Single structures: one element per register.
    let count = (word >> 12 & 2 | word >> 21 & 1) + 1;
    let (group, size) = (word >> 14 & 3, word >> 10 & 3);
    let element = match group {
        0 => 1,
        1 => 2,
        2 => 4 << (size & 1),
        _ => 1 << size,
    };
    count * element
}

/// Registers that depend on one another.
fn related(slot: Slot, operand: &Operand, b: &mut Builder<'_>) -> Fit {
    let number = encoding(register(operand)?.phys);
    match slot {
        Slot::Rnm => b.word |= number << 5 | number << 16,
        Slot::Rdn => b.word |= number | number << 5,
        Slot::EvenM | Slot::EvenD if number & 1 != 0 => return Err(Misfit::Conflict),
        Slot::EvenM => b.field(16, number),
        Slot::EvenD => b.field(0, number),
        _ => {
            let first = if slot == Slot::NextM { b.word >> 16 & 31 } else { b.word & 31 };
            if number != first + 1 {
                return Err(Misfit::Conflict);
            }
        }
    }
    Ok(())
}

fn lane(slot: Slot, operand: &Operand, b: &mut Builder<'_>) -> Fit {
    let reg = register(operand)?;
    let number = encoding(reg.phys);
    let (lane, index) = r::lane_of(reg.view).ok_or(Misfit::Kind)?;
    let (log2, index) = (lane as u8, u64::from(index));
    match slot {
        Slot::LaneM(1) => {
            if number > 15 {
                return Err(Misfit::Conflict);
            }
            b.word |= number << 16 | (index & 3) << 20 | (index >> 2) << 11;
        }
        Slot::LaneM(2) => b.word |= number << 16 | (index & 1) << 21 | (index >> 1) << 11,
        Slot::LaneM(_) => b.word |= number << 16 | index << 11,
        Slot::TopN | Slot::TopD if index != 1 => return Err(Misfit::Kind),
        Slot::TopN => b.word |= number << 5,
        Slot::TopD => b.word |= number,
        Slot::LaneN4 => b.word |= number << 5 | index << (11 + log2),
        _ => {
            let at = if slot == Slot::LaneN { 5 } else { 0 };
            b.word |= number << at | (index << 1 | 1) << (16 + log2);
        }
    }
    Ok(())
}

fn list(slot: Slot, operand: &Operand, b: &mut Builder<'_>) -> Fit {
    let reg = register(operand)?;
    let number = encoding(reg.phys);
    let (count, of) = r::list_of(reg.view).ok_or(Misfit::Kind)?;
    match slot {
        Slot::ListN => {
            if of != r::VIEW_16B {
                return Err(Misfit::Kind);
            }
            b.word |= number << 5 | u64::from(count - 1) << 13;
        }
        Slot::ListT => {
            let arrangement = u64::from(of - r::VIEW_8B);
            // `1d` is for `ld1` and `st1` and for the replicating loads.
            let interleaved = b.word >> 24 & 1 == 0 && !matches!(b.word >> 12 & 15, 2 | 6 | 7 | 10);
            if of == r::VIEW_1D && interleaved {
                return Err(Misfit::Kind);
            }
            b.word |= number | (arrangement >> 1) << 10 | (arrangement & 1) << 30;
        }
        _ => {
            let (lane, index) = r::lane_of(of).ok_or(Misfit::Kind)?;
            let log2 = lane as u64;
            let place = u64::from(index) << log2;
            // Q:S:size hold the index, and below it the size.
            let size = if log2 == 3 { 1 } else { place & 3 };
            b.word |= number | (place >> 3) << 30 | (place >> 2 & 1) << 12 | size << 10;
            b.word |= log2.min(2) << 14;
        }
    }
    Ok(())
}

/// Branch targets, literals, addresses.
fn place(slot: Slot, operand: &Operand, b: &mut Builder<'_>) -> Fit {
    let kind = match slot {
        Slot::Branch26(false) => fx::JUMP26,
        Slot::Branch26(true) => fx::CALL26,
        Slot::Branch19 => fx::BRANCH19,
        Slot::Branch14 => fx::BRANCH14,
        Slot::Literal => fx::LITERAL19,
        Slot::Adr(false) => fx::ADR21,
        _ => fx::ADRP21,
    };
    let target: SymbolRef = match operand {
        Operand::Label(target) | Operand::Imm(Imm::Symbol(target)) => *target,
        Operand::Imm(Imm::Int(distance)) => return distance_field(kind, *distance, b),
        _ => return Err(Misfit::Kind),
    };
    b.fixup(target, kind, 0);
    Ok(())
}

fn distance_field(kind: FixupKind, distance: i64, b: &mut Builder<'_>) -> Fit {
    let mut bytes = (b.word as u32).to_le_bytes();
    let value = if kind == fx::ADRP21 { distance & !0xfff } else { distance };
    fixups::apply(kind, value, &mut bytes).map_err(|_| Misfit::Range(distance))?;
    b.word = u64::from(u32::from_le_bytes(bytes));
    Ok(())
}

//! Filling the slots of a word, and reading them back.
//!
//! Called by the engine per operand; the operand's facts are those that its kind accepts. A value that does not fit makes the
//! engine try the next row of the group, which is how compressed forms are chosen.

use crate::fixups::{self, lower_load, lower_store, upper};
use crate::operands::Slot;
use crate::registers::{FT0, SP, VIEW_X};
use lathe_isa::word::{Builder, Misfit};
use lathe_isa::{FixupKind, Imm, Kind, Mem, Operand, PhysReg, Reg, RegClass, SymbolRef};

/// `value[high:low]` moved to bit `to`.
#[inline]
const fn part(value: i64, high: u32, low: u32, to: u32) -> u64 {
    (value as u64 >> low & ((1 << (high - low + 1)) - 1)) << to
}

/// The reverse of [`part`].
const fn back(word: u64, high: u32, low: u32, from: u32) -> i64 {
    ((word >> from & ((1 << (high - low + 1)) - 1)) << low) as i64
}

const fn sign_extended(value: i64, bits: u32) -> i64 {
    value << (64 - bits) >> (64 - bits)
}

pub(crate) const fn b_type(value: i64) -> u64 {
    part(value, 11, 11, 7) | part(value, 4, 1, 8) | part(value, 10, 5, 25) | part(value, 12, 12, 31)
}

pub(crate) const fn j_type(value: i64) -> u64 {
    part(value, 19, 12, 12) | part(value, 11, 11, 20) | part(value, 10, 1, 21) | part(value, 20, 20, 31)
}

pub(crate) const fn cb_type(value: i64) -> u64 {
    part(value, 5, 5, 2)
        | part(value, 2, 1, 3)
        | part(value, 7, 6, 5)
        | part(value, 4, 3, 10)
        | part(value, 8, 8, 12)
}

pub(crate) const fn cj_type(value: i64) -> u64 {
    part(value, 5, 5, 2)
        | part(value, 3, 1, 3)
        | part(value, 7, 7, 6)
        | part(value, 6, 6, 7)
        | part(value, 10, 10, 8)
        | part(value, 9, 8, 9)
        | part(value, 4, 4, 11)
        | part(value, 11, 11, 12)
}

const fn ci_type(value: i64) -> u64 {
    part(value, 4, 0, 2) | part(value, 5, 5, 12)
}

const fn s_type(value: i64) -> u64 {
    part(value, 4, 0, 7) | part(value, 11, 5, 25)
}

/// Fills a slot.
#[inline]
pub(crate) fn insert(slot: Slot, operand: &Operand, builder: &mut Builder<'_>) -> Result<(), Misfit> {
    match operand {
        Operand::Reg(reg) => register(slot, reg.phys, builder),
        Operand::Imm(Imm::Int(value)) => number(slot, *value, builder),
        Operand::Imm(Imm::Symbol(target)) => {
            match slot {
                Slot::ImmI => builder.fixup(*target, lower_load(target.modifier), 0),
                Slot::ImmU => builder.fixup(*target, upper(target.modifier), 0),
                Slot::TlsAdd => builder.fixup(*target, fixups::TPREL_ADD_MARK, 0),
                _ => return Err(Misfit::Kind),
            }
            Ok(())
        }
        Operand::Label(target) => self::target(slot, *target, builder),
        Operand::Mem(mem) => memory(slot, mem, builder),
        Operand::Rounding(mode) => {
            if *mode > 7 {
                return Err(Misfit::Range(i64::from(*mode)));
            }
            builder.field(12, u64::from(*mode));
            Ok(())
        }
        _ => Err(Misfit::Kind),
    }
}

#[inline]
fn register(slot: Slot, reg: PhysReg, builder: &mut Builder<'_>) -> Result<(), Misfit> {
    let number = u64::from(reg.0 & 31);
    match slot {
        Slot::Nowhere => {}
        Slot::Rd => builder.field(7, number),
        Slot::Rs1 => builder.field(15, number),
        Slot::Rs2 => builder.field(20, number),
        Slot::Rs3 => builder.field(27, number),
        Slot::Both => builder.word |= number << 15 | number << 20,
        Slot::CRs2 => builder.field(2, number),
        Slot::Prime7 => builder.field(7, number & 7),
        Slot::Prime2 => builder.field(2, number & 7),
        Slot::Same if builder.word >> 7 & 31 == number => {}
        Slot::SamePrime if builder.word >> 7 & 7 == number & 7 => {}
        Slot::Same | Slot::SamePrime => return Err(Misfit::Conflict),
        Slot::PairDestination => builder.field(39, number),
        Slot::PairWhole => builder.word |= number << 7 | number << 39 | number << 47,
        Slot::PairTemporary => builder.word |= number << 7 | number << 47,
        Slot::PairStored => builder.field(52, number),
        _ => return Err(Misfit::Kind),
    }
    Ok(())
}

fn number(slot: Slot, value: i64, builder: &mut Builder<'_>) -> Result<(), Misfit> {
    let (fits, bits) = match slot {
        Slot::ImmI => ((-2048..=2047).contains(&value), part(value, 11, 0, 20)),
        Slot::ImmU => ((0..=0xfffff).contains(&value), part(value, 19, 0, 12)),
        Slot::Shift6 => ((0..=63).contains(&value), part(value, 5, 0, 20)),
        Slot::Shift5 => ((0..=31).contains(&value), part(value, 4, 0, 20)),
        Slot::Unsigned5 => ((0..=31).contains(&value), part(value, 4, 0, 15)),
        Slot::Csr => ((0..=4095).contains(&value), part(value, 11, 0, 20)),
        Slot::Predecessor => ((0..=15).contains(&value), part(value, 3, 0, 24)),
        Slot::Successor => ((0..=15).contains(&value), part(value, 3, 0, 20)),
        Slot::Imm6 => ((-32..=31).contains(&value), ci_type(value)),
        Slot::Imm6NonZero => (value != 0 && (-32..=31).contains(&value), ci_type(value)),
        Slot::CShift => ((1..=63).contains(&value), ci_type(value)),
        Slot::CUpper => ((1..=31).contains(&value) || (0xfffe0..=0xfffff).contains(&value), ci_type(value)),
        Slot::CUpperValue => {
            let upper = value >> 12;
            (value & 0xfff == 0 && upper != 0 && (-32..=31).contains(&upper), ci_type(upper))
        }
        Slot::CAddSp => (
            value != 0 && value & 15 == 0 && (-512..=496).contains(&value),
            part(value, 5, 5, 2)
                | part(value, 8, 7, 3)
                | part(value, 6, 6, 5)
                | part(value, 4, 4, 6)
                | part(value, 9, 9, 12),
        ),
        Slot::CAddSpN => (
            value & 3 == 0 && (4..=1020).contains(&value),
            part(value, 3, 3, 5) | part(value, 2, 2, 6) | part(value, 9, 6, 7) | part(value, 5, 4, 11),
        ),
        Slot::Nowhere => (value == 0, 0),
        Slot::Raw => ((0..=0xffff_ffff).contains(&value), value as u64),
        // Targets as the decoder has them: counted from the end of the instruction.
        Slot::Branch => (is_distance(value + 4, 13), b_type(value + 4)),
        Slot::Jump => (is_distance(value + 4, 21), j_type(value + 4)),
        Slot::CBranch => (is_distance(value + 2, 9), cb_type(value + 2)),
        Slot::CJump => (is_distance(value + 2, 12), cj_type(value + 2)),
        _ => return Err(Misfit::Kind),
    };
    if !fits {
        return Err(Misfit::Range(value));
    }
    builder.word |= bits;
    Ok(())
}

const fn is_distance(value: i64, bits: u32) -> bool {
    value & 1 == 0 && sign_extended(value, bits) == value
}

fn target(slot: Slot, target: SymbolRef, builder: &mut Builder<'_>) -> Result<(), Misfit> {
    let mut pair = |first: FixupKind, second: FixupKind| {
        builder.fixup(target, first, 0);
        builder.fixup(target, second, 4);
    };
    match slot {
        Slot::PairAddress => pair(fixups::PCREL_HI20, fixups::OWN_LO12_I),
        Slot::PairStoreAddress => pair(fixups::PCREL_HI20, fixups::OWN_LO12_S),
        Slot::PairGot => pair(fixups::GOT_HI20, fixups::OWN_LO12_I),
        Slot::PairTlsSlot => pair(fixups::TLS_GOT_HI20, fixups::OWN_LO12_I),
        Slot::PairTlsPair => pair(fixups::TLS_GD_HI20, fixups::OWN_LO12_I),
        Slot::PairCall => builder.fixup(target, fixups::CALL_PLT, 0),
        Slot::Branch => builder.fixup(target, fixups::BRANCH, 0),
        Slot::Jump => builder.fixup(target, fixups::JAL, 0),
        Slot::CBranch => builder.fixup(target, fixups::RVC_BRANCH, 0),
        Slot::CJump => builder.fixup(target, fixups::RVC_JUMP, 0),
        _ => return Err(Misfit::Kind),
    }
    Ok(())
}

fn memory(slot: Slot, mem: &Mem, builder: &mut Builder<'_>) -> Result<(), Misfit> {
    let base = u64::from(mem.base.phys.0 & 31);
    let value = match mem.displacement {
        Imm::Int(value) => value,
        Imm::Symbol(symbol) => {
            match slot {
                Slot::Load => builder.fixup(symbol, lower_load(symbol.modifier), 0),
                Slot::Store => builder.fixup(symbol, lower_store(symbol.modifier), 0),
                _ => return target(slot, symbol, builder),
            }
            builder.field(15, base);
            return Ok(());
        }
    };
    let scaled = |unit: i64, count: i64| value & (unit - 1) == 0 && value >= 0 && value < unit * count;
    let (fits, bits) = match slot {
        Slot::Load => ((-2048..=2047).contains(&value), part(value, 11, 0, 20) | base << 15),
        Slot::Store => ((-2048..=2047).contains(&value), s_type(value) | base << 15),
        Slot::Base => (value == 0, base << 15),
        Slot::CLoadSp4 => {
            (scaled(4, 64), part(value, 7, 6, 2) | part(value, 4, 2, 4) | part(value, 5, 5, 12))
        }
        Slot::CLoadSp8 => {
            (scaled(8, 64), part(value, 8, 6, 2) | part(value, 4, 3, 5) | part(value, 5, 5, 12))
        }
        Slot::CStoreSp4 => (scaled(4, 64), part(value, 7, 6, 7) | part(value, 5, 2, 9)),
        Slot::CStoreSp8 => (scaled(8, 64), part(value, 8, 6, 7) | part(value, 5, 3, 10)),
        Slot::CMem4 => (
            scaled(4, 32),
            part(value, 6, 6, 5) | part(value, 2, 2, 6) | part(value, 5, 3, 10) | (base & 7) << 7,
        ),
        Slot::CMem8 => (scaled(8, 32), part(value, 7, 6, 5) | part(value, 5, 3, 10) | (base & 7) << 7),
        _ => return Err(Misfit::Kind),
    };
    if !fits {
        return Err(Misfit::Range(value));
    }
    builder.word |= bits;
    Ok(())
}

/// Reads a slot back.
pub(crate) fn extract(slot: Slot, kind: &'static Kind, word: u64) -> Option<Operand> {
    if kind.class.is_some() {
        return extract_register(slot, kind, word);
    }
    if let Some(mem) = extract_memory(slot, word) {
        return Some(Operand::Mem(mem));
    }
    let ci = || sign_extended(back(word, 4, 0, 2) | back(word, 5, 5, 12), 6);
    let value = match slot {
        Slot::Rounding => {
            let mode = (word >> 12 & 7) as u8;
            return (mode < 5 || mode == 7).then_some(Operand::Rounding(mode));
        }
        Slot::ImmI => sign_extended(back(word, 11, 0, 20), 12),
        Slot::Csr => back(word, 11, 0, 20),
        Slot::ImmU => back(word, 19, 0, 12),
        Slot::Shift6 => back(word, 5, 0, 20),
        Slot::Shift5 => back(word, 4, 0, 20),
        Slot::Unsigned5 => back(word, 4, 0, 15),
        Slot::Predecessor => back(word, 3, 0, 24),
        Slot::Successor => back(word, 3, 0, 20),
        Slot::Imm6 => ci(),
        Slot::Imm6NonZero => Some(ci()).filter(|value| *value != 0)?,
        Slot::CShift => Some(ci() & 63).filter(|value| *value != 0)?,
        Slot::CUpper => Some(ci() & 0xfffff).filter(|value| *value != 0)?,
        Slot::CUpperValue => Some(ci() << 12).filter(|value| *value != 0)?,
        Slot::CAddSp => {
            let bits = back(word, 5, 5, 2) | back(word, 8, 7, 3) | back(word, 6, 6, 5);
            let value = sign_extended(bits | back(word, 4, 4, 6) | back(word, 9, 9, 12), 10);
            Some(value).filter(|value| *value != 0)?
        }
        Slot::CAddSpN => {
            let bits = back(word, 3, 3, 5) | back(word, 2, 2, 6) | back(word, 9, 6, 7) | back(word, 5, 4, 11);
            Some(bits).filter(|value| *value != 0)?
        }
        Slot::Nowhere => 0,
        Slot::Branch => {
            let bits = back(word, 11, 11, 7) | back(word, 4, 1, 8) | back(word, 10, 5, 25);
            sign_extended(bits | back(word, 12, 12, 31), 13) - 4
        }
        Slot::Jump => {
            let bits = back(word, 19, 12, 12) | back(word, 11, 11, 20) | back(word, 10, 1, 21);
            sign_extended(bits | back(word, 20, 20, 31), 21) - 4
        }
        Slot::CBranch => {
            let bits = back(word, 5, 5, 2) | back(word, 2, 1, 3) | back(word, 7, 6, 5) | back(word, 4, 3, 10);
            sign_extended(bits | back(word, 8, 8, 12), 9) - 2
        }
        Slot::CJump => {
            let low = back(word, 5, 5, 2) | back(word, 3, 1, 3) | back(word, 7, 7, 6) | back(word, 6, 6, 7);
            let high = back(word, 10, 10, 8) | back(word, 9, 8, 9) | back(word, 4, 4, 11);
            sign_extended(low | high | back(word, 11, 11, 12), 12) - 2
        }
        _ => return None,
    };
    Some(Operand::int(value))
}

fn extract_register(slot: Slot, kind: &'static Kind, word: u64) -> Option<Operand> {
    let at = |bit: u32| (word >> bit & 31) as u8;
    let number = match slot {
        Slot::Nowhere => return Some(Operand::Reg(Reg::new(kind.fixed?, kind.view))),
        Slot::Same | Slot::Rd => at(7),
        Slot::SamePrime | Slot::Prime7 => 8 + (at(7) & 7),
        Slot::Rs1 => at(15),
        Slot::Rs2 => at(20),
        Slot::Rs3 => at(27),
        Slot::Both if at(15) == at(20) => at(15),
        Slot::CRs2 => at(2),
        Slot::Prime2 => 8 + (at(2) & 7),
        _ => return None,
    };
    let is_float = kind.class == Some(RegClass::Vector);
    let reg = PhysReg(if is_float { FT0.0 + number } else { number });
    let operand = Operand::Reg(Reg::new(reg, kind.view));
    let facts = crate::operands::operand_facts(&operand);
    kind.facts.meets(lathe_isa::Facts(facts)).then_some(operand)
}

fn extract_memory(slot: Slot, word: u64) -> Option<Mem> {
    let whole = PhysReg((word >> 15 & 31) as u8);
    let prime = PhysReg(8 + (word >> 7 & 7) as u8);
    let (base, value) = match slot {
        Slot::Load => (whole, sign_extended(back(word, 11, 0, 20), 12)),
        Slot::Store => (whole, sign_extended(back(word, 4, 0, 7) | back(word, 11, 5, 25), 12)),
        Slot::Base => (whole, 0),
        Slot::CLoadSp4 => (SP, back(word, 7, 6, 2) | back(word, 4, 2, 4) | back(word, 5, 5, 12)),
        Slot::CLoadSp8 => (SP, back(word, 8, 6, 2) | back(word, 4, 3, 5) | back(word, 5, 5, 12)),
        Slot::CStoreSp4 => (SP, back(word, 7, 6, 7) | back(word, 5, 2, 9)),
        Slot::CStoreSp8 => (SP, back(word, 8, 6, 7) | back(word, 5, 3, 10)),
        Slot::CMem4 => (prime, back(word, 6, 6, 5) | back(word, 2, 2, 6) | back(word, 5, 3, 10)),
        Slot::CMem8 => (prime, back(word, 7, 6, 5) | back(word, 5, 3, 10)),
        _ => return None,
    };
    Some(Mem::base(Reg::new(base, VIEW_X), value))
}

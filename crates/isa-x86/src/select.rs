//! The choice of a row: the first of its group that fits the operands, as GNU as chooses.
//!
//! Called by the encoder, the printer (to name the group's row) and the assembler (to try groups). Operands
//! are summed up once as facts, then each row costs a few `and`s.

use crate::encode::number;
use crate::kinds::{KINDS, Slot, operand_facts};
use crate::rows::ROWS;
use crate::template::{Encoding, Scheme};
use lathe_isa::{EncodeError, Imm, MAX_OPERANDS, Mode, Operand, Row, RowId, Unfit};

/// Prefixes that the source writes before an instruction: the bits of [`Operand::Prefixes`].
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Prefixes(pub u16);

impl Prefixes {
    /// None.
    pub const NONE: Prefixes = Prefixes(0);
    /// `lock`.
    pub const LOCK: Prefixes = Prefixes(1);
    /// `rep`, `repe`.
    pub const REP: Prefixes = Prefixes(2);
    /// `repne`, `bnd`.
    pub const REPNE: Prefixes = Prefixes(4);
    /// `data16`.
    pub const DATA: Prefixes = Prefixes(8);
    /// `addr32`, `addr16`.
    pub const ADDRESS: Prefixes = Prefixes(16);
    /// `notrack`.
    pub const NOTRACK: Prefixes = Prefixes(32);
    /// `rex64`, `{rex}`.
    pub const REX: Prefixes = Prefixes(64);
    /// `rex64`: with W.
    pub const REX_W: Prefixes = Prefixes(128);
    /// `{disp32}`.
    pub const DISP32: Prefixes = Prefixes(256);
    /// `{disp8}`.
    pub const DISP8: Prefixes = Prefixes(512);
    /// `{vex3}`.
    pub const VEX3: Prefixes = Prefixes(1024);
    /// `{evex}`.
    pub const EVEX: Prefixes = Prefixes(2048);
    /// `{store}`: the form with the destination in `ModRM.rm`.
    pub const STORE: Prefixes = Prefixes(4096);
    /// `{load}`: the form with the destination in `ModRM.reg`.
    pub const LOAD: Prefixes = Prefixes(8192);

    /// Whether all of `other` are set.
    pub const fn has(self, other: Prefixes) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both.
    #[must_use]
    pub const fn or(self, other: Prefixes) -> Prefixes {
        Prefixes(self.0 | other.0)
    }
}

/// Operands without the trailing prefixes, and those.
pub(crate) fn split_prefixes(operands: &[Operand]) -> (&[Operand], Prefixes) {
    match operands {
        [plain @ .., Operand::Prefixes(bits)] => (plain, Prefixes(*bits)),
        _ => (operands, Prefixes::NONE),
    }
}

/// The first row of `id`'s group that fits.
pub(crate) fn select(mode: Mode, id: RowId, operands: &[Operand]) -> Result<RowId, EncodeError> {
    let (operands, prefixes) = split_prefixes(operands);
    let Some(named) = ROWS.get(id.0 as usize) else {
        return Err(EncodeError { row: id, reason: Unfit::OperandCount });
    };
    let count = operands.len();
    let mut facts = [0u64; MAX_OPERANDS];
    for (fact, operand) in facts.iter_mut().zip(operands) {
        *fact = operand_facts(operand, named.encoding.operand_bits);
    }
    let first = named.info.group_first;
    let rows = &ROWS[first.0 as usize..named.info.group_end.0 as usize];
    for (offset, row) in rows.iter().enumerate() {
        if row.info.operand_count as usize == count && fits(row, &facts) && row.info.modes.meets(mode) {
            let directed = Prefixes::LOAD.0 | Prefixes::STORE.0;
            if prefixes.0 & directed != 0 && !direction_agrees(row, prefixes) {
                continue;
            }
            return Ok(RowId(first.0 + offset as u16));
        }
    }
    if prefixes.has(Prefixes::LOAD) || prefixes.has(Prefixes::STORE) {
        // There is one direction only.
        return select(mode, id, operands);
    }
    Err(EncodeError { row: id, reason: why_not(rows, mode, operands, &facts) })
}

/// GNU as takes the store form of a register move where that saves a VEX byte: the `ModRM.rm` register
/// needs a bit that only the long prefix has, the `ModRM.reg` register does not.
pub(crate) fn shorter_vex(mode: Mode, id: RowId, operands: &[Operand]) -> RowId {
    let row = &ROWS[id.0 as usize];
    let (plain, prefixes) = split_prefixes(operands);
    if row.encoding.scheme != Scheme::Vex || row.encoding.map != 1 || prefixes.has(Prefixes::VEX3) {
        return id;
    }
    let (to, from) = match plain {
        [Operand::Reg(to), Operand::Reg(from)] => (to, from),
        [Operand::Reg(to), Operand::Reg(_), Operand::Reg(from)] => (to, from),
        _ => return id,
    };
    let loads = row.encoding.slots[0] == Slot::Reg && row.encoding.slots[plain.len() - 1] == Slot::Rm;
    if !loads || number(from.phys) < 8 || number(to.phys) >= 8 || to.phys.0 < 16 || from.phys.0 < 16 {
        return id;
    }
    let group = row.info.group_first.0..row.info.group_end.0;
    let reversed = group.map(RowId).find(|other| {
        let other = &ROWS[other.0 as usize];
        let slots = &other.encoding.slots;
        other.info.operand_count as usize == plain.len()
            && slots[0] == Slot::Rm
            && slots[plain.len() - 1] == Slot::Reg
            && other.encoding.vector_length == row.encoding.vector_length
            && other.info.modes.meets(mode)
            && KINDS[other.info.operands[0].kind.0 as usize].kind.class.is_some()
    });
    reversed.unwrap_or(id)
}

/// `{load}` wants the destination in `ModRM.reg`, `{store}` in `ModRM.rm`.
fn direction_agrees(row: &Row<Encoding>, prefixes: Prefixes) -> bool {
    match row.encoding.slots[0] {
        Slot::Reg => prefixes.has(Prefixes::LOAD),
        Slot::Rm => prefixes.has(Prefixes::STORE),
        _ => false,
    }
}

#[inline]
fn fits(row: &Row<Encoding>, facts: &[u64; MAX_OPERANDS]) -> bool {
    let specs = &row.info.operands;
    for at in 0..row.info.operand_count as usize {
        if specs[at].facts.0 & facts[at] == 0 {
            return false;
        }
    }
    true
}

/// The most helpful reason why no row fits: the one of the row that gets furthest.
#[cold]
fn why_not(rows: &[Row<Encoding>], mode: Mode, operands: &[Operand], facts: &[u64; MAX_OPERANDS]) -> Unfit {
    let mut best = Unfit::OperandCount;
    let mut furthest = 0;
    for row in rows {
        if row.info.operand_count as usize != operands.len() {
            continue;
        }
        let specs = row.info.specs();
        let bad = specs.iter().zip(facts).position(|(spec, fact)| spec.facts.0 & fact == 0);
        let Some(bad) = bad else {
            if !row.info.modes.meets(mode) {
                return Unfit::Mode;
            }
            continue;
        };
        if bad + 1 < furthest {
            continue;
        }
        furthest = bad + 1;
        let operand = bad as u8;
        let takes_number = KINDS[specs[bad].kind.0 as usize].kind.range.is_some();
        best = match operands[bad] {
            Operand::Imm(Imm::Int(value)) if takes_number => Unfit::Range { operand, value },
            _ => Unfit::OperandKind { operand },
        };
    }
    best
}

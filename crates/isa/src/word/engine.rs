//! Selection, encoding, decoding and printing of fixed words, for any [`WordTarget`].

use super::target::{Builder, Misfit, OperandText, WordTarget};
use super::template::Word;
use crate::encoded::{Encoded, FixupInfo, FixupKind, FixupOverflow};
use crate::isa::{Decoded, EncodeError, Isa, ModifierInfo, SymbolNames, Syntax, Unfit};
use crate::names::group_starts;
use crate::object_rules::ObjectRules;
use crate::operand::{Imm, MAX_OPERANDS, Modifier, Operand, SymbolRef};
use crate::registers::RegisterTable;
use crate::relocation::RelocationRow;
use crate::row::{Kind, Mode, Row, RowFlags, RowId, RowInfo};
use lathe_target::Arch;
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

/// The instruction set of a target.
pub struct WordIsa<T: WordTarget> {
    target: T,
    mnemonics: OnceLock<FxHashMap<&'static str, Vec<RowId>>>,
    /// Rows by the eight bits at [`WordTarget::DECODE_SHIFT`].
    decoder: OnceLock<Vec<Vec<u16>>>,
}

impl<T: WordTarget> WordIsa<T> {
    /// The instruction set of a target. Its indexes are built when they are first needed.
    pub const fn new(target: T) -> WordIsa<T> {
        WordIsa { target, mnemonics: OnceLock::new(), decoder: OnceLock::new() }
    }

    /// The target.
    pub const fn target(&self) -> &T {
        &self.target
    }

    #[inline]
    fn fill(
        &self,
        row: &Row<Word<T::Slot>>,
        operands: &[Operand],
        out: &mut Encoded,
    ) -> Result<(), (usize, Misfit)> {
        out.fixup_count = 0;
        let mut builder = Builder { word: row.encoding.base, out };
        for (at, operand) in operands.iter().enumerate() {
            if let Err(misfit) = self.target.insert(row.encoding.slots[at], operand, &mut builder) {
                return Err((at, misfit));
            }
        }
        let word = builder.word;
        out.bytes[..8].copy_from_slice(&word.to_le_bytes());
        out.len = row.encoding.size_bytes;
        Ok(())
    }

    /// Encodes with the first row of the group that fits.
    fn first_fit(
        &self,
        mode: Mode,
        id: RowId,
        operands: &[Operand],
        out: &mut Encoded,
    ) -> Result<RowId, EncodeError> {
        let rows = self.target.rows();
        let Some(named) = rows.get(id.0 as usize).filter(|_| operands.len() <= MAX_OPERANDS) else {
            return Err(EncodeError { row: id, reason: Unfit::OperandCount });
        };
        let mut facts = [0u64; MAX_OPERANDS];
        for (fact, operand) in facts.iter_mut().zip(operands) {
            *fact = self.target.facts(operand).0;
        }
        let mut misfit = None;
        for index in named.info.group_first.0..named.info.group_end.0 {
            let row = &rows[index as usize];
            if !row_accepts(&row.info, operands.len(), &facts) || !row.info.modes.meets(mode) {
                continue;
            }
            match self.fill(row, operands, out) {
                Ok(()) => {
                    out.row = RowId(index);
                    return Ok(RowId(index));
                }
                Err(reason) => misfit = misfit.or(Some(reason)),
            }
        }
        let reason = match misfit {
            Some(misfit) => unfit(misfit),
            None => self.why_not(named, mode, operands, &facts),
        };
        Err(EncodeError { row: id, reason })
    }

    /// The most helpful reason why no row fits: the one of the row that gets furthest.
    #[cold]
    fn why_not(
        &self,
        named: &Row<Word<T::Slot>>,
        mode: Mode,
        operands: &[Operand],
        facts: &[u64; MAX_OPERANDS],
    ) -> Unfit {
        let group = &self.target.rows()[named.info.group_first.0 as usize..named.info.group_end.0 as usize];
        let mut best = Unfit::OperandCount;
        let mut furthest = 0;
        for row in group.iter().filter(|row| row.info.operand_count as usize == operands.len()) {
            let bad = row.info.specs().iter().zip(facts).position(|(spec, fact)| spec.facts.0 & fact == 0);
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
            let takes_number = self.target.kinds()[row.info.operands[bad].kind.0 as usize].range.is_some();
            best = match operands[bad] {
                Operand::Imm(Imm::Int(value)) if takes_number => Unfit::Range { operand: bad as u8, value },
                _ => Unfit::OperandKind { operand: bad as u8 },
            };
        }
        best
    }

    fn decode_index(&self) -> &Vec<Vec<u16>> {
        self.decoder.get_or_init(|| {
            let mut index = vec![Vec::new(); 256];
            for (id, row) in self.target.rows().iter().enumerate() {
                if row.info.flags.has(RowFlags::ALIAS) {
                    continue;
                }
                let mask = (row.encoding.mask >> T::DECODE_SHIFT) as u8;
                let base = (row.encoding.base >> T::DECODE_SHIFT) as u8 & mask;
                for (key, rows) in index.iter_mut().enumerate() {
                    if key as u8 & mask == base {
                        rows.push(id as u16);
                    }
                }
            }
            index
        })
    }
}

#[inline]
fn row_accepts(info: &RowInfo, count: usize, facts: &[u64; MAX_OPERANDS]) -> bool {
    info.operand_count as usize == count
        && info.operands[..count].iter().zip(facts).all(|(spec, fact)| spec.facts.0 & fact != 0)
}

fn unfit((operand, misfit): (usize, Misfit)) -> Unfit {
    let operand = operand as u8;
    match misfit {
        Misfit::Kind => Unfit::OperandKind { operand },
        Misfit::Range(value) => Unfit::Range { operand, value },
        Misfit::Address => Unfit::Address { operand },
        Misfit::Conflict => Unfit::RegisterConflict { operand },
    }
}

impl<T: WordTarget> Isa for WordIsa<T> {
    fn arch(&self) -> Arch {
        self.target.arch()
    }

    fn default_mode(&self) -> Mode {
        self.target.default_mode()
    }

    fn registers(&self) -> &'static RegisterTable {
        self.target.registers()
    }

    fn kinds(&self) -> &'static [Kind] {
        self.target.kinds()
    }

    fn row_count(&self) -> usize {
        self.target.rows().len()
    }

    fn row(&self, id: RowId) -> &'static RowInfo {
        &self.target.rows()[id.0 as usize].info
    }

    fn select(&self, mode: Mode, id: RowId, operands: &[Operand]) -> Result<RowId, EncodeError> {
        self.first_fit(mode, id, operands, &mut Encoded::new())
    }

    fn encode(
        &self,
        mode: Mode,
        id: RowId,
        operands: &[Operand],
        out: &mut Encoded,
    ) -> Result<(), EncodeError> {
        self.first_fit(mode, id, operands, out).map(|_| ())
    }

    fn encode_row(
        &self,
        mode: Mode,
        id: RowId,
        operands: &[Operand],
        out: &mut Encoded,
    ) -> Result<(), EncodeError> {
        let error = |reason| EncodeError { row: id, reason };
        let Some(row) = self.target.rows().get(id.0 as usize) else {
            return Err(error(Unfit::OperandCount));
        };
        if operands.len() != row.info.operand_count as usize {
            return Err(error(Unfit::OperandCount));
        }
        if !row.info.modes.meets(mode) {
            return Err(error(Unfit::Mode));
        }
        for (at, (operand, spec)) in operands.iter().zip(row.info.specs()).enumerate() {
            if !self.target.facts(operand).meets(spec.facts) {
                return Err(error(Unfit::OperandKind { operand: at as u8 }));
            }
        }
        out.row = id;
        self.fill(row, operands, out).map_err(|misfit| error(unfit(misfit)))
    }

    fn is_relaxable(&self, row: RowId) -> bool {
        self.target.is_relaxable(row)
    }

    fn grow(&self, _mode: Mode, row: RowId, operands: &[Operand], out: &mut Encoded) -> bool {
        self.target.grow(row, operands, out)
    }

    fn print(
        &self,
        mode: Mode,
        row: RowId,
        operands: &[Operand],
        _syntax: Syntax,
        names: &dyn SymbolNames,
        out: &mut String,
    ) {
        let exact = self.select(mode, row, operands).unwrap_or(row);
        let Some(row) = self.target.rows().get(exact.0 as usize) else { return };
        let swallowed = self.target.print_mnemonic(&row.info, operands, out);
        let mut separator = "\t";
        for (operand, spec) in operands.iter().zip(&row.info.operands).skip(swallowed) {
            out.push_str(separator);
            separator = ", ";
            let kind = &self.target.kinds()[spec.kind.0 as usize];
            self.target.print_operand(kind, operand, &mut OperandText { out, names });
        }
    }

    fn decode(&self, mode: Mode, bytes: &[u8]) -> Option<Decoded> {
        let mut word = 0u64;
        for (at, byte) in bytes.iter().take(8).enumerate() {
            word |= u64::from(*byte) << (8 * at);
        }
        let key = (word >> T::DECODE_SHIFT) as u8;
        let rows = self.target.rows();
        'rows: for id in &self.decode_index()[usize::from(key)] {
            let row = &rows[usize::from(*id)];
            let format = &row.encoding;
            let fits = word & format.mask == format.base & format.mask;
            if !fits || usize::from(format.size_bytes) > bytes.len() || !row.info.modes.meets(mode) {
                continue;
            }
            let mut operands = [Operand::None; MAX_OPERANDS];
            for (at, spec) in row.info.specs().iter().enumerate() {
                let kind = &self.target.kinds()[spec.kind.0 as usize];
                match self.target.extract(format.slots[at], kind, word) {
                    Some(operand) => operands[at] = operand,
                    None => continue 'rows,
                }
            }
            return Some(Decoded { row: RowId(*id), operands, len: format.size_bytes });
        }
        None
    }

    fn fixups(&self) -> &'static [FixupInfo] {
        self.target.fixups()
    }

    fn relocation(&self, kind: FixupKind, modifier: Modifier, pc_relative: bool) -> Option<u32> {
        self.target.relocation(kind, modifier, pc_relative)
    }

    fn resolves_locally(&self, kind: FixupKind) -> bool {
        self.target.resolves_locally(kind)
    }

    fn object_rules(&self) -> &'static ObjectRules {
        self.target.object_rules()
    }

    fn branch_size(&self, short: FixupKind, distance: Option<i64>) -> Option<u8> {
        self.target.branch_size(short, distance)
    }

    fn widen_branch(&self, short: &[u8], kind: FixupKind, size: u8, target: SymbolRef, out: &mut Encoded) {
        self.target.widen_branch(short, kind, size, target, out);
    }

    fn apply_fixup(&self, kind: FixupKind, value: i64, field: &mut [u8]) -> Result<(), FixupOverflow> {
        self.target.apply_fixup(kind, value, field)
    }

    fn modifiers(&self) -> &'static [ModifierInfo] {
        self.target.modifiers()
    }

    fn fill_nops(&self, mode: Mode, count: u32, out: &mut Vec<u8>) {
        self.target.fill_nops(mode, count, out);
    }

    fn groups(&self, mnemonic: &str, _syntax: Syntax) -> &[RowId] {
        let map = self.mnemonics.get_or_init(|| {
            let mut map: FxHashMap<&'static str, Vec<RowId>> = FxHashMap::default();
            for (id, info) in group_starts(self.target.rows()) {
                map.entry(info.mnemonic).or_default().push(id);
            }
            map
        });
        map.get(mnemonic).map_or(&[], Vec::as_slice)
    }

    fn relocations(&self) -> &'static [RelocationRow] {
        self.target.relocations()
    }

    fn uses_rela(&self) -> bool {
        true
    }
}

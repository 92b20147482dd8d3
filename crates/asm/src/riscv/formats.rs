//! `.insn`: instructions by their format, or as numbers.

use super::operands::{Meaning, register};
use crate::assembler::Assembler;
use crate::cursor::Cursor;
use lathe_diag::Loc;
use lathe_isa::{Imm, Operand, RowId};
use lathe_isa_riscv::rows;

/// Opcodes by name.
const OPCODES: [(&[u8], i64); 29] = [
    (b"C0", 0x00),
    (b"C1", 0x01),
    (b"C2", 0x02),
    (b"LOAD", 0x03),
    (b"LOAD_FP", 0x07),
    (b"CUSTOM_0", 0x0b),
    (b"MISC_MEM", 0x0f),
    (b"OP_IMM", 0x13),
    (b"AUIPC", 0x17),
    (b"OP_IMM_32", 0x1b),
    (b"STORE", 0x23),
    (b"STORE_FP", 0x27),
    (b"CUSTOM_1", 0x2b),
    (b"AMO", 0x2f),
    (b"OP", 0x33),
    (b"LUI", 0x37),
    (b"OP_32", 0x3b),
    (b"MADD", 0x43),
    (b"MSUB", 0x47),
    (b"NMSUB", 0x4b),
    (b"NMADD", 0x4f),
    (b"OP_FP", 0x53),
    (b"OP_V", 0x57),
    (b"CUSTOM_2", 0x5b),
    (b"BRANCH", 0x63),
    (b"JALR", 0x67),
    (b"JAL", 0x6f),
    (b"SYSTEM", 0x73),
    (b"CUSTOM_3", 0x7b),
];

/// Fields of a format in the order of its operands: bit and width, `r` registers, `i`/`s`/`u` immediates,
/// `b`/`j` places, `m`/`n` memory with I- or S-type displacement.
const FORMATS: [(&str, &str); 13] = [
    ("r", "o73 f12 f25 r7 r15 r20"),
    ("r4", "o73 f12 e25 r7 r15 r20 r27"),
    ("i", "o73 f12 r7 r15 i"),
    ("i", "o73 f12 r7 m"),
    ("s", "o73 f12 r20 n"),
    ("sb", "o73 f12 r15 r20 b"),
    ("sb", "o73 f12 r20 n"),
    ("b", "o73 f12 r15 r20 b"),
    ("u", "o73 r7 u"),
    ("uj", "o73 r7 j"),
    ("j", "o73 r7 j"),
    ("r", "o73 f12 e25 r7 r15 r20 r27"),
    ("b", "o73 f12 r20 n"),
];

/// What the fields of a format made.
#[derive(Default)]
struct Word {
    bits: i64,
    place: Option<Operand>,
    row: Option<RowId>,
}

impl Assembler<'_> {
    pub(super) fn rv_insn(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        cursor.skip_space();
        if cursor.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return self.rv_number(cursor, loc);
        }
        let start = cursor.at;
        let name = cursor.name().to_ascii_lowercase();
        let after = *cursor;
        for (_, fields) in FORMATS.iter().filter(|(known, _)| known.as_bytes() == &*name) {
            *cursor = after;
            if let Some(word) = self.fields(cursor, fields) {
                let mut operands = vec![Operand::int(word.bits)];
                operands.extend(word.place);
                self.streamer.instruction(word.row.unwrap_or(rows::_INSN4), &operands, loc);
                return;
            }
        }
        *cursor = after;
        cursor.rest();
        let shown = String::from_utf8_lossy(cursor.text[start..].trim_ascii_end()).into_owned();
        let known = FORMATS.iter().any(|(known, _)| known.as_bytes() == &*name);
        let what = if known { "illegal operands" } else { "unrecognized opcode" };
        self.error(loc, format!("{what} `{shown}'"));
    }

    /// `.insn 0x13`, `.insn 4, 0x13`
    fn rv_number(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        let Some(mut value) = self.absolute(cursor) else { return };
        let mut length = None;
        if cursor.eat_comma() {
            length = Some(value);
            let Some(second) = self.absolute(cursor) else { return };
            value = second;
        }
        let own = if value & 3 == 3 { 4 } else { 2 };
        if length.is_some_and(|length| length != own) || value >> (8 * own) != 0 {
            self.error(loc, "instruction length does not match its value");
            return;
        }
        let row = if own == 4 { rows::_INSN4 } else { rows::_INSN2 };
        self.streamer.instruction(row, &[Operand::int(value)], loc);
    }

    /// The operands of a format; `None` when they are others.
    fn fields(&mut self, cursor: &mut Cursor<'_>, fields: &str) -> Option<Word> {
        let mut word = Word::default();
        for (at, field) in fields.split(' ').enumerate() {
            if at > 0 && !cursor.eat_comma() {
                return None;
            }
            cursor.skip_space();
            let (kind, number) = field.split_at(1);
            let bit: i64 = number.parse().unwrap_or(0);
            match kind {
                "o" => word.bits |= self.opcode(cursor)? & 0x7f,
                "f" => word.bits |= self.number_below(cursor, if bit == 25 { 128 } else { 8 })? << bit,
                "e" => word.bits |= self.number_below(cursor, 4)? << bit,
                "r" => word.bits |= i64::from(register(cursor)?.phys.0 & 31) << bit,
                "u" => word.bits |= self.number_below(cursor, 1 << 20)? << 12,
                "i" => word.bits |= self.signed_12(cursor)? << 20 & 0xfff0_0000,
                "b" | "j" => {
                    word.place = Some(self.place(cursor)?);
                    word.row = Some(if kind == "b" { rows::_INSN4_B } else { rows::_INSN4_J });
                }
                _ => {
                    let Operand::Mem(mem) = self.quiet_operand(cursor)? else { return None };
                    let Imm::Int(value @ -2048..=2047) = mem.displacement else { return None };
                    word.bits |= i64::from(mem.base.phys.0 & 31) << 15;
                    word.bits |= match kind {
                        "m" => value << 20 & 0xfff0_0000,
                        _ => (value & 31) << 7 | (value >> 5 & 127) << 25,
                    };
                }
            }
        }
        cursor.at_end().then_some(word)
    }

    fn opcode(&mut self, cursor: &mut Cursor<'_>) -> Option<i64> {
        let mut ahead = *cursor;
        let name = ahead.name();
        if let Some((_, value)) = OPCODES.iter().find(|(known, _)| *known == name) {
            *cursor = ahead;
            return Some(*value);
        }
        self.number_below(cursor, 128)
    }

    fn quiet_operand(&mut self, cursor: &mut Cursor<'_>) -> Option<Operand> {
        let first = cursor.peek()?;
        let plausible = first.is_ascii_alphanumeric() || matches!(first, b'(' | b'-' | b'%' | b'.' | b'_');
        if plausible { self.rv_operand(cursor, Meaning::Plain) } else { None }
    }

    fn number_below(&mut self, cursor: &mut Cursor<'_>, limit: i64) -> Option<i64> {
        match self.quiet_operand(cursor)? {
            Operand::Imm(Imm::Int(value)) if (0..limit).contains(&value) => Some(value),
            _ => None,
        }
    }

    fn signed_12(&mut self, cursor: &mut Cursor<'_>) -> Option<i64> {
        match self.quiet_operand(cursor)? {
            Operand::Imm(Imm::Int(value @ -2048..=2047)) => Some(value),
            _ => None,
        }
    }

    fn place(&mut self, cursor: &mut Cursor<'_>) -> Option<Operand> {
        self.rv_operand(cursor, Meaning::Place).filter(|operand| matches!(operand, Operand::Label(_)))
    }
}

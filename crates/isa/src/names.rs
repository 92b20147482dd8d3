//! Finding groups by name: constants of row tables at compile time, mnemonics at run time.

use crate::registers::RegClass;
use crate::row::{Kind, Row, RowId, RowInfo};
use crate::text::lower;

/// Size of [`NameTable`]: a power of two above twice the number of groups of any target.
const NAME_SLOTS: usize = 8192;

/// First rows of groups by hash of their name, open addressing, row plus one. Groups of one name lie on one
/// probe sequence in table order.
pub type NameTable = [u16; NAME_SLOTS];

const fn hashed(mut value: usize, text: &[u8], length: usize) -> usize {
    let mut i = 0;
    while i < length {
        value = (value.wrapping_mul(31) + constant_byte(text[i]) as usize) % NAME_SLOTS;
        i += 1;
    }
    value
}

/// Names of constants have underscores where mnemonics have points, and are upper case.
const fn constant_byte(byte: u8) -> u8 {
    if byte == b'.' { b'_' } else { lower(byte) }
}

/// Builds the table that [`row_named`] looks in.
pub const fn name_table<E: Copy>(rows: &[Row<E>]) -> NameTable {
    let mut table = [0; NAME_SLOTS];
    let mut i = 0;
    while i < rows.len() {
        let info = &rows[i].info;
        let (base, suffix) = (info.mnemonic.as_bytes(), info.suffix.as_bytes());
        let mut at = hashed(hashed(0, base, base.len()), suffix, suffix.len());
        while table[at] != 0 {
            at = (at + 1) % NAME_SLOTS;
        }
        table[at] = i as u16 + 1;
        i = info.group_end.0 as usize;
    }
    table
}

const fn is_named(info: &RowInfo, text: &[u8], length: usize) -> bool {
    let (base, suffix) = (info.mnemonic.as_bytes(), info.suffix.as_bytes());
    if base.len() + suffix.len() != length {
        return false;
    }
    let mut c = 0;
    while c < length {
        let own = if c < base.len() { base[c] } else { suffix[c - base.len()] };
        if constant_byte(own) != constant_byte(text[c]) {
            return false;
        }
        c += 1;
    }
    true
}

/// Whether the first or second operand is a vector register, through a view of at least this number.
const fn takes_vectors(info: &RowInfo, kinds: &[Kind], view: u8) -> bool {
    let mut at = 0;
    while at < 2 && at < info.operand_count as usize {
        let kind = &kinds[info.operands[at].kind.0 as usize];
        if matches!(kind.class, Some(RegClass::Vector)) && kind.view >= view {
            return true;
        }
        at += 1;
    }
    false
}

/// The first row whose name is `name` (any case, `_` for `.`). A trailing `_0`, `_1`, `_2`, `_3` picks the
/// first with so many operands, `_X` the first whose first or second operand is a vector register, `_V` the
/// first where it is one through a view without a name of its own ([`crate::RegisterInfo::names`]): an arrangement.
/// A wrong name is a compile-time panic.
pub const fn row_named<E: Copy>(rows: &[Row<E>], kinds: &[Kind], table: &NameTable, name: &str) -> RowId {
    let text = name.as_bytes();
    if let Some(row) = search(rows, kinds, table, text, text.len(), 0) {
        return row;
    }
    if text.len() > 2 && text[text.len() - 2] == b'_' {
        let tail = text[text.len() - 1];
        if let Some(row) = search(rows, kinds, table, text, text.len() - 2, tail) {
            return row;
        }
    }
    panic!("no row of this name")
}

const fn search<E: Copy>(
    rows: &[Row<E>],
    kinds: &[Kind],
    table: &NameTable,
    text: &[u8],
    length: usize,
    tail: u8,
) -> Option<RowId> {
    let mut at = hashed(0, text, length);
    while table[at] != 0 {
        let mut row = table[at] as usize - 1;
        let end = rows[row].info.group_end.0 as usize;
        if is_named(&rows[row].info, text, length) {
            while row < end {
                let info = &rows[row].info;
                let wanted = match tail {
                    0 => true,
                    b'X' => takes_vectors(info, kinds, 0),
                    b'V' => takes_vectors(info, kinds, 5),
                    digit => info.operand_count == digit.wrapping_sub(b'0'),
                };
                if wanted {
                    return Some(RowId(row as u16));
                }
                row += 1;
            }
        }
        at = (at + 1) % NAME_SLOTS;
    }
    None
}

/// Tables one after another, row ids renumbered.
pub const fn join<E: Copy, const N: usize>(parts: &[&[Row<E>]]) -> [Row<E>; N] {
    let mut rows = [parts[0][0]; N];
    let mut next = 0;
    let mut part = 0;
    while part < parts.len() {
        let offset = next as u16;
        let mut index = 0;
        while index < parts[part].len() {
            rows[next] = parts[part][index];
            rows[next].info.group_first.0 += offset;
            rows[next].info.group_end.0 += offset;
            next += 1;
            index += 1;
        }
        part += 1;
    }
    rows
}

/// The first rows of groups, in table order.
pub fn group_starts<E>(rows: &'static [Row<E>]) -> impl Iterator<Item = (RowId, &'static RowInfo)> {
    let rows = rows.iter().enumerate().map(|(i, row)| (RowId(i as u16), &row.info));
    rows.filter(|(id, info)| info.group_first == *id)
}

//! One instruction: mnemonic, operands, and the group of rows that they name.

use super::operands::Meaning;
use crate::assembler::Assembler;
use crate::cursor::Cursor;
use crate::language::statement_text;
use lathe_isa::{MAX_OPERANDS, Operand, RowFlags, RowId, RowInfo, Syntax, Unfit};
use smallvec::SmallVec;

pub(super) type Operands = SmallVec<[Operand; MAX_OPERANDS + 1]>;

/// What an operand of a mnemonic may be. `is_last` says that no comma follows.
fn meaning(mnemonic: &str, row: &RowInfo, at: usize, is_last: bool) -> Meaning {
    let is_memory = || row.flags == RowFlags::NONE && row.specs().len() == 2;
    match (mnemonic, at) {
        ("j" | "tail", _) | ("jump", 0) | ("la" | "lla" | "la.tls.gd" | "la.tls.ie", 1) => Meaning::Place,
        ("call" | "jal", _) if is_last => Meaning::Place,
        ("fence", _) => Meaning::Fence,
        ("csrw" | "csrs" | "csrc" | "csrwi" | "csrsi" | "csrci", 0) => Meaning::Control,
        (_, 1) if mnemonic.starts_with("csrr") => Meaning::Control,
        (_, 1..) if mnemonic.starts_with('f') && is_last => Meaning::Rounding,
        _ if is_last && row.flags.has(RowFlags::CONDITIONAL) => Meaning::Place,
        (
            "lb" | "lbu" | "lh" | "lhu" | "lw" | "lwu" | "ld" | "sb" | "sh" | "sw" | "sd" | "flw" | "fld"
            | "fsw" | "fsd" | "flh" | "fsh",
            1,
        ) if is_memory() => Meaning::Place,
        _ => Meaning::Plain,
    }
}

impl Assembler<'_> {
    /// Reads and emits the instruction at the cursor.
    pub(super) fn rv_instruction(&mut self, cursor: &mut Cursor<'_>) {
        let start = cursor.at;
        let name = cursor.name();
        let mut buffer = [0u8; 24];
        let lower = buffer.get_mut(..name.len());
        let mnemonic = lower.and_then(|lower| {
            lower.copy_from_slice(name);
            lower.make_ascii_lowercase();
            std::str::from_utf8(lower).ok()
        });
        let isa = self.isa;
        let groups = mnemonic.map_or(&[][..], |mnemonic| isa.groups(mnemonic, Syntax::Gnu));
        let is_macro = mnemonic.is_some_and(super::macros::is_macro);
        let (Some(mnemonic), true) =
            (mnemonic, is_macro || groups.first().is_some_and(|_| !name.starts_with(b".")))
        else {
            cursor.rest();
            let shown = statement_text(&cursor.text[start..]);
            self.error(cursor.loc_at(start), format!("unrecognized opcode `{shown}'"));
            return;
        };
        let mut operands = Operands::new();
        let row = groups.first().map(|group| isa.row(*group));
        if !self.rv_operands(cursor, mnemonic, row, &mut operands) {
            return;
        }
        if matches!(mnemonic, "sret" | "mret" | "uret" | "wfi" | "sfence.vma") {
            self.rv_privileged();
        }
        if self.rv_macro(mnemonic, &operands, cursor.loc_at(start)) {
            return;
        }
        self.rv_emit(groups, &operands, cursor, start);
    }

    fn rv_operands(
        &mut self,
        cursor: &mut Cursor<'_>,
        mnemonic: &str,
        row: Option<&'static RowInfo>,
        operands: &mut Operands,
    ) -> bool {
        if cursor.at_end() {
            return true;
        }
        loop {
            if operands.len() > MAX_OPERANDS {
                self.error(cursor.loc(), "too many operands");
                return false;
            }
            let is_last = !cursor.text[cursor.at..].contains(&b',');
            let meaning = row.map_or(Meaning::Plain, |row| meaning(mnemonic, row, operands.len(), is_last));
            let Some(operand) = self.rv_operand(cursor, meaning) else { return false };
            operands.push(operand);
            if meaning == Meaning::Control {
                self.rv_privileged();
            }
            if !cursor.eat_comma() {
                return self.expect_end(cursor);
            }
        }
    }

    pub(super) fn rv_emit(
        &mut self,
        groups: &[RowId],
        operands: &[Operand],
        cursor: &Cursor<'_>,
        start: usize,
    ) {
        let loc = cursor.loc_at(start);
        let Err(error) = self.emit_first_fit(groups, operands, loc) else { return };
        let shown = statement_text(&cursor.text[start..]);
        let name = groups.first().map_or("", |group| self.isa.row(*group).mnemonic);
        let text = match error.map(|error| error.reason) {
            Some(Unfit::Range { .. }) if matches!(name, "lui" | "auipc") => {
                format!("{name} expression not in range 0..1048575")
            }
            Some(Unfit::Range { value, .. })
                if name.starts_with('s') && name.contains('l') && !name.starts_with("slt") =>
            {
                format!("improper shift amount ({value})")
            }
            Some(Unfit::Range { value, .. }) if name.starts_with("csr") => {
                format!("improper CSR address ({value})")
            }
            Some(Unfit::Mode) => format!("unrecognized opcode `{shown}', extension `c' required"),
            _ => format!("illegal operands `{shown}'"),
        };
        self.error(loc, text);
    }
}

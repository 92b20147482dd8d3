//! `.file`, `.loc`, `.ident` and `.cfi_*` (GNU as manual 7.10, 7.47, 7.66).

use crate::assembler::Assembler;
use crate::cursor::Cursor;
use lathe_diag::Loc;
use lathe_mc::{CfiDirective, DwarfFile, LineFlags, LineRow, LineView};

pub(super) const CFI_NAMES: &[&str] = &[
    ".cfi_sections",
    ".cfi_startproc",
    ".cfi_endproc",
    ".cfi_personality",
    ".cfi_lsda",
    ".cfi_def_cfa",
    ".cfi_def_cfa_register",
    ".cfi_def_cfa_offset",
    ".cfi_adjust_cfa_offset",
    ".cfi_offset",
    ".cfi_rel_offset",
    ".cfi_val_offset",
    ".cfi_register",
    ".cfi_restore",
    ".cfi_undefined",
    ".cfi_same_value",
    ".cfi_remember_state",
    ".cfi_restore_state",
    ".cfi_return_column",
    ".cfi_signal_frame",
    ".cfi_window_save",
    ".cfi_escape",
    ".cfi_label",
    ".cfi_personality_id",
    ".cfi_inline_lsda",
    ".cfi_fde_data",
    ".cfi_negate_ra_state",
];

impl Assembler<'_> {
    pub(super) fn file(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        cursor.skip_space();
        let number = match cursor.peek() {
            Some(b'0'..=b'9') => match self.absolute(cursor).map(u32::try_from) {
                Some(Ok(number)) => Some(number),
                Some(Err(_)) => {
                    self.error(loc, "file number out of range");
                    return;
                }
                None => return,
            },
            _ => None,
        };
        let mut first = Vec::new();
        if !cursor.string(&mut first) {
            self.error(cursor.loc(), "expected a file name in quotes");
            return;
        }
        let mut second = Vec::new();
        cursor.skip_space();
        let two = cursor.peek() == Some(b'"') && cursor.string(&mut second);
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned().into_boxed_str();
        let (directory, name) = if two { (Some(text(first)), text(second)) } else { (None, text(first)) };
        let mut md5 = None;
        let mut ahead = *cursor;
        if ahead.name() == b"md5" {
            *cursor = ahead;
            cursor.skip_space();
            match crate::expression::number_128(cursor) {
                crate::expression::Number::Value(value) => md5 = Some(value.to_be_bytes()),
                _ => self.error(cursor.loc(), "md5 needs a 128-bit number"),
            }
        }
        self.streamer.file(DwarfFile { number, directory, name, md5 }, loc);
    }

    pub(super) fn line(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        let Some(file) = self.absolute(cursor) else { return };
        let Some(line) = self.absolute(cursor) else { return };
        let mut row = LineRow::statement(file as u32, line as u32, 0);
        if !(0..=i64::from(u32::MAX)).contains(&file) || !(0..=i64::from(u32::MAX)).contains(&line) {
            self.error(loc, "file or line number out of range");
            return;
        }
        cursor.skip_space();
        if cursor.peek().is_some_and(|b| b.is_ascii_digit()) {
            row.column = self.absolute(cursor).unwrap_or(0) as u32;
        }
        row.flags = if self.line_statement { LineFlags::STATEMENT } else { LineFlags::NONE };
        while !cursor.at_end() {
            let start = cursor.at;
            match cursor.name() {
                b"basic_block" => row.flags = row.flags.or(LineFlags::BASIC_BLOCK),
                b"prologue_end" => row.flags = row.flags.or(LineFlags::PROLOGUE_END),
                b"epilogue_begin" => row.flags = row.flags.or(LineFlags::EPILOGUE_BEGIN),
                b"is_stmt" => {
                    self.line_statement = self.absolute(cursor).unwrap_or(1) != 0;
                    let others = row.flags.0 & !LineFlags::STATEMENT.0;
                    row.flags = LineFlags(others | u8::from(self.line_statement));
                }
                b"isa" => row.isa = self.absolute(cursor).unwrap_or(0) as u32,
                b"discriminator" => row.discriminator = self.absolute(cursor).unwrap_or(0) as u32,
                b"view" => {
                    cursor.skip_space();
                    row.view = match cursor.peek() {
                        Some(b'-') => {
                            cursor.at += 1;
                            let _ = self.absolute(cursor);
                            LineView::ForceZero
                        }
                        Some(b'0'..=b'9') => {
                            let _ = self.absolute(cursor);
                            LineView::Zero
                        }
                        _ => match self.symbol_operand(cursor) {
                            Some(symbol) => LineView::Name(symbol),
                            None => return,
                        },
                    };
                }
                other => {
                    let shown = String::from_utf8_lossy(other).into_owned();
                    self.error(cursor.span_from(start), format!("unknown .loc sub-directive `{shown}'"));
                    cursor.rest();
                    return;
                }
            }
        }
        self.streamer.line(row, loc);
    }

    pub(super) fn ident(&mut self, cursor: &mut Cursor<'_>) {
        let mut text = Vec::new();
        if !cursor.string(&mut text) {
            self.error(cursor.loc(), "expected a string");
            return;
        }
        self.streamer.ident(&String::from_utf8_lossy(&text));
    }

    /// A DWARF register number: a number or a register's name.
    fn cfi_register(&mut self, cursor: &mut Cursor<'_>) -> Option<u16> {
        cursor.skip_space();
        let start = cursor.at;
        if cursor.peek() == Some(b'%') || cursor.peek().is_some_and(|b| b.is_ascii_alphabetic()) {
            let _ = cursor.eat(b'%');
            let reg = (self.language.register)(self, cursor);
            let dwarf = reg.and_then(|reg| self.isa.registers().dwarf(reg.phys));
            if dwarf.is_none() {
                self.error(cursor.span_from(start), "bad register expression");
            }
            return dwarf;
        }
        let value = self.absolute(cursor)?;
        match u16::try_from(value) {
            Ok(value) => Some(value),
            Err(_) => {
                self.error(cursor.span_from(start), "bad register expression");
                None
            }
        }
    }

    fn register_and_offset(&mut self, cursor: &mut Cursor<'_>) -> Option<(u16, i64)> {
        let register = self.cfi_register(cursor)?;
        if !cursor.eat_comma() {
            self.error(cursor.loc(), "missing separator");
            return None;
        }
        Some((register, self.absolute(cursor)?))
    }

    pub(super) fn cfi(&mut self, name: &str, cursor: &mut Cursor<'_>, loc: Loc) {
        if let Some(directive) = self.cfi_directive(name, cursor, loc) {
            self.streamer.cfi(directive, loc);
        }
    }

    fn cfi_directive(&mut self, name: &str, cursor: &mut Cursor<'_>, loc: Loc) -> Option<CfiDirective> {
        use CfiDirective as C;
        Some(match name {
            ".cfi_sections" => {
                let list = cursor.rest();
                let has = |what: &[u8]| list.split(|b| *b == b',').any(|part| part.trim_ascii() == what);
                C::Sections { eh_frame: has(b".eh_frame"), debug_frame: has(b".debug_frame") }
            }
            ".cfi_startproc" => C::StartProcedure { simple: cursor.name() == b"simple" },
            ".cfi_endproc" => C::EndProcedure,
            ".cfi_personality" | ".cfi_lsda" => {
                let encoding = self.absolute(cursor)? as u8;
                let symbol =
                    if encoding == 0xff || !cursor.eat_comma() { None } else { self.symbol_operand(cursor) };
                match name {
                    ".cfi_lsda" => C::Lsda { encoding, symbol },
                    _ => C::Personality { encoding, symbol },
                }
            }
            ".cfi_def_cfa" => {
                let (register, offset) = self.register_and_offset(cursor)?;
                C::DefineCfa { register, offset }
            }
            ".cfi_def_cfa_register" => C::DefineCfaRegister(self.cfi_register(cursor)?),
            ".cfi_def_cfa_offset" => C::DefineCfaOffset(self.absolute(cursor)?),
            ".cfi_adjust_cfa_offset" => C::AdjustCfaOffset(self.absolute(cursor)?),
            ".cfi_offset" => {
                let (register, offset) = self.register_and_offset(cursor)?;
                C::Offset { register, offset }
            }
            ".cfi_rel_offset" => {
                let (register, offset) = self.register_and_offset(cursor)?;
                C::RelativeOffset { register, offset }
            }
            ".cfi_val_offset" => {
                let (register, offset) = self.register_and_offset(cursor)?;
                C::ValueOffset { register, offset }
            }
            ".cfi_register" => {
                let register = self.cfi_register(cursor)?;
                let _ = cursor.eat_comma();
                C::Register { register, saved_in: self.cfi_register(cursor)? }
            }
            ".cfi_restore" | ".cfi_undefined" | ".cfi_same_value" => return self.cfi_list(name, cursor, loc),
            ".cfi_remember_state" => C::RememberState,
            ".cfi_restore_state" => C::RestoreState,
            ".cfi_return_column" => C::ReturnColumn(self.cfi_register(cursor)?),
            ".cfi_signal_frame" => C::SignalFrame,
            ".cfi_window_save" | ".cfi_negate_ra_state" => C::NegateReturnAddressState,
            ".cfi_escape" => {
                let mut bytes = Vec::new();
                loop {
                    bytes.push(self.absolute(cursor)? as u8);
                    if !cursor.eat_comma() {
                        break;
                    }
                }
                C::Escape(bytes.into())
            }
            ".cfi_label" => {
                let symbol = self.symbol_operand(cursor)?;
                self.defined.insert(symbol);
                C::Label(symbol)
            }
            _ => {
                cursor.rest();
                self.error(loc, format!("CFI is not supported for this target: {name}"));
                return None;
            }
        })
    }

    /// Directives with a list of registers; the last one is returned.
    fn cfi_list(&mut self, name: &str, cursor: &mut Cursor<'_>, loc: Loc) -> Option<CfiDirective> {
        loop {
            let register = self.cfi_register(cursor)?;
            let directive = match name {
                ".cfi_restore" => CfiDirective::Restore(register),
                ".cfi_undefined" => CfiDirective::Undefined(register),
                _ => CfiDirective::SameValue(register),
            };
            if !cursor.eat_comma() {
                return Some(directive);
            }
            self.streamer.cfi(directive, loc);
        }
    }
}

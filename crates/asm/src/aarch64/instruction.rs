//! One instruction: mnemonic, operands, and the group of rows that they name.

use crate::assembler::Assembler;
use crate::cursor::Cursor;
use crate::language::statement_text;
use lathe_isa::{MAX_OPERANDS, Operand, Reg, RowId, SymbolRef, Syntax, Unfit};
use lathe_isa_aarch64::{conditions, registers as r};
use smallvec::SmallVec;

/// What a name or number in operand position means to the instruction, beyond registers and symbols.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    /// Nothing special.
    Plain,
    /// Numbers are floats.
    Float,
    /// `eq`, `ne`.
    Condition,
    /// `ish`.
    Barrier,
    /// `pldl1keep`.
    Prefetch,
    /// `tpidr_el0`.
    SystemRegister,
    /// `daifset`.
    ProcessorState,
    /// `civac`, of `dc`.
    Operation(&'static str),
    /// `c7`.
    ControlRegister,
}

type Operands = SmallVec<[Operand; MAX_OPERANDS + 1]>;

/// What operand number `at` of a mnemonic may be.
fn meaning(mnemonic: &str, at: usize, conditional: bool) -> Meaning {
    match (mnemonic, at) {
        ("dmb" | "dsb" | "isb", 0) => Meaning::Barrier,
        ("prfm" | "prfum", 0) => Meaning::Prefetch,
        ("mrs", 1) | ("msr", 0) => Meaning::SystemRegister,
        ("dc", 0) => Meaning::Operation("dc"),
        ("ic", 0) => Meaning::Operation("ic"),
        ("at", 0) => Meaning::Operation("at"),
        ("tlbi", 0) => Meaning::Operation("tlbi"),
        ("sys", 1 | 2) | ("sysl", 2 | 3) => Meaning::ControlRegister,
        _ if conditional => Meaning::Condition,
        _ if mnemonic.starts_with("fmov") || mnemonic.starts_with("fcm") => Meaning::Float,
        _ => Meaning::Plain,
    }
}

impl Assembler<'_> {
    /// Reads and emits the instruction at the cursor.
    pub(super) fn a64_instruction(&mut self, cursor: &mut Cursor<'_>) {
        let start = cursor.at;
        let name = cursor.name();
        if self.a64_alias(name, cursor) {
            return;
        }
        let mut buffer = [0u8; 24];
        let lower = buffer.get_mut(..name.len());
        let Some(text) = lower.and_then(|lower| {
            lower.copy_from_slice(name);
            lower.make_ascii_lowercase();
            std::str::from_utf8(lower).ok()
        }) else {
            return self.unknown_mnemonic(name, cursor, start);
        };
        let mut operands = Operands::new();
        let mut mnemonic = text;
        if let Some(code) = branch_condition(text) {
            mnemonic = "b.cond";
            operands.push(Operand::Cond(code));
        }
        mnemonic = with_option(mnemonic, cursor);
        let isa = self.isa;
        let groups = isa.groups(mnemonic, Syntax::Gnu);
        let Some(first) = groups.first().filter(|_| !mnemonic.starts_with('.')) else {
            return self.unknown_mnemonic(name, cursor, start);
        };
        let is_condition = |row: &RowId| {
            let kinds = isa.row(*row).specs().iter().map(|spec| isa.kinds()[spec.kind.0 as usize].name);
            operands.is_empty() && kinds.into_iter().any(|name| name.starts_with("cond"))
        };
        let conditional = is_condition(first);
        if !self.a64_operands(cursor, mnemonic, conditional, &mut operands) {
            return;
        }
        self.emit(groups, &operands, cursor, start);
    }

    fn a64_operands(
        &mut self,
        cursor: &mut Cursor<'_>,
        mnemonic: &str,
        conditional: bool,
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
            cursor.skip_space();
            let literal = cursor.peek() == Some(b'=') && operands.len() == 1;
            let operand = if literal {
                self.literal_operand(cursor, operands[0], mnemonic)
            } else {
                let mut meaning = meaning(mnemonic, operands.len(), conditional);
                if meaning == Meaning::SystemRegister && mnemonic == "msr" && is_state(*cursor) {
                    meaning = Meaning::ProcessorState;
                }
                self.a64_operand(cursor, meaning)
            };
            let Some(operand) = operand else { return false };
            operands.push(operand);
            if !cursor.eat_comma() {
                return self.expect_end(cursor);
            }
        }
    }

    /// `=value` of `ldr`: the literal's place.
    fn literal_operand(
        &mut self,
        cursor: &mut Cursor<'_>,
        register: Operand,
        mnemonic: &str,
    ) -> Option<Operand> {
        let start = cursor.at;
        cursor.at += 1;
        let value = self.expression(cursor)?;
        let bytes = match (register, mnemonic) {
            (_, "ldrsw") => 4,
            (Operand::Reg(reg), "ldr") => register_bytes(reg),
            _ => 0,
        };
        if bytes == 0 {
            self.error(cursor.span_from(start), "a literal needs `ldr' or `ldrsw' of a register");
            return None;
        }
        let label = self.literal(value, bytes)?;
        Some(Operand::Label(SymbolRef::plain(label)))
    }

    fn emit(&mut self, groups: &[RowId], operands: &[Operand], cursor: &Cursor<'_>, start: usize) {
        let loc = cursor.loc_at(start);
        let Err(Some(error)) = self.emit_first_fit(groups, operands, loc) else { return };
        let shown = statement_text(&cursor.text[start..]);
        let text = match error.reason {
            Unfit::Range { operand, .. } => {
                let at = operand + 1;
                match self.range_of(error.row, operands) {
                    Some(range) => format!("{range} at operand {at} -- `{shown}'"),
                    None => format!("immediate out of range at operand {at} -- `{shown}'"),
                }
            }
            Unfit::Address { operand } => {
                format!("invalid addressing mode at operand {} -- `{shown}'", operand + 1)
            }
            Unfit::RegisterConflict { operand } => {
                format!("register of operand {} does not go with the others -- `{shown}'", operand + 1)
            }
            _ => format!("operand mismatch -- `{shown}'"),
        };
        self.error(loc, text);
    }

    /// What the first form that only the number does not fit would take.
    fn range_of(&self, group: RowId, operands: &[Operand]) -> Option<String> {
        let info = self.isa.row(group);
        let mut out = lathe_isa::Encoded::new();
        for row in (info.group_first.0..info.group_end.0).map(RowId) {
            let Err(error) = self.isa.encode_row(self.mode, row, operands, &mut out) else { continue };
            let Unfit::Range { operand, .. } = error.reason else { continue };
            let spec = self.isa.row(row).operands[usize::from(operand)];
            let kind = &self.isa.kinds()[usize::from(spec.kind.0)];
            let (min, max) = kind.range?;
            let what =
                if matches!(operands[usize::from(operand)], Operand::Mem(_)) { "offset" } else { "value" };
            // Immediates that are patterns rather than ranges.
            let pattern = min == i64::MIN || kind.name.starts_with("add");
            return (!pattern).then(|| format!("immediate {what} out of range {min} to {max}"));
        }
        None
    }

    fn unknown_mnemonic(&mut self, name: &[u8], cursor: &mut Cursor<'_>, start: usize) {
        cursor.rest();
        let shown = String::from_utf8_lossy(name).into_owned();
        let whole = statement_text(&cursor.text[start..]);
        self.error(cursor.loc_at(start), format!("unknown mnemonic `{shown}' -- `{whole}'"));
    }
}

/// `b.eq`, and `beq` for it.
fn branch_condition(name: &str) -> Option<u8> {
    let rest = name.strip_prefix("b.").or_else(|| name.strip_prefix('b').filter(|rest| rest.len() == 2))?;
    conditions::code_of(rest.as_bytes())
}

/// `bti c`, `psb csync`: the option is part of the name of the row.
fn with_option<'m>(mnemonic: &'m str, cursor: &mut Cursor<'_>) -> &'m str {
    if mnemonic != "bti" && mnemonic != "psb" && mnemonic != "tsb" {
        return mnemonic;
    }
    let mut ahead = *cursor;
    let option = ahead.name().to_ascii_lowercase();
    let found = match (mnemonic, &*option) {
        ("bti", b"c") => "bti.c",
        ("bti", b"j") => "bti.j",
        ("bti", b"jc") => "bti.jc",
        ("psb", b"csync") => "psb.csync",
        ("tsb", b"csync") => "tsb.csync",
        _ => return mnemonic,
    };
    *cursor = ahead;
    found
}

/// Whether a name is a field of `msr name, #imm` and the operand after it is a number.
fn is_state(mut cursor: Cursor<'_>) -> bool {
    let name = cursor.name().to_ascii_lowercase();
    let known =
        lathe_isa_aarch64::system::PROCESSOR_STATE.iter().any(|(known, _)| known.as_bytes() == &*name);
    known && cursor.eat_comma() && {
        cursor.skip_space();
        !cursor.peek().is_some_and(|b| b.is_ascii_alphabetic())
    }
}

/// How many bytes a literal load fills.
fn register_bytes(reg: Reg) -> u8 {
    let vector = reg.phys.0 >= r::V0.0 && reg.phys != r::XZR;
    match (vector, reg.view) {
        (false, r::VIEW_W) => 4,
        (false, _) => 8,
        (true, r::VIEW_S) => 4,
        (true, r::VIEW_D) => 8,
        (true, r::VIEW_Q) => 16,
        _ => 0,
    }
}

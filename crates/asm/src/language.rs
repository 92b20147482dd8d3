//! What a target's assembly language adds to the common one, as a table of few functions.
//!
//! The assembler asks its [`Language`] for comment characters, the directives that are the target's own or mean something
//! else there, instructions, and register names. Adding a target is a folder with one `static` of this type and a line in
//! [`Language::of`].

use crate::assembler::Assembler;
use crate::cursor::Cursor;
use crate::directives::{Directive, Table};
use lathe_diag::Loc;
use lathe_isa::{EncodeError, Modifier, Operand, Reg, RowId, Unfit};
use lathe_target::Arch;
use std::sync::OnceLock;

/// Which bytes start a comment that ends with the line. `/* … */` is a comment everywhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Comments {
    /// `#` anywhere; else only at the start of a line.
    pub hash: bool,
    /// `//` anywhere.
    pub slashes: bool,
    /// `/` at the start of a line.
    pub slash_line: bool,
}

/// One target's assembly language.
pub(crate) struct Language {
    /// What starts a comment.
    pub comments: Comments,
    /// Whether a statement may begin with `{` (x86 pseudo prefixes).
    pub braces: bool,
    /// Reads and emits the instruction at the cursor.
    pub instruction: fn(&mut Assembler<'_>, &mut Cursor<'_>),
    /// Directives that the common table does not have or has with another meaning; [`Directive::Target`] is answered by
    /// `directive`.
    pub directives: &'static [(&'static str, Directive)],
    /// Runs a [`Directive::Target`]; whether it left nothing unread is checked by the caller.
    pub directive: fn(&mut Assembler<'_>, &'static str, &mut Cursor<'_>, Loc),
    /// The register whose name stands at the cursor, which moves behind it if there is one. For `.cfi_*`.
    pub register: fn(&mut Assembler<'_>, &mut Cursor<'_>) -> Option<Reg>,
    /// What the symbol `_GLOBAL_OFFSET_TABLE_` means in an expression, where it is more than a name.
    pub got_base: Option<Modifier>,
    /// Called before a file (not before a fragment of inline assembly).
    pub start: fn(&mut Assembler<'_>),
    /// Called at the end of a file (`true`) or of a fragment of inline assembly (`false`): literal pools.
    pub finish: fn(&mut Assembler<'_>, bool),
    /// State of its own.
    pub state: fn() -> LanguageState,
    /// The table of directives, built when first asked for.
    pub table: &'static OnceLock<Table>,
}

/// What a language keeps from statement to statement.
pub(crate) enum LanguageState {
    /// Nothing.
    None,
    /// AArch64's: `.req` names, literal pools.
    AArch64(Box<crate::aarch64::State>),
    /// RISC-V's: the stack of `.option`.
    RiscV(Box<crate::riscv::State>),
}

impl Language {
    /// The language of an architecture, if there is an assembler for it.
    pub fn of(arch: Arch) -> Option<&'static Language> {
        match arch {
            Arch::X86 | Arch::X86_64 => Some(&crate::x86::LANGUAGE),
            Arch::AArch64 => Some(&crate::aarch64::LANGUAGE),
            Arch::RiscV64 => Some(&crate::riscv::LANGUAGE),
        }
    }
}

impl Assembler<'_> {
    /// Emits with the first group that fits the operands.
    ///
    /// # Errors
    /// When none does: why the most promising one does not.
    pub(crate) fn emit_first_fit(
        &mut self,
        groups: &[RowId],
        operands: &[Operand],
        loc: Loc,
    ) -> Result<(), Option<EncodeError>> {
        let mut best = None;
        for group in groups {
            match self.isa.select(self.mode, *group, operands) {
                Ok(_) => {
                    self.streamer.instruction(*group, operands, loc);
                    return Ok(());
                }
                Err(error) if best.is_none() || matches!(error.reason, Unfit::Range { .. }) => {
                    best = Some(error);
                }
                Err(_) => {}
            }
        }
        Err(best)
    }
}

/// A statement as messages show it: one blank after the mnemonic, none around commas.
pub(crate) fn statement_text(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text.trim_ascii()).into_owned();
    let (name, rest) = text.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((&text, ""));
    let operands: Vec<String> = rest
        .split(',')
        .map(|operand| operand.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let operands = operands.join(",");
    if operands.is_empty() { name.to_owned() } else { format!("{name} {operands}") }
}

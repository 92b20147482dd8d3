//! x86 instructions: mnemonics and prefixes, AT&T and Intel operands, choice of the row; modes and syntaxes.

mod att;
mod instruction;
mod intel;
mod registers;

use crate::assembler::Assembler;
use crate::cursor::Cursor;
use crate::directives::Directive as D;
use crate::language::{Comments, Language, LanguageState};
use lathe_isa::Syntax;
use lathe_isa_x86::{MODE_16, MODE_32, MODE_64};
use std::sync::OnceLock;

/// The language of i686 and x86-64.
pub(crate) static LANGUAGE: Language = Language {
    comments: Comments { hash: true, slashes: false, slash_line: true },
    braces: true,
    instruction: |assembler, cursor| assembler.instruction(cursor),
    directives: &[
        (".code16", D::Target(".code16")),
        (".code32", D::Target(".code32")),
        (".code64", D::Target(".code64")),
        (".code16gcc", D::Unsupported(".code16gcc")),
        (".att_syntax", D::Target(".att_syntax")),
        (".intel_syntax", D::Target(".intel_syntax")),
        (".arch", D::Ignored),
        (".att_mnemonic", D::Ignored),
        (".intel_mnemonic", D::Ignored),
        (".allow_index_reg", D::Ignored),
        (".disallow_index_reg", D::Ignored),
        (".sse_check", D::Ignored),
        (".operand_check", D::Ignored),
    ],
    directive: |assembler, which, cursor, loc| match which {
        ".code16" => assembler.code_mode(16, loc),
        ".code32" => assembler.code_mode(32, loc),
        ".code64" => assembler.code_mode(64, loc),
        ".intel_syntax" => assembler.set_syntax(Syntax::Intel, cursor),
        _ => assembler.set_syntax(Syntax::Gnu, cursor),
    },
    register: |assembler, cursor| assembler.register_name(cursor),
    got_base: Some(lathe_isa_x86::fixups::GOTPC),
    start: |_| {},
    finish: |_, _| {},
    state: || LanguageState::None,
    table: &TABLE,
};

static TABLE: OnceLock<crate::directives::Table> = OnceLock::new();

impl Assembler<'_> {
    fn code_mode(&mut self, bits: u8, loc: lathe_diag::Loc) {
        let mode = match bits {
            16 => MODE_16,
            32 => MODE_32,
            _ => MODE_64,
        };
        if mode == MODE_64 && self.isa.arch() == lathe_target::Arch::X86 {
            self.error(loc, "64bit mode not supported on `i386'.");
            return;
        }
        self.mode = mode;
        self.streamer.set_mode(mode);
    }

    fn set_syntax(&mut self, syntax: Syntax, cursor: &mut Cursor<'_>) {
        self.syntax = syntax;
        self.naked_registers = match cursor.rest() {
            b"noprefix" => true,
            b"prefix" => false,
            _ => false,
        };
    }
}

//! RISC-V instructions: operands, the pseudo-instructions that are more than a row, `.option`, `.attribute`, `.insn`.
//!
//! Sources: GNU as manual 2.40, 9.38 "RISC-V Dependent Features"; RISC-V Assembly Programmer's Manual.

mod architecture;
mod formats;
mod instruction;
mod macros;
mod operands;

use crate::assembler::Assembler;
use crate::cursor::Cursor;
use crate::directives::Directive as D;
use crate::language::{Comments, Language, LanguageState};
use architecture::Extensions;
use lathe_diag::Loc;
use lathe_isa::{Mode, SymbolRef};
use lathe_isa_riscv::{COMPRESSED, PIC, RELAX};
use lathe_mc::{BuildAttribute, Expression, SymbolAttribute};
use std::sync::OnceLock;

/// What is kept from statement to statement.
#[derive(Default)]
pub(crate) struct State {
    /// Extensions that change what a mnemonic stands for.
    extensions: Extensions,
    /// Something of the privileged specification occurred.
    privileged: bool,
    /// `.option push`
    saved: Vec<(Mode, Extensions)>,
}

/// Most `.option push`es without a `.option pop`.
const MAX_SAVED: usize = 4096;

/// The language.
pub(crate) static LANGUAGE: Language = Language {
    comments: Comments { hash: true, slashes: false, slash_line: false },
    braces: false,
    instruction: |assembler, cursor| assembler.rv_instruction(cursor),
    directives: &[
        (".half", D::Integer(2)),
        (".word", D::Integer(4)),
        (".dword", D::Integer(8)),
        // Powers of two here, bytes elsewhere.
        (".align", D::AlignLog2(1)),
        (".option", D::Target(".option")),
        (".attribute", D::Target(".attribute")),
        (".insn", D::Target(".insn")),
        (".dtprelword", D::Target(".dtprelword")),
        (".dtpreldword", D::Target(".dtpreldword")),
        (".variant_cc", D::Target(".variant_cc")),
    ],
    directive: |assembler, which, cursor, loc| assembler.rv_directive(which, cursor, loc),
    register: |_, cursor| operands::register(cursor),
    got_base: None,
    start: |assembler| assembler.rv_start(),
    finish: |assembler, file| {
        if !file {
            let mode = assembler.isa.default_mode();
            assembler.rv_mode(mode);
        }
    },
    state: || LanguageState::RiscV(Box::default()),
    table: &TABLE,
};

static TABLE: OnceLock<crate::directives::Table> = OnceLock::new();

impl Assembler<'_> {
    /// The state of this language; it is the one that [`LANGUAGE`] made.
    fn rv(&mut self) -> Option<&mut State> {
        match &mut self.state {
            LanguageState::RiscV(state) => Some(state),
            _ => None,
        }
    }

    /// What the command line says; `la` does without the GOT if it does not say.
    fn rv_start(&mut self) {
        let options = self.options;
        let mut mode = self.mode;
        let mut set = |bit: Mode, on: bool| mode.0 = if on { mode.0 | bit.0 } else { mode.0 & !bit.0 };
        set(PIC, options.position_independent == Some(true));
        if let Some(on) = options.relaxation {
            set(RELAX, on);
        }
        if let Some(text) = &options.architecture {
            let mut extensions = Extensions::default();
            match extensions.of_architecture(text, &mut mode) {
                Some(whole) => self.streamer.attribute(BuildAttribute::Architecture(whole.into())),
                None => self.error(Loc::NONE, format!("{text}: ISA string must begin with rv64")),
            }
            if let Some(state) = self.rv() {
                state.extensions = extensions;
            }
        }
        self.rv_mode(mode);
    }

    fn rv_mode(&mut self, mode: Mode) {
        if mode != self.mode {
            self.mode = mode;
            self.streamer.set_mode(mode);
        }
    }

    fn rv_directive(&mut self, which: &'static str, cursor: &mut Cursor<'_>, loc: Loc) {
        match which {
            ".option" => self.rv_option(cursor, loc),
            ".attribute" => self.rv_attribute(cursor, loc),
            ".insn" => self.rv_insn(cursor, loc),
            ".variant_cc" => {
                let name = cursor.name();
                if let Some(symbol) = self.name_symbol(name, loc) {
                    self.streamer.symbol_attribute(symbol, SymbolAttribute::Other(0x80), loc);
                }
            }
            _ => {
                let Some(value) = self.expression(cursor) else { return };
                let Expression::Symbol(symbol) = value else {
                    self.error(loc, format!("unsupported use of {which}"));
                    return;
                };
                let target = SymbolRef { modifier: lathe_isa_riscv::fixups::DTPREL, ..symbol };
                let bytes = if which == ".dtpreldword" { 8 } else { 4 };
                self.streamer.value(Expression::Symbol(target), bytes, loc);
            }
        }
    }

    /// Control registers and privileged instructions: the object names the version of their specification, as GNU as does.
    fn rv_privileged(&mut self) {
        let first = self.rv().is_some_and(|state| !std::mem::replace(&mut state.privileged, true));
        if first {
            self.streamer.attribute(BuildAttribute::Number { tag: 8, value: 1 });
            self.streamer.attribute(BuildAttribute::Number { tag: 10, value: 11 });
        }
    }

    fn rv_option(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        let text = String::from_utf8_lossy(cursor.rest()).into_owned();
        let bit = |mode: Mode, bit: Mode, on: bool| Mode(if on { mode.0 | bit.0 } else { mode.0 & !bit.0 });
        let mode = match text.as_str() {
            "rvc" => bit(self.mode, COMPRESSED, true),
            "norvc" => bit(self.mode, COMPRESSED, false),
            "relax" => bit(self.mode, RELAX, true),
            "norelax" => bit(self.mode, RELAX, false),
            "pic" => bit(self.mode, PIC, true),
            "nopic" => bit(self.mode, PIC, false),
            "csr-check" | "no-csr-check" => return,
            "push" => {
                let mode = self.mode;
                let Some(state) = self.rv() else { return };
                if state.saved.len() < MAX_SAVED {
                    let extensions = state.extensions;
                    state.saved.push((mode, extensions));
                } else {
                    self.error(loc, ".option push nested too deeply");
                }
                return;
            }
            "pop" => {
                let Some((mode, extensions)) = self.rv().and_then(|state| state.saved.pop()) else {
                    self.error(loc, ".option pop with no .option push");
                    return;
                };
                if let Some(state) = self.rv() {
                    state.extensions = extensions;
                }
                mode
            }
            _ => {
                let Some(list) = text.strip_prefix("arch,") else {
                    self.warning(loc, format!("unrecognized .option directive: {text}"));
                    return;
                };
                let mut mode = self.mode;
                let mut extensions = self.rv().map(|state| state.extensions).unwrap_or_default();
                extensions.change(list.trim(), &mut mode);
                if let Some(state) = self.rv() {
                    state.extensions = extensions;
                }
                mode
            }
        };
        self.rv_mode(mode);
    }

    /// `.attribute arch, "rv64gc"`, `.attribute stack_align, 16`.
    fn rv_attribute(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        const TAGS: [(&str, u32); 6] = [
            ("stack_align", 4),
            ("arch", 5),
            ("unaligned_access", 6),
            ("priv_spec", 8),
            ("priv_spec_minor", 10),
            ("priv_spec_revision", 12),
        ];
        cursor.skip_space();
        let tag = if cursor.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.absolute(cursor).and_then(|tag| u32::try_from(tag).ok())
        } else {
            let name = String::from_utf8_lossy(cursor.name()).into_owned();
            let short = name.strip_prefix("Tag_RISCV_").unwrap_or(&name);
            let known = TAGS.iter().find(|(known, _)| *known == short);
            if known.is_none() {
                self.error(loc, format!("Attribute name not recognised: {name}"));
            }
            known.map(|(_, tag)| *tag)
        };
        let Some(tag) = tag else { return };
        if !cursor.eat_comma() {
            self.error(cursor.loc(), "expected <tag> , <value>");
            return;
        }
        // The psABI: odd tags are strings, even ones numbers.
        if tag % 2 == 0 {
            let Some(value) = self.absolute(cursor) else { return };
            self.streamer.attribute(BuildAttribute::Number { tag, value: value as u64 });
            return;
        }
        let mut text = Vec::new();
        if !cursor.string(&mut text) {
            self.error(cursor.loc(), "bad string constant");
            return;
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        if tag != 5 {
            self.streamer.attribute(BuildAttribute::Text { tag, value: text.into() });
            return;
        }
        let mut mode = self.mode;
        let mut extensions = Extensions::default();
        let Some(whole) = extensions.of_architecture(&text, &mut mode) else {
            self.error(loc, format!("{text}: ISA string must begin with rv64"));
            return;
        };
        if let Some(state) = self.rv() {
            state.extensions = extensions;
        }
        self.streamer.attribute(BuildAttribute::Architecture(whole.into()));
        self.rv_mode(mode);
    }
}

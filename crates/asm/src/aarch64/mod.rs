//! AArch64 instructions: operands, aliases of registers, literal pools, and the directives that only this target has.
//!
//! Source: GNU as manual 2.40, 9.1 "AArch64 Dependent Features".

mod instruction;
mod literals;
mod operands;
mod registers;

use crate::assembler::Assembler;
use crate::cursor::Cursor;
use crate::directives::Directive as D;
use crate::language::{Comments, Language, LanguageState};
use lathe_diag::Loc;
use lathe_isa::{Operand, Reg};
use lathe_isa_aarch64::rows;
use lathe_mc::Expression;
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

/// What is kept from statement to statement.
#[derive(Default)]
pub(crate) struct State {
    /// `.req` names.
    aliases: FxHashMap<Box<[u8]>, Reg>,
    /// Literals waiting for `.ltorg`.
    pools: literals::Pools,
}

/// The language.
pub(crate) static LANGUAGE: Language = Language {
    comments: Comments { hash: false, slashes: true, slash_line: false },
    braces: false,
    instruction: |assembler, cursor| assembler.a64_instruction(cursor),
    directives: &[
        (".word", D::Integer(4)),
        (".xword", D::Integer(8)),
        (".dword", D::Integer(8)),
        (".hword", D::Integer(2)),
        // Powers of two here, bytes elsewhere.
        (".align", D::AlignLog2(1)),
        (".inst", D::Target(".inst")),
        (".ltorg", D::Target(".ltorg")),
        (".pool", D::Target(".ltorg")),
        (".unreq", D::Target(".unreq")),
        (".tlsdesccall", D::Target(".tlsdesccall")),
        (".tlsdescldr", D::Target(".tlsdescldr")),
        (".tlsdescadd", D::Target(".tlsdescadd")),
        (".variant_pcs", D::Target(".variant_pcs")),
        (".arch", D::Ignored),
        (".cpu", D::Ignored),
        (".arch_extension", D::Ignored),
    ],
    directive: |assembler, which, cursor, loc| assembler.a64_directive(which, cursor, loc),
    register: |assembler, cursor| assembler.a64_frame_register(cursor),
    got_base: None,
    start: |_| {},
    finish: |assembler, file| assembler.finish_literals(file),
    state: || LanguageState::AArch64(Box::default()),
    table: &TABLE,
};

static TABLE: OnceLock<crate::directives::Table> = OnceLock::new();

impl Assembler<'_> {
    /// The state of this language; it is the one that [`LANGUAGE`] made.
    fn a64(&mut self) -> Option<&mut State> {
        match &mut self.state {
            LanguageState::AArch64(state) => Some(state),
            _ => None,
        }
    }

    fn a64_directive(&mut self, which: &'static str, cursor: &mut Cursor<'_>, loc: Loc) {
        match which {
            ".inst" => loop {
                let Some(word) = self.absolute(cursor) else { return };
                self.streamer.instruction(rows::_INST, &[Operand::int(word & 0xffff_ffff)], loc);
                if !cursor.eat_comma() {
                    return;
                }
            },
            ".ltorg" => self.flush_literals(loc),
            ".unreq" => {
                let name = cursor.name().to_ascii_lowercase();
                let known = self.a64().and_then(|state| state.aliases.remove(&*name));
                if known.is_none() {
                    let shown = String::from_utf8_lossy(&name).into_owned();
                    self.warning(loc, format!("unknown register alias '{shown}'"));
                }
            }
            ".variant_pcs" => {
                let name = cursor.name();
                if let Some(symbol) = self.name_symbol(name, loc) {
                    let attribute = lathe_mc::SymbolAttribute::Other(0x80);
                    self.streamer.symbol_attribute(symbol, attribute, loc);
                }
            }
            _ => {
                let row = match which {
                    ".tlsdesccall" => rows::_TLSDESCCALL,
                    ".tlsdescldr" => rows::_TLSDESCLDR,
                    _ => rows::_TLSDESCADD,
                };
                let Some(Expression::Symbol(target)) = self.expression(cursor) else {
                    self.error(loc, format!("`{which}' needs a symbol"));
                    return;
                };
                self.streamer.instruction(row, &[Operand::Label(target)], loc);
            }
        }
    }
}

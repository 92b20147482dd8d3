//! Mentions: which symbols occur, in which order, because the symbol table keeps it.
//!
//! A named symbol enters the order when it first occurs, a section when it is made. Temporary symbols (labels and `.L`
//! names) enter it when a branch or an address names one that occurred before; those that get into the table otherwise come last
//! (observed with GNU as 2.40, whose local symbols become full ones then). A buffer notes what it sees, the append
//! settles it.

use crate::expression::Expression;
use crate::object::{ObjectStreamer, Symbols};
use crate::recorder::SymbolEvent;
use crate::section::SectionId;
use crate::symbol::{SymbolAttribute, label_number};
use lathe_diag::Loc;
use lathe_isa::{Imm, Isa, Modifier, Operand, RegClass, RowInfo, SymbolId};
use lathe_target::Arch;

/// Something that takes part in the order of the symbol table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mention {
    /// A symbol occurs for the first time, or an instruction refers to a defined temporary one.
    Symbol(SymbolId),
    /// In a buffer: a branch or an address names a `.L` symbol that occurs for the first time.
    Reference(SymbolId),
    /// In a buffer: anything else names a `.L` symbol that occurs for the first time.
    Occurrence(SymbolId),
    /// A section is made.
    Section(SectionId),
}

/// How far a label is on its way into the symbol table's order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum LabelState {
    /// It did not occur yet.
    Fresh,
    /// It occurred.
    Occurred,
    /// It is in the order.
    Mentioned,
}

impl ObjectStreamer {
    /// Notes that a section is made.
    pub(crate) fn mention_section(&mut self, section: SectionId) {
        let count = &mut self.section_count;
        let section_data = &mut self.sections[section.0 as usize];
        if !std::mem::replace(&mut section_data.mentioned, true) {
            section_data.order = *count;
            *count += 1;
            self.mentions.push(Mention::Section(section));
        }
    }

    /// Notes that a section is made by something else than a directive of its own: where all sections have symbols, that
    /// of this one comes late.
    pub(crate) fn mention_generated_section(&mut self, section: SectionId) {
        let count = self.mentions.len();
        self.mention_section(section);
        if self.rules.keeps_section_symbols {
            self.late_mentions.extend(self.mentions.drain(count..));
        }
    }

    /// Notes the first occurrence of a symbol. Temporary ones enter the symbol table only through
    /// [`ObjectStreamer::mention_in_operand`], or at the end.
    pub(crate) fn mention(&mut self, symbol: SymbolId) {
        if let Some(label) = label_number(symbol) {
            let state = &mut self.label_states[label as usize];
            *state = (*state).max(LabelState::Occurred);
        } else if !self.is_seen(symbol) {
            if self.is_temporary(symbol) {
                self.occur(symbol, Mention::Occurrence(symbol));
            } else {
                self.see(symbol);
                self.mentions.push(Mention::Symbol(symbol));
            }
        }
    }

    /// Notes that a `.L` name occurs; whether it did before.
    pub(crate) fn occur(&mut self, symbol: SymbolId, mention: Mention) -> bool {
        match &mut self.symbols {
            Symbols::Module(symbols) => std::mem::replace(&mut symbols.entry(symbol).occurred, true),
            Symbols::Buffer { occurred, .. } => {
                let first = occurred.insert(symbol);
                if first {
                    self.mentions.push(mention);
                }
                !first
            }
        }
    }

    /// Notes the first occurrence of a name that has to be in the table's order.
    pub(crate) fn mention_name(&mut self, symbol: SymbolId) {
        if !self.is_seen(symbol) {
            self.see(symbol);
            self.mentions.push(Mention::Symbol(symbol));
        }
    }

    /// Whether the symbol is a label or has a `.L` name.
    pub(crate) fn is_temporary(&self, symbol: SymbolId) -> bool {
        self.names.name(symbol).is_none_or(|name| name.starts_with(".L"))
    }

    pub(crate) fn is_seen(&self, symbol: SymbolId) -> bool {
        match &self.symbols {
            Symbols::Module(symbols) => symbols.get(symbol).is_some_and(|data| data.mentioned),
            Symbols::Buffer { seen, .. } => seen.contains(&symbol),
        }
    }

    pub(crate) fn see(&mut self, symbol: SymbolId) {
        match &mut self.symbols {
            Symbols::Module(symbols) => symbols.entry(symbol).mentioned = true,
            Symbols::Buffer { seen, .. } => {
                seen.insert(symbol);
            }
        }
    }

    /// Notes that a branch or an address names a symbol. GNU as makes a full symbol of a temporary one then, if it
    /// occurred before, and when it writes relocations otherwise.
    pub(crate) fn mention_in_operand(&mut self, symbol: SymbolId) {
        if let Some(label) = label_number(symbol) {
            let state = &mut self.label_states[label as usize];
            match state {
                LabelState::Fresh => *state = LabelState::Occurred,
                LabelState::Occurred => {
                    *state = LabelState::Mentioned;
                    self.mentions.push(Mention::Symbol(symbol));
                }
                LabelState::Mentioned => {}
            }
            return;
        }
        if self.is_seen(symbol) {
            return;
        }
        if !self.is_temporary(symbol) || self.occur(symbol, Mention::Reference(symbol)) {
            self.see(symbol);
            self.mentions.push(Mention::Symbol(symbol));
        }
    }

    /// What a modifier says about its symbol, and about the table of offsets.
    pub(crate) fn mention_modifier(&mut self, symbol: SymbolId, modifier: Modifier) {
        if modifier == Modifier::NONE {
            return;
        }
        if self.got_modifiers >> (modifier.0 & 63) & 1 != 0 {
            let got = self.names.intern("_GLOBAL_OFFSET_TABLE_");
            self.mention(got);
        }
        let info = self.isa.modifiers().get(modifier.0 as usize);
        if label_number(symbol).is_none() && info.is_some_and(|info| info.thread_local) {
            let kind = SymbolAttribute::Kind(crate::SymbolKind::ThreadLocal);
            self.symbol_event(SymbolEvent::Attribute(symbol, kind, Loc::NONE));
        }
    }

    fn is_vector(&self, operand: &Operand) -> bool {
        let Operand::Reg(reg) = operand else { return false };
        matches!(self.isa.registers().info(reg.phys).class, RegClass::Vector | RegClass::Mmx)
    }

    /// Mentions the symbols of an instruction in the order of assembly text, the last operand of the manual first.
    pub(crate) fn mention_operands(&mut self, row: &RowInfo, operands: &[Operand]) {
        for operand in operands.iter().rev() {
            match operand {
                Operand::Imm(Imm::Symbol(target)) => {
                    self.mention_modifier(target.symbol, target.modifier);
                    self.mention(target.symbol);
                }
                Operand::Label(target)
                | Operand::Mem(lathe_isa::Mem { displacement: Imm::Symbol(target), .. }) => {
                    self.mention_modifier(target.symbol, target.modifier);
                    if target.addend != 0 && target.modifier == Modifier::NONE {
                        // Compilers write `4+.LC0(%rip)`: the operand does not start with the name.
                        self.mention(target.symbol);
                        continue;
                    }
                    // GNU as reads the operands of an integer `movq` twice.
                    if (row.mnemonic, row.suffix) == ("mov", "q")
                        && !operands.iter().any(|operand| self.is_vector(operand))
                    {
                        self.mention(target.symbol);
                    }
                    match self.rules.operands_order_symbols {
                        true => self.mention_in_operand(target.symbol),
                        false => self.mention(target.symbol),
                    }
                }
                _ => {}
            }
        }
    }

    pub(crate) fn mention_all(&mut self, value: &Expression) {
        match value {
            Expression::Symbol(symbol) => {
                self.mention_modifier(symbol.symbol, symbol.modifier);
                self.mention(symbol.symbol);
            }
            Expression::Unary(_, value) => self.mention_all(value),
            Expression::Binary(_, left, right) => {
                self.mention_all(left);
                self.mention_all(right);
            }
            Expression::Constant(_) | Expression::Here => {}
        }
    }
}

/// Bit per modifier: whether GNU as mentions `_GLOBAL_OFFSET_TABLE_` for it.
pub(crate) fn got_modifiers(isa: &'static dyn Isa) -> u64 {
    if !matches!(isa.arch(), Arch::X86 | Arch::X86_64) {
        return 0;
    }
    let modifiers = isa.modifiers().iter().enumerate().take(64);
    let needs = |name: &str| !matches!(name, "" | "PLT" | "SIZE");
    modifiers.filter(|(_, info)| needs(info.name)).fold(0, |mask, (at, _)| mask | 1 << at)
}

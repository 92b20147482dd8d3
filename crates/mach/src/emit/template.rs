//! Inline assembly text: the user's template with its operands put in.
//!
//! In: an allocated `INLINE_ASM` and its statement. Out: text for the target's assembler. What `%` and braces mean is here (GCC
//! manual, "Extended Asm"); how an operand is written is the target's, which hands a function to
//! [`AsmWriter::template`]. The user's text is never edited beyond that.

use super::context::AsmEmitter;
use crate::inst::{AsmPlacement, MachFunction, MachInst, MachOperand, MachSymbol, SymbolRefId};
use lathe_diag::{Diagnostic, Loc};
use lathe_ir::inline_asm::AsmData;
use lathe_isa::{SymbolId, SymbolRef};
use lathe_mc::{Expression, Streamer};
use std::fmt::Write;

/// Gives the streamer's symbol of a machine symbol.
pub type Symbols<'a> = &'a mut dyn FnMut(&mut dyn Streamer, MachSymbol) -> SymbolId;

/// Writes one operand: the operand, its number in the statement and the modifier letter.
pub type OperandWriter = fn(&mut AsmWriter<'_, '_>, MachOperand, usize, Option<char>);

/// The same with what the target needs besides.
pub type WriteOperand<'w> = dyn Fn(&mut AsmWriter<'_, '_>, MachOperand, usize, Option<char>) + 'w;

/// Assembles text at a place of the source.
pub type TextAssembler = fn(&str, Loc, &mut dyn Streamer) -> Result<(), Vec<Diagnostic>>;

/// The [`AsmEmitter`] of a target whose templates have no alternatives in braces.
#[derive(Clone, Copy, Debug)]
pub struct TemplateAsm {
    /// Bytes of an address.
    pub word_bytes: u32,
    /// How the target writes an operand.
    pub operand: OperandWriter,
    /// The assembler.
    pub assemble: TextAssembler,
}

impl AsmEmitter for TemplateAsm {
    fn inline(
        &self,
        func: &MachFunction,
        statement: &AsmData,
        placement: &AsmPlacement,
        inst: &MachInst,
        symbol: &mut dyn FnMut(&mut dyn Streamer, MachSymbol) -> SymbolId,
        out: &mut dyn Streamer,
    ) -> Result<(), Vec<Diagnostic>> {
        let place = (func, inst);
        let mut writer = AsmWriter::new(place, statement, placement, self.word_bytes, symbol, &mut *out);
        writer.template(None, &self.operand);
        let text = std::mem::take(&mut writer.text);
        (self.assemble)(&text, inst.loc, out)
    }

    fn top_level(&self, text: &str, loc: Loc, out: &mut dyn Streamer) -> Result<(), Vec<Diagnostic>> {
        (self.assemble)(text, loc, out)
    }
}

/// A statement being written.
pub struct AsmWriter<'a, 'b> {
    /// The function.
    pub func: &'a MachFunction,
    /// The statement.
    pub statement: &'a AsmData,
    /// Where its operands went.
    pub placement: &'a AsmPlacement,
    /// The instruction.
    pub inst: &'a MachInst,
    /// What has been written.
    pub text: String,
    word_bytes: u32,
    symbol: Symbols<'b>,
    out: &'b mut dyn Streamer,
}

impl std::fmt::Debug for AsmWriter<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'a, 'b> AsmWriter<'a, 'b> {
    /// Nothing written yet. An address has `word_bytes` bytes.
    pub fn new(
        (func, inst): (&'a MachFunction, &'a MachInst),
        statement: &'a AsmData,
        placement: &'a AsmPlacement,
        word_bytes: u32,
        symbol: Symbols<'b>,
        out: &'b mut dyn Streamer,
    ) -> AsmWriter<'a, 'b> {
        AsmWriter { func, statement, placement, inst, text: String::new(), word_bytes, symbol, out }
    }

    /// Writes the template. With `dialect`, braces hold alternatives of which that one is taken; else they are text.
    pub fn template(&mut self, dialect: Option<usize>, write: &WriteOperand<'_>) {
        let template: Vec<char> = self.statement.template.chars().collect();
        let mut at = 0;
        // Inside braces: the number of the alternative that is being read.
        let mut alternative: Option<usize> = None;
        while at < template.len() {
            let ch = template[at];
            at += 1;
            let skipped = alternative.is_some_and(|n| Some(n) != dialect);
            match ch {
                '{' if alternative.is_none() && dialect.is_some() => alternative = Some(0),
                '|' if alternative.is_some() => alternative = alternative.map(|n| n + 1),
                '}' if alternative.is_some() => alternative = None,
                '%' => at = self.percent(&template, at, skipped, write),
                ch if !skipped => self.text.push(ch),
                _ => {}
            }
        }
        self.text.push('\n');
    }

    /// What follows a `%`; returns the position after it.
    fn percent(
        &mut self,
        template: &[char],
        mut at: usize,
        skipped: bool,
        write: &WriteOperand<'_>,
    ) -> usize {
        let Some(first) = template.get(at).copied() else { return at };
        at += 1;
        if matches!(first, '%' | '{' | '|' | '}') {
            if !skipped {
                self.text.push(first);
            }
            return at;
        }
        if first == '=' {
            if !skipped {
                let _ = write!(self.text, "{}_{}", self.func.id.0, self.inst.first_operand);
            }
            return at;
        }
        let (modifier, mut start) = if first.is_ascii_alphabetic() {
            (Some(first), template.get(at).copied())
        } else {
            at -= 1;
            (None, Some(first))
        };
        let mut number = None;
        if start == Some('[') {
            let end = template[at..].iter().position(|c| *c == ']').map_or(template.len(), |n| at + n);
            let name: String = template[(at + 1).min(end)..end].iter().collect();
            number = self.named(&name);
            at = (end + 1).min(template.len());
        } else {
            while let Some(digit) = start.and_then(|c| c.to_digit(10)) {
                number = Some(number.unwrap_or(0usize).saturating_mul(10).saturating_add(digit as usize));
                at += 1;
                start = template.get(at).copied();
            }
        }
        if skipped {
            return at;
        }
        let operands = self.func.operands_of(self.inst);
        let index = number.and_then(|number| self.placement.operands.get(number));
        match (number, index.and_then(|index| operands.get(usize::from(*index)))) {
            (Some(number), Some(operand)) => write(self, *operand, number, modifier),
            (number, _) => {
                // Not an operand: left as it is, so that the assembler complains about it.
                self.text.push('%');
                self.text.extend(modifier);
                if let Some(number) = number {
                    let _ = write!(self.text, "{number}");
                }
            }
        }
        at
    }

    fn named(&self, name: &str) -> Option<usize> {
        let statement = self.statement;
        let operands = statement.outputs.iter().chain(&statement.inputs);
        let found = operands.clone().position(|o| o.name.as_deref() == Some(name));
        found.or_else(|| {
            let label = statement.labels.iter().position(|l| l == name)?;
            Some(operands.count() + label)
        })
    }

    /// Bytes of the type of an operand.
    pub fn operand_bytes(&self, number: usize) -> u32 {
        let statement = self.statement;
        let operand = statement.outputs.iter().chain(&statement.inputs).nth(number);
        operand.map_or(self.word_bytes, |o| {
            if o.is_memory && o.memory_bytes > 0 {
                o.memory_bytes as u32
            } else {
                o.ty.lane_bits(self.word_bytes * 8) / 8
            }
        })
    }

    /// Writes a symbol reference without its modifier.
    pub fn symbol_reference(&mut self, id: SymbolRefId) {
        let data = self.func.tables.symbols[id.0 as usize];
        self.symbol_text(data.symbol);
        if data.addend != 0 {
            let _ = write!(self.text, "{:+}", data.addend);
        }
    }

    /// Writes a symbol as text that the assembler reads back as the same symbol; labels get a name.
    pub fn symbol_text(&mut self, symbol: MachSymbol) {
        let id = (self.symbol)(self.out, symbol);
        if let Some(name) = self.out.symbol_name(id) {
            let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$'));
            if plain {
                self.text.push_str(name);
            } else {
                let _ = write!(self.text, "\"{name}\"");
            }
            return;
        }
        let name = format!(".LASM{}_{}", self.func.id.0, symbol.local_name());
        let named = self.out.symbol(&name);
        self.out.assign(named, Expression::Symbol(SymbolRef::plain(id)), false, self.inst.loc);
        self.text.push_str(&name);
    }
}

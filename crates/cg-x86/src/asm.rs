//! Inline assembly: operands into the template, the text into the assembler.
//!
//! In: an allocated `INLINE_ASM` and its statement. Out: streamer calls, made by
//! [`lathe_asm::assemble_inline`]. The user's text is never edited beyond GCC's own `%` rules.
//!
//! GCC manual, "Extended Asm": x86 operand modifiers, multiple assembler dialects.

use crate::operands::{VIEW_8, VIEW_16, VIEW_32, VIEW_64};
use lathe_diag::{Diagnostic, Loc};
use lathe_ir::inline_asm::AsmData;
use lathe_isa::{Reg, RegisterTable, SymbolId, SymbolRef};
use lathe_isa_x86::registers as r;
use lathe_isa_x86::{TABLE_32, TABLE_64, fixups};
use lathe_mach::emit::AsmEmitter;
use lathe_mach::inst::{AsmPlacement, MachSymbol, MemBase};
use lathe_mach::{MReg, MachFunction, MachInst, MachMem, MachOperand};
use lathe_mc::{Expression, Streamer};
use std::fmt::Write;

/// The assembler behind inline and top-level assembly on x86.
#[derive(Clone, Copy, Debug)]
pub struct X86Asm {
    /// The view of an address.
    word_view: u8,
    registers: &'static RegisterTable,
}

/// For x86-64.
pub static ASM_64: X86Asm = X86Asm { word_view: VIEW_64, registers: &TABLE_64 };
/// For i386.
pub static ASM_32: X86Asm = X86Asm { word_view: VIEW_32, registers: &TABLE_32 };

impl X86Asm {
    fn word_bytes(&self) -> u32 {
        if self.word_view == VIEW_64 { 8 } else { 4 }
    }
}

type Symbols<'a> = &'a mut dyn FnMut(&mut dyn Streamer, MachSymbol) -> SymbolId;

impl AsmEmitter for X86Asm {
    fn inline(
        &self,
        func: &MachFunction,
        statement: &AsmData,
        placement: &AsmPlacement,
        inst: &MachInst,
        symbol: &mut dyn FnMut(&mut dyn Streamer, MachSymbol) -> SymbolId,
        out: &mut dyn Streamer,
    ) -> Result<(), Vec<Diagnostic>> {
        let mut writer =
            Writer { asm: self, func, statement, placement, inst, symbol, out, text: String::new() };
        writer.template();
        let text = writer.text;
        lathe_asm::assemble_inline(&text, inst.loc, out)
    }

    fn top_level(&self, text: &str, loc: Loc, out: &mut dyn Streamer) -> Result<(), Vec<Diagnostic>> {
        lathe_asm::assemble_inline(text, loc, out)
    }
}

struct Writer<'a, 'b> {
    asm: &'a X86Asm,
    func: &'a MachFunction,
    statement: &'a AsmData,
    placement: &'a AsmPlacement,
    inst: &'a MachInst,
    symbol: Symbols<'b>,
    out: &'b mut dyn Streamer,
    text: String,
}

impl Writer<'_, '_> {
    /// Copies the template, replacing `%…` and choosing the first of `{att|intel}`.
    fn template(&mut self) {
        if self.statement.intel_syntax {
            self.text.push_str(".intel_syntax noprefix\n");
        }
        let dialect = usize::from(self.statement.intel_syntax);
        let template: Vec<char> = self.statement.template.chars().collect();
        let mut at = 0;
        // Inside braces: the number of the alternative that is being read.
        let mut alternative: Option<usize> = None;
        while at < template.len() {
            let ch = template[at];
            at += 1;
            let skipped = alternative.is_some_and(|n| n != dialect);
            match ch {
                '{' if alternative.is_none() => alternative = Some(0),
                '|' if alternative.is_some() => alternative = alternative.map(|n| n + 1),
                '}' if alternative.is_some() => alternative = None,
                '%' => at = self.percent(&template, at, skipped),
                ch if !skipped => self.text.push(ch),
                _ => {}
            }
        }
        if self.statement.intel_syntax {
            self.text.push_str("\n.att_syntax prefix");
        }
        self.text.push('\n');
    }

    /// What follows a `%`; returns the position after it.
    fn percent(&mut self, template: &[char], mut at: usize, skipped: bool) -> usize {
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
        let (modifier, mut start) = if first.is_ascii_alphabetic() && first != '[' {
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
                number = Some(number.unwrap_or(0usize) * 10 + digit as usize);
                at += 1;
                start = template.get(at).copied();
            }
        }
        if skipped {
            return at;
        }
        match number {
            Some(number) => self.operand(number, modifier),
            None => {
                // Not an operand: left as it is, so that the assembler complains about it.
                self.text.push('%');
                if let Some(modifier) = modifier {
                    self.text.push(modifier);
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

    fn operand(&mut self, number: usize, modifier: Option<char>) {
        let operands = self.func.operands_of(self.inst);
        let Some(operand) = self.placement.operands.get(number).and_then(|i| operands.get(usize::from(*i)))
        else {
            let _ = write!(self.text, "%{number}");
            return;
        };
        let is_x87 = self.placement.codes.get(number) == Some(&1);
        match *operand {
            MachOperand::Imm(n) if is_x87 => {
                let _ = write!(self.text, "%st({n})");
            }
            MachOperand::Imm(value) => {
                let value = if modifier == Some('n') { value.wrapping_neg() } else { value };
                if !matches!(modifier, Some('c' | 'n' | 'P' | 'p' | 'a')) && !self.statement.intel_syntax {
                    self.text.push('$');
                }
                let _ = write!(self.text, "{value}");
            }
            MachOperand::Use(reg, view)
            | MachOperand::UseAny(reg, view)
            | MachOperand::LateUse(reg, view)
            | MachOperand::Def(reg, view)
            | MachOperand::EarlyDef(reg, view)
            | MachOperand::Tied { to: reg, view, .. } => self.register(reg, view, modifier, number),
            MachOperand::FixedUse(reg, _) | MachOperand::FixedDef(reg, _) => {
                let view = self.natural_view(number);
                self.register(reg, view, modifier, number);
            }
            MachOperand::Mem(mem) => {
                let mem = self.func.tables.mems[mem.0 as usize];
                self.memory(&mem, modifier, number);
            }
            MachOperand::Symbol(id) => {
                let data = self.func.tables.symbols[id.0 as usize];
                if !matches!(modifier, Some('c' | 'P' | 'p' | 'a' | 'l')) {
                    self.text.push('$');
                }
                self.symbol_text(data.symbol);
                if data.addend != 0 {
                    let _ = write!(self.text, "{:+}", data.addend);
                }
                if modifier == Some('a') && self.asm.word_view == VIEW_64 {
                    self.text.push_str("(%rip)");
                }
            }
            MachOperand::Block(block) => {
                if modifier.is_none() {
                    self.text.push('$');
                }
                self.symbol_text(MachSymbol::Block(block));
            }
            MachOperand::Cond(_) | MachOperand::Shift { .. } | MachOperand::Rounding(_) => {}
        }
    }

    fn operand_bytes(&self, number: usize) -> u32 {
        let statement = self.statement;
        let operand = statement.outputs.iter().chain(&statement.inputs).nth(number);
        let word = 8 * self.asm.word_bytes();
        operand.map_or(word / 8, |o| {
            if o.is_memory && o.memory_bytes > 0 { o.memory_bytes as u32 } else { o.ty.lane_bits(word) / 8 }
        })
    }

    fn natural_view(&self, number: usize) -> u8 {
        crate::operands::view_of(self.operand_bytes(number))
    }

    fn register(&mut self, reg: MReg, view: u8, modifier: Option<char>, number: usize) {
        let Some(phys) = reg.as_phys() else { return };
        let is_vector = phys.0 >= r::XMM0.0;
        let view = match modifier {
            Some('b') => VIEW_8,
            Some('h') => r::VIEW_8_HIGH,
            Some('w') => VIEW_16,
            Some('k') => VIEW_32,
            Some('q') => VIEW_64,
            Some('a' | 'A') => self.asm.word_view,
            Some('t') if is_vector => r::VIEW_YMM,
            Some('g') if is_vector => r::VIEW_ZMM,
            Some('z') => {
                self.suffix(number);
                return;
            }
            _ => view,
        };
        let name =
            self.asm.registers.name(Reg::new(phys, if is_vector { view.min(r::VIEW_ZMM) } else { view }));
        let prefix = if self.statement.intel_syntax { "" } else { "%" };
        match modifier {
            Some('a') => {
                let _ = write!(self.text, "({prefix}{name})");
            }
            Some('A') => {
                let _ = write!(self.text, "*{prefix}{name}");
            }
            _ => {
                let _ = write!(self.text, "{prefix}{name}");
            }
        }
    }

    /// `%z0`: the mnemonic's size suffix.
    fn suffix(&mut self, number: usize) {
        self.text.push(match self.operand_bytes(number) {
            1 => 'b',
            2 => 'w',
            4 => 'l',
            _ => 'q',
        });
    }

    fn memory(&mut self, mem: &MachMem, modifier: Option<char>, number: usize) {
        if modifier == Some('z') {
            self.suffix(number);
            return;
        }
        if modifier == Some('A') {
            self.text.push('*');
        }
        let displacement = i64::from(mem.displacement) + if modifier == Some('H') { 8 } else { 0 };
        let asm = self.asm;
        let name =
            |reg: MReg| reg.as_phys().map_or("", |phys| asm.registers.name(Reg::new(phys, asm.word_view)));
        if mem.segment.is_some() {
            let _ = write!(self.text, "%{}:", self.asm.registers.name(Reg::new(mem.segment, 0)));
        }
        let (base, index) = (mem.base_reg().map(name), mem.index_reg().map(name));
        let is_pc = mem.base == MemBase::Pc;
        if self.statement.intel_syntax {
            self.intel_memory(mem, displacement, base, index, is_pc);
            return;
        }
        match mem.symbol {
            Some(id) => {
                let data = self.func.tables.symbols[id.0 as usize];
                self.symbol_text(data.symbol);
                if data.modifier.0 != 0 {
                    let _ = write!(self.text, "@{}", fixups::MODIFIERS[usize::from(data.modifier.0)].name);
                }
                let sum = data.addend + displacement;
                if sum != 0 {
                    let _ = write!(self.text, "{sum:+}");
                }
            }
            None if displacement != 0 || (base.is_none() && index.is_none()) => {
                let _ = write!(self.text, "{displacement}");
            }
            None => {}
        }
        if is_pc {
            self.text.push_str("(%rip)");
        } else if base.is_some() || index.is_some() {
            self.text.push('(');
            if let Some(base) = base {
                let _ = write!(self.text, "%{base}");
            }
            if let Some(index) = index {
                let _ = write!(self.text, ",%{index},{}", 1 << mem.scale_log2);
            }
            self.text.push(')');
        }
    }

    fn intel_memory(
        &mut self,
        mem: &MachMem,
        displacement: i64,
        base: Option<&str>,
        index: Option<&str>,
        is_pc: bool,
    ) {
        if let Some(id) = mem.symbol {
            let data = self.func.tables.symbols[id.0 as usize];
            self.symbol_text(data.symbol);
            let sum = data.addend + displacement;
            if sum != 0 {
                let _ = write!(self.text, "{sum:+}");
            }
            if is_pc {
                self.text.push_str("[rip]");
            }
            return;
        }
        self.text.push('[');
        if let Some(base) = base {
            self.text.push_str(base);
        }
        if let Some(index) = index {
            let _ = write!(self.text, "+{index}*{}", 1 << mem.scale_log2);
        }
        let _ = write!(self.text, "{displacement:+}]");
    }

    /// A symbol as text that the assembler reads back as the same symbol; labels get a name.
    fn symbol_text(&mut self, symbol: MachSymbol) {
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

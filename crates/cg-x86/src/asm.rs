//! Inline assembly: operands into the template, the text into the assembler.
//!
//! In: an allocated `INLINE_ASM` and its statement. Out: streamer calls, made by
//! [`lathe_asm::assemble_inline`]. The user's text is never edited beyond GCC's own `%` rules.
//!
//! GCC manual, "Extended Asm": x86 operand modifiers, multiple assembler dialects.

use crate::operands::{VIEW_8, VIEW_16, VIEW_32, VIEW_64};
use lathe_diag::{Diagnostic, Loc};
use lathe_ir::inline_asm::AsmData;
use lathe_isa::{Reg, RegisterTable, SymbolId};
use lathe_isa_x86::registers as r;
use lathe_isa_x86::{TABLE_32, TABLE_64, fixups};
use lathe_mach::emit::{AsmEmitter, AsmWriter};
use lathe_mach::inst::{AsmPlacement, MachSymbol, MemBase};
use lathe_mach::{MReg, MachFunction, MachInst, MachMem, MachOperand};
use lathe_mc::Streamer;
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
        let place = (func, inst);
        let mut writer = AsmWriter::new(place, statement, placement, self.word_bytes(), symbol, &mut *out);
        let intel = statement.intel_syntax;
        if intel {
            writer.text.push_str(".intel_syntax noprefix\n");
        }
        writer.template(Some(usize::from(intel)), &|writer, operand, number, modifier| {
            Writer { asm: self, writer }.operand(operand, number, modifier);
        });
        if intel {
            writer.text.push_str(".att_syntax prefix\n");
        }
        let text = std::mem::take(&mut writer.text);
        lathe_asm::assemble_inline(&text, inst.loc, out)
    }

    fn top_level(&self, text: &str, loc: Loc, out: &mut dyn Streamer) -> Result<(), Vec<Diagnostic>> {
        lathe_asm::assemble_inline(text, loc, out)
    }
}

/// Writes one operand.
struct Writer<'w, 'a, 'b> {
    asm: &'w X86Asm,
    writer: &'w mut AsmWriter<'a, 'b>,
}

impl Writer<'_, '_, '_> {
    fn operand(&mut self, operand: MachOperand, number: usize, modifier: Option<char>) {
        let is_x87 = self.writer.placement.codes.get(number) == Some(&1);
        match operand {
            MachOperand::Imm(n) if is_x87 => {
                let _ = write!(self.writer.text, "%st({n})");
            }
            MachOperand::Imm(value) => {
                let value = if modifier == Some('n') { value.wrapping_neg() } else { value };
                if !matches!(modifier, Some('c' | 'n' | 'P' | 'p' | 'a'))
                    && !self.writer.statement.intel_syntax
                {
                    self.writer.text.push('$');
                }
                let _ = write!(self.writer.text, "{value}");
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
                let mem = self.writer.func.tables.mems[mem.0 as usize];
                self.memory(&mem, modifier, number);
            }
            MachOperand::Symbol(id) => {
                if !matches!(modifier, Some('c' | 'P' | 'p' | 'a' | 'l')) {
                    self.writer.text.push('$');
                }
                self.writer.symbol_reference(id);
                if modifier == Some('a') && self.asm.word_view == VIEW_64 {
                    self.writer.text.push_str("(%rip)");
                }
            }
            MachOperand::Block(block) => {
                if modifier.is_none() {
                    self.writer.text.push('$');
                }
                self.writer.symbol_text(MachSymbol::Block(block));
            }
            MachOperand::Cond(_) | MachOperand::Shift { .. } | MachOperand::Rounding(_) => {}
        }
    }

    fn natural_view(&self, number: usize) -> u8 {
        crate::operands::view_of(self.writer.operand_bytes(number))
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
        let prefix = if self.writer.statement.intel_syntax { "" } else { "%" };
        match modifier {
            Some('a') => {
                let _ = write!(self.writer.text, "({prefix}{name})");
            }
            Some('A') => {
                let _ = write!(self.writer.text, "*{prefix}{name}");
            }
            _ => {
                let _ = write!(self.writer.text, "{prefix}{name}");
            }
        }
    }

    /// `%z0`: the mnemonic's size suffix.
    fn suffix(&mut self, number: usize) {
        self.writer.text.push(match self.writer.operand_bytes(number) {
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
            self.writer.text.push('*');
        }
        let displacement = i64::from(mem.displacement) + if modifier == Some('H') { 8 } else { 0 };
        let asm = self.asm;
        let name =
            |reg: MReg| reg.as_phys().map_or("", |phys| asm.registers.name(Reg::new(phys, asm.word_view)));
        if mem.segment.is_some() {
            let _ = write!(self.writer.text, "%{}:", self.asm.registers.name(Reg::new(mem.segment, 0)));
        }
        let (base, index) = (mem.base_reg().map(name), mem.index_reg().map(name));
        let is_pc = mem.base == MemBase::Pc;
        if self.writer.statement.intel_syntax {
            self.intel_memory(mem, displacement, base, index, is_pc);
            return;
        }
        match mem.symbol {
            Some(id) => {
                let data = self.writer.func.tables.symbols[id.0 as usize];
                self.writer.symbol_text(data.symbol);
                if data.modifier.0 != 0 {
                    let _ =
                        write!(self.writer.text, "@{}", fixups::MODIFIERS[usize::from(data.modifier.0)].name);
                }
                let sum = data.addend + displacement;
                if sum != 0 {
                    let _ = write!(self.writer.text, "{sum:+}");
                }
            }
            None if displacement != 0 || (base.is_none() && index.is_none()) => {
                let _ = write!(self.writer.text, "{displacement}");
            }
            None => {}
        }
        if is_pc {
            self.writer.text.push_str("(%rip)");
        } else if base.is_some() || index.is_some() {
            self.writer.text.push('(');
            if let Some(base) = base {
                let _ = write!(self.writer.text, "%{base}");
            }
            if let Some(index) = index {
                let _ = write!(self.writer.text, ",%{index},{}", 1 << mem.scale_log2);
            }
            self.writer.text.push(')');
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
            let data = self.writer.func.tables.symbols[id.0 as usize];
            self.writer.symbol_text(data.symbol);
            let sum = data.addend + displacement;
            if sum != 0 {
                let _ = write!(self.writer.text, "{sum:+}");
            }
            if is_pc {
                self.writer.text.push_str("[rip]");
            }
            return;
        }
        self.writer.text.push('[');
        if let Some(base) = base {
            self.writer.text.push_str(base);
        }
        if let Some(index) = index {
            let _ = write!(self.writer.text, "+{index}*{}", 1 << mem.scale_log2);
        }
        let _ = write!(self.writer.text, "{displacement:+}]");
    }
}

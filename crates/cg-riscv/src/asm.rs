//! Inline assembly: how operands are written. The template is [`lathe_mach::emit::template`]'s.
//!
//! GCC manual, "Extended Asm" and RISC-V operand modifiers (`z`: `zero` for 0, `i`: the letter `i` for immediates).

use lathe_isa::Reg;
use lathe_isa_riscv::fixups;
use lathe_isa_riscv::registers as r;
use lathe_mach::emit::{AsmWriter, TemplateAsm};
use lathe_mach::inst::MachSymbol;
use lathe_mach::{MReg, MachMem, MachOperand};
use std::fmt::Write;

/// The assembler behind inline and top-level assembly on RISC-V.
pub static ASM: TemplateAsm = TemplateAsm { word_bytes: 8, operand, assemble: lathe_asm::assemble_inline };

fn operand(writer: &mut AsmWriter<'_, '_>, operand: MachOperand, _number: usize, modifier: Option<char>) {
    match operand {
        MachOperand::Imm(0) if modifier == Some('z') => writer.text.push_str("zero"),
        MachOperand::Imm(_) if modifier == Some('i') => writer.text.push('i'),
        MachOperand::Imm(value) => {
            let value = if modifier == Some('n') { value.wrapping_neg() } else { value };
            let _ = write!(writer.text, "{value}");
        }
        _ if modifier == Some('i') => {}
        MachOperand::Use(reg, view)
        | MachOperand::UseAny(reg, view)
        | MachOperand::LateUse(reg, view)
        | MachOperand::Def(reg, view)
        | MachOperand::EarlyDef(reg, view)
        | MachOperand::Tied { to: reg, view, .. } => register(writer, reg, view),
        // Before allocation the operand names a value, after it the register.
        MachOperand::FixedUse(reg, phys) | MachOperand::FixedDef(reg, phys) => {
            register(writer, if reg.as_phys().is_some() { reg } else { MReg::phys(phys) }, 0);
        }
        MachOperand::Mem(mem) => {
            let mem = writer.func.tables.mems[mem.0 as usize];
            memory(writer, &mem);
        }
        MachOperand::Symbol(id) => writer.symbol_reference(id),
        MachOperand::Block(block) => writer.symbol_text(MachSymbol::Block(block)),
        MachOperand::Cond(_) | MachOperand::Shift { .. } | MachOperand::Rounding(_) => {}
    }
}

fn register(writer: &mut AsmWriter<'_, '_>, reg: MReg, view: u8) {
    let Some(phys) = reg.as_phys() else { return };
    let view = if phys.0 < r::FT0.0 { r::VIEW_X } else { view };
    writer.text.push_str(r::TABLE.name(Reg::new(phys, view)));
}

fn memory(writer: &mut AsmWriter<'_, '_>, mem: &MachMem) {
    match mem.symbol {
        Some(symbol) => {
            let modifier = writer.func.tables.symbols[symbol.0 as usize].modifier;
            let name = fixups::MODIFIERS.get(usize::from(modifier.0)).map_or("", |info| info.name);
            if name.is_empty() {
                writer.symbol_reference(symbol);
            } else {
                let _ = write!(writer.text, "%{name}(");
                writer.symbol_reference(symbol);
                writer.text.push(')');
            }
        }
        None => {
            let _ = write!(writer.text, "{}", mem.displacement);
        }
    }
    let base = mem.base_reg().and_then(MReg::as_phys).unwrap_or(r::ZERO);
    let _ = write!(writer.text, "({})", r::TABLE.name(Reg::new(base, r::VIEW_X)));
}

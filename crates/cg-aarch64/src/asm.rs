//! Inline assembly: how operands are written. The template is [`lathe_mach::emit::template`]'s.
//!
//! GCC manual, "Extended Asm" and AArch64 operand modifiers (`w x b h s d q c a l k`).

use lathe_isa::MemMode;
use lathe_isa_aarch64::registers as r;
use lathe_mach::emit::{AsmWriter, TemplateAsm};
use lathe_mach::inst::MachSymbol;
use lathe_mach::{MReg, MachMem, MachOperand};
use std::fmt::Write;

/// The assembler behind inline and top-level assembly on AArch64.
pub static ASM: TemplateAsm = TemplateAsm { word_bytes: 8, operand, assemble: lathe_asm::assemble_inline };

fn operand(writer: &mut AsmWriter<'_, '_>, operand: MachOperand, _: usize, modifier: Option<char>) {
    match operand {
        MachOperand::Imm(0) if matches!(modifier, Some('w' | 'x')) => {
            writer.text.push_str(if modifier == Some('w') { "wzr" } else { "xzr" });
        }
        MachOperand::Imm(value) => {
            let value = if modifier == Some('n') { value.wrapping_neg() } else { value };
            let _ = write!(writer.text, "{value}");
        }
        MachOperand::Use(reg, _)
        | MachOperand::UseAny(reg, _)
        | MachOperand::LateUse(reg, _)
        | MachOperand::Def(reg, _)
        | MachOperand::EarlyDef(reg, _)
        | MachOperand::Tied { to: reg, .. } => register(writer, reg, modifier),
        // Before allocation the operand names a value, after it the register.
        MachOperand::FixedUse(reg, phys) | MachOperand::FixedDef(reg, phys) => {
            let reg = if reg.as_phys().is_some() { reg } else { MReg::phys(phys) };
            register(writer, reg, modifier);
        }
        MachOperand::Mem(mem) => {
            let mem = writer.func.tables.mems[mem.0 as usize];
            memory(writer, &mem);
        }
        MachOperand::Symbol(id) => {
            if modifier == Some('L') {
                writer.text.push_str(":lo12:");
            }
            writer.symbol_reference(id);
        }
        MachOperand::Block(block) => writer.symbol_text(MachSymbol::Block(block)),
        MachOperand::Cond(_) | MachOperand::Shift { .. } | MachOperand::Rounding(_) => {}
    }
}

fn register(writer: &mut AsmWriter<'_, '_>, reg: MReg, modifier: Option<char>) {
    let Some(phys) = reg.as_phys() else { return };
    let table = &r::TABLE;
    if phys.0 >= r::V0.0 && phys != r::XZR {
        let letter = modifier.filter(|letter| "bhsdq".contains(*letter)).unwrap_or('v');
        let _ = write!(writer.text, "{letter}{}", phys.0 - r::V0.0);
        return;
    }
    let view = if modifier == Some('w') { r::VIEW_W } else { r::VIEW_X };
    let name = table.name(lathe_isa::Reg::new(phys, view));
    match modifier {
        Some('a') => {
            let _ = write!(writer.text, "[{name}]");
        }
        _ => writer.text.push_str(name),
    }
}

fn memory(writer: &mut AsmWriter<'_, '_>, mem: &MachMem) {
    let name =
        |reg: MReg, view: u8| reg.as_phys().map_or("", |phys| r::TABLE.name(lathe_isa::Reg::new(phys, view)));
    writer.text.push('[');
    writer.text.push_str(mem.base_reg().map_or("", |reg| name(reg, r::VIEW_X)));
    if let Some(index) = mem.index_reg() {
        let extended = mem.mode == MemMode::SignExtendedIndex;
        let index = name(index, if extended { r::VIEW_W } else { r::VIEW_X });
        let _ =
            write!(writer.text, ", {index}, {} {}", if extended { "sxtw" } else { "lsl" }, mem.scale_log2);
    }
    if let Some(symbol) = mem.symbol {
        writer.text.push_str(", #:lo12:");
        writer.symbol_reference(symbol);
    } else if mem.displacement != 0 {
        let _ = write!(writer.text, ", {}", mem.displacement);
    }
    writer.text.push(']');
}

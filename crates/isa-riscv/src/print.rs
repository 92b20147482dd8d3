//! Operands as text that GNU as (and ours) reads back to the same bytes.

use crate::fixups::{MODIFIERS, PLT};
use crate::registers::TABLE;
use lathe_isa::word::OperandText;
use lathe_isa::{Imm, Kind, Modifier, Operand, SymbolRef};
use std::fmt::Write as _;

/// Names of rounding modes by code.
pub(crate) const ROUNDING: [&str; 8] = ["rne", "rtz", "rdn", "rup", "rmm", "", "", "dyn"];

/// Appends an operand.
pub(crate) fn operand(kind: &'static Kind, operand: &Operand, text: &mut OperandText<'_>) {
    match operand {
        Operand::Reg(reg) => text.text(TABLE.name(*reg)),
        Operand::Imm(Imm::Int(value)) if matches!(kind.name, "pred" | "succ") => fence_set(*value, text),
        Operand::Imm(Imm::Int(value)) if matches!(kind.name, "b" | "j" | "cb" | "cj") => {
            text.text(".");
            let size = if kind.name.len() == 1 { 4 } else { 2 };
            text.signed(value.wrapping_add(size));
        }
        Operand::Imm(Imm::Int(value)) if kind.name.starts_with("raw") => {
            text.text(&kind.name[3..]);
            text.text(", ");
            text.number(*value);
        }
        Operand::Imm(value) => number(value, text),
        Operand::Label(target) => symbol(target, text),
        Operand::Mem(mem) => {
            if mem.displacement != Imm::ZERO
                || mem.base.is_some() && kind.memory_bits > 0 && kind.name != "base"
            {
                number(&mem.displacement, text);
            }
            if mem.base.is_some() {
                text.text("(");
                text.text(TABLE.name(mem.base));
                text.text(")");
            }
        }
        Operand::Rounding(mode) => text.text(ROUNDING[usize::from(*mode & 7)]),
        _ => text.text("?"),
    }
}

/// `.insn` as its format or its number; how many operands that swallowed.
pub(crate) fn raw_mnemonic(mnemonic: &str, operands: &[Operand], out: &mut String) -> usize {
    out.push_str(".insn");
    let Some(Operand::Imm(Imm::Int(word))) = operands.first() else { return 0 };
    let (opcode, at) = (word & 0x7f, |bit: u32, mask: i64| word >> bit & mask);
    let written = match mnemonic {
        ".insn4.b" => write!(out, "\tb {opcode}, {}, x{}, x{},", at(12, 7), at(15, 31), at(20, 31)),
        ".insn4.j" => write!(out, "\tj {opcode}, x{},", at(7, 31)),
        _ => return 0,
    };
    usize::from(written.is_ok())
}

fn number(value: &Imm, text: &mut OperandText<'_>) {
    match value {
        Imm::Int(value) => text.number(*value),
        Imm::Symbol(target) => symbol(target, text),
    }
}

fn symbol(target: &SymbolRef, text: &mut OperandText<'_>) {
    match target.modifier {
        Modifier::NONE => text.symbol(target),
        PLT => {
            text.symbol(target);
            text.text("@plt");
        }
        modifier => {
            text.text("%");
            text.text(MODIFIERS.get(usize::from(modifier.0)).map_or("?", |info| info.name));
            text.text("(");
            text.symbol(target);
            text.text(")");
        }
    }
}

fn fence_set(value: i64, text: &mut OperandText<'_>) {
    if value == 0 {
        text.text("0");
    }
    for (bit, name) in [(8, "i"), (4, "o"), (2, "r"), (1, "w")] {
        if value & bit != 0 {
            text.text(name);
        }
    }
}

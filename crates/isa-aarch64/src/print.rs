//! The printer: operands as GNU as reads them back to the same word.

use crate::conditions::{NAMES, SHIFT_NAMES};
use crate::fixups::{MODIFIERS, PLAIN};
use crate::registers as r;
use crate::{immediates, system};
use lathe_isa::word::OperandText;
use lathe_isa::{Imm, Kind, Mem, MemMode, Operand, Reg, SymbolRef};
use std::fmt::Write as _;

/// Appends an operand.
pub(crate) fn operand(kind: &'static Kind, operand: &Operand, text: &mut OperandText<'_>) {
    match operand {
        Operand::Reg(reg) => register(*reg, text.out),
        Operand::Imm(Imm::Int(value)) => number(kind, *value, text),
        Operand::Imm(Imm::Symbol(target)) => {
            if !is_place(kind) {
                text.text("#");
            }
            symbol(target, text);
        }
        Operand::Label(target) => symbol(target, text),
        Operand::Mem(mem) => memory(mem, text),
        Operand::Cond(code) => text.text(NAMES[usize::from(code & 15)]),
        Operand::Shift { kind, amount } => shift(*kind, *amount, text),
        Operand::None | Operand::Mask(..) | Operand::Rounding(_) | Operand::Prefixes(_) => {}
    }
}

fn is_place(kind: &Kind) -> bool {
    kind.name.starts_with("mark")
        || matches!(kind.name, "label26" | "call26" | "label19" | "label14" | "literal" | "adr" | "adrp")
}

fn register(reg: Reg, out: &mut String) {
    let vector = |out: &mut String, number: u8| {
        let _ = write!(out, "v{}", number & 31);
    };
    let number = reg.phys.0.wrapping_sub(r::V0.0);
    if reg.phys.0 < r::V0.0 || reg.phys.0 >= r::XZR.0 || reg.view <= r::VIEW_Q {
        out.push_str(r::TABLE.name(reg));
    } else if let Some(arrangement) = r::ARRANGEMENTS.get(usize::from(reg.view - r::VIEW_8B)) {
        vector(out, number);
        let _ = write!(out, ".{arrangement}");
    } else if let Some((lane, index)) = r::lane_of(reg.view) {
        vector(out, number);
        let _ = write!(out, ".{}[{index}]", lane.name());
    } else if let Some((count, of)) = r::list_of(reg.view) {
        let lane = r::lane_of(of);
        let suffix = match lane {
            Some((lane, _)) => lane.name(),
            None => r::ARRANGEMENTS[usize::from(of - r::VIEW_8B)],
        };
        for at in 0..count {
            out.push_str(if at == 0 { "{" } else { ", " });
            vector(out, number + at);
            let _ = write!(out, ".{suffix}");
        }
        out.push('}');
        if let Some((_, index)) = lane {
            let _ = write!(out, "[{index}]");
        }
    }
}

fn number(kind: &Kind, value: i64, text: &mut OperandText<'_>) {
    let named = |names: &[&'static str]| {
        usize::try_from(value).ok().and_then(|at| names.get(at).copied()).filter(|name| !name.is_empty())
    };
    match kind.name {
        "word" => {
            let _ = write!(text.out, "{value:#010x}");
            return;
        }
        "isbarrier" if value == 15 => return text.text("sy"),
        "barrier" => match named(&system::BARRIERS) {
            Some(name) => return text.text(name),
            None => text.text("#"),
        },
        "prfop" => match named(&system::PREFETCHES) {
            Some(name) => return text.text(name),
            None => text.text("#"),
        },
        "cn" | "cm" => text.text("c"),
        "sysreg" => return system_register(value as u16, text),
        "pstate" => {
            if let Some((name, _)) = system::PROCESSOR_STATE.iter().find(|(_, at)| i64::from(*at) == value) {
                return text.text(name);
            }
            text.text("#");
        }
        "sysop" => {
            if let Some((_, name, ..)) =
                system::OPERATIONS.iter().find(|(_, _, at, _)| i64::from(*at) == value)
            {
                return text.text(name);
            }
            text.text("#");
        }
        "fimm" | "vfimm" => {
            let value = f64::from_bits(immediates::float_value(value as u8));
            let _ = write!(text.out, "#{value:?}");
            return;
        }
        "fzero" => return text.text("#0.0"),
        _ if is_place(kind) => {
            text.text(".");
            return text.signed(value);
        }
        _ => text.text("#"),
    }
    text.number(value);
}

fn system_register(number: u16, text: &mut OperandText<'_>) {
    if let Some((name, _)) = system::REGISTERS.iter().find(|(_, known)| *known == number) {
        return text.text(name);
    }
    let (op0, op1) = (number >> 14, number >> 11 & 7);
    let (crn, crm, op2) = (number >> 7 & 15, number >> 3 & 15, number & 7);
    let _ = write!(text.out, "s{op0}_{op1}_c{crn}_c{crm}_{op2}");
}

fn symbol(target: &SymbolRef, text: &mut OperandText<'_>) {
    if target.modifier != PLAIN
        && let Some(info) = MODIFIERS.get(usize::from(target.modifier.0))
    {
        let _ = write!(text.out, ":{}:", info.name);
    }
    text.symbol(target);
}

fn shift(kind: u8, amount: u8, text: &mut OperandText<'_>) {
    text.text(SHIFT_NAMES[usize::from(kind & 15)]);
    if amount != 0 || kind < crate::conditions::UXTB {
        let _ = write!(text.out, " #{amount}");
    }
}

fn memory(mem: &Mem, text: &mut OperandText<'_>) {
    text.text("[");
    register(mem.base, text.out);
    if mem.mode == MemMode::PostIndex {
        text.text("], ");
        if mem.index.is_some() {
            register(mem.index, text.out);
        } else {
            displacement(&mem.displacement, text);
        }
        return;
    }
    if mem.index.is_some() {
        text.text(", ");
        register(mem.index, text.out);
        let wide = mem.index.view == r::VIEW_X;
        let kind = match (mem.mode, wide) {
            (MemMode::SignExtendedIndex, true) => ", sxtx",
            (MemMode::SignExtendedIndex, false) => ", sxtw",
            (_, false) => ", uxtw",
            (_, true) if mem.scale_log2 != 0 => ", lsl",
            _ => "",
        };
        text.text(kind);
        if mem.scale_log2 != 0 {
            let _ = write!(text.out, " #{}", mem.scale_log2);
        }
    } else if mem.displacement != Imm::ZERO || mem.mode == MemMode::PreIndex {
        text.text(", ");
        displacement(&mem.displacement, text);
    }
    text.text(if mem.mode == MemMode::PreIndex { "]!" } else { "]" });
}

fn displacement(value: &Imm, text: &mut OperandText<'_>) {
    text.text("#");
    match value {
        Imm::Int(value) => text.number(*value),
        Imm::Symbol(target) => symbol(target, text),
    }
}

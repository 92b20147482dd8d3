//! What AArch64 asm constraints mean, and which registers a clobber list names.
//!
//! GCC manual, "Constraints for Particular Machines", AArch64 family; "Flag Output Operands".

use crate::operands::*;
use lathe_ir::inline_asm::{AsmData, AsmOperand};
use lathe_ir::{Opcode, Type, Value};
use lathe_isa::{PhysReg, RegSet};
use lathe_isa_aarch64::registers as r;
use lathe_isa_aarch64::{conditions, immediates};
use lathe_mach::error::{CodegenError, ErrorKind};
use lathe_mach::select::Selector;
use lathe_mach::select::asm::{Constraint, Place};

fn fault(text: String) -> CodegenError {
    CodegenError::new(ErrorKind::Assembly(text))
}

/// The constraints of all operands, outputs first.
pub(crate) fn constraints(
    cx: &Selector<'_>,
    asm: &AsmData,
    inputs: &[Value],
) -> Result<Vec<Constraint>, CodegenError> {
    let mut all = Vec::with_capacity(asm.outputs.len() + asm.inputs.len());
    for operand in &asm.outputs {
        all.push(read(cx, operand, None)?);
    }
    for (operand, value) in asm.inputs.iter().zip(inputs) {
        all.push(read(cx, operand, Some(*value))?);
    }
    Ok(all)
}

fn read(cx: &Selector<'_>, operand: &AsmOperand, input: Option<Value>) -> Result<Constraint, CodegenError> {
    let text = operand.constraint.as_str();
    let early = text.contains('&');
    if operand.is_memory {
        return Ok(Constraint { place: Place::Memory, early });
    }
    if let Some(name) = &operand.register {
        let register =
            register(name).ok_or_else(|| fault(format!("unknown register name '{name}' in asm")))?;
        let digits = text.trim_matches(|ch: char| !ch.is_ascii_digit());
        if let (Some(_), Ok(output)) = (input, digits.parse::<usize>()) {
            return Ok(Constraint { place: Place::SameAs(output), early });
        }
        return Ok(Constraint { place: Place::Fixed(register), early });
    }
    if let Some(name) = text.trim_start_matches('=').strip_prefix("@cc") {
        let code = conditions::code_of(name.as_bytes())
            .ok_or_else(|| fault(format!("unknown asm flag output operand '{name}'")))?;
        return Ok(Constraint { place: Place::Condition(code), early });
    }
    let mut fallback = None;
    for alternative in text.split(',') {
        match read_alternative(cx, alternative, operand.ty, input) {
            Some(Place::Memory) if fallback.is_none() => fallback = Some(Place::Memory),
            Some(Place::Memory) | None => {}
            Some(place) => return Ok(Constraint { place, early }),
        }
    }
    match fallback {
        Some(place) => Ok(Constraint { place, early }),
        None => Err(fault(format!("impossible constraint in 'asm': \"{text}\""))),
    }
}

/// What one alternative allows, the cheapest first: constant, register, memory.
fn read_alternative(cx: &Selector<'_>, text: &str, ty: Type, input: Option<Value>) -> Option<Place> {
    let constant = input.and_then(|value| cx.func.int_constant(value));
    let is_address = input.is_some_and(|value| {
        cx.func
            .def_inst(value)
            .is_some_and(|inst| matches!(cx.func.inst(inst).opcode(), Opcode::Addr | Opcode::BlockAddr))
    });
    let is_zero = constant == Some(0)
        || input.and_then(|value| cx.func.def_inst(value)).is_some_and(|inst| {
            let data = cx.func.inst(inst);
            data.opcode() == Opcode::Fconst && data.imm() == 0
        });
    let (mut place, mut memory, mut immediate) = (None, false, false);
    let mut chars = text.chars().peekable();
    let is = |test: &dyn Fn(i64) -> bool| constant.is_some_and(test);
    let bank = crate::rules::register_class(ty).map(|(bank, _)| bank);
    while let Some(ch) = chars.next() {
        match ch {
            '0'..='9' => {
                let mut number = ch as usize - '0' as usize;
                while let Some(digit) = chars.peek().and_then(|d| d.to_digit(10)) {
                    number = number.saturating_mul(10).saturating_add(digit as usize);
                    chars.next();
                }
                return Some(Place::SameAs(number));
            }
            'r' | 'w' | 'x' | 'y' | 'X' => place = place.or(Some(Place::Register)),
            'g' => {
                place = place.or(Some(Place::Register));
                immediate |= constant.is_some();
            }
            'k' => place = Some(Place::Fixed(r::SP)),
            'm' | 'o' | 'V' | 'p' | 'Q' => memory = true,
            'U' => {
                // `Ush` and the other names of two more letters: symbols and memory forms.
                let rest: String = chars.by_ref().take(2).collect();
                if rest == "sh" {
                    immediate |= is_address;
                } else {
                    memory = true;
                }
            }
            'S' => immediate |= is_address,
            'i' | 'n' | 's' | 'F' | 'E' => immediate |= constant.is_some() || (is_address && ch != 'n'),
            'I' => immediate |= is(&is_add_immediate),
            'J' => immediate |= is(&|c| c != i64::MIN && c < 0 && is_add_immediate(-c)),
            'K' => immediate |= is(&|c| is_logical_immediate(c, VIEW_W)),
            'L' => immediate |= is(&|c| is_logical_immediate(c, VIEW_X)),
            'M' => immediate |= is(&|c| is_move(c as u64, 32)),
            'N' => immediate |= is(&|c| is_move(c as u64, 64)),
            'Y' | 'Z' => immediate |= is_zero,
            _ => {}
        }
    }
    let fits = !matches!(place, Some(Place::Register)) || bank.is_some();
    if immediate {
        Some(Place::Immediate)
    } else if place.is_some() && fits {
        place
    } else if memory {
        Some(Place::Memory)
    } else {
        None
    }
}

/// Whether one `mov` makes a number.
fn is_move(value: u64, width: u32) -> bool {
    immediates::movz_immediate(value, width).is_some()
        || immediates::movn_immediate(value, width).is_some()
        || immediates::logical_immediate(value, width).is_some()
}

/// The register of a name as users write it, any width.
fn register(name: &str) -> Option<PhysReg> {
    let name = name.trim_start_matches(['%', '#']);
    match name {
        "fp" => return Some(r::FP),
        "lr" => return Some(r::LR),
        "ip0" => return Some(r::X16),
        "ip1" => return Some(r::X17),
        _ => {}
    }
    if let Some(number) = name.strip_prefix(['v', 'r']).and_then(|n| n.parse::<u8>().ok()) {
        let is_vector = name.starts_with('v');
        return match number {
            0..=31 if is_vector => Some(r::v(number)),
            0..=30 => Some(r::x(number)),
            _ => None,
        };
    }
    r::TABLE.find(name).map(|reg| reg.phys)
}

/// The registers of a clobber list. `cc` and `memory` are no registers; the flags are always lost.
pub(crate) fn clobbers(asm: &AsmData) -> Result<RegSet, CodegenError> {
    let mut set = RegSet::NONE;
    for name in &asm.clobbers {
        if matches!(name.as_str(), "memory" | "cc" | "redzone" | "fpsr") {
            continue;
        }
        match register(name) {
            Some(reg) => set = set.with(reg),
            None => return Err(fault(format!("unknown register name '{name}' in 'asm'"))),
        }
    }
    // The frame's registers are restored by whoever changes them.
    set.0 &= !(1 << r::SP.0);
    Ok(set)
}

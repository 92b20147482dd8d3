//! What x86 asm constraints mean, and which registers a clobber list names.
//!
//! GCC manual, "Constraints for Particular Machines", x86 family; "Flag Output Operands".

use lathe_ir::Opcode;
use lathe_ir::inline_asm::{AsmData, AsmOperand};
use lathe_ir::{Type, Value};
use lathe_isa::{PhysReg, RegSet};
use lathe_isa_x86::TABLE_64;
use lathe_isa_x86::registers as r;
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
    spread_legacy(cx, &mut all, asm);
    Ok(all)
}

/// `Q` operands get one of the four registers that is free.
fn spread_legacy(cx: &Selector<'_>, all: &mut [Constraint], asm: &AsmData) {
    // On i386 the byte registers are those with a second byte.
    let legacy: &[char] = if crate::operands::is_64(cx) { &['Q'] } else { &['Q', 'q'] };
    let texts = asm.outputs.iter().chain(&asm.inputs).map(|o| o.constraint.contains(legacy));
    let wanted: Vec<bool> = texts.collect();
    for i in 0..all.len() {
        if wanted[i] && all[i].place == Place::Register {
            let taken: Vec<Place> = all.iter().map(|c| c.place).collect();
            let free =
                [r::RAX, r::RBX, r::RCX, r::RDX].into_iter().find(|reg| !taken.contains(&Place::Fixed(*reg)));
            if let Some(reg) = free {
                all[i].place = Place::Fixed(reg);
            }
        }
    }
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
        let code = flag(name).ok_or_else(|| fault(format!("unknown asm flag output operand '{name}'")))?;
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
        cx.func.def_inst(value).is_some_and(|inst| {
            let opcode = cx.func.inst(inst).opcode();
            matches!(opcode, Opcode::Addr | Opcode::BlockAddr)
        })
    });
    let (mut place, mut memory, mut immediate) = (None, false, false);
    let mut chars = text.chars().peekable();
    while let Some(ch) = chars.next() {
        let in_range = |low: i64, high: i64| constant.is_some_and(|c| (low..=high).contains(&c));
        match ch {
            '0'..='9' => {
                let mut number = ch as usize - '0' as usize;
                while let Some(digit) = chars.peek().and_then(|d| d.to_digit(10)) {
                    number = number * 10 + digit as usize;
                    chars.next();
                }
                return Some(Place::SameAs(number));
            }
            'r' | 'R' | 'q' | 'Q' | 'l' | 'X' => place = place.or(Some(Place::Register)),
            'x' | 'v' => place = place.or(Some(Place::Register)),
            'Y' => {
                chars.next();
                place = place.or(Some(Place::Register));
            }
            'g' => {
                place = place.or(Some(Place::Register));
                immediate |= constant.is_some();
            }
            'a' | 'A' => place = Some(Place::Fixed(r::RAX)),
            'b' => place = Some(Place::Fixed(r::RBX)),
            'c' => place = Some(Place::Fixed(r::RCX)),
            'd' => place = Some(Place::Fixed(r::RDX)),
            'S' => place = Some(Place::Fixed(r::RSI)),
            'D' => place = Some(Place::Fixed(r::RDI)),
            't' => place = Some(Place::X87(0)),
            'u' => place = Some(Place::X87(1)),
            'f' => place = place.or(Some(Place::X87(0))),
            'm' | 'o' | 'V' | 'p' => memory = true,
            'i' | 'n' | 's' | 'F' | 'E' => immediate |= constant.is_some() || (is_address && ch != 'n'),
            'I' => immediate |= in_range(0, 31),
            'J' => immediate |= in_range(0, 63),
            'K' => immediate |= in_range(-128, 127),
            'L' => immediate |= matches!(constant, Some(0xff | 0xffff | 0xffff_ffff)),
            'M' => immediate |= in_range(0, 3),
            'N' => immediate |= in_range(0, 255),
            'O' => immediate |= in_range(0, 127),
            'e' => immediate |= in_range(i64::from(i32::MIN), i64::from(i32::MAX)) || is_address,
            'Z' => immediate |= in_range(0, i64::from(u32::MAX)),
            _ => {}
        }
    }
    let fits = !matches!(place, Some(Place::Register)) || cx.rules.register_class(ty).is_some();
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

/// The condition code of `=@cc<name>`.
fn flag(name: &str) -> Option<u8> {
    const NAMES: [&[&str]; 16] = [
        &["o"],
        &["no"],
        &["b", "c", "nae"],
        &["ae", "nb", "nc"],
        &["e", "z"],
        &["ne", "nz"],
        &["be", "na"],
        &["a", "nbe"],
        &["s"],
        &["ns"],
        &["p", "pe"],
        &["np", "po"],
        &["l", "nge"],
        &["ge", "nl"],
        &["le", "ng"],
        &["g", "nle"],
    ];
    NAMES.iter().position(|names| names.contains(&name)).map(|code| code as u8)
}

/// The register of a name as users write it: with or without `%`, any width.
fn register(name: &str) -> Option<PhysReg> {
    TABLE_64.find(name.trim_start_matches('%')).map(|reg| reg.phys)
}

/// The registers of a clobber list. `cc` and `memory` are no registers; the flags are always lost.
pub(crate) fn clobbers(asm: &AsmData) -> Result<RegSet, CodegenError> {
    let mut set = RegSet::NONE;
    for name in &asm.clobbers {
        if matches!(name.as_str(), "memory" | "cc" | "flags" | "fpsr" | "dirflag" | "redzone") {
            continue;
        }
        match register(name) {
            Some(reg) => set = set.with(reg),
            None => return Err(fault(format!("unknown register name '{name}' in 'asm'"))),
        }
    }
    // The frame's registers are restored by whoever changes them.
    set.0 &= !(1 << r::RSP.0);
    Ok(set)
}

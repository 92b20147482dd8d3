//! What RISC-V asm constraints mean, and which registers a clobber list names.
//!
//! GCC manual, "Constraints for Particular Machines", RISC-V family.

use lathe_ir::inline_asm::{AsmData, AsmOperand};
use lathe_ir::{Opcode, Type, Value};
use lathe_isa::{PhysReg, RegSet};
use lathe_isa_riscv::registers as r;
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
    let outputs = asm.outputs.iter().map(|operand| (operand, None));
    let inputs = asm.inputs.iter().zip(inputs).map(|(operand, value)| (operand, Some(*value)));
    outputs.chain(inputs).map(|(operand, value)| read(cx, operand, value)).collect()
}

fn read(cx: &Selector<'_>, operand: &AsmOperand, input: Option<Value>) -> Result<Constraint, CodegenError> {
    let text = operand.constraint.as_str();
    let early = text.contains('&');
    let place = if operand.is_memory {
        if text.contains('A') { Place::Pointed } else { Place::Memory }
    } else if let Some(name) = &operand.register {
        let number = text.trim_matches(|ch: char| !ch.is_ascii_digit()).parse::<usize>();
        match (input, number, register(name)) {
            (Some(_), Ok(output), _) => Place::SameAs(output),
            (_, _, Some(register)) => Place::Fixed(register),
            (_, _, None) => return Err(fault(format!("unknown register name '{name}' in asm"))),
        }
    } else {
        let mut places = text.split(',').filter_map(|text| alternative(cx, text, operand.ty, input));
        let first = places.next();
        match (first, places.find(|place| *place != Place::Memory)) {
            (Some(Place::Memory), Some(better)) => better,
            (Some(place), _) => place,
            (None, _) => return Err(fault(format!("impossible constraint in 'asm': \"{text}\""))),
        }
    };
    Ok(Constraint { place, early })
}

/// What one alternative allows, the cheapest first: constant, register, memory.
fn alternative(cx: &Selector<'_>, text: &str, ty: Type, input: Option<Value>) -> Option<Place> {
    let constant = input.and_then(|value| cx.func.int_constant(value));
    let definition = input.and_then(|value| cx.func.def_inst(value)).map(|inst| cx.func.inst(inst).opcode());
    let is_address = matches!(definition, Some(Opcode::Addr | Opcode::BlockAddr));
    let in_range = |low: i64, high: i64| constant.is_some_and(|c| (low..=high).contains(&c));
    let letters = text.trim_start_matches(['=', '+', '&', '%']);
    if let Ok(number) = letters.parse::<usize>() {
        return Some(Place::SameAs(number));
    }
    let (mut register, mut memory, mut immediate) = (false, false, false);
    for ch in letters.chars() {
        match ch {
            'r' | 'j' => register |= !ty.is_float() || ch == 'r',
            'f' => register |= ty.is_float(),
            'X' | 'g' => {
                register = true;
                immediate |= ch == 'g' && constant.is_some();
            }
            'm' | 'o' | 'V' | 'A' | 'p' => memory = true,
            'i' | 'n' => immediate |= constant.is_some() || is_address && ch == 'i',
            's' | 'S' => immediate |= is_address,
            'I' => immediate |= in_range(-2048, 2047),
            'J' => immediate |= in_range(0, 0),
            'K' => immediate |= in_range(0, 31),
            _ => {}
        }
    }
    if immediate {
        Some(Place::Immediate)
    } else if register && crate::rules::register_class(ty).is_some() {
        Some(Place::Register)
    } else if memory {
        Some(Place::Memory)
    } else {
        None
    }
}

/// The register of a name as users write it: of the ABI or by number.
fn register(name: &str) -> Option<PhysReg> {
    let number = |text: &str| text.parse::<u8>().ok().filter(|n| *n < 32);
    match name {
        "fp" => return Some(r::S0),
        _ if name.starts_with('x') => return number(&name[1..]).map(r::x),
        _ => {}
    }
    if let Some(n) = name.strip_prefix('f').and_then(number) {
        return Some(r::f(n));
    }
    r::TABLE.find(name).map(|reg| reg.phys).filter(|reg| reg.0 < 64)
}

/// The registers of a clobber list. `cc` and `memory` are no registers.
pub(crate) fn clobbers(asm: &AsmData) -> Result<RegSet, CodegenError> {
    let mut set = RegSet::NONE;
    for name in &asm.clobbers {
        match name.as_str() {
            "memory" | "cc" | "redzone" => {}
            // The vector unit's state: nothing here is kept in it.
            "vl" | "vtype" | "vxrm" | "vxsat" | "fflags" | "frm" => {}
            name => match register(name) {
                Some(reg) => set = set.with(reg),
                None => return Err(fault(format!("unknown register name '{name}' in 'asm'"))),
            },
        }
    }
    // The frame's registers are restored by whoever changes them.
    set.0 &= !(1 << r::SP.0 | 1 << r::ZERO.0);
    Ok(set)
}

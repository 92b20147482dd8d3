//! The order of the steps, and the scan that finds out which are needed.

use super::rules::{LegalizeRules, bit};
use super::split::Splitter;
use super::{lanes, quad, retype};
use crate::error::CodegenError;
use lathe_ir::{Function, Module, Type, Value};

/// Makes a function legal. Returns whether anything changed.
///
/// # Errors
/// For constructs on illegal types that have no expansion; the error names the instruction and its
/// place.
pub fn legalize(func: &mut Function, module: &Module, rules: &LegalizeRules) -> Result<bool, CodegenError> {
    let illegal = rules.illegal_lanes();
    let found = lanes_in(func);
    let in_memory = if rules.has_vectors { VECTOR_IN_MEMORY } else { u16::MAX };
    if found.any & (illegal | bit(Type::F80)) == 0 && found.vector & in_memory == 0 {
        return Ok(false);
    }
    if found.vector & in_memory != 0 {
        lanes::lower(func, module, rules)?;
    }
    if found.any & (illegal & bit(Type::F128) | bit(Type::F80)) != 0 {
        quad::lower(func, rules)?;
    }
    if rules.f128_in_integers && illegal & bit(Type::F128) != 0 {
        retype::floats_to_integers(func);
    }
    for (wide, half) in [(Type::I128, Type::I64), (Type::I64, Type::I32)] {
        if illegal & bit(wide) != 0 && lanes_in(func).any & bit(wide) != 0 {
            Splitter::new(func, module, wide, half).run()?;
        }
    }
    Ok(true)
}

/// Lanes that no vector register has.
const VECTOR_IN_MEMORY: u16 = bit(Type::I128) | bit(Type::F80) | bit(Type::F128);

/// The types of a function's values, as sets of lane types.
struct Lanes {
    any: u16,
    vector: u16,
}

fn lanes_in(func: &Function) -> Lanes {
    let mut found = Lanes { any: 0, vector: 0 };
    for index in 0..func.value_count() {
        let ty = func.ty(Value(index as u32));
        let lane = bit(ty);
        found.any |= lane;
        if ty.is_vector() {
            found.vector |= lane;
        }
    }
    found
}

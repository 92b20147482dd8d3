//! Reading GCC's constraints: what is the same on all targets.
//!
//! In: the statement and a target's [`ConstraintReader`], which knows its letters and register names. Out: a
//! [`Constraint`] per operand and the clobbered registers. Called by [`super::Rules::asm_constraints`] and
//! [`super::Rules::asm_clobbers`].
//!
//! Source: GCC manual, "Constraints for asm Operands", "Flag Output Operands", "Extended Asm" (clobbers).

use super::asm::{Constraint, Place};
use super::context::Selector;
use crate::error::{CodegenError, ErrorKind};
use lathe_ir::inline_asm::{AsmData, AsmOperand};
use lathe_ir::{Opcode, Type, Value};
use lathe_isa::{PhysReg, RegSet};

/// What a target's constraints mean.
#[derive(Clone, Copy, Debug)]
pub struct ConstraintReader {
    /// The register of a name as users write it.
    pub register: fn(&str) -> Option<PhysReg>,
    /// The condition of `=@cc<name>`.
    pub flag: fn(&str) -> Option<u8>,
    /// What one alternative allows, the cheapest first: constant, register, memory.
    pub alternative: fn(&Selector<'_>, &str, Type, Option<Value>) -> Option<Place>,
    /// How an operand in memory is addressed.
    pub memory: fn(&str) -> Place,
    /// Names in clobber lists that are no registers, or whose loss nothing depends on.
    pub no_registers: &'static [&'static str],
    /// Registers that whoever changes them restores, though they are named.
    pub restored: RegSet,
}

fn fault(text: String) -> CodegenError {
    CodegenError::new(ErrorKind::Assembly(text))
}

impl ConstraintReader {
    /// The constraints of all operands, outputs first. Multi-alternative ones are decided.
    ///
    /// # Errors
    /// For names and constraints that the target does not know.
    pub fn constraints(
        &self,
        cx: &Selector<'_>,
        asm: &AsmData,
        inputs: &[Value],
    ) -> Result<Vec<Constraint>, CodegenError> {
        let outputs = asm.outputs.iter().map(|operand| (operand, None));
        let inputs = asm.inputs.iter().zip(inputs).map(|(operand, value)| (operand, Some(*value)));
        let all = outputs.chain(inputs).map(|(operand, value)| {
            let constraint = self.read(cx, operand, value)?;
            match constraint.place {
                Place::SameAs(output) if output >= asm.outputs.len() => {
                    Err(fault("matching constraint references invalid operand number".to_string()))
                }
                _ => Ok(constraint),
            }
        });
        all.collect()
    }

    fn read(
        &self,
        cx: &Selector<'_>,
        operand: &AsmOperand,
        input: Option<Value>,
    ) -> Result<Constraint, CodegenError> {
        let text = operand.constraint.as_str();
        let place = if operand.is_memory {
            (self.memory)(text)
        } else if let Some(name) = &operand.register {
            let register = (self.register)(name)
                .ok_or_else(|| fault(format!("unknown register name '{name}' in asm")))?;
            let digits = text.trim_matches(|ch: char| !ch.is_ascii_digit());
            match (input, digits.parse::<usize>()) {
                (Some(_), Ok(output)) => Place::SameAs(output),
                _ => Place::Fixed(register),
            }
        } else if let Some(name) = text.trim_start_matches('=').strip_prefix("@cc") {
            let code = (self.flag)(name)
                .ok_or_else(|| fault(format!("unknown asm flag output operand '{name}'")))?;
            Place::Condition(code)
        } else {
            // Memory only when no alternative is better.
            let mut places = text.split(',').filter_map(|one| (self.alternative)(cx, one, operand.ty, input));
            let first = places.next();
            match (first, places.find(|place| *place != Place::Memory)) {
                (Some(Place::Memory), Some(better)) => better,
                (Some(place), _) => place,
                (None, _) => return Err(fault(format!("impossible constraint in 'asm': \"{text}\""))),
            }
        };
        Ok(Constraint { place, early: text.contains('&') })
    }

    /// The registers of a clobber list.
    ///
    /// # Errors
    /// For names that are no registers.
    pub fn clobbers(&self, asm: &AsmData) -> Result<RegSet, CodegenError> {
        let mut set = RegSet::NONE;
        for name in &asm.clobbers {
            if matches!(name.as_str(), "memory" | "cc" | "redzone")
                || self.no_registers.contains(&name.as_str())
            {
                continue;
            }
            match (self.register)(name) {
                Some(register) => set = set.with(register),
                None => return Err(fault(format!("unknown register name '{name}' in 'asm'"))),
            }
        }
        set.0 &= !self.restored.0;
        Ok(set)
    }
}

/// What the letters of one alternative have allowed so far.
#[derive(Clone, Copy, Debug)]
pub struct Allowed {
    /// A register, or another place that is not memory.
    pub place: Option<Place>,
    /// Memory.
    pub memory: bool,
    /// A constant that the operand is.
    pub immediate: bool,
}

impl Allowed {
    /// Nothing.
    pub const NOTHING: Allowed = Allowed { place: None, memory: false, immediate: false };

    /// Any register, unless a certain one is asked for.
    pub fn register(&mut self) {
        self.place = self.place.or(Some(Place::Register));
    }

    /// The cheapest; `fits`: the operand's type has registers.
    pub fn cheapest(self, fits: bool) -> Option<Place> {
        match self.place {
            _ if self.immediate => Some(Place::Immediate),
            Some(place) if fits || place != Place::Register => Some(place),
            _ if self.memory => Some(Place::Memory),
            _ => None,
        }
    }
}

/// Whether an operand is the address of something.
pub fn is_address(cx: &Selector<'_>, input: Option<Value>) -> bool {
    let definition = input.and_then(|value| cx.func.def_inst(value));
    definition.is_some_and(|i| matches!(cx.func.inst(i).opcode(), Opcode::Addr | Opcode::BlockAddr))
}

/// The output whose place an input shares, if the alternative says so by number.
pub fn same_as(text: &str) -> Option<Place> {
    let from = text.find(|ch: char| ch.is_ascii_digit())?;
    let digits = &text[from..];
    let end = digits.find(|ch: char| !ch.is_ascii_digit()).unwrap_or(digits.len());
    // A number too large for any statement is no output either.
    Some(Place::SameAs(digits[..end].parse().unwrap_or(usize::MAX)))
}

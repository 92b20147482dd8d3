//! DWARF sections beyond line and frame tables (DWARF 5): `.debug_info`, `.debug_abbrev`,
//! `.debug_rnglists`, `.debug_aranges`.
//!
//! In: the module's debug types, scopes and variables, and for each emitted function its labels and
//! where its variables are ([`FunctionDebug`]). Out: streamer calls at the end of the module.
//!
//! Variables that live in a slot for the whole function (all of them at `-O0`) have a location;
//! others are described without one.

pub mod abbreviations;
pub mod types;
pub mod unit;

use crate::emit::scopes::ScopeRange;
use crate::frame::FrameLayout;
use crate::inst::MachFunction;
use lathe_ir::{DebugVariable, FuncId};
use lathe_isa::PhysReg;

/// What the end of the module must know of a function.
#[derive(Clone, Debug)]
pub struct FunctionDebug {
    /// The function.
    pub id: FuncId,
    /// Its variables with a place, in order of declaration.
    pub variables: Vec<(DebugVariable, VariablePlace)>,
    /// Where the code of inner blocks is.
    pub scopes: Vec<ScopeRange>,
}

/// Where a variable is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VariablePlace {
    /// This far from the frame address.
    FrameOffset(i64),
    /// This far from a register's value.
    Register(PhysReg, i64),
}

impl FunctionDebug {
    /// Collects the places of a function's variables.
    pub fn collect(func: &MachFunction, frame: &FrameLayout, scopes: &[ScopeRange]) -> FunctionDebug {
        let place = |slot: crate::SlotId| match frame.from_cfa[slot.index()] {
            Some(offset) => VariablePlace::FrameOffset(offset),
            None => {
                let (reg, offset) = frame.address(slot);
                VariablePlace::Register(reg, offset)
            }
        };
        let mut variables: Vec<(DebugVariable, VariablePlace)> =
            func.debug_slots.iter().map(|(variable, slot)| (*variable, place(*slot))).collect();
        variables.sort_by_key(|(variable, _)| *variable);
        variables.dedup_by_key(|(variable, _)| *variable);
        FunctionDebug { id: func.id, variables, scopes: scopes.to_vec() }
    }

    /// Name of the label of a function's first byte.
    pub fn begin_label(id: FuncId) -> String {
        format!(".LFB{}", id.0)
    }

    /// Name of the label one past a function's last byte.
    pub fn end_label(id: FuncId) -> String {
        format!(".LFE{}", id.0)
    }
}

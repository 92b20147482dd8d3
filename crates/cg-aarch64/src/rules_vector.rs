//! Vectors: filled in with the Advanced SIMD rows.

use lathe_ir::{Function, Inst};
use lathe_mach::error::CodegenError;
use lathe_mach::select::Selector;
use lathe_target::Target;

/// Whether an instruction on vectors has a sequence here.
pub(crate) fn is_native(_target: &Target, _func: &Function, _inst: Inst) -> bool {
    false
}

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    Err(cx.unsupported_inst(inst))
}

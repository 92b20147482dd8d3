//! x

use lathe_ir::Inst;
use lathe_mach::error::CodegenError;
use lathe_mach::select::Selector;

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    Err(cx.unsupported_inst(inst))
}

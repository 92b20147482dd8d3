//! Vectors whose lanes no vector register has (`i128`, `f80`, `f128`).

use crate::error::CodegenError;
use lathe_ir::{Function, Module};

pub(super) fn lower(func: &mut Function, _module: &Module) -> Result<(), CodegenError> {
    Err(CodegenError::unsupported("vectors of 128-bit integers and of extended floats").at(func.loc))
}

//! stub
use crate::module::Module;
pub(crate) fn debug_references(_module: &Module) -> Vec<String> {
    Vec::new()
}

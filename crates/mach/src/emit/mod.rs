//! From machine functions and data to calls on an `mc` streamer. The object and the text streamer get
//! the same calls, so that assembling the text gives the object.

pub mod attributes;
pub mod context;
pub mod data;
pub mod function;
pub mod lines;
pub mod lsda;
pub mod module;
pub mod pool;
pub mod scopes;
pub mod template;
pub mod thunks;

pub use context::{AsmEmitter, ModuleContext};
pub use template::{AsmWriter, TemplateAsm};

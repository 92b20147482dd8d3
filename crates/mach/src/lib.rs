//! Target-independent code generation: from an SSA module to sections full of machine code.
//!
//! In: a legal [`lathe_ir::Module`], a target ([`target::TargetCodegen`], implemented by a `cg-*`
//! crate) and [`options::Options`]. Out: calls to an `mc` streamer (object or text).
//!
//! ```text
//! Function ─legalize─► Function ─edges─► no critical edges ─select─► MachFunction (virtual registers)
//!     ─regalloc─► physical registers, spill slots ─frame─► prologue, epilogue, slot offsets
//!     ─peephole─► ─layout─► fall-throughs ─emit─► mc
//! ```
//!
//! Functions are independent of one another; [`pipeline`] runs them in parallel and joins the
//! results in source order. Read first: [`inst`] (the container), then [`target`], then
//! [`pipeline`].
#![deny(missing_docs)]

pub mod abi;
pub mod branches;
pub mod debug;
pub mod edges;
pub mod emit;
pub mod error;
pub mod frame;
pub mod inst;
pub mod layout;
pub mod legalize;
pub mod options;
pub mod peephole;
pub mod pipeline;
pub mod protect;
pub mod reach;
pub mod regalloc;
pub mod select;
pub mod target;

pub use error::{CodegenError, ErrorKind};
pub use inst::{MReg, MachBlock, MachFunction, MachInst, MachMem, MachOperand, SlotId, VReg};
pub use options::Options;
pub use pipeline::{OutputForm, Report, Scratch, compile_function, compile_module};
pub use target::{TargetCodegen, TargetInfo};

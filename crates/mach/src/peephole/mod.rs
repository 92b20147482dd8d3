//! Local rewriting of allocated machine code, to a fixed point.
//!
//! In: a function on physical registers, slots still symbolic. Out: the same, smaller. One driver;
//! generic patterns are here, a target adds its own ([`crate::TargetCodegen::peepholes`]).

pub mod window;

pub use window::{Pattern, Window};

use crate::inst::MachFunction;
use crate::options::Options;
use crate::target::TargetCodegen;

/// Reusable memory of the stage.
#[derive(Debug, Default)]
pub struct PeepholeScratch {}

/// Rewrites a function.
pub fn run(
    func: &mut MachFunction,
    target: &dyn TargetCodegen,
    options: &Options,
    scratch: &mut PeepholeScratch,
) {
    let _ = (func, target, options, scratch);
}

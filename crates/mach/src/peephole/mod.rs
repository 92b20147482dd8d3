//! Local rewriting of allocated machine code, to a fixed point.
//!
//! In: a function on physical registers, slots still symbolic. Out: the same, smaller. One driver;
//! generic patterns are here, a target adds its own ([`crate::TargetCodegen::peepholes`]).

pub mod window;

pub use window::{Pattern, Window};

//! The optimizer: analyses, passes, the pass manager.
//!
//! In: a verified [`lathe_ir::Module`]. Out: the same module, rewritten in place, and a [`Report`] of
//! what was asked for (dumps, times). No pass knows a target.
#![deny(missing_docs)]

use lathe_ir::Module;

/// What the command line says about optimization.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// 0 to 3.
    pub level: u8,
    /// `-Os`.
    pub optimize_size: bool,
    /// Passes to skip, by name (`--disable-pass`).
    pub disabled: Vec<String>,
    /// Passes after which functions are printed (`--print-after`; `all` for every pass).
    pub print_after: Vec<String>,
    /// Verify after each pass.
    pub verify_each: bool,
    /// Measure each pass.
    pub time_passes: bool,
    /// Worker threads; 0: one per processor.
    pub threads: usize,
}

/// What the optimizer reports.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Title and text, in order.
    pub dumps: Vec<(String, String)>,
    /// Pass and seconds.
    pub times: Vec<(String, f64)>,
}

/// Optimizes a module in place.
pub fn optimize(module: &mut Module, options: &Options) -> Report {
    let _ = (module, options);
    Report::default()
}

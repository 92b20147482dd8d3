//! Mode: optimized, then the interpreter. A disagreement with the mode without optimizer is the
//! optimizer's.

use crate::directive::{Expected, Run};
use lathe_ir::Module;

/// Optimizes a copy at each level, verifies it and runs the lines. Lines that break a rule are left
/// out: the optimizer need not keep what is undefined.
///
/// # Errors
/// All disagreements.
pub fn check(module: &Module, runs: &[Run]) -> Result<(), String> {
    let defined: Vec<Run> =
        runs.iter().filter(|r| !matches!(r.expected, Expected::Broken(_))).cloned().collect();
    for level in [1, 2] {
        let mut copy = module.clone();
        let options =
            lathe_opt::Options { level, verify_each: true, threads: 1, ..lathe_opt::Options::default() };
        lathe_opt::optimize(&mut copy, &options);
        let errors = lathe_ir::verify::verify_module(&copy);
        if let Some(error) = errors.first() {
            return Err(format!("after -O{level}: {error}"));
        }
        crate::interpreter::check(&copy, &defined).map_err(|e| format!("after -O{level}: {e}"))?;
    }
    Ok(())
}

//! Local rewriting of allocated machine code, to a fixed point.
//!
//! In: a function on physical registers, slots still symbolic. Out: the same, smaller. Not at
//! `-O0`. One driver; what holds for all targets is in [`redundant`] and
//! [`dead_moves`], a target adds patterns of its
//! own ([`crate::TargetCodegen::peepholes`]).

pub mod dead_moves;
pub mod redundant;
pub mod window;

pub use window::{Pattern, Window};

use crate::inst::{MachFunction, pseudo};
use crate::options::{OptLevel, Options};
use crate::target::TargetCodegen;

/// Reusable memory of the stage.
#[derive(Debug, Default)]
pub struct PeepholeScratch {
    redundancy: redundant::RedundancyScratch,
    dead_moves: dead_moves::DeadMoveScratch,
}

/// Rounds of patterns over a block before the rest is left alone.
const MAX_ROUNDS: usize = 8;

/// Rewrites a function.
pub fn run(
    func: &mut MachFunction,
    target: &dyn TargetCodegen,
    options: &Options,
    scratch: &mut PeepholeScratch,
) {
    if options.level == OptLevel::None {
        return;
    }
    dead_moves::remove(func, target, &mut scratch.dead_moves);
    redundant::remove(func, target, &mut scratch.redundancy);
    let patterns = target.peepholes();
    if patterns.is_empty() {
        return;
    }
    for block in 0..func.blocks.len() as u32 {
        let range = func.inst_range(crate::MachBlock(block));
        for _ in 0..MAX_ROUNDS {
            let mut changed = false;
            for at in range.clone() {
                if func.insts[at].row == pseudo::REMOVED {
                    continue;
                }
                let mut window = Window::new(func, target, at, range.end);
                for pattern in patterns {
                    changed |= (pattern.apply)(&mut window);
                }
            }
            if !changed {
                break;
            }
        }
    }
}

/// Rewrites a function after frame layout, when addresses are final: the target's late patterns, once.
pub fn run_late(func: &mut MachFunction, target: &dyn TargetCodegen, options: &Options) {
    let patterns = target.late_peepholes();
    if options.level == OptLevel::None || patterns.is_empty() {
        return;
    }
    for block in 0..func.blocks.len() as u32 {
        let range = func.inst_range(crate::MachBlock(block));
        for at in range.clone() {
            if func.insts[at].row == pseudo::REMOVED {
                continue;
            }
            let mut window = Window::new(func, target, at, range.end);
            for pattern in patterns {
                (pattern.apply)(&mut window);
            }
        }
    }
}

//! Facts about a function's control flow that every floor above needs: the graph, dominators,
//! loops.
//!
//! In: a [`crate::Function`]. Out: tables indexed by block. Each analysis has `new()` (empty) and
//! `compute` (fill, keeping the allocation from the function before), none recurses, and none
//! changes the function. A caller that changes control flow computes again.
//!
//! ```text
//! ControlFlowGraph ──► DominatorTree ──► LoopForest
//! ```

pub mod cfg;
pub mod dominators;
pub mod loops;

pub use cfg::ControlFlowGraph;
pub use dominators::{DominatorTree, IteratedFrontier};
pub use loops::{Loop, LoopForest};

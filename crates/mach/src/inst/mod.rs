//! The machine-instruction container: one for all targets, before and after register allocation.
//!
//! A [`MachFunction`] is blocks in final order, instructions of 16 bytes ([`MachInst`]: a row of
//! the target's instruction table and a range of operands) and side tables ([`CodeTables`]).
//! Selection writes it backwards ([`builder`]) in SSA form with virtual registers; allocation
//! rewrites operands in place and merges its moves; later stages work on physical registers.
//!
//! Read [`operand`] first, then [`function`], then [`builder`]. [`pseudo`] lists the rows that are
//! not instructions.

pub mod builder;
pub mod function;
pub mod operand;
pub mod operands;
pub mod printer;
pub mod pseudo;
pub mod reg;
pub mod slot;
pub mod symbol;

pub use builder::{Builder, Sequence};
pub use function::{
    AsmPlacement, BlockEdge, CodeTables, JumpTable, MachBlockData, MachFunction, MachInst, PoolConstant,
};
pub use operand::{ClobberId, MachMem, MachOperand, MemBase, MemId};
pub use reg::{Bank, MReg, MachBlock, VReg, VRegInfo};
pub use slot::{SlotData, SlotId, SlotKind};
pub use symbol::{ConstantId, JumpTableId, LabelId, MachSymbol, SymbolRefData, SymbolRefId};

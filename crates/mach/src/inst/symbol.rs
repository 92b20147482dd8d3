//! What machine operands may refer to by name.

use crate::inst::reg::MachBlock;
use lathe_ir::{FuncId, LibCall, Symbol};
use lathe_isa::Modifier;

/// A constant of the function's pool.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ConstantId(pub u32);

/// A jump table of the function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct JumpTableId(pub u32);

/// A label between instructions; see [`crate::inst::pseudo::LABEL`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LabelId(pub u32);

/// A symbol with addend and modifier, in [`crate::inst::CodeTables::symbols`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SymbolRefId(pub u32);

/// A name of the machine level.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MachSymbol {
    /// A symbol of the module.
    Ir(Symbol),
    /// A runtime routine.
    LibCall(LibCall),
    /// A name that the target needs (`_GLOBAL_OFFSET_TABLE_`, `__x86_indirect_thunk_rax`).
    External(&'static str),
    /// A pool constant.
    Constant(ConstantId),
    /// A jump table.
    JumpTable(JumpTableId),
    /// A block of this function.
    Block(MachBlock),
    /// A label inside a block of this function.
    Label(LabelId),
    /// A block of this or another function whose address is taken (`lathe_ir` numbering).
    IrBlock(FuncId, lathe_ir::Block),
}

impl MachSymbol {
    /// What tells a label without a name from others of its function, the same in every kind of output.
    pub fn local_name(self) -> String {
        match self {
            MachSymbol::Constant(id) => format!("C{}", id.0),
            MachSymbol::JumpTable(id) => format!("T{}", id.0),
            MachSymbol::Block(block) => format!("{}", block.0),
            MachSymbol::Label(id) => format!("L{}", id.0),
            MachSymbol::IrBlock(function, block) => format!("B{}_{}", function.0, block.0),
            MachSymbol::Ir(symbol) => format!("S{}", symbol.0),
            MachSymbol::LibCall(routine) => routine.name().to_owned(),
            MachSymbol::External(name) => name.to_owned(),
        }
    }
}

/// `symbol@modifier + addend`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SymbolRefData {
    /// The symbol.
    pub symbol: MachSymbol,
    /// Added.
    pub addend: i64,
    /// How it is addressed.
    pub modifier: Modifier,
}

impl SymbolRefData {
    /// The plain address.
    pub const fn plain(symbol: MachSymbol) -> SymbolRefData {
        SymbolRefData { symbol, addend: 0, modifier: Modifier::NONE }
    }
}

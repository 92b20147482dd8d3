//! Writing machine code: [`Builder`] for selection (backwards), [`Sequence`] for everything after
//! register allocation (forwards).
//!
//! Selection walks the blocks from last to first and each block from its terminator up, so that
//! every use is seen before its definition. Instructions of one *group* (what one IR instruction
//! becomes) are nevertheless written in execution order:
//!
//! ```text
//! builder.begin_function(func_id, &layout, block_count)
//! for block in layout.rev() { builder.begin_block(block);
//!     for inst in insts.rev() { builder.op(…); builder.op(…); builder.end_group(); }
//!     builder.end_block(); }
//! builder.finish()
//! ```

use crate::inst::function::{BlockEdge, CodeTables, InstFlags, MachBlockData, MachFunction, MachInst};
use crate::inst::operand::{ClobberId, MachMem, MachOperand};
use crate::inst::reg::{Bank, MachBlock, VReg};
use crate::inst::symbol::{SymbolRefData, SymbolRefId};
use lathe_diag::Loc;
use lathe_ir::{Entity, FuncId, Likelihood};
use lathe_isa::{RegSet, RowId};

/// Writes a function backwards. See the module's page.
#[derive(Debug)]
pub struct Builder<'f> {
    /// The function; its tables may be used directly.
    pub func: &'f mut MachFunction,
    loc: Loc,
    block: MachBlock,
    group_start: usize,
    edges_start: usize,
}

impl<'f> Builder<'f> {
    /// Starts a function with blocks in this order; `block_count` is the number of IR blocks ever created.
    pub fn begin_function(
        func: &'f mut MachFunction,
        id: FuncId,
        layout: &[lathe_ir::Block],
        block_count: usize,
    ) -> Builder<'f> {
        func.clear();
        func.id = id;
        func.block_of.resize(block_count, MachBlock::NONE);
        for (index, block) in layout.iter().enumerate() {
            func.block_of[block.index()] = MachBlock(index as u32);
            func.blocks.push(MachBlockData {
                first_inst: 0,
                end_inst: 0,
                edges: 0..0,
                params: 0..0,
                loop_depth: 0,
                cold: false,
                likelihood: Likelihood::Unknown,
                landing_pad: None,
                address_taken: false,
                ir: *block,
            });
        }
        Builder { func, loc: Loc::NONE, block: MachBlock(0), group_start: 0, edges_start: 0 }
    }

    /// The machine block of an IR block of the layout.
    #[inline]
    pub fn block_of(&self, block: lathe_ir::Block) -> MachBlock {
        self.func.block_of[block.index()]
    }

    /// Starts a block; the next group is its last.
    pub fn begin_block(&mut self, block: MachBlock) {
        self.block = block;
        self.edges_start = self.func.edges.len();
        self.group_start = self.func.insts.len();
        self.func.blocks[block.index()].first_inst = self.group_start as u32;
    }

    /// The block under construction.
    #[inline]
    pub fn block(&self) -> MachBlock {
        self.block
    }

    /// Properties of the block under construction.
    pub fn block_data(&mut self) -> &mut MachBlockData {
        &mut self.func.blocks[self.block.index()]
    }

    /// Declares the parameters of the block under construction.
    pub fn set_params(&mut self, params: &[VReg]) {
        let start = self.func.params.len() as u32;
        self.func.params.extend_from_slice(params);
        self.func.blocks[self.block.index()].params = start..start + params.len() as u32;
    }

    /// Adds an edge to a successor. Edges of a block are in the order in which they are added; a
    /// successor is named once.
    pub fn add_edge(&mut self, target: MachBlock, args: &[VReg]) {
        let first_arg = self.func.edge_args.len() as u32;
        self.func.edge_args.extend_from_slice(args);
        self.func.edges.push(BlockEdge { target, first_arg, arg_count: args.len() as u32 });
        self.func.blocks[self.block.index()].edges = self.edges_start as u32..self.func.edges.len() as u32;
    }

    /// Ends a block.
    pub fn end_block(&mut self) {
        self.end_group();
        self.func.blocks[self.block.index()].end_inst = self.func.insts.len() as u32;
    }

    /// Source position of the instructions to come.
    #[inline]
    pub fn set_loc(&mut self, loc: Loc) {
        self.loc = loc;
    }

    /// Adds an instruction to the group.
    #[inline]
    pub fn op(&mut self, row: RowId, operands: &[MachOperand]) {
        let inst = self.func.tables.inst(row, operands, self.loc);
        self.func.insts.push(inst);
    }

    /// Adds an instruction with clobbers and flags to the group.
    pub fn op_with(&mut self, row: RowId, operands: &[MachOperand], clobbers: RegSet, flags: InstFlags) {
        let clobbers = self.func.tables.clobber(clobbers);
        let mut inst = self.func.tables.inst(row, operands, self.loc);
        inst.clobbers = clobbers;
        inst.flags = flags;
        self.func.insts.push(inst);
    }

    /// Ends a group: what comes next runs before it.
    #[inline]
    pub fn end_group(&mut self) {
        let start = self.group_start;
        if self.func.insts.len() - start > 1 {
            self.func.insts[start..].reverse();
        }
        self.group_start = self.func.insts.len();
    }

    /// Whether the open group is empty.
    pub fn group_is_empty(&self) -> bool {
        self.group_start == self.func.insts.len()
    }

    /// A new virtual register.
    #[inline]
    pub fn vreg(&mut self, bank: Bank, size: u8) -> VReg {
        self.func.vreg(bank, size)
    }

    /// Adds an address.
    #[inline]
    pub fn mem(&mut self, mem: MachMem) -> MachOperand {
        MachOperand::Mem(self.func.tables.mem(mem))
    }

    /// Adds a symbol reference.
    #[inline]
    pub fn symbol(&mut self, symbol: SymbolRefData) -> SymbolRefId {
        self.func.tables.symbol(symbol)
    }

    /// Turns everything into execution order. Call once, after the last block.
    pub fn finish(self) {
        let func = self.func;
        let count = func.insts.len() as u32;
        func.insts.reverse();
        for block in &mut func.blocks {
            let (first, end) = (block.first_inst, block.end_inst);
            block.first_inst = count - end;
            block.end_inst = count - first;
        }
        debug_assert!(func.blocks.windows(2).all(|w| w[0].end_inst == w[1].first_inst), "blocks in reverse");
    }
}

/// Appends instructions on physical registers in execution order.
#[derive(Debug)]
pub struct Sequence<'t> {
    /// Operand tables.
    pub tables: &'t mut CodeTables,
    /// Where instructions go.
    pub insts: &'t mut Vec<MachInst>,
    /// Source position of what is appended.
    pub loc: Loc,
    /// Flags of what is appended.
    pub flags: InstFlags,
}

impl Sequence<'_> {
    /// Appends an instruction.
    #[inline]
    pub fn op(&mut self, row: RowId, operands: &[MachOperand]) {
        let mut inst = self.tables.inst(row, operands, self.loc);
        inst.flags = self.flags;
        self.insts.push(inst);
    }

    /// Appends a copy of an instruction (it shares the operands of the original, which must be gone).
    #[inline]
    pub fn keep(&mut self, inst: MachInst) {
        self.insts.push(inst);
    }

    /// Appends an instruction with clobbers.
    pub fn op_with(&mut self, row: RowId, operands: &[MachOperand], clobbers: ClobberId, flags: InstFlags) {
        let mut inst = self.tables.inst(row, operands, self.loc);
        inst.flags = self.flags.or(flags);
        inst.clobbers = clobbers;
        self.insts.push(inst);
    }

    /// Adds an address.
    #[inline]
    pub fn mem(&mut self, mem: MachMem) -> MachOperand {
        MachOperand::Mem(self.tables.mem(mem))
    }
}

//! The machine function: blocks in final order, instructions, operand tables.

use crate::inst::operand::{ClobberId, MachMem, MachOperand, MemId};
use crate::inst::reg::{Bank, MachBlock, VReg, VRegInfo};
use crate::inst::slot::{SlotData, SlotId, SlotKind};
use crate::inst::symbol::{ConstantId, JumpTableId, LabelId, SymbolRefData, SymbolRefId};
use lathe_diag::Loc;
use lathe_ir::{AsmRef, DebugVariable, FuncId, LandingPad, Likelihood};
use lathe_isa::{RegSet, RowId};
use std::ops::Range;

/// Flags of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct InstFlags(pub u8);

impl InstFlags {
    /// None.
    pub const NONE: InstFlags = InstFlags(0);
    /// A call (the frame must be ready for it, the red zone is gone).
    pub const CALL: InstFlags = InstFlags(1);
    /// A call that ends its block: goes on at edge 0, unwinds to edge 1.
    pub const INVOKE: InstFlags = InstFlags(2);
    /// Must not be removed or moved (volatile access, side effect).
    pub const KEEP: InstFlags = InstFlags(4);
    /// Inserted by the prologue or epilogue.
    pub const FRAME: InstFlags = InstFlags(8);
    /// A prefix (`lock`, `rep`) that stays together with the next instruction.
    pub const PREFIX: InstFlags = InstFlags(16);
    /// A move, spill store or reload inserted by register allocation.
    pub const ALLOCATOR: InstFlags = InstFlags(32);
    /// Leaves the function by a jump (a tail call): the epilogue goes right before it.
    pub const TAIL: InstFlags = InstFlags(64);

    /// Both.
    #[must_use]
    pub const fn or(self, other: InstFlags) -> InstFlags {
        InstFlags(self.0 | other.0)
    }

    /// Whether all of `other` are set.
    #[inline]
    pub const fn has(self, other: InstFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// One machine instruction: 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MachInst {
    /// Row of the target's table (first row of the mnemonic's group, or an exact row), or a
    /// [`crate::inst::pseudo`] row.
    pub row: RowId,
    /// Number of operands.
    pub operand_count: u8,
    /// Flags.
    pub flags: InstFlags,
    /// First operand in [`CodeTables::operands`].
    pub first_operand: u32,
    /// Source position.
    pub loc: Loc,
    /// Registers that lose their content, beyond the operands. For `INLINE_ASM` in allocated code, too.
    pub clobbers: ClobberId,
}

const _: () = assert!(size_of::<MachInst>() == 16);

impl MachInst {
    /// The range of its operands.
    #[inline]
    pub const fn operand_range(&self) -> Range<usize> {
        self.first_operand as usize..self.first_operand as usize + self.operand_count as usize
    }
}

/// A constant of the pool.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PoolConstant {
    /// Its bytes; 4, 8, 16 or 32 of them go to mergeable sections.
    pub bytes: Box<[u8]>,
    /// Alignment in bytes.
    pub align: u32,
}

/// A table of block addresses: 4-byte distances from the table's start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JumpTable {
    /// The targets.
    pub blocks: Vec<MachBlock>,
}

/// An edge to a successor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BlockEdge {
    /// Where it goes.
    pub target: MachBlock,
    /// First argument in the argument table.
    pub first_arg: u32,
    /// Number of arguments, one per parameter of the target.
    pub arg_count: u32,
}

/// A block.
#[derive(Clone, Debug)]
pub struct MachBlockData {
    /// First instruction.
    pub first_inst: u32,
    /// One past the last instruction.
    pub end_inst: u32,
    /// Range of its edges.
    pub edges: Range<u32>,
    /// Range of its parameters.
    pub params: Range<u32>,
    /// Depth of loops around it.
    pub loop_depth: u8,
    /// Rarely run; goes to the end.
    pub cold: bool,
    /// Likelihood of edge 0 of a two-way branch.
    pub likelihood: Likelihood,
    /// Set for the block that an invoke unwinds to.
    pub landing_pad: Option<LandingPad>,
    /// Its address is taken; it keeps a label and is never merged.
    pub address_taken: bool,
    /// The IR block that it comes from, for dumps and block addresses.
    pub ir: lathe_ir::Block,
}

/// Where the operands of an inline-assembly statement went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AsmPlacement {
    /// The statement in the IR function.
    pub asm: AsmRef,
    /// For `%0`, `%1`, …: index of the machine operand among the instruction's operands. Tied
    /// inputs name their output's.
    pub operands: Vec<u16>,
    /// The target's code for each operand's constraint (condition output, immediate kind), else 0.
    pub codes: Vec<u8>,
}

/// The tables that instructions point into.
#[derive(Clone, Default, Debug)]
pub struct CodeTables {
    /// Operands of all instructions.
    pub operands: Vec<MachOperand>,
    /// Addresses.
    pub mems: Vec<MachMem>,
    /// Symbol references.
    pub symbols: Vec<SymbolRefData>,
    /// Clobber sets; the first is empty.
    pub clobbers: Vec<RegSet>,
}

impl CodeTables {
    /// Empties all tables.
    pub fn clear(&mut self) {
        self.operands.clear();
        self.mems.clear();
        self.symbols.clear();
        self.clobbers.clear();
        self.clobbers.push(RegSet::NONE);
    }

    /// Adds an address.
    #[inline]
    pub fn mem(&mut self, mem: MachMem) -> MemId {
        self.mems.push(mem);
        MemId(self.mems.len() as u32 - 1)
    }

    /// Adds a symbol reference.
    #[inline]
    pub fn symbol(&mut self, symbol: SymbolRefData) -> SymbolRefId {
        self.symbols.push(symbol);
        SymbolRefId(self.symbols.len() as u32 - 1)
    }

    /// The id of a clobber set.
    pub fn clobber(&mut self, set: RegSet) -> ClobberId {
        match self.clobbers.iter().position(|s| *s == set) {
            Some(index) => ClobberId(index as u32),
            None => {
                self.clobbers.push(set);
                ClobberId(self.clobbers.len() as u32 - 1)
            }
        }
    }

    /// Makes an instruction.
    ///
    /// # Panics
    /// With more than 255 operands; inline assembly has at most 60.
    #[inline]
    pub fn inst(&mut self, row: RowId, operands: &[MachOperand], loc: Loc) -> MachInst {
        assert!(operands.len() < 256, "an instruction has {} operands", operands.len());
        let first_operand = self.operands.len() as u32;
        self.operands.extend_from_slice(operands);
        MachInst {
            row,
            operand_count: operands.len() as u8,
            flags: InstFlags::NONE,
            first_operand,
            loc,
            clobbers: ClobberId(0),
        }
    }

    /// The operands of an instruction.
    #[inline]
    pub fn operands_of(&self, inst: &MachInst) -> &[MachOperand] {
        &self.operands[inst.operand_range()]
    }

    /// The operands of an instruction, mutable.
    #[inline]
    pub fn operands_of_mut(&mut self, inst: &MachInst) -> &mut [MachOperand] {
        &mut self.operands[inst.operand_range()]
    }
}

/// What the frame of a function must provide; set by selection.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct FrameNeeds {
    /// There are calls.
    pub calls: bool,
    /// The stack pointer moves in the body (`stack_alloc`, `stack_restore`).
    pub dynamic_alloc: bool,
    /// The frame pointer is named (`frame_address`, an unwinder's demand).
    pub frame_pointer: bool,
    /// `setjmp` is called: values live across calls must not sit in callee-saved registers only.
    pub returns_twice: bool,
    /// Code addresses below the stack pointer by itself: no red zone.
    pub no_red_zone: bool,
    /// The slot of the stack protector's guard: above everything that can overflow.
    pub guard: Option<lathe_ir::StackSlot>,
    /// The function is `naked`: no prologue and epilogue.
    pub naked: bool,
    /// Bytes that the callee pops on return (i686 `stdcall`, `sret`).
    pub callee_pops: u32,
    /// Bytes right below the frame address to which a variadic function saves its argument registers, so that they
    /// continue the arguments on the stack.
    pub argument_save_bytes: u32,
}

/// A machine function. Reused from function to function: [`MachFunction::clear`].
#[derive(Debug)]
pub struct MachFunction {
    /// The IR function.
    pub id: FuncId,
    /// Instructions, block after block.
    pub insts: Vec<MachInst>,
    /// Operands, addresses, symbols, clobbers.
    pub tables: CodeTables,
    /// Blocks in final order, entry first.
    pub blocks: Vec<MachBlockData>,
    /// Edges of all blocks.
    pub edges: Vec<BlockEdge>,
    /// Arguments of all edges.
    pub edge_args: Vec<VReg>,
    /// Parameters of all blocks.
    pub params: Vec<VReg>,
    /// Virtual registers.
    pub vregs: Vec<VRegInfo>,
    /// Frame slots.
    pub slots: Vec<SlotData>,
    /// Constant pool.
    pub constants: Vec<PoolConstant>,
    /// Jump tables.
    pub jump_tables: Vec<JumpTable>,
    /// Labels inside blocks.
    pub label_count: u32,
    /// Inline assembly, by the `Imm` that is the first operand of `INLINE_ASM`.
    pub asms: Vec<AsmPlacement>,
    /// What the frame must provide.
    pub needs: FrameNeeds,
    /// Variables that live in a slot for the whole function.
    pub debug_slots: Vec<(DebugVariable, SlotId)>,
    /// The machine block of each IR block ([`MachBlock::NONE`]: not in the layout).
    pub block_of: Vec<MachBlock>,
    /// Physical registers that allocated code writes.
    pub written: RegSet,
}

impl Default for MachFunction {
    fn default() -> MachFunction {
        let mut function = MachFunction {
            id: FuncId(0),
            insts: Vec::new(),
            tables: CodeTables::default(),
            blocks: Vec::new(),
            edges: Vec::new(),
            edge_args: Vec::new(),
            params: Vec::new(),
            vregs: Vec::new(),
            slots: Vec::new(),
            constants: Vec::new(),
            jump_tables: Vec::new(),
            label_count: 0,
            asms: Vec::new(),
            needs: FrameNeeds::default(),
            debug_slots: Vec::new(),
            block_of: Vec::new(),
            written: RegSet::NONE,
        };
        function.clear();
        function
    }
}

impl MachFunction {
    /// Back to an empty function, keeping allocations.
    pub fn clear(&mut self) {
        self.insts.clear();
        self.tables.clear();
        self.blocks.clear();
        self.edges.clear();
        self.edge_args.clear();
        self.params.clear();
        self.vregs.clear();
        self.slots.clear();
        self.slots.push(SlotData { kind: SlotKind::Incoming, size: 0, align: 1 });
        self.slots.push(SlotData { kind: SlotKind::Outgoing, size: 0, align: 1 });
        self.slots.push(SlotData { kind: SlotKind::Dynamic, size: 0, align: 1 });
        self.constants.clear();
        self.jump_tables.clear();
        self.label_count = 0;
        self.asms.clear();
        self.needs = FrameNeeds::default();
        self.debug_slots.clear();
        self.block_of.clear();
        self.written = RegSet::NONE;
    }

    /// A new virtual register.
    #[inline]
    pub fn vreg(&mut self, bank: Bank, size: u8) -> VReg {
        self.vregs.push(VRegInfo { bank, size });
        VReg(self.vregs.len() as u32 - 1)
    }

    /// A new frame slot.
    pub fn slot(&mut self, kind: SlotKind, size: u64, align: u32) -> SlotId {
        self.slots.push(SlotData { kind, size, align });
        SlotId(self.slots.len() as u32 - 1)
    }

    /// Makes room for outgoing stack arguments of one call.
    pub fn reserve_outgoing(&mut self, size: u64, align: u32) {
        let slot = &mut self.slots[SlotId::OUTGOING.index()];
        slot.size = slot.size.max(size);
        slot.align = slot.align.max(align);
    }

    /// The pool entry with these bytes.
    pub fn constant(&mut self, bytes: &[u8], align: u32) -> ConstantId {
        // Pools are small; very large functions may hold an equal constant twice, which only costs
        // bytes that the linker merges again.
        let recent = self.constants.len().saturating_sub(64);
        for (index, constant) in self.constants.iter().enumerate().skip(recent) {
            if constant.align == align && *constant.bytes == *bytes {
                return ConstantId(index as u32);
            }
        }
        self.constants.push(PoolConstant { bytes: bytes.into(), align });
        ConstantId(self.constants.len() as u32 - 1)
    }

    /// A new jump table.
    pub fn jump_table(&mut self, blocks: Vec<MachBlock>) -> JumpTableId {
        self.jump_tables.push(JumpTable { blocks });
        JumpTableId(self.jump_tables.len() as u32 - 1)
    }

    /// A new label inside a block.
    pub fn label(&mut self) -> LabelId {
        self.label_count += 1;
        LabelId(self.label_count - 1)
    }

    /// All blocks in order.
    pub fn block_ids(&self) -> impl DoubleEndedIterator<Item = MachBlock> + ExactSizeIterator + use<> {
        (0..self.blocks.len() as u32).map(MachBlock)
    }

    /// Range of a block's instructions.
    #[inline]
    pub fn inst_range(&self, block: MachBlock) -> Range<usize> {
        let data = &self.blocks[block.index()];
        data.first_inst as usize..data.end_inst as usize
    }

    /// Edges of a block.
    #[inline]
    pub fn edges_of(&self, block: MachBlock) -> &[BlockEdge] {
        let range = &self.blocks[block.index()].edges;
        &self.edges[range.start as usize..range.end as usize]
    }

    /// Arguments on an edge.
    #[inline]
    pub fn args_of(&self, edge: &BlockEdge) -> &[VReg] {
        &self.edge_args[edge.first_arg as usize..(edge.first_arg + edge.arg_count) as usize]
    }

    /// Parameters of a block.
    #[inline]
    pub fn params_of(&self, block: MachBlock) -> &[VReg] {
        let range = &self.blocks[block.index()].params;
        &self.params[range.start as usize..range.end as usize]
    }

    /// The operands of an instruction.
    #[inline]
    pub fn operands_of(&self, inst: &MachInst) -> &[MachOperand] {
        self.tables.operands_of(inst)
    }

    /// The clobbers of an instruction.
    #[inline]
    pub fn clobbers_of(&self, inst: &MachInst) -> RegSet {
        self.tables.clobbers[inst.clobbers.0 as usize]
    }
}

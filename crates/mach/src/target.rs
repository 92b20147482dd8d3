//! What a target gives to the target-independent stages: data ([`TargetInfo`]) and hooks
//! ([`TargetCodegen`]). Implemented by the `cg-*` crates.
//!
//! All hooks but `select` work on allocated code and append to a [`Sequence`]; registers in their
//! operands are physical ([`crate::MReg::phys`]). None of the move, spill and reload hooks may
//! change condition flags.

use crate::error::CodegenError;
use crate::frame::FrameLayout;
use crate::inst::{Bank, MachBlock, MachFunction, MachInst, MachMem, MachOperand, Sequence, SlotId};
use crate::legalize::LegalizeRules;
use crate::options::Options;
use lathe_ir::{CallConv, FuncId, Function, Module};
use lathe_isa::{Isa, Mode, PhysReg, RegSet, RowId};

/// Facts about a target.
#[derive(Clone, Copy, Debug)]
pub struct TargetInfo {
    /// Registers that values may be put in, by bank, best first (call-clobbered and short ones first). Neither
    /// scratch nor stack pointer; the frame pointer may be listed and is then used when no frame pointer is kept.
    pub allocatable: [&'static [PhysReg]; 2],
    /// A register per bank that is never allocated: memory-to-memory moves, cycles of moves, expansions. None of
    /// integers: such moves go through [`TargetCodegen::move_slot`] and slots.
    pub scratch: [PhysReg; 2],
    /// Only the integer registers with encodings below this have a view of one byte (0: all have one).
    pub byte_registers: u8,
    /// Stack pointer.
    pub stack_pointer: PhysReg,
    /// Frame pointer.
    pub frame_pointer: PhysReg,
    /// A call-preserved register that addresses the frame when the stack is realigned and also moves in the body.
    pub base_pointer: PhysReg,
    /// Full width of an integer register in bytes, and its view.
    pub word_bytes: u8,
    /// View of an integer register at full width.
    pub word_view: u8,
    /// Bytes that a call pushes (x86: the return address); on entry the frame address is this far above the stack
    /// pointer.
    pub call_pushes: u32,
    /// Bytes below the stack pointer that a leaf function may use.
    pub red_zone_bytes: u32,
    /// Alignment of the stack pointer at a call.
    pub stack_align: u32,
    /// Preferred alignment of functions (at `-O0`, optimized).
    pub function_align: [u32; 2],
    /// Where the stack protector's reference value is.
    pub stack_guard: StackGuard,
    /// How frames are built.
    pub frame_style: FrameStyle,
    /// Vector registers of which a call preserves only the low 8 bytes: lost in functions that hold wider values.
    pub half_preserved: RegSet,
    /// Page size for stack probes.
    pub probe_bytes: u32,
}

/// Where the C library keeps the stack protector's reference value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StackGuard {
    /// Nowhere: no protection.
    None,
    /// At this offset from the thread pointer.
    ThreadPointer(i32),
    /// In a global variable.
    Global(&'static str),
}

/// How a frame is built.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FrameStyle {
    /// Registers are pushed: the frame pointer's old value first, then the others, then the slots. The frame pointer
    /// points to its old value, and slots are addressed from it when it is kept.
    Pushed,
    /// One piece, from the top: slots, saved registers, outgoing arguments. Registers are saved by plain stores, the
    /// lowest of them first; when the frame pointer is kept, it points to the lowest two saves: its own old value and the
    /// link register (here). Slots are addressed from the stack pointer while that stands still. In a realigned frame the saves are
    /// above the slots.
    Stored {
        /// The register in which a call leaves its return address; one that functions preserve.
        link: PhysReg,
    },
    /// Registers are saved by plain stores at the top: the link register first, then the frame pointer's old value, then
    /// the others; the slots are below. The frame pointer points to the frame address, or below the argument registers
    /// that a variadic function saves there. Slots are addressed from the stack pointer while that stands still.
    StoredAbove {
        /// The register in which a call leaves its return address; one that functions preserve.
        link: PhysReg,
    },
}

/// A function to select.
#[derive(Clone, Copy, Debug)]
pub struct SelectInput<'a> {
    /// The module.
    pub module: &'a Module,
    /// Number of the function.
    pub id: FuncId,
    /// The function: legal, no critical edges, every value resolved.
    pub func: &'a Function,
    /// Options.
    pub options: &'a Options,
}

/// A target's hooks.
pub trait TargetCodegen: Sync {
    /// The instruction set.
    fn isa(&self) -> &'static dyn Isa;

    /// The mode of code (x86: 64-bit).
    fn mode(&self) -> Mode {
        self.isa().default_mode()
    }

    /// What the target says at the start of a module, before all else.
    fn begin(&self, module: &Module, out: &mut dyn lathe_mc::Streamer) {
        let _ = (module, out);
    }

    /// Facts.
    fn info(&self) -> &TargetInfo;

    /// Whether instructions are shorter with some registers, so that every allocator should keep to the order of
    /// preference.
    fn orders_registers(&self) -> bool {
        false
    }

    /// Bytes of a register seen through a view.
    fn view_bytes(&self, bank: Bank, view: u8) -> u8;

    /// Registers that a function of a convention must preserve.
    fn callee_saved(&self, convention: CallConv) -> RegSet;

    /// Expands on the IR what selection needs split into blocks (switches, conditional traps, variable
    /// arguments, compare-and-swap loops). Before legalization and critical-edge splitting. Returns whether
    /// anything changed.
    fn expand_ir(&self, module: &Module, func: &mut Function, options: &Options) -> bool;

    /// Which types legalization leaves.
    fn legalize_rules(&self) -> LegalizeRules {
        LegalizeRules::of_word(self.info().word_bytes)
    }

    /// SSA to machine instructions on virtual registers, through [`crate::inst::Builder`].
    ///
    /// # Errors
    /// For constructs that the target cannot compile.
    fn select(&self, input: &SelectInput<'_>, out: &mut MachFunction) -> Result<(), CodegenError>;

    /// Appends a move between registers of a bank; `size` bytes matter.
    fn move_register(&self, bank: Bank, size: u8, to: PhysReg, from: PhysReg, out: &mut Sequence<'_>);

    /// Appends a store of a register to a slot.
    fn spill(&self, bank: Bank, size: u8, slot: SlotId, from: PhysReg, out: &mut Sequence<'_>);

    /// Appends a load of a register from a slot.
    fn reload(&self, bank: Bank, size: u8, to: PhysReg, slot: SlotId, out: &mut Sequence<'_>);

    /// Appends a move of an integer word between slots, for targets without an integer scratch register.
    fn move_slot(&self, to: SlotId, from: SlotId, out: &mut Sequence<'_>) {
        let _ = out;
        debug_assert!(false, "a move from {from:?} to {to:?} without a scratch register");
    }

    /// Whether an allocated instruction is a plain register move (`to`, `from`) or a whole reload or
    /// store of a frame slot; for the peephole stage.
    fn as_move(&self, func: &MachFunction, inst: &MachInst) -> Option<PlainMove>;

    /// Appends the prologue: saves, frame allocation, probes, with CFI.
    fn prologue(&self, frame: &FrameLayout, out: &mut Sequence<'_>);

    /// Appends the epilogue without the return, with CFI.
    fn epilogue(&self, frame: &FrameLayout, out: &mut Sequence<'_>);

    /// Appends the return instruction.
    fn ret(&self, frame: &FrameLayout, out: &mut Sequence<'_>);

    /// Appends an unconditional jump.
    fn jump(&self, target: MachBlock, out: &mut Sequence<'_>);

    /// The opposite condition of a `BRANCH`, if one exists for these operands.
    fn invert(&self, condition: u8) -> Option<u8>;

    /// Appends what goes to `target` when the condition holds and falls through otherwise; `operands` are those of
    /// the `BRANCH` after the two blocks. May append several instructions (x86 unordered comparisons).
    fn conditional_jump(
        &self,
        condition: u8,
        operands: &[MachOperand],
        target: MachBlock,
        out: &mut Sequence<'_>,
    );

    /// After frame layout: makes the address of an instruction one that it can have, if its displacement is too large: appends what
    /// computes a nearer base (in a register that nothing else uses; flags stay) and changes `mem`.
    fn fit_address(&self, row: RowId, operands: &[MachOperand], mem: &mut MachMem, out: &mut Sequence<'_>) {
        let _ = (row, operands, mem, out);
    }

    /// Whether a displacement needs no [`TargetCodegen::fit_address`] whatever the instruction.
    fn is_near(&self, displacement: i32) -> bool {
        let _ = displacement;
        true
    }

    /// How many bytes a conditional branch reaches in either direction, and its inverse: the row, and the condition where
    /// that is an operand. `None`: it reaches everything, or the assembler sees to it.
    fn branch_reach(&self, row: RowId, operands: &[MachOperand]) -> Option<(u32, (RowId, Option<u8>))> {
        let _ = (row, operands);
        None
    }

    /// The least of these reaches; smaller functions are not looked at. `None`: there are none.
    fn least_branch_reach(&self) -> Option<u32> {
        None
    }

    /// Expands one of the target's own pseudo rows (≥ [`crate::inst::pseudo::TARGET`]) after frame layout.
    fn expand(&self, row: RowId, operands: &[MachOperand], frame: &FrameLayout, out: &mut Sequence<'_>) {
        let _ = (operands, frame, out);
        debug_assert!(false, "row {:#x} is no instruction", row.0);
    }

    /// The routines that modules bring along.
    fn thunks(&self) -> &'static [crate::emit::thunks::Thunk] {
        &[]
    }

    /// The target's peephole patterns, tried at each instruction of a block.
    fn peepholes(&self) -> &'static [crate::peephole::Pattern] {
        &[]
    }

    /// Patterns for code with its frame, tried once at each instruction of a block.
    fn late_peepholes(&self) -> &'static [crate::peephole::Pattern] {
        &[]
    }
}

/// A move that the peephole stage understands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PlainMove {
    /// Register to register: all that matters of `from` is in `to`.
    Register {
        /// Destination.
        to: PhysReg,
        /// Source.
        from: PhysReg,
        /// Bytes moved; those above are zero or irrelevant as the flag says.
        size: u8,
    },
    /// Slot to register.
    Load {
        /// Destination.
        to: PhysReg,
        /// Source.
        slot: SlotId,
        /// Byte in the slot.
        offset: i32,
        /// Bytes loaded.
        size: u8,
    },
    /// Register to slot.
    Store {
        /// Destination.
        slot: SlotId,
        /// Source.
        from: PhysReg,
        /// Byte in the slot.
        offset: i32,
        /// Bytes stored.
        size: u8,
    },
}

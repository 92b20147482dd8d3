//! What a target contributes to selection.

use super::address::{Address, AddressReach};
use super::context::Selector;
use super::extent::Extent;
use crate::abi::AbiTable;
use crate::error::CodegenError;
use crate::inst::{Bank, MachMem, MachOperand, MachSymbol, VReg};
use lathe_ir::inline_asm::AsmData;
use lathe_ir::{AtomicOp, CallConv, Function, Inst, LibCall, Module, Symbol, Type, Value};
use lathe_isa::{PhysReg, RegSet};
use lathe_target::Target;

/// What a call goes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallTarget {
    /// A symbol of the module.
    Symbol(Symbol),
    /// A runtime routine.
    LibCall(LibCall),
    /// An address in a register.
    Register(VReg),
    /// An address in memory.
    Memory(MachMem),
}

/// A target's selection rules and primitives. Primitives append to the open group, in execution
/// order; none that loads, stores, moves or forms an address changes condition flags.
pub trait Rules: Sync {
    /// The calling convention of a signature.
    ///
    /// # Errors
    /// When the target does not have it.
    fn abi(&self, convention: CallConv) -> Result<&'static AbiTable, CodegenError>;

    /// Selects one instruction; the shared parts have been taken care of.
    ///
    /// # Errors
    /// When the target cannot compile it.
    fn select(&self, cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError>;

    /// Builds a constant, address constant or undefined value into `to`.
    ///
    /// # Errors
    /// When the target cannot form it.
    fn materialize(&self, cx: &mut Selector<'_>, inst: Inst, to: VReg) -> Result<(), CodegenError>;

    /// Registers of a type; `None`: its values live in memory.
    fn register_class(&self, ty: Type) -> Option<(Bank, u8)>;

    /// Whether a narrow integer is the low part of its register, whatever is above, so that truncation takes no
    /// instruction.
    fn truncation_is_free(&self) -> bool {
        false
    }

    /// Loads a value of a type.
    fn load(&self, cx: &mut Selector<'_>, ty: Type, to: VReg, mem: MachMem);

    /// Stores a value of a type.
    fn store(&self, cx: &mut Selector<'_>, ty: Type, from: VReg, mem: MachMem);

    /// Stores an integer constant of at most a word to the argument area, if that takes no register.
    fn store_argument(&self, cx: &mut Selector<'_>, value: i64, mem: MachMem) -> bool {
        let _ = (cx, value, mem);
        false
    }

    /// A small integer constant.
    fn integer(&self, cx: &mut Selector<'_>, ty: Type, value: i64, to: VReg);

    /// Widens a narrow integer of type `ty` to a 32-bit register.
    fn extend(&self, cx: &mut Selector<'_>, ty: Type, signed: bool, to: VReg, from: VReg);

    /// Joins `low` and `high << bits` of 64-bit registers (`bits` < 64, `low` is zero above them).
    fn join(&self, cx: &mut Selector<'_>, to: VReg, low: VReg, high: VReg, bits: u8);

    /// Shifts a 64-bit register right.
    fn shift_right(&self, cx: &mut Selector<'_>, to: VReg, from: VReg, bits: u8);

    /// Moves a float of type `ty` between an integer and a vector register, for conventions that pass floats in
    /// integer registers.
    fn move_bits(&self, cx: &mut Selector<'_>, ty: Type, to: VReg, from: VReg) {
        let _ = (to, from);
        cx.unsupported(format!("{ty} in an integer register"));
    }

    /// The address of a place.
    fn address_of(&self, cx: &mut Selector<'_>, to: VReg, mem: MachMem);

    /// An address as an operand, computing what does not fit into one.
    fn mem(&self, cx: &mut Selector<'_>, address: &Address) -> MachMem;

    /// Whether references to a symbol may use its address directly (not through a table).
    fn is_direct(&self, cx: &Selector<'_>, symbol: Symbol) -> bool;

    /// Copies `size` bytes (the same places, or places that do not overlap), inline.
    fn copy_block(&self, cx: &mut Selector<'_>, to: MachMem, from: MachMem, size: u32, overlap: bool);

    /// Fills `size` bytes with a byte (`None`: zero is known), inline.
    fn fill_block(&self, cx: &mut Selector<'_>, to: MachMem, byte: Result<u8, VReg>, size: u32);

    /// Largest sizes that `copy_block` and `fill_block` are used for.
    fn inline_block_limit(&self, cx: &Selector<'_>) -> u32;

    /// Pushes a value that lives in memory on the x87 stack, or pops it. Only for targets with one.
    fn x87_transfer(&self, cx: &mut Selector<'_>, mem: MachMem, is_load: bool);

    /// Emits the call itself; `operands` are the fixed uses and definitions.
    fn call(
        &self,
        cx: &mut Selector<'_>,
        target: CallTarget,
        operands: &[MachOperand],
        clobbers: RegSet,
        is_invoke: bool,
    );

    /// What a function needs to do first, now that its body is known: called right after the operands of its entry
    /// are defined.
    fn enter(&self, cx: &mut Selector<'_>) {
        let _ = cx;
    }

    /// What the registers of a function's values hold above the values' bits, by value; empty: nothing is known.
    fn extents(&self, module: &Module, func: &Function) -> Vec<Extent> {
        let _ = (module, func);
        Vec::new()
    }

    /// A place of which every byte up to `size` can be addressed by adding to the displacement.
    fn block_memory(&self, cx: &mut Selector<'_>, mem: MachMem, size: u32) -> MachMem {
        let _ = (cx, size);
        mem
    }

    /// What addresses of memory operands can hold.
    fn address_reach(&self) -> AddressReach {
        AddressReach::WHOLE
    }

    /// The memory of a constant of the function's pool.
    fn constant_memory(&self, cx: &mut Selector<'_>, symbol: MachSymbol) -> MachMem {
        MachMem::pc_relative(cx.symbol_ref(symbol, 0, lathe_isa::Modifier::NONE))
    }

    /// Whether a call whose arguments are all in registers can be a jump after the epilogue.
    fn can_tail_jump(&self, cx: &Selector<'_>, target: &CallTarget, operands: &[MachOperand]) -> bool {
        let _ = (cx, target, operands);
        true
    }

    /// Emits the jump of a tail call, after the epilogue.
    fn tail_jump(&self, cx: &mut Selector<'_>, target: CallTarget, operands: &[MachOperand]);

    /// Emits `BRANCH` on a value being non-zero, folding what computes it. The blocks are the target's order.
    ///
    /// # Errors
    /// When the condition cannot be computed.
    fn branch(&self, cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError>;

    /// Saves the argument registers of a variadic function; the registers are those from the given
    /// counts on. Returns the operands that define them on entry.
    fn save_variadic(
        &self,
        cx: &mut Selector<'_>,
        entry: &mut Vec<MachOperand>,
    ) -> Vec<(PhysReg, VReg, MachMem)>;

    /// Whether an instruction on vectors can be selected (else it becomes scalar operations).
    fn has_vector(&self, target: &Target, func: &Function, inst: Inst) -> bool;

    /// Whether a narrower integer is its wider source's register seen through a narrower view: truncations are no code.
    fn truncates_by_view(&self) -> bool {
        false
    }

    /// Whether divisions by constants become multiplications before selection.
    fn multiplies_by_reciprocals(&self) -> bool {
        false
    }

    /// Whether a read-modify-write is one instruction (else it becomes a compare-and-swap loop).
    fn has_atomic(&self, op: AtomicOp, ty: Type, result_used: bool) -> bool;

    /// Reads the constraints of a statement: outputs, then inputs. Multi-alternative ones are decided.
    ///
    /// # Errors
    /// For constraints that the target does not know.
    fn asm_constraints(
        &self,
        cx: &Selector<'_>,
        asm: &AsmData,
        inputs: &[Value],
    ) -> Result<Vec<super::asm::Constraint>, CodegenError>;

    /// The registers that a statement's clobber list names.
    ///
    /// # Errors
    /// For names that are no registers.
    fn asm_clobbers(&self, asm: &AsmData) -> Result<RegSet, CodegenError>;

    /// The view of a register operand of a type.
    fn asm_view(&self, ty: Type) -> u8;

    /// Makes a value of a condition after inline assembly.
    fn set_condition(&self, cx: &mut Selector<'_>, code: u8, ty: Type, to: VReg);

    /// Pushes a float of a type in memory on the x87 stack. Only for targets with one.
    fn x87_load(&self, cx: &mut Selector<'_>, mem: MachMem, ty: Type);

    /// Pops the x87 stack into a value.
    fn x87_pop(&self, cx: &mut Selector<'_>, value: Value);

    /// Pops the x87 stack into a register of a float type.
    fn x87_pop_register(&self, cx: &mut Selector<'_>, ty: Type, to: VReg) {
        let _ = (ty, to);
        cx.unsupported("a result on the x87 stack");
    }
}

//! The storage of one instruction: 20 bytes, no heap.
//!
//! Four words hold values first, then immediates; which is which follows from the opcode's
//! [`Format`]. Build and read them through the constructors and accessors here, never by words.

use crate::condition::{AtomicOp, FloatCond, IntCond, Likelihood, Ordering, TrapCode};
use crate::entity::*;
use crate::libcall::LibCall;
use crate::memory::MemFlags;
use crate::opcode::{Format, Opcode};
use crate::types::Type;

/// `nsw`: no signed wrap.
pub const NSW: u8 = 1;
/// `nuw`: no unsigned wrap.
pub const NUW: u8 = 2;
/// `exact`: no bits are shifted out, no remainder.
pub const EXACT: u8 = 1;
/// `inbounds`: stays within one object.
pub const IN_BOUNDS: u8 = 1;
/// Fast-math: no NaN occurs.
pub const NO_NAN: u8 = 1;
/// Fast-math: no infinity occurs.
pub const NO_INF: u8 = 2;
/// Fast-math: the sign of zero does not matter.
pub const NO_SIGNED_ZERO: u8 = 4;
/// Fast-math: division may become multiplication by the reciprocal.
pub const RECIPROCAL: u8 = 8;
/// Fast-math: multiply and add may be fused.
pub const CONTRACT: u8 = 16;
/// Fast-math: operations may be reassociated.
pub const REASSOCIATE: u8 = 32;

/// One instruction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct InstData {
    opcode: Opcode,
    aux: u8,
    ty: Type,
    words: [Value; 4],
}

/// How many leading words of a format are values; `None` when the values are in a pooled list.
#[inline]
const fn inline_values(opcode: Opcode, format: Format) -> Option<usize> {
    use Format::*;
    Some(match format {
        Nullary | IntConst | FloatConst | PoolConst | SymbolAddr | SlotAddr | Slot | BlockAddr | Fence
        | Depth | Jump | LandingPad | Trap | DebugSlot => 0,
        Unary | Convert | BinaryImm | IntCompareImm | PtrAddImm | Load | Prefetch | StackAlloc | Address
        | Branch | Switch | IndirectJump | TrapIf | DebugValue => 1,
        ExtractLane if matches!(opcode, Opcode::ExtractLaneDynamic) => 2,
        ExtractLane => 1,
        InsertLane if matches!(opcode, Opcode::InsertLaneDynamic) => 3,
        Binary | IntCompare | FloatCompare | PtrAdd | Store | AtomicRmw | TwoAddresses | VaArgAggregate
        | Resume | Shuffle | InsertLane => 2,
        Ternary | BinaryCarry | Select | AtomicCas | MemoryBlock => 3,
        Return | Call | CallIndirect | CallLib | Invoke | InvokeIndirect | Asm | AsmGoto => return None,
    })
}

impl InstData {
    fn raw(opcode: Opcode, ty: Type, aux: u8, words: [u32; 4]) -> InstData {
        InstData { opcode, aux, ty, words: words.map(Value) }
    }

    fn with_imm(opcode: Opcode, ty: Type, aux: u8, w0: u32, w1: u32, imm: i64) -> InstData {
        InstData::raw(opcode, ty, aux, [w0, w1, imm as u32, (imm as u64 >> 32) as u32])
    }

    /// An instruction without operands.
    pub fn nullary(opcode: Opcode, ty: Type) -> InstData {
        InstData::raw(opcode, ty, 0, [0; 4])
    }

    /// `iconst`.
    pub fn iconst(ty: Type, imm: i64) -> InstData {
        InstData::with_imm(Opcode::Iconst, ty, 0, 0, 0, imm)
    }

    /// `fconst` from the bit pattern.
    pub fn fconst(ty: Type, bits: u64) -> InstData {
        InstData::with_imm(Opcode::Fconst, ty, 0, 0, 0, bits as i64)
    }

    /// `const`.
    pub fn pool_const(ty: Type, constant: Constant) -> InstData {
        InstData::raw(Opcode::Const, ty, 0, [constant.0, 0, 0, 0])
    }

    /// `addr`.
    pub fn addr(symbol: Symbol, offset: i64) -> InstData {
        InstData::with_imm(Opcode::Addr, Type::NONE, 0, symbol.0, 0, offset)
    }

    /// `slot_addr`.
    pub fn slot_addr(slot: StackSlot, offset: i64) -> InstData {
        InstData::with_imm(Opcode::SlotAddr, Type::NONE, 0, slot.0, 0, offset)
    }

    /// `lifetime_start`, `lifetime_end`.
    pub fn slot(opcode: Opcode, slot: StackSlot) -> InstData {
        InstData::raw(opcode, Type::NONE, 0, [slot.0, 0, 0, 0])
    }

    /// `block_addr`.
    pub fn block_addr(block: Block) -> InstData {
        InstData::raw(Opcode::BlockAddr, Type::NONE, 0, [block.0, 0, 0, 0])
    }

    /// A one-operand instruction ([`Format::Unary`], [`Format::Convert`], [`Format::Address`]).
    pub fn unary(opcode: Opcode, ty: Type, arg: Value) -> InstData {
        InstData::raw(opcode, ty, 0, [arg.0, 0, 0, 0])
    }

    /// A two-operand instruction ([`Format::Binary`], [`Format::PtrAdd`], [`Format::TwoAddresses`],
    /// [`Format::Resume`]); `promises` are `NSW | NUW`, `EXACT`, `IN_BOUNDS` or fast-math flags.
    pub fn binary(opcode: Opcode, ty: Type, promises: u8, a: Value, b: Value) -> InstData {
        InstData::raw(opcode, ty, promises, [a.0, b.0, 0, 0])
    }

    /// A value and an immediate ([`Format::BinaryImm`], [`Format::PtrAddImm`]).
    pub fn binary_imm(opcode: Opcode, ty: Type, promises: u8, a: Value, imm: i64) -> InstData {
        InstData::with_imm(opcode, ty, promises, a.0, 0, imm)
    }

    /// A three-operand instruction ([`Format::Ternary`], [`Format::BinaryCarry`], [`Format::Select`]).
    pub fn ternary(opcode: Opcode, ty: Type, promises: u8, args: [Value; 3]) -> InstData {
        InstData::raw(opcode, ty, promises, [args[0].0, args[1].0, args[2].0, 0])
    }

    /// `icmp`; `ty` is the operands' type.
    pub fn icmp(ty: Type, cond: IntCond, a: Value, b: Value) -> InstData {
        InstData::raw(Opcode::Icmp, ty, cond as u8, [a.0, b.0, 0, 0])
    }

    /// `icmp_imm`.
    pub fn icmp_imm(ty: Type, cond: IntCond, a: Value, imm: i64) -> InstData {
        InstData::with_imm(Opcode::IcmpImm, ty, cond as u8, a.0, 0, imm)
    }

    /// `fcmp`.
    pub fn fcmp(ty: Type, cond: FloatCond, a: Value, b: Value) -> InstData {
        InstData::raw(Opcode::Fcmp, ty, cond as u8, [a.0, b.0, 0, 0])
    }

    /// `load`, `va_arg`.
    pub fn load(opcode: Opcode, ty: Type, addr: Value, offset: i32, flags: MemFlags) -> InstData {
        InstData::raw(opcode, ty, 0, [addr.0, 0, offset as u32, flags.bits()])
    }

    /// `store`.
    pub fn store(ty: Type, value: Value, addr: Value, offset: i32, flags: MemFlags) -> InstData {
        InstData::raw(Opcode::Store, ty, 0, [value.0, addr.0, offset as u32, flags.bits()])
    }

    /// `atomic_rmw`.
    pub fn atomic_rmw(ty: Type, op: AtomicOp, addr: Value, value: Value, flags: MemFlags) -> InstData {
        InstData::raw(Opcode::AtomicRmw, ty, op as u8, [addr.0, value.0, 0, flags.bits()])
    }

    /// `atomic_cas`: address, expected, new.
    pub fn atomic_cas(ty: Type, args: [Value; 3], flags: MemFlags) -> InstData {
        InstData::raw(Opcode::AtomicCas, ty, 0, [args[0].0, args[1].0, args[2].0, flags.bits()])
    }

    /// `fence`, `compiler_fence`.
    pub fn fence(opcode: Opcode, ordering: Ordering) -> InstData {
        InstData::raw(opcode, Type::NONE, ordering as u8, [0; 4])
    }

    /// `memcpy`, `memmove`, `memset`: destination, source or byte, length.
    pub fn memory_block(opcode: Opcode, args: [Value; 3], flags: MemFlags) -> InstData {
        InstData::raw(opcode, Type::NONE, 0, [args[0].0, args[1].0, args[2].0, flags.bits()])
    }

    /// `prefetch`.
    pub fn prefetch(addr: Value, write: bool, locality: u8) -> InstData {
        InstData::raw(Opcode::Prefetch, Type::NONE, 0, [addr.0, 0, u32::from(write), u32::from(locality)])
    }

    /// `stack_alloc`; `align` in bytes.
    pub fn stack_alloc(size: Value, align: u32) -> InstData {
        InstData::raw(Opcode::StackAlloc, Type::NONE, 0, [size.0, 0, align, 0])
    }

    /// `va_arg_aggregate`.
    pub fn va_arg_aggregate(list: Value, destination: Value, aggregate: Aggregate) -> InstData {
        InstData::raw(Opcode::VaArgAggregate, Type::NONE, 0, [list.0, destination.0, aggregate.0, 0])
    }

    /// `frame_address`, `return_address`.
    pub fn depth(opcode: Opcode, depth: u32) -> InstData {
        InstData::raw(opcode, Type::NONE, 0, [depth, 0, 0, 0])
    }

    /// `jump`.
    pub fn jump(target: BlockCall) -> InstData {
        InstData::raw(Opcode::Jump, Type::NONE, 0, [target.0, 0, 0, 0])
    }

    /// `br`.
    pub fn branch(cond: Value, likely: Likelihood, then: BlockCall, other: BlockCall) -> InstData {
        InstData::raw(Opcode::Branch, Type::NONE, likely as u8, [cond.0, then.0, other.0, 0])
    }

    /// `switch`.
    pub fn switch(ty: Type, value: Value, table: Switch) -> InstData {
        InstData::raw(Opcode::Switch, ty, 0, [value.0, table.0, 0, 0])
    }

    /// `indirect_jump`; `blocks` is a switch table without cases whose `targets` list the blocks.
    pub fn indirect_jump(addr: Value, targets: Switch) -> InstData {
        InstData::raw(Opcode::IndirectJump, Type::NONE, 0, [addr.0, targets.0, 0, 0])
    }

    /// `return`.
    pub fn ret(values: ValueList) -> InstData {
        InstData::raw(Opcode::Return, Type::NONE, 0, [values.0, 0, 0, 0])
    }

    /// `call`, `tail_call`.
    pub fn call(opcode: Opcode, args: ValueList, signature: SigRef, callee: Symbol) -> InstData {
        InstData::raw(opcode, Type::NONE, 0, [args.0, signature.0, callee.0, 0])
    }

    /// `call_indirect`, `tail_call_indirect`; the first value is the callee.
    pub fn call_indirect(opcode: Opcode, args: ValueList, signature: SigRef) -> InstData {
        InstData::raw(opcode, Type::NONE, 0, [args.0, signature.0, 0, 0])
    }

    /// `call_lib`.
    pub fn call_lib(args: ValueList, signature: SigRef, callee: LibCall) -> InstData {
        InstData::raw(Opcode::CallLib, Type::NONE, callee as u8, [args.0, signature.0, 0, 0])
    }

    /// `invoke`, `invoke_indirect`; `targets` is a switch table whose `targets` are normal, unwind.
    pub fn invoke(opcode: Opcode, args: ValueList, sig: SigRef, callee: Symbol, targets: Switch) -> InstData {
        InstData::raw(opcode, Type::NONE, 0, [args.0, sig.0, callee.0, targets.0])
    }

    /// `landing_pad`.
    pub fn landing_pad(pad: LandingPad) -> InstData {
        InstData::raw(Opcode::LandingPad, Type::NONE, 0, [pad.0, 0, 0, 0])
    }

    /// `asm`.
    pub fn asm(args: ValueList, asm: AsmRef) -> InstData {
        InstData::raw(Opcode::Asm, Type::NONE, 0, [args.0, asm.0, 0, 0])
    }

    /// `asm_goto`; `targets` is a switch table whose `targets` are the fall-through, then the labels.
    pub fn asm_goto(args: ValueList, asm: AsmRef, targets: Switch) -> InstData {
        InstData::raw(Opcode::AsmGoto, Type::NONE, 0, [args.0, asm.0, 0, targets.0])
    }

    /// `trap`.
    pub fn trap(code: TrapCode) -> InstData {
        InstData::raw(Opcode::Trap, Type::NONE, code as u8, [0; 4])
    }

    /// `trap_if`.
    pub fn trap_if(cond: Value, code: TrapCode) -> InstData {
        InstData::raw(Opcode::TrapIf, Type::NONE, code as u8, [cond.0, 0, 0, 0])
    }

    /// `shuffle`.
    pub fn shuffle(ty: Type, a: Value, b: Value, mask: Constant) -> InstData {
        InstData::raw(Opcode::Shuffle, ty, 0, [a.0, b.0, mask.0, 0])
    }

    /// `extract_lane`; `ty` is the vector's.
    pub fn extract_lane(ty: Type, vector: Value, lane: u32) -> InstData {
        InstData::raw(Opcode::ExtractLane, ty, 0, [vector.0, 0, lane, 0])
    }

    /// `insert_lane`.
    pub fn insert_lane(ty: Type, vector: Value, scalar: Value, lane: u32) -> InstData {
        InstData::raw(Opcode::InsertLane, ty, 0, [vector.0, scalar.0, lane, 0])
    }

    /// `debug_value`.
    pub fn debug_value(value: Value, variable: DebugVariable) -> InstData {
        InstData::raw(Opcode::DebugValue, Type::NONE, 0, [value.0, 0, variable.0, 0])
    }

    /// `debug_slot`.
    pub fn debug_slot(slot: StackSlot, variable: DebugVariable) -> InstData {
        InstData::raw(Opcode::DebugSlot, Type::NONE, 0, [slot.0, 0, variable.0, 0])
    }

    /// The operation.
    #[inline]
    pub fn opcode(&self) -> Opcode {
        self.opcode
    }

    /// The controlling type.
    #[inline]
    pub fn ty(&self) -> Type {
        self.ty
    }

    /// The same operation on another controlling type; the results' types are the caller's to change.
    #[must_use]
    pub fn with_ty(mut self, ty: Type) -> InstData {
        self.ty = ty;
        self
    }

    /// Promises (`NSW`, `EXACT`, fast-math …) or the enumeration that the format stores here.
    #[inline]
    pub fn aux(&self) -> u8 {
        self.aux
    }

    /// Replaces the promises.
    pub fn set_aux(&mut self, aux: u8) {
        self.aux = aux;
    }

    /// Replaces the operation, keeping type and operands (`iadd` → `isub`, `icmp` stays `icmp`).
    /// The new opcode must have the same format.
    pub fn set_opcode(&mut self, opcode: Opcode) {
        debug_assert_eq!(opcode.format(), self.opcode.format(), "formats differ");
        self.opcode = opcode;
    }

    /// The inline values; empty when they are in a list ([`InstData::value_list`]).
    #[inline]
    pub fn inline_args(&self) -> &[Value] {
        &self.words[..inline_values(self.opcode, self.opcode.format()).unwrap_or(0)]
    }

    /// The inline values, mutable.
    #[inline]
    pub fn inline_args_mut(&mut self) -> &mut [Value] {
        let count = inline_values(self.opcode, self.opcode.format()).unwrap_or(0);
        &mut self.words[..count]
    }

    /// The pooled values of calls, returns and inline assembly.
    #[inline]
    pub fn value_list(&self) -> Option<ValueList> {
        match inline_values(self.opcode, self.opcode.format()) {
            None => Some(ValueList(self.words[0].0)),
            Some(_) => None,
        }
    }

    /// Replaces the pooled values.
    pub fn set_value_list(&mut self, list: ValueList) {
        debug_assert!(self.value_list().is_some(), "{} has no list", self.opcode);
        self.words[0] = Value(list.0);
    }

    /// The 64-bit immediate of constants, `…_imm` and address formats.
    #[inline]
    pub fn imm(&self) -> i64 {
        (u64::from(self.words[2].0) | u64::from(self.words[3].0) << 32) as i64
    }

    /// Replaces the 64-bit immediate.
    pub fn set_imm(&mut self, imm: i64) {
        self.words[2] = Value(imm as u32);
        self.words[3] = Value((imm as u64 >> 32) as u32);
    }

    /// The byte offset of `load` and `store`.
    #[inline]
    pub fn offset(&self) -> i32 {
        self.words[2].0 as i32
    }

    /// Replaces the byte offset of `load` and `store`.
    pub fn set_offset(&mut self, offset: i32) {
        self.words[2] = Value(offset as u32);
    }

    /// The memory flags.
    #[inline]
    pub fn mem_flags(&self) -> MemFlags {
        MemFlags::from_bits(self.words[3].0)
    }

    /// Replaces the memory flags.
    pub fn set_mem_flags(&mut self, flags: MemFlags) {
        self.words[3] = Value(flags.bits());
    }

    /// The constant of `const`, or the lane numbers of `shuffle`.
    pub fn constant(&self) -> Constant {
        Constant(if self.opcode == Opcode::Shuffle { self.words[2].0 } else { self.words[0].0 })
    }

    /// Replaces the constant of `const`, or the lane numbers of `shuffle`.
    pub fn set_constant(&mut self, constant: Constant) {
        let word = if self.opcode == Opcode::Shuffle { 2 } else { 0 };
        self.words[word] = Value(constant.0);
    }

    /// The symbol of `addr`, `call`, `tail_call`, `invoke`.
    #[inline]
    pub fn symbol(&self) -> Symbol {
        Symbol(if self.opcode == Opcode::Addr { self.words[0].0 } else { self.words[2].0 })
    }

    /// Replaces the symbol of `addr`, `call`, `tail_call`, `invoke`.
    pub fn set_symbol(&mut self, symbol: Symbol) {
        let word = if self.opcode == Opcode::Addr { 0 } else { 2 };
        self.words[word] = Value(symbol.0);
    }

    /// The slot of `slot_addr`, `lifetime_*`, `debug_slot`.
    #[inline]
    pub fn stack_slot(&self) -> StackSlot {
        StackSlot(self.words[0].0)
    }

    /// Replaces the slot of `slot_addr`, `lifetime_*`, `debug_slot`.
    pub fn set_stack_slot(&mut self, slot: StackSlot) {
        self.words[0] = Value(slot.0);
    }

    /// The block of `block_addr`.
    pub fn block(&self) -> Block {
        Block(self.words[0].0)
    }

    /// Replaces the block of `block_addr`.
    pub fn set_block(&mut self, block: Block) {
        self.words[0] = Value(block.0);
    }

    /// The two targets of `br` (then, else) or the one of `jump`, in order.
    #[inline]
    pub fn direct_targets(&self) -> [Option<BlockCall>; 2] {
        match self.opcode {
            Opcode::Jump => [Some(BlockCall(self.words[0].0)), None],
            Opcode::Branch => [Some(BlockCall(self.words[1].0)), Some(BlockCall(self.words[2].0))],
            _ => [None, None],
        }
    }

    /// The table of `switch`, `indirect_jump`, `invoke*`, `asm_goto`.
    #[inline]
    pub fn switch_table(&self) -> Option<Switch> {
        match self.opcode.format() {
            Format::Switch | Format::IndirectJump => Some(Switch(self.words[1].0)),
            Format::Invoke | Format::InvokeIndirect | Format::AsmGoto => Some(Switch(self.words[3].0)),
            _ => None,
        }
    }

    /// The signature of a call.
    #[inline]
    pub fn signature(&self) -> SigRef {
        debug_assert!(self.opcode.is_call());
        SigRef(self.words[1].0)
    }

    /// Replaces the signature of a call.
    pub fn set_signature(&mut self, signature: SigRef) {
        debug_assert!(self.opcode.is_call());
        self.words[1] = Value(signature.0);
    }

    /// Replaces the statement of `asm`, `asm_goto`.
    pub fn set_asm_ref(&mut self, asm: AsmRef) {
        self.words[1] = Value(asm.0);
    }

    /// The routine of `call_lib`.
    pub fn libcall(&self) -> LibCall {
        LibCall::from_u8(self.aux).expect("call_lib holds a routine")
    }

    /// The clauses of `landing_pad`.
    pub fn pad(&self) -> LandingPad {
        LandingPad(self.words[0].0)
    }

    /// The statement of `asm`, `asm_goto`.
    pub fn asm_ref(&self) -> AsmRef {
        AsmRef(self.words[1].0)
    }

    /// The aggregate of `va_arg_aggregate`.
    pub fn aggregate(&self) -> Aggregate {
        Aggregate(self.words[2].0)
    }

    /// The depth of `frame_address`, `return_address`.
    pub fn frame_depth(&self) -> u32 {
        self.words[0].0
    }

    /// The alignment of `stack_alloc` in bytes.
    pub fn alloc_align(&self) -> u32 {
        self.words[2].0
    }

    /// The lane of `extract_lane`, `insert_lane`.
    pub fn lane(&self) -> u32 {
        self.words[2].0
    }

    /// Write and locality of `prefetch`.
    pub fn prefetch_hint(&self) -> (bool, u8) {
        (self.words[2].0 != 0, self.words[3].0 as u8)
    }

    /// The variable of `debug_value`, `debug_slot`.
    pub fn debug_variable(&self) -> DebugVariable {
        DebugVariable(self.words[2].0)
    }

    /// The condition of `icmp`, `icmp_imm`.
    #[inline]
    pub fn int_cond(&self) -> IntCond {
        IntCond::from_u8(self.aux).expect("integer comparison holds a condition")
    }

    /// The condition of `fcmp`.
    #[inline]
    pub fn float_cond(&self) -> FloatCond {
        FloatCond::from_u8(self.aux).expect("float comparison holds a condition")
    }

    /// The operation of `atomic_rmw`.
    pub fn atomic_op(&self) -> AtomicOp {
        AtomicOp::from_u8(self.aux).expect("atomic_rmw holds an operation")
    }

    /// The ordering of `fence`.
    pub fn fence_ordering(&self) -> Ordering {
        Ordering::from_u8(self.aux).expect("fence holds an ordering")
    }

    /// The code of `trap`, `trap_if`.
    pub fn trap_code(&self) -> TrapCode {
        TrapCode::from_u8(self.aux).expect("trap holds a code")
    }

    /// The likelihood of `br`.
    pub fn likelihood(&self) -> Likelihood {
        Likelihood::from_u8(self.aux).expect("br holds a likelihood")
    }
}

//! Building functions: one method per instruction shape, typed and cheap.
//!
//! ```
//! use lathe_ir::*;
//! let mut module = Module::new("demo", lathe_target::Target::from_triple("x86_64-linux-gnu").unwrap());
//! let symbol = module.symbol("add");
//! let mut function = Function::new(symbol, Signature::new(&[Type::I32, Type::I32], &[Type::I32]));
//! let entry = function.create_entry();
//! let mut b = FunctionBuilder::at_end(&mut function, entry);
//! let (x, y) = (b.param(0), b.param(1));
//! let sum = b.iadd(x, y);
//! b.ret(&[sum]);
//! module.define_function(function);
//! ```

use crate::condition::*;
use crate::entity::*;
use crate::function::{Function, SwitchData};
use crate::inline_asm::AsmData;
use crate::instruction::InstData;
use crate::libcall::LibCall;
use crate::memory::MemFlags;
use crate::opcode::Opcode;
use crate::signature::Signature;
use crate::types::Type;
use lathe_diag::Loc;
use smallvec::SmallVec;
use std::sync::Arc;

/// Appends instructions to one block of a function.
pub struct FunctionBuilder<'f> {
    /// The function under construction.
    pub func: &'f mut Function,
    block: Block,
    loc: Loc,
}

macro_rules! unary_methods {
    ($($name:ident $opcode:ident;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`; see [`Opcode::", stringify!($opcode), "`].")]
        pub fn $name(&mut self, a: Value) -> Value {
            let ty = self.func.ty(a);
            self.value(InstData::unary(Opcode::$opcode, ty, a))
        }
    )*};
}

macro_rules! binary_methods {
    ($($name:ident $opcode:ident;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`; see [`Opcode::", stringify!($opcode), "`].")]
        pub fn $name(&mut self, a: Value, b: Value) -> Value {
            let ty = self.func.ty(a);
            self.value(InstData::binary(Opcode::$opcode, ty, 0, a, b))
        }
    )*};
}

macro_rules! imm_methods {
    ($($name:ident $opcode:ident;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`; see [`Opcode::", stringify!($opcode), "`].")]
        pub fn $name(&mut self, a: Value, imm: i64) -> Value {
            let ty = self.func.ty(a);
            self.value(InstData::binary_imm(Opcode::$opcode, ty, 0, a, imm))
        }
    )*};
}

macro_rules! convert_methods {
    ($($name:ident $opcode:ident;)*) => {$(
        #[doc = concat!("`", stringify!($name), "` to `ty`; see [`Opcode::", stringify!($opcode), "`].")]
        pub fn $name(&mut self, ty: Type, a: Value) -> Value {
            self.value(InstData::unary(Opcode::$opcode, ty, a))
        }
    )*};
}

macro_rules! pair_methods {
    ($($name:ident $opcode:ident;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`: result and flag; see [`Opcode::", stringify!($opcode), "`].")]
        pub fn $name(&mut self, a: Value, b: Value) -> (Value, Value) {
            let ty = self.func.ty(a);
            self.pair(InstData::binary(Opcode::$opcode, ty, 0, a, b))
        }
    )*};
}

impl<'f> FunctionBuilder<'f> {
    /// A builder that appends to `block`.
    pub fn at_end(func: &'f mut Function, block: Block) -> FunctionBuilder<'f> {
        FunctionBuilder { func, block, loc: Loc::NONE }
    }

    /// The block under construction.
    pub fn block(&self) -> Block {
        self.block
    }

    /// Goes on at the end of another block.
    pub fn switch_to(&mut self, block: Block) {
        self.block = block;
    }

    /// A new block, added to the layout.
    pub fn create_block(&mut self) -> Block {
        let block = self.func.create_block();
        self.func.append_block(block);
        block
    }

    /// Parameter `index` of the block under construction.
    pub fn param(&self, index: usize) -> Value {
        self.func.blocks[self.block].params[index]
    }

    /// Source position of the instructions to come.
    pub fn set_loc(&mut self, loc: Loc) {
        self.loc = loc;
    }

    /// Source position of the instructions to come.
    pub fn loc(&self) -> Loc {
        self.loc
    }

    /// Whether the block already ends in a terminator.
    pub fn is_terminated(&self) -> bool {
        self.func.terminator(self.block).is_some()
    }

    /// Appends any instruction.
    pub fn inst(&mut self, data: InstData) -> Inst {
        self.func.append_inst(self.block, data, self.loc)
    }

    /// Appends an instruction with one result.
    pub fn value(&mut self, data: InstData) -> Value {
        let inst = self.inst(data);
        self.func.result(inst).expect("the instruction has a result")
    }

    fn pair(&mut self, data: InstData) -> (Value, Value) {
        let inst = self.inst(data);
        let mut results = self.func.results(inst);
        (results.next().expect("first of two results"), results.next().expect("second of two results"))
    }

    unary_methods! {
        ineg Ineg; iabs Iabs; inot Inot; clz Clz; ctz Ctz; popcnt Popcnt; bswap Bswap; bitrev Bitrev;
        fneg Fneg; fabs Fabs; fsqrt Fsqrt; fceil Fceil; ffloor Ffloor; ftrunc Ftrunc; fnearest Fnearest;
        lane_mask LaneMask;
    }

    binary_methods! {
        iadd Iadd; isub Isub; imul Imul; umulhi Umulhi; smulhi Smulhi; udiv Udiv; sdiv Sdiv; urem Urem;
        srem Srem; smin Smin; smax Smax; umin Umin; umax Umax; uadd_sat UaddSat; sadd_sat SaddSat;
        usub_sat UsubSat; ssub_sat SsubSat; iand Iand; ior Ior; ixor Ixor; shl Shl; lshr Lshr; ashr Ashr;
        rotl Rotl; rotr Rotr; fadd Fadd; fsub Fsub; fmul Fmul; fdiv Fdiv; frem Frem; fcopysign Fcopysign;
        fmin Fmin; fmax Fmax;
    }

    imm_methods! {
        iadd_imm IaddImm; imul_imm ImulImm; iand_imm IandImm; ior_imm IorImm; ixor_imm IxorImm;
        shl_imm ShlImm; lshr_imm LshrImm; ashr_imm AshrImm;
    }

    convert_methods! {
        zext Zext; sext Sext; trunc Trunc; bitcast Bitcast; ptr_to_int PtrToInt; fpext Fpext;
        fptrunc Fptrunc; sitofp Sitofp; uitofp Uitofp; fptosi Fptosi; fptoui Fptoui; fptosi_sat FptosiSat;
        fptoui_sat FptouiSat; splat Splat;
    }

    pair_methods! {
        uadd_overflow UaddOverflow; sadd_overflow SaddOverflow; usub_overflow UsubOverflow;
        ssub_overflow SsubOverflow; umul_overflow UmulOverflow; smul_overflow SmulOverflow;
    }

    /// A two-operand instruction with promises (`nsw`, `exact`, fast-math).
    pub fn binary(&mut self, opcode: Opcode, promises: u8, a: Value, b: Value) -> Value {
        let ty = self.func.ty(a);
        self.value(InstData::binary(opcode, ty, promises, a, b))
    }

    /// `int_to_ptr`.
    pub fn int_to_ptr(&mut self, a: Value) -> Value {
        self.value(InstData::unary(Opcode::IntToPtr, Type::PTR, a))
    }

    /// `iconst`.
    pub fn iconst(&mut self, ty: Type, imm: i64) -> Value {
        self.value(InstData::iconst(ty, imm))
    }

    /// An integer constant of any width.
    pub fn iconst128(&mut self, ty: Type, imm: i128) -> Value {
        match i64::try_from(imm) {
            Ok(imm) => self.iconst(ty, imm),
            Err(_) if ty == Type::I128 => self.constant(ty, &imm.to_le_bytes()),
            Err(_) => self.iconst(ty, imm as i64),
        }
    }

    /// `fconst.f32`.
    pub fn f32const(&mut self, value: f32) -> Value {
        self.value(InstData::fconst(Type::F32, u64::from(value.to_bits())))
    }

    /// `fconst.f64`.
    pub fn f64const(&mut self, value: f64) -> Value {
        self.value(InstData::fconst(Type::F64, value.to_bits()))
    }

    /// `const` of any type from its little-endian bytes.
    pub fn constant(&mut self, ty: Type, bytes: &[u8]) -> Value {
        let constant = self.func.constants.push(bytes.into());
        self.value(InstData::pool_const(ty, constant))
    }

    /// `undef`.
    pub fn undef(&mut self, ty: Type) -> Value {
        self.value(InstData::nullary(Opcode::Undef, ty))
    }

    /// `addr`.
    pub fn addr(&mut self, symbol: Symbol, offset: i64) -> Value {
        self.value(InstData::addr(symbol, offset))
    }

    /// `slot_addr`.
    pub fn slot_addr(&mut self, slot: StackSlot, offset: i64) -> Value {
        self.value(InstData::slot_addr(slot, offset))
    }

    /// `block_addr`.
    pub fn block_addr(&mut self, block: Block) -> Value {
        self.value(InstData::block_addr(block))
    }

    /// `icmp`.
    pub fn icmp(&mut self, cond: IntCond, a: Value, b: Value) -> Value {
        let ty = self.func.ty(a);
        self.value(InstData::icmp(ty, cond, a, b))
    }

    /// `icmp_imm`.
    pub fn icmp_imm(&mut self, cond: IntCond, a: Value, imm: i64) -> Value {
        let ty = self.func.ty(a);
        self.value(InstData::icmp_imm(ty, cond, a, imm))
    }

    /// `fcmp`.
    pub fn fcmp(&mut self, cond: FloatCond, a: Value, b: Value) -> Value {
        let ty = self.func.ty(a);
        self.value(InstData::fcmp(ty, cond, a, b))
    }

    /// `select`.
    pub fn select(&mut self, cond: Value, a: Value, b: Value) -> Value {
        let ty = self.func.ty(a);
        self.value(InstData::ternary(Opcode::Select, ty, 0, [cond, a, b]))
    }

    /// `fma`.
    pub fn fma(&mut self, a: Value, b: Value, c: Value) -> Value {
        let ty = self.func.ty(a);
        self.value(InstData::ternary(Opcode::Fma, ty, 0, [a, b, c]))
    }

    /// `uadd_carry` or `usub_borrow`.
    pub fn carry(&mut self, opcode: Opcode, a: Value, b: Value, carry: Value) -> (Value, Value) {
        let ty = self.func.ty(a);
        self.pair(InstData::ternary(opcode, ty, 0, [a, b, carry]))
    }

    /// `ptr_add`.
    pub fn ptr_add(&mut self, base: Value, bytes: Value) -> Value {
        self.value(InstData::binary(Opcode::PtrAdd, Type::NONE, 0, base, bytes))
    }

    /// `ptr_add_imm`; the base itself for 0.
    pub fn ptr_add_imm(&mut self, base: Value, bytes: i64) -> Value {
        if bytes == 0 {
            return base;
        }
        self.value(InstData::binary_imm(Opcode::PtrAddImm, Type::NONE, 0, base, bytes))
    }

    /// `load`.
    pub fn load(&mut self, ty: Type, addr: Value, offset: i32, flags: MemFlags) -> Value {
        self.value(InstData::load(Opcode::Load, ty, addr, offset, flags))
    }

    /// `store`.
    pub fn store(&mut self, value: Value, addr: Value, offset: i32, flags: MemFlags) -> Inst {
        let ty = self.func.ty(value);
        self.inst(InstData::store(ty, value, addr, offset, flags))
    }

    /// `atomic_rmw`: gives the old value.
    pub fn atomic_rmw(&mut self, op: AtomicOp, addr: Value, value: Value, flags: MemFlags) -> Value {
        let ty = self.func.ty(value);
        self.value(InstData::atomic_rmw(ty, op, addr, value, flags))
    }

    /// `atomic_cas`: gives the old value and whether it wrote.
    pub fn atomic_cas(
        &mut self,
        addr: Value,
        expected: Value,
        new: Value,
        flags: MemFlags,
    ) -> (Value, Value) {
        let ty = self.func.ty(new);
        self.pair(InstData::atomic_cas(ty, [addr, expected, new], flags))
    }

    /// `fence`.
    pub fn fence(&mut self, ordering: Ordering) -> Inst {
        self.inst(InstData::fence(Opcode::Fence, ordering))
    }

    /// `memcpy`.
    pub fn memcpy(&mut self, to: Value, from: Value, len: Value, flags: MemFlags) -> Inst {
        self.inst(InstData::memory_block(Opcode::Memcpy, [to, from, len], flags))
    }

    /// `memmove`.
    pub fn memmove(&mut self, to: Value, from: Value, len: Value, flags: MemFlags) -> Inst {
        self.inst(InstData::memory_block(Opcode::Memmove, [to, from, len], flags))
    }

    /// `memset`.
    pub fn memset(&mut self, to: Value, byte: Value, len: Value, flags: MemFlags) -> Inst {
        self.inst(InstData::memory_block(Opcode::Memset, [to, byte, len], flags))
    }

    /// `stack_alloc`.
    pub fn stack_alloc(&mut self, size: Value, align: u32) -> Value {
        self.value(InstData::stack_alloc(size, align))
    }

    /// `stack_save`.
    pub fn stack_save(&mut self) -> Value {
        self.value(InstData::nullary(Opcode::StackSave, Type::NONE))
    }

    /// An instruction of one address: `stack_restore`, `va_start`, `va_end`.
    pub fn address(&mut self, opcode: Opcode, addr: Value) -> Inst {
        self.inst(InstData::unary(opcode, Type::NONE, addr))
    }

    /// `va_copy`.
    pub fn va_copy(&mut self, to: Value, from: Value) -> Inst {
        self.inst(InstData::binary(Opcode::VaCopy, Type::NONE, 0, to, from))
    }

    /// `va_arg`.
    pub fn va_arg(&mut self, ty: Type, list: Value) -> Value {
        self.value(InstData::load(Opcode::VaArg, ty, list, 0, MemFlags::NONE))
    }

    /// `call`. For a function that returns an aggregate, `args` starts with the address for it.
    pub fn call(&mut self, callee: Symbol, signature: SigRef, args: &[Value]) -> Inst {
        let list = self.func.make_list(args);
        self.inst(InstData::call(Opcode::Call, list, signature, callee))
    }

    /// `call_indirect`.
    pub fn call_indirect(&mut self, callee: Value, signature: SigRef, args: &[Value]) -> Inst {
        let mut values: SmallVec<[Value; 8]> = SmallVec::new();
        values.push(callee);
        values.extend_from_slice(args);
        let list = self.func.make_list(&values);
        self.inst(InstData::call_indirect(Opcode::CallIndirect, list, signature))
    }

    /// `call_lib`.
    pub fn call_lib(&mut self, callee: LibCall, signature: Signature, args: &[Value]) -> Inst {
        let signature = self.func.import_signature(Arc::new(signature));
        let list = self.func.make_list(args);
        self.inst(InstData::call_lib(list, signature, callee))
    }

    /// `asm`.
    pub fn asm(&mut self, asm: AsmData, args: &[Value]) -> Inst {
        let asm = self.func.asms.push(asm);
        let list = self.func.make_list(args);
        self.inst(InstData::asm(list, asm))
    }

    /// `asm_goto`; `fallthrough` first, then the labels.
    pub fn asm_goto(&mut self, asm: AsmData, args: &[Value], targets: &[Block]) -> Inst {
        let asm = self.func.asms.push(asm);
        let list = self.func.make_list(args);
        let targets = targets.iter().map(|b| self.func.make_block_call(*b, &[])).collect();
        let table = self.func.switches.push(SwitchData { cases: Vec::new(), targets });
        self.inst(InstData::asm_goto(list, asm, table))
    }

    /// `extract_lane`.
    pub fn extract_lane(&mut self, vector: Value, lane: u32) -> Value {
        let ty = self.func.ty(vector);
        self.value(InstData::extract_lane(ty, vector, lane))
    }

    /// `insert_lane`.
    pub fn insert_lane(&mut self, vector: Value, scalar: Value, lane: u32) -> Value {
        let ty = self.func.ty(vector);
        self.value(InstData::insert_lane(ty, vector, scalar, lane))
    }

    /// `jump`.
    pub fn jump(&mut self, block: Block, args: &[Value]) -> Inst {
        let target = self.func.make_block_call(block, args);
        self.inst(InstData::jump(target))
    }

    /// `br`.
    pub fn branch(
        &mut self,
        cond: Value,
        then: Block,
        then_args: &[Value],
        other: Block,
        other_args: &[Value],
    ) -> Inst {
        self.branch_likely(cond, Likelihood::Unknown, then, then_args, other, other_args)
    }

    /// `br` with a likelihood.
    pub fn branch_likely(
        &mut self,
        cond: Value,
        likely: Likelihood,
        then: Block,
        then_args: &[Value],
        other: Block,
        other_args: &[Value],
    ) -> Inst {
        let then = self.func.make_block_call(then, then_args);
        let other = self.func.make_block_call(other, other_args);
        self.inst(InstData::branch(cond, likely, then, other))
    }

    /// `switch` to blocks without parameters.
    pub fn switch(&mut self, value: Value, default: Block, cases: &[(i128, Block)]) -> Inst {
        let ty = self.func.ty(value);
        let targets = vec![self.func.make_block_call(default, &[])];
        let cases = cases.iter().map(|(n, b)| (*n, self.func.make_block_call(*b, &[]))).collect();
        let table = self.func.switches.push(SwitchData { cases, targets });
        self.inst(InstData::switch(ty, value, table))
    }

    /// `indirect_jump`.
    pub fn indirect_jump(&mut self, addr: Value, blocks: &[Block]) -> Inst {
        let targets = blocks.iter().map(|b| self.func.make_block_call(*b, &[])).collect();
        let table = self.func.switches.push(SwitchData { cases: Vec::new(), targets });
        self.inst(InstData::indirect_jump(addr, table))
    }

    /// `return`.
    pub fn ret(&mut self, values: &[Value]) -> Inst {
        let list = self.func.make_list(values);
        self.inst(InstData::ret(list))
    }

    /// `trap`.
    pub fn trap(&mut self, code: TrapCode) -> Inst {
        self.inst(InstData::trap(code))
    }

    /// `unreachable`.
    pub fn unreachable(&mut self) -> Inst {
        self.inst(InstData::nullary(Opcode::Unreachable, Type::NONE))
    }
}

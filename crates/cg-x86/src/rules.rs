//! [`Rules`] for x86: which module selects which opcode.

use crate::operands::*;
use crate::target::X86Codegen;
use lathe_ir::inline_asm::AsmData;
use lathe_ir::{AtomicOp, CallConv, Function, Inst, Opcode, Symbol, Type, Value};
use lathe_isa::{PhysReg, RegSet};
use lathe_isa_x86::rows as x;
use lathe_mach::abi::AbiTable;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::{Bank, MachSymbol};
use lathe_mach::select::asm::Constraint;
use lathe_mach::select::{Address, CallTarget, Rules, Selector};
use lathe_mach::{MachMem, MachOperand, VReg};
use lathe_target::Target;

impl Rules for X86Codegen {
    fn abi(&self, convention: CallConv) -> Result<&'static AbiTable, CodegenError> {
        // The i386 conventions mean nothing on x86-64: gcc ignores them with a warning.
        Ok(if self.is_64() { &crate::abi::SYSTEM_V_64 } else { crate::abi_32::table(convention) })
    }

    fn select(&self, cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
        select(cx, inst)
    }

    fn materialize(&self, cx: &mut Selector<'_>, inst: Inst, to: VReg) -> Result<(), CodegenError> {
        crate::rules_symbol::materialize(cx, inst, to)
    }

    fn register_class(&self, ty: Type) -> Option<(Bank, u8)> {
        register_class(ty, self.word_bytes())
    }

    fn truncation_is_free(&self) -> bool {
        true
    }

    fn load(&self, cx: &mut Selector<'_>, ty: Type, to: VReg, mem: MachMem) {
        crate::rules_memory::load(cx, ty, to, mem, 1);
    }

    fn store(&self, cx: &mut Selector<'_>, ty: Type, from: VReg, mem: MachMem) {
        crate::rules_memory::store(cx, ty, from, mem, 1);
    }

    fn store_argument(&self, cx: &mut Selector<'_>, value: i64, mem: MachMem) -> bool {
        if self.is_64() {
            return false;
        }
        let mem = cx.mem_operand(mem);
        cx.op(x::MOVL, &[mem, imm(i64::from(value as i32))]);
        true
    }

    fn integer(&self, cx: &mut Selector<'_>, ty: Type, value: i64, to: VReg) {
        crate::rules_symbol::integer(cx, ty, value, to);
    }

    fn extend(&self, cx: &mut Selector<'_>, ty: Type, signed: bool, to: VReg, from: VReg) {
        crate::rules_convert::extend_to_32(cx, ty, signed, to, from);
    }

    fn join(&self, cx: &mut Selector<'_>, to: VReg, low: VReg, high: VReg, bits: u8) {
        let shifted = cx.temp(Type::PTR);
        cx.op(word(cx, SHL), &[tied(shifted, high, word_view(cx)), imm(i64::from(bits))]);
        cx.op(word(cx, OR), &[tied(to, shifted, word_view(cx)), reg_use(low, word_view(cx))]);
    }

    fn shift_right(&self, cx: &mut Selector<'_>, to: VReg, from: VReg, bits: u8) {
        cx.op(word(cx, SHR), &[tied(to, from, word_view(cx)), imm(i64::from(bits))]);
    }

    fn address_of(&self, cx: &mut Selector<'_>, to: VReg, mem: MachMem) {
        let mem = cx.mem_operand(mem);
        cx.op(word(cx, LEA), &[def(to, word_view(cx)), mem]);
    }

    fn mem(&self, cx: &mut Selector<'_>, address: &Address) -> MachMem {
        crate::rules_symbol::mem(cx, address)
    }

    fn is_direct(&self, cx: &Selector<'_>, symbol: Symbol) -> bool {
        crate::rules_symbol::is_direct(cx, symbol)
    }

    fn copy_block(&self, cx: &mut Selector<'_>, to: MachMem, from: MachMem, size: u32, overlap: bool) {
        crate::rules_memory::copy_block(cx, to, from, size, overlap);
    }

    fn fill_block(&self, cx: &mut Selector<'_>, to: MachMem, byte: Result<u8, VReg>, size: u32) {
        crate::rules_memory::fill_block(cx, to, byte, size);
    }

    fn inline_block_limit(&self, cx: &Selector<'_>) -> u32 {
        if cx.options.optimize_size { 32 } else { 128 }
    }

    fn x87_transfer(&self, cx: &mut Selector<'_>, mem: MachMem, is_load: bool) {
        let mem = cx.mem_operand(mem);
        cx.op(if is_load { x::FLDT } else { x::FSTPT }, &[mem]);
    }

    fn call(
        &self,
        cx: &mut Selector<'_>,
        target: CallTarget,
        operands: &[MachOperand],
        clobbers: RegSet,
        is_invoke: bool,
    ) {
        crate::rules_call::call(cx, target, operands, clobbers, is_invoke);
    }

    fn tail_jump(&self, cx: &mut Selector<'_>, target: CallTarget, operands: &[MachOperand]) {
        crate::rules_call::tail_jump(cx, target, operands);
    }

    fn branch(&self, cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
        crate::rules_compare::branch(cx, inst)
    }

    fn save_variadic(
        &self,
        cx: &mut Selector<'_>,
        entry: &mut Vec<MachOperand>,
    ) -> Vec<(PhysReg, VReg, MachMem)> {
        crate::rules_call::save_variadic(cx, entry)
    }

    fn has_vector(&self, target: &Target, func: &Function, inst: Inst) -> bool {
        crate::rules_vector::is_native(target, func, inst)
    }

    fn asm_constraints(
        &self,
        cx: &Selector<'_>,
        asm: &AsmData,
        inputs: &[Value],
    ) -> Result<Vec<Constraint>, CodegenError> {
        crate::asm_constraints::constraints(cx, asm, inputs)
    }

    fn asm_clobbers(&self, asm: &AsmData) -> Result<RegSet, CodegenError> {
        crate::asm_constraints::clobbers(asm)
    }

    fn asm_view(&self, ty: Type) -> u8 {
        if ty.is_int_or_ptr() {
            view_of(ty.lane_bits(8 * u32::from(self.word_bytes())) / 8)
        } else {
            VIEW_XMM
        }
    }

    fn set_condition(&self, cx: &mut Selector<'_>, code: u8, ty: Type, to: VReg) {
        let cond = x::Cond::ALL[usize::from(code & 15)];
        if bytes(cx, ty) == 1 {
            cx.op(x::setcc(cond), &[def(to, VIEW_8)]);
            return;
        }
        let bit = cx.temp(Type::I8);
        cx.op(x::setcc(cond), &[def(bit, VIEW_8)]);
        cx.op(x::MOVZBL, &[def(to, VIEW_32), reg_use(bit, VIEW_8)]);
    }

    fn x87_load(&self, cx: &mut Selector<'_>, mem: MachMem, ty: Type) {
        let mem = cx.mem_operand(mem);
        let row = match ty {
            Type::F32 => x::FLDS,
            Type::F64 => x::FLDL,
            _ => x::FLDT,
        };
        cx.op(row, &[mem]);
    }

    fn enter(&self, cx: &mut Selector<'_>) {
        if let Some(base) = cx.got_base {
            cx.op(GOT_BASE, &[def(base, VIEW_32)]);
        }
    }

    fn constant_memory(&self, cx: &mut Selector<'_>, symbol: MachSymbol) -> MachMem {
        crate::rules_symbol::near_mem(cx, symbol, 0)
    }

    fn can_tail_jump(&self, cx: &Selector<'_>, target: &CallTarget, operands: &[MachOperand]) -> bool {
        crate::rules_call::can_tail_jump(cx, target, operands)
    }

    fn x87_pop_register(&self, cx: &mut Selector<'_>, ty: Type, to: VReg) {
        crate::rules_x87::pop_register(cx, ty, to);
    }

    fn x87_pop(&self, cx: &mut Selector<'_>, value: Value) {
        crate::rules_x87::pop_value(cx, value);
    }

    fn has_atomic(&self, op: AtomicOp, ty: Type, result_used: bool) -> bool {
        let word = u32::from(self.word_bytes());
        let bytes = ty.lane_bits(8 * word) / 8;
        if bytes > word {
            // 16 bytes: libatomic's affair. 8 bytes of a 4-byte word: `cmpxchg8b` in a loop.
            return bytes > 8;
        }
        match op {
            AtomicOp::Xchg | AtomicOp::Add | AtomicOp::Sub => true,
            AtomicOp::And | AtomicOp::Or | AtomicOp::Xor => !result_used,
            _ => false,
        }
    }
}

/// Registers of a type; `None`: memory (x87 values, vectors wider than a register).
pub(crate) fn register_class(ty: Type, word: u8) -> Option<(Bank, u8)> {
    if ty.is_vector() {
        let bytes = ty.lane_bits(64) / 8 * ty.lanes();
        return match bytes {
            0..=4 => Some((Bank::Vector, 4)),
            8 => Some((Bank::Vector, 8)),
            16 => Some((Bank::Vector, 16)),
            _ => None,
        };
    }
    match ty {
        Type::I8 => Some((Bank::Int, 1)),
        Type::I16 => Some((Bank::Int, 2)),
        Type::I32 => Some((Bank::Int, 4)),
        Type::PTR => Some((Bank::Int, word)),
        // Narrower words: legalization has split it; what is left of one is a shape without values.
        Type::I64 if word == 8 => Some((Bank::Int, 8)),
        Type::F32 => Some((Bank::Vector, 4)),
        Type::F64 => Some((Bank::Vector, 8)),
        Type::F128 => Some((Bank::Vector, 16)),
        _ => None,
    }
}

fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    use Opcode::*;
    let data = cx.func.inst(inst);
    let (opcode, ty) = (data.opcode(), data.ty());
    let operand_ty = data.inline_args().first().map_or(ty, |value| cx.func.ty(*value));
    if ty.lane() == Type::I128 || operand_ty.lane() == Type::I128 && data.value_list().is_none() {
        return Err(cx.unsupported_inst(inst));
    }
    if ty.is_vector() || operand_ty.is_vector() {
        return crate::rules_vector::select(cx, inst);
    }
    if ty == Type::F80 || operand_ty == Type::F80 && data.value_list().is_none() {
        return crate::rules_x87::select(cx, inst);
    }
    match opcode {
        Iadd | IaddImm | Isub | Imul | ImulImm | Umulhi | Smulhi | Udiv | Sdiv | Urem | Srem | Ineg
        | Iabs | Smin | Smax | Umin | Umax | UaddSat | SaddSat | UsubSat | SsubSat | UaddOverflow
        | SaddOverflow | UsubOverflow | SsubOverflow | UmulOverflow | SmulOverflow | UaddCarry
        | UsubBorrow | Iand | Ior | Ixor | IandImm | IorImm | IxorImm | Inot | PtrAdd | PtrAddImm => {
            crate::rules_integer::select(cx, inst)
        }
        Shl | Lshr | Ashr | Rotl | Rotr | ShlImm | LshrImm | AshrImm | Clz | Ctz | Popcnt | Bswap
        | Bitrev => crate::rules_bits::select(cx, inst),
        Icmp | IcmpImm | Fcmp | Select => crate::rules_compare::select(cx, inst),
        Zext | Sext | Trunc | Bitcast | PtrToInt | IntToPtr | Fpext | Fptrunc | Sitofp | Uitofp | Fptosi
        | Fptoui | FptosiSat | FptouiSat => crate::rules_convert::select(cx, inst),
        Fadd | Fsub | Fmul | Fdiv | Frem | Fma | Fneg | Fabs | Fcopysign | Fsqrt | Fmin | Fmax | Fceil
        | Ffloor | Ftrunc | Fnearest => crate::rules_float::select(cx, inst),
        Load | Store | Prefetch | StackAlloc | StackSave | StackRestore | FrameAddress | ReturnAddress => {
            crate::rules_memory::select(cx, inst)
        }
        AtomicRmw | AtomicCas | Fence => crate::rules_atomic::select(cx, inst),
        Addr | ThreadPointer => crate::rules_symbol::select(cx, inst),
        Switch | IndirectJump | Trap | Resume => crate::rules_call::select(cx, inst),
        _ => Err(cx.unsupported_inst(inst)),
    }
}

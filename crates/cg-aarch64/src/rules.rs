//! [`Rules`] for AArch64: which module selects which opcode.

use crate::operands::*;
use crate::target::Aarch64Codegen;
use lathe_ir::inline_asm::AsmData;
use lathe_ir::{AtomicOp, CallConv, Function, Inst, Opcode, Symbol, Type, Value};
use lathe_isa::{PhysReg, RegSet};
use lathe_isa_aarch64::rows as a;
use lathe_mach::abi::AbiTable;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::Bank;
use lathe_mach::select::asm::Constraint;
use lathe_mach::select::{Address, AddressReach, CallTarget, Rules, Selector};
use lathe_mach::{MachMem, MachOperand, VReg};
use lathe_target::Target;

impl Rules for Aarch64Codegen {
    fn abi(&self, _convention: CallConv) -> Result<&'static AbiTable, CodegenError> {
        // The i386 conventions mean nothing here: gcc ignores them with a warning.
        Ok(&crate::abi::AAPCS64)
    }

    fn select(&self, cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
        select(cx, inst)
    }

    fn materialize(&self, cx: &mut Selector<'_>, inst: Inst, to: VReg) -> Result<(), CodegenError> {
        crate::rules_symbol::materialize(cx, inst, to)
    }

    fn register_class(&self, ty: Type) -> Option<(Bank, u8)> {
        register_class(ty)
    }

    fn load(&self, cx: &mut Selector<'_>, ty: Type, to: VReg, mem: MachMem) {
        crate::rules_memory::load(cx, ty, to, mem, 1);
    }

    fn store(&self, cx: &mut Selector<'_>, ty: Type, from: VReg, mem: MachMem) {
        crate::rules_memory::store(cx, ty, reg_use(from, view_of(ty)), mem, 1);
    }

    fn integer(&self, cx: &mut Selector<'_>, ty: Type, value: i64, to: VReg) {
        crate::rules_symbol::integer(cx, ty, value, to);
    }

    fn extend(&self, cx: &mut Selector<'_>, ty: Type, signed: bool, to: VReg, from: VReg) {
        crate::rules_convert::extend_to_32(cx, ty, signed, to, from);
    }

    fn join(&self, cx: &mut Selector<'_>, to: VReg, low: VReg, high: VReg, bits: u8) {
        let by = shifted(LSL, u32::from(bits));
        cx.op(a::ORR, &[def(to, VIEW_X), reg_use(low, VIEW_X), reg_use(high, VIEW_X), by]);
    }

    fn shift_right(&self, cx: &mut Selector<'_>, to: VReg, from: VReg, bits: u8) {
        cx.op(a::LSR, &[def(to, VIEW_X), reg_use(from, VIEW_X), imm(i64::from(bits))]);
    }

    fn address_of(&self, cx: &mut Selector<'_>, to: VReg, mem: MachMem) {
        crate::rules_symbol::address_of(cx, to, mem);
    }

    fn mem(&self, cx: &mut Selector<'_>, address: &Address) -> MachMem {
        crate::rules_symbol::mem(cx, address)
    }

    fn address_reach(&self) -> AddressReach {
        // Farther offsets fit some accesses, but not bytes, and are better computed once.
        AddressReach { offset: (-256, 16380), index: true, index_and_offset: false }
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

    fn x87_transfer(&self, cx: &mut Selector<'_>, _mem: MachMem, _is_load: bool) {
        cx.unsupported("the x87 format on AArch64");
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
        crate::asm_constraints::READER.constraints(cx, asm, inputs)
    }

    fn asm_clobbers(&self, asm: &AsmData) -> Result<RegSet, CodegenError> {
        crate::asm_constraints::READER.clobbers(asm)
    }

    fn asm_view(&self, ty: Type) -> u8 {
        view_of(ty)
    }

    fn set_condition(&self, cx: &mut Selector<'_>, code: u8, _ty: Type, to: VReg) {
        crate::rules_overflow::set(cx, to, Cond::ALL[usize::from(code).min(14)]);
    }

    fn x87_load(&self, cx: &mut Selector<'_>, _mem: MachMem, _ty: Type) {
        cx.unsupported("the x87 format on AArch64");
    }

    fn x87_pop(&self, cx: &mut Selector<'_>, _value: Value) {
        cx.unsupported("the x87 format on AArch64");
    }

    fn truncates_by_view(&self) -> bool {
        true
    }

    fn multiplies_by_reciprocals(&self) -> bool {
        true
    }

    fn has_atomic(&self, _op: AtomicOp, _ty: Type, _result_used: bool) -> bool {
        true
    }
}

/// Registers of a type; `None`: memory (vectors wider than a register).
pub(crate) fn register_class(ty: Type) -> Option<(Bank, u8)> {
    if ty.is_vector() {
        return match size(ty) {
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
        Type::I64 | Type::PTR => Some((Bank::Int, 8)),
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
    if ty.lane() == Type::F80 || operand_ty.lane() == Type::F80 && data.value_list().is_none() {
        return Err(cx.unsupported_inst(inst));
    }
    if ty.is_vector() || operand_ty.is_vector() {
        return crate::rules_vector::select(cx, inst);
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

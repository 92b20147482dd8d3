//! [`Rules`] for RISC-V: which module selects which opcode.

use crate::operands::*;
use crate::target::RiscvCodegen;
use lathe_ir::inline_asm::AsmData;
use lathe_ir::{AtomicOp, CallConv, Function, Inst, Module, Opcode, Symbol, Type, Value};
use lathe_isa::{PhysReg, RegSet};
use lathe_isa_riscv::rows as x;
use lathe_mach::abi::AbiTable;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::{Bank, MachSymbol};
use lathe_mach::select::asm::Constraint;
use lathe_mach::select::{Address, AddressReach, CallTarget, Extent, Rules, Selector};
use lathe_mach::{MachMem, MachOperand, VReg};
use lathe_target::Target;

impl Rules for RiscvCodegen {
    fn abi(&self, _convention: CallConv) -> Result<&'static AbiTable, CodegenError> {
        // The i386 conventions mean nothing here: gcc ignores them with a warning.
        Ok(&crate::abi::LP64D)
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

    fn extents(&self, _module: &Module, func: &Function) -> Vec<Extent> {
        crate::extent::extents(func)
    }

    fn block_memory(&self, cx: &mut Selector<'_>, mem: MachMem, size: u32) -> MachMem {
        crate::rules_symbol::block_memory(cx, mem, size)
    }

    fn address_reach(&self) -> AddressReach {
        AddressReach { offset: (-2048, 2047), index: false, index_and_offset: false }
    }

    fn load(&self, cx: &mut Selector<'_>, ty: Type, to: VReg, mem: MachMem) {
        crate::rules_memory::load(cx, ty, to, mem, false);
    }

    fn store(&self, cx: &mut Selector<'_>, ty: Type, from: VReg, mem: MachMem) {
        crate::rules_memory::store(cx, ty, from, mem);
    }

    fn integer(&self, cx: &mut Selector<'_>, ty: Type, value: i64, to: VReg) {
        crate::rules_symbol::integer(cx, sign_extended(ty, value), to);
    }

    fn extend(&self, cx: &mut Selector<'_>, ty: Type, signed: bool, to: VReg, from: VReg) {
        crate::rules_convert::extend(cx, ty, signed, to, from);
    }

    fn join(&self, cx: &mut Selector<'_>, to: VReg, low: VReg, high: VReg, bits: u8) {
        let low = if bits == 32 {
            let wide = cx.temp(Type::I64);
            crate::rules_convert::extend(cx, Type::I32, false, wide, low);
            wide
        } else {
            low
        };
        let shifted = new_imm(cx, x::SLLI, high, i64::from(bits));
        op3(cx, x::OR, to, shifted, low);
    }

    fn shift_right(&self, cx: &mut Selector<'_>, to: VReg, from: VReg, bits: u8) {
        op_imm(cx, x::SRLI, to, from, i64::from(bits));
    }

    fn move_bits(&self, cx: &mut Selector<'_>, ty: Type, to: VReg, from: VReg) {
        crate::rules_convert::move_bits(cx, ty, to, from);
    }

    fn address_of(&self, cx: &mut Selector<'_>, to: VReg, mem: MachMem) {
        crate::rules_memory::address_of(cx, to, mem);
    }

    fn mem(&self, cx: &mut Selector<'_>, address: &Address) -> MachMem {
        crate::rules_symbol::mem(cx, address)
    }

    fn constant_memory(&self, cx: &mut Selector<'_>, symbol: MachSymbol) -> MachMem {
        crate::rules_symbol::symbol_memory(cx, symbol, 0)
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
        if cx.options.optimize_size { 16 } else { 64 }
    }

    fn x87_transfer(&self, cx: &mut Selector<'_>, _mem: MachMem, _is_load: bool) {
        cx.unsupported("the x87 stack on RISC-V");
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

    fn has_vector(&self, _target: &Target, _func: &Function, _inst: Inst) -> bool {
        false
    }

    fn has_atomic(&self, op: AtomicOp, ty: Type, _result_used: bool) -> bool {
        // `amo*`; there are none for bytes and halves, and no nand.
        bytes(ty) > 8 || (bytes(ty) >= 4 && op != AtomicOp::Nand)
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
        if ty.is_int_or_ptr() { VIEW_X } else { float_view(ty) }
    }

    fn set_condition(&self, cx: &mut Selector<'_>, _code: u8, _ty: Type, _to: VReg) {
        cx.unsupported("asm flag outputs on RISC-V");
    }

    fn x87_load(&self, cx: &mut Selector<'_>, _mem: MachMem, _ty: Type) {
        cx.unsupported("the x87 stack on RISC-V");
    }

    fn x87_pop(&self, cx: &mut Selector<'_>, _value: Value) {
        cx.unsupported("the x87 stack on RISC-V");
    }
}

/// Registers of a type; `None`: memory (vectors of more than 16 bytes, after legalization).
pub(crate) fn register_class(ty: Type) -> Option<(Bank, u8)> {
    match ty {
        Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::PTR => Some((Bank::Int, 8)),
        Type::F32 | Type::F64 => Some((Bank::Vector, 8)),
        _ => None,
    }
}

fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    use Opcode::*;
    let data = cx.func.inst(inst);
    let (opcode, ty) = (data.opcode(), data.ty());
    let operand_ty = data.inline_args().first().map_or(ty, |value| cx.func.ty(*value));
    let is_odd = |ty: Type| ty.is_some() && register_class(ty).is_none();
    if is_odd(ty) || is_odd(operand_ty) && data.value_list().is_none() {
        return crate::rules_memory::select_in_memory(cx, inst);
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

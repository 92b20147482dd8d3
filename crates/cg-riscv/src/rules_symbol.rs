//! Constants and addresses: sequences of immediates, symbols (direct, through the GOT, thread-local), memory operands.
//!
//! Sources: RISC-V ELF psABI 1.0, "Code models" and "Thread Local Storage"; RISC-V Assembly Programmer's Manual, "Load
//! Immediate". An `auipc` carries a label, which the instruction with the low part names.

use crate::frame::low_part;
use crate::operands::*;
use lathe_ir::{Inst, LibCall, Linkage, Opcode, Symbol, SymbolDefinition, TlsModel, Type, Visibility};
use lathe_isa::{Modifier, RegSet, RowId};
use lathe_isa_riscv::fixups;
use lathe_isa_riscv::registers as r;
use lathe_isa_riscv::rows as x;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::function::InstFlags;
use lathe_mach::inst::{MachSymbol, MemBase, SymbolRefId, pseudo};
use lathe_mach::select::{Address, AddressBase, Selector};
use lathe_mach::{MachMem, MachOperand, VReg};
use lathe_target::{CodeModel, RelocModel};

/// Whether the linker will find the symbol within this module: no table is needed.
pub(crate) fn is_direct(cx: &Selector<'_>, symbol: Symbol) -> bool {
    let data = &cx.module.symbols[symbol];
    if data.tls.is_some() {
        return false;
    }
    if cx.module.is_local_definition(symbol) || cx.target.reloc_model == RelocModel::Static {
        return true;
    }
    let defined_here = matches!(
        data.definition,
        SymbolDefinition::Function(_) | SymbolDefinition::Data(_) | SymbolDefinition::Alias(..)
    ) && data.linkage != Linkage::AvailableExternally;
    let hidden = matches!(data.visibility, Visibility::Hidden | Visibility::Internal);
    let here = hidden || defined_here && cx.target.reloc_model == RelocModel::Pie;
    here && !data.weak_reference
}

// ----- constants -----

/// One step of a constant: the row and its immediate.
type Step = (RowId, i64);

/// The steps that make a constant, the first from `zero` or an upper immediate.
fn steps_of(value: i64, steps: &mut smallvec::SmallVec<[Step; 8]>) {
    if fits_12(value) {
        steps.push((x::ADDI, value));
        return;
    }
    let low = value << 52 >> 52;
    if i32::try_from(value).is_ok() {
        steps.push((x::LUI, value.wrapping_sub(low) >> 12 & 0xf_ffff));
        if low != 0 {
            steps.push((x::ADDIW, low));
        }
        return;
    }
    let high = value.wrapping_sub(low);
    let zeros = high.trailing_zeros();
    steps_of(high >> zeros, steps);
    steps.push((x::SLLI, i64::from(zeros)));
    if low != 0 {
        steps.push((x::ADDI, low));
    }
}

/// The shorter of the plain steps and those that shift ones out at the top.
fn best_steps(value: i64) -> smallvec::SmallVec<[Step; 8]> {
    let mut steps = smallvec::SmallVec::new();
    steps_of(value, &mut steps);
    if value > 0 && steps.len() > 2 {
        let zeros = value.leading_zeros();
        for fill in [(1i64 << zeros).wrapping_sub(1), 0] {
            let mut other: smallvec::SmallVec<[Step; 8]> = smallvec::SmallVec::new();
            steps_of(value << zeros | fill, &mut other);
            if other.len() + 1 < steps.len() {
                other.push((x::SRLI, i64::from(zeros)));
                steps = other;
            }
        }
    }
    steps
}

/// Constants of more steps are loaded.
const MAX_STEPS: usize = 4;

/// Builds a constant.
pub(crate) fn integer(cx: &mut Selector<'_>, value: i64, to: VReg) {
    let steps = best_steps(value);
    if steps.len() > MAX_STEPS {
        let symbol = cx.pool(&value.to_le_bytes(), 8);
        let mem = symbol_memory(cx, symbol, 0);
        let mem = cx.mem_operand(mem);
        cx.op(x::LD, &[def_x(to), mem]);
        return;
    }
    let mut from = zero();
    for (index, (row, immediate)) in steps.iter().enumerate() {
        let target = if index + 1 == steps.len() { to } else { cx.temp(Type::I64) };
        if *row == x::LUI {
            cx.op(*row, &[def_x(target), imm(*immediate)]);
        } else {
            cx.op(*row, &[def_x(target), from, imm(*immediate)]);
        }
        from = use_x(target);
    }
}

/// A register with a constant.
pub(crate) fn constant(cx: &mut Selector<'_>, value: i64) -> VReg {
    let to = cx.temp(Type::I64);
    integer(cx, value, to);
    to
}

pub(crate) fn materialize(cx: &mut Selector<'_>, inst: Inst, to: VReg) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let pool_bits = |cx: &Selector<'_>| {
        let mut bits = [0; 8];
        for (to, from) in bits.iter_mut().zip(cx.func.constants[data.constant()].iter()) {
            *to = *from;
        }
        i64::from_le_bytes(bits)
    };
    match data.opcode() {
        Opcode::Iconst if ty.is_int_or_ptr() && bytes(ty) <= 8 => {
            integer(cx, sign_extended(ty, data.imm()), to);
        }
        Opcode::Fconst if ty == Type::F32 || ty == Type::F64 => float_constant(cx, ty, data.imm(), to),
        Opcode::Const if ty == Type::F32 || ty == Type::F64 => {
            let bits = pool_bits(cx);
            float_constant(cx, ty, bits, to);
        }
        Opcode::Const if ty.is_int_or_ptr() && bytes(ty) <= 8 => {
            let bits = pool_bits(cx);
            integer(cx, sign_extended(ty, bits), to);
        }
        Opcode::Undef if crate::rules::register_class(ty).is_some() => {
            cx.op(pseudo::UNDEF, &[if ty.is_float() { def_f(to, ty) } else { def_x(to) }]);
        }
        Opcode::SlotAddr => {
            let slot = cx.slot_of(data.stack_slot());
            let address =
                Address { base: AddressBase::Slot(slot), index: None, scale_log2: 0, offset: data.imm() };
            address_into(cx, &address, to);
        }
        Opcode::Addr => symbol_address(cx, data.symbol(), data.imm(), to),
        Opcode::BlockAddr => {
            let symbol = MachSymbol::IrBlock(cx.out.func.id, data.block());
            let block = cx.block_of(data.block());
            cx.out.func.blocks[block.index()].address_taken = true;
            direct_address(cx, symbol, 0, to);
        }
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

fn float_constant(cx: &mut Selector<'_>, ty: Type, bits: i64, to: VReg) {
    let single = ty == Type::F32;
    let bits = if single { i64::from(bits as i32) } else { bits };
    let row = if single { x::FMV_W_X } else { x::FMV_D_X };
    if bits == 0 {
        cx.op(row, &[def_f(to, ty), zero()]);
        return;
    }
    let bytes = if single { 4 } else { 8 };
    let symbol = cx.pool(&bits.to_le_bytes()[..bytes], bytes as u32);
    let mem = symbol_memory(cx, symbol, 0);
    crate::rules_memory::load(cx, ty, to, mem, false);
}

// ----- symbols -----

/// The upper part of a symbol's address in a register, and the reference that adds the rest.
fn upper_part(cx: &mut Selector<'_>, symbol: MachSymbol, offset: i64) -> (VReg, SymbolRefId) {
    let base = cx.temp(Type::PTR);
    let absolute = cx.target.reloc_model == RelocModel::Static && cx.target.code_model == CodeModel::Small;
    if absolute {
        let high = cx.symbol_ref(symbol, offset, fixups::HI);
        cx.op(x::LUI, &[def_x(base), MachOperand::Symbol(high)]);
        return (base, cx.symbol_ref(symbol, offset, fixups::LO));
    }
    let low = add_upper(cx, symbol, offset, fixups::PCREL_HI, base);
    (base, low)
}

/// An `auipc` with its label; gives the low part.
fn add_upper(
    cx: &mut Selector<'_>,
    symbol: MachSymbol,
    offset: i64,
    modifier: Modifier,
    to: VReg,
) -> SymbolRefId {
    let high = cx.symbol_ref(symbol, offset, modifier);
    let label = cx.out.func.label();
    cx.op(AUIPC_LABEL, &[def_x(to), MachOperand::Symbol(high), imm(i64::from(label.0))]);
    cx.out.symbol(low_part(label))
}

/// The memory at a symbol.
pub(crate) fn symbol_memory(cx: &mut Selector<'_>, symbol: MachSymbol, offset: i64) -> MachMem {
    let (base, low) = upper_part(cx, symbol, offset);
    MachMem { symbol: Some(low), ..MachMem::base(base, 0) }
}

fn direct_address(cx: &mut Selector<'_>, symbol: MachSymbol, offset: i64, to: VReg) {
    let (base, low) = upper_part(cx, symbol, offset);
    cx.op(x::ADDI, &[def_x(to), use_x(base), MachOperand::Symbol(low)]);
}

/// The address of a place that the function itself brings.
pub(crate) fn local_address(cx: &mut Selector<'_>, symbol: MachSymbol, to: VReg) {
    direct_address(cx, symbol, 0, to);
}

/// An address out of a table that an `auipc` reaches.
fn table_entry(cx: &mut Selector<'_>, symbol: Symbol, modifier: Modifier, to: VReg) {
    let base = cx.temp(Type::PTR);
    let low = add_upper(cx, MachSymbol::Ir(symbol), 0, modifier, base);
    let mem = cx.mem_operand(MachMem { symbol: Some(low), ..MachMem::base(base, 0) });
    cx.op(x::LD, &[def_x(to), mem]);
}

fn symbol_address(cx: &mut Selector<'_>, symbol: Symbol, offset: i64, to: VReg) {
    if is_direct(cx, symbol) {
        let near = if i32::try_from(offset).is_ok() { offset } else { 0 };
        if near == offset {
            direct_address(cx, MachSymbol::Ir(symbol), near, to);
            return;
        }
        let base = cx.temp(Type::PTR);
        direct_address(cx, MachSymbol::Ir(symbol), 0, base);
        add_offset(cx, to, base, offset);
        return;
    }
    if offset == 0 {
        table_entry(cx, symbol, fixups::GOT_PCREL_HI, to);
        return;
    }
    let base = cx.temp(Type::PTR);
    table_entry(cx, symbol, fixups::GOT_PCREL_HI, base);
    add_offset(cx, to, base, offset);
}

fn add_offset(cx: &mut Selector<'_>, to: VReg, base: VReg, offset: i64) {
    if offset == 0 {
        copy(cx, to, base);
    } else {
        crate::rules_integer::add_constant(cx, Type::I64, to, base, offset);
    }
}

/// An address as an operand.
pub(crate) fn mem(cx: &mut Selector<'_>, address: &Address) -> MachMem {
    let base: VReg = match address.base {
        AddressBase::Slot(slot) => {
            if let Ok(offset) = i32::try_from(address.offset) {
                return MachMem::slot(slot, offset);
            }
            let base = cx.temp(Type::PTR);
            crate::rules_memory::address_of(cx, base, MachMem::slot(slot, 0));
            base
        }
        AddressBase::Symbol(symbol) => {
            if i32::try_from(address.offset).is_ok() {
                return symbol_memory(cx, MachSymbol::Ir(symbol), address.offset);
            }
            let base = cx.temp(Type::PTR);
            direct_address(cx, MachSymbol::Ir(symbol), 0, base);
            base
        }
        AddressBase::Value(value) => {
            if let Some(tls) = thread_local_memory(cx, value, address.offset) {
                return tls;
            }
            cx.reg(value)
        }
        AddressBase::None => {
            let base = cx.temp(Type::PTR);
            cx.op(x::ADDI, &[def_x(base), zero(), imm(0)]);
            base
        }
    };
    if fits_12(address.offset) {
        return MachMem::base(base, address.offset as i32);
    }
    // The upper part is added, the rest stays.
    let low = address.offset << 52 >> 52;
    let high = constant(cx, address.offset.wrapping_sub(low));
    let sum = new3(cx, x::ADD, high, base);
    MachMem::base(sum, low as i32)
}

/// An address in a register.
pub(crate) fn address_into(cx: &mut Selector<'_>, address: &Address, to: VReg) {
    match address.base {
        AddressBase::Slot(slot) if i32::try_from(address.offset).is_ok() => {
            let mem = MachMem::slot(slot, address.offset as i32);
            crate::rules_memory::address_of(cx, to, mem);
        }
        AddressBase::Symbol(symbol) => symbol_address(cx, symbol, address.offset, to),
        AddressBase::Value(value) => {
            let base = cx.reg(value);
            add_offset(cx, to, base, address.offset);
        }
        _ => {
            let mem = mem(cx, address);
            crate::rules_memory::address_of(cx, to, mem);
        }
    }
}

/// A place all of whose `size` bytes displacements of instructions reach.
pub(crate) fn block_memory(cx: &mut Selector<'_>, mem: MachMem, size: u32) -> MachMem {
    let is_register = matches!(mem.base, MemBase::Reg(_));
    if mem.symbol.is_none() && (!is_register || fits_12(i64::from(mem.displacement) + i64::from(size))) {
        return mem;
    }
    let base = cx.temp(Type::PTR);
    crate::rules_memory::address_of(cx, base, mem);
    MachMem::base(base, 0)
}

// ----- thread-local storage -----

/// The model for a symbol: the given one or a better one that the output kind allows. Local dynamic is general
/// dynamic here.
fn tls_model(cx: &Selector<'_>, symbol: Symbol) -> Option<TlsModel> {
    let data = &cx.module.symbols[symbol];
    let hidden = matches!(data.visibility, Visibility::Hidden | Visibility::Internal);
    let local = hidden || cx.module.is_local_definition(symbol);
    let given = data.tls?;
    Some(if given == TlsModel::LocalExec {
        given
    } else if cx.target.reloc_model == RelocModel::Pic {
        if given == TlsModel::InitialExec { given } else { TlsModel::GeneralDynamic }
    } else if local {
        TlsModel::LocalExec
    } else {
        TlsModel::InitialExec
    })
}

/// `lui`, `add`: the thread pointer plus the upper part of a symbol's offset. Without addend, which GNU as 2.40 would add
/// twice.
fn thread_upper_part(cx: &mut Selector<'_>, symbol: Symbol) -> (VReg, SymbolRefId) {
    let name = MachSymbol::Ir(symbol);
    let (high, base) = (cx.temp(Type::I64), cx.temp(Type::PTR));
    let upper = cx.symbol_ref(name, 0, fixups::TPREL_HI);
    cx.op(x::LUI, &[def_x(high), MachOperand::Symbol(upper)]);
    let mark = cx.symbol_ref(name, 0, fixups::TPREL_ADD);
    cx.op(x::ADD, &[def_x(base), use_x(high), phys(r::TP), MachOperand::Symbol(mark)]);
    (base, cx.symbol_ref(name, 0, fixups::TPREL_LO))
}

/// The memory of a thread-local variable under the local-exec model, for a value that nothing else uses.
fn thread_local_memory(cx: &mut Selector<'_>, value: lathe_ir::Value, offset: i64) -> Option<MachMem> {
    let inst = cx.foldable(value)?;
    let data = *cx.func.inst(inst);
    if data.opcode() != Opcode::Addr || tls_model(cx, data.symbol()) != Some(TlsModel::LocalExec) {
        return None;
    }
    if data.imm().checked_add(offset) != Some(0) {
        return None;
    }
    let (base, low) = thread_upper_part(cx, data.symbol());
    Some(MachMem { symbol: Some(low), ..MachMem::base(base, 0) })
}

/// `addr` of a thread-local symbol, and `thread_pointer`.
pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let to = cx.result(inst);
    if data.opcode() == Opcode::ThreadPointer {
        cx.op(x::ADDI, &[def_x(to), phys(r::TP), imm(0)]);
        return Ok(());
    }
    let (symbol, offset) = (data.symbol(), data.imm());
    match tls_model(cx, symbol) {
        None => symbol_address(cx, symbol, offset, to),
        Some(TlsModel::LocalExec) => {
            let (base, low) = thread_upper_part(cx, symbol);
            let start = if offset == 0 { to } else { cx.temp(Type::PTR) };
            cx.op(x::ADDI, &[def_x(start), use_x(base), MachOperand::Symbol(low)]);
            if offset != 0 {
                add_offset(cx, to, start, offset);
            }
        }
        Some(TlsModel::InitialExec) => {
            let distance = cx.temp(Type::I64);
            table_entry(cx, symbol, fixups::TLS_IE_PCREL_HI, distance);
            let base = if offset == 0 { to } else { cx.temp(Type::PTR) };
            cx.op(x::ADD, &[def_x(base), use_x(distance), phys(r::TP)]);
            if offset != 0 {
                add_offset(cx, to, base, offset);
            }
        }
        Some(TlsModel::GeneralDynamic | TlsModel::LocalDynamic) => {
            let (base, pair, address) = (cx.temp(Type::PTR), cx.temp(Type::PTR), cx.temp(Type::PTR));
            let low = add_upper(cx, MachSymbol::Ir(symbol), 0, fixups::TLS_GD_PCREL_HI, base);
            cx.op(x::ADDI, &[def_x(pair), use_x(base), MachOperand::Symbol(low)]);
            let callee = cx.symbol_ref(MachSymbol::LibCall(LibCall::TlsGetAddr), 0, Modifier::NONE);
            let clobbers = RegSet(crate::abi::CALL_CLOBBERS.0 & !(1 << r::A0.0));
            let operands = [MachOperand::Symbol(callee), fixed_use(pair, r::A0), fixed_def(address, r::A0)];
            cx.out.func.needs.calls = true;
            cx.out.op_with(x::CALL, &operands, clobbers, InstFlags::CALL);
            add_offset(cx, to, address, offset);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{best_steps, x};

    /// What the steps leave in the register.
    fn run(value: i64) -> i64 {
        best_steps(value).iter().fold(0, |register: i64, (row, immediate)| match *row {
            x::ADDI => register.wrapping_add(*immediate),
            x::ADDIW => i64::from(register.wrapping_add(*immediate) as i32),
            x::LUI => i64::from((*immediate << 12) as i32),
            x::SLLI => register << immediate,
            x::SRLI => (register as u64 >> immediate) as i64,
            other => panic!("row {other:?} makes no constant"),
        })
    }

    #[test]
    fn steps_make_their_constant() {
        let mut value: i64 = 1;
        for round in 0..4000 {
            value = value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            for candidate in [value, value >> (round % 64), value << (round % 64), 1 << (round % 64)] {
                assert_eq!(run(candidate), candidate, "{candidate:#x}");
                assert_eq!(run(!candidate), !candidate, "{:#x}", !candidate);
            }
        }
        for edge in
            [0, -1, 2047, 2048, -2048, -2049, 0x7fff_f7ff, 0x7fff_ffff, 0xffff_ffff, i64::MIN, i64::MAX]
        {
            assert_eq!(run(edge), edge, "{edge:#x}");
        }
    }
}

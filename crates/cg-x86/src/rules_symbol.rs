//! Constants and addresses: immediates, symbols (direct, through the GOT, thread-local), memory operands.
//!
//! Sources: System V ABI x86-64 3.5.4 (PIC), ELF-TLS 0.21 4.3.2 and the psABI's table 11.x (exact
//! sequences, which linkers rewrite).

use crate::operands::*;
use lathe_ir::{Inst, LibCall, Linkage, Opcode, Symbol, SymbolDefinition, TlsModel, Type, Visibility};
use lathe_isa::{Modifier, RegSet};
use lathe_isa_x86::fixups;
use lathe_isa_x86::registers as r;
use lathe_isa_x86::rows as x;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::function::InstFlags;
use lathe_mach::inst::{MachSymbol, MemBase, pseudo};
use lathe_mach::select::{Address, AddressBase, Selector};
use lathe_mach::{MachMem, MachOperand, VReg};
use lathe_target::RelocModel;

/// Whether the linker will find the symbol within this module: no table is needed.
pub(crate) fn is_direct(cx: &Selector<'_>, symbol: Symbol) -> bool {
    let data = &cx.module.symbols[symbol];
    if data.tls.is_some() {
        return false;
    }
    if cx.module.is_local_definition(symbol) {
        return true;
    }
    let defined_here = matches!(
        data.definition,
        SymbolDefinition::Function(_) | SymbolDefinition::Data(_) | SymbolDefinition::Alias(..)
    ) && data.linkage != Linkage::AvailableExternally;
    let hidden = matches!(data.visibility, Visibility::Hidden | Visibility::Internal);
    match cx.target.reloc_model {
        RelocModel::Static => true,
        RelocModel::Pie => {
            let is_data = matches!(data.definition, SymbolDefinition::DeclaredData);
            !data.weak_reference && (defined_here || hidden || is_data)
        }
        RelocModel::Pic => hidden && !data.weak_reference,
    }
}

/// `mov $value, to`.
pub(crate) fn integer(cx: &mut Selector<'_>, ty: Type, value: i64, to: VReg) {
    if bytes(ty) < 8 {
        let value = if bytes(ty) == 4 { i64::from(value as i32) } else { sign_extended(ty, value) };
        cx.op(x::MOVL, &[def(to, VIEW_32), imm(value)]);
    } else if u32::try_from(value).is_ok() {
        // The upper half becomes zero.
        cx.op(x::MOVL, &[def(to, VIEW_32), imm(value)]);
    } else {
        cx.op(x::MOVQ, &[def(to, VIEW_64), imm(value)]);
    }
}

pub(crate) fn materialize(cx: &mut Selector<'_>, inst: Inst, to: VReg) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    match data.opcode() {
        Opcode::Iconst if ty.is_int_or_ptr() && bytes(ty) <= 8 => {
            integer(cx, ty, sign_extended(ty, data.imm()), to);
        }
        Opcode::Fconst if ty == Type::F32 || ty == Type::F64 => {
            float_constant(cx, ty, data.imm() as u64, to);
        }
        Opcode::Const if cx.lives_in_memory(ty) => return Err(cx.unsupported_inst(inst)),
        Opcode::Const if ty.is_vector() || ty == Type::F128 => {
            if cx.func.constants[data.constant()].iter().all(|b| *b == 0) {
                cx.op(ZERO_VECTOR, &[def(to, VIEW_XMM)]);
            } else {
                let mem = cx.constant_memory(inst);
                crate::rules_memory::load(cx, ty, to, mem, 16);
            }
        }
        Opcode::Const if ty == Type::F32 || ty == Type::F64 => {
            let mut bits = [0; 8];
            for (to, from) in bits.iter_mut().zip(cx.func.constants[data.constant()].iter()) {
                *to = *from;
            }
            float_constant(cx, ty, u64::from_le_bytes(bits), to);
        }
        Opcode::Const if bytes(ty) <= 8 => {
            let mut bits = [0; 8];
            for (to, from) in bits.iter_mut().zip(cx.func.constants[data.constant()].iter()) {
                *to = *from;
            }
            integer(cx, ty, sign_extended(ty, i64::from_le_bytes(bits)), to);
        }
        Opcode::Undef => cx.op(pseudo::UNDEF, &[def(to, undef_view(ty))]),
        Opcode::SlotAddr => {
            let slot = cx.slot_of(data.stack_slot());
            let address =
                Address { base: AddressBase::Slot(slot), index: None, scale_log2: 0, offset: data.imm() };
            let mem = mem(cx, &address);
            let mem = cx.mem_operand(mem);
            cx.op(x::LEAQ, &[def(to, VIEW_64), mem]);
        }
        Opcode::Addr => symbol_address(cx, data.symbol(), data.imm(), to),
        Opcode::BlockAddr => {
            let symbol = MachSymbol::IrBlock(cx.out.func.id, data.block());
            let block = cx.block_of(data.block());
            cx.out.func.blocks[block.index()].address_taken = true;
            let symbol = cx.symbol_ref(symbol, 0, Modifier::NONE);
            let mem = cx.mem_operand(MachMem::pc_relative(symbol));
            cx.op(x::LEAQ, &[def(to, VIEW_64), mem]);
        }
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

fn undef_view(ty: Type) -> u8 {
    if ty.is_int_or_ptr() { view(ty) } else { VIEW_XMM }
}

fn float_constant(cx: &mut Selector<'_>, ty: Type, bits: u64, to: VReg) {
    if bits == 0 {
        cx.op(ZERO_VECTOR, &[def(to, VIEW_XMM)]);
        return;
    }
    let mem = float_pool(cx, ty, bits);
    crate::rules_memory::load(cx, ty, to, mem, 8);
}

/// The pool memory of a float.
pub(crate) fn float_pool(cx: &mut Selector<'_>, ty: Type, bits: u64) -> MachMem {
    let size = bytes(ty) as usize;
    pool_mem(cx, &bits.to_le_bytes()[..size], size as u32)
}

/// The memory of a pool constant.
pub(crate) fn pool_mem(cx: &mut Selector<'_>, bytes: &[u8], align: u32) -> MachMem {
    let symbol = cx.pool(bytes, align);
    let symbol = cx.symbol_ref(symbol, 0, Modifier::NONE);
    MachMem::pc_relative(symbol)
}

fn symbol_address(cx: &mut Selector<'_>, symbol: Symbol, offset: i64, to: VReg) {
    if is_direct(cx, symbol) {
        if cx.target.reloc_model == RelocModel::Static && fits_i32(offset) {
            let symbol = cx.symbol_ref(MachSymbol::Ir(symbol), offset, Modifier::NONE);
            cx.op(x::MOVL, &[def(to, VIEW_32), MachOperand::Symbol(symbol)]);
            return;
        }
        let near = if fits_i32(offset) { offset } else { 0 };
        let reference = cx.symbol_ref(MachSymbol::Ir(symbol), near, Modifier::NONE);
        let mem = cx.mem_operand(MachMem::pc_relative(reference));
        if near == offset {
            cx.op(x::LEAQ, &[def(to, VIEW_64), mem]);
            return;
        }
        let base = cx.temp(Type::PTR);
        cx.op(x::LEAQ, &[def(base, VIEW_64), mem]);
        add_offset(cx, to, base, offset);
        return;
    }
    let reference = cx.symbol_ref(MachSymbol::Ir(symbol), 0, fixups::GOTPCREL);
    let mem = cx.mem_operand(MachMem::pc_relative(reference));
    if offset == 0 {
        cx.op(x::MOVQ, &[def(to, VIEW_64), mem]);
        return;
    }
    let base = cx.temp(Type::PTR);
    cx.op(x::MOVQ, &[def(base, VIEW_64), mem]);
    add_offset(cx, to, base, offset);
}

fn add_offset(cx: &mut Selector<'_>, to: VReg, base: VReg, offset: i64) {
    if offset == 0 {
        cx.op(pseudo::COPY, &[tied(to, base, VIEW_64)]);
        return;
    }
    if let Ok(offset) = i32::try_from(offset) {
        let mem = cx.mem_operand(MachMem::base(base, offset));
        cx.op(x::LEAQ, &[def(to, VIEW_64), mem]);
        return;
    }
    let large = cx.temp(Type::I64);
    integer(cx, Type::I64, offset, large);
    let sum = MachMem { index: large.into(), ..MachMem::base(base, 0) };
    let sum = cx.mem_operand(sum);
    cx.op(x::LEAQ, &[def(to, VIEW_64), sum]);
}

/// An address as an operand.
pub(crate) fn mem(cx: &mut Selector<'_>, address: &Address) -> MachMem {
    let mut result = MachMem::NONE;
    match i32::try_from(address.offset) {
        Ok(offset) => result.displacement = offset,
        Err(_) => {
            // Gathering keeps offsets small; only a 64-bit offset of the instruction itself comes here.
            let far = cx.temp(Type::I64);
            integer(cx, Type::I64, address.offset, far);
            let near = Address { offset: 0, ..*address };
            let base = mem(cx, &near);
            let whole = cx.temp(Type::PTR);
            let base = cx.mem_operand(base);
            cx.op(x::LEAQ, &[def(whole, VIEW_64), base]);
            return MachMem { index: far.into(), ..MachMem::base(whole, 0) };
        }
    }
    match address.base {
        AddressBase::None => {}
        AddressBase::Value(value) => {
            if let Some(inst) = cx.func.def_inst(value)
                && let Some(tls) = local_exec(cx, inst)
                && address.index.is_none()
            {
                return MachMem { displacement: address.offset as i32, ..tls };
            }
            result.base = MemBase::Reg(cx.reg(value).into());
        }
        AddressBase::Slot(slot) => result.base = MemBase::Slot(slot),
        AddressBase::Symbol(symbol) => {
            if cx.target.reloc_model == RelocModel::Static {
                let symbol = cx.symbol_ref(MachSymbol::Ir(symbol), 0, Modifier::NONE);
                result.symbol = Some(symbol);
                result.base = if address.index.is_none() { MemBase::Pc } else { MemBase::None };
            } else if address.index.is_none() {
                let symbol = cx.symbol_ref(MachSymbol::Ir(symbol), 0, Modifier::NONE);
                result.symbol = Some(symbol);
                result.base = MemBase::Pc;
            } else {
                let base = cx.temp(Type::PTR);
                symbol_address(cx, symbol, 0, base);
                result.base = MemBase::Reg(base.into());
            }
        }
    }
    if let Some(index) = address.index {
        result.index = cx.reg(index).into();
        result.scale_log2 = address.scale_log2;
    }
    result
}

// ----- thread-local storage -----

/// The model for a symbol: the given one or a better one that the output kind allows.
fn tls_model(cx: &Selector<'_>, symbol: Symbol) -> Option<TlsModel> {
    let data = &cx.module.symbols[symbol];
    let given = data.tls?;
    let local = cx.module.is_local_definition(symbol)
        || matches!(data.visibility, Visibility::Hidden | Visibility::Internal);
    Some(match (cx.target.reloc_model, given) {
        (_, TlsModel::LocalExec) => TlsModel::LocalExec,
        (RelocModel::Pic, TlsModel::InitialExec) => TlsModel::InitialExec,
        (RelocModel::Pic, TlsModel::GeneralDynamic) if local => TlsModel::LocalDynamic,
        (RelocModel::Pic, model) => model,
        _ if local => TlsModel::LocalExec,
        _ => TlsModel::InitialExec,
    })
}

/// `%fs:x@tpoff` for the address of a thread-local variable under the local-exec model.
fn local_exec(cx: &mut Selector<'_>, inst: Inst) -> Option<MachMem> {
    let data = *cx.func.inst(inst);
    if data.opcode() != Opcode::Addr || tls_model(cx, data.symbol()) != Some(TlsModel::LocalExec) {
        return None;
    }
    let symbol = cx.symbol_ref(MachSymbol::Ir(data.symbol()), data.imm(), fixups::TPOFF);
    Some(MachMem { segment: r::FS, ..MachMem::absolute(symbol) })
}

/// `addr` of a thread-local symbol, and `thread_pointer`.
pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let to = cx.result(inst);
    if data.opcode() == Opcode::ThreadPointer {
        thread_pointer(cx, to);
        return Ok(());
    }
    let (symbol, offset) = (data.symbol(), data.imm());
    match tls_model(cx, symbol) {
        None => symbol_address(cx, symbol, offset, to),
        Some(TlsModel::LocalExec) => {
            let base = cx.temp(Type::PTR);
            thread_pointer(cx, base);
            let reference = cx.symbol_ref(MachSymbol::Ir(symbol), offset, fixups::TPOFF);
            let mem = MachMem { symbol: Some(reference), ..MachMem::base(base, 0) };
            let mem = cx.mem_operand(mem);
            cx.op(x::LEAQ, &[def(to, VIEW_64), mem]);
        }
        Some(TlsModel::InitialExec) => {
            let base = cx.temp(Type::PTR);
            thread_pointer(cx, base);
            let reference = cx.symbol_ref(MachSymbol::Ir(symbol), 0, fixups::GOTTPOFF);
            let mem = cx.mem_operand(MachMem::pc_relative(reference));
            if offset == 0 {
                cx.op(x::ADDQ, &[tied(to, base, VIEW_64), mem]);
            } else {
                let sum = cx.temp(Type::PTR);
                cx.op(x::ADDQ, &[tied(sum, base, VIEW_64), mem]);
                add_offset(cx, to, sum, offset);
            }
        }
        Some(TlsModel::GeneralDynamic) => {
            let result = cx.temp(Type::PTR);
            dynamic_address(cx, symbol, fixups::TLSGD, result);
            add_offset(cx, to, result, offset);
        }
        Some(TlsModel::LocalDynamic) => {
            let base = cx.temp(Type::PTR);
            dynamic_address(cx, symbol, fixups::TLSLD, base);
            let reference = cx.symbol_ref(MachSymbol::Ir(symbol), offset, fixups::DTPOFF);
            let mem = MachMem { symbol: Some(reference), ..MachMem::base(base, 0) };
            let mem = cx.mem_operand(mem);
            cx.op(x::LEAQ, &[def(to, VIEW_64), mem]);
        }
    }
    Ok(())
}

fn thread_pointer(cx: &mut Selector<'_>, to: VReg) {
    let mem = cx.mem_operand(MachMem { segment: r::FS, ..MachMem::NONE });
    cx.op(x::MOVQ, &[def(to, VIEW_64), mem]);
}

/// The exact sequences of the ELF-TLS document, which linkers rewrite.
fn dynamic_address(cx: &mut Selector<'_>, symbol: Symbol, modifier: Modifier, to: VReg) {
    let argument = cx.temp(Type::PTR);
    let reference = cx.symbol_ref(MachSymbol::Ir(symbol), 0, modifier);
    let mem = cx.mem_operand(MachMem::pc_relative(reference));
    let general = modifier == fixups::TLSGD;
    // `argument` is fixed to rdi by both instructions: the allocator has no reason to move it in between.
    let lea = [MachOperand::Def(lathe_mach::MReg::phys(r::RDI), VIEW_64), mem, fixed_def(argument, r::RDI)];
    if general {
        cx.out.op_with(x::DATA16, &[], RegSet::NONE, InstFlags::PREFIX);
    }
    cx.op(x::LEAQ, &lea);
    let callee = cx.symbol_ref(MachSymbol::LibCall(LibCall::TlsGetAddr), 0, fixups::PLT);
    if general {
        for row in [x::DATA16, x::DATA16, x::REX64] {
            cx.out.op_with(row, &[], RegSet::NONE, InstFlags::PREFIX);
        }
    }
    cx.out.func.needs.calls = true;
    cx.out.op_with(
        x::CALL,
        &[MachOperand::Symbol(callee), fixed_use(argument, r::RDI), fixed_def(to, r::RAX)],
        RegSet(crate::abi::CALL_CLOBBERS.0 & !(1 << r::RAX.0)),
        InstFlags::CALL,
    );
}

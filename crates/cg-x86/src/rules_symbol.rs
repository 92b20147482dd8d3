//! Constants and addresses: immediates, symbols (direct, through the GOT, thread-local), memory operands.
//!
//! Sources: System V ABI x86-64 3.5.4 (PIC), ELF-TLS 0.21 4.3.2 and the psABI's table 11.x (exact
//! sequences, which linkers rewrite).

use crate::operands::*;
use lathe_ir::{Inst, LibCall, Linkage, Opcode, Symbol, SymbolDefinition, TlsModel, Type, Visibility};
use lathe_isa::{Modifier, PhysReg, RegSet};
use lathe_isa_x86::fixups;
use lathe_isa_x86::registers as r;
use lathe_isa_x86::rows as x;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::function::InstFlags;
use lathe_mach::inst::{MachSymbol, MemBase, SymbolRefId, pseudo};
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
            // Other modules' data is copied into programs of x86-64 only (as gcc configures it).
            let is_data = is_64(cx) && matches!(data.definition, SymbolDefinition::DeclaredData);
            !data.weak_reference && (defined_here || hidden || is_data)
        }
        RelocModel::Pic => hidden && !data.weak_reference,
    }
}

/// `mov $value, to`.
pub(crate) fn integer(cx: &mut Selector<'_>, ty: Type, value: i64, to: VReg) {
    if bytes(cx, ty) < 8 {
        let value = if bytes(cx, ty) == 4 { i64::from(value as i32) } else { sign_extended(cx, ty, value) };
        cx.op(x::MOVL, &[def(to, VIEW_32), imm(value)]);
    } else if u32::try_from(value).is_ok() {
        // The upper half becomes zero.
        cx.op(x::MOVL, &[def(to, VIEW_32), imm(value)]);
    } else {
        cx.op(word(cx, MOV), &[def(to, word_view(cx)), imm(value)]);
    }
}

pub(crate) fn materialize(cx: &mut Selector<'_>, inst: Inst, to: VReg) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    match data.opcode() {
        Opcode::Iconst if ty.is_int_or_ptr() && bytes(cx, ty) <= 8 => {
            integer(cx, ty, sign_extended(cx, ty, data.imm()), to);
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
        Opcode::Const if bytes(cx, ty) <= 8 => {
            let mut bits = [0; 8];
            for (to, from) in bits.iter_mut().zip(cx.func.constants[data.constant()].iter()) {
                *to = *from;
            }
            integer(cx, ty, sign_extended(cx, ty, i64::from_le_bytes(bits)), to);
        }
        Opcode::Undef => cx.op(pseudo::UNDEF, &[def(to, undef_view(cx, ty))]),
        Opcode::SlotAddr => {
            let slot = cx.slot_of(data.stack_slot());
            let address =
                Address { base: AddressBase::Slot(slot), index: None, scale_log2: 0, offset: data.imm() };
            let mem = mem(cx, &address);
            let mem = cx.mem_operand(mem);
            cx.op(word(cx, LEA), &[def(to, word_view(cx)), mem]);
        }
        Opcode::Addr => symbol_address(cx, data.symbol(), data.imm(), to),
        Opcode::BlockAddr => {
            let symbol = MachSymbol::IrBlock(cx.out.func.id, data.block());
            let block = cx.block_of(data.block());
            cx.out.func.blocks[block.index()].address_taken = true;
            near_address(cx, symbol, 0, to);
        }
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

fn undef_view(cx: &Selector<'_>, ty: Type) -> u8 {
    if ty.is_int_or_ptr() { view(cx, ty) } else { VIEW_XMM }
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
    let size = bytes(cx, ty) as usize;
    pool_mem(cx, &bits.to_le_bytes()[..size], size as u32)
}

/// The memory of a pool constant.
pub(crate) fn pool_mem(cx: &mut Selector<'_>, bytes: &[u8], align: u32) -> MachMem {
    let symbol = cx.pool(bytes, align);
    near_mem(cx, symbol, 0)
}

/// The memory at a symbol of this module: relative to the instruction pointer; on i386 absolute, or relative to the
/// global offset table.
pub(crate) fn near_mem(cx: &mut Selector<'_>, symbol: MachSymbol, offset: i64) -> MachMem {
    if is_64(cx) {
        return MachMem::pc_relative(cx.symbol_ref(symbol, offset, Modifier::NONE));
    }
    if cx.target.reloc_model == RelocModel::Static {
        return MachMem::absolute(cx.symbol_ref(symbol, offset, Modifier::NONE));
    }
    let reference = cx.symbol_ref(symbol, offset, fixups::GOTOFF);
    MachMem { symbol: Some(reference), ..MachMem::base(got_base(cx), 0) }
}

/// The register with the address of the global offset table (position-independent code of i386).
pub(crate) fn got_base(cx: &mut Selector<'_>) -> VReg {
    match cx.got_base {
        Some(reg) => reg,
        None => {
            let reg = cx.temp(Type::PTR);
            cx.got_base = Some(reg);
            reg
        }
    }
}

/// The memory that holds a symbol's address.
pub(crate) fn got_entry(cx: &mut Selector<'_>, symbol: MachSymbol) -> MachMem {
    if is_64(cx) {
        return MachMem::pc_relative(cx.symbol_ref(symbol, 0, fixups::GOTPCREL));
    }
    let reference = cx.symbol_ref(symbol, 0, fixups::GOT);
    MachMem { symbol: Some(reference), ..MachMem::base(got_base(cx), 0) }
}

/// The address of a symbol of this module.
pub(crate) fn near_address(cx: &mut Selector<'_>, symbol: MachSymbol, offset: i64, to: VReg) {
    let is_ir = matches!(symbol, MachSymbol::Ir(_));
    if cx.target.reloc_model == RelocModel::Static && (is_ir || !is_64(cx)) {
        let symbol = cx.symbol_ref(symbol, offset, Modifier::NONE);
        cx.op(x::MOVL, &[def(to, VIEW_32), MachOperand::Symbol(symbol)]);
        return;
    }
    let mem = near_mem(cx, symbol, offset);
    let mem = cx.mem_operand(mem);
    cx.op(word(cx, LEA), &[def(to, word_view(cx)), mem]);
}

fn symbol_address(cx: &mut Selector<'_>, symbol: Symbol, offset: i64, to: VReg) {
    let offset = sign_extended(cx, Type::PTR, offset);
    let symbol_here = MachSymbol::Ir(symbol);
    if is_direct(cx, symbol) {
        if fits_i32(offset) {
            near_address(cx, symbol_here, offset, to);
            return;
        }
        let base = cx.temp(Type::PTR);
        let mem = near_mem(cx, symbol_here, 0);
        let mem = cx.mem_operand(mem);
        cx.op(word(cx, LEA), &[def(base, word_view(cx)), mem]);
        add_offset(cx, to, base, offset);
        return;
    }
    let mem = got_entry(cx, symbol_here);
    let mem = cx.mem_operand(mem);
    if offset == 0 {
        cx.op(word(cx, MOV), &[def(to, word_view(cx)), mem]);
        return;
    }
    let base = cx.temp(Type::PTR);
    cx.op(word(cx, MOV), &[def(base, word_view(cx)), mem]);
    add_offset(cx, to, base, offset);
}

fn add_offset(cx: &mut Selector<'_>, to: VReg, base: VReg, offset: i64) {
    if offset == 0 {
        cx.op(pseudo::COPY, &[tied(to, base, word_view(cx))]);
        return;
    }
    if let Ok(offset) = i32::try_from(offset) {
        let mem = cx.mem_operand(MachMem::base(base, offset));
        cx.op(word(cx, LEA), &[def(to, word_view(cx)), mem]);
        return;
    }
    let large = cx.temp(Type::PTR);
    integer(cx, Type::PTR, offset, large);
    let sum = MachMem { index: large.into(), ..MachMem::base(base, 0) };
    let sum = cx.mem_operand(sum);
    cx.op(word(cx, LEA), &[def(to, word_view(cx)), sum]);
}

/// An address as an operand.
pub(crate) fn mem(cx: &mut Selector<'_>, address: &Address) -> MachMem {
    let mut result = MachMem::NONE;
    match i32::try_from(sign_extended(cx, Type::PTR, address.offset)) {
        Ok(offset) => result.displacement = offset,
        Err(_) => {
            // Gathering keeps offsets small; only a 64-bit offset of the instruction itself comes here.
            let far = cx.temp(Type::PTR);
            integer(cx, Type::PTR, address.offset, far);
            let near = Address { offset: 0, ..*address };
            let base = mem(cx, &near);
            let whole = cx.temp(Type::PTR);
            let base = cx.mem_operand(base);
            cx.op(word(cx, LEA), &[def(whole, word_view(cx)), base]);
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
            if !is_64(cx) {
                let place = near_mem(cx, MachSymbol::Ir(symbol), 0);
                result.symbol = place.symbol;
                result.base = place.base;
            } else if cx.target.reloc_model == RelocModel::Static {
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

/// The segment register that is the thread pointer.
fn thread_segment(cx: &Selector<'_>) -> PhysReg {
    if is_64(cx) { r::FS } else { r::GS }
}

/// The offset of a thread-local symbol from the thread pointer.
fn thread_offset(cx: &mut Selector<'_>, symbol: Symbol, offset: i64) -> SymbolRefId {
    let modifier = if is_64(cx) { fixups::TPOFF } else { fixups::NTPOFF };
    cx.symbol_ref(MachSymbol::Ir(symbol), offset, modifier)
}

/// `%fs:x@tpoff` for the address of a thread-local variable under the local-exec model.
fn local_exec(cx: &mut Selector<'_>, inst: Inst) -> Option<MachMem> {
    let data = *cx.func.inst(inst);
    if data.opcode() != Opcode::Addr || tls_model(cx, data.symbol()) != Some(TlsModel::LocalExec) {
        return None;
    }
    let symbol = thread_offset(cx, data.symbol(), data.imm());
    Some(MachMem { segment: thread_segment(cx), ..MachMem::absolute(symbol) })
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
            let reference = thread_offset(cx, symbol, offset);
            let mem = MachMem { symbol: Some(reference), ..MachMem::base(base, 0) };
            let mem = cx.mem_operand(mem);
            cx.op(word(cx, LEA), &[def(to, word_view(cx)), mem]);
        }
        Some(TlsModel::InitialExec) => {
            let base = cx.temp(Type::PTR);
            thread_pointer(cx, base);
            let mem = initial_exec_entry(cx, symbol);
            let mem = cx.mem_operand(mem);
            let sum = if offset == 0 { to } else { cx.temp(Type::PTR) };
            cx.op(word(cx, ADD), &[tied(sum, base, word_view(cx)), mem]);
            if offset != 0 {
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
            let modifier = if is_64(cx) { fixups::TLSLD } else { fixups::TLSLDM };
            dynamic_address(cx, symbol, modifier, base);
            let reference = cx.symbol_ref(MachSymbol::Ir(symbol), offset, fixups::DTPOFF);
            let mem = MachMem { symbol: Some(reference), ..MachMem::base(base, 0) };
            let mem = cx.mem_operand(mem);
            cx.op(word(cx, LEA), &[def(to, word_view(cx)), mem]);
        }
    }
    Ok(())
}

/// The memory that holds the offset of a symbol from the thread pointer.
fn initial_exec_entry(cx: &mut Selector<'_>, symbol: Symbol) -> MachMem {
    let symbol = MachSymbol::Ir(symbol);
    if is_64(cx) {
        return MachMem::pc_relative(cx.symbol_ref(symbol, 0, fixups::GOTTPOFF));
    }
    if cx.target.reloc_model == RelocModel::Static {
        return MachMem::absolute(cx.symbol_ref(symbol, 0, fixups::INDNTPOFF));
    }
    let reference = cx.symbol_ref(symbol, 0, fixups::GOTNTPOFF);
    MachMem { symbol: Some(reference), ..MachMem::base(got_base(cx), 0) }
}

fn thread_pointer(cx: &mut Selector<'_>, to: VReg) {
    let mem = cx.mem_operand(MachMem { segment: thread_segment(cx), ..MachMem::NONE });
    cx.op(word(cx, MOV), &[def(to, word_view(cx)), mem]);
}

/// i386: `leal x@tlsgd(,%ebx,1), %eax; call ___tls_get_addr@PLT`, one after the other ([`TLS_ADDRESS`]).
fn dynamic_address_32(cx: &mut Selector<'_>, symbol: Symbol, modifier: Modifier, to: VReg) {
    let base = got_base(cx);
    let reference = cx.symbol_ref(MachSymbol::Ir(symbol), 0, modifier);
    let callee = MachSymbol::External("___tls_get_addr");
    let callee = cx.symbol_ref(callee, 0, fixups::PLT);
    cx.out.func.reserve_outgoing(0, 16);
    cx.out.func.needs.calls = true;
    cx.out.op_with(
        TLS_ADDRESS,
        &[
            MachOperand::Symbol(reference),
            MachOperand::Symbol(callee),
            imm(i64::from(modifier == fixups::TLSGD)),
            fixed_use(base, r::RBX),
            fixed_def(to, r::RAX),
        ],
        RegSet(crate::abi_32::CALL_CLOBBERS.0 & !(1 << r::RAX.0)),
        InstFlags::CALL,
    );
}

/// The exact sequences of the ELF-TLS document, which linkers rewrite.
fn dynamic_address(cx: &mut Selector<'_>, symbol: Symbol, modifier: Modifier, to: VReg) {
    if !is_64(cx) {
        dynamic_address_32(cx, symbol, modifier, to);
        return;
    }
    let argument = cx.temp(Type::PTR);
    let reference = cx.symbol_ref(MachSymbol::Ir(symbol), 0, modifier);
    let mem = cx.mem_operand(MachMem::pc_relative(reference));
    let general = modifier == fixups::TLSGD;
    // `argument` is fixed to rdi by both instructions: the allocator has no reason to move it in between.
    let lea =
        [MachOperand::Def(lathe_mach::MReg::phys(r::RDI), word_view(cx)), mem, fixed_def(argument, r::RDI)];
    if general {
        cx.out.op_with(x::DATA16, &[], RegSet::NONE, InstFlags::PREFIX);
    }
    cx.op(word(cx, LEA), &lea);
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

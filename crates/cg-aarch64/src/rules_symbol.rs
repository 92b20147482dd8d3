//! Constants and addresses of symbols: wide moves, page and low twelve bits, the GOT, thread-local storage.
//!
//! Sources: AAELF64 2023Q3 5.7 (which instruction may carry which relocation); ELF-TLS for AArch64 (TLS descriptors), whose
//! exact sequences linkers rewrite.

use crate::operands::*;
use crate::rules_memory::{legal_mem, load};
use lathe_ir::{Inst, Linkage, Opcode, Symbol, SymbolDefinition, TlsModel, Type, Visibility};
use lathe_isa::Modifier;
use lathe_isa_aarch64::registers as r;
use lathe_isa_aarch64::rows as a;
use lathe_isa_aarch64::{fixups, immediates};
use lathe_mach::error::CodegenError;
use lathe_mach::inst::function::InstFlags;
use lathe_mach::inst::{MachSymbol, MemBase, Sequence, SymbolRefId, pseudo};
use lathe_mach::select::{Address, AddressBase, Selector};
use lathe_mach::{MReg, MachMem, MachOperand, VReg};
use lathe_target::RelocModel;

/// `tpidr_el0` as the operand of `mrs` (op0 3, op1 3, CRn 13, CRm 0, op2 2).
const TPIDR_EL0: i64 = 0xde82;

/// Largest distance from a symbol that its relocations carry; what is farther is added.
const NEAR_SYMBOL: std::ops::Range<i64> = -(1 << 20)..1 << 20;

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
    // A weak reference may turn out to be zero, which no page address reaches.
    if data.weak_reference || (data.linkage == Linkage::Weak && !defined_here) {
        return false;
    }
    let hidden = matches!(data.visibility, Visibility::Hidden | Visibility::Internal);
    match cx.target.reloc_model {
        RelocModel::Static => true,
        RelocModel::Pie => defined_here || hidden,
        RelocModel::Pic => hidden,
    }
}

/// A constant in a register: one to four wide moves, or a logical immediate.
pub(crate) fn integer(cx: &mut Selector<'_>, ty: Type, value: i64, to: VReg) {
    let view = view(ty);
    let width = if view == VIEW_X { 64 } else { 32 };
    let value = in_view(ty, value) as u64;
    let single = value == 0
        || immediates::movz_immediate(value, width).is_some()
        || immediates::movn_immediate(value, width).is_some()
        || immediates::logical_immediate(value, width).is_some();
    if single {
        // As signed, so that the text has the usual form; the instruction is chosen by the value.
        let signed = if width == 64 { value as i64 } else { i64::from(value as u32 as i32) };
        cx.op(a::MOV, &[def(to, view), imm(signed)]);
        return;
    }
    if width == 64 && u32::try_from(value).is_ok() {
        // The upper half becomes zero.
        integer(cx, Type::I32, value as i64, to);
        return;
    }
    let (zeros, ones) = immediates::move_wide_costs(value, width);
    let inverted = ones < zeros;
    let skipped = if inverted { 0xffff } else { 0 };
    let mut last: Option<VReg> = None;
    let parts: Vec<u32> = (0..width / 16).filter(|part| value >> (16 * part) & 0xffff != skipped).collect();
    for (index, part) in parts.iter().enumerate() {
        let bits = (value >> (16 * part) & 0xffff) as i64;
        let next = if index + 1 == parts.len() { to } else { cx.temp(ty) };
        let by = shifted(LSL, 16 * part);
        match last {
            None if inverted => cx.op(a::MOVN, &[def(next, view), imm(!bits & 0xffff), by]),
            None => cx.op(a::MOVZ, &[def(next, view), imm(bits), by]),
            Some(last) => cx.op(a::MOVK, &[tied(next, last, view), imm(bits), by]),
        }
        last = Some(next);
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
        Opcode::Const if ty.is_vector() || ty == Type::F128 => vector_constant(cx, inst, ty, to),
        Opcode::Const if size(ty) <= 8 => {
            let mut bits = [0; 8];
            for (to, from) in bits.iter_mut().zip(cx.func.constants[data.constant()].iter()) {
                *to = *from;
            }
            let bits = u64::from_le_bytes(bits);
            if ty.is_float() {
                float_constant(cx, ty, bits, to);
            } else {
                integer(cx, ty, sign_extended(ty, bits as i64), to);
            }
        }
        Opcode::Undef => cx.op(pseudo::UNDEF, &[def(to, view_of(ty))]),
        Opcode::SlotAddr => {
            let slot = cx.slot_of(data.stack_slot());
            let address =
                Address { base: AddressBase::Slot(slot), index: None, scale_log2: 0, offset: data.imm() };
            let mem = mem(cx, &address);
            address_of(cx, to, mem);
        }
        Opcode::Addr => symbol_address(cx, data.symbol(), data.imm(), to),
        Opcode::BlockAddr => {
            let symbol = MachSymbol::IrBlock(cx.out.func.id, data.block());
            let block = cx.block_of(data.block());
            cx.out.func.blocks[block.index()].address_taken = true;
            page_address(cx, symbol, 0, to);
        }
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

/// A vector constant: `movi` when all bytes are zero or ones, else from the pool.
fn vector_constant(cx: &mut Selector<'_>, inst: Inst, ty: Type, to: VReg) {
    let data = *cx.func.inst(inst);
    let bytes = &cx.func.constants[data.constant()];
    if let Some(first) = bytes.first().copied()
        && bytes.iter().all(|byte| *byte == first)
        && bytes.len() == size(ty) as usize
    {
        let view = if size(ty) == 16 { VIEW_16B } else { VIEW_8B };
        cx.op(a::MOVI, &[def(to, view), imm(i64::from(first))]);
        return;
    }
    let mem = cx.constant_memory(inst);
    load(cx, ty, to, mem, 16);
}

/// A float: zero, an immediate, bits that one `mov` makes, or from the pool.
pub(crate) fn float_constant(cx: &mut Selector<'_>, ty: Type, bits: u64, to: VReg) {
    let (view, int_ty, width) =
        if ty == Type::F32 { (VIEW_S, Type::I32, 32) } else { (VIEW_D, Type::I64, 64) };
    if bits == 0 {
        cx.op(a::FMOV, &[def(to, view), zero(if width == 32 { VIEW_W } else { VIEW_X })]);
        return;
    }
    let double = if width == 32 { f64::from(f32::from_bits(bits as u32)).to_bits() } else { bits };
    if let Some(short) = immediates::float_immediate(double) {
        cx.op(a::FMOV, &[def(to, view), imm(i64::from(short))]);
        return;
    }
    if immediates::movz_immediate(bits, width).is_some() {
        let int = cx.temp(int_ty);
        integer(cx, int_ty, bits as i64, int);
        cx.op(a::FMOV, &[def(to, view), reg_use(int, crate::operands::view(int_ty))]);
        return;
    }
    let size = width as usize / 8;
    let mem = pool_mem(cx, &bits.to_le_bytes()[..size], size as u32);
    load(cx, ty, to, mem, size as u32);
}

/// The memory of a pool constant.
pub(crate) fn pool_mem(cx: &mut Selector<'_>, bytes: &[u8], align: u32) -> MachMem {
    let symbol = cx.pool(bytes, align);
    let symbol = cx.symbol_ref(symbol, 0, Modifier::NONE);
    MachMem::pc_relative(symbol)
}

/// `adrp`, `add`.
pub(crate) fn page_address(cx: &mut Selector<'_>, symbol: MachSymbol, offset: i64, to: VReg) {
    let page = cx.temp(Type::PTR);
    let reference = cx.symbol_ref(symbol, offset, Modifier::NONE);
    cx.op(a::ADRP, &[def(page, VIEW_X), MachOperand::Symbol(reference)]);
    let low = cx.symbol_ref(symbol, offset, fixups::LO12);
    cx.op(a::ADD, &[def(to, VIEW_X), reg_use(page, VIEW_X), MachOperand::Symbol(low)]);
}

/// `adrp`, `ldr` of a table entry.
fn through_table(cx: &mut Selector<'_>, symbol: MachSymbol, page: Modifier, low: Modifier, to: VReg) {
    let base = cx.temp(Type::PTR);
    let reference = cx.symbol_ref(symbol, 0, page);
    cx.op(a::ADRP, &[def(base, VIEW_X), MachOperand::Symbol(reference)]);
    let low = cx.symbol_ref(symbol, 0, low);
    let mem = cx.mem_operand(MachMem { symbol: Some(low), ..MachMem::base(base, 0) });
    cx.op(a::LDR, &[def(to, VIEW_X), mem]);
}

/// The address of a symbol from the GOT.
pub(crate) fn got_address(cx: &mut Selector<'_>, symbol: MachSymbol, to: VReg) {
    through_table(cx, symbol, fixups::GOT, fixups::GOT_LO12, to);
}

fn symbol_address(cx: &mut Selector<'_>, symbol: Symbol, offset: i64, to: VReg) {
    let direct = is_direct(cx, symbol);
    if direct && NEAR_SYMBOL.contains(&offset) {
        page_address(cx, MachSymbol::Ir(symbol), offset, to);
        return;
    }
    let base = if offset == 0 { to } else { cx.temp(Type::PTR) };
    if direct {
        page_address(cx, MachSymbol::Ir(symbol), 0, base);
    } else {
        got_address(cx, MachSymbol::Ir(symbol), base);
    }
    if offset != 0 {
        add_offset(cx, to, base, offset);
    }
}

/// `to = base + offset`.
pub(crate) fn add_offset(cx: &mut Selector<'_>, to: VReg, base: VReg, offset: i64) {
    let (row, magnitude) = if offset < 0 { (a::SUB, offset.wrapping_neg()) } else { (a::ADD, offset) };
    if offset == 0 {
        cx.op(pseudo::COPY, &[tied(to, base, VIEW_X)]);
    } else if is_add_immediate(magnitude) {
        cx.op(row, &[def(to, VIEW_X), reg_use(base, VIEW_X), imm(magnitude)]);
    } else if (0..1 << 24).contains(&magnitude) {
        let middle = cx.temp(Type::PTR);
        cx.op(row, &[def(middle, VIEW_X), reg_use(base, VIEW_X), imm(magnitude & !0xfff)]);
        cx.op(row, &[def(to, VIEW_X), reg_use(middle, VIEW_X), imm(magnitude & 0xfff)]);
    } else {
        let far = cx.temp(Type::I64);
        integer(cx, Type::I64, offset, far);
        cx.op(a::ADD, &[def(to, VIEW_X), reg_use(base, VIEW_X), reg_use(far, VIEW_X)]);
    }
}

/// An address in one register.
pub(crate) fn address_of(cx: &mut Selector<'_>, to: VReg, mem: MachMem) {
    if mem.index.is_some() {
        let base = cx.temp(Type::PTR);
        let plain = MachMem { index: MReg::NONE, mode: lathe_isa::MemMode::Offset, ..mem };
        let base = match (plain.base, plain.displacement) {
            (MemBase::Reg(base), 0) => base,
            _ => {
                address_of(cx, base, plain);
                base.into()
            }
        };
        let (index, by) = crate::rules_memory::index_operand(&mem);
        cx.op(a::ADD, &[def(to, VIEW_X), MachOperand::Use(base, VIEW_X), index, by]);
        return;
    }
    match mem.base {
        MemBase::Slot(_) => {
            let mem = cx.mem_operand(mem);
            cx.op(ADDRESS, &[def(to, VIEW_X), mem]);
        }
        MemBase::Reg(base) => {
            let Some(base) = base.as_virt() else {
                let mem = cx.mem_operand(mem);
                cx.op(ADDRESS, &[def(to, VIEW_X), mem]);
                return;
            };
            add_offset(cx, to, base, i64::from(mem.displacement));
        }
        MemBase::Pc => {
            let Some(symbol) = mem.symbol else { return };
            let data = cx.out.func.tables.symbols[symbol.0 as usize];
            page_address(cx, data.symbol, data.addend + i64::from(mem.displacement), to);
        }
        MemBase::None => integer(cx, Type::I64, i64::from(mem.displacement), to),
    }
}

/// An address; [`legal_mem`] makes it fit an access.
pub(crate) fn mem(cx: &mut Selector<'_>, address: &Address) -> MachMem {
    let mut result = MachMem::NONE;
    let mut offset = address.offset;
    match address.base {
        AddressBase::None => {}
        AddressBase::Value(value) => result.base = MemBase::Reg(cx.reg(value).into()),
        AddressBase::Slot(slot) => result.base = MemBase::Slot(slot),
        AddressBase::Symbol(symbol) if NEAR_SYMBOL.contains(&offset) => {
            let symbol = cx.symbol_ref(MachSymbol::Ir(symbol), offset, Modifier::NONE);
            offset = 0;
            result.base = MemBase::Pc;
            result.symbol = Some(symbol);
        }
        AddressBase::Symbol(symbol) => {
            let base = cx.temp(Type::PTR);
            symbol_address(cx, symbol, 0, base);
            result.base = MemBase::Reg(base.into());
        }
    }
    match i32::try_from(offset) {
        Ok(offset) => result.displacement = offset,
        Err(_) => {
            // Gathering keeps offsets small; only a 64-bit offset of the instruction itself comes here.
            let (start, whole, far) = (cx.temp(Type::PTR), cx.temp(Type::PTR), cx.temp(Type::I64));
            address_of(cx, start, result);
            integer(cx, Type::I64, offset, far);
            cx.op(a::ADD, &[def(whole, VIEW_X), reg_use(start, VIEW_X), reg_use(far, VIEW_X)]);
            result = MachMem::base(whole, 0);
        }
    }
    if let Some(index) = address.index {
        result.scale_log2 = address.scale_log2;
        let wide = cx.foldable(index).filter(|inst| {
            let data = cx.func.inst(*inst);
            data.opcode() == Opcode::Sext && cx.func.ty(data.inline_args()[0]) == Type::I32
        });
        result.index = match wide {
            Some(inst) => {
                result.mode = lathe_isa::MemMode::SignExtendedIndex;
                cx.reg(cx.func.inst(inst).inline_args()[0]).into()
            }
            None => cx.reg(index).into(),
        };
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
        (RelocModel::Pic, model) => model,
        _ if local => TlsModel::LocalExec,
        _ => TlsModel::InitialExec,
    })
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
    let name = MachSymbol::Ir(symbol);
    match tls_model(cx, symbol) {
        None => symbol_address(cx, symbol, offset, to),
        Some(TlsModel::LocalExec) => {
            let (base, high) = (cx.temp(Type::PTR), cx.temp(Type::PTR));
            thread_pointer(cx, base);
            let upper = cx.symbol_ref(name, offset, fixups::TPREL_HI12);
            let operands =
                [def(high, VIEW_X), reg_use(base, VIEW_X), MachOperand::Symbol(upper), shifted(LSL, 12)];
            cx.op(a::ADD, &operands);
            let low = cx.symbol_ref(name, offset, fixups::TPREL_LO12_NC);
            cx.op(a::ADD, &[def(to, VIEW_X), reg_use(high, VIEW_X), MachOperand::Symbol(low)]);
        }
        Some(TlsModel::InitialExec) => {
            let (base, distance) = (cx.temp(Type::PTR), cx.temp(Type::I64));
            thread_pointer(cx, base);
            through_table(cx, name, fixups::GOTTPREL, fixups::GOTTPREL_LO12, distance);
            add_thread_pointer(cx, to, base, distance, offset);
        }
        Some(TlsModel::GeneralDynamic | TlsModel::LocalDynamic) => {
            let (distance, base) = (cx.temp(Type::I64), cx.temp(Type::PTR));
            descriptor(cx, name, distance);
            thread_pointer(cx, base);
            add_thread_pointer(cx, to, base, distance, offset);
        }
    }
    Ok(())
}

fn add_thread_pointer(cx: &mut Selector<'_>, to: VReg, base: VReg, distance: VReg, offset: i64) {
    let sum = if offset == 0 { to } else { cx.temp(Type::PTR) };
    cx.op(a::ADD, &[def(sum, VIEW_X), reg_use(base, VIEW_X), reg_use(distance, VIEW_X)]);
    if offset != 0 {
        add_offset(cx, to, sum, offset);
    }
}

fn thread_pointer(cx: &mut Selector<'_>, to: VReg) {
    cx.op(a::MRS, &[def(to, VIEW_X), imm(TPIDR_EL0)]);
}

/// The call through a TLS descriptor. It preserves everything but `x0`, `x1`, the link register and the flags. One row until
/// after allocation: linkers rewrite the sequence, so nothing may come between its parts.
fn descriptor(cx: &mut Selector<'_>, symbol: MachSymbol, to: VReg) {
    let high = cx.symbol_ref(symbol, 0, fixups::TLSDESC);
    let low = cx.symbol_ref(symbol, 0, fixups::TLSDESC_LO12);
    let plain = cx.symbol_ref(symbol, 0, Modifier::NONE);
    cx.out.func.needs.calls = true;
    let operands = [
        MachOperand::Symbol(high),
        MachOperand::Symbol(low),
        MachOperand::Symbol(plain),
        fixed_def(to, r::x(0)),
    ];
    cx.out.op_with(DESCRIPTOR_CALL, &operands, r::set(&[r::x(1), r::LR, r::NZCV]), InstFlags::CALL);
}

/// The exact sequence (ELF for the Arm 64-bit Architecture, "TLS descriptors"): argument and result in `x0`, the
/// function in `x1`.
pub(crate) fn expand_descriptor(
    high: MachOperand,
    low: SymbolRefId,
    plain: MachOperand,
    out: &mut Sequence<'_>,
) {
    let (x0, x1) = (r::x(0), r::x(1));
    out.op(a::ADRP, &[phys_def(x0, VIEW_X), high]);
    let mem = out.mem(MachMem { symbol: Some(low), ..MachMem::base(MReg::phys(x0), 0) });
    out.op(a::LDR, &[phys_def(x1, VIEW_X), mem]);
    out.op(a::ADD, &[phys_def(x0, VIEW_X), phys_use(x0, VIEW_X), MachOperand::Symbol(low)]);
    out.op(a::_TLSDESCCALL, &[plain]);
    out.op(a::BLR, &[phys_use(x1, VIEW_X)]);
}

/// The memory operand at an address value, legal for an access of so many bytes.
pub(crate) fn operand_at(
    cx: &mut Selector<'_>,
    value: lathe_ir::Value,
    offset: i64,
    size: u32,
    align: u32,
) -> MachOperand {
    let mem = cx.mem_at(value, offset);
    let mem = legal_mem(cx, mem, size, align);
    cx.mem_operand(mem)
}

//! Loads, stores, block copies, stack allocation, frame addresses.
//!
//! An address is gathered without knowing the access ([`crate::rules_symbol::mem`]); [`legal_mem`] brings it into one of
//! the forms that a load or store of a size can have (Arm ARM C1.3.3): base and scaled unsigned or unscaled signed
//! offset, base and index (scaled by the size or not at all, possibly a sign-extended word), base and the low twelve
//! bits of a symbol.

use crate::operands::*;
use crate::rules_symbol::{address_of, integer, operand_at};
use lathe_ir::{Inst, MemFlags, Opcode, Ordering, SymbolDefinition, Type, Value};
use lathe_isa::{MemMode, RegSet, RowId};
use lathe_isa_aarch64::registers as r;
use lathe_isa_aarch64::{fixups, rows as a};
use lathe_mach::error::CodegenError;
use lathe_mach::inst::function::InstFlags;
use lathe_mach::inst::{MachSymbol, MemBase};
use lathe_mach::select::Selector;
use lathe_mach::{MReg, MachMem, MachOperand, VReg};

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    match data.opcode() {
        Opcode::Load => return select_load(cx, inst),
        Opcode::Store => return select_store(cx, inst),
        Opcode::Prefetch => {
            let (write, locality) = data.prefetch_hint();
            let mem = operand_at(cx, data.inline_args()[0], 0, 8, 1);
            // Target level and policy: locality 3 is kept in level 1, 0 is streaming.
            let level = if locality == 0 { 0 } else { 3 - i64::from(locality.min(3)) };
            let operation = i64::from(write) << 4 | level << 1 | i64::from(locality == 0);
            cx.op(a::PRFM, &[imm(operation), mem]);
        }
        Opcode::StackAlloc => stack_alloc(cx, inst),
        Opcode::StackSave => {
            let to = cx.result(inst);
            cx.out.func.needs.dynamic_alloc = true;
            cx.op(a::MOV, &[def(to, VIEW_X), phys_use(r::SP, VIEW_X)]);
        }
        Opcode::StackRestore => {
            let from = cx.reg(data.inline_args()[0]);
            cx.out.func.needs.dynamic_alloc = true;
            cx.op(a::MOV, &[phys_def(r::SP, VIEW_X), reg_use(from, VIEW_X)]);
        }
        Opcode::FrameAddress | Opcode::ReturnAddress => frame_address(cx, inst),
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

/// Index register and its shift or extension as operands of `add`.
pub(crate) fn index_operand(mem: &MachMem) -> (MachOperand, MachOperand) {
    let (view, kind) = if mem.mode == MemMode::SignExtendedIndex { (VIEW_W, SXTW) } else { (VIEW_X, LSL) };
    (MachOperand::Use(mem.index, view), shifted(kind, u32::from(mem.scale_log2)))
}

/// An address that an access of `size` bytes can have. `align` is what the address is known to be aligned to.
pub(crate) fn legal_mem(cx: &mut Selector<'_>, mem: MachMem, size: u32, align: u32) -> MachMem {
    if mem.index.is_some() {
        return legal_indexed(cx, mem, size);
    }
    match mem.base {
        // Slots have no offset yet: frame layout sees to them.
        MemBase::Slot(_) => mem,
        MemBase::Pc => {
            let Some(symbol) = mem.symbol else { return mem };
            let data = cx.out.func.tables.symbols[symbol.0 as usize];
            let offset = data.addend + i64::from(mem.displacement);
            if known_align(cx, data.symbol, offset, align) < size {
                // The low twelve bits of a scaled access must be a multiple of its size.
                let whole = cx.temp(Type::PTR);
                crate::rules_symbol::page_address(cx, data.symbol, offset, whole);
                return MachMem::base(whole, 0);
            }
            let page = cx.temp(Type::PTR);
            let high = cx.symbol_ref(data.symbol, offset, data.modifier);
            cx.op(a::ADRP, &[def(page, VIEW_X), MachOperand::Symbol(high)]);
            let low = cx.symbol_ref(data.symbol, offset, fixups::LO12);
            MachMem { symbol: Some(low), ..MachMem::base(page, 0) }
        }
        MemBase::Reg(base) => {
            let offset = i64::from(mem.displacement);
            if fits(offset, size) {
                return mem;
            }
            let near = offset & 0xfff;
            let rest = offset - near;
            if near % i64::from(size) == 0 && is_add_immediate(rest.abs()) {
                let middle = cx.temp(Type::PTR);
                let row = if rest < 0 { a::SUB } else { a::ADD };
                cx.op(row, &[def(middle, VIEW_X), MachOperand::Use(base, VIEW_X), imm(rest.abs())]);
                return MachMem::base(middle, near as i32);
            }
            let far = cx.temp(Type::I64);
            integer(cx, Type::I64, offset, far);
            MachMem { index: far.into(), displacement: 0, scale_log2: 0, ..mem }
        }
        MemBase::None => {
            let base = cx.temp(Type::PTR);
            integer(cx, Type::I64, i64::from(mem.displacement), base);
            MachMem::base(base, 0)
        }
    }
}

/// The alignment of a symbol plus an offset: of objects of this module their own, whatever the access promises (it may go to a member
/// of a packed structure through a pointer); else as promised.
fn known_align(cx: &Selector<'_>, symbol: MachSymbol, offset: i64, promised: u32) -> u32 {
    let at = 1u32 << offset.trailing_zeros().min(12);
    let own = match symbol {
        MachSymbol::Ir(symbol) => match &cx.module.symbols[symbol].definition {
            SymbolDefinition::Data(id) => cx.module.data[*id].align.max(1),
            _ => promised,
        },
        _ => promised,
    };
    own.min(at)
}

/// Whether an offset fits an access.
fn fits(offset: i64, size: u32) -> bool {
    let size = i64::from(size);
    (-256..256).contains(&offset) || (offset % size == 0 && (0..4096 * size).contains(&offset))
}

fn legal_indexed(cx: &mut Selector<'_>, mem: MachMem, size: u32) -> MachMem {
    let scales = mem.scale_log2 == 0 || 1 << mem.scale_log2 == size;
    let plain = MachMem { index: MReg::NONE, mode: MemMode::Offset, scale_log2: 0, ..mem };
    let is_register = matches!(mem.base, MemBase::Reg(_));
    if scales {
        if is_register && mem.displacement == 0 {
            return mem;
        }
        if !is_register {
            let on_entry = match mem.base {
                MemBase::Slot(slot) => cx.entry_address(slot, mem.displacement),
                _ => None,
            };
            let base = on_entry.unwrap_or_else(|| {
                let base = cx.temp(Type::PTR);
                address_of(cx, base, plain);
                base
            });
            return MachMem { base: MemBase::Reg(base.into()), displacement: 0, symbol: None, ..mem };
        }
    }
    // The sum first, then the offset.
    let base = match mem.base {
        MemBase::Reg(base) => base,
        _ => {
            let base = cx.temp(Type::PTR);
            address_of(cx, base, plain);
            base.into()
        }
    };
    let sum = cx.temp(Type::PTR);
    let (index, by) = index_operand(&mem);
    cx.op(a::ADD, &[def(sum, VIEW_X), MachOperand::Use(base, VIEW_X), index, by]);
    let offset = if is_register { mem.displacement } else { 0 };
    legal_mem(cx, MachMem::base(sum, offset), size, 1)
}

/// Loads a value. `align` is what the address is promised to have. Narrow integers are zero-extended.
pub(crate) fn load(cx: &mut Selector<'_>, ty: Type, to: VReg, mem: MachMem, align: u32) {
    let mem = legal_mem(cx, mem, size(ty), align);
    let mem = cx.mem_operand(mem);
    cx.op(load_row(ty), &[def(to, view_of(ty)), mem]);
}

fn load_row(ty: Type) -> RowId {
    match bytes(ty) {
        1 if ty.is_int_or_ptr() => a::LDRB,
        2 if ty.is_int_or_ptr() => a::LDRH,
        _ => a::LDR,
    }
}

fn store_row(ty: Type) -> RowId {
    match bytes(ty) {
        1 if ty.is_int_or_ptr() => a::STRB,
        2 if ty.is_int_or_ptr() => a::STRH,
        _ => a::STR,
    }
}

/// Stores a value.
pub(crate) fn store(cx: &mut Selector<'_>, ty: Type, from: MachOperand, mem: MachMem, align: u32) {
    let mem = legal_mem(cx, mem, size(ty), align);
    let mem = cx.mem_operand(mem);
    cx.op(store_row(ty), &[from, mem]);
}

fn select_load(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let flags = data.mem_flags();
    if matches!(flags.ordering(), Ordering::Acquire | Ordering::AcqRel | Ordering::SeqCst) {
        return crate::rules_atomic::load(cx, inst);
    }
    let to = cx.result(inst);
    let ty = data.ty();
    let mem = operand_at(cx, data.inline_args()[0], i64::from(data.offset()), size(ty), flags.align());
    cx.out.op_with(load_row(ty), &[def(to, view_of(ty)), mem], RegSet::NONE, flags_of(flags));
    Ok(())
}

/// A load of a narrow integer, sign-extended to the view of `ty`.
pub(crate) fn load_signed(cx: &mut Selector<'_>, inst: Inst, ty: Type, to: VReg) {
    let data = *cx.func.inst(inst);
    let row = match bytes(data.ty()) {
        1 => a::LDRSB,
        2 => a::LDRSH,
        _ => a::LDRSW,
    };
    let offset = i64::from(data.offset());
    let mem = operand_at(cx, data.inline_args()[0], offset, bytes(data.ty()), data.mem_flags().align());
    cx.op(row, &[def(to, view(ty)), mem]);
}

fn select_store(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let (ty, flags) = (data.ty(), data.mem_flags());
    if matches!(flags.ordering(), Ordering::Release | Ordering::AcqRel | Ordering::SeqCst) {
        return crate::rules_atomic::store(cx, inst);
    }
    let [value, address] = [data.inline_args()[0], data.inline_args()[1]];
    let (from, ty) = stored(cx, ty, value);
    let mem = operand_at(cx, address, i64::from(data.offset()), size(ty), flags.align());
    cx.out.op_with(store_row(ty), &[from, mem], RegSet::NONE, flags_of(flags));
    Ok(())
}

/// Volatile and atomic accesses stay as they are.
fn flags_of(flags: MemFlags) -> InstFlags {
    if flags.is_plain() { InstFlags::NONE } else { InstFlags::KEEP }
}

/// A value with the same low bits, without what only changes those above.
fn low_part(cx: &Selector<'_>, mut value: Value, bits: u32) -> Value {
    while let Some(inst) = cx.foldable(value) {
        let data = cx.func.inst(inst);
        let Some(from) = data.inline_args().first().copied() else { break };
        let from_ty = cx.func.ty(from);
        let keeps = match data.opcode() {
            Opcode::Trunc => from_ty.is_int() && bytes(from_ty) <= 8,
            Opcode::Zext | Opcode::Sext => bytes(from_ty) * 8 >= bits,
            Opcode::IandImm => data.imm() | !((1i64 << bits) - 1) == -1,
            _ => false,
        };
        if !keeps {
            break;
        }
        value = from;
    }
    value
}

/// The register to store: the zero register for all-zero values, else the value's; and the type to store it as.
fn stored(cx: &mut Selector<'_>, ty: Type, value: Value) -> (MachOperand, Type) {
    if ty.is_int_or_ptr() {
        let value = if bytes(ty) < 4 { low_part(cx, value, bytes(ty) * 8) } else { value };
        return (value_or_zero(cx, value, view(ty)), ty);
    }
    let is_zero = cx.func.def_inst(value).is_some_and(|inst| {
        let data = cx.func.inst(inst);
        data.opcode() == Opcode::Fconst && data.imm() == 0
    });
    match (is_zero, ty) {
        (true, Type::F32) => (zero(VIEW_W), Type::I32),
        (true, Type::F64) => (zero(VIEW_X), Type::I64),
        _ => (reg_use(cx.reg(value), view_of(ty)), ty),
    }
}

// ----- blocks of memory -----

fn at(mem: MachMem, offset: u32) -> MachMem {
    MachMem { displacement: mem.displacement.wrapping_add(offset as i32), ..mem }
}

/// The pieces that cover `size` bytes: (offset, bytes). The last may overlap the one before.
fn pieces(size: u32) -> Vec<(u32, u32)> {
    let mut pieces = Vec::new();
    let mut done = 0;
    for step in [16, 8, 4, 2, 1] {
        while size - done >= step {
            pieces.push((done, step));
            done += step;
        }
        let rest = size - done;
        if rest > 0 && done >= step && step > 1 && !rest.is_power_of_two() {
            pieces.push((size - step, step));
            return pieces;
        }
    }
    pieces
}

fn piece_type(bytes: u32) -> Type {
    match bytes {
        1 => Type::I8,
        2 => Type::I16,
        4 => Type::I32,
        8 => Type::I64,
        _ => Type::F128,
    }
}

/// An address with nothing but a base and a displacement, so that pieces can be addressed from it.
fn block_base(cx: &mut Selector<'_>, mem: MachMem, size: u32) -> MachMem {
    let simple = match mem.base {
        MemBase::Slot(_) => !mem.index.is_some(),
        MemBase::Reg(_) => !mem.index.is_some() && (-256..4096 - size as i32).contains(&mem.displacement),
        _ => false,
    };
    if simple || size <= 8 && size.is_power_of_two() {
        return mem;
    }
    let base = cx.temp(Type::PTR);
    address_of(cx, base, mem);
    MachMem::base(base, 0)
}

/// Copies `size` bytes. With `overlap` everything is loaded before anything is stored.
pub(crate) fn copy_block(cx: &mut Selector<'_>, to: MachMem, from: MachMem, size: u32, overlap: bool) {
    let to = block_base(cx, to, size);
    let from = block_base(cx, from, size);
    let mut held = Vec::new();
    for (offset, bytes) in pieces(size) {
        let ty = piece_type(bytes);
        let reg = cx.temp(ty);
        load(cx, ty, reg, at(from, offset), 1);
        if overlap {
            held.push((ty, reg, offset));
        } else {
            store(cx, ty, reg_use(reg, view_of(ty)), at(to, offset), 1);
        }
    }
    for (ty, reg, offset) in held {
        store(cx, ty, reg_use(reg, view_of(ty)), at(to, offset), 1);
    }
}

/// Fills `size` bytes.
pub(crate) fn fill_block(cx: &mut Selector<'_>, to: MachMem, byte: Result<u8, VReg>, size: u32) {
    let to = block_base(cx, to, size);
    let wide = size >= 16;
    let mut vector = None;
    if wide {
        let reg = cx.temp(Type::F128);
        match byte {
            Ok(byte) => cx.op(a::MOVI, &[def(reg, VIEW_16B), imm(i64::from(byte))]),
            Err(from) => cx.op(a::DUP, &[def(reg, VIEW_16B), reg_use(from, VIEW_W)]),
        }
        vector = Some(reg);
    }
    let mut int: Option<MachOperand> = None;
    for (offset, bytes) in pieces(size) {
        let ty = piece_type(bytes);
        if let (Some(vector), 16) = (vector, bytes) {
            store(cx, ty, reg_use(vector, VIEW_Q), at(to, offset), 1);
            continue;
        }
        let from = match (int, byte) {
            (Some(from), _) => from,
            (None, Ok(0)) => zero(VIEW_X),
            (None, Ok(byte)) => {
                let reg = cx.temp(Type::I64);
                integer(cx, Type::I64, i64::from_le_bytes([byte; 8]), reg);
                reg_use(reg, VIEW_X)
            }
            (None, Err(from)) => {
                let (small, factor, product) = (cx.temp(Type::I64), cx.temp(Type::I64), cx.temp(Type::I64));
                cx.op(a::AND, &[def(small, VIEW_W), reg_use(from, VIEW_W), imm(0xff)]);
                integer(cx, Type::I64, 0x0101_0101_0101_0101, factor);
                cx.op(a::MUL, &[def(product, VIEW_X), reg_use(small, VIEW_X), reg_use(factor, VIEW_X)]);
                reg_use(product, VIEW_X)
            }
        };
        int = Some(from);
        let from = match from {
            MachOperand::Use(reg, _) => MachOperand::Use(reg, view(ty)),
            other => other,
        };
        store(cx, ty, from, at(to, offset), 1);
    }
}

// ----- stack -----

/// `stack_alloc`: the outgoing-argument area stays below the new memory.
fn stack_alloc(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let align = i64::from(data.alloc_align().max(16));
    cx.out.func.needs.dynamic_alloc = true;
    let size = data.inline_args()[0];
    let extra = if align > 16 { align } else { 0 };
    let (sp, sp_def) = (phys_use(r::SP, VIEW_X), phys_def(r::SP, VIEW_X));
    let constant = cx.func.int_constant(size).filter(|bytes| (0..1 << 31).contains(bytes));
    let amount = match constant {
        Some(bytes) => {
            let bytes = ((bytes + 15) & !15) + extra;
            if is_add_immediate(bytes) {
                imm(bytes)
            } else {
                let reg = cx.temp(Type::I64);
                integer(cx, Type::I64, bytes, reg);
                reg_use(reg, VIEW_X)
            }
        }
        None => {
            let size = cx.reg(size);
            let (bumped, rounded) = (cx.temp(Type::I64), cx.temp(Type::I64));
            crate::rules_symbol::add_offset(cx, bumped, size, 15 + extra);
            cx.op(a::AND, &[def(rounded, VIEW_X), reg_use(bumped, VIEW_X), imm(-16)]);
            reg_use(rounded, VIEW_X)
        }
    };
    cx.op(a::SUB, &[sp_def, sp, amount]);
    let to = cx.result(inst);
    if align > 16 {
        let bumped = cx.temp(Type::PTR);
        cx.op(STACK_ADDRESS, &[def(bumped, VIEW_X), imm(align - 1)]);
        cx.op(a::AND, &[def(to, VIEW_X), reg_use(bumped, VIEW_X), imm(-align)]);
        return;
    }
    cx.op(STACK_ADDRESS, &[def(to, VIEW_X), imm(0)]);
}

/// `frame_address`, `return_address`: follows frame records (AAPCS64 6.4.6).
fn frame_address(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    cx.out.func.needs.frame_pointer = true;
    let to = cx.result(inst);
    let mut base: MReg = MReg::phys(r::FP);
    for _ in 0..data.frame_depth() {
        let next = cx.temp(Type::PTR);
        let mem = cx.mem_operand(MachMem::base(base, 0));
        cx.op(a::LDR, &[def(next, VIEW_X), mem]);
        base = next.into();
    }
    if data.opcode() == Opcode::ReturnAddress {
        let mem = cx.mem_operand(MachMem::base(base, 8));
        cx.op(a::LDR, &[def(to, VIEW_X), mem]);
    } else {
        cx.op(a::MOV, &[def(to, VIEW_X), MachOperand::Use(base, VIEW_X)]);
    }
}

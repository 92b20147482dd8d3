//! Loads, stores, block copies, stack allocation, frame addresses, values that live in memory.

use crate::operands::*;
use lathe_ir::{Inst, Opcode, Ordering, Type, Value};
use lathe_isa_riscv::registers as r;
use lathe_isa_riscv::rows as x;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::MemBase;
use lathe_mach::select::Selector;
use lathe_mach::{MReg, MachMem, MachOperand, VReg};

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    match data.opcode() {
        Opcode::Load => {
            let to = cx.result(inst);
            load_inst(cx, inst, to, false);
        }
        Opcode::Store => select_store(cx, inst),
        Opcode::Prefetch => {}
        Opcode::StackAlloc => stack_alloc(cx, inst),
        Opcode::StackSave => {
            let to = cx.result(inst);
            cx.out.func.needs.dynamic_alloc = true;
            cx.op(x::ADDI, &[def_x(to), phys(r::SP), imm(0)]);
        }
        Opcode::StackRestore => {
            let from = cx.reg(data.inline_args()[0]);
            cx.out.func.needs.dynamic_alloc = true;
            cx.op(x::ADDI, &[phys_def(r::SP), use_x(from), imm(0)]);
        }
        Opcode::FrameAddress | Opcode::ReturnAddress => frame_address(cx, inst),
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

/// The load of an instruction into a register: of narrow types as signed or unsigned numbers, of an `i32` sign-extended
/// unless a `zext` takes it over (`signed` false there).
pub(crate) fn load_inst(cx: &mut Selector<'_>, inst: Inst, to: VReg, signed: bool) {
    let data = *cx.func.inst(inst);
    let taken_over =
        cx.func.result(inst).is_some_and(|value| cx.use_count(value) == 1 && !cx.is_needed(value));
    let mem = cx.mem_at(data.inline_args()[0], i64::from(data.offset()));
    let ordering = data.mem_flags().ordering();
    if ordering == Ordering::SeqCst {
        cx.op(x::FENCE, &[imm(3), imm(3)]);
    }
    if data.ty() == Type::I32 && taken_over && !signed {
        let mem = cx.mem_operand(mem);
        cx.op(x::LWU, &[def_x(to), mem]);
    } else {
        load(cx, data.ty(), to, mem, signed);
    }
    if matches!(ordering, Ordering::Acquire | Ordering::AcqRel | Ordering::SeqCst) {
        cx.op(x::FENCE, &[imm(2), imm(3)]);
    }
}

/// Loads a value; bytes and halves zero-extended unless `signed`.
pub(crate) fn load(cx: &mut Selector<'_>, ty: Type, to: VReg, mem: MachMem, signed: bool) {
    let mem = cx.mem_operand(mem);
    let row = match ty {
        Type::F32 => x::FLW,
        Type::F64 => x::FLD,
        _ => match (bytes(ty), signed) {
            (1, false) => x::LBU,
            (1, true) => x::LB,
            (2, false) => x::LHU,
            (2, true) => x::LH,
            (4, _) => x::LW,
            _ => x::LD,
        },
    };
    let to = if ty.is_float() { def_f(to, ty) } else { def_x(to) };
    cx.op(row, &[to, mem]);
}

/// Stores a value.
pub(crate) fn store(cx: &mut Selector<'_>, ty: Type, from: VReg, mem: MachMem) {
    let from = if ty.is_float() { use_f(from, ty) } else { use_x(from) };
    store_operand(cx, ty, from, mem);
}

fn store_operand(cx: &mut Selector<'_>, ty: Type, from: MachOperand, mem: MachMem) {
    let mem = cx.mem_operand(mem);
    let row = match ty {
        Type::F32 => x::FSW,
        Type::F64 => x::FSD,
        _ => match bytes(ty) {
            1 => x::SB,
            2 => x::SH,
            4 => x::SW,
            _ => x::SD,
        },
    };
    cx.op(row, &[from, mem]);
}

fn select_store(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let [value, address] = [data.inline_args()[0], data.inline_args()[1]];
    let (ty, ordering) = (data.ty(), data.mem_flags().ordering());
    let (from, ty) = stored(cx, ty, value);
    let mem = cx.mem_at(address, i64::from(data.offset()));
    if matches!(ordering, Ordering::Release | Ordering::AcqRel | Ordering::SeqCst) {
        cx.op(x::FENCE, &[imm(3), imm(1)]);
    }
    store_operand(cx, ty, from, mem);
}

/// What is stored, and as what: zeros from `zero`, integers without the extension that nobody sees.
fn stored(cx: &mut Selector<'_>, ty: Type, value: Value) -> (MachOperand, Type) {
    if let Some(inst) = cx.func.def_inst(value) {
        let data = *cx.func.inst(inst);
        match data.opcode() {
            Opcode::Iconst if sign_extended(ty, data.imm()) == 0 => return (zero(), ty),
            Opcode::Fconst if data.imm() == 0 => {
                return (zero(), if ty == Type::F32 { Type::I32 } else { Type::I64 });
            }
            Opcode::Trunc | Opcode::Zext | Opcode::Sext
                if cx.foldable(value).is_some()
                    && ty.is_int_or_ptr()
                    && bits(cx.func.ty(data.inline_args()[0])) >= bits(ty)
                    && crate::rules::register_class(cx.func.ty(data.inline_args()[0])).is_some() =>
            {
                let from = cx.reg(data.inline_args()[0]);
                return (use_x(from), ty);
            }
            _ => {}
        }
    }
    let from = cx.reg(value);
    if ty.is_float() { (use_f(from, ty), ty) } else { (use_x(from), ty) }
}

// ----- blocks of memory -----

fn at(mem: MachMem, offset: u32) -> MachMem {
    MachMem { displacement: mem.displacement.wrapping_add(offset as i32), ..mem }
}

/// An address whose pieces up to `size` bytes further are in reach, too.
fn reachable(cx: &mut Selector<'_>, mem: MachMem, size: u32) -> MachMem {
    let is_one_piece = size <= 8 && size.is_power_of_two();
    if is_one_piece { mem } else { crate::rules_symbol::block_memory(cx, mem, size) }
}

/// The pieces that cover `size` bytes: (offset, bytes).
fn pieces(size: u32) -> impl Iterator<Item = (u32, u32)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let rest = size - done;
        let step = match rest {
            0 => return None,
            1 => 1,
            2..=3 => 2,
            4..=7 => 4,
            _ => 8,
        };
        done += step;
        Some((done - step, step))
    })
}

fn piece_type(bytes: u32) -> Type {
    match bytes {
        1 => Type::I8,
        2 => Type::I16,
        4 => Type::I32,
        _ => Type::I64,
    }
}

/// Copies `size` bytes. With `overlap` everything is loaded before anything is stored.
pub(crate) fn copy_block(cx: &mut Selector<'_>, to: MachMem, from: MachMem, size: u32, overlap: bool) {
    let from = reachable(cx, from, size);
    let to = reachable(cx, to, size);
    let mut held = Vec::new();
    for (offset, bytes) in pieces(size) {
        let ty = piece_type(bytes);
        let reg = cx.temp(ty);
        load(cx, ty, reg, at(from, offset), false);
        if overlap {
            held.push((ty, reg, offset));
        } else {
            store(cx, ty, reg, at(to, offset));
        }
    }
    for (ty, reg, offset) in held {
        store(cx, ty, reg, at(to, offset));
    }
}

/// Fills `size` bytes.
pub(crate) fn fill_block(cx: &mut Selector<'_>, to: MachMem, byte: Result<u8, VReg>, size: u32) {
    let to = reachable(cx, to, size);
    let value = match byte {
        Ok(0) => zero(),
        Ok(byte) => use_x(crate::rules_symbol::constant(cx, i64::from_le_bytes([byte; 8]))),
        Err(reg) if size == 1 => use_x(reg),
        Err(reg) => {
            let small = new_imm(cx, x::ANDI, reg, 255);
            let factor = crate::rules_symbol::constant(cx, 0x0101_0101_0101_0101);
            use_x(new3(cx, x::MUL, small, factor))
        }
    };
    for (offset, bytes) in pieces(size) {
        store_operand(cx, piece_type(bytes), value, at(to, offset));
    }
}

// ----- addresses of the frame -----

/// The address of a place.
pub(crate) fn address_of(cx: &mut Selector<'_>, to: VReg, mem: MachMem) {
    match mem.base {
        MemBase::Slot(_) => {
            let mem = cx.mem_operand(mem);
            cx.op(ADDRESS_OF, &[def_x(to), mem]);
        }
        MemBase::Reg(base) => {
            let base = MachOperand::Use(base, VIEW_X);
            match mem.symbol {
                Some(symbol) => cx.op(x::ADDI, &[def_x(to), base, MachOperand::Symbol(symbol)]),
                None if fits_12(i64::from(mem.displacement)) => {
                    cx.op(x::ADDI, &[def_x(to), base, imm(i64::from(mem.displacement))]);
                }
                None => {
                    let far = crate::rules_symbol::constant(cx, i64::from(mem.displacement));
                    cx.op(x::ADD, &[def_x(to), base, use_x(far)]);
                }
            }
        }
        _ => crate::rules_symbol::integer(cx, i64::from(mem.displacement), to),
    }
}

/// `stack_alloc`: the outgoing-argument area stays below the new memory.
fn stack_alloc(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let align = data.alloc_align().max(16);
    cx.out.func.needs.dynamic_alloc = true;
    let size = data.inline_args()[0];
    match cx.func.int_constant(size) {
        Some(bytes) if (0..1 << 31).contains(&bytes) => {
            let bytes = (bytes + 15) & !15;
            if fits_12(-bytes) {
                cx.op(x::ADDI, &[phys_def(r::SP), phys(r::SP), imm(-bytes)]);
            } else {
                let bytes = crate::rules_symbol::constant(cx, bytes);
                cx.op(x::SUB, &[phys_def(r::SP), phys(r::SP), use_x(bytes)]);
            }
        }
        _ => {
            let size = cx.reg(size);
            let bumped = new_imm(cx, x::ADDI, size, 15);
            let rounded = new_imm(cx, x::ANDI, bumped, -16);
            cx.op(x::SUB, &[phys_def(r::SP), phys(r::SP), use_x(rounded)]);
        }
    }
    let to = cx.result(inst);
    if align <= 16 {
        cx.op(STACK_ADDRESS, &[def_x(to), imm(0)]);
        return;
    }
    let extra = crate::rules_symbol::constant(cx, i64::from(align));
    cx.op(x::SUB, &[phys_def(r::SP), phys(r::SP), use_x(extra)]);
    let bumped = cx.temp(Type::PTR);
    cx.op(STACK_ADDRESS, &[def_x(bumped), imm(i64::from(align) - 1)]);
    if fits_12(-i64::from(align)) {
        op_imm(cx, x::ANDI, to, bumped, -i64::from(align));
    } else {
        let mask = crate::rules_symbol::constant(cx, -i64::from(align));
        op3(cx, x::AND, to, bumped, mask);
    }
}

/// `frame_address`, `return_address`: follows saved frame pointers, which lie below the return addresses.
fn frame_address(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    cx.out.func.needs.frame_pointer = true;
    let to = cx.result(inst);
    let mut base: MReg = MReg::phys(r::S0);
    for _ in 0..data.frame_depth() {
        let next = cx.temp(Type::PTR);
        let mem = cx.mem_operand(MachMem::base(base, -16));
        cx.op(x::LD, &[def_x(next), mem]);
        base = next.into();
    }
    if data.opcode() == Opcode::ReturnAddress {
        let mem = cx.mem_operand(MachMem::base(base, -8));
        cx.op(x::LD, &[def_x(to), mem]);
    } else {
        cx.op(x::ADDI, &[def_x(to), MachOperand::Use(base, VIEW_X), imm(0)]);
    }
}

// ----- values that live in memory -----

/// Vectors wider than two registers: moved as blocks. Nothing computes on them after legalization.
pub(crate) fn select_in_memory(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let args: smallvec::SmallVec<[Value; 3]> = smallvec::SmallVec::from_slice(data.inline_args());
    match data.opcode() {
        Opcode::Load => {
            let result = cx.func.result(inst).ok_or_else(|| cx.unsupported_inst(inst))?;
            let to = MachMem::slot(cx.memory_value(result), 0);
            let from = cx.mem_at(args[0], i64::from(data.offset()));
            let size = data.ty().bytes(&cx.target.layout);
            copy_block(cx, to, from, size, false);
        }
        Opcode::Store => {
            let from = MachMem::slot(cx.memory_operand(args[0]), 0);
            let to = cx.mem_at(args[1], i64::from(data.offset()));
            let size = data.ty().bytes(&cx.target.layout);
            copy_block(cx, to, from, size, false);
        }
        Opcode::Bitcast => {
            let result = cx.func.result(inst).ok_or_else(|| cx.unsupported_inst(inst))?;
            let to = MachMem::slot(cx.memory_value(result), 0);
            let from = MachMem::slot(cx.memory_operand(args[0]), 0);
            let size = data.ty().bytes(&cx.target.layout);
            copy_block(cx, to, from, size, false);
        }
        Opcode::Select => {
            let result = cx.func.result(inst).ok_or_else(|| cx.unsupported_inst(inst))?;
            let to = MachMem::slot(cx.memory_value(result), 0);
            let (yes, no) = (cx.memory_operand(args[1]), cx.memory_operand(args[2]));
            let (first, second, from) = (cx.temp(Type::PTR), cx.temp(Type::PTR), cx.temp(Type::PTR));
            address_of(cx, first, MachMem::slot(yes, 0));
            address_of(cx, second, MachMem::slot(no, 0));
            crate::rules_compare::choose_by(cx, args[0], from, first, second);
            let size = data.ty().bytes(&cx.target.layout);
            copy_block(cx, to, MachMem::base(from, 0), size, false);
        }
        Opcode::Undef => {}
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

//! Loads, stores, block copies, stack allocation, frame addresses.

use crate::operands::*;
use lathe_ir::{Inst, Opcode, Ordering, Type, Value};
use lathe_isa::RowId;
use lathe_isa_x86::registers as r;
use lathe_isa_x86::rows as x;
use lathe_mach::error::CodegenError;
use lathe_mach::select::Selector;
use lathe_mach::{MReg, MachMem, MachOperand, VReg};

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    match data.opcode() {
        Opcode::Load => {
            let to = cx.result(inst);
            let mem = cx.mem_at(data.inline_args()[0], i64::from(data.offset()));
            load(cx, data.ty(), to, mem, data.mem_flags().align());
        }
        Opcode::Store => return select_store(cx, inst),
        Opcode::Prefetch => {
            let mem = cx.mem_at(data.inline_args()[0], 0);
            let mem = cx.mem_operand(mem);
            let row = match data.prefetch_hint() {
                (_, 0) => x::PREFETCHNTA,
                (_, 1) => x::PREFETCHT2,
                (_, 2) => x::PREFETCHT1,
                _ => x::PREFETCHT0,
            };
            cx.op(row, &[mem]);
        }
        Opcode::StackAlloc => stack_alloc(cx, inst),
        Opcode::StackSave => {
            let to = cx.result(inst);
            cx.out.func.needs.dynamic_alloc = true;
            cx.op(
                word(cx, MOV),
                &[def(to, word_view(cx)), MachOperand::Use(MReg::phys(r::RSP), word_view(cx))],
            );
        }
        Opcode::StackRestore => {
            let from = cx.reg(data.inline_args()[0]);
            cx.out.func.needs.dynamic_alloc = true;
            cx.op(
                word(cx, MOV),
                &[MachOperand::Def(MReg::phys(r::RSP), word_view(cx)), reg_use(from, word_view(cx))],
            );
        }
        Opcode::FrameAddress | Opcode::ReturnAddress => frame_address(cx, inst),
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

/// Loads a value. `align` is what the address is promised to have.
pub(crate) fn load(cx: &mut Selector<'_>, ty: Type, to: VReg, mem: MachMem, align: u32) {
    let mem = cx.mem_operand(mem);
    if ty.is_int_or_ptr() {
        let (row, view) = match bytes(cx, ty) {
            1 => (x::MOVZBL, VIEW_32),
            2 => (x::MOVZWL, VIEW_32),
            4 => (x::MOVL, VIEW_32),
            _ => (x::MOVQ, VIEW_64),
        };
        cx.op(row, &[def(to, view), mem]);
        return;
    }
    cx.op(vector_load_row(cx, ty, align), &[def(to, VIEW_XMM), mem]);
}

fn vector_bytes(cx: &Selector<'_>, ty: Type) -> u32 {
    ty.bytes(&cx.target.layout)
}

fn vector_load_row(cx: &Selector<'_>, ty: Type, align: u32) -> RowId {
    match vector_bytes(cx, ty) {
        0..=4 => x::MOVSS,
        8 if ty.is_vector() => x::MOVQ_X,
        8 => x::MOVSD,
        _ if align >= 16 => x::MOVAPS,
        _ => x::MOVUPS,
    }
}

/// Stores a value.
pub(crate) fn store(cx: &mut Selector<'_>, ty: Type, from: VReg, mem: MachMem, align: u32) {
    let mem = cx.mem_operand(mem);
    if ty.is_int_or_ptr() {
        cx.op(exact(cx, MOV, ty), &[mem, reg_use(from, view(cx, ty))]);
        return;
    }
    cx.op(vector_load_row(cx, ty, align), &[mem, reg_use(from, VIEW_XMM)]);
}

fn select_store(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let (ty, flags) = (data.ty(), data.mem_flags());
    let [value, address] = [data.inline_args()[0], data.inline_args()[1]];
    let offset = i64::from(data.offset());
    if flags.ordering() == Ordering::SeqCst {
        return crate::rules_atomic::store(cx, inst);
    }
    if let Some(constant) = stored_constant(cx, ty, value) {
        let mem = cx.mem_at(address, offset);
        let mem = cx.mem_operand(mem);
        let row = match vector_bytes(cx, ty) {
            1 => x::MOVB,
            2 => x::MOVW,
            4 => x::MOVL,
            _ => x::MOVQ,
        };
        cx.op(row, &[mem, imm(constant)]);
        return Ok(());
    }
    if crate::rules_integer::read_modify_write(cx, inst) {
        return Ok(());
    }
    let from = cx.reg(value);
    let mem = cx.mem_at(address, offset);
    store(cx, ty, from, mem, flags.align());
    Ok(())
}

/// The immediate that stores a constant of at most 8 bytes.
fn stored_constant(cx: &Selector<'_>, ty: Type, value: Value) -> Option<i64> {
    let inst = cx.func.def_inst(value)?;
    let data = cx.func.inst(inst);
    let constant = match data.opcode() {
        Opcode::Iconst if ty.is_int_or_ptr() && bytes(cx, ty) <= 8 => sign_extended(cx, ty, data.imm()),
        Opcode::Fconst if ty == Type::F32 => i64::from(data.imm() as i32),
        Opcode::Fconst if ty == Type::F64 => data.imm(),
        _ => return None,
    };
    (fits_i32(constant) && vector_bytes(cx, ty) <= word_bytes(cx)).then_some(constant)
}

/// The memory operand of a load that may be folded into the instruction being selected.
pub(crate) fn folded_load(cx: &mut Selector<'_>, value: Value) -> Option<MachOperand> {
    let load = cx.foldable_load(value)?;
    Some(load_operand(cx, load))
}

/// The memory operand of a load.
pub(crate) fn load_operand(cx: &mut Selector<'_>, load: Inst) -> MachOperand {
    let data = *cx.func.inst(load);
    let mem = cx.mem_at(data.inline_args()[0], i64::from(data.offset()));
    cx.mem_operand(mem)
}

// ----- blocks of memory -----

fn at(mem: MachMem, offset: u32) -> MachMem {
    MachMem { displacement: mem.displacement.wrapping_add(offset as i32), ..mem }
}

/// The pieces that cover `size` bytes, none of which has `without` bytes: (offset, bytes). The last may overlap the one
/// before.
fn pieces(size: u32, without: u32) -> Vec<(u32, u32)> {
    let mut pieces = Vec::new();
    let mut done = 0;
    for step in [16, 8, 4, 2, 1].into_iter().filter(|step| *step != without) {
        while size - done >= step {
            pieces.push((done, step));
            done += step;
        }
        if done < size && done >= step && step > 1 && size - done != 8 && size - done != 4 && size - done != 2
        {
            pieces.push((size - step, step));
            return pieces;
        }
    }
    pieces
}

fn piece_type(cx: &Selector<'_>, bytes: u32) -> Type {
    match bytes {
        8 if !is_64(cx) => Type::F64,
        1 => Type::I8,
        2 => Type::I16,
        4 => Type::I32,
        8 => Type::I64,
        _ => Type::F128,
    }
}

/// Bytes of a copy that is written out load by load and store by store; more only come to i386, where arguments on
/// the stack cannot be copied by a call.
const MAX_UNROLLED: u32 = 128;

/// `rep movsl`, then the odd bytes.
fn copy_by_string(cx: &mut Selector<'_>, to: MachMem, from: MachMem, size: u32) {
    let (to_reg, from_reg, count) = (cx.temp(Type::PTR), cx.temp(Type::PTR), cx.temp(Type::I32));
    for (reg, mem) in [(to_reg, to), (from_reg, from)] {
        let mem = cx.mem_operand(mem);
        cx.op(word(cx, LEA), &[def(reg, word_view(cx)), mem]);
    }
    crate::rules_symbol::integer(cx, Type::I32, i64::from(size / 4), count);
    let operands = [fixed_use(to_reg, r::RDI), fixed_use(from_reg, r::RSI), fixed_use(count, r::RCX)];
    let lost = r::set(&[r::RDI, r::RSI, r::RCX]);
    cx.out.op_with(COPY_WORDS, &operands, lost, lathe_mach::inst::function::InstFlags::KEEP);
    if !size.is_multiple_of(4) {
        let done = size & !3;
        copy_block(cx, at(to, done), at(from, done), size - done, false);
    }
}

/// Copies `size` bytes. With `overlap` everything is loaded before anything is stored.
pub(crate) fn copy_block(cx: &mut Selector<'_>, to: MachMem, from: MachMem, size: u32, overlap: bool) {
    if !overlap && size > MAX_UNROLLED && !is_64(cx) {
        copy_by_string(cx, to, from, size);
        return;
    }
    let mut held = Vec::new();
    for (offset, bytes) in pieces(size, 0) {
        let ty = piece_type(cx, bytes);
        let reg = cx.temp(ty);
        load(cx, ty, reg, at(from, offset), 1);
        if overlap {
            held.push((ty, reg, offset));
        } else {
            store(cx, ty, reg, at(to, offset), 1);
        }
    }
    for (ty, reg, offset) in held {
        store(cx, ty, reg, at(to, offset), 1);
    }
}

/// Fills `size` bytes.
pub(crate) fn fill_block(cx: &mut Selector<'_>, to: MachMem, byte: Result<u8, VReg>, size: u32) {
    let wide = size >= 16;
    let (int, vector) = match byte {
        Ok(byte) => {
            let pattern = i64::from_le_bytes([byte; 8]);
            let vector = wide.then(|| {
                let vector = cx.temp(Type::F128);
                if byte == 0 {
                    cx.op(ZERO_VECTOR, &[def(vector, VIEW_XMM)]);
                } else {
                    let mem = crate::rules_symbol::pool_mem(cx, &[byte; 16], 16);
                    load(cx, Type::F128, vector, mem, 16);
                }
                vector
            });
            (Ok(pattern), vector)
        }
        Err(reg) => {
            let small = cx.temp(Type::I32);
            cx.op(x::MOVZBL, &[def(small, VIEW_32), reg_use(reg, VIEW_8)]);
            let product = repeated_byte(cx, small);
            let vector = wide.then(|| repeated_word(cx, product));
            (Err(product), vector)
        }
    };
    // A word at a time: 8 bytes only where a register has them.
    let without = if is_64(cx) { 0 } else { 8 };
    for (offset, bytes) in pieces(size, without) {
        let ty = piece_type(cx, bytes);
        match (vector, int) {
            (Some(vector), _) if bytes == 16 => store(cx, ty, vector, at(to, offset), 1),
            (_, Ok(pattern)) if bytes < 8 || fits_i32(pattern) => {
                let mem = cx.mem_operand(at(to, offset));
                cx.op(exact(cx, MOV, ty), &[mem, imm(sign_extended(cx, ty, pattern))]);
            }
            (_, Ok(pattern)) => {
                let reg = cx.temp(Type::I64);
                crate::rules_symbol::integer(cx, Type::I64, pattern, reg);
                store(cx, ty, reg, at(to, offset), 1);
            }
            (_, Err(reg)) => store(cx, ty, reg, at(to, offset), 1),
        }
    }
}

/// A word of equal bytes.
fn repeated_byte(cx: &mut Selector<'_>, byte: VReg) -> VReg {
    let (factor, product) = (cx.temp(Type::PTR), cx.temp(Type::PTR));
    let ones = sign_extended(cx, Type::PTR, 0x0101_0101_0101_0101);
    crate::rules_symbol::integer(cx, Type::PTR, ones, factor);
    let row = if is_64(cx) { x::IMULQ_2 } else { x::IMULL_2 };
    cx.op(row, &[tied(product, factor, word_view(cx)), reg_use(byte, word_view(cx))]);
    product
}

/// A vector of equal words.
fn repeated_word(cx: &mut Selector<'_>, word: VReg) -> VReg {
    let (low, all) = (cx.temp(Type::F64), cx.temp(Type::F128));
    if is_64(cx) {
        cx.op(x::MOVQ_X, &[def(low, VIEW_XMM), reg_use(word, VIEW_64)]);
        cx.op(x::PUNPCKLQDQ, &[tied(all, low, VIEW_XMM), reg_use(low, VIEW_XMM)]);
    } else {
        cx.op(x::MOVD, &[def(low, VIEW_XMM), reg_use(word, VIEW_32)]);
        cx.op(x::PSHUFD, &[def(all, VIEW_XMM), reg_use(low, VIEW_XMM), imm(0)]);
    }
    all
}

// ----- stack -----

fn rsp() -> MReg {
    MReg::phys(r::RSP)
}

/// `stack_alloc`: the outgoing-argument area stays below the new memory.
fn stack_alloc(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let align = data.alloc_align().max(16);
    cx.out.func.needs.dynamic_alloc = true;
    let size = data.inline_args()[0];
    let tied_rsp = MachOperand::Tied { to: rsp(), from: rsp(), view: word_view(cx) };
    match cx.func.int_constant(size) {
        Some(bytes) if fits_i32(bytes) && bytes >= 0 => {
            let bytes = (bytes + 15) & !15;
            cx.op(word(cx, SUB), &[tied_rsp, imm(bytes)]);
        }
        _ => {
            let size = cx.reg(size);
            let mem = cx.mem_operand(MachMem::base(size, 15));
            let bumped = cx.temp(Type::PTR);
            cx.op(word(cx, LEA), &[def(bumped, word_view(cx)), mem]);
            let rounded = cx.temp(Type::PTR);
            cx.op(word(cx, AND), &[tied(rounded, bumped, word_view(cx)), imm(-16)]);
            cx.op(word(cx, SUB), &[tied_rsp, reg_use(rounded, word_view(cx))]);
        }
    }
    if align > 16 {
        cx.op(word(cx, SUB), &[tied_rsp, imm(i64::from(align))]);
    }
    let to = cx.result(inst);
    if align > 16 {
        let bumped = cx.temp(Type::PTR);
        cx.op(STACK_ADDRESS, &[def(bumped, word_view(cx)), imm(i64::from(align) - 1)]);
        cx.op(word(cx, AND), &[tied(to, bumped, word_view(cx)), imm(-i64::from(align))]);
        return;
    }
    cx.op(STACK_ADDRESS, &[def(to, word_view(cx)), imm(0)]);
}

/// `frame_address`, `return_address`: follows saved frame pointers (System V ABI x86-64 3.2.2).
fn frame_address(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    cx.out.func.needs.frame_pointer = true;
    let to = cx.result(inst);
    let depth = data.frame_depth();
    let mut base: MReg = MReg::phys(r::RBP);
    for _ in 0..depth {
        let next = cx.temp(Type::PTR);
        let mem = cx.mem_operand(MachMem::base(base, 0));
        cx.op(word(cx, MOV), &[def(next, word_view(cx)), mem]);
        base = next.into();
    }
    if data.opcode() == Opcode::ReturnAddress {
        let mem = cx.mem_operand(MachMem::base(base, word_bytes(cx) as i32));
        cx.op(word(cx, MOV), &[def(to, word_view(cx)), mem]);
    } else {
        cx.op(word(cx, MOV), &[def(to, word_view(cx)), MachOperand::Use(base, word_view(cx))]);
    }
}

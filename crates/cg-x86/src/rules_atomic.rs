//! Atomic operations: locked instructions. Loads and stores of all orderings but the sequentially
//! consistent store are plain moves on x86 (Intel SDM vol. 3, 9.2.3.2).

use crate::operands::*;
use lathe_ir::{AtomicOp, Inst, Opcode, Ordering, Type};
use lathe_isa::{RegSet, RowId};
use lathe_isa_x86::Cond;
use lathe_isa_x86::registers as r;
use lathe_isa_x86::rows as x;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::Bank;
use lathe_mach::inst::function::InstFlags;
use lathe_mach::select::Selector;
use lathe_mach::{MachOperand, VReg};
use smallvec::SmallVec;

const XCHG: Sized4 = [x::XCHGB, x::XCHGW, x::XCHGL, x::XCHGQ];
const XADD: Sized4 = [x::XADDB, x::XADDW, x::XADDL, x::XADDQ];
const CMPXCHG: Sized4 = [x::CMPXCHGB, x::CMPXCHGW, x::CMPXCHGL, x::CMPXCHGQ];

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    if data.opcode() == Opcode::Fence {
        if data.fence_ordering() == Ordering::SeqCst {
            cx.op(x::MFENCE, &[]);
        }
        return Ok(());
    }
    if !data.ty().is_int_or_ptr() || bytes(cx, data.ty()) > 8 {
        return Err(cx.unsupported_inst(inst));
    }
    match data.opcode() {
        Opcode::AtomicRmw => read_modify_write(cx, inst),
        Opcode::AtomicCas => {
            compare_and_swap(cx, inst);
            Ok(())
        }
        _ => Err(cx.unsupported_inst(inst)),
    }
}

fn locked(cx: &mut Selector<'_>, row: RowId, operands: &[MachOperand]) {
    let mut all: SmallVec<[MachOperand; 6]> = SmallVec::new();
    let encoded = operands.iter().filter(|o| o.is_encoded()).count();
    all.extend_from_slice(&operands[..encoded]);
    all.push(imm(i64::from(row.0)));
    all.extend_from_slice(&operands[encoded..]);
    cx.out.op_with(LOCKED, &all, RegSet::NONE, InstFlags::KEEP);
}

fn read_modify_write(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let [address, value] = [data.inline_args()[0], data.inline_args()[1]];
    let old = cx.needed_result(inst, 0);
    let rows = match data.atomic_op() {
        AtomicOp::Xchg => {
            let value = cx.reg(value);
            let old = old.unwrap_or_else(|| cx.temp(ty));
            exchange(cx, ty, address, value, old);
            return Ok(());
        }
        AtomicOp::Add => ADD,
        AtomicOp::Sub => SUB,
        AtomicOp::And => AND,
        AtomicOp::Or => OR,
        AtomicOp::Xor => XOR,
        _ => return Err(cx.unsupported_inst(inst)),
    };
    let constant = cx.func.int_constant(value).map(|v| sign_extended(cx, ty, v));
    let Some(old) = old else {
        let right = match constant {
            Some(constant) if fits_i32(constant) => imm(constant),
            _ => {
                let value = cx.reg(value);
                reg_use(value, view(cx, ty))
            }
        };
        let mem = cx.mem_at(address, 0);
        let mem = cx.mem_operand(mem);
        locked(cx, exact(cx, rows, ty), &[mem, right]);
        return Ok(());
    };
    let addend = match (data.atomic_op(), constant) {
        (AtomicOp::Sub, Some(constant)) => {
            let addend = cx.temp(ty);
            crate::rules_symbol::integer(cx, ty, constant.wrapping_neg(), addend);
            addend
        }
        (AtomicOp::Sub, None) => {
            let value = cx.reg(value);
            let addend = cx.temp(ty);
            let row = if bytes(cx, ty) == 8 { x::NEGQ } else { x::NEGL };
            cx.op(row, &[tied(addend, value, wide_view(cx, ty))]);
            addend
        }
        (AtomicOp::Add, _) => cx.reg(value),
        _ => return Err(cx.unsupported_inst(inst)),
    };
    let mem = cx.mem_at(address, 0);
    let mem = cx.mem_operand(mem);
    locked(cx, exact(cx, XADD, ty), &[mem, tied(old, addend, view(cx, ty))]);
    Ok(())
}

/// `xchg` with memory locks by itself.
fn exchange(cx: &mut Selector<'_>, ty: Type, address: lathe_ir::Value, value: VReg, old: VReg) {
    let mem = cx.mem_at(address, 0);
    let mem = cx.mem_operand(mem);
    let operands = [mem, tied(old, value, view(cx, ty))];
    cx.out.op_with(exact(cx, XCHG, ty), &operands, RegSet::NONE, InstFlags::KEEP);
}

fn compare_and_swap(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let args = data.inline_args();
    let (expected, new) = (cx.reg(args[1]), cx.reg(args[2]));
    let old = cx.needed_result(inst, 0).unwrap_or_else(|| cx.temp(ty));
    let flag = cx.needed_result(inst, 1);
    let mem = cx.mem_at(args[0], 0);
    let mem = cx.mem_operand(mem);
    let operands = [mem, reg_use(new, view(cx, ty)), fixed_use(expected, r::RAX), fixed_def(old, r::RAX)];
    locked(cx, exact(cx, CMPXCHG, ty), &operands);
    if let Some(flag) = flag {
        cx.op(x::setcc(Cond::E), &[def(flag, VIEW_8)]);
    }
}

/// A sequentially consistent store.
pub(crate) fn store(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let mut ty = data.ty();
    let [value, address] = [data.inline_args()[0], data.inline_args()[1]];
    let size = ty.bytes(&cx.target.layout);
    if size > 8 || cx.lives_in_memory(ty) {
        return Err(cx.unsupported_inst(inst));
    }
    let mut from = cx.reg(value);
    if size > word_bytes(cx) {
        // i386, 8 bytes: one store through a vector register, then a fence for the order.
        let mem = cx.mem_at(address, i64::from(data.offset()));
        crate::rules_memory::store(cx, ty, from, mem, 8);
        cx.op(x::MFENCE, &[]);
        return Ok(());
    }
    if cx.out.func.vregs[from.index()].bank == Bank::Vector {
        let int_ty = if size == 8 { Type::I64 } else { Type::I32 };
        let int = cx.temp(int_ty);
        crate::rules_convert::move_between(cx, inst, int_ty, int, ty, from)?;
        (from, ty) = (int, int_ty);
    }
    let old = cx.temp(ty);
    let mem = cx.mem_at(address, i64::from(data.offset()));
    let mem = cx.mem_operand(mem);
    let operands = [mem, tied(old, from, view(cx, ty))];
    cx.out.op_with(exact(cx, XCHG, ty), &operands, RegSet::NONE, InstFlags::KEEP);
    Ok(())
}

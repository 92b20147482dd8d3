//! x87 `f80`: values live in 16-byte frame slots; an expression tree is evaluated on the register
//! stack and stored once.
//!
//! [`push`] leaves a value in `st(0)`. Single-use operands are evaluated in place, up to
//! [`MAX_DEPTH`] levels; everything else is loaded from its slot. Nothing stays on the stack between
//! IR instructions.

use crate::operands::*;
use crate::rules_compare::{Condition, float_condition};
use crate::rules_memory::load_operand;
use lathe_ir::{Inst, LibCall, Opcode, Type, Value};
use lathe_isa::{PhysReg, RowId};
use lathe_isa_x86::registers as r;
use lathe_isa_x86::rows as x;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::{SlotId, SlotKind};
use lathe_mach::select::Selector;
use lathe_mach::{MReg, MachMem, MachOperand, VReg};

/// Levels of an expression that are evaluated on the register stack; it holds eight.
const MAX_DEPTH: u32 = 6;

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    match data.opcode() {
        Opcode::Load => {
            let mem = load_operand(cx, inst);
            cx.op(x::FLDT, &[mem]);
            pop_result(cx, inst);
        }
        Opcode::Store => {
            push(cx, data.inline_args()[0], 0);
            let mem = cx.mem_at(data.inline_args()[1], i64::from(data.offset()));
            let mem = cx.mem_operand(mem);
            cx.op(x::FSTPT, &[mem]);
        }
        Opcode::Fcmp => {
            let to = cx.result(inst);
            let condition = compare(cx, inst);
            crate::rules_compare::set(cx, condition, to);
        }
        Opcode::Select => select_value(cx, inst),
        Opcode::Fptrunc => {
            push(cx, data.inline_args()[0], 0);
            let (row, size) = if data.ty() == Type::F32 { (x::FSTPS, 4) } else { (x::FSTPL, 8) };
            let slot = temporary(cx, size);
            store_top(cx, row, slot, 0);
            let to = cx.result(inst);
            crate::rules_memory::load(cx, data.ty(), to, MachMem::slot(slot, 0), 8);
        }
        Opcode::Fptosi => to_signed(cx, inst),
        Opcode::Fptoui => to_unsigned(cx, inst),
        Opcode::Frem => call(cx, inst, LibCall::Fmodl),
        Opcode::Fma => call(cx, inst, LibCall::Fmal),
        Opcode::Fmin => call(cx, inst, LibCall::Fminl),
        Opcode::Fmax => call(cx, inst, LibCall::Fmaxl),
        Opcode::Fceil => call(cx, inst, LibCall::Ceill),
        Opcode::Ffloor => call(cx, inst, LibCall::Floorl),
        Opcode::Ftrunc => call(cx, inst, LibCall::Truncl),
        Opcode::Fnearest => call(cx, inst, LibCall::Rintl),
        Opcode::Fcopysign => copy_sign(cx, inst),
        _ if is_tree(cx, inst) => {
            push_inst(cx, inst, 0);
            pop_result(cx, inst);
        }
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

fn pop_result(cx: &mut Selector<'_>, inst: Inst) {
    let value = cx.func.result(inst).expect("the instruction has a result");
    let slot = cx.memory_value(value);
    store_top(cx, x::FSTPT, slot, 0);
}

/// Stores and pops `st(0)` as a value of any float type.
pub(crate) fn pop_value(cx: &mut Selector<'_>, value: Value) {
    let ty = cx.func.ty(value);
    if ty == Type::F80 {
        let slot = cx.memory_value(value);
        store_top(cx, x::FSTPT, slot, 0);
        return;
    }
    let to = cx.reg(value);
    pop_register(cx, ty, to);
}

fn temporary(cx: &mut Selector<'_>, size: u64) -> SlotId {
    cx.slot(SlotKind::Temporary, size, size as u32)
}

fn store_top(cx: &mut Selector<'_>, row: RowId, slot: SlotId, offset: i32) {
    let mem = cx.mem_operand(MachMem::slot(slot, offset));
    cx.op(row, &[mem]);
}

fn st(n: u8) -> MachOperand {
    MachOperand::Use(MReg::phys(PhysReg(r::ST0.0 + n)), 0)
}

/// Whether an instruction can be evaluated on the register stack.
fn is_tree(cx: &Selector<'_>, inst: Inst) -> bool {
    let data = cx.func.inst(inst);
    let int_source = |ty: Type| ty.is_int() && bytes(cx, ty) <= 8;
    data.ty() == Type::F80
        && match data.opcode() {
            Opcode::Fadd
            | Opcode::Fsub
            | Opcode::Fmul
            | Opcode::Fdiv
            | Opcode::Fneg
            | Opcode::Fabs
            | Opcode::Fsqrt => true,
            Opcode::Fpext => true,
            Opcode::Sitofp | Opcode::Uitofp => int_source(cx.func.ty(data.inline_args()[0])),
            _ => false,
        }
}

/// Leaves a value in `st(0)`.
fn push(cx: &mut Selector<'_>, value: Value, depth: u32) {
    if let Some(load) = cx.foldable_load(value) {
        let mem = load_operand(cx, load);
        cx.op(x::FLDT, &[mem]);
        return;
    }
    if depth < MAX_DEPTH
        && let Some(inst) = cx.foldable(value)
        && is_tree(cx, inst)
    {
        push_inst(cx, inst, depth + 1);
        return;
    }
    if let Some(inst) = cx.func.def_inst(value)
        && cx.func.inst(inst).opcode() == Opcode::Const
    {
        push_constant(cx, inst);
        return;
    }
    let slot = cx.memory_operand(value);
    let mem = cx.mem_operand(MachMem::slot(slot, 0));
    cx.op(x::FLDT, &[mem]);
}

fn push_constant(cx: &mut Selector<'_>, inst: Inst) {
    const ONE: [u8; 10] = [0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f];
    let bytes = &cx.func.constants[cx.func.inst(inst).constant()];
    if bytes.iter().all(|b| *b == 0) {
        cx.op(x::FLDZ, &[]);
    } else if bytes.get(..10) == Some(&ONE[..]) {
        cx.op(x::FLD1, &[]);
    } else {
        let mem = cx.constant_memory(inst);
        let mem = cx.mem_operand(mem);
        cx.op(x::FLDT, &[mem]);
    }
}

fn push_inst(cx: &mut Selector<'_>, inst: Inst, depth: u32) {
    let data = *cx.func.inst(inst);
    let args = data.inline_args();
    // AT&T's `fsubrp` and `fdivrp` without operands are st(1) - st(0) and st(1) / st(0).
    let row = match data.opcode() {
        Opcode::Fadd => x::FADDP,
        Opcode::Fsub => x::FSUBRP,
        Opcode::Fmul => x::FMULP,
        Opcode::Fdiv => x::FDIVRP,
        Opcode::Fneg => x::FCHS,
        Opcode::Fabs => x::FABS,
        Opcode::Fsqrt => x::FSQRT,
        Opcode::Fpext => return push_float(cx, args[0]),
        signed => return push_int(cx, args[0], signed == Opcode::Sitofp),
    };
    push(cx, args[0], depth);
    if let Some(b) = args.get(1) {
        push(cx, *b, depth + 1);
    }
    cx.op(row, &[]);
}

fn push_float(cx: &mut Selector<'_>, value: Value) {
    let ty = cx.func.ty(value);
    let row = if ty == Type::F32 { x::FLDS } else { x::FLDL };
    let mem = match crate::rules_memory::folded_load(cx, value) {
        Some(mem) => mem,
        None => {
            let reg = cx.reg(value);
            let slot = temporary(cx, u64::from(bytes(cx, ty)));
            crate::rules_memory::store(cx, ty, reg, MachMem::slot(slot, 0), 8);
            cx.mem_operand(MachMem::slot(slot, 0))
        }
    };
    cx.op(row, &[mem]);
}

fn push_int(cx: &mut Selector<'_>, value: Value, signed: bool) {
    let ty = cx.func.ty(value);
    let mut reg = cx.reg(value);
    let mut size = bytes(cx, ty);
    if size < 4 {
        let wide = cx.temp(Type::I32);
        crate::rules_convert::extend_to_32(cx, ty, signed, wide, reg);
        (reg, size) = (wide, 4);
    } else if size == 4 && !signed && !is_64(cx) {
        push_unsigned_word(cx, reg);
        return;
    } else if size == 4 && !signed {
        let wide = cx.temp(Type::PTR);
        cx.op(x::MOVL, &[def(wide, VIEW_32), reg_use(reg, VIEW_32)]);
        (reg, size) = (wide, 8);
    }
    let slot = temporary(cx, u64::from(size));
    let stored = if size == 4 { Type::I32 } else { Type::I64 };
    crate::rules_memory::store(cx, stored, reg, MachMem::slot(slot, 0), 8);
    let mem = cx.mem_operand(MachMem::slot(slot, 0));
    cx.op(if size == 4 { x::FILDL } else { x::FILDQ }, &[mem]);
    if bytes(cx, ty) == 8 && !signed {
        // What was read as negative is 2^64 too small: adds 0 or 2^64, picked by the sign.
        let sign = cx.temp(Type::PTR);
        cx.op(word(cx, SHR), &[tied(sign, reg, word_view(cx)), imm(63)]);
        let mut table = [0u8; 8];
        table[4..].copy_from_slice(&2f32.powi(64).to_bits().to_le_bytes());
        let base = cx.temp(Type::PTR);
        let pool = crate::rules_symbol::pool_mem(cx, &table, 8);
        let pool = cx.mem_operand(pool);
        cx.op(word(cx, LEA), &[def(base, word_view(cx)), pool]);
        let entry = MachMem { index: sign.into(), scale_log2: 2, ..MachMem::base(base, 0) };
        let entry = cx.mem_operand(entry);
        cx.op(x::FADDS, &[entry]);
    }
}

/// A 32-bit word without sign: the lower half of a 64-bit number.
fn push_unsigned_word(cx: &mut Selector<'_>, reg: VReg) {
    let slot = temporary(cx, 8);
    crate::rules_memory::store(cx, Type::I32, reg, MachMem::slot(slot, 0), 4);
    let upper = cx.mem_operand(MachMem::slot(slot, 4));
    cx.op(x::MOVL, &[upper, imm(0)]);
    let mem = cx.mem_operand(MachMem::slot(slot, 0));
    cx.op(x::FILDQ, &[mem]);
}

/// Pops `st(0)` into a register.
pub(crate) fn pop_register(cx: &mut Selector<'_>, ty: Type, to: VReg) {
    let (row, size) = if ty == Type::F32 { (x::FSTPS, 4) } else { (x::FSTPL, 8) };
    let slot = temporary(cx, size);
    store_top(cx, row, slot, 0);
    crate::rules_memory::load(cx, ty, to, MachMem::slot(slot, 0), 8);
}

/// Stores `st(0)` as an integer, truncating: the control word's rounding field says "towards zero"
/// for the duration (`fisttp` would need SSE3).
fn store_truncated(cx: &mut Selector<'_>, row: RowId) -> VReg {
    let words = temporary(cx, 4);
    let result = temporary(cx, 8);
    store_top(cx, x::FNSTCW, words, 0);
    let (control, truncating) = (cx.temp(Type::I32), cx.temp(Type::I32));
    let mem = cx.mem_operand(MachMem::slot(words, 0));
    cx.op(x::MOVZWL, &[def(control, VIEW_32), mem]);
    cx.op(x::ORL, &[tied(truncating, control, VIEW_32), imm(0xc00)]);
    let mem = cx.mem_operand(MachMem::slot(words, 2));
    cx.op(x::MOVW, &[mem, reg_use(truncating, VIEW_16)]);
    store_top(cx, x::FLDCW, words, 2);
    store_top(cx, row, result, 0);
    store_top(cx, x::FLDCW, words, 0);
    let reg = cx.temp(Type::PTR);
    crate::rules_memory::load(cx, Type::PTR, reg, MachMem::slot(result, 0), 8);
    reg
}

fn move_to_result(cx: &mut Selector<'_>, inst: Inst, from: VReg) {
    let to = cx.result(inst);
    cx.op(word(cx, MOV), &[def(to, word_view(cx)), reg_use(from, word_view(cx))]);
}

fn to_signed(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let value = data.inline_args()[0];
    push(cx, value, 0);
    // i386: as gcc does it, so that what is out of range gives the same.
    let is_word = !is_64(cx) && data.opcode() == Opcode::Fptosi;
    let whole = store_truncated(cx, if is_word { x::FISTPL } else { x::FISTPQ });
    move_to_result(cx, inst, whole);
}

fn to_unsigned(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let value = data.inline_args()[0];
    if bytes(cx, data.ty()) < 8 {
        to_signed(cx, inst);
        return;
    }
    // Twice: plainly, and less 2^63; out of range the former gives the sign bit.
    let slot = cx.memory_operand(value);
    let mem = cx.mem_operand(MachMem::slot(slot, 0));
    cx.op(x::FLDT, &[mem]);
    let plain = store_truncated(cx, x::FISTPQ);
    let mem = cx.mem_operand(MachMem::slot(slot, 0));
    cx.op(x::FLDT, &[mem]);
    let limit = crate::rules_symbol::float_pool(cx, Type::F32, u64::from(2f32.powi(63).to_bits()));
    let limit = cx.mem_operand(limit);
    cx.op(x::FSUBS, &[limit]);
    let rest = store_truncated(cx, x::FISTPQ);
    let (sign, extra, both) = (cx.temp(Type::PTR), cx.temp(Type::PTR), cx.temp(Type::PTR));
    cx.op(word(cx, SAR), &[tied(sign, plain, word_view(cx)), imm(63)]);
    cx.op(word(cx, AND), &[tied(extra, sign, word_view(cx)), reg_use(rest, word_view(cx))]);
    cx.op(word(cx, OR), &[tied(both, extra, word_view(cx)), reg_use(plain, word_view(cx))]);
    move_to_result(cx, inst, both);
}

/// `fucomip`: the flags of `ucomis`.
pub(crate) fn compare(cx: &mut Selector<'_>, inst: Inst) -> Condition {
    let data = *cx.func.inst(inst);
    let (condition, swap) = float_condition(data.float_cond());
    let [mut a, mut b] = [data.inline_args()[0], data.inline_args()[1]];
    if swap {
        std::mem::swap(&mut a, &mut b);
    }
    push(cx, b, 0);
    push(cx, a, 1);
    cx.op(x::FUCOMIP, &[st(0), st(1)]);
    cx.op(x::FSTP, &[MachOperand::Def(MReg::phys(r::ST0), 0)]);
    condition
}

fn select_value(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let [test, a, b] = [data.inline_args()[0], data.inline_args()[1], data.inline_args()[2]];
    let (a, b) = (cx.memory_operand(a), cx.memory_operand(b));
    let (a_address, b_address) = (cx.temp(Type::PTR), cx.temp(Type::PTR));
    for (to, slot) in [(a_address, a), (b_address, b)] {
        let mem = cx.mem_operand(MachMem::slot(slot, 0));
        cx.op(word(cx, LEA), &[def(to, word_view(cx)), mem]);
    }
    let chosen = crate::rules_compare::choose(cx, test, a_address, b_address);
    let mem = cx.mem_operand(MachMem::base(chosen, 0));
    cx.op(x::FLDT, &[mem]);
    pop_result(cx, inst);
}

/// The significand of the first and exponent of both: bytes, not arithmetic.
fn copy_sign(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let (a, b) = (cx.memory_operand(data.inline_args()[0]), cx.memory_operand(data.inline_args()[1]));
    let result = cx.memory_value(cx.func.result(inst).expect("copysign gives a value"));
    let eight = if is_64(cx) { Type::I64 } else { Type::F64 };
    let whole = cx.temp(eight);
    crate::rules_memory::load(cx, eight, whole, MachMem::slot(a, 0), 8);
    let (a_top, b_top) = (cx.temp(Type::I32), cx.temp(Type::I32));
    for (to, slot) in [(a_top, a), (b_top, b)] {
        let mem = cx.mem_operand(MachMem::slot(slot, 8));
        cx.op(x::MOVZWL, &[def(to, VIEW_32), mem]);
    }
    let (size, sign, both) = (cx.temp(Type::I32), cx.temp(Type::I32), cx.temp(Type::I32));
    cx.op(x::ANDL, &[tied(size, a_top, VIEW_32), imm(0x7fff)]);
    cx.op(x::ANDL, &[tied(sign, b_top, VIEW_32), imm(0x8000)]);
    cx.op(x::ORL, &[tied(both, size, VIEW_32), reg_use(sign, VIEW_32)]);
    crate::rules_memory::store(cx, eight, whole, MachMem::slot(result, 0), 8);
    crate::rules_memory::store(cx, Type::I16, both, MachMem::slot(result, 8), 2);
}

/// A runtime routine on `long double`s: arguments on the stack, result in `st(0)`.
fn call(cx: &mut Selector<'_>, inst: Inst, routine: LibCall) {
    let data = *cx.func.inst(inst);
    let args = data.inline_args();
    let size = Type::F80.bytes(&cx.target.layout);
    cx.out.func.reserve_outgoing(u64::from(size) * args.len() as u64, 16);
    for (i, value) in args.iter().enumerate() {
        push(cx, *value, 0);
        store_top(cx, x::FSTPT, SlotId::OUTGOING, size as i32 * i as i32);
    }
    cx.call_runtime(routine, &[]);
    pop_result(cx, inst);
}

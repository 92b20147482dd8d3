//! Vectors: one SSE2 instruction (or a short sequence) per 16 bytes. Narrower vectors use the low
//! part of a register; wider ones live in memory and are worked on in 16-byte chunks.
//!
//! What has no sequence here ([`is_native`] says no) has become scalar operations before selection.

use crate::operands::*;
use crate::rules_memory::{load, store};
use lathe_ir::{FloatCond, Function, Inst, InstData, IntCond, Opcode, Type, Value};
use lathe_isa::RowId;
use lathe_isa_x86::rows as x;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::{SlotKind, pseudo};
use lathe_mach::select::Selector;
use lathe_mach::{MachMem, MachOperand, VReg};
use lathe_target::Target;
use lathe_target::features::Feature;
use smallvec::SmallVec;

/// Whether an instruction on vectors has a sequence here.
pub(crate) fn is_native(target: &Target, func: &Function, inst: Inst) -> bool {
    use Opcode::*;
    let data = func.inst(inst);
    let ty = data.ty();
    let bits = ty.lane_bits(64);
    if ty.lane() == Type::F80 || bits == 128 {
        return false;
    }
    match data.opcode() {
        Iadd | Isub | Iand | Ior | Ixor | Inot | Ineg | Load | Store | Splat | ExtractLane | InsertLane
        | ExtractLaneDynamic | InsertLaneDynamic | Shuffle | LaneMask | Bitcast | Const | Undef | Fadd
        | Fsub | Fmul | Fdiv | Fsqrt | Fneg | Fabs | VaArg => true,
        Select => {
            func.ty(data.inline_args()[0]).is_vector()
                || crate::rules::register_class(ty, target.layout.pointer.size as u8).is_some()
        }
        Imul => bits == 16 || (bits == 32 && target.features.has(Feature::Sse41)),
        Umulhi | Smulhi => bits == 16,
        Shl | Lshr => bits >= 16 && shift_count(func, data.inline_args()[1]).is_some(),
        Ashr => matches!(bits, 16 | 32) && shift_count(func, data.inline_args()[1]).is_some(),
        Icmp => match data.int_cond() {
            IntCond::Eq | IntCond::Ne => bits < 64 || target.features.has(Feature::Sse41),
            _ => bits < 64 || target.features.has(Feature::Sse42),
        },
        Fcmp => !matches!(data.float_cond(), FloatCond::One | FloatCond::Ueq),
        UaddSat | SaddSat | UsubSat | SsubSat => bits <= 16,
        Umin | Umax => bits == 8,
        Smin | Smax => bits == 16,
        Sitofp => ty.lane() == Type::F32 && func.ty(data.inline_args()[0]).lane() == Type::I32,
        Fptosi => ty.lane() == Type::I32 && func.ty(data.inline_args()[0]).lane() == Type::F32,
        PtrToInt | IntToPtr => bits == 64,
        _ => false,
    }
}

/// The count of a shift by the same constant in all lanes.
fn shift_count(func: &Function, value: Value) -> Option<i64> {
    let data = func.inst(func.def_inst(value)?);
    let bits = data.ty().lane_bits(64);
    let count = match data.opcode() {
        Opcode::Splat => func.int_constant(data.inline_args()[0])?,
        Opcode::Const => {
            let lane = bits as usize / 8;
            let bytes = &func.constants[data.constant()];
            let first = bytes.get(..lane)?;
            if bytes.chunks(lane).any(|chunk| chunk != first) {
                return None;
            }
            let mut wide = [0u8; 8];
            wide[..lane].copy_from_slice(first);
            i64::from_le_bytes(wide)
        }
        _ => return None,
    };
    Some(count & i64::from(bits - 1))
}

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    match data.opcode() {
        Opcode::Load => select_load(cx, inst),
        Opcode::Store => select_store(cx, inst),
        Opcode::Splat => splat(cx, inst),
        Opcode::ExtractLane => extract(cx, inst),
        Opcode::InsertLane => insert(cx, inst),
        Opcode::ExtractLaneDynamic | Opcode::InsertLaneDynamic => dynamic_lane(cx, inst),
        Opcode::Shuffle => shuffle(cx, inst),
        Opcode::LaneMask => lane_mask(cx, inst)?,
        Opcode::Bitcast => bitcast(cx, inst)?,
        Opcode::Select if !cx.func.ty(data.inline_args()[0]).is_vector() => {
            return crate::rules_float::select_by_mask(cx, inst);
        }
        _ if is_native(cx.target, cx.func, inst) => lanewise(cx, inst)?,
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

fn size(cx: &Selector<'_>, ty: Type) -> u32 {
    bytes(cx, ty) * ty.lanes()
}

fn is_wide(cx: &Selector<'_>, ty: Type) -> bool {
    cx.rules.register_class(ty).is_none()
}

fn result_value(cx: &Selector<'_>, inst: Inst) -> Value {
    cx.func.result(inst).expect("the instruction has a result")
}

fn select_load(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let from = cx.mem_at(data.inline_args()[0], i64::from(data.offset()));
    if is_wide(cx, data.ty()) {
        let to = cx.memory_value(result_value(cx, inst));
        crate::rules_memory::copy_block(cx, MachMem::slot(to, 0), from, size(cx, data.ty()), false);
        return;
    }
    let to = cx.result(inst);
    load(cx, data.ty(), to, from, data.mem_flags().align());
}

fn select_store(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let [value, address] = [data.inline_args()[0], data.inline_args()[1]];
    let to = cx.mem_at(address, i64::from(data.offset()));
    if is_wide(cx, data.ty()) {
        let from = cx.memory_operand(value);
        crate::rules_memory::copy_block(cx, to, MachMem::slot(from, 0), size(cx, data.ty()), false);
        return;
    }
    let from = cx.reg(value);
    store(cx, data.ty(), from, to, data.mem_flags().align());
}

/// Operations that work on each lane alone: chunk by chunk.
fn lanewise(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let result = result_value(cx, inst);
    let args: SmallVec<[Value; 3]> = SmallVec::from_slice(data.inline_args());
    // A shift by a constant needs no second operand.
    let used =
        if matches!(data.opcode(), Opcode::Shl | Opcode::Lshr | Opcode::Ashr) { 1 } else { args.len() };
    if !is_wide(cx, cx.func.ty(result)) {
        let regs: SmallVec<[VReg; 3]> = args[..used].iter().map(|value| cx.reg(*value)).collect();
        let to = cx.reg(result);
        return chunk(cx, inst, &data, to, &regs);
    }
    let slots: SmallVec<[_; 3]> = args[..used].iter().map(|value| cx.memory_operand(*value)).collect();
    let to = cx.memory_value(result);
    let ty = cx.func.ty(result);
    for offset in (0..size(cx, ty)).step_by(16) {
        let mut regs: SmallVec<[VReg; 3]> = SmallVec::new();
        for slot in &slots {
            let reg = cx.temp(Type::F128);
            load(cx, Type::F128, reg, MachMem::slot(*slot, offset as i32), 1);
            regs.push(reg);
        }
        let part = cx.temp(Type::F128);
        chunk(cx, inst, &data, part, &regs)?;
        store(cx, Type::F128, part, MachMem::slot(to, offset as i32), 1);
    }
    Ok(())
}

fn lane_index(cx: &Selector<'_>, ty: Type) -> usize {
    bytes(cx, ty).trailing_zeros() as usize
}

/// One register's worth of a lane-wise operation.
fn chunk(
    cx: &mut Selector<'_>,
    inst: Inst,
    data: &InstData,
    to: VReg,
    args: &[VReg],
) -> Result<(), CodegenError> {
    let ty = data.ty();
    let lane = lane_index(cx, ty);
    let single = ty.lane() == Type::F32;
    let pick = |a: RowId, b: RowId| if single { a } else { b };
    let two = |cx: &mut Selector<'_>, row: RowId| {
        cx.op(row, &[tied(to, args[0], VIEW_XMM), reg_use(args[1], VIEW_XMM)]);
    };
    match data.opcode() {
        Opcode::Iadd => two(cx, [x::PADDB, x::PADDW, x::PADDD, x::PADDQ][lane]),
        Opcode::Isub => two(cx, [x::PSUBB, x::PSUBW, x::PSUBD, x::PSUBQ][lane]),
        Opcode::Imul => two(cx, if lane == 1 { x::PMULLW } else { x::PMULLD }),
        Opcode::Umulhi => two(cx, x::PMULHUW),
        Opcode::Smulhi => two(cx, x::PMULHW),
        Opcode::Iand => two(cx, x::PAND),
        Opcode::Ior => two(cx, x::POR),
        Opcode::Ixor => two(cx, x::PXOR),
        Opcode::UaddSat => two(cx, [x::PADDUSB, x::PADDUSW][lane.min(1)]),
        Opcode::SaddSat => two(cx, [x::PADDSB, x::PADDSW][lane.min(1)]),
        Opcode::UsubSat => two(cx, [x::PSUBUSB, x::PSUBUSW][lane.min(1)]),
        Opcode::SsubSat => two(cx, [x::PSUBSB, x::PSUBSW][lane.min(1)]),
        Opcode::Umin => two(cx, x::PMINUB),
        Opcode::Umax => two(cx, x::PMAXUB),
        Opcode::Smin => two(cx, x::PMINSW),
        Opcode::Smax => two(cx, x::PMAXSW),
        Opcode::Fadd => two(cx, pick(x::ADDPS, x::ADDPD)),
        Opcode::Fsub => two(cx, pick(x::SUBPS, x::SUBPD)),
        Opcode::Fmul => two(cx, pick(x::MULPS, x::MULPD)),
        Opcode::Fdiv => two(cx, pick(x::DIVPS, x::DIVPD)),
        Opcode::Fsqrt => {
            cx.op(pick(x::SQRTPS, x::SQRTPD), &[def(to, VIEW_XMM), reg_use(args[0], VIEW_XMM)]);
        }
        Opcode::Inot => {
            let ones = ones(cx);
            cx.op(x::PXOR, &[tied(to, ones, VIEW_XMM), reg_use(args[0], VIEW_XMM)]);
        }
        Opcode::Ineg => {
            let zero = zero(cx);
            let row = [x::PSUBB, x::PSUBW, x::PSUBD, x::PSUBQ][lane];
            cx.op(row, &[tied(to, zero, VIEW_XMM), reg_use(args[0], VIEW_XMM)]);
        }
        Opcode::Fneg | Opcode::Fabs => {
            let neg = data.opcode() == Opcode::Fneg;
            let sign = if single { 1u64 << 31 } else { 1 << 63 };
            let mask = lane_pool(cx, ty, if neg { sign } else { !sign });
            let row = if neg { x::XORPS } else { x::ANDPS };
            cx.op(row, &[tied(to, args[0], VIEW_XMM), mask]);
        }
        Opcode::Shl | Opcode::Lshr | Opcode::Ashr => {
            let count = shift_count(cx.func, data.inline_args()[1]).unwrap_or(0);
            let rows = match data.opcode() {
                Opcode::Shl => [x::PSLLW, x::PSLLW, x::PSLLD, x::PSLLQ],
                Opcode::Lshr => [x::PSRLW, x::PSRLW, x::PSRLD, x::PSRLQ],
                _ => [x::PSRAW, x::PSRAW, x::PSRAD, x::PSRAD],
            };
            cx.op(rows[lane], &[tied(to, args[0], VIEW_XMM), imm(count)]);
        }
        Opcode::Icmp => compare_ints(cx, ty, data.int_cond(), to, args[0], args[1]),
        Opcode::Fcmp => compare_floats(cx, ty, data.float_cond(), to, args[0], args[1]),
        Opcode::Select => crate::rules_float::blend(cx, Type::F128, to, args[0], args[1], args[2]),
        Opcode::Sitofp => cx.op(x::CVTDQ2PS, &[def(to, VIEW_XMM), reg_use(args[0], VIEW_XMM)]),
        Opcode::Fptosi => cx.op(x::CVTTPS2DQ, &[def(to, VIEW_XMM), reg_use(args[0], VIEW_XMM)]),
        Opcode::PtrToInt | Opcode::IntToPtr => cx.op(pseudo::COPY, &[tied(to, args[0], VIEW_XMM)]),
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

fn ones(cx: &mut Selector<'_>) -> VReg {
    let reg = cx.temp(Type::F128);
    cx.op(ONES_VECTOR, &[def(reg, VIEW_XMM)]);
    reg
}

fn zero(cx: &mut Selector<'_>) -> VReg {
    let reg = cx.temp(Type::F128);
    cx.op(ZERO_VECTOR, &[def(reg, VIEW_XMM)]);
    reg
}

/// A pool constant with the same bits in all lanes.
fn lane_pool(cx: &mut Selector<'_>, ty: Type, bits: u64) -> MachOperand {
    let lane = bytes(cx, ty) as usize;
    let mut pattern = [0u8; 16];
    for chunk in pattern.chunks_mut(lane) {
        chunk.copy_from_slice(&bits.to_le_bytes()[..lane]);
    }
    let mem = crate::rules_symbol::pool_mem(cx, &pattern, 16);
    cx.mem_operand(mem)
}

/// Only "equal" and "signed greater" exist: operands are exchanged, results complemented, and
/// unsigned numbers moved down by half their range.
fn compare_ints(cx: &mut Selector<'_>, ty: Type, cond: IntCond, to: VReg, a: VReg, b: VReg) {
    let lane = lane_index(cx, ty);
    let (mut a, mut b) = (a, b);
    let (swap, complement) = match cond {
        IntCond::Eq | IntCond::Sgt | IntCond::Ugt => (false, false),
        IntCond::Ne | IntCond::Sle | IntCond::Ule => (false, true),
        IntCond::Slt | IntCond::Ult => (true, false),
        IntCond::Sge | IntCond::Uge => (true, true),
    };
    if swap {
        std::mem::swap(&mut a, &mut b);
    }
    let row = match cond {
        IntCond::Eq | IntCond::Ne => [x::PCMPEQB, x::PCMPEQW, x::PCMPEQD, x::PCMPEQQ][lane],
        _ => [x::PCMPGTB, x::PCMPGTW, x::PCMPGTD, x::PCMPGTQ][lane],
    };
    if matches!(cond, IntCond::Ult | IntCond::Ule | IntCond::Ugt | IntCond::Uge) {
        let sign = 1u64 << (bytes(cx, ty) * 8 - 1);
        for reg in [&mut a, &mut b] {
            let moved = cx.temp(Type::F128);
            let mask = lane_pool(cx, ty, sign);
            cx.op(x::PXOR, &[tied(moved, *reg, VIEW_XMM), mask]);
            *reg = moved;
        }
    }
    let raw = if complement { cx.temp(Type::F128) } else { to };
    cx.op(row, &[tied(raw, a, VIEW_XMM), reg_use(b, VIEW_XMM)]);
    if complement {
        let ones = ones(cx);
        cx.op(x::PXOR, &[tied(to, raw, VIEW_XMM), reg_use(ones, VIEW_XMM)]);
    }
}

/// `cmpps`, `cmppd` predicates (Intel SDM vol. 2, table 3-1).
fn compare_floats(cx: &mut Selector<'_>, ty: Type, cond: FloatCond, to: VReg, a: VReg, b: VReg) {
    let (predicate, swap) = match cond {
        FloatCond::Oeq | FloatCond::Ueq => (0, false),
        FloatCond::Olt => (1, false),
        FloatCond::Ole => (2, false),
        FloatCond::Uno => (3, false),
        FloatCond::Une | FloatCond::One => (4, false),
        FloatCond::Uge => (5, false),
        FloatCond::Ugt => (6, false),
        FloatCond::Ord => (7, false),
        FloatCond::Ogt => (1, true),
        FloatCond::Oge => (2, true),
        FloatCond::Ule => (5, true),
        FloatCond::Ult => (6, true),
    };
    let (a, b) = if swap { (b, a) } else { (a, b) };
    let row = if ty.lane() == Type::F32 { x::CMPPS } else { x::CMPPD };
    cx.op(row, &[tied(to, a, VIEW_XMM), reg_use(b, VIEW_XMM), imm(predicate)]);
}

// ----- lanes -----

/// The slot of a vector: its own, or a temporary that a register is stored to.
fn in_memory(cx: &mut Selector<'_>, value: Value) -> MachMem {
    let ty = cx.func.ty(value);
    if is_wide(cx, ty) {
        return MachMem::slot(cx.memory_operand(value), 0);
    }
    let reg = cx.reg(value);
    let slot = cx.slot(SlotKind::Temporary, 16, 16);
    store(cx, ty, reg, MachMem::slot(slot, 0), 1);
    MachMem::slot(slot, 0)
}

/// Memory to build a vector result in, and what finishes it.
fn result_memory(cx: &mut Selector<'_>, inst: Inst) -> MachMem {
    let value = result_value(cx, inst);
    if is_wide(cx, cx.func.ty(value)) {
        return MachMem::slot(cx.memory_value(value), 0);
    }
    MachMem::slot(cx.slot(SlotKind::Temporary, 16, 16), 0)
}

fn finish_memory(cx: &mut Selector<'_>, inst: Inst, mem: MachMem) {
    let value = result_value(cx, inst);
    let ty = cx.func.ty(value);
    if !is_wide(cx, ty) {
        let to = cx.reg(value);
        load(cx, ty, to, mem, 1);
    }
}

fn at(mem: MachMem, offset: u32) -> MachMem {
    MachMem { displacement: mem.displacement.wrapping_add(offset as i32), ..mem }
}

/// The integer type that moves a lane without looking at it.
fn carrier(cx: &Selector<'_>, ty: Type) -> Type {
    Type::int(bytes(cx, ty) * 8).unwrap_or(Type::I64)
}

fn splat(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let scalar = cx.reg(data.inline_args()[0]);
    let part = if is_wide(cx, ty) { cx.temp(Type::F128) } else { cx.result(inst) };
    let x2 = |cx: &mut Selector<'_>, row: RowId, from: VReg| {
        let to = cx.temp(Type::F128);
        cx.op(row, &[tied(to, from, VIEW_XMM), reg_use(from, VIEW_XMM)]);
        to
    };
    let low = cx.temp(Type::F128);
    match (ty.lane().is_float(), bytes(cx, ty)) {
        (true, _) => cx.op(pseudo::COPY, &[tied(low, scalar, VIEW_XMM)]),
        (_, 8) => cx.op(x::MOVQ_X, &[def(low, VIEW_XMM), reg_use(scalar, VIEW_64)]),
        _ => cx.op(x::MOVD, &[def(low, VIEW_XMM), reg_use(scalar, VIEW_32)]),
    }
    if bytes(cx, ty) == 8 {
        cx.op(x::PUNPCKLQDQ, &[tied(part, low, VIEW_XMM), reg_use(low, VIEW_XMM)]);
    } else {
        let mut word = low;
        if bytes(cx, ty) == 1 {
            word = x2(cx, x::PUNPCKLBW, word);
        }
        if bytes(cx, ty) <= 2 {
            word = x2(cx, x::PUNPCKLWD, word);
        }
        cx.op(x::PSHUFD, &[def(part, VIEW_XMM), reg_use(word, VIEW_XMM), imm(0)]);
    }
    if is_wide(cx, ty) {
        let to = cx.memory_value(result_value(cx, inst));
        for offset in (0..size(cx, ty)).step_by(16) {
            store(cx, Type::F128, part, MachMem::slot(to, offset as i32), 1);
        }
    }
}

fn extract(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let lane = data.lane() % ty.lanes();
    let vector = data.inline_args()[0];
    let to = cx.result(inst);
    let offset = lane * bytes(cx, ty);
    if is_wide(cx, ty) {
        let mem = in_memory(cx, vector);
        load(cx, ty.lane(), to, at(mem, offset), 1);
        return;
    }
    let reg = cx.reg(vector);
    if ty.lane() == Type::I16 {
        cx.op(x::PEXTRW, &[def(to, VIEW_32), reg_use(reg, VIEW_XMM), imm(i64::from(lane))]);
        return;
    }
    let low = if offset == 0 {
        reg
    } else {
        let low = cx.temp(Type::F128);
        cx.op(x::PSRLDQ, &[tied(low, reg, VIEW_XMM), imm(i64::from(offset))]);
        low
    };
    if ty.lane().is_float() {
        cx.op(pseudo::COPY, &[tied(to, low, VIEW_XMM)]);
    } else if bytes(cx, ty) == 8 {
        cx.op(x::MOVQ_X, &[def(to, word_view(cx)), reg_use(low, VIEW_XMM)]);
    } else {
        cx.op(x::MOVD, &[def(to, VIEW_32), reg_use(low, VIEW_XMM)]);
    }
}

fn insert(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let lane = data.lane() % ty.lanes();
    let [vector, scalar] = [data.inline_args()[0], data.inline_args()[1]];
    if !is_wide(cx, ty) && ty.lane() == Type::I16 {
        let (reg, scalar) = (cx.reg(vector), cx.reg(scalar));
        let to = cx.result(inst);
        cx.op(x::PINSRW, &[tied(to, reg, VIEW_XMM), reg_use(scalar, VIEW_32), imm(i64::from(lane))]);
        return;
    }
    if ty.lane() == Type::F64 && ty.lanes() == 2 {
        let (reg, scalar) = (cx.reg(vector), cx.reg(scalar));
        let to = cx.result(inst);
        // Low lane: `movsd` keeps the upper one; high lane: `movlhps` keeps the lower one.
        let row = if lane == 0 { x::MOVSD } else { x::MOVLHPS };
        cx.op(row, &[tied(to, reg, VIEW_XMM), reg_use(scalar, VIEW_XMM)]);
        return;
    }
    let from = in_memory(cx, vector);
    let scalar = cx.reg(scalar);
    let mem = if is_wide(cx, ty) {
        let to = result_memory(cx, inst);
        crate::rules_memory::copy_block(cx, to, from, size(cx, ty), false);
        to
    } else {
        from
    };
    store(cx, ty.lane(), scalar, at(mem, lane * bytes(cx, ty)), 1);
    finish_memory(cx, inst, mem);
}

/// Lane numbers known only at run time: through memory, modulo the lane count.
fn dynamic_lane(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let args: SmallVec<[Value; 3]> = SmallVec::from_slice(data.inline_args());
    let is_insert = data.opcode() == Opcode::InsertLaneDynamic;
    let from = in_memory(cx, args[0]);
    let mem = if is_insert && is_wide(cx, ty) {
        let to = result_memory(cx, inst);
        crate::rules_memory::copy_block(cx, to, from, size(cx, ty), false);
        to
    } else {
        from
    };
    let number = cx.reg(args[args.len() - 1]);
    let index = cx.temp(Type::PTR);
    cx.op(x::ANDL, &[tied(index, number, VIEW_32), imm(i64::from(ty.lanes()) - 1)]);
    let place = MachMem { index: index.into(), scale_log2: lane_index(cx, ty) as u8, ..mem };
    if is_insert {
        let scalar = cx.reg(args[1]);
        store(cx, ty.lane(), scalar, place, 1);
        finish_memory(cx, inst, mem);
    } else {
        let to = cx.result(inst);
        load(cx, ty.lane(), to, place, 1);
    }
}

fn shuffle(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let lanes = ty.lanes();
    let mask: SmallVec<[u8; 64]> = SmallVec::from_slice(&cx.func.constants[data.constant()]);
    let [a, b] = [data.inline_args()[0], data.inline_args()[1]];
    if size(cx, ty) == 16 && bytes(cx, ty) == 4 && mask.iter().all(|n| *n == 255 || u32::from(*n) < lanes) {
        let control = mask
            .iter()
            .enumerate()
            .fold(0, |all, (i, n)| all | i64::from(if *n == 255 { i as u8 } else { *n }) << (2 * i));
        let from = cx.reg(a);
        let to = cx.result(inst);
        cx.op(x::PSHUFD, &[def(to, VIEW_XMM), reg_use(from, VIEW_XMM), imm(control)]);
        return;
    }
    let (a, b) = (in_memory(cx, a), in_memory(cx, b));
    let to = result_memory(cx, inst);
    let lane = carrier(cx, ty);
    for (i, n) in mask.iter().enumerate() {
        let n = u32::from(*n);
        if n == 255 {
            continue;
        }
        let from = if n < lanes { at(a, n * bytes(cx, ty)) } else { at(b, (n % lanes) * bytes(cx, ty)) };
        let reg = cx.temp(lane);
        load(cx, lane, reg, from, 1);
        store(cx, lane, reg, at(to, i as u32 * bytes(cx, ty)), 1);
    }
    finish_memory(cx, inst, to);
}

fn lane_mask(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let vector = data.inline_args()[0];
    let to = cx.result(inst);
    let mut chunks: SmallVec<[VReg; 4]> = SmallVec::new();
    if is_wide(cx, ty) {
        let slot = cx.memory_operand(vector);
        for offset in (0..size(cx, ty)).step_by(16) {
            let reg = cx.temp(Type::F128);
            load(cx, Type::F128, reg, MachMem::slot(slot, offset as i32), 1);
            chunks.push(reg);
        }
    } else {
        chunks.push(cx.reg(vector));
    }
    let per_chunk = 16 / bytes(cx, ty);
    if per_chunk * chunks.len() as u32 > 32 {
        return Err(cx.unsupported_inst(inst));
    }
    let mut sum: Option<VReg> = None;
    for (i, reg) in chunks.into_iter().enumerate() {
        let bits = cx.temp(Type::I32);
        match bytes(cx, ty) {
            1 => cx.op(x::PMOVMSKB, &[def(bits, VIEW_32), reg_use(reg, VIEW_XMM)]),
            2 => {
                let (packed, zero) = (cx.temp(Type::F128), zero(cx));
                cx.op(x::PACKSSWB, &[tied(packed, reg, VIEW_XMM), reg_use(zero, VIEW_XMM)]);
                cx.op(x::PMOVMSKB, &[def(bits, VIEW_32), reg_use(packed, VIEW_XMM)]);
            }
            4 => cx.op(x::MOVMSKPS, &[def(bits, VIEW_32), reg_use(reg, VIEW_XMM)]),
            _ => cx.op(x::MOVMSKPD, &[def(bits, VIEW_32), reg_use(reg, VIEW_XMM)]),
        }
        sum = Some(match sum {
            None => bits,
            Some(low) => {
                let (high, both) = (cx.temp(Type::I32), cx.temp(Type::I32));
                cx.op(x::SHLL, &[tied(high, bits, VIEW_32), imm(i64::from(per_chunk) * i as i64)]);
                cx.op(x::ORL, &[tied(both, low, VIEW_32), reg_use(high, VIEW_32)]);
                both
            }
        });
    }
    let Some(bits) = sum else { return Err(cx.unsupported_inst(inst)) };
    if ty.lanes() < 16 / bytes(cx, ty) {
        // The upper part of a narrow vector's register means nothing.
        cx.op(x::ANDL, &[tied(to, bits, VIEW_32), imm((1 << ty.lanes()) - 1)]);
    } else {
        cx.op(pseudo::COPY, &[tied(to, bits, VIEW_32)]);
    }
    Ok(())
}

fn bitcast(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let value = data.inline_args()[0];
    let (ty, from_ty) = (data.ty(), cx.func.ty(value));
    if is_wide(cx, ty) && is_wide(cx, from_ty) && ty.is_vector() && from_ty.is_vector() {
        let from = cx.memory_operand(value);
        let to = cx.memory_value(result_value(cx, inst));
        crate::rules_memory::copy_block(
            cx,
            MachMem::slot(to, 0),
            MachMem::slot(from, 0),
            size(cx, ty),
            false,
        );
        return Ok(());
    }
    let from = cx.reg(value);
    let to = cx.result(inst);
    let int_ty = |ty: Type| if ty.is_vector() && size(cx, ty) == 2 { Type::F32 } else { ty };
    crate::rules_convert::move_between(cx, inst, int_ty(ty), to, int_ty(from_ty), from)
}

//! Vectors of 8 and 16 bytes (smaller ones use the low part of a register): one Advanced SIMD instruction, or a few.
//!
//! What has no sequence here ([`is_native`] says no), and all arithmetic on wider vectors, has become scalar operations before
//! selection; wider vectors live in memory and are only moved, taken apart and put together here.

use crate::operands::*;
use crate::rules_memory::{copy_block, load, store};
use crate::rules_symbol::integer;
use lathe_ir::{FloatCond, Function, Inst, IntCond, Opcode, Type, Value};
use lathe_isa::RowId;
use lathe_isa_aarch64::registers as r;
use lathe_isa_aarch64::rows as a;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::{SlotKind, pseudo};
use lathe_mach::select::Selector;
use lathe_mach::{MachMem, MachOperand, VReg};
use lathe_target::Target;
use smallvec::SmallVec;

/// Whether a vector's lanes can be worked on: it fits a register, in lanes that registers have.
fn is_workable(ty: Type) -> bool {
    ty.is_vector() && size(ty) <= 16 && bytes(ty) <= 8 && (bytes(ty) < 8 || size(ty) == 16)
}

/// Whether an instruction on vectors has a sequence here.
pub(crate) fn is_native(_target: &Target, func: &Function, inst: Inst) -> bool {
    use Opcode::*;
    let data = func.inst(inst);
    let ty = data.ty();
    let lane = bytes(ty);
    let operand_ty = data.inline_args().first().map_or(ty, |value| func.ty(*value));
    if ty.lane() == Type::F80 || lane > 8 {
        return false;
    }
    match data.opcode() {
        Load | Store | Splat | ExtractLane | InsertLane | ExtractLaneDynamic | InsertLaneDynamic
        | Shuffle | LaneMask | Bitcast | Const | Undef | VaArg => true,
        Select if !operand_ty.is_vector() => crate::rules::register_class(ty).is_some(),
        _ if !is_workable(ty) || (operand_ty.is_vector() && !is_workable(operand_ty)) => false,
        Iadd | Isub | Iand | Ior | Ixor | Inot | Ineg | Iabs | Icmp | Fcmp | Select | UaddSat | SaddSat
        | UsubSat | SsubSat | Fadd | Fsub | Fmul | Fdiv | Fsqrt | Fneg | Fabs | Fmin | Fmax | Fceil
        | Ffloor | Ftrunc | Fnearest | Fma | Shl | Lshr | Ashr => true,
        Imul | Smin | Smax | Umin | Umax | Clz => lane < 8,
        Popcnt | Bitrev => lane == 1,
        Bswap => lane > 1,
        Zext | Sext => size(ty) == 16 && bytes(operand_ty) * 2 == lane,
        Trunc => size(operand_ty) == 16 && bytes(operand_ty) == 2 * lane,
        Sitofp | Uitofp | Fptosi | Fptoui | FptosiSat | FptouiSat => bytes(operand_ty) == lane,
        Fpext => size(ty) == 16 && lane == 8,
        Fptrunc => size(operand_ty) == 16 && lane == 4,
        PtrToInt | IntToPtr => lane == 8 && bytes(operand_ty) == 8,
        _ => false,
    }
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
        Opcode::LaneMask => lane_mask(cx, inst),
        Opcode::Bitcast => return bitcast(cx, inst),
        Opcode::Select if !cx.func.ty(data.inline_args()[0]).is_vector() => {
            return crate::rules_compare::select_float(cx, inst);
        }
        _ if is_native(cx.target, cx.func, inst) => return lanewise(cx, inst),
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

/// The arrangement of a vector.
fn arrangement(ty: Type) -> u8 {
    let first = match bytes(ty) {
        1 => r::VIEW_8B,
        2 => r::VIEW_4H,
        4 => r::VIEW_2S,
        _ => r::VIEW_1D,
    };
    if size(ty) == 16 { first + 1 } else { first }
}

/// The arrangement of the bytes of a vector.
fn byte_arrangement(ty: Type) -> u8 {
    if size(ty) == 16 { VIEW_16B } else { VIEW_8B }
}

fn lane_view(ty: Type, lane: u32) -> u8 {
    let kind = match bytes(ty) {
        1 => r::Lane::B,
        2 => r::Lane::H,
        4 => r::Lane::S,
        _ => r::Lane::D,
    };
    r::lane_view(kind, lane as u8)
}

fn is_wide(ty: Type) -> bool {
    crate::rules::register_class(ty).is_none()
}

fn result_value(cx: &Selector<'_>, inst: Inst) -> Value {
    cx.func.result(inst).expect("the instruction has a result")
}

fn select_load(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let from = cx.mem_at(data.inline_args()[0], i64::from(data.offset()));
    if is_wide(data.ty()) {
        let to = cx.memory_value(result_value(cx, inst));
        copy_block(cx, MachMem::slot(to, 0), from, size(data.ty()), false);
        return;
    }
    let to = cx.result(inst);
    load(cx, data.ty(), to, from, data.mem_flags().align());
}

fn select_store(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let [value, address] = [data.inline_args()[0], data.inline_args()[1]];
    let to = cx.mem_at(address, i64::from(data.offset()));
    if is_wide(data.ty()) {
        let from = cx.memory_operand(value);
        copy_block(cx, to, MachMem::slot(from, 0), size(data.ty()), false);
        return;
    }
    let from = cx.reg(value);
    store(cx, data.ty(), reg_use(from, view_of(data.ty())), to, data.mem_flags().align());
}

/// Operations that work on each lane alone.
fn lanewise(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    use Opcode::*;
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let args: SmallVec<[Value; 3]> = SmallVec::from_slice(data.inline_args());
    let view = arrangement(ty);
    let bytes_view = byte_arrangement(ty);
    let row = match data.opcode() {
        Iadd => a::ADD_V,
        Isub => a::SUB_V,
        Imul => a::MUL_V,
        Ineg => a::NEG_V,
        Iabs => a::ABS,
        Smin => a::SMIN,
        Smax => a::SMAX,
        Umin => a::UMIN,
        Umax => a::UMAX,
        UaddSat => a::UQADD,
        SaddSat => a::SQADD,
        UsubSat => a::UQSUB,
        SsubSat => a::SQSUB,
        Clz => a::CLZ_V,
        Fadd => a::FADD_V,
        Fsub => a::FSUB_V,
        Fmul => a::FMUL_V,
        Fdiv => a::FDIV_V,
        Fsqrt => a::FSQRT_V,
        Fneg => a::FNEG_V,
        Fabs => a::FABS_V,
        Fmin => a::FMINNM_V,
        Fmax => a::FMAXNM_V,
        Fceil => a::FRINTP_V,
        Ffloor => a::FRINTM_V,
        Ftrunc => a::FRINTZ_V,
        Fnearest => a::FRINTN_V,
        Sitofp => a::SCVTF_V,
        Uitofp => a::UCVTF_V,
        Fptosi | FptosiSat => a::FCVTZS_V,
        Fptoui | FptouiSat => a::FCVTZU_V,
        Iand | Ior | Ixor | Inot | Popcnt | Bitrev | Bswap => {
            let row = match data.opcode() {
                Iand => a::AND_V,
                Ior => a::ORR_V,
                Ixor => a::EOR_V,
                Inot => a::NOT,
                Popcnt => a::CNT,
                Bitrev => a::RBIT_V,
                _ => [a::REV16_V, a::REV32_V, a::REV64_V][bytes(ty).trailing_zeros() as usize - 1],
            };
            plain(cx, inst, row, bytes_view, &args);
            return Ok(());
        }
        Shl | Lshr | Ashr => {
            shift(cx, inst);
            return Ok(());
        }
        Icmp => {
            let [x, y] = [cx.reg(args[0]), cx.reg(args[1])];
            let to = cx.result(inst);
            compare_ints(cx, ty, data.int_cond(), to, x, y);
            return Ok(());
        }
        Fcmp => {
            let [x, y] = [cx.reg(args[0]), cx.reg(args[1])];
            let to = cx.result(inst);
            compare_floats(cx, ty, data.float_cond(), to, x, y);
            return Ok(());
        }
        Select => {
            let [mask, yes, no] = [cx.reg(args[0]), cx.reg(args[1]), cx.reg(args[2])];
            let to = cx.result(inst);
            let operands = [tied(to, mask, bytes_view), reg_use(yes, bytes_view), reg_use(no, bytes_view)];
            cx.op(a::BSL, &operands);
            return Ok(());
        }
        Fma => {
            let [x, y, z] = [cx.reg(args[0]), cx.reg(args[1]), cx.reg(args[2])];
            let to = cx.result(inst);
            cx.op(a::FMLA, &[tied(to, z, view), reg_use(x, view), reg_use(y, view)]);
            return Ok(());
        }
        Zext | Sext | Trunc | Fpext | Fptrunc => {
            change_width(cx, inst);
            return Ok(());
        }
        PtrToInt | IntToPtr => {
            let from = cx.reg(args[0]);
            let to = cx.result(inst);
            cx.op(pseudo::COPY, &[tied(to, from, view_of(ty))]);
            return Ok(());
        }
        _ => return Err(cx.unsupported_inst(inst)),
    };
    plain(cx, inst, row, view, &args);
    Ok(())
}

/// One instruction on the operands.
fn plain(cx: &mut Selector<'_>, inst: Inst, row: RowId, view: u8, args: &[Value]) {
    let regs: SmallVec<[VReg; 3]> = args.iter().map(|value| cx.reg(*value)).collect();
    let to = cx.result(inst);
    let mut operands: SmallVec<[MachOperand; 4]> = SmallVec::from_slice(&[def(to, view)]);
    operands.extend(regs.iter().map(|reg| reg_use(*reg, view)));
    cx.op(row, &operands);
}

/// Widening and narrowing by one step.
fn change_width(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let value = data.inline_args()[0];
    let (to_view, from_view) = (arrangement(data.ty()), arrangement(cx.func.ty(value)));
    let from = cx.reg(value);
    let to = cx.result(inst);
    let row = match data.opcode() {
        Opcode::Zext => a::UXTL,
        Opcode::Sext => a::SXTL,
        Opcode::Trunc => a::XTN,
        Opcode::Fpext => a::FCVTL,
        _ => a::FCVTN,
    };
    cx.op(row, &[def(to, to_view), reg_use(from, from_view)]);
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

/// By a constant, or by a vector of counts: to the right is to the left by the negated count.
fn shift(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let view = arrangement(ty);
    let bits = i64::from(bytes(ty) * 8);
    let from = cx.reg(data.inline_args()[0]);
    if let Some(count) = shift_count(cx.func, data.inline_args()[1]) {
        let to = cx.result(inst);
        let row = match data.opcode() {
            Opcode::Shl => a::SHL,
            Opcode::Lshr => a::USHR,
            _ => a::SSHR,
        };
        if count == 0 {
            cx.op(pseudo::COPY, &[tied(to, from, view_of(ty))]);
        } else {
            cx.op(row, &[def(to, view), reg_use(from, view), imm(count)]);
        }
        return;
    }
    let counts = cx.reg(data.inline_args()[1]);
    let (int, mask, masked) = (cx.temp(Type::I64), cx.temp(ty), cx.temp(ty));
    integer(cx, Type::I64, bits - 1, int);
    cx.op(a::DUP, &[def(mask, view), reg_use(int, if bits == 64 { VIEW_X } else { VIEW_W })]);
    let bytes_view = byte_arrangement(ty);
    cx.op(a::AND_V, &[def(masked, bytes_view), reg_use(counts, bytes_view), reg_use(mask, bytes_view)]);
    let count = if data.opcode() == Opcode::Shl {
        masked
    } else {
        let negative = cx.temp(ty);
        cx.op(a::NEG_V, &[def(negative, view), reg_use(masked, view)]);
        negative
    };
    let to = cx.result(inst);
    let row = if data.opcode() == Opcode::Ashr { a::SSHL } else { a::USHL };
    cx.op(row, &[def(to, view), reg_use(from, view), reg_use(count, view)]);
}

fn complement(cx: &mut Selector<'_>, ty: Type, to: VReg, from: VReg) {
    let view = byte_arrangement(ty);
    cx.op(a::NOT, &[def(to, view), reg_use(from, view)]);
}

fn compare_ints(cx: &mut Selector<'_>, ty: Type, cond: IntCond, to: VReg, x: VReg, y: VReg) {
    let view = arrangement(ty);
    let (row, swap) = match cond {
        IntCond::Eq | IntCond::Ne => (a::CMEQ, false),
        IntCond::Sgt => (a::CMGT, false),
        IntCond::Sge => (a::CMGE, false),
        IntCond::Slt => (a::CMGT, true),
        IntCond::Sle => (a::CMGE, true),
        IntCond::Ugt => (a::CMHI, false),
        IntCond::Uge => (a::CMHS, false),
        IntCond::Ult => (a::CMHI, true),
        IntCond::Ule => (a::CMHS, true),
    };
    let (x, y) = if swap { (y, x) } else { (x, y) };
    let raw = if cond == IntCond::Ne { cx.temp(ty) } else { to };
    cx.op(row, &[def(raw, view), reg_use(x, view), reg_use(y, view)]);
    if cond == IntCond::Ne {
        complement(cx, ty, to, raw);
    }
}

/// "Equal", "greater" and "greater or equal" exist and are false for NaN; the others are these exchanged,
/// joined or complemented.
fn compare_floats(cx: &mut Selector<'_>, ty: Type, cond: FloatCond, to: VReg, x: VReg, y: VReg) {
    use FloatCond::*;
    let view = arrangement(ty);
    let (first, second, inverted) = match cond {
        Oeq => ((a::FCMEQ, false), None, false),
        Une => ((a::FCMEQ, false), None, true),
        Ogt => ((a::FCMGT, false), None, false),
        Oge => ((a::FCMGE, false), None, false),
        Olt => ((a::FCMGT, true), None, false),
        Ole => ((a::FCMGE, true), None, false),
        Ult => ((a::FCMGE, false), None, true),
        Ule => ((a::FCMGT, false), None, true),
        Ugt => ((a::FCMGE, true), None, true),
        Uge => ((a::FCMGT, true), None, true),
        One => ((a::FCMGT, false), Some((a::FCMGT, true)), false),
        Ueq => ((a::FCMGT, false), Some((a::FCMGT, true)), true),
        Ord => ((a::FCMGE, false), Some((a::FCMGT, true)), false),
        Uno => ((a::FCMGE, false), Some((a::FCMGT, true)), true),
    };
    let compare = |cx: &mut Selector<'_>, (row, swap): (RowId, bool), to: VReg| {
        let (x, y) = if swap { (y, x) } else { (x, y) };
        cx.op(row, &[def(to, view), reg_use(x, view), reg_use(y, view)]);
    };
    let raw = if inverted { cx.temp(ty) } else { to };
    match second {
        None => compare(cx, first, raw),
        Some(second) => {
            let (one, other) = (cx.temp(ty), cx.temp(ty));
            compare(cx, first, one);
            compare(cx, second, other);
            let bytes_view = byte_arrangement(ty);
            let operands = [def(raw, bytes_view), reg_use(one, bytes_view), reg_use(other, bytes_view)];
            cx.op(a::ORR_V, &operands);
        }
    }
    if inverted {
        complement(cx, ty, to, raw);
    }
}

// ----- lanes -----

/// The slot of a vector: its own, or a temporary that a register is stored to.
fn in_memory(cx: &mut Selector<'_>, value: Value) -> MachMem {
    let ty = cx.func.ty(value);
    if is_wide(ty) {
        return MachMem::slot(cx.memory_operand(value), 0);
    }
    let reg = cx.reg(value);
    let slot = cx.slot(SlotKind::Temporary, 16, 16);
    store(cx, ty, reg_use(reg, view_of(ty)), MachMem::slot(slot, 0), 1);
    MachMem::slot(slot, 0)
}

/// Memory to build a vector result in.
fn result_memory(cx: &mut Selector<'_>, inst: Inst) -> MachMem {
    let value = result_value(cx, inst);
    if is_wide(cx.func.ty(value)) {
        return MachMem::slot(cx.memory_value(value), 0);
    }
    MachMem::slot(cx.slot(SlotKind::Temporary, 16, 16), 0)
}

/// What finishes it.
fn finish_memory(cx: &mut Selector<'_>, inst: Inst, mem: MachMem) {
    let value = result_value(cx, inst);
    let ty = cx.func.ty(value);
    if !is_wide(ty) {
        let to = cx.reg(value);
        load(cx, ty, to, mem, 1);
    }
}

fn at(mem: MachMem, offset: u32) -> MachMem {
    MachMem { displacement: mem.displacement.wrapping_add(offset as i32), ..mem }
}

/// The integer type that moves a lane without looking at it.
fn carrier(ty: Type) -> Type {
    Type::int(bytes(ty) * 8).unwrap_or(Type::I64)
}

/// A scalar operand of a lane's type: an integer register, or lane 0 of a float's.
fn scalar(cx: &mut Selector<'_>, ty: Type, value: Value) -> MachOperand {
    let reg = cx.reg(value);
    if ty.lane().is_float() {
        return reg_use(reg, lane_view(ty, 0));
    }
    reg_use(reg, view(ty))
}

fn splat(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let from = scalar(cx, ty, data.inline_args()[0]);
    let wide = is_wide(ty);
    let part = if wide { cx.temp(Type::F128) } else { cx.result(inst) };
    let lanes = if wide || size(ty) == 16 { 16 } else { 8 };
    let view = match (bytes(ty), lanes) {
        (8, 8) => {
            // One lane: a move.
            let row = if ty.lane().is_float() { pseudo::COPY } else { a::FMOV };
            match (row, from) {
                (pseudo::COPY, MachOperand::Use(from, _)) => {
                    let operand = MachOperand::Tied { to: part.into(), from, view: VIEW_D };
                    cx.op(pseudo::COPY, &[operand]);
                }
                _ => cx.op(row, &[def(part, VIEW_D), from]),
            }
            return;
        }
        (_, 8) => arrangement(ty),
        (1, _) => r::VIEW_16B,
        (2, _) => r::VIEW_8H,
        (4, _) => r::VIEW_4S,
        _ => r::VIEW_2D,
    };
    cx.op(a::DUP, &[def(part, view), from]);
    if wide {
        let to = cx.memory_value(result_value(cx, inst));
        for offset in (0..size(ty)).step_by(16) {
            store(cx, Type::F128, reg_use(part, VIEW_Q), MachMem::slot(to, offset as i32), 1);
        }
    }
}

fn extract(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let lane = data.lane() % ty.lanes();
    let vector = data.inline_args()[0];
    let to = cx.result(inst);
    if is_wide(ty) {
        let mem = in_memory(cx, vector);
        load(cx, ty.lane(), to, at(mem, lane * bytes(ty)), 1);
        return;
    }
    let from = cx.reg(vector);
    match (ty.lane().is_float(), lane) {
        (true, 0) => cx.op(pseudo::COPY, &[tied(to, from, view_of(ty.lane()))]),
        (true, _) => cx.op(a::DUP, &[def(to, view_of(ty.lane())), reg_use(from, lane_view(ty, lane))]),
        (false, _) => cx.op(a::UMOV, &[def(to, view(ty)), reg_use(from, lane_view(ty, lane))]),
    }
}

fn insert(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let lane = data.lane() % ty.lanes();
    let [vector, value] = [data.inline_args()[0], data.inline_args()[1]];
    if is_wide(ty) {
        let from = in_memory(cx, vector);
        let value = cx.reg(value);
        let to = result_memory(cx, inst);
        copy_block(cx, to, from, size(ty), false);
        let from = reg_use(value, view_of(ty.lane()));
        store(cx, ty.lane(), from, at(to, lane * bytes(ty)), 1);
        return;
    }
    let from = cx.reg(vector);
    let operand = scalar(cx, ty, value);
    let to = cx.result(inst);
    cx.op(a::INS, &[tied(to, from, lane_view(ty, lane)), operand]);
}

/// Lane numbers known only at run time: through memory, modulo the lane count.
fn dynamic_lane(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let args: SmallVec<[Value; 3]> = SmallVec::from_slice(data.inline_args());
    let is_insert = data.opcode() == Opcode::InsertLaneDynamic;
    let from = in_memory(cx, args[0]);
    let mem = if is_insert && is_wide(ty) {
        let to = result_memory(cx, inst);
        copy_block(cx, to, from, size(ty), false);
        to
    } else {
        from
    };
    let number = cx.reg(args[args.len() - 1]);
    let index = cx.temp(Type::I64);
    let last = i64::from(ty.lanes()) - 1;
    if last == 0 {
        integer(cx, Type::I64, 0, index);
    } else {
        cx.op(a::AND, &[def(index, VIEW_W), reg_use(number, VIEW_W), imm(last)]);
    }
    let scale_log2 = bytes(ty).trailing_zeros() as u8;
    let place = MachMem { index: index.into(), scale_log2, ..mem };
    if is_insert {
        let value = cx.reg(args[1]);
        store(cx, ty.lane(), reg_use(value, view_of(ty.lane())), place, 1);
        finish_memory(cx, inst, mem);
    } else {
        let to = cx.result(inst);
        load(cx, ty.lane(), to, place, 1);
    }
}

/// By table lookup: numbers beyond the table give zero, so that both halves can be joined.
fn shuffle(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let lanes = ty.lanes();
    let mask: SmallVec<[u8; 64]> = SmallVec::from_slice(&cx.func.constants[data.constant()]);
    let args = [data.inline_args()[0], data.inline_args()[1]];
    if is_wide(ty) || size(ty) < 8 {
        shuffle_in_memory(cx, inst, &mask);
        return;
    }
    let to = cx.result(inst);
    let defined = mask.iter().copied().filter(|n| *n != 255);
    let same = defined.clone().next().filter(|first| defined.clone().all(|n| n == *first));
    if let (Some(lane), true) = (same, bytes(ty) < 8 || size(ty) == 16) {
        let lane = u32::from(lane);
        let from = cx.reg(args[usize::from(lane >= lanes)]);
        cx.op(a::DUP, &[def(to, arrangement(ty)), reg_use(from, lane_view(ty, lane % lanes))]);
        return;
    }
    let mut parts: SmallVec<[VReg; 2]> = SmallVec::new();
    for (which, value) in args.into_iter().enumerate() {
        let range = which as u32 * lanes..(which as u32 + 1) * lanes;
        if !defined.clone().any(|n| range.contains(&u32::from(n))) {
            continue;
        }
        let mut table = [255u8; 16];
        for (i, n) in mask.iter().enumerate() {
            if range.contains(&u32::from(*n)) {
                for byte in 0..bytes(ty) {
                    let place = i as u32 * bytes(ty) + byte;
                    let from = (u32::from(*n) - range.start) * bytes(ty) + byte;
                    if let Some(entry) = table.get_mut(place as usize) {
                        *entry = from as u8;
                    }
                }
            }
        }
        let from = cx.reg(value);
        let (indices, part) = (cx.temp(ty), cx.temp(ty));
        let mem = crate::rules_symbol::pool_mem(cx, &table[..size(ty) as usize], size(ty));
        load(cx, ty, indices, mem, size(ty));
        let list = r::list_view(1, VIEW_16B).unwrap_or(VIEW_16B);
        let view = byte_arrangement(ty);
        cx.op(a::TBL, &[def(part, view), reg_use(from, list), reg_use(indices, view)]);
        parts.push(part);
    }
    let view = byte_arrangement(ty);
    match parts.as_slice() {
        [] => cx.op(pseudo::UNDEF, &[def(to, view_of(ty))]),
        [only] => cx.op(pseudo::COPY, &[tied(to, *only, view_of(ty))]),
        [one, other, ..] => cx.op(a::ORR_V, &[def(to, view), reg_use(*one, view), reg_use(*other, view)]),
    }
}

fn shuffle_in_memory(cx: &mut Selector<'_>, inst: Inst, mask: &[u8]) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let lanes = ty.lanes();
    let (x, y) = (in_memory(cx, data.inline_args()[0]), in_memory(cx, data.inline_args()[1]));
    let to = result_memory(cx, inst);
    let lane = carrier(ty);
    for (i, n) in mask.iter().enumerate() {
        let n = u32::from(*n);
        if n == 255 {
            continue;
        }
        let from = if n < lanes { at(x, n * bytes(ty)) } else { at(y, (n % lanes) * bytes(ty)) };
        let reg = cx.temp(lane);
        load(cx, lane, reg, from, 1);
        store(cx, lane, reg_use(reg, view(lane)), at(to, i as u32 * bytes(ty)), 1);
    }
    finish_memory(cx, inst, to);
}

/// The top bits, lane by lane, through memory: nothing that C programs need fast.
fn lane_mask(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let from = in_memory(cx, data.inline_args()[0]);
    let to = cx.result(inst);
    let lane = carrier(ty);
    let top = i64::from(bytes(ty) * 8 - 1);
    let mut sum: Option<VReg> = None;
    for i in 0..ty.lanes().min(32) {
        let (value, bit) = (cx.temp(lane), cx.temp(Type::I64));
        load(cx, lane, value, at(from, i * bytes(ty)), 1);
        cx.op(a::LSR, &[def(bit, view(lane)), reg_use(value, view(lane)), imm(top)]);
        sum = Some(match sum {
            None => bit,
            Some(low) => {
                let both = cx.temp(Type::I64);
                let by = shifted(LSL, i);
                cx.op(a::ORR, &[def(both, VIEW_W), reg_use(low, VIEW_W), reg_use(bit, VIEW_W), by]);
                both
            }
        });
    }
    if let Some(sum) = sum {
        cx.op(pseudo::COPY, &[tied(to, sum, VIEW_W)]);
    }
}

fn bitcast(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let value = data.inline_args()[0];
    let (ty, from_ty) = (data.ty(), cx.func.ty(value));
    if is_wide(ty) && is_wide(from_ty) {
        let from = cx.memory_operand(value);
        let to = cx.memory_value(result_value(cx, inst));
        copy_block(cx, MachMem::slot(to, 0), MachMem::slot(from, 0), size(ty), false);
        return Ok(());
    }
    let from = cx.reg(value);
    let to = cx.result(inst);
    crate::rules_convert::move_between(cx, inst, ty, to, from_ty, from)
}

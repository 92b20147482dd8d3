//! Atomic operations: acquire loads and release stores; read-modify-writes and compare-and-swaps as single
//! instructions where the processor has them (LSE, Armv8.1), else as loops of exclusive loads and stores (Arm ARM B2.9).
//!
//! A loop is one pseudo row until after register allocation, because nothing may be stored between its two halves.
//! `x16` and `x17`, which the allocator leaves alone, hold the new value and the outcome of the store.

use crate::operands::*;
use crate::rules_convert::{extended, move_between};
use lathe_ir::{AtomicOp, Inst, Opcode, Ordering, Type, Value};
use lathe_isa::{Modifier, RegSet, RowId};
use lathe_isa_aarch64::registers as r;
use lathe_isa_aarch64::rows as a;
use lathe_mach::error::CodegenError;
use lathe_mach::inst::function::InstFlags;
use lathe_mach::inst::{LabelId, MachSymbol, Sequence, SymbolRefData, pseudo};
use lathe_mach::select::Selector;
use lathe_mach::{MReg, MachMem, MachOperand, VReg};
use lathe_target::features::Feature;

/// Options of `dmb`: inner shareable, loads only or all.
const BARRIER_LOADS: i64 = 9;
const BARRIER_ALL: i64 = 11;

pub(crate) fn select(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    if data.opcode() == Opcode::Fence {
        let option = if data.fence_ordering() == Ordering::Acquire { BARRIER_LOADS } else { BARRIER_ALL };
        cx.op(a::DMB, &[imm(option)]);
        return Ok(());
    }
    if !data.ty().is_int_or_ptr() || bytes(data.ty()) > 8 {
        return Err(cx.unsupported_inst(inst));
    }
    match data.opcode() {
        Opcode::AtomicRmw if cx.target.features.has(Feature::Lse) => read_modify_write(cx, inst),
        Opcode::AtomicRmw => exclusive_swap(cx, inst),
        Opcode::AtomicCas => compare_and_swap(cx, inst),
        _ => return Err(cx.unsupported_inst(inst)),
    }
    Ok(())
}

fn acquires(ordering: Ordering) -> bool {
    matches!(ordering, Ordering::Acquire | Ordering::AcqRel | Ordering::SeqCst)
}

fn releases(ordering: Ordering) -> bool {
    matches!(ordering, Ordering::Release | Ordering::AcqRel | Ordering::SeqCst)
}

/// The address in a register by itself, as ordered and exclusive accesses want it.
fn plain_address(cx: &mut Selector<'_>, value: Value, offset: i64) -> VReg {
    if offset == 0 {
        return cx.reg(value);
    }
    let mem = cx.mem_at(value, offset);
    let to = cx.temp(Type::PTR);
    crate::rules_symbol::address_of(cx, to, mem);
    to
}

/// The row for a size: doubleword or word, byte, halfword.
fn sized(rows: [RowId; 3], ty: Type) -> RowId {
    match bytes(ty) {
        1 => rows[1],
        2 => rows[2],
        _ => rows[0],
    }
}

/// An integer type of a value's size, and whether the value is in a vector register.
fn carrier(cx: &Selector<'_>, inst: Inst) -> Result<(Type, bool), CodegenError> {
    let ty = cx.func.inst(inst).ty();
    if ty.is_int_or_ptr() && bytes(ty) <= 8 {
        return Ok((ty, false));
    }
    match size(ty) {
        4 => Ok((Type::I32, true)),
        8 => Ok((Type::I64, true)),
        _ => Err(cx.unsupported_inst(inst)),
    }
}

/// A load that acquires.
pub(crate) fn load(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let (ty, is_vector) = carrier(cx, inst)?;
    let address = plain_address(cx, data.inline_args()[0], i64::from(data.offset()));
    let to = cx.result(inst);
    let int = if is_vector { cx.temp(ty) } else { to };
    let mem = cx.mem_operand(MachMem::base(address, 0));
    let row = sized([a::LDAR, a::LDARB, a::LDARH], ty);
    cx.out.op_with(row, &[def(int, view(ty)), mem], RegSet::NONE, InstFlags::KEEP);
    if is_vector {
        move_between(cx, inst, data.ty(), to, ty, int)?;
    }
    Ok(())
}

/// A store that releases.
pub(crate) fn store(cx: &mut Selector<'_>, inst: Inst) -> Result<(), CodegenError> {
    let data = *cx.func.inst(inst);
    let (ty, is_vector) = carrier(cx, inst)?;
    let [value, address] = [data.inline_args()[0], data.inline_args()[1]];
    let address = plain_address(cx, address, i64::from(data.offset()));
    let from = if is_vector {
        let (from, int) = (cx.reg(value), cx.temp(ty));
        move_between(cx, inst, ty, int, data.ty(), from)?;
        reg_use(int, view(ty))
    } else {
        value_or_zero(cx, value, view(ty))
    };
    let mem = cx.mem_operand(MachMem::base(address, 0));
    let row = sized([a::STLR, a::STLRB, a::STLRH], ty);
    cx.out.op_with(row, &[from, mem], RegSet::NONE, InstFlags::KEEP);
    Ok(())
}

/// Rows of an LSE operation by ordering (plain, acquire, release, both), each by size.
type Orderings = [[RowId; 3]; 4];

fn ordered(rows: &Orderings, ordering: Ordering, ty: Type) -> RowId {
    let index = usize::from(acquires(ordering)) + 2 * usize::from(releases(ordering));
    sized(rows[index], ty)
}

macro_rules! orderings {
    ($($w:ident $b:ident $h:ident),*) => { [$([a::$w, a::$b, a::$h]),*] };
}

#[rustfmt::skip]
fn lse_rows(op: AtomicOp) -> Option<Orderings> {
    Some(match op {
        AtomicOp::Xchg => orderings!(SWP SWPB SWPH, SWPA SWPAB SWPAH, SWPL SWPLB SWPLH, SWPAL SWPALB SWPALH),
        AtomicOp::Add | AtomicOp::Sub => orderings!(LDADD LDADDB LDADDH, LDADDA LDADDAB LDADDAH, LDADDL LDADDLB LDADDLH, LDADDAL LDADDALB LDADDALH),
        AtomicOp::And => orderings!(LDCLR LDCLRB LDCLRH, LDCLRA LDCLRAB LDCLRAH, LDCLRL LDCLRLB LDCLRLH, LDCLRAL LDCLRALB LDCLRALH),
        AtomicOp::Or => orderings!(LDSET LDSETB LDSETH, LDSETA LDSETAB LDSETAH, LDSETL LDSETLB LDSETLH, LDSETAL LDSETALB LDSETALH),
        AtomicOp::Xor => orderings!(LDEOR LDEORB LDEORH, LDEORA LDEORAB LDEORAH, LDEORL LDEORLB LDEORLH, LDEORAL LDEORALB LDEORALH),
        AtomicOp::Smax => orderings!(LDSMAX LDSMAXB LDSMAXH, LDSMAXA LDSMAXAB LDSMAXAH, LDSMAXL LDSMAXLB LDSMAXLH, LDSMAXAL LDSMAXALB LDSMAXALH),
        AtomicOp::Smin => orderings!(LDSMIN LDSMINB LDSMINH, LDSMINA LDSMINAB LDSMINAH, LDSMINL LDSMINLB LDSMINLH, LDSMINAL LDSMINALB LDSMINALH),
        AtomicOp::Umax => orderings!(LDUMAX LDUMAXB LDUMAXH, LDUMAXA LDUMAXAB LDUMAXAH, LDUMAXL LDUMAXLB LDUMAXLH, LDUMAXAL LDUMAXALB LDUMAXALH),
        AtomicOp::Umin => orderings!(LDUMIN LDUMINB LDUMINH, LDUMINA LDUMINAB LDUMINAH, LDUMINL LDUMINLB LDUMINLH, LDUMINAL LDUMINALB LDUMINALH),
        AtomicOp::Nand => return None,
    })
}

fn read_modify_write(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let (ty, op) = (data.ty(), data.atomic_op());
    let Some(rows) = lse_rows(op) else {
        exclusive_swap(cx, inst);
        return;
    };
    let [address, value] = [data.inline_args()[0], data.inline_args()[1]];
    let address = cx.reg(address);
    let value = cx.reg(value);
    let view = view(ty);
    let operand = match op {
        AtomicOp::Sub | AtomicOp::And => {
            let changed = cx.temp(ty);
            let row = if op == AtomicOp::Sub { a::NEG } else { a::MVN };
            cx.op(row, &[def(changed, view), reg_use(value, view)]);
            changed
        }
        _ => value,
    };
    // A result that nobody wants still goes to a register: with the zero register, acquiring would be lost.
    let old = cx.needed_result(inst, 0).unwrap_or_else(|| cx.temp(ty));
    let mem = cx.mem_operand(MachMem::base(address, 0));
    let row = ordered(&rows, data.mem_flags().ordering(), ty);
    let operands = [reg_use(operand, view), def(old, view), mem];
    cx.out.op_with(row, &operands, RegSet::NONE, InstFlags::KEEP);
}

/// Bits of the last operand of the loops: the size in bytes, whether the load acquires and the store releases.
fn access_code(ty: Type, ordering: Ordering) -> i64 {
    i64::from(bytes(ty)) | i64::from(acquires(ordering)) << 8 | i64::from(releases(ordering)) << 9
}

/// `EXCLUSIVE_SWAP old, address, operand, operation, access, label`.
fn exclusive_swap(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let (ty, op) = (data.ty(), data.atomic_op());
    let [address, value] = [data.inline_args()[0], data.inline_args()[1]];
    let address = cx.reg(address);
    let compares = matches!(op, AtomicOp::Smin | AtomicOp::Smax | AtomicOp::Umin | AtomicOp::Umax);
    let signed = matches!(op, AtomicOp::Smin | AtomicOp::Smax);
    let value = if compares { extended(cx, value, signed) } else { cx.reg(value) };
    let old = cx.needed_result(inst, 0).unwrap_or_else(|| cx.temp(ty));
    let label = cx.out.func.label();
    let view = view(ty);
    let operands = [
        MachOperand::EarlyDef(old.into(), view),
        reg_use(address, VIEW_X),
        reg_use(value, view),
        imm(op as i64),
        imm(access_code(ty, data.mem_flags().ordering())),
        imm(i64::from(label.0)),
    ];
    cx.out.op_with(EXCLUSIVE_SWAP, &operands, r::set(&[r::NZCV]), InstFlags::KEEP);
}

fn compare_and_swap(cx: &mut Selector<'_>, inst: Inst) {
    let data = *cx.func.inst(inst);
    let ty = data.ty();
    let args = data.inline_args();
    let (address, new) = (cx.reg(args[0]), cx.reg(args[2]));
    let expected = cx.reg(args[1]);
    let old = cx.needed_result(inst, 0).unwrap_or_else(|| cx.temp(ty));
    let flag = cx.needed_result(inst, 1);
    let view = view(ty);
    let ordering = data.mem_flags().ordering();
    if cx.target.features.has(Feature::Lse) {
        let rows = orderings!(CAS CASB CASH, CASA CASAB CASAH, CASL CASLB CASLH, CASAL CASALB CASALH);
        let mem = cx.mem_operand(MachMem::base(address, 0));
        let operands = [tied(old, expected, view), reg_use(new, view), mem];
        cx.out.op_with(ordered(&rows, ordering, ty), &operands, RegSet::NONE, InstFlags::KEEP);
        if flag.is_some() {
            let by = shifted(compare_extension(bytes(ty)), 0);
            let mut compare = vec![reg_use(old, view), reg_use(expected, view)];
            compare.extend((bytes(ty) < 4).then_some(by));
            cx.op(a::CMP, &compare);
        }
    } else {
        let (again, done) = (cx.out.func.label(), cx.out.func.label());
        let operands = [
            MachOperand::EarlyDef(old.into(), view),
            reg_use(address, VIEW_X),
            reg_use(expected, view),
            reg_use(new, view),
            imm(access_code(ty, ordering)),
            imm(i64::from(again.0)),
            imm(i64::from(done.0)),
        ];
        cx.out.op_with(EXCLUSIVE_COMPARE, &operands, r::set(&[r::NZCV]), InstFlags::KEEP);
    }
    if let Some(flag) = flag {
        crate::rules_overflow::set(cx, flag, Cond::EQ);
    }
}

fn compare_extension(bytes: u32) -> u8 {
    if bytes == 1 { UXTB } else { UXTH }
}

// ----- loops, after register allocation -----

fn load_exclusive(access: i64) -> RowId {
    match (access & 0xff, access >> 8 & 1) {
        (1, 0) => a::LDXRB,
        (1, _) => a::LDAXRB,
        (2, 0) => a::LDXRH,
        (2, _) => a::LDAXRH,
        (_, 0) => a::LDXR,
        _ => a::LDAXR,
    }
}

fn store_exclusive(access: i64) -> RowId {
    match (access & 0xff, access >> 9 & 1) {
        (1, 0) => a::STXRB,
        (1, _) => a::STLXRB,
        (2, 0) => a::STXRH,
        (2, _) => a::STLXRH,
        (_, 0) => a::STXR,
        _ => a::STLXR,
    }
}

fn place(label: i64, out: &mut Sequence<'_>) {
    out.op(pseudo::LABEL, &[imm(label)]);
}

fn to_label(label: i64, out: &mut Sequence<'_>) -> MachOperand {
    let symbol = MachSymbol::Label(LabelId(label as u32));
    MachOperand::Symbol(out.tables.symbol(SymbolRefData { symbol, addend: 0, modifier: Modifier::NONE }))
}

/// Expands the loops.
pub(crate) fn expand(row: RowId, operands: &[MachOperand], out: &mut Sequence<'_>) {
    use MachOperand::{EarlyDef, Imm, Use};
    match (row, operands) {
        (
            EXCLUSIVE_SWAP,
            [EarlyDef(old, view), Use(address, _), value @ Use(..), Imm(op), Imm(access), Imm(label)],
        ) => {
            place(*label, out);
            let mem = out.mem(MachMem::base(*address, 0));
            out.op(load_exclusive(*access), &[MachOperand::Def(*old, *view), mem]);
            let new = combine(*op, *access, *old, *view, *value, out);
            store_again(*access, new, *address, *label, out);
        }
        (
            EXCLUSIVE_COMPARE,
            [
                EarlyDef(old, view),
                Use(address, _),
                expected @ Use(..),
                new @ Use(..),
                Imm(access),
                Imm(again),
                Imm(done),
            ],
        ) => {
            place(*again, out);
            let mem = out.mem(MachMem::base(*address, 0));
            out.op(load_exclusive(*access), &[MachOperand::Def(*old, *view), mem]);
            let bytes = (*access & 0xff) as u32;
            let old = Use(*old, *view);
            if bytes < 4 {
                out.op(a::CMP, &[old, *expected, shifted(compare_extension(bytes), 0)]);
            } else {
                out.op(a::CMP, &[old, *expected]);
            }
            let target = to_label(*done, out);
            out.op(a::B_COND, &[MachOperand::Cond(Cond::NE as u8), target]);
            store_again(*access, *new, *address, *again, out);
            place(*done, out);
        }
        _ => debug_assert!(false, "operands of row {:#x}", row.0),
    }
}

fn store_again(access: i64, new: MachOperand, address: MReg, label: i64, out: &mut Sequence<'_>) {
    let mem = out.mem(MachMem::base(address, 0));
    out.op(store_exclusive(access), &[phys_def(r::X17, VIEW_W), new, mem]);
    let target = to_label(label, out);
    out.op(a::CBNZ, &[phys_use(r::X17, VIEW_W), target]);
}

/// The new value: the operand itself, or computed into `x16`.
fn combine(
    op: i64,
    access: i64,
    old: MReg,
    view: u8,
    value: MachOperand,
    out: &mut Sequence<'_>,
) -> MachOperand {
    let (to, result) = (phys_def(r::X16, view), phys_use(r::X16, view));
    let old_use = MachOperand::Use(old, view);
    let Some(op) = AtomicOp::from_u8(op as u8) else { return value };
    let row = match op {
        AtomicOp::Xchg => return value,
        AtomicOp::Add => a::ADD,
        AtomicOp::Sub => a::SUB,
        AtomicOp::And => a::AND,
        AtomicOp::Or => a::ORR,
        AtomicOp::Xor => a::EOR,
        AtomicOp::Nand => {
            out.op(a::AND, &[to, old_use, value]);
            out.op(a::MVN, &[to, result]);
            return result;
        }
        AtomicOp::Smin | AtomicOp::Smax | AtomicOp::Umin | AtomicOp::Umax => {
            let cond = match op {
                AtomicOp::Smin => Cond::LT,
                AtomicOp::Smax => Cond::GT,
                AtomicOp::Umin => Cond::CC,
                _ => Cond::HI,
            };
            let signed = matches!(op, AtomicOp::Smin | AtomicOp::Smax);
            let left = match (access & 0xff, signed) {
                (1, true) => {
                    out.op(a::SXTB, &[to, old_use]);
                    result
                }
                (2, true) => {
                    out.op(a::SXTH, &[to, old_use]);
                    result
                }
                _ => old_use,
            };
            out.op(a::CMP, &[left, value]);
            out.op(a::CSEL, &[to, left, value, MachOperand::Cond(cond as u8)]);
            return result;
        }
    };
    out.op(row, &[to, old_use, value]);
    result
}

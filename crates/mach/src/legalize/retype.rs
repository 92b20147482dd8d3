//! `f128` as an integer of the same bits, for targets that keep it in integer registers.
//!
//! In: a function whose `f128` arithmetic has become calls ([`super::quad`]). Out: the same in which these values are
//! `i128`, also in signatures: such targets pass both alike (RISC-V ELF psABI 1.0, "Integer Calling Convention": scalars
//! of twice the register width).

use lathe_ir::{Function, Inst, InstData, Opcode, ParamType, Signature, Type, Value};
use std::sync::Arc;

const SIGN: u128 = 1 << 127;

/// Replaces the type.
pub(super) fn floats_to_integers(func: &mut Function) {
    let quads = (0..func.value_count()).any(|index| func.ty(Value(index as u32)) == Type::F128);
    if !quads {
        return;
    }
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let old = std::mem::take(&mut func.blocks[block].insts);
        let mut out = Vec::with_capacity(old.len());
        for inst in old {
            if func.inst(inst).ty() == Type::F128 {
                instruction(func, inst, &mut out);
            }
            out.push(inst);
        }
        func.blocks[block].insts = out;
    }
    for index in 0..func.value_count() {
        let value = Value(index as u32);
        if func.ty(value) == Type::F128 {
            func.set_ty(value, Type::I128);
        }
    }
    signatures(func, &|ty| if ty == Type::F128 { Type::I128 } else { ty });
}

/// Replaces scalar types in the function's own signature and those of its calls.
pub(super) fn signatures(func: &mut Function, change: &dyn Fn(Type) -> Type) {
    let changes = |ty: ParamType| matches!(ty, ParamType::Scalar(ty) if change(ty) != ty);
    let rewrite = |signature: &mut Signature| {
        for param in signature.params.iter_mut().chain(&mut signature.results) {
            if let ParamType::Scalar(ty) = &mut param.ty {
                *ty = change(*ty);
            }
        }
    };
    rewrite(&mut func.signature);
    for signature in func.signatures.values_mut() {
        if signature.params.iter().chain(&signature.results).any(|param| changes(param.ty)) {
            rewrite(Arc::make_mut(signature));
        }
    }
}

/// Rewrites one instruction; what must come before it is appended.
fn instruction(func: &mut Function, inst: Inst, out: &mut Vec<Inst>) {
    let data = *func.inst(inst);
    let loc = func.loc(inst);
    let mut value = |func: &mut Function, data: InstData| {
        let inst = func.create_inst(data, loc);
        out.push(inst);
        func.result(inst).expect("the instruction has a result")
    };
    let mask = |func: &mut Function, bits: u128| {
        let constant = func.constants.push(bits.to_le_bytes().into());
        InstData::pool_const(Type::I128, constant)
    };
    let binary = |opcode, a, b| InstData::binary(opcode, Type::I128, 0, a, b);
    let args = data.inline_args();
    let new = match data.opcode() {
        Opcode::Fneg | Opcode::Fabs => {
            let negates = data.opcode() == Opcode::Fneg;
            let bits = mask(func, if negates { SIGN } else { !SIGN });
            let bits = value(func, bits);
            binary(if negates { Opcode::Ixor } else { Opcode::Iand }, args[0], bits)
        }
        Opcode::Fcopysign => {
            let (keep, take) = (mask(func, !SIGN), mask(func, SIGN));
            let (keep, take) = (value(func, keep), value(func, take));
            let magnitude = value(func, binary(Opcode::Iand, args[0], keep));
            let sign = value(func, binary(Opcode::Iand, args[1], take));
            binary(Opcode::Ior, magnitude, sign)
        }
        _ => data.with_ty(Type::I128),
    };
    func.replace_inst(inst, new);
}

//! What each instruction leaves above its value's bits, as the rules of this crate select it.
//!
//! In: a legal function. Out: extents for [`lathe_mach::select::extent`]. Whoever changes how an instruction is selected looks
//! here, too: a wrong extent leaves out an extension that is needed.

use crate::operands::{bits, is_narrow, sign_extended};
use lathe_ir::{Entity, Extension, Function, Inst, Opcode, Type, Value};
use lathe_mach::select::Extent;
use lathe_mach::select::extent::compute;

/// The extents of a function's values.
pub fn extents(func: &Function) -> Vec<Extent> {
    let entry = func.entry();
    let params: Vec<(Value, Extent)> = {
        let has_wide = func.signature.params.len() != func.blocks[entry].params.len();
        let params = func.blocks[entry].params.iter().zip(&func.signature.params);
        params
            .filter(|_| !has_wide)
            .filter_map(|(value, param)| {
                let ty = func.ty(*value);
                (ty.is_int_or_ptr() && is_narrow(ty)).then(|| (*value, passed(ty, param.extension)))
            })
            .collect()
    };
    let mut extents = compute(func, &of_type, &|inst, number, extents| {
        let of = |value: Value| match params.iter().find(|(param, _)| *param == value) {
            Some((_, extent)) => *extent,
            None => extents[value.index()],
        };
        of_result(func, inst, number, &of)
    });
    for (param, extent) in params {
        extents[param.index()] = extent;
    }
    extents
}

/// What every register of a type satisfies.
fn of_type(ty: Type) -> Extent {
    if ty == Type::I32 { Extent::signed(32) } else { Extent::UNKNOWN }
}

/// A narrow argument or result as the psABI passes it.
fn passed(ty: Type, extension: Extension) -> Extent {
    match extension {
        Extension::Zero => Extent::unsigned(bits(ty)),
        Extension::Sign => Extent::signed(bits(ty)),
        Extension::None => Extent::UNKNOWN,
    }
}

fn of_result(func: &Function, inst: Inst, number: usize, of: &dyn Fn(Value) -> Extent) -> Extent {
    let data = func.inst(inst);
    let ty = data.ty();
    let args = data.inline_args();
    let opcode = data.opcode();
    if number == 1 && opcode != Opcode::LandingPad && !matches!(opcode, Opcode::Asm | Opcode::AsmGoto) {
        // Overflow flags, success of compare-and-swap; second halves of results say nothing.
        let is_flag = func.results(inst).nth(1).is_some_and(|value| func.ty(value) == Type::I8);
        let is_call = data.value_list().is_some();
        return if is_flag && !is_call { Extent::unsigned(1) } else { Extent::UNKNOWN };
    }
    match opcode {
        Opcode::Iconst if bits(ty) <= 64 => Extent::constant(sign_extended(ty, data.imm())),
        Opcode::Icmp | Opcode::IcmpImm | Opcode::Fcmp => Extent::unsigned(1),
        // `lbu`, `lhu`; the rule for `sext` takes over loads that only it uses.
        Opcode::Load if bits(ty) < 32 => Extent::unsigned(bits(ty)),
        Opcode::Zext => Extent::unsigned(bits(func.ty(args[0]))).meet(grown(of(args[0]))),
        Opcode::Sext => {
            Extent::signed(bits(func.ty(args[0]))).meet(signed_only(of(args[0]), func.ty(args[0])))
        }
        Opcode::Trunc => truncated(ty, of(args[0])),
        Opcode::PtrToInt if bits(ty) < 64 => truncated(ty, of(args[0])),
        Opcode::Iand if bits(ty) <= 64 => both(of(args[0]), of(args[1])),
        Opcode::IandImm if bits(ty) <= 64 => {
            both(of(args[0]), Extent::constant(sign_extended(ty, data.imm())))
        }
        Opcode::Ior | Opcode::Ixor if bits(ty) <= 64 => of(args[0]).join(of(args[1])),
        Opcode::IorImm | Opcode::IxorImm if bits(ty) <= 64 => {
            of(args[0]).join(Extent::constant(sign_extended(ty, data.imm())))
        }
        Opcode::Inot if bits(ty) <= 64 => Extent { zero: 64, sign: of(args[0]).sign },
        Opcode::LshrImm if bits(ty) <= 64 => {
            let count = (data.imm() as u64 % u64::from(bits(ty))) as u32;
            if count == 0 {
                if is_narrow(ty) { Extent::UNKNOWN } else { of(args[0]) }
            } else {
                Extent::unsigned(bits(ty) - count)
            }
        }
        Opcode::AshrImm if bits(ty) <= 64 => {
            let count = (data.imm() as u64 % u64::from(bits(ty))) as u32;
            if count == 0 && is_narrow(ty) { Extent::UNKNOWN } else { Extent::signed(bits(ty) - count) }
        }
        Opcode::Select if bits(ty) <= 64 => of(args[1]).join(of(args[2])),
        Opcode::Clz | Opcode::Ctz | Opcode::Popcnt if bits(ty) <= 64 => Extent::unsigned(7),
        Opcode::Urem if bits(ty) <= 64 => remainder(ty, func.int_constant(args[1])),
        Opcode::Bswap if ty == Type::I16 => Extent::UNKNOWN,
        Opcode::Call | Opcode::CallIndirect | Opcode::CallLib => {
            let signature = &func.signatures[data.signature()];
            match signature.results.first() {
                Some(result) if bits_of_result(func, inst) < 32 => {
                    passed(func.ty(func.results(inst).next().unwrap_or(Value(0))), result.extension)
                }
                _ => Extent::UNKNOWN,
            }
        }
        _ => Extent::UNKNOWN,
    }
}

fn bits_of_result(func: &Function, inst: Inst) -> u32 {
    func.results(inst).next().map_or(64, |value| {
        let ty = func.ty(value);
        if ty.is_int_or_ptr() { bits(ty) } else { 64 }
    })
}

/// A number that is at least as narrow unsigned.
fn grown(from: Extent) -> Extent {
    if from.zero < 64 { from } else { Extent::UNKNOWN }
}

/// What sign extension keeps: of an unsigned number with room for a sign, all.
fn signed_only(from: Extent, ty: Type) -> Extent {
    if (from.zero as u32) < bits(ty) { from } else { Extent { zero: 64, sign: from.sign } }
}

/// The low bits: a plain copy for narrow types, `sext.w` for `i32` unless it changes nothing.
fn truncated(ty: Type, from: Extent) -> Extent {
    if is_narrow(ty) || from.is_signed(32) { from } else { Extent::signed(32) }
}

/// What a conjunction leaves.
fn both(a: Extent, b: Extent) -> Extent {
    let zero = a.zero.min(b.zero);
    let sign = a.sign.max(b.sign);
    Extent { zero, sign: if zero < 64 { sign.min(zero + 1) } else { sign } }
}

/// The remainder by a constant is smaller than it.
fn remainder(ty: Type, divisor: Option<i64>) -> Extent {
    match divisor {
        Some(divisor) if divisor > 0 && sign_extended(ty, divisor) > 0 => {
            Extent::unsigned(64 - (divisor - 1).leading_zeros()).meet(of_type(ty))
        }
        _ => Extent::UNKNOWN,
    }
}

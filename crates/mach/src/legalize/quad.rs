//! Arithmetic on `f128` where it is not an instruction: libgcc's and libm's routines. Saturating
//! conversions from the x87 format go along: they are the same comparisons.
//!
//! The values stay `f128`: the target moves, loads, stores and passes them, and flips, clears and
//! copies signs. Comparisons call a routine whose result compares with zero as the operands do with
//! each other; its answer for NaN makes the ordered conditions false.

use super::convert::{from_integer, to_integer};
use super::rules::LegalizeRules;
use crate::error::CodegenError;
use lathe_diag::Loc;
use lathe_ir::{
    DebugScope, FloatCond, Function, Inst, InstData, IntCond, LibCall, Opcode, Signature, Type, Value,
};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Replaces all operations on `f128`.
pub(super) fn lower(func: &mut Function, rules: &LegalizeRules) -> Result<(), CodegenError> {
    let scopes: FxHashMap<Inst, DebugScope> = func.scope_marks().iter().copied().collect();
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let old = std::mem::take(&mut func.blocks[block].insts);
        let mut work =
            Quad { func, rules, scopes: &scopes, out: Vec::with_capacity(old.len()), loc: Loc::NONE };
        for inst in old {
            work.instruction(inst)?;
        }
        let out = work.out;
        func.blocks[block].insts = out;
    }
    func.resolve_aliases();
    Ok(())
}

struct Quad<'f> {
    func: &'f mut Function,
    rules: &'f LegalizeRules,
    scopes: &'f FxHashMap<Inst, DebugScope>,
    out: Vec<Inst>,
    loc: Loc,
}

impl Quad<'_> {
    fn value(&mut self, data: InstData) -> Value {
        let inst = self.func.create_inst(data, self.loc);
        self.out.push(inst);
        self.func.result(inst).expect("the instruction has a result")
    }

    fn call(&mut self, routine: LibCall, args: &[Value], result: Type) -> Value {
        let params: Vec<Type> = args.iter().map(|arg| self.func.ty(*arg)).collect();
        let signature = self.func.import_signature(Arc::new(Signature::new(&params, &[result])));
        let args = self.func.make_list(args);
        self.value(InstData::call_lib(args, signature, routine))
    }

    fn instruction(&mut self, inst: Inst) -> Result<(), CodegenError> {
        let data = *self.func.inst(inst);
        let is_quad = data.ty() == Type::F128
            || data.inline_args().first().is_some_and(|arg| self.func.ty(*arg) == Type::F128);
        let is_extended = matches!(data.opcode(), Opcode::FptosiSat | Opcode::FptouiSat)
            && self.func.ty(data.inline_args()[0]) == Type::F80
            && data.ty() != Type::I128;
        if !is_quad && !is_extended {
            self.out.push(inst);
            return Ok(());
        }
        self.loc = self.func.loc(inst);
        let scope = self.scopes.get(&inst).copied();
        let start = self.out.len();
        let Some(result) = self.replacement(inst, &data)? else {
            self.out.push(inst);
            return Ok(());
        };
        if let (Some(scope), Some(first)) = (scope, self.out.get(start)) {
            self.func.set_scope(*first, scope);
        }
        if let Some(old) = self.func.result(inst) {
            self.func.replace_value(old, result);
        }
        Ok(())
    }

    /// The value that stands for the instruction's result; `None`: it stays.
    fn replacement(&mut self, inst: Inst, data: &InstData) -> Result<Option<Value>, CodegenError> {
        use Opcode::*;
        let args = data.inline_args();
        let long = self.rules.long_double_is_f128;
        let pick = |l: LibCall, f128: LibCall| if long { l } else { f128 };
        let routine = match data.opcode() {
            Fadd => LibCall::Addtf3,
            Fsub => LibCall::Subtf3,
            Fmul => LibCall::Multf3,
            Fdiv => LibCall::Divtf3,
            Frem => pick(LibCall::Fmodl, LibCall::Fmodf128),
            Fma => pick(LibCall::Fmal, LibCall::Fmaf128),
            Fsqrt => pick(LibCall::Sqrtl, LibCall::Sqrtf128),
            Fmin => pick(LibCall::Fminl, LibCall::Fminf128),
            Fmax => pick(LibCall::Fmaxl, LibCall::Fmaxf128),
            Fceil => pick(LibCall::Ceill, LibCall::Ceilf128),
            Ffloor => pick(LibCall::Floorl, LibCall::Floorf128),
            Ftrunc => pick(LibCall::Truncl, LibCall::Truncf128),
            Fnearest => pick(LibCall::Rintl, LibCall::Rintf128),
            Fcmp => return Ok(Some(self.compare(data.float_cond(), args[0], args[1]))),
            Fpext | Fptrunc => return self.float_to_float(inst, data).map(Some),
            Sitofp | Uitofp => return self.quad_from_integer(inst, data).map(Some),
            Fptosi | Fptoui => {
                let signed = data.opcode() == Fptosi;
                return self.integer_from_quad(inst, args[0], signed, data.ty()).map(Some);
            }
            FptosiSat | FptouiSat => return self.saturating(inst, data).map(Some),
            _ => return Ok(None),
        };
        let args: smallvec::SmallVec<[Value; 3]> = smallvec::SmallVec::from_slice(args);
        Ok(Some(self.call(routine, &args, Type::F128)))
    }

    fn unsupported(&self, inst: Inst) -> CodegenError {
        let data = self.func.inst(inst);
        CodegenError::unsupported(format!("{}.{} of f128", data.opcode(), data.ty())).at(self.func.loc(inst))
    }

    fn compare(&mut self, cond: FloatCond, a: Value, b: Value) -> Value {
        use FloatCond::*;
        if self.func.ty(a) != Type::F128 {
            return self.value(InstData::fcmp(self.func.ty(a), cond, a, b));
        }
        let (routine, test) = match cond {
            Oeq => (LibCall::Eqtf2, IntCond::Eq),
            Une => (LibCall::Netf2, IntCond::Ne),
            Olt => (LibCall::Lttf2, IntCond::Slt),
            Uge => (LibCall::Lttf2, IntCond::Sge),
            Ole => (LibCall::Letf2, IntCond::Sle),
            Ugt => (LibCall::Letf2, IntCond::Sgt),
            Ogt => (LibCall::Gttf2, IntCond::Sgt),
            Ule => (LibCall::Gttf2, IntCond::Sle),
            Oge => (LibCall::Getf2, IntCond::Sge),
            Ult => (LibCall::Getf2, IntCond::Slt),
            Ord => (LibCall::Unordtf2, IntCond::Eq),
            Uno => (LibCall::Unordtf2, IntCond::Ne),
            One | Ueq => {
                let (first, second, join) =
                    if cond == One { (Une, Ord, Opcode::Iand) } else { (Oeq, Uno, Opcode::Ior) };
                let (first, second) = (self.compare(first, a, b), self.compare(second, a, b));
                return self.value(InstData::binary(join, Type::I8, 0, first, second));
            }
        };
        let answer = self.call(routine, &[a, b], Type::I32);
        self.value(InstData::icmp_imm(Type::I32, test, answer, 0))
    }

    fn float_to_float(&mut self, inst: Inst, data: &InstData) -> Result<Value, CodegenError> {
        let from = data.inline_args()[0];
        let routine = match (self.func.ty(from), data.ty()) {
            (Type::F32, _) => LibCall::Extendsftf2,
            (Type::F64, _) => LibCall::Extenddftf2,
            (Type::F80, _) => LibCall::Extendxftf2,
            (_, Type::F32) => LibCall::Trunctfsf2,
            (_, Type::F64) => LibCall::Trunctfdf2,
            (_, Type::F80) => LibCall::Trunctfxf2,
            _ => return Err(self.unsupported(inst)),
        };
        Ok(self.call(routine, &[from], data.ty()))
    }

    fn quad_from_integer(&mut self, inst: Inst, data: &InstData) -> Result<Value, CodegenError> {
        let signed = data.opcode() == Opcode::Sitofp;
        let mut from = data.inline_args()[0];
        if matches!(self.func.ty(from), Type::I8 | Type::I16) {
            let extend = if signed { Opcode::Sext } else { Opcode::Zext };
            from = self.value(InstData::unary(extend, Type::I32, from));
        }
        let routine = match (self.func.ty(from), signed) {
            (Type::I32, true) => LibCall::Floatsitf,
            (Type::I32, false) => LibCall::Floatunsitf,
            (ty, _) => from_integer(ty, signed, Type::F128).ok_or_else(|| self.unsupported(inst))?,
        };
        Ok(self.call(routine, &[from], Type::F128))
    }

    fn integer_from_quad(
        &mut self,
        inst: Inst,
        from: Value,
        signed: bool,
        ty: Type,
    ) -> Result<Value, CodegenError> {
        let narrow = matches!(ty, Type::I8 | Type::I16);
        let routine = match (if narrow { Type::I32 } else { ty }, signed) {
            (Type::I32, true) => LibCall::Fixtfsi,
            (Type::I32, false) => LibCall::Fixunstfsi,
            (ty, _) => to_integer(ty, signed, Type::F128).ok_or_else(|| self.unsupported(inst))?,
        };
        if !narrow {
            return Ok(self.call(routine, &[from], ty));
        }
        let wide = self.call(routine, &[from], Type::I32);
        Ok(self.value(InstData::unary(Opcode::Trunc, ty, wide)))
    }

    /// Clamped to the limits before the conversion, NaN to zero by a choice afterwards.
    fn saturating(&mut self, inst: Inst, data: &InstData) -> Result<Value, CodegenError> {
        let signed = data.opcode() == Opcode::FptosiSat;
        let (ty, from) = (data.ty(), data.inline_args()[0]);
        let bits = ty.lane_bits(64);
        let float = self.func.ty(from);
        let plain = if float == Type::F128 {
            self.integer_from_quad(inst, from, signed, ty)?
        } else {
            self.integer_from_extended(from, signed, ty)
        };
        let unused = 128 - bits;
        let (least, most) = if signed {
            ((i128::MIN >> unused) as u128, (i128::MAX >> unused) as u128)
        } else {
            (0, u128::MAX >> unused)
        };
        let top = self.power_of_two(float, bits - u32::from(signed), false);
        let above = self.compare(FloatCond::Oge, from, top);
        let most = self.int(ty, most);
        let bounded = self.choose(ty, above, most, plain);
        let below = if signed {
            let bottom = self.power_of_two(float, bits - 1, true);
            self.compare(FloatCond::Olt, from, bottom)
        } else {
            let zero = self.float(float, 0);
            self.compare(FloatCond::Ule, from, zero)
        };
        let least = self.int(ty, least);
        let bounded = self.choose(ty, below, least, bounded);
        let nan = self.compare(FloatCond::Uno, from, from);
        let zero = self.int(ty, 0);
        Ok(self.choose(ty, nan, zero, bounded))
    }

    fn int(&mut self, ty: Type, bits: u128) -> Value {
        if ty != Type::I128 {
            return self.value(InstData::iconst(ty, bits as i64));
        }
        let constant = self.func.constants.push(bits.to_le_bytes().into());
        self.value(InstData::pool_const(ty, constant))
    }

    fn choose(&mut self, ty: Type, cond: Value, a: Value, b: Value) -> Value {
        self.value(InstData::ternary(Opcode::Select, ty, 0, [cond, a, b]))
    }

    /// A conversion that the x87 has: to 32 or 64 bits, signed but for unsigned 64.
    fn integer_from_extended(&mut self, from: Value, signed: bool, ty: Type) -> Value {
        let (opcode, wide) = match (ty, signed) {
            (Type::I64, false) => (Opcode::Fptoui, Type::I64),
            (Type::I64, true) | (Type::I32, false) => (Opcode::Fptosi, Type::I64),
            _ => (Opcode::Fptosi, Type::I32),
        };
        let plain = self.value(InstData::unary(opcode, wide, from));
        if wide == ty { plain } else { self.value(InstData::unary(Opcode::Trunc, ty, plain)) }
    }

    fn power_of_two(&mut self, float: Type, power: u32, negative: bool) -> Value {
        let exponent = u128::from(16383 + power);
        let sign = u128::from(negative);
        // The x87 format has the integer bit as bit 63.
        let bits = match float {
            Type::F80 => exponent << 64 | 1 << 63 | sign << 79,
            _ => exponent << 112 | sign << 127,
        };
        self.float(float, bits)
    }

    fn float(&mut self, float: Type, bits: u128) -> Value {
        let size = if float == Type::F80 { 10 } else { 16 };
        let constant = self.func.constants.push(bits.to_le_bytes()[..size].into());
        self.value(InstData::pool_const(float, constant))
    }
}

//! Builtin operations, and the library functions that are instructions.

use super::Val;
use super::function::FunctionLowering;
use crate::ast::{Builtin, DeclId, Expr, ExprId, ExprRange};
use crate::types::QualType;
use lathe_ir::{FloatCond, InstData, IntCond, MemFlags, Opcode, Ordering, Signature, TrapCode, Type, Value};

impl FunctionLowering<'_> {
    /// A builtin node.
    pub(super) fn builtin(&mut self, node: Expr, builtin: Builtin, list: ExprRange) -> Val {
        let body = self.body;
        let args: &[ExprId] = body.list(list);
        if let Some(value) = self.atomic_builtin(node, builtin, args) {
            return value;
        }
        if let Some(value) = self.bit_builtin(node, builtin, args) {
            return Val::One(value);
        }
        if let Some(value) = self.float_builtin(node, builtin, args) {
            return Val::One(value);
        }
        self.other_builtin(node, builtin, args)
    }

    fn result_type(&self, node: Expr) -> Type {
        self.scalar_type(node.ty).unwrap_or(Type::I32)
    }

    fn bit_builtin(&mut self, node: Expr, builtin: Builtin, args: &[ExprId]) -> Option<Value> {
        let result = self.result_type(node);
        let opcode = match builtin {
            Builtin::Clz => Opcode::Clz,
            Builtin::Ctz => Opcode::Ctz,
            Builtin::Popcount | Builtin::Parity => Opcode::Popcnt,
            Builtin::Bswap => Opcode::Bswap,
            Builtin::Clrsb => return Some(self.redundant_sign_bits(args[0], result)),
            Builtin::Ffs => return Some(self.find_first_set(args[0], result)),
            _ => return None,
        };
        let value = self.scalar(args[0]);
        let ty = self.func.ty(value);
        let count = self.b().value(InstData::unary(opcode, ty, value));
        let count = self.resize(count, result, false);
        Some(if builtin == Builtin::Parity { self.b().iand_imm(count, 1) } else { count })
    }

    /// Leading bits equal to the sign, the sign itself not counted.
    fn redundant_sign_bits(&mut self, arg: ExprId, result: Type) -> Value {
        let value = self.scalar(arg);
        let bits = self.func.ty(value).lane_bits(64);
        let sign = self.b().ashr_imm(value, i64::from(bits - 1));
        let flipped = self.b().ixor(value, sign);
        let zeros = self.b().clz(flipped);
        let zeros = self.resize(zeros, result, false);
        self.b().iadd_imm(zeros, -1)
    }

    fn find_first_set(&mut self, arg: ExprId, result: Type) -> Value {
        let value = self.scalar(arg);
        let zeros = self.b().ctz(value);
        let zeros = self.resize(zeros, result, false);
        let index = self.b().iadd_imm(zeros, 1);
        let zero = self.b().iconst(result, 0);
        let is_zero = self.b().icmp_imm(IntCond::Eq, value, 0);
        self.b().select(is_zero, zero, index)
    }

    fn float_builtin(&mut self, node: Expr, builtin: Builtin, args: &[ExprId]) -> Option<Value> {
        let result = self.result_type(node);
        let ordered = match builtin {
            Builtin::IsGreater => Some(FloatCond::Ogt),
            Builtin::IsGreaterEqual => Some(FloatCond::Oge),
            Builtin::IsLess => Some(FloatCond::Olt),
            Builtin::IsLessEqual => Some(FloatCond::Ole),
            Builtin::IsLessGreater => Some(FloatCond::One),
            Builtin::IsUnordered => Some(FloatCond::Uno),
            _ => None,
        };
        if let Some(cond) = ordered {
            let a = self.scalar(args[0]);
            let b = self.scalar(args[1]);
            let flag = self.b().fcmp(cond, a, b);
            return Some(self.resize(flag, result, false));
        }
        let flag = match builtin {
            Builtin::IsNan => {
                let x = self.scalar(args[0]);
                self.b().fcmp(FloatCond::Uno, x, x)
            }
            Builtin::IsInf | Builtin::IsFinite | Builtin::IsNormal | Builtin::IsInfSign => {
                return Some(self.classify(builtin, args[0], result));
            }
            Builtin::SignBit => {
                let x = self.scalar(args[0]);
                self.sign_bit(x)
            }
            Builtin::IsSignaling => {
                let x = self.scalar(args[0]);
                self.is_signaling(x)
            }
            Builtin::FpClassify => return Some(self.fp_classify(args)),
            Builtin::FabsQuad => {
                let x = self.scalar(args[0]);
                return Some(self.b().fabs(x));
            }
            Builtin::CopysignQuad => {
                let x = self.scalar(args[0]);
                let y = self.scalar(args[1]);
                return Some(self.b().fcopysign(x, y));
            }
            Builtin::Infinity => {
                let ty = self.result_type(node);
                return Some(self.infinity(ty));
            }
            _ => return None,
        };
        Some(self.resize(flag, result, false))
    }

    /// Positive infinity of a type.
    fn infinity(&mut self, ty: Type) -> Value {
        match ty {
            Type::F32 => self.b().f32const(f32::INFINITY),
            Type::F64 => self.b().f64const(f64::INFINITY),
            // The integer bit is explicit in the x87 format.
            Type::F80 => self.b().constant(ty, &[0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x7f]),
            _ => self.b().constant(ty, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0x7f]),
        }
    }

    /// The least positive normal number of a type.
    fn least_normal(&mut self, ty: Type) -> Value {
        match ty {
            Type::F32 => self.b().f32const(f32::MIN_POSITIVE),
            Type::F64 => self.b().f64const(f64::MIN_POSITIVE),
            Type::F80 => self.b().constant(ty, &[0, 0, 0, 0, 0, 0, 0, 0x80, 1, 0]),
            _ => self.b().constant(ty, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]),
        }
    }

    fn classify(&mut self, builtin: Builtin, arg: ExprId, result: Type) -> Value {
        let x = self.scalar(arg);
        let ty = self.func.ty(x);
        let magnitude = self.b().fabs(x);
        let infinity = self.infinity(ty);
        let flag = match builtin {
            Builtin::IsFinite => self.b().fcmp(FloatCond::Olt, magnitude, infinity),
            Builtin::IsNormal => {
                let least = self.least_normal(ty);
                let finite = self.b().fcmp(FloatCond::Olt, magnitude, infinity);
                let big = self.b().fcmp(FloatCond::Oge, magnitude, least);
                self.b().iand(finite, big)
            }
            _ => self.b().fcmp(FloatCond::Oeq, magnitude, infinity),
        };
        if builtin != Builtin::IsInfSign {
            return self.resize(flag, result, false);
        }
        let sign = self.sign_bit(x);
        let minus = self.b().iconst(result, -1);
        let plus = self.b().iconst(result, 1);
        let zero = self.b().iconst(result, 0);
        let signed = self.b().select(sign, minus, plus);
        self.b().select(flag, signed, zero)
    }

    /// 1 if the sign bit is set (also of NaN and zero).
    fn sign_bit(&mut self, x: Value) -> Value {
        let ty = self.func.ty(x);
        let (top, bits) = match ty {
            Type::F32 => (self.b().bitcast(Type::I32, x), 32),
            Type::F64 => (self.b().bitcast(Type::I64, x), 64),
            Type::F128 => (self.b().bitcast(Type::I128, x), 128),
            _ => return self.x87_sign(x),
        };
        let shifted = self.b().lshr_imm(top, bits - 1);
        self.resize(shifted, Type::I8, false)
    }

    /// The sign of an x87 number: bit 79, read from memory.
    fn x87_sign(&mut self, x: Value) -> Value {
        let top = self.x87_word(x, 8);
        let sign = self.b().lshr_imm(top, 15);
        self.resize(sign, Type::I8, false)
    }

    /// A 16-bit word of an x87 number's bytes.
    fn x87_word(&mut self, x: Value, offset: i32) -> Value {
        let slot = self.temporary(16, 16);
        let address = self.b().slot_addr(slot, 0);
        self.b().store(x, address, 0, MemFlags::aligned(16));
        self.b().load(Type::I16, address, offset, MemFlags::aligned(2))
    }

    fn is_signaling(&mut self, x: Value) -> Value {
        let ty = self.func.ty(x);
        let nan = self.b().fcmp(FloatCond::Uno, x, x);
        // The top fraction bit is clear in a signaling NaN.
        let quiet = match ty {
            Type::F32 | Type::F64 | Type::F128 => {
                let (int, bit) = match ty {
                    Type::F32 => (Type::I32, 22),
                    Type::F64 => (Type::I64, 51),
                    _ => (Type::I128, 111),
                };
                let bits = self.b().bitcast(int, x);
                let moved = self.b().lshr_imm(bits, bit);
                self.resize(moved, Type::I8, false)
            }
            _ => {
                let word = self.x87_word(x, 6);
                let moved = self.b().lshr_imm(word, 14);
                self.resize(moved, Type::I8, false)
            }
        };
        let quiet = self.b().iand_imm(quiet, 1);
        let signaling = self.b().icmp_imm(IntCond::Eq, quiet, 0);
        self.b().iand(nan, signaling)
    }

    fn fp_classify(&mut self, args: &[ExprId]) -> Value {
        let answers: Vec<Value> = args[..5].iter().map(|a| self.scalar(*a)).collect();
        let x = self.scalar(args[5]);
        let ty = self.func.ty(x);
        let magnitude = self.b().fabs(x);
        let zero = self.zero_of(ty);
        let infinity = self.infinity(ty);
        let least = self.least_normal(ty);
        let is_zero = self.b().fcmp(FloatCond::Oeq, magnitude, zero);
        let is_small = self.b().fcmp(FloatCond::Olt, magnitude, least);
        let is_infinite = self.b().fcmp(FloatCond::Oeq, magnitude, infinity);
        let is_nan = self.b().fcmp(FloatCond::Uno, x, x);
        let answer = self.b().select(is_small, answers[3], answers[2]);
        let answer = self.b().select(is_zero, answers[4], answer);
        let answer = self.b().select(is_infinite, answers[1], answer);
        self.b().select(is_nan, answers[0], answer)
    }

    fn other_builtin(&mut self, node: Expr, builtin: Builtin, args: &[ExprId]) -> Val {
        match builtin {
            Builtin::Expect => {
                let value = self.value(args[0]);
                self.effect(args[1]);
                value
            }
            Builtin::AssumeAligned => {
                for extra in &args[1..] {
                    self.effect(*extra);
                }
                self.value(args[0])
            }
            Builtin::ExtractReturnAddr => self.value(args[0]),
            Builtin::Unreachable => {
                self.b().unreachable();
                Val::None
            }
            Builtin::Trap => {
                self.b().trap(TrapCode::User);
                Val::None
            }
            Builtin::Prefetch => {
                let address = self.scalar(args[0]);
                let constant = |i: usize| args.get(i).and_then(|a| self.body.int_constant(*a, true));
                let write = constant(1).unwrap_or(0) != 0;
                let locality = constant(2).unwrap_or(3).clamp(0, 3) as u8;
                self.b().inst(InstData::prefetch(address, write, locality));
                Val::None
            }
            Builtin::Alloca => self.alloca(args),
            Builtin::FrameAddress | Builtin::ReturnAddress => {
                let depth = self.body.int_constant(args[0], false).unwrap_or(0) as u32;
                let opcode = if builtin == Builtin::FrameAddress {
                    Opcode::FrameAddress
                } else {
                    Opcode::ReturnAddress
                };
                Val::One(self.b().value(InstData::depth(opcode, depth)))
            }
            Builtin::StackSave => Val::One(self.b().stack_save()),
            Builtin::StackRestore => {
                let extent = self.scalar(args[0]);
                self.restore_stack(extent);
                Val::None
            }
            Builtin::ThreadPointer => {
                Val::One(self.b().value(InstData::nullary(Opcode::ThreadPointer, Type::NONE)))
            }
            Builtin::VaStart => self.va_operation(Opcode::VaStart, args),
            Builtin::VaEnd => self.va_operation(Opcode::VaEnd, args),
            Builtin::VaCopy => {
                let to = self.scalar(args[0]);
                let from = self.scalar(args[1]);
                self.b().va_copy(to, from);
                Val::None
            }
            Builtin::ConstantP => {
                // Undecided in the tree means: not constant. The operand is not evaluated.
                let ty = self.result_type(node);
                Val::One(self.b().iconst(ty, 0))
            }
            Builtin::ObjectSize => {
                let kind = args.get(1).and_then(|a| self.body.int_constant(*a, true)).unwrap_or(0);
                let ty = self.result_type(node);
                Val::One(self.b().iconst(ty, if kind & 2 == 0 { -1 } else { 0 }))
            }
            Builtin::AddOverflow => self.overflow(node, BinaryKind::Add, args, true),
            Builtin::SubOverflow => self.overflow(node, BinaryKind::Sub, args, true),
            Builtin::MulOverflow => self.overflow(node, BinaryKind::Mul, args, true),
            Builtin::AddOverflowP => self.overflow(node, BinaryKind::Add, args, false),
            Builtin::SubOverflowP => self.overflow(node, BinaryKind::Sub, args, false),
            Builtin::MulOverflowP => self.overflow(node, BinaryKind::Mul, args, false),
            Builtin::Nan | Builtin::NanSignaling => self.nan_call(node, args),
            Builtin::Shuffle => self.dynamic_shuffle(node, args),
            Builtin::UnwindInit => Val::None,
            Builtin::ClearCache => {
                for arg in args {
                    self.effect(*arg);
                }
                Val::None
            }
            Builtin::Ia32Pause => self.plain_asm("pause"),
            Builtin::Ia32Lfence => self.plain_asm("lfence"),
            Builtin::Ia32Sfence => self.plain_asm("sfence"),
            Builtin::Ia32Mfence => {
                self.b().fence(Ordering::SeqCst);
                Val::None
            }
            Builtin::Ia32Rdtsc => self.time_stamp(),
            Builtin::CpuInit => {
                self.call_named("__cpu_indicator_init", Signature::new(&[], &[Type::I32]), &[]);
                Val::One(self.b().iconst(Type::I32, 0))
            }
            _ => {
                let name = crate::ast::builtins::BUILTINS
                    .iter()
                    .find(|row| row.builtin == builtin)
                    .map_or("builtin", |row| row.name);
                self.loc = node.loc;
                self.unsupported(&format!("'{name}'"));
                match self.scalar_type(node.ty) {
                    Some(ty) => Val::One(self.b().undef(ty)),
                    None => Val::None,
                }
            }
        }
    }

    fn plain_asm(&mut self, text: &str) -> Val {
        let data = lathe_ir::inline_asm::AsmData {
            template: text.into(),
            is_volatile: true,
            clobbers: vec!["memory".into()],
            ..Default::default()
        };
        self.b().asm(data, &[]);
        Val::None
    }

    fn time_stamp(&mut self) -> Val {
        let output = |constraint: &str| lathe_ir::inline_asm::AsmOperand {
            constraint: constraint.into(),
            name: None,
            ty: Type::I32,
            is_memory: false,
            memory_bytes: 4,
            register: None,
        };
        let data = lathe_ir::inline_asm::AsmData {
            template: "rdtsc".into(),
            is_volatile: true,
            outputs: vec![output("=a"), output("=d")],
            ..Default::default()
        };
        let inst = self.b().asm(data, &[]);
        let results: Vec<Value> = self.func.results(inst).collect();
        let low = self.b().zext(Type::I64, results[0]);
        let high = self.b().zext(Type::I64, results[1]);
        let high = self.b().shl_imm(high, 32);
        Val::One(self.b().ior(low, high))
    }

    fn alloca(&mut self, args: &[ExprId]) -> Val {
        let ty = self.body.expr(args[0]).ty;
        let size = self.scalar(args[0]);
        let size = self.as_word(size, ty);
        let align = args.get(1).and_then(|a| self.body.int_constant(*a, false)).map_or(16, |bits| bits / 8);
        let align = (align.clamp(1, 1 << 16) as u32).next_power_of_two().max(16);
        Val::One(self.b().stack_alloc(size, align))
    }

    fn va_operation(&mut self, opcode: Opcode, args: &[ExprId]) -> Val {
        let list = self.scalar(args[0]);
        self.b().address(opcode, list);
        Val::None
    }

    fn nan_call(&mut self, node: Expr, args: &[ExprId]) -> Val {
        let ty = self.result_type(node);
        let name = match ty {
            Type::F32 => "nanf",
            Type::F64 => "nan",
            _ => "nanl",
        };
        let text = self.scalar(args[0]);
        match self.call_named(name, Signature::new(&[Type::PTR], &[ty]), &[text]) {
            Some(value) => Val::One(value),
            None => Val::None,
        }
    }

    /// `__builtin_*_overflow`: exact result in a wide enough type, stored truncated, flag if that
    /// lost something.
    fn overflow(&mut self, node: Expr, kind: BinaryKind, args: &[ExprId], stores: bool) -> Val {
        let (a_ty, b_ty) = (self.body.expr(args[0]).ty, self.body.expr(args[1]).ty);
        let third = self.body.expr(args[2]).ty;
        let result_ty =
            if stores { self.unit.types.pointee(third).map_or(third, QualType::unqualified) } else { third };
        let a = self.scalar(args[0]);
        let b = self.scalar(args[1]);
        let third = self.scalar(args[2]);
        self.loc = node.loc;
        let same = [a_ty, b_ty].iter().all(|t| {
            self.unit.types.int_bits(*t) == self.unit.types.int_bits(result_ty)
                && self.unit.types.is_signed(*t) == self.unit.types.is_signed(result_ty)
        });
        let (value, flag) = if same && self.unit.types.int_bits(result_ty) != Some(1) {
            self.overflow_same(kind, a, b, self.unit.types.is_signed(result_ty))
        } else {
            self.overflow_mixed(kind, (a, a_ty), (b, b_ty), result_ty)
        };
        if stores {
            let flags = self.plain_flags(result_ty);
            self.b().store(value, third, 0, flags);
        }
        let result = self.result_type(node);
        Val::One(self.resize(flag, result, false))
    }

    fn overflow_same(&mut self, kind: BinaryKind, a: Value, b: Value, signed: bool) -> (Value, Value) {
        match (kind, signed) {
            (BinaryKind::Add, true) => self.b().sadd_overflow(a, b),
            (BinaryKind::Add, false) => self.b().uadd_overflow(a, b),
            (BinaryKind::Sub, true) => self.b().ssub_overflow(a, b),
            (BinaryKind::Sub, false) => self.b().usub_overflow(a, b),
            (BinaryKind::Mul, true) => self.b().smul_overflow(a, b),
            (BinaryKind::Mul, false) => self.b().umul_overflow(a, b),
        }
    }

    /// Operands or result of different types: compute in a signed type that holds all operands (128
    /// bits hold every sum and product of 64-bit ones), then see whether the result type holds it.
    fn overflow_mixed(
        &mut self,
        kind: BinaryKind,
        (a, a_ty): (Value, QualType),
        (b, b_ty): (Value, QualType),
        result_ty: QualType,
    ) -> (Value, Value) {
        let types = &self.unit.types;
        let (a_signed, b_signed) = (types.is_signed(a_ty), types.is_signed(b_ty));
        let result_signed = types.is_signed(result_ty);
        let result_bits = types.int_bits(result_ty).unwrap_or(32);
        let bits = |ty: QualType| types.int_bits(ty).unwrap_or(32);
        let widest = (bits(a_ty) + u32::from(!a_signed)).max(bits(b_ty) + u32::from(!b_signed));
        let ir = self.scalar_type(result_ty).unwrap_or(Type::I32);
        let needed = match kind {
            BinaryKind::Mul => (bits(a_ty) + u32::from(!a_signed)) + (bits(b_ty) + u32::from(!b_signed)),
            _ => widest + 1,
        };
        let wide = if needed.max(result_bits + 1) <= 64 { Type::I64 } else { Type::I128 };
        let a = self.resize(a, wide, a_signed);
        let b = self.resize(b, wide, b_signed);
        let exact_in_wide = needed <= wide.lane_bits(64);
        let unsigned_128 = |ty, signed: bool| bits(ty) == 128 && !signed;
        let signed_wide = !unsigned_128(a_ty, a_signed) && !unsigned_128(b_ty, b_signed);
        let (value, wrapped) = if exact_in_wide {
            let value = match kind {
                BinaryKind::Add => self.b().iadd(a, b),
                BinaryKind::Sub => self.b().isub(a, b),
                BinaryKind::Mul => self.b().imul(a, b),
            };
            (value, None)
        } else {
            let (value, flag) = self.overflow_same(kind, a, b, signed_wide);
            (value, Some(flag))
        };
        let stored = self.resize(value, ir, result_signed);
        let cut = if result_bits == 1 { self.b().iand_imm(stored, 1) } else { stored };
        let back = self.resize(cut, wide, result_signed);
        let mut lost = if self.func.ty(back) == self.func.ty(value) && back == value {
            self.b().iconst(Type::I8, 0)
        } else {
            self.b().icmp(IntCond::Ne, back, value)
        };
        if !result_signed && result_bits == wide.lane_bits(64) && signed_wide {
            // As wide as the computation: a negative exact value does not fit.
            let negative = self.b().icmp_imm(IntCond::Slt, value, 0);
            lost = self.b().ior(lost, negative);
        }
        if let Some(wrapped) = wrapped {
            lost = self.b().ior(lost, wrapped);
        }
        (cut, lost)
    }

    /// Library functions that are instructions here; `None`: an ordinary call.
    pub(super) fn library_call(&mut self, node: Expr, decl: DeclId, args: &[ExprId]) -> Option<Val> {
        let library = self.unit.decl(decl).library?;
        let value = match library {
            Builtin::Memcpy | Builtin::Memmove if args.len() == 3 => {
                let opcode = if library == Builtin::Memcpy { Opcode::Memcpy } else { Opcode::Memmove };
                let to = self.scalar(args[0]);
                let from = self.scalar(args[1]);
                let length = self.scalar(args[2]);
                self.loc = node.loc;
                self.b().inst(InstData::memory_block(opcode, [to, from, length], Self::byte_flags()));
                to
            }
            Builtin::Memset if args.len() == 3 => {
                let to = self.scalar(args[0]);
                let byte = self.scalar(args[1]);
                let length = self.scalar(args[2]);
                self.loc = node.loc;
                let byte = self.resize(byte, Type::I8, false);
                self.b().memset(to, byte, length, Self::byte_flags());
                to
            }
            Builtin::AllocaLibrary if args.len() == 1 => return Some(self.alloca(args)),
            Builtin::Abs if args.len() == 1 => {
                let value = self.scalar(args[0]);
                self.b().iabs(value)
            }
            Builtin::Fabs if args.len() == 1 => {
                let value = self.scalar(args[0]);
                self.b().fabs(value)
            }
            Builtin::Copysign if args.len() == 2 => {
                let a = self.scalar(args[0]);
                let b = self.scalar(args[1]);
                self.b().fcopysign(a, b)
            }
            Builtin::FfsLibrary if args.len() == 1 => {
                let result = self.result_type(node);
                self.find_first_set(args[0], result)
            }
            Builtin::Creal | Builtin::Cimag | Builtin::Conj if args.len() == 1 => {
                let Val::Pair(re, im) = self.value(args[0]) else { return None };
                match library {
                    Builtin::Creal => re,
                    Builtin::Cimag => im,
                    _ => {
                        let im = self.b().fneg(im);
                        return Some(Val::Pair(re, im));
                    }
                }
            }
            _ => return None,
        };
        Some(Val::One(value))
    }
}

/// The operation of an overflow builtin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum BinaryKind {
    Add,
    Sub,
    Mul,
}

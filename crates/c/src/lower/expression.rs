//! Expressions as values, as effects, and as conditions of branches.

use super::Val;
use super::arithmetic::sign_extended;
use super::function::{FunctionLowering, align_of};
use super::place::{Place, lock_free};
use crate::ast::{BinaryOp, CastKind, Expr, ExprId, ExprKind, ExprRange, IncDec, StmtId, UnaryOp};
use crate::types::{FloatFormat, QualType, TypeKind};
use lathe_ir::{Block, IntCond, Likelihood, MemFlags, Opcode, Type, Value};

impl FunctionLowering<'_> {
    /// The value of a scalar expression.
    pub(super) fn scalar(&mut self, id: ExprId) -> Value {
        match self.value(id) {
            Val::One(value) => value,
            Val::Memory(address) => address,
            Val::Pair(re, _) => re,
            Val::None => {
                let ty = self.body.expr(id).ty;
                let ty = self.scalar_type(ty).unwrap_or(Type::I32);
                self.b().undef(ty)
            }
        }
    }

    /// Evaluates an expression for its effects.
    pub(super) fn effect(&mut self, id: ExprId) {
        self.ensure_open();
        let node = *self.body.expr(id);
        self.loc = node.loc;
        match node.kind {
            ExprKind::Cast(CastKind::ToVoid | CastKind::NoOp, inner) => self.effect(inner),
            ExprKind::Comma(a, b) => {
                self.effect(a);
                self.effect(b);
            }
            ExprKind::IncDec(op, target) => {
                let op = match op {
                    IncDec::PostInc => IncDec::PreInc,
                    IncDec::PostDec => IncDec::PreDec,
                    pre => pre,
                };
                self.inc_dec(node, op, target);
            }
            ExprKind::LogicalAnd(a, b) | ExprKind::LogicalOr(a, b) => {
                let run = self.later_block();
                let done = self.later_block();
                if matches!(node.kind, ExprKind::LogicalAnd(..)) {
                    self.branch(a, run, done);
                } else {
                    self.branch(a, done, run);
                }
                self.enter(run);
                self.effect(b);
                self.jump_to(done);
                self.enter(done);
            }
            ExprKind::Conditional(list) => {
                let [condition, then, other] = self.three(list);
                let (yes, no, done) = (self.later_block(), self.later_block(), self.later_block());
                self.branch(condition, yes, no);
                for (block, arm) in [(yes, then), (no, other)] {
                    self.enter(block);
                    self.effect(arm);
                    self.jump_to(done);
                }
                self.enter(done);
            }
            _ => {
                self.value(id);
            }
        }
    }

    fn three(&self, list: ExprRange) -> [ExprId; 3] {
        let list = self.body.list(list);
        [list[0], list[1], list[2]]
    }

    /// The value of an expression.
    pub(super) fn value(&mut self, id: ExprId) -> Val {
        self.ensure_open();
        let node = *self.body.expr(id);
        self.loc = node.loc;
        match node.kind {
            ExprKind::Error => Val::None,
            ExprKind::Int(bits) => Val::One(self.int_constant(node.ty, bits)),
            ExprKind::WideInt(index) => {
                let value = self.body.wide[index as usize] as i128;
                let ty = self.scalar_type(node.ty).expect("integer constant");
                Val::One(self.b().iconst128(ty, value))
            }
            ExprKind::Float(index) => {
                let bits = self.body.wide[index as usize];
                Val::One(self.float_constant(node.ty, bits))
            }
            ExprKind::LabelAddress(label) => {
                let block = self.landings[label.0 as usize].unwrap_or(self.block);
                Val::One(self.b().block_addr(block))
            }
            ExprKind::Load(place) => {
                let place = self.place(place);
                self.loc = node.loc;
                self.load(&place)
            }
            ExprKind::ArrayDecay(array) | ExprKind::FunctionDecay(array) | ExprKind::AddressOf(array) => {
                let place = self.place(array);
                Val::One(self.address(&place))
            }
            ExprKind::Cast(kind, operand) => self.cast(node, kind, operand),
            ExprKind::Unary(op, operand) => self.unary(node, op, operand),
            ExprKind::Binary(op, a, b) => self.binary(node, op, a, b),
            ExprKind::LogicalAnd(..) | ExprKind::LogicalOr(..) => self.logical(node, id),
            ExprKind::Conditional(list) => {
                let [condition, then, other] = self.three(list);
                self.conditional(node, condition, then, other)
            }
            ExprKind::Elvis(list) => {
                let list = self.body.list(list);
                let (shared, condition, then, other) = (list[0], list[1], list[2], list[3]);
                let value = self.value(shared);
                self.opaque.insert(shared, value);
                self.conditional(node, condition, then, other)
            }
            ExprKind::Opaque(shared) => match self.opaque.get(&shared) {
                Some(value) => *value,
                None => self.value(shared),
            },
            ExprKind::Assign(target, value) => self.assign(node, target, value),
            ExprKind::CompoundAssign(op, target, value) => self.compound_assign(node, id, op, target, value),
            ExprKind::IncDec(op, target) => self.inc_dec(node, op, target),
            ExprKind::Comma(a, b) => {
                self.effect(a);
                self.value(b)
            }
            ExprKind::Call(list) => self.call(node, list, None),
            ExprKind::Builtin(builtin, list) => self.builtin(node, builtin, list),
            ExprKind::VaArg(list) => self.va_arg(node, list),
            ExprKind::StmtExpr { block, result } => self.statement_expression(block, result),
            ExprKind::VlaBounds(inner, list) => {
                self.evaluate_vla_list(list);
                self.value(inner)
            }
            ExprKind::SizeofVla(ty) => {
                let size = self.vla_size(ty);
                let want = self.scalar_type(node.ty).expect("size_t");
                Val::One(self.resize(size, want, false))
            }
            ExprKind::InitList(init) => {
                let slot = self.temporary_for(node.ty);
                let place = Place::slot(slot, node.ty.unqualified(), align_of(self.unit, node.ty));
                self.initialize(place, init);
                self.load(&place)
            }
            ExprKind::ComplexMake(re, im) => {
                let re = self.scalar(re);
                let im = self.scalar(im);
                Val::Pair(re, im)
            }
            ExprKind::ComplexPart(imaginary, base) if !self.body.is_lvalue(base) => match self.value(base) {
                Val::Pair(re, im) => Val::One(if imaginary { im } else { re }),
                other => other,
            },
            ExprKind::ShuffleConst(list) => self.constant_shuffle(node, list),
            ExprKind::ConvertVector(operand) => self.convert_vector(node, operand),
            ExprKind::String(_)
            | ExprKind::Local(_)
            | ExprKind::Global(_)
            | ExprKind::Deref(_)
            | ExprKind::Member { .. }
            | ExprKind::VectorElement { .. }
            | ExprKind::ComplexPart(..)
            | ExprKind::CompoundLiteral(..) => self.designator_value(id, node),
        }
    }

    /// An lvalue node in value position (members of values, function designators).
    fn designator_value(&mut self, id: ExprId, node: Expr) -> Val {
        let place = self.place(id);
        match self.unit.types.kind(node.ty) {
            TypeKind::Function(_) | TypeKind::Array(..) => Val::One(self.address(&place)),
            _ => self.load(&place),
        }
    }

    /// An integer, enum or pointer constant.
    fn int_constant(&mut self, ty: QualType, bits: u64) -> Value {
        let signed = self.unit.types.is_signed(ty);
        let ty = self.scalar_type(ty).unwrap_or(Type::I32);
        if ty == Type::I128 && !signed {
            return self.b().iconst128(ty, i128::from(bits));
        }
        self.b().iconst(ty, sign_extended(bits as i64, if ty.is_ptr() { Type::I64 } else { ty }))
    }

    fn float_constant(&mut self, ty: QualType, bits: u128) -> Value {
        let TypeKind::Float(kind) = self.unit.types.kind(ty) else {
            unreachable!("floating constants have floating types")
        };
        match kind.format(self.unit.types.data_layout()) {
            FloatFormat::F32 => self.b().value(lathe_ir::InstData::fconst(Type::F32, bits as u32 as u64)),
            FloatFormat::F64 => self.b().value(lathe_ir::InstData::fconst(Type::F64, bits as u64)),
            FloatFormat::F80 => self.b().constant(Type::F80, &bits.to_le_bytes()[..10]),
            FloatFormat::F128 => self.b().constant(Type::F128, &bits.to_le_bytes()),
        }
    }

    /// A truth value of any integer or address type: zero or not.
    pub(super) fn condition(&mut self, id: ExprId) -> Value {
        self.ensure_open();
        let node = *self.body.expr(id);
        match node.kind {
            ExprKind::Binary(op, a, b) if super::arithmetic::int_cond(op, true).is_some() => {
                let ty = self.body.expr(a).ty;
                if self.unit.types.is_complex(ty) || self.unit.types.is_complex(self.body.expr(b).ty) {
                    let value = self.value(id);
                    return self.truth(value, node.ty);
                }
                if let Some(flag) = self.compare_with_constant(op, a, b) {
                    return flag;
                }
                let x = self.scalar(a);
                let y = self.scalar(b);
                self.loc = node.loc;
                self.compare(op, x, y, ty)
            }
            ExprKind::Unary(UnaryOp::LogicalNot, operand) => {
                let truth = self.condition(operand);
                self.b().icmp_imm(IntCond::Eq, truth, 0)
            }
            ExprKind::Cast(CastKind::ToBool, operand) => self.condition(operand),
            ExprKind::Cast(CastKind::IntToInt, operand) if self.widens(operand, node.ty) => {
                self.condition(operand)
            }
            _ => {
                let value = self.value(id);
                self.truth(value, node.ty)
            }
        }
    }

    /// Whether a conversion keeps the value's being zero or not.
    fn widens(&self, operand: ExprId, to: QualType) -> bool {
        let types = &self.unit.types;
        match (types.int_bits(self.body.expr(operand).ty), types.int_bits(to)) {
            (Some(from), Some(to)) => to >= from,
            _ => false,
        }
    }

    fn compare_with_constant(&mut self, op: BinaryOp, a: ExprId, b: ExprId) -> Option<Value> {
        let ExprKind::Int(bits) = self.body.expr(b).kind else { return None };
        let ty = self.body.expr(a).ty;
        let ir = self.scalar_type(ty)?;
        if !ir.is_int_or_ptr() || ir == Type::I128 {
            return None;
        }
        let cond = super::arithmetic::int_cond(op, self.unit.types.is_signed(ty))?;
        let value = self.scalar(a);
        Some(self.b().icmp_imm(cond, value, sign_extended(bits as i64, ir)))
    }

    /// Branches on an expression; `&&`, `||` and `!` become control flow.
    pub(super) fn branch(&mut self, id: ExprId, yes: Block, no: Block) {
        self.branch_likely(id, Likelihood::Unknown, yes, no);
    }

    fn branch_likely(&mut self, id: ExprId, likely: Likelihood, yes: Block, no: Block) {
        self.ensure_open();
        let node = *self.body.expr(id);
        let inverse = match likely {
            Likelihood::Likely => Likelihood::Unlikely,
            Likelihood::Unlikely => Likelihood::Likely,
            Likelihood::Unknown => Likelihood::Unknown,
        };
        match node.kind {
            ExprKind::LogicalAnd(a, b) => {
                let next = self.later_block();
                self.branch_likely(a, likely, next, no);
                self.enter(next);
                self.branch_likely(b, likely, yes, no);
            }
            ExprKind::LogicalOr(a, b) => {
                let next = self.later_block();
                self.branch_likely(a, likely, yes, next);
                self.enter(next);
                self.branch_likely(b, likely, yes, no);
            }
            ExprKind::Unary(UnaryOp::LogicalNot, operand)
                if !self.unit.types.is_vector(self.body.expr(operand).ty) =>
            {
                self.branch_likely(operand, inverse, no, yes);
            }
            ExprKind::Cast(CastKind::ToBool, operand) => self.branch_likely(operand, likely, yes, no),
            ExprKind::Cast(CastKind::IntToInt, operand) if self.widens(operand, node.ty) => {
                self.branch_likely(operand, likely, yes, no);
            }
            ExprKind::Binary(BinaryOp::Ne, a, b) if self.is_zero(b) && self.is_truth(a) => {
                self.branch_likely(a, likely, yes, no);
            }
            ExprKind::Binary(BinaryOp::Eq, a, b) if self.is_zero(b) && self.is_truth(a) => {
                self.branch_likely(a, inverse, no, yes);
            }
            ExprKind::Comma(a, b) => {
                self.effect(a);
                self.branch_likely(b, likely, yes, no);
            }
            ExprKind::Int(bits) => {
                let target = if bits != 0 { yes } else { no };
                self.jump_to(target);
            }
            ExprKind::Builtin(crate::ast::Builtin::Expect, list) => {
                let list = self.body.list(list);
                let (value, expected) = (list[0], list[1]);
                let likely = match self.body.int_constant(expected, true) {
                    Some(0) => Likelihood::Unlikely,
                    Some(_) => Likelihood::Likely,
                    None => likely,
                };
                self.branch_likely(value, likely, yes, no);
            }
            _ => {
                let condition = self.condition(id);
                self.loc = node.loc;
                self.b().branch_likely(condition, likely, yes, &[], no, &[]);
            }
        }
    }

    fn is_zero(&self, id: ExprId) -> bool {
        matches!(self.body.expr(id).kind, ExprKind::Int(0))
    }

    /// Whether an expression is a logical operator (so that comparing it with zero is another).
    fn is_truth(&self, id: ExprId) -> bool {
        matches!(
            self.body.expr(id).kind,
            ExprKind::LogicalAnd(..)
                | ExprKind::LogicalOr(..)
                | ExprKind::Unary(UnaryOp::LogicalNot, _)
                | ExprKind::Builtin(crate::ast::Builtin::Expect, _)
        )
    }

    fn logical(&mut self, node: Expr, id: ExprId) -> Val {
        let (yes, no, done) = (self.later_block(), self.later_block(), self.later_block());
        let ty = self.scalar_type(node.ty).unwrap_or(Type::I32);
        let result = self.func.append_param(done, ty);
        self.branch(id, yes, no);
        for (block, value) in [(yes, 1), (no, 0)] {
            self.enter(block);
            let value = self.b().iconst(ty, value);
            self.b().jump(done, &[value]);
        }
        self.enter(done);
        Val::One(result)
    }

    fn conditional(&mut self, node: Expr, condition: ExprId, then: ExprId, other: ExprId) -> Val {
        if self.unit.types.is_vector(self.body.expr(condition).ty) {
            return self.vector_conditional(condition, then, other);
        }
        let (yes, no, done) = (self.later_block(), self.later_block(), self.later_block());
        self.branch(condition, yes, no);
        let types: Vec<Type> = match self.unit.types.kind(node.ty) {
            TypeKind::Void => Vec::new(),
            TypeKind::Complex(_) | TypeKind::ComplexInt(_) => vec![self.part_type(node.ty); 2],
            TypeKind::Record(_) => vec![Type::PTR],
            _ => vec![self.scalar_type(node.ty).unwrap_or(Type::I32)],
        };
        let params: Vec<Value> = types.iter().map(|ty| self.func.append_param(done, *ty)).collect();
        for (block, arm) in [(yes, then), (no, other)] {
            self.enter(block);
            if params.is_empty() {
                self.effect(arm);
                self.jump_to(done);
                continue;
            }
            let value = self.value(arm);
            self.ensure_open();
            match value {
                Val::One(value) | Val::Memory(value) => self.b().jump(done, &[value]),
                Val::Pair(re, im) => self.b().jump(done, &[re, im]),
                Val::None => {
                    let values: Vec<Value> = types.iter().map(|ty| self.b().undef(*ty)).collect();
                    self.b().jump(done, &values)
                }
            };
        }
        self.enter(done);
        match (params.as_slice(), self.unit.types.kind(node.ty)) {
            ([], _) => Val::None,
            ([address], TypeKind::Record(_)) => Val::Memory(*address),
            ([re, im], _) => Val::Pair(*re, *im),
            (values, _) => Val::One(values[0]),
        }
    }

    fn assign(&mut self, node: Expr, target: ExprId, value: ExprId) -> Val {
        let ty = self.body.expr(target).ty;
        if self.unit.types.is_record(ty) && !ty.is_volatile() && !ty.is_atomic() {
            return self.assign_record(target, value);
        }
        // A target without side effects is placed last, so that its address is not held meanwhile.
        let simple = self.is_simple_place(target);
        let early = if simple { None } else { Some(self.place(target)) };
        let value = self.value(value);
        let place = match early {
            Some(place) => place,
            None => self.place(target),
        };
        self.loc = node.loc;
        self.store(&place, value);
        self.assigned_value(&place, value)
    }

    /// What an assignment gives: the value as stored (a bit-field's cut to its width).
    fn assigned_value(&mut self, place: &Place, value: Val) -> Val {
        let (Some(access), Val::One(value)) = (place.bits, value) else { return value };
        let ty = self.func.ty(value);
        let unused = ty.lane_bits(64).saturating_sub(access.width);
        if unused == 0 {
            return Val::One(value);
        }
        let high = self.b().shl_imm(value, i64::from(unused));
        Val::One(if access.signed {
            self.b().ashr_imm(high, i64::from(unused))
        } else {
            self.b().lshr_imm(high, i64::from(unused))
        })
    }

    fn is_simple_place(&self, id: ExprId) -> bool {
        match self.body.expr(id).kind {
            ExprKind::Local(_) | ExprKind::Global(_) => true,
            ExprKind::Member { base, .. } => self.is_simple_place(base),
            _ => false,
        }
    }

    fn assign_record(&mut self, target: ExprId, value: ExprId) -> Val {
        let value = self.value(value);
        let place = self.place(target);
        self.store(&place, value);
        Val::Memory(self.address(&place))
    }

    fn compound_assign(
        &mut self,
        node: Expr,
        id: ExprId,
        op: BinaryOp,
        target: ExprId,
        value: ExprId,
    ) -> Val {
        let target_ty = self.body.expr(target).ty;
        let plain = target_ty.unqualified();
        let computation = self.body.computation_type(id);
        let value_ty = self.body.expr(value).ty;
        if target_ty.is_atomic() {
            let value = self.value(value);
            let place = self.place(target);
            return self.atomic_update(&place, op, computation, value, value_ty, false);
        }
        let value = self.value(value);
        let place = self.place_once(target);
        self.loc = node.loc;
        let old = self.load(&place);
        let new = self.apply(op, old, plain, computation, value, value_ty);
        self.store(&place, new);
        self.assigned_value(&place, new)
    }

    /// `old op value` in the computation type, converted back.
    pub(super) fn apply(
        &mut self,
        op: BinaryOp,
        old: Val,
        ty: QualType,
        computation: QualType,
        value: Val,
        value_ty: QualType,
    ) -> Val {
        if matches!(op, BinaryOp::PtrAdd | BinaryOp::PtrSub) {
            return self.binary_values(op, old, ty, value, value_ty, ty);
        }
        let vector = self.unit.types.is_vector(ty);
        let wide = if vector { old } else { self.convert(old, ty, computation) };
        let result = self.binary_values(op, wide, computation, value, value_ty, computation);
        if vector { result } else { self.convert(result, computation, ty) }
    }

    /// A place whose address is computed once, though it is used twice.
    fn place_once(&mut self, id: ExprId) -> Place {
        self.place(id)
    }

    /// `++` and `--`.
    fn inc_dec(&mut self, node: Expr, op: IncDec, target: ExprId) -> Val {
        let ty = self.body.expr(target).ty;
        let plain = ty.unqualified();
        let place = self.place_once(target);
        let increase = matches!(op, IncDec::PreInc | IncDec::PostInc);
        let post = matches!(op, IncDec::PostInc | IncDec::PostDec);
        let operator = match (self.unit.types.is_pointer(plain), increase) {
            (true, true) => BinaryOp::PtrAdd,
            (true, false) => BinaryOp::PtrSub,
            (false, true) => BinaryOp::Add,
            (false, false) => BinaryOp::Sub,
        };
        self.loc = node.loc;
        if ty.is_atomic() {
            let (one, one_ty) = self.one_for(plain);
            return self.atomic_update(&place, operator, plain, one, one_ty, post);
        }
        let old = self.load(&place);
        let new = self.step(operator, old, plain);
        self.store(&place, new);
        if post { old } else { self.assigned_value(&place, new) }
    }

    /// The constant 1 as the right operand of `++` on a type, and its type.
    fn one_for(&mut self, ty: QualType) -> (Val, QualType) {
        if self.unit.types.is_pointer(ty) {
            let word = self.word();
            return (Val::One(self.b().iconst(word, 1)), self.unit.types.difference_type());
        }
        let one = self.b().iconst(Type::I32, 1);
        let one = self.convert(Val::One(one), QualType::INT, ty);
        (one, ty)
    }

    fn step(&mut self, op: BinaryOp, old: Val, ty: QualType) -> Val {
        let is_bool = matches!(self.unit.types.kind(ty), TypeKind::Int(crate::types::IntKind::Bool));
        if let (Val::One(value), true, false) = (old, self.is_integer_type(ty), is_bool) {
            let ir = self.func.ty(value);
            let delta = if op == BinaryOp::Add { 1 } else { -1 };
            // Narrower types wrap after promotion to int: no promise.
            let promises =
                if ir.lane_bits(64) >= 32 && self.unit.types.is_signed(ty) && !self.state.options.wrap_signed
                {
                    lathe_ir::instruction::NSW
                } else {
                    0
                };
            let data = lathe_ir::InstData::binary_imm(Opcode::IaddImm, ir, promises, value, delta);
            return Val::One(self.b().value(data));
        }
        if is_bool {
            // `b++` stores 1; `b--` stores the complement.
            let Val::One(value) = old else { return old };
            return Val::One(if op == BinaryOp::Add {
                self.b().iconst(Type::I8, 1)
            } else {
                self.b().ixor_imm(value, 1)
            });
        }
        let (one, one_ty) = self.one_for(ty);
        self.binary_values(op, old, ty, one, one_ty, ty)
    }

    fn va_arg(&mut self, node: Expr, list: ExprId) -> Val {
        let list = self.scalar(list);
        self.loc = node.loc;
        if let Some(ty) = self.scalar_type(node.ty) {
            return Val::One(self.load_with(Opcode::VaArg, ty, list));
        }
        let aggregate = self.state.aggregate(self.unit, self.names, node.ty);
        let plain = node.ty.unqualified();
        let slot = self.temporary_for(plain);
        let place = Place::slot(slot, plain, align_of(self.unit, plain));
        let to = self.address(&place);
        self.emit(lathe_ir::InstData::va_arg_aggregate(list, to, aggregate));
        self.load(&place)
    }

    fn statement_expression(&mut self, block: StmtId, result: ExprId) -> Val {
        self.compound_with_result(block, result)
    }

    /// A record or complex value as memory of its own (arguments, results).
    pub(super) fn in_memory(&mut self, value: Val, ty: QualType) -> Value {
        match value {
            Val::Memory(address) => address,
            value => {
                let slot = self.temporary_for(ty);
                let place = Place::slot(slot, ty.unqualified(), align_of(self.unit, ty));
                self.store(&place, value);
                self.address(&place)
            }
        }
    }

    /// Whether an atomic object of this type needs no runtime routine.
    pub(super) fn is_lock_free(&self, ty: QualType) -> bool {
        self.scalar_type(ty).is_some_and(|ty| lock_free(self, ty))
    }

    /// Flags of an ordinary access of a type.
    pub(super) fn plain_flags(&self, ty: QualType) -> MemFlags {
        MemFlags::aligned(align_of(self.unit, ty))
    }
}

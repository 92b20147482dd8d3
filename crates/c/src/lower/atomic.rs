//! Atomic objects and the `__atomic`/`__sync` builtins.

use super::Val;
use super::function::{FunctionLowering, align_of, size_of};
use super::place::Place;
use crate::ast::{BinaryOp, Builtin, Expr, ExprId};
use crate::types::{IntKind, QualType, TypeKind};
use lathe_ir::{AtomicOp, InstData, IntCond, MemFlags, Opcode, Ordering, Signature, Type, Value};

/// The C11 memory order of a constant (`__ATOMIC_*`); what is not known is the strongest.
fn ordering(number: Option<i128>) -> Ordering {
    match number.map(|n| n & 0xff) {
        Some(0) => Ordering::Relaxed,
        Some(1 | 2) => Ordering::Acquire,
        Some(3) => Ordering::Release,
        Some(4) => Ordering::AcqRel,
        _ => Ordering::SeqCst,
    }
}

/// The read-modify-write operation of an operator.
fn rmw_of(op: BinaryOp) -> Option<AtomicOp> {
    Some(match op {
        BinaryOp::Add | BinaryOp::PtrAdd => AtomicOp::Add,
        BinaryOp::Sub | BinaryOp::PtrSub => AtomicOp::Sub,
        BinaryOp::And => AtomicOp::And,
        BinaryOp::Or => AtomicOp::Or,
        BinaryOp::Xor => AtomicOp::Xor,
        _ => return None,
    })
}

impl FunctionLowering<'_> {
    /// `place op= value` as one atomic operation; gives the new value, or the old one if `post`.
    pub(super) fn atomic_update(
        &mut self,
        place: &Place,
        op: BinaryOp,
        computation: QualType,
        value: Val,
        value_ty: QualType,
        post: bool,
    ) -> Val {
        let plain = place.ty.unqualified();
        let flags = MemFlags::aligned(place.align).with_ordering(Ordering::SeqCst);
        let flags = if place.ty.is_volatile() { flags.volatile() } else { flags };
        let is_bool = matches!(self.unit.types.kind(plain), TypeKind::Int(IntKind::Bool));
        let integer = self.is_integer_type(plain) && self.is_integer_type(computation) && !is_bool;
        let pointer = self.unit.types.is_pointer(plain);
        if let (Some(rmw), Val::One(operand), true) = (rmw_of(op), value, integer || pointer)
            && self.is_lock_free(plain)
            && place.bits.is_none()
        {
            let ty = self.scalar_type(plain).expect("scalar");
            let operand = if pointer {
                let pointee = self.unit.types.pointee(plain).unwrap_or(QualType::VOID);
                let index = self.as_word(operand, value_ty);
                let step = size_of(self.unit, pointee) as i64;
                let bytes = self.b().imul_imm(index, step);
                self.b().int_to_ptr(bytes)
            } else {
                let operand = self.convert_scalar(operand, value_ty, plain);
                self.resize(operand, ty, false)
            };
            let address = self.address(place);
            let old = self.b().atomic_rmw(rmw, address, operand, flags);
            if post {
                return Val::One(old);
            }
            return Val::One(self.combine(rmw, old, operand));
        }
        self.compare_and_swap_loop(place, flags, op, computation, value, value_ty, post)
    }

    /// What memory holds after a read-modify-write that gave `old`.
    fn combine(&mut self, op: AtomicOp, old: Value, operand: Value) -> Value {
        let ty = self.func.ty(old);
        let (old, operand) = if ty.is_ptr() {
            let word = self.word();
            (self.b().ptr_to_int(word, old), self.b().ptr_to_int(word, operand))
        } else {
            (old, operand)
        };
        let new = match op {
            AtomicOp::Add => self.b().iadd(old, operand),
            AtomicOp::Sub => self.b().isub(old, operand),
            AtomicOp::And => self.b().iand(old, operand),
            AtomicOp::Or => self.b().ior(old, operand),
            AtomicOp::Xor => self.b().ixor(old, operand),
            AtomicOp::Nand => {
                let both = self.b().iand(old, operand);
                self.b().inot(both)
            }
            _ => operand,
        };
        if ty.is_ptr() { self.b().int_to_ptr(new) } else { new }
    }

    fn compare_and_swap_loop(
        &mut self,
        place: &Place,
        flags: MemFlags,
        op: BinaryOp,
        computation: QualType,
        value: Val,
        value_ty: QualType,
        post: bool,
    ) -> Val {
        let plain = place.ty.unqualified();
        let size = size_of(self.unit, plain);
        let Some(bits) = Self::int_of_bytes(size).filter(|_| size <= 8 && place.bits.is_none()) else {
            self.unsupported("an atomic operator on an object of this size");
            return self.zero_val(plain);
        };
        let slot = self.temporary(size, size as u32);
        let held = Place::slot(slot, plain, size as u32);
        let address = self.address(place);
        let first = self.b().load(bits, address, 0, flags);
        let (head, done) = (self.later_block(), self.later_block());
        let expected = self.func.append_param(head, bits);
        self.b().jump(head, &[first]);
        self.enter(head);
        // Through memory: the object may be a float, a complex or a `_Bool`.
        let held_address = self.address(&held);
        self.b().store(expected, held_address, 0, MemFlags::aligned(size as u32));
        let old = self.load(&held);
        let new = self.apply(op, old, plain, computation, value, value_ty);
        self.store(&held, new);
        let held_address = self.address(&held);
        let new_bits = self.b().load(bits, held_address, 0, MemFlags::aligned(size as u32));
        let cas = flags.with_failure_ordering(Ordering::SeqCst);
        let (seen, ok) = self.b().atomic_cas(address, expected, new_bits, cas);
        self.b().branch(ok, done, &[], head, &[seen]);
        self.enter(done);
        if post { old } else { new }
    }

    fn zero_val(&mut self, ty: QualType) -> Val {
        match self.scalar_type(ty) {
            Some(ty) => Val::One(self.zero_of(ty)),
            None => Val::None,
        }
    }

    /// The atomic builtins; `None` if the builtin is no atomic one.
    pub(super) fn atomic_builtin(&mut self, node: Expr, builtin: Builtin, args: &[ExprId]) -> Option<Val> {
        use Builtin::*;
        Some(match builtin {
            SyncFetchAndAdd => self.fetch(args, AtomicOp::Add, false, true),
            SyncFetchAndSub => self.fetch(args, AtomicOp::Sub, false, true),
            SyncFetchAndOr => self.fetch(args, AtomicOp::Or, false, true),
            SyncFetchAndAnd => self.fetch(args, AtomicOp::And, false, true),
            SyncFetchAndXor => self.fetch(args, AtomicOp::Xor, false, true),
            SyncFetchAndNand => self.fetch(args, AtomicOp::Nand, false, true),
            SyncAddAndFetch => self.fetch(args, AtomicOp::Add, true, true),
            SyncSubAndFetch => self.fetch(args, AtomicOp::Sub, true, true),
            SyncOrAndFetch => self.fetch(args, AtomicOp::Or, true, true),
            SyncAndAndFetch => self.fetch(args, AtomicOp::And, true, true),
            SyncXorAndFetch => self.fetch(args, AtomicOp::Xor, true, true),
            SyncNandAndFetch => self.fetch(args, AtomicOp::Nand, true, true),
            SyncLockTestAndSet => self.fetch(args, AtomicOp::Xchg, false, true),
            AtomicAddFetch => self.fetch(args, AtomicOp::Add, true, false),
            AtomicSubFetch => self.fetch(args, AtomicOp::Sub, true, false),
            AtomicAndFetch => self.fetch(args, AtomicOp::And, true, false),
            AtomicXorFetch => self.fetch(args, AtomicOp::Xor, true, false),
            AtomicOrFetch => self.fetch(args, AtomicOp::Or, true, false),
            AtomicNandFetch => self.fetch(args, AtomicOp::Nand, true, false),
            AtomicFetchAdd => self.fetch(args, AtomicOp::Add, false, false),
            AtomicFetchSub => self.fetch(args, AtomicOp::Sub, false, false),
            AtomicFetchAnd => self.fetch(args, AtomicOp::And, false, false),
            AtomicFetchXor => self.fetch(args, AtomicOp::Xor, false, false),
            AtomicFetchOr => self.fetch(args, AtomicOp::Or, false, false),
            AtomicFetchNand => self.fetch(args, AtomicOp::Nand, false, false),
            AtomicExchangeN => self.fetch(args, AtomicOp::Xchg, false, false),
            AtomicExchange => self.exchange(args),
            AtomicLoadN => self.load_n(args),
            AtomicLoad => self.generic_load(args),
            AtomicStoreN => self.store_n(args),
            AtomicStore => self.generic_store(args),
            AtomicCompareExchangeN | AtomicCompareExchange => {
                self.compare_exchange(node, args, builtin == AtomicCompareExchangeN)
            }
            SyncBoolCompareAndSwap | SyncValCompareAndSwap => {
                self.sync_compare(node, args, builtin == SyncBoolCompareAndSwap)
            }
            SyncLockRelease => self.release(args),
            AtomicTestAndSet => {
                let address = self.scalar(args[0]);
                let order = self.order(args.get(1));
                let one = self.b().iconst(Type::I8, 1);
                let flags = MemFlags::aligned(1).with_ordering(order);
                let old = self.b().atomic_rmw(AtomicOp::Xchg, address, one, flags);
                Val::One(self.b().icmp_imm(IntCond::Ne, old, 0))
            }
            AtomicClear => {
                let address = self.scalar(args[0]);
                let order = self.order(args.get(1));
                let zero = self.b().iconst(Type::I8, 0);
                self.b().store(zero, address, 0, MemFlags::aligned(1).with_ordering(order));
                Val::None
            }
            SyncSynchronize => {
                self.b().fence(Ordering::SeqCst);
                Val::None
            }
            AtomicThreadFence | AtomicSignalFence => {
                let order = self.order(args.first());
                if order != Ordering::Relaxed {
                    let opcode =
                        if builtin == AtomicThreadFence { Opcode::Fence } else { Opcode::CompilerFence };
                    self.b().inst(InstData::fence(opcode, order));
                }
                Val::None
            }
            AtomicAlwaysLockFree | AtomicIsLockFree => self.lock_free_answer(node, args),
            _ => return None,
        })
    }

    fn order(&mut self, arg: Option<&ExprId>) -> Ordering {
        match arg {
            Some(id) => ordering(self.body.int_constant(*id, true)),
            None => Ordering::SeqCst,
        }
    }

    /// The type that a pointer argument points to.
    fn pointee(&self, pointer: ExprId) -> QualType {
        self.unit.types.pointee(self.body.expr(pointer).ty).unwrap_or(QualType::INT)
    }

    fn memory_flags(&self, ty: QualType, order: Ordering) -> MemFlags {
        let size = size_of(self.unit, ty).clamp(1, 16) as u32;
        let flags = MemFlags::aligned(size.next_power_of_two()).with_ordering(order);
        if ty.is_volatile() { flags.volatile() } else { flags }
    }

    fn fetch(&mut self, args: &[ExprId], op: AtomicOp, new: bool, legacy: bool) -> Val {
        let ty = self.pointee(args[0]);
        let address = self.scalar(args[0]);
        let operand = self.scalar(args[1]);
        let order = match (legacy, op) {
            (true, AtomicOp::Xchg) => Ordering::Acquire,
            (true, _) => Ordering::SeqCst,
            (false, _) => self.order(args.get(2)),
        };
        if !self.is_lock_free(ty) {
            self.unsupported("an atomic operation on an object of this size");
            return self.zero_val(ty);
        }
        let flags = self.memory_flags(ty, order);
        let old = self.b().atomic_rmw(op, address, operand, flags);
        Val::One(if new { self.combine(op, old, operand) } else { old })
    }

    /// The object behind a pointer, as bits: an integer of its size if that is lock-free.
    fn bits_of(&self, ty: QualType) -> Option<Type> {
        let size = size_of(self.unit, ty);
        Self::int_of_bytes(size).filter(|_| size <= 8)
    }

    fn load_n(&mut self, args: &[ExprId]) -> Val {
        let ty = self.pointee(args[0]);
        let address = self.scalar(args[0]);
        let order = self.order(args.get(1));
        let flags = self.memory_flags(ty, order);
        let Some(scalar) = self.scalar_type(ty).filter(|_| self.is_lock_free(ty)) else {
            let place = self.library_load(address, ty, order);
            return self.load(&place);
        };
        Val::One(self.b().load(scalar, address, 0, flags))
    }

    fn library_load(&mut self, address: Value, ty: QualType, order: Ordering) -> Place {
        let plain = ty.unqualified();
        let slot = self.temporary_for(plain);
        let copy = Place::slot(slot, plain, align_of(self.unit, plain));
        let to = self.address(&copy);
        self.library_call_on_memory("__atomic_load", ty, &[address, to], order);
        copy
    }

    fn library_call_on_memory(&mut self, name: &str, ty: QualType, pointers: &[Value], order: Ordering) {
        let word = self.word();
        let size = size_of(self.unit, ty) as i64;
        let size = self.b().iconst(word, size);
        let number = order as i64 - 1;
        let number = if number == 0 { 0 } else { number + 1 };
        let order = self.b().iconst(Type::I32, number);
        let mut args = vec![size];
        args.extend_from_slice(pointers);
        args.push(order);
        let mut types = vec![word];
        types.extend(pointers.iter().map(|_| Type::PTR));
        types.push(Type::I32);
        self.call_named(name, Signature::new(&types, &[]), &args);
    }

    fn store_n(&mut self, args: &[ExprId]) -> Val {
        let ty = self.pointee(args[0]);
        let address = self.scalar(args[0]);
        let value = self.value(args[1]);
        let order = self.order(args.get(2));
        let flags = self.memory_flags(ty, order);
        match value {
            Val::One(value) if self.is_lock_free(ty) => {
                self.b().store(value, address, 0, flags);
            }
            value => {
                let from = self.in_memory(value, ty);
                self.library_call_on_memory("__atomic_store", ty, &[address, from], order);
            }
        }
        Val::None
    }

    fn generic_load(&mut self, args: &[ExprId]) -> Val {
        let ty = self.pointee(args[0]);
        let address = self.scalar(args[0]);
        let to = self.scalar(args[1]);
        let order = self.order(args.get(2));
        match self.bits_of(ty) {
            Some(bits) => {
                let flags = self.memory_flags(ty, order);
                let value = self.b().load(bits, address, 0, flags);
                let plain = self.plain_flags(ty);
                self.b().store(value, to, 0, plain);
            }
            None => self.library_call_on_memory("__atomic_load", ty, &[address, to], order),
        }
        Val::None
    }

    fn generic_store(&mut self, args: &[ExprId]) -> Val {
        let ty = self.pointee(args[0]);
        let address = self.scalar(args[0]);
        let from = self.scalar(args[1]);
        let order = self.order(args.get(2));
        match self.bits_of(ty) {
            Some(bits) => {
                let plain = self.plain_flags(ty);
                let value = self.b().load(bits, from, 0, plain);
                let flags = self.memory_flags(ty, order);
                self.b().store(value, address, 0, flags);
            }
            None => self.library_call_on_memory("__atomic_store", ty, &[address, from], order),
        }
        Val::None
    }

    fn exchange(&mut self, args: &[ExprId]) -> Val {
        let ty = self.pointee(args[0]);
        let address = self.scalar(args[0]);
        let from = self.scalar(args[1]);
        let to = self.scalar(args[2]);
        let order = self.order(args.get(3));
        match self.bits_of(ty) {
            Some(bits) => {
                let plain = self.plain_flags(ty);
                let value = self.b().load(bits, from, 0, plain);
                let flags = self.memory_flags(ty, order);
                let old = self.b().atomic_rmw(AtomicOp::Xchg, address, value, flags);
                self.b().store(old, to, 0, plain);
            }
            None => self.library_call_on_memory("__atomic_exchange", ty, &[address, from, to], order),
        }
        Val::None
    }

    fn compare_exchange(&mut self, node: Expr, args: &[ExprId], by_value: bool) -> Val {
        let ty = self.pointee(args[0]);
        let address = self.scalar(args[0]);
        let expected_at = self.scalar(args[1]);
        let desired = self.scalar(args[2]);
        let weak = self.body.int_constant(args[3], true).is_some_and(|n| n != 0);
        let success = self.order(args.get(4));
        let failure = self.order(args.get(5));
        let result = self.scalar_type(node.ty).unwrap_or(Type::I8);
        let Some(bits) = self.bits_of(ty) else {
            return self.library_compare_exchange(ty, [address, expected_at, desired], by_value, result);
        };
        let flags = self.memory_flags(ty, success).with_failure_ordering(failure);
        let flags = if weak { flags.weak() } else { flags };
        let plain = self.plain_flags(ty);
        let desired =
            if by_value { self.as_bits(desired, bits) } else { self.b().load(bits, desired, 0, plain) };
        let expected = self.b().load(bits, expected_at, 0, plain);
        let (old, ok) = self.b().atomic_cas(address, expected, desired, flags);
        let (failed, done) = (self.later_block(), self.later_block());
        self.b().branch(ok, done, &[], failed, &[]);
        self.enter(failed);
        self.b().store(old, expected_at, 0, plain);
        self.jump_to(done);
        self.enter(done);
        Val::One(self.resize(ok, result, false))
    }

    fn library_compare_exchange(
        &mut self,
        ty: QualType,
        [address, expected, desired]: [Value; 3],
        by_value: bool,
        result: Type,
    ) -> Val {
        let desired = if by_value { self.in_memory(Val::One(desired), ty) } else { desired };
        let word = self.word();
        let size = size_of(self.unit, ty) as i64;
        let size = self.b().iconst(word, size);
        let order = self.b().iconst(Type::I32, 5);
        let types = [word, Type::PTR, Type::PTR, Type::PTR, Type::I32, Type::I32];
        let signature = Signature::new(&types, &[Type::I8]);
        let args = [size, address, expected, desired, order, order];
        match self.call_named("__atomic_compare_exchange", signature, &args) {
            Some(flag) => Val::One(self.resize(flag, result, false)),
            None => Val::None,
        }
    }

    /// A scalar as an integer of the same size.
    fn as_bits(&mut self, value: Value, bits: Type) -> Value {
        let ty = self.func.ty(value);
        if ty.is_ptr() {
            return self.b().ptr_to_int(bits, value);
        }
        self.bits_as(value, bits)
    }

    fn sync_compare(&mut self, node: Expr, args: &[ExprId], want_flag: bool) -> Val {
        let ty = self.pointee(args[0]);
        let address = self.scalar(args[0]);
        let expected = self.scalar(args[1]);
        let desired = self.scalar(args[2]);
        if !self.is_lock_free(ty) {
            self.unsupported("an atomic operation on an object of this size");
            return self.zero_val(ty);
        }
        let flags = self.memory_flags(ty, Ordering::SeqCst).with_failure_ordering(Ordering::SeqCst);
        let (old, ok) = self.b().atomic_cas(address, expected, desired, flags);
        if !want_flag {
            return Val::One(old);
        }
        let result = self.scalar_type(node.ty).unwrap_or(Type::I8);
        Val::One(self.resize(ok, result, false))
    }

    fn release(&mut self, args: &[ExprId]) -> Val {
        let ty = self.pointee(args[0]);
        let address = self.scalar(args[0]);
        let scalar = self.scalar_type(ty).unwrap_or(Type::I32);
        let zero = self.zero_of(scalar);
        let flags = self.memory_flags(ty, Ordering::Release);
        self.b().store(zero, address, 0, flags);
        Val::None
    }

    fn lock_free_answer(&mut self, node: Expr, args: &[ExprId]) -> Val {
        let size = self.body.int_constant(args[0], false);
        let ty = self.scalar_type(node.ty).unwrap_or(Type::I8);
        let free = matches!(size, Some(1 | 2 | 4 | 8));
        Val::One(self.b().iconst(ty, i64::from(free)))
    }
}

//! Running one instruction.
//!
//! [`Interpreter::step`] dispatches on the opcode's format. Results are stored under the resolved
//! value ids; terminators move the frame's block and position.

use crate::error::{ErrorKind, Stop, fault};
use crate::float_ops;
use crate::int_ops;
use crate::machine::{Argument, Frame, Interpreter};
use crate::memory::ObjectKind;
use crate::value::{Val, mask, signed};
use lathe_ir::instruction::{IN_BOUNDS, InstData, NO_INF, NO_NAN};
use lathe_ir::opcode::Flags;
use lathe_ir::*;

/// What a step gives: the results of the function when it returned.
type Step = Result<Option<Vec<Val>>, Stop>;

fn broken<T>(message: impl Into<String>) -> Result<T, Stop> {
    fault(ErrorKind::BrokenPromise, message)
}

impl<'m> Interpreter<'m> {
    pub(crate) fn frame(&self) -> &Frame<'m> {
        self.frames.last().expect("a step runs inside a frame")
    }

    pub(crate) fn frame_mut(&mut self) -> &mut Frame<'m> {
        self.frames.last_mut().expect("a step runs inside a frame")
    }

    pub(crate) fn value(&self, value: Value) -> &Val {
        let frame = self.frame();
        &frame.values[frame.func.resolve(value).index()]
    }

    fn bits(&self, value: Value) -> u128 {
        self.value(value).bits()
    }

    fn address(&self, value: Value) -> u64 {
        self.bits(value) as u64
    }

    fn set(&mut self, value: Value, result: Val) {
        self.frame_mut().values[value.index()] = result;
    }

    pub(crate) fn width(&self, ty: Type) -> u32 {
        ty.lane_bits(8 * self.module.target.layout.pointer.size)
    }

    pub(crate) fn pointer_bytes(&self) -> u32 {
        self.module.target.layout.pointer.size
    }

    fn address_mask(&self) -> u64 {
        mask(8 * self.pointer_bytes()) as u64
    }

    /// Runs the next instruction of the innermost frame.
    pub(crate) fn step(&mut self) -> Step {
        let frame = self.frame_mut();
        let func = frame.func;
        let Some(inst) = func.blocks[frame.block].insts.get(frame.at).copied() else {
            return broken("a block without terminator");
        };
        frame.at += 1;
        let data = func.inst(inst);
        if data.opcode().is_terminator() {
            return self.terminator(inst, data);
        }
        if data.opcode().is_call() {
            self.call_inst(inst, data)?;
            return Ok(None);
        }
        let first = func.result(inst);
        match data.opcode().info().result {
            opcode::ResultRule::None => self.effect(func, data)?,
            opcode::ResultRule::SameAndFlag => {
                let (value, flag) = self.flagged(data)?;
                if let Some(first) = first {
                    self.set(first, Val::Scalar(value));
                    self.set(Value(first.0 + 1), Val::Scalar(flag.into()));
                }
            }
            _ => {
                let result = self.evaluate(func, inst, data)?;
                if let Some(first) = first {
                    self.set(first, result);
                }
            }
        }
        Ok(None)
    }

    /// Instructions with one result.
    fn evaluate(&mut self, func: &'m Function, inst: Inst, data: &InstData) -> Result<Val, Stop> {
        let (opcode, ty) = (data.opcode(), data.ty());
        let args = func.args(inst);
        let width = self.width(ty);
        match opcode.format() {
            Format::IntConst => Ok(Val::Scalar(data.imm() as i128 as u128 & mask(width))),
            Format::FloatConst => Ok(Val::Scalar(data.imm() as u64 as u128 & mask(width))),
            Format::PoolConst => Ok(self.constant(ty, &func.constants[data.constant()])),
            Format::SymbolAddr => {
                let address = self.symbol_address(data.symbol())?;
                Ok(self.ptr(address.wrapping_add(data.imm() as u64)))
            }
            Format::SlotAddr => {
                let base = self.frame().slots[data.stack_slot().index()];
                Ok(self.ptr(base.wrapping_add(data.imm() as u64)))
            }
            Format::BlockAddr => {
                let id = self.frame().id;
                Ok(self.ptr(self.memory.block_address(id.0, data.block().0)))
            }
            Format::Nullary => self.nullary(opcode, ty),
            Format::Unary => self.unary(data, args[0]),
            Format::Convert => self.convert(data, func.ty(args[0]), self.value(args[0])),
            Format::Binary => self.binary(data, args[0], args[1]),
            Format::BinaryImm => {
                let imm = data.imm() as i128 as u128 & mask(width);
                match int_ops::binary(opcode, width, data.aux(), self.bits(args[0]), imm) {
                    Ok(result) => Ok(Val::Scalar(result)),
                    Err(message) => broken(message),
                }
            }
            Format::Ternary => self.fma(data, args),
            Format::Select => Ok(self.select(args)),
            Format::IntCompare => {
                Ok(self.compare(ty, args[0], args[1], |a, b| int_ops::compare(data.int_cond(), width, a, b)))
            }
            Format::IntCompareImm => {
                let imm = data.imm() as i128 as u128 & mask(width);
                let holds = int_ops::compare(data.int_cond(), width, self.bits(args[0]), imm);
                Ok(Val::Scalar(holds.into()))
            }
            Format::FloatCompare => {
                let lane = ty.lane();
                let cond = data.float_cond();
                Ok(self.compare(ty, args[0], args[1], |a, b| float_ops::compare(cond, lane, a, b)))
            }
            Format::PtrAdd => self.ptr_add(data, args[0], self.bits(args[1])),
            Format::PtrAddImm => self.ptr_add(data, args[0], data.imm() as u128),
            Format::Load if opcode == Opcode::VaArg => self.va_arg(ty, self.address(args[0])),
            Format::Load => {
                let address = self.address(args[0]).wrapping_add(data.offset() as u64) & self.address_mask();
                self.check_align("load", address, data.mem_flags())?;
                self.load(ty, address)
            }
            Format::AtomicRmw => self.atomic_rmw(data, args),
            Format::StackAlloc => {
                let size = self.bits(args[0]) as u64;
                let address = self.memory.push_stack(ObjectKind::Dynamic, size, data.alloc_align().into())?;
                Ok(self.ptr(address))
            }
            Format::Depth => self.frame_place(data),
            Format::Shuffle => Ok(self.shuffle(data, args, &func.constants[data.constant()])),
            Format::ExtractLane => {
                let number = match opcode {
                    Opcode::ExtractLane => data.lane(),
                    _ => self.bits(args[1]) as u32 % ty.lanes(),
                };
                Ok(Val::Scalar(self.value(args[0]).lanes()[number as usize]))
            }
            Format::InsertLane => {
                let number = match opcode {
                    Opcode::InsertLane => data.lane(),
                    _ => self.bits(args[2]) as u32 % ty.lanes(),
                };
                let mut lanes = self.value(args[0]).lanes().to_vec();
                lanes[number as usize] = self.bits(args[1]);
                Ok(Val::from_lanes(lanes))
            }
            Format::LandingPad => broken("a landing pad is reached without an exception"),
            Format::Asm => fault(ErrorKind::Unsupported, "the interpreter does not run inline assembly"),
            other => fault(ErrorKind::Unsupported, format!("the interpreter has no {other:?} with a result")),
        }
    }

    fn ptr(&self, address: u64) -> Val {
        Val::Scalar((address & self.address_mask()).into())
    }

    fn constant(&self, ty: Type, bytes: &[u8]) -> Val {
        let lane_bytes = (self.width(ty) / 8) as usize;
        let lanes = bytes.chunks(lane_bytes.max(1)).take(ty.lanes() as usize).map(little_endian);
        Val::from_lanes(lanes.collect())
    }

    fn nullary(&mut self, opcode: Opcode, ty: Type) -> Result<Val, Stop> {
        match opcode {
            Opcode::StackSave => Ok(self.ptr(self.memory.stack_address())),
            Opcode::ThreadPointer => {
                let address = self.host.thread_pointer(&mut self.memory)?;
                Ok(self.ptr(address))
            }
            _ => Ok(Val::zero(ty)),
        }
    }

    fn unary(&self, data: &InstData, arg: Value) -> Result<Val, Stop> {
        let (opcode, ty) = (data.opcode(), data.ty());
        let (lane, width) = (ty.lane(), self.width(ty));
        let arg = self.value(arg);
        if opcode == Opcode::LaneMask {
            let tops = arg.lanes().iter().enumerate().map(|(i, l)| (l >> (width - 1) & 1) << i);
            return Ok(Val::Scalar(tops.sum::<u128>() & mask(32)));
        }
        let one = |a: u128| {
            if lane.is_float() {
                let result = float_ops::unary(opcode, lane, a);
                self.check_fast_math(data, lane, &[a, result])?;
                Ok(result)
            } else {
                int_ops::unary(opcode, width, data.aux(), a).or_else(broken)
            }
        };
        match arg {
            Val::Scalar(a) => Ok(Val::Scalar(one(*a)?)),
            Val::Vector(lanes) => {
                Ok(Val::from_lanes(lanes.iter().map(|a| one(*a)).collect::<Result<_, Stop>>()?))
            }
        }
    }

    fn binary(&self, data: &InstData, a: Value, b: Value) -> Result<Val, Stop> {
        let (opcode, ty) = (data.opcode(), data.ty());
        let (lane, width) = (ty.lane(), self.width(ty));
        let one = |a: u128, b: u128| {
            if lane.is_float() {
                let result = float_ops::binary(opcode, lane, a, b);
                self.check_fast_math(data, lane, &[a, b, result])?;
                Ok(result)
            } else {
                int_ops::binary(opcode, width, data.aux(), a, b).or_else(broken)
            }
        };
        match (self.value(a), self.value(b)) {
            (Val::Scalar(a), Val::Scalar(b)) => Ok(Val::Scalar(one(*a, *b)?)),
            (a, b) => {
                let pairs = a.lanes().iter().zip(b.lanes());
                Ok(Val::from_lanes(pairs.map(|(a, b)| one(*a, *b)).collect::<Result<_, Stop>>()?))
            }
        }
    }

    fn check_fast_math(&self, data: &InstData, lane: Type, values: &[u128]) -> Result<(), Stop> {
        if !data.opcode().flags().has(Flags::FAST_MATH) || data.aux() & (NO_NAN | NO_INF) == 0 {
            return Ok(());
        }
        if data.aux() & NO_NAN != 0 && values.iter().any(|v| float_ops::is_nan(lane, *v)) {
            return broken("a NaN under 'no_nan'");
        }
        if data.aux() & NO_INF != 0 && values.iter().any(|v| float_ops::is_infinite(lane, *v)) {
            return broken("an infinity under 'no_inf'");
        }
        Ok(())
    }

    fn fma(&self, data: &InstData, args: &[Value]) -> Result<Val, Stop> {
        let lane = data.ty().lane();
        let [a, b, c] = [0, 1, 2].map(|i| self.value(args[i]).lanes());
        let mut lanes = Vec::with_capacity(a.len());
        for ((a, b), c) in a.iter().zip(b).zip(c) {
            let result = float_ops::fma(lane, *a, *b, *c);
            self.check_fast_math(data, lane, &[*a, *b, *c, result])?;
            lanes.push(result);
        }
        Ok(Val::from_lanes(lanes))
    }

    fn select(&self, args: &[Value]) -> Val {
        let [cond, then, other] = [0, 1, 2].map(|i| self.value(args[i]));
        match cond {
            Val::Scalar(bits) => {
                if *bits != 0 {
                    then.clone()
                } else {
                    other.clone()
                }
            }
            Val::Vector(conditions) => {
                let pairs = then.lanes().iter().zip(other.lanes());
                let lanes = conditions.iter().zip(pairs).map(|(c, (a, b))| if *c != 0 { *a } else { *b });
                Val::from_lanes(lanes.collect())
            }
        }
    }

    fn compare(&self, ty: Type, a: Value, b: Value, holds: impl Fn(u128, u128) -> bool) -> Val {
        match (self.value(a), self.value(b)) {
            (Val::Scalar(a), Val::Scalar(b)) => Val::Scalar(holds(*a, *b).into()),
            (a, b) => {
                let ones = mask(self.width(Function::bool_type(ty)));
                let pairs = a.lanes().iter().zip(b.lanes());
                Val::from_lanes(pairs.map(|(a, b)| if holds(*a, *b) { ones } else { 0 }).collect())
            }
        }
    }

    fn convert(&self, data: &InstData, from: Type, arg: &Val) -> Result<Val, Stop> {
        let (opcode, to) = (data.opcode(), data.ty());
        let (from_width, to_width) = (self.width(from), self.width(to));
        let (from_lane, to_lane) = (from.lane(), to.lane());
        let one = |a: u128| match opcode {
            Opcode::Sext => signed(a, from_width) as u128 & mask(to_width),
            Opcode::Fpext | Opcode::Fptrunc => float_ops::convert(from_lane, to_lane, a),
            Opcode::Sitofp => float_ops::from_int(to_lane, a, from_width, true),
            Opcode::Uitofp => float_ops::from_int(to_lane, a, from_width, false),
            Opcode::Fptosi | Opcode::FptosiSat => float_ops::to_int(from_lane, a, to_width, true),
            Opcode::Fptoui | Opcode::FptouiSat => float_ops::to_int(from_lane, a, to_width, false),
            _ => a & mask(to_width),
        };
        match opcode {
            Opcode::Splat => Ok(Val::Vector(vec![arg.bits(); to.lanes() as usize].into())),
            Opcode::Bitcast => {
                let from_bytes = (from_width / 8) as usize;
                let bytes: Vec<u8> =
                    arg.lanes().iter().flat_map(|l| l.to_le_bytes()[..from_bytes].to_vec()).collect();
                Ok(self.constant(to, &bytes))
            }
            _ => Ok(match arg {
                Val::Scalar(a) => Val::Scalar(one(*a)),
                Val::Vector(lanes) => Val::from_lanes(lanes.iter().map(|a| one(*a)).collect()),
            }),
        }
    }

    fn ptr_add(&self, data: &InstData, base: Value, bytes: u128) -> Result<Val, Stop> {
        let base = self.address(base);
        let result = base.wrapping_add(bytes as u64) & self.address_mask();
        if data.aux() & IN_BOUNDS != 0 && result != base && !self.memory.same_object(base, result) {
            let from = self.memory.describe(base);
            let to = signed(bytes, 64);
            return broken(format!("'inbounds' address leaves its object: {from}, moved by {to}"));
        }
        Ok(Val::Scalar(result.into()))
    }

    fn check_align(&self, what: &str, address: u64, flags: MemFlags) -> Result<(), Stop> {
        if address & (u64::from(flags.align()) - 1) == 0 {
            return Ok(());
        }
        let place = self.memory.describe(address);
        broken(format!("{what} at {address:#x} is not aligned to {} bytes: {place}", flags.align()))
    }

    /// Bytes of a lane in memory.
    fn lane_bytes(&self, ty: Type) -> u32 {
        self.width(ty) / 8
    }

    pub(crate) fn load(&self, ty: Type, address: u64) -> Result<Val, Stop> {
        let size = self.lane_bytes(ty);
        if !ty.is_vector() {
            return Ok(Val::Scalar(self.memory.load(address, size)?));
        }
        let stride = ty.lane().bytes(&self.module.target.layout) as usize;
        let bytes = self.memory.bytes(address, u64::from(ty.bytes(&self.module.target.layout)))?;
        let lanes = bytes.chunks(stride).map(|lane| little_endian(&lane[..size as usize]));
        Ok(Val::from_lanes(lanes.collect()))
    }

    fn store(&mut self, ty: Type, address: u64, value: &Val) -> Result<(), Stop> {
        let size = self.lane_bytes(ty);
        match value {
            Val::Scalar(bits) => self.memory.store(address, size, *bits),
            Val::Vector(lanes) => {
                let stride = u64::from(ty.lane().bytes(&self.module.target.layout));
                // The whole vector must be there before any lane is written.
                self.memory.bytes_mut(address, stride * lanes.len() as u64)?;
                for (i, lane) in lanes.iter().enumerate() {
                    self.memory.store(address + stride * i as u64, size, *lane)?;
                }
                Ok(())
            }
        }
    }

    fn shuffle(&self, data: &InstData, args: &[Value], mask: &[u8]) -> Val {
        let count = data.ty().lanes() as usize;
        let (a, b) = (self.value(args[0]).lanes(), self.value(args[1]).lanes());
        let pick = |n: &u8| match usize::from(*n) {
            n if n < count => a[n],
            n if n < 2 * count => b[n - count],
            _ => 0,
        };
        Val::from_lanes(mask.iter().map(pick).collect())
    }

    fn frame_place(&self, data: &InstData) -> Result<Val, Stop> {
        let depth = data.frame_depth() as usize;
        let frame = self.frames.len().checked_sub(depth + 1);
        let address = match (data.opcode(), frame) {
            (Opcode::FrameAddress, Some(i)) => self.frames[i].slots.first().copied().unwrap_or(16),
            (_, Some(i)) if i > 0 => self.memory.code_address(self.frames[i - 1].func.symbol) + 1,
            _ => 0,
        };
        Ok(self.ptr(address))
    }

    /// Instructions with a value and a flag.
    fn flagged(&mut self, data: &InstData) -> Result<(u128, bool), Stop> {
        let width = self.width(data.ty());
        let args = data.inline_args();
        match data.opcode().format() {
            Format::AtomicCas => self.atomic_cas(data),
            Format::BinaryCarry => {
                let [a, b, carry] = [0, 1, 2].map(|i| self.bits(args[i]));
                Ok(int_ops::carrying(data.opcode(), width, a, b, carry))
            }
            _ => Ok(int_ops::overflowing(data.opcode(), width, self.bits(args[0]), self.bits(args[1]))),
        }
    }

    fn atomic_cas(&mut self, data: &InstData) -> Result<(u128, bool), Stop> {
        let args = data.inline_args();
        let address = self.address(args[0]);
        self.check_align("atomic access", address, data.mem_flags())?;
        let size = self.lane_bytes(data.ty());
        let old = self.memory.load(address, size)?;
        let equal = old == self.bits(args[1]);
        if equal {
            let new = self.bits(args[2]);
            self.memory.store(address, size, new)?;
        }
        Ok((old, equal))
    }

    fn atomic_rmw(&mut self, data: &InstData, args: &[Value]) -> Result<Val, Stop> {
        let (address, value) = (self.address(args[0]), self.bits(args[1]));
        self.check_align("atomic access", address, data.mem_flags())?;
        let (size, width) = (self.lane_bytes(data.ty()), self.width(data.ty()));
        let old = self.memory.load(address, size)?;
        let simple = |op| int_ops::binary(op, width, 0, old, value).or_else(broken);
        let new = match data.atomic_op() {
            AtomicOp::Xchg => value,
            AtomicOp::Add => simple(Opcode::Iadd)?,
            AtomicOp::Sub => simple(Opcode::Isub)?,
            AtomicOp::And => old & value,
            AtomicOp::Nand => !(old & value) & mask(width),
            AtomicOp::Or => old | value,
            AtomicOp::Xor => old ^ value,
            AtomicOp::Smin => simple(Opcode::Smin)?,
            AtomicOp::Smax => simple(Opcode::Smax)?,
            AtomicOp::Umin => simple(Opcode::Umin)?,
            AtomicOp::Umax => simple(Opcode::Umax)?,
        };
        self.memory.store(address, size, new)?;
        Ok(Val::Scalar(old))
    }

    /// Instructions without result that go on to the next one.
    fn effect(&mut self, func: &'m Function, data: &InstData) -> Result<(), Stop> {
        let args = data.inline_args();
        match data.opcode() {
            Opcode::Store => {
                let address = self.address(args[1]).wrapping_add(data.offset() as u64) & self.address_mask();
                self.check_align("store", address, data.mem_flags())?;
                let value = self.value(args[0]).clone();
                self.store(data.ty(), address, &value)
            }
            Opcode::Memcpy | Opcode::Memmove | Opcode::Memset => self.memory_block(data, args),
            Opcode::StackRestore => {
                let (address, mark) = (self.address(args[0]), self.frame().mark);
                self.memory.restore_stack(address, mark);
                Ok(())
            }
            Opcode::LifetimeStart | Opcode::LifetimeEnd => {
                let address = self.frame().slots[data.stack_slot().index()];
                self.memory.set_slot_alive(address, data.opcode() == Opcode::LifetimeStart);
                Ok(())
            }
            Opcode::VaStart => self.va_start(self.address(args[0])),
            Opcode::VaEnd => Ok(()),
            Opcode::VaCopy => {
                let (to, from) = (self.address(args[0]), self.address(args[1]));
                self.memory.copy(to, from, self.pointer_bytes().into())
            }
            Opcode::VaArgAggregate => {
                let (list, to) = (self.address(args[0]), self.address(args[1]));
                self.va_arg_aggregate(data.aggregate(), list, to)
            }
            Opcode::TrapIf if self.bits(args[0]) != 0 => {
                fault(ErrorKind::Trap(data.trap_code()), format!("trap: {}", data.trap_code()))
            }
            Opcode::Asm => fault(ErrorKind::Unsupported, "the interpreter does not run inline assembly"),
            Opcode::TrapIf
            | Opcode::Fence
            | Opcode::CompilerFence
            | Opcode::Prefetch
            | Opcode::DebugValue
            | Opcode::DebugSlot => Ok(()),
            other => {
                debug_assert!(!func.layout.is_empty());
                fault(ErrorKind::Unsupported, format!("the interpreter has no {other}"))
            }
        }
    }

    fn memory_block(&mut self, data: &InstData, args: &[Value]) -> Result<(), Stop> {
        let (to, size) = (self.address(args[0]), self.address(args[2]));
        if size == 0 {
            return Ok(());
        }
        self.check_align(data.opcode().name(), to, data.mem_flags())?;
        if data.opcode() == Opcode::Memset {
            let byte = self.bits(args[1]) as u8;
            self.memory.bytes_mut(to, size)?.fill(byte);
            return Ok(());
        }
        let from = self.address(args[1]);
        self.check_align(data.opcode().name(), from, data.mem_flags())?;
        let overlaps = to != from && to.abs_diff(from) < size;
        if data.opcode() == Opcode::Memcpy && overlaps {
            return broken(format!("memcpy of {size} bytes between places that overlap"));
        }
        self.memory.copy(to, from, size)
    }

    fn terminator(&mut self, inst: Inst, data: &InstData) -> Step {
        let func = self.frame().func;
        let args = func.args(inst);
        match data.opcode() {
            Opcode::Jump | Opcode::Branch => {
                let [then, other] = data.direct_targets();
                let is_else = data.opcode() == Opcode::Branch && self.bits(args[0]) == 0;
                self.jump(func, if is_else { other } else { then })?;
            }
            Opcode::Switch => {
                let table = data.switch_table().map(|t| &func.switches[t]);
                let Some(table) = table else { return broken("a switch without cases") };
                let value = signed(self.bits(args[0]), self.width(data.ty()));
                let case = table.cases.iter().find(|(n, _)| *n == value).map(|(_, to)| *to);
                self.jump(func, case.or(table.targets.first().copied()))?;
            }
            Opcode::IndirectJump => {
                let address = self.address(args[0]);
                let id = self.frame().id;
                let targets = data.switch_table().map_or(&[][..], |t| &func.switches[t].targets);
                let found = targets
                    .iter()
                    .copied()
                    .find(|t| self.memory.block_address(id.0, func.block_calls[*t].block.0) == address);
                if found.is_none() {
                    return broken(format!("indirect_jump to {address:#x}, which is none of its blocks"));
                }
                self.jump(func, found)?;
            }
            Opcode::Return => return self.ret(func, args).map(Some),
            Opcode::TailCall | Opcode::TailCallIndirect => return self.tail_call(inst, data),
            Opcode::Invoke | Opcode::InvokeIndirect => self.call_inst(inst, data)?,
            Opcode::Resume => {
                let (exception, _) = (self.address(args[0]), args[1]);
                let type_info = self.host.thrown.get(&exception).copied().unwrap_or(0);
                return Err(Stop::Throw { exception, type_info });
            }
            Opcode::Trap => {
                return fault(ErrorKind::Trap(data.trap_code()), format!("trap: {}", data.trap_code()));
            }
            Opcode::Unreachable => return broken("'unreachable' is reached"),
            Opcode::AsmGoto => {
                return fault(ErrorKind::Unsupported, "the interpreter does not run inline assembly");
            }
            other => return fault(ErrorKind::Unsupported, format!("the interpreter has no {other}")),
        }
        Ok(None)
    }

    /// Goes to a target, passing its arguments.
    pub(crate) fn jump(&mut self, func: &'m Function, target: Option<BlockCall>) -> Result<(), Stop> {
        let Some(target) = target else { return broken("a branch without target") };
        let call = &func.block_calls[target];
        let params = &func.blocks[call.block].params;
        match call.args.len() {
            0 => {}
            1 => {
                let value = self.value(call.args[0]).clone();
                self.set(params[0], value);
            }
            _ => {
                // All arguments are read before any parameter is written.
                let values: Vec<Val> = call.args.iter().map(|a| self.value(*a).clone()).collect();
                for (param, value) in params.iter().zip(values) {
                    self.set(*param, value);
                }
            }
        }
        let frame = self.frame_mut();
        frame.block = call.block;
        frame.at = 0;
        Ok(())
    }

    fn ret(&mut self, func: &'m Function, args: &[Value]) -> Result<Vec<Val>, Stop> {
        if let Some(aggregate) = func.signature.returned_aggregate() {
            let size = self.module.aggregates[aggregate].size;
            let (to, from) = (self.frame().result_address, self.address(args[0]));
            self.memory.copy(to, from, size)?;
            return Ok(Vec::new());
        }
        Ok(args.iter().map(|a| self.value(*a).clone()).collect())
    }

    /// Callee, signature and argument values of a call.
    fn call_parts(
        &mut self,
        inst: Inst,
        data: &InstData,
    ) -> Result<(Option<Symbol>, &'m Signature, Vec<Val>), Stop> {
        let func = self.frame().func;
        let signature: &'m Signature = &func.signatures[data.signature()];
        let mut args: Vec<Val> = func.args(inst).iter().map(|a| self.value(*a).clone()).collect();
        let callee = match data.opcode().format() {
            Format::CallLib => None,
            Format::Call | Format::Invoke => Some(data.symbol()),
            _ => {
                let address = args.remove(0).bits() as u64;
                Some(self.function_at(address)?)
            }
        };
        Ok((callee, signature, args))
    }

    fn call_inst(&mut self, inst: Inst, data: &InstData) -> Result<(), Stop> {
        let (callee, signature, args) = self.call_parts(inst, data)?;
        let finished = match callee {
            Some(symbol) => self.begin_call(symbol, signature, args, Some(inst))?,
            None => {
                let name = data.libcall().name();
                let Some(function) = crate::host::find(name) else {
                    return fault(ErrorKind::Unsupported, format!("the interpreter has no {name}"));
                };
                Some(self.call_host(function, name, signature, args)?)
            }
        };
        match finished {
            Some(results) => self.finish_call(inst, results),
            None => Ok(()),
        }
    }

    fn tail_call(&mut self, inst: Inst, data: &InstData) -> Step {
        let (callee, signature, mut args) = self.call_parts(inst, data)?;
        let Some(callee) = callee else { return broken("a tail call without callee") };
        // The bytes of aggregates must outlive this frame: the callee copies them while both frames
        // are there, and this frame goes afterwards.
        if signature.returned_aggregate().is_some() && !args.is_empty() {
            args[0] = Val::int(self.frame().result_address.into());
        }
        let call = self.frame().call;
        match self.begin_call(callee, signature, args, call)? {
            Some(results) => Ok(Some(results)),
            None => {
                let new = self.frames.pop();
                let old = self.frames.pop();
                if let (Some(mut new), Some(old)) = (new, old) {
                    // The stack objects of the old frame live on under the new one.
                    new.mark = old.mark;
                    for slot in &old.slots {
                        self.memory.set_slot_alive(*slot, false);
                    }
                    for list in old.lists {
                        self.va_lists.remove(&list);
                    }
                    self.frames.push(new);
                }
                Ok(None)
            }
        }
    }

    /// Stores a call's results and, after an `invoke`, goes to the normal target.
    pub(crate) fn finish_call(&mut self, inst: Inst, results: Vec<Val>) -> Result<(), Stop> {
        let func = self.frame().func;
        let data = func.inst(inst);
        let values = func.results(inst);
        if values.len() > results.len() {
            return broken("the called function does not return the values that the call's signature names");
        }
        for (value, result) in values.zip(results) {
            self.set(value, result);
        }
        if matches!(data.opcode(), Opcode::Invoke | Opcode::InvokeIndirect) {
            let target = data.switch_table().and_then(|t| func.switches[t].targets.first().copied());
            self.jump(func, target)?;
        }
        Ok(())
    }

    /// A `va_list` is a number in its first word: a handle and the position.
    fn va_start(&mut self, list: u64) -> Result<(), Stop> {
        let handle = self.next_va_list;
        self.next_va_list += 1;
        let arguments = self.frame().variable_args.clone();
        self.frame_mut().lists.push(handle);
        self.va_lists.insert(handle, arguments);
        let size = self.pointer_bytes();
        self.memory.store(list, size, u128::from(handle << self.va_shift()))
    }

    fn va_shift(&self) -> u32 {
        if self.pointer_bytes() == 4 { 10 } else { 32 }
    }

    /// The next argument of a list.
    pub(crate) fn next_argument(&mut self, list: u64) -> Result<Argument, Stop> {
        let size = self.pointer_bytes();
        let word = self.memory.load(list, size)? as u64;
        let shift = self.va_shift();
        let (handle, index) = (word >> shift, word & mask(shift) as u64);
        let Some(arguments) = self.va_lists.get(&handle) else {
            return broken("a va_list that was not started, or whose function has returned");
        };
        let Some(argument) = arguments.get(index as usize).cloned() else {
            return broken("va_arg past the last argument");
        };
        self.memory.store(list, size, u128::from(word + 1))?;
        Ok(argument)
    }

    fn va_arg(&mut self, ty: Type, list: u64) -> Result<Val, Stop> {
        match self.next_argument(list)? {
            Argument::Value(found, value) => {
                let same_class = |t: Type| (self.width(t), t.is_float(), t.lanes());
                if same_class(found) == same_class(ty) {
                    return Ok(value);
                }
                broken(format!("va_arg reads {ty}, the argument is {found}"))
            }
            Argument::Aggregate(..) => broken(format!("va_arg reads {ty}, the argument is an aggregate")),
        }
    }

    fn va_arg_aggregate(&mut self, aggregate: Aggregate, list: u64, to: u64) -> Result<(), Stop> {
        let size = self.module.aggregates[aggregate].size;
        match self.next_argument(list)? {
            Argument::Aggregate(bytes) if bytes.len() as u64 == size => {
                self.memory.bytes_mut(to, size)?.copy_from_slice(&bytes);
                Ok(())
            }
            _ => broken("va_arg_aggregate reads an argument that is no aggregate of this size"),
        }
    }
}

fn little_endian(bytes: &[u8]) -> u128 {
    let mut buffer = [0; 16];
    let size = bytes.len().min(16);
    buffer[..size].copy_from_slice(&bytes[..size]);
    u128::from_le_bytes(buffer)
}

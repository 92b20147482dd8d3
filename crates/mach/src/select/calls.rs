//! Calls, function entry and return: moves between values and the places that the ABI engine gives.

use super::context::Selector;
use super::rules::CallTarget;
use crate::abi::{self, Assignment, Location, Part, Place};
use crate::error::CodegenError;
use crate::inst::{MachMem, MachOperand, SlotId, SlotKind, VReg, pseudo};
use lathe_ir::{
    Aggregate, Extension, Inst, LibCall, Opcode, ParamType, Signature, SignatureParam, SymbolDefinition,
    Type, Value,
};
use lathe_isa::PhysReg;
use smallvec::SmallVec;

type Operands = SmallVec<[MachOperand; 16]>;

fn at(mem: MachMem, offset: u32) -> MachMem {
    MachMem { displacement: mem.displacement.wrapping_add(offset as i32), ..mem }
}

impl Selector<'_> {
    // ----- entry -----

    /// Classifies the function's own signature and gives by-value aggregates their frame places.
    pub(super) fn prepare_entry(&mut self) {
        let func = self.func;
        let mut own = std::mem::take(&mut self.own);
        own.assign(self.abi, &self.module.aggregates, self.target, &func.signature);
        self.create_slots();
        let mut next = 0;
        for (param, location) in func.signature.params.iter().zip(&own.params) {
            let Some(value) = func.blocks[func.entry()].params.get(next).copied() else { break };
            next += self.values_of(param, value);
            let ParamType::Aggregate(aggregate) = param.ty else { continue };
            let data = &self.module.aggregates[aggregate];
            match *location {
                Location::Stack { offset, .. } => {
                    self.set_frame_value(value, SlotId::INCOMING, i64::from(offset));
                }
                Location::Parts { .. } | Location::Nothing => {
                    let size = data.size.next_multiple_of(16).max(8);
                    let slot = self.slot(SlotKind::Permanent, size, data.align.max(8));
                    self.set_frame_value(value, slot, 0);
                }
                Location::Reference { .. } | Location::HiddenPointer => {}
            }
        }
        self.out.func.needs.callee_pops = own.callee_pops;
        self.own = own;
        self.out.func.needs.returns_twice = func.attributes.calls_returns_twice;
        self.out.func.needs.naked = func.attributes.naked;
        self.out.func.needs.frame_pointer = func.attributes.frame_pointer;
    }

    /// How many IR values stand for a parameter: several for an integer that legalization has split.
    fn values_of(&self, param: &SignatureParam, first: Value) -> usize {
        Assignment::value_count(param.ty, self.func.ty(first))
    }

    /// The first group of the entry block.
    pub(super) fn select_entry(&mut self) {
        let func = self.func;
        let own = std::mem::take(&mut self.own);
        let mut entry: Vec<MachOperand> = Vec::new();
        let mut later: Vec<(Value, Part)> = Vec::new();
        let mut pieces: Vec<(VReg, SlotId, Part)> = Vec::new();
        let mut in_memory: Vec<(Value, u32)> = Vec::new();
        let mut split: Vec<(SlotId, u32, abi::Piece)> = Vec::new();
        let mut moved: Vec<(VReg, VReg, Type)> = Vec::new();
        let mut by_reference: Vec<(Value, VReg, Option<u32>)> = Vec::new();
        let mut next = 0;
        for (param, location) in func.signature.params.iter().zip(&own.params) {
            let Some(value) = func.blocks[func.entry()].params.get(next).copied() else { break };
            let first = next;
            next += self.values_of(param, value);
            let in_memory_here = self.lives_in_memory(func.ty(value));
            if let (true, Location::Parts { .. }) =
                (matches!(param.ty, ParamType::Aggregate(_)) || in_memory_here, location)
            {
                if self.use_count(value) == 0 {
                    continue;
                }
                let slot = if in_memory_here {
                    self.memory_value(value)
                } else {
                    let Some((slot, _)) = self.frame_address_of(value) else { continue };
                    slot
                };
                for part in own.parts_of(*location) {
                    match part.place {
                        Place::Register(register) => {
                            let temp = self.temp(part.piece.ty);
                            entry.push(MachOperand::FixedDef(temp.into(), register));
                            pieces.push((temp, slot, *part));
                        }
                        Place::Stack(offset) => split.push((slot, offset, part.piece)),
                    }
                }
                continue;
            }
            if let (true, Location::Reference { .. }) = (in_memory_here, location) {
                if let [Part { place, piece }] = *own.parts_of(*location) {
                    let address = self.temp(piece.ty);
                    match place {
                        Place::Register(register) => {
                            entry.push(MachOperand::FixedDef(address.into(), register));
                            by_reference.push((value, address, None));
                        }
                        Place::Stack(offset) => by_reference.push((value, address, Some(offset))),
                    }
                }
                continue;
            }
            if let (ParamType::Scalar(_), Location::Stack { offset, .. }) = (param.ty, *location) {
                in_memory.push((value, offset));
                continue;
            }
            for (i, part) in own.parts_of(*location).iter().enumerate() {
                let Some(value) = func.blocks[func.entry()].params.get(first + i).copied() else { break };
                if !self.is_needed(value) {
                    continue;
                }
                match part.place {
                    Place::Register(register) => {
                        let mut reg = self.reg(value);
                        if self.is_in_other_bank(reg, part.piece.bank) {
                            let from = self.temp(part.piece.ty);
                            moved.push((reg, from, func.ty(value)));
                            reg = from;
                        }
                        entry.push(MachOperand::FixedDef(reg.into(), register));
                    }
                    Place::Stack(_) => later.push((value, *part)),
                }
            }
        }
        if let (Some(reg), Some(Place::Register(register))) = (self.hidden_pointer, own.hidden_pointer) {
            entry.push(MachOperand::FixedDef(reg.into(), register));
        }
        let hidden_on_stack = match (self.hidden_pointer, own.hidden_pointer) {
            (Some(reg), Some(Place::Stack(offset))) => Some((reg, offset)),
            _ => None,
        };
        self.own = own;
        let rules = self.rules;
        let saves = if self.save_area.is_some() { rules.save_variadic(self, &mut entry) } else { Vec::new() };
        self.out.op(pseudo::ENTRY, &entry);
        rules.enter(self);
        if let Some((reg, offset)) = hidden_on_stack {
            rules.load(self, Type::PTR, reg, MachMem::slot(SlotId::INCOMING, offset as i32));
        }
        for (bank_register, reg, mem) in saves {
            let ty = if rules.register_class(Type::F64).is_some_and(|(bank, _)| self.bank_of(reg) == bank) {
                Type::F32.vector(4).unwrap_or(Type::F64)
            } else {
                Type::I64
            };
            let _: PhysReg = bank_register;
            rules.store(self, ty, reg, mem);
        }
        for (to, from, ty) in moved {
            rules.move_bits(self, ty, to, from);
        }
        for (reg, slot, part) in pieces {
            rules.store(self, part.piece.ty, reg, MachMem::slot(slot, part.piece.offset as i32));
        }
        for (slot, offset, piece) in split {
            let (to, from) = (MachMem::slot(slot, piece.offset as i32), SlotId::INCOMING);
            rules.copy_block(self, to, MachMem::slot(from, offset as i32), piece.bytes, false);
        }
        for (value, address, offset) in by_reference {
            if let Some(offset) = offset {
                rules.load(self, Type::PTR, address, MachMem::slot(SlotId::INCOMING, offset as i32));
            }
            let size = self.func.ty(value).bytes(&self.target.layout);
            let to = MachMem::slot(self.memory_value(value), 0);
            rules.copy_block(self, to, MachMem::base(address, 0), size, false);
        }
        for (value, part) in later {
            let Place::Stack(offset) = part.place else { continue };
            let ty = self.func.ty(value);
            let to = self.reg(value);
            rules.load(self, ty, to, MachMem::slot(SlotId::INCOMING, offset as i32));
        }
        for (value, offset) in in_memory {
            if !self.is_needed(value) {
                continue;
            }
            let size = self.func.ty(value).bytes(&self.target.layout);
            let to = MachMem::slot(self.memory_value(value), 0);
            rules.copy_block(self, to, MachMem::slot(SlotId::INCOMING, offset as i32), size, false);
        }
    }

    fn bank_of(&self, reg: VReg) -> crate::inst::Bank {
        self.out.func.vregs[reg.index()].bank
    }

    /// Whether a value's register is not of the bank in which it travels (floats in integer registers).
    fn is_in_other_bank(&self, reg: VReg, bank: abi::Bank) -> bool {
        match bank {
            abi::Bank::Int => self.bank_of(reg) != crate::inst::Bank::Int,
            abi::Bank::Vector => self.bank_of(reg) == crate::inst::Bank::Int,
            abi::Bank::X87 => false,
        }
    }

    /// The memory of a value that travels in pieces, if it is in memory: an aggregate, or a scalar too wide for
    /// registers.
    fn memory_of(&mut self, ty: ParamType, value: Value) -> Option<MachMem> {
        match ty {
            ParamType::Aggregate(aggregate) => Some(self.block_at(value, aggregate)),
            ParamType::Scalar(_) if self.lives_in_memory(self.func.ty(value)) => {
                Some(MachMem::slot(self.memory_operand(value), 0))
            }
            ParamType::Scalar(_) => None,
        }
    }

    /// The memory of an aggregate at an address, all of which displacements reach.
    fn block_at(&mut self, address: Value, aggregate: Aggregate) -> MachMem {
        let mem = self.mem_at(address, 0);
        let size = self.module.aggregates[aggregate].size;
        let rules = self.rules;
        rules.block_memory(self, mem, u32::try_from(size).unwrap_or(u32::MAX))
    }

    /// `va_start`: System V x86-64 figure 3.34, AAPCS64 appendix B, or a pointer to the first variable
    /// argument.
    pub(super) fn select_va_start(&mut self, inst: Inst) {
        let list = self.func.inst(inst).inline_args()[0];
        let after = MachMem::slot(SlotId::INCOMING, self.own.stack_bytes as i32);
        let list = self.mem_at(list, 0);
        let (int, vector) = (i64::from(self.own.int_used), i64::from(self.own.vector_used));
        match self.abi.va_list {
            abi::VaListKind::Pointer => {
                // What is left of the registers is saved so that it continues the arguments on the stack.
                let (area, used) = (self.abi.save_area_bytes, self.own.int_used * self.abi.slot_bytes);
                let left = area.saturating_sub(used);
                if left > 0 {
                    self.out.func.needs.argument_save_bytes = left.next_multiple_of(self.abi.stack_align);
                    self.save_area = Some(SlotId::INCOMING);
                }
                let first = MachMem { displacement: after.displacement - left as i32, ..after };
                self.store_address(first, list, 0);
            }
            abi::VaListKind::SystemV64 => {
                let save = self.variadic_area();
                self.store_integer(8 * int, list, 0);
                self.store_integer(48 + 16 * vector, list, 4);
                self.store_address(after, list, 8);
                self.store_address(MachMem::slot(save, 0), list, 16);
            }
            abi::VaListKind::Aapcs64 => {
                let save = self.variadic_area();
                let ints = self.abi.int_args.len() as i64;
                let vectors = self.abi.vector_args.len() as i64;
                self.store_address(after, list, 0);
                self.store_address(MachMem::slot(save, 8 * ints as i32), list, 8);
                self.store_address(MachMem::slot(save, (8 * ints + 16 * vectors) as i32), list, 16);
                self.store_integer(-8 * (ints - int), list, 24);
                self.store_integer(-16 * (vectors - vector), list, 28);
            }
        }
    }

    /// The register save area.
    fn variadic_area(&mut self) -> SlotId {
        match self.save_area {
            Some(slot) => slot,
            None => {
                let slot = self.slot(SlotKind::SaveArea, u64::from(self.abi.save_area_bytes), 16);
                self.save_area = Some(slot);
                slot
            }
        }
    }

    fn store_integer(&mut self, value: i64, list: MachMem, offset: u32) {
        let rules = self.rules;
        let reg = self.temp(Type::I32);
        rules.integer(self, Type::I32, value, reg);
        rules.store(self, Type::I32, reg, at(list, offset));
    }

    fn store_address(&mut self, place: MachMem, list: MachMem, offset: u32) {
        let rules = self.rules;
        let reg = self.temp(Type::PTR);
        rules.address_of(self, reg, place);
        rules.store(self, Type::PTR, reg, at(list, offset));
    }

    // ----- pieces of aggregates -----

    /// Loads a piece of an aggregate without reading beyond its bytes.
    fn load_piece(&mut self, part: &Part, mem: MachMem) -> VReg {
        let rules = self.rules;
        let piece = part.piece;
        let mem = at(mem, piece.offset);
        let to = self.temp(piece.ty);
        if piece.bytes == piece.ty.bytes(&self.target.layout) {
            rules.load(self, piece.ty, to, mem);
            return to;
        }
        if self.rules.register_class(piece.ty).is_none_or(|(bank, _)| bank != crate::inst::Bank::Int) {
            // Vector pieces with padding: the aggregate's size is a multiple of 4 or 8 all the same.
            rules.load(self, piece.ty, to, mem);
            return to;
        }
        let mut sum: Option<VReg> = None;
        let mut done = 0;
        for (size, ty) in [(4, Type::I32), (2, Type::I16), (1, Type::I8)] {
            if piece.bytes - done < size {
                continue;
            }
            let part = self.temp(ty);
            rules.load(self, ty, part, at(mem, done));
            let wide = if size == 4 {
                part
            } else {
                let wide = self.temp(Type::I32);
                rules.extend(self, ty, false, wide, part);
                wide
            };
            sum = Some(match sum {
                None => wide,
                Some(low) => {
                    let joined = self.temp(Type::PTR);
                    rules.join(self, joined, low, wide, (done * 8) as u8);
                    joined
                }
            });
            done += size;
        }
        sum.unwrap_or(to)
    }

    /// Stores exactly the bytes of a piece.
    fn store_piece(&mut self, part: &Part, reg: VReg, mem: MachMem) {
        let rules = self.rules;
        let piece = part.piece;
        let mem = at(mem, piece.offset);
        if piece.bytes == piece.ty.bytes(&self.target.layout) || self.bank_of(reg) != crate::inst::Bank::Int {
            rules.store(self, piece.ty, reg, mem);
            return;
        }
        let mut rest = reg;
        let mut done = 0;
        for (size, ty) in [(4, Type::I32), (2, Type::I16), (1, Type::I8)] {
            if piece.bytes - done < size {
                continue;
            }
            rules.store(self, ty, rest, at(mem, done));
            done += size;
            if done < piece.bytes {
                let next = self.temp(Type::PTR);
                rules.shift_right(self, next, rest, (size * 8) as u8);
                rest = next;
            }
        }
    }

    // ----- return -----

    /// `return`.
    pub(super) fn select_return(&mut self, inst: Inst) {
        let func = self.func;
        let values = func.args(inst);
        let own = std::mem::take(&mut self.own);
        let mut operands = Operands::new();
        self.place_results(&func.signature, &own, values, &mut operands);
        self.own = own;
        self.out.op(pseudo::RETURN, &operands);
    }

    fn place_results(
        &mut self,
        signature: &Signature,
        own: &Assignment,
        values: &[Value],
        operands: &mut Operands,
    ) {
        let rules = self.rules;
        self.check_results(own);
        let mut next = 0;
        for (result, location) in signature.results.iter().zip(&own.results) {
            let Some(value) = values.get(next).copied() else { break };
            let first = next;
            next += self.values_of(result, value);
            match (result.ty, *location) {
                (_, Location::Nothing) => {}
                (ParamType::Aggregate(aggregate), Location::HiddenPointer) => {
                    let size = self.module.aggregates[aggregate].size;
                    let pointer = self.hidden_register();
                    let from = self.mem_at(value, 0);
                    self.copy_bytes(MachMem::base(pointer, 0), from, size);
                    self.give_hidden_pointer(own, pointer, operands);
                }
                (ParamType::Scalar(_), Location::HiddenPointer)
                    if !self.lives_in_memory(self.func.ty(value)) =>
                {
                    let pointer = self.hidden_register();
                    let mut offset = 0;
                    for &word in &values[first..next.min(values.len())] {
                        let (ty, reg) = (self.func.ty(word), self.reg(word));
                        rules.store(self, ty, reg, MachMem::base(pointer, offset));
                        offset += ty.bytes(&self.target.layout) as i32;
                    }
                    self.give_hidden_pointer(own, pointer, operands);
                }
                (ParamType::Scalar(ty), Location::HiddenPointer) => {
                    let pointer = self.hidden_register();
                    let from = MachMem::slot(self.memory_operand(value), 0);
                    let size = ty.bytes(&self.target.layout);
                    rules.copy_block(self, MachMem::base(pointer, 0), from, size, false);
                    self.give_hidden_pointer(own, pointer, operands);
                }
                (ty, location) => {
                    let parts: SmallVec<[Part; 4]> = SmallVec::from_slice(own.parts_of(location));
                    let on_x87 = parts.iter().all(|part| part.piece.bank == abi::Bank::X87);
                    let memory = if on_x87 { None } else { self.memory_of(ty, value) };
                    for (i, part) in parts.iter().enumerate().rev() {
                        let Place::Register(register) = part.place else { continue };
                        if part.piece.bank == abi::Bank::X87 {
                            self.push_x87_result(ty, part, value);
                            continue;
                        }
                        let reg = match memory {
                            Some(mem) => self.load_piece(part, mem),
                            None => {
                                let value = values.get(first + i).copied().unwrap_or(value);
                                self.extended(result, value)
                            }
                        };
                        operands.push(MachOperand::FixedUse(reg.into(), register));
                    }
                }
            }
        }
    }

    /// Pushes a part of a result on the x87 stack: an aggregate's, a value in memory, or one in a register.
    fn push_x87_result(&mut self, ty: ParamType, part: &Part, value: Value) {
        let rules = self.rules;
        let (mem, float) = match ty {
            ParamType::Aggregate(_) => (at(self.mem_at(value, 0), part.piece.offset), Type::F80),
            ParamType::Scalar(ty) if self.lives_in_memory(ty) => {
                (MachMem::slot(self.memory_operand(value), 0), ty)
            }
            ParamType::Scalar(ty) => match self.foldable_load(value) {
                Some(load) => {
                    let data = self.func.inst(load);
                    (self.mem_at(data.inline_args()[0], i64::from(data.offset())), ty)
                }
                None => {
                    let size = ty.bytes(&self.target.layout);
                    let slot = self.slot(SlotKind::Temporary, u64::from(size), size);
                    let reg = self.reg(value);
                    rules.store(self, ty, reg, MachMem::slot(slot, 0));
                    (MachMem::slot(slot, 0), ty)
                }
            },
        };
        rules.x87_load(self, mem, float);
    }

    fn hidden_register(&mut self) -> VReg {
        match self.hidden_pointer {
            Some(reg) => reg,
            None => {
                let reg = self.temp(Type::PTR);
                self.hidden_pointer = Some(reg);
                reg
            }
        }
    }

    fn give_hidden_pointer(&mut self, own: &Assignment, pointer: VReg, operands: &mut Operands) {
        let is_argument = self.abi.struct_return == abi::StructReturn::FirstArgument;
        if let (true, Some(_), Some(register)) =
            (is_argument, own.hidden_pointer, self.abi.int_results.first())
        {
            operands.push(MachOperand::FixedUse(pointer.into(), *register));
        }
    }

    /// A scalar's register, widened to 32 bits if the signature says so.
    fn extended(&mut self, param: &SignatureParam, value: Value) -> VReg {
        let ty = self.func.ty(value);
        let narrow = ty == Type::I8 || ty == Type::I16;
        if !narrow || param.extension == Extension::None {
            return self.reg(value);
        }
        let (extent, bits) = (self.extent(value), ty.lane_bits(64));
        let known = match param.extension {
            Extension::Zero => extent.is_unsigned(bits),
            _ => extent.is_signed(bits),
        };
        if known && self.func.int_constant(value).is_none() {
            return self.reg(value);
        }
        let wide = self.temp(Type::I32);
        let rules = self.rules;
        if let Some(constant) = self.func.int_constant(value) {
            let constant = match (ty, param.extension) {
                (Type::I8, Extension::Zero) => constant & 0xff,
                (_, Extension::Zero) => constant & 0xffff,
                (Type::I8, _) => i64::from(constant as i8),
                (..) => i64::from(constant as i16),
            };
            rules.integer(self, Type::I32, constant, wide);
            return wide;
        }
        let reg = self.reg(value);
        rules.extend(self, ty, param.extension == Extension::Sign, wide, reg);
        wide
    }

    // ----- calls -----

    /// All call instructions.
    pub(super) fn select_call(&mut self, inst: Inst) -> Result<(), CodegenError> {
        let func = self.func;
        let data = func.inst(inst);
        let opcode = data.opcode();
        let signature = func.signatures[data.signature()].clone();
        let table = self.rules.abi(signature.call_conv)?;
        let is_indirect =
            matches!(opcode, Opcode::CallIndirect | Opcode::TailCallIndirect | Opcode::InvokeIndirect);
        let mut call = std::mem::take(&mut self.call);
        call.assign(table, &self.module.aggregates, self.target, &signature);
        let is_tail = matches!(opcode, Opcode::TailCall | Opcode::TailCallIndirect);
        let real_tail = is_tail
            && call.stack_bytes == 0
            && call.hidden_pointer.is_none()
            && self.own.hidden_pointer.is_none()
            && !table.callee_pops
            && self.own.callee_pops == 0
            && !call.results.iter().any(|r| call.parts_of(*r).iter().any(|p| p.piece.bank == abi::Bank::X87));
        let args = func.args(inst);
        let args = &args[usize::from(is_indirect)..];
        let mut operands = Operands::new();
        let own_results: SmallVec<[Value; 4]> = func.results(inst).collect();
        let result_address = self.place_arguments(&signature, &call, args, &own_results, &mut operands);
        let target = if is_indirect {
            self.indirect_target(func.args(inst)[0])
        } else if opcode == Opcode::CallLib {
            CallTarget::LibCall(data.libcall())
        } else {
            CallTarget::Symbol(data.symbol())
        };
        if signature.variadic || self.has_no_prototype(&target) {
            self.pass_vector_count(table, &call, &mut operands);
        }
        let rules = self.rules;
        self.callee_pops = call.callee_pops;
        if real_tail && rules.can_tail_jump(self, &target, &operands) {
            rules.tail_jump(self, target, &operands);
        } else if is_tail {
            self.out.func.needs.calls = true;
            self.call_and_return(&call, target, operands, table.clobbers);
        } else {
            self.out.func.needs.calls = true;
            let invoke = matches!(opcode, Opcode::Invoke | Opcode::InvokeIndirect);
            let results: SmallVec<[Value; 4]> = func.results(inst).collect();
            self.finish_call(&signature, &call, &results, result_address, target, operands, invoke, inst)?;
        }
        self.call = call;
        Ok(())
    }

    /// A `tail_call` that cannot be a jump: the results are already where our caller wants them. They
    /// pass through registers, because the allocator must know that they live.
    fn call_and_return(
        &mut self,
        call: &Assignment,
        target: CallTarget,
        mut operands: Operands,
        clobbers: lathe_isa::RegSet,
    ) {
        let mut returned = Operands::new();
        for location in &call.results {
            for part in call.parts_of(*location) {
                if let (Place::Register(register), true) = (part.place, part.piece.bank != abi::Bank::X87) {
                    let reg = self.temp(part.piece.ty);
                    operands.push(MachOperand::FixedDef(reg.into(), register));
                    returned.push(MachOperand::FixedUse(reg.into(), register));
                }
            }
        }
        let is_argument = self.abi.struct_return == abi::StructReturn::FirstArgument;
        if let (true, Some(_), Some(register)) =
            (is_argument, call.hidden_pointer, self.abi.int_results.first())
        {
            let reg = self.temp(Type::PTR);
            operands.push(MachOperand::FixedDef(reg.into(), *register));
            returned.push(MachOperand::FixedUse(reg.into(), *register));
        }
        let rules = self.rules;
        rules.call(self, target, &operands, clobbers, false);
        self.out.op(pseudo::RETURN, &returned);
    }

    fn has_no_prototype(&self, target: &CallTarget) -> bool {
        match target {
            CallTarget::Symbol(symbol) => {
                matches!(self.module.symbols[*symbol].definition, SymbolDefinition::Undeclared)
            }
            _ => false,
        }
    }

    fn indirect_target(&mut self, callee: Value) -> CallTarget {
        if let Some(load) = self.foldable_load(callee) {
            let data = self.func.inst(load);
            let mem = self.mem_at(data.inline_args()[0], i64::from(data.offset()));
            return CallTarget::Memory(mem);
        }
        CallTarget::Register(self.reg(callee))
    }

    fn pass_vector_count(&mut self, table: &abi::AbiTable, call: &Assignment, operands: &mut Operands) {
        let Some(register) = table.vector_count else { return };
        let count = self.temp(Type::I32);
        let rules = self.rules;
        rules.integer(self, Type::I32, i64::from(call.vector_used), count);
        operands.push(MachOperand::FixedUse(count.into(), register));
    }

    /// Stores stack arguments, builds register arguments. Returns the address for an aggregate result.
    fn place_arguments(
        &mut self,
        signature: &Signature,
        call: &Assignment,
        args: &[Value],
        results: &[Value],
        operands: &mut Operands,
    ) -> Option<Value> {
        self.out.func.reserve_outgoing(u64::from(call.stack_bytes), call.stack_align);
        let result_address = signature.returned_aggregate().and_then(|_| args.first().copied());
        let args = &args[usize::from(result_address.is_some()).min(args.len())..];
        let mut next = 0;
        // Stack arguments first: copies may need many registers.
        for on_stack in [true, false] {
            next = 0;
            for (param, location) in signature.params.iter().zip(&call.params) {
                let Some(value) = args.get(next).copied() else { break };
                let first = next;
                next += self.values_of(param, value);
                let is_stack = match location {
                    Location::Stack { .. } | Location::Reference { .. } => true,
                    Location::Nothing | Location::HiddenPointer => continue,
                    location => call.parts_of(*location).iter().all(|p| matches!(p.place, Place::Stack(_))),
                };
                if is_stack == on_stack {
                    self.place_argument(call, param, *location, &args[first..], operands);
                }
            }
        }
        debug_assert!(next <= args.len());
        if let Some(Place::Stack(offset)) = call.hidden_pointer {
            self.pass_hidden_pointer(offset, result_address, results);
        } else if let (Some(Place::Register(register)), Some(address)) = (call.hidden_pointer, result_address)
        {
            let reg = self.reg(address);
            operands.push(MachOperand::FixedUse(reg.into(), register));
        } else if let (Some(Place::Register(register)), Some(result)) = (call.hidden_pointer, results.first())
        {
            // A scalar that comes back in memory (a wide vector): straight into its own slot.
            let slot = self.memory_value(*result);
            let reg = self.temp(Type::PTR);
            let rules = self.rules;
            rules.address_of(self, reg, MachMem::slot(slot, 0));
            operands.push(MachOperand::FixedUse(reg.into(), register));
        }
        result_address
    }

    /// One result in memory has the only hidden address, and the register in which it is given back.
    fn check_results(&mut self, assignment: &Assignment) {
        if assignment.results.len() > 1 && assignment.results.contains(&Location::HiddenPointer) {
            self.unsupported("more results than the calling convention has registers for");
        }
    }

    /// Stores the hidden result address among the arguments.
    fn pass_hidden_pointer(&mut self, offset: u32, address: Option<Value>, results: &[Value]) {
        let rules = self.rules;
        let reg = match (address, results.first()) {
            (Some(address), _) => self.reg(address),
            (None, Some(_)) => {
                let slot = self.memory_result(results);
                let reg = self.temp(Type::PTR);
                rules.address_of(self, reg, MachMem::slot(slot, 0));
                reg
            }
            // A call in tail position: our caller's memory.
            (None, None) => self.hidden_register(),
        };
        rules.store(self, Type::PTR, reg, MachMem::slot(SlotId::OUTGOING, offset as i32));
    }

    /// The slot that a call writes a scalar result to: its own, or a temporary from which [`Self::finish_call`] loads it,
    /// word by word where legalization has split it.
    fn memory_result(&mut self, results: &[Value]) -> SlotId {
        let ty = self.func.ty(results[0]);
        if self.lives_in_memory(ty) {
            return self.memory_value(results[0]);
        }
        let align = ty.bytes(&self.target.layout);
        let mut size = 0;
        self.loaded_results.clear();
        for &word in results {
            self.loaded_results.push((word, size as i32));
            size += self.func.ty(word).bytes(&self.target.layout);
        }
        let slot = self.slot(SlotKind::Temporary, u64::from(size), align);
        self.loaded_slot = Some(slot);
        slot
    }

    fn place_argument(
        &mut self,
        call: &Assignment,
        param: &SignatureParam,
        location: Location,
        values: &[Value],
        operands: &mut Operands,
    ) {
        let rules = self.rules;
        let value = values[0];
        if let Location::Stack { offset, size } = location {
            let to = MachMem::slot(SlotId::OUTGOING, offset as i32);
            match param.ty {
                ParamType::Aggregate(_) => {
                    let from = self.mem_at(value, 0);
                    self.copy_bytes(to, from, u64::from(size));
                }
                ParamType::Scalar(_) => {
                    let from = MachMem::slot(self.memory_operand(value), 0);
                    rules.copy_block(self, to, from, size, false);
                }
            }
            return;
        }
        let memory = match location {
            Location::Reference { .. } => None,
            _ => self.memory_of(param.ty, value),
        };
        for (i, part) in call.parts_of(location).iter().enumerate() {
            if self.store_constant_argument(param, part, values.get(i).copied()) {
                continue;
            }
            let mut reg = if let Location::Reference { .. } = location {
                self.address_of_copy(param.ty, value)
            } else if let Some(mem) = memory {
                self.load_piece(part, mem)
            } else {
                self.extended(param, values.get(i).copied().unwrap_or(value))
            };
            let other_bank = self.is_in_other_bank(reg, part.piece.bank);
            match part.place {
                Place::Register(register) => {
                    if other_bank {
                        let moved = self.temp(part.piece.ty);
                        rules.move_bits(self, self.func.ty(value), moved, reg);
                        reg = moved;
                    }
                    operands.push(MachOperand::FixedUse(reg.into(), register));
                }
                Place::Stack(offset) => {
                    let mem = MachMem::slot(SlotId::OUTGOING, offset as i32);
                    let size = self.out.func.vregs[reg.index()].size;
                    let ty = match (self.bank_of(reg), size) {
                        (crate::inst::Bank::Int, 4) => Type::I32,
                        _ if other_bank => self.func.ty(value),
                        _ => part.piece.ty,
                    };
                    rules.store(self, ty, reg, mem);
                }
            }
        }
    }

    /// Stores an integer constant that is passed on the stack without a register, where the target can.
    fn store_constant_argument(&mut self, param: &SignatureParam, part: &Part, value: Option<Value>) -> bool {
        let (Place::Stack(offset), ParamType::Scalar(_), Some(value)) = (part.place, param.ty, value) else {
            return false;
        };
        let Some(constant) = self.func.int_constant(value) else { return false };
        let constant = match (self.func.ty(value), param.extension) {
            (Type::I8, Extension::Zero) => constant & 0xff,
            (Type::I16, Extension::Zero) => constant & 0xffff,
            (Type::I8, _) => i64::from(constant as i8),
            (Type::I16, _) => i64::from(constant as i16),
            _ => constant,
        };
        let rules = self.rules;
        rules.store_argument(self, constant, MachMem::slot(SlotId::OUTGOING, offset as i32))
    }

    /// The address of a copy that the callee may change.
    fn address_of_copy(&mut self, ty: ParamType, value: Value) -> VReg {
        let (size, align, from) = match ty {
            ParamType::Aggregate(aggregate) => {
                let data = &self.module.aggregates[aggregate];
                (data.size, data.align, self.mem_at(value, 0))
            }
            ParamType::Scalar(ty) => {
                let layout = ty.layout(&self.target.layout);
                let from = MachMem::slot(self.memory_operand(value), 0);
                (u64::from(layout.size), layout.align, from)
            }
        };
        // The callee is done with it when it returns, so that calls of other blocks may use the same place.
        let copy = MachMem::slot(self.slot(SlotKind::Temporary, size.max(1), align.max(1)), 0);
        self.copy_bytes(copy, from, size);
        let address = self.temp(Type::PTR);
        let rules = self.rules;
        rules.address_of(self, address, copy);
        address
    }

    fn finish_call(
        &mut self,
        signature: &Signature,
        call: &Assignment,
        results: &[Value],
        result_address: Option<Value>,
        target: CallTarget,
        mut operands: Operands,
        invoke: bool,
        inst: Inst,
    ) -> Result<(), CodegenError> {
        let rules = self.rules;
        let table = self.rules.abi(signature.call_conv)?;
        let destination = match (result_address, call.results.first()) {
            (Some(address), Some(Location::Parts { .. })) => match signature.results.first().map(|r| r.ty) {
                Some(ParamType::Aggregate(aggregate)) => Some(self.block_at(address, aggregate)),
                _ => Some(self.mem_at(address, 0)),
            },
            _ => None,
        };
        let mut stores: SmallVec<[(Part, VReg); 2]> = SmallVec::new();
        let mut slot_stores: SmallVec<[(Part, VReg, MachMem); 2]> = SmallVec::new();
        let mut pops: SmallVec<[MachMem; 2]> = SmallVec::new();
        let mut popped: Option<Value> = None;
        self.check_results(call);
        let loaded = self.loaded_slot.take();
        let mut next = 0;
        for (result, location) in signature.results.iter().zip(&call.results) {
            let parts: SmallVec<[Part; 4]> = SmallVec::from_slice(call.parts_of(*location));
            let first = next;
            if let ParamType::Scalar(_) = result.ty {
                next += results.get(first).map_or(1, |value| self.values_of(result, *value));
            }
            for (i, part) in parts.iter().enumerate() {
                let Place::Register(register) = part.place else { continue };
                match (result.ty, destination) {
                    (ParamType::Aggregate(_), Some(mem)) if part.piece.bank == abi::Bank::X87 => {
                        pops.push(at(mem, part.piece.offset));
                    }
                    (ParamType::Aggregate(_), _) => {
                        let reg = self.temp(part.piece.ty);
                        operands.push(MachOperand::FixedDef(reg.into(), register));
                        stores.push((*part, reg));
                    }
                    (ParamType::Scalar(_), _) => {
                        let whole = results.get(first).filter(|v| self.lives_in_memory(self.func.ty(**v)));
                        let Some(value) = whole.or(results.get(first + i)).copied() else { continue };
                        if part.piece.bank == abi::Bank::X87 && !self.lives_in_memory(self.func.ty(value)) {
                            popped = Some(value);
                        } else if part.piece.bank == abi::Bank::X87 {
                            pops.push(MachMem::slot(self.memory_value(value), 0));
                        } else if self.lives_in_memory(self.func.ty(value)) {
                            let mem = MachMem::slot(self.memory_value(value), 0);
                            let reg = self.temp(part.piece.ty);
                            operands.push(MachOperand::FixedDef(reg.into(), register));
                            slot_stores.push((*part, reg, mem));
                        } else if self.is_needed(value) {
                            let reg = self.reg(value);
                            operands.push(MachOperand::FixedDef(reg.into(), register));
                        }
                    }
                }
            }
        }
        if invoke {
            if !stores.is_empty()
                || !pops.is_empty()
                || !slot_stores.is_empty()
                || popped.is_some()
                || loaded.is_some()
            {
                self.unsupported(
                    "invoke of a function that returns an aggregate or long double in registers",
                );
            }
            for target in self.func.block_calls_of(inst) {
                let args = self.edge_args(target);
                let block = self.block_of(self.func.block_calls[target].block);
                self.out.add_edge(block, &args);
            }
        }
        rules.call(self, target, &operands, table.clobbers, invoke);
        if let Some(value) = popped {
            rules.x87_pop(self, value);
        }
        if let Some(slot) = loaded {
            for (word, offset) in std::mem::take(&mut self.loaded_results) {
                if self.is_needed(word) {
                    let (ty, to) = (self.func.ty(word), self.reg(word));
                    rules.load(self, ty, to, MachMem::slot(slot, offset));
                }
            }
        }
        for mem in pops {
            rules.x87_transfer(self, mem, false);
        }
        for (part, reg, mem) in slot_stores {
            self.store_piece(&part, reg, mem);
        }
        if let Some(mem) = destination {
            for (part, reg) in stores {
                self.store_piece(&part, reg, mem);
            }
        }
        Ok(())
    }

    /// Calls a runtime routine with register arguments.
    pub fn call_runtime(&mut self, routine: LibCall, args: &[VReg]) {
        let rules = self.rules;
        let Ok(table) = rules.abi(lathe_ir::CallConv::C) else { return };
        let mut operands = Operands::new();
        if table.int_args.is_empty() {
            self.store_runtime_arguments(table, args);
        }
        self.callee_pops = 0;
        for (reg, register) in args.iter().zip(table.int_args) {
            operands.push(MachOperand::FixedUse((*reg).into(), *register));
        }
        self.out.func.needs.calls = true;
        rules.call(self, CallTarget::LibCall(routine), &operands, table.clobbers, false);
    }

    /// Calls a runtime routine whose arguments and result are vector registers.
    pub fn call_float_runtime(&mut self, routine: LibCall, args: &[VReg], result: VReg) {
        let rules = self.rules;
        let Ok(table) = rules.abi(lathe_ir::CallConv::C) else { return };
        let mut operands = Operands::new();
        let (mut int, mut vector) = (0, 0);
        self.callee_pops = 0;
        let on_stack = table.int_args.is_empty();
        if on_stack {
            self.store_runtime_arguments(table, args);
        }
        for reg in if on_stack { &[] } else { args } {
            let register = if self.bank_of(*reg) == crate::inst::Bank::Int {
                int += 1;
                table.int_args[int - 1]
            } else {
                vector += 1;
                table.vector_args[vector - 1]
            };
            operands.push(MachOperand::FixedUse((*reg).into(), register));
        }
        let is_int = self.bank_of(result) == crate::inst::Bank::Int;
        if on_stack && !is_int {
            self.out.func.needs.calls = true;
            rules.call(self, CallTarget::LibCall(routine), &operands, table.clobbers, false);
            let ty = self.float_of(result);
            rules.x87_pop_register(self, ty, result);
            return;
        }
        let register = if is_int { table.int_results[0] } else { table.vector_results[0] };
        operands.push(MachOperand::FixedDef(result.into(), register));
        self.out.func.needs.calls = true;
        rules.call(self, CallTarget::LibCall(routine), &operands, table.clobbers, false);
    }

    /// The arguments of a runtime routine under a convention without argument registers.
    fn store_runtime_arguments(&mut self, table: &abi::AbiTable, args: &[VReg]) {
        let rules = self.rules;
        let size_of = |cx: &Self, reg: VReg| u32::from(cx.out.func.vregs[reg.index()].size);
        let total: u32 = args.iter().map(|reg| size_of(self, *reg).next_multiple_of(table.slot_bytes)).sum();
        self.out.func.reserve_outgoing(u64::from(total), table.stack_align);
        let mut offset = 0;
        for reg in args {
            let ty = match self.bank_of(*reg) {
                crate::inst::Bank::Int => Type::PTR,
                crate::inst::Bank::Vector => self.float_of(*reg),
            };
            rules.store(self, ty, *reg, MachMem::slot(SlotId::OUTGOING, offset as i32));
            offset += size_of(self, *reg).next_multiple_of(table.slot_bytes);
        }
    }

    fn float_of(&self, reg: VReg) -> Type {
        match self.out.func.vregs[reg.index()].size {
            4 => Type::F32,
            8 => Type::F64,
            _ => Type::F128,
        }
    }

    /// `landing_pad`: exception address and selector arrive in the registers that the unwinder uses.
    pub(super) fn select_landing_pad(&mut self, inst: Inst) {
        let pad = self.func.inst(inst).pad();
        let registers = self.abi.int_results;
        let mut operands = Operands::new();
        for (i, register) in registers.iter().take(2).enumerate() {
            if let Some(reg) = self.needed_result(inst, i) {
                operands.push(MachOperand::FixedDef(reg.into(), *register));
            }
        }
        self.out.block_data().landing_pad = Some(pad);
        self.out.op(pseudo::ENTRY, &operands);
    }
}

//! Expands `va_arg`, `va_arg_aggregate`, `va_copy` and `va_end` into loads, selects and stores.
//!
//! In: a function before legalization. Out: the same function without these four; `va_start` stays,
//! because it names the frame. Called first in the pipeline, so that an `i128` argument is a plain
//! 16-byte load for the legalizer.
//!
//! The choice between register save area and stack is a `select`, not a branch: no block is split.
//!
//! Sources: System V ABI, AMD64 supplement, 3.5.7 "Variable Argument Lists", figure 3.34; AAPCS64 appendix B,
//! whose offsets count up to zero from the ends of the two parts of the save area.

use super::shape::{Bank, Passing, Shape};
use super::table::{AbiTable, Classification, VaListKind};
use lathe_diag::Loc;
use lathe_ir::{
    Aggregate, AggregateData, EntityMap, Function, Inst, InstData, IntCond, MemFlags, Opcode, ParamType,
    Type, Value,
};
use lathe_target::Target;

/// A part of the save area (general or vector registers), as a `va_list` describes it.
struct AreaPart {
    /// Where the list holds the offset of the next register.
    offset: i32,
    /// Where the list holds the address that the offset counts from.
    base: i32,
    /// Distance of registers.
    step: i64,
    /// The offset at which no register is left.
    end: i64,
}

/// The fields of a `va_list` with a save area.
struct ListFields {
    /// Where the address of the next stack argument is.
    stack: i32,
    /// General, then vector registers.
    parts: [AreaPart; 2],
}

const SYSTEM_V_64: ListFields = ListFields {
    stack: 8,
    parts: [
        AreaPart { offset: 0, base: 16, step: 8, end: 48 },
        AreaPart { offset: 4, base: 16, step: 16, end: 176 },
    ],
};

const AAPCS64: ListFields = ListFields {
    stack: 0,
    parts: [
        AreaPart { offset: 24, base: 8, step: 8, end: 0 },
        AreaPart { offset: 28, base: 16, step: 16, end: 0 },
    ],
};

/// The fields of a kind of list, if it has a save area.
fn fields_of(kind: VaListKind) -> Option<&'static ListFields> {
    match kind {
        VaListKind::SystemV64 => Some(&SYSTEM_V_64),
        VaListKind::Aapcs64 => Some(&AAPCS64),
        VaListKind::Pointer => None,
    }
}

/// Expands all of a function. Returns whether there was anything to expand.
pub fn expand(
    function: &mut Function,
    aggregates: &EntityMap<Aggregate, AggregateData>,
    target: &Target,
    table: &AbiTable,
) -> bool {
    let table = table.variadic.unwrap_or(table);
    let mut changed = false;
    for index in 0..function.layout.len() {
        let block = function.layout[index];
        let is_variadic = |inst: &Inst| {
            matches!(
                function.inst(*inst).opcode(),
                Opcode::VaArg | Opcode::VaArgAggregate | Opcode::VaCopy | Opcode::VaEnd
            )
        };
        if !function.blocks[block].insts.iter().any(is_variadic) {
            continue;
        }
        changed = true;
        let old = std::mem::take(&mut function.blocks[block].insts);
        let word = Type::int(8 * target.layout.pointer.size).unwrap_or(Type::I64);
        let mut expansion =
            Expansion { function, word, out: Vec::with_capacity(old.len() + 32), loc: Loc::NONE };
        let context = Classification {
            aggregates,
            target,
            is_result: false,
            is_variadic: true,
            int_left: table.int_args.len(),
            vector_left: table.vector_args.len(),
        };
        for inst in old {
            expansion.instruction(&context, table, inst);
        }
        let out = expansion.out;
        function.blocks[block].insts = out;
    }
    changed
}

struct Expansion<'f> {
    function: &'f mut Function,
    /// The integer type as wide as an address.
    word: Type,
    out: Vec<Inst>,
    loc: Loc,
}

/// The addresses from which the pieces of an argument are read.
struct Source {
    /// In the general part of the save area.
    gp: Value,
    /// In the vector part of the save area.
    fp: Value,
    /// On the stack.
    stack: Value,
    /// Whether it is in the save area; `None`: never.
    in_registers: Option<Value>,
}

impl Expansion<'_> {
    fn instruction(&mut self, context: &Classification<'_>, table: &AbiTable, inst: Inst) {
        let data = *self.function.inst(inst);
        self.loc = self.function.loc(inst);
        match data.opcode() {
            Opcode::VaEnd => {}
            Opcode::VaCopy => self.copy_list(table, data.inline_args()[0], data.inline_args()[1]),
            Opcode::VaArg => {
                let (list, offset) = (data.inline_args()[0], data.offset());
                let list = if offset == 0 { list } else { self.plus(list, i64::from(offset)) };
                let shape = (table.classify)(context, ParamType::Scalar(data.ty()));
                let address = self.scalar_address(table, list, &shape);
                let flags = MemFlags::aligned(shape.align.clamp(1, 8));
                let load = InstData::load(Opcode::Load, data.ty(), address, 0, flags);
                self.function.replace_inst(inst, load);
                self.out.push(inst);
            }
            Opcode::VaArgAggregate => {
                let [list, destination] = [data.inline_args()[0], data.inline_args()[1]];
                let shape = (table.classify)(context, ParamType::Aggregate(data.aggregate()));
                self.copy_aggregate(table, list, destination, &shape);
            }
            _ => self.out.push(inst),
        }
    }

    fn value(&mut self, data: InstData) -> Value {
        let inst = self.function.create_inst(data, self.loc);
        self.out.push(inst);
        self.function.result(inst).expect("the instruction has a result")
    }

    fn effect(&mut self, data: InstData) {
        let inst = self.function.create_inst(data, self.loc);
        self.out.push(inst);
    }

    fn load(&mut self, ty: Type, address: Value, offset: i32) -> Value {
        self.value(InstData::load(Opcode::Load, ty, address, offset, MemFlags::NONE))
    }

    fn store(&mut self, ty: Type, value: Value, address: Value, offset: i32) {
        self.effect(InstData::store(ty, value, address, offset, MemFlags::NONE));
    }

    fn plus(&mut self, address: Value, bytes: i64) -> Value {
        if bytes == 0 {
            return address;
        }
        self.value(InstData::binary_imm(Opcode::PtrAddImm, Type::NONE, 0, address, bytes))
    }

    fn select(&mut self, ty: Type, condition: Value, a: Value, b: Value) -> Value {
        self.value(InstData::ternary(Opcode::Select, ty, 0, [condition, a, b]))
    }

    fn align_up(&mut self, address: Value, align: u32) -> Value {
        let integer = self.value(InstData::unary(Opcode::PtrToInt, self.word, address));
        let bumped =
            self.value(InstData::binary_imm(Opcode::IaddImm, self.word, 0, integer, i64::from(align) - 1));
        let masked =
            self.value(InstData::binary_imm(Opcode::IandImm, self.word, 0, bumped, -i64::from(align)));
        self.value(InstData::unary(Opcode::IntToPtr, Type::PTR, masked))
    }

    /// Takes an argument off the list and gives the places where it may be.
    fn take(&mut self, table: &AbiTable, list: Value, shape: &Shape) -> Source {
        let fields = fields_of(table.va_list);
        let need = |bank: Bank| shape.pieces.iter().filter(|p| p.bank == bank).count() as i64;
        let counts = match (table.va_list, shape.passing) {
            (VaListKind::SystemV64 | VaListKind::Aapcs64, Passing::Registers) => {
                [need(Bank::Int), need(Bank::Vector)]
            }
            (VaListKind::Aapcs64, Passing::Reference) => [1, 0],
            _ => [0, 0],
        };
        let area_offset = fields.map_or(0, |fields| fields.stack);
        let slot = u64::from(table.slot_bytes);
        let (size, align) = match shape.passing {
            Passing::Reference => (slot, table.slot_bytes),
            _ => (shape.size, shape.align),
        };
        let mut stack = self.load(Type::PTR, list, area_offset);
        let unaligned = stack;
        if align > table.slot_bytes {
            stack = self.align_up(stack, align);
        }
        let after = self.plus(stack, size.next_multiple_of(slot) as i64);
        let (Some(fields), true) = (fields, counts != [0, 0]) else {
            self.store(Type::PTR, after, list, area_offset);
            return Source { gp: stack, fp: stack, stack, in_registers: None };
        };
        let mut in_registers = None;
        let mut counters = Vec::with_capacity(2);
        let mut addresses = [stack, stack];
        for ((part, count), address) in fields.parts.iter().zip(counts).zip(&mut addresses) {
            if count == 0 {
                continue;
            }
            let save = self.load(Type::PTR, list, part.base);
            let mut offset = self.load(Type::I32, list, part.offset);
            if shape.even_register && shape.passing == Passing::Registers {
                let bumped = InstData::binary_imm(Opcode::IaddImm, Type::I32, 0, offset, 2 * part.step - 1);
                let bumped = self.value(bumped);
                let mask = InstData::binary_imm(Opcode::IandImm, Type::I32, 0, bumped, -2 * part.step);
                offset = self.value(mask);
            }
            // Signed: AAPCS64 counts up to zero. Past the end an offset only grows further.
            let limit = InstData::icmp_imm(Type::I32, IntCond::Sle, offset, part.end - part.step * count);
            let fits = self.value(limit);
            in_registers = Some(match in_registers {
                None => fits,
                Some(other) => self.value(InstData::binary(Opcode::Iand, Type::I8, 0, other, fits)),
            });
            let wide = self.value(InstData::unary(Opcode::Sext, Type::I64, offset));
            *address = self.value(InstData::binary(Opcode::PtrAdd, Type::NONE, 0, save, wide));
            let next =
                self.value(InstData::binary_imm(Opcode::IaddImm, Type::I32, 0, offset, part.step * count));
            counters.push((part, offset, next));
        }
        let condition = in_registers.expect("at least one register is needed");
        for (part, offset, next) in counters {
            // AAPCS64: what does not fit ends the use of this part (rules C.4, C.13).
            let other = match table.va_list {
                VaListKind::Aapcs64 => self.value(InstData::iconst(Type::I32, 0)),
                _ => offset,
            };
            let new = self.select(Type::I32, condition, next, other);
            self.store(Type::I32, new, list, part.offset);
        }
        let new = self.select(Type::PTR, condition, unaligned, after);
        self.store(Type::PTR, new, list, area_offset);
        let [gp, fp] = addresses;
        Source { gp, fp, stack, in_registers }
    }

    /// The address of a scalar argument. Both halves of an `i128` lie side by side in the save area.
    fn scalar_address(&mut self, table: &AbiTable, list: Value, shape: &Shape) -> Value {
        let source = self.take(table, list, shape);
        let saved = match shape.pieces.first().map(|piece| piece.bank) {
            Some(Bank::Vector) => source.fp,
            _ => source.gp,
        };
        let address = match source.in_registers {
            Some(condition) => self.select(Type::PTR, condition, saved, source.stack),
            None => source.stack,
        };
        if shape.passing == Passing::Reference { self.load(Type::PTR, address, 0) } else { address }
    }

    fn copy_aggregate(&mut self, table: &AbiTable, list: Value, destination: Value, shape: &Shape) {
        if shape.passing == Passing::Nothing {
            return;
        }
        if shape.passing == Passing::Reference {
            let from = self.scalar_address(table, list, shape);
            self.copy_block(destination, from, shape.size);
            return;
        }
        let source = self.take(table, list, shape);
        let Some(condition) = source.in_registers else {
            self.copy_block(destination, source.stack, shape.size);
            return;
        };
        let (mut gp, mut fp) = (0, 0);
        for piece in &shape.pieces {
            let (base, counter, step) = match piece.bank {
                Bank::Vector => (source.fp, &mut fp, 16),
                _ => (source.gp, &mut gp, 8),
            };
            let saved_offset = *counter;
            *counter += step;
            let saved = self.plus(base, saved_offset);
            let stacked = self.plus(source.stack, i64::from(piece.offset));
            let from = self.select(Type::PTR, condition, saved, stacked);
            self.copy_bytes(destination, from, piece.offset, piece.bytes);
        }
    }

    fn copy_block(&mut self, destination: Value, from: Value, size: u64) {
        let len = self.value(InstData::iconst(self.word, size as i64));
        let args = [destination, from, len];
        self.effect(InstData::memory_block(Opcode::Memcpy, args, MemFlags::NONE));
    }

    fn copy_bytes(&mut self, destination: Value, from: Value, at: u32, bytes: u32) {
        let mut done = 0;
        for (size, ty) in [(8, Type::I64), (4, Type::I32), (2, Type::I16), (1, Type::I8)] {
            while bytes - done >= size {
                let value = self.load(ty, from, done as i32);
                self.store(ty, value, destination, (at + done) as i32);
                done += size;
            }
        }
    }

    fn copy_list(&mut self, table: &AbiTable, to: Value, from: Value) {
        let words: i32 = match table.va_list {
            VaListKind::SystemV64 => 3,
            VaListKind::Aapcs64 => 4,
            VaListKind::Pointer => 1,
        };
        for word in 0..words {
            let offset = word * table.slot_bytes as i32;
            let value = self.load(Type::PTR, from, offset);
            self.store(Type::PTR, value, to, offset);
        }
    }
}

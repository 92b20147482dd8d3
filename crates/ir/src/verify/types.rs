//! Verifying operand types by the opcode's format, immediates and promises.

use super::function::Verifier;
use crate::condition::Ordering;
use crate::entity::*;
use crate::function::Function;
use crate::instruction::InstData;
use crate::module::SymbolDefinition;
use crate::opcode::{Flags, Format, Opcode, TypeClass};
use crate::types::Type;

/// What an operand must be.
enum Operand {
    /// Exactly this type.
    Is(Type),
    /// A scalar integer or address.
    IntOrPtr,
    /// One of two types.
    Either(Type, Type),
    /// Checked elsewhere.
    Any,
}

impl Verifier<'_> {
    /// Checks an instruction whose references exist.
    pub(super) fn inst_types(&mut self, block: Block, inst: Inst) {
        let func = self.func;
        let data = func.inst(inst);
        let (opcode, ty) = (data.opcode(), data.ty());
        let types = opcode.info().types;
        if !(if types == TypeClass::NONE { !ty.is_some() } else { types.accepts(ty) }) {
            return self.inst_error(block, inst, format!("{opcode} does not take the type {ty}"));
        }
        let results: Vec<Type> = func.results(inst).map(|v| func.ty(v)).collect();
        if results.as_slice() != func.result_types_of(data).as_slice() {
            return self.inst_error(block, inst, "the results do not have the types that the opcode gives");
        }
        let fault = self
            .operand_fault(data, func.args(inst))
            .or_else(|| self.convert_fault(data))
            .or_else(|| self.immediate_fault(inst, data))
            .or_else(|| promise_fault(data))
            .or_else(|| self.call_fault(inst, data));
        if let Some(message) = fault {
            self.inst_error(block, inst, message);
        }
    }

    fn operand_fault(&self, data: &InstData, args: &[Value]) -> Option<String> {
        use Operand::*;
        let ty = data.ty();
        let ptr = Is(Type::PTR);
        let word = Type::int(8 * self.module.target.layout.pointer.size).unwrap_or(Type::I64);
        let expected: &[Operand] = match data.opcode().format() {
            Format::Unary | Format::BinaryImm | Format::IntCompareImm | Format::Switch => &[Is(ty)],
            Format::Binary | Format::IntCompare | Format::FloatCompare | Format::Shuffle => &[Is(ty), Is(ty)],
            Format::Ternary => &[Is(ty), Is(ty), Is(ty)],
            Format::BinaryCarry => &[Is(ty), Is(ty), Is(Type::I8)],
            Format::Select => {
                let lanes = if ty.is_vector() { Function::bool_type(ty) } else { Type::I8 };
                &[Either(Type::I8, lanes), Is(ty), Is(ty)]
            }
            Format::PtrAdd => &[ptr, Is(word)],
            Format::PtrAddImm | Format::Load | Format::Prefetch | Format::Address | Format::IndirectJump => {
                &[ptr]
            }
            Format::Store => &[Is(ty), ptr],
            Format::AtomicRmw => &[ptr, Is(ty)],
            Format::AtomicCas => &[ptr, Is(ty), Is(ty)],
            Format::MemoryBlock => {
                let source = if data.opcode() == Opcode::Memset { Type::I8 } else { Type::PTR };
                &[ptr, Is(source), Is(word)]
            }
            Format::StackAlloc => &[Is(word)],
            Format::TwoAddresses | Format::VaArgAggregate => &[Is(Type::PTR), ptr],
            Format::Resume => &[ptr, Is(Type::I32)],
            Format::Branch => &[IntOrPtr],
            Format::TrapIf => &[Is(Type::I8)],
            Format::ExtractLane if data.opcode() == Opcode::ExtractLane => &[Is(ty)],
            Format::ExtractLane => &[Is(ty), Is(Type::I32)],
            Format::InsertLane if data.opcode() == Opcode::InsertLane => &[Is(ty), Is(ty.lane())],
            Format::InsertLane => &[Is(ty), Is(ty.lane()), Is(Type::I32)],
            Format::Convert | Format::DebugValue => &[Any],
            // Checked against signatures, or without value operands.
            _ => return None,
        };
        for (i, (value, expected)) in args.iter().zip(expected).enumerate() {
            let found = self.func.ty(*value);
            let wanted = match expected {
                Is(ty) if *ty != found => ty.to_string(),
                Either(a, b) if *a != found && *b != found => format!("{a} or {b}"),
                IntOrPtr if !found.is_int_or_ptr() => "an integer or an address".to_string(),
                _ => continue,
            };
            return Some(format!("operand {i} ({value}) is {found}, not {wanted}"));
        }
        None
    }

    /// Conversions: the operand against the result.
    fn convert_fault(&self, data: &InstData) -> Option<String> {
        if data.opcode().format() != Format::Convert {
            return None;
        }
        let (to, from) = (data.ty(), self.func.ty(data.inline_args()[0]));
        let pointer_bits = 8 * self.module.target.layout.pointer.size;
        let (to_bits, from_bits) = (to.lane_bits(pointer_bits), from.lane_bits(pointer_bits));
        let same_lanes = to.lanes() == from.lanes();
        let from_int = from.lane().is_int();
        let from_float = from.lane().is_float();
        let fine = match data.opcode() {
            Opcode::Zext | Opcode::Sext => from_int && same_lanes && from_bits < to_bits,
            Opcode::Trunc => from_int && same_lanes && from_bits > to_bits,
            Opcode::Bitcast => to_bits * to.lanes() == from_bits * from.lanes(),
            Opcode::PtrToInt => from == Type::PTR,
            Opcode::IntToPtr => from.is_int(),
            Opcode::Fpext => from_float && same_lanes && from_bits < to_bits,
            Opcode::Fptrunc => from_float && same_lanes && from_bits > to_bits,
            Opcode::Sitofp | Opcode::Uitofp => from_int && same_lanes,
            Opcode::Fptosi | Opcode::Fptoui | Opcode::FptosiSat | Opcode::FptouiSat => {
                from_float && same_lanes
            }
            Opcode::Splat => from == to.lane(),
            _ => true,
        };
        (!fine).then(|| format!("{} cannot turn {from} into {to}", data.opcode()))
    }

    fn immediate_fault(&self, inst: Inst, data: &InstData) -> Option<String> {
        let (func, ty) = (self.func, data.ty());
        match data.opcode().format() {
            Format::FloatConst if !matches!(ty, Type::F32 | Type::F64) => {
                Some(format!("a constant of {ty} is written with 'const'"))
            }
            Format::PoolConst => {
                let bytes = func.constants[data.constant()].len() as u32;
                let lane_bits = ty.lane_bits(8 * self.module.target.layout.pointer.size);
                let expected = lane_bits / 8 * ty.lanes();
                let in_memory = ty.bytes(&self.module.target.layout);
                (bytes != expected && bytes != in_memory)
                    .then(|| format!("a constant of {ty} has {expected} bytes, not {bytes}"))
            }
            Format::Shuffle => {
                let lanes = &func.constants[data.constant()];
                if lanes.len() != ty.lanes() as usize {
                    return Some(format!("{} lane numbers for {ty}", lanes.len()));
                }
                let bad = lanes.iter().find(|n| **n != 255 && u32::from(**n) >= 2 * ty.lanes())?;
                Some(format!("lane number {bad} is out of range for {ty}"))
            }
            Format::ExtractLane | Format::InsertLane => {
                let is_fixed = matches!(data.opcode(), Opcode::ExtractLane | Opcode::InsertLane);
                (is_fixed && data.lane() >= ty.lanes()).then(|| format!("{ty} has no lane {}", data.lane()))
            }
            Format::StackAlloc if !data.alloc_align().is_power_of_two() => {
                Some(format!("the alignment {} is no power of two", data.alloc_align()))
            }
            Format::Switch => self.case_fault(data),
            Format::SymbolAddr | Format::Call | Format::Invoke => {
                let symbol = &self.module.symbols[data.symbol()];
                (symbol.definition == SymbolDefinition::Undeclared)
                    .then(|| format!("@{} is not declared", symbol.name))
            }
            Format::Address if data.opcode() == Opcode::VaStart && !func.signature.variadic => {
                Some("the function has no variable arguments".to_string())
            }
            _ => self.ordering_fault(inst, data),
        }
    }

    fn case_fault(&self, data: &InstData) -> Option<String> {
        let table = &self.func.switches[data.switch_table()?];
        let bits = data.ty().lane_bits(64);
        let shift = 128 - bits;
        let mut numbers: Vec<i128> = table.cases.iter().map(|(n, _)| *n).collect();
        if let Some(n) = numbers.iter().find(|n| **n << shift >> shift != **n) {
            return Some(format!("case {n} does not fit {} (signed)", data.ty()));
        }
        numbers.sort_unstable();
        let twice = numbers.windows(2).find(|pair| pair[0] == pair[1])?;
        Some(format!("case {} is there twice", twice[0]))
    }

    /// Atomic orderings, and flags that an access cannot have.
    fn ordering_fault(&self, inst: Inst, data: &InstData) -> Option<String> {
        use Ordering::*;
        match data.opcode().format() {
            Format::Fence if data.fence_ordering() == None => Some("a fence has an ordering".to_string()),
            Format::Load | Format::Store if data.opcode() != Opcode::VaArg => {
                let flags = data.mem_flags();
                let is_load = data.opcode() == Opcode::Load;
                let wrong = match flags.ordering() {
                    None | Relaxed | SeqCst => false,
                    Acquire => !is_load,
                    Release => is_load,
                    AcqRel => true,
                };
                if wrong {
                    return Some(format!("{} cannot be {}", data.opcode(), flags.ordering()));
                }
                (flags.ordering() != None && data.ty().is_vector())
                    .then(|| format!("an atomic access of {} is not possible", data.ty()))
            }
            Format::AtomicRmw | Format::AtomicCas => {
                let flags = data.mem_flags();
                if flags.ordering() == None {
                    return Some("an atomic operation has an ordering".to_string());
                }
                let is_cas = data.opcode() == Opcode::AtomicCas;
                if is_cas && matches!(flags.failure_ordering(), None | Release | AcqRel) {
                    return Some(format!(
                        "a compare-and-swap that fails cannot be '{}'",
                        flags.failure_ordering()
                    ));
                }
                debug_assert!(self.func.args(inst).len() >= 2, "atomic operations have operands");
                Option::None
            }
            _ => Option::None,
        }
    }
}

fn promise_fault(data: &InstData) -> Option<String> {
    let flags = data.opcode().flags();
    let allowed = if flags.has(Flags::WRAP) {
        3
    } else if flags.has(Flags::EXACT) || flags.has(Flags::IN_BOUNDS) {
        1
    } else if flags.has(Flags::FAST_MATH) {
        63
    } else {
        match data.opcode().format() {
            Format::Unary | Format::Convert | Format::Binary | Format::BinaryImm | Format::Ternary => 0,
            _ => return None,
        }
    };
    (data.aux() & !allowed != 0).then(|| format!("{} does not accept these promises", data.opcode()))
}

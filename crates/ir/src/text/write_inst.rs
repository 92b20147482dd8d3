//! Writing one instruction: results, name with type, promises, operands by the opcode's format.

use super::write::{Addend, Quoted, Writer};
use crate::condition::{Likelihood, Ordering};
use crate::entity::*;
use crate::function::{Function, PadClause};
use crate::inline_asm::AsmOperand;
use crate::instruction::*;
use crate::memory::MemFlags;
use crate::opcode::{Flags, Format, Opcode};
use crate::signature::Signature;
use crate::types::Type;
use std::fmt::{self, Display, Write};

/// The fast-math flags with their words.
pub(super) const FAST_MATH_WORDS: [(u8, &str); 6] = [
    (NO_NAN, "no_nan"),
    (NO_INF, "no_inf"),
    (NO_SIGNED_ZERO, "no_signed_zero"),
    (RECIPROCAL, "reciprocal"),
    (CONTRACT, "contract"),
    (REASSOCIATE, "reassociate"),
];

/// The promises that an opcode accepts, with their words.
pub(super) fn promise_words(opcode: Opcode) -> &'static [(u8, &'static str)] {
    let flags = opcode.flags();
    if flags.has(Flags::WRAP) {
        &[(NSW, "nsw"), (NUW, "nuw")]
    } else if flags.has(Flags::EXACT) {
        &[(EXACT, "exact")]
    } else if flags.has(Flags::IN_BOUNDS) {
        &[(IN_BOUNDS, "inbounds")]
    } else if flags.has(Flags::FAST_MATH) {
        &FAST_MATH_WORDS
    } else {
        &[]
    }
}

impl<W: Write> Writer<'_, W> {
    /// Writes one instruction, without indentation and newline.
    ///
    /// # Errors
    /// When the output fails.
    pub fn inst(&mut self, func: &Function, inst: Inst) -> fmt::Result {
        for (i, result) in func.results(inst).enumerate() {
            write!(self.out, "{}{result}", if i == 0 { "" } else { ", " })?;
        }
        if func.results(inst).len() > 0 {
            self.out.write_str(" = ")?;
        }
        let data = func.inst(inst);
        self.out.write_str(data.opcode().name())?;
        if data.ty().is_some() {
            write!(self.out, ".{}", data.ty())?;
        }
        for (bit, word) in promise_words(data.opcode()) {
            if data.aux() & bit != 0 {
                write!(self.out, " {word}")?;
            }
        }
        self.operands(func, inst, data)
    }

    fn operands(&mut self, func: &Function, inst: Inst, data: &InstData) -> fmt::Result {
        let args = func.args(inst);
        let out = &mut self.out;
        match data.opcode().format() {
            Format::Nullary => Ok(()),
            Format::IntConst => write!(out, " {}", data.imm()),
            Format::FloatConst => write!(out, " {}", Float(data.ty(), data.imm() as u64)),
            Format::PoolConst => self.pool_const(func, data),
            Format::SymbolAddr => {
                write!(self.out, " {}{}", self.symbol_name(data.symbol()), Addend(data.imm()))
            }
            Format::SlotAddr => write!(out, " {}{}", data.stack_slot(), Addend(data.imm())),
            Format::Slot => write!(out, " {}", data.stack_slot()),
            Format::BlockAddr => write!(out, " {}", data.block()),
            Format::Unary
            | Format::Convert
            | Format::Binary
            | Format::Ternary
            | Format::BinaryCarry
            | Format::Select
            | Format::PtrAdd
            | Format::Address
            | Format::TwoAddresses
            | Format::Resume
            | Format::Return => self.values(args),
            Format::BinaryImm | Format::PtrAddImm => write!(out, " {}, {}", args[0], data.imm()),
            Format::IntCompare => write!(out, " {} {}, {}", data.int_cond(), args[0], args[1]),
            Format::IntCompareImm => write!(out, " {} {}, {}", data.int_cond(), args[0], data.imm()),
            Format::FloatCompare => write!(out, " {} {}, {}", data.float_cond(), args[0], args[1]),
            Format::Load => {
                write!(out, " {}{}", args[0], Addend(data.offset().into()))?;
                self.mem_flags(data.mem_flags())
            }
            Format::Store => {
                write!(out, " {}, {}{}", args[0], args[1], Addend(data.offset().into()))?;
                self.mem_flags(data.mem_flags())
            }
            Format::AtomicRmw => {
                write!(out, " {} {}, {}", data.atomic_op(), args[0], args[1])?;
                self.mem_flags(data.mem_flags())
            }
            Format::AtomicCas | Format::MemoryBlock => {
                self.values(args)?;
                self.mem_flags(data.mem_flags())
            }
            Format::Fence => write!(out, " {}", data.fence_ordering()),
            Format::Prefetch => {
                let (write, locality) = data.prefetch_hint();
                write!(out, " {}, {} {locality}", args[0], if write { "write" } else { "read" })
            }
            Format::StackAlloc => write!(out, " {}, align {}", args[0], data.alloc_align()),
            Format::VaArgAggregate => {
                self.values(args)?;
                write!(self.out, ", {}", self.aggregate_name(data.aggregate()))
            }
            Format::Depth => write!(out, " {}", data.frame_depth()),
            Format::Jump | Format::Branch => self.branch(func, data, args),
            Format::Switch | Format::IndirectJump => self.switch(func, data, args),
            Format::Call
            | Format::CallIndirect
            | Format::CallLib
            | Format::Invoke
            | Format::InvokeIndirect => self.call(func, data, args),
            Format::LandingPad => self.landing_pad(func, data),
            Format::Asm | Format::AsmGoto => self.asm(func, data, args),
            Format::Trap => write!(out, " {}", data.trap_code()),
            Format::TrapIf => write!(out, " {}, {}", args[0], data.trap_code()),
            Format::Shuffle => {
                write!(out, " {}, {}, [", args[0], args[1])?;
                for (i, lane) in func.constants[data.constant()].iter().enumerate() {
                    write!(out, "{}{lane}", if i == 0 { "" } else { ", " })?;
                }
                out.write_char(']')
            }
            Format::ExtractLane | Format::InsertLane => {
                self.values(args)?;
                match data.opcode() {
                    Opcode::ExtractLane | Opcode::InsertLane => write!(self.out, ", {}", data.lane()),
                    _ => Ok(()),
                }
            }
            Format::DebugValue => write!(out, " {}, {}", args[0], data.debug_variable()),
            Format::DebugSlot => write!(out, " {}, {}", data.stack_slot(), data.debug_variable()),
        }
    }

    fn values(&mut self, values: &[Value]) -> fmt::Result {
        for (i, value) in values.iter().enumerate() {
            write!(self.out, "{}{value}", if i == 0 { " " } else { ", " })?;
        }
        Ok(())
    }

    fn value_tuple(&mut self, values: &[Value]) -> fmt::Result {
        for (i, value) in values.iter().enumerate() {
            write!(self.out, "{}{value}", if i == 0 { "(" } else { ", " })?;
        }
        self.out.write_str(if values.is_empty() { "()" } else { ")" })
    }

    fn pool_const(&mut self, func: &Function, data: &InstData) -> fmt::Result {
        let bytes = &func.constants[data.constant()];
        let lane_bytes =
            (data.ty().lane_bits(8 * self.module.target.layout.pointer.size) / 8).max(1) as usize;
        if data.ty().is_vector() && bytes.len() == lane_bytes * data.ty().lanes() as usize {
            for (i, lane) in bytes.chunks(lane_bytes).enumerate() {
                write!(self.out, "{}{}", if i == 0 { " [" } else { ", " }, Hex(lane))?;
            }
            self.out.write_char(']')
        } else {
            write!(self.out, " {}", Hex(bytes))
        }
    }

    fn mem_flags(&mut self, flags: MemFlags) -> fmt::Result {
        if flags.align() != 1 {
            write!(self.out, ", align {}", flags.align())?;
        }
        let words = [
            (flags.is_volatile(), "volatile"),
            (flags.is_invariant(), "invariant"),
            (flags.is_non_temporal(), "non_temporal"),
            (flags.is_weak(), "weak"),
        ];
        for (_, word) in words.iter().filter(|(on, _)| *on) {
            write!(self.out, ", {word}")?;
        }
        if flags.ordering() != Ordering::None {
            write!(self.out, ", {}", flags.ordering())?;
        }
        if flags.failure_ordering() != Ordering::None {
            write!(self.out, ", failure {}", flags.failure_ordering())?;
        }
        match flags.tag() {
            Some(tag) => write!(self.out, ", {}", self.tag_name(tag)),
            None => Ok(()),
        }
    }

    fn block_call(&mut self, func: &Function, call: BlockCall) -> fmt::Result {
        let call = &func.block_calls[call];
        write!(self.out, "{}", call.block)?;
        if call.args.is_empty() { Ok(()) } else { self.value_tuple(&call.args) }
    }

    fn branch(&mut self, func: &Function, data: &InstData, args: &[Value]) -> fmt::Result {
        if data.opcode() == Opcode::Branch && data.likelihood() != Likelihood::Unknown {
            write!(self.out, " {}", data.likelihood())?;
        }
        self.values(args)?;
        for (i, target) in data.direct_targets().into_iter().flatten().enumerate() {
            self.out.write_str(if i == 0 && args.is_empty() { " " } else { ", " })?;
            self.block_call(func, target)?;
        }
        Ok(())
    }

    fn switch(&mut self, func: &Function, data: &InstData, args: &[Value]) -> fmt::Result {
        self.values(args)?;
        let Some(table) = data.switch_table() else { return Ok(()) };
        let table = &func.switches[table];
        if data.opcode() == Opcode::IndirectJump {
            self.out.write_str(", [")?;
            for (i, target) in table.targets.iter().enumerate() {
                self.out.write_str(if i == 0 { "" } else { ", " })?;
                self.block_call(func, *target)?;
            }
            return self.out.write_char(']');
        }
        self.out.write_str(", ")?;
        for target in &table.targets {
            self.block_call(func, *target)?;
        }
        self.out.write_str(" {")?;
        for (i, (number, target)) in table.cases.iter().enumerate() {
            self.out.write_str(match i {
                0 => " ",
                _ if i % 8 == 0 => ",\n        ",
                _ => ", ",
            })?;
            write!(self.out, "{number}: ")?;
            self.block_call(func, *target)?;
        }
        self.out.write_str(" }")
    }

    fn call(&mut self, func: &Function, data: &InstData, args: &[Value]) -> fmt::Result {
        let signature = &func.signatures[data.signature()];
        let mut is_known = false;
        match data.opcode().format() {
            Format::CallLib => {
                write!(self.out, " {}", data.libcall())?;
                self.value_tuple(args)?;
            }
            Format::Call | Format::Invoke => {
                write!(self.out, " {}", self.symbol_name(data.symbol()))?;
                self.value_tuple(args)?;
                is_known = self.module.signature_of(data.symbol()).is_some_and(|s| is_same(s, signature));
            }
            _ => {
                if let Some((callee, args)) = args.split_first() {
                    write!(self.out, " {callee}")?;
                    self.value_tuple(args)?;
                }
            }
        }
        if !is_known {
            self.out.write_str(" : ")?;
            self.signature(signature)?;
        }
        if let Some(table) = data.switch_table() {
            for (word, target) in [", normal ", ", unwind "].iter().zip(&func.switches[table].targets) {
                self.out.write_str(word)?;
                self.block_call(func, *target)?;
            }
        }
        Ok(())
    }

    fn landing_pad(&mut self, func: &Function, data: &InstData) -> fmt::Result {
        let pad = &func.pads[data.pad()];
        if pad.cleanup {
            self.out.write_str(" cleanup")?;
        }
        for clause in &pad.clauses {
            match clause {
                PadClause::Catch(Some(symbol)) => write!(self.out, " catch {}", self.symbol_name(*symbol))?,
                PadClause::Catch(None) => self.out.write_str(" catch_all")?,
                PadClause::Filter(symbols) => {
                    self.out.write_str(" filter(")?;
                    for (i, symbol) in symbols.iter().enumerate() {
                        write!(self.out, "{}{}", if i == 0 { "" } else { ", " }, self.symbol_name(*symbol))?;
                    }
                    self.out.write_char(')')?;
                }
            }
        }
        Ok(())
    }

    fn asm(&mut self, func: &Function, data: &InstData, args: &[Value]) -> fmt::Result {
        let asm = &func.asms[data.asm_ref()];
        let words =
            [(asm.is_volatile, "volatile"), (asm.aligns_stack, "align_stack"), (asm.intel_syntax, "intel")];
        for (_, word) in words.iter().filter(|(on, _)| *on) {
            write!(self.out, " {word}")?;
        }
        write!(self.out, " {} ", Quoted(asm.template.as_bytes()))?;
        self.value_tuple(args)?;
        for (word, operands) in [("outputs", &asm.outputs), ("inputs", &asm.inputs)] {
            for (i, operand) in operands.iter().enumerate() {
                match i {
                    0 => write!(self.out, ", {word}(")?,
                    _ => self.out.write_str(", ")?,
                }
                self.asm_operand(operand)?;
            }
            if !operands.is_empty() {
                self.out.write_char(')')?;
            }
        }
        for (word, names) in [("clobbers", &asm.clobbers), ("labels", &asm.labels)] {
            for (i, name) in names.iter().enumerate() {
                match i {
                    0 => write!(self.out, ", {word}(")?,
                    _ => self.out.write_str(", ")?,
                }
                write!(self.out, "{}", Quoted(name.as_bytes()))?;
            }
            if !names.is_empty() {
                self.out.write_char(')')?;
            }
        }
        if let Some(table) = data.switch_table() {
            for (i, target) in func.switches[table].targets.iter().enumerate() {
                self.out.write_str(if i == 0 { ", to [" } else { ", " })?;
                self.block_call(func, *target)?;
            }
            self.out.write_char(']')?;
        }
        Ok(())
    }

    fn asm_operand(&mut self, operand: &AsmOperand) -> fmt::Result {
        write!(self.out, "{}", Quoted(operand.constraint.as_bytes()))?;
        if operand.ty.is_some() {
            write!(self.out, " {}", operand.ty)?;
        }
        if let Some(name) = &operand.name {
            write!(self.out, " name {}", Quoted(name.as_bytes()))?;
        }
        if operand.is_memory {
            self.out.write_str(" memory")?;
        }
        if operand.memory_bytes != 0 {
            write!(self.out, " bytes {}", operand.memory_bytes)?;
        }
        match &operand.register {
            Some(register) => write!(self.out, " register {}", Quoted(register.as_bytes())),
            None => Ok(()),
        }
    }
}

/// Whether two signatures have the same text: "all parameters are named" has two forms.
fn is_same(a: &Signature, b: &Signature) -> bool {
    a.named_count() == b.named_count()
        && a.params == b.params
        && a.results == b.results
        && a.variadic == b.variadic
        && a.call_conv == b.call_conv
}

/// Little-endian bytes as one hexadecimal number, all digits.
struct Hex<'a>(&'a [u8]);

impl Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().rev().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The bits of an f32 or f64 as C's hexadecimal float, `inf` or `nan:0x…` (the fraction bits).
pub(super) struct Float(pub Type, pub u64);

impl Display for Float {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fraction_bits, exponent_bits) = if self.0 == Type::F32 { (23, 8) } else { (52, 11) };
        let fraction = self.1 & ((1 << fraction_bits) - 1);
        let exponent = self.1 >> fraction_bits & ((1 << exponent_bits) - 1);
        let bias = (1i64 << (exponent_bits - 1)) - 1;
        if self.1 >> (fraction_bits + exponent_bits) & 1 != 0 {
            f.write_char('-')?;
        }
        if exponent == (1 << exponent_bits) - 1 {
            return if fraction == 0 { f.write_str("inf") } else { write!(f, "nan:{fraction:#x}") };
        }
        // Left-align the fraction to whole hexadecimal digits.
        let digits = (fraction_bits + 3) / 4;
        let mut aligned = fraction << (digits * 4 - fraction_bits);
        let mut shown = digits;
        while shown > 0 && aligned & 15 == 0 {
            aligned >>= 4;
            shown -= 1;
        }
        let (lead, power) = match (exponent, fraction) {
            (0, 0) => return f.write_str("0.0"),
            (0, _) => (0, 1 - bias),
            _ => (1, exponent as i64 - bias),
        };
        match shown {
            0 => write!(f, "0x{lead}p{power}"),
            _ => write!(f, "0x{lead}.{aligned:0shown$x}p{power}", shown = shown as usize),
        }
    }
}

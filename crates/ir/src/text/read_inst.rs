//! Reading one instruction by its opcode's format. The counterpart of `write_inst`.

use super::lexer::TokenKind;
use super::read::{Parse, Reader};
use super::read_function::BodyReader;
use super::write_inst::promise_words;
use crate::condition::*;
use crate::entity::*;
use crate::function::{LandingPadData, PadClause, SwitchData};
use crate::inline_asm::{AsmData, AsmOperand};
use crate::instruction::InstData;
use crate::libcall::LibCall;
use crate::memory::MemFlags;
use crate::opcode::{Format, Opcode, TypeClass};
use crate::types::Type;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::sync::{Arc, LazyLock};

type Values = SmallVec<[Value; 8]>;

static OPCODE_NAMES: LazyLock<FxHashMap<&'static str, Opcode>> =
    LazyLock::new(|| Opcode::ALL.iter().map(|op| (op.name(), *op)).collect());

impl BodyReader<'_, '_> {
    /// Opcode, type, promises and operands.
    pub(super) fn inst_data(&mut self) -> Parse<InstData> {
        let token = self.reader.peek();
        let word = self.reader.word("an instruction")?;
        let (name, suffix) = match word.split_once('.') {
            Some((name, suffix)) => (name, Some(suffix)),
            None => (word, None),
        };
        let Some(opcode) = OPCODE_NAMES.get(name).copied() else {
            return self.reader.fail(self.reader.span(token), format!("there is no instruction '{name}'"));
        };
        let types = opcode.info().types;
        let span = self.reader.span(token);
        let ty = match suffix {
            None if types == TypeClass::NONE => Type::NONE,
            None => return self.reader.fail(span, format!("expected a type after '{name}' ('{name}.i32')")),
            Some(suffix) => match Type::from_name(suffix) {
                Some(ty) if types != TypeClass::NONE && types.accepts(ty) => ty,
                Some(_) if types == TypeClass::NONE => {
                    return self.reader.fail(span, format!("{name} takes no type"));
                }
                Some(ty) => return self.reader.fail(span, format!("there is no {name} of {ty}")),
                None => return self.reader.fail(span, format!("there is no type '{suffix}'")),
            },
        };
        let mut promises = 0;
        let words = promise_words(opcode);
        while let Some((bit, _)) =
            self.reader.peek_word().and_then(|word| words.iter().find(|(_, w)| *w == word))
        {
            promises |= bit;
            self.reader.at += 1;
        }
        self.operands(opcode, ty, promises)
    }

    fn operands(&mut self, opcode: Opcode, ty: Type, promises: u8) -> Parse<InstData> {
        Ok(match opcode.format() {
            Format::Nullary => InstData::nullary(opcode, ty),
            Format::IntConst => InstData::iconst(ty, self.reader.imm64("a number")?),
            Format::FloatConst => {
                if !matches!(ty, Type::F32 | Type::F64) {
                    return self.reader.expected_before("'const' instead of 'fconst' for this type");
                }
                InstData::fconst(ty, self.reader.float_bits(ty)?)
            }
            Format::PoolConst => self.pool_const(ty)?,
            Format::SymbolAddr => {
                let symbol = self.reader.symbol("a symbol")?;
                InstData::addr(symbol, self.reader.addend()?)
            }
            Format::SlotAddr => {
                let slot = self.slot_id()?;
                InstData::slot_addr(slot, self.reader.addend()?)
            }
            Format::Slot => InstData::slot(opcode, self.slot_id()?),
            Format::BlockAddr => InstData::block_addr(self.block()?),
            Format::Unary | Format::Convert | Format::Address => {
                let mut data = InstData::unary(opcode, ty, self.value()?);
                data.set_aux(promises);
                data
            }
            Format::Binary | Format::PtrAdd | Format::TwoAddresses | Format::Resume => {
                let [a, b] = self.values()?;
                InstData::binary(opcode, ty, promises, a, b)
            }
            Format::BinaryImm | Format::PtrAddImm => {
                let value = self.value_and_comma()?;
                InstData::binary_imm(opcode, ty, promises, value, self.reader.imm64("a number")?)
            }
            Format::Ternary | Format::BinaryCarry | Format::Select => {
                InstData::ternary(opcode, ty, promises, self.values()?)
            }
            Format::IntCompare | Format::IntCompareImm => {
                let cond = self.named("an integer condition ('eq', 'slt', …)", IntCond::from_name)?;
                let a = self.value_and_comma()?;
                match opcode.format() {
                    Format::IntCompare => InstData::icmp(ty, cond, a, self.value()?),
                    _ => InstData::icmp_imm(ty, cond, a, self.reader.imm64("a number")?),
                }
            }
            Format::FloatCompare => {
                let cond = self.named("a float condition ('oeq', 'olt', …)", FloatCond::from_name)?;
                let [a, b] = self.values()?;
                InstData::fcmp(ty, cond, a, b)
            }
            Format::Load => {
                let addr = self.value()?;
                let offset = self.offset()?;
                InstData::load(opcode, ty, addr, offset, self.mem_flags()?)
            }
            Format::Store => {
                let value = self.value_and_comma()?;
                let addr = self.value()?;
                let offset = self.offset()?;
                InstData::store(ty, value, addr, offset, self.mem_flags()?)
            }
            Format::AtomicRmw => {
                let op = self.named("an operation ('add', 'xchg', …)", AtomicOp::from_name)?;
                let [addr, value] = self.values()?;
                InstData::atomic_rmw(ty, op, addr, value, self.mem_flags()?)
            }
            Format::AtomicCas => {
                let args = self.values()?;
                InstData::atomic_cas(ty, args, self.mem_flags()?)
            }
            Format::MemoryBlock => {
                let args = self.values()?;
                InstData::memory_block(opcode, args, self.mem_flags()?)
            }
            Format::Fence => {
                InstData::fence(opcode, self.named("an ordering ('acquire', …)", Ordering::from_name)?)
            }
            Format::Prefetch => {
                let addr = self.value_and_comma()?;
                let write = match self.reader.word("'read' or 'write'")? {
                    "read" => false,
                    "write" => true,
                    _ => return self.reader.expected_before("'read' or 'write'"),
                };
                InstData::prefetch(addr, write, self.reader.number_in("a locality", 0, 3)? as u8)
            }
            Format::StackAlloc => {
                let size = self.value_and_comma()?;
                if !self.reader.take_word("align") {
                    return self.reader.expected("'align'");
                }
                InstData::stack_alloc(size, self.reader.align()?)
            }
            Format::VaArgAggregate => {
                let [list, destination] = self.values()?;
                self.reader.comma()?;
                InstData::va_arg_aggregate(list, destination, self.reader.aggregate_id("a type name")?)
            }
            Format::Depth => InstData::depth(opcode, self.reader.u32("a depth")?),
            Format::Jump => InstData::jump(self.block_call()?),
            Format::Branch => self.branch()?,
            Format::Switch => self.switch(ty)?,
            Format::IndirectJump => {
                let addr = self.value_and_comma()?;
                let targets = self.target_list()?;
                let table = self.func.switches.push(SwitchData { cases: Vec::new(), targets });
                InstData::indirect_jump(addr, table)
            }
            Format::Return => {
                let mut values = Values::new();
                let next = self.reader.peek();
                let is_suffix = matches!(self.reader.peek_word(), Some("in" | "at"));
                if !next.starts_line && next.kind == TokenKind::Word && !is_suffix {
                    values.push(self.value()?);
                    while self.reader.take_punct(b',') {
                        values.push(self.value()?);
                    }
                }
                InstData::ret(self.func.make_list(&values))
            }
            Format::Call
            | Format::CallIndirect
            | Format::CallLib
            | Format::Invoke
            | Format::InvokeIndirect => self.call(opcode)?,
            Format::LandingPad => self.landing_pad()?,
            Format::Asm | Format::AsmGoto => self.asm(opcode)?,
            Format::Trap => InstData::trap(self.named("a trap code ('user', …)", TrapCode::from_name)?),
            Format::TrapIf => {
                let cond = self.value_and_comma()?;
                InstData::trap_if(cond, self.named("a trap code ('user', …)", TrapCode::from_name)?)
            }
            Format::Shuffle => self.shuffle(ty)?,
            Format::ExtractLane | Format::InsertLane => self.lanes(opcode, ty)?,
            Format::DebugValue => {
                let value = self.value_and_comma()?;
                InstData::debug_value(value, self.debug_variable()?)
            }
            Format::DebugSlot => {
                let slot = self.slot_id()?;
                self.reader.comma()?;
                InstData::debug_slot(slot, self.debug_variable()?)
            }
        })
    }

    fn debug_variable(&mut self) -> Parse<DebugVariable> {
        Ok(DebugVariable(self.reader.entity_number("dvar", "a debug variable ('dvar…')")?))
    }

    fn value_and_comma(&mut self) -> Parse<Value> {
        let value = self.value()?;
        self.reader.comma()?;
        Ok(value)
    }

    /// `N` values between commas.
    fn values<const N: usize>(&mut self) -> Parse<[Value; N]> {
        let mut values = [Value::RESERVED; N];
        for (i, slot) in values.iter_mut().enumerate() {
            if i > 0 {
                self.reader.comma()?;
            }
            *slot = self.value()?;
        }
        Ok(values)
    }

    fn value_tuple(&mut self, values: &mut Values) -> Parse<()> {
        self.reader.punct(b'(', "'(' before the arguments")?;
        if self.reader.take_punct(b')') {
            return Ok(());
        }
        loop {
            values.push(self.value()?);
            if !self.reader.take_punct(b',') {
                return self.reader.punct(b')', "',' or ')'");
            }
        }
    }

    fn named<T>(&mut self, what: &str, find: impl Fn(&str) -> Option<T>) -> Parse<T> {
        match self.reader.peek_word().and_then(find) {
            Some(found) => {
                self.reader.at += 1;
                Ok(found)
            }
            None => self.reader.expected(what),
        }
    }

    fn offset(&mut self) -> Parse<i32> {
        let token = self.reader.peek();
        let offset = self.reader.addend()?;
        match i32::try_from(offset) {
            Ok(offset) => Ok(offset),
            Err(_) => self.reader.fail(self.reader.span(token), "an offset has 32 bits"),
        }
    }

    fn mem_flags(&mut self) -> Parse<MemFlags> {
        let mut flags = MemFlags::NONE;
        while self.reader.take_punct(b',') {
            if self.reader.peek().kind == TokenKind::Tag {
                flags = flags.with_tag(self.reader.tag_id("a tag")?);
                continue;
            }
            let what =
                "'align', 'volatile', 'invariant', 'non_temporal', 'weak', an ordering, 'failure' or a tag";
            flags = match self.reader.word(what)? {
                "align" => flags.with_align(self.reader.align()?),
                "volatile" => flags.volatile(),
                "invariant" => flags.invariant(),
                "non_temporal" => flags.non_temporal(),
                "weak" => flags.weak(),
                "failure" => flags.with_failure_ordering(self.named("an ordering", Ordering::from_name)?),
                word => match Ordering::from_name(word) {
                    Some(ordering) => flags.with_ordering(ordering),
                    None => return self.reader.expected_before(what),
                },
            };
        }
        Ok(flags)
    }

    fn block_call(&mut self) -> Parse<BlockCall> {
        let block = self.block()?;
        let mut args = Values::new();
        if self.reader.is_punct(b'(') && !self.reader.peek().starts_line {
            self.value_tuple(&mut args)?;
        }
        Ok(self.func.make_block_call(block, &args))
    }

    /// `[block1, block2]`
    fn target_list(&mut self) -> Parse<Vec<BlockCall>> {
        self.reader.punct(b'[', "'[' before the blocks")?;
        let mut targets = Vec::new();
        while !self.reader.take_punct(b']') {
            if !targets.is_empty() {
                self.reader.punct(b',', "',' or ']'")?;
            }
            targets.push(self.block_call()?);
        }
        Ok(targets)
    }

    fn branch(&mut self) -> Parse<InstData> {
        // `likely` is a word before the value, not the value's name.
        let mut likely = Likelihood::Unknown;
        if !matches!(self.reader.peek_ahead(1).kind, TokenKind::Punct(_)) {
            likely = self.named("'likely', 'unlikely' or a value", Likelihood::from_name)?;
        }
        let cond = self.value_and_comma()?;
        let then = self.block_call()?;
        self.reader.comma()?;
        let other = self.block_call()?;
        Ok(InstData::branch(cond, likely, then, other))
    }

    fn switch(&mut self, ty: Type) -> Parse<InstData> {
        let value = self.value_and_comma()?;
        let default = self.block_call()?;
        self.reader.punct(b'{', "'{' before the cases")?;
        let mut cases = Vec::new();
        while !self.reader.take_punct(b'}') {
            if !cases.is_empty() {
                self.reader.punct(b',', "',' or '}'")?;
            }
            let number = self.reader.int("a case number or '}'")?;
            self.reader.punct(b':', "':' after the case number")?;
            cases.push((number, self.block_call()?));
        }
        let table = self.func.switches.push(SwitchData { cases, targets: vec![default] });
        Ok(InstData::switch(ty, value, table))
    }

    fn call(&mut self, opcode: Opcode) -> Parse<InstData> {
        let mut args = Values::new();
        let mut callee = Symbol(0);
        let mut routine = None;
        match opcode.format() {
            Format::CallLib => {
                routine = Some(self.named("a runtime routine", LibCall::from_name)?);
            }
            Format::Call | Format::Invoke => callee = self.reader.symbol("a function")?,
            _ => args.push(self.value()?),
        }
        let names_callee = matches!(opcode.format(), Format::Call | Format::Invoke);
        self.value_tuple(&mut args)?;
        let signature = if self.reader.take_punct(b':') {
            let signature = self.reader.signature()?;
            self.func.import_signature(Arc::new(signature))
        } else if names_callee {
            self.callee_signature(callee)?
        } else {
            return self.reader.expected("':' and a signature");
        };
        let list = self.func.make_list(&args);
        if !matches!(opcode.format(), Format::Invoke | Format::InvokeIndirect) {
            return Ok(match (routine, names_callee) {
                (Some(routine), _) => InstData::call_lib(list, signature, routine),
                (None, true) => InstData::call(opcode, list, signature, callee),
                (None, false) => InstData::call_indirect(opcode, list, signature),
            });
        }
        let mut targets = Vec::new();
        for word in ["normal", "unwind"] {
            self.reader.comma()?;
            if !self.reader.take_word(word) {
                return self.reader.expected(&format!("'{word}' and a block"));
            }
            targets.push(self.block_call()?);
        }
        let table = self.func.switches.push(SwitchData { cases: Vec::new(), targets });
        Ok(InstData::invoke(opcode, list, signature, callee, table))
    }

    fn callee_signature(&mut self, callee: Symbol) -> Parse<SigRef> {
        if let Some(signature) = self.callee_signatures.get(&callee) {
            return Ok(*signature);
        }
        let Some(signature) = self.reader.module.signature_of(callee).cloned() else {
            return self.reader.expected("':' and a signature: the callee is not declared as a function");
        };
        let signature = self.func.import_signature(Arc::new(signature));
        self.callee_signatures.insert(callee, signature);
        Ok(signature)
    }

    fn landing_pad(&mut self) -> Parse<InstData> {
        let mut pad = LandingPadData::default();
        while !self.reader.peek().starts_line {
            match self.reader.peek_word() {
                Some("cleanup") => pad.cleanup = true,
                Some("catch_all") => pad.clauses.push(PadClause::Catch(None)),
                Some("catch") => {
                    self.reader.at += 1;
                    let symbol = self.reader.symbol("a type's info object")?;
                    pad.clauses.push(PadClause::Catch(Some(symbol)));
                    continue;
                }
                Some("filter") => {
                    self.reader.at += 1;
                    self.reader.punct(b'(', "'('")?;
                    let mut symbols = Vec::new();
                    while !self.reader.take_punct(b')') {
                        if !symbols.is_empty() {
                            self.reader.comma()?;
                        }
                        symbols.push(self.reader.symbol("a type's info object or ')'")?);
                    }
                    pad.clauses.push(PadClause::Filter(symbols));
                    continue;
                }
                _ => break,
            }
            self.reader.at += 1;
        }
        Ok(InstData::landing_pad(self.func.pads.push(pad)))
    }

    fn shuffle(&mut self, ty: Type) -> Parse<InstData> {
        let [a, b] = self.values()?;
        self.reader.comma()?;
        self.reader.punct(b'[', "'[' before the lane numbers")?;
        let mut lanes = Vec::new();
        while !self.reader.take_punct(b']') {
            if !lanes.is_empty() {
                self.reader.punct(b',', "',' or ']'")?;
            }
            lanes.push(self.reader.number_in("a lane number", 0, 255)? as u8);
        }
        let mask = self.func.constants.push(lanes.into());
        Ok(InstData::shuffle(ty, a, b, mask))
    }

    fn lanes(&mut self, opcode: Opcode, ty: Type) -> Parse<InstData> {
        match opcode {
            Opcode::ExtractLane => {
                let vector = self.value_and_comma()?;
                Ok(InstData::extract_lane(ty, vector, self.reader.u32("a lane number")?))
            }
            Opcode::InsertLane => {
                let [vector, scalar] = self.values()?;
                self.reader.comma()?;
                Ok(InstData::insert_lane(ty, vector, scalar, self.reader.u32("a lane number")?))
            }
            Opcode::ExtractLaneDynamic => {
                let [vector, number] = self.values()?;
                Ok(InstData::binary(opcode, ty, 0, vector, number))
            }
            _ => Ok(InstData::ternary(opcode, ty, 0, self.values()?)),
        }
    }

    fn pool_const(&mut self, ty: Type) -> Parse<InstData> {
        let lane = ty.lane();
        let mut bytes = Vec::new();
        if self.reader.take_punct(b'[') {
            while !self.reader.take_punct(b']') {
                if !bytes.is_empty() {
                    self.reader.punct(b',', "',' or ']'")?;
                }
                self.reader.lane_bytes(lane, &mut bytes)?;
            }
        } else {
            self.reader.lane_bytes(lane, &mut bytes)?;
        }
        let constant = self.func.constants.push(bytes.into());
        Ok(InstData::pool_const(ty, constant))
    }

    fn asm(&mut self, opcode: Opcode) -> Parse<InstData> {
        let mut asm = AsmData::default();
        while let Some(word) = self.reader.peek_word() {
            match word {
                "volatile" => asm.is_volatile = true,
                "align_stack" => asm.aligns_stack = true,
                "intel" => asm.intel_syntax = true,
                _ => break,
            }
            self.reader.at += 1;
        }
        asm.template = self.reader.string("the assembly text")?.to_string();
        let mut args = Values::new();
        self.value_tuple(&mut args)?;
        let mut targets = Vec::new();
        while self.reader.take_punct(b',') {
            let what = "'outputs', 'inputs', 'clobbers', 'labels' or 'to'";
            match self.reader.word(what)? {
                "outputs" => asm.outputs = self.reader.asm_operands()?,
                "inputs" => asm.inputs = self.reader.asm_operands()?,
                "clobbers" => asm.clobbers = self.reader.string_list()?,
                "labels" => asm.labels = self.reader.string_list()?,
                "to" if opcode == Opcode::AsmGoto => targets = self.target_list()?,
                _ => return self.reader.expected_before(what),
            }
        }
        let list = self.func.make_list(&args);
        let asm = self.func.asms.push(asm);
        if opcode == Opcode::Asm {
            return Ok(InstData::asm(list, asm));
        }
        let table = self.func.switches.push(SwitchData { cases: Vec::new(), targets });
        Ok(InstData::asm_goto(list, asm, table))
    }
}

impl Reader<'_> {
    fn asm_operands(&mut self) -> Parse<Vec<AsmOperand>> {
        self.punct(b'(', "'('")?;
        let mut operands = Vec::new();
        loop {
            let mut operand = AsmOperand {
                constraint: self.string("a constraint in quotes")?.to_string(),
                name: None,
                ty: Type::NONE,
                is_memory: false,
                memory_bytes: 0,
                register: None,
            };
            while let Some(word) = self.peek_word() {
                self.at += 1;
                match word {
                    "name" => operand.name = Some(self.string("a name")?.to_string()),
                    "memory" => operand.is_memory = true,
                    "bytes" => operand.memory_bytes = self.unsigned("a size")?,
                    "register" => operand.register = Some(self.string("a register")?.to_string()),
                    _ => match Type::from_name(word) {
                        Some(ty) => operand.ty = ty,
                        None => {
                            return self.expected_before("a type, 'name', 'memory', 'bytes' or 'register'");
                        }
                    },
                }
            }
            operands.push(operand);
            if !self.take_punct(b',') {
                self.punct(b')', "',' or ')'")?;
                return Ok(operands);
            }
        }
    }

    fn string_list(&mut self) -> Parse<Vec<String>> {
        self.punct(b'(', "'('")?;
        let mut list = Vec::new();
        loop {
            list.push(self.string("text in quotes")?.to_string());
            if !self.take_punct(b',') {
                self.punct(b')', "',' or ')'")?;
                return Ok(list);
            }
        }
    }

    /// The bytes of one lane: all its hexadecimal digits, a whole number, or a float.
    fn lane_bytes(&mut self, lane: Type, bytes: &mut Vec<u8>) -> Parse<()> {
        let token = self.peek();
        let text = self.word_text(token);
        if let Some(digits) = text.strip_prefix("0x").filter(|d| is_hex_bytes(d)) {
            self.at += 1;
            for pair in digits.as_bytes().rchunks(2) {
                let pair = std::str::from_utf8(pair).unwrap_or("");
                bytes.push(u8::from_str_radix(pair, 16).unwrap_or(0));
            }
            return Ok(());
        }
        match lane {
            Type::F32 | Type::F64 => {
                let bits = self.float_bits(lane)?;
                bytes.extend_from_slice(&bits.to_le_bytes()[..if lane == Type::F32 { 4 } else { 8 }]);
            }
            Type::F80 | Type::F128 => return self.expected("all hexadecimal digits of the value (0x…)"),
            _ => {
                let pointer_bits = 8 * self.module.target.layout.pointer.size;
                let size = (lane.lane_bits(pointer_bits) / 8) as usize;
                bytes.extend_from_slice(&self.int("a number")?.to_le_bytes()[..size]);
            }
        }
        Ok(())
    }

    /// The bits of an f32 or f64: decimal, hexadecimal float, `inf`, `nan`, `nan:0x…`.
    pub(super) fn float_bits(&mut self, ty: Type) -> Parse<u64> {
        let (fraction_bits, exponent_bits) = if ty == Type::F32 { (23, 8u32) } else { (52i64, 11) };
        let sign = u64::from(self.take_punct(b'-')) << (fraction_bits + i64::from(exponent_bits));
        let infinity = ((1u64 << exponent_bits) - 1) << fraction_bits;
        let token = self.peek();
        match self.peek_word() {
            Some("inf") => {
                self.at += 1;
                return Ok(sign | infinity);
            }
            Some("nan") => {
                self.at += 1;
                let mut fraction = 1 << (fraction_bits - 1);
                if self.take_punct(b':') {
                    fraction = self.number_in("the bits of a NaN", 1, (1 << fraction_bits) - 1)? as u64;
                }
                return Ok(sign | infinity | fraction);
            }
            _ => {}
        }
        if token.kind != TokenKind::Number {
            return self.expected("a floating-point number");
        }
        self.at += 1;
        let text = self.word_text(token);
        let bits = match text.strip_prefix("0x") {
            Some(digits) => hexadecimal_float(digits, fraction_bits, exponent_bits),
            None if ty == Type::F32 => text.parse::<f32>().ok().map(|f| u64::from(f.to_bits())),
            None => text.parse::<f64>().ok().map(f64::to_bits),
        };
        match bits {
            Some(bits) => Ok(sign | bits),
            None => self.fail(self.span(token), format!("'{text}' is no exact {ty}")),
        }
    }
}

fn is_hex_bytes(digits: &str) -> bool {
    !digits.is_empty() && digits.len().is_multiple_of(2) && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The bits of `1.8p1`; `None` when it is malformed or not exactly representable.
fn hexadecimal_float(text: &str, fraction_bits: i64, exponent_bits: u32) -> Option<u64> {
    let (digits, power) = match text.split_once(['p', 'P']) {
        Some((digits, power)) => (digits, power.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut mantissa = 0u128;
    for digit in whole.chars().chain(fraction.chars()) {
        if mantissa >> 120 != 0 {
            return None;
        }
        mantissa = mantissa << 4 | u128::from(digit.to_digit(16)?);
    }
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    if mantissa == 0 {
        return Some(0);
    }
    let zeros = mantissa.trailing_zeros();
    mantissa >>= zeros;
    let exponent = power.checked_sub(4 * fraction.len() as i64)?.checked_add(zeros.into())?;
    let width = i64::from(128 - mantissa.leading_zeros());
    let bias = (1i64 << (exponent_bits - 1)) - 1;
    let top = exponent.checked_add(width - 1)?;
    if top > bias || width > fraction_bits + 1 {
        return None;
    }
    let mantissa = mantissa as u64;
    if top >= 1 - bias {
        let fraction = mantissa << (fraction_bits - (width - 1)) & ((1 << fraction_bits) - 1);
        return Some(((top + bias) as u64) << fraction_bits | fraction);
    }
    let shift = exponent - (1 - bias - fraction_bits);
    if shift < 0 { None } else { Some(mantissa << shift) }
}

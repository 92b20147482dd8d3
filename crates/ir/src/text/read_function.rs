//! Reading function bodies: slots, blocks, names of values and blocks.
//!
//! A body is gone over once for the numbers that it uses, then read in order. Values and blocks may
//! be used before the line that defines them; what is never defined is reported at its first use.

use super::lexer::{Token, TokenKind};
use super::read::{Failed, Parse, Reader};
use crate::entity::*;
use crate::function::{Function, StackSlotData, ValueDef};
use lathe_diag::Span;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

/// The `7` of `v7`, for prefix `v`; numbers are written without leading zeros.
pub(super) fn plain_number(word: &str, prefix: &str) -> Option<u32> {
    let digits = word.strip_prefix(prefix)?;
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    if plain { digits.parse().ok().filter(|n| *n < u32::MAX / 2) } else { None }
}

/// The state of reading one body.
pub(super) struct BodyReader<'r, 'a> {
    pub(super) reader: &'r mut Reader<'a>,
    pub(super) func: Function,
    id: FuncId,
    /// Numbers below are ids; other names are looked up.
    value_limit: u32,
    block_limit: u32,
    value_names: FxHashMap<&'a str, Value>,
    block_names: FxHashMap<&'a str, Block>,
    slot_names: FxHashMap<&'a str, StackSlot>,
    /// Uses of values that had no definition yet.
    forward: Vec<(Value, Span)>,
    block_uses: Vec<(Block, Span)>,
    placed: Vec<bool>,
    /// Results of lines with errors: their uses are no further errors.
    poisoned: FxHashSet<Value>,
    pub(super) callee_signatures: FxHashMap<Symbol, SigRef>,
    has_aliases: bool,
}

impl<'a> Reader<'a> {
    /// Reads the body that starts at the cursor into `func`.
    pub(super) fn function_body(&mut self, id: FuncId, func: Function) -> Function {
        // The callee's signature must be known in recursive calls.
        self.module.functions[id].signature = func.signature.clone();
        self.module.functions[id].symbol = func.symbol;
        let (value_limit, block_limit) = self.number_limits();
        let mut body = BodyReader {
            reader: self,
            func,
            id,
            value_limit,
            block_limit,
            value_names: FxHashMap::default(),
            block_names: FxHashMap::default(),
            slot_names: FxHashMap::default(),
            forward: Vec::new(),
            block_uses: Vec::new(),
            placed: Vec::new(),
            poisoned: FxHashSet::default(),
            callee_signatures: FxHashMap::default(),
            has_aliases: false,
        };
        body.func.reserve_values(value_limit as usize);
        for _ in 0..block_limit {
            body.func.create_block();
        }
        body.run();
        body.finish()
    }

    /// One more than the highest `vN` and `blockN` of the body; 0 when keeping the numbers would
    /// cost more memory than the file's size justifies.
    fn number_limits(&mut self) -> (u32, u32) {
        let (mut depth, mut tokens) = (1u32, 0u64);
        let (mut values, mut blocks) = (0, 0);
        for token in self.tokens_from(self.at) {
            match token.kind {
                TokenKind::Punct(b'{') => depth += 1,
                TokenKind::Punct(b'}') => depth -= 1,
                TokenKind::End => break,
                TokenKind::Word => {
                    let word = self.word_text(*token);
                    if let Some(n) = plain_number(word, "v") {
                        values = values.max(n + 1);
                    } else if let Some(n) = plain_number(word, "block") {
                        blocks = blocks.max(n + 1);
                    }
                }
                _ => {}
            }
            tokens += 1;
            if depth == 0 {
                break;
            }
        }
        let mut allow = |count: u32| {
            let spare = u64::from(count).saturating_sub(tokens);
            if spare > self.spare_numbers {
                return 0;
            }
            self.spare_numbers -= spare;
            count
        };
        (allow(values), allow(blocks))
    }
}

impl<'a> BodyReader<'_, 'a> {
    fn run(&mut self) {
        loop {
            let token = self.reader.peek();
            match token.kind {
                TokenKind::Punct(b'}') => {
                    self.reader.at += 1;
                    if self.reader.end_of_line().is_err() {
                        self.skip_line();
                    }
                    return;
                }
                TokenKind::End => return self.missing_brace(token),
                TokenKind::Word if self.reader.is_item(self.reader.at) => return self.missing_brace(token),
                _ => {}
            }
            let start = self.reader.at;
            if self.line().is_err() && (self.reader.at == start || !self.reader.peek().starts_line) {
                self.skip_line();
            }
            if self.reader.diagnostics.error_count() > 20 {
                return;
            }
        }
    }

    fn missing_brace(&mut self, token: Token) {
        let span = self.reader.span(token);
        self.reader.error(span, "expected '}' at the end of the function");
    }

    fn skip_line(&mut self) {
        // Always past at least one token, so that reading ends.
        self.reader.take();
        while !self.reader.peek().starts_line && self.reader.peek().kind != TokenKind::End {
            self.reader.take();
        }
    }

    /// A slot, a block header or an instruction.
    fn line(&mut self) -> Parse<()> {
        let next = self.reader.peek_ahead(1);
        match next.kind {
            TokenKind::Punct(b':' | b'(') if self.reader.peek().kind == TokenKind::Word => {
                self.block_header()
            }
            TokenKind::Word if self.reader.peek_word() == Some("slot") => self.slot(),
            _ => {
                let Some(block) = self.func.layout.last().copied() else {
                    return self.reader.expected("a block ('name:') or '}'");
                };
                self.instruction(block)
            }
        }
    }

    fn slot(&mut self) -> Parse<()> {
        self.reader.at += 1;
        let token = self.reader.peek();
        let name = self.reader.word("a name after 'slot'")?;
        self.reader.punct(b':', "':' after the slot's name")?;
        let mut data = StackSlotData { size: 0, align: 1, name: None };
        loop {
            match self.reader.word("'size', 'align' or 'name'")? {
                "size" => data.size = self.reader.unsigned("a size in bytes")?,
                "align" => data.align = self.reader.align()?,
                "name" => data.name = Some(self.reader.string("a name")?),
                _ => return self.reader.expected_before("'size', 'align' or 'name'"),
            }
            if !self.reader.take_punct(b',') {
                break;
            }
        }
        let slot = self.func.slots.push(data);
        if self.slot_names.insert(name, slot).is_some() {
            return self.reader.fail(self.reader.span(token), format!("slot {name} is defined twice"));
        }
        self.reader.end_of_line()
    }

    fn block_header(&mut self) -> Parse<()> {
        let token = self.reader.take();
        let name = self.reader.word_text(token);
        let block = self.block_id(name);
        if self.placed.len() <= block.index() {
            self.placed.resize(block.index() + 1, false);
        }
        let again = std::mem::replace(&mut self.placed[block.index()], true);
        if again {
            let span = self.reader.span(token);
            return self.reader.fail(span, format!("block {name} is defined twice"));
        }
        self.func.append_block(block);
        if self.reader.take_punct(b'(') {
            loop {
                let token = self.reader.peek();
                let name = self.reader.word("a parameter name")?;
                self.reader.punct(b':', "':' after the parameter's name")?;
                let ty = self.reader.ty("a type after ':'")?;
                let value = self.define(name, token)?;
                self.func.append_param_as(block, ty, value);
                if self.func.blocks[block].params.len() > usize::from(u16::MAX) {
                    return self
                        .reader
                        .fail(self.reader.span(token), "a block has at most 65,535 parameters");
                }
                if !self.reader.take_punct(b',') {
                    break;
                }
            }
            self.reader.punct(b')', "',' or ')'")?;
        }
        self.reader.punct(b':', "':' after the block's name")?;
        self.reader.end_of_line()
    }

    /// The value of a name that is being defined.
    fn define(&mut self, name: &'a str, token: Token) -> Parse<Value> {
        let value = self.value_id(name);
        if self.func.def(value) != ValueDef::Detached {
            let span = self.reader.span(token);
            return self.reader.fail(span, format!("{name} is defined twice"));
        }
        Ok(value)
    }

    fn value_id(&mut self, name: &'a str) -> Value {
        if let Some(number) = plain_number(name, "v").filter(|n| *n < self.value_limit) {
            return Value(number);
        }
        if let Some(value) = self.value_names.get(name) {
            return *value;
        }
        let value = Value(self.func.value_count() as u32);
        self.func.reserve_values(value.index() + 1);
        self.value_names.insert(name, value);
        value
    }

    fn block_id(&mut self, name: &'a str) -> Block {
        if let Some(number) = plain_number(name, "block").filter(|n| *n < self.block_limit) {
            return Block(number);
        }
        if let Some(block) = self.block_names.get(name) {
            return *block;
        }
        let block = self.func.create_block();
        self.block_names.insert(name, block);
        block
    }

    /// A use of a value.
    pub(super) fn value(&mut self) -> Parse<Value> {
        let token = self.reader.peek();
        let name = self.reader.word("a value")?;
        let value = self.value_id(name);
        if self.func.def(value) == ValueDef::Detached {
            self.forward.push((value, self.reader.span(token)));
        }
        Ok(value)
    }

    /// A use of a block.
    pub(super) fn block(&mut self) -> Parse<Block> {
        let token = self.reader.peek();
        let name = self.reader.word("a block")?;
        let block = self.block_id(name);
        self.block_uses.push((block, self.reader.span(token)));
        Ok(block)
    }

    pub(super) fn slot_id(&mut self) -> Parse<StackSlot> {
        let token = self.reader.peek();
        let name = self.reader.word("a stack slot")?;
        match self.slot_names.get(name) {
            Some(slot) => Ok(*slot),
            None => self.reader.fail(self.reader.span(token), format!("there is no slot '{name}'")),
        }
    }

    fn instruction(&mut self, block: Block) -> Parse<()> {
        let first = self.reader.peek();
        let mut results: SmallVec<[Value; 2]> = SmallVec::new();
        let outcome = self.instruction_parts(block, first, &mut results);
        if outcome.is_err() {
            self.poisoned.extend(results);
        }
        outcome
    }

    fn instruction_parts(
        &mut self,
        block: Block,
        first: Token,
        results: &mut SmallVec<[Value; 2]>,
    ) -> Parse<()> {
        if matches!(self.reader.peek_ahead(1).kind, TokenKind::Punct(b'=' | b',')) {
            loop {
                let token = self.reader.peek();
                let name = self.reader.word("the name of a result")?;
                let value = self.define(name, token)?;
                if results.contains(&value) {
                    return self.reader.fail(self.reader.span(token), format!("{name} is defined twice"));
                }
                results.push(value);
                if !self.reader.take_punct(b',') {
                    break;
                }
            }
            self.reader.punct(b'=', "'=' after the results")?;
        }
        let data = self.inst_data()?;
        let mut scopes: SmallVec<[DebugScope; 1]> = SmallVec::new();
        while !self.reader.peek().starts_line && self.reader.take_word("in") {
            scopes.push(DebugScope(self.reader.entity_number("dscope", "a debug scope after 'in'")?));
        }
        let loc = self.reader.optional_at()?.unwrap_or(self.reader.loc(first));
        self.reader.end_of_line()?;
        let inst = match self.func.create_inst_with_results(data, loc, results) {
            Ok(inst) => inst,
            Err(count) => {
                let message = match count {
                    0 => format!("{} has no result", data.opcode()),
                    1 => format!("{} has one result, not {}", data.opcode(), results.len()),
                    _ => format!("{} has {count} results, not {}", data.opcode(), results.len()),
                };
                self.reader.error(self.reader.span(first), message);
                return Err(Failed);
            }
        };
        self.has_aliases |= results.len() > 1;
        for scope in scopes {
            self.func.set_scope(inst, scope);
        }
        self.func.blocks[block].insts.push(inst);
        Ok(())
    }

    fn finish(mut self) -> Function {
        let mut reported = FxHashSet::default();
        for (value, span) in std::mem::take(&mut self.forward) {
            let is_missing = self.func.def(value) == ValueDef::Detached && !self.poisoned.contains(&value);
            if is_missing && reported.insert(value) {
                let text = self.reader.text_of(span);
                self.reader.error(span, format!("'{text}' is not defined in this function"));
            }
        }
        let mut reported = FxHashSet::default();
        for (block, span) in std::mem::take(&mut self.block_uses) {
            if !self.placed.get(block.index()).is_some_and(|p| *p) && reported.insert(block) {
                let text = self.reader.text_of(span);
                self.reader.error(span, format!("there is no block '{text}' in this function"));
            }
        }
        if self.func.layout.is_empty() {
            let loc = self.func.loc;
            self.reader.error(loc, "a function needs at least one block");
        }
        if self.has_aliases {
            self.func.resolve_aliases();
        }
        for (name, block) in &self.block_names {
            self.reader.block_names.insert((self.id, name), *block);
        }
        self.func
    }
}

impl Reader<'_> {
    /// The text at a span of this file.
    fn text_of(&self, span: Span) -> String {
        let token = self.tokens_from(0);
        let at = token.partition_point(|t| self.loc(*t) < span.lo);
        token.get(at).map_or(String::new(), |t| self.word_text(*t).to_string())
    }
}

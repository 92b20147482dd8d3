//! Verifying the structure of a function: blocks, terminators, references, definitions and uses.

use super::VerifierError;
use crate::analysis::dominators::InstPositions;
use crate::analysis::{ControlFlowGraph, DominatorTree};
use crate::entity::*;
use crate::function::{Function, ValueDef};
use crate::module::Module;
use crate::opcode::{Format, Opcode};

pub(super) struct Verifier<'a> {
    pub(super) module: &'a Module,
    pub(super) func: &'a Function,
    pub(super) cfg: ControlFlowGraph,
    tree: DominatorTree,
    positions: InstPositions,
    pub(super) listed: Vec<bool>,
    errors: Vec<VerifierError>,
}

/// Errors per function after which the verifier stops looking.
const MOST_ERRORS: usize = 50;

impl<'a> Verifier<'a> {
    pub(super) fn new(module: &'a Module, func: &'a Function) -> Verifier<'a> {
        Verifier {
            module,
            func,
            cfg: ControlFlowGraph::new(),
            tree: DominatorTree::new(),
            positions: InstPositions::default(),
            listed: vec![false; func.blocks.len()],
            errors: Vec::new(),
        }
    }

    /// Each stage relies on what the stages before it checked.
    pub(super) fn run(mut self) -> Vec<VerifierError> {
        let stages: [fn(&mut Self); 5] =
            [Self::layout, Self::references, Self::targets, Self::values_and_types, Self::dominance];
        for stage in stages {
            stage(&mut self);
            if !self.errors.is_empty() {
                break;
            }
        }
        self.errors
    }

    pub(super) fn error(&mut self, block: Option<Block>, message: impl Into<String>) {
        let function = self.module.symbols.get(self.func.symbol).map(|s| s.name.to_string());
        let message = message.into();
        self.errors.push(VerifierError { function, block, inst: None, message, loc: self.func.loc });
    }

    /// An error of an instruction whose references were checked, so that it can be printed.
    pub(super) fn inst_error(&mut self, block: Block, inst: Inst, message: impl Into<String>) {
        if self.errors.len() < MOST_ERRORS {
            let text = self.func.display_inst(self.module, inst).to_string();
            self.error(Some(block), message);
            if let Some(last) = self.errors.last_mut() {
                last.inst = Some((inst, text));
                last.loc = self.func.loc(inst);
            }
        }
    }

    fn each_inst(&mut self, mut visit: impl FnMut(&mut Self, Block, Inst)) {
        let func = self.func;
        for block in &func.layout {
            for inst in &func.blocks[*block].insts {
                if self.errors.len() >= MOST_ERRORS {
                    return;
                }
                visit(self, *block, *inst);
            }
        }
    }

    /// Blocks exist, are listed once, and end in their only terminator; instructions are in one
    /// place only.
    fn layout(&mut self) {
        let func = self.func;
        if func.layout.is_empty() {
            return self.error(None, "a function has at least one block");
        }
        if func.symbol.index() >= self.module.symbols.len() {
            return self.error(None, "the function's symbol does not exist");
        }
        let mut placed = vec![false; func.inst_count()];
        for block in &func.layout {
            match self.listed.get_mut(block.index()) {
                None => self.error(Some(*block), "the layout lists a block that does not exist"),
                Some(true) => self.error(Some(*block), "the layout lists a block twice"),
                Some(listed) => {
                    *listed = true;
                    self.block_shape(*block, &mut placed);
                }
            }
        }
    }

    fn block_shape(&mut self, block: Block, placed: &mut [bool]) {
        let insts = &self.func.blocks[block].insts;
        for (i, inst) in insts.iter().enumerate() {
            match placed.get_mut(inst.index()) {
                None => return self.error(Some(block), format!("{inst} does not exist")),
                Some(true) => return self.error(Some(block), format!("{inst} is in the function twice")),
                Some(slot) => *slot = true,
            }
            let opcode = self.func.inst(*inst).opcode();
            if opcode.is_terminator() && i + 1 != insts.len() {
                self.error(
                    Some(block),
                    format!("the terminator '{opcode}' is not the block's last instruction"),
                );
            }
        }
        if self.func.terminator(block).is_none() {
            self.error(Some(block), "the block does not end in a terminator");
        }
    }

    /// Every id that an instruction holds exists.
    fn references(&mut self) {
        for (slot, data) in self.func.slots.iter() {
            if !data.align.is_power_of_two() {
                self.error(None, format!("the alignment {} of {slot} is no power of two", data.align));
            }
        }
        for (id, signature) in self.func.signatures.iter() {
            if let Some(message) = super::items::signature_fault(self.module, signature) {
                self.error(None, format!("{id}: {message}"));
            }
        }
        if self.func.attributes.personality.is_some_and(|p| p.index() >= self.module.symbols.len()) {
            self.error(None, "the personality routine does not exist");
        }
        self.each_inst(|this, block, inst| {
            if let Some(what) = this.missing_reference(inst) {
                let opcode = this.func.inst(inst).opcode();
                this.error(Some(block), format!("{inst} ({opcode}) refers to {what} that does not exist"));
            }
        });
    }

    fn missing_reference(&self, inst: Inst) -> Option<&'static str> {
        let (func, module) = (self.func, self.module);
        let data = func.inst(inst);
        let has_symbol = |symbol: Symbol| symbol.index() < module.symbols.len();
        if data.opcode().is_call() && data.signature().index() >= func.signatures.len() {
            return Some("a signature");
        }
        let found = match data.opcode().format() {
            Format::PoolConst | Format::Shuffle => func.constants.get(data.constant()).is_some(),
            Format::SymbolAddr | Format::Call | Format::Invoke => has_symbol(data.symbol()),
            Format::SlotAddr | Format::Slot => func.slots.get(data.stack_slot()).is_some(),
            Format::BlockAddr => self.is_listed(data.block()),
            Format::VaArgAggregate => module.aggregates.get(data.aggregate()).is_some(),
            Format::LandingPad => func.pads.get(data.pad()).is_some(),
            Format::Asm | Format::AsmGoto => func.asms.get(data.asm_ref()).is_some(),
            Format::DebugValue => module.debug_variables.get(data.debug_variable()).is_some(),
            Format::DebugSlot => {
                func.slots.get(data.stack_slot()).is_some()
                    && module.debug_variables.get(data.debug_variable()).is_some()
            }
            _ => true,
        };
        if !found {
            return Some("something");
        }
        if data.switch_table().is_some_and(|t| t.index() >= func.switches.len()) {
            return Some("a switch table");
        }
        let calls = func.block_calls_of(inst);
        if calls.iter().any(|c| c.index() >= func.block_calls.len()) {
            return Some("a branch target");
        }
        if calls.iter().any(|c| !self.is_listed(func.block_calls[*c].block)) {
            return Some("a block");
        }
        let mut values_exist = true;
        func.each_use(inst, |v| values_exist &= v.index() < func.value_count());
        if !values_exist {
            return Some("a value");
        }
        None
    }

    fn is_listed(&self, block: Block) -> bool {
        self.listed.get(block.index()).is_some_and(|l| *l)
    }

    /// Branch arguments match parameters; the entry; landing pads and unwind edges.
    fn targets(&mut self) {
        self.cfg.compute(self.func);
        self.entry();
        self.each_inst(|this, block, inst| {
            let data = this.func.inst(inst);
            if data.opcode().is_terminator() {
                for call in this.func.block_calls_of(inst) {
                    this.block_arguments(block, inst, call);
                }
                this.table_shape(block, inst);
            }
            if data.opcode() == Opcode::LandingPad {
                this.landing_pad(block, inst);
            }
        });
    }

    fn entry(&mut self) {
        let func = self.func;
        let entry = func.entry();
        if !self.cfg.preds(entry).is_empty() {
            self.error(Some(entry), "the entry block is the target of a branch");
        }
        let params = &func.blocks[entry].params;
        if params.len() != func.signature.params.len() {
            let message = format!(
                "the entry block has {} parameters, the signature {}",
                params.len(),
                func.signature.params.len()
            );
            return self.error(Some(entry), message);
        }
        for (i, (value, param)) in params.iter().zip(&func.signature.params).enumerate() {
            let (found, expected) = (func.ty(*value), param.value_type());
            if found != expected {
                let message =
                    format!("parameter {i} of the entry block is {found}, the signature says {expected}");
                self.error(Some(entry), message);
            }
        }
        if let Some(message) = super::items::signature_fault(self.module, &func.signature) {
            self.error(None, message);
        }
        if func.signature.named_params.is_some() {
            self.error(None, "variable arguments are listed in signatures of calls only");
        }
    }

    fn block_arguments(&mut self, block: Block, inst: Inst, call: BlockCall) {
        let func = self.func;
        let call = &func.block_calls[call];
        let params = &func.blocks[call.block].params;
        if params.len() != call.args.len() {
            let message = format!("{} takes {} arguments, not {}", call.block, params.len(), call.args.len());
            return self.inst_error(block, inst, message);
        }
        for (i, (param, arg)) in params.iter().zip(&call.args).enumerate() {
            let (expected, found) = (func.ty(*param), func.ty(*arg));
            if expected != found {
                let message = format!("argument {i} ({arg}) for {} is {found}, not {expected}", call.block);
                self.inst_error(block, inst, message);
            }
        }
    }

    /// The number of targets of many-way terminators, and where unwinding goes.
    fn table_shape(&mut self, block: Block, inst: Inst) {
        let func = self.func;
        let data = func.inst(inst);
        let Some(table) = data.switch_table() else { return };
        let table = &func.switches[table];
        let count = table.targets.len();
        let format = data.opcode().format();
        let is_right = match format {
            Format::Switch => count == 1,
            Format::Invoke | Format::InvokeIndirect => count == 2,
            Format::AsmGoto => count == func.asms[data.asm_ref()].labels.len() + 1,
            _ => true,
        };
        if !is_right || format != Format::Switch && !table.cases.is_empty() {
            return self
                .error(Some(block), format!("{inst} ({}) has the wrong number of targets", data.opcode()));
        }
        match format {
            Format::Invoke | Format::InvokeIndirect => {
                let to = func.block_calls[table.targets[1]].block;
                let first = func.blocks[to].insts.first();
                if first.is_none_or(|i| func.inst(*i).opcode() != Opcode::LandingPad) {
                    self.inst_error(
                        block,
                        inst,
                        format!("the unwind target {to} does not begin with a landing pad"),
                    );
                }
            }
            Format::IndirectJump => {
                let blocks = table.targets.iter().map(|t| func.block_calls[*t].block);
                if let Some(to) = blocks.into_iter().find(|b| !func.blocks[*b].params.is_empty()) {
                    self.inst_error(
                        block,
                        inst,
                        format!("{to} has parameters, which an indirect jump cannot pass"),
                    );
                }
            }
            _ => {}
        }
    }

    fn landing_pad(&mut self, block: Block, inst: Inst) {
        let func = self.func;
        if func.blocks[block].insts[0] != inst {
            self.inst_error(block, inst, "a landing pad is the first instruction of its block");
        }
        if func.attributes.personality.is_none() {
            self.inst_error(block, inst, "a function with landing pads names a personality routine");
        }
        let preds = self.cfg.preds(block).to_vec();
        for from in preds {
            let Some(terminator) = func.terminator(from) else { continue };
            let data = func.inst(terminator);
            let is_invoke = matches!(data.opcode(), Opcode::Invoke | Opcode::InvokeIndirect);
            let normal = data.switch_table().and_then(|t| func.switches[t].targets.first());
            if !is_invoke || normal.is_some_and(|n| func.block_calls[*n].block == block) {
                self.inst_error(
                    block,
                    inst,
                    format!("{from} reaches the landing pad other than by unwinding"),
                );
            }
        }
    }

    fn values_and_types(&mut self) {
        self.positions.compute(self.func);
        self.each_inst(|this, block, inst| {
            let func = this.func;
            let mut missing = None;
            func.each_use(inst, |value| {
                if matches!(this.definition(value), ValueDef::Detached | ValueDef::Alias(_)) {
                    missing = missing.or(Some(value));
                }
            });
            if let Some(value) = missing {
                return this.inst_error(block, inst, format!("{value} is not defined"));
            }
            this.inst_types(block, inst);
        });
    }

    /// The definition of a value behind its aliases; an alias that stands in a circle comes back.
    fn definition(&self, mut value: Value) -> ValueDef {
        for _ in 0..self.func.value_count() {
            match self.func.def(value) {
                ValueDef::Alias(next) if next.index() < self.func.value_count() => value = next,
                ValueDef::Result(inst, _) if self.positions.place(inst).is_none() => {
                    return ValueDef::Detached;
                }
                ValueDef::Param(block, _) if !self.is_listed(block) => return ValueDef::Detached,
                definition => return definition,
            }
        }
        ValueDef::Alias(value)
    }

    /// Every use comes after its definition on every way from the entry.
    fn dominance(&mut self) {
        self.tree.compute(&self.cfg);
        self.each_inst(|this, block, inst| {
            if !this.cfg.is_reachable(block) {
                return;
            }
            let func = this.func;
            let mut fault = None;
            for value in func.args(inst) {
                fault = fault.or_else(|| this.use_fault(block, inst, *value, false));
            }
            if func.inst(inst).opcode().is_terminator() {
                for (i, call) in func.block_calls_of(inst).iter().enumerate() {
                    for value in &func.block_calls[*call].args {
                        fault = fault.or_else(|| this.use_fault(block, inst, *value, i == 0));
                    }
                }
            }
            if let Some(message) = fault {
                this.inst_error(block, inst, message);
            }
        });
    }

    fn use_fault(&self, block: Block, inst: Inst, value: Value, on_normal_edge: bool) -> Option<String> {
        let (home, after) = match self.definition(value) {
            ValueDef::Param(home, _) => (home, None),
            ValueDef::Result(by, _) => (self.positions.place(by)?.0, Some(by)),
            _ => return None,
        };
        let Some(by) = after else {
            let fine = self.tree.dominates(home, block);
            return (!fine).then(|| format!("{value}, a parameter of {home}, is not available in {block}"));
        };
        let is_invoke = matches!(self.func.inst(by).opcode(), Opcode::Invoke | Opcode::InvokeIndirect);
        let fine = if by == inst {
            // The results of a terminator exist on its normal edge.
            on_normal_edge && self.func.inst(by).opcode().is_terminator()
        } else if is_invoke {
            self.normal_edge_dominates(home, by, block)
        } else if home == block {
            self.positions.place(by)?.1 < self.positions.place(inst)?.1
        } else {
            self.tree.dominates(home, block)
        };
        (!fine).then(|| format!("{value} is used where its definition in {home} may not have run"))
    }

    /// Whether every way to `block` passes the normal edge of an invoke: the results do not exist
    /// when it unwinds.
    fn normal_edge_dominates(&self, home: Block, invoke: Inst, block: Block) -> bool {
        let table = self.func.inst(invoke).switch_table();
        let normal = table.and_then(|t| self.func.switches[t].targets.first());
        let Some(normal) = normal.map(|n| self.func.block_calls[*n].block) else { return false };
        self.cfg.preds(normal) == [home] && self.tree.dominates(normal, block)
    }
}

//! A function body: blocks, instructions, values and the tables they point into.
//!
//! Instructions of a block are a plain `Vec<Inst>`; blocks are ordered by [`Function::layout`], the
//! entry first. Replacing a value makes it an alias ([`Function::replace_value`]); readers go
//! through [`Function::resolve`] or call [`Function::resolve_aliases`] once.

use crate::entity::*;
use crate::inline_asm::AsmData;
use crate::instruction::InstData;
use crate::opcode::{Opcode, ResultRule};
use crate::signature::{ParamType, Signature};
use crate::types::Type;
use lathe_diag::Loc;
use smallvec::SmallVec;
use std::sync::Arc;

/// Where a value comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValueDef {
    /// Result number `1` of an instruction.
    Result(Inst, u16),
    /// Parameter number `1` of a block.
    Param(Block, u16),
    /// Another value stands for it.
    Alias(Value),
    /// Removed: no instruction or block defines it any more.
    Detached,
}

#[derive(Clone, Copy, Debug)]
struct ValueData {
    ty: Type,
    def: ValueDef,
}

/// A block.
#[derive(Clone, Default, Debug)]
pub struct BlockData {
    /// Parameters.
    pub params: SmallVec<[Value; 2]>,
    /// Instructions; the last is the terminator.
    pub insts: Vec<Inst>,
}

/// A branch target with its arguments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BlockCallData {
    /// The target.
    pub block: Block,
    /// One argument per parameter of the target.
    pub args: SmallVec<[Value; 2]>,
}

/// The cases of a `switch`, or the targets of another many-way terminator.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SwitchData {
    /// Case values (sign-extended from the controlling type) with their targets.
    pub cases: Vec<(i128, BlockCall)>,
    /// The default of a `switch`; normal and unwind of an `invoke`; fall-through and labels of an
    /// `asm_goto`; the blocks of an `indirect_jump`.
    pub targets: Vec<BlockCall>,
}

/// Memory in the frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StackSlotData {
    /// Size in bytes.
    pub size: u64,
    /// Alignment in bytes, a power of two.
    pub align: u32,
    /// The source variable, for dumps.
    pub name: Option<Box<str>>,
}

/// A clause of a landing pad.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum PadClause {
    /// Catches the type whose info object this is; `None` catches everything.
    Catch(Option<Symbol>),
    /// Lets only these types pass.
    Filter(Vec<Symbol>),
}

/// What a landing pad stops for.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct LandingPadData {
    /// Runs also when no clause matches.
    pub cleanup: bool,
    /// In order.
    pub clauses: Vec<PadClause>,
}

/// Properties of a function.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FunctionAttributes {
    /// Never returns.
    pub noreturn: bool,
    /// No exception passes through.
    pub nounwind: bool,
    /// Rarely run.
    pub cold: bool,
    /// `always_inline`.
    pub always_inline: bool,
    /// `noinline`.
    pub never_inline: bool,
    /// `inline` in the source.
    pub inline_hint: bool,
    /// May return twice (`setjmp` is called).
    pub calls_returns_twice: bool,
    /// No prologue and epilogue.
    pub naked: bool,
    /// Keep a frame pointer.
    pub frame_pointer: bool,
    /// Optimize for size.
    pub optimize_size: bool,
    /// Do not optimize.
    pub optimize_none: bool,
    /// Reads no memory and has no effect.
    pub is_const: bool,
    /// Writes no memory and has no effect.
    pub is_pure: bool,
    /// Stack protector: 0 none, 1 default rule, 2 strong rule, 3 always.
    pub stack_protector: u8,
    /// Alignment of the code in bytes; 0 for the target's default.
    pub align: u32,
    /// `-fpatchable-function-entry`: NOPs in all, NOPs before the entry.
    pub patchable_entry: (u16, u16),
    /// No unwind table entry is needed.
    pub no_unwind_table: bool,
    /// The personality routine, when there are landing pads.
    pub personality: Option<Symbol>,
}

/// A function body.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its symbol.
    pub symbol: Symbol,
    /// Its type; the entry block's parameters are the values of the signature's parameters.
    pub signature: Signature,
    /// Properties.
    pub attributes: FunctionAttributes,
    /// Where it is declared.
    pub loc: Loc,
    /// Its debug scope.
    pub scope: Option<DebugScope>,
    /// Order of the blocks; the first is the entry. A block that is not listed is not part of the
    /// function.
    pub layout: Vec<Block>,
    /// Blocks.
    pub blocks: EntityMap<Block, BlockData>,
    /// Stack slots.
    pub slots: EntityMap<StackSlot, StackSlotData>,
    /// Signatures of calls.
    pub signatures: EntityMap<SigRef, Arc<Signature>>,
    /// Constants, little-endian bytes.
    pub constants: EntityMap<Constant, Box<[u8]>>,
    /// Many-way targets.
    pub switches: EntityMap<Switch, SwitchData>,
    /// Branch targets.
    pub block_calls: EntityMap<BlockCall, BlockCallData>,
    /// Landing pads.
    pub pads: EntityMap<LandingPad, LandingPadData>,
    /// Inline assembly.
    pub asms: EntityMap<AsmRef, AsmData>,
    insts: EntityMap<Inst, InstData>,
    results: EntityMap<Inst, ResultRange>,
    locs: EntityMap<Inst, Loc>,
    inst_scopes: Vec<(Inst, DebugScope)>,
    values: EntityMap<Value, ValueData>,
    list_pool: Vec<Value>,
}

#[derive(Clone, Copy, Debug)]
struct ResultRange {
    first: u32,
    count: u32,
}

impl Function {
    /// An empty body.
    pub fn new(symbol: Symbol, signature: Signature) -> Function {
        Function {
            symbol,
            signature,
            attributes: FunctionAttributes::default(),
            loc: Loc::NONE,
            scope: None,
            layout: Vec::new(),
            blocks: EntityMap::new(),
            slots: EntityMap::new(),
            signatures: EntityMap::new(),
            constants: EntityMap::new(),
            switches: EntityMap::new(),
            block_calls: EntityMap::new(),
            pads: EntityMap::new(),
            asms: EntityMap::new(),
            insts: EntityMap::new(),
            results: EntityMap::new(),
            locs: EntityMap::new(),
            inst_scopes: Vec::new(),
            values: EntityMap::new(),
            list_pool: Vec::new(),
        }
    }

    /// The entry block.
    #[inline]
    pub fn entry(&self) -> Block {
        self.layout[0]
    }

    /// A new block that is not yet in the layout.
    pub fn create_block(&mut self) -> Block {
        self.blocks.push(BlockData::default())
    }

    /// Adds a block at the end of the layout.
    pub fn append_block(&mut self, block: Block) {
        self.layout.push(block);
    }

    /// Adds a parameter to a block.
    pub fn append_param(&mut self, block: Block, ty: Type) -> Value {
        let number = self.blocks[block].params.len() as u16;
        let value = self.values.push(ValueData { ty, def: ValueDef::Param(block, number) });
        self.blocks[block].params.push(value);
        value
    }

    /// Removes parameter `index` of a block; the arguments in its predecessors are the caller's to
    /// remove. Its value becomes detached.
    pub fn remove_param(&mut self, block: Block, index: usize) {
        let value = self.blocks[block].params.remove(index);
        self.values[value].def = ValueDef::Detached;
        for (i, param) in self.blocks[block].params.clone().into_iter().enumerate().skip(index) {
            self.values[param].def = ValueDef::Param(block, i as u16);
        }
    }

    /// Numbers the parameters of a block anew, after some were taken out of its list.
    pub fn renumber_params(&mut self, block: Block) {
        for index in 0..self.blocks[block].params.len() {
            let param = self.blocks[block].params[index];
            self.values[param].def = ValueDef::Param(block, index as u16);
        }
    }

    /// Creates the entry block with a parameter per signature parameter and puts it first.
    pub fn create_entry(&mut self) -> Block {
        let block = self.create_block();
        for param in self.signature.params.clone() {
            self.append_param(block, param.value_type());
        }
        self.layout.insert(0, block);
        block
    }

    /// Number of instructions ever created; ids are below.
    pub fn inst_count(&self) -> usize {
        self.insts.len()
    }

    /// Number of values ever created; ids are below.
    pub fn value_count(&self) -> usize {
        self.values.len()
    }

    /// Creates an instruction with its results, in no block yet.
    pub fn create_inst(&mut self, data: InstData, loc: Loc) -> Inst {
        let inst = self.insts.push(data);
        self.locs.push(loc);
        let first = self.values.len() as u32;
        self.add_results(inst, data);
        let count = self.values.len() as u32 - first;
        self.results.push(ResultRange { first, count });
        inst
    }

    /// Creates an instruction, in no block yet, whose results have other types than the opcode table
    /// says: a call whose wide results legalization has split.
    pub fn create_inst_with_types(&mut self, data: InstData, loc: Loc, types: &[Type]) -> Inst {
        let inst = self.insts.push(data);
        self.locs.push(loc);
        let first = self.values.len() as u32;
        for (number, ty) in types.iter().enumerate() {
            self.values.push(ValueData { ty: *ty, def: ValueDef::Result(inst, number as u16) });
        }
        self.results.push(ResultRange { first, count: types.len() as u32 });
        inst
    }

    fn add_results(&mut self, inst: Inst, data: InstData) {
        let mut push = |ty: Type, number: u16| {
            self.values.push(ValueData { ty, def: ValueDef::Result(inst, number) });
        };
        let ty = data.ty();
        match data.opcode().info().result {
            ResultRule::None => {}
            ResultRule::Same => push(ty, 0),
            ResultRule::Ptr => push(Type::PTR, 0),
            ResultRule::Bool => push(Function::bool_type(ty), 0),
            ResultRule::SameAndFlag => {
                push(ty, 0);
                push(Type::I8, 1);
            }
            ResultRule::Lane => push(ty.lane(), 0),
            ResultRule::Mask => push(Type::I32, 0),
            ResultRule::Landing => {
                push(Type::PTR, 0);
                push(Type::I32, 1);
            }
            ResultRule::Signature => {
                let signature = self.signatures[data.signature()].clone();
                for (i, ty) in signature.result_types().enumerate() {
                    self.values.push(ValueData { ty, def: ValueDef::Result(inst, i as u16) });
                }
            }
            ResultRule::Asm => {
                let types: SmallVec<[Type; 4]> =
                    self.asms[data.asm_ref()].outputs.iter().filter(|o| !o.is_memory).map(|o| o.ty).collect();
                for (i, ty) in types.into_iter().enumerate() {
                    self.values.push(ValueData { ty, def: ValueDef::Result(inst, i as u16) });
                }
            }
        }
    }

    /// For the reader: grows the value table to `count` detached values, so that numbers in text
    /// can be kept.
    pub fn reserve_values(&mut self, count: usize) {
        let detached = ValueData { ty: Type::NONE, def: ValueDef::Detached };
        self.values.resize(count.max(self.values.len()), detached);
    }

    /// For the reader: creates an instruction whose results are the given reserved values. When
    /// those are not adjacent, they become aliases of new results. `Err` tells how many results
    /// there are; then the instruction has new ones.
    pub fn create_inst_with_results(
        &mut self,
        data: InstData,
        loc: Loc,
        results: &[Value],
    ) -> Result<Inst, usize> {
        let inst = self.create_inst(data, loc);
        let range = self.results[inst];
        if results.len() != range.count as usize {
            return if results.is_empty() { Ok(inst) } else { Err(range.count as usize) };
        }
        let is_adjacent = results.iter().enumerate().all(|(i, v)| v.0 == results[0].0 + i as u32);
        for (i, value) in results.iter().enumerate() {
            let fresh = Value(range.first + i as u32);
            self.values[*value] = self.values[fresh];
            if !is_adjacent {
                self.values[*value].def = ValueDef::Alias(fresh);
            }
        }
        if is_adjacent && !results.is_empty() {
            let nothing = ValueData { ty: Type::NONE, def: ValueDef::Detached };
            self.values.resize(range.first as usize, nothing);
            self.results[inst].first = results[0].0;
        }
        Ok(inst)
    }

    /// For the reader: adds a parameter to a block under a reserved value.
    pub fn append_param_as(&mut self, block: Block, ty: Type, value: Value) {
        let number = self.blocks[block].params.len() as u16;
        self.values[value] = ValueData { ty, def: ValueDef::Param(block, number) };
        self.blocks[block].params.push(value);
    }

    /// The types of an instruction's results, by the opcode table.
    pub fn result_types_of(&self, data: &InstData) -> SmallVec<[Type; 2]> {
        let ty = data.ty();
        match data.opcode().info().result {
            ResultRule::None => SmallVec::new(),
            ResultRule::Same => SmallVec::from_slice(&[ty]),
            ResultRule::Ptr => SmallVec::from_slice(&[Type::PTR]),
            ResultRule::Bool => SmallVec::from_slice(&[Function::bool_type(ty)]),
            ResultRule::SameAndFlag => SmallVec::from_slice(&[ty, Type::I8]),
            ResultRule::Lane => SmallVec::from_slice(&[ty.lane()]),
            ResultRule::Mask => SmallVec::from_slice(&[Type::I32]),
            ResultRule::Landing => SmallVec::from_slice(&[Type::PTR, Type::I32]),
            ResultRule::Signature => self.signatures[data.signature()].result_types().collect(),
            ResultRule::Asm => {
                let outputs = &self.asms[data.asm_ref()].outputs;
                outputs.iter().filter(|o| !o.is_memory).map(|o| o.ty).collect()
            }
        }
    }

    /// The type of a comparison of operands of type `ty`.
    pub fn bool_type(ty: Type) -> Type {
        if !ty.is_vector() {
            return Type::I8;
        }
        // A vector of addresses compares as a vector of 64-bit integers on every vector target.
        let bits = ty.lane_bits(64).next_power_of_two();
        let lane = Type::int(bits).expect("vector lanes have integer widths");
        lane.vector(ty.lanes()).expect("same lane count")
    }

    /// Creates an instruction and adds it at the end of a block.
    pub fn append_inst(&mut self, block: Block, data: InstData, loc: Loc) -> Inst {
        let inst = self.create_inst(data, loc);
        self.blocks[block].insts.push(inst);
        inst
    }

    /// An instruction.
    #[inline]
    pub fn inst(&self, inst: Inst) -> &InstData {
        &self.insts[inst]
    }

    /// An instruction, mutable; the results' types must stay.
    #[inline]
    pub fn inst_mut(&mut self, inst: Inst) -> &mut InstData {
        &mut self.insts[inst]
    }

    /// Overwrites an instruction by one with the same result types (results stay valid).
    pub fn replace_inst(&mut self, inst: Inst, data: InstData) {
        self.insts[inst] = data;
    }

    /// Source position of an instruction.
    #[inline]
    pub fn loc(&self, inst: Inst) -> Loc {
        self.locs[inst]
    }

    /// Sets the source position of an instruction.
    pub fn set_loc(&mut self, inst: Inst, loc: Loc) {
        self.locs[inst] = loc;
    }

    /// Marks `inst` as belonging to a debug scope other than its predecessor's (inlined code, inner
    /// blocks). Marks are kept in the order in which they were made.
    pub fn set_scope(&mut self, inst: Inst, scope: DebugScope) {
        self.inst_scopes.push((inst, scope));
    }

    /// The scope marks.
    pub fn scope_marks(&self) -> &[(Inst, DebugScope)] {
        &self.inst_scopes
    }

    /// The results of an instruction.
    #[inline]
    pub fn results(&self, inst: Inst) -> impl ExactSizeIterator<Item = Value> + DoubleEndedIterator + use<> {
        let range = self.results[inst];
        (range.first..range.first + range.count).map(Value)
    }

    /// The first result, if there is one.
    #[inline]
    pub fn result(&self, inst: Inst) -> Option<Value> {
        let range = self.results[inst];
        (range.count > 0).then_some(Value(range.first))
    }

    /// The value operands of an instruction, without branch arguments.
    #[inline]
    pub fn args(&self, inst: Inst) -> &[Value] {
        let data = &self.insts[inst];
        match data.value_list() {
            Some(list) => self.list(list),
            None => data.inline_args(),
        }
    }

    /// The value operands of an instruction, mutable, without branch arguments.
    #[inline]
    pub fn args_mut(&mut self, inst: Inst) -> &mut [Value] {
        match self.insts[inst].value_list() {
            Some(list) => self.list_mut(list),
            None => self.insts[inst].inline_args_mut(),
        }
    }

    /// Makes a list of values.
    pub fn make_list(&mut self, values: &[Value]) -> ValueList {
        let list = ValueList(self.list_pool.len() as u32);
        self.list_pool.push(Value(values.len() as u32));
        self.list_pool.extend_from_slice(values);
        list
    }

    /// The values of a list.
    #[inline]
    pub fn list(&self, list: ValueList) -> &[Value] {
        let start = list.index();
        let count = self.list_pool[start].0 as usize;
        &self.list_pool[start + 1..start + 1 + count]
    }

    /// The values of a list, mutable.
    #[inline]
    pub fn list_mut(&mut self, list: ValueList) -> &mut [Value] {
        let start = list.index();
        let count = self.list_pool[start].0 as usize;
        &mut self.list_pool[start + 1..start + 1 + count]
    }

    /// Makes a branch target.
    pub fn make_block_call(&mut self, block: Block, args: &[Value]) -> BlockCall {
        self.block_calls.push(BlockCallData { block, args: SmallVec::from_slice(args) })
    }

    /// Adds a call signature (equal ones may be added more than once).
    pub fn import_signature(&mut self, signature: Arc<Signature>) -> SigRef {
        self.signatures.push(signature)
    }

    /// The branch targets of an instruction, in order: cases after the other targets of a switch.
    pub fn block_calls_of(&self, inst: Inst) -> SmallVec<[BlockCall; 4]> {
        let data = &self.insts[inst];
        let mut calls: SmallVec<[BlockCall; 4]> = data.direct_targets().into_iter().flatten().collect();
        if let Some(table) = data.switch_table() {
            let table = &self.switches[table];
            calls.extend(table.targets.iter().copied());
            calls.extend(table.cases.iter().map(|(_, target)| *target));
        }
        calls
    }

    /// The terminator of a block; `None` while the block is being built.
    #[inline]
    pub fn terminator(&self, block: Block) -> Option<Inst> {
        let last = *self.blocks[block].insts.last()?;
        self.insts[last].opcode().is_terminator().then_some(last)
    }

    /// Calls `visit` with every successor of a block, one call per edge.
    pub fn each_successor(&self, block: Block, mut visit: impl FnMut(Block)) {
        let Some(inst) = self.terminator(block) else { return };
        let data = &self.insts[inst];
        for target in data.direct_targets().into_iter().flatten() {
            visit(self.block_calls[target].block);
        }
        if let Some(table) = data.switch_table() {
            let table = &self.switches[table];
            for target in table.targets.iter().chain(table.cases.iter().map(|(_, t)| t)) {
                visit(self.block_calls[*target].block);
            }
        }
    }

    /// Calls `visit` with every value used by an instruction, branch arguments included.
    #[inline]
    pub fn each_use(&self, inst: Inst, mut visit: impl FnMut(Value)) {
        for arg in self.args(inst) {
            visit(*arg);
        }
        let data = &self.insts[inst];
        if data.opcode().is_terminator() {
            for call in self.block_calls_of(inst) {
                for arg in &self.block_calls[call].args {
                    visit(*arg);
                }
            }
        }
    }

    /// Lets `change` replace every value used by an instruction, branch arguments included.
    pub fn map_uses(&mut self, inst: Inst, mut change: impl FnMut(Value) -> Value) {
        for arg in self.args_mut(inst) {
            *arg = change(*arg);
        }
        if self.insts[inst].opcode().is_terminator() {
            for call in self.block_calls_of(inst) {
                for arg in &mut self.block_calls[call].args {
                    *arg = change(*arg);
                }
            }
        }
    }

    /// The type of a value.
    #[inline]
    pub fn ty(&self, value: Value) -> Type {
        self.values[value].ty
    }

    /// Changes the type of a value, for legalization: the same bytes as another type. What defines and
    /// uses it is the caller's to change.
    pub fn set_ty(&mut self, value: Value, ty: Type) {
        self.values[value].ty = ty;
    }

    /// Where a value comes from; aliases are not followed.
    #[inline]
    pub fn def(&self, value: Value) -> ValueDef {
        self.values[value].def
    }

    /// The instruction that defines a value (aliases followed), or `None` for a block parameter.
    #[inline]
    pub fn def_inst(&self, value: Value) -> Option<Inst> {
        match self.values[self.resolve(value)].def {
            ValueDef::Result(inst, _) => Some(inst),
            _ => None,
        }
    }

    /// The constant behind a value, if it is an `iconst` (sign-extended from its type).
    pub fn int_constant(&self, value: Value) -> Option<i64> {
        let data = &self.insts[self.def_inst(value)?];
        (data.opcode() == Opcode::Iconst).then(|| data.imm())
    }

    /// Follows aliases.
    #[inline]
    pub fn resolve(&self, mut value: Value) -> Value {
        while let ValueDef::Alias(target) = self.values[value].def {
            value = target;
        }
        value
    }

    /// Makes `old` an alias of `new` (of the same type). The instruction that defined `old` is the
    /// caller's to remove.
    pub fn replace_value(&mut self, old: Value, new: Value) {
        let new = self.resolve(new);
        debug_assert!(old != new, "a value cannot stand for itself");
        debug_assert_eq!(self.ty(old), self.ty(new), "{old} and {new} differ in type");
        self.values[old].def = ValueDef::Alias(new);
    }

    /// Rewrites all uses to the values that aliases stand for.
    pub fn resolve_aliases(&mut self) {
        for i in 0..self.layout.len() {
            let block = self.layout[i];
            for j in 0..self.blocks[block].insts.len() {
                let inst = self.blocks[block].insts[j];
                self.map_uses_resolved(inst);
            }
        }
    }

    /// Whether an instruction must be kept though its results are unused: effects, memory writes,
    /// terminators, volatile and atomic loads.
    pub fn has_effect(&self, inst: Inst) -> bool {
        use crate::opcode::{Flags, Format};
        let data = &self.insts[inst];
        let flags = data.opcode().flags();
        if flags.0 & (Flags::WRITES.0 | Flags::EFFECT.0 | Flags::TERMINATOR.0) != 0 {
            return match data.opcode() {
                Opcode::Asm => {
                    self.asms[data.asm_ref()].is_volatile
                        || self.asms[data.asm_ref()].clobbers.iter().any(|c| c == "memory")
                        || self.asms[data.asm_ref()].outputs.iter().any(|o| o.is_memory)
                        || self.results(inst).len() == 0
                }
                _ => true,
            };
        }
        match data.opcode().format() {
            Format::Load => !data.mem_flags().is_plain(),
            Format::DebugValue | Format::DebugSlot => true,
            _ => false,
        }
    }

    /// Rewrites the operands of one instruction to the values that aliases stand for.
    pub fn map_uses_resolved(&mut self, inst: Inst) {
        let values = std::mem::take(&mut self.values);
        self.map_uses(inst, |mut value| {
            while let ValueDef::Alias(target) = values[value].def {
                value = target;
            }
            value
        });
        self.values = values;
    }

    /// The memory behind a by-value aggregate parameter, if parameter `index` is one.
    pub fn param_aggregate(&self, index: usize) -> Option<Aggregate> {
        match self.signature.params.get(index)?.ty {
            ParamType::Aggregate(aggregate) => Some(aggregate),
            ParamType::Scalar(_) => None,
        }
    }
}

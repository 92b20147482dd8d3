//! The state of selection: which values are needed and where they are, use counts, memory order.
//!
//! Memory order is kept by *epochs*: a counter, stepped at each block start and after each instruction that
//! writes memory or has another effect, noted for every instruction. A load and a later
//! instruction have the same epoch exactly when they are in one block with nothing between them
//! that could change what the load reads.

use super::extent::Extent;
use super::rules::Rules;
use crate::abi::{AbiTable, Assignment};
use crate::error::CodegenError;
use crate::inst::{
    Bank, Builder, MachBlock, MachMem, MachOperand, MachSymbol, SlotId, SlotKind, SymbolRefData, SymbolRefId,
    VReg,
};
use crate::options::Options;
use lathe_diag::Loc;
use lathe_ir::opcode::Flags;
use lathe_ir::{Entity, Function, Inst, InstData, Module, Opcode, StackSlot, Type, Value, ValueDef};
use lathe_isa::{Modifier, RowId};
use lathe_target::Target;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// No register yet.
const UNNEEDED: VReg = VReg(u32::MAX);

/// Selection of one function.
pub struct Selector<'a> {
    /// The module.
    pub module: &'a Module,
    /// The target.
    pub target: &'a Target,
    /// The function.
    pub func: &'a Function,
    /// Options.
    pub options: &'a Options,
    /// The target's rules.
    pub rules: &'a dyn Rules,
    /// The function's own convention.
    pub abi: &'static AbiTable,
    /// Where machine code goes.
    pub out: Builder<'a>,
    /// Where the function's own parameters and results are.
    pub own: Assignment,
    /// Scratch for calls.
    pub(super) call: Assignment,
    /// Register that keeps the hidden result address.
    pub(super) hidden_pointer: Option<VReg>,
    /// Where a call writes a scalar result to memory though it lives in registers, and the words of it with their offsets.
    pub(super) loaded_slot: Option<SlotId>,
    pub(super) loaded_results: SmallVec<[(Value, i32); 4]>,
    /// Bytes of the argument area that the callee of the call at hand removes.
    pub callee_pops: u32,
    /// Register that keeps the address of the global offset table, for targets that address data relative to it.
    pub got_base: Option<VReg>,
    /// The save area of a variadic function.
    pub save_area: Option<SlotId>,
    /// Addresses of frame places that are computed once, on entry: slot, displacement, register.
    pub(super) entry_addresses: Vec<(SlotId, i32, VReg)>,
    /// What registers hold above their values' bits; empty on targets that do not ask.
    extents: Vec<Extent>,
    values: Vec<VReg>,
    uses: Vec<u8>,
    epochs: Vec<u32>,
    slots: Vec<Option<SlotId>>,
    memory_values: FxHashMap<Value, SlotId>,
    frame_values: FxHashMap<Value, (SlotId, i64)>,
    root: Inst,
    /// The instructions of the block before the one being selected.
    before: &'a [Inst],
    /// An instruction that another one has selected with itself.
    absorbed: Inst,
    root_epoch: u32,
    block_epoch: u32,
    error: Option<CodegenError>,
}

impl<'a> Selector<'a> {
    /// Prepares selection: counts uses and numbers epochs.
    pub fn new(
        module: &'a Module,
        func: &'a Function,
        options: &'a Options,
        rules: &'a dyn Rules,
        abi: &'static AbiTable,
        out: Builder<'a>,
    ) -> Selector<'a> {
        let mut cx = Selector {
            module,
            target: &module.target,
            func,
            options,
            rules,
            abi,
            out,
            own: Assignment::default(),
            call: Assignment::default(),
            hidden_pointer: None,
            loaded_slot: None,
            loaded_results: SmallVec::new(),
            callee_pops: 0,
            got_base: None,
            save_area: None,
            entry_addresses: Vec::new(),
            extents: rules.extents(module, func),
            values: vec![UNNEEDED; func.value_count()],
            uses: vec![0; func.value_count()],
            epochs: vec![0; func.inst_count()],
            slots: vec![None; func.slots.len()],
            memory_values: FxHashMap::default(),
            frame_values: FxHashMap::default(),
            root: Inst::RESERVED,
            before: &[],
            absorbed: Inst::RESERVED,
            root_epoch: 0,
            block_epoch: 0,
            error: None,
        };
        cx.count();
        cx
    }

    fn count(&mut self) {
        let mut epoch = 1;
        for block in &self.func.layout {
            for inst in &self.func.blocks[*block].insts {
                self.epochs[inst.index()] = epoch;
                let uses = &mut self.uses;
                self.func.each_use(*inst, |value| {
                    let count = &mut uses[value.index()];
                    *count = count.saturating_add(1);
                });
                if changes_memory(self.func.inst(*inst)) {
                    epoch += 1;
                }
            }
            epoch += 1;
        }
    }

    // ----- position -----

    pub(super) fn begin_block_epochs(&mut self, first: Option<Inst>) {
        self.block_epoch = first.map_or(0, |inst| self.epochs[inst.index()]);
    }

    pub(super) fn set_root(&mut self, inst: Inst, before: &'a [Inst]) {
        self.root = inst;
        self.before = before;
        self.root_epoch = self.epochs[inst.index()];
        let loc = self.func.loc(inst);
        self.out.set_loc(loc);
    }

    /// The instruction being selected.
    pub fn root(&self) -> Inst {
        self.root
    }

    /// The instruction whose code comes directly before, as far as is known now: the nearest one
    /// before this one that has an effect or a result that is needed.
    pub fn previous(&self) -> Option<Inst> {
        self.before.iter().rev().copied().find(|inst| self.must_select(*inst))
    }

    /// Whether nothing comes between an instruction's code and this one's, as far as is known now.
    pub fn is_previous(&self, inst: Inst) -> bool {
        let stops = |other: &&Inst| **other == inst || self.must_select(**other);
        self.before.iter().rev().find(stops) == Some(&inst)
    }

    /// Says that the code of the previous instruction has been emitted together with this one's.
    pub fn absorb(&mut self, previous: Inst) {
        self.absorbed = previous;
    }

    pub(super) fn is_absorbed(&self, inst: Inst) -> bool {
        self.absorbed == inst
    }

    /// Source position of the instruction being selected.
    pub fn loc(&self) -> Loc {
        if self.root.is_some() { self.func.loc(self.root) } else { self.func.loc }
    }

    // ----- errors -----

    /// Notes an error; the first one counts.
    pub fn fail(&mut self, error: CodegenError) {
        if self.error.is_none() {
            let loc = self.loc();
            self.error = Some(if error.loc == Loc::NONE { error.at(loc) } else { error });
        }
    }

    /// Notes that a construct is not supported.
    pub fn unsupported(&mut self, what: impl Into<String>) {
        self.fail(CodegenError::unsupported(what));
    }

    pub(super) fn take_error(&mut self) -> Result<(), CodegenError> {
        match self.error.take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// "opcode.type is not supported".
    pub fn unsupported_inst(&self, inst: Inst) -> CodegenError {
        let data = self.func.inst(inst);
        let ty = data.ty();
        let what = if ty.is_some() {
            format!("{}.{} on {}", data.opcode(), ty, self.target.triple)
        } else {
            format!("{} on {}", data.opcode(), self.target.triple)
        };
        CodegenError::unsupported(what).at(self.func.loc(inst))
    }

    // ----- values -----

    /// Uses of a value in the whole function (saturating at 255).
    #[inline]
    pub fn use_count(&self, value: Value) -> u32 {
        u32::from(self.uses[value.index()])
    }

    /// What a value's register holds above the value's bits.
    #[inline]
    pub fn extent(&self, value: Value) -> Extent {
        self.extents.get(value.index()).copied().unwrap_or(Extent::UNKNOWN)
    }

    /// Whether a value is defined in the block being selected.
    pub fn is_in_this_block(&self, value: Value) -> bool {
        match self.func.def_inst(value) {
            Some(inst) => {
                let epoch = self.epochs[inst.index()];
                epoch >= self.block_epoch && epoch <= self.root_epoch
            }
            None => false,
        }
    }

    /// The pure instruction behind a value if the one being selected is its only user and in the same block.
    pub fn foldable(&self, value: Value) -> Option<Inst> {
        if self.use_count(value) != 1 {
            return None;
        }
        let inst = self.func.def_inst(value)?;
        let epoch = self.epochs[inst.index()];
        let here = epoch >= self.block_epoch && epoch <= self.root_epoch;
        (here && self.func.inst(inst).opcode().is_pure()).then_some(inst)
    }

    /// The load behind a value if it may happen inside the instruction being selected: no other
    /// user, not volatile or atomic, and memory cannot have changed in between.
    pub fn foldable_load(&self, value: Value) -> Option<Inst> {
        if self.use_count(value) != 1 {
            return None;
        }
        let inst = self.func.def_inst(value)?;
        let data = self.func.inst(inst);
        let same_memory = self.epochs[inst.index()] == self.root_epoch;
        (data.opcode() == Opcode::Load && data.mem_flags().is_plain() && same_memory).then_some(inst)
    }

    /// Whether a value is built anew at each use: constants and addresses. The address of a
    /// thread-local symbol may take a call, so it is computed once.
    pub fn is_rematerialized(&self, inst: Inst) -> bool {
        let data = self.func.inst(inst);
        match data.opcode() {
            Opcode::Iconst
            | Opcode::Fconst
            | Opcode::Const
            | Opcode::SlotAddr
            | Opcode::BlockAddr
            | Opcode::Undef => true,
            Opcode::Addr => self.module.symbols[data.symbol()].tls.is_none(),
            _ => false,
        }
    }

    /// The register of a value; marks it needed, or builds it here if it is a constant.
    pub fn reg(&mut self, value: Value) -> VReg {
        let known = self.values[value.index()];
        if known != UNNEEDED {
            return known;
        }
        let ty = self.func.ty(value);
        match self.func.def(value) {
            ValueDef::Result(inst, _) if self.is_low_part(inst) => {
                let wide = self.func.inst(inst).inline_args()[0];
                self.reg(wide)
            }
            ValueDef::Result(inst, _) if self.is_rematerialized(inst) => {
                let to = self.temp(ty);
                let rules = self.rules;
                if let Err(error) = rules.materialize(self, inst, to) {
                    self.fail(error);
                }
                to
            }
            ValueDef::Result(inst, _) if self.is_narrower_view(inst) => {
                let wide = self.func.inst(inst).inline_args()[0];
                self.reg(wide)
            }
            ValueDef::Param(..) if self.frame_values.contains_key(&value) => {
                let (slot, offset) = self.frame_values[&value];
                let to = self.temp(ty);
                let mem = MachMem::slot(slot, offset as i32);
                let rules = self.rules;
                rules.address_of(self, to, mem);
                to
            }
            _ => {
                let to = self.temp(ty);
                self.values[value.index()] = to;
                to
            }
        }
    }

    /// Whether an instruction only narrows an integer, and the target reads the low part of a register for free: then
    /// the register of the operand serves.
    fn is_low_part(&self, inst: Inst) -> bool {
        let data = self.func.inst(inst);
        if !matches!(data.opcode(), Opcode::Trunc | Opcode::PtrToInt | Opcode::IntToPtr)
            || !self.rules.truncation_is_free()
        {
            return false;
        }
        let classes =
            [data.ty(), self.func.ty(data.inline_args()[0])].map(|ty| self.rules.register_class(ty));
        matches!(classes, [Some((Bank::Int, to)), Some((Bank::Int, from))] if to <= from)
    }

    /// The address of a frame place in a register that is set on entry, for optimized code: indexed accesses of arrays would
    /// compute it again and again. `None`: there are enough of them.
    pub fn entry_address(&mut self, slot: SlotId, displacement: i32) -> Option<VReg> {
        /// More would take registers from what the function computes.
        const MOST: usize = 3;
        let known = self.entry_addresses.iter().find(|(s, d, _)| *s == slot && *d == displacement);
        if let Some((.., reg)) = known {
            return Some(*reg);
        }
        let optimizes = self.options.level != crate::options::OptLevel::None && !self.options.optimize_size;
        if !optimizes || self.entry_addresses.len() >= MOST || slot.index() <= SlotId::DYNAMIC.index() {
            return None;
        }
        let reg = self.temp(Type::PTR);
        self.entry_addresses.push((slot, displacement, reg));
        Some(reg)
    }

    /// Sets those registers.
    pub(super) fn set_entry_addresses(&mut self) {
        let rules = self.rules;
        for (slot, displacement, reg) in std::mem::take(&mut self.entry_addresses) {
            rules.address_of(self, reg, MachMem::slot(slot, displacement));
        }
    }

    /// Whether an instruction's result is its operand's register.
    fn is_narrower_view(&self, inst: Inst) -> bool {
        let data = self.func.inst(inst);
        if data.opcode() != Opcode::Trunc || !self.rules.truncates_by_view() {
            return false;
        }
        let from = self.func.ty(data.inline_args()[0]);
        // A pointer-sized register at most, and not a constant, which is built anew at its own width.
        let is_constant =
            self.func.def_inst(data.inline_args()[0]).is_some_and(|i| self.is_rematerialized(i));
        from.is_int() && from.lane_bits(64) <= 64 && !is_constant
    }

    /// Whether somebody asked for a value.
    pub fn is_needed(&self, value: Value) -> bool {
        self.values[value.index()] != UNNEEDED || self.memory_values.contains_key(&value)
    }

    /// A new register for a value of a type (a 64-bit one, after an error, for types without).
    pub fn temp(&mut self, ty: Type) -> VReg {
        match self.rules.register_class(ty) {
            Some((bank, size)) => self.out.vreg(bank, size),
            None => {
                self.unsupported(format!("{ty} in a register on {}", self.target.triple));
                self.out.vreg(Bank::Int, self.target.layout.pointer.size as u8)
            }
        }
    }

    /// The integer type as wide as an address.
    pub fn word(&self) -> Type {
        Type::int(8 * self.target.layout.pointer.size).unwrap_or(Type::I64)
    }

    /// The register to define for an instruction's only (or first) result.
    pub fn result(&mut self, inst: Inst) -> VReg {
        let value = self.func.result(inst).expect("the instruction has a result");
        self.reg(value)
    }

    /// The register to define for result `index`, if it is needed.
    pub fn needed_result(&mut self, inst: Inst, index: usize) -> Option<VReg> {
        let value = self.func.results(inst).nth(index)?;
        let reg = self.values[value.index()];
        (reg != UNNEEDED).then_some(reg)
    }

    /// Whether values of a type live in memory.
    pub fn lives_in_memory(&self, ty: Type) -> bool {
        self.rules.register_class(ty).is_none()
    }

    /// The slot of a value that lives in memory; marks it needed.
    pub fn memory_value(&mut self, value: Value) -> SlotId {
        if let Some(slot) = self.memory_values.get(&value) {
            return *slot;
        }
        let layout = self.func.ty(value).layout(&self.target.layout);
        let slot = self.slot(SlotKind::Permanent, u64::from(layout.size), layout.align.min(16));
        self.memory_values.insert(value, slot);
        slot
    }

    // ----- frame -----

    /// A new frame slot.
    pub fn slot(&mut self, kind: SlotKind, size: u64, align: u32) -> SlotId {
        self.out.func.slot(kind, size, align)
    }

    /// The frame slot of an IR slot.
    pub fn slot_of(&mut self, slot: StackSlot) -> SlotId {
        if let Some(id) = self.slots[slot.index()] {
            return id;
        }
        let data = &self.func.slots[slot];
        let id = self.out.func.slot(SlotKind::Variable(slot), data.size, data.align.max(1));
        self.slots[slot.index()] = Some(id);
        id
    }

    pub(super) fn create_slots(&mut self) {
        for slot in self.func.slots.keys() {
            self.slot_of(slot);
        }
    }

    pub(super) fn set_frame_value(&mut self, value: Value, slot: SlotId, offset: i64) {
        self.frame_values.insert(value, (slot, offset));
    }

    /// The frame place that a value is the address of.
    pub fn frame_address_of(&self, value: Value) -> Option<(SlotId, i64)> {
        match self.func.def(value) {
            ValueDef::Result(inst, _) => {
                let data = self.func.inst(inst);
                if data.opcode() != Opcode::SlotAddr {
                    return None;
                }
                Some((self.slots[data.stack_slot().index()]?, data.imm()))
            }
            ValueDef::Param(..) => self.frame_values.get(&value).copied(),
            _ => None,
        }
    }

    // ----- machine code -----

    /// Appends an instruction.
    #[inline]
    pub fn op(&mut self, row: RowId, operands: &[MachOperand]) {
        self.out.op(row, operands);
    }

    /// An address as an operand.
    pub fn mem_operand(&mut self, mem: MachMem) -> MachOperand {
        self.out.mem(mem)
    }

    /// The memory operand at an address value plus an offset.
    pub fn mem_at(&mut self, value: Value, offset: i64) -> MachMem {
        let address = self.address(value, offset);
        let rules = self.rules;
        rules.mem(self, &address)
    }

    /// A reference to a symbol.
    pub fn symbol_ref(&mut self, symbol: MachSymbol, addend: i64, modifier: Modifier) -> SymbolRefId {
        self.out.symbol(SymbolRefData { symbol, addend, modifier })
    }

    /// The memory of a pool constant.
    pub fn pool(&mut self, bytes: &[u8], align: u32) -> MachSymbol {
        MachSymbol::Constant(self.out.func.constant(bytes, align))
    }

    /// The machine block of an IR block.
    pub fn block_of(&self, block: lathe_ir::Block) -> MachBlock {
        self.out.block_of(block)
    }
}

/// Whether an instruction separates the loads before it from those after it.
fn changes_memory(data: &InstData) -> bool {
    if matches!(data.opcode(), Opcode::LifetimeStart | Opcode::LifetimeEnd) {
        return false;
    }
    let flags = data.opcode().flags();
    if flags.has(Flags::WRITES) || flags.has(Flags::EFFECT) {
        return true;
    }
    data.opcode() == Opcode::Load && !data.mem_flags().is_plain()
}

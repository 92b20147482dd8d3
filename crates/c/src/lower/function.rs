//! One function: parameters, locals, blocks, scopes and their cleanups.

use super::Val;
use super::module::ModuleState;
use super::place::{Base, Place};
use super::types::scalar_type;
use crate::ast::{Body, DeclId, ExprId, LabelId, LocalId, Unit};
use crate::intern::Interner;
use crate::types::{QualType, TypeKind, VlaId};
use lathe_diag::{Diagnostic, Loc};
use lathe_ir::function::FunctionAttributes;
use lathe_ir::{
    Block, Entity, Function, FunctionBuilder, InstData, Opcode, StackSlot, StackSlotData, Symbol, Type, Value,
};
use rustc_hash::FxHashMap;

/// Size of a complete type in bytes; 1 for `void` and functions (GNU pointer arithmetic).
pub(super) fn size_of(unit: &Unit, ty: QualType) -> u64 {
    match unit.types.kind(ty) {
        TypeKind::Void | TypeKind::Function(_) => 1,
        _ => unit.types.size_of(ty).unwrap_or(0),
    }
}

/// Alignment of a type in bytes.
pub(super) fn align_of(unit: &Unit, ty: QualType) -> u32 {
    match unit.types.kind(ty) {
        TypeKind::Void | TypeKind::Function(_) => 1,
        _ => unit.types.align_of(ty).max(1),
    }
}

/// Where a local lives.
#[derive(Clone, Copy, Debug)]
pub(super) enum Storage {
    /// Not declared yet.
    Pending,
    /// In the frame.
    Slot(StackSlot),
    /// At an address known on entry (records passed by value).
    At(Value),
    /// At the address stored in a slot (variable length).
    Indirect(StackSlot),
}

/// What leaving a scope does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cleanup {
    /// Calls a `cleanup` function with the local's address.
    Call(DeclId, LocalId),
    /// Frees variable-length arrays: restores the stack extent stored in the slot.
    RestoreStack(StackSlot),
}

/// A scope that is open at the current point.
#[derive(Clone, Debug)]
pub(super) struct OpenScope {
    pub(super) number: u32,
    pub(super) cleanups: Vec<Cleanup>,
    /// Locals in memory whose life ends with the scope.
    pub(super) slots: Vec<StackSlot>,
}

/// Where `break` and `continue` go.
#[derive(Clone, Copy, Debug)]
pub(super) struct JumpTargets {
    pub(super) break_to: Block,
    pub(super) continue_to: Option<Block>,
    /// Number of open scopes outside.
    pub(super) depth: usize,
    pub(super) continue_depth: usize,
}

/// The state of lowering one function.
pub(super) struct FunctionLowering<'a> {
    pub(super) state: &'a mut ModuleState,
    pub(super) unit: &'a Unit,
    pub(super) names: &'a Interner,
    pub(super) body: &'a Body,
    pub(super) decl: DeclId,
    pub(super) func: Function,
    pub(super) block: Block,
    pub(super) loc: Loc,
    pub(super) locals: Vec<Storage>,
    pub(super) labels: Vec<Option<Block>>,
    /// Where `goto *` arrives at a label whose address is taken: a block with no other way in.
    pub(super) landings: Vec<Option<Block>>,
    /// The one block of the function that jumps indirectly; its parameter is the address. With one
    /// such block, and landings of their own, edges of indirect jumps never need arguments.
    pub(super) dispatch: Option<Block>,
    pub(super) case_blocks: Vec<(u32, Vec<Block>, Option<Block>)>,
    pub(super) jumps: Vec<JumpTargets>,
    pub(super) scopes: Vec<OpenScope>,
    /// Landing pads that calls refer to.
    pub(super) pads: Vec<super::unwind::Pad>,
    pub(super) opaque: FxHashMap<ExprId, Val>,
    pub(super) vla_slots: FxHashMap<VlaId, StackSlot>,
    pub(super) name: String,
}

impl<'a> FunctionLowering<'a> {
    /// Lowers a body; also gives the blocks of the labels whose address is taken.
    pub(super) fn lower(
        state: &'a mut ModuleState,
        unit: &'a Unit,
        names: &'a Interner,
        decl: DeclId,
        symbol: Symbol,
        body: &'a Body,
    ) -> (Function, Vec<(LabelId, Block)>) {
        let signature = state.definition_signature(unit, names, unit.decl(decl).ty, body);
        let mut func = Function::new(symbol, (*signature).clone());
        func.loc = unit.decl(decl).loc;
        func.attributes = attributes(state, unit, decl, body);
        let entry = func.create_entry();
        let mut lowering = FunctionLowering {
            name: names.text(unit.decl(decl).name).into_owned(),
            state,
            unit,
            names,
            body,
            decl,
            func,
            block: entry,
            loc: unit.decl(decl).loc,
            locals: vec![Storage::Pending; body.locals.len()],
            labels: vec![None; body.labels.len()],
            landings: vec![None; body.labels.len()],
            dispatch: None,
            case_blocks: Vec::new(),
            jumps: Vec::new(),
            scopes: Vec::new(),
            pads: Vec::new(),
            opaque: FxHashMap::default(),
            vla_slots: FxHashMap::default(),
        };
        lowering.run();
        let labels =
            (0..body.labels.len()).filter_map(|i| Some((LabelId(i as u32), lowering.landings[i]?))).collect();
        (lowering.func, labels)
    }

    fn run(&mut self) {
        if self.state.options.debug {
            self.open_debug_function();
        }
        for (index, label) in self.body.labels.iter().enumerate() {
            if label.address_taken && label.defined {
                self.landings[index] = Some(self.later_block());
            }
        }
        self.lower_params();
        for vla in &self.body.param_vlas {
            self.evaluate_vla_bound(*vla);
        }
        if let Some(root) = self.body.root {
            self.statement(root);
        }
        self.loc = self.body.end;
        if !self.is_terminated() {
            self.return_at_end();
        }
        self.finish_dispatch();
        self.finish_pads();
        self.remove_dead_blocks();
    }

    /// Reaching the closing brace: `main` returns 0, others an unknown value.
    fn return_at_end(&mut self) {
        let is_main = self.name == "main" && self.unit.types.callee(self.unit.decl(self.decl).ty).is_some();
        let result = self.func.signature.results.first().copied();
        match result {
            None => {
                self.b().ret(&[]);
            }
            Some(param) => {
                let ty = param.value_type();
                let value = if is_main && ty.is_int() {
                    self.b().iconst(ty, 0)
                } else if super::types::param_scalar(&param).is_none() {
                    let size = self.func.signature.returned_aggregate().map_or(0, |aggregate| {
                        let data = &self.state.module.aggregates[aggregate];
                        data.size
                    });
                    let slot = self.temporary(size, 16);
                    self.b().slot_addr(slot, 0)
                } else {
                    self.b().undef(ty)
                };
                self.b().ret(&[value]);
            }
        }
    }

    /// A builder at the current point.
    #[inline]
    pub(super) fn b(&mut self) -> FunctionBuilder<'_> {
        let mut builder = FunctionBuilder::at_end(&mut self.func, self.block);
        builder.set_loc(self.loc);
        builder
    }

    /// Whether the current block already ends.
    pub(super) fn is_terminated(&self) -> bool {
        self.func.terminator(self.block).is_some()
    }

    /// Makes sure that instructions can be added: code after a jump goes to a block of its own.
    pub(super) fn ensure_open(&mut self) {
        if self.is_terminated() {
            let block = self.new_block();
            self.block = block;
        }
    }

    /// A new block at the end of the layout.
    pub(super) fn new_block(&mut self) -> Block {
        let block = self.func.create_block();
        self.func.append_block(block);
        block
    }

    /// A new block that is placed in the layout when it is entered.
    pub(super) fn later_block(&mut self) -> Block {
        self.func.create_block()
    }

    /// Goes on in a block made by [`Self::later_block`].
    pub(super) fn enter(&mut self, block: Block) {
        self.func.append_block(block);
        self.block = block;
    }

    /// Jumps to a block unless the current one already ends.
    pub(super) fn jump_to(&mut self, block: Block) {
        if !self.is_terminated() {
            self.b().jump(block, &[]);
        }
    }

    /// A slot for a temporary.
    pub(super) fn temporary(&mut self, size: u64, align: u32) -> StackSlot {
        self.func.slots.push(StackSlotData { size: size.max(1), align: align.max(1), name: None })
    }

    /// A slot for a value of a type.
    pub(super) fn temporary_for(&mut self, ty: QualType) -> StackSlot {
        let (size, align) = (size_of(self.unit, ty), align_of(self.unit, ty));
        self.temporary(size, align)
    }

    /// The integer type as wide as an address.
    pub(super) fn word(&self) -> Type {
        Type::int(self.unit.types.data_layout().pointer.size * 8).expect("addresses have integer widths")
    }

    /// The IR type of a scalar type.
    pub(super) fn scalar_type(&self, ty: QualType) -> Option<Type> {
        scalar_type(&self.unit.types, ty)
    }

    /// Reports something that cannot be lowered.
    pub(super) fn unsupported(&mut self, what: &str) {
        let mut diagnostic = Diagnostic::error(self.loc, format!("{what} is not supported"));
        diagnostic.function = Some(self.name.clone());
        self.state.diagnostics.push(diagnostic);
    }

    fn lower_params(&mut self) {
        let entry = self.block;
        for index in 0..self.body.param_count as usize {
            let Some(value) = self.func.blocks[entry].params.get(index).copied() else { break };
            let id = LocalId(index as u32);
            let local = self.body.local(id);
            let in_memory = self.func.param_aggregate(index).is_some();
            if in_memory {
                self.locals[index] = Storage::At(value);
                continue;
            }
            let slot = self.local_slot(id);
            let Some(ty) = self.scalar_type(local.ty) else { continue };
            let value = self.narrow_param(value, ty);
            let place = Place::slot(slot, local.ty.unqualified(), local.align);
            self.store_scalar(&place, value);
        }
        if self.state.options.debug {
            for index in 0..self.body.param_count {
                self.declare_debug_local(LocalId(index));
            }
        }
    }

    /// Undoes the promotion of an old-style definition's parameter.
    fn narrow_param(&mut self, value: Value, ty: Type) -> Value {
        let given = self.func.ty(value);
        if given == ty {
            value
        } else if given.is_float() && ty.is_float() {
            self.b().fptrunc(ty, value)
        } else {
            self.b().trunc(ty, value)
        }
    }

    /// Gives a local its slot.
    pub(super) fn local_slot(&mut self, id: LocalId) -> StackSlot {
        let local = self.body.local(id);
        let name = local.name.map(|n| self.names.text(n).into_owned().into_boxed_str());
        let size = size_of(self.unit, local.ty).max(1);
        let name = if self.state.options.debug { name } else { None };
        let slot = self.func.slots.push(StackSlotData { size, align: local.align.max(1), name });
        self.locals[id.0 as usize] = Storage::Slot(slot);
        slot
    }

    /// The place of a local.
    pub(super) fn local_place(&mut self, id: LocalId) -> Place {
        let local = self.body.local(id);
        let base = match self.locals[id.0 as usize] {
            Storage::Slot(slot) => Base::Slot(slot),
            Storage::At(value) => Base::Value(value),
            Storage::Indirect(slot) => {
                let holder = Place::slot(slot, QualType::VOID_POINTER, 8);
                Base::Value(self.load_scalar(&holder))
            }
            // A jump past the declaration: the slot exists all the same.
            Storage::Pending => Base::Slot(self.local_slot(id)),
        };
        let align = local.align.max(1);
        Place { base, offset: 0, ty: local.ty, align, bits: None }
    }

    /// The block of a label.
    pub(super) fn label_block(&mut self, label: LabelId) -> Block {
        let index = label.0 as usize;
        if let Some(block) = self.labels[index] {
            return block;
        }
        let block = self.later_block();
        self.labels[index] = Some(block);
        block
    }

    /// A label is reached: by its landing, by `goto`, by falling into it.
    pub(super) fn enter_label(&mut self, label: LabelId) {
        let block = self.label_block(label);
        self.jump_to(block);
        if let Some(landing) = self.landings[label.0 as usize] {
            self.enter(landing);
            self.jump_to(block);
        }
        self.enter(block);
    }

    /// Writes the block of the indirect jump, if there is one.
    fn finish_dispatch(&mut self) {
        let Some(dispatch) = self.dispatch else { return };
        self.enter(dispatch);
        let address = self.func.blocks[dispatch].params[0];
        let landings: Vec<Block> = self.landings.iter().flatten().copied().collect();
        self.b().indirect_jump(address, &landings);
    }

    /// Runs the cleanups of the open scopes above `depth`, innermost first, without closing them.
    pub(super) fn run_cleanups(&mut self, depth: usize) {
        for index in (depth..self.scopes.len()).rev() {
            for k in (0..self.scopes[index].cleanups.len()).rev() {
                match self.scopes[index].cleanups[k] {
                    Cleanup::Call(function, local) => self.call_cleanup(function, local),
                    Cleanup::RestoreStack(slot) => {
                        let holder = Place::slot(slot, QualType::VOID_POINTER, 8);
                        let extent = self.load_scalar(&holder);
                        self.b().address(Opcode::StackRestore, extent);
                    }
                }
            }
        }
    }

    /// Ends the lives of locals of the open scopes above `depth`.
    pub(super) fn end_lives(&mut self, depth: usize) {
        for index in (depth..self.scopes.len()).rev() {
            for k in (0..self.scopes[index].slots.len()).rev() {
                let slot = self.scopes[index].slots[k];
                self.emit(InstData::slot(Opcode::LifetimeEnd, slot));
            }
        }
    }

    /// Whether leaving the scopes above `depth` does anything.
    pub(super) fn has_cleanups(&self, depth: usize) -> bool {
        self.scopes[depth..].iter().any(|scope| !scope.cleanups.is_empty())
    }

    /// The number of open scopes that stay open when control goes to a label.
    pub(super) fn depth_at_label(&self, label: LabelId) -> usize {
        let mut ancestors = Vec::new();
        let mut number = self.body.labels[label.0 as usize].scope;
        loop {
            ancestors.push(number);
            let parent = self.body.scopes[number as usize].parent;
            if parent == number {
                break;
            }
            number = parent;
        }
        self.scopes.iter().rposition(|scope| ancestors.contains(&scope.number)).map_or(0, |i| i + 1)
    }

    /// Statement ids as map keys would be slow: case blocks are kept per open switch.
    pub(super) fn case_block(&self, index: u32) -> Option<Block> {
        self.case_blocks.last()?.1.get(index as usize).copied()
    }

    /// The block of the innermost switch's `default:`.
    pub(super) fn default_block(&self) -> Option<Block> {
        self.case_blocks.last()?.2
    }

    /// Blocks that nothing jumps to (code after `return`) leave the layout.
    fn remove_dead_blocks(&mut self) {
        for block in self.func.layout.clone() {
            if self.func.terminator(block).is_none() {
                self.block = block;
                self.b().unreachable();
            }
        }
        let mut seen = vec![false; self.func.blocks.len()];
        let mut work = vec![self.func.entry()];
        seen[self.func.entry().index()] = true;
        let taken: Vec<Block> = self.landings.iter().flatten().copied().collect();
        for block in taken {
            if !std::mem::replace(&mut seen[block.index()], true) {
                work.push(block);
            }
        }
        while let Some(block) = work.pop() {
            self.func.each_successor(block, |next| {
                if !std::mem::replace(&mut seen[next.index()], true) {
                    work.push(next);
                }
            });
        }
        self.func.layout.retain(|block| seen[block.index()]);
    }

    /// Appends a raw instruction.
    pub(super) fn emit(&mut self, data: InstData) -> Option<Value> {
        let inst = self.b().inst(data);
        self.func.result(inst)
    }
}

fn attributes(state: &ModuleState, unit: &Unit, decl: DeclId, body: &Body) -> FunctionAttributes {
    use crate::ast::InlineKind;
    let d = unit.decl(decl);
    let a = d.attributes();
    let options = &state.options;
    FunctionAttributes {
        noreturn: a.noreturn || unit.types.callee(d.ty).is_some_and(|f| f.noreturn),
        nounwind: a.nothrow,
        cold: a.cold,
        always_inline: a.always_inline,
        never_inline: a.noinline || a.noipa,
        inline_hint: d.inline != InlineKind::No,
        calls_returns_twice: body.calls_returns_twice,
        naked: a.naked,
        frame_pointer: options.frame_pointer,
        optimize_size: options.optimize_size || a.cold,
        optimize_none: false,
        is_const: a.is_const,
        is_pure: a.pure,
        stack_protector: if a.no_stack_protector { 0 } else { options.stack_protector },
        align: d.align,
        patchable_entry: a.patchable_function_entry.map_or((0, 0), |(n, m)| (n as u16, m as u16)),
        no_unwind_table: false,
        personality: None,
    }
}

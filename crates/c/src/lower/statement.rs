//! Statements.

use super::Val;
use super::function::{Cleanup, FunctionLowering, JumpTargets, OpenScope, Storage, align_of, size_of};
use super::place::Place;
use crate::ast::{ExprId, InitId, LocalId, StmtId, StmtKind, StmtRange};
use crate::types::QualType;
use lathe_ir::{Block, InstData, IntCond, Opcode, StackSlot, Type, Value};

/// A `case a ... b` range of at most this many values becomes single cases.
const MAX_EXPANDED_RANGE: i128 = 64;

impl FunctionLowering<'_> {
    /// A statement, reachable or not (labels inside may be jumped to).
    pub(super) fn statement(&mut self, id: StmtId) {
        let mut id = id;
        // Labels and `else if` chains nest to the right: a loop, not recursion.
        loop {
            let stmt = *self.body.stmt(id);
            self.loc = stmt.loc;
            match stmt.kind {
                StmtKind::Labeled(label, next) => {
                    self.keep_lives();
                    self.enter_label(label);
                    id = next;
                }
                StmtKind::Case(index, next) => {
                    self.keep_lives_here();
                    if let Some(block) = self.case_block(index) {
                        self.jump_to(block);
                        self.enter(block);
                    }
                    id = next;
                }
                StmtKind::Default(next) => {
                    self.keep_lives_here();
                    if let Some(block) = self.default_block() {
                        self.jump_to(block);
                        self.enter(block);
                    }
                    id = next;
                }
                StmtKind::If { .. } => return self.if_chain(id),
                _ => return self.simple_statement(stmt.kind),
            }
        }
    }

    fn simple_statement(&mut self, kind: StmtKind) {
        match kind {
            StmtKind::Empty => {}
            StmtKind::Expr(expr) => self.effect(expr),
            StmtKind::Compound { children, scope, end } => {
                self.open_scope(scope);
                self.children(children);
                self.loc = end;
                self.close_scope();
            }
            StmtKind::Declare(local, init) => self.declare(local, init),
            StmtKind::VlaBound(vla) => {
                self.ensure_open();
                self.evaluate_vla_bound(vla);
            }
            StmtKind::While(condition, body) => self.while_loop(condition, body),
            StmtKind::DoWhile(body, condition) => self.do_loop(body, condition),
            StmtKind::For(index) => self.for_loop(index),
            StmtKind::Switch { value, body, index } => self.switch(value, body, index),
            StmtKind::Break => {
                if let Some(targets) = self.jumps.last().copied() {
                    self.leave_to(targets.break_to, targets.depth);
                }
            }
            StmtKind::Continue => {
                let target = self.jumps.iter().rev().find_map(|t| Some((t.continue_to?, t.continue_depth)));
                if let Some((block, depth)) = target {
                    self.leave_to(block, depth);
                }
            }
            StmtKind::Goto(label) => {
                self.ensure_open();
                let depth = self.depth_at_label(label);
                let block = self.label_block(label);
                self.leave_to(block, depth);
            }
            StmtKind::GotoIndirect(address) => self.goto_indirect(address),
            StmtKind::Return(value) => self.return_statement(value),
            StmtKind::Asm(index) => {
                self.ensure_open();
                self.asm_statement(index);
            }
            StmtKind::Labeled(..) | StmtKind::Case(..) | StmtKind::Default(_) | StmtKind::If { .. } => {
                unreachable!("handled by statement()")
            }
        }
    }

    fn children(&mut self, range: StmtRange) {
        for index in range.start..range.start + range.len {
            self.statement(self.body.stmt_lists[index as usize]);
        }
    }

    fn open_scope(&mut self, number: u32) {
        self.scopes.push(OpenScope { number, cleanups: Vec::new(), slots: Vec::new() });
        if self.state.options.debug {
            self.enter_debug_scope(number);
        }
    }

    fn close_scope(&mut self) {
        let depth = self.scopes.len() - 1;
        if !self.is_terminated() {
            if self.has_cleanups(depth) {
                self.run_cleanups(depth);
            }
            self.end_lives(depth);
        }
        self.scopes.pop();
        if self.state.options.debug {
            let outer = self.scopes.last().map_or(0, |scope| scope.number);
            self.enter_debug_scope(outer);
        }
    }

    /// Runs cleanups and jumps.
    fn leave_to(&mut self, block: Block, depth: usize) {
        self.ensure_open();
        if self.has_cleanups(depth) {
            self.run_cleanups(depth);
        }
        self.end_lives(depth);
        self.jump_to(block);
    }

    /// A statement expression: the children, the result while their scope is open, cleanups.
    pub(super) fn compound_with_result(&mut self, block: StmtId, result: ExprId) -> Val {
        let StmtKind::Compound { children, scope, .. } = self.body.stmt(block).kind else {
            self.statement(block);
            return Val::None;
        };
        self.open_scope(scope);
        self.children(children);
        let mut value = Val::None;
        if let Some(result) = result.get() {
            value = self.value(result);
            if let Val::Memory(address) = value {
                value = self.copy_of(address, self.body.expr(result).ty);
            }
        }
        self.ensure_open();
        self.close_scope();
        value
    }

    /// A copy of a record that outlives the scope of the original.
    fn copy_of(&mut self, address: Value, ty: QualType) -> Val {
        let plain = ty.unqualified();
        let slot = self.temporary_for(plain);
        let copy = Place::slot(slot, plain, align_of(self.unit, plain));
        let from = Place::at(address, plain, align_of(self.unit, plain));
        self.copy_bytes(&copy, &from);
        Val::Memory(self.address(&copy))
    }

    /// Says that the life of a local begins here (what it held before does not matter: C23 6.2.4 paragraph 6), and for a
    /// larger one that it ends with its scope, so that others may have its memory before and after. The locals of the
    /// outermost scope live until the function returns.
    fn begin_life(&mut self, slot: StackSlot) {
        const SMALLEST: u64 = 9;
        if self.scopes.len() > 1 && self.state.options.optimize {
            self.emit(InstData::slot(Opcode::LifetimeStart, slot));
            if self.func.slots[slot].size < SMALLEST {
                return;
            }
            if let Some(scope) = self.scopes.last_mut() {
                scope.slots.push(slot);
            }
        }
    }

    /// A label may be reached past the declarations before it: their locals live on.
    fn keep_lives(&mut self) {
        for scope in &mut self.scopes {
            scope.slots.clear();
        }
    }

    /// The same for the scope of a `case`.
    fn keep_lives_here(&mut self) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.slots.clear();
        }
    }

    fn declare(&mut self, id: LocalId, init: Option<InitId>) {
        let is_bypassed = self.is_terminated();
        self.ensure_open();
        let local = self.body.local(id);
        if self.unit.types.is_variable_length(local.ty) {
            self.declare_variable_length(id);
        } else if let Storage::Pending = self.locals[id.0 as usize] {
            let slot = self.local_slot(id);
            if !is_bypassed {
                self.begin_life(slot);
            }
        }
        if self.state.options.debug {
            self.declare_debug_local(id);
        }
        if let Some(function) = local.cleanup
            && let Some(scope) = self.scopes.last_mut()
        {
            scope.cleanups.push(Cleanup::Call(function, id));
        }
        if let Some(init) = init {
            let place = self.local_place(id);
            // Initialization is no assignment: `const` objects are written, once.
            self.initialize(place, init);
        }
    }

    /// `if … else if …`, without recursion along the chain.
    fn if_chain(&mut self, id: StmtId) {
        let done = self.later_block();
        let mut id = id;
        loop {
            let stmt = *self.body.stmt(id);
            let StmtKind::If { condition, then, otherwise } = stmt.kind else {
                self.statement(id);
                break;
            };
            self.loc = stmt.loc;
            self.ensure_open();
            let yes = self.later_block();
            let no = if otherwise.get().is_some() { self.later_block() } else { done };
            self.branch(condition, yes, no);
            self.enter(yes);
            self.statement(then);
            self.jump_to(done);
            let Some(next) = otherwise.get() else { break };
            self.enter(no);
            id = next;
        }
        self.jump_to(done);
        self.enter(done);
    }

    fn loop_body(&mut self, body: StmtId, break_to: Block, continue_to: Block) {
        let depth = self.scopes.len();
        self.jumps.push(JumpTargets {
            break_to,
            continue_to: Some(continue_to),
            depth,
            continue_depth: depth,
        });
        self.statement(body);
        self.jumps.pop();
    }

    fn while_loop(&mut self, condition: ExprId, body: StmtId) {
        self.ensure_open();
        let (head, inside, done) = (self.later_block(), self.later_block(), self.later_block());
        self.jump_to(head);
        self.enter(head);
        self.branch(condition, inside, done);
        self.enter(inside);
        self.loop_body(body, done, head);
        self.jump_to(head);
        self.enter(done);
    }

    fn do_loop(&mut self, body: StmtId, condition: ExprId) {
        self.ensure_open();
        let (inside, check, done) = (self.later_block(), self.later_block(), self.later_block());
        self.jump_to(inside);
        self.enter(inside);
        self.loop_body(body, done, check);
        self.jump_to(check);
        self.enter(check);
        self.branch(condition, inside, done);
        self.enter(done);
    }

    fn for_loop(&mut self, index: u32) {
        let stmt = self.body.fors[index as usize];
        self.ensure_open();
        self.open_scope(stmt.scope);
        if let Some(init) = stmt.init.get() {
            // The declarations belong to the `for`'s scope, not to a block of their own.
            match self.body.stmt(init).kind {
                StmtKind::Compound { children, .. } => self.children(children),
                _ => self.statement(init),
            }
        }
        self.ensure_open();
        let (head, inside) = (self.later_block(), self.later_block());
        let (step, done) = (self.later_block(), self.later_block());
        self.jump_to(head);
        self.enter(head);
        match stmt.condition.get() {
            Some(condition) => self.branch(condition, inside, done),
            None => self.jump_to(inside),
        }
        self.enter(inside);
        self.loop_body(stmt.body, done, step);
        self.jump_to(step);
        self.enter(step);
        if let Some(step) = stmt.step.get() {
            self.effect(step);
        }
        self.jump_to(head);
        self.enter(done);
        self.close_scope();
    }

    fn switch(&mut self, value: ExprId, body: StmtId, index: u32) {
        self.ensure_open();
        let value = self.scalar(value);
        let done = self.later_block();
        let cases = &self.body.switches[index as usize];
        let blocks: Vec<Block> = cases.cases.iter().map(|_| self.func.create_block()).collect();
        let default = cases.default.get().map(|_| self.func.create_block());
        self.dispatch(value, index, &blocks, default.unwrap_or(done));
        let depth = self.scopes.len();
        self.jumps.push(JumpTargets { break_to: done, continue_to: None, depth, continue_depth: depth });
        self.case_blocks.push((index, blocks, default));
        self.statement(body);
        self.case_blocks.pop();
        self.jumps.pop();
        self.jump_to(done);
        self.enter(done);
    }

    fn dispatch(&mut self, value: Value, index: u32, blocks: &[Block], default: Block) {
        let ty = self.func.ty(value);
        let bits = ty.lane_bits(64);
        let signed_value = |n: i128| if bits == 128 { n } else { n << (128 - bits) >> (128 - bits) };
        let mut single: Vec<(i128, Block)> = Vec::new();
        for (case, block) in self.body.switches[index as usize].cases.iter().zip(blocks) {
            let span = case.high.wrapping_sub(case.low);
            if (0..MAX_EXPANDED_RANGE).contains(&span) {
                single.extend((0..=span).map(|i| (signed_value(case.low.wrapping_add(i)), *block)));
                continue;
            }
            let next = self.later_block();
            let low = self.b().iconst128(ty, signed_value(case.low));
            let high = self.b().iconst128(ty, signed_value(case.high));
            let offset = self.b().isub(value, low);
            let width = self.b().isub(high, low);
            let inside = self.b().icmp(IntCond::Ule, offset, width);
            self.b().branch(inside, *block, &[], next, &[]);
            self.enter(next);
        }
        if single.is_empty() {
            self.jump_to(default);
            return;
        }
        self.b().switch(value, default, &single);
    }

    fn goto_indirect(&mut self, address: ExprId) {
        self.ensure_open();
        let address = self.scalar(address);
        let dispatch = match self.dispatch {
            Some(block) => block,
            None => {
                let block = self.later_block();
                self.func.append_param(block, Type::PTR);
                self.dispatch = Some(block);
                block
            }
        };
        self.b().jump(dispatch, &[address]);
    }

    fn return_statement(&mut self, value: ExprId) {
        self.ensure_open();
        let result = self.func.signature.results.first().copied();
        let Some(value_id) = value.get() else {
            self.run_cleanups(0);
            return self.return_without_value();
        };
        let ty = self.body.expr(value_id).ty;
        let value = self.value(value_id);
        self.ensure_open();
        let Some(param) = result else {
            self.run_cleanups(0);
            self.b().ret(&[]);
            return;
        };
        let mut given = match super::types::param_scalar(&param) {
            Some(_) => match value {
                Val::One(value) | Val::Memory(value) | Val::Pair(value, _) => value,
                Val::None => self.b().undef(param.value_type()),
            },
            None => self.in_memory(value, ty),
        };
        if self.has_cleanups(0) {
            if super::types::param_scalar(&param).is_none()
                && let Val::Memory(copy) = self.copy_of(given, ty)
            {
                given = copy;
            }
            self.run_cleanups(0);
        }
        self.b().ret(&[given]);
    }

    fn return_without_value(&mut self) {
        let result = self.func.signature.results.first().copied();
        match result {
            None => {
                self.b().ret(&[]);
            }
            Some(param) if super::types::param_scalar(&param).is_some() => {
                let value = self.b().undef(param.value_type());
                self.b().ret(&[value]);
            }
            Some(_) => {
                let slot = self.temporary(64, 16);
                let address = self.b().slot_addr(slot, 0);
                self.b().ret(&[address]);
            }
        }
    }

    /// Calls a `cleanup` function with the address of its local.
    pub(super) fn call_cleanup(&mut self, function: crate::ast::DeclId, local: LocalId) {
        let place = self.local_place(local);
        let address = self.address(&place);
        let symbol = self.state.decl_symbol(self.unit, self.names, function);
        self.state.refer(symbol);
        let signature = self.state.signature(self.unit, self.names, self.unit.decl(function).ty);
        let signature = self.func.import_signature(signature);
        self.b().call(symbol, signature, &[address]);
    }

    /// A stack slot for a variable-length array's pointer, and the array.
    fn declare_variable_length(&mut self, id: LocalId) {
        let local = self.body.local(id);
        let needs_save = self
            .scopes
            .last()
            .is_some_and(|scope| !scope.cleanups.iter().any(|c| matches!(c, Cleanup::RestoreStack(_))));
        let pointer = self.unit.types.data_layout().pointer;
        if needs_save {
            let holder = self.temporary(u64::from(pointer.size), pointer.align);
            let extent = self.b().stack_save();
            let place = Place::slot(holder, QualType::VOID_POINTER, pointer.align);
            self.store_scalar(&place, extent);
            if let Some(scope) = self.scopes.last_mut() {
                scope.cleanups.push(Cleanup::RestoreStack(holder));
            }
        }
        let size = self.vla_size(local.ty);
        let align = local.align.max(16);
        let address = self.b().stack_alloc(size, align);
        let holder = match self.locals[id.0 as usize] {
            Storage::Indirect(slot) => slot,
            _ => self.temporary(u64::from(pointer.size), pointer.align),
        };
        self.locals[id.0 as usize] = Storage::Indirect(holder);
        let place = Place::slot(holder, QualType::VOID_POINTER, pointer.align);
        self.store_scalar(&place, address);
    }

    /// Size of a local's type in bytes (variable ones excepted).
    pub(super) fn fixed_size(&self, ty: QualType) -> u64 {
        size_of(self.unit, ty)
    }

    /// Reads memory at an address as an integer of so many bytes (for `memcpy`-like builtins).
    pub(super) fn int_of_bytes(bytes: u64) -> Option<Type> {
        Type::int(u32::try_from(bytes).ok()?.checked_mul(8)?)
    }

    /// Restores a stack extent.
    pub(super) fn restore_stack(&mut self, extent: Value) {
        self.b().address(Opcode::StackRestore, extent);
    }
}

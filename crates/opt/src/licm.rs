//! Loop-invariant code: instructions whose operands come from outside a loop move in front of it.
//!
//! In: a function whose loops have entrances ([`crate::loops`]). Out: the same. Promises are dropped from what
//! moves, since it now may run where it was not asked for. Constants and addresses of objects stay: the backend makes
//! them anew where they are used, which costs less than a register.
//!
//! A load moves when nothing in the loop may write its memory and when it runs whenever the loop is entered, or
//! reads an object that is there in any case.

use crate::alias::{self, Base, Place};
use crate::loops::{self, Loops};
use crate::manager::FunctionContext;
use lathe_ir::analysis::Loop;
use lathe_ir::{
    Block, EntityMap, Flags, Function, Inst, InstData, Opcode, StackSlot, SymbolDefinition, Value,
};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

/// Most values of each bank (integers, floats) that a loop is given to keep in registers.
const MAX_HELD: [usize; 2] = [8, 8];
/// The same for a loop with calls, over which few registers are kept.
const MAX_HELD_OVER_CALLS: [usize; 2] = [4, 1];
/// Most writes of a loop that loads are compared with.
const MAX_WRITES: usize = 24;

/// Runs the pass; whether anything changed.
pub fn run(func: &mut Function, context: &FunctionContext<'_>) -> bool {
    let Some(mut loops) = Loops::find(func) else { return false };
    let escaped = alias::escaped_slots(func);
    let mut changed = false;
    // Inner loops first: what leaves one may leave the next as well.
    for this in loops.forest.loops().rev() {
        let Some(entrance) = loops.entrance(func, this) else { continue };
        let writes = Writes::of(func, &loops, this, context);
        let moved = invariant(func, &loops, this, &writes, &escaped, context);
        if moved.is_empty() {
            continue;
        }
        remove(func, &loops, &moved);
        for inst in moved {
            loops::insert_before_end(func, &mut loops, entrance, inst);
            let flags = func.inst(inst).opcode().flags();
            if flags.0 & (Flags::WRAP.0 | Flags::EXACT.0 | Flags::IN_BOUNDS.0) != 0 {
                func.inst_mut(inst).set_aux(0);
            }
        }
        changed = true;
    }
    changed
}

fn remove(func: &mut Function, loops: &Loops, moved: &[Inst]) {
    let leaves: FxHashSet<Inst> = moved.iter().copied().collect();
    let mut from: Vec<Block> = moved.iter().filter_map(|inst| loops.home(*inst)).collect();
    from.sort_unstable();
    from.dedup();
    for block in from {
        func.blocks[block].insts.retain(|inst| !leaves.contains(inst));
    }
}

/// What a loop writes.
struct Writes {
    /// Places with sizes.
    places: Vec<(Place, i64)>,
    /// Calls and the like: everything that others can reach.
    elsewhere: bool,
    /// Too much to say.
    anything: bool,
    /// A call or the like may leave the function, so that what follows it may never run.
    may_leave: bool,
}

impl Writes {
    fn of(func: &Function, loops: &Loops, this: Loop, context: &FunctionContext<'_>) -> Writes {
        let mut writes = Writes { places: Vec::new(), elsewhere: false, anything: false, may_leave: false };
        for block in loops.forest.blocks(this) {
            for inst in &func.blocks[*block].insts {
                writes.add(func, *inst, context);
            }
        }
        writes.anything |= writes.places.len() > MAX_WRITES;
        writes
    }

    fn add(&mut self, func: &Function, inst: Inst, context: &FunctionContext<'_>) {
        let data = func.inst(inst);
        match data.opcode() {
            Opcode::Store if data.mem_flags().is_plain() => {
                let mut place = Place::of(func, data.inline_args()[1]);
                place.offset = place.offset.wrapping_add(i64::from(data.offset()));
                let size = i64::from(data.ty().bytes(&context.module.target.layout));
                self.places.push((place, size));
            }
            Opcode::Memset | Opcode::Memcpy | Opcode::Memmove if data.mem_flags().is_plain() => {
                let mut place = Place::of(func, data.inline_args()[0]);
                let size = func.int_constant(data.inline_args()[2]).filter(|size| *size >= 0);
                if size.is_none() {
                    place.offset = i64::MIN / 2;
                }
                self.places.push((place, size.unwrap_or(i64::MAX)));
            }
            Opcode::LifetimeStart | Opcode::LifetimeEnd => {
                let root = Base::Slot(data.stack_slot());
                self.places.push((Place { base: root, offset: i64::MIN / 2, root }, i64::MAX));
            }
            Opcode::DebugSlot | Opcode::DebugValue | Opcode::Prefetch | Opcode::StackSave => {}
            Opcode::VaStart | Opcode::VaCopy | Opcode::VaArg | Opcode::VaArgAggregate | Opcode::Asm => {
                self.anything = true;
                self.may_leave = true;
            }
            opcode => {
                let flags = opcode.flags();
                self.may_leave |= flags.has(Flags::EFFECT);
                // A volatile or atomic load orders others around it.
                let ordered = opcode == Opcode::Load && !data.mem_flags().is_plain();
                self.elsewhere |= ordered || flags.0 & (Flags::WRITES.0 | Flags::EFFECT.0) != 0;
            }
        }
    }

    fn may_touch(&self, place: &Place, size: i64, escaped: &EntityMap<StackSlot, bool>) -> bool {
        self.anything
            || self.elsewhere && place.is_reachable_elsewhere(escaped)
            || self.places.iter().any(|(other, bytes)| place.may_overlap(size, other, *bytes, escaped))
    }
}

fn mark(func: &Function, inst: Inst, is_moved: &mut EntityMap<Value, bool>) {
    for result in func.results(inst) {
        is_moved[result] = true;
    }
}

/// What the backend makes anew where it is used.
fn is_remade(opcode: Opcode) -> bool {
    matches!(opcode, Opcode::Iconst | Opcode::Fconst | Opcode::Const | Opcode::SlotAddr | Opcode::Undef)
}

/// Whether an instruction is worth a register through the loop, and may run early.
fn is_movable(data: &InstData) -> bool {
    let opcode = data.opcode();
    if !opcode.is_pure() || data.value_list().is_some() || opcode.flags().has(Flags::PARTIAL) {
        return false;
    }
    // Address offsets and comparisons are folded into what uses them.
    let folded = matches!(
        opcode,
        Opcode::BlockAddr | Opcode::PtrAddImm | Opcode::Icmp | Opcode::IcmpImm | Opcode::Fcmp
    );
    !folded && !is_remade(opcode)
}

/// Whether a load may move: its memory stays as it is, and it may run.
fn is_movable_load(
    func: &Function,
    loops: &Loops,
    this: Loop,
    inst: Inst,
    writes: &Writes,
    escaped: &EntityMap<StackSlot, bool>,
    context: &FunctionContext<'_>,
) -> bool {
    let data = func.inst(inst);
    if data.opcode() != Opcode::Load || !data.mem_flags().is_plain() {
        return false;
    }
    let mut place = Place::of(func, data.inline_args()[0]);
    place.offset = place.offset.wrapping_add(i64::from(data.offset()));
    let size = i64::from(data.ty().bytes(&context.module.target.layout));
    if !data.mem_flags().is_invariant() && writes.may_touch(&place, size, escaped) {
        return false;
    }
    let always_there = match place.base {
        Base::Slot(slot) => place.offset >= 0 && (place.offset + size) as u64 <= func.slots[slot].size,
        Base::Symbol(symbol) => match context.module.symbols[symbol].definition {
            SymbolDefinition::Data(id) => {
                let symbol = &context.module.symbols[symbol];
                let bytes = context.module.data[id].size();
                symbol.tls.is_none() && place.offset >= 0 && (place.offset + size) as u64 <= bytes
            }
            _ => false,
        },
        Base::Value(_) => false,
    };
    always_there || !writes.may_leave && runs_in_first_round(func, loops, this, inst)
}

/// Whether an instruction runs whenever the loop is entered: its block is on every way from the header to
/// anywhere.
fn runs_in_first_round(func: &Function, loops: &Loops, this: Loop, inst: Inst) -> bool {
    let Some(home) = loops.home(inst) else { return false };
    let mut at = loops.forest.header(this);
    // Follow the only way on from the header.
    for _ in 0..16 {
        if at == home {
            return true;
        }
        let Some(end) = func.terminator(at) else { return false };
        if func.inst(end).opcode() != Opcode::Jump {
            return false;
        }
        at = loops.cfg.succs(at)[0];
    }
    false
}

/// The invariant instructions of a loop, in an order in which each follows its operands.
fn invariant(
    func: &Function,
    loops: &Loops,
    this: Loop,
    writes: &Writes,
    escaped: &EntityMap<StackSlot, bool>,
    context: &FunctionContext<'_>,
) -> Vec<Inst> {
    let mut moved: Vec<Inst> = Vec::new();
    let mut is_moved: EntityMap<Value, bool> = EntityMap::filled(false, func.value_count());
    let mut order: Vec<Block> = loops.forest.blocks(this).to_vec();
    order.sort_by_key(|block| loops.cfg.rpo_number(*block));
    for block in &order {
        for inst in &func.blocks[*block].insts {
            let is_load = func.inst(*inst).opcode() == Opcode::Load;
            if !is_load && !is_movable(func.inst(*inst)) {
                continue;
            }
            let mut constants: SmallVec<[Inst; 3]> = SmallVec::new();
            let outside = func.args(*inst).iter().all(|arg| {
                let arg = func.resolve(*arg);
                if is_moved[arg] || loops.is_outside(func, this, arg) {
                    return true;
                }
                let constant = func.def_inst(arg).filter(|def| is_remade(func.inst(*def).opcode()));
                constants.extend(constant);
                constant.is_some()
            });
            if !outside || is_load && !is_movable_load(func, loops, this, *inst, writes, escaped, context) {
                continue;
            }
            // A constant goes along; the backend makes it anew for each user all the same.
            for constant in constants {
                moved.push(constant);
                mark(func, constant, &mut is_moved);
            }
            moved.push(*inst);
            mark(func, *inst, &mut is_moved);
        }
    }
    keep_within_registers(func, &order, moved, &mut is_moved)
}

/// Drops the last of the moved instructions until the values that the rest of the loop uses fit in registers.
fn keep_within_registers(
    func: &Function,
    blocks: &[Block],
    mut moved: Vec<Inst>,
    is_moved: &mut EntityMap<Value, bool>,
) -> Vec<Inst> {
    let mut has_call = false;
    // Uses by what stays.
    let mut uses: FxHashMap<Value, u32> = FxHashMap::default();
    let leaves: FxHashSet<Inst> = moved.iter().copied().collect();
    for inst in blocks.iter().flat_map(|block| &func.blocks[*block].insts) {
        has_call |= func.inst(*inst).opcode().is_call();
        if func.inst(*inst).opcode() == Opcode::DebugValue || leaves.contains(inst) {
            continue;
        }
        func.each_use(*inst, |value| {
            let value = func.resolve(value);
            if is_moved[value] {
                *uses.entry(value).or_default() += 1;
            }
        });
    }
    let limits = if has_call { MAX_HELD_OVER_CALLS } else { MAX_HELD };
    let bank = |value: Value| usize::from(!func.ty(value).is_int_or_ptr());
    let counts = |inst: Inst| !is_remade(func.inst(inst).opcode());
    let mut held = [0usize; 2];
    for inst in moved.iter().filter(|inst| counts(**inst)) {
        for result in func.results(*inst).filter(|result| uses.contains_key(result)) {
            held[bank(result)] += 1;
        }
    }
    while held[0] > limits[0] || held[1] > limits[1] {
        let Some(last) = moved.pop() else { break };
        for result in func.results(last) {
            is_moved[result] = false;
            if counts(last) && uses.contains_key(&result) {
                held[bank(result)] -= 1;
            }
        }
        for arg in func.args(last) {
            let arg = func.resolve(*arg);
            if is_moved[arg] {
                let entry = uses.entry(arg).or_default();
                *entry += 1;
                if *entry == 1 && func.def_inst(arg).is_some_and(counts) {
                    held[bank(arg)] += 1;
                }
            }
        }
    }
    moved
}

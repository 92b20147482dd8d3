//! Expansions that need new blocks or values, done on the IR before everything else: variable
//! arguments, `switch` into compare trees and tables, conditional traps, compare-and-swap loops.
//!
//! In: any verified function. Out: the same without `va_arg*`, `va_copy`, `trap_if`, without
//! read-modify-writes that the target has no instruction for, and with only dense `switch`es: `i64`,
//! cases 0 to n-1 all present, the value known to be among them. The pipeline runs it before
//! legalization and critical-edge splitting.

use super::rules::Rules;
use super::switch::lower_switch;
use super::{reciprocal, scalarize};
use crate::abi::variadic;
use crate::options::Options;
use lathe_diag::Loc;
use lathe_ir::{
    AtomicOp, Block, Function, Inst, InstData, IntCond, Likelihood, MemFlags, Module, Opcode, TrapCode, Type,
    Value,
};

/// Expands all of a function. Returns whether blocks or instructions changed.
pub fn expand(func: &mut Function, module: &Module, options: &Options, rules: &dyn Rules) -> bool {
    let mut found = Found::default();
    for block in &func.layout {
        for inst in &func.blocks[*block].insts {
            found.look(func, module, *inst, rules);
        }
    }
    if found.variadic
        && let Ok(table) = rules.abi(func.signature.call_conv)
    {
        variadic::expand(func, &module.aggregates, &module.target, table);
    }
    let mut changed = found.variadic;
    if found.vectors {
        scalarize::scalarize(func, &module.target, rules);
        changed = true;
    }
    if found.reciprocals && !options.optimize_size {
        reciprocal::expand(func);
        changed = true;
    }
    if found.split {
        split_blocks(func, rules);
        changed = true;
    }
    if found.switch {
        lower_switches(func, module, options);
        changed = true;
    }
    changed
}

/// What there is to do.
#[derive(Default)]
struct Found {
    variadic: bool,
    split: bool,
    switch: bool,
    vectors: bool,
    reciprocals: bool,
}

impl Found {
    fn look(&mut self, func: &Function, module: &Module, inst: Inst, rules: &dyn Rules) {
        let data = func.inst(inst);
        match data.opcode() {
            Opcode::VaArg | Opcode::VaArgAggregate | Opcode::VaCopy | Opcode::VaEnd => self.variadic = true,
            Opcode::TrapIf => self.split = true,
            Opcode::AtomicRmw if !rules.has_atomic(data.atomic_op(), data.ty(), true) => self.split = true,
            Opcode::Switch => self.switch = true,
            Opcode::Udiv | Opcode::Sdiv | Opcode::Urem | Opcode::Srem
                if rules.multiplies_by_reciprocals() && reciprocal::is_constant_division(func, inst) =>
            {
                self.reciprocals = true;
            }
            _ if !self.vectors && scalarize::is_vector_operation(func, inst) => {
                self.vectors = !rules.has_vector(&module.target, func, inst);
            }
            _ => {}
        }
    }
}

fn lower_switches(func: &mut Function, module: &Module, options: &Options) {
    let word = Type::int(8 * module.target.layout.pointer.size).unwrap_or(Type::I64);
    // Lowering adds blocks to the layout: the ones to look at are fixed before.
    for block in func.layout.clone() {
        if let Some(inst) = func.terminator(block)
            && func.inst(inst).opcode() == Opcode::Switch
        {
            lower_switch(func, block, inst, word, options);
        }
    }
}

/// Splits blocks at conditional traps and read-modify-writes.
fn split_blocks(func: &mut Function, rules: &dyn Rules) {
    let used = used_values(func);
    let mut traps: Vec<(TrapCode, Block)> = Vec::new();
    let mut layout = Vec::with_capacity(func.layout.len() + 8);
    for block in std::mem::take(&mut func.layout) {
        layout.push(block);
        let mut block = block;
        let mut rest = std::mem::take(&mut func.blocks[block].insts);
        let mut start = 0;
        while start < rest.len() {
            let inst = rest[start];
            let data = *func.inst(inst);
            let splits = match data.opcode() {
                Opcode::TrapIf => true,
                Opcode::AtomicRmw => {
                    let result_used = func.result(inst).is_some_and(|v| used[v.0 as usize]);
                    !rules.has_atomic(data.atomic_op(), data.ty(), result_used)
                }
                _ => false,
            };
            if !splits {
                func.blocks[block].insts.push(inst);
                start += 1;
                continue;
            }
            let after = func.create_block();
            if data.opcode() == Opcode::TrapIf {
                let trap = trap_block(func, &mut traps, data.trap_code());
                let (to_trap, on) = (func.make_block_call(trap, &[]), func.make_block_call(after, &[]));
                let branch = InstData::branch(data.inline_args()[0], Likelihood::Unlikely, to_trap, on);
                let loc = func.loc(inst);
                func.append_inst(block, branch, loc);
            } else {
                let body = atomic_loop(func, block, inst, after);
                layout.push(body);
            }
            layout.push(after);
            block = after;
            rest.drain(..=start);
            start = 0;
        }
    }
    layout.extend(traps.into_iter().map(|(_, block)| block));
    func.layout = layout;
    func.resolve_aliases();
}

fn used_values(func: &Function) -> Vec<bool> {
    let mut used = vec![false; func.value_count()];
    for block in &func.layout {
        for inst in &func.blocks[*block].insts {
            func.each_use(*inst, |value| used[value.0 as usize] = true);
        }
    }
    used
}

fn trap_block(func: &mut Function, traps: &mut Vec<(TrapCode, Block)>, code: TrapCode) -> Block {
    if let Some((_, block)) = traps.iter().find(|(known, _)| *known == code) {
        return *block;
    }
    let block = func.create_block();
    func.append_inst(block, InstData::trap(code), Loc::NONE);
    traps.push((code, block));
    block
}

/// `old = load p; loop(old): new = op old, x; old', done = cas p, old, new; br done, after, loop(old')`.
/// The value of the instruction becomes the old value of the round that succeeds.
fn atomic_loop(func: &mut Function, block: Block, inst: Inst, after: Block) -> Block {
    let data = *func.inst(inst);
    let (ty, loc) = (data.ty(), func.loc(inst));
    let [address, operand] = [data.inline_args()[0], data.inline_args()[1]];
    let flags = data.mem_flags();
    let body = func.create_block();
    let old = func.append_param(body, ty);
    // A plain load will do: the compare-and-swap checks it. Volatile, so that it stays one load.
    let plain = MemFlags::aligned(flags.align()).volatile();
    let first = push(func, block, InstData::load(Opcode::Load, ty, address, 0, plain), loc);
    let enter = func.make_block_call(body, &[first]);
    func.append_inst(block, InstData::jump(enter), loc);
    let new = combine(func, body, data.atomic_op(), ty, old, operand, loc);
    let flags = flags.with_failure_ordering(flags.ordering());
    let swap = func.append_inst(body, InstData::atomic_cas(ty, [address, old, new], flags), loc);
    let results: Vec<Value> = func.results(swap).collect();
    let (on, again) = (func.make_block_call(after, &[]), func.make_block_call(body, &[results[0]]));
    func.append_inst(body, InstData::branch(results[1], Likelihood::Likely, on, again), loc);
    if let Some(result) = func.result(inst) {
        func.replace_value(result, old);
    }
    body
}

fn push(func: &mut Function, block: Block, data: InstData, loc: Loc) -> Value {
    let inst = func.append_inst(block, data, loc);
    func.result(inst).expect("the instruction has a result")
}

fn combine(
    func: &mut Function,
    block: Block,
    op: AtomicOp,
    ty: Type,
    old: Value,
    operand: Value,
    loc: Loc,
) -> Value {
    let (old, operand, ty_int) = (old, operand, ty);
    let mut binary = |opcode: Opcode, a: Value, b: Value| {
        push(func, block, InstData::binary(opcode, ty_int, 0, a, b), loc)
    };
    match op {
        AtomicOp::Xchg => operand,
        AtomicOp::Add => binary(Opcode::Iadd, old, operand),
        AtomicOp::Sub => binary(Opcode::Isub, old, operand),
        AtomicOp::And => binary(Opcode::Iand, old, operand),
        AtomicOp::Or => binary(Opcode::Ior, old, operand),
        AtomicOp::Xor => binary(Opcode::Ixor, old, operand),
        AtomicOp::Nand => {
            let both = binary(Opcode::Iand, old, operand);
            push(func, block, InstData::unary(Opcode::Inot, ty, both), loc)
        }
        AtomicOp::Smin | AtomicOp::Smax | AtomicOp::Umin | AtomicOp::Umax => {
            let cond = match op {
                AtomicOp::Smin => IntCond::Slt,
                AtomicOp::Smax => IntCond::Sgt,
                AtomicOp::Umin => IntCond::Ult,
                _ => IntCond::Ugt,
            };
            let keeps = push(func, block, InstData::icmp(ty, cond, old, operand), loc);
            push(func, block, InstData::ternary(Opcode::Select, ty, 0, [keeps, old, operand]), loc)
        }
    }
}

//! Inlining of small functions into their callers.
//!
//! In: a module whose functions are already cleaned up. Callees come first (a post-order of the call
//! graph), so that what is copied is already small. Recursive calls stay.
//!
//! A copy is renamed wholesale: blocks, slots, tables and values of the callee get new numbers in the
//! caller; parameters become the arguments; `return` becomes a jump to the rest of the caller's block.

use lathe_ir::function::SwitchData;
use lathe_ir::module::Definition;
use lathe_ir::{
    Block, BlockCall, Entity, EntityMap, Flags, FuncId, Function, Inst, InstData, Linkage, Module, Opcode,
    ParamType, Symbol, SymbolDefinition, Value, ValueList,
};

/// How large a callee may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Instructions of any small function.
    small: usize,
    /// Instructions of a function declared `inline`.
    hinted: usize,
    /// Instructions of a `static` function with a single call.
    once: usize,
    /// Instructions to which a caller may grow.
    caller: usize,
}

impl Limits {
    /// Only `always_inline`.
    pub(crate) fn always_only() -> Limits {
        Limits { small: 0, hinted: 0, once: 0, caller: usize::MAX }
    }

    /// By `-O` level.
    pub(crate) fn at_level(level: u8, size: bool) -> Limits {
        match (level, size) {
            (_, true) => Limits { small: 6, hinted: 10, once: 60, caller: 4000 },
            (1, _) => Limits { small: 12, hinted: 30, once: 150, caller: 6000 },
            (2, _) => Limits { small: 20, hinted: 60, once: 300, caller: 12000 },
            _ => Limits { small: 40, hinted: 100, once: 600, caller: 20000 },
        }
    }
}

/// Inlines; gives the callers that changed, in order.
pub(crate) fn run(module: &mut Module, limits: Limits) -> Vec<FuncId> {
    let graph = CallGraph::new(module);
    if limits.small == 0 && !graph.any_always {
        return Vec::new();
    }
    let mut changed: Vec<FuncId> = Vec::new();
    for caller in &graph.post_order {
        let mut function = std::mem::replace(
            &mut module.functions[*caller],
            Function::new(Symbol::RESERVED, lathe_ir::Signature::default()),
        );
        let did = inline_into(module, &mut function, *caller, &graph, limits);
        module.functions[*caller] = function;
        if did {
            changed.push(*caller);
        }
    }
    changed.sort();
    changed
}

struct CallGraph {
    /// Callees before callers.
    post_order: Vec<FuncId>,
    /// Direct calls of each function, and other mentions.
    mentions: Vec<u32>,
    calls: Vec<u32>,
    any_always: bool,
}

fn callee_of(module: &Module, function: &Function, inst: Inst) -> Option<FuncId> {
    let data = function.inst(inst);
    if data.opcode() != Opcode::Call {
        return None;
    }
    match module.symbols[data.symbol()].definition {
        SymbolDefinition::Function(id) => Some(id),
        _ => None,
    }
}

impl CallGraph {
    fn new(module: &Module) -> CallGraph {
        let count = module.functions.len();
        let mut callees: Vec<Vec<FuncId>> = vec![Vec::new(); count];
        let mut mentions = vec![0u32; count];
        let mut calls = vec![0u32; count];
        let mut any_always = false;
        let mut listed = vec![false; count];
        for definition in &module.order {
            let Definition::Function(id) = definition else { continue };
            listed[id.index()] = true;
            let function = &module.functions[*id];
            any_always |= function.attributes.always_inline;
            for block in &function.layout {
                for inst in &function.blocks[*block].insts {
                    if let Some(callee) = callee_of(module, function, *inst) {
                        callees[id.index()].push(callee);
                        calls[callee.index()] += 1;
                    } else if matches!(
                        function.inst(*inst).opcode(),
                        Opcode::Addr | Opcode::TailCall | Opcode::Invoke
                    ) && let SymbolDefinition::Function(other) =
                        module.symbols[function.inst(*inst).symbol()].definition
                    {
                        mentions[other.index()] += 1;
                    }
                }
            }
        }
        let post_order = post_order(&callees, &listed);
        CallGraph { post_order, mentions, calls, any_always }
    }
}

fn post_order(callees: &[Vec<FuncId>], listed: &[bool]) -> Vec<FuncId> {
    let mut order = Vec::new();
    let mut seen = vec![false; callees.len()];
    for root in 0..callees.len() {
        if seen[root] || !listed[root] {
            continue;
        }
        seen[root] = true;
        let mut stack = vec![(root, 0usize)];
        while let Some((node, next)) = stack.last_mut() {
            match callees[*node].get(*next) {
                Some(callee) => {
                    *next += 1;
                    let callee = callee.index();
                    if !std::mem::replace(&mut seen[callee], true) && listed[callee] {
                        stack.push((callee, 0));
                    }
                }
                None => {
                    order.push(FuncId::from_index(*node));
                    stack.pop();
                }
            }
        }
    }
    order
}

fn size_of(function: &Function) -> usize {
    function.layout.iter().map(|block| function.blocks[*block].insts.len()).sum()
}

/// Whether a body may be copied at all.
fn is_copyable(function: &Function) -> bool {
    if function.layout.is_empty()
        || function.signature.variadic
        || function.attributes.naked
        || function.attributes.calls_returns_twice
        || function.attributes.never_inline
        || function.attributes.optimize_none
    {
        return false;
    }
    function.layout.iter().all(|block| {
        function.blocks[*block].insts.iter().all(|inst| {
            let data = function.inst(*inst);
            !matches!(
                data.opcode(),
                Opcode::BlockAddr
                    | Opcode::IndirectJump
                    | Opcode::FrameAddress
                    | Opcode::ReturnAddress
                    | Opcode::StackAlloc
                    | Opcode::StackSave
                    | Opcode::StackRestore
                    | Opcode::VaStart
                    | Opcode::TailCall
                    | Opcode::TailCallIndirect
                    | Opcode::Invoke
                    | Opcode::InvokeIndirect
                    | Opcode::LandingPad
                    | Opcode::Resume
                    | Opcode::Asm
                    | Opcode::AsmGoto
            ) || (matches!(data.opcode(), Opcode::Asm)
                && !function.asms[data.asm_ref()].template.contains(':'))
        })
    })
}

fn is_wanted(module: &Module, callee: FuncId, graph: &CallGraph, limits: Limits, caller_size: usize) -> bool {
    let function = &module.functions[callee];
    let symbol = &module.symbols[function.symbol];
    if matches!(symbol.linkage, Linkage::Weak | Linkage::LinkOnce | Linkage::Common) {
        return false;
    }
    if symbol.linkage == Linkage::External && !module.is_local_definition(function.symbol) {
        return false;
    }
    if !is_copyable(function) {
        return false;
    }
    if function.attributes.always_inline {
        return true;
    }
    let size = size_of(function);
    if function.attributes.cold || caller_size + size > limits.caller {
        return false;
    }
    let index = callee.index();
    let once = symbol.linkage == Linkage::Internal && graph.calls[index] == 1 && graph.mentions[index] == 0;
    let limit = if once {
        limits.once
    } else if function.attributes.inline_hint || symbol.linkage == Linkage::AvailableExternally {
        limits.hinted
    } else {
        limits.small
    };
    size <= limit
}

fn inline_into(
    module: &mut Module,
    function: &mut Function,
    caller: FuncId,
    graph: &CallGraph,
    limits: Limits,
) -> bool {
    if function.layout.is_empty() || function.attributes.optimize_none {
        return false;
    }
    let mut changed = false;
    let mut size = size_of(function);
    let mut work: Vec<Block> = function.layout.iter().rev().copied().collect();
    while let Some(block) = work.pop() {
        let found = function.blocks[block].insts.iter().enumerate().find_map(|(at, inst)| {
            let callee = callee_of(module, function, *inst).filter(|callee| *callee != caller)?;
            let matches = signatures_agree(module, function, *inst, callee);
            (matches && is_wanted(module, callee, graph, limits, size)).then_some((at, callee))
        });
        let Some((at, callee)) = found else { continue };
        size += size_of(&module.functions[callee]);
        let rest = inline_call(module, function, block, at, callee);
        // The copy itself is not looked through again; the rest of the block is.
        work.push(rest);
        changed = true;
    }
    if changed {
        function.resolve_aliases();
    }
    changed
}

/// Whether the call passes what the callee takes (C without prototypes may not).
fn signatures_agree(module: &Module, function: &Function, inst: Inst, callee: FuncId) -> bool {
    let call = &function.signatures[function.inst(inst).signature()];
    let callee = &module.functions[callee].signature;
    call.results.len() == callee.results.len()
        && call.results.iter().zip(&callee.results).all(|(a, b)| a.ty == b.ty)
        && call.params.len() == callee.params.len()
        && call.params.iter().zip(&callee.params).all(|(a, b)| a.ty == b.ty)
}

/// New numbers of a callee's entities in the caller.
struct Renumbering {
    blocks: EntityMap<Block, Block>,
    values: EntityMap<Value, Value>,
    slot_base: u32,
    constant_base: u32,
    signature_base: u32,
    asm_base: u32,
}

/// Replaces the call at `block[at]` by the callee's body; gives the block that holds what followed it.
fn inline_call(
    module: &Module,
    function: &mut Function,
    block: Block,
    at: usize,
    callee_id: FuncId,
) -> Block {
    let callee = &module.functions[callee_id];
    let call = function.blocks[block].insts[at];
    let loc = function.loc(call);
    let mut args: Vec<Value> = function.args(call).to_vec();
    let returned = callee.signature.returned_aggregate();
    let result_address = returned.map(|_| args.remove(0));

    // What follows the call goes to a block of its own, with a parameter per result.
    let rest = function.create_block();
    let position = function.layout.iter().position(|b| *b == block).expect("a listed block") + 1;
    function.layout.insert(position, rest);
    let tail = function.blocks[block].insts.split_off(at + 1);
    function.blocks[rest].insts = tail;
    function.blocks[block].insts.pop();
    for result in function.results(call) {
        let ty = function.ty(result);
        let param = function.append_param(rest, ty);
        function.replace_value(result, param);
    }

    let first_slot = function.slots.len();
    let mut map = renumber_tables(function, callee);
    for index in 0..callee.layout.len() {
        let old = callee.layout[index];
        let new = function.create_block();
        function.layout.insert(position + index, new);
        map.blocks[old] = new;
        if old == callee.entry() {
            continue;
        }
        for param in &callee.blocks[old].params {
            map.values[*param] = function.append_param(new, callee.ty(*param));
        }
    }
    let before = function.blocks[block].insts.len();
    bind_params(module, function, callee, block, &args, &mut map, loc);
    mark_lives(function, first_slot, (block, before), rest, loc);
    let entry = map.blocks[callee.entry()];
    let target = function.make_block_call(entry, &[]);
    function.append_inst(block, InstData::jump(target), loc);
    let aggregate_size = returned.map(|aggregate| module.aggregates[aggregate].size);
    copy_blocks(function, callee, &mut map, rest, result_address.zip(aggregate_size), module);
    rest
}

/// The callee's slots live from the call on until it has returned.
fn mark_lives(
    function: &mut Function,
    first_slot: usize,
    (block, at): (Block, usize),
    rest: Block,
    loc: lathe_diag::Loc,
) {
    let slots = (first_slot..function.slots.len()).map(lathe_ir::StackSlot::from_index);
    let slots: Vec<_> = slots.filter(|slot| function.slots[*slot].size > 0).collect();
    for (opcode, block, at) in [(Opcode::LifetimeStart, block, at), (Opcode::LifetimeEnd, rest, 0)] {
        let marks: Vec<Inst> =
            slots.iter().map(|slot| function.create_inst(InstData::slot(opcode, *slot), loc)).collect();
        function.blocks[block].insts.splice(at..at, marks);
    }
}

fn renumber_tables(function: &mut Function, callee: &Function) -> Renumbering {
    let map = Renumbering {
        blocks: EntityMap::filled(Block::RESERVED, callee.blocks.len()),
        values: EntityMap::filled(Value::RESERVED, callee.value_count()),
        slot_base: function.slots.len() as u32,
        constant_base: function.constants.len() as u32,
        signature_base: function.signatures.len() as u32,
        asm_base: function.asms.len() as u32,
    };
    for slot in callee.slots.values() {
        function.slots.push(slot.clone());
    }
    for constant in callee.constants.values() {
        function.constants.push(constant.clone());
    }
    for signature in callee.signatures.values() {
        function.signatures.push(signature.clone());
    }
    for asm in callee.asms.values() {
        function.asms.push(asm.clone());
    }
    map
}

/// The callee's parameters are the arguments; a record by value is copied, since the callee may change
/// its copy.
fn bind_params(
    module: &Module,
    function: &mut Function,
    callee: &Function,
    block: Block,
    args: &[Value],
    map: &mut Renumbering,
    loc: lathe_diag::Loc,
) {
    let params = callee.blocks[callee.entry()].params.clone();
    for (index, (param, arg)) in params.iter().zip(args).enumerate() {
        let ParamType::Aggregate(aggregate) = callee.signature.params[index].ty else {
            map.values[*param] = *arg;
            continue;
        };
        let data = &module.aggregates[aggregate];
        let slot = function.slots.push(lathe_ir::StackSlotData {
            size: data.size.max(1),
            align: data.align.max(1),
            name: None,
        });
        let mut builder = lathe_ir::FunctionBuilder::at_end(function, block);
        builder.set_loc(loc);
        let copy = builder.slot_addr(slot, 0);
        if data.size > 0 {
            let word = lathe_ir::Type::int(module.target.layout.pointer.size * 8).expect("address width");
            let length = builder.iconst(word, data.size as i64);
            builder.memcpy(copy, *arg, length, lathe_ir::MemFlags::aligned(data.align.max(1)));
        }
        map.values[*param] = copy;
    }
}

fn copy_blocks(
    function: &mut Function,
    callee: &Function,
    map: &mut Renumbering,
    rest: Block,
    result: Option<(Value, u64)>,
    module: &Module,
) {
    // First all instructions, so that every value has its number; operands are filled in after.
    let mut copies: Vec<(Inst, Inst)> = Vec::new();
    for old_block in &callee.layout {
        for old in &callee.blocks[*old_block].insts {
            let data = callee.inst(*old);
            if data.opcode() == Opcode::Return || is_debug_mark(data.opcode()) {
                continue;
            }
            let data = renumber_inst(*data, map);
            let new = function.create_inst(data, callee.loc(*old));
            for (a, b) in callee.results(*old).zip(function.results(new)) {
                map.values[a] = b;
            }
            copies.push((*old, new));
        }
    }
    let mut copies = copies.into_iter();
    for old_block in &callee.layout {
        let block = map.blocks[*old_block];
        for old in &callee.blocks[*old_block].insts {
            if callee.inst(*old).opcode() == Opcode::Return {
                copy_return(function, callee, *old, map, block, rest, result, module);
                continue;
            }
            if is_debug_mark(callee.inst(*old).opcode()) {
                continue;
            }
            let (_, new) = copies.next().expect("one copy per instruction");
            fill_operands(function, callee, *old, new, map);
            function.blocks[block].insts.push(new);
        }
    }
}

/// Marks of the callee's variables, which the caller's scopes do not have.
fn is_debug_mark(opcode: Opcode) -> bool {
    matches!(opcode, Opcode::DebugSlot | Opcode::DebugValue)
}

/// Entities other than values; lists and tables are filled in later.
fn renumber_inst(mut data: InstData, map: &Renumbering) -> InstData {
    let opcode = data.opcode();
    match opcode {
        Opcode::SlotAddr | Opcode::LifetimeStart | Opcode::LifetimeEnd | Opcode::DebugSlot => {
            data.set_stack_slot(lathe_ir::StackSlot(data.stack_slot().0 + map.slot_base));
        }
        Opcode::Const | Opcode::Shuffle => {
            data.set_constant(lathe_ir::Constant(data.constant().0 + map.constant_base));
        }
        Opcode::Asm => data.set_asm_ref(lathe_ir::AsmRef(data.asm_ref().0 + map.asm_base)),
        _ if opcode.flags().has(Flags::CALL) => {
            data.set_signature(lathe_ir::SigRef(data.signature().0 + map.signature_base));
        }
        _ => {}
    }
    data
}

fn new_value(callee: &Function, map: &Renumbering, value: Value) -> Value {
    map.values[callee.resolve(value)]
}

fn fill_operands(function: &mut Function, callee: &Function, old: Inst, new: Inst, map: &Renumbering) {
    let data = *callee.inst(old);
    if data.value_list().is_some() {
        let values: Vec<Value> = callee.args(old).iter().map(|v| new_value(callee, map, *v)).collect();
        let list: ValueList = function.make_list(&values);
        function.inst_mut(new).set_value_list(list);
    } else {
        for arg in function.inst_mut(new).inline_args_mut() {
            *arg = new_value(callee, map, *arg);
        }
    }
    let copy_call = |function: &mut Function, call: BlockCall| {
        let target = &callee.block_calls[call];
        let args: Vec<Value> = target.args.iter().map(|v| new_value(callee, map, *v)).collect();
        function.make_block_call(map.blocks[target.block], &args)
    };
    match data.opcode() {
        Opcode::Jump => {
            let call = data.direct_targets()[0].expect("a jump has a target");
            let call = copy_call(function, call);
            *function.inst_mut(new) = InstData::jump(call);
        }
        Opcode::Branch => {
            let [Some(then), Some(other)] = data.direct_targets() else { return };
            let then = copy_call(function, then);
            let other = copy_call(function, other);
            let condition = function.inst(new).inline_args()[0];
            *function.inst_mut(new) = InstData::branch(condition, data.likelihood(), then, other);
        }
        Opcode::Switch => {
            let table = data.switch_table().expect("a switch has a table");
            let old_table = &callee.switches[table];
            let targets = old_table.targets.iter().map(|t| copy_call(function, *t)).collect();
            let cases = old_table.cases.iter().map(|(n, t)| (*n, copy_call(function, *t))).collect();
            let table = function.switches.push(SwitchData { cases, targets });
            let value = function.inst(new).inline_args()[0];
            *function.inst_mut(new) = InstData::switch(data.ty(), value, table);
        }
        _ => {}
    }
}

/// `return` becomes a jump to the rest, with the results as arguments or copied to their memory.
fn copy_return(
    function: &mut Function,
    callee: &Function,
    old: Inst,
    map: &Renumbering,
    block: Block,
    rest: Block,
    result: Option<(Value, u64)>,
    module: &Module,
) {
    let values: Vec<Value> = callee.args(old).iter().map(|v| new_value(callee, map, *v)).collect();
    let mut builder = lathe_ir::FunctionBuilder::at_end(function, block);
    builder.set_loc(callee.loc(old));
    match result {
        Some((address, size)) => {
            if size > 0 {
                let word = lathe_ir::Type::int(module.target.layout.pointer.size * 8).expect("address width");
                let length = builder.iconst(word, size as i64);
                // The result may be read from where it goes (`x = f(x)`).
                builder.memmove(address, values[0], length, lathe_ir::MemFlags::aligned(1));
            }
            builder.jump(rest, &[]);
        }
        None => {
            builder.jump(rest, &values);
        }
    }
}

/// Drops the bodies that nobody needs any more: `static` functions without a mention, bodies for
/// inlining only.
pub(crate) fn drop_unused(module: &mut Module) {
    let mut needed = vec![false; module.symbols.len()];
    let mut work: Vec<Symbol> = Vec::new();
    for entry in module.constructors.iter().chain(&module.destructors) {
        work.push(entry.function);
    }
    for (symbol, data) in module.symbols.iter() {
        let root = data.used
            || !matches!(data.linkage, Linkage::Internal | Linkage::AvailableExternally)
            || matches!(data.definition, SymbolDefinition::Alias(..) | SymbolDefinition::Ifunc(_));
        if root {
            work.push(symbol);
        }
    }
    let has_asm = module.order.iter().any(|d| matches!(d, Definition::Asm(..)));
    for definition in &module.order {
        if let Definition::Data(id) = definition {
            data_mentions(module, &module.data[*id], &mut work);
        }
    }
    while let Some(symbol) = work.pop() {
        if std::mem::replace(&mut needed[symbol.index()], true) {
            continue;
        }
        match module.symbols[symbol].definition {
            SymbolDefinition::Function(id) => function_mentions(&module.functions[id], &mut work),
            SymbolDefinition::Alias(target, _) | SymbolDefinition::Ifunc(target) => work.push(target),
            _ => {}
        }
    }
    let symbols = &mut module.symbols;
    let functions = &module.functions;
    module.order.retain(|definition| {
        let Definition::Function(id) = definition else { return true };
        let function = &functions[*id];
        let data = &mut symbols[function.symbol];
        let inline_only = data.linkage == Linkage::AvailableExternally;
        let keep = !inline_only && (needed[function.symbol.index()] || has_asm);
        if !keep {
            let signature = std::sync::Arc::new(function.signature.clone());
            data.definition = SymbolDefinition::DeclaredFunction(signature);
            if inline_only {
                data.linkage = Linkage::External;
            }
        }
        keep
    });
}

fn data_mentions(module: &Module, data: &lathe_ir::Data, work: &mut Vec<Symbol>) {
    use lathe_ir::DataItem;
    use lathe_ir::module::Label;
    let mut label = |label: Label| match label {
        Label::Symbol(symbol) => work.push(symbol),
        Label::Block(function, _) => work.push(module.functions[function].symbol),
    };
    for item in &data.items {
        match item {
            DataItem::Address { symbol, .. } => label(Label::Symbol(*symbol)),
            DataItem::Difference { plus, minus, .. } => {
                label(*plus);
                label(*minus);
            }
            DataItem::BlockAddress { function, block, .. } => label(Label::Block(*function, *block)),
            DataItem::Bytes(_) | DataItem::Zeros(_) => {}
        }
    }
}

fn function_mentions(function: &Function, work: &mut Vec<Symbol>) {
    work.extend(function.attributes.personality);
    for block in &function.layout {
        for inst in &function.blocks[*block].insts {
            let data = function.inst(*inst);
            match data.opcode() {
                Opcode::Addr | Opcode::Call | Opcode::TailCall | Opcode::Invoke => work.push(data.symbol()),
                Opcode::LandingPad => {
                    for clause in &function.pads[data.pad()].clauses {
                        match clause {
                            lathe_ir::function::PadClause::Catch(symbol) => work.extend(*symbol),
                            lathe_ir::function::PadClause::Filter(symbols) => work.extend(symbols),
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

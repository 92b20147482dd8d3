//! Loop-invariant code: pure instructions whose operands come from outside a loop move in front of it.
//!
//! In: a function. Out: the same; a loop that gets code has a block of its own in front of it. Promises are
//! dropped from what moves, since it now may run where it was not asked for. Constants and addresses of
//! objects stay: the backend makes them anew where they are used, which costs less than a register.

use crate::manager::FunctionContext;
use lathe_ir::analysis::{ControlFlowGraph, DominatorTree, LoopForest};
use lathe_ir::{Block, EntityMap, Flags, Function, Inst, InstData, Opcode, ValueDef};

/// Most instructions that move out of one loop: each holds a register through it.
const MAX_MOVED: usize = 8;

/// Runs the pass; whether anything changed.
pub fn run(func: &mut Function, _: &FunctionContext<'_>) -> bool {
    let cfg = ControlFlowGraph::with_function(func);
    let tree = DominatorTree::with_cfg(&cfg);
    let forest = LoopForest::with_cfg(&cfg, &tree);
    if forest.is_empty() || forest.is_irreducible() {
        return false;
    }
    let mut home: Vec<Option<Block>> = vec![None; func.inst_count()];
    for block in &func.layout {
        for inst in &func.blocks[*block].insts {
            home[inst.0 as usize] = Some(*block);
        }
    }
    let mut place = Placement { home, entrances: EntityMap::filled(None, func.blocks.len()) };
    let mut changed = false;
    // Inner loops first: what leaves one may leave the next as well.
    for this in forest.loops().rev() {
        let header = forest.header(this);
        if header == func.entry() {
            continue;
        }
        let mut inside = EntityMap::filled(false, func.blocks.len());
        for block in forest.blocks(this) {
            inside[*block] = true;
        }
        for (block, entrance) in place.entrances.iter() {
            if let Some(entrance) = entrance {
                inside.resize(func.blocks.len(), false);
                inside[*entrance] = inside[block] && block != header;
            }
        }
        let moved = invariant(func, &cfg, &inside, &place, forest.blocks(this));
        if moved.is_empty() {
            continue;
        }
        let Some(entrance) = entrance(func, &cfg, &inside, header) else { continue };
        place.entrances.resize(func.blocks.len(), None);
        place.entrances[header] = Some(entrance);
        for inst in moved {
            move_to(func, inst, entrance, &mut place);
        }
        changed = true;
    }
    changed
}

struct Placement {
    /// The block that holds each instruction.
    home: Vec<Option<Block>>,
    /// The block made in front of a header.
    entrances: EntityMap<Block, Option<Block>>,
}

/// Whether an instruction is worth a register through the loop, and may run early.
fn is_movable(data: &InstData) -> bool {
    let opcode = data.opcode();
    if !opcode.is_pure() || data.value_list().is_some() || opcode.flags().has(Flags::PARTIAL) {
        return false;
    }
    !matches!(
        opcode,
        Opcode::Iconst
            | Opcode::Fconst
            | Opcode::Const
            | Opcode::Undef
            | Opcode::SlotAddr
            | Opcode::BlockAddr
            | Opcode::PtrAddImm
            // Folded into what uses them.
            | Opcode::Icmp
            | Opcode::IcmpImm
            | Opcode::Fcmp
    )
}

/// The invariant instructions of a loop, in an order in which each follows its operands.
fn invariant(
    func: &Function,
    cfg: &ControlFlowGraph,
    inside: &EntityMap<Block, bool>,
    place: &Placement,
    blocks: &[Block],
) -> Vec<Inst> {
    let mut moved: Vec<Inst> = Vec::new();
    let mut order: Vec<Block> = blocks.to_vec();
    order.sort_by_key(|block| cfg.rpo_number(*block));
    for block in order {
        for inst in &func.blocks[block].insts {
            if moved.len() >= MAX_MOVED {
                return moved;
            }
            if !is_movable(func.inst(*inst)) {
                continue;
            }
            let outside = func.args(*inst).iter().all(|arg| match func.def(func.resolve(*arg)) {
                ValueDef::Result(def, _) => {
                    moved.contains(&def)
                        || place.home[def.0 as usize]
                            .is_some_and(|b| !inside.get(b).copied().unwrap_or(false))
                }
                ValueDef::Param(owner, _) => !inside.get(owner).copied().unwrap_or(false),
                ValueDef::Alias(_) | ValueDef::Detached => false,
            });
            if outside {
                moved.push(*inst);
            }
        }
    }
    moved
}

/// The block in front of a header: its only predecessor outside the loop if that one only goes there, else a new
/// block.
fn entrance(
    func: &mut Function,
    cfg: &ControlFlowGraph,
    inside: &EntityMap<Block, bool>,
    header: Block,
) -> Option<Block> {
    let outer: Vec<Block> = cfg.preds(header).iter().copied().filter(|b| !inside[*b]).collect();
    if let [only] = outer.as_slice()
        && let Some(inst) = func.terminator(*only)
        && func.inst(inst).opcode() == Opcode::Jump
    {
        return Some(*only);
    }
    let can_split = outer.iter().all(|pred| {
        func.terminator(*pred).is_some_and(|inst| {
            matches!(func.inst(inst).opcode(), Opcode::Jump | Opcode::Branch | Opcode::Switch)
        })
    });
    if !can_split || outer.is_empty() {
        return None;
    }
    let block = func.create_block();
    let types: Vec<_> = func.blocks[header].params.iter().map(|p| func.ty(*p)).collect();
    let params: Vec<_> = types.into_iter().map(|ty| func.append_param(block, ty)).collect();
    for pred in outer {
        let terminator = func.terminator(pred).expect("checked above");
        for call in func.block_calls_of(terminator) {
            if func.block_calls[call].block == header {
                func.block_calls[call].block = block;
            }
        }
    }
    let target = func.make_block_call(header, &params);
    let loc = func.terminator(header).map_or(lathe_diag::Loc::NONE, |inst| func.loc(inst));
    func.append_inst(block, InstData::jump(target), loc);
    let position = func.layout.iter().position(|b| *b == header).expect("a listed header");
    func.layout.insert(position, block);
    Some(block)
}

fn move_to(func: &mut Function, inst: Inst, to: Block, place: &mut Placement) {
    let Some(from) = place.home[inst.0 as usize] else { return };
    func.blocks[from].insts.retain(|other| *other != inst);
    let end = func.blocks[to].insts.len() - 1;
    func.blocks[to].insts.insert(end, inst);
    place.home[inst.0 as usize] = Some(to);
    let flags = func.inst(inst).opcode().flags();
    if flags.0 & (Flags::WRAP.0 | Flags::EXACT.0 | Flags::IN_BOUNDS.0) != 0 {
        func.inst_mut(inst).set_aux(0);
    }
}

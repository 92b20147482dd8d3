//! The parts of slots, and the taking apart of fills and copies.
//!
//! A part is a run of bytes that every scalar access touches as a whole. Where scalar accesses
//! overlap differently, the bytes stay in memory. Copies between slots carry parts from one slot to
//! the other until both are divided alike; bytes that only copies touch become integer parts.

use super::access::{SlotAccesses, Slots};
use lathe_ir::{EntityMap, Function, Inst, InstData, MemFlags, Opcode, StackSlot, Type, Value};
use lathe_target::DataLayout;

/// A slot with copies is divided only up to this size, in bytes, and this number of parts.
const MAX_COPIED_BYTES: u64 = 128;
const MAX_PARTS: usize = 24;

/// A promotable part of a slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) slot: StackSlot,
    pub(super) offset: u64,
    pub(super) ty: Type,
}

/// All promotable parts; those of a slot are sorted by offset.
pub(super) struct Parts {
    pub(super) parts: Vec<Part>,
    /// By slot: the range in `parts`.
    ranges: EntityMap<StackSlot, (u32, u32)>,
    /// Where each address value points (from the access analysis).
    pub(super) addresses: EntityMap<Value, Option<(StackSlot, i64)>>,
    /// Slots of which nothing is left in memory.
    pub(super) whole: EntityMap<StackSlot, bool>,
}

impl Parts {
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The number of the part that starts at an offset of a slot.
    pub(super) fn find(&self, slot: StackSlot, offset: u64) -> Option<usize> {
        let (start, end) = *self.ranges.get(slot)?;
        let range = &self.parts[start as usize..end as usize];
        range.binary_search_by_key(&offset, |part| part.offset).ok().map(|i| start as usize + i)
    }

    /// The numbers of a slot's parts.
    pub(super) fn numbers(&self, slot: StackSlot) -> std::ops::Range<usize> {
        let (start, end) = self.ranges.get(slot).copied().unwrap_or((0, 0));
        start as usize..end as usize
    }

    fn of_slot(&self, slot: StackSlot) -> &[Part] {
        let (start, end) = self.ranges.get(slot).copied().unwrap_or((0, 0));
        &self.parts[start as usize..end as usize]
    }
}

/// A candidate part of one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    offset: u64,
    size: u64,
    ty: Type,
    in_memory: bool,
}

/// Divides every slot that does not escape.
pub(super) fn partition(func: &Function, slots: &Slots, layout: &DataLayout) -> Parts {
    let count = func.slots.len();
    let mut pieces: EntityMap<StackSlot, Vec<Piece>> = EntityMap::filled(Vec::new(), count);
    let mut usable: EntityMap<StackSlot, bool> = EntityMap::filled(false, count);
    for (slot, accesses) in slots.slots.iter() {
        usable[slot] = !accesses.escapes && is_divisible(func, slot, accesses);
        if usable[slot] {
            pieces[slot] = scalar_pieces(accesses);
        }
    }
    let copies = copies_between(func, slots);
    exclude_copies_within(&copies, &mut usable);
    spread(&copies, &mut pieces, &usable);
    fill_gaps(func, slots, &mut pieces, &usable, layout);
    // A copy that a filled slot shares with another must divide both alike.
    spread(&copies, &mut pieces, &usable);
    reject_misfits(slots, &mut pieces, &usable);
    loop {
        let parts = collect_parts(slots, &pieces, &usable, count);
        let Some((a, b)) = unlike_copy(&copies, &parts) else { return parts };
        usable[a] = false;
        usable[b] = false;
    }
}

/// A copy between two promoted slots that are not divided alike (the rounds of `spread` ran out).
fn unlike_copy(copies: &[Copy], parts: &Parts) -> Option<(StackSlot, StackSlot)> {
    copies.iter().find_map(|copy| {
        let ((to, to_at), (from, from_at)) = (copy.to?, copy.from?);
        if !parts.whole[to] || !parts.whole[from] {
            return None;
        }
        let range = |slot: StackSlot, at: u64| {
            parts
                .of_slot(slot)
                .iter()
                .filter(move |p| p.offset >= at && p.offset < at + copy.length)
                .map(move |p| (p.offset - at, p.ty.lane_bits(64) * p.ty.lanes()))
        };
        if range(to, to_at).eq(range(from, from_at)) { None } else { Some((to, from)) }
    })
}

fn is_divisible(func: &Function, slot: StackSlot, accesses: &SlotAccesses) -> bool {
    let copied = accesses.accesses.iter().any(|a| a.ty.is_none());
    !accesses.accesses.is_empty() && (!copied || func.slots[slot].size <= MAX_COPIED_BYTES)
}

/// The pieces that scalar accesses give; overlapping different ones are joined and stay in memory.
fn scalar_pieces(accesses: &SlotAccesses) -> Vec<Piece> {
    let mut list: Vec<Piece> = accesses
        .accesses
        .iter()
        .filter_map(|a| Some(Piece { offset: a.offset, size: a.size, ty: a.ty?, in_memory: false }))
        .collect();
    list.sort_by_key(|p| (p.offset, p.size));
    join(list)
}

fn join(list: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::with_capacity(list.len());
    for piece in list {
        match out.last_mut() {
            Some(last) if piece.offset < last.offset + last.size => {
                let same = piece.offset == last.offset && piece.size == last.size;
                if same && !last.in_memory && !piece.in_memory && is_convertible(last.ty, piece.ty) {
                    last.ty = preferred(last.ty, piece.ty);
                    continue;
                }
                let end = (last.offset + last.size).max(piece.offset + piece.size);
                last.size = end - last.offset;
                last.in_memory = true;
            }
            _ => out.push(piece),
        }
    }
    out
}

/// Whether values of one type are the other's bits, both being of one size in memory: not where one
/// has padding there.
fn is_convertible(a: Type, b: Type) -> bool {
    a == b || (a.lane() != Type::F80 && b.lane() != Type::F80)
}

/// Of two types of one size: the one that needs fewer conversions, floats and addresses first.
fn preferred(a: Type, b: Type) -> Type {
    if a.is_int() && !b.is_int() { b } else { a }
}

/// A copy: destination and source place, length.
struct Copy {
    to: Option<(StackSlot, u64)>,
    from: Option<(StackSlot, u64)>,
    length: u64,
}

fn copies_between(func: &Function, slots: &Slots) -> Vec<Copy> {
    let mut out = Vec::new();
    for block in &func.layout {
        for inst in &func.blocks[*block].insts {
            let data = func.inst(*inst);
            if !matches!(data.opcode(), Opcode::Memcpy | Opcode::Memmove) {
                continue;
            }
            let args = data.inline_args();
            let Some(length) = func.int_constant(args[2]).and_then(|n| u64::try_from(n).ok()) else {
                continue;
            };
            let place = |value: Value| {
                let (slot, at) = slots.place(func, value)?;
                Some((slot, u64::try_from(at).ok()?))
            };
            out.push(Copy { to: place(args[0]), from: place(args[1]), length });
        }
    }
    out
}

/// A slot with a copy from itself to itself stays in memory.
fn exclude_copies_within(copies: &[Copy], usable: &mut EntityMap<StackSlot, bool>) {
    for copy in copies {
        if let (Some((to, _)), Some((from, _))) = (copy.to, copy.from)
            && to == from
        {
            usable[to] = false;
        }
    }
}

/// Carries pieces along copies between usable slots until nothing changes.
fn spread(
    copies: &[Copy],
    pieces: &mut EntityMap<StackSlot, Vec<Piece>>,
    usable: &EntityMap<StackSlot, bool>,
) {
    // Each round can only add boundaries; slots are small, so a few rounds suffice.
    for _ in 0..64 {
        let mut changed = false;
        for copy in copies {
            let (Some((to, to_at)), Some((from, from_at))) = (copy.to, copy.from) else { continue };
            if !usable[to] || !usable[from] {
                continue;
            }
            changed |= transfer(pieces, from, from_at, to, to_at, copy.length);
            changed |= transfer(pieces, to, to_at, from, from_at, copy.length);
        }
        if !changed {
            return;
        }
    }
}

/// Adds the pieces of `source` that lie in the copied range to `target`; whether that changed it.
fn transfer(
    pieces: &mut EntityMap<StackSlot, Vec<Piece>>,
    source: StackSlot,
    source_at: u64,
    target: StackSlot,
    target_at: u64,
    length: u64,
) -> bool {
    let moved: Vec<Piece> = pieces[source]
        .iter()
        .filter(|p| p.offset < source_at + length && p.offset + p.size > source_at)
        .map(|p| {
            let start = p.offset.max(source_at);
            let end = (p.offset + p.size).min(source_at + length);
            let cut = start != p.offset || end != p.offset + p.size;
            Piece {
                offset: start - source_at + target_at,
                size: end - start,
                ty: p.ty,
                in_memory: p.in_memory || cut,
            }
        })
        .collect();
    let mut all = pieces[target].clone();
    all.extend(moved);
    all.sort_by_key(|p| (p.offset, p.size));
    let joined = join(all);
    let changed = joined.len() != pieces[target].len()
        || joined
            .iter()
            .zip(&pieces[target])
            .any(|(a, b)| a.offset != b.offset || a.size != b.size || a.in_memory != b.in_memory);
    if changed {
        pieces[target] = joined;
    }
    changed
}

/// Bytes that only fills and copies touch become integer pieces.
fn fill_gaps(
    func: &Function,
    slots: &Slots,
    pieces: &mut EntityMap<StackSlot, Vec<Piece>>,
    usable: &EntityMap<StackSlot, bool>,
    layout: &DataLayout,
) {
    let word = u64::from(layout.pointer.size);
    for (slot, accesses) in slots.slots.iter() {
        if !usable[slot] || accesses.accesses.iter().all(|a| a.ty.is_some()) {
            continue;
        }
        let size = func.slots[slot].size;
        let mut gaps: Vec<Piece> = Vec::new();
        let mut at = 0;
        for piece in pieces[slot].iter().copied().chain([Piece {
            offset: size,
            size: 0,
            ty: Type::I8,
            in_memory: true,
        }]) {
            while at < piece.offset {
                let room = piece.offset - at;
                let step = [word, 4, 2, 1].into_iter().find(|n| at % n == 0 && *n <= room).unwrap_or(1);
                let ty = Type::int(step as u32 * 8).expect("a power of two up to the word size");
                gaps.push(Piece { offset: at, size: step, ty, in_memory: false });
                at += step;
            }
            at = at.max(piece.offset + piece.size);
        }
        pieces[slot].extend(gaps);
        pieces[slot].sort_by_key(|p| p.offset);
    }
}

/// Pieces that a fill or copy touches only in part stay in memory.
fn reject_misfits(
    slots: &Slots,
    pieces: &mut EntityMap<StackSlot, Vec<Piece>>,
    usable: &EntityMap<StackSlot, bool>,
) {
    for (slot, accesses) in slots.slots.iter() {
        if !usable[slot] {
            continue;
        }
        for access in accesses.accesses.iter().filter(|a| a.ty.is_none()) {
            let (start, end) = (access.offset, access.offset + access.size);
            for piece in &mut pieces[slot] {
                let (p_start, p_end) = (piece.offset, piece.offset + piece.size);
                let apart = p_end <= start || p_start >= end;
                let inside = p_start >= start && p_end <= end;
                if !apart && !inside {
                    piece.in_memory = true;
                }
            }
        }
    }
}

fn collect_parts(
    slots: &Slots,
    pieces: &EntityMap<StackSlot, Vec<Piece>>,
    usable: &EntityMap<StackSlot, bool>,
    count: usize,
) -> Parts {
    let mut parts = Parts {
        parts: Vec::new(),
        ranges: EntityMap::filled((0, 0), count),
        addresses: slots.addresses.clone(),
        whole: EntityMap::filled(false, count),
    };
    for (slot, list) in pieces.iter() {
        // With fills or copies, a slot is promoted whole or not at all: the operation cannot be split
        // between memory and values.
        let has_blocks = slots.slots[slot].accesses.iter().any(|a| a.ty.is_none());
        let all = !list.iter().any(|p| p.in_memory);
        if !usable[slot] || list.is_empty() || (has_blocks && (!all || list.len() > MAX_PARTS)) {
            continue;
        }
        let start = parts.parts.len() as u32;
        parts.parts.extend(list.iter().filter(|p| !p.in_memory).map(|p| Part {
            slot,
            offset: p.offset,
            ty: p.ty,
        }));
        parts.ranges[slot] = (start, parts.parts.len() as u32);
        parts.whole[slot] = all;
    }
    parts
}

/// Replaces fills and copies of promoted slots by loads and stores of their parts.
pub(super) fn expand_block_operations(func: &mut Function, slots: &Slots, parts: &Parts) {
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        let insts = std::mem::take(&mut func.blocks[block].insts);
        let mut out = Vec::with_capacity(insts.len());
        for inst in insts {
            let opcode = func.inst(inst).opcode();
            let expanded = match opcode {
                Opcode::Memset => expand_fill(func, inst, slots, parts, &mut out),
                Opcode::Memcpy | Opcode::Memmove => expand_copy(func, inst, slots, parts, &mut out),
                _ => false,
            };
            if !expanded {
                out.push(inst);
            }
        }
        func.blocks[block].insts = out;
    }
}

/// The promoted slot (and the offset in it) that an address points to.
fn promoted(func: &Function, slots: &Slots, parts: &Parts, address: Value) -> Option<(StackSlot, u64)> {
    let (slot, at) = slots.place(func, address)?;
    let at = u64::try_from(at).ok()?;
    parts.whole[slot].then_some((slot, at))
}

fn emit(func: &mut Function, out: &mut Vec<Inst>, data: InstData, like: Inst) -> Inst {
    let loc = func.loc(like);
    let inst = func.create_inst(data, loc);
    out.push(inst);
    inst
}

fn expand_fill(func: &mut Function, inst: Inst, slots: &Slots, parts: &Parts, out: &mut Vec<Inst>) -> bool {
    let data = *func.inst(inst);
    let args = data.inline_args();
    let Some((slot, at)) = promoted(func, slots, parts, args[0]) else { return false };
    let length = func.int_constant(args[2]).unwrap_or(0) as u64;
    let byte = func.int_constant(args[1]).unwrap_or(0) as u8;
    let address = args[0];
    for part in parts.of_slot(slot).to_vec() {
        if part.offset < at || part.offset >= at + length {
            continue;
        }
        let value = constant_of_byte(func, out, part.ty, byte, inst);
        let offset = (part.offset - at) as i32;
        emit(func, out, InstData::store(part.ty, value, address, offset, MemFlags::NONE), inst);
    }
    true
}

/// A constant of a type all bytes of which are equal.
fn constant_of_byte(func: &mut Function, out: &mut Vec<Inst>, ty: Type, byte: u8, like: Inst) -> Value {
    let all = u64::from_le_bytes([byte; 8]);
    let data = match ty {
        Type::F32 => InstData::fconst(ty, all & 0xffff_ffff),
        Type::F64 => InstData::fconst(ty, all),
        ty if ty.is_ptr() || (ty.is_int() && ty != Type::I128) => {
            let bits = ty.lane_bits(64);
            InstData::iconst(ty, (all as i64) << (64 - bits) >> (64 - bits))
        }
        ty => {
            let constant =
                func.constants.push(vec![byte; (ty.lane_bits(64) / 8 * ty.lanes()) as usize].into());
            InstData::pool_const(ty, constant)
        }
    };
    let inst = emit(func, out, data, like);
    func.result(inst).expect("constants have a result")
}

fn expand_copy(func: &mut Function, inst: Inst, slots: &Slots, parts: &Parts, out: &mut Vec<Inst>) -> bool {
    let data = *func.inst(inst);
    let args = data.inline_args();
    let (to, from) = (args[0], args[1]);
    let length = func.int_constant(args[2]).unwrap_or(0) as u64;
    let flags = MemFlags::aligned(data.mem_flags().align());
    let to_slot = promoted(func, slots, parts, to);
    let from_slot = promoted(func, slots, parts, from);
    let Some((slot, at)) = to_slot.or(from_slot) else { return false };
    // All loads come before all stores: `memmove` may overlap.
    let mut moved: Vec<(Type, u64, Value)> = Vec::new();
    for part in parts.of_slot(slot).to_vec() {
        if part.offset < at || part.offset >= at + length {
            continue;
        }
        let offset = part.offset - at;
        let flags = part_flags(flags, offset);
        let load = InstData::load(Opcode::Load, part.ty, from, offset as i32, flags);
        let load = emit(func, out, load, inst);
        moved.push((part.ty, offset, func.result(load).expect("loads have a result")));
    }
    for (ty, offset, value) in moved {
        let flags = part_flags(flags, offset);
        emit(func, out, InstData::store(ty, value, to, offset as i32, flags), inst);
    }
    true
}

/// Alignment at an offset from an aligned address.
fn part_flags(flags: MemFlags, offset: u64) -> MemFlags {
    if offset == 0 {
        flags
    } else {
        flags.with_align(flags.align().min(1 << offset.trailing_zeros().min(12)))
    }
}

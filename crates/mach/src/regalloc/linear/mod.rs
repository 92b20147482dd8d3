//! Linear scan, for `-O0` and for functions past the backtracking allocator's budget.
//!
//! ```text
//! intervals (one walk backwards) ─► globals (cross blocks: one place for life, by priority)
//!                                ─► scan (one walk forwards: values of one block, moves, spills)
//! ```
//!
//! Positions: instruction `i` reads at `2i` and writes at `2i + 1`; an interval is half open. A value
//! that crosses blocks gets one register or one slot for its whole life, as an interval in block
//! order that covers the loops it is live around. A value of one block gets the best free register
//! and may lose it: it is then stored once, right after its definition (SSA: the store is valid from
//! there on), and loaded again where it is next used. Hence no place has to be agreed on between
//! blocks but those of globals and parameters.

mod globals;
mod intervals;
mod range_union;
mod scan;

use crate::regalloc::parallel_move::Resolver;
use crate::regalloc::registers::RegisterMap;
use crate::regalloc::view::View;
use intervals::{Event, LoopRange, Value};
use range_union::RangeUnion;
use regalloc2::{Edit, Output, ProgPoint, SpillSlot};

/// No register.
const NO_REG: u8 = 255;
/// No value, slot or block.
const NONE: u32 = u32::MAX;

/// Reusable memory of the allocator.
#[derive(Debug, Default)]
pub struct LinearScan {
    values: Vec<Value>,
    /// Instructions with fixed registers or clobbers, by position.
    events: Vec<Event>,
    event_union: RangeUnion,
    loops: Vec<LoopRange>,
    globals: Vec<u32>,
    /// Per register: intervals of globals in it, by start.
    occupied: Vec<Vec<(u32, u32, u32)>>,
    resolver: Resolver,
    /// Stores after definitions, merged into the edits at the end.
    stores: Vec<(ProgPoint, Edit)>,
    merged: Vec<(ProgPoint, Edit)>,
    /// Moves at the start of blocks: block, value, source register.
    arrivals: Vec<scan::Arrival>,
    open_loops: Vec<intervals::OpenLoop>,
    slots: u32,
}

impl LinearScan {
    /// Allocates a function. `false`: an instruction needs more registers than could be freed, and the
    /// output is of no use.
    pub fn run(&mut self, view: &View<'_>, registers: &RegisterMap, output: &mut Output) -> bool {
        self.slots = 0;
        self.resolver.reset();
        self.stores.clear();
        self.arrivals.clear();
        output.edits.clear();
        output.debug_locations.clear();
        output.allocs.clear();
        output.allocs.resize(view.operand_count(), regalloc2::Allocation::none());
        output.inst_alloc_offsets.clear();
        output.inst_alloc_offsets.extend_from_slice(view.operand_offsets());
        self.find_intervals(view);
        self.place_globals(view, registers);
        if !self.scan(view, registers, output) {
            return false;
        }
        self.merge_stores(output);
        output.num_spillslots = self.slots as usize;
        true
    }

    /// A new spill slot.
    fn new_slot(slots: &mut u32, view: &View<'_>, class: regalloc2::RegClass) -> SpillSlot {
        let units = regalloc2::Function::spillslot_size(view, class) as u32;
        let slot = SpillSlot::new(slots.next_multiple_of(units) as usize);
        *slots = slots.next_multiple_of(units) + units;
        slot
    }

    /// Puts the stores after definitions where they belong; after the moves of the same point.
    fn merge_stores(&mut self, output: &mut Output) {
        if self.stores.is_empty() {
            return;
        }
        self.stores.sort_by_key(|(point, _)| *point);
        self.merged.clear();
        let mut stores = self.stores.drain(..).peekable();
        for (point, edit) in output.edits.drain(..) {
            while let Some(store) = stores.next_if(|(at, _)| *at < point) {
                self.merged.push(store);
            }
            self.merged.push((point, edit));
        }
        self.merged.extend(stores);
        std::mem::swap(&mut self.merged, &mut output.edits);
    }
}

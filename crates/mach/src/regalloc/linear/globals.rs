//! Places values that cross blocks: by priority, each in a register that is free for its whole
//! interval, or in a slot.

use super::{LinearScan, NO_REG, NONE};
use crate::regalloc::registers::{RegisterMap, bank_of};
use crate::regalloc::view::View;

impl LinearScan {
    pub(super) fn place_globals(&mut self, view: &View<'_>, registers: &RegisterMap) {
        self.occupied.resize_with(128, Vec::new);
        self.occupied.iter_mut().for_each(Vec::clear);
        self.event_union.build(self.events.iter().map(|e| e.mask));
        let mut globals = std::mem::take(&mut self.globals);
        let values = &self.values;
        let density = |v: u32| {
            let value = &values[v as usize];
            value.weight / (value.end.saturating_sub(value.start) + 8) as f32
        };
        globals.sort_by(|a, b| density(*b).total_cmp(&density(*a)).then(a.cmp(b)));
        for value in &globals {
            let vreg = regalloc2::VReg::new(
                *value as usize,
                crate::regalloc::registers::class_of(view.func.vregs[*value as usize].bank),
            );
            let bank = bank_of(vreg.class()).index();
            match self.free_register(*value, &registers.allocatable[bank]) {
                Some(reg) => self.occupy(*value, reg),
                None => {
                    let slot = LinearScan::new_slot(&mut self.slots, view, vreg.class());
                    self.values[*value as usize].slot = slot.index() as u32;
                }
            }
        }
        self.globals = globals;
    }

    /// A register that is free for the whole interval of a value.
    fn free_register(&self, value: u32, allocatable: &[regalloc2::PReg]) -> Option<u8> {
        let data = &self.values[value as usize];
        let start = if data.fixed_def { (data.start | 1) + 1 } else { data.start };
        let blocked = self.events_between(start, data.end);
        let wish = if data.hint != NO_REG {
            data.hint
        } else if data.hint_value != NONE {
            self.values[data.hint_value as usize].reg
        } else {
            NO_REG
        };
        if wish != NO_REG && allocatable.iter().any(|r| r.index() == wish as usize) {
            let own_last_use = data.hint_is_last && data.hint == wish;
            let blocked = if own_last_use { self.events_between(start, data.end - 1) } else { blocked };
            if blocked >> wish & 1 == 0 && self.is_unoccupied(wish, data.start, data.end) {
                return Some(wish);
            }
        }
        allocatable
            .iter()
            .map(|reg| reg.index() as u8)
            .find(|reg| blocked >> reg & 1 == 0 && self.is_unoccupied(*reg, data.start, data.end))
    }

    /// Registers that instructions between two positions demand or destroy.
    fn events_between(&self, start: u32, end: u32) -> u128 {
        let first = self.events.partition_point(|e| e.at < start);
        let last = self.events.partition_point(|e| e.at < end);
        if first < last { self.event_union.union(first, last) } else { 0 }
    }

    fn is_unoccupied(&self, reg: u8, start: u32, end: u32) -> bool {
        let list = &self.occupied[reg as usize];
        let next = list.partition_point(|(_, other_end, _)| *other_end <= start);
        list.get(next).is_none_or(|(other_start, ..)| *other_start >= end)
    }

    fn occupy(&mut self, value: u32, reg: u8) {
        let data = &mut self.values[value as usize];
        data.reg = reg;
        let (start, end) = (data.start, data.end);
        let list = &mut self.occupied[reg as usize];
        let at = list.partition_point(|(other, ..)| *other < start);
        list.insert(at, (start, end, value));
    }
}

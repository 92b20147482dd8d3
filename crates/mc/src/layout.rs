//! Relaxation: sizes for all records, hence addresses for all places.
//!
//! In: the bodies of a module (one per section by now). Out: per body, the running sum of what its records grew
//! by ([`Layout::address`]).
//!
//! Jumps start short and only grow. The order of evaluation is GNU as 2.40's (`write.c`, `relax_segment` and
//! `relax_frag`: one pass visits records in order; a target that the pass has not reached yet is assumed to move as the jump itself
//! did, unless an alignment or `.org` stands between), because with alignments the fixpoint depends on it.
//! Each pass is linear, and few are needed.

use crate::evaluate::{Base, EvaluationError};
use crate::object::ObjectStreamer;
use crate::recorder::{Position, Record, RecordKind};
use lathe_diag::Loc;
use lathe_isa::{Encoded, Modifier, Operand, SymbolId, SymbolRef};
use std::cell::Cell;

/// Sizes of one body's records.
#[derive(Clone, Debug, Default)]
pub(crate) struct BodyLayout {
    /// Size of each record.
    sizes: Vec<u64>,
    /// What precedes each record, and the end, has grown by.
    shifts: Vec<i64>,
    /// Number of alignments and `.org`s before each record, and the end.
    regions: Vec<u32>,
}

/// Addresses of a module's places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    bodies: Vec<BodyLayout>,
    /// Symbols and operators looked at for it so far.
    pub lookups: Cell<u64>,
}

/// Passes after which sizes no longer shrink, so that the search ends.
const SHRINKING_PASSES: u32 = 16;
/// Passes after which the search is given up.
const MAX_PASSES: u32 = 5000;
/// Lookups after which the search is given up: many long expressions, each of which changes with every pass.
const MAX_LOOKUPS: u64 = 50_000_000;

impl Layout {
    /// Offset of a place in its section.
    pub fn address(&self, position: Position) -> u64 {
        let shift = match self.bodies.get(position.body as usize) {
            Some(body) => body.shifts.get(position.record as usize).copied().unwrap_or(0),
            None => 0,
        };
        (i64::from(position.offset) + shift) as u64
    }

    /// Makes room for a record that was added at the end of a body.
    fn add_record(&mut self, body: u32, size: u64) {
        let body = &mut self.bodies[body as usize];
        let (shift, region) = (body.shifts.last().copied(), body.regions.last().copied());
        body.sizes.push(size);
        body.shifts.push(shift.unwrap_or(0) + size as i64);
        body.regions.push(region.unwrap_or(0) + 1);
        if body.shifts.len() == 1 {
            body.shifts.push(size as i64);
            body.regions.push(1);
        }
    }

    /// Size of a record.
    pub fn size(&self, body: u32, record: usize) -> u64 {
        self.bodies[body as usize].sizes[record]
    }
}

impl ObjectStreamer {
    /// Offset of the end of a body in its section.
    pub(crate) fn body_size(&self, layout: &Layout, body: u32) -> u64 {
        let contents = &self.bodies[body as usize];
        let (offset, record) = (contents.bytes.len() as u32, contents.records.len() as u32);
        layout.address(Position { body, offset, record })
    }

    /// Lays out all bodies, from scratch.
    pub(crate) fn lay_out(&mut self) -> Layout {
        let mut layout =
            Layout { bodies: vec![BodyLayout::default(); self.bodies.len()], lookups: Cell::new(0) };
        for body in 0..self.bodies.len() as u32 {
            let start = self.first_estimate(&layout, body);
            layout.bodies[body as usize] = start;
        }
        self.refine(&mut layout);
        layout
    }

    /// Fills sections with code up to their alignment, where the target wants it.
    pub(crate) fn pad_code_sections(&mut self, layout: &mut Layout) {
        if !self.rules.pads_code_sections {
            return;
        }
        for body in 0..self.bodies.len() as u32 {
            let contents = &self.bodies[body as usize];
            let is_code = self.sections[contents.section.0 as usize].definition.is_code();
            let alignment = self.padding_at_end(contents.align_log2);
            let size = padding(self.body_size(layout, body), alignment);
            if !is_code || size == 0 {
                continue;
            }
            let mode = self.mode;
            let contents = &mut self.bodies[body as usize];
            let offset = contents.bytes.len() as u32;
            let kind = RecordKind::Align(alignment, mode);
            contents.records.push(Record { offset, loc: Loc::NONE, raw_size: 0, kind });
            layout.add_record(body, size);
        }
    }

    /// Continues a layout after something (a view number) got another value.
    pub(crate) fn refine(&mut self, layout: &mut Layout) {
        layout.bodies.resize(self.bodies.len(), BodyLayout::default());
        let mut passes = 0;
        let mut changed = true;
        while changed {
            changed = false;
            for body in 0..self.bodies.len() as u32 {
                while self.relax_pass(layout, body, passes) {
                    changed = true;
                    passes += 1;
                    if passes > MAX_PASSES || layout.lookups.get() > MAX_LOOKUPS {
                        let section = self.bodies[body as usize].section;
                        let name = self.sections[section.0 as usize].definition.name.clone();
                        self.error(
                            Loc::NONE,
                            format!(
                                "Infinite loop encountered whilst attempting to compute the addresses of symbols in section {name}"
                            ),
                        );
                        return;
                    }
                }
            }
        }
    }

    fn first_estimate(&self, layout: &Layout, body: u32) -> BodyLayout {
        let contents = &self.bodies[body as usize];
        let count = contents.records.len();
        let mut sizes = Vec::with_capacity(count);
        let mut shifts = Vec::with_capacity(count + 1);
        let mut regions = Vec::with_capacity(count + 1);
        let (mut shift, mut region) = (0i64, 0);
        let mut encoded = Encoded::new();
        for record in &contents.records {
            shifts.push(shift);
            regions.push(region);
            let size = match record.kind {
                RecordKind::Jump { fixup, .. } if self.isa.branch_size(fixup, None).is_some() => {
                    self.first_branch_size(&shifts, body, record)
                }
                RecordKind::Jump { target, modifier, .. }
                    if self.jump_stays_here(layout, target, modifier, body) =>
                {
                    u64::from(record.raw_size)
                }
                RecordKind::Jump { .. } => self.grown_size(record, &mut encoded),
                RecordKind::Align(alignment, _) => {
                    region += 1;
                    padding((i64::from(record.offset) + shift) as u64, alignment)
                }
                RecordKind::Origin(_) => {
                    region += 1;
                    0
                }
                RecordKind::Leb(_) => 1,
                RecordKind::Fill(_) => 0,
            };
            sizes.push(size);
            shift = shift.wrapping_add(size as i64).wrapping_sub(i64::from(record.raw_size));
        }
        shifts.push(shift);
        regions.push(region);
        BodyLayout { sizes, shifts, regions }
    }

    /// Whether a jump's target is a local place of its own section, so that the assembler resolves it.
    pub(crate) fn jump_stays_here(
        &self,
        layout: &Layout,
        target: SymbolId,
        modifier: Modifier,
        body: u32,
    ) -> bool {
        if !self.jump_binds(target, modifier) {
            return false;
        }
        matches!(self.locate(layout, target), Ok(place) if place.base == Base::Body(body))
    }

    fn grown_size(&self, record: &Record, encoded: &mut Encoded) -> u64 {
        let RecordKind::Jump { target, addend, row, mode, modifier, .. } = record.kind else {
            return u64::from(record.raw_size);
        };
        let operand = Operand::Label(SymbolRef { symbol: target, addend: i64::from(addend), modifier });
        match self.isa.grow(mode, row, &[operand], encoded) {
            true => u64::from(encoded.len),
            false => u64::from(record.raw_size),
        }
    }

    /// One pass over a body; whether a size changed.
    fn relax_pass(&mut self, layout: &mut Layout, body: u32, pass: u32) -> bool {
        if self.bodies[body as usize].records.is_empty() {
            return false;
        }
        let mut stretch = 0i64;
        let mut changed = false;
        let mut encoded = Encoded::new();
        for at in 0..self.bodies[body as usize].records.len() {
            let record = self.bodies[body as usize].records[at];
            let own = &mut layout.bodies[body as usize];
            own.shifts[at] = own.shifts[at].wrapping_add(stretch);
            let old = own.sizes[at];
            let address = i64::from(record.offset) + own.shifts[at];
            let size = match record.kind {
                RecordKind::Jump { target, addend, fixup, .. }
                    if self.isa.branch_size(fixup, None).is_some() =>
                {
                    let goal = match self.jump_stays_here(layout, target, Modifier::NONE, body) {
                        true => self.jump_goal(layout, target, body).ok(),
                        false => None,
                    };
                    let distance = goal.map(|(goal, _)| goal + i64::from(addend) - address);
                    u64::from(self.isa.branch_size(fixup, distance).unwrap_or(record.raw_size))
                }
                RecordKind::Jump { .. } if old > u64::from(record.raw_size) => old,
                RecordKind::Jump { .. } => {
                    if self.jump_fits(layout, body, at, &record, address, stretch) {
                        old
                    } else {
                        self.grown_size(&record, &mut encoded)
                    }
                }
                RecordKind::Align(alignment, _) => padding(address as u64, alignment),
                RecordKind::Origin(index) => {
                    let target = &self.bodies[body as usize].origins[index as usize].0;
                    match self.evaluate(layout, target) {
                        Ok(value) if value.in_body(body) => {
                            value.offset.saturating_sub(address).max(0) as u64
                        }
                        _ => 0,
                    }
                }
                RecordKind::Leb(index) => {
                    let (value, signed) = &self.bodies[body as usize].lebs[index as usize];
                    let value = self.evaluate(layout, value).ok().and_then(|value| value.number());
                    let size = u64::from(crate::leb::size_bytes(value.unwrap_or(0), *signed));
                    if pass > SHRINKING_PASSES { size.max(old) } else { size }
                }
                RecordKind::Fill(index) => {
                    let fill = &self.bodies[body as usize].fills[index as usize];
                    let count = self.evaluate(layout, &fill.count).ok().and_then(|count| count.number());
                    (count.unwrap_or(0).max(0) as u64)
                        .saturating_mul(u64::from(fill.size_bytes))
                        .min(i64::MAX as u64 / 2)
                }
            };
            if size != old {
                stretch = stretch.wrapping_add(size.wrapping_sub(old) as i64);
                layout.bodies[body as usize].sizes[at] = size;
                changed = true;
            }
        }
        if let Some(last) = layout.bodies[body as usize].shifts.last_mut() {
            *last = last.wrapping_add(stretch);
        }
        changed
    }

    /// Whether a short jump reaches its target, as far as this pass knows.
    fn jump_fits(
        &self,
        layout: &Layout,
        body: u32,
        at: usize,
        record: &Record,
        address: i64,
        stretch: i64,
    ) -> bool {
        let RecordKind::Jump { target, addend, field, bias, fixup, .. } = record.kind else { return true };
        let Ok((mut goal, after)) = self.jump_goal(layout, target, body) else { return true };
        goal = goal.wrapping_add(i64::from(addend));
        let own = &layout.bodies[body as usize];
        // Not reached in this pass yet: its address is the last pass's.
        if stretch != 0 && after as usize > at {
            if stretch < 0 || own.regions[after as usize] == own.regions[at] {
                goal += stretch;
            } else if goal < address {
                goal = address + i64::from(record.raw_size);
            }
        }
        let distance = goal + i64::from(bias) - (address + i64::from(field));
        let (min, max) = self.isa.fixups()[fixup.0 as usize].range();
        (min..=max).contains(&distance)
    }

    /// Address of a jump's target and the number of records before it.
    fn jump_goal(&self, layout: &Layout, target: SymbolId, body: u32) -> Result<(i64, u32), EvaluationError> {
        if let Some(position) = self.direct_position(target) {
            return Ok((layout.address(position) as i64, position.record));
        }
        let place = self.locate(layout, target)?;
        let records = &self.bodies[body as usize].records;
        let shifts = &layout.bodies[body as usize].shifts;
        let after = records
            .iter()
            .zip(shifts)
            .position(|(record, shift)| i64::from(record.offset) + shift >= place.offset)
            .unwrap_or(records.len());
        Ok((place.offset, after as u32))
    }
}

/// Bytes that an alignment inserts at an address.
pub(crate) fn padding(address: u64, alignment: crate::Alignment) -> u64 {
    let mask = (1u64 << alignment.align_log2.min(63)) - 1;
    let bytes = address.wrapping_neg() & mask;
    let limit = u64::from(alignment.max_skip_bytes);
    if limit != 0 && bytes > limit { 0 } else { bytes }
}

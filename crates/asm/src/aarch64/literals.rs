//! Literal pools: `ldr x0, =value` and `.ltorg`.
//!
//! Each section and subsection has pools by size of the entries; equal entries are one. They are written at `.ltorg`, or
//! at the end of the file. Inline assembly ends where other code goes on, so its pool is jumped over.

use crate::assembler::Assembler;
use lathe_diag::Loc;
use lathe_isa::{Operand, SymbolId, SymbolRef};
use lathe_isa_aarch64::rows;
use lathe_mc::{Alignment, Expression, SectionId};

/// Entries of one section and subsection.
struct Pool {
    section: SectionId,
    subsection: i32,
    /// Value, bytes, label.
    entries: Vec<(Expression, u8, SymbolId)>,
}

/// All pools that are not written yet.
#[derive(Default)]
pub(super) struct Pools(Vec<Pool>);

impl Assembler<'_> {
    /// The label of a literal in the pool of this section.
    pub(super) fn literal(&mut self, value: Expression, bytes: u8) -> Option<SymbolId> {
        let (section, subsection) = self.streamer.current_section();
        let state = self.a64()?;
        let here = |pool: &Pool| pool.section == section && pool.subsection == subsection;
        let at = match state.pools.0.iter().position(here) {
            Some(at) => at,
            None => {
                state.pools.0.push(Pool { section, subsection, entries: Vec::new() });
                state.pools.0.len() - 1
            }
        };
        let known = state.pools.0[at].entries.iter().find(|(v, size, _)| *size == bytes && *v == value);
        if let Some((_, _, label)) = known {
            return Some(*label);
        }
        let label = self.streamer.new_label();
        let state = self.a64()?;
        state.pools.0[at].entries.push((value, bytes, label));
        Some(label)
    }

    /// `.ltorg`
    pub(super) fn flush_literals(&mut self, loc: Loc) {
        let (section, subsection) = self.streamer.current_section();
        let Some(state) = self.a64() else { return };
        let here = |pool: &Pool| pool.section == section && pool.subsection == subsection;
        if let Some(at) = state.pools.0.iter().position(here) {
            let pool = state.pools.0.remove(at);
            self.write_pool(pool, loc);
        }
    }

    fn write_pool(&mut self, pool: Pool, loc: Loc) {
        for bytes in [4u8, 8, 16] {
            if !pool.entries.iter().any(|(_, size, _)| *size == bytes) {
                continue;
            }
            let fill = lathe_mc::PaddingFill::Value { value: 0, size_bytes: 1 };
            self.streamer.align(Alignment { fill, ..Alignment::log2(bytes.trailing_zeros() as u8) });
            for (value, size, label) in &pool.entries {
                if *size != bytes {
                    continue;
                }
                self.streamer.label(*label, loc);
                match value {
                    Expression::Constant(number) => {
                        self.streamer.integer(*number as i128 as u128, bytes);
                    }
                    other => self.streamer.value(other.clone(), bytes, loc),
                }
            }
        }
    }

    /// Writes what is left, at the end of a file or of a fragment.
    pub(super) fn finish_literals(&mut self, file: bool) {
        let Some(state) = self.a64() else { return };
        let pools = std::mem::take(&mut state.pools.0);
        for pool in pools {
            self.streamer.switch_section(pool.section, pool.subsection);
            if file {
                self.write_pool(pool, Loc::NONE);
                continue;
            }
            let after = self.streamer.new_label();
            let target = Operand::Label(SymbolRef::plain(after));
            self.streamer.instruction(rows::B, &[target], Loc::NONE);
            self.write_pool(pool, Loc::NONE);
            self.streamer.align(Alignment::log2(2));
            self.streamer.label(after, Loc::NONE);
        }
    }
}

//! What an encoded instruction leaves behind beside its bytes: fixups, or a record of a jump whose size is not known yet.
//!
//! Called by [`crate::ObjectStreamer`] for each instruction that names a symbol.

use crate::expression::Expression;
use crate::object::{ObjectStreamer, Symbols};
use crate::recorder::{CodeFixup, Definition, RecordKind, SymbolEvent};
use crate::symbol::label_number;
use lathe_diag::Loc;
use lathe_isa::Operand;

impl ObjectStreamer {
    /// Adds a jump whose size is not known yet; the short form is in `encoded`.
    pub(crate) fn jump(&mut self, operands: &[Operand], loc: Loc) -> bool {
        let mut labels = operands.iter().filter_map(|operand| match operand {
            Operand::Label(target) => Some(*target),
            _ => None,
        });
        let Some(target) = labels.next() else { return false };
        let fixup = self.encoded.fixups[0];
        let (symbol, addend) = match i32::try_from(target.addend) {
            Ok(addend) => (target.symbol, addend),
            Err(_) => (self.hidden_value(Expression::Symbol(target)), 0),
        };
        let kind = RecordKind::Jump {
            target: symbol,
            addend,
            row: self.encoded.row,
            mode: self.mode,
            modifier: target.modifier,
            field: fixup.offset as u8,
            bias: fixup.target.addend.wrapping_sub(target.addend) as i8,
            fixup: fixup.kind,
        };
        let len = self.encoded.len;
        self.push_record(kind, len, loc);
        let body = &mut self.bodies[self.current as usize];
        body.bytes.extend_from_slice(self.encoded.bytes());
        true
    }

    /// Whether the instruction branches to a named symbol that is defined already, as far as is known here.
    fn branches_to_known(&self, operands: &[Operand]) -> bool {
        let Some(Operand::Label(target)) = operands.first() else { return false };
        match &self.symbols {
            Symbols::Buffer { events, .. } if label_number(target.symbol).is_none() => events
                .iter()
                .any(|event| matches!(event, SymbolEvent::Define(id, ..) if *id == target.symbol)),
            _ => self.definition(target.symbol) != Definition::None,
        }
    }

    pub(crate) fn fixups_of_instruction(&mut self, operands: &[Operand], loc: Loc) {
        let target_known = self.branches_to_known(operands);
        let base = self.body().bytes.len() as u32;
        let body = &mut self.bodies[self.current as usize];
        for fixup in self.encoded.fixups() {
            body.fixups.push(CodeFixup {
                offset: base + fixup.offset,
                loc,
                target: fixup.target.symbol,
                subtract: None,
                addend: fixup.target.addend,
                kind: fixup.kind,
                modifier: fixup.target.modifier,
                is_jump: false,
                target_known,
                relaxable: false,
            });
        }
        if self.rules.relaxation.is_some() {
            self.relax_fixups(base);
        }
    }
}

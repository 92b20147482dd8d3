//! Routines that a target's code calls and that each module brings along, in comdat sections: one copy of each
//! stays in a program.
//!
//! In: the references that emission of functions met. Out: a section per thunk that was referred to.

use crate::emit::context::ModuleContext;
use lathe_diag::Loc;
use lathe_mc::{SectionDefinition, Streamer, SymbolAttribute, SymbolBinding, SymbolKind, SymbolVisibility};
use std::sync::atomic::Ordering;

/// A routine of the target's.
#[derive(Clone, Copy, Debug)]
pub struct Thunk {
    /// Its symbol, also the comdat's.
    pub name: &'static str,
    /// Writes its instructions.
    pub code: fn(&mut dyn Streamer),
}

/// Notes that code refers to an external symbol. Called from all workers; the order does not matter.
pub(crate) fn note(cx: &ModuleContext<'_>, name: &'static str) {
    if let Some(index) = cx.target.thunks().iter().position(|thunk| thunk.name == name) {
        cx.used_thunks.fetch_or(1 << index, Ordering::Relaxed);
    }
}

/// Writes those that were noted.
pub(crate) fn write(cx: &ModuleContext<'_>, out: &mut dyn Streamer) {
    let used = cx.used_thunks.load(Ordering::Relaxed);
    for (index, thunk) in cx.target.thunks().iter().enumerate() {
        if used >> index & 1 == 0 {
            continue;
        }
        let section = SectionDefinition::code(format!(".text.{}", thunk.name)).in_comdat(thunk.name);
        let section = out.section(&section, Loc::NONE);
        out.switch_section(section, 0);
        let symbol = out.symbol(thunk.name);
        for attribute in [
            SymbolAttribute::Binding(SymbolBinding::Global),
            SymbolAttribute::Visibility(SymbolVisibility::Hidden),
            SymbolAttribute::Kind(SymbolKind::Function),
        ] {
            out.symbol_attribute(symbol, attribute, Loc::NONE);
        }
        out.label(symbol, Loc::NONE);
        (thunk.code)(out);
    }
}

//! Which warnings count where: system headers are silent, `#pragma GCC diagnostic` decides the rest.
//!
//! The front-end reports every warning; [`Preprocessor::filter_warnings`] is run over the messages before
//! they are shown. Command-line switches (`-Wno-…`, `-Werror`) are the driver's.

use super::define::MacroId;
use super::{DiagnosticAction, Preprocessor};
use crate::token::TokenFlags;
use lathe_diag::{Diagnostic, FileId, Loc, Severity};
use rustc_hash::FxHashMap;

impl Preprocessor<'_> {
    /// Records that a file is (or is not) a system header from an offset on.
    pub(super) fn note_system(&mut self, file: FileId, offset: u32, system: bool) {
        let index = file.0 as usize;
        if self.system_ranges.len() <= index {
            self.system_ranges.resize(index + 1, Vec::new());
        }
        self.system_ranges[index].push((offset, system));
    }

    /// Changes whether the current file is a system header.
    pub(super) fn set_system(&mut self, system: bool) {
        let offset = self.lexer.pos as u32;
        if let Some(buffer) = self.buffers.last_mut()
            && buffer.system != system
        {
            buffer.system = system;
            self.lexer.file_flags = if system { TokenFlags::SYSTEM } else { TokenFlags::NONE };
            let source = buffer.source;
            self.note_system(source, offset, system);
        }
    }

    /// Whether a place is in a system header.
    pub fn in_system_header(&self, loc: Loc) -> bool {
        let Some(id) = self.sources.file_of(loc) else { return false };
        let Some(ranges) = self.system_ranges.get(id.0 as usize) else { return false };
        let offset = loc.0 - self.sources.file(id).start.0;
        ranges.iter().rev().find(|(from, _)| *from <= offset).is_some_and(|(_, system)| *system)
    }

    /// The include chain of a place, outermost first: compares in the order of reading.
    fn reading_order(&self, loc: Loc) -> Vec<u32> {
        let mut chain = Vec::new();
        let mut at = loc;
        while let Some(id) = self.sources.file_of(at) {
            chain.push(at.0);
            at = self.sources.file(id).included_at;
        }
        chain.reverse();
        chain
    }

    /// What `#pragma GCC diagnostic` says about `-W<flag>` at a place.
    pub fn warning_action(&self, loc: Loc, flag: &str) -> Option<DiagnosticAction> {
        if self.diagnostic_pragmas.is_empty() {
            return None;
        }
        let place = self.reading_order(loc);
        let mut current = None;
        let mut stack = Vec::new();
        for (at, action, option) in &self.diagnostic_pragmas {
            if self.reading_order(*at) > place {
                break;
            }
            match action {
                DiagnosticAction::Push => stack.push(current),
                DiagnosticAction::Pop => current = stack.pop().unwrap_or(None),
                _ => {
                    let text = option.map_or(&b""[..], |literal| self.literal(literal));
                    let named = text.strip_prefix(b"\"-W").and_then(|t| t.strip_suffix(b"\""));
                    if named == Some(flag.as_bytes()) {
                        current = Some(*action);
                    }
                }
            }
        }
        current
    }

    /// Drops the warnings that are not wanted where they arose and all that follows a fatal error, and makes errors of those that
    /// `#pragma GCC diagnostic error` names.
    pub fn filter_warnings(&mut self) {
        let list = self.diagnostics.take();
        let invocations: FxHashMap<Loc, MacroId> = match list.is_empty() {
            true => FxHashMap::default(),
            false => self.invocations.iter().copied().collect(),
        };
        for diagnostic in list {
            let last = diagnostic.severity == Severity::Fatal;
            if let Some(kept) = self.filtered(diagnostic) {
                let kept = match invocations.get(&kept.span.lo) {
                    Some(id) => self.with_definition(kept, *id),
                    None => kept,
                };
                self.diagnostics.push(kept);
            }
            if last {
                // What follows comes from the missing rest.
                break;
            }
        }
    }

    /// Adds a note that shows the macro whose expansion the message is about.
    fn with_definition(&self, diagnostic: Diagnostic, id: MacroId) -> Diagnostic {
        let definition = self.macro_data(id);
        if !definition.span.lo.is_some() || diagnostic.notes.iter().any(|n| n.span == definition.span) {
            return diagnostic;
        }
        let name = self.interner.text(definition.name);
        diagnostic.note(definition.span, format!("in definition of macro '{name}'"))
    }

    fn filtered(&self, mut diagnostic: Diagnostic) -> Option<Diagnostic> {
        if diagnostic.severity != Severity::Warning {
            return Some(diagnostic);
        }
        let loc = diagnostic.span.lo;
        if !self.options.warn_system_headers && self.in_system_header(loc) {
            return None;
        }
        match diagnostic.flag.and_then(|flag| self.warning_action(loc, flag)) {
            Some(DiagnosticAction::Ignored) => return None,
            Some(DiagnosticAction::Error) => diagnostic.severity = Severity::Error,
            _ => {}
        }
        Some(diagnostic)
    }
}
